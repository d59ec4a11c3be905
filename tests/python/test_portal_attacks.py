"""Attempts to get from the portal what is another's, or to make it run, log or send what it shall not."""

import csv
import html
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import duckdb
import pytest
from portal_access_app import FROM_HERE, settings_of
from portal_attacked import (
    CANARY_DEVICE,
    CANARY_MODEL,
    CANARY_MPXN,
    HOSTILE,
    MONTH,
    MONTH_BEFORE,
    NETWORK_OPERATOR,
    SUPPLIER,
    Portal,
    attacked_release,
    hidden,
    texts_of,
)
from portal_attacks import ATTEMPTS, LEADS_OUT, MARK, OWN, TABLE
from portal_release import list_files

import car
from car.errors import CarError, UsageFault
from car.portal.access.next_page import safe_next
from car.portal.app import create
from car.portal.bundle.build import build_bundle
from car.portal.bundle.places import bundle_place
from car.portal.files import Differs, read_checked
from car.portal.schema import BundleFile
from car.portal.store import Store
from car.release.places import INDUSTRY_FOLDER

# There are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

PROJECT = Path(car.__file__).parents[2]
ALWAYS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What a page would say of the machine it runs on.
DETAILS = ("Traceback", "duckdb", "/releases/", "site-packages", "Error: ", "read_csv", "sqlite")
OTHER = {SUPPLIER: NETWORK_OPERATOR, NETWORK_OPERATOR: SUPPLIER}
ROLE = {SUPPLIER: "IS", NETWORK_OPERATOR: "ED"}
FORMATS = ("csv", "xlsx", "parquet")
_LEAST_CANARY = 6


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return attacked_release(tmp_path_factory.mktemp("attacked"))


@pytest.fixture(scope="module")
def portal(out):
    portal = Portal(out)
    yield portal
    portal.close()


@pytest.fixture(scope="module")
def canaries(out):
    """By party, the texts that only the other party's folders have.

    A text that stands in the party's own folders too, code lists among them, in the industry's, or in the
    project's own texts is none: whoever reads it learns nothing of the other. Nor is a short one, or a number
    with decimals, which a figure of the party's own may equal; a meter point is no such number.
    """
    return {party: canaries_of(out, party) for party in OTHER}


def canaries_of(out, party):
    folders = {
        one: [folder / "parties" / one for folder in sorted((out / "releases").glob("*/v1"))] for one in OTHER
    }
    own = set().union(*(texts_of(folder) for folder in folders[party]))
    own |= texts_of(out / "releases" / MONTH / "v1" / INDUSTRY_FOLDER)
    theirs = set().union(*(texts_of(folder) for folder in folders[OTHER[party]])) - own
    told = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("python/car/portal", "python/car/reports")
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in (".yml", ".html", ".sql")
    )
    told += (PROJECT / "docs" / "guidance.md").read_text(encoding="utf-8")
    told += "".join((folder / "datapackage.json").read_text(encoding="utf-8") for folder in folders[party])
    no_canary = re.compile(r"-?\d+\.\d+|\d{1,8}|\d{4}-\d\d-\d\d(T[\d:]+Z)?")
    return {
        text
        for text in theirs
        if len(text) >= _LEAST_CANARY and not no_canary.fullmatch(text) and text not in told
    } | ({OTHER[party]} - own)


def shown_in(canaries, content):
    """Give the canaries that stand in a text, as words of their own."""
    plain = html.unescape(content)
    found = [text for text in canaries if text in plain]
    return [text for text in found if re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", plain)]


def run_by(answer):
    """Give the names of Devices that a page would run: they stand in it as they are."""
    return [text for text in HOSTILE if set(text) & set('<"') and text in answer.text]


# ---- The table -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attempt",
    [pytest.param(one, id=f"{kind}: {one.name}") for kind, some in ATTEMPTS.items() for one in some],
)
def test_an_attempt_comes_to_what_the_table_says(portal, canaries, attempt):
    logged, written = len(portal.logged), len(portal.audit())
    answer = portal.ask(
        attempt.target, attempt.method, attempt.headers, attempt.form, attempt.body, attempt.by
    )
    assert answer.status == attempt.status and not answer.is_cut
    if attempt.leads_to == "*":
        assert answer.header("location").startswith("/static/")
    else:
        assert answer.header("location") == attempt.leads_to
    assert bool(answer.header("set-cookie")) == attempt.cookie
    assert {name: answer.header(name) for name in ALWAYS} == ALWAYS
    assert "no-store" in answer.header("cache-control") or attempt.target.startswith("/static/")
    assert "content-range" not in dict(answer.headers)
    assert "access-control-allow-origin" not in dict(answer.headers)
    everything = answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers)
    assert attempt.shows in answer.text
    assert not [text for text in (*attempt.never, "\r\n" + MARK) if text in everything]
    if answer.header("content-type").startswith("text/html"):
        assert not [text for text in DETAILS if text in answer.text]
        assert not run_by(answer)
    # What somebody sent may come back to them.
    theirs = {text for text in canaries.get(attempt.by, ()) if text not in attempt.target}
    assert not shown_in(theirs, everything)
    said = "\n".join([*portal.logged[logged:], *map(json.dumps, portal.audit()[written:])])
    assert not [text for text in (MARK, "evil.example", "Set-Cookie", str(portal.state)) if text in said]
    assert not shown_in(canaries.get(attempt.by, ()), said)
    assert answer.status < 500


def test_the_table_is_as_long_as_it_should_be():
    names = [one.name for some in ATTEMPTS.values() for one in some]
    assert len(names) >= 400 and len(names) == len(set(names))


@pytest.mark.parametrize("text", LEADS_OUT)
def test_a_sign_in_goes_on_to_no_other_site(text):
    assert safe_next(text) == "/"


# ---- Every route ---------------------------------------------------------------------------------------


def targets(portal):
    """Give a target of each route of the application, with true values in its path."""
    values = {
        "month": MONTH,
        "role": "IS",
        "area": "inventory",
        "name": "summary",
        "page": "overview",
        "path:path": "datapackage.json",
    }
    found = []
    for route in portal.application.routes:
        target = re.sub(r"\{([^}]+)\}", lambda match: values[match[1]], route.path)
        found.append(target.replace("/static/summary", "/static/portal.css"))
    return found


def test_every_route_has_the_headers_for_whoever_asks(portal):
    found = targets(portal)
    assert len(found) >= 20
    for target in found:
        for by in (None, SUPPLIER, ""):
            for method in ("GET", "POST", "TRACE"):
                answer = portal.ask(target, method, by=by)
                assert {name: answer.header(name) for name in ALWAYS} == ALWAYS, target
                is_kept = target.startswith("/static/") and answer.status == 200
                assert answer.header("cache-control") == ("no-cache" if is_kept else "no-store"), target
                assert "server" not in dict(answer.headers)


def test_every_route_but_those_without_data_is_closed_to_nobody(portal):
    is_open = {"/healthz", "/readyz", "/help", "/accessibility", "/privacy", "/sign-in", "/sign-out"}
    closed = [target for target in targets(portal) if target not in is_open and "/static/" not in target]
    assert len(closed) >= 10
    for target in closed:
        assert portal.ask(target).status == 303
        assert portal.ask(target, headers={"Sec-Fetch-Dest": "empty"}).status == 401
        assert portal.ask(target, "POST", FROM_HERE, form={"x": "1"}).status == 403


def test_who_is_not_signed_in_takes_no_download_of_others(out, tmp_path):
    portal = Portal(out, downloads_per_address=3, state=str(tmp_path))
    try:
        for target in (
            f"{TABLE}.csv",
            "/static/IS/table/inventory/summary.csv",
            "/static/IS/downloads/x.zip",
        ):
            for _ in range(3):
                portal.ask(target)
        assert portal.ask(f"{OWN}/files/datapackage.json", by=SUPPLIER).status == 200
    finally:
        portal.close()


# ---- Sessions and forms --------------------------------------------------------------------------------


def session_of(portal, party=SUPPLIER):
    """Sign a party in, and give the header of its cookie: of a session that no other test uses."""
    shared = portal._cookies.pop(party, None)
    own = portal.sign_in(party)
    portal._cookies.pop(party)
    if shared is not None:
        portal._cookies[party] = shared
    return own


def is_in(portal, headers):
    return portal.ask(f"{OWN}/trends", headers=headers).status == 200


def forms(portal, own, theirs):
    """Sign-outs that another page, or another's page, would send."""
    own_token = hidden(portal.ask("/help", headers=own))
    their_token = hidden(portal.ask("/help", headers=theirs))
    evil = "https://evil.example"
    return {
        "no token": ({}, FROM_HERE),
        "an empty token": ({"csrf_token": ""}, FROM_HERE),
        "another session's token": ({"csrf_token": their_token}, FROM_HERE),
        "a token that is nearly right": ({"csrf_token": own_token[:-1]}, FROM_HERE),
        "a token in capitals": ({"csrf_token": own_token.upper()}, FROM_HERE),
        "the cookie as a token": ({"csrf_token": own["Cookie"].partition("=")[2]}, FROM_HERE),
        "another origin": ({"csrf_token": own_token}, {"Origin": evil}),
        "another port": ({"csrf_token": own_token}, {"Origin": "http://127.0.0.1:8401"}),
        "another scheme": ({"csrf_token": own_token}, {"Origin": "https://127.0.0.1:8400"}),
        "no origin": ({"csrf_token": own_token}, {}),
        "an origin that is null": ({"csrf_token": own_token}, {"Origin": "null"}),
        "from another site": ({"csrf_token": own_token}, {**FROM_HERE, "Sec-Fetch-Site": "cross-site"}),
        "from a site beside": ({"csrf_token": own_token}, {**FROM_HERE, "Sec-Fetch-Site": "same-site"}),
        "from nowhere": ({"csrf_token": own_token}, {**FROM_HERE, "Sec-Fetch-Site": "none"}),
    }


def test_no_form_but_the_sessions_own_ends_it(portal):
    own, theirs = session_of(portal), session_of(portal, NETWORK_OPERATOR)
    sent = forms(portal, own, theirs)
    for what, (form, headers) in sent.items():
        answer = portal.ask("/sign-out", "POST", {**headers, **own}, form=form)
        assert answer.status == 403 and not answer.header("set-cookie"), what
    assert is_in(portal, own)
    token = hidden(portal.ask("/help", headers=own))
    query = portal.ask(f"/sign-out?csrf_token={token}", "POST", {**FROM_HERE, **own}, form={"x": "1"})
    assert query.status == 403 and is_in(portal, own)
    assert portal.ask("/sign-out", "POST", {**FROM_HERE, **own}, form={"csrf_token": token}).status == 200
    # What was a session is none, however often it is sent.
    assert not is_in(portal, own)
    # A page that is older than the end of its session is told of it, and nothing else ends or begins.
    again = portal.ask("/sign-out", "POST", {**FROM_HERE, **own}, form={"csrf_token": token})
    assert again.status == 200 and not is_in(portal, own)
    assert portal.ask("/help", headers=theirs).status == 200


def test_an_id_that_was_given_to_a_browser_before_is_never_a_session(portal):
    given = "A" * 43
    page = portal.ask("/sign-in", headers={"Cookie": f"car_session={given}; car_browser={given}"})
    begun = portal.ask(
        "/sign-in",
        "POST",
        {**FROM_HERE, "Cookie": f"car_session={given}; car_browser={given}"},
        form={"csrf_token": hidden(page), "party": SUPPLIER},
    )
    assert begun.status == 303 and given not in begun.header("set-cookie")
    assert not is_in(portal, {"Cookie": f"car_session={given}"})


def test_a_sign_in_ends_the_session_of_before(portal):
    own = session_of(portal)
    page = portal.ask("/help", headers=own)
    form = {"csrf_token": hidden(page), "party": NETWORK_OPERATOR}
    begun = portal.ask("/sign-in", "POST", {**FROM_HERE, **own}, form=form)
    assert begun.status == 303 and not is_in(portal, own)
    session_of(portal)


@pytest.mark.parametrize(
    "cookie",
    [
        "car_session={own}x",
        "car_session={cut}",
        "car_session={own}%00",
        'car_session="{own}" x',
        "CAR_SESSION={own}",
        "car_session[]={own}",
        "__Host-car_session={own}",
        "car_browser={own}",
        "car_session={own}; car_session=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
        "car_session=' or id_hash is not null --",
        "car_session=" + "*" * 43,
        "car_session=",
    ],
)
def test_no_other_cookie_is_the_sessions(portal, cookie):
    own = portal.sign_in(SUPPLIER)["Cookie"].partition("=")[2]
    assert is_in(portal, {"Cookie": f"car_session={own}"})
    assert not is_in(portal, {"Cookie": cookie.format(own=own, cut=own[:-1])})


def test_a_cookie_that_was_tossed_in_signs_nobody_in_as_another(portal):
    own = portal.sign_in(SUPPLIER)["Cookie"]
    theirs = portal.sign_in(NETWORK_OPERATOR)["Cookie"]
    page = portal.ask("/", headers={"Cookie": f"{own}; {theirs}"})
    one = portal.ask(page.header("location"), headers={"Cookie": f"{own}; {theirs}"})
    # One of both, whole: never the pages of one by the right of the other.
    assert page.header("location") == f"/{MONTH}/ED/overview" and one.status == 200
    assert portal.ask(f"{OWN}/overview", headers={"Cookie": f"{own}; {theirs}"}).status == 404


def test_a_session_ends_by_time_wherever_it_is_replayed(out, tmp_path):
    portal = Portal(out, state=str(tmp_path))
    try:
        for column, hours in (("begun_at", 12.01), ("seen_at", 0.51)):
            own = session_of(portal)
            assert is_in(portal, own)
            with sqlite3.connect(portal.state / "sessions.sqlite") as store:
                store.execute(f"update session set {column} = {column} - ?", [hours * 3600])
            assert not is_in(portal, own)
    finally:
        portal.close()


def test_guessing_ids_finds_nobody_and_leaves_no_trace(portal):
    portal.sign_in(SUPPLIER)
    logged, written = len(portal.logged), len(portal.audit())
    with sqlite3.connect(portal.state / "sessions.sqlite") as store:
        hashes = [row[0].hex() for row in store.execute("select id_hash from session")]
    guesses = [f"{number:043d}" for number in range(300)] + [text[:43] for text in hashes]
    assert len(guesses) > 300
    for guess in guesses:
        assert portal.ask(f"{OWN}/overview", headers={"Cookie": f"car_session={guess}"}).status == 303
    assert portal.logged[logged:] == [] and portal.audit()[written:] == []


def test_trying_parties_at_the_sign_in_is_stopped(out, tmp_path):
    portal = Portal(out, sign_ins_per_address=5, state=str(tmp_path))
    try:
        page = portal.ask("/sign-in")
        cookie = {"Cookie": page.header("set-cookie").partition(";")[0]}
        answers = [
            portal.ask(
                "/sign-in",
                "POST",
                {**FROM_HERE, **cookie},
                form={"csrf_token": hidden(page), "party": f"{MARK}{number}"},
            )
            for number in range(8)
        ]
        assert [answer.status for answer in answers] == [403] * 5 + [429] * 3
        assert int(answers[-1].header("retry-after")) > 0
        assert MARK not in json.dumps(portal.audit()) + "".join(portal.logged)
    finally:
        portal.close()


def test_known_and_unknown_parties_take_the_same_way(out, monkeypatch):
    asked = []
    true = Store.in_force
    monkeypatch.setattr(Store, "in_force", lambda self: asked.append(1) or true(self))
    ways = []
    for party in (SUPPLIER, SUPPLIER.lower(), "NOBODY", "", "../x", MARK * 1_000):
        asked.clear()
        Store(out, 1, "64MiB", 5.0).registered(party)
        ways.append(len(asked))
    assert ways[0] >= 1 and len(set(ways)) == 1


def test_the_dev_login_is_for_no_other_address(out, tmp_path):
    for changed in (
        {"bind": "0.0.0.0:8400"},
        {"bind": "[::]:8400"},
        {"bind": "192.0.2.1:8400"},
        {"public_url": "https://portal.example"},
        {"trusted_proxies": ("127.0.0.1",)},
    ):
        with pytest.raises(UsageFault):
            create(out, settings_of(state=str(tmp_path), **changed))


# ---- Logs ----------------------------------------------------------------------------------------------


def test_no_secret_of_a_session_stands_in_a_log(portal):
    own = session_of(portal)
    token = hidden(portal.ask("/help", headers=own))
    for target in ("/", f"{OWN}/overview?token={token}", f"{TABLE}.csv", f"{OWN}/none"):
        portal.ask(target, headers=own)
    said = json.dumps(portal.audit()) + "\n".join(portal.logged)
    assert own["Cookie"].partition("=")[2] not in said and token not in said


def test_every_line_of_the_audit_log_is_one_line_of_json(portal):
    for name in ("a%0a{%22instant%22:%221%22}", "%0d%0a", "%e2%80%a8", "party%00", "%ff"):
        portal.ask(f"{OWN}/guidance?{name}={name}", by=SUPPLIER)
    text = "".join(path.read_text(encoding="utf-8") for path in (portal.state / "audit").iterdir())
    keys = {"instant", "user", "party", "path", "release", "rows", "bytes", "duration_ms", "outcome"}
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) > 5 and all(set(line) == keys for line in lines)
    assert "\u2028" not in text and "\\u0000" not in text


# ---- Bundles and files that are not the release's ------------------------------------------------------


@pytest.fixture
def mine(out, tmp_path):
    """The releases once more, to be damaged, and their portal."""
    folder = tmp_path / "out"
    shutil.copytree(out, folder, symlinks=True, ignore=shutil.ignore_patterns("audit", "sessions*"))
    portal = Portal(folder)
    yield folder, portal
    portal.close()


def replace(path, by):
    """Put a link to another path in the place of one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(by)


def put(path, content):
    path.unlink()
    path.write_bytes(content)


def _damages(out):
    """Each way to put something else in the place of the supplier's newest month."""
    release, bundles = out / "releases" / MONTH, out / "portal" / MONTH / "v1"
    own, theirs = bundles / f"{SUPPLIER}.duckdb", bundles / f"{NETWORK_OPERATOR}.duckdb"
    parties = release / "v1" / "parties"
    before = out / "portal" / MONTH_BEFORE / "v1" / f"{SUPPLIER}.duckdb"
    later = out / "portal" / MONTH / "v2" / f"{SUPPLIER}.duckdb"
    return {
        "another party's bundle": lambda: put(own, theirs.read_bytes()),
        "a link to another party's bundle": lambda: replace(own, theirs),
        "the bundle of another month": lambda: put(own, before.read_bytes()),
        "the bundle of a version not in force": lambda: put(own, later.read_bytes()),
        "links to another party's bundle and folder": lambda: (
            replace(own, theirs),
            replace(parties / SUPPLIER, parties / NETWORK_OPERATOR),
        ),
        "a link to another party's folder": lambda: replace(parties / SUPPLIER, parties / NETWORK_OPERATOR),
        "a link to another month": lambda: replace(release, out / "releases" / MONTH_BEFORE),
        "links to another month and its bundles": lambda: (
            replace(release, out / "releases" / MONTH_BEFORE),
            replace(out / "portal" / MONTH, out / "portal" / MONTH_BEFORE),
        ),
        "a link to a version not in force": lambda: replace(release / "v1", release / "v2"),
        "half a bundle": lambda: put(own, own.read_bytes()[:20_000]),
        "a bundle with a byte turned in its head": lambda: put(
            own, own.read_bytes()[:20] + b"\xff" + own.read_bytes()[21:]
        ),
        "zeroes": lambda: put(own, bytes(100_000)),
        "nothing": lambda: put(own, b""),
        "a text": lambda: put(own, b"create table x as select 1;"),
        "no bundle": own.unlink,
        "a folder": lambda: (own.unlink(), own.mkdir()),
        "a link to itself": lambda: replace(own, own),
    }


@pytest.mark.parametrize("what", sorted(_damages(Path())))
def test_a_month_that_is_not_what_it_says_is_shown_to_nobody(mine, canaries, what):
    out, portal = mine
    if "byte" not in what:
        # It had been open before.
        assert portal.ask(f"{OWN}/trends", by=SUPPLIER).status == 200
    _damages(out)[what]()
    for target in ("trends", "overview", "table/inventory/summary", "downloads", "files/datapackage.json"):
        answer = portal.ask(f"{OWN}/{target}", by=SUPPLIER)
        assert answer.status in (404, 503), target
        assert not shown_in(canaries[SUPPLIER], answer.text) and "duckdb" not in answer.text
        if answer.status == 503 and target in ("trends", "overview"):
            assert f'href="/{MONTH_BEFORE}/IS/overview"' in answer.text
    # Nor is it in the role of whose data it is.
    assert portal.ask(f"/{MONTH}/ED/trends", by=SUPPLIER).status in (404, 503)
    assert portal.ask(f"/{MONTH_BEFORE}/IS/overview", by=SUPPLIER).status == 200
    # Other parties go on, where it was not their month that was taken away.
    if "month" not in what and "version" not in what:
        assert portal.ask(f"/{MONTH}/ED/overview", by=NETWORK_OPERATOR).status == 200
    said = json.dumps([line for line in portal.audit() if line["party"] == SUPPLIER])
    assert not shown_in(canaries[SUPPLIER], said + "\n".join(portal.logged))


def test_rows_of_another_party_are_built_into_no_bundle(mine):
    out, _ = mine
    place = bundle_place(out, MONTH, 1, SUPPLIER)
    parties = place.folder.parent
    replace(place.folder, parties / NETWORK_OPERATOR)
    with pytest.raises(CarError, match="rows of another party"):
        build_bundle(place)


@pytest.mark.parametrize(
    "how",
    [
        "a link to a secret",
        "a link to the same bytes",
        "a link to another party",
        "a pipe",
        "other bytes",
        "a folder",
        "none",
    ],
)
def test_a_file_that_is_not_the_releases_is_sent_to_nobody(mine, how):
    out, portal = mine
    parties = out / "releases" / MONTH / "v1" / "parties"
    path = parties / SUPPLIER / "inventory" / "IS" / "summary.csv"
    size = path.stat().st_size
    secret = out / "secret.csv"
    secret.write_bytes(b"s" * size)
    shutil.copy(path, out / "same.csv")
    path.unlink()
    {
        "a link to a secret": lambda: path.symlink_to(secret),
        "a link to the same bytes": lambda: path.symlink_to(out / "same.csv"),
        "a link to another party": lambda: path.symlink_to(
            parties / NETWORK_OPERATOR / "inventory" / "ED" / "summary.csv"
        ),
        "a pipe": lambda: os.mkfifo(path),
        "other bytes": lambda: path.write_bytes(b"s" * size),
        "a folder": path.mkdir,
        "none": lambda: None,
    }[how]()
    alone = portal.ask(f"{OWN}/files/inventory/IS/summary.csv", by=SUPPLIER)
    assert alone.status == 503 and "sss" not in alone.text
    whole = portal.ask(f"{OWN}/downloads/inventory.zip", by=SUPPLIER)
    assert whole.status == 503 or whole.is_cut
    assert not zipfile.is_zipfile(io.BytesIO(whole.body)) and b"ssssssss" not in whole.body
    assert "file_differs" in {line["outcome"] for line in portal.audit()}


SLIPS = (
    "../slip.txt",
    "alerts/../../slip.txt",
    "/slip.txt",
    "alerts/..\\..\\slip.txt",
    "C:slip.txt",
    "a//slip.txt",
    "./slip.txt",
)


@pytest.mark.parametrize("name", SLIPS)
def test_no_name_of_a_file_leads_out_of_a_zip_or_a_folder(tmp_path, name):
    folder = tmp_path / "a" / "folder"
    (folder / "alerts").mkdir(parents=True)
    for place in (
        tmp_path / "a" / "slip.txt",
        folder / "slip.txt",
        folder / "alerts" / "..\\..\\slip.txt",
        folder / "C:slip.txt",
        folder / "a" / "slip.txt",
    ):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"x")
    sha256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    with pytest.raises(Differs):
        list(read_checked(folder, BundleFile(name, None, 1, sha256, None)))
    good = BundleFile("slip.txt", None, 1, sha256, None)
    assert list(read_checked(folder, good)) == [b"x"]


def test_a_manifest_with_hostile_names_gives_no_such_zip(mine):
    out, portal = mine
    place = bundle_place(out, MONTH, 1, SUPPLIER)
    (place.folder / "..\\..\\slip.txt").write_bytes(b"x")
    list_files(place.folder, MONTH)
    build_bundle(place)
    page = portal.ask(f"{OWN}/downloads", by=SUPPLIER)
    assert page.status == 200
    zips = [link for link in links_of(f"{OWN}/downloads", page) if link.endswith(".zip")]
    assert len(zips) >= 4
    for link in zips:
        answer = portal.ask(link, by=SUPPLIER)
        names = names_of(answer.body) if answer.status == 200 and not answer.is_cut else []
        assert not [name for name in names if "\\" in name or ".." in name or name.startswith("/")]
    alone = portal.ask(f"{OWN}/files/..%5c..%5cslip.txt", by=SUPPLIER)
    assert alone.status == 503


def names_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


# ---- What a spreadsheet would run ----------------------------------------------------------------------


def test_no_cell_of_a_download_is_a_formula(portal):
    saved = {kind: portal.ask(f"{TABLE}.{kind}", by=SUPPLIER) for kind in FORMATS}
    assert [answer.status for answer in saved.values()] == [200] * 3
    rows = list(csv.reader(io.StringIO(saved["csv"].body.decode("utf-8-sig"))))
    cells = {cell for row in rows for cell in row}
    number = re.compile(r"-?\d+(\.\d+)?")
    assert not [cell for cell in cells if re.match(r"\s*[=+@\t\r\n-]", cell) and not number.fullmatch(cell)]
    hostile = {text for text in HOSTILE if text in cells}
    assert len(hostile) >= 4 and any(text.startswith("'=") for text in hostile)
    with zipfile.ZipFile(io.BytesIO(saved["xlsx"].body)) as workbook:
        parts = {name: workbook.read(name).decode() for name in workbook.namelist()}
    assert not [name for name, text in parts.items() if re.search(r"<f[ >]|externalLink|<hyperlink", text)]
    texts = "".join(
        "".join(ElementTree.fromstring(text).itertext()) for text in parts.values() if "<t" in text
    )
    assert all(text in texts for text in hostile if text.isprintable())


def test_a_download_is_saved_and_never_shown(portal):
    for target in (f"{TABLE}.csv", f"{OWN}/files/datapackage.json", f"{OWN}/downloads/inventory.zip"):
        answer = portal.ask(target, by=SUPPLIER)
        said = answer.header("content-disposition")
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', said), target
        assert "html" not in answer.header("content-type")


# ---- Canaries ------------------------------------------------------------------------------------------


def links_of(target, answer):
    """Give the targets that a page leads to, without what stands behind `#`."""
    found = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
    return [urljoin(target, html.unescape(link)).partition("#")[0] for link in found]


def walk(portal, party, is_followed):
    """Ask for every page that a user comes to by links, and give each answer with its target."""
    waiting, seen = ["/"], set()
    while waiting:
        target = waiting.pop()
        if target in seen:
            continue
        seen.add(target)
        answer = portal.ask(target, by=party)
        yield target, answer
        waiting += [
            link
            for link in [*links_of(target, answer), answer.header("location")]
            if link and is_followed(link)
        ]


def is_a_page(link):
    """Every page and table, without filters, sorting, downloads and files."""
    ending = link.rpartition(".")[2]
    return (
        "?" not in link and ending not in (*FORMATS, "zip") and "/files/" not in link and link != "/sign-out"
    )


def said_in(answer):
    return answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers)


def test_there_are_canaries_of_each_kind(canaries):
    of_supplier = canaries[SUPPLIER]
    assert {NETWORK_OPERATOR, CANARY_MODEL, CANARY_MPXN, CANARY_DEVICE} <= of_supplier
    # A supplier's name stands in the network operator's own files.
    assert {HOSTILE[0], HOSTILE[3]} <= canaries[NETWORK_OPERATOR] - {SUPPLIER}
    assert min(map(len, canaries.values())) > 10


@pytest.mark.parametrize("party", OTHER)
def test_no_page_of_a_party_tells_of_another(portal, canaries, party):
    logged, written = len(portal.logged), len(portal.audit())
    seen = []
    for target, answer in walk(portal, party, is_a_page):
        assert not shown_in(canaries[party], said_in(answer)) and not run_by(answer), target
        # What the other reads there, this one has no right to.
        assert answer.status in (200, 303, 404), target
        seen.append(target)
        if answer.status == 200 and "/table/" in target:
            failed = portal.ask(f"{target}?page=x&sort=none&{MARK}=1", by=OTHER[party])
            assert failed.status == 404 or OTHER[party] in failed.text
    assert f"/{MONTH}/{ROLE[party]}/overview" in seen and f"/{MONTH_BEFORE}/{ROLE[party]}/trends" in seen
    assert len([target for target in seen if "/table/" in target]) >= {SUPPLIER: 20}.get(party, 2)
    own = [line for line in portal.audit()[written:] if line["party"] == party]
    assert len(own) > 10
    assert not shown_in(canaries[party], json.dumps(own) + "\n".join(portal.logged[logged:]))


def test_a_canary_would_be_found(portal, canaries):
    page = portal.ask(f"/{MONTH}/ED/table/network_operator/alert_devices", by=NETWORK_OPERATOR)
    assert CANARY_MODEL in shown_in(canaries[SUPPLIER], page.text)
    page = portal.ask(TABLE, by=SUPPLIER)
    assert HOSTILE[0] in shown_in(canaries[NETWORK_OPERATOR], page.text)


@pytest.mark.long
@pytest.mark.parametrize("party", OTHER)
def test_no_download_of_a_party_tells_of_another(portal, canaries, party):
    role, saved = ROLE[party], []
    for month in (MONTH, MONTH_BEFORE):
        listed = f"/{month}/{role}/downloads"
        page = portal.ask(listed, by=party)
        saved += [link for link in links_of(listed, page) if "/files/" in link or link.endswith(".zip")]
    tables = [target for target, _ in walk(portal, party, is_a_page) if "/table/" in target]
    saved += [f"{target}.{kind}" for target in tables for kind in FORMATS]
    assert len(tables) >= 2 and len(saved) > 30
    for target in saved:
        answer = portal.ask(target, by=party)
        assert answer.status == 200 and not answer.is_cut, target
        content = unpacked(target.rpartition(".")[2], answer.body)
        assert content and not shown_in(canaries[party], content + said_in(answer)), target


def unpacked(kind, content):
    """Give what a download has as text, whatever it was packed in."""
    if kind in ("zip", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
        return "\n".join(f"{name}\n{html.unescape(text)}" for name, text in parts.items())
    if kind == "parquet":
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(content)
            file.flush()
            rows = duckdb.sql(f"from '{file.name}'").fetchall()
        return "\n".join(str(cell) for row in rows for cell in row) or "none"
    return content.decode("utf-8", "replace")


# ---- Slow clients --------------------------------------------------------------------------------------

SERVES = """
import sys
from pathlib import Path
if __name__ == "__main__":
    from car.portal.serve import serve
    from portal_access_app import settings_of
    from portal_attacked import create_impatient
    settings = settings_of(bind="127.0.0.1:0", workers=1, shutdown_seconds=1, connections=12, post_seconds=1)
    serve(Path(sys.argv[1]), settings, lambda line: print(line, flush=True), create_impatient)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a real server that waits for a second."""
    folder = tmp_path_factory.mktemp("served")
    script = folder / "serves.py"
    script.write_text(SERVES)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder / "out")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        host, port = process.stdout.readline().split()[-1].removeprefix("http://").split(":")
        yield host, int(port)
    finally:
        process.terminate()
        process.wait(20)


def sent(address, text):
    """Open a connection and send some bytes."""
    connection = socket.create_connection(address, 30)
    connection.settimeout(30)
    connection.sendall(text.encode())
    return connection


def read(connection):
    """Read until the other side closes."""
    found = b""
    try:
        while block := connection.recv(65_536):
            found += block
    except ConnectionResetError:
        pass
    return found.decode()


def test_slow_clients_keep_nobody_out(served):
    host, port = served
    request = f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n"
    whole = f"{request}Connection: close\r\n\r\n"
    assert "200 OK" in read(sent(served, whole))
    form = request.replace("GET /healthz", "POST /sign-in") + "Content-Length: 9\r\n\r\nab"
    begun_at = time.monotonic()
    slow = [sent(served, text) for text in ["", "G", request, request + "X: ", *[request] * 10]]
    assert "200 OK" not in read(sent(served, whole))  # their number is the limit
    slow += [sent(served, form)]
    drops = slow[3]
    for _ in range(3):
        # A byte now and then wins no time.
        time.sleep(0.4)
        try:
            drops.sendall(b"x")
        except OSError:
            break
    answers = [read(connection) for connection in slow]
    assert time.monotonic() - begun_at < 6
    assert [answer for answer in answers[:-1] if answer] == []
    assert "200 OK" in read(sent(served, whole))
    # Who keeps a connection open after an answer, and sends half a head then, is no better off.
    kept = sent(served, f"{request}\r\n")
    time.sleep(0.3)
    kept.sendall(request.encode())
    assert read(kept).count("HTTP/1.1") == 1 and time.monotonic() - begun_at < 10


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("GET /help HTTP/1.1\r\nHost: {host}\r\nX: " + "x" * 1_000_000 + "\r\n\r\n", "400"),
        ("GET /help?" + "x" * 1_000_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n", "400"),
        ("GET /help?\xff HTTP/1.1\r\nHost: {host}\r\n\r\n", "400"),
        ("GET /help HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", "400"),
        ("GET /help HTTP/1.1\r\nHost: {host}\r\nX : y\r\n\r\n", "400"),
        (
            "POST /sign-out HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
            "\r\n0\r\n\r\nGET /help HTTP/1.1\r\nHost: {host}\r\n\r\n",
            "400",
        ),
        (
            "POST /sign-out HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "400",
        ),
        ("POST /sign-out HTTP/1.1\r\nHost: {host}\r\nContent-Length: -5\r\n\r\n", "400"),
    ],
)
def test_a_request_that_two_servers_would_read_apart_is_refused(served, text, status):
    host, port = served
    answer = read(sent(served, text.replace("{host}", f"{host}:{port}")))
    assert answer.startswith(f"HTTP/1.1 {status}") or answer == ""
    assert answer.count("HTTP/1.1 ") <= 1 and "evil.example" not in answer
