"""The audit log: a JSON line for each sign-in, sign-out, page of data and download, without values of rows.

A file holds the lines of one day, or of a part of it: `audit-<day>.<number>.jsonl`. Workers append to it by
one write each, so that no line is cut by another.
"""

import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request

from car.errors import one_line
from car.portal.access.user import User

_FILE = re.compile(r"audit-(?P<day>\d{4}-\d{2}-\d{2})\.\d+\.jsonl", re.ASCII)
# A name of a parameter as this portal has them. Any other one is a user's own text.
_PARAMETER = re.compile(r"[a-z]+(?:[_.][a-z]+)*(?:_?[0-9])?", re.ASCII)
_IN_TEMPLATE = re.compile(r"\{(\w+)(?::\w+)?\}")
_PARAMETER_CHARACTERS = 40
_USER_CHARACTERS = 200
_OTHER = "…"


class Audit:
    """Writes the lines of one worker."""

    def __init__(self, folder: Path, kept_days: int, file_bytes: int, now: Callable[[], float]) -> None:
        """Take up the log, and delete what is kept no longer.

        Parameters:
            folder: of the log's files; made where it lacks.
            kept_days: for which a line is kept (days).
            file_bytes: from which on the day goes on in another file (bytes).
            now: the clock (s since 1970).

        Raises:
            OSError: the folder cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._kept_days = kept_days
        self._file_bytes = file_bytes
        self._now = now
        self._day = ""
        self._number = 0
        self._is_cut = False
        self._delete_before(self._first_kept(datetime.fromtimestamp(now(), UTC)))

    def line(
        self,
        request: Request,
        *,
        outcome: str,
        release: str = "",
        rows: int | None = None,
        bytes_sent: int | None = None,
        duration_ms: float | None = None,
        user: User | None = None,
        is_found: bool = False,
    ) -> None:
        """Write a line of a request.

        Parameters:
            outcome: a word of ours: how it went.
            release: month and version, e.g. `2026-10/v2`.
            rows: that were shown or sent.
            bytes_sent: of a download (bytes).
            duration_ms: of the answer (ms); None: since the request came.
            user: None: who is signed in.
            is_found: all that the path names was found in lists of the portal's own (month, role, page,
                table, file), so that it can stand in the line; otherwise the route's template does.

        Raises:
            OSError: the line could not be written. A download must stop then.
        """
        user = user or getattr(request.state, "user", None)
        started_at = getattr(request.state, "started_at", None)
        if duration_ms is None and started_at is not None:
            duration_ms = (time.perf_counter() - started_at) * 1000
        instant = datetime.fromtimestamp(self._now(), UTC)
        self._write(
            instant,
            {
                "instant": f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z",
                "user": one_line(user.subject[:_USER_CHARACTERS]) if user else "",
                "party": user.party_id if user else "",
                "path": _path(request, is_found),
                "release": release,
                "rows": rows,
                "bytes": bytes_sent,
                "duration_ms": None if duration_ms is None else round(duration_ms, 1),
                "outcome": outcome,
            },
        )

    async def stream(
        self,
        request: Request,
        chunks: AsyncIterator[bytes],
        *,
        release: str,
        rows: int | None = None,
        is_found: bool = False,
    ) -> AsyncIterator[bytes]:
        """Pass a download on, with a line before its first byte and one after its last.

        Parameters:
            chunks: the download's bytes.
            release: month and version.
            rows: that are sent, where it is known.
            is_found: as of `line`.

        Raises:
            OSError: a line could not be written: nothing is sent, or what was sent stays without an end.
        """
        self.line(request, outcome="download_begun", release=release, rows=rows, is_found=is_found)
        sent, outcome = 0, "download_cut"
        try:
            async for chunk in chunks:
                yield chunk
                sent += len(chunk)
            outcome = "downloaded"
        finally:
            self.line(
                request, outcome=outcome, release=release, rows=rows, bytes_sent=sent, is_found=is_found
            )

    def _write(self, instant: datetime, content: dict[str, Any]) -> None:
        line = (json.dumps(content, ensure_ascii=False) + "\n").encode()
        if self._is_cut:
            line = b"\n" + line
        handle = os.open(self._file(instant), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            written = os.write(handle, line)
            self._is_cut = written != len(line)
            if self._is_cut:
                raise OSError(f"The audit log took {written} bytes of a line of {len(line)}.")
        finally:
            os.close(handle)

    def _file(self, instant: datetime) -> Path:
        """Give the file that has room; all workers come to the same one."""
        day = f"{instant:%Y-%m-%d}"
        if day != self._day:
            self._delete_before(self._first_kept(instant))
            self._day, self._number = day, 0
        while True:
            path = self._folder / f"audit-{day}.{self._number}.jsonl"
            if not path.exists() or path.stat().st_size < self._file_bytes:
                return path
            self._number += 1

    def _first_kept(self, instant: datetime) -> str:
        return f"{instant - timedelta(days=self._kept_days):%Y-%m-%d}"

    def _delete_before(self, day: str) -> None:
        for path in self._folder.iterdir():
            name = _FILE.fullmatch(path.name)
            if name and name["day"] < day:
                path.unlink(missing_ok=True)


def _path(request: Request, is_found: bool) -> str:
    """Give the template of a request's route, filled where all was found, and the names of its parameters."""
    template = getattr(request.scope.get("route"), "path", "")
    if is_found:
        values = request.path_params
        template = one_line(_IN_TEMPLATE.sub(lambda part: str(values[part[1]]), template))
    names = {
        name if len(name) <= _PARAMETER_CHARACTERS and _PARAMETER.fullmatch(name) else _OTHER
        for name in request.query_params
    }
    return template + ("?" + "&".join(sorted(names)) if names else "")
