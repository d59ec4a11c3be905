"""The portal as a browser sees it: the fixed releases served on loopback, with the dev login.

`portal` needs no browser; `browser` is skipped where there is none. Both are of a module: each that imports
them has its own, and two browsers at once are more than the library can drive.
"""

import csv
import json
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from portal_release import (
    MONTH_BEFORE,
    NETWORK_OPERATOR,
    SUPPLIER,
    bundled,
    declare_combines,
    list_files,
    read_csv,
    released,
)
from starlette.testclient import TestClient

from car.portal.app import create
from car.portal.bundle.places import bundle_place
from car.portal.settings import PortalSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CONTACT = "help@portal.example"
ROLE, SECOND_ROLE = "IS", "GS"


@dataclass(frozen=True)
class Portal:
    """A served portal.

    Attributes:
        url: of its root.
        app: the application that answers.
        out: its output folder.
        settings: its settings.
    """

    url: str
    app: Any
    out: Path
    settings: PortalSettings

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


@contextmanager
def serving(out, **settings):
    """Serve an output folder of `bundled` on loopback; give the portal."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        chosen = PortalSettings(bind=address, contact=CONTACT, **settings)
        app = create(out, chosen)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield Portal(f"http://{address}", app, out, chosen)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """Serve the fixed releases of a supplier and a network operator, and the industry's."""
    with serving(bundled(released(tmp_path_factory.mktemp("portal")))) as served:
        yield served


@pytest.fixture(scope="module")
def wider_portal(browser, tmp_path_factory):
    """Serve the same, where the supplier has a second role and Explore, and a month is damaged."""
    out = released(tmp_path_factory.mktemp("wider"))
    for release in sorted((out / "releases").glob("*/v1")):
        widen(release / "parties" / SUPPLIER, release.parent.name)
    damaged = bundle_place(bundled(out), MONTH_BEFORE, 1, NETWORK_OPERATOR).path
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:10_000])
    # More sign-ins than a user needs.
    with serving(out, sign_ins_per_user=100) as served:
        yield served


def widen(folder, month, area="inventory"):
    """Give a party's folder the files of an area in a second role, and alerts that can be explored."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    declare_combines(package)
    for resource in list(package["resources"]):
        if resource["path"].startswith(f"{area}/{ROLE}/"):
            path = resource["path"].replace(f"/{ROLE}/", f"/{SECOND_ROLE}/")
            package["resources"].append({**resource, "name": path.lower().replace("/", "-"), "path": path})
            header, *rows = read_csv(folder / resource["path"])
            place = header.index("role")
            rows = [[*row[:place], SECOND_ROLE, *row[place + 1 :]] for row in rows]
            (folder / path).parent.mkdir(exist_ok=True)
            with (folder / path).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    list_files(folder, month)


@pytest.fixture(scope="module")
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
    """Give a page of a browser in which a party is signed in; `said` gathers what its console says.

    Parameters:
        party: empty: the Panel.
    """
    context = browser.new_context(base_url=portal.url, viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.said.extend(_foreign(request.url, portal.url)))
    page.goto("/sign-in")
    if party:
        page.select_option("#party", party)
    page.click("text=Sign in as this Party" if party else "text=Sign in as the Panel")
    return page


def _foreign(url, own):
    return [] if url.startswith((own, "blob:", "data:")) else [f"asked of another host: {url}"]
