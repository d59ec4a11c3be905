"""What a recipient's folder may hold, as the published files declare it: which files, and what columns show.

Nothing is listed here. Files and columns are those of dbt's manifest, the roles of a report are those of
seeds/report_entitlements.csv, and reports are those that python/car/reports draws.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from reference.contract import PATTERNS

from car.page.index import INDEX
from car.reports.definition import reports
from car.reports.draw import REPORT_FILE
from car.warehouse.catalogue import Publication, read_catalogue
from car.warehouse.declaration import column_of

REPOSITORY = Path(__file__).resolve().parents[2]
# What every recipient gets beside its reports; the last one from the second version of a month on.
OF_EVERY_RECIPIENT = (INDEX, "manifest.json", "datapackage.json", "changes.csv")
PATH = "path"


class Sight(NamedTuple):
    """Who may see a string: a recipient in a role, in a report of its own, where a column shows such strings.

    Attributes:
        role: None where it is told whatever the role, in a file of no report.
        report: what the recipient is owed, e.g. `business_process`; None of a file of no report.
        shows: what the string tells of, e.g. `own_device`, as columns declare it.
    """

    party: str
    role: str | None
    report: str | None
    shows: str


@dataclass(frozen=True)
class PublishedFile:
    """The files of one exposure.

    Attributes:
        form: of their paths below the recipient's folder.
        shows: what each column tells of, also one that stands in the path alone.
        in_path: the columns that tell one file from another, without party and role.
        roles: that are owed the report; none of a file of no report, which every recipient gets.
    """

    publication: Publication
    form: re.Pattern[str]
    shows: dict[str, str]
    in_path: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def path(self) -> str:
        """The template of the path."""
        return self.publication.path

    def folders(self) -> set[str]:
        """The folder of each role, in which the report is drawn."""
        area = self.path.partition("/")[0]
        return {f"{area}/{role}" for role in self.roles}

    def shown_to(self, role: str | None, sights: Iterable[Sight]) -> set[str]:
        """Columns in which strings may stand that are seen so; `path`: and in the name of the file."""
        told = {
            sight.shows for sight in sights if (sight.role, sight.report) == (role, self.publication.report)
        }
        columns = {column for column, shows in self.shows.items() if shows in told}
        return columns | ({PATH} if columns & {*self.in_path} else set())


@dataclass(frozen=True)
class Places:
    """All places of a recipient's folder."""

    files: tuple[PublishedFile, ...]
    _found: dict[str, tuple[PublishedFile, str | None] | None] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, manifest_path: Path) -> Places:
        """Read what dbt's manifest.json declares of the parties' files.

        Those of the industry's report are of no party, and lie in no party's folder.
        """
        nodes = json.loads(manifest_path.read_text(encoding="utf-8"))["nodes"]
        owed = roles_of_reports()
        return cls(
            tuple(
                _published_file(
                    publication, nodes[publication.node]["columns"], owed.get(publication.report or "", ())
                )
                for publication in read_catalogue(manifest_path).publications
                if not publication.is_industry
            )
        )

    def file_of(self, name: str) -> tuple[PublishedFile, str | None] | None:
        """The exposure and the role of a file of a recipient's folder."""
        if name not in self._found:
            found = [
                (file, match.groupdict().get("role"))
                for file in self.files
                if (match := file.form.fullmatch(name))
            ]
            assert len(found) < 2, f"two published files have the name {name}"
            self._found[name] = found[0] if found else None
        return self._found[name]

    def columns(self, name: str, sights: Iterable[Sight]) -> set[str]:
        """Columns of a file in which a string may stand that is seen so; `path`: and in its name."""
        found = self.file_of(name)
        return found[0].shown_to(found[1], sights) if found else set()

    def name_files(self, sights: Iterable[Sight]) -> bool:
        """Whether a string that is seen so may be a part of the name of some file."""
        sights = list(sights)
        return any(PATH in file.shown_to(sight.role, sights) for file in self.files for sight in sights)

    def drawn_in(self, folder: str, sights: Iterable[Sight]) -> bool:
        """Whether a string that is seen so may stand in some file that the report of a folder reads.

        These are the files of the folder, and the code lists, which every recipient gets.
        """
        role, sights = folder.rpartition("/")[2], list(sights)
        return any(
            (folder in file.folders() and file.shown_to(role, sights))
            or (file.path.startswith("reference/") and file.shown_to(None, sights))
            for file in self.files
        )

    def told_on_page(self, sights: Iterable[Sight]) -> bool:
        """Whether a string that is seen so may stand on the page of the folder: in some file, or its name."""
        sights = list(sights)
        return any(file.shown_to(sight.role, sights) for file in self.files for sight in sights)

    def strange_files(self, folder: Path) -> list[str]:
        """Files in a party's folder, or what else is there, that no party gets."""
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
        known = {*OF_EVERY_RECIPIENT, *self.drawn()}
        return sorted(name for name in names if name not in known and not self.file_of(name))

    def drawn(self) -> set[str]:
        """Every report that is drawn for some role."""
        drawn = {report.folder for report in reports()}
        return {
            f"{folder}/{REPORT_FILE}"
            for file in self.files
            for folder in file.folders()
            if folder.partition("/")[0] in drawn
        }

    def declared_otherwise(self, path: str, column: str, shows: str) -> Places:
        """The same, but that a column declares to show something else."""
        return Places(
            tuple(
                replace(file, shows={**file.shows, column: shows}) if file.path == path else file
                for file in self.files
            )
        )


def roles_of_reports() -> dict[str, tuple[str, ...]]:
    """Which roles are owed each report."""
    owed: dict[str, tuple[str, ...]] = {}
    with (REPOSITORY / "seeds" / "report_entitlements.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            owed[row["report"]] = (*owed.get(row["report"], ()), row["role"])
    return owed


def _published_file(
    publication: Publication, columns: dict[str, dict[str, object]], roles: tuple[str, ...]
) -> PublishedFile:
    in_path = tuple(name for name in publication.split if name not in ("party_id", "role"))
    shows = {column.name: column.shows for column in publication.columns}
    shows |= {name: column_of(columns[name]).shows for name in in_path}
    form = ""
    for text, name, _, _ in Formatter().parse(publication.path):
        form += re.escape(text)
        if name == "role":
            form += f"(?P<role>{'|'.join(roles)})"
        elif name:
            form += f"({PATTERNS[name].pattern})" if name in PATTERNS else r"[^/]+"
    return PublishedFile(publication, re.compile(form), shows, in_path, roles)
