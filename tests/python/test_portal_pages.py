"""The pages of the portal: each is made for each role with each filter, and draws what its rows say."""

import json
import re
from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

import duckdb
import pytest
from portal_release import (
    MONTH,
    MONTH_BEFORE,
    NETWORK_OPERATOR,
    SUPPLIER,
    bundled,
    read_csv,
    released,
    store_of,
)

from car.errors import CarError
from car.portal import site
from car.portal import store as store_module
from car.portal.pages.definition import PACKAGE, PageList, Shown, page_lists
from car.portal.pages.rows import PageRows
from car.portal.selection import EVERY, Filter, read_filters
from car.release.places import INDUSTRY
from car.reports.charts import bound
from car.reports.definition import PACKAGE as REPORTS
from car.reports.definition import common, read_block

HERE = f"/{MONTH}/IS"
# Whose pages are made: a recipient and its role.
MADE_FOR = {
    "overview": [(SUPPLIER, "IS"), (NETWORK_OPERATOR, "ED")],
    "inventory": [(SUPPLIER, "IS")],
    "business_process": [(SUPPLIER, "IS")],
    "alerts": [(SUPPLIER, "IS")],
    "network_operator": [(NETWORK_OPERATOR, "ED")],
    "industry": [(INDUSTRY, "")],
}
each_page = pytest.mark.parametrize(
    ("name", "recipient", "role"),
    [(name, recipient, role) for name, known in MADE_FOR.items() for recipient, role in known],
)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return bundled(released(tmp_path_factory.mktemp("portal")))


@pytest.fixture(scope="module")
def store(out):
    return store_of(out)


class Opened:
    """The bundles of a recipient, opened anew for each page as a request does."""

    def __init__(self, store, recipient, role):
        self._store, self._recipient, self._role = store, recipient, role

    def reading(self, months=(MONTH, MONTH_BEFORE)):
        in_force = self._store.in_force()
        known = in_force.months_of(self._recipient)
        return self._store.reading(in_force, self._recipient, [month for month in months if month in known])

    def page(self, name, asked=(), **given):
        """Give the blocks at the head of a page, its sections and its filters."""
        page = page_lists()[name]
        filters = read_filters(list(asked), set(page.filters))
        with self.reading(**given) as reading:
            return site.area_page(reading, self._role, page, filters, HERE)

    def blocks(self, name, asked=()):
        head, sections, _ = self.page(name, asked)
        return {block.name: block for block in chain(head, *(section.blocks for section in sections))}

    def rows(self, name):
        """Give the rows of each dataset of each block of a page, unfiltered."""
        page = page_lists()[name]
        with self.reading() as reading:
            rows = PageRows(reading, self._role, page.area, page.queries, {}, page.filters, page.drilled(()))
            return {
                shown.block.block: {
                    dataset: [row for row in rows.rows(of.query) if not of.part or row["part"] == of.part]
                    for dataset, of in shown.block.rows.items()
                }
                for shown in page.blocks
            }

    def cells(self, sql):
        with self.reading() as reading:
            return reading.cursor.execute(sql).fetchall()


@pytest.fixture(scope="module")
def opened(store):
    """Give what opens the bundles of a recipient in a role."""
    return lambda recipient, role: Opened(store, recipient, role)


@pytest.fixture
def supplier(opened):
    return opened(SUPPLIER, "IS")


@pytest.mark.turn()
@each_page
def test_a_page_of_rows_that_are_kept_is_the_page_of_rows_that_are_read(
    opened, monkeypatch, name, recipient, role
):
    party, page = opened(recipient, role), page_lists()[name]
    offered = party.page(name)[2]
    asked = [[]]
    for one in offered:
        some = [choice.value for choice in one.choices][:2] or ["nobody's"]
        asked += [[(one.column, value)] for value in some]
        asked += [[(f"{one.column}.from", f"{MONTH}-20")], [(f"{one.column}.before", f"{MONTH}-09")]]
    # Each filter by itself, then each beside the one before it, and all of them once more.
    asked += [[*first, *second] for first, second in pairwise(asked)]
    kept = [party.page(name, filters) for filters in [*asked, *asked]]
    monkeypatch.setattr(store_module.Opened, "kept_rows", lambda self, key, make: make())
    read = [party.page(name, filters) for filters in asked]
    assert kept == [*read, *read]
    assert not page.filters or any(page != read[0] for page in read)


def test_each_page_has_somebody_who_sees_it():
    assert set(page_lists()) == set(MADE_FOR)


@each_page
def test_a_page_draws_each_graph_that_has_rows(opened, name, recipient, role):
    party = opened(recipient, role)
    drawn = {block.name: block.chart for block in party.blocks(name).values() if block.chart}
    known = party.rows(name)
    wanted = set()
    for shown in page_lists()[name].blocks:
        block = shown.block
        if block.graph:
            rows = known[block.block][next(iter(block.graph.rows.values()))]
            needed = block.graph.needs_a
            if any(needed is None or row[needed] is not None for row in rows):
                wanted.add(block.block)
    assert set(drawn) == wanted
    # The network operator of the release has neither estate nor requests of its own.
    assert drawn or recipient == NETWORK_OPERATOR
    for chart in drawn.values():
        assert chart.alternative, chart.name
        if chart.click_column:
            first = next(iter(json.loads(chart.spec)["datasets"].values()))
            assert all(row[chart.click_field] is not None for row in first), chart.name


@each_page
def test_a_page_is_made_with_each_filter(opened, name, recipient, role):
    party = opened(recipient, role)
    page = page_lists()[name]
    _, whole, offered = party.page(name)
    assert {item.column for item in offered} == set(page.filters)
    with party.reading() as reading:
        tables = {section.name: reading.schema.tables[(page.area, section.name)] for section in whole}
    for item in offered:
        values = [choice.value for choice in item.choices if choice.value not in ("ALL", EVERY)]
        asked = (item.column, values[len(values) // 2]) if values else (f"{item.column}.from", f"{MONTH}-10")
        sections = party.page(name, [asked])[1]
        for section, unfiltered in zip(sections, whole, strict=True):
            table = tables[section.name]
            if table.field(item.column) and not table.totals:
                assert section.rows <= unfiltered.rows, (item.column, section.name)
            elif not table.field(item.column):
                assert section.ignored == [item.column]


@each_page
def test_a_filter_that_finds_nothing_leaves_words_alone(opened, name, recipient, role):
    page = page_lists()[name]
    if not page.filters:
        pytest.skip(f"{name} has no filters.")
    head, sections, _ = opened(recipient, role).page(
        name, [(name, "nothing has this") for name in page.filters]
    )
    assert not [block.name for block in head if block.chart]
    for section in sections:
        if section.rows == 0:
            assert not [block.name for block in section.blocks if block.chart], section.name
        else:
            assert set(section.ignored) == set(page.filters), section.name


@each_page
def test_a_page_is_made_where_there_is_no_month_before(opened, name, recipient, role):
    head, sections, _ = opened(recipient, role).page(name, months=[MONTH])
    assert any(block.chart or block.table for block in chain(head, *(section.blocks for section in sections)))


def test_every_query_and_every_block_is_used():
    named = {
        of.query
        for page in page_lists().values()
        for shown in page.blocks
        for of in shown.block.rows.values()
    }
    own = {path.stem: path.read_text(encoding="utf-8") for path in (PACKAGE / "queries").glob("*.sql")}
    read = {
        name
        for name in own
        if any(re.search(rf"\b(from|join) {name}\b", sql) for other, sql in own.items() if other != name)
    }
    assert set(own) == (named & set(own)) | read
    for page in page_lists().values():
        for shown in page.blocks:
            block = shown.block
            used = {*block.rows} & set(re.findall(r"\w+", json.dumps(_strings(block))))
            assert used == set(block.rows), (page.name, block.block)


def _strings(block):
    graph = block.graph
    table = block.table
    return [
        block.title,
        block.say,
        block.note,
        block.otherwise,
        block.needs or "",
        [*graph.rows.values(), graph.alternative] if graph else [],
        table.rows if table else "",
    ]


@each_page
def test_a_drawn_number_stands_in_the_rows_of_its_block(opened, name, recipient, role):
    party = opened(recipient, role)
    blocks, known = party.blocks(name), party.rows(name)
    compared = 0
    for shown in page_lists()[name].blocks:
        block = shown.block
        if block.block not in blocks or blocks[block.block].chart is None:
            continue
        datasets = json.loads(blocks[block.block].chart.spec)["datasets"]
        for dataset, of in block.graph.rows.items():
            for marks, row in zip(datasets[dataset], known[block.block][of], strict=True):
                for column, value in marks.items():
                    if column in row and isinstance(value, int | float) and not isinstance(value, bool):
                        assert value == float(row[column]), (block.block, column)
                        compared += 1
    assert compared or recipient == NETWORK_OPERATOR


def test_what_is_drawn_of_a_share_is_the_cell_of_the_file(supplier):
    rows = json.loads(supplier.blocks("business_process")["standing"].chart.spec)["datasets"]["rows"]
    cells = supplier.cells(
        f'select business_process, cast(own_success_rate as double) from "{MONTH}".business_process.benchmark'
        " where srv = 'ALL'"
    )
    assert {(row["business_process_as_is"], row["own_rate"]) for row in rows} == set(cells)


@pytest.mark.parametrize(
    ("block", "files", "by", "counted"),
    [
        ("reasons", "business_process/IS/failures.csv", "failure_reason_code", "failure_count"),
        ("types", "alerts/IS/alert/*.csv", "device_type", "alert_count"),
        ("device_statuses", "inventory/IS/devices.csv", "commissioned_status", None),
        ("suppliers", "network_operator/ED/credentials_handover.csv", "energy_supplier_id", "n16_count"),
    ],
)
def test_a_sum_is_that_of_the_csvs(opened, out, block, files, by, counted):
    page, role, *_ = files.split("/")
    party = NETWORK_OPERATOR if role == "ED" else SUPPLIER
    sums = Counter()
    for path in (out / "releases" / MONTH / "v1" / "parties" / party).glob(files):
        header, *rows = read_csv(path)
        for row in rows:
            sums[row[header.index(by)] or "(empty)"] += int(row[header.index(counted)]) if counted else 1
    found = opened(party, role).rows(page)[block]["rows"]
    value = next(name for name in found[0] if name.endswith("_as_is"))
    assert {row[value]: row[counted or "device_count"] for row in found} == sums
    assert sums


def test_requests_are_counted_and_their_share_is_of_sums():
    connection = duckdb.connect()
    connection.execute((Path(str(REPORTS)) / "macros.sql").read_text(encoding="utf-8"))
    connection.execute(
        "create table srv as select * from (values ('a', 'x', 'Success', 5), ('a', 'y', 'Failure', 1),"
        " ('a', null, 'Success', 2), ('b', 'x', 'Failure', 3))"
        " as rows (region, device_type, outcome, request_count)"
    )
    found = connection.execute(page_lists()["business_process"].queries["requests_of"]).fetchall()
    told = [(part, value, *counts, str(share)) for part, value, _, *counts, share in found]
    assert told == [
        ("device_type", "x", 8, 3, "0.625000"),
        ("device_type", "(empty)", 2, 0, "1.000000"),
        ("device_type", "y", 1, 1, "0.000000"),
        ("region", "a", 8, 1, "0.875000"),
        ("region", "b", 3, 3, "0.000000"),
    ]


def test_the_overview_says_findings_in_words_with_a_link_that_filters(supplier):
    table = supplier.blocks("overview")["findings"].table
    titles = {words["title"] for words in common().findings.values()}
    for sentence, kind, _ in table.rows:
        assert sentence.text.endswith(".")
        assert kind.text in titles
        assert re.match(rf"{HERE}/(inventory|business_process|alerts)(\?[\w.%&=-]+)?$", sentence.link)
    assert any("business_process=" in row[0].link for row in table.rows)


def test_a_block_that_is_clicked_has_links_that_keep_the_other_filters(supplier):
    standing = supplier.blocks("business_process", [("region", "North")])["standing"]
    first = standing.table.rows[0][0]
    assert standing.chart.click_column == "business_process"
    assert "region=North" in first.link
    assert "business_process=" in first.link
    asked = [("business_process", first.text), ("region", "North")]
    standing = supplier.blocks("business_process", asked)["standing"]
    # A process that is chosen already is taken apart by its service requests.
    assert standing.chart.click_column == "srv"
    assert all("srv=" in row[0].link for row in standing.table.rows)


def test_all_together_is_shown_unless_a_part_is_asked_for(supplier):
    ((code,),) = supplier.cells(
        f"select alert_code from \"{MONTH}\".alerts.monthly where alert_code != 'ALL'"
        " order by cast(own_volume as bigint) desc limit 1"
    )
    whole = supplier.blocks("alerts")
    assert whole["standing"].title == "All alerts together"
    # Beside that line each code has its own.
    assert len(whole["codes"].table.rows) > 1
    assert supplier.blocks("alerts", [("alert_code", code)])["standing"].title.startswith(f"Alert {code}")


def test_leagues_of_the_industry_are_of_all_roles(opened):
    rows = json.loads(opened(INDUSTRY, "").blocks("industry")["leagues"].chart.spec)["datasets"]["rows"]
    assert len(rows) > 1
    assert all(row["rates"] for row in rows)


def test_columns_of_which_each_line_is_shown():
    page = PageList("p", "", "", "", (), {"srv": "process", "code": ""}, (), {})
    assert page.drilled(()) == ("code",)
    assert page.drilled(["process"]) == ("srv", "code")


def test_a_second_click_filters_by_what_is_not_filtered_yet():
    shown = Shown(
        read_block("here", {"block": "b"}),
        click={"column": "process", "by": "p"},
        then={"column": "srv", "by": "s"},
    )
    assert shown.click_of(())["column"] == "process"
    assert shown.click_of({"process": Filter("process")})["column"] == "srv"


def test_a_league_needs_its_columns():
    with pytest.raises(CarError, match="league"):
        bound("league", {"rows": [{"place": 1, "rates": [0.5]}]}, league_words(), MONTH)
    spec = bound(
        "league",
        {"rows": [{"place": 1, "rates": [0.5], "own_rate": 0.7, "own_place": "1 of 2"}]},
        league_words(),
        MONTH,
    )
    assert spec.datasets["rows"][0]["own_place"] == "1 of 2"


def league_words():
    return {"places": [1], "height": 20, "width": 100, "format": "~%"}


def test_a_query_that_does_not_exist_is_said(supplier):
    page = page_lists()["overview"]
    with supplier.reading() as reading:
        rows = PageRows(reading, "IS", page.area, page.queries, {})
        with pytest.raises(CarError, match="no query"):
            rows.rows("not_there")
