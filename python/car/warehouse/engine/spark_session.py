"""The session in which Spark builds: how it is reached, asked and ended."""

import logging
import os
import re
import shlex
import shutil
import socket
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from car.errors import CarError
from car.warehouse.engine.settings import SparkSettings

_LOGGING: Final = Path(__file__).with_name("log4j2.properties")
_LOGGERS: Final = ("py4j", "SQLQueryContextLogger", "DataFrameQueryContextLogger")
_SILENT: Final = logging.CRITICAL + 1
_ANSI: Final = "spark.sql.ansi.enabled"
_PACKAGES: Final = ("pyspark", "pyspark-client")
_ADDRESS: Final = re.compile(r"([\w.-]+):(\d+)")
_ANSWERS_WITHIN_S: Final = 10
# A server that is gone is asked for minutes by its client.
_ENDS_WITHIN_S: Final = 20
# As many parts as Spark has where nothing is said, for a cluster whose cores nobody here knows.
_PARTS_OF_A_CLUSTER: Final = 200


class SparkSession:
    """The session of a build; there is one in a process.

    Parameters:
        settings: how Spark is reached and used.
    """

    def __init__(self, settings: SparkSettings) -> None:
        self._settings = settings
        self._before: dict[str, str | None] = {}

    @property
    def version(self) -> str:
        """Version of the PySpark package, which is that of the driver or of the client."""
        for package in _PACKAGES:
            with suppress(PackageNotFoundError):
                return version(package)
        return "none"

    def prepare(self, folder: Path, threads: int) -> None:
        """Say in the environment what dbt's target reads there.

        Parameters:
            folder: gets the tables; it is made.

        Raises:
            CarError: what it takes is not installed, or nobody answers at the address.
        """
        self._require()
        folder.mkdir(parents=True, exist_ok=True)
        settings = self._settings
        is_local = settings.master.startswith("local")
        parts = settings.shuffle_partitions or (threads if is_local else _PARTS_OF_A_CLUSTER)
        self._set(
            {
                "CAR_TABLES": str(folder),
                "CAR_SPARK_MASTER": settings.master,
                "CAR_SPARK_DRIVER_MEMORY": settings.driver_memory,
                "CAR_SPARK_SHUFFLE_PARTITIONS": str(parts),
                "CAR_SPARK_NODES_AT_A_TIME": str(settings.nodes_at_a_time),
                # One that was exported goes before every master.
                "SPARK_REMOTE": settings.remote or None,
            }
        )
        if not settings.remote:
            # Executors find it in the folder, which all of them see.
            logging_as = shutil.copy2(_LOGGING, folder / f".{_LOGGING.name}")
            self._set({"PYSPARK_SUBMIT_ARGS": _submit_arguments(settings, logging_as)})
            if is_local:
                local = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / ".shuffle")}
                self._set({name: value for name, value in local.items() if name not in os.environ})

    def _require(self) -> None:
        # PySpark warns of every pandas of today; nothing here hands it one.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        try:
            import dbt.adapters.spark  # noqa: F401
            from pyspark.logger import PySparkLogger
        except ImportError:
            raise CarError(
                "Spark is not installed: `pip install './python[spark]'` brings it (docs/spark.md)."
            ) from None
        # What went wrong is told by the run; here it would be a traceback for each node, with values of rows.
        for name in _LOGGERS:
            PySparkLogger.getLogger(name).setLevel(_SILENT)
        remote, master = self._settings.remote, self._settings.master
        if not remote and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise CarError("Spark needs Java 17 or later on this machine, and there is none (docs/spark.md).")
        if remote or master.startswith("spark://"):
            # A token may follow.
            _require_answer((remote or master).partition(";")[0])
        _keep_ansi()

    def _set(self, variables: Mapping[str, str | None]) -> None:
        for name, value in variables.items():
            self._before.setdefault(name, os.environ.get(name))
            _set_variable(name, value)

    def get(self) -> Any:
        """Give the session that dbt began; a new one where it began none."""
        from pyspark.sql import SparkSession as Session

        return Session.builder.getOrCreate()

    def answers(self) -> bool:
        """Tell whether the driver is there: it reads a query, for which it needs no worker."""
        return bool(_within(_ENDS_WITHIN_S, lambda: self.get().sql("select 1 as one").columns))

    def end(self, was_begun: bool) -> None:
        """End the session, and leave the environment as it was."""
        if was_begun:
            _within(_ENDS_WITHIN_S, lambda: self.get().stop())
            _within(_ENDS_WITHIN_S, _end_driver)
        for name, value in self._before.items():
            _set_variable(name, value)
        self._before.clear()


def _keep_ansi() -> None:
    """Have dbt-spark keep the mode that the profile names: it turns ANSI off, which would cut an overflow."""
    from dbt.adapters.spark.connections import SparkCredentials

    usual = SparkCredentials.__post_init__
    if usual.__module__ == __name__:
        return

    def keep(self: Any) -> None:
        asked = str(self.server_side_parameters[_ANSI])
        usual(self)
        self.server_side_parameters[_ANSI] = asked

    SparkCredentials.__post_init__ = keep


def _end_driver() -> None:
    """End the JVM of this process: the reports need its memory, and another run has other settings."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        SparkContext._gateway = SparkContext._jvm = None
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """Give what is answered in time; None for an error, or for no answer."""
    answers = []

    def run() -> None:
        with suppress(Exception):
            answers.append(ask())

    asking = threading.Thread(target=run, daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else None


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _require_answer(url: str) -> None:
    for host, port in _ADDRESS.findall(url):
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=_ANSWERS_WITHIN_S):
            return
    raise CarError(f"Nobody answers at {url}. Is Spark running there (docs/spark.md)?")


def _submit_arguments(settings: SparkSettings, logging_as: Path) -> str:
    """Give the words of `spark-submit`: Spark says nothing itself, since it would print values of rows.

    Parameters:
        logging_as: a file that says so, for driver and executors.
    """
    silent = f"-Dlog4j2.configurationFile={logging_as.absolute().as_uri()}"
    words = []
    for setting in (
        "spark.log.level=OFF",
        f"spark.driver.defaultJavaOptions={silent}",
        f"spark.executor.defaultJavaOptions={silent}",
        *settings.settings,
    ):
        words += ["--conf", setting]
    return shlex.join([*words, "pyspark-shell"])
