"""A month's run with the industry's report: its checks hold all back or nobody, or the parties go without."""

import json
import os

import pytest
from conftest import land_register, use_project
from typer.testing import CliRunner

from car.cli import app
from car.release import industry

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

MONTH = "2026-10"
PROJECT = {
    "models/deadline.sql": """
select date '2026-11-13' as due_on, date '2026-12-04' as sec_due_on, '{{ var("as_of") }}'::date as as_of_on
""",
    "models/core/fct_alone.sql": "select 0 as share",
    "models/core/fct_shared.sql": "select 99 as share",
    "models/r1_other/int_other.sql": "select share from {{ ref('fct_shared') }}",
    "tests/core/holds_alone.sql": """
select 'the base of the report does not hold' as says from {{ ref("fct_alone") }}
where {{ var("base", "false") }}
""",
    "models/pmr_summary/int_figures.sql": """
select 'PP1' as measure_id, {{ "cast('none' as int)" if var("broken", false) else 97 }} as share,
       true as asked, false as given
union all select 'B1', share, false, cast(null as boolean) from {{ ref("fct_shared") }}
union all select 'C1', share, true, true from {{ ref("fct_alone") }}
""",
    "models/pmr_summary/measures.sql": """
select '{{ var("reporting_month") }}' as reporting_month, measure_id, cast(share as varchar) as value,
       asked as commentary_required, given as commentary_given
from {{ ref("int_figures") }}
""",
    "tests/pmr_summary/adds_up.sql": """
select measure_id, 'figure ' || measure_id || ' of 00-DB-12-34-56-78-90-A1 does not add up' as says
from {{ ref("measures") }} where {{ var("wrong", "false") }}
""",
    "tests/pmr_summary/names_nobody.sql": """
{{ config(meta={"not_lifted": true}) }}
select measure_id from {{ ref("int_figures") }} where {{ var("named", "false") }}
""",
    "tests/pmr_summary/doubts.sql": """
{{ config(severity="warn") }}
select measure_id from {{ ref("measures") }} where {{ var("odd", "false") }}
""",
    "tests/no_month_past_the_holidays.sql": """
select 'the list of bank holidays ends on 2026-09-30' as says where {{ var("past", "false") }}
""",
    "models/pmr_summary/measures.yml": """
models:
  - name: measures
    description: The figures.
    config: {contract: {enforced: true}, access: public}
    data_tests:
      - unique_grain: {arguments: {columns: [reporting_month, measure_id]}}
    columns:
      - {name: reporting_month, data_type: varchar}
      - {name: measure_id, data_type: varchar, description: Id., config: {meta: {shows: nothing}}}
      - {name: value, data_type: varchar, description: Value., config: {meta: {shows: number, unit: percent}}}
      - {name: commentary_required, data_type: boolean, description: Whether it is asked for.}
      - {name: commentary_given, data_type: boolean, description: Whether it is there.}
  - {name: deadline, config: {meta: {run_json: industry_deadline}}}
exposures:
  - name: measures_file
    description: What it is.
    type: application
    owner: {name: Reporting, email: reporting@example.org}
    depends_on: [ref('measures')]
    config:
      meta:
        publish: {recipient: industry, path: measures.csv, question: What is it?, split: [], always: true}
""",
    "seeds/pmr/pmr_measure_feeds.csv": "measure_id,feed\nPP1,parties\nB1,incidents\nC1,incidents\n",
}
VARIABLES = ", ".join(f"{name}: false" for name in ("broken", "wrong", "named", "odd", "past", "base"))


@pytest.fixture
def project(landed_project, monkeypatch):
    """A small dbt project with an industry's report of one file, and its checks."""
    for name, text in PROJECT.items():
        (landed_project / name).parent.mkdir(parents=True, exist_ok=True)
        (landed_project / name).write_text(text)
    settings = landed_project / "dbt_project.yml"
    settings.write_text(settings.read_text().replace("vars: {", f"vars: {{{VARIABLES}, ", 1))
    use_project(monkeypatch, landed_project)
    return landed_project


@pytest.fixture
def car(project, tmp_path):
    """Run a command on a landing zone with a register; gives the exit code, what was told, and run.json."""
    landing, out = tmp_path / "landing", tmp_path / "out"
    land_register(landing, 1, ("ALPHA", "IS", "Alpha", "2020-01-01"))

    def car(*options, wrong=(), command="run", number=1):
        places = ("--landing", landing, "--month", MONTH) if command == "run" else ()
        variables = ("--vars", json.dumps(dict.fromkeys(wrong, True))) if wrong else ()
        arguments = (command, *places, "--out", out, "--no-pdf", *variables, *options)
        done = CliRunner().invoke(app, [*map(str, arguments)])
        runs = sorted((out / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return done.exit_code, done.output, json.loads((runs[-1] / "run.json").read_text())

    car.out = out
    car.landing = landing
    return car


def folder(car, version=1):
    return car.out / "releases" / MONTH / f"v{version}"


def last_switch(car):
    return json.loads((car.out / "releases" / MONTH / "log.jsonl").read_text().splitlines()[-1])


def tell(command, car, *options):
    return CliRunner().invoke(app, [command, "--out", str(car.out), *options])


def test_a_run_publishes_the_report_and_says_when_it_was_due(car):
    code, told, run = car("--as-of", "2026-11-05")
    assert code == 0, told
    assert sorted(os.listdir(folder(car))) == ["industry", "parties", "run.json"]
    report = run["performance_report"]
    assert (report["due_on"], report["sec_due_on"], report["files"]) == ("2026-11-13", "2026-12-04", 1)
    assert report["without_commentary"] == ["PP1"]
    assert report["late"][-1] == "incidents: no file"
    assert "due 2026-11-13 (by the Smart Energy Code 2026-12-04), published" in told
    assert "commentary is asked for and was not supplied of 1 figures: PP1" in told
    assert "incidents: no file was loaded. 2 figures of the industry's report have no value" in told
    status = tell("status", car).output
    assert "industry's report: due 2026-11-13" in status and "late: incidents: no file" in status
    assert "not supplied of 1 figures: PP1" in status
    assert (
        json.loads(tell("status", car, "--json").stdout)["months"][0]["versions"][0]["performance_report"]
        == json.loads((folder(car) / "run.json").read_text())["performance_report"]
    )
    assert last_switch(car)["why"] == "published"


def test_no_industry_neither_builds_nor_publishes_it(car):
    code, told, run = car("--no-industry", wrong=["wrong", "broken", "named"])
    assert code == 0, told
    assert sorted(os.listdir(folder(car))) == ["parties", "run.json"]
    log = next((car.out / "runs").glob("*/dbt.log")).read_text()
    assert "int_figures" not in log and "adds_up" not in log and "devices" in log
    # What of core the report alone reads is not built either.
    assert "fct_alone" not in log and "holds_alone" not in log and "fct_shared" in log
    assert run["performance_report"]["left_out_by"] == "--no-industry"
    assert "incidents: no file" not in told
    assert "The industry's report is not published (--no-industry)." in told
    assert last_switch(car)["why"] == "published without the industry's report (--no-industry)"
    assert "--no-industry" in run["command"]
    # The warehouse has no report to publish either.
    code, told, run = car(command="publish")
    assert code == 0 and run["outcome"] == "unchanged"


def test_a_failed_check_of_the_report_holds_all_back_and_says_what_it_found(car):
    code, told, run = car(wrong=["wrong"])
    assert code == 3
    assert "industry's report, check adds_up: figure B1 of […] does not add up; figure C1" in told
    assert "or publish all the same with --force" in told and "--parties-only" in told
    assert (run["outcome"], run["version"]) == ("held_back", None)
    (check,) = run["performance_report"]["failed_checks"]
    assert (check["name"], check["rows"]) == ("adds_up", 3)
    assert run["held_back"] and not (car.out / "releases" / MONTH / "current").exists()
    # All is built, so that it can be looked at, or be published from the warehouse.
    assert car(command="publish")[0] == 3
    code, told, run = car("--parties-only", command="publish")
    assert code == 0, told
    assert sorted(os.listdir(folder(car))) == ["parties", "run.json"]
    assert run["performance_report"]["left_out_by"] == "--parties-only"


def test_parties_only_publishes_without_the_report_and_says_so(car):
    code, told, run = car("--parties-only", wrong=["wrong", "named"])
    assert code == 0, told
    assert sorted(os.listdir(folder(car))) == ["parties", "run.json"]
    assert "The industry's report is not published (--parties-only)." in told
    assert "Warning: industry's report, check adds_up: figure B1" in told
    assert (run["outcome"], run["held_back"]) == ("published", [])
    assert {check["name"] for check in run["performance_report"]["failed_checks"]} == {
        "adds_up",
        "names_nobody",
    }
    assert last_switch(car)["why"] == "published without the industry's report (--parties-only)"
    assert "--parties-only" in run["command"] and "--force" not in run["command"]
    status = tell("status", car).output
    assert "without the industry's report (--parties-only)" in status and "check adds_up" in status


def test_force_publishes_the_report_although_a_check_failed(car):
    code, told, run = car("--force", wrong=["wrong"])
    assert code == 0, told
    assert (folder(car) / "industry" / "measures.csv").is_file()
    assert "published with --force although the quality gate would hold it back" in told
    assert run["held_back"] and "--force" in run["command"]
    assert "check adds_up: figure B1" in tell("status", car).output


def test_force_does_not_lift_a_check_that_says_so(car):
    code, told, _ = car("--force", wrong=["wrong", "named"])
    assert code == 3
    assert "check names_nobody (--force does not lift this): 3 rows go against it" in told
    assert "with --force" not in told.rpartition("run again")[2] and "--parties-only" in told
    assert car("--force", command="publish")[0] == 3
    assert not (car.out / "releases" / MONTH / "current").exists()


def test_a_check_that_warns_holds_nothing_back(car):
    code, told, run = car(wrong=["odd"])
    assert code == 0 and run["performance_report"]["failed_checks"] == []
    assert "Warning: test doubts" in told


def test_a_check_of_what_the_report_alone_reads_is_one_of_the_report(car):
    code, told, _ = car(wrong=["base"])
    assert code == 3 and "check holds_alone: the base of the report does not hold" in told
    assert car("--parties-only", wrong=["base"])[0] == 0


def test_a_check_that_failed_is_run_again(car):
    assert car(wrong=["wrong"])[0] == 3
    assert car(wrong=["wrong"])[0] == 3
    assert car()[0] == 0


def test_a_model_of_the_report_that_breaks_ends_the_run_unless_the_parties_go_without(car):
    code, told, run = car(wrong=["broken"])
    assert code == 1 and run["outcome"] == "failed"
    assert "model int_figures" in told and "--parties-only publishes the parties' files without it" in told
    code, told, run = car("--parties-only", wrong=["broken"])
    assert code == 0, told
    assert "check int_figures (--force does not lift this): could not be built" in told
    # What could not be built is not published from the warehouse either, whatever is asked for.
    code, told, _ = car("--force", command="publish")
    assert code == 0 and not (folder(car) / "industry").exists()


def test_a_test_that_ends_the_build_says_what_it_found(car):
    code, told, _ = car(wrong=["past"])
    assert code == 1
    assert "test no_month_past_the_holidays" in told
    assert "    the list of bank holidays ends on 2026-09-30" in told
    assert "--parties-only" not in told


def test_a_failed_check_holds_back_a_restatement_too_and_leaves_what_is_in_force(car):
    assert car()[0] == 0
    land_register(car.landing, 2, ("ALPHA", "IS", "Alpha", "2020-01-02"))
    assert car(wrong=["wrong"])[0] == 3
    assert os.readlink(car.out / "releases" / MONTH / "current") == "v1"
    assert car("--parties-only")[0] == 0
    assert os.readlink(car.out / "releases" / MONTH / "current") == "v2"
    assert not (folder(car, 2) / "industry").exists()
    assert CliRunner().invoke(app, ["verify", "--out", str(car.out)]).exit_code == 0


def test_check_names_the_feeds_that_the_report_lacks(car):
    done = CliRunner().invoke(app, ["check", "--landing", str(car.landing)])
    assert "Warning: incidents: no file was loaded. 2 figures of the industry's report" in done.output
    assert "parties: no file was loaded" not in done.output
    found = json.loads(CliRunner().invoke(app, ["check", "--landing", str(car.landing), "--json"]).stdout)
    assert found["feeds_missing_for_industry"] == {"incidents": 2}


@pytest.mark.parametrize(
    ("published_on", "is_late", "words"),
    [
        ("2026-11-12", False, "published 2026-11-12, in time"),
        ("2026-11-13", False, "published 2026-11-13, in time"),
        ("2026-11-14", True, "published 2026-11-14, late"),
    ],
)
def test_the_due_date_is_in_time_to_its_end(published_on, is_late, words):
    report = {
        **industry.new_facts(True, False),
        "due_on": "2026-11-13",
        "as_of_on": "2026-11-13",
        "files": 23,
    }
    industry.add_publication(report, industry.date.fromisoformat(published_on))
    assert report["is_late"] == is_late
    assert words in industry.deadline_words(report) and "its data are" not in industry.deadline_words(report)
    after = {**report, "as_of_on": "2026-11-14"}
    assert industry.deadline_words(after).endswith("its data are as of 2026-11-14, after that day")
    assert bool(report["late"]) == is_late


def test_a_version_that_awaits_approval_names_no_day_on_which_it_went_out(car):
    code, _, run = car("--hold")
    assert code == 0 and run["outcome"] == "awaits_approval"
    report = run["performance_report"]
    assert (report["files"], report["published_on"], report["is_late"]) == (1, None, None)
    assert "published 20" not in tell("status", car).output
    # The same once more, not held: nothing goes out anew that is in force already.
    code, _, run = car()
    assert (code, run["outcome"]) == (0, "published")
    assert "published 20" in tell("status", car).output
    assert car()[2]["performance_report"]["published_on"] is None


def test_a_version_that_awaited_approval_goes_out_on_the_day_of_that():
    report = {**industry.new_facts(True, False), "due_on": "2026-11-13", "as_of_on": "2026-11-06"}
    day = industry.date.fromisoformat
    report["late"] = ["incidents: no file"]
    report["files"] = 23
    sealed = json.dumps(report)
    waiting = industry.as_approved(report, None)
    assert (waiting["published_on"], waiting["is_late"], waiting["late"]) == (
        None,
        None,
        ["incidents: no file"],
    )
    assert "published" not in industry.deadline_words(waiting)
    late = industry.as_approved(report, day("2026-11-16"))
    assert late["late"] == ["the report: published 3 days after the due date", "incidents: no file"]
    assert "published 2026-11-16, late" in industry.deadline_words(late)
    assert industry.as_approved(report, day("2026-11-12"))["late"] == ["incidents: no file"]
    assert json.dumps(report) == sealed
