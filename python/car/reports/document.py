"""Makes a report's content from a folder of CSVs: what stands where, in which words, by which graph."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from car.edition import Edition
from car.reports.charts import Drawing, bound, draw
from car.reports.definition import INDUSTRY, Block, Column, Graph, Page, Report, Rows, Table, common
from car.reports.tables import Record, Source, Tables
from car.reports.words import LONGEST, LONGEST_IN_HEADING, SHOWN_AS, displayable, rendered
from car.theme.tokens import tokens

_WITHHELD = "withheld"
_KEY, _PART = "key", "part"
# What the unit of a row makes of its figures.
_OF_UNIT = {"share": "percent", "seconds": "seconds", "count": "count"}
_POINTS_PER_MM = 72 / 25.4
_POINTS_PER_PIXEL = 0.75


@dataclass
class Document:
    """What Typst sets: plain data, and the drawings it names.

    Attributes:
        shown: the rows that each block shows, by page, its key, the block and its dataset.
    """

    content: dict[str, Any]
    drawings: dict[str, Drawing] = field(default_factory=dict)
    shown: dict[tuple[str, str, str, str], list[Record]] = field(default_factory=dict)


def compose(report: Report, source: Source, edition: Edition, cache_dir: Path) -> Document:
    """Make the content of one report.

    Parameters:
        source: where its rows are.
        cache_dir: of drawn graphs.

    Raises:
        CarError: a query, a sentence or a graph of the report does not fit what the folder has.
    """
    with Tables(source, report, edition) as tables:
        return _Composer(report, tables, edition, cache_dir).document()


class _Composer:
    def __init__(self, report: Report, tables: Tables, edition: Edition, cache_dir: Path) -> None:
        self._report = report
        self._tables = tables
        self._month = edition.month
        self._cache_dir = cache_dir
        self._document = Document({})
        self._printed: list[Record] = []
        self._fetched: dict[str, list[Record]] = {}
        self._by_key: dict[str, dict[str, list[Record]]] = {}
        self._recipient = _displayable(tables.recipient())

    def document(self) -> Document:
        pages = [made for page in self._report.pages for made in self._pages(page)]
        days = {name: str(self._recipient[name]) for name in ("first_day", "last_day")}
        content = {
            "title": self._report.title,
            "is_of_industry": self._report.folder == INDUSTRY,
            "recipient": self._recipient | days,
            "pages": pages,
            "legend_words": {name: mark["says"] for name, mark in common().legend.items()},
            "glossary": {"title": self._report.glossary_title, "words": [], "codes": []},
        }
        if self._report.glossary_title:
            content["glossary"] |= self._glossary(pages)
        self._document.content = content
        return self._document

    def _queried(self, query: str) -> list[Record]:
        if query not in self._fetched:
            self._fetched[query] = self._tables.rows(query)
        return self._fetched[query]

    def _of_key(self, query: str, key: str) -> list[Record]:
        """Give the rows of one page of a query with the column `key`; of another, all."""
        found = self._queried(query)
        if not found or _KEY not in found[0]:
            return found
        if query not in self._by_key:
            self._by_key[query] = {}
            for row in found:
                self._by_key[query].setdefault(str(row[_KEY]), []).append(row)
        return self._by_key[query].get(key, [])

    def _pages(self, page: Page) -> Iterator[dict[str, Any]]:
        if page.needs is not None and not self._queried(page.needs):
            return
        if page.each is None:
            yield self._page(page, None)
            return
        for row in self._queried(page.each):
            yield self._page(page, row)

    def _page(self, page: Page, this: Record | None) -> dict[str, Any]:
        # A heading has room for names that a table's line cuts.
        told = None if this is None else _displayable(this, LONGEST_IN_HEADING)
        given = {"this": told, "recipient": self._recipient}
        key = "" if this is None else str(this[_KEY])
        blocks = [self._block(page, block, key, given) for block in page.blocks]
        return {
            "place": _place(page.page, key),
            "title": rendered(page.title, **given),
            "is_continued": page.is_continued,
            "level": 3 if page.under else 2,
            "goes_on_in": [rendered(file, **given) for file in page.goes_on_in],
            "blocks": [block for block in blocks if block is not None],
        }

    def _block(self, page: Page, block: Block, key: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
        longest = None if block.table is not None and block.table.wraps else LONGEST
        rows = {name: self._rows_of(of, page, key, longest) for name, of in block.rows.items()}
        for name, found in rows.items():
            self._document.shown[(page.page, key, block.block, name)] = found
        given = {**given, **rows, "dimensions": common().dimensions}
        made: dict[str, Any] = {
            "title": rendered(block.title, **given),
            "say": "",
            "style": block.style,
            "graph": None,
            "table": None,
            "legend": [],
            "note": "",
        }
        if block.needs is not None and not rows[block.needs]:
            made["say"] = rendered(block.otherwise, **given)
            return made if made["say"] else None
        made["say"] = rendered(block.say, **given)
        made["note"] = rendered(block.note, **given)
        if block.graph is not None:
            made["graph"] = self._graph(block.graph, rows, given)
        if block.table is not None:
            made["table"] = self._table(block.table, rows[block.table.rows], given)
        if made["graph"] or (made["table"] and made["table"]["rows"]):
            made["legend"] = [mark for mark in block.legend if is_drawn(mark, rows)]
        return made if made["say"] or made["note"] or made["graph"] or made["table"] else None

    def _rows_of(self, of: Rows, page: Page, key: str, longest: int | None) -> list[Record]:
        found = self._queried(of.query) if page.each is None else self._of_key(of.query, key)
        return [_displayable(row, longest) for row in found if not of.part or row[_PART] == of.part]

    def _graph(
        self, graph: Graph, rows: Mapping[str, list[Record]], given: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        taken = {name: rows[dataset] for name, dataset in graph.rows.items()}
        first = next(iter(taken.values()))
        if not first or (graph.needs_a and all(row[graph.needs_a] is None for row in first)):
            return None
        return self._drawn(graph.template, taken, graph.words) | {
            "alternative": rendered(graph.alternative, **given)
        }

    def _drawn(
        self, template: str, rows: Mapping[str, list[Record]], words: Mapping[str, Any]
    ) -> dict[str, Any]:
        drawing = draw(bound(template, dict(rows), dict(words), self._month), self._cache_dir)
        file = f"graph-{len(self._document.drawings):03d}.svg"
        self._document.drawings[file] = drawing
        return {"file": file, "width_pt": drawing.width_pt, "height_pt": drawing.height_pt}

    def _table(self, table: Table, rows: list[Record], given: Mapping[str, Any]) -> dict[str, Any]:
        printed = rows if table.at_most is None else rows[: table.at_most]
        left = len(rows) - len(printed)
        self._printed += printed
        cells = [column for column in table.columns if column.strip is None]
        strips = [column for column in table.columns if column.strip is not None]
        return {
            "caption": rendered(table.caption, **given),
            "head": [column.title for column in table.columns],
            "kinds": [_kind(column) for column in table.columns],
            "widths": [_width(column) for column in table.columns],
            "wraps": table.wraps,
            "rows": [[_cell(column, row) for column in cells] for row in printed],
            "strips": [self._strip(column, printed, given) for column in strips],
            "more": rendered(table.more, left=left, **given) if left else "",
        }

    def _strip(self, column: Column, rows: list[Record], given: Mapping[str, Any]) -> dict[str, Any] | None:
        if not rows:
            return None
        sizes = tokens()["size"]
        placed = [{**row, "place": place} for place, row in enumerate(rows, start=1)]
        width_px = round(column.width_mm * _POINTS_PER_MM / _POINTS_PER_PIXEL)
        words = {
            **column.words,
            "places": [row["place"] for row in placed],
            "height": sizes["row_px"] * len(placed),
            "width": width_px - 2 * sizes["strip_side_px"],
        }
        assert column.strip is not None
        return self._drawn(column.strip, {"rows": placed}, words) | {
            "alternative": rendered(column.alternative, **{**given, "rows": rows})
        }

    def _glossary(self, pages: list[dict[str, Any]]) -> dict[str, Any]:
        """Give the words that the report's texts use, and the codes that its rows show."""
        said = " ".join(_texts(pages)).casefold()
        words = [
            [entry["term"], entry["means"]]
            for entry in common().glossary
            if self._report.name in entry.get("only_in", [self._report.name]) and _is_met(entry, said)
        ]
        known = self._tables.codes()
        met = {(column, row[column]) for row in self._printed for column in known.keys() & row.keys()}
        codes = [
            [code, displayable(name)]
            for column, listed in known.items()
            for code, name in listed.items()
            if (column, code) in met
        ]
        return {"words": words, "codes": codes}


def is_drawn(mark: str, rows: Mapping[str, list[Record]]) -> bool:
    """Tell whether a mark occurs: a row has a value in a column that draws it, or nothing says which does."""
    columns = common().legend[mark].get("drawn_by", ())
    found = [row[column] for some in rows.values() for row in some for column in columns if column in row]
    known = any(column in row for some in rows.values() for row in some[:1] for column in columns)
    return not known or any(value is not None and value is not False for value in found)


def _is_met(entry: Mapping[str, Any], said: str) -> bool:
    return any(re.search(rf"\b{seen.casefold()}", said) for seen in entry.get("seen_as", [entry["term"]]))


def _displayable(row: Record, longest: int | None = LONGEST) -> Record:
    return {
        name: displayable(value, longest) if isinstance(value, str) and name != _KEY else value
        for name, value in row.items()
    }


def _place(page: str, key: str) -> str:
    return f"{page}:{key}"


def _kind(column: Column) -> str:
    if column.strip is not None:
        return "strip"
    return column.shown_as if column.shown_as in ("text", "code", "page") else "number"


def _width(column: Column) -> float:
    return column.width_mm if column.strip is not None else column.width


def _cell(column: Column, row: Record) -> str:
    value = row[column.name]
    if value is None and column.withheld_by and row[column.withheld_by]:
        return _WITHHELD
    if column.shown_as == "page":
        return "" if value is None else str(value)
    shown_as = _OF_UNIT.get(row["unit"], "plain") if column.shown_as == "by_unit" else column.shown_as
    return SHOWN_AS[shown_as](value)


def _texts(node: Any) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for name, value in node.items():
            if name not in ("place", "file", "legend"):
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
