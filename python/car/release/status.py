"""What is published: months, versions, which is in force, and how much each holds."""

from pathlib import Path
from typing import Any

from car.errors import CarError, UsageFault
from car.jsonfile import read_json
from car.release.described import Files
from car.release.rollback import rollbacks
from car.release.versions import Month


def published(out: Path) -> list[dict[str, Any]]:
    """Give the published months with their versions, oldest first.

    Of a version of which a manifest cannot be read, `parties`, `files` and `rows` are None.

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
    parties: dict[str, Files] | None
    try:
        parties = month.files_of(version)
    except CarError:  # a manifest is gone, or cannot be read: what there is of the others is told
        parties = None
    run = read_json(month.version_path(version) / "run.json") or {}
    files = [file for party in (parties or {}).values() for file in party.values()]
    return {
        "version": version,
        "is_current": version == month.in_force(),
        "as_of": run.get("as_of"),
        "run_id": run.get("run_id"),
        "parties": None if parties is None else len(parties),
        "recipients": run.get("recipients"),
        "files": None if parties is None else len(files),
        "rows": None if parties is None else sum(file["rows"] for file in files),
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
            holds = (
                "a manifest.json is gone or cannot be read: car verify names it"
                if version["parties"] is None
                else f"{version['parties']:,} parties, {version['files']:,} CSV files,"
                f" {version['rows']:,} rows"
            )
            lines.append(f"  version {version['version']}{mark}: as of {version['as_of']}, {holds}")
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
