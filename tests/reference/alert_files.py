"""alert/<code>.csv, monthly.csv, daily.csv and delivery_time.csv (docs/published.md, "Alerts")."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

from reference.alerts import Alert
from reference.business import SPEED_COLUMNS
from reference.estates import Month, Recipient
from reference.history import Devices
from reference.industry import (
    INDUSTRY_SHARE_DECIMALS,
    Groups,
    industry_mean,
    industry_seconds,
    industry_share,
    own_share,
    rounded,
    speed_line,
)
from reference.landing import Row
from reference.publish import SIGNIFIERS, seconds, speed_figures, table
from reference.requests import dimensions, is_success_code, whole_ms

ALERT_ROLES = ("IS", "GS", "ES", "ED")
TARGET_MS = 60_000
CODE_COLUMNS = (
    "outcome",
    "failure_reason_code",
    *SIGNIFIERS,
    "alert_count",
    "delivery_min_s",
    "delivery_mean_s",
    "delivery_median_s",
    "delivery_max_s",
    "delivery_sum_s",
)
RATE_COLUMNS = (
    "own_success_rate",
    "own_mean_delivery_s",
    "own_within_target_rate",
    "industry_success_rate",
    "industry_mean_delivery_s",
    "industry_suppressed",
)
DAILY_COLUMNS = ("alert_code", "day", "own_volume", *RATE_COLUMNS)
MONTHLY_COLUMNS = ("alert_code", "alert_name", "own_volume", "own_suppressed_volume", *RATE_COLUMNS)


def delivery_ms(alert: Alert) -> int | None:
    """Delivery time in whole milliseconds, never below 0; None where it was not delivered."""
    return None if alert.end is None else max(0, whole_ms(alert.end) - whole_ms(alert.start))


def alert_files(
    recipients: set[Recipient],
    alerts: list[Alert],
    devices: Devices,
    groups: Groups,
    month: Month,
    seeds: Path,
) -> dict[str, list[list[str]]]:
    """All alert files of every recipient; per-code files only where there are rows."""
    with (seeds / "alert_codes.csv").open(encoding="utf-8", newline="") as stream:
        codes = {row["alert_code"]: row for row in csv.DictReader(stream)}
    listed = {code for code, row in codes.items() if row["is_electricity_distributor"] == "true"}
    by_cell: dict[tuple[str, str], list[Alert]] = defaultdict(list)
    for alert in alerts:
        role, code = alert.row["destination_role"], alert.row["alert_code"]
        if alert.start in month and (role != "ED" or code in listed):
            by_cell[role, code].append(alert)
            by_cell[role, "ALL"].append(alert)
    files = {}
    for recipient in sorted(recipients):
        party, role = recipient
        if role not in ALERT_ROLES:
            continue
        lines: dict[str, list[Row]] = defaultdict(list)
        for (cell_role, code), several in by_cell.items():
            own = [a for a in several if a.row["destination_party_id"] == party]
            if cell_role != role or not own:
                continue
            kept = [a for a in several if not a.row["suppressed"]]
            own_kept = [a for a in own if not a.row["suppressed"]]
            cell = {"alert_code": code}
            named = {"alert_name": codes.get(code, {}).get("alert_name") or None}
            held_back = {"own_suppressed_volume": len(own) - len(own_kept)}
            lines["monthly"].append(cell | named | held_back | _rates(party, role, kept, groups))
            if not own_kept:
                continue
            lines["daily"] += [
                cell | {"day": day} | _rates(party, role, [a for a in kept if a.start.date() == day], groups)
                for day in month.days
            ]
            measured = [(a.row["destination_party_id"], delivery_ms(a)) for a in kept if a.end is not None]
            lines["delivery_time"].append(cell | speed_line(party, role, measured, groups))
            if code != "ALL":
                path = f"{party}/alerts/{role}/alert/{code}.csv"
                files[path] = table(recipient, month, CODE_COLUMNS, _details(own_kept, devices))
        for name, columns in (
            ("monthly", MONTHLY_COLUMNS),
            ("daily", DAILY_COLUMNS),
            ("delivery_time", ("alert_code", *SPEED_COLUMNS)),
        ):
            files[f"{party}/alerts/{role}/{name}.csv"] = table(recipient, month, columns, lines[name])
    return files


def _rates(party: str, role: str, alerts: list[Alert], groups: Groups) -> Row:
    """Own and industry rates of a cell's alerts, none of them suppressed."""
    own = [a for a in alerts if a.row["destination_party_id"] == party]
    delivered = [ms for a in own if (ms := delivery_ms(a)) is not None]
    success = industry_share(
        [(a.row["destination_party_id"], a.end is not None) for a in alerts], role, groups
    )
    mean = industry_mean(
        [(a.row["destination_party_id"], ms) for a in alerts if (ms := delivery_ms(a)) is not None],
        role,
        groups,
    )
    return {
        "own_volume": len(own),
        "own_success_rate": own_share([a.end is not None for a in own]),
        "own_mean_delivery_s": seconds(Fraction(sum(delivered), len(delivered))) if delivered else None,
        "own_within_target_rate": own_share(
            [(ms := delivery_ms(a)) is not None and ms <= TARGET_MS for a in own]
        ),
        "industry_success_rate": rounded(success.value, INDUSTRY_SHARE_DECIMALS),
        "industry_mean_delivery_s": industry_seconds(mean.value),
        "industry_suppressed": success.withheld or mean.withheld,
    }


def _failure_reason(alert: Alert) -> str | None:
    if alert.end is not None:
        return None
    code = alert.row["response_code"]
    return str(code) if code is not None and not is_success_code(code) else "NO_RESPONSE"


def _details(alerts: list[Alert], devices: Devices) -> list[Row]:
    cells: dict[tuple[object, ...], list[Alert]] = defaultdict(list)
    for alert in alerts:
        outcome = "Failed" if alert.end is None else "Delivered"
        signifiers = dimensions(alert.row, alert.start, devices)
        cells[outcome, _failure_reason(alert), *(signifiers[n] for n in SIGNIFIERS)].append(alert)
    lines = []
    for cell, several in cells.items():
        line: Row = dict(zip(CODE_COLUMNS, cell, strict=False))
        line["alert_count"] = len(several)
        figures = speed_figures([ms for a in several if (ms := delivery_ms(a)) is not None])
        line |= {name.replace("rtt_", "delivery_"): value for name, value in figures.items()}
        lines.append(line)
    return lines
