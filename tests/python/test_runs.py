"""`car runs`: how each run ended and what it took, from run.json alone."""

import json
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from car.cli import app
from car.runs.history import read_runs
from car.runs.told import run_lines

FACTS = {
    "outcome": "published",
    "reporting_month": "2026-10",
    "version": 1,
    "as_of": "2026-11-06T00:00:00Z",
    "held_back": [],
    "inputs": [
        {"path": "alerts/a", "bytes": 2048, "records": 90},
        {"path": "b", "bytes": 0, "records": None},
    ],
    "feeds": {"alerts": {"rows_accepted": 80}, "commentary": {}},
    "recipients": 5,
    "files": 12,
    "rows": 3000,
    "csv_bytes": 4096,
    "code_version": "abc",
    "engine": {"name": "duckdb", "version": "2.0.0"},
    "package_versions": {"duckdb": "2.0.0"},
    "seconds": {"check": 2.0, "build": 10.0, "publish": 4.0},
}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def put(out):
    """Leaves the run.json of a run; each comes after the one before."""
    numbers = iter(range(1, 100))

    def put_run(**facts):
        run_id = f"20261101T0000{next(numbers):02d}Z-abcdef"
        folder = out / "runs" / run_id
        folder.mkdir(parents=True)
        folder.joinpath("run.json").write_text(json.dumps({"run_id": run_id, **FACTS, **facts}))
        return run_id

    return put_run


def took(build, **others):
    return {"seconds": {"check": 2.0, "build": build, "publish": 4.0, **others}}


def car(out, *arguments, code=0):
    result = CliRunner().invoke(app, ["runs", "--out", str(out), *arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_step_is_held_against_the_median_of_the_runs_before_it_that_ended_well(put, out):
    for seconds in (10.0, 30.0, 12.0):
        put(**took(seconds))
    put(**took(1000.0), outcome="failed")
    put(**took(24.0))
    first, *_, last = read_runs(out)[0]
    assert [step.usual_s for step in first.steps] == [None, None, None] and first.usual_s is None
    build = last.steps[1]
    assert (build.usual_s, build.times_usual, build.is_odd) == (12.0, 2.0, True)
    assert [step.is_odd for step in last.steps] == [False, True, False]
    assert "  build took 24.0 s, 2.0 times as long as usual" in run_lines([last])
    assert (last.seconds, last.usual_s) == (30.0, 18.0)


def test_only_the_last_twelve_say_what_is_usual(put, out):
    for seconds in [100.0] * 20 + [10.0] * 12 + [19.9]:
        put(**took(seconds))
    last = read_runs(out)[0][-1]
    assert last.steps[1].usual_s == 10.0 and not last.steps[1].is_odd


def test_a_step_that_takes_no_time_is_never_odd_and_a_new_one_has_nothing_usual(put, out):
    put(**took(10.0, account=0.01))
    put(**took(10.0, account=0.9, convert=50.0))
    steps = {step.name: step for step in read_runs(out)[0][-1].steps}
    assert not steps["account"].is_odd and steps["convert"].usual_s is None and not steps["convert"].is_odd


def test_rows_are_told_of_the_steps_that_have_them(put, out):
    put(**took(10.0, account=1.0))
    (run,) = read_runs(out)[0]
    assert {step.name: step.rows for step in run.steps} == {
        "check": 90, "build": 80, "publish": 3000, "account": None,
    }  # fmt: skip
    assert (run.records, run.accepted, run.input_bytes, run.csv_bytes) == (90, 80, 2048, 4096)


def test_what_is_new_since_the_run_before_is_named(put, out):
    put()
    put()
    put(code_version="def", package_versions={"duckdb": "2.0.1", "car": "1"}, engine={"name": "spark"})
    assert [run.news for run in read_runs(out)[0]] == [
        [],
        [],
        ["code abc → def", "engine duckdb → spark", "duckdb 2.0.0 → 2.0.1", "car none → 1"],
    ]


def test_a_run_that_was_held_back_says_why(put, out):
    put(outcome="held_back", version=None, held_back=["alerts: <b>1</b> of 30 files rejected"], files=None)
    told = car(out)
    assert "2026-10, held back;" in told and "  alerts: <b>1</b> of 30 files rejected\n" in told
    page = (out / ".car" / "runs" / "index.html").read_text()
    assert "&lt;b&gt;1&lt;/b&gt; of 30" in page and "<b>1" not in page


def test_the_page_is_whole_and_loads_nothing(put, out):
    for seconds in (10.0, 12.0, 30.0):
        put(**took(seconds))
    told = json.loads(car(out, "--json"))
    page = (out / ".car" / "runs" / "index.html").read_text()
    assert told["page"].endswith("index.html") and len(told["runs"]) == 3

    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.seen = [], []

        def handle_starttag(self, tag, attributes):
            assert not {"src", "href"} & {name for name, _ in attributes}
            self.seen.append(tag)
            if tag not in ("meta",):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    tags = Tags()
    tags.feed(page)
    assert tags.open == [] and tags.seen.count("h1") == 1 and "script" not in tags.seen
    assert "The last run: 2026-10 version 1, published." in page
    # Newest first, and what took long is marked.
    assert page.index(told["runs"][-1]["run_id"]) < page.index(told["runs"][0]["run_id"])
    assert '<td class="n odd">2.7</td>' in page


def test_the_newest_alone_may_be_shown_beside_what_was_usual_before(put, out):
    ids = [put(**took(seconds)) for seconds in (10.0, 10.0, 30.0)]
    (run,) = json.loads(car(out, "--last", "1", "--json"))["runs"]
    assert run["run_id"] == ids[-1] and run["steps"][1]["usual_s"] == 10.0
    assert (run["began_at"], run["seconds"]) == ("2026-11-01T00:00:03Z", 36.0)


def test_what_an_older_run_did_not_write_down_is_left_out(put, out):
    put()
    folder = out / "runs" / "20261101T000050Z-abcdef"
    folder.mkdir()
    folder.joinpath("run.json").write_text('{"run_id": "20261101T000050Z-abcdef", "outcome": "failed"}')
    for name, text in (("x", "{"), ("y", "{}")):
        (out / "runs" / name).mkdir()
        (out / "runs" / name / "run.json").write_text(text)
    runs, unreadable = read_runs(out)
    assert [run.outcome for run in runs] == ["published", "failed"] and unreadable == 2
    assert "2 run.json cannot be read" in CliRunner().invoke(app, ["runs", "--out", str(out)]).output


def test_a_folder_without_runs_is_told(tmp_path):
    (tmp_path / "out").mkdir()
    result = CliRunner().invoke(app, ["runs", "--out", str(tmp_path / "out")])
    assert result.exit_code == 2 and "no run has written to it" in result.output
    (tmp_path / "out" / "runs").mkdir()
    assert "No run has ended here yet." in car(tmp_path / "out")
