"""Service requests: which count, their outcome, times, business process and dimensions.

Source: docs/definitions.md, "Which requests count", "Point-in-time attributes" and "Business processes".
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from reference.history import Devices
from reference.landing import Row

COUNTED_STATUSES = {2, 3, 4, 6, 7, 8, 18, 19, 22, 23, 25, 26, 27, 28, 29, 32, 33, 34, 35}
NO_RESPONSE_STATUSES = {18, 19, 34}
TRANSFORM = 4
METER_READS = {
    "4.1.1",
    "4.1.2",
    "4.1.3",
    "4.1.4",
    "4.2",
    "4.6.1",
    "4.6.2",
    "4.8.1",
    "4.8.2",
    "4.8.3",
    "4.10",
    "4.17",
}
DEFAULT_TRT_S = {2: 30, 3: 30, 4: 86_400, 6: 86_400, 10: 86_400}
SMETS1_ACTIVATION_TRT_S = 432_000
PAIRED_SRVS = ("6.15.2", "6.17")
LONGEST_GAP = timedelta(hours=24)
INSTALL_AND_COMMISSION = "Install and Commission"
CHANGE_OF_SUPPLIER = "Change of Supplier (Gain)"
GAIN_SRV = "6.23"
UNKNOWN = "Unknown"


@dataclass
class Lists:
    """The code lists of the definitions: they are the seeds."""

    processes: dict[str, list[str]]
    target_response_times_s: dict[tuple[str, int], int]


def read_lists(seeds: Path) -> Lists:
    """Table 1 (process names per SRV, in row order) and the target response times, from seeds/*.csv."""
    processes: dict[str, list[str]] = defaultdict(list)
    for row in _seed(seeds, "business_process_srvs"):
        if row["srv"] and row["business_process"] not in processes[row["srv"]]:
            processes[row["srv"]].append(row["business_process"])
    targets = {
        (row["srv"], int(row["mode_of_operation"])): int(row["trt_s"])
        for row in _seed(seeds, "target_response_times")
    }
    return Lists(dict(processes), targets)


def _seed(seeds: Path, name: str) -> list[dict[str, str]]:
    with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def whole_ms(instant: datetime) -> int:
    """Milliseconds since an arbitrary fixed instant, cut to whole ones."""
    return (instant - datetime(1900, 1, 1)) // timedelta(milliseconds=1)


def is_counted(row: Row) -> bool:
    """Whether the final state of a request counts."""
    return row["report_status_id"] in COUNTED_STATUSES and row["command_variant"] != TRANSFORM


def response_received(row: Row) -> bool:
    """Whether a response was received."""
    return row["ended_at"] is not None and row["report_status_id"] not in NO_RESPONSE_STATUSES


def is_success_code(code: object) -> bool:
    """Whether a response code is one of success or warning."""
    return code is not None and str(code)[:1] in ("I", "W")


def is_success(row: Row) -> bool:
    """Outcome `Success` of a request."""
    return response_received(row) and is_success_code(row["response_code"])


def failure_reason(row: Row) -> str | None:
    """Failure reason code; None for a Success."""
    if is_success(row):
        return None
    code = row["response_code"]
    if code is not None and not is_success_code(code):
        return str(code)
    return "NO_CODE" if response_received(row) else "NO_RESPONSE"


def round_trip_time_ms(row: Row) -> int | None:
    """Round Trip Time in whole milliseconds; None where no response was received."""
    if not response_received(row):
        return None
    start = row["started_at"] if row["execution_at"] is None else row["execution_at"]
    taken = whole_ms(row["ended_at"]) - whole_ms(start) - (row["sla_exclusion_ms"] or 0)
    return max(0, taken)


def target_response_time_s(row: Row, device: Row | None, lists: Lists) -> int | None:
    """Target Response Time in seconds; None where there is none. `device` is its state at started_at."""
    if row["srv"] == "11.3" and device is not None and device["smets_version"] == "SMETS1":
        return SMETS1_ACTIVATION_TRT_S
    mode = row["mode_of_operation"]
    key = (row["srv"], mode)
    return lists.target_response_times_s.get(key, DEFAULT_TRT_S.get(mode))


def region_of(row: Row, device: Row | None) -> str:
    """Region of a request or alert."""
    if row["csp_region"] is not None:
        return str(row["csp_region"])
    if device is not None and device["csp_region"] is not None:
        return str(device["csp_region"])
    if row["s1sp"] is not None:
        return "SMETS1"
    if device is not None and (device["s1sp"] is not None or device["smets_version"] == "SMETS1"):
        return "SMETS1"
    return UNKNOWN


def dimensions(row: Row, instant: datetime, devices: Devices) -> dict[str, str]:
    """The signifiers ch_manufacturer to smets_version of a published row, at an instant."""
    device = devices.at(row["device_id"], instant)
    hub = devices.at(devices.hub_of(device), instant)

    def known(state: Row | None, column: str) -> str:
        return UNKNOWN if state is None or state[column] is None else str(state[column])

    ch_function = UNKNOWN if device is None else "GPF" if device["device_type"] == "GPF" else "CHF"
    return {
        "ch_manufacturer": known(hub, "manufacturer"),
        "ch_model": known(hub, "model"),
        "ch_function": ch_function,
        "ch_firmware_version": known(hub, "firmware_version"),
        "device_type": known(device, "device_type"),
        "device_manufacturer": known(device, "manufacturer"),
        "device_model": known(device, "model"),
        "device_firmware_version": known(device, "firmware_version"),
        "region": region_of(row, device),
        "smets_version": known(device, "smets_version"),
    }


def credential_types(counted: list[Row]) -> dict[str, str]:
    """Credential type by transaction_id, for the counted requests of the paired SRVs."""
    types: dict[str, str] = {}
    series: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in counted:
        if row["srv"] not in PAIRED_SRVS:
            continue
        if row["device_id"] is None:
            types[str(row["transaction_id"])] = "Unpaired"
        else:
            key = (row["srv"], row["originator_party_id"], row["originator_role"], row["device_id"])
            series[key].append(row)
    for rows in series.values():
        rows.sort(key=lambda r: (r["started_at"], r["transaction_id"]))
        run: list[Row] = []
        for row in rows:
            if run and row["started_at"] - run[-1]["started_at"] > LONGEST_GAP:
                types |= _types_of_run(run)
                run = []
            run.append(row)
        types |= _types_of_run(run)
    return types


def _types_of_run(run: list[Row]) -> dict[str, str]:
    names = ["Digital Signature" if i % 2 == 0 else "Key Agreement" for i in range(len(run))]
    if len(run) % 2 == 1:
        names[-1] = "Unpaired"
    return {str(row["transaction_id"]): name for row, name in zip(run, names, strict=True)}


def gain_days(counted: list[Row]) -> set[tuple[object, object, object, date]]:
    """(device, party, role, day) of every counted 6.23 that names a Device."""
    return {
        (r["device_id"], r["originator_party_id"], r["originator_role"], r["started_at"].date())
        for r in counted
        if r["srv"] == GAIN_SRV and r["device_id"] is not None
    }


def business_process(
    row: Row, devices: Devices, gains: set[tuple[object, object, object, date]], lists: Lists
) -> str | None:
    """The one business process of a counted request, or None (Which business process, rules 1 to 4)."""
    processes = lists.processes.get(str(row["srv"]), [])
    day = row["started_at"].date()
    device = row["device_id"]
    if INSTALL_AND_COMMISSION in processes and day in devices.commissioned_days.get(device, ()):
        return INSTALL_AND_COMMISSION
    gain = (device, row["originator_party_id"], row["originator_role"], day)
    if CHANGE_OF_SUPPLIER in processes and gain in gains:
        return CHANGE_OF_SUPPLIER
    others = [p for p in processes if p not in (INSTALL_AND_COMMISSION, CHANGE_OF_SUPPLIER)]
    return others[0] if others else None
