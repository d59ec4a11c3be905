"""Releases: staged beside the tree, renamed when complete, and put in force by one switch of a link.

    <out>/releases/<YYYY-MM>/v<N>/   complete, for all recipients, never changed afterwards
    <out>/releases/<YYYY-MM>/current symbolic link to the version in force

See docs/published.md, "The tree".
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.jsonfile import read_json, write_json
from car.release.changes import ChangeWriter
from car.release.datapackage import CHANGES_COLUMNS, datapackage, resource
from car.release.described import CHANGES, Files, csv_files, described_files, of_published
from car.release.export import PublishedFile, digest
from car.release.hashes import MANIFEST, check_version

_STAGING = ".staging-"
_READ_ONLY = 0o444


@dataclass(frozen=True)
class Published:
    """What became of a staged release.

    Attributes:
        version: the version in force now.
        is_new: False where an earlier run published the same already.
        path: folder of that version.
        changes: lines in all changes.csv together; 0 for a first version.
        is_switched: `current` led to another version before, or nowhere.
    """

    version: int
    is_new: bool
    path: Path
    changes: int = 0
    is_switched: bool = True


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

    def holds(self, version: int, parties: dict[str, Files], threads: int) -> bool:
        """Tell whether a version holds just these CSVs, and still is what its manifests say.

        Parameters:
            threads: files read at a time.
        """
        try:
            is_same = _same(parties, self.files_of(version))
        except CarError:  # a manifest is gone: that one is nothing to put in force
            return False
        return is_same and not check_version(self.version_path(version), self.name, version, threads).problems

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
    threads: int = 1,
    draw: Callable[[int], dict[str, list[str]]] | None = None,
) -> Published:
    """Make the staged CSVs the next version, or nothing where they equal the version in force.

    Parameters:
        staging: what `Month.staging` gave, with the CSVs below `parties/`; gone afterwards.
        run: the content of run.json; gets its `version` and the SHA-256 of each manifest.
        changes: opens a ChangeWriter; called only where there is a version to compare with.
        threads: files read at a time.
        draw: given the version, draws reports from the staged CSVs and tells their paths by party; called
            only where there is a new version.
    """
    staged = _by_party(files)
    now = {party: {file.path: _csv_entry(file) for file in group} for party, group in staged.items()}
    in_force = month.in_force()
    versions = month.versions()
    # Versions after the one in force: a run died before the switch, or they were rolled back. The same
    # again puts such a version in force, unless its files are no longer what was published.
    later = [version for version in reversed(versions) if version > (in_force or 0)]
    for version in [in_force, *later] if in_force else later:
        if month.holds(version, now, threads):
            shutil.rmtree(staging)
            if version != in_force:
                month.put_in_force(version, run["run_id"])
            run["version"] = version
            path = month.version_path(version)
            return Published(version, False, path, is_switched=version != in_force)

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
        for party in parties:
            (staging / "parties" / party).mkdir(exist_ok=True)
            _refuse_damaged(old_parties / party, before.get(party, {}), now.get(party, {}), base)
        writer = changes()
        try:
            changes_rows = writer.write(
                {party: staging / "parties" / party / CHANGES for party in parties},
                [
                    file
                    for party, old in before.items()
                    for file in described_files(old_parties / party, party, old)
                ],
                of_published(files, staging / "parties"),
            )
        finally:
            writer.close()
    entries = {
        party: describe(
            staging / "parties" / party,
            party,
            run,
            version,
            staged.get(party, []),
            base,
            changes_rows.get(party, 0),
        )
        for party in parties
    }
    reports = draw(version) if draw is not None else {}
    for party in parties:
        list_files(staging / "parties" / party, run, version, entries[party], reports.get(party, []))
    run["manifests"] = {
        folder.name: digest(folder / MANIFEST)[1] for folder in sorted((staging / "parties").iterdir())
    }
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
    base: int | None = None,
    changes_rows: int = 0,
) -> list[dict[str, Any]]:
    """Write a party's datapackage.json, from which reports can be drawn.

    Parameters:
        version: of the release; None for a preview.
        base: the version that changes.csv starts from; None where there is no changes.csv.
        changes_rows: how many lines changes.csv has.

    Returns:
        What manifest.json says of the files so far.
    """
    files = list(files)
    entries = [_csv_entry(file) for file in files]
    extra = []
    if base is not None:
        size_bytes, sha256 = digest(folder / CHANGES)
        names = [column.name for column in CHANGES_COLUMNS]
        entries.append(_entry(CHANGES, size_bytes, sha256, changes_rows, names))
        description = f"What turns version {base} into this version, a line per cell."
        extra.append(resource(CHANGES, "Changes", description, CHANGES_COLUMNS, size_bytes, sha256))
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
    write_json(folder / MANIFEST, manifest)


def _kept(run: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Tell of which reports and roles the industry figures are those of an earlier release, and of which."""
    reports = (run.get("industry") or {}).get("reports", [])
    return {(item["report"], item["role"]): item["from"] for item in reports if item["is_kept"]}


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


def _refuse_damaged(folder: Path, old: Files, new: Files, version: int) -> None:
    """Refuse to tell changes from a file that no longer is what its reader got.

    Raises:
        CarError: names the file.
    """
    for path, file in old.items():
        if file["sha256"] == new.get(path, {}).get("sha256"):
            continue
        if not (folder / path).is_file() or digest(folder / path)[1] != file["sha256"]:
            raise CarError(
                f"Version {version} is no longer what was published ({folder / path}), so that the changes"
                " since then cannot be told. Nothing was published. `car verify` names each such file: bring"
                " them back from a copy, or publish the same once more with the command in its run.json."
            )


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
