"""What becomes of a month when something of Spark's dies under it. Run by hand, for Java and minutes:

    python3 tasks.py engine spark --fault worker|driver|disk|file

Each lets the fault happen in the middle of a build, says how that run ended, and builds once more.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FAULTS = ("worker", "driver", "disk", "file")
# Tables of the build that are there before the fault: staging is done, marts are to come.
_TABLES_BEFORE = 60
_LOOK_EVERY_S = 0.5


@contextmanager
def in_the_middle(tables: Path, strike: Callable[[], object]) -> Iterator[None]:
    """Let something happen once a build has written some tables.

    Parameters:
        tables: the folder in which each build has a folder of its own.
    """
    done = threading.Event()

    def wait() -> None:
        while not done.is_set():
            if sum(1 for _ in tables.glob("*/*/*/_SUCCESS")) >= _TABLES_BEFORE:
                strike()
                return
            time.sleep(_LOOK_EVERY_S)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        done.set()
        waiting.join()


def kill(words: str) -> None:
    """Kill the newest process whose command line has these words."""
    found = subprocess.run(["pgrep", "-n", "-f", words], capture_output=True, text=True, check=True)
    os.kill(int(found.stdout), signal.SIGKILL)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of some size, for which one has to be root."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
