"""The numbers of run.json: what came in and what became of it (docs/published.md, "run.json")."""

from typing import Any

import duckdb

from car.errors import one_line
from car.warehouse.catalogue import Catalogue
from car.warehouse.database import records

_GATE_REASONS = {
    "list_shrank": (
        "{feed}: the new list has {count:,} rows and the list before it {of_count:,}; it may be cut off, and"
        " whatever it lacks is unknown"
    ),
    "rows_quarantined": (
        "{feed}: {count:,} of {of_count:,} new rows ({share:.1%}) quarantined; of all rows: {quarantined}"
    ),
    "nothing_landed": (
        "nothing landed for {month}: no request and no alert starts in it, and no date= folder lies in it or"
        " after it"
    ),
}
_ROW_COUNTS = ("rows_read", "rows_after_as_of", "rows_accepted", "rows_superseded", "rows_quarantined")


def landing_facts(landing: dict[str, Any]) -> dict[str, Any]:
    """Take from the landing check's report what run.json says of files.

    Parameters:
        landing: `LandingReport.to_dict()`.
    """
    kept = ("files_found", "files_loaded", "files_rejected", "rejected", "drift", "drift_columns")
    feeds = {
        # The warehouse counts rows with a warning by its kind; what is odd about a file is in words.
        name: {key: feed[key] for key in kept} | {"warnings": {}, "file_warnings": feed["warnings"]}
        for name, feed in landing["feeds"].items()
    }
    return {"inputs": landing["inputs"], "feeds": feeds}


def add_row_facts(
    run: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    rejections: list[str],
) -> None:
    """Add what the warehouse counted to a run's facts, and why the quality gate holds the month back.

    Parameters:
        rejections: what `rejection_reasons` says of the files that are new in the month.
    """

    def rows(kind: str) -> list[dict[str, Any]]:
        return [row for relation in catalogue.run_json.get(kind, []) for row in records(connection, relation)]

    for row in rows("landing_counts"):
        feed = run["feeds"].setdefault(row["feed"], {"warnings": {}})
        feed.update({key: int(row[key]) for key in _ROW_COUNTS}, quarantined_by_reason={})
    for row in sorted(rows("landing_reasons"), key=lambda item: (item["feed"], item["reason"])):
        run["feeds"][row["feed"]]["quarantined_by_reason"][row["reason"]] = int(row["row_count"])
    for row in sorted(rows("landing_warnings"), key=lambda item: (item["feed"], item["warning"])):
        run["feeds"][row["feed"]]["warnings"][row["warning"]] = int(row["row_count"])
    for row in rows("landing_arrivals"):
        newest = row["newest_file_on"]
        run["feeds"].setdefault(row["feed"], {"warnings": {}}).update(
            newest_file_on=newest.isoformat() if newest else None,
            rows_in_month=int(row["rows_in_month"]),
            rows_month_before=row["rows_month_before"],
        )
    run.update(transforms=0, requests_counted=0, requests_not_counted={})
    for row in rows("request_counts"):
        if row["measure"] == "requests_not_counted":
            run["requests_not_counted"][str(row["report_status_id"])] = int(row["request_count"])
        else:
            run[row["measure"]] = int(row["request_count"])
    run["headline_figures"] = [
        {
            "headline": row["headline"],
            "count": int(row["figure_count"]),
            "share": None if row["figure_share"] is None else str(row["figure_share"]),
        }
        for row in sorted(rows("headlines"), key=lambda row: row["place"])
    ]
    if run["industry"]:
        run["industry"]["reports"] = sorted(
            (
                {
                    "report": row["report"],
                    "role": row["role"],
                    "changed_groups": int(row["changed_group_count"]),
                    "is_kept": bool(row["is_kept"]),
                }
                for row in rows("industry_reports")
            ),
            key=lambda item: (item["report"], item["role"]),
        )
    not_counted = sorted(run["requests_not_counted"].items(), key=lambda item: int(item[0]))
    run.update(requests_not_counted=dict(not_counted), feeds=dict(sorted(run["feeds"].items())))
    run["held_back"] = _held_back(run, rows("gate_reasons"), rejections)


def declared_releases(run: dict[str, Any]) -> set[tuple[str, int]]:
    """Name the releases from which a run took something, by month and version.

    Parameters:
        run: the content of run.json.
    """
    industry, report = run.get("industry") or {}, run.get("performance_report") or {}
    named = [(run.get("history") or {}).get("release")]
    named += [item.get("release") for item in industry.get("releases", [])]
    named += [item.get("from") for item in [*industry.get("reports", []), *report.get("parts", [])]]
    pairs = (name.split("/v") for name in named if name)
    return {(month, int(version)) for month, version in pairs}


def rejection_reasons(rejected: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Say in words that files which are new in the month were rejected; empty where none was.

    Parameters:
        rejected: these files by feed, as run.json lists them.
    """
    reasons = []
    for feed, files in rejected.items():
        first, count = files[0], len(files)
        what, more = ("file", "") if count == 1 else ("files", f" (the first of {count:,})")
        reasons.append(
            f"{feed}: {count:,} new {what} rejected; " + one_line(f"{first['file']}: {first['found']}{more}")
        )
    return reasons


def _held_back(run: dict[str, Any], rows: list[dict[str, Any]], rejections: list[str]) -> list[str]:
    """Say in words why the quality gate holds a month back; empty where it does not."""
    reasons: dict[str, list[str]] = {reason: [] for reason in _GATE_REASONS}
    for row in sorted(rows, key=lambda item: item["feed"] or ""):
        feed, count, of_count = row["feed"], int(row["row_count"]), int(row["of_count"])
        by_reason = run["feeds"].get(feed, {}).get("quarantined_by_reason", {})
        reasons[row["reason"]].append(
            _GATE_REASONS[row["reason"]].format(
                feed=feed,
                count=count,
                of_count=of_count,
                share=count / of_count if of_count else 0.0,
                month=run["reporting_month"],
                quarantined=", ".join(
                    f"{reason} {number:,}"
                    for reason, number in sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
                ),
            )
        )
    # A list that shrank makes much else unknown, so it is named first.
    return [*reasons.pop("list_shrank"), *rejections, *(text for texts in reasons.values() for text in texts)]


def industry_lines(run: dict[str, Any]) -> list[str]:
    """Say in a line per report and role whose industry figures stay as published; empty where none do."""
    reports = (run["industry"] or {}).get("reports", [])
    return [
        f"Industry figures of {item['report']}, {item['role']}, stay as published in {item['from']}:"
        f" too few corporate groups have changed rows ({item['changed_groups']})."
        for item in reports
        if item["is_kept"]
    ]


def arrival_lines(month: str, feeds: dict[str, dict[str, Any]]) -> list[str]:
    """Say in a line each what is odd about how a month's files arrived; empty where nothing is.

    Parameters:
        month: the reporting month, `YYYY-MM`.
        feeds: `feeds` of run.json, with the warnings that the warehouse gave.
    """
    lines = []
    for name, feed in feeds.items():
        told = feed["warnings"]
        if "days_without_file" in told:
            lines.append(
                f"{name}: no file landed in the last {told['days_without_file']} days of {month};"
                f" the newest is of {feed['newest_file_on']}."
            )
        for warning, few_or_many in (
            ("fewer_rows_than_month_before", "few"),
            ("more_rows_than_month_before", "many"),
        ):
            if warning in told:
                lines.append(
                    f"{name}: {told[warning]:,} rows landed in {month}, {few_or_many} beside the"
                    f" {feed['rows_month_before']:,} of the month before."
                )
    return lines


def as_simulated(feeds: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> bool:
    """Tell whether a run has counted the rows of each feed as the simulator says.

    Parameters:
        feeds: `feeds` of run.json.
        expected: `feeds` of simulation.json.
    """
    counts = (*_ROW_COUNTS, "quarantined_by_reason", "files_rejected")
    return all(feeds.get(name, {}).get(key) == feed[key] for name, feed in expected.items() for key in counts)


def ordered(run: dict[str, Any]) -> dict[str, Any]:
    """Give the content of run.json as it is read: what came of it first, long lists last."""
    feeds = run.get("feeds", {})
    odd = [line for name, feed in feeds.items() for line in _odd(name, feed)]
    named = ("outcome", "reporting_month", "version", "as_of", "run_id")
    begin = {key: run[key] for key in named if key in run}
    begin |= {"odd": [*run.get("held_back", []), *odd], "feeds": feeds}
    last = {key: run[key] for key in ("industry_manifest", "manifests", "inputs") if key in run}
    return {**begin, **{key: run[key] for key in run if key not in last and key not in begin}, **last}


def _odd(name: str, feed: dict[str, Any]) -> list[str]:
    """Say in a line each what to look at in a feed."""
    lines = []
    if feed.get("files_rejected"):
        lines.append(f"{name}: {feed['files_rejected']:,} files rejected")
    if feed.get("rows_quarantined"):
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in feed["quarantined_by_reason"].items())
        lines.append(
            f"{name}: {feed['rows_quarantined']:,} of {feed['rows_read']:,} rows quarantined: {reasons}"
        )
    if feed.get("drift"):
        lines.append(f"{name}: columns that are not in the contract")
    odd_files = len(feed.get("file_warnings", []))
    if odd_files:
        lines.append(f"{name}: {odd_files:,} warnings of its files")
    return lines + [f"{name}: {warning} {rows:,}" for warning, rows in feed.get("warnings", {}).items()]


def simulation_lines(expected: dict[str, Any]) -> list[str]:
    """Say what a run must find in a simulated landing zone: by feed, by reason, and of the month."""
    lines = [f"What a run must find (as-of {expected['as_of']}):", *feed_lines(expected["feeds"])]
    for name, feed in expected["feeds"].items():
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in feed["quarantined_by_reason"].items())
        if reasons:
            lines.append(f"  {name}, quarantined: {reasons}")
    not_counted = sum(expected["requests_not_counted"].values())
    lines.append(
        f"  requests of the month: {expected['transforms']:,} transforms,"
        f" {expected['requests_counted']:,} counted, {not_counted:,} not counted"
    )
    return lines


def feed_lines(feeds: dict[str, dict[str, Any]]) -> list[str]:
    """Say in a line per feed what became of its rows; feeds without files or rows are left out."""
    lines = []
    for name, feed in feeds.items():
        if not feed.get("rows_read"):
            continue
        parts = [f"{feed['rows_read']:,} rows read", f"{feed['rows_accepted']:,} accepted"]
        for key, word in (
            ("rows_superseded", "superseded"),
            ("rows_quarantined", "quarantined"),
            ("rows_after_as_of", "after the as-of instant"),
        ):
            if feed[key]:
                parts.append(f"{feed[key]:,} {word}")
        lines.append(f"  {name}: {', '.join(parts)}")
    return lines
