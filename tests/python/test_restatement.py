"""Restatements: what the industry is shown stays while too few corporate groups have changed rows.

restatement_months.py has the month and its versions. After those it is restated by other code: files have
gained and lost columns, a dimension, and there are other files.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from project_copy import copy_project
from restatement_months import (
    FILES,
    FILES_BY_MART,
    MINIMUM_GROUPS,
    MONTH,
    REPOSITORY,
    IndustryFile,
    Restated,
    add_late_alerts,
    add_late_requests,
    restated_month,
)

from car.release import versions

pytestmark = pytest.mark.turn(4)


def is_read_by_none(file: IndustryFile) -> bool:
    """Whether no other model reads a file's mart."""
    texts = (path.read_text(encoding="utf-8") for path in (REPOSITORY / "models").rglob("*.sql"))
    return not any(f"'{file.mart}'" in text for text in texts)


# What the recoded project changes, takes away, and leaves as it is.
RECODED = ("mart_r2__benchmark", "mart_r2__daily", "mart_r3__delivery_time", "mart_r3__monthly")
LEFT_AS_IT_IS = "mart_r1__summary"
RETIRED = next(file for file in FILES if file.mart not in (*RECODED, LEFT_AS_IT_IS) and is_read_by_none(file))


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restated]:
    folder = tmp_path_factory.mktemp("restatement")
    with (
        restated_month(folder, with_report=False) as (industry, month),
        pytest.MonkeyPatch.context() as patch,
    ):
        new_srv = unused_srv(Path(month.anew["release"]) / "parties")
        add_late_requests(industry.landing, "late-3", industry.few, srv=new_srv)
        add_late_alerts(industry.landing, "late-3", industry.few[0])
        patch.setenv("CAR_PROJECT", str(recoded_project(folder / "project")))
        recoded, _ = industry.run()
        yield replace(month, recoded=recoded, new_srv=new_srv)


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
