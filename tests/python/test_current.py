"""What copies make of the link `current`: each command says what it is, and mends it or says how."""

import json
import os
import shutil

import pytest
from conftest import MONTH, Warehouse, device
from releases import assert_whole, left_over
from typer.testing import CliRunner

from car.cli import app
from car.console import Reporter
from car.month import publish_again
from car.workspace import Machine


def car(command, out, *arguments):
    result = CliRunner().invoke(app, [command, "--out", str(out), *map(str, arguments)])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Holds what version 2 was published from."""
    return Warehouse(
        tmp_path_factory.mktemp("warehouse") / "w.duckdb",
        devices=[device(device_id="D1")],
        obligations=[("ALPHA", "IS", "inventory")],
    ).build()


@pytest.fixture(scope="module")
def two_versions(warehouse, tmp_path_factory):
    out = tmp_path_factory.mktemp("two") / "out"
    for name in ("D1", "D2"):
        warehouse.devices = [device(device_id=name)]
        publish_again(out, warehouse.build().path, False, Machine(1, "512MB"), Reporter())
    return out


@pytest.fixture
def month(two_versions, out):
    """The folder of a month with two versions, the second in force."""
    shutil.copytree(two_versions, out, symlinks=True)
    return out / "releases" / MONTH


def folder(month):
    """As OneDrive, `cp -L` and `zip` make it."""
    shutil.copytree(month / "v2", month / "current")


def file(text):
    return lambda month: (month / "current").write_bytes(text)


def link(text):
    return lambda month: (month / "current").symlink_to(text.format(month=month))


def edited_folder(month):
    folder(month)
    path = next((month / "current" / "parties").rglob("devices.csv"))
    path.chmod(0o644)
    path.write_text("edited")


# What a copy makes of the link, and how it is told.
MENDED = {
    "folder": (folder, "is a folder, as a copy makes of a link that it follows"),
    "file": (file(b"v2"), "is a file, as a copy makes that knows no links"),
    "file with a line end": (file(b"v2\r\n"), "is a file, as a copy makes that knows no links"),
    "absolute link": (link("{month}/v2"), "in place of `v2`"),
    "link with a dot": (link("./v2"), "says `./v2` in place of `v2`"),
    "link with a slash": (link("v2/"), "says `v2/` in place of `v2`"),
    "missing": (lambda month: None, "is missing"),
    "link into nothing": (link("v7"), "leads to no version, but to `v7`"),
    "link to elsewhere": (link("../../.."), "leads to no version, but to `../../..`"),
}
NOT_MENDED = {
    "edited folder": (edited_folder, "is a folder"),
    "empty folder": (lambda month: (month / "current").mkdir(), "is a folder"),
    "other file": (file(b"notes of the operator"), "is a file"),
    "file of a version that is not there": (file(b"v7"), "is a file"),
}
WRITERS = ("publish", "rollback", "approve")


def write(command, out, warehouse):
    """Do what changes nothing of version 2 in force, where nothing is wrong with `current`."""
    words = {
        "publish": ["--warehouse", warehouse.path],
        "rollback": ["--month", MONTH, "--to", 2],
        "approve": ["--month", MONTH, "--by", "Bob"],
    }
    return car(command, out, *words[command])


@pytest.mark.parametrize("case", [*MENDED, *NOT_MENDED])
def test_readers_say_what_it_is_and_change_nothing(case, month, out):
    make, told = {**MENDED, **NOT_MENDED}[case]
    (month / "current").unlink()
    make(month)
    before = {path: path.lstat().st_mtime_ns for path in out.rglob("*")}
    code, output = car("verify", out)
    assert code == 1 and f"\n{MONTH}: `current` " in output and told in output and "car rollback" in output
    code, output = car("status", out)
    assert code == 0 and told in output and "car rollback" in output and "(current)" not in output
    assert {path: path.lstat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("case", MENDED)
def test_whoever_publishes_mends_it(case, command, month, out, warehouse):
    make, told = MENDED[case]
    log = (month / "log.jsonl").read_bytes()
    (month / "current").unlink()
    make(month)
    code, output = write(command, out, warehouse)
    assert code == 0, output
    assert f"`current` of {MONTH} " in output and told in output
    assert "it is a link to version 2 again" in output
    assert os.readlink(month / "current") == "v2" and (month / "log.jsonl").read_bytes() == log
    assert car("verify", out)[0] == 0
    assert_whole(out)
    assert left_over(out) == []


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("case", NOT_MENDED)
def test_what_may_hold_more_than_a_link_is_left_and_the_way_out_is_told(case, command, month, out, warehouse):
    (month / "current").unlink()
    NOT_MENDED[case][0](month)
    before = {path: path.lstat().st_mtime_ns for path in (out / "releases").rglob("*")}
    code, output = write(command, out, warehouse)
    assert code == 1 and f"Move {month / 'current'} away" in output and "car rollback --to" in output
    assert {path: path.lstat().st_mtime_ns for path in (out / "releases").rglob("*")} == before
    # The way out that it names.
    (month / "current").rename(out / "away")
    assert car("rollback", out, "--month", MONTH, "--to", 2)[0] == 0
    assert os.readlink(month / "current") == "v2" and car("verify", out)[0] == 0


@pytest.mark.parametrize("command", WRITERS)
def test_strays_of_a_copy_are_removed(command, month, out, warehouse):
    (month / ".current-a").symlink_to("v1")
    shutil.copytree(month / "v1", month / ".current-b")
    (month / ".current-c").write_text("v1")
    assert car("verify", out)[0] == 0
    code, output = write(command, out, warehouse)
    assert code == 0, output
    assert left_over(out) == [] and os.readlink(month / "current") == "v2"


def test_another_month_that_cannot_be_mended_stops_nobody(month, out, warehouse):
    shutil.copytree(month, month.with_name("2026-09"), symlinks=True)
    (month.with_name("2026-09") / "current").unlink()
    (month.with_name("2026-09") / "current").mkdir()
    code, output = write("publish", out, warehouse)
    assert code == 0 and "Warning: `current` of 2026-09 is a folder" in output


def test_a_tree_of_before_the_log_gets_one(month, out, warehouse):
    (month / "log.jsonl").unlink()
    code, output = car("verify", out)
    assert code == 1 and "log.jsonl is missing" in output
    code, output = write("publish", out, warehouse)
    assert code == 0 and "was not there: it begins with version 2 in force" in output
    (line,) = (month / "log.jsonl").read_text().splitlines()
    assert (json.loads(line)["from"], json.loads(line)["to"]) == (None, 2)
    assert car("verify", out)[0] == 0
