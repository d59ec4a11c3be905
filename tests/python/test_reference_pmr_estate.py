"""The second implementation of the industry report, by hand: alerts, the estate, installs, leagues."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import reference.industry  # noqa: E402
import reference.pmr.disclosure  # noqa: E402
import reference.pmr.estate  # noqa: E402
import reference.pmr.installs  # noqa: E402
from adversarial import write_rows  # noqa: E402
from reference.landing import read_landing  # noqa: E402
from reference.pmr.alerts import alert_figures, judge_codes  # noqa: E402
from reference.pmr.common import Sources, read_sources  # noqa: E402
from reference.pmr.estate import estate_figures, version_of  # noqa: E402
from reference.pmr.figures import Figure  # noqa: E402
from reference.pmr.installs import install_figures  # noqa: E402
from reference.pmr.leagues import league_file  # noqa: E402

SEEDS = REPOSITORY / "seeds"
MONTH, AS_OF = "2026-10", datetime(2026, 11, 6)
START = datetime(2026, 10, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARTIES = [f"P{n}" for n in range(6)]
Row = dict[str, Any]
Table = list[list[str]]


@dataclass
class Industry:
    """Six suppliers, each a group, and what is landed of them."""

    folder: Path

    def land(self, feed: str, rows: Iterable[Row]) -> None:
        clock = "extract_at" if feed in ("device_inventory", "registrations") else "recorded_at"
        given = {clock: datetime(2026, 1, 1)} if feed != "parties" else {"published_on": date(2026, 1, 1)}
        write_rows(self.folder, feed, [given | row for row in rows], date(2026, 11, 5))

    def sources(self, as_of: datetime = AS_OF) -> Sources:
        return read_sources(read_landing(self.folder, as_of), MONTH, SEEDS, self.folder)


@pytest.fixture
def industry(tmp_path: Path) -> Industry:
    found = Industry(tmp_path)
    found.land("parties", [{"party_id": party, "role": role} for party in PARTIES for role in ("IS", "GS")])
    return found


@pytest.fixture
def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of six rows of six groups are shown."""
    monkeypatch.setattr(reference.industry, "MINIMUM_ROWS", 6)


def rows_of(table: Table, **wanted: str) -> list[dict[str, str]]:
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def one(table: Table, **wanted: str) -> dict[str, str]:
    (row,) = rows_of(table, **wanted)
    return row


def figure_of(figures: Iterable[Figure], measure: str, segment: str, value: str = "ALL") -> Figure:
    (found,) = [f for f in figures if (f.measure_id, f.segment, f.split_value) == (measure, segment, value)]
    return found


def device(number: int) -> str:
    return f"00-00-00-00-00-00-{number // 256:02X}-{number % 256:02X}"


# Alerts


def alert(name: str, code: str, party: str, taken: timedelta | None, **more: Any) -> Row:
    raised = START + HOUR
    return {
        "alert_id": name,
        "alert_code": code,
        "destination_party_id": party,
        "destination_role": "IS",
        "report_status_id": 20,
        "raised_at": raised,
        "delivered_at": None if taken is None else raised + taken,
        "suppressed": False,
        "csp_region": "North",
    } | more


def test_alerts_in_their_bands(industry: Industry) -> None:
    second, tick = timedelta(seconds=1), timedelta(milliseconds=1)
    waits = (
        60 * second,
        60 * second + tick,
        300 * second,
        300 * second + tick,
        3600 * second,
        3600 * second + tick,
    )
    rows = [alert(f"a{n}", "N16", "P0", wait) for n, wait in enumerate(waits)]
    rows += [
        alert("never", "N16", "P0", None),
        alert("held back", "N16", "P0", None, suppressed=True),
        alert("before", "N16", "P0", None, raised_at=START - tick),
    ]
    industry.land("alerts", rows)
    figures, files = alert_figures(industry.sources())
    whole = one(files["alerts.csv"], alert_code="ALL")
    bands = ("within_60_s", "within_5_min", "within_1_h", "longer", "never")
    assert [whole[name] for name in bands] == ["1", "2", "2", "1", "1"]
    assert (whole["volume"], whole["late"], whole["suppressed"]) == ("7", "5", "1")
    assert whole["share"] == "0.142857"
    cpm3 = figure_of(figures, "CPM3", "ALL")
    assert (cpm3.numerator, cpm3.denominator, cpm3.pending) == (1, 7, 0)


def test_an_alert_is_pending_to_the_last_instant_of_its_target(industry: Industry) -> None:
    as_of, target = datetime(2026, 10, 15, 12), timedelta(seconds=60)
    industry.land(
        "alerts",
        [
            alert("in time", "N16", "P0", None, raised_at=as_of - target),
            alert("missed", "N16", "P0", None, raised_at=as_of - target - timedelta(microseconds=1)),
        ],
    )
    whole = one(alert_figures(industry.sources(as_of))[1]["alerts.csv"], alert_code="ALL")
    assert (whole["pending"], whole["not_delivered"]) == ("1", "1")


def test_codes_that_few_received_are_told_together(industry: Industry, small_cells: None) -> None:
    wait = timedelta(seconds=1)
    rows = [
        alert(f"{code}{party}{n}", code, party, wait if n else None)
        for code in ("8F35", "8F36", "N16")
        for party in PARTIES
        for n in range(2)
    ]
    rows.append(alert("single", "N55", "P0", wait))
    industry.land("alerts", rows)
    industry.land(
        "power_outage_timings",
        [
            {
                "alert_id": f"8F35{party}1",
                "destination_party_id": party,
                "destination_role": "IS",
                "event_at": START + HOUR,
                "csp_sent_at": START + HOUR + (number + 1) * timedelta(seconds=1),
                "dsp_received_at": None if number else START + HOUR,
            }
            for number, party in enumerate(PARTIES)
        ],
    )
    figures, files = alert_figures(industry.sources())
    table = files["alerts.csv"]
    shown = {row["alert_code"]: row["volume"] for row in rows_of(table)}
    # N55 alone would follow from the total: the smallest other, first by code point, joins it.
    assert shown == {"ALL": "37", "8F35": "", "8F36": "12", "N16": "12", "N55": "", "Withheld": "13"}
    assert one(table, alert_code="ALL")["event_to_csp_mean_s"] == "3.5"
    assert one(table, alert_code="ALL")["csp_to_dsp_mean_s"] == "0.0"
    assert one(table, alert_code="N16")["event_to_csp_mean_s"] == ""
    assert not figure_of(figures, "A1", "North").is_withheld


# The estate


def test_how_far_a_version_is_below_the_newest() -> None:
    listed = {"5": False, "4": True, "3": True, "2": True, "1": True, "0": True}
    found = [version_of(version, listed) for version in ("5", "4", "3", "2", "1", "0", "6", None)]
    assert found == [
        "older",
        "current",
        "one_below",
        "two_below",
        "older",
        "older",
        "not_listed",
        "not_listed",
    ]


def state(number: int, device_type: str, **more: Any) -> Row:
    return {
        "device_id": device(number),
        "effective_at": START - 300 * DAY,
        "operation": "upsert",
        "device_type": device_type,
        "device_status": "Commissioned",
        "smets_version": "SMETS2",
        "csp_region": "North",
    } | more


def request(
    name: str, srv: str, party: str, number: int, started: datetime, code: str | None, role: str = "IS"
) -> Row:
    return {
        "transaction_id": name,
        "srv": srv,
        "command_variant": 1,
        "mode_of_operation": 2,
        "originator_party_id": party,
        "originator_role": role,
        "device_id": device(number),
        "report_status_id": 18 if code is None else 22,
        "response_code": code,
        "started_at": started,
        "ended_at": None if code is None else started + timedelta(seconds=1),
    }


def registration(mpxn: str, role: str, party: str) -> Row:
    return {"mpxn": mpxn, "role": role, "supplier_party_id": party, "effective_from": date(2020, 1, 1)}


def test_meters_that_answered_noisy_and_silent_devices(
    industry: Industry, small_cells: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference.pmr.estate, "NOISY_ALERTS", 1)
    monkeypatch.setattr(reference.pmr.estate, "SILENT_REQUESTS", 1)
    monkeypatch.setattr(reference.pmr.disclosure, "FULL_GROUPS", 6)
    numbers = range(6)
    points = [f"1{number:012d}" for number in numbers]
    industry.land("device_inventory", [state(n, "ESME", mpxn=points[n]) for n in numbers])
    industry.land("registrations", [registration(points[n], "IS", PARTIES[n]) for n in numbers])
    long_ago = datetime(2026, 7, 1)
    requests = [request("first", "4.6.1", "P0", 99, long_ago, "I0")]
    for n in numbers:
        requests += [request(f"r{n}-{k}", "4.6.1", PARTIES[n], n, START + n * DAY, "E21") for k in range(2)]
    requests.append(request("answer", "4.8.1", "P0", 0, START + DAY, "I0"))
    industry.land("service_requests", requests)
    rows = [
        alert(f"a{n}{k}", "N13", PARTIES[n], None, device_id=device(n), suppressed=k > 0)
        for n in numbers
        for k in range(2 if n < 5 else 1)
    ]
    industry.land("alerts", rows)
    sources = industry.sources()
    figures = estate_figures(sources, judge_codes(sources))
    responding = figure_of(figures, "EH1:responding", "SMETS2")
    assert (responding.numerator, responding.denominator) == (1, 6)
    # Nothing was heard of the five for long, on the last day of the month and the 60 before it but by alerts
    # that are not Device Alerts.
    assert figure_of(figures, "EH1:long_term", "North", "ALL").numerator == 5
    assert figure_of(figures, "EH3:alerts", "SMETS2").value == 6
    assert figure_of(figures, "EH4:silent_devices", "SMETS2").is_withheld
    noisy = figure_of(figures, "EH4:noisy_alert_share", "SMETS2")
    assert (noisy.numerator, noisy.denominator) == (10, 11)


# Installs


def home(
    number: int, party: str, day: datetime, commissioned: bool = True, **more: Any
) -> tuple[list[Row], Row]:
    hub, meter, point = 3 * number, 3 * number + 1, f"1{number:012d}"
    at = {"commissioned_at": day if commissioned else None, "effective_at": day} | more
    states = [
        state(hub, "CHF", **at),
        state(meter, "ESME", chf_device_id=device(hub), mpxn=point, **at),
    ]
    return states, registration(point, "IS", party)


def test_installs_of_a_day_and_of_the_week_before(industry: Industry, small_cells: None) -> None:
    # Six homes in the week before the month's second day, six on it, one more in South, one in SMETS1.
    days = [START - 6 * DAY] * 6 + [START + DAY] * 6
    homes = [home(n, PARTIES[n % 6], day) for n, day in enumerate(days)]
    homes.append(home(12, "P0", START + DAY, csp_region=None, smets_version="SMETS1"))
    homes.append(home(13, "P1", START + 2 * DAY, commissioned=False))
    industry.land("device_inventory", [row for states, _ in homes for row in states])
    industry.land("registrations", [registered for _, registered in homes])
    industry.land(
        "service_requests",
        [request(f"i{n}", "8.14.2", PARTIES[n % 6], 3 * n, START + DAY, "I0") for n in range(6, 11)]
        + [request("failed", "8.1.1", "P1", 3 * 13 + 1, START + 2 * DAY, "E21")],
    )
    figures, files = install_figures(industry.sources())
    table = files["installs_daily.csv"]
    of_day = {"day": "2026-10-02", "measure": "successful_installs"}
    row = one(table, device_type="ALL", segment="SMETS2", **of_day)
    assert (row["iso_week"], row["weekday"]) == ("2026-W40", "Friday")
    assert (row["value"], row["predicted"], row["state"]) == ("12", "12", "Reported")
    assert one(table, device_type="CHF", segment="SMETS2", **of_day)["value"] == "6"
    assert one(table, device_type="ALL", segment="SMETS1", **of_day)["state"] == "Not applicable"
    assert one(table, device_type="ALL", segment="South", **of_day)["state"] == "No Events"
    failed = one(table, day="2026-10-03", measure="failed_installs", device_type="ALL", segment="SMETS2")
    assert (failed["value"], failed["state"]) == ("", "Withheld")
    assert figure_of(figures, "IC1.1:successful_installs", "SMETS2").value == 12
    # The 12 of the second are predicted for the ninth.
    ratio = figure_of(figures, "IC1.2", "SMETS2")
    assert (ratio.numerator, ratio.denominator, ratio.value) == (12, 24, Fraction(1, 2))
    assert figure_of(figures, "IC2", "SMETS2").value == -12
    assert figure_of(figures, "IC1.3:neither_yet", "SMETS2", "2026-10").is_withheld
    assert figure_of(figures, "IC1.3:installs_8_14_2", "SMETS2", "2026-10").is_withheld
    assert figure_of(figures, "IC1.3:open_8_14_2", "SMETS2", "2026-09").value == 0


def test_a_hub_that_was_left_is_open_until_it_is_installed(industry: Industry, small_cells: None) -> None:
    industry.land("device_inventory", [state(n, "CHF") for n in range(7)])
    rows = [request(f"l{n}", "8.14.2", PARTIES[n], n, START + DAY, "I0") for n in range(6)]
    rows += [request(f"d{n}", "8.14.1", "P0", n, START + 3 * DAY, "I0") for n in range(6)]
    # Older than 90 days at the end of 2 October, by a second.
    rows.append(request("old", "8.14.2", "P0", 6, START + 2 * DAY - 90 * DAY - timedelta(seconds=1), "I0"))
    industry.land("service_requests", rows)
    _, files = install_figures(industry.sources())
    found = {
        row["day"]: row["value"]
        for row in rows_of(files["installs_daily.csv"], measure="open_8_14_2", segment="SMETS2")
    }
    assert (found["2026-10-01"], found["2026-10-02"]) == ("", "6")
    assert (found["2026-10-03"], found["2026-10-04"]) == ("6", "0")


def test_suppliers_are_ranked_by_what_was_predicted(
    industry: Industry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference.industry, "MINIMUM_ROWS", 10)
    homes = []
    for n, party in enumerate(PARTIES[:5]):
        for k in range(10):
            homes.append(home(100 * n + k, party, START - 5 * DAY))
        for k in range(10 + n):
            homes.append(home(100 * n + 50 + k, party, START + 10 * DAY))
    # Nine predicted are too few to be ranked.
    homes += [home(1000 + k, "P5", START - 5 * DAY) for k in range(9)]
    industry.land("device_inventory", [row for states, _ in homes for row in states])
    industry.land("registrations", [registered for _, registered in homes])
    _, files = install_figures(industry.sources())
    rows = rows_of(files["installs_league.csv"])
    assert {row["role"] for row in rows} == {"IS"}
    # Installs of those of the week before: 14 of 24, 13 of 23 and so on.
    assert [row["ratio_to_predicted"] for row in rows] == ["0.58", "0.56", "0.54", "0.52", "0.50"]
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]


# Leagues


def test_leagues_by_role_and_of_top_ups_by_segment(industry: Industry, small_cells: None) -> None:
    industry.land("device_inventory", [state(n, "ESME") for n in range(6)])
    rows = []
    for n, party in enumerate(PARTIES):
        for k in range(10):
            code = "I0" if k < 5 + min(n, 4) else "E21"
            rows.append(request(f"t{n}-{k}", "2.2", party, n, START + k * DAY, code))
    industry.land("service_requests", rows)
    table = league_file(industry.sources())["league_table.csv"]
    places = {(row["srv"], row["segment"]) for row in rows_of(table)}
    assert places == {("2.2", "ALL"), ("ALL", "ALL"), ("2.2", "North"), ("2.2", "SMETS2")}
    north = rows_of(table, srv="2.2", segment="North")
    # Six groups are fewer than ten: the rates are rounded to 0.05.
    assert [(row["rank"], row["success_rate"], row["failure_rate"]) for row in north] == [
        ("1", "0.900", "0.100"),
        ("1", "0.900", "0.100"),
        ("3", "0.800", "0.200"),
        ("4", "0.700", "0.300"),
        ("5", "0.600", "0.400"),
        ("6", "0.500", "0.500"),
    ]


def test_a_league_of_few_groups_has_one_row_without_figures(industry: Industry) -> None:
    industry.land("device_inventory", [state(0, "ESME")])
    industry.land("service_requests", [request("t", "2.2", "P0", 0, START, "I0")])
    table = league_file(industry.sources())["league_table.csv"]
    assert len(rows_of(table)) == 4
    assert {(row["rank"], row["success_rate"]) for row in rows_of(table)} == {("", "")}
