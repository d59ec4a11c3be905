"""Copies that DuckDB makes for an engine that cannot read what comes in so that the same comes out.

The hooks of dbt that make the schemas `landing` and `history` on DuckDB make them here too, in a file of
their own. Each of their relations is then written as Parquet.
"""

import json
import os
from pathlib import Path
from typing import Any

import duckdb

from car.errors import CarError
from car.warehouse.database import quote_name, quote_text
from car.warehouse.engine.on_duckdb import OnDuckdb


def make_by_duckdb(database: Path, work: Path, schema: str, variables: dict[str, Any], threads: int) -> None:
    """Make a schema by the hook `register_<schema>` of the project.

    Parameters:
        database: the DuckDB file, which is made.
        work: folder for dbt's target.
        variables: dbt variables of the run.
        threads: that DuckDB may have.

    Raises:
        CarError: the hook failed; the words are dbt's.
    """
    from dbt.cli.main import dbtRunner

    from car.warehouse.project import find_project, places

    engine = OnDuckdb()
    engine.begin(database, threads, os.environ.get("CAR_MEMORY_LIMIT", "1GiB"))
    done = dbtRunner().invoke(
        [
            *("run-operation", f"register_{schema}", "--target", engine.target),
            *places(find_project(), work),
            *("--vars", json.dumps(variables), "--log-level", "none", "--log-level-file", "none"),
        ]
    )
    engine.close()
    if not done.success:
        raise CarError(f"The schema {schema} could not be made: {done.exception}")


def copy_schema(database: Path, schema: str, folder: Path) -> None:
    """Write each relation of a schema as Parquet.

    Parameters:
        database: the DuckDB file.
        folder: gets `<schema>/<relation>.parquet`.
    """
    place = folder / schema
    place.mkdir(parents=True)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        relations = connection.execute(
            "select table_name from information_schema.tables where table_schema = ? order by all", [schema]
        ).fetchall()
        for (name,) in relations:
            relation = f"{quote_name(schema)}.{quote_name(name)}"
            columns = ", ".join(
                _stored(column, data_type)
                for column, data_type, *_ in connection.execute(f"describe {relation}").fetchall()
            )
            target = quote_text(str(place / f"{name}.parquet"))
            connection.execute(f"copy (select {columns} from {relation}) to {target} (format parquet)")


def part_of_index(index: Path, locations: list[str], folder: Path) -> Path:
    """Write a landing index of some of its files alone; gives its folder."""
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute("create table chosen as select unnest(?) as location", [locations])
        connection.execute(
            "copy (select * from read_parquet(?) where location in (from chosen) order by path)"
            f" to {quote_text(str(folder / 'files.parquet'))} (format parquet)",
            [str(index / "files.parquet")],
        )
    return folder


def _stored(column: str, data_type: str) -> str:
    """Give a column in a type that Parquet has: whole numbers of 128 bits are none."""
    name = quote_name(column)
    return f"cast({name} as decimal(38, 0)) as {name}" if data_type == "HUGEINT" else name
