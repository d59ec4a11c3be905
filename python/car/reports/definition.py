"""Reads what a report is made of: a folder of queries (SQL) and a list of pages (YAML) for each report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from car.errors import CarError

PACKAGE = files("car.reports")
# The industry's own report; the others are a recipient's.
INDUSTRY = "industry"
_LIST = "report.yml"
_SHARED = "shared"


@dataclass(frozen=True)
class Rows:
    """Rows that a block shows; a list of pages says `query`, or `query/part`.

    Attributes:
        part: those of the query's rows alone that have it in their column `part`; empty: all.
    """

    query: str
    part: str = ""


@dataclass(frozen=True)
class Graph:
    """A drawing from rows.

    Attributes:
        template: name of a file in `charts/`.
        rows: a dataset of the template: the dataset of the block that it is given.
        alternative: Jinja: the graph in words, the message first.
        words: a `$word` of the template: what stands for it.
        needs_a: a column of the first dataset without a value of which there is nothing to draw.
    """

    template: str
    rows: Mapping[str, str]
    alternative: str
    words: Mapping[str, Any] = field(default_factory=dict)
    needs_a: str | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table: a figure, a text, or a strip, which is a graph with a row for each row.

    Attributes:
        name: column of the rows; of a strip none.
        title: its head.
        shown_as: what a cell is: a key of `words.SHOWN_AS`; `by_unit`, as the row's `unit` says; `page`, the
            number of a page. A `code` is a short text that is never cut: its column is as wide as it is.
        withheld_by: the flag that says that an empty cell is withheld.
        width: of a text, relative to the other texts.
        strip: name of a template in `charts/`.
        width_mm: of a strip.
        words: of a strip, as of a graph.
        alternative: of a strip, as of a graph.
    """

    title: str
    name: str = ""
    shown_as: str = "text"
    withheld_by: str | None = None
    width: float = 1
    strip: str | None = None
    width_mm: float = 50
    words: Mapping[str, Any] = field(default_factory=dict)
    alternative: str = ""


@dataclass(frozen=True)
class Table:
    """A printed table; the first column is the head of its row.

    Attributes:
        rows: the dataset of the block.
        caption: Jinja: one line that says what is shown.
        at_most: rows printed; None: all.
        more: Jinja, given `left`: the line about the rows that are not.
        wraps: a long text takes several lines; otherwise it is cut to one.
    """

    rows: str
    columns: tuple[Column, ...]
    caption: str = ""
    at_most: int | None = None
    more: str = ""
    wraps: bool = False


@dataclass(frozen=True)
class Block:
    """What stands under one heading of a page: a sentence, a graph, a table, or several of them.

    Attributes:
        block: its name, once in a page.
        title: Jinja: its heading; empty for none.
        rows: a dataset, as sentences and tables call it: where its rows are from.
        needs: the dataset without rows of which the block is the sentence `otherwise`.
        say: Jinja: what is said first.
        style: how it is set: `verdict`, `text` or `note`.
        legend: the marks that are explained.
        note: Jinja: a small line at the end.
    """

    block: str
    title: str = ""
    rows: Mapping[str, Rows] = field(default_factory=dict)
    needs: str | None = None
    otherwise: str = ""
    say: str = ""
    style: str = "text"
    graph: Graph | None = None
    table: Table | None = None
    legend: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Page:
    """A page, or with `each` one for every row of a query.

    Attributes:
        page: its name, once in the report.
        title: Jinja: its heading.
        each: the query; its column `key` tells the pages apart.
        needs: a query without rows of which the page is left out.
        goes_on_in: Jinja: the files that say more, named at its foot.
        is_continued: it goes on where the page before ended.
        under: the page whose part it is: its heading is one level deeper.
    """

    page: str
    title: str
    blocks: tuple[Block, ...]
    each: str | None = None
    needs: str | None = None
    goes_on_in: tuple[str, ...] = ()
    is_continued: bool = False
    under: str | None = None


@dataclass(frozen=True)
class Report:
    """One kind of report.

    Attributes:
        name: of its folder in this package.
        folder: of its CSVs: below the recipient's folder, or the industry's.
        title: its first heading.
        question: what it answers, as the page of the recipient's folder asks it.
        about: what it is, in a sentence.
        queries: its queries and the shared ones, by name.
        glossary_title: heading of the words and codes that it used; empty: it has none.
    """

    name: str
    folder: str
    title: str
    question: str
    pages: tuple[Page, ...]
    queries: Mapping[str, str]
    about: str = ""
    glossary_title: str = "Glossary, and how figures are reckoned"

    def findings_path(self, role: str) -> str:
        """Give the file with what matters, relative to the recipient's folder."""
        return f"{self.folder}/{role}/findings.csv"


@dataclass(frozen=True)
class Common:
    """What all reports share.

    Attributes:
        roles: a User Role's name, by its code.
        findings: the sentence of each kind of finding.
        dimensions: what sentences call a dimension.
        glossary: each word with the forms in which it is met, the reports that use it so, and what it means.
        legend: what each mark stands for (`says`), and the columns that draw it (`drawn_by`).
    """

    roles: Mapping[str, str]
    findings: Mapping[str, Mapping[str, str]]
    dimensions: Mapping[str, str]
    glossary: tuple[Mapping[str, Any], ...]
    legend: Mapping[str, Mapping[str, Any]]


def reports() -> tuple[Report, ...]:
    """Give the reports of a recipient, by name."""
    return tuple(report for report in every_report() if report.folder != INDUSTRY)


def report_named(name: str) -> Report:
    """Give one report, a recipient's or the industry's."""
    return next(report for report in every_report() if report.name == name)


def industry_report() -> Report:
    """Give the industry's own report."""
    return next(report for report in every_report() if report.folder == INDUSTRY)


@cache
def common() -> Common:
    """Read what all reports share."""
    content = _read("words.yml")
    return _made(Common, {**content, "glossary": tuple(content["glossary"])}, "words.yml")


@cache
def template(name: str) -> str:
    """Read a graph's Vega-Lite template as it stands."""
    return (PACKAGE / "charts" / f"{name}.vl.json").read_text(encoding="utf-8")


@cache
def every_report() -> tuple[Report, ...]:
    """Give all reports, by name."""
    folders = sorted(path.parent.name for path in Path(str(PACKAGE)).glob(f"*/{_LIST}"))
    return tuple(_report(name) for name in folders)


def read_yaml(path: Path) -> Any:
    """Read a YAML document."""
    # The parser in C is there with every wheel of PyYAML; the other one takes ten times as long.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)


def _read(name: str) -> Any:
    return read_yaml(Path(str(PACKAGE)) / name)


def _queries(name: str) -> dict[str, str]:
    folder = Path(str(PACKAGE)) / name
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def _report(name: str) -> Report:
    where = f"{name}/{_LIST}"
    content = _read(where)
    listed = [item for part in content["pages"] for item in _of_list(name, part)]
    pages = tuple(_page(f"{where}, page {item.get('page')}", item) for item in listed)
    queries = {**_queries(_SHARED), **_queries(name)}
    return _made(Report, {**content, "name": name, "pages": pages, "queries": queries}, where)


def _of_list(name: str, part: dict[str, Any] | str) -> list[dict[str, Any]]:
    """Give what an entry of the list of pages stands for: itself, or the pages of the file that it names."""
    return _read(f"{name}/{part}") if isinstance(part, str) else [part]


def _page(where: str, content: dict[str, Any]) -> Page:
    blocks = tuple(read_block(f"{where}, block {item.get('block')}", item) for item in content["blocks"])
    goes_on_in = tuple(content.get("goes_on_in", ()))
    return _made(Page, {**content, "blocks": blocks, "goes_on_in": goes_on_in}, where)


def read_block(where: str, content: dict[str, Any]) -> Block:
    """Read a block as a list of pages says it.

    Parameters:
        where: what is read, for a message.

    Raises:
        CarError: a block has no such thing.
    """
    rows = {name: Rows(*told.split("/", 1)) for name, told in content.get("rows", {}).items()}
    made = {**content, "rows": rows, "legend": tuple(content.get("legend", ()))}
    if "graph" in content:
        made["graph"] = _made(Graph, content["graph"], where)
    if "table" in content:
        columns = tuple(_made(Column, item, where) for item in content["table"]["columns"])
        made["table"] = _made(Table, {**content["table"], "columns": columns}, where)
    return _made(Block, made, where)


def _made(kind: type, content: dict[str, Any], where: str) -> Any:
    try:
        return kind(**content)
    except TypeError as error:
        raise CarError(f"{where}: {error}") from error
