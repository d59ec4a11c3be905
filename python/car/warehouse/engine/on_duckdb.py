"""DuckDB: the warehouse is one file, and is brought up to date from run to run (docs/incremental.md)."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from car.warehouse import passed_before
from car.warehouse.engine.engine import Ask

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue


class OnDuckdb:
    """The engine that a run has where no other is asked for."""

    name = "duckdb"
    target = "duckdb"
    # One node has all of DuckDB's threads. With two nodes at a time on two cores, a day added to a month of
    # 100 million requests died of 3,072 MiB, since both facts hold what they replace. One at a time it was
    # taken up from its start with 2,867.
    options: tuple[str, ...] = ("--threads", "1")

    def __init__(self) -> None:
        """Know no warehouse yet."""
        self._warehouse = Path()

    def facts(self) -> dict[str, str]:
        """Give name and version, for run.json."""
        return {"name": self.name, "version": duckdb.__version__}

    def begin(self, warehouse: Path, threads: int, memory_limit: str) -> None:
        """Say where the file is and what DuckDB may use."""
        self._warehouse = warehouse
        os.environ.update(
            CAR_WAREHOUSE=str(warehouse), CAR_THREADS=str(threads), CAR_MEMORY_LIMIT=memory_limit
        )

    def prepare(self, work: Path, variables: dict[str, Any]) -> dict[str, Any]:
        """Give no variable: DuckDB reads all that comes in as it lies there."""
        return {}

    def leave_out(self, manifest: "Manifest", code: str, decided: dict[str, str]) -> set[str]:
        """Choose what stands in the warehouse as it passed before."""
        return passed_before.leave_out(self._warehouse, manifest, code, decided)

    def keep_passed(self, results: Iterable[Any], decided: dict[str, str]) -> None:
        """Keep in the warehouse what passed."""
        passed_before.keep_passed(self._warehouse, results, decided)

    def end_of_build(self) -> None:
        """Let go of the file: dbt-duckdb keeps it open for the life of the process."""
        close_connections()

    def why_it_ended(self) -> str:
        """Say nothing: DuckDB lives in this process."""
        return ""

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Ask the file, read-only."""
        with duckdb.connect(str(self._warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")

            def ask(select: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
                rows = connection.execute(f"select * from (\n{select}\n) limit {limit}")
                return [column[0] for column in rows.description], rows.fetchall()

            yield ask

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Do nothing: the file is what the rest of the run reads."""

    def close(self) -> None:
        """Let go of the file where the build ended before it was done."""
        close_connections()


def close_connections() -> None:
    """Let go of what dbt-duckdb holds open."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        try:
            environment.close()
        except Exception:
            logging.getLogger(__name__).debug("dbt's connection was closed already")
    DuckDBConnectionManager.close_all_connections()
