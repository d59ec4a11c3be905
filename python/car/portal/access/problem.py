"""What goes wrong with a request, as the user is told of it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus


class Problem(Exception):
    """A request is not answered, and the user reads why. It holds no detail and no value of a row.

    Attributes:
        status: HTTP status code.
        title: heading of the page.
        message: what happened, in a sentence.
        what_to_do: what the user can do about it.
        links: title and URL of pages that can be read instead; `/` besides.
        template: that shows it.
        headers: of the answer, beside those that every answer has.
    """

    def __init__(
        self,
        status: int,
        title: str,
        message: str = "",
        what_to_do: str = "",
        template: str = "error.html",
        headers: Mapping[str, str] | None = None,
        links: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"{status} {title}")
        self.status = status
        self.title = title
        self.message = message
        self.what_to_do = what_to_do
        self.links = tuple(links)
        self.template = template
        self.headers = dict(headers or {})


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Give the problem that a bare HTTP status tells of."""
    if status == HTTPStatus.NOT_FOUND:
        return Problem(status, "There is no such page", what_to_do="Go to the overview.", headers=headers)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return Problem(status, "This page takes no such request", headers=headers)
    return Problem(status, HTTPStatus(status).phrase, headers=headers)


def too_many(retry_after_s: int) -> Problem:
    """Give the problem of a limit that is reached.

    Parameters:
        retry_after_s: after which the same request is taken (s).
    """
    minutes = -(-retry_after_s // 60)
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "You, or your network, asked for this too often in a short time.",
        f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        headers={"Retry-After": str(retry_after_s)},
    )
