"""The address of a place: a folder of this machine, or a URL of a server."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from car.config import nearest
from car.errors import UsageFault

FOLDER, SFTP, S3, WEBDAV, WEBDAVS, SHAREPOINT = "file", "sftp", "s3", "webdav", "webdavs", "sharepoint"
SCHEMES: Final = (FOLDER, SFTP, S3, WEBDAV, WEBDAVS, SHAREPOINT)
PARTY: Final = "{party_id}"
"""Stands in an address for the id of the party."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Of a library of SharePoint the address names site and library at least: sites/<site>/<library>.
_LEAST_OF_SHAREPOINT = 3


@dataclass(frozen=True)
class Address:
    """Where a recipient's folder goes.

    Attributes:
        scheme: one of `SCHEMES`.
        host: of the server; the bucket of S3; empty of a folder.
        port: None: the usual one.
        user: empty where none is named.
        path: below the host, or of the folder; it begins with `/`.
    """

    scheme: str
    host: str
    port: int | None
    user: str
    path: str

    @property
    def url(self) -> str:
        """Write the address as it may be shown."""
        if self.scheme == FOLDER:
            return self.path
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Tell addresses apart: of two that begin alike one lies in the other."""
        host = f"{self.host.lower()}:{self.port or ''}"
        return (self.scheme, host, *PurePosixPath(self.path).parts)

    def of_party(self, party_id: str) -> "Address":
        """Put the id of a party where the address has a place for one."""
        return replace(self, host=self.host.replace(PARTY, party_id), path=self.path.replace(PARTY, party_id))

    @property
    def names_party(self) -> bool:
        """Tell whether it has a place for the id of a party."""
        return PARTY in self.host or PARTY in self.path


def read_address(text: str, what: str) -> Address:
    """Read an address.

    Parameters:
        text: a folder, or a URL.
        what: to begin messages with, e.g. `--to`.

    Raises:
        UsageFault: it is none, or a password stands in it.
    """
    if not text.strip():
        raise UsageFault(f"{what} is empty: name a folder or a URL.")
    if not (match := _SCHEME.match(text)):
        return Address(FOLDER, "", None, "", os.path.abspath(os.path.expanduser(text)))
    scheme = match[1].lower()
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise UsageFault(
            f"{what}: nothing is delivered by {scheme}://.{nearest(scheme, [*SCHEMES], '')}"
            f" There are: a folder, {known}."
        )
    try:
        split = urlsplit(text.replace("#", "%23").replace("?", "%3F"))
        port = split.port
    except ValueError:
        raise UsageFault(f"{what} is no URL.") from None
    if split.password is not None:
        raise UsageFault(
            f"{what} has a password in it: give it by the environment alone (docs/operations.md, Deliver)."
        )
    path = os.path.normpath("/" + unquote(split.path).lstrip("/"))
    if scheme == FOLDER:
        if split.hostname:
            raise UsageFault(f"{what}: write file:///folder, with three strokes.")
        return Address(FOLDER, "", None, "", path)
    if not split.hostname:
        raise UsageFault(f"{what} names no {'bucket' if scheme == S3 else 'host'}.")
    if scheme == SHAREPOINT and len(PurePosixPath(path).parts) <= _LEAST_OF_SHAREPOINT:
        raise UsageFault(
            f"{what}: write sharepoint://HOST/sites/SITE/LIBRARY, and a folder of the library if it is one."
        )
    # As it was written: the name of a bucket, or of a party in it, may have capitals.
    host = split.netloc.rpartition("@")[2].removesuffix(f":{port}")
    return Address(scheme, host, port, unquote(split.username or ""), path)
