"""Who is signed in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A user, as the provider's verified token tells of them.

    Attributes:
        subject: the provider's name of the user.
        party_id: the user's Party in the register's spelling; empty: none, of the Panel alone.
        is_panel: may read the industry report.
    """

    subject: str
    party_id: str
    is_panel: bool
