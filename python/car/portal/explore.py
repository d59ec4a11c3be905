"""Explore: a measure of the dimensions' files, split by up to two of them, with filters on all."""

from dataclasses import dataclass

from car.portal.pages.charts import as_json, screen_spec
from car.portal.pages.compose import Cell, Chart, Head, TableView, figure, heads_of
from car.portal.schema import TableInfo
from car.portal.selection import EMPTY, Filter, Filters, Measure, Selection, aggregate, measures_of, written
from car.portal.site import Choice, FilterView, filter_query, filter_view, with_query
from car.portal.store import Reading
from car.reports.definition import Graph
from car.reports.words import displayable

MOST_GROUPS = 2_000
_DRAWN = 40
_FORMATS = {"count": ",.0f", "s": ",.1f", "share (0 to 1)": ".1%"}


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        by: columns by which the measure is split, two at most.
    """

    table: TableInfo
    measure: Measure
    by: tuple[str, ...]
    filters: Filters


@dataclass(frozen=True)
class ExploreView:
    """The page.

    Attributes:
        choices: by parameter (`table`, `measure`, `by`, `and`), what can be chosen.
        whole_url: of the rows that the answer is made of.
        is_cut: there are more groups than are shown.
    """

    choices: dict[str, list[Choice]]
    filters: list[FilterView]
    answer: TableView
    chart: Chart | None
    rows: int
    note: str
    is_cut: bool
    file: str
    columns: list[Head]
    whole_url: str
    about: str


def read_question(tables: list[TableInfo], parameters: dict[str, str], filters: Filters) -> Question:
    """Read what is asked; what is not offered is as nothing was asked.

    Parameters:
        tables: at least one.
        parameters: `table` (area and name with a slash), `measure`, `by`, `and`.
    """
    named = {f"{table.area}/{table.name}": table for table in tables}
    table = named.get(parameters.get("table", ""), tables[0])
    measures = measures_of(table)
    measure = next((one for one in measures if one.name == parameters.get("measure")), measures[0])
    known = {item.name for item in table.dimensions}
    by = [name for name in (parameters.get("by", ""), parameters.get("and", "")) if name in known]
    if not by and "by" not in parameters:
        by = [table.dimensions[0].name]
    kept = {name: asked for name, asked in filters.items() if name in known}
    return Question(table, measure, tuple(dict.fromkeys(by)), kept)


def explore(
    reading: Reading, role: str, tables: list[TableInfo], question: Question, here: str
) -> ExploreView:
    """Answer a question.

    Parameters:
        tables: that can be chosen.
        here: the path of month and role.
    """
    table, measure = question.table, question.measure
    chosen = Selection(table, role, question.filters)
    found = aggregate(reading.cursor, chosen, question.by, measure, MOST_GROUPS + 1)
    is_cut, found = len(found) > MOST_GROUPS, found[:MOST_GROUPS]
    titles = {item.name: item.title for item in table.dimensions}
    heads = [Head(titles[name], False, name=name) for name in question.by]
    rows = []
    for *values, _, value in found:
        filtered = question.filters | {
            name: Filter(name, (EMPTY if text is None else text,))
            for name, text in zip(question.by, values, strict=True)
        }
        link = _table_link(here, table, filtered)
        cells = [Cell(_shown(text), link="" if place else link) for place, text in enumerate(values)]
        rows.append([*(cells or [Cell("All together", link=link)]), _figure(value, measure)])
    # Without a split there is one line, and its head says so.
    heads = [*(heads or [Head("Of", False)]), Head(measure.title, True, f"Unit: {measure.unit}.")]
    split = " and ".join(titles[name].lower() for name in question.by)
    caption = f"{measure.title} by {split}" if split else measure.title
    return ExploreView(
        _choices(tables, question),
        [filter_view(reading, role, item.name, [table], question.filters) for item in table.dimensions],
        TableView(caption, heads, rows),
        _chart(question, found, reading.months[0], caption) if question.by else None,
        sum(row[-2] for row in found),
        measure.note,
        is_cut,
        table.template,
        heads_of(table),
        _table_link(here, table, question.filters),
        table.about,
    )


def _shown(text: str | None) -> str:
    return "(empty)" if text is None else displayable(text, None)


def _figure(value: object, measure: Measure) -> Cell:
    if value is None:
        return Cell("–", is_number=True)
    return Cell(figure(value, measure.unit), written(value), True)


def _table_link(here: str, table: TableInfo, filters: Filters) -> str:
    return with_query(f"{here}/table/{table.area}/{table.name}", filter_query(filters))


def _choices(tables: list[TableInfo], question: Question) -> dict[str, list[Choice]]:
    table = question.table
    by, other = (*question.by, "", "")[:2]
    dimensions = [("", "Nothing"), *((item.name, item.title) for item in table.dimensions)]
    return {
        "table": [Choice(f"{one.area}/{one.name}", one.about or one.title, one is table) for one in tables],
        "measure": [
            Choice(one.name, one.title, one.name == question.measure.name) for one in measures_of(table)
        ],
        "by": [Choice(name, title, name == by) for name, title in dimensions],
        "and": [Choice(name, title, name == other) for name, title in dimensions],
    }


def _chart(question: Question, found: list[tuple], month: str, caption: str) -> Chart | None:
    known = [row for row in found if row[-1] is not None]
    largest = sorted(known, key=lambda row: -row[-1])[:_DRAWN]
    if not largest:
        return None
    rows = [
        {
            "name": " · ".join(_shown(text) for text in row[:-2]),
            "value": row[-1],
            question.by[0]: "(empty)" if row[0] is None else row[0],
        }
        for row in largest
    ]
    unit = question.measure.unit
    graph = Graph("bars", {"rows": "rows"}, "", {"value": "value", "format": _FORMATS.get(unit, ",.3~f")})
    click = {"column": question.by[0], "by": question.by[0]}
    told = "; ".join(f"{row['name']}: {figure(row['value'], unit)}" for row in rows)
    return Chart(
        "explore",
        as_json(screen_spec(graph, {"rows": rows}, month, click)),
        f"{caption}. The largest: {told}.",
        click["column"],
        click["by"],
    )
