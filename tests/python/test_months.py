"""Several months of one industry in one landing folder: each goes on where the one before ended."""

import json
import shutil
from collections import Counter
from datetime import datetime

import pytest
from test_simulate import COUNTED, digests, read_file, recount

from car.simulate import Calendar, Expected, go_on, simulate
from car.simulate.months import read_months

SIZE = {"parties": 36, "devices": 900, "requests": 3000, "alerts": 1500, "seed": 5}


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    """Three months at once, and what a run of the last must count."""
    landing = tmp_path_factory.mktemp("months") / "landing"
    return landing, simulate(landing, "2026-01..2026-03", **SIZE)


@pytest.fixture(scope="module")
def rows(quarter):
    """Counts and accepted rows of the three months, by an independent count."""
    return recount(quarter[0], datetime(2026, 4, 6))


@pytest.mark.long
def test_one_month_after_the_other_is_all_at_once(quarter, tmp_path):
    """The same bytes, also where the writing of the second was interrupted."""
    landing = tmp_path / "landing"
    simulate(landing, "2026-01", **SIZE)
    before = digests(landing)
    half = landing / "alerts" / "date=2026-02-07" / "half.parquet"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"PAR1")
    (landing / "simulation-unfinished.json").write_text("{}")
    assert go_on(landing).month == "2026-02"
    kept = {path: digest for path, digest in digests(landing).items() if path in before}
    assert {path for path in before if kept[path] != before[path]} == {"simulation.json"}
    assert go_on(landing, "2026-03") == quarter[1]
    assert digests(landing) == digests(quarter[0])


def test_several_months_equal_an_independent_count(quarter, rows):
    _, expected = quarter
    counted, accepted = rows
    assert expected.to_dict()["feeds"] == dict(sorted(counted.items()))
    of_month = [row for row in accepted["service_requests"] if f"{row['started_at']:%Y-%m}" == "2026-03"]
    commands = [row for row in of_month if row["command_variant"] != 4]
    not_counted = Counter(
        str(row["report_status_id"]) for row in commands if row["report_status_id"] not in COUNTED
    )
    assert expected.transforms == len(of_month) - len(commands)
    assert expected.requests_not_counted == not_counted
    assert expected.requests_counted == len(commands) - sum(not_counted.values())


def test_each_earlier_month_was_expected_as_it_was_then(quarter, tmp_path):
    """What lands later with its successor lies in later folders."""
    landing, expected = quarter
    month = Calendar.of_month(*read_months("2026-01"))
    shutil.copytree(landing, tmp_path / "then")
    for folder in (tmp_path / "then").glob("*/date=*"):
        if folder.name > f"date={month.day(month.last_day)}":
            shutil.rmtree(folder)
    counted, _ = recount(tmp_path / "then", datetime(2026, 2, 6))
    assert [month["month"] for month in expected.earlier] == ["2026-01", "2026-02"]
    assert expected.earlier[0]["feeds"] == dict(sorted(counted.items()))


def test_an_industry_goes_on(rows):
    accepted = rows[1]
    requests = Counter(f"{row['started_at']:%Y-%m}" for row in accepted["service_requests"])
    assert all(requests[month] > 0.8 * SIZE["requests"] for month in ("2026-01", "2026-02", "2026-03"))
    devices = {row["device_id"]: row["commissioned_at"] for row in accepted["device_inventory"]}
    assert len(devices) > SIZE["devices"]
    for feed, column in (
        ("device_inventory", "commissioned_at"),
        ("firmware_distributions", "activated_at"),
        ("registrations", "effective_from"),
        ("incidents", "raised_at"),
    ):
        months = {f"{row[column]:%Y-%m}" for row in accepted[feed] if row[column]}
        assert months >= {"2026-02", "2026-03"}, feed
    # an Incident that was open at the end of a month is resolved in the next
    lasting = [row for row in accepted["incidents"] if row["resolved_at"]]
    assert any(f"{row['raised_at']:%Y-%m}" < f"{row['resolved_at']:%Y-%m}" for row in lasting)
    # a list is whole each time
    assert len({row["party_id"] for row in accepted["parties"]}) == SIZE["parties"]
    assert len({row["published_on"] for row in accepted["parties"]}) == 1


def test_late_records_of_a_month_land_in_the_next(quarter):
    landing, _ = quarter
    late = Counter(
        f"{row['started_at']:%Y-%m}"
        for folder in (landing / "service_requests").glob("date=*")
        if folder.name > "date=2026-03-05"
        for path in folder.glob("*.parquet")
        for row in read_file(path)
        if row["started_at"]
    )
    assert 0 < late["2026-02"] < 0.05 * late["2026-03"]


def test_what_a_folder_holds_is_said(quarter):
    landing, expected = quarter
    summary = json.loads((landing / "simulation.json").read_text(encoding="utf-8"))
    assert summary.pop("arguments")["month"] == "2026-01"
    assert Expected.from_dict(summary) == expected and expected.month == "2026-03"
    causes = [[cause["cause"] for cause in month["planted"]] for month in (*expected.earlier, summary)]
    assert causes == [causes[0]] * 3 and causes[0]
    before = digests(landing)
    assert simulate(landing, "2026-01..2026-03", **SIZE) == expected == go_on(landing, "2026-03")
    with pytest.raises(FileExistsError, match="2026-03"):
        simulate(landing, "2026-01", **SIZE)
    with pytest.raises(ValueError, match="2026-04 is next"):
        go_on(landing, "2026-05..2026-06")
    with pytest.raises(ValueError, match="not up to 2026-02"):
        go_on(landing, "2026-02")
    assert digests(landing) == before


@pytest.mark.parametrize(
    "months", ["2026-03..2026-01", "2026-01..", "2026-01..2026-13", "2026-01...2026-02", "2020-01..2026-01"]
)
def test_months_that_cannot_be_simulated_are_refused(months, tmp_path):
    with pytest.raises(ValueError, match="month"):
        simulate(tmp_path / "landing", months, **SIZE)
    with pytest.raises(ValueError, match="no finished simulation"):
        go_on(tmp_path / "landing")
    assert not (tmp_path / "landing").exists()
