"""A month that is published, restated by late rows of three groups, by those of three more, and anew.

dbt parses once, and a restatement builds no more than late rows can change in the files with industry
figures. The rest of a run is as it always is.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dbt.cli.main
import duckdb
import pytest
import yaml

from car.console import Reporter
from car.month import Job, run_month
from car.simulate import simulate
from car.workspace import Machine

REPOSITORY = Path(__file__).resolve().parents[2]
MONTH = "2026-10"
# Small pools are shown, so that a small month has figures to keep.
VARIABLES = {"minimum_rows": 10, "minimum_rows_extremes": 10, "minimum_rank_rows": 2}
MINIMUM_GROUPS = 5


@dataclass(frozen=True)
class IndustryFile:
    """A published file with industry figures, as it is declared.

    Attributes:
        cell: what tells one row from another, with the leading columns.
        own: figures of the recipient.
        shown: figures of the industry and the flag; a league table, which is told by its rows, has none.
        has_rest: whether one of its rows is what the others leave of a whole.
    """

    mart: str
    report: str
    path: str
    cell: tuple[str, ...]
    own: tuple[str, ...]
    shown: tuple[str, ...]
    has_rest: bool


def industry_files(project: Path = REPOSITORY) -> list[IndustryFile]:
    """The published files that declare industry figures, read without dbt."""
    found = []
    for path in sorted((project / "models" / "marts").glob("*/_*exposures.yml")):
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]:
            publish = exposure["config"]["meta"]["publish"]
            (mart,) = re.findall(r"ref\('(\w+)'\)", exposure["depends_on"][0])
            described = yaml.safe_load((path.parent / f"{mart}.yml").read_text(encoding="utf-8"))
            (model,) = described["models"]
            meta = {column["name"]: column.get("config", {}).get("meta", {}) for column in model["columns"]}
            shown = [name for name, said in meta.items() if said.get("industry", "shown") != "shown"]
            if not shown:
                continue
            (grain,) = [
                test["unique_grain"]["arguments"]["columns"]
                for test in model["data_tests"]
                if "unique_grain" in test
            ]
            cell = ("reporting_month", "party_id", "role", *publish.get("cell", grain[3:]))
            own = [name for name, said in meta.items() if name not in {*cell, *shown} and "unit" in said]
            shown = () if "league" in publish else tuple(shown)
            found.append(
                IndustryFile(
                    mart,
                    publish["report"],
                    publish["path"],
                    cell,
                    tuple(own),
                    shown,
                    has_rest="rest_row" in publish,
                )
            )
    return found


def files_of_report() -> dict[str, str]:
    """The files of the industry's report of which all rows rest on rows of parties: mart and path."""
    found = {}
    for path in sorted((REPOSITORY / "models" / "marts").glob("pmr_*/_*exposures.yml")):
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]:
            publish = exposure["config"]["meta"]["publish"]
            (mart,) = re.findall(r"ref\('(\w+)'\)", exposure["depends_on"][0])
            if publish.get("keeps") == "true":
                found[mart] = publish["path"]
    return found


FILES = industry_files()
FILES_BY_MART = {file.mart: file for file in FILES}
REPORT = files_of_report()
MEASURES = "mart_pmr_summary__measures"


@dataclass(frozen=True)
class Restated:
    """A month as published at first, restated by three groups and by six, and without history.

    Attributes:
        small, large, anew: run.json of the second, third and fourth version.
        told: what the second run said.
        recoded: run.json of a fifth version, by other code; empty without one.
        new_srv: the SRV that came with it.
    """

    out: Path
    small: dict[str, Any]
    told: str
    large: dict[str, Any]
    anew: dict[str, Any]
    recoded: dict[str, Any] = field(default_factory=dict)
    new_srv: str = ""

    def parties(self, version: int) -> Path:
        return self.out / "releases" / MONTH / f"v{version}" / "parties"

    def report(self, version: int) -> Path:
        return self.out / "releases" / MONTH / f"v{version}" / "industry"


class Narrow:
    """dbt without data tests, and without what late rows cannot change."""

    original = dbt.cli.main.dbtRunner
    selected: tuple[str, ...] = ()
    marts: tuple[str, ...] = ()

    def __init__(self, manifest=None, callbacks=None):
        self.runner = self.original(manifest, callbacks)

    def invoke(self, arguments):
        if "parse" in arguments:
            return self.runner.invoke(arguments)
        narrowed = [*arguments, "--exclude-resource-type", "test"]
        if self.selected:
            # The marts are reckoned anew before anything is laid over them.
            for model in (*self.selected, *self.marts, "stg_published_reports+"):
                narrowed += ["--select", model]
        return self.runner.invoke(narrowed)


def groups_of(landing: Path) -> dict[str, list[str]]:
    """Parties by corporate group, of those that are Import Suppliers, the most active group last."""
    rows = duckdb.execute(
        f"""
        with parties as (
            select distinct on (party_id) party_id, coalesce(corporate_group, party_id) as corporate_group
            from read_csv('{landing}/parties/*/*.csv', union_by_name = true, all_varchar = true)
            where role = 'IS' and published_on is not null
            order by party_id, published_on desc
        )
        select corporate_group, list(distinct party_id), count(*)
        from parties
        inner join read_parquet('{landing}/service_requests/*/*.parquet') as requests
            on party_id = originator_party_id and originator_role = 'IS' and srv = '4.8.1'
        group by corporate_group
        order by count(*), corporate_group
        """
    ).fetchall()
    return {group: sorted(parties) for group, parties, _ in rows}


def add_late_requests(landing: Path, name: str, parties: list[str], srv: str = "4.8.1") -> None:
    """Of each 4.8.1 of some Import Suppliers one more, a moment later, that failed, be it of another SRV."""
    feed = landing / "service_requests"
    last = max(path.name for path in feed.iterdir())
    named = ", ".join(f"'{party}'" for party in parties)
    duckdb.execute(
        f"""
        copy (
            select * replace (
                '{name}-' || transaction_id as transaction_id, 'E20' as response_code, '{srv}' as srv,
                started_at + interval 1 millisecond as started_at, 2 as report_status_id
            )
            from read_parquet('{feed}/*/events-*.parquet', hive_partitioning = false)
            where originator_role = 'IS' and srv = '4.8.1' and command_variant != 4
                and originator_party_id in ({named})
        ) to '{feed / last / (name + ".parquet")}' (format parquet)
        """
    )


def add_late_alerts(landing: Path, name: str, party: str) -> None:
    """Of each alert to an Import Supplier one more that was delivered an hour later, or not at all."""
    feed = landing / "alerts"
    last = max(path.name for path in feed.iterdir())
    duckdb.execute(
        f"""
        copy (
            select * replace (
                '{name}-' || alert_id as alert_id,
                if(right(alert_id, 1) < '5', delivered_at + interval 1 hour, null) as delivered_at
            )
            from read_parquet('{feed}/*/events-*.parquet', hive_partitioning = false)
            where destination_role = 'IS' and destination_party_id = '{party}'
        ) to '{feed / last / (name + ".parquet")}' (format parquet)
        """
    )


def add_late_firmware(landing: Path, published: Path, suppliers: list[str]) -> None:
    """The Devices of the largest estate of some were on a firmware version that nobody else has."""
    largest: list[str] = []
    for supplier in suppliers:
        with (published / supplier / "inventory" / "IS" / "devices.csv").open(encoding="utf-8") as handle:
            largest = max(largest, [row["device_id"] for row in csv.DictReader(handle)], key=len)
    named = ", ".join(f"'{device}'" for device in largest)
    feed = landing / "device_inventory"
    last = max(path.name for path in feed.iterdir())
    duckdb.execute(
        f"""
        copy (
            select distinct on (device_id) * replace (
                timestamp '{MONTH}-31 12:00:00' as effective_at, '=late' as firmware_version
            )
            from read_parquet(
                -- Files of every type of Parquet may lie beside those of the simulator.
                ['{feed}/*/full-*.parquet', '{feed}/*/increment-*.parquet'],
                hive_partitioning = false, union_by_name = true
            )
            where device_id in ({named}) and operation = 'upsert' and effective_at < '{MONTH}-31'
            order by device_id, effective_at desc, extract_at desc
        ) to '{feed / last / "late.parquet"}' (format parquet)
        """
    )


@dataclass
class Industry:
    """An output folder and the landing that it is published from, to restate them.

    Attributes:
        few: parties of three corporate groups.
        more: parties of three others.
    """

    landing: Path
    out: Path
    with_report: bool
    few: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)

    def run(self, *changed: str, **options: Any) -> tuple[dict[str, Any], str]:
        """Publish the month again: what run.json says, and what was told."""
        Narrow.marts = (*FILES_BY_MART, *([*REPORT, MEASURES] if self.with_report else []))
        Narrow.selected = tuple(f"{model}+,+{mart}" for model in changed for mart in Narrow.marts)
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            job = Job(
                str(self.landing),
                self.out,
                MONTH,
                Machine(threads=2, memory_limit="1GiB"),
                None,
                self.out / ".car" / "warehouse.duckdb",
                VARIABLES,
                True,
                reports_of=0,
                with_industry=self.with_report,
                **options,
            )
            done = run_month(job, Reporter())
        return done, told.getvalue()


@contextlib.contextmanager
def restated_month(folder: Path, with_report: bool) -> Iterator[tuple[Industry, Restated]]:
    """Publish four versions of a month, with the industry's report or without."""
    landing = folder / "landing"
    simulate(landing=landing, month=MONTH, parties=14, devices=400, requests=2500, seed=1, alerts=1200)
    groups = groups_of(landing)
    (few, more) = (list(groups)[:3], list(groups)[3:6])
    assert len(few + more) > MINIMUM_GROUPS > len(few)
    industry = Industry(
        landing,
        folder / "out",
        with_report,
        [party for group in few for party in groups[group]],
        [party for group in more for party in groups[group]],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt.cli.main, "dbtRunner", Narrow)
        for name in ("CAR_WAREHOUSE", "CAR_THREADS", "CAR_MEMORY_LIMIT", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
            patch.setenv(name, "")  # the build sets them: put back afterwards
        first, _ = industry.run()
        late = industry.few
        add_late_requests(landing, "late-1", late)
        add_late_alerts(landing, "late-1", late[0])
        add_late_firmware(landing, Path(first["release"]) / "parties", late)
        small, told = industry.run(
            *(f"stg_{feed}__landed" for feed in ("service_requests", "alerts", "device_inventory"))
        )
        add_late_requests(landing, "late-2", industry.more)
        large, _ = industry.run("stg_service_requests__landed")
        anew, _ = industry.run("stg_defects", with_history=False)
        yield industry, Restated(industry.out, small, told, large, anew)
