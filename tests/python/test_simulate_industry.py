"""What is planted for the industry report: counted again in the lists, and found in what is published."""

import csv
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from test_simulate import REPOSITORY, recount

from car.simulate import simulate
from car.simulate.reported import union, without

MONTHS = ("2026-10", "2026-11")
SIZE = {"parties": 36, "devices": 1500, "requests": 5000, "alerts": 2500, "seed": 5}
BEGIN, END, AS_OF = datetime(2026, 11, 1), datetime(2026, 12, 1), datetime(2026, 12, 6)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Two months, and what is said of each."""
    landing = tmp_path_factory.mktemp("simulated") / "landing"
    expected = simulate(landing, "..".join(MONTHS), **SIZE)
    return landing, expected


@pytest.fixture(scope="module")
def lists(simulated):
    """The accepted rows of the lists, by an independent count."""
    return recount(simulated[0], AS_OF)[1]


def in_month(at):
    return at is not None and BEGIN <= at < END


def test_parts_of_time_are_joined_and_taken_away():
    assert union([(5, 9), (0, 3), (3, 4), (8, 12)]) == [(0, 4), (5, 12)]
    assert without([(0, 10), (20, 30)], [(2, 4), (8, 25), (40, 50)]) == [(0, 2), (4, 8), (25, 30)]
    assert without([(0, 10)], []) == [(0, 10)]
    assert without([(2, 4)], [(0, 10)]) == []


@pytest.fixture(params=["lists"])
def landed(lists, simulated):
    return lists, simulated[1].industry


@pytest.mark.long(by="landed")
def test_incidents(landed):
    rows, industry = landed[0]["incidents"], landed[1]["incidents"]
    found = {str(category): Counter() for category in range(1, 6)}
    for row in rows:
        is_open = row["raised_at"] < END and (row["closed_at"] is None or row["closed_at"] >= END)
        found[str(row["category"])].update(
            raised=in_month(row["raised_at"]),
            closed=in_month(row["closed_at"]),
            closed_but_never_resolved=in_month(row["closed_at"]) and row["resolved_at"] is None,
            open=is_open,
            open_over_90_days=is_open and END - row["raised_at"] > timedelta(days=90),
        )
    assert industry == {category: dict(counts) for category, counts in found.items()}
    assert sum(counts["open_over_90_days"] for counts in industry.values()) > 0
    # closed, and opened again
    assert any(row["resolved_at"] is None and row["closed_at"] is None for row in rows)
    assert {row["dcc_responsible"] for row in rows} == {True, False, None}
    assert {row["smets_version"] for row in rows} == {"SMETS1", "SMETS2", None}
    hubs = {row["transaction_id"] for row in landed[0]["service_requests"] if row["srv"] == "8.14.2"}
    assert {row["related_transaction_id"] for row in rows} - {None} <= hubs


@pytest.mark.long(by="landed")
def test_every_service_and_resolver_is_named_and_one_that_nobody_knows(landed):
    rows = landed[0]["incidents"]
    for column, seed, key in (
        ("service", "incident_services", "incident_service"),
        ("resolver", "resolver_groups", "resolver"),
    ):
        with (REPOSITORY / f"seeds/pmr/{seed}.csv").open(encoding="utf-8") as handle:
            known = {row[key] for row in csv.DictReader(handle)}
        named = {row[column] for row in rows}
        assert known < named and len(named - known) == 1, column


@pytest.mark.long(by="landed")
def test_outages_name_components_and_end(landed):
    rows, industry = landed[0]["service_outages"], landed[1]["outages"]
    with (REPOSITORY / "seeds/pmr/service_components.csv").open(encoding="utf-8") as handle:
        known = {row["component"] for row in csv.DictReader(handle)}
    assert {row["component"] for row in rows} - known == {"Billing Portal"}
    # of the month before only the one is still open that the next month tells the end of
    still_open = [row for row in rows if row["ended_at"] is None]
    assert [in_month(row["started_at"]) for row in still_open] == [True]
    touching = [row for row in rows if row["started_at"] < END and (row["ended_at"] or END) > BEGIN]
    assert len(touching) == industry["outages"]
    assert industry["planned_not_approved"] == industry["of_no_kind"] == 1
    assert any(row["started_at"] < END < (row["ended_at"] or END) for row in rows)


@pytest.mark.long(by="landed")
def test_grave_incidents_have_an_outage(landed):
    outages = [row for row in landed[0]["service_outages"] if row["kind"] == "unplanned"]
    grave = [
        row for row in landed[0]["incidents"] if row["category"] <= 2 and row["outage_started_at"] is not None
    ]
    assert grave
    for row in grave:
        ended = row["outage_ended_at"] or AS_OF
        assert any(
            outage["started_at"] < ended and (outage["ended_at"] or AS_OF) > row["outage_started_at"]
            for outage in outages
        ), row["incident_id"]


@pytest.mark.long(by="landed")
def test_a_list_of_outages_from_after_each_month_is_the_proof(simulated, landed):
    folders = {path.parent.name for path in (simulated[0] / "service_outages").glob("date=*/*.csv")}
    assert {"date=2026-11-05", "date=2026-12-05"} <= folders


@pytest.mark.long(by="landed")
def test_defects_and_throttling(landed):
    accepted, industry = landed
    defects = accepted["defects"]
    last = END.date()
    assert industry["defects"] == {
        "released": sum(BEGIN.date() <= row["released_on"] < last for row in defects),
        "open": sum(
            row["accepted_on"] is not None
            and row["accepted_on"] < last
            and (row["closed_on"] is None or row["closed_on"] >= last)
            for row in defects
        ),
    }
    assert None in {row["severity"] for row in defects}
    north = [
        row
        for row in accepted["throttling_events"]
        if row["direction"] == "Northbound" and in_month(row["started_at"])
    ]
    assert industry["throttling"]["northbound"] == {
        "events": len(north),
        "incidents": len({row["incident_id"] for row in north} - {None}),
        **{name: sum(row[f"{name}_count"] for row in north) for name in ("forwarded", "dropped", "exempted")},
    }


@pytest.mark.long(by="landed")
def test_what_comes_of_requests(landed):
    rows = landed[0]["service_requests"]
    later = timedelta(hours=24)
    waits = [
        row["ended_at"] - row["execution_at"]
        for row in rows
        if row["mode_of_operation"] == 6 and row["ended_at"]
    ]
    assert any(wait > later for wait in waits) and any(wait <= later for wait in waits)
    assert all(row["execution_at"] for row in rows if row["mode_of_operation"] in (4, 10)), (
        "future-dated requests say when they were to run"
    )
    assert {"I99"} <= {row["response_code"] for row in rows if row["srv"] == "11.1"}
    images = landed[0]["firmware_distributions"]
    days = timedelta(days=5)
    of_hubs = [row for row in images if row["transaction_id"] is None and in_month(row["requested_at"])]
    late = [
        row
        for row in of_hubs
        if row["delivered_at"] is None or row["delivered_at"] - row["requested_at"] > days
    ]
    assert len(late) == landed[1]["firmware"]["hub_images_not_delivered_in_time"]


def is_success(row):
    """As far as a planted request goes: answered in words that are no error."""
    return row["device_execution_status"] == "Success" and (row["response_code"] or "E")[0] in "IW"


@pytest.mark.long(by="landed")
def test_top_ups_are_tried_again(landed):
    accepted, industry = landed
    tries = defaultdict(list)
    for row in accepted["service_requests"]:
        if row["srv"] == "2.2" and row["command_variant"] == 1 and row["device_id"]:
            tries[row["originator_party_id"], row["device_id"]].append(row)
    found = Counter()
    for rows in tries.values():
        series = []
        for row in [*sorted(rows, key=lambda row: row["started_at"]), None]:
            if series and (
                row is None
                or is_success(series[-1])
                or row["started_at"] - series[-1]["started_at"] > timedelta(hours=24)
            ):
                if in_month(series[0]["started_at"]):
                    place = ("first", "second")[len(series) - 1] if len(series) < 3 else "later"
                    found[place if is_success(series[-1]) else "failed"] += 1
                series = []
            series.append(row)
    assert all(found[end] >= count for end, count in industry["top_up_series"].items())
    assert industry["top_up_series"]["later"] and found["first"] > found["failed"]


@pytest.mark.long(by="landed")
def test_a_refused_change_of_supplier_is_put_right_on_that_day(landed):
    accepted, industry = landed
    rows = accepted["service_requests"]
    reached = defaultdict(list)
    for row in rows:
        if row["srv"] in ("1.1.1", "6.8") and is_success(row) and row["command_variant"] != 4:
            reached[row["originator_party_id"], row["device_id"], row["started_at"].date()].append(row)
    failed = [row for row in rows if row["srv"] == "6.23" and not is_success(row)]
    assert (
        sum(in_month(row["started_at"]) for row in failed)
        >= (industry["change_of_supplier"]["planted_to_fail"])
    )
    assert any(
        later["started_at"] > row["started_at"]
        for row in failed
        for later in reached[row["originator_party_id"], row["device_id"], row["started_at"].date()]
    )


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module", params=[MONTHS[-1]])
def published(request, simulated, tmp_path_factory):
    """The files of industry/ by name, and what was planted for them."""
    landing, expected = simulated
    out = tmp_path_factory.mktemp("published")
    path = os.pathsep.join(filter(None, (str(REPOSITORY / "python"), os.environ.get("PYTHONPATH", ""))))
    given = ["--landing", str(landing), "--out", str(out), "--month", request.param, "--no-pdf"]
    done = subprocess.run(
        [sys.executable, "-m", "car", "run", *given],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"car run ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    folder = out / "releases" / request.param / "current" / "industry"
    return {path.name: read(path) for path in folder.glob("*.csv")}, expected.industry


@pytest.mark.long(by="published")
def test_incident_statistics(published):
    files, industry = published
    found = defaultdict(Counter)
    for row in files["incident_statistics.csv"]:
        if row["smets_version"] == row["resolver_group"] == "ALL":
            for name in ("raised", "closed", "open", "open_over_90_days"):
                found[row["category"]][name] += int(row[name])
    for category, counts in industry["incidents"].items():
        assert {name: counts[name] for name in found[category]} == found[category], category


@pytest.mark.long(by="published")
def test_minutes_out(published):
    files, industry = published
    found = {
        (row["component"], row["segment"]): (
            float(row["planned_minutes"]),
            float(row["unplanned_minutes"]),
        )
        for row in files["availability.csv"]
        if row["band"] == "ALL" and row["component"] != "ALL" and row["state"] == "Reported"
    }
    told = {
        (row["component"], row["segment"]): (row["planned_minutes"], row["unplanned_minutes"])
        for row in industry["outages"]["minutes"]
    }
    unmapped = told.keys() - found.keys()
    assert {component for component, _ in unmapped} == {"Billing Portal"}
    assert {key: found[key] for key in told.keys() - unmapped} == {
        key: told[key] for key in told.keys() - unmapped
    }
    assert len(files["outages.csv"]) >= industry["outages"]["outages"]


@pytest.mark.long(by="published")
def test_exceptions_and_their_refusals(published):
    files, industry = published
    found = Counter(row["refusal"] or "applied" for row in files["exceptions.csv"])
    assert found == industry["exceptions"]
    for row in files["exceptions.csv"]:
        assert (row["is_applied"] == "true") == (not row["refusal"])


@pytest.mark.long(by="published")
def test_provider_measures_and_commentary(published):
    files, industry = published
    told = industry["provider_measures"]
    rows = files["provider_measures.csv"]
    assert len(rows) == told["rows"]
    assert (
        round(sum(float(row["service_credit_gbp"] or 0) for row in rows) * 100)
        == (told["service_credit_pence"])
    )
    doubts = defaultdict(set)
    for row in files["reconciliation.csv"]:
        doubts[row["check"]].add(row["subject"].split(" ")[0])
    assert doubts["unknown_provider_measure"] == set(told["unknown"])
    # figures as in the month before are told where that one is published too
    assert doubts["commentary_fresh"] >= set(industry["commentary"]["repeated"])
    assert doubts["maintenance_approved"] and doubts["outage_has_incident"] and doubts["unmapped"]
    assert len(doubts["exception_governed"]) == sum(
        count for refusal, count in industry["exceptions"].items() if refusal != "applied"
    )
    assert len(files["commentary.csv"]) == industry["commentary"]["texts"]


@pytest.mark.long(by="published")
def test_throttling_and_defects(published):
    files, industry = published
    values = {
        row["measure_id"]: row["value"]
        for row in files["measures.csv"]
        if row["segment"] == "ALL" and row["split"] == "ALL"
    }
    for name, count in industry["throttling"]["northbound"].items():
        assert int(values[f"TH1:{name}"]) == count, name
    south = industry["throttling"]["southbound"]
    assert int(values["TH2:events"]) == south["events"] and int(values["TH2:days"]) == south["days"]
    assert float(values["TH2:seconds"]) == south["seconds"]
    assert int(values["DEF1"]) == industry["defects"]["released"]
    assert int(values["DEF2"]) == industry["defects"]["open"]


@pytest.mark.long(by="published")
def test_hub_images(published):
    files, industry = published
    failed = Counter()
    for row in files["firmware.csv"]:
        if row["segment"] in ("SMETS1", "SMETS2") and row["device_type"] == "ALL":
            failed[row["measure_id"]] += int(row["failure"] or 0) + int(row["none"] or 0)
    assert failed["CHF1"] == industry["firmware"]["hub_images_not_delivered_in_time"]
    assert failed["CHF2"] == industry["firmware"]["hub_images_not_activated"]


@pytest.mark.long(by="published")
def test_every_measure_has_something_to_tell(published):
    """Reported somewhere, or withheld in so small a market; but for what needs more months or Devices."""
    files, _ = published
    told = {row["measure_id"] for row in files["measures.csv"] if row["state"] in ("Reported", "Withheld")}
    assert {row["measure_id"] for row in files["measures.csv"]} - told <= {
        "B1.1",  # the third month is the first with Devices that were silent for sixty days
        "EH4:noisy_devices",  # from 31 parties and 100,000 alerts on
        "EH4:silent_devices",  # nobody sends so many requests to one Device
        # rare in so small a market
        "A2:longer",
        "A2:within_1_h",
        "IC1.1:failed_installs",
        "IC1.3:neither_yet",
        "IC1.4:open",
    }
