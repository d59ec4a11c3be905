"""Requests and alerts: a day at a time, in parts of bounded size, several parts side by side.

The rows of a part are made once, in a table of their session, and written as up to three files: what
landed on the day itself (with earlier states and spoilt copies), on the next day (with repeats and
ties), and days later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from threading import local

import duckdb

from car.threads import thread_pool

from .engine import Session, Variables
from .expected import FeedCounts
from .feeds import FEEDS, Feed
from .landing_files import bad_quota, count_faults, spoilt_columns
from .months import Calendar

UNITS_PER_PART = 400_000
AFTER_AS_OF_ROWS = 5

# A part with fewer units than this is joined with them on the probing side. DuckDB 2.0.0 would build on them,
# and stops in a chain of such joins ("dict-surviving cache"). With more of them its own choice stands: there
# may be a hundred times as many Devices, which would have to be built on for each part.
FEW_UNITS = 20_000

ADDED = 500_000_000
"""The first number of units that are added to a day of which the month before has some."""

COUNTED_STATUSES = frozenset({2, 3, 4, 6, 7, 8, 18, 19, 22, 23, *range(25, 30), *range(32, 36)})
"""Report statuses marked "Yes" in the MP122A Full Impact Assessment."""


@dataclass(frozen=True)
class Kind:
    """What differs between requests and alerts; ``earlier`` and ``tie`` are columns of superseded states."""

    feed: Feed
    units_script: str
    rows_script: str
    rows_table: str
    prefix: str
    id_column: str
    key: str
    earlier: dict[str, str]
    tie: dict[str, str]


_UNANSWERED = dict.fromkeys(
    ("device_execution_status", "response_code", "ended_at", "northbound_ms", "sla_exclusion_ms"), "null"
)
REQUESTS = Kind(
    FEEDS["service_requests"],
    "units",
    "requests",
    "request_rows",
    "SR",
    "transaction_id",
    "transaction_id",
    {
        **_UNANSWERED,
        "recorded_at": "started_at + interval 700 millisecond",
        "report_status_id": "(case mode_of_operation when 6 then 5 else 1 end)::tinyint",
    },
    # the same instant: the greater status, not the later file, decides
    {**_UNANSWERED, "report_status_id": "1::tinyint"},
)
ALERTS = Kind(
    FEEDS["alerts"],
    "alert_units",
    "alerts",
    "alert_rows",
    "AL",
    "alert_id",
    "alert_id, destination_role",
    {
        "recorded_at": "raised_at + interval 300 millisecond",
        "report_status_id": "17::tinyint",
        "delivered_at": "null",
        "response_code": "null",
    },
    {"report_status_id": "1::tinyint", "delivered_at": "null", "response_code": "null"},
)


@dataclass(frozen=True)
class Part:
    """A part of a day's traffic; bad numbers run through the whole feed."""

    kind: Kind
    day_no: int
    index: int
    units: tuple[int, int]
    bad_numbers: tuple[int, int]
    is_last: bool


@dataclass
class Outcome:
    """Counts of a part, and for requests: rows by (month, is transform, report status)."""

    counts: FeedCounts
    statuses: dict[tuple[str, bool, int], int] = field(default_factory=dict)


def plan(kind: Kind, calendar: Calendar, units: int, rows: int, bad_share: float, heavy: bool) -> list[Part]:
    """Spreads ``units`` of ordinary traffic over the days, a quarter as dense after the month.

    Args:
        kind: Requests or alerts.
        calendar: The simulation's days.
        units: Ordinary requests or alerts in all.
        rows: Rows expected in all, from which the number of spoilt ones follows.
        bad_share: Spoilt rows as a share of ``rows``.
        heavy: Whether these should go over the quality gate.
    """
    days = range(calendar.first_traffic_day, calendar.last_traffic_day + 1)
    weights = [calendar.weight(day) for day in days]
    bounds = [units * sum(weights[:n]) // sum(weights) for n in range(len(weights) + 1)]
    bad = bad_quota(rows, rows, len(kind.feed.faults), bad_share, heavy, calendar.number == 0)
    # In the month itself: what lands after it is new in the next month too, which would hold that back.
    begin, end = bounds[calendar.from_day - days.start], bounds[calendar.to_day - days.start]
    parts: list[Part] = []
    for day, (first, last) in zip(days, pairwise(bounds), strict=True):
        edges = [*range(0, max(last - first, 1), UNITS_PER_PART), last - first]
        for index, (low, high) in enumerate(pairwise(edges)):
            done, next_done = first + low, first + high
            within, next_within = (min(max(unit, begin), end) - begin for unit in (done, next_done))
            numbers = (bad * within // max(end - begin, 1), bad * next_within // max(end - begin, 1))
            parts.append(Part(kind, day, index, (low, high), numbers, False))
    final = parts[-1]
    parts[-1] = Part(final.kind, final.day_no, final.index, final.units, final.bad_numbers, True)
    return parts


def write_part(session: Session, part: Part, calendar: Calendar, landing: Path) -> Outcome:
    """Makes the rows of a part, writes its files and counts what is in them."""
    kind, feed, day = part.kind, part.kind.feed, part.day_no
    table = kind.rows_table
    session.set(
        day_no=day,
        day_text=f"{kind.prefix}{calendar.day(day):%Y%m%d}-",
        day_stream=(day + 100) * 10_000_000_000,
        unit_from=part.units[0] + (ADDED if calendar.is_added_to(day) else 0),
        unit_to=part.units[1] + (ADDED if calendar.is_added_to(day) else 0),
        with_events=part.index == 0,
    )
    chooses_sides = part.units[1] - part.units[0] >= FEW_UNITS
    session.rows(f"set disabled_optimizers = '{'' if chooses_sides else 'build_side_probe_side'}'")
    session.rows(f"set variable day_start_ms = epoch_ms(timestamp '{calendar.day(day)}')")
    session.script(kind.units_script)
    session.script(kind.rows_script)
    counts = FeedCounts()

    totals = session.rows(f"""
        select
            count(*),
            count(*) filter (_earlier_state > 0),
            count(*) filter (_is_repeated),
            count(*) filter (_warning),
            count(*) filter (_lag = 1 or (_lag < 2 and (_is_repeated or _earlier_state = 2))),
            count(*) filter (_lag = 2)
        from {table}
    """)[0]
    counts.rows_accepted, earlier, repeated, counts.warnings, next_day, later = totals
    counts.rows_superseded = earlier + repeated

    columns = list(feed.columns)

    def select(replaced: dict[str, str], where: str) -> str:
        chosen = ", ".join(f"{replaced[c]} as {c}" if c in replaced else c for c in columns)
        return f"select {chosen} from {table} where {where}"

    name = f"events-{calendar.day(day):%Y%m%d}-{part.index:03d}"
    first_file = [select({}, "_lag = 0"), select(kind.earlier, "_earlier_state = 1")]
    queries = {(day, name): first_file}
    first_bad, last_bad = part.bad_numbers
    bad = last_bad - first_bad
    if bad:
        session.rows(f"""
            create or replace temp table spoilt as
            select *, row_number() over () - 1 + {first_bad} as _number
            from (select {", ".join(columns)} from {table} order by {kind.key} limit {bad})
        """)
        # every other one is a later state of the row that it was made of, which holds nevertheless
        name_of = kind.id_column
        own = f"case when _number % 2 = 0 then {name_of} || 'X' || _number else {name_of} end as {name_of}"
        renamed = ", ".join(
            own if c == kind.id_column else f"{c} + interval 90 second as {c}" if c == "recorded_at" else c
            for c in columns
        )
        first_file.append(
            f"select {spoilt_columns(feed, '_number')} from (select {renamed}, _number from spoilt)"
        )
        # a part may have fewer rows than units, where a unit has no recipient
        bad = int(session.value("select count(*) from spoilt"))
        count_faults(counts, feed.faults, first_bad, first_bad + bad)
    if next_day:
        queries[day + 1, f"{name}-next"] = [
            select({}, "_lag = 1"),
            select({}, "_is_repeated and _lag < 2"),
            select(kind.tie, "_earlier_state = 2 and _lag < 2"),
        ]
    late = (
        [
            select({}, "_lag = 2"),
            select({}, "_is_repeated and _lag = 2"),
            select(kind.tie, "_earlier_state = 2 and _lag = 2"),
        ]
        if later
        else []
    )
    if part.is_last:
        ahead = f"timestamp '{calendar.day(calendar.last_day + 1)}' + interval 3 hour"
        limited = f"select * from {table} order by {kind.key} limit {AFTER_AS_OF_ROWS}"
        chosen = ", ".join(f"{ahead} as {c}" if c == "recorded_at" else c for c in columns)
        late.append(f"select {chosen} from ({limited})")
        counts.rows_after_as_of = min(AFTER_AS_OF_ROWS, counts.rows_accepted)
    if late:
        queries[day + 3 + day % 2, f"{name}-late"] = late

    for (land, file_name), selects in queries.items():
        landed = calendar.day(min(max(land, calendar.first_day), calendar.last_day))
        path = landing / feed.name / f"date={landed}" / f"{file_name}.parquet"
        union = " union all ".join(f"({query})" for query in selects)
        # in a full order, so that the bytes depend on nothing but the rows
        counts.rows_read += session.copy_parquet(
            f"select * from ({union}) order by recorded_at, {kind.key}, report_status_id", path
        )
        counts.files += 1

    outcome = Outcome(counts)
    if kind is REQUESTS:
        found = session.rows(f"""
            select strftime(started_at, '%Y-%m'), command_variant = 4, report_status_id, count(*)
            from {table}
            group by all
        """)
        outcome.statuses = {(month, transform, status): rows for month, transform, status, rows in found}
    return outcome


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    variables: Variables,
    parts: list[Part],
    calendar: Calendar,
    landing: Path,
    workers: int,
    say: Callable[[str], None],
) -> list[Outcome]:
    """Writes parts side by side, each worker with a session of its own; outcomes in the parts' order."""
    own = local()
    finished = count(1)

    def work(part: Part) -> Outcome:
        if not hasattr(own, "session"):
            own.session = Session(connection, variables)
        outcome = write_part(own.session, part, calendar, landing)
        say(f"{part.kind.feed.name}: {next(finished)} of {len(parts)}")
        return outcome

    with thread_pool(workers) as pool:
        return list(pool.map(work, parts))
