"""Own figures beside the industry's: disclosure control, league tables and speed (docs/published.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from reference.landing import Row
from reference.publish import round_half_away, seconds
from reference.rests import role_step, shown_parts

MINIMUM_GROUPS = 5
MINIMUM_ROWS = 100
FULL_GROUPS = 10
MINIMUM_ROWS_EXTREMES = 1_000
MINIMUM_RANK_ROWS = 10
LEAGUE_STEP_FULL = Fraction(5, 1000)
LEAGUE_STEP_SMALL = Fraction(50, 1000)
DAY_STEP = Fraction(5, 1000)
OWN_SHARE_DECIMALS = 6
INDUSTRY_SHARE_DECIMALS = 3
INDUSTRY_SECONDS_DECIMALS = 1
WHOLE_SECOND_MS = 1_000
FIRST_PERCENTILE, LAST_PERCENTILE = Fraction(1, 100), Fraction(99, 100)
ALL = "ALL"

# Role, whole (a business process; empty for alerts) and part (an SRV or alert code; `ALL`: the whole itself)
Key = tuple[str, str, str]


class Groups:
    """The corporate group of each (party, role): equal text is one group."""

    def __init__(self, parties: list[Row]) -> None:
        self._group = {(r["party_id"], r["role"]): r["corporate_group"] or r["party_id"] for r in parties}

    def volumes(self, rows: Mapping[str, int], role: str) -> Counter[str]:
        """Rows per group of a pool, given how many each party has."""
        volumes: Counter[str] = Counter()
        for party, count in rows.items():
            volumes[self._group[party, role]] += count
        return volumes


@dataclass
class Cell:
    """The rows of a cell by party: how many, how many went well, the milliseconds of those measured."""

    rows: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    measured: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, outcomes: Iterable[tuple[str, bool]]) -> Cell:
        """The cell of rows that are not measured: (party, whether it went well) of each."""
        cell = cls()
        for party, ok in outcomes:
            cell.add(party, ok)
        return cell

    def add(self, party: str, ok: bool, milliseconds: int | None = None) -> None:
        """One row more."""
        self.rows[party] += 1
        self.good[party] += ok
        if milliseconds is not None:
            self.measured[party].append(milliseconds)

    @property
    def share(self) -> Fraction:
        """The share that went well of the rows of all parties."""
        return Fraction(sum(self.good.values()), sum(self.rows.values()))

    def own_rate(self, party: str) -> Decimal | None:
        """A party's own share with 6 decimals; None without rows."""
        return own_share(self.good[party], self.rows[party])

    def own_mean_s(self, party: str) -> Decimal | None:
        """A party's own mean of what was measured, in seconds; None where nothing was."""
        own = self.measured.get(party)
        return seconds(Fraction(sum(own), len(own))) if own else None


def is_released(volumes: Counter[str], share: Fraction | None = None) -> bool:
    """Whether an industry figure over these rows may be shown; `share` where the figure is one."""
    total = sum(volumes.values())
    if len(volumes) < MINIMUM_GROUPS or total < MINIMUM_ROWS:
        return False
    largest, second = (count for _, count in volumes.most_common(2))
    if largest > total - largest - second:
        return False
    return share is None or 0 < share < 1 or len(volumes) >= FULL_GROUPS


def in_steps(share: Fraction, step: Fraction) -> Fraction:
    """A share rounded half away from zero to a multiple of a step."""
    return Fraction(round_half_away(share / step, 0)) * step


@dataclass
class Figure:
    """An industry figure: its value (None: withheld or an empty pool) and whether it was withheld."""

    value: Fraction | None
    withheld: bool


EMPTY, WITHHELD = Figure(None, False), Figure(None, True)


def industry_share(cell: Cell, role: str, groups: Groups) -> Figure:
    """Share of the rows that succeeded, pooled; by the rule for the cell alone."""
    if not cell.rows:
        return EMPTY
    return Figure(cell.share, False) if is_released(groups.volumes(cell.rows, role), cell.share) else WITHHELD


def industry_mean(cell: Cell, role: str, groups: Groups) -> Figure:
    """Mean of measured milliseconds, pooled; by the rule for the cell alone."""
    if not cell.measured:
        return EMPTY
    counts = {party: len(several) for party, several in cell.measured.items()}
    if not is_released(groups.volumes(counts, role)):
        return WITHHELD
    return Figure(Fraction(sum(map(sum, cell.measured.values())), sum(counts.values())), False)


class MonthFigures:
    """The industry figures of the cells of a month, of which some go with the rests of others.

    Parameters: cells, the whole of each under part `ALL`; roles_add_up, whether the industry report tells of
    all roles together.
    """

    def __init__(self, cells: dict[Key, Cell], groups: Groups, roles_add_up: bool) -> None:
        self._groups = groups
        self.cells = cells
        self._shares = {key: industry_share(cell, key[0], groups) for key, cell in cells.items()}
        self._means = {key: industry_mean(cell, key[0], groups) for key, cell in cells.items()}
        rows = {key: cell.rows for key, cell in cells.items()}
        measured = {
            key: {party: len(several) for party, several in cell.measured.items()}
            for key, cell in cells.items()
        }
        self._withhold(self._shares, rows)
        self._withhold(self._means, measured)
        self._steps: dict[tuple[str, str], Fraction] = {}
        if roles_add_up:
            self._round_roles()

    def _withhold(self, figures: dict[Key, Figure], rows: Mapping[Key, Mapping[str, int]]) -> None:
        """Withhold the parts with which the rest of a shown whole does not stand."""
        volumes = {key: self._groups.volumes(counts, key[0]) for key, counts in rows.items()}
        parts: dict[tuple[str, str], dict[str, Counter[str]]] = defaultdict(dict)
        for (role, whole, part), counts in volumes.items():
            if part != ALL:
                parts[role, whole][part] = counts
        for (role, whole), several in parts.items():
            if figures[role, whole, ALL].value is None:
                continue
            released = {part for part in several if figures[role, whole, part].value is not None}
            for part in released - shown_parts(volumes[role, whole, ALL], several, released):
                figures[role, whole, part] = WITHHELD

    def _round_roles(self) -> None:
        roles: dict[tuple[str, str], dict[str, Counter[str]]] = defaultdict(dict)
        for (role, whole, part), cell in self.cells.items():
            roles[whole, part][role] = self._groups.volumes(cell.rows, role)
        for (whole, part), several in roles.items():
            shown = {role for role in several if self._shares[role, whole, part].value is not None}
            step = role_step(several, shown)
            if step is not None:
                self._steps[whole, part] = step

    def share(self, key: Key) -> Figure:
        """The success rate of a cell of the month."""
        return self._stepped(key, self._shares[key])

    def mean(self, key: Key) -> Figure:
        """The mean of what was measured in a cell of the month, in milliseconds."""
        return self._in_seconds(key, self._means[key])

    def day_share(self, key: Key, cell: Cell) -> Figure:
        """The success rate of a day of a cell, of which `cell` has the rows."""
        figure = industry_share(cell, key[0], self._groups)
        if self._shares[key].value is None and cell.rows:
            return WITHHELD
        return self._stepped(key, figure, DAY_STEP)

    def day_mean(self, key: Key, cell: Cell) -> Figure:
        """The mean of what was measured on a day of a cell, of which `cell` has the rows."""
        figure = industry_mean(cell, key[0], self._groups)
        if self._means[key].value is None and cell.measured:
            return WITHHELD
        return self._in_seconds(key, figure)

    def value_shares(self, key: Key, values: Mapping[str, Cell]) -> dict[str, Figure]:
        """The success rates of the values of a dimension in a cell of the month."""
        role = key[0]
        if self._shares[key].value is None:
            return dict.fromkeys(values, WITHHELD)
        volumes = {value: self._groups.volumes(cell.rows, role) for value, cell in values.items()}
        released = {value for value, cell in values.items() if is_released(volumes[value], cell.share)}
        shown = shown_parts(self._groups.volumes(self.cells[key].rows, role), volumes, released)
        return {
            value: self._stepped(key, Figure(cell.share, False)) if value in shown else WITHHELD
            for value, cell in values.items()
        }

    def _stepped(self, key: Key, figure: Figure, least: Fraction | None = None) -> Figure:
        """A share rounded to the step of its roles, or to the least one, whichever is coarser."""
        steps = [step for step in (self._steps.get(key[1:]), least) if step is not None]
        if figure.value is None or not steps:
            return figure
        return Figure(in_steps(figure.value, max(steps)), False)

    def _in_seconds(self, key: Key, figure: Figure) -> Figure:
        """Milliseconds in whole seconds where the roles are rounded and the share of this one is shown."""
        if figure.value is None or key[1:] not in self._steps or self._shares[key].value is None:
            return figure
        return Figure(in_steps(figure.value, Fraction(WHOLE_SECOND_MS)), False)


def percentile(ordered: list[int], share: Fraction) -> Fraction:
    """Continuous percentile of ordered values: linear between the two nearest."""
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def rounded(value: Fraction | None, decimals: int) -> Decimal | None:
    """A share as published; None stays None."""
    return None if value is None else round_half_away(value, decimals)


def own_share(part: int, whole: int) -> Decimal | None:
    """Own share with 6 decimals; None of nothing."""
    return rounded(Fraction(part, whole), OWN_SHARE_DECIMALS) if whole else None


def industry_rate(figure: Figure) -> Decimal | None:
    """An industry share as published; None stays None."""
    return rounded(figure.value, INDUSTRY_SHARE_DECIMALS)


def industry_seconds(milliseconds: Fraction | None) -> Decimal | None:
    """Industry milliseconds as published seconds; None stays None."""
    return None if milliseconds is None else seconds(milliseconds, INDUSTRY_SECONDS_DECIMALS)


def own_speed(measured: list[int]) -> Row:
    """own_measured to own_median_s of round_trip_time.csv and delivery_time.csv, of milliseconds."""
    line: Row = {"own_measured": len(measured)}
    if measured:
        own = sorted(measured)
        line["own_best_s"], line["own_worst_s"] = seconds(own[0]), seconds(own[-1])
        line["own_mean_s"] = seconds(Fraction(sum(own), len(own)))
        for name, place in (("p01", FIRST_PERCENTILE), ("median", Fraction(1, 2)), ("p99", LAST_PERCENTILE)):
            line[f"own_{name}_s"] = seconds(percentile(own, place))
    return line


def industry_speed(cell: Cell, mean: Figure) -> Row:
    """industry_best_s to industry_suppressed of a cell, given its mean as it is shown."""
    line: Row = {"industry_suppressed": mean.withheld}
    if mean.value is not None:
        every = sorted(ms for several in cell.measured.values() for ms in several)
        line["industry_mean_s"] = industry_seconds(mean.value)
        line["industry_median_s"] = industry_seconds(percentile(every, Fraction(1, 2)))
        if len(every) >= MINIMUM_ROWS_EXTREMES:
            line["industry_best_s"] = industry_seconds(percentile(every, FIRST_PERCENTILE))
            line["industry_worst_s"] = industry_seconds(percentile(every, LAST_PERCENTILE))
    return line


@dataclass
class League:
    """A league table: the rounded rate of each party in the cell and the rank of those ranked."""

    rates: dict[str, Fraction]
    ranks: dict[str, int]

    def last_place(self, party: str) -> int | None:
        """The last place that the tie of a party takes; None where it is not ranked."""
        rank = self.ranks.get(party)
        return None if rank is None else rank + sum(other == rank for other in self.ranks.values()) - 1


def build_league(cell: Cell, role: str, groups: Groups) -> League | None:
    """The league of a cell; None where it is not shown."""
    if industry_share(cell, role, groups).value is None:
        return None
    ranked = [party for party, count in cell.rows.items() if count >= MINIMUM_RANK_ROWS]
    group_count = len(groups.volumes(dict.fromkeys(ranked, 1), role))
    if group_count < MINIMUM_GROUPS:
        return None
    step = LEAGUE_STEP_FULL if group_count >= FULL_GROUPS else LEAGUE_STEP_SMALL
    rates = {p: in_steps(Fraction(cell.good[p], count), step) for p, count in cell.rows.items()}
    ranks = {p: 1 + sum(rates[other] > rates[p] for other in ranked) for p in ranked}
    return League(rates, ranks)


def league_lines(party: str, cell: Cell, league: League | None, rate_column: str) -> list[Row]:
    """The rows of a league table as a recipient with rows in the cell sees it."""
    if league is None:
        rate = rounded(Fraction(cell.good[party], cell.rows[party]), INDUSTRY_SHARE_DECIMALS)
        return [{rate_column: rate, "is_recipient": True}]
    lines = [
        {"rank": rank, rate_column: rounded(league.rates[p], 3), "is_recipient": p == party}
        for p, rank in league.ranks.items()
    ]
    if party not in league.ranks:
        lines.append({rate_column: rounded(league.rates[party], 3), "is_recipient": True})
    return lines
