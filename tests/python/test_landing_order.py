"""Every file's records are counted, and neither order, files, repeats nor late corrections change a figure.

The property is held twice: by the staging tables, row for row, on several arrangements of the landing zone,
and by every byte that is published on one. EXAMPLES arrangements are tried, always the same ones; with the
environment variable CAR_ORDER_EXAMPLES so many, others each time:

    CAR_ORDER_EXAMPLES=100 python -m pytest tests/python/test_landing_order.py -k staging
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import pytest
from conftest import MONTH, run_real_month
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from partial_build import build_models

from car.landing.check import check
from car.landing.contract import load_contract

# They share a month that takes a minute: CI has both files with one commit of four.
pytestmark = pytest.mark.turn(2)

FEEDS = load_contract()
EXAMPLES = 3
WANTED = os.environ.get("CAR_ORDER_EXAMPLES")
FIRST_DAY = date(2026, 10, 1)


@pytest.fixture(scope="module")
def first_run(real_month):
    (report,) = (real_month / "runs").glob("*/run.json")
    return json.loads(report.read_text(encoding="utf-8"))


# Accounts ----------------------------------------------------------------------------------------------


def records_of(path):
    """Count a file's records without the product's reader: line breaks outside quotes, or the footer."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            query = "select num_rows from parquet_file_metadata(?)"
            return connection.execute(query, [str(path)]).fetchone()[0]
    lines, quoted, filled = 0, False, False
    for character in path.read_text(encoding="utf-8-sig").replace("\r\n", "\n") + "\n":
        if character == '"':
            quoted = not quoted
        if character in "\r\n" and not quoted:
            lines += filled
            filled = False
        else:
            filled = True
    return lines - 1


def test_every_files_records_are_counted_as_they_are(real_landing, first_run):
    counted = {item["path"]: item["records"] for item in first_run["inputs"]}
    assert {path: records_of(real_landing / path) for path in counted} == counted
    assert {path.split("/")[0] for path in counted} == set(FEEDS)
    on_disk = {
        path.relative_to(real_landing).as_posix()
        for path in real_landing.rglob("*")
        if path.suffix in (".csv", ".parquet")
    }
    assert on_disk == set(counted)


def test_every_record_is_accounted_for_in_its_feed(real_month, first_run):
    for name, feed in first_run["feeds"].items():
        came_in = sum(item["records"] for item in first_run["inputs"] if item["path"].startswith(f"{name}/"))
        became = ("rows_after_as_of", "rows_accepted", "rows_superseded", "rows_quarantined")
        assert feed["rows_read"] == came_in == sum(feed[count] for count in became), name
        assert feed["files_found"] == feed["files_loaded"] + feed["files_rejected"], name
        kept = real_month / "runs" / first_run["run_id"] / "quarantine" / f"{name}.parquet"
        assert feed["rows_quarantined"] == records_of(kept) > 0, name
    # Without each kind of fate the sum would prove little.
    for fate in ("rows_after_as_of", "rows_superseded", "rows_quarantined"):
        assert all(feed[fate] for feed in first_run["feeds"].values()), fate


# Order and repetition ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Landed:
    """How the records of one feed are laid into files.

    Attributes:
        shuffle: seed of their order.
        days: landing days of the files, counted from the first of the month: so many files there are.
        again: which of these files lands a second time, and on which day; None: none does.
        mixed: day on which every third record lands once more, with others than before; None: none does.
    """

    shuffle: int
    days: tuple[int, ...]
    again: tuple[int, int] | None
    mixed: int | None


DAYS = st.integers(-40, 36)
LANDED = st.builds(
    Landed,
    shuffle=st.integers(0, 2**31),
    days=st.lists(DAYS, min_size=1, max_size=5).map(tuple),
    again=st.none() | st.tuples(st.integers(0, 4), DAYS),
    mixed=st.none() | DAYS,
)
ARRANGEMENTS = st.fixed_dictionaries(dict.fromkeys(FEEDS, LANDED))


def arrange(warehouse, arrangement, zone):
    """Write all records that a warehouse was built from anew, laid into files as the arrangement says."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for name, landed in arrangement.items():
            columns = ", ".join(f'"{column}"' for column in FEEDS[name].column_names)
            connection.execute(
                f"create or replace temp table placed as select {columns}, row_number() over (order by"
                " md5(concat_ws('/', landed_file, landed_row, ?)), landed_file, landed_row) as place"
                f" from landing.{name}",
                [landed.shuffle],
            )
            count = len(landed.days)
            files = [(day, f"place % {count} = {part}") for part, day in enumerate(landed.days)]
            if landed.again is not None:
                files.append((landed.again[1], f"place % {count} = {landed.again[0] % count}"))
            if landed.mixed is not None:
                files.append((landed.mixed, "place % 3 = 0"))
            kind = "parquet" if FEEDS[name].file_format == "parquet" else "csv, header, nullstr ''"
            for number, (day, which) in enumerate(files):
                folder = zone / name / f"date={FIRST_DAY + timedelta(days=day)}"
                folder.mkdir(parents=True, exist_ok=True)
                connection.execute(
                    f"copy (select {columns} from placed where {which} order by place)"
                    f" to '{folder}/{number}.{FEEDS[name].file_format}' (format {kind})"
                )


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One folder for all arrangements: where paths stay the same, dbt need not read the project again."""
    return tmp_path_factory.mktemp("bench")


def instant(first_run):
    return datetime.fromisoformat(first_run["as_of"]).replace(tzinfo=None)


@pytest.mark.long
@settings(
    max_examples=int(WANTED or EXAMPLES),
    derandomize=WANTED is None,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # an example takes seconds: a smaller one is not looked for
    suppress_health_check=list(HealthCheck),
)
@given(arrangement=ARRANGEMENTS)
def test_staging_is_the_same_however_the_records_land(arrangement, real_month, first_run, bench):
    shutil.rmtree(bench / "landing", ignore_errors=True)
    (bench / "warehouse.duckdb").unlink(missing_ok=True)
    first = real_month / ".car" / "warehouse.duckdb"
    arrange(first, arrangement, bench / "landing")
    report = check(bench / "landing", bench / "work", threads=2)
    assert report.files_rejected == 0
    warehouse = build_models(
        bench / "warehouse.duckdb",
        bench / "work",
        ["path:models/staging"],
        reporting_month=MONTH,
        as_of=instant(first_run).isoformat(sep=" "),
    )
    try:
        warehouse.execute(f"attach '{first}' as first (read_only)")
        for name in FEEDS:
            for outcome, rows in (
                ("accepted", "*"),
                ("quarantined", "distinct *"),
                ("after_as_of", "distinct *"),
            ):
                now, before = (
                    f"select {rows} exclude (landed_file, landed_row)"
                    f" from {database}staging.stg_{name}__landed where outcome = '{outcome}'"
                    for database in ("", "first.")
                )
                (differences,) = warehouse.execute(
                    f"select (select count(*) from ({now} except all {before}))"
                    f" + (select count(*) from ({before} except all {now}))"
                ).fetchone()
                assert differences == 0, f"{differences} {outcome} rows of {name} differ"
    finally:
        warehouse.close()


def csv_bytes(parties):
    return {
        path.relative_to(parties).as_posix(): path.read_bytes() for path in sorted(parties.rglob("*.csv"))
    }


def assert_same_files(found, expected):
    assert sorted(found) == sorted(expected)
    assert [path for path in expected if found[path] != expected[path]] == []
    assert len(expected) > 100


@pytest.mark.long
def test_the_same_files_are_published_however_the_records_land(real_month, first_run, tmp_path):
    # One file of each feed in the reverse of everything, then split, delayed and twice.
    arrangement = {
        name: Landed(number, ((36,), (30, -20, 3), (-3, 35))[number % 3], ((0, 36), None)[number % 2], 20)
        for number, name in enumerate(FEEDS)
    }
    arrange(real_month / ".car" / "warehouse.duckdb", arrangement, tmp_path / "landing")
    parties = run_real_month(tmp_path / "landing", tmp_path / "out", as_of=instant(first_run), force=True)
    expected = csv_bytes(real_month / "releases" / MONTH / "current" / "parties")
    assert_same_files(csv_bytes(parties), expected)


# What spoils a record of a feed so that it is refused, as SQL of one column.
SPOILT = {
    "service_requests": ("srv", "'x'"),
    "alerts": ("alert_code", "'x'"),
    "device_inventory": ("device_type", "'x'"),
    "registrations": ("role", "'x'"),
    "parties": ("role", "'x'"),
    "incidents": ("category", "'9'"),
    "central_products_list": ("status", "'x'"),
}
SPOILT_ROWS = 8


@pytest.mark.long
def test_records_that_are_landed_again_corrected_are_as_if_right_at_first(
    real_landing, real_month, first_run, tmp_path
):
    zone = tmp_path / "landing"
    shutil.copytree(real_landing, zone)
    last_day = instant(first_run).date() - timedelta(days=1)
    with duckdb.connect(str(real_month / ".car" / "warehouse.duckdb"), read_only=True) as connection:
        for name, (column, wrong) in SPOILT.items():
            suffix = FEEDS[name].file_format
            names = FEEDS[name].column_names
            options = "parquet" if suffix == "parquet" else "csv, header, nullstr ''"
            # The file with most records that hold; some of these come wrong at first, and right at last.
            (file,) = connection.execute(
                f"select landed_file from staging.stg_{name}__landed where outcome = 'accepted'"
                " group by all order by count(*) desc, landed_file limit 1"
            ).fetchone()
            connection.execute(
                f"create or replace temp table records as select landing.*, judged.outcome = 'accepted'"
                f" and row_number() over (partition by outcome order by landing.landed_row) <= {SPOILT_ROWS}"
                f" as is_spoilt from landing.{name} as landing"
                f" inner join staging.stg_{name}__landed as judged using (landed_file, landed_row)"
                " where landed_file = ? order by landed_row",
                [file],
            )
            at_first = ", ".join(
                f"case when is_spoilt then {wrong} else {item} end as {item}"
                if item == column
                else f'"{item}"'
                for item in names
            )
            (zone / file).unlink()
            connection.execute(f"copy (select {at_first} from records) to '{zone / file}' (format {options})")
            later = zone / name / f"date={last_day}" / f"corrected.{suffix}"
            later.parent.mkdir(parents=True, exist_ok=True)
            at_last = ", ".join(f'"{item}"' for item in names)
            connection.execute(
                f"copy (select {at_last} from records where is_spoilt) to '{later}' (format {options})"
            )
    parties = run_real_month(zone, tmp_path / "out", as_of=instant(first_run), force=True)
    run = json.loads((parties.parent / "run.json").read_text(encoding="utf-8"))
    for name in SPOILT:
        now, before = run["feeds"][name], first_run["feeds"][name]
        refused = now["rows_quarantined"] - before["rows_quarantined"]
        assert 0 < refused <= SPOILT_ROWS, name
        assert now["rows_read"] - before["rows_read"] == refused, name
        assert now["rows_accepted"] == before["rows_accepted"], name
    expected = csv_bytes(real_month / "releases" / MONTH / "current" / "parties")
    assert_same_files(csv_bytes(parties), expected)
