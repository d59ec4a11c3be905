"""The industry's report: one folder of a release, of no party, beside those of the parties."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from conftest import MONTH, device
from releases import apply_changes, cells_of, read_changes
from typer.testing import CliRunner

from car.cli import app
from car.errors import CarError
from car.month import publish_again
from car.quality.declared import declared_suites
from car.quality.frames import read_rows, recipients_without_rows, register_release
from car.release import industry, versions
from car.release.tree import Month
from car.warehouse.catalogue import Catalogue, read_catalogue
from car.warehouse.declaration import faults_of
from car.warehouse.industry import FailedCheck, checks_of_reckoned
from car.warehouse.promised import described, promised
from car.warehouse.restatement import files_of_report, held_against, let_readers_wait

ROOT = Path(__file__).parents[2]
FOLDER = ("releases", MONTH)
ROWS = [
    (MONTH, "PP1", "0.990000", None),
    (MONTH, "B1", "-1", "=cmd"),
    (MONTH, "A1", None, "no file of alerts"),
]


@pytest.fixture
def with_report(warehouse):
    """The warehouse, with an industry's report of one file."""
    warehouse.measures = list(ROWS)
    return warehouse.build()


def publish(warehouse, out, machine, reporter):
    return publish_again(out, warehouse.build().path, False, machine, reporter)


def car(*arguments):
    done = CliRunner().invoke(app, [*map(str, arguments)])
    return done.exit_code, done.stdout if "--json" in arguments else done.output


def bytes_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def release(out, version=1):
    return out.joinpath(*FOLDER, f"v{version}")


def test_the_report_lies_beside_the_parties_and_changes_no_file_of_theirs(
    with_report, warehouse, out, tmp_path, machine, reporter
):
    run = publish(with_report, out, machine, reporter)
    with_report.measures = None
    other = tmp_path / "without"
    without = publish(with_report, other, machine, reporter)
    assert bytes_of(release(out) / "parties") == bytes_of(release(other) / "parties")
    assert not (release(other) / "industry").exists()
    assert sorted(os.listdir(release(out) / "industry")) == [
        "datapackage.json",
        "manifest.json",
        "measures.csv",
    ]
    assert (run["recipients"], run["files"]) == (without["recipients"], without["files"] + 1)


def test_its_rows_are_sorted_and_its_numbers_are_printed_as_they_are(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    assert (release(out) / "industry" / "measures.csv").read_text() == (
        "reporting_month,measure_id,value,reason\n"
        f"{MONTH},A1,,no file of alerts\n"
        f"{MONTH},B1,-1,'=cmd\n"
        f"{MONTH},PP1,0.990000,\n"
    )
    package = json.loads((release(out) / "industry" / "datapackage.json").read_text())
    assert package["name"] == f"performance-measurement-report-{MONTH}"
    (resource,) = package["resources"]
    types = {field["name"]: (field["type"], field.get("unit")) for field in resource["schema"]["fields"]}
    assert types["value"] == ("number", "share") and types["reason"] == ("string", None)
    assert resource["schema"]["primaryKey"] == ["reporting_month", "measure_id"]


@pytest.mark.parametrize("text", ["NaN", "1e5", "+1", "1.", ".5", "1,000", "-", "", " 1", "1\n", "No Events"])
def test_a_text_in_place_of_a_number_is_not_published(text, with_report, out, machine, reporter):
    with_report.measures = [*ROWS, (MONTH, "X1", text, None)]
    with pytest.raises(CarError, match="holds what is no number in value"):
        publish(with_report, out, machine, reporter)
    assert not (out / "releases" / MONTH / "current").exists()


def test_a_row_of_another_month_is_not_published(with_report, out, machine, reporter):
    with_report.measures = [*ROWS, ("2026-09", "X1", "1", None)]
    with pytest.raises(CarError, match="rows of another month"):
        publish(with_report, out, machine, reporter)


def test_a_report_without_rows_has_its_files_with_their_headers(with_report, out, machine, reporter):
    with_report.measures = []
    publish(with_report, out, machine, reporter)
    text = (release(out) / "industry" / "measures.csv").read_text()
    assert text == "reporting_month,measure_id,value,reason\n"


def test_its_changes_turn_one_version_into_the_other(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    with_report.measures = [*ROWS[:2], (MONTH, "C1", "3", None)]
    run = publish(with_report, out, machine, reporter)
    folders = [release(out, version) / "industry" for version in (1, 2)]
    lines = read_changes(folders[1])
    assert ["measures.csv", "measure_id=A1", "row removed", "", "", ""] in lines
    assert apply_changes(cells(folders[0]), lines) == cells(folders[1])
    assert run["version"] == 2
    # The parties' files are as they were, and say so.
    assert [read_changes(path) for path in (release(out, 2) / "parties").iterdir()] == [[], []]
    listed = json.loads((folders[1] / "manifest.json").read_text())
    assert [file["path"] for file in listed["files"]] == ["changes.csv", "datapackage.json", "measures.csv"]


def cells(folder):
    """What `cells_of` gives, of files with the month alone before their own columns."""
    found = {}
    for path, rows in cells_of(folder).items():
        found[path] = type(rows)(
            {frozenset(c for c in row if c[0] != "reporting_month"): n for row, n in rows.items()}
        )
    return found


def test_a_version_without_the_report_says_nothing_of_it_and_the_next_adds_it(
    with_report, out, machine, reporter
):
    publish(with_report, out, machine, reporter)
    with_report.measures = None
    assert publish(with_report, out, machine, reporter)["version"] == 2
    assert not (release(out, 2) / "industry").exists()
    assert car("verify", "--out", out)[0] == 0
    with_report.measures = list(ROWS)
    with_report.devices.append(device(device_id="D3"))
    assert publish(with_report, out, machine, reporter)["version"] == 3
    lines = read_changes(release(out, 3) / "industry")
    assert ["measures.csv", "", "file added", "", "", ""] in lines
    assert apply_changes({}, lines) == cells(release(out, 3) / "industry")


def test_verify_finds_what_is_not_as_it_was_published(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    code, told = car("verify", "--out", out)
    assert code == 0 and "whole (2 parties" in told
    path = release(out) / "industry" / "measures.csv"
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content.replace(b"0.990000", b"0.999999"))
    code, told = car("verify", "--out", out)
    assert code == 1 and "industry/measures.csv: has other content than was published" in told
    path.write_bytes(content)
    (path.parent / "extra.csv").write_bytes(b"x\n")
    assert "industry/extra.csv: was not published" in car("verify", "--out", out)[1]
    (path.parent / "extra.csv").unlink()
    manifest = path.parent / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text() + " ")
    assert "industry/manifest.json: has other content" in car("verify", "--out", out)[1]
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    assert "industry: is missing" in car("verify", "--out", out)[1]


def test_a_folder_that_was_not_published_is_told(warehouse, out, machine, reporter):
    publish(warehouse, out, machine, reporter)
    folder = release(out) / "industry"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"files": []}')
    assert "industry: was not published" in car("verify", "--out", out)[1]


def test_status_counts_it_and_no_party_more(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    told = car("status", "--out", out, "--json")[1]
    (version,) = json.loads(told)["months"][0]["versions"]
    assert (version["parties"], version["industry_files"]) == (2, 1)
    assert "industry's report of 1 CSV files" in car("status", "--out", out)[1]


def test_rollback_puts_the_report_of_a_version_in_force_with_the_parties(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    with_report.measures = ROWS[:1]
    publish(with_report, out, machine, reporter)
    assert car("rollback", "--out", out, "--month", MONTH, "--to", 1)[0] == 0
    current = out.joinpath(*FOLDER, "current", "industry", "measures.csv")
    assert len(list(csv.reader(current.open()))) == 4
    damaged = release(out, 2) / "industry" / "measures.csv"
    damaged.chmod(0o644)
    damaged.write_bytes(b"x")
    code, told = car("approve", "--out", out, "--month", MONTH, "--by", "Anna")
    assert code == 1 and "Version 2 of 2026-10 is not what was published" in told


def test_diff_tells_the_files_of_the_report_apart_from_a_partys(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    with_report.measures = [(MONTH, "PP1", "0.980000", None), *ROWS[1:]]
    publish(with_report, out, machine, reporter)
    month = out.joinpath(*FOLDER)
    for old, new in (("v1", "v2"), ("v1/industry", "v2/industry")):
        code, told = car("diff", month / old, month / new, "--json")
        found = json.loads(told)
        assert code == 0
        (file,) = found["differing"]
        assert (file["name"], file["rows_changed"], file["recipients"]) == ("industry/measures.csv", 1, 1)
        (column,) = file["columns"]
        assert column["column"] == "value"
        assert column["examples"][0]["recipient"] == "industry report"


def test_a_party_may_be_called_industry(with_report, out, machine, reporter):
    with_report.devices.append(device(party="industry"))
    with_report.obligations.append(("industry", "IS", "inventory"))
    publish(with_report, out, machine, reporter)
    assert (release(out) / "parties" / "industry" / "inventory" / "IS" / "devices.csv").is_file()
    assert car("verify", "--out", out)[0] == 0
    with_report.measures = ROWS[:1]
    publish(with_report, out, machine, reporter)
    assert read_changes(release(out, 2) / "parties" / "industry") == []
    assert len(read_changes(release(out, 2) / "industry")) == 2
    code, told = car("diff", release(out) / "parties" / "industry", release(out, 2) / "parties" / "industry")
    assert code == 0 and "measures" not in told


def test_a_preview_of_a_party_has_nothing_of_the_report(with_report, tmp_path):
    folder = tmp_path / "preview"
    arguments = ("--warehouse", with_report.path, "--party", "ALPHA", "--preview", folder, "--no-pdf")
    assert car("publish", *arguments)[0] == 0
    assert sorted(os.listdir(folder)) == ["ALPHA"]
    assert not list(folder.rglob("measures.csv"))


def test_a_warehouse_remembers_what_is_of_the_industry(with_report):
    catalogue = read_catalogue(with_report.path.with_name("manifest.json"))
    again = Catalogue.from_dict(json.loads(json.dumps(catalogue.to_dict())))
    assert again == catalogue
    assert [item.name for item in again.publications if item.is_industry] == ["measures"]


def test_the_quality_page_looks_at_its_files_where_they_lie(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    catalogue = read_catalogue(with_report.path.with_name("manifest.json"))
    (suite,) = (suite for suite in declared_suites(catalogue) if suite.name == "measures")
    assert suite.title == "industry/measures.csv"
    path = release(out) / "industry" / "measures.csv"
    for old, new, wrong in (
        (b"", b"", set()),
        (b"0.990000", b"1.990000", {"value"}),
        (b"0.990000", b"none", {"rows_against_1"}),
        (f"{MONTH},PP1".encode(), b"2026-09,PP1", {"rows_elsewhere"}),
        (b"PP1", b"A1", {"rows_alike"}),
    ):
        content = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(content.replace(b",-1,", b",1,").replace(old, new))
        with duckdb.connect() as connection:
            register_release(connection, catalogue, Month(out, MONTH), 1)
            listed = connection.execute(
                "select listed_rows, counted_rows from published_files where path = 'measures.csv'"
            ).fetchall()
            found = read_rows(connection, suite.name, suite.rows).to_dict("records")
            assert recipients_without_rows(connection, catalogue) == ["BETA"]
        assert listed == [(3, 3)]
        assert {row["party_id"] for row in found} == {"industry"}
        assert {name for row in found for name, count in row.items() if name != "party_id" and count} == wrong
        path.write_bytes(content)


def test_what_readers_are_promised_of_it_is_below_its_folder(with_report):
    catalogue = read_catalogue(with_report.path.with_name("manifest.json"))
    assert "industry/measures.csv,value,varchar\n" in promised(catalogue)
    table = "| file | rows |\n|---|---|\n"
    later = f"## Inventory\n\n{table}\n## Business process\n\n{table}"
    told = described(f"## Industry\n\nWords.\n\n{table}\n{later}", catalogue)
    row = "| `industry/measures.csv` | Rows of measures |\n"
    assert told.startswith(f"## Industry\n\nWords.\n\n{table}{row}\n## Inventory\n")


# What is wrong with a declaration, and the words for it.
BROKEN = {
    "recipient": ({"recipient": "all"}, {}, "`recipient` is `industry`, or left out"),
    "report": ({"report": "alerts"}, {}, "has no `report`: it is of no party"),
    "league": ({"league": "measure_id"}, {}, "has no `league`: it is of no party"),
    "path only": ({"path_only": ["reason"]}, {}, "has no `path_only`: it is of no party"),
    "split": ({"split": ["measure_id"], "path": "{measure_id}.csv"}, {}, "write `split: []`, `always: true`"),
    "not always": ({"always": False}, {}, "write `split: []`, `always: true`"),
    "no path": ({"path": None}, {}, "write `path: hello.csv` under `publish`"),
    "a party": ({}, {"party_id": {"data_type": "varchar"}}, "party_id may not be there"),
    "a pool": (
        {},
        {
            "reason": {
                "data_type": "varchar",
                "config": {"meta": {"shows": "nothing", "industry": "requests"}},
            }
        },
        "is all of the industry: no column of it has `industry`",
    ),
    "keeps without what it rests on": ({"keeps": "true"}, {}, "says what a row of it rests on"),
    "keeps columns without it": ({"keeps": "false", "keeps_columns": ["value"]}, {}, "write `rests_on"),
    "no unit": (
        {},
        {"value": {"data_type": "varchar", "config": {"meta": {"shows": "number"}}}},
        "write its unit",
    ),
    "a number": (
        {},
        {"value": {"data_type": "bigint", "config": {"meta": {"shows": "number", "unit": "count"}}}},
        "a bigint shows no `number` as text",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_declaration_is_told(case, with_report):
    publish, columns, words = BROKEN[case]
    content = with_report.manifest()
    exposure, nodes = content["exposures"]["exposure.p.measures"], content["nodes"]
    assert faults_of(exposure, nodes) == []
    declared = exposure["config"]["meta"]["publish"]
    declared |= publish
    for key in [key for key, value in declared.items() if value is None]:
        del declared[key]
    for name, given in columns.items():
        column = nodes["model.p.measures"]["columns"].setdefault(name, {"name": name, "description": "X."})
        column |= given
    told = faults_of(exposure, nodes)
    assert any(words in line for line in told), told


def test_the_month_is_the_first_column(with_report):
    content = with_report.manifest()
    columns = content["nodes"]["model.p.measures"]["columns"]
    columns["reporting_month"] = columns.pop("reporting_month")
    (told,) = faults_of(content["exposures"]["exposure.p.measures"], content["nodes"])
    assert "the first column must be reporting_month" in told


def test_the_report_of_the_month_before_is_a_declared_input(with_report, out, machine, reporter):
    publish(with_report, out, machine, reporter)
    history = versions.history(out, "2026-11")
    assert history.industry == release(out) / "industry"
    before = history.declared
    assert before["industry"]["files"] == 1
    with_report.measures = ROWS[:1]
    publish(with_report, out, machine, reporter)
    after = versions.history(out, "2026-11").declared
    assert after["sha256"] == before["sha256"]  # what findings look at is as it was
    assert after["industry"]["sha256"] != before["industry"]["sha256"]
    with_report.measures = None
    publish(with_report, out, machine, reporter)
    history = versions.history(out, "2026-11")
    assert history.industry is None and "industry" not in history.declared


def test_the_report_is_held_against_the_version_that_its_figures_come_from(tmp_path):
    """The third version kept Prepayment of the second; the fourth is without it, the fifth kept nothing."""

    def made(version, with_report, **kept):
        folder = tmp_path / "releases" / MONTH / f"v{version}"
        for place in ("parties/P1", *(("industry",) if with_report else ())):
            (folder / place).mkdir(parents=True)
            versions.write_json(folder / place / "manifest.json", {"files": []})
        parts = [
            {"part": part, "is_kept": origin is not None, "from": origin and f"{MONTH}/v{origin}"}
            for part, origin in kept.items()
        ]
        versions.write_json(folder / "run.json", {"performance_report": {"parts": parts}})
        versions.Month(tmp_path, MONTH).put_in_force(version, "run")

    def origin():
        found = versions.industry_origin(tmp_path, MONTH)
        return found.of_report, found.variable.get("report")

    def folders(version, **kept):
        month = tmp_path / "releases" / MONTH
        origins = {f"v{version}", *(f"v{one}" for one in kept.values())}
        return {
            "industry": str(month / f"v{version}" / "industry"),
            "parties": {one: str(month / one / "parties") for one in sorted(origins)},
            "in_force": f"v{version}",
            "kept": {part: f"v{one}" for part, one in kept.items()},
        }

    made(1, with_report=False)
    assert origin() == (None, None)
    made(2, with_report=True)
    assert origin() == (f"{MONTH}/v2", folders(2))
    made(3, with_report=True, Prepayment=2, alerts=None)
    assert origin() == (f"{MONTH}/v3", folders(3, Prepayment=2))
    made(4, with_report=False)
    assert origin() == (f"{MONTH}/v3", folders(3, Prepayment=2))
    found = versions.industry_origin(tmp_path, MONTH)
    assert found.release_of_part("Prepayment") == f"{MONTH}/v2"
    assert found.release_of_part("alerts") == f"{MONTH}/v3"
    assert [(item["release"], "industry" in item) for item in found.declared] == [
        (f"{MONTH}/v2", False),
        (f"{MONTH}/v3", True),
        (f"{MONTH}/v4", False),
    ]
    made(5, with_report=True)
    assert origin() == (f"{MONTH}/v5", folders(5))
    versions.Month(tmp_path, MONTH).put_in_force(1, "rollback")
    assert origin() == (None, None)


def test_the_parties_files_are_read_once_where_all_figures_come_from_one_version():
    origin = {"in_force": "folder/2", "kept": {}, "report": {"parties": {"v2": "folder/2"}}}
    files = [{"name": "benchmark", "path": "x"}]
    once = {"name": "benchmark", "path": "x", "origin": "v2"}
    assert held_against(files, origin) == [once]
    apart = {"name": "benchmark__report_v1", "path": "x", "parties": "folder/1", "origin": "v1"}
    assert held_against(files, origin | {"report": {"parties": {"v1": "folder/1"}}}) == [apart]
    both = {"v1": "folder/1", "v2": "folder/2"}
    assert held_against(files, origin | {"report": {"parties": both}}) == [apart, once]
    kept = {"alerts": {"IS": "folder/1"}}
    assert held_against(files, origin | {"kept": kept})[0]["name"] == "benchmark__report_v2"


def test_what_reads_a_file_of_the_report_waits_until_it_is_decided_what_stays(with_report):
    exposure = with_report.manifest()["exposures"]["exposure.p.measures"]
    exposure["config"]["meta"]["publish"] |= {
        "keeps": "true",
        "rests_on": ["business_process"],
    }
    content = with_report.manifest()
    content["exposures"]["exposure.p.measures"] = exposure
    path = with_report.path.with_name("other.json")
    path.write_text(json.dumps(content))
    publications = read_catalogue(path).publications
    (file,) = files_of_report(publications)
    assert (file["name"], file["keeps"], file["cell"]) == ("measures", "true", ("measure_id",))
    assert file["rests_on"] == ["business_process"]

    def node(*parents, **meta):
        links = SimpleNamespace(nodes=list(parents))
        config = SimpleNamespace(meta=meta)
        return SimpleNamespace(depends_on=links, depends_on_nodes=links.nodes, meta={}, config=config)

    nodes = {
        "model.p.figures": node(),
        "model.p.measures": node("model.p.figures"),
        "model.p.parties": node(),
        "model.p.decides": node("model.p.parties", run_json="industry_restatement"),
        "model.p.reconciliation": node("model.p.measures"),
        "test.p.measures": node("model.p.measures"),
    }
    let_readers_wait(SimpleNamespace(nodes=nodes, build_flat_graph=lambda: None), publications)
    assert {name: node.depends_on_nodes for name, node in nodes.items()} == {
        "model.p.figures": [],
        "model.p.measures": ["model.p.figures"],
        "model.p.parties": [],
        "model.p.decides": ["model.p.parties", "model.p.measures"],
        "model.p.reconciliation": ["model.p.measures", "model.p.decides"],
        "test.p.measures": ["model.p.measures", "model.p.decides"],
    }


@pytest.mark.parametrize("key", ["keeps", "keeps_columns", "keeps_with_report", "rests_on"])
def test_a_partys_file_keeps_nothing_of_the_report(key, with_report):
    content = with_report.manifest()
    exposure = content["exposures"]["exposure.p.devices"]
    exposure["config"]["meta"]["publish"][key] = []
    assert any(
        f"{key} is of a file of the industry's report" in line
        for line in faults_of(exposure, content["nodes"])
    )


def test_a_reader_is_told_that_figures_of_the_report_stay(with_report, out, machine, reporter):
    kept = {"part": "Prepayment", "changed_groups": 2, "is_kept": True, "from": f"{MONTH}/v1"}
    moved = {"part": "alerts", "changed_groups": 7, "is_kept": False, "from": None}
    report = industry.new_facts(True, False) | {"parts": [kept, moved]}
    publish_again(out, with_report.build(performance_report=report).path, False, machine, reporter)
    package = json.loads((release(out) / "industry" / "datapackage.json").read_text())
    assert package["description"].endswith(f"too few have changed: Prepayment (as in {MONTH}/v1).")
    assert "description" not in json.loads((release(out) / "parties/ALPHA/datapackage.json").read_text())
    (line,) = industry.kept_lines({"performance_report": report})
    assert line.endswith(
        f"Prepayment stay as published in {MONTH}/v1: too few corporate groups have changed rows (2)."
    )


def test_a_check_of_what_stays_against_what_is_reckoned_anew_holds_nothing_back():
    checks = [
        FailedCheck("against_figures", (), 1, True, is_of_reckoned=True).to_dict(),
        FailedCheck("adds_up", (), 2, True).to_dict(),
    ]
    report = industry.new_facts(True, False) | {"failed_checks": checks}
    kept = {"part": "alerts", "changed_groups": 1, "is_kept": True, "from": f"{MONTH}/v1"}
    reasons, _ = industry.held_back({"performance_report": report})
    assert len(reasons) == 2
    reasons, _ = industry.held_back({"performance_report": report | {"parts": [kept]}})
    assert [reason.partition(":")[0] for reason in reasons] == ["industry's report, check adds_up"]


def test_which_checks_hold_what_may_stay_against_what_is_reckoned_anew(with_report):
    kept = replace(
        next(one for one in read_catalogue(with_report.path.with_name("manifest.json")).publications),
        node="model.p.measures",
        is_industry=True,
        keeps="true",
    )
    file = replace(kept, node="model.p.definitions", keeps=None)
    league = replace(kept, node="model.p.league", is_industry=False, keeps=None)

    def node(*parents):
        return SimpleNamespace(depends_on_nodes=list(parents))

    nodes = {
        "test.alone": node("model.p.measures", "seed.p.rectangle"),
        "test.of_files": node("model.p.measures", "model.p.definitions", "model.p.league"),
        "test.of_figures": node("model.p.measures", "model.p.int_figures"),
        "test.of_definitions": node("model.p.definitions", "model.p.int_figures"),
    }
    found = checks_of_reckoned(SimpleNamespace(nodes=nodes), nodes, [kept, file, league])
    assert found == {"test.of_figures"}


def test_each_file_of_the_report_says_what_a_restatement_of_few_groups_leaves():
    lacking = [
        publish["path"]
        for path in sorted((ROOT / "models" / "marts").glob("*/_*exposures.yml"))
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
        if (publish := exposure["config"]["meta"]["publish"]).get("recipient") == "industry"
        and not {"keeps", "keeps_columns"} & set(publish)
    ]
    assert not lacking, f'write `keeps: "true"` or `"false"` under `publish` of {", ".join(lacking)}'


def test_what_is_read_of_the_month_before_is_a_file_of_the_report():
    """The source `history` names the files; the exposures have them."""
    (source,) = yaml.safe_load(
        (ROOT / "models/staging/history/_history__sources.yml").read_text(encoding="utf-8")
    )["sources"]
    read = {
        table["config"]["meta"]["of_industry"]: {column["name"] for column in table["columns"]}
        for table in source["tables"]
        if "of_industry" in table.get("config", {}).get("meta", {})
    }
    promised_of = {}
    with (ROOT / "docs/promised_columns.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            promised_of.setdefault(row["path"], set()).add(row["column"])
    assert len(read) == 2
    for path, columns in read.items():
        assert columns <= promised_of[f"industry/{path}"], path
