"""Puts an earlier version of a month in force again, and keeps a record of it.

The record is `<out>/runs/<run id>/rollback.json`, a file for operators as those of a run. Nothing but
releases stands in `<out>/releases` (docs/published.md, "The tree").
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from car import lock
from car.console import Reporter
from car.errors import CarError, UsageFault
from car.jsonfile import read_json, write_json
from car.release.hashes import check_version
from car.release.versions import Month, clear_stale
from car.workspace import new_run_id, work_dir

RECORD = "rollback.json"
_TOLD_AT_MOST = 10


def roll_back(out: Path, month_name: str, to: int | None, threads: int, reporter: Reporter) -> dict[str, Any]:
    """Switch `current` of a month to another version in one step, once that version is known to be whole.

    Nothing else changes: every version stays as it is, and a later run publishes as it always does.

    Parameters:
        out: the output folder.
        month_name: the reporting month, `YYYY-MM`.
        to: the version; None: the one before that in force. A later version may be named too.
        threads: files read at a time.

    Returns:
        The record: `run_id`, `outcome` (`done`, or `unchanged` where the version is in force already),
        `reporting_month`, `at` (UTC), `from_version`, `to_version`.

    Raises:
        UsageFault: there is no such month or version.
        CarError: the version is not what was published; `current` stays where it is.
    """
    month = Month(out, month_name)
    if not month.versions():
        raise UsageFault(f"{out} has no release of {month_name}.")
    with lock.hold(work_dir(out), f"car rollback --month {month_name}"):
        clear_stale(out)
        in_force = month.in_force()
        interrupted = _interrupted(out, month_name, in_force)
        if interrupted is not None and to in (None, in_force):
            interrupted["outcome"] = "done"
            write_json(out / "runs" / interrupted["run_id"] / RECORD, interrupted)
            reporter.say(
                f"{month_name} version {in_force} is in force since a rollback that was interrupted."
            )
            return interrupted
        target = _target(month, in_force, to)
        record = {
            "run_id": new_run_id(),
            "outcome": "unchanged",
            "reporting_month": month_name,
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
            "from_version": in_force,
            "to_version": target,
        }
        with reporter.step("verify", f"Verifying version {target}") as step:
            checked = check_version(month.version_path(target), month_name, target, threads, step)
        if checked.problems:
            told = [f"  {problem.path}: {problem.text}" for problem in checked.problems[:_TOLD_AT_MOST]]
            if len(checked.problems) > _TOLD_AT_MOST:
                told.append(f"  and {len(checked.problems) - _TOLD_AT_MOST} more: car verify names them all")
            raise CarError(
                f"Version {target} of {month_name} is not what was published;"
                " nothing was switched.\n" + "\n".join(told)
            )
        if target == in_force:
            reporter.say(f"{month_name} version {target} is in force already; nothing was switched.")
            return record
        folder = out / "runs" / record["run_id"]
        folder.mkdir(parents=True)
        # Written before the switch, so that none goes unrecorded; `begun` stays where it was interrupted.
        write_json(folder / RECORD, {**record, "outcome": "begun"})
        month.put_in_force(target, record["run_id"])
        record["outcome"] = "done"
        write_json(folder / RECORD, record)
    before = f", in place of version {in_force}" if in_force else ""
    reporter.say(f"{month_name} version {target} is in force now{before}: {month.version_path(target)}")
    reporter.say(f"Recorded in {folder / RECORD}")
    return record


def rollbacks(out: Path, month_name: str) -> list[dict[str, Any]]:
    """Give the records of a month's rollbacks, oldest first.

    Parameters:
        out: the output folder.
        month_name: `YYYY-MM`.
    """
    found = (read_json(path) for path in (out / "runs").glob(f"*/{RECORD}"))
    of_month = [record for record in found if record and record.get("reporting_month") == month_name]
    return sorted(of_month, key=lambda record: record["at"])


def _interrupted(out: Path, month_name: str, in_force: int | None) -> dict[str, Any] | None:
    """Give the record of a rollback that switched and died before it could say so."""
    last = (rollbacks(out, month_name) or [None])[-1]
    return last if last and last["outcome"] == "begun" and last["to_version"] == in_force else None


def _target(month: Month, in_force: int | None, to: int | None) -> int:
    versions = month.versions()
    if to is not None:
        if to not in versions:
            there = ", ".join(map(str, versions))
            raise UsageFault(f"{month.name} has no version {to}; it has {there}.")
        return to
    if in_force is None:
        raise UsageFault(f"No version of {month.name} is in force: name one with --to.")
    earlier = [version for version in versions if version < in_force]
    if not earlier:
        raise UsageFault(f"{month.name} has no version before {in_force}, which is in force.")
    return earlier[-1]
