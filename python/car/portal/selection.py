"""Rows of a published table by what a reader asks for: the one module of the portal that makes SQL.

Statements are made of columns of the bundle's own schema; whatever a reader wrote is a bound value.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from car.portal.schema import OWNERSHIP, TOTAL, Field, TableInfo
from car.warehouse.database import quote_name, quote_text

# What a reader writes for: every line, those of all values together too; and for an empty cell.
EVERY = "*"
EMPTY = "(empty)"
BEFORE, FROM = "before", "from"
_LONGEST_VALUE = 400
_MOST_FILTERS = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class WrongFilter(ValueError):
    """A filter that no page offers: an unknown column, too many values, or a value that is no day."""


@dataclass(frozen=True)
class Filter:
    """What a reader wants of one column.

    Attributes:
        values: any of these, as the CSV writes them; `EMPTY` for an empty cell.
        before: instants and days before this one.
        since: instants and days from this one on.
    """

    column: str
    values: tuple[str, ...] = ()
    before: str = ""
    since: str = ""


Filters = dict[str, Filter]


def read_filters(asked: Sequence[tuple[str, str]], table_columns: set[str]) -> Filters:
    """Read filters of a page's parameters: `column=value`, `column.before=day`, `column.from=day`.

    Parameters:
        asked: name and value of each parameter; those that name no column are left to others.
        table_columns: that may be filtered by.

    Raises:
        WrongFilter: too many values or too long ones, or no day.
    """
    found: Filters = {}
    number = 0
    for name, value in asked:
        column, _, how = name.partition(".")
        if column not in table_columns or column in OWNERSHIP or how not in ("", BEFORE, FROM):
            continue
        value = value.strip()
        if not value:
            continue
        number += 1
        if number > _MOST_FILTERS:
            raise WrongFilter(f"A page takes {_MOST_FILTERS} values of filters at most.")
        if len(value) > _LONGEST_VALUE or "\x00" in value:
            raise WrongFilter(f"A value has {_LONGEST_VALUE} signs at most.")
        known = found.get(column, Filter(column))
        if how:
            _day(value)
            found[column] = replace(known, **{"before" if how == BEFORE else "since": value})
        elif value not in known.values:
            found[column] = replace(known, values=(*known.values, value))
    return found


def filter_query(filters: Filters) -> list[tuple[str, str]]:
    """Give filters as the parameters of a URL."""
    found = []
    for name, asked in filters.items():
        found += [(name, value) for value in asked.values]
        found += [(f"{name}.from", asked.since)] * bool(asked.since)
        found += [(f"{name}.before", asked.before)] * bool(asked.before)
    return found


@dataclass(frozen=True)
class Selection:
    """Rows of a table.

    Attributes:
        role: User Role; empty where the table has none.
        filters: by column; of columns that the table has not, nothing is asked.
        totals: columns of which the line of all values together is shown where no filter says otherwise.
        sort: column and whether the largest come first; None: as published.
    """

    table: TableInfo
    role: str
    filters: Filters
    totals: tuple[str, ...] = ()
    sort: tuple[str, bool] | None = None

    @property
    def columns(self) -> tuple[Field, ...]:
        """The columns of the rows: as the CSV has them, behind the owner those that stand in its path."""
        in_path = tuple(field for field in self.table.fields if field.is_in_path)
        in_file = [field for field in self.table.fields if not field.is_in_path]
        owner = [field for field in in_file if field.name in OWNERSHIP]
        return (*owner, *in_path, *(field for field in in_file if field.name not in OWNERSHIP))

    def taken(self) -> dict[str, Filter]:
        """Give the filters that hold for this table, those that nobody asked for too."""
        found: dict[str, Filter] = {}
        for field in self.table.shown:
            asked = self.filters.get(field.name)
            if asked is not None:
                if EVERY not in asked.values:
                    found[field.name] = asked
            elif field.name in self.totals:
                found[field.name] = Filter(field.name, (TOTAL,))
        return found

    @property
    def key(self) -> Hashable:
        """Tell which rows of its bundle these are, in whatever order."""
        table = self.table
        return table.month, table.area, table.name, self.role, tuple(sorted(self.taken().items()))

    def where(self) -> tuple[str, list[Any]]:
        """Give the condition in SQL, and its bound values."""
        said, values = ["true"], []
        if self.table.has_role:
            said.append("role = ?")
            values.append(self.role)
        for name, asked in self.taken().items():
            condition, bound = _condition(self.table.field(name), asked)
            said.append(condition)
            values += bound
        return " and ".join(said), values

    def order(self) -> str:
        """Give the order in SQL: a total one, since rows as published stand last in it."""
        if self.sort is None:
            return "rowid"
        name, largest_first = self.sort
        field = self.table.field(name)
        assert field is not None
        return f"{field.sql} {'desc' if largest_first else 'asc'} nulls last, rowid"


def count(cursor: duckdb.DuckDBPyConnection, selection: Selection) -> int:
    """Count the rows."""
    where, values = selection.where()
    return cursor.execute(
        f"select count(*) from {selection.table.relation} where {where}", values
    ).fetchall()[0][0]


def rows(
    cursor: duckdb.DuckDBPyConnection, selection: Selection, limit: int, offset: int = 0
) -> list[tuple[Any, ...]]:
    """Give some of the rows, in their order, with the columns that a page shows."""
    where, values = selection.where()
    shown = ", ".join(quote_name(field.name) for field in selection.table.shown)
    # A table stands in its order: nothing to sort.
    order = "" if selection.sort is None else f"order by {selection.order()}"
    return cursor.execute(
        f"select {shown} from {selection.table.relation} where {where} {order} limit ? offset ?",
        [*values, limit, offset],
    ).fetchall()


def statement(selection: Selection) -> tuple[str, list[Any]]:
    """Give the query of all rows with all columns of the CSV, in their order, and its bound values."""
    return _every_row(selection, [f"{field.sql} as {quote_name(field.name)}" for field in selection.columns])


def texts(selection: Selection) -> tuple[str, list[Any]]:
    """Give the same query with each cell as the CSV writes it, in columns `c0`, `c1` and so on."""
    return _every_row(
        selection, [f"{_text(field)} as c{number}" for number, field in enumerate(selection.columns)]
    )


def _every_row(selection: Selection, columns: list[str]) -> tuple[str, list[Any]]:
    where, values = selection.where()
    order = "" if selection.sort is None else f"order by {selection.order()}"
    return f"select {', '.join(columns)} from {selection.table.relation} where {where} {order}", values


@dataclass(frozen=True)
class Measure:
    """A figure that can be made exactly of the cells of several rows.

    Attributes:
        name: as the URL has it.
        title: as a page has it.
        unit: of the figure.
        sql: of its value; columns alone, no value of a reader's.
        note: what it leaves out; empty: nothing.
    """

    name: str
    title: str
    unit: str
    sql: str
    note: str = ""


def measures_of(table: TableInfo) -> list[Measure]:
    """Give the measures that a table offers, by what its columns declare."""
    volume = next(
        (field for field in table.fields if field.combines == "sum" and field.unit == "count"), None
    )
    outcome = next((field for field in table.fields if field.good), None)
    if volume is None:
        return []
    number, sums = volume.sql, {field.name: field for field in table.fields}
    found = [Measure(volume.name, volume.title, "count", f"sum({number})")]
    if outcome is not None:
        # The value is the mart's own, from its yml, and no reader's.
        good = f"{quote_name(outcome.name)} = {quote_text(outcome.good)}"
        found += [
            Measure(
                "success_share",
                f"{outcome.good} share",
                "share (0 to 1)",
                _ratio(f"coalesce(sum({number}) filter ({good}), 0)", f"sum({number})", 6),
            ),
            Measure(
                "failures",
                "Failures",
                "count",
                f"coalesce(sum({number}) filter (not {good}), 0)",
            ),
        ]
    for field in table.fields:
        column = field.sql
        if field.combines in ("min", "max"):
            found.append(Measure(field.name, field.title, field.unit, f"{field.combines}({column})"))
        elif field.mean_of:
            total = sums[field.mean_of].sql
            # A row whose requests were not all measured has another mean than its sum by its count.
            partly = f"bool_or(abs({total} - {column} * {number}) > {number} * 0.0005 + 0.0005)"
            mean = _ratio(f"sum({total})", f"sum({number}) filter ({total} is not null)", 3)
            found.append(
                Measure(
                    field.name,
                    field.title,
                    field.unit,
                    f"case when not coalesce({partly}, false) then {mean} end",
                    "Empty where a part was not measured: no mean can be made of these cells.",
                )
            )
    return found


def _ratio(part: str, whole: str, decimals: int) -> str:
    """Give a ratio of sums in SQL, in whole numbers, half away from zero: it has no floating-point step."""
    scale, count = 10**decimals, f"cast({whole} as hugeint)"
    rounded = f"(2 * cast(({part}) * {scale} as hugeint) + {count}) // (2 * {count})"
    unit = f"cast({1 / scale:.{decimals}f} as decimal(7, {decimals}))"
    return f"cast(cast({rounded} as decimal(31, 0)) * {unit} as decimal(38, {decimals}))"


def aggregate(
    cursor: duckdb.DuckDBPyConnection,
    selection: Selection,
    by: Sequence[str],
    measure: Measure,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Give a measure for each value of up to two columns, in the order of these.

    Returns:
        For each group its values, then the number of cells that it is made of, then the measure.
    """
    where, values = selection.where()
    groups = [quote_name(name) for name in by]
    shown = "".join(f"{_text(selection.table.field(name))}, " for name in by)
    grouped = f"group by {', '.join(groups)}" if groups else ""
    order = f"order by {', '.join(f'{name} nulls last' for name in groups)}" if groups else ""
    return cursor.execute(
        f"select {shown}count(*), {measure.sql} from {selection.table.relation} where {where}"
        f" {grouped} {order} limit ?",
        [*values, limit],
    ).fetchall()


def line_over_months(
    cursor: duckdb.DuckDBPyConnection,
    tables: Sequence[TableInfo],
    role: str,
    filters: Filters,
    columns: Sequence[str],
    limit: int,
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Give rows of the same table month by month, with some of its columns.

    Parameters:
        tables: one per month; what a month's table has not, is null.
        limit: rows of each month.
    """
    for table in tables:
        selection = Selection(table, role, filters)
        where, values = selection.where()
        shown = ", ".join(
            quote_name(name) if table.field(name) is not None else f"null as {quote_name(name)}"
            for name in columns
        )
        yield (
            table.month,
            cursor.execute(
                f"select {shown} from {table.relation} where {where} limit ?", [*values, limit]
            ).fetchall(),
        )


def written(value: Any) -> str:
    """Write a cell as the CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if hasattr(value, "strftime") and type(value) is not date:
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _condition(field: Field | None, asked: Filter) -> tuple[str, list[Any]]:
    assert field is not None
    name = quote_name(field.name)
    said, bound = [], []
    if asked.values:
        some = [value for value in asked.values if value != EMPTY]
        parts = []
        if some:
            parts.append(f"{_text(field)} in ({', '.join('?' * len(some))})")
            bound += some
        if EMPTY in asked.values:
            parts.append(f"{name} is null")
        said.append(f"({' or '.join(parts)})")
    for sign, day in (("<", asked.before), (">=", asked.since)):
        if day and field.kind in ("date", "datetime"):
            said.append(f"{name} {sign} cast(? as date)")
            bound.append(day)
    return " and ".join(said) or "true", bound


def _text(field: Field | None) -> str:
    """Give a column as the CSV writes it, in SQL."""
    assert field is not None
    name = quote_name(field.name)
    if field.kind == "datetime":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ')"
    return name if field.kind == "string" else f"cast({name} as varchar)"


def _day(value: str) -> date:
    try:
        # Python reads weeks and days without hyphens, too, and DuckDB does not.
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise WrongFilter("A day is written as 2026-10-31.")
