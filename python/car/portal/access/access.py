"""Who gets in, put together for the application: middleware, routes, audit log and limits."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from car.portal.access.audit import Audit
from car.portal.access.cookies import Cookie
from car.portal.access.database import Database
from car.portal.access.errors import ErrorPages, Errors, Render, as_problem
from car.portal.access.gate import OPEN, Gate, Keeper
from car.portal.access.headers import Headers
from car.portal.access.limits import Limits
from car.portal.access.provider import Provider
from car.portal.access.sessions import open_sessions
from car.portal.access.sign_in import SignInPages
from car.portal.access.under_way import LONGEST_S, SignInsUnderWay
from car.portal.settings import PortalSettings

AUDIT = "audit"


class Access:
    """Who gets in.

    Attributes:
        audit: the audit log.
        limits: how often a user and an address may sign in and download.
        sessions: all sessions.
    """

    def __init__(
        self,
        settings: PortalSettings,
        state: Path,
        register: Callable[[str], str | None],
        parties: Callable[[], list[str]],
        render: Render,
        now: Callable[[], float] = time.time,
        open_paths: Sequence[str] = (),
    ) -> None:
        """Open the store and the audit log.

        Parameters:
            settings: the portal's.
            state: folder of sessions and audit log.
            register: gives the register's spelling of a Party's name, None where no release has such a Party.
                It is asked with each request.
            parties: those that the dev login offers.
            render: makes HTML of a template's name and its context.
            now: the clock (s since 1970).
            open_paths: beside those of sign-in and health: paths that need no sign-in, and show no data.

        Raises:
            UsageFault: the dev login could be reached from elsewhere, or sessions would not go over TLS.
            OSError: the folder cannot be written.
        """
        settings.check_serving()
        self.audit = Audit(state / AUDIT, settings.audit_days, settings.audit_max_bytes, now)
        database = Database(state)
        self.limits = Limits(database, settings, now)
        self.sessions = open_sessions(settings, database, now)
        self._settings = settings
        self._answer = ErrorPages(render)
        self._keeper = Keeper(
            settings,
            self.sessions,
            Cookie("car_session", settings.is_secure),
            Cookie("car_browser", settings.is_secure, LONGEST_S),
            register,
            OPEN.union(open_paths),
        )
        self._pages = SignInPages(
            self._keeper,
            _provider(settings, now),
            SignInsUnderWay(database, now),
            self.audit,
            self.limits,
            parties,
            render,
        )

    def routes(self) -> list[Route]:
        """Give the routes of sign-in and sign-out."""
        return self._pages.routes()

    def middleware(self) -> list[Middleware]:
        """Give the middleware of the application, all of it, the outermost first."""
        return [
            Middleware(Headers, is_secure=self._settings.is_secure),
            Middleware(TrustedHostMiddleware, allowed_hosts=self._settings.hosts, www_redirect=False),
            Middleware(Errors, answer=self._answer),
            Middleware(Gate, keeper=self._keeper),
        ]

    def exception_handlers(self) -> Mapping[Any, Any]:
        """Give the application's exception handlers, so that a missing page has a page, too."""
        return {HTTPException: as_problem}


def _provider(settings: PortalSettings, now: Callable[[], float]) -> Provider | None:
    if settings.has_dev_login:
        return None
    # It takes a quarter of a second to import, which the dev login need not wait for.
    from car.portal.access.oidc import OpenIdProvider

    return OpenIdProvider(settings, now)
