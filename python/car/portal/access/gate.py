"""The gate: who asks, whether a form is one of ours, and that nobody sees a page who is not signed in."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from car.portal.access import csrf
from car.portal.access.cookies import Cookie
from car.portal.access.headers import STATIC
from car.portal.access.next_page import SIGN_IN, SIGN_OUT, sign_in_first
from car.portal.access.problem import Problem
from car.portal.access.sessions import Session, Sessions
from car.portal.settings import PortalSettings

# Without sign-in, and without data. `/static/` is the one folder.
OPEN = frozenset({SIGN_IN, f"{SIGN_IN}/start", f"{SIGN_IN}/callback", SIGN_OUT, "/healthz", "/readyz"})
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
# What a proxy adds. The dev login must not be reached by way of one.
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True)
class Keeper:
    """What the gate knows users by.

    Attributes:
        settings: the portal's.
        sessions: all of them.
        session_cookie: holds the secret of a session.
        browser_cookie: holds a secret of the browser, while nobody is signed in.
        register: gives the register's spelling of a Party's name; None where there is no such Party.
        open_paths: that need no sign-in, and show no data.
    """

    settings: PortalSettings
    sessions: Sessions
    session_cookie: Cookie
    browser_cookie: Cookie
    register: Callable[[str], str | None]
    open_paths: frozenset[str]

    def secret(self, request: Request) -> str:
        """Give the secret that a browser's forms hang on: of its session, or else of itself."""
        return request.state.session_secret or self.browser_cookie.read(request)


class Gate:
    """ASGI middleware that lets a request in, or does not.

    It sets `request.state.user`, `.session` and `.session_secret` (None and empty: nobody), `.csrf_token`,
    `.is_dev`, `.form` (of a request that changes something) and `.started_at` (s, of `time.perf_counter`).
    """

    def __init__(self, app: ASGIApp, keeper: Keeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        _check_length(request)
        await self._identify(request)
        if csrf.changes_something(request):
            try:
                receive = await self._checked_form(request)
            except ClientDisconnect:
                return
        refused = self._refused(request)
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await refused(scope, receive, send)

    async def _identify(self, request: Request) -> None:
        state, keeper = request.state, self._keeper
        state.started_at = time.perf_counter()
        state.is_dev = keeper.settings.has_dev_login
        state.user, state.session, state.session_secret, state.form = None, None, "", {}
        secret = keeper.session_cookie.read(request)
        session: Session | None = keeper.sessions.find(secret) if secret else None
        if session:
            if keeper.sessions.is_to_be_seen(session):
                await run_in_threadpool(keeper.sessions.seen, secret)
            state.user, state.session, state.session_secret = session.user, session, secret
        state.csrf_token = csrf.token(keeper.secret(request))

    async def _checked_form(self, request: Request) -> Receive:
        """Read a form whole, within its limits, check it, and give it on to the application.

        Raises:
            Problem: it is too large, too slow, no form, or not one of ours.
        """
        settings = self._keeper.settings
        if request.headers.get("content-type", _FORM).split(";")[0].strip().lower() != _FORM:
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This is no form of this site")
        try:
            async with asyncio.timeout(settings.post_seconds):
                body = await _body(request, settings.post_max_bytes)
        except TimeoutError:
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The form took too long to come") from None
        try:
            fields = parse_qs(
                body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS
            )
        except ValueError:
            raise Problem(HTTPStatus.BAD_REQUEST, "The form cannot be read") from None
        request.state.form = {name: values[0] for name, values in fields.items()}
        if request.scope["path"] == SIGN_OUT and not request.state.session:
            # The page may be older than the end of its session. There is nothing left to end.
            csrf.check_origin(request, self._own_origin(request))
        else:
            csrf.check(
                request,
                self._keeper.secret(request),
                request.state.form.get(csrf.FIELD, ""),
                self._own_origin(request),
            )
        return _again(body, request.receive)

    def _own_origin(self, request: Request) -> str:
        """Give the portal's origin; on loopback by the name that the browser used, which was checked."""
        settings = self._keeper.settings
        if settings.public_url:
            parts = urlsplit(settings.public_url)
            return f"{parts.scheme}://{parts.netloc}".lower()
        return f"http://{request.headers.get('host', '')}".lower()

    def _refused(self, request: Request) -> Response | None:
        """Give the answer to who may not come in; None: they may.

        Raises:
            Problem: the same, as a page.
        """
        state, path = request.state, request.scope["path"]
        if state.is_dev and any(name in request.headers for name in _PROXIED):
            raise Problem(HTTPStatus.FORBIDDEN, "The dev login is for this machine alone")
        if path in self._keeper.open_paths or _is_static(path):
            return None
        if state.user:
            self._check_party(request)
            return None
        is_page = request.headers.get("sec-fetch-dest", "document") == "document"
        if request.method in ("GET", "HEAD") and is_page:
            return RedirectResponse(sign_in_first(request), HTTPStatus.SEE_OTHER)
        raise Problem(
            HTTPStatus.UNAUTHORIZED, "You are not signed in", "Your session has ended.", "Sign in again."
        )

    def _check_party(self, request: Request) -> None:
        """Let nobody see a page whose Party has left since they signed in; the Panel reads on."""
        user = request.state.user
        if user.party_id and self._keeper.register(user.party_id) != user.party_id:
            raise no_party()
        if not user.party_id and not user.is_panel:
            raise no_party()


def _check_length(request: Request) -> None:
    """Refuse a request that says twice how long it is: a proxy may have read another one than this."""
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise Problem(HTTPStatus.BAD_REQUEST, "The request cannot be read", headers={"Connection": "close"})


def _is_static(path: str) -> bool:
    """Tell whether a path is of a static file: what lies deeper could be another route's."""
    return path.startswith(STATIC) and "/" not in path.removeprefix(STATIC)


def no_party() -> Problem:
    """Give the page of a user of no Party."""
    return Problem(
        HTTPStatus.FORBIDDEN,
        "Your account belongs to no Party here",
        "You are signed in, but your account names no Party that is in a release in force.",
        "Ask whoever manages your account to give it your Party, and sign in again.",
        "no_party.html",
    )


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too large")
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body once more, and then whatever comes."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
