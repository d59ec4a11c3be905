"""Landing files of the feeds that are small enough to be held in one table, with their noise.

Each such feed comes as a table ``feed_<name>``: the contract's columns, ``_land`` (day number of its
folder), ``_part`` (name of its file), ``_ord`` (its place), ``_fate`` (accepted or superseded),
``_warning`` and ``_again`` (its key landed with an earlier month). Of its accepted rows some get an
earlier state, a tie, a repeat in a later file, a spoilt copy, and a few a copy from after the as-of
instant.
"""

from collections import Counter
from pathlib import Path

from .engine import Session, literal
from .expected import Again, FeedCounts
from .feeds import FEEDS, Fault, Feed
from .months import Calendar

DRIFT_COLUMN = "source_system"
"""A column that the contract does not know."""
_WITH_DRIFT = ("power_outage_timings", "throttling_events")


def bad_quota(rows: int, new: int, kinds: int, share: float, heavy: bool, is_first_month: bool = True) -> int:
    """How many spoilt records a feed of ``rows`` rows gets, of which ``new`` land in the month or after it.

    Light: at least one of each kind where that stays below the quality gate (more than 1 % of what is new,
    and at least 10 rows), else as many as do. Heavy: above it. A later month may be run with an earlier one,
    for which all that landed since is new. So it leaves out what the first one may have beyond the 1 %.
    """
    if share == 0:
        return 0
    wanted, few = max(kinds, int(rows * share)), int(new * 0.009)
    most = max(9, few) if is_first_month else max(0, few - 9)
    return min(max(12, wanted) if heavy else min(wanted, most), rows // 2)


def spoilt_columns(feed: Feed, number: str) -> str:
    """The feed's columns with those of fault ``number % faults`` changed."""
    expressions = []
    for column in feed.columns:
        cases = [
            f"when {index} then {fault.changes[column]}"
            for index, fault in enumerate(feed.faults)
            if column in fault.changes
        ]
        changed = f"case {number} % {len(feed.faults)} {' '.join(cases)} else {column} end as {column}"
        expressions.append(changed if cases else column)
    return ", ".join(expressions)


def count_faults(counts: FeedCounts, faults: tuple[Fault, ...], first: int, last: int) -> None:
    """Adds spoilt records ``first`` to ``last - 1`` to the counts, each under all its reasons."""
    reasons: Counter[str] = Counter()
    for number in range(first, last):
        reasons.update(faults[number % len(faults)].reasons)
    counts.rows_quarantined += last - first
    for reason, rows in reasons.items():
        counts.quarantined_by_reason[reason] = counts.quarantined_by_reason.get(reason, 0) + rows


def _as_text(column: str, sql_type: str) -> str:
    """A column as CSV text, in the forms that the contract allows."""
    if sql_type == "timestamp":
        whole = f"date_trunc('second', {column}) = {column}"
        return (
            f"case when _ord % 2 = 0 and {whole} then strftime({column}, '%Y-%m-%d %H:%M:%S') "
            f"when _ord % 2 = 0 then strftime({column}, '%Y-%m-%d %H:%M:%S.%f') "
            f"when {whole} then strftime({column}, '%Y-%m-%dT%H:%M:%S') "
            f"else strftime({column}, '%Y-%m-%dT%H:%M:%S.%f') end"
        )
    if sql_type == "boolean":
        return f"case when _ord % 3 = 0 then upper({column}::varchar) else {column}::varchar end"
    return f"{column}::varchar"


def add_noise(
    session: Session, feed: Feed, calendar: Calendar, quota_share: float, heavy: bool
) -> FeedCounts:
    """Makes ``out_<feed>`` of ``feed_<feed>``: every row that lands, with its fate.

    Returns:
        The feed's counts, without its files.
    """
    counts = FeedCounts()
    accepted = int(session.value(f"select count(*) from feed_{feed.name} where _fate = 'accepted'"))
    every = 7 if accepted < 200 else 37 if accepted < 5000 else 101
    # The gate judges what lands from the first day of the month on: most of a feed may have landed before.
    new = int(
        session.value(
            f"select count(*) from feed_{feed.name} where _fate = 'accepted' and _land >= {calendar.from_day}"
        )
    )
    bad = bad_quota(accepted, new, len(feed.faults), quota_share, heavy, calendar.number == 0)
    stride = max(1, accepted // bad) if bad else 0
    latest, blank = feed.latest_by, feed.blank
    is_date = feed.columns[latest] == "date"
    earlier = f"{latest} - 1" if is_date else f"{latest} - interval 2 hour"
    ahead = (
        f"date '{calendar.day(calendar.last_day + 1)}'"
        if is_date
        else (f"timestamp '{calendar.day(calendar.last_day + 1)}' + interval (_place) minute")
    )
    columns = list(feed.columns)
    is_csv = feed.file_format == "csv"

    def select(replaced: dict[str, str]) -> str:
        return ", ".join(f"{replaced[c]} as {c}" if c in replaced else c for c in columns)

    def as_landed(relation: str) -> str:
        if not is_csv:
            return f"select * from {relation}"
        texts = ", ".join(f"{_as_text(c, t)} as {c}" for c, t in feed.columns.items())
        return f"select {texts}, _ord, _land, _part, _fate, _warning, _step from {relation}"

    # A repeat lands in a later file: few days, so that there are few such files.
    resent = f"least({calendar.last_day}, (_land + 11) // 5 * 5 - 5)"
    session.rows(f"""
        create or replace temp table placed as
        select
            *,
            case when _fate = 'accepted' then row_number() over (partition by _fate order by _ord) - 1 end
                as _place
        from feed_{feed.name}
    """)
    session.rows(f"""
        create or replace temp table noisy as
        select {select({})}, _ord, _land, _part, _fate, _warning, 0 as _step from placed
        union all
        select {select({latest: earlier, blank: "null"})}, _ord, _land, _part, 'superseded', false, 1
        from placed
        where _place % {every} = 1
        union all
        select {select({})}, _ord, {resent}, 'resent', 'superseded', false, 2 from placed
        where _place % {every} = 3
        union all
        select {select({blank: "null"})}, _ord, {resent}, 'resent', 'superseded', false, 3 from placed
        where _place % {every} = 5 and {blank} is not null
        union all
        select {select({latest: ahead})}, _ord, {calendar.last_day}, 'ahead', 'after', false, 4 from placed
        where _place in (0, 4)
    """)
    session.rows(f"create or replace table out_{feed.name} as {as_landed('noisy')}")
    if bad:
        # In the month itself: what lands after it is new in the next month too, which would hold that back.
        in_month = f"least(greatest(_land, {calendar.from_day}), {calendar.to_day - 1})"
        session.rows(f"""
            create or replace temp table spoilt as
            select
                {", ".join(columns)},
                _ord, {in_month} as _land, _part, 'bad' as _fate, false as _warning, 5 as _step, _place
            from placed
            where _place % {stride} = {stride - 1} and _place // {stride} < {bad}
        """)
        texts = (
            ", ".join(f"{_as_text(c, t)} as {c}" for c, t in feed.columns.items())
            if is_csv
            else ", ".join(columns)
        )
        session.rows(f"""
            insert into out_{feed.name}
            select {spoilt_columns(feed, f"(_place // {stride})")}, _ord, _land, _part, _fate, _warning, _step
            from (select {texts}, _ord, _land, _part, _fate, _warning, _step, _place from spoilt)
        """)
        count_faults(counts, feed.faults, 0, bad)
    # together what lands together: each file is then read from a few row groups
    session.rows(
        f"create or replace table out_{feed.name} as "
        f"select * from out_{feed.name} order by _land, _part, _ord, _step"
    )
    fates = dict(session.rows(f"select _fate, count(*) from out_{feed.name} group by all"))
    counts.rows_accepted = fates.get("accepted", 0)
    counts.rows_superseded = fates.get("superseded", 0)
    counts.rows_after_as_of = fates.get("after", 0)
    counts.rows_read = sum(fates.values())
    counts.warnings = int(
        session.value(f"select count(*) from out_{feed.name} where _fate = 'accepted' and _warning")
    )
    if fates.get("bad", 0) != counts.rows_quarantined:
        raise AssertionError(
            f"{feed.name}: {fates.get('bad', 0)} spoilt rows, {counts.rows_quarantined} counted"
        )
    return counts


def write_files(session: Session, feed: Feed, calendar: Calendar, landing: Path) -> tuple[int, list[str]]:
    """Writes ``out_<feed>`` as landing files.

    Files of repeats show what the contract allows: columns in another order (CSV), a byte order mark,
    and a column that it does not know.

    Returns:
        The number of files, and the columns in them that the contract does not know.
    """
    parts = session.rows(f"select distinct _land, _part from out_{feed.name} order by all")
    for land, part in parts:
        columns = list(feed.columns)
        is_replay = part == "resent"
        if is_replay and feed.file_format == "csv":
            columns.reverse()
        if is_replay and feed.name in _WITH_DRIFT:
            columns.append(f"'replay' as {DRIFT_COLUMN}")
        path = landing / feed.name / f"date={calendar.day(land)}" / f"{part}.{feed.file_format}"
        query = (
            f"select {', '.join(columns)} from out_{feed.name} "
            f"where _land = {land} and _part = {literal(part)} order by _ord, _step"
        )
        if feed.file_format == "parquet":
            session.copy_parquet(query, path)
        else:
            session.copy_csv(query, path)
            if is_replay:
                path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    has_drift = feed.name in _WITH_DRIFT and any(part == "resent" for _, part in parts)
    return len(parts), [DRIFT_COLUMN] if has_drift else []


def count_again(session: Session, feed: Feed) -> Again:
    """Count the accepted rows whose keys landed with an earlier month, and those of them with a warning."""
    rows, warnings = session.rows(f"""
        select count(*), count(*) filter (_warning)
        from feed_{feed.name}
        where _fate = 'accepted' and _again
    """)[0]
    return Again(rows, warnings)


def write_empty_file(session: Session, name: str, calendar: Calendar, landing: Path) -> None:
    """A file without rows: a header alone."""
    feed = FEEDS[name]
    columns = ", ".join(f"null::{kind} as {column}" for column, kind in feed.columns.items())
    path = landing / name / f"date={calendar.day(calendar.last_day)}" / f"nothing-new.{feed.file_format}"
    query = f"select {columns} where false"
    if feed.file_format == "parquet":
        session.copy_parquet(query, path)
    else:
        session.copy_csv(query, path)


def write_truncated_file(session: Session, calendar: Calendar, landing: Path) -> None:
    """A Parquet file of alerts that breaks off in the middle."""
    columns = ", ".join(f"null::{kind} as {column}" for column, kind in FEEDS["alerts"].columns.items())
    path = landing / "alerts" / f"date={calendar.day(calendar.last_day)}" / "broken-off.parquet"
    session.copy_parquet(f"select {columns} from range(1000)", path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
