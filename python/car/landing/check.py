"""The landing check: every file of the landing zone is judged before a row of it is used.

A file that is not whole, or not of its feed's form, is rejected with the reason and what was expected; every
other file is loaded (docs/landing.md, "What bad input gets"). Records are counted here independently of the
warehouse: by Parquet's footers and by Python's csv module. What was decoded once is remembered
(`car.landing.verdict_memory`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from car.errors import one_line, scrub_name
from car.jsonfile import read_json
from car.landing.contract import Feed, load_contract
from car.landing.csv_files import Record, long_fields, read_records
from car.landing.index import Entry, Index
from car.landing.parquet_files import RESERVED_COLUMNS, Decoder, Table, encrypted, judge_ends
from car.landing.parquet_footer import says_encrypted
from car.landing.side_files import likely_side_file
from car.landing.verdict import Rejected
from car.landing.verdict_memory import Known, Verdict, judging, recall
from car.landing.zone import (
    SIMULATED,
    FileBytes,
    FileUnreadable,
    IgnoredFile,
    InputFile,
    LandingError,
    LocalZone,
    RemoteZone,
    open_zone,
)

__all__ = ["FeedReport", "LandingError", "LandingReport", "check"]

# Parquet files are judged together up to so many or so many bytes: few enough that a bad one costs little.
_BATCH_FILES = 500
_BATCH_BYTES = 1 << 30
_LISTED_IGNORED = 10
_LISTED_DRIFT = 20


@dataclass(frozen=True)
class RejectedFile:
    """A file that was left out as a whole."""

    file: str
    reason: str
    """One of `car.landing.verdict.REASONS`."""
    found: str
    expected: str
    landed_on: date

    def to_dict(self) -> dict[str, str]:
        """Give it as JSON takes it, with the names of run.json."""
        return {"file": self.file, "reason": self.reason, "found": self.found, "expected": self.expected}


@dataclass(frozen=True)
class Input:
    """A file as it was read, so that a run can name exactly what it was made from."""

    feed: str
    landed_on: date
    path: str
    byte_count: int | None
    sha256: str | None
    record_count: int | None
    """None: rejected."""


@dataclass
class FeedReport:
    """What came in for one feed."""

    name: str
    files_found: int = 0
    files_loaded: int = 0
    record_count: int = 0
    """Records of the loaded files."""
    rejected: list[RejectedFile] = field(default_factory=list)
    drift: dict[str, int] = field(default_factory=dict)
    """Extra columns, and in how many loaded files each is. No name has what looks like an identifier."""
    extra_columns: set[str] = field(default_factory=set)
    """The extra columns as the files call them: never printed."""
    warnings: list[str] = field(default_factory=list)

    @property
    def files_rejected(self) -> int:
        """How many files were left out."""
        return len(self.rejected)

    def listed_drift(self) -> list[tuple[str, int]]:
        """Give the extra columns that are told, those of most files first, and in how many files each is."""
        return sorted(self.drift.items(), key=lambda item: (-item[1], item[0]))[:_LISTED_DRIFT]

    def to_dict(self) -> dict[str, Any]:
        """Give the report as JSON takes it, with the names of run.json (docs/published.md, "run.json")."""
        return {
            "files_found": self.files_found,
            "files_loaded": self.files_loaded,
            "files_rejected": self.files_rejected,
            "rejected": [item.to_dict() for item in self.rejected],
            "records": self.record_count,
            "drift": [{"column": column, "files": files} for column, files in self.listed_drift()],
            "drift_columns": len(self.extra_columns),
            "warnings": list(self.warnings),
        }


@dataclass
class LandingReport:
    """What the landing check found.

    Attributes:
        landing: the landing zone, as it was given.
        index: folder of the landing index, for dbt's variable `landing_index`.
        as_of: default as-of instant, UTC without zone: 00:00 of the day after the newest `date=` folder that
            holds an input of any feed.
        feeds: every feed of the contract, with or without files.
        inputs: every input file, in the order of their paths.
        ignored: files in the landing zone that are no input.
        is_part: some files alone were looked at.
    """

    landing: str
    index: Path
    as_of: datetime
    feeds: dict[str, FeedReport]
    inputs: list[Input]
    ignored: list[IgnoredFile]
    is_part: bool = False

    @property
    def files_rejected(self) -> int:
        """How many files of all feeds were left out."""
        return sum(feed.files_rejected for feed in self.feeds.values())

    @property
    def record_count(self) -> int:
        """Records of the loaded files of all feeds."""
        return sum(feed.record_count for feed in self.feeds.values())

    def new_rejections(self, month: str, as_of: datetime) -> dict[str, list[dict[str, str]]]:
        """Give the rejected files that are new in a month, by feed (docs/landing.md, "The quality gate").

        Parameters:
            month: the reporting month, `YYYY-MM`.
            as_of: the as-of instant, UTC without zone.
        """
        first_day = date.fromisoformat(f"{month}-01")
        new = {
            name: [
                item.to_dict()
                for item in feed.rejected
                if first_day <= item.landed_on and datetime.combine(item.landed_on, time()) < as_of
            ]
            for name, feed in self.feeds.items()
        }
        return {name: rejected for name, rejected in new.items() if rejected}

    def to_dict(self) -> dict[str, Any]:
        """Give the report as JSON takes it."""
        return {
            "landing": self.landing,
            "as_of": self.as_of.isoformat(timespec="seconds") + "Z",
            "feeds": {name: feed.to_dict() for name, feed in self.feeds.items()},
            "inputs": [
                {
                    "path": item.path,
                    "bytes": item.byte_count,
                    "sha256": item.sha256,
                    "records": item.record_count,
                }
                for item in self.inputs
            ],
            "ignored": [{"file": item.path, "why": item.why} for item in self.ignored],
        }

    def lines(self, with_feeds: bool = True) -> list[str]:
        """Give the report in words, a line each.

        Parameters:
            with_feeds: with a line of counts per feed; a run tells them once, when it knows the rows' fates.
        """
        planted = (read_json(Path(self.landing) / SIMULATED) or {}).get("planted_drift", {})
        lines = [
            f"Landing zone {self.landing}: {_count(len(self.inputs), 'file')}, "
            f"{self.files_rejected:,} rejected, {_count(self.record_count, 'record')} loaded. "
            f"Default as-of {self.as_of.isoformat(timespec='seconds')}Z."
        ]
        for feed in self.feeds.values():
            if feed.files_found and with_feeds:
                lines.append(
                    f"{feed.name}: {_count(feed.files_found, 'file')}, {feed.files_rejected:,} rejected, "
                    f"{_count(feed.record_count, 'record')}"
                )
        without = [feed.name for feed in self.feeds.values() if not feed.files_found]
        if without and not self.is_part:
            lines.append(f"No files, so no rows: {', '.join(without)}")
        for feed in self.feeds.values():
            for item in feed.rejected:
                lines.append(
                    f"Rejected {item.file} ({item.reason}): {item.found}. Expected: {item.expected}."
                )
        for feed in self.feeds.values():
            for column, files in feed.listed_drift():
                name = f"column {column}" if column else "a column without a name"
                by = "; planted by the simulator" if column in planted.get(feed.name, []) else ""
                counted = _count(files, "file")
                lines.append(f"Drift in {feed.name}: {name} is not in the contract ({counted}{by})")
            if len(feed.extra_columns) > len(feed.listed_drift()):
                lines.append(
                    f"Drift in {feed.name}: {_count(len(feed.extra_columns), 'column')} in all are not in the"
                    " contract. Names that look like identifiers are not printed."
                )
        for feed in self.feeds.values():
            lines += [f"Warning: {warning}" for warning in feed.warnings]
        for item in self.ignored[:_LISTED_IGNORED]:
            lines.append(f"Warning: {item.path} is not read: {item.why}")
        if len(self.ignored) > _LISTED_IGNORED:
            lines.append(f"Warning: {len(self.ignored) - _LISTED_IGNORED:,} more files are not read")
        # A name may hold a line break, or what a terminal would take for a command.
        return [one_line(line) for line in lines]


def check(
    landing: str | Path,
    work: Path,
    progress: Callable[[int, int], object] | None = None,
    threads: int | None = None,
    project: Path | None = None,
    needs: Callable[[InputFile, Feed], bool] | None = None,
) -> LandingReport:
    """Judge every file of a landing zone and write the landing index that dbt reads.

    Parameters:
        landing: folder, or a URL that DuckDB's file systems read.
        work: working folder; the index becomes its folder `landing`, in place of an earlier one, in one step.
            Files that the earlier one loaded are decoded again only where their bytes are others.
        progress: called with (files done, files in all) as the work goes on.
        threads: how many threads to use; default: one per processor.
        project: folder of the dbt project, whose contract holds; default: the one that this package is in.
        needs: tells of a file of a feed whether it is judged; None: every file is. The default as-of instant
            is that of all files.

    Returns:
        What came in, what was rejected and why, and the default as-of instant.

    Raises:
        LandingError: there is no such folder, it holds no input, or it cannot be listed.
    """
    feeds = load_contract(project)
    zone = open_zone(str(landing), feeds)
    inputs, ignored = zone.files()
    if not inputs:
        raise LandingError(_no_input(str(landing), ignored))
    as_of = _day_after(max(file.landed_on for file in inputs))
    if needs is not None:
        inputs = [file for file in inputs if needs(file, feeds[file.feed])]
    threads = threads or os.cpu_count() or 1
    index = Index(Path(work), zone, threads)
    try:
        judged_by = judging(feeds)
        known = recall(index.folder, judged_by)
        entries = [Entry(number, file) for number, file in enumerate(inputs, start=1)]
        with long_fields():
            _Judge(feeds, zone, index, known, threads).judge(entries, progress or _silent)
        index.write(entries, judged_by)
    except BaseException:
        index.abandon()
        raise
    report = _report(str(landing), index.folder, as_of, feeds, entries, ignored)
    return replace(report, is_part=needs is not None)


def changed_files(report: LandingReport, threads: int, project: Path | None = None) -> list[str]:
    """Read every file again, and say which are no longer what the check read: gone, or of other bytes.

    What is built comes from the files, and run.json names them by the hashes of the check. A file that landed
    since is not looked at.

    Parameters:
        report: what the check found.
        threads: files read at a time.
        project: folder of the dbt project; default: the one that this package is in.

    Returns:
        What became of each such file, a line each.
    """
    zone = open_zone(report.landing, load_contract(project))
    files = {file.path: file for file in zone.files()[0]}

    def change(item: Input) -> str | None:
        if item.path not in files:
            return f"{item.path} is gone"
        try:
            read = zone.read_bytes(files[item.path])
        except FileUnreadable as error:
            return f"{item.path} {error}"
        if read.sha256 == item.sha256:
            return None
        if read.byte_count < (item.byte_count or 0):
            return f"{item.path} is shorter: {item.byte_count:,} bytes, now {read.byte_count:,}"
        return f"{item.path} has other bytes"

    # A file that could not be read has no hash, and nothing was built of it.
    with ThreadPoolExecutor(threads) as pool:
        changes = pool.map(change, [item for item in report.inputs if item.sha256 is not None])
        return [one_line(text) for text in changes if text is not None]


class _Judge:
    """Judges the files one after another; their bytes are read ahead by other threads."""

    def __init__(
        self,
        feeds: dict[str, Feed],
        zone: LocalZone | RemoteZone,
        index: Index,
        known: dict[Known, Verdict],
        threads: int,
    ) -> None:
        self._feeds = feeds
        self._zone = zone
        self._index = index
        self._known = known
        self._threads = threads
        self._decoder = Decoder(self._connect)
        self._batch: list[Entry] = []
        self._batch_bytes = 0

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"threads": self._threads})
        connection.execute("set parquet_metadata_cache = true")
        return connection

    def judge(self, entries: list[Entry], progress: Callable[[int, int], object]) -> None:
        """Give each entry its verdict."""
        done = 0
        pool = ThreadPoolExecutor(self._threads)
        try:
            for finished in self._in_turn(entries, pool.map(self._read, [entry.file for entry in entries])):
                self._settle(finished)
                done += 1
                progress(done, len(entries))
        finally:
            # An interrupted check does not go on to read the files that are still queued.
            pool.shutdown(cancel_futures=True)
            self._decoder.close()

    def _in_turn(self, entries: list[Entry], reads: Iterator[FileBytes | Rejected]) -> Iterator[Entry]:
        for entry, read in zip(entries, reads, strict=True):
            yield from self._take(entry, read)
        yield from self._judge_batch()

    def _read(self, file: InputFile) -> FileBytes | Rejected:
        try:
            return self._zone.read_bytes(file)
        except FileUnreadable as error:
            return _unreadable(error)

    def _take(self, entry: Entry, read: FileBytes | Rejected) -> Iterator[Entry]:
        """Judge an entry, or keep it for a batch; give those that have their verdict."""
        entry.location = entry.file.source
        try:
            if isinstance(read, Rejected):
                raise read
            entry.read = read
            if entry.file.file_format == "csv":
                self._judge_csv(entry, read)
                yield entry
                return
            judge_ends(read.byte_count, read.head, read.tail)
            self._index.place(entry)
            self._recall(entry, read)
        except Rejected as rejected:
            entry.rejected = rejected
            yield entry
            return
        except FileUnreadable as error:
            entry.rejected = _unreadable(error)
            yield entry
            return
        same_feed = not self._batch or self._batch[0].file.feed == entry.file.feed
        if not same_feed or len(self._batch) >= _BATCH_FILES or self._batch_bytes >= _BATCH_BYTES:
            yield from self._judge_batch()
        self._batch.append(entry)
        self._batch_bytes += read.byte_count

    def _judge_csv(self, entry: Entry, read: FileBytes) -> None:
        feed = self._feeds[entry.file.feed]
        if read.byte_count == 0:
            raise Rejected("empty_file", "it has no bytes", "at least a header row")
        if self._recall(entry, read):
            self._index.recall(feed, entry.number)
            return
        with self._zone.open(entry.file) as stream:

            def from_the_start() -> BinaryIO:
                stream.seek(0)
                return stream

            def take(records: list[Record], first: int) -> None:
                self._index.load(feed, entry.number, records, first)

            header, entry.record_count = read_records(feed, from_the_start, take)
        table = Table(entry.record_count, tuple((name, "VARCHAR") for name in header))
        entry.shape = table.shape
        entry.column_types = table.types(feed)
        entry.extra_columns = table.extra_columns(feed)

    def _recall(self, entry: Entry, read: FileBytes) -> bool:
        """Give an entry the verdict that the index in force has on a file of these bytes at this place.

        The entry of a Parquet file stays in its batch all the same: links are numbered batch by batch, and
        the index is to be that of a check that remembers nothing.

        Returns:
            Whether there is such a verdict.
        """
        known = self._known.get((entry.file.source, read.sha256))
        if known is not None:
            entry.record_count, entry.shape = known.record_count, known.shape
            entry.column_types, entry.extra_columns = known.column_types, known.extra_columns
        return known is not None

    def _judge_batch(self) -> list[Entry]:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if not batch:
            return []
        feed = self._feeds[batch[0].file.feed]
        new = [entry for entry in batch if entry.shape is None]
        verdicts = self._decoder.judge(feed, [entry.opened_as for entry in new])
        for entry in new:
            verdict = verdicts[entry.opened_as]
            if isinstance(verdict, Rejected):
                entry.rejected = encrypted() if self._is_encrypted(entry, verdict) else verdict
                continue
            entry.record_count = verdict.record_count
            entry.column_types = verdict.types(feed)
            entry.extra_columns = verdict.extra_columns(feed)
            if RESERVED_COLUMNS & {name.casefold() for name in entry.extra_columns}:
                # Such a column would hide the one by which DuckDB tells where a record stands.
                verdict = Table(verdict.record_count, tuple(entry.column_types.items()))
                self._decoder.copy_contract_columns(feed, entry.opened_as, self._index.copy_target(entry))
            # The folder of links is another root, and files read in one scan have one root.
            entry.shape = verdict.shape + ("" if entry.location == entry.file.source else "-linked")
        return batch

    def _is_encrypted(self, entry: Entry, verdict: Rejected) -> bool:
        """Tell whether that is why a file could not be read whose footer is plain text."""
        if verdict.reason != "unreadable":
            return False
        try:
            with self._zone.open(entry.file) as stream:
                return says_encrypted(stream)
        except FileUnreadable:
            return False

    def _settle(self, entry: Entry) -> None:
        """Check at last that a file held still while it was read."""
        read = entry.read
        if entry.rejected is None and read is not None and not self._zone.is_unchanged(entry.file, read):
            entry.rejected = Rejected(
                "unreadable",
                "it was changed while it was read",
                "a file that is whole before it gets its name in the landing zone",
            )
        side_file = likely_side_file(entry.file.path)
        if entry.rejected is not None and side_file:
            entry.rejected = entry.rejected.with_words(f"by its name it is likely to be {side_file}")
        if entry.rejected is not None:
            entry.record_count = entry.shape = entry.column_types = entry.extra_columns = None


def _unreadable(error: FileUnreadable) -> Rejected:
    return Rejected("unreadable", f"it {error}", "a file that can be read")


def _no_input(landing: str, ignored: list[IgnoredFile]) -> str:
    layout = "Inputs lie in <feed>/date=YYYY-MM-DD/ and are named *.parquet or *.csv as the feed takes."
    if not ignored:
        return (
            f"The landing zone {landing} holds no files. {layout} "
            "Check --landing, or make sample files with `car simulate`."
        )
    first = ignored[0]
    return one_line(
        f"The landing zone {landing} holds {_count(len(ignored), 'file')} and none is an input. {layout} "
        f"For example {first.path}: {first.why}."
    )


def _report(
    landing: str,
    index: Path,
    as_of: datetime,
    feeds: dict[str, Feed],
    entries: list[Entry],
    ignored: list[IgnoredFile],
) -> LandingReport:
    reports = {name: FeedReport(name) for name in feeds}
    for entry in entries:
        report, rejected = reports[entry.file.feed], entry.rejected
        path = entry.file.path
        report.files_found += 1
        if rejected is not None:
            report.rejected.append(
                RejectedFile(path, rejected.reason, rejected.found, rejected.expected, entry.file.landed_on)
            )
            continue
        report.files_loaded += 1
        side_file = likely_side_file(path)
        if side_file:
            report.warnings.append(f"{path} was loaded; by its name it is likely to be {side_file}")
        report.record_count += entry.record_count or 0
        report.extra_columns.update(entry.extra_columns or ())
        for column in {scrub_name(name) for name in entry.extra_columns or ()}:
            report.drift[column] = report.drift.get(column, 0) + 1
        ends_a_line = entry.read is not None and entry.read.tail.endswith((b"\n", b"\r"))
        if entry.file.file_format == "csv" and not ends_a_line:
            report.warnings.append(f"{path} does not end with a line break: its last value could be cut off")
    return LandingReport(
        landing=landing,
        index=index,
        as_of=as_of,
        feeds=reports,
        inputs=[
            Input(
                entry.file.feed,
                entry.file.landed_on,
                entry.file.path,
                entry.read.byte_count if entry.read else None,
                entry.read.sha256 if entry.read else None,
                entry.record_count,
            )
            for entry in entries
        ],
        ignored=ignored,
    )


def _day_after(day: date) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=1), time())
    except OverflowError:  # the last day that the calendar has
        return datetime.max.replace(microsecond=0)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
