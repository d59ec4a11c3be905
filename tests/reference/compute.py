"""Main entry of the second implementation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reference.alert_files import alert_files, gather_alerts
from reference.alerts import resolve_alerts
from reference.business import code_requests, month_cells, process_files
from reference.code_lists import code_list_files
from reference.daily import daily_files
from reference.diagnosis import diagnose, diagnosis_files
from reference.estate_measures import estate_cells, estate_files, first_ends
from reference.estates import Month, Recipient, build_estates, gather_sources
from reference.findings import (
    alert_findings,
    alert_volumes,
    device_volumes,
    finding_files,
    handover_volumes,
    inventory_findings,
    operator_findings,
    process_findings,
    process_volumes,
    subject_files,
)
from reference.gains import gain_files
from reference.history import Devices, Registrations
from reference.industry import Groups, MonthFigures
from reference.installs import install_files
from reference.inventory import firmware_files, newest_versions
from reference.landing import FeedResult, Register, read_landing
from reference.network import ROLE as OPERATOR_ROLE
from reference.network import handover_lines, network_files, received_alerts
from reference.publish import inventory_files, srv_files
from reference.requests import TRANSFORM, is_counted, read_lists


@dataclass
class RequestCounts:
    """Accepted requests of the month (run.json): the three add up to them."""

    transforms: int = 0
    requests_counted: int = 0
    requests_not_counted: Counter[int] = field(default_factory=Counter)


@dataclass
class Result:
    """What the product must publish for a month. `files`: path below parties/ -> header and rows of cells."""

    as_of: datetime
    feeds: dict[str, FeedResult]
    requests: RequestCounts
    recipients: set[Recipient]
    files: dict[str, list[list[str]]]


def compute(
    landing: Path,
    month: str,
    as_of: datetime | None,
    seeds: Path,
    history: dict[str, list[list[str]]] | None = None,
) -> Result:
    """Work out a reporting month from its landing files.

    Parameters: landing, local folder; month, `YYYY-MM`; as_of, UTC without zone (None: the default of
    docs/landing.md, "The as-of instant"); seeds, folder of the code lists; history, the files in force of the
    month before (None: there are none).
    Errors: ValueError for a landing folder without a date.
    """
    before = history or {}
    landed = read_landing(landing, as_of)
    period = Month.parse(month)
    lists = read_lists(seeds)
    register = Register(landed.rows("parties"))
    recipients = {
        pair for pair in register.pairs() if register.overlaps(*pair, period.start.date(), period.last_day)
    }
    requests = landed.rows("service_requests")
    counted = [row for row in requests if is_counted(row)]
    devices = Devices(landed.rows("device_inventory"))
    registrations = Registrations(landed.rows("registrations"))
    alerts = resolve_alerts(landed.rows("alerts"), landed.rows("power_outage_timings"), devices)

    counts = RequestCounts()
    for row in requests:
        if row["started_at"] not in period:
            continue
        if row["command_variant"] == TRANSFORM:
            counts.transforms += 1
        elif is_counted(row):
            counts.requests_counted += 1
        else:
            counts.requests_not_counted[row["report_status_id"]] += 1

    products = landed.rows("central_products_list")
    sources = gather_sources(period, registrations, counted, alerts, products)
    estates = build_estates(devices, registrations, counted, period)
    groups = Groups(landed.rows("parties"))
    incidents = landed.rows("incidents")

    measured = estate_cells(estates, newest_versions(products), sources)
    files = inventory_files(sorted(recipients), estates, sources)
    files |= firmware_files(recipients, estates, products, groups, period)
    files |= estate_files(recipients, measured, groups, period)

    coded = code_requests(counted, devices, lists, period)
    figures = MonthFigures(month_cells(coded), groups, roles_add_up=True)
    diagnosed = diagnose(coded, figures)
    files |= srv_files(recipients, counted, devices, lists, period)
    files |= process_files(recipients, coded, figures, groups, period, seeds)
    files |= daily_files(recipients, coded, figures, incidents, period)
    files |= diagnosis_files(recipients, diagnosed, period)
    files |= install_files(recipients, counted, devices, registrations, period, landed.as_of)
    files |= gain_files(recipients, counted, devices, registrations, period)

    gathered = gather_alerts(alerts, groups, period, seeds)
    files |= alert_files(recipients, gathered, devices, period)

    received = received_alerts(alerts)
    handovers = {
        recipient: handover_lines(
            recipient[0], received.get(recipient, []), registrations, period, landed.as_of
        )
        for recipient in recipients
        if recipient[1] == OPERATOR_ROLE
    }
    files |= network_files(recipients, received, handovers, devices, period)

    ends = first_ends(estates, sources)
    for area, column, found, volumes in (
        (
            "inventory",
            "device_type",
            inventory_findings(recipients, measured, ends),
            device_volumes(measured),
        ),
        (
            "business_process",
            "business_process",
            process_findings(recipients, figures, diagnosed, before),
            process_volumes(figures),
        ),
        (
            "alerts",
            "alert_code",
            alert_findings(recipients, gathered.figures, gathered.held_back, before),
            alert_volumes(gathered.figures),
        ),
        (
            "network_operator",
            "energy_supplier_id",
            operator_findings(recipients, handovers, before),
            handover_volumes(handovers),
        ),
    ):
        files |= finding_files(area, found, period)
        files |= subject_files(area, column, found, volumes, period)
    files |= code_list_files(recipients, incidents, figures, period, seeds)
    return Result(landed.as_of, landed.feeds, counts, recipients, files)
