"""Compares what is published with its manifests: every version of every month, and where `current` leads."""

from pathlib import Path
from typing import Any

from car import lock
from car.console import Reporter
from car.errors import CarError, UsageFault
from car.jsonfile import read_json
from car.release import log
from car.release.hashes import MANIFEST, Checked, check_version
from car.release.status import refuse_other_folder
from car.release.tree import Current, Month, months
from car.workspace import work_dir


def verify(
    out: Path, month_name: str | None, version: int | None, threads: int, reporter: Reporter
) -> dict[str, Any]:
    """Hash every published file again and say what is not as it was published. Changes nothing.

    Parameters:
        out: the output folder.
        month_name: this month's releases alone, `YYYY-MM`.
        version: this version alone, of the month named.
        threads: files read at a time.

    Returns:
        `releases` (reporting_month, version, is_current, parties, files, bytes, problems), `months`
        (reporting_month, current, problems), `problem_count`, that of all of them, and `ways_out`, a sentence
        for each month with a damaged version.

    Raises:
        UsageFault: there is no such folder, month or version, or no run has written to the folder.
    """
    refuse_other_folder(out)
    there = {month.name: month for month in months(out)}
    if month_name is not None and month_name not in there:
        raise UsageFault(f"{out} has no release of {month_name}.")
    releases, of_months, ways_out = [], [], []
    for name in [month_name] if month_name is not None else there:
        month = there[name]
        current = month.current()  # before the versions: a run may be switching to a new one
        versions = month.versions()
        if version is not None and version not in versions:
            raise UsageFault(f"{name} has no version {version}.")
        if not versions and current.kind == "missing":
            continue
        problems = _problems_of_month(month, current, versions, lock.in_use_by(work_dir(out)) is not None)
        of_months.append({"reporting_month": name, "current": month.in_force(), "problems": problems})
        damaged: dict[int, Checked] = {}
        for each in [version] if version is not None else versions:
            with reporter.step("verify", f"Verifying {name} version {each}") as step:
                checked = check_version(month.version_path(each), name, each, threads, step)
            if checked.problems:
                damaged[each] = checked
            is_current = not current.problem and current.version == each
            releases.append(_release(name, each, is_current, checked))
        ways_out += _ways_out(out, month, damaged, set(versions) - set(damaged))
    count = sum(len(item["problems"]) for item in [*releases, *of_months])
    return {"releases": releases, "months": of_months, "problem_count": count, "ways_out": ways_out}


def verify_lines(found: dict[str, Any]) -> list[str]:
    """Say in words what `verify` found: a line per release, and one per file that is not as it was."""
    if not found["releases"] and not found["months"]:
        return ["Nothing is published yet."]
    lines = []
    for release in found["releases"]:
        mark = " (current)" if release["is_current"] else ""
        count = len(release["problems"])
        verdict = f"{count:,} not as published" if count else "whole"
        lines.append(
            f"{release['reporting_month']} version {release['version']}{mark}: {verdict}"
            f" ({release['parties']:,} parties, {release['files']:,} files, {release['bytes']:,} bytes)"
        )
        lines += [f"  {problem['path']}: {problem['text']}" for problem in release["problems"]]
    for month in found["months"]:
        lines += [f"{month['reporting_month']}: {problem}" for problem in month["problems"]]
    return lines


def _problems_of_month(month: Month, current: Current, versions: list[int], is_at_work: bool) -> list[str]:
    """Say what is wrong with `current` and the log.

    Parameters:
        is_at_work: a command changes the folder meanwhile: what it has not ended yet is no problem.
    """
    taken_away = month.taken_away()
    problems = [
        f"version {number} is missing"
        for number in range(1, max(versions, default=0))
        if number not in versions and number not in taken_away
    ]
    begun = log.begun(month.path)
    if month.never_in_force() and begun is None:
        return problems
    if current.problem:
        way_out = (
            f"the next run of the month, or car rollback, makes it a link to version {current.version} again"
            if current.version is not None
            else "run the month again, or name a version with car rollback --to"
        )
        problems.append(f"`current` {current.problem}: {way_out}")
    try:
        switches = log.read_log(month.path)
    except CarError as error:
        return [*problems, str(error)]
    if is_at_work:
        return problems
    if begun is not None:
        problems.append(
            f"a switch to version {begun.to_version} was interrupted: the next command that publishes ends it"
        )
    elif not switches:
        problems.append(
            f"{log.LOG} is missing: nobody can tell what was in force when, nor whether a rollback holds."
            " Bring it back from a copy; else the next run begins a new one"
        )
    elif not current.problem and switches[-1].to_version != current.version:
        problems.append(
            f"`current` leads to version {current.version}, and {log.LOG} says that version"
            f" {switches[-1].to_version} is in force: somebody has switched by hand. Name the one that is to"
            " be in force with car rollback --to"
        )
    return problems


def _ways_out(out: Path, month: Month, damaged: dict[int, Checked], others: set[int]) -> list[str]:
    """Say for a month with damaged versions what brings back a version that is whole.

    Parameters:
        others: versions that are whole, or were not looked at.
    """
    in_force = month.in_force()
    if not damaged:
        return []
    if in_force is not None and in_force not in damaged:
        return [f"{month.name}: bring the files back from a copy. Version {in_force} in force is whole."]
    if others:
        return [
            f"{month.name}: bring the files back from a copy, or put another version in force, for example"
            f" `car rollback --out {out} --month {month.name} --to {max(others)}`."
        ]
    version = in_force or max(damaged)
    run = _run_of(out, month, version)
    command = run.get("command") or f"car run --landing landing --out out --month {month.name}"
    # Without a manifest nobody can tell what a new version changes: then it is made in its place.
    is_readable = not any(problem.path.endswith(MANIFEST) for problem in damaged[version].problems)
    first = "" if is_readable else f" First move {month.version_path(version)} away."
    return [
        f"{month.name}: no version is whole. Bring the files back from a copy, or make version {version}"
        f" again from the same landing files.{first} The command is, with the folders in their places:"
        f"\n  {command}"
    ]


def _run_of(out: Path, month: Month, version: int) -> dict[str, Any]:
    """Give the run.json of a version; where it is gone, that of the run that published it."""
    run = read_json(month.version_path(version) / "run.json")
    if run is not None:
        return run
    for path in sorted((out / "runs").glob("*/run.json")):
        run = read_json(path) or {}
        if (run.get("reporting_month"), run.get("version")) == (month.name, version):
            return run
    return {}


def _release(month: str, version: int, is_current: bool, checked: Checked) -> dict[str, Any]:
    return {
        "reporting_month": month,
        "version": version,
        "is_current": is_current,
        "parties": checked.parties,
        "files": checked.files,
        "bytes": checked.size_bytes,
        "problems": [problem.to_dict() for problem in checked.problems],
    }
