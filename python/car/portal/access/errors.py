"""What goes wrong becomes a page with a number and no detail. The detail goes to the log, scrubbed."""

import logging
import re
import secrets
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from car.errors import scrub
from car.portal.access.problem import Problem, of_status

Render = Callable[[str, dict[str, Any]], str]

logger = logging.getLogger("car.portal")
# Letters alone, so that nothing takes it for a number of a home, and none that look alike.
_LETTERS = "abcdefghjkmnpqrstvwxyz"
_ID_LETTERS = 10
_TOKENS = re.compile(
    r"eyJ[\w-]+\.[\w-]*\.?[\w-]*"
    r"|(?<=code=)[^&\s'\"]+|(?<=state=)[^&\s'\"]+|(?<=id_token_hint=)[^&\s'\"]+|(?<=client_secret=)[^&\s'\"]+"
)
_PLAIN = (
    "<!doctype html><html lang=en><title>Error</title><h1>The page cannot be shown</h1><p>Error {}</p></html>"
)


class AnswerCut(Exception):
    """An answer had begun when it failed: the connection is closed, so that nobody takes it for whole."""


class ScrubbingFormatter(logging.Formatter):
    """Formats what is logged without tokens, Device IDs, meter points and postcodes."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, or the lines, of a record."""
        return _TOKENS.sub("[…]", scrub(super().format(record)))


class Errors:
    """ASGI middleware that answers with a page whatever the application fails with."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Problem, str], Response]) -> None:
        """Wrap an application.

        Parameters:
            answer: makes the page of a problem, with the number of the error.
        """
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            request = Request(scope)
            problem, error_id = self._told(request, error)
            if has_begun:
                raise AnswerCut(error_id) from None
            await self._answer(request, problem, error_id)(scope, receive, send)

    def _told(self, request: Request, error: Exception) -> tuple[Problem, str]:
        """Give what the user reads, and the number under which the log has more."""
        error_id = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))
        route = getattr(request.scope.get("route"), "path", "no route")
        if isinstance(error, Problem):
            logger.info("error %s: %s at %s", error_id, error, route)
            return error, error_id
        lines = "".join(traceback.format_exception(error))
        logger.error("error %s at %s\n%s", error_id, route, lines.rstrip())
        return (
            Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "The page cannot be shown",
                "Something failed here. It is not your doing.",
                "Try again in a few minutes. If it fails again, ask for help and give the error's number.",
            ),
            error_id,
        )


class ErrorPages:
    """Makes the page of a problem."""

    def __init__(self, render: Render) -> None:
        self._render = render

    def __call__(self, request: Request, problem: Problem, error_id: str) -> Response:
        """Give the answer; a template that fails does not fail it."""
        context = {
            "title": problem.title,
            "message": problem.message,
            "what_to_do": problem.what_to_do,
            "links": problem.links,
            "error_id": error_id,
            **page_context(request),
        }
        try:
            content = self._render(problem.template, context)
        except Exception:
            logger.exception("error %s: its page cannot be made", error_id)
            content = _PLAIN.format(error_id)
        return HTMLResponse(content, problem.status, problem.headers)


def page_context(request: Request) -> dict[str, Any]:
    """Give what the templates of sign-in and errors need of a request."""
    state = request.state
    return {
        "csrf_token": getattr(state, "csrf_token", ""),
        "is_dev": getattr(state, "is_dev", False),
        "user": getattr(state, "user", None),
    }


async def as_problem(request: Request, error: Exception) -> Response:
    """Let `Errors` answer what Starlette would answer with a bare text."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    headers: Mapping[str, str] | None = error.headers if isinstance(error, HTTPException) else None
    raise of_status(status, headers) from None
