"""What hangs on the code alone is built and tested once for a code, and again whenever that is in doubt."""

import json
import os

import duckdb
import pytest

from car import build as dbt
from car.errors import CarError
from car.warehouse import holds_reference


@pytest.fixture(autouse=True)
def environment_put_back():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def build(work, *select, **options):
    """Build a part of the warehouse, and tell the names of the lists and models in it."""
    dbt.build(work / "w.duckdb", work, {}, 2, "1GiB", work / "dbt.log", select=select, **options)
    results = json.loads((work / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    names = [item["unique_id"].split(".") for item in results]
    return {name for kind, _, name, *_ in names if kind != "operation"}


def test_reference_lists_are_built_once_for_a_code_and_again_by_another(tmp_path, monkeypatch):
    code = dbt.code_fingerprint(dbt.find_project())
    warehouse = tmp_path / "w.duckdb"
    assert not holds_reference(warehouse, code)
    assert "regions" in build(tmp_path, "path:seeds")
    assert not holds_reference(warehouse, code)  # what they said before is not kept yet
    build(tmp_path, "path:snapshots/reference_seeds.yml")
    assert holds_reference(warehouse, code)
    assert not holds_reference(warehouse, "other code")

    # A model that reads lists alone is none: it is built each time, with its tests.
    again = build(tmp_path, "tag:reference", "dim_regions")
    assert "dim_regions" in again
    assert all("dim_regions" in name for name in again)
    assert len(again) > 1
    assert holds_reference(warehouse, code)

    assert "regions" in build(tmp_path, "regions", anew=True)
    assert not holds_reference(warehouse, code)
    monkeypatch.setattr(dbt, "code_fingerprint", lambda _: "other code")
    assert "regions" in build(tmp_path, "regions")


def test_a_reference_list_whose_test_fails_is_not_taken_for_built(tmp_path):
    code = dbt.code_fingerprint(dbt.find_project())
    build(tmp_path, "tag:reference")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        (whole,) = connection.execute("select count(distinct node) from bookkeeping.reference").fetchone()
        lacking = "node = '' or contains(node, '.snap_regions_')"
        connection.execute(f"delete from bookkeeping.reference where {lacking}")
        connection.execute("update snapshots.snap_regions set region = 'North'")
    with pytest.raises(CarError, match="snap_regions_one_row_in_force"):
        build(tmp_path, "snap_regions_one_row_in_force")
    assert not holds_reference(tmp_path / "w.duckdb", code)
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        assert connection.execute("from bookkeeping.reference select count(*)").fetchone() == (whole - 2,)
