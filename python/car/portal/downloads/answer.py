"""The answer of a download: its headers, its bytes, and what must be put in order when it ends."""

import asyncio
import mimetypes
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from car.portal.access.problem import Problem

_Done = TypeVar("_Done")

# After this long it is asked whether the client is still there (s).
_LOOK_AFTER_S = 0.5
_WAITS_S = 30
_COMES_BACK_S = 60
_CLIENT_CLOSED = 499
# A part is 256 KiB at most. Who takes it more slowly keeps a place from all others (s).
_TAKES_A_PART_S = 60
# Those that Python does not know everywhere.
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(*parts: str, ending: str) -> str:
    """Give the name of a file that any system can save; empty parts are left out."""
    return _UNSAFE.sub("-", "-".join(part for part in parts if part)) + f".{ending}"


def headers(name: str, size_bytes: int | None = None, sha256: str = "") -> dict[str, str]:
    """Give the headers of a file that is saved and not shown (RFC 6266).

    Parameters:
        name: of `file_name`.
        size_bytes: None where nobody knows it yet.
    """
    ending = name.rpartition(".")[2]
    kind = _MEDIA_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        **({} if size_bytes is None else {"Content-Length": str(size_bytes)}),
        **({"ETag": f'"{sha256}"'} if sha256 else {}),
    }


class Download(StreamingResponse):
    """A download; when it ends, whole or not, what it holds is let go.

    Parameters:
        chunks: its bytes.
        held: what is let go.
    """

    def __init__(self, chunks: AsyncIterator[bytes], held: AsyncExitStack, headers: dict[str, str]) -> None:
        super().__init__(chunks, headers=headers)
        self._chunks = chunks
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            Problem: a part of it was not taken in time.
        """

        async def in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(_TAKES_A_PART_S):
                    await send(message)
            except TimeoutError:
                raise Problem(_CLIENT_CLOSED, "The download was taken too slowly") from None

        try:
            await super().__call__(scope, receive, in_time)
        finally:
            # Also where the client has gone, and this task with it.
            with anyio.CancelScope(shield=True):
                # The audit log's last line is written at the end of these.
                if aclose := getattr(self._chunks, "aclose", None):
                    await aclose()
                await self._held.aclose()


def only_headers(headers: dict[str, str]) -> Response:
    """Answer a HEAD request."""
    answer = Response(headers=headers)
    if "Content-Length" not in headers:
        del answer.headers["Content-Length"]
    return answer


async def unless_gone(request: Request, wanted: Awaitable[_Done]) -> _Done:
    """Wait for something, and give it up when the client goes away.

    Raises:
        Problem: the client has gone away.
    """
    task = asyncio.ensure_future(wanted)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK_AFTER_S))[0]:
            if await request.is_disconnected():
                raise Problem(_CLIENT_CLOSED, "The download was given up")
        return task.result()
    finally:
        task.cancel()


class Places:
    """Places for downloads that take much work: so many at once, and not all of them for one user.

    Parameters:
        at_once: of one process of the server.
    """

    def __init__(self, at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._own: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(max(1, at_once - 1)))

    @asynccontextmanager
    async def one(self, user: str) -> AsyncIterator[None]:
        """Hold a place.

        Raises:
            Problem: 503: none has become free.
        """
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(_WAITS_S):
                    await stack.enter_async_context(self._own[user])
                    await stack.enter_async_context(self._all)
            except TimeoutError:
                raise Problem(
                    503,
                    "Too many downloads at once",
                    "Others are being made at present.",
                    "Try again in a minute.",
                    headers={"Retry-After": str(_COMES_BACK_S)},
                ) from None
            yield
