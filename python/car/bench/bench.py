"""Runs the steps one after another, and sets what they cost beside the floor."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from car import facts
from car.bench.step import CHECKED, STEPS
from car.build import find_project
from car.console import Reporter
from car.errors import CarError, UsageFault
from car.jsonfile import read_json
from car.run import Machine

_MEBIBYTE = 1 << 20
_RSS_UNIT = 1024  # Linux gives the peak in KiB


@dataclass(frozen=True)
class Cost:
    """What one step cost.

    Attributes:
        wall_s: from its start to its end, the start of its process included.
        cpu_s: of the process and all that it started.
        peak_memory_mib: the most memory that the process held.
    """

    step: str
    wall_s: float
    cpu_s: float
    peak_memory_mib: int


def bench(landing: Path, month: str, work: Path, machine: Machine, reporter: Reporter) -> dict[str, Any]:
    """Measure every step on the same landing files, on this machine, in one run.

    Parameters:
        landing: landing folder, with Parquet for requests, alerts and Devices.
        work: a folder that the bench may fill and leave; must be new or one of an earlier bench.

    Returns:
        The costs, their ratios to the floor, and what they were measured on.

    Raises:
        CarError: a step failed; its own message was printed.
    """
    if work.exists():
        if any(work.iterdir()) and not (work / CHECKED).exists():
            raise UsageFault(f"{work} is no folder of an earlier bench: choose another.")
        shutil.rmtree(work)
    work.mkdir(parents=True)
    given = {
        "landing": str(landing),
        "work": str(work),
        "month": month,
        "threads": machine.threads,
        "memory_limit": machine.memory_limit,
    }
    costs: dict[str, Cost] = {}
    checked: dict[str, Any] = {}
    for name in STEPS:
        with reporter.step(name, name.capitalize()):
            costs[name] = _measured(name, given)
        if name == "check":
            checked = read_json(work / CHECKED) or {}
            given["as_of"] = checked["as_of"].removesuffix("Z")
    return {
        "measured_on": {
            "cores": machine.threads,
            "memory_limit": machine.memory_limit,
            "processor": platform.processor() or platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "code_version": facts.code_version(find_project()),
            "package_versions": facts.package_versions(),
        },
        "records": _records(checked["inputs"]),
        "costs": [asdict(cost) for cost in costs.values()],
        "ratios": ratios(costs),
    }


def ratios(costs: dict[str, Cost]) -> dict[str, float]:
    """Set the steps beside the floor of the same run, by CPU and by wall time.

    Returns:
        `facts`: check, staging and core over the floor; `marts` over the floor; `export` over bare writing.
    """

    def over(steps: tuple[str, ...], base: str, cost: str) -> float:
        return round(sum(getattr(costs[step], cost) for step in steps) / getattr(costs[base], cost), 2)

    compared = {
        "facts": (("check", "staging", "core"), "floor"),
        "marts": (("marts",), "floor"),
        "export": (("export",), "bare writing"),
    }
    return {
        f"{name}_{cost}": over(steps, base, cost)
        for name, (steps, base) in compared.items()
        for cost in ("cpu_s", "wall_s")
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Write the result as a table."""
    counted = ", ".join(f"{rows:,} {feed}" for feed, rows in result["records"].items() if rows)
    told = [f"Records: {counted}", f"{'step':<14}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}"]
    told += [
        f"{cost['step']:<14}{cost['wall_s']:>10.1f}{cost['cpu_s']:>10.1f}{cost['peak_memory_mib']:>10,}"
        for cost in result["costs"]
    ]
    of = {"facts": "check + staging + core over the floor", "marts": "marts over the floor"}
    of["export"] = "export over bare writing"
    told += [
        f"{of[name]}: {result['ratios'][f'{name}_cpu_s']:.2f} times the CPU, "
        f"{result['ratios'][f'{name}_wall_s']:.2f} times the wall time"
        for name in of
    ]
    return told


def _measured(name: str, given: dict[str, Any]) -> Cost:
    command = [sys.executable, "-m", "car.bench.step", name, json.dumps(given)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CarError(f"The step `{name}` of the bench failed; its message stands above.")
    return Cost(
        name,
        round(time.monotonic() - began, 2),
        round(used.ru_utime + used.ru_stime, 2),
        used.ru_maxrss * _RSS_UNIT // _MEBIBYTE,
    )


def _records(inputs: list[dict[str, Any]]) -> dict[str, int]:
    """Count the landing files' records by feed."""
    found: dict[str, int] = {}
    for file in inputs:
        feed = file["path"].partition("/")[0]
        found[feed] = found.get(feed, 0) + (file["records"] or 0)
    return found
