"""How measures are printed: decimals, targets, status (contract, 0 and 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reference.pmr.common import Sources
from reference.publish import round_half_away

DECIMALS = {"share": 6, "ratio": 6, "seconds": 1, "hours": 2, "minutes": 2, "count": 0}
AVAILABILITIES = ("SA1", "SA5", "CPM6")
LOWER = "lower"


@dataclass(frozen=True)
class Definition:
    """A row of seed pmr_measures; target and minimum in the measure's unit."""

    measure_id: str
    kind: str
    section: int
    name: str
    definition: str
    unit: str
    direction: str | None
    target: Fraction | None
    minimum: Fraction | None
    business_process: str
    srv: str
    segments: str
    splits: tuple[str, ...]
    smets1: str
    source: str

    @property
    def is_lower_better(self) -> bool:
        """Whether a lower value is better."""
        return self.direction == LOWER

    @property
    def is_measure(self) -> bool:
        """Whether it is a measure, and no indicator."""
        return self.kind == "M"

    @classmethod
    def read(cls, row: dict[str, str]) -> Definition:
        """A row of the seed; a share's target and minimum are in percent there."""

        def bound(text: str) -> Fraction | None:
            if not text:
                return None
            return Fraction(text) / (100 if row["unit"] == "share" else 1)

        return cls(
            row["measure_id"],
            row["kind"],
            int(row["section"]),
            row["name"],
            row["definition"],
            row["unit"],
            row["direction"] or None,
            bound(row["target"]),
            bound(row["minimum"]),
            row["business_process"],
            row["srv"],
            row["segments"],
            tuple(split for split in row["splits"].split(";") if split),
            row["smets1"],
            row["source"],
        )


def definitions_of(rows: list[dict[str, str]]) -> dict[str, Definition]:
    """The seed pmr_measures by measure id, in its order."""
    return {row["measure_id"]: Definition.read(row) for row in rows}


def printed(definition: Definition, value: Fraction | None) -> Decimal | None:
    """A value in the fewest decimals that hide no miss; availability below 1 never reads as 1."""
    if value is None:
        return None
    decimals = DECIMALS[definition.unit]
    while _misleads(definition, value, round_half_away(value, decimals)):
        decimals += 1
    return round_half_away(value, decimals)


def _misleads(definition: Definition, value: Fraction, shown: Decimal) -> bool:
    for bound in (definition.target, definition.minimum):
        if bound is None:
            continue
        if definition.is_lower_better:
            if value > bound >= Fraction(shown):
                return True
        elif value < bound <= Fraction(shown):
            return True
    return definition.measure_id in AVAILABILITIES and value < 1 <= Fraction(shown)


def status_of(definition: Definition, value: Fraction | None) -> str | None:
    """The status of a measure's exact value; None for an indicator and without a value."""
    if value is None or not definition.is_measure:
        return None
    if definition.target is None:
        return "No target"

    def meets(bound: Fraction) -> bool:
        return value <= bound if definition.is_lower_better else value >= bound

    if meets(definition.target):
        return "Met"
    if definition.minimum is not None and not meets(definition.minimum):
        return "Below minimum"
    return "Below target"


def target_text(definition: Definition, bound: Fraction | None) -> Decimal | None:
    """A target or minimum as printed."""
    return None if bound is None else round_half_away(bound, DECIMALS[definition.unit])


def plain_number(value: Decimal | Fraction | int | None) -> str | None:
    """A number that landed with a finite number of decimals, without trailing zeros."""
    if value is None:
        return None
    exact, decimals = Fraction(value), 0
    while (exact * 10**decimals).denominator != 1:
        decimals += 1
    text = f"{abs(exact.numerator * 10**decimals // exact.denominator):0{decimals + 1}d}"
    whole = text[: len(text) - decimals]
    return f"{'-' if exact < 0 else ''}{whole}{'.' if decimals else ''}{text[len(text) - decimals :]}"


def rows_before(sources: Sources, path: str) -> list[dict[str, str]]:
    """The rows of a file in force for the month before; none without history."""
    header, *rows = sources.history.get(path) or [[]]
    return [dict(zip(header, row, strict=True)) for row in rows]
