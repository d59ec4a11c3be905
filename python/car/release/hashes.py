"""Whether a published version is still, byte for byte, what its manifests say."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from car.jsonfile import read_json
from car.release.export import digest
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, PARTIES, place_of
from car.threads import thread_pool

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Problem:
    """One file that is not as it was published.

    Attributes:
        path: relative to the folder of the version.
        kind: `missing`, `size`, `content`, `extra`, `unreadable` or `malformed`.
        text: the same in words, to be read after the path.
        expected: the length in bytes or the SHA-256 that was published, where there is one.
        found: what is there instead.
    """

    path: str
    kind: str
    text: str
    expected: int | str | None = None
    found: int | str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the problem as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class Checked:
    """What was found of one version.

    Attributes:
        files: how many files were compared with what was published, manifests among them.
        size_bytes: their length in all.
        problems: sorted by path; empty where the version is whole.
    """

    parties: int
    files: int
    size_bytes: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Listed:
    """One file as a manifest, or run.json, lists it."""

    path: str
    sha256: str
    size_bytes: int | None = None


def check_version(
    folder: Path, month: str, version: int, threads: int, progress: Callable[..., None] | None = None
) -> Checked:
    """Compare every file of a version with its manifests, and every manifest with run.json.

    The folder of the industry's report is one that run.json need not name: a version can be without it.

    Parameters:
        folder: `<out>/releases/<month>/v<version>`.
        threads: files read at a time.
        progress: called with (files done, files in all).
    """
    problems: list[Problem] = []
    manifests = _manifests(folder, month, version, problems)
    parties = sorted(_names(folder / PARTIES, problems, PARTIES))
    there = [*parties, *([INDUSTRY] if os.path.lexists(folder / INDUSTRY_FOLDER) else [])]
    listed: list[_Listed] = []
    expected, unlisted = {"run.json"}, set()
    for party in sorted({*there, *(manifests or {})}):
        place = place_of(party)
        if manifests is not None and party not in manifests:
            problems.append(Problem(place, "extra", "was not published"))
            continue
        if party not in there:
            problems.append(Problem(place, "missing", "is missing"))
            continue
        expected.add(f"{place}/{MANIFEST}")
        if manifests is not None:
            listed.append(_Listed(f"{place}/{MANIFEST}", manifests[party]))
        files = _listed_files(folder, place, month, version, problems)
        if files is None:  # nobody can tell which files belong there
            unlisted.add(place)
            continue
        listed += files
        expected.update(file.path for file in files)
    known = {problem.path for problem in problems}
    for path in _files_below(folder, problems):
        above = {path, *map(str, PurePosixPath(path).parents)}
        if path not in expected and not above & (known | unlisted):
            problems.append(Problem(path, "extra", "was not published"))

    size_bytes = 0
    with thread_pool(max(1, threads)) as pool:
        compared = pool.map(lambda file: _compare(folder, file), listed)
        for done, (length, problem) in enumerate(compared, start=1):
            size_bytes += length
            if problem is not None and problem.path not in known:
                problems.append(problem)
            if progress is not None:
                progress(done, len(listed))
    return Checked(len(parties), len(listed), size_bytes, tuple(sorted(problems, key=lambda one: one.path)))


def _manifests(folder: Path, month: str, version: int, problems: list[Problem]) -> dict[str, str] | None:
    """Read from run.json the SHA-256 of each recipient's manifest; None where it does not say."""
    run = read_json(folder / "run.json")
    if run is None:
        kind = "malformed" if (folder / "run.json").exists() else "missing"
        text = "is no JSON document" if kind == "malformed" else "is missing"
        problems.append(Problem("run.json", kind, text))
        return None
    _compare_heading("run.json", run, month, version, problems)
    manifests = run.get("manifests")  # releases of before it was written there have none
    if not isinstance(manifests, dict):
        return None
    industry = run.get("industry_manifest")
    return {**manifests, **({INDUSTRY: industry} if isinstance(industry, str) else {})}


def _listed_files(
    folder: Path, place: str, month: str, version: int, problems: list[Problem]
) -> list[_Listed] | None:
    """Read a party's manifest; None where it cannot be read."""
    path = f"{place}/{MANIFEST}"
    manifest = read_json(folder / path)
    if manifest is None:
        kind = "malformed" if os.path.lexists(folder / path) else "missing"
        text = "is no JSON document" if kind == "malformed" else "is missing"
        problems.append(Problem(path, kind, text))
        return None
    _compare_heading(path, manifest, month, version, problems)
    try:
        files = [
            _Listed(f"{place}/{_inside(file['path'])}", str(file["sha256"]), int(file["bytes"]))
            for file in manifest["files"]
        ]
    except (KeyError, TypeError, ValueError):
        problems.append(Problem(path, "malformed", "does not list files as a manifest does"))
        return None
    return files


def _inside(path: str) -> str:
    """Refuse a path that leads out of the party's folder."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(path)
    return path


def _compare_heading(
    path: str, content: dict[str, Any], month: str, version: int, problems: list[Problem]
) -> None:
    for key, wanted in (("reporting_month", month), ("version", version)):
        found = content.get(key)
        if found != wanted:
            problems.append(
                Problem(path, "malformed", f"says {key} {found}, and lies in that of {wanted}", wanted, found)
            )


def _compare(folder: Path, file: _Listed) -> tuple[int, Problem | None]:
    """Compare one file with what was published of it; gives its length too."""
    path = folder / file.path
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return 0, Problem(file.path, "content", "is no file of its own, but a link or a folder")
        if file.size_bytes not in (None, status.st_size):
            text = f"has {status.st_size:,} bytes instead of {file.size_bytes:,}"
            return status.st_size, Problem(file.path, "size", text, file.size_bytes, status.st_size)
        size_bytes, sha256 = digest(path)
    except (FileNotFoundError, NotADirectoryError):
        return 0, Problem(file.path, "missing", "is missing")
    except OSError as error:
        return 0, Problem(file.path, "unreadable", f"cannot be read: {error.strerror}")
    if sha256 != file.sha256:
        text = "has other content than was published"
        return size_bytes, Problem(file.path, "content", text, file.sha256, sha256)
    return size_bytes, None


def _names(folder: Path, problems: list[Problem], path: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        text = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        problems.append(Problem(path, "missing", text))
        return []


def _files_below(folder: Path, problems: list[Problem]) -> Iterator[str]:
    """Give all that is below a version and is no folder, as paths relative to it."""

    def refuse(error: OSError) -> None:
        path = Path(error.filename).relative_to(folder).as_posix()
        problems.append(Problem(path, "unreadable", f"cannot be read: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=refuse):
        below = Path(parent).relative_to(folder)
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield (below / name).as_posix()
