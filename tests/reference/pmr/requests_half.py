"""The half of the industry report that rests on requests: all its figures and files."""

from __future__ import annotations

from collections.abc import Callable

from reference.pmr import outcomes, rsvp
from reference.pmr.common import Sources
from reference.pmr.figures import Figure


def figures_and_files(
    sources: Sources, is_code_shown: Callable[[str], bool]
) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures RSVP-* to TR1*, and the seven files beside measures.csv.

    Parameters: is_code_shown, whether alerts.csv shows an alert code.
    """
    reckoned = rsvp.reckon(sources)
    figures, files = outcomes.figures_and_files(sources, reckoned, is_code_shown)
    more, other_files = rsvp.figures_and_files(sources, reckoned)
    return [*figures, *more], files | other_files
