"""What axe and the console say of the portal's pages when they are filtered, empty, or cannot be shown."""

import re

import pytest
from portal_browser import browser, signed_in, wider_portal  # noqa: F401
from portal_release import MONTH, MONTH_BEFORE, NETWORK_OPERATOR, SUPPLIER
from test_portal_look import faults_wide_and_narrow, shown

# A browser takes its time: CI has this file with one commit of four.
pytestmark = pytest.mark.turn(5)

PANEL = ""
# The releases of test_portal_look are too old for it.
SEEN_HERE_ALONE = ("Explore",)
# The first filter of a page that has a value besides "Any", and the last of its values.
FILTER = """(() => {
  for (const list of document.querySelectorAll(".filters [id^='f-']")) {
    const last = list.options && list.options[list.options.length - 1];
    if (last && last.value) return [list.name, last.value];
  }
  return null;
})()"""


def states(page):
    """Go to each page of the navigation by clicks, then filter it, the second time to nothing.

    Yields:
        What is shown, and whether axe sees it in no other test: test_portal_look has the pages as they are.
    """
    for name in page.locator(".pages a").all_text_contents():
        page.click(f".pages a:text-is('{name}')")
        page.wait_for_load_state()
        assert page.locator(".pages [aria-current=page]").text_content() == name
        shown(page, page.url)
        yield name, name in SEEN_HERE_ALONE
        found, url = page.evaluate(FILTER), page.url
        if not found:
            continue
        column, value = found
        for wanted in (value, "nothing has this"):
            shown(page, f"{url}?{column}={wanted.replace('&', '%26')}")
            assert page.locator(".held strong").all_text_contents() != []
            yield f"{name}, {column}: {wanted}", True
        assert page.locator(".none").count() > 0, url


@pytest.mark.parametrize("party", [SUPPLIER, NETWORK_OPERATOR, PANEL])
def test_axe_finds_nothing_where_pages_are_filtered_and_empty(wider_portal, browser, party):  # noqa: F811
    page = signed_in(browser, wider_portal, party)
    if party == SUPPLIER:
        page.click("nav[aria-label=Role] >> text=Import Supplier")
    found = {}
    for state, is_seen_here_alone in states(page):
        if is_seen_here_alone and (wrong := faults_wide_and_narrow(page)):
            found[state] = wrong
    assert found == {} and page.said == []
    page.context.close()


def damaged_month(page):
    return page.goto(f"/{MONTH_BEFORE}/ED/overview").status


def no_party(page):
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.locator("#party option").first.evaluate("(one) => { one.value = 'NOBODY'; one.selected = true; }")
    with page.expect_response("**/sign-in") as answer:
        page.click("text=Sign in as this Party")
    return answer.value.status


def old_form(page):
    page.goto(f"/{MONTH}/ED/overview")
    page.locator("header form input").evaluate("(one) => { one.value = 'old'; }")
    with page.expect_response("**/sign-out") as answer:
        page.click("text=Sign out")
    return answer.value.status


@pytest.mark.parametrize(
    ("go", "status", "says"),
    [
        (damaged_month, 503, "Other months can be read"),
        (no_party, 403, "belongs to no Party"),
        (old_form, 403, "load the page again"),
    ],
)
def test_what_cannot_be_shown_says_what_to_do(wider_portal, browser, go, status, says):  # noqa: F811
    page = signed_in(browser, wider_portal, NETWORK_OPERATOR)
    assert go(page) == status
    page.wait_for_load_state()
    text = page.locator("main").inner_text()
    assert says in text and re.search("Error number: [a-z]{10}", text)
    assert not re.search(r"Traceback|duckdb|\\.py\\b", page.content())
    assert faults_wide_and_narrow(page) == []
    assert [line for line in page.said if not re.search(f"status of {status}", line)] == []
    page.context.close()
