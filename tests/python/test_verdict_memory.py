"""What the landing check remembers: no file is decoded twice, and nothing told or written shows it."""

import functools
import os
import shutil
from pathlib import Path

import pytest
from landing_cases import (
    CASES,
    DISTURBED,
    Accepted,
    Disturbed,
    Fault,
    Judged,
    NotAnInput,
    Typed,
    damaged_data,
)
from landing_files import (
    CSV,
    DAY,
    EARLIER,
    FEEDS,
    PRIVATE,
    RECORD,
    csv_of,
    file_of,
    parquet_bytes,
    put,
    put_good_files,
    query,
    record,
)
from test_landing_cases import disturb  # noqa: F401

import car.landing.check as landing_module
from car.landing import verdict_memory
from car.landing.check import check
from car.landing.contract import SOURCES_FILE
from car.landing.parquet_files import Decoder
from car.landing.verdict_memory import FILES, judging, seal
from car.landing.zone import LocalZone, RemoteZone

GOOD_PARQUET = [f"alerts/{DAY}/a_good.parquet", f"alerts/{DAY}/z_good.parquet"]
GOOD_CSV = [f"defects/{EARLIER}/good.csv", f"defects/{DAY}/a_good.csv"]
GOOD = GOOD_PARQUET + GOOD_CSV
RESERVED = {"filename": "'x'"}


@pytest.fixture
def zone(tmp_path):
    return put_good_files(tmp_path / "landing")


@pytest.fixture
def decoded(monkeypatch, tmp_path):
    """Give a function that tells which files were decoded since it was last called."""
    locations = []
    judge, opened = Decoder.judge, {kind: kind.open for kind in (LocalZone, RemoteZone)}

    def judge_and_tell(self, feed, batch):
        locations.extend(batch)
        return judge(self, feed, batch)

    def tell():
        told = sorted(location.removeprefix(f"{tmp_path / 'landing'}/") for location in locations)
        locations.clear()
        return told

    def open_and_tell(self, file):
        if file.file_format == "csv":
            locations.append(file.path)
        return opened[type(self)](self, file)

    monkeypatch.setattr(Decoder, "judge", judge_and_tell)
    for kind in opened:
        monkeypatch.setattr(kind, "open", open_and_tell)
    return tell


def outcome(zone, work, **options):
    """All that a check tells and writes."""
    report = check(zone, work, threads=2, **options)
    index = report.index
    written = {
        str(path.relative_to(index)): path.read_bytes()
        for path in index.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    return report.to_dict(), report.lines(), written


def anew(zone, work, **options):
    """What a check tells and writes into the same folder when nothing stands in it."""
    shutil.rmtree(work)
    return outcome(zone, work, **options)


@pytest.mark.parametrize("kind", [LocalZone, RemoteZone])
def test_a_file_is_decoded_once(kind, zone, tmp_path, decoded, monkeypatch):
    # DuckDB's own file system stands in for a remote one.
    monkeypatch.setattr(landing_module, "open_zone", kind)
    work = tmp_path / "work"
    first = outcome(zone, work)
    assert decoded() == GOOD
    assert outcome(zone, work) == first
    assert decoded() == []
    put(zone, f"alerts/{DAY}/m_new.parquet", parquet_bytes(rows=5, team="'x'"))
    put(zone, f"alerts/{EARLIER}/late.parquet", parquet_bytes(rows=1))
    second = outcome(zone, work)
    assert decoded() == [f"alerts/{EARLIER}/late.parquet", f"alerts/{DAY}/m_new.parquet"]
    assert outcome(zone, work) == second == anew(zone, work)


def test_a_csv_file_is_read_once(zone, tmp_path, decoded):
    work, new = tmp_path / "work", f"defects/{DAY}/b_new.csv"
    outcome(zone, work)
    decoded()
    put(zone, new, csv_of(RECORD))
    put(zone, f"incidents/{DAY}/new.csv", file_of("incidents", [record("incidents", 1)]))
    put(zone, GOOD_CSV[0], CSV.partition(b"\n")[0] + b"\n")  # without a record
    second = outcome(zone, work)
    assert decoded() == [GOOD_CSV[0], new, f"incidents/{DAY}/new.csv"]
    assert outcome(zone, work) == second
    for path in (new, GOOD_CSV[1]):  # no record of the feed is left
        (zone / path).unlink()
    third = outcome(zone, work)
    assert outcome(zone, work) == third
    assert decoded() == []
    assert anew(zone, work) == third
    put(zone, GOOD_CSV[1], csv_of(RECORD, RECORD))
    put(zone, new, csv_of(RECORD))
    assert outcome(zone, work) == second == anew(zone, work)


def test_what_was_rejected_or_got_a_link_or_a_copy_is_judged_anew(zone, tmp_path, decoded):
    work = tmp_path / "work"
    put(zone, f"alerts/{DAY}/[x].parquet", parquet_bytes())
    put(zone, f"alerts/{DAY}/damaged.parquet", damaged_data())
    put(zone, f"alerts/{DAY}/reserved.parquet", parquet_bytes(**RESERVED))
    check(zone, work)
    assert set(GOOD) < set(decoded())
    check(zone, work)
    linked, *plain = decoded()
    assert linked.endswith("/check/1.parquet")
    assert plain == [f"alerts/{DAY}/damaged.parquet", f"alerts/{DAY}/reserved.parquet"]


def test_other_bytes_of_the_same_size_and_time_are_judged(zone, tmp_path, decoded):
    work, path = tmp_path / "work", f"alerts/{DAY}/m.parquet"
    whole, damaged = parquet_bytes(rows=5000, alert_id=f"'{PRIVATE}' || range::varchar"), damaged_data()
    file = put(zone, path, whole)
    before = file.stat()
    assert check(zone, work).files_rejected == 0
    decoded()
    put(zone, path, damaged)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
    (rejected,) = check(zone, work).feeds["alerts"].rejected
    assert (rejected.file, rejected.found) == (path, "its data cannot be decoded")
    assert decoded() == [path]
    put(zone, path, whole)
    assert check(zone, work).files_rejected == 0
    assert decoded() == [path]


def test_a_file_is_known_where_it_lies_alone(zone, tmp_path, decoded):
    work = tmp_path / "work"
    check(zone, work)
    decoded()
    (zone / "alerts" / EARLIER).mkdir()
    (zone / GOOD_PARQUET[0]).rename(zone / "alerts" / EARLIER / "a_good.parquet")
    put(zone, f"alerts/{DAY}/copy.parquet", (zone / GOOD_PARQUET[1]).read_bytes())
    put(zone, f"defects/{DAY}/copy.csv", (zone / GOOD_CSV[0]).read_bytes())
    put(zone, f"power_outage_timings/{DAY}/z_good.parquet", (zone / GOOD_PARQUET[1]).read_bytes())
    report = check(zone, work)
    assert decoded() == [
        f"alerts/{EARLIER}/a_good.parquet",
        f"alerts/{DAY}/copy.parquet",
        f"defects/{DAY}/copy.csv",
        f"power_outage_timings/{DAY}/z_good.parquet",
    ]
    assert [item.reason for item in report.feeds["power_outage_timings"].rejected] == ["missing_column"]
    zone = zone.rename(tmp_path / "landing_elsewhere")
    check(zone, work)
    assert len(decoded()) == 7


def other_duckdb(monkeypatch, tmp_path):
    versions = verdict_memory.package_versions
    monkeypatch.setattr(verdict_memory, "package_versions", lambda: versions() | {"duckdb": "2.0.1"})
    return {}


def other_code(monkeypatch, tmp_path):
    package = tmp_path / "car"
    package.mkdir()
    for module in Path(verdict_memory.__file__).parent.glob("*.py"):
        shutil.copy(module, package)
    monkeypatch.setattr(verdict_memory, "__file__", str(package / "verdict_memory.py"))
    with (package / "parquet_files.py").open("a", encoding="utf-8") as stream:
        stream.write("# judges otherwise\n")
    return {}


def other_contract(monkeypatch, tmp_path):
    text = (Path(landing_module.__file__).parents[3] / SOURCES_FILE).read_text(encoding="utf-8")
    assert "data_type: boolean" in text
    put(
        tmp_path, f"project/{SOURCES_FILE}", text.replace("data_type: boolean", "data_type: varchar").encode()
    )
    return {"project": tmp_path / "project"}


@pytest.mark.parametrize("other", [other_duckdb, other_code, other_contract])
def test_what_something_else_judged_is_judged_anew(other, zone, tmp_path, decoded, monkeypatch):
    work = tmp_path / "work"
    check(zone, work)
    decoded()
    options = other(monkeypatch, tmp_path)
    report = check(zone, work, **options)
    assert decoded() == GOOD
    # All that the contract takes for a boolean, it takes for a text now.
    assert report.files_rejected == (2 if options else 0)
    if not options:
        check(zone, work, **options)
        assert decoded() == []


def cut_off(index):
    (index / FILES).write_bytes((index / FILES).read_bytes()[:-20])


def one_bit(index):
    content = bytearray((index / FILES).read_bytes())
    content[len(content) // 3] ^= 1
    (index / FILES).write_bytes(content)


def other_counts(index):
    """A file that can be read, and says of every file that it has one record more."""
    files, written = index / FILES, index / "written.parquet"
    query(f"copy (select * replace (record_count + 1 as record_count) from '{files}') to '{written}'")
    counted = [query(f"select sum(record_count) from '{path}'") for path in (files, written)]
    assert counted[0] < counted[1]
    written.replace(files)


def other_records(index):
    """A file that can be read, and has another text in a record."""
    records, written = index / "defects.parquet", index / "written.parquet"
    query(f"copy (select * replace ('other' as defect_id) from '{records}') to '{written}'")
    written.replace(records)


def a_folder(index):
    (index / FILES).unlink()
    (index / FILES).mkdir()


def sealed_all_the_same(index):
    (index / FILES).write_bytes(b"no Parquet")
    seal(index, judging(FEEDS))


DAMAGES = {
    "cut off": cut_off,
    "one bit": one_bit,
    "other counts": other_counts,
    "other records": other_records,
    "no records": lambda index: (index / "defects.parquet").unlink(),
    "a folder": a_folder,
    "sealed all the same": sealed_all_the_same,
    "no files": lambda index: (index / FILES).unlink(),
    "no seal": lambda index: (index / "seal").unlink(),
    "another seal": lambda index: (index / "seal").write_bytes(b"\xff"),
    "not even an index": lambda index: shutil.rmtree(index) or index.write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_as_none(damage, zone, tmp_path, decoded):
    work = tmp_path / "work"
    first = outcome(zone, work)
    decoded()
    damage(work / "landing")
    assert outcome(zone, work) == first
    assert decoded() == GOOD


@pytest.mark.parametrize("case", DISTURBED, ids=lambda case: case.id)
def test_a_known_file_to_which_something_happens_is_rejected(case, zone, tmp_path, request):
    file_format = FEEDS[case.feed].file_format
    work, path = tmp_path / "work", f"{case.feed}/{DAY}/m_case.{file_format}"
    content = parquet_bytes() if file_format == "parquet" else CSV
    target = put(zone, path, content)
    assert check(zone, work).files_rejected == 0
    request.getfixturevalue("disturb")(case.how, target, path, content)
    (rejected,) = check(zone, work).feeds[case.feed].rejected
    assert (rejected.file, rejected.found) == (path, case.found)


# Every landing case, in one landing zone -----------------------------------------------------------------


@functools.singledispatch
def files_of(case):
    """Give the feed and the contents of a case's files."""
    raise TypeError(type(case))


@files_of.register
def _(case: Fault):
    return case.feed, [case.content() if callable(case.content) else case.content]


@files_of.register
def _(case: Accepted):
    return "defects", [case.content() if callable(case.content) else case.content]


@files_of.register
def _(case: Typed):
    return "alerts", [parquet_bytes(rows=3, **case.changes)]


@files_of.register
def _(case: Judged):
    made = [[record(case.feed, 0, **changes) for changes in rows] for rows in case.files]
    return case.feed, [*case.contents, *(file_of(case.feed, records) for records in made)]


def lay(zone, cases):
    for number, case in enumerate(cases):
        if isinstance(case, NotAnInput):
            put(zone, case.path, case.content)
            continue
        feed, contents = files_of(case)
        for part, content in enumerate(contents):
            put(zone, f"{feed}/{DAY}/{number:03d}-{part}.{FEEDS[feed].file_format}", content)


@pytest.mark.parametrize("batch_files", [500, 3])
def test_every_case_has_the_verdict_and_the_index_that_it_had(batch_files, tmp_path, decoded, monkeypatch):
    zone, work = tmp_path / "landing", tmp_path / "work"
    monkeypatch.setattr(landing_module, "_BATCH_FILES", batch_files)
    lay(zone, [case for case in CASES if not isinstance(case, Disturbed)])
    if os.name != "nt":
        # Links are numbered as they are made: some for names, some for columns, batch by batch.
        for number in range(0, 100, 4):
            put(zone, f"alerts/{DAY}/{number:03d}-*.parquet", parquet_bytes(rows=1))
            put(zone, f"alerts/{DAY}/{number:03d}-0-reserved.parquet", parquet_bytes(rows=2, **RESERVED))
            put(zone, f"alerts/{DAY}/{number:03d}-a-good.parquet", parquet_bytes(rows=3))
            put(zone, f"alerts/{DAY}/{number:03d}-b-good.parquet", parquet_bytes(rows=4))
    first = outcome(zone, work)
    all_decoded = decoded()
    assert first[0]["feeds"]["alerts"]["files_rejected"] > 20
    for _ in range(2):
        again = outcome(zone, work)
        assert again == first
        assert len(decoded()) < len(all_decoded) / 2
    put(zone, f"alerts/{EARLIER}/new.parquet", parquet_bytes(rows=9))
    assert outcome(zone, work) == anew(zone, work) != first
