"""Where the folder of a recipient lies in a release: each party's below `parties/`, the industry's beside it.

Recipients are told apart by one word each: a party by its id, the industry's report by `INDUSTRY`.
"""

from pathlib import Path

PARTIES = "parties"
INDUSTRY_FOLDER = "industry"

INDUSTRY = "industry report"
"""The recipient of the industry's report. It has a blank, which no party_id has."""


def place_of(recipient: str) -> str:
    """Give the folder of a recipient, relative to that of the release."""
    return INDUSTRY_FOLDER if recipient == INDUSTRY else f"{PARTIES}/{recipient}"


def folders_in(release: Path) -> dict[str, Path]:
    """Give the folders that a release has of its recipients, in the order of their names."""
    parties = release / PARTIES
    found = {path.name: path for path in sorted(parties.iterdir())} if parties.is_dir() else {}
    if (release / INDUSTRY_FOLDER).is_dir():
        found[INDUSTRY] = release / INDUSTRY_FOLDER
    return dict(sorted(found.items()))
