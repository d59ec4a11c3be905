"""install_and_commission.csv (docs/definitions.md, "Install and Commission")."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

from reference.estates import ONE_TICK, Month, Recipient
from reference.history import METER_OF_ROLE, METERS, Devices, Registrations
from reference.landing import Row
from reference.publish import table
from reference.requests import METER_READS, is_success, region_of

INSTALL_ROLES = ("IS", "GS")
HUB = "CHF"
COMMISSION = "8.1.1"
HUB_INSTALLED, HUB_LEFT = "8.14.1", "8.14.2"
WEEK = timedelta(days=7)
READ_WITHIN = timedelta(hours=30 * 24)
OPEN_AT_MOST = timedelta(hours=90 * 24)
INSTALL_COLUMNS = ("day", "measure", "device_type", "region", "value")

# (recipient, day, measure, device_type, region, device): each counts once.
Counted = tuple[Recipient, date, str, str, str, str | None]


def device_region(state: Row | None) -> str:
    """Region of a Device alone."""
    return region_of({"csp_region": None, "s1sp": None}, state)


def end_of_day(day: date) -> datetime:
    """The first instant after a day."""
    return datetime.combine(day, time()) + timedelta(days=1)


def install_files(
    recipients: set[Recipient],
    counted: list[Row],
    devices: Devices,
    registrations: Registrations,
    month: Month,
    as_of: datetime,
) -> dict[str, list[list[str]]]:
    """install_and_commission.csv of every supplier.

    Parameters: counted, all counted requests of any month.
    """
    found = _commissioned(counted, devices, registrations, month, as_of)
    found |= _reported(counted, devices, month)
    found |= _open_hubs(counted, devices, month)
    found |= _reads(counted, devices, month, as_of)
    values = Counter(entry[:-1] for entry in found)
    lines: dict[Recipient, list[Row]] = defaultdict(list)
    for (recipient, *cell), value in values.items():
        lines[recipient].append(dict(zip(INSTALL_COLUMNS, (*cell, value), strict=True)))
    return {
        f"{recipient[0]}/business_process/{recipient[1]}/install_and_commission.csv": table(
            recipient, month, INSTALL_COLUMNS, lines[recipient]
        )
        for recipient in recipients
        if recipient[1] in INSTALL_ROLES
    }


def _owners(state: Row, devices: Devices, registrations: Registrations, day: date) -> set[Recipient]:
    """The suppliers whose own a Device is on a day: by its meter point, a hub by the meters on it."""
    instant = end_of_day(day) - ONE_TICK
    found = set()
    for role in INSTALL_ROLES:
        if state["device_type"] == HUB:
            points = [m["mpxn"] for m in devices.meters_on(state["device_id"], instant)]
        else:
            points = [devices.meter_point_in_role(state, role, instant)]
        for point in points:
            supplier = registrations.supplier(point, role, day)
            if supplier is not None:
                found.add((supplier, role))
    return found


def _commissioned(
    counted: list[Row], devices: Devices, registrations: Registrations, month: Month, as_of: datetime
) -> set[Counted]:
    """successful_installs, predicted_installs and neither_yet."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for device in devices.ids():
        for day in devices.commissioned_days.get(device, ()):
            by_day[day].append(device)
    reported = {
        row["device_id"]
        for row in counted
        if row["srv"] in (HUB_INSTALLED, HUB_LEFT) and is_success(row) and row["started_at"] <= as_of
    }
    found: set[Counted] = set()
    for day in month.days:
        for earlier, measure in ((day, "successful_installs"), (day - WEEK, "predicted_installs")):
            for device in by_day[earlier]:
                state = devices.at(device, end_of_day(earlier) - ONE_TICK)
                if state is None or state["device_type"] not in (HUB, *METERS):
                    continue
                kind, region = state["device_type"], device_region(state)
                for owner in _owners(state, devices, registrations, earlier):
                    found.add((owner, day, measure, kind, region, device))
                    if earlier == day and kind == HUB and device not in reported:
                        found.add((owner, day, "neither_yet", kind, region, device))
    return found


def _reported(counted: list[Row], devices: Devices, month: Month) -> set[Counted]:
    """failed_installs, installs_8_14_1 and installs_8_14_2."""
    found: set[Counted] = set()
    for row in counted:
        if row["started_at"] not in month:
            continue
        day, device, srv = row["started_at"].date(), row["device_id"], row["srv"]
        sender = row["originator_party_id"], row["originator_role"]
        state = devices.at(device, end_of_day(day) - ONE_TICK)
        region = device_region(state)
        if is_success(row):
            if srv in (HUB_INSTALLED, HUB_LEFT):
                found.add((sender, day, f"installs_{srv.replace('.', '_')}", HUB, region, device))
        elif day in devices.commissioned_days.get(device, ()):
            continue
        elif srv == HUB_INSTALLED:
            found.add((sender, day, "failed_installs", HUB, region, device))
        elif srv == COMMISSION and state is not None and state["device_type"] in METERS:
            found.add((sender, day, "failed_installs", state["device_type"], region, device))
    return found


def _open_hubs(counted: list[Row], devices: Devices, month: Month) -> set[Counted]:
    """open_8_14_2 at the end of each day; a request without a Device names no hub that could be open."""
    sent: dict[tuple[Recipient, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in counted:
        if row["srv"] in (HUB_INSTALLED, HUB_LEFT) and is_success(row) and row["device_id"] is not None:
            sender = row["originator_party_id"], row["originator_role"]
            # Of two at one instant the greater text is 8.14.2.
            sent[sender, row["device_id"]].append((row["started_at"], row["srv"]))
    found: set[Counted] = set()
    for (sender, device), several in sent.items():
        for day in month.days:
            end = end_of_day(day)
            latest = max((entry for entry in several if entry[0] < end), default=None)
            if latest is not None and latest[1] == HUB_LEFT and end - latest[0] <= OPEN_AT_MOST:
                region = device_region(devices.at(device, end - ONE_TICK))
                found.add((sender, day, "open_8_14_2", HUB, region, device))
    return found


def _reads(counted: list[Row], devices: Devices, month: Month, as_of: datetime) -> set[Counted]:
    """read_within_30_days, no_read_within_30_days and read_pending."""
    reads = successful_reads(counted)
    found: set[Counted] = set()
    for row in counted:
        role, installed = row["originator_role"], row["started_at"]
        if row["srv"] != HUB_INSTALLED or not is_success(row) or installed not in month:
            continue
        day = installed.date()
        for meter in devices.meters_on(row["device_id"], installed):
            if meter["device_type"] != METER_OF_ROLE.get(role):
                continue
            device = str(meter["device_id"])
            if any(installed < at <= installed + READ_WITHIN for at in reads.get(device, ())):
                measure = "read_within_30_days"
            elif as_of > installed + READ_WITHIN:
                measure = "no_read_within_30_days"
            else:
                measure = "read_pending"
            region = device_region(devices.at(device, end_of_day(day) - ONE_TICK))
            sender = row["originator_party_id"], role
            found.add((sender, day, measure, meter["device_type"], region, device))
    return found


def successful_reads(counted: list[Row]) -> dict[str, list[datetime]]:
    """When each Device was read with success, by any User."""
    reads: dict[str, list[datetime]] = defaultdict(list)
    for row in counted:
        if row["srv"] in METER_READS and is_success(row) and row["device_id"] is not None:
            reads[str(row["device_id"])].append(row["started_at"])
    return reads
