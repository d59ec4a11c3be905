"""reference/ of each party: the code lists, and the incidents of its days (docs/published.md)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from reference.daily import highlighted_incidents
from reference.estates import Month, Recipient
from reference.industry import MonthFigures
from reference.landing import Row
from reference.publish import plain_table

# File of the seed: its key as published, and the seed's columns with key and name
LISTS = {
    "service_reference_variants": ("srv", "srv", "srv_name"),
    "response_codes": ("failure_reason_code", "response_code", "response_description"),
    "alert_codes": ("alert_code", "alert_code", "alert_name"),
    "report_statuses": ("report_status_id", "report_status_id", "description"),
    "device_types": ("device_type", "device_type", "device_type_name"),
}
NUMBERED = "report_status_id"
# Failure reasons that are no response code, and have no name.
NO_CODES = {"response_codes": ("NO_CODE", "NO_RESPONSE")}
INCIDENT_DESCRIPTION = ("category", "service", "csp_region")


def code_list_files(
    recipients: set[Recipient], incidents: list[Row], figures: MonthFigures, month: Month, seeds: Path
) -> dict[str, list[list[str]]]:
    """The code lists of every party; incidents where it has a daily.csv with a row, which names each."""
    senders = {
        party
        for (role, _, _), cell in figures.cells.items()
        for party in cell.rows
        if (party, role) in recipients
    }
    lists = {
        name: _code_list(seeds / f"{name}.csv", *columns, NO_CODES.get(name, ()))
        for name, columns in LISTS.items()
    }
    of_month, of_nothing = _incident_list(incidents, month.days), _incident_list([], [])
    files = {}
    for party in {party for party, _ in recipients}:
        files |= {f"{party}/reference/{name}.csv": cells for name, cells in lists.items()}
        files[f"{party}/reference/incidents.csv"] = of_month if party in senders else of_nothing
    return files


def _code_list(
    seed: Path, published_key: str, key: str, name: str, nameless: tuple[str, ...]
) -> list[list[str]]:
    with seed.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = [
        {published_key: int(row[key]) if key == NUMBERED else row[key], "name": row[name] or None}
        for row in rows
    ]
    lines += [{published_key: code} for code in nameless]
    return plain_table((published_key, "name", "description"), lines)


def _incident_list(incidents: list[Row], days: list[date]) -> list[list[str]]:
    named = {str(i["incident_id"]): i for day in days for i in highlighted_incidents(incidents, day)}
    lines = [
        {
            "incident_id": name,
            "name": incident["title"],
            "description": ", ".join(
                str(incident[column]) for column in INCIDENT_DESCRIPTION if incident[column] is not None
            )
            or None,
        }
        for name, incident in named.items()
    ]
    return plain_table(("incident_id", "name", "description"), lines)
