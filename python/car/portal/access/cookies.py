"""The cookies: one of the session, one of the browser while nobody is signed in."""

import re

from starlette.requests import Request
from starlette.responses import Response

# As `new_secret` makes them. Anything else was made elsewhere.
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Cookie:
    """A cookie that holds a secret, for this host alone, out of reach of scripts."""

    def __init__(self, name: str, is_secure: bool, longest_s: int | None = None) -> None:
        """Describe a cookie.

        Parameters:
            name: of the cookie.
            is_secure: browsers come over TLS; otherwise from this machine, whose browsers take no prefix.
            longest_s: for which a browser keeps it (s); None: until it is closed.
        """
        self.name = f"__Host-{name}" if is_secure else name
        self._is_secure = is_secure
        self._longest_s = longest_s

    def read(self, request: Request) -> str:
        """Give the secret; empty where there is none that could be ours."""
        value = request.cookies.get(self.name, "")
        return value if _SECRET.fullmatch(value) else ""

    def write(self, response: Response, secret: str) -> None:
        """Let the browser keep a secret."""
        response.set_cookie(
            self.name,
            secret,
            max_age=self._longest_s,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def delete(self, response: Response) -> None:
        """Let the browser forget the secret."""
        response.delete_cookie(self.name, path="/", secure=self._is_secure, httponly=True, samesite="lax")
