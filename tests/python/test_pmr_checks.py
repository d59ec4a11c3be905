"""Each check of the industry report is seen to fail: a landing breaks it, or a figure is changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_rows  # noqa: E402
from partial_build import build_models  # noqa: E402

from car.landing.check import check  # noqa: E402
from car.warehouse.build import close_connections  # noqa: E402

VARIABLES = {"reporting_month": "2026-10", "as_of": "2026-11-06 00:00:00"}
LANDED = date(2026, 11, 5)
RECORDED = "2026-11-04 09:00:00"

# Whatever is landed as it should be.
INCIDENT = {
    "recorded_at": RECORDED,
    "incident_id": "INC1",
    "title": "Slow",
    "category": 1,
    "service": "DSP",
    "resolver": "DCC",
    "dcc_responsible": True,
    "raised_at": "2026-10-10 10:00:00",
    "assigned_at": "2026-10-10 10:05:00",
    "resolved_at": "2026-10-10 12:00:00",
    "closed_at": "2026-10-11 12:00:00",
    "outage_started_at": "2026-10-10 10:00:00",
    "outage_ended_at": "2026-10-10 11:00:00",
}
OUTAGE = {
    "recorded_at": RECORDED,
    "outage_id": "OUT1",
    "component": "DSP",
    "started_at": "2026-10-10 10:00:00",
    "ended_at": "2026-10-10 11:00:00",
    "kind": "unplanned",
}
PARTY = {
    "published_on": "2026-10-01",
    "party_id": "ALPHA",
    "party_name": "Alpha Energy Ltd.",
    "party_category": "Large Supplier",
    "role": "IS",
}
EXCEPTION = {
    "recorded_at": RECORDED,
    "exception_id": "EXC1",
    "measure_id": "CPM5",
    "month": "2026-10",
    "excluded_count": 1,
    "reason": "Waiting for the User",
    "approved_by": "Panel",
}
COMMENTARY = {"recorded_at": RECORDED, "measure_id": "CPM4", "month": "2026-10", "text": "It was late."}
PROVIDED = {
    "recorded_at": RECORDED,
    "measure_id": "CPM7",
    "month": "2026-10",
    "numerator": 1,
    "denominator": 2,
}
GOOD = {
    "parties": [PARTY],
    "incidents": [
        INCIDENT,
        # Of another category, and without an outage.
        INCIDENT | {"incident_id": "INC3", "category": 3, "outage_started_at": None, "outage_ended_at": None},
    ],
    "service_outages": [OUTAGE],
    "performance_exceptions": [],
    "commentary": [COMMENTARY],
    "provider_measures": [PROVIDED],
}
BAD = {
    "parties": [PARTY],
    "incidents": [
        INCIDENT | {"title": "Slow at alpha energy ltd., and others"},
        INCIDENT
        | {
            "incident_id": "INC2",
            "outage_started_at": "2026-10-20 10:00:00",
            "outage_ended_at": "2026-10-20 11:00:00",
        },
        INCIDENT | {"incident_id": "INC4", "resolved_at": "2026-10-12 12:00:00"},
        INCIDENT | {"incident_id": "INC5", "resolved_at": None},
        INCIDENT | {"incident_id": "INC6", "category": 3, "service": "new", "resolver": "newer"},
    ],
    "service_outages": [
        OUTAGE,
        OUTAGE
        | {
            "outage_id": "OUT2",
            "component": "newest",
            "kind": "planned",
            "started_at": "2026-10-15 10:00:00",
            "ended_at": "2026-10-15 11:00:00",
        },
    ],
    "performance_exceptions": [EXCEPTION | {"approved_by": None}],
    "commentary": [COMMENTARY, COMMENTARY | {"month": "2026-09"}],
    "provider_measures": [PROVIDED, PROVIDED | {"measure_id": "unheard of"}],
}

# What no landing can break, since a total and its parts come from the same rows: the tables are changed.
CHANGES = {
    "totals_add_up": "update {int_pmr_summary__rows} set numerator = numerator + 1"
    " where measure_id = 'CPM5.1:raised' and segment = 'ALL' and split = 'ALL'",
    "files_add_up": "update {mart_pmr_rsvp__iterations} set iterations = 1,"
    " with_delivery_failure = 0, with_any_failure = 0 where segment = 'SMETS2'",
    "shares_are_parts_of_their_whole": "update {int_pmr_summary__judged_rows}"
    " set value_part = value_whole + 1 where measure_id = 'CPM4' and segment = 'ALL' and split = 'ALL'",
    "states_say_what_is_there": "update {mart_pmr_summary__measures} set value = '0.0'"
    " where measure_id = 'CPM9'",
    "measures_have_the_rows_of_the_rectangle": "delete from {mart_pmr_summary__measures}"
    " where measure_id = 'CPM8'",
    "figures_come_from_the_model_that_is_named": "update {int_pmr_summary__figures} set reckoned_by = 'x'"
    " where measure_id = 'CPM4'",
    "bank_holidays_reach_the_deadline": "update {fct_industry_deadline} set is_known = false",
    "closed_in_month": "update {mart_pmr_incidents__incidents} set in_cpm4 = not in_cpm4",
    "incident_everywhere": "update {int_pmr_incidents__measures} set denominator = denominator + 1"
    " where measure_id = 'CPM4'",
    "statistics_add_up": "update {mart_pmr_incidents__incident_statistics} set open = open + 1"
    " where category = 'ALL' and smets_version = 'ALL' and resolver_group = 'ALL'",
    "availability_adds_up": "update {int_pmr_availability__figures} set total_us = total_us + 1"
    " where split = 'day'",
    "availability_proof": "update {int_pmr_availability__figures} set availability = '1.000000'"
    " where unplanned_us > 0",
}
BY_LANDING = {"texts_name_no_party", "incident_dated", "incident_has_outage"}
WARNINGS = {
    ("exception_governed", "EXC1", "unapproved"),
    ("unknown_provider_measure", "unheard of", "1"),
    ("commentary_fresh", "CPM4 ALL", None),
    ("unmapped", "service_components: newest", "1"),
    ("unmapped", "incident_services: new", "1"),
    ("unmapped", "resolver_groups: newer", "1"),
    ("maintenance_approved", "OUT2", None),
    ("outage_has_incident", "OUT2", None),
    ("incident_dated", "INC5", None),
}


@dataclass
class Built:
    """The report of a landing, in a warehouse that a test may change."""

    work: Path

    def checks(self) -> dict[str, tuple[str, list[str]]]:
        """Run the checks of the report: status and words of each."""
        from dbt.cli.main import dbtRunner

        result = dbtRunner().invoke(
            [
                "test",
                *("--select", "path:tests/dbt/pmr_*"),
                *("--project-dir", str(REPOSITORY), "--profiles-dir", str(REPOSITORY / "profiles")),
                *("--target-path", str(self.work / "target"), "--log-path", str(self.work / "logs")),
                *("--log-level", "none", "--log-level-file", "none", "--store-failures"),
                *("--vars", json.dumps({**VARIABLES, "landing_index": str(self.work / "landing")})),
            ]
        )
        close_connections()
        tests = [item for item in result.result.results if item.node.resource_type == "test"]
        statuses = {item.node.name: str(item.status) for item in tests}
        stored = {item.node.name: item.node.relation_name for item in tests}
        with self.connect() as connection:
            return {
                name: (
                    status,
                    [row[0] for row in connection.execute(f"select says from {stored[name]}").fetchall()]
                    if status == "fail"
                    else [],
                )
                for name, status in statuses.items()
            }

    def connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.work / "warehouse.duckdb"))

    def change(self, statement: str) -> int:
        """Change the one table that the statement names in braces; how many rows."""
        name = statement.partition("{")[2].partition("}")[0]
        with self.connect() as connection:
            (table,) = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_name = ?",
                [name],
            ).fetchone()
            return connection.execute(statement.format(**{name: table})).fetchone()[0]


def built(folder: Path, landing: dict[str, list[dict[str, object]]]) -> Built:
    for feed, rows in landing.items():
        write_rows(folder / "zone", feed, rows, LANDED)
    check(folder / "zone", folder, threads=1)
    build_models(
        folder / "warehouse.duckdb",
        folder,
        ["+path:models/marts/pmr_*", "+fct_industry_deadline"],
        **VARIABLES,
    ).close()
    return Built(folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    yield built(tmp_path_factory.mktemp("good"), GOOD)


@pytest.mark.long
def test_each_check_fails_when_a_figure_is_changed(good: Built) -> None:
    before = good.checks()
    assert {name for name, (status, _) in before.items() if status != "pass"} == set()
    for name, statement in CHANGES.items():
        assert good.change(statement) > 0, name
    after = good.checks()
    assert {name for name, (status, _) in after.items() if status == "fail"} >= set(CHANGES)
    for name in CHANGES:
        assert all(after[name][1]), f"{name} says nothing"


@pytest.mark.long
def test_a_landing_breaks_checks_and_is_warned_of(tmp_path: Path) -> None:
    bad = built(tmp_path, BAD)
    failed = {name: words for name, (status, words) in bad.checks().items() if status == "fail"}
    assert set(failed) == BY_LANDING
    assert failed["texts_name_no_party"] == ["The feed incidents names a party in INC1, which all would read"]
    with bad.connect() as connection:
        (table,) = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_name = 'mart_pmr_summary__reconciliation'"
        ).fetchone()
        warned = connection.execute(f'select "check", subject, detail from {table}').fetchall()
    assert set(warned) >= WARNINGS


def test_all_checks_of_the_report_are_seen_to_fail() -> None:
    """A check of a section that is not here has a test of its own, which is named."""
    elsewhere = {
        "alert_codes_add_up_to_all",
        "alerts_of_the_report_are_those_of_the_period",
        "requests_add_up_as_published",
        "requests_add_up_before_disclosure",
    }
    names = {path.stem for path in (REPOSITORY / "tests" / "dbt").glob("pmr_*/*.sql")}
    assert names == set(CHANGES) | BY_LANDING | elsewhere
