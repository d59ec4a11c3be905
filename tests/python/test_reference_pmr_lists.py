"""The second implementation of the industry report, by hand: availability, incidents, exceptions."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_rows  # noqa: E402
from reference.landing import read_landing  # noqa: E402
from reference.pmr.availability import availability_figures, bands_of, level_text  # noqa: E402
from reference.pmr.common import Sources, read_sources  # noqa: E402
from reference.pmr.definitions import (  # noqa: E402
    Definition,
    definitions_of,
    plain_number,
    printed,
    status_of,
)
from reference.pmr.figures import Figure, share  # noqa: E402
from reference.pmr.governance import governance_figures  # noqa: E402
from reference.pmr.incidents import incident_figures, regulatory_year  # noqa: E402
from reference.pmr.intervals import less, union  # noqa: E402
from reference.pmr.summary import lines_of, places_of, summary_files  # noqa: E402

SEEDS = REPOSITORY / "seeds"
RECORDED = {"recorded_at": datetime(2026, 1, 1)}
SSI = "Self-Service Interface"
DUI = "DCC User Interface"
Row = dict[str, Any]


@dataclass
class Month:
    """A small landing and what is reckoned of it."""

    folder: Path
    month: str
    as_of: datetime

    def land(self, feed: str, rows: Iterable[Row], day: str | None = None) -> None:
        landed = date.fromisoformat(day) if day else (self.as_of - timedelta(days=1)).date()
        write_rows(self.folder, feed, [RECORDED | row for row in rows], landed)

    def sources(self, history: dict[str, list[list[str]]] | None = None) -> Sources:
        return read_sources(read_landing(self.folder, self.as_of), self.month, SEEDS, self.folder, history)


@pytest.fixture
def october(tmp_path: Path) -> Month:
    return Month(tmp_path, "2026-10", datetime(2026, 11, 6))


def rows_of(table: list[list[str]], **wanted: str) -> list[dict[str, str]]:
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def one(table: list[list[str]], **wanted: str) -> dict[str, str]:
    (row,) = rows_of(table, **wanted)
    return row


def outage(component: str, start: str | None, end: str | None, **more: Any) -> Row:
    def instant(text: str | None) -> datetime | None:
        return None if text is None else datetime.fromisoformat(text)

    row = {"component": component, "started_at": instant(start), "ended_at": instant(end)}
    return {"outage_id": f"O{component}{start}{end}", "kind": "unplanned"} | row | more


def ssi(files: dict[str, list[list[str]]], **wanted: str) -> dict[str, str]:
    named = {"service": SSI, "component": "ALL", "segment": "ALL", "band": "ALL"}
    return one(files["availability.csv"], **(named | wanted))


def test_intervals_join_where_they_touch_and_lose_what_is_taken_away() -> None:
    at = [datetime(2026, 1, 1, hour) for hour in range(6)]
    assert union([(at[2], at[3]), (at[0], at[1]), (at[1], at[2]), (at[4], at[4])]) == [(at[0], at[3])]
    assert less([(at[0], at[5])], [(at[1], at[2]), (at[3], at[3])]) == [(at[0], at[1]), (at[2], at[5])]


def test_235_minutes_are_3_92_hours(october: Month) -> None:
    october.land("service_outages", [outage("SSI", "2026-10-05T10:00:00", "2026-10-05T13:55:00")])
    figures, files = availability_figures(october.sources())
    row = ssi(files)
    assert (row["total_minutes"], row["unplanned_minutes"]) == ("44640.00", "235.00")
    assert row["availability"] == "0.994736"
    reliability = one(files["reliability.csv"], service=SSI)
    assert (reliability["unplanned_hours"], reliability["mttr_hours"]) == ("3.92", "3.92")
    assert reliability["downtime_events"] == "1"
    cpm6 = next(figure for figure in figures if figure.measure_id == "CPM6")
    assert (cpm6.numerator, cpm6.denominator) == (44405, 44640)


def test_unplanned_within_planned_is_planned_and_beside_it_is_not(october: Month) -> None:
    october.land(
        "service_outages",
        [
            outage("SSI", "2026-10-05T10:00:00", "2026-10-05T12:00:00", kind="planned", approved_by="A"),
            outage("SSI", "2026-10-05T11:00:00", "2026-10-05T13:00:00"),
            # Another component of the Service is out at the same time: that is downtime of the Service.
            outage("SMI Database", "2026-10-05T10:30:00", "2026-10-05T10:45:00", kind=None),
            # Maintenance that nobody approved is downtime.
            outage("SSI", "2026-10-06T10:00:00", "2026-10-06T10:10:00", kind="planned"),
        ],
    )
    _, files = availability_figures(october.sources())
    assert (ssi(files)["planned_minutes"], ssi(files)["unplanned_minutes"]) == ("105.00", "85.00")
    own = ssi(files, component="SSI")
    assert (own["planned_minutes"], own["unplanned_minutes"]) == ("120.00", "70.00")
    assert one(files["reliability.csv"], service=SSI)["downtime_events"] == "3"
    assert rows_of(files["outages.csv"], is_approved="true")[0]["kind"] == "planned"


def test_outages_are_cut_at_the_ends_of_the_month(october: Month) -> None:
    october.land(
        "service_outages",
        [
            outage("SSI", "2026-09-30T23:00:00", "2026-10-01T00:30:00"),
            outage("SSI", "2026-10-31T23:50:00", None),
            outage("SMI Database", None, "2026-10-01T00:10:00"),
            outage("SSI", "2026-11-01T00:00:00", "2026-11-01T02:00:00"),
        ],
    )
    _, files = availability_figures(october.sources())
    assert ssi(files)["unplanned_minutes"] == "40.00"
    assert one(files["reliability.csv"], service=SSI)["downtime_events"] == "2"
    assert len(rows_of(files["outages.csv"])) == 3
    first = one(
        files["availability_daily.csv"], service=SSI, component="ALL", segment="ALL", day="2026-10-01"
    )
    assert (first["total_minutes"], first["unplanned_minutes"]) == ("1440.00", "30.00")


def test_a_month_that_was_all_maintenance_has_no_availability(october: Month) -> None:
    october.land(
        "service_outages",
        [outage("SSI", None, None, kind="planned", approved_by="A"), outage("SMI Database", None, None)],
    )
    figures, files = availability_figures(october.sources())
    # The database was out too, unplanned: U comes before P on the Service's row.
    assert ssi(files)["availability"] == "0.000000"
    own = ssi(files, component="SSI")
    assert (own["availability"], own["state"]) == ("", "No Events")
    assert (own["total_minutes"], own["planned_minutes"]) == ("44640.00", "44640.00")
    level = next(f for f in figures if f.measure_id == "SA1" and f.split_value == SSI and f.segment == "ALL")
    assert level.value == 0


def test_the_bands_part_the_month_by_local_time_over_the_change_of_clocks(october: Month) -> None:
    seed = october.sources().seed("time_bands")
    bands = bands_of((datetime(2026, 10, 1), datetime(2026, 11, 1)), seed)
    together = union(spell for several in bands.values() for spell in several)
    assert together == [(datetime(2026, 10, 1), datetime(2026, 11, 1))]
    # The Sunday on which the clocks go back has 25 hours, from 23:00 UTC of the Saturday to 24:00 UTC.
    assert (datetime(2026, 10, 24, 23), datetime(2026, 10, 26)) in bands["Sunday"]
    # In summer time 08:00 is 07:00 UTC, after it 08:00 UTC.
    assert (datetime(2026, 10, 23, 7), datetime(2026, 10, 23, 19)) in bands["Weekday 08-20"]
    assert (datetime(2026, 10, 26, 8), datetime(2026, 10, 26, 20)) in bands["Weekday 08-20"]
    spring = bands_of((datetime(2026, 3, 1), datetime(2026, 4, 1)), seed)
    assert (datetime(2026, 3, 29), datetime(2026, 3, 29, 23)) in spring["Sunday"]


@pytest.mark.parametrize(
    ("landed", "as_of", "is_proved"),
    [
        ("2026-11-01", datetime(2026, 11, 1, 0, 0, 1), True),
        ("2026-11-01", datetime(2026, 11, 1), False),
        ("2026-10-31", datetime(2026, 11, 6), False),
        ("2026-10-25", datetime(2026, 10, 24, 12), False),
    ],
)
def test_without_a_list_that_landed_after_the_period_nothing_is_said(
    tmp_path: Path, landed: str, as_of: datetime, is_proved: bool
) -> None:
    month = Month(tmp_path, "2026-10", as_of)
    month.land("service_outages", [], landed)
    figures, files = availability_figures(month.sources())
    assert ssi(files)["state"] == ("Reported" if is_proved else "No Events")
    assert ssi(files)["availability"] == ("1.000000" if is_proved else "")
    assert one(files["reliability.csv"], service=SSI)["unplanned_hours"] == ("0.00" if is_proved else "")
    reason = next(figure for figure in figures if figure.measure_id == "CPM6").state_reason
    assert reason == (None if is_proved else "no list of outages after the period")


def test_days_after_the_as_of_instant_have_no_time(tmp_path: Path) -> None:
    month = Month(tmp_path, "2026-10", datetime(2026, 10, 2, 12))
    sources = month.sources()
    bands = bands_of((sources.month.start, sources.end), sources.seed("time_bands"))
    assert max(end for several in bands.values() for _, end in several) == datetime(2026, 10, 2, 12)


def test_an_outage_counts_where_it_says_and_else_where_its_component_is(october: Month) -> None:
    october.land(
        "service_outages",
        [
            outage("DSP", "2026-10-05T10:00:00", "2026-10-05T11:00:00", csp_region="North"),
            outage("DCO", "2026-10-06T10:00:00", "2026-10-06T10:30:00"),
            outage("SM WAN", "2026-10-07T10:00:00", "2026-10-07T10:15:00", csp_region="SMETS1"),
            outage("No such thing", "2026-10-07T10:00:00", "2026-10-08T10:15:00"),
        ],
    )
    _, files = availability_figures(october.sources())
    down = {
        row["segment"]: row["unplanned_minutes"]
        for row in rows_of(files["availability.csv"], service=DUI, component="ALL", band="ALL")
    }
    assert down["North"] == down["SMETS2"] == "60.00"
    assert down["South"] == "0.00"
    assert down["SMETS1"] == "45.00"
    assert down["ALL"] == "105.00"
    named = {"service": DUI, "band": "ALL"}
    assert (
        one(files["availability.csv"], component="DCO", segment="North", **named)["state"] == "Not applicable"
    )
    assert (
        one(files["availability.csv"], component="SM WAN", segment="SMETS1", **named)["state"]
        == "Not applicable"
    )
    assert rows_of(files["availability.csv"], service=SSI, segment="North")[0]["state"] == "Not applicable"
    assert len(rows_of(files["outages.csv"])) == 4
    degraded = {
        row["status"] for row in rows_of(files["process_availability.csv"], business_process="Prepayment")
    }
    assert degraded == {"Available"}


def test_a_process_is_degraded_everywhere_where_one_segment_is_below(october: Month) -> None:
    october.land("service_outages", [outage("CSP North", "2026-10-05", "2026-10-06", csp_region="North")])
    _, files = availability_figures(october.sources())
    rows = rows_of(files["process_availability.csv"], business_process="Meter Reads", variant="Scheduled")
    assert {row["status"] for row in rows} == {"Degraded"}
    installs = rows_of(files["process_availability.csv"], business_process="Install and Commission")
    assert {row["state"] for row in installs if row["segment"] == "SMETS1"} == {"Not applicable"}
    ordering = "Logistics Communications Hub Ordering and Returns"
    assert {
        row["status"] for row in rows_of(files["process_availability.csv"], business_process=ordering)
    } == {
        "Available",
        "",
    }


def test_availability_below_1_never_reads_as_1() -> None:
    assert str(level_text(Fraction(1))) == "1.000000"
    assert str(level_text(1 - Fraction(1, 10**7))) == "0.9999999"
    assert str(level_text(1 - Fraction(6, 10**7))) == "0.999999"
    assert str(level_text(1 - Fraction(4, 10**7))) == "0.9999996"


# Incidents


def incident(name: str, category: int | None, raised: str | None, **more: Any) -> Row:
    row = {"incident_id": name, "category": category, "dcc_responsible": True}
    for column, text in ({"raised_at": raised} | more).items():
        is_instant = column.endswith("_at") and text is not None
        row[column] = datetime.fromisoformat(text) if is_instant else text
    return row


def figure_of(figures: Iterable[Figure], measure: str, **place: str) -> Figure:
    wanted = {"segment": "ALL", "split": "ALL"} | place
    (found,) = [
        figure
        for figure in figures
        if figure.measure_id == measure and all(getattr(figure, n) == v for n, v in wanted.items())
    ]
    return found


def test_incidents_resolved_in_time(october: Month) -> None:
    october.land(
        "incidents",
        [
            incident(
                "on time",
                1,
                "2026-10-01T00:00:00",
                resolved_at="2026-10-01T04:00:00",
                closed_at="2026-10-31T23:59:59",
            ),
            incident(
                "late",
                1,
                "2026-10-01T00:00:00",
                resolved_at="2026-10-01T04:00:00.000001",
                closed_at="2026-10-01T05:00:00",
                csp_region="SMETS1",
            ),
            incident(
                "no end", 2, "2026-10-01T00:00:00", closed_at="2026-10-02T00:00:00", smets_version="SMETS2"
            ),
            incident("closed later", 2, "2026-10-30T00:00:00", closed_at="2026-11-01T00:00:00"),
            incident("no category", None, "2026-10-30T00:00:00", closed_at="2026-10-31T00:00:00"),
            incident(
                "not theirs", 2, "2026-10-30T00:00:00", closed_at="2026-10-31T00:00:00", dcc_responsible=None
            ),
        ],
    )
    figures, files = incident_figures(october.sources())
    every = figure_of(figures, "CPM4")
    assert (every.numerator, every.denominator) == (1, 3)
    assert figure_of(figures, "CPM4", segment="SMETS1").numerator == 0
    assert figure_of(figures, "CPM4", segment="Unknown").value == 1
    assert figure_of(figures, "CPM4", split="category", split_value="2").denominator == 1
    assert figure_of(figures, "MI1").value == 2
    assert figure_of(figures, "MI2").value == 3
    table = files["incidents.csv"]
    assert len(rows_of(table)) == 5
    assert one(table, incident_id="late")["within_target"] == "false"
    assert one(table, incident_id="closed later")["is_open"] == "true"
    assert one(table, incident_id="not theirs")["in_cpm4"] == "false"
    statistics = one(
        files["incident_statistics.csv"],
        category="ALL",
        smets_version="ALL",
        resolver_group="ALL",
        dcc_responsible="true",
    )
    assert (statistics["closed"], statistics["resolved_in_time"], statistics["mean_hours"]) == (
        "3",
        "1",
        "4.00",
    )


def test_category_3_to_5_incidents_and_their_age(october: Month) -> None:
    end, age = datetime(2026, 11, 1), timedelta(days=90)
    october.land(
        "incidents",
        [
            incident("old", 3, (end - age - timedelta(microseconds=1)).isoformat(), resolver="=CSP"),
            incident("at the age", 3, (end - age).isoformat(), resolver="CSP North"),
            incident(
                "done",
                5,
                "2026-10-01T00:00:00",
                assigned_at="2026-10-02T00:00:00",
                resolved_at="2026-10-03T00:00:00",
                closed_at="2026-10-03T00:00:00",
            ),
            incident(
                "done too",
                5,
                "2026-10-01T00:00:00",
                resolved_at="2026-10-01T03:00:00",
                closed_at="2026-10-03T00:00:00",
                resolver="nobody",
            ),
        ],
    )
    figures, files = incident_figures(october.sources())
    assert figure_of(figures, "CPM5.1:open").value == 2
    assert figure_of(figures, "CPM5.1:open_over_90_days").value == 1
    assert figure_of(figures, "CPM5.1:initial_in_time").value == Fraction(1, 2)
    assert figure_of(figures, "CPM5.1:median_hours").value == Fraction(51, 2)
    assert figure_of(figures, "CPM5.1:max_hours").value == 48
    assert figure_of(figures, "CPM5").value == 1
    assert not rows_of(files["incidents.csv"])
    csp = one(
        files["incident_statistics.csv"],
        category="3",
        smets_version="Unknown",
        resolver_group="CSP",
        dcc_responsible="true",
    )
    assert (csp["open"], csp["open_over_90_days"]) == ("2", "1")


def test_the_regulatory_year_begins_on_1_april(tmp_path: Path) -> None:
    for month, first in (("2026-03", 2025), ("2026-04", 2026), ("2026-12", 2026)):
        sources = Month(tmp_path, month, datetime(2027, 1, 1)).sources()
        assert regulatory_year(sources.month) == datetime(first, 4, 1)


def test_outage_hours_are_whole_and_an_open_outage_ends_with_the_month(october: Month) -> None:
    october.land(
        "incidents",
        [
            incident(
                "a",
                1,
                "2026-04-01T00:00:00",
                outage_started_at="2026-04-01T00:00:00",
                outage_ended_at="2026-04-01T01:30:00",
            ),
            incident("b", 1, "2026-10-31T20:00:00", outage_started_at="2026-10-31T23:00:00"),
            incident("c", 1, "2026-03-31T23:59:59"),
        ],
    )
    figures, files = incident_figures(october.sources())
    assert figure_of(figures, "MI1").value == 2
    assert figure_of(figures, "MI1:outage_hours").value == Fraction(5, 2)
    assert one(files["incidents.csv"], incident_id="b")["outage_minutes"] == "60.00"


def test_an_outage_without_an_incident_that_overlaps_is_told(october: Month) -> None:
    spells = (
        ("2026-08-30T00:00:00", "2026-09-30T23:59:59"),
        ("2026-10-01T12:00:00", "2026-10-01T13:00:00"),
        ("2026-10-20T08:00:00", "2026-10-20T08:00:00"),
    )
    # (from, until, whether it is told)
    outages = (
        ("2026-10-01T10:00:00", "2026-10-01T12:00:00", True),
        ("2026-10-01T10:00:00", "2026-10-01T12:00:00.000001", False),
        ("2026-10-01T13:00:00", "2026-10-01T14:00:00", True),
        ("2026-10-01T12:59:59.999999", None, False),
        # Of no length, or the incident is: where they touch.
        ("2026-10-01T13:00:00", "2026-10-01T13:00:00", False),
        ("2026-10-01T13:00:00.000001", "2026-10-01T13:00:00.000001", True),
        ("2026-10-20T07:00:00", "2026-10-20T08:00:00", False),
        ("2026-10-20T08:00:00", "2026-10-20T09:00:00", False),
        ("2026-10-20T08:00:00.000001", "2026-10-20T09:00:00", True),
        # Without a start it was out when the period began, and not before.
        (None, "2026-10-01T01:00:00", True),
        (None, "2026-10-01T12:00:01", False),
    )
    october.land(
        "incidents",
        [
            incident(str(number), 1, "2026-10-01T12:00:00", outage_started_at=first, outage_ended_at=last)
            for number, (first, last) in enumerate(spells)
        ],
    )
    october.land(
        "service_outages",
        [
            {"outage_id": f"{number:02d}", "component": "SSI", "started_at": first, "ended_at": last}
            for number, (first, last, _) in enumerate(outages)
        ],
    )
    sources = october.sources()
    files = summary_files(sources, definitions_of(sources.seed("pmr_measures")), [])
    told = rows_of(files["reconciliation.csv"], check="outage_has_incident")
    assert [row["subject"] for row in told] == [f"{n:02d}" for n, outage in enumerate(outages) if outage[2]]


# Printing


def definition(**more: Any) -> Definition:
    row = dict.fromkeys(
        ("measure_id", "kind", "name", "definition", "unit", "direction", "target", "minimum"), ""
    ) | dict.fromkeys(("business_process", "srv", "segments", "splits", "smets1", "source"), "")
    return Definition.read(row | {"section": "3", "kind": "M", "unit": "share", "direction": "higher"} | more)


def test_a_miss_does_not_read_as_the_target() -> None:
    cpm1 = definition(measure_id="CPM1", target="99", minimum="96")
    assert str(printed(cpm1, Fraction(99, 100))) == "0.990000"
    assert str(printed(cpm1, Fraction(9899999, 10**7))) == "0.9899999"
    assert str(printed(cpm1, Fraction(95999999, 10**8))) == "0.95999999"
    assert status_of(cpm1, Fraction(99, 100)) == "Met"
    assert status_of(cpm1, Fraction(9899999, 10**7)) == "Below target"
    assert status_of(cpm1, Fraction(959, 1000)) == "Below minimum"
    mi1 = definition(measure_id="MI1", unit="count", direction="lower", target="1")
    assert [status_of(mi1, Fraction(n)) for n in (0, 1, 2)] == ["Met", "Met", "Below target"]
    assert status_of(definition(), Fraction(1)) == "No target"
    hours = definition(measure_id="SA2", kind="I", unit="hours", direction="lower", target="6")
    assert str(printed(hours, Fraction(6001, 1000))) == "6.001"
    assert status_of(hours, Fraction(7)) is None


def test_numbers_as_they_landed() -> None:
    values = [plain_number(Fraction(n, d)) for n, d in ((100, 1), (105, 10), (1, 10**7), (0, 1), (-5, 2))]
    assert values == ["100", "10.5", "0.0000001", "0", "-2.5"]


# Exceptions and commentary


def exception(name: str, measure: str | None, **more: Any) -> Row:
    given = {"month": "2026-10", "excluded_count": 1, "approved_by": "Panel"}
    return {"exception_id": name, "measure_id": measure} | given | more


def test_every_refusal_of_an_exception(october: Month) -> None:
    many, power, waiting = (
        "Users sent several requests for one GUID",
        "Third-party power failure",
        "Waiting for the User",
    )
    october.land("service_requests", [])
    october.land("service_outages", [outage("SSI", "2026-10-05T10:00:00", "2026-10-05T10:10:00")])
    october.land("incidents", [incident("i", 1, "2026-10-01", closed_at="2026-10-02")])
    october.land(
        "performance_exceptions",
        [
            exception("a", "CPM1", reason=many, approved_by=None),
            exception("b", "CPM2", reason=many),
            exception("c", "CPM6/nothing", reason=power),
            exception("d", "CPM6", reason=power, excluded_count=None),
            exception("e", "CPM6", reason=power, excluded_count=11),
            exception("f", "CPM6", reason=power, excluded_count=4),
            exception("g", "CPM6", reason=power, excluded_count=7),
            exception("h", "CPM4", reason=waiting, csp_region="North"),
            exception("i", "CPM5", reason=waiting),
            exception("j", "IC1", reason="User equipment"),
            exception("k", "CPM6", reason=power, month="2026-09"),
        ],
    )
    sources = october.sources()
    definitions = definitions_of(sources.seed("pmr_measures"))
    figures = [*availability_figures(sources)[0], *incident_figures(sources)[0]]
    figures.append(share("IC1", ("Install and Commission", "ALL", "SMETS2", "ALL", "ALL"), 1, 2, 0))
    files = summary_files(sources, definitions, figures)
    refusals = {row["exception_id"]: row["refusal"] for row in rows_of(files["exceptions.csv"])}
    assert refusals == {
        "a": "unapproved",
        "b": "not in the PMEL",
        "c": "unknown measure",
        "d": "no count",
        "e": "more than the misses",
        "f": "",
        "g": "more than the misses",
        # The region has no row, SMETS2's is not Reported: the incident names no version.
        "h": "more than the misses",
        "i": "not in the PMEL",
        "j": "",
    }
    cpm6 = one(files["measures.csv"], measure_id="CPM6")
    assert (cpm6["numerator"], cpm6["denominator"]) == ("44630.00", "44636.00")
    assert (cpm6["value"], cpm6["value_before_exceptions"]) == ("0.999866", "0.999776")
    ic1 = one(files["measures.csv"], measure_id="IC1", srv="ALL", segment="SMETS2", split="ALL")
    assert (ic1["numerator"], ic1["denominator"], ic1["value"]) == ("0", "1", "0.000000")
    governed = rows_of(files["reconciliation.csv"], check="exception_governed")
    assert {row["subject"]: row["detail"] for row in governed} == {n: r for n, r in refusals.items() if r}


def test_what_no_entry_of_the_pmel_can_help(october: Month, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds, ignore=shutil.ignore_patterns("*.yml"))
    # IC1 of North is applied to its row; SMETS2's, which is not Reported, is left as it is.
    wanted = {
        "None such": "unknown measure",
        "SA3": "indicator",
        "RSVP-T": "several rows",
        "SA1": "several rows",
        "MI1": "not a share",
        "RSVP-T/Prepayment": "",
        "RSVP-T/1.1.1": "several rows",
        "RSVP-T/2.2": "",
        "IC1": "",
    }
    with (seeds / "pmr" / "pmel.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(f"Snow,{name},2020-01,2026-10\n" for name in {n.partition("/")[0] for n in wanted})
    october.land("service_requests", [])
    october.land("service_outages", [])
    october.land("incidents", [])
    october.land(
        "performance_exceptions",
        [
            exception(f"e{n}", name, reason="Snow", csp_region="North" if name == "IC1" else None)
            for n, name in enumerate(wanted)
        ],
    )
    sources = replace(october.sources(), seeds=seeds)
    place = "Prepayment", "ALL", "SMETS2", "ALL", "ALL"
    figures = [
        share("RSVP-T", place, 1, 2, 0),
        share("RSVP-T", ("Prepayment", "2.2", *place[2:]), 1, 2, 0),
        share("IC1", ("Install and Commission", "ALL", "North", "ALL", "ALL"), 1, 2, 0),
    ]
    files = summary_files(sources, definitions_of(sources.seed("pmr_measures")), figures)
    refusals = [row["refusal"] for row in rows_of(files["exceptions.csv"])]
    assert refusals == list(wanted.values())
    ic1 = one(files["measures.csv"], measure_id="IC1", srv="ALL", segment="North", split="ALL")
    assert (ic1["value"], ic1["value_before_exceptions"]) == ("0.000000", "0.500000")


def test_the_month_before_stands_beside_each_figure(october: Month) -> None:
    october.land("service_requests", [])
    figures = [
        share("CPM1", (None, None, "ALL", "ALL", "ALL"), 97, 100, 0),
        share("CPM1", (None, None, "North", "ALL", "ALL"), 9, 10, 0),
        share("CPM1", (None, None, "Withheld", "ALL", "ALL"), 5, 10, 0),
    ]
    sources = october.sources()
    definitions = definitions_of(sources.seed("pmr_measures"))
    before = summary_files(sources, definitions, figures)
    figures[1] = share("CPM1", (None, None, "North", "ALL", "ALL"), 8, 10, 0)
    files = summary_files(october.sources(before), definitions, figures)
    previous = {
        row["segment"]: row["previous_value"]
        for row in rows_of(files["measures.csv"], measure_id="CPM1")
        if row["state"] == "Reported"
    }
    assert previous == {"ALL": "0.970000", "North": "0.900000", "Withheld": ""}
    fresh = rows_of(files["reconciliation.csv"], check="commentary_fresh")
    assert [(row["subject"], row["detail"]) for row in fresh] == [("CPM1 ALL", "1")]


def test_commentary_is_given_by_region_subject_or_for_all(october: Month) -> None:
    october.land("service_requests", [])
    october.land(
        "commentary",
        [
            {"measure_id": "PP1", "month": "2026-10", "csp_region": "North", "text": "storm"},
            {"measure_id": "CPM1", "month": "2026-10", "text": "slow"},
            {"measure_id": "CPM1", "month": "2026-09", "text": "slow"},
        ],
    )
    place = "Prepayment", "2.2"
    figures = [
        share("PP1", (*place, "North", "ALL", "ALL"), 1, 2, 0),
        share("PP1", (*place, "South", "ALL", "ALL"), 1, 2, 0),
        share("PP1", (*place, "Central", "ALL", "ALL"), 2, 2, 0),
        share("CPM1", (None, None, "ALL", "ALL", "ALL"), 1, 2, 0),
        share("PP1.2:failed_share", (*place, "North", "ALL", "ALL"), 6, 100, 0),
        share("PP1.2:failed_share", (*place, "South", "ALL", "ALL"), 5, 100, 0),
    ]
    sources = october.sources()
    files = summary_files(sources, definitions_of(sources.seed("pmr_measures")), figures)
    table = files["measures.csv"]

    def of(measure: str, segment: str) -> tuple[str, str]:
        row = one(table, measure_id=measure, segment=segment, split="ALL")
        return row["commentary_required"], row["commentary_given"]

    assert of("PP1", "North") == ("true", "true")
    assert of("PP1", "South") == ("true", "false")
    assert of("PP1", "Central") == ("false", "")
    assert of("CPM1", "ALL") == ("true", "true")
    assert of("PP1.2:failed_share", "North") == ("true", "false")
    assert of("PP1.2:failed_share", "South") == ("false", "")
    assert rows_of(files["reconciliation.csv"], check="commentary_fresh") == [
        {"reporting_month": "2026-10", "check": "commentary_fresh", "subject": "CPM1 ALL", "detail": ""}
    ]


def test_what_providers_and_lists_say(october: Month) -> None:
    october.land(
        "provider_measures",
        [
            {"measure_id": "CPM7", "month": "2026-10", "numerator": "98.50", "denominator": "100.0"},
            {
                "measure_id": "PM1.1/CSP",
                "month": "2026-10",
                "csp_region": "North",
                "numerator": 1,
                "denominator": 3,
            },
            {"measure_id": "PM9.9", "month": "2026-10", "numerator": 1, "denominator": 3},
            {"measure_id": "PM2", "month": "2026-10", "numerator": 1, "service_credit_pence": -150},
            {"measure_id": "TR1:gb_volume", "month": "2026-10", "numerator": 1234},
        ],
    )
    october.land(
        "throttling_events",
        [
            {
                "event_id": name,
                "direction": "Southbound",
                "started_at": datetime.fromisoformat(start),
                "ended_at": end and datetime.fromisoformat(end),
            }
            for name, start, end in (
                ("a", "2026-09-30T23:00:00", "2026-10-01T00:01:00"),
                ("b", "2026-10-01T00:00:30", "2026-10-01T00:02:00"),
                ("c", "2026-10-31T23:59:00", None),
                ("d", "2026-11-01T00:00:00", None),
            )
        ]
        + [
            {
                "event_id": "n",
                "direction": "Northbound",
                "started_at": datetime(2026, 10, 5),
                "forwarded_count": 3,
                "incident_id": "I",
            }
        ],
    )
    october.land(
        "defects",
        [
            {"defect_id": "a", "released_on": date(2026, 10, 31), "accepted_on": date(2026, 10, 31)},
            {
                "defect_id": "b",
                "severity": 2,
                "accepted_on": date(2026, 10, 1),
                "closed_on": date(2026, 10, 31),
            },
            {
                "defect_id": "c",
                "severity": 2,
                "accepted_on": date(2026, 10, 1),
                "closed_on": date(2026, 11, 1),
            },
            {
                "defect_id": "d",
                "severity": 2,
                "accepted_on": date(2026, 11, 1),
                "released_on": date(2026, 11, 1),
            },
        ],
    )
    sources = october.sources()
    definitions = definitions_of(sources.seed("pmr_measures"))
    figures, files = governance_figures(sources, definitions)
    assert figure_of(figures, "TH2:seconds").value == 180
    assert [figure_of(figures, f"TH2:{name}").value for name in ("events", "days")] == [3, 2]
    assert [figure_of(figures, f"TH1:{n}").value for n in ("events", "incidents", "forwarded")] == [1, 1, 3]
    assert [figure_of(figures, name).value for name in ("DEF1", "DEF2")] == [1, 2]
    assert figure_of(figures, "DEF1", split="severity", split_value="Unknown").value == 1
    assert one(files["provider_measures.csv"], measure_id="PM2")["service_credit_gbp"] == "-1.50"
    cpm7 = one(files["provider_measures.csv"], measure_id="CPM7")
    assert (cpm7["numerator"], cpm7["denominator"], cpm7["status"]) == ("98.5", "100", "Below target")
    table = summary_files(sources, definitions, figures)
    row = one(table["measures.csv"], measure_id="PM1.1", segment="North")
    assert (row["segment"], row["split"], row["split_value"], row["value"]) == (
        "North",
        "subject",
        "CSP",
        "0.333333",
    )
    assert not rows_of(table["measures.csv"], measure_id="PM2")
    assert one(table["measures.csv"], measure_id="CPM8")["state"] == "No Events"
    assert one(table["measures.csv"], measure_id="TR1:gb_volume")["value"] == "1234"
    assert one(table["reconciliation.csv"], check="unknown_provider_measure")["subject"] == "PM9.9"


# The rectangle


def test_the_rows_are_those_of_the_rectangle(october: Month) -> None:
    sources = october.sources()
    definitions = definitions_of(sources.seed("pmr_measures"))
    text = (Path(__file__).parent / "fixtures" / "measures_rectangle.csv").read_text(encoding="utf-8")
    wanted = set(text.splitlines()[1:])

    def line(definition: Definition, place: tuple[str | None, ...]) -> str:
        return ",".join((str(definition.section), definition.measure_id, *(part or "" for part in place)))

    found = {
        line(definition, place)
        for definition in definitions.values()
        for place in places_of(sources, definition)
        if place[3] not in ("day", "month")
    }
    assert found == wanted


def test_without_any_file_every_row_says_which_feed_is_missing(october: Month) -> None:
    october.folder.mkdir(exist_ok=True)
    sources = october.sources()
    definitions = definitions_of(sources.seed("pmr_measures"))
    figures = [
        *availability_figures(sources)[0],
        *incident_figures(sources)[0],
        *governance_figures(sources, definitions)[0],
    ]
    lines = lines_of(sources, definitions, figures)
    for line in lines:
        assert line.numerator is line.denominator is line.value is line.pending is None
        assert line.state in ("No Events", "Not applicable")
        assert line.reason in ("SMETS1 not applicable", "no regions") or line.reason.startswith("no file of ")
