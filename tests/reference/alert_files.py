"""alert/<code>.csv, monthly.csv, daily.csv and delivery_time.csv (docs/published.md, "Alerts")."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reference.alerts import Alert
from reference.business import INDUSTRY_SPEED_COLUMNS, OWN_SPEED_COLUMNS
from reference.estates import Month, Recipient
from reference.history import Devices
from reference.industry import (
    ALL,
    EMPTY,
    Cell,
    Figure,
    Groups,
    Key,
    MonthFigures,
    industry_rate,
    industry_seconds,
    industry_speed,
    own_share,
    own_speed,
)
from reference.landing import Row
from reference.publish import SIGNIFIERS, speed_figures, table
from reference.requests import dimensions, is_success_code, whole_ms

ALERT_ROLES = ("IS", "GS", "ES", "ED")
TARGET_MS = 60_000
# Alert `ALL` is the one whole of all codes of a role.
NO_WHOLE = ""
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


@dataclass
class AlertMonth:
    """The alerts of a month in their cells, of which suppressed ones are left out.

    Attributes:
        days: the cells of each day.
        prompt: alerts delivered within target, by cell, party and day (None: of the month).
        held_back: suppressed alerts, by cell and party.
        details: the alerts of each party, role and code.
    """

    figures: MonthFigures
    days: dict[Key, dict[date, Cell]]
    prompt: Counter[tuple[Key, str, date | None]]
    held_back: dict[Key, Counter[str]]
    details: dict[tuple[str, str, str], list[Alert]]
    codes: dict[str, dict[str, str]]


def gather_alerts(alerts: list[Alert], groups: Groups, month: Month, seeds: Path) -> AlertMonth:
    """The alerts of a month, in one pass."""
    with (seeds / "alert_codes.csv").open(encoding="utf-8", newline="") as stream:
        codes = {row["alert_code"]: row for row in csv.DictReader(stream)}
    listed = {code for code, row in codes.items() if row["is_electricity_distributor"] == "true"}
    cells: dict[Key, Cell] = defaultdict(Cell)
    days: dict[Key, dict[date, Cell]] = defaultdict(lambda: defaultdict(Cell))
    prompt: Counter[tuple[Key, str, date | None]] = Counter()
    held_back: dict[Key, Counter[str]] = defaultdict(Counter)
    details: dict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in alerts:
        party, role = alert.recipient
        code = alert.row["alert_code"]
        if alert.start not in month or (role == "ED" and code not in listed):
            continue
        day, taken = alert.start.date(), delivery_ms(alert)
        for key in ((role, NO_WHOLE, code), (role, NO_WHOLE, ALL)):
            if alert.row["suppressed"]:
                held_back[key][party] += 1
                continue
            cells[key].add(party, taken is not None, taken)
            days[key][day].add(party, taken is not None, taken)
            if taken is not None and taken <= TARGET_MS:
                prompt[key, party, None] += 1
                prompt[key, party, day] += 1
        if not alert.row["suppressed"]:
            details[party, role, code].append(alert)
    figures = MonthFigures(dict(cells), groups, roles_add_up=False)
    return AlertMonth(figures, days, prompt, held_back, details, codes)


def alert_files(
    recipients: set[Recipient], gathered: AlertMonth, devices: Devices, month: Month
) -> dict[str, list[list[str]]]:
    """All alert files of every recipient; per-code files only where there are rows."""
    figures, prompt, held_back = gathered.figures, gathered.prompt, gathered.held_back
    lines: dict[tuple[str, Recipient], list[Row]] = defaultdict(list)
    for key in figures.cells.keys() | held_back.keys():
        role, _, code = key
        cell = figures.cells.get(key)
        own_parties = cell.rows if cell else Counter()
        held = held_back.get(key, Counter())
        named = {"alert_code": code}
        alert_name = gathered.codes.get(code, {}).get("alert_name") or None
        industry = _industry(figures.share(key), figures.mean(key)) if cell else _industry(EMPTY, EMPTY)
        for party in own_parties.keys() | held.keys():
            suppressed = {"alert_name": alert_name, "own_suppressed_volume": held[party]}
            own = _own(party, cell or Cell(), prompt[key, party, None])
            lines["monthly", (party, role)].append(named | suppressed | own | industry)
        if cell is None:
            continue
        speed = industry_speed(cell, figures.mean(key))
        for party in own_parties:
            own_times = own_speed(cell.measured.get(party, []))
            lines["delivery_time", (party, role)].append(named | own_times | speed)
        for day in month.days:
            of_day = gathered.days[key].get(day) or Cell()
            of_all = _industry(figures.day_share(key, of_day), figures.day_mean(key, of_day))
            for party in own_parties:
                own = _own(party, of_day, prompt[key, party, day])
                lines["daily", (party, role)].append(named | {"day": day} | own | of_all)
    files = {
        f"{party}/alerts/{role}/{name}.csv": table((party, role), month, columns, lines[name, (party, role)])
        for party, role in recipients
        if role in ALERT_ROLES
        for name, columns in (
            ("monthly", MONTHLY_COLUMNS),
            ("daily", DAILY_COLUMNS),
            ("delivery_time", ("alert_code", *OWN_SPEED_COLUMNS, *INDUSTRY_SPEED_COLUMNS)),
        )
    }
    for (party, role, code), several in gathered.details.items():
        if (party, role) in recipients and role in ALERT_ROLES:
            path = f"{party}/alerts/{role}/alert/{code}.csv"
            files[path] = table((party, role), month, CODE_COLUMNS, _details(several, devices))
    return files


def _own(party: str, cell: Cell, prompt: int) -> Row:
    """A party's own figures of a cell; prompt, how many of its alerts were delivered within target."""
    count = cell.rows[party]
    return {
        "own_volume": count,
        "own_success_rate": cell.own_rate(party),
        "own_mean_delivery_s": cell.own_mean_s(party),
        "own_within_target_rate": own_share(prompt, count),
    }


def _industry(success: Figure, mean: Figure) -> Row:
    return {
        "industry_success_rate": industry_rate(success),
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
