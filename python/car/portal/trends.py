"""Trends: a figure of a published table over all months in force."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from car.portal.offered import figures_of, lines_of
from car.portal.pages.charts import as_json, screen_spec
from car.portal.pages.compose import Cell, Chart, Head, TableView, figure, heads_of
from car.portal.schema import TOTAL, Field, TableInfo
from car.portal.selection import EVERY, Filter, Filters, line_over_months, written
from car.portal.site import Choice, FilterView, filter_view
from car.portal.store import Reading
from car.reports.definition import Graph
from car.reports.words import displayable

_LINES = 8
_SAID = {None: "(empty)", TOTAL: "All together"}
_SUPPRESSED = "industry_suppressed"
_FORMATS = {"count": ",.0f", "s": ",.1f"}


@dataclass(frozen=True)
class TrendView:
    """The page.

    Attributes:
        choices: by parameter (`table`, `figure`), what can be chosen.
        gaps: months without the figure, each with why.
        is_cut: the filters leave more lines than are shown.
    """

    choices: dict[str, list[Choice]]
    filters: list[FilterView]
    answer: TableView
    chart: Chart | None
    gaps: list[str]
    is_cut: bool
    file: str
    columns: list[Head]
    about: str


def trend(
    reading: Reading,
    role: str,
    tables: list[TableInfo],
    parameters: dict[str, str],
    filters: Filters,
) -> TrendView:
    """Give a figure over the months.

    Parameters:
        tables: that can be chosen, of the newest month; at least one.
        parameters: `table` (area and name with a slash), `figure`.
    """
    named = {f"{table.area}/{table.name}": table for table in tables}
    table = named.get(parameters.get("table", ""), tables[0])
    figures = figures_of(table)
    usual = next((item for item in figures if item.unit.startswith("share")), figures[0])
    shown = next((item for item in figures if item.name == parameters.get("figure")), usual)
    keys = [item.name for item in lines_of(table)]
    asked = {name: one for name, one in filters.items() if name in keys}
    taken = asked | {name: Filter(name, (TOTAL,)) for name in table.totals if name not in asked}
    taken = {name: one for name, one in taken.items() if EVERY not in one.values}
    months = list(reversed(reading.months))
    lines, cells, gaps = _read(reading, role, table, months, keys, shown, taken)
    is_cut, lines = len(lines) > _LINES, lines[:_LINES]
    differing = [place for place in range(len(keys)) if len({line[place] for line in lines}) > 1]
    names = {line: _name(line, differing) for line in lines}
    heads = [Head("Month", False), *(Head(names[line], True, shown.description) for line in lines)]
    # Months without any line are no rows.
    shown_months = months if lines else []
    rows = [
        [Cell(month), *(_cell(cells.get((month, line)), shown) for line in lines)] for month in shown_months
    ]
    caption = f"{shown.title}, month by month"
    return TrendView(
        {
            "table": [
                Choice(f"{one.area}/{one.name}", one.about or one.title, one is table) for one in tables
            ],
            "figure": [Choice(item.name, item.title, item is shown) for item in figures],
        },
        [filter_view(reading, role, name, [table], asked) for name in keys],
        TableView(caption, heads, rows),
        _chart(months, lines, names, cells, shown, caption),
        gaps,
        is_cut,
        table.template,
        heads_of(table),
        table.about,
    )


def _read(
    reading: Reading,
    role: str,
    table: TableInfo,
    months: list[str],
    keys: list[str],
    shown: Field,
    taken: Filters,
) -> tuple[list[tuple], dict[tuple[str, tuple], tuple[Any, bool]], list[str]]:
    """Give the lines, their cells by month and line, each with whether it is withheld, and the gaps."""
    there, gaps = [], []
    for month in months:
        other = reading.opened.schemas[month].tables.get((table.area, table.name))
        if other is None or other.field(shown.name) is None:
            gaps.append(f"{month}: the release does not have this figure.")
        else:
            there.append(other)
    has_flag = table.field(_SUPPRESSED) is not None and shown.name.startswith("industry_")
    columns = [*keys, shown.name, *([_SUPPRESSED] if has_flag else [])]
    lines: dict[tuple, None] = {}
    cells = {}
    # The newest month says which lines there are first.
    for month, rows in sorted(
        line_over_months(reading.cursor, there, role, taken, columns, _LINES + 1), reverse=True
    ):
        for row in rows:
            line = tuple(row[: len(keys)])
            lines.setdefault(line)
            value = row[len(keys)]
            known = None if value is None else Decimal(value)
            cells[(month, line)] = (known, bool(has_flag and row[-1]))
    return list(lines), cells, gaps


def _name(line: tuple, differing: list[int]) -> str:
    told = [line[place] for place in differing] or list(line)
    return " · ".join(_SAID.get(text) or displayable(str(text)) for text in told)


def _cell(found: tuple[Any, bool] | None, shown: Field) -> Cell:
    if found is None:
        return Cell("No Events", is_number=True)
    value, is_withheld = found
    if value is None:
        return Cell("Suppressed" if is_withheld else "–", is_number=True)
    return Cell(figure(value, shown.unit), written(value), True)


def _chart(
    months: list[str],
    lines: list[tuple],
    names: dict[tuple, str],
    cells: dict[tuple[str, tuple], tuple[Any, bool]],
    shown: Field,
    caption: str,
) -> Chart | None:
    rows = [
        {
            "month": month,
            "line": names[line],
            # A month without the figure is a gap in its line.
            "value": cells.get((month, line), (None, False))[0],
        }
        for line in lines
        for month in months
    ]
    if all(row["value"] is None for row in rows):
        return None
    kind = ".1%" if shown.unit.startswith("share") else _FORMATS.get(shown.unit, ",.3~f")
    graph = Graph("months", {"rows": "rows"}, "", {"format": kind, "title": shown.title})
    told = ". ".join(
        f"{name}: "
        + "; ".join(
            f"{row['month']} {figure(row['value'], shown.unit)}"
            for row in rows
            if row["line"] == name and row["value"] is not None
        )
        for name in dict.fromkeys(row["line"] for row in rows)
    )
    return Chart("trend", as_json(screen_spec(graph, {"rows": rows}, months[-1], {})), f"{caption}. {told}.")
