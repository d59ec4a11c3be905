"""`car run --dry-run`, `--hold`, and `car approve`: what a run would change, and who lets it be seen."""

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import MONTH, land_register, use_project
from releases import assert_whole
from test_docs import ROOT, commands
from typer.testing import CliRunner

from car.cli import app
from car.month import Hold, publish_again
from car.release import log
from car.release.tree import Month

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

OPERATIONS = ROOT / "docs" / "operations.md"

AUK = ("AUK", "IS", "Auk", "2020-01-01")
BOOBY = ("BOOBY", "GS", "Booby", "2021-01-01")
CROW = ("CROW", "ED", "Crow", "2022-01-01")


@dataclass
class Zone:
    """A landing zone and its output folder, and `car` on them."""

    landing: Path
    out: Path

    @property
    def month(self):
        return self.out / "releases" / MONTH

    def run(self, *arguments, code=0):
        """Run the month; gives run.json and what was said."""
        result = CliRunner().invoke(
            app,
            [
                "run",
                "--landing",
                str(self.landing),
                "--out",
                str(self.out),
                "--month",
                MONTH,
                "--json",
                *arguments,
            ],
        )
        assert result.exit_code == code, result.output
        return json.loads(result.stdout), result.stderr

    def car(self, command, *arguments, code=0):
        result = CliRunner().invoke(app, [command, "--out", str(self.out), *arguments])
        assert result.exit_code == code, result.output
        return result.output

    def approve(self, *arguments, by="Bob"):
        return self.car("approve", "--month", MONTH, "--by", by, *arguments)

    def in_force(self):
        link = self.month / "current"
        return os.readlink(link) if link.is_symlink() else None

    def outcomes(self):
        """The outcome that the run.json of each version tells, by version."""
        runs = [json.loads(path.read_text()) for path in sorted(self.month.glob("v*/run.json"))]
        return {run["version"]: run["outcome"] for run in runs}


@pytest.fixture
def zone(landed_project, tmp_path, monkeypatch):
    use_project(monkeypatch, landed_project)
    zone = Zone(tmp_path / "landing", tmp_path / "out")
    land_register(zone.landing, 1, AUK, BOOBY)
    return zone


# ---- held ---------------------------------------------------------------------------------------------


def test_a_held_first_version_is_seen_by_nobody_until_it_is_approved(zone):
    run, told = zone.run("--hold")
    assert (run["outcome"], run["version"], zone.in_force()) == ("awaits_approval", 1, None)
    assert "Wrote 2026-10 version 1 (2 recipients" in told
    assert (
        "Version 1 awaits approval; no recipient sees it."
        f" `car approve --out {zone.out} --month {MONTH} --by NAME` puts it in force." in told
    )
    assert not log.has_log(zone.month) and Month(zone.out, MONTH).in_force() is None
    status = zone.car("status")
    assert "version 1: as of" in status and "version 1 awaits approval: `car approve --out" in status
    assert "is missing" not in status and zone.car("verify")
    sealed = (zone.month / "v1" / "run.json").read_bytes()
    # It is no month before for another, nor anything that a restatement may keep figures of.
    result, _ = zone.run("--hold", "--as-of", "2026-11-03")
    assert (result["version"], result["industry"], result["outcome"]) == (1, None, "unchanged")

    told = zone.approve("--why", "looked at by two")
    assert f"2026-10 version 1 is in force now: {zone.month / 'v1'}" in told
    (switch,) = log.read_log(zone.month)
    assert (switch.from_version, switch.to_version, switch.by, switch.why, switch.holds) == (
        None, 1, "Bob", "looked at by two", False,
    )  # fmt: skip
    assert zone.in_force() == "v1" and (zone.month / "v1" / "run.json").read_bytes() == sealed
    assert "awaits" not in zone.car("status") and zone.car("verify")
    assert_whole(zone.out)


def test_a_held_version_leaves_in_force_what_is(zone):
    zone.run()
    land_register(zone.landing, 2, AUK, BOOBY, CROW)
    run, told = zone.run("--hold")
    assert (run["outcome"], run["version"], zone.in_force()) == ("awaits_approval", 2, "v1")
    assert "stays in force: held by" not in told and "Version 2 awaits approval" in told
    # Once more the same: it still awaits, and there is no further version.
    run, told = zone.run("--hold")
    assert (run["outcome"], run["version"], zone.in_force()) == ("unchanged", 2, "v1")
    assert "already holds the same" in told and "Version 2 awaits approval" in told
    zone.approve()
    assert zone.in_force() == "v2" and zone.outcomes() == {1: "published", 2: "awaits_approval"}
    # Then it is as any other: nothing awaits, and a run that is the same changes nothing.
    assert "Nothing of 2026-10 awaits approval; version 2 is in force." in zone.approve()
    assert zone.run("--hold")[0]["outcome"] == "unchanged"


def test_a_run_that_does_not_hold_puts_in_force_what_it_publishes(zone):
    zone.run()
    land_register(zone.landing, 2, AUK, BOOBY, CROW)
    zone.run("--hold")
    # The same without --hold is that version.
    run, told = zone.run()
    assert (run["outcome"], run["version"], zone.in_force()) == ("published", 2, "v2")
    assert "holds the same" in told and "is in force now" in told
    land_register(zone.landing, 3, AUK)
    zone.run("--hold")
    land_register(zone.landing, 4, CROW)
    run, _ = zone.run()
    assert (run["version"], zone.in_force()) == (4, "v4")
    assert "Nothing of 2026-10 awaits approval; version 4 is in force." in zone.approve()
    assert "awaits" not in zone.car("status")


def test_the_newest_of_several_held_versions_is_approved(zone):
    zone.run()
    for day, parties in ((2, [AUK, BOOBY, CROW]), (3, [AUK, CROW])):
        land_register(zone.landing, day, *parties)
        zone.run("--hold")
    # Its changes.csv starts from what is in force, which is what its readers have.
    package = json.loads((zone.month / "v3" / "parties" / "AUK" / "datapackage.json").read_text())
    assert "What turns version 1 into this version" in json.dumps(package)
    zone.approve()
    assert zone.in_force() == "v3"


def test_an_approval_that_nobody_signs_or_of_a_damaged_version_switches_nothing(zone):
    zone.run("--hold")
    result = CliRunner().invoke(app, ["approve", "--out", str(zone.out), "--month", MONTH, "--by", " "])
    assert result.exit_code == 2 and zone.in_force() is None
    (damaged,) = (zone.month / "v1" / "parties" / "AUK").glob("inventory/*/devices.csv")
    damaged.chmod(0o644)
    damaged.write_text(damaged.read_text().replace("Auk", "Awk"))
    told = zone.car("approve", "--month", MONTH, "--by", "Bob", code=1)
    assert "nothing was switched" in told and zone.in_force() is None


@pytest.mark.parametrize(
    ("hold", "outcomes"),
    [
        (Hold.NONE, ["published", "published"]),
        (Hold.RESTATEMENTS, ["published", "awaits_approval"]),
        (Hold.ALL, ["awaits_approval", "awaits_approval"]),
    ],
)
def test_restatements_alone_may_await_approval(hold, outcomes, warehouse, out, machine, reporter):
    found = []
    for device in ("D1", "D2"):
        warehouse.devices = [(MONTH, "ALPHA", "IS", device, *[None] * 6)]
        done = publish_again(out, warehouse.build().path, False, machine, reporter, hold=hold)
        found.append(done["outcome"])
    assert found == outcomes


def test_the_option_says_which_versions_await_approval(zone):
    assert zone.run("--restatements", "approve")[0]["outcome"] == "published"
    land_register(zone.landing, 2, CROW)
    run, told = zone.run("--restatements", "approve")
    assert (run["outcome"], zone.in_force()) == ("awaits_approval", "v1") and "Version 2 awaits" in told


def test_the_commands_of_the_document_do_a_month(zone, monkeypatch):
    """docs/operations.md, as it stands there."""
    monkeypatch.chdir(zone.landing.parent)
    # Of models that this small project has not: test_watch.py runs it.
    lines = [line for line in commands(OPERATIONS) if not line.startswith("car watch")]
    assert len(lines) >= 4
    for line in lines:
        program, *arguments = shlex.split(line)
        result = CliRunner().invoke(app, arguments)
        assert program == "car" and result.exit_code == 0, result.output
    (switch,) = log.read_log(zone.month)
    assert (switch.by, switch.why) == ("Anna Smith", "figures agreed with operations")


# ---- a dry run ----------------------------------------------------------------------------------------


def files_below(folder):
    """The files and folders there, and of each file when it was written."""
    return {path: path.is_file() and path.lstat().st_mtime_ns for path in folder.rglob("*")}


def test_a_dry_run_of_a_first_version_says_how_much_would_go_out(zone):
    run, told = zone.run("--dry-run")
    assert (run["outcome"], run["version"], run["would_change"]) == ("dry_run", None, None)
    assert "Nothing of 2026-10 is in force: 2 recipients would get 2 CSV files." in told
    assert "  devices: 2\n" in told and "  with_date: 2 (share 1.0000)\n" in told
    assert "The quality gate lets it through. Nothing was published: this was a dry run." in told
    assert not zone.month.exists() or files_below(zone.month) == {}
    (kept,) = (zone.out / "runs").iterdir()
    assert json.loads((kept / "run.json").read_text())["outcome"] == "dry_run"


def test_a_dry_run_tells_what_would_change_for_whom_and_leaves_all_as_it_is(zone):
    zone.run()
    before = files_below(zone.out / "releases")
    told = zone.run("--dry-run")[1]
    assert "Nothing would change: 2026-10 version 1 holds the same." in told
    assert "  devices: 2 as in force\n" in told
    # One row goes, and one comes for a party that got nothing before.
    land_register(zone.landing, 2, CROW)
    run, told = zone.run("--dry-run", "--vars", "{left_out: Booby}")
    assert "2026-10 version 2 would change 0 rows, add 1 and take away 1, for 2 recipients." in told
    assert "OLD: 2026-10 version 1, which is in force" in told and "NEW: what this run would publish" in told
    (file,) = run["would_change"]["differing"]
    assert (file["recipients"], file["files_added"], file["rows_removed"]) == (2, 1, 1)
    assert run["would_change"]["recipients_added"] == ["CROW"]
    assert run["headline_figures"] == run["headline_figures_in_force"] != []
    assert files_below(zone.out / "releases") == before
    # What was built is published without building it again.
    assert "Published 2026-10 version 2" in zone.car("publish")


def test_a_dry_run_holds_the_headline_figures_beside_those_in_force(zone):
    zone.run()
    land_register(zone.landing, 2, CROW)
    told = zone.run("--dry-run")[1]
    assert "  devices: 3; in force: 2\n" in told
    assert "  with_date: 3 (share 1.0000); in force: 2 (share 1.0000)\n" in told


def test_a_dry_run_shows_no_cell_that_identifies_a_home(zone):
    """The tiny project's names stand in a column that shows Devices."""
    zone.run()
    land_register(zone.landing, 2, (*AUK[:2], "Awk", AUK[3]), BOOBY)
    run, told = zone.run("--dry-run")
    assert run["would_change"]["differing"] and "Awk" not in told + json.dumps(run)
    assert "Auk" not in told


def test_a_dry_run_that_the_gate_would_hold_back_says_so_and_what_would_change(zone):
    zone.run()
    land_register(zone.landing, 2, AUK, BOOBY, CROW)
    run, told = zone.run("--dry-run", "--vars", "{held: true}", code=3)
    assert "would change" in told and "Held back by the quality gate; nothing was published." in told
    assert run["exit_code"] == 3
    run, told = zone.run("--dry-run", "--force", "--vars", "{held: true}")
    assert "would be published with --force although the quality gate would hold it back" in told
    assert run["outcome"] == "dry_run" and zone.in_force() == "v1"
