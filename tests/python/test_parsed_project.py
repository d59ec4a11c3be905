"""What dbt parsed is used again by a run on the same code, and by no other."""

import json
import os
import shutil

import pytest

from car.errors import CarError
from car.warehouse import build as dbt
from car.warehouse.parsed_project import CLOCKS, parsed_file, recall

OTHER_CLOCKS = {
    "reporting_month": "2025-02",
    "as_of": "2025-03-06 00:00:00",
    "landing_index": "elsewhere",
    "history_parties": "releases/2025-01/v1/parties",
    "rows_month_before": {"alerts": 5},
    "industry_origin": {"in_force": "releases/2025-02/v1/parties", "kept": {}},
    "code_fingerprint": "some code",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder in which one seed was built, by the clocks of the project."""
    work = tmp_path_factory.mktemp("kept")
    before = dict(os.environ)
    build(work, {})
    yield work
    os.environ.clear()
    os.environ.update(before)


def build(work, variables):
    dbt.build(work / "w.duckdb", work, variables, 2, "1GiB", work / "dbt.log", select=("report_statuses",))


def content(manifest):
    """All that was parsed, without when and by which run."""

    def without_times(value):
        if isinstance(value, dict):
            return {name: without_times(item) for name, item in value.items() if name != "created_at"}
        return [without_times(item) for item in value] if isinstance(value, list) else value

    return {
        name: without_times(value)
        for name, value in manifest.to_dict().items()
        if name not in ("metadata", "state_check")
    }


def test_nothing_is_parsed_otherwise_because_of_a_clock(kept, tmp_path):
    assert set(OTHER_CLOCKS) == set(CLOCKS)
    build(tmp_path, OTHER_CLOCKS)
    (one,) = (kept / "target").glob("parsed-*.msgpack")
    (other,) = (tmp_path / "target").glob("parsed-*.msgpack")
    assert content(recall(one)) == content(recall(other))
    assert len(content(recall(one))["nodes"]) > 500


def test_a_run_with_other_clocks_does_not_parse_again(kept, monkeypatch):
    parsed = []

    def parse_again(*_, **__):
        parsed.append(1)
        raise AssertionError("parsed")

    monkeypatch.setattr("dbt.cli.requires.parse_manifest", parse_again)
    build(kept, OTHER_CLOCKS)
    assert not parsed
    with pytest.raises(CarError):
        build(kept, {"speed_trt_s": 20})
    assert parsed


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for part in ("models", "macros", "seeds", "profiles", "snapshots", "analyses", "tests/dbt"):
        (folder / part).mkdir(parents=True)
        (folder / part / "a.sql").write_text("select 1")
    (folder / "dbt_project.yml").write_text("name: a")
    return folder


def test_each_part_of_the_project_and_each_variable_but_a_clock_decides_what_is_recalled(project, tmp_path):
    def named(variables=None, warehouse="w.duckdb", of=project):
        return parsed_file(tmp_path, of, tmp_path / warehouse, variables or {}).name

    seen = [named(), named({"speed_trt_s": 20}), named(warehouse="other.duckdb")]
    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        path.write_text(path.read_text() + " ")
        seen.append(named())
    (project / "models" / "a.sql").rename(project / "models" / "b.sql")
    seen.append(named())
    copied = shutil.copytree(project, tmp_path / "elsewhere")
    seen.append(named(of=copied))
    assert len(set(seen)) == len(seen) == 13
    (project / "README.md").write_text("no part of what is parsed")
    assert named(OTHER_CLOCKS) == seen[-2]


def test_what_was_parsed_of_other_code_is_removed(tmp_path):
    old, half = tmp_path / "parsed-0.msgpack", tmp_path / "partial_parse.msgpack"
    for path in (old, half):
        path.write_bytes(json.dumps({}).encode())
    assert recall(tmp_path / "parsed-1.msgpack") is None
    assert not old.exists()
    assert not half.exists()
