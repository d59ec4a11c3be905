"""`car bench`: its folder, its failures, and the results that are kept in docs/bench."""

import json
from pathlib import Path

import pytest
from test_cli import car_command

from car.bench import bench as benching
from car.bench import landing_copy, tables
from car.bench.bench import ADDED_DAY, DAY_STEPS, MONTH_BEFORE, MONTH_STEPS, RESULT, Cost, bench
from car.bench.step import BUILT, PARTS, WAREHOUSE, parts_of
from car.errors import CarError, UsageFault

DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"
# What a step leaves, and the bench takes away.
LEFT = {"floor": "floor", "bare writing": "bare", "export": "out", "inventory rows": "inventory"}
KEPT = sorted((DOCUMENT.parent / "bench").glob("*.json"))


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


def test_the_tables_of_the_document_are_made_of_the_kept_results():
    assert KEPT
    text = DOCUMENT.read_text(encoding="utf-8")
    made = tables.markdown(tables.results(DOCUMENT.parent / "bench"))
    assert tables.written(text, made) == text, "run: python -m car.bench.tables docs/scale.md"
