"""Options in `car.toml`: as if typed, for the commands that have them; `car config` shows each."""

import json
import tomllib

import pytest
from conftest import MONTH, land_register, use_project
from typer.testing import CliRunner

from car import configured
from car.cli import app

AUK = ("AUK", "IS", "Auk", "2020-01-01")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Commands run in a folder of their own, where `car.toml` may lie."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def car(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result


def values(*arguments):
    """What `car config` shows, by section and key."""
    result = car("config", "--json", *arguments)
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)["values"]
    return {(value["section"], value["key"]): (value["value"], value["from"]) for value in shown}


def options_of_commands():
    import typer

    return configured.options_of(typer.main.get_command(app))


@pytest.fixture
def zone(landed_project, here, monkeypatch):
    use_project(monkeypatch, landed_project)
    land_register(here / "landing", 1, AUK, ("BOOBY", "GS", "Booby", "2021-01-01"))
    return here


@pytest.mark.turn()
def test_a_month_runs_by_what_the_file_says_and_what_is_typed_goes_before_it(zone):
    (zone / "car.toml").write_text(
        'landing = "landing"\nout = "out"\nmemory_limit = "1GiB"\nno_pdf = true\nrestatements = "approve"\n'
        '[variables]\nleft_out = "Booby"\n'
    )
    result = car("run", "--month", MONTH, "--json")
    assert result.exit_code == 0, result.output
    first = json.loads(result.stdout)
    assert (first["outcome"], first["reports_of"]) == ("published", 0)
    assert first["variables"] == {"left_out": "Booby"} and "Booby" in first["command"]
    # Typed variables go before the file's, one by one; the restatement awaits approval as the file says.
    again = json.loads(
        car("run", "--month", MONTH, "--vars", "{left_out: Auk, held: false}", "--json").stdout
    )
    assert again["variables"] == {"left_out": "Auk", "held": False}
    assert (again["outcome"], again["version"]) == ("awaits_approval", 2)
    assert "version 2 awaits approval" in car("status").output
    assert car("approve", "--month", MONTH, "--by", "Bob").exit_code == 0
    third = json.loads(car("run", "--month", MONTH, "--restatements", "publish", "--json").stdout)
    assert (third["outcome"], third["version"]) == ("published", 3)


def test_the_file_that_is_named_is_read_in_place_of_the_one_here(here):
    (here / "car.toml").write_text('out = "here"\n')
    (here / "other.toml").write_text('out = "there"\n')
    assert "There is no folder here." in car("status").output
    assert "There is no folder there." in car("status", "--config", "other.toml").output
    assert "There is no folder typed." in car("status", "--out", "typed").output


def test_a_command_to_try_takes_no_folder_of_the_real_ones(here):
    (here / "car.toml").write_text('landing = "production"\nout = "out"\n[simulate]\nparties = 7\n')
    for command in (["simulate", "--month", MONTH], ["bench", "--month", MONTH, "--work", "w"]):
        result = car(*command)
        assert result.exit_code == 2 and "Missing option '--landing'" in result.output
    assert not (here / "production").exists()
    given = configured.configuration(_root(), None)
    assert given.options("simulate") == {"parties": 7}


def _root():
    import typer

    return typer.main.get_command(app)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memroy_limit = '1GiB'\n", "`memroy_limit` is no option. Did you mean `memory_limit`?"),
        ("force = true\n", "`force` is no option."),
        ("month = '2026-10'\n", "`month` is no option."),
        ("threads = '8'\n", "`threads` must be a whole number."),
        ("no_pdf = 1\n", "`no_pdf` must be true or false."),
        ("out = 1\n", "`out` must be a text."),
        ("engine = 'sparc'\n", "`engine` must be one of duckdb, spark. Did you mean `spark`?"),
        ("restatements = true\n", "`restatements` must be one of publish, approve."),
        ("[runn]\n", "there is no section [runn]."),
        ("[portal]\nout = 'x'\n", "`out` in [portal] belongs at the top of the file"),
        ("[simulate]\nparty = 1\n", "`party` in [simulate] is no key. Did you mean `parties`?"),
        ("[portal]\nclient_secret = 'hush'\n", "is a secret: no file holds it. Give it as CAR_PORTAL_CLIENT"),
    ],
)
@pytest.mark.parametrize(
    "command", [("status", "--out", "out"), ("config",), ("portal", "build", "--out", "o")]
)
def test_a_mistake_is_told_whatever_the_command_and_nothing_is_done(command, text, said, here):
    (here / "car.toml").write_text(text)
    result = car(*command)
    assert result.exit_code == 2 and said in " ".join(result.output.split()), result.output
    assert "hush" not in result.output and [path.name for path in here.iterdir()] == ["car.toml"]


def test_a_variable_that_the_project_does_not_have_is_told(here):
    (here / "car.toml").write_text("[variables]\nminimum_group = 6\n")
    result = car("config")
    assert (
        result.exit_code == 2 and "no variable minimum_group; the nearest is minimum_groups" in result.output
    )


def test_each_value_is_shown_with_where_it_comes_from(here, monkeypatch):
    (here / "car.toml").write_text(
        'threads = 3\n[portal]\nbind = "127.0.0.1:1"\nworkers = 2\n[variables]\nminimum_groups = 6\n'
    )
    monkeypatch.setenv("CAR_PORTAL_WORKERS", "4")
    monkeypatch.setenv("CAR_PORTAL_CLIENT_SECRET", "hush")
    shown = values()
    assert shown["", "threads"] == (3, "car.toml")
    assert shown["", "memory_limit"] == ("4GiB", "default")
    assert shown["portal", "bind"] == ("127.0.0.1:1", "car.toml")
    assert shown["portal", "workers"] == (4, "CAR_PORTAL_WORKERS")
    assert shown["portal", "client_secret"] == ("given", "CAR_PORTAL_CLIENT_SECRET")
    assert shown["variables", "minimum_groups"] == (6, "car.toml")
    assert shown["variables", "minimum_rows"] == (100, "default")
    assert ("variables", "reporting_month") not in shown
    told = car("config").output
    assert "threads = 3  # car.toml\n" in told and "workers = 4  # CAR_PORTAL_WORKERS\n" in told
    assert "hush" not in told + json.dumps([*map(list, shown.values())])


def test_what_is_shown_is_a_file_that_says_the_same(here):
    (here / "car.toml").write_text('threads = 3\nout = "a \\"b\\" \\\\ c"\n[spark]\nsettings = ["a=b"]\n')
    before = values()
    told = car("config").output
    assert tomllib.loads(told)
    (here / "again.toml").write_text(told)
    after = values("--config", "again.toml")
    assert {key: value for key, (value, _) in after.items()} == {
        key: value for key, (value, _) in before.items()
    }


def test_every_option_of_a_months_work_is_in_the_file_or_said_each_time():
    """A new option is in the file by itself."""
    top = set(options_of_commands()[""])
    assert {"landing", "out", "warehouse", "threads", "memory_limit", "engine", "no_pdf", "format"} <= top
    known = top | configured._EACH_TIME | configured._ELSEWHERE
    for path, command in configured._commands(_root(), ()):
        if configured.section_of(path) == "":
            assert {configured._key(parameter) for parameter in command.params} <= known, path
            assert "config" in {parameter.name for parameter in command.params}, path
