"""The portal's pages: valid, without anything inline, readable by all; and what a browser does with them."""

import re
from functools import cache
from itertools import pairwise

import pytest
from accessibility_check import colours, contrast
from axe_core_python.base import AXE_SCRIPT
from portal_browser import CONTACT, browser, portal, signed_in  # noqa: F401
from portal_release import MONTH, NETWORK_OPERATOR, SUPPLIER
from tinyhtml5.parser import HTMLParser

from car.portal import static_files
from car.portal.app import templates
from car.portal.static_files import StaticFiles, make_library, theme_css

# It takes its time: CI has this file with one commit of four.
pytestmark = pytest.mark.turn(1)

HTML = "{http://www.w3.org/1999/xhtml}"
HERE = f"/{MONTH}/IS"
DEVICES = f"{HERE}/table/inventory/devices"
SEVERAL_VALUES = f"{DEVICES}?device_type=ESME&device_type=GSME&last_meter_read_at.before=2026-10-20"
MOST_BYTES, TEXT_CONTRAST = 150_000, 4.5
STYLE = (static_files.files("car.portal") / "static" / "portal.css").read_text(encoding="utf-8")
# State by state: sorted, filtered, filtered to nothing, wrong; texts without a place.
STATES = [
    f"{HERE}/business_process?business_process=Prepayment&region=North",
    f"{HERE}/business_process?business_process=nothing+has+this",
    f"{DEVICES}?sort=-firmware_version",
    SEVERAL_VALUES,
    f"{DEVICES}?device_type=nothing+has+this",
    f"{DEVICES}?last_meter_read_at.before=yesterday",
    f"{HERE}/nothing",
    "/help",
    "/accessibility",
    "/privacy",
]
SIGNED_OUT = {"title": "You are signed out", "message": "Go on.", "next": "https://sign-in.example/end"}
NO_PARTY = {
    "title": "No Party",
    "message": "Your account names none.",
    "what_to_do": "Ask.",
    "error_id": "abc",
}


def pages_of(client, start="/"):
    """Give the address of each page that the navigation leads to, for each role."""
    first = str(client.get(start).url.path)
    found = {}
    for place in {first, *roles_of(client.get(first).text)}:
        found |= dict.fromkeys(re.findall(r'href="(/[^"]+)"', navigation(client.get(place).text, "Pages")))
    return sorted(found)


def navigation(text, label):
    return text.partition(f'aria-label="{label}"')[2].partition("</nav>")[0]


def roles_of(text):
    return re.findall(r'href="(/[^"]+)"', navigation(text, "Role"))


@pytest.fixture(scope="module")
def made(portal):  # noqa: F811
    """All pages and states of both parties, by address; what is signed in or out besides."""
    found = {}
    for party in (SUPPLIER, NETWORK_OPERATOR):
        client = portal.client(party)
        for url in [*pages_of(client), *(STATES if party == SUPPLIER else [])]:
            found[f"{party} {url}"] = client.get(url).text
    found["sign-in"] = portal.anybody().get("/sign-in").text
    environment = templates()
    given = {"static": lambda name: f"/static/{name}", "contact": CONTACT, "user": None, "csrf_token": "x"}
    for name, context in (("signed_out", SIGNED_OUT), ("no_party", NO_PARTY)):
        found[name] = environment.get_template(f"{name}.html").render(given, is_dev=False, **context)
    provider = {"title": "Sign in", "next": "/", "parties": []}
    found["provider"] = environment.get_template("sign_in.html").render(given, is_dev=False, **provider)
    return found


@cache
def parsed(text):
    parser = HTMLParser()
    return parser.parse(text), parser.errors


def elements(root, *names):
    wanted = {HTML + name for name in names}
    return [node for node in root.iter() if not names or node.tag in wanted]


def faults(made, look):
    """Give what is wrong of each page, by its address."""
    return {url: found for url, text in made.items() if (found := look(text))}


def not_valid(text):
    return parsed(text)[1]


def inline(text):
    """Find styles and scripts that the policy of the pages forbids; data for a script is none."""
    root, _ = parsed(text)
    found = [f"<{node.tag}>" for node in elements(root, "style")]
    for node in elements(root, "script"):
        if not node.get("src") and node.get("type") != "application/json":
            found.append("<script>")
    for node in elements(root):
        found += [name for name in node.attrib if name == "style" or str(name).startswith("on")]
    return found


def without_label(text):
    root, _ = parsed(text)
    labelled = {node.get("for") for node in elements(root, "label")}
    controls = [node for node in elements(root, "input", "select") if node.get("type") != "hidden"]
    return [node.get("name") for node in controls if node.get("id") not in labelled]


def wrong_headings(text):
    root, _ = parsed(text)
    levels = [int(node.tag[-1]) for node in elements(root, *(f"h{level}" for level in range(1, 7)))]
    found = [] if levels.count(1) == 1 and levels[0] == 1 else [f"h1: {levels}"]
    return found + [f"h{one} to h{other}" for one, other in pairwise(levels) if other > one + 1]


def wrong_references(text):
    """Find ids that are there twice, and references to ids that are not there."""
    root, _ = parsed(text)
    ids = [node.get("id") for node in elements(root) if node.get("id")]
    found = sorted({name for name in ids if ids.count(name) > 1})
    for node in elements(root):
        named = f"{node.get('aria-labelledby', '')} {node.get('for', '')}".split()
        if node.get("href", "").startswith("#"):
            named.append(node.get("href")[1:])
        found += [name for name in named if name not in ids]
    return found


@pytest.mark.parametrize("look", [not_valid, inline, without_label, wrong_headings, wrong_references])
def test_no_page_has_a_fault(made, look):
    assert faults(made, look) == {}


SPOILT = {
    not_valid: ("<h1", "<p><div><h1"),
    inline: ("<h1", '<h1 style="color: red"'),
    without_label: ("<h1", '<input name="x"><h1'),
    wrong_headings: ("<h1", "<h2>x</h2><h4>x</h4><h1"),
    wrong_references: ('id="main"', 'id="other"'),
}


@pytest.mark.parametrize("look", SPOILT)
def test_each_fault_would_be_seen(made, look):
    before, after = SPOILT[look]
    assert look(made["sign-in"].replace(before, after, 1))


def test_no_page_is_heavy(made):
    assert max(len(text.encode()) for text in made.values()) <= MOST_BYTES


def test_a_page_says_where_it_is_and_what_holds(made):
    text = made[f"{SUPPLIER} {STATES[0]}"]
    for said in (SUPPLIER, "Import Supplier", "October 2026", "Version 1, as of 6 October 2026"):
        assert said in text
    held = text.partition('class="held"')[2].partition("</ul>")[0]
    assert re.findall(r'href="[^"]*\?([^"]*)"', held) == ["region=North", "business_process=Prepayment"]


def test_a_sorted_column_says_so_once(made):
    text = made[f"{SUPPLIER} {DEVICES}?sort=-firmware_version"]
    assert re.findall(r'aria-sort="(\w+)"', text) == ["descending"]
    assert 'name="sort" value="-firmware_version"' in text


def test_a_filter_that_finds_nothing_says_what_to_widen(made):
    text = made[f"{SUPPLIER} {DEVICES}?device_type=nothing+has+this"]
    assert "No Events." in text and "without Device type: nothing has this" in text


def test_several_values_of_a_filter_stay_chosen(made):
    text = made[f"{SUPPLIER} {SEVERAL_VALUES}"]
    chosen = text.partition('id="f-device_type"')[2].partition("</select>")[0]
    assert re.findall(r"<option selected>(\w+)", chosen) == ["ESME", "GSME"]


def test_a_withheld_figure_says_why(made):
    why = "it could tell one party’s apart"
    texts = {url: why in text for url, text in made.items() if ">Suppressed</span></td>" in text}
    assert texts and all(texts.values())


# ---- Style and static files ---------------------------------------------------------------------------


def rules_of(style):
    """Give the colours of each rule of a style: of text, and of what it stands on."""
    found = []
    for selector, body in re.findall(r"([^{}]*)\{([^{}]*)\}", style):
        if ".mark." in selector:  # no text stands on the sign of a legend
            continue
        named = dict(re.findall(r"(?<![\w-])(color|background): var\(--colour-([\w-]+)\)", body))
        if named:
            found.append((named.get("color"), named.get("background")))
    return found


def faint_pairs(style):
    """Reckon each colour of text against its ground; without one of its own, against all that there are."""
    colour = {name.replace("_", "-"): value for name, value in colours().items()}
    grounds = {"paper", "stripe", "grid"}
    found = []
    for text, ground in rules_of(style):
        for one in [ground] if ground else grounds if text != "paper" else []:
            if contrast(colour[text or "ink"], colour[one]) < TEXT_CONTRAST:
                found.append((text or "ink", one))
    return found


def test_text_stands_out_from_what_it_is_on():
    assert len(rules_of(STYLE)) > 20
    assert faint_pairs(STYLE) == []
    assert faint_pairs(".x { color: var(--colour-axis); }")
    assert faint_pairs(".x { background: var(--colour-own); color: var(--colour-faint); }")


def test_every_colour_and_size_is_of_the_theme():
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", re.sub(r"#[\w-]+ *\{", "{", STYLE))
    named = set(re.findall(r"var\((--[\w-]+)\)", STYLE))
    assert named <= set(re.findall(r"(--[\w-]+):", theme_css()))


def test_a_static_file_is_kept_by_its_content(portal):  # noqa: F811
    client = portal.anybody()
    page = client.get("/sign-in").text
    for url in re.findall(r'"(/static/[^"]+)"', page):
        sent = client.get(url)
        assert sent.status_code == 200 and "immutable" in sent.headers["cache-control"], url
        assert sent.headers["content-encoding"] == "gzip"
        again = client.get(url, headers={"If-None-Match": sent.headers["etag"]})
        assert again.status_code == 304 and again.content == b""
    plain = client.get("/static/portal.css", headers={"Accept-Encoding": "identity"})
    assert plain.text == STYLE and "content-encoding" not in plain.headers
    old = client.get("/static/portal.css?v=0", follow_redirects=False)
    assert old.status_code == 307 and old.headers["cache-control"] == "no-store"
    assert client.get("/static/portal.py").status_code == 404


def test_the_drawing_library_is_made_once(tmp_path, monkeypatch):
    made_at = []

    def make(command, **_):
        made_at.append(command)
        return type("Done", (), {"stdout": b"window.vegaEmbed = 1;"})

    monkeypatch.setattr(static_files.subprocess, "run", make)
    one, other = StaticFiles(tmp_path), StaticFiles(tmp_path)
    assert len(made_at) == 1 and one.url("vega.js") == other.url("vega.js")
    assert [path.name for path in tmp_path.iterdir()] == [make_library(tmp_path).name]


# ---- In a browser -------------------------------------------------------------------------------------

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """[...document.querySelectorAll("button, select, input, summary, .mark-of, li > a")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 23.5)
  .map((one) => `small: ${one.outerHTML}`)"""
# One row is as another, and axe looks long at each; the drawings are hidden from who hears the page.
FEWER_ROWS = "document.querySelectorAll('tbody tr:nth-child(n+3)').forEach((row) => row.remove())"
RUN_NARROW = "axe.run({runOnly: ['scrollable-region-focusable', 'aria-hidden-focus', 'link-name']})"
# A page may say so itself, as this one does: its address is not there.
EXPECTED = re.compile(r"status of 40[04]")


def shown(page, url):
    page.goto(url)
    # The pages' policy forbids to wait for an expression.
    if page.locator("figure.chart").count():
        page.wait_for_selector("html[data-drawn]", state="attached")


def axe_faults(page, run="axe.run({exclude: ['.drawing svg']}, {resultTypes: ['violations']})"):
    page.evaluate(AXE_SCRIPT)
    page.evaluate(FEWER_ROWS)
    found = [(fault["id"], fault["nodes"][0]["html"]) for fault in page.evaluate(run)["violations"]]
    # This axe does not know the rule of WCAG 2.2 on the size of what is pointed at.
    return [*found, *page.evaluate(SMALL), *(["sideways"] if page.evaluate(SIDEWAYS) else [])]


def faults_wide_and_narrow(page):
    found = axe_faults(page)
    page.set_viewport_size({"width": 320, "height": 900})
    # What hangs on the width; the rest is that of the wide page, and takes axe long.
    found += axe_faults(page, RUN_NARROW)
    # At a zoom of 200 %, and with text alone of twice its size.
    page.set_viewport_size({"width": 600, "height": 450})
    found += ["sideways at 200 %"] if page.evaluate(SIDEWAYS) else []
    page.set_viewport_size({"width": 1200, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += ["sideways with large text"] if page.evaluate(SIDEWAYS) else []
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


@pytest.mark.parametrize("party", [SUPPLIER, NETWORK_OPERATOR])
def test_axe_finds_nothing_and_nothing_is_cut_off(portal, browser, party):  # noqa: F811
    page = signed_in(browser, portal, party)
    urls = pages_of(portal.client(party))
    # The industry's pages are the same for both.
    urls = [*urls, *STATES] if party == SUPPLIER else [url for url in urls if "/industry/" not in url]
    found = {}
    for url in urls:
        shown(page, url)
        if wrong := faults_wide_and_narrow(page):
            found[url] = wrong
    page.click("text=Sign out")
    signed_out = faults_wide_and_narrow(page)
    page.goto("/sign-in")
    assert found == {} and signed_out == [] and faults_wide_and_narrow(page) == []
    assert [line for line in page.said if not EXPECTED.search(line)] == []
    page.context.close()


def test_axe_would_find_a_fault(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    shown(page, DEVICES)
    page.evaluate("document.querySelector('main label').remove()")
    page.evaluate("document.querySelector('main summary').style = 'font-size: 8px; min-height: 0'")
    page.evaluate("document.querySelector('h1').style.width = '200vw'")
    found = str(axe_faults(page))
    assert "select-name" in found and "small: <summary" in found and "sideways" in found
    # Cut off with large text alone.
    shown(page, DEVICES)
    page.evaluate("document.querySelector('h1').style.width = '40em'")
    assert "sideways with large text" in faults_wide_and_narrow(page)
    page.context.close()


def test_without_javascript_tables_and_words_stand_in_place_of_charts(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER, java_script_enabled=False)
    page.goto(f"{HERE}/business_process")
    assert page.locator("figure.chart").count() > 0
    assert page.locator(".drawing:visible").count() == 0
    page.locator(".words summary").first.click()
    assert page.locator(".words p:visible").count() == 1
    page.select_option("#f-business_process", "Prepayment")
    page.click("main button:has-text('Show')")
    assert page.locator(".held strong").first.text_content() == "Prepayment"
    assert page.locator("table:visible").count() > 1
    page.context.close()


def test_axe_finds_nothing_where_the_scripts_do_not_come(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    page.route("**/static/*.js*", lambda route: route.abort())
    page.goto(f"{HERE}/overview")
    assert page.locator("figure svg").count() == 0
    assert axe_faults(page) == []
    page.context.close()


def test_a_chart_filters_by_mouse_keyboard_and_link(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    start = f"{HERE}/business_process?region=North"
    drawing = "figure[data-column] .drawing"

    def filtered():
        page.wait_for_url("**business_process?*business_process=*")
        assert "region=North" in page.url
        return page.url

    shown(page, start)
    page.locator(f"{drawing} .role-mark path").first.click()
    by_mouse = filtered()
    shown(page, start)
    page.locator(drawing).first.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator(".tip:visible").text_content()
    assert tip and page.locator("figure [role=status]").first.text_content() == tip
    page.keyboard.press("Enter")
    by_keyboard = filtered()
    shown(page, start)
    page.locator("tbody a[href^='?']").first.click()
    filtered()
    assert by_mouse.split("?")[0] == by_keyboard.split("?")[0]
    page.context.close()


def test_a_form_sends_nothing_empty(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    shown(page, f"{HERE}/business_process")
    page.select_option("#f-region", "North")
    page.click("main button:has-text('Show')")
    page.wait_for_url("**region=North")
    assert page.url.endswith("/business_process?region=North")
    page.context.close()


def test_a_chart_is_kept_as_a_picture(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    shown(page, f"{HERE}/business_process")
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.locator(f"text=Save as {kind}").first.click()
        assert download.value.path().read_bytes().startswith(begins)
        assert download.value.suggested_filename.startswith(f"{MONTH}-")
    page.context.close()


def test_a_head_says_what_its_column_means(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    shown(page, DEVICES)
    link = page.locator("a.mark-of").first
    link.click()
    definition = page.locator(".definition")
    column = link.get_attribute("href").partition(".")[2]
    assert page.locator(f"[id='w.{column}']").text_content() in definition.text_content()
    page.keyboard.press("Escape")
    assert not definition.is_visible()
    shown(page, f"{HERE}/business_process")
    page.locator("a.what").first.click()
    page.wait_for_selector(".definition p")
    assert len(definition.text_content()) > 20
    page.keyboard.press("Escape")
    page.locator("main >> text=What is this?").first.click()
    page.wait_for_url("**/guidance#*")
    assert page.locator("details[open] dt").count() > 0
    page.context.close()


def test_the_focus_can_be_seen_and_the_first_link_skips_to_the_content(portal, browser):  # noqa: F811
    page = signed_in(browser, portal, SUPPLIER)
    shown(page, f"{HERE}/overview")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()
