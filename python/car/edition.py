"""Which release something is of, as its readers are told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edition:
    """What a report or a page says of its release.

    Attributes:
        month: `YYYY-MM`.
        as_of: instant, as run.json has it.
        version: of the release; None for a preview.
    """

    month: str
    as_of: str
    version: int | None
