"""One step of the bench, in a process of its own, so that its CPU and memory are its own.

Run as `python -m car.bench.step NAME JSON`, by `car.bench.bench`.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from car.bench.usage import used
from car.console import Reporter
from car.jsonfile import read_json, write_json
from car.month import check_landing
from car.release import versions
from car.release.export import CSV_OPTIONS, deciding_count, export
from car.warehouse import build
from car.warehouse.catalogue import Catalogue, Publication, read_catalogue
from car.warehouse.database import open_to_read, quote_name, quote_text
from car.warehouse.engine.engine import Engine
from car.warehouse.engine.on_duckdb import OnDuckdb
from car.warehouse.engine.on_spark import OnSpark
from car.warehouse.engine.settings import SparkSettings

Given = dict[str, Any]
CHECKED = "check.json"
WAREHOUSE = "warehouse.duckdb"
# The parts of a build, and the file that tells what each cost.
INDUSTRY = "industry"
"""The part of the build that the industry's report is."""
PARTS = ("staging", "core", "marts", INDUSTRY)
BUILT = "built.json"
# The CSVs that were written, each with its hash.
EXPORTED = "exported.json"
# Where the large inventory and what is published of it stand, below the work folder.
INVENTORY = "inventory"


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


def built(given: Given) -> None:
    """Build and test the warehouse in one process, as `car run` does, and tell what its parts cost.

    Nodes are built one at a time: what was used since the one before belongs to a node. What is no node's, as
    dbt's start, is in no part.
    """
    work = Path(given["work"])
    variables = {
        "reporting_month": given["month"],
        "as_of": given["as_of"],
        "landing_index": str(work / "landing"),
        "history_parties": "",
        "history_industry": "",
    }
    marks: list[tuple[str, float, float, int]] = []

    def mark(name: str) -> None:
        marks.append((name, time.monotonic(), *used()))

    build.build(
        _warehouse(given),
        work,
        variables,
        given["threads"],
        given["memory_limit"],
        work / "dbt.log",
        after_node=mark,
        engine=_engine(given),
    )
    part_of = parts_of(read_json(_manifest(given)) or {})
    parts = {part: {"wall_s": 0.0, "cpu_s": 0.0, "max_rss": 0} for part in PARTS}
    for (_, began_at, cpu_before, _), (name, ended_at, cpu_after, max_rss) in pairwise(marks):
        part = parts[part_of(name)]
        part["wall_s"] += ended_at - began_at
        part["cpu_s"] += cpu_after - cpu_before
        part["max_rss"] = max_rss
    write_json(work / BUILT, parts)


def parts_of(manifest: Given) -> Callable[[str], str]:
    """Give the function that tells the part of a node by its unique id.

    Parameters:
        manifest: what dbt's manifest.json holds.

    Returns:
        The function. A test is of the last part that it reads. What of core the industry's report alone reads
        is of the report.
    """

    @cache
    def part_of(name: str) -> str:
        if name.startswith("test."):
            return max(map(part_of, manifest["parent_map"][name]), key=PARTS.index, default=PARTS[0])
        path = manifest["nodes"].get(name, {}).get("original_file_path", "")
        if path.startswith("models/marts/pmr_"):
            return INDUSTRY
        if path.startswith(("models/marts/", "snapshots/")):
            return "marts"
        if path.startswith("models/core/"):
            readers = [child for child in manifest["child_map"].get(name, ()) if child.startswith("model.")]
            return INDUSTRY if readers and {*map(part_of, readers)} == {INDUSTRY} else "core"
        return "staging"

    return part_of


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
            names = [quote_name(column.name) for column in publication.columns]
            order = ", ".join([*map(quote_name, publication.split), *names[: deciding_count(publication)]])
            target = quote_text(str(folder / f"{publication.name}.csv"))
            rows = f"select {', '.join(names)} from {publication.relation} order by {order}"
            connection.execute(f"copy ({rows}) to {target} ({CSV_OPTIONS})")


def export_csvs(given: Given) -> None:
    """Write every recipient's CSVs, as `car run` does."""
    work = Path(given["work"])
    staging = versions.Month(work / "out", given["month"]).staging("bench")
    catalogue = read_catalogue(_manifest(given))
    with open_to_read(_warehouse(given), work / "tmp", given["threads"], given["memory_limit"]) as connection:
        written = export(connection, catalogue, given["month"], staging, given["threads"])
    write_json(work / EXPORTED, {f"{file.party_id}/{file.path}": file.sha256 for file in written})


def _engine(given: Given) -> Engine:
    return OnSpark(SparkSettings(**given["spark"])) if "spark" in given else OnDuckdb()


def _warehouse(given: Given) -> Path:
    return Path(given["work"]) / ("on_spark.duckdb" if "spark" in given else WAREHOUSE)


def _manifest(given: Given) -> Path:
    """Give what dbt parsed for the engine."""
    return build.folder_of(_engine(given), Path(given["work"])) / "target" / build.MANIFEST


def _inventory_only(work: Path) -> tuple[Catalogue, Publication, str]:
    """Give the catalogue with one file alone, that with a row for each Device; and the column of the Device.

    Raises:
        ValueError: no published file is so, or several are.
    """
    catalogue = read_catalogue(work / "target" / "manifest.json")
    found = [
        (replace(catalogue, publications=(item,)), item, column.name)
        for item in catalogue.publications
        for column in item.columns
        if item.cell == (column.name,) and column.shows == "own_device"
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} published files have a row for each Device of the recipient, not one")
    return found[0]


def inventory_rows(given: Given) -> None:
    """Write a warehouse with the month's inventory several times over: the same recipients, other Devices."""
    work = Path(given["work"])
    folder = work / INVENTORY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    catalogue, publication, device = _inventory_only(work)
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
                f" (printf('%02X', {copy}) || substr({device}, 3) as {device}) from {source} as {mart}"
                f" limit {min(wanted, rows)}"
            )
            wanted, copy = wanted - rows, copy + 1


def _in_catalogue(name: str, relation: str) -> str:
    return ".".join([name, *relation.split(".")[1:]])


def inventory(given: Given) -> None:
    """Publish the large inventory as `car run` does, and count what was written."""
    work = Path(given["work"])
    folder = work / INVENTORY
    catalogue, _, _ = _inventory_only(work)
    with open_to_read(
        folder / WAREHOUSE, folder / "tmp", given["threads"], given["memory_limit"]
    ) as connection:
        written = export(connection, catalogue, given["month"], folder / "out", given["threads"])
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
    "build": built,
    "bare writing": bare_export,
    "export": export_csvs,
    "inventory rows": inventory_rows,
    "inventory": inventory,
}


if __name__ == "__main__":
    STEPS[sys.argv[1]](json.loads(sys.argv[2]))
