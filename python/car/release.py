"""Releases: staged beside the tree, renamed when complete, and put in force by one switch of a link.

    <out>/releases/<YYYY-MM>/v<N>/   complete, for all recipients, never changed afterwards
    <out>/releases/<YYYY-MM>/current symbolic link to the version in force

See published.md.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from car.changes import ChangeWriter, Files, csv_files
from car.datapackage import CHANGES_COLUMNS, datapackage, resource
from car.export import PublishedFile, digest

_STAGING = ".staging-"
_READ_ONLY = 0o444


@dataclass(frozen=True)
class Published:
    """What became of a staged release.

    Attributes:
        version: the version in force now.
        is_new: False where the CSVs equal those of the version in force, so that nothing was published.
        path: folder of that version.
        changed_rows: rows in all changes.csv together; 0 for a first version.
    """

    version: int
    is_new: bool
    path: Path
    changed_rows: int = 0


@dataclass(frozen=True)
class History:
    """What a release takes from the one in force of the month before.

    Attributes:
        parties: folder of that release's recipients.
        declared: which release, a hash of all files of its parties, and how many rows of each feed landed in
            its month, for run.json.
    """

    parties: Path
    declared: dict[str, Any]


def history(out: Path, month: str) -> History | None:
    """Find the release in force of the month before; None where nothing was published.

    Parameters:
        out: the output folder.
        month: the reporting month, `YYYY-MM`.
    """
    year, number = int(month[:4]), int(month[5:])
    if (year, number) == (1, 1):
        return None
    before = Month(out, f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}")
    version = before.in_force()
    if version is None:
        return None
    run = read_json(before.version_path(version) / "run.json") or {}
    landed = {name: feed.get("rows_in_month") for name, feed in run.get("feeds", {}).items()}
    return History(
        before.version_path(version) / "parties",
        {
            **_declared(before, version),
            # An older release, or one of another version of the code, may not say it.
            "rows_in_month": {name: rows for name, rows in landed.items() if rows is not None},
        },
    )


@dataclass(frozen=True)
class IndustryOrigin:
    """Where the industry figures in force of a month stand, for a restatement that may keep them.

    Attributes:
        variable: the dbt variable `industry_origin`.
        declared: these releases, each with a hash of all files of its parties, for run.json.
        kept: by report and role, the earlier release (`YYYY-MM/v<N>`) whose figures the one in force kept.
        in_force: the release in force, with all other figures.
    """

    variable: dict[str, Any]
    declared: list[dict[str, Any]]
    kept: dict[tuple[str, str], str]
    in_force: str

    def release_of(self, report: str, role: str) -> str:
        """Name the release with the industry figures of a role's report."""
        return self.kept.get((report, role), self.in_force)


def industry_origin(out: Path, month: str) -> IndustryOrigin | None:
    """Find the releases of a month whose industry figures are in force; None where nothing was published.

    The version in force may itself have kept those of an earlier one: then they are looked for there, so that
    many small restatements are held against one origin.

    Parameters:
        out: the output folder.
        month: the reporting month, `YYYY-MM`.
    """
    releases = Month(out, month)
    version = releases.in_force()
    if version is None:
        return None
    run = read_json(releases.version_path(version) / "run.json") or {}
    kept = {key: int(origin.removeprefix(f"{month}/v")) for key, origin in _kept(run).items()}
    folders: dict[str, dict[str, str]] = {}
    for (report, role), origin in sorted(kept.items()):
        folders.setdefault(report, {})[role] = str(releases.version_path(origin) / "parties")
    return IndustryOrigin(
        {"in_force": str(releases.version_path(version) / "parties"), "kept": folders},
        [_declared(releases, origin) for origin in sorted({version, *kept.values()})],
        _kept(run),
        f"{month}/v{version}",
    )


def _declared(month: "Month", version: int) -> dict[str, Any]:
    """Name a release and hash all files of its parties, for run.json."""
    lines = [
        f"{party}/{path} {file['sha256']}"
        for party, listed in sorted(month.files_of(version).items())
        for path, file in sorted(listed.items())
    ]
    return {
        "release": f"{month.name}/v{version}",
        "files": len(lines),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }


class Month:
    """The releases of one reporting month.

    Parameters:
        out: the output folder.
        month: `YYYY-MM`.
    """

    def __init__(self, out: Path, month: str) -> None:
        self.path = out / "releases" / month
        self.name = month

    def versions(self) -> list[int]:
        """Give the versions that are complete, oldest first."""
        if not self.path.is_dir():
            return []
        found = (re.fullmatch(r"v([1-9]\d*)", entry.name) for entry in self.path.iterdir() if entry.is_dir())
        return sorted(int(match[1]) for match in found if match)

    def in_force(self) -> int | None:
        """Give the version that `current` leads to, or None."""
        link = self.path / "current"
        if not link.is_symlink():
            return None
        match = re.fullmatch(r"v([1-9]\d*)", os.readlink(link))
        return int(match[1]) if match and int(match[1]) in self.versions() else None

    def version_path(self, version: int) -> Path:
        """Give the folder of a version."""
        return self.path / f"v{version}"

    def staging(self, run_id: str) -> Path:
        """Make the folder in which a run prepares its release."""
        path = self.path / f"{_STAGING}{run_id}"
        (path / "parties").mkdir(parents=True)
        return path

    def files_of(self, version: int) -> dict[str, Files]:
        """Read which CSVs each party got in a version."""
        parties = self.version_path(version) / "parties"
        return (
            {party.name: csv_files(party) for party in sorted(parties.iterdir())} if parties.is_dir() else {}
        )

    def put_in_force(self, version: int, run_id: str) -> None:
        """Switch `current` to a version, in one step for all parties."""
        new_link = self.path / f".current-{run_id}"
        new_link.unlink(missing_ok=True)
        new_link.symlink_to(f"v{version}")
        os.replace(new_link, self.path / "current")
        _flush_folder(self.path)


def clear_stale(out: Path) -> int:
    """Remove what dead runs left half-written; the caller holds the lock, so no live run has any.

    Returns:
        How many half-written releases there were.
    """
    stale = list((out / "releases").glob(f"*/{_STAGING}*"))
    for path in stale:
        shutil.rmtree(path)
    for link in (out / "releases").glob("*/.current-*"):
        link.unlink()
    return len(stale)


def publish(
    month: Month,
    staging: Path,
    files: list[PublishedFile],
    run: dict[str, Any],
    changes: Callable[[], ChangeWriter],
    draw: Callable[[int], dict[str, list[str]]] | None = None,
) -> Published:
    """Make the staged CSVs the next version, or nothing where they equal the version in force.

    Parameters:
        staging: what `Month.staging` gave, with the CSVs below `parties/`; gone afterwards.
        run: the content of run.json; gets its `version`.
        changes: opens a ChangeWriter; called only where there is a version to compare with.
        draw: given the version, draws reports from the staged CSVs and tells their paths by party; called
            only where there is a new version.
    """
    staged = _by_party(files)
    now = {party: {file.path: _csv_entry(file) for file in group} for party, group in staged.items()}
    in_force = month.in_force()
    versions = month.versions()
    # A run that died before the switch left a complete version that nobody has seen yet: the same again
    # puts it in force.
    for version in dict.fromkeys(
        version for version in (in_force, versions[-1] if versions else None) if version
    ):
        if _same(now, month.files_of(version)):
            shutil.rmtree(staging)
            if version != in_force:
                month.put_in_force(version, run["run_id"])
            run["version"] = version
            return Published(version, version != in_force, month.version_path(version))

    version = versions[-1] + 1 if versions else 1
    run["version"] = version
    base = in_force or (versions[-1] if versions else None)
    changes_rows: dict[str, int] = {}
    parties = list(staged)
    if base is not None:
        before = month.files_of(base)
        old_parties = month.version_path(base) / "parties"
        # A party that no longer gets anything is told so too, once.
        parties = sorted({*now, *(party for party, old in before.items() if old)})
        writer = changes()
        try:
            for party in parties:
                folder = staging / "parties" / party
                folder.mkdir(exist_ok=True)
                changes_rows[party] = writer.write(
                    folder / "changes.csv",
                    old_parties / party,
                    before.get(party, {}),
                    folder,
                    now.get(party, {}),
                )
        finally:
            writer.close()
    entries = {
        party: describe(
            staging / "parties" / party, party, run, version, staged.get(party, []), changes_rows.get(party)
        )
        for party in parties
    }
    reports = draw(version) if draw is not None else {}
    for party in parties:
        list_files(staging / "parties" / party, run, version, entries[party], reports.get(party, []))
    write_json(staging / "run.json", run)
    _seal(staging)
    os.rename(staging, month.version_path(version))
    _flush_folder(month.path)
    month.put_in_force(version, run["run_id"])
    return Published(version, True, month.version_path(version), sum(changes_rows.values()))


def describe(
    folder: Path,
    party_id: str,
    run: dict[str, Any],
    version: int | None,
    files: Iterable[PublishedFile],
    changes_rows: int | None = None,
) -> list[dict[str, Any]]:
    """Write a party's datapackage.json, from which reports can be drawn.

    Parameters:
        version: of the release; None for a preview.
        changes_rows: how many rows changes.csv has, where there is one.

    Returns:
        What manifest.json says of the files so far.
    """
    files = list(files)
    entries = [_csv_entry(file) for file in files]
    extra = []
    if changes_rows is not None:
        size_bytes, sha256 = digest(folder / "changes.csv")
        names = [column.name for column in CHANGES_COLUMNS]
        entries.append(_entry("changes.csv", size_bytes, sha256, changes_rows, names))
        description = "What this version adds to the one before, and what it takes away."
        extra.append(resource("changes.csv", "Changes", description, CHANGES_COLUMNS, size_bytes, sha256))
    package = folder / "datapackage.json"
    write_json(package, datapackage(party_id, run["reporting_month"], version, files, extra, _kept(run)))
    entries.append(_entry("datapackage.json", *digest(package), None, None))
    return entries


def list_files(
    folder: Path,
    run: dict[str, Any],
    version: int | None,
    entries: list[dict[str, Any]],
    reports: Iterable[str],
) -> None:
    """Write a party's manifest.json, which lists every other file.

    Parameters:
        version: of the release; None for a preview.
        entries: what `describe` gave.
        reports: paths of the reports drawn.
    """
    entries = entries + [_entry(path, *digest(folder / path), None, None) for path in reports]
    manifest = {
        "reporting_month": run["reporting_month"],
        "as_of": run["as_of"],
        "version": version,
        "files": sorted(entries, key=lambda entry: entry["path"]),
    }
    write_json(folder / "manifest.json", manifest)


def _kept(run: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Tell of which reports and roles the industry figures are those of an earlier release, and of which."""
    reports = (run.get("industry") or {}).get("reports", [])
    return {(item["report"], item["role"]): item["from"] for item in reports if item["is_kept"]}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON document and flush it to the disk."""
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        json.dump(content, handle, indent=2, ensure_ascii=False)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON document; None where there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _csv_entry(file: PublishedFile) -> dict[str, Any]:
    columns = [column.name for column in file.publication.columns]
    return _entry(file.path, file.size_bytes, file.sha256, file.rows, columns)


def _entry(
    path: str, size_bytes: int, sha256: str, rows: int | None, columns: list[str] | None
) -> dict[str, Any]:
    return {"path": path, "bytes": size_bytes, "sha256": sha256, "rows": rows, "columns": columns}


def _by_party(files: Iterable[PublishedFile]) -> dict[str, list[PublishedFile]]:
    parties: dict[str, list[PublishedFile]] = {}
    for file in files:
        parties.setdefault(file.party_id, []).append(file)
    return parties


def _same(new: dict[str, Files], old: dict[str, Files]) -> bool:
    def hashes(parties: dict[str, Files]) -> dict[tuple[str, str], str]:
        return {
            (party, path): file["sha256"] for party, files in parties.items() for path, file in files.items()
        }

    return hashes(new) == hashes(old)


def _seal(staging: Path) -> None:
    """Make every file read-only, and flush all that was written to the disk."""
    os.sync()  # once for thousands of files: a flush for each would take longer than writing them
    for folder, _, names in os.walk(staging, topdown=False):
        for name in names:
            os.chmod(Path(folder) / name, _READ_ONLY)
        _flush_folder(Path(folder))


def _flush_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
