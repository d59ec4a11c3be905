"""The request-based half of the second implementation on small cases, worked out by hand."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from reference.contract import FEEDS  # noqa: E402
from reference.landing import FeedResult, Landing  # noqa: E402
from reference.pmr import outcomes, rsvp  # noqa: E402
from reference.pmr.common import Sources, is_pending, names_segment, read_sources, timing  # noqa: E402
from reference.pmr.figures import Figure  # noqa: E402
from reference.pmr.outcomes import outcome_of, split_series  # noqa: E402
from reference.pmr.requests_half import figures_and_files  # noqa: E402
from reference.pmr.silence import LongTerm  # noqa: E402

MONTH, START = "2026-02", datetime(2026, 2, 1)
AS_OF = datetime(2026, 3, 5)
TICK, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
NOON = START + 9 * DAY + 12 * HOUR
METER, OTHER_METER, HUB = ("00-00-00-00-00-00-00-0" + n for n in "123")


def row(feed: str, **given: object) -> dict:
    return dict.fromkeys(column.name for column in FEEDS[feed].columns) | given


def device(device_id: str = METER, kind: str = "ESME", **given: object) -> dict:
    defaults = {
        "device_id": device_id,
        "effective_at": datetime(2025, 1, 1),
        "operation": "upsert",
        "device_type": kind,
        "device_status": "Commissioned",
        "smets_version": "SMETS2",
        "csp_region": "North",
    }
    return row("device_inventory", **(defaults | given))


def request(srv: str, at: datetime = NOON, **given: object) -> dict:
    ended = given.pop("ended_at", at + timedelta(seconds=10))
    defaults = {
        "transaction_id": f"{srv} {at.isoformat()} {sorted(map(str, given.items()))}",
        "command_variant": 1,
        "mode_of_operation": 2,
        "originator_party_id": "P00",
        "originator_role": "IS",
        "device_id": METER,
        "report_status_id": 2,
        "response_code": "I0",
    }
    return row("service_requests", srv=srv, started_at=at, ended_at=ended, **(defaults | given))


def alert(code: str, at: datetime, device_id: str = METER, **given: object) -> dict:
    defaults = {"suppressed": False, "destination_party_id": "P00", "destination_role": "IS"}
    given = defaults | given
    return row("alerts", alert_id=f"{code} {at}", alert_code=code, device_id=device_id, raised_at=at, **given)


def sources(as_of: datetime = AS_OF, **feeds: list[dict]) -> Sources:
    parties = [
        row("parties", party_id=f"P{number:02d}", role=role) for number in range(12) for role in ("IS", "GS")
    ]
    given = {"parties": parties, "device_inventory": [device()]} | feeds
    results = {
        name: FeedResult(files_loaded=int(name in given), accepted=given.get(name, [])) for name in FEEDS
    }
    return read_sources(Landing(as_of, results), MONTH, REPOSITORY / "seeds")


def one(figures: list[Figure], measure_id: str, segment: str, **place: str) -> Figure:
    """The one figure of a measure and place; of several SRVs or splits give them."""
    wanted = {"split": "ALL", "split_value": "ALL"} | place
    (found,) = (
        figure
        for figure in figures
        if (figure.measure_id, figure.segment) == (measure_id, segment)
        and all(getattr(figure, name) == value for name, value in wanted.items())
    )
    return found


def crowd(srv: str, rows: int = 20, **given: object) -> list[dict]:
    """So many requests of each of six parties: more than enough to be shown."""
    return [
        request(srv, NOON + timedelta(seconds=number), originator_party_id=f"P{party:02d}", **given)
        for party in range(6)
        for number in range(rows)
    ]


# Requests


@pytest.mark.parametrize(
    ("given", "target", "expected"),
    [
        ({"started_at": AS_OF - timedelta(seconds=30)}, 30, True),
        ({"started_at": AS_OF - timedelta(seconds=30) - TICK}, 30, False),
        ({"started_at": AS_OF - timedelta(seconds=31), "sla_exclusion_ms": 1000}, 30, True),
        ({"started_at": AS_OF - timedelta(seconds=31) - TICK, "sla_exclusion_ms": 1000}, 30, False),
        ({"started_at": AS_OF - DAY, "execution_at": AS_OF - timedelta(seconds=30)}, 30, True),
        ({"started_at": AS_OF - DAY, "execution_at": AS_OF + TICK}, None, True),
        ({"started_at": AS_OF - DAY, "execution_at": AS_OF}, None, False),
        ({"started_at": AS_OF}, None, False),
        ({"started_at": AS_OF, "report_status_id": 18}, 30, False),
        ({"started_at": AS_OF, "report_status_id": 19, "execution_at": AS_OF + DAY}, None, False),
        ({"started_at": AS_OF, "report_status_id": 34}, 30, False),
        ({"started_at": AS_OF, "ended_at": AS_OF}, 30, False),
    ],
)
def test_a_request_is_pending_until_it_could_be_in_time_no_more(given, target, expected):
    without = row("service_requests", report_status_id=2) | given
    assert is_pending(without, target, AS_OF) is expected


def test_each_request_is_the_first_that_fits():
    waiting = request("2.2", AS_OF, ended_at=None, execution_at=AS_OF + DAY)
    assert timing(waiting, None, None, AS_OF) == "pending"
    assert timing(request("2.2"), None, 5, AS_OF) == "no_target"
    assert timing(request("2.2", ended_at=None), 30, None, AS_OF) == "no_response"
    assert timing(request("2.2"), 30, 30_000, AS_OF) == "in_time"
    assert timing(request("2.2"), 30, 30_001, AS_OF) == "late"


def test_a_pending_request_is_in_volume_and_categories_and_in_no_share():
    waiting = request("4.8.1", NOON, ended_at=None, execution_at=AS_OF + TICK, response_code="E20")
    other = [request("4.8.1", ended_at=None), request("4.8.1", response_code="E21")]
    rows = [*crowd("4.8.1"), waiting, *other]
    figures, _ = figures_and_files(sources(service_requests=rows), lambda code: True)
    place = {"business_process": "Meter Reads", "srv": "4.8.1"}
    assert one(figures, "RSVP-V", "SMETS2", **place).value == 123
    assert one(figures, "RSVP-V", "SMETS2", **place).pending == 1
    assert one(figures, "RSVP-P:unresponded_failure", "SMETS2", **place).value == 1
    assert one(figures, "RSVP-P:unresponded_success", "SMETS2", **place).value == 1
    failed = one(figures, "RSVP-P:delivery_failure_share", "SMETS2", **place)
    assert (failed.numerator, failed.denominator) == (2, 122)


def test_shares_of_one_are_withheld_with_the_whole_cell():
    rows = [*crowd("4.8.1"), request("4.8.1", NOON + HOUR, response_code="E1")]
    figures, _ = figures_and_files(sources(service_requests=rows), lambda code: True)
    place = {"business_process": "Meter Reads", "srv": "4.8.1"}
    # None was a delivery failure, none was late.
    assert one(figures, "RSVP-V", "SMETS2", **place).is_withheld
    rows.append(request("4.8.1", NOON + HOUR, response_code="E20", ended_at=NOON + 2 * HOUR))
    rows.append(request("4.8.1", NOON + HOUR, ended_at=None))
    figures, _ = figures_and_files(sources(service_requests=rows), lambda code: True)
    assert one(figures, "RSVP-V", "SMETS2", **place).value == 123
    in_time = one(figures, "RSVP-T", "SMETS2", **place)
    assert (in_time.numerator, in_time.denominator) == (121, 123)
    assert one(figures, "RSVP-P:responded_share", "SMETS2", **place).value == Fraction(122, 123)
    assert one(figures, "RSVP-S:longest", "SMETS2", **place).value == 3600
    assert one(figures, "RSVP-S:mean", "SMETS2", **place).denominator == 122
    # Each of these lies in North alone, which is all of SMETS2.
    assert one(figures, "RSVP-V", "North", **place).value == 123


def test_segments_are_of_the_devices_version_or_region_and_smets1_is_not_mixed():
    homes = [
        device(),
        device(OTHER_METER, smets_version="SMETS1"),
        device(HUB, "CHF", csp_region=None, s1sp="S1"),
    ]
    rows = [request("4.8.1", device_id=one_of) for one_of in (METER, OTHER_METER, HUB, None)]
    rows += [request("4.17", device_id=OTHER_METER), request("8.7.1")]
    coded = sources(service_requests=rows, device_inventory=homes).coded
    assert [r.segment for r in coded] == ["North", "SMETS1", "SMETS1", "Unknown", "SMETS1", "North"]
    assert [r.generation for r in coded[:4]] == ["SMETS2", "SMETS1", "SMETS1", "SMETS2"]
    # 4.17 does not apply to SMETS1, and 8.7.1 is none of Table 4.
    assert [r.applies for r in coded] == [True, True, True, True, False, False]


def test_an_iteration_is_of_a_party_a_hub_and_a_day_where_a_home_is_installed():
    homes = [
        device(commissioned_at=NOON, chf_device_id=HUB),
        device(OTHER_METER, "GSME", commissioned_at=NOON, chf_device_id=HUB),
        device(HUB, "CHF", commissioned_at=NOON),
    ]
    rows = [
        request("8.1.1"),
        request("8.1.1", device_id=OTHER_METER, originator_role="GS"),
        request("8.11", device_id=HUB),
        request("4.8.1"),
        request("4.8.1", originator_role="GS"),
        request("4.8.3"),
        request("4.8.1", NOON + DAY),
        request("4.8.1", device_id=None),
        request("4.8.1", device_id=None, at=NOON + TICK),
    ]
    this = sources(service_requests=rows, device_inventory=homes)
    keys = {rsvp._iteration_key(this, r) for r in this.process_requests}
    of_process = [key for key in keys if key[0] == "Install and Commission"]
    assert of_process == [("Install and Commission", "P00", HUB, NOON.date())]
    assert len(keys) == 1 + 2 + 1 + 2


def test_incidents_are_named_in_the_segments_that_region_and_version_allow():
    def segments(region: str | None, version: str | None) -> list[str]:
        incident = row("incidents", csp_region=region, smets_version=version)
        every = ("ALL", "SMETS2", "North", "South", "Unknown", "SMETS1")
        return [segment for segment in every if names_segment(incident, segment)]

    assert segments(None, None) == ["ALL", "SMETS2", "North", "South", "Unknown", "SMETS1"]
    assert segments("North", None) == ["ALL", "SMETS2", "North"]
    assert segments("SMETS1", None) == ["ALL", "SMETS1"]
    assert segments(None, "SMETS1") == ["ALL", "SMETS1"]
    assert segments(None, "SMETS2") == ["ALL", "SMETS2", "North", "South", "Unknown"]


# Top-ups


def tries(*at_and_code: tuple[datetime, str]) -> list:
    rows = [request("2.2", at, response_code=code) for at, code in at_and_code]
    return sorted(sources(service_requests=rows).coded, key=lambda r: (r.started_at, r.id))


def test_a_series_is_new_after_a_success_and_after_more_than_a_day():
    def lengths(*at_and_code: tuple[datetime, str]) -> list[int]:
        return [len(series) for series in split_series(tries(*at_and_code))]

    assert lengths((NOON, "E1"), (NOON + DAY, "I0")) == [2]
    assert lengths((NOON, "E1"), (NOON + DAY + TICK, "I0")) == [1, 1]
    assert lengths((NOON, "I0"), (NOON + HOUR, "E1"), (NOON + DAY, "E1")) == [1, 2]


@pytest.mark.parametrize(
    ("last", "expected"),
    [(AS_OF - DAY, "failed"), (AS_OF - DAY + TICK, "pending"), (AS_OF - DAY - TICK, "failed")],
)
def test_a_series_is_pending_while_another_try_may_come(last, expected):
    (thing,) = outcomes.top_up_series(
        sources(service_requests=[request("2.2", START + 27 * DAY, response_code="E1")])
    )
    assert thing.counts["failed"] == 1
    as_of = START + 27 * DAY + (AS_OF - last)
    (thing,) = outcomes.top_up_series(
        sources(as_of, service_requests=[request("2.2", START + 27 * DAY, response_code="E1")])
    )
    assert thing.counts[expected] == 1


def test_series_are_of_the_month_of_their_first_try_and_take_no_local_ones():
    rows = [
        request("2.2", START - HOUR, response_code="E1"),
        request("2.2", START),
        request("2.2", START + HOUR, response_code="E1"),
        request("2.2", START + 2 * HOUR, command_variant=2),
        request("2.2", START + 3 * HOUR, response_code="E1"),
        request("2.2", START + 4 * HOUR),
        request("2.2", START + 5 * HOUR, device_id=None, response_code="E1"),
        request("2.2", START + 6 * HOUR, device_id=None),
    ]
    ends = [
        next(end for end in ("first", "second", "later", "failed") if thing.counts.get(end))
        for thing in outcomes.top_up_series(sources(service_requests=rows))
    ]
    assert sorted(ends) == ["failed", "first", "later"]


# Change of Supplier


@pytest.mark.parametrize(
    ("rescue", "expected"),
    [
        ({"at": NOON + TICK}, 1),
        ({"at": NOON}, 0),
        ({"at": NOON - TICK}, 0),
        ({"at": START + 10 * DAY - TICK}, 1),
        ({"at": START + 10 * DAY}, 0),
        ({"at": NOON + TICK, "originator_role": "GS"}, 0),
        ({"at": NOON + TICK, "originator_party_id": "P01"}, 0),
        ({"at": NOON + TICK, "device_id": OTHER_METER}, 0),
        ({"at": NOON + TICK, "response_code": "E1"}, 0),
        ({"at": NOON + TICK, "command_variant": 4}, 0),
    ],
)
def test_a_failed_6_23_is_rescued_by_a_later_success_of_that_day(rescue, expected):
    rows = [request("6.23", response_code="E1"), request("6.8", **rescue), request("1.1.1", NOON - HOUR)]
    this = sources(service_requests=rows)
    reckoned = rsvp.reckon(this)
    family = outcomes.change_of_supplier(outcomes.Outcomes(this, reckoned, LongTerm(this)))
    counts = reckoned.cells.pool(family.key("SMETS2")).counts
    assert (counts["achieved"], counts["successes"], counts["user_errors"]) == (expected, 0, 1)


# Long silent Devices


def is_silent(*heard: dict, alerts: tuple = (), states: tuple = (), first: date = date(2025, 12, 3)) -> bool:
    earliest = request("12.1", datetime(first.year, first.month, first.day), device_id=None)
    this = sources(
        service_requests=[earliest, *heard],
        alerts=list(alerts),
        device_inventory=[device(), *states],
    )
    return LongTerm(this)(METER, NOON.date())


def test_a_device_is_long_silent_after_sixty_days_and_that_day():
    day = datetime.combine(NOON.date(), datetime.min.time())
    first = day - 60 * DAY
    assert is_silent()
    assert not is_silent(first=date(2025, 12, 4))
    assert not is_silent(request("4.8.1", first))
    assert is_silent(request("4.8.1", first - TICK))
    assert not is_silent(request("4.8.1", day + DAY - TICK))
    assert is_silent(request("4.8.1", day + DAY))
    assert is_silent(request("4.8.1", mode_of_operation=3), request("4.8.1", response_code="E1"))
    assert not is_silent(alerts=(alert("8F35", first, suppressed=True),))
    assert is_silent(alerts=(alert("8F35", first - TICK), alert("N13", NOON), alert("AD1", NOON)))


def test_a_device_is_long_silent_only_if_commissioned_throughout():
    day = datetime.combine(NOON.date(), datetime.min.time())
    first = day - 60 * DAY

    def gone(at: datetime, **given: str) -> dict:
        return device() | {"effective_at": at} | (given or {"device_status": "Suspended"})

    assert not is_silent(states=(gone(day + DAY - TICK),))
    assert is_silent(states=(gone(day + DAY),))
    assert not is_silent(states=(gone(first - DAY), device() | {"effective_at": first + TICK}))
    assert is_silent(states=(gone(first - DAY), device() | {"effective_at": first}))
    assert not is_silent(states=(gone(NOON, operation="remove"),))


# Reads and firmware


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ended_at": NOON + DAY}, (1, 0, 1)),
        ({"ended_at": NOON + DAY + TICK}, (1, 0, 0)),
        ({"ended_at": NOON + 25 * HOUR, "execution_at": NOON + HOUR, "sla_exclusion_ms": 5}, (1, 0, 1)),
        ({"ended_at": None}, (1, 0, 0)),
        ({"ended_at": None, "at": AS_OF - DAY}, (0, 1, 0)),
        ({"ended_at": None, "at": AS_OF - DAY - TICK}, (1, 0, 0)),
        ({"ended_at": None, "at": AS_OF, "report_status_id": 18}, (1, 0, 0)),
    ],
)
def test_a_scheduled_read_has_a_day_from_its_start(given, expected):
    (read,) = sources(service_requests=[request("4.8.1", mode_of_operation=6, **given)]).coded
    counts = outcomes.scheduled_counts(read, AS_OF)
    assert (counts["decided"], counts["pending"], counts["within"]) == expected


def test_five_days_are_to_the_instant():
    five = 5 * DAY
    assert outcome_of(NOON + five, NOON, AS_OF) == "success"
    assert outcome_of(NOON + five + TICK, NOON, AS_OF) == "failure"
    assert outcome_of(None, AS_OF - five, AS_OF) == "pending"
    assert outcome_of(None, AS_OF - five - TICK, AS_OF) == "none"


def distribution(device_id: str, transaction_id: str | None, delivered: datetime | None, **given) -> dict:
    return row(
        "firmware_distributions",
        device_id=device_id,
        transaction_id=transaction_id,
        requested_at=NOON + HOUR,
        delivered_at=delivered,
        **given,
    )


def test_devices_and_hubs_of_a_transaction():
    homes = [
        device(chf_device_id=HUB),
        device(OTHER_METER, chf_device_id=HUB),
        device(HUB, "CHF"),
    ]
    sent = request("11.1", transaction_id="T1", report_status_id=1)
    rows = [
        distribution(METER, "T1", NOON + 5 * DAY + TICK),
        distribution(METER, "T1", NOON + 5 * DAY, firmware_version="2"),
        distribution(OTHER_METER, "T1", None),
        distribution("nobody", "T2", None),
        distribution(HUB, None, None),
    ]
    this = sources(service_requests=[sent], firmware_distributions=rows, device_inventory=homes)
    things = outcomes.distribution_things(this)
    found = [(t.segment, t.groups, t.counts) for t in things["DF1.1:devices"]]
    assert [(s, g) for s, g, _ in found] == [("North", ("P00",)), ("North", ("P00",)), ("Unknown", ())]
    assert [set(counts) - {"total", "decided"} for _, _, counts in found] == [{"success"}, {"none"}, {"none"}]
    # The hub has one of its Devices served; the unknown Device is its own.
    assert [t.counts.get("success", 0) for t in things["DF1.1:hubs"]] == [1, 0]


@pytest.mark.parametrize(
    ("served", "expected"), [(NOON + DAY, "success"), (NOON + 6 * DAY, "failure"), (None, "none")]
)
def test_a_hub_counts_once_in_each_place_of_its_devices_with_what_became_of_all(served, expected):
    homes = [
        device(chf_device_id=HUB),
        device(OTHER_METER, "GSME", chf_device_id=HUB, csp_region="South"),
        device("00-00-00-00-00-00-00-04", "GSME", chf_device_id=HUB, csp_region="South"),
        device(HUB, "CHF"),
    ]
    images = [
        distribution(METER, "T1", served),
        *(distribution(each["device_id"], "T1", None) for each in homes[1:3]),
    ]
    given = {"firmware_distributions": images, "device_inventory": homes}
    this = sources(service_requests=[request("11.1", transaction_id="T1")], **given)
    hubs = outcomes.distribution_things(this)["DF1.1:hubs"]
    assert [(t.segment, t.device_type, t.counts[expected]) for t in hubs] == [
        ("North", "ESME", 1),
        ("South", "GSME", 1),
    ]


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ([("8F72", NOON)], "none"),
        ([("8F72", NOON + TICK)], "success"),
        ([("8F72", NOON + 5 * DAY)], "success"),
        ([("8F72", NOON + 5 * DAY + TICK)], "none"),
        ([("8F72", NOON + HOUR), ("8F1C", NOON + HOUR)], "failure"),
        ([("8F72", NOON + HOUR), ("8F1C", NOON + HOUR + TICK)], "success"),
    ],
)
def test_the_first_of_the_two_alerts_after_an_11_1_says_whether_it_is_verified(alerts, expected):
    rows = [request("11.1", response_code="I99"), request("11.1", NOON, response_code="I0", device_id=HUB)]
    this = sources(service_requests=rows, alerts=[alert(code, at) for code, at in alerts])
    (thing,) = outcomes.verification_things(this)
    assert thing.counts[expected] == 1


# Gains


def test_a_gain_begins_in_the_month_after_another_partys_period():
    def period(day: date, supplier: str, mpxn: str = "1", role: str = "IS") -> dict:
        return row("registrations", mpxn=mpxn, role=role, supplier_party_id=supplier, effective_from=day)

    early, first, last = date(2025, 1, 1), date(2026, 2, 1), date(2026, 2, 28)
    rows = [
        period(early, "P01"),
        period(first, "P02"),
        period(last, "P02"),
        period(early, "P01", "2", "GS"),
        period(date(2026, 3, 1), "P02", "2", "GS"),
        period(first, "P03", "3"),
    ]
    homes = [device(mpxn="1"), device(OTHER_METER, "GSME", mpxn="2")]
    (gain,) = outcomes.gain_things(sources(registrations=rows, device_inventory=homes))
    assert (gain.segment, gain.device_type, gain.groups) == ("North", "ESME", ("P02",))


def test_distinct_devices_lie_once_in_each_place():
    rows = [
        request("2.2", response_code="E1"),
        request("2.2", NOON + HOUR),
        request("2.2", NOON + 2 * HOUR, csp_region="South"),
        request("2.2", device_id=None),
    ]
    this = sources(service_requests=rows)
    things = outcomes.asked_devices(this, this.process_requests)
    assert sorted((t.segment, t.counts["with_success"]) for t in things) == [("North", 1), ("South", 1)]
