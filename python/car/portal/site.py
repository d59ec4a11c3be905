"""The pages of the portal: which there are, what each shows, and how a request finds them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from car.portal import selection
from car.portal.offered import tables_to_explore, tables_with_trends
from car.portal.pages.compose import BlockView, Link, TableView, block_views, published_table
from car.portal.pages.definition import PageList, page_lists
from car.portal.pages.rows import PageRows
from car.portal.schema import TOTAL, BundleSchema, TableInfo
from car.portal.selection import EMPTY, EVERY, Filters, Selection, filter_query
from car.portal.store import Reading
from car.reports.definition import INDUSTRY as INDUSTRY_AREA

ROWS_OF_A_SECTION, ROWS_BELOW_A_BLOCK, ROWS_OF_A_PAGE = 10, 3, 100
MANY_TABLES = 12
ANSWER = "answer"
"""What the table of Explore and of Trends is called."""
FORMATS = ("csv", "xlsx", "parquet")
_VALUE_WORDS = {EVERY: "every line", TOTAL: "all together"}


@dataclass(frozen=True)
class Choice:
    """One value that a filter offers.

    Attributes:
        rows: how many rows of the table have it; None where no table says it.
    """

    value: str
    text: str
    is_chosen: bool
    rows: int | None = None


@dataclass(frozen=True)
class FilterView:
    """A filter of a page.

    Attributes:
        kind: `choose` (a list), `days` (from and before), `write` (a value, since there are too many).
        chosen: the values that are asked for.
        since: the first day that is asked for; empty: none.
    """

    column: str
    title: str
    about: str
    kind: str
    choices: list[Choice] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    since: str = ""
    before: str = ""


@dataclass(frozen=True)
class HeldFilter:
    """A filter that holds, as a reader takes it away.

    Attributes:
        url: of the same page without it.
    """

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class SectionView:
    """A published table on a page, with what is drawn of it.

    Attributes:
        question: its heading.
        rows: that the filters leave.
        url: of the whole table with the filters that hold for it.
        ignored: filters of the page that the table has no column for.
        definitions: where the guidance says what its columns mean; short, since each head has it.
    """

    name: str
    question: str
    about: str
    blocks: list[BlockView]
    table: TableView
    rows: int
    url: str
    downloads: list[tuple[str, str]]
    file: str
    ignored: list[str]
    definitions: str


def with_query(path: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Give a URL with parameters."""
    return f"{path}?{urlencode(parameters)}" if parameters else path


def held_filters(
    filters: Filters, offered: Sequence[FilterView], path: str, more: Sequence[tuple[str, str]] = ()
) -> list[HeldFilter]:
    """Give the filters that hold, each with the page without it.

    Parameters:
        offered: the filters of the page, for their titles.
        path: of the page.
        more: what its URL has besides.
    """
    titles = {one.column: one.title for one in offered}
    parameters = filter_query(filters)
    found = []
    for name, value in parameters:
        column, _, how = name.partition(".")
        if column in titles:
            text = f"{how} {value}" if how else _VALUE_WORDS.get(value, value)
            left = [one for one in parameters if one != (name, value)]
            found.append(HeldFilter(titles[column], text, with_query(path, [*left, *more])))
    return found


def table_url(
    here: str, table: TableInfo, filters: Filters, more: Sequence[tuple[str, str]] = (), ending: str = ""
) -> str:
    """Give the URL of a table, or of its download.

    Parameters:
        here: the path of month and role.
        filters: those of columns that the table has are kept.
        ending: of a download, such as `.csv`.
    """
    kept = [item for item in filter_query(filters) if table.field(item[0].partition(".")[0])]
    path = f"{here}/table/{quote(table.area)}/{quote(table.name)}{ending}"
    return with_query(path, [*kept, *more])


def table_in(schema: BundleSchema, role: str, area: str, name: str) -> TableInfo | None:
    """Find a table that a role has; None where there is none."""
    table = schema.tables.get((area, name))
    if table is None or table not in schema.tables_in(area, role if table.has_role else ""):
        return None
    return table


def small_downloads(
    here: str, page: str, asked: Sequence[tuple[str, str]]
) -> Callable[[str], list[tuple[str, str]]]:
    """Give what names the downloads of a table that is no published file's: by its name, format and URL.

    Parameters:
        asked: the page's parameters.
    """

    def of(table: str) -> list[tuple[str, str]]:
        return [(kind, with_query(f"{here}/{page}/rows/{quote(table)}.{kind}", asked)) for kind in FORMATS]

    return of


def area_page(
    reading: Reading, role: str, page: PageList, filters: Filters, here: str
) -> tuple[list[BlockView], list[SectionView], list[FilterView]]:
    """Give what the page of an area shows: blocks at its head, a section per published table, its filters."""
    schema = reading.schema
    tables = schema.tables_in(page.area, role) if page.area else []
    drilled = page.drilled(filters)
    rows = PageRows(reading, role, page.area, page.queries, filters, page.filters, drilled)
    head = block_views(page, rows, here)
    first = [shown.of for shown in page.blocks if shown.of]
    ordered = sorted(tables, key=lambda table: first.index(table.name) if table.name in first else len(first))
    is_one_of_many = len(tables) > MANY_TABLES
    sections = [
        _section(reading, role, page, rows, table, filters, drilled, here, is_one_of_many)
        for table in ordered
    ]
    return head, sections, _filters(reading, role, page, tables, filters)


def _section(
    reading: Reading,
    role: str,
    page: PageList,
    rows: PageRows,
    table: TableInfo,
    filters: Filters,
    drilled: tuple[str, ...],
    here: str,
    is_one_of_many: bool,
) -> SectionView:
    totals = tuple(name for name in table.totals if name in page.filters and name not in drilled)
    kept = {name: asked for name, asked in filters.items() if name in page.filters}
    kept |= {name: selection.Filter(name, (EVERY,)) for name in drilled if name not in kept}
    chosen = Selection(table, role, kept, totals)
    number = _count(reading, chosen)
    blocks = block_views(page, rows, here, table.name)
    # Where a table is told above, or there are many, a few of its rows show what it has.
    is_told = is_one_of_many or any(block.table for block in blocks)
    limit = ROWS_BELOW_A_BLOCK if is_told else ROWS_OF_A_SECTION
    some = reading.opened.kept_rows(
        ("rows", limit, chosen.key), lambda: selection.rows(reading.cursor, chosen, limit)
    )
    shown_filters = {**kept, **chosen.taken()}
    # What a click on a mark filters by, a link does as well, unless the block has such links itself.
    links: dict[str, Link] = {
        shown.click["column"]: partial(_filtered_url, kept, shown.click["column"])
        for shown in page.blocks
        if shown.of == table.name and shown.click and shown.click["column"] in page.filters and not shown.link
    }
    return SectionView(
        table.name,
        table.question or table.title,
        table.about,
        blocks,
        published_table(table, some, table.about, links),
        number,
        table_url(here, table, shown_filters),
        [(kind, table_url(here, table, shown_filters, ending=f".{kind}")) for kind in FORMATS],
        table.template,
        [name for name in filters if name in page.filters and table.field(name) is None],
        f"t{list(reading.schema.tables).index((table.area, table.name))}",
    )


def _count(reading: Reading, chosen: Selection) -> int:
    def counted() -> list[int]:
        return [selection.count(reading.cursor, chosen)]

    return reading.opened.kept_rows(("count", chosen.key), counted)[0]


def _filtered_url(filters: Filters, column: str, value: str) -> str:
    """Give the same page with another filter, relative to it: there are many of these links."""
    return with_query("", filter_query({**filters, column: selection.Filter(column, (value,))}))


def _filters(
    reading: Reading, role: str, page: PageList, tables: list[TableInfo], filters: Filters
) -> list[FilterView]:
    found = []
    for column in page.filters:
        having = [table for table in tables if table.field(column) is not None]
        if having:
            found.append(filter_view(reading, role, column, having, filters))
    return found


def filter_view(
    reading: Reading, role: str, column: str, having: list[TableInfo], filters: Filters
) -> FilterView:
    """Give what a reader can filter a column by.

    Parameters:
        having: the tables that have the column.
    """
    asked = filters.get(column, selection.Filter(column))
    item = having[0].field(column)
    assert item is not None
    if item.kind in ("date", "datetime"):
        return FilterView(
            column, item.title, item.description, "days", since=asked.since, before=asked.before
        )
    values: dict[str, int] = {}
    for table in having:
        known = reading.opened.values(table.month)
        for value, number in known.get((table.area, table.name, role if table.has_role else "", column), []):
            values.setdefault(EMPTY if value is None else value, number)
    for value in asked.values:
        values.setdefault(value, 0)
    is_total = any(column in table.totals for table in having)
    choices = [
        Choice(value, "All together" if is_total and value == TOTAL else value, value in asked.values, number)
        for value, number in sorted(values.items(), key=lambda one: (one[0] != TOTAL, one[0]))
    ]
    if is_total:
        choices.insert(0, Choice(EVERY, "Every line", EVERY in asked.values))
    kind = "choose" if choices else "write"
    return FilterView(column, item.title, item.description, kind, choices, list(asked.values))


@dataclass(frozen=True)
class WholeTable:
    """A published table on a page of its own: filtered by any column, sorted by any, page by page.

    Attributes:
        first: the number of the first row shown, from 1.
        sorts: by column, the URL that sorts by it, and how it is sorted: `ascending`, `descending`, `none`.
    """

    table: TableInfo
    view: TableView
    rows: int
    first: int
    last: int
    before_url: str
    after_url: str
    sorts: dict[str, tuple[str, str]]
    filters: list[FilterView]
    downloads: list[tuple[str, str]]
    sort: str
    held: list[HeldFilter]


def whole_table(
    reading: Reading, role: str, table: TableInfo, filters: Filters, sort: str, page: int, here: str
) -> WholeTable:
    """Give a page of a table.

    Parameters:
        sort: a column, with `-` before it for the largest first; empty: as published.
        page: from 1.
    """
    chosen = Selection(table, role, filters, (), read_sort(table, sort))
    number = _count(reading, chosen)
    last_page = max(1, -(-number // ROWS_OF_A_PAGE))
    page = min(page, last_page)
    offset = (page - 1) * ROWS_OF_A_PAGE
    some = selection.rows(reading.cursor, chosen, ROWS_OF_A_PAGE, offset)
    kept_sort = [("sort", sort)] if chosen.sort else []

    def at(number: int) -> str:
        return table_url(here, table, filters, [*kept_sort, ("page", str(number))])

    sorts = {}
    for item in table.shown:
        is_this = chosen.sort is not None and chosen.sort[0] == item.name
        is_descending = is_this and chosen.sort is not None and chosen.sort[1]
        following = f"-{item.name}" if is_this and not is_descending else item.name
        now = "descending" if is_descending else "ascending" if is_this else "none"
        sorts[item.name] = (table_url(here, table, filters, [("sort", following)]), now)
    offered = [
        filter_view(reading, role, item.name, [table], filters) for item in table.shown if not item.is_figure
    ]
    return WholeTable(
        table,
        published_table(table, some, table.about),
        number,
        offset + 1 if some else 0,
        offset + len(some),
        at(page - 1) if page > 1 else "",
        at(page + 1) if page < last_page else "",
        sorts,
        offered,
        [(kind, table_url(here, table, filters, kept_sort, f".{kind}")) for kind in FORMATS],
        sort if chosen.sort else "",
        held_filters(filters, offered, table_url(here, table, {}), kept_sort),
    )


def read_sort(table: TableInfo, sort: str) -> tuple[str, bool] | None:
    """Read by what a table is sorted; what names no column sorts nothing."""
    name = sort.removeprefix("-")
    item = table.field(name)
    return (name, sort.startswith("-")) if item is not None and item in table.shown else None


def navigation(schema: BundleSchema, role: str, here: str) -> list[dict[str, Any]]:
    """Give the pages that a role has, each with its title and URL.

    Parameters:
        role: empty: the industry's report.
        here: the path of month and role.
    """
    areas = schema.areas(role) if role else [INDUSTRY_AREA]
    lists = sorted(page_lists().values(), key=lambda one: (one.area != "", one.area))
    found = [(page.name, page.title) for page in lists if (not page.area and role) or page.area in areas]
    found += [("explore", "Explore")] if tables_to_explore(schema, role) else []
    found += [("trends", "Trends")] if tables_with_trends(schema, role) else []
    found += [("downloads", "Downloads"), ("guidance", "Guidance")]
    return [{"name": name, "title": title, "url": f"{here}/{name}"} for name, title in found]


def has_page(schema: BundleSchema, role: str, rest: str) -> bool:
    """Tell whether a role has a page.

    Parameters:
        rest: of the page's path, behind month and role.
    """
    first, *more = rest.strip("/").split("/")
    if first == "table":
        return len(more) == 2 and table_in(schema, role, *more) is not None
    return first in {page["name"] for page in navigation(schema, role, "")}
