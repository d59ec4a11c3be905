"""A folder somewhere, which files are written to and read back from, by fsspec."""

import errno
import hashlib
import logging
import posixpath
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from car.deliver.address import FOLDER, S3, SFTP, SHAREPOINT, WEBDAVS, Address
from car.deliver.settings import DeliverySettings
from car.errors import CarError, UsageFault

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_BLOCK_BYTES: Final = 1 << 20
# Of a part of an upload; a multiple of 320 KiB, as SharePoint wants it, and S3 takes 10,000 of them.
_PART_BYTES: Final = 16 * 320 * 1024
_ANSWER_S: Final = 120
_GRAPH: Final = "https://graph.microsoft.com/v1.0"


PARTIAL: Final = ".part"
"""Ends the name of a file that is not whole yet."""


class Damaged(OSError):
    """What has arrived is not what was sent."""


class Place:
    """The folder of an address.

    Paths are relative to it. A file that is written appears whole, or not at all: under a name of its own
    first where the server renames, and where it does not, in one step.

    Parameters:
        address: where it is.
        settings: how it is reached.

    Raises:
        UsageFault: what it takes is not installed.
    """

    def __init__(self, address: Address, settings: DeliverySettings) -> None:
        self.address = address
        self._open: Callable[[], tuple[AbstractFileSystem, str]] = _opener(address, settings)
        # An object of S3, and a file of SharePoint, appear with their last part.
        self.renames = address.scheme not in (S3, SHAREPOINT)
        self._opened: tuple[AbstractFileSystem, str] | None = None
        self._folders: set[str] = set()

    def forget(self) -> None:
        """Let go of the connection: the next use makes another, with another token."""
        self._opened = None
        self._folders.clear()

    def files(self, folder: str) -> dict[str, int]:
        """Give the files below a folder with their lengths (bytes); none where there is no such folder."""
        found: dict[str, int] = {}
        waiting = [folder]
        while waiting:
            parent = waiting.pop()
            for name, entry in self._entries(parent):
                path = posixpath.join(parent, name)
                if entry["type"] == "directory":
                    waiting.append(path)
                else:
                    found[path] = entry["size"]
        return {posixpath.relpath(path, folder): size for path, size in found.items()}

    def _entries(self, folder: str) -> list[tuple[str, dict[str, Any]]]:
        filesystem, at = self._at(folder)
        try:
            entries = filesystem.ls(at, detail=True)
        except FileNotFoundError:
            return []
        named = [(posixpath.basename(entry["name"].rstrip("/")), entry) for entry in entries]
        # S3 lists a folder among what is in it.
        return [(name, entry) for name, entry in named if entry["name"].strip("/") != at.strip("/")]

    def read(self, path: str, most_bytes: int) -> bytes | None:
        """Give the content of a small file; None where there is none.

        Parameters:
            most_bytes: more than these are not read.
        """
        try:
            with self.reading(path) as file:
                return file.read(most_bytes)
        except FileNotFoundError:
            return None

    def reading(self, path: str) -> BinaryIO:
        """Open a file to be read from its begin to its end; raises FileNotFoundError."""
        filesystem, at = self._at(path)
        return filesystem.open(at, "rb", block_size=_PART_BYTES)

    def put(self, path: str, read: Callable[[], BinaryIO], sha256: str) -> None:
        """Write a file, in place of one that is there, and see that it has arrived as it is here.

        Parameters:
            read: opens its content.
            sha256: of what shall arrive.

        Raises:
            Damaged: something else has arrived.
        """
        self._make_folder(posixpath.dirname(path))
        partial = f"{path}{PARTIAL}" if self.renames else path
        filesystem, at = self._at(partial)
        with read() as source:
            if hasattr(filesystem, "upload_fileobj"):  # WebDAV would keep all that is written until the end
                filesystem.upload_fileobj(source, at, overwrite=True)
            else:
                _upload(filesystem.open(at, "wb", block_size=_PART_BYTES), source)
        if self.sha256(partial) != sha256:
            raise Damaged(errno.EIO, "another content has arrived")
        if self.renames:
            self._rename(filesystem, at, self._at(path)[1])

    def sha256(self, path: str) -> str:
        """Give the SHA-256 of a file as it is there; raises FileNotFoundError."""
        hashed = hashlib.sha256()
        with self.reading(path) as file:
            while block := file.read(_BLOCK_BYTES):
                hashed.update(block)
        return hashed.hexdigest()

    def remove(self, path: str) -> None:
        """Take a file away, where it is there."""
        filesystem, at = self._at(path)
        with suppress(FileNotFoundError):
            filesystem.rm_file(at)

    def _rename(self, filesystem: "AbstractFileSystem", old: str, new: str) -> None:
        if hasattr(filesystem, "client") and hasattr(filesystem.client, "move"):
            # By itself fsspec would copy, and take away what was copied.
            filesystem.client.move(old, new, overwrite=True)
        else:
            filesystem.mv(old, new)

    def _make_folder(self, path: str) -> None:
        if path not in self._folders:
            filesystem, at = self._at(path)
            filesystem.makedirs(at, exist_ok=True)
            self._folders.add(path)

    def _at(self, path: str) -> "tuple[AbstractFileSystem, str]":
        if self._opened is None:
            self._opened = self._open()
        filesystem, root = self._opened
        return filesystem, posixpath.normpath(posixpath.join(root, path))


def _upload(target: Any, source: BinaryIO) -> None:
    """Write a file on a server; one that could not be written to its end must not appear."""
    try:
        shutil.copyfileobj(source, target, _BLOCK_BYTES)
    except BaseException:
        with suppress(Exception):
            (target.discard if hasattr(target, "discard") else target.close)()
        target.closed = True
        raise
    target.close()


def _opener(address: Address, settings: DeliverySettings) -> "Callable[[], tuple[AbstractFileSystem, str]]":
    """Give what opens a file system, and the folder in it.

    Raises:
        UsageFault: what the scheme takes is not installed.
    """
    openers = {FOLDER: _open_folder, SFTP: _open_sftp, S3: _open_s3, SHAREPOINT: _open_sharepoint}
    opener = openers.get(address.scheme, _open_webdav)
    try:
        return opener(address, settings)
    except ImportError as error:
        raise UsageFault(
            f"To deliver to {address.scheme}:// {error.name} is needed, which is not installed:"
            " `pip install 'car[deliver]'`."
        ) from None


def _open_folder(address: Address, _: DeliverySettings) -> Any:
    from fsspec.implementations.local import LocalFileSystem

    return lambda: (LocalFileSystem(skip_instance_cache=True), address.path)


def _open_sftp(address: Address, settings: DeliverySettings) -> Any:
    from sshfs import SSHFileSystem

    known = str(Path(settings.known_hosts).expanduser())
    options: dict[str, Any] = {
        # Without a file of keys any server would be believed.
        "known_hosts": known if Path(known).is_file() else b"",
        "connect_timeout": _ANSWER_S,
        "keepalive_interval": _ANSWER_S // 4,
    }
    options |= {"port": address.port} if address.port else {}
    options |= {"username": address.user} if address.user else {}
    options |= {"password": settings.sftp_password} if settings.sftp_password else {}
    if settings.sftp_key:
        options["client_keys"] = [str(Path(settings.sftp_key).expanduser())]
    return lambda: (SSHFileSystem(address.host, skip_instance_cache=True, **options), address.path)


def _open_s3(address: Address, _: DeliverySettings) -> Any:
    from s3fs import S3FileSystem

    root = f"{address.host}{address.path}"
    return lambda: (S3FileSystem(skip_instance_cache=True, use_listings_cache=False), root)


def _open_webdav(address: Address, settings: DeliverySettings) -> Any:
    from webdav4.fsspec import WebdavFileSystem

    scheme = "https" if address.scheme == WEBDAVS else "http"
    base = f"{scheme}://{address.host}" + (f":{address.port}" if address.port else "")
    auth = (address.user, settings.webdav_password) if address.user else None
    return lambda: (
        WebdavFileSystem(base, auth=auth, retry=False, timeout=_ANSWER_S, skip_instance_cache=True),
        address.path,
    )


def _open_sharepoint(address: Address, settings: DeliverySettings) -> Any:
    from msgraphfs import MSGDriveFS

    for key in ("sharepoint_tenant", "sharepoint_client", "sharepoint_secret"):
        if not getattr(settings, key):
            raise UsageFault(f"To deliver to SharePoint, CAR_DELIVERY_{key.upper()} is needed.")
    # It would tell of each answer that is no success, with what the server wrote.
    logging.getLogger("msgraphfs").setLevel(logging.CRITICAL + 1)
    _, sites, site, library, *folders = PurePosixPath(address.path).parts
    # What is cached is what stays when the connection is made anew: the id of the library.
    library_id: list[str] = []

    def open_library() -> tuple[MSGDriveFS, str]:
        drive = MSGDriveFS(
            drive_id=library_id[0] if library_id else "unknown",
            oauth2_client_params=_graph_client(settings),
            skip_instance_cache=True,
            use_recycle_bin=True,
        )
        if not library_id:
            library_id.append(_library_id(drive, f"{address.host}:/{sites}/{site}", library))
            return open_library()
        return drive, "/" + "/".join(folders)

    return open_library


def _graph_client(settings: DeliverySettings) -> dict[str, Any]:
    """Give what a client of Microsoft Graph is made of."""
    return {
        "client_id": settings.sharepoint_client,
        "client_secret": settings.sharepoint_secret,
        "token_endpoint": f"https://login.microsoftonline.com/{settings.sharepoint_tenant}/oauth2/v2.0/token",
        "scope": "https://graph.microsoft.com/.default",
        "grant_type": "client_credentials",
        "timeout": _ANSWER_S,
    }


def _library_id(drive: Any, site: str, library: str) -> str:
    """Look up the library that is called just so, of the site that is.

    The file system would search for sites whose names are like it, and take the first.
    """
    site_id = drive.call_msgraph("GET", f"{_GRAPH}/sites/{site}", params={"select": "id"}).json()["id"]
    found = drive.call_msgraph("GET", f"{_GRAPH}/sites/{site_id}/drives").json()["value"]
    ids = {each["name"]: each["id"] for each in found}
    if library not in ids:
        raise CarError(f"The site has no library `{library}`; it has {', '.join(sorted(ids)) or 'none'}.")
    return ids[library]
