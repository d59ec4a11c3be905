"""Writes the rows of a table, in a process of its own.

So it can be ended at any moment, its memory goes with it, and pages do not wait for it.
"""

import json
import os
import pickle
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from car.portal.bundle.places import BundlePlace
from car.portal.opening import connect
from car.portal.selection import Selection, statement, texts
from car.release.export import PIPE_FORMAT
from car.warehouse.database import quote_text

MADE = "made"
"""Name of the file that a job leaves in its folder."""

# With 1,000,000 rows a job took that and 60 MB, and no more with fewer.
_MEMORY_LIMIT = "96MiB"
# A row group is held in memory while it is written.
_GROUP_ROWS = 61_440
_NICENESS = 5


@dataclass(frozen=True)
class Job:
    """What is to be written.

    Attributes:
        format: `csv`, `xlsx` or `parquet`.
        rows: that the selection has.
        created: the as-of instant, which a workbook says it was made at.
        folder: the job's own, for what it writes.
        longest_s: after which it ends, whole or not (s).
    """

    format: str
    place: BundlePlace
    selection: Selection
    rows: int
    created: datetime
    folder: Path
    longest_s: int


class OtherRows(Exception):
    """The bundle has other rows than were counted."""


class Refused(Exception):
    """The format has no room for the rows; says why."""


def main() -> None:
    """Do the job that stands on the standard input.

    Ends with 0 where all is written; else the standard error says in JSON what failed, without any value.
    """
    job: Job = pickle.load(sys.stdin.buffer)
    # Ends this process whatever it is at, and whether or not the server is still there.
    signal.alarm(job.longest_s)
    try:
        if _WRITERS[job.format](job) != job.rows:
            raise OtherRows
    except Refused as refused:
        _fail("no_room", str(refused))
    except Exception as error:
        # Words of DuckDB's could tell a row.
        is_full = isinstance(error, duckdb.OutOfMemoryException)
        _fail("out_of_memory" if is_full else "failed", type(error).__name__)


def _csv(job: Job) -> int:
    """Write the rows to the standard output, as a release's CSV has them, without header."""
    output = sys.stdout.fileno()
    target = f"/dev/fd/{os.dup(output)}"
    # Whatever else is printed here may not stand among the rows.
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    with connect([job.place], _MEMORY_LIMIT, job.folder, [target]) as connection:
        return _copy(connection, texts(job.selection), target, PIPE_FORMAT)


def _parquet(job: Job) -> int:
    """Write the rows with their types, zstd."""
    os.nice(_NICENESS)
    options = f"format parquet, compression zstd, row_group_size {_GROUP_ROWS}, use_tmp_file false"
    with connect([job.place], _MEMORY_LIMIT, job.folder) as connection:
        return _copy(connection, statement(job.selection), str(job.folder / MADE), options)


def _xlsx(job: Job) -> int:
    """Write the rows as a workbook; raises Refused where a text is too long for a cell."""
    # A CSV shall not wait for it: importing takes as long as some 10,000 rows.
    from car.release.formats.xlsx import NoRoom, write_workbook

    os.nice(_NICENESS)
    typed, bound = statement(job.selection)
    query, values = texts(job.selection)
    with connect([job.place], _MEMORY_LIMIT, job.folder) as connection:
        columns = [(row[0], row[1]) for row in connection.execute(f"describe {typed}", bound).fetchall()]
        name, target = job.selection.table.name, job.folder / MADE
        try:
            return write_workbook(
                name, columns, f"({query})", values, target, job.created, connection, job.folder
            )
        except NoRoom as no_room:
            raise Refused(str(no_room)) from None


_WRITERS = {"csv": _csv, "parquet": _parquet, "xlsx": _xlsx}


def _copy(
    connection: duckdb.DuckDBPyConnection, query: tuple[str, list[Any]], target: str, options: str
) -> int:
    sql, values = query
    return connection.execute(f"copy ({sql}) to {quote_text(target)} ({options})", values).fetchall()[0][0]


def _fail(kind: str, text: str) -> None:
    json.dump({"kind": kind, "text": text}, sys.stderr)
    sys.stderr.flush()
    # Nothing that waits to be put in order may write to the download any more.
    os._exit(1)
