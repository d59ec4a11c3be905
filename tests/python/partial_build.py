"""Builds a part of the dbt project without its tests: for what is about one layer and need not wait."""

import json
import os
from contextlib import contextmanager

import duckdb

from car.warehouse.build import find_project
from car.warehouse.engine.on_duckdb import close_connections


def build_models(warehouse, work, select, **variables):
    """Build the models that are selected from the landing index in `work`.

    Parameters:
        select: selectors of dbt, any of which takes a model in.
        variables: dbt variables; `landing_index` is that of `work`.

    Returns:
        A connection to the warehouse; to be closed before it is built again.
    """
    from dbt.cli.main import dbtRunner

    os.environ.update(
        CAR_WAREHOUSE=str(warehouse),
        CAR_THREADS="2",
        CAR_MEMORY_LIMIT="1GiB",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    project = find_project()
    result = dbtRunner().invoke(
        [
            "build",
            *("--select", " ".join(select)),
            *("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
            *("--exclude-resource-type", "snapshot"),
            *("--project-dir", str(project), "--profiles-dir", str(project / "profiles")),
            *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
            *("--log-level", "none", "--log-level-file", "none"),
            *("--vars", json.dumps({**variables, "landing_index": str(work / "landing")})),
        ]
    )
    close_connections()
    assert result.success, result.exception or [
        item.message for item in result.result.results if item.message
    ]
    return duckdb.connect(str(warehouse))


@contextmanager
def without_data_tests():
    """Let `car run` build without data tests and snapshots: they change no figure and take half of it."""
    from dbt.cli.main import dbtRunner

    invoke = dbtRunner.invoke

    def leave_out(self, arguments, **keywords):
        left_out = ("--exclude-resource-type", "test", "--exclude-resource-type", "snapshot")
        return invoke(self, [*arguments, *(left_out if "build" in arguments else ())], **keywords)

    dbtRunner.invoke = leave_out
    try:
        yield
    finally:
        dbtRunner.invoke = invoke
