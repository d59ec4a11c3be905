"""What a recipient's folder says of its CSVs: their bytes in manifest.json, the rest in datapackage.json."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.jsonfile import read_json
from car.release.export import PublishedFile
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, place_of

CHANGES = "changes.csv"

# What a reader sees as one file, as the manifests of two versions name it: {path: file entry}.
Files = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class DescribedFile:
    """One CSV of a recipient, as its release describes it.

    Attributes:
        party_id: whose it is; `INDUSTRY` of a file of the industry's report.
        path: relative to the recipient's folder.
        location: the file itself.
        key: columns by which rows of two versions are put together, as declared: what a row is about; None
            where rows may be equal or nothing is declared.
        template: the path with the names of columns in place of their values; None in a release of before it
            was declared.
        title: what the file is called for readers.
        types: Frictionless type by column.
        shows: what a column tells of, e.g. `own_device`; not of columns that tell of nothing.
    """

    party_id: str
    path: str
    location: Path
    columns: tuple[str, ...]
    rows: int
    sha256: str
    key: tuple[str, ...] | None = None
    template: str | None = None
    title: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    shows: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The path below what the recipients have in common: a party's folder, or the release itself."""
        return f"{INDUSTRY_FOLDER}/{self.path}" if self.party_id == INDUSTRY else self.path

    @property
    def placed_template(self) -> str | None:
        """The template of `place`."""
        if self.party_id == INDUSTRY and self.template is not None:
            return f"{INDUSTRY_FOLDER}/{self.template}"
        return self.template


def listed_files(party_dir: Path) -> list[dict[str, Any]]:
    """Read from a published party's manifest which files it holds.

    Raises:
        CarError: the folder has no readable manifest.
    """
    try:
        manifest = json.loads((party_dir / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CarError(
            f"The release folder {party_dir} has no readable manifest.json. `car verify` names all that is"
            " not as it was published; `car rollback` puts a version that is whole in force."
        ) from error
    return manifest["files"]


def refused_files(party_dir: Path) -> list[dict[str, Any]]:
    """Read from a published party's manifest which files were asked for and could not be written."""
    return (read_json(party_dir / "manifest.json") or {}).get("not_written", [])


def csv_files(party_dir: Path) -> Files:
    """Read from a published party's manifest which CSVs it holds, without changes.csv; raises as above."""
    return csvs_among(listed_files(party_dir))


def csvs_among(files: Iterable[dict[str, Any]]) -> Files:
    """Pick the CSVs of a manifest's files, without changes.csv."""
    return {file["path"]: file for file in files if file["path"].endswith(".csv") and file["path"] != CHANGES}


def reports_among(files: Iterable[dict[str, Any]]) -> int:
    """Count the PDF reports of a manifest's files."""
    return sum(file["path"].endswith(".pdf") for file in files)


def formats_among(files: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Count the XLSX and Parquet files of a manifest's files."""
    paths = [file["path"] for file in files]
    return {name: sum(path.endswith(f".{name}") for path in paths) for name in ("xlsx", "parquet")}


def formats_words(counts: Mapping[str, int]) -> str:
    """Say how many XLSX and Parquet files there are, to be read after other counts; empty where none is."""
    named = {"XLSX": counts["xlsx"], "Parquet": counts["parquet"]}
    return "".join(f", {count:,} {name} file{'s' * (count > 1)}" for name, count in named.items() if count)


def described_files(party_dir: Path, party_id: str, files: Files | None = None) -> list[DescribedFile]:
    """Give a party's CSVs as its folder describes them.

    Parameters:
        party_id: what to call the party.
        files: what `csv_files` gave of the folder, where that is known.

    Raises:
        CarError: the folder has no readable manifest.
    """
    package = read_json(party_dir / "datapackage.json") or {}
    resources = {resource["path"]: resource for resource in package.get("resources", [])}
    described = []
    for path, file in (csv_files(party_dir) if files is None else files).items():
        resource = resources.get(path, {})
        schema = resource.get("schema", {})
        key = schema.get("cell", schema.get("primaryKey"))
        fields = schema.get("fields", [])
        described.append(
            DescribedFile(
                party_id,
                path,
                party_dir / path,
                tuple(file["columns"]),
                file["rows"],
                file["sha256"],
                key=None if key is None else tuple(key),
                template=resource.get("pathTemplate"),
                title=resource.get("title", ""),
                types={item["name"]: item["type"] for item in fields if "type" in item},
                shows={item["name"]: item["shows"] for item in fields if "shows" in item},
            )
        )
    return described


def of_published(files: Iterable[PublishedFile], release: Path) -> list[DescribedFile]:
    """Give CSVs that were just written, as their folder is going to describe them.

    Parameters:
        release: folder of the release that they were written into.
    """
    return [
        DescribedFile(
            file.party_id,
            file.path,
            release / place_of(file.party_id) / file.path,
            tuple(column.name for column in file.publication.columns),
            file.rows,
            file.sha256,
            key=file.publication.file_cell if file.publication.file_key else None,
            template=file.publication.path,
            title=file.publication.title,
        )
        for file in files
    ]
