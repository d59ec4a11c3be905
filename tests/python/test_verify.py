"""`car verify`: every published byte is compared with its manifest, and whatever differs is named."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import MONTH, device
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from car.cli import app
from car.console import Reporter
from car.month import publish_again
from car.release.hashes import check_version

DEVICES_CSV = "parties/ALPHA/inventory/IS/devices.csv"


def verify(out, *arguments):
    result = CliRunner().invoke(app, ["verify", "--out", str(out), "--json", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.stderr


@pytest.fixture
def v1(warehouse, out, machine, reporter):
    """The folder of a published version, which a test may damage."""
    publish_again(out, warehouse.path, False, machine, reporter)
    for folder, _, names in os.walk(out / "releases"):
        for name in names:
            if not Path(folder, name).is_symlink():
                Path(folder, name).chmod(0o644)
    return out / "releases" / MONTH / "v1"


def test_what_was_published_is_whole(v1, out):
    code, found, told = verify(out)
    listed = [path for path in (v1 / "parties").rglob("*") if path.is_file()]
    assert code == 0 and found["problem_count"] == 0
    assert found["releases"] == [
        {
            "reporting_month": MONTH,
            "version": 1,
            "is_current": True,
            "parties": 2,
            "files": len(listed),
            "bytes": sum(path.stat().st_size for path in listed),
            "problems": [],
        }
    ]
    assert found["months"] == [{"reporting_month": MONTH, "current": 1, "problems": []}]
    assert "2026-10 version 1 (current): whole (2 parties" in told


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def replace_file_and_manifest(v1):
    """Somebody changes a file and puts the manifest right: run.json still knows better."""
    edit(v1 / DEVICES_CSV, "D1", "D7")
    manifest = json.loads((v1 / "parties/ALPHA/manifest.json").read_text())
    for file in manifest["files"]:
        content = (v1 / "parties/ALPHA" / file["path"]).read_bytes()
        file["sha256"] = hashlib.sha256(content).hexdigest()
    (v1 / "parties/ALPHA/manifest.json").write_text(json.dumps(manifest))


def link_instead_of_file(v1):
    (v1 / DEVICES_CSV).rename(v1.parent / "moved.csv")
    (v1 / DEVICES_CSV).symlink_to(v1.parent / "moved.csv")


DAMAGES = {
    "missing file": (lambda v1: (v1 / DEVICES_CSV).unlink(), [(DEVICES_CSV, "missing", "is missing")]),
    "other bytes": (
        lambda v1: edit(v1 / DEVICES_CSV, "D1", "D7"),
        [(DEVICES_CSV, "content", "has other content than was published")],
    ),
    "more bytes": (
        lambda v1: edit(v1 / DEVICES_CSV, "D1", "D17"),
        [(DEVICES_CSV, "size", "has 186 bytes instead of 185")],
    ),
    "file emptied": (
        lambda v1: (v1 / DEVICES_CSV).write_text(""),
        [(DEVICES_CSV, "size", "has 0 bytes instead of 185")],
    ),
    "link instead of a file": (
        link_instead_of_file,
        [(DEVICES_CSV, "content", "is no file of its own, but a link or a folder")],
    ),
    "extra file": (
        lambda v1: (v1 / "parties/BETA/inventory/x.csv").write_text("a\n"),
        [("parties/BETA/inventory/x.csv", "extra", "was not published")],
    ),
    "extra link": (
        lambda v1: (v1 / "parties/BETA/x").symlink_to(v1 / "parties/ALPHA"),
        [("parties/BETA/x", "extra", "was not published")],
    ),
    "extra file beside the parties": (
        lambda v1: (v1 / "notes.txt").write_text("a\n"),
        [("notes.txt", "extra", "was not published")],
    ),
    "party removed": (
        lambda v1: shutil.rmtree(v1 / "parties/BETA"),
        [("parties/BETA", "missing", "is missing")],
    ),
    "party added": (
        lambda v1: shutil.copytree(v1 / "parties/BETA", v1 / "parties/GAMMA"),
        [("parties/GAMMA", "extra", "was not published")],
    ),
    "all parties removed": (
        lambda v1: shutil.rmtree(v1 / "parties"),
        [
            ("parties", "missing", "is missing"),
            ("parties/ALPHA", "missing", "is missing"),
            ("parties/BETA", "missing", "is missing"),
        ],
    ),
    "no manifest": (
        lambda v1: (v1 / "parties/BETA/manifest.json").unlink(),
        [("parties/BETA/manifest.json", "missing", "is missing")],
    ),
    "manifest cut": (
        lambda v1: (v1 / "parties/BETA/manifest.json").write_text('{"files": ['),
        [("parties/BETA/manifest.json", "malformed", "is no JSON document")],
    ),
    "manifest of something else": (
        lambda v1: edit(v1 / "parties/BETA/manifest.json", '"files"', '"others"'),
        [("parties/BETA/manifest.json", "malformed", "does not list files as a manifest does")],
    ),
    "manifest of another folder": (
        lambda v1: edit(v1 / "parties/BETA/manifest.json", '"inventory/', '"../BETA/inventory/'),
        [("parties/BETA/manifest.json", "malformed", "does not list files as a manifest does")],
    ),
    "file and manifest changed alike": (
        replace_file_and_manifest,
        [("parties/ALPHA/manifest.json", "content", "has other content than was published")],
    ),
    "no run.json": (lambda v1: (v1 / "run.json").unlink(), [("run.json", "missing", "is missing")]),
    "run.json of another version": (
        lambda v1: edit(v1 / "run.json", '"version": 1', '"version": 3'),
        [("run.json", "malformed", "says version 3, and lies in that of 1")],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_kind_of_damage_is_named_and_nothing_else(damage, v1, out):
    break_it, expected = DAMAGES[damage]
    break_it(v1)
    code, found, told = verify(out)
    assert code == 1
    problems = found["releases"][0]["problems"]
    assert [(one["path"], one["kind"], one["text"]) for one in problems] == expected
    assert all(f"  {path}: " in told for path, _, _ in expected)
    assert f"{len(expected)} problems: what lies there is not what was published" in told


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_one_bit_of_any_partys_file_is_noticed(data, v1):
    files = sorted(path for path in (v1 / "parties").rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    position = data.draw(st.integers(0, len(content) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content[:position] + bytes([content[position] ^ bit]) + content[position + 1 :])
    try:
        problems = check_version(v1, MONTH, 1, 2).problems
    finally:
        path.write_bytes(content)
    assert str(path.relative_to(v1)) in [problem.path for problem in problems]


def test_every_damaged_file_is_listed_and_the_rest_is_not(warehouse, out, machine, reporter):
    warehouse.by_srv = [(MONTH, "ALPHA", "IS", f"{number}.1", number) for number in range(1, 60)]
    publish_again(out, warehouse.build().path, False, machine, reporter)
    folder = out / "releases" / MONTH / "v1" / "parties" / "ALPHA" / "business_process" / "IS" / "srv"
    for number in range(1, 60, 2):
        (folder / f"{number}.1.csv").unlink()
    _, found, told = verify(out)
    wanted = sorted(f"parties/ALPHA/business_process/IS/srv/{number}.1.csv" for number in range(1, 60, 2))
    assert [problem["path"] for problem in found["releases"][0]["problems"]] == wanted
    assert [line.split(":")[0].strip() for line in told.splitlines() if ".csv" in line] == wanted


def test_months_and_versions_can_be_picked(v1, warehouse, out, machine, reporter):
    warehouse.devices.append(device(device_id="D9"))
    publish_again(out, warehouse.build().path, False, machine, reporter)
    edit(v1 / DEVICES_CSV, "D1", "D7")

    def versions(*arguments):
        code, found, _ = verify(out, *arguments)
        return code, [(one["version"], one["is_current"]) for one in found["releases"]]

    assert versions() == versions("--month", MONTH) == (1, [(1, False), (2, True)])
    assert versions("--month", MONTH, "--version", 1) == (1, [(1, False)])
    assert versions("--month", MONTH, "--version", 2) == (0, [(2, True)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--version", 1], "--version needs --month"),
        (["--month", "2026-11"], "has no release of 2026-11"),
        (["--month", MONTH, "--version", 2], "has no version 2"),
        (["--month", "October"], "is not a month"),
    ],
)
def test_what_is_not_there_is_wrong_usage(arguments, message, v1, out):
    code, _, told = verify(out, *arguments)
    assert code == 2 and message in told


def test_without_releases_there_is_nothing_to_compare(out):
    (out / "runs").mkdir(parents=True)  # one was held back
    code, found, told = verify(out)
    assert (code, found["problem_count"]) == (0, 0) and "Nothing is published yet." in told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda month: (month / "current").unlink(), "`current` is missing"),
        (lambda month: (month / "v1").rename(month / "v2"), "`current` leads to no version"),
        (lambda month: (month / "v1").rename(month / "v2"), "version 1 is missing"),
    ],
)
def test_where_current_leads_and_which_versions_are_there(change, message, v1, out):
    change(v1.parent)
    code, found, told = verify(out)
    assert code == 1 and message in told
    assert any(message in problem for problem in found["months"][0]["problems"])


def test_it_tells_how_far_it_is_and_changes_nothing(v1, out, reporter):
    before = {path: path.lstat().st_mtime_ns for path in out.rglob("*")}
    steps = []
    checked = check_version(v1, MONTH, 1, 2, lambda done, total: steps.append((done, total)))
    assert steps == [(number, checked.files) for number in range(1, checked.files + 1)]
    verify(out)
    assert {path: path.lstat().st_mtime_ns for path in out.rglob("*")} == before


def test_releases_of_before_run_json_named_the_manifests_are_verified_too(v1, out):
    run = json.loads((v1 / "run.json").read_text())
    assert set(run.pop("manifests")) == {"ALPHA", "BETA"}
    (v1 / "run.json").write_text(json.dumps(run))
    assert verify(out)[0] == 0
    edit(v1 / DEVICES_CSV, "D1", "D7")
    assert verify(out)[0] == 1


# ---- what brings back a version that is whole ---------------------------------------------------------


def ways_out(out):
    code, found, told = verify(out)
    assert code == 1 and all(way in told for way in found["ways_out"])
    return found["ways_out"]


def test_a_damaged_only_version_says_the_command_that_makes_it_again(v1, out, warehouse, machine, reporter):
    command = json.loads((v1 / "run.json").read_text())["command"]
    assert command.startswith("car run --landing landing --out out --month 2026-10")
    edit(v1 / DEVICES_CSV, "D1", "D7")
    (way,) = ways_out(out)
    assert "no version is whole" in way and way.endswith(f"\n  {command}") and "move" not in way
    # What the command does.
    assert publish_again(out, warehouse.path, False, machine, reporter)["version"] == 2
    (way,) = ways_out(out)
    assert "Version 2 in force is whole." in way


@pytest.mark.parametrize("lost", ["parties/BETA/manifest.json", "run.json"])
def test_it_does_so_too_where_the_manifest_or_run_json_is_gone(lost, v1, out, warehouse, machine, reporter):
    command = json.loads((v1 / "run.json").read_text())["command"]
    (v1 / lost).unlink()
    (way,) = ways_out(out)
    assert way.endswith(f"\n  {command}")  # as the run's own run.json has it
    assert (f"First move {v1} away." in way) == (lost != "run.json")
    if lost != "run.json":
        v1.rename(out / "away")
    assert publish_again(out, warehouse.path, False, machine, reporter)["version"] in (1, 2)
    found = verify(out)[1]
    assert [one["problems"] for one in found["releases"]][-1] == []
    assert found["months"][0]["problems"] == []


def test_where_another_version_is_whole_it_is_named(v1, out, warehouse, machine, reporter):
    warehouse.devices.append(device(device_id="D9"))
    publish_again(out, warehouse.build().path, False, machine, reporter)
    damaged = v1.parent / "v2" / DEVICES_CSV
    damaged.chmod(0o644)
    edit(damaged, "D1", "D7")
    (way,) = ways_out(out)
    assert f"`car rollback --out {out} --month {MONTH} --to 1`" in way


def test_a_version_with_fewer_reports_than_the_one_before_says_so(warehouse, out, machine, reporter, capsys):
    publish_again(out, warehouse.path, False, machine, reporter, reports_of=None)
    drawn = len(list((out / "releases").rglob("*.pdf")))
    warehouse.devices.append(device(device_id="D9"))
    publish_again(out, warehouse.build().path, False, machine, Reporter(), reports_of=0)
    said = f"Warning: version 2 has 0 PDF reports, fewer than the {drawn} of version 1."
    assert drawn > 0 and said in capsys.readouterr().out
    result = CliRunner().invoke(app, ["status", "--out", str(out)])
    assert f"0 PDF reports ({drawn} fewer than before)" in result.output
    result = CliRunner().invoke(app, ["status", "--out", str(out), "--json"])
    assert [one["reports"] for one in json.loads(result.stdout)["months"][0]["versions"]] == [drawn, 0]
