"""One landing gives equal bytes whoever wrote its files: many writers of Parquet and CSV, each in many ways.

Needs the libraries of requirements-writers.txt; how to run it stands in CONTRIBUTING.md.
"""

import itertools
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import MONTH, run_real_month
from landing_files import FEEDS
from partial_build import build_models

from car.landing.check import check

for library in ("pyarrow", "polars", "fastparquet"):
    pytest.importorskip(library, reason=f"{library} is not installed: see requirements-writers.txt")

from writers import VARIANTS  # noqa: E402  (it imports what may be missing)

AS_OF = datetime(2026, 11, 6)


@pytest.fixture(scope="module")
def plain_landing(real_landing, tmp_path_factory):
    """The simulated landing zone with instants in whole milliseconds, which every writer can hold."""
    folder = tmp_path_factory.mktemp("plain") / "landing"
    shutil.copytree(real_landing, folder)
    with duckdb.connect() as connection:
        for feed in FEEDS.values():
            for file in sorted(folder.glob(f"{feed.name}/*/*.parquet")):
                columns = ", ".join(
                    f"date_trunc('milliseconds', {column.name}) as {column.name}"
                    if column.family == "timestamp"
                    else column.name
                    for column in feed.columns
                )
                content = f"select {columns} from read_parquet('{file}', hive_partitioning = false)"
                connection.execute(f"copy ({content}) to '{file}.new' (format parquet)")
                Path(f"{file}.new").replace(file)
    return folder


def may_write(variant, feed):
    return variant.has_dates or not any(column.family == "date" for column in feed.columns)


def test_the_variants_are_as_many_as_promised():
    assert len({variant.name for variant in VARIANTS["parquet"]}) == len(VARIANTS["parquet"]) >= 60
    assert len({variant.name for variant in VARIANTS["csv"]}) == len(VARIANTS["csv"]) >= 14


def test_every_writer_gives_the_same_rows(plain_landing, tmp_path):
    zone, written = tmp_path / "landing", {}
    for feed in FEEDS.values():
        source = max(
            plain_landing.glob(f"{feed.name}/*/*.{feed.file_format}"), key=lambda file: file.stat().st_size
        )
        folder = zone / feed.name / source.parent.name
        folder.mkdir(parents=True)
        for number, variant in enumerate(VARIANTS[feed.file_format]):
            if may_write(variant, feed):
                target = folder / f"{number:03d}.{feed.file_format}"
                variant.write(source, target)
                written[f"{feed.name}/{folder.name}/{target.name}"] = (feed, variant.name)
    report = check(zone, tmp_path / "work", threads=2)
    refused = {item.file: item.found for feed in report.feeds.values() for item in feed.rejected}
    assert {written[file][1]: found for file, found in refused.items()} == {}
    warehouse = build_models(
        tmp_path / "warehouse.duckdb",
        tmp_path / "work",
        [f"+stg_{name}__landed" for name in FEEDS],
        reporting_month=MONTH,
        as_of=str(AS_OF),
    )
    first = {}
    with warehouse:
        for file, (feed, variant) in written.items():
            columns = ", ".join(feed.column_names)
            rows = [
                warehouse.execute(f"{select} where landed_file = ? order by landed_row", [file]).fetchall()
                for select in (
                    f"select {columns} from landing.{feed.name}",
                    f"select * exclude (outcome, landed_file) from staging.stg_{feed.name}__landed",
                )
            ]
            assert rows[0]
            assert rows == first.setdefault(feed.name, rows), (feed.name, variant)


def test_a_landing_of_all_writers_publishes_the_bytes_of_one(plain_landing, tmp_path):
    zone = tmp_path / "landing"
    shutil.copytree(plain_landing, zone)
    turns = {ending: itertools.cycle(variants) for ending, variants in VARIANTS.items()}
    for feed in FEEDS.values():
        for file in sorted(zone.glob(f"{feed.name}/*/*.{feed.file_format}")):
            variant = next(v for v in turns[feed.file_format] if may_write(v, feed))
            source = plain_landing / file.relative_to(zone)
            variant.write(source, file)
    releases = [
        run_real_month(landing, tmp_path / name, as_of=AS_OF, force=True)
        for name, landing in (("one", plain_landing), ("all", zone))
    ]
    published = [
        {file.relative_to(parties): file.read_bytes() for file in parties.rglob("*.csv")}
        for parties in releases
    ]
    assert len(published[0]) > 100
    assert published[0] == published[1]
