"""Main entry of the second implementation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reference.alert_files import alert_files
from reference.alerts import resolve_alerts
from reference.business import code_requests, month_cells, process_files
from reference.daily import daily_files
from reference.diagnosis import diagnose, diagnosis_files
from reference.estate_measures import estate_cells, estate_files
from reference.estates import Month, Recipient, build_estates, gather_sources
from reference.gains import gain_files
from reference.history import Devices, Registrations
from reference.industry import Groups, MonthFigures
from reference.installs import install_files
from reference.inventory import firmware_files, newest_versions
from reference.landing import FeedResult, Register, read_landing
from reference.network import network_files
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


def compute(landing: Path, month: str, as_of: datetime | None, seeds: Path) -> Result:
    """Work out a reporting month from its landing files.

    Parameters: landing, local folder; month, `YYYY-MM`; as_of, UTC without zone (None: the default of
    docs/landing.md, "The as-of instant"); seeds, folder of the code lists.
    Errors: ValueError for a landing folder without a date.
    """
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

    sources = gather_sources(period, registrations, counted, alerts, landed.rows("central_products_list"))
    estates = build_estates(devices, registrations, counted, period)
    files = inventory_files(sorted(recipients), estates, sources)
    files |= srv_files(recipients, counted, devices, lists, period)
    groups = Groups(landed.rows("parties"))
    coded = code_requests(counted, devices, lists, period)
    figures = MonthFigures(month_cells(coded), groups, roles_add_up=True)
    files |= process_files(recipients, coded, figures, groups, period, seeds)
    files |= daily_files(recipients, coded, figures, landed.rows("incidents"), period)
    files |= diagnosis_files(recipients, diagnose(coded, figures), period)
    files |= install_files(recipients, counted, devices, registrations, period, landed.as_of)
    files |= gain_files(recipients, counted, devices, registrations, period)
    products = landed.rows("central_products_list")
    files |= firmware_files(recipients, estates, products, groups, period)
    measured = estate_cells(estates, newest_versions(products), sources)
    files |= estate_files(recipients, measured, groups, period)
    files |= alert_files(recipients, alerts, devices, groups, period, seeds)
    files |= network_files(recipients, alerts, devices, registrations, period, landed.as_of)
    return Result(landed.as_of, landed.feeds, counts, recipients, files)
