"""What a bundle has of a recipient's folder: which tables, of which files, without which columns."""

import re
from dataclasses import dataclass
from typing import Any

from car.errors import CarError

_CSV = ".csv"
# What a folder has beside its areas, such as changes.csv.
ROOT = "release"
INDUSTRY = "industry"


@dataclass(frozen=True)
class BundleTable:
    """The files of one path template, which a bundle has as one table.

    Attributes:
        area: the schema: the first folder of the path; `release` at the root, `industry` of that report.
        name: of the file, or of the folder with a file per value.
        template: path with the names of columns in place of their values.
        title: what the file is called.
        description: grain and rules.
        about: what is in it, in a sentence.
        question: what it answers.
        key: the columns that tell rows apart; empty where rows may be equal.
        fields: the columns of the files that the portal may hold, as datapackage.json describes them; then
            those that stand in the path alone.
        withheld: the columns of the files that it may not hold.
        paths: of the files, in the order of datapackage.json.
    """

    area: str
    name: str
    template: str
    title: str
    description: str
    about: str
    question: str
    key: tuple[str, ...]
    fields: tuple[dict[str, Any], ...]
    withheld: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def in_path_alone(self) -> tuple[str, ...]:
        """The columns that stand in the path and not in the files."""
        return tuple(field["name"] for field in self.fields if field.get("inPath"))

    @property
    def in_files(self) -> tuple[dict[str, Any], ...]:
        """The fields that the files have."""
        return tuple(field for field in self.fields if not field.get("inPath"))


def tables_of(package: dict[str, Any], is_industry: bool) -> list[BundleTable]:
    """Give the tables that a bundle has of a folder, in the order of datapackage.json.

    Parameters:
        package: content of datapackage.json.
        is_industry: the folder is that of the industry's report.

    Raises:
        CarError: files of one template have not the same columns.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for resource in package["resources"]:
        if resource["path"].endswith(_CSV):
            groups.setdefault(resource.get("pathTemplate", resource["path"]), []).append(resource)
    return [_table(template, group, is_industry) for template, group in groups.items()]


def _table(template: str, group: list[dict[str, Any]], is_industry: bool) -> BundleTable:
    first = group[0]
    listed = first["schema"]["fields"]
    if any(resource["schema"]["fields"] != listed for resource in group):
        raise CarError(f"datapackage.json: the files of {template} have not all the same columns.")
    area, name = _place(template, is_industry)
    named = {field["name"] for field in listed}
    in_path = [column for column in re.findall(r"\{(\w+)\}", template) if column not in named]
    held = [field for field in listed if field.get("portal") is not False]
    key = first["schema"].get("primaryKey") or ()
    return BundleTable(
        area,
        name,
        template,
        first.get("title", template),
        first.get("description", ""),
        first.get("about", ""),
        first.get("question", ""),
        (*key, *in_path) if key else (),
        (*held, *({"name": column, "type": "string", "inPath": True} for column in in_path)),
        tuple(field["name"] for field in listed if field.get("portal") is False),
        tuple(resource["path"] for resource in group),
    )


def _place(template: str, is_industry: bool) -> tuple[str, str]:
    *folders, name = template.removesuffix(_CSV).split("/")
    plain = [folder for folder in folders if "{" not in folder]
    if is_industry:
        return (INDUSTRY if name != "changes" else ROOT), name
    if not plain:
        return ROOT, name
    return plain[0], plain[-1] if "{" in name else name
