"""Sign-in at a provider: who the verified token says, and nobody else; each failure has a page and a line."""

import json
import logging
import re

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet
from oidc_provider import OidcProvider
from portal_access_app import (
    FROM_HERE,
    HERE,
    TLS,
    Clock,
    Register,
    browser,
    create,
    field,
    go_to_provider,
    lines,
    outcomes,
    settings_of,
    sign_in,
    token,
)

from car.portal.access.oidc import OpenIdProvider
from car.portal.access.secret import hashed


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def running(clock):
    with OidcProvider(clock).running() as provider:
        yield provider


@pytest.fixture
def provider(running, clock, monkeypatch):
    """The provider, as honest as at first."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.__dict__.update(
        claims={"sub": "user-1", "sec_party_id": "SUP1"},
        lies={},
        algorithm="ES256",
        error="",
        is_down=False,
        has_end_session=True,
        answer={},
        published={},
        header={},
        is_moved=False,
        now=clock,
        asked=[],
        authorized=[],
    )
    return running


@pytest.fixture
def register():
    return Register()


@pytest.fixture
def client(provider, clock, register, tmp_path):
    return browser(create(tmp_path, settings_of(provider, panel_claim="car"), clock, register))


@pytest.fixture
def state(tmp_path):
    return tmp_path / "portal" / "state"


def is_out(client):
    return client.get("/").status_code == 303


def test_a_user_signs_in_and_gets_where_they_wanted(client, provider, state):
    wanted = client.get("/data/2026-10?region=N")
    assert wanted.headers["location"] == "/sign-in?next=%2Fdata%2F2026-10%3Fregion%3DN"
    page = client.get(wanted.headers["location"])
    assert 'href="/sign-in/start?next=/data/2026-10%3Fregion%3DN"' in page.text
    done = sign_in(client, "/data/2026-10?region=N")
    assert (done.status_code, done.headers["location"]) == (303, "/data/2026-10?region=N")
    assert client.get("/").text.startswith("party SUP1 panel False")
    assert outcomes(state) == ["signed_in"]
    assert lines(state)[0]["user"] == "user-1" and lines(state)[0]["party"] == "SUP1"


def test_the_provider_is_asked_by_code_flow_with_pkce_state_and_nonce(client, provider):
    sign_in(client)
    asked = provider.authorized[0]
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid" and asked["redirect_uri"] == f"{HERE}/sign-in/callback"
    assert len(asked["state"]) == 43 and len(asked["nonce"]) == 43
    assert len(provider.asked[0]["code_verifier"]) >= 43 and "client_secret" not in provider.asked[0]
    sign_in(client)
    again = provider.authorized[1]
    assert all(again[name] != asked[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize("claimed", ["SUP1", "sup1", "  Sup1 "])
def test_the_party_is_the_registers_spelling(client, provider, claimed):
    provider.claims["sec_party_id"] = claimed
    sign_in(client)
    assert client.get("/").text.startswith("party SUP1 ")


def test_the_party_comes_from_no_url_form_or_header(client):
    sign_in(client, "/?party=SUP2")
    asked = client.get("/?party=SUP2&sec_party_id=SUP2", headers={"X-Party": "SUP2", "sec_party_id": "SUP2"})
    assert asked.text.startswith("party SUP1 ")


@pytest.mark.parametrize("claimed", [None, "", "  ", "SUP9", ["SUP1"], 1, {"SUP1": 1}])
def test_a_user_of_no_party_reads_so_and_nothing_else(client, provider, state, register, claimed):
    register.parties += ["1", "['SUP1']"]  # texts that other types would be written as
    provider.claims["sec_party_id"] = claimed
    done = sign_in(client)
    assert done.status_code == 403 and "belongs to no Party" in done.text
    assert is_out(client)
    assert outcomes(state) == ["sign_in_failed:no_party"] and lines(state)[0]["user"] == "user-1"


@pytest.mark.parametrize(
    ("claim", "is_panel"),
    [("panel", True), (["other", "panel"], True), ("Panel", False), ("no panel", False), (True, False)],
)
def test_the_panel_is_who_the_second_claim_says(client, provider, claim, is_panel):
    provider.claims.update(sec_party_id=None, car=claim)
    sign_in(client)
    assert client.get("/").status_code == (200 if is_panel else 303)
    if is_panel:
        assert client.get("/").text.startswith("party  panel True")


def test_a_claim_says_panel_to_nobody_where_none_is_configured(provider, clock, tmp_path):
    provider.claims.update({"sec_party_id": None, "": "panel", "car": "panel"})
    client = browser(create(tmp_path, settings_of(provider), clock))
    assert sign_in(client).status_code == 403


def test_who_is_signed_in_sees_nothing_once_the_party_has_left(client, register):
    sign_in(client)
    register.parties.remove("SUP1")
    page = client.get("/")
    assert page.status_code == 403 and "belongs to no Party" in page.text
    # They can still sign out.
    assert client.post("/sign-out", data={"csrf_token": field(page)}, headers=FROM_HERE).status_code == 200


LIES = {
    "audience": {"aud": "another"},
    "no audience": {"aud": None},
    "audience of another that we may use": {"aud": "another", "azp": "car"},
    "audience of another beside ours": {"aud": ["car", "another"], "azp": "another"},
    "issuer": {"iss": "https://another.example"},
    "no issuer": {"iss": None},
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "no end": {"exp": None},
    "no beginning": {"iat": None},
    "wrong access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_lets_nobody_in(client, provider, state, lie):
    provider.lies = LIES[lie]
    done = sign_in(client)
    assert done.status_code == 403 and "could not be signed in safely" in done.text
    assert is_out(client)
    assert outcomes(state) == ["sign_in_failed:token_invalid"]


@pytest.mark.parametrize(
    ("claim", "off_s", "is_in"),
    [
        ("exp", -59, True),
        ("exp", -60, False),
        ("nbf", 60, True),
        ("nbf", 61, False),
        ("iat", 60, True),
        ("iat", 61, False),
    ],
)
def test_clocks_may_differ_by_a_minute(client, provider, clock, claim, off_s, is_in):
    provider.lies = {claim: int(clock.at) + off_s}
    assert sign_in(client).status_code == (303 if is_in else 403)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_is_signed_by_the_provider_alone(client, provider, state, algorithm):
    """Neither unsigned, nor by what everybody can read."""
    provider.algorithm = algorithm
    assert sign_in(client).status_code == 403
    assert outcomes(state) == ["sign_in_failed:token_invalid"]


def test_a_token_that_was_altered_lets_nobody_in(client, provider, monkeypatch):
    honest = provider.id_token

    def altered(nonce):
        header, claims, signature = honest(nonce).split(".")
        return f"{header}.{claims}.{signature[::-1]}"

    monkeypatch.setattr(provider, "id_token", altered)
    assert sign_in(client).status_code == 403


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
def test_a_token_brings_no_key_of_its_own(client, provider, state, monkeypatch, name):
    """It is signed right, by a key that the token itself names, and not by the provider's."""
    published = provider.key
    monkeypatch.setattr(provider, "key", ECKey.generate_key("P-256", {"kid": published.kid}))
    named = provider.key.as_dict(private=False) if name == "jwk" else f"{provider.issuer}/keys"
    monkeypatch.setattr(provider, "header", {name: named})
    monkeypatch.setattr(OpenIdProvider, "_key_set", _kept(KeySet([published])))
    assert sign_in(client).status_code == 403
    assert outcomes(state) == ["sign_in_failed:token_invalid"]


def _kept(keys):
    async def key_set(provider):
        return keys

    return key_set


def test_tokens_signed_by_rsa_are_taken(client, provider):
    provider.algorithm = "RS256"
    provider.rotate_keys()
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize("same_name", [False, True])
def test_keys_that_were_changed_are_fetched_again(client, provider, same_name):
    provider.rotate_keys()
    assert sign_in(client).status_code == 303
    before = provider.key_requests
    assert sign_in(client).status_code == 303
    assert provider.key_requests == before
    provider.rotate_keys(same_name)
    assert sign_in(client).status_code == 303
    assert provider.key_requests == before + 1


def test_an_answer_is_taken_once(client, state):
    back = go_to_provider(client)
    assert client.get(back).status_code == 303
    again = client.get(back)
    assert again.status_code == 400 and "cannot be finished" in again.text
    assert outcomes(state) == ["signed_in", "sign_in_failed:not_begun_here"]


def test_a_code_that_was_used_before_is_refused(client, provider, state):
    """By the provider: the state is another one, the code is the old one."""
    first = go_to_provider(client)
    client.get(first)
    code = re.search(r"code=([^&]+)", first)[1]
    second = re.sub(r"code=[^&]+", f"code={code}", go_to_provider(client))
    client.cookies.delete("car_session")
    done = client.get(second)
    assert done.status_code == 400 and "took its word back" in done.text
    assert is_out(client)
    assert outcomes(state)[-1] == "sign_in_failed:code_refused"


def test_an_answer_is_taken_of_the_browser_that_began(client, provider, clock, tmp_path):
    """Otherwise a page could sign somebody in as another user."""
    back = go_to_provider(client)
    other = browser(create(tmp_path, settings_of(provider), clock))
    assert other.get(back).status_code == 400
    other.get("/sign-in")  # has a secret now, but not that one
    assert other.get(back).status_code == 400
    assert is_out(other)
    assert client.get(back).status_code == 303


def test_two_tabs_may_sign_in_at_once(client):
    first, second = go_to_provider(client, "/data/1"), go_to_provider(client, "/data/2")
    assert client.get(second).headers["location"] == "/data/2"
    assert client.get(first).headers["location"] == "/data/1"


def test_sign_ins_of_a_user_are_limited(provider, clock, tmp_path, state):
    """Whatever address they come from; others go on."""
    application = create(tmp_path, settings_of(provider, sign_ins_per_user=2), clock)
    assert [sign_in(browser(application)).status_code for _ in range(3)] == [303, 303, 429]
    assert outcomes(state) == ["signed_in", "signed_in", "sign_in_failed:too_many"]
    provider.claims["sub"] = "user-2"
    assert sign_in(browser(application)).status_code == 303


def test_an_answer_that_took_too_long_is_refused(client, clock, monkeypatch):
    back = go_to_provider(client)
    monkeypatch.setattr(clock, "at", clock.at + 601)
    assert client.get(back).status_code == 400


def test_another_worker_may_finish(client, provider, clock, tmp_path):
    back = go_to_provider(client)
    other = browser(create(tmp_path, settings_of(provider), clock))
    other.cookies.update(client.cookies)
    assert other.get(back).status_code == 303


@pytest.mark.parametrize("parameters", ["", "?state=x", "?code=x", "?state=x&code=y&error=z", "?state=%00"])
def test_an_answer_that_nobody_asked_for_is_refused(client, state, parameters):
    done = client.get(f"/sign-in/callback{parameters}")
    assert done.status_code == 400 and is_out(client)
    assert outcomes(state) == ["sign_in_failed:not_begun_here"]


def test_the_provider_may_refuse(client, provider, state):
    provider.error = "access_denied"
    done = sign_in(client)
    assert done.status_code == 403 and "You were not signed in" in done.text
    assert outcomes(state) == ["sign_in_failed:provider_refused"]


def test_an_answer_of_another_issuer_is_refused(client, provider, state):
    provider.answer = {"iss": "https://another.example"}
    assert sign_in(client).status_code == 403
    assert outcomes(state) == ["sign_in_failed:another_issuer"] and provider.asked == []
    provider.answer = {"iss": provider.issuer}
    assert sign_in(client).status_code == 303


def test_an_answer_names_its_issuer_where_the_provider_says_it_does(client, provider):
    provider.published = {"authorization_response_iss_parameter_supported": True}
    assert sign_in(client).status_code == 403
    provider.answer = {"iss": provider.issuer}
    assert sign_in(client).status_code == 303


def test_a_provider_that_is_down_has_its_page_and_its_line(client, provider, clock, state):
    provider.is_down = True
    begun = client.get("/sign-in/start")
    assert begun.status_code == 503 and "does not answer" in begun.text
    provider.is_down = False
    back = go_to_provider(client)
    provider.is_down = True
    assert client.get(back).status_code == 503
    assert outcomes(state) == ["sign_in_failed:provider_unreachable"] * 2


def test_nobody_listens_where_the_provider_was(provider, clock, tmp_path, state):
    settings = settings_of(provider, issuer="http://127.0.0.1:9")
    assert browser(create(tmp_path, settings, clock)).get("/sign-in/start").status_code == 503
    assert outcomes(state) == ["sign_in_failed:provider_unreachable"]


def test_nobody_is_asked_to_whom_the_provider_redirects(client, provider, state):
    provider.is_moved = True
    assert client.get("/sign-in/start").status_code == 503
    assert outcomes(state) == ["sign_in_failed:provider_unreachable"]


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://another.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_publishes_what_it_is_not_is_not_used(client, provider, state, published):
    provider.published = published
    assert client.get("/sign-in/start").status_code == 503
    assert outcomes(state) == ["sign_in_failed:provider_wrong"]


def test_signing_out_ends_the_session_at_the_provider_too(client, provider, state):
    sign_in(client)
    done = client.post("/sign-out", data={"csrf_token": token(client)}, headers=FROM_HERE)
    assert done.status_code == 200
    page = re.fullmatch(r"0; url=(.*)", done.headers["refresh"])[1]
    asked = httpx.URL(page)
    assert page.startswith(f"{provider.issuer}/end?")
    assert asked.params["client_id"] == "car" and asked.params["id_token_hint"].count(".") == 2
    assert asked.params["post_logout_redirect_uri"] == f"{HERE}/sign-out"
    assert page.replace("&", "&amp;") in done.text
    assert is_out(client) and outcomes(state) == ["signed_in", "signed_out"]
    # The provider sends the browser back there.
    assert "You are signed out" in client.get("/sign-out").text


def test_signing_out_is_whole_where_the_provider_has_no_page_for_it(client, provider, clock):
    provider.has_end_session = False
    sign_in(client)
    done = client.post("/sign-out", data={"csrf_token": token(client)}, headers=FROM_HERE)
    assert "refresh" not in done.headers and is_out(client)


def test_signing_out_is_whole_while_the_provider_is_down(client, provider, clock, monkeypatch):
    sign_in(client)
    hidden = token(client)
    provider.is_down = True
    monkeypatch.setattr(client.app.state.access._pages.provider, "_metadata_until", 0)
    done = client.post("/sign-out", data={"csrf_token": hidden}, headers=FROM_HERE)
    assert done.status_code == 200 and is_out(client)


def test_there_is_no_dev_login_where_a_provider_is_configured(client):
    page = client.get("/sign-in")
    assert "<form" not in page.text and "Development sign-in" not in page.text
    form = {"csrf_token": "", "party": "SUP1"}
    assert client.post("/sign-in", data=form, headers=FROM_HERE).status_code in (403, 405)
    assert is_out(client)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/%5C\nevil",
        "javascript:alert(1)",
        "evil",
        "/" + "x" * 2000,
        "/sign-out",
        "/sign-in?next=/",
    ],
)
def test_a_sign_in_leads_to_no_other_site(client, wanted):
    assert sign_in(client, wanted).headers["location"] == "/"


def test_cookies_over_tls_are_for_this_host_alone(provider, clock, tmp_path):
    settings = settings_of(provider, public_url=TLS, bind="0.0.0.0:8400")
    client = browser(create(tmp_path, settings, clock), TLS)
    begun = client.get("/sign-in/start").headers
    assert re.fullmatch(
        r"__Host-car_browser=[\w-]{43}; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure",
        begun["set-cookie"],
    )
    done = sign_in(client)
    session = done.headers["set-cookie"]
    assert re.fullmatch(r"__Host-car_session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", session)
    assert provider.authorized[0]["redirect_uri"] == f"{TLS}/sign-in/callback"


def test_no_token_code_or_cookie_is_in_a_log_or_in_clear_in_the_store(client, provider, state, caplog):
    caplog.set_level(logging.DEBUG)
    back = go_to_provider(client)
    client.get(back)
    secret = client.cookies["car_session"]
    provider.lies = {"aud": "another"}
    sign_in(client)
    client.get("/broken")
    log = caplog.text + json.dumps(lines(state), ensure_ascii=False)
    mine = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("car"))
    kept = b"".join(path.read_bytes() for path in state.glob("sessions.sqlite*"))
    held = re.findall(r"(?:code|state)=([^&]+)", back)
    assert len(held) == 2 and hashed(secret) in kept
    for each in [secret, *held]:
        assert each not in mine and each not in json.dumps(lines(state)) and each.encode() not in kept
    assert secret not in log


def test_the_providers_word_of_itself_is_asked_for_once_an_hour(client, provider, clock, monkeypatch):
    def page():
        return client.get("/sign-in/start").headers["location"].split("?")[0]

    first = page()
    provider.published = {"authorization_endpoint": f"{provider.issuer}/new"}
    assert page() == first == f"{provider.issuer}/authorize"
    monkeypatch.setattr(clock, "at", clock.at + 3600)
    assert page() == f"{provider.issuer}/new"
