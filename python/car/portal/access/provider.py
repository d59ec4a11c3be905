"""Who says who a user is: the provider, as the pages of sign-in know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from car.portal.access.under_way import SignInUnderWay


class SignInFailed(Exception):
    """A sign-in came to nothing.

    Attributes:
        reason: a word of ours, for the audit log.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True)
class SignedIn:
    """Who came back from the provider.

    Attributes:
        subject: the provider's name of the user.
        claimed_party: as the token names it; empty: none.
        is_panel: the token says so.
        id_token: to end the session at the provider.
    """

    subject: str
    claimed_party: str
    is_panel: bool
    id_token: str


class Provider(Protocol):
    """A provider of sign-ins; each method raises SignInFailed, but for `end_page`."""

    async def begin(self, next_page: str) -> tuple[str, str, SignInUnderWay]:
        """Give the page to go to, the state in its address, and what to keep until the user is back."""

    async def finish(self, answer: Mapping[str, str], begun: SignInUnderWay) -> SignedIn:
        """Tell who came back with an answer to what was begun."""

    async def end_page(self, id_token: str) -> str:
        """Give the page that ends the session at the provider; empty where it has none."""
