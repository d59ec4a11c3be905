"""Builds bundles: of a release's CSVs, datapackage.json and manifest.json alone, with DuckDB alone."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from car.errors import CarError
from car.pool import in_processes
from car.portal.bundle.contents import BundleTable, tables_of
from car.portal.bundle.places import FORMAT, BundlePlace, bundle_place, sha256_of
from car.portal.schema import MOST_VALUES, OWNERSHIP, TOTAL
from car.release.compare import READ_OPTIONS
from car.release.places import INDUSTRY, folders_in
from car.release.tree import Month
from car.warehouse.database import quote_name, quote_text

_TYPES = {"integer": "bigint", "boolean": "boolean", "date": "date", "datetime": "timestamp"}
# Many tables of a small party have few rows: a large block would be empty for the most part.
_BLOCK_BYTES = 16_384
_MEMORY = "512MiB"
# Enough to see of most columns that nobody can choose from a list of their values.
_ROWS_LOOKED_AT = 20_000
_OWNER = "party_id"


@dataclass(frozen=True)
class Built:
    """What was built.

    Attributes:
        bundles: that were made; the others were there.
        csv_bytes: of the CSVs that they hold.
        size_bytes: of the bundles themselves.
    """

    bundles: int = 0
    csv_bytes: int = 0
    size_bytes: int = 0

    def __add__(self, other: "Built") -> "Built":
        """Give both together."""
        return Built(
            self.bundles + other.bundles,
            self.csv_bytes + other.csv_bytes,
            self.size_bytes + other.size_bytes,
        )


def build_bundles(
    out: Path,
    month: str,
    version: int,
    processes: int,
    progress: Callable[..., None] | None = None,
) -> Built:
    """Build the bundles that lack of a release.

    Parameters:
        out: the output folder.
        month: `YYYY-MM`.
        processes: bundles built at a time.
        progress: called with (bundles there, bundles in all).

    Raises:
        CarError: a folder of the release is not what its manifest says.
    """
    release = Month(out, month).version_path(version)
    places = [bundle_place(out, month, version, recipient) for recipient in folders_in(release)]
    waiting = [place for place in places if not fits(place)]
    done = Built()
    made = len(places) - len(waiting)
    if progress is not None:
        progress(made, len(places))

    def count(built: Built) -> None:
        nonlocal done, made
        done, made = done + built, made + 1
        if progress is not None:
            progress(made, len(places))

    if waiting:
        waiting[0].path.parent.mkdir(parents=True, exist_ok=True)
        in_processes(
            build_bundle, waiting, processes, count, "that builds bundles", " What is built is kept."
        )
    return done


def fits(place: BundlePlace) -> bool:
    """Tell whether there is a bundle that names the release as it is, and the recipient whose it shall be."""
    try:
        named = {
            "format": FORMAT,
            "recipient": place.recipient,
            "month": place.month,
            "version": place.version,
            "manifest_sha256": sha256_of(place.manifest),
        }
        return named.items() <= read_source(place.path).items()
    except (OSError, CarError):
        return False


def read_source(path: Path) -> dict[str, Any]:
    """Read of which release a bundle was made.

    Raises:
        CarError: there is no such bundle, or it is damaged.
    """
    try:
        with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
            found = connection.execute("from bundle.source")
            (row,) = found.fetchall()
            return dict(zip((item[0] for item in found.description), row, strict=True))
    except (duckdb.Error, ValueError) as error:
        raise CarError(f"The bundle {path.name} cannot be read.") from error


def build_bundle(place: BundlePlace) -> Built:
    """Build one bundle, in place of one that is there: either of them is there, whole.

    Raises:
        CarError: the folder is not what its manifest says.
    """
    package = json.loads((place.folder / "datapackage.json").read_text(encoding="utf-8"))
    manifest = json.loads(place.manifest.read_text(encoding="utf-8"))
    tables = tables_of(package, place.recipient == INDUSTRY)
    unfinished = place.path.with_name(f".{place.path.name}.{os.getpid()}")
    place.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(unfinished, place, package, manifest, tables)
        unfinished.chmod(0o444)
        os.replace(unfinished, place.path)
    finally:
        for left in unfinished.parent.glob(f"{unfinished.name}*"):
            left.unlink()
    sizes = {file["path"]: file["bytes"] for file in manifest["files"]}
    csv_bytes = sum(sizes[path] for table in tables for path in table.paths)
    return Built(1, csv_bytes, place.path.stat().st_size)


def _write(
    path: Path,
    place: BundlePlace,
    package: dict[str, Any],
    manifest: dict[str, Any],
    tables: list[BundleTable],
) -> None:
    rows = {file["path"]: file.get("rows") for file in manifest["files"]}
    config = {"threads": 1, "memory_limit": _MEMORY, "temp_directory": f"{path}.tmp"}
    with duckdb.connect(config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {quote_text(str(path))} as made (block_size {_BLOCK_BYTES})")
        connection.execute("use made")
        connection.execute("begin")
        for schema in sorted({"bundle", *(table.area for table in tables)}):
            connection.execute(f"create schema {quote_name(schema)}")
        for table in tables:
            counted = _load(connection, place.folder, table)
            _check_owner(connection, place, table)
            if counted != sum(rows[name] for name in table.paths):
                raise CarError(f"{table.template} of {place.month} has other rows than its manifest says.")
        _describe(connection, place, package, manifest, tables)
        connection.execute("commit")
        connection.execute("checkpoint made")


def _load(connection: duckdb.DuckDBPyConnection, folder: Path, table: BundleTable) -> int:
    """Make a table of its files, in their order, and count its rows."""
    files = _files(folder, table)
    numbers = [field["name"] for field in table.in_files if field["type"] == "number"]
    types = _types(connection, files, table, numbers)
    shown = [
        f"cast({quote_name(field['name'])} as {types[field['name']]}) as {quote_name(field['name'])}"
        for field in table.in_files
    ]
    for column in table.in_path_alone:
        pattern = _pattern(table.template, column)
        shown.append(f"regexp_extract(filename, {quote_text(pattern)}, 1) as {quote_name(column)}")
    target = f"{quote_name(table.area)}.{quote_name(table.name)}"
    connection.execute(f"create table {target} as select {', '.join(shown)} from {files}")
    return connection.execute(f"select count(*) from {target}").fetchall()[0][0]


def _check_owner(connection: duckdb.DuckDBPyConnection, place: BundlePlace, table: BundleTable) -> None:
    """Refuse rows that are another party's, in whatever way they came into this one's folder."""
    if _OWNER in {field["name"] for field in table.in_files} and place.recipient != INDUSTRY:
        relation = f"{quote_name(table.area)}.{quote_name(table.name)}"
        query = f"select count(*) from {relation} where {_OWNER} is distinct from ?"
        if connection.execute(query, [place.recipient]).fetchall()[0][0]:
            raise CarError(f"{table.template} of {place.month} has rows of another party.")


def _totals(connection: duckdb.DuckDBPyConnection, table: BundleTable) -> list[str]:
    """Give the columns of which a line stands for all values together."""
    texts = [field["name"] for field in table.fields if field["type"] == "string"]
    if not texts:
        return []
    asked = ", ".join(f"coalesce(bool_or({quote_name(name)} = {quote_text(TOTAL)}), false)" for name in texts)
    relation = f"{quote_name(table.area)}.{quote_name(table.name)}"
    (found,) = connection.execute(f"select {asked} from {relation}").fetchall()
    return [name for name, is_total in zip(texts, found, strict=True) if is_total]


def _files(folder: Path, table: BundleTable) -> str:
    columns = _columns_of(folder / table.paths[0])
    typed = ", ".join(f"{quote_text(name)}: 'varchar'" for name in columns)
    paths = ", ".join(quote_text(str(folder / path)) for path in table.paths)
    named = "true" if table.in_path_alone else "false"
    return f"read_csv([{paths}], columns = {{{typed}}}, header = true, filename = {named}, {READ_OPTIONS})"


def _columns_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as stream:
        return stream.readline().rstrip("\n").split(",")


def _types(
    connection: duckdb.DuckDBPyConnection, files: str, table: BundleTable, numbers: list[str]
) -> dict[str, str]:
    """Give the type of each column; a number has as many decimals as it was published with.

    A column whose numbers have some more decimals than others stays a text, so that no cell is written anew.
    """
    types = {field["name"]: _TYPES.get(field["type"], "varchar") for field in table.in_files}
    if numbers:
        # The numbers are read twice: that takes a third less than to hold what was read in between.
        measured = ", ".join(
            f"coalesce(max(strlen({name}) - {point}), 0), coalesce(min(strlen({name}) - {point}), 0),"
            f" coalesce(max({point} - cast(strpos({name}, '.') > 0 as integer)), 0)"
            for name, point in ((quote_name(name), _point_of(quote_name(name))) for name in numbers)
        )
        (found,) = connection.execute(f"select {measured} from {files}").fetchall()
        for place, name in enumerate(numbers):
            most, least, whole = found[3 * place : 3 * place + 3]
            digits = 18 if most + whole <= 18 else 38
            types[name] = f"decimal({digits}, {most})" if most == least else "varchar"
    return types


def _point_of(name: str) -> str:
    """Give the place of a number's point in SQL; the end of one that has none."""
    return f"coalesce(nullif(strpos({name}, '.'), 0), strlen({name}))"


def _pattern(template: str, column: str) -> str:
    """Give the expression that finds a column's value in the path of a file."""
    parts = re.split(r"(\{\w+\})", template)
    found = (
        ("([^/]+)" if part == f"{{{column}}}" else "[^/]+") if part.startswith("{") else re.escape(part)
        for part in parts
    )
    return f"{''.join(found)}$"


def _describe(
    connection: duckdb.DuckDBPyConnection,
    place: BundlePlace,
    package: dict[str, Any],
    manifest: dict[str, Any],
    tables: list[BundleTable],
) -> None:
    """Write down of which release this is, what its tables are and which files it has."""
    connection.execute(
        "create table bundle.source (format bigint, recipient varchar, month varchar, version bigint,"
        " as_of varchar, title varchar, manifest_sha256 varchar)"
    )
    connection.execute(
        "insert into bundle.source values (?, ?, ?, ?, ?, ?, ?)",
        [
            FORMAT,
            place.recipient,
            place.month,
            place.version,
            manifest["as_of"],
            package.get("title", place.recipient),
            sha256_of(place.manifest),
        ],
    )
    connection.execute(
        "create table bundle.tables (position bigint, area varchar, name varchar, template varchar,"
        " title varchar, description varchar, about varchar, question varchar, key json, fields json,"
        " withheld json, totals json)"
    )
    for position, table in enumerate(tables):
        connection.execute(
            "insert into bundle.tables values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                position,
                table.area,
                table.name,
                table.template,
                table.title,
                table.description,
                table.about,
                table.question,
                json.dumps(table.key),
                json.dumps(table.fields, ensure_ascii=False),
                json.dumps(table.withheld),
                json.dumps(_totals(connection, table)),
            ],
        )
    _list_values(connection, tables)
    templates = {path: table.template for table in tables for path in table.paths}
    connection.execute(
        "create table bundle.files (position bigint, path varchar, template varchar, size_bytes bigint,"
        " sha256 varchar, row_count bigint)"
    )
    columns = [
        (position, file["path"], templates.get(file["path"]), file["bytes"], file["sha256"], file.get("rows"))
        for position, file in enumerate(manifest["files"])
    ]
    if columns:
        lists = [list(values) for values in zip(*columns, strict=True)]
        connection.execute(f"insert into bundle.files select {', '.join(['unnest(?)'] * len(lists))}", lists)


def _list_values(connection: duckdb.DuckDBPyConnection, tables: list[BundleTable]) -> None:
    """Write down the values that a reader can choose of each column: a page would read all rows for them."""
    connection.execute(
        "create table bundle.values (area varchar, name varchar, role varchar, column_name varchar,"
        " value varchar, row_count bigint)"
    )
    for table in tables:
        relation = f"{quote_name(table.area)}.{quote_name(table.name)}"
        columns = [
            field["name"]
            for field in table.fields
            if field["type"] in ("string", "boolean") and field["name"] not in OWNERSHIP
        ]
        columns = _of_few_values(connection, relation, columns)
        role = "role" if "{role}" in table.template else "''"
        # Each by itself: so a column is counted by its dictionary, and no text of it is looked at.
        counted = [
            f"select {role} as role, {quote_text(name)} as column_name,"
            f" cast({quote_name(name)} as varchar) as value, count(*) as row_count, {place} as place"
            f" from {relation} group by all"
            for place, name in enumerate(columns)
        ]
        if counted:
            connection.execute(
                f"insert into bundle.values select {quote_text(table.area)}, {quote_text(table.name)},"
                f" role, column_name, value, row_count from ({' union all '.join(counted)})"
                f" qualify count(*) over (partition by role, column_name) <= {MOST_VALUES}"
                " order by place, role, value nulls last"
            )


def _of_few_values(connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> list[str]:
    """Leave out the columns that have too many values already in some rows."""
    if not columns:
        return []
    counted = ", ".join(f"count(distinct {quote_name(name)})" for name in columns)
    some = f"from {relation} limit {_ROWS_LOOKED_AT}"
    (found,) = connection.execute(f"select {counted} from ({some})").fetchall()
    return [name for name, number in zip(columns, found, strict=True) if number <= MOST_VALUES]
