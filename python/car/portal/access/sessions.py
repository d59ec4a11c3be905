"""Sessions, held by the server: a browser holds an opaque name of its own, the store the hash of that."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from car.portal.access.database import Database
from car.portal.access.secret import hashed, new_secret
from car.portal.access.user import User
from car.portal.settings import PortalSettings
from car.workspace import instant_text

# When a session was last seen is written no more often than this (s): a page asks for several files.
_SEEN_EVERY_S = 60.0


@dataclass(frozen=True)
class Session:
    """A session in force.

    Attributes:
        user: whose it is.
        id_token: the provider's token, to end the session there; empty: none.
        begun_at: when the user signed in (s since 1970).
        seen_at: when a request last came (s since 1970), within a minute.
    """

    user: User
    id_token: str
    begun_at: float
    seen_at: float


class Sessions:
    """The sessions of all workers."""

    def __init__(self, database: Database, idle_s: float, longest_s: float, now: Callable[[], float]) -> None:
        """Take up the sessions of a store.

        Parameters:
            database: the store.
            idle_s: after which a session without a request ends (s).
            longest_s: after which any session ends (s).
            now: the clock (s since 1970).
        """
        self._database = database
        self._idle_s = idle_s
        self._longest_s = longest_s
        self._now = now

    def begin(self, user: User, id_token: str = "", instead_of: str = "") -> str:
        """Begin a session, under a name that nobody has seen before.

        Parameters:
            user: who signed in.
            id_token: the provider's, to end the session there as well.
            instead_of: secret of the session that the browser had before, which ends.

        Returns:
            The secret for the cookie.
        """
        secret, now = new_secret(), self._now()
        with self._database.writing() as connection:
            self._clean(connection)
            connection.execute("delete from session where id_hash = ?", [hashed(instead_of)])
            connection.execute(
                "insert into session values (?, ?, ?, ?, ?, ?, ?)",
                [hashed(secret), user.subject, user.party_id, user.is_panel, id_token, now, now],
            )
        return secret

    def find(self, secret: str) -> Session | None:
        """Give the session of a cookie; None where there is none, or it has ended."""
        row = (
            self._database.connection()
            .execute(
                "select subject, party_id, is_panel, id_token, begun_at, seen_at from session"
                " where id_hash = ? and seen_at > ? and begun_at > ?",
                [hashed(secret), *self._ends()],
            )
            .fetchone()
        )
        return _session(row) if row else None

    def is_to_be_seen(self, session: Session) -> bool:
        """Tell whether it is time to write down that a session was used."""
        return self._now() - session.seen_at >= min(_SEEN_EVERY_S, self._idle_s / 4)

    def seen(self, secret: str) -> None:
        """Write down that a session was used now."""
        self._database.connection().execute(
            "update session set seen_at = ? where id_hash = ?", [self._now(), hashed(secret)]
        )

    def end(self, secret: str) -> None:
        """End a session in every tab and worker."""
        self._database.connection().execute("delete from session where id_hash = ?", [hashed(secret)])

    def end_all(self, subject: str) -> int:
        """End all sessions of a user; give how many there were."""
        with self._database.writing() as connection:
            self._clean(connection)
            return connection.execute("delete from session where subject = ?", [subject]).rowcount

    def end_others(self, subject: str, secret: str) -> int:
        """End the sessions of a user but one; give how many there were.

        Parameters:
            secret: of the cookie whose session goes on.
        """
        with self._database.writing() as connection:
            self._clean(connection)
            return connection.execute(
                "delete from session where subject = ? and id_hash != ?", [subject, hashed(secret)]
            ).rowcount

    def in_force(self) -> list[Session]:
        """Give all sessions in force, without what a browser knows them by; the oldest first."""
        rows = self._database.connection().execute(
            "select subject, party_id, is_panel, '', begun_at, seen_at from session"
            " where seen_at > ? and begun_at > ? order by begun_at, subject",
            self._ends(),
        )
        return [_session(row) for row in rows]

    def of_user(self, subject: str, secret: str) -> list[tuple[Session, bool]]:
        """Give a user's sessions in force, the oldest first, each with whether it is that of a cookie."""
        rows = self._database.connection().execute(
            "select subject, party_id, is_panel, '', begun_at, seen_at, id_hash = ? from session"
            " where subject = ? and seen_at > ? and begun_at > ? order by begun_at, id_hash",
            [hashed(secret), subject, *self._ends()],
        )
        return [(_session(row), bool(is_this)) for *row, is_this in rows]

    def _ends(self) -> list[float]:
        now = self._now()
        return [now - self._idle_s, now - self._longest_s]

    def _clean(self, connection: sqlite3.Connection) -> None:
        connection.execute("delete from session where seen_at <= ? or begun_at <= ?", self._ends())


def _session(row: Sequence[Any]) -> Session:
    subject, party_id, is_panel, *told = row
    return Session(User(subject, party_id, bool(is_panel)), *told)


def instant(seconds: float) -> str:
    """Write an instant of a session for people (UTC).

    Parameters:
        seconds: since 1970 (s).
    """
    return instant_text(datetime.fromtimestamp(int(seconds), UTC))


def open_sessions(settings: PortalSettings, database: Database, now: Callable[[], float]) -> Sessions:
    """Give the sessions of a store, with the configured ends."""
    return Sessions(database, settings.idle_minutes * 60, settings.session_hours * 3600, now)
