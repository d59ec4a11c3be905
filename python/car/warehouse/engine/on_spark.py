"""Spark: a cluster writes each table as plain Parquet, and DuckDB reads that (docs/spark.md).

The tables of a build lie in a new folder beside the warehouse's path:
`<name>.spark/<build>/<schema>/<table>`. At the path itself stands a small DuckDB file with a view of each, so
that all that comes after a build (the gate, the exporter, the reports) reads it as any other warehouse.
"""

import glob
import os
import re
import shlex
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from car.errors import CarError
from car.warehouse.database import quote_name, quote_text, spark_folder
from car.warehouse.engine.copies import copy_schemas, make_by_duckdb
from car.warehouse.engine.engine import Ask
from car.warehouse.engine.settings import SparkSettings
from car.workspace import new_run_id

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue

_LOGGING: Final = Path(__file__).with_name("log4j2.properties")
_PACKAGES: Final = ("pyspark", "pyspark-client")
_HISTORY, _LANDING = "history", "landing"
# Any of these says that something was published before which a run looks at.
_OF_HISTORY: Final = ("history_parties", "history_industry", "industry_origin")
# Spark takes other characters for a pattern, or for an address, and leaves out what begins with _ or a dot.
_PLAIN_NAME: Final = re.compile(r"[^:{}\[\]*?,\\`'\"%^|]*/[^_.:{}\[\]*?,\\`'\"%^|/][^:{}\[\]*?,\\`'\"%^|/]*")
_NO_TABLES: Final = ("view", "ephemeral")
_TYPES: Final = (("string", "varchar"), ("timestamp_ntz", "timestamp"))


class OnSpark:
    """Spark, in a session of this process or by a server of Spark Connect.

    Parameters:
        settings: how it is reached and used.
    """

    name = "spark"

    def __init__(self, settings: SparkSettings) -> None:
        self._settings = settings
        self._warehouse = Path()
        self._folder = Path()
        self._environment: dict[str, str | None] = {}
        self._is_finished = False

    @property
    def target(self) -> str:
        """The target: a server of Spark Connect has settings that a client may not name."""
        return "spark_connect" if self._settings.remote else "spark"

    @property
    def options(self) -> tuple[str, ...]:
        """Give how many models and tests Spark has at a time."""
        return ("--threads", str(self._settings.nodes_at_a_time))

    def facts(self) -> dict[str, str]:
        """Give name and version, for run.json."""
        return {"name": self.name, "version": _pyspark_version()}

    def begin(self, warehouse: Path, threads: int, memory_limit: str) -> None:
        """Make the folder of the build, and say where it is and how Spark is reached."""
        self._require()
        self._warehouse = warehouse
        of_warehouse = tables_of(warehouse)
        _remove_all_but(of_warehouse, in_use_by(warehouse))
        self._folder = of_warehouse / new_run_id()
        self._folder.mkdir(parents=True)
        settings = self._settings
        self._set_environment(
            {
                "CAR_SPARK_WAREHOUSE": str(self._folder),
                "CAR_SPARK_MASTER": settings.master,
                "CAR_SPARK_DRIVER_MEMORY": settings.driver_memory,
                "CAR_SPARK_SHUFFLE_PARTITIONS": str(settings.shuffle_partitions or threads),
                "CAR_SPARK_NODES_AT_A_TIME": str(settings.nodes_at_a_time),
            }
        )
        if settings.remote:
            self._set_environment({"SPARK_REMOTE": settings.remote})
        else:
            self._set_environment({"PYSPARK_SUBMIT_ARGS": _submit_arguments(settings)})
            if settings.master.startswith("local"):
                local = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(self._folder / ".shuffle")}
                self._set_environment({key: value for key, value in local.items() if key not in os.environ})

    def _require(self) -> None:
        # PySpark warns of every pandas of today; nothing here hands it one.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        try:
            import dbt.adapters.spark  # noqa: F401
            import pyspark  # noqa: F401
        except ImportError:
            raise CarError(
                "Spark is not installed: `pip install './python[spark]'` brings it (docs/spark.md)."
            ) from None
        if not self._settings.remote and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise CarError("Spark needs Java 17 or later on this machine, and there is none (docs/spark.md).")

    def _set_environment(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._environment.setdefault(name, os.environ.get(name))
            os.environ[name] = value

    def prepare(self, work: Path, variables: dict[str, Any]) -> dict[str, Any]:
        """Let DuckDB copy what Spark cannot read so that the same comes out."""
        index = Path(variables.get("landing_index", ""))
        locations = _locations(index)
        schemas = []
        if any(variables.get(name) for name in _OF_HISTORY):
            schemas.append(_HISTORY)
        if self._settings.copies_landing or any("://" in location for location in locations):
            schemas.append(_LANDING)
        copies = {}
        if schemas:
            read = self._folder / "read_by_duckdb.duckdb"
            make_by_duckdb(read, work, schemas, variables)
            copies = copy_schemas(read, schemas, self._folder / ".copies")
        return {
            "landing_index": str(index) if index.joinpath("files.parquet").is_file() else "",
            "copies": copies,
            "links": {} if _LANDING in copies else self._links(locations),
        }

    def _links(self, locations: Iterable[str]) -> dict[str, str]:
        links = {}
        for location in locations:
            if not _PLAIN_NAME.fullmatch(location):
                (found,) = glob.glob(location) or [location]
                link = self._folder / ".links" / f"{len(links):08d}.parquet"
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(found)
                links[location] = str(link)
        return links

    def leave_out(self, manifest: "Manifest", code: str, decided: dict[str, str]) -> set[str]:
        """Leave out snapshots, which need a table format of their own; no model reads one."""
        snapshots = {name for name, node in manifest.nodes.items() if str(node.resource_type) == "snapshot"}
        return snapshots | {
            name for name, node in manifest.nodes.items() if snapshots & set(node.depends_on_nodes)
        }

    def keep_passed(self, results: Iterable[Any], decided: dict[str, str]) -> None:
        """Keep nothing: a month is built whole."""

    def end_of_build(self) -> None:
        """Do nothing: the session has to live on, since it alone knows the tables."""

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Ask the session of the build."""

        def ask(select: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
            found = _session().sql(select).limit(limit)
            return found.columns, [tuple(row) for row in found.collect()]

        yield ask

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Write what is read and is no table yet, and put the file of views in the warehouse's place."""
        session = _session()
        read = _read_of(catalogue)
        for relation in read:
            # What of the industry's report could not be built is not there, with --parties-only.
            if not self._place(relation).is_dir() and session.catalog.tableExists(relation):
                session.table(relation).write.parquet(str(self._place(relation)))
        new = self._folder / "views.duckdb"
        with duckdb.connect(str(new)) as connection:
            connection.execute("create schema car")
            connection.execute("create table car.tables as select ? as folder", [str(self._folder)])
            for relation in dict.fromkeys([*_tables(manifest), *read]):
                schema, name = _parts(relation)
                rows = _rows_of(self._place(relation))
                if rows is None and session.catalog.tableExists(relation):
                    rows = _no_rows(session.table(relation).schema)
                if rows is not None:
                    connection.execute(f"create schema if not exists {quote_name(schema)}")
                    connection.execute(f"create view {quote_name(schema)}.{quote_name(name)} as {rows}")
        new.replace(self._warehouse)
        self._is_finished = True
        _remove_all_but(self._folder.parent, self._folder)

    def _place(self, relation: str) -> Path:
        return self._folder.joinpath(*_parts(relation))

    def close(self) -> None:
        """End the session; of a build that was not finished nothing stays."""
        with suppress(Exception):
            _session().stop()
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._environment.clear()
        passing = ("*",) if not self._is_finished else (".*", "read_by_duckdb*")
        for pattern in passing:
            for path in self._folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if not self._is_finished:
            shutil.rmtree(self._folder, ignore_errors=True)


def tables_of(warehouse: Path) -> Path:
    """Give the folder in which the tables lie that a warehouse of Spark has views of."""
    return warehouse.with_name(f"{warehouse.stem}.spark")


def in_use_by(warehouse: Path) -> Path | None:
    """Give the folder of the build that a warehouse has views of; None where DuckDB has built it."""
    if not warehouse.is_file():
        return None
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        folder = spark_folder(connection)
    return Path(folder) if folder else None


def _remove_all_but(folder: Path, kept: Path | None) -> None:
    for build in folder.iterdir() if folder.is_dir() else ():
        if build != kept:
            shutil.rmtree(build, ignore_errors=True)


def _session() -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()


def _pyspark_version() -> str:
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            return version(package)
    return "none"


def _submit_arguments(settings: SparkSettings) -> str:
    """Give the words of `spark-submit`: Spark says nothing itself, since it would print values of rows."""
    words = ["--driver-java-options", f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}"]
    for setting in settings.settings:
        words += ["--conf", setting]
    return shlex.join([*words, "pyspark-shell"])


def _locations(index: Path) -> list[str]:
    """Give where the Parquet files lie that were landed."""
    files = index / "files.parquet"
    if not files.is_file():
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select location from read_parquet(?)"
            " where verdict = 'loaded' and record_count > 0 and file_format = 'parquet' order by path",
            [str(files)],
        ).fetchall()
    return [location for (location,) in rows]


def _tables(manifest: "Manifest") -> list[str]:
    return [
        node.relation_name
        for node in manifest.nodes.values()
        if str(node.resource_type) in ("model", "seed") and node.config.materialized not in _NO_TABLES
    ]


def _parts(relation: str) -> list[str]:
    return relation.replace("`", "").split(".")


def _read_of(catalogue: "Catalogue") -> list[str]:
    """Give the relations that the rest of a run reads."""
    relations = [publication.relation for publication in catalogue.publications]
    relations += [catalogue.obligations, *catalogue.quarantine.values()]
    relations += [relation for several in catalogue.run_json.values() for relation in several]
    relations += [catalogue.format_requests] if catalogue.format_requests else []
    return list(dict.fromkeys(relations))


def _rows_of(place: Path) -> str | None:
    files = next(place.glob("*.parquet"), None)
    return f"select * from read_parquet({quote_text(f'{place}/*.parquet')})" if files else None


def _no_rows(schema: Any) -> str:
    """Give a select of no row: an engine may write no file of an empty table."""
    columns = []
    for field in schema.fields:
        told = field.dataType.simpleString()
        for theirs, ours in _TYPES:
            told = told.replace(theirs, ours)
        told = re.sub(r"array<(.*)>", r"\1[]", told)
        columns.append(f"cast(null as {told}) as {quote_name(field.name)}")
    return f"select {', '.join(columns)} where false"
