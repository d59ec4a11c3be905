"""Restatements of the industry's report: a part stays while too few corporate groups have changed rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from restatement_months import MONTH, REPORT, Restated, restated_month

pytestmark = pytest.mark.long(together=True)


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restated]:
    with restated_month(tmp_path_factory.mktemp("restatement"), with_report=True) as (_, month):
        yield month


def measures(folder: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of measures.csv by their key."""
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as handle:
        key = ("measure_id", "business_process", "srv", "segment", "split", "split_value")
        return {tuple(row[name] for name in key): row for row in csv.DictReader(handle)}


def moved_measures(before: dict[tuple[str, ...], Any], after: dict[tuple[str, ...], Any]) -> list:
    """The keys of rows that one of two versions lacks, or has otherwise."""
    keys = sorted({*before, *after})
    return [key for key in keys if before.get(key) != after.get(key)]


def test_late_rows_of_few_groups_leave_the_industrys_report_as_published(restated: Restated) -> None:
    first, small, anew = map(restated.report, (1, 2, restated.anew["version"]))
    moved = [path for path in REPORT.values() if (first / path).read_bytes() != (anew / path).read_bytes()]
    # The late rows change the report, where nothing is left of what was published.
    assert len(moved) > 2
    for path in REPORT.values():
        assert (small / path).read_bytes() == (first / path).read_bytes(), path
    before, after = measures(first), measures(small)
    assert not moved_measures(before, after)
    assert moved_measures(before, measures(anew))
    parts = {item["part"]: item for item in restated.small["performance_report"]["parts"]}
    assert {"Meter Reads", "alerts", "business_process", "inventory as IS"} <= set(parts)
    assert {(item["is_kept"], item["from"]) for item in parts.values()} == {(True, f"{MONTH}/v1")}
    assert (parts["Meter Reads"]["changed_groups"], parts["alerts"]["changed_groups"]) == (3, 1)
    assert "Figures of the industry's report on Meter Reads stay as published" in restated.told


def test_late_rows_of_more_groups_restate_the_industrys_report(restated: Restated) -> None:
    """Each part is held against the first version, from which the second had it: the groups add up."""
    parts = {item["part"]: item for item in restated.large["performance_report"]["parts"]}
    assert (parts["Meter Reads"]["changed_groups"], parts["Meter Reads"]["is_kept"]) == (6, False)
    assert (parts["alerts"]["is_kept"], parts["alerts"]["from"]) == (True, f"{MONTH}/v1")
    first, large = restated.report(1), restated.report(restated.large["version"])
    before, after = measures(first), measures(large)
    moved = {key[1] for key in moved_measures(before, after)}
    assert "Meter Reads" in moved
    assert moved <= {"Meter Reads", ""}, "a process that nobody's late rows are of, or whose part stays"
    assert (large / REPORT["mart_pmr_estate__alerts"]).read_bytes() == (
        first / REPORT["mart_pmr_estate__alerts"]
    ).read_bytes()
