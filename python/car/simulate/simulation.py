"""A believable industry for a month or several, written as a landing zone in known numbers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import duckdb

from . import folder
from .arguments import Arguments, variables
from .causes import is_planted, planted
from .engine import Session, Variables, database
from .expected import Again, Expected, FeedCounts, Rates, RequestCounts
from .feeds import FEEDS
from .landing_files import add_noise, count_again, write_empty_file, write_files, write_truncated_file
from .months import Calendar, following, read_months
from .reported import reported
from .traffic import ALERTS, COUNTED_STATUSES, REQUESTS, Outcome, plan, write_parts

SCRIPTS = (
    "macros",
    "areas",
    "parties",
    "causes",
    "catalogue",
    "industry",
    "history",
    "events",
    "lists",
    "governance",
)
SMALL_FEEDS = [name for name in FEEDS if name not in ("service_requests", "alerts")]
HEAVY_FEEDS = ("service_requests", "registrations")
FULL_LISTS = frozenset({"parties", "central_products_list"})
OUTAGE_TIMINGS = """
    create or replace table outage_timings (
        alert_id varchar, recorded_at timestamp, destination_party_id varchar, destination_role varchar,
        event_at timestamp, csp_sent_at timestamp, dsp_received_at timestamp, sent_at timestamp,
        acknowledged_at timestamp, landed_day integer
    )
"""
Progress = Callable[[str], None]


def simulate(
    landing: Path,
    month: str,
    parties: int = 36,
    devices: int = 20_000,
    requests: int = 300_000,
    seed: int = 1,
    bad: Literal["none", "light", "heavy"] = "light",
    alerts: int | None = None,
    progress: Progress | None = None,
    rates: Rates | None = None,
    *,
    workers: int | None = None,
    memory_limit: str = "2GB",
) -> Expected:
    """Writes a landing zone with every feed: the same bytes for the same arguments.

    Args:
        landing: Folder of the landing zone; must be missing, hold no landing files, or hold those of this
            simulation: an interrupted month is written again, a finished one with the same arguments stays,
            and months that it lacks are added.
        month: Reporting month, ``YYYY-MM``, or several months of one industry, ``YYYY-MM..YYYY-MM``. Files
            land from three days before the first to five days after the last.
        parties: Number of SEC Parties (distinct party_ids), at least one of each kind; from 24 all 14
            distributors, from 31 life's sizes and planted causes, from 36 leagues of every role of suppliers.
        devices: Number of Devices in the first month; each later one installs more.
        requests: Accepted service requests a month, transforms included, to within a few per cent; fewer
            where no Device can be asked anything.
        seed: Another seed, another industry.
        bad: ``none``, ``light`` (every kind of bad record, no feed over the quality gate) or ``heavy``
            (service_requests and registrations over it, and one file that cannot be read).
        alerts: Accepted alert rows a month, one per recipient; by default ``rates.alerts_per_request`` per
            request.
        progress: Called with a line of text now and then.
        rates: How often things happen.
        workers: Sessions side by side; changes the time taken, not a byte of the result.
        memory_limit: DuckDB's memory limit.

    Returns:
        What a run of the last month must count; also written to ``<landing>/simulation.json``.

    Raises:
        ValueError: An argument is out of range.
        FileExistsError: The landing folder has other landing files already.
    """
    rates = rates or Rates()
    months = [f"{first:%Y-%m}" for first in read_months(month)]
    alert_rows = round(requests * rates.alerts_per_request) if alerts is None else alerts
    arguments = Arguments(months[0], parties, devices, requests, alert_rows, seed, bad, rates)
    expected = folder.held(landing, arguments)
    if expected is not None and expected.month > months[-1]:
        raise FileExistsError(f"{landing} holds months up to {expected.month} already: choose another folder")
    return _go_on(landing, arguments, expected, months[-1], progress, workers, memory_limit)


def go_on(
    landing: Path,
    month: str | None = None,
    progress: Progress | None = None,
    *,
    workers: int | None = None,
    memory_limit: str = "2GB",
) -> Expected:
    """Adds months to a simulation, with its own size, seed and rates.

    Args:
        landing: Folder with a simulation.
        month: The last month that it shall hold, or the months to add; by default the next one.
        progress: Called with a line of text now and then.
        workers: Sessions side by side; changes the time taken, not a byte of the result.
        memory_limit: DuckDB's memory limit.

    Returns:
        What a run of the last month must count, over all files.

    Raises:
        ValueError: The folder holds no simulation, or a later month.
    """
    found = folder.read_summary(landing)
    if found is None:
        raise ValueError(f"{landing} holds no finished simulation to go on from")
    arguments, expected = found
    last = following(expected.month) if month is None else f"{read_months(month)[-1]:%Y-%m}"
    if last < expected.month:
        raise ValueError(f"{landing} holds months up to {expected.month} already, so not up to {last} alone")
    next_one = following(expected.month)
    if month is not None and ".." in month and f"{read_months(month)[0]:%Y-%m}" > next_one:
        raise ValueError(f"{landing} holds months up to {expected.month}: {next_one} is next")
    return _go_on(landing, arguments, expected, last, progress, workers, memory_limit)


def _go_on(
    landing: Path,
    arguments: Arguments,
    expected: Expected | None,
    last: str,
    progress: Progress | None,
    workers: int | None,
    memory_limit: str,
) -> Expected:
    """Write the months that are not there yet, one after the other."""
    origin, *_ = months = read_months(f"{arguments.month}..{last}")
    calendars = [Calendar.of_month(first, origin) for first in months]
    for number, calendar in enumerate(calendars):
        if expected is not None and calendar.month <= expected.month:
            continue
        folder.begin(landing, arguments, calendar)
        say = progress or (lambda line: None)
        with database(memory_limit) as connection:
            own, again = _Month(arguments, calendars[: number + 1], landing, workers, say).write(connection)
        expected = own.after(expected, again, FULL_LISTS) if expected is not None else own
        folder.write_summary(landing, arguments, expected)
    assert expected is not None
    return expected


class _Month:
    """The files of one month, of the last of some calendars."""

    def __init__(
        self,
        arguments: Arguments,
        calendars: list[Calendar],
        landing: Path,
        workers: int | None,
        say: Progress,
    ) -> None:
        self._arguments, self._calendars, self._calendar = arguments, calendars, calendars[-1]
        self._landing, self._say = landing, say
        self._workers = workers or min(4, os.cpu_count() or 1)
        self._expected = Expected(month=self._calendar.month, as_of=self._calendar.as_of)

    def write(self, connection: duckdb.DuckDBPyConnection) -> tuple[Expected, dict[str, Again]]:
        """Write every feed; give what the files of the month hold, and what of it had landed before."""
        shared = variables(self._arguments, self._calendars)
        session = Session(connection, shared)
        self._say("parties, homes and devices")
        for script in SCRIPTS:
            session.script(script)
            if script == "causes":
                shared.update(_spoiling_variables(session), is_planted=is_planted(session))
                session.set(**shared)
        self._expected.planted = planted(session)
        session.rows(OUTAGE_TIMINGS)
        self._write_traffic(connection, session, shared)
        again = self._write_lists(session)
        self._expected.industry = reported(session, self._calendar)
        self._write_odd_files(session)
        return self._expected, again

    def _bad_share(self, feed: str) -> tuple[float, bool]:
        """Which share of a feed's rows is spoilt, and whether over the quality gate."""
        bad, rates = self._arguments.bad, self._arguments.rates
        is_heavy = bad == "heavy" and feed in HEAVY_FEEDS
        return (0.0 if bad == "none" else rates.bad_heavy if is_heavy else rates.bad_light), is_heavy

    def _write_traffic(
        self, connection: duckdb.DuckDBPyConnection, session: Session, shared: Variables
    ) -> None:
        for kind, rows in ((REQUESTS, self._arguments.requests), (ALERTS, self._arguments.alerts)):
            name = kind.feed.name
            units = _ordinary_units(session, name, rows)
            parts = plan(kind, self._calendar, units, rows, *self._bad_share(name))
            outcomes = write_parts(
                connection, shared, parts, self._calendar, self._landing, self._workers, self._say
            )
            total = FeedCounts()
            for outcome in outcomes:
                total.add(outcome.counts)
            self._expected.feeds[name] = total
            if kind is REQUESTS:
                _count_requests(self._expected, outcomes)

    def _write_lists(self, session: Session) -> dict[str, Again]:
        session.script("outages")
        again: dict[str, Again] = {}
        for name in SMALL_FEEDS:
            self._say(name)
            feed = FEEDS[name]
            counts = add_noise(session, feed, self._calendar, *self._bad_share(name))
            counts.files, drift = write_files(session, feed, self._calendar, self._landing)
            self._expected.feeds[name] = counts
            again[name] = count_again(session, feed)
            if drift:
                self._expected.planted_drift[name] = drift
        return again

    def _write_odd_files(self, session: Session) -> None:
        """Files without rows, and one that cannot be read.

        One of outages: a list from after the month proves that there were no more.
        """
        for name in ("alerts", "defects", "service_outages"):
            write_empty_file(session, name, self._calendar, self._landing)
            self._expected.feeds[name].files += 1
        if self._arguments.bad == "heavy":
            write_truncated_file(session, self._calendar, self._landing)
            self._expected.feeds["alerts"].files += 1
            self._expected.feeds["alerts"].files_rejected += 1


def _spoiling_variables(session: Session) -> Variables:
    """Parties that spoilt records name: one whose role has ended, one in another case."""
    former = session.value("select party_id from party_roles where role = 'RSA' and active_to is not null")
    other = session.value("select lower(party_id) from parties where kind = 'supplier' and rank = 1")
    return {"former_party_id": former, "other_case_party_id": other}


def _ordinary_units(session: Session, feed: str, rows_wanted: int) -> int:
    """Ordinary requests or alerts for the wanted number of rows, beside those in the sequences of events."""
    if feed == "service_requests":
        in_sequences = session.value("select count(*) + count(*) filter (is_paired) from request_events")
        per_unit = session.value("""
            select avg(case when m.is_paired then 2 else 1 end)
            from request_slots as s inner join request_mix as m on m.mix_no = s.mix_no
        """)
    else:
        recipients = "(len(string_split(m.roles, ' ')))"
        in_sequences = session.value(
            f"select coalesce(sum({recipients}), 0) "
            "from alert_events as e inner join alert_mix as m on m.mix_no = e.mix_no"
        )
        per_unit = session.value(
            f"select avg({recipients}) from alert_slots as s inner join alert_mix as m on m.mix_no = s.mix_no"
        )
    if per_unit is None:  # nobody can ask the few Devices anything
        return 0
    return max(0, round((rows_wanted - int(in_sequences)) / per_unit))


def _count_requests(expected: Expected, outcomes: list[Outcome]) -> None:
    """Count the requests of the month, and those of the next one; late ones are of the month before."""
    months = {expected.month: RequestCounts(), following(expected.month): RequestCounts()}
    for outcome in outcomes:
        for (month, is_transform, status), rows in outcome.statuses.items():
            counts = months.get(month, RequestCounts())
            if is_transform:
                counts.transforms += rows
            elif status in COUNTED_STATUSES:
                counts.requests_counted += rows
            else:
                counts.add(RequestCounts(requests_not_counted={str(status): rows}))
    own, ahead = months.values()
    expected.transforms, expected.requests_counted = own.transforms, own.requests_counted
    expected.requests_not_counted, expected.next_month = own.requests_not_counted, vars(ahead)
