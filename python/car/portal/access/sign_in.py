"""The pages of sign-in and sign-out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from car.errors import one_line
from car.portal.access import csrf, dev
from car.portal.access.audit import Audit
from car.portal.access.errors import Render, page_context
from car.portal.access.gate import Keeper, no_party
from car.portal.access.limits import Limits
from car.portal.access.next_page import HOME, SESSIONS, SIGN_IN, SIGN_OUT, safe_next
from car.portal.access.problem import Problem
from car.portal.access.provider import Provider, SignedIn, SignInFailed
from car.portal.access.secret import new_secret
from car.portal.access.sessions import instant
from car.portal.access.under_way import SignInsUnderWay
from car.portal.access.user import User

logger = logging.getLogger("car.portal")
_TRY_AGAIN = "Try to sign in again. If it fails again, ask for help and give the error's number."
_UNREACHABLE = (
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The sign-in service does not answer",
    "You cannot be signed in at present.",
    "Try again in a few minutes. Whoever is signed in already can go on.",
)
# What the user reads of each reason for which a sign-in comes to nothing.
_FAILURES = {
    "provider_unreachable": _UNREACHABLE,
    "provider_wrong": _UNREACHABLE,
    "provider_refused": (
        HTTPStatus.FORBIDDEN,
        "You were not signed in",
        "The sign-in service refused, or you cancelled.",
        "Sign in again, or ask whoever manages your account.",
    ),
    "not_begun_here": (
        HTTPStatus.BAD_REQUEST,
        "This sign-in cannot be finished",
        "It was begun in another browser, took too long, or was finished before.",
        "Sign in once more from the start.",
    ),
    "code_refused": (
        HTTPStatus.BAD_REQUEST,
        "The sign-in service took its word back",
        "It gave a code for your sign-in that it does not accept any more.",
        _TRY_AGAIN,
    ),
    "token_invalid": (
        HTTPStatus.FORBIDDEN,
        "You could not be signed in safely",
        "What the sign-in service says of you could not be verified.",
        _TRY_AGAIN,
    ),
}


@dataclass(frozen=True)
class SignInPages:
    """Signs users in and out.

    Attributes:
        keeper: sessions, cookies and register.
        provider: None: the dev login.
        under_way: the sign-ins that wait for the provider.
        audit: where each is written down.
        limits: how often they may.
        parties: those that the dev login offers.
        render: makes HTML of a template.
    """

    keeper: Keeper
    provider: Provider | None
    under_way: SignInsUnderWay
    audit: Audit
    limits: Limits
    parties: Callable[[], list[str]]
    render: Render

    def routes(self) -> list[Route]:
        """Give the routes."""
        shown = [
            Route(SIGN_IN, self.show, methods=["GET"]),
            Route(SIGN_OUT, self.show_signed_out, methods=["GET"]),
            Route(SIGN_OUT, self.sign_out, methods=["POST"]),
            Route(SESSIONS, self.show_sessions, methods=["GET"]),
            Route(SESSIONS, self.end_other_sessions, methods=["POST"]),
        ]
        if self.provider is None:
            return [*shown, Route(SIGN_IN, self.choose, methods=["POST"])]
        return [
            *shown,
            Route(f"{SIGN_IN}/start", self.start, methods=["GET"]),
            Route(f"{SIGN_IN}/callback", self.finish, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show how to sign in."""
        next_page = safe_next(request.query_params.get("next", HOME))
        if request.state.user:
            return RedirectResponse(next_page, HTTPStatus.SEE_OTHER)
        # Before there is a session, forms and answers are told as this browser's own by a secret it holds.
        browser = self.keeper.browser_cookie.read(request) or new_secret()
        context = {
            **self._page("Sign in", request),
            "csrf_token": csrf.token(browser),
            "parties": self.parties() if request.state.is_dev else [],
            "next": next_page,
        }
        response = HTMLResponse(self.render("sign_in.html", context))
        self.keeper.browser_cookie.write(response, browser)
        return response

    async def choose(self, request: Request) -> Response:
        """Sign in the Party that was chosen (dev login)."""
        await self.limits.take("sign_in", request)
        user = dev.chosen_user(request.state.form, self.parties())
        if user is None:
            self.audit.line(request, outcome="sign_in_failed:no_party")
            raise no_party()
        return await self._signed_in(request, user, "", safe_next(request.state.form.get("next", HOME)))

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider."""
        await self.limits.take("sign_in", request)
        browser = self.keeper.browser_cookie.read(request) or new_secret()
        next_page = safe_next(request.query_params.get("next", HOME))
        try:
            url, state, begun = await self._provider().begin(next_page)
        except SignInFailed as failure:
            raise self._failed(request, failure) from None
        await run_in_threadpool(self.under_way.begin, state, browser, begun)
        response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
        self.keeper.browser_cookie.write(response, browser)
        return response

    async def finish(self, request: Request) -> Response:
        """Take the browser back from the provider."""
        answer = dict(request.query_params)
        browser = self.keeper.browser_cookie.read(request)
        begun = await run_in_threadpool(self.under_way.take, answer.get("state", ""), browser)
        try:
            if begun is None:
                await self.limits.take("sign_in", request)
                raise SignInFailed("not_begun_here")
            signed_in = await self._provider().finish(answer, begun)
        except SignInFailed as failure:
            raise self._failed(request, failure) from None
        user = self._user(signed_in)
        if not user.party_id and not user.is_panel:
            self.audit.line(request, outcome="sign_in_failed:no_party", user=user)
            raise no_party()
        try:
            await self.limits.take_of_user("sign_in", user.subject)
        except Problem:
            self.audit.line(request, outcome="sign_in_failed:too_many", user=user)
            raise
        return await self._signed_in(request, user, signed_in.id_token, begun.next)

    async def sign_out(self, request: Request) -> Response:
        """End the session here, and at the provider where it has a page for that."""
        state, page = request.state, ""
        if state.session:
            await run_in_threadpool(self.keeper.sessions.end, state.session_secret)
            self.audit.line(request, outcome="signed_out")
            if self.provider:
                page = await self.provider.end_page(state.session.id_token)
        # No redirect: browsers hold a form's redirects to the policy of its page, which names no other host.
        response = self._signed_out(request, page)
        if page:
            response.headers["Refresh"] = f"0; url={page}"
        self.keeper.session_cookie.delete(response)
        if self.keeper.settings.is_secure:
            # On loopback it would take away what other servers of this machine keep.
            response.headers["Clear-Site-Data"] = '"cookies", "storage"'
        return response

    async def show_signed_out(self, request: Request) -> Response:
        """Say that nobody is signed in."""
        if request.state.user:
            return RedirectResponse(HOME, HTTPStatus.SEE_OTHER)
        return self._signed_out(request, "")

    async def show_sessions(self, request: Request) -> Response:
        """Show users where they are signed in."""
        return await self._own_sessions(request, "")

    async def end_other_sessions(self, request: Request) -> Response:
        """End a user's sessions in other browsers."""
        state = request.state
        ended = await run_in_threadpool(
            self.keeper.sessions.end_others, state.user.subject, state.session_secret
        )
        self.audit.line(request, outcome="other_sessions_ended")
        return await self._own_sessions(request, f"Sessions ended: {ended}.")

    async def _own_sessions(self, request: Request, message: str) -> Response:
        state = request.state
        known = await run_in_threadpool(
            self.keeper.sessions.of_user, state.user.subject, state.session_secret
        )
        told = [
            {"begun_at": instant(one.begun_at), "seen_at": instant(one.seen_at), "is_this": is_this}
            for one, is_this in known
        ]
        context = {**self._page("Your sessions", request), "message": message, "sessions": told}
        return HTMLResponse(self.render("sessions.html", context))

    def _signed_out(self, request: Request, page: str) -> Response:
        request.state.user, request.state.csrf_token = None, ""
        message = "Go on to the sign-in service, to sign out there as well." if page else ""
        context = {**self._page("You are signed out", request), "message": message, "next": page}
        return HTMLResponse(self.render("signed_out.html", context))

    async def _signed_in(self, request: Request, user: User, id_token: str, next_page: str) -> Response:
        # Nobody gets in of whom no line was written.
        self.audit.line(request, outcome="signed_in", user=user)
        secret = await run_in_threadpool(
            self.keeper.sessions.begin, user, id_token, request.state.session_secret
        )
        response = RedirectResponse(next_page, HTTPStatus.SEE_OTHER)
        self.keeper.session_cookie.write(response, secret)
        return response

    def _user(self, signed_in: SignedIn) -> User:
        claimed = signed_in.claimed_party
        party_id = (self.keeper.register(claimed) or "") if claimed.strip() else ""
        return User(signed_in.subject, party_id, signed_in.is_panel)

    def _failed(self, request: Request, failure: SignInFailed) -> Problem:
        self.audit.line(request, outcome=f"sign_in_failed:{failure.reason}")
        logger.warning("sign-in failed: %s", one_line(str(failure)))
        return Problem(*_FAILURES.get(failure.reason, _FAILURES["token_invalid"]))

    def _page(self, title: str, request: Request) -> dict[str, object]:
        return {"title": title, "message": "", "what_to_do": "", "error_id": "", **page_context(request)}

    def _provider(self) -> Provider:
        assert self.provider is not None  # its routes are there with it alone
        return self.provider
