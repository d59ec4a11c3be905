"""What lies in a landing zone: which files are inputs, and how their bytes are read.

A landing zone is a folder, or a URL that DuckDB's file systems read (docs/landing.md, "Layout").
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

import duckdb

from car.errors import UsageFault
from car.landing.contract import Feed, as_date

# Of the sizes that were tried the cheapest: a chunk of a MiB is given back and taken anew at each read.
_CHUNK_BYTES = 1 << 18
_ENDS_BYTES = 4
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB_CHARACTERS = "*?["
SIMULATED = "simulation.json"
"""What the simulator leaves beside the feeds: what a run must find."""


class LandingError(UsageFault):
    """The landing zone as a whole cannot be used; the message says what to do."""


class FileUnreadable(Exception):
    """One file cannot be read; the message says why, in words that follow "the file"."""


@dataclass(frozen=True)
class InputFile:
    """A file that is an input of a feed, before anything is known about its content."""

    feed: str
    path: str
    """Relative to the landing zone, with `/`; what is not UTF-8 in a name is written as `\\xNN`."""
    landed_on: date
    file_format: str
    source: str
    """What opens it: a path of the operating system, or a URL."""


@dataclass(frozen=True)
class IgnoredFile:
    """A file in the landing zone that is not an input, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class FileBytes:
    """What the bytes of a file say before they are understood."""

    byte_count: int
    sha256: str
    head: bytes
    tail: bytes
    mark: tuple[int, ...]
    """Changes when the file is changed while it is read."""


def glob_literal(path: str) -> str:
    """Write a path so that DuckDB, which reads every path as a pattern, opens that one file."""
    return "".join(f"[{character}]" if character in _GLOB_CHARACTERS else character for character in path)


def is_plain(path: str) -> bool:
    """Whether DuckDB opens exactly the file of that path, and calls it by the same name."""
    return is_encodable(path) and not any(character in path for character in _GLOB_CHARACTERS)


def is_encodable(path: str) -> bool:
    """Whether a path is text; a name of bytes that are not UTF-8 is not."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def wildcard(path: str) -> str:
    """Write a path as a pattern of the same length, for a folder that holds nothing else to match it."""
    return re.sub(r"[*?\[]", "?", path)


def open_zone(landing: str, feeds: dict[str, Feed]) -> LocalZone | RemoteZone:
    """Open a landing zone.

    Parameters:
        landing: a folder, a `file://` URL, or any other URL that DuckDB's file systems read.
        feeds: the contract, which says in which format each feed comes.

    Raises:
        LandingError: there is no such folder.
    """
    if landing.lower().startswith("file://"):
        local = re.sub(r"(?i)^file://(localhost)?", "", landing)
        return LocalZone(local if os.path.exists(local) else unquote(local), feeds)
    if _URL.match(landing):
        return RemoteZone(landing, feeds)
    return LocalZone(landing, feeds)


def _classify(parts: list[str], feeds: dict[str, Feed]) -> tuple[Feed, date] | str:
    """Say whose input the file at these path parts is, or why it is none."""
    if len(parts) < 2 or parts[0] not in feeds:
        return "not in the folder of a feed"
    feed = feeds[parts[0]]
    if len(parts) == 2 or not parts[1].startswith("date="):
        return "not in a date= folder of its feed"
    landed_on = as_date(parts[1].removeprefix("date="))
    if landed_on is None:
        return "its folder is not date=YYYY-MM-DD with a day of the calendar"
    if len(parts) > 3:
        return "deeper than its date= folder"
    suffix = "." + feed.file_format
    if not parts[2].endswith(suffix) or parts[2] == suffix:
        return f"not named <any name>{suffix}, which is what the feed takes"
    return feed, landed_on


class _Zone:
    def __init__(self, feeds: dict[str, Feed]) -> None:
        self._feeds = feeds

    def _sort(self, found: Iterator[tuple[list[str], str]]) -> tuple[list[InputFile], list[IgnoredFile]]:
        inputs: list[InputFile] = []
        ignored: list[IgnoredFile] = []
        for parts, source in found:
            if parts == [SIMULATED]:
                continue
            path = _printable("/".join(parts))
            verdict = _classify(parts, self._feeds)
            if isinstance(verdict, str):
                ignored.append(IgnoredFile(path, verdict))
            else:
                feed, landed_on = verdict
                inputs.append(InputFile(feed.name, path, landed_on, feed.file_format, source))
        # File systems list in any order; what follows must not depend on it.
        return sorted(inputs, key=lambda file: file.path), sorted(ignored, key=lambda file: file.path)


class LocalZone(_Zone):
    """A landing zone that is a folder of this machine."""

    def __init__(self, root: str, feeds: dict[str, Feed]) -> None:
        super().__init__(feeds)
        self.root = os.path.abspath(root)
        if not os.path.exists(self.root):
            raise LandingError(
                f"There is no landing folder {self.root}. "
                "Check --landing, or make sample files with `car simulate`."
            )
        if not os.path.isdir(self.root):
            raise LandingError(
                f"{self.root} is a file, not a landing folder. "
                "Give --landing the folder that holds the feeds."
            )

    def files(self) -> tuple[list[InputFile], list[IgnoredFile]]:
        """List the inputs and the other files, each sorted by path.

        Raises:
            LandingError: a folder in it cannot be listed, so that inputs could be missed.
        """
        return self._sort(self._walk(self.root, []))

    def _walk(self, folder: str, parts: list[str]) -> Iterator[tuple[list[str], str]]:
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError as error:
            where = _printable("/".join(parts)) or self.root
            raise LandingError(
                f"The folder {where} of the landing zone cannot be listed ({error.strerror}): "
                "files in it could be missed. Ask for access to it."
            ) from None
        for entry in found:
            here = [*parts, entry.name]
            # A feed's or a day's folder may be a link to where the extracts lie; elsewhere a link is not
            # followed, because it can lead round in a circle.
            in_layout = here[0] in self._feeds and (
                len(here) == 1 or (len(here) == 2 and here[1].startswith("date="))
            )
            if entry.is_dir(follow_symlinks=in_layout):
                yield from self._walk(entry.path, here)
            else:
                yield here, entry.path

    def read_bytes(self, file: InputFile) -> FileBytes:
        """Read a file once for its size, hash and ends.

        Raises:
            FileUnreadable: it cannot be opened or read, or is not a file.
        """
        try:
            # Opening a pipe would wait for ever for somebody to write to it.
            if not stat.S_ISREG(os.stat(file.source).st_mode):
                raise FileUnreadable("is not a regular file")
            with open(file.source, "rb") as stream:
                mark = _mark(os.fstat(stream.fileno()))
                digest = hashlib.sha256()
                head = tail = b""
                byte_count = 0
                while chunk := stream.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    byte_count += len(chunk)
                    head = head or chunk[:_ENDS_BYTES]
                    tail = (tail + chunk)[-_ENDS_BYTES:]
        except OSError as error:
            raise FileUnreadable(_why(error)) from None
        return FileBytes(byte_count, digest.hexdigest(), head, tail, mark)

    def is_unchanged(self, file: InputFile, read: FileBytes) -> bool:
        """Whether a file is still the one that was read."""
        try:
            return _mark(os.stat(file.source)) == read.mark
        except OSError:
            return False

    @contextmanager
    def open(self, file: InputFile) -> Iterator[BinaryIO]:
        """Open a file for its bytes.

        Raises:
            FileUnreadable: it cannot be opened or read.
        """
        try:
            with open(file.source, "rb") as stream:
                yield stream
        except OSError as error:
            raise FileUnreadable(_why(error)) from None

    def place(self, file: InputFile, link: Path) -> None:
        """Make a file readable at another path of this machine."""
        try:
            link.symlink_to(file.source)
        except (OSError, NotImplementedError):  # a file system without links
            with open(file.source, "rb") as source, open(link, "wb") as copy:
                while chunk := source.read(_CHUNK_BYTES):
                    copy.write(chunk)


class RemoteZone(_Zone):
    """A landing zone behind a URL, read through DuckDB's file systems.

    A file is held in memory while its bytes are read: DuckDB gives them as one value.
    """

    def __init__(self, root: str, feeds: dict[str, Feed]) -> None:
        super().__init__(feeds)
        self.root = root.rstrip("/")
        self._database = duckdb.connect()

    def files(self) -> tuple[list[InputFile], list[IgnoredFile]]:
        """List the inputs and the other files, each sorted by path.

        Raises:
            LandingError: DuckDB cannot list the URL.
        """
        try:
            rows = (
                self._cursor()
                .execute("select file from glob(?)", [glob_literal(self.root) + "/**"])
                .fetchall()
            )
        except duckdb.Error as error:
            raise LandingError(
                f"The landing zone {self.root} cannot be listed by DuckDB ({type(error).__name__}). "
                "Check its address, your access to it, and that DuckDB's extension for it is installed."
            ) from None
        return self._sort((url[len(self.root) + 1 :].split("/"), url) for (url,) in rows)

    def read_bytes(self, file: InputFile) -> FileBytes:
        """Read a file once for its size, hash and ends.

        Raises:
            FileUnreadable: DuckDB cannot read it.
        """
        content = self._content(file)
        digest = hashlib.sha256(content).hexdigest()
        return FileBytes(len(content), digest, content[:_ENDS_BYTES], content[-_ENDS_BYTES:], ())

    def is_unchanged(self, file: InputFile, read: FileBytes) -> bool:
        """Always true: an object behind a URL is replaced as a whole, and reading it again costs too much."""
        return True

    @contextmanager
    def open(self, file: InputFile) -> Iterator[BinaryIO]:
        """Open a file for its bytes.

        Raises:
            FileUnreadable: DuckDB cannot read it.
        """
        yield io.BytesIO(self._content(file))

    def place(self, file: InputFile, link: Path) -> None:
        """Make a file readable at a path of this machine."""
        link.write_bytes(self._content(file))

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # A connection serves one thread at a time; a cursor is a connection of its own to the same database.
        return self._database.cursor()

    def _content(self, file: InputFile) -> bytes:
        try:
            row = (
                self._cursor()
                .execute("select content from read_blob(?)", [glob_literal(file.source)])
                .fetchone()
            )
        except duckdb.Error as error:
            raise FileUnreadable(f"cannot be fetched ({type(error).__name__})") from None
        if row is None:
            raise FileUnreadable("is no longer there")
        return row[0]


def _mark(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    if isinstance(error, FileNotFoundError):
        return "is no longer there"
    return f"cannot be read: {error.strerror or type(error).__name__}"


def _printable(path: str) -> str:
    """Write a path as UTF-8, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
