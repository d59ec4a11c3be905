"""What operators give back to whoever sent rows that were refused: by a run, and by a check before one."""

import csv
import json
import shutil

import duckdb
import pytest
from test_cli import car_command

from car.errors import scrub

HEADER = ["landed_file", "landed_row", "column_name", "reason", "expected"]


@pytest.fixture(scope="module")
def quarantine(real_month):
    """The quarantine of the run of a simulated month, and its run.json."""
    (path,) = (real_month / "runs").glob("*/run.json")
    return path.parent / "quarantine", json.loads(path.read_text())


def lines(file):
    with file.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    assert header == HEADER
    return rows


def test_each_refused_row_of_a_run_is_told_with_its_reasons(quarantine):
    folder, run = quarantine
    for feed, facts in run["feeds"].items():
        assert facts["rows_quarantined"] > 0, feed
        with duckdb.connect() as connection:
            refused = connection.execute(
                f"select landed_file, landed_row, unnest(reasons) from '{folder / feed}.parquet'"
            ).fetchall()
        rows = lines(folder / f"{feed}.csv")
        assert {(file, int(row), reason) for file, row, _, reason, _ in rows} == set(refused), feed
        assert all(column and expected for _, _, column, _, expected in rows), feed
        ordered = [(file, int(row), *rest) for file, row, *rest in rows]
        assert ordered == sorted(ordered), feed


def test_the_check_of_rows_tells_before_a_run_what_it_would_refuse(quarantine, real_landing, tmp_path):
    folder, run = quarantine
    result = car_command("check", "--landing", real_landing, "--rows", tmp_path / "refused", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["refused"]
    assert {*told} == {*run["feeds"]}
    for feed in run["feeds"]:
        assert (tmp_path / "refused" / f"{feed}.csv").read_bytes() == (folder / f"{feed}.csv").read_bytes()
        assert sum(told[feed].values()) == len(lines(folder / f"{feed}.csv"))
    assert scrub(result.output) == result.output


def test_the_check_of_rows_can_look_at_new_files_of_a_feed_alone(quarantine, real_landing, tmp_path):
    folder, _ = quarantine
    landing = tmp_path / "landing"
    shutil.copytree(real_landing, landing)
    days = sorted(path.name for path in (landing / "service_requests").iterdir())
    since = days[len(days) // 2].removeprefix("date=")
    command = ["check", "--landing", landing, "--feed", "service_requests", "--since", since]
    result = car_command(*command, "--rows", tmp_path / "refused", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [*told["refused"]] == ["service_requests"] == [p.stem for p in (tmp_path / "refused").iterdir()]
    found = lines(tmp_path / "refused" / "service_requests.csv")
    expected = lines(folder / "service_requests.csv")
    assert found == [line for line in expected if line[0].split("/")[1] >= f"date={since}"] and found
    assert len(found) < len(expected)
    looked_at = {item["path"].split("/")[0] for item in told["inputs"]}
    # Others are judged by the lists.
    assert looked_at == {"service_requests", "parties", "central_products_list"}
    assert "No files, so no rows" not in result.stderr and told["feeds_missing_for_industry"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--feed", "alert"], "There is no feed `alert`. Did you mean `alerts`?"),
        (["--since", "5 November"], "`5 November` is not a day"),
        (["--feed", "alerts", "--work", "work"], "--work keeps the index of all files"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, told, real_landing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = car_command("check", "--landing", real_landing, *arguments)
    assert result.exit_code == 2 and told in result.output
