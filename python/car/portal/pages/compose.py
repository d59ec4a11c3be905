"""Makes what a page shows: blocks in words, graphs and tables, and rows of published tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from car.portal.pages.charts import as_json, screen_spec
from car.portal.pages.definition import PageList, Shown
from car.portal.pages.rows import OtherColumns, PageRows
from car.portal.schema import TOTAL, Field, TableInfo
from car.portal.selection import filter_query, written
from car.reports.definition import Column, Table, common
from car.reports.document import is_drawn
from car.reports.tables import Record
from car.reports.words import LONGEST, SHOWN_AS, count, displayable, percent, plain, rendered, seconds

WITHHELD = "Suppressed"
_OF_UNIT = {"share": "percent", "seconds": "seconds", "count": "count"}
_SUPPRESSED = "_suppressed"
# A column with such a name is what a link or a click asks for: it is as the CSV has it.
_AS_IS = "_as_is"

_OTHER_COLUMNS = "This cannot be drawn of this month: its release has other columns than today's."

Link = Callable[[str], str]
"""Gives where a value leads."""


@dataclass(frozen=True)
class Cell:
    """A cell as people read it.

    Attributes:
        text: what is shown.
        value: the cell as the CSV has it, where that is a number; empty: it is a text.
        is_number: it stands at the right.
        link: where it leads; empty: nowhere.
        is_withheld: there is a figure, and it may not be shown.
    """

    text: str
    value: str = ""
    is_number: bool = False
    link: str = ""
    is_withheld: bool = False


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Attributes:
        about: what it means and its unit; empty where the table says it.
        name: as the CSV has it; empty of a column that no CSV has.
    """

    title: str
    is_number: bool
    about: str = ""
    name: str = ""


@dataclass(frozen=True)
class TableView:
    """A table of a page."""

    caption: str
    heads: list[Head]
    rows: list[list[Cell]]
    more: str = ""

    @property
    def has_withheld(self) -> bool:
        """Whether a figure of it may not be shown, so that the page says why."""
        return any(cell.is_withheld for row in self.rows for cell in row)


@dataclass(frozen=True)
class Chart:
    """A graph that the browser draws.

    Attributes:
        name: once in a page.
        spec: JSON.
        alternative: the graph in words.
        click_column: what a click on a mark filters by; empty: nothing.
        click_field: of the mark, with the value.
    """

    name: str
    spec: str
    alternative: str
    click_column: str = ""
    click_field: str = ""


@dataclass(frozen=True)
class BlockView:
    """A block of a page; what is empty is left out.

    Attributes:
        legend: name of each mark, and what it stands for.
    """

    name: str
    title: str = ""
    say: str = ""
    chart: Chart | None = None
    table: TableView | None = None
    legend: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""


def block_views(page: PageList, rows: PageRows, here: str, of: str = "") -> list[BlockView]:
    """Give the blocks that stand above one table of a page, or at its head.

    Parameters:
        here: the path of the page's month and role, for links.
        of: the table.
    """
    recipient = {
        name: displayable(value) if isinstance(value, str) else value
        for name, value in rows.recipient().items()
    }
    found = (_block(page, shown, rows, recipient, here) for shown in page.blocks if shown.of == of)
    return [made for made in found if made is not None]


def _block(page: PageList, shown: Shown, rows: PageRows, recipient: Record, here: str) -> BlockView | None:
    block = shown.block
    click = shown.click_of(rows.filters)

    def leads_to(row: Record) -> str:
        if shown.link:
            return rendered(shown.link, row=row, here=here)
        value = row.get(click.get("by", ""))
        if value is None:
            return ""
        # Who clicks no mark, filters by the table.
        column = click["column"]
        kept = [item for item in filter_query(rows.filters) if item[0] != column]
        return f"{here}/{page.name}?{urlencode([*kept, (column, value)])}"

    try:
        sets = {
            name: [_shown(row) for row in rows.rows(of.query) if not of.part or row["part"] == of.part]
            for name, of in block.rows.items()
        }
    except OtherColumns:
        return BlockView(block.block, say=_OTHER_COLUMNS)
    given: dict[str, Any] = {"recipient": recipient, "dimensions": common().dimensions, **sets}
    title = rendered(block.title, **given)
    if block.needs is not None and not sets[block.needs]:
        said = rendered(block.otherwise, **given)
        return BlockView(block.block, title, said) if said else None
    chart = None
    if block.graph is not None and next(iter(sets.values())):
        first = sets[next(iter(block.graph.rows.values()))]
        if first and not (block.graph.needs_a and all(row[block.graph.needs_a] is None for row in first)):
            chart = Chart(
                block.block,
                as_json(screen_spec(block.graph, sets, recipient["month"], click)),
                rendered(block.graph.alternative, **given),
                click.get("column", ""),
                click.get("by", ""),
            )
    return BlockView(
        block.block,
        title,
        rendered(block.say, **given),
        chart,
        _table(block.table, sets[block.table.rows], given, leads_to) if block.table else None,
        [(mark, common().legend[mark]["says"]) for mark in block.legend if is_drawn(mark, sets)]
        if chart
        else [],
        rendered(block.note, **given),
    )


def _table(
    table: Table, rows: list[Record], given: Mapping[str, Any], leads_to: Callable[[Record], str]
) -> TableView:
    printed = rows if table.at_most is None else rows[: table.at_most]
    columns = [column for column in table.columns if column.strip is None]
    left = len(rows) - len(printed)
    return TableView(
        rendered(table.caption, **given),
        [Head(column.title, _is_number(column)) for column in columns],
        [
            [_cell(column, row, leads_to(row) if not place else "") for place, column in enumerate(columns)]
            for row in printed
        ],
        rendered(table.more, left=left, **given) if left else "",
    )


def _is_number(column: Column) -> bool:
    return column.shown_as not in ("text", "code", "page")


def _cell(column: Column, row: Record, link: str) -> Cell:
    value = row[column.name]
    if value is None and column.withheld_by and row[column.withheld_by]:
        return Cell(WITHHELD, link=link, is_withheld=True)
    shown_as = _OF_UNIT.get(row["unit"], "plain") if column.shown_as == "by_unit" else column.shown_as
    number = _is_number(column)
    return Cell(SHOWN_AS[shown_as](value), written(value) if number else "", number, link)


def published_table(
    table: TableInfo, rows: list[tuple[Any, ...]], caption: str, links: Mapping[str, Link] | None = None
) -> TableView:
    """Give rows of a published table, as a page shows them.

    Parameters:
        links: by column, where a value of it leads.
    """
    links = links or {}
    shown = table.shown
    places = {item.name: place for place, item in enumerate(shown)}
    flag = next((item for item in shown if item.name.endswith(_SUPPRESSED)), None)
    made = []
    for row in rows:
        is_withheld = bool(flag is not None and row[places[flag.name]])
        made.append(
            [_published(item, row[places[item.name]], is_withheld, links.get(item.name)) for item in shown]
        )
    return TableView(caption, heads_of(table), made)


def heads_of(table: TableInfo) -> list[Head]:
    """Give the heads of the columns that a page shows of a table, with what they mean."""
    return [Head(item.title, item.is_figure, _about(item), item.name) for item in table.shown]


def _about(item: Field) -> str:
    return (
        item.description
        if not item.unit or item.unit in item.description
        else f"{item.description} Unit: {item.unit}."
    )


def _published(item: Field, value: Any, is_withheld: bool, link: Link | None) -> Cell:
    if value is None:
        if is_withheld and item.name.startswith("industry_"):
            return Cell(WITHHELD, is_number=item.is_figure, is_withheld=True)
        return Cell("", is_number=item.is_figure)
    if item.is_figure:
        return Cell(figure(Decimal(value), item.unit), written(value), True)
    if isinstance(value, str):
        return Cell(displayable(value, None), link=link(value) if link and value != TOTAL else "")
    return Cell(written(value))


def figure(value: Any, unit: str) -> str:
    """Write a figure by its unit, as the reports do."""
    if unit.startswith("share"):
        return percent(value)
    if unit == "s":
        return seconds(value)
    if unit == "count":
        return count(value)
    return plain(value)


def _shown(row: Record) -> Record:
    """Make a row displayable; a finding gets its sentence, of the report of its area."""
    shown = {
        name: displayable(value, LONGEST * 2)
        if isinstance(value, str) and not name.endswith(_AS_IS)
        else value
        for name, value in row.items()
    }
    words = common().findings.get(row.get("finding", ""))
    if words is None:
        return shown
    sentence = rendered(words["sentence"], **shown, dimensions=common().dimensions, folder=row["area"])
    return {**shown, "kind": words["title"], "sentence": sentence}
