"""What is published: months, versions, what is in force and what was when, and what each version holds."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from car.errors import CarError, UsageFault, first_lines
from car.jsonfile import read_json
from car.release import industry, log
from car.release.described import csvs_among, formats_among, formats_words, reports_among
from car.release.places import INDUSTRY, folders_in
from car.release.receipts import last_receipts
from car.release.tree import AWAITS_APPROVAL, Month, months
from car.release.versions import held_words
from car.workspace import is_output_folder


def published(out: Path) -> list[dict[str, Any]]:
    """Give the published months with their versions, oldest first.

    Of a version of which a manifest cannot be read, `parties`, `files`, `reports` and `rows` are None.

    Raises:
        UsageFault: there is no such folder, or it is none that a run has written to.
    """
    refuse_other_folder(out)
    return [
        {**_month(month), "deliveries": _deliveries(out, month)} for month in months(out) if month.versions()
    ]


def refuse_other_folder(out: Path) -> None:
    """Refuse a folder that holds nothing of a run: then nobody has asked what was meant.

    Raises:
        UsageFault: there is no such folder, or it is none that a run has written to.
    """
    if not out.is_dir():
        raise UsageFault(f"There is no folder {out}.")
    if not is_output_folder(out):
        raise UsageFault(
            f"{out} is no output folder: no run has written to it. Name the folder that --out of car run had."
        )


def _month(month: Month) -> dict[str, Any]:
    begun = log.begun(month.path)
    try:
        switches, unreadable = log.read_log(month.path), None
    except CarError as error:
        switches, unreadable = [], str(error)
    current, held = month.current(), switches[-1] if switches and switches[-1].holds else None
    return {
        "reporting_month": month.name,
        "current": month.in_force(),
        "current_problem": None if month.never_in_force() else current.problem or None,
        "held": held.to_dict() if held else None,
        "awaits_approval": month.awaiting(),
        "versions": [_version(month, version, switches) for version in month.versions()],
        "log": [switch.to_dict() for switch in switches],
        "log_problem": unreadable,
        "interrupted": begun.to_dict() if begun else None,
    }


def _deliveries(out: Path, month: Month) -> dict[str, Any] | None:
    """Hold what was delivered against what is in force; None where nothing of the month ever was.

    Returns:
        `places` that got the version in force, `other` (recipient, to, version, is_whole): what each other
        place got last, and `not_delivered`: recipients of the version in force that got nothing.
    """
    receipts = last_receipts(out, month.name)
    if not receipts:
        return None
    in_force = month.in_force()
    folders = folders_in(month.version_path(in_force)) if in_force else {}
    others = [
        receipt
        for receipt in receipts.values()
        if receipt.version != in_force or receipt.delivered_at is None
    ]
    return {
        "places": len(receipts) - len(others),
        "other": [
            {
                "recipient": receipt.recipient,
                "to": receipt.to,
                "version": receipt.version,
                "is_whole": receipt.delivered_at is not None,
            }
            for receipt in others
        ],
        "not_delivered": sorted({*folders} - {INDUSTRY} - {recipient for recipient, _ in receipts}),
    }


def _version(month: Month, version: int, switches: list[log.Switch]) -> dict[str, Any]:
    try:
        listed = month.listed(version)
    except CarError:  # a manifest is gone, or cannot be read: what there is of the others is told
        listed = None
    run = read_json(month.version_path(version) / "run.json") or {}
    report = run.get("performance_report")
    if report and run.get("outcome") == AWAITS_APPROVAL:
        days = [date.fromisoformat(one.instant[:10]) for one in switches if one.to_version == version]
        report = industry.as_approved(report, days[0] if days else None)
    files = [file for party in (listed or {}).values() for file in csvs_among(party).values()]
    of_industry = (listed or {}).get(INDUSTRY)
    return {
        "version": version,
        "is_current": version == month.in_force(),
        "as_of": run.get("as_of"),
        "run_id": run.get("run_id"),
        "parties": None if listed is None else len(listed) - (of_industry is not None),
        "recipients": run.get("recipients"),
        "files": None if listed is None else len(files),
        "performance_report": report,
        "industry_files": None if of_industry is None else len(csvs_among(of_industry)),
        "rows": None if listed is None else sum(file["rows"] for file in files),
        "reports": None if listed is None else sum(map(reports_among, listed.values())),
        "formats": None
        if listed is None
        else formats_among(file for files in listed.values() for file in files),
    }


def status_lines(found: list[dict[str, Any]], out: Path) -> list[str]:
    """Say the same in words, a line per version and switch."""
    if not found:
        return ["Nothing is published yet."]
    lines = []
    for month in found:
        name = month["reporting_month"]
        lines.append(name)
        before = None
        for version in month["versions"]:
            lines.append(_version_line(version, before))
            lines += [f"    {line}" for line in industry.status_lines(version["performance_report"])]
            before = version["reports"]
        lines += [_switch_line(switch) for switch in month["log"]]
        if month["log_problem"]:
            lines.append(f"  {month['log_problem']}")
        if month["interrupted"]:
            begun = month["interrupted"]
            lines.append(
                f"  a switch to version {begun['to']} by {begun['by']} is under way or was interrupted: the"
                " next command that publishes ends it"
            )
        if month["current_problem"]:
            lines.append(f"  `current` {month['current_problem']}: {_way_out(month, out)}")
        if month["held"]:
            newest = month["versions"][-1]["version"]
            lines.append(
                f"  version {month['held']['to']} is {held_words(log.Switch.from_dict(month['held']))}:"
                f" {_approve(name, out)} ends that and puts version {newest} in force"
            )
        elif month["awaits_approval"]:
            lines.append(
                f"  version {month['awaits_approval']} awaits approval:"
                f" {_approve(name, out)} puts it in force"
            )
        lines += _delivery_lines(month, out)
    return lines


def _delivery_lines(month: dict[str, Any], out: Path) -> list[str]:
    """Say where what was delivered is not what is in force."""
    found = month["deliveries"]
    if found is None:
        return []
    in_force = month["current"]
    lines = [f"  delivered: version {in_force} to {found['places']:,} places"] * bool(found["places"])
    for version in sorted({other["version"] for other in found["other"]}):
        of_version = [other for other in found["other"] if other["version"] == version]
        broken = sum(not other["is_whole"] for other in of_version)
        named = ", ".join(first_lines(sorted({other["recipient"] for other in of_version})))
        lines.append(
            f"  delivered: not version {in_force} but {version} to {len(of_version):,} places"
            + (f" (broken off at {broken:,})" if broken else "")
            + f": {named}; `car deliver --out {out}` brings what is in force"
        )
    if found["not_delivered"]:
        named = ", ".join(first_lines(found["not_delivered"]))
        lines.append(f"  not delivered to {len(found['not_delivered']):,} recipients: {named}")
    return lines


def _version_line(version: dict[str, Any], reports_before: int | None) -> str:
    mark = " (current)" if version["is_current"] else ""
    begin = f"  version {version['version']}{mark}: as of {version['as_of']}, "
    if version["parties"] is None:
        return begin + "a manifest.json is gone or cannot be read: car verify names it"
    fewer = (reports_before or 0) - version["reports"]
    industry = version["industry_files"]
    return begin + (
        f"{version['parties']:,} parties, {version['files']:,} CSV files, {version['rows']:,} rows,"
        f" {version['reports']:,} PDF reports"
        + (f" ({fewer:,} fewer than before)" if fewer > 0 else "")
        + formats_words(version["formats"])
        + (f"; with the industry's report of {industry:,} CSV files" if industry else "")
    )


def _switch_line(switch: dict[str, Any]) -> str:
    before = f" in place of {switch['from']}" if switch["from"] not in (None, switch["to"]) else ""
    instant = f"{switch['instant'][:19]}Z"
    return f"  from {instant}: version {switch['to']}{before}, by {switch['by']}: {switch['why']}"


def _approve(month: str, out: Path) -> str:
    return f"`car approve --out {out} --month {month} --by NAME`"


def _way_out(month: dict[str, Any], out: Path) -> str:
    name, versions = month["reporting_month"], [version["version"] for version in month["versions"]]
    return (
        "the next run of the month, or car rollback, makes it a link again where it can tell the version;"
        f" else `car rollback --out {os.fspath(out)} --month {name} --to {versions[-1]}` puts one in force"
    )
