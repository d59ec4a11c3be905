"""Where a user goes after a sign-in: a page of the portal, and nowhere else."""

import re
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

HOME = "/"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SESSIONS = "/sessions"
_CHARACTERS = 2000
# Browsers read `\` as `/`, and skip tabs and line breaks: `/\t/host` would lead to another host.
_PAGE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def safe_next(text: str) -> str:
    """Give the page that a user wanted, or the first one where the text is none of ours.

    Parameters:
        text: a path with a query, as it came with a request.
    """
    if len(text) > _CHARACTERS or not _PAGE.fullmatch(text):
        return HOME
    path = urlsplit(text).path
    return HOME if path.startswith((SIGN_IN, SIGN_OUT)) else text


def sign_in_first(request: Request) -> str:
    """Give the address of the sign-in that leads back to the page that was asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    wanted = safe_next(request.url.path + query)
    return SIGN_IN + ("" if wanted == HOME else "?" + urlencode({"next": wanted}))
