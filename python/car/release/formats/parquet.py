"""A published CSV as Parquet: zstd, with the types of the contract."""

from pathlib import Path

import duckdb

from car.errors import CarError
from car.release.formats.tables import Table, refuse_other_rows, rows_of
from car.warehouse.database import quote_name, quote_text

# A row group is held in memory while it is written: rows with long texts stand in smaller ones.
_GROUP_ROWS = 122_880
_GROUP_ROWS_LEAST = 2_048
_GROUP_BYTES = 48 << 20


def write_parquet(table: Table, csv: Path, target: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Write a CSV's rows as Parquet, in their order.

    Parameters:
        connection: what `reading` gave.

    Raises:
        CarError: the CSV has other rows than were published, or a cell is not of its column's type.
    """
    typed = ", ".join(
        f"cast({text} as {data_type}) as {quote_name(name)}"
        for text, (name, data_type) in zip(table.texts, table.columns, strict=True)
    )
    row_bytes = csv.stat().st_size // max(table.rows, 1)
    group_rows = max(_GROUP_ROWS_LEAST, min(_GROUP_ROWS, _GROUP_BYTES // max(row_bytes, 1)))
    copy = (
        f"copy (select {typed} from {rows_of(table, csv)}) to {quote_text(str(target))}"
        f" (format parquet, compression zstd, row_group_size {group_rows}, use_tmp_file false)"
    )
    try:
        written = connection.execute(copy).fetchall()[0][0]
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        # DuckDB's own words would tell the row.
        raise CarError(f"{table.path}: a cell is not of the type that its column has by contract.") from None
    refuse_other_rows(table, written)
