"""Reads what a report shows: one list per report, in YAML beside this module."""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from car.errors import CarError

PACKAGE = files("car.reports")


@dataclass(frozen=True)
class Rows:
    """Rows of one CSV, as a graph or a table is given them.

    Attributes:
        file: CSV in the report's folder.
        columns: name that the template knows: column of the CSV, or None where the CSV has none.
        where: column: a value, a list of values, or None for empty; `$each` is the section's own value.
        sums: which of the names are added up over rows that are alike in all others.
        unpivot: columns that become rows of their own, with their name in `dimension` and what they hold in
            `value`.
        first: name: the value whose row goes first; the others follow as in the CSV.
        called: value: what people read in its place, in every column; that of the block.
        most: column by which the rows go, the largest first; None: as in the CSV.
    """

    file: str
    columns: dict[str, str | None]
    where: dict[str, Any] = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    unpivot: tuple[str, ...] = ()
    first: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    most: str | None = None


@dataclass(frozen=True)
class TableColumn:
    """One column of a printed table.

    Attributes:
        shown_as: `text`, `count`, `percent` or `seconds`.
        withheld_by: name of the flag that says that an empty value here was suppressed.
    """

    name: str
    title: str
    shown_as: str = "text"
    withheld_by: str | None = None


@dataclass(frozen=True)
class Table:
    """A printed table.

    Attributes:
        at_most: rows printed; the CSV has them all.
    """

    rows: Rows
    show: tuple[TableColumn, ...]
    at_most: int | None = None


@dataclass(frozen=True)
class Block:
    """A graph with what is said about it, and a table where figures are to be read.

    Attributes:
        title: Jinja, given `each`.
        unit: what is measured, in words.
        template: name of a file in `charts/`; None: the table alone.
        rows: name of a dataset of the template: its rows.
        words: name of a `$word` of the template: what stands for it.
        alternative: Jinja, given the datasets and `table`: the graph in words, made from its figures.
        note: Jinja, likewise: a line below the graph, left out when it comes to nothing.
        called: value: what people read in its place, in every dataset alike: one name, one place on the axis.
        needs: the dataset without rows of which there is nothing to say.
        needs_a: a column of it without a value of which there is nothing to draw, and the note says why.
        per: name of a column, by whose values the graph is divided when there are more than `at_most`.
        anchors: Jinja: what findings call the place.
        row_anchors: name of a dataset: Jinja, given a row of it: what findings call the place besides.
    """

    title: str
    unit: str = ""
    template: str | None = None
    rows: dict[str, Rows] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)
    alternative: str = ""
    note: str = ""
    called: dict[str, str] = field(default_factory=dict)
    needs: str = "table"
    needs_a: str | None = None
    per: str | None = None
    at_most: int = 1
    table: Table | None = None
    anchors: tuple[str, ...] = ()
    row_anchors: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A chapter; with `each`, one for every value of a column.

    Attributes:
        each: `file` and `column` whose values have a chapter each; None: one chapter.
        order: values of it that come before the others, which follow as in the CSV.
    """

    title: str
    blocks: tuple[Block, ...]
    each: dict[str, str] | None = None
    order: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Highlight:
    """Lines of the first page, one per row.

    Attributes:
        at_most: lines.
        sentence: Jinja, given a row.
    """

    rows: Rows
    at_most: int
    sentence: str


@dataclass(frozen=True)
class Report:
    """One kind of report.

    Attributes:
        folder: below the party's folder; each role has a folder in it, which gets the report.
        findings: CSV with what matters, relative to the party's folder (`{role}` for the role's folder).
        highlights: what the first page says besides.
        question: what it answers, as the page of the recipient's folder asks it.
        of_others: what the cover says of other parties; None: what it says where no page names one.
    """

    folder: str
    title: str
    about: str
    question: str
    sections: tuple[Section, ...]
    findings: str
    highlights: tuple[Highlight, ...] = ()
    of_others: str | None = None


@dataclass(frozen=True)
class Common:
    """What all reports share: the sentences of findings, names of roles, and the glossary.

    Attributes:
        of_others: what the cover says of other parties where no page names one.
    """

    roles: dict[str, str]
    findings: dict[str, dict[str, Any]]
    dimensions: dict[str, str]
    of_others: str
    reading: str
    glossary: dict[str, str]


@cache
def reports() -> tuple[Report, ...]:
    """Read every report's list, by name of its file."""
    names = sorted(
        item.name for item in PACKAGE.iterdir() if item.name.endswith(".yml") and item.name != "common.yml"
    )
    return tuple(_report(name, _read(name)) for name in names)


@cache
def common() -> Common:
    """Read what all reports share."""
    return _made(Common, _read("common.yml"), "common.yml")


@cache
def template(name: str) -> str:
    """Read a graph's Vega-Lite template as it stands."""
    return (PACKAGE / "charts" / f"{name}.vl.json").read_text(encoding="utf-8")


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((PACKAGE / name).read_text(encoding="utf-8"))


def _made(kind: type, content: dict[str, Any], where: str) -> Any:
    try:
        return kind(**content)
    except TypeError as error:
        raise CarError(f"{where}: {error}") from error


def _report(name: str, content: dict[str, Any]) -> Report:
    sections = tuple(_section(f"{name}, {item.get('title')}", item) for item in content["sections"])
    highlights = tuple(
        _made(Highlight, {**item, "rows": _rows(name, item["rows"])}, name)
        for item in content.get("highlights", ())
    )
    made = {**content, "sections": sections, "highlights": highlights}
    return _made(Report, made, name)


def _section(where: str, content: dict[str, Any]) -> Section:
    blocks = tuple(_block(f"{where}: {item.get('title')}", item) for item in content["blocks"])
    order = tuple(content.get("order", ()))
    return _made(Section, {**content, "blocks": blocks, "order": order}, where)


def _block(where: str, content: dict[str, Any]) -> Block:
    made = dict(content)
    called = content.get("called", {})
    made["rows"] = {
        key: _rows(where, {**item, "called": called}) for key, item in content.get("rows", {}).items()
    }
    made["anchors"] = tuple(content.get("anchors", ()))
    if "table" in content:
        table = dict(content["table"])
        table["rows"] = _rows(where, {**table["rows"], "called": called})
        table["show"] = tuple(_made(TableColumn, item, where) for item in table["show"])
        made["table"] = _made(Table, table, where)
    return _made(Block, made, where)


def _rows(where: str, content: dict[str, Any]) -> Rows:
    made = dict(content)
    for key in ("sums", "unpivot"):
        made[key] = tuple(content.get(key, ()))
    return _made(Rows, made, where)
