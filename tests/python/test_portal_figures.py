"""The portal has no figure of its own: each is a cell of the recipient's CSVs, or is reckoned of rows."""

import html
import json
import re
from decimal import Decimal
from itertools import product
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from portal_attacked import MONTH, MONTH_BEFORE, NETWORK_OPERATOR, SUPPLIER, Portal, attacked_release
from portal_reckoned import BESIDES, PLACING, RECKONED, Csvs, explored, number_of
from portal_release import read_csv

from car.cli import DEMO_SIZE
from car.console import Reporter
from car.demonstration import demonstrate
from car.portal.here import INDUSTRY_ROLE
from car.portal.pages.definition import page_lists
from car.workspace import Machine

# Each page of each role is reckoned anew: CI has this file with one commit of four.
pytestmark = pytest.mark.turn(2)

USERS = {SUPPLIER: ("IS", INDUSTRY_ROLE), NETWORK_OPERATOR: ("ED",)}
EACH = [(party, role) for party, roles in USERS.items() for role in roles]
# The fixed release has no files of these for that party, so that nothing is shown of them.
NOT_THERE = {
    SUPPLIER: {("business_process", "regions"), ("business_process", "types")},
    NETWORK_OPERATOR: {key for key in RECKONED if key[0] == "inventory" and key[1].startswith("device_")},
}
# What stands where there is no number.
NO_NUMBER = ("", "–", "No Events", "Suppressed")
# Explore divides as a computer does, with some sixteen digits.
_NEAR = Decimal("1e-9")
_PARTS = re.compile(
    r'<table[^>]* id="(?P<table>[\w-]+)"|data-chart="(?P<chart>[\w-]+)"|<data value="(?P<cell>[^"]*)"'
    r'|<t[dh](?: scope="row")? class="n">(?:<a [^>]*>)?(?P<plain>[^<]+)<'
    r'|<script type="application/json">(?P<spec>.*?)</script>',
    re.S,
)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return attacked_release(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def portal(out):
    portal = Portal(out)
    yield portal
    portal.close()


def shown_in(text):
    """Give each number of a page: the kind of part that it stands in, the part's name, a mark's field, it."""
    where = ("page", "")
    for part in _PARTS.finditer(text):
        if part["table"]:
            kind, _, name = part["table"].partition("-")
            where = (kind, name)
        elif part["chart"]:
            where = ("chart", part["chart"])
        elif part["cell"] is not None:
            yield *where, "", part["cell"]
        elif part["plain"] is not None:
            if html.unescape(part["plain"]).strip() not in NO_NUMBER:
                yield *where, "", part["plain"].strip()
        else:
            for dataset in json.loads(part["spec"])["datasets"].values():
                # A text that comes again stands there by its place in the list of texts.
                texts = {int(place) for place in dataset.get("texts", {})}
                for row in dataset["rows"]:
                    for place, (name, value) in enumerate(zip(dataset["columns"], row, strict=True)):
                        found = () if place in texts else numbers_in(value)
                        yield from ((*where, name, str(one)) for one in found)


def numbers_in(value):
    if isinstance(value, list):
        return [one for item in value for one in numbers_in(item)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


class Checked:
    """The CSVs that a page may show numbers of.

    used: the reckonings that were asked; months: in force, the newest first.
    """

    def __init__(self, out, party, month, role, used, months=(MONTH, MONTH_BEFORE)):
        self._role = "" if role == INDUSTRY_ROLE else role
        self._folders = {
            known: out / "releases" / known / "v1" / ("parties/" + party if self._role else "industry")
            for known in months
        }
        self._earlier = [known for known in months if known < month]
        self._month = month
        self._used = used
        self._kept = {}

    def csvs(self, month, filters=()):
        folder = self._folders.get(month)
        return Csvs(folder if folder is not None else Path("none"), self._role, filters)

    def strangers(self, page, text, filters=()):
        """Give each number of a page that neither stands in a CSV nor is reckoned, and how many there are."""
        self._kept.clear()
        found, number = [], 0
        for kind, name, field, said in shown_in(text):
            if PLACING.search(field):
                continue
            number += 1
            if not self._is_known(page, kind, name, said, text, filters):
                found.append((page, kind, name, field, said))
        return found, number

    def _is_known(self, page, kind, name, said, text, filters):
        value = number_of(said)
        if value is None:
            return said in self._once("days", lambda: self._days(page))
        known = self._once((kind, name), lambda: self._known(page, kind, name, text, filters))
        return value in known or (
            name == "explore" and any(abs(value - one) < _NEAR * max(1, one) for one in known)
        )

    def _known(self, page, kind, name, text, filters):
        now, before = self.csvs(self._month, filters), self.csvs(self._before(), filters)
        if page == "downloads":
            manifest = json.loads((self._folders[self._month] / "manifest.json").read_text(encoding="utf-8"))
            own = (self._folders[self._month] / "manifest.json").stat().st_size
            listed = {
                number_of(str(file.get(key))) for file in manifest["files"] for key in ("bytes", "rows")
            }
            return {*listed, number_of(str(own))}
        if name == "explore":
            return explored(now, **self._chosen(text))
        if name == "trend":
            chosen = self._chosen(text)
            return {
                number_of(row[chosen["figure"]])
                for month in self._folders
                for row in self.csvs(month).rows(chosen["table"])
                if row.get(chosen["figure"])
            }
        if kind == "t":
            area = page if page in page_lists() else ""
            return now.numbers(f"{area or self._area}/{name}")
        if (page, name) in RECKONED:
            self._used.add((page, name))
            return RECKONED[page, name](now, before)
        besides = BESIDES.get((page, name), lambda now, before: set())(now, before)
        areas = self._areas(page)
        return besides.union(*(csvs.numbers(area) for csvs in (now, before) for area in areas))

    def _days(self, page):
        found = set()
        for month in (self._month, self._before()):
            for area in self._areas(page):
                for path in self.csvs(month).paths(area):
                    found.update(cell[:10] for row in read_csv(path)[1:] for cell in row if cell[4:5] == "-")
        return found

    def _areas(self, page):
        area = page_lists()[page].area
        if area:
            return [area]
        return [path.name for path in self._folders[self._month].iterdir() if path.is_dir()]

    def _chosen(self, text):
        found = {}
        for name, inside in re.findall(r'<select id="q-(\w+)".*?>(.*?)</select>', text, re.S):
            found[name] = re.search(r'<option value="([^"]*)" selected', inside)[1]
        return found

    def _before(self):
        return next(iter(self._earlier), "")

    def _once(self, key, make):
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def of_table(self, area):
        self._area = area
        return self


def pages_of(portal, party, month, role):
    """Give the pages that the navigation leads to, and the text of each."""
    first = f"/{month}/{role}/{'industry' if role == INDUSTRY_ROLE else 'overview'}"
    answer = portal.ask(first, by=party)
    if answer.status == 404:
        return {}
    assert answer.status == 200, first
    inside = re.search(r'<nav aria-label="Pages".*?</nav>', answer.text, re.S)[0]
    links = [urljoin(first, html.unescape(link)) for link in re.findall(r'href="([^"]+)"', inside)]
    texts = {link: portal.ask(link, by=party) for link in links}
    return {link.rpartition("/")[2]: answer.text for link, answer in texts.items() if answer.status == 200}


def tables_of(portal, party, month, role):
    """Give the area of each table that a page leads to, and its text."""
    for text in pages_of(portal, party, month, role).values():
        links = re.findall(r'href="(?:[^"]*/)?(table/[^"?.]+)["?]', text)
        for link in dict.fromkeys(links):
            yield link.split("/")[1], portal.ask(f"/{month}/{role}/{link}", by=party).text


def filters_of(text):
    """Give one filter of each column that a page offers, with a value that it offers."""
    for column, inside in re.findall(r'<select id="f-[^"]*" name="([^"]+)".*?>(.*?)</select>', text, re.S):
        found = re.findall(r'<option(?: value="([^"]*)")?(?: selected)?>([^<]*)', inside)
        values = [html.unescape(value if text == "Any" or value else text) for value, text in found]
        values = [one for one in values if one not in ("", "*", "ALL")]
        yield from ((column, value) for value in values[:1])
    for name in re.findall(r'<input type="date" [^>]*name="([^"]+)"', text):
        yield name, f"{MONTH}-11"


@pytest.mark.parametrize(("party", "role"), EACH)
def test_no_page_shows_a_figure_of_its_own(portal, out, party, role):
    used, seen = set(), {}
    for month in (MONTH, MONTH_BEFORE):
        checked = Checked(out, party, month, role, used)
        for page, text in pages_of(portal, party, month, role).items():
            strangers, seen[month, page] = checked.strangers(page, text)
            assert strangers == []
    expected = {key for key in RECKONED if (MONTH, key[0]) in seen} - NOT_THERE[party]
    # The overview shows what the role has.
    of_areas = {key for key in expected if key[0] != "overview"}
    assert {key for key in used if key[0] != "overview"} == of_areas
    shown = [page for (month, page), number in seen.items() if number and month == MONTH]
    assert len(shown) >= 2 and sum(seen.values()) > 400


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The output folder of `car demo --portal`, without reports."""
    folder = tmp_path_factory.mktemp("demo")
    machine = Machine(threads=2, memory_limit="4GiB")
    demonstrate(folder, MONTH, 3, DEMO_SIZE, machine, 0, Reporter(), True)
    return folder / "out"


@pytest.mark.long(minutes=True)
def test_no_page_of_the_demo_shows_a_figure_of_its_own(demo):
    months = sorted((path.name for path in (demo / "releases").iterdir()), reverse=True)
    assert len(months) == 3
    portal, pages, numbers, strangers = Portal(demo), 0, 0, []
    for folder in sorted((demo / "releases" / MONTH / "v1" / "parties").iterdir()):
        party = folder.name
        roles = sorted({path.name for path in folder.glob("*/*") if path.is_dir()})
        for month, role in product(months, [*roles, INDUSTRY_ROLE] if party == SUPPLIER else roles):
            checked = Checked(demo, party, month, role, set(), months)
            for page, text in pages_of(portal, party, month, role).items():
                found, number = checked.strangers(page, text)
                strangers += [(party, month, role, *one) for one in found]
                pages, numbers = pages + 1, numbers + number
    portal.close()
    assert strangers == []
    assert pages > 500 and numbers > 100_000


@pytest.mark.parametrize(("party", "role"), EACH)
def test_no_table_shows_a_figure_of_its_own(portal, out, party, role):
    numbers = 0
    for area, text in tables_of(portal, party, MONTH, role):
        strangers, number = Checked(out, party, MONTH, role, set()).of_table(area).strangers("", text)
        assert strangers == []
        numbers += number
    assert numbers > 300


@pytest.mark.long
@pytest.mark.parametrize(("party", "role"), EACH)
def test_no_filter_makes_a_figure_that_nobody_could_reckon(portal, out, party, role):
    checked, asked, numbers = Checked(out, party, MONTH, role, set()), [], 0
    for page, text in pages_of(portal, party, MONTH, role).items():
        if page in page_lists():
            for one in dict.fromkeys(filters_of(text)):
                answer = portal.ask(f"/{MONTH}/{role}/{page}?{urlencode([one])}", by=party)
                strangers, number = checked.strangers(page, answer.text, [one])
                assert answer.status == 200 and strangers == [], one
                asked.append(one)
                numbers += number
    assert len(asked) >= 5 and numbers > 500


@pytest.mark.parametrize(
    "measure",
    ["alert_count", "success_share", "failures", "delivery_min_s", "delivery_mean_s", "delivery_max_s"],
)
def test_explore_reckons_as_any_reader_would(portal, out, measure):
    checked = Checked(out, SUPPLIER, MONTH, "IS", set())
    for more in (
        {"by": "region", "and": "device_type"},
        {"by": "device_model"},
        {"by": "", "region": "Central"},
    ):
        target = f"/{MONTH}/IS/explore?{urlencode({'measure': measure, **more})}"
        text = portal.ask(target, by=SUPPLIER).text
        filters = [("region", more["region"])] if "region" in more else []
        strangers, number = checked.strangers("explore", text, filters)
        assert strangers == [] and number >= 1


def test_a_figure_that_nobody_published_would_be_found(out):
    checked = Checked(out, SUPPLIER, MONTH, "IS", set())
    page = '<table id="{}"><data value="{}">1</data></table>'
    for where in ("table-models", "table-firmware", "t-summary", "chart-x"):
        strangers, number = checked.strangers("inventory", page.format(where, "0.123457"))
        assert len(strangers) == number == 1
    spec = (
        '<figure data-chart="models"><script type="application/json">'
        '{"datasets": {"rows": {"columns": ["%s"], "rows": [[%s]]}}}</script>'
    )
    assert checked.strangers("inventory", spec % ("a", "987654"))[0] == [
        ("inventory", "chart", "models", "a", "987654")
    ]
    assert checked.strangers("inventory", spec % ("rates", "[0, [987654]]"))[0] != []
    assert checked.strangers("inventory", spec % ("place", "987654")) == ([], 0)
    plain = '<table id="table-models"><tr><td class="n">987,654</td><td class="n">Suppressed</td></tr>'
    assert checked.strangers("inventory", plain)[1] == 1
