"""The landing check: names and places, the report, the index and the contract.

The faults of files and records, each with its verdict and words, are the table of landing_cases.py.
"""

import io
import json
import os
import shutil
import time
from datetime import date, datetime
from pathlib import Path

import pytest
from landing_cases import SHUFFLED, damaged_data, damaged_footer
from landing_files import (
    CSV,
    DAY,
    DEFECTS,
    EARLIER,
    FEEDS,
    GOOD,
    LITERALS,
    RECORD,
    assert_good_files_loaded,
    csv_of,
    index_rows,
    parquet_bytes,
    parquet_of,
    put,
    put_good_files,
    query,
    read_feed,
    refuse,
)
from landing_kinds import file_of_kinds

import car.landing.check as landing_module
from car.landing.check import LandingError, check
from car.landing.contract import ContractError, as_date, family_of, load_contract
from car.landing.csv_files import BATCH_ROWS, MAXIMUM_FIELD_CHARACTERS, read_records
from car.landing.index import Index
from car.landing.zone import LocalZone, RemoteZone, glob_literal, open_zone, wildcard


@pytest.fixture
def zone(tmp_path):
    return put_good_files(tmp_path / "landing")


# CSV files ---------------------------------------------------------------------------------------------


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
        "drift_columns": 1,
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
        "seal",
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
    text = (Path(landing_module.__file__).parents[3] / "models/staging/_landing__sources.yml").read_text()
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
        ("TIMESTAMPTZ_NS", "timestamp"),
        # No column of a Parquet file is of this type, so nothing has to be able to read it.
        ("TIMESTAMP_MS", "other"),
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


# Names that a file gives ---------------------------------------------------------------------------------


def identifiers(number):
    """A Device, a meter point of each kind and a postcode, as a pivoted sheet may call columns by them."""
    device = f"00-DB-12-34-56-78-{number // 256 % 256:02X}-{number % 256:02X}"
    mpan, mprn = str(1_200_000_000_000 + number), str(7_000_000 + number)
    postcode = f"AB{number % 90 + 10} {number % 10}CD"
    names = [device, device.lower(), device.replace("-", ""), device.replace("-", "_"), f"reads {device}"]
    names += [f"reads_{device.replace('-', '_')}", mpan, f"mpan_{mpan}", f"{mpan}.0", f"import-{mpan}", mprn]
    names += [f"{mprn}_gas", postcode, postcode.lower(), postcode.replace(" ", ""), f"at {postcode}"]
    return [*names, postcode.replace(" ", "_")]


@pytest.mark.parametrize("feed", ["defects", "alerts"])
def test_no_column_that_is_called_by_an_identifier_is_named(feed, tmp_path):
    zone, work = tmp_path / "landing", tmp_path / "work"
    names = [name for number in range(60) for name in identifiers(number)]
    names = list({name.casefold(): name for name in names}.values())
    if feed == "defects":
        put(
            zone,
            f"defects/{DAY}/m.csv",
            csv_of(RECORD + ",1" * len(names), header=",".join([DEFECTS, *names])),
        )
    else:
        put(zone, f"alerts/{DAY}/m.parquet", parquet_bytes(**dict.fromkeys(names, "1")))
    put(zone, f"{feed}/{EARLIER}/n.{FEEDS[feed].file_format}", CSV if feed == "defects" else parquet_bytes())
    report = check(zone, work)
    found = report.to_dict()["feeds"][feed]
    assert (found["files_loaded"], found["drift_columns"]) == (2, len(names))
    # Shown are the words that stood beside an identifier, and no more than can be read.
    assert "[…]" in {entry["column"] for entry in found["drift"]}
    assert len(found["drift"]) <= 20
    told = "\n".join(report.lines()) + json.dumps(report.to_dict(), ensure_ascii=False)
    assert [name for name in names if name in told] == []
    assert f"Drift in {feed}: {len(names):,} columns in all are not in the contract" in told


def test_a_type_that_is_told_names_no_identifier(zone, tmp_path):
    names = {name.casefold(): name for name in identifiers(7)}.values()
    fields = ", ".join(f"'{name}': 1" for name in names)
    put(zone, f"alerts/{DAY}/m.parquet", parquet_bytes(alert_id=f"{{{fields}}}"))
    report = check(zone, tmp_path / "work")
    (rejected,) = report.feeds["alerts"].rejected
    assert rejected.found.startswith("alert_id is STRUCT(") and len(rejected.found) < 300
    told = "\n".join(report.lines()) + json.dumps(report.to_dict(), ensure_ascii=False)
    assert [name for name in identifiers(7) if name in told] == []


def test_of_many_extra_columns_those_of_most_files_are_told(zone, tmp_path):
    for number in range(3):
        extra = [f"extra_{column:03d}" for column in range(300 // (number + 1))]
        header = ",".join([DEFECTS, *extra])
        put(zone, f"defects/{DAY}/m{number}.csv", csv_of(RECORD + ",1" * len(extra), header=header))
    found = check(zone, tmp_path / "work").to_dict()["feeds"]["defects"]
    assert found["drift"] == [{"column": f"extra_{column:03d}", "files": 3} for column in range(20)]
    assert found["drift_columns"] == 300


SIDE_FILES = {
    "._m.{}": "what macOS lays beside a file that it copies",
    ".~lock.m.{}": "the lock of a file that is open in LibreOffice",
    "~$m.{}": "the lock of a file that is open in Microsoft Office",
    ".#m.{}": "the lock of a file that is open in an editor",
    "m.part.{}": "a file that is still being written",
    ".m.{}": "a hidden file, such as programs keep for themselves",
}


@pytest.mark.parametrize("name", SIDE_FILES)
@pytest.mark.parametrize("feed", ["defects", "alerts"])
def test_a_side_file_is_told_as_what_it_is_likely_to_be(name, feed, tmp_path):
    ending = FEEDS[feed].file_format
    good = CSV if feed == "defects" else parquet_bytes()
    put(tmp_path / "landing", f"{feed}/{DAY}/{name.format(ending)}", b"\0\5\x16\7\0\2\0\0Mac OS X\xff")
    put(tmp_path / "landing", f"{feed}/{EARLIER}/{name.format(ending)}", good)
    put(tmp_path / "landing", f"{feed}/{EARLIER}/m~$.{ending}", good)
    report = check(tmp_path / "landing", tmp_path / "work").feeds[feed]
    likely = f"by its name it is likely to be {SIDE_FILES[name]}"
    (rejected,) = report.rejected
    assert rejected.found.endswith(f" ({likely})")
    # By the letter it is an input: what is whole is loaded, and told.
    assert report.warnings == [f"{feed}/{EARLIER}/{name.format(ending)} was loaded; {likely}"]


def test_a_file_whose_footer_alone_is_not_encrypted_is_called_encrypted(tmp_path):
    content = file_of_kinds(FEEDS["alerts"], ["a", "b"], {}, is_encrypted=True)
    put(tmp_path / "landing", f"alerts/{DAY}/m.parquet", content)
    (rejected,) = check(tmp_path / "landing", tmp_path / "work").feeds["alerts"].rejected
    assert (rejected.reason, rejected.found) == ("unreadable", "it is encrypted")
    assert rejected.expected == "a whole Parquet file that is not encrypted"
