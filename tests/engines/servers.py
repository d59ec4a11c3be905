"""What a month is built on: Spark in this process, a standalone cluster of it, or Sail."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ports import HOST, free_port

from car.warehouse.engine.settings import SparkSettings

# Compiling pays for long work alone: without it a small month takes two thirds of the processor's time.
_SHORT_WORK = ("spark.sql.codegen.wholeStage=false", "spark.sql.codegen.factoryMode=NO_CODEGEN")
_SHORT_WORK_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
_START_S = 120
_LOGGED = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ ")


@contextmanager
def local() -> Iterator[SparkSettings]:
    """Spark with two threads of this process."""
    os.environ["JDK_JAVA_OPTIONS"] = _SHORT_WORK_JVM
    yield SparkSettings(
        master="local[2]", shuffle_partitions=1, nodes_at_a_time=2, settings=_SHORT_WORK, driver_memory="4g"
    )


@contextmanager
def sail(logs: Path) -> Iterator[SparkSettings]:
    """Sail, which speaks Spark Connect and needs no Java."""
    port = free_port()
    server = [str(Path(sys.executable).with_name("sail")), "spark", "server", "--ip", HOST]
    with _process([*server, "--port", str(port)], logs / "sail.log", port):
        yield SparkSettings(remote=f"sc://{HOST}:{port}", copies_landing=True)


@contextmanager
def standalone(logs: Path, workers: int = 2, disk: Path | None = None) -> Iterator[SparkSettings]:
    """A master and some workers of one core each, as processes of this machine.

    Parameters:
        disk: where the workers keep what does not fit into memory; None: where the system has room for it.
    """
    import pyspark

    home = Path(pyspark.__file__).parent
    spark_class = str(home / "bin" / "spark-class")
    port, master = free_port(), "org.apache.spark.deploy.master.Master"
    environment = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_IP": HOST,
        "JDK_JAVA_OPTIONS": _SHORT_WORK_JVM,
    }
    os.environ.update(environment)
    url = f"spark://{HOST}:{port}"
    with ExitStack() as cluster:
        start = [spark_class, master, "--host", HOST, "--port", str(port), "--webui-port", "0"]
        cluster.enter_context(_process(start, logs / "master.log", port))
        for number in range(workers):
            start = [spark_class, "org.apache.spark.deploy.worker.Worker", "--cores", "1"]
            start += ["--memory", "1536m", "--webui-port", "0", "--work-dir", str(logs / f"worker-{number}")]
            room = {"SPARK_LOCAL_DIRS": str(disk)} if disk else {}
            cluster.enter_context(_process([*start, url], logs / f"worker-{number}.log", **room))
        yield SparkSettings(
            master=url,
            shuffle_partitions=2,
            settings=(*_SHORT_WORK, "spark.executor.memory=1g", f"spark.driver.host={HOST}"),
        )


def said_by_executors(logs: Path) -> list[str]:
    """Name what executors of `standalone` have logged: it could hold values of rows."""
    found = []
    for path in sorted(logs.glob("worker-*/*/*/std*")):
        lines = [line for line in path.read_text(errors="replace").splitlines() if _LOGGED.match(line)]
        if lines:
            found.append(f"{path.relative_to(logs)}: an executor has logged {len(lines):,} lines")
    return found


@contextmanager
def _process(command: list[str], log: Path, port: int | None = None, **environment: str) -> Iterator[None]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )
        try:
            if port is not None:
                _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"No server came up; what it said stands in {log}.")
