"""Servers of this machine that `car deliver` is tried against: SFTP, WebDAV, S3, a stand-in of SharePoint."""

import asyncio
import contextlib
import json
import logging
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncssh
import httpx
from ports import HOST, free_port

USER, PASSWORD = "car", "hush"


# ---- SFTP -----------------------------------------------------------------------------------------------


class _Ssh(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == (USER, PASSWORD)


@dataclass
class Sftp:
    """A server whose root is a folder; `known` is its key, as a file of known hosts has it."""

    url: str
    root: Path
    known: str
    connections: list

    def cut_off(self):
        """Close every connection that there is."""
        for connection in self.connections:
            connection.abort()


@contextlib.contextmanager
def sftp(root):
    root.mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    key = asyncssh.generate_private_key("ssh-ed25519")
    connections = []

    class Server(_Ssh):
        def connection_made(self, connection):
            connections.append(connection)

    async def listen():
        return await asyncssh.listen(
            HOST,
            0,
            server_factory=Server,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
        )

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    port = server.sockets[0].getsockname()[1]
    known = f"[{HOST}]:{port} {key.export_public_key().decode()}"
    try:
        yield Sftp(f"sftp://{USER}@{HOST}:{port}", root, known, connections)
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)


# ---- WebDAV ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def webdav(root):
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    root.mkdir(parents=True, exist_ok=True)
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL + 1)
    accounts = {"*": {USER: {"password": PASSWORD}}}
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": accounts},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    port = free_port()
    server = wsgi.Server((HOST, port), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield f"webdav://{USER}@{HOST}:{port}"
    finally:
        server.stop()


# ---- S3 -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def s3(bucket):
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL + 1)
    server = ThreadedMotoServer(HOST, 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    account = {"aws_access_key_id": USER, "aws_secret_access_key": PASSWORD, "region_name": "eu-west-2"}
    client = boto3.client("s3", endpoint_url=endpoint, **account)
    client.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": account["region_name"]}
    )
    try:
        yield endpoint, client
    finally:
        server.stop()


# ---- SharePoint -----------------------------------------------------------------------------------------

_GRAPH = "/v1.0"
_ITEM = re.compile(
    r"/v1\.0/drives/(?P<drive>[^/]+)/(?:root|items/(?P<id>[^/:]+))(?::(?P<path>.*?):?)?"
    r"(?:/(?P<action>children|content|createUploadSession|permanentDelete))?"
)


@dataclass
class Item:
    """A file, or a folder where `content` is None."""

    id: str
    parent: str
    name: str
    content: bytes | None = None


@dataclass
class SharePoint:
    """The calls of Microsoft Graph that deliver needs, as its documentation has them, over one library.

    Attributes:
        throttled: so many of the next calls are answered with 429.
        expires: after so many calls no token is accepted any longer; None: never.
        breaks: so many uploads lose their session in the middle.
    """

    items: dict = field(default_factory=lambda: {"root": Item("root", "", "root")})
    made: int = 0
    sessions: dict = field(default_factory=dict)
    tokens: int = 0
    accepted: set = field(default_factory=set)
    calls: list = field(default_factory=list)
    throttled: int = 0
    waits: list = field(default_factory=list)
    expires: int | None = None
    breaks: int = 0
    largest_body: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    site, library = "tenant.sharepoint.com:/sites/Reports", "Shared Documents"

    def path_of(self, item):
        return "" if item.id == "root" else f"{self.path_of(self.items[item.parent])}/{item.name}"

    def files(self):
        """The content of every file, by path."""
        return {
            self.path_of(item): bytes(item.content)
            for item in self.items.values()
            if item.content is not None
        }

    def find(self, start, path):
        """The item at a path below another; None where there is none."""
        found = self.items.get(start)
        for part in filter(None, (path or "").split("/")):
            if found is None:
                return None
            found = next(
                (each for each in self.items.values() if (each.parent, each.name) == (found.id, part)), None
            )
        return found

    def put(self, start, path, content):
        item = self.find(start, path)
        if item is None:
            above, _, name = path.strip("/").rpartition("/")
            parent = self.find(start, above)
            if parent is None:
                return None
            item = self.make(parent.id, name)
        item.content = content
        return item

    def make(self, parent, name):
        """An item of an id that none ever had; a folder."""
        self.made += 1
        item = Item(f"i{self.made}", parent, name)
        self.items[item.id] = item
        return item

    def shown(self, item):
        about = {"id": item.id, "name": item.name, "size": len(item.content or b"")}
        about["parentReference"] = (
            {"path": f"/drives/d1/root:{self.path_of(self.items[item.parent])}"} if item.parent else {}
        )
        kind = {"folder": {"childCount": 0}} if item.content is None else {"file": {"mimeType": "text/csv"}}
        return about | kind


class _Graph(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body go out together, or the client waits for the second

    def log_message(self, *_):
        pass

    def answer(self, status, content=None, **headers):
        body = content if isinstance(content, bytes) else json.dumps(content or {}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_call(self):
        share, url = self.server.share, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with share.lock:
            share.largest_body = max(share.largest_body, len(body))
            path = unquote(url.path)
            share.calls.append(f"{self.command} {path}")
            if path.endswith("/oauth2/v2.0/token"):
                asked = {key: value for key, (value, *_) in parse_qs(body.decode()).items()}
                told = asked.get("client_secret") or self.headers.get("Authorization")
                if not told:
                    return self.answer(401, {"error": "invalid_client"})
                share.tokens += 1
                token = f"token-{share.tokens}"
                share.accepted.add(f"Bearer {token}")
                return self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})
            if path.startswith("/upload/"):
                return self.upload(share, path, body)
            if share.throttled:
                share.throttled -= 1
                share.waits.append(time.monotonic())
                return self.answer(429, {"error": {"code": "activityLimitReached"}}, Retry_After="1")
            if self.headers.get("Authorization") not in share.accepted:
                return self.answer(401, {"error": {"code": "InvalidAuthenticationToken"}})
            if share.expires is not None:
                share.expires -= 1
                if share.expires <= 0:
                    share.expires, share.accepted = None, set()
                    return self.answer(401, {"error": {"code": "InvalidAuthenticationToken"}})
            return self.call(share, path, body)

    def call(self, share, path, body):
        if path == f"{_GRAPH}/sites/{share.site}":
            return self.answer(200, {"id": "site1"})
        if path == f"{_GRAPH}/sites/site1/drives":
            libraries = [{"id": "d0", "name": "Other"}, {"id": "d1", "name": share.library}]
            return self.answer(200, {"value": libraries})
        asked = _ITEM.fullmatch(path)
        if asked is None or asked["drive"] != "d1":
            return self.answer(404, {"error": {"code": "itemNotFound"}})
        start, below, action = asked["id"] or "root", asked["path"], asked["action"]
        item = share.find(start, below)
        if action == "createUploadSession":
            share.made += 1
            session = f"s{share.made}"
            share.sessions[session] = (start, below, bytearray())
            host, port = self.server.server_address[:2]
            return self.answer(
                200,
                {
                    "uploadUrl": f"http://{host}:{port}/upload/{session}",
                    "expirationDateTime": "2099-01-01T00:00:00+00:00",
                },
            )
        if self.command == "PUT" and action == "content":
            item = share.put(start, below, body)
            return self.answer(404 if item is None else 201, share.shown(item) if item else {"error": {}})
        if item is None:
            return self.answer(404, {"error": {"code": "itemNotFound"}})
        if self.command == "DELETE":
            gone = [each for each in share.items.values() if each.id == item.id or each.parent == item.id]
            for each in gone:
                del share.items[each.id]
            return self.answer(204)
        if self.command == "POST" and action == "children":
            name = json.loads(body)["name"]
            if share.find(item.id, name) is not None:
                return self.answer(409, {"error": {"code": "nameAlreadyExists"}})
            return self.answer(201, share.shown(share.make(item.id, name)))
        if action == "children":
            found = [share.shown(each) for each in share.items.values() if each.parent == item.id]
            return self.answer(200, {"value": found})
        if action == "content":
            return self.content(item)
        return self.answer(200, share.shown(item))

    def content(self, item):
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)?", self.headers.get("Range", ""))
        if not asked:
            return self.answer(200, bytes(item.content))
        first, last = int(asked[1]), int(asked[2] or len(item.content) - 1)
        return self.answer(206, bytes(item.content[first : last + 1]))

    def upload(self, share, path, body):
        session = path.removeprefix("/upload/")
        if session not in share.sessions:
            return self.answer(404, {"error": {"code": "itemNotFound"}})
        start, below, content = share.sessions[session]
        if self.command == "DELETE":
            del share.sessions[session]
            return self.answer(204)
        if self.command == "POST":
            del share.sessions[session]
            return self.answer(201, share.shown(share.put(start, below, bytes(content))))
        first = int(re.match(r"bytes (\d+)-", self.headers["Content-Range"])[1])
        if first != len(content):
            return self.answer(416, {"error": {"code": "invalidRange"}})
        if first and share.breaks:
            share.breaks -= 1
            del share.sessions[session]
            return self.answer(404, {"error": {"code": "itemNotFound"}})
        content += body
        return self.answer(202, {"expirationDateTime": "2099-01-01T00:00:00+00:00"})

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = handle_call


class _Rerouted(httpx.AsyncHTTPTransport):
    """Sends what is for Microsoft to the server of the test."""

    def __init__(self, port):
        super().__init__()
        self._port = port

    async def handle_async_request(self, request):
        request.url = request.url.copy_with(scheme="http", host=HOST, port=self._port)
        return await super().handle_async_request(request)


@contextlib.contextmanager
def sharepoint():
    with ThreadingHTTPServer((HOST, 0), _Graph) as server:
        server.share = SharePoint()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.share.transport = lambda: _Rerouted(server.server_address[1])
        yield server.share
        server.shutdown()
