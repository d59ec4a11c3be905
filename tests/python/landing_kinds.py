"""Landing files of every kind of Parquet: each contract column in each type of its family, with and without
nulls; instants and numbers at the ends of each type; and each type in a column of another family.

What becomes of a value is reckoned here by Python's own calendar and whole numbers (docs/landing.md).
"""

import random
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from landing_files import DAY, FEEDS, put, query, record
from parquet_kinds import (
    BOOLEANS,
    DATES,
    INT96,
    INTEGERS,
    JSONS,
    MILLIS,
    NANOS,
    NULLS,
    OTHERS,
    SPARE,
    TEXTS,
    TIMESTAMPS,
    Kind,
    Physical,
    Written,
    int96,
    parquet_file,
)

PARQUET_FEEDS = [feed for feed in FEEDS.values() if feed.file_format == "parquet"]
KINDS = {
    "text": TEXTS,
    "integer": list(INTEGERS),
    "timestamp": list(TIMESTAMPS),
    "date": DATES,
    "boolean": BOOLEANS,
}
NULL_PATTERNS = ("no nulls", "some nulls", "nulls cannot be")
EPOCH = datetime(1970, 1, 1)
MICROSECONDS = {1: 1000, 2: 1}
"""Microseconds of a millisecond and of a microsecond."""


@dataclass(frozen=True)
class Landed:
    """A file, and what is to come of it."""

    path: str
    feed: str
    content: bytes
    rows: tuple
    """{column: value} of each record as the landing view must give it; of one that is rejected none."""
    outcomes: tuple = ()
    """Of each record its reasons, or none; or no outcome where that is not what the file is about."""


def stored(kind, value):
    """A value as a file of that kind stores it."""
    if value is None:
        return None
    if kind in TEXTS:
        return value.encode()
    if kind in DATES:
        return (value - EPOCH.date()).days
    if kind in TIMESTAMPS:
        unit = TIMESTAMPS[kind]
        microseconds = (value - EPOCH) // timedelta(microseconds=1)
        # Behind the last digit that is kept the greatest that is cut: by rounding it would show.
        ticks = microseconds * 1000 + 999 if unit == NANOS else microseconds // MICROSECONDS[unit]
        return int96(ticks) if kind is INT96 else ticks
    return value


def rectangle():
    """Files that together hold each column in each type of its family, with each pattern of nulls."""
    number = 0
    for feed in PARQUET_FEEDS:
        for turn in range(max(len(kinds) for kinds in KINDS.values()) + len(NULLS)):
            for pattern in NULL_PATTERNS:
                columns, records = {}, [{}, {}, {}]
                goods = [good_values(feed, number + place) for place in range(3)]
                number += 3
                for place, column in enumerate(feed.columns):
                    kinds = KINDS[column.family] + (NULLS if pattern == "some nulls" else [])
                    kind = kinds[(turn + place) % len(kinds)]
                    values = [None if kind in NULLS else good[column.name] for good in goods]
                    if kind in JSONS:
                        if column.format == "text" and column.name not in feed.key:
                            values = ["12"] * 3
                        else:
                            kind = TEXTS[0]
                    if pattern == "some nulls":
                        values[1] = None
                    is_required = pattern == "nulls cannot be" and None not in values
                    columns[column.name] = Written(
                        kind, tuple(stored(kind, value) for value in values), is_required
                    )
                    for row, value in zip(records, values, strict=True):
                        row[column.name] = value
                path = f"{feed.name}/{DAY}/kinds-{turn}-{pattern.replace(' ', '-')}.parquet"
                yield Landed(path, feed.name, parquet_file(columns), tuple(records))


@contextmanager
def whole_microseconds():
    """Let columns of instants be of kinds of microseconds alone, which every engine reads."""
    every = KINDS["timestamp"]
    KINDS["timestamp"] = [kind for kind in every if MICROSECONDS.get(TIMESTAMPS[kind]) == 1]
    try:
        yield
    finally:
        KINDS["timestamp"] = every


def good_values(feed, number):
    """A good record with a value in every column, as Python has it."""
    return {**SPARE_VALUES[feed.name], **{feed.key[0]: key_value(feed, number)}}


def key_value(feed, number):
    """A key of its own for a record."""
    if feed.name == "device_inventory":
        return f"00-DB-97-00-00-{number // 65536:02X}-{number // 256 % 256:02X}-{number % 256:02X}"
    return mpan(number) if feed.name == "registrations" else f"kinds {number}"


def mpan(number):
    """An MPAN whose check digit holds."""
    digits = f"{120_000_000_000 + number}"
    primes = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
    check = sum(int(digit) * prime for digit, prime in zip(digits, primes, strict=True)) % 11 % 10
    return f"{digits}{check}"


def _spare_values(feed):
    given = record(feed.name, 0)
    values = {}
    for column in feed.columns:
        if column.name in given:
            ((values[column.name],),) = query(f"select {given[column.name]}")
        else:
            values[column.name] = {
                "text": column.values[0] if column.values else SPARE_TEXTS.get(column.format, "1"),
                "integer": 1,
                "timestamp": datetime(2026, 10, 1, 10, 0, 9),
                "date": date(2026, 10, 9),
                "boolean": True,
            }[column.family]
    return values


SPARE_TEXTS = {
    "device_id": "00-DB-97-00-00-00-00-00",
    "mpxn": mpan(0),
    "mpan": mpan(0),
    "party_id": "NET",
    "role": "IS",
}
SPARE_VALUES = {feed.name: _spare_values(feed) for feed in PARQUET_FEEDS}


# Instants and numbers at their ends ---------------------------------------------------------------------


def instants():
    """A file per kind of timestamp: instants at the ends of the calendars and of the type, and many others.

    Equal instants are written by each kind that can hold them, at `stored_instants`.
    """
    feed = FEEDS["power_outage_timings"]
    for number, (kind, unit) in enumerate(TIMESTAMPS.items()):
        ticks = stored_instants(kind, unit)
        values = [int96(tick) if kind is INT96 else tick for tick in ticks]
        keys = [f"instant {number} {place}" for place in range(len(ticks))]
        cut = [as_microseconds(tick, unit, kind) for tick in ticks]
        # No rule compares this column with another.
        others = {"csp_sent_at": Written(kind, tuple(values))}
        outcomes = tuple(None if value is not None else ["bad_format"] for value in cut)
        rows = tuple({"alert_id": key, "csp_sent_at": value} for key, value in zip(keys, cut, strict=True))
        path = f"{feed.name}/{DAY}/instants-{number}.parquet"
        yield Landed(path, feed.name, file_of_kinds(feed, keys, others), rows, outcomes)


def stored_instants(kind, unit):
    """What is written of a kind: a whole number of its unit since 1970."""
    size = {MILLIS: 10**3, NANOS: 10**9}.get(unit, 10**6)
    edges = [datetime(1, 1, 1), datetime(1582, 10, 15), datetime(1677, 9, 22), EPOCH]
    edges += [datetime(2026, 11, 1), datetime(2262, 4, 11), datetime(9999, 12, 31)]
    ticks = [(edge - EPOCH) // timedelta(seconds=1) * size for edge in edges]
    ticks.append(ticks[-1] + 86_400 * size)
    chosen = random.Random(4)
    ticks += [chosen.randrange(-(2**62), 2**62) // (10**9 // size) for _ in range(40)]
    around = {tick + step for tick in ticks for step in (-1, 0, 1)}
    if kind is not INT96:
        around = {tick for tick in around if -(2**63) < tick < 2**63}
        # The ends of the type mean infinity to some; milliseconds beyond microseconds are told apart below.
        around |= {-(2**63), 1 - 2**63, 2**63 - 1} if unit != MILLIS else {1 - 2**63, 2**63 - 1}
    return sorted(around)


def as_microseconds(tick, unit, kind):
    """The instant cut to the microsecond, None outside the years 1 to 9999."""
    if kind is not INT96 and tick in (1 - 2**63, 2**63 - 1):
        return None
    microseconds = tick // 1000 if unit == NANOS else tick * MICROSECONDS[unit]
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def days():
    """Dates at the ends of the calendars and of the type."""
    feed, kind = FEEDS["device_inventory"], DATES[0]
    numbers = [-(2**31), 1 - 2**31, -719163, -719162, -141427, 0, 2932896, 2932897, 2**31 - 2, 2**31 - 1]
    keys = [f"00-DB-96-00-00-00-00-{place:02X}" for place in range(len(numbers))]
    found = [
        EPOCH.date() + timedelta(days=number) if -719162 <= number <= 2932896 else None for number in numbers
    ]
    column = "security_certificate_expires_on"
    rows = tuple({"device_id": key, column: value} for key, value in zip(keys, found, strict=True))
    outcomes = tuple(None if value is not None else ["bad_format"] for value in found)
    content = file_of_kinds(feed, keys, {column: Written(kind, tuple(numbers))})
    yield Landed(f"{feed.name}/{DAY}/days.parquet", feed.name, content, rows, outcomes)


def numbers():
    """The least and the greatest number of each kind, in a column of each type of the contract."""
    feed = FEEDS["service_requests"]
    for number, (kind, ends) in enumerate(INTEGERS.items()):
        for name, least, greatest in (("sla_target_ms", 0, 2**63 - 1), ("mode_of_operation", 1, 10)):
            keys = [f"number {number} {name} {place}" for place in range(2)]
            found = [value if least <= value <= greatest else None for value in ends]
            outcomes = tuple(
                None
                if value is not None
                else ["negative_value" if name == "sla_target_ms" and end < 0 else "bad_format"]
                for value, end in zip(found, ends, strict=True)
            )
            rows = tuple({"transaction_id": key, name: value} for key, value in zip(keys, found, strict=True))
            path = f"{feed.name}/{DAY}/numbers-{number}-{name}.parquet"
            content = file_of_kinds(feed, keys, {name: Written(kind, tuple(ends))})
            yield Landed(path, feed.name, content, rows, outcomes)


def file_of_kinds(feed, keys, changes, is_encrypted=False):
    """A file of good records with these keys, and other columns in place of theirs."""
    columns = {}
    for column in feed.columns:
        kind = KINDS[column.family][0]
        value = SPARE_VALUES[feed.name][column.name]
        columns[column.name] = Written(kind, (stored(kind, value),) * len(keys))
    columns[feed.key[0]] = Written(TEXTS[0], tuple(key.encode() for key in keys))
    return parquet_file({**columns, **changes}, is_encrypted)


def wrong_kinds():
    """Each kind in a column of each family that it is not of; and what no instant can be made of."""
    feed = FEEDS["alerts"]
    dates = FEEDS["registrations"]
    every = {kind: family for family, kinds in KINDS.items() for kind in kinds}
    for number, kind in enumerate([*every, *OTHERS]):
        value = SPARE.get(kind.physical, bytes(kind.length or 0))
        for family, of, column in (
            ("text", feed, "response_code"),
            ("integer", feed, "report_status_id"),
            ("timestamp", feed, "delivered_at"),
            ("boolean", feed, "suppressed"),
            ("date", dates, "effective_to"),
        ):
            if every.get(kind) != family:
                content = file_of_kinds(of, [f"wrong {number}"], {column: Written(kind, (value,))})
                yield Landed(f"{of.name}/{DAY}/wrong-{number}-{family}.parquet", of.name, content, ())
    beyond = Written(Kind("millis", Physical.INT64, (), 9), (2**62,))
    content = file_of_kinds(feed, ["beyond"], {"raised_at": beyond})
    yield Landed(f"{feed.name}/{DAY}/beyond.parquet", feed.name, content, ())


def put_all(zone, files):
    """Put files into a landing zone and give them as a list."""
    files = list(files)
    for file in files:
        put(zone, file.path, file.content)
    return files
