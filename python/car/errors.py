"""Failures that are told to the operator in a sentence, and the exit code that each one gives."""

import errno
import json
import re
from collections.abc import Sequence

import duckdb

# What identifies a home or a Device: EUI-64, MPAN or MPRN, postcode. Never printed, wherever it came from.
_PRIVATE = re.compile(
    r"(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}"
    r"|(?<![\w.-])\d{6,13}(?![\w.-])"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
)
# The same where it was made the name of a column: with other signs or none in it, with a text before it.
_PRIVATE_NAME = re.compile(
    r"(?:[0-9A-Fa-f]{2}[-_:. ]?){7}[0-9A-Fa-f]{2}"
    r"|\d{6,}(?:\.0+)?"
    r"|(?<![A-Za-z0-9])[A-Za-z]{1,2}\d[A-Za-z\d]?[-_. ]?\d[A-Za-z]{2}(?![A-Za-z0-9])"
)
_NAME_CHARACTERS = 200
_TOLD_AT_MOST = 10

_TOO_LONG = "A file may not get any longer: the file system limits it, or `ulimit -f` does"
_LIFT_LIMIT = "Nothing was published; lift the limit or choose another folder, and run again."


class CarError(Exception):
    """The command was understood and failed (exit code 1)."""

    exit_code = 1


class UsageFault(CarError):
    """What was typed is malformed, or names something that is not there (exit code 2)."""

    exit_code = 2


class NoWarehouse(UsageFault):
    """There is no warehouse file (exit code 2)."""


class NothingBuilt(CarError):
    """The warehouse holds no finished build (exit code 1)."""


class HeldBack(CarError):
    """The quality gate held the month back: nothing was published (exit code 3)."""

    exit_code = 3


def scrub(text: str) -> str:
    """Replace whatever looks like a Device ID, a meter point or a postcode by `[…]`."""
    return _PRIVATE.sub("[…]", text)


def scrub_name(name: str) -> str:
    """Replace what looks like an identifier in a name that a file gives, as that of a column; shorten it."""
    text = _PRIVATE_NAME.sub("[…]", scrub(name))
    return text if len(text) <= _NAME_CHARACTERS else text[:_NAME_CHARACTERS] + "…"


def one_line(text: str) -> str:
    """Write what does not print as an escape: a name may hold a line break, or a command to a terminal."""
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in text
    )


def first_lines(lines: Sequence[str], all_named_by: str = "") -> list[str]:
    """Give the first lines of many for a message, and how many more there are.

    Parameters:
        all_named_by: the command that names them all, where there is one.
    """
    more = len(lines) - _TOLD_AT_MOST
    hint = f": {all_named_by} names them all" if all_named_by else ""
    return [*lines[:_TOLD_AT_MOST], *([f"  and {more:,} more{hint}"] if more > 0 else [])]


def explain(error: BaseException) -> CarError | None:
    """Say in a sentence what a failure of the disk or the warehouse means.

    Returns:
        The failure as a `CarError`, or None where it is none that an operator could act upon.
    """
    if isinstance(error, CarError):
        return error
    if isinstance(error, OSError):
        return _explain_os_error(error)
    if isinstance(error, duckdb.Error):
        return explain_duckdb(str(error))
    return None


def _explain_os_error(error: OSError) -> CarError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.EPIPE:
        return CarError(
            "The pipe that this command writes to was closed, by `head` for example, so that it has ended."
            " Nothing half-done is published: run it again, with its output in a file."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CarError(f"No space left on the disk{where}. Nothing was published; free some and run again.")
    if error.errno == errno.EFBIG:
        return CarError(f"{_TOO_LONG}{where}. {_LIFT_LIMIT}")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CarError(f"Not allowed to write there{where}. Choose another folder or ask for access to it.")
    if error.errno == errno.ENOENT:
        return CarError(f"No such file or folder{where}.")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return CarError(f"A file is in the way where a folder is needed{where}.")
    return CarError(f"The disk failed{where}: {error.strerror or error}.")


def explain_duckdb(text: str) -> CarError | None:
    """Say in a sentence what a message of DuckDB means, where an operator can act upon it."""
    if "Could not set lock" in text:
        holder = re.search(r"\(PID (\d+)\)", text)
        who = f"process {holder[1]}" if holder else "another program"
        return CarError(
            f"The warehouse is in use by {who} (a run, dbt, or a DuckDB shell). "
            "Wait for it or close it, and run again."
        )
    if "No space left" in text or "failed to offload data block" in text:
        return CarError("No space left on the disk. Nothing was published; free some and run again.")
    if "File too large" in text:
        return CarError(f"{_TOO_LONG}. {_LIFT_LIMIT}")
    if "Out of Memory" in text or "could not allocate block" in text:
        return CarError(
            "The memory limit is too small for this month: give more with --memory-limit (e.g. 8GiB)."
        )
    if "Cannot open file" in text and "Read-only file system" in text:
        return CarError("Not allowed to write there: the file system is read-only.")
    if "not a valid DuckDB database file" in text:
        return CarError("The warehouse is not a DuckDB file. Name another one with --warehouse.")
    return None
