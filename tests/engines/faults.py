"""What becomes of a month when something dies under Spark. By hand, for it takes minutes and root:

    python3 tasks.py engine spark --faults

Each fault strikes in the middle of a build. Three end the run, which must publish nothing and say why; a
worker that dies must change nothing. The last run, in the folder that all the others left, must be right.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from car.warehouse.engine.on_spark import tables_of
from car.warehouse.engine.settings import SparkSettings
from engines import servers
from engines.landed import MONTH

# When it strikes, in tables that the build has written: staging is under way, or done.
_EARLY, _LATE = 3, 90
_DISK = "256k"
_LOOK_EVERY_S = 0.2


def faults_that_end(landing: Path, out: Path, logs: Path) -> list[str]:
    """Let each fault that ends a run happen, and say where one ended otherwise than it has to.

    Parameters:
        out: of the runs, which publish nothing.
    """
    file = sorted((landing / "alerts").glob("*/*-us.parquet"))[0]
    content = file.read_bytes()
    found = []
    try:
        with servers.local() as settings, _in_the_middle(out, _EARLY, file.unlink):
            found += _ended("a landed file goes away", landing, out, settings, f"{file.name} is gone")
    finally:
        file.write_bytes(content)
    with servers.local() as settings, _in_the_middle(out, _LATE, lambda: _kill("pyspark-shell")):
        found += _ended("the driver is killed", landing, out, settings, "Spark ended")
    with ExitStack() as cluster:
        disk = cluster.enter_context(_small_disk(logs / "disk"))
        settings = cluster.enter_context(servers.standalone(logs, disk=disk))
        found += _ended("a worker's disk is full", landing, out, settings, "No space left on device")
    return found


@contextmanager
def worker_dies(out: Path) -> Iterator[None]:
    """Kill one of the workers of a cluster, and its executor, in the middle of a build."""

    def strike() -> None:
        _kill("deploy.worker.Worker")
        _kill("CoarseGrainedExecutorBackend")

    with _in_the_middle(out, _LATE, strike):
        yield


def _ended(fault: str, landing: Path, out: Path, settings: SparkSettings, said: str) -> list[str]:
    """Run a month as its user does, and say what is not as it has to be after the fault."""
    print(f"\n== {fault}", flush=True)
    config = out.with_name("car.toml")
    values = {name: value for name, value in asdict(settings).items() if value not in ("", ())}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    config.write_text("\n".join(["[spark]", *lines, ""]), encoding="utf-8")
    options = ["--no-pdf", "--no-industry", "--force", "--engine", "spark", "--config", str(config)]
    run = ["run", "--landing", str(landing), "--out", str(out), "--month", MONTH, *options]
    done = subprocess.run([sys.executable, "-m", "car", *run], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "leaked" not in line][-12:]
    print("\n".join(told), f"Exit code {done.returncode}.", sep="\n", flush=True)
    left = list(tables_of(out / ".car" / "warehouse.duckdb").glob("*"))
    published = list((out / "releases").glob("*/v*"))
    found = [f"{fault}: {path.relative_to(out)} is there" for path in [*left, *published]]
    if done.returncode != 1 or said not in done.stderr:
        found.append(f"{fault}: the run did not end with 1 and `{said}`")
    return found


@contextmanager
def _in_the_middle(out: Path, table_count: int, strike: Callable[[], object]) -> Iterator[None]:
    tables = tables_of(out / ".car" / "warehouse.duckdb")
    before = set(tables.glob("*"))
    done = threading.Event()

    def wait() -> bool:
        while not done.is_set():
            of_build = [path for path in tables.glob("*") if path not in before]
            if sum(1 for build in of_build for _ in build.glob("*/*/_SUCCESS")) >= table_count:
                strike()
                return True
            time.sleep(_LOOK_EVERY_S)
        return False

    with ThreadPoolExecutor() as beside:
        struck = beside.submit(wait)
        try:
            yield
        finally:
            done.set()
        if not struck.result():
            raise RuntimeError("The build came to its end before the fault could strike it.")


def _kill(words: str) -> None:
    found = subprocess.run(["pgrep", "-n", "-f", words], capture_output=True, text=True, check=True)
    os.kill(int(found.stdout), signal.SIGKILL)


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
