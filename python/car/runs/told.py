"""The history of runs in words, and as a page for whoever runs the reports."""

from pathlib import Path

from car.reports.words import size
from car.runs.history import Run
from car.theme.operator_page import write_operator_page

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def run_lines(runs: list[Run]) -> list[str]:
    """Say a run in a line, oldest first; below it why it was held back, what took long, and what is new."""
    lines = []
    for run in runs:
        usual = "" if run.usual_s is None else f", usually {run.usual_s:,.0f}"
        lines.append(
            f"{run.run_id}  {run.ended}; {run.seconds:,.0f} s{usual};"
            f" {run.accepted:,} rows accepted of {run.records:,} records"
            + ("" if run.csv_files is None else f"; {run.csv_files:,} CSV files")
        )
        lines += [f"  {reason}" for reason in run.why]
        lines += [
            f"  {step.name} took {step.seconds:,.1f} s, {step.times_usual:.1f} times as long as usual"
            for step in run.steps
            if step.is_odd
        ]
        lines += [f"  new: {news}" for news in run.news]
    return lines or ["No run has ended here yet."]


def write_runs(runs: list[Run], unreadable: int, folder: Path) -> Path:
    """Write the page in place of an earlier one, newest run first.

    Parameters:
        runs: oldest first.
        unreadable: how many have a run.json that cannot be read.
        folder: is emptied first.

    Returns:
        The page.
    """
    return write_operator_page(
        _TEMPLATE, folder, runs=runs[::-1], unreadable=unreadable, size=_size, number=number
    )


def number(count: int | None) -> str:
    """Write a count, or nothing where it is not known."""
    return "" if count is None else f"{count:,}"


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else size(size_bytes)
