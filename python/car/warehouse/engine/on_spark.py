"""Spark: a cluster writes each table as plain Parquet, and DuckDB reads that (docs/spark.md).

The tables of a build lie in a new folder beside the warehouse's path:
`<name>.spark/<build>/<schema>/<table>`. At the path itself stands a small DuckDB file with a view of each, so
that all that comes after a build (the gate, the exporter, the reports) reads it as any other warehouse.
"""

import glob
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from car.errors import CarError
from car.warehouse.database import quote_name, quote_text, spark_folder
from car.warehouse.engine.copies import copy_schema, make_by_duckdb, part_of_index
from car.warehouse.engine.engine import Ask
from car.warehouse.engine.settings import SparkSettings
from car.warehouse.engine.spark_session import SparkSession
from car.workspace import new_run_id

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from car.warehouse.catalogue import Catalogue

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
        self._session = SparkSession(settings)
        self._warehouse = Path()
        self._folder = Path()
        self._threads = 1
        self._has_folder = self._is_begun = self._is_finished = False

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
        return {"name": self.name, "version": self._session.version}

    def begin(self, warehouse: Path, threads: int, memory_limit: str) -> None:
        """Make the folder of the build, and say where it is and how Spark is reached."""
        self._warehouse, self._threads = warehouse, threads
        of_warehouse = tables_of(warehouse)
        _remove_all_but(of_warehouse, in_use_by(warehouse))
        self._folder, self._has_folder = of_warehouse / new_run_id(), True
        self._session.prepare(self._folder, threads)

    def prepare(self, work: Path, variables: dict[str, Any]) -> dict[str, Any]:
        """Let DuckDB copy what Spark cannot read so that the same comes out."""
        self._is_begun = True
        index = Path(variables.get("landing_index", ""))
        files = {location: _file_at(location) for location in _parquet_locations(index)}
        copied = set(files) if self._settings.copies_landing else _read_by_duckdb_alone(files)
        schemas = [_HISTORY] if any(variables.get(name) for name in _OF_HISTORY) else []
        if copied:
            schemas.append(_LANDING)
            part = part_of_index(index, sorted(copied), self._folder / ".copied")
            # Of both schemas, since dbt parses all anew where a variable is another.
            variables = {**variables, "landing_index": str(part)}
        copies = {schema: self._copies(schema, work, variables) for schema in schemas}
        odd = {location: file for location, file in files.items() if not _PLAIN_NAME.fullmatch(location)}
        links = {location: self._link(file) for location, file in odd.items()}
        return {
            "landing_index": str(index) if index.joinpath("files.parquet").is_file() else "",
            "copies": copies,
            "links": {**links, **dict.fromkeys(copied, "")},
        }

    def _copies(self, schema: str, work: Path, variables: dict[str, Any]) -> str:
        database = self._folder / f"read_by_duckdb.{schema}.duckdb"
        make_by_duckdb(database, work, schema, variables, self._threads)
        copy_schema(database, schema, self._folder / ".copies")
        return str(self._folder / ".copies" / schema)

    def _link(self, file: str) -> str:
        links = self._folder / ".links"
        links.mkdir(exist_ok=True)
        link = links / f"{sum(1 for _ in links.iterdir()):08d}.parquet"
        link.symlink_to(file)
        return str(link)

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

    def why_it_ended(self) -> str:
        """Say that nobody answers any more, where that is so."""
        if self._session.answers():
            return ""
        return (
            "Spark ended while it built: its driver is gone, or nobody could reach it. More memory may help"
            " (`driver_memory`, docs/spark.md). Nothing was published; run again."
        )

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """Ask the session of the build."""

        def ask(select: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
            found = self._session.get().sql(select).limit(limit)
            return found.columns, [tuple(row) for row in found.collect()]

        yield ask

    def finish(self, manifest: "Manifest", catalogue: "Catalogue") -> None:
        """Write what is read and is no table yet, and put the file of views in the warehouse's place."""
        session = self._session.get()
        # Seeds have rows. Executors with other disks would leave every table without one here.
        if not any(_rows_of(self._place(relation)) for relation in _tables(manifest, "seed")):
            raise CarError(
                f"Spark has built, and none of its files is in {self._folder}. Every worker has to see the"
                " output folder, under the path that it has here (docs/spark.md)."
            )
        read = _read_of(catalogue)
        for relation in read:
            # What of the industry's report could not be built is not there, with --parties-only.
            if not self._place(relation).is_dir() and session.catalog.tableExists(relation):
                session.table(relation).write.parquet(str(self._place(relation)))
        new = self._folder / "views.duckdb"
        with duckdb.connect(str(new)) as connection:
            connection.execute("create schema car")
            connection.execute("create table car.tables as select ? as folder", [str(self._folder)])
            for relation in dict.fromkeys([*_tables(manifest, "seed", "model"), *read]):
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
        self._session.end(self._is_begun)
        if not self._has_folder:
            return
        passing = [path for of in (".*", "read_by_duckdb*") for path in self._folder.glob(of)]
        for path in passing if self._is_finished else [self._folder]:
            if path.is_dir() and not path.is_symlink():
                # What executors of another user wrote stays.
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


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


def _parquet_locations(index: Path) -> list[str]:
    """Give where the Parquet files lie that were landed, as DuckDB is told it."""
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


def _file_at(location: str) -> str:
    """Give the one file that a location names, which may be a pattern."""
    (found,) = [location] if _PLAIN_NAME.fullmatch(location) else (glob.glob(location) or [location])
    return found


def _read_by_duckdb_alone(files: Mapping[str, str]) -> set[str]:
    """Choose the files that Spark cannot read, or not so that the same comes out.

    Spark ends at an instant of nanoseconds, and at one of milliseconds or days that is of no calendar.

    Parameters:
        files: each file by its location.
    """
    at_url = {location for location in files if "://" in location}
    locations = {file: location for location, file in files.items() if location not in at_url}
    if not locations:
        return at_url
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct file_name from parquet_schema(?)"
            " where type = 'INT96' or converted_type = 'TIMESTAMP_MILLIS'"
            " or (logical_type like 'TimestampType%' and not contains(logical_type, 'MicroSeconds'))",
            [[glob.escape(file) for file in locations]],
        ).fetchall()
    return at_url | {locations[file] for (file,) in rows}


def _tables(manifest: "Manifest", *kinds: str) -> list[str]:
    return [
        node.relation_name
        for node in manifest.nodes.values()
        if str(node.resource_type) in kinds and node.config.materialized not in _NO_TABLES
    ]


def _parts(relation: str) -> list[str]:
    return relation.replace("`", "").split(".")


def _read_of(catalogue: "Catalogue") -> list[str]:
    """Give the relations that the rest of a run reads."""
    relations = [publication.relation for publication in catalogue.publications]
    relations += [catalogue.obligations, *catalogue.quarantine.values()]
    relations += [relation for several in catalogue.run_json.values() for relation in several]
    relations += [catalogue.format_requests] if catalogue.format_requests else []
    relations += [catalogue.faults[0]] if catalogue.faults else []
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
