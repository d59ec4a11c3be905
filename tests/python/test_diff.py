"""`car diff`: what differs between two releases, and nothing that identifies a home."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from conftest import DEVICES, MONTH, device, grain_test
from releases import read_changes
from typer.testing import CliRunner

from car.cli import app
from car.month import preview, publish_again
from car.release import rollback

sys.path.insert(0, str(Path(__file__).parents[1]))

import code_diff

DEVICES_FILE, SRV_FILE = "inventory/{role}/devices.csv", "business_process/{role}/srv/{srv}.csv"
KEY = ["reporting_month", "party_id", "role"]


def invoke(*arguments):
    """The exit code, standard output and standard error of `car diff`."""
    result = CliRunner().invoke(app, ["diff", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def found(*arguments):
    """What `car diff` found, by published file."""
    code, told, _ = invoke(*arguments, "--format", "json")
    assert code == 0, told
    document = json.loads(told)
    return document, {file["name"]: file for file in document["differing"]}


@pytest.fixture
def declared(warehouse):
    """The warehouse with marts that declare a key, and what their columns show."""
    of_warehouse = warehouse.manifest

    def manifest():
        content = of_warehouse()
        content["nodes"]["test.p.devices"] = grain_test("devices", [*KEY, "device_id"])
        content["nodes"]["test.p.by_srv"] = grain_test("by_srv", [*KEY, "srv"])
        columns = content["nodes"]["model.p.devices"]["columns"]
        columns["device_id"]["config"]["meta"]["shows"] = "own_device"
        columns["last_read_at"]["config"]["meta"]["shows"] = "own_meter_point"
        return content

    warehouse.manifest = manifest
    return warehouse


@pytest.fixture
def two_versions(declared, out, machine, reporter):
    """A month published twice: cells, flags and rows differ, files came and went, one column was added."""

    def publish():
        publish_again(out, declared.build().path, False, machine, reporter)

    reads = [datetime(2026, 10, day) for day in (1, 2)]
    declared.devices = [
        device(device_id="D1", device_count=1, prepayment_flag=True, last_read_at=reads[0]),
        device(device_id="D2", device_count=1, prepayment_flag=False, device_model="00-DB-12-34-56-78-90-A1"),
        device(device_id="D3", device_count=1, prepayment_flag=False),
        device("BETA", "GS", "D4", device_count=1),
    ]
    publish()
    declared.devices_type = {**DEVICES, "grade": "varchar"}
    declared.devices = [
        (*device(device_id="D1", device_count=2, prepayment_flag=False, last_read_at=reads[1]), "a"),
        (*device(device_id="D2", device_count=1, prepayment_flag=True, device_model="AB1 2CD"), "b"),
        (*device(device_id="D5", device_count=1), "c"),
        (*device("BETA", "GS", "D4", device_count=3), "d"),
        (*device("GAMMA", "ED", "D6"), "e"),
    ]
    declared.by_srv = [(MONTH, "ALPHA", "IS", "4.10", 6), (MONTH, "ALPHA", "IS", "1.1.1", 2)]
    declared.obligations = [*declared.obligations, ("GAMMA", "ED", "inventory")]
    publish()
    return out / "releases" / MONTH


def test_it_counts_recipients_rows_and_cells_by_file_and_column(two_versions):
    document, files = found(two_versions / "v1", two_versions / "v2")
    assert (document["recipients"], document["recipients_added"]) == (2, ["GAMMA"])
    assert (document["files"], document["files_equal"]) == (3, 0)
    assert sorted(files) == [SRV_FILE, DEVICES_FILE]
    devices = files[DEVICES_FILE]
    wanted = {
        "recipients": 3,
        "files_changed": 2,
        "files_added": 1,
        "rows_of_files_added": 1,
        "rows_changed": 3,
        "rows_added": 1,
        "rows_removed": 1,
        "cells": 6,
        # One line for the column, and not every row twice.
        "columns_added": ["grade"],
        "columns_removed": [],
        "told_apart_by": ["device_id"],
        "files_without_key": 0,
    }
    assert {name: devices[name] for name in wanted} == wanted
    columns = {column["column"]: column for column in devices["columns"]}
    assert {name: (column["recipients"], column["rows"]) for name, column in columns.items()} == {
        "device_model": (1, 1),
        "last_read_at": (1, 1),
        "prepayment_flag": (1, 2),
        "device_count": (2, 2),
    }
    flags = columns["prepayment_flag"]
    assert (flags["false_to_true"], flags["true_to_false"]) == (1, 1)
    assert columns["device_count"]["false_to_true"] is None
    srv = files[SRV_FILE]
    assert (srv["files_changed"], srv["files_added"], srv["files_removed"]) == (1, 1, 1)
    assert srv["told_apart_by"] == [] and srv["rows_changed"] == 1
    (requests,) = srv["columns"]
    assert requests["examples"] == [
        {"recipient": "ALPHA", "path": "business_process/IS/srv/4.10.csv", "key": "", "old": "5", "new": "6"}
    ]


def test_no_example_shows_what_identifies_a_home(two_versions):
    _, files = found(two_versions / "v1", two_versions / "v2")
    columns = {column["column"]: column["examples"] for column in files[DEVICES_FILE]["columns"]}
    (example, *_) = columns["device_count"]
    assert (example["key"], example["old"], example["new"]) == ("device_id=…", "1", "2")
    (read,) = columns["last_read_at"]
    assert (read["old"], read["new"]) == ("…", "…")
    # Free text that looks like a Device ID or a postcode, wherever it stands.
    (model,) = columns["device_model"]
    assert (model["old"], model["new"]) == ("[…]", "[…]")
    for form in ("text", "markdown", "json"):
        _, told, _ = invoke(two_versions / "v1", two_versions / "v2", "--format", form)
        assert not re.search(r"\bD[1-6]\b|2026-10-0[12]|AB1 2CD|00-DB", told), form


def test_it_is_told_as_text_and_as_markdown(two_versions):
    code, text, aside = invoke(two_versions / "v1", two_versions / "v2")
    assert code == 0 and "Comparing" in aside and "Comparing" not in text
    for line in (
        f"{DEVICES_FILE}: 3 recipients, 3 rows changed in 6 cells, 1 row added, 1 row removed",
        "  column added: grade",
        "  1 file added, with 1 row",
        "  rows are told apart by device_id",
        "  prepayment_flag: 1 recipient, 2 cells; 1 false → true, 1 true → false",
        "    ALPHA, inventory/IS/devices.csv, device_id=…: 1 → 2",
        "  row added, ALPHA, inventory/IS/devices.csv, device_id=…",
        "  rows are told apart by the file they stand in",
    ):
        assert line in text.splitlines()
    code, markdown, _ = invoke(two_versions / "v1", two_versions / "v2", "--format", "markdown")
    assert code == 0
    for line in (
        f"### `{DEVICES_FILE}`",
        "| column | recipients | cells | flags | first examples |",
        "| `prepayment_flag` | 1 | 2 | 1 false → true, 1 true → false | `true → false` `ALPHA,"
        " inventory/IS/devices.csv, device_id=…`<br>`false → true` `ALPHA, inventory/IS/devices.csv,"
        " device_id=…` |",
    ):
        assert line in markdown.splitlines()
    assert (
        invoke(two_versions / "v1", two_versions / "v2", "--json")[1]
        == (invoke(two_versions / "v1", two_versions / "v2", "--format", "json")[1])
    )


def test_the_other_way_round_what_came_has_gone(two_versions):
    _, files = found(two_versions / "v2", two_versions / "v1")
    devices = files[DEVICES_FILE]
    assert (devices["columns_removed"], devices["columns_added"]) == (["grade"], [])
    assert (devices["files_removed"], devices["rows_of_files_removed"], devices["cells"]) == (1, 1, 6)


def test_a_version_without_declarations_is_compared_by_those_of_the_other(two_versions):
    """As releases of before there were any: no key, no template, nothing said of what a column shows."""
    wanted = found(two_versions / "v1", two_versions / "v2")[1]
    for path in (two_versions / "v1" / "parties").glob("*/datapackage.json"):
        package = json.loads(path.read_text())
        for resource in package["resources"]:
            resource.pop("pathTemplate")
            resource["schema"].pop("primaryKey")
            for field in resource["schema"]["fields"]:
                field.pop("shows", None)
        path.chmod(0o644)
        path.write_text(json.dumps(package))
    assert found(two_versions / "v1", two_versions / "v2")[1] == wanted


def test_rows_that_nothing_tells_apart_come_and_go(warehouse, out, machine, reporter):
    for count in (1, 3):
        warehouse.devices = [device(device_id="D1")] * count
        publish_again(out, warehouse.build().path, False, machine, reporter)
    month = out / "releases" / MONTH
    devices = found(month / "v1", month / "v2")[1][DEVICES_FILE]
    assert (devices["rows_added"], devices["rows_removed"], devices["rows_changed"]) == (2, 0, 0)
    assert devices["told_apart_by"] == list(DEVICES)[3:]


def test_rows_are_put_together_by_the_cell_where_it_is_declared_apart_from_the_key(
    declared, out, machine, reporter
):
    of_declared = declared.manifest

    def manifest():
        content = of_declared()
        content["nodes"]["test.p.devices"] = grain_test("devices", [*KEY, "device_id", "device_count"])
        content["exposures"]["exposure.p.devices"]["config"]["meta"]["publish"]["cell"] = ["device_id"]
        return content

    declared.manifest = manifest
    for count in (1, 2):
        declared.devices = [device(device_id="D1", device_count=count)]
        publish_again(out, declared.build().path, False, machine, reporter)
    month = out / "releases" / MONTH
    devices = found(month / "v1", month / "v2")[1][DEVICES_FILE]
    assert (devices["told_apart_by"], devices["rows_changed"]) == (["device_id"], 1)
    assert [line[1:] for line in read_changes(month / "v2" / "parties" / "ALPHA")] == [
        ["device_id=D1", "changed", "device_count", "1", "2"]
    ]


def test_equal_releases_say_so(two_versions):
    document, files = found(two_versions / "v2", two_versions / "v2")
    assert files == {} and document["files_equal"] == document["files"] == 5
    assert "No cell differs." in invoke(two_versions / "v2", two_versions / "v2")[1].splitlines()


def test_each_kind_of_folder_is_found(two_versions, declared, tmp_path, machine, reporter):
    out = two_versions.parents[1]
    wanted = found(two_versions / "v1", two_versions / "v2")[1]
    rollback.roll_back(out, MONTH, 1, 1, reporter)
    for old in (out, two_versions, two_versions / "current", two_versions / "v1" / "parties"):
        assert found(old, two_versions / "v2" / "parties")[1] == wanted, old
    assert found(out, two_versions / "v2", "--month", MONTH)[1] == wanted
    text = invoke(out, two_versions / "v2")[1]
    assert f"OLD: {out}, {MONTH} version 1, which is in force" in text.splitlines()
    # One recipient's folders, and a preview.
    parties = [two_versions / name / "parties" / "ALPHA" for name in ("v1", "v2")]
    assert found(*parties)[1][DEVICES_FILE]["cells"] == 5
    preview(declared.path, "ALPHA", tmp_path / "preview", machine, reporter)
    assert found(two_versions / "v1", tmp_path / "preview")[1][DEVICES_FILE]["cells"] == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "{v1}"], "There is no folder"),
        (["{empty}", "{v1}"], "holds no release"),
        (["{out}", "{v1}", "--month", "2026-11"], "No version of 2026-11 is in force"),
        (["{out}", "{v1}", "--month", "October"], "is not a month"),
        (["{v1}", "{v1}", "--format", "pdf"], "pdf"),
        (["{v1}"], "NEW"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(arguments, words, two_versions, tmp_path):
    (tmp_path / "empty").mkdir()
    places = {"v1": two_versions / "v1", "out": two_versions.parents[1], "empty": tmp_path / "empty"}
    code, _, aside = invoke(*(argument.format(**places) for argument in arguments))
    assert code == 2 and words in aside


def test_a_file_that_is_not_what_its_manifest_says_is_told(two_versions):
    damaged = two_versions / "v1" / "parties" / "ALPHA" / "inventory" / "IS" / "devices.csv"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes().splitlines(keepends=True)[0])
    code, told, aside = invoke(two_versions / "v1", two_versions / "v2")
    assert (code, told) == (1, "") and "car verify" in aside


# ---- python3 tasks.py diff ----------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of two commits, whose `car` says what it is asked; and work space of its own."""
    root = tmp_path / "checkout"
    (root / "python" / "car").mkdir(parents=True)
    (root / "python" / "car" / "__init__.py").write_text("")
    (root / "requirements.txt").write_text("duckdb\n")
    program = (
        "import os, pathlib, sys\n"
        "given = dict(zip(sys.argv[2::2], sys.argv[3::2]))\n"
        "target = pathlib.Path(given['--landing' if sys.argv[1] == 'simulate' else '--out'])\n"
        "target.mkdir(parents=True)\n"
        "(target / 'written').write_text('%s ' + os.environ.get('CAR_PROJECT', ''))\n"
    )
    for state in ("first", "second"):
        (root / "python" / "car" / "__main__.py").write_text(program % state)
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", state]):
            identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
            subprocess.run(["git", *identity, *command], cwd=root, check=True)
    (root / "python" / "car" / "__main__.py").write_text(program % "third")
    monkeypatch.setattr(code_diff, "ROOT", root)
    monkeypatch.setattr(code_diff, "WORK", root / "build" / "diff")
    monkeypatch.setenv("PYTHONPATH", str(root / "python"))
    return root


def test_a_commit_is_published_by_its_own_code_and_kept(repository):
    landing = repository / "build" / "diff" / "landing"
    newest, first = (code_diff.base_commit(name) for name in (None, "HEAD~1"))
    assert newest != first
    for commit, state in ((newest, "second"), (first, "first")):
        base, tree = code_diff.publish_both(commit, landing, code_diff.write_landing(landing))
        assert base.name == commit
        assert (base / "out" / "written").read_text() == f"{state} {base / 'code'}"
        assert (tree / "out" / "written").read_text() == f"third {repository}"
    # What is kept is taken again, as long as the landing files are the same.
    (base / "out" / "written").write_text("kept")
    code_diff.publish_both(first, landing, code_diff.write_landing(landing))
    assert (base / "out" / "written").read_text() == "kept"
    code_diff.publish_both(first, landing, "other landing files")
    assert (base / "out" / "written").read_text().startswith("first ")


def test_a_commit_with_other_pins_gets_an_environment_of_its_own(repository, monkeypatch, capsys):
    made = []
    monkeypatch.setattr(code_diff, "run", lambda command, folder, **_: made.append(command[1:]))
    code = repository / "build" / "diff" / "x" / "code"
    code_diff.unpack("HEAD", code)
    assert code_diff.interpreter_for(code) == sys.executable and not made
    (repository / "requirements.txt").write_text("duckdb==0\n")
    assert Path(code_diff.interpreter_for(code)).parents[2] == code
    assert made == [[str(code / "tasks.py"), "setup"]]
    assert "requirements.txt differs" in capsys.readouterr().err


def test_what_stops_a_build_is_told(repository, capsys):
    (repository / "python" / "car" / "__main__.py").write_text("import sys; sys.exit('out of order')")
    assert code_diff.main([]) == 1
    assert "out of order" in capsys.readouterr().err
    assert code_diff.main(["no-such-commit"]) == 1
    assert "no-such-commit" in capsys.readouterr().err
