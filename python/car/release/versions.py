"""Releases: staged beside the tree, renamed when complete, and put in force by one switch of a link.

    <out>/releases/<YYYY-MM>/v<N>/     complete, for all recipients, never changed afterwards
    <out>/releases/<YYYY-MM>/current   symbolic link to the version in force
    <out>/releases/<YYYY-MM>/log.jsonl a line per switch of it

See docs/published.md, "The tree".
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from car.edition import Edition
from car.errors import CarError
from car.jsonfile import flush_folder, read_json, write_json
from car.page.content import Before
from car.page.index import write_index
from car.release import log
from car.release.changes import ChangeWriter, FileChange
from car.release.datapackage import CHANGES_COLUMNS, datapackage, resource
from car.release.described import CHANGES, Files, described_files, formats_words, of_published
from car.release.export import PublishedFile, digest
from car.release.formats.convert import Converted
from car.release.formats.tables import Table
from car.release.hashes import MANIFEST
from car.release.industry import add_publication, kept_parts, switch_words
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, PARTIES, folders_in, place_of
from car.release.run_json import ordered
from car.release.tree import AWAITS_APPROVAL, Month, month_before

_READ_ONLY = 0o444


@dataclass(frozen=True)
class Published:
    """What became of a staged release.

    Attributes:
        version: the version that holds what was staged; in force now, but where `held` says otherwise.
        is_new: False where an earlier run published the same already.
        path: folder of that version.
        changes: lines in all changes.csv together; 0 for a first version.
        is_switched: `current` led to another version before, or nowhere.
        held: the switch that keeps another version in force; None where none does.
        awaits: it is written, and in force once somebody approves it.
        before: the version that a new one is compared with; None for a first one.
    """

    version: int
    is_new: bool
    path: Path
    changes: int = 0
    is_switched: bool = True
    held: log.Switch | None = None
    awaits: bool = False
    before: int | None = None


@dataclass(frozen=True)
class History:
    """What a release takes from the one in force of the month before.

    Attributes:
        parties: folder of that release's recipients.
        industry: its folder of the industry's report; None where it has none.
        declared: which release, a hash of all files of its parties and one of those of the industry's report,
            and how many rows of each feed landed in its month, for run.json.
    """

    parties: Path
    industry: Path | None
    declared: dict[str, Any]


def history(out: Path, month: str) -> History | None:
    """Find the release in force of the month before; None where nothing was published.

    Parameters:
        out: the output folder.
        month: the reporting month, `YYYY-MM`.
    """
    if month == "0001-01":
        return None
    before = Month(out, month_before(month))
    version = before.in_force()
    if version is None:
        return None
    release = before.version_path(version)
    run = read_json(release / "run.json") or {}
    landed = {name: feed.get("rows_in_month") for name, feed in run.get("feeds", {}).items()}
    industry = release / INDUSTRY_FOLDER
    return History(
        release / PARTIES,
        industry if industry.is_dir() else None,
        {
            **_declared(before, version),
            **({"industry": _declared_industry(before, version)} if industry.is_dir() else {}),
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
        of_report: the release whose industry's report was published last; None where none was.
        kept_parts: by part of that report, the earlier release whose figures it kept.
    """

    variable: dict[str, Any]
    declared: list[dict[str, Any]]
    kept: dict[tuple[str, str], str]
    in_force: str
    of_report: str | None = None
    kept_parts: dict[str, str] = field(default_factory=dict)

    def release_of(self, report: str, role: str) -> str:
        """Name the release with the industry figures of a role's report."""
        return self.kept.get((report, role), self.in_force)

    def release_of_part(self, part: str) -> str | None:
        """Name the release from which the figures of a part of the industry's report come."""
        return self.kept_parts.get(part, self.of_report)


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
    of_report, parts = _origin_of_report(releases, version)
    variable: dict[str, Any] = {"in_force": str(releases.version_path(version) / PARTIES), "kept": folders}
    if of_report is not None:
        origins = sorted({of_report, *parts.values()})
        variable["report"] = {
            "industry": str(releases.version_path(of_report) / INDUSTRY_FOLDER),
            "parties": {f"v{origin}": str(releases.version_path(origin) / PARTIES) for origin in origins},
            "in_force": f"v{of_report}",
            "kept": {part: f"v{origin}" for part, origin in parts.items()},
        }
    declared = [
        {
            **_declared(releases, origin),
            **({"industry": _declared_industry(releases, origin)} if origin == of_report else {}),
        }
        for origin in sorted({version, *kept.values(), *parts.values(), *([of_report] if of_report else [])})
    ]
    in_force = f"{month}/v{version}"
    return IndustryOrigin(
        variable,
        declared,
        _kept(run),
        in_force,
        f"{month}/v{of_report}" if of_report else None,
        {part: f"{month}/v{origin}" for part, origin in parts.items()},
    )


def _origin_of_report(releases: Month, version: int) -> tuple[int | None, dict[str, int]]:
    """Find the version whose industry's report was published last, and those from which it kept parts.

    Parameters:
        version: the one in force. It may be without the report.
    """
    for number in reversed(releases.versions()):
        folder = releases.version_path(number)
        if number > version or not (folder / INDUSTRY_FOLDER).is_dir():
            continue
        kept = kept_parts(read_json(folder / "run.json") or {})
        return number, {part: int(origin.removeprefix(f"{releases.name}/v")) for part, origin in kept.items()}
    return None, {}


def _declared(month: Month, version: int) -> dict[str, Any]:
    """Name a release and hash all files of its parties, for run.json."""
    parties = {party: files for party, files in month.files_of(version).items() if party != INDUSTRY}
    return {"release": f"{month.name}/v{version}", **_hashed(parties)}


def _declared_industry(month: Month, version: int) -> dict[str, Any]:
    """Hash all files of the industry's report of a release, for run.json."""
    return _hashed({INDUSTRY_FOLDER: month.files_of(version)[INDUSTRY]})


def _hashed(folders: dict[str, Files]) -> dict[str, Any]:
    lines = [
        f"{folder}/{path} {file['sha256']}"
        for folder, listed in sorted(folders.items())
        for path, file in sorted(listed.items())
    ]
    return {"files": len(lines), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def publish(
    month: Month,
    staging: Path,
    files: list[PublishedFile],
    run: dict[str, Any],
    changes: Callable[[], ChangeWriter],
    threads: int = 1,
    draw: Callable[[int], dict[str, list[str]]] | None = None,
    convert: Callable[[list[Table]], Converted] | None = None,
    prepare: Callable[[int], None] | None = None,
    stage: bool = False,
) -> Published:
    """Make the staged CSVs the next version, or nothing where they equal the version in force.

    Parameters:
        staging: what `Month.staging` gave, with the CSVs in the recipients' folders; gone afterwards.
        run: the content of run.json; gets its `version` and the SHA-256 of each manifest.
        changes: opens a ChangeWriter; called only where there is a version to compare with.
        threads: files read at a time.
        draw: given the version, draws reports from the staged CSVs and tells their paths by party; called
            only where there is a new version.
        prepare: given a version that is complete, does what has to be there when it is in force.
        convert: given the parties' staged CSVs, changes.csv among them, writes those that are asked for in
            other formats; called as `draw` is.
        stage: leave in force what is, until somebody approves the version.
    """
    staged = by_recipient(files)
    now = {party: {file.path: _csv_entry(file) for file in group} for party, group in staged.items()}
    held, in_force, versions = month.held(), month.in_force(), month.versions()
    # Versions after the one in force: a run died before the switch. The same again puts such a version in
    # force, unless its files are no longer what was published. Where they are held or staged, only the newest
    # is what an approval puts in force.
    awaits = stage or held is not None
    later = [version for version in reversed(versions) if version > (in_force or 0)][: 1 if awaits else None]
    for version in [in_force, *later] if in_force else later:
        if month.holds(version, now, threads):
            shutil.rmtree(staging)
            if prepare is not None:
                prepare(version)
            return _put_in_force(month, version, in_force, held, awaits, run)
    base = in_force or (versions[-1] if versions else None)
    version = versions[-1] + 1 if versions else 1
    run["version"] = version
    if awaits:
        run["outcome"] = AWAITS_APPROVAL
    else:
        add_publication(run.get("performance_report") or {})
    since = _Since()
    if base is not None:
        since = _compare(month, base, staging, files, now, changes)
    parties = list(staged) if base is None else since.parties
    entries = {
        party: describe(
            staging / place_of(party),
            party,
            run,
            version,
            staged.get(party, []),
            base,
            since.rows.get(party, 0),
        )
        for party in parties
    }
    converted = Converted()
    if convert is not None:
        told = {} if base is None else {party: since.rows.get(party, 0) for party in parties}
        converted = convert(tables_of(files, told))
    reports = draw(version) if draw is not None else {}
    for party in parties:
        folder, drawn = staging / place_of(party), reports.get(party, [])
        before = None if base is None else Before(base, since.as_of, tuple(since.changes.get(party, ())))
        list_files(folder, party, run, version, entries[party], drawn, before, converted.of(party))
    manifests = {recipient: digest(folder / MANIFEST)[1] for recipient, folder in folders_in(staging).items()}
    run["industry_manifest"] = manifests.pop(INDUSTRY, None)
    run["manifests"] = manifests
    write_json(staging / "run.json", ordered(run))
    _seal(staging)
    os.rename(staging, month.version_path(version))
    flush_folder(month.path)
    if prepare is not None:
        prepare(version)
    if not awaits:
        month.switch(_by_run(run, in_force, version))
    return Published(
        version,
        is_new=True,
        path=month.version_path(version),
        changes=sum(since.rows.values()),
        is_switched=not awaits,
        held=held,
        awaits=awaits,
        before=base,
    )


def _put_in_force(
    month: Month,
    version: int,
    in_force: int | None,
    held: log.Switch | None,
    awaits: bool,
    run: dict[str, Any],
) -> Published:
    """Take the version that has the files of a run already, and put it in force where it is not."""
    run["version"] = version
    is_switched = version != in_force and not awaits
    if is_switched:
        month.switch(_by_run(run, in_force, version))
    return Published(
        version,
        is_new=False,
        path=month.version_path(version),
        is_switched=is_switched,
        held=held if version != in_force else None,
        awaits=awaits and version != in_force,
    )


@dataclass(frozen=True)
class _Since:
    """What became of the files since the version before.

    Attributes:
        parties: that get files, or got some then: who no longer gets anything is told so too, once.
        rows: of changes.csv, by party.
        changes: what became of each file, by party.
        as_of: the instant of that version.
    """

    parties: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    changes: dict[str, list[FileChange]] = field(default_factory=dict)
    as_of: str | None = None


def _compare(
    month: Month,
    base: int,
    staging: Path,
    files: list[PublishedFile],
    now: dict[str, Files],
    changes: Callable[[], ChangeWriter],
) -> _Since:
    """Write each recipient's changes.csv against the version before."""
    before = month.files_of(base)
    if INDUSTRY not in now:  # A version without the industry's report says nothing of it.
        before.pop(INDUSTRY, None)
    old = month.version_path(base)
    parties = sorted({*now, *(party for party, listed in before.items() if listed)})
    for party in parties:
        (staging / place_of(party)).mkdir(exist_ok=True)
        _refuse_damaged(old / place_of(party), before.get(party, {}), now.get(party, {}), base)
    writer = changes()
    try:
        rows = writer.write(
            {party: staging / place_of(party) / CHANGES for party in parties},
            [
                file
                for party, listed in before.items()
                for file in described_files(old / place_of(party), party, listed)
            ],
            of_published(files, staging),
        )
        return _Since(parties, rows, writer.told, (read_json(old / "run.json") or {}).get("as_of"))
    finally:
        writer.close()


def _by_run(run: dict[str, Any], from_version: int | None, to_version: int) -> log.Switch:
    return log.switch_now(from_version, to_version, f"run {run['run_id']}", switch_words(run))


def published_lines(done: Published, month: Month, run: dict[str, Any], out: Path) -> list[str]:
    """Say in words what became of a staged release; a line that asks for attention begins with `Warning`.

    Parameters:
        run: the content of run.json, with `recipients`, `files` and `reports`.
    """
    counts = f"{run['recipients']:,} recipients, {run['files']:,} CSV files"
    if run.get("reports"):
        counts += f", {run['reports']:,} PDF reports"
    if run.get("formats"):
        counts += formats_words(run["formats"])
    named = f"{month.name} version {done.version}"
    lines = []
    if done.is_new:
        changed = f", {done.changes:,} lines in all changes.csv" if done.version > 1 else ""
        verb = "Wrote" if done.awaits else "Published"
        lines.append(f"{verb} {named} ({counts}{changed}): {done.path}")
    elif done.is_switched:
        lines.append(f"{named} holds the same ({counts}) and is in force now.")
    else:
        lines.append(f"Nothing to publish: {named} already holds the same ({counts}).")
    if done.held:
        lines.append(f"Warning: version {month.in_force()} stays in force: {held_words(done.held)}.")
    if done.awaits:
        lines.append(
            f"Version {done.version} awaits approval; no recipient sees it."
            f" `car approve --out {out} --month {month.name} --by NAME` puts it in force."
        )
    reports_before = month.reports_in(done.before) if done.before else 0
    if done.is_new and run.get("reports", 0) < reports_before:
        lines.append(
            f"Warning: version {done.version} has {run.get('reports', 0):,} PDF reports, fewer than the"
            f" {reports_before:,} of version {done.before}. `car report` draws those of a recipient."
        )
    return lines


def held_words(switch: log.Switch) -> str:
    """Say who holds a version in force, since when and why."""
    return f"held by {switch.by} since {switch.instant[:19]}Z ({switch.why})"


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
    write_json(
        package,
        datapackage(party_id, run["reporting_month"], version, files, extra, _kept(run), kept_parts(run)),
    )
    entries.append(_entry("datapackage.json", *digest(package), None, None))
    return entries


def tables_of(files: Iterable[PublishedFile], changes_rows: Mapping[str, int]) -> list[Table]:
    """Give the CSVs of the parties that may be asked for in other formats.

    Parameters:
        changes_rows: how many lines changes.csv has, of each recipient that gets one.
    """
    tables = [
        Table(
            file.party_id,
            file.role,
            file.path,
            tuple((column.name, column.data_type) for column in file.publication.columns),
            file.rows,
        )
        for file in files
        if not file.publication.is_industry
    ]
    columns = tuple((column.name, column.data_type) for column in CHANGES_COLUMNS)
    return tables + [
        Table(party, None, CHANGES, columns, rows)
        for party, rows in changes_rows.items()
        if party != INDUSTRY
    ]


def list_files(
    folder: Path,
    party_id: str,
    run: dict[str, Any],
    version: int | None,
    entries: list[dict[str, Any]],
    reports: Iterable[str],
    before: Before | None = None,
    converted: Converted | None = None,
) -> None:
    """Write a recipient's manifest.json, which lists every other file, and before it a party's page.

    Parameters:
        version: of the release; None for a preview.
        entries: what `describe` gave.
        reports: paths of the reports drawn.
        before: what changed since the version before; None for a first version and a preview.
        converted: what came of the recipient's files that were asked for in other formats.
    """
    converted = converted or Converted()
    entries = entries + [_entry(path, *digest(folder / path), None, None) for path in reports]
    entries += [file.entry for file in converted.files]
    not_written = [file.entry for file in converted.not_written]
    if party_id != INDUSTRY:
        edition = Edition(run["reporting_month"], run["as_of"], version)
        page = write_index(folder, party_id, edition, entries, before, not_written)
        entries.append(_entry(page.name, *digest(page), None, None))
    manifest = {
        "reporting_month": run["reporting_month"],
        "as_of": run["as_of"],
        "version": version,
        "files": sorted(entries, key=lambda entry: entry["path"]),
    }
    if not_written:
        manifest["not_written"] = not_written
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


def by_recipient(files: Iterable[PublishedFile]) -> dict[str, list[PublishedFile]]:
    """Put the files of each recipient together."""
    parties: dict[str, list[PublishedFile]] = {}
    for file in files:
        parties.setdefault(file.party_id, []).append(file)
    return parties


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
        flush_folder(Path(folder))
