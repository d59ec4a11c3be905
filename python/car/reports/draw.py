"""Makes the reports of many recipients side by side, and takes up where an interrupted run stopped."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from car.edition import Edition
from car.pool import in_processes
from car.reports.definition import PACKAGE, Report, industry_report, report_named, reports
from car.reports.document import compose
from car.reports.pdf import set_pdf
from car.reports.tables import Source
from car.theme.tokens import TOKENS

REPORT_FILE = "report.pdf"
# Typst and Vega keep what they have set: a process that lives for a whole month would hold it all.
_REPORTS_PER_PROCESS = 30
_LIBRARIES = ("duckdb", "fonttools", "jinja2", "pikepdf", "typst", "vl-convert-python")


@dataclass(frozen=True)
class Recipient:
    """A folder of a release that gets reports.

    Attributes:
        name: of the recipient: its folder's, or the word for the industry.
        folder: with its CSVs and datapackage.json.
        is_industry: it gets the industry's own report.
        before: the same folder in the release of the month before, which run.json declares; None: none is.
        reference: folder with the code lists.
        run: what run.json says of the release, without what differs from run to run.
    """

    name: str
    folder: Path
    is_industry: bool = False
    before: Path | None = None
    reference: Path | None = None
    run: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Task:
    """One report of one recipient.

    Attributes:
        path: of the report, below the recipient's folder.
        finished: where a report made of the same bytes is kept.
        weight_bytes: of the CSVs that it reads: the heaviest go first, so that the processes end together.
    """

    report: str
    recipient: str
    source: Source
    edition: Edition
    path: str
    graphs: Path
    finished: Path
    weight_bytes: int


def draw_reports(
    recipients: Iterable[Recipient],
    edition: Edition,
    work: Path,
    processes: int,
    progress: Callable[..., None] | None = None,
    into: Path | None = None,
) -> dict[str, list[str]]:
    """Draw every report of some recipients, each as `report.pdf` beside its CSVs.

    Parameters:
        work: keeps finished reports and drawn graphs, so that what was done is not done again; what this run
            did not need is removed from it.
        processes: reports made at a time.
        progress: called with (reports done, reports in all).
        into: gets a folder per recipient instead, with the reports alone.

    Returns:
        By recipient, the paths of its reports in its folder.

    Raises:
        CarError: a report could not be made.
    """
    began = time.time()
    finished, graphs = work / "finished", work / "graphs"
    for folder in (finished, graphs):
        folder.mkdir(parents=True, exist_ok=True)
    recipients = list(recipients)
    targets = {one.name: into / one.folder.name if into else one.folder for one in recipients}
    tasks = [task for one in recipients for task in _tasks(one, edition, finished, graphs)]
    waiting = [task for task in tasks if not task.finished.exists()]
    done = len(tasks) - len(waiting)
    if progress is not None:
        progress(done, len(tasks))
    _make(waiting, processes, lambda made: progress(done + made, len(tasks)) if progress else None)
    drawn: dict[str, list[str]] = {}
    for task in tasks:
        target = targets[task.recipient] / task.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(task.finished, target)
        drawn.setdefault(task.recipient, []).append(task.path)
    _forget(finished, {task.finished.name for task in tasks})
    _forget(graphs, {path.name for path in graphs.iterdir() if path.stat().st_mtime >= began - 1})
    return drawn


def chosen(recipients: Iterable[Recipient], number: int | None) -> list[Recipient]:
    """Choose recipients who between them get every kind of report, the ones with most kinds first.

    Parameters:
        number: how many parties, the industry's own report beside them; None: all.
    """
    every = sorted(recipients, key=lambda one: one.name)
    if number is None:
        return every
    left = [one for one in every if not one.is_industry]
    taken = [one for one in every if one.is_industry]
    kinds = {one.name: _kinds(one) for one in left}
    seen: set[str] = set()
    for _ in range(min(number, len(left))):
        best = max(left, key=lambda one: (len(kinds[one.name] - seen), len(kinds[one.name])))
        taken.append(best)
        seen |= kinds[best.name]
        left.remove(best)
    return sorted(taken, key=lambda one: one.name)


def _kinds(recipient: Recipient) -> set[str]:
    return {f"{report.folder}/{role}" for report, role in _owed(recipient)}


def _owed(recipient: Recipient) -> list[tuple[Report, str]]:
    """Give the reports that a recipient gets, with the role of each."""
    if recipient.is_industry:
        return [(industry_report(), "")]
    folders = [(report, recipient.folder / report.folder) for report in reports()]
    return [
        (report, entry.name)
        for report, folder in folders
        if folder.is_dir()
        for entry in sorted(folder.iterdir())
    ]


def _tasks(recipient: Recipient, edition: Edition, finished: Path, graphs: Path) -> list[_Task]:
    package = json.loads((recipient.folder / "datapackage.json").read_text(encoding="utf-8"))
    # A report may read the recipient's other files, those of the month before, and the code lists.
    files = {item["path"]: (item["hash"], item["bytes"]) for item in package["resources"]}
    read = [_digest(recipient.before / "manifest.json")] if recipient.before else []
    if recipient.reference and recipient.reference.parent != recipient.folder:
        read += [_digest(path) for path in sorted(recipient.reference.glob("*.csv"))]
    made_of_all = [_made_with(), asdict(edition), recipient.name, files, read, dict(recipient.run)]
    tasks = []
    for report, role in _owed(recipient):
        folder = f"{report.folder}/{role}" if role else ""
        made_of = [*made_of_all, report.name, role]
        key = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        tasks.append(
            _Task(
                report.name,
                recipient.name,
                Source(recipient.folder, role, recipient.before, recipient.reference, dict(recipient.run)),
                edition,
                f"{folder}/{REPORT_FILE}" if folder else REPORT_FILE,
                graphs,
                finished / f"{key}.pdf",
                sum(size for path, (_, size) in files.items() if path.startswith(folder)),
            )
        )
    return tasks


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _make(tasks: list[_Task], processes: int, told: Callable[[int], None]) -> None:
    ordered = sorted(tasks, key=lambda task: (-task.weight_bytes, task.finished.name))
    made = 0

    def count(_: None) -> None:
        nonlocal made
        made += 1
        told(made)

    # New processes for every round: `max_tasks_per_child` can wait for ever (CPython issue 115634).
    for begin in range(0, len(ordered), processes * _REPORTS_PER_PROCESS):
        round_ = ordered[begin : begin + processes * _REPORTS_PER_PROCESS]
        in_processes(_make_one, round_, processes, count, "that draws reports", " What is drawn is kept.")


def _make_one(task: _Task) -> None:
    document = compose(report_named(task.report), task.source, task.edition, task.graphs)
    unfinished = task.finished.with_suffix(f".{os.getpid()}")
    set_pdf(document, unfinished)
    os.replace(unfinished, task.finished)


def _forget(folder: Path, kept: set[str]) -> None:
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()


@cache
def _made_with() -> list[str]:
    """Give what a report depends on besides its rows: this package's files and the libraries' versions."""
    names = sorted(
        path for path in Path(str(PACKAGE)).rglob("*") if path.suffix not in (".pyc", "") and path.is_file()
    )
    files = [
        f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in [*names, Path(str(TOKENS))]
    ]
    return files + [f"{library} {version(library)}" for library in _LIBRARIES]
