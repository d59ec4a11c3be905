"""Compares what is published with its manifests: every version of every month, and where `current` leads."""

import os
from pathlib import Path
from typing import Any

from car.console import Reporter
from car.errors import UsageFault
from car.release.hashes import Checked, check_version
from car.release.versions import Month


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
        (reporting_month, current, problems) and `problem_count`, that of all of them.

    Raises:
        UsageFault: there is no such folder, month or version.
    """
    if not out.is_dir():
        raise UsageFault(f"There is no folder {out}.")
    names = sorted(path.name for path in (out / "releases").glob("[0-9]*-[0-9]*") if path.is_dir())
    if month_name is not None and month_name not in names:
        raise UsageFault(f"{out} has no release of {month_name}.")
    releases, months = [], []
    for name in [month_name] if month_name is not None else names:
        month = Month(out, name)
        leads_to = _leads_to(month)  # before the versions: a run may be switching to a new one
        versions = month.versions()
        if version is not None and version not in versions:
            raise UsageFault(f"{name} has no version {version}.")
        if not versions and leads_to is None:
            continue
        problems = _problems_of_month(month, leads_to, versions)
        months.append({"reporting_month": name, "current": month.in_force(), "problems": problems})
        for each in [version] if version is not None else versions:
            with reporter.step("verify", f"Verifying {name} version {each}") as step:
                checked = check_version(month.version_path(each), name, each, threads, step)
            releases.append(_release(name, each, leads_to == f"v{each}", checked))
    count = sum(len(item["problems"]) for item in [*releases, *months])
    return {"releases": releases, "months": months, "problem_count": count}


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


def _leads_to(month: Month) -> str | None:
    """Give what the link `current` says; empty where it is no link, None where there is none."""
    link = month.path / "current"
    if not os.path.lexists(link):
        return None
    return os.readlink(link) if link.is_symlink() else ""


def _problems_of_month(month: Month, leads_to: str | None, versions: list[int]) -> list[str]:
    problems = [
        f"version {number} is missing"
        for number in range(1, max(versions, default=0))
        if number not in versions
    ]
    if leads_to is None:
        problems.append("`current` is missing: run the month again, or name a version with car rollback --to")
    elif leads_to not in [f"v{version}" for version in versions]:
        problems.append("`current` leads to no version: name one with car rollback --to")
    return problems


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
