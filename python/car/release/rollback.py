"""Puts another version of a month in force: an earlier one, which is held, or the newest, which awaits that.

Both are a line of the month's log.jsonl (docs/published.md, "The tree").
"""

from pathlib import Path
from typing import Any

from car import lock
from car.console import Reporter
from car.errors import CarError, UsageFault, first_lines
from car.release.hashes import check_version
from car.release.log import Switch, switch_now, user_name
from car.release.tree import Month, put_in_order
from car.workspace import work_dir


def roll_back(
    out: Path,
    month_name: str,
    to: int | None,
    threads: int,
    reporter: Reporter,
    by: str | None = None,
    why: str = "",
) -> dict[str, Any]:
    """Switch `current` of a month to another version in one step, once that version is known to be whole.

    Every version stays as it is. Later runs write their versions and leave `current`, until `approve`.

    Parameters:
        out: the output folder.
        month_name: the reporting month, `YYYY-MM`.
        to: the version; None: the one before that in force. A later version may be named too.
        threads: files read at a time.
        by: who wants it; None: whoever runs the command.
        why: in words, for the log.

    Returns:
        The line of the log, with `reporting_month` and `outcome`: `done`, or `unchanged` where the version is
        in force already.

    Raises:
        UsageFault: there is no such month or version.
        CarError: the version is not what was published; `current` stays where it is.
    """
    by = _name(user_name() if by is None else by)
    month = _month(out, month_name)
    with lock.hold(work_dir(out), f"car rollback --month {month_name}"):
        finished = _put_in_order(month, out, threads, reporter)
        in_force = month.in_force()
        # Once more is not one version further: this was begun, and is ended now.
        if finished is not None and finished.holds and to in (None, finished.to_version):
            return _record("done", month, finished)
        target = _target(month, in_force, to)
        switch = switch_now(in_force, target, by, why or "rolled back", holds=True)
        _refuse_damaged(month, target, threads, reporter)
        if target == in_force:
            reporter.say(f"{month_name} version {target} is in force already; nothing was switched.")
            return _record("unchanged", month, switch)
        month.switch(switch)
    _tell_in_force(month, target, in_force, reporter)
    reporter.say(
        "Later runs write their versions and leave this one in force, until"
        f" `car approve --out {out} --month {month_name} --by NAME`."
    )
    return _record("done", month, switch)


def approve(
    out: Path, month_name: str, by: str, threads: int, reporter: Reporter, why: str = ""
) -> dict[str, Any]:
    """Put the newest version of a month in force, which awaits that or is held by a rollback, and end that.

    Parameters:
        out: the output folder.
        month_name: the reporting month, `YYYY-MM`.
        by: who approves it.
        threads: files read at a time.
        why: in words, for the log.

    Returns:
        As `roll_back`; `outcome` is `unchanged` where nothing awaits approval.

    Raises:
        UsageFault: there is no such month, or nobody is named.
        CarError: the newest version is not what was published; `current` stays where it is, and held.
    """
    by = _name(by)
    month = _month(out, month_name)
    with lock.hold(work_dir(out), f"car approve --month {month_name}"):
        _put_in_order(month, out, threads, reporter)
        in_force, newest = month.in_force(), month.versions()[-1]
        switch = switch_now(in_force, newest, by, why or "approved")
        if month.held() is None and month.awaiting() is None:
            reporter.say(f"Nothing of {month_name} awaits approval; {_in_force(in_force)}.")
            return _record("unchanged", month, switch)
        _refuse_damaged(month, newest, threads, reporter)
        month.switch(switch)
    if newest == in_force:
        reporter.say(f"{month_name} version {newest} stays in force, and is held no longer.")
    else:
        _tell_in_force(month, newest, in_force, reporter)
    return _record("done", month, switch)


def _name(by: str) -> str:
    if not by.strip():
        raise UsageFault("--by must name somebody: who wants it stands in log.jsonl.")
    return by


def _month(out: Path, name: str) -> Month:
    month = Month(out, name)
    if not month.versions():
        raise UsageFault(f"{out} has no release of {name}.")
    return month


def _put_in_order(month: Month, out: Path, threads: int, reporter: Reporter) -> Switch | None:
    said, finished = put_in_order(out, month.name, threads)
    for line in said:
        reporter.tell(line)
    return finished


def _record(outcome: str, month: Month, switch: Switch) -> dict[str, Any]:
    return {"outcome": outcome, "reporting_month": month.name, **switch.to_dict()}


def _tell_in_force(month: Month, version: int, before: int | None, reporter: Reporter) -> None:
    in_place = f", in place of version {before}" if before else ""
    reporter.say(f"{month.name} version {version} is in force now{in_place}: {month.version_path(version)}")


def _in_force(version: int | None) -> str:
    return "no version is in force" if version is None else f"version {version} is in force"


def _refuse_damaged(month: Month, version: int, threads: int, reporter: Reporter) -> None:
    with reporter.step("verify", f"Verifying version {version}") as step:
        checked = check_version(month.version_path(version), month.name, version, threads, step)
    if not checked.problems:
        return
    told = first_lines([f"  {problem.path}: {problem.text}" for problem in checked.problems], "car verify")
    raise CarError(
        f"Version {version} of {month.name} is not what was published; nothing was switched.\n"
        + "\n".join(told)
    )


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
