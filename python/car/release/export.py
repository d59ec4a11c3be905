"""Writes the CSVs of every recipient, as docs/published.md says. Knows no figure and no mart by name."""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import duckdb

from car.errors import CarError
from car.release.places import INDUSTRY, place_of
from car.warehouse.catalogue import Catalogue, Publication
from car.warehouse.database import quote_name, quote_text, records
from car.warehouse.declaration import IS_NUMBER

# A party's id becomes a folder name (docs/landing.md, "Key formats").
_PARTY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PATH_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# White space as Unicode has it and the information separators, which spreadsheets trim alike.
WHITE_SPACE = "".join(
    map(
        chr,
        (
            *(*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)),
            *(0x2028, 0x2029, 0x202F, 0x205F, 0x3000),
        ),
    )
)
# A formula's first character, or its full-width form.
FORMULA_SIGNS = "=+-@" + "".join(map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))


def _any_of(characters: str) -> str:
    return "[" + "".join(rf"\x{{{ord(character):X}}}" for character in characters) + "]"


# Text that a spreadsheet would run: a formula's sign after white space or none; or a first character that
# ends a cell (docs/published.md, "CSV conventions").
_RUNS_IN_SPREADSHEET = rf"^(?:[\t\r\n]|{_any_of(WHITE_SPACE)}*{_any_of(FORMULA_SIGNS)})"

# `comment ''`: otherwise DuckDB also quotes text that starts with `#`.
_CSV_FORMAT = """format csv, delimiter ',', quote '"', escape '"', comment '', nullstr ''"""
CSV_OPTIONS = f"{_CSV_FORMAT}, header true"
PIPE_FORMAT = f"{_CSV_FORMAT}, header false, use_tmp_file false"

# How much of a mart's rows is held in memory while they are cut apart.
_BLOCK_BYTES = 1 << 18

# Marts that are written file by file, sorted, in a database of their own that goes with the last file.
_SORTED = "sorted_marts"


@dataclass(frozen=True)
class PublishedFile:
    """One CSV that was written.

    Attributes:
        party_id: whose it is; `INDUSTRY` of a file of the industry's report.
        role: User Role in which the party gets it; None where it gets it whatever its roles.
        path: relative to the recipient's folder.
        size_bytes: its length.
        rows: how many records it has, without the header.
    """

    party_id: str
    role: str | None
    path: str
    size_bytes: int
    sha256: str
    rows: int
    publication: Publication


@dataclass(frozen=True)
class _Task:
    """One file to write: whose it is, the values of its split columns, and how many rows it has."""

    publication: Publication
    party: str
    role: str | None
    values: tuple[str, ...]
    path: str
    rows: int

    def target(self, release: Path) -> Path:
        """Give the file to write."""
        return release / place_of(self.party) / self.path


def export(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    month: str,
    release: Path,
    threads: int,
    party_id: str | None = None,
    progress: Callable[..., None] | None = None,
    with_industry: bool = True,
) -> list[PublishedFile]:
    """Write the CSVs of all recipients, or of one party, into their folders of a release.

    Parameters:
        connection: the warehouse, opened to read.
        month: the reporting month, `YYYY-MM`; no other row may be in a mart.
        release: gets a folder per recipient; must hold none yet.
        threads: files written at a time.
        party_id: write this party's files only.
        progress: called with (files done, files in all).
        with_industry: write the files of the industry's report, which may not be built.

    Returns:
        The files, sorted by recipient and path.

    Raises:
        CarError: a mart has rows of another month, or for somebody who is not owed them, or an id that
            cannot be a folder name, or a text in place of a number.
    """
    owed = _obligations(connection, catalogue, month)
    tasks = [
        task
        for publication in catalogue.publications
        if with_industry or not publication.is_industry
        for task in _tasks(connection, publication, owed, month)
        if party_id in (None, task.party)
    ]
    for recipient in sorted({task.party for task in tasks}):
        (release / place_of(recipient)).mkdir(parents=True)
    for folder in sorted({task.target(release).parent for task in tasks}):
        folder.mkdir(parents=True, exist_ok=True)

    scratch = release / f"{_SORTED}.duckdb"
    connection.execute(f"attach {quote_text(str(scratch))} as {_SORTED} (read_write)")
    try:
        return _write_all(connection, catalogue, tasks, release, threads, progress)
    finally:
        connection.execute(f"detach {_SORTED}")
        scratch.unlink(missing_ok=True)


def _write_all(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    tasks: list[_Task],
    release: Path,
    threads: int,
    progress: Callable[..., None] | None,
) -> list[PublishedFile]:
    """Write the marts one after another."""
    files: list[PublishedFile] = []
    by_publication: dict[str, list[_Task]] = {}
    for task in tasks:
        by_publication.setdefault(task.publication.name, []).append(task)

    def written(file: PublishedFile) -> None:
        files.append(file)
        if progress is not None:
            progress(len(files), len(tasks))

    with ThreadPoolExecutor(max_workers=1) as cutter, ThreadPoolExecutor(max_workers=threads) as writers:
        try:
            for publication in catalogue.publications:
                # Files follow each other as DuckDB orders text: by code point.
                of_mart = sorted(
                    by_publication.get(publication.name, []),
                    key=lambda task: [value.encode() for value in task.values],
                )
                if not of_mart:
                    continue
                mart = _Mart(connection, publication, of_mart)
                # What is the same for all is written for the first, and the others get its bytes.
                of_its_own = of_mart if publication.split else of_mart[:1]
                if mart.has_line_breaks:
                    for file in _write_each(connection, mart, of_its_own, release, writers):
                        written(file)
                else:
                    _write_together(connection, mart, of_its_own, release, cutter, written)
                for task in of_mart[len(of_its_own) :]:
                    written(_copied(files[-1], task, release))
        except BaseException:
            writers.shutdown(cancel_futures=True)
            raise
    return sorted(files, key=lambda file: (file.party_id, file.path))


def recipients(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, month: str
) -> set[tuple[str, str]]:
    """Tell who is owed anything this month, as (party_id, role)."""
    return _recipients(_obligations(connection, catalogue, month))


def _recipients(owed: Iterable[tuple[str, str, str]]) -> set[tuple[str, str]]:
    return {(party, role) for party, role, _ in owed}


def check_party_ids(party_ids: Iterable[str]) -> None:
    """Refuse party ids that cannot be folder names side by side.

    Raises:
        CarError: one is not of its form (docs/landing.md, "Key formats"), or two differ in case only.
    """
    seen: dict[str, str] = {}
    for party in sorted(set(party_ids)):
        if not _PARTY_ID.fullmatch(party):
            raise CarError(
                "A party_id in the warehouse is not of the form that the contract of the feeds asks for."
                " Nothing was published."
            )
        if party.casefold() in seen:
            raise CarError(
                f"Parties {seen[party.casefold()]} and {party} differ in upper and lower case only."
            )
        seen[party.casefold()] = party


def _obligations(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, month: str
) -> set[tuple[str, str, str]]:
    rows = records(connection, catalogue.obligations)
    if any(row["reporting_month"] != month for row in rows):
        raise CarError(f"{catalogue.obligations} has rows of another month than {month}.")
    check_party_ids(row["party_id"] for row in rows)
    return {(row["party_id"], row["role"], row["report"]) for row in rows}


def _tasks(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    owed: set[tuple[str, str, str]],
    month: str,
) -> Iterator[_Task]:
    """Tell which files a publication has: one per recipient and split with rows, and the `always` ones."""
    if publication.is_industry:
        rows = _counts(connection, publication, month).get((), 0)
        yield _Task(publication, INDUSTRY, None, (), publication.path, rows)
        return
    if publication.report is None:
        yield from _tasks_of_no_report(connection, publication, owed)
        return
    counts = _counts(connection, publication, month)
    entitled = _recipients(one for one in owed if one[2] == publication.report)
    _refuse_strangers(publication, {values[:2] for values in counts} - entitled)
    if publication.always:
        counts = {values: counts.get(values, 0) for values in entitled}
    for values in sorted(counts, key=str):
        if not all(isinstance(value, str) and _PATH_PART.fullmatch(value) for value in values):
            raise CarError(
                f"{publication.relation}: a value of {', '.join(publication.split)} cannot stand in a path."
            )
        path = publication.path.format(**dict(zip(publication.split, values, strict=True)))
        yield _Task(publication, *values[:2], values, path, counts[values])


def _tasks_of_no_report(
    connection: duckdb.DuckDBPyConnection, publication: Publication, owed: set[tuple[str, str, str]]
) -> Iterator[_Task]:
    """Tell which files a publication of no report has: one per party that is owed any report."""
    counts = _counts(connection, publication, None)
    parties = {party for party, _ in _recipients(owed)}
    values_of = {party: (party,) if publication.split else () for party in sorted(parties)}
    _refuse_strangers(publication, set(counts) - set(values_of.values()))
    for party, values in values_of.items():
        rows = counts.get(values, 0)
        if rows or publication.always:
            yield _Task(publication, party, None, values, publication.path, rows)


def _counts(
    connection: duckdb.DuckDBPyConnection, publication: Publication, month: str | None
) -> dict[tuple[str, ...], int]:
    """Count the rows of each file of a publication, by the values of its split columns.

    Parameters:
        month: that every row must be of; None where the mart says none.

    Raises:
        CarError: a row is of another month.
    """
    split = [quote_name(column) for column in publication.split]
    others = "0" if month is None else "count(*) filter (where reporting_month is distinct from ?)"
    counted = f"select {', '.join([*split, 'count(*)', others])} from {publication.relation}"
    grouped = f" group by {', '.join(split)}" if split else ""
    groups = connection.execute(counted + grouped, [] if month is None else [month]).fetchall()
    if any(group[-1] for group in groups):
        raise CarError(f"{publication.relation} has rows of another month than {month}.")
    return {group[:-2]: group[-2] for group in groups}


def _refuse_strangers(publication: Publication, strangers: set[tuple[str, ...]]) -> None:
    if strangers:
        what = f"the report `{publication.report}`" if publication.report else "any report"
        raise CarError(
            f"{publication.relation} has rows for {len(strangers)} recipients who are not owed {what}."
            " Nothing was published."
        )


class _Mart:
    """A publication's rows as they are published, and how they follow each other.

    Attributes:
        has_line_breaks: a text has a line break in it, so that a line of the CSV need not be a record.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, publication: Publication, tasks: list[_Task]
    ) -> None:
        described = connection.execute(f"describe {publication.relation}").fetchall()
        types = {row[0]: row[1] for row in described}
        names = [column.name for column in publication.columns]
        missing = [name for name in names if name not in types]
        if missing:
            raise CarError(f"{publication.relation} lacks the published columns {', '.join(missing)}.")
        numbers = {column.name for column in publication.columns if column.is_number_as_text}
        _refuse_no_numbers(connection, publication.relation, sorted(numbers))
        texts = [name for name in names if types[name] == "VARCHAR" and name not in numbers]
        prefixed, self.has_line_breaks = _texts_to_mind(connection, publication.relation, texts)
        values = [_value(name, types[name]) for name in names]
        shown = [
            f"{_shown(value, types[name], name in prefixed)} as {quote_name(name)}"
            for value, name in zip(values, names, strict=True)
        ]
        split = [f"mart.{quote_name(column)}" for column in publication.split]
        owners = ", ".join(map(quote_text, sorted({task.party for task in tasks})))
        owned = f" where {split[0]} in ({owners})" if split else ""
        self._rows = f"select {', '.join(shown)} from {publication.relation} as mart{owned}"
        # Before the prefix, after rounding and cutting: what is read decides the order.
        deciding = [*split, *values[: deciding_count(publication)]]
        self._order = ", ".join(f"{value} asc nulls last" for value in deciding)

    def sorted_rows(self) -> str:
        """Give the query of the rows of all files, one after another."""
        return f"{self._rows} order by {self._order}"


def deciding_count(publication: Publication) -> int:
    """Tell how many of a file's columns decide the order of its rows: none behind the last of the file's key.

    30 million rows of the inventory took 96 s of CPU to publish so, 104 s sorted by all of their columns.
    """
    names = [column.name for column in publication.columns]
    return max((names.index(name) + 1 for name in publication.file_key), default=len(names))


def _texts_to_mind(
    connection: duckdb.DuckDBPyConnection, relation: str, texts: list[str]
) -> tuple[set[str], bool]:
    """Tell which columns hold text that a spreadsheet would run, and whether any holds a line break.

    Asked once for the whole mart: compiling the expressions for each file and column would take longer than
    writing most files.
    """
    if not texts:
        return set(), False
    columns = [f"mart.{quote_name(name)}" for name in texts]
    breaks = " or ".join(f"contains({column}, chr(10))" for column in columns)
    tests = ", ".join(f"coalesce(bool_or({test}), false)" for test in [*map(_runs, columns), breaks])
    *found, has_breaks = connection.execute(f"select {tests} from {relation} as mart").fetchall()[0]
    return {name for name, needed in zip(texts, found, strict=True) if needed}, has_breaks


def _refuse_no_numbers(connection: duckdb.DuckDBPyConnection, relation: str, numbers: list[str]) -> None:
    """Refuse texts that are no numbers in columns that show numbers: these get no apostrophe.

    Raises:
        CarError: names the columns.
    """
    if not numbers:
        return
    form = quote_text(IS_NUMBER)
    tests = [
        f"coalesce(bool_or(not regexp_full_match({quote_name(name)}, {form})), false)" for name in numbers
    ]
    found = connection.execute(f"select {', '.join(tests)} from {relation}").fetchall()[0]
    if wrong := [name for name, is_wrong in zip(numbers, found, strict=True) if is_wrong]:
        raise CarError(
            f"{relation} holds what is no number in {', '.join(wrong)}, declared to show numbers."
            " Nothing was published."
        )


def _runs(text: str) -> str:
    # The pattern is looked for only behind a first character that can begin it, which few texts have. Both
    # functions have one column alone, so that DuckDB asks them once for each different text of a block.
    begins = f"contains({quote_text(WHITE_SPACE + FORMULA_SIGNS)}, substring({text}, 1, 1))"
    return f"case when {begins} then regexp_matches({text}, '{_RUNS_IN_SPREADSHEET}') else false end"


def _value(name: str, duckdb_type: str) -> str:
    value = f"mart.{quote_name(name)}"
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        value = f"timezone('UTC', {value})"
    return f"date_trunc('second', {value})" if duckdb_type.startswith("TIMESTAMP") else value


def _shown(value: str, duckdb_type: str, is_prefixed: bool) -> str:
    if duckdb_type.startswith("TIMESTAMP"):
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%SZ')"
    return f"if({_runs(value)}, '''' || {value}, {value})" if is_prefixed else value


def _write_each(
    connection: duckdb.DuckDBPyConnection,
    mart: _Mart,
    tasks: list[_Task],
    release: Path,
    writers: ThreadPoolExecutor,
) -> Iterator[PublishedFile]:
    """Write each file by a COPY of its own, a range of the mart sorted once."""
    table = f"{_SORTED}.{quote_name(tasks[0].publication.name)}"
    connection.execute(f"create table {table} as {mart.sorted_rows()}")
    begins = list(accumulate((task.rows for task in tasks), initial=0))
    local = threading.local()

    def write(task: _Task, begin: int) -> PublishedFile:
        if not hasattr(local, "cursor"):
            local.cursor = connection.cursor()
        target = task.target(release)
        # The rowid of a table that was made in order is the place in that order.
        rows = f"select * from {table} where rowid between {begin} and {begin + task.rows - 1} order by rowid"
        if task.rows:
            _copy(local.cursor, rows, target, task.rows, CSV_OPTIONS)
        else:
            target.write_bytes(_header(task.publication))
        return _published(task, *digest(target))

    return writers.map(write, tasks, begins)


def _write_together(
    connection: duckdb.DuckDBPyConnection,
    mart: _Mart,
    tasks: list[_Task],
    release: Path,
    cutter: ThreadPoolExecutor,
    written: Callable[[PublishedFile], None],
) -> None:
    """Write all files of a mart by one COPY into a pipe; what comes out of it is cut into files.

    A COPY for each file costs as much as some thousand rows: the 6,003 files of the demo month took 17 s of
    CPU by a COPY each, and 1.9 s cut apart. A pipe does without a second copy of the mart on the disk.
    """
    reader, writer = os.pipe()
    cutting = cutter.submit(_cut, reader, tasks, release, written)
    try:
        rows = sum(task.rows for task in tasks)
        _copy(connection, mart.sorted_rows(), Path(f"/dev/fd/{writer}"), rows, PIPE_FORMAT)
    finally:
        os.close(writer)
    cutting.result()


def _cut(reader: int, tasks: list[_Task], release: Path, written: Callable[[PublishedFile], None]) -> None:
    """Cut the rows of a mart, a line each, into its files.

    Parameters:
        reader: the end of a pipe that the lines come out of; is closed.

    Raises:
        CarError: there are more lines than rows, or fewer.
    """
    with open(reader, "rb") as lines:
        try:
            _cut_lines(lines, tasks, release, written)
        except BaseException:
            # Nobody may be left to write into a pipe that is not read: DuckDB would wait for ever.
            while lines.read(_BLOCK_BYTES):
                pass
            raise


def _cut_lines(
    lines: BinaryIO, tasks: list[_Task], release: Path, written: Callable[[PublishedFile], None]
) -> None:
    # Takes longer to import than the commands that publish nothing need for all else that they import.
    import numpy as np

    header = _header(tasks[0].publication)
    hashed_header = sha256(header)
    block, ends, line, begin = b"", np.zeros(0, dtype=np.int64), 0, 0
    for task in tasks:
        content = hashed_header.copy()
        size_bytes = len(header)
        left = task.rows
        with task.target(release).open("wb") as target:
            target.write(header)
            while left:
                if line == len(ends):
                    read = lines.read(_BLOCK_BYTES)
                    if not read:
                        raise CarError(f"{task.publication.relation}: a row is no line of the CSV.")
                    block = block[begin:] + read
                    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")) + 1
                    line, begin = 0, 0
                    continue
                taken = min(left, len(ends) - line)
                line += taken
                part = memoryview(block)[begin : ends[line - 1]]
                begin = int(ends[line - 1])
                target.write(part)
                content.update(part)
                size_bytes += len(part)
                left -= taken
        written(_published(task, size_bytes, content.hexdigest()))
    if begin != len(block) or lines.read(1):
        raise CarError(f"{tasks[0].publication.relation}: a row is more than one line of the CSV.")


def _header(publication: Publication) -> bytes:
    return (",".join(column.name for column in publication.columns) + "\n").encode()


def _copy(cursor: duckdb.DuckDBPyConnection, query: str, target: Path, rows: int, options: str) -> None:
    copied = cursor.execute(f"copy ({query}) to {quote_text(str(target))} ({options})").fetchall()[0][0]
    if copied != rows:
        raise CarError(f"A mart has {rows:,} rows for {target.name}, and {copied:,} were written.")


def _published(task: _Task, size_bytes: int, digest_text: str) -> PublishedFile:
    return PublishedFile(
        task.party, task.role, task.path, size_bytes, digest_text, task.rows, task.publication
    )


def _copied(file: PublishedFile, task: _Task, release: Path) -> PublishedFile:
    """Give another party the bytes of a file that was written."""
    shutil.copyfile(release / place_of(file.party_id) / file.path, task.target(release))
    return replace(file, party_id=task.party)


def digest(path: Path) -> tuple[int, str]:
    """Give a file's length in bytes and its SHA-256."""
    with path.open("rb") as handle:
        sha256 = file_digest(handle, "sha256").hexdigest()
        return handle.tell(), sha256
