"""The last part of the guidance: every published file and column, as the models declare them."""

import re
from collections.abc import Iterable
from pathlib import Path

from car.warehouse.catalogue import Catalogue, Publication
from car.warehouse.declaration import Column

PAGE = "docs/contents.md"
"""Where the part stands, relative to the project."""

_CONVENTIONS, _DEFINITIONS = Path("docs/published.md"), Path("docs/definitions.md")

_HEAD = f"""# Reporting contents

Every published file and column, as the models declare them. `python3 tasks.py promise` writes this page.
How values are written is in [CSV conventions]({_CONVENTIONS.name}#csv-conventions), what a figure means in
[definitions]({_DEFINITIONS.name}).
"""
_TYPES = {"varchar": "text", "date": "date", "timestamp": "instant", "boolean": "true or false"}
_WHOLE = re.compile(r"(tiny|small|big|huge)?int(eger)?")
_DECIMAL = re.compile(r"decimal\(\d+, ?(\d+)\)")


def contents_page(catalogue: Catalogue) -> str:
    """Give the page as Markdown: files by the folder that they stand in, columns in the order of the file."""
    folders: dict[str, list[Publication]] = {}
    for publication in catalogue.publications:
        folders.setdefault(publication.place.partition("/")[0], []).append(publication)
    lines = [_HEAD]
    for folder, publications in folders.items():
        lines += [f"## {folder.replace('_', ' ').capitalize()}", ""]
        for publication in publications:
            lines += _file(publication)
    return "\n".join(lines).rstrip("\n") + "\n"


def _file(publication: Publication) -> Iterable[str]:
    grain = publication.description.removeprefix("Grain: ").split(". ")[0].rstrip(".")
    yield f"### {publication.place}"
    yield ""
    yield f"*{publication.question}* {publication.about} Its rows: {' '.join(grain.split())}."
    if notice := notice_of(publication.since, publication.retires, publication.instead):
        yield f"**{notice}**"
    yield ""
    yield "| column | type | what it says |"
    yield "|---|---|---|"
    for column in publication.columns:
        yield f"| `{column.name}` | {type_of(column)} | {_cell(column)} |"
    yield ""


def _cell(column: Column) -> str:
    text = column.description.replace("|", "\\|")
    notice = notice_of(column.since, column.retires, column.instead)
    return f"{text} **{notice}**" if notice else text


def type_of(column: Column) -> str:
    """Name the type of a column as a reader calls it, with its unit."""
    data_type = column.data_type
    if found := _DECIMAL.fullmatch(data_type):
        words = f"number with {found[1]} decimals"
    elif _WHOLE.fullmatch(data_type):
        words = "whole number"
    else:
        words = _TYPES.get(data_type, data_type)
    return f"{words}, {column.unit}" if column.unit and column.unit not in words else words


def notice_of(since: str | None, retires: str | None, instead: str | None) -> str:
    """Say from when on something is published, and until when; nothing where nothing is announced."""
    words = [f"Since {since}."] if since else []
    if retires:
        words.append(f"Until {retires}" + (f"; then {instead}." if instead else "."))
    return " ".join(words)
