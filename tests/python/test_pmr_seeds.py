"""The seeds of the industry report against what they are copied from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from landing_files import DEFECTS, put
from partial_build import build_models

from car.landing.check import check
from car.warehouse.measures import PAGE, measures_page

REPOSITORY = Path(__file__).resolve().parents[2]
RECTANGLE = Path(__file__).parent / "fixtures" / "measures_rectangle.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_bank_holidays_are_those_of_the_package() -> None:
    package = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    seed = rows_of(REPOSITORY / "seeds" / "pmr" / "bank_holidays.csv")
    assert [(row["date"], row["title"]) for row in seed] == [
        (f"{holiday['date']:%Y-%m-%d}", holiday["title"]) for holiday in package
    ]


@pytest.mark.turn(3)
@pytest.mark.parametrize("month", ["2026-02", "2026-10"])
def test_the_rectangle_has_the_keys_of_the_contract(tmp_path: Path, month: str) -> None:
    """Its rows are those of the contract, the days of the month, and three months."""
    put(tmp_path / "zone", "defects/date=2026-10-03/a.csv", DEFECTS.encode())
    check(tmp_path / "zone", tmp_path, threads=1)
    connection = build_models(
        tmp_path / "warehouse.duckdb",
        tmp_path,
        ["+mart_pmr_summary__definitions", "+int_pmr_summary__rectangle"],
        reporting_month=month,
        as_of="2026-11-06 00:00:00",
    )
    with connection:
        (rectangle,), (definitions,) = (
            connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_name = ?",
                [name],
            ).fetchone()
            for name in ("int_pmr_summary__rectangle", "pmr_measures")
        )
        keys = connection.execute(
            f"""
            select cast(section as varchar), measure_id, rows.business_process, rows.srv, segment, split,
                split_value
            from {rectangle} as rows inner join {definitions} using (measure_id)
            """
        ).fetchall()
    found = [tuple(cell or "" for cell in row) for row in keys]
    expected = [tuple(row.values()) for row in rows_of(RECTANGLE)]
    assert sorted(row for row in found if row[5] not in ("day", "month")) == sorted(expected)
    assert len({row[6] for row in found if row[5] == "day"}) == (28 if month == "2026-02" else 31)
    assert len({row[6] for row in found if row[5] == "month"}) == 3


def test_the_page_of_the_measures_is_fresh() -> None:
    page = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    assert page == measures_page(REPOSITORY), f"{PAGE}: run `python3 tasks.py promise`"


def test_the_page_names_each_figure_once_and_a_model_that_is_there() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in measures_page(REPOSITORY).splitlines()
        if line.startswith("| `")
    ]
    seed = rows_of(REPOSITORY / "seeds" / "pmr" / "pmr_measures.csv")
    assert sorted(row[0] for row in rows) == sorted(f"`{row['measure_id']}`" for row in seed)
    models = {path.stem for path in (REPOSITORY / "models" / "marts").glob("pmr_*/*.sql")}
    assert {row[8].strip("`") for row in rows} <= models
