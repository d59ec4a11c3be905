"""Writes the page of a recipient's folder. It loads nothing and runs nothing."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from car.edition import Edition
from car.page.content import Before, content
from car.page.folder import Folder
from car.theme.tokens import tokens

INDEX = "index.html"
_TEMPLATE = "index.html.j2"


def write_index(
    party_folder: Path,
    party_id: str,
    edition: Edition,
    entries: Iterable[dict[str, Any]],
    before: Before | None = None,
    not_written: Iterable[dict[str, str]] = (),
) -> Path:
    """Write the page; the same folder gives the same bytes.

    Parameters:
        party_folder: with datapackage.json and all files that the page tells of.
        entries: what manifest.json is going to say of them.
        before: what changed since the version before; None for a first version and a preview.
        not_written: what it is going to say of files that were asked for and could not be: `path`, `why`, and
            the path to take `instead`.

    Returns:
        The page.
    """
    told = content(party_id, Folder(party_folder, entries, not_written), edition, before)
    page = party_folder / INDEX
    page.write_text(_template().render(**told), encoding="utf-8", newline="\n")
    return page


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["theme"] = tokens()
    environment.filters["address"] = lambda path: quote(path, safe="/")
    environment.filters["dated"] = _dated
    environment.filters["breakable"] = _breakable
    return environment.get_template(_TEMPLATE)


def _dated(sentence: str) -> Markup:
    """Keep a date on one line: it has signs at which lines are broken."""
    return Markup(re.sub(r"\d{4}-\d\d-\d\d", r'<span class="whole">\g<0></span>', str(escape(sentence))))


def _breakable(path: str) -> Markup:
    """Let a long path be broken between its words, before anywhere else."""
    return Markup(re.sub(r"[/_]", r"\g<0><wbr>", str(escape(path))))
