"""The landing check: every file-level fault of landing.md, with its verdict, reason and words.

Each fault lies in a landing zone beside good files, and the good files must be loaded whatever it is.
"""

import gzip
import io
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest

import car.landing as landing_module
from car.contract import ContractError, as_date, family_of, load_contract
from car.landing import LandingError, check
from car.landing_csv import BATCH_ROWS, MAXIMUM_FIELD_CHARACTERS, read_records
from car.landing_index import Index
from car.landing_verdict import REASONS
from car.landing_zone import LocalZone, RemoteZone, glob_literal, open_zone, wildcard

FEEDS = load_contract()
DAY = "date=2026-10-02"
EARLIER = "date=2026-10-01"

# What must never stand in a message: it is written into the records of the files that are rejected.
PRIVATE = "00-DB-12-34-56-78-90-A1"

LITERALS = {
    "text": "'some text'",
    "integer": "1",
    "timestamp": "timestamp '2026-10-01 10:00:00'",
    "date": "date '2026-10-01'",
    "boolean": "true",
    "decimal": "1.5",
}


DATABASE = duckdb.connect()


def parquet_bytes(feed="alerts", rows=3, **changes):
    """A Parquet file of the feed; `changes`: column name to a SQL expression, or None for no such column."""
    columns = {c.name: f"cast({LITERALS[c.family]} as {c.data_type})" for c in FEEDS[feed].columns}
    columns |= changes
    select = ", ".join(f'{sql} as "{name}"' for name, sql in columns.items() if sql is not None)
    return parquet_of(f"select {select} from range({rows})")


@cache
def parquet_of(select):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "made.parquet"
        DATABASE.execute(f"copy ({select}) to '{target}' (format parquet)")
        return target.read_bytes()


def put(zone, path, content):
    target = zone / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


DEFECTS = ",".join(FEEDS["defects"].column_names)
RECORD = f"2026-10-01 10:00:00,D1,{PRIVATE},2,2026-09-01,,"
CSV = f"{DEFECTS}\n{RECORD}\n".encode()


def csv_of(*lines, header=DEFECTS, end="\n"):
    return end.join([header, *lines, ""]).encode()


@pytest.fixture
def zone(tmp_path):
    """A landing zone with good files: in the same folder as the case, in its feed, and in another feed."""
    folder = tmp_path / "landing"
    put(folder, f"defects/{DAY}/a_good.csv", csv_of(RECORD, RECORD))
    put(folder, f"defects/{EARLIER}/good.csv", CSV)
    put(folder, f"alerts/{DAY}/a_good.parquet", parquet_bytes(rows=4))
    put(folder, f"alerts/{DAY}/z_good.parquet", parquet_bytes(rows=2))
    return folder


GOOD = {
    f"defects/{DAY}/a_good.csv": 2,
    f"defects/{EARLIER}/good.csv": 1,
    f"alerts/{DAY}/a_good.parquet": 4,
    f"alerts/{DAY}/z_good.parquet": 2,
}


def query(sql, *parameters):
    return DATABASE.execute(sql, list(parameters)).fetchall()


def index_rows(work, columns):
    return query(
        f"select {columns} from read_parquet(?) order by path", str(work / "landing" / "files.parquet")
    )


def read_feed(work, feed, columns):
    """Read a feed as dbt does: each shape in one scan, by the locations in the index."""
    if FEEDS[feed].file_format == "csv":
        return query(f"select {columns}, landed_file, landed_row from '{work}/landing/{feed}.parquet'")
    found = []
    shapes = query(
        "select list(location order by path), any_value(length(location) - length(path)) from read_parquet(?)"
        " where feed = ? and verdict = 'loaded' and record_count > 0 group by shape",
        str(work / "landing" / "files.parquet"),
        feed,
    )
    for locations, root_length in shapes:
        found += query(
            f"select {columns}, substr(car_location, {root_length} + 1), file_row_number + 1"
            " from read_parquet(?, filename = 'car_location', file_row_number = true,"
            " hive_partitioning = false)",
            locations,
        )
    return sorted(found, key=lambda row: row[-2:])


def assert_good_files_loaded(report, work):
    verdicts = {
        path: (verdict, count) for path, verdict, count in index_rows(work, "path, verdict, record_count")
    }
    assert {path: verdicts.get(path) for path in GOOD} == {
        path: ("loaded", count) for path, count in GOOD.items()
    }
    for feed in ("defects", "alerts"):
        counted = {}
        for *_, file, _row in read_feed(work, feed, "recorded_at"):
            counted[file] = counted.get(file, 0) + 1
        assert {path: counted.get(path) for path in GOOD if path.startswith(feed)} == {
            path: count for path, count in GOOD.items() if path.startswith(feed)
        }
        assert sum(counted.values()) == report.feeds[feed].record_count


# CSV files ---------------------------------------------------------------------------------------------


@dataclass
class Fault:
    id: str
    content: object
    """Bytes, or a function that gives them."""
    reason: str
    found: str


ALL_COLUMNS = ", ".join(FEEDS["defects"].column_names)

CSV_FAULTS = [
    Fault("L01 no bytes", b"", "empty_file", "it has no bytes"),
    Fault("byte order mark alone", b"\xef\xbb\xbf", "missing_column", "it has no header row"),
    Fault("blank lines alone", b"\n\r\n\n", "missing_column", "it has no header row"),
    Fault(
        "L03 no header",
        f"{RECORD}\n{RECORD}\n".encode(),
        "missing_column",
        f"the header lacks {ALL_COLUMNS} (is the first line a header?)",
    ),
    Fault(
        "L05 renamed column",
        CSV.replace(b"severity", b"gravity"),
        "missing_column",
        "the header lacks severity",
    ),
    Fault(
        "L06 contract column twice",
        csv_of(RECORD + ",x", header=DEFECTS + ",title"),
        "duplicate_column",
        "the header has title more than once",
    ),
    Fault(
        "L07 missing column",
        csv_of("2026-10-01 10:00:00,D1,x,2,2026-09-01,", header=DEFECTS.replace(",closed_on", "")),
        "missing_column",
        "the header lacks closed_on",
    ),
    Fault(
        "L09 header in other case",
        CSV.replace(b"defect_id", b"Defect_ID"),
        "missing_column",
        "the header lacks defect_id (it has defect_id in other case or with spaces)",
    ),
    Fault(
        "L09 header with spaces",
        CSV.replace(b",title,", b", title,"),
        "missing_column",
        "the header lacks title (it has title in other case or with spaces)",
    ),
    Fault(
        "L11 trailing comma in the records alone",
        csv_of(RECORD + ",", RECORD + ","),
        "field_count",
        "record 1 (line 2) has 8 fields, too many",
    ),
    Fault(
        "L12 too few fields",
        csv_of(RECORD, "2026-10-01 10:00:00,D2,x", RECORD),
        "field_count",
        "record 2 (line 3) has 3 fields, too few",
    ),
    Fault(
        "L12 a line of spaces",
        csv_of(RECORD, "   ", RECORD),
        "field_count",
        "record 2 (line 3) has 1 field, too few",
    ),
    Fault(
        "L13 too many fields",
        csv_of(RECORD, RECORD, RECORD + ",x"),
        "field_count",
        "record 3 (line 4) has 8 fields, too many",
    ),
    Fault(
        "L13 after blank lines and a break in quotes",
        csv_of(RECORD.replace(PRIVATE, '"a\nb"'), "", "", RECORD + ",x"),
        "field_count",
        "record 2 (line 6) has 8 fields, too many",
    ),
    Fault(
        "L14 last line cut off",
        csv_of(RECORD, RECORD)[:-20],
        "field_count",
        "record 2 (line 3) has 3 fields, too few",
    ),
    Fault(
        "L17 quote never closed",
        csv_of(RECORD, RECORD.replace(PRIVATE, f'"{PRIVATE}'), RECORD, RECORD),
        "unclosed_quote",
        "a quote that record 2 (line 3) opens is never closed",
    ),
    Fault(
        "L17 quote in the header never closed",
        CSV.replace(b"defect_id", b'"defect_id'),
        "unclosed_quote",
        "a quote that the header opens is never closed",
    ),
    Fault(
        "L17 open quote in much text",
        lambda: csv_of(RECORD.replace(PRIVATE, '"') + "x" * (MAXIMUM_FIELD_CHARACTERS + 1)),
        "field_too_long",
        "a field of record 1 (line 2) is longer than 16,777,216 characters (an open quote?)",
    ),
    Fault(
        "L19 text behind a closing quote",
        csv_of(RECORD, RECORD.replace(PRIVATE, f'"{PRIVATE}"x')),
        "bad_quote",
        "record 2 (line 3) has text behind a closing quote",
    ),
    Fault("L23 Latin-1", csv_of(RECORD, RECORD)[:-1] + b"caf\xe9\n", "not_utf8", "line 3 is not UTF-8"),
    Fault(
        "L23 a byte far behind",
        lambda: csv_of(*[RECORD] * 20_000) + b"\xff\n",
        "not_utf8",
        "line 20002 is not UTF-8",
    ),
    Fault("L23 cut inside a character", CSV + "é".encode()[:1], "not_utf8", "line 3 is not UTF-8"),
    Fault("L24 UTF-16", CSV.decode().encode("utf-16"), "not_utf8", "line 1 is not UTF-8"),
    Fault(
        "L24 UTF-16 without a mark",
        CSV.decode().encode("utf-16-le"),
        "missing_column",
        f"the header lacks {ALL_COLUMNS} (is the first line a header?)",
    ),
    Fault(
        "L31 semicolons",
        CSV.replace(b",", b";"),
        "missing_column",
        f"the header lacks {ALL_COLUMNS} (it has one column: is the delimiter a comma?)",
    ),
    Fault(
        "L31 tabs",
        CSV.replace(b",", b"\t"),
        "missing_column",
        f"the header lacks {ALL_COLUMNS} (it has one column: is the delimiter a comma?)",
    ),
    Fault(
        "L32 error page",
        b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
        "missing_column",
        f"the header lacks {ALL_COLUMNS} (it has one column: is the delimiter a comma?)",
    ),
    Fault(
        "L33 trailer",
        csv_of(RECORD, RECORD, "TRAILER,2"),
        "field_count",
        "record 3 (line 4) has 2 fields, too few",
    ),
    Fault("L53 gzip", gzip.compress(CSV, mtime=0), "not_utf8", "line 1 is not UTF-8"),
    Fault("L53 zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xfa\xfb", "not_utf8", "line 1 is not UTF-8"),
    Fault(
        "Parquet named .csv",
        lambda: parquet_bytes("defects"),
        "not_utf8",
        "line 1 is not UTF-8",
    ),
]


@pytest.mark.parametrize("case", CSV_FAULTS, ids=lambda case: case.id)
def test_csv_file_is_rejected_alone(case, zone, tmp_path):
    content = case.content() if callable(case.content) else case.content
    path = f"defects/{DAY}/m_case.csv"
    put(zone, path, content)
    assert_rejected(case, path, zone, tmp_path / "work")


def assert_rejected(case, path, zone, work):
    report = check(zone, work, threads=2)
    feed = report.feeds[path.split("/")[0]]
    assert [(item.file, item.reason, item.found) for item in feed.rejected] == [
        (path, case.reason, case.found)
    ]
    assert (feed.files_found, feed.files_loaded, feed.files_rejected) == (3, 2, 1)
    assert case.reason in REASONS
    assert_good_files_loaded(report, work)

    (expected,) = [item.expected for item in feed.rejected]
    assert len(expected) > 10
    said = [line for line in report.lines() if line.startswith("Rejected ")]
    assert said == [f"Rejected {path} ({case.reason}): {case.found}. Expected: {expected}."]
    rows = index_rows(work, "path, verdict, reason, expected, record_count, shape")
    assert [row[1:] for row in rows if row[0] == path] == [
        ("rejected", f"{case.reason}: {case.found}", expected, None, None)
    ]
    assert not any(file == path for *_, file, _row in read_feed(work, path.split("/")[0], "recorded_at"))
    everything = json.dumps(report.to_dict()) + "\n".join(report.lines()) + str(rows)
    assert PRIVATE not in everything


@dataclass
class Accepted:
    id: str
    content: object
    titles: list
    """The column `title` of the records, as they must arrive."""
    warnings: list = field(default_factory=list)
    drift: dict = field(default_factory=dict)


def titled(*titles, end="\n", **kwargs):
    return csv_of(*[RECORD.replace(PRIVATE, title) for title in titles], end=end, **kwargs)


CUT = "defects/date=2026-10-02/m_case.csv does not end with a line break: its last value could be cut off"
SHUFFLED = "title,closed_on,accepted_on,released_on,severity,defect_id,recorded_at"

CSV_ACCEPTED = [
    Accepted("L02 header alone", csv_of(), []),
    Accepted("L02 header alone, not ended", csv_of()[:-1], [], [CUT]),
    Accepted("L04 other order", csv_of("a,,,,2,D1,2026-10-01 10:00:00", header=SHUFFLED), ["a"]),
    Accepted(
        "L08 extra column", csv_of(RECORD + ",y", header=DEFECTS + ",team"), [PRIVATE], drift={"team": 1}
    ),
    Accepted(
        "L08 extra columns of one name",
        csv_of("x,y," + RECORD, header="team,team," + DEFECTS),
        [PRIVATE],
        drift={"team": 1},
    ),
    Accepted(
        "L08 extra column that differs in case",
        csv_of("x," + RECORD, header="TITLE," + DEFECTS),
        [PRIVATE],
        drift={"TITLE": 1},
    ),
    Accepted("L09 byte order mark", b"\xef\xbb\xbf" + titled("a"), ["a"]),
    Accepted("L09 byte order mark and quoted header", b'\xef\xbb\xbf"recorded_at"' + titled("a")[11:], ["a"]),
    Accepted("L10 header again", csv_of(RECORD, DEFECTS), [PRIVATE, "title"]),
    Accepted("L11 trailing comma on every line", titled("a").replace(b"\n", b",\n"), ["a"], drift={"": 1}),
    Accepted("L15 last value cut off", titled("a", "b")[:-1] + b"2026-09", ["a", "b"], [CUT]),
    Accepted("L16 no last line break", titled("a", "b")[:-1], ["a", "b"], [CUT]),
    Accepted("L18 line breaks in quotes", titled('"a\nb"', '"a\r\nb"', '"a\rb"'), ["a\nb", "a\r\nb", "a\rb"]),
    Accepted("L19 stray quote", titled('5" display', '"5"" display"'), ['5" display', '5" display']),
    Accepted("L20 CRLF", titled("a", "b", end="\r\n"), ["a", "b"]),
    Accepted("L21 LF and CRLF", titled("a") + titled("b", end="\r\n", header="")[2:], ["a", "b"]),
    Accepted(
        "L21 LF, CRLF and CR",
        b"\n".join([DEFECTS.encode(), *[RECORD.encode()] * 2, b""]).replace(b"\n", b"\r", 1) + b"\r\n\r",
        [PRIVATE, PRIVATE],
    ),
    Accepted("L22 CR", titled("a", "b", end="\r"), ["a", "b"]),
    Accepted("L25 NUL", titled("a\0b"), ["a\0b"]),
    Accepted("L26 zero-width space", titled("a\u200bb"), ["a\u200bb"]),
    Accepted("L26 line separators of Unicode", titled("a\u2028b\x0bc\x85d"), ["a\u2028b\x0bc\x85d"]),
    Accepted("L28 spaces around", titled("  a  "), ["  a  "]),
    Accepted("L29 record of empty fields", csv_of(",,,,,,", RECORD), [None, PRIVATE]),
    Accepted("L30 blank lines", b"\n\r\n" + titled("a", "", "b").replace(b"\n", b"\n\n"), ["a", None, "b"]),
    Accepted("L35 3 MB field", lambda: titled("x" * 3_000_000), ["x" * 3_000_000]),
    Accepted("empty in quotes", titled('""'), [None]),
    Accepted("commas in quotes", titled('"1,980"', '","'), ["1,980", ","]),
    Accepted(
        "L36 to L49 values stay text",
        titled("980.6", "9.8E2", "-5", "NaN", "31/02/2026", "24:00:00", "NULL", "007", "1e400"),
        ["980.6", "9.8E2", "-5", "NaN", "31/02/2026", "24:00:00", "NULL", "007", "1e400"],
    ),
    Accepted("more than one batch", lambda: titled(*map(str, range(25_001))), list(map(str, range(25_001)))),
]


@pytest.mark.parametrize("case", CSV_ACCEPTED, ids=lambda case: case.id)
def test_csv_file_is_loaded_as_it_is(case, zone, tmp_path):
    path, work = f"defects/{DAY}/m_case.csv", tmp_path / "work"
    put(zone, path, case.content() if callable(case.content) else case.content)
    report = check(zone, work, threads=2)
    feed = report.feeds["defects"]
    assert feed.rejected == []
    assert_good_files_loaded(report, work)
    rows = [row for row in read_feed(work, "defects", "title") if row[1] == path]
    assert [(title, number) for title, _, number in rows] == [
        (title, number) for number, title in enumerate(case.titles, start=1)
    ]
    assert dict(index_rows(work, "path, record_count"))[path] == len(case.titles)
    assert (feed.drift, feed.warnings) == (case.drift, case.warnings)


def test_csv_columns_are_found_by_name_and_handed_on_in_the_contracts_order(zone, tmp_path):
    put(zone, f"defects/{DAY}/m.csv", csv_of("T,C,A,R,S,D,W", header=SHUFFLED))
    check(zone, tmp_path / "work")
    described = query(f"describe from '{tmp_path}/work/landing/defects.parquet'")
    assert [(name, kind) for name, kind, *_ in described] == [
        *[(name, "VARCHAR") for name in FEEDS["defects"].column_names],
        ("landed_file", "VARCHAR"),
        ("landed_row", "BIGINT"),
    ]
    rows = query(f"from '{tmp_path}/work/landing/defects.parquet' where landed_file like '%/m.csv'")
    assert rows == [("W", "D", "T", "S", "R", "A", "C", f"defects/{DAY}/m.csv", 1)]


class Slowly(io.RawIOBase):
    """A CSV file that is made as it is read, and knows how far the reader is."""

    def __init__(self, lines):
        self._line = (RECORD + "\n").encode()
        self._left = lines
        self._kept = (DEFECTS + "\n").encode()
        self.read_bytes = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        while len(self._kept) < len(buffer) and self._left:
            self._kept += self._line
            self._left -= 1
        part, self._kept = self._kept[: len(buffer)], self._kept[len(buffer) :]
        buffer[: len(part)] = part
        self.read_bytes += len(part)
        return len(part)


def test_a_big_csv_file_is_handed_on_in_small_batches():
    stream, batches, read_before = Slowly(100_005), [], [0]

    def take(records, first):
        batches.append((first, len(records)))
        assert stream.read_bytes - read_before[0] < 2 * BATCH_ROWS * len(RECORD)
        read_before[0] = stream.read_bytes

    header, count = read_records(FEEDS["defects"], lambda: stream, take)
    assert (len(header), count, stream.closed) == (7, 100_005, False)
    assert batches == [(first, min(BATCH_ROWS, 100_006 - first)) for first in range(1, 100_006, BATCH_ROWS)]


# Parquet files -----------------------------------------------------------------------------------------


def damaged_data():
    content = bytearray(parquet_bytes(rows=5000, alert_id=f"'{PRIVATE}' || range::varchar"))
    content[60:4000] = bytes(3940)
    return bytes(content)


def damaged_footer():
    content = bytearray(parquet_bytes())
    length = int.from_bytes(content[-8:-4], "little")
    content[-8 - length : -8 - length + 40] = bytes(40)
    return bytes(content)


def footer_renamed(old, new, **changes):
    content = parquet_bytes(**changes)
    assert content.count(old) >= 1
    return content.replace(old, new)


WHOLE_ALERTS = ", ".join(FEEDS["alerts"].column_names)


def wrong(column, sql, found):
    return Fault(
        f"{column} is {found}",
        lambda: parquet_bytes(**{column: sql}),
        "wrong_type",
        f"{column} is {found}",
    )


PARQUET_FAULTS = [
    Fault("L01 no bytes", b"", "empty_file", "it has no bytes"),
    Fault("text", CSV, "unreadable", "it does not begin as a Parquet file does"),
    Fault("one byte", b"P", "unreadable", "it does not begin as a Parquet file does"),
    Fault("mark alone", b"PAR1", "truncated", "it does not end as a Parquet file does"),
    Fault(
        "cut in half",
        lambda: parquet_bytes()[:900],
        "truncated",
        "it does not end as a Parquet file does",
    ),
    Fault(
        "last byte missing",
        lambda: parquet_bytes()[:-1],
        "truncated",
        "it does not end as a Parquet file does",
    ),
    Fault(
        "first part missing",
        lambda: parquet_bytes()[500:],
        "unreadable",
        "it does not begin as a Parquet file does",
    ),
    Fault(
        "middle missing",
        lambda: b"PAR1" + parquet_bytes()[-8:],
        "unreadable",
        "its footer cannot be read",
    ),
    Fault("footer damaged", damaged_footer, "unreadable", "its footer cannot be read"),
    Fault("data damaged", damaged_data, "unreadable", "its data cannot be decoded"),
    Fault("encrypted", b"PARE" + b"\0" * 40 + b"PARE", "unreadable", "it is encrypted"),
    Fault(
        "L07 missing columns",
        lambda: parquet_bytes(raised_at=None, s1sp=None),
        "missing_column",
        "it lacks raised_at, s1sp",
    ),
    Fault(
        "L09 column in other case",
        lambda: footer_renamed(b"alert_code", b"Alert_Code"),
        "missing_column",
        "it lacks alert_code (it has alert_code in other case)",
    ),
    Fault(
        "L06 column twice",
        lambda: footer_renamed(b"alert_kode", b"alert_code", alert_kode="'x'"),
        "duplicate_column",
        "it has alert_code more than once (case does not count)",
    ),
    Fault(
        "L06 column that differs in case",
        lambda: footer_renamed(b"alert_kode", b"ALERT_code", alert_kode="'x'"),
        "duplicate_column",
        "it has alert_code more than once (case does not count)",
    ),
    wrong("raised_at", "'2026-10-01 10:00:00'", "VARCHAR"),
    wrong("raised_at", "date '2026-10-01'", "DATE"),
    wrong("raised_at", "1760000000::bigint", "BIGINT"),
    wrong("report_status_id", "'1'", "VARCHAR"),
    wrong("report_status_id", "1.0::double", "DOUBLE"),
    wrong("report_status_id", "1.0::decimal(4,1)", "DECIMAL(4,1)"),
    wrong("report_status_id", "true", "BOOLEAN"),
    wrong("suppressed", "1", "INTEGER"),
    wrong("suppressed", "'true'", "VARCHAR"),
    wrong("alert_id", "1::bigint", "BIGINT"),
    wrong("alert_id", "'x'::blob", "BLOB"),
    wrong("alert_id", "['x']", "VARCHAR[]"),
    wrong("alert_id", "{'alert_id': 'x'}", "STRUCT(alert_id VARCHAR)"),
    Fault(
        "several columns of wrong types",
        lambda: parquet_bytes(alert_id="1", suppressed="'no'"),
        "wrong_type",
        "alert_id is INTEGER; suppressed is VARCHAR",
    ),
]


@pytest.mark.parametrize("case", PARQUET_FAULTS, ids=lambda case: case.id)
def test_parquet_file_is_rejected_alone(case, zone, tmp_path):
    path = f"alerts/{DAY}/m_case.parquet"
    put(zone, path, case.content() if callable(case.content) else case.content)
    assert_rejected(case, path, zone, tmp_path / "work")


def test_a_date_must_be_a_date(tmp_path):
    zone, work = tmp_path / "landing", tmp_path / "work"
    put(
        zone,
        f"registrations/{DAY}/a.parquet",
        parquet_bytes("registrations", effective_to="timestamp '2026-10-01'"),
    )
    put(zone, f"registrations/{DAY}/b.parquet", parquet_bytes("registrations"))
    (rejected,) = check(zone, work).feeds["registrations"].rejected
    assert (rejected.file, rejected.found) == (f"registrations/{DAY}/a.parquet", "effective_to is TIMESTAMP")
    assert rejected.expected == "effective_to of a type of the family date"


@dataclass
class Typed:
    id: str
    changes: dict
    column: str
    duckdb_type: str
    drift: dict = field(default_factory=dict)


PARQUET_ACCEPTED = [
    Typed(
        "UTC instants",
        {"raised_at": "timestamptz '2026-10-01 10:00:00+00'"},
        "raised_at",
        "TIMESTAMP WITH TIME ZONE",
    ),
    Typed("nanoseconds", {"raised_at": "timestamp_ns '2026-10-01 10:00:00'"}, "raised_at", "TIMESTAMP_NS"),
    Typed("unsigned", {"report_status_id": "1::utinyint"}, "report_status_id", "UTINYINT"),
    Typed("wide", {"report_status_id": "1::ubigint"}, "report_status_id", "UBIGINT"),
    Typed("JSON", {"alert_id": "'{}'::json"}, "alert_id", "JSON"),
    Typed("enumeration", {"alert_code": "'AD1'::enum('AD1')"}, "alert_code", "VARCHAR"),
    Typed("nulls without a type", {"delivered_at": "null"}, "delivered_at", "NULL"),
    Typed("extra column", {"team": "'x'"}, "alert_id", "VARCHAR", {"team": 1}),
    Typed(
        "extra nested columns",
        {"a": "{'alert_id': 1, 'b': [{'c': 1}]}", "m": "map {'k': [1]}", "z": "1"},
        "alert_id",
        "VARCHAR",
        {"a": 1, "m": 1, "z": 1},
    ),
    Typed("extra column named as a folder", {"date": "1"}, "alert_id", "VARCHAR", {"date": 1}),
    Typed(
        "extra columns named as DuckDB's own",
        {"File_Row_Number": "7", "filename": "'x'", "car_location": "'y'"},
        "alert_id",
        "VARCHAR",
        {"File_Row_Number": 1, "car_location": 1, "filename": 1},
    ),
]


@pytest.mark.parametrize("case", PARQUET_ACCEPTED, ids=lambda case: case.id)
def test_parquet_file_is_loaded(case, zone, tmp_path):
    path, work = f"alerts/{DAY}/m_case.parquet", tmp_path / "work"
    put(zone, path, parquet_bytes(rows=3, **case.changes))
    report = check(zone, work, threads=2)
    assert report.feeds["alerts"].rejected == []
    assert report.feeds["alerts"].drift == case.drift
    assert_good_files_loaded(report, work)
    rows = {row[0]: row[1:] for row in index_rows(work, "path, column_types, extra_columns, record_count")}
    types, extra, count = rows[path]
    assert list(json.loads(types)) == list(FEEDS["alerts"].column_names)
    assert (json.loads(types)[case.column], json.loads(extra), count) == (
        case.duckdb_type,
        list(case.changes) if case.drift else [],
        3,
    )
    assert [row[-1] for row in read_feed(work, "alerts", "alert_id") if row[-2] == path] == [1, 2, 3]


def test_parquet_columns_may_come_in_any_order_and_without_rows(zone, tmp_path):
    backwards = [
        f"{LITERALS[c.family]}::{c.data_type} as {c.name}" for c in reversed(FEEDS["alerts"].columns)
    ]
    content = parquet_of(f"select {', '.join(backwards)}")
    put(zone, f"alerts/{DAY}/backwards.parquet", content)
    put(zone, f"alerts/{DAY}/none.parquet", parquet_bytes(rows=0))
    report = check(zone, tmp_path / "work")
    assert report.feeds["alerts"].rejected == []
    counts = dict(index_rows(tmp_path / "work", "path, record_count"))
    assert (counts[f"alerts/{DAY}/backwards.parquet"], counts[f"alerts/{DAY}/none.parquet"]) == (1, 0)
    shapes = dict(index_rows(tmp_path / "work", "path, shape"))
    assert shapes[f"alerts/{DAY}/backwards.parquet"] != shapes[f"alerts/{DAY}/a_good.parquet"]
    assert shapes[f"alerts/{DAY}/none.parquet"] == shapes[f"alerts/{DAY}/a_good.parquet"]


def test_a_footer_that_promises_other_records_than_the_data_holds_is_found(zone, tmp_path, monkeypatch):
    path = f"alerts/{DAY}/a_good.parquet"
    honest = landing_module.Decoder._footers

    def lying(self, locations):
        tables = honest(self, locations)
        return {
            name: type(table)(5, table.columns) if name.endswith("a_good.parquet") else table
            for name, table in tables.items()
        }

    monkeypatch.setattr(landing_module.Decoder, "_footers", lying)
    (rejected,) = check(zone, tmp_path / "work").feeds["alerts"].rejected
    assert (rejected.file, rejected.reason) == (path, "unreadable")
    assert rejected.found == "its footer promises 5 records and its data holds 4"


def test_many_damaged_files_are_told_from_the_good_ones_between_them(tmp_path):
    zone = tmp_path / "landing"
    good, damaged, footer = parquet_bytes(), damaged_data(), damaged_footer()
    contents = [good, damaged, footer]
    for number in range(60):
        put(zone, f"alerts/{DAY}/{number:02d}.parquet", contents[number % 3])
    feed = check(zone, tmp_path / "work", threads=2).feeds["alerts"]
    assert [item.file for item in feed.rejected] == [
        f"alerts/{DAY}/{number:02d}.parquet" for number in range(60) if number % 3
    ]
    assert (feed.files_loaded, feed.record_count) == (20, 60)


# Names and places --------------------------------------------------------------------------------------

ODD_NAMES = [
    "it's",
    'a"b',
    "a b",
    "é ü 漢字",
    "a*b",
    "a?b",
    "*",
    "[ab]",
    "[",
    "a]b",
    "a[!b",
    "a\\b",
    "a\\*[b",
    "{a,b}",
    "a#b%20&c",
    "a\nb",
    "-",
    "--",
    "~",
    "$HOME",
    "a;drop table x",
    ".hidden",
    "x" * 240,
    "date=2026-01-01",
    "\U0001f600",
]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
def test_files_of_any_name_are_read_once_each(tmp_path):
    zone, work = tmp_path / "landing", tmp_path / "work"
    # What the odd names would match if they were read as patterns.
    names = [*ODD_NAMES, "aXb", "a", "b"]
    for number, name in enumerate(names, start=1):
        put(zone, f"alerts/{DAY}/{name}.parquet", parquet_bytes(rows=number))
        put(zone, f"defects/{DAY}/{name}.csv", csv_of(*[RECORD] * number))
    report = check(zone, work, threads=2)
    assert (report.files_rejected, report.ignored) == (0, [])
    for feed, suffix in (("alerts", "parquet"), ("defects", "csv")):
        counted = {}
        for *_, file, _row in read_feed(work, feed, "recorded_at"):
            counted[file] = counted.get(file, 0) + 1
        # DuckDB takes a backslash in a pattern for a separator: a name with both is not told as it is.
        told = {"a\\*[b": "a_*[b"} if feed == "alerts" else {}
        assert counted == {
            f"{feed}/{DAY}/{told.get(name, name)}.{suffix}": number
            for number, name in enumerate(names, start=1)
        }
    for path, location in index_rows(work, "path, location"):
        if path.endswith(".parquet"):
            ((opened,),) = query("select distinct filename from read_parquet([?])", location)
            assert (len(opened), opened.endswith(path.replace("\\*", "_*"))) == (len(location), True)
            assert not set("*[") & set(location)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
def test_a_name_that_is_not_utf8_is_read_and_written_as_escapes(tmp_path):
    zone, work = tmp_path / "landing", tmp_path / "work"
    folder = os.fsencode(zone / "alerts" / DAY)
    os.makedirs(folder)
    with open(folder + b"/a\xff.parquet", "wb") as stream:
        stream.write(parquet_bytes(rows=2))
    report = check(zone, work)
    assert [item.path for item in report.inputs] == [f"alerts/{DAY}/a\\xff.parquet"]
    assert [row[-2:] for row in read_feed(work, "alerts", "alert_id")] == [
        (f"alerts/{DAY}/a\\xff.parquet", 1),
        (f"alerts/{DAY}/a\\xff.parquet", 2),
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
@pytest.mark.parametrize("name", ["land[i]ng *", "it's", "é ü", "back\\slash"])
def test_a_landing_folder_of_any_name_is_read(name, zone, tmp_path):
    odd = tmp_path / name
    zone.rename(odd)
    put(tmp_path, f"landing x/alerts/{DAY}/a_good.parquet", parquet_bytes())
    work = tmp_path / "work"
    assert_good_files_loaded(check(odd, work), work)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
def test_a_working_folder_that_is_a_pattern_is_refused_where_links_are_needed(zone, tmp_path):
    check(zone, tmp_path / "w[o]rk")
    put(zone, f"alerts/{DAY}/a*.parquet", parquet_bytes())
    with pytest.raises(LandingError, match="Choose another working folder"):
        check(zone, tmp_path / "w[o]rk")


IGNORED = {
    "readme.txt": "not in the folder of a feed",
    "alerts.parquet": "not in the folder of a feed",
    f"unknown/{DAY}/x.csv": "not in the folder of a feed",
    f"Alerts/{DAY}/x.parquet": "not in the folder of a feed",
    "alerts/x.parquet": "not in a date= folder of its feed",
    "alerts/other/x.parquet": "not in a date= folder of its feed",
    "alerts/Date=2026-10-02/x.parquet": "not in a date= folder of its feed",
    "alerts/date=2026-02-30/x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    "alerts/date=2026-1-2/x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    "alerts/date=20261002/x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    "alerts/date=2026-10-02 /x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    "alerts/date=٢٠٢٦-١٠-٠٢/x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    "alerts/date=9999-12-31x/x.parquet": "its folder is not date=YYYY-MM-DD with a day of the calendar",
    f"alerts/{DAY}/deeper/x.parquet": "deeper than its date= folder",
    f"alerts/{DAY}/folder.parquet/x.parquet": "deeper than its date= folder",
    f"alerts/{DAY}/x.csv": "not named <any name>.parquet, which is what the feed takes",
    f"alerts/{DAY}/x.PARQUET": "not named <any name>.parquet, which is what the feed takes",
    f"alerts/{DAY}/x.parquet.tmp": "not named <any name>.parquet, which is what the feed takes",
    f"alerts/{DAY}/.parquet": "not named <any name>.parquet, which is what the feed takes",
    f"defects/{DAY}/x.csv.gz": "not named <any name>.csv, which is what the feed takes",
    f"defects/{DAY}/x.parquet": "not named <any name>.csv, which is what the feed takes",
}


def test_files_elsewhere_are_told_and_not_read(zone, tmp_path):
    for path in IGNORED:
        put(zone, path, CSV if path.endswith("csv") else parquet_bytes())
    report = check(zone, tmp_path / "work")
    assert {item.path: item.why for item in report.ignored} == IGNORED
    assert [item.path for item in report.inputs] == sorted(GOOD)
    assert report.as_of == datetime(2026, 10, 3)
    assert_good_files_loaded(report, tmp_path / "work")
    said = [line for line in report.lines() if "not read" in line]
    assert said[0] == "Warning: Alerts/date=2026-10-02/x.parquet is not read: not in the folder of a feed"
    assert said[-1] == f"Warning: {len(IGNORED) - 10} more files are not read"


def test_links_are_followed_where_a_file_or_a_feed_is_expected_and_lead_round_in_no_circle(zone, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    zone.rename(elsewhere)
    zone.mkdir()
    (zone / "alerts").symlink_to(elsewhere / "alerts")
    (zone / "defects").mkdir()
    (zone / "defects" / DAY).symlink_to(elsewhere / "defects" / DAY)
    (zone / "defects" / EARLIER).mkdir()
    (zone / "defects" / EARLIER / "good.csv").symlink_to(elsewhere / "defects" / EARLIER / "good.csv")
    (zone / "defects" / DAY / "round").symlink_to(zone)
    (zone / "round").symlink_to(zone)
    report = check(zone, tmp_path / "work")
    assert_good_files_loaded(report, tmp_path / "work")
    assert [item.path for item in report.ignored] == [f"defects/{DAY}/round", "round"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("how", ["dangling link", "gone", "changed", "pipe"])
def test_a_file_that_does_not_hold_still_is_rejected_alone(how, kind, zone, tmp_path, monkeypatch):
    feed = "defects" if kind == "csv" else "alerts"
    content = CSV if kind == "csv" else parquet_bytes()
    path = f"{feed}/{DAY}/m_case.{kind}"
    target = put(zone, path, content)
    found = "it is no longer there"
    if how == "dangling link":
        target.unlink()
        target.symlink_to(tmp_path / "nowhere")
    elif how == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no pipes with names")
        target.unlink()
        os.mkfifo(target)
        found = "it is not a regular file"
    elif how == "gone":
        listed = LocalZone.files

        def list_then_lose(self):
            result = listed(self)
            target.unlink()
            return result

        monkeypatch.setattr(LocalZone, "files", list_then_lose)
    else:
        found = "it was changed while it was read"
        read = LocalZone.read_bytes

        def read_then_change(self, file):
            result = read(self, file)
            if file.path == path:
                with open(target, "ab") as stream:
                    stream.write(content)
            return result

        monkeypatch.setattr(LocalZone, "read_bytes", read_then_change)
    assert_rejected(Fault(how, None, "unreadable", found), path, zone, tmp_path / "work")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_may_not_be_read_is_rejected_alone(kind, zone, tmp_path):
    feed = "defects" if kind == "csv" else "alerts"
    path = f"{feed}/{DAY}/m_case.{kind}"
    put(zone, path, CSV if kind == "csv" else parquet_bytes()).chmod(0)
    fault = Fault("", None, "unreadable", "it may not be read: permission denied")
    assert_rejected(fault, path, zone, tmp_path / "work")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_refused_read_is_told_as_permission(kind, zone, tmp_path, monkeypatch):
    feed = "defects" if kind == "csv" else "alerts"
    path = f"{feed}/{DAY}/m_case.{kind}"
    target = put(zone, path, CSV if kind == "csv" else parquet_bytes())
    refuse(monkeypatch, "open", target)
    fault = Fault("", None, "unreadable", "it may not be read: permission denied")
    assert_rejected(fault, path, zone, tmp_path / "work")


def refuse(monkeypatch, function, path):
    """Let `open` or `os.scandir` fail for one path as they do for a user without the right."""
    import builtins

    import car.landing_zone as module

    original = builtins.open if function == "open" else os.scandir

    def refusing(name, *arguments):
        if os.fspath(name) == os.fspath(path):
            raise PermissionError(13, "Permission denied", os.fspath(name))
        return original(name, *arguments)

    if function == "open":
        monkeypatch.setattr(module, "open", refusing, raising=False)
    else:
        monkeypatch.setattr(module.os, "scandir", refusing)


def test_a_folder_that_may_not_be_listed_stops_the_check(zone, tmp_path, monkeypatch):
    refuse(monkeypatch, "scandir", zone / "alerts" / DAY)
    with pytest.raises(LandingError, match=rf"folder alerts/{DAY} .* cannot be listed .* access"):
        check(zone, tmp_path / "work")


def test_a_landing_zone_that_is_not_there_or_empty_is_told(tmp_path):
    with pytest.raises(LandingError, match=r"There is no landing folder .*nowhere.*--landing"):
        check(tmp_path / "nowhere", tmp_path / "work")
    put(tmp_path, "file", CSV)
    with pytest.raises(LandingError, match="is a file, not a landing folder"):
        check(tmp_path / "file", tmp_path / "work")
    empty = tmp_path / "empty"
    (empty / "alerts" / DAY).mkdir(parents=True)
    with pytest.raises(LandingError, match=r"holds no files.*<feed>/date=YYYY-MM-DD/.*car simulate"):
        check(empty, tmp_path / "work")
    put(empty, "alerts/x.parquet", b"")
    with pytest.raises(LandingError, match=r"holds 1 file and none.*alerts/x.parquet: not in a date= folder"):
        check(empty, tmp_path / "work")
    with pytest.raises(LandingError, match="no-such-scheme://bucket/landing holds no files"):
        check("no-such-scheme://bucket/landing", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_zone_behind_a_url_gives_the_same_report(zone, tmp_path, monkeypatch):
    put(zone, f"defects/{DAY}/m.csv", b"\xff")
    put(zone, f"alerts/{DAY}/m.parquet", b"")
    put(zone, f"alerts/{DAY}/[odd].parquet", parquet_bytes(rows=7))
    put(zone, "stray.txt", b"x")
    local = check(zone, tmp_path / "work").to_dict()
    # DuckDB's own file system stands in for a remote one: it is listed and read by the same calls.
    monkeypatch.setattr(landing_module, "open_zone", lambda landing, feeds: RemoteZone(landing, feeds))
    report = check(zone, tmp_path / "remote", threads=2)
    assert report.to_dict() == local
    assert_good_files_loaded(report, tmp_path / "remote")
    assert (
        sum(row[-2].endswith("[odd].parquet") for row in read_feed(tmp_path / "remote", "alerts", "alert_id"))
        == 7
    )
    shutil.rmtree(zone / "alerts")
    gone = RemoteZone(str(zone), FEEDS)
    (file,) = [file for file in gone.files()[0] if file.path == f"defects/{DAY}/m.csv"]
    Path(file.source).unlink()
    with pytest.raises(landing_module.FileUnreadable, match="is no longer there"):
        gone.read_bytes(file)


def test_a_file_url_is_a_folder_of_this_machine(zone, tmp_path):
    zone = zone.rename(tmp_path / "landing zone")
    for url in (f"file://{zone}", f"file://localhost{zone}", zone.as_uri()):
        opened = open_zone(url, FEEDS)
        assert isinstance(opened, LocalZone)
        assert opened.root == str(zone)
    report = check(zone.as_uri(), tmp_path / "work")
    assert_good_files_loaded(report, tmp_path / "work")


# The report and the index ------------------------------------------------------------------------------


def test_the_default_as_of_is_the_day_after_the_newest_folder_that_holds_an_input(tmp_path):
    zone, work = tmp_path / "landing", tmp_path / "work"
    put(zone, "defects/date=2026-02-27/a.csv", CSV)
    (zone / "alerts" / "date=2027-01-01").mkdir(parents=True)
    put(zone, "alerts/date=2027-01-02/readme.txt", b"")
    assert check(zone, work).as_of == datetime(2026, 2, 28)
    put(zone, "alerts/date=2026-12-31/broken.parquet", b"")
    report = check(zone, work)
    assert report.as_of == datetime(2027, 1, 1)
    assert report.to_dict()["as_of"] == "2027-01-01T00:00:00Z"
    put(zone, "defects/date=9999-12-31/a.csv", CSV)
    assert check(zone, work).as_of == datetime(9999, 12, 31, 23, 59, 59)


def test_the_report_counts_every_feed_and_every_file(zone, tmp_path):
    import hashlib

    put(zone, f"parties/{DAY}/p.csv", (",".join(FEEDS["parties"].column_names) + "\n").encode())
    put(zone, f"defects/{DAY}/m.csv", b"\xff")
    put(zone, f"defects/{DAY}/n.csv", csv_of(RECORD + ",x", header=DEFECTS + ",team"))
    told = []
    report = check(zone, tmp_path / "work", progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 7) for done in range(1, 8)]
    found = report.to_dict()
    assert list(found["feeds"]) == list(FEEDS)
    assert found["feeds"]["defects"] == {
        "files_found": 4,
        "files_loaded": 3,
        "files_rejected": 1,
        "rejected": [
            {
                "file": f"defects/{DAY}/m.csv",
                "reason": "not_utf8",
                "found": "line 1 is not UTF-8",
                "expected": "UTF-8 text from the first byte to the last",
            }
        ],
        "records": 4,
        "drift": [{"column": "team", "files": 1}],
        "warnings": [],
    }
    assert found["feeds"]["incidents"]["files_found"] == found["feeds"]["incidents"]["records"] == 0
    for item in found["inputs"]:
        content = (zone / item["path"]).read_bytes()
        assert (item["bytes"], item["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert {item["path"]: item["records"] for item in found["inputs"]} == GOOD | {
        f"parties/{DAY}/p.csv": 0,
        f"defects/{DAY}/m.csv": None,
        f"defects/{DAY}/n.csv": 1,
    }
    assert report.lines()[0].endswith(
        "7 files, 1 rejected, 10 records loaded. Default as-of 2026-10-03T00:00:00Z."
    )
    assert "Drift in defects: column team is not in the contract (1 file)" in report.lines()
    # A feed without records has no file of records in the index.
    assert sorted(path.name for path in (tmp_path / "work" / "landing").iterdir()) == [
        "defects.parquet",
        "files.parquet",
    ]
    assert [name for name, *_ in query(f"describe from '{tmp_path}/work/landing/files.parquet'")] == [
        *["feed", "path", "location", "file_format", "landed_on", "verdict", "reason", "expected"],
        *["record_count", "byte_count", "sha256", "shape", "column_types", "extra_columns"],
    ]
    assert index_rows(tmp_path / "work", "distinct on (path) landed_on")[0] == (date(2026, 10, 2),)


def test_a_name_cannot_break_the_lines_of_the_report(zone, tmp_path):
    put(zone, f"defects/{DAY}/a\nRejected \x1b[31m.csv", b"")
    lines = check(zone, tmp_path / "work").lines()
    (line,) = [line for line in lines if line.startswith("Rejected ")]
    assert r"a\nRejected \u001b[31m.csv" in line


def test_the_same_files_give_the_same_index_on_any_number_of_threads(zone, tmp_path):
    put(zone, f"defects/{DAY}/big.csv", csv_of(*[RECORD] * 25_000))
    put(zone, f"alerts/{DAY}/[x].parquet", damaged_data())
    work = tmp_path / "work"
    contents = []
    for threads in (1, 2, 4, None):
        report = check(zone, work, threads=threads)
        files = {path.name: path.read_bytes() for path in (work / "landing").glob("*.parquet")}
        contents.append((files, report.to_dict()))
    assert contents[1:] == contents[:-1]


def test_a_failed_check_leaves_the_index_in_force(zone, tmp_path, monkeypatch):
    work = tmp_path / "work"
    check(zone, work)
    before = index_rows(work, "path")
    put(zone, f"defects/{DAY}/more.csv", CSV)

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(Index, "_write_records", fail)
        check(zone, work)
    assert index_rows(work, "path") == before
    assert [path.name for path in work.iterdir()] == ["landing"]
    # Stopped between the two renames: the next check starts from the index that was in force.
    (work / "landing").rename(work / ".landing.old")
    (work / ".landing.new").mkdir()
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(Index, "_write_records", fail)
        check(zone, work)
    assert index_rows(work, "path") == before
    check(zone, work)
    assert len(index_rows(work, "path")) == len(before) + 1


def test_an_interrupted_check_stops_at_once_and_cleans_up(zone, tmp_path, monkeypatch):
    for number in range(100):
        put(zone, f"defects/{DAY}/{number}.csv", CSV)
    read, started = LocalZone.read_bytes, []

    def read_slowly(self, file):
        started.append(file)
        time.sleep(0.05)
        return read(self, file)

    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalZone, "read_bytes", read_slowly)
    with pytest.raises(KeyboardInterrupt):
        check(zone, tmp_path / "work", progress=interrupt, threads=1)
    assert 0 < len(started) < 60
    assert list((tmp_path / "work").iterdir()) == []


def test_the_limit_of_the_csv_module_is_put_back(zone, tmp_path):
    import csv

    before = csv.field_size_limit()
    check(zone, tmp_path / "work")
    assert csv.field_size_limit() == before != MAXIMUM_FIELD_CHARACTERS


# The contract ------------------------------------------------------------------------------------------


def test_the_contract_describes_every_feed():
    assert len(FEEDS) == 15
    assert [name for name, feed in FEEDS.items() if feed.is_full_list] == ["parties", "central_products_list"]
    for feed in FEEDS.values():
        assert feed.description.startswith("Grain: one row per ")
        assert feed.column(feed.latest_by).required
        optional = {"csp_region"} if feed.name in ("provider_measures", "commentary") else set()
        assert {name for name in feed.key if not feed.column(name).required} == optional
        if feed.file_format == "csv":
            assert {column.name for column in feed.columns if column.required} == {
                *feed.key,
                feed.latest_by,
            } - optional
        for column in feed.columns:
            assert column.description.endswith(".")
            assert column.is_non_negative == column.name.endswith(
                ("_ms", "_count", "numerator", "denominator")
            )
            assert ("SMETS1" in column.values) == (
                column.name == "smets_version" or (column.name == "csp_region" and feed.file_format == "csv")
            )
    with pytest.raises(KeyError):
        FEEDS["alerts"].column("Alert_ID")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("- name: defect_id", "- name: defect"), "no column defect_id, which its key or latest_by names"),
        (("format: device_id", "format: eui64"), "unknown format eui64 of device_id"),
        (("data_type: boolean", "data_type: double"), "data_type double of suppressed is of no family"),
        (("values: [Success, Failure]", "minimum: 1"), "device_execution_status: values belong to format"),
        (("file_format: csv", "file_format: tsv"), "file_format tsv"),
        (("- name: model", "- name: manufacturer"), "column manufacturer twice"),
        (("            data_type: varchar\n", ""), "'data_type' is missing"),
        (("sources:", "sources: ["), "is not YAML"),
        (None, "is it the dbt project?"),
    ],
)
def test_a_contract_with_a_fault_is_refused(change, message, tmp_path):
    text = (Path(landing_module.__file__).parents[2] / "models/staging/_landing__sources.yml").read_text()
    if change:
        assert change[0] in text
        put(tmp_path, "models/staging/_landing__sources.yml", text.replace(*change).encode())
    with pytest.raises(ContractError) as error:
        load_contract(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("duckdb_type", "family"),
    [
        ("VARCHAR", "text"),
        ("enum('a', 'b')", "text"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"),
        ("TIMESTAMP_MS", "timestamp"),
        ("uhugeint", "integer"),
        ("DECIMAL(38,6)", "decimal"),
        ('"NULL"', "untyped"),
        ("DATE[]", "other"),
        ("STRUCT(a VARCHAR)", "other"),
        ("TIME", "other"),
        ("DOUBLE", "other"),
        ("UUID", "other"),
    ],
)
def test_types_belong_to_families(duckdb_type, family):
    assert family_of(duckdb_type) == family


def test_small_helpers():
    assert as_date("2026-02-28") == date(2026, 2, 28)
    assert [
        as_date(text) for text in ("2026-02-29", "2026-2-28", "20260228", "2026-W01-1", "", "0000-01-01")
    ] == [None] * 6
    assert glob_literal("a[b]*?") == "a[[]b][*][?]"
    assert wildcard("a[b]*?\\") == "a?b]??\\"
