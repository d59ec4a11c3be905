"""Restatements: what the industry is shown stays while too few corporate groups have changed rows.

One simulated month is published, restated by late rows of three groups, then by those of three more, and then
from nothing. dbt parses once, and a restatement builds no more than late rows can change in the files with
industry figures: the rest of a run is as it always is.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import dbt.cli.main
import duckdb
import pytest
import yaml

from car.console import Reporter
from car.month import Job, run_month
from car.release import versions
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
    """

    mart: str
    report: str
    path: str
    cell: tuple[str, ...]
    own: tuple[str, ...]
    shown: tuple[str, ...]


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
            found.append(IndustryFile(mart, publish["report"], publish["path"], cell, tuple(own), shown))
    return found


FILES = industry_files()


@dataclass(frozen=True)
class Restated:
    """A month as published at first, restated by three groups and by six, and without history."""

    out: Path
    small: dict[str, Any]
    told: str
    large: dict[str, Any]
    anew: dict[str, Any]

    def parties(self, version: int) -> Path:
        return self.out / "releases" / MONTH / f"v{version}" / "parties"


class Narrow:
    """dbt without data tests, and without what late rows cannot change."""

    original = dbt.cli.main.dbtRunner
    selected: tuple[str, ...] = ()

    def __init__(self, manifest=None, callbacks=None):
        self.runner = self.original(manifest, callbacks)

    def invoke(self, arguments):
        if "parse" in arguments:
            return self.runner.invoke(arguments)
        narrowed = [*arguments, "--exclude-resource-type", "test"]
        if self.selected:
            # The marts are reckoned anew before anything is laid over them.
            marts = [file.mart for file in FILES]
            for model in (*self.selected, *marts, "stg_published_reports+"):
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


def add_late_requests(landing: Path, name: str, parties: list[str]) -> None:
    """Of each 4.8.1 of some Import Suppliers one more, a moment later, that failed."""
    feed = landing / "service_requests"
    last = max(path.name for path in feed.iterdir())
    named = ", ".join(f"'{party}'" for party in parties)
    duckdb.execute(
        f"""
        copy (
            select * replace (
                'late-' || transaction_id as transaction_id, 'E20' as response_code,
                started_at + interval 1 millisecond as started_at, 2 as report_status_id
            )
            from read_parquet('{feed}/*/events-*.parquet', hive_partitioning = false)
            where originator_role = 'IS' and srv = '4.8.1' and command_variant != 4
                and originator_party_id in ({named}) and transaction_id not like 'late-%'
        ) to '{feed / last / (name + ".parquet")}' (format parquet)
        """
    )


def add_late_alerts(landing: Path, party: str) -> None:
    """Of each alert to an Import Supplier one more that was delivered an hour later, or not at all."""
    feed = landing / "alerts"
    last = max(path.name for path in feed.iterdir())
    duckdb.execute(
        f"""
        copy (
            select * replace (
                'late-' || alert_id as alert_id,
                if(right(alert_id, 1) < '5', delivered_at + interval 1 hour, null) as delivered_at
            )
            from read_parquet('{feed}/*/events-*.parquet', hive_partitioning = false)
            where destination_role = 'IS' and destination_party_id = '{party}'
        ) to '{feed / last / "late.parquet"}' (format parquet)
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
            from read_parquet('{feed}/*/*.parquet', hive_partitioning = false, union_by_name = true)
            where device_id in ({named}) and operation = 'upsert' and effective_at < '{MONTH}-31'
            order by device_id, effective_at desc, extract_at desc
        ) to '{feed / last / "late.parquet"}' (format parquet)
        """
    )


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restated]:
    folder = tmp_path_factory.mktemp("restatement")
    landing, out = folder / "landing", folder / "out"
    simulate(landing=landing, month=MONTH, parties=14, devices=400, requests=2500, seed=1, alerts=1200)
    groups = groups_of(landing)
    (few, more) = (list(groups)[:3], list(groups)[3:6])
    assert len(few + more) > MINIMUM_GROUPS > len(few)
    warehouse = out / ".car" / "warehouse.duckdb"

    def run(*changed: str, **options: Any) -> tuple[dict[str, Any], str]:
        Narrow.selected = [f"{model}+,+{file.mart}" for model in changed for file in FILES]
        machine = Machine(threads=2, memory_limit="1GiB")
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            job = Job(
                str(landing), out, MONTH, machine, None, warehouse, VARIABLES, True, reports_of=0, **options
            )
            done = run_month(job, Reporter())
        return done, told.getvalue()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt.cli.main, "dbtRunner", Narrow)
        for name in ("CAR_WAREHOUSE", "CAR_THREADS", "CAR_MEMORY_LIMIT", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
            patch.setenv(name, "")  # the build sets them: put back afterwards
        first, _ = run()
        late = [party for group in few for party in groups[group]]
        add_late_requests(landing, "late-1", late)
        add_late_alerts(landing, late[0])
        add_late_firmware(landing, Path(first["release"]) / "parties", late)
        small, told = run(
            *(f"stg_{feed}__landed" for feed in ("service_requests", "alerts", "device_inventory"))
        )
        add_late_requests(landing, "late-2", [party for group in more for party in groups[group]])
        large, _ = run("stg_service_requests__landed")
        anew, _ = run("stg_defects", with_history=False)
    yield Restated(out, small, told, large, anew)


def contents(parties: Path, pattern: str = "*/*/*/*.csv") -> dict[str, bytes]:
    return {str(path.relative_to(parties)): path.read_bytes() for path in sorted(parties.glob(pattern))}


def rows_by_cell(path: Path, file: IndustryFile) -> dict[tuple, tuple[tuple, tuple]]:
    """What a file says in each cell: of its recipient, and of the industry."""
    with path.open(newline="", encoding="utf-8") as handle:
        return {
            tuple(row[name] for name in file.cell): (
                tuple(row[name] for name in file.own),
                tuple(row[name] for name in file.shown),
            )
            for row in csv.DictReader(handle)
        }


def rows_in(parties: Path, file: IndustryFile) -> dict[str, Any]:
    """What each such file says in each cell, of its recipient and of the industry; of a league its bytes."""
    found = sorted(parties.glob(f"*/{file.path.replace('{role}', '*')}"))
    read = rows_by_cell if file.shown else lambda path, _: path.read_bytes()
    return {str(path.relative_to(parties)): read(path, file) for path in found}


@pytest.mark.parametrize("file", [file for file in FILES if not file.shown], ids=lambda file: file.mart)
def test_late_rows_of_few_groups_leave_every_league_as_published(restated, file):
    first, few, anew = (rows_in(restated.parties(version), file) for version in (1, 2, 4))
    assert few == first
    assert sum(b",false\n" in league for league in first.values()) >= MINIMUM_GROUPS
    assert sum(anew[path] != league for path, league in first.items()) >= MINIMUM_GROUPS


@pytest.mark.parametrize("file", [file for file in FILES if file.shown], ids=lambda file: file.mart)
def test_late_rows_of_few_groups_leave_every_industry_figure_as_published(restated, file):
    first, few, anew = (rows_in(restated.parties(version), file) for version in (1, 2, 4))
    assert first and set(first) == set(few) == set(anew)
    by_role = {
        (cell[0], *cell[2:]): industry
        for published in first.values()
        for cell, (_, industry) in published.items()
        if "All other" not in cell
    }
    shown = moved = new = reckoned = 0
    for path, rows in few.items():
        for cell, (_, industry) in rows.items():
            # To a recipient that is new to a cell: what others were shown, or nothing, and it says so.
            nothing = ("",) * (len(industry) - 1) + ("true",)
            is_known = cell in first[path]
            expected = first[path][cell][1] if is_known else by_role.get((cell[0], *cell[2:]), nothing)
            if "All other" in cell and versions_of(rows, cell) != versions_of(first[path], cell):
                # The rest of other versions than were published is reckoned from what stays.
                shares = [Decimal(share) for share in versions_of(rows, cell).values() if share]
                expected = (str(max(1 - sum(shares), Decimal("0.000"))), "false") if shares else nothing
                reckoned += 1
            assert industry == expected, (path, file.shown)
            shown += any(industry[:-1])
            moved += anew[path][cell][1] != industry
            new += not is_known
    # There was something to keep, and without history it is another.
    assert shown >= 20 and moved >= MINIMUM_GROUPS
    assert (new > 0) == (reckoned > 0) == (file.mart == "mart_r1__summary")


def versions_of(rows: dict[tuple, tuple[tuple, tuple]], cell: tuple) -> dict[tuple, str]:
    """The industry shares of the firmware versions of a row's model, all but `All other`."""
    return {
        other: industry[0]
        for other, (_, industry) in rows.items()
        if other[:-1] == cell[:-1] and "All other" not in other
    }


def test_own_figures_are_restated_whether_or_not_the_industry_is(restated):
    """To the byte those of a month from nothing; of the third version too, whose other reports are kept."""
    for file in (file for file in FILES if file.shown):
        now, anew, first = (rows_in(restated.parties(version), file) for version in (3, 4, 1))
        own = [
            {path: {cell: row[0] for cell, row in rows.items()} for path, rows in release.items()}
            for release in (now, anew, first)
        ]
        assert own[0] == own[1] != own[2], file.mart


def test_what_was_kept_is_said_to_operators_and_to_recipients(restated):
    industry = restated.small["industry"]
    assert [item["release"] for item in industry["releases"]] == [f"{MONTH}/v1"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", item["sha256"]) for item in industry["releases"])
    reports = {(item["report"], item["role"]): item for item in industry["reports"]}
    told = {
        ("business_process", "IS"): 3,
        ("alerts", "IS"): 1,
        ("inventory", "IS"): 1,
    }
    for key, groups in told.items():
        assert reports[key]["changed_groups"] == groups
        assert reports[key]["is_kept"] and reports[key]["from"] == f"{MONTH}/v1"
    untouched = reports["business_process", "GS"]
    assert (untouched["changed_groups"], untouched["is_kept"]) == (0, False)
    stored = json.loads((restated.parties(2).parent / "run.json").read_text(encoding="utf-8"))
    assert stored["industry"] == industry
    line = f"Industry figures of business_process, IS, stay as published in {MONTH}/v1"
    assert restated.told.count(line) == 1

    def described(version: int, party: str) -> str | None:
        path = restated.parties(version) / party / "datapackage.json"
        return json.loads(path.read_text(encoding="utf-8")).get("description")

    suppliers = [path.parts[-3] for path in restated.parties(2).glob("*/business_process/IS")]
    assert len(suppliers) >= MINIMUM_GROUPS
    sentence = (
        "Only own figures are restated; industry figures, ranks and league tables are left as published: "
    )
    for party in (path.parent.parent.name for path in restated.parties(2).glob("*/business_process/IS")):
        assert described(1, party) is None
        assert described(2, party).startswith(sentence)
        assert f"business_process as IS (as in {MONTH}/v1)" in described(2, party)
        assert not re.search(r"[0-9] (corporate )?groups?", described(2, party))


def test_restatements_of_three_groups_and_three_more_are_one_of_six(restated):
    """Held against the version in force, the second would be kept too: three groups have changed since."""
    reports = {(item["report"], item["role"]): item for item in restated.large["industry"]["reports"]}
    requests = reports["business_process", "IS"]
    assert (requests["changed_groups"], requests["is_kept"], requests["from"]) == (6, False, f"{MONTH}/v1")
    # The other reports are as they were, and still held against the first version.
    assert reports["alerts", "IS"] == {
        "report": "alerts",
        "role": "IS",
        "changed_groups": 1,
        "is_kept": True,
        "from": f"{MONTH}/v1",
    }
    assert reports["business_process", "GS"]["from"] == f"{MONTH}/v2"
    releases = restated.large["industry"]["releases"]
    assert [item["release"] for item in releases] == [f"{MONTH}/v1", f"{MONTH}/v2"]
    pattern = "*/business_process/IS/*.csv"
    (before, after) = (contents(restated.parties(version), pattern) for version in (2, 3))
    assert after == contents(restated.parties(4), pattern) != before


def test_without_history_every_industry_figure_is_reckoned_anew(restated):
    assert restated.anew["industry"] is None and restated.anew["version"] == 4
    kept, anew = (contents(restated.parties(version)) for version in (3, 4))
    changed = {tuple(path.split("/")[1:3]) for path in kept if kept[path] != anew[path]}
    assert changed >= {("alerts", "IS"), ("inventory", "IS")}
    assert not any(report == "business_process" for report, _ in changed)
    origin = versions.industry_origin(restated.out, MONTH)
    assert origin.variable == {"in_force": str(restated.parties(4)), "kept": {}}
