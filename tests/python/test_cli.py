"""The command `car`: what it says, what it returns, and a whole run over a small dbt project."""

import errno
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from conftest import MONTH, device
from typer.testing import CliRunner

import car.landing.check
from car import errors, options, workspace
from car.cli import app
from car.release import run_json
from car.warehouse import build

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

PRIVATE = re.compile(r"00-DB-12|1234567890123")


def car_command(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass
class FakeLanding:
    """Stands for the landing check's report: one feed, all of it loaded unless files are rejected."""

    rejected: list = field(default_factory=list)
    more_inputs: list = field(default_factory=list)
    as_of: datetime = datetime(2026, 11, 6)

    def to_dict(self):
        return {
            "as_of": "2026-11-06T00:00:00Z",
            "feeds": {
                "alerts": {
                    "files_found": 30,
                    "files_loaded": 30 - len(self.rejected),
                    "files_rejected": len(self.rejected),
                    "rejected": self.rejected,
                    "drift": [],
                    "drift_columns": 0,
                    "warnings": [],
                }
            },
            "inputs": [
                {"path": "alerts/date=2026-11-05/a.parquet", "bytes": 9, "sha256": "ab", "records": 1000},
                *self.more_inputs,
            ],
        }

    def new_rejections(self, month, as_of):
        return {"alerts": self.rejected} if self.rejected else {}

    def lines(self, with_feeds=True):
        return ["Landing zone: 30 files"]


BAD_FILE = {
    "file": "alerts/date=2026-11-05/b.parquet",
    "reason": "truncated",
    "found": "it is cut off",
    "expected": "a whole file",
}


@pytest.fixture
def landing(tmp_path, monkeypatch):
    """A landing folder whose check is `landing.report`."""
    folder = tmp_path / "landing"
    folder.mkdir()
    report = FakeLanding()

    def check(landing, work, progress=None, threads=None, project=None, needs=None):
        progress(1, 1)
        return report

    monkeypatch.setattr(car.landing.check, "check", check)
    monkeypatch.setattr(car.landing.check, "changed_files", lambda report, threads, project: [])
    return folder, report


@pytest.fixture
def run_month(landing, out, tiny_project):
    def run(*arguments):
        arguments = ("--no-pdf", *arguments)  # reports have tests of their own
        return car_command("run", "--landing", landing[0], "--out", out, "--month", MONTH, *arguments)

    return run


# ---- a whole run --------------------------------------------------------------------------------------


def test_a_run_publishes_and_accounts_for_what_came_in(run_month, out):
    result = run_month()
    assert result.exit_code == 0, result.output
    release = out / "releases" / MONTH / "current"
    written = release / "parties" / "ALPHA" / "inventory" / "IS" / "devices.csv"
    assert written.read_text() == (
        "reporting_month,party_id,role,device_id,expires_on\n"
        "2026-10,ALPHA,IS,00-DB-12-34-56-78-90-A1,2026-10-01\n"
    )
    (folder,) = (out / "runs").iterdir()
    run = json.loads((folder / "run.json").read_text())
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run["run_id"]) and folder.name == run["run_id"]
    expected = {
        "outcome": "published",
        "reporting_month": MONTH,
        "as_of": "2026-11-06T00:00:00Z",
        "version": 1,
        "transforms": 1,
        "requests_counted": 90,
        "requests_not_counted": {"5": 9},
        "recipients": 1,
        "files": 1,
        "held_back": [],
        "inputs": [{"path": "alerts/date=2026-11-05/a.parquet", "bytes": 9, "sha256": "ab", "records": 1000}],
        "feeds": {
            "alerts": {
                "files_found": 30,
                "files_loaded": 30,
                "files_rejected": 0,
                "rejected": [],
                "drift": [],
                "drift_columns": 0,
                "rows_read": 1000,
                "rows_after_as_of": 1,
                "rows_accepted": 970,
                "rows_superseded": 9,
                "rows_quarantined": 20,
                "quarantined_by_reason": {"bad_format": 20},
                "warnings": {"check_digit": 7},
                "file_warnings": [],
                "newest_file_on": "2026-11-05",
                "rows_in_month": 970,
                "rows_month_before": None,
            }
        },
    }
    assert {key: run[key] for key in expected} == expected
    assert run["code_version"] and run["package_versions"]["duckdb"] == duckdb.__version__
    assert {"check", "build", "publish"} <= set(run["seconds"])
    copied = json.loads((release / "run.json").read_text())
    assert {key: copied[key] for key in expected} == expected
    with duckdb.connect() as connection:
        quarantine = connection.sql(f"select * from '{folder}/quarantine/alerts.parquet'")
        assert quarantine.columns == ["reasons", "landed_file", "landed_row", "alert_code"]
        assert quarantine.fetchall() == [(["bad_format"], "alerts/date=2026-11-01/a.parquet", 7, "x")]
    assert not PRIVATE.search(result.output)

    # What the run left is enough to publish again, to look at it, and to see that nothing changed.
    again = car_command("publish", "--out", out)
    assert (
        again.exit_code == 0
        and "Nothing to publish: 2026-10 version 1 already holds the same" in again.output
    )
    status = car_command("status", "--out", out)
    assert "version 1 (current): as of 2026-11-06T00:00:00Z, 1 parties, 1 CSV files, 1 rows" in status.output


def test_arrivals_are_held_against_the_release_of_the_month_before(run_month, landing, out):
    before = ("run", "--landing", landing[0], "--out", out, "--month", "2026-09")
    assert car_command(*before).exit_code == 0
    result = run_month("--vars", "{rows_in_month: 400}")
    assert result.exit_code == 0, result.output
    assert (
        "Warning: alerts: no file landed in the last 4 days of 2026-10; the newest is of 2026-11-05.\n"
        "Warning: alerts: 400 rows landed in 2026-10, few beside the 970 of the month before.\n"
    ) in result.output
    run = json.loads((out / "releases" / MONTH / "current" / "run.json").read_text())
    assert run["history"]["rows_in_month"] == {"alerts": 970}
    assert run["feeds"]["alerts"]["rows_month_before"] == 970
    assert run["feeds"]["alerts"]["warnings"] == {
        "check_digit": 7,
        "fewer_rows_than_month_before": 400,
        "days_without_file": 4,
    }
    # What is left out by --no-history is left out here too.
    assert run_month("--no-history").exit_code == 0
    run = json.loads(max((out / "runs").glob("*/run.json"), key=os.path.getmtime).read_text())
    assert (run["history"], run["feeds"]["alerts"]["rows_month_before"]) == (None, None)


def test_json_is_one_document_on_standard_output(run_month):
    result = run_month("--json")
    document = json.loads(result.stdout)
    assert (document["outcome"], document["version"], result.exit_code) == ("published", 1, 0)
    assert "Published 2026-10 version 1" in result.stderr


@pytest.mark.parametrize("cause", ["rows", "file"])
def test_the_quality_gate_holds_back_with_exit_code_3(cause, run_month, landing, out):
    if cause == "rows":
        arguments, message = (
            ("--vars", "{held: true}"),
            "alerts: 20 of 999 new rows (2.0%) quarantined; of all rows: bad_format 20",
        )
    else:
        landing[1].rejected.append(BAD_FILE)
        arguments = ()
        message = "alerts: 1 new file rejected; alerts/date=2026-11-05/b.parquet: it is cut off"
    result = run_month(*arguments)
    assert result.exit_code == 3 and message in result.stderr
    assert not (out / "releases").exists()
    (kept,) = (out / "runs").glob("*/run.json")
    run = json.loads(kept.read_text())
    assert (run["outcome"], run["version"], run["held_back"]) == ("held_back", None, [message])
    # A rejected file is told before anything is built, and what was not built is not published.
    assert (out / ".car" / "warehouse.duckdb").exists() == (cause == "rows")
    assert car_command("publish", "--out", out).exit_code == 3
    forced = run_month(*arguments, "--force")
    assert forced.exit_code == 0 and message in forced.output


def test_a_failing_data_test_publishes_nothing_and_is_named(run_month, out):
    assert run_month().exit_code == 0
    before = os.readlink(out / "releases" / MONTH / "current")
    result = run_month("--vars", "fails: true")
    assert result.exit_code == 1
    assert "test accepted_values_devices_device_id" in result.stderr and "Log: " in result.stderr
    assert os.readlink(out / "releases" / MONTH / "current") == before
    # What is in the warehouse now must not be published by another way either.
    assert (
        "was not built by `car run`, or its last build failed" in car_command("publish", "--out", out).stderr
    )
    assert json.loads(max((out / "runs").glob("*/run.json")).read_text())["outcome"] in (
        "failed",
        "published",
    )


def test_a_data_test_that_only_warns_is_told_and_published(run_month):
    result = run_month("--vars", "{fails: true, doubts: true}")
    assert result.exit_code == 0, result.output
    assert "Warning: test accepted_values_devices_device_id" in result.output
    assert "Published 2026-10 version 1" in result.output


def test_an_interrupted_build_is_no_failure_of_dbt(run_month, out, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("dbt.task.build.BuildTask.run", interrupt)
    result = run_month()
    assert result.exit_code == 130 and "run the same command again" in result.stderr
    assert not (out / "releases").exists()


def test_a_model_that_cannot_be_built_is_named_without_values_of_rows(run_month, out):
    result = run_month("--vars", "breaks: true")
    assert result.exit_code == 1 and "model devices: " in result.stderr
    kept = [
        path for path in out.rglob("*") if path.suffix in (".log", ".json") and "compiled" not in path.parts
    ]
    results = [path for path in kept if path.name in ("dbt.log", "run_results.json", "run.json")]
    assert len(results) == 3
    # The literal stands in the model's own SQL; what DuckDB said of it must not.
    assert not PRIVATE.search(result.output)
    assert not any(PRIVATE.search(json.dumps(item.get("message"))) for item in _results(out))
    assert not any(PRIVATE.search(path.read_text()) for path in kept if path.name == "dbt.log")


def _results(out):
    return json.loads((out / ".car" / "target" / "run_results.json").read_text())["results"]


def test_what_is_not_declared_as_it_must_be_is_told_before_the_build(run_month, out, tiny_project):
    yml = tiny_project / "models" / "models.yml"
    yml.write_text(yml.read_text().replace("        config: {meta: {unit: day}}\n", ""))
    result = run_month()
    assert result.exit_code == 1 and "column expires_on" in result.stderr
    assert not (out / ".car" / "warehouse.duckdb").exists()


def test_a_run_says_what_it_restates_before_it_builds(run_month, landing):
    assert "restates" not in run_month().stdout
    assert "restates" not in run_month().stdout  # of the same instant, with the same files
    told = " ".join(run_month("--as-of", "2026-11-10").stdout.split())
    words = (
        "2026-10 version 1 is in force, as of 2026-11-06T00:00:00Z. This run is as of 2026-11-10T00:00:00Z"
        " with the same files: where a figure differs, version 2 restates the month."
    )
    assert words in told and told.index(words) < told.index("Building and testing the warehouse")
    new = {"path": "alerts/date=2026-11-08/a.parquet", "bytes": 9, "sha256": "cd", "records": 7}
    landing[1].more_inputs = [new]
    assert "with 1 more file:" in " ".join(run_month().stdout.split())


def test_an_earlier_as_of_and_a_month_without_data_are_warned_of(run_month, out, tiny_project):
    (tiny_project / "models" / "request_counts.sql").write_text(
        "select 'requests_counted' as measure, null::int as report_status_id, 0 as request_count"
    )
    result = run_month("--as-of", "2026-10-15")
    assert result.exit_code == 0, result.output
    assert "The as-of instant 2026-10-15T00:00:00Z is before the end of 2026-10" in result.output
    assert "No service request of 2026-10 is in the landing zone" in result.output


def test_a_clock_cannot_be_set_by_vars(run_month):
    result = run_month("--vars", "as_of: 2026-01-01")
    assert result.exit_code == 2 and "as_of is set by the run" in result.stderr


# ---- the smaller commands -----------------------------------------------------------------------------


def test_check_says_what_came_in_and_returns_3_where_a_file_is_rejected(landing, tiny_project, tmp_path):
    good = car_command("check", "--landing", landing[0])
    assert good.exit_code == 0 and "Landing zone: 30 files" in good.stdout
    landing[1].rejected.append(BAD_FILE)
    bad = car_command("check", "--landing", landing[0], "--json")
    assert bad.exit_code == 3 and bad.stderr.count("Landing zone: 30 files") == 1
    assert json.loads(bad.stdout)["feeds"]["alerts"]["rejected"] == [BAD_FILE]


@pytest.mark.long
def test_the_demo_says_where_to_look(landing, tiny_project, tmp_path, monkeypatch):
    monkeypatch.setattr("car.cli.DEMO_SIZE", {"parties": 6, "devices": 100, "requests": 200, "seed": 1})
    result = car_command("demo", "--dir", tmp_path / "demo", "--months", 2)
    assert result.exit_code == 0, result.output
    months = (tmp_path / "demo" / "out" / "releases").iterdir()
    assert sorted(path.name for path in months) == ["2026-09", "2026-10"]
    named = result.stdout.partition("Where to look, best first:\n")[2].splitlines()
    assert len(named) == 7
    whats, answers = zip(*(line.strip().split(": ", 1) for line in named), strict=True)
    assert all(answers) and len(set(answers)) == 7
    assert whats[0].endswith("report.pdf") and all(Path(what).exists() for what in whats[:5])
    # The last month was held and approved; what is in force was delivered.
    log = (tmp_path / "demo" / "out" / "releases" / "2026-10" / "log.jsonl").read_text()
    assert json.loads(log)["by"] == "car demo"
    delivered = tmp_path / "demo" / "delivered" / "ALPHA"
    assert sorted(path.name for path in delivered.iterdir()) == ["2026-09", "2026-10", "recipient.json"]
    for command in whats[5:]:
        called, *words = shlex.split(command)
        assert called == "car" and car_command(*words).exit_code in (0, 1)
    assert list((tmp_path / "demo" / "landing").glob("service_requests/date=*/*.parquet"))


def test_the_log_of_a_simulation_is_short(tmp_path):
    """It is read in CI and in files: how far it is comes seldom, and not once for each of its 100 parts."""
    result = car_command(
        *("simulate", "--landing", tmp_path / "l", "--month", MONTH),
        *("--parties", 5, "--devices", 1, "--requests", 0),
    )
    assert result.exit_code == 0
    assert len([line for line in result.output.splitlines() if re.search(r"\d+ of \d+", line)]) < 10


@pytest.mark.parametrize(
    ("argument", "found", "wanted"),
    [
        ("/work/.venv/bin/car", None, ".venv/bin/car"),
        ("/work/a b/bin/car", None, "'a b/bin/car'"),
        ("/work/.venv/bin/car", "/work/.venv/bin/car", "car"),
        ("pytest", None, "car"),
    ],
)
def test_a_hint_names_the_command_as_it_can_be_called(argument, found, wanted, monkeypatch):
    monkeypatch.delenv("CAR_COMMAND", raising=False)
    monkeypatch.setattr("sys.argv", [argument])
    monkeypatch.setattr("car.workspace.shutil.which", lambda name: found)
    monkeypatch.setattr("car.workspace.os.path.relpath", lambda path: str(path).removeprefix("/work/"))
    assert workspace.command_name() == wanted
    monkeypatch.setenv("CAR_COMMAND", "python3 tasks.py car")
    assert workspace.command_name() == "python3 tasks.py car"


def test_run_json_begins_with_what_came_of_it(run_month, out):
    assert run_month().exit_code == 0
    for path in (*out.glob("runs/*/run.json"), out / "releases" / MONTH / "v1" / "run.json"):
        run = json.loads(path.read_text())
        names = list(run)
        assert names[:7] == ["outcome", "reporting_month", "version", "as_of", "run_id", "odd", "feeds"]
        assert names[-1] == "inputs"
        assert run["odd"] == [
            "alerts: 20 of 1,000 rows quarantined: bad_format 20",
            "alerts: check_digit 7",
        ]


def test_a_run_that_counts_as_simulated_is_told_from_one_that_does_not():
    counts = dict.fromkeys(run_json._ROW_COUNTS, 3) | {"quarantined_by_reason": {"x": 1}, "files_rejected": 0}
    assert run_json.as_simulated({"alerts": counts, "defects": {}}, {"alerts": counts})
    for name in counts:
        assert not run_json.as_simulated({"alerts": counts | {name: 9}}, {"alerts": counts})
    assert not run_json.as_simulated({}, {"alerts": counts})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--month", MONTH, "--parties", 1], "parties must be from"),
        ([], "--month"),
        (["--continue"], "no finished simulation"),
        (["--continue", "--seed", 2, "--bad", "none"], "leave out --seed, --bad"),
        (["--month", "2026-10..2026-09"], "forward"),
    ],
)
def test_simulate_explains_what_it_cannot_do(options, said, tmp_path):
    result = car_command("simulate", "--landing", tmp_path / "l", *options)
    assert result.exit_code == 2 and said in result.stderr and "Traceback" not in result.output


@pytest.mark.long
def test_simulate_goes_on(tmp_path):
    size = ["--parties", 5, "--devices", 1, "--requests", 0]
    first = car_command("simulate", "--landing", tmp_path / "l", "--month", "2026-12", *size)
    assert first.exit_code == 0
    second = car_command("simulate", "--landing", tmp_path / "l", "--continue", "--json")
    assert json.loads(second.stdout)["month"] == "2027-01"


def test_an_interrupted_command_says_that_it_can_be_run_again(warehouse, out, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("car.month.export", interrupt)
    result = car_command("publish", "--out", out, "--warehouse", warehouse.path)
    assert result.exit_code == 130 and "run the same command again" in result.stderr
    assert not list((out / "releases" / MONTH).iterdir())


# ---- wrong usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-1", "26-10", "2026-10-01", "0000-01", "october", "", "2026‐10"]
)
def test_a_malformed_month_is_wrong_usage(month, landing, out):
    result = car_command("run", "--landing", landing[0], "--out", out, "--month", month, "--no-pdf")
    assert result.exit_code == 2 and "is not a month: write YYYY-MM" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--as-of", "yesterday", "is not an instant"),
        ("--as-of", "2026-02-30", "is not an instant"),
        ("--as-of", "2026-W01", "is not an instant"),
        ("--vars", "[1, 2]", "YAML mapping"),
        ("--vars", "{a: ", "YAML mapping"),
        ("--memory-limit", "much", "is not an amount of memory"),
        *(
            ("--memory-limit", little, "is too small to work: the least is 256MiB")
            for little in ("0KB", "1KB", "255MiB", "268.4MB", "0.0001TiB")
        ),
    ],
)
def test_an_unreadable_option_is_wrong_usage(option, value, message, landing, out):
    result = car_command("run", "--landing", landing[0], "--out", out, "--month", MONTH, option, value)
    assert result.exit_code == 2 and message in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("4GiB", "2867MiB"),
        ("4GB", "2670MiB"),
        ("1.5 gib", "1075MiB"),
        ("400MB", "267MiB"),
        ("2TiB", "1468006MiB"),
        ("256MiB", "179MiB"),
    ],
)
def test_three_tenths_of_the_memory_are_left_to_what_the_engine_does_not_count(text, engine):
    assert options.read_memory_limit(text) == engine


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-06", datetime(2026, 11, 6)),
        ("2026-11-06T01:02", datetime(2026, 11, 6, 1, 2)),
        ("2026-11-06 01:02:03.5", datetime(2026, 11, 6, 1, 2, 3, 500_000)),
        ("2026-11-06T01:02:03Z", datetime(2026, 11, 6, 1, 2, 3)),
        ("2026-11-06T01:00:00+01:00", datetime(2026, 11, 6)),
    ],
)
def test_instants_are_read_as_utc(text, instant):
    assert options.read_instant(text) == instant


def test_a_missing_folder_is_named(tmp_path, out):
    run = car_command("run", "--landing", tmp_path / "nowhere", "--out", out, "--month", MONTH)
    assert run.exit_code == 2 and "There is no landing folder" in run.stderr and not out.exists()
    status = car_command("status", "--out", tmp_path / "nowhere")
    assert status.exit_code == 2 and "There is no folder" in status.stderr
    publish = car_command("publish", "--out", out, "--warehouse", tmp_path / "w.duckdb")
    assert publish.exit_code == 2 and "There is no warehouse at" in publish.stderr


def test_a_preview_is_no_version_that_could_be_held():
    result = car_command("publish", "--party", "ALPHA", "--preview", "x", "--warehouse", "w", "--hold")
    assert result.exit_code == 2 and "--hold is of a version" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--party", "ALPHA"], ["--preview", "x"], [], ["--party", "ALPHA", "--preview", "x"]]
)
def test_options_that_do_not_fit_together(arguments):
    result = car_command("publish", *arguments)
    assert result.exit_code == 2
    assert ("go together" if len(arguments) == 2 else "Name the output folder") in result.stderr


def test_an_unknown_option_or_command_is_wrong_usage():
    assert car_command("run", "--nonsense").exit_code == 2
    assert car_command("nonsense").exit_code == 2


def test_the_help_has_the_commands_in_the_order_of_the_work_and_the_exit_codes():
    told = car_command("--help").output
    panels = ["Each month", "What is in force", "Once more", "To try and to measure"]
    assert [told.index(panel) for panel in panels] == sorted(told.index(panel) for panel in panels)
    assert told.index(" check ") < told.index(" run ") < told.index(" approve ") < told.index(" demo ")
    words = " ".join(told.split())
    assert "0 done; 1 failed" in words and "2 wrong usage; 3 held back by the quality gate" in words


@pytest.mark.parametrize("command", [command.callback.__name__ for command in app.registered_commands])
def test_the_help_shows_no_type_of_an_option_without_a_value(command):
    told = car_command(command, "--help").output
    assert "<bool>" not in told and "<int" not in told and "--json" in told


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "check",
        "publish",
        "report",
        "status",
        "quality",
        "verify",
        "approve",
        "rollback",
        "simulate",
        "bench",
        "demo",
    ],
)
def test_each_command_helps_with_an_example(command):
    result = car_command(command, "--help")
    assert result.exit_code == 0 and f"Example: car {command}" in result.output


# ---- failures in words --------------------------------------------------------------------------------


def test_a_preview_from_the_command_line(warehouse, tmp_path):
    folder = tmp_path / "preview"
    result = car_command(
        "publish", "--warehouse", warehouse.path, "--party", "ALPHA", "--preview", folder, "--json"
    )
    assert result.exit_code == 0 and json.loads(result.stdout)["folder"] == str(folder / "ALPHA")
    unknown = car_command("publish", "--warehouse", warehouse.path, "--party", "NOBODY", "--preview", folder)
    assert unknown.exit_code == 2 and "Party NOBODY is owed no report" in unknown.stderr


def test_a_locked_warehouse_is_told(warehouse, out):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse.path)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        result = car_command("publish", "--out", out, "--warehouse", warehouse.path)
        holder.stdin.close()
    assert result.exit_code == 1 and f"The warehouse is in use by process {holder.pid}" in result.stderr


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on the disk"),
        (errno.EROFS, "Not allowed to write there"),
        (errno.EACCES, "Not allowed to write there"),
    ],
)
def test_a_full_or_read_only_disk_is_told_and_leaves_nothing_half_done(
    number, message, warehouse, out, monkeypatch
):
    assert car_command("publish", "--out", out, "--warehouse", warehouse.path).exit_code == 0
    before = sorted((out / "releases").rglob("*"))
    warehouse.devices.append(device(device_id="D9"))
    warehouse.build()

    def fail(source, target):
        raise OSError(number, os.strerror(number), str(source))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fail)
        result = car_command("publish", "--out", out, "--warehouse", warehouse.path)
    assert result.exit_code == 1 and message in result.stderr and "Traceback" not in result.output
    assert sorted((out / "releases").rglob("*")) == before
    assert car_command("publish", "--out", out, "--warehouse", warehouse.path).exit_code == 0


def test_what_nobody_foresaw_is_told_in_a_sentence_even_where_no_log_can_be_kept(warehouse, out, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("of Device 00-DB-12-34-56-78-90-A1")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("car.month.export", fail)
    command = ("publish", "--out", out, "--warehouse", warehouse.path)
    told = car_command(*command)
    assert told.exit_code == 1 and "Something unforeseen went wrong (ZeroDivisionError" in told.stderr
    log = Path(re.search(r"Details: (\S+)", told.stderr)[1])
    assert "Traceback" in log.read_text() and not PRIVATE.search(log.read_text() + told.output)
    log.unlink()
    monkeypatch.setattr("car.cli.tempfile.mkstemp", full)
    told = car_command(*command)
    assert told.exit_code == 1 and "Details could not be kept: No space left on device" in told.stderr
    assert "ZeroDivisionError" in told.stderr and "Traceback" not in told.output


def test_a_disk_that_is_really_full_is_told():
    """DuckDB writes to /dev/full, where every write finds no space."""
    with pytest.raises(duckdb.Error) as caught:
        duckdb.execute("copy (select * from range(1000000)) to '/dev/full' (format csv, use_tmp_file false)")
    assert "No space left on the disk" in str(errors.explain(caught.value))


def test_a_file_in_the_way_of_the_output_folder_is_told(warehouse, tmp_path):
    (tmp_path / "file").write_text("")
    result = car_command("publish", "--out", tmp_path / "file" / "out", "--warehouse", warehouse.path)
    assert result.exit_code == 1 and "A file is in the way" in result.stderr


def test_what_nobody_foresaw_is_a_sentence_with_a_log(warehouse, out, monkeypatch):
    def surprise(*_):
        raise KeyError("meter 1234567890123 of 00-DB-12-34-56-78-90-A1 at AB1 2CD")

    monkeypatch.setattr("car.month.recall_build", surprise)
    result = car_command("publish", "--out", out, "--warehouse", warehouse.path)
    assert result.exit_code == 1 and "Traceback" not in result.output
    log = Path(re.search(r"Details: (\S+)", result.stderr)[1])
    assert "Traceback" in log.read_text()
    for text in (result.output, log.read_text()):
        assert not PRIVATE.search(text) and "AB1 2CD" not in text
    log.unlink()


def test_a_line_of_dbt_names_no_device():
    node = SimpleNamespace(resource_type="model", name="devices")
    line = build._line(
        SimpleNamespace(node=node, status="warn", message="key 00-DB-12-34-56-78-90-A1\n twice")
    )
    assert line == "  model devices: key […] twice"


def test_scrub_keeps_what_is_no_identifier():
    text = "20 of 1,000,000 rows; run 20261106T081500Z-3f9a1c; 8.14.1; date=2026-11-06; v12; line 12345"
    assert errors.scrub(text) == text


def test_without_a_project_it_says_what_to_do(landing, out, monkeypatch, tmp_path):
    monkeypatch.setenv("CAR_PROJECT", str(tmp_path))
    result = car_command("run", "--landing", landing[0], "--out", out, "--month", MONTH, "--no-pdf")
    assert result.exit_code == 2 and "there is no dbt_project.yml in it" in result.stderr


def test_status_of_nothing_and_of_a_month_that_is_not_in_force(warehouse, out):
    (out / "runs").mkdir(parents=True)  # one was held back
    assert "Nothing is published yet." in car_command("status", "--out", out).output
    car_command("publish", "--out", out, "--warehouse", warehouse.path)
    warehouse.devices.pop()
    car_command("publish", "--out", out, "--warehouse", warehouse.build().path)
    months = json.loads(car_command("status", "--out", out, "--json").stdout)["months"]
    assert [(m["reporting_month"], m["current"]) for m in months] == [(MONTH, 2)]
    assert [(v["version"], v["is_current"], v["files"], v["rows"]) for v in months[0]["versions"]] == [
        (1, False, 4, 4),
        (2, True, 4, 3),
    ]
    (out / "releases" / MONTH / "current").unlink()
    assert "  `current` is missing: " in car_command("status", "--out", out).output


def test_status_goes_on_where_a_manifest_is_gone(warehouse, out):
    car_command("publish", "--out", out, "--warehouse", warehouse.path)
    warehouse.devices.pop()
    car_command("publish", "--out", out, "--warehouse", warehouse.build().path)
    (out / "releases" / MONTH / "v1/parties/BETA/manifest.json").unlink()
    status = car_command("status", "--out", out)
    assert status.exit_code == 0
    _, first, second, *_ = status.output.splitlines()
    assert first.startswith("  version 1: as of ") and "manifest.json is gone" in first
    assert "version 2 (current)" in second
    assert second.endswith("2 parties, 4 CSV files, 3 rows, 3 PDF reports")
    (month,) = json.loads(car_command("status", "--out", out, "--json").stdout)["months"]
    assert [version["files"] for version in month["versions"]] == [None, 4]


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "car", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.startswith("car ")


def test_a_command_that_publishes_nothing_waits_for_no_import_that_publishing_needs():
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from car.month import check_landing; from car.landing.check import check;"
            "print(sorted({'dbt', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"


# ---- nothing built ------------------------------------------------------------------------------------


def preview_of(out, *arguments):
    folder = out.with_name("preview")
    return car_command("publish", "--out", out, "--party", "ALPHA", "--preview", folder, *arguments)


def again_of(out):
    return car_command("publish", "--out", out, "--no-pdf")


def quality_of(out):
    return car_command("quality", "--out", out)


@pytest.mark.parametrize("command", [preview_of, again_of, quality_of])
def test_after_a_run_that_was_held_back_or_failed_it_says_so(command, run_month, landing, out):
    run_month("--vars", "fails: true")
    told = command(out)
    assert told.exit_code == 1 and "was not built by `car run`, or its last build failed" in told.stderr
    (failed,) = (out / "runs").iterdir()
    assert f"The last run, {failed.name} of {MONTH}, ended as `failed`: {failed}" in told.stderr
    # Held back before there was anything to build.
    (failed / "run.json").unlink()
    (out / ".car" / "warehouse.duckdb").unlink()
    held = {"run_id": "20270101T000000Z-000000", "reporting_month": MONTH, "outcome": "held_back"}
    (failed / "run.json").write_text(json.dumps({**held, "held_back": ["alerts: 1 of 30 files rejected"]}))
    told = command(out)
    assert told.exit_code == 3
    assert f"The last run, {held['run_id']} of {MONTH}, was held back by the quality gate" in told.stderr
    assert "  alerts: 1 of 30 files rejected\n" in told.stderr and "--force" in told.stderr


def test_what_was_built_before_a_run_that_was_held_back_is_not_taken_for_its_own(run_month, out):
    assert run_month().exit_code == 0
    (built,) = (out / "runs").iterdir()
    later = out / "runs" / "20990101T000000Z-000000"
    later.mkdir()
    held = {"run_id": later.name, "reporting_month": "2026-11", "outcome": "held_back", "held_back": ["x"]}
    (later / "run.json").write_text(json.dumps(held))
    said = (
        f"Warning: The last run, {later.name} of 2026-11, was held back by the quality gate: this is what run"
        f" {built.name} built before."
    )
    for command in (preview_of, again_of):
        told = command(out, *(["--no-pdf"] if command is preview_of else []))
        assert told.exit_code == 0 and said in told.output


def test_a_preview_of_what_was_held_back_says_so(run_month, out):
    assert run_month("--vars", "{held: true}").exit_code == 3
    told = preview_of(out, "--no-pdf")
    assert told.exit_code == 0, told.output
    assert "which built this, was held back by the quality gate" in told.output


@pytest.mark.parametrize("is_locked", [True, False])
def test_while_a_run_goes_on_a_preview_says_so(is_locked, warehouse, out):
    """The build may just have begun, or DuckDB may have the warehouse in its hands."""
    (out / ".car").mkdir(parents=True)
    place = out / ".car" / "warehouse.duckdb"
    if is_locked:
        warehouse.path.rename(place)
    code = (
        "import duckdb, sys; from pathlib import Path; from car.lock import hold\n"
        "with hold(Path(sys.argv[1]) / '.car', 'car run --month 2026-10'):\n"
        "    connection = duckdb.connect(str(Path(sys.argv[1]) / '.car' / 'warehouse.duckdb'))\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        told = [preview_of(out, "--no-pdf"), again_of(out)]
        told.append(
            car_command("publish", "--warehouse", place, "--party", "ALPHA", "--preview", out.with_name("p"))
        )
        holder.stdin.close()
    for each in told:
        assert each.exit_code == 1
        assert f"{out} is in use by `car run --month 2026-10` (process {holder.pid} on" in each.stderr


@pytest.mark.parametrize("command", ["status", "verify", "quality"])
def test_a_folder_that_is_none_of_ours_is_wrong_usage(command, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "a.txt").write_text("a")
    told = car_command(command, "--out", tmp_path)
    assert told.exit_code == 2 and "is no output folder: no run has written to it" in told.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "photos"]
