"""Figures and lines of files out of cells: what a withheld, an empty and a remaining cell show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reference.landing import Row
from reference.pmr.common import (
    DEVICE_TYPES,
    GENERATIONS,
    NO_EVENTS,
    NOT_APPLICABLE,
    REGIONS,
    REPORTED,
    SEGMENTS,
    SMETS2,
)
from reference.pmr.disclosure import CellKey, Disclosure, Line, with_total
from reference.pmr.figures import ALL, WITHHELD, Figure, Place, count, share, withheld

TYPE_SPLIT, DAY_SPLIT, SLA_SPLIT, REASON_SPLIT = "device_type", "day", "sla_s", "reason"


@dataclass(frozen=True)
class Measure:
    """A figure that a cell shows.

    Attributes:
        part: its numerator, a name of the cell's counts.
        whole: its denominator; None of a count.
        pending: None where nothing can be pending.
        by_type: whether it is split by Device Type.
    """

    id: str
    part: str
    whole: str | None = None
    pending: str | None = "pending"
    by_type: bool = True

    def of(self, place: Place, counts: Mapping[str, int]) -> Figure:
        """The figure of these counts."""
        waiting = None if self.pending is None else counts.get(self.pending, 0)
        if self.whole is None:
            return count(self.id, place, counts.get(self.part, 0), waiting)
        return share(self.id, place, counts.get(self.part, 0), counts.get(self.whole, 0), waiting)


@dataclass(frozen=True)
class Family:
    """Cells of one family by segment and Device Type.

    Attributes:
        item: as in the key of a cell; srv: as measures.csv prints it (None: empty).
        smets1: whether SMETS1 is measured.
    """

    name: str
    process: str
    item: str
    srv: str | None
    measures: tuple[Measure, ...]
    shares: tuple[tuple[str, str], ...] = ()
    types: tuple[str, ...] = DEVICE_TYPES
    smets1: bool = True
    printed_process: str | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that are measured."""
        return SEGMENTS if self.smets1 else SEGMENTS[:-1]

    @property
    def generations(self) -> tuple[str, ...]:
        return GENERATIONS if self.smets1 else (SMETS2,)

    def key(self, segment: str, split: str = ALL, value: str = ALL) -> CellKey:
        return CellKey(self.name, self.process, self.item, segment, split, value)

    def of_type(self, segment: str, device_type: str) -> CellKey:
        return self.key(segment, TYPE_SPLIT, device_type)

    @property
    def segment_keys(self) -> list[CellKey]:
        return [self.key(segment) for segment in self.segments]

    @property
    def type_keys(self) -> list[CellKey]:
        return [self.of_type(segment, kind) for segment in self.generations for kind in self.types]

    def row(
        self,
        cells: Disclosure,
        segment: str,
        device_type: str,
        groups: Iterable[str | None],
        counts: Mapping[str, int],
    ) -> None:
        """One row more, in each cell in which it lies."""
        known = {group for group in groups if group is not None}
        for one in with_total(segment):
            cells.row(self.key(one), known, counts, self.shares)
            if self.types and one in GENERATIONS:
                cells.row(self.of_type(one, device_type), known, counts, self.shares)

    def segment_line(self) -> Line:
        """SMETS2 and its seven."""
        return Line(self.key(SMETS2), tuple(self.key(r) for r in REGIONS), self.key(WITHHELD))

    def type_line(self, segment: str) -> Line:
        """SMETS2 or SMETS1, and its Device Types."""
        return Line(
            self.key(segment),
            tuple(self.of_type(segment, kind) for kind in self.types),
            self.of_type(segment, WITHHELD),
        )

    def lines(self) -> list[Line]:
        """Its one-way lines, from the top."""
        types = [self.type_line(segment) for segment in self.generations] if self.types else []
        return [self.segment_line(), *types]

    def figures(self, cells: Disclosure, rests: Mapping[CellKey, Counter[str]]) -> list[Figure]:
        """Its figures: each cell's, empty ones too, and the rows `Withheld`."""
        found = []
        for key in (*self.segment_keys, *self.type_keys):
            for measure in self.measures_of(key):
                if cells.is_shown(key):
                    found.append(measure.of(self.place(key), cells.pool(key).counts))
                else:
                    found.append(withheld(measure.id, self.place(key)))
        return found + [
            measure.of(self.place(key), counts)
            for key, counts in rests.items()
            if (key.family, key.process, key.item) == (self.name, self.process, self.item)
            for measure in self.measures_of(key)
        ]

    def measures_of(self, key: CellKey) -> list[Measure]:
        """The figures of a cell: those that are split as it is."""
        return [measure for measure in self.measures if measure.by_type or key.split == ALL]

    def place(self, key: CellKey) -> Place:
        process = self.process if self.printed_process is None else self.printed_process
        return process or None, self.srv, key.segment, key.split, key.value


def line_of(
    cells: Disclosure,
    key: CellKey,
    columns: Row,
    names: Mapping[str, str],
    applies: bool = True,
    has_file: bool = True,
) -> tuple[Row, str]:
    """A row of a file with its counts and its state; figures of an empty or withheld cell are null.

    Parameters: names, column -> name of the cell's counts. Returns the row and its state.
    """
    row: Row = dict(columns)
    if not applies:
        state = NOT_APPLICABLE
    elif not cells.is_shown(key):
        state = WITHHELD
    elif not cells.has_rows(key):
        state = NO_EVENTS
        if has_file:
            row |= dict.fromkeys(names, 0)
    else:
        state = REPORTED
        counts = cells.pool(key).counts
        row |= {column: counts[name] for column, name in names.items()}
    row["state"] = state
    return row, state
