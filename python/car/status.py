"""What is published: months, versions, which is in force, and how much each holds."""

from pathlib import Path
from typing import Any

from car.errors import UsageFault
from car.jsonfile import read_json
from car.release import Month
from car.rollback import rollbacks


def published(out: Path) -> list[dict[str, Any]]:
    """Give the published months with their versions, oldest first.

    Raises:
        UsageFault: there is no such folder.
    """
    if not out.is_dir():
        raise UsageFault(f"There is no folder {out}.")
    months = [Month(out, path.name) for path in sorted((out / "releases").glob("[0-9]*-[0-9]*"))]
    return [
        {
            "reporting_month": month.name,
            "current": month.in_force(),
            "versions": [_version(month, version) for version in month.versions()],
            "rollbacks": rollbacks(out, month.name),
        }
        for month in months
        if month.versions()
    ]


def _version(month: Month, version: int) -> dict[str, Any]:
    parties = month.files_of(version)
    run = read_json(month.version_path(version) / "run.json") or {}
    return {
        "version": version,
        "is_current": version == month.in_force(),
        "as_of": run.get("as_of"),
        "run_id": run.get("run_id"),
        "parties": len(parties),
        "recipients": run.get("recipients"),
        "files": sum(len(files) for files in parties.values()),
        "rows": sum(file["rows"] for files in parties.values() for file in files.values()),
    }


def status_lines(months: list[dict[str, Any]]) -> list[str]:
    """Say the same in words, a line per version and rollback."""
    if not months:
        return ["Nothing is published yet."]
    lines = []
    for month in months:
        lines.append(month["reporting_month"])
        for version in month["versions"]:
            mark = " (current)" if version["is_current"] else ""
            lines.append(
                f"  version {version['version']}{mark}: as of {version['as_of']},"
                f" {version['parties']:,} parties, {version['files']:,} CSV files, {version['rows']:,} rows"
            )
        for record in month["rollbacks"]:
            interrupted = "" if record["outcome"] == "done" else " (interrupted)"
            before = f"version {record['from_version']}" if record["from_version"] else "none"
            lines.append(
                f"  rolled back at {record['at'][:19]}Z: from {before} to version"
                f" {record['to_version']}{interrupted}"
            )
        if month["current"] is None:
            lines.append("  none is current: run the month again to put one in force")
    return lines
