"""Stages of a build on Spark of which one task has much more to do than the others, from Spark's event log.

    PYTHONPATH=tests python3 -m engines.skew LOG

Spark writes the log where `settings` say so: `spark.eventLog.enabled=true`, `spark.eventLog.dir=file:///…`,
`spark.eventLog.compress=false` and `spark.eventLog.rolling.enabled=false`.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

# Of stages that take less, and of those with few tasks, no cluster notices the skew.
_LEAST_MS: Final = 2_000
_LEAST_TASKS: Final = 4
_TIMES_MEDIAN: Final = 3
_TABLE: Final = re.compile(r"Execute \w*Command[^`]*`[^`]*`\.`([^`]*)`\.`([^`]*)`")


class Stage(NamedTuple):
    """What the tasks of a stage took.

    Attributes:
        table: what its query made; empty: it made none, as a test.
        longest_ms: the run time of its longest task.
        most_records: the most records that a task read of a shuffle, of `records` in all.
    """

    table: str
    tasks: int
    longest_ms: int
    median_ms: float
    total_ms: int
    most_records: int
    records: int


def stages(log: Path) -> list[Stage]:
    """Read the stages that shuffled rows reach, dearest first."""
    tables: dict[str, str] = {}
    query_of: dict[int, str] = {}
    tasks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            kind = line[: line.find(",")]
            if "SQLExecutionStart" in kind:
                event = json.loads(line)
                found = _TABLE.search(event["physicalPlanDescription"])
                tables[str(event["executionId"])] = ".".join(found.groups()) if found else ""
            elif "JobStart" in kind:
                event = json.loads(line)
                query = (event.get("Properties") or {}).get("spark.sql.execution.id", "")
                query_of |= dict.fromkeys(event["Stage IDs"], query)
            elif "TaskEnd" in kind:
                event = json.loads(line)
                if event.get("Task Metrics"):
                    tasks[event["Stage ID"]].append(event["Task Metrics"])
    found = [_stage(tables.get(query_of.get(number, ""), ""), of) for number, of in tasks.items()]
    return sorted((stage for stage in found if stage.records), key=lambda stage: -stage.total_ms)


def _stage(table: str, tasks: list[dict[str, Any]]) -> Stage:
    times = [task["Executor Run Time"] for task in tasks]
    records = [task["Shuffle Read Metrics"]["Total Records Read"] for task in tasks]
    return Stage(table, len(tasks), max(times), median(times), sum(times), max(records), sum(records))


def is_skewed(stage: Stage) -> bool:
    """Tell whether a cluster would wait for one task of a stage."""
    return (
        stage.tasks >= _LEAST_TASKS
        and stage.total_ms >= _LEAST_MS
        and stage.longest_ms > _TIMES_MEDIAN * stage.median_ms
    )


def main(log: Path) -> None:
    """Tell how many stages are skewed, and which."""
    read = stages(log)
    compared = [stage for stage in read if stage.tasks >= _LEAST_TASKS and stage.total_ms >= _LEAST_MS]
    skewed = [stage for stage in compared if is_skewed(stage)]
    print(f"{len(read):,} stages read a shuffle; {len(compared):,} take {_LEAST_MS / 1000:.0f} s or more.")
    print(f"{len(skewed):,} of these have a task that takes over {_TIMES_MEDIAN} times the median:")
    for stage in skewed:
        print(
            f"  {stage.table or '(no table)'}: {stage.tasks} tasks, longest {stage.longest_ms / 1000:.1f} s,"
            f" median {stage.median_ms / 1000:.1f} s;"
            f" {stage.most_records:,} of {stage.records:,} records in one task"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
