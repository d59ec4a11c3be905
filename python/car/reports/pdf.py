"""Sets a report's content as PDF/UA-1, with Typst."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import typst

from car.errors import CarError
from car.reports.definition import PACKAGE
from car.reports.document import Document
from car.theme.tokens import TOKENS

_STANDARDS = ["ua-1"]


def set_pdf(document: Document, target: Path) -> int:
    """Write a report; the same content gives the same bytes.

    Parameters:
        target: gets the PDF.

    Returns:
        How many graphs it has.

    Raises:
        CarError: Typst refused it; PDF/UA-1 wants an alternative text for every graph.
    """
    drawings = {name: drawing.svg.encode() for name, drawing in document.drawings.items()}
    # The report's own instant: the clock would make two runs differ.
    instant = int(_instant(document.content["recipient"]["as_of"]).timestamp())
    set_typst(PACKAGE / "report.typ", document.content, target, drawings, instant)
    return len(document.drawings)


def set_typst(
    template: Path,
    content: dict[str, Any],
    target: Path,
    drawings: Mapping[str, bytes] | None = None,
    instant: int = 0,
) -> None:
    """Write what a template sets of some content; the same content gives the same bytes.

    Parameters:
        template: reads `content.json` and `tokens.json`, and drawings by their names.
        target: gets the PDF.
        instant: that the PDF tells as the one of its making, where the template has it told (Unix seconds).

    Raises:
        CarError: Typst refused it.
    """
    files = {
        "main.typ": template.read_bytes(),
        "tokens.json": TOKENS.read_bytes(),
        "content.json": json.dumps(content, ensure_ascii=False).encode(),
        **(drawings or {}),
    }
    try:
        pdf = typst.compile(
            files,
            format="pdf",
            pdf_standards=_STANDARDS,
            font_paths=[str(PACKAGE / "fonts")],
            ignore_system_fonts=True,
            timestamp=instant,
        )
    except typst.TypstError as error:
        raise CarError(f"A document could not be set: {error}") from error
    with pikepdf.open(io.BytesIO(pdf)) as packed:
        _mend_tags(packed)
        # Typst writes the tags of a report one by one; packed together they take a tenth.
        packed.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            static_id=False,
            deterministic_id=True,
        )


def _mend_tags(pdf: pikepdf.Pdf) -> None:
    """Say in the tags what Typst's package has no word for."""
    waiting = [pdf.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        kids = _children(node)
        if node.get("/S") == "/TBody":
            for row in kids:
                _make_head(*_children(row))
        else:
            _take_captions_in(node, kids)
            waiting += kids


def _take_captions_in(node: pikepdf.Object, kids: list[pikepdf.Object]) -> None:
    """Put a table's caption into it: Typst leaves it outside where the table goes on over the page."""
    for caption, division in pairwise(kids):
        if caption.get("/S") != "/Caption":
            continue
        inner = _children(division)
        if [kid.get("/S") for kid in inner] != ["/Table"]:
            continue
        (table,) = inner
        table.K = pikepdf.Array([caption, *table.K])
        node.K = pikepdf.Array([kid for kid in node.K if kid != caption])
        caption.P = table


def _make_head(first: pikepdf.Object, *others: pikepdf.Object) -> None:
    """Say of a row's first cell that it is the head of its row."""
    first.S = pikepdf.Name.TH
    first.A = pikepdf.Array([pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)])
    # Typst names the head of the column in each cell, which then has no other: the scopes say both.
    for cell in others:
        for attributes in _dictionaries(cell.get("/A")):
            if "/Headers" in attributes:
                del attributes["/Headers"]


def _children(node: pikepdf.Object) -> list[pikepdf.Object]:
    return _dictionaries(node.get("/K"))


def _dictionaries(found: pikepdf.Object | None) -> list[pikepdf.Object]:
    """Give what is a dictionary of an array, or of one thing alone."""
    every = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [item for item in every if isinstance(item, pikepdf.Dictionary)]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
