"""The landing folder of a simulation, and simulation.json in it: what is there, and how to go on from it."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from .arguments import Arguments
from .expected import Expected
from .feeds import FEEDS
from .months import Calendar

SUMMARY = "simulation.json"
UNFINISHED = "simulation-unfinished.json"


def read_summary(landing: Path) -> tuple[Arguments, Expected] | None:
    """What the folder's simulation was asked for and holds; None where it holds no finished month."""
    summary = landing / SUMMARY
    if not summary.exists():
        return None
    found = json.loads(summary.read_text(encoding="utf-8"))
    arguments = Arguments.from_dict(found.pop("arguments"))
    return arguments, Expected.from_dict(found)


def write_summary(landing: Path, arguments: Arguments, expected: Expected) -> None:
    """Say that a month is whole."""
    _write_json(landing / SUMMARY, {**expected.to_dict(), "arguments": arguments.to_dict()})
    (landing / UNFINISHED).unlink()


def begin(landing: Path, arguments: Arguments, calendar: Calendar) -> None:
    """Say that a month is being written, and take away what an interrupted attempt at it left."""
    landing.mkdir(parents=True, exist_ok=True)
    if (landing / UNFINISHED).exists():
        for folder in _date_folders(landing):
            if not calendar.number or _landed_on(folder) >= calendar.day(calendar.first_day):
                shutil.rmtree(folder)
    _write_json(landing / UNFINISHED, {**arguments.to_dict(), "writing": calendar.month})


def held(landing: Path, arguments: Arguments) -> Expected | None:
    """What the folder holds of this simulation; None where it holds nothing, or an unfinished first month.

    Raises:
        FileExistsError: It holds other landing files.
    """
    found = read_summary(landing)
    if found is not None and found[0] == arguments:
        return found[1]
    is_interrupted = found is None and (landing / UNFINISHED).exists()
    if not is_interrupted and any(any(folder.iterdir()) for folder in _date_folders(landing)):
        raise FileExistsError(
            f"{landing} holds other landing files already: choose another folder, or empty it"
        )
    return None


def _date_folders(landing: Path) -> list[Path]:
    return [folder for name in FEEDS for folder in (landing / name).glob("date=*")]


def _landed_on(folder: Path) -> date:
    return date.fromisoformat(folder.name.removeprefix("date="))


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
