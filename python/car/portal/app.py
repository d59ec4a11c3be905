"""The portal as an ASGI application: which URL shows what, to whom."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from car.portal import site
from car.portal.access.access import Access
from car.portal.access.audit import Audit
from car.portal.downloads.handlers import Downloads
from car.portal.explore import explore, read_question
from car.portal.here import INDUSTRY_ROLE, Here, Shown
from car.portal.kept import KeptPages, Made
from car.portal.offered import tables_to_explore, tables_with_trends
from car.portal.pages.compose import TableView
from car.portal.pages.definition import page_lists
from car.portal.problems import as_problems, not_of_this_month, not_shown
from car.portal.schema import BundleSchema, TableInfo
from car.portal.selection import Filters, filter_query, read_filters
from car.portal.settings import PortalSettings
from car.portal.static_files import StaticFiles
from car.portal.store import NotShown, Reading, Store
from car.portal.trends import trend
from car.portal.written import FILTERS, month_name
from car.release.places import INDUSTRY
from car.reports.definition import common

# Recipients whose bundles stay open in one process.
_OPENED_AT_MOST = 6
# Pages that stay made in one process: some 300 of the larger ones.
_KEPT_BYTES = 12_000_000
# What anybody may read: the page, its template and its title.
_TEXTS = {
    "/help": ("help.html", "Help"),
    "/accessibility": ("accessibility.html", "Accessibility statement"),
    "/privacy": ("privacy.html", "What is kept of a visit"),
}
_GUIDANCE = Path(__file__).parents[3] / "docs" / "guidance.md"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Show = Callable[[Here, Reading], Shown]
"""Makes what a page shows."""


class Pages:
    """The handlers of the pages.

    Parameters:
        store: the releases.
        templates: Jinja2 templates.
        audit: writes down who was shown what.
        common_context: of every page, by request: tokens, what is at the foot.
    """

    def __init__(
        self,
        store: Store,
        templates: jinja2.Environment,
        audit: Audit | None,
        common_context: Callable[[], dict[str, Any]],
    ) -> None:
        self._store = store
        self._templates = templates
        self._audit = audit
        self._common = common_context
        self._kept = KeptPages(_KEPT_BYTES)

    def routes(self) -> list[Route]:
        """Give the routes of all pages."""
        return [
            Route("/", self._start, name="start"),
            Route("/{month}/{role}/guidance", self._guidance, name="guidance"),
            Route("/{month}/{role}/table/{area}/{name}", self._table, name="table"),
            Route("/{month}/{role}/{page}", self._any, name="page"),
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
        user = request.state.user
        return RedirectResponse(await run_in_threadpool(self._first_page, user.party_id), 303)

    def _first_page(self, party_id: str) -> str:
        in_force = self._store.in_force()
        own = in_force.months_of(party_id) if party_id else []
        for month in own:
            place = in_force.place(party_id, month)
            if self._store.is_shown(place):
                with self._store.reading(in_force, party_id, [month]) as reading:
                    roles = reading.schema.roles
                if roles:
                    return _first(month, roles[0])
        months = [month for month in in_force.versions if in_force.has_industry(month)]
        if not months:
            raise not_shown()
        return _first(months[0], "")

    def _area(self, request: Request) -> Show:
        page = page_lists().get(request.path_params["page"])
        if page is None:
            raise HTTPException(404)

        def show(here: Here, reading: Reading) -> Shown:
            self._check_page(page.name, here, reading)
            filters = read_filters(request.query_params.multi_items(), set(page.filters))
            head, sections, offered = site.area_page(reading, here.role, page, filters, here.path)
            context = {
                "page": page,
                "blocks": head,
                "sections": sections,
                "filters": offered,
                "is_filtered": bool(filters),
                "held": site.held_filters(filters, offered, f"{here.path}/{page.name}"),
                "downloads": site.small_downloads(here.path, page.name, filter_query(filters)),
            }
            blocks = [*head, *(block for section in sections for block in section.blocks)]
            tables = {block.name: block.table for block in blocks if block.table is not None}
            rows = sum(section.rows for section in sections)
            return Shown("area.html", page.title, context, rows, tables=tables)

        return show

    async def _table(self, request: Request) -> Response:
        def show(here: Here, reading: Reading) -> Shown:
            table = self.table(request, here, reading)
            filters = read_filters(request.query_params.multi_items(), {item.name for item in table.shown})
            sort, page = request.query_params.get("sort", ""), _number(request.query_params.get("page"))
            whole = site.whole_table(reading, here.role, table, filters, sort, page, here.path)
            return Shown(
                "table.html",
                table.question or table.title,
                {"whole": whole},
                len(whole.view.rows),
                table.area,
            )

        return await self.shown(request, show)

    def table(self, request: Request, here: Here, reading: Reading) -> TableInfo:
        """Find the table that a request names; one that the role has no file of is not there.

        Raises:
            HTTPException: 404.
        """
        asked = request.path_params
        table = site.table_in(reading.schema, here.role, asked["area"], asked["name"])
        if table is None:
            raise HTTPException(404)
        return table

    def _explore(self, request: Request) -> Show:
        def show(here: Here, reading: Reading) -> Shown:
            tables = tables_to_explore(reading.schema, here.role)
            if not tables:
                raise HTTPException(404)
            asked = request.query_params
            columns = {item.name for table in tables for item in table.dimensions}
            question = read_question(tables, dict(asked), read_filters(asked.multi_items(), columns))
            view = explore(reading, here.role, tables, question, here.path)
            context = {
                "view": view,
                "held": self._held(request, here, view.filters, question.filters),
                "downloads": site.small_downloads(here.path, "explore", asked.multi_items()),
            }
            answer = {site.ANSWER: view.answer}
            return Shown("explore.html", "Explore", context, len(view.answer.rows), tables=answer)

        return show

    def _trends(self, request: Request) -> Show:
        def show(here: Here, reading: Reading) -> Shown:
            tables = tables_with_trends(reading.schema, here.role)
            if not tables:
                raise HTTPException(404)
            asked = request.query_params
            columns = {item.name for table in tables for item in table.dimensions}
            filters = read_filters(asked.multi_items(), columns)
            view = trend(reading, here.role, tables, dict(asked), filters)
            context = {
                "view": view,
                "held": self._held(request, here, view.filters, filters),
                "downloads": site.small_downloads(here.path, "trends", asked.multi_items()),
            }
            answer = {site.ANSWER: view.answer}
            return Shown("trends.html", "Trends", context, len(view.answer.rows), tables=answer)

        return show

    async def _any(self, request: Request) -> Response:
        show, with_all_months = self._show_of(request)
        return await self.shown(request, show, with_all_months)

    def _show_of(self, request: Request) -> tuple[Show, bool]:
        """Find what makes a page of blocks, and whether it reads more months than two."""
        page = request.path_params["page"]
        if page == "explore":
            return self._explore(request), False
        return (self._trends(request), True) if page == "trends" else (self._area(request), False)

    def small_table(self, request: Request) -> tuple[Here, BundleSchema, TableView]:
        """Give a table of a page that is no published file's, by its name.

        Raises:
            HTTPException: 404.
            NotShown, TookTooLong, WrongFilter: as of pages.
        """
        show, with_all_months = self._show_of(request)
        here = self.here(request)
        with self._reading(here, with_all_months) as reading:
            table = show(here, reading).tables.get(request.path_params["name"])
            if table is None:
                raise HTTPException(404)
            return here, reading.schema, table

    async def _guidance(self, request: Request) -> Response:
        def show(here: Here, reading: Reading) -> Shown:
            tables = list(reading.schema.tables.values())
            return Shown("guidance.html", "Guidance", {"tables": tables, "document": guidance()})

        return await self.shown(request, show)

    async def shown(
        self,
        request: Request,
        show: Show,
        with_all_months: bool = False,
    ) -> Response:
        """Answer with a page of data, and write it down.

        Parameters:
            show: makes the page's template and context.
            with_all_months: it reads more than its own month and the one before.

        Raises:
            Problem: it cannot be shown; says why.
        """

        def made() -> tuple[str, Made, str]:
            here = self.here(request)
            with self._reading(here, with_all_months) as reading:
                # Whoever has the same right to the same bundles is shown the same at the same address.
                key = (reading.state, here.party_id, here.role, request.url.path, request.url.query)
                page = self._kept.page(key, lambda: self._main(here, reading, show))
                context = {"title": page.title, "area": page.area, "main": Markup(page.main)}
                html = self.html(request, "place.html", self._place(request, here, reading) | context)
                return html, page, f"{here.month}/v{reading.schema.version}"

        with as_problems():
            html, page, release = await run_in_threadpool(made)
        if self._audit is not None:
            self._audit.line(request, outcome="page_shown", release=release, rows=page.rows, is_found=True)
        return HTMLResponse(html)

    @contextmanager
    def _reading(self, here: Here, with_all_months: bool) -> Iterator[Reading]:
        """Open what a page reads; a role that the party has not is not there.

        Raises:
            Problem: the month cannot be shown, or lacks what is asked for; leads to what there is.
        """
        others = [month for month in here.every_month if month != here.month]
        wanted = [here.month, *others] if with_all_months else here.months
        roles: tuple[str, ...] = ()
        try:
            with self._store.reading(here.in_force, here.recipient, wanted) as reading:
                roles = reading.schema.roles
                if here.role and here.role not in roles:
                    raise HTTPException(404)
                yield reading
        except NotShown as error:
            raise not_shown([(month_name(month), _first(month, here.role)) for month in others]) from error
        except HTTPException as error:
            role = here.role if here.role in roles else next(iter(roles), "")
            path = _first(here.month, role)
            raise not_of_this_month(month_name(here.month), path) from error

    def _main(self, here: Here, reading: Reading, show: Callable[[Here, Reading], Shown]) -> Made:
        """Make what is between the head and the foot of a page; its template knows of no user."""
        # It may have waited until others were made.
        reading.begin_anew()
        shown = show(here, reading)
        template = self._templates.get_template(shown.template)
        main = template.render(
            here=here.path,
            version=reading.schema.version,
            as_of=reading.schema.as_of,
            title=shown.title,
            contact=self._common()["contact"],
            **shown.context,
        )
        return Made(shown.title, main, shown.rows, shown.area)

    def _held(
        self, request: Request, here: Here, offered: list[site.FilterView], filters: Filters
    ) -> list[site.HeldFilter]:
        """Give the filters that hold on a page whose form asks for more than filters."""
        names = {one.column for one in offered}
        asked = request.query_params.multi_items()
        more = [(name, value) for name, value in asked if name.partition(".")[0] not in names]
        path = f"{here.path}{request.url.path.removeprefix(here.path)}"
        return site.held_filters(filters, offered, path, more)

    def _check_page(self, name: str, here: Here, reading: Reading) -> None:
        if name not in {item["name"] for item in site.navigation(reading.schema, here.role, here.path)}:
            raise HTTPException(404)

    def _place(self, request: Request, here: Here, reading: Reading) -> dict[str, Any]:
        """Give what each page of data says of where it is."""
        schema = reading.schema
        rest = request.url.path.removeprefix(here.path)
        query = f"?{request.url.query}" if request.url.query else ""
        role = here.role or INDUSTRY_ROLE
        own = here.in_force.months_of(here.party_id) if here.party_id else []
        return {
            "here": here.path,
            "page_name": rest.strip("/").split("/")[0],
            "month": here.month,
            "role": here.role,
            "role_name": common().roles.get(here.role, "Industry report"),
            "version": schema.version,
            "as_of": schema.as_of,
            "party_id": here.party_id,
            "roles": self._roles(here, reading, own, rest, query),
            "months": [
                {"month": month, "url": f"/{month}/{quote(role)}{rest}{query}"} for month in here.every_month
            ],
            "navigation": site.navigation(schema, here.role, here.path),
        }

    def _roles(
        self, here: Here, reading: Reading, own: list[str], rest: str, query: str
    ) -> list[dict[str, str]]:
        """Give what a reader can switch to: the party's roles, and the industry's report.

        Parameters:
            rest: of the path, behind month and role: a role that has this page keeps it, with its query.
        """
        schema = None
        if here.role:
            schema = reading.schema
        elif here.month in own:
            with self._store.reading(here.in_force, here.party_id, [here.month]) as other:
                schema = other.schema
        found = []
        for code in schema.roles if schema else ():
            is_kept = bool(here.role) and site.has_page(schema, code, rest)
            url = f"/{here.month}/{code}{rest}{query}" if is_kept else _first(here.month, code)
            found.append({"code": code, "name": common().roles.get(code, code), "url": url})
        if here.in_force.has_industry(here.month):
            found.append({"code": "", "name": "Industry report", "url": _first(here.month, "")})
        return found

    def html(self, request: Request, template: str, context: dict[str, Any]) -> str:
        """Make a page."""
        given = {
            **self._common(),
            "user": request.state.user,
            "csrf_token": request.state.csrf_token,
            "is_dev": request.state.is_dev,
        }
        return self._templates.get_template(template).render(**given, **context)


def _first(month: str, role: str) -> str:
    """Give the path of the first page of a month.

    Parameters:
        role: empty: of the industry's report.
    """
    return f"/{month}/{quote(role)}/overview" if role else f"/{month}/{INDUSTRY_ROLE}/industry"


def _number(text: str | None) -> int:
    """Read the number of a page; what is none is the first."""
    return max(int(text), 1) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


@cache
def guidance() -> str:
    """Give the project's guidance document as HTML, its headings below those of the page."""
    if not _GUIDANCE.is_file():
        return ""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_GUIDANCE.read_text(encoding="utf-8"))
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"
        # Its links lead to other documents of the project, which the portal does not have.
        token.children = [part for part in token.children or [] if not part.type.startswith("link")] or None
    return markdown.renderer.render(tokens, markdown.options, {})


def templates() -> jinja2.Environment:
    """Give the templates; every value is escaped, and a name that is not given is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("car.portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def create(out: Path, settings: PortalSettings) -> Starlette:
    """Make the application of one worker.

    Parameters:
        out: the output folder; it is only read.
    """
    # Nobody's first page shall wait for these.
    page_lists()
    common()
    store = Store(out, _OPENED_AT_MOST, settings.query_memory, settings.query_seconds)
    made = templates()
    static = StaticFiles(settings.state_folder(out) / "static")

    def at_the_foot() -> dict[str, Any]:
        return {"contact": settings.contact, "audit_days": settings.audit_days, "static": static.url}

    def render(template: str, context: dict[str, Any]) -> str:
        return made.get_template(template).render(**at_the_foot(), **context)

    access = Access(
        settings,
        settings.state_folder(out),
        store.registered,
        lambda: sorted(store.every_party().values()),
        render,
        open_paths=tuple(_TEXTS),
    )
    pages = Pages(store, made, access.audit, at_the_foot)
    scratch = settings.state_folder(out) / "downloads"
    downloads = Downloads(store, pages, access, scratch, settings.download_seconds)

    def text_page(path: str, template: str, title: str) -> Route:
        async def show(request: Request) -> Response:
            return HTMLResponse(pages.html(request, template, {"title": title}))

        return Route(path, show)

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(_: Request) -> Response:
        is_ready = await run_in_threadpool(lambda: bool(store.in_force().versions))
        return PlainTextResponse("ready" if is_ready else "no release is in force", 200 if is_ready else 503)

    return Starlette(
        routes=[
            Route("/healthz", healthy),
            Route("/readyz", ready),
            *(text_page(path, template, title) for path, (template, title) in _TEXTS.items()),
            *static.routes(),
            *access.routes(),
            *downloads.routes(),
            *pages.routes(),
        ],
        middleware=access.middleware(),
        exception_handlers=access.exception_handlers(),
    )
