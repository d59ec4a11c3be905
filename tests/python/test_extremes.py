"""No row that a feed can hold stops the month: each date, instant and number of each feed at its extremes.

One landing zone holds, for each such column, a record for each extreme, whole and good otherwise; and records
in which many of these columns stand at extremes at once. A month is run on it, with all data tests.
"""

import random
import re
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from conftest import MONTH
from landing_files import DAY, FEEDS, csv_bytes, parquet_of, put

from car.console import Reporter
from car.month import Job, run_month
from car.quality.assess import assess
from car.workspace import Machine

# One month for all of them, or attacks by the thousand: CI runs the file by turns.
pytestmark = pytest.mark.long(together=True, minutes=True)

# In the month, before the as-of instant.
AT, ON = datetime(2026, 10, 10, 10), date(2026, 10, 10)
PARTIES = [("ALPHA", role) for role in ("IS", "ES", "GS", "RSA", "OU")] + [("NET", "ED"), ("BETA", "IS")]
MIXED = 250
"""Records per feed in which every extreme is drawn by lot."""
CROWD = 45_000

INSTANTS = [
    "0001-01-01 00:00:00",
    "1582-10-04 23:59:59.999999",
    "1582-10-15 00:00:00",
    "1677-09-21 00:12:43.145224",
    "1969-12-31 23:59:59.999999",
    "2026-09-30 23:59:59.999999",
    "2026-10-01 00:00:00",
    "2026-10-31 23:59:59.999999",
    "2026-11-01 00:00:00",
    "2262-04-11 23:47:16.854776",
    "9999-12-30 23:59:59.999999",
    "9999-12-31 00:00:00",
    "9999-12-31 23:59:59.999999",
]
DATES = ["0001-01-01", "1582-10-15", "1677-09-21", "2026-10-31", "2026-11-01", "2262-04-12", "9999-12-30"]
DATES += ["9999-12-31"]
BAD_INSTANTS = {
    "csv": ["0000-12-30 10:00:00", "10000-01-01 00:00:00", "0000-01-01T00:00:00"],
    "parquet": [
        "290309-12-22 (BC) 00:00:00",
        "0001-12-30 (BC) 10:00:00",
        "10000-01-01 00:00:00",
        "294247-01-10 04:00:54.775806",
        "infinity",
        "-infinity",
    ],
}
BAD_DATES = {
    "csv": ["0000-12-30", "10000-01-01"],
    "parquet": [
        "5877642-06-25 (BC)",
        "0001-12-30 (BC)",
        "10000-01-01",
        "5881580-07-10",
        "infinity",
        "-infinity",
    ],
}
RANGES = {"tinyint": 7, "bigint": 63}


def extremes(feed, column):
    """The extremes of a column that are good, and those that are not in its type, as text."""
    if column.format == "instant":
        return INSTANTS, BAD_INSTANTS[feed.file_format]
    if column.format == "date":
        return DATES, BAD_DATES[feed.file_format]
    if column.format == "month":
        return ["0001-01", "1582-10", "9999-12"], ["2026-00", "2026-13"]
    if column.minimum is not None:
        return [str(column.minimum), str(column.maximum)], [str(column.minimum - 1), str(column.maximum + 1)]
    if column.format == "whole_number":
        bits = RANGES[column.data_type]
        good = [-(2**bits), -1, 0, 1, 2 ** (bits // 2), 2**bits - 1]
        bad = [-(2**bits) - 1, 2**bits]
        # No type of a Parquet file holds less than the least of 64 bits.
        bad = bad[1:] if feed.file_format == "parquet" and bits == 63 else bad
        return [str(number) for number in good], [str(number) for number in bad]
    if column.format == "decimal_number":
        greatest = "9" * 28 + "." + "9" * 10
        return [f"-{greatest}", "-0.0000000001", "0", greatest], ["1" + "0" * 28, "1" + "0" * 60]
    return [], []


def good_record(feed, key):
    """A record with a value in each column, as text, whose instants and dates are all the same."""
    record = {}
    for column in feed.columns:
        record[column.name] = {
            "instant": str(AT),
            "date": str(ON),
            "month": MONTH,
            "whole_number": "1",
            "decimal_number": "1",
            "boolean": "true",
            "party_id": "ALPHA",
            "role": "IS",
            "device_id": device(key),
            "mpxn": str(1_000_000_000_000 + key),
            "mpan": str(1_000_000_000_000 + key),
            "srv": SRVS[key % len(SRVS)],
            "alert_code": ALERT_CODES[key % len(ALERT_CODES)],
        }.get(column.format, column.values[0] if column.values else f"{column.name} {key}")
    if feed.is_full_list:
        # The list that holds; extremes of its day are older, or behind the as-of instant.
        record[feed.latest_by] = "2026-11-05"
    if feed.name == "device_inventory":
        record["device_status"], record["device_type"] = "Commissioned", ("ESME", "CHF", "GSME")[key % 3]
    if feed.name == "parties":
        record["party_id"] = f"P{key}"
    if "network_operator_party_id" in record:
        record["network_operator_party_id"] = "NET"
    if "report_status_id" in record:
        record["report_status_id"] = str(STATUSES[key % len(STATUSES)])
    if feed.name == "alerts" and key % 3 == 0:
        record["destination_party_id"], record["destination_role"] = "NET", "ED"
    return record


SRVS = ["8.14.1", "8.14.2", "4.1.1", "8.1.1", "6.23", "11.1", "6.21", "1.1.1", "7.1"]
ALERT_CODES = ["AD1", "8F35", "8F36", "N16", "N42", "N13", "8002"]
STATUSES = [2, 7, 8, 10, 13]


def device(key):
    return f"00-DB-95-00-00-{key // 65536 % 256:02X}-{key // 256 % 256:02X}-{key % 256:02X}"


def records_of(feed, lot):
    """(record, column at an extreme or None, whether its value is one of the column's) of a feed."""
    key = 0
    columns = {column.name: extremes(feed, column) for column in feed.columns}
    for name, values in columns.items():
        for is_good, some in zip((True, False), values, strict=True):
            for value in some:
                key += 1
                yield {**good_record(feed, key), name: value}, name, is_good
    for _ in range(MIXED):
        key += 1
        record = good_record(feed, key)
        for name, (good, _bad) in columns.items():
            if good and name != feed.latest_by and lot.random() < 0.5:
                record[name] = lot.choice(drawn_from(feed.column(name), good))
            elif not feed.column(name).required and lot.random() < 0.2:
                record[name] = None
        yield record, None, True


def drawn_from(column, good):
    """The extremes of which a record that is at many of them draws: so that most of them are accepted."""
    if column.name == "report_status_id":
        return ["1", "37"]
    if column.format in ("instant", "date"):
        middle = next(place for place, value in enumerate(good) if value.startswith("2026-10-31"))
        return good[middle:] if LATE.search(column.name) else good[: middle + 1]
    return [value for value in good if not value.startswith("-")]


LATE = re.compile("ended|delivered|acknowledged|activated|resolved|closed|expires|_to$")


def file_of(feed, records):
    if feed.file_format == "csv":
        return csv_bytes(feed.name, [{k: v or "" for k, v in record.items()} for record in records])
    whole = "ubigint" if is_wide(feed, records[0]) else "bigint"
    types = {
        column.name: whole if column.family == "integer" else column.data_type for column in feed.columns
    }
    rows = [
        ", ".join(
            "null" if value is None else f"cast('{value}' as {types[name]})" for name, value in record.items()
        )
        for record in records
    ]
    return parquet_of(f"select * from (values ({'), ('.join(rows)})) as t({', '.join(types)})")


def crowd(feed, last):
    """So many records that take thousands of years that the sum of their times outgrows 64 bits."""
    record = {**good_record(feed, 1), "device_id": None, "mpxn": None, last: "9999-12-31 00:00:00"}
    record |= {"report_status_id": "7", "execution_at": None, "suppressed": "false", "sla_exclusion_ms": None}
    columns = {
        column.name: "null" if record[column.name] is None else f"'{record[column.name]}'"
        for column in feed.columns
    }
    first = "started_at" if "started_at" in columns else "raised_at"
    columns[feed.key[0]] = "'crowd ' || range"
    # Not all at once: such alerts would be those of a storm.
    columns[first] = f"timestamp '{MONTH}-01' + to_seconds(range * 50)"
    types = {column.name: column.data_type for column in feed.columns}
    selected = ", ".join(f"cast({sql} as {types[name]}) as {name}" for name, sql in columns.items())
    return parquet_of(f"select {selected} from range({CROWD})")


def is_wide(feed, record):
    """Whether a whole number of the record is beyond the contract's widest type: it gets another file."""
    whole = [column.name for column in feed.columns if column.family == "integer"]
    return any(int(record[name]) > 2**63 - 1 for name in whole if record[name] is not None)


def land(landing):
    """Write the landing zone; gives the cases of each file, in its order."""
    lot = random.Random(2)
    cases = {}
    for feed in FEEDS.values():
        made = list(records_of(feed, lot))
        wide = [case for case in made if feed.file_format == "parquet" and is_wide(feed, case[0])]
        for name, some in (("all", [case for case in made if case not in wide]), ("wide", wide)):
            if some:
                path = f"{feed.name}/{DAY}/{name}.{feed.file_format}"
                put(landing, path, file_of(feed, [case[0] for case in some]))
                cases[path] = some
    for feed, last in (("alerts", "delivered_at"), ("service_requests", "ended_at")):
        put(landing, f"{feed}/{DAY}/crowd.parquet", crowd(FEEDS[feed], last))
    parties = FEEDS["parties"]
    open_ended = {**good_record(parties, 0), "active_from": None, "active_to": None}
    register = [{**open_ended, "party_id": party, "role": role} for party, role in PARTIES]
    put(landing, f"parties/{DAY}/register.csv", file_of(parties, register))
    return cases


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extremes")
    cases = land(folder / "landing")
    job = Job(
        str(folder / "landing"),
        folder / "out",
        MONTH,
        Machine(threads=2, memory_limit="1GiB"),
        as_of=datetime(2026, 11, 6),
        with_history=False,
        reports_of=0,
        # Half of the rows are refused.
        force=True,
        with_industry=False,
    )
    facts = run_month(job, Reporter())
    facts["quality"] = assess(job.out, MONTH, job.machine, Reporter())
    with duckdb.connect(str(folder / "out" / ".car" / "warehouse.duckdb"), read_only=True) as warehouse:
        yield cases, facts, warehouse


@pytest.mark.long(by="month")
def test_a_row_at_the_extremes_of_a_type_stops_no_month(month):
    cases, facts, warehouse = month
    assert facts["release"]
    assert facts["quality"]["expectations"] > 100
    crowds = "select sum(round_trip_time_ms), sum(delivery_time_ms) from core.fct_service_requests_coded"
    crowds += " full join core.fct_alerts_coded on transaction_id = alert_id"
    assert min(warehouse.execute(crowds).fetchone()) > 2**63
    assert len(cases) > len(FEEDS)
    for path, some in cases.items():
        found = warehouse.execute(
            f"select outcome, reasons from staging.stg_{path.split('/')[0]}__landed"
            " where landed_file = ? order by landed_row",
            [path],
        ).fetchall()
        for (record, column, is_good), (_, reasons) in zip(some, found, strict=True):
            if not is_good:
                assert "bad_format" in (reasons or ()), (path, column, record[column])
            else:
                assert "bad_format" not in (reasons or ()), (path, column, record)
        # The extremes come far enough to do harm.
        mixed = [outcome for (_, column, _), (outcome, _) in zip(some, found, strict=True) if column is None]
        assert mixed.count("accepted") >= len(mixed) // 2, path


@pytest.mark.long(by="month")
def test_what_is_published_of_extremes_lies_in_the_years_1_to_9999(month):
    _, facts, _ = month
    published = sorted(Path(facts["release"]).rglob("*.csv"))
    assert len(published) > 20
    for file in published:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\b0000-|\b\d{5,}-\d\d-\d\d|\(BC\)|infinity", text), file.name
