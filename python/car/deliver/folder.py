"""Makes a folder of a place hold just what a published folder holds, from whatever it holds now.

Its manifest.json goes first and comes last: while it is there, all that it lists is there, as it lists it.
`delivering.json` names meanwhile what may be there of this delivery and earlier ones, so that the next one
takes up what an interrupted one has left.
"""

import hashlib
import io
import json
import posixpath
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from car.deliver.patience import Patience
from car.deliver.place import PARTIAL, Place
from car.errors import CarError, one_line
from car.release.export import digest
from car.release.hashes import MANIFEST

MARKER: Final = "recipient.json"
"""Says at the root of a place whose it is."""
_DELIVERING: Final = "delivering.json"
_MANIFEST_BYTES: Final = 1 << 28


class Interrupted(CarError):
    """The command ends, so that no further file is begun."""


@dataclass
class Delivered:
    """What was done to a folder.

    Attributes:
        sent, there, removed: files that were written, were right already, and were taken away.
        bytes_sent: of those that were written.
    """

    sent: int = 0
    there: int = 0
    removed: int = 0
    bytes_sent: int = 0

    def add(self, other: "Delivered") -> None:
        """Count another folder's with this one's."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Published:
    """A folder of a release, as its manifest lists it.

    Attributes:
        manifest: the bytes of manifest.json.
        files: length (bytes) and SHA-256 of each file by its path.
    """

    path: Path
    manifest: bytes
    files: dict[str, tuple[int, str]] = field(repr=False)


def read_published(path: Path, manifest_sha256: str | None) -> Published:
    """Read what a folder of a release holds.

    Parameters:
        manifest_sha256: what run.json says of its manifest; None where it says nothing.

    Raises:
        CarError: it is not what was published.
    """
    try:
        manifest = (path / MANIFEST).read_bytes()
        if manifest_sha256 not in (None, hashlib.sha256(manifest).hexdigest()):
            raise ValueError
        listed = json.loads(manifest)["files"]
        files = {str(file["path"]): (int(file["bytes"]), str(file["sha256"])) for file in listed}
    except (OSError, ValueError, KeyError, TypeError):
        raise _not_as_published(path / MANIFEST) from None
    return Published(path, manifest, files)


class Folder:
    """A folder of a place, with all that is done there tried again where that may help.

    Parameters:
        path: relative to the place; empty: the place itself.
    """

    def __init__(self, place: Place, path: str, patience: Patience) -> None:
        self._place = place
        self._path = path
        self._patience = patience

    def files(self) -> dict[str, int]:
        """Give all files with their lengths (bytes)."""
        return self._patience.do(lambda: self._place.files(self._path))

    def read(self, name: str) -> bytes | None:
        """Give the content of a file that is not large; None where there is none."""
        return self._patience.do(lambda: self._place.read(self._at(name), _MANIFEST_BYTES))

    def sha256(self, name: str) -> str:
        """Give the SHA-256 of a file."""
        return self._patience.do(lambda: self._place.sha256(self._at(name)))

    def put(self, name: str, content: bytes) -> None:
        """Write a file."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._patience.do(lambda: self._place.put(self._at(name), lambda: io.BytesIO(content), sha256))

    def put_file(self, name: str, source: Path, sha256: str) -> None:
        """Write a file as it is here."""
        self._patience.do(lambda: self._place.put(self._at(name), lambda: source.open("rb"), sha256))

    def remove(self, name: str) -> None:
        """Take a file away, where it is there."""
        self._patience.do(lambda: self._place.remove(self._at(name)))

    def _at(self, name: str) -> str:
        return posixpath.join(self._path, name)


def claim(root: Folder, recipient: str) -> None:
    """See that a place is a recipient's, or make it so where it is nobody's.

    Raises:
        CarError: it is another's, or nobody can tell.
    """
    content = root.read(MARKER)
    if content is None:
        root.put(MARKER, f"{json.dumps({'recipient': recipient})}\n".encode())
        return
    try:
        owner = json.loads(content)["recipient"]
    except (ValueError, KeyError, TypeError):
        raise CarError(f"{MARKER} there does not say whose place it is. Nothing was written.") from None
    if owner != recipient:
        raise CarError(
            f"{MARKER} there says that the place is of another recipient, {one_line(str(owner))}."
            " Nothing was written."
        )


def deliver_folder(folder: Folder, published: Published | None, stop: threading.Event) -> Delivered:
    """Make a folder hold what is published, and nothing of what was delivered before.

    What others have put there stays.

    Parameters:
        published: None: nothing is any more.
        stop: no further file is begun once it is set.

    Raises:
        CarError: the release is not what was published, or the command ends.
        Exception: as the place raises it, once there is no hope.
    """
    wanted = published.files if published else {}
    manifest, delivering, there = folder.read(MANIFEST), folder.read(_DELIVERING), folder.files()
    if _DELIVERING + PARTIAL in there:  # of a delivery that ended before it had begun
        folder.remove(_DELIVERING + PARTIAL)
    has_all = all(there.get(path) == size for path, (size, _) in wanted.items())
    if delivering is None and manifest == (published.manifest if published else None) and has_all:
        return Delivered(there=len(wanted))

    done = Delivered()
    before = {*_paths(manifest), *_paths(delivering)}
    folder.put(_DELIVERING, _listing({*before, *wanted}))
    folder.remove(MANIFEST)
    if published is not None:
        _send(folder, published, there, done, stop)
    partial = {f"{path}{PARTIAL}" for path in {*before, *wanted, MANIFEST}} & {*there}
    for path in sorted((before | partial) - {*wanted}):
        folder.remove(path)
        done.removed += path in there and path not in partial
    if published is not None:
        folder.put(MANIFEST, published.manifest)
    folder.remove(_DELIVERING)
    return done


def _send(
    folder: Folder, published: Published, there: dict[str, int], done: Delivered, stop: threading.Event
) -> None:
    """Write what is not there as it is published.

    Parameters:
        there: what the folder holds, with lengths (bytes).
    """
    for path, (size, sha256) in published.files.items():
        if stop.is_set():
            raise Interrupted("The command ends.")
        if there.get(path) == size and folder.sha256(path) == sha256:
            done.there += 1
            continue
        source = published.path / path
        if not source.is_file() or digest(source) != (size, sha256):
            raise _not_as_published(source)
        folder.put_file(path, source, sha256)
        done.sent += 1
        done.bytes_sent += size


def _paths(listing: bytes | None) -> set[str]:
    """Name the files that a manifest or `delivering.json` lists; none of one that cannot be read."""
    try:
        files: Iterable[dict[str, Any]] = json.loads(listing or b"{}").get("files", [])
        paths = {str(file["path"]) for file in files}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
    # It lies where others can write: no path of it leads out of the folder.
    return {path for path in paths if path and not path.startswith("/") and ".." not in path.split("/")}


def _listing(paths: set[str]) -> bytes:
    return (json.dumps({"files": [{"path": path} for path in sorted(paths)]}) + "\n").encode()


def _not_as_published(path: Path) -> CarError:
    return CarError(f"{path} is not what was published: car verify names all that is not.")
