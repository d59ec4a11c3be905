"""Which version of a month was in force when, by whom and why: log.jsonl beside `current`, a line per switch.

A switch is written down in three steps: what is going to be switched, the link, the line of the log. Whoever
takes up a folder first ends what an interrupted command had begun (`Month.finish_switch`).
"""

import getpass
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from car.errors import CarError, one_line, scrub
from car.jsonfile import flush_folder, read_json, write_json, write_text

LOG = "log.jsonl"
_BEGUN = ".switch.json"


@dataclass(frozen=True)
class Switch:
    """One switch of `current`.

    Attributes:
        instant: when, in UTC, as `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
        from_version: what was in force before; None: nothing.
        to_version: what is in force since.
        by: a person, or a run.
        why: in words; may be empty.
        holds: later runs leave `current` where this switch put it.
    """

    instant: str
    from_version: int | None
    to_version: int
    by: str
    why: str
    holds: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give the line of the log."""
        return {
            "instant": self.instant,
            "from": self.from_version,
            "to": self.to_version,
            "by": self.by,
            "why": self.why,
            "holds": self.holds,
        }

    @classmethod
    def from_dict(cls, line: Any) -> "Switch":
        """Read a line of the log; raises KeyError, TypeError or ValueError where it is none."""
        before, after, holds = line["from"], line["to"], line["holds"]
        if type(after) is not int or type(before) not in (int, type(None)) or type(holds) is not bool:
            raise ValueError(line)
        return cls(str(line["instant"]), before, after, str(line["by"]), str(line["why"]), holds)


def switch_now(from_version: int | None, to_version: int, by: str, why: str, holds: bool = False) -> Switch:
    """Make the line of a switch that is to happen now; texts lose what identifies a home, and line breaks."""
    instant = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    by, why = (one_line(scrub(text.strip())) for text in (by, why))
    return Switch(instant, from_version, to_version, by, why, holds)


def user_name() -> str:
    """Name who runs the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody has that number, as in some containers
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def read_log(folder: Path) -> list[Switch]:
    """Give the switches of a month, oldest first; empty where there is no log.

    Parameters:
        folder: `<out>/releases/<month>`.

    Raises:
        CarError: a line is none that was written there. Nobody can tell then whether a rollback holds.
    """
    switches = []
    for number, line in enumerate(_read(folder).splitlines(), start=1):
        try:
            switches.append(Switch.from_dict(json.loads(line)))
        except (KeyError, TypeError, ValueError):
            raise CarError(
                f"Line {number} of {folder / LOG} cannot be read, so that nobody can tell whether a rollback"
                " holds. Bring the file back from a copy, or take the line out."
            ) from None
    return switches


def has_log(folder: Path) -> bool:
    """Tell whether anything was written down of a month's switches."""
    return (folder / LOG).is_file()


def append(folder: Path, switch: Switch) -> None:
    """Add a line to the log, which is there whole, before or after, whenever the machine stops."""
    before = _read(folder)
    if before and not before.endswith("\n"):
        before += "\n"
    write_text(folder / LOG, before + json.dumps(switch.to_dict(), ensure_ascii=False) + "\n")
    flush_folder(folder)


def begin(folder: Path, switch: Switch) -> None:
    """Write down what is going to be switched."""
    write_json(folder / _BEGUN, switch.to_dict())


def begun(folder: Path) -> Switch | None:
    """Give the switch that a command has begun and not ended."""
    try:
        return Switch.from_dict(read_json(folder / _BEGUN))
    except (KeyError, TypeError, ValueError):
        return None


def end(folder: Path) -> None:
    """Take back what `begin` wrote."""
    (folder / _BEGUN).unlink(missing_ok=True)


def _read(folder: Path) -> str:
    try:
        return (folder / LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
