"""The month as Dagster runs it: assets of dbt's manifest, a sensor on the landing folder, approval as a gate.

    dagster dev -f orchestration/dagster/car_month.py

`CAR_LANDING` and `CAR_OUT` say where the folders are; `CAR_CONFIG` names a car.toml, where there is one. What
is built and published is what `car` does: an asset is there once `car run` has ended well.
"""

import graphlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster
from dagster_dbt import build_dbt_asset_specs

from car.warehouse.build import parse

LANDING = Path(os.environ.get("CAR_LANDING", "landing")).resolve()
OUT = Path(os.environ.get("CAR_OUT", "out")).resolve()
HELD_BACK = 3
"""The exit code of `car run` that the quality gate gives."""
OUTCOME = "car/outcome"
"""The tag of a run with its outcome, as run.json says it: `awaits_approval`, `held_back`, `failed`."""
QUIET = timedelta(minutes=int(os.environ.get("CAR_QUIET_MINUTES", "30")))
"""For so long nothing may have landed before a run begins."""

MONTHS = dagster.MonthlyPartitionsDefinition(start_date="2020-01", fmt="%Y-%m", timezone="UTC")


def car(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command of `car`; gives its exit code and the document that it prints."""
    config = ["--config", os.environ["CAR_CONFIG"]] if os.environ.get("CAR_CONFIG") else []
    command = [sys.executable, "-m", "car", *arguments, "--out", str(OUT), *config, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def _tables() -> list[dagster.AssetSpec]:
    """Give an asset for each model and seed of the dbt project, with what it reads."""
    with tempfile.TemporaryDirectory() as work:
        manifest = json.loads(parse(Path(work)).read_text(encoding="utf-8"))
    specs = {
        spec.key: spec.replace_attributes(partitions_def=MONTHS)
        for spec in build_dbt_asset_specs(manifest=manifest)
    }
    reads = {key: [dep.asset_key for dep in spec.deps] for key, spec in specs.items()}
    # Dagster wants to be told of an asset after those that it reads.
    return [specs[key] for key in graphlib.TopologicalSorter(reads).static_order() if key in specs]


TABLES = _tables()
RELEASE = dagster.AssetSpec(
    "release",
    deps=[spec.key for spec in TABLES],
    partitions_def=MONTHS,
    description="The version of the month, written and not yet in force.",
)


@dagster.multi_asset(
    specs=[*TABLES, RELEASE],
    check_specs=[dagster.AssetCheckSpec("quality_gate", asset="release", blocking=True)],
)
def month(context: dagster.AssetExecutionContext) -> Iterator[Any]:
    """Check, build and test the month, and write its version, which awaits approval."""
    code, run = car("run", "--landing", str(LANDING), "--month", context.partition_key, "--hold")
    outcome = run.get("outcome", "held_back" if code == HELD_BACK else "failed")
    context.instance.add_run_tags(context.run_id, {OUTCOME: outcome})
    if code == HELD_BACK:
        # An outcome of its own: nothing failed, and trying again would find the same.
        yield dagster.AssetCheckResult(
            asset_key="release",
            check_name="quality_gate",
            passed=False,
            metadata={"why": run.get("error", "")},
        )
        raise dagster.Failure("Held back by the quality gate.", allow_retries=False)
    if code:
        raise dagster.Failure(run.get("error") or f"car run ended with exit code {code}.")
    for spec in TABLES:
        yield dagster.MaterializeResult(asset_key=spec.key)
    told = {name: run[name] for name in ("outcome", "version", "recipients", "files", "reports")}
    yield dagster.MaterializeResult(asset_key="release", metadata=told)
    yield dagster.AssetCheckResult(asset_key="release", check_name="quality_gate", passed=True)


class Approval(dagster.Config):
    """Who approves a version, and why: they stand in the month's log."""

    by: str
    why: str = ""


@dagster.asset(deps=["release"], partitions_def=MONTHS)
def in_force(context: dagster.AssetExecutionContext, config: Approval) -> dagster.MaterializeResult:
    """The version that recipients see: nobody's run makes it but that of whoever approves."""
    named = ("--by", config.by, "--why", config.why)
    code, done = car("approve", "--month", context.partition_key, *named)
    if code:
        raise dagster.Failure(done.get("error", "The version could not be approved."), allow_retries=False)
    return dagster.MaterializeResult(metadata={"version": done["to"], "by": done["by"]})


@dagster.asset(
    deps=[in_force],
    partitions_def=MONTHS,
    retry_policy=dagster.RetryPolicy(max_retries=3, delay=600),
)
def delivered(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult:
    """What recipients have at their own places, as [deliver] of the configuration says."""
    code, done = car("deliver", *(["--to", os.environ["CAR_TO"]] if os.environ.get("CAR_TO") else []))
    if code:
        raise dagster.Failure(done.get("error", "Not every recipient could be delivered to."))
    return dagster.MaterializeResult(metadata={"places": len(done["deliveries"])})


run_month = dagster.define_asset_job("run_month", dagster.AssetSelection.assets(month), partitions_def=MONTHS)
approve_month = dagster.define_asset_job(
    "approve_month", dagster.AssetSelection.assets(in_force, delivered), partitions_def=MONTHS
)


@dagster.sensor(job=run_month, minimum_interval_seconds=300)
def landing_sensor(context: dagster.SensorEvaluationContext) -> dagster.RunRequest | dagster.SkipReason:
    """Run the last month that is over, once something new has landed and all has been quiet for a while."""
    files = sorted(path for path in LANDING.glob("*/date=*/*") if path.is_file())
    if not files:
        return dagster.SkipReason(f"Nothing has landed in {LANDING}.")
    seen = [(path.relative_to(LANDING).as_posix(), path.stat().st_size) for path in files]
    mark = hashlib.sha256(json.dumps(seen).encode()).hexdigest()
    if mark == context.cursor:
        return dagster.SkipReason("Nothing new has landed.")
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC)
    if datetime.now(UTC) - newest < QUIET:
        return dagster.SkipReason("Something is still landing.")
    context.update_cursor(mark)
    return dagster.RunRequest(run_key=mark, partition_key=month_over(files))


def month_over(files: list[Path]) -> str:
    """Name the last month that was over on the newest day on which something landed."""
    newest = max(path.parent.name.removeprefix("date=") for path in files)
    first = (date.fromisoformat(newest) + timedelta(days=1)).replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


defs = dagster.Definitions(
    assets=[month, in_force, delivered], jobs=[run_month, approve_month], sensors=[landing_sensor]
)
