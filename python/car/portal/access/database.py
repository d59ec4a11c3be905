"""The SQLite file that all workers share: sessions, sign-ins under way, and what counts for limits."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "sessions.sqlite"
# For which a worker waits for another one that writes; a write takes less than a millisecond.
_WAIT_S = 5.0
_SCHEMA = """
create table if not exists session (
    id_hash blob primary key, subject text not null, party_id text not null, is_panel integer not null,
    id_token text not null, begun_at real not null, seen_at real not null
) without rowid;
create index if not exists session_of_subject on session (subject);
create table if not exists sign_in (
    state_hash blob primary key, browser_hash blob not null, nonce text not null, code_verifier text not null,
    next text not null, begun_at real not null
) without rowid;
create table if not exists taken (kind text not null, who text not null, at real not null);
create index if not exists taken_by on taken (kind, who, at);
create index if not exists taken_at on taken (at);
"""


class Database:
    """Opens the file once for each thread; SQLite lets many read while one writes."""

    def __init__(self, folder: Path) -> None:
        """Make the file where it lacks, for this user of the machine alone.

        Parameters:
            folder: of the portal's state; made where it lacks.

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / FILE
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self._threads = threading.local()
        self.connection().executescript(_SCHEMA)

    def connection(self) -> sqlite3.Connection:
        """Give this thread's connection; each statement is a transaction of its own."""
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            connection.execute("pragma journal_mode = wal")
            # The last sign-ins may be lost with the machine's power; the file stays whole.
            connection.execute("pragma synchronous = normal")
            self._threads.connection = connection
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Let several statements be one transaction, before or after those of any other worker."""
        connection = self.connection()
        connection.execute("begin immediate")
        try:
            yield connection
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
