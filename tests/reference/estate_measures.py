"""inventory/<ROLE>/estate.csv (docs/published.md, "Inventory")."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from reference.contract import DEVICE_TYPES
from reference.estates import (
    EstateDevice,
    Month,
    Recipient,
    Sources,
    ends_by,
    last_meter_read,
    notice_day,
    product_end,
    product_ends_by,
)
from reference.history import METERS
from reference.industry import ALL, EMPTY, Cell, Figure, Groups, industry_rate, industry_share, own_share
from reference.inventory import Model, model_of
from reference.landing import Row
from reference.publish import INVENTORY_ROLES, table

DEVICES = "devices"
CERTIFICATE = "security_certificate_expires_on"
UNREAD_FOR = timedelta(hours=30 * 24)
READ_MEASURES = ("no_read_in_30_days", "never_read")
OTHER_MEASURES = (
    "commissioned",
    "on_newest_firmware",
    "prepayment",
    "cpl_ended",
    "cpl_ends_within_30_days",
    "certificate_ended",
    "certificate_ends_within_30_days",
)
ESTATE_COLUMNS = (
    "device_type",
    "measure",
    "device_count",
    "of_count",
    "own_share",
    "industry_share",
    "industry_suppressed",
)

# Role, Device Type or `ALL`, measure
EstateKey = tuple[str, str, str]


def ending_measures(state: Row, sources: Sources) -> dict[str, bool]:
    """Whether a Device's entry on the list and its certificate have ended, or end soon."""
    month, certificate = sources.month, state[CERTIFICATE]
    listed_out = product_ends_by(state, month.last_day, sources)
    certificate_out = ends_by(certificate, month.last_day)
    return {
        "cpl_ended": listed_out,
        "cpl_ends_within_30_days": not listed_out and product_ends_by(state, notice_day(month), sources),
        "certificate_ended": certificate_out,
        "certificate_ends_within_30_days": not certificate_out and ends_by(certificate, notice_day(month)),
    }


def measures_of(
    role: str, device: EstateDevice, newest: dict[Model, str], sources: Sources
) -> dict[str, bool]:
    """What a Device counts in, and whether it is one that the measure is about."""
    state = device.state
    found = {
        "commissioned": state["device_status"] == "Commissioned",
        **ending_measures(state, sources),
    }
    model, firmware = model_of(state)
    if model in newest:
        found["on_newest_firmware"] = firmware == newest[model]
    if state["payment_mode"] is not None:
        found["prepayment"] = state["payment_mode"] == "Prepayment"
    if role != "OU" and state["device_type"] in METERS:
        read = last_meter_read(role, device, sources)
        found["never_read"] = read is None
        found["no_read_in_30_days"] = read is None or read < sources.month.end - UNREAD_FOR
    return found


def estate_cells(
    estates: dict[Recipient, list[EstateDevice]], newest: dict[Model, str], sources: Sources
) -> dict[EstateKey, Cell]:
    """Every measure over the estates of all parties; `devices` counts each type's among all."""
    cells: dict[EstateKey, Cell] = defaultdict(Cell)
    for (party, role), estate in estates.items():
        for device in estate:
            kind = str(device.state["device_type"])
            cells[role, kind, DEVICES].add(party, ok=True)
            cells[role, ALL, DEVICES].add(party, ok=True)
            for measure, holds in measures_of(role, device, newest, sources).items():
                cells[role, kind, measure].add(party, holds)
                cells[role, ALL, measure].add(party, holds)
    return cells


def first_ends(
    estates: dict[Recipient, list[EstateDevice]], sources: Sources
) -> dict[tuple[str, str, str, str], date]:
    """The first date of what a role, Device Type, ending measure and party counts, where one is dated."""
    found: dict[tuple[str, str, str, str], date] = {}
    for (party, role), estate in estates.items():
        for device in estate:
            state = device.state
            ends = {"cpl": product_end(state, sources), "certificate": state[CERTIFICATE]}
            for measure, holds in ending_measures(state, sources).items():
                day = ends[measure.partition("_")[0]]
                key = role, str(state["device_type"]), measure, party
                if holds and day is not None:
                    found[key] = min(day, found.get(key, day))
    return found


def estate_files(
    recipients: set[Recipient], cells: dict[EstateKey, Cell], groups: Groups, month: Month
) -> dict[str, list[list[str]]]:
    """estate.csv of every recipient."""
    cells = defaultdict(Cell, cells)
    industry = {key: industry_share(cell, key[0], groups) for key, cell in cells.items()}
    files = {}
    for party, role in recipients:
        if role not in INVENTORY_ROLES:
            continue
        total = cells[role, ALL, DEVICES].rows[party]
        lines = []
        for kind in (ALL, *DEVICE_TYPES):
            count = cells[role, kind, DEVICES].rows[party]
            if kind != ALL and not count:
                continue
            lines.append(_line(kind, DEVICES, count, total, EMPTY))
            reads = READ_MEASURES if role != "OU" and kind in (*METERS, ALL) else ()
            for measure in (*OTHER_MEASURES, *reads):
                key = role, kind, measure
                good, rows = cells[key].good[party], cells[key].rows[party]
                lines.append(_line(kind, measure, good, rows, industry.get(key, EMPTY)))
        files[f"{party}/inventory/{role}/estate.csv"] = table((party, role), month, ESTATE_COLUMNS, lines)
    return files


def _line(kind: str, measure: str, count: int, of_count: int, industry: Figure) -> Row:
    return {
        "device_type": kind,
        "measure": measure,
        "device_count": count,
        "of_count": of_count,
        "own_share": own_share(count, of_count),
        "industry_share": industry_rate(industry),
        "industry_suppressed": industry.withheld,
    }
