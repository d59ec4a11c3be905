"""Why there is nothing to publish or to look at: what the last run of an output folder came to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from car import lock
from car.errors import CarError, HeldBack, NothingBuilt, NoWarehouse, explain
from car.jsonfile import read_json
from car.workspace import work_dir


@contextmanager
def explaining(out: Path | None, at_work: bool = False) -> Iterator[None]:
    """Say of a warehouse that cannot be read why that is: a run that goes on, was held back, or failed.

    Parameters:
        out: the output folder of the warehouse; None: not known.
        at_work: this command holds the lock of the folder itself.

    Raises:
        CarError: what was raised in here, in words that say why where that is known.
    """
    try:
        yield
    except (NothingBuilt, NoWarehouse, duckdb.IOException) as error:
        if out is None:
            raise
        if not at_work and (holder := lock.in_use_by(work_dir(out))):
            raise CarError(
                f"{out} is in use by {holder}: until it has ended, there is nothing whole to read there."
                " Wait for it, and try again."
            ) from error
        if isinstance(error, duckdb.IOException):
            raise explain(error) or error from error
        run = _last(out)
        if run is None:
            raise
        named = f"The last run, {run['run_id']} of {run['reporting_month']},"
        if run["outcome"] == "held_back":
            told = "\n".join(f"  {reason}" for reason in run["held_back"])
            raise HeldBack(
                f"{named} was held back by the quality gate, and nothing was built.\n{told}\n"
                "Have the files put right and run again, or run with --force."
            ) from error
        raise type(error)(
            f"{error}\n{named} ended as `{run['outcome']}`: {out / 'runs' / run['run_id']}"
        ) from error


def later_lines(out: Path | None, built: dict[str, Any]) -> list[str]:
    """Say what stands between a build and what somebody may take it for; empty where nothing does.

    Parameters:
        out: the output folder of the warehouse; None: not known.
        built: the facts of the run that built it.
    """
    lines = []
    if built.get("held_back"):
        lines.append(f"Run {built['run_id']}, which built this, was held back by the quality gate.")
    run = _last(out) if out is not None else None
    if run and run["run_id"] > built["run_id"] and run["outcome"] in ("held_back", "failed"):
        came_to = "was held back by the quality gate" if run["outcome"] == "held_back" else "failed"
        lines.append(
            f"The last run, {run['run_id']} of {run['reporting_month']}, {came_to}: this is what run"
            f" {built['run_id']} built before."
        )
    return lines


def _last(out: Path) -> dict[str, Any] | None:
    """Give the run.json of the last run that has ended."""
    for path in sorted((out / "runs").glob("*/run.json"), reverse=True):
        run = read_json(path)
        if run is not None and {"run_id", "reporting_month", "outcome", "held_back"} <= set(run):
            return run
    return None
