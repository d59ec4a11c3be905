"""Runs the steps one after another, and sets what they cost beside the floor."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from car.bench import landing_copy
from car.bench.step import BUILT, CHECKED, EXPORTED, INDUSTRY, INVENTORY, PARTS, WAREHOUSE
from car.console import Reporter
from car.errors import CarError, UsageFault
from car.jsonfile import read_json, write_json
from car.provenance import code_version, package_versions
from car.warehouse.build import find_project
from car.warehouse.engine.settings import SparkSettings
from car.workspace import Machine

_MEBIBYTE = 1 << 20
_GIBIBYTE = 1 << 30
_RSS_UNIT = 1024  # Linux gives the peak in KiB

# The result, in the work folder: there from the first step on, so that it also tells whose folder it is.
RESULT = "bench.json"

# What each month's bench measures, in order. What is built is one process, as in `car run`: dbt starts once.
MONTH_STEPS = ("floor", "check", *PARTS, "bare writing", "export")
# What is built of a month without a landing day, and once more with it.
DAY_STEPS = ("check", *PARTS)
# What of a month's steps Spark does, too, once more on the same landing files.
SPARK_STEPS = (*PARTS, "export")
ON_SPARK = "Spark: "
_TOLD_SETTINGS = ("master", "driver_memory", "shuffle_partitions", "nodes_at_a_time")
MONTH_BEFORE, ADDED_DAY = "month without a day: ", "added day: "

# Folders that a step leaves and no later one reads: at 100 million requests they are tens of gigabytes.
_LEFT = {"floor": "floor", "bare writing": "bare", "export": "out"}

_FACTS = ("check", "staging", "core")
_OF_PARTIES = (*_FACTS, "marts")
_COMPARED = {
    "facts": (_FACTS, ("floor",)),
    "marts": (("marts",), ("floor",)),
    "industry": ((INDUSTRY,), ("marts",)),
    "export": (("export",), ("bare writing",)),
    "spark": (tuple(ON_SPARK + step for step in PARTS), PARTS),
    "added_day_facts": (tuple(ADDED_DAY + step for step in _FACTS), _FACTS),
    "added_day": (tuple(ADDED_DAY + step for step in _OF_PARTIES), _OF_PARTIES),
    "added_day_industry": ((ADDED_DAY + INDUSTRY,), (INDUSTRY,)),
}
WORDS = {
    "facts": "check + staging + core over the floor",
    "marts": "marts over the floor",
    "industry": "the industry's report over the marts of the parties",
    "export": "export over bare writing",
    "spark": "a build on Spark over that on DuckDB",
    "added_day_facts": "a day added: check + staging + core over those of the whole month",
    "added_day": "a day added: check + staging + core + marts over those of the whole month",
    "added_day_industry": "a day added: the industry's report over that of the whole month",
}


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


def bench(
    landing: Path,
    month: str,
    work: Path,
    machine: Machine,
    reporter: Reporter,
    added_day: bool = False,
    inventory_rows: int | None = None,
    spark: SparkSettings | None = None,
) -> dict[str, Any]:
    """Measure every step on the same landing files, on this machine, in one run.

    Parameters:
        landing: landing folder, with Parquet for requests, alerts and Devices.
        work: a folder that the bench may fill and leave; must be new or one of an earlier bench. What was
            measured so far stands in its `bench.json` after each step.
        added_day: build the month a second time, first without what landed on its last day, and then with it.
        inventory_rows: also publish an inventory of so many rows, the month's own several times over.
        spark: also build the month on Spark, publish it, and count the CSVs that are as DuckDB's.

    Returns:
        The costs, their ratios to the floor, and what they were measured on.

    Raises:
        UsageFault: the folder is not empty and no bench's, or no day of the month has landed, or Spark is not
            to run in this process, where it can be measured.
        CarError: a step failed; its own message was printed.
    """
    if spark is not None and (spark.remote or not spark.master.startswith("local")):
        raise UsageFault("The bench measures a Spark on this machine alone: give it a `local` master.")
    _take(work)
    given = {
        "landing": str(landing),
        "work": str(work),
        "month": month,
        "threads": machine.threads,
        "memory_limit": machine.memory_limit,
    }
    result: dict[str, Any] = {"measured_on": measured_on(machine), "records": {}, "costs": [], "ratios": {}}
    write_json(work / RESULT, result)
    costs: dict[str, Cost] = {}

    def run(step: str, given: dict[str, Any], prefix: str = "") -> None:
        keep(_told(step, given, prefix + step, reporter))

    def check_and_build(given: dict[str, Any], prefix: str = "") -> None:
        run("check", given, prefix)
        given |= {"as_of": _as_of(Path(given["work"]))}
        keep(*_in_parts(_told("build", given, prefix + "build", reporter), Path(given["work"]), prefix))

    def keep(*found: Cost) -> None:
        costs.update((cost.step, cost) for cost in found)
        result["costs"] = [asdict(cost) for cost in costs.values()]
        result["ratios"] = ratios(costs)
        write_json(work / RESULT, result)

    run("floor", given)
    shutil.rmtree(work / _LEFT["floor"])
    check_and_build(given)
    result["records"] = _records((read_json(work / CHECKED) or {})["inputs"])
    for name in ("bare writing", "export"):
        run(name, given)
        shutil.rmtree(work / _LEFT[name])
    if spark is not None:
        by_duckdb = read_json(work / EXPORTED) or {}
        on_spark = {**given, "spark": asdict(spark)}
        keep(*_in_parts(_told("build", on_spark, ON_SPARK + "build", reporter), work, ON_SPARK))
        run("export", on_spark, ON_SPARK)
        shutil.rmtree(work / _LEFT["export"])
        by_spark = read_json(work / EXPORTED) or {}
        result["spark"] = {
            # The others can hold paths of this machine.
            "settings": {name: getattr(spark, name) for name in _TOLD_SETTINGS},
            "files": len(by_duckdb | by_spark),
            "equal_files": len(by_duckdb.items() & by_spark.items()),
        }
        write_json(work / RESULT, result)
    if inventory_rows is not None:
        given |= {"inventory_rows": inventory_rows}
        _told("inventory rows", given, "inventory rows", reporter)
        run("inventory", given)
        written = read_json(work / INVENTORY / RESULT) or {}
        result["inventory"] = {
            **written,
            "mb_per_cpu_s": round(written["bytes"] / 1e6 / costs["inventory"].cpu_s, 1),
        }
        write_json(work / RESULT, result)
        shutil.rmtree(work / INVENTORY)
    if added_day:
        # No later step reads it, and two of 100 million requests need more disk than many machines have.
        (work / WAREHOUSE).unlink()
        second = work / "added_day"
        copy = second / "landing_zone"  # the landing index is in `landing`
        day = landing_copy.last_day(month)
        landing_copy.link(landing, copy, without=day)
        again = {**given, "landing": str(copy), "work": str(second)}
        for prefix in (MONTH_BEFORE, ADDED_DAY):
            if prefix == ADDED_DAY:
                landing_copy.link(landing, copy, only=day)
            check_and_build(again, prefix)
        shutil.rmtree(second)
    return result


def _in_parts(whole: Cost, work: Path, prefix: str) -> list[Cost]:
    """Divide what a build cost among its parts: what is of none of them, dbt's start above all, is staging's.

    The peak of a part is the most that the process had held at the end of its last node.
    """
    built = read_json(work / BUILT) or {}
    costs = [
        Cost(
            prefix + part,
            round(built[part]["wall_s"], 2),
            round(built[part]["cpu_s"], 2),
            built[part]["max_rss"] * _RSS_UNIT // _MEBIBYTE,
        )
        for part in PARTS
    ]
    rest = {
        name: round(getattr(whole, name) - sum(getattr(cost, name) for cost in costs[1:]), 2)
        for name in ("wall_s", "cpu_s")
    }
    return [replace(costs[0], **rest), *costs[1:]]


def _take(work: Path) -> None:
    """Empty the folder where it is a bench's, and mark it as one."""
    if work.exists():
        if any(work.iterdir()) and not (work / RESULT).exists():
            raise UsageFault(f"{work} is no folder of an earlier bench: choose another.")
        shutil.rmtree(work)
    work.mkdir(parents=True)


def ratios(costs: dict[str, Cost]) -> dict[str, float]:
    """Set the steps beside each other, by CPU and by wall time, as far as they were measured.

    Returns:
        `facts`: check, staging and core over the floor; `marts` over the floor; `industry`: the industry's
        report over the marts of the parties; `export` over bare writing; `added_day_facts` and `added_day`:
        check, staging and core, without and with marts, after a day was added, over those of the whole month;
        `added_day_industry`: likewise of the report.
    """

    def total(steps: tuple[str, ...], cost: str) -> float:
        return sum(getattr(costs[step], cost) for step in steps)

    return {
        f"{name}_{cost}": round(total(steps, cost) / total(base, cost), 2)
        for name, (steps, base) in _COMPARED.items()
        if {*steps, *base} <= set(costs)
        for cost in ("cpu_s", "wall_s")
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Write the result as a table."""
    counted = ", ".join(f"{rows:,} {feed}" for feed, rows in result["records"].items() if rows)
    told = [f"Records: {counted}", f"{'step':<20}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}"]
    told += [
        f"{cost['step']:<20}{cost['wall_s']:>10.1f}{cost['cpu_s']:>10.1f}{cost['peak_memory_mib']:>10,}"
        for cost in result["costs"]
    ]
    told += [
        f"{words}: {result['ratios'][f'{name}_cpu_s']:.2f} times the CPU, "
        f"{result['ratios'][f'{name}_wall_s']:.2f} times the wall time"
        for name, words in WORDS.items()
        if f"{name}_cpu_s" in result["ratios"]
    ]
    if "inventory" in result:
        told.append(inventory_line(result["inventory"]))
    if "spark" in result:
        told.append(spark_line(result["spark"]))
    return told


def spark_line(spark: dict[str, Any]) -> str:
    """Say in words how many of the CSVs are the same on both engines."""
    return f"{spark['equal_files']:,} of {spark['files']:,} CSVs are the same on Spark and DuckDB"


def inventory_line(inventory: dict[str, Any]) -> str:
    """Say in words how fast the large inventory was published."""
    return (
        f"inventory of {inventory['rows']:,} rows for {inventory['parties']} parties:"
        f" {inventory['bytes'] / 1e6:,.0f} MB of CSV, {inventory['mb_per_cpu_s']:.1f} MB a CPU second"
    )


def measured_on(machine: Machine) -> dict[str, Any]:
    """Describe the machine and the code, without a name or a path of either."""
    return {
        "cores": machine.threads,
        "memory_limit": machine.memory_limit,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIBIBYTE),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "code_version": code_version(find_project()),
        "package_versions": package_versions(),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _told(step: str, given: dict[str, Any], name: str, reporter: Reporter) -> Cost:
    with reporter.step(name, name.capitalize()):
        cost = replace(_measured(step, given), step=name)
    reporter.say(f"  {cost.cpu_s:,.1f} s of CPU, at most {cost.peak_memory_mib:,} MiB of memory")
    return cost


def _measured(name: str, given: dict[str, Any]) -> Cost:
    command = [sys.executable, "-m", "car.bench.step", name, json.dumps(given)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CarError(
            f"The step `{name}` of the bench failed (exit code {process.returncode}); its message is above."
            f" dbt's log, where it ran, is {given['work']}/dbt.log; the step alone:"
            f" python -m car.bench.step '{name}' '{json.dumps(given)}'"
        )
    return Cost(
        name,
        round(time.monotonic() - began, 2),
        round(used.ru_utime + used.ru_stime, 2),
        used.ru_maxrss * _RSS_UNIT // _MEBIBYTE,
    )


def _as_of(work: Path) -> str:
    checked = read_json(work / CHECKED) or {}
    return checked["as_of"].removesuffix("Z")


def _records(inputs: list[dict[str, Any]]) -> dict[str, int]:
    """Count the landing files' records by feed."""
    found: dict[str, int] = {}
    for file in inputs:
        feed = file["path"].partition("/")[0]
        found[feed] = found.get(feed, 0) + (file["records"] or 0)
    return found
