"""The second implementation's findings and subjects against figures worked out by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from by_hand import (  # noqa: E402
    END,
    LANDED,
    MPAN,
    START,
    SUPPLY,
    Row,
    alert,
    cells,
    device,
    numbered,
    party,
    registration,
    sent,
    work_out,
)
from reference import Result  # noqa: E402
from reference.findings import whole, worse_than_before  # noqa: E402

SUPPLIERS = [f"S{n}" for n in range(5)]
REGISTER = [party(name, "IS") for name in SUPPLIERS]
PROCESS = "S0/business_process/IS"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Land rows and work out February 2026."""
    return partial(work_out, tmp_path)


def findings(result: Result, folder: str) -> list[list[str]]:
    """The rows of a findings.csv without month, party and role."""
    return [row[3:] for row in result.files[f"{folder}/findings.csv"][1:]]


def nothing(what: str, count: int, unit: str = "figures") -> list[list[str]]:
    """The rows of a findings.csv that says that there is none."""
    return [["1", what, *[""] * 7, unit, str(count)]]


def before(path: str, header: str, *rows: str) -> dict[str, list[list[str]]]:
    """One file of the month before."""
    lead = ["reporting_month", "party_id", "role"]
    return {path: [[*lead, *header.split(",")], *(["2026-01", "", "", *row.split(",")] for row in rows)]}


@pytest.mark.parametrize(
    ("earlier", "now", "excess"),
    [
        # f² ÷ 100² against 9 × f (200 − f) ÷ 200² × 2 ÷ 100: 8.6 failures.
        ((100, 100), (100, 91), 9),
        ((100, 100), (100, 92), None),
        ((29, 29), (100, 0), None),
        ((100, 100), (29, 0), None),
        ((30, 30), (30, 0), 30),
        # Two of a hundred fewer are the gap.
        ((10_000, 10_000), (10_000, 9_800), 200),
        ((10_000, 10_000), (10_000, 9_801), None),
        ((100, 50), (100, 60), None),
        ((200, 180), (100, 70), 20),
    ],
)
def test_a_fall_since_the_month_before_is_beyond_chance_and_a_gap(
    earlier: tuple[int, int], now: tuple[int, int], excess: int | None
) -> None:
    assert worse_than_before(earlier, now) == excess


def test_a_rate_below_the_industrys_as_it_is_printed(run) -> None:
    rows = numbered(sent("2.2", "S0", 30, 10), *(sent("2.2", name, 40) for name in SUPPLIERS[1:]))
    result = run(parties=REGISTER, service_requests=rows)
    # 190 of 200 are 0.950: two of 40 were to be expected.
    place = ["", "", "", "0.750000", "0.950", "share", "8"]
    assert findings(result, PROCESS) == [
        ["1", "below_industry", "Prepayment", "2.2", *place],
        ["2", "below_industry", "Prepayment", "ALL", *place],
    ]
    # Two rates and two medians.
    assert findings(result, "S1/business_process/IS") == nothing("nothing_stands_out", 4)
    subject = ["Prepayment", "", "", "", "finding", "16", "40", "true"]
    assert [row[4:] for row in result.files[f"{PROCESS}/subjects.csv"][1:]] == [subject]
    subject[4:6] = "among the five largest", "0"
    assert [row[4:] for row in result.files["S1/business_process/IS/subjects.csv"][1:]] == [subject]


def test_the_excess_is_beyond_the_printed_rate_and_comes_before_what_is_slow(run) -> None:
    # 129 of 149 are 0.8658: 17 − 41 × 0.1342 = 11.497, and 17 − 41 × 0.134 = 11.506.
    slow = {"ended_at": START + timedelta(seconds=9)}
    rows = [sent("2.2", "S0", 24, 17), sent("2.2", "S1", 24, 3)]
    rows += [sent("2.2", name, 27) for name in SUPPLIERS[2:]]
    result = run(parties=REGISTER, service_requests=numbered(*rows))
    assert findings(result, PROCESS)[0][7:] == ["0.585366", "0.866", "share", "12"]
    rows = [sent("2.2", "S0", 70, 30, **slow), *(sent("2.2", name, 100) for name in SUPPLIERS[1:])]
    result = run(parties=REGISTER, service_requests=numbered(*rows))
    # 30 − 100 × 0.06, and then the hundred that were measured.
    assert [(row[1], row[3], row[-1]) for row in findings(result, PROCESS)] == [
        ("below_industry", "2.2", "24"),
        ("below_industry", "ALL", "24"),
        ("slower_than_industry", "2.2", "100"),
        ("slower_than_industry", "ALL", "100"),
    ]


def test_what_is_withheld_is_counted_where_nothing_can_be_compared(run) -> None:
    rows = numbered(sent("2.2", "S0", 30, 10), sent("2.3", "S0", 0, 1, ended_at=None))
    result = run(parties=REGISTER, service_requests=rows)
    # Three rates, and the medians of 2.2 and `ALL`; nothing was measured of 2.3.
    assert findings(result, PROCESS) == nothing("nothing_to_compare", 5)
    assert findings(result, "S1/business_process/IS") == nothing("nothing_to_compare", 0)
    assert findings(result, "S1/alerts/IS") == nothing("nothing_to_compare", 0)
    assert findings(result, "S1/inventory/IS") == nothing("nothing_stands_out", 0, "devices")
    assert len(result.files["S1/alerts/IS/subjects.csv"]) == 1


def test_a_rate_worse_than_the_month_before_as_that_was_published(run) -> None:
    rows = numbered(sent("2.2", "S0", 20, 20), sent("1.6", "S0", 40))
    header = "business_process,srv,own_volume,own_success_rate"
    history = before(
        f"{PROCESS}/benchmark.csv",
        header,
        "Prepayment,2.2,34,0.970588",
        "Prepayment,1.6,34,0.970588",
        "Prepayment,2.1,34,0.970588",
    )
    result = run(parties=REGISTER, service_requests=rows, history=history)
    # 32.99999 are 33 of 34: 20 − 40 ÷ 34 = 18.8.
    figures = ["", "", "", "0.500000", "0.970588", "share", "19"]
    assert findings(result, PROCESS) == [
        ["1", "worse_than_month_before", "Prepayment", "2.2", *figures],
    ]
    rows = numbered(sent("2.2", "S0", 40), sent("1.6", "S0", 40))
    result = run(parties=REGISTER, service_requests=rows, history=history)
    assert findings(result, PROCESS) == nothing("nothing_stands_out", 2)


def test_a_median_of_one_and_a_half_times_the_industrys(run) -> None:
    def finding(count: int, taken_ms: int) -> list[list[str]]:
        own = sent("2.2", "S0", count, ended_at=START + timedelta(milliseconds=taken_ms))
        common = {"ended_at": START + timedelta(seconds=2)}
        rows = numbered(own, *(sent("2.2", name, 100, **common) for name in SUPPLIERS[1:]))
        return findings(run(parties=REGISTER, service_requests=rows), PROCESS)

    figures = ["", "", "", "3.000", "2.0", "seconds", "100"]
    assert finding(100, 3000) == [
        [str(n), "slower_than_industry", "Prepayment", srv, *figures]
        for n, srv in enumerate(("2.2", "ALL"), 1)
    ]
    # All are Successes of five groups: their rate is withheld.
    assert finding(99, 3000) == finding(100, 2999) == nothing("nothing_stands_out", 2)


def test_failures_gather_where_the_industrys_same_value_does_not_fail_as_much(run) -> None:
    def gathered(of_others: int) -> list[list[str]]:
        rows = [sent("2.2", "S0", 30, 10, csp_region="North"), sent("2.2", "S0", 100, csp_region="South")]
        for name in SUPPLIERS[1:]:
            rows.append(sent("2.2", name, 40 - of_others, of_others, csp_region="North"))
            rows.append(sent("2.2", name, 40, csp_region="South"))
        found = findings(run(parties=REGISTER, service_requests=numbered(*rows)), PROCESS)
        return [row for row in found if row[1] == "failures_gather"]

    figures = ["", "region", "North", "0.750000", "1.000000", "share", "10"]
    assert gathered(0) == [
        [str(n), "failures_gather", "Prepayment", srv, *figures] for n, srv in enumerate(("2.2", "ALL"), 1)
    ]
    # 50 of 200 fail in the industry too.
    assert gathered(10) == []


def test_findings_of_alerts_by_code(run) -> None:
    def received(code: str, name: str, good: int, bad: int = 0, **given: Any) -> list[Row]:
        ends = [START + timedelta(seconds=1)] * good + [None] * bad
        return [alert(0, code, START, delivered_at=e, destination_party_id=name, **given) for e in ends]

    lists = [received("81A0", "S0", 30, 10), *(received("81A0", name, 40) for name in SUPPLIERS[1:])]
    lists.append(received("81A1", "S0", 5, suppressed=True))
    rows = [row for some in lists for row in some]
    rows = [{**row, "alert_id": f"A{number}"} for number, row in enumerate(rows)]
    result = run(parties=REGISTER, alerts=rows)
    place = ["", "", "0.750000", "0.950", "share", "8"]
    assert findings(result, "S0/alerts/IS") == [
        ["1", "below_industry", "", "", "81A0", *place],
        ["2", "below_industry", "", "", "ALL", *place],
    ]
    # A code with suppressed alerts only is no subject, nor is `ALL`.
    assert [row[4:] for row in result.files["S0/alerts/IS/subjects.csv"][1:]] == [
        ["", "81A0", "", "", "finding", "8", "40", "true"]
    ]
    history = before("S1/alerts/IS/monthly.csv", "alert_code,own_volume,own_success_rate", "81A0,40,1.000000")
    result = run(parties=REGISTER, alerts=rows, history=history)
    assert findings(result, "S1/alerts/IS") == nothing("nothing_stands_out", 5)


def test_findings_of_what_ends_with_the_first_date(run) -> None:
    last, soon = date(2026, 2, 28), date(2026, 3, 30)

    def product(firmware: str, **given: Any) -> Row:
        named = {"device_type": "ESME", "manufacturer": "M", "model": "O", "status": "Current"}
        return {"published_on": LANDED, **named, "firmware_version": firmware, **given}

    def meter(number: int, firmware: str, kind: str = "ESME", **given: Any) -> Row:
        named = {"manufacturer": "M", "model": "O", "firmware_version": firmware, "mpxn": MPAN}
        return device(f"00-DB-12-34-00-00-01-{number:02X}", kind, **named, **given)

    result = run(
        registrations=SUPPLY,
        device_inventory=[
            meter(1, "1"),
            meter(2, "2", security_certificate_expires_on=last),
            meter(3, "3", security_certificate_expires_on=last - timedelta(days=1)),
            meter(4, "3", kind="IHD", security_certificate_expires_on=soon),
            meter(5, "4"),
        ],
        central_products_list=[
            product("1", expires_on=last),
            product("2", expires_on=soon),
            product("4", status="Removed"),
        ],
    )
    listed, certificate = ["", "", "", "central_products_list"], ["", "", "", "security_certificate"]
    assert findings(result, "A/inventory/IS") == [
        ["1", "already_ended", *listed, "ESME", "2", "2026-02-28", "devices", "2"],
        ["2", "already_ended", *certificate, "ESME", "2", "2026-02-27", "devices", "2"],
        ["3", "ends_within_30_days", *listed, "ESME", "1", "2026-03-30", "devices", "1"],
        ["4", "ends_within_30_days", *certificate, "IHD", "1", "2026-03-30", "devices", "1"],
    ]
    assert [row[4:] for row in result.files["A/inventory/IS/subjects.csv"][1:]] == [
        ["", "", "ESME", "", "finding", "5", "4", "true"],
        ["", "", "IHD", "", "finding", "1", "1", "true"],
    ]
    removed = [product("4", status="Removed")]
    result = run(registrations=SUPPLY, device_inventory=[meter(5, "4")], central_products_list=removed)
    assert findings(result, "A/inventory/IS")[0][7:] == ["1", "", "devices", "1"]


def test_findings_of_the_handover_of_credentials(run) -> None:
    points = {"S0": "1000000000001", "S1": "1000000000002"}

    def handed(name: str, good: int, bad: int) -> list[Row]:
        rows = []
        for index in range(good + bad):
            given = {
                "mpxn": points[name],
                "device_id": f"00-DB-12-34-00-{name[1:]:0>2}-00-{index:02X}",
                "destination_party_id": "N",
                "destination_role": "ED",
            }
            rows.append(alert(0, "N16", START, **given))
            if index < good:
                rows.append(alert(0, "N42", START + timedelta(days=1), **given))
        return rows

    def found(*several: list[Row], history: Any = None) -> Result:
        rows = [row for some in several for row in some]
        return run(
            parties=[*REGISTER, party("N", "ED")],
            registrations=[
                registration(point, "IS", name, network_operator_party_id="N")
                for name, point in points.items()
            ],
            alerts=[{**row, "alert_id": f"A{number}"} for number, row in enumerate(rows)],
            history=history,
        )

    folder = "N/network_operator/ED"
    result = found(handed("S0", 30, 10), handed("S1", 39, 1))
    # 10 − 40 ÷ 40.
    gather = ["failures_gather", "", "", "N16", "energy_supplier_id", "S0", "0.750000", "0.975000", "share"]
    assert findings(result, folder) == [["1", *gather, "9"]]
    assert [row[4:] for row in result.files[f"{folder}/subjects.csv"][1:]] == [
        ["", "", "", "S0", "finding", "9", "40", "true"],
        ["", "", "", "S1", "among the five largest", "0", "40", "true"],
    ]
    history = before(
        f"{folder}/credentials_handover.csv",
        "energy_supplier_id,met_count,failed_count",
        "S0,60,0",
        "S1,38,2",
    )
    result = found(handed("S0", 30, 10), handed("S1", 39, 1), history=history)
    # 98 of 100, then 69 of 80: 11 − 80 × 2 ÷ 100 = 9.4.
    worse = ["worse_than_month_before", "", "", "N16", "", "", "0.862500", "0.980000", "share"]
    assert findings(result, folder) == [["1", *gather, "9"], ["2", *worse, "9"]]
    assert findings(found(handed("S0", 40, 0), history=history), folder) == nothing("nothing_stands_out", 1)
    assert findings(found(handed("S0", 40, 0)), folder) == nothing("nothing_to_compare", 0)


def test_subjects_are_those_with_a_finding_and_the_five_largest(run) -> None:
    # More codes than pages: their volumes are 51, 50, … , and the smallest of all has a finding.
    codes = [f"81A{n:X}" for n in range(12)]
    rows = []
    for number, code in enumerate(codes):
        rows += [alert(0, code, START, delivered_at=START) for _ in range(51 - number)]
    rows = [{**row, "alert_id": f"A{number}"} for number, row in enumerate(rows)]
    header = "alert_code,own_volume,own_success_rate"
    history = before("A/alerts/IS/monthly.csv", header, "81AB,50,1.000000")
    result = run(alerts=rows, history=history)
    columns = ("position", "alert_code", "reason", "affected_count", "volume", "has_page")
    largest = [
        [str(n + 1), code, "among the five largest", "0", str(51 - n), "true"]
        for n, code in enumerate(codes[:5])
    ]
    assert cells(result, "A/alerts/IS/subjects.csv", *columns) == largest
    for row in rows[-20:]:
        row["delivered_at"] = None
    result = run(alerts=rows, history=history)
    first = ["1", "81AB", "finding", "20", "40", "true"]
    shifted = [[str(n + 2), *row[1:]] for n, row in enumerate(largest)]
    assert cells(result, "A/alerts/IS/subjects.csv", *columns) == [first, *shifted]
    # All but the first ten stand in one line of the report.
    every = before("A/alerts/IS/monthly.csv", header, *(f"{code},50,1.000000" for code in codes))
    failed = [{**row, "delivered_at": None} for row in rows]
    pages = cells(run(alerts=failed, history=every), "A/alerts/IS/subjects.csv", "alert_code", "has_page")
    assert pages == [[c, "true" if n < 10 else "false"] for n, c in enumerate(codes)]


def test_rounding_of_what_is_affected() -> None:
    assert [whole(Fraction(n, 2)) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


def test_code_lists_with_the_incidents_of_the_days(run) -> None:
    def happened(name: str, category: int, **given: Any) -> Row:
        return {
            "recorded_at": START,
            "incident_id": name,
            "category": category,
            "raised_at": START,
            "resolved_at": END,
            **given,
        }

    listed = [
        happened("I9", 2, title="Late", csp_region="North"),
        happened("I10", 1, service="Data, all"),
        happened("I11", 3, title="Small"),
    ]
    result = run(service_requests=sent("2.2", "A", 1), incidents=listed)
    assert result.files["A/reference/incidents.csv"] == [
        ["incident_id", "name", "description"],
        ["I10", "", "1, Data, all"],
        ["I9", "Late", "2, North"],
    ]
    assert result.files["B/reference/incidents.csv"] == [["incident_id", "name", "description"]]
    kinds = {row[0]: row[1:] for row in result.files["B/reference/device_types.csv"]}
    assert kinds["ESME"] == ["Electricity Smart Metering Equipment", ""]
    reasons = {row[0]: row[1:] for row in result.files["A/reference/response_codes.csv"]}
    assert (reasons["I0"], reasons["NO_CODE"], reasons["NO_RESPONSE"]) == (
        ["Success", ""],
        ["", ""],
        ["", ""],
    )
    statuses = [row[0] for row in result.files["A/reference/report_statuses.csv"]]
    assert statuses == ["report_status_id", *(str(n) for n in range(1, 38))]
