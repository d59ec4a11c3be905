"""The quality page: its suites are of all there is, can fail, and bring nothing of a home onto the page."""

import json
import re
import shutil
import socket
from html import escape, unescape
from pathlib import Path

import duckdb
import pandas
import pytest
from test_cli import car_command

from car.errors import CarError
from car.landing.contract import load_contract
from car.quality.declared import declared_suites, every_suite
from car.quality.evaluate import validate
from car.quality.frames import private_columns, read_rows
from car.quality.page import Answer, write_page
from car.quality.suites import Expectation, Suite, read_suites
from car.warehouse.catalogue import read_catalogue

# They share a month that takes a minute: CI has both files with one commit of four.
pytestmark = pytest.mark.turn(2)

DEVICE, METER_POINT, POSTCODE = "00-DB-12-34-56-78-90-A1", "1234567890123", "AB1 2CD"
WRITTEN = read_suites()


def held(suites, frames):
    return validate(suites, lambda suite: frames[suite.name], lambda done, total: None)


def answer_of(verdicts, **changes):
    """What the page of a month without a fault says, but for the changes."""
    nothing = {"held_back": [], "warnings": [], "feeds": {}, "without_rows": [], "diff": None}
    given = {"month": "2026-10", "as_of": "2026-11-06T00:00:00Z", "version": None, **nothing, **changes}
    return Answer(**given, verdicts=verdicts)


@pytest.fixture(scope="module")
def catalogue(real_month):
    return read_catalogue(real_month / ".car" / "target" / "manifest.json")


@pytest.fixture(scope="module")
def suites(catalogue):
    return every_suite(catalogue)


def test_every_list_and_every_published_file_has_a_suite(suites, catalogue):
    lists = {name for name, feed in load_contract().items() if feed.file_format == "csv"}
    assert {suite.name for suite in suites if suite.stage == "list"} == lists
    published = [suite.name for suite in suites if suite.stage == "published"]
    assert len(published) == len(set(published))
    assert {publication.name for publication in catalogue.publications} <= set(published)
    assert [suite.name for suite in suites if suite.stage == "landing"] == ["landing_files"]


# Rows that go against an expectation, by its kind.
CONTRARY = {
    "expect_table_row_count_to_be_between": lambda arguments: {"any": []},
    "expect_column_values_to_not_be_null": lambda arguments: {arguments["column"]: [None, None, "x"]},
    "expect_column_values_to_be_in_set": lambda arguments: {
        arguments["column"]: [
            not arguments["value_set"][0] if isinstance(arguments["value_set"][0], bool) else "?"
        ]
    },
    "expect_column_distinct_values_to_contain_set": lambda arguments: {
        arguments["column"]: arguments["value_set"][1:]
    },
    "expect_column_values_to_be_between": lambda arguments: {
        arguments["column"]: [
            arguments["min_value"] - 1,
            arguments.get("max_value", arguments["min_value"] - 2) + 1,
        ]
    },
    "expect_column_pair_values_a_to_be_greater_than_b": lambda arguments: {
        arguments["column_A"]: [1, 3],
        arguments["column_B"]: [2, 3],
    },
    "expect_column_pair_values_to_be_equal": lambda arguments: {
        arguments["column_A"]: [1, 3],
        arguments["column_B"]: [2, 3],
    },
    "expect_compound_columns_to_be_unique": lambda arguments: {
        column: ["same", "same"] for column in arguments["column_list"]
    },
}


def test_every_expectation_fails_on_rows_that_go_against_it():
    suites, frames = [], {}
    for suite in WRITTEN:
        for number, expectation in enumerate(suite.expectations):
            name = f"{suite.name}-{number}"
            suites.append(Suite(name, suite.title, suite.stage, suite.rows, (expectation,)))
            frames[name] = pandas.DataFrame(CONTRARY[expectation.kind](expectation.arguments))
    verdicts = held(suites, frames)
    assert len(verdicts) == sum(len(suite.expectations) for suite in WRITTEN)
    assert [verdict.suite.name for verdict in verdicts if not verdict.failed] == []
    for verdict in verdicts:
        assert verdict.suite.expectations[0].because in verdict.failed[0]


# Cells that a file might have, by the beginning of their type.
CELLS = {
    "varchar": ["null", "''", "'x'", "'-1'", "'2026-10'", "'2026-09'"],
    "date": ["null", "'2026-09-30'", "'2026-10-01'"],
    "timestamp": ["null", "'2026-10-01'"],
    "boolean": ["null", "true", "false"],
    "decimal": ["null", "-1", "0", "0.5", "2", "7"],
    "int": ["null", "-1", "0", "1", "2", "7"],
}


def rows_of_all_sorts(publication):
    """SQL: rows of a file with any cells, words of its checks among them, and each of the rows twice."""
    words = sorted({word for check in publication.checks for word in re.findall(r"'[^']*'", check)})
    columns = [(column.name, column.data_type) for column in publication.columns]
    cells = []
    for name, data_type in [*columns, ("car_file", "varchar")]:
        kind = next((kind for kind in CELLS if data_type.startswith(kind)), "int")
        found = [*CELLS[kind], *(words if kind == "varchar" else ())]
        place = f"1 + (hash(number, '{name}') % {len(found)})::integer"
        cells.append(f'([{", ".join(found)}])[{place}]::{data_type} as "{name}"')
    return f"select {', '.join(cells)} from range(4000) as _(number), range(2)"


def test_every_expectation_of_a_published_file_fails_on_rows_that_go_against_it(catalogue):
    suites, frames = declared_suites(catalogue), {}
    with duckdb.connect() as connection:
        for publication, suite in zip(catalogue.publications, suites, strict=True):
            connection.execute(f"create view {publication.name} as {rows_of_all_sorts(publication)}")
            frames[suite.name] = read_rows(connection, suite.name, suite.rows)
    verdicts = held(suites, frames)
    assert all(len(suite.expectations) > 1 for suite in suites)
    for verdict in verdicts:
        assert len(verdict.failed) == len(verdict.suite.expectations), verdict


def test_the_page_shows_counts_and_no_values_and_loads_nothing_from_elsewhere(tmp_path, monkeypatch):
    tried = []

    def connect(*arguments, **keywords):
        tried.append(arguments)
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    rows = pandas.DataFrame({"title": [DEVICE, METER_POINT, POSTCODE, "fine"], "number": [1, 2, 3, 4]})
    suite = Suite(
        "things",
        "Things <of> all sorts",
        "list",
        "",
        (
            Expectation(
                "expect_column_values_to_be_in_set", {"column": "title", "value_set": ["fine"]}, "titles"
            ),
            Expectation(
                "expect_column_values_to_match_regex", {"column": "title", "regex": "^fine$"}, "form"
            ),
            Expectation("expect_column_values_to_be_unique", {"column": "number"}, "numbers"),
        ),
    )
    (verdict,) = held([suite], {"things": rows})
    assert tried == []
    assert verdict.failed == ("things: 3 of 4 rows: titles (title)", "things: 3 of 4 rows: form (title)")
    folder = tmp_path / "page"
    for _ in range(2):  # the second time in place of the first
        page = write_page(answer_of([verdict]), folder)
    assert [*tmp_path.rglob("*")] == [folder, page]
    text = page.read_text(encoding="utf-8")
    assert not any(private in text for private in (DEVICE, METER_POINT, POSTCODE))
    assert not re.search(r"https?://|<script|None|__none__", text)
    assert "Things &lt;of&gt; all sorts: 4 rows" in text and "2 of 3 do not hold" in text
    assert "does not hold: 3 of 4 rows: titles (title)" in text and "holds: numbers (number)" in text
    assert "Not before somebody has looked: 2 of 3 expectations do not hold." in text


FEED = {
    "files_found": 31,
    "files_rejected": 2,
    "rows_read": 1000,
    "rows_quarantined": 20,
    "quarantined_by_reason": {"bad_format": 20},
    "warnings": {"days_without_file": 4},
    "newest_file_on": "2026-10-27",
    "rows_in_month": 400,
    "rows_month_before": 970,
}


def test_the_page_answers_first_whether_the_month_can_go_out(tmp_path):
    def first_words(answer):
        text = write_page(answer, tmp_path / "page").read_text(encoding="utf-8")
        return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL).split())

    held_back = "parties: the new list has 3 rows and the list before it 12"
    told = first_words(answer_of([], held_back=[held_back], feeds={"alerts": FEED}))
    assert told.startswith(
        f"Can 2026-10 go out? Can 2026-10 go out? No. The quality gate holds it back. {held_back}"
    )
    assert "alerts 31 2 1,000 20 bad_format 20 2026-10-27 400 970 late: 4 days without a file" in told
    assert "Nothing of the month is published." in told
    good = first_words(answer_of([], version=2, without_rows=["ALPHA", "BETA"]))
    assert "go out? Yes. Nothing holds it back" in good and "Version 2 is in force." in good
    assert "2 recipients have no row in any file: ALPHA, BETA." in good


@pytest.mark.parametrize(
    "column", ["device_id", "chf_device_key", "mpxn", "mpxn_key", "export_mpan", "postcode"]
)
def test_rows_with_what_identifies_a_home_are_refused(column):
    with duckdb.connect() as connection, pytest.raises(CarError, match=f"suite things reads {column}, which"):
        read_rows(connection, "things", f"select 1 as fine, 'x' as {column}")


def test_rows_with_a_column_that_is_declared_to_show_a_device_are_refused(catalogue):
    private = private_columns(catalogue)
    assert private
    with duckdb.connect() as connection:
        for column in private:
            with pytest.raises(CarError, match=f"suite things reads {column}, which"):
                read_rows(connection, "things", f"select 1 as fine, 'x' as {column}", private)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title: a\nstage: list\nrows: select 1\nexpectations: []\n", "needs expectations"),
        (
            "title: a\nstage: x\nrows: select 1\nexpectations: [{expect_a: {}, because: b}]\n",
            "a stage of list",
        ),
        ("title: a\nstage: list\nrows: select 1\nexpectations: [{expect_a: {}}]\n", "because"),
        (
            "title: a\nstage: list\nrows: select 1\nexpectations: [{a: {}, because: b}]\n",
            "a is no expectation",
        ),
        ("stage: list\n", "expectations"),
    ],
)
def test_a_suite_with_a_fault_is_refused_by_name(content, message, tmp_path):
    (tmp_path / "odd.yml").write_text(content)
    with pytest.raises(ValueError, match=r"odd\.yml") as error:
        read_suites(tmp_path)
    assert message in str(error.value)


def test_a_simulated_month_meets_every_expectation(real_month, suites):
    result = car_command("quality", "--out", real_month, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["reporting_month"], document["version"], document["failed"]) == ("2026-10", 1, [])
    assert document["expectations"] == sum(len(suite.expectations) for suite in suites)
    assert document["can_go_out"] and not document["held_back"]
    text = Path(document["page"]).read_text(encoding="utf-8")
    assert all(escape(suite.title) in text for suite in suites)
    words = unescape(text)
    assert all(item.because in words for suite in suites for item in suite.expectations)
    assert "Yes. Nothing holds it back" in text and "There is no version before it" in text
    assert not re.search(r"00-DB-|https?://|None|__none__", text)


def test_a_published_file_that_was_changed_is_told_without_its_values(
    real_month, suites, catalogue, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(real_month, out, symlinks=True)
    parties = out / "releases" / "2026-10" / "current" / "parties"
    changed, share, path = next(
        (publication, column.name, path)
        for publication in catalogue.publications
        for column in publication.columns
        if (column.unit or "").startswith("share")
        for path in sorted(parties.glob("*/" + re.sub(r"\{\w+\}", "*", publication.path)))
        if len(path.read_text(encoding="utf-8").splitlines()) > 2
    )
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index(share)] = "7.125"
    path.chmod(0o644)
    path.write_text("\n".join([header, ",".join(cells), *rest[:-1], ""]), encoding="utf-8")
    result = car_command("quality", "--out", out, "--month", "2026-10")
    assert result.exit_code == 1
    told = [line for line in result.output.splitlines() if line.startswith("Warning: ")]
    files = len(list(parties.rglob("*.csv")))
    told.remove(
        f"Warning: published_files: 1 of {files:,} rows: the file has the records that its manifest promises"
        " (listed_rows)"
    )
    # That it is a share, and what else the mart's yml says of it.
    of_file = [re.sub(r"1 of \d+ recipients", "1", line) for line in told]
    assert f"Warning: {changed.name}: 1: a share lies between 0 and 1 ({share})" in of_file
    assert all(line.startswith(f"Warning: {changed.name}: 1: ") for line in of_file)
    assert f"{len(told) + 1} of " in result.output and "expectations do not hold." in result.output
    assert "7.125" not in result.output
    pages = [page.read_text(encoding="utf-8") for page in (out / ".car" / "quality").rglob("*.html")]
    assert not any("7.125" in page for page in pages)

    assert car_command("quality", "--out", out, "--month", "2026-09").exit_code == 2
    # What was held back is looked at as far as it came.
    shutil.rmtree(out / "releases")
    result = car_command("quality", "--out", out)
    assert result.exit_code == 0
    published = sum(suite.stage == "published" for suite in suites)
    assert (
        f"Not looked at, as nothing of the month is published: {published} of {len(suites)}" in result.output
    )


def test_there_is_nothing_to_look_at_before_the_first_run(tmp_path):
    (tmp_path / "out").mkdir()
    result = car_command("quality", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "no run has written to it" in result.stderr
