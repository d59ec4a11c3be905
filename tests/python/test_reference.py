"""The second implementation against figures worked out by hand from the contract."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from adversarial import write_landing  # noqa: E402
from by_hand import (  # noqa: E402
    END,
    EXPORT,
    HOME,
    LANDED,
    MPAN,
    MPRN,
    REGISTER,
    SEEDS,
    START,
    SUPPLY,
    TICK,
    D,
    E,
    F,
    G,
    H,
    Row,
    alert,
    device,
    full,
    lines,
    party,
    registration,
    request,
    work_out,
)
from reference import Result, compute  # noqa: E402
from reference import requests as rules  # noqa: E402
from reference.contract import FEEDS  # noqa: E402
from reference.estates import Month  # noqa: E402
from reference.findings import GROUPS_OF_FINDINGS  # noqa: E402
from reference.history import Devices, Registrations  # noqa: E402
from reference.publish import guard_text, round_half_away, seconds, speed_figures, table  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Land rows and work out February 2026."""
    return partial(work_out, tmp_path)


def estate(result: Result, name: str, role: str) -> dict[str, dict[str, str]]:
    return {row["device_id"]: row for row in lines(result, f"{name}/inventory/{role}/devices.csv")}


# Estates


def test_worked_example_of_the_estates(run) -> None:
    result = run()
    owned = {
        name: set(estate(result, name, role))
        for name, role in (("A", "IS"), ("B", "GS"), ("C", "ES"), ("N", "ED"))
    }
    assert owned == {"A": {E, H, D}, "B": {G, F, H, D}, "C": {E}, "N": {E, H, D}}
    assert estate(result, "O", "OU") == {}
    assert estate(result, "C", "ES")[E]["mpxn"] == EXPORT
    assert {row["mpxn"] for row in estate(result, "B", "GS").values()} == {MPRN}
    operator = estate(result, "N", "ED")[D]
    assert (operator["energy_supplier_id"], operator["dno_id"], operator["mpxn"]) == ("A", "N", MPAN)
    assert operator["change_of_supplier_start_date"] == "2025-01-01"
    assert estate(result, "B", "GS")[H]["dno_id"] == ""


def test_devices_gone_at_month_end_are_in_no_estate(run) -> None:
    gone = [
        device(E, "ESME", END - TICK, mpxn=MPAN, operation="remove"),
        device(G, "GSME", END - TICK, mpxn=MPRN, device_status="Withdrawn"),
        device(D, "PPMID", END, device_status="Decommissioned"),
    ]
    result = run(device_inventory=HOME + gone)
    # Without meters in an estate the hub and its Devices hang on nobody; D is still in use at month end.
    assert [set(estate(result, n, r)) for n, r in (("A", "IS"), ("B", "GS"), ("N", "ED"))] == [
        set(),
        set(),
        set(),
    ]
    result = run(
        device_inventory=[device(D, "PPMID", mpxn=MPAN), device(D, "PPMID", END, operation="remove")]
    )
    assert set(estate(result, "A", "IS")) == {D}


def test_smallest_meter_point_is_taken_as_text(run) -> None:
    second = "00-DB-12-34-00-00-00-77"
    result = run(
        device_inventory=[*HOME, device(second, "GSME", mpxn="10000001")],
        registrations=[*SUPPLY, registration("10000001", "GS", "B")],
    )
    assert estate(result, "B", "GS")[F]["mpxn"] == "10000001"
    assert estate(result, "B", "GS")[G]["mpxn"] == MPRN


def test_export_point_counts_for_the_operator_where_the_import_point_names_none(run) -> None:
    supply = [
        registration(MPAN, "IS", "A"),
        registration(EXPORT, "ES", "C", network_operator_party_id="N"),
    ]
    result = run(registrations=supply)
    assert {d: r["mpxn"] for d, r in estate(result, "N", "ED").items()} == dict.fromkeys((E, H, D), EXPORT)


def test_other_user_estate_is_what_answered_it(run) -> None:
    own = {"originator_party_id": "O", "originator_role": "OU"}
    sent = [
        request(1, "4.8.1", START, device_id=E, **own),
        request(2, "4.8.1", START, device_id=D, **own),
        request(3, "4.8.1", START, device_id=G, response_code="E1", **own),
        request(4, "4.8.1", START - TICK, device_id=H, **own),
    ]
    owned = estate(run(service_requests=sent), "O", "OU")
    assert {d: r["mpxn"] for d, r in owned.items()} == {E: MPAN, D: ""}
    assert owned[E]["power_outage_alert_count"] == owned[E]["energy_supplier_id"] == ""


def test_what_straddles_a_change_of_supplier_is_the_recipients_own_time(run) -> None:
    switch = datetime(2026, 2, 10)
    supply = [
        registration(MPAN, "IS", "X"),
        registration(MPAN, "IS", "A", switch.date(), effective_to=date(2026, 3, 15)),
    ]
    register = [*REGISTER, party("X", "IS")]
    before = {
        "service_requests": [request(1, "4.8.1", switch - TICK, device_id=E)],
        "alerts": [alert(1, "AD1", switch - TICK, device_id=H), alert(2, "81A0", switch - TICK, device_id=E)],
    }
    found = estate(run(registrations=supply, parties=register, **before), "A", "IS")[E]
    assert found["change_of_supplier_start_date"] == "2026-02-10"
    assert (found["last_meter_read_at"], found["last_alert_at"], found["power_outage_alert_count"]) == (
        "",
        "",
        "0",
    )
    after = {
        "service_requests": [request(2, "4.8.1", switch, device_id=E, originator_role="IS")],
        "alerts": [
            alert(3, "AD1", switch, device_id=H),
            alert(4, "81A0", switch + TICK, device_id=E),
            alert(5, "81A1", switch + TICK, device_id=E),
            alert(6, "FFFF", switch + timedelta(days=1), device_id=E, suppressed=True),
        ],
    }
    found = estate(run(registrations=supply, parties=register, **after), "A", "IS")[E]
    assert found["change_of_supplier_end_date"] == "2026-03-15"
    assert found["last_meter_read_at"] == "2026-02-10T00:00:00Z"
    assert (found["last_alert_at"], found["last_alert_code"]) == ("2026-02-10T00:00:00Z", "81A1")
    # AD1 of the hub stands at the ESME's meter point.
    assert found["power_outage_alert_count"] == "1"


def test_outages_are_counted_by_the_timing_logs_start_once_per_alert(run) -> None:
    sent = [
        alert(1, "AD1", START - TICK, mpxn=MPAN),
        alert(2, "8F58", START, mpxn=MPAN),
        alert(2, "8F58", START, mpxn=MPAN, destination_party_id="N", destination_role="ED"),
        alert(3, "8F59", END, mpxn=MPAN),
        alert(4, "8F5A", START, mpxn=MPAN, suppressed=True),
        alert(5, "8F35", START, mpxn=MPAN),
        alert(6, "AD1", START, mpxn=MPAN),
        alert(7, "AD1", START, mpxn=MPAN),
    ]
    moved = {"recorded_at": START, "destination_party_id": "A", "destination_role": "IS"}
    timings = [
        {"alert_id": "A1", "event_at": START, **moved},
        *({"alert_id": a, "event_at": END, **moved} for a in ("A6", "A7")),
    ]
    result = run(alerts=sent, power_outage_timings=timings)
    assert estate(result, "A", "IS")[E]["power_outage_alert_count"] == "2"
    assert estate(result, "C", "ES")[E]["power_outage_alert_count"] == "2"


def test_expiry_within_thirty_days_of_month_end(run) -> None:
    def named(name: str, firmware: str | None, certificate: date | None) -> Row:
        return device(
            name,
            "ESME",
            mpxn=MPAN,
            manufacturer="M",
            model="O",
            firmware_version=firmware,
            security_certificate_expires_on=certificate,
            payment_mode="Prepayment",
        )

    entry = {
        "published_on": LANDED,
        "device_type": "ESME",
        "manufacturer": "M",
        "model": "O",
        "status": "Current",
    }
    products = [
        {**entry, "firmware_version": "1", "expires_on": date(2026, 3, 30)},
        {**entry, "firmware_version": "2", "expires_on": date(2026, 3, 31)},
        {**entry, "firmware_version": "3", "status": "Removed"},
        {**entry, "firmware_version": "4"},
    ]
    homes = [
        named(E, "1", date(2026, 3, 30)),
        named(G, "2", date(2026, 3, 31)),
        named(F, "3", None),
        named(D, "4", date(2020, 1, 1)),
        named(H, "5", None),
    ]
    found = estate(run(device_inventory=homes, central_products_list=products), "A", "IS")
    expires = {
        d: (r["cpl_expires_within_30_days"], r["security_certificate_expires_within_30_days"])
        for d, r in found.items()
    }
    assert expires == {
        E: ("true", "true"),
        G: ("false", "false"),
        F: ("true", "false"),
        D: ("false", "true"),
        H: ("false", "false"),
    }
    assert {r["prepayment_flag"] for r in found.values()} == {"true"}


# History


def test_a_state_holds_from_its_first_instant_to_its_last_exclusive() -> None:
    devices = Devices(
        full(
            "device_inventory",
            [
                device(E, "ESME", START, firmware_version="1"),
                device(E, "ESME", START + timedelta(days=1), firmware_version="2"),
                device(E, "ESME", START + timedelta(days=2), operation="remove"),
                device(E, "ESME", START + timedelta(days=3), firmware_version="4"),
            ],
        )
    )
    seen = [devices.at(E, START + timedelta(days=d) + t) for d in range(4) for t in (-TICK, timedelta(0))]
    assert [s and s["firmware_version"] for s in seen] == [None, "1", "1", "2", "2", None, None, "4"]


def test_meter_point_of_an_alert_falls_back_to_the_meters_on_the_hub() -> None:
    other, later = "00-DB-12-34-00-00-00-66", "00-DB-12-34-00-00-00-67"
    rows = [
        *HOME,
        device(other, "ESME", mpxn="0999999999999", device_status="Decommissioned"),
        device(later, "ESME", mpxn="2000000000000"),
    ]
    devices = Devices(full("device_inventory", rows))
    assert devices.meter_point("123456", H, START) == "123456"
    assert devices.meter_point(None, G, START) == MPRN
    assert devices.meter_point(None, H, START) == devices.meter_point(None, F, START) == MPAN
    assert devices.meter_point(None, H, datetime(2025, 5, 31)) is None
    gas_only = Devices(full("device_inventory", [r for r in HOME if r["device_id"] != E]))
    assert gas_only.meter_point(None, D, START) == MPRN


def test_registration_periods_are_cut_by_the_next_and_leave_gaps() -> None:
    registrations = Registrations(
        full(
            "registrations",
            [
                registration(MPAN, "IS", "A", date(2026, 1, 1), effective_to=date(2026, 12, 31)),
                registration(MPAN, "IS", "B", date(2026, 2, 1), effective_to=date(2026, 2, 10)),
                registration(MPAN, "IS", "A", date(2026, 2, 20)),
            ],
        )
    )
    days = (
        date(2025, 12, 31),
        date(2026, 1, 31),
        date(2026, 2, 1),
        date(2026, 2, 10),
        date(2026, 2, 11),
        date(2026, 2, 20),
    )
    assert [registrations.supplier(MPAN, "IS", d) for d in days] == [None, "A", "B", "B", None, "A"]
    assert registrations.supplier(MPAN, "ES", days[1]) is None


def test_network_operator_is_that_of_the_latest_period_that_names_one() -> None:
    registrations = Registrations(
        full(
            "registrations",
            [
                registration(
                    MPAN,
                    "IS",
                    "A",
                    date(2026, 1, 1),
                    network_operator_party_id="N",
                    effective_to=date(2026, 1, 2),
                ),
                registration(MPAN, "ES", "C", date(2026, 2, 1), network_operator_party_id="P"),
                registration(MPAN, "IS", "A", date(2026, 2, 1), network_operator_party_id="Q"),
                registration(MPAN, "IS", "A", date(2026, 2, 5)),
            ],
        )
    )
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 9))
    assert [registrations.network_operator(MPAN, d) for d in days] == [None, "N", "Q", "Q"]


# Requests


@pytest.mark.parametrize(
    ("given", "success", "reason"),
    [
        ({}, True, None),
        ({"response_code": "W9"}, True, None),
        ({"response_code": "i0"}, False, "i0"),
        ({"response_code": None}, False, "NO_CODE"),
        ({"ended_at": None}, False, "NO_RESPONSE"),
        ({"report_status_id": 34}, False, "NO_RESPONSE"),
        ({"report_status_id": 18, "response_code": "E21"}, False, "E21"),
        ({"response_code": "E21"}, False, "E21"),
    ],
)
def test_outcome_and_failure_reason(given: Row, success: bool, reason: str | None) -> None:
    row = request(1, "2.2", START, **given)
    assert (rules.is_success(row), rules.failure_reason(row)) == (success, reason)


def test_round_trip_time_is_between_instants_cut_to_milliseconds() -> None:
    def rtt(**given: Any) -> int | None:
        (row,) = full("service_requests", [request(1, "2.2", START + timedelta(microseconds=999), **given)])
        return rules.round_trip_time_ms(row)

    end = START + timedelta(milliseconds=2)
    assert rtt(ended_at=end) == 2
    assert rtt(ended_at=end - TICK) == 1
    assert rtt(ended_at=end, sla_exclusion_ms=1) == 1
    assert rtt(ended_at=end, sla_exclusion_ms=5) == 0
    assert rtt(ended_at=end, execution_at=START + timedelta(milliseconds=1, microseconds=500)) == 1
    assert rtt(ended_at=end, execution_at=END) == 0
    assert rtt(ended_at=None) is rtt(ended_at=end, report_status_id=19) is None


def test_target_response_times() -> None:
    lists = rules.read_lists(SEEDS)

    def target(srv: str, mode: int, version: str | None = None) -> int | None:
        state = None if version is None else {"smets_version": version}
        return rules.target_response_time_s({"srv": srv, "mode_of_operation": mode}, state, lists)

    assert [target("6.17", 2), target("6.15.2", 2), target("4.1.2", 2), target("4.6.1", 10)] == [
        86400,
        30,
        30,
        86400,
    ]
    assert [target("99.9", mode) for mode in range(1, 11)] == [
        None,
        30,
        30,
        86400,
        None,
        86400,
        None,
        None,
        None,
        86400,
    ]
    assert [target("11.3", 2), target("11.3", 2, "SMETS2"), target("11.3", 4, "SMETS1")] == [30, 30, 432000]
    assert target("11.1", 3, "SMETS1") == 30


def test_business_process_takes_the_first_rule_that_fits() -> None:
    lists = rules.read_lists(SEEDS)
    noon = datetime(2026, 2, 3, 12)
    devices = Devices(
        full(
            "device_inventory",
            [
                device(E, "ESME", commissioned_at=noon),
                device(G, "GSME", END + timedelta(days=9), commissioned_at=noon),
            ],
        )
    )
    day, next_day = datetime(2026, 2, 3), datetime(2026, 2, 4)
    sent = full(
        "service_requests",
        [
            request(1, "6.23", next_day, device_id=E, response_code="E1"),
            request(2, "6.23", day, device_id=D),
        ],
    )
    gains = rules.gain_days(sent)

    def process(srv: str, at: datetime, name: str | None, sender: str = "A") -> str | None:
        (row,) = full("service_requests", [request(9, srv, at, device_id=name, originator_party_id=sender)])
        return rules.business_process(row, devices, gains, lists)

    commission, gain = rules.INSTALL_AND_COMMISSION, rules.CHANGE_OF_SUPPLIER
    assert process("1.1.1", day, E) == commission
    assert process("1.1.1", next_day - TICK, G) == commission
    assert (
        process("1.1.1", next_day, E) == process("6.8", next_day, E) == process("6.23", next_day, E) == gain
    )
    assert process("1.1.1", next_day, E, "B") == process("1.1.1", next_day, None) == "Tariff Updates"
    assert process("6.21", day, E) == commission
    assert process("6.21", next_day, E) == "Security and Key Management"
    assert process("6.8", next_day, D) is process("8.14.1", next_day, H) is process("4.14", day, E) is None


def test_credential_types_alternate_in_runs_of_at_most_a_day_between() -> None:
    day = timedelta(hours=24)
    starts = [START - day, START, START + day, START + 2 * day + TICK, START + 2 * day + TICK]
    rows = full(
        "service_requests",
        [
            *(request(i, "6.15.2", at, device_id=E) for i, at in enumerate(starts)),
            request(10, "6.15.2", START, device_id=E, originator_party_id="B"),
            request(11, "6.17", START, device_id=E),
            request(12, "6.17", START),
        ],
    )
    names = rules.credential_types(rows)
    assert [names[f"T{i:03d}"] for i in range(5)] == [
        "Digital Signature",
        "Key Agreement",
        "Unpaired",
        "Digital Signature",
        "Key Agreement",
    ]
    assert {names[f"T{i:03d}"] for i in (10, 11, 12)} == {"Unpaired"}


def test_region_falls_back_to_the_device_and_to_smets1() -> None:
    def region(row: Row, state: Row | None) -> str:
        blank = {"csp_region": None, "s1sp": None}
        return rules.region_of(
            {**blank, **row}, None if state is None else {**blank, "smets_version": "SMETS2", **state}
        )

    assert region({"csp_region": "North"}, {"csp_region": "South"}) == "North"
    assert region({"s1sp": "One"}, {"csp_region": "South"}) == "South"
    assert (
        region({"s1sp": "One"}, None)
        == region({}, {"s1sp": "One"})
        == region({}, {"smets_version": "SMETS1"})
        == "SMETS1"
    )
    assert region({}, {}) == region({}, None) == "Unknown"


def test_requests_of_the_month_and_their_files(run) -> None:
    maker = [
        device(H, "CHF", chf_device_id=None, manufacturer="Hub"),
        device(E, "ESME", model="=M", s1sp="One"),
    ]
    end = timedelta(milliseconds=1)
    result = run(
        device_inventory=maker,
        service_requests=[
            request(1, "2.2", START, ended_at=START + end, device_id=E),
            request(2, "2.2", START, ended_at=START + 2 * end, device_id=E),
            request(3, "2.2", END - TICK, device_id="00-DB-12-34-00-00-00-EE", report_status_id=34),
            request(4, "2.2", START - TICK, device_id=E),
            request(5, "2.2", END, device_id=E),
            request(6, "2.2", START, command_variant=4, report_status_id=1),
            request(7, "2.2", START, report_status_id=1),
            request(8, "2.2", START, report_status_id=37),
        ],
    )
    counts = result.requests
    assert (counts.transforms, counts.requests_counted, dict(counts.requests_not_counted)) == (
        1,
        3,
        {1: 1, 37: 1},
    )
    rows = lines(result, "A/business_process/IS/srv/2.2.csv")
    failed, succeeded = rows
    assert [list(failed.values())[3:20], list(succeeded.values())[3:]] == [
        ["Prepayment", "", "Failure", "NO_RESPONSE", *["Unknown"] * 10, "30", "1", ""],
        [
            "Prepayment",
            "",
            "Success",
            "",
            "Hub",
            "Unknown",
            "CHF",
            "Unknown",
            "ESME",
            "Unknown",
            "'=M",
            "Unknown",
            "SMETS1",
            "SMETS2",
            "30",
            "2",
            "0.001",
            "0.002",
            "0.002",
            "0.002",
            "0.003",
        ],
    ]


# The files of business processes by day


def incident(name: str, start: datetime | None, end: datetime | None, category: int = 1, **given: Any) -> Row:
    outage = {"outage_started_at": start, "outage_ended_at": end}
    return {"recorded_at": START, "incident_id": name, "category": category, **outage, **given}


def test_every_day_of_a_process_with_its_incidents(run) -> None:
    day = timedelta(days=1)
    sent = [
        request(1, "2.2", START, device_id=E, csp_region="North", ended_at=START + timedelta(seconds=1.5)),
        request(2, "2.2", END - TICK, response_code="E1"),
    ]
    happened = [
        incident("I9", START - day, START),
        incident("I10", START, START),
        incident("I3", START, None, category=3),
        incident("I2", END - TICK, None, category=2, csp_region="North"),
        incident("I5", None, None, csp_region="Central", raised_at=START, resolved_at=START + day),
        incident("I6", None, END, smets_version="SMETS1", raised_at=END - day),
    ]
    rows = lines(run(service_requests=sent, incidents=happened), "A/business_process/IS/daily.csv")
    assert len(rows) == 2 * (28 + 3 + 3)
    whole = [r for r in rows if r["srv"] == "2.2" and r["region"] == r["device_type"] == r["smets_version"]]
    assert [r["day"] for r in whole] == [f"2026-02-{n:02d}" for n in range(1, 29)]
    figures = [list(r.values())[9:] for r in (whole[0], whole[1], whole[27])]
    assert figures == [
        ["1", "1.000000", "1.500", "", "", "true", "I10;I5"],
        ["0", "", "", "", "", "false", ""],
        ["1", "0.000000", "0.000", "", "", "true", "I2;I6"],
    ]
    listed = {tuple(r.values())[5:9]: r["incident_ids"] for r in rows if r["srv"] == "2.2"}
    assert {key: ids for key, ids in listed.items() if key[1:] != ("ALL",) * 3} == {
        ("2026-02-01", "ESME", "ALL", "ALL"): "I10;I5",
        ("2026-02-01", "ALL", "North", "ALL"): "I10",
        ("2026-02-01", "ALL", "ALL", "SMETS2"): "I10;I5",
        ("2026-02-28", "Unknown", "ALL", "ALL"): "I2;I6",
        ("2026-02-28", "ALL", "Unknown", "ALL"): "I6",
        ("2026-02-28", "ALL", "ALL", "Unknown"): "I2",
    }
    for row in sent:
        row |= {"originator_party_id": "N", "originator_role": "ED"}
    rows = lines(run(service_requests=sent), "N/business_process/ED/daily.csv")
    assert {r["region"] for r in rows} == {"ALL"}


def installs(result: Result, name: str = "A", role: str = "IS") -> set[tuple[str, ...]]:
    found = lines(result, f"{name}/business_process/{role}/install_and_commission.csv")
    return {(r["day"][8:], *list(r.values())[4:]) for r in found}


def test_installs_are_those_commissioned_that_day_and_belong_to_whose_meter_it_is(run) -> None:
    at = datetime(2026, 2, 10, 12)
    homes = [
        device(H, "CHF", chf_device_id=None, commissioned_at=at, csp_region="North"),
        device(E, "ESME", mpxn=MPAN, commissioned_at=datetime(2026, 1, 25)),
        device(E, "ESME", END + timedelta(days=1), commissioned_at=at),
        # Moved in before the end of the day, and gone after it.
        device(G, "GSME", at, mpxn=MPRN, commissioned_at=datetime(2026, 2, 24)),
        device(G, "GSME", datetime(2026, 2, 25), operation="remove"),
        device(D, "PPMID", commissioned_at=at),
    ]
    result = run(device_inventory=homes)
    assert installs(result) == {
        ("01", "predicted_installs", "ESME", "Unknown", "1"),
        ("10", "successful_installs", "CHF", "North", "1"),
        ("10", "neither_yet", "CHF", "North", "1"),
        ("10", "successful_installs", "ESME", "Unknown", "1"),
        ("17", "predicted_installs", "CHF", "North", "1"),
        ("17", "predicted_installs", "ESME", "Unknown", "1"),
    }
    assert installs(result, "B", "GS") == {
        ("10", "successful_installs", "CHF", "North", "1"),
        ("10", "neither_yet", "CHF", "North", "1"),
        ("17", "predicted_installs", "CHF", "North", "1"),
        ("24", "successful_installs", "GSME", "Unknown", "1"),
    }
    left = request(1, "8.14.2", END + timedelta(days=3), device_id=H, originator_role="OU")
    register = [*REGISTER, party("A", "OU")]
    result = run(device_inventory=homes, parties=register, service_requests=[left])
    assert not any("neither_yet" in row for row in installs(result) | installs(result, "B", "GS"))


def test_installs_that_a_supplier_reports_itself(run) -> None:
    day = datetime(2026, 2, 10)
    homes = [*HOME, device(E, "ESME", END, commissioned_at=day)]
    ninety_days_before_the_14th_ends = day + timedelta(days=5) - timedelta(days=90)
    sent = [
        *(request(n, "8.1.1", day, device_id=n_, response_code="E1") for n, n_ in enumerate((E, G, D, None))),
        *(request(10 + n, "8.14.1", day + n * TICK, response_code="E1") for n in range(2)),
        request(20, "8.14.2", ninety_days_before_the_14th_ends, device_id=H),
        request(21, "8.14.2", day + timedelta(days=10), device_id=F),
        request(22, "8.14.1", day + timedelta(days=10), device_id=F),
        request(23, "8.14.1", day + timedelta(days=12), device_id=F),
    ]
    hub, open_on = ("CHF", "Unknown"), [f"{n:02d}" for n in range(1, 15)] + ["20", "21"]
    assert installs(run(device_inventory=homes, service_requests=sent)) == {
        ("10", "successful_installs", "ESME", "Unknown", "1"),
        ("17", "predicted_installs", "ESME", "Unknown", "1"),
        ("10", "failed_installs", "GSME", "Unknown", "1"),
        ("10", "failed_installs", *hub, "1"),
        ("20", "installs_8_14_1", *hub, "1"),
        ("20", "installs_8_14_2", *hub, "1"),
        ("22", "installs_8_14_1", *hub, "1"),
        *((at, "open_8_14_2", *hub, "1") for at in open_on),
    }


@pytest.mark.parametrize(
    ("installed", "read", "measure"),
    [
        (START, None, "no_read_within_30_days"),
        (START, START, "no_read_within_30_days"),
        (START, START + TICK, "read_within_30_days"),
        (START, datetime(2026, 3, 3), "read_within_30_days"),
        (START, datetime(2026, 3, 3) + TICK, "no_read_within_30_days"),
        (datetime(2026, 2, 3), None, "read_pending"),
        (datetime(2026, 2, 3) - TICK, None, "no_read_within_30_days"),
    ],
)
def test_reads_within_thirty_days_of_an_install(
    run, installed: datetime, read: datetime | None, measure: str
) -> None:
    sent = [request(1, "8.14.1", installed, device_id=H)]
    if read is not None:
        sent.append(request(2, "4.8.1", read, device_id=E, originator_party_id="O", originator_role="OU"))
    found = installs(run(service_requests=sent))
    assert {row for row in found if "read" in row[1]} == {
        (f"{installed:%d}", measure, "ESME", "Unknown", "1")
    }


def test_gains_with_reads_before_them_and_what_the_old_supplier_left(run) -> None:
    at, month = datetime(2026, 2, 10, 12), timedelta(hours=720)
    supply = [
        registration(MPAN, "IS", "W", date(2024, 1, 1)),
        registration(MPAN, "IS", "X", date(2025, 1, 1), effective_to=date(2025, 6, 1)),
        registration(MPAN, "IS", "A", date(2026, 1, 1)),
        registration(MPAN, "IS", "W", date(2026, 2, 11)),
    ]
    register = [*REGISTER, party("W", "IS"), party("X", "IS"), party("X", "GS")]
    old = {"originator_party_id": "X", "originator_role": "GS", "device_id": H}
    sent = [
        request(1, "6.23", at, device_id=E),
        request(2, "6.23", at + TICK, device_id=E),
        request(3, "6.23", at - TICK, device_id=E, response_code="E1"),
        request(4, "6.23", at, device_id=G, originator_party_id="B", originator_role="GS"),
        request(5, "8.14.2", at - TICK, **old),
        request(6, "8.14.1", at - TICK, response_code="E1", **old),
        request(7, "8.14.1", at, **old),
        request(8, "8.14.1", at - TICK, device_id=H, originator_party_id="W"),
        request(9, "4.1.1", at - month, device_id=E),
        request(10, "4.1.1", at - month - TICK, device_id=G),
    ]
    result = run(registrations=[*supply, SUPPLY[2]], parties=register, service_requests=sent)
    path = "business_process/{}/change_of_supplier.csv".format
    assert result.files[f"A/{path('IS')}"][1:] == [
        ["2026-02", "A", "IS", "2026-02-10", "1", "1", "0", "0", "1", "0"]
    ]
    assert result.files[f"B/{path('GS')}"][1:] == [
        ["2026-02", "B", "GS", "2026-02-10", "1", "0", "1", "0", "0", "1"]
    ]


# The files of the inventory


def test_firmware_of_a_model_beside_what_others_have(run) -> None:
    names = [f"S{n}" for n in range(5)]
    supply, homes = [], []
    for number, name in enumerate(names):
        point = f"100000000000{number}"
        supply.append(registration(point, "IS", name))
        for index in range(25):
            firmware = "1.0" if name != "S0" and index < 5 else "2.0"
            given = {"mpxn": point, "manufacturer": "M", "model": "O", "firmware_version": firmware}
            homes.append(device(f"00-DB-12-34-00-01-{number:02X}-{index:02X}", "HCALCS", **given))
    entry = {
        "published_on": LANDED,
        "device_type": "CAD",
        "manufacturer": "M",
        "model": "O",
        "status": "Current",
    }
    result = run(
        parties=[party(name, "IS") for name in names],
        registrations=supply,
        device_inventory=homes,
        central_products_list=[
            *({**entry, "firmware_version": version} for version in ("1.0", "2.0", "10.0")),
            {**entry, "firmware_version": "3.0", "status": "Removed"},
        ],
    )

    def rows(name: str, file: str) -> list[list[str]]:
        return [row[3:] for row in result.files[f"{name}/inventory/IS/{file}.csv"][1:]]

    assert rows("S0", "summary") == [
        ["Other", "M", "O", "2.0", "25", "1.000000", "0.840", "false"],
        ["Other", "M", "O", "All other", "0", "0.000000", "0.160", "false"],
    ]
    # Its own version that is withheld is among the others.
    assert rows("S1", "summary") == [
        ["Other", "M", "O", "1.0", "5", "0.200000", "", "true"],
        ["Other", "M", "O", "2.0", "20", "0.800000", "0.840", "false"],
        ["Other", "M", "O", "All other", "0", "0.000000", "0.160", "false"],
    ]
    assert rows("S0", "firmware_league") == [
        ["Other", "M", "O", "1", "1.000", "true"],
        *[["Other", "M", "O", "2", "0.800", "false"]] * 4,
    ]


def test_what_is_not_known_of_a_model_is_unknown_and_coarse_where_one_group_alone_is_withheld(run) -> None:
    names = [f"S{n}" for n in range(5)]
    supply, homes = [], []
    for number, name in enumerate(names):
        point = f"100000000000{number}"
        supply.append(registration(point, "IS", name))
        for index in range(25):
            given = {"mpxn": point, "manufacturer": None, "model": None, "firmware_version": "2.0"}
            if name == "S1" and index < 4:
                given["firmware_version"] = None
            homes.append(device(f"00-DB-12-34-00-01-{number:02X}-{index:02X}", "HCALCS", **given))
    result = run(parties=[party(name, "IS") for name in names], registrations=supply, device_inventory=homes)
    found = {
        name: [row[3:] for row in result.files[f"{name}/inventory/IS/summary.csv"][1:]] for name in names
    }
    model = ["Other", "Unknown", "Unknown"]
    # 121 of 125 are 0.968.
    assert found["S0"] == [
        [*model, "2.0", "25", "1.000000", "0.950", "false"],
        [*model, "All other", "0", "0.000000", "0.050", "false"],
    ]
    assert found["S1"] == [
        [*model, "2.0", "21", "0.840000", "0.950", "false"],
        [*model, "All other", "0", "0.000000", "0.050", "false"],
        [*model, "Unknown", "4", "0.160000", "", "true"],
    ]


# The files of Electricity Distributors


def operator_alert(number: int, code: str, at: datetime, **given: Any) -> Row:
    return alert(number, code, at, destination_party_id="N", destination_role="ED", **given)


def operator_rows(result: Result, file: str) -> list[list[str]]:
    return [row[3:] for row in result.files[f"N/network_operator/ED/{file}.csv"][1:]]


def test_devices_behind_two_alerts_suppressed_ones_left_out(run) -> None:
    result = run(
        alerts=[
            operator_alert(1, "N13", START, device_id=E),
            operator_alert(2, "N13", END - TICK, device_id=E),
            operator_alert(3, "N13", START, device_id=E, suppressed=True),
            operator_alert(4, "N13", END, device_id=E),
            operator_alert(5, "N55", START),
            operator_alert(6, "N16", START, device_id=E),
        ]
    )
    unknown = ["Unknown"] * 3
    assert operator_rows(result, "alert_devices") == [
        ["N13", "ESME", *unknown, "2"],
        ["N55", "Unknown", *unknown, "1"],
    ]


def test_handover_of_credentials_within_seven_days(run) -> None:
    week, as_of = timedelta(days=7), datetime(2026, 3, 5)
    done = {"device_id": E, "remote_party_role": "NetworkOperator"}
    result = run(
        alerts=[
            operator_alert(1, "N16", START, device_id=E),
            operator_alert(2, "N16", START, device_id=E, suppressed=True),
            operator_alert(3, "N16", START + TICK, device_id=E, mpxn=MPRN),
            operator_alert(4, "N42", START + week, suppressed=True, **done),
            operator_alert(5, "N16", START + week, device_id=E),
            operator_alert(6, "N42", START + week + TICK, device_id=E, remote_party_role="Supplier"),
            operator_alert(7, "N16", as_of - week, mpxn=MPAN),
            operator_alert(8, "N16", as_of - week - TICK, mpxn=MPAN),
            operator_alert(9, "N42", as_of - week + TICK),
        ]
    )
    assert operator_rows(result, "credentials_handover") == [
        ["A", "2026-02-01", "2", "2", "0", "0", "1.000000"],
        ["A", "2026-02-08", "1", "0", "1", "0", "0.000000"],
        ["A", "2026-02-25", "1", "0", "1", "0", "0.000000"],
        ["A", "2026-02-26", "1", "0", "0", "1", ""],
        ["Unknown", "2026-02-01", "1", "1", "0", "0", "1.000000"],
    ]


def test_outages_and_restorations_are_paired_code_by_code(run) -> None:
    ten = datetime(2026, 2, 10, 10)
    hour = timedelta(hours=1)
    result = run(
        alerts=[
            operator_alert(1, "AD1", START - TICK, device_id=H),
            operator_alert(2, "8F35", START, device_id=E, suppressed=True),
            operator_alert(3, "AD1", ten, device_id=H),
            operator_alert(4, "AD1", ten + hour, device_id=H),
            operator_alert(5, "8F35", ten + hour, mpxn=MPAN),
            operator_alert(6, "8F36", ten + 2 * hour, device_id=E),
            operator_alert(7, "8F36", ten + 2 * hour, device_id=E),
            operator_alert(8, "8F36", ten + 3 * hour, device_id=E),
            operator_alert(9, "8F35", ten),
        ]
    )
    found = [(r[0], r[1], r[3], r[4][8:16]) for r in operator_rows(result, "outage_restoration")]
    assert found == [
        ("8F35_without_AD1", "", "A9", "10T10:00"),
        ("8F36_without_AD1", MPAN, "A8", "10T13:00"),
        ("AD1_without_8F35", MPAN, "A3", "10T10:00"),
        ("AD1_without_8F36", MPAN, "A3", "10T10:00"),
        ("defect", MPAN, "A3", "10T10:00"),
        ("defect", MPAN, "A8", "10T13:00"),
    ]
    assert operator_rows(result, "outage_restoration_summary") == [
        ["2026-02-10", "8F35_without_AD1", "1"],
        ["2026-02-10", "8F36_without_AD1", "1"],
        ["2026-02-10", "AD1_without_8F35", "1"],
        ["2026-02-10", "AD1_without_8F36", "1"],
        ["2026-02-10", "defect", "2"],
    ]


# Landing


def test_the_last_valid_state_wins_and_ties_go_to_the_greater_row(run) -> None:
    late = START + timedelta(days=9)
    as_of = datetime(2026, 3, 5)
    result = run(
        service_requests=[
            request(1, "2.2", START, recorded_at=late, response_code=None),
            request(1, "2.2", START, recorded_at=late, response_code="E1"),
            request(1, "2.2", START, recorded_at=late, response_code="E0"),
            request(1, "2.2", START, recorded_at=late + TICK, response_code="E5", command_variant=0),
            request(1, "2.2", START, recorded_at=as_of, response_code="E6"),
            request(2, "2.2", START, recorded_at=as_of - TICK),
        ]
    )
    feed = result.feeds["service_requests"]
    assert (feed.rows_read, feed.rows_after_as_of, feed.rows_accepted, feed.rows_superseded) == (6, 1, 2, 2)
    assert dict(feed.quarantined_by_reason) == {"bad_format": 1}
    assert [r["failure_reason_code"] for r in lines(result, "A/business_process/IS/srv/2.2.csv")] == [
        "E1",
        "",
    ]


def test_a_row_is_quarantined_for_every_reason_once(run) -> None:
    result = run(
        service_requests=[
            request(
                1, "x", START, originator_party_id="", report_status_id=99, sla_target_ms=-1, southbound_ms=-1
            ),
            request(2, "2.2", START, report_status_id=300),
            request(3, "2.2", START, originator_party_id="a", ended_at=START - TICK),
            request(4, "2.2", START, command_variant=10),
            request(5, "2.2", START, csp_region="SMETS1"),
        ]
    )
    feed = result.feeds["service_requests"]
    assert feed.rows_quarantined == 5
    assert dict(feed.quarantined_by_reason) == {
        "bad_format": 4,
        "missing_required": 1,
        "unknown_report_status": 1,
        "negative_value": 1,
        "unknown_party": 1,
        "ends_before_starts": 1,
    }


def test_parties_active_on_the_day_and_recipients_of_the_month(run) -> None:
    register = [
        party("A", "IS", active_from=date(2026, 2, 28), active_to=date(2026, 2, 28)),
        party("B", "IS", active_to=date(2026, 1, 31)),
        party("C", "IS", active_from=date(2026, 3, 1)),
        party("acme", "IS"),
        party("Acme", "IS"),
        party("OLD", "IS", published_on=date(2025, 12, 31)),
        party("LATE", "IS", published_on=date(2026, 3, 5)),
        party("X", "IS", active_from=date(2026, 2, 2), active_to=date(2026, 2, 1)),
    ]
    day = datetime(2026, 2, 28)
    result = run(
        parties=register,
        service_requests=[request(n, "2.2", at) for n, at in enumerate((day - TICK, day, END - TICK, END))],
    )
    assert result.recipients == {("A", "IS"), ("Acme", "IS")}
    parties, sent = result.feeds["parties"], result.feeds["service_requests"]
    assert (parties.rows_after_as_of, parties.rows_accepted, parties.rows_superseded) == (1, 4, 1)
    assert dict(parties.quarantined_by_reason) == {"bad_format": 1, "ends_before_starts": 1}
    assert (sent.rows_accepted, dict(sent.quarantined_by_reason)) == (2, {"unknown_party": 2})


def test_csv_columns_are_found_by_name_and_bad_files_rejected(tmp_path: Path) -> None:
    folder = tmp_path / "defects" / f"date={LANDED}"
    folder.mkdir(parents=True)
    header = "\ufeffextra,defect_id,recorded_at,title,severity,released_on,accepted_on,closed_on\r\n"
    good = header + 'x,D1,2026-01-01 00:00:00.5,"a ""b"",\nc",5,,,\r\n'
    (folder / "good.csv").write_text(good, encoding="utf-8", newline="")
    (folder / "header.csv").write_text(",".join(c.name for c in FEEDS["defects"].columns) + "\n")
    for name, content in (
        ("empty.csv", b""),
        ("ragged.csv", good.encode() + b"x,D2\r\n"),
        ("latin.csv", good.replace("a ", "\xe9").encode("utf-8") + b"\xe9"),
        ("open.csv", good.encode() + b'"'),
        ("lacking.csv", b"defect_id\nD1\n"),
    ):
        (folder / name).write_bytes(content)
    (folder / "ignored.txt").write_text("x")
    (tmp_path / "defects" / "stray.csv").write_text("x")
    feed = compute(tmp_path, "2026-02", None, SEEDS).feeds["defects"]
    assert (feed.files_found, feed.files_loaded, feed.files_rejected, feed.rows_read) == (7, 2, 5, 1)
    assert feed.accepted[0]["title"] == 'a "b",\nc'
    assert feed.accepted[0]["recorded_at"] == datetime(2026, 1, 1, microsecond=500000)


# Published cells


def test_text_that_a_spreadsheet_would_run_is_prefixed() -> None:
    for text in (
        "=1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        "\u00a0=1",
        "\u3000\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
    ):
        assert guard_text(text) == "'" + text
    for text in ("1=1", " x", "'=1", "", "\u200b=1", "x\n=1"):
        assert guard_text(text) == text


def test_figures_are_rounded_once_half_away_from_zero() -> None:
    assert [str(seconds(Fraction(n, 2))) for n in (0, 1, 2, 3, 2001)] == [
        "0.000",
        "0.001",
        "0.001",
        "0.002",
        "1.001",
    ]
    assert str(round_half_away(Fraction(-1, 2), 0)) == "-1"
    figures = speed_figures([4, 1, 2, 9])
    assert [str(v) for v in figures.values()] == ["0.001", "0.004", "0.003", "0.009", "0.016"]
    assert speed_figures([]) == {}


def test_rows_are_sorted_as_published_nulls_last() -> None:
    month = Month.parse("2026-02")
    at = datetime(2026, 2, 1, 0, 0, 0, 9)
    rows = [
        {"a": None, "b": 1},
        {"a": "b", "b": 10},
        {"a": "b", "b": 9},
        {"a": "\uffff", "b": 1},
        {"a": "\U0001f4a1", "b": 1},
        {"a": "=z", "b": at, "c": 2},
        {"a": "=z", "b": at - timedelta(microseconds=5), "c": 3},
        {"a": "B", "b": 1},
    ]
    header, *cells = table(("P", "IS"), month, ("a", "b", "c"), rows)
    assert header == ["reporting_month", "party_id", "role", "a", "b", "c"]
    assert [(r[3], r[5] or r[4]) for r in cells] == [
        ("'=z", "2"),
        ("'=z", "3"),
        ("B", "1"),
        ("b", "9"),
        ("b", "10"),
        ("\uffff", "1"),
        ("\U0001f4a1", "1"),
        ("", "1"),
    ]


# As a whole


def test_seeds_say_what_the_definitions_say() -> None:
    def read(name: str) -> list[dict[str, str]]:
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    statuses = {int(r["report_status_id"]): r for r in read("report_statuses")}
    assert set(statuses) == set(range(1, 38))
    assert {i for i, r in statuses.items() if r["is_counted"] == "true"} == rules.COUNTED_STATUSES
    assert {
        i for i, r in statuses.items() if r["is_response_received"] == "false"
    } == rules.NO_RESPONSE_STATUSES
    modes = {int(r["mode_of_operation"]): r["default_trt_s"] for r in read("modes_of_operation")}
    assert {m: int(s) for m, s in modes.items() if s} == rules.DEFAULT_TRT_S
    assert {
        r["srv"] for r in read("service_reference_variants") if r["is_meter_read"] == "true"
    } == rules.METER_READS
    assert [list(r.values()) for r in read("target_response_time_exceptions")] == [
        ["11.3", "SMETS1", "432000"]
    ]


def test_the_same_rows_in_other_files_give_the_same_result(tmp_path: Path) -> None:
    write_landing(tmp_path / "a", "2026-02", 11)
    first = compute(tmp_path / "a", "2026-02", None, SEEDS)
    shuffled = tmp_path / "b"
    for path in sorted((tmp_path / "a").glob("*/date=*/*.*"), reverse=True):
        feed = path.parts[-3]
        target = shuffled / feed / f"date={first.as_of.date() - timedelta(days=1)}"
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{len(list(target.iterdir())):03d}.{path.suffix[1:]}").write_bytes(path.read_bytes())
    second = compute(shuffled, "2026-02", None, SEEDS)
    assert first.as_of == second.as_of
    assert first.files == second.files
    for name, feed in first.feeds.items():
        assert feed.rows_read == second.feeds[name].rows_read
        assert feed.quarantined_by_reason == second.feeds[name].quarantined_by_reason


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_an_adversarial_landing_zone_reaches_every_rule(tmp_path: Path, seed: int) -> None:
    write_landing(tmp_path, "2026-02", seed, with_bad_files=True)
    before = compute(tmp_path, "2026-01", None, SEEDS).files
    result = compute(tmp_path, "2026-02", None, SEEDS, before)
    for name, feed in result.feeds.items():
        assert feed.files_found == feed.files_loaded + feed.files_rejected, name
        parts = feed.rows_after_as_of + feed.rows_accepted + feed.rows_superseded + feed.rows_quarantined
        assert feed.rows_read == parts, name
    reasons = set().union(*(feed.quarantined_by_reason for feed in result.feeds.values()))
    assert reasons == {
        "missing_required",
        "bad_format",
        "unknown_party",
        "unknown_report_status",
        "ends_before_starts",
        "negative_value",
        "numerator_above_denominator",
    }
    sent = [row for path in result.files if "/srv/" in path for row in lines(result, path)]
    processes = {row["business_process"] for row in sent}
    assert {"", rules.INSTALL_AND_COMMISSION, rules.CHANGE_OF_SUPPLIER, "Tariff Updates"} <= processes
    assert {row["credential_type"] for row in sent} == {"", "Digital Signature", "Key Agreement", "Unpaired"}
    assert {"", "30", "86400", "432000"} <= {row["trt_s"] for row in sent}
    assert {"CHF", "GPF", "Unknown"} == {row["ch_function"] for row in sent}
    owned = [row for path in result.files if "/devices.csv" in path for row in lines(result, path)]
    for column in (
        "last_meter_read_at",
        "last_alert_code",
        "dno_id",
        "change_of_supplier_end_date",
        "postcode",
    ):
        assert {bool(row[column]) for row in owned} == {True, False}, column
    installed = [row for path in result.files if "/install_and" in path for row in lines(result, path)]
    assert {row["measure"] for row in installed} == {
        *(f"{word}_installs" for word in ("successful", "failed", "predicted")),
        *("installs_8_14_1", "installs_8_14_2", "neither_yet", "open_8_14_2"),
        *("read_within_30_days", "no_read_within_30_days", "read_pending"),
    }
    gained = [row for path in result.files if "/change_of" in path for row in lines(result, path)]
    assert all(any(int(row[column]) for row in gained) for column in list(gained[0])[4:])
    handed = [row for path in result.files if "/credentials" in path for row in lines(result, path)]
    assert all(any(int(row[column]) for row in handed) for column in list(handed[0])[5:9])
    assert len({row["power_outage_alert_count"] for row in owned} - {"", "0"}) >= 1
    found = [row for path in result.files if "/findings" in path for row in lines(result, path)]
    assert {row["finding"] for row in found} == set(GROUPS_OF_FINDINGS)
    areas = {(row["finding"], bool(row["srv"]), bool(row["alert_code"])) for row in found}
    for finding in ("below_industry", "worse_than_month_before"):
        assert {(finding, True, False), (finding, False, True)} <= areas
    subjects = [row for path in result.files if "/subjects" in path for row in lines(result, path)]
    assert {(row["reason"], row["has_page"]) for row in subjects} >= {
        ("finding", "true"),
        ("finding", "false"),
        ("among the five largest", "true"),
    }
    diagnosed = [row for path in result.files if "/diagnosis" in path for row in lines(result, path)]
    for column in ("own_other_success_rate", "industry_success_rate"):
        assert {bool(row[column]) for row in diagnosed} == {True, False}, column
    assert {row["stands_out"] for row in diagnosed} == {"true", "false"}
    ranked = [row for path in result.files if "/benchmark" in path for row in lines(result, path)]
    assert any(row["own_rank"] != row["own_rank_last"] for row in ranked)
