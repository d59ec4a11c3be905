"""The second implementation's rests, diagnosis and estates against figures worked out by hand."""

from __future__ import annotations

import sys
from collections import Counter
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
    EXPORT,
    LANDED,
    MPAN,
    START,
    SUPPLY,
    TICK,
    Row,
    alert,
    cells,
    device,
    lines,
    numbered,
    party,
    registration,
    request,
    sent,
    work_out,
)
from reference import Result  # noqa: E402
from reference.diagnosis import stands_out  # noqa: E402
from reference.rests import rest_stands, role_step, shown_parts  # noqa: E402

SUPPLIERS = [f"S{n}" for n in range(5)]
SECOND = timedelta(seconds=1)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Land rows and work out February 2026."""
    return partial(work_out, tmp_path)


# Rests


@pytest.mark.parametrize(
    ("volumes", "stands"),
    [
        ([2, 2, 1], True),
        ([3, 1, 1], False),
        ([10, 10, 4], False),
        ([10, 10, 5], True),
        ([10, 10, 4, 1], True),
        ([10, 10], False),
        ([1], False),
    ],
)
def test_a_rest_stands_with_three_groups_the_third_and_on_half_the_largest(
    volumes: list[int], stands: bool
) -> None:
    assert rest_stands(Counter({str(n): rows for n, rows in enumerate(volumes)})) is stands


def test_a_rest_of_less_than_a_twentieth_stands_but_in_the_inventory() -> None:
    assert rest_stands(Counter(), 1)
    assert rest_stands(Counter(A=5), 101)
    assert not rest_stands(Counter(A=5), 100)
    assert not rest_stands(Counter(A=5))


def test_the_smallest_part_goes_first_and_the_lesser_text_of_equal_ones() -> None:
    # The rest is A's 30 of 330 rows, more than a twentieth. With 4.10 it is A 50, B 10, C 10: 10 < 25.
    parts = {
        "1.1": Counter(A=30),
        "4.2": Counter(A=20, B=10, C=10),
        "4.10": Counter(A=20, B=10, C=10),
        "5.1": Counter(A=10, B=40, C=40, D=40, E=40),
        "6.1": Counter(A=10, B=10, C=10, D=10, E=10),
    }
    whole = sum(parts.values(), Counter())
    # With 4.2 too it is A 70, B 20, C 20; with 6.1 A 80, B 30, C 30, D and E 10: 50 are half of A's and more.
    assert shown_parts(whole, parts, {"4.2", "4.10", "5.1", "6.1"}) == {"5.1"}
    parts["4.10"] += Counter(B=30, C=30)
    whole = sum(parts.values(), Counter())
    # Now 4.2 is the smallest (40), then 6.1 (50): A 60, B 20, C 20, D and E 10: 40 are enough.
    assert shown_parts(whole, parts, {"4.2", "4.10", "5.1", "6.1"}) == {"4.10", "5.1"}
    equal = {"4.2": Counter(A=9, B=9, C=9), "4.10": Counter(A=9, B=9, C=9), "1.1": Counter(B=9)}
    whole = sum(equal.values(), Counter())
    # B 18, A and C 9: 9 are half of B's.
    assert shown_parts(whole, equal, {"4.2", "4.10"}) == {"4.2"}


def test_where_no_part_is_left_all_are_withheld_and_what_is_in_no_part_is_withheld_too() -> None:
    parts = {"1": Counter(A=10, B=10, C=10), "2": Counter(A=4, B=4, C=4)}
    assert shown_parts(sum(parts.values(), Counter(A=30)), parts, {"1"}) == set()
    assert shown_parts(sum(parts.values(), Counter()), parts, {"1", "2"}) == {"1", "2"}
    assert shown_parts(sum(parts.values(), Counter(A=1)), parts, {"1", "2"}) == {"1", "2"}
    assert shown_parts(sum(parts.values(), Counter(A=3)), parts, {"1", "2"}) == {"1"}


@pytest.mark.parametrize(
    ("left", "step"),
    [(11, None), (12, "0.005"), (21, "0.005"), (22, "0.01"), (43, "0.01"), (44, "0.05"), (1000, "0.05")],
)
def test_the_step_of_the_roles_that_are_shown_is_a_twentieth_of_what_is_left_beside_theirs(
    left: int, step: str | None
) -> None:
    # 11 of 226 are less than a twentieth; 0.005 × 215 ÷ 0.05 = 21.5, 0.01 × 215 ÷ 0.05 = 43.
    roles = {"IS": Counter(A=115), "ES": Counter(B=100), "GS": Counter(A=left)}
    assert role_step(roles, {"IS", "ES"}) == (None if step is None else Fraction(step))
    assert role_step(roles, set()) is None
    assert role_step(roles, {"IS", "ES", "GS"}) is None


def test_an_srv_goes_with_the_one_that_is_withheld_and_its_days_with_it(run) -> None:
    # 2.3 is one group's, 30 of 230 rows: with `ALL` and 2.2 it would be known.
    rows = numbered(sent("2.3", "S0", 20, 10), *(sent("2.2", name, 39, 1) for name in SUPPLIERS))
    result = run(parties=[party(name, "IS") for name in SUPPLIERS], service_requests=rows)
    industry = ("srv", "industry_success_rate", "industry_suppressed", "ranked_parties")
    assert cells(result, "S1/business_process/IS/benchmark.csv", *industry) == [
        ["2.2", "", "true", "5"],
        ["ALL", "0.935", "false", "5"],
    ]
    assert len(cells(result, "S1/business_process/IS/league_table.csv", "rank", srv="2.2")) == 5
    speed = ("srv", "industry_mean_s", "industry_median_s", "industry_suppressed")
    assert cells(result, "S0/business_process/IS/round_trip_time.csv", *speed) == [
        ["2.2", "", "", "true"],
        ["2.3", "", "", "true"],
        ["ALL", "1.0", "1.0", "false"],
    ]
    # 215 of 230 are 0.93478: 187 steps of 0.005. A day without requests has nothing to withhold.
    split = {"device_type": "ALL", "region": "ALL", "smets_version": "ALL"}
    of_day = ("srv", "industry_success_rate", "industry_mean_rtt_s", "industry_suppressed")
    path = "S1/business_process/IS/daily.csv"
    assert cells(result, path, *of_day, day="2026-02-01", **split) == [
        ["2.2", "", "", "true"],
        ["ALL", "0.935", "1.0", "false"],
    ]
    assert cells(result, path, *of_day, day="2026-02-02", **split) == [
        ["2.2", "", "", "false"],
        ["ALL", "", "", "false"],
    ]


def test_each_figure_has_the_rest_of_its_own_pool(run) -> None:
    # 2.3 is answered twice: 2 of 202 measured rows are a small rest, 30 of 230 rows are not.
    silent = sent("2.3", "S0", 0, 28, ended_at=None)
    rows = numbered(sent("2.3", "S0", 2), silent, *(sent("2.2", name, 39, 1) for name in SUPPLIERS))
    result = run(parties=[party(name, "IS") for name in SUPPLIERS], service_requests=rows)
    flag = ("srv", "industry_suppressed")
    shown = [["2.2", "false"], ["2.3", "true"], ["ALL", "false"]]
    assert cells(result, "S0/business_process/IS/round_trip_time.csv", *flag) == shown
    shown[0][1] = "true"
    assert cells(result, "S0/business_process/IS/benchmark.csv", *flag) == shown


def test_alert_codes_have_a_rest_and_days_steps_too(run) -> None:
    def received(code: str, name: str, good: int, bad: int = 0) -> list[Row]:
        ends = [START + SECOND] * good + [None] * bad
        given = {"destination_party_id": name}
        return [alert(0, code, START, delivered_at=end, **given) for end in ends]

    several = [received("81A0", name, 39, 1) for name in SUPPLIERS]
    rows = [row for some in (received("81A1", "S0", 30), *several) for row in some]
    result = run(
        parties=[party(name, "IS") for name in SUPPLIERS],
        alerts=[{**row, "alert_id": f"A{number}"} for number, row in enumerate(rows)],
    )
    rate = ("alert_code", "industry_success_rate", "industry_suppressed")
    assert cells(result, "S1/alerts/IS/monthly.csv", *rate) == [
        ["81A0", "", "true"],
        ["ALL", "0.978", "false"],
    ]
    assert cells(result, "S1/alerts/IS/daily.csv", *rate, day="2026-02-01") == [
        ["81A0", "", "true"],
        ["ALL", "0.980", "false"],
    ]
    flag = ("alert_code", "industry_suppressed")
    assert cells(result, "S1/alerts/IS/delivery_time.csv", *flag) == [["81A0", "true"], ["ALL", "false"]]


@pytest.mark.parametrize(
    ("of_gas", "month", "day", "mean"),
    [
        (11, "0.977", "0.975", "1.4"),
        (12, "0.975", "0.975", "1.0"),
        (30, "0.980", "0.980", "1.0"),
        (100, "1.000", "1.000", "1.0"),
    ],
)
def test_roles_that_are_shown_are_coarse_beside_one_that_is_not(
    run,
    of_gas: int,
    month: str,
    day: str,
    mean: str,
) -> None:
    taken = {"ended_at": START + timedelta(milliseconds=1400)}
    rows = numbered(
        sent("2.2", "S0", of_gas, role="GS", **taken), *(sent("2.2", n, 42, 1, **taken) for n in SUPPLIERS)
    )
    register = [*(party(name, "IS") for name in SUPPLIERS), party("S0", "GS")]
    result = run(parties=register, service_requests=rows)
    folder = "S0/business_process/IS"
    assert cells(result, f"{folder}/benchmark.csv", "industry_success_rate") == [[month]] * 2
    speed = ("industry_mean_s", "industry_median_s")
    assert cells(result, f"{folder}/round_trip_time.csv", *speed) == [[mean, "1.4"]] * 2
    of_day = ("industry_success_rate", "industry_mean_rtt_s")
    found = cells(result, f"{folder}/daily.csv", *of_day, day="2026-02-01")
    assert found == [[day, mean]] * 8
    # The dimensions of one value are the same figure.
    assert {r[0] for r in cells(result, f"{folder}/diagnosis.csv", "industry_success_rate")} == {month}
    assert cells(result, "S0/business_process/GS/benchmark.csv", "industry_success_rate") == [[""]] * 2


# Diagnosis


@pytest.mark.parametrize(
    ("count", "failures", "reference", "expected"),
    [
        (30, 1, Fraction(0), True),
        (29, 29, Fraction(0), False),
        (30, 0, Fraction(0), False),
        # 100 × 0.1 = 10, and 3² × 100 × 0.1 × 0.9 = 81: nine more are wanted.
        (100, 19, Fraction(1, 10), True),
        (100, 18, Fraction(1, 10), False),
        # Two of a hundred more are the gap.
        (100, 2, Fraction(0), True),
        (100, 1, Fraction(0), False),
        (30, 0, Fraction(1, 2), False),
    ],
)
def test_a_cell_stands_out_beyond_chance_and_a_gap(
    count: int, failures: int, reference: Fraction, expected: bool
) -> None:
    assert stands_out(count, failures, reference) is expected


def test_the_values_of_a_dimension_beside_the_own_other_requests(run) -> None:
    first, second = "00-DB-12-34-00-00-00-0E", "00-DB-12-34-00-00-00-0F"
    homes = [
        device(first, "ESME", mpxn=MPAN, firmware_version="1"),
        device(second, "ESME", mpxn=EXPORT, firmware_version="2", manufacturer="M"),
    ]
    rows = numbered(
        sent("2.2", "S0", 30, 10, device_id=first, csp_region="North"),
        sent("2.2", "S0", 98, 2, device_id=second, csp_region="South", mode_of_operation=4),
        sent("2.2", "S0", 1, device_id=second, csp_region="South", mode_of_operation=1),
    )
    result = run(
        parties=[party("S0", "IS"), party("S0", "GS")],
        device_inventory=homes,
        service_requests=rows,
    )
    path = "S0/business_process/IS/diagnosis.csv"
    found = {
        tuple(row[:2]): row[2:] for row in cells(result, path, *list(lines(result, path)[0])[5:], srv="2.2")
    }
    assert list(found.values()) == [r for (d, _), r in found.items() if d] and len(found) == 14
    # 10 − 40 × 2 ÷ 101; 2 − 101 × 10 ÷ 40.
    one = ["40", "0.750000", "0.980198", "9.208", "true", "", "true"]
    two = ["101", "0.980198", "0.750000", "-23.250", "false", "", "true"]
    assert found["device_firmware_version", "1"] == found["region", "North"] == one
    assert found["device_firmware_version", "2"] == found["region", "South"] == two
    assert found["device_manufacturer", "Unknown"] == one and found["trt_s", "30"] == one
    # Other requests are all others, whether they have a value or not.
    assert found["trt_s", "86400"] == ["100", "0.980000", "0.756098", "-22.390", "false", "", "true"]
    alone = ["141", "0.914894", "", "", "false", "", "true"]
    assert found["device_type", "ESME"] == found["ch_model", "Unknown"] == alone
    assert ("ch_function", "Unknown") not in found


def test_a_value_goes_with_the_one_that_is_withheld(run) -> None:
    rows = [sent("2.2", name, 39, 1, csp_region="North") for name in SUPPLIERS]
    one_group = sent("2.2", "S0", 30, csp_region="South")
    result = run(
        parties=[party(name, "IS") for name in SUPPLIERS], service_requests=numbered(one_group, *rows)
    )
    path, figures = "S0/business_process/IS/diagnosis.csv", ("value", "industry_success_rate")
    assert cells(result, path, *figures, dimension="region", srv="2.2") == [["North", ""], ["South", ""]]
    assert cells(result, path, *figures, dimension="trt_s", srv="2.2") == [["30", "0.978"]]
    # 10 of 210 rows: less than a twentieth.
    few = numbered(one_group[:10], *rows)
    result = run(parties=[party(name, "IS") for name in SUPPLIERS], service_requests=few)
    assert cells(result, path, *figures, dimension="region", srv="2.2") == [
        ["North", "0.975"],
        ["South", ""],
    ]


# Estates


def test_measures_of_an_estate(run) -> None:
    def product(firmware: str, **given: Any) -> Row:
        named = {"device_type": "ESME", "manufacturer": "M", "model": "O", "status": "Current"}
        return {"published_on": LANDED, **named, "firmware_version": firmware, **given}

    last, soon = date(2026, 2, 28), date(2026, 3, 30)
    given = {"manufacturer": "M", "model": "O", "mpxn": MPAN}
    ids = [f"00-DB-12-34-00-00-01-{n:02X}" for n in range(7)]
    homes = [
        device(ids[0], "ESME", firmware_version="1", security_certificate_expires_on=last, **given),
        device(ids[1], "ESME", firmware_version="2", security_certificate_expires_on=soon, **given),
        device(ids[2], "ESME", firmware_version="3", payment_mode="Credit", **given),
        device(ids[3], "ESME", firmware_version="9", payment_mode="Prepayment", **given),
        device(ids[4], "CHF", mpxn=MPAN, device_status="Pending"),
    ]
    read = timedelta(hours=720)
    rows = [
        request(1, "4.8.1", END - read, device_id=ids[0]),
        request(2, "4.8.1", END - read - TICK, device_id=ids[1]),
    ]
    result = run(
        device_inventory=homes,
        registrations=SUPPLY,
        service_requests=rows,
        central_products_list=[
            product("1", expires_on=last),
            product("2", expires_on=soon),
            product("3", expires_on=soon + timedelta(days=1)),
            product("9", status="Removed"),
        ],
    )
    path = "A/inventory/IS/estate.csv"
    figures = ("measure", "device_count", "of_count", "own_share")
    assert cells(result, path, *figures, device_type="ESME") == [
        ["certificate_ended", "1", "4", "0.250000"],
        ["certificate_ends_within_30_days", "1", "4", "0.250000"],
        ["commissioned", "4", "4", "1.000000"],
        ["cpl_ended", "2", "4", "0.500000"],
        ["cpl_ends_within_30_days", "1", "4", "0.250000"],
        ["devices", "4", "5", "0.800000"],
        ["never_read", "2", "4", "0.500000"],
        ["no_read_in_30_days", "3", "4", "0.750000"],
        ["on_newest_firmware", "1", "4", "0.250000"],
        ["prepayment", "1", "2", "0.500000"],
    ]
    assert cells(result, path, *figures, device_type="CHF") == [
        ["certificate_ended", "0", "1", "0.000000"],
        ["certificate_ends_within_30_days", "0", "1", "0.000000"],
        ["commissioned", "0", "1", "0.000000"],
        ["cpl_ended", "0", "1", "0.000000"],
        ["cpl_ends_within_30_days", "0", "1", "0.000000"],
        ["devices", "1", "5", "0.200000"],
        ["on_newest_firmware", "0", "0", ""],
        ["prepayment", "0", "0", ""],
    ]
    every = {row[0]: row[1:] for row in cells(result, path, *figures, device_type="ALL")}
    assert every["devices"] == ["5", "5", "1.000000"]
    assert every["commissioned"] == ["4", "5", "0.800000"]
    assert every["never_read"] == ["2", "4", "0.500000"]
    # Nothing is withheld where nothing is pooled, and of what would tell the weights of the types.
    withheld = {r[1] for r in cells(result, path, "industry_suppressed", "measure") if r[0] == "true"}
    assert withheld == every.keys() - {"devices"}
    empty = ("device_type", "of_count", "industry_suppressed")
    assert cells(result, path, *empty, measure="on_newest_firmware") == [
        ["ALL", "4", "true"],
        ["CHF", "0", "false"],
        ["ESME", "4", "true"],
    ]
    # Nobody has a gas meter: the whole estate is there all the same.
    assert cells(result, "B/inventory/GS/estate.csv", *figures) == [
        [measure, "0", "0", ""] for measure in sorted(every)
    ]
    assert "never_read" not in {r[0] for r in cells(result, "O/inventory/OU/estate.csv", "measure")}


def test_an_estate_beside_those_of_others(run) -> None:
    supply, homes = [], []
    for number, name in enumerate(SUPPLIERS):
        point = f"100000000000{number}"
        supply.append(registration(point, "IS", name))
        for index in range(20):
            mode = None if name == "S0" else "Prepayment" if index < 5 else "Credit"
            status = "Commissioned" if index else "Pending"
            given = {"mpxn": point, "payment_mode": mode, "device_status": status, "chf_device_id": None}
            homes.append(device(f"00-DB-12-34-00-01-{number:02X}-{index:02X}", "IHD", **given))
    result = run(
        parties=[party(name, "IS") for name in SUPPLIERS], registrations=supply, device_inventory=homes
    )
    industry = ("device_type", "device_count", "of_count", "industry_share", "industry_suppressed")
    path = "S0/inventory/IS/estate.csv"
    both = [["ALL", "19", "20", "0.950", "false"], ["IHD", "19", "20", "0.950", "false"]]
    assert cells(result, path, *industry, measure="commissioned") == both
    # Four groups have a payment mode; all or none of five says each one's.
    for measure in ("prepayment", "cpl_ended"):
        assert {tuple(row[3:]) for row in cells(result, path, *industry, measure=measure)} == {("", "true")}
    assert cells(result, path, *industry, measure="never_read") == [["ALL", "0", "0", "", "false"]]
