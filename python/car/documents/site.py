"""Writes the site: a page for each document, and dbt's own documents beside them. No page loads anything."""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it.token import Token

from car.documents.markdown import (
    CONTENTS,
    GUIDANCE,
    anchor,
    inlines,
    is_external,
    parsed,
    rendered,
    text_of,
    title_of,
)
from car.theme.operator_page import operator_template

PDF: Final = "guidance.pdf"
DBT: Final = "dbt/index.html"
# The documents in the order in which a reader comes to them; any other comes after these.
_FIRST: Final = (
    *(GUIDANCE, CONTENTS, "docs/definitions.md", "docs/published.md"),
    *("docs/landing.md", "docs/operations.md", "docs/portal.md"),
)
_TEMPLATE: Final = Path(__file__).with_name("page.html.j2")


def write_site(project: Path, folder: Path, dbt_page: Path | None) -> list[Path]:
    """Write the pages, in place of earlier ones.

    Parameters:
        project: whose folder `docs` has the documents.
        folder: gets the site.
        dbt_page: dbt's own documents, as one page; None: there are none.

    Returns:
        The pages, the first of which is the guidance.
    """
    documents = {document: parsed(document) for document in _in_order(project)}
    titles = {document: title_of(tokens) for document, tokens in documents.items()}
    names = {document: _page_name(document, project) for document in documents}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    template, pages = operator_template(_TEMPLATE), []
    for document, tokens in documents.items():
        _number_headings(tokens)
        _lead_links_to_pages(tokens, document, names)
        page = folder / names[document]
        page.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        page.write_text(
            template.render(
                title=titles[document],
                content=_tables_in_regions(rendered(tokens)),
                pages=[(up + names[other], titles[other], other == document) for other in documents],
                dbt=up + DBT if dbt_page is not None else None,
                pdf=up + PDF,
            ),
            encoding="utf-8",
        )
        pages.append(page)
    if dbt_page is not None:
        (folder / DBT).parent.mkdir()
        shutil.copyfile(dbt_page, folder / DBT)
    return pages


def _in_order(project: Path) -> list[Path]:
    named = {path.relative_to(project).as_posix(): path for path in (project / "docs").rglob("*.md")}
    first = [name for name in _FIRST if name in named]
    return [named[name] for name in [*first, *sorted({*named} - {*first})]]


def _page_name(document: Path, project: Path) -> str:
    """Name the page of a document; the guidance is where the site begins."""
    if document == project / GUIDANCE:
        return "index.html"
    return document.relative_to(project / "docs").with_suffix(".html").as_posix()


def _number_headings(tokens: list[Token]) -> None:
    """Give each heading the anchor that links name."""
    used: dict[str, int] = {}
    for token, after in pairwise(tokens):
        if token.type == "heading_open":
            name = anchor(text_of(after))
            used[name] = used.get(name, -1) + 1
            token.attrSet("id", f"{name}-{used[name]}" if used[name] else name)


def _lead_links_to_pages(tokens: list[Token], document: Path, names: dict[Path, str]) -> None:
    """Let links lead to pages of the site; what leads to a file of the project is text."""
    pages = {path.resolve(): name for path, name in names.items()}
    up = "../" * (len(Path(names[document]).parts) - 1)
    is_dropped = False
    for token in inlines(tokens):
        if token.type == "link_open":
            address, mark, place = str(token.attrGet("href")).partition("#")
            target = pages.get((document.parent / address).resolve()) if address else names[document]
            is_dropped = not is_external(address) and target is None
            if is_dropped:
                token.type, token.tag, token.nesting, token.attrs = "text", "", 0, {}
            elif target is not None and address:
                token.attrSet("href", up + target + mark + place)
        elif token.type == "link_close" and is_dropped:
            token.type, token.tag, token.nesting, is_dropped = "text", "", 0, False


def _tables_in_regions(html: str) -> str:
    """Let a wide table scroll in a region that a keyboard reaches."""
    html = html.replace("<table>", '<div class="wide" role="region" aria-label="Table" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
    # A table without a head of its own, whose first cells say what their rows are about.
    return re.sub(r"<tr>\n<td>(.*?)</td>", r'<tr>\n<th scope="row">\1</th>', html)
