"""What keeps a page or a download from being shown, as its reader is told of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from car.portal.access.problem import Problem
from car.portal.selection import WrongFilter
from car.portal.store import NotShown, TookTooLong


@contextmanager
def as_problems() -> Iterator[None]:
    """Turn what keeps a page from being shown into the page that says so."""
    try:
        yield
    except WrongFilter as error:
        raise Problem(400, "These filters cannot be used", str(error), "Take a filter away.") from error
    except NotShown as error:
        raise not_shown() from error
    except TookTooLong as error:
        raise Problem(
            503,
            "This page took too long",
            "The page was given up before it was ready.",
            "Choose fewer lines by a filter, or download the file.",
        ) from error


def not_shown(others: Sequence[tuple[str, str]] = ()) -> Problem:
    """Give the page of a month that cannot be shown.

    Parameters:
        others: title and URL of other months' pages.
    """
    return Problem(
        503,
        "This month cannot be shown at present",
        "What the portal holds of it is missing or damaged. The release itself is not touched by that.",
        "Other months can be read. If it stays so, tell the contact below.",
        links=others,
    )


def not_of_this_month(month_name: str, path: str) -> Problem:
    """Give the page of what a month's release has not.

    Parameters:
        path: of a page that it has.
    """
    return Problem(
        404,
        "There is no such page",
        f"The release of {month_name} has no page of this name for your role.",
        "It may be there in another month.",
        links=[(f"Go to {month_name}", path)],
    )
