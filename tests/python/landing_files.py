"""Landing files and zones for the tests: made here, and read back as dbt reads them."""

import builtins
import csv
import io
import os
import tempfile
from functools import cache
from pathlib import Path

import duckdb

from car.landing import zone as landing_zone
from car.landing.contract import load_contract

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


def put_good_files(folder):
    """Good files: in the same folder as a case, in its feed, and in another feed."""
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


# What a record has where a case says nothing else: text in a CSV feed, SQL in a Parquet feed; null where
# nothing stands here. Keys are made up per record.
INSTANT, LATER = "timestamp '2026-10-01 10:00:00'", "timestamp '2026-10-01 10:00:05'"
GOOD_RECORDS = {
    "service_requests": {
        "recorded_at": LATER,
        "srv": "'4.1.1'",
        "command_variant": "1",
        "mode_of_operation": "2",
        "originator_party_id": "'ALPHA'",
        "originator_role": "'IS'",
        "report_status_id": "2",
        "response_code": "'I0'",
        "started_at": INSTANT,
    },
    "alerts": {
        "recorded_at": LATER,
        "alert_code": "'AD1'",
        "destination_party_id": "'ALPHA'",
        "destination_role": "'IS'",
        "report_status_id": "7",
        "raised_at": INSTANT,
        "suppressed": "false",
    },
    "power_outage_timings": {
        "recorded_at": LATER,
        "destination_party_id": "'ALPHA'",
        "destination_role": "'IS'",
        "event_at": INSTANT,
    },
    "device_inventory": {
        "extract_at": LATER,
        "effective_at": INSTANT,
        "operation": "'upsert'",
        "device_type": "'ESME'",
        "device_status": "'Commissioned'",
        "smets_version": "'SMETS2'",
    },
    "registrations": {
        "extract_at": LATER,
        "role": "'GS'",
        "supplier_party_id": "'ALPHA'",
        "effective_from": "date '2026-01-01'",
    },
    "parties": {"published_on": "2026-10-01"},
    "incidents": {"recorded_at": "2026-10-01 10:00:00"},
    "service_outages": {"recorded_at": "2026-10-01 10:00:00"},
    "throttling_events": {"recorded_at": "2026-10-01 10:00:00"},
    "defects": {"recorded_at": "2026-10-01 10:00:00"},
    "provider_measures": {"recorded_at": "2026-10-01 10:00:00", "month": "2026-10"},
}


def record(feed, key, **changes):
    """A good record of the feed but for the changes, with a text key of its own where it has one."""
    name = FEEDS[feed].key[0]
    made = {}
    if feed == "device_inventory":
        made[name] = f"'00-DB-99-00-00-00-{key // 256:02X}-{key % 256:02X}'"
    elif feed == "registrations":
        made[name] = f"'{5_000_000 + key}'"
    elif FEEDS[feed].file_format == "parquet":
        made[name] = f"'key {key}'"
    else:
        made[name] = f"key {key}"
    return {**made, **GOOD_RECORDS[feed], **changes}


def file_of(feed, records):
    """The bytes of a file with these records."""
    if FEEDS[feed].file_format == "csv":
        return csv_bytes(feed, records)
    columns = FEEDS[feed].columns
    return parquet_of(
        " union all by name ".join(
            "select "
            + ", ".join(
                f"{typed(row.get(column.name, 'null'), column)} as {column.name}" for column in columns
            )
            for row in records
        )
    )


def typed(sql, column):
    """The expression in the column's type, unless it brings another one of the family or does not fit."""
    if sql.startswith("timestamptz") or sql.lstrip("-").isdigit():
        return f"cast({sql} as {'timestamptz' if sql.startswith('timestamptz') else 'bigint'})"
    return f"cast({sql} as {'bigint' if column.family == 'integer' else column.data_type})"


def csv_bytes(feed, records, last=None):
    """A CSV file; `last`: the column that stands last, where it is not the contract's last."""
    names = [name for name in FEEDS[feed].column_names if name != last] + [last] * (last is not None)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in records)
    return text.getvalue().encode()


def refuse(monkeypatch, function, path):
    """Let `open` or `os.scandir` fail for one path as they do for a user without the right."""
    original = builtins.open if function == "open" else os.scandir

    def refusing(name, *arguments):
        if os.fspath(name) == os.fspath(path):
            raise PermissionError(13, "Permission denied", os.fspath(name))
        return original(name, *arguments)

    if function == "open":
        monkeypatch.setattr(landing_zone, "open", refusing, raising=False)
    else:
        monkeypatch.setattr(landing_zone.os, "scandir", refusing)
