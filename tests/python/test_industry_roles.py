"""The industry report less the reports of some roles tells no more of the other roles than the rule allows.

What a reader has, of one process and SRV (or `ALL`) of a month:

- Exact counts of all roles together, in `industry/`. rsvp_monthly.csv has them (volume, response
  categories, in time, …) in SMETS2 and in SMETS1, which are all; by region; of `ALL` by Device Type and
  SLA class in both. rsvp_daily.csv has them (volume, failures) by day in both, of `ALL` also by region.
  measures.csv, failures.csv and others have parts of these requests.
- Rounded shares of one role, in each of its parties' files, and never how many requests they are of. They
  are the success rate of the month in benchmark.csv; by region, SMETS version and Device Type (and others) in
  diagnosis.csv; by day, alone and by region, SMETS version or Device Type, in daily.csv. Mean Round Trip
  Times stand in round_trip_time.csv and daily.csv.
- Leagues, which are the same in both, and what is a party's own: nothing follows from these.

So a subtraction is: the successes of all roles, less each shown role's rate times its requests. What is
left is of the roles that are withheld, their *rest*. It takes the requests of each shown role, which are
published nowhere; the reader here knows every volume. To it the rest's rate lies in an interval as wide
as the rounding step, times the shown roles' requests over the rest's.

The rule (docs/published.md, "Disclosure control"): the rest of a month *stands*, by its groups or as less
than a twentieth of the whole. Or else the shares are rounded so that the interval is 0.05 wide, or to the
coarsest step; and then the industry report has nothing finer than the month in SMETS2 and in SMETS1
(docs/performance_measurement/disclosure.md). The rule is one of the month. What regions, days and types
tell of roles that the month shows, or SMETS1 by itself, is a known limit, bounded below.

The rule says nothing of the roles of alerts, nor of roles whose share is shown while their times are not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
from industry_market import Key, Month, what_follows
from industry_roles import (
    APART,
    EDGES,
    FINER,
    FINER_EDGE,
    WIDE,
    Place,
    PlaceKey,
    Replacing,
    industry_cells,
    places,
    publish,
    simulate,
)

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from reference.rests import REST_SHARE, REST_STEPS, REST_WIDTH, rest_stands, role_step  # noqa: E402

SEED = 20261129
DAY_STEP = Fraction(5, 1000)
FINEST = Fraction(1, 1000)


@dataclass
class Read:
    """What is published of some markets, and what is true of them."""

    connection: duckdb.DuckDBPyConnection
    places: Mapping[PlaceKey, Place]
    cells: Mapping[Key, tuple[int, bool]]

    @cached_property
    def months(self) -> Mapping[tuple[str, str], Place]:
        """The months of each process and SRV."""
        return {key[1:3]: place for key, place in self.places.items() if key[0] == "month"}

    @cached_property
    def told(self) -> set[tuple[str, str]]:
        """Of which process and SRV the rest of the month's roles does not stand."""
        return {key for key, place in self.months.items() if is_told(place)}

    def step(self, key: PlaceKey) -> Fraction:
        """The step that the roles' rates of a place have to be rounded to."""
        month = self.months[key[1:3]]
        step = role_step(month.rows, month.rates) or FINEST
        return max(step, DAY_STEP) if key[0].startswith("day") else step

    def is_blank(self, process: str, srv: str) -> bool:
        """Whether the industry report has the months alone."""
        return not self.told.isdisjoint({(process, srv), (process, "ALL")})

    def breaks(self, *kinds: str) -> list[PlaceKey]:
        """The places that are shown in both reports, and tell more of the rest than the rule allows."""
        return [
            key
            for key, place in self.places.items()
            if key[0] in kinds and is_in_both(place) and tells(place)
        ]


def is_told(place: Place) -> bool:
    """Whether there is a rest that may not be known."""
    return place.rest.total() > 0 and not rest_stands(place.rest, place.whole)


def is_in_both(place: Place) -> bool:
    """Whether both reports show it, and something is left."""
    return place.is_told and bool(place.rates) and place.rest.total() > 0


def tells(place: Place) -> bool:
    """Whether a rest that may not be known is known more closely than the rule has it."""
    step = printed_step(place)
    return is_told(place) and place.width(step) < REST_WIDTH and step < max(REST_STEPS)


def printed_step(place: Place) -> Fraction:
    """The coarsest step that all rates of a place may have been rounded to."""
    steps = sorted((FINEST, *REST_STEPS))
    return max(step for step in steps if all(Fraction(rate) % step == 0 for rate in place.rates.values()))


@contextmanager
def read(
    markets: int, parties: Replacing = (), industry: Replacing = (), **variables: float
) -> Iterator[Read]:
    """Publish some markets, as they are or with texts replaced (see `publish`)."""
    with publish(simulate(markets, SEED), parties, industry, **variables) as connection:
        yield Read(connection, places(connection), industry_cells(connection))


@pytest.fixture(scope="module")
def markets() -> Iterator[Read]:
    """100 markets of 5 to 15 groups in one to four roles, and those at the edges of the rule."""
    with read(100) as found:
        yield found


def test_a_month_in_both_reports_tells_of_no_rest_that_may_not_be_known(markets: Read) -> None:
    assert markets.breaks("month") == []


def test_there_are_rests_of_each_kind(markets: Read) -> None:
    kinds = Counter(
        "small"
        if place.rest.total() < REST_SHARE * place.whole
        else "hidden"
        if is_told(place)
        else "standing"
        for place in markets.months.values()
        if is_in_both(place)
    )
    assert min(kinds["small"], kinds["hidden"], kinds["standing"]) >= 5, kinds
    blank = sum(markets.is_blank(*month) for month in markets.months)
    assert 100 <= blank <= len(markets.months) - 100


def test_what_a_month_may_not_tell_nothing_finer_tells(markets: Read) -> None:
    """Such a process or SRV has its months in SMETS2 and in SMETS1, and no other cell is shown or follows."""
    for (_, process, srv, segment, split, _), (_, is_shown) in markets.cells.items():
        if is_shown and markets.is_blank(process, srv):
            assert (segment in WIDE, split) == (True, "ALL"), (process, srv)
    month = Month(
        {key: rows for key, (rows, _) in markets.cells.items()},
        {key: is_shown for key, (_, is_shown) in markets.cells.items()},
        {},
    )
    assert what_follows(month) == []


def test_no_more_is_withheld_than_that(markets: Read) -> None:
    """Its twin, which the roles do not tell of, shows the same months, and else the same of all."""
    touched = {process for process, _ in markets.told}
    for key, (_, is_shown) in markets.cells.items():
        family, process, srv, segment, split, value = key
        if process.endswith(APART):
            continue
        _, is_shown_apart = markets.cells[family, process + APART, srv, segment, split, value]
        if process not in touched or (segment in WIDE and split == "ALL"):
            assert is_shown == is_shown_apart, key


def test_each_role_is_rounded_as_the_rest_beside_it_asks(markets: Read) -> None:
    """Every rate in benchmark.csv, diagnosis.csv and daily.csv, and whole seconds for their means."""
    for key, place in markets.places.items():
        step = markets.step(key)
        for role, rate in place.rates.items():
            assert rate == place.rounded(role, step), (key, role)
    for mart, column in (
        ("mart_r2__round_trip_time", "industry_mean_s"),
        ("mart_r2__daily", "industry_mean_rtt_s"),
    ):
        means = markets.connection.execute(
            f"select distinct business_process, srv, {column} from {mart} where {column} is not null"
        ).fetchall()
        assert {mean % 1 != 0 for process, srv, mean in means if (process, srv) not in markets.told} == {
            True,
            False,
        }
        assert all(mean % 1 == 0 for process, srv, mean in means if (process, srv) in markets.told)


TOLD = {
    "the third group has less than half",
    "the rest is a twentieth of the whole",
    "a group is one in two roles",
    "the rest is more than the others",
    "no role is shown",
}


@pytest.mark.parametrize("edge", EDGES)
def test_the_rule_is_kept_at_its_edges(markets: Read, edge: str) -> None:
    """Its finer cells are withheld where the rest just does not stand, and shown where it just does."""
    shown = {
        (segment, split)
        for (_, process, srv, segment, split, _), (_, is_shown) in markets.cells.items()
        if process == edge and srv == "2.2" and is_shown
    }
    month, finer = {("SMETS2", "ALL")}, {("North", "ALL"), ("SMETS2", "day")}
    # Of that without a shown role the whole does not pass either.
    assert shown == (set() if edge == "no role is shown" else month if edge in TOLD else month | finer)
    assert ((edge, "2.2") in markets.told) == (edge in TOLD)


def test_known_limit_a_finer_cell_may_tell_of_a_role_that_the_month_shows(markets: Read) -> None:
    """The rule is one of months: North less the suppliers' North is one group of OU, whose month is shown.

    IS has 240 requests in North, of which 227 succeed: 0.946. All roles have 265, and 251 of these. To
    who knows the 240, OU's 25 in North have a rate of 0.954 to 0.964; it is 0.960. Of 6,990 finer places
    in both reports with a rest (1,000 markets) one in eighteen tells so. This bound sees it grow.
    """
    north = markets.places["region", FINER_EDGE, "2.2", "", "North"]
    assert north.rest == {"U0": 25} and is_in_both(north)
    assert north.rates == {"IS": Decimal("0.946")} and tells(north)

    both = sum(key[0] in FINER and is_in_both(place) for key, place in markets.places.items())
    assert both >= 500
    assert len(markets.breaks(*FINER)) <= 0.1 * both


ALONE = "models/marts/pmr_disclosure/int_pmr_disclosure__alone.sql"
HOLDERS = "models/marts/pmr_disclosure/int_pmr_disclosure__holders.sql"
CHECKS = (
    test_a_month_in_both_reports_tells_of_no_rest_that_may_not_be_known,
    test_what_a_month_may_not_tell_nothing_finer_tells,
    test_no_more_is_withheld_than_that,
    test_each_role_is_rounded_as_the_rest_beside_it_asks,
)
MONTH, FINER_CELLS, NO_MORE, ROUNDED = range(len(CHECKS))
# By name: which of the checks notices, and what is replaced or set.
BROKEN: dict[str, tuple[int, dict[str, object]]] = {
    "nothing is blank": (
        FINER_CELLS,
        {"industry": [(ALONE, "where not is_rest_standing", "where false")]},
    ),
    "all is blank": (
        NO_MORE,
        {"industry": [(ALONE, "where not is_rest_standing", "where true")]},
    ),
    "regions stay": (
        FINER_CELLS,
        {"industry": [(ALONE, "segments.is_region or cells.split", "cells.split")]},
    ),
    "days stay": (FINER_CELLS, {"industry": [(ALONE, "in ('day', 'device_type'", "in ('device_type'")]}),
    "types stay": (
        FINER_CELLS,
        {"industry": [(ALONE, "('day', 'device_type', 'sla_s')", "('day', 'sla_s')")]},
    ),
    "months are blank": (
        NO_MORE,
        {"industry": [(ALONE, "'sla_s')", "'sla_s', 'ALL')")]},
    ),
    "a withheld process leaves the types of a measure on one SRV": (
        FINER_CELLS,
        {"industry": [(HOLDERS, "where item != 'ALL' and split in ('device_type', 'sla_s')", "where false")]},
    ),
    "one group more": (NO_MORE, {"rest_groups": 4}),
    "less besides the two largest": (FINER_CELLS, {"rest_protection": 0.4}),
    "more besides the two largest": (NO_MORE, {"rest_protection": 0.6}),
    "a larger small rest": (FINER_CELLS, {"rest_share": 0.07}),
    "a narrower interval": (MONTH, {"rest_width": 0.02}),
    "a wider interval": (ROUNDED, {"rest_width": 0.06}),
    "no step": (MONTH, {"rest_step_fine": 0.001, "rest_step_medium": 0.001, "rest_step_coarse": 0.001}),
}


@pytest.mark.long
@pytest.mark.parametrize("name", BROKEN)
def test_the_checks_notice(name: str) -> None:
    """Each check above can fail."""
    check, changes = BROKEN[name]
    with read(60, **changes) as broken, pytest.raises(AssertionError):
        CHECKS[check](broken)
