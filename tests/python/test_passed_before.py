"""What passed with the same code, variables and files is left out of the next build, and nothing else is."""

import json
import os
import re
import shutil
from functools import partial

import duckdb
import pytest
from landing_files import CSV, csv_of, put, put_good_files
from partial_build import build_models

from car.landing.check import check
from car.warehouse import build as dbt
from car.warehouse import passed_before

AS_OF = "2026-11-06 00:00:00"
PART = ("+stg_defects", "stg_defects__quarantine", "+stg_incidents", "stg_landing_arrivals", "+dim_regions")
DEFECTS = {"stg_defects__landed", "stg_defects", "stg_defects__quarantine"}
INCIDENTS = {"stg_incidents__landed", "stg_incidents"}
INDEX = {"stg_landing_arrivals"}
REGIONS = {"dim_regions"}
LISTS = {"regions"}


@pytest.fixture(autouse=True)
def environment_put_back():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A folder with what was parsed, which takes longer than the builds here."""
    return tmp_path_factory.mktemp("parsed") / "target"


@pytest.fixture
def work(tmp_path, target):
    if target.is_dir():
        shutil.copytree(target, tmp_path / "target")
    put_good_files(tmp_path / "zone")
    yield tmp_path
    if not target.is_dir():
        shutil.copytree(tmp_path / "target", target)


def build(work, select=PART, anew=False, as_of=AS_OF):
    """Check the zone and build a part of the warehouse; tells which nodes were built and run."""
    check(str(work / "zone"), work, threads=2, project=dbt.find_project())
    variables = {"as_of": as_of, "landing_index": str(work / "landing")}
    dbt.build(work / "w.duckdb", work, variables, 2, "1GiB", work / "dbt.log", select=select, anew=anew)
    results = json.loads((work / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return [item["unique_id"].split(".") for item in results]


def made(nodes):
    return {name for kind, _, name, *_ in nodes if kind in ("model", "seed")}


def run_tests(nodes):
    return {".".join(node) for node in nodes if node[0] == "test"}


def change(work, sql):
    with duckdb.connect(str(work / "w.duckdb")) as connection:
        connection.execute(sql)


def rows(work, relation):
    with duckdb.connect(str(work / "w.duckdb"), read_only=True) as connection:
        return connection.execute(f"from {relation} select count(*)").fetchone()[0]


@pytest.mark.turn(0)
def test_what_is_as_it_was_is_left_out(work):
    everything = build(work)
    assert made(everything) == DEFECTS | INCIDENTS | INDEX | REGIONS | LISTS
    assert "Left out" not in (work / "dbt.log").read_text()
    assert not run_tests(build(work)) | made(build(work))
    assert "Left out" in (work / "dbt.log").read_text()

    put(work / "zone", "defects/date=2026-10-03/more.csv", csv_of("2026-10-03 10:00:00,D2,,2,2026-09-01,,"))
    before = rows(work, "staging.stg_defects")
    again = build(work)
    assert made(again) >= DEFECTS | INDEX
    assert not made(again) & (INCIDENTS | REGIONS | LISTS)
    assert run_tests(again)
    assert all("stg_defects" in name or "stg_landing" in name for name in run_tests(again))
    assert rows(work, "staging.stg_defects") == before + 1
    assert not made(build(work))

    # Another as-of instant may be of consequence for all but what hangs on the code alone.
    later = build(work, as_of="2026-11-07 00:00:00")
    assert made(later) >= DEFECTS | INCIDENTS | INDEX | REGIONS
    assert not made(later) & LISTS


@pytest.mark.long
def test_other_code_and_a_build_on_nothing_leave_nothing_out(work, monkeypatch):
    everything = build(work)
    assert sorted(build(work, anew=True)) == sorted(everything)
    assert not made(build(work))
    monkeypatch.setattr(dbt, "code_fingerprint", lambda _: "other code")
    assert sorted(build(work)) == sorted(everything)


@pytest.mark.long
def test_after_plain_dbt_nothing_is_left_out(work):
    everything = build(work)
    build_models(work / "w.duckdb", work, ["stg_incidents"]).close()
    assert sorted(build(work)) == sorted(everything)


@pytest.mark.turn(0)
@pytest.mark.parametrize(
    "what",
    ["drop table staging.stg_defects__landed", "create or replace view staging.stg_defects as select 1"],
)
def test_what_does_not_stand_as_it_was_put_is_built_with_all_that_is_built_from_it(what, work):
    build(work)
    change(work, what)
    assert made(build(work)) == (DEFECTS if what.startswith("drop") else {"stg_defects"})
    assert rows(work, "staging.stg_defects")


@pytest.mark.long
def test_a_test_that_did_not_pass_is_run_again_with_what_it_is_of(work):
    of_lists = ("tag:reference", *PART)
    everything = build(work, of_lists)
    failed = next(name for name in sorted(run_tests(everything)) if "unique_grain_stg_incidents" in name)
    change(work, f"delete from bookkeeping.passed where node = '{failed}'")
    again = build(work, of_lists)
    assert run_tests(again) >= {failed}
    assert made(again) >= {"stg_incidents"}
    assert not made(again) & (DEFECTS | LISTS)

    change(work, "update snapshots.snap_regions set region = 'North'")
    change(work, "delete from bookkeeping.passed where contains(node, 'snap_regions_one_row_in_force')")
    for _ in range(2):
        with pytest.raises(dbt.CarError, match="snap_regions_one_row_in_force"):
            build(work, ("snap_regions_one_row_in_force",))


@pytest.mark.long
def test_a_build_that_died_is_not_believed_in_what_it_had_built_before_it(work, monkeypatch):
    build(work)
    more = put(work / "zone", "defects/date=2026-10-03/more.csv", CSV.replace(b",D1,", b",D2,"))
    with monkeypatch.context() as patched:
        patched.setattr(passed_before, "keep_passed", lambda *_: None)
        build(work)
    assert rows(work, "staging.stg_defects") == 2
    more.unlink()
    # The files are those with which all had passed, but the tables are of others.
    assert made(build(work)) >= DEFECTS
    assert rows(work, "staging.stg_defects") == 1


@pytest.mark.turn(0)
def test_each_node_is_decided_by_what_it_reads(work):
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    build(work)
    manifest = Manifest.from_msgpack(
        (work / "target" / "partial_parse.msgpack").read_bytes(), decoder=extended_mashumuro_decoder
    )
    variables = {"as_of": AS_OF, "landing_index": str(work / "landing"), "history_parties": "a"}
    decided = partial(passed_before.decided_by, manifest)

    def id_of(name):
        (found,) = (key for key, node in manifest.nodes.items() if node.name == name)
        return found

    def changed(before, after):
        return {manifest.nodes[name].name for name in before if before[name] != after[name]}

    before = decided(variables)
    of_history = {"history_parties": "b", "industry_origin": {"kept": {}}}
    assert decided(variables) == before == decided({**variables, **of_history})
    # What reads an earlier release, itself or through others, is never left out.
    for name in ("stg_previous_benchmarks", "fct_previous_benchmarks", "mart_r2__findings"):
        assert id_of(name) not in before
    later = changed(before, decided({**variables, "as_of": "2026-11-07 00:00:00"}))
    assert "fct_alerts_coded" in later
    assert "regions" not in later
    assert "snap_regions" not in later

    put(work / "zone", "defects/date=2026-10-03/more.csv", CSV)
    check(str(work / "zone"), work, threads=2, project=dbt.find_project())
    after = changed(before, decided(variables))
    assert after >= DEFECTS | INDEX
    assert not after & (INCIDENTS | REGIONS | LISTS | {"fct_alerts_coded"})


def test_what_is_said_of_earlier_releases_is_read_by_the_hook_alone_that_makes_their_sources():
    project = dbt.find_project()
    reading = {
        path.name
        for folder in ("macros", "models", "snapshots", "tests/dbt")
        for path in (project / folder).rglob("*.sql")
        if any(f"var('{name}'" in path.read_text(encoding="utf-8") for name in passed_before._OF_HISTORY)
    }
    # The list of files that a restatement compares stands there too. Its model reads the history, as the hook
    # made it, so that it is never left out.
    assert reading == {"register_history.sql", "restatement.sql"}
    macros = (project / "macros" / "marts" / "restatement.sql").read_text(encoding="utf-8")
    names = "|".join(re.findall(r"macro (\w+)\(", macros))
    using = [
        path.stem
        for path in (project / "models").rglob("*.sql")
        if re.search(rf"\b({names})\(", path.read_text(encoding="utf-8"))
    ]
    assert sorted(using) == ["int_pmr_restatement__parts", "int_restatement__reports"]
