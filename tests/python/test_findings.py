"""What stands out: the exact rule, held against fractions at its edges and on cells as large as they come."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import duckdb
import pytest
from disclosure_sql import Rules

LARGEST = 250_000_000  # requests of a cell, in a month of a thousand million

# n, f and the reference's n, f.
Cell = tuple[int, int, int, int]


def reckoned(cells: list[Cell], expression: str, rules: Rules | None = None) -> list:
    """What a macro gives for each cell."""
    rules = rules or Rules()
    with duckdb.connect() as connection:
        connection.execute("create table cells (place integer, n bigint, f bigint, m bigint, b bigint)")
        connection.executemany(
            "insert into cells values (?, ?, ?, ?, ?)", [(place, *cell) for place, cell in enumerate(cells)]
        )
        sql = rules.expression("{{ " + expression + " }}")
        return [
            value for (value,) in connection.execute(f"select {sql} from cells order by place").fetchall()
        ]


STANDS_OUT = "is_standing_out('n', 'f', 'm', 'b')"
IS_WORSE = "is_worse_than_before('n', 'f', 'm', 'b')"


def stands_out(cell: Cell, gap: Fraction = Fraction("0.02"), z: Fraction = Fraction(3)) -> bool:
    """The rule as docs/definitions.md has it, in fractions."""
    n, f, m, b = cell
    if m == 0 or n < 30:
        return False
    q = Fraction(b, m)
    excess = f - n * q
    return excess > 0 and Fraction(f, n) - q >= gap and excess**2 >= z**2 * n * q * (1 - q)


def is_worse(cell: Cell, gap: Fraction = Fraction("0.02")) -> bool:
    """The pooled two-sample form, in fractions."""
    n, f, m, b = cell
    if n < 30 or m < 30:
        return False
    more, p = Fraction(f, n) - Fraction(b, m), Fraction(f + b, n + m)
    chance = p * (1 - p) * (Fraction(1, n) + Fraction(1, m))
    return more > 0 and more >= gap and more**2 >= 9 * chance


# What is to stand out, and its neighbours that are not to: of a share of 0.1 of 900 requests the spread is 9.
EDGES = {
    (900, 117, 10, 1): True,  # z is exactly 3
    (900, 116, 10, 1): False,
    (29, 29, 10, 1): False,  # one request too few
    (30, 30, 10, 1): True,
    (1_000_000, 120_000, 10, 1): True,  # the gap is exactly 0.02
    (1_000_000, 119_999, 10, 1): False,
    (100, 2, 10, 0): True,  # nothing of the reference fails: any failure beyond the gap
    (100, 1, 10, 0): False,
    (100, 0, 10, 0): False,
    (50, 5, 10, 1): False,  # equal
    (100, 100, 10, 10): False,  # everything fails, here and there
    (100, 100, 0, 0): False,  # no other
    (LARGEST, LARGEST, LARGEST, 1): True,
}


def test_a_cell_stands_out_from_its_boundary_on():
    assert dict(zip(EDGES, reckoned(list(EDGES), STANDS_OUT), strict=True)) == EDGES
    assert {cell: stands_out(cell) for cell in EDGES} == EDGES


# Two months of 450 and 450 requests, of which 1 in 2 fails: the spread of the difference is 1/30.
WORSE_EDGES = {
    (450, 248, 450, 203): True,  # the difference is 0.1, the spread just below a third of it
    (450, 247, 450, 203): False,
    (30, 10, 60, 5): True,  # z is exactly 3
    (30, 9, 60, 5): False,
    (30, 30, 30, 0): True,
    (29, 29, 30, 0): False,
    (30, 30, 29, 0): False,
    (1_000_000, 120_000, 1_000_000, 100_000): True,
    (1_000_000, 119_999, 1_000_000, 100_000): False,
    (30, 9, 30, 0): True,
    (30, 7, 30, 0): False,
    (100, 50, 100, 50): False,
    (100, 100, 100, 100): False,
    (100, 0, 100, 0): False,
    (LARGEST, LARGEST, LARGEST, 0): True,
}


def test_a_month_is_worse_than_the_one_before_from_its_boundary_on():
    assert dict(zip(WORSE_EDGES, reckoned(list(WORSE_EDGES), IS_WORSE), strict=True)) == WORSE_EDGES
    assert {cell: is_worse(cell) for cell in WORSE_EDGES} == WORSE_EDGES


NEARLY = (43, 32, 31, 17)


def near_the_boundary(random: Random, rule) -> list[Cell]:
    """Cells of any size of which one failure more or less decides; both neighbours of each."""
    cells = []
    for _ in range(80):
        n, m = (round(10 ** random.uniform(1.4, 8.39)) for _ in "nm")
        b = random.choice([0, random.randint(0, m), random.randint(0, m // 20), m])
        low, high = 0, n
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if rule((n, middle, m, b)) else (middle, high)
        cells += [(n, f, m, b) for f in (low, high)]
    return cells


@pytest.mark.parametrize("gap", ["0.02", "0.000001"])  # with the second one chance decides, not the gap
@pytest.mark.parametrize(("expression", "rule"), [(STANDS_OUT, stands_out), (IS_WORSE, is_worse)])
def test_one_failure_decides_however_large_the_cells_are(expression, rule, gap):
    cells = near_the_boundary(Random(18), lambda cell: rule(cell, Fraction(gap)))
    expected = [rule(cell, Fraction(gap)) for cell in cells]
    assert reckoned(cells, expression, Rules(finding_rate_gap=float(gap))) == expected
    assert 20 < sum(expected) < 140, "the cells lie on both sides of the boundary"


def test_the_spread_may_have_two_decimals_and_no_more():
    cells = [(900, f, 10, 1) for f in range(100, 125)]
    found = reckoned(cells, STANDS_OUT, Rules(finding_z=2.58))
    assert found == [stands_out(cell, z=Fraction("2.58")) for cell in cells]
    assert found != reckoned(cells, STANDS_OUT)
    # The square of the excess lies less than one below what it has to be.
    assert reckoned([NEARLY], STANDS_OUT, Rules(finding_z=2.58)) == [stands_out(NEARLY, z=Fraction("2.58"))]
    assert not stands_out(NEARLY, z=Fraction("2.58"))

    with pytest.raises(ValueError, match=r"2\.581 has more than 2 decimals"):
        Rules(finding_z=2.581).expression("{{ " + STANDS_OUT + " }}")


def test_an_excess_is_rounded_once_half_away_from_zero():
    cells = [
        (30, 4, 16, 1),  # 2.125
        (30, 0, 16, 1),  # -1.875
        (1, 1, 16, 1),  # 0.9375
        (1, 0, 16, 1),  # -0.0625
        (1, 1, 2, 1),  # 0.5
        (1, 0, 2, 1),  # -0.5
        (3, 0, 2, 1),  # -1.5
        (7, 2, 3, 1),  # -1/3
        (5, 0, 0, 0),
        (LARGEST, LARGEST, LARGEST, 1),
    ]
    found = reckoned(cells, "excess_failures('n', 'f', 'm', 'b', 3)")
    assert [None if value is None else str(value) for value in found] == [
        *("2.125", "-1.875", "0.938", "-0.063", "0.500", "-0.500", "-1.500", "-0.333", None),
        f"{LARGEST - 1}.000",
    ]
    assert reckoned(cells, "whole_excess('n', 'f', 'm', 'b')") == [
        2,
        -2,
        1,
        0,
        1,
        -1,
        -2,
        0,
        None,
        LARGEST - 1,
    ]


def test_a_printed_rate_is_a_reference_of_a_thousand():
    with duckdb.connect() as connection:
        sql = Rules().expression("{{ failures_in_thousand('cast(rate as decimal(6, 3))') }}")
        rates = "values (0.000), (0.001), (0.9), (0.999), (1.000), (null)"
        found = connection.execute(f"select {sql} from ({rates}) as printed (rate)").fetchall()
    assert [value for (value,) in found] == [1000, 999, 100, 1, 0, None]
