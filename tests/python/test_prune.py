"""`car prune`: what a rule does not keep goes, and never what is in force or what a release rests on."""

import json
import shutil

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from car.cli import app
from car.console import Reporter
from car.prune import Rule, prune
from car.release import log
from car.release.run_json import declared_releases
from car.release.tree import Month
from car.workspace import Machine, work_dir

MACHINE = Machine(1, "512MB")


class Out:
    """An output folder that is made by hand: versions are a run.json each."""

    def __init__(self, folder):
        self.folder = folder
        self.runs = 0

    def run(self, month, **facts):
        """Leave what a run leaves for operators; gives its id."""
        self.runs += 1
        run_id = f"20260101T{self.runs:06d}Z-aaaaaa"
        folder = self.folder / "runs" / run_id
        (folder / "quarantine").mkdir(parents=True)
        (folder / "quarantine" / "alerts.parquet").write_text("x" * 100)
        facts = {"run_id": run_id, "reporting_month": month, "outcome": "failed", **facts}
        (folder / "run.json").write_text(json.dumps(facts))
        return run_id

    def version(self, month, number, in_force=True, has_report=True, **facts):
        run_id = self.run(month, outcome="published")
        release = Month(self.folder, month)
        folder = release.version_path(number)
        (folder / "parties" / "AUK").mkdir(parents=True)
        (folder / "parties" / "AUK" / "a.csv").write_text("x" * 1000)
        (folder / "parties" / "AUK" / "a.csv").chmod(0o444)
        if has_report:
            (folder / "industry").mkdir()
        (folder / "run.json").write_text(json.dumps({"run_id": run_id, "outcome": "published", **facts}))
        if in_force:
            release.switch(log.switch_now(release.in_force(), number, "run", ""))
        return run_id

    def versions(self):
        found = self.folder.glob("releases/*/v*")
        return sorted(path.relative_to(self.folder / "releases").as_posix() for path in found)

    def prune(self, versions=1, months=12, takes=True):
        return prune(self.folder, Rule(versions, months), takes, MACHINE, Reporter())


@pytest.fixture
def out(tmp_path):
    return Out(tmp_path / "out")


def names(done, kind=None):
    return [piece["name"] for piece in done["pieces"] if kind in (None, piece["kind"])]


def test_the_newest_versions_stay_and_all_others_go_with_their_runs(out):
    ids = [out.version("2026-10", number) for number in (1, 2, 3, 4)]
    done = out.prune(versions=2)
    assert out.versions() == ["2026-10/v3", "2026-10/v4"]
    assert names(done) == [
        "releases/2026-10/v1",
        "releases/2026-10/v2",
        f"runs/{ids[0]}",
        f"runs/{ids[1]}",
    ]
    assert sorted(path.name for path in (out.folder / "runs").iterdir()) == ids[2:]
    assert Month(out.folder, "2026-10").taken_away() == {1, 2} and done["taken"]
    assert not list(out.folder.glob("releases/*/.staging-*"))
    assert names(out.prune(versions=2)) == []


def test_nothing_goes_before_it_is_asked_for(out):
    for number in (1, 2):
        out.version("2026-10", number)
    before = sorted(out.folder.rglob("*"))
    command = ["prune", "--out", str(out.folder), "--keep-versions", "1"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "releases/2026-10/v1: version, 1.1 kB" in result.output
    assert "Together 1 version (1.1 kB), 1 run with its quarantine" in result.output
    assert "Nothing was taken away: --yes does it." in result.output
    left = [path for path in out.folder.rglob("*") if ".car" not in path.parts]
    assert sorted(left) == before
    assert CliRunner().invoke(app, [*command, "--yes"]).exit_code == 0
    assert out.versions() == ["2026-10/v2"]


def test_what_is_in_force_stays_however_old_it_is(out):
    for number in (1, 2, 3):
        out.version("2026-10", number)
    release = Month(out.folder, "2026-10")
    release.switch(log.switch_now(3, 1, "Anna", "rolled back", holds=True))
    out.prune(versions=1)
    # The newest stays too: it is what an approval puts in force, and no number is given twice.
    assert out.versions() == ["2026-10/v1", "2026-10/v3"] and release.in_force() == 1
    release.switch(log.switch_now(1, 3, "Bob", "approved"))
    out.prune(versions=1)
    assert out.versions() == ["2026-10/v3"]


def test_of_a_month_that_is_not_kept_the_version_in_force_stays_alone(out):
    for month in ("2026-08", "2026-09", "2026-10"):
        for number in (1, 2):
            out.version(month, number)
    out.run("2026-08")
    done = out.prune(versions=2, months=2)
    assert out.versions() == ["2026-08/v2", "2026-09/v1", "2026-09/v2", "2026-10/v1", "2026-10/v2"]
    # The last run of all stays, since it says how things stand.
    assert len(names(done, "run with its quarantine")) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"history": {"release": "2026-09/v1"}},
        {"industry": {"releases": [{"release": "2026-09/v1"}], "reports": []}},
        {"industry": {"releases": [], "reports": [{"is_kept": True, "from": "2026-09/v1"}]}},
        {"performance_report": {"parts": [{"part": "rsvp", "from": "2026-09/v1"}]}},
    ],
)
def test_what_a_release_that_stays_declares_as_its_input_stays_and_what_that_declares(facts, out):
    out.version("2026-08", 1)
    out.version("2026-08", 2)
    out.version("2026-09", 1, history={"release": "2026-08/v1"})
    out.version("2026-09", 2)
    out.version("2026-10", 1, **facts)
    out.prune(versions=1)
    assert out.versions() == ["2026-08/v1", "2026-08/v2", "2026-09/v1", "2026-09/v2", "2026-10/v1"]
    # Without that release nothing rests on them.
    out.version("2026-10", 2)
    out.prune(versions=1)
    assert out.versions() == ["2026-08/v2", "2026-09/v2", "2026-10/v2"]


def test_the_version_that_had_the_industrys_report_last_stays(out):
    out.version("2026-10", 1)
    out.version("2026-10", 2)
    out.version("2026-10", 3, has_report=False)
    out.prune(versions=1)
    assert out.versions() == ["2026-10/v2", "2026-10/v3"]


def test_a_month_of_which_nobody_can_tell_what_is_in_force_is_left_alone(out, capfd):
    for number in (1, 2):
        out.version("2026-10", number)
    link = Month(out.folder, "2026-10").path / "current"
    link.unlink()
    link.symlink_to("elsewhere")
    done = out.prune()
    assert out.versions() == ["2026-10/v1", "2026-10/v2"] and names(done, "version") == []
    assert "nothing of the month is taken away" in capfd.readouterr().out


def test_a_version_that_awaits_approval_stays(out):
    out.version("2026-10", 1)
    out.version("2026-10", 2, in_force=False, outcome="awaits_approval")
    out.version("2026-11", 1, in_force=False, outcome="awaits_approval")
    out.prune(versions=1, months=1)
    assert out.versions() == ["2026-10/v1", "2026-10/v2", "2026-11/v1"]


def test_bundles_of_versions_that_are_gone_and_drawn_reports_go(out):
    for number in (1, 2):
        out.version("2026-10", number)
    for name in (
        "portal/2026-10/v1/AUK.duckdb",
        "portal/2026-10/v2/AUK.duckdb",
        "portal/2026-07/v9/x.duckdb",
    ):
        (out.folder / name).parent.mkdir(parents=True)
        (out.folder / name).write_text("x")
    (out.folder / "portal" / "state").mkdir()
    reports = work_dir(out.folder) / "reports" / "finished"
    reports.mkdir(parents=True)
    done = out.prune(versions=1)
    assert names(done, "portal's bundles") == ["portal/2026-07/v9", "portal/2026-10/v1"]
    assert names(done, "finished reports") == [".car/reports"] and not reports.exists()
    assert (out.folder / "portal" / "state").is_dir()
    assert (out.folder / "portal/2026-10/v2/AUK.duckdb").is_file()


def test_a_warehouse_goes_whose_month_is_not_kept_and_tables_of_no_warehouse(out):
    out.version("2026-09", 1)
    out.version("2026-10", 1)
    warehouse = work_dir(out.folder) / "warehouse.duckdb"
    warehouse.parent.mkdir(exist_ok=True)

    def build(month):
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("create schema if not exists car")
        from car.warehouse.catalogue import Catalogue
        from car.warehouse.database import remember_build

        remember_build(warehouse, Catalogue((), "", {}, {}, None), {"reporting_month": month})

    build("2026-10")
    left = work_dir(out.folder) / "warehouse.spark" / "an-old-build"
    left.mkdir(parents=True)
    assert names(out.prune(), "warehouse") == [".car/warehouse.spark/an-old-build"] and not left.exists()
    assert names(out.prune(months=1), "warehouse") == []
    warehouse.unlink()
    build("2026-09")
    assert names(out.prune(months=1), "warehouse") == [".car/warehouse.duckdb"] and not warehouse.exists()


def test_what_was_taken_away_is_no_fault_and_its_number_is_not_given_again(
    warehouse, out, machine, reporter, tmp_path
):
    from car.month import publish_again

    folder = tmp_path / "published"
    for device in ("D1", "D2", "D3"):
        warehouse.devices = [("2026-10", "ALPHA", "IS", device, *[None] * 6)]
        publish_again(folder, warehouse.build().path, False, machine, reporter)
    prune(folder, Rule(1, 1), True, MACHINE, Reporter())
    verify = ["verify", "--out", str(folder)]
    result = CliRunner().invoke(app, verify)
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["rollback", "--out", str(folder), "--month", "2026-10", "--to", "1"])
    assert result.exit_code == 2 and "has no version 1; it has 3" in result.output
    warehouse.devices = []
    assert publish_again(folder, warehouse.build().path, False, machine, reporter)["version"] == 4
    # What goes otherwise is still missed.
    shutil.rmtree(folder / "releases" / "2026-10" / "v3")
    assert "version 3 is missing" in CliRunner().invoke(app, verify).output


def test_one_that_was_interrupted_is_ended_by_the_next(out, monkeypatch):
    for number in (1, 2):
        out.version("2026-10", number)
    with monkeypatch.context() as patch:
        patch.setattr("car.release.tree.os.rename", _fail)
        with pytest.raises(KeyboardInterrupt):
            out.prune()
    assert out.versions() == ["2026-10/v1", "2026-10/v2"]
    out.prune()
    assert out.versions() == ["2026-10/v2"]


def _fail(*_):
    raise KeyboardInterrupt


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2026-08", "2026-09", "2026-10"]),
            st.booleans(),
            st.none() | st.tuples(st.sampled_from(["2026-08", "2026-09", "2026-10"]), st.integers(1, 3)),
        ),
        max_size=9,
    ),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_whatever_is_published_all_that_stays_can_be_made_again(tmp_path_factory, published, count, months):
    """In any order of versions, of which some are in force and some rest on another."""
    out = Out(tmp_path_factory.mktemp("any") / "out")
    (out.folder / "runs").mkdir(parents=True)
    numbers = {}
    for month, in_force, declared in published:
        numbers[month] = numbers.get(month, 0) + 1
        rests_on = declared and declared[1] <= numbers.get(declared[0], 0) and declared[0] != month
        facts = {"history": {"release": "{}/v{}".format(*declared)}} if rests_on else {}
        outcome = "published" if in_force else "awaits_approval"
        out.version(month, numbers[month], in_force, outcome=outcome, **facts)
    before = set(out.versions())
    in_force = {month: Month(out.folder, month).in_force() for month in numbers}
    out.prune(count, months)
    after = set(out.versions())
    assert after <= before
    for month, version in in_force.items():
        assert Month(out.folder, month).in_force() == version
        assert f"{month}/v{numbers[month]}" in after
    for name in after:
        month, _, version = name.partition("/v")
        run = json.loads((Month(out.folder, month).version_path(int(version)) / "run.json").read_text())
        assert {f"{of}/v{number}" for of, number in declared_releases(run)} <= after
        assert (out.folder / "runs" / run["run_id"]).is_dir()
    assert out.prune(count, months)["pieces"] == []
