"""dbt parses the project again when it has changed, and not because another month is run."""

import json
import os

import pytest

from car.warehouse import build as dbt

OTHER = {
    "reporting_month": "2025-02",
    "as_of": "2025-03-06 00:00:00",
    "landing_index": "elsewhere",
    "history_parties": "releases/2025-01/v1/parties",
    "history_industry": "releases/2025-01/v1/industry",
    "rows_month_before": {"alerts": 5},
    "watch_windows": 7,
    "watch_until": "2025-03-05 12:00:00",
    "copies": {"history": "copies/history"},
    "links": {"a.parquet": "b.parquet"},
    "industry_origin": {"in_force": "releases/2025-02/v1/parties", "kept": {}},
    "code_fingerprint": "some code",
}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder in which one list was built, with the variables of the project."""
    work = tmp_path_factory.mktemp("work")
    before = dict(os.environ)
    build(work, {})
    yield work
    os.environ.clear()
    os.environ.update(before)


def build(work, variables):
    """Build one list; tells whether dbt parsed all of the project for it."""
    dbt.build(work / "w.duckdb", work, variables, 2, "1GiB", work / "dbt.log", select=("report_statuses",))
    return "Unable to do partial parsing" in (work / "dbt.log").read_text(encoding="utf-8")


def parsed(work, folder, variables):
    """All that dbt parses with some variables, without when and by which run."""
    from dbt.cli.main import dbtRunner

    project = dbt.find_project()
    places = ("--project-dir", str(project), "--profiles-dir", str(project / "profiles"))
    written = ("--target-path", str(folder), "--log-path", str(folder), "--log-level-file", "none")
    arguments = ("parse", "--quiet", *places, *written, "--vars", json.dumps(variables))
    manifest = dbtRunner().invoke([*arguments]).result

    def without_times(value):
        if isinstance(value, dict):
            return {name: without_times(item) for name, item in value.items() if name != "created_at"}
        return [without_times(item) for item in value] if isinstance(value, list) else value

    return {
        name: without_times(value)
        for name, value in manifest.to_dict().items()
        if name not in ("metadata", "state_check")
    }


@pytest.mark.long
def test_nothing_is_parsed_otherwise_because_of_what_a_run_sets(work, tmp_path):
    assert set(OTHER) == set(dbt.RUN_VARIABLES)
    one, other = parsed(work, tmp_path / "one", {}), parsed(work, tmp_path / "other", OTHER)
    assert len(one["nodes"]) > 500
    assert one == other


@pytest.mark.long
def test_a_run_of_another_month_does_not_parse_again(work, monkeypatch):
    assert not build(work, {})
    assert not build(work, OTHER)
    assert build(work, {"speed_trt_s": 20})
    assert not build(work, {"speed_trt_s": 20, **OTHER})
    monkeypatch.setattr(dbt, "code_fingerprint", lambda _: "other code")
    assert build(work, {"speed_trt_s": 20})
