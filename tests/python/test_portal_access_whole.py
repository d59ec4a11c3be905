"""The portal as a whole behind the gate: each of its routes, and what a user of each kind gets of them."""

import re

import pytest
from oidc_provider import OidcProvider
from portal_access_app import browser, lines, settings_of, sign_in
from portal_release import MONTH, NETWORK_OPERATOR, SUPPLIER, bundled, released
from starlette.routing import Route

from car.portal.app import create
from car.portal.here import INDUSTRY_ROLE

# What may be read without a sign-in: nothing of it shows data.
OPEN = {
    "/healthz",
    "/readyz",
    "/help",
    "/accessibility",
    "/privacy",
    "/static/{name}",
    "/sign-in",
    "/sign-in/start",
    "/sign-in/callback",
    "/sign-out",
}
OF_A_PATH = {"month": MONTH, "role": "IS", "page": "overview", "area": "inventory", "name": "devices"}


@pytest.fixture(scope="module")
def provider():
    with OidcProvider().running() as running:
        yield running


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return bundled(released(tmp_path_factory.mktemp("portal")))


@pytest.fixture(scope="module")
def application(out, provider):
    return create(out, settings_of(provider, panel_claim="car"))


def signed_in(application, provider, monkeypatch, **claims):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    provider.claims = {"sub": "user-1", **claims}
    client = browser(application)
    assert sign_in(client).status_code == 303
    return client


@pytest.fixture
def supplier(application, provider, monkeypatch):
    return signed_in(application, provider, monkeypatch, sec_party_id=SUPPLIER.lower())


@pytest.fixture
def panel(application, provider, monkeypatch):
    return signed_in(application, provider, monkeypatch, car="panel")


def paths(application):
    """An address for each route of the application that is not open."""
    templates = {route.path for route in application.routes if isinstance(route, Route)} - OPEN
    assert len(templates) > 8
    filled = [
        re.sub(r"\{(\w+)(:\w+)?\}", lambda part: OF_A_PATH.get(part[1], "x"), path) for path in templates
    ]
    return sorted(filled)


def test_every_route_but_those_that_are_open_needs_a_sign_in(application):
    assert all(isinstance(route, Route) for route in application.routes)
    client = browser(application)
    for path in paths(application):
        for method in ("GET", "HEAD"):
            answer = client.request(method, path)
            assert answer.status_code == 303 and answer.content == b"", path
            assert answer.headers["location"].startswith("/sign-in"), path
        assert client.get(path, headers={"Sec-Fetch-Dest": "empty"}).status_code == 401, path


def test_what_is_open_shows_no_data(application):
    client = browser(application)
    for path in sorted(OPEN - {"/static/{name}", "/sign-in/start", "/sign-in/callback"}):
        answer = client.get(path)
        assert answer.status_code == 200, path
        for word in (SUPPLIER, NETWORK_OPERATOR, MONTH):
            assert word not in answer.text, path


def test_every_answer_has_its_headers(application, supplier):
    for path in paths(application):
        headers = supplier.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; "), path
        assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff", path


def test_a_party_sees_its_own_pages_and_the_industrys(supplier, out):
    own = supplier.get(f"/{MONTH}/IS/overview")
    assert own.status_code == 200 and SUPPLIER in own.text and NETWORK_OPERATOR not in own.text
    assert supplier.get(f"/{MONTH}/{INDUSTRY_ROLE}/downloads").status_code == 200
    line = lines(out / "portal" / "state")[-1]
    assert (line["outcome"], line["party"], line["release"]) == ("page_shown", SUPPLIER, f"{MONTH}/v1")


@pytest.mark.parametrize(
    "path",
    [
        f"/{MONTH}/ED/overview",
        f"/{MONTH}/ED/downloads",
        f"/{MONTH}/{NETWORK_OPERATOR}/overview",
        f"/{MONTH}/IS/files/../../{NETWORK_OPERATOR}/manifest.json",
        f"/{MONTH}/IS/files/%2e%2e/{NETWORK_OPERATOR}/manifest.json",
        f"/{MONTH}/IS/files/%2Fetc%2Fpasswd",
        "/..%2f..%2fetc/IS/overview",
        "/2099-01/IS/overview",
    ],
)
def test_what_is_another_partys_is_not_there(supplier, path):
    answer = supplier.get(path)
    assert answer.status_code == 404 and NETWORK_OPERATOR not in answer.text.replace(path, "")


def test_a_party_in_an_address_a_form_or_a_header_changes_nothing(supplier):
    plain = supplier.get(f"/{MONTH}/IS/downloads")
    assert plain.status_code == 200
    headers = {"X-Party": NETWORK_OPERATOR, "sec_party_id": NETWORK_OPERATOR}
    assert supplier.get(f"/{MONTH}/IS/downloads", headers=headers).text == plain.text


def test_the_panel_sees_the_industrys_report_and_no_partys(panel):
    assert panel.get(f"/{MONTH}/{INDUSTRY_ROLE}/downloads").status_code == 200
    for path in (f"/{MONTH}/IS/overview", f"/{MONTH}/IS/downloads", f"/{MONTH}/ED/overview"):
        assert panel.get(path).status_code == 404


def test_the_pages_of_who_is_signed_in_let_them_sign_out(supplier):
    page = supplier.get(f"/{MONTH}/IS/overview").text
    assert re.search(r'<form method="post" action="/sign-out"><input type="hidden" name="csrf_token"', page)


@pytest.mark.parametrize("lacks", ["IS/network_operator", "IS/table/inventory/nothing", "ED/overview"])
def test_what_a_month_lacks_leads_to_what_it_has(supplier, lacks):
    answer = supplier.get(f"/{MONTH}/{lacks}")
    assert answer.status_code == 404
    assert re.findall(r'<li><a href="([^"]+)">Go to October 2026<', answer.text) == [f"/{MONTH}/IS/overview"]
    assert supplier.get(f"/{MONTH}/IS/overview").status_code == 200


def test_what_the_industrys_report_lacks_leads_to_its_page(panel):
    answer = panel.get(f"/{MONTH}/{INDUSTRY_ROLE}/alerts")
    assert answer.status_code == 404
    assert f'<a href="/{MONTH}/{INDUSTRY_ROLE}/industry">Go to October 2026<' in answer.text
