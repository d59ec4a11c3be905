"""What a run would publish, held against the version in force; nothing is published."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from car.jsonfile import read_json
from car.release import versions
from car.release.described import csvs_among
from car.release.diff import Diff, Release, compare_releases
from car.release.diff_words import number, text_lines
from car.release.export import PublishedFile
from car.release.places import INDUSTRY, folders_in, place_of
from car.release.tree import Month

DRY_RUN = "dry_run"
"""The outcome of a run that only says what it would publish."""


def would_change(
    month: Month,
    staging: Path,
    files: Iterable[PublishedFile],
    run: dict[str, Any],
    scratch: Path,
    threads: int,
    memory_limit: str,
    progress: Callable[..., None] | None = None,
) -> Diff | None:
    """Compare staged CSVs with those of the version in force; None where no version is.

    Parameters:
        staging: what `Month.staging` gave, with the CSVs in the recipients' folders.
        run: the content of run.json.
        scratch: folder for what does not fit into memory.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.
        progress: called with (groups of files done, groups in all).

    Raises:
        CarError: a file of the version in force is not what its manifest says.
    """
    version = month.in_force()
    if version is None:
        return None
    folders, listed = {}, {}
    for recipient, group in versions.by_recipient(files).items():
        folders[recipient] = staging / place_of(recipient)
        listed[recipient] = csvs_among(versions.describe(folders[recipient], recipient, run, None, group))
    before = folders_in(month.version_path(version))
    if INDUSTRY not in folders:  # a run without the industry's report says nothing of it
        before.pop(INDUSTRY, None)
    old = Release(f"{month.name} version {version}, which is in force", before)
    new = Release("what this run would publish", folders, listed)
    return compare_releases(old, new, scratch, threads, memory_limit, progress)


def figures_in_force(month: Month) -> list[dict[str, Any]]:
    """Give the headline figures of the version in force; empty where there is none, or it has none."""
    version = month.in_force()
    run = (read_json(month.version_path(version) / "run.json") or {}) if version else {}
    return run.get("headline_figures") or []


def dry_run_lines(diff: Diff | None, run: dict[str, Any], month: Month) -> list[str]:
    """Say in words what would change for whom, and how the headline figures stand.

    Parameters:
        diff: what `would_change` gave.
        run: the content of run.json, with `headline_figures`, `recipients` and `files`.
    """
    if diff is None:
        recipients, files = number(run["recipients"], "recipient"), number(run["files"], "CSV file")
        lines = [f"Nothing of {month.name} is in force: {recipients} would get {files}."]
    elif not diff.differing:
        lines = [f"Nothing would change: {month.name} version {month.in_force()} holds the same."]
    else:
        lines = [*text_lines(diff), "", _whole_line(diff, month)]
    return [*lines, *_figure_lines(run["headline_figures"], figures_in_force(month))]


def _whole_line(diff: Diff, month: Month) -> str:
    recipients = {recipient for file in diff.differing for recipient in file.recipients}
    changed, added, removed = (
        sum(getattr(file, name) for file in diff.differing)
        for name in ("rows_changed", "rows_added", "rows_removed")
    )
    added += sum(file.rows_of_files_added for file in diff.differing)
    removed += sum(file.rows_of_files_removed for file in diff.differing)
    return (
        f"{month.name} version {max(month.versions()) + 1} would change {number(changed, 'row')}, add"
        f" {added:,} and take away {removed:,}, for {number(len(recipients), 'recipient')}."
    )


def _figure_lines(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[str]:
    """Say each headline figure in a line, and what it is in the version in force where that has it."""
    in_force = {figure["headline"]: figure for figure in before}
    lines = ["Headline figures, of all parties together:"] if now else []
    for figure in now:
        line = f"  {figure['headline']}: {_told(figure)}"
        if other := in_force.get(figure["headline"]):
            line += " as in force" if other == figure else f"; in force: {_told(other)}"
        lines.append(line)
    return lines


def _told(figure: dict[str, Any]) -> str:
    share = "" if figure["share"] is None else f" (share {figure['share']})"
    return f"{figure['count']:,}{share}"
