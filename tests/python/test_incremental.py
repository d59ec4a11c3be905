"""A warehouse that is brought up to date holds what one that is built from nothing holds, always."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from car.console import Reporter
from car.landing.check import check
from car.month import Job, run_month
from car.release.export import export
from car.simulate import simulate
from car.warehouse import build as dbt
from car.warehouse.catalogue import Catalogue, read_catalogue
from car.warehouse.database import open_to_read, quote_text
from car.warehouse.engine.on_duckdb import close_connections
from car.workspace import Machine

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).parent)]

from adversarial import write_landing  # noqa: E402
from landing_files import put_good_files  # noqa: E402

MONTH = "2026-10"
LANDED = ("alerts", "device_inventory", "power_outage_timings", "registrations", "service_requests")
FACTS = {"fct_alerts_coded": "alerts", "fct_service_requests_coded": "service_requests"}
TO_FACTS = tuple(f"+{fact}" for fact in FACTS)
TO_LANDED = tuple(f"+stg_{feed}__landed" for feed in LANDED)
TIMINGS = "stg_power_outage_timings__landed"
CODE = "some code"
CONFIGS = {
    model["name"]: model.get("config", {})
    for file in (dbt.find_project() / "models" / "core").rglob("*.yml")
    for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
}
BY_KEY = [
    name
    for name, config in CONFIGS.items()
    if config.get("materialized") == "table_by_key" and name not in FACTS
]


class Project:
    """The dbt project, parsed once.

    Parameters:
        work: folder for what dbt writes besides the warehouse.
    """

    def __init__(self, work: Path) -> None:
        self._work = work
        self._folder = dbt.find_project()
        self._manifest = None
        self._manifest = self._dbt("parse", work / "warehouse.duckdb", {"reporting_month": MONTH}).result

    def _dbt(self, command: str, warehouse: Path, variables: dict[str, str], *arguments: str):
        from dbt.cli.main import dbtRunner

        os.environ.update(CAR_WAREHOUSE=str(warehouse), CAR_THREADS="2")
        done = dbtRunner(manifest=self._manifest).invoke(
            [
                *(command, "--quiet", "--log-level", "none", "--log-level-file", "none", "--threads", "2"),
                *("--project-dir", str(self._folder), "--profiles-dir", str(self._folder / "profiles")),
                *("--target-path", str(self._work / "target"), "--log-path", str(self._work / "logs")),
                *("--vars", json.dumps(variables), *arguments),
            ]
        )
        close_connections()
        return done

    def build(
        self,
        warehouse: Path,
        landing: Path,
        as_of: str,
        *arguments: str,
        select: tuple[str, ...] = (),
        code: str = CODE,
        tests: bool = False,
        **variables: object,
    ) -> bool:
        """Check a landing zone and build from it; tells whether the build came to its end.

        Parameters:
            warehouse: file `warehouse.duckdb` of a folder of its own: the database is named after it.
            select: models, in dbt's words; empty: all.
            code: fingerprint of the code; empty: as plain dbt gives it.
            tests: with the data tests, too.
            variables: further dbt variables.
        """
        work = warehouse.parent  # the index becomes its folder `landing`
        work.mkdir(parents=True, exist_ok=True)
        check(str(landing), work, threads=2, project=self._folder)
        variables |= {
            "reporting_month": MONTH,
            "as_of": as_of,
            "landing_index": str(work / "landing"),
            "code_fingerprint": code,
        }
        left_out = ("unit_test", "snapshot", *(() if tests else ("test",)))
        kinds = [part for kind in left_out for part in ("--exclude-resource-type", kind)]
        chosen = ("--select", *select) if select else ()
        done = self._dbt("build", warehouse, variables, *kinds, *chosen, *arguments)
        if not done.success:
            print(done.exception or [(item.node.name, item.message) for item in done.result if item.message])
        return done.success

    def nodes(self) -> list:
        """The models, tests and lists of the project."""
        return list(self._manifest.nodes.values())

    def catalogue(self) -> Catalogue:
        """What is published of a warehouse that was built."""
        return read_catalogue(self._work / "target" / "manifest.json")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    variables = {name: os.environ.get(name) for name in ("CAR_WAREHOUSE", "CAR_THREADS")}
    yield Project(tmp_path_factory.mktemp("project"))
    for name, value in variables.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextmanager
def reading(**warehouses: Path):
    """Open warehouses to read, each as the schema-less database of its name."""
    with duckdb.connect() as connection:
        for name, file in warehouses.items():
            connection.execute(f"attach {quote_text(str(file))} as {name} (read_only)")
        yield connection


def differences(one: Path, other: Path, schemas=("staging", "core", "marts")) -> dict[str, int]:
    """Tables with rows that only one warehouse has, or has more often; but for what is of bookkeeping."""
    with reading(one=one, other=other) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, list_contains(columns, 'built_in') from duckdb_tables()"
            " join (select table_oid, database_name, list(column_name) as columns"
            " from duckdb_columns() group by all)"
            " using (table_oid, database_name)"
            f" where database_name = 'other' and schema_name in {schemas}"
        ).fetchall()
        assert tables
        found = {}
        for table, is_landed in tables:
            rows = f"select * {'exclude (built_in)' if is_landed else ''} from"
            found[table] = connection.execute(
                f"select count(*) from (({rows} one.{table} except all {rows} other.{table})"
                f" union all ({rows} other.{table} except all {rows} one.{table}))"
            ).fetchone()[0]
    return {table: count for table, count in found.items() if count}


def state(file: Path, table: str) -> tuple[str, int]:
    """The token of a table, and how often it was written since it was built anew, that time included."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(f"select token, build from bookkeeping.{table}__state").fetchone()


# ---- histories that change back in time

CORRECTED_AS_OF = "2026-11-06 00:00:00"
LATE = "timestamp '2026-11-05 23:00:00'"

# Landed before the first build: a request and an alert that name a meter point and no Device, and a request
# of those that come in pairs.
NAMED, PAIRED = "names a meter point", "one of a pair"
A_METER_POINT = """(
    select min(mpxn) from {registrations} where role = 'IS' and effective_from < '2026-10-01'
    and length(mpxn) = 13 and try_cast(mpxn as bigint) > 0)"""
BEFORE = (
    (
        "service_requests",
        f"""
        select * replace ('{NAMED}' as transaction_id, null as device_id, {A_METER_POINT} as mpxn)
        from {{service_requests}} where started_at > '2026-10-15' and originator_role = 'IS'
        order by transaction_id limit 1
        """,
    ),
    (
        "alerts",
        f"""
        select * replace ('{NAMED}' as alert_id, null as device_id, {A_METER_POINT} as mpxn)
        from {{alerts}} where raised_at > '2026-10-15' and destination_role = 'IS'
        order by alert_id limit 1
        """,
    ),
    (
        "service_requests",
        f"""
        select * replace ('{PAIRED}' as transaction_id, '6.15.2' as srv)
        from {{service_requests}} where started_at between '2026-10-03' and '2026-10-28'
        and device_id in (select device_id from {{device_inventory}} where effective_at < '2026-10-01')
        and originator_role = 'IS' and command_variant = 1 and response_code = 'I0'
        order by transaction_id limit 1
        """,
    ),
)

# What the first build holds of each request and alert, to choose from.
REQUESTS = """
    select
        stg_service_requests.*, fact.hub_key, valid_from as state_from, device_spells.device_status,
        is_counted, business_process_number, commissioning_day_process_number, gain_day_process_number,
        is_sent_in_pairs
    from warehouse.staging.stg_service_requests
    join warehouse.core.fct_service_requests_coded as fact using (transaction_id)
    join warehouse.core.dim_service_reference_variants using (srv_key)
    join warehouse.core.dim_device_spells as device_spells on device_spells.device_key = fact.device_key
        and fact.started_at >= valid_from and fact.started_at < valid_to
    where fact.started_at between '2026-10-03' and '2026-10-28'
"""
ALERTS = """
    select stg_alerts.*, fact.hub_key, valid_from as state_from, device_spells.device_status
    from warehouse.staging.stg_alerts
    join warehouse.core.fct_alerts_coded as fact using (alert_id)
    join warehouse.core.dim_device_spells as device_spells on device_spells.device_key = fact.device_key
        and fact.raised_at >= valid_from and fact.raised_at < valid_to
    where fact.raised_at between '2026-10-03' and '2026-10-28'
"""
IS_STATE = """
    {device_inventory} as states
    where device_id = (
        select any_value(device_id) from {feed} where {key} = '{chosen}' and device_id is not null)
    and operation = 'upsert' and effective_at <= '2026-10-28'
    qualify row_number() over (order by effective_at desc, extract_at desc) = 1
"""
STATE_BEFORE = f"""
    select * replace (
        (select min({{at}}) from {{feed}} where {{key}} = '{{chosen}}') - interval 1 second as effective_at,
        {LATE} as extract_at, 'Suspended' as device_status)
    from {IS_STATE}
"""
ANOTHER_SUPPLIER = f"""
    select * replace (
        date '2026-10-12' as effective_from, null as effective_to, {LATE} as extract_at,
        (select mode(supplier_party_id) from {{registrations}} as others where role = 'IS'
         and others.supplier_party_id != registrations.supplier_party_id) as supplier_party_id)
    from {{registrations}} as registrations
    where role = 'IS' and effective_from < '2026-10-01'
    and mpxn = (select any_value(mpxn) from {{feed}} where {{key}} = '{{chosen}}')
    qualify row_number() over (order by effective_from desc, extract_at desc) = 1
"""
A_REQUEST = "from {service_requests} where transaction_id = '{chosen}' order by recorded_at desc limit 1"

# Case: the fact, the lookup through which its row becomes another, which row may be chosen, and what lands.
# Those that few rows will do for come first.
CASES = {
    "a pair of credentials": (
        "fct_service_requests_coded",
        "int_credential_types",
        f"transaction_id = '{PAIRED}' and is_counted and is_sent_in_pairs",
        (
            "service_requests",
            "select * replace ('late pair' as transaction_id, started_at - interval 1 second as started_at, "
            f"{LATE} as recorded_at) {A_REQUEST}",
        ),
    ),
    "a request's meter point": (
        "fct_service_requests_coded",
        "dim_meter_point_spells",
        NAMED,
        ("registrations", ANOTHER_SUPPLIER),
    ),
    "an alert's meter point": ("fct_alerts_coded", "dim_meter_point_spells", NAMED, None),
    # A record that removes a Device before it was there changes no state, but tells a day of commissioning.
    "a day of commissioning": (
        "fct_service_requests_coded",
        "int_commissioning_days",
        "is_counted and commissioning_day_process_number != coalesce(business_process_number, 0)",
        (
            "device_inventory",
            "select * replace ('remove' as operation, timestamp '2001-01-01' as effective_at, "
            f"{LATE} as extract_at,"
            " (select max(started_at) from {feed} where {key} = '{chosen}') as commissioned_at)"
            f" from {IS_STATE}",
        ),
    ),
    "a day of a gain": (
        "fct_service_requests_coded",
        "int_gain_days",
        "is_counted and gain_day_process_number != coalesce(business_process_number, 0)"
        " and coalesce(commissioning_day_process_number != business_process_number, true)",
        (
            "service_requests",
            f"select * replace ('late gain' as transaction_id, '6.23' as srv, {LATE} as recorded_at)"
            f" {A_REQUEST}",
        ),
    ),
    "an alert's timing": (
        "fct_alerts_coded",
        "stg_power_outage_timings",
        "alert_id not in (select alert_id from warehouse.staging.stg_power_outage_timings)",
        (
            "power_outage_timings",
            f"select alert_id, {LATE} as recorded_at, destination_party_id, destination_role,"
            " raised_at - interval 1 second as event_at, null::timestamp as csp_sent_at,"
            " null::timestamp as dsp_received_at, null::timestamp as sent_at,"
            " null::timestamp as acknowledged_at"
            " from {alerts} where alert_id = '{chosen}' and (destination_party_id, destination_role) = ("
            " select min((destination_party_id, destination_role)) from warehouse.staging.stg_alerts"
            " where alert_id = '{chosen}') limit 1",
        ),
    ),
    "a request's Device": (
        "fct_service_requests_coded",
        "dim_device_spells",
        "device_status = 'Commissioned' and state_from < started_at - interval 1 hour",
        ("device_inventory", STATE_BEFORE),
    ),
    "an alert's Device": (
        "fct_alerts_coded",
        "dim_device_spells",
        "device_status = 'Commissioned' and state_from < raised_at - interval 1 hour",
        ("device_inventory", STATE_BEFORE),
    ),
    "the request itself": (
        "fct_service_requests_coded",
        None,
        "response_code = 'I0'",
        (
            "service_requests",
            f"select * replace ({LATE} as recorded_at, (select min(response_code) from {{service_requests}}"
            f" where response_code like 'E%') as response_code) {A_REQUEST}",
        ),
    ),
}
# Tables by key: which key may be chosen, what lands, and which tables have another row of that key because of
# it: of a row of the driver (None), or of what the driver's rows find in a model by a column. Columns named
# `hub…` tell the hubs that the case takes.
DEVICE = "try_cast('0x' || replace(device_id, '-', '') as ubigint)"
METER_POINT = "try_cast(rpad(mpxn, 13, '0') as bigint) * 16 + length(mpxn)"
OF_THE_MONTH = "timestamp '2026-10-12 10:00:00' as effective_at"
OF_LAST = f"""
    from {{device_inventory}} where {DEVICE} = {{device}} and operation = 'upsert'
    qualify row_number() over (order by effective_at desc, extract_at desc) = 1"""
A_DISPLAY = """
    select states.device_key as key, states.device_key as device, states.hub_key as hub
    from warehouse.core.dim_device_states as states
    join warehouse.core.int_hub_meters as meters using (hub_key)
    where device_type = 'PPMID' and states.valid_from < '2026-10-01' and states.valid_to = '10000-01-01'
    and meters.valid_from < '2026-10-01' and electricity_mpxn_key is not null"""
OF_METER_POINT = f"""
    from {{registrations}} as registrations where {METER_POINT} = {{mpxn}}
    qualify row_number() over (order by effective_from desc, extract_at desc) = 1"""
A_METER_POINT_WITH_ONE_RECORD = f"""
    select mpxn_key as key, mpxn_key as mpxn, meters.hub_key as hub
    from warehouse.staging.stg_registrations
    join warehouse.core.int_hub_meters as meters on mpxn_key = electricity_mpxn_key
    where (select count(*) from warehouse.staging.stg_registrations as others
        where others.mpxn_key = stg_registrations.mpxn_key) = 1
    and mpxn_key != (
        select mpxn_key from warehouse.staging.stg_service_requests where transaction_id = '{NAMED}')"""


def _through(column: str, role: str) -> tuple:
    """A Device without a meter point of its own has another supplier, of one of the meters on its hub."""
    return (
        f"select device_key as key, {column} as mpxn, hub_key as hub"
        " from warehouse.core.int_device_hub_spells"
        f" where own_mpxn_key is null and device_type != 'CHF' and valid_to = '10000-01-01' and {column} in"
        f" (select mpxn_key from warehouse.staging.stg_registrations where role = '{role}')",
        "registrations",
        f"select * replace (date '2026-10-12' as effective_from, null as effective_to, {LATE} as extract_at,"
        " (select mode(supplier_party_id) from {registrations} as others"
        f" where role = '{role}' and others.supplier_party_id != registrations.supplier_party_id)"
        f" as supplier_party_id) from {{registrations}} as registrations where role = '{role}'"
        f" and {METER_POINT} = {{mpxn}}"
        " qualify row_number() over (order by effective_from desc, extract_at desc) = 1",
        {"dim_device_spells": ("dim_meter_point_spells", column)},
    )


KEY_CASES = {
    "the export supplier of its hub": _through("export_mpan_key", "ES"),
    "the gas supplier of its hub": _through("gas_mpxn_key", "GS"),
    "the import supplier of its hub": _through("electricity_mpxn_key", "IS"),
    "a hub that loses its last meter": (
        "select any_value(hub_key) as key, any_value(device_key) as device, any_value(hub_key) as hub"
        " from warehouse.core.dim_device_states where device_type in ('ESME', 'GSME')"
        " and hub_key in (select hub_key from warehouse.core.int_hub_meters)"
        " group by dim_device_states.hub_key having count(*) = 1",
        "device_inventory",
        f"select * replace ('remove' as operation, {LATE} as extract_at) {OF_LAST}",
        {"int_hub_meters": None},
    ),
    "the firmware of its hub": (
        "select displays.device_key as key, hubs.device_key as device, hubs.device_key as hub,"
        " others.firmware_version as firmware from warehouse.core.dim_device_states as displays"
        " join warehouse.core.dim_device_states as hubs on displays.hub_key = hubs.device_key"
        " join warehouse.core.dim_device_states as others"
        " on (others.device_type, others.manufacturer, others.model, others.smets_version)"
        " = (hubs.device_type, hubs.manufacturer, hubs.model, hubs.smets_version)"
        " where displays.device_type = 'PPMID' and displays.valid_to = '10000-01-01'"
        " and hubs.valid_from < '2026-10-01' and hubs.valid_to = '10000-01-01'"
        " and others.firmware_version != hubs.firmware_version",
        "device_inventory",
        f"select * replace ({OF_THE_MONTH}, {LATE} as extract_at, '{{firmware}}' as firmware_version)"
        f" {OF_LAST}",
        {"int_device_hub_spells": ("dim_device_states", "hub_key")},
    ),
    "a meter of its hub": (
        "select displays.key, displays.hub, meters.device_key as device"
        f" from ({A_DISPLAY}) as displays"
        " join warehouse.core.dim_device_states as meters on displays.hub = meters.hub_key"
        " where meters.device_type = 'ESME' and meters.valid_to = '10000-01-01'"
        " and meters.valid_from < '2026-10-01' and is_in_estate",
        "device_inventory",
        f"select * replace ({OF_THE_MONTH}, {LATE} as extract_at, 'remove' as operation) {OF_LAST}",
        {"int_device_hub_spells": ("int_hub_meters", "hub_key")},
    ),
    "a meter that comes from another hub": (
        "select others.hub_key as key, others.hub_key as hub, states.hub_key as hub_before,"
        " states.device_key as device from warehouse.core.dim_device_states as states"
        " join warehouse.core.int_hub_meters as others on states.mpxn_key < others.electricity_mpxn_key"
        " where states.device_type = 'ESME' and states.valid_to = '10000-01-01' and is_in_estate"
        " and states.valid_from < '2026-10-01' and others.valid_to = '10000-01-01'",
        "device_inventory",
        f"select * replace ({OF_THE_MONTH}, {LATE} as extract_at,"
        f" (select any_value(device_id) from {{device_inventory}} where {DEVICE} = {{hub}}) as chf_device_id)"
        f" {OF_LAST}",
        {"int_hub_meters": None},
    ),
    "a Device that moves to another hub": (
        "select displays.*, others.hub_key as hub_after"
        f" from ({A_DISPLAY}) as displays, warehouse.core.int_hub_meters as others"
        " where others.hub_key != displays.hub",
        "device_inventory",
        f"select * replace ({OF_THE_MONTH}, {LATE} as extract_at, (select any_value(device_id)"
        f" from {{device_inventory}} where {DEVICE} = {{hub_after}}) as chf_device_id) {OF_LAST}",
        {"dim_device_states": None, "int_device_hub_spells": None, "dim_device_spells": None},
    ),
    "a Device that is removed": (
        A_DISPLAY,
        "device_inventory",
        f"select * replace ({OF_THE_MONTH}, {LATE} as extract_at, 'remove' as operation) {OF_LAST}",
        {"dim_device_states": None, "int_device_hub_spells": None, "dim_device_spells": None},
    ),
    "a day on which a Device was commissioned": (
        A_DISPLAY,
        "device_inventory",
        "select * replace ('remove' as operation, timestamp '2001-01-01' as effective_at,"
        f" {LATE} as extract_at, timestamp '2026-10-12 10:00:00' as commissioned_at) {OF_LAST}",
        {"int_commissioning_days": None},
    ),
    "the supplier of a meter point": (
        A_METER_POINT_WITH_ONE_RECORD,
        "registrations",
        f"select * replace ({LATE} as extract_at, (select mode(supplier_party_id) from {{registrations}}"
        " as others where role = 'IS' and others.supplier_party_id != registrations.supplier_party_id)"
        f" as supplier_party_id) {OF_METER_POINT}",
        {"dim_registrations": None, "dim_meter_point_spells": None},
    ),
    "the operator of a meter point": (
        A_METER_POINT_WITH_ONE_RECORD,
        "registrations",
        f"select * replace ({LATE} as extract_at, (select mode(network_operator_party_id)"
        " from warehouse.staging.stg_registrations as others where others.network_operator_party_id"
        f" != registrations.network_operator_party_id) as network_operator_party_id) {OF_METER_POINT}",
        {"dim_network_operators": None, "dim_meter_point_spells": ("dim_network_operators", "mpxn_key")},
    ),
}
FOUND_BY = {
    "service_requests": {"feed": "{service_requests}", "key": "transaction_id", "at": "started_at"},
    "alerts": {"feed": "{alerts}", "key": "alert_id", "at": "raised_at"},
}


def scans(landing: Path) -> dict[str, str]:
    return {
        feed: f"read_parquet('{landing}/{feed}/*/*.parquet', hive_partitioning = false)" for feed in LANDED
    }


def land(connection: duckdb.DuckDBPyConnection, query: str, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = connection.execute(f"copy ({query}) to '{folder}/{name}.parquet' (format parquet)").fetchone()[0]
    assert rows == 1, name


def choose_and_correct(landing: Path, built: Path) -> dict[str, str]:
    """Land a correction per case, each of a row of another hub's Device; gives the key of the row by case."""
    chosen: dict[str, str] = {}
    with reading(warehouse=built) as connection:
        connection.execute(f"create table service_requests as {REQUESTS}")
        connection.execute(f"create table alerts as {ALERTS}")
        connection.execute("create table used (hub_key ubigint)")
        for case, (fact, _, which, correction) in CASES.items():
            feed = FACTS[fact]
            found_by = FOUND_BY[feed]
            key = found_by["key"]
            chosen[case] = which
            if which != NAMED:
                row = connection.execute(
                    f"select {key}, hub_key from {feed}"
                    f" where hub_key not in (from used) and {which} order by 1 limit 1"
                ).fetchone()
                assert row, f"the simulated month has no row for {case}"
                chosen[case] = row[0]
                connection.execute("insert into used values (?)", [row[1]])
            if correction is not None:
                into, query = correction
                query = query.replace("{feed}", found_by["feed"]).replace("{key}", key)
                query = query.replace("{at}", found_by["at"])
                query = query.format(**scans(landing), chosen=chosen[case])
                land(
                    connection,
                    query,
                    landing / into / "date=2026-11-05",
                    _file_name(case),
                )
        for case, (which, into, correction, _) in KEY_CASES.items():
            row = connection.execute(
                f"select * from ({which}) where columns(lambda name: name like 'hub%') not in (from used)"
                " order by all limit 1"
            )
            names = [column[0] for column in row.description]
            found = row.fetchone()
            assert found, f"the simulated month has no key for {case}"
            values = dict(zip(names, found, strict=True))
            chosen[case] = values["key"]
            hubs = [(value,) for name, value in values.items() if name.startswith("hub")]
            connection.executemany("insert into used values (?)", hubs)
            query = correction.format(**scans(landing), **values)
            land(connection, query, landing / into / "date=2026-11-05", _file_name(case))
    return chosen


def _file_name(case: str) -> str:
    return case.replace(" ", "-").replace("'", "")


@pytest.fixture(scope="module")
def corrected(project, tmp_path_factory):
    """A month that was built, then corrected: as it was, brought up to date, and built from nothing."""
    folder = tmp_path_factory.mktemp("corrected")
    landing = folder / "landing"
    simulate(landing, MONTH, parties=8, devices=400, requests=4000, bad="light")
    with duckdb.connect() as connection:
        for number, (feed, query) in enumerate(BEFORE):
            folder_of_day = landing / feed / "date=2026-10-29"
            land(connection, query.format(**scans(landing)), folder_of_day, f"before-{number}")
    before, kept, anew = (folder / name / "warehouse.duckdb" for name in ("before", "kept", "anew"))
    assert project.build(before, landing, CORRECTED_AS_OF, select=TO_FACTS)
    kept.parent.mkdir()
    shutil.copy(before, kept)
    chosen = choose_and_correct(landing, before)
    assert project.build(kept, landing, CORRECTED_AS_OF)
    assert project.build(anew, landing, CORRECTED_AS_OF)
    return before, kept, anew, chosen


@pytest.mark.turn(1)
def test_corrections_of_the_past_give_every_table_what_a_build_from_nothing_gives(corrected):
    _, kept, anew, _ = corrected
    assert differences(kept, anew) == {}


@pytest.mark.turn(1)
def test_corrections_of_the_past_are_published_as_from_a_build_from_nothing(corrected, project, tmp_path):
    published = []
    for file in corrected[1:3]:
        parties = tmp_path / file.parent.name
        with open_to_read(file, tmp_path / "tmp", 2, "1GiB") as connection:
            export(connection, project.catalogue(), MONTH, parties, 2)
        published.append({path.relative_to(parties): path.read_bytes() for path in parties.rglob("*.csv")})
    assert published[0]
    assert published[0] == published[1]


@pytest.mark.turn(1)
def test_corrections_are_taken_up_in_place(corrected):
    _, kept, anew, _ = corrected
    tables = [*FACTS, *BY_KEY, *(f"stg_{feed}__landed" for feed in LANDED)]
    assert {state(kept, table)[1] for table in tables} == {2}
    assert {state(anew, table)[1] for table in tables} == {1}


@pytest.mark.turn(1)
def test_every_table_and_view_has_the_columns_that_its_yml_describes(corrected, project):
    """dbt leaves out the description of a column that is not there, and says nothing."""
    with reading(warehouse=corrected[1]) as connection:
        there = {
            (schema, name): set(columns)
            for schema, name, columns in connection.execute(
                "select schema_name, table_name, list(column_name) from duckdb_columns()"
                " where database_name = 'warehouse' group by all"
            ).fetchall()
        }
    models = [node for node in project.nodes() if node.resource_type == "model"]
    missing = {
        node.name: sorted(set(node.columns) - there[(node.schema, node.alias)])
        for node in models
        if set(node.columns) - there[(node.schema, node.alias)]
    }
    assert len(models) > 100
    assert missing == {}


def lookups(fact: str) -> dict[str, str]:
    return CONFIGS[fact]["lookups"]


@pytest.mark.turn(1)
@pytest.mark.parametrize("case", CASES)
def test_a_corrected_row_is_another_because_of_that_lookup_alone(case, corrected):
    """Else the tests above would not notice a lookup that is not followed."""
    before, _, anew, chosen = corrected
    fact, lookup, _, _ = CASES[case]
    key, driver = FOUND_BY[FACTS[fact]]["key"], f"staging.stg_{FACTS[fact]}"

    with reading(warehouse=before) as connection:
        was = {f"core.{fact}": _rows(connection, f"core.{fact}", key, chosen[case])}
        was[driver] = _rows(connection, driver, key, chosen[case])
        values = {
            column: connection.execute(
                f"select any_value({column}) from warehouse.{driver} where {key} = ?", [chosen[case]]
            ).fetchone()[0]
            for column in lookups(fact).values()
        }
        relations = {name: _relation(connection, name) for name in lookups(fact)}
        for name, column in lookups(fact).items():
            was[name] = _rows(connection, relations[name], column, values[column])
    with reading(warehouse=anew) as connection:
        changed = {
            name
            for name in (f"core.{fact}", driver)
            if was[name] != _rows(connection, name, key, chosen[case])
        }
        for name, column in lookups(fact).items():
            if was[name] != _rows(connection, relations[name], column, values[column]):
                changed.add(name)
    assert changed == {f"core.{fact}", lookup or driver}


def _relation(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    return connection.execute(
        "select schema_name || '.' || name from (select schema_name, table_name as name from duckdb_tables()"
        " union all select schema_name, view_name from duckdb_views())"
        " where name = ? and schema_name != 'bookkeeping'",
        [name],
    ).fetchone()[0]


def _rows(connection: duckdb.DuckDBPyConnection, relation: str, column: str, value: object) -> list[tuple]:
    query = f"select * from warehouse.{relation} where {column} = ? order by all"
    return connection.execute(query, [value]).fetchall()


def test_every_fact_has_a_case_for_each_of_its_lookups():
    told = {(fact, lookup) for fact, lookup, _, _ in CASES.values() if lookup}
    assert told == {(fact, lookup) for fact in FACTS for lookup in lookups(fact)}


def roles(model: str) -> dict[tuple[str, str] | None, tuple[str, str, str]]:
    """What the rows of a key are made of: a model, its column, and by which column of the driver."""
    config = CONFIGS[model]
    found = {None: (config["driver"], config["key"], config["key"])}
    for lookup, columns in config.get("lookups", {}).items():
        for column, by in ({columns: columns} if isinstance(columns, str) else columns).items():
            found |= {
                (lookup, name): (lookup, column, name) for name in ([by] if isinstance(by, str) else by)
            }
    return found


@pytest.mark.turn(1)
@pytest.mark.parametrize(
    ("case", "model"), [(case, model) for case, (*_, models) in KEY_CASES.items() for model in models]
)
def test_a_corrected_key_is_another_because_of_what_it_finds_by_that_column_alone(case, model, corrected):
    before, _, anew, chosen = corrected
    key = CONFIGS[model]["key"]
    with reading(warehouse=before) as connection:
        driver = _relation(connection, CONFIGS[model]["driver"])
        relations = {role: _relation(connection, name) for role, (name, _, _) in roles(model).items()}
        query = f"select distinct {{}} from warehouse.{driver} where {key} = ? and {{}} is not null"
        values = {
            role: [row[0] for row in connection.execute(query.format(by, by), [chosen[case]]).fetchall()]
            for role, (_, _, by) in roles(model).items()
        }

    def held(warehouse: Path) -> dict:
        with reading(warehouse=warehouse) as connection:
            found = {
                role: [_rows(connection, relations[role], column, value) for value in values[role]]
                for role, (_, column, _) in roles(model).items()
            }
            return found | {model: _rows(connection, f"core.{model}", key, chosen[case])}

    was, became = held(before), held(anew)
    assert {name for name in was if was[name] != became[name]} == {model, KEY_CASES[case][-1][model]}


@pytest.mark.turn(1)
def test_a_hub_that_loses_its_last_meter_has_no_meters(corrected):
    before, kept, _, chosen = corrected
    rows = []
    for warehouse in (before, kept):
        with reading(warehouse=warehouse) as connection:
            hub = chosen["a hub that loses its last meter"]
            rows.append(_rows(connection, "core.int_hub_meters", "hub_key", hub))
    assert rows[0]
    assert rows[1] == []


def test_every_table_by_key_has_a_case_for_its_driver_and_for_each_column_that_it_finds_something_by():
    told = {(model, role) for *_, models in KEY_CASES.values() for model, role in models.items()}
    assert told == {(model, role) for model in BY_KEY for role in roles(model)}


# ---- files that come, and an as-of instant that moves

# Between them the same list of parties is in force.
AS_OF = ("2026-10-20 00:00:00", "2026-10-27 12:00:00", "2026-11-03 00:00:00", "2026-11-05 00:00:00")


@pytest.fixture(scope="module")
def pool(project, tmp_path_factory):
    """Every edge of the contract in files, of which a third is to come, and a warehouse of the others."""
    folder = tmp_path_factory.mktemp("pool")
    write_landing(folder / "all", MONTH, seed=4)
    files = sorted(path for feed in LANDED for path in (folder / "all" / feed).glob("date=*/*.parquet"))
    base, to_come = folder / "base", files[::3]
    shutil.copytree(folder / "all", base / "zone")
    for path in to_come:
        (base / "zone" / path.relative_to(folder / "all")).unlink()
    assert project.build(base / "warehouse.duckdb", base / "zone", AS_OF[1], select=TO_FACTS)
    return folder / "all", base, to_come


STEP = st.tuples(
    st.integers(1, 4),  # how many files come
    st.sampled_from(["nothing", "nothing", "goes", "changes", "a list goes"]),  # what else happens
    st.sampled_from(AS_OF),
)


def happen_to(path: Path, what: str) -> None:
    """Do to a landed file what the contract does not allow for."""
    if what == "goes":
        path.unlink()
    elif what == "changes":
        with duckdb.connect() as connection:
            rows = f"from read_parquet({quote_text(str(path))}, hive_partitioning = false) offset 1"
            connection.execute(f"copy ({rows}) to {quote_text(str(path) + '.new')} (format parquet)")
        os.replace(f"{path}.new", path)


# A failing example is not made smaller: each try is several builds.
@pytest.mark.long
@settings(
    max_examples=1, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)
@example(steps=[(3, "nothing", AS_OF[1]), (4, "nothing", AS_OF[3])])
@example(steps=[(1, "goes", AS_OF[1])])
@given(steps=st.lists(STEP, min_size=1, max_size=2))
def test_whatever_lands_every_table_is_that_of_a_build_from_nothing(steps, project, pool, tmp_path_factory):
    everything, base, to_come = pool
    work = tmp_path_factory.mktemp("steps")
    shutil.copytree(base, work / "kept")
    kept, landing = work / "kept" / "warehouse.duckdb", work / "kept" / "zone"
    waiting, as_of_before = list(to_come), AS_OF[1]
    for number, (count, what, as_of) in enumerate(steps):
        before = [state(kept, f"stg_{feed}__landed") for feed in LANDED]
        for _ in range(count):
            path = waiting.pop(len(waiting) * 7 // 11)
            shutil.copy(path, landing / path.relative_to(everything))
        there = sorted(path for feed in LANDED for path in (landing / feed).glob("date=*/*.parquet"))
        happen_to(there[-1], what)  # of requests, which are what a fact is made of
        if what == "a list goes":
            sorted((landing / "parties").glob("date=*/*.csv"))[-1].unlink()
        # Facts may be built less often than the feeds: they take up what several builds of those stored.
        select = TO_FACTS if number == len(steps) - 1 else TO_LANDED
        assert project.build(kept, landing, as_of, select=select)
        if what == "nothing" and as_of >= as_of_before:
            after = [state(kept, f"stg_{feed}__landed") for feed in LANDED]
            assert after == [(token, build + 1) for token, build in before]
        as_of_before = as_of
    anew = work / "anew" / "warehouse.duckdb"
    assert project.build(anew, landing, as_of, select=TO_FACTS, keys_per_part=1500)
    assert differences(kept, anew) == {}


# ---- what must not be built on


@pytest.fixture
def built(pool, tmp_path):
    """A warehouse that was built, and then another file of some feeds landed."""
    everything, base, to_come = pool
    shutil.copytree(base, tmp_path / "kept")
    file, landing = tmp_path / "kept" / "warehouse.duckdb", tmp_path / "kept" / "zone"
    for feed in ("alerts", "device_inventory", "power_outage_timings"):
        missing = next(path for path in to_come if path.parts[-3] == feed)
        shutil.copy(missing, landing / missing.relative_to(everything))
    return file, landing


def timings(file: Path) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            f"select * exclude (built_in) from staging.{TIMINGS} order by all"
        ).fetchall()


def test_a_build_on_the_same_code_takes_up_what_landed(project, built):
    file, landing = built
    (token, build), before = state(file, TIMINGS), timings(file)
    assert project.build(file, landing, AS_OF[1], select=(TIMINGS,))
    assert state(file, TIMINGS) == (token, build + 1)
    assert len(timings(file)) > len(before)


@pytest.mark.long
def test_rows_are_tested_that_were_stored_since_the_test_passed(project, built):
    file, landing = built
    table = "stg_alerts__landed"

    def passes() -> bool:
        return project.build(
            *(file, landing, AS_OF[1], "--indirect-selection", "cautious"),
            select=(table, "stg_alerts"),
            tests=True,
        )

    def change(sql: str) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)

    def tested() -> list[tuple]:
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(
                "from bookkeeping.tested select distinct token, build order by all"
            ).fetchall()

    again = f"insert into staging.{table} (select * replace ({{}} as built_in) from staging.{table}" + (
        " where outcome = 'accepted' order by landed_file, landed_row limit 1)"
    )
    take_back = f"delete from staging.{table} where rowid = (select max(rowid) from staging.{table})"
    assert passes()
    assert tested() == [state(file, table)]

    change(again.format(99))
    before = tested()
    assert not passes()
    assert tested()[0] == before[0] != tested()[1]  # that of the keys, and that of the columns
    assert not passes()
    change(take_back)
    assert passes()
    assert tested() == [state(file, table)]

    change(f"update staging.{table} set raised_at = null where outcome = 'accepted' and built_in = 1")
    assert passes()  # they have passed before
    change(f"update staging.{table} set built_in = 99 where raised_at is null")
    assert not passes()
    change(f"update staging.{table} set built_in = 1, raised_at = recorded_at where built_in = 99")
    change(again.format("built_in"))
    assert passes()
    change("update bookkeeping.tested set token = 'of another table'")
    assert not passes()


@pytest.mark.long
def test_spells_are_tested_of_keys_whose_rows_became_others_since_the_test_passed(project, built):
    file, landing = built

    def passes(*select: str) -> bool:
        cautious = ("--indirect-selection", "cautious")
        return project.build(file, landing, AS_OF[1], *cautious, select=select, tests=True)

    def change(sql: str) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)

    assert passes(*TO_LANDED, "dim_device_states")
    change("insert into core.dim_device_states (from core.dim_device_states order by all limit 1)")
    assert passes("dim_device_states")  # nothing says that its rows became others
    (token, build) = state(file, "dim_device_states")
    noted = "bookkeeping.dim_device_states__changed_device_key"
    change(f"insert into {noted} select min(device_key), {build + 2} from core.dim_device_states")
    assert not passes("dim_device_states")
    change("delete from core.dim_device_states where rowid = (select max(rowid) from core.dim_device_states)")
    assert passes("dim_device_states")
    assert state(file, "dim_device_states")[0] == token


@pytest.mark.long
def test_rows_of_a_fact_are_tested_that_were_made_since_the_test_passed(project, built):
    file, landing = built
    fact = "fct_alerts_coded"

    def passes(*select: str) -> bool:
        buildable = ("--indirect-selection", "buildable")
        return project.build(file, landing, AS_OF[1], *buildable, select=select, tests=True)

    def change(sql: str) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)

    assert passes(*TO_FACTS)
    change(f"create table kept as select *, rowid as position from core.{fact} order by rowid limit 1")
    restore = ", ".join(
        f"{column} = (select {column} from kept)"
        for column in ("alert_code_key", "device_profile_key", "delivery_time_ms", "built_in")
    )
    one_that_passed = "rowid = (select position from kept)"
    for wrong in ("alert_code_key = -1", "delivery_time_ms = -1"):
        change(f"update core.{fact} set {wrong} where {one_that_passed}")
        assert passes(fact), wrong  # it has passed before
        change(f"update core.{fact} set built_in = 99 where {one_that_passed}")
        assert not passes(fact), wrong
        change(f"update core.{fact} set {restore} where {one_that_passed}")
        assert passes(fact)
    # That Device profiles are others makes no row again: their keys are looked for in all rows.
    change(f"update core.{fact} set device_profile_key = -1 where {one_that_passed}")
    assert not passes(fact)


def test_a_model_has_one_test_of_a_kind_that_keeps_up_to_where_it_has_passed(project):
    kinds = Counter(
        (node.attached_node, metadata.name)
        for node in project.nodes()
        if (metadata := getattr(node, "test_metadata", None)) and "stored_in" in metadata.kwargs
    )
    assert len(kinds) > 10
    assert set(kinds.values()) == {1}


@pytest.mark.parametrize(
    ("code", "as_of", "arguments", "what"),
    [
        ("other code", AS_OF[1], (), "nothing"),
        (CODE, AS_OF[1], ("--full-refresh",), "nothing"),
        (CODE, AS_OF[0], (), "nothing"),
        (CODE, AS_OF[1], (), "goes"),
        (CODE, AS_OF[1], (), "changes"),
        (CODE, AS_OF[1], (), "the parties go"),
    ],
    ids=[
        "other code",
        "asked for",
        "an earlier as-of instant",
        "a file went",
        "a file changed",
        "the parties went",
    ],
)
@pytest.mark.long
def test_a_table_is_built_anew(project, pool, built, code, as_of, arguments, what):
    file, landing = built
    if what == "the parties go":
        shutil.rmtree(landing / "parties")
    else:
        log = sorted((pool[1] / "zone" / "power_outage_timings").glob("date=*/*.parquet"))
        happen_to(landing / log[0].relative_to(pool[1] / "zone"), what)
    token, _ = state(file, TIMINGS)
    assert project.build(file, landing, as_of, *arguments, select=("+" + TIMINGS,), code=code)
    assert state(file, TIMINGS)[0] != token
    assert state(file, TIMINGS)[1] == 1


def test_what_plain_dbt_built_is_not_built_on(project, built):
    file, landing = built
    for _ in range(2):
        assert project.build(file, landing, AS_OF[1], select=(TIMINGS,), code="")
        assert state(file, TIMINGS)[1] == 1


def test_a_state_with_other_columns_is_not_built_on(project, built):
    """As an earlier version kept it."""
    file, landing = built
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"alter table bookkeeping.{TIMINGS}__state drop column upstream")
    assert project.build(file, landing, AS_OF[1], select=(TIMINGS,))
    assert state(file, TIMINGS)[1] == 1


@pytest.mark.parametrize("table", [f"staging.{TIMINGS}", "core.fct_alerts_coded", "core.dim_device_states"])
@pytest.mark.long
def test_a_table_that_something_else_put_in_its_place_is_not_built_on(project, built, table, tmp_path):
    file, landing = built
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create or replace table {table} as from {table} limit 1")
    select = (table.partition(".")[2],)
    assert project.build(file, landing, AS_OF[1], select=select)
    assert state(file, select[0])[1] == 1
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute(f"select count(*) from {table}").fetchone()[0] > 1


def test_a_table_of_which_most_keys_changed_is_built_anew(project, built):
    file, landing = built
    token, _ = state(file, "dim_device_states")
    with duckdb.connect() as connection:
        folder = landing / "device_inventory" / "date=2026-10-26"
        folder.mkdir(exist_ok=True)
        connection.execute(
            "copy (select * replace"
            " ('Suspended' as device_status, timestamp '2026-10-26 12:00:00' as extract_at)"
            f" from {scans(landing)['device_inventory']}) to '{folder}/most.parquet' (format parquet)"
        )
    assert project.build(file, landing, AS_OF[1], select=("+dim_device_states",))
    assert state(file, "dim_device_states")[0] != token


def test_a_table_that_follows_one_that_was_built_anew_is_built_anew(project, built):
    file, landing = built
    token, _ = state(file, "int_hub_meters")
    with duckdb.connect(str(file)) as connection:
        connection.execute("create or replace table core.dim_device_states as from core.dim_device_states")
    assert project.build(file, landing, AS_OF[1], select=("dim_device_states", "int_hub_meters"))
    assert state(file, "int_hub_meters")[0] != token


@pytest.mark.parametrize(
    ("table", "written_last"),
    [
        (f"staging.{TIMINGS}", f"{TIMINGS}__files"),
        ("core.fct_alerts_coded", "fct_alerts_coded__state"),
        ("core.dim_device_states", "dim_device_states__state"),
    ],
)
@pytest.mark.long
def test_a_build_that_is_stopped_before_its_end_leaves_what_the_next_one_can_build_on(
    project, built, table, written_last
):
    file, landing = built
    name = table.partition(".")[2]

    def held() -> tuple:
        with duckdb.connect(str(file), read_only=True) as connection:
            return state(file, name), connection.execute(f"from {table} order by all").fetchall()

    if table.startswith("core."):
        assert project.build(file, landing, AS_OF[1], select=TO_LANDED)
    before = held()
    with duckdb.connect(str(file)) as connection:  # what cannot be replaced by a table
        connection.execute(f"alter table bookkeeping.{written_last} rename to aside")
        connection.execute(f"create view bookkeeping.{written_last} as from bookkeeping.aside")
    assert not project.build(file, landing, AS_OF[1], select=(name,))
    assert held() == before
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"drop view bookkeeping.{written_last}")
        connection.execute(f"alter table bookkeeping.aside rename to {written_last}")
    assert project.build(file, landing, AS_OF[1], select=(name,))
    assert state(file, name) == (before[0][0], before[0][1] + 1)
    assert held()[1] != before[1]


def test_the_fingerprint_of_the_code_is_of_all_that_decides_the_content(tmp_path):
    for name in (
        *("dbt_project.yml", "macros/a.sql", "models/a.yml", "seeds/a.csv", "profiles/profiles.yml"),
        *("snapshots/a.yml", "tests/dbt/a.sql"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    seen = {dbt.code_fingerprint(tmp_path)}
    assert seen == {dbt.code_fingerprint(tmp_path)}
    for path in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        path.write_text("another")
        seen.add(dbt.code_fingerprint(tmp_path))
    (tmp_path / "models/a.yml").rename(tmp_path / "macros/a.yml")
    seen.add(dbt.code_fingerprint(tmp_path))
    assert len(seen) == 9
    (tmp_path / "README.md").write_text("not code")
    assert dbt.code_fingerprint(tmp_path) in seen


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.long
def test_a_run_tells_dbt_what_the_code_is_and_whether_to_build_on_nothing(anew, tmp_path, monkeypatch):
    told = []

    from dbt.cli.main import dbtRunner

    real = dbtRunner.invoke

    def invoke(runner, arguments):
        if "parse" in arguments:
            return real(runner, arguments)
        told.extend(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(dbtRunner, "invoke", invoke)
    for name in ("CAR_WAREHOUSE", "CAR_THREADS", "CAR_MEMORY_LIMIT", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")
    job = Job(str(tmp_path / "landing"), tmp_path / "out", MONTH, Machine(2, "1GiB"), anew=anew)
    put_good_files(tmp_path / "landing")
    with pytest.raises(KeyboardInterrupt):
        run_month(job, Reporter())
    variables = json.loads(told[told.index("--vars") + 1])
    assert variables["code_fingerprint"] == dbt.code_fingerprint(dbt.find_project())
    assert ("--full-refresh" in told) == anew
