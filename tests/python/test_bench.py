"""`car bench`: its folder, its failures, and the results that are kept in docs/bench."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE

import pytest
from test_cli import car_command

from car.bench import bench as benching
from car.bench import landing_copy, tables
from car.bench.bench import (
    ADDED_DAY,
    DAY_STEPS,
    MONTH_BEFORE,
    MONTH_STEPS,
    ON_SPARK,
    RESULT,
    SPARK_STEPS,
    Cost,
    bench,
    spark_line,
)
from car.bench.step import BUILT, EXPORTED, PARTS, WAREHOUSE, parts_of
from car.bench.usage import used
from car.errors import CarError, UsageFault
from car.warehouse.engine.settings import SparkSettings

DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"
# What a step leaves, and the bench takes away.
LEFT = {"floor": "floor", "bare writing": "bare", "export": "out", "inventory rows": "inventory"}
KEPT = sorted((DOCUMENT.parent / "bench").rglob("*.json"))


@pytest.fixture
def empty_landing(tmp_path):
    """A landing folder on which the first step fails."""
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


def test_a_folder_is_taken_back_though_the_first_step_failed(
    empty_landing, tmp_path, machine, reporter, capfd
):
    work = tmp_path / "work"
    for _ in range(2):
        with pytest.raises(CarError, match="step `floor` of the bench failed") as failed:
            bench(empty_landing, "2026-10", work, machine, reporter)
        assert "python -m car.bench.step 'floor'" in str(failed.value)
        assert str(work / "dbt.log") in str(failed.value)
        assert "No files found" in capfd.readouterr().err
        assert json.loads((work / RESULT).read_text())["costs"] == []


def test_a_folder_of_somebody_else_is_left_alone(empty_landing, tmp_path, machine, reporter):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "letter.txt").write_text("mine")
    with pytest.raises(UsageFault, match="no folder of an earlier bench"):
        bench(empty_landing, "2026-10", tmp_path / "work", machine, reporter)
    assert (tmp_path / "work" / "letter.txt").read_text() == "mine"


def test_a_bench_runs_each_step_and_keeps_its_result(tmp_path, monkeypatch):
    """With steps that do nothing. A day is left out of the second month, and comes before it is rebuilt."""
    landing = tmp_path / "landing"
    for day in ("2026-10-30", "2026-10-31", "2026-11-05"):
        (landing / "alerts" / f"date={day}").mkdir(parents=True)
    ran = []

    def step(name, given):
        work = Path(given["work"])
        days = sorted(path.name[-2:] for path in Path(given["landing"]).glob("alerts/*"))
        ran.append((name, days))
        if name in LEFT:
            (work / LEFT[name]).mkdir()
        if name == "check":
            inputs = [{"path": "alerts/x", "records": 3}, {"path": "alerts/y", "records": None}]
            (work / "check.json").write_text(json.dumps({"as_of": "2026-11-06T00:00:00Z", "inputs": inputs}))
        elif name not in ("floor", "bare writing", "inventory rows") and "as_of" not in given:
            raise AssertionError(name)
        if name == "build":
            (work / WAREHOUSE).touch()
            part = {"wall_s": 0.5, "cpu_s": 0.25, "max_rss": 5120}
            (work / BUILT).write_text(json.dumps(dict.fromkeys(PARTS, part)))
        if name == "inventory":
            (work / name / RESULT).write_text('{"rows": 7, "bytes": 3000000, "parties": 2, "files": 2}')
        return Cost(name, 2.0, 1.5, 10)

    monkeypatch.setattr(benching, "_measured", step)
    kept = tmp_path / "kept.json"
    done = car_command(
        "bench", "--landing", landing, "--month", "2026-10", "--work", tmp_path / "work",
        "--added-day", "--inventory-rows", "7", "--keep", kept,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    result = json.loads(kept.read_text())
    assert result == json.loads((tmp_path / "work" / RESULT).read_text())
    assert [cost["step"] for cost in result["costs"]] == [
        *(*MONTH_STEPS, "inventory"),
        *(prefix + name for prefix in (MONTH_BEFORE, ADDED_DAY) for name in DAY_STEPS),
    ]
    assert ran[-4:] == [
        *((name, ["05", "30"]) for name in ("check", "build")),
        *((name, ["05", "30", "31"]) for name in ("check", "build")),
    ]
    assert not (tmp_path / "work" / WAREHOUSE).exists()  # two of a national month need too much disk
    assert result["ratios"]["added_day_cpu_s"] == 1 and result["records"] == {"alerts": 3}
    assert result["inventory"]["mb_per_cpu_s"] == 2.0
    parts = [(cost["wall_s"], cost["cpu_s"], cost["peak_memory_mib"]) for cost in result["costs"][-4:]]
    assert parts == [(0.5, 0.75, 5), *[(0.5, 0.25, 5)] * 3]
    assert "Added day: build" in done.output
    assert "1.5 s of CPU, at most 10 MiB" in done.output
    assert str(tmp_path) not in kept.read_text()
    left = {path.name for path in (tmp_path / "work").iterdir()}
    assert left == {RESULT, "check.json", BUILT}


def test_a_build_on_spark_is_measured_beside_and_its_csvs_counted(tmp_path, monkeypatch, reporter, machine):
    """With steps that do nothing. Spark publishes three files, of which one is as DuckDB's."""
    ran = []

    def step(name, given):
        work = Path(given["work"])
        on_spark = "spark" in given
        ran.append((name, given.get("spark", {}).get("master", "")))
        if name in LEFT:
            (work / LEFT[name]).mkdir()
        if name == "check":
            (work / "check.json").write_text(json.dumps({"as_of": "2026-11-06T00:00:00Z", "inputs": []}))
        if name == "build":
            part = {"wall_s": 0.5, "cpu_s": 6.0 if on_spark else 0.25, "max_rss": 5120}
            (work / BUILT).write_text(json.dumps(dict.fromkeys(PARTS, part)))
        if name == "export":
            files = {"A/same.csv": "0", "A/other.csv": "1" if on_spark else "2"}
            (work / EXPORTED).write_text(json.dumps(files | ({"A/more.csv": "3"} if on_spark else {})))
        return Cost(name, 2.0, 24.0 if on_spark else 1.0, 10)

    monkeypatch.setattr(benching, "_measured", step)
    settings = SparkSettings(master="local[2]", settings=(f"spark.eventLog.dir={tmp_path}",))
    result = bench(tmp_path, "2026-10", tmp_path / "work", machine, reporter, spark=settings)
    assert ran[-2:] == [("build", "local[2]"), ("export", "local[2]")]
    assert [cost["step"] for cost in result["costs"]] == [
        *MONTH_STEPS,
        *(ON_SPARK + name for name in SPARK_STEPS),
    ]
    assert result["ratios"]["spark_cpu_s"] == 24 and result["ratios"]["spark_wall_s"] == 1
    assert (result["spark"]["files"], result["spark"]["equal_files"]) == (3, 1)
    assert result["spark"]["settings"]["master"] == "local[2]" and str(tmp_path) not in json.dumps(result)
    assert spark_line(result["spark"]) == "1 of 3 CSVs are the same on Spark and DuckDB"
    assert not (tmp_path / "work" / "out").exists()


@pytest.mark.parametrize("elsewhere", [{"master": "spark://host:7077"}, {"remote": "sc://host:15002"}])
def test_spark_elsewhere_is_not_measured(elsewhere, tmp_path, machine, reporter):
    work = tmp_path / "work"
    with pytest.raises(UsageFault, match="a Spark on this machine alone"):
        bench(tmp_path, "2026-10", work, machine, reporter, spark=SparkSettings(**elsewhere))
    assert not work.exists()


def test_what_a_child_uses_is_counted_while_it_lives_and_when_it_has_ended():
    """The child works for half a second, holds 200 MB, and waits to be told to end."""
    hold, work = "held = bytearray(200 << 20)", "while time.process_time() < 0.5: pass"
    program = "\n".join(["import time", hold, work, "print(flush=True)", "input()"])
    before = used()
    with subprocess.Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, text=True) as child:
        child.stdout.readline()
        living = used()
        child.communicate("\n")
    ended = used()
    assert living.cpu_s - before.cpu_s > 0.45 and living.max_rss - before.max_rss > 200_000
    assert ended.cpu_s >= living.cpu_s - 0.05


def test_a_node_is_of_the_part_that_it_stands_in_and_a_test_of_the_last_that_it_reads():
    paths = {
        "seed.lists": "seeds/lists.csv",
        "model.stg_alerts": "models/staging/alerts/stg_alerts.sql",
        "model.fct_alerts": "models/core/alerts/fct_alerts.sql",
        "model.mart_r3": "models/marts/r3_alerts/mart_r3.sql",
        "model.fct_outages": "models/core/outages/fct_outages.sql",
        "model.fct_down": "models/core/outages/fct_down.sql",
        "model.mart_pmr": "models/marts/pmr_estate/mart_pmr.sql",
        "test.of_report": "tests/dbt/pmr_estate/of_report.sql",
        "snapshot.snap": "snapshots/_snapshots.yml",
        "test.of_staging": "models/core/alerts/fct_alerts.yml",
        "test.of_core": "models/staging/alerts/stg_alerts.yml",
        "test.of_marts": "tests/dbt/of_marts.sql",
        "test.of_nothing": "tests/dbt/of_nothing.sql",
    }
    read = {
        "test.of_staging": ["source.landing", "seed.lists", "model.stg_alerts"],
        "test.of_core": ["model.fct_alerts", "model.stg_alerts"],
        "test.of_marts": ["model.fct_alerts", "model.mart_r3", "seed.lists"],
        "test.of_nothing": [],
        "test.of_report": ["model.mart_pmr", "model.mart_r3"],
    }
    # Of core, the report alone reads what outages rest on; the parties read alerts too.
    read_by = {
        "model.stg_alerts": ["model.fct_alerts", "model.fct_outages"],
        "model.fct_alerts": ["model.mart_r3", "model.mart_pmr", "test.of_core"],
        "model.fct_outages": ["model.fct_down", "test.of_core"],
        "model.fct_down": ["model.mart_pmr"],
    }
    nodes = {name: {"original_file_path": path} for name, path in paths.items()}
    part_of = parts_of({"nodes": nodes, "parent_map": read, "child_map": read_by})
    assert [part_of(name) for name in paths] == [
        *("staging", "staging", "core", "marts", "industry", "industry", "industry", "industry", "marts"),
        *("staging", "core", "marts", "staging"),
    ]


def test_ratios_are_of_the_steps_that_they_name():
    cpu_s = {"floor": 10, "check": 1, "staging": 11, "core": 8, "marts": 5, "bare writing": 4, "export": 5}
    cpu_s["industry"] = 4
    cpu_s |= {f"{ADDED_DAY}check": 0.25, f"{ADDED_DAY}staging": 3, f"{ADDED_DAY}core": 1.75}
    costs = {step: Cost(step, 2.0 * cpu, cpu, 1) for step, cpu in cpu_s.items()}
    assert benching.ratios(costs) == {
        "facts_cpu_s": 2.0,
        "facts_wall_s": 2.0,
        "marts_cpu_s": 0.5,
        "marts_wall_s": 0.5,
        "industry_cpu_s": 0.8,
        "industry_wall_s": 0.8,
        "export_cpu_s": 1.25,
        "export_wall_s": 1.25,
        "added_day_facts_cpu_s": 0.25,
        "added_day_facts_wall_s": 0.25,
    }


def test_a_day_of_a_landing_copy_comes_later(tmp_path):
    landing, copy = tmp_path / "landing", tmp_path / "copy"
    for name in ("a/date=2026-10-30/x.csv", "a/date=2026-10-31/x.csv", "b/date=2026-10-31/y.csv", "note.txt"):
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("x")

    def linked():
        return {path.relative_to(copy).as_posix() for path in copy.glob("*/*/*")}

    day = landing_copy.last_day("2026-10")
    landing_copy.link(landing, copy, without=day)
    assert linked() == {"a/date=2026-10-30/x.csv"}
    landing_copy.link(landing, copy, only=day)
    assert linked() == {"a/date=2026-10-30/x.csv", "a/date=2026-10-31/x.csv", "b/date=2026-10-31/y.csv"}
    with pytest.raises(UsageFault, match="Nothing landed on 2026-02-28"):
        landing_copy.link(landing, copy, without=landing_copy.last_day("2026-02"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_a_kept_result_has_every_step_and_the_ratios_of_its_costs(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    costs = {cost["step"]: Cost(**cost) for cost in result["costs"]}
    assert set(costs) >= tables.WHOLE
    assert result["ratios"] == benching.ratios(costs)
    assert result["records"]["service_requests"] > 500_000 and result["measured_on"]["cores"] > 0


def test_the_line_through_two_months_has_what_no_size_changes_and_what_each_million_adds():
    """A month costs DuckDB 10 CPU s and 2 a million requests, Spark 100 and 6."""

    def result(millions):
        of_engine = {"": (10, 2), ON_SPARK: (100, 6)}
        costs = [
            # Shared out evenly.
            asdict(Cost(prefix + step, 0.0, (fixed + slope * millions) / len(SPARK_STEPS), 1))
            for prefix, (fixed, slope) in of_engine.items()
            for step in SPARK_STEPS
        ]
        spark = {"settings": {"master": "", "driver_memory": "", "shuffle_partitions": 1}}
        return {
            "records": {"service_requests": millions * 1_000_000},
            "costs": costs,
            "ratios": {"spark_cpu_s": 1.0, "spark_wall_s": 1.0},
            "spark": {**spark, "files": 1, "equal_files": 1},
        }

    small, between, large = (result(millions) for millions in (1, 4, 10))
    told = tables.of_both_engines([small, between, large]).splitlines()
    assert told[-5:] == [
        "| from 1.0 and 10.0 M requests | DuckDB | Spark | ratio |",
        "| --- | --: | --: | --: |",
        "| CPU s of a month, whatever its size | 10.0 | 100.0 | 10.0 |",
        "| CPU s for each million requests | 2.0 | 6.0 | 3.0 |",
        "| CPU h of 2,500 million requests, if the line went on | 1.4 | 4.2 | 3.0 |",
    ]
    assert "the line went on" not in tables.of_both_engines([small])


def test_the_tables_of_the_document_are_made_of_the_kept_results():
    assert {path.parent.name for path in KEPT} == {"bench", tables.SPARK}
    text = DOCUMENT.read_text(encoding="utf-8")
    assert tables.rewritten(DOCUMENT) == text, "run: python -m car.bench.tables docs/scale.md"
