"""Nothing that the industry report withholds follows from what it shows (docs/performance_measurement)."""

from __future__ import annotations

from functools import cache

import pytest
from industry_market import IndustryRules, Month, Pools, pools_of, simulate, what_follows


def example() -> Month:
    """Three SRVs in three regions: each cell five groups alike, but 1.6 in Central 24 rows of three."""
    pools = Pools()
    rows = {
        "1.6": {"North": 45, "Central": 24, "South": 60},
        "2.1": {"North": 50, "Central": 55, "South": 65},
        "2.2": {"North": 70, "Central": 75, "South": 80},
    }
    for srv, regions in rows.items():
        for region, count in regions.items():
            groups = 3 if count == 24 else 5
            for number in range(groups):
                for item in (srv, "ALL"):
                    for segment in (region, "SMETS2"):
                        key = ("rsvp", "Prepayment", item, segment, "ALL", "ALL")
                        pools.add(key, f"G{number}", count // groups)
    return IndustryRules(minimum_rows=10).withhold(pools)


def test_a_table_is_closed_by_rows_and_columns_in_turn() -> None:
    """1.6 in Central fails; North joins it, 2.1 joins both, and then no line tells one of them."""
    month = example()

    withheld = {(key[2], key[3]) for key, is_shown in month.shown.items() if not is_shown}
    assert withheld == {("1.6", "Central"), ("1.6", "North"), ("2.1", "North"), ("2.1", "Central")}
    assert {(key[2], key[3]): month.rest_rows(key) for key in month.rests} == {
        ("1.6", "Withheld"): 69,
        ("2.1", "Withheld"): 105,
        ("Withheld", "North"): 95,
        ("Withheld", "Central"): 79,
    }
    assert not what_follows(month)


@cache
def month_of(seed: int, replacing: tuple = (), **variables: float) -> Month:
    return IndustryRules(replacing, **variables).withhold(pools_of(simulate(seed)))


# A month takes seconds: one in every run, the others by turns. In the market of 3 nothing at all is shown.
SEEDS = [seed if seed < 1 else pytest.param(seed, marks=pytest.mark.long) for seed in range(25) if seed != 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_withheld_cell_follows_from_the_shown_ones(seed: int) -> None:
    """Solved as equations: the bound is none."""
    month = month_of(seed)

    assert not what_follows(month)
    # In a small market little is left: but in each month something is shown, and something is not.
    assert not all(month.shown.values())
    assert any(month.shown[key] for key, rows in month.rows.items() if rows)


MACRO = "macros/marts/pmr_disclosure.sql"
FALLEN = (MACRO, "states.is_open and inner_cells.cell_id is null as is_open", "states.is_open as is_open")
MUTANTS = {
    "one withheld part is enough": ((MACRO, "steps.joined_count >= 2", "steps.joined_count >= 1"),),
    "rows are not closed, and their table stays": (
        (MACRO, """"lines.side = 'margin'", "lines.side = 'row'",""", """"lines.side = 'margin'","""),
        FALLEN,
    ),
    "columns are not closed, and their table stays": (
        (MACRO, """"lines.side = 'row'", "lines.side = 'column'"])""", """"lines.side = 'row'"])"""),
        FALLEN,
    ),
    "nothing is held": ((MACRO, "    where not holding.is_open\n", "    where false\n"),),
    "no line is closed": ((MACRO, "where {{ kinds }} and coalesce(", "where false and coalesce("),),
}


@pytest.mark.long
@pytest.mark.parametrize("changes", MUTANTS.values(), ids=MUTANTS)
def test_the_equations_tell_where_a_line_is_left_open(changes: tuple[tuple[str, str, str], ...]) -> None:
    """The test above can fail: each of these lets a cell follow."""
    assert any(what_follows(month_of(seed, changes)) for seed in range(3))
