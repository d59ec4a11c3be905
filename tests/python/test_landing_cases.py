"""Every landing case of the table: its verdict, its words, and that the rest was loaded."""

import functools
import json
import os
import re
from dataclasses import dataclass

import duckdb
import pytest
from landing_cases import CASES, DOES_NOT_APPLY, JUDGED, Accepted, Disturbed, Fault, Judged, NotAnInput, Typed
from landing_files import (
    CSV,
    DAY,
    FEEDS,
    GOOD,
    PRIVATE,
    assert_good_files_loaded,
    file_of,
    index_rows,
    parquet_bytes,
    put,
    put_good_files,
    read_feed,
    record,
    refuse,
)
from landing_kinds import days, instants, numbers, put_all, rectangle, wrong_kinds
from partial_build import build_models

from car.landing.check import check
from car.landing.verdict import REASONS
from car.landing.zone import LocalZone

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

MONTH, AS_OF = "2026-10", "2026-11-06 00:00:00"
OUTCOMES = {"A": "accepted", "S": "superseded", "L": "after_as_of"}


@pytest.fixture
def zone(tmp_path):
    return put_good_files(tmp_path / "landing")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_landing_case(case, zone, tmp_path, request):
    assert_verdict(case, zone, tmp_path / "work", request)


def test_the_74_cases_are_all_here_or_said_not_to_apply():
    numbers = {number for case in CASES for number in re.findall(r"\bL\d\d\b", case.id)}
    assert not numbers & set(DOES_NOT_APPLY)
    assert sorted(numbers | set(DOES_NOT_APPLY)) == [f"L{number:02d}" for number in range(1, 75)]
    assert len({case.id for case in CASES}) == len(CASES)


@functools.singledispatch
def assert_verdict(case, zone, work, request):
    raise TypeError(type(case))


@assert_verdict.register
def _(case: Fault, zone, work, request):
    content = case.content() if callable(case.content) else case.content
    path = f"{case.feed}/{DAY}/m_case.{FEEDS[case.feed].file_format}"
    put(zone, path, content)
    assert_rejected(case.reason, case.found, path, zone, work)


def assert_rejected(reason, found, path, zone, work):
    report = check(zone, work, threads=2)
    feed = report.feeds[path.split("/")[0]]
    assert [(item.file, item.reason, item.found) for item in feed.rejected] == [(path, reason, found)]
    assert (feed.files_found, feed.files_loaded, feed.files_rejected) == (3, 2, 1)
    assert reason in REASONS
    assert_good_files_loaded(report, work)

    (expected,) = [item.expected for item in feed.rejected]
    assert len(expected) > 10
    said = [line for line in report.lines() if line.startswith("Rejected ")]
    assert said == [f"Rejected {path} ({reason}): {found}. Expected: {expected}."]
    rows = index_rows(work, "path, verdict, reason, expected, record_count, shape")
    assert [row[1:] for row in rows if row[0] == path] == [
        ("rejected", f"{reason}: {found}", expected, None, None)
    ]
    assert not any(file == path for *_, file, _row in read_feed(work, path.split("/")[0], "recorded_at"))
    everything = json.dumps(report.to_dict()) + "\n".join(report.lines()) + str(rows)
    assert PRIVATE not in everything


@assert_verdict.register
def _(case: Accepted, zone, work, request):
    if os.name == "nt" and case.name != "m_case":
        pytest.skip("Windows does not allow such names")
    path = f"defects/{DAY}/{case.name}.csv"
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
    assert sorted(item.name for item in work.parent.iterdir()) == ["landing", "work"]


@assert_verdict.register
def _(case: Typed, zone, work, request):
    path = f"alerts/{DAY}/m_case.parquet"
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


@assert_verdict.register
def _(case: NotAnInput, zone, work, request):
    put(zone, case.path, case.content)
    report = check(zone, work, threads=2)
    assert [(item.path, item.why) for item in report.ignored] == [(case.path, case.why)]
    assert [item.path for item in report.inputs] == sorted(GOOD)
    assert f"Warning: {case.path} is not read: {case.why}" in report.lines()
    assert_good_files_loaded(report, work)


@assert_verdict.register
def _(case: Disturbed, zone, work, request):
    content = CSV if case.feed == "defects" else parquet_bytes()
    path = f"{case.feed}/{DAY}/m_case.{FEEDS[case.feed].file_format}"
    target = put(zone, path, content)
    request.getfixturevalue("disturb")(case.how, target, path, content)
    assert_rejected("unreadable", case.found, path, zone, work)


@pytest.fixture
def disturb(monkeypatch, tmp_path):
    def _disturb(how, target, path, content):
        if how == "dangling link":
            target.unlink()
            target.symlink_to(tmp_path / "nowhere")
        elif how == "pipe":
            if not hasattr(os, "mkfifo"):
                pytest.skip("this system has no pipes with names")
            target.unlink()
            os.mkfifo(target)
        elif how == "refused":
            refuse(monkeypatch, "open", target)
        elif how == "gone":
            listed = LocalZone.files

            def list_then_lose(self):
                result = listed(self)
                target.unlink()
                return result

            monkeypatch.setattr(LocalZone, "files", list_then_lose)
        else:
            read = LocalZone.read_bytes

            def read_then_change(self, file):
                result = read(self, file)
                if file.path == path:
                    with open(target, "ab") as stream:
                        stream.write(content)
                return result

            monkeypatch.setattr(LocalZone, "read_bytes", read_then_change)

    return _disturb


# Records: all cases lie in one landing zone, which is built once ----------------------------------------


@dataclass
class Built:
    """The landing zone of all cases of records, built as far as the requests' facts."""

    report: object
    warehouse: duckdb.DuckDBPyConnection
    files: dict
    """Per case the paths of its files."""
    kinds: list
    """Files of every kind of Parquet, as landing_kinds.py makes them."""


PARTIES = (
    ("ALPHA", "IS"),
    ("ALPHA", "GS"),
    ("BETA", "IS"),
    ("BETA", "GS"),
    ("NET", "ED"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    zone = folder / "landing"
    register = [record("parties", 0, party_id=party, role=role) for party, role in PARTIES]
    put(zone, f"parties/{DAY}/register.csv", file_of("parties", register))
    files, number = {}, 0
    for case in JUDGED:
        suffix = FEEDS[case.feed].file_format
        paths = files.setdefault(case.id, [])
        contents = list(case.contents)
        for rows in case.files:
            records = []
            # A good record before and behind: whatever the case's own get, these two are accepted.
            for changes in ({}, *rows, {}):
                number += 1
                records.append(record(case.feed, number, **changes))
            contents.append(file_of(case.feed, records))
        for part, content in enumerate(contents):
            name = re.sub(r"\W+", "-", case.id)
            number_of_day, day = divmod(part, len(case.days))
            paths.append(f"{case.feed}/{case.days[day]}/{name}-{number_of_day}.{suffix}")
            put(zone, paths[-1], content)
    if os.name != "nt":  # a name that is a pattern to DuckDB, and has what it takes for a separator
        put(zone, f"alerts/{DAY}/a\\*[b.parquet", file_of("alerts", [record("alerts", number + 1)]))
    kinds = put_all(zone, [*rectangle(), *instants(), *days(), *numbers()])
    report = check(zone, folder / "work", threads=2)
    warehouse = build_models(
        folder / "warehouse.duckdb",
        folder / "work",
        ["path:models/staging", "+fct_service_requests"],
        reporting_month=MONTH,
        as_of=AS_OF,
    )
    yield Built(report, warehouse, files, kinds)
    warehouse.close()


@assert_verdict.register
def _(case: Judged, zone, work, request):
    built = request.getfixturevalue("built")
    feed = built.report.feeds[case.feed]
    assert feed.rejected == []
    found = [_outcomes(built.warehouse, case.feed, path) for path in built.files[case.id]]
    wrapped = [rows if case.contents else ["A", *rows, "A"] for rows in case.outcomes]
    assert found == wrapped
    refused = built.warehouse.execute(
        f"select landed_file, landed_row, reasons from staging.stg_{case.feed}__quarantine"
        " where landed_file in (select unnest(?)) order by all",
        [built.files[case.id]],
    ).fetchall()
    assert refused == [
        (path, row, verdict)
        for path, rows in sorted(zip(built.files[case.id], wrapped, strict=True))
        for row, verdict in enumerate(rows, start=1)
        if isinstance(verdict, list)
    ]
    for column, values in case.values.items():
        read = built.warehouse.execute(
            f"select cast({column} as varchar) from staging.stg_{case.feed}__landed"
            " where landed_file in (select unnest(?)) order by landed_file, landed_row",
            [built.files[case.id]],
        ).fetchall()
        assert [value for (value,) in read][1:-1] == values
    if case.shown:
        query, rows = case.shown
        assert built.warehouse.execute(query).fetchall() == rows
    for warning in case.warnings:
        assert f"{built.files[case.id][0]} {warning}" in feed.warnings


def test_what_is_wrong_with_a_refused_record_is_told_by_its_column(built):
    """Each reason and no other; the column is the one that a case has changed, where that is one."""
    told = {}
    for feed, file, row, column, reason, expected in built.warehouse.execute(
        "select feed, landed_file, landed_row, column_name, reason, expected from staging.stg_landing_faults"
    ).fetchall():
        assert expected and set(column.split(", ")) <= set(FEEDS[feed].column_names)
        told.setdefault((file, row), {}).setdefault(reason, set()).update(column.split(", "))
    looked_at = 0
    for case in JUDGED:
        for path, rows, outcomes in zip(built.files[case.id], case.files, case.outcomes, strict=False):
            for number, (changes, outcome) in enumerate(zip(rows, outcomes, strict=True), start=2):
                reasons = told.get((path, number), {})
                assert set(reasons) == (set(outcome) if isinstance(outcome, list) else set()), case.id
                of_one_column = set(reasons) - {"unknown_party", "ends_before_starts"}
                if len(changes) == 1 and of_one_column:
                    looked_at += 1
                    assert {column for reason in of_one_column for column in reasons[reason]} == {*changes}
    assert looked_at > 30


def _outcomes(warehouse, feed, path):
    """What became of each record of a file, in the words of the table."""
    letters = {outcome: letter for letter, outcome in OUTCOMES.items()}
    rows = warehouse.execute(
        f"select outcome, reasons from staging.stg_{feed}__landed where landed_file = ? order by landed_row",
        [path],
    ).fetchall()
    return [letters.get(outcome, reasons) for outcome, reasons in rows]


def test_the_records_of_the_cases_are_all_accounted_for(built):
    counted = built.warehouse.execute("select feed, rows_read from staging.stg_landing_counts").fetchall()
    assert dict(counted) == {name: feed.record_count for name, feed in built.report.feeds.items()}
    assert sum(rows for _, rows in counted) > 200
    by_file = built.warehouse.execute(
        "select landed_file, record_count, rows_read from staging.stg_landing_files"
    ).fetchall()
    assert len(by_file) == sum(feed.files_loaded for feed in built.report.feeds.values())
    assert [file for file, promised, read in by_file if promised != read] == []


# Kinds of Parquet: whatever the check lets pass, the build reads ------------------------------------------


def test_every_type_that_passes_the_check_is_read_as_what_it_holds(built):
    """Types x columns x nulls; of instants nanoseconds are cut, whoever wrote them."""
    refused = {item.file for feed in built.report.feeds.values() for item in feed.rejected}
    assert refused == set()
    assert len({(file.feed, file.content) for file in built.kinds}) == len(built.kinds) > 300
    wholes = [file for file in built.kinds if not file.outcomes]
    for feed in {file.feed for file in wholes}:
        names = FEEDS[feed].column_names
        read = {}
        for path, *row in built.warehouse.execute(
            f"select landed_file, {', '.join(names)} from landing.{feed} order by landed_file, landed_row"
        ).fetchall():
            read.setdefault(path, []).append(dict(zip(names, row, strict=True)))
        for file in wholes:
            if file.feed == feed:
                assert read[file.path] == list(file.rows), file.path


def test_an_instant_date_or_number_at_the_ends_of_its_type_is_kept_or_refused_alone(built):
    """Years 1 to 9999 hold, to the last microsecond; what lies outside is `bad_format` and stays readable."""
    judged = [file for file in built.kinds if file.outcomes]
    assert len(judged) > 40
    for file in judged:
        names = list(file.rows[0])
        read = built.warehouse.execute(
            f"select {', '.join(_staging_names(file.feed, names))}, outcome, reasons"
            f" from staging.stg_{file.feed}__landed where landed_file = ? order by landed_row",
            [file.path],
        ).fetchall()
        for row, record_of, reasons in zip(read, file.rows, file.outcomes, strict=True):
            *values, outcome, found = row
            expected = (*list(record_of.values())[1:], "quarantined" if reasons else "accepted", reasons)
            if reasons != ["negative_value"]:
                assert (*values[1:], outcome, found) == expected, (file.path, record_of)
            else:
                assert (outcome, found) == expected[-2:], (file.path, record_of)
    for feed in {file.feed for file in judged}:
        # Whoever looks at a quarantine prints it: a value that cannot be printed would end the program.
        built.warehouse.execute(
            f"select count(cast(columns(*) as varchar)) from staging.stg_{feed}__quarantine"
        ).fetchall()


def _staging_names(feed, names):
    formats = {"device_id": "device_key"}
    return [formats.get(name, name) for name in names]


def test_a_column_of_another_family_of_types_rejects_its_file_by_name(tmp_path):
    zone = tmp_path / "landing"
    files = put_all(zone, wrong_kinds())
    report = check(zone, tmp_path / "work", threads=2)
    refused = {item.file: item.reason for feed in report.feeds.values() for item in feed.rejected}
    assert set(refused) == {file.path for file in files}
    assert len(refused) > 200
    assert set(refused.values()) == {"wrong_type", "unreadable"}
    assert sum(reason == "unreadable" for reason in refused.values()) < 12
