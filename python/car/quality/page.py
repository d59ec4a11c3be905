"""The operator's quality page: it answers first whether a month can go out, then shows what that rests on."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from car.quality.evaluate import Verdict
from car.release.diff import Diff
from car.theme.operator_page import write_operator_page

_TEMPLATE = Path(__file__).with_name("page.html.j2")


@dataclass(frozen=True)
class Answer:
    """What the page says.

    Attributes:
        month: the reporting month, `YYYY-MM`.
        as_of: of what is judged, as run.json has it.
        version: the version in force; None: nothing is published.
        held_back: why the quality gate holds the month back.
        warnings: what is odd, and holds nothing back.
        feeds: `feeds` of run.json; empty where the warehouse is of another month.
        without_rows: the recipients of whose files none has a row.
        diff: what differs between the version before and that in force; None where there is no such.
        verdicts: what became of the expectations.
        not_looked_at: titles of the suites that there is nothing to hold against.
    """

    month: str
    as_of: str | None
    version: int | None
    held_back: list[str]
    warnings: list[str]
    feeds: dict[str, dict[str, Any]]
    without_rows: list[str]
    diff: Diff | None
    verdicts: list[Verdict]
    not_looked_at: list[str] = field(default_factory=list)

    @property
    def expectations(self) -> int:
        """How many expectations were looked at."""
        return sum(len(verdict.checked) for verdict in self.verdicts)

    @property
    def failed(self) -> list[str]:
        """A line for each expectation that does not hold."""
        return [line for verdict in self.verdicts for line in verdict.failed]

    @property
    def can_go_out(self) -> bool:
        """Whether neither the gate nor an expectation is against it."""
        return not self.held_back and not self.failed

    def sentence(self) -> str:
        """Answer the page's question in a sentence."""
        if self.held_back:
            return "No. The quality gate holds it back."
        if self.failed:
            return (
                f"Not before somebody has looked: {len(self.failed):,} of {self.expectations:,}"
                " expectations do not hold."
            )
        return f"Yes. Nothing holds it back, and all {self.expectations:,} expectations hold."

    def published(self) -> str:
        """Say what is published."""
        return (
            f"Version {self.version} is in force." if self.version else "Nothing of the month is published."
        )


def write_page(answer: Answer, folder: Path) -> Path:
    """Write the page in place of an earlier one. It loads nothing, and shows no value of a row.

    Parameters:
        folder: is emptied first.

    Returns:
        The page.
    """
    return write_operator_page(_TEMPLATE, folder, answer=answer)
