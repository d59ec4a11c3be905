"""Sets the guidance as an accessible PDF: its four parts, of which the last is what is published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from car.documents.markdown import CONTENTS, GUIDANCE, anchor, is_external, parsed, text_of, title_of
from car.reports.pdf import set_typst

_TEMPLATE = Path(__file__).with_name("guidance.typ")
# Of a column, in characters.
_LEAST_WIDTH, _MOST_WIDTH = 8, 60
_MARKS = {"strong": "strong", "em": "emph"}


def write_guidance(project: Path, target: Path) -> None:
    """Write the PDF; the same documents give the same bytes.

    Parameters:
        project: whose folder `docs` has the documents.

    Raises:
        CarError: Typst refused it.
    """
    guidance = parsed(project / GUIDANCE)
    blocks = list(_blocks(iter(guidance)))
    # The part has its heading in the guidance.
    _, *contents = _blocks(iter(parsed(project / CONTENTS)), raised=1)
    blocks += contents
    anchors: set[str] = set()
    for block in blocks:
        if block["kind"] == "heading":
            block["is_named"] = block["anchor"] not in anchors
            anchors.add(block["anchor"])
    _drop_links(blocks, anchors)
    set_typst(_TEMPLATE, {"title": title_of(guidance), "blocks": blocks}, target)


def _blocks(tokens: Iterator[Token], end: str = "", raised: int = 0) -> Iterator[dict[str, Any]]:
    """Give the blocks of a document up to the token that ends them.

    Parameters:
        raised: how many levels lower its headings stand than in a document of its own.
    """
    for token in tokens:
        kind = token.type
        if kind == end:
            return
        if kind == "heading_open":
            line = next(tokens)
            level = int(token.tag[1:]) + raised
            yield {
                "kind": "heading",
                "level": level,
                "parts": _parts(line),
                "anchor": anchor(text_of(line)),
            }
        elif kind == "paragraph_open":
            yield {"kind": "paragraph", "parts": _parts(next(tokens))}
        elif kind in ("bullet_list_open", "ordered_list_open"):
            closing = kind.replace("open", "close")
            items = []
            for item in tokens:
                if item.type == closing:
                    break
                if item.type == "list_item_open":
                    items.append(list(_blocks(tokens, "list_item_close")))
            yield {"kind": "list", "is_ordered": kind.startswith("ordered"), "items": items}
        elif kind in ("fence", "code_block"):
            yield {"kind": "code", "text": token.content.rstrip("\n")}
        elif kind == "table_open":
            yield _table(tokens)


def _table(tokens: Iterator[Token]) -> dict[str, Any]:
    rows: list[list[Any]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_parts(token))
    head, *body = rows
    # A column is as wide as its longest text asks for, within limits.
    longest = [max(len(_text(cell)) for cell in column) for column in zip(*rows, strict=True)]
    widths = [min(max(length, _LEAST_WIDTH), _MOST_WIDTH) for length in longest]
    return {"kind": "table", "head": head, "rows": body, "widths": widths}


def _text(parts: list[dict[str, str]]) -> str:
    return "".join(part["text"] for part in parts)


def _parts(line: Token) -> list[dict[str, str]]:
    """Give the pieces of a line, each with its marks."""
    parts: list[dict[str, str]] = []
    marks: list[str] = []
    link = ""
    for token in line.children or ():
        if token.type == "link_open":
            link = str(token.attrGet("href"))
        elif token.type == "link_close":
            link = ""
        elif token.type.endswith("_open"):
            marks.append(_MARKS[token.tag])
        elif token.type.endswith("_close"):
            marks.pop()
        else:
            text = " " if token.type == "softbreak" else token.content
            mark = "code" if token.type == "code_inline" else marks[-1] if marks else ""
            parts.append({"text": text, "mark": mark, "link": link})
    return parts


def _drop_links(blocks: Any, anchors: set[str]) -> None:
    """Let links lead to places of the PDF or out of the project; what leads to another document is text."""
    if isinstance(blocks, list):
        for block in blocks:
            _drop_links(block, anchors)
    elif isinstance(blocks, dict):
        link = blocks.get("link")
        if link and not is_external(link) and link.removeprefix("#") not in anchors:
            blocks["link"] = ""
        for value in blocks.values():
            _drop_links(value, anchors)
