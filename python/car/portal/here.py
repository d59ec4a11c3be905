"""Where a request is, and the page that it is answered with."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from car.portal.pages.compose import TableView
from car.portal.store import InForce
from car.release.tree import month_before

INDUSTRY_ROLE = "industry"
"""What stands in a path in place of a role, of the industry's report."""


@dataclass(frozen=True)
class Shown:
    """A page that is to be made.

    Attributes:
        template: of what is between head and foot.
        context: of that template alone: the same for whoever may see the page.
        rows: rows of published tables on it, for the audit log.
        tables: that are no published file's, by name.
        area: whose table it shows; empty: the page is one of those that the navigation lists.
    """

    template: str
    title: str
    context: dict[str, Any]
    rows: int | None = None
    area: str = ""
    tables: dict[str, TableView] = field(default_factory=dict)


@dataclass(frozen=True)
class Here:
    """Where a request is: whose figures, of which month and role.

    Attributes:
        recipient: the party, or the word for the industry.
        role: User Role; empty of the industry's report.
    """

    in_force: InForce
    recipient: str
    party_id: str
    month: str
    role: str

    @property
    def path(self) -> str:
        """The path that its pages have in common."""
        return f"/{self.month}/{quote(self.role or INDUSTRY_ROLE)}"

    @property
    def every_month(self) -> list[str]:
        """Give the months that the recipient has a folder of, the newest first."""
        return self.in_force.months_of(self.recipient)

    @property
    def months(self) -> list[str]:
        """Give the month and the one before it, where that has a release too."""
        before = month_before(self.month)
        return [self.month, *([before] if before in self.every_month else [])]
