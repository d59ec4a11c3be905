"""inventory/<ROLE>/summary.csv and firmware_league.csv (docs/published.md, "Inventory")."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from reference.estates import EstateDevice, Month, Recipient
from reference.industry import (
    INDUSTRY_SHARE_DECIMALS,
    OWN_SHARE_DECIMALS,
    Groups,
    is_released,
    league_lines,
    rounded,
)
from reference.landing import Row
from reference.publish import INVENTORY_ROLES, table

SHOWN_TYPES = ("ESME", "GSME", "IHD", "PPMID")
OTHER_TYPE = "Other"
ALL_OTHER = "All other"
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
Model = tuple[str, str | None, str | None]
# Party and firmware version of one Device in an estate
Entry = tuple[str, str | None]


def shown_type(device_type: str) -> str:
    """Device Type as the graphs show it."""
    return device_type if device_type in SHOWN_TYPES else OTHER_TYPE


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
            state = device.state
            model = shown_type(str(state["device_type"])), state["manufacturer"], state["model"]
            pools[role, model].append((party, state["firmware_version"]))
    newest: dict[Model, str] = {}
    for row in products:
        if row["status"] == CURRENT:
            model = shown_type(str(row["device_type"])), row["manufacturer"], row["model"]
            newest[model] = max(newest.get(model, ""), str(row["firmware_version"]))
    lines: dict[tuple[str, Recipient], list[Row]] = defaultdict(list)
    for (role, model), entries in pools.items():
        named = dict(zip(MODEL_COLUMNS, model, strict=True))
        for party in {party for party, _ in entries}:
            recipient = party, role
            lines["summary", recipient] += [named | row for row in _summary(party, role, entries, groups)]
            if model in newest:
                outcomes = [(other, firmware == newest[model]) for other, firmware in entries]
                league = league_lines(party, role, outcomes, groups, "newest_share")
                lines["firmware_league", recipient] += [named | row for row in league]
    return {
        f"{recipient[0]}/inventory/{recipient[1]}/{name}.csv": table(
            recipient, month, columns, lines[name, recipient]
        )
        for recipient in recipients
        if recipient[1] in INVENTORY_ROLES
        for name, columns in (("summary", SUMMARY_COLUMNS), ("firmware_league", LEAGUE_COLUMNS))
    }


def _summary(party: str, role: str, entries: list[Entry], groups: Groups) -> list[Row]:
    """The rows of one model for a party that has Devices of it."""
    own = Counter(firmware for other, firmware in entries if other == party)
    of_model = groups.volumes((p for p, _ in entries), role)

    def line(firmware: str | None, count: int, pooled: list[str]) -> Row:
        share = Fraction(len(pooled), len(entries))
        shown = is_released(of_model, share) and is_released(groups.volumes(pooled, role))
        return {
            "firmware_version": firmware,
            "device_count": count,
            "own_share": rounded(Fraction(count, sum(own.values())), OWN_SHARE_DECIMALS),
            "industry_share": rounded(share, INDUSTRY_SHARE_DECIMALS) if shown else None,
            "industry_suppressed": not shown,
        }

    lines = [line(f, count, [p for p, other in entries if other == f]) for f, count in own.items()]
    others = [p for p, firmware in entries if firmware not in own]
    return [*lines, line(ALL_OTHER, 0, others)] if others else lines
