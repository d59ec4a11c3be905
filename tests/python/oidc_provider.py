"""An OpenID Connect provider on loopback: it speaks the real protocol, and lies where a test tells it to."""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "car"
CLIENT_SECRET = "secret-of-the-client"
EVERY_ALGORITHM = JWSRegistry(algorithms=["RS256", "ES256"])


class OidcProvider:
    """A provider whose user is always signed in.

    Attributes:
        claims: of the user, beside those that every token has.
        lies: claims that replace the right ones; None as a value takes a claim out.
        algorithm: that tokens are signed with.
        error: that is sent back in place of a code.
        is_down: nobody answers.
        has_end_session: a session can be ended here.
        answer: parameters of the answer beside code and state.
        header: of tokens, beside what each has.
        is_moved: what the provider publishes is elsewhere now.
        published: what the provider publishes of itself, where it differs.
        now: the clock (s since 1970).
        asked: what the token endpoint was asked, oldest first.
        authorized: what users brought to its page, oldest first.
        ended: what users brought to the page that ends their session, oldest first.
    """

    def __init__(self, now=time.time):
        self.claims = {"sub": "user-1", "sec_party_id": "SUP1"}
        self.lies = {}
        self.algorithm = "ES256"
        self.error = ""
        self.is_down = False
        self.has_end_session = True
        self.answer = {}
        self.published = {}
        self.header = {}
        self.is_moved = False
        self.now = now
        self.asked = []
        self.authorized = []
        self.ended = []
        self.key_requests = 0
        self._codes = {}
        self._number = 0
        self.rotate_keys()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.issuer = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def rotate_keys(self, same_name=False):
        """Sign with another key from now on, and publish that one alone."""
        self._number += 0 if same_name else 1
        name = {"kid": f"key-{self._number}"}
        if self.algorithm == "RS256":
            self.key = RSAKey.generate_key(2048, name)
        else:
            self.key = ECKey.generate_key("P-256", name)

    @contextlib.contextmanager
    def running(self):
        config = uvicorn.Config(self._app(), log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([self._socket],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join()

    def _app(self):
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/end", self._end),
            ]
        )

    async def _metadata(self, request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        if self.is_moved and not request.query_params:
            return RedirectResponse("/.well-known/openid-configuration?moved=1")
        content = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({"end_session_endpoint": f"{self.issuer}/end"} if self.has_end_session else {}),
        }
        return JSONResponse({**content, **self.published})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.authorized.append(asked)
        back = {"state": asked["state"], **self.answer}
        if self.error:
            back["error"] = self.error
        else:
            back["code"] = secrets.token_urlsafe()
            self._codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    async def _token(self, request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.asked.append(form)
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {client}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form.get("code"), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        challenge = _base64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked.get("code_challenge_method") != "S256" or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(),
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": self.id_token(asked["nonce"]),
            }
        )

    async def _keys(self, request: Request) -> Response:
        self.key_requests += 1
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _end(self, request: Request) -> Response:
        self.ended.append(dict(request.query_params))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)

    def id_token(self, nonce):
        """The token of the user, as it is told to be."""
        now = int(self.now())
        right = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            **self.claims,
        }
        claims = {name: value for name, value in {**right, **self.lies}.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        if self.algorithm == "none":
            return f"{_part(header)}.{_part(claims)}."
        if self.algorithm == "HS256":  # signed with what everybody can read
            signed = f"{_part(header)}.{_part(claims)}"
            made = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{_base64(made)}"
        return jwt.encode(header, claims, self.key, registry=EVERY_ALGORITHM)


def _part(content):
    return _base64(json.dumps(content).encode())


def _base64(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
