"""Takes away what a rule does not keep of an output folder: old versions and runs, and what was made of them.

Never what is in force or awaits approval, nor what a release that stays declares as its input.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from car import lock
from car.console import Reporter
from car.errors import CarError
from car.jsonfile import read_json
from car.portal.bundle.places import bundles_of
from car.release.places import INDUSTRY_FOLDER
from car.release.run_json import declared_releases
from car.release.status import refuse_other_folder
from car.release.tree import Month, months
from car.reports.words import size
from car.warehouse.database import open_to_read, recall_build
from car.warehouse.engine.on_spark import in_use_by, tables_of
from car.workspace import Machine, default_warehouse, work_dir

RELEASE, RUN, BUNDLES, REPORTS, WAREHOUSE = (
    "version",
    "run with its quarantine",
    "portal's bundles",
    "finished reports",
    "warehouse",
)
_PLURAL: Final = {RELEASE: "versions", RUN: "runs with their quarantine"}
_Version = tuple[str, int]


@dataclass(frozen=True)
class Rule:
    """What is kept besides what has to stay.

    Attributes:
        versions: the newest so many versions, and runs, of a month that is kept.
        months: the newest so many months.
    """

    versions: int
    months: int


@dataclass(frozen=True)
class Piece:
    """Something that the rule does not keep.

    Attributes:
        kind: one of the words above.
        name: what it is, below the output folder.
        size_bytes: of all its files.
    """

    kind: str
    name: str
    path: Path
    size_bytes: int


@dataclass(frozen=True)
class Found:
    """What the rule does not keep, and what it does not touch.

    Attributes:
        untouched: months of which nobody can tell what is in force, a sentence each.
    """

    pieces: list[Piece]
    untouched: list[str]


def prune(out: Path, rule: Rule, takes: bool, machine: Machine, reporter: Reporter) -> dict[str, Any]:
    """Say what a rule does not keep and how much that is, and take it away.

    Parameters:
        out: the output folder.
        takes: take it away; otherwise nothing is changed.

    Returns:
        `taken` (whether it is gone), `bytes`, and `pieces` (kind, name, bytes).

    Raises:
        UsageFault: there is no such folder, or no run has written to it.
        CarError: another command is at work in the folder.
    """
    refuse_other_folder(out)
    with lock.hold(work_dir(out), "car prune"):
        found = _find(out, rule, machine)
        for line in found.untouched:
            reporter.warn(line)
        for line in _lines(found.pieces):
            reporter.say(line)
        if takes and found.pieces:
            with reporter.step("prune", "Taking it away") as step:
                for done, piece in enumerate(found.pieces, start=1):
                    _take(out, piece)
                    step(done, len(found.pieces))
        elif found.pieces:
            reporter.say("Nothing was taken away: --yes does it.")
    return {
        "taken": takes,
        "bytes": sum(piece.size_bytes for piece in found.pieces),
        "pieces": [
            {"kind": piece.kind, "name": piece.name, "bytes": piece.size_bytes} for piece in found.pieces
        ],
    }


def _find(out: Path, rule: Rule, machine: Machine) -> Found:
    there = [month for month in months(out) if month.versions()]
    recent = [month.name for month in there][-rule.months :]
    untouched, kept = [], set()
    for month in there:
        current = month.current()
        if current.problem and not month.never_in_force():
            untouched.append(
                f"`current` of {month.name} {current.problem}: nothing of the month is taken away."
            )
            kept |= {(month.name, version) for version in month.versions()}
        else:
            kept |= _kept_by_rule(month, rule.versions if month.name in recent else 1)
    kept = _with_declared(out, kept)
    pieces = [*_versions(out, there, kept), *_runs(out, kept, recent, rule.versions)]
    pieces += [*_made(out, kept), *_warehouses(out, recent, machine)]
    return Found(pieces, untouched)


def _kept_by_rule(month: Month, count: int) -> set[_Version]:
    """Name the versions of a month that stay by themselves.

    The newest is one of them, so that no number is given twice; it is the one that may await approval. So is
    the one that had the industry's report last, from which a restatement may keep figures.

    Parameters:
        count: how many of the newest stay.
    """
    versions, in_force = month.versions(), month.in_force()
    stay = {*versions[-count:], *([in_force] if in_force else [])}
    with_report = [
        version
        for version in versions
        if version <= (in_force or 0) and (month.version_path(version) / INDUSTRY_FOLDER).is_dir()
    ]
    return {(month.name, version) for version in stay | set(with_report[-1:])}


def _with_declared(out: Path, kept: set[_Version]) -> set[_Version]:
    """Add what kept releases declare as their input, and what those declare in turn."""
    found: set[_Version] = set()
    waiting = set(kept)
    while waiting:
        month, version = one = waiting.pop()
        found.add(one)
        path = Month(out, month).version_path(version)
        declared = declared_releases(read_json(path / "run.json") or {})
        waiting |= {
            other for other in declared if Month(out, other[0]).version_path(other[1]).is_dir()
        } - found
    return found


def _versions(out: Path, there: list[Month], kept: set[_Version]) -> Iterator[Piece]:
    for month in there:
        for version in month.versions():
            if (month.name, version) not in kept:
                yield _piece(RELEASE, out, month.version_path(version))


def _runs(out: Path, kept: set[_Version], recent: list[str], count: int) -> Iterator[Piece]:
    """Give the runs that made no version that stays, and are not among the newest of a month that is kept."""
    made = set()
    for month, version in kept:
        run = read_json(Month(out, month).version_path(version) / "run.json") or {}
        made |= {run.get("run_id"), run.get("built_by_run")}
    folders = sorted(path for path in (out / "runs").glob("*") if path.is_dir())
    by_month: dict[str | None, list[Path]] = {}
    for folder in folders:
        run = read_json(folder / "run.json") or {}
        by_month.setdefault(run.get("reporting_month"), []).append(folder)
    newest = {folder for month in recent for folder in by_month.get(month, [])[-count:]}
    # The last of all says why there may be nothing to publish.
    newest |= set(folders[-1:])
    for folder in folders:
        if folder not in newest and folder.name not in made:
            yield _piece(RUN, out, folder)


def _made(out: Path, kept: set[_Version]) -> Iterator[Piece]:
    """Give the bundles of versions that go or are gone, and drawn reports, which only save time."""
    for (month, version), folder in bundles_of(out):
        if (month, version) not in kept:
            yield _piece(BUNDLES, out, folder)
    reports = work_dir(out) / "reports"
    if reports.is_dir():
        yield _piece(REPORTS, out, reports)


def _warehouses(out: Path, recent: list[str], machine: Machine) -> Iterator[Piece]:
    """Give a warehouse of a month that is not kept, and tables that Spark wrote for no warehouse of today."""
    warehouse = default_warehouse(out)
    tables, in_use = tables_of(warehouse), in_use_by(warehouse)
    if warehouse.is_file() and _month_built(warehouse, out, machine) not in (None, *recent):
        yield _piece(WAREHOUSE, out, warehouse)
        in_use = None
    if tables.is_dir():
        for build in sorted(tables.iterdir()):
            if build != in_use:
                yield _piece(WAREHOUSE, out, build)


def _month_built(warehouse: Path, out: Path, machine: Machine) -> str | None:
    """Name the month that a warehouse was built for; None where nobody can tell."""
    try:
        with open_to_read(
            warehouse, work_dir(out) / "tmp", machine.threads, machine.memory_limit
        ) as connection:
            return recall_build(connection, warehouse)[1]["reporting_month"]
    except CarError:
        return None


def _piece(kind: str, out: Path, path: Path) -> Piece:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    total = sum(each.lstat().st_size for each in files)
    return Piece(kind, path.relative_to(out).as_posix(), path, total)


def _lines(pieces: list[Piece]) -> list[str]:
    """Say what goes in a line each, and in one how much that is by kind."""
    if not pieces:
        return ["Nothing goes: the rule keeps all that there is."]
    lines = [f"  {piece.name}: {piece.kind}, {size(piece.size_bytes)}" for piece in pieces]
    kinds = dict.fromkeys(piece.kind for piece in pieces)
    counted = []
    for kind in kinds:
        of_kind = [piece for piece in pieces if piece.kind == kind]
        word = kind if len(of_kind) == 1 else _PLURAL.get(kind, kind)
        counted.append(f"{len(of_kind):,} {word} ({size(sum(piece.size_bytes for piece in of_kind))})")
    return ["What the rule does not keep:", *lines, f"Together {', '.join(counted)}."]


def _take(out: Path, piece: Piece) -> None:
    if piece.kind == RELEASE:
        version = int(piece.path.name.removeprefix("v"))
        Month(out, piece.path.parent.name).take_away(version, datetime.now(UTC))
    elif piece.path.is_dir():
        shutil.rmtree(piece.path)
    else:
        piece.path.unlink()
