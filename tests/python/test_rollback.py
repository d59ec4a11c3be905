"""`car rollback`, `car approve`: one switch for all parties, written down; it holds until it is released."""

import json
import os
import shutil

import pytest
from conftest import DEVICES, MONTH, Warehouse, device
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from releases import apply_changes, assert_whole, cells_of, published, read_changes
from typer.testing import CliRunner

from car.cli import app
from car.console import Reporter
from car.month import Hold, publish_again
from car.release import log, tree, versions
from car.release.rollback import approve, roll_back
from car.workspace import Machine

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()


def car(command, out, *arguments):
    result = CliRunner().invoke(app, [command, "--out", str(out), *map(str, arguments)])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def rollback(out, *arguments):
    return car("rollback", out, *arguments)


def status(out):
    return CliRunner().invoke(app, ["status", "--out", str(out)]).output


def current(out):
    return os.readlink(out / "releases" / MONTH / "current")


def records(out):
    """The lines of the month's log."""
    return [json.loads(line) for line in (out / "releases" / MONTH / "log.jsonl").read_text().splitlines()]


def switches(out):
    return [(one["from"], one["to"], one["holds"]) for one in records(out)]


PUBLISHED = [(None, 1, False), (1, 2, False), (2, 3, False)]


def damage(path):
    path.chmod(0o644)
    path.write_text(path.read_text().replace("d", "b", 1))


@pytest.fixture
def publish(warehouse, out, machine, reporter):
    """Publishes a month in which ALPHA has just these Devices."""

    def publish_devices(*device_ids):
        warehouse.devices = [device(device_id=name) for name in device_ids]
        return publish_again(out, warehouse.build().path, False, machine, reporter)

    return publish_devices


def all_columns(device_id):
    """The key of a Device's row of which no test says by what it is told apart."""
    others = [name for name in DEVICES if name not in ("reporting_month", "party_id", "role", "device_id")]
    return "; ".join([f"device_id={device_id}", *(f"{name}=" for name in others)])


@pytest.fixture
def three_versions(publish, out):
    for number in (1, 2, 3):
        assert publish(f"D{number}")["version"] == number
    return published(out)


def versions_of(seen):
    """What is published, without what tells which version is in force."""
    return {path: content for path, content in seen.items() if path.startswith(f"{MONTH}/v")}


# ---- the switch ---------------------------------------------------------------------------------------


def test_it_switches_in_one_step_and_is_recorded(three_versions, out, monkeypatch):
    before = {path: path.lstat().st_mtime_ns for path in (out / "releases").rglob("v*/**/*")}
    seen = []
    replace = os.replace

    def look_then_replace(source, target):
        seen.append(current(out))
        replace(source, target)
        seen.append(current(out))

    with monkeypatch.context() as patch:
        patch.setattr(tree.os, "replace", look_then_replace)
        code, told = rollback(out, "--month", MONTH)
    assert code == 0 and "2026-10 version 2 is in force now, in place of version 3" in told
    assert seen == ["v3", "v2"]
    assert versions_of(published(out)) == versions_of(three_versions)
    assert {path: path.lstat().st_mtime_ns for path in (out / "releases").rglob("v*/**/*")} == before
    assert switches(out) == [*PUBLISHED, (3, 2, True)]
    assert all(set(one) == {"instant", "from", "to", "by", "why", "holds"} for one in records(out))
    record = records(out)[-1]
    assert (record["by"], record["why"]) == (log.user_name(), "rolled back")
    assert (
        f"  from {record['instant'][:19]}Z: version 2 in place of 3, by {record['by']}: rolled back\n"
        in status(out)
    )
    assert "version 2 (current)" in status(out)
    (month,) = json.loads(CliRunner().invoke(app, ["status", "--out", str(out), "--json"]).stdout)["months"]
    assert (month["log"], month["held"]) == (records(out), record)


def test_rolling_forward_again_gives_the_same_bytes(three_versions, out):
    for to in (1, 3, 2, 3):
        assert rollback(out, "--month", MONTH, "--to", to)[0] == 0
    assert versions_of(published(out)) == versions_of(three_versions) and current(out) == "v3"
    assert switches(out) == [*PUBLISHED, (3, 1, True), (1, 3, True), (3, 2, True), (2, 3, True)]


def test_a_version_that_is_not_whole_is_never_put_in_force(three_versions, out):
    damaged = out / "releases" / MONTH / "v2" / "parties" / "ALPHA" / "inventory" / "IS" / "devices.csv"
    damage(damaged)
    code, told = rollback(out, "--month", MONTH)
    assert code == 1
    assert "Version 2 of 2026-10 is not what was published; nothing was switched." in told
    assert "parties/ALPHA/inventory/IS/devices.csv: has other content than was published" in told
    assert (current(out), switches(out)) == ("v3", PUBLISHED)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--month", MONTH, "--to", 4], "2026-10 has no version 4; it has 1, 2, 3."),
        (["--month", "2026-11"], "has no release of 2026-11"),
        (["--month", "2026-13"], "is not a month"),
        (["--month", MONTH, "--to", 0], "Invalid value"),
    ],
)
def test_a_version_that_is_not_there_is_wrong_usage(arguments, message, three_versions, out):
    code, told = rollback(out, *arguments)
    assert code == 2 and message in told
    assert published(out) == three_versions


def test_there_may_be_nothing_to_go_back_to(publish, out):
    publish("D1")
    code, told = rollback(out, "--month", MONTH)
    assert code == 2 and "no version before 1, which is in force" in told
    code, told = rollback(out, "--month", MONTH, "--to", 1)
    assert code == 0 and "is in force already; nothing was switched" in told
    assert switches(out) == PUBLISHED[:1]
    for name in ("current", "log.jsonl"):
        (out / "releases" / MONTH / name).unlink()
    code, told = rollback(out, "--month", MONTH)
    assert code == 2 and "name one with --to" in told
    code, told = rollback(out, "--month", MONTH, "--to", 1)
    assert code == 0 and current(out) == "v1" and switches(out) == [(None, 1, True)]


def test_the_same_command_ends_what_it_began(three_versions, out, monkeypatch):
    """Killed after the switch and before it was recorded as done: once more is not one version further."""
    with monkeypatch.context() as patch:
        patch.setattr(tree, "flush_folder", lambda path: os.readlink(path / "killed here"))
        assert rollback(out, "--month", MONTH)[0] == 1
    assert current(out) == "v2" and switches(out) == PUBLISHED
    assert "a switch to version 2 by" in status(out) and "was interrupted" in status(out)
    code, told = car("verify", out)
    assert code == 1 and "a switch to version 2 was interrupted" in told
    code, told = rollback(out, "--month", MONTH)
    assert code == 0 and "version 2 is in force: the switch by" in told and "is ended now" in told
    assert current(out) == "v2" and switches(out) == [*PUBLISHED, (3, 2, True)]
    assert car("verify", out)[0] == 0
    assert rollback(out, "--month", MONTH)[0] == 0 and current(out) == "v1"


# ---- the run after it ---------------------------------------------------------------------------------


def test_a_run_with_the_content_in_force_publishes_nothing(three_versions, publish, out):
    rollback(out, "--month", MONTH, "--to", 1)
    again = publish("D1")
    assert (again["outcome"], again["version"], current(out)) == ("unchanged", 1, "v1")


def publish_held(warehouse, out, *device_ids):
    """Publish by the command; gives run.json and what was said."""
    warehouse.devices = [device(device_id=name) for name in device_ids]
    command = ["publish", "--out", out, "--warehouse", warehouse.build().path, "--json"]
    result = CliRunner().invoke(app, [str(word) for word in command])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_a_rollback_holds_until_it_is_approved(three_versions, warehouse, out):
    """The next scheduled run writes its version, leaves `current`, says so and is no failure."""
    code, told = rollback(out, "--month", MONTH, "--to", 1, "--by", "Anna", "--why", "wrong\nregister")
    assert code == 0 and f"until `car approve --out {out} --month {MONTH} --by NAME`" in told
    for number, device_ids in ((4, ["D4"]), (5, ["D5"])):
        run, told = publish_held(warehouse, out, *device_ids)
        assert (run["outcome"], run["version"], current(out)) == ("awaits_approval", number, "v1")
        assert f"Wrote 2026-10 version {number}" in told
        assert "Warning: version 1 stays in force: held by Anna since" in told
        assert f"Version {number} awaits approval" in told
        assert f"car approve --out {out} --month {MONTH} --by NAME` puts it in force" in told
        sealed = json.loads((out / "releases" / MONTH / f"v{number}" / "run.json").read_text())
        assert sealed["outcome"] == "awaits_approval"
    assert switches(out) == [*PUBLISHED, (3, 1, True)]
    assert r"version 1 is held by Anna since" in status(out) and r"(wrong\nregister)" in status(out)
    # The same once more is still held, and no further version.
    run, told = publish_held(warehouse, out, "D5")
    assert (run["outcome"], run["version"], current(out)) == ("unchanged", 5, "v1")
    assert "already holds the same" in told and "version 1 stays in force" in told
    assert car("verify", out)[0] == 0

    code, told = car("approve", out, "--month", MONTH, "--by", "Bob", "--json")
    approved = json.loads(told[told.index("{") :])
    assert code == 0 and (approved["from"], approved["to"], approved["by"]) == (1, 5, "Bob")
    assert current(out) == "v5" and switches(out)[-1] == (1, 5, False)
    assert "is held by" not in status(out) and car("verify", out)[0] == 0
    # Its readers went from version 1 to version 5, and so does its changes.csv.
    folder = out / "releases" / MONTH / "v5" / "parties" / "ALPHA"
    assert {line[1] for line in read_changes(folder)} == {all_columns("D1"), all_columns("D5")}
    run, _ = publish_held(warehouse, out, "D6")
    assert (run["outcome"], run["version"], current(out)) == ("published", 6, "v6")


@pytest.mark.parametrize("number", [2, 3])
def test_what_was_rolled_back_from_is_not_put_in_force_by_a_run(number, three_versions, warehouse, out):
    rollback(out, "--month", MONTH, "--to", 1)
    run, _ = publish_held(warehouse, out, f"D{number}")
    # An approval puts the newest version in force, so that this has to be the newest.
    wanted = {2: ("awaits_approval", 4), 3: ("unchanged", 3)}[number]
    assert (run["outcome"], run["version"]) == wanted and current(out) == "v1"
    assert car("approve", out, "--month", MONTH, "--by", "Bob")[0] == 0
    assert current(out) == f"v{wanted[1]}"


def test_an_approval_of_what_is_not_held_switches_nothing(three_versions, out):
    code, told = car("approve", out, "--month", MONTH, "--by", "Bob")
    assert code == 0 and "Nothing of 2026-10 awaits approval; version 3 is in force." in told
    assert switches(out) == PUBLISHED
    rollback(out, "--month", MONTH)
    rollback(out, "--month", MONTH, "--to", 3)
    code, told = car("approve", out, "--month", MONTH, "--by", "Bob")
    assert code == 0 and "version 3 stays in force, and is held no longer" in told
    assert switches(out)[-1] == (3, 3, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--month", MONTH, "--by", " "], "--by must name somebody"),
        (["--month", "2026-11", "--by", "Bob"], "has no release of 2026-11"),
        (["--month", MONTH], "Missing option '--by'"),
    ],
)
def test_an_approval_names_the_month_and_who_approves(arguments, message, three_versions, out):
    code, told = car("approve", out, *arguments)
    assert code == 2 and message in told and switches(out) == PUBLISHED


def test_a_damaged_version_is_not_approved_and_stays_held(three_versions, out):
    rollback(out, "--month", MONTH)
    damage(out / "releases" / MONTH / "v3" / "parties" / "ALPHA" / "inventory" / "IS" / "devices.csv")
    code, told = car("approve", out, "--month", MONTH, "--by", "Bob")
    assert code == 1 and "Version 3 of 2026-10 is not what was published; nothing was switched." in told
    assert current(out) == "v2" and "is held by" in status(out)


@pytest.mark.parametrize(
    "line",
    ["", "{", '{"to": 1}', '{"instant": "", "from": "1", "to": 2, "by": "", "why": "", "holds": true}'],
)
def test_a_log_that_cannot_be_read_lets_no_run_switch(line, three_versions, warehouse, out):
    """It might be the line of a rollback that holds."""
    path = out / "releases" / MONTH / "log.jsonl"
    whole = path.read_text()
    path.write_text(whole + line + "\n")
    warehouse.devices = [device(device_id="D9")]
    code, told = car("publish", out, "--warehouse", warehouse.build().path)
    assert code == 1 and "Line 4 of" in told and "cannot be read" in told
    assert current(out) == "v3" and path.read_text() == whole + line + "\n"
    for command in ("verify", "status"):
        assert "Line 4 of" in car(command, out)[1]
    path.write_text(whole)
    assert car("publish", out, "--warehouse", warehouse.path)[0] == 0 and current(out) == "v4"


def test_a_switch_by_hand_is_noticed(three_versions, out):
    link = out / "releases" / MONTH / "current"
    link.unlink()
    link.symlink_to("v1")
    code, told = car("verify", out)
    assert code == 1 and "leads to version 1, and log.jsonl says that version 3 is in force" in told


def test_a_run_with_other_content_is_the_next_version_and_says_which_one_it_changes(
    three_versions, publish, out
):
    rollback(out, "--month", MONTH, "--to", 1)
    assert publish("D1", "D4")["version"] == 4
    folder = out / "releases" / MONTH / "v4" / "parties" / "ALPHA"
    devices = "inventory/IS/devices.csv"
    assert read_changes(folder) == [[devices, all_columns("D4"), "row added", "", "", ""]]
    package = json.loads((folder / "datapackage.json").read_text())
    (changes,) = [item for item in package["resources"] if item["path"] == "changes.csv"]
    assert changes["description"] == "What turns version 1 into this version, a line per cell."
    assert versions_of(published(out)).items() >= versions_of(three_versions).items()


def test_an_older_version_is_not_put_in_force_by_a_run(three_versions, publish, out):
    """Only `car rollback` goes back: the same content as two versions ago is a new version."""
    assert publish("D1")["version"] == 4


@pytest.mark.parametrize("in_force", [True, False])
def test_a_version_that_is_not_whole_is_published_anew_under_the_next_number(
    in_force, three_versions, publish, out
):
    if not in_force:
        rollback(out, "--month", MONTH, "--to", 2)
    damage(out / "releases" / MONTH / "v3" / "parties" / "BETA" / "inventory" / "GS" / "devices.csv")
    assert publish("D3")["version"] == 4
    new = {path: content for path, content in published(out).items() if path.startswith(f"{MONTH}/v4")}
    csvs = [path for path in new if path.endswith(".csv") and "changes" not in path]
    assert [new[path] for path in csvs] == [
        three_versions[path.replace("/v4/", "/v3/")] for path in csvs
    ] and csvs


def test_changes_are_not_told_from_a_file_that_is_no_longer_what_was_published(three_versions, publish, out):
    damaged = out / "releases" / MONTH / "v3" / "parties" / "ALPHA" / "inventory" / "IS" / "devices.csv"
    damage(damaged)
    with pytest.raises(versions.CarError, match="Version 3 is no longer what was published"):
        publish("D5")
    assert current(out) == "v3"
    # The way out that the message names: the same once more, and then the new content.
    assert publish("D3")["version"] == 4
    assert publish("D5")["version"] == 5
    changes = read_changes(out / "releases" / MONTH / "v5" / "parties" / "ALPHA")
    assert ["inventory/IS/devices.csv", all_columns("D3"), "row removed", "", "", ""] in changes


# ---- any order of publications and rollbacks ----------------------------------------------------------

TEXT = st.none() | st.text(st.sampled_from("=+-@\t\r\n ,\"'#;a\u00e9\u65e5"), min_size=1, max_size=4)
# What is published: rows of the first mart (party, role, two texts), requests by SRV, who is owed anything.
CONTENT = st.tuples(
    st.lists(st.tuples(st.sampled_from([("ALPHA", "IS"), ("BETA", "GS")]), TEXT, TEXT), max_size=6),
    st.dictionaries(st.sampled_from(["4.10", "8.14.1", "1.1.1"]), st.integers(1, 3)),
    st.sampled_from([("ALPHA", "BETA"), ("ALPHA", "BETA", "GAMMA"), ("BETA",)]),
)


class Publishing(RuleBasedStateMachine):
    """Publishes and rolls back in any order, beside a model of what must be there."""

    folder = None
    contents = Bundle("contents")

    @initialize()
    def begin(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.out = self.folder / "out"
        self.warehouse = Warehouse(self.folder / "warehouse" / "w.duckdb")
        self.versions = []  # the CSVs of each version, as {party: {path: Counter of rows}}
        self.in_force = 0
        self.is_held = False
        self.awaiting = set()  # the versions that were written to be approved
        self.seen = {}

    @rule(target=contents, content=CONTENT)
    def think_of(self, content):
        return content

    @rule(content=contents, hold=st.sampled_from(Hold))
    def publish(self, content, hold):
        rows, by_srv, parties = content
        roles = {"ALPHA": "IS", "BETA": "GS", "GAMMA": "ED"}
        self.warehouse.devices = [
            device(*owner, device_id=first, device_model=second)
            for owner, first, second in rows
            if owner[0] in parties
        ]
        self.warehouse.by_srv = [
            (MONTH, "ALPHA", "IS", *item) for item in by_srv.items() if "ALPHA" in parties
        ]
        reports = ("inventory", "business_process")
        self.warehouse.obligations = [(name, roles[name], report) for name in parties for report in reports]
        path = self.warehouse.build().path
        done = publish_again(self.out, path, False, Machine(1, "512MB"), Reporter(), hold=hold)
        awaits = self.is_held or hold is Hold.ALL or (hold is Hold.RESTATEMENTS and self.in_force > 0)
        version = self.out / "releases" / MONTH / f"v{done['version']}" / "parties"
        new = {party.name: cells_of(party) for party in version.iterdir()}
        new = {party: files for party, files in new.items() if files}
        was_in_force = self.in_force
        # Of those that await approval, the newest is the one that an approval puts in force.
        later = [*range(len(self.versions), self.in_force, -1)][: 1 if awaits else None]
        known = [number for number in (self.in_force, *later) if number and self.versions[number - 1] == new]
        assert done["version"] == (known or [len(self.versions) + 1])[0]
        if not known:
            base = self.in_force or len(self.versions)
            before = self.versions[base - 1] if base else {}
            for party in version.iterdir() if before else ():
                old = before.get(party.name, {})
                assert apply_changes(old, read_changes(party)) == new.get(party.name, {})
            assert set(before) <= {party.name for party in version.iterdir()}
            self.versions.append(new)
            self.awaiting |= {len(self.versions)} if awaits else set()
        if not awaits:
            self.in_force = done["version"]
        is_as_it_was = bool(known) and (awaits or known[0] == was_in_force)
        named = "unchanged" if is_as_it_was else "awaits_approval" if awaits else "published"
        assert done["outcome"] == named

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def roll_back(self, data):
        to = data.draw(st.integers(1, len(self.versions)))
        assert roll_back(self.out, MONTH, to, 1, Reporter())["to"] == to
        # What is in force already is not switched to, and so is not held.
        self.is_held |= to != self.in_force
        self.in_force = to

    @precondition(lambda self: self.versions)
    @rule()
    def approve(self):
        done = approve(self.out, MONTH, "Bob", 1, Reporter())
        awaits = self.is_held or self.newest_awaits()
        assert done["outcome"] == ("done" if awaits else "unchanged")
        if awaits:
            self.in_force = len(self.versions)
        self.is_held = False

    def newest_awaits(self):
        newest = len(self.versions)
        return newest > self.in_force and newest in self.awaiting

    @invariant()
    def what_was_published_stays(self):
        if not self.in_force:
            assert not (self.out / "releases" / MONTH / "current").exists()
            assert not self.versions or car("verify", self.out)[0] == 0
            return
        assert_whole(self.out)
        seen = published(self.out)
        assert seen.pop(f"{MONTH}/current") == f"v{self.in_force}"
        lines = seen.pop(f"{MONTH}/log.jsonl")
        assert (lines[-1]["to"], lines[-1]["holds"]) == (self.in_force, self.is_held)
        assert [line["to"] for line in lines[:-1]] == [line["from"] for line in lines[1:]]
        assert seen.items() >= self.seen.items()
        self.seen = seen


def test_any_order_of_publications_and_rollbacks(tmp_path):
    Publishing.folder = tmp_path / "machine"
    run_state_machine_as_test(
        Publishing,
        settings=settings(
            max_examples=10,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
