"""`car quality`: looks at the lists, the landed files and the release of a month, and writes the page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from car import lock
from car.console import Reporter
from car.errors import UsageFault
from car.jsonfile import read_json
from car.quality.declared import every_suite
from car.quality.frames import private_columns, read_rows, register_release
from car.quality.suites import Suite
from car.release.last_run import explaining
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
        `reporting_month`, `version`, `page`, `expectations` (how many were looked at), `failed` (a line each)
        and `not_looked_at` (titles).

    Raises:
        UsageFault: no run has written to the folder.
        CarError: there is no finished build, nothing was published of a month that is not the warehouse's, or
            another command is at work in the folder.
    """
    from car.quality.page import validate

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

        folder = work_dir(out) / "quality"
        with reporter.step("quality", "Looking at what came in and what went out") as step:
            verdicts = validate(
                suites, read, folder, _heading(releases, version, built, came_in), progress=step
            )
    failed = [line for verdict in verdicts for line in verdict.failed]
    looked_at = sum(len(suite.expectations) for suite in suites)
    left_out = [suite.title for suite in every if not stages[suite.stage]]
    if left_out:
        why = "nothing of the month is published" if came_in else "the warehouse is of another month"
        reporter.say(f"Not looked at, as {why}: {len(left_out)} of {len(every)} suites.")
    for line in failed:
        reporter.warn(line)
    reporter.say(
        f"{len(failed)} of {looked_at} expectations do not hold."
        if failed
        else f"All {looked_at} expectations hold."
    )
    page = folder / "index.html"
    reporter.say(f"Quality page: {page}")
    return {
        "reporting_month": releases.name,
        "version": version,
        "page": str(page),
        "expectations": looked_at,
        "failed": failed,
        "not_looked_at": left_out,
    }


def _heading(releases: Month, version: int | None, built: dict[str, Any], came_in: bool) -> str:
    published = f"version {version}" if version else "not published"
    run = (
        built if came_in or version is None else read_json(releases.version_path(version) / "run.json") or {}
    )
    return f"Quality of {releases.name}, {published}, as of {run.get('as_of')}"
