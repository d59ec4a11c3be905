"""Leaves the numbers of a run in a text file, which Prometheus's node exporter collects."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from car.errors import UsageFault

_OUTCOMES: Final = ("published", "unchanged", "awaits_approval", "dry_run", "held_back", "failed")
_FATES: Final = ("read", "accepted", "superseded", "quarantined", "after_as_of")


def require() -> None:
    """See that what writes the file is installed; raises UsageFault."""
    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        raise UsageFault(
            "A file of metrics needs prometheus-client, which is not installed: `pip install 'car[notify]'`,"
            " or take [metrics] out of the configuration."
        ) from None


def write_metrics(run: dict[str, Any], file: Path, now: datetime | None = None) -> None:
    """Write the numbers of a run in place of those of the run before, in one step.

    Parameters:
        run: the content of run.json.
        file: its folder is there.
        now: when the run ended; None: now.

    Raises:
        OSError: it could not be written.
    """
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    def gauge(name: str, about: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"car_run_{name}", about, labels, registry=registry)

    names = ("reporting_month", "version", "run_id", "code_version")
    told = gauge("info", "The last run: what it was of, and by what.", names)
    told.labels(*(str(run.get(name) or "") for name in names)).set(1)
    outcomes = gauge("outcome", "1 for what became of it, 0 for all else.", ("outcome",))
    for outcome in _OUTCOMES:
        outcomes.labels(outcome).set(outcome == run["outcome"])
    ended = now or datetime.now(UTC)
    gauge("ended_timestamp_seconds", "When it ended.").set(ended.timestamp())
    steps = gauge("step_seconds", "Wall time of each step.", ("step",))
    for step, seconds in run.get("seconds", {}).items():
        steps.labels(step).set(seconds)
    rows = gauge("rows", "Rows of each feed by what became of them.", ("feed", "fate"))
    rejected = gauge("files_rejected", "Files of each feed that were rejected.", ("feed",))
    for feed, facts in run.get("feeds", {}).items():
        for fate in _FATES:
            if (count := facts.get(f"rows_{fate}")) is not None:
                rows.labels(feed, fate).set(count)
        rejected.labels(feed).set(facts.get("files_rejected") or 0)
    gauge("held_back_reasons", "Reasons of the quality gate.").set(len(run.get("held_back") or []))
    for name, key, about in (
        ("recipients", "recipients", "Parties that are owed a report."),
        ("csv_files", "files", "CSV files that were written."),
        ("csv_rows", "rows", "Their rows."),
        ("csv_bytes", "csv_bytes", "Their size."),
        ("pdf_reports", "reports", "PDF reports that were drawn."),
    ):
        if run.get(key) is not None:
            gauge(name, about).set(run[key])
    write_to_textfile(str(file), registry)
