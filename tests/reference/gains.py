"""change_of_supplier.csv (docs/definitions.md, "Change of Supplier")."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime

from reference.estates import Month, Recipient
from reference.history import Devices, Registrations
from reference.installs import HUB_INSTALLED, HUB_LEFT, INSTALL_ROLES, READ_WITHIN, successful_reads
from reference.landing import Row
from reference.publish import table
from reference.requests import GAIN_SRV, is_success

GAIN_COLUMNS = (
    "day",
    "gains",
    "read_before_gain",
    "no_read_before_gain",
    "old_supplier_8_14_1",
    "old_supplier_8_14_2",
    "old_supplier_neither",
)


def gain_files(
    recipients: set[Recipient],
    counted: list[Row],
    devices: Devices,
    registrations: Registrations,
    month: Month,
) -> dict[str, list[list[str]]]:
    """change_of_supplier.csv of every supplier: a row per day with gains."""
    first: dict[tuple[Recipient, str, date], Row] = {}
    for row in counted:
        if row["srv"] != GAIN_SRV or row["device_id"] is None or not is_success(row):
            continue
        if row["started_at"] not in month:
            continue
        recipient = row["originator_party_id"], row["originator_role"]
        key = recipient, row["device_id"], row["started_at"].date()
        known = first.get(key)
        if known is None or _order(row) < _order(known):
            first[key] = row
    reads = successful_reads(counted)
    hub_updates: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in counted:
        if row["srv"] in (HUB_INSTALLED, HUB_LEFT) and row["device_id"] is not None:
            entry = row["started_at"], row["srv"]
            hub_updates[row["originator_party_id"], row["device_id"]].append(entry)

    totals: dict[tuple[Recipient, date], Counter[str]] = defaultdict(Counter)
    for (recipient, device, day), row in first.items():
        if recipient[1] not in INSTALL_ROLES:
            continue
        gained = row["started_at"]
        was_read = any(gained - READ_WITHIN <= at < gained for at in reads.get(device, ()))
        state = devices.at(device, gained)
        point = row["mpxn"] or devices.meter_point_in_role(state, recipient[1], gained)
        old = registrations.other_supplier(point, recipient[1], day, recipient[0])
        updates = hub_updates.get((old, devices.hub_of(state)), ())
        latest = max((entry for entry in updates if entry[0] < gained), default=None)
        totals[recipient, day]["gains"] += 1
        totals[recipient, day]["read_before_gain" if was_read else "no_read_before_gain"] += 1
        totals[recipient, day][_old_column(latest)] += 1

    lines: dict[Recipient, list[Row]] = defaultdict(list)
    for (recipient, day), counts in totals.items():
        lines[recipient].append({"day": day, **{column: counts[column] for column in GAIN_COLUMNS[1:]}})
    return {
        f"{recipient[0]}/business_process/{recipient[1]}/change_of_supplier.csv": table(
            recipient, month, GAIN_COLUMNS, lines[recipient]
        )
        for recipient in recipients
        if recipient[1] in INSTALL_ROLES
    }


def _order(row: Row) -> tuple[datetime, str]:
    return row["started_at"], row["transaction_id"]


def _old_column(latest: tuple[datetime, str] | None) -> str:
    if latest is None:
        return "old_supplier_neither"
    return "old_supplier_8_14_1" if latest[1] == HUB_INSTALLED else "old_supplier_8_14_2"
