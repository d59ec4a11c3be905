"""What keeps a page or a download from being shown, as its reader is told of it."""

from collections.abc import Iterator
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


def not_shown() -> Problem:
    """Give the page of a month that cannot be shown."""
    return Problem(
        503,
        "This month cannot be shown at present",
        "What the portal holds of it is missing or damaged. The release itself is not touched by that.",
        "Other months can be read. If it stays so, tell the contact below.",
    )
