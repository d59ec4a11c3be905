"""A table that a page shows, which is no published file's: its rows as CSV, XLSX or Parquet."""

import re
from datetime import datetime
from pathlib import Path

import duckdb

from car.portal.pages.compose import TableView
from car.release.export import CSV_OPTIONS, FORMULA_SIGNS, WHITE_SPACE
from car.release.formats.xlsx import write_workbook
from car.warehouse.database import quote_name, quote_text

BOM = b"\xef\xbb\xbf"
"""Excel takes UTF-8 for what it is where a file begins so."""


def write_table(view: TableView, name: str, kind: str, created: datetime, folder: Path) -> bytes:
    """Write a table as a page shows it, its numbers as the CSVs have them.

    Parameters:
        name: of the sheet.
        kind: `csv`, `xlsx` or `parquet`.
        created: the as-of instant, which a workbook says it was made at.
        folder: for what is unfinished.

    Raises:
        car.release.formats.xlsx.NoRoom: a text is too long for a workbook.
    """
    target = folder / f"table.{kind}"
    columns = list(zip(_names(view), _types(view), strict=True))
    with duckdb.connect(config={"threads": 1, "memory_limit": "96MiB"}) as connection:
        said = ", ".join(f"{quote_name(column)} {data_type}" for column, data_type in columns)
        connection.execute(f"create table shown ({said})")
        rows = [[_value(cell.value or cell.text, cell.is_number) for cell in row] for row in view.rows]
        if rows:
            connection.executemany(f"insert into shown values ({', '.join('?' * len(columns))})", rows)
        if kind == "xlsx":
            texts = ", ".join(
                f"cast({quote_name(column)} as varchar) as c{place}"
                for place, (column, _) in enumerate(columns)
            )
            write_workbook(
                name, columns, f"(select {texts} from shown)", [], target, created, connection, folder
            )
        else:
            options = CSV_OPTIONS if kind == "csv" else "format parquet, compression zstd"
            connection.execute(f"copy shown to {quote_text(str(target))} ({options}, use_tmp_file false)")
    return (BOM if kind == "csv" else b"") + target.read_bytes()


def _names(view: TableView) -> list[str]:
    """Name the columns: as the CSV does where there is one, otherwise by their heads; each name once."""
    found: list[str] = []
    for place, head in enumerate(view.heads, start=1):
        name = head.name or re.sub(r"\W+", "_", head.title.lower()).strip("_") or f"column_{place}"
        found.append(name if name not in found else f"{name}_{place}")
    return found


def _types(view: TableView) -> list[str]:
    """A column is of numbers where each cell that holds something is one, and has its decimals."""
    types = []
    for place in range(len(view.heads)):
        cells = [row[place] for row in view.rows]
        numbers = [cell.value for cell in cells if cell.value]
        if not numbers or not all(cell.is_number for cell in cells):
            types.append("varchar")
            continue
        decimals = max(len(number.partition(".")[2]) for number in numbers)
        types.append(f"decimal(38, {decimals})")
    return types


def _value(text: str, is_number: bool) -> str | None:
    if is_number:
        return text if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
    # A spreadsheet would run it.
    return f"'{text}" if text.lstrip(WHITE_SPACE)[:1] in tuple(FORMULA_SIGNS) else text or None
