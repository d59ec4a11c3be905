"""Each check of the industry report is seen to fail: a landing breaks it, or a figure is changed.

Most checks hold figures against each other that come from the same rows, so that no landing can break them.
One month with something in every section is built for these. For each a figure of it is changed, and is as it
was before the next.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_rows  # noqa: E402
from adversarial_pmr import VARIABLES as RULES  # noqa: E402
from adversarial_pmr import write_industry_landing  # noqa: E402
from partial_build import build_models  # noqa: E402

from car.landing.check import check  # noqa: E402
from car.warehouse.engine.on_duckdb import close_connections  # noqa: E402

MONTH = "2026-10"
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
    # The second is called as a resolver is, and may be named.
    "parties": [PARTY, PARTY | {"party_id": "BETA", "party_name": "DCC"}],
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
        INCIDENT | {"incident_id": "INC7", "category": 4, "resolver": "desk of Alpha Energy Ltd."},
        # Not as words of their own, and in a title that nobody reads.
        INCIDENT
        | {
            "incident_id": "INC8",
            "category": 5,
            "service": "XAlpha Energy Ltd.",
            "title": "Alpha Energy Ltd. is slow",
        },
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
        OUTAGE | {"outage_id": "OUT3", "component": "Alpha Energy Ltd."},
    ],
    "performance_exceptions": [
        EXCEPTION | {"approved_by": None},
        EXCEPTION | {"exception_id": "EXC2", "reason": "Waiting for ALPHA ENERGY LTD."},
    ],
    "commentary": [
        COMMENTARY,
        COMMENTARY | {"month": "2026-09"},
        COMMENTARY | {"measure_id": "CPM5", "text": "alpha energy ltd. was away"},
    ],
    "provider_measures": [PROVIDED, PROVIDED | {"measure_id": "unheard of"}],
}

# What no landing can break: a change of one table, and patterns of what the checks say then.
WIDE = "segment = 'SMETS2' and srv = 'ALL' and split = 'ALL'"
IN_TIME = "volume = volume + 1, responded_success = responded_success + 1, in_time = in_time + 1"
CHANGES: dict[str, dict[str, tuple[str, ...]]] = {
    "update {int_pmr_summary__rows} set numerator = numerator + 1"
    f" where measure_id = 'RSVP-V' and {WIDE}": {
        "totals_add_up": ("segments of RSVP-V", "SRVs of RSVP-V", "values of device_type of RSVP-V"),
    },
    "update {int_pmr_summary__rows} set numerator = numerator + 1"
    " where measure_id = 'CPM5.1:raised' and segment = 'ALL' and split = 'ALL'": {
        "totals_add_up": ("SMETS versions of CPM5.1:raised", "values of category of CPM5.1:raised"),
    },
    f"update {{mart_pmr_rsvp__rsvp_monthly}} set {IN_TIME} where {WIDE} and state = 'Reported'": {
        "files_add_up": (
            *(f"rsvp_monthly.csv.*over {column}" for column in ("segment", "srv", "split_value")),
            "rsvp_daily.csv.*over day",
        ),
        "requests_add_up_as_published": ("by segment of", "by srv of", "by split_value of"),
    },
    "update {mart_pmr_rsvp__rsvp_daily} set volume = volume + 1"
    " where segment = 'SMETS2' and srv = 'ALL' and state = 'Reported'": {
        "files_add_up": tuple(f"rsvp_daily.csv.*over {column}" for column in ("segment", "srv", "day")),
    },
    "update {mart_pmr_rsvp__iterations} set iterations = iterations + 1"
    " where segment = 'SMETS2' and state = 'Reported'": {
        "files_add_up": ("iterations.csv.*over segment",),
    },
    "update {mart_pmr_outcomes__top_up_attempts} set series = series + 1, pending = pending + 1"
    " where segment = 'SMETS2' and device_type = 'ALL'": {
        "files_add_up": ("top_up_attempts.csv.*over segment", "top_up_attempts.csv.*over device_type"),
    },
    "update {mart_pmr_outcomes__firmware} set total = total + 1, pending = pending + 1"
    " where segment = 'SMETS2' and device_type = 'ALL'": {
        "files_add_up": ("firmware.csv.*over segment", "firmware.csv.*over device_type"),
    },
    "update {mart_pmr_estate__installs_daily} set value = 1, state = 'Reported'"
    " where segment = 'SMETS2' and device_type = 'ALL' and state = 'No Events'": {
        "files_add_up": ("installs_daily.csv.*over segment", "installs_daily.csv.*over device_type"),
    },
    f"update {{int_pmr_rsvp__figures}} set request_count = request_count + 1 where {WIDE}": {
        "requests_add_up_before_disclosure": (
            "regions of",
            "srvs of",
            "types or classes of",
            "days of",
        ),
    },
    "update {int_pmr_rsvp__day_figures} set failure_count = failure_count + 1"
    " where segment = 'SMETS2' and srv = 'ALL'": {
        "requests_add_up_before_disclosure": ("days of", "regions of a day of", "srvs of a day of"),
    },
    "update {int_pmr_rsvp__iteration_figures} set iteration_count = iteration_count + 1"
    " where segment = 'SMETS2'": {
        "requests_add_up_before_disclosure": ("iterations of",),
    },
    "update {int_pmr_estate__figures} set amount = amount + 1"
    " where family in ('A1', 'failed_installs') and segment = 'SMETS2' and split = 'ALL' and item = 'ALL'": {
        "estate_figures_add_up": (
            "A1, SMETS2: the regions do not",
            "A1, SMETS2: the types and codes do not",
            "failed_installs, SMETS2: the types of installs do not",
            "failed_installs, SMETS2: the days do not",
        ),
    },
    "update {int_pmr_estate__figures} set amount = amount + 1"
    " where family = 'alerts' and split = 'ALL' and amount_name = 'in_time'": {
        "alerts_of_the_report_are_those_of_the_period": ("alerts.csv has",),
    },
    "update {mart_pmr_estate__alerts} set volume = volume + 1, pending = pending + 1"
    " where alert_code = 'ALL'": {"alert_codes_add_up_to_all": ("alerts.csv: the codes do not",)},
    "update {mart_r2__league_table} set success_rate = success_rate - 0.005"
    " where party_id = 'P01' and rank is not null": {
        "leagues_of_the_report_are_those_of_the_parties": ("league_table.csv: IS, Meter Reads, 4.10 is not",),
    },
    "update {int_pmr_summary__judged_rows} set value_part = value_whole + 1"
    " where measure_id = 'CPM4' and segment = 'ALL' and split = 'ALL'": {
        "shares_are_parts_of_their_whole": ("CPM4 of segment ALL, ALL ALL, is no share",),
    },
    "update {mart_pmr_summary__measures} set value = '0.0' where measure_id = 'CPM9'": {
        "states_say_what_is_there": ("CPM9 of segment ALL, ALL ALL is No Events with value 0.0",),
    },
    "delete from {mart_pmr_summary__measures} where measure_id = 'CPM8'": {
        "measures_have_the_rows_of_the_rectangle": ("measures.csv has no row CPM8 of segment ALL",),
    },
    "update {int_pmr_summary__rows} set is_added = true where measure_id = 'CPM6'": {
        "measures_have_the_rows_of_the_rectangle": ("a section gives CPM6 of segment ALL",),
    },
    "update {mart_pmr_summary__measures} set unit = 'ratio' where measure_id = 'CPM6'": {
        "measures_have_the_rows_of_the_rectangle": ("measures.csv names CPM6, which the list",),
    },
    "update {int_pmr_summary__figures} set reckoned_by = 'x' where measure_id = 'CPM4'": {
        "figures_come_from_the_model_that_is_named": ("another model for CPM4 than x",),
    },
    # What a run of a month like 2028-12 would find.
    "update {fct_industry_deadline} set is_known = false": {
        "bank_holidays_reach_the_deadline": ("The seed bank_holidays ends before",),
    },
    "update {mart_pmr_incidents__incidents} set in_cpm4 = not in_cpm4": {
        "closed_in_month": ("Incident INC1 is in CPM4 by more than",),
        "incident_everywhere": ("other incidents than CPM4",),
    },
    "update {mart_pmr_incidents__incidents} set is_raised = not is_raised": {
        "incident_everywhere": ("than reliability.csv", "than incident_statistics.csv"),
    },
    "update {mart_pmr_incidents__incidents} set category = 2": {"incident_everywhere": ("than MI2",)},
    "delete from {mart_pmr_incidents__incidents}": {"incident_everywhere": ("than the shaded days",)},
    "update {int_pmr_incidents__measures} set value_part = 0 where measure_id = 'MI1'": {
        "incident_everywhere": ("than MI1",),
    },
    "update {mart_pmr_incidents__incident_statistics} set open = open + 1"
    " where category = 'ALL' and smets_version = 'ALL' and resolver_group = 'ALL'": {
        "statistics_add_up": ("by category do", "by smets_version do", "by resolver_group do"),
    },
    "update {int_pmr_availability__figures} set total_us = total_us + 1 where split = 'band'": {
        "availability_adds_up": ("of DCC User Interface .ALL, ALL. do not",),
    },
    "update {int_pmr_availability__figures} set unplanned_us = unplanned_us + 1 where split = 'day'": {
        "availability_adds_up": ("of DCC User Interface .ALL, ALL. do not",),
    },
    "update {int_pmr_availability__figures} set availability = '1.000000' where unplanned_us > 0": {
        "availability_proof": ("reads as 100 %, and it was down",),
    },
    "update {fct_outage_lists} set is_complete = false": {
        "availability_proof": ("is told without the list of outages",),
    },
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


class Built:
    """The report of a landing, and the checks of it."""

    def __init__(self, folder: Path, **variables: object) -> None:
        check(folder / "zone", folder, threads=1)
        variables |= {"reporting_month": MONTH, "as_of": "2026-11-06 00:00:00"}
        selected = ["+path:models/marts/pmr_*", "+fct_industry_deadline"]
        build_models(folder / "warehouse.duckdb", folder, selected, **variables).close()
        self.checks = compiled(folder, variables)
        self.connection = duckdb.connect(str(folder / "warehouse.duckdb"))
        self.connection.execute("set TimeZone = 'UTC'")
        tables = "select table_name, table_schema || '.' || table_name from information_schema.tables"
        self.tables = dict(self.connection.execute(tables).fetchall())

    def found(self, name: str) -> list[str]:
        """What a check says; nothing where it passes."""
        says = f"select coalesce(says, 'nothing') from (\n{self.checks[name]}\n)"
        return [row[0] for row in self.connection.execute(says).fetchall()]

    def found_after(self, statement: str, names: Iterable[str]) -> dict[str, list[str]]:
        """What checks say after one table was changed, which is then as it was."""
        self.connection.begin()
        try:
            (changed,) = self.connection.execute(statement.format(**self.tables)).fetchone()
            assert changed > 0, f"nothing is changed by {statement}"
            return {name: self.found(name) for name in names}
        finally:
            self.connection.rollback()


def compiled(folder: Path, variables: dict[str, object]) -> dict[str, str]:
    """Give the SQL of each check of the report by its name."""
    from dbt.cli.main import dbtRunner

    result = dbtRunner().invoke(
        [
            "compile",
            *("--select", "path:tests/dbt/pmr_*"),
            *("--project-dir", str(REPOSITORY), "--profiles-dir", str(REPOSITORY / "profiles")),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            *("--log-level", "none", "--log-level-file", "none"),
            *("--vars", json.dumps({**variables, "landing_index": str(folder / "landing")})),
        ]
    )
    assert result.success, result.exception
    close_connections()
    return {
        item.node.name: item.node.compiled_code
        for item in result.result.results
        if item.node.resource_type == "test"
    }


def land(folder: Path, landing: dict[str, list[dict[str, object]]]) -> None:
    for feed, rows in landing.items():
        write_rows(folder / "zone", feed, rows, LANDED)


@pytest.mark.long
def test_each_check_fails_when_a_figure_is_changed(tmp_path: Path) -> None:
    write_industry_landing(tmp_path / "zone", MONTH, seed=3)
    land(tmp_path, GOOD)
    good = Built(tmp_path, **RULES)
    assert {name: good.found(name) for name in good.checks if good.found(name)} == {}
    for statement, told in CHANGES.items():
        for name, said in good.found_after(statement, told).items():
            missing = [words for words in told[name] if not any(re.search(words, line) for line in said)]
            assert missing == [], f"{name} says {said[:5]} after {statement}"
    assert {name: good.found(name) for name in good.checks if good.found(name)} == {}


@pytest.mark.long
def test_a_landing_breaks_checks_and_is_warned_of(tmp_path: Path) -> None:
    land(tmp_path, BAD)
    bad = Built(tmp_path)
    failed = {name: bad.found(name) for name in bad.checks if bad.found(name)}
    assert set(failed) == BY_LANDING
    assert sorted(failed["texts_name_no_party"]) == [
        f"The feed {named}, which all would read"
        for named in (
            "commentary names a party in CPM5 ALL",
            "incidents names a party in INC1",
            "incidents names a party in INC7",
            "performance_exceptions names a party in EXC2",
            "service_outages names a party in OUT3",
        )
    ]
    reconciliation = bad.tables["mart_pmr_summary__reconciliation"]
    warned = bad.connection.execute(f'select "check", subject, detail from {reconciliation}').fetchall()
    assert set(warned) >= WARNINGS


def test_all_checks_of_the_report_are_seen_to_fail() -> None:
    names = {path.stem for path in (REPOSITORY / "tests" / "dbt").glob("pmr_*/*.sql")}
    by_change = {name for told in CHANGES.values() for name in told}
    assert names == by_change | BY_LANDING
    assert not by_change & BY_LANDING
