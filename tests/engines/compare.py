"""Where two builds of a month differ: in tables, in published files, in run.json."""

import json
from collections.abc import Iterable
from filecmp import cmp
from pathlib import Path
from typing import Any

import duckdb

# What a build says of itself.
_OF_THE_RUN = ("run_id", "command", "engine", "package_versions", "seconds")
# What DuckDB alone keeps, to bring a table up to date.
_BOOKKEEPING = {"built_in", "key_hash", "row_id", "file_number"}
# Keys of Devices: DuckDB has them without a sign, Spark from the least number on. Their order is the same.
_LEAST = -(2**63)
_SCHEMAS = ("seeds", "staging", "core", "marts")


def different_tables(
    duckdb_warehouse: Path, other_warehouse: Path, is_part: bool = False
) -> tuple[int, list[str]]:
    """Count the tables that are in both, and say of each that is not the same what is not.

    Parameters:
        is_part: the other has not all tables.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{duckdb_warehouse}' as a (read_only)")
        connection.execute(f"attach '{other_warehouse}' as b (read_only)")
        a, b = (_relations(connection, side) for side in "ab")
        gone = set() if is_part else a - b
        faults = [f"{schema}.{name} is not there" for schema, name in sorted(gone)]
        for schema, name in sorted(a & b):
            faults += _different_rows(connection, f'{schema}."{name}"')
        return len(a & b), faults


def _relations(connection: duckdb.DuckDBPyConnection, side: str) -> set[tuple[str, str]]:
    kinds = "duckdb_tables" if side == "a" else "duckdb_views"
    column = "table_name" if side == "a" else "view_name"
    found = connection.execute(
        f"select schema_name, {column} from {kinds}() where database_name = '{side}'"
        f" and schema_name in {_SCHEMAS}"
    ).fetchall()
    return {(schema, name) for schema, name in found if not name.startswith("_")}


def _different_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    types = [
        {name: told for name, told, *_ in connection.execute(f"describe {side}.{relation}").fetchall()}
        for side in "ab"
    ]
    columns = [set(of) - _BOOKKEEPING for of in types]
    if columns[0] != columns[1]:
        return [f"{relation} has other columns: {', '.join(sorted(columns[0] ^ columns[1]))}"]
    ordered = [column for column in types[0] if column in columns[0]]
    a, b = (_select(of, ordered, f"{side}.{relation}") for of, side in zip(types, "ab", strict=True))
    rows = [
        connection.execute(f"select count(*) from ({one} except all {other})").fetchone()[0]
        for one, other in ((a, b), (b, a))
    ]
    if not any(rows):
        return []
    named = [column for column in ordered if _is_other(connection, types, column, relation)]
    return [f"{relation}: {rows[0]:,} rows are not there, {rows[1]:,} are new (columns {', '.join(named)})"]


def _is_other(
    connection: duckdb.DuckDBPyConnection, types: list[dict[str, str]], column: str, relation: str
) -> bool:
    a, b = (_select(of, [column], f"{side}.{relation}") for of, side in zip(types, "ab", strict=True))
    return bool(connection.execute(f"select count(*) from ({a} except all {b})").fetchone()[0])


def _select(types: dict[str, str], columns: Iterable[str], relation: str) -> str:
    return f"select {', '.join(_as_text(column, types[column]) for column in columns)} from {relation}"


def _as_text(column: str, data_type: str) -> str:
    value = f'"{column}"'
    if data_type == "UBIGINT":
        value = f"{value}::hugeint + ({_LEAST})::hugeint"
    return f"cast({value} as varchar)"


def different_files(one: Path, other: Path, is_part: bool = False) -> tuple[int, list[str]]:
    """Count the files that are in both releases, and name those that are not the same, run.json left out.

    Parameters:
        is_part: the other has CSVs of parties alone; what lists the files of a folder is not looked at.
    """
    a, b = (
        {path.relative_to(of) for path in of.rglob("*") if path.is_file() and path.name != "run.json"}
        for of in (one, other)
    )
    if is_part:
        a, b = (
            {path for path in side if path.suffix == ".csv" and path.parts[0] == "parties"} for side in (a, b)
        )
    faults = [f"{path} is in one release alone" for path in sorted(a ^ b)]
    faults += [f"{path} differs" for path in sorted(a & b) if not cmp(one / path, other / path, False)]
    return len(a & b), faults


def different_facts(one: Path, other: Path) -> list[str]:
    """Name the facts of run.json that differ, but those that a run tells of itself."""
    a, b = (json.loads((of / "run.json").read_text(encoding="utf-8")) for of in (one, other))
    return [f"run.json: {name} differs" for name in sorted({*a, *b}) if _fact(a, name) != _fact(b, name)]


def _fact(run: dict[str, Any], name: str) -> Any:
    return None if name in _OF_THE_RUN else run.get(name)
