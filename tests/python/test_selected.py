"""A part of the project is built in a kept warehouse, and first what it reads that is missing or stale."""

import shutil

import pytest

from car.errors import CarError
from car.warehouse.selected import WAREHOUSE, build_selected

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

FILES = {
    "macros/times.sql": "{% macro times(x) %}{{ x }} * {{ var('factor') }}{% endmacro %}",
    "models/rows_read.sql": "select {{ times('1') }} as x",
    "models/other_rows.sql": "select 7 as x",
    "models/part.sql": "select x from {{ ref('rows_read') }}",
    "models/reader.sql": "select x from {{ ref('part') }}",
    "tests/part_is_not_the_other.sql": (
        "select x from {{ ref('part') }} where x in (select x from {{ ref('other_rows') }})"
    ),
    "models/parts.yml": """
groups: [{name: rows, owner: {name: A, email: a@example.org}}]
models:
  - {name: part, description: Rows.}
  - {name: rows_read, description: Rows., columns: [{name: x, data_tests: [not_null]}]}
unit_tests:
  - name: a_row_stays
    model: part
    given: [{input: ref('rows_read'), rows: [{x: 3}]}]
    expect: {rows: [{x: 3}]}
""",
}
PART = {"part": "success", "part_is_not_the_other": "pass", "a_row_stays": "pass"}


@pytest.fixture
def project(tiny_project_source, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    shutil.copytree(tiny_project_source, folder)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    alter(folder, "dbt_project.yml", "vars: {", "vars: {factor: 2, other: 1, ")
    # A group that the project gives, and not the yml: with it dbt leaves a renamed unit test behind.
    alter(folder, "dbt_project.yml", "+materialized: table", "+materialized: table, +group: rows")
    for name, value in {"CAR_PROJECT": str(folder), "CAR_MEMORY_LIMIT": "1GiB", "CAR_WAREHOUSE": ""}.items():
        monkeypatch.setenv(name, value)
    return folder


def alter(folder, name, was, becomes):
    text = (folder / name).read_text()
    assert was in text
    (folder / name).write_text(text.replace(was, becomes))


@pytest.fixture
def build(project, tmp_path):
    def build(*select):
        built = build_selected(list(select), tmp_path, tmp_path / "landing")
        return built.first, {name: built.statuses[name] for name in built.statuses if name not in built.first}

    return build


def test_what_is_missing_is_built_first_without_its_tests_and_then_stands(build, project, tmp_path):
    assert build("part") == (["other_rows", "rows_read"], PART)
    assert build("part") == ([], PART)
    assert build("reader") == ([], {"reader": "success"})
    (tmp_path / WAREHOUSE).unlink()
    assert build("reader") == (["part", "rows_read"], {"reader": "success"})


def test_what_other_code_has_built_is_stale_with_all_that_read_it(build, project):
    build("+reader", "other_rows")
    alter(project, "models/rows_read.sql", "as x", "+ 1 as x")
    assert build("reader") == (["part", "rows_read"], {"reader": "success"})
    alter(project, "macros/times.sql", "*", "+")
    assert build("reader")[0] == ["part", "rows_read"]
    alter(project, "dbt_project.yml", "factor: 2", "factor: 3")
    assert build("reader")[0] == ["part", "rows_read"]
    alter(project, "dbt_project.yml", "other: 1", "other: 2")
    assert build("reader")[0] == []


def test_what_failed_is_not_taken_to_stand(build, project):
    build("part")
    alter(project, "models/rows_read.sql", "as x", "+ null as x")
    built, statuses = build("rows_read+", "other_rows")
    assert built == []
    assert statuses["not_null_rows_read_x"] == "fail"
    assert statuses["part"] == statuses["reader"] == "skipped"
    assert build("reader")[0] == ["part"]


def test_a_unit_test_that_was_renamed_as_its_model_got_other_words_runs_under_its_new_name(build, project):
    build("part")
    alter(
        project,
        "models/parts.yml",
        "{name: part, description: Rows.}",
        "{name: part, description: All rows.}",
    )
    alter(project, "models/parts.yml", "a_row_stays", "a_row_is_kept")
    renamed = {"part": "success", "part_is_not_the_other": "pass", "a_row_is_kept": "pass"}
    assert build("part") == ([], renamed)


def test_a_name_that_nothing_has_is_told(build):
    with pytest.raises(CarError, match="Nothing is selected"):
        build("parts_of_it")
