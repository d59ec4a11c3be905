"""Paths are data: whatever a folder is called, the command works in it, or says that it is no folder."""

import json
import os
import shutil
import string
import subprocess
import sys
import tempfile

import pytest
from conftest import MONTH, device, land_register
from hypothesis import given
from hypothesis import strategies as st
from releases import assert_whole
from typer.testing import CliRunner

from car import paths
from car.cli import app
from car.errors import UsageFault

# All that DuckDB, dbt, Jinja, SQL or a shell reads as something else.
ODD = "#a[1]*d'e\"f;g%20{{h}}$i&j\n\u00e9 ~k"
# Files can be read there; DuckDB cannot have a database there.
READ_ONLY = "\\b?c"


def car(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A temporary folder of the test's own, which gets the links."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow such names")
@pytest.mark.long
def test_a_month_runs_in_folders_of_any_name(landed_project, temporary, monkeypatch):
    monkeypatch.setenv("CAR_PROJECT", str(landed_project))
    landing, out = temporary / f"landing{ODD}{READ_ONLY}", temporary / ODD / f"out{ODD}" / "plain"
    month = out / "releases" / MONTH
    (temporary / ODD).mkdir()
    (temporary / ODD.replace("*", "X")).mkdir()  # what a pattern would find instead
    for version in (1, 2):
        land_register(landing, version, ("ALPHA", "IS", f"One{version}", "2020-01-01"))
        done = car("run", "--landing", landing, "--out", out, "--month", MONTH, "--no-pdf")
        assert done.exit_code == 0, done.output
        assert (
            f"Published {MONTH} version {version}" in done.output
            and str(month / f"v{version}") in done.output
        )
    assert_whole(out)
    assert sorted(path.name for path in temporary.glob("#*")) == sorted([ODD, ODD.replace("*", "X")])
    assert list((temporary / ODD.replace("*", "X")).iterdir()) == []

    assert car("verify", "--out", out).exit_code == 0
    copy = temporary / f"copy{READ_ONLY}"
    shutil.copytree(month, copy, symlinks=True)
    diff = car("diff", copy / "v1", copy / "v2", "--json")
    assert diff.exit_code == 0, diff.output
    assert json.loads(diff.stdout)["old"] == str(copy / "v1")
    preview = temporary / f"preview{ODD}"
    done = car("publish", "--out", out, "--party", "ALPHA", "--preview", preview, "--no-pdf", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["folder"] == str(preview / "ALPHA")
    assert (preview / "ALPHA" / "inventory" / "IS" / "devices.csv").is_file()
    done = car("rollback", "--out", out, "--month", MONTH)
    assert done.exit_code == 0 and str(month / "v1") in done.output


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0\\?")).filter(
        lambda name: name not in ("", ".", "..")
    )
)
def test_a_usable_path_leads_to_the_same_place(name):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("tempfile.tempdir", folder)
        if len(os.fsencode(name)) > 200:
            return
        place = paths.Path(folder).resolve() / name / "plain"
        used = paths.usable(place, is_made=True)
        used.mkdir(parents=True)
        assert used.samefile(place) and used.name == "plain"
        assert used == place or not set(str(used.relative_to(folder))) - set(
            string.ascii_letters + "0123456789/-"
        )
        assert paths.shown(f"in {used}.") == f"in {place}."
        assert json.loads(paths.shown_in_json(json.dumps([str(used)]))) == [str(place)]
        assert paths.usable(place) == used


@pytest.mark.parametrize("text", ["", " ", "\t"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--landing", ".", "--month", MONTH, "--out"],
        ["run", "--out", "out", "--month", MONTH, "--landing"],
        ["run", "--landing", ".", "--out", "out", "--month", MONTH, "--warehouse"],
        ["check", "--landing"],
        ["check", "--landing", ".", "--work"],
        ["simulate", "--month", MONTH, "--landing"],
        ["publish", "--out"],
        ["publish", "--out", "out", "--party", "A", "--preview"],
        ["report", "--folder", ".", "--into"],
        ["status", "--out"],
        ["verify", "--out"],
        ["rollback", "--month", MONTH, "--out"],
        ["approve", "--month", MONTH, "--by", "Bob", "--out"],
        ["quality", "--out"],
        ["diff", "."],
        ["bench", "--landing", ".", "--month", MONTH, "--work"],
        ["demo", "--dir"],
    ],
    ids=lambda words: f"{words[0]} {words[-1]}",
)
def test_an_empty_path_is_not_this_folder(arguments, text, tmp_path, monkeypatch):
    """As of a variable of a shell that is not set."""
    monkeypatch.chdir(tmp_path)
    done = car(*arguments, text)
    assert done.exit_code == 2 and "empty" in done.output
    assert list(tmp_path.iterdir()) == []
    if arguments[-1] != "--landing" or arguments[0] == "simulate":
        done = car(*arguments, "x://y")
        assert done.exit_code == 2 and "is an address" in done.output.replace("\n", " ")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a#b.duckdb", "a'b.duckdb", "a;b", "a?b", "a%b"])
def test_a_warehouse_has_a_name_that_sql_can_say(name):
    with pytest.raises(UsageFault, match="cannot be called"):
        paths.read_database(f"/tmp/{name}")


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16"])
def test_an_output_that_does_not_know_a_sign_loses_the_sign_alone(encoding, form, warehouse, tmp_path):
    out = tmp_path / "\u65e5\u00e9"
    warehouse.devices = [device(device_id="D1")]
    command = ["publish", "--out", out, "--warehouse", warehouse.build().path, "--no-pdf", *form]
    done = subprocess.run(
        [sys.executable, "-m", "car", *map(str, command)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    told = done.stdout.decode(encoding)
    assert done.returncode == 0, done.stderr
    assert (out / "releases" / MONTH / "current").is_symlink()
    if form:
        assert json.loads(told)["release"] == str(out / "releases" / MONTH / "v1")
    else:
        assert f"Published {MONTH} version 1" in told
