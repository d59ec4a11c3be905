"""Reads what a page is made of, in the language of the PDF reports: the same blocks, queries and graphs."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.reports.definition import Block, Report, every_report, read_block, read_yaml

PACKAGE = Path(str(files("car.portal.pages")))
_QUERIES = "queries"
# Reports call the month before `before`; here all areas are open at once.
BEFORE = "before_"
_FROM_BEFORE = re.compile(r"\b(from|join) before\.")


@dataclass(frozen=True)
class Shown:
    """A block of a page: what a report's block says, draws and lists, and what a reader can do with it.

    Attributes:
        of: the table above which it stands; empty: at the head of the page.
        click: the column that is filtered by where a mark is clicked, by the field of the row with its value.
        then: the same, where a reader filters by the column of `click` already.
        link: Jinja, given `row` and `here`: where the first cell of a table's row leads.
    """

    block: Block
    of: str = ""
    click: Mapping[str, str] = field(default_factory=dict)
    then: Mapping[str, str] = field(default_factory=dict)
    link: str = ""

    def click_of(self, filtered: Container[str]) -> Mapping[str, str]:
        """Give what a click filters by.

        Parameters:
            filtered: columns that a reader filters by.
        """
        return self.then if self.then and self.click["column"] in filtered else self.click


@dataclass(frozen=True)
class PageList:
    """A page of the portal.

    Attributes:
        name: of its file, and of its URL.
        area: folder of the release that it shows.
        filters: columns that a reader filters by, in the order in which they are offered.
        drills: a column of which every line is shown, that of all values together too, where another is
            filtered by: the column, the other; with an empty other always.
        blocks: what is drawn; each published table of the area stands on the page besides.
        queries: that blocks name, by name: its own, and those of the area's report.
    """

    name: str
    title: str
    area: str
    about: str
    filters: tuple[str, ...]
    drills: Mapping[str, str]
    blocks: tuple[Shown, ...]
    queries: Mapping[str, str]

    def drilled(self, filtered: Iterable[str]) -> tuple[str, ...]:
        """Give the columns of which every line is shown.

        Parameters:
            filtered: columns that a reader filters by.
        """
        asked = set(filtered)
        return tuple(column for column, other in self.drills.items() if not other or other in asked)


@cache
def page_lists() -> dict[str, PageList]:
    """Give the pages by name."""
    return {path.stem: _page(path) for path in sorted(PACKAGE.glob("*.yml"))}


def _page(path: Path) -> PageList:
    content = read_yaml(path)
    where = f"portal page {path.name}"
    try:
        blocks = tuple(_shown(where, item) for item in content.get("blocks", ()))
        area = content.get("area", "")
        return PageList(
            path.stem,
            content["title"],
            area,
            content.get("about", ""),
            tuple(content.get("filters", ())),
            content.get("drills", {}),
            blocks,
            {
                name: _FROM_BEFORE.sub(rf"\1 {BEFORE}{area}.", sql)
                for name, sql in {**_of_report(area), **_own()}.items()
            },
        )
    except (KeyError, TypeError) as error:
        raise CarError(f"{where}: {error}") from error


def _shown(where: str, item: dict[str, Any]) -> Shown:
    known = {"of", "click", "then", "link"}
    block = {name: value for name, value in item.items() if name not in known}
    return Shown(
        read_block(f"{where}, block {item.get('block')}", block),
        **{name: item[name] for name in known if name in item},
    )


@cache
def _own() -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8") for path in sorted((PACKAGE / _QUERIES).glob("*.sql"))
    }


def _of_report(area: str) -> Mapping[str, str]:
    found: list[Report] = [report for report in every_report() if report.folder == area]
    return found[0].queries if found else {}
