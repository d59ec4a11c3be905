"""Estates: which Devices are whose at the last instant of the month (docs/definitions.md, "Estates")."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reference.alerts import POWER_OUTAGE_CODES, Alert
from reference.history import METERS, NOT_IN_USE, Devices, Period, Registrations
from reference.landing import Row
from reference.requests import METER_READS, is_success

SUPPLIER_ROLES = ("IS", "ES", "GS")
EXPIRY_DAYS = 30
ONE_TICK = timedelta(microseconds=1)

Recipient = tuple[str, str]


@dataclass(frozen=True)
class Month:
    """A reporting month: `start` inclusive to `end` exclusive, UTC."""

    name: str
    start: datetime
    end: datetime

    @classmethod
    def parse(cls, name: str) -> Month:
        """The month of a name `YYYY-MM`."""
        year, number = (int(part) for part in name.split("-"))
        return cls(name, datetime(year, number, 1), datetime(year + number // 12, number % 12 + 1, 1))

    @property
    def last_day(self) -> date:
        """Last calendar day."""
        return (self.end - ONE_TICK).date()

    @property
    def days(self) -> list[date]:
        """Every calendar day, in order."""
        return [self.start.date() + timedelta(days=n) for n in range((self.end - self.start).days)]

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True)
class EstateDevice:
    """A Device in an estate: its state and the meter point by which it is there (None: OU without one)."""

    state: Row
    mpxn: str | None


def build_estates(
    devices: Devices, registrations: Registrations, counted: list[Row], month: Month
) -> dict[Recipient, list[EstateDevice]]:
    """Every (party, role)'s estate at the last instant of the month.

    Parameters: counted, all counted requests (an OU's estate is what answered it with a Success that month).
    """
    last_instant = month.end - ONE_TICK
    in_use = {}
    for device in devices.ids():
        state = devices.at(device, last_instant)
        if state is not None and state["device_status"] not in NOT_IN_USE:
            in_use[device] = state

    # What each Device is in by itself; then what it takes from the meters on its hub.
    direct = {d: _direct_points(s, registrations, month.last_day) for d, s in in_use.items()}
    estates: dict[Recipient, list[EstateDevice]] = defaultdict(list)
    for device, state in in_use.items():
        points: dict[Recipient, set[str]] = defaultdict(set)
        for recipient, point in direct[device]:
            points[recipient].add(point)
        if state["mpxn"] is None:
            wanted = ("GSME",) if state["device_type"] == "GPF" else METERS
            for meter in devices.meters_on(devices.hub_of(state), last_instant):
                if meter["device_type"] in wanted:
                    for recipient, point in direct[str(meter["device_id"])]:
                        if recipient[1] in ("IS", "GS", "ED"):
                            points[recipient].add(point)
        for recipient, several in points.items():
            estates[recipient].append(EstateDevice(state, min(several)))

    answered: dict[Recipient, set[str]] = defaultdict(set)
    for row in counted:
        if row["originator_role"] == "OU" and row["started_at"] in month and is_success(row):
            answered[str(row["originator_party_id"]), "OU"].add(str(row["device_id"]))
    for recipient, names in answered.items():
        for device in names & in_use.keys():
            own = in_use[device]["mpxn"]
            estates[recipient].append(EstateDevice(in_use[device], None if own is None else str(own)))
    return estates


def _direct_points(state: Row, registrations: Registrations, day: date) -> list[tuple[Recipient, str]]:
    """(recipient, meter point) pairs that a Device has by its own mpxn and export_mpan."""
    found: list[tuple[Recipient, str]] = []
    own, export = state["mpxn"], state["export_mpan"]
    for role in ("IS", "GS"):
        supplier = registrations.supplier(own, role, day)
        if supplier is not None:
            found.append(((supplier, role), str(own)))
    if state["device_type"] == "ESME":
        supplier = registrations.supplier(export, "ES", day)
        if supplier is not None:
            found.append(((supplier, "ES"), str(export)))
    for point in (own, export):
        operator = registrations.network_operator(point, day)
        if operator is not None:
            found.append(((operator, "ED"), str(point)))
            break
    return found


@dataclass
class Sources:
    """What the lines of devices.csv are made from."""

    month: Month
    registrations: Registrations
    reads_by_device: dict[str, list[datetime]]
    alerts_by_device: dict[tuple[object, object, object], list[Alert]]
    outages_by_point: dict[str, list[Alert]]
    products: dict[tuple[object, ...], Row]


def gather_sources(
    month: Month, registrations: Registrations, counted: list[Row], alerts: list[Alert], products: list[Row]
) -> Sources:
    """Index reads, alerts and products; suppressed alerts are left out."""
    reads: dict[str, list[datetime]] = defaultdict(list)
    for row in counted:
        if row["srv"] in METER_READS and is_success(row) and row["started_at"] < month.end:
            reads[str(row["device_id"])].append(row["started_at"])
    by_device: dict[tuple[object, object, object], list[Alert]] = defaultdict(list)
    outages: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.row["suppressed"]:
            continue
        if alert.start < month.end and alert.row["device_id"] is not None:
            by_device[alert.row["device_id"], *alert.recipient].append(alert)
        if alert.row["alert_code"] in POWER_OUTAGE_CODES and alert.start in month and alert.meter_point:
            outages[alert.meter_point].append(alert)
    keyed = {_product_key(p): p for p in products}
    return Sources(month, registrations, reads, by_device, outages, keyed)


def _product_key(row: Row) -> tuple[object, ...]:
    return row["device_type"], row["manufacturer"], row["model"], row["firmware_version"]


def device_line(recipient: Recipient, device: EstateDevice, sources: Sources) -> dict[str, object]:
    """One line of devices.csv, typed and before formatting (docs/published.md, "Inventory")."""
    party, role = recipient
    state, month = device.state, sources.month
    line: dict[str, object] = {
        "device_id": state["device_id"],
        "smart_metering_system_id": state["smart_metering_system_id"],
        "device_type": state["device_type"],
        "device_model": state["model"],
        "firmware_version": state["firmware_version"],
        "csp_id": state["csp_region"] if state["csp_region"] is not None else state["s1sp"],
        "mpxn": device.mpxn,
        "commissioned_status": state["device_status"],
        "prepayment_flag": None if state["payment_mode"] is None else state["payment_mode"] == "Prepayment",
        "smets_version": state["smets_version"],
        "cpl_expires_within_30_days": product_ends_by(state, notice_day(month), sources),
        "security_certificate_expires_within_30_days": ends_by(
            state["security_certificate_expires_on"], notice_day(month)
        ),
    }
    if role != "OU":
        line |= _lines_of_a_meter_point(party, role, device, sources)
    return line


def _lines_of_a_meter_point(
    party: str, role: str, device: EstateDevice, sources: Sources
) -> dict[str, object]:
    state, month, registrations = device.state, sources.month, sources.registrations
    period = _registered(role, device, sources)
    since = _since(role, period)
    received = [
        (a.start, str(a.row["alert_code"]))
        for a in sources.alerts_by_device.get((state["device_id"], party, role), ())
        if a.start >= since
    ]
    last_alert = max(received, default=(None, None))
    outage_point = state["mpxn"] if role == "ES" else device.mpxn
    outages = [a for a in sources.outages_by_point.get(outage_point, ()) if a.start >= since]
    return {
        "energy_supplier_id": party if role != "ED" else _supplier(period),
        "dno_id": None if role == "GS" else registrations.network_operator(device.mpxn, month.last_day),
        "postcode": state["postcode"],
        "last_meter_read_at": last_meter_read(role, device, sources),
        "last_alert_at": last_alert[0],
        "last_alert_code": last_alert[1],
        "power_outage_alert_count": len({a.row["alert_id"] for a in outages}),
        "change_of_supplier_start_date": period.first_day if period else None,
        "change_of_supplier_end_date": period.last_day if period else None,
    }


def _registered(role: str, device: EstateDevice, sources: Sources) -> Period | None:
    """The registration period by which a Device is in an estate; the import supplier's for an ED."""
    registered_role = role if role in SUPPLIER_ROLES else "IS"
    return sources.registrations.period(device.mpxn, registered_role, sources.month.last_day)


def _since(role: str, period: Period | None) -> datetime:
    """From when a recipient sees what straddles a change of supplier: its own first day; an ED all of it."""
    if role in SUPPLIER_ROLES and period is not None:
        return datetime.combine(period.first_day, datetime.min.time())
    return datetime.min


def last_meter_read(role: str, device: EstateDevice, sources: Sources) -> datetime | None:
    """The last meter read of a Device that a recipient in a role sees."""
    since = _since(role, _registered(role, device, sources))
    reads = sources.reads_by_device.get(str(device.state["device_id"]), ())
    return max((at for at in reads if at >= since), default=None)


def _supplier(period: Period | None) -> str | None:
    return period.supplier if period else None


def ends_by(day: object, last: date) -> bool:
    """Whether a day is given and comes on or before another."""
    return day is not None and day <= last


def notice_day(month: Month) -> date:
    """The last day of those whose end is told at month end."""
    return month.last_day + timedelta(days=EXPIRY_DAYS)


def product_ends_by(state: Row, last: date, sources: Sources) -> bool:
    """Whether the list's entry of a Device is `Removed` or ends by a day; false without an entry."""
    entry = sources.products.get(_product_key(state))
    return entry is not None and (entry["status"] == "Removed" or ends_by(entry["expires_on"], last))


def product_end(state: Row, sources: Sources) -> date | None:
    """The day on which the list's entry of a Device ends; None without one."""
    entry = sources.products.get(_product_key(state))
    return None if entry is None else entry["expires_on"]
