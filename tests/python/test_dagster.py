"""The example of orchestration/dagster, on a small dbt project: `python3 tasks.py orchestrate` runs it.

Dagster is in an environment of its own, so that the suite leaves these out.
"""

import importlib.util
import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from conftest import MONTH, land_register, use_project

dagster = pytest.importorskip("dagster", reason="Dagster has an environment of its own: tasks.py orchestrate")

EXAMPLE = Path(__file__).resolve().parents[2] / "orchestration" / "dagster" / "car_month.py"
AUK = ("AUK", "IS", "Auk", "2020-01-01")


class Example:
    """The example's module, its folders, and a Dagster instance."""

    def __init__(self, module, landing, out, config):
        self.module, self.landing, self.out, self.config = module, landing, out, config
        self.instance = dagster.DagsterInstance.ephemeral()

    def run(self, job, **config):
        ops = {"in_force": {"config": config}} if config else {}
        return self.module.defs.resolve_job_def(job).execute_in_process(
            partition_key=MONTH, instance=self.instance, raise_on_error=False, run_config={"ops": ops}
        )

    def tag(self, result):
        return self.instance.get_run_by_id(result.run_id).tags.get(self.module.OUTCOME)

    def in_force(self):
        link = self.out / "releases" / MONTH / "current"
        return os.readlink(link) if link.is_symlink() else None


@pytest.fixture
def example(landed_project, tmp_path, monkeypatch):
    use_project(monkeypatch, landed_project)
    landing, out, config = tmp_path / "landing", tmp_path / "out", tmp_path / "car.toml"
    land_register(landing, 1, AUK)
    config.write_text("")
    for name, value in (("LANDING", landing), ("OUT", out), ("CONFIG", config), ("QUIET_MINUTES", "30")):
        monkeypatch.setenv(f"CAR_{name}", str(value))
    # The example parses the project before a run names a warehouse.
    monkeypatch.setenv("CAR_WAREHOUSE", str(tmp_path / "parsed.duckdb"))
    monkeypatch.setenv("CAR_TO", str(tmp_path / "delivered" / "{party_id}"))
    spec = importlib.util.spec_from_file_location("car_month", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "car_month", module)
    spec.loader.exec_module(module)
    return Example(module, landing, out, config)


def test_the_assets_are_the_tables_of_the_manifest_and_what_they_come_to(example):
    named = {key.to_user_string() for key in example.module.defs.resolve_all_asset_keys()}
    assert {"release", "in_force", "delivered"} < named
    models = {path.stem for path in Path(os.environ["CAR_PROJECT"]).rglob("models/*.sql")}
    assert models and models <= {name.rpartition("/")[2] for name in named}


def test_a_month_is_run_and_seen_by_nobody_until_somebody_approves_it(example, tmp_path):
    result = example.run("run_month")
    assert result.success and example.tag(result) == "awaits_approval"
    assert example.in_force() is None and not (tmp_path / "delivered").exists()
    assert example.run("approve_month", by="Anna Smith", why="agreed").success
    assert example.in_force() == "v1"
    log = (example.out / "releases" / MONTH / "log.jsonl").read_text()
    assert (json.loads(log)["by"], json.loads(log)["why"]) == ("Anna Smith", "agreed")
    assert (tmp_path / "delivered" / "AUK" / MONTH / "manifest.json").is_file()


def test_what_the_quality_gate_holds_back_is_an_outcome_of_its_own_and_is_not_tried_again(example):
    example.config.write_text("[variables]\nheld = true\n")
    result = example.run("run_month")
    assert not result.success and example.tag(result) == "held_back"
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("quality_gate", False)
    assert "Held back by the quality gate" in check.metadata["why"].value
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert failure.step_failure_data.user_failure_data.description == "Held back by the quality gate."


def test_a_run_that_fails_says_why_and_is_not_held_back(example):
    shutil.rmtree(example.landing)
    result = example.run("run_month")
    assert not result.success and example.tag(result) == "failed"
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "There is no landing folder" in failure.step_failure_data.user_failure_data.description


def test_nobody_approves_where_nothing_was_written(example):
    result = example.run("approve_month", by="Anna Smith")
    assert not result.success and example.in_force() is None


def test_the_sensor_runs_the_month_that_is_over_once_all_is_quiet(example):
    sensor = example.module.landing_sensor
    context = dagster.build_sensor_context()
    assert "still landing" in sensor(context).skip_message
    hour_ago = time.time() - 3600
    for path in example.landing.rglob("*.*"):
        os.utime(path, (hour_ago, hour_ago))
    asked = sensor(context)
    newest = max(path.name for path in example.landing.glob("*/date=*")).removeprefix("date=")
    assert asked.partition_key == MONTH == example.module.month_over([Path(f"x/date={newest}/y")])
    assert "Nothing new" in sensor(context).skip_message
    # Something new is another run.
    land_register(example.landing, 2, AUK)
    for path in example.landing.rglob("*.*"):
        os.utime(path, (hour_ago, hour_ago))
    assert sensor(context).run_key != asked.run_key


@pytest.mark.parametrize(
    ("day", "month"), [("2026-11-05", "2026-10"), ("2026-10-31", "2026-10"), ("2026-10-30", "2026-09")]
)
def test_the_month_that_is_over_on_a_day(example, day, month):
    assert example.module.month_over([Path(f"x/date={day}/y"), Path("x/date=2020-01-01/y")]) == month
