"""The landing check of one CSV file: is it whole, and what records does it hold.

DuckDB's own CSV reader loads some broken files without a word (a header swallowed as data, the rest of a file
lost behind an open quote), so the records are read and counted here, and DuckDB gets them as text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from car.landing.contract import Feed
from car.landing.verdict import Rejected

# A quote that is never closed makes one field of the rest of the file; this bounds the memory it takes.
MAXIMUM_FIELD_CHARACTERS = 16 * 1024 * 1024
BATCH_ROWS = 10_000
BATCH_CHARACTERS = 8 * 1024 * 1024

_READ_BYTES = 1 << 16
_field_limit_lock = threading.RLock()

Record = tuple[str, ...]


@contextmanager
def long_fields() -> Iterator[None]:
    """Let the csv module read long fields; its limit holds for the whole process and is put back."""
    with _field_limit_lock:
        before = csv.field_size_limit(MAXIMUM_FIELD_CHARACTERS)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def header_text(feed: Feed) -> str:
    """Say which header a file of the feed must have."""
    return "UTF-8, comma-separated, with a header row that has each of: " + ", ".join(feed.column_names)


def read_records(
    feed: Feed,
    open_bytes: Callable[[], BinaryIO],
    take: Callable[[list[Record], int], None],
) -> tuple[list[str], int]:
    """Read one CSV file, strictly, and hand its records on in batches.

    Parameters:
        feed: the feed that the file is of.
        open_bytes: gives the file's bytes from the start, each time that it is called.
        take: gets batches of records, each with the contract's columns in their order (empty text for null),
            and the number of the first record of the batch (from 1). Batches of a file that is rejected later
            are handed on as well.

    Returns:
        The header as the file has it, and how many records follow it.

    Raises:
        Rejected: the file is not what docs/landing.md, "Values" and "What bad input gets", asks for.
    """
    try:
        return _read(feed, open_bytes(), take)
    except UnicodeDecodeError:
        line = _line_of_bad_byte(open_bytes())
        raise Rejected(
            "not_utf8", f"line {line} is not UTF-8", "UTF-8 text from the first byte to the last"
        ) from None


def _read(feed: Feed, stream: BinaryIO, take: Callable[[list[Record], int], None]) -> tuple[list[str], int]:
    # newline="" leaves line breaks to the csv module: LF, CRLF and CR end a record, and in quotes they stay.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="strict", newline="")
    reader = csv.reader(text, strict=True)
    header: list[str] = []
    count = 0
    first_line = 1
    try:
        header = next((record for record in reader if record), [])
        positions = _positions(feed, header)
        width = len(header)
        batch: list[Record] = []
        batch_characters = 0
        first_line = reader.line_num + 1
        for record in reader:
            if not record:  # a blank line
                first_line = reader.line_num + 1
                continue
            if len(record) != width:
                few_or_many = "few" if len(record) < width else "many"
                raise Rejected(
                    "field_count",
                    f"record {count + 1} (line {first_line}) has {_fields(len(record))}, too {few_or_many}",
                    f"{_fields(width)} in every record, as in the header",
                )
            count += 1
            batch.append(tuple([record[position] for position in positions]))
            batch_characters += sum(map(len, record))
            if len(batch) >= BATCH_ROWS or batch_characters >= BATCH_CHARACTERS:
                take(batch, count - len(batch) + 1)
                batch, batch_characters = [], 0
            first_line = reader.line_num + 1
        if batch:
            take(batch, count - len(batch) + 1)
    except csv.Error as error:
        where = f"record {count + 1} (line {first_line})" if header else "the header"
        raise _quoting(str(error), where) from None
    finally:
        text.detach()  # else the bytes are closed with it, and cannot be looked at again
    return header, count


def _positions(feed: Feed, header: list[str]) -> list[int]:
    """Find the contract's columns in a header, by their exact names."""
    expected = header_text(feed)
    if not header:
        raise Rejected("missing_column", "it has no header row", expected)
    missing = [name for name in feed.column_names if name not in header]
    if missing:
        # Without a header the first record stands in its place, so nothing of it is repeated here but the
        # contract's own names.
        near = {_loose(name) for name in header}
        alike = [name for name in missing if _loose(name) in near]
        words = f"the header lacks {', '.join(missing)}"
        if alike:
            words += f" (it has {', '.join(alike)} in other case or with spaces)"
        elif len(header) == 1:
            words += " (it has one column: is the delimiter a comma?)"
        elif len(missing) == len(feed.columns):
            words += " (is the first line a header?)"
        raise Rejected("missing_column", words, expected)
    twice = [name for name in feed.column_names if header.count(name) > 1]
    if twice:
        raise Rejected("duplicate_column", f"the header has {', '.join(twice)} more than once", expected)
    return [header.index(name) for name in feed.column_names]


def _quoting(error: str, where: str) -> Rejected:
    expected = (
        'RFC 4180 quotes: a field in quotes is closed before the next comma, a quote in it is written ""'
    )
    if "unexpected end of data" in error:
        return Rejected("unclosed_quote", f"a quote that {where} opens is never closed", expected)
    if "field limit" in error:
        return Rejected(
            "field_too_long",
            f"a field of {where} is longer than {MAXIMUM_FIELD_CHARACTERS:,} characters (an open quote?)",
            expected,
        )
    return Rejected("bad_quote", f"{where} has text behind a closing quote", expected)


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _loose(name: str) -> str:
    return re.sub(r"[\s_\u00a0\u200b\ufeff-]+", "", name).casefold()


def _line_of_bad_byte(stream: BinaryIO) -> int:
    """Count the line that holds the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    breaks = 0
    ends_in_cr = False
    while True:
        chunk = stream.read(_READ_BYTES)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            # What was decoded of this chunk before the byte at fault.
            text = error.object[: error.start].decode("utf-8")
            return breaks + _line_breaks(text, ends_in_cr) + 1
        breaks += _line_breaks(text, ends_in_cr)
        ends_in_cr = text.endswith("\r") if text else ends_in_cr
        if not chunk:
            return breaks + 1


def _line_breaks(text: str, after_cr: bool) -> int:
    count = len(re.findall(r"\r\n|\r|\n", text))
    return count - 1 if after_cr and text.startswith("\n") else count
