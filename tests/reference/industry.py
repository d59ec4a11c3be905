"""Own figures beside the industry's: disclosure control, league tables and speed (docs/published.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reference.landing import Row
from reference.publish import round_half_away, seconds

MINIMUM_GROUPS = 5
MINIMUM_ROWS = 100
FULL_GROUPS = 10
MINIMUM_ROWS_EXTREMES = 1_000
MINIMUM_RANK_ROWS = 10
LEAGUE_STEP_FULL = Fraction(5, 1000)
LEAGUE_STEP_SMALL = Fraction(50, 1000)
REST_GROUPS = 3
REST_PROTECTION = Fraction(1, 2)
OWN_SHARE_DECIMALS = 6
INDUSTRY_SHARE_DECIMALS = 3
INDUSTRY_SECONDS_DECIMALS = 1


class Groups:
    """The corporate group of each (party, role): equal text is one group."""

    def __init__(self, parties: list[Row]) -> None:
        self._group = {(r["party_id"], r["role"]): r["corporate_group"] or r["party_id"] for r in parties}

    def volumes(self, parties: Iterable[str], role: str) -> Counter[str]:
        """Rows per group of a pool, given the party of each of its rows."""
        return Counter(self._group[party, role] for party in parties)


def is_released(volumes: Counter[str], share: Fraction | None = None) -> bool:
    """Whether an industry figure over these rows may be shown; `share` where the figure is one."""
    total = sum(volumes.values())
    if len(volumes) < MINIMUM_GROUPS or total < MINIMUM_ROWS:
        return False
    largest, second = (count for _, count in volumes.most_common(2))
    if largest > total - largest - second:
        return False
    return share is None or 0 < share < 1 or len(volumes) >= FULL_GROUPS


def rest_stands(volumes: Counter[str]) -> bool:
    """Whether the withheld parts of a whole may be known together, given their rows per group."""
    by_size = sorted(volumes.values(), reverse=True)
    return len(by_size) >= REST_GROUPS and sum(by_size[2:]) >= REST_PROTECTION * by_size[0]


def in_steps(share: Fraction, step: Fraction) -> Fraction:
    """A share rounded half away from zero to a multiple of a step."""
    return Fraction(round_half_away(share / step, 0)) * step


@dataclass
class Figure:
    """An industry figure: its value (None: withheld or an empty pool) and whether it was withheld."""

    value: Fraction | None
    withheld: bool


def industry_share(outcomes: list[tuple[str, bool]], role: str, groups: Groups) -> Figure:
    """Share of the rows that succeeded, pooled; outcomes: (party, succeeded) of each row."""
    if not outcomes:
        return Figure(None, False)
    share = Fraction(sum(ok for _, ok in outcomes), len(outcomes))
    shown = is_released(groups.volumes((p for p, _ in outcomes), role), share)
    return Figure(share if shown else None, not shown)


def industry_mean(measured: list[tuple[str, int]], role: str, groups: Groups) -> Figure:
    """Mean of measured milliseconds, pooled."""
    if not measured:
        return Figure(None, False)
    shown = is_released(groups.volumes((p for p, _ in measured), role))
    mean = Fraction(sum(ms for _, ms in measured), len(measured))
    return Figure(mean if shown else None, not shown)


def percentile(ordered: list[int], share: Fraction) -> Fraction:
    """Continuous percentile of ordered values: linear between the two nearest."""
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def own_share(outcomes: list[bool]) -> Decimal | None:
    """Own share with 6 decimals; None without rows."""
    return rounded(Fraction(sum(outcomes), len(outcomes)), OWN_SHARE_DECIMALS) if outcomes else None


def rounded(value: Fraction | None, decimals: int) -> Decimal | None:
    """A share as published; None stays None."""
    return None if value is None else round_half_away(value, decimals)


def industry_seconds(milliseconds: Fraction | None) -> Decimal | None:
    """Industry milliseconds as published seconds; None stays None."""
    return None if milliseconds is None else seconds(milliseconds, INDUSTRY_SECONDS_DECIMALS)


def speed_line(party: str, role: str, measured: list[tuple[str, int]], groups: Groups) -> Row:
    """own_measured to industry_suppressed of round_trip_time.csv and delivery_time.csv.

    Parameters: measured, (party, milliseconds) of every measured row of the cell in that role.
    """
    own = sorted(ms for other, ms in measured if other == party)
    line: Row = {"own_measured": len(own)}
    if own:
        line["own_best_s"], line["own_worst_s"] = seconds(own[0]), seconds(own[-1])
        line["own_mean_s"] = seconds(Fraction(sum(own), len(own)))
        line["own_median_s"] = seconds(percentile(own, Fraction(1, 2)))
    mean = industry_mean(measured, role, groups)
    line["industry_suppressed"] = mean.withheld
    if mean.value is not None:
        every = sorted(ms for _, ms in measured)
        line["industry_mean_s"] = industry_seconds(mean.value)
        line["industry_median_s"] = industry_seconds(percentile(every, Fraction(1, 2)))
        if len(every) >= MINIMUM_ROWS_EXTREMES:
            line["industry_best_s"] = industry_seconds(percentile(every, Fraction(1, 100)))
            line["industry_worst_s"] = industry_seconds(percentile(every, Fraction(99, 100)))
    return line


@dataclass
class League:
    """A league table: the rounded rate of each party in the cell and the rank of those ranked."""

    rates: dict[str, Fraction]
    ranks: dict[str, int]


def build_league(outcomes: list[tuple[str, bool]], role: str, groups: Groups) -> League | None:
    """The league of a cell; None where it is not shown."""
    if industry_share(outcomes, role, groups).value is None:
        return None
    by_party: dict[str, list[bool]] = defaultdict(list)
    for party, ok in outcomes:
        by_party[party].append(ok)
    ranked = [party for party, several in by_party.items() if len(several) >= MINIMUM_RANK_ROWS]
    group_count = len(groups.volumes(ranked, role))
    if group_count < MINIMUM_GROUPS:
        return None
    step = LEAGUE_STEP_FULL if group_count >= FULL_GROUPS else LEAGUE_STEP_SMALL
    rates = {
        party: in_steps(Fraction(sum(several), len(several)), step) for party, several in by_party.items()
    }
    ranks = {p: 1 + sum(rates[other] > rates[p] for other in ranked) for p in ranked}
    return League(rates, ranks)


def league_lines(
    party: str, role: str, outcomes: list[tuple[str, bool]], groups: Groups, rate_column: str
) -> list[Row]:
    """The rows of a league table as a recipient with rows in the cell sees it."""
    league = build_league(outcomes, role, groups)
    if league is None:
        own = [ok for other, ok in outcomes if other == party]
        rate = rounded(Fraction(sum(own), len(own)), INDUSTRY_SHARE_DECIMALS)
        return [{rate_column: rate, "is_recipient": True}]
    lines = [
        {"rank": rank, rate_column: rounded(league.rates[p], 3), "is_recipient": p == party}
        for p, rank in league.ranks.items()
    ]
    if party not in league.ranks:
        lines.append({rate_column: rounded(league.rates[party], 3), "is_recipient": True})
    return lines
