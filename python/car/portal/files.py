"""The files of a release: listed as its manifest lists them, and read with their bytes checked."""

import hashlib
import os
import stat
import zipfile
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import RawIOBase
from pathlib import Path
from urllib.parse import quote

from car.errors import CarError
from car.portal.bundle.contents import INDUSTRY, ROOT
from car.portal.bundle.places import BundlePlace
from car.portal.schema import BundleFile, BundleSchema
from car.release.hashes import MANIFEST
from car.reports.definition import every_report

PACKAGE = "datapackage.json"
_BLOCK_BYTES = 1 << 18
# From here on a member of a ZIP is written with 64-bit lengths: well below the limit, since deflate can add.
_LARGE_BYTES = 1 << 31


class Differs(CarError):
    """A file of the release is not what its manifest says."""


@dataclass(frozen=True)
class FileView:
    """A file of the release on the page of downloads.

    Attributes:
        about: what is in it, in a sentence; empty where nothing says it.
        question: what it answers; empty likewise.
    """

    file: BundleFile
    url: str
    about: str
    question: str

    @property
    def name(self) -> str:
        """Its path below the folder of its area."""
        return self.file.path.partition("/")[2] or self.file.path


@dataclass(frozen=True)
class AreaView:
    """The files of an area on the page of downloads.

    Attributes:
        area: the first folder of their paths, or a word for those in none.
        title: of the area; empty where its name is all there is.
        zip_url: of all of them in one ZIP.
    """

    area: str
    title: str
    files: tuple[FileView, ...]
    size_bytes: int
    zip_url: str


def files_of(schema: BundleSchema, place: BundlePlace, manifest_sha256: str, role: str) -> list[BundleFile]:
    """Give the files that a recipient has in a role, those for all roles among them, and the manifest.

    Parameters:
        manifest_sha256: as the bundle names it.
        role: User Role; empty of the industry's report.
    """
    others = [f"/{other}/" for other in schema.roles if other != role]
    found = [file for file in schema.files if not any(other in f"/{file.path}" for other in others)]
    return [*found, BundleFile(MANIFEST, None, place.manifest.stat().st_size, manifest_sha256, None)]


def area_of(file: BundleFile, role: str) -> str:
    """Tell in which area a file is; the industry's report is one area."""
    if not role:
        return INDUSTRY
    return file.path.partition("/")[0] if "/" in file.path else ROOT


def area_views(schema: BundleSchema, files: Sequence[BundleFile], role: str, here: str) -> list[AreaView]:
    """Give what the page of downloads lists.

    Parameters:
        here: the path of month and role.
    """
    tables = {table.template: table for table in schema.tables.values()}
    templates = {_stem(file.path): file.template for file in files if file.template}
    reports = {report.folder: report for report in every_report()}

    def view(file: BundleFile) -> FileView:
        table = tables.get(file.template or templates.get(_stem(file.path), ""))
        report = reports.get(area_of(file, role)) if file.path.endswith(".pdf") else None
        told = table or report
        url = f"{here}/files/{quote(file.path)}"
        return FileView(file, url, told.about.strip() if told else "", told.question if told else "")

    found: dict[str, list[FileView]] = {}
    for file in files:
        found.setdefault(area_of(file, role), []).append(view(file))
    return [
        AreaView(
            area,
            reports[area].title if area in reports else "",
            tuple(views),
            sum(one.file.size_bytes for one in views),
            f"{here}/downloads/{quote(area)}.zip",
        )
        for area, views in found.items()
    ]


def in_zip(files: Sequence[BundleFile], role: str, area: str) -> list[BundleFile]:
    """Give the files of an area's ZIP: its own, and those that tell of them; none where it is no area."""
    own = [file for file in files if area_of(file, role) == area]
    about = [file for file in files if file.path in (MANIFEST, PACKAGE) and file not in own]
    return [*own, *about] if own else []


def read_checked(folder: Path, file: BundleFile) -> Generator[bytes, None, None]:
    """Read a file of a release; its last block is given when all of it is what the manifest says.

    Parameters:
        folder: of the recipient in the release.

    Raises:
        Differs: it is not, or not there, or a link leads to it.
    """
    try:
        handle = _open(folder, file.path)
    except OSError as error:
        raise Differs(f"{file.path}: cannot be read ({error.strerror}).") from error
    with open(handle, "rb", buffering=0) as stream:
        if os.fstat(handle).st_size != file.size_bytes:
            raise Differs(f"{file.path}: its length is not that of the manifest.")
        content = hashlib.sha256()
        left, block = file.size_bytes, b""
        while left and (read := stream.read(min(_BLOCK_BYTES, left))):
            if block:
                yield block
            content.update(read)
            left -= len(read)
            block = read
        if content.hexdigest() != file.sha256:
            raise Differs(f"{file.path}: its content is not that of the manifest.")
        yield block


def _open(folder: Path, path: str) -> int:
    """Open a file below a folder; raises OSError where a part of its path is a link or leads out."""
    *folders, name = path.split("/")
    # Other systems take other signs for a folder's, where they unpack a ZIP.
    if any(part in ("", ".", "..") or "\\" in part or ":" in part for part in (*folders, name)):
        raise OSError(0, "not a path below the folder")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        # A pipe in its place may not keep anybody waiting.
        found = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        if stat.S_ISREG(os.fstat(found).st_mode):
            return found
        os.close(found)
        raise OSError(0, "not a file")
    finally:
        os.close(at)


def zipped(folder: Path, files: Iterable[BundleFile], at: datetime) -> Generator[bytes, None, None]:
    """Give a ZIP of files of a release, block by block; equal files give equal bytes.

    Parameters:
        at: the instant that each of them has.

    Raises:
        Differs: a file is not what the manifest says. The ZIP has no end then.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for file in files:
            info = zipfile.ZipInfo(file.path, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=file.size_bytes >= _LARGE_BYTES) as member:
                for block in read_checked(folder, file):
                    member.write(block)
                    if sink.held:
                        yield sink.take()
    yield sink.take()


class _Sink(RawIOBase):
    """Holds what a ZIP has written, until it is taken. It cannot be gone back in, so that nothing must be."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self.held += data
        return len(data)

    def take(self) -> bytes:
        """Give what is held, and hold it no more."""
        taken, self.held = bytes(self.held), bytearray()
        return taken


def _stem(path: str) -> str:
    return path.rpartition(".")[0]
