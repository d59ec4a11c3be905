"""No published column hangs on other parties' rows but through the releasing macros (tests/lineage)."""

from __future__ import annotations

import copy
import sys
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests")]

from lineage.gate import Lineage, project_texts  # noqa: E402
from lineage.mutants import ADDED, LEFT_OUT, Mutant, appended, mutants  # noqa: E402

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

KINDS = (
    *(f"without {macro}" for macro in LEFT_OUT),
    *("without a flag of the league", "joined without the party", "counted over all parties"),
    *(f"a pool, {way}" for way in ADDED),
    *(
        "a pool, a filter",
        "a pool, a join on it",
        "a pool, a filter before a join",
        "a pool, whether it was found",
    ),
    *("a pool, a scalar subquery", "a pool, exists", "a pool, the cells that others have", "a pool, a union"),
    *("a pool, by new models", "a pool, half released"),
    *("others, another party's", "others, how many parties", "others, all of them", "others, how many rows"),
)


@cache
def as_it_is() -> Lineage:
    lineage = Lineage(project_texts())
    lineage.findings()
    return lineage


@cache
def by_kind() -> dict[str, list[Mutant]]:
    found: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants(as_it_is()):
        found[mutant.kind].append(mutant)
    return found


def findings(mutant: Mutant) -> list[str]:
    """What the gate says of a mutant: of one of the marts that it is about, and of disclosure alone."""
    lineage = Lineage(mutant.texts(as_it_is().texts), as_it_is())
    found = lineage.findings()
    assert not [finding for finding in found if "cannot follow" in finding], (mutant, found)
    return [
        finding
        for finding in found
        if "hangs on other parties' rows" in finding
        and (not mutant.marts or finding.split(":")[0] in mutant.marts)
    ]


def test_nothing_published_hangs_on_other_parties_rows_but_through_the_macros():
    assert as_it_is().findings() == []


def test_every_kind_of_way_round_is_tried():
    assert set(by_kind()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_way_round_the_macros_is_found(kind):
    tried = by_kind()[kind]
    missed = [mutant.way for mutant in tried if not findings(mutant)]
    assert tried
    assert missed == []


WAYS = yaml.safe_load((REPOSITORY / "tests/lineage/ways.yml").read_text(encoding="utf-8"))["ways"]


def _by_hand(way: str) -> list[str]:
    said = WAYS[way]
    texts, file = project_texts(), as_it_is().paths[said["model"]]
    text = texts.sql[file]
    for edit in said.get("edits", []):
        assert text.count(edit["old"]) == 1, edit
        text = text.replace(edit["old"], edit["new"])
    if "ending" in said:
        text = appended(text, said["ending"])
    return _said(sql={**texts.sql, file: text})


@pytest.mark.parametrize("way", WAYS)
def test_a_way_round_that_somebody_thought_of_is_found(way):
    said = _by_hand(way)
    assert not [finding for finding in said if "cannot follow" in finding]
    assert any(
        "hangs on other parties' rows" in finding or "names another party" in finding for finding in said
    )


def test_what_the_gate_cannot_follow_fails():
    texts, file = project_texts(), as_it_is().paths["mart_r2__benchmark"]
    said = _said(
        sql={**texts.sql, file: appended(texts.sql[file], "select * from final except select * from final")}
    )
    assert any("mart_r2__benchmark: the gate cannot follow it" in finding for finding in said)


def _said(**changes) -> list[str]:
    return Lineage(replace(project_texts(), **changes), as_it_is()).findings()


def _industry(mart: str, column: str, industry: str | None) -> list[str]:
    published = [
        replace(one, columns={**one.columns, column: replace(one.columns[column], industry=industry)})
        if one.mart == mart
        else one
        for one in project_texts().published
    ]
    return _said(published=published)


def test_an_industry_figure_that_is_not_declared_is_named_with_the_line_to_write():
    (said,) = _industry("mart_r2__benchmark", "industry_success_rate", None)
    assert said.startswith(
        "models/marts/r2_business_process/mart_r2__benchmark.yml: column industry_success_rate"
    )
    assert "write `config: {meta: {industry: requests}}`" in said


@pytest.mark.parametrize(
    ("mart", "column", "industry", "words"),
    [
        ("mart_r2__daily", "industry_mean_rtt_s", "requests", "measured}}` in place of `industry: requests`"),
        ("mart_r3__daily", "industry_suppressed", None, "{industry: withheld}}`"),
        ("mart_r2__findings", "reference_value", None, "{industry: shown}}`"),
        ("mart_r2__benchmark", "own_rank", None, "{industry: own_place or ranked}}`"),
        ("mart_r2__benchmark", "own_volume", "requests", "has passed no macro of disclosure control"),
    ],
)  # fmt: skip
def test_a_declaration_that_does_not_fit_is_named(mart, column, industry, words):
    (said,) = _industry(mart, column, industry)
    assert f"{mart}.yml: column {column} " in said and words in said


def test_a_column_that_names_another_party_says_so():
    published = [
        replace(one, columns={name: replace(column, shows="nothing") for name, column in one.columns.items()})
        for one in project_texts().published
    ]
    said = [finding for finding in _said(published=published) if "names another party" in finding]
    assert [finding.split(" names")[0].rsplit("/", 1)[1] for finding in said] == [
        "mart_r1__devices.yml: column energy_supplier_id",
        "mart_r1__devices.yml: column dno_id",
        "mart_r3__credentials_handover.yml: column energy_supplier_id",
        "mart_r3__network_operator_findings.yml: column dimension_value",
        "mart_r3__network_operator_subjects.yml: column energy_supplier_id",
    ]


def _declared(change) -> list[str]:
    declared = copy.deepcopy(project_texts().declared)
    change(declared)
    return _said(declared=declared)


def test_an_exception_that_lets_nothing_through_fails():
    new = {"query": "mart_r2__srv.figures", "columns": ["rows"], "by": "party_key", "why": "None."}
    (said,) = _declared(lambda declared: declared["exceptions"].append(new))
    assert said == (
        "tests/lineage/declared.yml: of mart_r2__srv.figures.rows nothing has to be let through: take it out"
    )


def test_an_exception_for_a_column_that_is_not_there_fails():
    new = {"query": "mart_r2__srv.figures", "columns": ["nothing"], "why": "None."}
    said = _declared(lambda declared: declared["exceptions"].append(new))
    assert any("exceptions: mart_r2__srv.figures has no column nothing" in finding for finding in said)


def test_each_exception_is_needed():
    exceptions = project_texts().declared["exceptions"]
    assert all(exception["why"].endswith(".") for exception in exceptions)
    idle = [
        exception["query"]
        for at, exception in enumerate(exceptions)
        if not _declared(lambda declared, at=at: declared["exceptions"].pop(at))
    ]
    assert idle == []


def test_a_feed_of_which_nobody_said_whose_rows_it_has_fails():
    said = _declared(lambda declared: declared["rows"].pop("stg_incidents"))
    assert any("does not say whose rows stg_incidents has" in finding for finding in said)
