"""The checks of availability and incidents that hold a release: each passes, and each fails."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
MACROS = ("engine/expressions", "core/clocks", "core/intervals", "marts/pmr")
MONTH = {"reporting_month": "2026-10", "as_of": "2026-11-06 00:00:00"}
VARIABLES = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text(encoding="utf-8"))["vars"] | MONTH
MIDNIGHT = datetime.datetime(2026, 10, 5)


class Check:
    """The SQL of a data test, rendered without dbt; each model is a table."""

    def __init__(self) -> None:
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        names = self.environment.globals
        names |= {"var": VARIABLES.__getitem__, "adapter": self, "ref": lambda model: model}
        names |= {
            "config": lambda **_: "",
            "modules": SimpleNamespace(datetime=datetime),
            "return": _Returned,
        }
        text = "\n".join((REPOSITORY / f"macros/{name}.sql").read_text(encoding="utf-8") for name in MACROS)
        names |= vars(self.environment.from_string(text).make_module())
        # A macro of dbt's can give a date; one of Jinja's gives text.
        names["month_end"] = lambda: "timestamp '2026-11-01 00:00:00'"
        names["period_end"] = lambda: names["month_end"]()
        names["in_period"] = lambda at: f"{at} >= timestamp '2026-10-01' and {at} < timestamp '2026-11-01'"

    def dispatch(self, macro: str):
        """What dbt's adapter.dispatch gives on DuckDB."""
        return self.environment.globals[f"duckdb__{macro}"]

    def says(self, name: str, tables: dict[str, list[dict]]) -> list[str]:
        """What the check finds, in its words."""
        (path,) = (REPOSITORY / "tests/dbt").glob(f"pmr_*/{name}.sql")
        sql = self.environment.from_string(path.read_text(encoding="utf-8")).render()
        with duckdb.connect() as connection:
            for table, rows in tables.items():
                connection.execute(f"create table {table} as {_select(rows)}")
            return [says for (says,) in connection.execute(sql).fetchall()]


class _Returned(Exception):
    """Jinja has no `return`: what calls it is replaced above."""


def _select(rows: list[dict]) -> str:
    def literal(value: object) -> str:
        if value is None:
            return "null"
        if isinstance(value, datetime.datetime):
            return f"timestamp '{value}'"
        if isinstance(value, datetime.date):
            return f"date '{value}'"
        return f"'{value}'" if isinstance(value, str) else str(value)

    return " union all ".join(
        "select " + ", ".join(f"{literal(value)} as {name}" for name, value in row.items()) for row in rows
    )


@pytest.fixture(scope="module")
def check():
    return Check()


def at(hour: float) -> datetime.datetime:
    return MIDNIGHT + datetime.timedelta(hours=hour)


def incident(**changes) -> dict:
    row = {
        "incident_id": "I1",
        "category": 1,
        "is_major": True,
        "is_raised": True,
        "is_closed": True,
        "is_open": False,
        "dcc_responsible": True,
        "in_cpm4": True,
        "within_target": True,
        "raised_at": at(0),
        "resolved_at": at(1),
        "closed_at": at(2),
        "outage_started_at": at(0),
    }
    return row | changes


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"resolved_at": at(2)}, True),
        ({"resolved_at": at(2.5)}, False),
        ({"raised_at": at(1.5)}, False),
        ({"resolved_at": at(2.5), "is_closed": False}, True),
        ({"resolved_at": at(2.5), "is_major": False}, True),
    ],
)
def test_incident_dated(check, changes, holds):
    rows = [incident(**changes)]
    found = check.says("incident_dated", {"fct_incidents": rows, "dim_incidents": rows})
    assert found == ([] if holds else ["Incident I1: raised, resolved and closed are not in that order."])


def test_incident_dated_leaves_a_missing_date_to_the_warnings(check):
    rows = [incident(incident_id="I2"), incident(resolved_at=None, closed_at=at(-1))]
    assert check.says("incident_dated", {"fct_incidents": rows, "dim_incidents": rows}) == []


@pytest.mark.parametrize(
    ("changes", "outage_of", "is_complete", "holds"),
    [
        ({}, "I1", True, True),
        ({}, "I2", True, False),
        ({}, "I2", False, True),
        ({"dcc_responsible": False}, "I2", True, True),
        ({"outage_started_at": None}, "I2", True, True),
    ],
)
def test_incident_has_outage(check, changes, outage_of, is_complete, holds):
    tables = {
        "fct_incident_outages": [{"incident_id": outage_of, "outage_id": "O1"}],
        "fct_outage_lists": [{"is_complete": is_complete}],
        # The types of the columns are told by the first row.
        "mart_pmr_incidents__incidents": [
            incident(incident_id="I0", dcc_responsible=False),
            incident(**changes),
        ],
    }
    found = check.says("incident_has_outage", tables)
    assert found == (
        [] if holds else ["Incident I1 had an outage, and service_outages has none at that time."]
    )


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"dcc_responsible": None, "in_cpm4": False, "within_target": None}, True),
        ({"closed_at": datetime.datetime(2026, 11, 1), "in_cpm4": False, "within_target": None}, True),
        ({"closed_at": datetime.datetime(2026, 11, 1)}, False),
        ({"dcc_responsible": False}, False),
        ({"in_cpm4": False, "within_target": None}, False),
        ({"within_target": None}, False),
    ],
)
def test_closed_in_month(check, changes, holds):
    rows = [incident(incident_id="I0"), incident(**changes)]
    assert (check.says("closed_in_month", {"mart_pmr_incidents__incidents": rows}) == []) is holds


def everywhere(**changes) -> dict[str, list[dict]]:
    """One incident, as all that counts or names it has it, but for what is changed."""
    count = {
        "cpm4": 1,
        "in_time": 1,
        "mi1": 1,
        "mi2": 0,
        "incidents_1": 1,
        "raised": 1,
        "day": "I1",
    } | changes
    figure = {"segment": "ALL", "split": "ALL", "numerator": 1, "denominator": 1, "value_part": 1}
    return {
        "mart_pmr_incidents__incidents": [incident()],
        "int_pmr_incidents__measures": [
            figure | {"measure_id": "CPM4", "numerator": count["in_time"], "denominator": count["cpm4"]},
            figure | {"measure_id": "MI1", "value_part": count["mi1"]},
            figure | {"measure_id": "MI2", "value_part": count["mi2"]},
        ],
        "mart_pmr_incidents__incident_statistics": [
            {
                "category": "1",
                "smets_version": "ALL",
                "resolver_group": "ALL",
                "raised": count["raised"],
                "closed": 1,
                "open": 0,
            }
        ],
        "int_pmr_availability__reliability": [{"incidents_1": count["incidents_1"], "incidents_2": 0}],
        "fct_major_incident_days": [{"incident_id": count["day"], "day": MIDNIGHT.date()}],
    }


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, None),
        ({"mi1": 3}, None),
        ({"cpm4": 2}, "CPM4"),
        ({"in_time": 0}, "CPM4"),
        ({"mi1": 0}, "MI1"),
        ({"mi2": 1}, "MI2"),
        ({"incidents_1": 0}, "reliability.csv"),
        ({"raised": 2}, "incident_statistics.csv"),
        ({"day": "I2"}, "the shaded days"),
    ],
)
def test_incident_everywhere(check, changes, place):
    found = check.says("incident_everywhere", everywhere(**changes))
    assert found == ([f"incidents.csv has other incidents than {place}."] if place else [])


@pytest.mark.parametrize("column", ["raised", "closed", "initial_in_time", "resolved_in_time", "open"])
@pytest.mark.parametrize("split", ["category", "smets_version", "resolver_group"])
def test_statistics_add_up(check, split, column):
    parts = {"category": ("1", "2"), "smets_version": ("SMETS1", "Unknown"), "resolver_group": ("CSP", "DSP")}
    counts = dict.fromkeys(
        ("raised", "closed", "initial_in_time", "resolved_in_time", "open", "open_over_90_days"), 1
    )
    rows = [
        {"category": category, "smets_version": version, "resolver_group": group, "dcc_responsible": True}
        | {name: 2 ** [category, version, group].count("ALL") * count for name, count in counts.items()}
        for category in (*parts["category"], "ALL")
        for version in (*parts["smets_version"], "ALL")
        for group in (*parts["resolver_group"], "ALL")
    ]
    tables = {"mart_pmr_incidents__incident_statistics": rows}
    assert check.says("statistics_add_up", tables) == []
    next(row for row in rows if row[split] == "ALL")[column] += 1
    words = f"In incident_statistics.csv the rows by {split} do not add up to ALL."
    assert words in check.says("statistics_add_up", tables)


def figures(**changes) -> dict:
    row = {
        "scope_kind": "service",
        "scope_name": "SSI",
        "scope_part": "ALL",
        "segment": "ALL",
        "split": "ALL",
        "split_value": "ALL",
        "total_us": 31 * 86_400_000_000,
        "planned_us": 2,
        "unplanned_us": 1,
        "availability": "0.9999999999996",
    }
    return row | changes


@pytest.mark.parametrize(
    ("changes", "is_complete", "words"),
    [
        ({}, True, None),
        ({"availability": "1.000000", "unplanned_us": 0}, True, None),
        ({"availability": None}, False, None),
        ({}, False, "is told without the list of outages after the period."),
        ({"availability": "1.000000"}, True, "reads as 100 %, and it was down."),
    ],
)
def test_availability_proof(check, changes, is_complete, words):
    tables = {
        "int_pmr_availability__figures": [
            figures(availability="0.500000", unplanned_us=1) if is_complete else figures(availability=None),
            figures(**changes),
        ],
        "fct_outage_lists": [{"is_complete": is_complete}],
    }
    found = check.says("availability_proof", tables)
    assert found == ([f"The availability of SSI (ALL, ALL, ALL) {words}"] if words else [])


@pytest.mark.parametrize(
    ("place", "changes", "holds"),
    [
        (0, {}, True),
        (0, {"total_us": 1}, False),
        (1, {"planned_us": 3}, False),
        (2, {"unplanned_us": 0}, False),
        (2, {"total_us": 0}, False),
    ],
)
def test_availability_adds_up(check, place, changes, holds):
    rows = [
        figures(),
        figures(split="band", split_value="Sunday"),
        figures(split="day", split_value="2026-10-01"),
    ]
    rows[place] |= changes
    found = check.says("availability_adds_up", {"int_pmr_availability__figures": rows})
    assert found == ([] if holds else ["The bands or days of SSI (ALL, ALL) do not add up."])
