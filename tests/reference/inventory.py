"""inventory/<ROLE>/summary.csv and firmware_league.csv (docs/published.md, "Inventory")."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from reference.estates import EstateDevice, Month, Recipient
from reference.industry import (
    INDUSTRY_SHARE_DECIMALS,
    LEAGUE_STEP_SMALL,
    OWN_SHARE_DECIMALS,
    Groups,
    in_steps,
    is_released,
    league_lines,
    rest_stands,
    rounded,
)
from reference.landing import Row
from reference.publish import INVENTORY_ROLES, table

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
            names = ("manufacturer", "model", "firmware_version")
            maker, name, firmware = (UNKNOWN if state[n] is None else str(state[n]) for n in names)
            pools[role, (shown_type(str(state["device_type"])), maker, name)].append((party, firmware))
    newest: dict[Model, str] = {}
    for row in products:
        if row["status"] == CURRENT:
            model = shown_type(str(row["device_type"])), str(row["manufacturer"]), str(row["model"])
            newest[model] = max(newest.get(model, ""), str(row["firmware_version"]))
    lines: dict[tuple[str, Recipient], list[Row]] = defaultdict(list)
    for (role, model), entries in pools.items():
        named = dict(zip(MODEL_COLUMNS, model, strict=True))
        shares = _shown_shares(role, entries, groups)
        for party in {party for party, _ in entries}:
            recipient = party, role
            lines["summary", recipient] += [named | row for row in _summary(party, entries, shares)]
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


def _shown_shares(role: str, entries: list[Entry], groups: Groups) -> dict[str, Fraction]:
    """The industry share of each firmware version of a model that is shown, as it is printed."""
    of_model = groups.volumes((party for party, _ in entries), role)
    owners: dict[str, list[str]] = defaultdict(list)
    for party, firmware in entries:
        owners[firmware].append(party)
    shares, withheld = {}, []
    for firmware, parties in owners.items():
        share = Fraction(len(parties), len(entries))
        if is_released(of_model, share) and is_released(groups.volumes(parties, role)):
            shares[firmware] = share
        else:
            withheld += parties
    if withheld and not rest_stands(groups.volumes(withheld, role)):
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
