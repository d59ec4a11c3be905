"""What people do with the portal in a browser, from the sign-in to the sign-out."""

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import duckdb
import openpyxl
import pypdfium2
import pytest
from portal_browser import ROLE, SECOND_ROLE, browser, signed_in, wider_portal  # noqa: F401
from portal_release import MONTH, MONTH_BEFORE, NETWORK_OPERATOR, SUPPLIER
from test_portal_look import shown

from car.portal.schema import OWNERSHIP
from car.portal.serve import sessions_end

# A browser takes its time: CI has this file with one commit of four.
pytestmark = pytest.mark.turn(1)

HERE = f"/{MONTH}/{ROLE}"
DEVICES = f"{HERE}/table/inventory/devices"
PROCESSES = f"{HERE}/business_process"
MODELS = f"{HERE}/table/inventory/summary?device_type=ESME&sort=-firmware_version"
PANEL = ""
SHOW = "main button:has-text('Show')"
# The rows of a page as the files write them; a figure that is withheld is in no file.
ROWS = """[...document.querySelectorAll(".whole tbody tr, section:not(.whole) tbody tr")].map((row) =>
  [...row.cells].map((cell) => {
    const data = cell.querySelector("data");
    return cell.querySelector(".withheld") ? "" : data ? data.value : cell.textContent;
  }))"""
COLUMNS = """[...document.querySelectorAll(".whole thead a.mark-of")].map((one) => one.hash.slice(3))"""


@pytest.fixture(scope="module")
def portal(wider_portal):  # noqa: F811
    return wider_portal


@pytest.fixture
def sign_in(browser, portal):  # noqa: F811
    """Give what signs a party in, in a browser of its own."""
    opened = []

    def signed(party=SUPPLIER, **options):
        opened.append(signed_in(browser, portal, party, **options))
        opened[-1].set_default_timeout(15_000)
        return opened[-1]

    yield signed
    for page in opened:
        page.context.close()


def rows(page):
    return page.evaluate(ROWS)


def held(page):
    return page.locator(".held strong").all_text_contents()


def asked(page):
    return parse_qs(urlsplit(page.url).query)


def open_filters(page):
    if not page.locator("search details[open]").count():
        page.click("search summary")


def is_at_sign_in(page):
    return urlsplit(page.url).path == "/sign-in" and SUPPLIER not in page.locator("header").inner_text()


# ---- Where one is -------------------------------------------------------------------------------------


def test_a_switch_of_role_and_of_month_keeps_the_page_and_its_filters(sign_in):
    page = sign_in()
    assert page.url.endswith(f"/{MONTH}/{SECOND_ROLE}/overview")
    shown(page, MODELS)
    page.click("nav[aria-label=Role] >> text=Gas Supplier")
    page.wait_for_url(f"**/{MONTH}/{SECOND_ROLE}/table/inventory/summary?*")
    assert asked(page) == {"device_type": ["ESME"], "sort": ["-firmware_version"]}
    page.click(".switch summary")
    page.click(".switch a:not([aria-current])")
    page.wait_for_url(f"**/{MONTH_BEFORE}/{SECOND_ROLE}/table/inventory/summary?*")
    assert held(page) == ["ESME"] and page.locator("[aria-sort=descending]").count() == 1
    # A page that the other role does not have.
    page.goto(f"{PROCESSES}?region=North")
    page.click("nav[aria-label=Role] >> text=Gas Supplier")
    page.wait_for_url(f"**/{MONTH}/{SECOND_ROLE}/overview")


def test_back_and_forward_go_through_what_was_asked(sign_in):
    page = sign_in()
    shown(page, PROCESSES)
    page.locator("figure[data-column=business_process] .role-mark path").first.click()
    page.wait_for_url("**/business_process?business_process=*")
    process = held(page)
    assert len(process) == 1 and asked(page) == {"business_process": process}
    page.select_option("#f-region", "North")
    page.click(SHOW)
    page.wait_for_url("**region=North*")
    both = rows(page)
    assert sorted(held(page)) == sorted([*process, "North"])
    page.go_back()
    assert held(page) == process and rows(page) != both
    page.go_back()
    assert held(page) == [] and page.url.endswith("/business_process")
    page.go_forward()
    page.go_forward()
    assert sorted(held(page)) == sorted([*process, "North"]) and rows(page) == both
    assert page.locator("#f-region").input_value() == "North"


def test_a_link_shows_a_colleague_the_same_and_nobody_else_anything(sign_in, browser):  # noqa: F811
    page = sign_in()
    shown(page, MODELS)
    sent, seen = page.url, rows(page)
    assert len(seen) > 10
    colleague = browser.new_context().new_page()
    colleague.goto(sent)
    assert is_at_sign_in(colleague)
    colleague.select_option("#party", SUPPLIER)
    colleague.click("text=Sign in as this Party")
    colleague.wait_for_url(sent)
    assert rows(colleague) == seen
    colleague.context.close()
    for other in (sign_in(NETWORK_OPERATOR), sign_in(PANEL)):
        assert other.goto(sent).status == 404 and rows(other) == []
        text = other.content()
        assert SUPPLIER not in text and not any(one[2] in text for one in seen)


# ---- Keyboard, paper, no script -----------------------------------------------------------------------

# An outline is around what has the focus, it is in sight, and nothing lies over it.
IS_SEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getClientRects()[0];
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const over = document.elementFromPoint(x, y);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    && over !== null && (one.contains(over) || over.contains(one));
}"""
FOCUSED = "document.activeElement.outerHTML.slice(0, 120)"


def tab_to(page, selector, most=80):
    """Press Tab until what is asked for has the focus, which can be seen at each stop."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(IS_SEEN), page.evaluate(FOCUSED)
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def skip(page):
    """Go past the head of a page that has just come."""
    tab_to(page, ".skip", 1)
    page.keyboard.press("Enter")


def test_the_keyboard_alone_is_enough(sign_in):
    page = sign_in(reduced_motion="reduce")
    press = page.keyboard.press
    shown(page, f"{HERE}/overview")
    tab_to(page, ".switch summary")
    press("Space")
    tab_to(page, ".switch a:not([aria-current])")
    press("Escape")
    assert not page.locator(".switch nav").is_visible()
    assert page.evaluate("document.activeElement.matches('.switch summary')")
    tab_to(page, ".pages a[href$='/inventory']")
    press("Enter")
    page.wait_for_url("**/inventory")
    skip(page)
    tab_to(page, "search summary")
    press("Space")
    tab_to(page, "#f-device_type")
    page.keyboard.type("ESME")
    tab_to(page, ".filters button")
    press("Space")
    page.wait_for_url("**/inventory?device_type=ESME")
    skip(page)
    tab_to(page, ".contents a[href='#devices']")
    press("Enter")
    tab_to(page, "a[href*='table/inventory/devices?']")
    press("Enter")
    page.wait_for_url("**/table/inventory/devices?device_type=ESME")
    skip(page)
    tab_to(page, "search summary")
    press("Enter")
    tab_to(page, "#f-device_type")
    assert page.locator("#f-device_type").input_value() == "ESME"
    tab_to(page, "a[rel=next]")
    press("Enter")
    page.wait_for_url("**page=2")
    assert "Rows 101 to 200" in page.locator(".paging").first.text_content()
    skip(page)
    tab_to(page, ".scroll")
    press("ArrowDown")
    page.wait_for_timeout(100)
    assert page.locator(".scroll").evaluate("(one) => one.scrollTop") > 0
    tab_to(page, ".mark-of")
    press("Enter")
    assert page.locator(".definition").is_visible()
    press("Escape")
    assert not page.locator(".definition").is_visible()
    tab_to(page, "th:nth-child(3) .sort")
    press("Enter")
    page.wait_for_url("**sort=*")
    assert page.locator("th:nth-child(3)").get_attribute("aria-sort") == "ascending"
    skip(page)
    tab_to(page, ".downloads a", 200)
    with page.expect_download() as download:
        press("Enter")
    assert download.value.suggested_filename.endswith("-filtered.csv")


def test_without_motion_nothing_glides(sign_in):
    page = sign_in(reduced_motion="reduce")
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    shown(page, PROCESSES)
    assert page.evaluate(behaviour) == "auto"
    assert page.evaluate("document.getAnimations().length") == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"


def printed(page):
    """Print a page; give the signs on the paper, without blanks."""
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as paper:
        text = "".join(one.get_textpage().get_text_range() for one in paper)
    return re.sub(r"[\s\u00ad\ufffe]", "", text)


def test_on_paper_are_tables_and_what_holds_and_no_form(sign_in):
    page = sign_in()
    for url in (f"{PROCESSES}?business_process=Prepayment", f"{MODELS}&page=1"):
        shown(page, url)
        paper = printed(page)
        for control in (
            "Show",
            "Anydevice",
            "SaveasSVG",
            "Signout",
            "Skiptothecontent",
            "Download",
            "Rowsafter",
        ):
            assert control not in paper, control
        for cell in {
            text
            for row in page.locator("main table tr").all()[:40]
            for text in row.locator("th, td").all_text_contents()
        }:
            assert re.sub(r"\s|\?$", "", cell) in paper, cell
        assert held(page)[0].replace(" ", "") in paper and SUPPLIER in paper and "October2026" in paper


def test_without_script_everything_can_be_read_filtered_paged_and_taken(sign_in):
    page = sign_in(java_script_enabled=False)
    page.goto(f"{HERE}/overview")
    for name in page.locator(".pages a").all_text_contents():
        page.click(f".pages a:text-is('{name}')")
        assert page.locator(".pages [aria-current=page]").text_content() == name
        assert page.locator("h1").count() == 1
        assert page.locator(".drawing:visible").count() == 0
    page.goto(PROCESSES)
    page.click("a[href*='table/business_process/failures'] >> nth=0")
    open_filters(page)
    page.select_option("#f-region", "North")
    page.click(SHOW)
    page.click("th a.sort >> nth=2")
    page.go_back()
    page.click("text=Clear all filters")
    page.click("th a.sort >> nth=2")
    page.click("a[rel=next] >> nth=0")
    assert asked(page)["page"] == ["2"] and "sort" in asked(page)
    assert "Rows 101 to 200" in page.locator(".paging").first.text_content()
    page.click("a.mark-of >> nth=0")
    assert urlsplit(page.url).fragment.startswith("w.")
    page.goto(f"{HERE}/table/business_process/failures?region=North")
    page.click(".switch summary")
    page.click(".switch a:not([aria-current])")
    assert f"/{MONTH_BEFORE}/" in page.url and held(page) == ["North"]
    with page.expect_download() as download:
        page.click(".downloads a:text-is('CSV')")
    assert len(as_csv(download.value.path())) == len(rows(page)) + 1 > 10
    for title, parameter in (("Explore", "by"), ("Trends", "table")):
        page.click(f".pages a:text-is('{title}')")
        chosen = page.locator(f"#q-{parameter} option").nth(1)
        wanted = chosen.get_attribute("value")
        page.select_option(f"#q-{parameter}", wanted)
        page.click(SHOW)
        assert asked(page)[parameter] == [wanted] and page.locator("main table").count() > 0
    page.click("text=Sign out")
    assert urlsplit(page.url).path == "/sign-out"


# ---- What is taken away -------------------------------------------------------------------------------


def as_csv(path):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_xlsx(path):
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    return [[text_of(day_of(cell)) for cell in row] for row in sheet.iter_rows()]


def day_of(cell):
    """Give a cell's value; the library takes a day for an instant."""
    is_day = cell.is_date and "h" not in cell.number_format
    return cell.value.date() if is_day else cell.value


def as_parquet(path):
    found = duckdb.connect().execute("from read_parquet(?)", [str(path)])
    columns = [column[0] for column in found.description]
    return [columns, *([text_of(value) for value in row] for row in found.fetchall())]


def text_of(value):
    """Write a value as the CSV does, numbers aside."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else str(value)


def same(one, other):
    """Tell whether two cells are one, numbers by their value."""
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return one == other


READ = {"CSV": as_csv, "XLSX": as_xlsx, "Parquet": as_parquet}


@pytest.mark.parametrize(
    ("table", "filters", "sort"),
    [
        ("inventory/devices", {"device_type": "CAD"}, "firmware_version"),
        (
            "business_process/daily",
            {"day.from": "2026-10-20", "srv": "ALL", "region": "ALL", "business_process": "Meter Reads"},
            "own_volume",
        ),
    ],
)
def test_what_is_downloaded_is_what_is_shown(sign_in, table, filters, sort):
    page = sign_in()
    shown(page, f"{HERE}/table/{table}")
    open_filters(page)
    for name, value in filters.items():
        control = page.locator(f"[name='{name}']")
        control.fill(value) if "." in name else control.select_option(value)
    page.click(SHOW)
    sorting = page.locator(f"th:has(a.mark-of[href='#w.{sort}']) a.sort")
    sorting.click()
    sorting.click()
    page.wait_for_url(f"**sort=-{sort}")
    seen, columns = rows(page), page.evaluate(COLUMNS)
    assert 10 < len(seen) <= 100 and f"{len(seen)} rows" == page.locator("#rows").text_content()
    for kind, read in READ.items():
        with page.expect_download() as download:
            page.click(f".downloads a:text-is('{kind}')")
        header, *got = read(download.value.path())
        assert [name for name in header if name not in OWNERSHIP] == columns
        places = [header.index(name) for name in columns]
        assert len(got) == len(seen)
        for row, expected in zip(got, seen, strict=True):
            for place, text in zip(places, expected, strict=True):
                assert same(row[place], text), (kind, header[place])


# ---- The end of a session -----------------------------------------------------------------------------


def test_a_sign_out_in_one_tab_holds_in_all(sign_in):
    page = sign_in()
    shown(page, f"{HERE}/overview")
    other = page.context.new_page()
    shown(other, MODELS)
    page.click("text=Sign out")
    page.wait_for_url("**/sign-out*")
    page.go_back()
    assert is_at_sign_in(page)
    other.click(".pages a:text-is('Metering estate')")
    assert is_at_sign_in(other)
    other.go_back()
    assert is_at_sign_in(other) and rows(other) == []


def test_a_second_sign_out_says_that_it_is_done(sign_in):
    page = sign_in()
    other = page.context.new_page()
    for one in (page, other):
        shown(one, f"{HERE}/overview")
    page.click("text=Sign out")
    page.wait_for_url("**/sign-out*")
    other.click("text=Sign out")
    other.wait_for_load_state()
    assert "signed out" in other.locator("main").inner_text()


def test_a_session_that_ends_while_a_form_is_open_loses_nothing(sign_in, portal):
    page = sign_in()
    shown(page, PROCESSES)
    page.select_option("#f-region", "North")
    sessions_end(portal.out, portal.settings, f"dev {SUPPLIER}")
    page.click(SHOW)
    assert is_at_sign_in(page)
    page.select_option("#party", SUPPLIER)
    page.click("text=Sign in as this Party")
    page.wait_for_url("**/business_process?region=North")
    assert held(page) == ["North"]
    # What a column means is asked for behind the page.
    sessions_end(portal.out, portal.settings, f"dev {SUPPLIER}")
    page.locator("a.what").first.click()
    page.wait_for_url("**/sign-in?next=*")
    assert is_at_sign_in(page)
