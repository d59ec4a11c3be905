"""`car quality`: looks at the lists, the landed files and the release of a month, and writes the page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from car import lock
from car.console import Reporter
from car.errors import UsageFault
from car.jsonfile import read_json
from car.quality.declared import every_suite
from car.quality.evaluate import validate
from car.quality.frames import private_columns, read_rows, recipients_without_rows, register_release
from car.quality.page import Answer, write_page
from car.quality.suites import Suite
from car.release.diff import Diff, compare_releases, find_releases
from car.release.last_run import explaining
from car.release.run_json import arrival_lines, industry_lines
from car.release.status import refuse_other_folder
from car.release.tree import Month
from car.warehouse.database import open_to_read, recall_build
from car.workspace import Machine, default_warehouse, work_dir

if TYPE_CHECKING:
    import pandas


def assess(out: Path, month: str | None, machine: Machine, reporter: Reporter) -> dict[str, Any]:
    """Hold every suite against the warehouse and the release in force, and write the page.

    Parameters:
        out: the output folder of `car run`.
        month: the reporting month, `YYYY-MM`; None: the one that the warehouse was built for.

    Returns:
        `reporting_month`, `version`, `can_go_out`, `held_back` (a line each), `page`, `expectations` (how
        many were looked at), `failed` (a line each) and `not_looked_at` (titles).

    Raises:
        UsageFault: no run has written to the folder.
        CarError: there is no finished build, nothing was published of a month that is not the warehouse's, or
            another command is at work in the folder.
    """
    refuse_other_folder(out)
    warehouse = default_warehouse(out)
    scratch = work_dir(out) / "tmp"
    with (
        lock.hold(work_dir(out), "car quality"),
        explaining(out, at_work=True),
        open_to_read(warehouse, scratch, machine.threads, machine.memory_limit) as connection,
    ):
        catalogue, built = recall_build(connection, warehouse)
        releases = Month(out, month or built["reporting_month"])
        version = releases.in_force()
        came_in = releases.name == built["reporting_month"]
        if version is None and not came_in:
            raise UsageFault(
                f"Nothing is published of {releases.name}, and the warehouse is of another month."
            )
        stages = {"list": came_in, "landing": came_in, "published": version is not None}
        if version is not None:
            register_release(connection, catalogue, releases, version)
        every = every_suite(catalogue)
        private = private_columns(catalogue)
        suites = [suite for suite in every if stages[suite.stage]]

        def read(suite: Suite) -> "pandas.DataFrame":
            return read_rows(connection, suite.name, suite.rows, private)

        with reporter.step("quality", "Looking at what came in and what went out") as step:
            verdicts = validate(suites, read, progress=step)
        without_rows = recipients_without_rows(connection, catalogue) if version is not None else []
        diff = _diff(releases, version, scratch, machine, reporter)
    run = built if came_in else read_json(releases.version_path(version) / "run.json") or {}
    left_out = [suite.title for suite in every if not stages[suite.stage]]
    answer = Answer(
        month=releases.name,
        as_of=run.get("as_of"),
        version=version,
        held_back=run.get("held_back", []),
        warnings=[*arrival_lines(releases.name, run["feeds"]), *industry_lines(run)] if came_in else [],
        feeds=run["feeds"] if came_in else {},
        without_rows=without_rows,
        diff=diff,
        verdicts=verdicts,
        not_looked_at=left_out,
    )
    page = write_page(answer, work_dir(out) / "quality")
    if left_out:
        why = "nothing of the month is published" if came_in else "the warehouse is of another month"
        reporter.say(f"Not looked at, as {why}: {len(left_out)} of {len(every)} suites.")
    for line in answer.failed:
        reporter.warn(line)
    reporter.say(
        f"{len(answer.failed)} of {answer.expectations} expectations do not hold."
        if answer.failed
        else f"All {answer.expectations} expectations hold."
    )
    reporter.say(f"Can {releases.name} go out? {answer.sentence()}")
    for reason in answer.held_back:
        reporter.warn(reason)
    reporter.say(f"Quality page: {page}")
    return {
        "reporting_month": releases.name,
        "version": version,
        "can_go_out": answer.can_go_out,
        "held_back": answer.held_back,
        "page": str(page),
        "expectations": answer.expectations,
        "failed": answer.failed,
        "not_looked_at": left_out,
    }


def _diff(
    releases: Month, version: int | None, scratch: Path, machine: Machine, reporter: Reporter
) -> Diff | None:
    """Compare the version in force with the one before it, where there is one."""
    earlier = [number for number in releases.versions() if version is not None and number < version]
    if not earlier:
        return None
    before, after = (
        find_releases(releases.version_path(number), releases.version_path(number), None)[0]
        for number in (earlier[-1], version)
    )
    with reporter.step("compare", f"Comparing version {version} with version {earlier[-1]}") as step:
        return compare_releases(before, after, scratch, machine.threads, machine.memory_limit, step)
