"""A variable of another name or type is refused before anything is run."""

from pathlib import Path

import pytest
import yaml
from conftest import MONTH
from typer.testing import CliRunner

from car.cli import app
from car.errors import UsageFault
from car.warehouse.variables import RUN_VARIABLES, refuse_unknown

ROOT = Path(__file__).parents[2]
DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
GIVEN = {name: default for name, default in DEFAULTS.items() if name not in RUN_VARIABLES}
VALUES = [True, 3, 0.5, "some text", [1], ["some text"], {"a": 1}, None, float("nan"), float("inf")]


def takes(default, value):
    """Whether a value is of the type of a default; said once more, by another way than the code's."""
    kind = type(value).__name__
    if isinstance(default, list):
        return kind == "list" and all(takes(default[0], item) for item in value)
    if isinstance(value, float) and not abs(value) < 1e300:
        return False
    return kind in {"bool": ["bool"], "int": ["int"], "float": ["int", "float"]}[type(default).__name__]


@pytest.mark.parametrize("name", GIVEN)
def test_each_variable_takes_its_type_and_no_other(name):
    refuse_unknown({name: GIVEN[name]}, ROOT)
    for value in VALUES:
        if takes(GIVEN[name], value):
            refuse_unknown({name: value}, ROOT)
        else:
            with pytest.raises(UsageFault, match=f"{name} must be a"):
                refuse_unknown({name: value}, ROOT)


@pytest.mark.parametrize("name", GIVEN)
def test_a_slip_in_a_name_is_told_with_the_nearest_name(name):
    for slip in (name[:-1], name + "x", name.upper()):
        if slip not in GIVEN:
            with pytest.raises(UsageFault, match=f"there is no variable {slip}; the nearest is"):
                refuse_unknown({slip: GIVEN[name]}, ROOT)
    with pytest.raises(UsageFault, match=f"the nearest is {name}"):
        refuse_unknown({name + "_": GIVEN[name]}, ROOT)


@pytest.mark.parametrize("name", RUN_VARIABLES)
def test_what_a_run_sets_itself_is_refused(name):
    with pytest.raises(UsageFault, match=f"{name} is set by the run"):
        refuse_unknown({name: ""}, ROOT)


def test_all_faults_are_told_at_once():
    with pytest.raises(UsageFault) as told:
        refuse_unknown({"minimum_group": 6, "minimum_rows": "many", "as_of": "2026-11-01"}, ROOT)
    assert all(name in str(told.value) for name in ("minimum_group;", "minimum_rows must", "as_of is set"))


def test_a_run_with_a_slip_does_nothing(tmp_path):
    (tmp_path / "landing").mkdir()
    out = tmp_path / "out"
    arguments = ["run", "--landing", tmp_path / "landing", "--out", out, "--month", MONTH]
    result = CliRunner().invoke(app, [*map(str, arguments), "--vars", "{minimum_group: 6}"])
    assert result.exit_code == 2 and "the nearest is minimum_groups" in " ".join(result.stderr.split())
    assert not out.exists()
