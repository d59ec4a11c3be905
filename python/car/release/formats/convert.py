"""Writes what is asked for beside the CSVs, several files at a time, in bounded memory."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from car.pool import in_processes
from car.release.export import digest
from car.release.formats.parquet import write_parquet
from car.release.formats.requests import Asked, path_as
from car.release.formats.tables import Table, reading
from car.release.formats.xlsx import NoRoom, write_xlsx
from car.release.places import place_of

# What a file's DuckDB may have. With 5 million rows a process took 30 MB and that, and no more with fewer.
_MEMORY_LIMIT = "160MB"
# Short CSVs are written together, by one DuckDB: so many, or of so many bytes.
_BATCH = 64
_FEW_BYTES = 1 << 21


@dataclass(frozen=True)
class Written:
    """A file that was written, or could not be, as manifest.json tells of it.

    Attributes:
        path: relative to the recipient's folder.
        entry: what manifest.json lists.
    """

    party_id: str
    path: str
    entry: dict[str, Any]


@dataclass(frozen=True)
class Converted:
    """What came of the files that were asked for.

    Attributes:
        files: those that were written.
        not_written: those that could not be: `path`, `why`, and the path to take `instead`.
    """

    files: tuple[Written, ...] = ()
    not_written: tuple[Written, ...] = ()

    def of(self, party_id: str) -> "Converted":
        """Give what came of one party's files."""
        return Converted(
            tuple(file for file in self.files if file.party_id == party_id),
            tuple(file for file in self.not_written if file.party_id == party_id),
        )

    def facts(self) -> dict[str, Any]:
        """Give what run.json says."""
        counts = {
            name: sum(file.path.endswith(f".{name}") for file in self.files) for name in ("xlsx", "parquet")
        }
        return {**counts, "not_written": len(self.not_written)}

    def lines(self) -> list[str]:
        """Say in a line each what could not be written."""
        return [
            f"{file.party_id}: {file.path} is not written ({file.entry['why']}); {file.entry['instead']} is."
            for file in self.not_written
        ]


@dataclass(frozen=True)
class _Task:
    """One CSV, and what it is to be written as."""

    table: Table
    formats: tuple[str, ...]
    folder: Path
    created: datetime
    weight_bytes: int


@dataclass
class _Done:
    files: list[Written] = field(default_factory=list)
    not_written: list[Written] = field(default_factory=list)


def convert(
    asked: Asked,
    release: Path,
    as_of: str,
    scratch: Path,
    processes: int,
    progress: Callable[..., None] | None = None,
) -> Converted:
    """Write what is asked for, each file beside its CSV.

    Where an XLSX has no room for a table, its Parquet is written in its stead.

    Parameters:
        release: folder of the release that the CSVs stand in.
        as_of: the as-of instant, which the workbooks say they were made at.
        scratch: folder for what is unfinished; goes afterwards.
        processes: CSVs at a time.
        progress: called with (CSVs done, CSVs in all).
    """
    created = datetime.fromisoformat(as_of)
    tasks = []
    for table, formats in asked.formats.items():
        folder = release / place_of(table.party_id)
        tasks.append(_Task(table, formats, folder, created, (folder / table.path).stat().st_size))
    scratch.mkdir(parents=True, exist_ok=True)
    done: list[_Done] = []

    def note(some: list[_Done]) -> None:
        done.extend(some)
        if progress is not None:
            progress(len(done), len(tasks))

    try:
        _all(_batches(tasks), scratch, processes, note)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    def in_order(files: list[Written]) -> tuple[Written, ...]:
        return tuple(sorted(files, key=lambda file: (file.party_id, file.path)))

    return Converted(
        in_order([file for each in done for file in each.files]),
        in_order([file for each in done for file in each.not_written]),
    )


def _batches(tasks: list[_Task]) -> list[list[_Task]]:
    """Put short CSVs together: a DuckDB of its own takes as long to begin as ten of them to write."""
    batches: list[list[_Task]] = []
    # The heaviest go first, so that the processes end together.
    for task in sorted(tasks, key=lambda task: (-task.weight_bytes, task.table.party_id, task.table.path)):
        last = batches[-1] if batches else []
        if 0 < len(last) < _BATCH and sum(one.weight_bytes for one in last) < _FEW_BYTES:
            last.append(task)
        else:
            batches.append([task])
    return batches


def _all(
    batches: list[list[_Task]], scratch: Path, processes: int, told: Callable[[list[_Done]], None]
) -> None:
    work = partial(_convert_batch, scratch)
    if min(processes, len(batches)) < 2:
        for batch in batches:
            told(work(batch))
        return
    in_processes(work, batches, min(processes, len(batches)), told, "that writes XLSX and Parquet")


def _convert_batch(scratch: Path, tasks: list[_Task]) -> list[_Done]:
    with tempfile.TemporaryDirectory(dir=scratch) as own, reading(Path(own), _MEMORY_LIMIT) as connection:
        return [_convert_one(task, connection, Path(own)) for task in tasks]


def _convert_one(task: _Task, connection: duckdb.DuckDBPyConnection, scratch: Path) -> _Done:
    """Write one CSV in the formats that are asked for."""
    table, done = task.table, _Done()
    csv = task.folder / table.path
    formats = set(task.formats)
    names = [name for name, _ in table.columns]

    def target(format_name: str) -> Path:
        return task.folder / path_as(table, format_name)

    def written(format_name: str) -> None:
        path = path_as(table, format_name)
        size_bytes, sha256 = digest(target(format_name))
        entry = {"path": path, "bytes": size_bytes, "sha256": sha256, "rows": table.rows, "columns": names}
        done.files.append(Written(table.party_id, path, entry))

    if "xlsx" in formats:
        try:
            write_xlsx(table, csv, target("xlsx"), task.created, connection, scratch)
            written("xlsx")
        except NoRoom as no_room:
            path, instead = path_as(table, "xlsx"), path_as(table, "parquet")
            entry = {"path": path, "why": str(no_room), "instead": instead}
            done.not_written.append(Written(table.party_id, path, entry))
            formats.add("parquet")
    if "parquet" in formats:
        write_parquet(table, csv, target("parquet"), connection)
        written("parquet")
    return done
