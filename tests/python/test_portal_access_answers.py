"""Every answer has its headers; errors say a number and no detail; limits hold over all workers."""

import logging
import re

import pytest
from portal_access_app import (
    FROM_HERE,
    HOST,
    PRIVATE,
    TLS,
    Clock,
    browser,
    choose,
    create,
    error_number,
    outcomes,
    settings_of,
    token,
)
from starlette.websockets import WebSocketDisconnect

from car.portal.access.errors import ScrubbingFormatter
from car.portal.access.user import User

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
OF_A_PROVIDER = {"issuer": "https://issuer.example", "client_id": "a", "client_secret": "b"}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(), clock))
    choose(client)
    return client


@pytest.mark.parametrize(
    ("method", "path", "status", "kept"),
    [
        ("GET", "/", 200, "no-store"),
        ("GET", "/data/2026-10", 200, "no-store"),
        ("GET", "/download", 200, "no-store"),
        ("GET", "/none", 404, "no-store"),
        ("GET", "/broken", 500, "no-store"),
        ("GET", "/change", 405, "no-store"),
        ("POST", "/change", 403, "no-store"),
        ("GET", "/sign-in", 303, "no-store"),
        ("HEAD", "/", 200, "no-store"),
        ("GET", "/healthz", 200, "no-store"),
        ("GET", "/static/file.css", 200, "no-cache"),
        ("GET", "/static/file.css?v=0123abcd", 200, "public, max-age=31536000, immutable"),
        ("GET", "/static/none.css?v=0123abcd", 404, "no-store"),
    ],
)
def test_every_answer_has_the_headers(client, method, path, status, kept):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert answer.headers.get_list("cache-control") == [kept]
    assert "strict-transport-security" not in answer.headers and "server" not in answer.headers


def test_who_is_not_signed_in_gets_them_too(clock, tmp_path):
    answer = browser(create(tmp_path, settings_of(), clock)).get("/")
    assert answer.status_code == 303 and {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS


def test_over_tls_browsers_shall_come_in_no_other_way(clock, tmp_path):
    settings = settings_of(**OF_A_PROVIDER, public_url=TLS, bind="0.0.0.0:8400")
    client = browser(create(tmp_path, settings, clock), TLS)
    for path in ("/", "/sign-in", "/static/file.css"):
        hsts = client.get(path).headers["strict-transport-security"]
        assert hsts == "max-age=31536000; includeSubDomains"


def test_the_policy_allows_no_inline_script_or_style():
    assert "unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8400", 200),
        ("localhost", 200),
        ("[::1]:1", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("portal.example", 400),
        ("", 400),
        ("localhost:8400@evil.example", 400),
    ],
)
def test_a_request_names_a_host_of_the_portal(client, host, status):
    answer = client.get("/help", headers={"Host": host})
    assert answer.status_code == status and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("bind", "host", "status"),
    [
        ("0.0.0.0:8400", "portal.example", 200),
        ("0.0.0.0:8400", "PORTAL.example:443", 200),
        ("0.0.0.0:8400", "127.0.0.1", 400),
        ("0.0.0.0:8400", "other.portal.example", 400),
        ("127.0.0.1:8400", "portal.example", 200),
        ("127.0.0.1:8400", "127.0.0.1:8400", 200),
    ],
)
def test_behind_a_proxy_the_host_is_the_public_one(clock, tmp_path, bind, host, status):
    settings = settings_of(**OF_A_PROVIDER, public_url=TLS, bind=bind)
    client = browser(create(tmp_path, settings, clock), TLS)
    assert client.get("/help", headers={"Host": host}).status_code == status


# Errors


def test_an_error_says_a_number_and_no_detail(client, caplog):
    answer = client.get(f"/broken?device={PRIVATE}")
    error_id = error_number(answer)
    assert answer.status_code == 500 and "The page cannot be shown" in answer.text
    assert PRIVATE not in answer.text and "RuntimeError" not in answer.text and "Traceback" not in answer.text
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (
        len(logged) == 1 and error_id in logged[0].getMessage() and "at /broken\n" in logged[0].getMessage()
    )
    # What goes to the log's file.
    written = ScrubbingFormatter("%(message)s").format(logged[0])
    assert "Traceback" in written and "RuntimeError: row […] of […] is broken" in written
    assert PRIVATE not in written and "eyJ" not in written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("GET /cb?code=abc&state=def HTTP", "GET /cb?code=[…]&state=[…] HTTP"),
        ("id_token_hint=eyJh.eyJz.c2ln", "id_token_hint=[…]"),
        ("meter 1234567890123 of SW1A 1AA", "meter […] of […]"),
        ("{'client_secret=hush'}", "{'client_secret=[…]'}"),
        ("nothing private", "nothing private"),
    ],
)
def test_the_log_is_scrubbed(text, written):
    record = logging.LogRecord("car.portal", logging.INFO, "", 0, text, (), None)
    assert ScrubbingFormatter("%(message)s").format(record) == written


def test_an_error_page_that_fails_is_a_plain_one(clock, tmp_path):
    def no_render(name, context):
        raise RuntimeError("no template")

    client = browser(create(tmp_path, settings_of(), clock, render=no_render))
    client.cookies.set("car_session", client.app.state.access.sessions.begin(User("u", "SUP1", False)))
    answer = client.get("/broken")
    assert answer.status_code == 500 and re.search(r"Error [a-z]{10}", answer.text)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS


def test_a_missing_page_has_a_page(client):
    answer = client.get("/none")
    assert answer.headers["content-type"].startswith("text/html") and "There is no such page" in answer.text


def test_an_answer_that_fails_under_way_is_cut(client):
    """Otherwise the beginning of a file would pass for the whole."""
    with pytest.raises(Exception, match=r"^[a-z]{10}$") as cut:
        client.get("/download?fail=1")
    assert "no more" not in str(cut.value) and cut.value.__suppress_context__


# Limits


def test_downloads_of_a_user_are_limited_over_all_workers(clock, tmp_path):
    settings = settings_of(downloads_per_user=3, limit_minutes=10)
    client, other = (browser(create(tmp_path, settings, clock)) for _ in range(2))
    choose(client)
    other.cookies.set("car_session", client.cookies["car_session"])
    taken = []
    for number in range(3):
        clock.at += 60
        taken.append((client, other)[number % 2].get("/download").status_code)
    assert taken == [200, 200, 200]
    clock.at += 60
    refused = other.get("/download")
    assert refused.status_code == 429 and "Try again in 7 minutes" in refused.text
    assert refused.headers["retry-after"] == "420"
    # The window slides: the first one leaves it.
    clock.at += 419
    assert client.get("/download").status_code == 429
    clock.at += 1
    assert client.get("/download").status_code == 200
    assert client.get("/download").status_code == 429
    # Others are not held up by it.
    third = browser(create(tmp_path, settings, clock))
    choose(third, "SUP2")
    assert third.get("/download").status_code == 200


def test_a_refused_download_sends_nothing_and_counts_for_nobody(clock, tmp_path):
    settings = settings_of(downloads_per_user=1, limit_minutes=1)
    client = browser(create(tmp_path, settings, clock))
    choose(client)
    assert client.get("/download").status_code == 200
    for _ in range(5):
        clock.at += 10
        assert client.get("/download").status_code == 429
    clock.at += 10
    assert client.get("/download").status_code == 200
    assert outcomes(tmp_path / "portal" / "state") == ["signed_in", *["download_begun", "downloaded"] * 2]


def test_downloads_of_an_address_are_limited_over_users(clock, tmp_path):
    settings = settings_of(downloads_per_address=2)
    for party, status in (("SUP1", 200), ("SUP2", 200), ("SUP1", 429)):
        client = browser(create(tmp_path, settings, clock))
        choose(client, party)
        assert client.get("/download").status_code == status


def test_who_tries_to_sign_in_by_force_is_stopped(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(sign_ins_per_address=5), clock))
    tried = [choose(client, f"SUP{number}0").status_code for number in range(7)]
    assert tried == [403] * 5 + [429] * 2
    assert choose(client).status_code == 429
    clock.at += 600
    assert choose(client).status_code == 303


def test_who_guesses_at_answers_of_the_provider_is_stopped(clock, tmp_path):
    settings = settings_of(**OF_A_PROVIDER, sign_ins_per_address=3)
    client = browser(create(tmp_path, settings, clock))
    assert [client.get(f"/sign-in/callback?state={n}").status_code for n in range(5)] == [400] * 3 + [429] * 2


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("192.0.2.1", "192.0.2.1", 429),
        ("192.0.2.1", "192.0.2.2", 400),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 400),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
    ],
)
def test_an_address_is_a_network_where_one_user_has_many(clock, tmp_path, first, second, status):
    application = create(tmp_path, settings_of(**OF_A_PROVIDER, sign_ins_per_address=1), clock)
    for address, expected in ((first, 400), (second, status)):
        client = browser(application)
        client._transport.client = (address, 1)
        assert client.get("/sign-in/callback?state=x").status_code == expected


def test_signing_out_is_never_limited(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(sign_ins_per_address=1), clock))
    choose(client)
    done = client.post("/sign-out", data={"csrf_token": token(client)}, headers=FROM_HERE)
    assert done.status_code == 200


def test_no_route_takes_trace(client):
    for path in ("/", "/sign-in", "/static/file.css", "/healthz"):
        assert client.request("TRACE", path).status_code == 405


def test_a_refusal_is_in_the_log(client, caplog):
    caplog.set_level(logging.INFO, "car.portal")
    answer = client.post("/change", data={"csrf_token": "0"}, headers=FROM_HERE)
    error_id = error_number(answer)
    (logged,) = caplog.messages
    assert logged == f"error {error_id}: 403 This form cannot be used any more at no route"


def test_no_websocket_is_opened(client):
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(f"ws://{HOST}/"):
        pass
    assert closed.value.code == 1008
