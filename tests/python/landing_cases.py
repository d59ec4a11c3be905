"""The landing cases: every fault, oddity and doubt of a file or a record, with the verdict of
docs/landing.md, "What bad input gets".

A case is named by its number in the project's list of landing faults (L01 to L74) where it stands there. That
list was written before the contract and expects another verdict here and there. The contract decides:

- A file with a record that is not whole (L12 to L14, L23, L33, L53), or with a fault of quoting, is rejected,
  not that record alone. Nothing is normalised, trimmed or guessed (L09, L28, L43, L45).
- Line breaks in quotes (L18) are RFC 4180 and are loaded. A file that is still growing (L55), or gone (L74),
  is rejected in this run; the next one looks at it again.
- Repeats (L56, L58 to L61) are decided by the key rule: the last state holds, the others are superseded.
- Years (L49) have no limits but the as-of instant and what a type holds; an instant without a zone (L44, L50)
  is UTC.
- A Device, meter point or code that nobody knows (L64, L68 to L70) is not bad input.
- Archives (L52, L54) are no inputs, so nothing is ever unpacked.

What has no case at all stands in `DOES_NOT_APPLY`, with the reason.
"""

import gzip
from dataclasses import dataclass, field, replace

from landing_files import (
    CSV,
    DAY,
    DEFECTS,
    EARLIER,
    FEEDS,
    PRIVATE,
    RECORD,
    csv_bytes,
    csv_of,
    parquet_bytes,
    record,
)

from car.landing.csv_files import MAXIMUM_FIELD_CHARACTERS

DOES_NOT_APPLY = {
    "L34": "the contract has no trailer, so no control total can disagree; a trailer itself is L33",
    "L62": "increments carry no number by which one could be missed; a feed that falls silent or short is"
    " told by the warnings about arrivals (stg_landing_arrivals)",
}


@dataclass
class Fault:
    """A file that is rejected, alone."""

    id: str
    content: object
    """Bytes, or a function that gives them."""
    reason: str
    found: str
    feed: str = "defects"


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
    Fault("L52 gzip cut off", gzip.compress(CSV, mtime=0)[:-10], "not_utf8", "line 1 is not UTF-8"),
    Fault("L53 gzip", gzip.compress(CSV, mtime=0), "not_utf8", "line 1 is not UTF-8"),
    Fault("L53 zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xfa\xfb", "not_utf8", "line 1 is not UTF-8"),
    Fault(
        "Parquet named .csv",
        lambda: parquet_bytes("defects"),
        "not_utf8",
        "line 1 is not UTF-8",
    ),
]


@dataclass
class Accepted:
    """A CSV file of the feed defects that is loaded as it is."""

    id: str
    content: object
    titles: list
    """The column `title` of the records, as they must arrive."""
    warnings: list = field(default_factory=list)
    drift: dict = field(default_factory=dict)
    name: str = "m_case"


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
    Accepted("L73 a name with a line break", titled("a"), ["a"], name="m\ncase"),
    Accepted("L73 a name of 240 characters", titled("a"), ["a"], name="m" * 240),
    Accepted("L73 a name that would climb", titled("a"), ["a"], name="..\\..\\%2e%2e"),
    Accepted("empty in quotes", titled('""'), [None]),
    Accepted("commas in quotes", titled('"1,980"', '","'), ["1,980", ","]),
    Accepted(
        "L36 to L49 values stay text",
        titled("980.6", "9.8E2", "-5", "NaN", "31/02/2026", "24:00:00", "NULL", "007", "1e400"),
        ["980.6", "9.8E2", "-5", "NaN", "31/02/2026", "24:00:00", "NULL", "007", "1e400"],
    ),
    Accepted("more than one batch", lambda: titled(*map(str, range(25_001))), list(map(str, range(25_001)))),
]


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
    replace(fault, id=f"{fault.id} (Parquet)", feed="alerts")
    for fault in [
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
        replace(wrong("raised_at", "1760000000::bigint", "BIGINT"), id="L46 epoch seconds"),
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
]


@dataclass
class Typed:
    """A Parquet file of the feed alerts whose column has a type that the contract takes."""

    id: str
    changes: dict
    column: str
    duckdb_type: str
    drift: dict = field(default_factory=dict)


PARQUET_ACCEPTED = [
    Typed(
        "L45 instants with an offset",
        {"raised_at": "timestamptz '2026-10-01 11:00:00+01'"},
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


# What lies beside the inputs, and what does not hold still ------------------------------------------------


@dataclass
class NotAnInput:
    """A file that is no input: told, and never opened."""

    id: str
    path: str
    why: str
    content: bytes = b"PK\x03\x04"


NOT_INPUTS = [
    NotAnInput(
        "L52 a truncated archive",
        f"defects/{DAY}/m_case.csv.gz",
        "not named <any name>.csv, which is what the feed takes",
        gzip.compress(CSV, mtime=0)[:-10],
    ),
    NotAnInput(
        "L54 an archive that would fill the disk",
        f"alerts/{DAY}/m_case.parquet.zip",
        "not named <any name>.parquet, which is what the feed takes",
    ),
    NotAnInput(
        "L55 a file under the name of an upload",
        f"alerts/{DAY}/m_case.parquet.part",
        "not named <any name>.parquet, which is what the feed takes",
    ),
]


@dataclass
class Disturbed:
    """A good file to which something happens before or while it is read: rejected, alone."""

    id: str
    feed: str
    how: str
    found: str


DISTURBED = [
    Disturbed(f"{name} ({FEEDS[feed].file_format})", feed, how, found)
    for name, how, found in [
        ("L55 still growing", "changed", "it was changed while it was read"),
        ("L73 a link that leads nowhere", "dangling link", "it is no longer there"),
        ("L74 vanishes behind the listing", "gone", "it is no longer there"),
        ("L74 may not be read", "refused", "it may not be read: permission denied"),
        ("L74 no file but a pipe", "pipe", "it is not a regular file"),
    ]
    for feed in ("defects", "alerts")
]


# Records --------------------------------------------------------------------------------------------------


@dataclass
class Judged:
    """Files of good form: what becomes of each of their records."""

    id: str
    feed: str
    files: list
    """Per file its records, each with the columns that differ from a good record: in a CSV feed as text, in a
    Parquet feed as SQL."""
    outcomes: list
    """Per file what becomes of each record: `A` accepted, `S` superseded, `L` recorded after the as-of
    instant, or the reasons for which it is quarantined."""
    values: dict = field(default_factory=dict)
    """Column of the staging model to its values, record by record, where the case is about them."""
    shown: tuple = ()
    """A query of the warehouse and the rows that it must give, where the case is about what follows."""
    days: tuple = (DAY, EARLIER)
    """The landing days of the files, in turn."""
    contents: tuple = ()
    """The bytes of the files, where the case is not made of records."""
    warnings: list = field(default_factory=list)


def one(id, feed, *reasons, **changes):
    """One record, quarantined for these reasons."""
    return Judged(id, feed, [[changes]], [[list(reasons)]])


def kept(id, feed, values=None, **changes):
    """One record, accepted."""
    return Judged(id, feed, [[changes]], [["A"]], {name: [value] for name, value in (values or {}).items()})


def seen(id, device, column, at, mpxn="null"):
    """Requests about one Device or meter point at some instants, and what their facts say in a column."""
    prefix = id.replace("'", "")
    rows = [
        {
            "transaction_id": f"'{prefix} {number}'",
            "device_id": device,
            "mpxn": mpxn,
            "started_at": f"timestamp '{instant}'",
            "ended_at": "null",
        }
        for number, instant in enumerate(at)
    ]
    query = f"select {column} from core.fct_service_requests where starts_with(transaction_id, '{prefix}')"
    shown = (query + " order by started_at", [(value,) for value in at.values()])
    return Judged(id, "service_requests", [rows], [["A"] * len(rows)], shown=shown)


CYRILLIC_A = "\u0410"
HUB, METER, NEVER_SEEN, GONE, NOWHERE, NOWHERE_MODEL, CHECKED, POSTED, RISKY = (
    f"'00-DB-12-34-00-00-00-{number:02X}'" for number in range(1, 10)
)

JUDGED = [
    one(
        "L10 the header again",
        "defects",
        "bad_format",
        **{name: name for name in FEEDS["defects"].column_names},
    ),
    Judged(
        "L15 a date cut inside, in the last record",
        "defects",
        [],
        [["A", ["bad_format"]]],
        contents=(csv_of(RECORD.replace("D1", "L15-1"), RECORD.replace("D1", "L15-2") + "2026-1")[:-1],),
        warnings=["does not end with a line break: its last value could be cut off"],
    ),
    Judged(
        "L15 an instant cut to a date, in the last record",
        "service_outages",
        [],
        [["A", ["bad_format"]]],
        contents=(
            csv_bytes(
                "service_outages",
                [
                    record("service_outages", 1, outage_id="L15-3", ended_at="2026-10-01 12:00:00"),
                    record("service_outages", 2, outage_id="L15-4", ended_at="2026-10-01"),
                ],
                last="ended_at",
            )[:-1],
        ),
        warnings=["does not end with a line break: its last value could be cut off"],
    ),
    one("L18 a line break in a code", "incidents", "bad_format", smets_version="SMETS\n2"),
    kept("L18 a line break in a text", "incidents", {"title": "two\nlines"}, title="two\nlines"),
    one("L19 a stray quote in a number", "defects", "bad_format", severity='2"'),
    one("L25 a NUL in a code", "alerts", "bad_format", alert_code="'AD1' || chr(0)"),
    one("L26 a zero-width space in a Device ID", "alerts", "bad_format", device_id=f"{METER} || chr(8203)"),
    one(
        "L26 a no-break space in a party", "alerts", "bad_format", destination_party_id="'ALPHA' || chr(160)"
    ),
    one(
        "L27 a Cyrillic letter in a party", "alerts", "bad_format", destination_party_id=f"'{CYRILLIC_A}LPHA'"
    ),
    one("L27 a party that nobody knows", "alerts", "unknown_party", destination_party_id="'ALPHB'"),
    one("L28 spaces around a code", "incidents", "bad_format", csp_region=" North"),
    kept("L28 spaces around a text", "incidents", {"title": " a "}, title=" a "),
    one("L29 nothing but commas", "throttling_events", "missing_required", recorded_at="", event_id=""),
    one("L36 text in a number", "defects", "bad_format", severity="high"),
    one("L37 a fraction in a whole number", "throttling_events", "bad_format", dropped_count="980.6"),
    one("L38 an exponent", "throttling_events", "bad_format", dropped_count="9.8E2"),
    one("L39 a comma for thousands", "throttling_events", "bad_format", dropped_count="1,980"),
    one("L40 a negative count", "throttling_events", "negative_value", dropped_count="-1"),
    one("L40 a negative duration", "service_requests", "negative_value", southbound_ms="-1"),
    one(
        "L41 more than the type holds", "throttling_events", "bad_format", dropped_count="9223372036854775808"
    ),
    one("L41 more than the type holds (Parquet)", "service_requests", "bad_format", mode_of_operation="300"),
    one("L41 infinity", "provider_measures", "bad_format", numerator="inf"),
    one("L41 not a number", "provider_measures", "bad_format", numerator="NaN"),
    one("L42 31 February", "defects", "bad_format", released_on="2026-02-31"),
    one("L43 the day first", "defects", "bad_format", released_on="03/04/2026"),
    kept(
        "L44 an instant without zone is UTC",
        "service_outages",
        {"started_at": "2026-07-01 10:00:00"},
        started_at="2026-07-01T10:00:00",
    ),
    one("L45 an offset", "service_outages", "bad_format", started_at="2026-10-01T10:00:00+01:00"),
    one("L45 a Z", "service_outages", "bad_format", started_at="2026-10-01T10:00:00Z"),
    kept(
        "L45 an offset (Parquet)",
        "power_outage_timings",
        {"event_at": "2026-10-01 10:00:00"},
        event_at="timestamptz '2026-10-01 11:00:00+01'",
    ),
    one("L46 seconds since 1970", "service_outages", "bad_format", started_at="1790848800"),
    one("L47 24:00:00", "service_outages", "bad_format", started_at="2026-10-01 24:00:00"),
    one("L48 a leap second", "service_outages", "bad_format", started_at="2026-10-01 23:59:60"),
    kept("L49 the year 9999", "defects", {"released_on": "9999-12-31"}, released_on="9999-12-31"),
    kept("L49 the year 1900", "defects", {"released_on": "1900-01-01"}, released_on="1900-01-01"),
    one("L49 the year 10000", "defects", "bad_format", released_on="10000-01-01"),
    one("L49 infinity (Parquet)", "power_outage_timings", "bad_format", event_at="timestamp 'infinity'"),
    Judged(
        "L49 recorded after the as-of instant", "defects", [[{"recorded_at": "2026-11-06 00:00:00"}]], [["L"]]
    ),
    Judged(
        "L50 the hour that the local clock shows twice",
        "service_outages",
        [[{"started_at": "2026-10-25 01:30:00"}, {"started_at": "2026-10-25 01:30:00"}]],
        [["A", "A"]],
        {"started_at": ["2026-10-25 01:30:00", "2026-10-25 01:30:00"]},
    ),
    one(
        "L51 ends before it starts",
        "service_outages",
        "ends_before_starts",
        started_at="2026-10-01 10:00:00",
        ended_at="2026-10-01 09:59:59.999999",
    ),
    Judged(
        "L56 the same file under another name",
        "defects",
        [],
        [["A", "A"], ["S", "S"]],
        days=(DAY,),
        contents=(csv_of(RECORD.replace("D1", "L56-1"), RECORD.replace("D1", "L56-2")),) * 2,
    ),
    Judged(
        "L57 other content under the same name, another day",
        "incidents",
        [[{"incident_id": "L57-1"}], [{"incident_id": "L57-2"}]],
        [["A"], ["A"]],
    ),
    Judged(
        "L58 sent again with more",
        "incidents",
        [
            [{"incident_id": "L58-1"}, {"incident_id": "L58-2"}],
            [{"incident_id": "L58-1"}, {"incident_id": "L58-2"}, {"incident_id": "L58-3"}],
        ],
        [["A", "A"], ["S", "S", "A"]],
        days=(EARLIER, DAY),
    ),
    Judged(
        "L59 the same record twice",
        "service_requests",
        [[{"transaction_id": "'L59'"}, {"transaction_id": "'L59'"}]],
        [["A", "S"]],
    ),
    Judged(
        "L60 a later state of the same request",
        "service_requests",
        [
            [{"transaction_id": "'L60'", "recorded_at": "timestamp '2026-10-02'", "report_status_id": "2"}],
            [{"transaction_id": "'L60'", "recorded_at": "timestamp '2026-10-01'", "report_status_id": "1"}],
        ],
        [["A"], ["S"]],
    ),
    Judged(
        "L61 two states of one instant: the greater holds",
        "service_requests",
        [
            [
                {"transaction_id": "'L61'", "response_code": "'E21'"},
                {"transaction_id": "'L61'", "response_code": "'I0'"},
                {"transaction_id": "'L61'", "response_code": "null"},
            ]
        ],
        [["S", "A", "S"]],
    ),
    Judged(
        "L63 increments out of order",
        "device_inventory",
        [
            [{"device_id": METER, "effective_at": "timestamp '2026-09-20'", "firmware_version": "'2'"}],
            [{"device_id": METER, "effective_at": "timestamp '2026-09-10'", "firmware_version": "'1'"}],
        ],
        [["A"], ["A"]],
        days=(EARLIER, DAY),
    ),
    seen(
        "L63 and L68 what requests see of them, the first before all",
        METER,
        "device_firmware_version",
        {
            "2026-09-09 23:59:59.999999": "Unknown",
            "2026-09-19 23:59:59.999999": "1",
            "2026-09-20 00:00:00": "2",
        },
    ),
    kept(
        "L64 a change of a Device never seen",
        "device_inventory",
        device_id=NEVER_SEEN,
        device_status="'Suspended'",
    ),
    kept("L64 a removal of a Device never seen", "device_inventory", device_id=HUB, operation="'remove'"),
    Judged(
        "L65 a removal, and behind it an older state",
        "device_inventory",
        [
            [{"device_id": GONE, "effective_at": "timestamp '2026-09-20'", "operation": "'remove'"}],
            [{"device_id": GONE, "effective_at": "timestamp '2026-09-10'"}],
        ],
        [["A"], ["A"]],
        days=(EARLIER, DAY),
    ),
    seen(
        "L65 what requests see of it",
        GONE,
        "device_type",
        {
            "2026-09-19 23:59:59.999999": "ESME",
            "2026-09-20 00:00:00": "Unknown",
            "2026-10-05 00:00:00": "Unknown",
        },
    ),
    Judged(
        "L66 periods of supply that overlap: the later takes over",
        "registrations",
        [
            [
                {
                    "mpxn": "'900066'",
                    "effective_from": "date '2026-01-01'",
                    "effective_to": "date '2026-12-31'",
                },
                {
                    "mpxn": "'900066'",
                    "effective_from": "date '2026-10-10'",
                    "supplier_party_id": "'BETA'",
                },
            ]
        ],
        [["A", "A"]],
    ),
    seen(
        "L67 the instant of a change of supplier is the gaining one's",
        "null",
        "gas_supplier_party_id",
        {"2026-10-09 23:59:59.999999": "ALPHA", "2026-10-10 00:00:00": "BETA", "2026-12-30 00:00:00": "BETA"},
        mpxn="'900066'",
    ),
    seen(
        "L68 a Device that the inventory does not know",
        NOWHERE,
        "device_type",
        {"2026-10-05 00:00:00": "Unknown"},
    ),
    kept(
        "L69 an unknown SRV and response code",
        "service_requests",
        {"srv": "99.9", "response_code": "X?"},
        srv="'99.9'",
        response_code="'X?'",
    ),
    kept("L69 an unknown alert code", "alerts", {"alert_code": "FFFF"}, alert_code="'FFFF'"),
    kept("L69 an unknown model", "device_inventory", {"model": "?"}, device_id=NOWHERE_MODEL, model="'?'"),
    kept(
        "L70 an SRV that the role may not send",
        "service_requests",
        srv="'8.14.1'",
        originator_role="'ED'",
        originator_party_id="'NET'",
    ),
    Judged(
        "L71 a check digit that does not hold",
        "device_inventory",
        [[{"device_id": CHECKED, "export_mpan": "'1000000000001'"}]],
        [["A"]],
        shown=(
            "select row_count from staging.stg_landing_warnings"
            " where feed = 'device_inventory' and warning = 'export_mpan_check_digit'",
            [(1,)],
        ),
    ),
    one("L71 an MPRN of five digits", "registrations", "bad_format", mpxn="'12345'"),
    one("L71 an MPAN of twelve digits", "registrations", "bad_format", mpxn="'123456789012'"),
    one(
        "L71 an export meter point of ten digits",
        "device_inventory",
        "bad_format",
        export_mpan="'1234567890'",
    ),
    one("L71 a Device ID in lower case", "alerts", "bad_format", device_id="'00-db-12-34-00-00-00-01'"),
    one("L71 a Device ID without hyphens", "alerts", "bad_format", device_id="'00DB123400000001'"),
    kept(
        "L71 a postcode of no form", "device_inventory", {"postcode": "?"}, device_id=POSTED, postcode="'?'"
    ),
    kept(
        "L72 text that a spreadsheet would run",
        "device_inventory",
        {"manufacturer": "=1+1", "model": "\t@x"},
        device_id=RISKY,
        manufacturer="'=1+1'",
        model="chr(9) || '@x'",
    ),
    one(
        "several reasons at once",
        "service_requests",
        "bad_format",
        "missing_required",
        "negative_value",
        srv="'x'",
        transaction_id="''",
        southbound_ms="-1",
    ),
]

CASES = [*CSV_FAULTS, *CSV_ACCEPTED, *PARQUET_FAULTS, *PARQUET_ACCEPTED, *NOT_INPUTS, *DISTURBED, *JUDGED]
