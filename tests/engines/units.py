"""The unit tests of the models, on an engine that has built a month."""

import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import yaml

from car.warehouse.project import find_project, places

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_NOT_RUN: Final = Path(__file__).with_name("not_run.yml")
_HOOK: Final = "operation"
_PASSED: Final = "pass"
_TESTS_BETWEEN_COLLECTIONS: Final = 10


def unit_tests(engine: str, target: str, work: Path) -> Callable[[Any, "Manifest"], list[str]]:
    """Give what runs all unit tests and names those that fail.

    Parameters:
        engine: `spark` or `sail`.
        target: dbt's target.
        work: a folder for what dbt writes.
    """

    def run(_: Any, manifest: "Manifest") -> list[str]:
        from dbt.cli.main import dbtRunner

        done = 0

        def collect(event: Any) -> None:
            """Let go of what Python still names of tests that are done: it keeps their plans in the JVM."""
            nonlocal done
            if event.info.name.startswith("Log") and event.info.name.endswith("Result"):
                done += 1
                if done % _TESTS_BETWEEN_COLLECTIONS == 0:
                    gc.collect()

        began = time.monotonic()
        known, endless = not_run(engine), not_run(engine, endless=True)
        left_out = ["--exclude", *sorted(endless)] if endless else []
        # Nothing has landed for them: they bring their own rows.
        given = ["--target", target, "--no-write-json", "--vars", json.dumps({"landing_index": ""})]
        given += ["--log-level", "none", "--log-level-file", "none", *places(find_project(), work)]
        # What the month has landed stays where it is.
        with patch.dict(os.environ, CAR_TABLES=str(work / "watch")):
            # A month does not build what `car watch` alone reads. Tests ask its tables for their columns.
            made = dbtRunner(manifest).invoke(["run", "--empty", "--select", "tag:watch", *given])
            if made.exception is not None:
                return [f"the models of `car watch` could not be made: {made.exception}"]
            if not made.success:
                return [f"{item.node.name}: {item.message}" for item in made.result.results]
        with patch.dict(os.environ, CAR_TABLES=str(work / "tables")):
            test = dbtRunner(manifest, callbacks=[collect])
            result = test.invoke(["test", "--select", "test_type:unit", *left_out, *given])
        if result.exception is not None:
            return [f"the unit tests could not be run: {result.exception}"]
        results = [item for item in result.result.results if str(item.node.resource_type) != _HOOK]
        print(f"{len(results)} unit tests: {time.monotonic() - began:.0f} s", flush=True)
        # Told where the engine dies of them, too, when nothing else is told.
        told = (f"{item.node.name}\t{item.status}\t{item.execution_time:.1f} s" for item in results)
        work.joinpath("results.tsv").write_text("\n".join(told), encoding="utf-8")
        failed = {item.node.name: item for item in results if str(item.status) != _PASSED}
        print(f"{len(known)} of them cannot pass there ({_NOT_RUN.name}).", flush=True)
        return [
            *(f"unit test {name}: {item.message}" for name, item in failed.items() if name not in known),
            *(
                f"unit test {name} passes: take it from {_NOT_RUN.name}"
                for name in known - endless
                if name not in failed
            ),
        ]

    return run


def not_run(engine: str, endless: bool = False) -> set[str]:
    """Name the unit tests that cannot pass on an engine, of which a file gives the reasons.

    Parameters:
        endless: those alone that are not even begun.
    """
    listed = yaml.safe_load(_NOT_RUN.read_text(encoding="utf-8"))
    groups = [group for group in listed if engine in group["engines"]]
    return {
        name for group in groups for name in group["unit_tests"] if group.get("is_endless") or not endless
    }
