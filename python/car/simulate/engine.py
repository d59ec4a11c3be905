"""DuckDB sessions for the simulator, and its SQL files."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

Variables = dict[str, Any]


@cache
def sql_text(name: str) -> str:
    """The text of ``sql/<name>.sql`` in this package."""
    return resources.files(__package__).joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def literal(value: object) -> str:
    """A Python value as an SQL literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return "'" + str(value).replace("'", "''") + "'"


class Session:
    """A connection of its own to the simulation's database, with session variables set.

    Args:
        connection: Any connection to the database; the session opens a cursor of it.
        variables: What ``getvariable()`` finds in the SQL.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, variables: Variables) -> None:
        self._cursor = connection.cursor()
        self.set(**variables)

    def set(self, **variables: object) -> None:
        """Sets session variables."""
        for name, value in variables.items():
            self._cursor.execute(f"set variable {name} = {literal(value)}")

    def script(self, name: str) -> None:
        """Runs the statements of an SQL file."""
        self._cursor.execute(sql_text(name))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Runs a statement and returns its rows."""
        return self._cursor.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The only value of a query."""
        return self.rows(sql)[0][0]

    def copy_parquet(self, sql: str, path: Path) -> int:
        """Writes a query as a Parquet file and returns its number of rows."""
        return self._copy(sql, path, "format parquet, compression zstd, row_group_size 122880")

    def copy_csv(self, sql: str, path: Path) -> int:
        """Writes a query as a CSV file with a header and returns its number of rows."""
        return self._copy(sql, path, "format csv, header true, delimiter ',', quote '\"', escape '\"'")

    def _copy(self, sql: str, path: Path, options: str) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        return int(self.value(f"copy ({sql}) to {literal(path)} ({options})"))


@contextmanager
def database(memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a temporary folder, removed afterwards.

    It has no threads of its own: each session runs its statements on the thread that calls it, so that
    rows come in the same order, and files have the same bytes, however many sessions work side by side.
    """
    folder = Path(tempfile.mkdtemp(prefix="car-simulate-"))
    connection = None
    try:
        connection = duckdb.connect(
            str(folder / "simulation.duckdb"),
            config={
                "threads": 1,
                "memory_limit": memory_limit,
                "temp_directory": str(folder / "spill"),
                "preserve_insertion_order": True,
            },
        )
        yield connection
    finally:
        if connection is not None:
            connection.close()
        shutil.rmtree(folder, ignore_errors=True)
