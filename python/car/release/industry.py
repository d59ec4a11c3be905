"""What a run says of the industry's report: whether it goes out, its checks, its deadline, its commentary.

All of it stands in run.json as `performance_report`.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from car.warehouse.catalogue import Catalogue
from car.warehouse.database import quote_name, records
from car.warehouse.industry import FailedCheck

NO_INDUSTRY, PARTIES_ONLY = "--no-industry", "--parties-only"
# The columns of a file of the report that say of a row whether commentary is asked for, and was supplied.
_REQUIRED, _GIVEN = "commentary_required", "commentary_given"
_DEADLINE, _RESTATEMENT = "industry_deadline", "industry_restatement"
_DAYS = ("due_on", "sec_due_on", "as_of_on")
_WORKING_DAY = "as_of_working_day"
_NAMED = 5


def new_facts(with_industry: bool, parties_only: bool) -> dict[str, Any]:
    """Give what run.json says before anything is built.

    Parameters:
        with_industry: the report is built.
        parties_only: the report is built, and not published.
    """
    left_out_by = NO_INDUSTRY if not with_industry else PARTIES_ONLY if parties_only else None
    return {
        "left_out_by": left_out_by,
        "files": None,
        "failed_checks": [],
        "parts": [],
        **dict.fromkeys((*_DAYS, _WORKING_DAY)),
        "published_on": None,
        "is_late": None,
        "late": [],
        "without_commentary": [],
    }


def is_published(run: dict[str, Any]) -> bool:
    """Whether a run publishes the report, where the project has one."""
    return not (run.get("performance_report") or {}).get("left_out_by")


def add_checks(report: dict[str, Any], checks: Iterable[FailedCheck]) -> None:
    """Add what the checks of the report found."""
    report["failed_checks"] = [check.to_dict() for check in checks]


def add_facts(
    run: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    feeds: Iterable[str],
    origin: Callable[[str], str | None] | None = None,
) -> None:
    """Add what the warehouse says of the report: when it is due, and which figures lack commentary.

    Parameters:
        feeds: those that the report rests on.
        origin: given a part of the report, names the release from which the figures come that a restatement
            may keep; None where none was published.
    """
    report = run["performance_report"]
    is_built = report["left_out_by"] != NO_INDUSTRY
    for relation in catalogue.run_json.get(_DEADLINE, []) if is_built else ():
        for row in records(connection, relation):
            report.update({name: row[name].isoformat() for name in _DAYS if row.get(name) is not None})
            report[_WORKING_DAY] = row.get(_WORKING_DAY)
    if is_published(run):
        for relation in catalogue.run_json.get(_RESTATEMENT, []) if origin is not None else ():
            report["parts"] = [
                {
                    "part": row["part"],
                    "changed_groups": int(row["changed_group_count"]),
                    "is_kept": bool(row["is_kept"]),
                    "from": origin(row["part"]) if row["is_kept"] else None,
                }
                for row in sorted(records(connection, relation), key=lambda row: row["part"])
                if row["is_kept"] or row["changed_group_count"]
            ]
        report["without_commentary"] = _without_commentary(connection, catalogue)
    report["late"] = _late_feeds(run["feeds"], feeds)


def _without_commentary(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> list[str]:
    """Name the rows of the report that ask for commentary and have none."""
    named = []
    for publication in catalogue.publications:
        names = {column.name for column in publication.columns}
        if not publication.is_industry or not {_REQUIRED, _GIVEN} <= names:
            continue
        cell = ", ".join(quote_name(name) for name in publication.file_cell)
        rows = connection.execute(
            f"select {cell} from {publication.relation}"
            f" where {quote_name(_REQUIRED)} and not coalesce({quote_name(_GIVEN)}, false) order by all"
        ).fetchall()
        named += [" ".join(str(value) for value in row if value not in (None, "ALL")) for row in rows]
    return named


def _late_feeds(feeds: dict[str, dict[str, Any]], of_report: Iterable[str]) -> list[str]:
    """Say which feeds of the report are late."""
    lines = []
    for name in of_report:
        feed = feeds.get(name, {})
        if not feed.get("files_loaded"):
            lines.append(f"{name}: no file")
        elif days := feed.get("warnings", {}).get("days_without_file"):
            lines.append(f"{name}: no file in the last {days} days of the month")
    return lines


def add_publication(report: dict[str, Any], today: date | None = None) -> None:
    """Add that the report goes out, where it has files, and whether that is late.

    Parameters:
        today: the day (UTC) on which it goes out.
    """
    if not report.get("files"):
        return
    day = today or datetime.now(UTC).date()
    report["published_on"] = day.isoformat()
    if report["due_on"]:
        after = (day - date.fromisoformat(report["due_on"])).days
        report["is_late"] = after > 0
        if after > 0:
            report["late"] = [f"the report: published {after} days after the due date", *report["late"]]


def as_approved(report: dict[str, Any], day: date | None) -> dict[str, Any]:
    """Give what is said of a version that awaited approval: its report goes out on the day of that.

    Parameters:
        report: as run.json has it, which no approval touches.
        day: on which the version was put in force first (UTC); None: it was not.
    """
    approved = dict(report)
    if day is not None:
        add_publication(approved, day)
    return approved


def held_back(run: dict[str, Any]) -> tuple[list[str], bool]:
    """Say which checks of the report hold the release back, and whether --force publishes it all the same.

    What stays as published is not what was reckoned: a check of the one against the other says nothing then.
    """
    report = run.get("performance_report") or {}
    if not is_published(run):
        return [], True
    checks = [
        check
        for check in report.get("failed_checks", [])
        if not (kept_parts(run) and check.get("is_of_reckoned"))
    ]
    return _check_lines(checks), all(check["is_lifted"] for check in checks)


def kept_parts(run: dict[str, Any]) -> dict[str, str]:
    """Tell which parts of the report are as an earlier release had them, and of which."""
    parts = (run.get("performance_report") or {}).get("parts", [])
    return {item["part"]: item["from"] for item in parts if item["is_kept"]}


def _check_lines(checks: Iterable[dict[str, Any]]) -> list[str]:
    lines = []
    for check in checks:
        told = "; ".join(check["says"]) or f"{check['rows']:,} rows go against it"
        mark = "" if check["is_lifted"] else " (--force does not lift this)"
        lines.append(f"industry's report, check {check['name']}{mark}: {told}")
    return lines


def kept_lines(run: dict[str, Any]) -> list[str]:
    """Say in a line per part of the report that its figures stay as published; empty where none do."""
    return [
        f"Figures of the industry's report on {item['part']} stay as published in {item['from']}:"
        f" too few corporate groups have changed rows ({item['changed_groups']})."
        for item in (run.get("performance_report") or {}).get("parts", [])
        if item["is_kept"]
    ]


def published_lines(run: dict[str, Any]) -> list[str]:
    """Say in words what becomes of the report; a line that asks for attention begins with `Warning`."""
    report = run.get("performance_report")
    if not report:
        return []
    if report["left_out_by"]:
        lines = [f"The industry's report is not published ({report['left_out_by']})."]
        return lines + [f"Warning: {line}" for line in _check_lines(report["failed_checks"])]
    if not report["files"]:
        return []
    lines = [f"Industry's report: {deadline_words(report)}."] if report["due_on"] else []
    if missing := report["without_commentary"]:
        lines.append(f"Warning: {commentary_words(missing)}")
    return lines


def deadline_words(report: dict[str, Any]) -> str:
    """Say when the report was due, and when it went out."""
    due = f"due {report['due_on']}"
    if report["sec_due_on"]:
        due += f" (by the Smart Energy Code {report['sec_due_on']})"
    if report["published_on"]:
        due += f", published {report['published_on']}, {'late' if report['is_late'] else 'in time'}"
    if report.get(_WORKING_DAY):
        due += f"; its data are as of Working Day {report[_WORKING_DAY]}"
    if report["as_of_on"] and report["as_of_on"] > report["due_on"]:
        due += f"; its data are as of {report['as_of_on']}, after that day"
    return due


def commentary_words(missing: list[str]) -> str:
    """Say which figures of the report lack commentary."""
    first = ", ".join(missing[:_NAMED])
    more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
    return f"commentary is asked for and was not supplied of {len(missing):,} figures: {first}{more}"


def status_lines(report: dict[str, Any] | None) -> list[str]:
    """Say in words, for a version, what its run.json says of the report."""
    if not report:
        return []
    if report.get("left_out_by"):
        lines = [f"without the industry's report ({report['left_out_by']})"]
        return lines + _check_lines(report.get("failed_checks", []))
    lines = [f"industry's report: {deadline_words(report)}"] if report.get("due_on") else []
    lines += [f"late: {line}" for line in report.get("late", [])]
    if missing := report.get("without_commentary"):
        lines.append(commentary_words(missing))
    return lines + _check_lines(report.get("failed_checks", []))


def switch_words(run: dict[str, Any]) -> str:
    """Say, for the log of the month, what was published."""
    left_out_by = (run.get("performance_report") or {}).get("left_out_by")
    return f"published without the industry's report ({left_out_by})" if left_out_by else "published"
