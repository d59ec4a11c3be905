"""The headers of every answer: what a browser may do with a page, and whether it may keep it."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = "/static/"
# Of a static file, whose address then says which version of it is meant.
VERSION_PARAMETER = "v"

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_NEVER_KEPT = "no-store"
_KEPT_A_YEAR = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"


class Headers:
    """ASGI middleware, the outermost: no answer of the application goes out without these headers."""

    def __init__(self, app: ASGIApp, is_secure: bool) -> None:
        """Wrap an application.

        Parameters:
            is_secure: browsers come over TLS, and shall never come otherwise.
        """
        self._app = app
        self._always: Mapping[str, str] = {**_ALWAYS, **(_OVER_TLS if is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self._always.items():
                    headers[name] = value
                headers["Cache-Control"] = _kept(scope, message["status"])
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _kept(scope: Scope, status: int) -> str:
    """Say how long a browser may keep an answer: a static file alone, and for long where it has a version."""
    if not scope["path"].startswith(STATIC) or status not in (200, 206, 304):
        return _NEVER_KEPT
    has_version = VERSION_PARAMETER in QueryParams(scope["query_string"])
    return _KEPT_A_YEAR if has_version else _ASKED_AGAIN
