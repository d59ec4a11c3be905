"""The portal as a browser sees it: the fixed releases served on loopback, with the dev login.

`portal` needs no browser; `browser` is skipped where there is none.
"""

import shutil
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from portal_release import bundled, released
from starlette.testclient import TestClient

from car.portal.app import create
from car.portal.settings import PortalSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CONTACT = "help@portal.example"


@dataclass(frozen=True)
class Portal:
    """A served portal.

    Attributes:
        url: of its root.
        app: the application that answers.
    """

    url: str
    app: Any

    def anybody(self) -> TestClient:
        """Give a client without a browser."""
        return TestClient(self.app, base_url=self.url, headers={"Sec-Fetch-Site": "same-origin"})

    def client(self, party: str) -> TestClient:
        """Give a client without a browser, signed in."""
        client = self.anybody()
        form = client.get("/sign-in").text
        token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
        fields = {"csrf_token": token, "next": "/", "party": party}
        assert client.post("/sign-in", data=fields, follow_redirects=False).status_code == 303
        return client


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """Serve the fixed releases of a supplier and a network operator, and the industry's."""
    out = bundled(released(tmp_path_factory.mktemp("portal")))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        app = create(out, PortalSettings(bind=address, contact=CONTACT))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield Portal(f"http://{address}", app)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def browser():
    """Start a browser."""
    if CHROMIUM is None:
        pytest.skip("no browser: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # It asks nobody but the portal: no look for updates of its own.
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield started
        started.close()


def signed_in(browser, portal, party, width=1200, **options):
    """Give a page of a browser in which a party is signed in; `said` gathers what its console says."""
    context = browser.new_context(base_url=portal.url, viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.said.extend(_foreign(request.url, portal.url)))
    page.goto("/sign-in")
    page.select_option("#party", party)
    page.click("text=Sign in as this Party")
    return page


def _foreign(url, own):
    return [] if url.startswith((own, "blob:", "data:")) else [f"asked of another host: {url}"]
