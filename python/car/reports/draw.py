"""Makes the reports of many recipients side by side, and takes up where an interrupted run stopped."""

import hashlib
import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from car import signals
from car.edition import Edition
from car.errors import CarError
from car.reports.definition import PACKAGE, Report, reports
from car.reports.document import compose
from car.reports.pdf import set_pdf
from car.theme.tokens import TOKENS

REPORT_FILE = "report.pdf"
# Typst and Vega keep what they have set: a process that lives for a whole month would hold it all.
_REPORTS_PER_PROCESS = 12
_LIBRARIES = ("duckdb", "fonttools", "jinja2", "pikepdf", "typst", "vl-convert-python")


@dataclass(frozen=True)
class _Task:
    """One report of one recipient.

    Attributes:
        finished: where a report made of the same bytes is kept.
        weight_bytes: of the CSVs that it reads: the heaviest go first, so that the processes end together.
    """

    folder: str
    party_folder: Path
    role: str
    edition: Edition
    graphs: Path
    finished: Path
    weight_bytes: int


def draw_reports(
    party_folders: Iterable[Path],
    edition: Edition,
    work: Path,
    processes: int,
    progress: Callable[..., None] | None = None,
    into: Path | None = None,
) -> dict[str, list[str]]:
    """Draw every report of some recipients, each as `report.pdf` beside its CSVs.

    Parameters:
        party_folders: recipients' folders, each with its CSVs and datapackage.json.
        work: keeps finished reports and drawn graphs, so that what was done is not done again; what this run
            did not need is removed from it.
        processes: reports made at a time.
        progress: called with (reports done, reports in all).
        into: gets a folder per party instead, with the reports alone.

    Returns:
        By party, the paths of its reports in its folder.

    Raises:
        CarError: a report could not be made.
    """
    began = time.time()
    finished, graphs = work / "finished", work / "graphs"
    for folder in (finished, graphs):
        folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for folder in party_folders for task in _tasks(folder, edition, finished, graphs)]
    waiting = [task for task in tasks if not task.finished.exists()]
    done = len(tasks) - len(waiting)
    if progress is not None:
        progress(done, len(tasks))
    _make(waiting, processes, lambda made: progress(done + made, len(tasks)) if progress else None)
    drawn: dict[str, list[str]] = {}
    for task in tasks:
        path = f"{task.folder}/{task.role}/{REPORT_FILE}"
        target = (into / task.party_folder.name if into else task.party_folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(task.finished, target)
        drawn.setdefault(task.party_folder.name, []).append(path)
    _forget(finished, {task.finished.name for task in tasks})
    _forget(graphs, {path.name for path in graphs.iterdir() if path.stat().st_mtime >= began - 1})
    return drawn


def chosen(party_folders: Iterable[Path], number: int | None) -> list[Path]:
    """Choose recipients who between them get every kind of report, the ones with most kinds first.

    Parameters:
        number: how many; None: all.
    """
    left = sorted(party_folders)
    if number is None:
        return left
    taken: list[Path] = []
    seen: set[str] = set()
    while left and len(taken) < number:
        best = max(left, key=lambda folder: (len(_kinds(folder) - seen), len(_kinds(folder))))
        taken.append(best)
        seen |= _kinds(best)
        left.remove(best)
    return sorted(taken)


def _kinds(party_folder: Path) -> set[str]:
    return {f"{report.folder}/{role}" for report in reports() for role in _roles(party_folder, report)}


def _roles(party_folder: Path, report: Report) -> list[str]:
    folder = party_folder / report.folder
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _tasks(party_folder: Path, edition: Edition, finished: Path, graphs: Path) -> list[_Task]:
    package = json.loads((party_folder / "datapackage.json").read_text(encoding="utf-8"))
    tasks = []
    for report in reports():
        for role in _roles(party_folder, report):
            files = {
                item["path"]: (item["hash"], item["bytes"])
                for item in package["resources"]
                if item["path"].rpartition("/")[0] == f"{report.folder}/{role}"
            }
            made_of = [_made_with(), asdict(edition), party_folder.name, report.folder, role, files]
            key = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
            weight_bytes = sum(size for _, size in files.values())
            tasks.append(
                _Task(
                    report.folder, party_folder, role, edition, graphs, finished / f"{key}.pdf", weight_bytes
                )
            )
    return tasks


def _make(tasks: list[_Task], processes: int, told: Callable[[int], None]) -> None:
    ordered = sorted(tasks, key=lambda task: (-task.weight_bytes, task.finished.name))
    made = 0
    # New processes for every round: `max_tasks_per_child` can wait for ever (CPython issue 115634).
    for begin in range(0, len(ordered), processes * _REPORTS_PER_PROCESS):
        with ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_end_with_the_parent,
        ) as pool:
            round_ = ordered[begin : begin + processes * _REPORTS_PER_PROCESS]
            waiting = [pool.submit(_make_one, task) for task in round_]
            try:
                for future in as_completed(waiting):
                    future.result()
                    made += 1
                    told(made)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):  # what they draw is drawn again
                    for process in multiprocessing.active_children():
                        process.terminate()
                # Waits here: leaving the `with` would take the cancelling back and draw all that was queued.
                pool.shutdown(wait=True, cancel_futures=True)
                if isinstance(error, BrokenProcessPool):
                    raise CarError(
                        "A process that draws reports was ended from outside, for want of memory perhaps."
                        " Nothing was published; run again, with fewer --threads. What is drawn is kept."
                    ) from error
                raise


def _make_one(task: _Task) -> None:
    report = next(report for report in reports() if report.folder == task.folder)
    document = compose(
        report, task.party_folder, task.party_folder.name, task.role, task.edition, task.graphs
    )
    unfinished = task.finished.with_suffix(f".{os.getpid()}")
    set_pdf(document, unfinished)
    os.replace(unfinished, task.finished)


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    signals.end_with(parent.join)


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
