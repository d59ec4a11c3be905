"""A published CSV as an Excel workbook, a row at a time: each cell says what the CSV says, no more, no less.

A cell is a number, a date or an instant only where Excel holds all that the CSV's text says; else it is that
text. No cell is a formula.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from car.release.formats.tables import Table, refuse_other_rows, rows_of
from car.warehouse.declaration import IS_NUMBER

MOST_ROWS = 1_048_575
"""Rows of a sheet, without the header."""

_MOST_UNITS = 32_767  # of UTF-16, in a cell
_ROWS_AT_A_TIME = 1_024
# Excel keeps 15 digits of a number.
_MOST_DIGITS = 15
# Serials of days before are one too many: Excel has a 29 February 1900.
_FIRST_DAY = "1900-03-01"
_DAY_ZERO = date(1899, 12, 30)
_DAY_S = 86_400
_WIDTHS = (8, 60)
_LONGEST_NAME = 31
_NO_NAME = "history"  # Excel keeps it for itself
_IS_NUMBER = re.compile(IS_NUMBER)
# A text that looks like Excel's own way to write a character, in whatever way it overlaps another.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

# What a cell's text is written as: the value, or None where the text itself is written.
Read = Callable[[str], Any]


class _Sheet(Worksheet):
    """A sheet that writes every text as it is, also where XlsxWriter takes it for something else."""

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        if not isinstance(data, str):
            return data
        text = _LOOKS_ESCAPED.sub("_x005F_", data)
        text = _NO_CHARACTER.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter takes this for a formatted text, and writes it as XML.
            return f'<r><t xml:space="preserve">{escape(text)}</t></r>'
        return text


class NoRoom(Exception):
    """A table that does not fit into a workbook; says why, in words to be read after its path."""


def refuse_rows(rows: int) -> None:
    """Refuse more rows than a sheet has.

    Raises:
        NoRoom: says how many.
    """
    if rows > MOST_ROWS:
        raise NoRoom(f"{rows:,} rows, and an XLSX holds {MOST_ROWS:,}")


def write_xlsx(
    table: Table,
    csv: Path,
    target: Path,
    created: datetime,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> None:
    """Write a CSV's rows into a workbook of one sheet, in their order.

    Parameters:
        created: the instant that the workbook says it was made at.
        connection: what `reading` gave.
        scratch: folder for the sheet until it is packed.

    Raises:
        NoRoom: there are too many rows, or too long a text. Nothing is written.
        CarError: the CSV has other rows than were published.
    """
    refuse_rows(table.rows)
    name = Path(table.path).name.removesuffix(".csv")
    rows = rows_of(table, csv)
    found = write_workbook(name, table.columns, rows, (), target, created, connection, scratch)
    refuse_other_rows(table, found)


def write_workbook(
    name: str,
    columns: Sequence[tuple[str, str]],
    rows: str,
    values: Sequence[Any],
    target: Path,
    created: datetime,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> int:
    """Write rows into a workbook of one sheet, and tell how many there were.

    Parameters:
        name: of the sheet; cut where it is too long.
        columns: name and type of each.
        rows: a relation in SQL: texts as the CSV writes them, named `c0`, `c1` and so on.
        values: that are bound in `rows`.
        created: the instant that the workbook says it was made at.
        scratch: folder for the sheet until it is packed.

    Raises:
        NoRoom: there is too long a text. Nothing is written.
    """
    lengths = _lengths(len(columns), rows, values, connection)
    if max(lengths, default=0) > _MOST_UNITS:
        raise NoRoom(f"a text of more than {_MOST_UNITS:,} characters, the most that a cell of an XLSX holds")
    book = Workbook(str(target), {"constant_memory": True, "tmpdir": str(scratch), "use_zip64": True})
    book.set_properties({"created": created.replace(tzinfo=None)})
    text_format, header_format = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    kinds = [_kind(book, data_type, text_format) for _, data_type in columns]
    sheet = book.add_worksheet(_sheet_name(name), worksheet_class=_Sheet)
    sheet.freeze_panes(1, 0)
    least, most = _WIDTHS
    for column, ((title, _), length) in enumerate(zip(columns, lengths, strict=True)):
        sheet.set_column(column, column, min(max(least, len(title) + 2, length + 2), most))
        sheet.write_string(0, column, title, header_format)
    found = _write_rows(sheet, connection.execute(f"select * from {rows}", values), kinds, text_format)
    if found:
        # Excel marks each text of digits as if it were a mistake.
        sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{found + 1}"})
    book.close()
    return found


def _write_rows(
    sheet: Worksheet,
    cursor: duckdb.DuckDBPyConnection,
    kinds: list[tuple[Read | None, Format]],
    text_format: Format,
) -> int:
    """Write the rows below the header, and tell how many there are."""
    row = 0
    while block := cursor.fetchmany(_ROWS_AT_A_TIME):
        for texts in block:
            row += 1
            for column, (text, (read, cell_format)) in enumerate(zip(texts, kinds, strict=True)):
                if text is None:
                    continue
                value = None if read is None else read(text)
                if value is None:
                    sheet.write_string(row, column, text, text_format)
                elif isinstance(value, bool):
                    sheet.write_boolean(row, column, value, cell_format)
                else:
                    sheet.write_number(row, column, value, cell_format)
    return row


def _lengths(
    count: int, rows: str, values: Sequence[Any], connection: duckdb.DuckDBPyConnection
) -> list[int]:
    """Tell the longest text of each column, in units of UTF-16 where that decides something."""
    longest = ", ".join(
        f"coalesce(max(if(length({text}) > {_MOST_UNITS // 2}, "
        rf"length(regexp_replace({text}, '[\x{{10000}}-\x{{10FFFF}}]', '  ', 'g')), length({text}))), 0)"
        for text in (f"c{number}" for number in range(count))
    )
    return list(connection.execute(f"select {longest} from {rows}", values).fetchall()[0])


def _sheet_name(name: str) -> str:
    name = name[:_LONGEST_NAME]
    return f"{name}_" if name.lower() == _NO_NAME else name


def _kind(book: Workbook, data_type: str, text_format: Format) -> tuple[Read | None, Format]:
    """Tell how a column's texts are read, and how its cells are shown."""
    name, _, arguments = data_type.lower().partition("(")
    if name in ("tinyint", "smallint", "integer", "bigint", "hugeint"):
        return _number, book.add_format({"num_format": "0"})
    if name in ("decimal", "numeric"):
        scale = int(arguments.rstrip(")").split(",")[1])
        return _number, book.add_format({"num_format": f"0.{'0' * scale}" if scale else "0"})
    if name == "date":
        return _date, book.add_format({"num_format": "yyyy-mm-dd"})
    if name.startswith("timestamp"):
        return _instant, book.add_format({"num_format": r'yyyy-mm-dd"T"hh:mm:ss"Z"'})
    if name == "boolean":
        return {"true": True, "false": False}.get, book.add_format()
    return None, text_format


def _number(text: str) -> Decimal | None:
    # As a decimal number, so that the workbook gets these very digits.
    return Decimal(text) if _IS_NUMBER.fullmatch(text) and _digits(text) <= _MOST_DIGITS else None


def _digits(text: str) -> int:
    return len(text.replace(".", "").lstrip("-0"))


def _date(text: str) -> int | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text) or text < _FIRST_DAY:
        return None
    return (date.fromisoformat(text) - _DAY_ZERO).days


def _instant(text: str) -> float | int | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        return None
    day = _date(text[:10])
    hours, minutes, seconds = int(text[11:13]), int(text[14:16]), int(text[17:19])
    return None if day is None else day + (hours * 3600 + minutes * 60 + seconds) / _DAY_S
