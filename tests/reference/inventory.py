"""inventory/<ROLE>/summary.csv and firmware_league.csv (docs/published.md, "Inventory")."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from reference.estates import EstateDevice, Month, Recipient
from reference.industry import (
    INDUSTRY_SHARE_DECIMALS,
    LEAGUE_STEP_SMALL,
    OWN_SHARE_DECIMALS,
    Cell,
    Groups,
    build_league,
    in_steps,
    is_released,
    league_lines,
    rounded,
)
from reference.landing import Row
from reference.publish import INVENTORY_ROLES, table
from reference.rests import rest_stands

SHOWN_TYPES = ("ESME", "GSME", "IHD", "PPMID")
OTHER_TYPE = "Other"
ALL_OTHER = "All other"
UNKNOWN = "Unknown"
CURRENT = "Current"
MODEL_COLUMNS = ("device_type", "device_manufacturer", "device_model")
SUMMARY_COLUMNS = (
    *MODEL_COLUMNS,
    "firmware_version",
    "device_count",
    "own_share",
    "industry_share",
    "industry_suppressed",
)
LEAGUE_COLUMNS = (*MODEL_COLUMNS, "rank", "newest_share", "is_recipient")

# Device type as shown, manufacturer, model
Model = tuple[str, str, str]
# Party and firmware version of one Device in an estate
Entry = tuple[str, str]


def shown_type(device_type: str) -> str:
    """Device Type as the graphs show it."""
    return device_type if device_type in SHOWN_TYPES else OTHER_TYPE


def model_of(state: Row) -> tuple[Model, str]:
    """The model of a Device and its firmware version, `Unknown` for what is not known."""
    names = ("manufacturer", "model", "firmware_version")
    maker, name, firmware = (UNKNOWN if state[n] is None else str(state[n]) for n in names)
    return (shown_type(str(state["device_type"])), maker, name), firmware


def newest_versions(products: list[Row]) -> dict[Model, str]:
    """The greatest `Current` version of each model on the Central Products List, as text."""
    newest: dict[Model, str] = {}
    for row in products:
        if row["status"] == CURRENT:
            model = shown_type(str(row["device_type"])), str(row["manufacturer"]), str(row["model"])
            newest[model] = max(newest.get(model, ""), str(row["firmware_version"]))
    return newest


def firmware_files(
    recipients: set[Recipient],
    estates: dict[Recipient, list[EstateDevice]],
    products: list[Row],
    groups: Groups,
    month: Month,
) -> dict[str, list[list[str]]]:
    """Both files of every recipient; the industry's are the estates of all parties in the register."""
    pools: dict[tuple[str, Model], list[Entry]] = defaultdict(list)
    for (party, role), estate in estates.items():
        for device in estate:
            model, firmware = model_of(device.state)
            pools[role, model].append((party, firmware))
    newest = newest_versions(products)
    lines: dict[tuple[str, Recipient], list[Row]] = defaultdict(list)
    for (role, model), entries in pools.items():
        named = dict(zip(MODEL_COLUMNS, model, strict=True))
        shares = _shown_shares(role, entries, groups)
        league_cell = Cell.of((other, firmware == newest.get(model)) for other, firmware in entries)
        league = build_league(league_cell, role, groups)
        for party in league_cell.rows:
            recipient = party, role
            lines["summary", recipient] += [named | row for row in _summary(party, entries, shares)]
            if model in newest:
                league_rows = league_lines(party, league_cell, league, "newest_share")
                lines["firmware_league", recipient] += [named | row for row in league_rows]
    return {
        f"{recipient[0]}/inventory/{recipient[1]}/{name}.csv": table(
            recipient, month, columns, lines[name, recipient]
        )
        for recipient in recipients
        if recipient[1] in INVENTORY_ROLES
        for name, columns in (("summary", SUMMARY_COLUMNS), ("firmware_league", LEAGUE_COLUMNS))
    }


def _shown_shares(role: str, entries: list[Entry], groups: Groups) -> dict[str, Fraction]:
    """The industry share of each firmware version of a model that is shown, as it is printed."""
    of_model = groups.volumes(Counter(party for party, _ in entries), role)
    owners: dict[str, list[str]] = defaultdict(list)
    for party, firmware in entries:
        owners[firmware].append(party)
    shares, withheld = {}, []
    for firmware, parties in owners.items():
        share = Fraction(len(parties), len(entries))
        if is_released(of_model, share) and is_released(groups.volumes(Counter(parties), role)):
            shares[firmware] = share
        else:
            withheld += parties
    if withheld and not rest_stands(groups.volumes(Counter(withheld), role)):
        return {firmware: in_steps(share, LEAGUE_STEP_SMALL) for firmware, share in shares.items()}
    return {f: Fraction(rounded(share, INDUSTRY_SHARE_DECIMALS) or 0) for f, share in shares.items()}


def _summary(party: str, entries: list[Entry], shares: dict[str, Fraction]) -> list[Row]:
    """The rows of one model for a party that has Devices of it."""
    own = Counter(firmware for other, firmware in entries if other == party)

    def line(firmware: str, count: int, share: Fraction | None) -> Row:
        return {
            "firmware_version": firmware,
            "device_count": count,
            "own_share": rounded(Fraction(count, sum(own.values())), OWN_SHARE_DECIMALS),
            "industry_share": rounded(share, INDUSTRY_SHARE_DECIMALS),
            "industry_suppressed": share is None,
        }

    lines = [line(firmware, count, shares.get(firmware)) for firmware, count in own.items()]
    seen = {firmware: shares[firmware] for firmware in own if firmware in shares}
    if all(firmware in seen for _, firmware in entries):
        return lines
    left = max(Fraction(0), 1 - sum(seen.values())) if seen else None
    return [*lines, line(ALL_OTHER, 0, left)]
