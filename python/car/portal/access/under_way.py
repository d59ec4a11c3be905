"""Sign-ins under way: what was sent to the provider, until the same browser comes back, once."""

from collections.abc import Callable
from dataclasses import dataclass

from car.portal.access.database import Database
from car.portal.access.secret import hashed

# In which a user has to sign in at the provider.
LONGEST_S = 600


@dataclass(frozen=True)
class SignInUnderWay:
    """What a sign-in began with.

    Attributes:
        nonce: that the token must repeat.
        code_verifier: that proves at the provider who asked for the code (PKCE).
        next: where the user wanted to go.
    """

    nonce: str
    code_verifier: str
    next: str


class SignInsUnderWay:
    """The sign-ins under way of all workers."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def begin(self, state: str, browser: str, begun: SignInUnderWay) -> None:
        """Keep a sign-in under the state that goes to the provider and the secret that the browser holds."""
        now = self._now()
        with self._database.writing() as connection:
            connection.execute("delete from sign_in where begun_at <= ?", [now - LONGEST_S])
            connection.execute(
                "insert into sign_in values (?, ?, ?, ?, ?, ?)",
                [hashed(state), hashed(browser), begun.nonce, begun.code_verifier, begun.next, now],
            )

    def take(self, state: str, browser: str) -> SignInUnderWay | None:
        """Give a sign-in and forget it; None where there is none, it is of another browser, or too old."""
        rows = (
            self._database.connection()
            .execute(
                "delete from sign_in where state_hash = ? and browser_hash = ? and begun_at > ?"
                " returning nonce, code_verifier, next",
                [hashed(state), hashed(browser), self._now() - LONGEST_S],
            )
            .fetchall()
        )
        return SignInUnderWay(*rows[0]) if rows else None
