"""A simulated industry and its run: what `car simulate` and `car demo` do."""

import shlex
from pathlib import Path
from typing import Any, Final

from car.console import Reporter
from car.deliver.address import PARTY, read_address
from car.deliver.command import deliver, failure
from car.deliver.settings import DeliverySettings
from car.errors import UsageFault
from car.month import Hold, Job, run_month
from car.page.index import INDEX
from car.release.rollback import approve
from car.release.run_json import as_simulated, simulation_lines
from car.runs.history import read_runs
from car.runs.told import write_runs
from car.simulate import Expected, go_on, months_up_to
from car.simulate import simulate as write_landing
from car.workspace import Machine, command_name, work_dir

_DELIVERED: Final = "delivered"
"""The folder of the places that stand for the recipients' own."""


def simulate_months(
    landing: Path, month: str | None, size: dict[str, Any] | None, reporter: Reporter
) -> dict[str, Any]:
    """Simulate a month or several, and say what a run of the last one must find.

    Parameters:
        month: `YYYY-MM` or `YYYY-MM..YYYY-MM`; None for the next one of the folder.
        size: what the industry is like; None to go on from the folder's months.

    Returns:
        The content of simulation.json but the arguments.
    """
    expected = _simulate(landing, month, size, reporter).to_dict()
    for line in simulation_lines(expected):
        reporter.say(line)
    return expected


def demonstrate(
    home: Path,
    last: str,
    months: int,
    size: dict[str, Any],
    machine: Machine,
    reports_of: int | None,
    reporter: Reporter,
    bundles: bool = False,
) -> dict[str, Any]:
    """Simulate the last so many months, each run after the one before, and say where to look.

    The last month is held, approved and delivered to folders, as a month of production may be.

    Parameters:
        last: the last month.
        size: what the industry is like.
        reports_of: of how many recipients the PDF reports of the last month are drawn; None for all.
        bundles: build the portal's bundles of each month.

    Returns:
        The content of run.json of the last month.
    """
    first, *_ = every = months_up_to(last, months)
    done: dict[str, Any] = {}
    for month in every:
        expected = _simulate(home / "landing", f"{first}..{month}", size, reporter).to_dict()
        job = Job(
            landing=str(home / "landing"),
            out=home / "out",
            month=month,
            machine=machine,
            reports_of=reports_of if month == last else 0,
            bundles=bundles,
            hold=Hold.ALL if month == last else Hold.NONE,
        )
        done = run_month(job, reporter)
        if as_simulated(done["feeds"], expected["feeds"]):
            reporter.say("The run has found just what was simulated, row by row and reason by reason.")
    for cause in expected["planted"]:
        reporter.say(f"Planted: {cause['words']}")
    out, release = home / "out", Path(done["release"])
    approve(out, last, "car demo", machine.threads, reporter, why="what a person would look at first")
    _deliver(home, reporter)
    page = write_runs(*read_runs(out), work_dir(out) / "runs")
    _say_where_to_look(release, home / _DELIVERED, page, reporter)
    return done


def _deliver(home: Path, reporter: Reporter) -> None:
    """Bring every party's folder to one below the demonstration's own."""
    to = read_address(f"{home / _DELIVERED}/{PARTY}", "--to")
    if failed := failure(deliver(home / "out", to, None, DeliverySettings(), reporter)):
        raise failed


def users_to_try(release: Path) -> list[str]:
    """Say which parties to sign in as: the one with most files, a network operator, and a small one.

    Parameters:
        release: folder of a release.
    """
    sizes = {
        folder: len(list(folder.rglob("*.csv")))
        for folder in sorted((release / "parties").iterdir())
        if folder.is_dir()
    }
    if not sizes:
        return []
    operators = [folder for folder in sizes if (folder / "network_operator").is_dir()]
    chosen = {
        max(sizes, key=lambda folder: sizes[folder]): "has most files",
        **({max(operators, key=lambda folder: sizes[folder]): "is a network operator"} if operators else {}),
        min(sizes, key=lambda folder: sizes[folder]): "has fewest files",
    }
    return [f"{folder.name} {why}" for folder, why in chosen.items()]


def _simulate(landing: Path, month: str | None, size: dict[str, Any] | None, reporter: Reporter) -> Expected:
    asked = f"{size['requests']:,} requests a month" if size else "with its own size"
    with reporter.step("simulate", f"Simulating {month or 'the next month'}: {asked}") as step:
        try:
            if size is None:
                return go_on(landing, month, step.tell)
            return write_landing(landing, month, **size, progress=step.tell)
        except (ValueError, FileExistsError) as error:
            raise UsageFault(str(error)) from error


def _say_where_to_look(release: Path, delivered: Path, runs: Path, reporter: Reporter) -> None:
    """Say in some lines what to open, best first, and what each answers."""
    out = release.parents[2]
    party = max(
        (release / "parties").iterdir(),
        key=lambda folder: (len(list(folder.rglob("*.pdf"))), len(list(folder.rglob("*.csv"))), folder.name),
        default=None,
    )
    if party is None:
        return
    files = list(party.rglob("*.pdf")) or list(party.rglob("*.csv"))
    report = max(files, key=lambda path: (path.stat().st_size, path))
    car, shown_out = command_name(), shlex.quote(_short(out))
    reporter.say("\nWhere to look, best first:")
    for what, answers in (
        (_short(report), f"how {party.name}'s month was, beside the industry"),
        (_short(party / INDEX), "what this recipient gets: first figures, and what each file answers"),
        (_short(release / "run.json"), "what came in, what was refused and why, what went out"),
        (_short(delivered / party.name), "what was delivered, as this recipient has it"),
        (_short(runs), "how the runs went, and what each step took"),
        (f"{car} quality --out {shown_out}", "a page: can the month go out?"),
        (f"{car} status --out {shown_out}", "which versions there are, and which was in force when"),
    ):
        reporter.say(f"  {what}: {answers}")


def _short(path: Path) -> str:
    """Write a path as it is called from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
