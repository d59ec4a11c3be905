"""What a section hands over for measures.csv: exact figures, of which the summary makes rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

ALL = "ALL"
WITHHELD = "Withheld"

# What a figure is over: business_process, srv, segment, split, split_value as measures.csv prints them
Place = tuple[str | None, str | None, str, str, str | None]


@dataclass(frozen=True)
class Figure:
    """One figure of measures.csv, exact and not yet printed.

    Attributes:
        measure_id: with the figure, as seed pmr_measures has it.
        business_process: None where the measure has none; srv likewise.
        split_value: `ALL` with split `ALL`; a day as `YYYY-MM-DD`, None in a day's row `Withheld`.
        numerator: of a count itself, of a mean None.
        denominator: of a count None, of a mean how many.
        pending: None where nothing can be pending.
        value: in the measure's unit; None where there is none (a denominator of 0).
        is_withheld: by disclosure control; a row `Withheld` more (segment, srv or split_value) is not.
        state_reason: only where the section knows one.
    """

    measure_id: str
    business_process: str | None
    srv: str | None
    segment: str
    split: str = ALL
    split_value: str | None = ALL
    numerator: int | Fraction | None = None
    denominator: int | Fraction | None = None
    pending: int | None = None
    value: Fraction | None = None
    is_withheld: bool = False
    state_reason: str | None = None

    @property
    def place(self) -> Place:
        """The key beside the measure_id."""
        return self.business_process, self.srv, self.segment, self.split, self.split_value

    @property
    def is_remainder(self) -> bool:
        """Whether it is a row `Withheld` more: total less what is shown."""
        return WITHHELD in (self.srv, self.segment, self.split_value) or (
            self.split == "day" and self.split_value is None
        )


def count(measure_id: str, place: Place, number: int, pending: int | None = None) -> Figure:
    """A count: its numerator is itself."""
    return Figure(measure_id, *place, numerator=number, pending=pending, value=Fraction(number))


def share(
    measure_id: str, place: Place, numerator: int, denominator: int, pending: int | None = None
) -> Figure:
    """A share of what is decided; without a value where nothing is."""
    value = Fraction(numerator, denominator) if denominator else None
    return Figure(measure_id, *place, numerator, denominator, pending, value)


def mean(
    measure_id: str, place: Place, value: Fraction | None, how_many: int, pending: int | None = None
) -> Figure:
    """A mean, a median or a value out of an order: its denominator is how many there are."""
    return Figure(measure_id, *place, None, how_many, pending, value)


def withheld(measure_id: str, place: Place) -> Figure:
    """A figure that disclosure control holds back."""
    return Figure(measure_id, *place, is_withheld=True)
