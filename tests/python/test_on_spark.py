"""What of building on Spark needs no Spark: which files it is given, and where it is looked for.

What it makes of a month, `tasks.py engine spark` and `tasks.py engine sail` say (tests/engines).
"""

import logging
import os
import re
import shlex
import socket
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb
import pytest
from landing_files import DAY, put_good_files
from landing_kinds import days, instants, numbers, put_all, rectangle, whole_microseconds
from ports import free_port

from car.errors import CarError
from car.landing.check import check
from car.warehouse.engine import on_spark, spark_session
from car.warehouse.engine.copies import part_of_index
from car.warehouse.engine.settings import SparkSettings

REPOSITORY = Path(__file__).resolve().parents[2]


def of_day(tmp_path, files):
    """Land files, and give each by its location, as DuckDB is told it."""
    return {str(tmp_path / file.path): str(tmp_path / file.path) for file in put_all(tmp_path, files)}


def names(locations):
    return sorted(location.rpartition("/")[2] for location in locations)


def test_instants_that_are_no_whole_microseconds_are_read_by_duckdb(tmp_path):
    with whole_microseconds():
        files = of_day(tmp_path, instants())
    # Kinds 2, 3 and 7 are microseconds, with a zone, without, and in the older words.
    assert names(set(files) - on_spark._read_by_duckdb_alone(files)) == [
        "instants-2.parquet",
        "instants-3.parquet",
        "instants-7.parquet",
    ]


def test_dates_and_numbers_are_read_by_spark(tmp_path):
    with whole_microseconds():
        files = of_day(tmp_path, [*days(), *numbers(), *rectangle()])
    assert not on_spark._read_by_duckdb_alone(files)


def test_a_file_with_both_is_read_by_duckdb(tmp_path):
    files = of_day(tmp_path, rectangle())
    with duckdb.connect() as connection:
        kinds = connection.execute(
            "select file_name from parquet_schema(?) where duckdb_type in ('TIMESTAMP_NS', 'TIMESTAMPTZ_NS')",
            [list(files)],
        ).fetchall()
    assert kinds
    assert {name for (name,) in kinds} <= on_spark._read_by_duckdb_alone(files) < set(files)


def test_a_file_at_a_url_is_read_by_duckdb_without_a_look():
    assert on_spark._read_by_duckdb_alone({"https://store.example/a.parquet": ""}) == {
        "https://store.example/a.parquet"
    }


@pytest.mark.parametrize(
    "name",
    [
        "a:b",
        "_a",
        ".a",
        "{1,2}",
        "a,b",
        "a?",
        "a*",
        "[0-9]",
        "100%",
        "%20",
        "it's",
        "`a`",
        "a\\b",
        "a|b",
        "a^b",
    ],
)
def test_a_name_that_spark_takes_for_something_else_is_not_plain(name):
    assert not on_spark._PLAIN_NAME.fullmatch(f"/landing/alerts/{DAY}/{name}.parquet")


@pytest.mark.parametrize("name", ["events-0001", "two words", "a+b", "zähler", "a_b", "a.b"])
def test_any_other_name_is_plain(name):
    assert on_spark._PLAIN_NAME.fullmatch(f"/landing/alerts/{DAY}/{name}.parquet")


def test_a_part_of_the_landing_index_has_those_files_alone(tmp_path):
    zone, work = tmp_path / "zone", tmp_path / "work"
    put_good_files(zone)
    check(zone, work)
    locations = on_spark._parquet_locations(work / "landing")
    assert len(locations) == 2
    part = part_of_index(work / "landing", locations[:1], tmp_path / "part")
    assert on_spark._parquet_locations(part) == locations[:1]


def test_nothing_landed_has_no_files(tmp_path):
    assert on_spark._parquet_locations(tmp_path) == []


@pytest.mark.parametrize("url", ["sc://127.0.0.1:{}", "spark://127.0.0.1:{},127.0.0.1:{}"])
def test_an_address_where_nobody_answers_is_told(url):
    port = free_port()
    with pytest.raises(CarError, match="Nobody answers at"):
        spark_session._require_answer(url.format(port, port))


def test_one_of_several_masters_may_answer():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        there, gone = server.getsockname()[1], free_port()
        spark_session._require_answer(f"spark://127.0.0.1:{gone},127.0.0.1:{there}")


def test_a_token_is_not_printed(tmp_path, monkeypatch):
    for name in ("pyspark", "pyspark.logger", "dbt.adapters.spark"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["pyspark.logger"], "PySparkLogger", logging, raising=False)
    remote = f"sc://127.0.0.1:{free_port()}/;token=hidden"
    with pytest.raises(CarError, match="Nobody answers") as told:
        spark_session.SparkSession(SparkSettings(remote=remote)).prepare(tmp_path, 2)
    assert "hidden" not in str(told.value)


def test_dbt_keeps_the_mode_that_the_profile_names(monkeypatch):
    class Credentials:
        """Turns ANSI off, as dbt-spark does."""

        def __init__(self, mode):
            self.server_side_parameters = {"spark.sql.ansi.enabled": mode, "other": "kept"}
            self.__post_init__()

        def __post_init__(self):
            self.server_side_parameters["spark.sql.ansi.enabled"] = "false"

    for name in ("dbt.adapters.spark", "dbt.adapters.spark.connections"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(
        sys.modules["dbt.adapters.spark.connections"], "SparkCredentials", Credentials, raising=False
    )
    for _ in range(2):
        spark_session._keep_ansi()
    for mode in ("true", "false"):
        assert Credentials(mode).server_side_parameters == {"spark.sql.ansi.enabled": mode, "other": "kept"}


def test_without_the_extra_the_message_says_how_to_have_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(CarError, match=r"pip install './python\[spark\]'"):
        spark_session.SparkSession(SparkSettings()).prepare(tmp_path, 2)


def test_the_environment_is_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_session.SparkSession, "_require", lambda _: None)
    monkeypatch.setenv("SPARK_REMOTE", "sc://elsewhere:1")
    monkeypatch.delenv("CAR_TABLES", raising=False)
    before = dict(os.environ)
    session = spark_session.SparkSession(SparkSettings())
    session.prepare(tmp_path, 2)
    assert os.environ["CAR_TABLES"] == str(tmp_path)
    # One that was exported for something else goes before every master.
    assert "SPARK_REMOTE" not in os.environ
    session.end(was_begun=False)
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        (SparkSettings(), "2"),
        (SparkSettings(master="spark://host:7077"), "200"),
        (SparkSettings(master="yarn", shuffle_partitions=48), "48"),
    ],
)
def test_a_cluster_shuffles_into_more_parts_than_this_machine_has_threads(
    settings, parts, tmp_path, monkeypatch
):
    monkeypatch.setattr(spark_session.SparkSession, "_require", lambda _: None)
    session = spark_session.SparkSession(settings)
    session.prepare(tmp_path, 2)
    found = os.environ["CAR_SPARK_SHUFFLE_PARTITIONS"]
    session.end(was_begun=False)
    assert found == parts


def test_a_build_that_did_not_begin_takes_nothing_away(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    warehouse = tmp_path / "w.duckdb"
    warehouse.write_bytes(b"no database")
    monkeypatch.chdir(tmp_path)
    engine = on_spark.OnSpark(SparkSettings())
    with pytest.raises(duckdb.Error):
        engine.begin(warehouse, 2, "1GiB")
    engine.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "w.duckdb"]


@pytest.mark.parametrize("of", ["driver", "executor"])
def test_spark_says_nothing_where_it_would_print_values_of_rows(of, tmp_path, monkeypatch):
    """A cluster's executors read the file in the folder of the tables, which they see under the same path."""
    monkeypatch.setattr(spark_session.SparkSession, "_require", lambda _: None)
    session = spark_session.SparkSession(SparkSettings(settings=("spark.executor.memory=1g",)))
    session.prepare(tmp_path / "new folder", 2)
    words = shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])
    session.end(was_begun=False)
    (said,) = (word for word in words if word.startswith(f"spark.{of}.defaultJavaOptions="))
    file = Path(url2pathname(urlsplit(said.partition("configurationFile=")[2]).path))
    assert file.parent == tmp_path / "new folder" and "rootLogger.level = off" in file.read_text()
    assert words[-3:] == ["--conf", "spark.executor.memory=1g", "pyspark-shell"]


@pytest.mark.parametrize("extra", ["spark", "sail", "dagster"])
def test_what_ci_installs_for_an_engine_is_what_its_extra_names(extra):
    described = tomllib.loads((REPOSITORY / "python" / "pyproject.toml").read_text(encoding="utf-8"))
    named = described["project"]["optional-dependencies"][extra]
    pinned = (REPOSITORY / f"requirements-{extra}.txt").read_text(encoding="utf-8").splitlines()
    assert named
    assert {re.sub(r"\[.*\]", "", requirement) for requirement in named} <= set(pinned)
    # The month's job has neither: what it pins is another list.
    shared = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert not {line.partition("==")[0] for line in pinned} & {line.partition("==")[0] for line in shared}
