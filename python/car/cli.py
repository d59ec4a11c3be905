"""The command `car` (README.md). Exit codes: 0 done, 1 failed, 2 wrong usage, 3 held back."""

import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from car import __version__, configured, options, paths, signals
from car.config import Config
from car.console import Reporter
from car.errors import CarError, UsageFault, explain, first_lines, scrub

if TYPE_CHECKING:
    from car.month import AtEnd, Hold
    from car.portal.settings import PortalSettings
    from car.warehouse.engine.engine import Engine
    from car.workspace import Machine


class Format(StrEnum):
    """How differences are written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class EngineName(StrEnum):
    """What builds the warehouse."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Restatements(StrEnum):
    """What becomes of a version that restates a published month."""

    PUBLISH = "publish"
    APPROVE = "approve"


class Bad(StrEnum):
    """How many bad records a simulation writes."""

    NONE = "none"
    LIGHT = "light"
    HEAVY = "heavy"


# What the commands are for, in the order of a month's work.
_MONTH, _IN_FORCE, _AGAIN, _TRY = "Each month", "What is in force", "Once more", "To try and to measure"
_EXIT_CODES = (
    "Exit codes: 0 done; 1 failed, and the message says why; 2 wrong usage; 3 held back by the quality gate;"
    " 128 + n ended by signal n."
)


class _Plain:
    """Shows of an option what is to be written there, and nothing where it takes no value."""

    def get_params(self, context: Any) -> list[Any]:
        """Give the parameters, as typer asks for them to show or to read them."""
        params = super().get_params(context)  # type: ignore[misc]
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
            elif isinstance(getattr(param, "min", None), int):
                param.metavar = "N"
        return params


class _Command(_Plain, TyperCommand):
    pass


class _Group(_Plain, TyperGroup):
    pass


app = typer.Typer(
    cls=_Group,
    help="Customer Analytics Reporting: lands extracts, builds the warehouse, publishes to each SEC Party.",
    epilog=f"{_EXIT_CODES} Example: car demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DEMO_MONTH = "2026-10"
DEMO_SIZE = {"parties": 36, "devices": 20_000, "requests": 300_000, "seed": 1}
_DEMO_REPORTS_OF = 2
_DEMO_PORTAL_MONTHS = 3


def _place(text: str | Path) -> Path:
    return _read(paths.read_place, str(text))


def _database(text: str | Path) -> Path:
    return _read(paths.read_database, str(text))


def _read(reader: Callable[[str], Path], text: str) -> Path:
    """Let typer say what is wrong with a path, beside the option."""
    try:
        return reader(text)
    except UsageFault as fault:
        raise typer.BadParameter(str(fault)) from None


def _take_configured(context: typer.Context, file: Path | None) -> Config | None:
    """Read the configuration, and take the options that it holds where the command line does not say them."""
    if context.resilient_parsing:
        return None
    with _reporting(False):
        read = configured.configuration(context.find_root().command, file)
    context.default_map = configured.taken_up(read, _name_of(context), context.command)
    return read


def _name_of(context: typer.Context) -> tuple[str, ...]:
    """Name a command after the groups that it is in, without the program."""
    parent = context.parent
    return () if parent is None else (*_name_of(parent), str(context.info_name))


def _used_file(place: Path) -> Path:
    return _used(place.parent, is_made=True) / place.name


def _used(place: Path, is_made: bool = False) -> Path:
    return paths.usable(place.resolve(), is_made)


def _command(panel: str, example: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return app.command(cls=_Command, rich_help_panel=panel, epilog=f"Example: {example}")


Landing = Annotated[str, typer.Option(help="Landing folder, or a URL that DuckDB reads.", metavar="DIR")]
Out = Annotated[
    Path,
    typer.Option(
        parser=_place, help="Output folder: releases, runs, and the warehouse in .car.", metavar="DIR"
    ),
]
Month = Annotated[str, typer.Option(help="Reporting month.", metavar="YYYY-MM")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; messages go to standard error.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Publish although the quality gate holds the month back.")
]
NoPdf = Annotated[bool, typer.Option("--no-pdf", help="Leave the PDF reports out.")]
PartiesOnly = Annotated[
    bool,
    typer.Option(
        "--parties-only",
        help="Publish the parties' files without the industry's report, whatever its checks find.",
    ),
]
Threads = Annotated[int | None, typer.Option(help="Threads; default: the cores there are.", min=1)]
MemoryLimit = Annotated[
    str, typer.Option(help="Memory that the command may use; the least is 256MiB.", metavar="SIZE")
]
# The option names a file; the command gets what is configured, by the file and by the environment.
ConfigFile = Annotated[
    Any,
    typer.Option(
        "--config",
        parser=_place,
        callback=_take_configured,
        is_eager=True,
        help="Options and further settings; default: car.toml here, if it is.",
        metavar="FILE",
    ),
]
HoldBack = Annotated[
    bool,
    typer.Option(
        "--hold",
        help="Write the version and leave in force what is, until `car approve`: no recipient sees it.",
    ),
]
RestatementsOf = Annotated[
    Restatements,
    typer.Option(
        help="What becomes of a version that restates a published month: in force at once, or as with --hold."
    ),
]
Variables = Annotated[
    str | None,
    typer.Option("--vars", help="Further dbt variables, e.g. '{minimum_groups: 6}'.", metavar="YAML"),
]
Why = Annotated[str, typer.Option(help="Why, for the log.", metavar="TEXT")]
Warehouse = Annotated[
    Path | None,
    typer.Option(
        parser=_database, help="Warehouse file; default: .car/warehouse.duckdb in --out.", metavar="FILE"
    ),
]


@contextmanager
def _reporting(as_json: bool, aside: bool = False) -> Iterator[Reporter]:
    """Give a reporter, and turn what the command raises into a sentence and an exit code."""
    reporter = Reporter(as_json, aside)
    try:
        with signals.stopping():
            yield reporter
    except typer.Exit:
        raise
    except KeyboardInterrupt as error:
        raise _interrupted(getattr(error, "number", signal.SIGINT), reporter) from None
    except Exception as error:
        if number := signals.stopped_by():  # in C, a signal becomes a failure like others
            raise _interrupted(number, reporter) from None
        failure = explain(error) or _unforeseen(error)
        message = scrub(str(failure))
        reporter.fail(message)
        if not isinstance(error, BrokenPipeError):
            reporter.document({"error": message, "exit_code": failure.exit_code})
        raise typer.Exit(failure.exit_code) from None


def _interrupted(number: int, reporter: Reporter) -> typer.Exit:
    reporter.fail(signals.words(number))
    return typer.Exit(signals.exit_code(number))


def _unforeseen(error: Exception) -> CarError:
    """Keep the traceback for whoever mends it, without what identifies a home, and say where it is."""
    try:
        handle, name = tempfile.mkstemp(prefix="car-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as log:
            log.write(scrub("".join(traceback.format_exception(error))))
        details = f"Details: {name}"
    except OSError as unwritten:  # must not hide what went wrong
        details = f"Details could not be kept: {unwritten.strerror}"
    first_line = str(error).strip().split("\n")[0]
    return CarError(f"Something unforeseen went wrong ({type(error).__name__}: {first_line}). {details}")


@_command(_MONTH, "car check --landing landing")
def check(
    landing: Landing,
    work: Annotated[
        Path | None,
        typer.Option(
            parser=_place, help="Keep the landing index that dbt reads in this folder.", metavar="DIR"
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            parser=_place,
            help="Also judge each row as a run would, and write to this folder, by feed, which it would"
            " refuse: row, column, reason, and what would be right.",
            metavar="DIR",
        ),
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Look at files of this feed alone.", metavar="NAME")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Look at files alone that landed on this day or later.", metavar="YYYY-MM-DD"),
    ] = None,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Validate the landing zone and say what is wrong with it; nothing is built or published.

    Exit code 3 where a file is rejected, because a run would be held back. What a run would refuse of new
    files, before there is a run:

    car check --landing landing --feed alerts --since 2026-11-05 --rows refused
    """
    from car.landing.contract import load_contract
    from car.landing.report_feeds import missing_feeds
    from car.month import check_landing
    from car.refused import Choice, check_rows
    from car.warehouse.build import find_project

    with _reporting(json) as reporter, tempfile.TemporaryDirectory(prefix="car-") as scratch:
        folder, project = options.read_landing(landing), find_project()
        choice = Choice(
            options.one_of(feed, [*load_contract(project)], "feed") if feed is not None else None,
            options.read_day(since) if since is not None else None,
        )
        if work is not None and not choice.is_all:
            raise UsageFault("--work keeps the index of all files: leave --feed and --since out.")
        index = _used(work, is_made=True) if work else Path(scratch)
        needs = None if choice.is_all else choice.needs
        machine = _machine(threads, memory_limit)
        report = check_landing(
            folder, index, machine.threads, reporter, with_industry=choice.is_all, needs=needs
        )
        missing = missing_feeds(report, project) if choice.is_all else []
        content = {**report.to_dict(), "feeds_missing_for_industry": missing}
        if rows is not None:
            place = _used(rows, is_made=True)
            content["refused"] = check_rows(report, choice, place, Path(scratch), machine, reporter)
        reporter.document(content)
        if any(feed["files_rejected"] for feed in content["feeds"].values()):
            raise typer.Exit(3)


@_command(_IN_FORCE, "car watch --landing landing --as-of 2026-10-31T12:00:00")
def watch(
    landing: Landing,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="The end of the hours that are looked at (UTC); default: the newest instant at which a row"
            " was recorded.",
            metavar="INSTANT",
        ),
    ] = None,
    windows: Annotated[
        int, typer.Option(help="Look at so many windows, the last ones; up to a week.", min=1)
    ] = 1,
    work: Annotated[
        Path | None,
        typer.Option(
            parser=_place,
            help="Keep in this folder what dbt has parsed, which saves seconds the next time.",
            metavar="DIR",
        ),
    ] = None,
    variables: Variables = None,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Say what deviates in the last hours from the same hours of the weeks before.

    Feeds, SRVs, regions, response codes and alert codes are looked at, whose number of requests, failures or
    alerts leaves its band. Only the files of those days are read. Nothing is published.
    """
    from car.notify.message import Messenger
    from car.notify.settings import DEVIATES, NotifySettings
    from car.watch import deviation_lines, message_lines
    from car.watch import watch as look

    with _reporting(json) as reporter:
        messenger = Messenger(_configured(NotifySettings, config, {}))
        found = look(
            options.read_landing(landing),
            options.read_instant(as_of) if as_of is not None else None,
            windows,
            _variables(config, variables),
            _machine(threads, memory_limit),
            reporter,
            _used(work, is_made=True) if work else None,
        )
        for line in deviation_lines(found):
            reporter.say(line)
        reporter.document(found)
        if told := message_lines(found):
            title = f"{len(told):,} deviate up to {found['looked_until']}"
            if fault := messenger.tell(DEVIATES, title, first_lines(told)):
                reporter.warn(fault)


@_command(_MONTH, "car run --landing landing --out out --month 2026-10")
def run(
    landing: Landing,
    out: Out,
    month: Month,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Use only what was recorded before this instant (UTC);"
            " default: the day after the newest landing day.",
            metavar="INSTANT",
        ),
    ] = None,
    warehouse: Warehouse = None,
    variables: Variables = None,
    no_pdf: NoPdf = False,
    no_industry: Annotated[
        bool, typer.Option("--no-industry", help="Neither build nor publish the industry's report.")
    ] = False,
    parties_only: PartiesOnly = False,
    reports_of: Annotated[
        int | None,
        typer.Option(
            help="Draw the PDF reports of so many recipients alone, who between them get every kind;"
            " default: of all.",
            metavar="N",
            min=0,
        ),
    ] = None,
    no_history: Annotated[
        bool,
        typer.Option(
            "--no-history",
            help="Take nothing from earlier releases: findings do without the month before, and a restatement"
            " reckons every industry figure anew.",
        ),
    ] = False,
    force: Force = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Publish nothing; say what would change for whom, the headline figures, and what the quality"
            " gate says.",
        ),
    ] = False,
    hold: HoldBack = False,
    restatements: RestatementsOf = Restatements.PUBLISH,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Build everything anew; the figures are the same, it takes longer."),
    ] = False,
    engine: Annotated[
        EngineName, typer.Option(help="What builds the warehouse: this machine, or a Spark cluster.")
    ] = EngineName.DUCKDB,
    spark_master: Annotated[
        str | None,
        typer.Option(help="With --engine spark: the cluster's master; default: local[*].", metavar="URL"),
    ] = None,
    spark_remote: Annotated[
        str | None,
        typer.Option(help="With --engine spark: a server of Spark Connect, sc://host:15002.", metavar="URL"),
    ] = None,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Do the whole month's job: check, build, test, publish."""
    from car.month import Job, run_month

    with _reporting(json) as reporter:
        job = Job(
            landing=options.read_landing(landing),
            out=_used(out, is_made=True),
            month=options.read_month(month),
            machine=_machine(threads, memory_limit),
            as_of=options.read_instant(as_of) if as_of is not None else None,
            warehouse=_used_file(warehouse) if warehouse else None,
            variables=_variables(config, variables),
            force=force,
            with_history=not no_history,
            reports_of=0 if no_pdf else reports_of,
            anew=rebuild,
            with_industry=not no_industry,
            parties_only=parties_only,
            bundles=_portal(config).bundles,
            engine=_engine(engine, config, spark_master, spark_remote),
            hold=_hold(hold, restatements),
            dry_run=dry_run,
            at_end=_at_end(config),
        )
        reporter.document(run_month(job, reporter))


@_command(_MONTH, "car status --out out")
def status(out: Out, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show what is published: months, versions, which is current, counts."""
    from car.release.status import published, status_lines

    with _reporting(json) as reporter:
        months = published(out)
        for line in status_lines(months, out):
            reporter.say(line)
        reporter.document({"months": months})


@_command(_MONTH, "car quality --out out --month 2026-10")
def quality(
    out: Out,
    month: Annotated[
        str | None,
        typer.Option(help="Reporting month; default: the one the warehouse holds.", metavar="YYYY-MM"),
    ] = None,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Write the quality page: the lists, the landed files and what was published, held against expectations.

    Exit code 1 where an expectation does not hold; nothing is held back or taken back by it.
    """
    from car.quality.assess import assess

    with _reporting(json) as reporter:
        chosen = options.read_month(month) if month is not None else None
        content = assess(_used(out), chosen, _machine(threads, memory_limit), reporter)
        reporter.document(content)
        if content["failed"]:
            raise typer.Exit(1)


@_command(_MONTH, "car runs --out out --last 12")
def runs(
    out: Out,
    last: Annotated[
        int | None,
        typer.Option(help="Show so many runs alone, the newest; default: all.", metavar="N", min=1),
    ] = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show how each run ended, why it was held back, and what it took beside the runs before it.

    It writes a page of it, too. It reads runs/*/run.json, and nothing else.
    """
    from car.release.status import refuse_other_folder
    from car.runs.history import read_runs
    from car.runs.told import run_lines, write_runs
    from car.workspace import work_dir

    with _reporting(json) as reporter:
        refuse_other_folder(out)
        found, unreadable = read_runs(out)
        shown = found[-last:] if last else found
        for line in run_lines(shown):
            reporter.say(line)
        if unreadable:
            reporter.warn(f"{unreadable:,} run.json cannot be read.")
        page = write_runs(shown, unreadable, work_dir(out) / "runs")
        reporter.say(f"As a page: {page}")
        reporter.document({"runs": [run.to_dict() for run in shown], "page": str(page)})


@_command(_MONTH, "car config --config car.toml")
def config(
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show every option and setting, its value, and where that comes from.

    What is shown is a `car.toml` that says the same. What is typed goes before the environment, that before
    the file, and the file before defaults.
    """
    from car.warehouse.project import find_project
    from car.warehouse.variables import open_variables, refuse_unknown

    with _reporting(json) as reporter:
        project = find_project()
        refuse_unknown(config.free(configured.VARIABLES), project)
        values = configured.all_values(config, open_variables(project))
        for line in configured.value_lines(values):
            reporter.say(line)
        told = [
            {
                "section": value.section,
                "key": value.key,
                "value": configured.shown(value),
                "from": value.origin,
            }
            for value in values
        ]
        reporter.document({"file": str(config.path) if config.path else None, "values": told})


@_command(_IN_FORCE, "car approve --out out --month 2026-10 --by 'Anna Smith'")
def approve(
    out: Out,
    month: Month,
    by: Annotated[str, typer.Option(help="Who approves it, for the log.", metavar="NAME")],
    why: Why = "",
    config: ConfigFile = None,
    threads: Threads = None,
    json: AsJson = False,
) -> None:
    """Put the newest version of a month in force, which awaits approval or which a rollback holds.

    It is known to be whole first. The switch happens in one step for all parties. Later runs put their
    versions in force by themselves again.
    """
    from car.release import rollback as releases

    with _reporting(json) as reporter:
        cores = threads or options.usable_cores()
        name = options.read_month(month)
        reporter.document(releases.approve(out.resolve(), name, by, cores, reporter, why))


@_command(_IN_FORCE, "car rollback --out out --month 2026-10 --to 1")
def rollback(
    out: Out,
    month: Month,
    to: Annotated[
        int | None, typer.Option(help="Version to put in force; default: the one before.", min=1)
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who wants it, for the log; default: who runs this.", metavar="NAME")
    ] = None,
    why: Why = "",
    config: ConfigFile = None,
    threads: Threads = None,
    json: AsJson = False,
) -> None:
    """Put another version of a month in force, in one step for all parties, and keep it there.

    It is known to be whole first. No version is changed or removed. Later runs write their versions and leave
    this one in force, until car approve.
    """
    from car.release.rollback import roll_back

    with _reporting(json) as reporter:
        cores = threads or options.usable_cores()
        name = options.read_month(month)
        reporter.document(roll_back(out.resolve(), name, to, cores, reporter, by, why))


@_command(_IN_FORCE, "car verify --out out --month 2026-10")
def verify(
    out: Out,
    month: Annotated[
        str | None, typer.Option(help="This month alone; default: every month.", metavar="YYYY-MM")
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(help="This version of --month alone; default: every version.", min=1),
    ] = None,
    config: ConfigFile = None,
    threads: Threads = None,
    json: AsJson = False,
) -> None:
    """Compare every published file with its manifest, and see that `current` leads to a version.

    Exit code 1 where a file is missing, changed or was never published; each one is named.
    """
    from car.release import verify as verification

    with _reporting(json) as reporter:
        if version is not None and month is None:
            raise UsageFault("--version needs --month: versions are counted by month.")
        name = options.read_month(month) if month is not None else None
        found = verification.verify(out, name, version, threads or options.usable_cores(), reporter)
        for line in verification.verify_lines(found):
            reporter.say(line)
        reporter.document(found)
        if found["problem_count"]:
            problems = f"{found['problem_count']:,} problems: what lies there is not what was published."
            reporter.fail("\n".join([problems, *found["ways_out"]]))
            raise typer.Exit(1)


@_command(_IN_FORCE, "car diff out/releases/2026-10/v1 out/releases/2026-10/v2 --format markdown")
def diff(
    old: Annotated[
        Path,
        typer.Argument(
            parser=_place,
            help="What was published: an output folder, a month, a version or its parties, or one recipient's"
            " folder. Of an output folder or a month the version in force is compared.",
            metavar="OLD",
        ),
    ],
    new: Annotated[
        Path, typer.Argument(parser=_place, help="What it is compared with, likewise.", metavar="NEW")
    ],
    month: Annotated[
        str | None,
        typer.Option(
            help="Month of an output folder; default: the newest that is in force in both.", metavar="YYYY-MM"
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="For a terminal, a pull request, or machines.")
    ] = Format.TEXT,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Say what differs between two releases: per file and column how many recipients, rows and cells.

    With the first examples, flags that flipped, and files and columns that came or went. Rows are told apart
    by the key that their file declares. No example shows a Device ID, a meter point or a postcode. PDF,
    XLSX and Parquet files are not compared. Exit code 0 whether or not anything differs.
    """
    from car.release.diff import compare_releases, diff_json, find_releases
    from car.release.diff_words import markdown_lines, text_lines

    wanted = Format.JSON if json else form
    with _reporting(wanted is Format.JSON, aside=True) as reporter:
        name = options.read_month(month) if month is not None else None
        before, after = find_releases(paths.usable(old), paths.usable(new), name)
        machine = _machine(threads, memory_limit)
        with (
            tempfile.TemporaryDirectory(prefix="car-") as scratch,
            reporter.step("compare", "Comparing") as step,
        ):
            found = compare_releases(
                before, after, Path(scratch), machine.threads, machine.memory_limit, step
            )
        if wanted is Format.JSON:
            reporter.print(paths.shown_in_json(diff_json(found)))
        else:
            lines = markdown_lines(found) if wanted is Format.MARKDOWN else text_lines(found)
            reporter.print(paths.shown("\n".join(lines)))


@_command(_IN_FORCE, "car deliver --out out --to 'sftp://car@host/reports/{party_id}'")
def deliver(
    out: Out,
    to: Annotated[
        str | None,
        typer.Option(
            help="Place of each party's folder, with {party_id} in it: a folder, or a URL that begins with"
            " sftp, s3, webdavs or sharepoint; default: [deliver] of the configuration.",
            metavar="URL",
        ),
    ] = None,
    party: Annotated[str | None, typer.Option(help="Deliver to this party alone.", metavar="ID")] = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Copy each recipient's folder of the version in force, with the industry's report, to its own place.

    What is there already is not sent again, and what was delivered before and is no more is taken away. The
    manifest comes last. Each place holds recipient.json, which says whose it is: another's is left alone. A
    failure holds no other recipient back; exit code 1 names whom.
    """
    from car.deliver import command
    from car.deliver.address import read_address
    from car.deliver.settings import TABLE, DeliverySettings, read_table
    from car.notify.message import Messenger, delivery_words
    from car.notify.settings import NotifySettings

    with _reporting(json) as reporter:
        places = (
            read_address(to, "--to") if to is not None else read_table(config.free(TABLE), str(config.path))
        )
        settings = _configured(DeliverySettings, config, {})
        messenger = Messenger(_configured(NotifySettings, config, {}))
        done = command.deliver(out.resolve(), places, party, settings, reporter)
        if untold := messenger.tell(*delivery_words(done)):
            reporter.warn(untold)
        reporter.document(done)
        if fault := command.failure(done):
            reporter.fail(str(fault))
            raise typer.Exit(fault.exit_code)


@_command(_AGAIN, "car docs --into site")
def docs(
    into: Annotated[
        Path,
        typer.Option(
            parser=_place, help="Folder that gets the site, in place of an earlier one.", metavar="DIR"
        ),
    ] = Path("site"),
    no_dbt: Annotated[
        bool, typer.Option("--no-dbt", help="Leave out dbt's own documents, which take most of the time.")
    ] = False,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Write the guidance and the other documents as a site, with dbt's own beside them, and as a PDF.

    The site is static: it can be opened from the folder, or put on any server.
    """
    from car.documents.command import write_documents

    with _reporting(json) as reporter:
        reporter.document(write_documents(_used(into, is_made=True), not no_dbt, reporter))


@_command(_AGAIN, "car publish --warehouse out/.car/warehouse.duckdb --party PARTY --preview preview")
def publish(
    out: Annotated[
        Path | None, typer.Option(parser=_place, help="Output folder with the releases.", metavar="DIR")
    ] = None,
    warehouse: Warehouse = None,
    party: Annotated[
        str | None, typer.Option(help="Write a preview of this party's folder only.", metavar="ID")
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(parser=_place, help="Folder for the preview; never one of releases.", metavar="DIR"),
    ] = None,
    no_pdf: NoPdf = False,
    parties_only: PartiesOnly = False,
    force: Force = False,
    hold: HoldBack = False,
    restatements: RestatementsOf = Restatements.PUBLISH,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Publish again from an existing warehouse, or write a preview of one recipient's folder elsewhere."""
    from car import month as jobs
    from car.workspace import default_warehouse, output_of

    with _reporting(json) as reporter:
        if (party is None) != (preview is None):
            raise UsageFault(
                "--party and --preview go together: a preview is of one party, into a folder of its own."
            )
        if preview is not None and hold:
            raise UsageFault("--hold is of a version: a preview is seen by nobody else anyway.")
        if out is None and (preview is None or warehouse is None):
            raise UsageFault("Name the output folder with --out (for a preview, --warehouse is enough).")
        file = _used_file(warehouse) if warehouse else default_warehouse(_used(out))
        machine = _machine(threads, memory_limit)
        reports_of = 0 if no_pdf else None
        if preview is not None:
            of = _used(out) if out else output_of(file)
            done = jobs.preview(file, party, _used(preview, is_made=True), machine, reporter, reports_of, of)
        else:
            bundles = _portal(config).bundles
            done = jobs.publish_again(
                _used(out),
                file,
                force,
                machine,
                reporter,
                reports_of,
                parties_only,
                bundles,
                _hold(hold, restatements),
                _at_end(config),
            )
        reporter.document(done)


@_command(_AGAIN, "car prune --out out --keep-versions 3 --keep-months 13")
def prune(
    out: Out,
    keep_versions: Annotated[
        int, typer.Option(help="Newest versions, and runs, that stay of each month that is kept.", min=1)
    ] = 3,
    keep_months: Annotated[
        int,
        typer.Option(help="Newest months that are kept; of an older one the version in force stays.", min=1),
    ] = 13,
    yes: Annotated[bool, typer.Option("--yes", help="Take it away; otherwise it is only said.")] = False,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Say which old versions, runs and warehouses a rule does not keep, and with --yes take them away.

    What is in force, the newest version of each month, and what a release that stays declares as its input is
    never taken away.
    """
    from car.prune import Rule
    from car.prune import prune as take_away

    with _reporting(json) as reporter:
        machine = _machine(threads, memory_limit)
        rule = Rule(keep_versions, keep_months)
        reporter.document(take_away(_used(out), rule, yes, machine, reporter))


@_command(_AGAIN, "car report --folder out/releases/2026-10/v1/parties/PARTY --into reports")
def report(
    folder: Annotated[
        Path, typer.Option(parser=_place, help="A recipient's folder of a release.", metavar="DIR")
    ],
    into: Annotated[
        Path,
        typer.Option(parser=_place, help="Folder for the reports; never one of releases.", metavar="DIR"),
    ],
    config: ConfigFile = None,
    threads: Threads = None,
    json: AsJson = False,
) -> None:
    """Draw a recipient's PDF reports once more, from nothing but the CSVs that were published."""
    from car.drawing import draw_again

    with _reporting(json) as reporter:
        if not folder.is_dir():
            raise UsageFault(f"There is no folder {folder}.")
        cores = threads or options.usable_cores()
        reporter.document(draw_again(_used(folder), _used(into, is_made=True), cores, reporter))


@_command(_TRY, "car demo --dir demo --months 3")
def demo(
    folder: Annotated[
        Path, typer.Option("--dir", parser=_place, help="Folder for the demonstration.", metavar="DIR")
    ] = Path("demo"),
    months: Annotated[
        int | None,
        typer.Option(
            help=f"So many months up to {_DEMO_MONTH}, each run after the one before, with which its findings"
            " compare; default: 1, with --portal 3.",
            min=1,
            max=24,
        ),
    ] = None,
    with_portal: Annotated[
        bool,
        typer.Option(
            "--portal", help="Also build the portal's bundles, and serve them here until Ctrl-C, to try it."
        ),
    ] = False,
    all_pdf: Annotated[
        bool, typer.Option("--all-pdf", help="Draw the PDF reports of every recipient, not of two alone.")
    ] = False,
    no_pdf: NoPdf = False,
    config: ConfigFile = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Simulate a small industry for a month, run it, and say where to look. Takes a few minutes.

    With --months several months of one industry are simulated and run, one after the other. The PDF reports
    are those of the last. With --portal the portal shows them on this machine alone, to whoever uses it.
    """
    from car.demonstration import demonstrate, users_to_try

    with _reporting(json) as reporter:
        serve = _serve() if with_portal else None
        number = months or (_DEMO_PORTAL_MONTHS if with_portal else 1)
        drawn = 0 if no_pdf else None if all_pdf else _DEMO_REPORTS_OF
        home, machine = _used(folder, is_made=True), _machine(threads, memory_limit)
        done = demonstrate(home, _DEMO_MONTH, number, DEMO_SIZE, machine, drawn, reporter, with_portal)
        reporter.document(done)
        if serve is not None:
            reporter.say("\nThe portal: sign in as one of these, and end it with Ctrl-C.")
            for line in users_to_try(Path(done["release"])):
                reporter.say(f"  {line}")
            serve(home / "out", _portal(config), reporter.say)


@_command(_TRY, "car simulate --landing landing --month 2026-08..2026-10 --requests 300000 --seed 1")
def simulate(
    landing: Annotated[
        Path, typer.Option(parser=_place, help="Folder that gets the landing files.", metavar="DIR")
    ],
    month: Annotated[
        str | None,
        typer.Option(
            help="Month, or first and last of several months of one industry; with --continue the last month"
            " that the folder shall hold, by default the next one.",
            metavar="YYYY-MM[..YYYY-MM]",
        ),
    ] = None,
    going_on: Annotated[
        bool,
        typer.Option(
            "--continue",
            help="Go on from the months that the folder holds, with the size and seed of its simulation.json."
            " Devices, registers, firmware, incidents and parties go on.",
        ),
    ] = False,
    parties: Annotated[
        int | None, typer.Option(help=f"SEC Parties; default: {DEMO_SIZE['parties']}.", min=1)
    ] = None,
    devices: Annotated[
        int | None,
        typer.Option(help=f"Devices in the first month; default: {DEMO_SIZE['devices']:,}.", min=1),
    ] = None,
    requests: Annotated[
        int | None,
        typer.Option(help=f"Service requests a month; default: {DEMO_SIZE['requests']:,}.", min=0),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help=f"The same seed gives the same files; default: {DEMO_SIZE['seed']}.", min=0),
    ] = None,
    alerts: Annotated[
        int | None, typer.Option(help="Alerts a month; default: by the number of requests.", min=0)
    ] = None,
    bad: Annotated[
        Bad | None,
        typer.Option(
            help="Bad records: light stays below the quality gate, heavy goes over it; default: light."
        ),
    ] = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Write a simulated industry's landing files, with late, repeated and bad records in known numbers.

    simulation.json beside them says what a run must count, and which causes were planted that findings find.
    Months that are added later are the same, byte by byte, as if simulated at once:

    car simulate --landing landing --continue --month 2026-11
    """
    from car.demonstration import simulate_months

    with _reporting(json) as reporter:
        asked = {
            "parties": parties,
            "devices": devices,
            "requests": requests,
            "seed": seed,
            "alerts": alerts,
            "bad": bad.value if bad else None,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        if going_on and given:
            named = ", ".join(f"--{name}" for name in given)
            raise UsageFault(f"--continue takes size and seed from simulation.json: leave out {named}.")
        if month is None and not going_on:
            raise UsageFault("Name the month with --month, or go on from a folder's months with --continue.")
        place = _used(landing, is_made=True)
        size = None if going_on else {**DEMO_SIZE, **given}
        reporter.document(simulate_months(place, month, size, reporter))


@_command(_TRY, "car bench --landing demo/landing --month 2026-10 --work bench")
def bench(
    landing: Annotated[
        Path, typer.Option(parser=_place, help="Landing folder to measure on.", metavar="DIR")
    ],
    month: Month,
    work: Annotated[
        Path,
        typer.Option(
            parser=_place, help="Folder for the warehouse and what is written; emptied first.", metavar="DIR"
        ),
    ],
    added_day: Annotated[
        bool,
        typer.Option(
            "--added-day",
            help="Also build the month without what landed on its last day, add that, and build again.",
        ),
    ] = False,
    inventory_rows: Annotated[
        int | None,
        typer.Option(
            help="Also publish an inventory of so many rows: the month's own several times over.", min=1
        ),
    ] = None,
    spark: Annotated[
        bool,
        typer.Option(
            "--spark",
            help="Also build and publish the month on Spark, in a session of this machine, and count the CSVs"
            " that differ from DuckDB's.",
        ),
    ] = False,
    config: ConfigFile = None,
    keep: Annotated[
        Path | None,
        typer.Option(parser=_place, help="Write the result here as well as to --work.", metavar="FILE"),
    ] = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "4GiB",
    json: AsJson = False,
) -> None:
    """Measure each step of a month beside a hand-written floor: wall time, CPU, peak memory and ratios.

    The result is in bench.json of the work folder, from the first step on.
    """
    from car.bench.bench import bench as measure
    from car.bench.bench import lines
    from car.jsonfile import write_json
    from car.warehouse.engine.settings import SparkSettings

    with _reporting(json) as reporter:
        folder = _used(Path(options.read_landing(str(landing))))
        machine = _machine(threads, memory_limit)
        if keep is not None and not keep.resolve().parent.is_dir():
            raise UsageFault(f"There is no folder for {keep}.")
        result = measure(
            folder,
            options.read_month(month),
            _used(work, is_made=True),
            machine,
            reporter,
            added_day,
            inventory_rows,
            _configured(SparkSettings, config, {}) if spark else None,
        )
        if keep is not None:
            write_json(keep.resolve(), result)
        for line in lines(result):
            reporter.say(line)
        reporter.document(result)


portal = typer.Typer(
    cls=_Group,
    help="What each Party sees in its browser: build its bundles, serve it, see to its sessions.",
    epilog="Example: car portal serve --out out",
    no_args_is_help=True,
)
app.add_typer(portal, name="portal", rich_help_panel=_IN_FORCE)


@portal.command("build", cls=_Command, epilog="Example: car portal build --out out --month 2026-10")
def portal_build(
    out: Out,
    month: Annotated[
        str | None,
        typer.Option(
            help="Month or months; default: every one that has a release in force.",
            metavar="YYYY-MM[..YYYY-MM]",
        ),
    ] = None,
    config: ConfigFile = None,
    threads: Threads = None,
    json: AsJson = False,
) -> None:
    """Build the bundles that the portal lacks, of the releases in force.

    A bundle is a read-only file with what the portal may hold of one party's files of a release. One that is
    there and fits its release is left as it is.
    """
    from car.portal.bundle.command import build_lacking

    with _reporting(json) as reporter:
        first, last = options.read_months(month) if month is not None else ("", None)
        processes = threads or options.usable_cores()
        reporter.document(build_lacking(_used(out), first, last, processes, reporter))


@portal.command("serve", cls=_Command, epilog="Example: car portal serve --out out --bind 127.0.0.1:8400")
def portal_serve(
    out: Out,
    bind: Annotated[
        str | None, typer.Option(help="Address and port; default: 127.0.0.1:8400.", metavar="ADDRESS:PORT")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Serve the portal until it is asked to stop; requests in flight end first.

    Without an OpenID provider whoever reaches the address chooses a party: then on loopback alone.
    """
    with _reporting(False) as reporter:
        given = _portal(config, {} if bind is None else {"bind": bind})
        _serve()(_used(out), given, reporter.say)


@portal.command("sessions", cls=_Command, epilog="Example: car portal sessions --out out --end USER")
def portal_sessions(
    out: Out,
    end: Annotated[
        str | None,
        typer.Option(help="End all sessions of this user, named as this command lists them.", metavar="USER"),
    ] = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """List who is signed in to the portal, or end all sessions of a user."""
    from car.portal.sessions import listed, told

    with _reporting(json) as reporter:
        content = listed(_used(out), _portal(config), end)
        for line in told(content):
            reporter.say(line)
        reporter.document(content)


def _serve() -> "Callable[[Path, PortalSettings, Callable[[str], object]], None]":
    """Give what serves the portal, or say what it needs."""
    try:
        from car.portal.serve import serve
    except ModuleNotFoundError as error:
        raise UsageFault(
            f"The portal needs {error.name}, which is not installed: install the package with its extra,"
            " `pip install 'car[portal]'`."
        ) from None
    return serve


def _portal(config: Config, given: dict[str, Any] | None = None) -> "PortalSettings":
    """Read how the portal is configured; `_configured` says by what."""
    from car.portal.settings import PortalSettings

    return _configured(PortalSettings, config, given or {})


def _variables(config: Config, typed: str | None) -> dict[str, Any]:
    """Give the dbt variables of `car.toml`, and over them those that were typed."""
    return {**config.free(configured.VARIABLES), **options.read_variables(typed)}


def _hold(hold: bool, restatements: Restatements) -> "Hold":
    """Tell which versions await approval."""
    from car.month import Hold

    if hold:
        return Hold.ALL
    return Hold.RESTATEMENTS if restatements is Restatements.APPROVE else Hold.NONE


def _at_end(config: Config) -> "AtEnd":
    """Give what tells others how a run ended, by message and by metrics; nobody where nothing is configured.

    Raises:
        UsageFault: what it takes is not installed, or there is no such place.
    """
    from car.notify import metrics
    from car.notify.message import Messenger
    from car.notify.settings import MetricsSettings, NotifySettings

    messenger = Messenger(_configured(NotifySettings, config, {}))
    file = _configured(MetricsSettings, config, {}).file
    if file:
        metrics.require()

    def tell(run: dict[str, Any], path: Path) -> "Iterator[str]":
        if file:
            try:
                metrics.write_metrics(run, Path(file).expanduser())
            except OSError as error:
                yield f"The file of metrics could not be written: {error.strerror}."
        if told := messenger.tell_run(run, str(path)):
            yield told

    return tell


def _engine(name: EngineName, config: Config, master: str | None, remote: str | None) -> "Engine":
    """Give the engine that is asked for.

    Raises:
        UsageFault: Spark is told where it is, and is not asked for; or it is told two places.
    """
    from car.warehouse.engine.on_duckdb import OnDuckdb
    from car.warehouse.engine.on_spark import OnSpark
    from car.warehouse.engine.settings import SparkSettings

    if name == EngineName.DUCKDB:
        if master or remote:
            raise UsageFault("--spark-master and --spark-remote are of --engine spark.")
        return OnDuckdb()
    if master and remote:
        raise UsageFault("Spark is reached by --spark-master or by --spark-remote: give one of the two.")
    given = {"master": master, "remote": ""} if master else {"remote": remote} if remote else {}
    return OnSpark(_configured(SparkSettings, config, given))


def _configured(section: type[Any], config: Config, given: dict[str, Any]) -> Any:
    """Give a section of the configuration.

    Parameters:
        given: keys that stand on the command line.
    """
    import dataclasses

    try:
        return dataclasses.replace(config.get(section), **given)
    except ValueError as error:
        raise UsageFault(str(error)) from None


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True)
    ] = False,
) -> None:
    if version:
        typer.echo(f"car {__version__}")
        raise typer.Exit


def _machine(threads: int | None, memory_limit: str) -> "Machine":
    from car.workspace import Machine

    return Machine(threads or options.usable_cores(), options.read_memory_limit(memory_limit))
