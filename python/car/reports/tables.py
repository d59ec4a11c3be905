"""Runs a report's queries over the CSVs beside it."""

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from car.edition import Edition
from car.errors import CarError
from car.reports.definition import INDUSTRY, PACKAGE, Report, common
from car.warehouse.database import quote_name, quote_text

Record = dict[str, Any]

_RELEASE, _BEFORE, _REFERENCE, _QUERY = "release", "before", "reference", "query"
# What a release changed, told of the version and not of an area.
_CHANGES = "changes"
# datapackage.json's types; a figure keeps the digits that were published.
_TYPES = {"integer": "bigint", "number": "decimal(38, 12)", "boolean": "boolean", "date": "date"}
_CSV_OPTIONS = (
    "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', comment = '', nullstr = ''"
)
# Whom a report is for, and of which release.
_RECIPIENT = """
create table release.recipient as
select
    $party_id as party_id,
    $role as role,
    $role_name as role_name,
    $folder as folder,
    strftime($first_day::date, '%Y-%m') as month,
    strftime($first_day::date, '%B %Y') as month_name,
    $first_day::date as first_day,
    last_day($first_day::date) as last_day,
    $as_of as as_of,
    $version::bigint as version,
    $has_before::boolean as has_before,
    if($has_before::boolean, strftime($first_day::date - interval 1 day, '%B %Y'), null) as before_name
"""


@dataclass(frozen=True)
class Source:
    """Where a report's rows are.

    Attributes:
        folder: the recipient's folder of a release, or the industry's; with datapackage.json.
        role: the User Role; empty for the industry.
        before: the same folder in the release of the month before, which run.json declares; None: none is.
        reference: folder with the code lists; None: none is known.
        run: what run.json says of the release, without what differs from run to run.
    """

    folder: Path
    role: str = ""
    before: Path | None = None
    reference: Path | None = None
    run: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Csv:
    paths: tuple[Path, ...]
    fields: tuple[tuple[str, str], ...]
    is_folder: bool


class Tables:
    """The rows of one report: its CSVs, those of the month before, the code lists, and its queries.

    A table is read, and a query run, when it is first asked for. A query that reads a file which the
    recipient does not get has no rows.
    """

    def __init__(self, source: Source, report: Report, edition: Edition) -> None:
        self._report = report
        self._area = report.folder
        self._package = _package(source.folder)
        self._csvs = _csvs(source.folder, source.role, self._package)
        self._before = _csvs(source.before, source.role, _package(source.before)) if source.before else {}
        if source.reference and source.reference != source.folder / _REFERENCE:
            self._csvs |= _reference(source.reference)
        self._connection = duckdb.connect(config={"threads": 1})
        self._run("begin")  # one transaction: a table is not written to a log by itself
        self._run((PACKAGE / "macros.sql").read_text(encoding="utf-8"))
        for schema in {_RELEASE, _BEFORE, _QUERY, *(schema for schema, _ in self._csvs), self._area}:
            self._run(f"create schema {quote_name(schema)}")
        self._run(f"set search_path = '{_QUERY},{self._area}'")
        self._made: dict[str, bool] = {}
        self._readers = Counter(
            (schema or self._area, table)
            for name, sql in report.queries.items()
            for schema, table in tables_of(name, sql)
        )
        self._of_release = {(_RELEASE, "recipient")}
        self._release(source, edition)

    def __enter__(self) -> "Tables":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[Record]:
        """Give the rows of a query, in its order, as the CSVs have them.

        Raises:
            CarError: there is no such query, or it fails.
        """
        if query not in self._report.queries:
            raise CarError(f"Report {self._report.name} has no query {query}.")
        if not self._query(query):
            return []
        return self._records(f"{_QUERY}.{quote_name(query)}")

    def recipient(self) -> Record:
        """Give whom the report is for, and of which release."""
        (recipient,) = self._records("release.recipient")
        return recipient

    def codes(self) -> dict[str, dict[str, str]]:
        """Give the names of all codes: by the column that holds such codes, by code."""
        found: dict[str, dict[str, str]] = {}
        for (schema, table), csv in self._csvs.items():
            if schema == _REFERENCE and self._load(schema, table):
                key = csv.fields[0][0]
                rows = self._run(f"select {quote_name(key)}, name from {_REFERENCE}.{quote_name(table)}")
                found[key] = {code: name for code, name in rows.fetchall() if code and name}
        return found

    def _records(self, table: str) -> list[Record]:
        found = self._run(f"from {table}")
        names = [item[0] for item in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _query(self, name: str) -> bool:
        """Run a query once; false where it reads what the recipient does not get."""
        if name not in self._made:
            sql = self._report.queries[name]
            self._made[name] = all(self._there(*table) for table in tables_of(name, sql))
            if self._made[name]:
                try:
                    self._run(f"create table {_QUERY}.{quote_name(name)} as {sql.rstrip().rstrip(';')}")
                except duckdb.Error as error:
                    raise CarError(f"Query {name} of report {self._report.name} fails: {error}") from error
        return self._made[name]

    def _there(self, schema: str, name: str) -> bool:
        if not schema and name in self._report.queries:
            return self._query(name)
        if (schema, name) in self._of_release:
            return True
        return self._load(schema or self._area, name)

    def _load(self, schema: str, table: str) -> bool:
        key = f"{schema}.{table}"
        if key not in self._made:
            own = self._csvs.get((self._area if schema == _BEFORE else schema, table))
            self._made[key] = own is not None
            if own is not None:
                read = self._before.get((self._area, table)) if schema == _BEFORE else own
                self._create(schema, table, own, read)
        return self._made[key]

    def _create(self, schema: str, table: str, shape: _Csv, read: _Csv | None) -> None:
        target = f"{quote_name(schema)}.{quote_name(table)}"
        if read is None:
            columns = ", ".join(f"{quote_name(name)} {kind}" for name, kind in shape.fields)
            self._run(f"create table {target} ({columns})")
            return
        there = {name for name, _ in read.fields}
        shown = ["parse_filename(filename, true) as file_name"] if shape.is_folder else []
        for name, kind in shape.fields:
            shown.append(quote_name(name) if name in there else f"null::{kind} as {quote_name(name)}")
        columns = ", ".join(f"{quote_text(name)}: {quote_text(kind)}" for name, kind in read.fields)
        paths = ", ".join(quote_text(str(path)) for path in read.paths)
        # What one query reads is not kept: a list of Devices may have millions of rows.
        kept = "table" if self._readers[(schema, table)] > 1 else "view"
        self._run(
            f"create {kept} {target} as select {', '.join(shown)} from read_csv([{paths}],"
            f" columns = {{{columns}}}, filename = {str(shape.is_folder).lower()}, {_CSV_OPTIONS})"
        )

    def _release(self, source: Source, edition: Edition) -> None:
        """Make the tables that say of which release this is, and for whom."""
        folder = f"{self._area}/{source.role}/" if source.role else ""
        given = {
            "party_id": "" if self._area == INDUSTRY else source.folder.name,
            "role": source.role,
            "role_name": common().roles.get(source.role, source.role),
            "folder": folder,
            "first_day": f"{edition.month}-01",
            "as_of": edition.as_of,
            "version": edition.version,
            "has_before": bool(self._before),
        }
        self._run(_RECIPIENT, given)
        self._table(
            "files (path varchar, title varchar, row_count bigint)",
            [
                (item["path"].removeprefix(folder), item.get("title", ""), item.get("rows"))
                for item in self._package["resources"]
                if item["path"].startswith(folder)
            ],
        )
        self._table("dimensions (dimension varchar, words varchar)", list(common().dimensions.items()))
        self._table("roles (role varchar, role_name varchar)", list(common().roles.items()))
        self._table("run (content json)", [(json.dumps(source.run),)])

    def _table(self, shape: str, rows: list[tuple[Any, ...]]) -> None:
        name = shape.partition(" ")[0]
        self._run(f"create table {_RELEASE}.{shape}")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f"insert into {_RELEASE}.{name} values ({marks})", rows)
        self._of_release.add((_RELEASE, name))

    def _run(self, sql: str, given: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql, given) if given else self._connection.execute(sql)


@cache
def tables_of(query: str, sql: str) -> tuple[tuple[str, str], ...]:
    """Give the tables that a query reads, each with its schema, without those that it makes itself."""
    # A connection of its own: the module's refuses a second thread, and the portal has several.
    with duckdb.cursor() as connection:
        found = json.loads(connection.execute("select json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if found["error"]:
        raise CarError(f"Query {query} of a report cannot be parsed: {found['error_message']}")
    read: set[tuple[str, str]] = set()
    own: set[str] = set()
    waiting: list[Any] = [found]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                read.add((node["schema_name"], node["table_name"]))
            if "cte_map" in node:
                own |= {entry["key"] for entry in node["cte_map"]["map"]}
            waiting += node.values()
    return tuple(sorted(table for table in read if table[0] or table[1] not in own))


def _package(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def _csvs(folder: Path, role: str, package: dict[str, Any]) -> dict[tuple[str, str], _Csv]:
    """Give each table that the folder has: by its schema, an area, and its name."""
    found: dict[tuple[str, str], _Csv] = {}
    for resource in package["resources"]:
        if not resource["path"].endswith(".csv"):
            continue
        *parts, name = resource["path"].removesuffix(".csv").split("/")
        if not role:
            place, is_folder = (_RELEASE if name == _CHANGES else INDUSTRY, name), False
        elif len(parts) < 2:
            place, is_folder = (parts[0] if parts else _RELEASE, name), False
        elif parts[1] == role:
            is_folder = len(parts) > 2
            place = (parts[0], parts[2] if is_folder else name)
        else:
            continue
        listed = resource["schema"]["fields"]
        fields = tuple((item["name"], _TYPES.get(item["type"], "varchar")) for item in listed)
        before = found[place].paths if place in found else ()
        found[place] = _Csv((*before, folder / resource["path"]), fields, is_folder)
    return found


def _reference(folder: Path) -> dict[tuple[str, str], _Csv]:
    if not (folder.parent / "datapackage.json").is_file():
        return {}
    every = _csvs(folder.parent, "-", _package(folder.parent))
    return {place: csv for place, csv in every.items() if place[0] == _REFERENCE}
