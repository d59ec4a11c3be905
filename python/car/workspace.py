"""What commands share that work in an output folder: its places, run ids, and their part of the machine."""

import os
import secrets
import shlex
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """How much of the machine a command may use.

    Attributes:
        memory_limit: what DuckDB may have, as it reads it, e.g. `2867MiB`.
    """

    threads: int
    memory_limit: str


def work_dir(out: Path) -> Path:
    """Give the folder of all that is neither released nor kept of a run: warehouse, index, logs, lock."""
    return out / ".car"


def default_warehouse(out: Path) -> Path:
    """Give the warehouse of an output folder, where no other is named."""
    return work_dir(out) / "warehouse.duckdb"


def command_name() -> str:
    """Give what starts this command from where the caller is."""
    if told := os.environ.get("CAR_COMMAND"):
        return told
    called = Path(sys.argv[0])
    if called.name != "car" or shutil.which("car"):
        return "car"
    return shlex.quote(os.path.relpath(called))


def output_of(warehouse: Path) -> Path | None:
    """Give the output folder that a warehouse has its place in; None where it is elsewhere."""
    out = warehouse.parents[1]
    return out if warehouse == default_warehouse(out) else None


def new_run_id() -> str:
    """Make an id that sorts by time and is not used twice."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def instant_text(instant: datetime) -> str:
    """Write a UTC instant as it is published, with a fraction only where there is one."""
    fraction = f".{instant.microsecond:06d}" if instant.microsecond else ""
    return f"{instant:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def is_output_folder(folder: Path) -> bool:
    """Tell whether a run has written to a folder."""
    return any((folder / name).is_dir() for name in ("releases", "runs", work_dir(folder).name))
