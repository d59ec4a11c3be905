"""Landing files to accepted records: a verdict per file, reasons per row, the as-of cut and the key rule."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

from reference.contract import FEEDS, Column, Feed

Row = dict[str, Any]

FOLDER = re.compile(r"date=([0-9]{4}-[0-9]{2}-[0-9]{2})")
TYPE_FAMILIES = {
    "VARCHAR": "text",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "UBIGINT": "integer",
    "UHUGEINT": "integer",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "DATE": "date",
    "BOOLEAN": "boolean",
}

csv.field_size_limit(2**31 - 1)


class RejectedFile(Exception):
    """A whole file that cannot be used; the message says why, without any value of a row."""


@dataclass
class FeedResult:
    """What became of one feed: counts as in docs/published.md, "run.json", and the accepted rows."""

    files_found: int = 0
    files_loaded: int = 0
    files_rejected: int = 0
    rejected: dict[str, str] = field(default_factory=dict)
    rows_read: int = 0
    rows_after_as_of: int = 0
    rows_accepted: int = 0
    rows_superseded: int = 0
    rows_quarantined: int = 0
    quarantined_by_reason: Counter[str] = field(default_factory=Counter)
    accepted: list[Row] = field(default_factory=list)


@dataclass
class Landing:
    """All feeds of one run, read before `as_of` (UTC, exclusive)."""

    as_of: datetime
    feeds: dict[str, FeedResult]

    def rows(self, feed: str) -> list[Row]:
        """Accepted rows of a feed, typed, one per key."""
        return self.feeds[feed].accepted


class Register:
    """The (party, role) pairs of the accepted parties list, with their active days (both inclusive)."""

    def __init__(self, rows: list[Row]) -> None:
        self._active = {(r["party_id"], r["role"]): (r["active_from"], r["active_to"]) for r in rows}

    def __contains__(self, key: object) -> bool:
        return key in self._active

    def is_active(self, party: object, role: object, day: date) -> bool:
        """Whether the pair is in the register and active on a day."""
        return (party, role) in self._active and self.overlaps(party, role, day, day)

    def overlaps(self, party: object, role: object, first: date, last: date) -> bool:
        """Whether the active days of a registered pair overlap first..last (inclusive)."""
        start, end = self._active[(party, role)]
        return (start is None or start <= last) and (end is None or end >= first)

    def pairs(self) -> list[tuple[str, str]]:
        """Every (party_id, role) in the register."""
        return sorted(self._active)


def landed_files(folder: Path, feed: Feed) -> list[Path]:
    """Input files of a feed: in a `date=` folder, with the feed's suffix (docs/landing.md, "Layout")."""
    found = []
    root = folder / feed.name
    if root.is_dir():
        for day in sorted(root.iterdir()):
            if day.is_dir() and _folder_day(day.name) is not None:
                found += sorted(
                    p for p in day.iterdir() if p.is_file() and p.suffix == f".{feed.file_format}"
                )
    return found


def _folder_day(name: str) -> date | None:
    match = FOLDER.fullmatch(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def default_as_of(folder: Path) -> datetime:
    """00:00 of the day after the newest `date=` folder of any feed that a file landed in.

    Errors: ValueError where no file landed.
    """
    files = [path for feed in FEEDS.values() for path in landed_files(folder, feed)]
    if not files:
        raise ValueError("the landing folder has no file in a date= folder")
    newest = max(path.parent.name.removeprefix("date=") for path in files)
    return datetime.combine(date.fromisoformat(newest) + timedelta(days=1), time())


def read_csv_file(path: Path, feed: Feed) -> list[Row]:
    """Raw rows of one CSV (text, "" = null); RejectedFile where the file as a whole cannot be used."""
    content = path.read_bytes()
    if not content:
        raise RejectedFile("no bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedFile("not UTF-8") from error
    try:
        records = [r for r in csv.reader(io.StringIO(text, newline=""), strict=True) if r]
    except csv.Error as error:
        raise RejectedFile(f"not RFC 4180: {error}") from error
    if not records:
        raise RejectedFile("no header row")
    header = records[0]
    missing = [c.name for c in feed.columns if c.name not in header]
    if missing:
        raise RejectedFile(f"lacks {', '.join(missing)}")
    if any(header.count(c.name) > 1 for c in feed.columns):
        raise RejectedFile("has a contract column twice")
    if any(len(r) != len(header) for r in records):
        raise RejectedFile("a record with too few or too many fields")
    return [dict(zip(header, r, strict=True)) for r in records[1:]]


def read_parquet_file(path: Path, feed: Feed) -> list[Row]:
    """Raw rows of one Parquet file; RejectedFile where the file as a whole cannot be used."""
    if not path.stat().st_size:
        raise RejectedFile("no bytes")
    source = "read_parquet(?, hive_partitioning = false)"
    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"describe select * from {source}", [str(path)]).fetchall()
            types = {name: sql_type for name, sql_type, *_ in described}
            for column in feed.columns:
                if column.name not in types:
                    raise RejectedFile(f"lacks {column.name}")
                if TYPE_FAMILIES.get(types[column.name]) != column.family:
                    raise RejectedFile(f"{column.name} is {types[column.name]}, not {column.family}")
            cursor = connection.execute(f"select * from {source}", [str(path)])
            names = [d[0] for d in cursor.description]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
        except duckdb.Error as error:
            raise RejectedFile("cannot be read as Parquet") from error


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _case_clashes(feed: Feed, rows: list[Row]) -> set[tuple[object, str]]:
    """(published_on, party_id) of the parties that differ in case only from a smaller one of that day."""
    by_name: dict[tuple[object, str], set[str]] = defaultdict(set)
    columns = {c.name: c for c in feed.columns}
    for row in rows:
        party, bad_party = columns["party_id"].check(row["party_id"])
        day, bad_day = columns["published_on"].check(row["published_on"])
        if not bad_party and not bad_day:
            by_name[day, str(party).lower()].add(str(party))
    return {(day, p) for (day, _), ids in by_name.items() for p in ids if p != min(ids)}


def _party_is_unknown(feed: str, row: Row, good: set[str], register: Register) -> bool:
    """unknown_party, where every column that it needs is good (docs/landing.md, "What bad input gets")."""
    prefix = {
        "service_requests": "originator",
        "alerts": "destination",
        "power_outage_timings": "destination",
    }
    if feed == "registrations":
        if {"supplier_party_id", "role"} <= good and (row["supplier_party_id"], row["role"]) not in register:
            return True
        operator = row["network_operator_party_id"]
        return (
            "network_operator_party_id" in good and operator is not None and (operator, "ED") not in register
        )
    if feed not in prefix:
        return False
    party, role = f"{prefix[feed]}_party_id", f"{prefix[feed]}_role"
    if feed == "power_outage_timings":
        return {party, role} <= good and (row[party], row[role]) not in register
    clock = "started_at" if feed == "service_requests" else "raised_at"
    if not {party, role, clock} <= good:
        return False
    return not register.is_active(row[party], row[role], _instant(row[clock]).date())


def judge_row(
    feed: Feed, raw: Row, register: Register, clashes: set[tuple[object, str]]
) -> tuple[Row, set[str]]:
    """Typed row and every reason to quarantine it (empty: valid)."""
    row: Row = {}
    reasons: set[str] = set()
    good: set[str] = set()
    for column in feed.columns:
        row[column.name], reason = column.check(raw[column.name])
        if reason:
            reasons.add(reason)
        else:
            good.add(column.name)
    if (row.get("published_on"), row.get("party_id")) in clashes and {"published_on", "party_id"} <= good:
        good.discard("party_id")
        reasons.add("bad_format")
    for start, end in feed.periods:
        if {start, end} <= good and row[start] is not None and row[end] is not None and row[end] < row[start]:
            reasons.add("ends_before_starts")
    if feed.name == "provider_measures" and {"numerator", "denominator"} <= good:
        above, below = row["numerator"], row["denominator"]
        if above is not None and below is not None and above > below:
            reasons.add("numerator_above_denominator")
    if _party_is_unknown(feed.name, row, good, register):
        reasons.add("unknown_party")
    return row, reasons


def _nulls_first(row: Row, columns: tuple[Column, ...]) -> tuple[object, ...]:
    return tuple((0,) if row[c.name] is None else (1, row[c.name]) for c in columns)


def _last_of_each_key(feed: Feed, valid: list[Row]) -> list[Row]:
    """One row per natural key: the latest, ties by the greater tuple of columns, nulls first."""
    if feed.full_list and valid:
        newest = max(r[feed.latest_by] for r in valid)
        valid = [r for r in valid if r[feed.latest_by] == newest]
    chosen: dict[tuple[object, ...], tuple[tuple[object, ...], Row]] = {}
    for row in valid:
        key = tuple(row[k] for k in feed.key)
        rank = (row[feed.latest_by], *_nulls_first(row, feed.columns))
        if key not in chosen or rank > chosen[key][0]:
            chosen[key] = (rank, row)
    return [row for _, row in chosen.values()]


def read_feed(folder: Path, feed: Feed, as_of: datetime, register: Register) -> FeedResult:
    """Read, judge and reduce one feed (docs/landing.md, "Feeds" and "What bad input gets")."""
    result = FeedResult()
    raw_rows: list[Row] = []
    reader = read_csv_file if feed.file_format == "csv" else read_parquet_file
    for path in landed_files(folder, feed):
        result.files_found += 1
        try:
            raw_rows += reader(path, feed)
            result.files_loaded += 1
        except RejectedFile as error:
            result.files_rejected += 1
            result.rejected[path.relative_to(folder).as_posix()] = str(error)
    result.rows_read = len(raw_rows)
    clock = next(c for c in feed.columns if c.name == feed.latest_by)
    in_time = []
    for raw in raw_rows:
        recorded, reason = clock.check(raw[feed.latest_by])
        if reason is None and _instant(recorded) >= as_of:
            result.rows_after_as_of += 1
        else:
            in_time.append(raw)
    clashes = _case_clashes(feed, in_time) if feed.name == "parties" else set()
    valid = []
    for raw in in_time:
        row, reasons = judge_row(feed, raw, register, clashes)
        if reasons:
            result.rows_quarantined += 1
            result.quarantined_by_reason.update(reasons)
        else:
            valid.append(row)
    result.accepted = _last_of_each_key(feed, valid)
    result.rows_accepted = len(result.accepted)
    result.rows_superseded = len(valid) - len(result.accepted)
    return result


def read_landing(folder: Path, as_of: datetime | None = None) -> Landing:
    """Read every feed of a landing folder.

    Parameters: folder, local; as_of, UTC without zone (None: the default of docs/landing.md, "The as-of
    instant"). Errors: ValueError where as_of is not given and there is no `date=` folder.
    """
    as_of = as_of or default_as_of(folder)
    parties = read_feed(folder, FEEDS["parties"], as_of, Register([]))
    register = Register(parties.accepted)
    feeds = {
        name: parties if name == "parties" else read_feed(folder, feed, as_of, register)
        for name, feed in FEEDS.items()
    }
    return Landing(as_of, feeds)
