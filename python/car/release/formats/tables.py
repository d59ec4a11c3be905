"""The CSV that an XLSX or Parquet is made of: read as text, in its order, by a DuckDB of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from car.errors import CarError
from car.release.compare import READ_OPTIONS
from car.warehouse.database import quote_text


@dataclass(frozen=True)
class Table:
    """One published CSV.

    Attributes:
        role: User Role in which the party gets it; None where it gets it whatever its roles.
        path: relative to the recipient's folder.
        columns: name and type of each, as the contract of the mart has them.
        rows: how many records it has, without the header.
    """

    party_id: str
    role: str | None
    path: str
    columns: tuple[tuple[str, str], ...]
    rows: int

    @property
    def texts(self) -> list[str]:
        """Names of the columns in `rows_of`."""
        return [f"c{number}" for number in range(len(self.columns))]


@contextmanager
def reading(scratch: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB of one thread, which has no choice of how it writes; files are written side by side.

    Parameters:
        scratch: folder for what does not fit into memory.
    """
    config = {"threads": 1, "memory_limit": memory_limit, "temp_directory": str(scratch)}
    connection = duckdb.connect(config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def rows_of(table: Table, csv: Path) -> str:
    """Give the relation of a CSV's rows: texts named `c0`, `c1` and so on; null where a cell is empty."""
    types = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in table.texts) + "}"
    return f"read_csv({quote_text(str(csv))}, columns = {types}, header = true, {READ_OPTIONS})"


def refuse_other_rows(table: Table, found: int) -> None:
    """Refuse what has other rows than were published.

    Raises:
        CarError: names the file.
    """
    if found != table.rows:
        raise CarError(f"{table.path} has {table.rows:,} rows, and {found:,} were read of it.")
