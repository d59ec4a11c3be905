"""One command at a time may change an output folder."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from car.errors import CarError


@contextmanager
def hold(work: Path, command: str, name: str = "lock") -> Iterator[None]:
    """Hold the lock of an output folder; the operating system lets go of it whenever the process ends.

    Parameters:
        work: the folder `<out>/.car`.
        command: what is told to another command that finds the lock held.
        name: of the lock; a command that changes no release has one of its own.

    Raises:
        CarError: another command holds it, with what is known of that one.
    """
    work.mkdir(parents=True, exist_ok=True)
    holder_path = work / f"{name}-holder.json"
    lock = FileLock(work / name)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CarError(
            f"{work.parent} is in use by {_holder(holder_path)}. Wait for it to end, and run again."
        ) from None
    try:
        holder = {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        holder_path.write_text(json.dumps(holder), encoding="utf-8")
        yield
    finally:
        holder_path.unlink(missing_ok=True)
        lock.release()


def in_use_by(work: Path) -> str | None:
    """Name the command that is at work in an output folder; None where none is.

    Parameters:
        work: the folder `<out>/.car`.
    """
    if not (work / "lock").is_file():
        return None
    lock = FileLock(work / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _holder(work / "lock-holder.json")
    except OSError:  # who may not write there cannot ask
        return None
    lock.release()
    return None


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"`{holder['command']}` (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (OSError, ValueError, KeyError):
        return "another command"
