"""Requests that change something must come from a page of the portal: by a field and the browser's word."""

import hashlib
import hmac
from http import HTTPStatus

from starlette.requests import Request

from car.portal.access.problem import Problem

FIELD = "csrf_token"
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
_PURPOSE = b"car portal: hidden field of a form"


def token(secret: str) -> str:
    """Give the hidden field of a browser's forms; empty where the browser holds no secret.

    Parameters:
        secret: of the session's cookie, or of the browser's. The field does not give it away.
    """
    return hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).hexdigest() if secret else ""


def changes_something(request: Request) -> bool:
    """Tell whether a request may change something, by its method."""
    return request.method not in _SAFE


def check(request: Request, secret: str, field: str, own_origin: str) -> None:
    """Refuse a request that no page of the portal sent.

    Parameters:
        secret: of the cookie, that the field was made of.
        field: what the form's hidden field says.
        own_origin: scheme, host and port of the portal, as the browser knows them.

    Raises:
        Problem: 403.
    """
    check_origin(request, own_origin)
    if not (secret and hmac.compare_digest(field, token(secret))):
        raise _refused()


def check_origin(request: Request, own_origin: str) -> None:
    """Refuse a request that a browser does not say to come from a page of the portal.

    Parameters:
        own_origin: scheme, host and port of the portal, as the browser knows them.

    Raises:
        Problem: 403.
    """
    if not _is_from_here(request, own_origin):
        raise _refused()


def _refused() -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "This form cannot be used any more",
        "You signed in or out since it was opened, or it does not come from this site.",
        "Go back, load the page again, and send the form once more.",
    )


def _is_from_here(request: Request, own_origin: str) -> bool:
    """Believe `Sec-Fetch-Site`, which no page can forge, and `Origin`, of which one must be there.

    Without a referrer browsers send the Origin `null` with a form: that says nothing, and is no refusal.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    if site is not None and site != "same-origin":
        return False
    return site is not None if origin == "null" else origin == own_origin
