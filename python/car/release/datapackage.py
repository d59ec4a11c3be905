"""datapackage.json: what each CSV of a recipient holds, as a Frictionless Data Package."""

from collections.abc import Iterable, Mapping
from typing import Any

from car.release.export import PublishedFile
from car.warehouse.declaration import Column

CHANGES_COLUMNS = (
    Column("file", "varchar", "Path of the file, relative to this folder"),
    Column(
        "change",
        "varchar",
        "`added` in this version, or `removed`: in the version before and not in this one",
    ),
    Column("row", "varchar", "The line of the CSV, as it stands there"),
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
    field: dict[str, Any] = {"name": column.name, "type": field_type(column.data_type)}
    if field["type"] == "datetime":
        field["format"] = "%Y-%m-%dT%H:%M:%SZ"
    if column.description:
        field["description"] = column.description
    if column.unit:
        field["unit"] = column.unit
    return field


def resource(
    path: str, title: str, description: str, columns: Iterable[Column], size_bytes: int, sha256: str
) -> dict[str, Any]:
    """Describe one CSV.

    Parameters:
        path: relative to the party's folder.
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
    if description:
        content["description"] = " ".join(description.split())
    return content


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
) -> dict[str, Any]:
    """Describe a recipient's folder: nothing in it depends on other parties' rows.

    Parameters:
        version: of the release; None for a preview.
        extra: further resources, e.g. that of changes.csv.
        kept: by report and role, the earlier release whose industry figures a restatement left as they were;
            the same for every recipient of that role.
    """
    files = list(files)
    edition = "preview" if version is None else f"version {version}"
    return {
        "profile": "tabular-data-package",
        "name": f"customer-analytics-{party_id.lower()}-{month}",
        "title": f"Customer Analytics Reporting for {party_id}, {month}, {edition}",
        **_kept_figures(files, kept or {}),
        "resources": [
            resource(
                file.path,
                file.publication.title,
                file.publication.description,
                file.publication.columns,
                file.size_bytes,
                file.sha256,
            )
            for file in files
        ]
        + list(extra),
    }
