"""What refers to what is not there, and whatever dbt warns of at parse, is an error."""

from pathlib import Path

import pytest
import yaml
from project_copy import plain_parse

from car.errors import CarError
from car.warehouse.build import parse

ROOT = Path(__file__).parents[2]

# What may be left in other files when the model or macro `gone` is deleted.
LEFT = {
    "a singular test": {"tests/a.sql": "select * from {{ ref('gone') }}"},
    "a generic test of another model": {
        "models/a.yml": """
models:
  - name: devices
    data_tests: [unique_device: {arguments: {column_name: device_id, among: ref('gone')}}]
""",
        "macros/a.sql": """
{% test unique_device(model, column_name, among) %} select * from {{ among }} {% endtest %}
""",
    },
    "its own yml": {"models/a.yml": "models: [{name: gone, description: A model.}]"},
    "a test in its own yml": {
        "models/a.yml": "models: [{name: gone, columns: [{name: x, data_tests: [not_null]}]}]"
    },
    "its unit test": {
        "models/a.yml": "unit_tests: [{name: rule, model: gone, given: [], expect: {rows: [{x: 1}]}}]"
    },
    "its exposure": {
        "models/a.yml": """
exposures:
  - {name: file, type: application, owner: {name: A, email: a@example.org}, depends_on: [ref('gone')]}
"""
    },
    "a macro's words": {"macros/a.yml": "macros: [{name: gone, description: A macro.}]"},
}
# What dbt warns of when it reads the file, and not again.
WARNED = {
    "an argument of no type": {
        "macros/a.sql": "{% macro gone(b) %}{% endmacro %}",
        "macros/a.yml": "macros: [{name: gone, arguments: [{name: b, type: boolean}]}]",
    },
    "an argument of another name": {
        "macros/a.sql": "{% macro gone(b) %}{% endmacro %}",
        "macros/a.yml": "macros: [{name: gone, arguments: [{name: c, type: string}]}]",
    },
}


@pytest.fixture
def project(tiny_project, tmp_path, monkeypatch):
    """The tiny project, with the flags of the real one."""
    monkeypatch.setenv("CAR_WAREHOUSE", str(tmp_path / "w.duckdb"))
    file = tiny_project / "dbt_project.yml"
    content = yaml.safe_load(file.read_text())
    content["flags"] = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["flags"]
    file.write_text(yaml.safe_dump(content))
    (tiny_project / "models" / "models.yml").write_text("models: []\n")
    return tiny_project


def write(project, files):
    for name, content in files.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(content)


@pytest.mark.long
@pytest.mark.parametrize("left", LEFT)
def test_what_refers_to_what_is_not_there_does_not_parse(left, project, tmp_path):
    write(project, LEFT[left])
    assert "gone" in plain_parse(project, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("warned", WARNED)
def test_a_warning_at_parse_is_an_error_where_the_project_is_tested(warned, project, tmp_path):
    write(project, WARNED[warned])
    with pytest.raises(CarError, match="gone"):
        parse(tmp_path)


def test_without_them_the_project_parses(project, tmp_path):
    assert plain_parse(project, tmp_path) == ""
    assert parse(tmp_path).is_file()


def test_the_flags_make_these_errors(project, tmp_path):
    """Without them dbt leaves a test of a deleted model out, and goes on."""
    file = project / "dbt_project.yml"
    content = yaml.safe_load(file.read_text())
    del content["flags"]["warn_error_options"]
    file.write_text(yaml.safe_dump(content))
    write(project, LEFT["a singular test"])
    assert plain_parse(project, tmp_path) == ""
