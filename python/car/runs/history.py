"""Reads the run.json of every run of an output folder, and holds what each took against those before it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from car.jsonfile import read_json

# With so many runs before it, what a step usually takes is known well enough.
_USUAL_OF = 12
# Steps that take less vary by chance.
_LEAST_S = 1.0
_ODD_TIMES = 2.0
_INSTANT = "%Y%m%dT%H%M%SZ"
_ENDED_WELL = ("published", "unchanged", "awaits_approval", "dry_run")


@dataclass(frozen=True)
class StepOfRun:
    """What a step of a run took.

    Attributes:
        seconds: wall time (s).
        usual_s: the median of the runs before it that ended well; None where there is none.
        rows: that it worked on; None where that is not known.
    """

    name: str
    seconds: float
    usual_s: float | None
    rows: int | None

    @property
    def times_usual(self) -> float | None:
        """How many times as long as usual it took; None where that says nothing."""
        return self.seconds / self.usual_s if self.usual_s and self.usual_s >= _LEAST_S else None

    @property
    def is_odd(self) -> bool:
        """Whether it took at least twice as long as usual."""
        return (self.times_usual or 0) >= _ODD_TIMES


@dataclass(frozen=True)
class Run:
    """One run, as its run.json has it.

    Attributes:
        began_at: by its id; None where that tells no instant.
        why: the reasons of the quality gate.
        records: that landed; `accepted` of them were used.
        input_bytes: of the landing files.
        csv_files, csv_rows, csv_bytes: that were written; None where none was, or an older run did not count.
        code: the commit, and `engine`: what built the warehouse.
        versions: of the packages.
        news: what is other than in the run before: code, engine, versions of packages.
    """

    run_id: str
    began_at: datetime | None
    month: str
    outcome: str
    version: int | None
    as_of: str | None
    why: list[str]
    records: int
    accepted: int
    input_bytes: int
    recipients: int | None
    csv_files: int | None
    csv_rows: int | None
    csv_bytes: int | None
    code: str
    engine: str
    versions: dict[str, str]
    steps: list[StepOfRun]
    news: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """What all steps took together (s)."""
        return sum(step.seconds for step in self.steps)

    @property
    def usual_s(self) -> float | None:
        """What the steps usually take together; None where one is not known (s)."""
        usual = [step.usual_s for step in self.steps]
        return sum(usual) if usual and None not in usual else None

    @property
    def ended(self) -> str:
        """Say in words how it ended."""
        version = f" version {self.version}" if self.version else ""
        return f"{self.month}{version}, {self.outcome.replace('_', ' ')}"

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON holds of it."""
        steps = [
            {"step": step.name, "seconds": step.seconds, "usual_s": step.usual_s, "rows": step.rows}
            for step in self.steps
        ]
        began = None if self.began_at is None else f"{self.began_at:%Y-%m-%dT%H:%M:%SZ}"
        return {**vars(self), "began_at": began, "steps": steps, "seconds": round(self.seconds, 2)}


def read_runs(out: Path) -> tuple[list[Run], int]:
    """Read every run of an output folder, oldest first, and count those whose run.json cannot be read.

    Parameters:
        out: the output folder.
    """
    found = [read_json(path) for path in sorted((out / "runs").glob("*/run.json"))]
    runs: list[Run] = []
    took: dict[str, list[float]] = {}
    for content in found:
        if content is not None and isinstance(content.get("run_id"), str):
            run = _run(content, took)
            runs.append(replace(run, news=_news(run, runs[-1])) if runs else run)
            for step in run.steps if run.outcome in _ENDED_WELL else ():
                took.setdefault(step.name, []).append(step.seconds)
    return runs, len(found) - len(runs)


def _run(content: dict[str, Any], took: dict[str, list[float]]) -> Run:
    """Read the run.json of a run.

    Parameters:
        took: what each step took in the runs before it that ended well, oldest first (s).
    """
    inputs, feeds = content.get("inputs") or [], (content.get("feeds") or {}).values()
    records = sum(item.get("records") or 0 for item in inputs)
    accepted = sum(feed.get("rows_accepted") or 0 for feed in feeds)
    rows = {"check": records, "build": accepted, "publish": content.get("rows")}
    versions = content.get("package_versions") or {}
    return Run(
        run_id=content["run_id"],
        began_at=_instant(content["run_id"]),
        month=str(content.get("reporting_month")),
        outcome=str(content.get("outcome")),
        version=content.get("version"),
        as_of=content.get("as_of"),
        why=[str(reason) for reason in content.get("held_back") or []],
        records=records,
        accepted=accepted,
        input_bytes=sum(item.get("bytes") or 0 for item in inputs),
        recipients=content.get("recipients"),
        csv_files=content.get("files"),
        csv_rows=content.get("rows"),
        csv_bytes=content.get("csv_bytes"),
        code=str(content.get("code_version")),
        engine=str((content.get("engine") or {}).get("name", "")),
        versions=versions,
        steps=[
            StepOfRun(name, seconds, _usual(took.get(name, [])), rows.get(name))
            for name, seconds in (content.get("seconds") or {}).items()
        ],
    )


def _usual(took: list[float]) -> float | None:
    return median(took[-_USUAL_OF:]) if took else None


def _news(run: Run, before: Run) -> list[str]:
    """Say what another run of the same files may differ by."""
    old = {"code": before.code, "engine": before.engine, **before.versions}
    new = {"code": run.code, "engine": run.engine, **run.versions}
    return [
        f"{name} {old.get(name, 'none')} → {new.get(name, 'none')}"
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _instant(run_id: str) -> datetime | None:
    try:
        return datetime.strptime(run_id.partition("-")[0], _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None
