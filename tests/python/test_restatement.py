"""Restatements: what the industry is shown stays while too few corporate groups have changed rows.

One simulated month is published, restated by late rows of three groups, then by those of three more, and then
from nothing. dbt parses once, and a restatement builds no more than late rows can change in the files with
industry figures: the rest of a run is as it always is.

Then it is restated by other code: files have gained and lost columns, a dimension, and there are other files.
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
from project_copy import copy_project

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


def is_read_by_none(file: IndustryFile) -> bool:
    """Whether no other model reads a file's mart."""
    texts = (path.read_text(encoding="utf-8") for path in (REPOSITORY / "models").rglob("*.sql"))
    return not any(f"'{file.mart}'" in text for text in texts)


FILES = industry_files()
FILES_BY_MART = {file.mart: file for file in FILES}
REPORT = files_of_report()
MEASURES = "mart_pmr_summary__measures"
# What the recoded project changes, takes away, and leaves as it is.
RECODED = ("mart_r2__benchmark", "mart_r2__daily", "mart_r3__delivery_time", "mart_r3__monthly")
LEFT_AS_IT_IS = "mart_r1__summary"
RETIRED = next(file for file in FILES if file.mart not in (*RECODED, LEFT_AS_IT_IS) and is_read_by_none(file))


@dataclass(frozen=True)
class Restated:
    """A month as published at first, restated by three groups and by six, and without history."""

    out: Path
    small: dict[str, Any]
    told: str
    large: dict[str, Any]
    anew: dict[str, Any]
    recoded: dict[str, Any]
    new_srv: str

    def parties(self, version: int) -> Path:
        return self.out / "releases" / MONTH / f"v{version}" / "parties"

    def report(self, version: int) -> Path:
        return self.out / "releases" / MONTH / f"v{version}" / "industry"


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
            marts = [*FILES_BY_MART, *REPORT, MEASURES]
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
        marts = [*FILES_BY_MART, *REPORT, MEASURES]
        Narrow.selected = [f"{model}+,+{mart}" for model in changed for mart in marts]
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
        add_late_alerts(landing, "late-1", late[0])
        add_late_firmware(landing, Path(first["release"]) / "parties", late)
        small, told = run(
            *(f"stg_{feed}__landed" for feed in ("service_requests", "alerts", "device_inventory"))
        )
        add_late_requests(landing, "late-2", [party for group in more for party in groups[group]])
        large, _ = run("stg_service_requests__landed")
        anew, _ = run("stg_defects", with_history=False)
        new_srv = unused_srv(Path(anew["release"]) / "parties")
        add_late_requests(landing, "late-3", late, srv=new_srv)
        add_late_alerts(landing, "late-3", late[0])
        patch.setenv("CAR_PROJECT", str(recoded_project(folder / "project")))
        recoded, _ = run(with_industry=False)
    yield Restated(out, small, told, large, anew, recoded, new_srv)


def unused_srv(parties: Path) -> str:
    """An SRV of a business process that no Import Supplier has in a version."""
    published = {
        row["srv"]
        for path in parties.glob("*/business_process/IS/benchmark.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    }
    with (REPOSITORY / "seeds" / "business_process_srvs.csv").open(encoding="utf-8") as handle:
        listed = [row for row in csv.DictReader(handle) if row["srv"] and not row["credential_type"]]
    by_day = {row["srv"] for row in listed if row["business_process"] in BY_DAY}
    return min({row["srv"] for row in listed} - by_day - published)


# Which process these are depends on the day of the Device or of the supplier.
BY_DAY = ("Install and Commission", "Change of Supplier (Gain)")


class Recoded:
    """A mart of a copy of the project, changed as an engineer would change it: its SQL and its yml."""

    def __init__(self, project: Path, mart: str) -> None:
        (self.sql,) = (project / "models" / "marts").glob(f"*/{mart}.sql")
        self.yml = self.sql.with_suffix(".yml")
        described = yaml.safe_load(self.yml.read_text(encoding="utf-8"))
        (self.model,) = described["models"]

    def add(self, name: str, data_type: str, expression: str, **meta: str) -> Recoded:
        self.model["columns"].append(
            {"name": name, "data_type": data_type, "description": "Added.", "config": {"meta": meta}}
        )
        return self._select(f"final.*, cast({expression} as {data_type}) as {name}")

    def take_away(self, *names: str) -> Recoded:
        self.model["columns"] = [one for one in self.model["columns"] if one["name"] not in names]
        return self._select(f"* exclude ({', '.join(names)})")

    def by(self, *dimensions: str) -> Recoded:
        """Let the grain have more columns."""
        for test in self.model["data_tests"]:
            if "unique_grain" in test:
                test["unique_grain"]["arguments"]["columns"] += dimensions
        return self

    def _select(self, columns: str) -> Recoded:
        text = self.sql.read_text(encoding="utf-8")
        before, found, _ = text.rpartition("\nselect * from final\n")
        assert found, self.sql
        self.sql.write_text(f"{before}\nselect {columns} from final\n", encoding="utf-8")
        self.yml.write_text(yaml.safe_dump({"models": [self.model]}, sort_keys=False), encoding="utf-8")
        return self


def recoded_project(copy: Path) -> Path:
    """A copy of the project with each kind of change that a published file can see."""
    copy_project(copy)
    benchmark = "mart_r2__benchmark"
    folder = copy / "models" / "marts" / "r2_business_process"
    # A file more, which shows what another shows.
    for suffix in (".sql", ".yml"):
        text = (folder / f"{benchmark}{suffix}").read_text(encoding="utf-8").partition("unit_tests:")[0]
        (folder / f"{benchmark}_again{suffix}").write_text(
            text.replace(benchmark, f"{benchmark}_again"), encoding="utf-8"
        )
    exposures = folder / "_r2__exposures.yml"
    listed = yaml.safe_load(exposures.read_text(encoding="utf-8"))
    again = json.loads(
        json.dumps(next(one for one in listed["exposures"] if one["name"] == "r2_benchmark_csv"))
        .replace("r2_benchmark_csv", "r2_again_csv")
        .replace(benchmark, f"{benchmark}_again")
        .replace("benchmark.csv", "again.csv")
    )
    exposures.write_text(yaml.safe_dump({"exposures": [*listed["exposures"], again]}), encoding="utf-8")
    retire(copy, RETIRED)
    # Columns more and less, of the recipient and of the industry; a dimension more.
    Recoded(copy, benchmark).add("own_double", "bigint", "2 * own_volume", unit="count")
    Recoded(copy, "mart_r3__delivery_time").add(
        "industry_again_s", "decimal(18,1)", "industry_mean_s", unit="s", industry="delivered"
    )
    Recoded(copy, "mart_r2__daily").take_away("industry_mean_rtt_s", "own_mean_rtt_s")
    Recoded(copy, "mart_r3__monthly").by("half").add("half", "varchar", "'ALL'", shows="nothing")
    return copy


def retire(copy: Path, file: IndustryFile) -> None:
    """Take a file out of a project, with the tests that refer to it."""
    for path in [*copy.rglob(f"{file.mart}.*"), *singular_tests_of(copy, file)]:
        path.unlink()
    for exposures in (copy / "models" / "marts").glob("*/_*exposures.yml"):
        listed = yaml.safe_load(exposures.read_text(encoding="utf-8"))["exposures"]
        left = [one for one in listed if one["depends_on"] != [f"ref('{file.mart}')"]]
        exposures.write_text(yaml.safe_dump({"exposures": left}), encoding="utf-8")


def singular_tests_of(project: Path, file: IndustryFile) -> list[Path]:
    """The singular tests that refer to a file's mart."""
    return [
        path for path in (project / "tests" / "dbt").rglob("*.sql") if f"'{file.mart}'" in path.read_text()
    ]


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
    assert sum(anew[path] != league for path, league in first.items()) >= 3


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
            if "All other" in cell and (
                not is_known or set(versions_of(rows, cell)) != set(versions_of(first[path], cell))
            ):
                # The rest of other versions than were published is reckoned from what stays.
                shares = [Decimal(share) for share in versions_of(rows, cell).values() if share]
                expected = (str(max(1 - sum(shares), Decimal("0.000"))), "false") if shares else nothing
                reckoned += 1
            assert industry == expected, (path, file.shown)
            shown += any(industry[:-1])
            moved += cell not in anew[path] or anew[path][cell][1] != industry
            new += not is_known
        if file.has_rest:
            assert_rests_are_there(rows, first[path])
    assert (reckoned > 0) == file.has_rest and (not file.has_rest or new)
    if not (shown and moved):
        pytest.skip(f"the month shows no industry figure of {file.mart} that would have moved without it")


@pytest.mark.parametrize("report", sorted({file.report for file in FILES if file.shown}))
def test_each_report_has_much_to_keep_that_would_have_moved(restated, report):
    shown = moved = 0
    for file in (file for file in FILES if file.shown and file.report == report):
        few, anew = (rows_in(restated.parties(version), file) for version in (2, 4))
        for path, rows in few.items():
            for cell, (_, industry) in rows.items():
                shown += any(industry[:-1])
                moved += cell not in anew[path] or anew[path][cell][1] != industry
    assert shown >= 20 and moved >= MINIMUM_GROUPS


def assert_rests_are_there(rows: dict, published: dict) -> None:
    """There is an `All other` where there was; of other versions than then, where their shares leave one."""
    for cell in {(*cell[:-1], "All other") for cell in rows}:
        versions = versions_of(rows, cell)
        shares = [Decimal(share or 0) for share in versions.values()]
        is_as_published = set(versions) == set(versions_of(published, cell))
        expected = cell in published if is_as_published else "" in versions.values() or sum(shares) < 1
        assert (cell in rows) == expected, cell


def versions_of(rows: dict[tuple, tuple[tuple, tuple]], cell: tuple) -> dict[tuple, str]:
    """The industry shares of the firmware versions of a row's model, all but `All other`."""
    return {
        other: industry[0]
        for other, (_, industry) in rows.items()
        if other[:-1] == cell[:-1] and "All other" not in other
    }


def test_own_figures_are_restated_whether_or_not_the_industry_is(restated):
    """To the byte those of a month from nothing; of the third version too, whose other reports are kept."""
    changed = set()
    shown = [file for file in FILES if file.shown]
    for file in shown:
        now, anew, first = (rows_in(restated.parties(version), file) for version in (3, 4, 1))
        own = [
            {path: {cell: row[0] for cell, row in rows.items()} for path, rows in release.items()}
            for release in (now, anew, first)
        ]
        assert own[0] == own[1], file.mart
        if own[0] != own[2]:
            changed.add(file.report)
    assert changed == {file.report for file in shown}


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
    assert origin.in_force == f"{MONTH}/v5" and {*origin.kept.values()} == {f"{MONTH}/v4"}


def rows_of(restated: Restated, version: int, path: str) -> dict[str, dict[str, str]]:
    """All rows of a published file in a version, as texts, by party and what names the row."""
    names = (
        "party_id",
        "business_process",
        "srv",
        "alert_code",
        "day",
        "device_type",
        "region",
        "smets_version",
    )
    return {
        tuple(row.get(name) for name in names): row
        for file in sorted(restated.parties(version).glob(f"*/{path}"))
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    }


def test_other_code_reads_what_was_published_as_it_was_published(restated):
    reports = {(item["report"], item["role"]): item for item in restated.recoded["industry"]["reports"]}
    told = {key: (item["changed_groups"], item["is_kept"]) for key, item in reports.items()}
    assert told["business_process", "IS"] == (3, True)
    assert told["alerts", "IS"] == (1, True)
    assert told["inventory", "IS"] == told["alerts", "GS"] == told["business_process", "GS"] == (0, False)


def test_a_column_that_was_added_keeps_the_others_as_published(restated):
    before, after = (rows_of(restated, version, "business_process/IS/benchmark.csv") for version in (4, 5))
    shown = ("industry_success_rate", "industry_suppressed", "own_rank", "ranked_parties")
    assert sum(row["industry_suppressed"] == "false" for row in before.values()) >= 20
    for key, row in before.items():
        assert [after[key][name] for name in shown] == [row[name] for name in shown]
        assert int(after[key]["own_double"]) == 2 * int(after[key]["own_volume"])
    # A figure whose cell is new was shown to nobody.
    new = [row for key, row in after.items() if key not in before]
    assert len(new) >= 3 and {row["srv"] for row in new} == {restated.new_srv}
    assert {tuple(row[name] for name in shown) for row in new} == {("", "true", "", "")}


def test_an_industry_column_that_was_added_is_withheld_where_the_others_are_kept(restated):
    path = "alerts/{}/delivery_time.csv"
    before, after = (rows_of(restated, version, path.format("IS")) for version in (4, 5))
    means = [name for name in next(iter(before.values())) if name.startswith("industry_")]
    assert sum(bool(row["industry_mean_s"]) for row in before.values()) >= 10
    for key, row in before.items():
        assert [after[key][name] for name in means[:-1]] == [row[name] for name in means[:-1]]
        assert after[key]["industry_again_s"] == ""
        assert after[key]["industry_suppressed"] == (
            "true" if row["industry_mean_s"] else row["industry_suppressed"]
        )
    # Of a role whose report is reckoned anew, it is shown.
    anew = rows_of(restated, 5, path.format("GS")).values()
    assert any(row["industry_again_s"] for row in anew)
    assert all(row["industry_again_s"] == row["industry_mean_s"] for row in anew)


def test_a_column_that_was_taken_away_leaves_the_others_as_published(restated):
    before, after = (rows_of(restated, version, "business_process/IS/daily.csv") for version in (4, 5))
    assert sum(bool(row["industry_success_rate"]) for row in before.values()) >= 20
    for key, row in before.items():
        assert "industry_mean_rtt_s" not in after[key]
        for name in ("industry_success_rate", "industry_suppressed"):
            assert after[key][name] == row[name]


def test_a_dimension_that_was_added_makes_every_cell_new(restated):
    before, after = (rows_of(restated, version, "alerts/IS/monthly.csv") for version in (4, 5))
    assert set(before) == set(after)
    assert {(row["industry_success_rate"], row["industry_suppressed"]) for row in after.values()} == {
        ("", "true")
    }
    anew = rows_of(restated, 5, "alerts/GS/monthly.csv")
    was = rows_of(restated, 4, "alerts/GS/monthly.csv")
    assert {key: row["industry_success_rate"] for key, row in anew.items()} == {
        key: row["industry_success_rate"] for key, row in was.items()
    }


def test_a_file_that_was_added_shows_nothing_of_the_industry_where_the_report_is_kept(restated):
    kept = rows_of(restated, 5, "business_process/IS/again.csv")
    benchmark = rows_of(restated, 5, "business_process/IS/benchmark.csv")
    assert {key: row["own_volume"] for key, row in kept.items()} == {
        key: row["own_volume"] for key, row in benchmark.items()
    }
    assert {(row["industry_success_rate"], row["industry_suppressed"]) for row in kept.values()} == {
        ("", "true")
    }
    anew = rows_of(restated, 5, "business_process/GS/again.csv").values()
    assert any(row["industry_success_rate"] for row in anew)


def test_a_file_that_was_retired_is_gone_and_nothing_misses_it(restated):
    pattern = re.sub(r"\{\w+\}", "*", RETIRED.path)
    before, after = (restated.parties(version).glob(f"*/{pattern}") for version in (4, 5))
    assert any(before) and not any(after)
    first, now = (rows_in(restated.parties(version), FILES_BY_MART[LEFT_AS_IT_IS]) for version in (4, 5))
    assert first == now


# ---- the industry's report --------------------------------------------------------------------------------


def measures(folder: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of measures.csv by their key."""
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as handle:
        key = ("measure_id", "business_process", "srv", "segment", "split", "split_value")
        return {tuple(row[name] for name in key): row for row in csv.DictReader(handle)}


def moved_measures(before: dict[tuple[str, ...], Any], after: dict[tuple[str, ...], Any]) -> list:
    """The keys of rows that one of two versions lacks, or has otherwise."""
    keys = sorted({*before, *after})
    return [key for key in keys if before.get(key) != after.get(key)]


@pytest.mark.long
def test_late_rows_of_few_groups_leave_the_industrys_report_as_published(restated: Restated) -> None:
    first, small, anew = map(restated.report, (1, 2, restated.anew["version"]))
    moved = [path for path in REPORT.values() if (first / path).read_bytes() != (anew / path).read_bytes()]
    # The late rows change the report, where nothing is left of what was published.
    assert len(moved) > 2
    for path in REPORT.values():
        assert (small / path).read_bytes() == (first / path).read_bytes(), path
    before, after = measures(first), measures(small)
    assert not moved_measures(before, after)
    assert moved_measures(before, measures(anew))
    parts = {item["part"]: item for item in restated.small["performance_report"]["parts"]}
    assert {"Meter Reads", "alerts", "business_process", "inventory as IS"} <= set(parts)
    assert {(item["is_kept"], item["from"]) for item in parts.values()} == {(True, f"{MONTH}/v1")}
    assert (parts["Meter Reads"]["changed_groups"], parts["alerts"]["changed_groups"]) == (3, 1)
    assert "Figures of the industry's report on Meter Reads stay as published" in restated.told


@pytest.mark.long
def test_late_rows_of_more_groups_restate_the_industrys_report(restated: Restated) -> None:
    """Each part is held against the first version, from which the second had it: the groups add up."""
    parts = {item["part"]: item for item in restated.large["performance_report"]["parts"]}
    assert (parts["Meter Reads"]["changed_groups"], parts["Meter Reads"]["is_kept"]) == (6, False)
    assert (parts["alerts"]["is_kept"], parts["alerts"]["from"]) == (True, f"{MONTH}/v1")
    first, large = restated.report(1), restated.report(restated.large["version"])
    before, after = measures(first), measures(large)
    moved = {key[1] for key in moved_measures(before, after)}
    assert "Meter Reads" in moved
    assert moved <= {"Meter Reads", ""}, "a process that nobody's late rows are of, or whose part stays"
    assert (large / REPORT["mart_pmr_estate__alerts"]).read_bytes() == (
        first / REPORT["mart_pmr_estate__alerts"]
    ).read_bytes()
