"""The warehouse file: opened to read, and what it remembers of the run that built it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from car.errors import NothingBuilt, NoWarehouse
from car.warehouse.catalogue import Catalogue

_SCHEMA = "car"
_NEVER_BUILT = "was not built by `car run`, or its last build failed. Build it first with `car run`."


def quote_name(name: str) -> str:
    """Quote a column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def open_to_read(
    warehouse: Path, scratch: Path, threads: int, memory_limit: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only.

    Parameters:
        scratch: folder for what does not fit into memory.
        threads: how many threads DuckDB may use.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.

    Raises:
        NoWarehouse: there is no such file.
    """
    if not warehouse.is_file():
        raise NoWarehouse(f"There is no warehouse at {warehouse}.")
    config = {"threads": threads, "memory_limit": memory_limit, "temp_directory": str(scratch)}
    connection = duckdb.connect(str(warehouse), read_only=True, config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def forget_build(warehouse: Path) -> None:
    """Take back what the warehouse says it was built from: a build is about to change it."""
    if not warehouse.exists():
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        return
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"drop table if exists {_SCHEMA}.build")
        is_of_views = spark_folder(connection) is not None
    if is_of_views:  # DuckDB builds in a file of its own
        warehouse.unlink()


def spark_folder(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Give the folder of the tables that a warehouse has views of; None where DuckDB has built it."""
    try:
        row = connection.execute(f"select folder from {_SCHEMA}.tables").fetchone()
    except duckdb.CatalogException:
        return None
    return row[0] if row else None


def remember_build(warehouse: Path, catalogue: Catalogue, facts: dict[str, Any]) -> None:
    """Write into the warehouse what it was built from, so that it can be published again later."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create schema if not exists {_SCHEMA}")
        connection.execute(f"create or replace table {_SCHEMA}.build (catalogue varchar, facts varchar)")
        connection.execute(
            f"insert into {_SCHEMA}.build values (?, ?)", [json.dumps(catalogue.to_dict()), json.dumps(facts)]
        )


def recall_build(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> tuple[Catalogue, dict[str, Any]]:
    """Read what `remember_build` wrote.

    Raises:
        NothingBuilt: the warehouse holds no finished build of `car run`.
    """
    try:
        row = connection.execute(f"select catalogue, facts from {_SCHEMA}.build").fetchone()
    except duckdb.CatalogException:
        row = None
    if row is None:
        raise NothingBuilt(f"The warehouse {warehouse} {_NEVER_BUILT}")
    return Catalogue.from_dict(json.loads(row[0])), json.loads(row[1])


def records(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, Any]]:
    """Read a small relation as one dict per row."""
    cursor = connection.execute(f"select * from {relation}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
