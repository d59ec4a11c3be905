"""A small application behind the portal's gate, for the tests of who gets in; importable by a worker."""

import asyncio
import json
import re
import warnings
from urllib.parse import urlsplit

import httpx
import jinja2
from oidc_provider import CLIENT_ID, CLIENT_SECRET
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from car.portal.access.access import Access
from car.portal.settings import PortalSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for another HTTP client
    from starlette.testclient import TestClient

PARTIES = ["SUP1", "SUP2"]
HOST = "127.0.0.1:8400"
HERE = f"http://{HOST}"
FROM_HERE = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
TLS = "https://portal.example"
PRIVATE = "00-11-22-33-44-55-66-77"


class Clock:
    """A clock that tests set."""

    def __init__(self):
        self.at = 1_790_000_000.0

    def __call__(self):
        return self.at


class Register:
    """The Parties that are in a release in force."""

    def __init__(self):
        self.parties = list(PARTIES)

    def __call__(self, claimed):
        spelled = {party.casefold(): party for party in self.parties}
        return spelled.get(claimed.strip().casefold())


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("car.portal"), autoescape=True, undefined=jinja2.StrictUndefined
)


def render(name, context):
    """Make a page of the portal's own templates, with what each page has at its foot."""
    foot = {"contact": "", "audit_days": 365, "static": "/static/{}".format}
    return TEMPLATES.get_template(name).render(**foot, **context)


def error_number(page):
    """The number that an error's page gives."""
    return re.search(r"Error number: <code>([a-z]{10})</code>", page.text)[1]


def create(out, settings, now=None, register=None, render=render):
    """Make the application; `car.portal.serve` calls it in each worker."""
    arguments = {"now": now} if now else {}
    register = register or Register()
    access = Access(
        settings,
        settings.state_folder(out),
        register,
        lambda: PARTIES,
        render,
        open_paths=["/help"],
        **arguments,
    )

    async def home(request: Request):
        user = request.state.user
        return PlainTextResponse(f"party {user.party_id} panel {user.is_panel} {request.state.csrf_token}")

    async def shown(request: Request):
        access.audit.line(
            request,
            outcome="page_shown",
            release="2026-10/v2",
            rows=12,
            duration_ms=3.21,
            is_found=request.path_params["month"] == "2026-10",
        )
        return PlainTextResponse("shown")

    async def download(request: Request):
        await access.limits.take("download", request)

        async def chunks():
            for number in range(3):
                yield b"x" * 1000
                if "fail" in request.query_params and number:
                    raise RuntimeError("no more")
                await asyncio.sleep(0)

        return StreamingResponse(access.audit.stream(request, chunks(), release="2026-10/v2", rows=7))

    async def change(request: Request):
        return PlainTextResponse(json.dumps(request.state.form))

    async def broken(request: Request):
        raise RuntimeError(f"row {PRIVATE} of eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln is broken")

    async def slow(request: Request):
        await asyncio.sleep(1)
        return PlainTextResponse("slow but whole")

    async def form(request: Request):
        hidden = f'<input type="hidden" name="csrf_token" value="{request.state.csrf_token}">'
        return HTMLResponse(
            f'<!doctype html><title>form</title><form action="/data/2026-10"><button>Filter</button></form>'
            f'<form method="post" action="/sign-out">{hidden}<button>Sign out</button></form>'
        )

    async def open_page(request: Request):
        return PlainTextResponse("open")

    application = Starlette(
        routes=[
            *access.routes(),
            Route("/", home),
            Route("/data/{month}", shown),
            Route("/download", download),
            Route("/change", change, methods=["POST"]),
            Route("/broken", broken),
            Route("/slow", slow),
            Route("/form", form),
            Route("/help", open_page),
            Route("/healthz", open_page),
            Mount("/static", Route("/file.css", open_page)),
        ],
        middleware=access.middleware(),
        exception_handlers=access.exception_handlers(),
    )
    application.state.access = access
    return application


def settings_of(provider=None, **changed):
    """Settings with a provider, or without: the dev login."""
    at = {}
    if provider:
        at = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return PortalSettings(**{**at, **changed})


def browser(application, base=HERE):
    """A browser that follows no redirect by itself."""
    return TestClient(application, base_url=base, follow_redirects=False)


def field(page):
    """The hidden field of a page's form."""
    return re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)[1]


def choose(client, party="SUP1", **fields):
    """Sign in by the dev login."""
    page = client.get("/sign-in")
    form = {"csrf_token": field(page), "party": party, **fields}
    return client.post("/sign-in", data=form, headers=FROM_HERE)


def go_to_provider(client, next_page="/"):
    """Begin a sign-in, let the provider send the browser back, and give where to."""
    begun = client.get("/sign-in/start", params={"next": next_page})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"], verify=False).headers["location"]
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def sign_in(client, next_page="/"):
    """Sign in at the provider."""
    return client.get(go_to_provider(client, next_page))


def token(client):
    """The hidden field of who is signed in."""
    return client.get("/").text.split()[-1]


def lines(state):
    """The lines of the audit log, oldest first."""
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted((state / "audit").glob("audit-*.jsonl"))
    )
    return [json.loads(line) for line in text.splitlines()]


def outcomes(state):
    return [line["outcome"] for line in lines(state)]
