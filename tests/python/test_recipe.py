"""The command in run.json makes the release again, from the landing files and nothing else."""

import json
import shlex
import shutil

import pytest
from conftest import land_register, use_project
from releases import published
from typer.testing import CliRunner

from car import options
from car.cli import app
from car.release import recipe

RUN = {
    "reporting_month": "2026-10",
    "as_of": "2026-11-06T00:00:00.500000Z",
    "variables": {},
    "history": None,
    "held_back": [],
}


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ({}, "--no-history"),
        ({"history": {"release": "2026-09/v1"}}, ""),
        ({"industry": {"releases": [], "reports": []}}, ""),
        ({"reports_of": 0}, "--no-history --no-pdf"),
        ({"reports_of": 2}, "--no-history --reports-of 2"),
        ({"performance_report": {"left_out_by": None}}, "--no-history"),
        ({"performance_report": {"left_out_by": "--no-industry"}}, "--no-history --no-industry"),
        ({"performance_report": {"left_out_by": "--parties-only"}}, "--no-history --parties-only"),
        ({"held_back": ["alerts: 1 of 30 files rejected"]}, "--no-history --force"),
        ({"variables": {"minimum_groups": 6}}, """--vars '{"minimum_groups": 6}' --no-history"""),
    ],
)
def test_what_decides_the_bytes_stands_in_the_command(facts, command):
    given = "car run --landing landing --out out --month 2026-10 --as-of 2026-11-06T00:00:00.500000Z"
    assert recipe.command({**RUN, **facts}) == f"{given} {command}".rstrip()


def test_variables_come_out_of_the_shell_as_they_went_in():
    variables = {"a": 'it\'s "so" $HOME `x` \\ é', "b": [1, 2.5, True, None], "c": {"d": "yes"}}
    words = shlex.split(recipe.command({**RUN, "variables": variables}))
    assert options.read_variables(words[words.index("--vars") + 1]) == variables


@pytest.mark.long
def test_the_commands_of_all_releases_make_them_again_in_an_empty_folder(
    landed_project, tmp_path, monkeypatch
):
    """Two versions of a month and the month after it, from a landing zone that has grown since the first."""
    use_project(monkeypatch, landed_project)

    def car(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output

    landing, out = tmp_path / "here" / "landing", tmp_path / "here" / "elsewhere" / "out"
    where = ["--landing", landing, "--out", out]
    land_register(landing, 1, ("ALPHA", "IS", "One", "2020-01-01"), ("BETA", "GS", "Two", "2021-01-01"))
    car("run", *where, "--month", "2026-10", "--vars", "{left_out: Two}")
    land_register(landing, 2, ("ALPHA", "IS", "Uno", "2020-01-01"))
    car("run", *where, "--month", "2026-10", "--threads", 1)
    car("run", *where, "--month", "2026-11", "--as-of", "2026-11-02")

    releases = [out / "releases" / name for name in ("2026-10/v1", "2026-10/v2", "2026-11/v1")]
    runs = [json.loads((release / "run.json").read_text()) for release in releases]
    assert [run["history"] and run["history"]["release"] for run in runs] == [None, None, "2026-10/v2"]
    assert str(tmp_path) not in "".join(run["command"] for run in runs)
    empty = tmp_path / "empty"
    empty.mkdir()
    shutil.copytree(landing, empty / "landing")
    monkeypatch.chdir(empty)
    for run in runs:
        program, *arguments = shlex.split(run["command"])
        assert program == "car"
        car(*arguments)
    assert published(empty / "out") == published(out)
    again = [
        json.loads((empty / "out" / path.relative_to(out) / "run.json").read_text()) for path in releases
    ]
    for key in ("command", "manifests", "inputs"):
        # The first run saw the landing zone before it grew; what it took from it is the same.
        start = 1 if key == "inputs" else 0
        assert [run[key] for run in again[start:]] == [run[key] for run in runs[start:]]
