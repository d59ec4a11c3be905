"""Runs a page's queries over the bundles of a recipient, with what a reader filters by."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

import duckdb

from car.errors import CarError
from car.portal.pages.definition import BEFORE, page_lists
from car.portal.schema import TOTAL, BundleSchema, TableInfo
from car.portal.selection import EMPTY, EVERY, Filters
from car.portal.store import Reading
from car.reports.definition import PACKAGE as REPORTS
from car.reports.definition import common
from car.reports.tables import Record, tables_of
from car.warehouse.database import quote_name, quote_text

_RELEASE, _QUERY = "release", "query"
# Tables of the same name, such as findings, of all areas together.
_EVERY_AREA = "every_area"
_OF_RELEASE = ("recipient", "files", "dimensions", "roles")
# What a view reads of its connection: whose rows, and by column the values asked for, whether the line of all
# values together is asked for where there is one, and from when until when.
_ROLE, _VALUES, _TOGETHER, _SINCE, _UNTIL = "role", "values_", "together_", "since_", "until_"


class OtherColumns(CarError):
    """A query asks for a column that the release of the month does not have."""


class PageRows:
    """The rows of one page.

    The tables are named as reports name them: those of the page's area alone, others with their area, those
    of the month before after `before`; those of one name in all areas together in `every_area`, with their
    `area`. Each has the role's rows that the filters leave.

    Parameters:
        area: of the page.
        queries: by name.
        filterable: columns that the page offers; of others with a line of all values together every line is
            there.
        drilled: columns of which every line is shown unless a filter says otherwise.
    """

    def __init__(
        self,
        reading: Reading,
        role: str,
        area: str,
        queries: Mapping[str, str],
        filters: Filters,
        filterable: tuple[str, ...] = (),
        drilled: tuple[str, ...] = (),
    ) -> None:
        self.filters = filters
        self._cursor = reading.cursor
        self._reading = reading
        self._role = role
        self._area = area
        self._queries = queries
        self._made: dict[tuple[str, str], bool] = {}
        self._is_set = False
        # By column, what the views read of it.
        self._asked: dict[str, dict[str, Any]] = {}
        for name in filterable:
            asked = filters.get(name)
            told = self._asked.setdefault(name, {})
            if asked is not None and asked.values and EVERY not in asked.values:
                told[_VALUES] = list(asked.values)
            elif asked is None and name not in drilled:
                told[_TOGETHER] = True
            if asked is not None and (asked.since or asked.before):
                told |= {_SINCE: asked.since or "0001-01-01", _UNTIL: asked.before or "9999-12-31"}

    def rows(self, query: str) -> list[Record]:
        """Give the rows of a query, in its order; they are kept, so nobody may change one.

        Raises:
            OtherColumns: it asks for what the release does not have.
            CarError: there is no such query, or it fails.
        """
        if query not in self._queries:
            raise CarError(f"The portal has no query {query}.")
        # A filter of a column that no table of the query has, changes nothing.
        asked = {name: self._asked[name] for name in self._columns_of(query) if name in self._asked}
        key = (_QUERY, self._area, query, self._role, repr(sorted(asked.items())))
        return self._reading.opened.kept_rows(key, lambda: self._rows(query))

    def recipient(self) -> Record:
        """Give whom the page is for, and of which release."""
        key = (_RELEASE, self._role)
        (found,) = self._reading.opened.kept_rows(
            key, lambda: self._records("select * from release.recipient")
        )
        return found

    def _columns_of(self, query: str) -> set[str]:
        found: set[str] = set()
        for area, name in tables_of(query, self._queries[query]):
            if not area and name in self._queries:
                found |= self._columns_of(name)
            # Of whichever month, and of whichever area where all are read together.
            own = (area or self._area).removeprefix(BEFORE)
            for schema in self._reading.opened.schemas.values():
                for (folder, file), table in schema.tables.items():
                    if file == name and own in (folder, _EVERY_AREA):
                        found |= {item.name for item in table.dimensions}
        return found

    def _rows(self, query: str) -> list[Record]:
        self._set()
        return self._records(f"select * from {_temp(query)}") if self._query(query) else []

    def _records(self, sql: str) -> list[Record]:
        self._set()
        found = self._cursor.execute(sql)
        names = [item[0] for item in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _query(self, name: str) -> bool:
        key = (_QUERY, name)
        if key not in self._made:
            sql = self._queries[name]
            self._made[key] = all(self._there(*table) for table in tables_of(name, sql))
            if self._made[key]:
                try:
                    self._cursor.execute(f"create temp table {_temp(name)} as {sql.rstrip().rstrip(';')}")
                except duckdb.InterruptException:
                    raise
                except duckdb.BinderException as error:
                    del self._made[key]
                    raise OtherColumns(f"Query {name} of the portal fails: {error}") from error
                except duckdb.Error as error:
                    raise CarError(f"Query {name} of the portal fails: {error}") from error
        return self._made[key]

    def _there(self, area: str, name: str) -> bool:
        if not area and name in self._queries:
            return self._query(name)
        if area == _RELEASE and name in _OF_RELEASE:
            return True
        whose = area or self._area
        if not _areas_with(self._reading.schema, whose, name):
            return False
        self._reading.opened.once(f"{whose}.{name}", lambda: _views_of(self._reading, whose, name))
        if not area and (self._area, name) not in self._made:
            self._made[(self._area, name)] = True
            self._cursor.execute(
                f"create temp view {_temp(name)} as select * from {quote_name(self._area)}.{quote_name(name)}"
            )
        return True

    def _set(self) -> None:
        """Tell the views what is asked for, before the first query that is not kept."""
        if self._is_set:
            return
        self._is_set = True
        reading = self._reading
        reading.opened.once(_RELEASE, lambda: _schemas(reading))
        asked = {f"{what}{name}": value for name, told in self._asked.items() for what, value in told.items()}
        for name, value in {_ROLE: self._role, **asked}.items():
            self._cursor.execute(f"set variable {quote_name(name)} = ?", [value])


def _temp(name: str) -> str:
    return f"temp.main.{quote_name(name)}"


def _schemas(reading: Reading) -> list[str]:
    """Give the statements that make what every page needs, and the schemas of the views."""
    areas = {area for area, _ in reading.schema.tables}
    schemas = {*areas, *(f"{BEFORE}{area}" for area in areas), _RELEASE, _EVERY_AREA}
    made = [f"create schema {quote_name(area)}" for area in sorted(schemas)]
    macros = (REPORTS / "macros.sql").read_text(encoding="utf-8")
    return [*made, macros, *_release(reading.schema, _month_before(reading))]


def _areas_with(schema: BundleSchema, area: str, name: str) -> list[str]:
    """Give the areas of the month whose tables a view reads; none: there is no such table."""
    if area == _EVERY_AREA:
        return [folder for (folder, file), table in schema.tables.items() if file == name and table.has_role]
    own = area.removeprefix(BEFORE)
    return [own] if (own, name) in schema.tables else []


def _views_of(reading: Reading, area: str, name: str) -> list[str]:
    """Give the statements that make a view of a table that is there.

    Parameters:
        area: of the month, of the month before, or every one.
    """
    having = _areas_with(reading.schema, area, name)
    if area == _EVERY_AREA:
        some = (
            f"select {quote_text(folder)} as area, * from {quote_name(folder)}.{quote_name(name)}"
            for folder in having
        )
        all_of_them = f"create view {_EVERY_AREA}.{quote_name(name)} as {' union all by name '.join(some)}"
        return [*chain.from_iterable(_views_of(reading, one, name) for one in having), all_of_them]
    key = (having[0], name)
    table = reading.schema.tables[key]
    if area == having[0]:
        return [_view(area, name, table, table)]
    before = _month_before(reading)
    return [_view(area, name, table, before.tables.get(key) if before is not None else None)]


def _month_before(reading: Reading) -> BundleSchema | None:
    return reading.opened.schemas[reading.months[1]] if len(reading.months) > 1 else None


@cache
def _offered() -> set[str]:
    """Give the columns that some page is filtered by: of others no view need ask."""
    return {column for page in page_lists().values() for column in page.filters}


def _view(area: str, name: str, shape: TableInfo, read: TableInfo | None) -> str:
    target = f"{quote_name(area)}.{quote_name(name)}"
    if read is None:
        columns = ", ".join(
            f"cast(null as {_TYPES[field.kind]}) as {quote_name(field.name)}" for field in shape.fields
        )
        return f"create view if not exists {target} as select {columns} where false"
    there = {field.name: field for field in read.fields}
    shown = [
        f"{there[field.name].sql} as {quote_name(field.name)}"
        if field.name in there
        else f"cast(null as {_TYPES[field.kind]}) as {quote_name(field.name)}"
        for field in shape.fields
    ]
    said = [f"role = getvariable('{_ROLE}')"] if read.has_role else []
    said += [
        _condition(field.name, field.kind, field.name in read.totals)
        for field in read.dimensions
        if field.name in _offered()
    ]
    where = " and ".join(said) or "true"
    return (
        f"create view if not exists {target} as select {', '.join(shown)} from {read.relation} where {where}"
    )


_TYPES = {
    "string": "varchar",
    "integer": "bigint",
    "number": "decimal(38, 6)",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
}


def _condition(name: str, kind: str, is_total: bool) -> str:
    """Give what a filter asks of a column; what nobody asks for is true before a row is read."""
    column, asked = quote_name(name), _variable(_VALUES, name)
    value = f"coalesce(cast({column} as varchar), {quote_text(EMPTY)})"
    said = f"({asked} is null or list_contains({asked}, {value}))"
    if is_total:
        said += f" and ({_variable(_TOGETHER, name)} is null or {column} = {quote_text(TOTAL)})"
    if kind in ("date", "datetime"):
        since, until = _variable(_SINCE, name), _variable(_UNTIL, name)
        said += (
            f" and ({since} is null or {column} >= cast({since} as date)"
            f" and {column} < cast({until} as date))"
        )
    return said


def _variable(what: str, column: str) -> str:
    return f"getvariable({quote_text(what + column)})"


def _release(schema: BundleSchema, before: BundleSchema | None) -> list[str]:
    """Give the tables that say of which release this is, and for whom."""
    year, number = int(schema.month[:4]), int(schema.month[5:])
    first = date(year, number, 1)
    last = date(year, number, monthrange(year, number)[1])
    roles = ", ".join(f"({quote_text(code)}, {quote_text(name)})" for code, name in common().roles.items())
    words = ", ".join(
        f"({quote_text(code)}, {quote_text(name)})" for code, name in common().dimensions.items()
    )
    before_name = f"{quote_text(f'{_month_name(before.month)}')}" if before else "null"
    return [
        f"create view release.roles as select * from (values {roles}) as roles (role, role_name)",
        f"create view release.dimensions as select * from (values {words}) as dimensions (dimension, words)",
        "create view release.recipient as select"
        f" {quote_text(schema.recipient)} as party_id, getvariable('role') as role,"
        " coalesce((select role_name from release.roles where role = getvariable('role')), '') as role_name,"
        f" {quote_text(schema.month)} as month, {quote_text(_month_name(schema.month))} as month_name,"
        f" date {quote_text(first.isoformat())} as first_day,"
        f" date {quote_text(last.isoformat())} as last_day,"
        f" {quote_text(schema.as_of)} as as_of, {schema.version}::bigint as version,"
        f" {'true' if before else 'false'} as has_before, {before_name} as before_name",
        "create view release.files as select path, path as title, row_count"
        f" from {quote_name(schema.month)}.bundle.files",
    ]


def _month_name(month: str) -> str:
    return f"{date(int(month[:4]), int(month[5:]), 1):%B %Y}"
