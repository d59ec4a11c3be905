"""Copies that DuckDB makes for an engine that cannot read what comes in so that the same comes out.

The hooks of dbt that make the schemas `landing` and `history` on DuckDB make them here too, in a file of
their own. Each of their relations is then written as Parquet.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from car.errors import CarError
from car.warehouse.database import quote_name, quote_text
from car.warehouse.engine.on_duckdb import OnDuckdb


def make_by_duckdb(database: Path, work: Path, schemas: Iterable[str], variables: dict[str, Any]) -> None:
    """Make schemas by the hooks `register_<schema>` of the project.

    Parameters:
        database: the DuckDB file, which is made.
        work: folder for dbt's target.
        variables: dbt variables of the run.

    Raises:
        CarError: a hook failed; the words are dbt's.
    """
    from dbt.cli.main import dbtRunner

    from car.warehouse.project import find_project, places

    engine = OnDuckdb()
    engine.begin(database, 1, os.environ.get("CAR_MEMORY_LIMIT", "1GiB"))
    for schema in schemas:
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


def copy_schemas(database: Path, schemas: Iterable[str], folder: Path) -> dict[str, str]:
    """Write each relation of some schemas as Parquet.

    Parameters:
        database: the DuckDB file.
        folder: gets a folder for each schema, with `<relation>.parquet`.

    Returns:
        The folder by schema.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in schemas:
            place = folder / schema
            place.mkdir(parents=True)
            relations = connection.execute(
                "select table_name from information_schema.tables where table_schema = ? order by all",
                [schema],
            ).fetchall()
            for (name,) in relations:
                relation = f"{quote_name(schema)}.{quote_name(name)}"
                columns = ", ".join(
                    _stored(column, data_type)
                    for column, data_type, *_ in connection.execute(f"describe {relation}").fetchall()
                )
                target = quote_text(str(place / f"{name}.parquet"))
                connection.execute(f"copy (select {columns} from {relation}) to {target} (format parquet)")
    return {schema: str(folder / schema) for schema in schemas}


def _stored(column: str, data_type: str) -> str:
    """Give a column in a type that Parquet has: whole numbers of 128 bits are none."""
    name = quote_name(column)
    return f"cast({name} as decimal(38, 0)) as {name}" if data_type == "HUGEINT" else name
