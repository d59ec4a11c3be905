"""business_process/<ROLE>/diagnosis.csv (docs/definitions.md, "Diagnosis")."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from reference.business import Coded
from reference.estates import Month, Recipient
from reference.industry import ALL, Cell, Figure, Key, MonthFigures, industry_rate, own_share
from reference.landing import Row
from reference.publish import SIGNIFIERS, round_half_away, table

DIMENSIONS = tuple(name for name in SIGNIFIERS if name != "ch_function")
TARGET_DIMENSION = "trt_s"
REGION = "region"
DIAGNOSIS_COLUMNS = (
    "business_process",
    "srv",
    "dimension",
    "value",
    "own_volume",
    "own_success_rate",
    "own_other_success_rate",
    "own_excess_failures",
    "stands_out",
    "industry_success_rate",
    "industry_suppressed",
)
EXCESS_DECIMALS = 3
MINIMUM_COUNT = 30
RATE_GAP = Fraction(2, 100)
Z = 3


def excess(count: int, failures: int, reference: Fraction) -> Fraction:
    """How many failures of a cell lie beyond a reference failure share."""
    return failures - count * reference


def stands_out(count: int, failures: int, reference: Fraction) -> bool:
    """Whether a cell has more failures than a reference failure share and chance explain."""
    beyond = excess(count, failures, reference)
    return (
        beyond > 0
        and count >= MINIMUM_COUNT
        and Fraction(failures, count) - reference >= RATE_GAP
        and beyond**2 >= Z**2 * count * reference * (1 - reference)
    )


@dataclass(frozen=True)
class Diagnosed:
    """One row of diagnosis.csv before formatting; `others` are the own other requests and their successes."""

    process: str
    srv: str
    dimension: str
    value: str
    volume: int
    successes: int
    others: int
    other_successes: int
    industry: Figure

    @property
    def other_failure_share(self) -> Fraction | None:
        """Failure share of the own other requests; None without any."""
        return Fraction(self.others - self.other_successes, self.others) if self.others else None

    @property
    def excess(self) -> Fraction | None:
        """Failures beyond the share of the own other requests; None without any."""
        share = self.other_failure_share
        return None if share is None else excess(self.volume, self.volume - self.successes, share)

    @property
    def stands_out(self) -> bool:
        """Whether the value stands out against the own other requests."""
        share = self.other_failure_share
        return share is not None and stands_out(self.volume, self.volume - self.successes, share)

    @property
    def line(self) -> Row:
        """The row as published."""
        beyond = self.excess
        return {
            "business_process": self.process,
            "srv": self.srv,
            "dimension": self.dimension,
            "value": self.value,
            "own_volume": self.volume,
            "own_success_rate": own_share(self.successes, self.volume),
            "own_other_success_rate": own_share(self.other_successes, self.others),
            "own_excess_failures": None if beyond is None else round_half_away(beyond, EXCESS_DECIMALS),
            "stands_out": self.stands_out,
            "industry_success_rate": industry_rate(self.industry),
            "industry_suppressed": self.industry.withheld,
        }


def diagnose(coded: list[Coded], figures: MonthFigures) -> dict[Recipient, list[Diagnosed]]:
    """The rows of every recipient."""
    cells: dict[tuple[Key, str], dict[str, Cell]] = defaultdict(lambda: defaultdict(Cell))
    for request in coded:
        values = [
            (name, value)
            for name, value in zip(SIGNIFIERS, request.signifiers, strict=True)
            if name in DIMENSIONS and (name != REGION or request.role != "ED")
        ]
        if request.target_s is not None:
            values.append((TARGET_DIMENSION, str(request.target_s)))
        for srv in (request.srv, ALL):
            key = request.role, request.process, srv
            for dimension, value in values:
                cells[key, dimension][value].add(request.party, request.succeeded)
    found: dict[Recipient, list[Diagnosed]] = defaultdict(list)
    for (key, dimension), values in cells.items():
        role, process, srv = key
        whole, shares = figures.cells[key], figures.value_shares(key, values)
        for value, cell in values.items():
            for party, volume in cell.rows.items():
                row = Diagnosed(
                    process=process,
                    srv=srv,
                    dimension=dimension,
                    value=value,
                    volume=volume,
                    successes=cell.good[party],
                    others=whole.rows[party] - volume,
                    other_successes=whole.good[party] - cell.good[party],
                    industry=shares[value],
                )
                found[party, role].append(row)
    return found


def diagnosis_files(
    recipients: set[Recipient], diagnosed: dict[Recipient, list[Diagnosed]], month: Month
) -> dict[str, list[list[str]]]:
    """diagnosis.csv of every recipient, header-only where it sent nothing."""
    return {
        f"{party}/business_process/{role}/diagnosis.csv": table(
            (party, role),
            month,
            DIAGNOSIS_COLUMNS,
            [row.line for row in diagnosed.get((party, role), ())],
        )
        for party, role in recipients
    }
