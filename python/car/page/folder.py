"""Reads a recipient's folder: which files it has, what they say of themselves, and the rows of small ones."""

import csv
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from string import Formatter
from typing import Any

from car.jsonfile import read_json
from car.reports.words import LONGEST

Row = dict[str, Any]

# What a text may bring that would turn the words around it: isolated, it turns its own alone.
_ISOLATE, _END_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_RIGHT_TO_LEFT = ("R", "AL", "AN")
_ROLE = "role"


@dataclass(frozen=True)
class File:
    """One file of the folder.

    Attributes:
        path: relative to the folder.
        rows: without the header; None of what is no CSV.
        resource: what datapackage.json says of it; empty where it says nothing.
        values: of the columns that stand in its path, by name.
    """

    path: str
    size_bytes: int
    rows: int | None
    resource: dict[str, Any]
    values: dict[str, str]

    @property
    def stem(self) -> str:
        """The path without the ending that says the format."""
        return self.path.rpartition(".")[0]

    @property
    def split(self) -> tuple[str, ...]:
        """The columns by whose values there is a file each, besides the role."""
        return tuple(name for name in self.values if name != _ROLE)


@dataclass(frozen=True)
class Group:
    """The files of one area, in one role or whatever the role.

    Attributes:
        place: the folder that they share, relative to the recipient's.
        role: None where they are for all roles.
    """

    place: str
    role: str | None
    files: tuple[File, ...]

    @property
    def area(self) -> str:
        """The folder of the area, e.g. `inventory`."""
        return self.place.partition("/")[0]

    @property
    def order(self) -> tuple[str, str]:
        """Areas follow each other by what their files are called."""
        titles = [file.resource["title"] for file in self.files if file.resource.get("title")]
        return (min(titles, default="~"), self.place)


class Folder:
    """A recipient's folder.

    Parameters:
        path: with datapackage.json and the CSVs.
        entries: what manifest.json says of each file but itself and the page.
        not_written: what it says of files that were asked for and could not be: `path`, `why`, and the path
            to take `instead`.
    """

    def __init__(
        self, path: Path, entries: Iterable[dict[str, Any]], not_written: Iterable[dict[str, str]] = ()
    ) -> None:
        self._path = path
        self.not_written = list(not_written)
        self.package = read_json(path / "datapackage.json") or {}
        resources = {resource["path"]: resource for resource in self.package.get("resources", [])}
        self.files = [
            File(
                entry["path"],
                entry["bytes"],
                entry["rows"],
                resources.get(entry["path"], {}),
                _values_in_path(entry["path"], resources.get(entry["path"], {}).get("pathTemplate")),
            )
            for entry in sorted(entries, key=lambda entry: entry["path"])
        ]
        self._by_path = {file.path: file for file in self.files}

    @cached_property
    def groups(self) -> list[Group]:
        """The files by area and role, without those at the top of the folder."""
        roles: dict[str, str | None] = {}
        for file in self.files:
            template = file.resource.get("pathTemplate", "").split("/")
            if len(template) > 1:
                at = template.index(f"{{{_ROLE}}}") if f"{{{_ROLE}}}" in template else 0
                roles["/".join(file.path.split("/")[: at + 1])] = file.values.get(_ROLE)
        found: dict[str, list[File]] = {}
        for file in self.files:
            parts = file.path.split("/")
            places = ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
            if places:
                place = next((place for place in places if place in roles), places[-1])
                found.setdefault(place, []).append(file)
        groups = [Group(place, roles.get(place), tuple(files)) for place, files in found.items()]
        return sorted(groups, key=lambda group: group.order)

    def has(self, path: str) -> bool:
        """Whether the folder has such a file."""
        return path in self._by_path

    def rows(self, path: str, where: Iterable[dict[str, Any]] = ({},)) -> list[Row]:
        """Read a CSV: figures with the digits that were published, texts as a page can show them.

        Parameters:
            where: rows are left out that none of these chooses: a value, or a list of such, by column.
        """
        fields = self._by_path[path].resource.get("schema", {}).get("fields", [])
        kinds = {field["name"]: field["type"] for field in fields}
        wanted = list(where)
        return [
            {name: _value(cell, kinds.get(name, "string")) for name, cell in row.items()}
            for row in _records(self._path / path)
            if any(is_chosen(row, chosen) for chosen in wanted)
        ]

    def names(self, column: str) -> dict[str, str]:
        """Give what the codes in a column are called, where the folder has a list of them."""
        file = self._code_lists.get(column)
        if file is None:
            return {}
        key = (file.resource["hash"], column)
        if key not in _names:
            _names[key] = {row[column]: shown(row["name"]) for row in _records(self._path / file.path)}
        return _names[key]

    @cached_property
    def _code_lists(self) -> dict[str, File]:
        """The files that say what the codes of one column are called."""
        found = {}
        for file in self.files:
            schema = file.resource.get("schema", {})
            key = schema.get("primaryKey", [])
            if len(key) == 1 and any(field["name"] == "name" for field in schema["fields"]):
                found[key[0]] = file
        return found


# The code lists are the same for every recipient: by their hash.
_names: dict[tuple[str, str], dict[str, str]] = {}


def is_chosen(row: Row, where: dict[str, Any]) -> bool:
    """Whether a row has these values, as they stand in the CSV."""
    return all(
        row.get(name) in (value if isinstance(value, list) else [value]) for name, value in where.items()
    )


def _records(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
        for row in rows:
            yield dict(zip(header, row, strict=True))


def shown(text: str) -> str:
    """Give a text as the page shows it: on one line, cut where long, and turning no other text round."""
    if len(text) <= LONGEST and text.isascii() and text.isprintable():
        return " ".join(text.split())
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    plain = [" " if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") else sign for sign in cut]
    line = re.sub(r"\s+", " ", "".join(plain)).strip()
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in line):
        return f"{_ISOLATE}{line}{_END_ISOLATE}"
    return line


def _value(cell: str | None, kind: str) -> Any:
    if cell is None or cell == "":
        return None
    if kind == "integer":
        return int(cell)
    if kind == "number":
        return Decimal(cell)
    if kind == "boolean":
        return cell == "true"
    return shown(cell)


def _values_in_path(path: str, template: str | None) -> dict[str, str]:
    """Give the values of the columns that a file's path names."""
    found = _form_of(template or "").fullmatch(path)
    return found.groupdict() if found else {}


@cache
def _form_of(template: str) -> re.Pattern[str]:
    parts = Formatter().parse(template)
    return re.compile(
        "".join(re.escape(text) + (f"(?P<{name}>[^/]+)" if name else "") for text, name, *_ in parts)
    )
