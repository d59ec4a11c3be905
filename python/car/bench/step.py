"""One step of the bench, in a process of its own, so that its CPU and memory are its own.

Run as `python -m car.bench.step NAME JSON`, by `car.bench.bench`.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from car import build, release
from car.console import Reporter
from car.export import CSV_OPTIONS, deciding_count, export
from car.jsonfile import write_json
from car.manifest import Catalogue, Publication, read_catalogue
from car.run import check_landing
from car.warehouse import open_to_read, quote_name, quote_text

Given = dict[str, Any]
CHECKED = "check.json"
WAREHOUSE = "warehouse.duckdb"
# Where the large inventory and what is published of it stand, below the work folder.
INVENTORY = "inventory"
_INVENTORY_PATH = "inventory/{role}/devices.csv"


def floor(given: Given) -> None:
    """Scan, keep the last state, enrich, and write back as zstd Parquet, in hand-written SQL."""
    folder = Path(given["work"]) / "floor"
    folder.mkdir(parents=True, exist_ok=True)
    sql = files("car.bench").joinpath("floor.sql").read_text(encoding="utf-8")
    with duckdb.connect(
        config={
            "threads": given["threads"],
            "memory_limit": given["memory_limit"],
            "temp_directory": str(folder / "tmp"),
            "preserve_insertion_order": False,
        }
    ) as connection:
        connection.execute(Template(sql).substitute(landing=given["landing"], folder=folder))


def check(given: Given) -> None:
    """Check the landing files, as `car check` does."""
    work = Path(given["work"])
    report = check_landing(given["landing"], work, given["threads"], Reporter(as_json=True))
    write_json(work / CHECKED, report.to_dict())


def built(*select: str) -> Callable[[Given], None]:
    """Give the step that builds and tests a part of the warehouse, as `car run` does."""

    def step(given: Given) -> None:
        work = Path(given["work"])
        variables = {
            "reporting_month": given["month"],
            "as_of": given["as_of"],
            "landing_index": str(work / "landing"),
            "history_parties": "",
        }
        build.build(
            work / WAREHOUSE,
            work,
            variables,
            given["threads"],
            given["memory_limit"],
            work / "dbt.log",
            select=select,
        )

    return step


def bare_export(given: Given) -> None:
    """Write the rows of every published mart by one sort, the same as the export, and one COPY."""
    work = Path(given["work"])
    folder = work / "bare"
    folder.mkdir(exist_ok=True)
    catalogue = read_catalogue(work / "target" / "manifest.json")
    with open_to_read(
        work / WAREHOUSE, folder / "tmp", given["threads"], given["memory_limit"]
    ) as connection:
        for publication in catalogue.publications:
            described = connection.execute(f"describe {publication.relation}").fetchall()
            deciding = deciding_count(publication, {row[0]: row[1] for row in described})
            names = [quote_name(column.name) for column in publication.columns]
            order = ", ".join([*map(quote_name, publication.split), *names[:deciding]])
            target = quote_text(str(folder / f"{publication.name}.csv"))
            rows = f"select {', '.join(names)} from {publication.relation} order by {order}"
            connection.execute(f"copy ({rows}) to {target} ({CSV_OPTIONS})")


def export_csvs(given: Given) -> None:
    """Write every recipient's CSVs, as `car run` does."""
    work = Path(given["work"])
    staging = release.Month(work / "out", given["month"]).staging("bench")
    catalogue = read_catalogue(work / "target" / "manifest.json")
    with open_to_read(work / WAREHOUSE, work / "tmp", given["threads"], given["memory_limit"]) as connection:
        export(connection, catalogue, given["month"], staging / "parties", given["threads"])


def _inventory_only(work: Path) -> tuple[Catalogue, Publication]:
    catalogue = read_catalogue(work / "target" / "manifest.json")
    (publication,) = (item for item in catalogue.publications if item.path == _INVENTORY_PATH)
    return replace(catalogue, publications=(publication,)), publication


def inventory_rows(given: Given) -> None:
    """Write a warehouse with the month's inventory several times over: the same recipients, other Devices."""
    work = Path(given["work"])
    folder = work / INVENTORY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    catalogue, publication = _inventory_only(work)
    mart = publication.relation.rpartition(".")[2]
    # The file's name is the catalogue's in every relation's name.
    with duckdb.connect(
        str(folder / WAREHOUSE),
        config={"threads": given["threads"], "memory_limit": given["memory_limit"]},
    ) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach {quote_text(str(work / 'warehouse.duckdb'))} as source (read_only)")
        for relation in (publication.relation, catalogue.obligations):
            schema = relation.rpartition(".")[0]
            connection.execute(f"create schema if not exists {schema}")
        source = _in_catalogue("source", publication.relation)
        connection.execute(f"create table {publication.relation} as from {source} limit 0")
        connection.execute(
            f"create table {catalogue.obligations} as from {_in_catalogue('source', catalogue.obligations)}"
        )
        (rows,) = connection.execute(f"select count(*) from {source}").fetchall()[0]
        wanted, copy = given["inventory_rows"], 0
        while wanted > 0:
            # Each copy's Devices have a beginning of their own, so that copies lie between each other.
            connection.execute(
                f"insert into {publication.relation} select * replace"
                f" (printf('%02X', {copy}) || substr(device_id, 3) as device_id) from {source} as {mart}"
                f" limit {min(wanted, rows)}"
            )
            wanted, copy = wanted - rows, copy + 1


def _in_catalogue(name: str, relation: str) -> str:
    return ".".join([name, *relation.split(".")[1:]])


def inventory(given: Given) -> None:
    """Publish the large inventory as `car run` does, and count what was written."""
    work = Path(given["work"])
    folder = work / INVENTORY
    catalogue, _ = _inventory_only(work)
    with open_to_read(
        folder / WAREHOUSE, folder / "tmp", given["threads"], given["memory_limit"]
    ) as connection:
        written = export(connection, catalogue, given["month"], folder / "out" / "parties", given["threads"])
    write_json(
        folder / "bench.json",
        {
            "rows": sum(file.rows for file in written),
            "bytes": sum(file.size_bytes for file in written),
            "parties": len({file.party_id for file in written}),
            "files": len(written),
        },
    )


STEPS: dict[str, Callable[[Given], None]] = {
    "floor": floor,
    "check": check,
    "staging": built("path:seeds", "path:models/staging"),
    "core": built("path:models/core"),
    "staging and core": built("path:seeds", "path:models/staging", "path:models/core"),
    "marts": built("path:models/marts", "path:snapshots"),
    "bare writing": bare_export,
    "export": export_csvs,
    "inventory rows": inventory_rows,
    "inventory": inventory,
}


if __name__ == "__main__":
    STEPS[sys.argv[1]](json.loads(sys.argv[2]))
