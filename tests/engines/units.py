"""The unit tests of the models, on an engine that has built a month."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from car.warehouse.project import find_project, places

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# Unit tests that cannot be run on another engine, each with the reason.
NOT_RUN: Final[dict[str, str]] = {}
_PASSED = "pass"


def unit_tests(target: str, work: Path) -> Callable[[Any, "Manifest"], list[str]]:
    """Give what runs all unit tests and names those that fail.

    Parameters:
        target: dbt's target.
        work: a folder for what dbt writes.
    """

    def run(_: Any, manifest: "Manifest") -> list[str]:
        from dbt.cli.main import dbtRunner

        began = time.monotonic()
        chosen = ["--select", "test_type:unit", "--target", target, "--no-write-json"]
        # Nothing has landed for them: they bring their own rows.
        chosen += ["--vars", json.dumps({"landing_index": ""})]
        quiet = ["--log-level", "none", "--log-level-file", "none"]
        # What the month has landed stays where it is.
        with patch.dict(os.environ, CAR_TABLES=str(work / "tables")):
            result = dbtRunner(manifest).invoke(["test", *chosen, *quiet, *places(find_project(), work)])
        if result.exception is not None:
            return [f"the unit tests could not be run: {result.exception}"]
        results = {item.node.name: item for item in result.result.results}
        print(f"{len(results)} unit tests: {time.monotonic() - began:.0f} s", flush=True)
        failed = {name: item for name, item in results.items() if str(item.status) != _PASSED}
        return [
            *(
                f"unit test {name}: {item.status}: {item.message}"
                for name, item in failed.items()
                if name not in NOT_RUN
            ),
            *(f"unit test {name} passes: take it from the list" for name in NOT_RUN if name not in failed),
        ]

    return run
