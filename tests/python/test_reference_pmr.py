"""The second implementation of the industry report on small cases, worked out by hand."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

import reference.industry  # noqa: E402
from reference.industry import Cell  # noqa: E402
from reference.pmr.disclosure import CellKey, Disclosure, Line, Pool, roles_that_tell  # noqa: E402

EXAMPLE = {
    "1.6": {"North": 45, "Central": 24, "South": 60},
    "2.1": {"North": 50, "Central": 55, "South": 65},
    "2.2": {"North": 70, "Central": 75, "South": 80},
}
REGIONS = ("North", "Central", "South")


def rsvp(item: str = "ALL", segment: str = "SMETS2") -> CellKey:
    return CellKey("rsvp", "Prepayment", item, segment)


def fill(cells: Disclosure, key: CellKey, rows: int, groups: int) -> None:
    for number in range(rows):
        cells.row(key, [f"G{number % groups}"], {"volume": 1})


def table_of(cells: Disclosure) -> tuple[list[Line], list[Line], list[Line], list[CellKey]]:
    margins = [
        Line(rsvp(), tuple(rsvp(segment=r) for r in REGIONS), rsvp(segment="Withheld")),
        Line(rsvp(), tuple(rsvp(srv) for srv in EXAMPLE), rsvp("Withheld")),
    ]
    rows = [Line(rsvp(srv), tuple(rsvp(srv, r) for r in REGIONS), rsvp(srv, "Withheld")) for srv in EXAMPLE]
    columns = [
        Line(rsvp(segment=r), tuple(rsvp(srv, r) for srv in EXAMPLE), rsvp("Withheld", r)) for r in REGIONS
    ]
    for line in (*margins, *rows, *columns):
        cells.line(line)
    return margins, rows, columns, [rsvp(srv, r) for srv in EXAMPLE for r in REGIONS]


@pytest.fixture()
def ten_rows(monkeypatch):
    monkeypatch.setattr(reference.industry, "MINIMUM_ROWS", 10)


@pytest.mark.usefixtures("ten_rows")
def test_the_example_of_the_contract():
    cells = Disclosure()
    for srv, of_regions in EXAMPLE.items():
        for region, rows in of_regions.items():
            groups = 3 if (srv, region) == ("1.6", "Central") else 5
            for key in (rsvp(srv, region), rsvp(srv), rsvp(segment=region), rsvp()):
                fill(cells, key, rows, groups)
    lines = table_of(cells)
    cells.judge()
    assert cells.table(*lines)
    hidden = {(k.item, k.segment) for k in lines[-1] if not cells.is_shown(k)}
    assert hidden == {("1.6", "Central"), ("1.6", "North"), ("2.1", "North"), ("2.1", "Central")}
    assert {(k.item, k.segment): counts["volume"] for k, counts in cells.rests().items()} == {
        ("1.6", "Withheld"): 69,
        ("2.1", "Withheld"): 105,
        ("Withheld", "North"): 95,
        ("Withheld", "Central"): 79,
    }


def one_line(*parts: tuple[int, int], **given: bool) -> tuple[Disclosure, Line]:
    """A total and its parts, each of (rows, groups); the parts in code-point order."""
    cells = Disclosure()
    keys = tuple(rsvp(f"{n}.1") for n in range(1, len(parts) + 1))
    for key, (rows, groups) in zip(keys, parts, strict=True):
        fill(cells, key, rows, groups)
        fill(cells, rsvp(), rows, groups)
    line = cells.line(Line(rsvp(), keys, rsvp("Withheld"), **given))
    cells.judge()
    cells.close(line)
    return cells, line


def shown(cells: Disclosure, line: Line) -> list[bool]:
    return [cells.is_shown(key) for key in line.parts]


@pytest.mark.usefixtures("ten_rows")
def test_the_smallest_shown_part_joins_and_of_two_equal_ones_the_lesser_text():
    cells, line = one_line((8, 4), (30, 5), (20, 5), (20, 5))
    assert shown(cells, line) == [False, True, False, True]
    assert cells.rests()[rsvp("Withheld")]["volume"] == 28


@pytest.mark.usefixtures("ten_rows")
def test_all_of_two_or_more_may_be_withheld_without_passing_together():
    cells, line = one_line((6, 2), (5, 1), (40, 5))
    # 6 and 5 do not pass together: two groups, of five.
    assert shown(cells, line) == [False, False, False]
    assert cells.is_shown(rsvp()) and cells.rests() == {}


@pytest.mark.usefixtures("ten_rows")
def test_the_only_part_with_rows_is_known_anyway():
    cells, line = one_line((20, 5), (0, 1))
    cells.withhold(line.parts[0])
    assert shown(cells, line) == [True, True]
    assert cells.close(line)
    assert cells.is_shown(rsvp())


@pytest.mark.usefixtures("ten_rows")
def test_a_reason_is_never_known_and_takes_its_total_with_it():
    cells, line = one_line((20, 5), knows=False)
    cells.withhold(line.parts[0])
    assert cells.close(line)
    assert not cells.is_shown(rsvp())
    assert shown(cells, line) == [False]


@pytest.mark.usefixtures("ten_rows")
def test_a_total_that_is_settled_is_not_withheld_and_its_line_does_not_stand():
    cells, line = one_line((20, 5), knows=False)
    cells.withhold(line.parts[0])
    cells.settle([rsvp()])
    assert not cells.close(line)
    assert cells.is_shown(rsvp())


@pytest.mark.usefixtures("ten_rows")
def test_a_withheld_total_withholds_its_parts():
    cells, line = one_line((4, 4), (5, 5))
    assert not cells.is_shown(rsvp())
    assert shown(cells, line) == [False, False]


def test_a_pool_of_all_or_nothing_needs_ten_groups():
    for groups, good, passes in ((9, 0, False), (9, 1, True), (9, 99, False), (9, 98, True), (10, 0, True)):
        pool = Pool(shares=(("good", "volume"),))
        for number in range(99):
            pool.add([f"G{number % groups}"], {"volume": 1, "good": number < good})
        pool.add(["G0"], {})  # a row that is not decided
        assert pool.passes() is passes
        assert pool.passes(rows_only=True)


def test_rows_in_no_group_make_no_pool():
    pool = Pool()
    for _ in range(500):
        pool.add([], {"volume": 1})
    assert (pool.rows, pool.groupless, pool.groups) == (500, 500, Counter())
    assert not pool.passes()


@pytest.mark.usefixtures("ten_rows")
def test_a_cell_without_rows_is_withheld_with_its_whole_table_alone():
    cells, line = one_line((4, 4), (0, 1))
    assert not cells.is_shown(rsvp())
    assert shown(cells, line) == [False, True]
    cells.force(line.parts)
    assert shown(cells, line) == [False, False]


def day_table() -> tuple[Disclosure, list[Line], list[Line], list[CellKey]]:
    """Two SRVs and four days; on the first day nothing but 1.6 has rows, so that it is known by that day."""
    cells = Disclosure()
    rows = {"1.6": (30, 3, 4, 5), "2.1": (0, 40, 40, 40)}
    days = ("1", "2", "3", "4")

    def key(srv: str, day: str) -> CellKey:
        return CellKey("rsvp", "Prepayment", srv, "SMETS2", *(("day", day) if day != "ALL" else ()))

    for srv, of_days in rows.items():
        for day, count in zip(days, of_days, strict=True):
            for one in (key(srv, day), key("ALL", day), key(srv, "ALL")):
                fill(cells, one, count, 5)
    months = [Line(key(srv, "ALL"), tuple(key(srv, day) for day in days)) for srv in rows]
    columns = [Line(key("ALL", day), tuple(key(srv, day) for srv in rows)) for day in days]
    for line in (*months, *columns):
        cells.line(line)
    cells.judge()
    return cells, months, columns, [key(srv, day) for srv in rows for day in days]


@pytest.mark.usefixtures("ten_rows")
def test_what_is_left_beside_a_known_part_must_pass_by_itself():
    cells, months, _, inner = day_table()
    # 3, 4 and 5 rows of five groups: together they pass beside the known day, each alone does not.
    cells.settle([months[0].total, months[1].total])
    assert cells.is_known(inner[0]) and cells.is_shown(inner[0])
    assert [cells.is_shown(key) for key in inner[1:4]] == [False] * 3
    assert cells.close(months[0])
    # Without that there is no part to join, and the month is given.
    cells.pools[inner[2]].groups.clear()
    cells.pools[inner[2]].groups["G0"] = 40
    assert not cells.close(months[0])
    assert cells.is_shown(months[0].total)


@pytest.mark.usefixtures("ten_rows")
def test_a_table_with_a_line_that_does_not_stand_has_no_inner_cell_the_empty_ones_too():
    cells, months, columns, inner = day_table()
    cells.settle([months[0].total, months[1].total])
    cells.pools[inner[2]].groups.clear()
    cells.pools[inner[2]].groups["G0"] = 40
    assert not cells.table([], months, columns, inner)
    assert not any(cells.is_shown(key) for key in inner)
    assert not cells.has_rows(inner[4]) and all(cells.is_shown(line.total) for line in months)


def test_roles_tell_where_the_withheld_ones_do_not_stand():
    parties = [
        {"party_id": f"P{n}", "role": role, "corporate_group": None}
        for n in range(6)
        for role in ("IS", "GS")
    ]
    groups = reference.industry.Groups(parties)

    def told(import_rows: int, *gas_rows: int) -> bool:
        cells = {}
        for role, rows in (("IS", [import_rows] * 6), ("GS", gas_rows)):
            if rows:
                cells[role, "Prepayment", "ALL"] = Cell.of(
                    (f"P{number}", index > 0) for number, count in enumerate(rows) for index in range(count)
                )
        return ("Prepayment", "ALL") in roles_that_tell(cells, groups)

    assert not told(40)
    assert told(40, 30)
    # Less than a twentieth of all rows is hidden by rounding, 12 of 240 is not.
    assert not told(40, 12) and told(38, 12)
    # Three groups, whose rows less the two largest are half of the largest's.
    assert not told(40, 20, 20, 10) and told(40, 20, 20, 9)
    # No role is shown: the whole is the rest.
    assert told(10, 300) and not told(10, 30)
