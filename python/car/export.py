"""Writes the CSVs of every recipient, as published.md lays them down. Knows no figure and no mart by name."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import duckdb
import numpy as np

from car.errors import CarError
from car.manifest import Catalogue, Publication
from car.warehouse import quote_name, quote_text, records

# landing.md, Key formats: a party's id becomes a folder name.
_PARTY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PATH_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# White space as Unicode has it and the information separators, which spreadsheets trim alike.
_WHITE_SPACE = (
    r"[\x{09}-\x{0D}\x{1C}-\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}"
    r"\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
)
# Text that a spreadsheet would run: a formula's first character or its full-width form, after white space
# or none; or a first character that ends a cell (published.md, CSV).
_RUNS_IN_SPREADSHEET = rf"^(?:[\t\r\n]|{_WHITE_SPACE}*[=+\-@\x{{FF1D}}\x{{FF0B}}\x{{FF0D}}\x{{FF20}}])"

# `comment ''`: otherwise DuckDB also quotes text that starts with `#`.
_CSV_FORMAT = """format csv, delimiter ',', quote '"', escape '"', comment '', nullstr ''"""
CSV_OPTIONS = f"{_CSV_FORMAT}, header true"


# A COPY of its own costs as much as writing some thousand rows: small files are written in runs, by one COPY,
# and cut apart. The 6,003 files of the demo month took 3.7 s of CPU instead of 17.
_ROWS_COPIED_ALONE = 20_000
_ROWS_OF_A_RUN = 200_000

# The marts sorted for publication, in a database of their own that goes when the files are written.
_SORTED = "sorted_marts"
_POSITION = "car_position_in_mart"


@dataclass(frozen=True)
class PublishedFile:
    """One CSV that was written.

    Attributes:
        role: User Role in which the party gets it.
        path: relative to the party's folder.
        size_bytes: its length.
        rows: how many records it has, without the header.
    """

    party_id: str
    role: str
    path: str
    size_bytes: int
    sha256: str
    rows: int
    publication: Publication


@dataclass(frozen=True)
class _Task:
    """One file to write: the values of its split columns, and how many rows the mart has for it."""

    publication: Publication
    values: tuple[str, ...]
    path: str
    rows: int


def export(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    month: str,
    parties_dir: Path,
    threads: int,
    party_id: str | None = None,
    progress: Callable[..., None] | None = None,
) -> list[PublishedFile]:
    """Write the CSVs of all recipients, or of one party, below `parties_dir`.

    Parameters:
        connection: the warehouse, opened to read.
        month: the reporting month, `YYYY-MM`; no other row may be in a mart.
        parties_dir: gets one folder per party; must be empty or new.
        threads: files written at a time.
        party_id: write this party's files only.
        progress: called with (files done, files in all).

    Returns:
        The files, sorted by party and path.

    Raises:
        CarError: a mart has rows of another month, or for somebody who is not owed them, or an id that
            cannot be a folder name.
    """
    owed = _obligations(connection, catalogue, month)
    tasks = [
        task
        for publication in catalogue.publications
        for task in _tasks(connection, publication, owed, month)
        if party_id in (None, task.values[0])
    ]
    for party in sorted({task.values[0] for task in tasks}):
        (parties_dir / party).mkdir(parents=True)
    for folder in sorted({(parties_dir / task.values[0] / task.path).parent for task in tasks}):
        folder.mkdir(parents=True, exist_ok=True)

    scratch = parties_dir.parent / f"{_SORTED}.duckdb"
    connection.execute(f"attach {quote_text(str(scratch))} as {_SORTED} (read_write)")
    try:
        return _write_all(connection, catalogue, tasks, parties_dir, threads, progress)
    finally:
        connection.execute(f"detach {_SORTED}")
        scratch.unlink(missing_ok=True)


def _write_all(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    tasks: list[_Task],
    parties_dir: Path,
    threads: int,
    progress: Callable[..., None] | None,
) -> list[PublishedFile]:
    marts = {
        publication.name: _Sorted(
            connection,
            publication,
            [task for task in tasks if task.publication == publication],
            f"mart_{number}",
        )
        for number, publication in enumerate(catalogue.publications)
    }
    local = threading.local()

    def write(run: list[_Task]) -> list[PublishedFile]:
        if not hasattr(local, "cursor"):
            local.cursor = connection.cursor()
        return _write_run(local.cursor, marts[run[0].publication.name], run, parties_dir)

    files: list[PublishedFile] = []
    runs = [run for mart in marts.values() for run in mart.runs]
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        try:
            for written in pool.map(write, runs):
                files.extend(written)
                if progress is not None:
                    progress(len(files), len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(files, key=lambda file: (file.party_id, file.path))


def recipients(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, month: str
) -> set[tuple[str, str]]:
    """Tell who is owed anything this month, as (party_id, role)."""
    return {(party, role) for party, role, _ in _obligations(connection, catalogue, month)}


def check_party_ids(party_ids: Iterable[str]) -> None:
    """Refuse party ids that cannot be folder names side by side.

    Raises:
        CarError: one is not of the form of landing.md, or two differ in upper and lower case only.
    """
    seen: dict[str, str] = {}
    for party in sorted(set(party_ids)):
        if not _PARTY_ID.fullmatch(party):
            raise CarError(
                "A party_id in the warehouse is not of the form that landing.md lays down."
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
    split = ", ".join(quote_name(column) for column in publication.split)
    groups = connection.execute(
        f"select {split}, count(*), count(*) filter (where reporting_month is distinct from ?)"
        f" from {publication.relation} group by all",
        [month],
    ).fetchall()
    counts = {group[:-2]: group[-2] for group in groups}
    if any(group[-1] for group in groups):
        raise CarError(f"{publication.relation} has rows of another month than {month}.")
    entitled = {(party, role) for party, role, report in owed if report == publication.report}
    strangers = {values[:2] for values in counts} - entitled
    if strangers:
        raise CarError(
            f"{publication.relation} has rows for {len(strangers)} recipients who are not owed the report"
            f" `{publication.report}`. Nothing was published."
        )
    if publication.always:
        counts = {values: counts.get(values, 0) for values in entitled}
    for values in sorted(counts, key=str):
        if not all(isinstance(value, str) and _PATH_PART.fullmatch(value) for value in values):
            raise CarError(
                f"{publication.relation}: a value of {', '.join(publication.split)} cannot stand in a path."
            )
        path = publication.path.format(**dict(zip(publication.split, values, strict=True)))
        yield _Task(publication, values, path, counts[values])


class _Sorted:
    """A publication's rows as they are published, sorted once: each file is a range of it.

    Formats and a sort in the query of each file would cost more than the writing of most files.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, publication: Publication, tasks: list[_Task], name: str
    ) -> None:
        described = connection.execute(f"describe {publication.relation}").fetchall()
        types = {row[0]: row[1] for row in described}
        names = [column.name for column in publication.columns]
        missing = [name for name in names if name not in types]
        if missing:
            raise CarError(f"{publication.relation} lacks the published columns {', '.join(missing)}.")
        prefixed = _needs_prefix(
            connection, publication.relation, [name for name in names if types[name] == "VARCHAR"]
        )
        values = [_value(name, types[name]) for name in names]
        shown = [
            f"{_shown(value, types[name], name in prefixed)} as {quote_name(name)}"
            for value, name in zip(values, names, strict=True)
        ]
        split = [f"mart.{quote_name(column)}" for column in publication.split]
        # Before the prefix, after rounding and cutting: what is read decides the order.
        order = ", ".join(f"{value} asc nulls last" for value in [*split, *values])
        owners = ", ".join(map(quote_text, sorted({task.values[0] for task in tasks}))) or "null"
        self._table = f"{_SORTED}.{quote_name(name)}"
        self._names = ", ".join(map(quote_name, names))
        connection.execute(
            f"create table {self._table} as"
            f" select {', '.join(shown)}, row_number() over (order by {order}) as {_POSITION}"
            f" from {publication.relation} as mart where {split[0]} in ({owners}) order by {_POSITION}"
        )
        # Files follow each other as DuckDB orders text: by code point.
        ordered = sorted(tasks, key=lambda task: [value.encode() for value in task.values])
        self._begins: dict[tuple[str, ...], int] = {}
        position = 1
        for task in ordered:
            self._begins[task.values] = position
            position += task.rows
        has_breaks = _has_line_breaks(
            connection, publication.relation, [name for name in names if types[name] == "VARCHAR"]
        )
        self.runs = [[task] for task in ordered] if has_breaks else _runs_of(ordered)

    def rows_of(self, run: list[_Task]) -> str:
        """Give the query of the rows of files that follow each other."""
        first, rows = self._begins[run[0].values], sum(task.rows for task in run)
        return (
            f"select {self._names} from {self._table}"
            f" where {_POSITION} between {first} and {first + rows - 1} order by {_POSITION}"
        )


def _runs_of(ordered: list[_Task]) -> list[list[_Task]]:
    """Put files that follow each other together, up to so many rows; a large one stays alone."""
    runs: list[list[_Task]] = []
    rows = 0
    for task in ordered:
        if not runs or task.rows >= _ROWS_COPIED_ALONE or rows + task.rows > _ROWS_OF_A_RUN:
            runs.append([])
            rows = 0
        runs[-1].append(task)
        rows += task.rows if task.rows < _ROWS_COPIED_ALONE else _ROWS_OF_A_RUN
    return runs


def _has_line_breaks(connection: duckdb.DuckDBPyConnection, relation: str, texts: list[str]) -> bool:
    """Tell whether a text has a line break in it, so that a line of the CSV need not be a record."""
    if not texts:
        return False
    tests = " or ".join(f"contains(mart.{quote_name(name)}, chr(10))" for name in texts)
    query = f"select coalesce(bool_or({tests}), false) from {relation} as mart"
    return connection.execute(query).fetchall()[0][0]


def _needs_prefix(connection: duckdb.DuckDBPyConnection, relation: str, texts: list[str]) -> set[str]:
    """Tell which columns hold text that a spreadsheet would run.

    Asked once for the whole mart: compiling the expression for each file and column would take longer than
    writing most files.
    """
    if not texts:
        return set()
    tests = ", ".join(f"coalesce(bool_or({_runs(f'mart.{quote_name(name)}')}), false)" for name in texts)
    found = connection.execute(f"select {tests} from {relation} as mart").fetchall()[0]
    return {name for name, needed in zip(texts, found, strict=True) if needed}


def _runs(text: str) -> str:
    return f"regexp_matches({text}, '{_RUNS_IN_SPREADSHEET}')"


def _value(name: str, duckdb_type: str) -> str:
    value = f"mart.{quote_name(name)}"
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        value = f"timezone('UTC', {value})"
    return f"date_trunc('second', {value})" if duckdb_type.startswith("TIMESTAMP") else value


def _shown(value: str, duckdb_type: str, is_prefixed: bool) -> str:
    if duckdb_type.startswith("TIMESTAMP"):
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%SZ')"
    return f"if({_runs(value)}, '''' || {value}, {value})" if is_prefixed else value


def _write_run(
    cursor: duckdb.DuckDBPyConnection, mart: _Sorted, run: list[_Task], parties_dir: Path
) -> list[PublishedFile]:
    """Write files that follow each other in their mart, by one COPY."""
    rows = sum(task.rows for task in run)
    header = (",".join(column.name for column in run[0].publication.columns) + "\n").encode()
    targets = [parties_dir / task.values[0] / task.path for task in run]
    if len(run) == 1 and rows:
        _copy(cursor, mart.rows_of(run), targets[0], rows, CSV_OPTIONS)
        return [_published(run[0], *digest(targets[0]))]
    lines, ends = b"", np.zeros(1, dtype=np.int64)
    if rows:
        together = parties_dir.parent / f".run-{threading.get_ident()}.csv"
        _copy(cursor, mart.rows_of(run), together, rows, f"{_CSV_FORMAT}, header false")
        lines = together.read_bytes()
        together.unlink()
        ends = np.append(ends, np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == ord("\n")) + 1)
        if len(ends) != rows + 1:
            raise CarError(f"{run[0].publication.relation}: counted {rows:,} rows and cannot cut them apart.")
    files = []
    done = 0
    for task, target in zip(run, targets, strict=True):
        content = header + lines[ends[done] : ends[done + task.rows]]
        done += task.rows
        target.write_bytes(content)
        files.append(_published(task, len(content), sha256(content).hexdigest()))
    return files


def _copy(cursor: duckdb.DuckDBPyConnection, query: str, target: Path, rows: int, options: str) -> None:
    copied = cursor.execute(f"copy ({query}) to {quote_text(str(target))} ({options})").fetchall()[0][0]
    if copied != rows:
        raise CarError(f"A mart has {rows:,} rows for {target.name}, and {copied:,} were written.")


def _published(task: _Task, size_bytes: int, digest_text: str) -> PublishedFile:
    return PublishedFile(*task.values[:2], task.path, size_bytes, digest_text, task.rows, task.publication)


def digest(path: Path) -> tuple[int, str]:
    """Give a file's length in bytes and its SHA-256."""
    with path.open("rb") as handle:
        sha256 = file_digest(handle, "sha256").hexdigest()
        return handle.tell(), sha256
