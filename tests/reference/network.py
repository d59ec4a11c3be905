"""The files of network_operator/ED/ (docs/definitions.md, "Electricity Distributors")."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from reference.alerts import Alert
from reference.estates import Month, Recipient
from reference.history import Devices, Registrations
from reference.industry import own_share
from reference.landing import Row
from reference.publish import table
from reference.requests import UNKNOWN, dimensions

ROLE = "ED"
DEVICE_ALERTS = ("N13", "N55")
HANDOVER_ASKED, HANDOVER_DONE = "N16", "N42"
OPERATOR_CREDENTIALS = (None, "NetworkOperator")
HANDOVER_WITHIN = timedelta(hours=7 * 24)
OUTAGE = "AD1"
RESTORATIONS = ("8F35", "8F36")
LONG_RESTORATION = "8F36"
SIGNIFIERS = ("device_type", "device_manufacturer", "device_model", "device_firmware_version")
DEVICE_COLUMNS = ("alert_code", *SIGNIFIERS, "alert_count")
HANDOVER_COLUMNS = (
    "energy_supplier_id",
    "day",
    "n16_count",
    "met_count",
    "failed_count",
    "pending_count",
    "met_share",
)
OUTAGE_COLUMNS = ("check", "mpxn", "device_id", "alert_id", "alert_at")
SUMMARY_COLUMNS = ("day", "check", "count")


def received_alerts(alerts: list[Alert]) -> dict[Recipient, list[Alert]]:
    """All accepted alerts of any month to each Electricity Distributor, suppressed or not."""
    received: dict[Recipient, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.recipient[1] == ROLE:
            received[alert.recipient].append(alert)
    return received


def network_files(
    recipients: set[Recipient],
    received: dict[Recipient, list[Alert]],
    handovers: dict[Recipient, list[Row]],
    devices: Devices,
    month: Month,
) -> dict[str, list[list[str]]]:
    """The four files of every Electricity Distributor.

    Parameters: handovers, the lines of credentials_handover.csv.
    """
    files = {}
    for recipient in recipients:
        if recipient[1] != ROLE:
            continue
        own = received.get(recipient, [])
        outages = unmatched_outages(own, month)
        per_day = Counter((alert.start.date(), check) for check, alert in outages)
        for name, columns, lines in (
            ("alert_devices", DEVICE_COLUMNS, _alert_devices(own, devices, month)),
            ("credentials_handover", HANDOVER_COLUMNS, handovers[recipient]),
            ("outage_restoration", OUTAGE_COLUMNS, [_outage_line(*entry) for entry in outages]),
            (
                "outage_restoration_summary",
                SUMMARY_COLUMNS,
                [{"day": day, "check": check, "count": n} for (day, check), n in per_day.items()],
            ),
        ):
            files[f"{recipient[0]}/network_operator/{ROLE}/{name}.csv"] = table(
                recipient, month, columns, lines
            )
    return files


def _alert_devices(own: list[Alert], devices: Devices, month: Month) -> list[Row]:
    counts: Counter[tuple[str, ...]] = Counter()
    for alert in own:
        code = alert.row["alert_code"]
        if code in DEVICE_ALERTS and alert.start in month and not alert.row["suppressed"]:
            signifiers = dimensions(alert.row, alert.start, devices)
            counts[code, *(signifiers[name] for name in SIGNIFIERS)] += 1
    return [dict(zip(DEVICE_COLUMNS, (*cell, count), strict=True)) for cell, count in counts.items()]


def handover_lines(
    party: str, own: list[Alert], registrations: Registrations, month: Month, as_of: datetime
) -> list[Row]:
    """The lines of credentials_handover.csv of an Electricity Distributor, given all alerts to it."""
    done: dict[str, list[datetime]] = defaultdict(list)
    for alert in own:
        row = alert.row
        if (
            row["alert_code"] == HANDOVER_DONE
            and row["remote_party_role"] in OPERATOR_CREDENTIALS
            and row["device_id"] is not None
        ):
            done[row["device_id"]].append(alert.start)
    verdicts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for alert in own:
        if alert.row["alert_code"] != HANDOVER_ASKED or alert.start not in month:
            continue
        day, last = alert.start.date(), alert.start + HANDOVER_WITHIN
        if any(alert.start < at <= last for at in done.get(alert.row["device_id"], ())):
            verdict = "met"
        else:
            verdict = "failed" if as_of > last else "pending"
        supplier = None
        if registrations.network_operator(alert.meter_point, day) == party:
            supplier = registrations.supplier(alert.meter_point, "IS", day)
        verdicts[supplier or UNKNOWN, day][verdict] += 1
    return [
        {
            "energy_supplier_id": supplier,
            "day": day,
            "n16_count": sum(counts.values()),
            "met_count": counts["met"],
            "failed_count": counts["failed"],
            "pending_count": counts["pending"],
            "met_share": own_share(counts["met"], counts["met"] + counts["failed"]),
        }
        for (supplier, day), counts in verdicts.items()
    ]


def unmatched_outages(own: list[Alert], month: Month) -> list[tuple[str, Alert]]:
    """(check, alert) of every alert of the month that a check finds."""
    by_point: dict[str, dict[str, set[datetime]]] = defaultdict(lambda: defaultdict(set))
    for alert in own:
        if alert.meter_point is not None:
            by_point[alert.meter_point][alert.row["alert_code"]].add(alert.start)
    found = []
    for alert in own:
        code = alert.row["alert_code"]
        if code not in (OUTAGE, *RESTORATIONS) or alert.start not in month:
            continue
        at_point = by_point[alert.meter_point] if alert.meter_point is not None else {}
        outages = at_point.get(OUTAGE, set())
        checks = []
        if code == OUTAGE:
            restored = {
                other: is_restored(alert.start, outages, at_point.get(other, set())) for other in RESTORATIONS
            }
            checks += [f"{OUTAGE}_without_{other}" for other in RESTORATIONS if not restored[other]]
            if not any(restored.values()):
                checks.append("defect")
        elif not has_outage(alert.start, outages, at_point.get(code, set())):
            checks.append(f"{code}_without_{OUTAGE}")
            if code == LONG_RESTORATION:
                checks.append("defect")
        found += [(check, alert) for check in checks]
    return found


def is_restored(outage: datetime, outages: Iterable[datetime], restorations: Iterable[datetime]) -> bool:
    """Whether a restoration comes at or after an outage and before the next later one."""
    following = min((at for at in outages if at > outage), default=None)
    return any(outage <= at and (following is None or at < following) for at in restorations)


def has_outage(restoration: datetime, outages: Iterable[datetime], restorations: Iterable[datetime]) -> bool:
    """Whether an outage comes at or before a restoration and after the restoration before it."""
    before = max((at for at in restorations if at < restoration), default=None)
    return any(at <= restoration and (before is None or at > before) for at in outages)


def _outage_line(check: str, alert: Alert) -> Row:
    return {
        "check": check,
        "mpxn": alert.meter_point,
        "device_id": alert.row["device_id"],
        "alert_id": alert.row["alert_id"],
        "alert_at": alert.start,
    }
