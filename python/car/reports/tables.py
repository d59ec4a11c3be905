"""Gives a report the rows of the CSVs beside it, as its list asks for them."""

import json
from pathlib import Path
from typing import Any

import duckdb

from car.reports.definition import Rows
from car.reports.words import displayable
from car.warehouse.database import quote_name, quote_text

Record = dict[str, Any]

# datapackage.json's types; a figure keeps the digits that were published.
_TYPES = {"integer": "bigint", "number": "decimal(38, 6)", "boolean": "boolean"}
_CSV_OPTIONS = (
    "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', comment = '', nullstr = ''"
)
_POSITION = "car_position_in_file"


class Tables:
    """The CSVs of one recipient.

    Parameters:
        party_folder: with datapackage.json, which tells the types of columns.
        folder: the report's, below it; `file` of Rows is relative to it.
    """

    def __init__(self, party_folder: Path, folder: str) -> None:
        package = json.loads((party_folder / "datapackage.json").read_text(encoding="utf-8"))
        self._fields = {resource["path"]: resource["schema"]["fields"] for resource in package["resources"]}
        self._party_folder = party_folder
        self._folder = folder
        self._connection = duckdb.connect(config={"threads": 1})
        self._tables: dict[str, str] = {}

    def __enter__(self) -> "Tables":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def values(self, file: str, column: str) -> list[str]:
        """Give the values of a column, once each, in the order of the file."""
        if self._path(file) not in self._fields:
            return []
        found = self._connection.execute(
            f"select {quote_name(column)} from {self._table(file)} where {quote_name(column)} is not null"
            f" group by all order by min(rowid)"
        )
        return [value for (value,) in found.fetchall()]

    def rows(self, wanted: Rows, each: str | None) -> list[Record]:
        """Give the rows that are wanted, texts as they can be shown, figures as they were published.

        Parameters:
            each: the value that `$each` stands for.
        """
        if self._path(wanted.file) not in self._fields:
            return []  # a report that does not apply to the role has no file
        source = f"(select *, rowid as {_POSITION} from {self._table(wanted.file)})"
        columns = dict(wanted.columns)
        if wanted.unpivot:
            names = ", ".join(map(quote_name, wanted.unpivot))
            source = f"(unpivot {source} on {names} into name dimension value value)"
            columns |= {"dimension": "dimension", "value": "value"}
        sources = {name: "null" if column is None else quote_name(column) for name, column in columns.items()}
        shown = [
            f"{f'sum({value})' if name in wanted.sums else value} as {quote_name(name)}"
            for name, value in sources.items()
        ]
        tests = [self._test(column, value, each) for column, value in wanted.where.items()]
        query = f"select {', '.join(shown)} from {source} where {' and '.join(tests) or 'true'}"
        firsts = [
            f"bool_or({sources[name]} is not distinct from {quote_text(value)}) desc"
            for name, value in wanted.first.items()
        ]
        firsts += [f"max({quote_name(wanted.most)}) desc"] if wanted.most else []
        grouped = ", ".join(
            sources[name]
            for name, column in columns.items()
            if column is not None and name not in wanted.sums
        )
        keys = grouped if wanted.sums else f"{grouped}, {_POSITION}"
        query += f" group by {keys} order by {', '.join([*firsts, f'min({_POSITION})', grouped])}"
        found = self._connection.execute(query)
        names = [item[0] for item in found.description]
        return [
            {
                name: displayable(wanted.called.get(value, value)) if isinstance(value, str) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in found.fetchall()
        ]

    def rows_of_file(self, file: str) -> list[Record]:
        """Give all columns of a CSV as they are."""
        path = self._path(file)
        return self.rows(
            Rows(path, {item["name"]: item["name"] for item in self._fields.get(path, [])}), None
        )

    def _test(self, column: str, value: Any, each: str | None) -> str:
        name = quote_name(column)
        if value is None:
            return f"{name} is null"
        if isinstance(value, list):
            return f"{name} in ({', '.join(quote_text(str(item)) for item in value) or 'null'})"
        if isinstance(value, bool):
            return name if value else f"not {name}"
        if isinstance(value, dict):
            return f"{name} is distinct from {quote_text(str(value['not']))}"
        return f"{name} = {quote_text(each if value == '$each' and each is not None else str(value))}"

    def _path(self, file: str) -> str:
        return file if "/" in file else f"{self._folder}/{file}"

    def _table(self, file: str) -> str:
        path = self._path(file)
        if path not in self._tables:
            columns = ", ".join(
                f"{quote_text(field['name'])}: {quote_text(_TYPES.get(field['type'], 'varchar'))}"
                for field in self._fields[path]
            )
            name = f"csv_{len(self._tables)}"
            self._connection.execute(
                f"create table {name} as select *"
                f" from read_csv({quote_text(str(self._party_folder / path))}, columns = {{{columns}}},"
                f" {_CSV_OPTIONS})"
            )
            self._tables[path] = name
        return self._tables[path]
