"""The project's own SQL of disclosure control, rendered without dbt and run in DuckDB on made-up rows.

Macro texts can be changed before they are rendered, to see that a test notices (a mutant).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb
import jinja2
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
MONTH = "2026-02"
MACROS = (
    "engine/expressions",
    "marts/cells",
    "marts/figures",
    "marts/disclosure",
    "marts/league",
    "marts/business_process",
    "marts/findings",
)
MODELS = (
    "int_r2__days",
    "int_r2__own_months",
    "int_r2__industry_days",
    "int_r2__industry_pools",
    "int_r2__industry_rests",
    "int_r2__industry_steps",
    "int_r2__industry_months",
    "int_r2__leagues",
    "mart_r2__benchmark",
    "mart_r2__league_table",
    "mart_r2__round_trip_time",
    "mart_r2__daily",
)
# Models of the rests besides those of SRVs, by the order in which they are made.
REST_MODELS = (
    "int_r2__industry_dimensions",
    "int_r2__dimension_rests",
    "int_r2__diagnosis",
    "mart_r2__diagnosis",
    "int_r3__industry_pools",
    "int_r3__industry_rests",
)
ALERT_MODELS = (
    "int_r3__own_days",
    "int_r3__own_months",
    "int_r3__industry_days",
    "int_r3__industry_pools",
    "int_r3__industry_rests",
    "int_r3__industry_months",
    "mart_r3__daily",
)
INVENTORY_MODELS = (
    "int_r1__industry_firmware",
    "int_r1__industry_models",
    "int_r1__industry_rests",
    "mart_r1__summary",
)
FIRMWARE_COUNTS = {
    "party_key": "integer",
    "role": "varchar",
    "corporate_group": "varchar",
    "device_type": "varchar",
    "manufacturer": "varchar",
    "model": "varchar",
    "firmware_version": "varchar",
    "device_count": "bigint",
}
DIMENSION_VOLUMES = {
    "party_key": "integer",
    "role": "varchar",
    "corporate_group": "varchar",
    "business_process": "varchar",
    "srv": "varchar",
    "dimension": "varchar",
    "value": "varchar",
    "request_count": "bigint",
    "success_count": "bigint",
}
OWN_ALERTS = {
    "party_key": "integer",
    "role": "varchar",
    "corporate_group": "varchar",
    "alert_code": "varchar",
    "alert_count": "bigint",
    "suppressed_count": "bigint",
    "delivered_count": "bigint",
    "within_target_count": "bigint",
    "delivery_sum_ms": "bigint",
}
VOLUMES = {
    "party_key": "integer",
    "role": "varchar",
    "corporate_group": "varchar",
    "business_process": "varchar",
    "srv": "varchar",
    "day": "date",
    "device_type": "varchar",
    "region": "varchar",
    "smets_version": "varchar",
    "request_count": "bigint",
    "success_count": "bigint",
    "measured_count": "bigint",
    "rtt_sum_ms": "bigint",
}
# What own figures alone are made of, and no test of disclosure looks at.
OWN_VOLUMES = ("target_count", "within_target_count")
OWN_SPEEDS = ("best_ms", "worst_ms", "p01_hundredths_ms", "p99_hundredths_ms", "median_doubled_ms")

# All of them, each once.
MADE = tuple(dict.fromkeys((*MODELS, *REST_MODELS, *ALERT_MODELS, *INVENTORY_MODELS)))


@cache
def macro_text(name: str) -> str:
    """The text of a macro file, e.g. marts/disclosure."""
    return (REPOSITORY / "macros" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def model_text(name: str) -> str:
    (file,) = (REPOSITORY / "models/marts").glob(f"*/{name}.sql")
    return file.read_text(encoding="utf-8")


@cache
def project_vars() -> dict:
    return yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


class Rules:
    """The macros and variables as they are, or with some texts replaced and some variables set."""

    def __init__(self, replacing: Iterable[tuple[str, str, str]] = (), **variables: float) -> None:
        """Each replacement is of (macro file or model, a text that stands in it once, the new text)."""
        texts = {name: macro_text(name) for name in MACROS}
        self.models = {name: model_text(name) for name in MADE}
        for name, old, new in replacing:
            changed = texts if name in texts else self.models
            assert changed[name].count(old) == 1, f"{name}.sql has {changed[name].count(old)} times: {old}"
            changed[name] = changed[name].replace(old, new)
        unknown = set(variables) - set(project_vars())
        assert not unknown, f"dbt_project.yml has no variables {unknown}"
        known = project_vars() | variables
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        names = self.environment.globals
        names |= {"var": known.__getitem__, "ref": lambda model: model, "adapter": self, "exceptions": self}
        names |= vars(self.environment.from_string("\n".join(texts.values())).make_module())

    def dispatch(self, macro: str):
        """What dbt's adapter.dispatch gives on DuckDB."""
        return self.environment.globals[f"duckdb__{macro}"]

    @staticmethod
    def raise_compiler_error(words: str) -> None:
        """What dbt's exceptions.raise_compiler_error does."""
        raise ValueError(words)

    def sql(self, model: str) -> str:
        return self.environment.from_string(self.models[model]).render()

    def expression(self, text: str) -> str:
        return self.environment.from_string(text).render()

    def release(self, connection: duckdb.DuckDBPyConnection, kind: str = "view") -> None:
        """Make the models as views or tables, over int_r2__volumes and the other inputs of `empty`."""
        for model in MODELS:
            connection.execute(f"create {kind} {model} as {self.sql(model)}")

    def release_rests(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the models of diagnosis.csv and of the rests of alerts as tables, over `empty_rests`."""
        for model in REST_MODELS:
            connection.execute(f"create table {model} as {self.sql(model)}")

    def release_alerts(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the models of daily.csv of alerts as tables: each request of int_r2__volumes is an alert."""
        connection.execute(
            "create table int_r3__volumes as"
            " select party_key, role, corporate_group, business_process || srv as alert_code, day,"
            " cast(sum(request_count) as bigint) as alert_count, cast(0 as bigint) as suppressed_count,"
            " cast(sum(success_count) as bigint) as delivered_count,"
            " cast(0 as bigint) as within_target_count,"
            " cast(1000 * sum(success_count) as bigint) as delivery_sum_ms"
            " from int_r2__volumes group by all"
        )
        connection.execute(
            "insert into fct_report_obligations"
            " select * replace ('alerts' as report) from fct_report_obligations"
        )
        for model in ALERT_MODELS:
            connection.execute(f"create table {model} as {self.sql(model)}")

    def release_inventory(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the models of summary.csv as tables, for every party of int_r1__firmware_counts."""
        connection.execute(
            "create table int_r1__model_counts as"
            " select party_key, role, corporate_group, device_type, manufacturer, model,"
            " cast(sum(device_count) as bigint) as device_count, cast(0 as bigint) as newest_count"
            " from int_r1__firmware_counts group by all"
        )
        connection.execute(
            f"create table fct_report_obligations as select distinct '{MONTH}' as reporting_month,"
            " 'P' || party_key as party_id, role, 'inventory' as report, party_key"
            " from int_r1__firmware_counts"
        )
        for model in INVENTORY_MODELS:
            connection.execute(f"create table {model} as {self.sql(model)}")


def empty_inventory() -> duckdb.DuckDBPyConnection:
    """What the models of summary.csv read, without Devices."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    columns = ", ".join(f"{name} {data_type}" for name, data_type in FIRMWARE_COUNTS.items())
    connection.execute(f"create table int_r1__firmware_counts ({columns})")
    return connection


def empty_rests(connection: duckdb.DuckDBPyConnection) -> None:
    """Add what the models of diagnosis.csv and of the rests of alerts read, without rows."""
    for table, columns in (
        ("int_r2__dimension_volumes", DIMENSION_VOLUMES),
        ("int_r3__own_months", OWN_ALERTS),
    ):
        typed = ", ".join(f"{name} {data_type}" for name, data_type in columns.items())
        connection.execute(f"create table {table} ({typed})")


def empty(days: int) -> duckdb.DuckDBPyConnection:
    """What the models read, without requests: a month of some days, and one industry Round Trip Time."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    columns = [f"{name} {data_type}" for name, data_type in VOLUMES.items()]
    columns += [f"{name} bigint default 0" for name in OWN_VOLUMES]
    connection.execute(f"create table int_r2__volumes ({', '.join(columns)})")
    connection.execute(
        f"create table dim_reporting_days as"
        f" select date '{MONTH}-01' + cast(number as integer) as day from range({days}) as days (number)"
    )
    connection.execute(
        "create table int_r2__incident_ids"
        " (day date, region varchar, smets_version varchar, incident_ids varchar)"
    )
    connection.execute(
        "create table int_r2__own_speeds (party_key integer, business_process varchar, srv varchar,"
        f" {', '.join(f'{name} bigint' for name in OWN_SPEEDS)})"
    )
    connection.execute(
        "create view int_r2__industry_speeds as select distinct role, business_process, unnest([srv, 'ALL'])"
        " as srv, 50000 as best_hundredths_ms, 900000 as worst_hundredths_ms, 4000 as median_doubled_ms"
        " from int_r2__volumes where measured_count > 0"
    )
    connection.execute(
        "create table fct_report_obligations"
        " (reporting_month varchar, party_id varchar, role varchar, report varchar, party_key integer)"
    )
    return connection
