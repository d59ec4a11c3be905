"""The portal as an ASGI application: which URL shows what, to whom."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from car.portal import site
from car.portal.pages.definition import page_lists
from car.portal.selection import WrongFilter, read_filters
from car.portal.store import InForce, NotShown, Reading, Store, TookTooLong
from car.release.places import INDUSTRY
from car.reports.definition import common

INDUSTRY_ROLE = "industry"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Here:
    """Where a request is: whose figures, of which month and role.

    Attributes:
        recipient: the party, or the word for the industry.
        role: User Role; empty of the industry's report.
    """

    in_force: InForce
    recipient: str
    party_id: str
    month: str
    role: str

    @property
    def path(self) -> str:
        """The path that its pages have in common."""
        return f"/{self.month}/{quote(self.role or INDUSTRY_ROLE)}"

    @property
    def months(self) -> list[str]:
        """Give the month and the one before it, where that has a release too."""
        year, number = int(self.month[:4]), int(self.month[5:])
        before = f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"
        every = self.in_force.months_of(self.recipient)
        return [self.month, *([before] if before in every else [])]


class Pages:
    """The handlers of the pages.

    Parameters:
        store: the releases.
        templates: Jinja2 templates.
        common_context: of every page, by request: who is signed in, tokens, links.
    """

    def __init__(
        self, store: Store, templates: jinja2.Environment, common_context: Callable[[Request], dict[str, Any]]
    ) -> None:
        self._store = store
        self._templates = templates
        self._common = common_context

    def routes(self) -> list[Route]:
        """Give the routes of all pages."""
        return [
            Route("/", self._start, name="start"),
            Route("/{month}/{role}/table/{area}/{name}", self._table, name="table"),
            Route("/{month}/{role}/{page}", self._page, name="page"),
        ]

    def here(self, request: Request) -> Here:
        """Find where a request is; what its user has no right to, is not there.

        Raises:
            HTTPException: 404.
        """
        user = request.state.user
        month, role = request.path_params["month"], request.path_params["role"]
        in_force = self._store.in_force()
        if not _MONTH.fullmatch(month) or month not in in_force.versions:
            raise HTTPException(404)
        if role == INDUSTRY_ROLE:
            if not in_force.has_industry(month):
                raise HTTPException(404)
            return Here(in_force, INDUSTRY, user.party_id, month, "")
        if not user.party_id or role not in common().roles or month not in in_force.months_of(user.party_id):
            raise HTTPException(404)
        return Here(in_force, user.party_id, user.party_id, month, role)

    async def _start(self, request: Request) -> Response:
        def find() -> str:
            user = request.state.user
            in_force = self._store.in_force()
            if not in_force.versions:
                raise NotShown("There is no release in force.")
            months = in_force.months_of(user.party_id) if user.party_id else []
            if not months:
                return f"/{next(iter(in_force.versions))}/{INDUSTRY_ROLE}/industry"
            with self._store.reading(in_force, user.party_id, months[:1]) as reading:
                role = reading.schema.roles[0] if reading.schema.roles else INDUSTRY_ROLE
            return f"/{months[0]}/{role}/overview"

        return RedirectResponse(await run_in_threadpool(find), 303)

    async def _page(self, request: Request) -> Response:
        page = page_lists().get(request.path_params["page"])
        if page is None:
            raise HTTPException(404)

        def show(here: Here, reading: Reading) -> tuple[str, dict[str, Any]]:
            filters = read_filters(request.query_params.multi_items(), set(page.filters))
            head, sections, offered = site.area_page(reading, here.role, page, filters, here.path)
            return "area.html", {
                "page": page,
                "blocks": head,
                "sections": sections,
                "filters": offered,
                "is_filtered": bool(filters),
            }

        return await self.shown(request, show, page.title)

    async def _table(self, request: Request) -> Response:
        def show(here: Here, reading: Reading) -> tuple[str, dict[str, Any]]:
            asked = request.path_params
            table = site.table_in(reading.schema, here.role, asked["area"], asked["name"])
            if table is None:
                raise HTTPException(404)
            columns = {item.name for item in table.shown}
            filters = read_filters(request.query_params.multi_items(), columns)
            sort = request.query_params.get("sort", "")
            number = request.query_params.get("page", "1")
            page = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1
            whole = site.whole_table(reading, here.role, table, filters, sort, max(page, 1), here.path)
            return "table.html", {"whole": whole, "title": table.question or table.title}

        return await self.shown(request, show, "")

    async def shown(
        self,
        request: Request,
        show: Callable[[Here, Reading], tuple[str, dict[str, Any]]],
        title: str,
    ) -> Response:
        """Answer with a page of a recipient's.

        Parameters:
            show: makes the name of the template and its context, out of the bundles.
            title: where the context has none.
        """

        def made() -> str:
            here = self.here(request)
            with self._store.reading(here.in_force, here.recipient, here.months) as reading:
                if here.role and here.role not in reading.schema.roles:
                    raise HTTPException(404)
                template, context = show(here, reading)
                return self._html(
                    request, template, {"title": title} | context | self._place(request, here, reading)
                )

        try:
            return HTMLResponse(await run_in_threadpool(made))
        except WrongFilter as error:
            return HTMLResponse(
                self._html(
                    request, "error.html", {"title": "These filters cannot be used", "message": str(error)}
                ),
                400,
            )
        except NotShown:
            return HTMLResponse(
                self._html(
                    request,
                    "error.html",
                    {"title": "This month cannot be shown at present", "message": "Other months go on."},
                ),
                503,
            )
        except TookTooLong:
            return HTMLResponse(
                self._html(
                    request,
                    "error.html",
                    {
                        "title": "This page took too long",
                        "message": "The page was given up. Choose fewer lines, or download the file.",
                    },
                ),
                503,
            )

    def _place(self, request: Request, here: Here, reading: Reading) -> dict[str, Any]:
        schema = reading.schema
        rest = request.url.path.removeprefix(here.path)
        own = here.in_force.months_of(here.party_id) if here.party_id else []
        query = f"?{request.url.query}" if request.url.query else ""
        return {
            "here": here.path,
            "month": here.month,
            "role": here.role,
            "role_name": common().roles.get(here.role, "Industry"),
            "version": schema.version,
            "as_of": schema.as_of,
            "party_id": here.party_id,
            "roles": [
                {
                    "code": code,
                    "name": common().roles.get(code, code),
                    "url": f"/{here.month}/{code}/overview",
                }
                for code in (schema.roles if here.role else ())
            ],
            "months": [
                {"month": month, "url": f"/{month}{here.path[8:]}{rest}{query}"}
                for month in (own if here.role else here.in_force.versions)
            ],
            "navigation": site.navigation(schema, here.role, here.path),
        }

    def _html(self, request: Request, template: str, context: dict[str, Any]) -> str:
        return self._templates.get_template(template).render(**self._common(request), **context)


def templates() -> jinja2.Environment:
    """Give the templates; every value is escaped, and a name that is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("car.portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
