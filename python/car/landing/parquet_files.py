"""The landing check of Parquet files: is each one whole, and has it the contract's columns.

Files are looked at in batches, because most are good and many are small; a batch that DuckDB cannot read is
halved until the files at fault stand alone, so that one bad file never rejects another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import duckdb

from car.errors import scrub_name
from car.landing.contract import UNTYPED, Column, Feed, family_of
from car.landing.verdict import Rejected

_Found = TypeVar("_Found")

_MAGIC = b"PAR1"
_MAGIC_ENCRYPTED = b"PARE"
_WHOLE = "a whole Parquet file that can be read"

# Columns that a query adds for the file of a row, or DuckDB has for it; a file's own of that name hides them.
_FILE = "file that the landing check decodes"
RESERVED_COLUMNS = frozenset({"car_location", "filename", "file_row_number", "file_index"})


@dataclass(frozen=True)
class Table:
    """What a Parquet file's footer says."""

    record_count: int
    columns: tuple[tuple[str, str], ...]
    """(name, DuckDB type) of each column, in the file's order."""

    @property
    def shape(self) -> str:
        """Hash of the columns with their types: files of one shape can be read in one scan."""
        return hashlib.sha256(json.dumps(self.columns).encode()).hexdigest()[:16]

    def extra_columns(self, feed: Feed) -> list[str]:
        """Columns that the contract does not have."""
        return [name for name, _ in self.columns if name not in feed.column_names]

    def types(self, feed: Feed) -> dict[str, str]:
        """DuckDB type of each contract column."""
        found = dict(self.columns)
        return {name: found[name] for name in feed.column_names}


def judge_ends(byte_count: int, head: bytes, tail: bytes) -> None:
    """Refuse what cannot be a Parquet file by its size and its first and last four bytes.

    Raises:
        Rejected: it is empty, cut off, encrypted, or something else.
    """
    if byte_count == 0:
        raise Rejected("empty_file", "it has no bytes", _WHOLE)
    if _MAGIC_ENCRYPTED in (head, tail):
        raise encrypted()
    if head != _MAGIC:
        raise Rejected("unreadable", "it does not begin as a Parquet file does", _WHOLE)
    if tail != _MAGIC or byte_count < 12:
        raise Rejected("truncated", "it does not end as a Parquet file does", _WHOLE)


def encrypted() -> Rejected:
    """Give the verdict on a file that is encrypted, as a whole or in its columns."""
    return Rejected("unreadable", "it is encrypted", "a whole Parquet file that is not encrypted")


class Decoder:
    """Reads footers and data of Parquet files through a DuckDB of its own.

    Parameters:
        connect: makes the DuckDB connection; called again where damage has made one useless.
    """

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._connection = connect()

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def judge(self, feed: Feed, locations: Sequence[str]) -> dict[str, Table | Rejected]:
        """Judge files of one feed.

        Parameters:
            feed: the feed that the files are of.
            locations: plain paths or URLs, without the characters that make a pattern.

        Returns:
            For each location what its footer says, where all of its contract columns were decoded to the last
            value, or why it is rejected.
        """
        verdicts: dict[str, Table | Rejected] = {}
        by_shape: dict[str, list[str]] = {}
        footers = dict(self._each(locations, self._footers, "its footer cannot be read"))
        for location in locations:
            found = footers[location]
            if isinstance(found, Table):
                try:
                    _judge_columns(feed, found)
                except Rejected as rejected:
                    found = rejected
                else:
                    by_shape.setdefault(found.shape, []).append(location)
            verdicts[location] = found
        for same in by_shape.values():
            decoded = self._each(same, lambda batch: self._decode(feed, batch), "its data cannot be decoded")
            for location, count in decoded:
                table = verdicts[location]
                if isinstance(count, Rejected):
                    verdicts[location] = count
                elif isinstance(table, Table) and count != table.record_count:
                    verdicts[location] = Rejected(
                        "unreadable",
                        f"its footer promises {table.record_count} records and its data holds {count}",
                        _WHOLE,
                    )
        return verdicts

    def copy_contract_columns(self, feed: Feed, location: str, target: str) -> None:
        """Write a file's contract columns, row by row in its order, to another Parquet file."""
        columns = ", ".join(_quoted(name) for name in feed.column_names)
        to = target.replace("'", "''")
        self._connection.execute(
            f"copy (select {columns} from read_parquet(?, hive_partitioning = false))"
            f" to '{to}' (format parquet)",
            [location],
        )

    def _each(
        self, locations: Sequence[str], read: Callable[[Sequence[str]], dict[str, _Found]], fault: str
    ) -> Iterator[tuple[str, _Found | Rejected]]:
        """Read a batch at once, or its halves where it cannot be; a file that fails alone has the fault."""
        if not locations:
            return
        found: dict[str, _Found] = {}
        cause = ""
        try:
            found = read(locations)
        except (duckdb.Error, MemoryError, UnicodeError) as error:
            # The text of DuckDB's error is not passed on: it may hold a value of the file.
            if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
                cause = ": it needs more memory than there is"
            if isinstance(error, duckdb.FatalException | duckdb.InternalException):
                self._connection = self._connect()
        if all(location in found for location in locations):
            yield from ((location, found[location]) for location in locations)
        elif len(locations) == 1:
            yield locations[0], Rejected("unreadable", fault + cause, _WHOLE)
        else:
            middle = len(locations) // 2
            yield from self._each(locations[:middle], read, fault)
            yield from self._each(locations[middle:], read, fault)

    def _footers(self, locations: Sequence[str]) -> dict[str, Table]:
        counts = dict(
            self._connection.execute(
                "select file_name, num_rows from parquet_file_metadata(?)", [list(locations)]
            ).fetchall()
        )
        columns = self._connection.execute(
            "select file_name,"
            " list([name, duckdb_type, repetition_type, num_children::varchar] order by column_id)"
            " from parquet_schema(?) group by file_name",
            [list(locations)],
        ).fetchall()
        return {name: Table(counts[name], _top_level(schema)) for name, schema in columns if name in counts}

    def _decode(self, feed: Feed, locations: Sequence[str]) -> dict[str, int]:
        # count() or min() of a column may be answered from the footer alone; a hash needs every value.
        columns = ", ".join(_quoted(name) for name in feed.column_names)
        rows = self._connection.execute(
            f'select "{_FILE}", count(*), bit_xor(hash({columns}))'
            f" from read_parquet(?, filename = '{_FILE}', hive_partitioning = false) group by all",
            [list(locations)],
        ).fetchall()
        counts = dict.fromkeys(locations, 0)  # a file without rows is in no group
        counts.update((location, count) for location, count, _ in rows)
        return counts


def _top_level(schema: list[list[str | None]]) -> tuple[tuple[str, str], ...]:
    """Keep the columns of the table itself: the schema lists the fields of nested ones after them."""
    columns: list[tuple[str, str]] = []
    position = 1  # the first entry is the table
    while position < len(schema):
        name, duckdb_type, repetition, _ = schema[position]
        text = str(duckdb_type).replace('"NULL"', "NULL")
        is_bare_list = repetition == "REPEATED" and not text.endswith("]")
        columns.append((str(name), text + "[]" if is_bare_list else text))
        position = _behind(schema, position)
    return tuple(columns)


def _behind(schema: list[list[str | None]], position: int) -> int:
    """Give the position behind an entry and all that is nested in it."""
    open_entries = 1
    while open_entries and position < len(schema):
        open_entries += int(schema[position][3] or 0) - 1
        position += 1
    return position


def _judge_columns(feed: Feed, table: Table) -> None:
    names = [name for name, _ in table.columns]
    expected = "the columns " + ", ".join(f"{column.name} ({column.family})" for column in feed.columns)
    missing = [name for name in feed.column_names if name not in names]
    if missing:
        folded = {name.casefold() for name in names}
        alike = [name for name in missing if name.casefold() in folded]
        words = f"it lacks {', '.join(missing)}"
        words += f" (it has {', '.join(alike)} in other case)" if alike else ""
        raise Rejected("missing_column", words, expected)
    # DuckDB takes the first of columns that differ in case only, whichever of them is asked for.
    folded_names = [name.casefold() for name in names]
    twice = [name for name in feed.column_names if folded_names.count(name.casefold()) > 1]
    if twice:
        words = f"it has {', '.join(twice)} more than once (case does not count)"
        raise Rejected("duplicate_column", words, expected)
    types = table.types(feed)
    wrong = [column for column in feed.columns if not _is_of_family(column, types[column.name])]
    if wrong:
        raise Rejected(
            "wrong_type",
            # A nested type holds names that the file gives.
            "; ".join(f"{column.name} is {scrub_name(types[column.name])}" for column in wrong),
            "; ".join(f"{column.name} of a type of the family {column.family}" for column in wrong),
        )


def _is_of_family(column: Column, duckdb_type: str) -> bool:
    return family_of(duckdb_type) in (column.family, UNTYPED)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
