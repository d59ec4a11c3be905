"""What the published files declare: each declaration is whole, or the build says what to write."""

import copy
import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from car.errors import CarError
from car.warehouse.catalogue import read_catalogue
from car.warehouse.contents import PAGE as CONTENTS
from car.warehouse.contents import contents_page
from car.warehouse.declaration import faults_of
from car.warehouse.promised import described, promised

ROOT = Path(__file__).parents[2]


@pytest.fixture
def publications(manifest_path):
    return read_catalogue(manifest_path).publications


def test_what_readers_were_promised_is_published(publications, manifest_path):
    kept = (ROOT / "docs" / "promised_columns.csv").read_text(encoding="utf-8")
    assert promised(read_catalogue(manifest_path)) == kept, (
        "what is published is not what docs/promised_columns.csv says:"
        " run `python3 tasks.py promise`, and review the diff"
    )


def test_the_reporting_contents_are_current(manifest_path):
    kept = (ROOT / CONTENTS).read_text(encoding="utf-8")
    assert contents_page(read_catalogue(manifest_path)) == kept, (
        f"{CONTENTS} is not what the models declare: run `python3 tasks.py promise`"
    )


def test_the_document_of_what_goes_out_gains_and_loses_the_rows_of_files(manifest_path):
    catalogue = read_catalogue(manifest_path)
    document = (ROOT / "docs/published.md").read_text(encoding="utf-8")
    assert described(document, catalogue) == document
    gone, *left = catalogue.publications
    without = described(document, replace(catalogue, publications=tuple(left)))
    assert f"`{gone.place}`" in document and f"`{gone.place}`" not in without
    again = described(without, catalogue)
    assert again.count(f"| `{gone.place}` | one row per ") == 1
    assert [line for line in again.splitlines() if f"`{gone.place}`" not in line] == without.splitlines()


def test_every_mart_is_published_by_one_exposure(manifest, publications):
    marts = {node_id for node_id, node in manifest["nodes"].items() if node["name"].startswith("mart_")}
    published = [publication.node for publication in publications]
    assert sorted(published) == sorted(marts), "a mart_ needs exactly one exposure with meta.publish"


def test_every_report_is_owed_to_somebody(publications):
    with (ROOT / "seeds" / "report_entitlements.csv").open(encoding="utf-8") as stream:
        owed = {row["report"] for row in csv.DictReader(stream)}
    unknown = {one.name: one.report for one in publications if one.report not in {*owed, None}}
    assert not unknown, f"seeds/report_entitlements.csv has no row for the reports of {unknown}"


def test_paths_differ(publications):
    paths = [publication.place for publication in publications]
    assert len(paths) == len(set(paths))


def test_a_mart_says_its_grain_first(manifest, publications):
    for publication in publications:
        node = manifest["nodes"][publication.node]
        assert node["description"].startswith("Grain: one row per "), node["patch_path"]


# One way each to leave a declaration wrong: what is changed, and the words that must be said of it.
def _column(mart, name, **changes):
    for key, value in changes.items():
        mart["columns"][name]["config"]["meta"].pop(key, None)
        mart["columns"][name]["meta"].pop(key, None)
        if value is not None:
            mart["columns"][name]["config"]["meta"][key] = value


def _headline(publish, figure="Requests", **keys):
    publish["headlines"] = [{"figure": figure, **keys}]


BROKEN = {
    "no unit": (lambda e, m, n: _column(m, "own_volume", unit=None), "column own_volume: write its unit"),
    "no shows": (lambda e, m, n: _column(m, "srv", shows=None), "column srv: write what it tells of"),
    "unknown shows": (lambda e, m, n: _column(m, "srv", shows="all"), "`shows: all` is none of own_device"),
    "unknown meta": (lambda e, m, n: _column(m, "srv", show="x"), "`meta` has show; known: combines"),
    "unknown way to combine": (
        lambda e, m, n: _column(m, "own_volume", combines="median"),
        "`combines: median` is none of sum",
    ),
    "a mean of no column": (
        lambda e, m, n: _column(m, "own_volume", combines={"mean_of": "own_sum"}),
        "`combines: {'mean_of': 'own_sum'}` is none of",
    ),
    "no flag": (
        lambda e, m, n: _column(m, "industry_suppressed", industry=None),
        "exactly one boolean column",
    ),
    "no sentence": (lambda e, m, n: m["columns"]["srv"].update(description="SRV"), "write a sentence"),
    "no contract": (lambda e, m, n: m["config"].update(contract={}), "write `contract: {enforced: true}`"),
    "not public": (lambda e, m, n: m["config"].update(access="protected"), "write `access: public`"),
    "no grain": (lambda e, m, n: n.clear() or n.update({m["unique_id"]: m}), "write `- unique_grain:"),
    "no path": (lambda e, m, n: e.pop("path"), "write `path: "),
    "no report": (lambda e, m, n: e.pop("report"), "write `report: "),
    "unknown key": (lambda e, m, n: e.update(pattern="x"), "`pattern` is not known under `publish`"),
    "path without split": (lambda e, m, n: e.update(path="x.csv"), "`path` must name each column of `split`"),
    "split": (
        lambda e, m, n: e.update(split=["role"], path="{role}"),
        "`split` must begin with party_id, role",
    ),
    "path_only": (
        lambda e, m, n: e.update(
            path_only=["srv"], split=["party_id", "role", "srv"], path="{role}/{srv}.csv"
        ),
        "with industry figures no column is `path_only`",
    ),
    "always": (
        lambda e, m, n: e.update(split=["party_id", "role", "srv"], path="{role}/{srv}.csv", always=True),
        "cannot be `always`",
    ),
    "unknown column": (lambda e, m, n: e.update(cell=["region"]), "mart_r2__benchmark has no column region"),
    "owed": (lambda e, m, n: e.update(second_implementation="no"), "write `second_implementation: owed`"),
    "no report, but a role": (
        lambda e, m, n: e.pop("report") and e.update(split=["party_id"], path="benchmark.csv"),
        "a file of no report has no reporting_month, party_id, role",
    ),
    "no report, but a pool": (
        lambda e, m, n: e.pop("report") and e.update(split=[], path="benchmark.csv"),
        "a file of no report has no figure of the industry: write its `report`",
    ),
    "announced of no month": (lambda e, m, n: e.update(since="January"), "`since: January` is no month"),
    "retires of no month": (lambda e, m, n: e.update(retires="2027-13"), "`retires: 2027-13` is no month"),
    "instead of nothing": (lambda e, m, n: e.update(instead="daily.csv"), "write `retires` too"),
    "column retires of no month": (
        lambda e, m, n: m["columns"]["own_volume"]["config"]["meta"].update(retires="soon"),
        "own_volume: `retires: soon` is no month",
    ),
    "no question": (lambda e, m, n: e.pop("question"), "write `question: "),
    "no question mark": (lambda e, m, n: e.update(question="It says."), "`question` is one plain sentence"),
    "two sentences": (
        lambda e, m, n: e.update(question="Is it? Or not?"),
        "`question` is one plain sentence",
    ),
    "headline, unknown key": (lambda e, m, n: _headline(e, own="own_volume", per=1), "has per; known are"),
    "headline, no words": (
        lambda e, m, n: e.update(headlines=[{"own": "own_volume"}]),
        "a headline has no `figure`",
    ),
    "headline of nothing": (lambda e, m, n: _headline(e), "write `own: <column>`, or `sum: [<columns>]`"),
    "headline of both": (
        lambda e, m, n: _headline(e, own="own_volume", sum=["own_volume"]),
        "write `own: <column>`, or `sum: [<columns>]`",
    ),
    "headline over nothing": (
        lambda e, m, n: _headline(e, own="own_volume", over=["own_volume"]),
        "write `own: <column>`, or `sum: [<columns>]`",
    ),
    "headline, no column": (lambda e, m, n: _headline(e, own="rate"), "the file has no column rate"),
    "headline, no column in its words": (
        lambda e, m, n: _headline(e, figure="{region}", own="own_volume"),
        "the file has no column region",
    ),
    "headline, no column to choose by": (
        lambda e, m, n: _headline(e, where={"region": "North"}, own="own_volume"),
        "the file has no column region",
    ),
    "headline, no number": (lambda e, m, n: _headline(e, own="srv"), "srv is no number with a unit"),
    "headline, no industry": (
        lambda e, m, n: _headline(e, own="own_volume", industry="own_rank"),
        "own_rank is no figure of the industry",
    ),
    "headline, place": (
        lambda e, m, n: _headline(e, own="own_volume", place=["own_rank"]),
        "`place` is the columns of the first and last place",
    ),
    "headline, a sum with a place": (
        lambda e, m, n: _headline(e, sum=["own_volume"], at_most=3, of="own_volume"),
        "of, at_most is of a cell of one row",
    ),
    "two marts": (None, "`depends_on` must name exactly one mart"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_declaration_is_told_with_the_file_and_the_line_to_write(manifest, case):
    change, words = BROKEN[case]
    exposure = copy.deepcopy(
        next(one for one in manifest["exposures"].values() if one["name"] == "r2_benchmark_csv")
    )
    (mart_id,) = exposure["depends_on"]["nodes"]
    nodes = {
        node_id: copy.deepcopy(node)
        for node_id, node in manifest["nodes"].items()
        if node_id == mart_id or node.get("attached_node") == mart_id
    }
    assert faults_of(exposure, nodes) == []
    if change is None:
        exposure["depends_on"]["nodes"].append(mart_id)
    else:
        change(exposure["config"]["meta"]["publish"], nodes[mart_id], nodes)
        exposure["meta"] = {}
    told = faults_of(exposure, nodes)
    assert any(words in line for line in told), told
    assert all(".yml" in line for line in told)


@pytest.mark.parametrize("description", ["", "What it holds"])
def test_a_file_of_which_a_reader_is_told_nothing_is_refused(manifest, description):
    exposure = copy.deepcopy(
        next(one for one in manifest["exposures"].values() if one["name"] == "r2_benchmark_csv")
    )
    told = faults_of(exposure | {"description": description}, manifest["nodes"])
    assert len(told) == 1
    assert (
        "r2_benchmark_csv: write as `description`, in sentences, what the file is for its reader" in told[0]
    )


def test_a_wrong_declaration_stops_the_build(manifest, tmp_path):
    broken = copy.deepcopy(manifest)
    exposure = next(one for one in broken["exposures"].values() if one["name"] == "r2_benchmark_csv")
    for meta in (exposure["config"]["meta"], exposure["meta"]):
        meta.get("publish", {}).pop("report", None)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(CarError, match=r"_r2__exposures\.yml, r2_benchmark_csv: write `report: "):
        read_catalogue(path)
