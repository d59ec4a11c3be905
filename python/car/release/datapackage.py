"""datapackage.json: what each CSV of a recipient holds, as a Frictionless Data Package."""

from collections.abc import Iterable, Mapping
from typing import Any

from car.release.export import PublishedFile
from car.release.places import INDUSTRY
from car.warehouse.catalogue import Publication
from car.warehouse.declaration import LEADING_COLUMNS, WITHHELD, Column

CHANGES_COLUMNS = (
    Column("file", "varchar", "Path of the file, relative to this folder"),
    Column(
        "key",
        "varchar",
        "The row: `column=value` of each column that tells the rows of the file apart, joined by `; `; in a"
        " value `\\` is written `\\\\`, and `;` is written `\\;`; empty where a file or column is meant",
    ),
    Column(
        "change",
        "varchar",
        "`changed` (a cell), `row added`, `row removed`, `column added`, `column removed`, `file added` or"
        " `file removed`",
    ),
    Column("column", "varchar", "The column that is meant; empty where a whole row or file is"),
    Column("old", "varchar", "The cell in the version before; empty where it was empty or not there"),
    Column("new", "varchar", "The cell in this version; empty where it is empty or not there"),
)

_TYPES = {
    "varchar": "string",
    "text": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "tinyint": "integer",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "hugeint": "integer",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "numeric": "number",
}


def field_type(data_type: str) -> str:
    """Give the Frictionless type of a column of the contract, e.g. `number` for `decimal(9, 6)`."""
    return _TYPES.get(data_type.split("(")[0].strip().lower(), "string")


def _field(column: Column) -> dict[str, Any]:
    is_number = column.is_number_as_text
    field: dict[str, Any] = {
        "name": column.name,
        "type": "number" if is_number else field_type(column.data_type),
    }
    if field["type"] == "datetime":
        field["format"] = "%Y-%m-%dT%H:%M:%SZ"
    if column.description:
        field["description"] = column.description
    if column.unit:
        field["unit"] = column.unit
    if column.shows != "nothing" and not is_number:
        field["shows"] = column.shows
    if not column.portal:
        field["portal"] = False
    if column.combines is not None:
        field["combines"] = column.combines
    return field | _announced(column)


def _announced(what: Column | Publication) -> dict[str, str]:
    """Say of a file or column since when, and until when, it is published; nothing where that is not said."""
    told = {"since": what.since, "retires": what.retires, "instead": what.instead}
    return {key: value for key, value in told.items() if value is not None}


def resource(
    path: str,
    title: str,
    description: str,
    columns: Iterable[Column],
    size_bytes: int,
    sha256: str,
    key: Iterable[str] = (),
    cell: Iterable[str] = (),
    template: str | None = None,
) -> dict[str, Any]:
    """Describe one CSV.

    Parameters:
        path: relative to the party's folder.
        key: columns by which no two rows are alike; empty where rows may be equal.
        cell: columns that say what a row is about; told where they are others than those of the key, without
            month, party and role.
        template: the path with the names of columns in place of their values, where there is more than one
            such file.
    """
    stem = path.removesuffix(".csv").lower()
    content: dict[str, Any] = {
        "name": "".join(char if char.isalnum() or char in "._-" else "-" for char in stem),
        "path": path,
        "title": title,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size_bytes,
        "hash": f"sha256:{sha256}",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "schema": {"fields": [_field(column) for column in columns], "missingValues": [""]},
    }
    if key := list(key):
        content["schema"]["primaryKey"] = key
        if (cell := list(cell)) != [name for name in key if name not in LEADING_COLUMNS]:
            content["schema"]["cell"] = cell
    if template is not None:
        content["pathTemplate"] = template
    if description:
        content["description"] = " ".join(description.split())
    return content


def for_readers(publication: Publication) -> dict[str, Any]:
    """Say of a file what its reader finds it by; and the figures of it that are shown first.

    A figure says which flag of its row tells that the industry's was withheld.
    """
    flags = [column.name for column in publication.columns if column.industry == WITHHELD]
    headlines = [
        {**headline, **({"withheld": flags[0]} if flags and "industry" in headline else {})}
        for headline in publication.headlines
    ]
    return {
        **({"about": publication.about} if publication.about else {}),
        **({"question": publication.question} if publication.question else {}),
        **({"headlines": headlines} if headlines else {}),
        **_announced(publication),
    }


_KEPT_REPORT = "Figures are left as published where too few have changed: {}."


def _kept_figures(files: Iterable[PublishedFile], kept: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """Say which files of a recipient show the industry as an earlier release did; nothing where none does."""
    owed = sorted({(file.publication.report, file.role) for file in files} & set(kept))
    if not owed:
        return {}
    told = ", ".join(f"{report} as {role} (as in {kept[report, role]})" for report, role in owed)
    return {
        "description": "Only own figures are restated; industry figures, ranks and league tables are left as"
        f" published: {told}."
    }


def datapackage(
    party_id: str,
    month: str,
    version: int | None,
    files: Iterable[PublishedFile],
    extra: Iterable[dict[str, Any]] = (),
    kept: Mapping[tuple[str, str], str] | None = None,
    kept_parts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Describe a recipient's folder: nothing in that of a party depends on other parties' rows.

    Parameters:
        party_id: the party; `INDUSTRY` for the industry's report.
        version: of the release; None for a preview.
        extra: further resources, e.g. that of changes.csv.
        kept: by report and role, the earlier release whose industry figures a restatement left as they were;
            the same for every recipient of that role.
        kept_parts: by part of the industry's report, the earlier release whose figures were left as they
            were.
    """
    files = list(files)
    edition = "preview" if version is None else f"version {version}"
    name, title = f"customer-analytics-{party_id.lower()}", f"Customer Analytics Reporting for {party_id}"
    is_industry = party_id == INDUSTRY
    told = ", ".join(f"{part} (as in {origin})" for part, origin in sorted((kept_parts or {}).items()))
    if is_industry:
        name, title = "performance-measurement-report", "Performance Measurement Report of the industry"
    return {
        "profile": "tabular-data-package",
        "name": f"{name}-{month}",
        "title": f"{title}, {month}, {edition}",
        **({"description": _KEPT_REPORT.format(told)} if is_industry and told else {}),
        **_kept_figures(files, kept or {}),
        "resources": [
            resource(
                file.path,
                file.publication.title,
                file.publication.description,
                file.publication.columns,
                file.size_bytes,
                file.sha256,
                file.publication.file_key,
                file.publication.file_cell,
                file.publication.path,
            )
            | for_readers(file.publication)
            for file in files
        ]
        + list(extra),
    }
