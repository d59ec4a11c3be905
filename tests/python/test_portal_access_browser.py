"""What a browser makes of the gate: forms without a referrer, and the ways to the provider and back."""

import socket
import threading
import time

import pytest
import uvicorn
from oidc_provider import OidcProvider
from portal_access_app import create, settings_of
from portal_browser import browser  # noqa: F401

FINISHES_MS = 20_000


@pytest.fixture(scope="module")
def provider():
    with OidcProvider().running() as running:
        yield running


@pytest.fixture
def served(provider, tmp_path, monkeypatch):
    """The small application behind the gate, with the provider; its address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{listening.getsockname()[1]}"
        application = create(tmp_path, settings_of(provider, bind=bind))
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://{bind}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(browser, served):  # noqa: F811
    context = browser.new_context(base_url=served)
    opened = context.new_page()
    opened.set_default_timeout(FINISHES_MS)
    yield opened
    context.close()


def test_a_user_signs_in_and_out_and_ends_at_the_provider_too(page, served, provider):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/form")
    page.click("text=Sign in with your organisation")
    page.wait_for_url(f"{served}/form")
    # Without a referrer the browser sends `Origin: null` with this form.
    page.click("text=Sign out")
    page.wait_for_function(
        "() => document.body && !document.body.innerText.includes('Go on to the sign-in service')"
    )
    assert "You are signed out" in page.inner_text("main")
    assert provider.ended[-1]["client_id"] == "car"
    assert [text for text in said if "Content Security Policy" in text] == []


def test_a_form_of_a_session_that_has_ended_leads_to_the_sign_in(page, served):
    """The policy lets a form lead to no other host: so it must lead to a page of the portal."""
    page.goto("/form")
    page.click("text=Sign in with your organisation")
    page.wait_for_url(f"{served}/form")
    page.context.clear_cookies()
    page.click("text=Filter")
    page.wait_for_url(f"{served}/sign-in?next=*")
    page.click("text=Sign in with your organisation")
    page.wait_for_url(f"{served}/data/2026-10*")
    assert page.inner_text("body") == "shown"
