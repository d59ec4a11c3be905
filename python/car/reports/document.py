"""Makes a report's content from a recipient's folder: what stands where, in which words, by which graph."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from car.edition import Edition
from car.reports.charts import Drawing, bound, draw
from car.reports.definition import Block, Report, Section, Table, common
from car.reports.tables import Record, Tables
from car.reports.words import SHOWN_AS, displayable, rendered

# Findings on the first page, which is one page, shared out among the kinds; findings.csv has them all.
_FINDINGS = 16
# A column of a table is as wide as its longest text needs, in these bounds (characters).
_NARROWEST, _WIDEST = 7, 44
# What a line of a table holds, and what keeps two columns apart (characters).
_LINE, _BETWEEN = 116, 2.3
_SUPPRESSED = "suppressed"


@dataclass
class Document:
    """What Typst sets: plain data, and the drawings it names.

    Attributes:
        entries: which entries of the report's list are in it; one that has nothing to draw is left out.
    """

    content: dict[str, Any]
    drawings: dict[str, Drawing] = field(default_factory=dict)
    entries: list[Block] = field(default_factory=list)


def compose(
    report: Report, party_folder: Path, party_id: str, role: str, edition: Edition, cache_dir: Path
) -> Document:
    """Make the content of one report of one recipient.

    Parameters:
        party_folder: the recipient's folder of a release, with its CSVs and datapackage.json.
        cache_dir: of drawn graphs.

    Raises:
        CarError: the folder does not hold what the report's list asks for.
    """
    return _Composer(report, party_folder, role, cache_dir, edition.month).document(party_id, edition)


class _Composer:
    def __init__(self, report: Report, party_folder: Path, role: str, cache_dir: Path, month: str) -> None:
        self._report = report
        self._party_folder = party_folder
        self._role = role
        self._cache_dir = cache_dir
        self._month = month
        self._drawings: dict[str, Drawing] = {}
        self._entries: list[Block] = []
        self._places: dict[str, str] = {}

    def document(self, party_id: str, edition: Edition) -> Document:
        with Tables(self._party_folder, f"{self._report.folder}/{self._role}") as self._tables:
            sections = [made for section in self._report.sections for made in self._sections(section)]
            findings = self._findings()
        content = {
            "title": self._report.title,
            "about": self._report.about,
            "party_id": displayable(party_id),
            "role": self._role,
            "role_name": common().roles.get(self._role, self._role),
            "month": edition.month,
            "month_name": f"{date.fromisoformat(edition.month + '-01'):%B %Y}",
            "as_of": edition.as_of,
            "version": None if edition.version is None else str(edition.version),
            "of_others": self._report.of_others or common().of_others,
            "reading": common().reading,
            "findings": findings,
            "sections": [section for section in sections if section["blocks"]],
            "glossary": [[term, meaning] for term, meaning in common().glossary.items()],
        }
        return Document(content, self._drawings, self._entries)

    def _sections(self, section: Section) -> list[dict[str, Any]]:
        if section.each is None:
            return [self._section(section, None)]
        values = self._tables.values(section.each["file"], section.each["column"])
        ordered = [value for value in section.order if value in values]
        ordered += [value for value in values if value not in section.order]
        return [self._section(section, value) for value in ordered]

    def _section(self, section: Section, each: str | None) -> dict[str, Any]:
        shown = None if each is None else displayable(each)
        return {
            "title": rendered(section.title, each=shown),
            "about": rendered(section.about, each=shown),
            "blocks": [made for block in section.blocks for made in self._blocks(block, each)],
        }

    def _blocks(self, block: Block, each: str | None) -> list[dict[str, Any]]:
        given = {name: self._tables.rows(rows, each) for name, rows in block.rows.items()}
        if block.table is not None:
            given["table"] = self._tables.rows(block.table.rows, each)
        if not given[block.needs]:
            return []
        self._entries.append(block)
        parts = _parts(given, block)
        return [self._block(block, each, part, is_continued=number > 0) for number, part in enumerate(parts)]

    def _block(
        self, block: Block, each: str | None, given: dict[str, list[Record]], is_continued: bool
    ) -> dict[str, Any]:
        shown = None if each is None else displayable(each)
        title = rendered(block.title, each=shown, **given)
        place = f"place-{len(self._places)}-{len(self._drawings)}"
        names = [rendered(anchor, each=shown) for anchor in block.anchors]
        names += [
            rendered(anchor, each=shown, **row)
            for dataset, anchors in block.row_anchors.items()
            for row in given[dataset]
            for anchor in anchors
        ]
        for name in names:
            self._places.setdefault(name, place)
        made: dict[str, Any] = {
            "title": f"{title}, continued" if is_continued else title,
            "is_continued": is_continued,
            "place": place,
            "unit": block.unit,
            "note": rendered(block.note, each=shown, **given),
            "graph": None,
            "table": None,
        }
        if block.template is not None and _has_a(block.needs_a, given[block.needs]):
            drawing = draw(
                bound(block.template, {name: given[name] for name in block.rows}, block.words, self._month),
                self._cache_dir,
            )
            file = f"graph-{len(self._drawings):03d}.svg"
            self._drawings[file] = drawing
            made["graph"] = {
                "file": file,
                "width_pt": drawing.width_pt,
                "height_pt": drawing.height_pt,
                "alternative": rendered(block.alternative, each=shown, **given),
            }
        if block.table is not None:
            made["table"] = _table(block.table, given["table"])
        return made

    def _findings(self) -> list[dict[str, Any]]:
        rows = self._tables.rows_of_file(self._report.findings.format(role=self._role))
        found = {kind: [row for row in rows if row["finding"] == kind] for kind in common().findings}
        found = {kind: of_kind for kind, of_kind in found.items() if of_kind}
        groups = []
        for kind, of_kind in found.items():
            words = common().findings[kind]
            shown = _FINDINGS // len(found)
            given = {"dimensions": common().dimensions, "folder": self._report.folder}
            lines = [
                {
                    "text": rendered(words["sentence"], **row, **given),
                    "place": self._place(words["places"], row),
                }
                for row in of_kind[:shown]
            ]
            groups.append({"title": words["title"], "lines": lines, "has_more": len(of_kind) > shown})
        return groups + self._highlights()

    def _highlights(self) -> list[dict[str, Any]]:
        lines = [
            {"text": rendered(highlight.sentence, **row), "place": None}
            for highlight in self._report.highlights
            for row in self._tables.rows(highlight.rows, None)[: highlight.at_most]
        ]
        return [{"title": "Most in number", "lines": lines, "has_more": False}] if lines else []

    def _place(self, candidates: list[str], row: Record) -> str | None:
        found = (self._places.get(rendered(candidate, **row)) for candidate in candidates)
        return next((place for place in found if place), None)


def _has_a(column: str | None, rows: list[Record]) -> bool:
    return column is None or any(row[column] is not None for row in rows)


def _parts(given: dict[str, list[Record]], block: Block) -> list[dict[str, list[Record]]]:
    """Divide a graph that would grow beyond its page, by the values of one column."""
    if block.per is None:
        return [given]
    values = list(dict.fromkeys(row[block.per] for row in given[block.needs]))
    parts = []
    number = max(1, -(-len(values) // block.at_most))
    # Of even length: a last part of one row would have a page to itself.
    bounds = [len(values) * part // number for part in range(number + 1)]
    for begin, end in pairwise(bounds):
        taken = set(values[begin:end])
        parts.append(
            {
                name: [row for row in rows if block.per not in row or row[block.per] in taken]
                for name, rows in given.items()
            }
        )
    return parts


def _table(table: Table, rows: list[Record]) -> dict[str, Any]:
    printed = rows if table.at_most is None else rows[: table.at_most]
    head = [column.title for column in table.show]
    cells = [
        [
            _SUPPRESSED
            if row[column.name] is None and column.withheld_by and row[column.withheld_by]
            else SHOWN_AS[column.shown_as](row[column.name])
            for column in table.show
        ]
        for row in printed
    ]
    return {
        "head": head,
        "widths": _widths(table, [head, *cells]),
        "is_number": [column.shown_as != "text" for column in table.show],
        "rows": cells,
    }


def _widths(table: Table, lines: list[list[str]]) -> list[float]:
    """Share out a line among the columns, by what they hold; texts give way, since they can be broken."""
    head, *cells = lines
    widths = [
        max(
            _NARROWEST,
            *map(len, head[place].split()),
            min(_WIDEST, max((len(line[place]) for line in cells), default=0)),
        )
        for place in range(len(head))
    ]
    texts = [place for place, column in enumerate(table.show) if column.shown_as == "text"]
    while sum(widths) + _BETWEEN * len(widths) > _LINE and any(widths[place] > _NARROWEST for place in texts):
        widths[max(texts, key=lambda place: widths[place])] -= 1
    return [width + _BETWEEN for width in widths]
