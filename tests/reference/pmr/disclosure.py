"""Who may be told what: cells that pass, cells that others hold, and volumes that add up (section 3, 3.1).

A cell is the figures over the same rows in one row. Lines tie a total to its parts, so that what is withheld
cannot be had by subtraction; tables have two kinds of lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reference.business import code_requests, month_cells
from reference.industry import FULL_GROUPS, Cell, Groups, Key, MonthFigures, is_released
from reference.pmr.common import GENERATIONS, SMETS2, Sources
from reference.pmr.figures import ALL
from reference.rests import rest_stands

PASSES = 4


class CellKey(NamedTuple):
    """What a cell is over: a family of rows, and where.

    Attributes:
        family: `rsvp` for all requests of the pairs of Table 4, else the measure or file.
        item: the SRV (`ALL`: the process), of installs the Device Type, else `ALL`.
        value: of the split, `ALL` with split `ALL`.
    """

    family: str
    process: str = ""
    item: str = ALL
    segment: str = ALL
    split: str = ALL
    value: str = ALL


@dataclass
class Pool:
    """The rows of a cell.

    Attributes:
        groups: rows by corporate group.
        groupless: rows in no group: in the figures, in no rule.
        counts: what the cell's figures are made of; it adds up over cells.
        shares: (numerator, denominator) of the shares that the cell shows, as names of `counts`.
    """

    groups: Counter[str] = field(default_factory=Counter)
    groupless: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    shares: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it has, those in no group among them."""
        return self.groups.total() + self.groupless

    def add(self, groups: Collection[str], counts: Mapping[str, int]) -> None:
        """One row more; what belongs to several groups is a row of each."""
        self.groups.update(groups)
        self.groupless += not groups
        self.counts.update(counts)

    def passes(self, rows_only: bool = False) -> bool:
        """Whether the cell may be shown by itself: its rows, and none of its shares is 0 or 1 of few."""
        if not is_released(self.groups):
            return False
        return rows_only or len(self.groups) >= FULL_GROUPS or not any(self._extremes())

    def _extremes(self) -> Iterable[bool]:
        for part, whole in self.shares:
            yield self.counts[whole] > 0 and self.counts[part] in (0, self.counts[whole])

    @classmethod
    def together(cls, pools: Iterable[Pool]) -> Pool:
        """Several parts as one."""
        one = cls()
        for pool in pools:
            one.groups.update(pool.groups)
            one.groupless += pool.groupless
            one.counts.update(pool.counts)
            one.shares = pool.shares
        return one


@dataclass(frozen=True)
class Line:
    """A total and its parts.

    Attributes:
        rest: key of the row `Withheld` that tells what the withheld parts are together; None: no such row.
        of_measures: the parts are different measures, so that only their rows are judged together.
        knows: a part that is all of a shown total is known anyway.
    """

    total: CellKey
    parts: tuple[CellKey, ...]
    rest: CellKey | None = None
    of_measures: bool = False
    knows: bool = True


class Disclosure:
    """The cells of one or several files, and which of them are shown."""

    def __init__(self) -> None:
        self.pools: dict[CellKey, Pool] = {}
        self._withheld: set[CellKey] = set()
        self._forced: set[CellKey] = set()
        self._settled: set[CellKey] = set()
        self._lines: list[Line] = []
        self._below: dict[CellKey, set[CellKey]] = defaultdict(set)
        self._above: dict[CellKey, list[Line]] = defaultdict(list)

    # What there is

    def pool(self, key: CellKey) -> Pool:
        """The rows of a cell; an empty pool where it has none."""
        return self.pools.get(key) or Pool()

    def row(
        self,
        key: CellKey,
        groups: Collection[str],
        counts: Mapping[str, int],
        shares: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """One row more of a cell."""
        pool = self.pools.get(key)
        if pool is None:
            pool = self.pools[key] = Pool(shares=shares)
        pool.add(groups, counts)

    def has_rows(self, key: CellKey) -> bool:
        return key in self.pools

    def line(self, line: Line) -> Line:
        """Tie a total to its parts: where it is withheld, so are they."""
        self._lines.append(line)
        self._below[line.total].update(line.parts)
        for part in line.parts:
            self._above[part].append(line)
        return line

    # What is shown

    def is_shown(self, key: CellKey) -> bool:
        """Whether a cell is shown; one without rows is, unless it is withheld with its whole table."""
        if key in self._forced:
            return False
        return key not in self._withheld or not self.has_rows(key) or self.is_known(key)

    def is_known(self, key: CellKey) -> bool:
        """Whether a part is all of a shown total."""
        return any(
            line.knows
            and self.has_rows(line.total)
            and [part for part in line.parts if self.has_rows(part)] == [key]
            and self.is_shown(line.total)
            for line in self._above[key]
        )

    def judge(self, keys: Iterable[CellKey] | None = None) -> None:
        """Each cell alone."""
        for key in list(self.pools) if keys is None else keys:
            if self.has_rows(key) and not self.pools[key].passes():
                self.withhold(key)

    def withhold(self, key: CellKey) -> None:
        """Withhold a cell, and what it holds."""
        if key not in self._withheld:
            self._withheld.add(key)
            for part in self._below[key]:
                self.withhold(part)

    def force(self, keys: Iterable[CellKey]) -> None:
        """Withhold cells whatever is known, those without rows too."""
        for key in keys:
            self._forced.add(key)
            self.withhold(key)

    def settle(self, keys: Iterable[CellKey]) -> None:
        """What is settled is given from now on, and withheld no more."""
        self._settled.update(keys)

    # Volumes add up

    def stands(self, line: Line) -> bool:
        """Whether the withheld parts of a line cannot be told apart."""
        if not self.is_shown(line.total):
            return True
        return self._stands(line, self._hidden(line))

    def close(self, line: Line) -> bool:
        """Withhold parts, or the total with them, until a line stands; False where that is not possible."""
        if not self.is_shown(line.total):
            for part in line.parts:
                self.withhold(part)
            return True
        hidden = self._hidden(line)
        free = [
            part
            for part in self._with_rows(line)
            if part not in hidden and part not in self._settled and not self.is_known(part)
        ]
        free.sort(key=lambda part: (self.pools[part].rows, part), reverse=True)
        while not self._stands(line, hidden):
            if free:
                smallest = free.pop()
                self.withhold(smallest)
                hidden.append(smallest)
            elif line.total in self._settled:
                return False
            else:
                self.withhold(line.total)
                return True
        return True

    def table(
        self,
        margins: Iterable[Line],
        rows: Iterable[Line],
        columns: Iterable[Line],
        inner: Iterable[CellKey],
    ) -> bool:
        """Close a table; where a line does not stand after all passes it has no inner cell.

        Parameters: inner, its cells, those without rows too. Returns whether it has inner cells.
        """
        margins, lines, inner = list(margins), [*rows, *columns], list(inner)
        for _ in range(PASSES):
            for line in (*margins, *lines):
                self.close(line)
        for line in margins:
            self.close(line)
        stands = all(self.stands(line) for line in lines)
        if not stands:
            self.force(inner)
        self.settle(inner)
        self.settle(key for line in (*margins, *lines) for key in (line.total, *line.parts))
        return stands

    def rests(self) -> dict[CellKey, Counter[str]]:
        """The counts of each row `Withheld`: a shown total less the parts that are shown beside it."""
        found = {}
        for line in self._lines:
            if line.rest is None or not self.is_shown(line.total) or not self.stands(line):
                continue
            parts = self._with_rows(line)
            shown = [part for part in parts if self.is_shown(part)]
            if shown and len(shown) < len(parts):
                counts = Counter(self.pools[line.total].counts)
                for part in shown:
                    counts.subtract(self.pools[part].counts)
                found[line.rest] = counts
        return found

    def _with_rows(self, line: Line) -> list[CellKey]:
        return [part for part in line.parts if self.has_rows(part)]

    def _hidden(self, line: Line) -> list[CellKey]:
        """The withheld parts that count."""
        return [
            part
            for part in self._with_rows(line)
            if part in self._withheld and not (line.knows and self.is_known(part))
        ]

    def _stands(self, line: Line, hidden: list[CellKey]) -> bool:
        if not hidden:
            return True
        if len(hidden) < 2:
            return False
        if len(hidden) == len(self._with_rows(line)):
            return True
        return Pool.together(self.pools[part] for part in hidden).passes(rows_only=line.of_measures)


def months_only(sources: Sources) -> set[tuple[str, str]]:
    """The (process, SRV) that have their months in SMETS2 and SMETS1, and no other cell.

    Their rest of roles, reckoned on the parties' cells, does not stand. Where it is that of `ALL`, its SRVs
    have no other cell either.
    """
    coded = code_requests(sources.counted, sources.devices, sources.lists, sources.month)
    cells = month_cells(coded)
    found = roles_that_tell(cells, sources.groups)
    for process, srv in {(key[1], key[2]) for key in cells}:
        if (process, ALL) in found:
            found.add((process, srv))
    for process, srvs in sources.processes.items():
        if (process, ALL) in found:
            found.update((process, srv) for srv in srvs)
    return found


def roles_that_tell(cells: dict[Key, Cell], groups: Groups) -> set[tuple[str, str]]:
    """The (process, SRV) whose withheld roles are a rest that does not stand."""
    figures = MonthFigures(cells, groups, roles_add_up=False)
    rest: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    whole: Counter[tuple[str, str]] = Counter()
    for key, cell in cells.items():
        volumes = groups.volumes(cell.rows, key[0])
        whole[key[1:]] += volumes.total()
        if figures.share(key).value is None:
            rest[key[1:]].update(volumes)
    return {place for place, volumes in rest.items() if not rest_stands(volumes, whole[place])}


def with_total(segment: str) -> tuple[str, ...]:
    """A segment and, for a region or `Unknown`, SMETS2."""
    return (segment,) if segment in GENERATIONS else (segment, SMETS2)
