"""Which CSVs are asked for in other formats: the seed format_requests, and what its patterns fit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from car.release.formats.tables import Table
from car.warehouse.catalogue import Catalogue
from car.warehouse.database import records

FORMATS = ("parquet", "xlsx")
_WILDCARDS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Request:
    """What a party asks for.

    Attributes:
        role: in files of this role alone; None: of any, and of none.
        pattern: a glob below the party's folder.
        format: one of `FORMATS`.
    """

    party_id: str
    role: str | None
    pattern: str
    format: str

    def fits(self, table: Table) -> bool:
        """Tell whether a CSV of the party is asked for."""
        path = re.fullmatch(_expression(self.pattern), table.path)
        return self.role in (None, table.role) and path is not None

    def __str__(self) -> str:
        role = f" as {self.role}" if self.role else ""
        return f"`{self.pattern}` of {self.party_id}{role} as {self.format}"


@dataclass(frozen=True)
class Asked:
    """What is asked for of a release.

    Attributes:
        formats: the formats of each CSV that is asked for in any, in the order of party and path.
        unanswered: a line for each request that no file answers.
    """

    formats: dict[Table, tuple[str, ...]]
    unanswered: tuple[str, ...] = ()

    def paths(self) -> set[tuple[str, str]]:
        """Give party and path of each file that is asked for."""
        return {
            (table.party_id, path_as(table, each)) for table, asked in self.formats.items() for each in asked
        }


def path_as(table: Table, format_name: str) -> str:
    """Give the path of a CSV in another format: beside it."""
    return f"{table.path.removesuffix('.csv')}.{format_name}"


def read_requests(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, month: str) -> list[Request]:
    """Read what is asked for in a month.

    Parameters:
        month: the reporting month, `YYYY-MM`.
    """
    if catalogue.format_requests is None:
        return []
    found = {
        Request(row["party_id"], row["role"] or None, row["path_pattern"], row["format"])
        for row in records(connection, catalogue.format_requests)
        if (row["from_month"] or month) <= month <= (row["to_month"] or month)
    }
    return sorted(found, key=lambda one: (one.party_id, one.pattern, one.format, one.role or ""))


def asked_for(requests: Iterable[Request], tables: Iterable[Table]) -> Asked:
    """Find the CSVs that the requests fit.

    Parameters:
        tables: all CSVs that may be asked for: those of the parties.
    """
    of_party: dict[str, list[Table]] = {}
    for table in sorted(tables, key=lambda table: (table.party_id, table.path)):
        of_party.setdefault(table.party_id, []).append(table)
    formats: dict[Table, set[str]] = {}
    unanswered = []
    for request in requests:
        own = of_party.get(request.party_id)
        fitting = [table for table in own or () if request.fits(table)]
        for table in fitting:
            formats.setdefault(table, set()).add(request.format)
        if own is None:
            unanswered.append(f"{request}: the party is owed nothing this month")
        elif not fitting:
            unanswered.append(f"{request}: none of its {len(own):,} files has such a path and role")
    ordered = sorted(formats.items(), key=lambda item: (item[0].party_id, item[0].path))
    return Asked({table: tuple(sorted(names)) for table, names in ordered}, tuple(unanswered))


def _expression(pattern: str) -> str:
    """Give the regular expression of a glob: `*` and `?` stay in a folder, `**` goes through folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return "".join(_WILDCARDS.get(part, re.escape(part)) for part in parts)
