"""The whole month's job: check, build, test, publish; and publishing again from a warehouse."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from car import lock, refused
from car.console import Reporter
from car.drawing import draw_release
from car.errors import CarError, HeldBack, UsageFault, first_lines
from car.jsonfile import read_json, write_json
from car.provenance import code_version, package_versions
from car.release import industry, recipe, run_json, versions
from car.release.changes import ChangeWriter
from car.release.described import refused_files
from car.release.dry_run import DRY_RUN, dry_run_lines, figures_in_force, would_change
from car.release.export import PublishedFile, export, recipients
from car.release.formats.convert import Converted, convert
from car.release.formats.requests import Request, asked_for, read_requests
from car.release.formats.tables import Table
from car.release.last_run import explaining, later_lines
from car.release.places import place_of
from car.release.tree import Month, put_in_order
from car.warehouse import build as dbt
from car.warehouse.database import forget_build, open_to_read, recall_build, remember_build
from car.warehouse.engine.engine import Engine
from car.warehouse.engine.on_duckdb import OnDuckdb
from car.warehouse.variables import refuse_unknown
from car.workspace import Machine, default_warehouse, instant_text, new_run_id, work_dir

if TYPE_CHECKING:
    from car.landing.check import LandingReport
    from car.landing.contract import Feed
    from car.landing.zone import InputFile


AtEnd = Callable[[dict[str, Any], Path], Iterable[str]]


class Hold(StrEnum):
    """Which versions are written, and not in force before somebody approves them.

    Attributes:
        NONE: each is in force at once.
        RESTATEMENTS: those of a month of which a version is in force.
        ALL: every one.
    """

    NONE = "none"
    RESTATEMENTS = "restatements"
    ALL = "all"


@dataclass(frozen=True)
class Job:
    """What `car run` was asked for.

    Attributes:
        month: the reporting month, `YYYY-MM`.
        as_of: only what was recorded before this instant (UTC) is used; None: the landing zone's default.
        warehouse: None: `<out>/.car/warehouse.duckdb`.
        variables: further dbt variables.
        force: publish although the quality gate holds the month back.
        with_history: let findings look at what was published for the month before, and a restatement keep the
            industry figures in force.
        reports_of: draw the PDFs of so many recipients; None: of all.
        anew: build on nothing that an earlier run left in the warehouse.
        with_industry: build and publish the industry's report.
        parties_only: publish the parties' files alone, whatever the checks of the industry's report find.
        bundles: leave the portal's data bundles beside the release, before it is in force.
        engine: what builds the warehouse.
        hold: which versions await approval.
        dry_run: publish nothing, and say what would change.
        at_end: is given run.json and its path, however the run ended; gives warnings.
    """

    landing: str
    out: Path
    month: str
    machine: Machine
    as_of: datetime | None = None
    warehouse: Path | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    force: bool = False
    with_history: bool = True
    reports_of: int | None = None
    anew: bool = False
    with_industry: bool = True
    parties_only: bool = False
    bundles: bool = False
    engine: Engine = field(default_factory=OnDuckdb)
    hold: Hold = Hold.NONE
    dry_run: bool = False
    at_end: AtEnd | None = None


@dataclass(frozen=True)
class _Publishing:
    """How what was built is published; `Job` has the words."""

    force: bool
    reports_of: int | None
    bundles: bool
    hold: Hold
    dry_run: bool = False

    def stages(self, month: Month) -> bool:
        """Tell whether a version of a month awaits approval."""
        return self.hold is Hold.ALL or (self.hold is Hold.RESTATEMENTS and month.in_force() is not None)


def run_month(job: Job, reporter: Reporter) -> dict[str, Any]:
    """Check the landing zone, build and test the warehouse, and publish the month.

    Returns:
        The content of run.json, with `release` (folder) where there is one.

    Raises:
        UsageFault: there is no such variable. Nothing was run.
        HeldBack: the quality gate held the month back.
        CarError: anything else that stopped the run. run.json is written in every case.
    """
    project = dbt.find_project()
    refuse_unknown(job.variables, project)
    work = work_dir(job.out)
    run = _new_run(job.month, project, job.variables, job.engine)
    run["performance_report"] = industry.new_facts(job.with_industry, job.parties_only)
    with lock.hold(work, f"car run --month {job.month}"):
        _put_in_order(job.out, job.month, job.machine, reporter)
        try:
            _build_month(job, run, reporter)
            how = _Publishing(job.force, job.reports_of, job.bundles, job.hold, job.dry_run)
            return _release(job.out, _warehouse(job), run, how, job.machine, reporter)
        finally:
            _write_run(job.out, run, reporter, job.at_end)


def publish_again(
    out: Path,
    warehouse: Path,
    force: bool,
    machine: Machine,
    reporter: Reporter,
    reports_of: int | None = 0,
    parties_only: bool = False,
    bundles: bool = False,
    hold: Hold = Hold.NONE,
    at_end: AtEnd | None = None,
) -> dict[str, Any]:
    """Publish once more what an existing warehouse holds; raises as `run_month` does.

    Parameters:
        reports_of: draw the PDFs of so many recipients; None: of all.
        parties_only: publish the parties' files alone, without the industry's report.
        bundles: leave the portal's data bundles beside the release.
        hold: which versions await approval.
        at_end: is given run.json and its path, however the run ended; gives warnings.
    """
    work = work_dir(out)
    with lock.hold(work, f"car publish --warehouse {warehouse.name}"):
        with (
            explaining(out, at_work=True),
            open_to_read(warehouse, work / "tmp", machine.threads, machine.memory_limit) as connection,
        ):
            _, built = recall_build(connection, warehouse)
        for line in later_lines(out, built):
            reporter.warn(line)
        _put_in_order(out, built["reporting_month"], machine, reporter)
        run = {
            **built,
            "run_id": new_run_id(),
            "built_by_run": built["run_id"],
            "outcome": "failed",
            "version": None,
        }
        if parties_only and industry.is_published(run):
            given = run.get("performance_report") or industry.new_facts(True, True)
            run["performance_report"] = {**given, "left_out_by": industry.PARTIES_ONLY}
        try:
            how = _Publishing(force, reports_of, bundles, hold)
            return _release(out, warehouse, run, how, machine, reporter)
        finally:
            _write_run(out, run, reporter, at_end)


def preview(
    warehouse: Path,
    party_id: str,
    folder: Path,
    machine: Machine,
    reporter: Reporter,
    reports_of: int | None = 0,
    out: Path | None = None,
) -> dict[str, Any]:
    """Write one party's folder as the warehouse has it, apart from every release.

    Parameters:
        out: the output folder of the warehouse, where it has one.
        folder: gets a folder named after the party; an earlier preview of it is replaced.

    Raises:
        UsageFault: the party is owed nothing this month, or the folder is no place for a preview.
    """
    target = folder / party_id
    _refuse_release(target)
    scratch = folder / f".preview-{new_run_id()}"
    with (
        explaining(out),
        open_to_read(warehouse, scratch / "tmp", machine.threads, machine.memory_limit) as connection,
    ):
        catalogue, built = recall_build(connection, warehouse)
        for line in later_lines(out, built):
            reporter.warn(line)
        month = built["reporting_month"]
        known = {party for party, _ in recipients(connection, catalogue, month)}
        if party_id not in known:
            raise UsageFault(
                f"Party {party_id} is owed no report for {month}: {len(known)} other parties are."
            )
        scratch.mkdir(parents=True)
        try:
            with reporter.step("publish", f"Writing the preview of {party_id}") as step:
                files = export(connection, catalogue, month, scratch, machine.threads, party_id, step)
            requests = [
                one for one in read_requests(connection, catalogue, month) if one.party_id == party_id
            ]
            made = scratch / "parties" / party_id
            entries = versions.describe(made, party_id, built, None, files)
            tables = versions.tables_of(files, {})
            converted = _convert(
                requests, tables, scratch, dict(built), scratch / "formats", machine, reporter
            )
            drawn = draw_release(scratch, built, None, out, scratch, reports_of, machine, reporter)
            reports = drawn.get(party_id, [])
            versions.list_files(made, party_id, built, None, entries, reports, converted=converted)
            if target.exists():
                shutil.rmtree(target)
            made.rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    reporter.say(f"Preview of {party_id} for {month}: {len(files)} files in {target}")
    return {"reporting_month": month, "party_id": party_id, "files": len(files), "folder": str(target)}


def check_landing(
    landing: str,
    work: Path,
    threads: int,
    reporter: Reporter,
    with_feeds: bool = True,
    with_industry: bool = True,
    needs: "Callable[[InputFile, Feed], bool] | None" = None,
) -> "LandingReport":
    """Check the landing zone, index it in `work` for the build, and say what came in.

    Parameters:
        with_feeds: say the counts of each feed.
        with_industry: say which feeds of the industry's report are missing.
        needs: tells of a file of a feed whether it is looked at; None: every file is.

    Raises:
        UsageFault: there is nothing that could be checked.
    """
    from car.landing.check import check
    from car.landing.report_feeds import missing_lines

    project = dbt.find_project()
    with reporter.step("check", "Checking the landing zone") as step:
        report = check(landing, work, progress=step, threads=threads, project=project, needs=needs)
    for line in report.lines(with_feeds):
        reporter.tell(line)
    for line in missing_lines(report, project) if with_industry else ():
        reporter.warn(line)
    return report


def _new_run(month: str, project: Path, variables: dict[str, Any], engine: Engine) -> dict[str, Any]:
    return {
        "run_id": new_run_id(),
        "outcome": "failed",
        "reporting_month": month,
        "as_of": None,
        "version": None,
        "code_version": code_version(project),
        "package_versions": package_versions(),
        "engine": engine.facts(),
        "command": None,
        "variables": variables,
        "inputs": [],
        "history": None,
        "industry": None,
        "performance_report": None,
        "feeds": {},
        "transforms": None,
        "requests_counted": None,
        "requests_not_counted": {},
        "held_back": [],
        "recipients": None,
        "files": None,
        "rows": None,
        "csv_bytes": None,
        "reports": 0,
        "reports_of": None,
        "formats": None,
        "seconds": {},
    }


def _warehouse(job: Job) -> Path:
    return job.warehouse or default_warehouse(job.out)


def _put_in_order(out: Path, month: str, machine: Machine, reporter: Reporter) -> None:
    for line in put_in_order(out, month, machine.threads)[0]:
        reporter.tell(line)


def _build_month(job: Job, run: dict[str, Any], reporter: Reporter) -> None:
    """Do all that comes before publishing, and fill in the run's facts on the way."""
    from car.landing.report_feeds import figures_by_feed

    work, warehouse = work_dir(job.out), _warehouse(job)
    landing = check_landing(
        job.landing, work, job.machine.threads, reporter, with_feeds=False, with_industry=job.with_industry
    )
    as_of = job.as_of or landing.as_of
    run.update(run_json.landing_facts(landing.to_dict()), as_of=instant_text(as_of))
    _warn_early(job.month, as_of, reporter)
    _tell_restatement(Month(job.out, job.month), run, reporter)
    rejections = run_json.rejection_reasons(landing.new_rejections(job.month, as_of))
    if rejections and not job.force:
        # Said before anything is built, so that nothing is built in vain.
        run["held_back"] = rejections
        _gate(run, job.force, reporter)

    history = versions.history(job.out, job.month) if job.with_history else None
    run["history"] = history.declared if history else None
    origin = versions.industry_origin(job.out, job.month) if job.with_history else None
    run["industry"] = {"releases": origin.declared, "reports": []} if origin else None
    variables = {
        **job.variables,
        "history_parties": str(history.parties) if history else "",
        "history_industry": str(history.industry) if history and history.industry else "",
        "industry_origin": origin.variable if origin else {},
        "rows_month_before": history.declared["rows_in_month"] if history else {},
        "reporting_month": job.month,
        "as_of": as_of.isoformat(sep=" "),
        "landing_index": str(work / "landing"),
    }
    log = job.out / "runs" / run["run_id"] / "dbt.log"
    try:
        with reporter.step("build", "Building and testing the warehouse") as step:
            forget_build(warehouse)
            built = dbt.build(
                warehouse,
                work,
                variables,
                job.machine.threads,
                job.machine.memory_limit,
                log,
                progress=step,
                anew=job.anew,
                with_industry=job.with_industry,
                parties_only=job.parties_only,
                engine=job.engine,
            )
    except CarError:
        # A file that is gone or was cut off is told by its name, not as the model that could not read it.
        _refuse_changed_files(landing, warehouse, job.machine.threads, reporter)
        raise
    catalogue = built.catalogue
    industry.add_checks(run["performance_report"], built.failed_checks)
    for line in built.warnings:
        reporter.warn(line.strip())
    with reporter.step("account", "Accounting for every row"):
        with open_to_read(
            warehouse, work / "tmp", job.machine.threads, job.machine.memory_limit
        ) as connection:
            run_json.add_row_facts(run, connection, catalogue, rejections)
            feeds = figures_by_feed(dbt.find_project())
            industry.add_facts(
                run,
                connection,
                catalogue,
                feeds,
                origin.release_of_part if origin and origin.of_report else None,
            )
            for item in run["industry"]["reports"] if origin else ():
                item["from"] = origin.release_of(item["report"], item["role"])
            refused.write_refused(
                connection, catalogue, run["feeds"], job.out / "runs" / run["run_id"] / "quarantine"
            )
        _refuse_changed_files(landing, warehouse, job.machine.threads, reporter)
        remember_build(warehouse, catalogue, run)
    told = [*run_json.feed_lines(run["feeds"]), *run_json.industry_lines(run), *industry.kept_lines(run)]
    for line in told:
        reporter.say(line)
    for line in run_json.arrival_lines(job.month, run["feeds"]):
        reporter.warn(line)
    if not run["transforms"] + run["requests_counted"] + sum(run["requests_not_counted"].values()):
        reporter.warn(
            f"No service request of {job.month} is in the landing zone: its reports will say No Events."
        )


def _refuse_changed_files(
    landing: "LandingReport", warehouse: Path, threads: int, reporter: Reporter
) -> None:
    """Stop where the landing zone no longer is what was checked: run.json would name other files.

    Raises:
        CarError: a file is gone or has other bytes. The warehouse, which was built of them, is taken away.
    """
    from car.landing.check import changed_files

    with reporter.step("check again", "Checking that no file has changed since"):
        changed = changed_files(landing, threads, dbt.find_project())
    if not changed:
        return
    # Its tables are of the new bytes, and remember the old file's hash.
    warehouse.unlink(missing_ok=True)
    told = "\n".join(first_lines([f"  {line}" for line in changed]))
    raise CarError(
        f"The landing zone changed during the run; nothing was published.\n{told}\n"
        "Files there are only ever added. Wait until whoever writes them is done, and run again; the"
        " warehouse is built anew."
    )


def _warn_early(month: str, as_of: datetime, reporter: Reporter) -> None:
    year, number = int(month[:4]), int(month[5:])
    end = datetime(year + number // 12, number % 12 + 1, 1) if (year, number) < (9999, 12) else datetime.max
    if as_of < end:
        reporter.warn(
            f"The as-of instant {instant_text(as_of)} is before the end of {month}: the month is incomplete,"
            " and a later run restates it."
        )


def _tell_restatement(month: Month, run: dict[str, Any], reporter: Reporter) -> None:
    """Say what this run may restate, where it knows more than the version in force."""
    version = month.in_force()
    before = (read_json(month.version_path(version) / "run.json") or {}) if version else {}
    known = {(item["path"], item["sha256"]) for item in before.get("inputs", [])}
    files = sum((item["path"], item["sha256"]) not in known for item in run["inputs"])
    if version and (files or before.get("as_of") != run["as_of"]):
        more = f"{files:,} more {'file' if files == 1 else 'files'}" if files else "the same files"
        reporter.say(
            f"{month.name} version {version} is in force, as of {before.get('as_of')}. This run is as of"
            f" {run['as_of']} with {more}: where a figure differs, version {month.versions()[-1] + 1}"
            " restates the month."
        )


def _release(
    out: Path,
    warehouse: Path,
    run: dict[str, Any],
    how: _Publishing,
    machine: Machine,
    reporter: Reporter,
) -> dict[str, Any]:
    """Publish what the warehouse holds, unless the quality gate holds it back."""
    reasons, is_lifted = industry.held_back(run)
    run["held_back"] = [*run["held_back"], *reasons]
    told = _tell_changes(out, warehouse, run, machine, reporter) if how.dry_run else None
    _gate(run, how.force, reporter, of_industry=len(reasons), is_lifted=is_lifted)
    if told is not None:
        return told
    run["reports_of"] = how.reports_of
    run["command"] = recipe.command(run)
    month = Month(out, run["reporting_month"])
    scratch = work_dir(out) / "tmp"
    staging = month.staging(run["run_id"])
    try:
        files, requests = _export(warehouse, run, staging, scratch, machine, reporter, "Publishing")
        run.update(seconds=dict(reporter.seconds), outcome="published")
        of_report = sum(file.publication.is_industry for file in files)
        if of_report and run.get("performance_report"):
            run["performance_report"] = {**run["performance_report"], "files": of_report}

        def draw(version: int) -> dict[str, list[str]]:
            drawn = draw_release(staging, run, version, out, work_dir(out), how.reports_of, machine, reporter)
            run.update(reports=sum(map(len, drawn.values())), seconds=dict(reporter.seconds))
            return drawn

        def write_formats(tables: list[Table]) -> Converted:
            converted = _convert(requests, tables, staging, run, scratch / "formats", machine, reporter)
            run["seconds"] = dict(reporter.seconds)
            return converted

        def build_bundles(version: int) -> None:
            from car.portal.bundle.build import build_bundles as build

            with reporter.step("bundles", "Building the portal's bundles") as step:
                build(out, month.name, version, machine.threads, step)
            run["seconds"] = dict(reporter.seconds)

        done = versions.publish(
            month,
            staging,
            files,
            run,
            lambda: ChangeWriter(scratch, machine.threads, machine.memory_limit),
            machine.threads,
            draw,
            write_formats,
            build_bundles if how.bundles else None,
            how.stages(month),
        )
    except BaseException:
        run.update(outcome="failed", version=None)
        shutil.rmtree(staging, ignore_errors=True)
        raise
    if not done.is_new and not done.is_switched:
        run["outcome"] = "unchanged"
    if not done.is_new:
        _tell_later_formats(requests, files, month, done.version, reporter)
    for line in [*versions.published_lines(done, month, run, out), *industry.published_lines(run)]:
        reporter.tell(line)
    return {**run, "release": str(done.path)}


def _export(
    warehouse: Path,
    run: dict[str, Any],
    staging: Path,
    scratch: Path,
    machine: Machine,
    reporter: Reporter,
    title: str,
) -> tuple[list[PublishedFile], list[Request]]:
    """Write every recipient's CSVs, and read which of them are asked for in other formats."""
    month = run["reporting_month"]
    with (
        reporter.step("publish", title) as step,
        open_to_read(warehouse, scratch, machine.threads, machine.memory_limit) as connection,
    ):
        catalogue, _ = recall_build(connection, warehouse)
        with_industry = industry.is_published(run)
        files = export(
            connection,
            catalogue,
            month,
            staging,
            machine.threads,
            progress=step,
            with_industry=with_industry,
        )
        run.update(
            recipients=len(recipients(connection, catalogue, month)),
            files=len(files),
            rows=sum(file.rows for file in files),
            csv_bytes=sum(file.size_bytes for file in files),
        )
        return files, read_requests(connection, catalogue, month)


def _tell_changes(
    out: Path, warehouse: Path, run: dict[str, Any], machine: Machine, reporter: Reporter
) -> dict[str, Any]:
    """Say what publishing would change, and for whom; leaves nothing behind.

    Returns:
        The content of run.json, with `would_change` and `headline_figures_in_force`.
    """
    month = Month(out, run["reporting_month"])
    scratch = work_dir(out) / "tmp"
    staging = month.staging(run["run_id"])
    try:
        files, _ = _export(warehouse, run, staging, scratch, machine, reporter, "Writing what would change")
        run["outcome"] = DRY_RUN
        with reporter.step("compare", "Comparing it with what is in force") as step:
            diff = would_change(
                month, staging, files, run, scratch, machine.threads, machine.memory_limit, step
            )
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for line in dry_run_lines(diff, run, month):
        reporter.say(line)
    if not run["held_back"]:
        reporter.say("The quality gate lets it through. Nothing was published: this was a dry run.")
    return {
        **run,
        "would_change": None if diff is None else diff.to_dict(),
        "headline_figures_in_force": figures_in_force(month),
    }


def _convert(
    requests: list[Request],
    tables: list[Table],
    release: Path,
    run: dict[str, Any],
    scratch: Path,
    machine: Machine,
    reporter: Reporter,
) -> Converted:
    """Write the CSVs that are asked for in other formats, and say what is not answered.

    Parameters:
        release: folder with the recipients' folders.
        run: gets what run.json says of them.
    """
    asked = asked_for(requests, tables)
    converted = Converted()
    if asked.formats:
        with reporter.step("convert", "Writing XLSX and Parquet") as step:
            converted = convert(asked, release, run["as_of"], scratch, machine.threads, step)
    for line in asked.unanswered:
        reporter.warn(f"format_requests asks for {line}.")
    for line in converted.lines():
        reporter.warn(line)
    run["formats"] = {**converted.facts(), "unanswered": list(asked.unanswered)}
    return converted


def _tell_later_formats(
    requests: list[Request], files: list[PublishedFile], month: Month, version: int, reporter: Reporter
) -> None:
    """Say what is asked for, but is not in the version that holds the same CSVs: nothing is added to that."""
    there = {
        (party, file["path"])
        for party, listed in month.listed(version).items()
        for file in [*listed, *refused_files(month.version_path(version) / place_of(party))]
    }
    if missing := asked_for(requests, versions.tables_of(files, {})).paths() - there:
        reporter.warn(
            f"{len(missing):,} XLSX or Parquet files are asked for that {month.name} version {version} does"
            " not have. They come with the next version: a version is never changed, and there is no other"
            " without a change of a CSV."
        )


def _gate(
    run: dict[str, Any], force: bool, reporter: Reporter, of_industry: int = 0, is_lifted: bool = True
) -> None:
    """Hold a month back for the reasons that its run names.

    Parameters:
        of_industry: how many of the reasons are those of the industry's report.
        is_lifted: --force publishes all the same.
    """
    if not run["held_back"]:
        return
    told = "\n".join(f"  {reason}" for reason in run["held_back"])
    if not force or not is_lifted:
        run["outcome"] = "held_back"
        ways = [", or publish all the same with --force"] if is_lifted else []
        ways += [", or publish the parties' files without the industry's report with --parties-only"] * (
            of_industry > 0
        )
        raise HeldBack(
            f"Held back by the quality gate; nothing was published.\n{told}\n"
            f"Have the files put right and run again{''.join(ways)}."
        )
    is_published = "would be published" if run.get("outcome") == DRY_RUN else "published"
    reporter.warn(f"{is_published} with --force although the quality gate would hold it back:\n{told}")


def _write_run(out: Path, run: dict[str, Any], reporter: Reporter, at_end: AtEnd | None) -> None:
    run["seconds"] = dict(reporter.seconds)
    folder = out / "runs" / run["run_id"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "run.json", run_json.ordered(run))
    except OSError as error:  # must not hide why the run ended
        reporter.warn(f"run.json could not be written: {error.strerror}")
    else:
        reporter.say(f"Run {run['run_id']}: {folder / 'run.json'}")
    for line in at_end(run, folder / "run.json") if at_end is not None else ():
        reporter.warn(line)


def _refuse_release(target: Path) -> None:
    resolved = target.resolve()
    if any(parent.name == "releases" for parent in resolved.parents):
        raise UsageFault(f"{target} lies in a folder of releases: a preview goes elsewhere.")
    if not target.exists():
        return
    earlier = read_json(target / "manifest.json")
    if earlier is None or earlier.get("version", 0) is not None:
        raise UsageFault(f"{target} exists and is no earlier preview: choose another folder.")
