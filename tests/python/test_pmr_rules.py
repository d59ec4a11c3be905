"""Macros of the industry report against plain Python: clocks, unions of intervals, numbers."""

from __future__ import annotations

import datetime
import random
from datetime import UTC, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import jinja2
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MACROS = ("engine/expressions", "core/clocks", "core/intervals", "marts/pmr_numbers")
HOUR = timedelta(hours=1)


class Rules:
    """The macros, rendered without dbt for one reporting month."""

    def __init__(self, month: str = "2026-10") -> None:
        text = "\n".join(
            (REPOSITORY / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS
        )
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        names = self.environment.globals
        names |= {"var": {"reporting_month": month}.__getitem__, "adapter": self}
        names |= {"modules": SimpleNamespace(datetime=datetime)}
        names |= vars(self.environment.from_string(text).make_module())

    def dispatch(self, macro: str):
        """What dbt's adapter.dispatch gives on DuckDB."""
        return self.environment.globals[f"duckdb__{macro}"]

    def sql(self, text: str) -> str:
        return self.environment.from_string(text).render()


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(config={"threads": 1}) as made:
        made.execute("set TimeZone = 'UTC'")
        yield made


@pytest.mark.parametrize("year", range(2018, 2045, 3))
def test_summer_time_is_that_of_london(connection, year):
    try:
        london = ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        pytest.skip("this machine has no list of time zones")
    sql = Rules(f"{year}-06").sql(
        "select {{ is_summer_time('instant') }} from (select cast(? as timestamp) as instant)"
    )
    changes = []
    for month in (3, 10):
        # The clocks change in the last week of these months.
        for hour in range(24, 31 * 24):
            instant = datetime.datetime(year, month, 1) + hour * HOUR
            if is_summer(instant, london) != is_summer(instant - HOUR, london):
                changes.append(instant)
    assert len(changes) == 2
    tick = timedelta(microseconds=1)
    asked = [change + part for change in changes for part in (-tick, 0 * tick, tick)]
    for instant in (*asked, datetime.datetime(year, 1, 1), datetime.datetime(year, 12, 31, 23)):
        assert connection.execute(sql, [instant]).fetchone() == (is_summer(instant, london),), instant


def is_summer(instant: datetime.datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone are ahead at an instant of UTC."""
    return bool(instant.replace(tzinfo=UTC).astimezone(zone).dst())


@pytest.mark.parametrize("stronger", ["planned", "unplanned"])
@pytest.mark.parametrize("seed", range(8))
def test_downtime_is_the_union_of_each_kind_less_the_stronger(connection, stronger, seed):
    rng = random.Random(seed)
    midnight = datetime.datetime(2026, 10, 1)
    rows = []
    for _ in range(rng.randrange(1, 25)):
        start = rng.randrange(40)
        rows.append((rng.choice("ab"), rng.random() < 0.5, start, start + rng.choice([0, 1, 1, 2, 3, 8])))
    connection.execute(
        "create or replace table intervals (k varchar, is_unplanned boolean, valid_from timestamp, valid_to"
        " timestamp)"
    )
    connection.executemany(
        "insert into intervals values (?, ?, ?, ?)",
        [(k, kind, midnight + start * HOUR, midnight + end * HOUR) for k, kind, start, end in rows],
    )
    sql = Rules().sql("{{ unbroken_downtime('intervals', ['k'], stronger='" + stronger + "') }}")
    found = {
        (k, kind, (start - midnight) // HOUR, (end - midnight) // HOUR)
        for k, kind, start, end in connection.execute(sql).fetchall()
    }
    assert found == by_the_hour(rows, is_unplanned_stronger=stronger == "unplanned")


def by_the_hour(rows, is_unplanned_stronger):
    """The same, hour by hour."""
    expected = set()
    for key in "ab":
        for kind in (True, False):
            hours = [False] * 60
            for hour in range(59):
                there = {
                    is_unplanned for k, is_unplanned, start, end in rows if k == key and start <= hour < end
                }
                hours[hour] = kind in there and (kind == is_unplanned_stronger or len(there) == 1)
            start = None
            for hour, is_down in enumerate(hours):
                if is_down and start is None:
                    start = hour
                elif not is_down and start is not None:
                    expected.add((key, kind, start, hour))
                    start = None
    return expected


def rounded(number: Fraction, decimals: int) -> str:
    """As text, half away from zero."""
    with localcontext() as context:
        context.prec = 80
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        return str(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def test_a_number_has_the_fewest_decimals_with_which_it_does_not_read_as_the_limit(connection):
    rng = random.Random(7)
    month_us = 31 * 86_400_000_000
    cases = [(month_us - 1, month_us, 1, 1), (month_us, month_us, 1, 1), (9995, 10000, 9995, 10000)]
    # Half a last place below the limit, and above it.
    cases += [(1999999, 2000000, 1, 1), (2000001, 2000000, 1, 1), (0, 7, 1, 1), (9994995, 10**7, 9995, 10**4)]
    for _ in range(300):
        whole = rng.choice([3, 7, 1000, 10**6, month_us, rng.randrange(1, month_us)])
        limit_part, limit_whole = rng.choice([(1, 1), (9995, 10000), (99, 100), (6, 1)])
        near = whole * limit_part // limit_whole + rng.choice([-1, 0, 1, 2, rng.randrange(-1000, 1000)])
        cases.append((max(0, near), whole, limit_part, limit_whole))
    connection.execute(
        "create or replace table numbers (part bigint, whole bigint, limit_part bigint, limit_whole bigint)"
    )
    connection.executemany("insert into numbers values (?, ?, ?, ?)", cases)
    decimals = "{{ decimals_apart('part', 'whole', 6, 'limit_part', 'limit_whole') }}"
    sql = Rules().sql(
        f"select *, {{{{ number_text_with('part', 'whole', 'decimals') }}}}"
        f" from (select *, {decimals} as decimals from numbers)"
    )
    found = connection.execute(sql).fetchall()
    assert len(found) == len(cases)
    for part, whole, limit_part, limit_whole, places, text in found:
        number, limit = Fraction(part, whole), Fraction(limit_part, limit_whole)
        expected = next(
            (tried for tried in range(6, 18) if number == limit or Fraction(rounded(number, tried)) != limit),
            18,
        )
        assert (places, text) == (expected, rounded(number, expected)), (part, whole, limit)


@pytest.mark.parametrize(
    ("macro", "microseconds", "expected"),
    [
        ("hours", 235 * 60_000_000, "3.92"),
        ("hours", 17_999_999, "0.00"),
        ("hours", 18_000_000, "0.01"),
        ("minutes", 299_999, "0.00"),
        ("minutes", 300_000, "0.01"),
        ("minutes", 44_640 * 60_000_000, "44640.00"),
        ("precise_minutes", 1, "0.0000000167"),
        ("precise_minutes", 2_678_399_999_999, "44639.9999999833"),
        ("precise_minutes", 0, "0.0000000000"),
    ],
)
def test_microseconds_are_rounded_once_half_away_from_zero(connection, macro, microseconds, expected):
    sql = Rules().sql(
        f"select cast({{{{ {macro}('us') }}}} as varchar) from (select cast(? as bigint) as us)"
    )
    assert connection.execute(sql, [microseconds]).fetchone() == (expected,)
