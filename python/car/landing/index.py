"""The landing index: what the landing check leaves for dbt to read.

`files.parquet` has a row per file of the landing zone; `<feed>.parquet` has a CSV feed's records as text. By
`seal` the next check knows whether it may believe them.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from car.landing.contract import Feed
from car.landing.csv_files import BATCH_CHARACTERS, BATCH_ROWS, Record
from car.landing.verdict import Rejected
from car.landing.verdict_memory import FILES, seal
from car.landing.zone import (
    FileBytes,
    InputFile,
    LandingError,
    LocalZone,
    RemoteZone,
    glob_literal,
    is_encodable,
    is_plain,
    wildcard,
)

NAME = "landing"

_LOAD_MEMORY = "256MiB"
_LINK_DIGITS = 8


@dataclass
class Entry:
    """One input file and what became of it."""

    number: int
    file: InputFile
    read: FileBytes | None = None
    location: str = ""
    opened_as: str = ""
    """What DuckDB opens during the check."""
    link: Path | None = None
    rejected: Rejected | None = None
    record_count: int | None = None
    shape: str | None = None
    column_types: dict[str, str] | None = None
    extra_columns: list[str] | None = None


class Index:
    """Writes a landing index beside the one in force, and puts it in its place in one step.

    Parameters:
        work: folder that the index stands in, as `landing`.
        zone: where the files come from.
        threads: how many threads DuckDB may use.
    """

    def __init__(self, work: Path, zone: LocalZone | RemoteZone, threads: int) -> None:
        self._work = Path(os.path.abspath(work))
        self._zone = zone
        self._final = self._work / NAME
        self._new = self._work / f".{NAME}.new"
        self._old = self._work / f".{NAME}.old"
        self._work.mkdir(parents=True, exist_ok=True)
        self._remove_left_over()
        self._new.mkdir()
        self._links = 0
        self._loads: dict[str, list[Record]] = {}
        self._recalled: dict[str, list[int]] = {}
        self._waiting_rows = 0
        self._waiting_characters = 0
        self._columns: dict[str, tuple[str, ...]] = {}
        self._database = duckdb.connect(
            str(self._new / "load.duckdb"),
            config={
                "threads": threads,
                "memory_limit": _LOAD_MEMORY,
                "temp_directory": str(self._new / "spill"),
            },
        )

    @property
    def folder(self) -> Path:
        """Where the index stands once it is in force."""
        return self._final

    def place(self, entry: Entry) -> None:
        """Decide by which location DuckDB opens a Parquet file, now and later.

        DuckDB reads each path as a pattern. A file whose path would be one gets a link of its own, by a
        pattern of the path's own length that matches it alone: so a location always ends where the path
        does, and names one file.

        Raises:
            FileUnreadable: the file has gone.
        """
        entry.location = entry.opened_as = entry.file.source
        if is_plain(entry.file.source):
            return
        link = self._link(entry)
        self._zone.place(entry.file, link)
        plain = self._new / "check" / f"{entry.number}.parquet"
        plain.parent.mkdir(exist_ok=True)
        self._zone.place(entry.file, plain)
        entry.opened_as = plain.as_posix()

    def copy_target(self, entry: Entry) -> str:
        """Give the path for a copy that is to be read instead of a file."""
        if entry.link is not None:  # the copy replaces the link
            entry.link.unlink()
        return (entry.link or self._link(entry)).as_posix()

    def _link(self, entry: Entry) -> Path:
        work = self._work.as_posix()
        if not is_plain(work) or "\\" in work:
            raise LandingError(
                "The landing zone has names that DuckDB would read as patterns, and the working folder "
                f"{self._work} has one of * ? [ or a backslash in its own. Choose another working folder."
            )
        self._links += 1
        # DuckDB takes a backslash in a pattern for a separator, though not in a plain path.
        name = entry.file.path if is_plain(entry.file.path) else entry.file.path.replace("\\", "_")
        below = Path("links") / str(self._links).zfill(_LINK_DIGITS) / name
        entry.location = wildcard((self._final / below).as_posix())
        entry.link = self._new / below
        entry.link.parent.mkdir(parents=True)
        return entry.link

    def load(self, feed: Feed, number: int, records: list[Record], first: int) -> None:
        """Take records of a CSV file, which may still be discarded.

        Parameters:
            feed: the feed that the records are of.
            number: number of the file's entry.
            records: the contract's columns in their order, empty text for null.
            first: number of the first of them in the file, from 1.
        """
        self._columns[feed.name] = feed.column_names
        rows = self._loads.setdefault(feed.name, [])
        rows.extend((str(number), str(first + offset), *record) for offset, record in enumerate(records))
        self._waiting_rows += len(records)
        self._waiting_characters += sum(len(value) for record in records for value in record)
        # Small files share an insert, so that ten thousand of them are not ten thousand statements.
        if self._waiting_rows >= BATCH_ROWS or self._waiting_characters >= BATCH_CHARACTERS:
            self._flush()

    def recall(self, feed: Feed, number: int) -> None:
        """Take the records of a CSV file from the index in force, which has them of the same bytes.

        Parameters:
            feed: the feed that the records are of.
            number: number of the file's entry, which may still be discarded.
        """
        self._columns[feed.name] = feed.column_names
        self._recalled.setdefault(feed.name, []).append(number)

    def _flush(self) -> None:
        for name, rows in self._loads.items():
            columns = self._columns[name]
            self._make_table(name)
            values = ", ".join(f"nullif(record[{position}], '')" for position in range(3, len(columns) + 3))
            self._database.execute(
                f"insert into {name} select record[1]::integer, record[2]::bigint, {values}"
                " from (select unnest(?::varchar[][]) as record)",
                [rows],
            )
        self._loads.clear()
        self._waiting_rows = self._waiting_characters = 0

    def _make_table(self, feed: str) -> None:
        self._database.execute(
            f"create table if not exists {feed} (car_file integer, car_row bigint, "
            + ", ".join(f"{_quoted(column)} varchar" for column in self._columns[feed])
            + ")"
        )

    def write(self, entries: list[Entry], judged_by: str) -> None:
        """Write the index and put it in force, in place of the one before.

        Parameters:
            entries: every input file, in the order of their paths.
            judged_by: `car.landing.verdict_memory.judging` of the contract that they were judged by.
        """
        self._flush()
        self._write_files(entries)
        for feed in self._columns:
            self._load_recalled(feed)
            self._write_records(feed)
        seal(self._new, judged_by)
        self._database.close()
        for name in ("load.duckdb", "load.duckdb.wal"):
            (self._new / name).unlink(missing_ok=True)
        for name in ("spill", "check"):
            shutil.rmtree(self._new / name, ignore_errors=True)
        if self._final.exists():
            self._final.rename(self._old)
        self._new.rename(self._final)
        shutil.rmtree(self._old, ignore_errors=True)

    def _write_files(self, entries: list[Entry]) -> None:
        self._database.execute(
            """
            create table car_files (
                feed varchar, path varchar, location varchar, file_format varchar, landed_on date,
                verdict varchar, reason varchar, expected varchar, record_count bigint, byte_count bigint,
                sha256 varchar, shape varchar, column_types varchar, extra_columns varchar, car_file integer
            )
            """
        )
        rows = [_row(entry) for entry in entries]
        for start in range(0, len(rows), BATCH_ROWS):
            self._database.execute(
                "insert into car_files select "
                + ", ".join(f"record[{position}]" for position in range(1, 16))
                + " from (select unnest(?::varchar[][]) as record)",
                [rows[start : start + BATCH_ROWS]],
            )
        self._copy("select * exclude (car_file) from car_files order by path", FILES)

    def _load_recalled(self, feed: str) -> None:
        records = self._final / f"{feed}.parquet"
        if feed not in self._recalled or not records.exists():  # none of its files had a record
            return
        self._make_table(feed)
        columns = ", ".join(f"records.{_quoted(column)}" for column in self._columns[feed])
        self._database.execute(
            f"insert into {feed} select files.car_file, records.landed_row, {columns}"
            " from read_parquet(?) as records join car_files as files on files.path = records.landed_file"
            " where list_contains(?::integer[], files.car_file)",
            [glob_literal(records.as_posix()), self._recalled[feed]],
        )

    def _write_records(self, feed: str) -> None:
        columns = ", ".join(f"records.{_quoted(column)}" for column in self._columns[feed])
        loaded = "car_files where feed = ? and verdict = 'loaded' and record_count > 0"
        if self._database.execute(f"select count(*) from {loaded}", [feed]).fetchone() == (0,):
            return
        self._copy(
            f"select {columns}, files.path as landed_file, records.car_row as landed_row"
            f" from {feed} as records join car_files as files on files.car_file = records.car_file"
            " where files.verdict = 'loaded' order by records.car_file, records.car_row",
            f"{feed}.parquet",
        )

    def _copy(self, query: str, name: str) -> None:
        target = (self._new / name).as_posix().replace("'", "''")
        self._database.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")

    def abandon(self) -> None:
        """Leave the index in force as it is and remove what was written beside it."""
        self._database.close()
        shutil.rmtree(self._new, ignore_errors=True)

    def _remove_left_over(self) -> None:
        """Remove what an interrupted check left; if it stopped between two renames, put the old one back."""
        if self._old.exists() and not self._final.exists():
            self._old.rename(self._final)
        for left_over in (self._new, self._old):
            if left_over.exists():
                shutil.rmtree(left_over)


def _row(entry: Entry) -> list[str | None]:
    file, rejected = entry.file, entry.rejected
    return [
        file.feed,
        file.path,
        entry.location if is_encodable(entry.location) else None,
        file.file_format,
        file.landed_on.isoformat(),
        "rejected" if rejected else "loaded",
        f"{rejected.reason}: {rejected.found}" if rejected else None,
        rejected.expected if rejected else None,
        None if entry.record_count is None else str(entry.record_count),
        None if entry.read is None else str(entry.read.byte_count),
        None if entry.read is None else entry.read.sha256,
        entry.shape,
        None if entry.column_types is None else json.dumps(entry.column_types),
        None if entry.extra_columns is None else json.dumps(entry.extra_columns, ensure_ascii=False),
        str(entry.number),
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
