"""Makes what the page says: plain data for its template. Each figure is a cell, a count, a sum or a ratio."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from car.edition import Edition
from car.page.folder import File, Folder, Group, Row, is_chosen, shown
from car.reports.definition import Report, common, reports
from car.reports.words import count, percent, plain, rendered, seconds, size
from car.warehouse.declaration import CELL_IN_WORDS

_FINDINGS = 3
_WITHHELD = "withheld"
_ABSENT = "\N{EN DASH}"
_FORMATS = {".pdf": "PDF", ".xlsx": "XLSX", ".parquet": "Parquet", ".csv": "CSV"}


class Change(Protocol):
    """How often one file has one kind of change."""

    @property
    def file(self) -> str:
        """Its path."""

    @property
    def change(self) -> str:
        """The kind, as changes.csv names it."""

    @property
    def lines(self) -> int:
        """Lines of changes.csv: of changed rows one per cell."""

    @property
    def rows(self) -> int:
        """The rows that they are about."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that came or went."""


@dataclass(frozen=True)
class Before:
    """What this version is compared with.

    Attributes:
        version: the one before.
        as_of: its instant, as run.json has it.
        changes: what became of each file since.
    """

    version: int
    as_of: str | None
    changes: tuple[Change, ...]


def content(party_id: str, folder: Folder, edition: Edition, before: Before | None) -> dict[str, Any]:
    """Make what the page of a recipient's folder says.

    Parameters:
        before: None for a first version and a preview.
    """
    begin = date.fromisoformat(f"{edition.month}-01")
    of_role: dict[str | None, list[Group]] = {}
    for group in folder.groups:
        of_role.setdefault(group.role, []).append(group)
    known = list(common().roles)
    roles = sorted(
        (role for role in of_role if role is not None),
        key=lambda role: (known.index(role) if role in known else len(known), role),
    )
    return {
        "party_id": shown(party_id),
        "month": edition.month,
        "month_name": f"{begin:%B %Y}",
        "edition": "Preview" if edition.version is None else f"Version {edition.version}",
        "as_of": instant(edition.as_of),
        "is_provisional": _moment(edition.as_of) < _end_of(begin),
        "note": folder.package.get("description"),
        "roles": [_role(role, of_role[role], folder) for role in roles],
        "areas": [_area(group, folder) for group in of_role.get(None, [])],
        "announced": _announced(folder, edition.month),
        "top": [_file(file) for file in folder.files if "/" not in file.path],
        "before": None if before is None else _changes(before, folder),
    }


def _announced(folder: Folder, month: str) -> list[dict[str, str]]:
    """Tell of files and columns that are new with this month, or that go: once for all files of one kind."""
    told: dict[tuple[str, str], dict[str, str]] = {}
    for file in folder.files:
        kind = file.resource.get("pathTemplate", file.path)
        fields = file.resource.get("schema", {}).get("fields", [])
        for column, what in [("", file.resource), *((field["name"], field) for field in fields)]:
            words = []
            if what.get("since") == month:
                words.append("new with this month")
            if "retires" in what:
                instead = f"; then {what['instead']}" if "instead" in what else ""
                words.append(f"published up to {what['retires']}{instead}")
            if words:
                told[kind, column] = {"path": kind, "column": column, "words": "; ".join(words)}
    return [told[key] for key in sorted(told)]


def _role(role: str, groups: list[Group], folder: Folder) -> dict[str, Any]:
    headlines = [found for group in groups if (found := _headlines(group, folder))["figures"]]
    findings = [found for group in groups if (found := _findings(group, folder))]
    return {
        "role": role,
        "name": common().roles.get(role, role),
        "headlines": headlines,
        "findings": findings,
        "areas": [_area(group, folder) for group in groups],
    }


def _report_of(group: Group) -> Report | None:
    return next((report for report in reports() if report.folder == group.area), None)


def _title(group: Group) -> str:
    report = _report_of(group)
    return report.title if report else group.area.replace("_", " ").capitalize()


def _headlines(group: Group, folder: Folder) -> dict[str, Any]:
    """Give the figures that the group's files declare as those which are seen first."""
    figures, left_out = [], []
    for file in group.files:
        declared = file.resource.get("headlines", [])
        if not declared:
            continue
        units = {field["name"]: field.get("unit", "") for field in file.resource["schema"]["fields"]}
        rows = folder.rows(file.path, [headline.get("where", {}) for headline in declared])
        for headline in declared:
            chosen = [row for row in rows if is_chosen(row, headline.get("where", {}))]
            if "sum" in headline:
                figures.append(_summed(headline, chosen, units))
                continue
            if "largest" in headline:
                chosen.sort(key=lambda row: -(row[headline["largest"]] or 0))
            shown_rows = chosen[: headline.get("at_most", len(chosen))]
            figures += [_figure(headline, row, units) for row in shown_rows]
            if more := len(chosen) - len(shown_rows):
                left_out.append(_file(file) | {"more": count(more)})
    return {"title": _title(group), "figures": figures, "left_out": left_out}


def _figure(headline: dict[str, Any], row: Row, units: dict[str, str]) -> dict[str, str]:
    own, industry = headline["own"], headline.get("industry")
    told = _told(_words(headline["figure"], row), _number(row.get(own), units.get(own, "")))
    if "of" in headline:
        told["of"] = count(row.get(headline["of"]))
    if industry is not None:
        is_withheld = row.get(industry) is None and row.get(headline.get("withheld", ""))
        told["industry"] = _WITHHELD if is_withheld else _number(row.get(industry), units.get(industry, ""))
    if "place" in headline:
        told["place"] = _place(*(row.get(name) for name in headline["place"]))
    return told


def _summed(headline: dict[str, Any], rows: list[Row], units: dict[str, str]) -> dict[str, str]:
    """Give a sum over rows, or the ratio of two; nothing is shared out over nothing."""
    total = sum(row[name] or 0 for row in rows for name in headline["sum"])
    figure = headline["figure"]
    if "over" not in headline:
        return _told(figure, _number(total, units.get(headline["sum"][0], "count")))
    whole = sum(row[name] or 0 for row in rows for name in headline["over"])
    share = Decimal(total) / Decimal(whole) if whole else None
    return _told(figure, _number(share, "share"), count(whole))


def _told(figure: str, own: str, of: str = "") -> dict[str, str]:
    return {"figure": figure, "own": own, "of": of, "industry": "", "place": ""}


def _words(words: str, row: Row) -> str:
    return re.sub(CELL_IN_WORDS, lambda found: str(row.get(found[1]) or "none"), words)


def _number(value: Any, unit: str) -> str:
    if value is None:
        return _ABSENT
    if unit.startswith("share"):
        return percent(value)
    if unit in ("s", "seconds"):
        return seconds(value)
    return plain(value) if unit in ("", "count") else f"{plain(value)} {unit}"


def _place(first: int | None, last: int | None, of: int | None) -> str:
    """Say a place in the league, or the places that a tie takes."""
    if of is None:
        return _ABSENT
    if first is None:
        return f"not among the {of} ranked"
    return f"{first} of {of}" if last in (None, first) else f"{first} to {last} of {of}"


def _findings(group: Group, folder: Folder) -> dict[str, Any] | None:
    """Give the first findings of a group in the sentences of its report."""
    report = _report_of(group)
    path = report.findings_path(group.role) if report else ""
    if report is None or not folder.has(path):
        return None
    rows = folder.rows(path)
    sentences = [
        rendered(words["sentence"], **row, dimensions=common().dimensions, folder=report.folder)
        for row in rows[:_FINDINGS]
        if (words := common().findings.get(row["finding"]))
    ]
    return {
        "title": report.title,
        "sentences": sentences,
        "more": count(len(rows) - len(sentences)) if len(rows) > len(sentences) else "",
        "file": _file(next(file for file in group.files if file.path == path)),
    }


def _area(group: Group, folder: Folder) -> dict[str, Any]:
    """Tell of the files of a group: those to read, those to reckon with, and the ones that are many."""
    report = _report_of(group)
    stems = {file.stem for file in group.files if file.path.endswith(".csv")}
    documents = [file for file in group.files if not file.path.endswith(".csv") and file.stem not in stems]
    also = {}
    for file in group.files:
        if not file.path.endswith(".csv") and file.stem in stems:
            also.setdefault(file.stem, []).append(_file(file))
    lacking: dict[str, list[dict[str, str]]] = {}
    for told in folder.not_written:
        name, instead = (told[key].rpartition("/")[2] for key in ("path", "instead"))
        lacking.setdefault(told["path"].rpartition(".")[0], []).append(told | {"name": name, "take": instead})
    single = [file for file in group.files if file.path.endswith(".csv") and not file.split]
    many: dict[str, list[File]] = {}
    for file in group.files:
        if file.path.endswith(".csv") and file.split:
            many.setdefault(file.resource["pathTemplate"], []).append(file)
    return {
        "id": group.place.replace("/", "-"),
        "place": group.place,
        "role": group.role,
        "title": _title(group),
        "about": report.about.strip() if report else "",
        "question": report.question if report else "",
        "documents": [_file(file) for file in documents],
        "files": [_beside(file, also, lacking) for file in single],
        "many": [_many(files, folder, also, lacking) for files in many.values()],
    }


def _beside(
    file: File, also: dict[str, list[dict[str, Any]]], lacking: dict[str, list[dict[str, str]]]
) -> dict[str, Any]:
    """Tell of a CSV, and of the same in other formats."""
    return _file(file) | {"also": also.get(file.stem, []), "lacking": lacking.get(file.stem, [])}


def _many(
    files: list[File],
    folder: Folder,
    also: dict[str, list[dict[str, Any]]],
    lacking: dict[str, list[dict[str, str]]],
) -> dict[str, Any]:
    first = files[0]
    return {
        "place": first.path.rpartition("/")[0],
        "question": first.resource.get("question", ""),
        "about": first.resource.get("about", ""),
        "files": [
            _beside(file, also, lacking)
            | {
                "called": ", ".join(
                    name for column in file.split if (name := folder.names(column).get(file.values[column]))
                ),
            }
            for file in sorted(files, key=lambda file: [_natural(file.values[name]) for name in file.split])
        ],
    }


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Order codes as people count: 4.2 before 4.10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split(".")]


def _file(file: File) -> dict[str, Any]:
    name = file.path.rpartition("/")[2]
    return {
        "path": file.path,
        "name": name,
        "folder": file.path.rpartition("/")[0],
        "format": _FORMATS.get(f".{name.rpartition('.')[2]}", ""),
        "question": file.resource.get("question", ""),
        "about": file.resource.get("about") or file.resource.get("description", ""),
        "count": "" if file.rows is None else count(file.rows),
        "rows": "" if file.rows is None else _many_of(file.rows, "row"),
        "size": size(file.size_bytes),
        "also": [],
        "lacking": [],
        "called": "",
    }


def _many_of(number: int, what: str) -> str:
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def _changes(before: Before, folder: Folder) -> dict[str, Any]:
    """Tell what changed: a line per file, and one for all files of which there is one per code."""
    places = {file.path.rpartition("/")[0] for file in folder.files if file.split}
    by_line: dict[str, list[Change]] = {}
    for change in before.changes:
        place = change.file.rpartition("/")[0]
        by_line.setdefault(place if place in places else change.file, []).append(change)
    lines = []
    for path, changes in by_line.items():
        number = len({change.file for change in changes})
        lines.append(
            {
                "path": path,
                "is_there": folder.has(path),
                "count": _many_of(number, "file") if path in places else "",
                "words": _change_words(changes, is_one=path not in places),
            }
        )
    number = len({change.file for change in before.changes})
    return {
        "version": before.version,
        "as_of": instant(before.as_of) if before.as_of else "",
        "differ": f"{_many_of(number, 'file')} {'differs' if number == 1 else 'differ'}",
        "lines": lines,
        "has_lines": folder.has("changes.csv"),
    }


def _change_words(changes: Iterable[Change], is_one: bool) -> str:
    """Say what became of a file, or of several together.

    Parameters:
        is_one: all the changes are of one file.
    """
    of: dict[str, list[Change]] = {}
    for change in changes:
        of.setdefault(change.change, []).append(change)
    words = [
        f"the file is {verb}" if is_one else f"{_many_of(len(of[kind]), 'file')} {verb}"
        for verb, kind in _FILE_KINDS.items()
        if kind in of
    ]
    if changed := of.get("changed"):
        rows = _many_of(sum(change.rows for change in changed), "row")
        words.append(f"{_many_of(sum(change.lines for change in changed), 'cell')} in {rows} changed")
    words += [
        f"{_many_of(sum(change.rows for change in found), 'row')} {verb}"
        for verb in ("added", "removed")
        if (found := of.get(f"row {verb}"))
    ]
    for verb in ("added", "removed"):
        columns = sorted({column for change in of.get(f"column {verb}", []) for column in change.columns})
        if columns:
            words.append(f"column{'' if len(columns) == 1 else 's'} {verb}: {', '.join(columns)}")
    return "; ".join(words)


_FILE_KINDS = {"new": "file added", "gone": "file removed"}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def instant(text: str) -> str:
    """Write an instant as people read it."""
    moment = _moment(text)
    seconds_told = ":%S" if moment.second else ""
    return f"{moment.day} {moment.strftime(f'%B %Y, %H:%M{seconds_told}')} UTC"


def _end_of(begin: date) -> datetime:
    year, month = (begin.year + 1, 1) if begin.month == 12 else (begin.year, begin.month + 1)
    return datetime(min(year, 9999), month if year <= 9999 else 12, 1, tzinfo=UTC)
