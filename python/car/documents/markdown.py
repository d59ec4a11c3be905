"""Reads the project's documents, which are Markdown."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

GUIDANCE: Final = "docs/guidance.md"
CONTENTS: Final = "docs/contents.md"
"""Documents, relative to the project."""
_EXTERNAL: Final = re.compile(r"[a-z]+://")


def parsed(path: Path) -> list[Token]:
    """Give a document as markdown-it reads it."""
    return _reader().parse(path.read_text(encoding="utf-8"))


def rendered(tokens: list[Token]) -> str:
    """Give a document as HTML."""
    reader = _reader()
    return reader.renderer.render(tokens, reader.options, {})


def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def inlines(tokens: list[Token]) -> Iterator[Token]:
    """Give what stands within the lines of a document."""
    for token in tokens:
        yield from token.children or ()


def text_of(token: Token) -> str:
    """Give the text of a line without its marks."""
    return "".join(child.content for child in token.children or ())


def title_of(tokens: list[Token]) -> str:
    """Give the title of a document: its first heading."""
    return next(text_of(after) for token, after in pairwise(tokens) if token.tag == "h1")


def anchor(text: str) -> str:
    """Give the anchor of a heading, as links of the documents name it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def is_external(address: str) -> bool:
    """Tell whether a link leads out of the project."""
    return bool(_EXTERNAL.match(address))
