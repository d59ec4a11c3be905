"""What becomes of a month when something dies under Spark. By hand, for it takes minutes and root:

    python3 tasks.py engine spark --faults

Each fault strikes in the middle of a build. Three end the run, which must publish nothing and say why; a
worker that dies must change nothing. The last run, in the folder that all the others left, must be right.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from car.errors import CarError
from car.warehouse.engine.on_spark import tables_of
from car.warehouse.engine.settings import SparkSettings
from engines import servers

Publish = Callable[[Path, SparkSettings], Path]
# When it strikes, in tables that the build has written: staging is under way, or done.
_EARLY, _LATE = 3, 90
_DISK = "256k"
_LOOK_EVERY_S = 0.2


def faults_that_end(landing: Path, out: Path, logs: Path, publish: Publish) -> list[str]:
    """Let each fault that ends a run happen, and say where one ended otherwise than it has to.

    Parameters:
        out: of the runs, which publish nothing.
        publish: publishes the month with a Spark that is reached so.
    """
    file = sorted((landing / "alerts").glob("*/*-us.parquet"))[0]
    content = file.read_bytes()
    found = []
    try:
        with servers.local() as settings, _in_the_middle(out, _EARLY, file.unlink):
            found += _ended("a landed file goes away", out, lambda: publish(out, settings))
    finally:
        file.write_bytes(content)
    with servers.local() as settings, _in_the_middle(out, _LATE, lambda: _kill("pyspark-shell")):
        found += _ended("the driver is killed", out, lambda: publish(out, settings))
    with ExitStack() as cluster:
        disk = cluster.enter_context(_small_disk(logs / "disk"))
        settings = cluster.enter_context(servers.standalone(logs, disk=disk))
        found += _ended("a worker's disk is full", out, lambda: publish(out, settings))
    return found


@contextmanager
def worker_dies(out: Path) -> Iterator[None]:
    """Kill one of the workers of a cluster, and its executor, in the middle of a build."""

    def strike() -> None:
        _kill("deploy.worker.Worker")
        _kill("CoarseGrainedExecutorBackend")

    with _in_the_middle(out, _LATE, strike):
        yield


def _ended(fault: str, out: Path, run: Callable[[], object]) -> list[str]:
    print(f"\n== {fault}", flush=True)
    try:
        run()
    except CarError as error:
        print(f"The run ended: {error}", flush=True)
    else:
        return [f"{fault}: the run did not end"]
    left = list(tables_of(out / ".car" / "warehouse.duckdb").glob("*"))
    published = list((out / "releases").glob("*/v*"))
    return [f"{fault}: {path.relative_to(out)} is there" for path in [*left, *published]]


@contextmanager
def _in_the_middle(out: Path, table_count: int, strike: Callable[[], object]) -> Iterator[None]:
    tables = tables_of(out / ".car" / "warehouse.duckdb")
    before = set(tables.glob("*"))
    done = threading.Event()

    def wait() -> None:
        while not done.is_set():
            of_build = [path for path in tables.glob("*") if path not in before]
            if sum(1 for build in of_build for _ in build.glob("*/*/_SUCCESS")) >= table_count:
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
