"""Answers what is asked of downloads: tables, files of a release, areas as ZIP, and the page of them."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from car.portal import site
from car.portal.access.audit import Audit
from car.portal.access.limits import Limits
from car.portal.access.problem import Problem
from car.portal.downloads.answer import Download, Places, file_name, headers, only_headers, unless_gone
from car.portal.downloads.job import MADE, Job
from car.portal.downloads.small import BOM, write_table
from car.portal.downloads.work import NoSpace, begin
from car.portal.files import Differs, area_views, files_of, in_zip, read_checked, zipped
from car.portal.here import Here, Shown
from car.portal.problems import as_problems
from car.portal.schema import BundleFile, BundleSchema
from car.portal.selection import Selection, count, read_filters
from car.portal.store import Reading, Store, TookTooLong
from car.release.formats.xlsx import NoRoom, refuse_rows
from car.release.places import INDUSTRY
from car.warehouse.database import quote_name

if TYPE_CHECKING:
    from car.portal.app import Pages

LONGEST_S = 900
AT_ONCE = 2

_BLOCK_BYTES = 1 << 18
# A workbook got 76,000 cells in a second of CPU, and half of that on a machine with much else to do.
_CELLS_PER_S = 30_000
_INDUSTRY_NAME = "industry"


class Kept(Protocol):
    """What downloads need of who gets in: the audit log and the limits."""

    @property
    def audit(self) -> Audit:
        """The audit log."""

    @property
    def limits(self) -> Limits:
        """How often a user and an address may download."""


@dataclass(frozen=True)
class _Rows:
    """Rows that are asked for: of which release, how many, and what their file is called."""

    job: Job
    release: str
    name: str


@dataclass(frozen=True)
class _Files:
    """The files that a request can have: those of its recipient and role."""

    here: Here
    schema: BundleSchema
    files: list[BundleFile]

    @property
    def folder(self) -> Path:
        return self.here.in_force.place(self.here.recipient, self.here.month).folder

    @property
    def release(self) -> str:
        return f"{self.here.month}/v{self.schema.version}"

    def name(self, *parts: str, ending: str) -> str:
        return file_name(*_begin(self.here, self.schema), *parts, ending=ending)


class Downloads:
    """The handlers of downloads.

    Parameters:
        store: the releases.
        pages: the handlers of the pages, which know where a request is.
        access: the audit log and the limits.
        scratch: folder for what is unfinished.
        longest_s: that the rows of a table may take (s).
        at_once: tables and ZIPs that one process of the server makes at a time.
    """

    def __init__(
        self,
        store: Store,
        pages: "Pages",
        access: Kept,
        scratch: Path,
        longest_s: int = LONGEST_S,
        at_once: int = AT_ONCE,
    ) -> None:
        self._store = store
        self._pages = pages
        self._access = access
        self._scratch = scratch
        self._longest_s = longest_s
        self._places = Places(at_once)
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)

    def routes(self) -> list[Route]:
        """Give the routes; they stand before those of the pages, whose paths fit these as well."""
        tables = [
            Route(
                f"/{{month}}/{{role}}/table/{{area}}/{{name}}.{kind}",
                partial(self._table, kind),
                name=f"table_{kind}",
            )
            for kind in site.FORMATS
        ]
        small = [
            Route(
                f"/{{month}}/{{role}}/{{page}}/rows/{{name}}.{kind}",
                partial(self._small, kind),
                name=f"rows_{kind}",
            )
            for kind in site.FORMATS
        ]
        return [
            *tables,
            *small,
            Route("/{month}/{role}/downloads", self._list, name="downloads"),
            Route("/{month}/{role}/downloads/{area}.zip", self._zip, name="zip"),
            Route("/{month}/{role}/files/{path:path}", self._file, name="file"),
        ]

    async def _table(self, kind: str, request: Request) -> Response:
        await self._access.limits.take("download", request)
        async with AsyncExitStack() as stack:
            folder = await run_in_threadpool(self._own_folder)
            stack.push_async_callback(run_in_threadpool, shutil.rmtree, folder, ignore_errors=True)
            with self._told(request):
                rows = await run_in_threadpool(self._rows_asked, request, kind, folder)
            if request.method == "HEAD":
                return only_headers(headers(rows.name))
            await stack.enter_async_context(self._places.one(request.state.user.subject))
            with self._told(request, rows):
                if kind == "csv":
                    return await self._streamed(request, rows, stack)
                return await self._made(request, rows, stack)

    async def _small(self, kind: str, request: Request) -> Response:
        """Answer with a table of a page that is no published file's."""
        await self._access.limits.take("download", request)

        def make() -> tuple[bytes, str, str, int]:
            here, schema, view = self._pages.small_table(request)
            asked = request.path_params
            folder = self._own_folder()
            try:
                content = write_table(view, asked["name"], kind, _instant(schema), folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            name = file_name(*_begin(here, schema), asked["page"], here.role, asked["name"], ending=kind)
            return content, name, f"{here.month}/v{schema.version}", len(view.rows)

        with self._told(request):
            content, name, release, rows = await run_in_threadpool(make)
        told = headers(name, len(content))
        if request.method == "HEAD":
            return only_headers(told)

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        stream = self._access.audit.stream(request, chunks(), release=release, rows=rows, is_found=True)
        return Download(stream, AsyncExitStack(), told)

    async def _streamed(self, request: Request, rows: _Rows, stack: AsyncExitStack) -> Response:
        """Answer with a CSV while it is written."""
        work = await begin(stack, rows.job)
        blocks = work.blocks()
        first = b""
        if rows.job.selection.sort is not None:
            # What has no room to be sorted is told on a page. Else the header need not wait for the job.
            first = await unless_gone(request, anext(blocks, b""))

        async def chunks() -> AsyncIterator[bytes]:
            names = ",".join(field.name for field in rows.job.selection.columns)
            yield BOM + names.encode() + b"\n" + first
            async for block in blocks:
                yield block

        stream = self._access.audit.stream(
            request, chunks(), release=rows.release, rows=rows.job.rows, is_found=True
        )
        return Download(stream, stack.pop_all(), headers(rows.name))

    async def _made(self, request: Request, rows: _Rows, stack: AsyncExitStack) -> Response:
        """Answer with a workbook or a Parquet file when it is made."""
        work = await begin(stack, rows.job)
        await unless_gone(request, work.ended())
        made = rows.job.folder / MADE
        async with AsyncExitStack() as held:
            stream = held.enter_context(await run_in_threadpool(made.open, "rb"))
            # It goes with this process, however that ends.
            made.unlink()
            size_bytes = os.fstat(stream.fileno()).st_size
            chunks = self._access.audit.stream(
                request,
                iterate_in_threadpool(_blocks(stream)),
                release=rows.release,
                rows=rows.job.rows,
                is_found=True,
            )
            return Download(chunks, held.pop_all(), headers(rows.name, size_bytes))

    def _rows_asked(self, request: Request, kind: str, folder: Path) -> _Rows:
        asked = request.path_params
        here = self._pages.here(request)
        with self._reading(here) as reading:
            table = site.table_in(reading.schema, here.role, asked["area"], asked["name"])
            if table is None:
                raise HTTPException(404)
            filters = read_filters(request.query_params.multi_items(), {field.name for field in table.shown})
            sort = site.read_sort(table, request.query_params.get("sort", ""))
            selection = Selection(table, here.role, filters, (), sort)
            number = count(reading.cursor, selection)
            schema = reading.schema
        if kind == "xlsx":
            self._refuse_workbook(number, len(selection.columns))
        role = here.role if table.has_role else ""
        filtered = "filtered" if selection.taken() else ""
        name = file_name(*_begin(here, schema), table.area, role, table.name, filtered, ending=kind)
        place = here.in_force.place(here.recipient, here.month)
        job = Job(kind, place, selection, number, _instant(schema), folder, self._longest_s)
        return _Rows(job, f"{here.month}/v{schema.version}", name)

    def _refuse_workbook(self, rows: int, columns: int) -> None:
        refuse_rows(rows)
        if rows * columns > self._longest_s * _CELLS_PER_S:
            raise NoRoom(f"{rows:,} rows of {columns} columns, and an XLSX of these takes too long to make")

    async def _list(self, request: Request) -> Response:
        def show(here: Here, reading: Reading) -> Shown:
            files = self._files(here, reading).files
            areas = area_views(reading.schema, files, here.role, here.path)
            return Shown("downloads.html", "Downloads", {"areas": areas})

        return await self._pages.shown(request, show)

    async def _file(self, request: Request) -> Response:
        await self._access.limits.take("download", request)
        with self._told(request):
            asked = await run_in_threadpool(self._files_asked, request)
        file = next((one for one in asked.files if one.path == request.path_params["path"]), None)
        if file is None:
            raise HTTPException(404)
        stem, _, ending = file.path.rpartition(".")
        told = headers(asked.name(stem, ending=ending), file.size_bytes, file.sha256)
        return await self._sent(request, asked, read_checked(asked.folder, file), told, AsyncExitStack())

    async def _zip(self, request: Request) -> Response:
        await self._access.limits.take("download", request)
        with self._told(request):
            asked = await run_in_threadpool(self._files_asked, request)
        area = request.path_params["area"]
        files = in_zip(asked.files, asked.here.role, area)
        if not files:
            raise HTTPException(404)
        of_area = "" if area == _INDUSTRY_NAME else area
        told = headers(asked.name(of_area, asked.here.role, ending="zip"))
        async with AsyncExitStack() as stack:
            if request.method != "HEAD":
                await stack.enter_async_context(self._places.one(request.state.user.subject))
            blocks = zipped(asked.folder, files, _instant(asked.schema))
            return await self._sent(request, asked, blocks, told, stack.pop_all())

    async def _sent(
        self,
        request: Request,
        asked: _Files,
        blocks: Generator[bytes, None, None],
        told: dict[str, str],
        held: AsyncExitStack,
    ) -> Response:
        """Answer with files of the release."""
        if request.method == "HEAD":
            return only_headers(told)
        audit = self._access.audit
        held.callback(blocks.close)
        async with held:
            with self._told(request):
                first = await run_in_threadpool(self._first, request, blocks, asked.release)

            async def chunks() -> AsyncIterator[bytes]:
                yield first
                try:
                    async for block in iterate_in_threadpool(blocks):
                        yield block
                except Differs:
                    audit.line(request, outcome="file_differs", release=asked.release)
                    raise

            return Download(
                audit.stream(request, chunks(), release=asked.release, is_found=True), held.pop_all(), told
            )

    def _first(self, request: Request, blocks: Iterator[bytes], release: str) -> bytes:
        """Give the first block, so that a file that is not there is told on a page."""
        try:
            return next(blocks)
        except Differs:
            self._access.audit.line(request, outcome="file_differs", release=release)
            raise

    def _files_asked(self, request: Request) -> _Files:
        here = self._pages.here(request)
        with self._reading(here) as reading:
            return self._files(here, reading)

    def _files(self, here: Here, reading: Reading) -> _Files:
        schema = reading.schema
        query = f"select manifest_sha256 from {quote_name(here.month)}.bundle.source"
        manifest_sha256 = reading.cursor.execute(query).fetchall()[0][0]
        place = here.in_force.place(here.recipient, here.month)
        return _Files(here, schema, files_of(schema, place, manifest_sha256, here.role))

    @contextmanager
    def _reading(self, here: Here) -> Iterator[Reading]:
        with self._store.reading(here.in_force, here.recipient, [here.month]) as reading:
            if here.role and here.role not in reading.schema.roles:
                raise HTTPException(404)
            yield reading

    @contextmanager
    def _told(self, request: Request, rows: _Rows | None = None) -> Iterator[None]:
        """Let a page say why a download is refused, and the audit log that it was."""
        try:
            with as_problems():
                try:
                    yield
                except (NoRoom, NoSpace, TookTooLong, Differs) as error:
                    raise _problem(error) from error
        except Problem as problem:
            release = rows.release if rows else ""
            self._access.audit.line(request, outcome=f"download_refused_{problem.status}", release=release)
            raise

    def _own_folder(self) -> Path:
        """Make a folder for one download, and take away those whose process was ended from outside."""
        oldest = time.time() - self._longest_s - _BEHIND_S
        for folder in self._scratch.iterdir():
            try:
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)
            except FileNotFoundError:
                continue
        return Path(tempfile.mkdtemp(dir=self._scratch))


# A job ends by itself after `longest_s`; its folder is taken for forgotten so much later (s).
_BEHIND_S = 600


def _begin(here: Here, schema: BundleSchema) -> tuple[str, str, str]:
    """Give what the name of each file begins with."""
    recipient = _INDUSTRY_NAME if here.recipient == INDUSTRY else here.recipient
    return recipient, here.month, f"v{schema.version}"


def _instant(schema: BundleSchema) -> datetime:
    return datetime.fromisoformat(schema.as_of)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK_BYTES):
        yield block


def _problem(error: Exception) -> Problem:
    """Say in words what a download fails with."""
    if isinstance(error, NoRoom):
        return Problem(
            413,
            "There are too many rows for an XLSX",
            f"There are {error}.",
            "Take CSV or Parquet, or choose fewer rows by a filter.",
        )
    if isinstance(error, NoSpace):
        return Problem(
            503,
            "These rows cannot be sorted at present",
            "There are more than there is room for.",
            "Take them as they are published, without sorting, or choose fewer by a filter.",
        )
    if isinstance(error, TookTooLong):
        return Problem(
            503,
            "This download took too long",
            "It was given up.",
            "Choose fewer rows by a filter, or take the file of the release.",
        )
    return Problem(
        503,
        "This file cannot be had at present",
        "It is not as it was published, so that it is not given out.",
        "Other files can be had. Ask for help and name the file.",
    )
