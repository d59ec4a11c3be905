"""What this process has used so far, and the processes that it started: a build on Spark has a JVM."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Of /proc/<pid>/stat, after the name of the program: fields 14 and 15 of proc(5).
_USER, _SYSTEM = 11, 12
_PEAK = "VmHWM:"


class Usage(NamedTuple):
    """What was used.

    Attributes:
        cpu_s: user and system time on all cores.
        max_rss: the sum of the most memory that each process held, in KiB.
    """

    cpu_s: float
    max_rss: int


def used() -> Usage:
    """Ask for what was used by this process, by those that it started, and by those of them that ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = sum(of.ru_utime + of.ru_stime for of in (own, ended))
    max_rss = own.ru_maxrss
    for process in _children():
        with suppress(OSError):  # it may have ended
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            cpu_s += (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_A_SECOND
            max_rss += _peak(process)
    return Usage(cpu_s, max_rss)


def _children() -> Iterator[Path]:
    for told in Path("/proc/self/task").glob("*/children"):
        for number in told.read_text(encoding="utf-8").split():
            yield Path("/proc") / number


def _peak(process: Path) -> int:
    for line in (process / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith(_PEAK):
            return int(line.split()[1])
    return 0
