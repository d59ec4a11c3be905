"""business_process/<ROLE>/daily.csv, with the Category 1 and 2 Incidents of each day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from reference.business import Coded
from reference.estates import Month, Recipient
from reference.industry import ALL, Cell, Key, MonthFigures, industry_rate, industry_seconds
from reference.landing import Row
from reference.publish import SIGNIFIERS, table

SPLITS = ("device_type", "region", "smets_version")
INCIDENT_COLUMNS = {"region": "csp_region", "smets_version": "smets_version"}
HIGHLIGHTED_CATEGORIES = (1, 2)
DAILY_COLUMNS = (
    "business_process",
    "srv",
    "day",
    *SPLITS,
    "own_volume",
    "own_success_rate",
    "own_mean_rtt_s",
    "industry_success_rate",
    "industry_mean_rtt_s",
    "industry_suppressed",
    "incident_ids",
)

# (split or None for all requests, the value it is split by)
Part = tuple[str | None, str]


def daily_files(
    recipients: set[Recipient],
    coded: list[Coded],
    figures: MonthFigures,
    incidents: list[Row],
    month: Month,
) -> dict[str, list[list[str]]]:
    """daily.csv of every recipient, header-only where it sent nothing."""
    cells: dict[Key, dict[tuple[date, Part], Cell]] = defaultdict(lambda: defaultdict(Cell))
    for request in coded:
        parts: list[Part] = [(None, ALL)]
        parts += [(split, request.signifiers[SIGNIFIERS.index(split)]) for split in SPLITS]
        for srv in (request.srv, ALL):
            days = cells[request.role, request.process, srv]
            for part in parts:
                days[request.day, part].add(request.party, request.succeeded, request.speed_ms)
    highlighted = {day: highlighted_incidents(incidents, day) for day in month.days}
    lines: dict[Recipient, list[Row]] = defaultdict(list)
    for key, days in cells.items():
        role, process, srv = key
        wanted = set(days) | {(day, (None, ALL)) for day in month.days}
        for day, part in wanted:
            split, value = part
            if role == "ED" and split == "region":
                continue
            of_day = days.get((day, part)) or Cell()
            line = {"business_process": process, "srv": srv, "day": day, **dict.fromkeys(SPLITS, ALL)}
            if split is not None:
                line[split] = value
            line |= _industry(key, of_day, figures)
            line["incident_ids"] = incident_ids(highlighted[day], split, value)
            for party in figures.cells[key].rows if split is None else of_day.rows:
                own = {
                    "own_volume": of_day.rows[party],
                    "own_success_rate": of_day.own_rate(party),
                    "own_mean_rtt_s": of_day.own_mean_s(party),
                }
                lines[party, role].append(line | own)
    return {
        f"{party}/business_process/{role}/daily.csv": table(
            (party, role), month, DAILY_COLUMNS, lines[party, role]
        )
        for party, role in recipients
    }


def _industry(key: Key, of_day: Cell, figures: MonthFigures) -> Row:
    success, mean = figures.day_share(key, of_day), figures.day_mean(key, of_day)
    return {
        "industry_success_rate": industry_rate(success),
        "industry_mean_rtt_s": industry_seconds(mean.value),
        "industry_suppressed": success.withheld or mean.withheld,
    }


def highlighted_incidents(incidents: list[Row], day: date) -> list[Row]:
    """The Category 1 and 2 Incidents of a day."""
    return [i for i in incidents if i["category"] in HIGHLIGHTED_CATEGORIES and overlaps(i, day)]


def incident_ids(incidents: list[Row], split: str | None, value: str) -> str | None:
    """Ids of a day's Incidents, for a row of one region or version those that name it or none."""
    column = INCIDENT_COLUMNS.get(split or "")
    ids = [str(i["incident_id"]) for i in incidents if column is None or i[column] in (None, value)]
    return ";".join(sorted(ids)) or None


def overlaps(incident: Row, day: date) -> bool:
    """Whether an Incident's outage, or its life where it has none, overlaps a day (half-open)."""
    if incident["outage_started_at"] is not None:
        start, end = incident["outage_started_at"], incident["outage_ended_at"]
    else:
        start, end = incident["raised_at"], incident["resolved_at"]
    if start is None:
        return False
    first = datetime.combine(day, time())
    last = first + timedelta(days=1)
    if start == end:
        return first <= start < last
    return start < last and (end is None or end > first)
