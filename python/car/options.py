"""Reads what was typed: months, instants, variables, folders."""

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from car.config import nearest
from car.errors import UsageFault, one_line

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?")
_MEMORY = re.compile(r"(?P<amount>\d+(\.\d+)?) ?(?P<unit>[KMGT])(?P<binary>i?)B", re.IGNORECASE)
_UNITS = "KMGT"
_MEBIBYTE = 1 << 20
# What DuckDB reads and writes with it does not count: with 100 million requests it was a fifth on top.
# dbt and what it parsed are 330 MiB in the same process.
_ENGINE_SHARE = Decimal("0.7")
# With two threads, a month of 300,000 requests was built with 192MiB, and not with 128MiB; the smallest month
# that was tried with 128MiB, and not with 64MiB.
_LEAST_MIB = 256


def read_month(text: str) -> str:
    """Read a month, `YYYY-MM`; raises UsageFault."""
    if not re.fullmatch(r"(?!0000)\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise UsageFault(f"`{text}` is not a month: write YYYY-MM, e.g. 2026-10.")
    return text


def read_months(text: str) -> tuple[str, str]:
    """Read a month, or the first and last of several, `YYYY-MM..YYYY-MM`; raises UsageFault."""
    first, _, last = text.partition("..")
    months = read_month(first), read_month(last or first)
    if months[0] > months[1]:
        raise UsageFault(f"`{text}`: the first month is after the last.")
    return months


def read_day(text: str) -> date:
    """Read a day, `YYYY-MM-DD`; raises UsageFault."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageFault(f"`{text}` is not a day: write YYYY-MM-DD, e.g. 2026-11-05.") from None


def one_of(text: str, known: list[str], what: str) -> str:
    """Read a name that has to be known; raises UsageFault, with the nearest that is.

    Parameters:
        what: is named, e.g. `feed`.
    """
    if text not in known:
        raise UsageFault(f"There is no {what} `{one_line(text)}`.{nearest(text, known)}")
    return text


def read_instant(text: str) -> datetime:
    """Read an instant and give it in UTC, without zone; a date alone is its 00:00; raises UsageFault."""
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    except (ValueError, OverflowError):
        raise UsageFault(
            f"`{text}` is not an instant: write YYYY-MM-DDTHH:MM:SS (UTC), e.g. 2026-11-06T00:00:00."
        ) from None


def read_variables(text: str | None) -> dict[str, Any]:
    """Read dbt variables from YAML or JSON, e.g. `{minimum_groups: 6}`; raises UsageFault."""
    if not text:
        return {}
    try:
        variables = yaml.safe_load(text)
    except yaml.YAMLError:
        variables = None
    if not isinstance(variables, dict) or not all(isinstance(name, str) for name in variables):
        raise UsageFault(
            "--vars must be a YAML mapping of names to values, e.g. --vars '{minimum_groups: 6}'."
        )
    return variables


def read_landing(text: str) -> str:
    """Give a landing folder as an absolute path, a URL as it is; raises UsageFault where it is not there."""
    if not text.strip():
        raise UsageFault("--landing is empty: name a folder, or `.` for this one.")
    if "://" in text:
        return text
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise UsageFault(f"There is no landing folder {text}.")
    return str(folder.resolve())


def read_memory_limit(text: str) -> str:
    """Read how much memory a command may use, e.g. `4GiB`, and give what DuckDB may have of it.

    Returns:
        As DuckDB reads it, in MiB.

    Raises:
        UsageFault: it is not an amount of memory, or less than any month needs.
    """
    read = _MEMORY.fullmatch(text)
    if not read:
        raise UsageFault(f"`{text}` is not an amount of memory: write e.g. 4GiB.")
    unit = (1024 if read["binary"] else 1000) ** (_UNITS.index(read["unit"].upper()) + 1)
    size_bytes = Decimal(read["amount"]) * unit
    if size_bytes < _LEAST_MIB * _MEBIBYTE:
        raise UsageFault(f"--memory-limit {text} is too small to work: the least is {_LEAST_MIB}MiB.")
    return f"{int(size_bytes * _ENGINE_SHARE) // _MEBIBYTE}MiB"


def usable_cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
