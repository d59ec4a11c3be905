"""What deviates in the last hours: builds the models of spike monitoring on the days that they look at.

It reads the files of the days that the windows and the same hours of the weeks before lie in, and no others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from car.console import Reporter
from car.errors import UsageFault
from car.landing.contract import Feed, load_contract
from car.landing.zone import InputFile, open_zone
from car.month import check_landing
from car.warehouse import build as dbt
from car.warehouse.database import open_to_read, records
from car.warehouse.variables import open_variables, refuse_unknown
from car.workspace import Machine, instant_text

_MODELS: Final = "+tag:watch"
_WEEK: Final = timedelta(days=7)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Days:
    """The days whose files are read.

    Attributes:
        first, last: those that the windows lie in.
        weeks: that they are held against.
    """

    first: date
    last: date
    weeks: int

    def has(self, day: date) -> bool:
        """Tell whether a day is one of them, or the same day of a week before."""
        return any(
            self.first - week * _WEEK <= day <= self.last - week * _WEEK for week in range(self.weeks + 1)
        )

    def needs(self, file: InputFile, feed: Feed) -> bool:
        """Tell whether a file is read: of these days, or a list by which rows are judged."""
        return feed.is_full_list or (feed.is_watched and self.has(file.landed_on))


def watch(
    landing: str,
    until: datetime | None,
    windows: int,
    variables: dict[str, Any],
    machine: Machine,
    reporter: Reporter,
    work: Path | None = None,
) -> dict[str, Any]:
    """Hold the last hours against the same hours of the weeks before.

    Parameters:
        landing: the landing folder.
        until: the end of the last window (UTC); None: the newest instant at which a row was recorded.
        windows: how many windows are looked at, the last ones.
        variables: dbt variables.
        work: keeps what dbt has parsed, which saves seconds the next time; None: nothing is kept.

    Returns:
        `looked_until`, `windows`, `subjects` (how many counts were held against a band), and `deviations`, as
        the model fct_watch_deviations has them.

    Raises:
        UsageFault: there is no such variable, or more windows are asked for than a week has.
        CarError: the rows could not be judged.
    """
    project = dbt.find_project()
    refuse_unknown(variables, project)
    set_so = {**open_variables(project), **variables}
    hours = set_so["watch_hours"]
    most = _WEEK // timedelta(hours=max(1, hours))
    if windows > most:
        raise UsageFault(f"--windows {windows}: a week has {most} windows of {hours} hours.")
    days = _days(landing, project, until, timedelta(hours=windows * hours), set_so["watch_weeks"])
    with TemporaryDirectory(prefix="car-") as scratch:
        place = work or Path(scratch)
        report = check_landing(
            landing,
            place,
            machine.threads,
            reporter,
            with_feeds=False,
            with_industry=False,
            needs=days.needs,
        )
        as_of = max(report.as_of, until) if until else report.as_of
        given = {
            **variables,
            "reporting_month": f"{days.last:%Y-%m}",
            "as_of": as_of.isoformat(sep=" "),
            "landing_index": str(report.index),
            "watch_windows": windows,
            "watch_until": until.isoformat(sep=" ") if until else "",
        }
        warehouse, log = place / "watch.duckdb", place / "dbt.log"
        threads, memory_limit = machine.threads, machine.memory_limit
        with reporter.step("watch", "Counting") as step:
            catalogue = dbt.build(
                warehouse, place, given, threads, memory_limit, log, progress=step, select=(_MODELS,)
            ).catalogue
            with open_to_read(warehouse, place / "tmp", threads, memory_limit) as connection:
                bands, deviations = catalogue.watch["bands"], catalogue.watch["deviations"]
                subjects, looked_until = connection.execute(
                    f"select count(*), max(window_to) from {bands}"
                ).fetchone() or (0, None)
                found = records(connection, f"(from {deviations} order by all)")
    return {
        "looked_until": None if looked_until is None else instant_text(looked_until),
        "windows": windows,
        "subjects": subjects,
        "deviations": [_as_json(row) for row in found],
    }


def _days(landing: str, project: Path, until: datetime | None, length: timedelta, weeks: int) -> Days:
    """Give the days that are looked at, without an instant up to the newest on which a row landed.

    Parameters:
        length: of all windows together.
    """
    if until is not None:
        return Days((until - length).date(), (until - _MICROSECOND).date(), weeks)
    feeds = load_contract(project)
    files, _ = open_zone(landing, feeds).files()
    last = max((file.landed_on for file in files if feeds[file.feed].is_watched), default=None)
    if last is None:
        raise UsageFault(f"{landing} has no file of a feed that is watched.")
    # Nobody knows yet at which instant of that day the last window ends.
    return Days((datetime.combine(last, time()) - length).date(), last, weeks)


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: instant_text(value) if isinstance(value, datetime) else value if _is_plain(value) else str(value)
        for key, value in row.items()
    }


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | bool) or value is None


def deviation_lines(found: dict[str, Any]) -> list[str]:
    """Say in words what `watch` found, a line for each deviation."""
    looked = f"{found['subjects']:,} counts up to {found['looked_until']}"
    if not found["deviations"]:
        return [f"Nothing deviates: {looked} were held against the weeks before."]
    return [
        f"{len(found['deviations']):,} of {looked} have left their band:",
        *(_line(row) for row in found["deviations"]),
    ]


def _line(row: dict[str, Any]) -> str:
    weeks = f"{row['least_count']:,} to {row['most_count']:,} in {row['week_count']} weeks"
    counts = f"{row['row_count']:,}, usually {row['median_count']} ({weeks})"
    return f"  {row['window_from']} to {row['window_to'][11:]}  {_named(row)}: {counts}"


def _named(row: dict[str, Any]) -> str:
    kind = row["subject_kind"].replace("_", " ")
    return f"{kind} {row['subject']}" + ("" if kind == "feed" else f", {row['measure']}")


def message_lines(found: dict[str, Any]) -> Sequence[str]:
    """Say what deviates, without a figure, for a message to others."""
    return [
        f"{row['window_from']}: {_named(row)} {'above' if row['is_above'] else 'below'} its band"
        for row in found["deviations"]
    ]
