"""What a bundle has, as it says itself: its release, its tables and their columns, its files."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from car.warehouse.database import quote_name

# The columns that say whose row it is and of when: the same in every row that one page shows.
ROLE = "role"
OWNERSHIP = ("reporting_month", "party_id", ROLE)
# Words of names that are no English words, as people write them.
_WRITTEN = {
    "ch": "CH",
    "csp": "CSP",
    "dno": "DNO",
    "id": "ID",
    "mpxn": "MPxN",
    "smets": "SMETS",
    "srv": "SRV",
    "trt": "TRT",
}
MOST_VALUES = 500
"""Of a column with more of them nobody chooses from a list."""
TOTAL = "ALL"
"""What a dimension says of the row that stands for all its values together."""


@dataclass(frozen=True)
class Field:
    """A column of a table.

    Attributes:
        name: as the CSV has it.
        kind: `string`, `integer`, `number`, `boolean`, `date` or `datetime`.
        description: what it means, in a sentence.
        unit: of a figure; empty where it has none.
        is_key: one of the columns that tell rows apart.
        combines: how cells of several rows make one (`sum`, `min`, `max`); empty: not so.
        mean_of: of a mean, the column with the sum.
        good: of an outcome, the value that is a success.
        is_written: a number that the bundle keeps as a text, since some cells have more decimals.
        is_in_path: it stands in the path of a file, and in no file.
    """

    name: str
    kind: str
    description: str
    unit: str
    is_key: bool
    combines: str = ""
    mean_of: str = ""
    good: str = ""
    is_written: bool = False
    is_in_path: bool = False

    @property
    def sql(self) -> str:
        """The column in SQL, as a number where it is one."""
        name = quote_name(self.name)
        return f"cast({name} as decimal(38, 12))" if self.is_written else name

    @property
    def title(self) -> str:
        """Its name as a heading."""
        words = " ".join(_WRITTEN.get(word, word) for word in self.name.split("_"))
        return words[:1].upper() + words[1:]

    @property
    def is_figure(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("integer", "number")


@dataclass(frozen=True)
class TableInfo:
    """A table of a bundle: the files of one path template.

    Attributes:
        month: `YYYY-MM`, of whose bundle it is.
        area: schema in the bundle.
        name: of the file, or of the folder with a file per value.
        totals: columns of which a line stands for all values together.
    """

    month: str
    area: str
    name: str
    template: str
    title: str
    description: str
    about: str
    question: str
    fields: tuple[Field, ...]
    withheld: tuple[str, ...]
    has_role: bool
    totals: tuple[str, ...]

    def field(self, name: str) -> Field | None:
        """Give a column by its name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def shown(self) -> tuple[Field, ...]:
        """The columns that differ from row to row."""
        return tuple(
            field
            for field in self.fields
            if field.name not in OWNERSHIP or (field.name == ROLE and not self.has_role)
        )

    @property
    def dimensions(self) -> tuple[Field, ...]:
        """The columns that are no figures."""
        return tuple(field for field in self.shown if not field.is_figure)

    @property
    def relation(self) -> str:
        """The table in SQL."""
        return f"{quote_name(self.month)}.{quote_name(self.area)}.{quote_name(self.name)}"


@dataclass(frozen=True)
class BundleFile:
    """A file of the release, as its manifest lists it.

    Attributes:
        rows: records of a CSV; None of what is none.
    """

    path: str
    template: str | None
    size_bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class BundleSchema:
    """What a bundle has.

    Attributes:
        recipient: a party, or the word for the industry.
        tables: by area and name, in the order of datapackage.json.
        roles: User Roles of the recipient.
    """

    recipient: str
    month: str
    version: int
    as_of: str
    title: str
    tables: dict[tuple[str, str], TableInfo]
    files: tuple[BundleFile, ...]
    roles: tuple[str, ...]

    def areas(self, role: str) -> list[str]:
        """Give the areas in which a role has files, in their order."""
        found = {file.path.split("/")[0]: None for file in self.files if f"/{role}/" in f"/{file.path}"}
        return list(found)

    def tables_in(self, area: str, role: str) -> list[TableInfo]:
        """Give the tables of an area that a role has files of."""
        templates = {file.template for file in self.files if not role or f"/{role}/" in f"/{file.path}"}
        return [table for table in self.tables.values() if table.area == area and table.template in templates]


def read_schemas(connection: duckdb.DuckDBPyConnection, months: Iterable[str]) -> dict[str, BundleSchema]:
    """Read what bundles that are attached, each under the name of its month, say of themselves.

    Raises:
        duckdb.Error, ValueError, KeyError: one is damaged.
    """
    # At once: DuckDB looks through the columns of all that is attached.
    texts = connection.execute(
        "select database_name, schema_name, table_name, column_name from duckdb_columns()"
        " where not internal and data_type = 'VARCHAR'"
    ).fetchall()
    written: dict[str, set[tuple[str, ...]]] = {}
    for month, *column in texts:
        written.setdefault(month, set()).add(tuple(column))
    return {month: _schema(connection, month, written.get(month, set())) for month in months}


def _schema(connection: duckdb.DuckDBPyConnection, month: str, texts: set[tuple[str, ...]]) -> BundleSchema:
    catalog = quote_name(month)
    source = connection.execute(
        f"select recipient, month, version, as_of, title from {catalog}.bundle.source"
    ).fetchall()[0]
    rows = connection.execute(
        "select area, name, template, title, description, about, question, key, fields, withheld,"
        " totals"
        f" from {catalog}.bundle.tables order by position"
    ).fetchall()
    files = connection.execute(
        f"select path, template, size_bytes, sha256, row_count from {catalog}.bundle.files order by position"
    ).fetchall()
    tables = {(row[0], row[1]): _table(month, row, texts) for row in rows}
    roles = {path.split("/")[1] for path, template, *_ in files if template and "/{role}/" in template}
    return BundleSchema(
        *source, tables=tables, files=tuple(BundleFile(*file) for file in files), roles=tuple(sorted(roles))
    )


Values = dict[tuple[str, str, str, str], list[tuple[str | None, int]]]
"""By area, table, User Role (empty where the table has none) and column: its values, each with its rows."""


def read_values(connection: duckdb.DuckDBPyConnection, month: str) -> Values:
    """Read which values the columns of a bundle have, where they are few enough to choose from."""
    found: Values = {}
    for *key, value, number in connection.execute(
        "select area, name, role, column_name, value, row_count"
        f" from {quote_name(month)}.bundle.values order by rowid"
    ).fetchall():
        found.setdefault((key[0], key[1], key[2], key[3]), []).append((value, number))
    return found


def _table(month: str, row: tuple[Any, ...], texts: set[tuple[str, ...]]) -> TableInfo:
    area, name, template, title, description, about, question, key, fields, withheld, totals = row
    keys = set(json.loads(key))
    made = tuple(
        _field(item, item["name"] in keys, (area, name, item["name"]) in texts) for item in json.loads(fields)
    )
    return TableInfo(
        month,
        area,
        name,
        template,
        title,
        description,
        about,
        question,
        made,
        tuple(json.loads(withheld)),
        # The industry's tables have all roles: there it is a column as any other.
        f"{{{ROLE}}}" in template,
        tuple(json.loads(totals)),
    )


def _field(item: dict[str, Any], is_key: bool, is_text: bool) -> Field:
    combines = item.get("combines", "")
    told = combines if isinstance(combines, dict) else {}
    return Field(
        item["name"],
        item["type"],
        item.get("description", ""),
        item.get("unit", ""),
        is_key,
        "" if told else combines,
        told.get("mean_of", ""),
        told.get("good", ""),
        is_text and item["type"] == "number",
        item.get("inPath", False),
    )
