"""Opens bundles to read: a DuckDB that sees these files and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from car.portal.bundle.places import BundlePlace
from car.warehouse.database import quote_name, quote_text

_ROWS_OF_A_SORT = 2_000


def connect(
    places: Sequence[BundlePlace],
    memory_limit: str,
    scratch: Path | None = None,
    writable: Sequence[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Attach bundles, each under its month, and lock what was set.

    Parameters:
        memory_limit: of all queries, as DuckDB reads it.
        scratch: the one folder that may be written to, and that takes what has no room in memory; None: none.
        writable: files that may be written besides.

    Raises:
        duckdb.Error: one is missing or damaged.
    """
    config = {"threads": 1, "memory_limit": memory_limit, "temp_directory": str(scratch or "")}
    connection = duckdb.connect(config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        # Else a long query draws it on the standard output.
        connection.execute("set enable_progress_bar = false")
        # A page of a sorted table: the other columns are read of its rows alone (five times as fast).
        connection.execute(f"set late_materialization_max_rows = {_ROWS_OF_A_SORT}")
        for place in places:
            connection.execute(
                f"attach {quote_text(str(place.path))} as {quote_name(place.month)} (read_only)"
            )
        if scratch is not None:
            connection.execute(f"set allowed_directories = [{quote_text(str(scratch))}]")
        if writable:
            connection.execute(f"set allowed_paths = [{', '.join(map(quote_text, writable))}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    except duckdb.Error:
        connection.close()
        raise
    return connection
