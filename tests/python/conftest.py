"""Small warehouses and dbt projects to publish from, made without the project's own models."""

import json
import os
import re
import shutil
import subprocess
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from partial_build import without_data_tests
from xdist.scheduler import LoadFileScheduling

from car.console import Reporter
from car.landing.contract import SOURCES_FILE
from car.month import Job, run_month
from car.simulate import simulate
from car.warehouse.build import parse
from car.warehouse.catalogue import read_catalogue
from car.warehouse.database import remember_build
from car.workspace import Machine

MONTH = "2026-10"
AS_OF = "2026-11-06T00:00:00Z"

# Files that use what takes long to make: each set is run by one process, as every other file is.
TOGETHER = (
    {"test_injection.py", "test_isolation.py"},
    {"test_landing_order.py", "test_quality.py", "test_refused.py"},
    {"test_descriptions.py", "test_models.py", "test_published_contract.py"},
)


# Of the long tests CI runs one part, of the others one of so many turns. Which one changes with the commit.
# What is dealt out by its name, is over so many commits.
TURNS = 6
DEALT = 16


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run all of the long tests, not a part of them")


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "long(by, together, minutes): takes long, so that a run of the whole suite has a part of these alone;"
        " by: the fixture whose values are the parts, otherwise each test is one; together: the file is one;"
        " minutes: it takes several, and only --long has it",
    )
    config.addinivalue_line(
        "markers",
        "turn(number): what every change needs and takes half a minute or more: a run of the whole suite has"
        f" one number of {TURNS}, from 0 on; without a number the tests are dealt out by their names",
    )


def pytest_collection_modifyitems(config, items):
    """Leave out the long tests that are of another part; whoever names files or tests gets all of them."""
    if config.getoption("--long") or config.option.keyword or config.args != config.getini("testpaths"):
        return
    groups = sorted({group for item in items if (group := _long_group(item)) and not _takes_minutes(item)})
    chosen = {groups[_part(len(groups))]} if groups else set()
    left = [
        item
        for item in items
        if ((group := _long_group(item)) and group not in chosen)
        or _takes_minutes(item)
        or _is_of_another_turn(item)
    ]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _takes_minutes(item):
    return any(marker.kwargs.get("minutes") for marker in item.iter_markers("long"))


def _long_group(item):
    marker = item.get_closest_marker("long")
    if marker is None:
        return None
    if marker.kwargs.get("together"):
        return item.path.name
    fixture = marker.kwargs.get("by")
    if fixture is None:
        return item.nodeid
    values = getattr(item, "callspec", None)
    return f"{item.path.name} {values.params[fixture]}" if values and fixture in values.params else None


def _is_of_another_turn(item):
    marker = item.get_closest_marker("turn")
    if marker is None:
        return False
    if marker.args:
        return marker.args[0] != _part(TURNS)
    return zlib.crc32(item.nodeid.encode()) % DEALT != _part(DEALT)


def _part(of):
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return int(commit or "0", 16) % of


def pytest_xdist_make_scheduler(config, log):
    """Give the tests of a file, or of files that belong together, to one process."""
    return _Together(config, log)


class _Together(LoadFileScheduling):
    def _split_scope(self, nodeid):
        file = Path(super()._split_scope(nodeid)).name
        return next((" and ".join(sorted(files)) for files in TOGETHER if file in files), file)


def mart_node(name, columns, **meta):
    """One model as manifest.json has it; columns: {name: data type}."""
    units = {"decimal(18, 3)": "s", "bigint": "count", "date": "day", "timestamp": "instant"}
    return {
        "name": name,
        "resource_type": "model",
        "relation_name": f'"main"."{name}"',
        "original_file_path": f"models/{name}.sql",
        "patch_path": f"p://models/{name}.yml",
        "description": f"Rows of {name}.",
        "config": {"meta": meta, "contract": {"enforced": True}, "access": "public"},
        "columns": {
            column: {
                "name": column,
                "data_type": data_type,
                "description": f"About {column}.",
                "config": {
                    "meta": ({"unit": units[data_type]} if data_type in units else {})
                    | ({"shows": "nothing"} if data_type in ("varchar", "timestamp") else {})
                },
            }
            for column, data_type in columns.items()
        },
    }


def grain_test(mart, columns, **config):
    """The node of a data test unique_grain in dbt's manifest; with `where` it says nothing of all rows."""
    return {
        "name": f"unique_grain_{mart}",
        "resource_type": "test",
        "attached_node": f"model.p.{mart}",
        "test_metadata": {"name": "unique_grain", "kwargs": {"columns": columns}},
        "config": config,
    }


def exposure(name, mart, **publish):
    return {
        "name": name,
        "label": name.title(),
        "description": "What a reader gets.",
        "original_file_path": "models/exposures.yml",
        "depends_on": {"nodes": [f"model.p.{mart}"]},
        "config": {"meta": {"publish": {"question": "What is it?", **publish}}},
    }


DEVICES = {
    "reporting_month": "varchar",
    "party_id": "varchar",
    "role": "varchar",
    "device_id": "varchar",
    "device_model": "varchar",
    "last_read_at": "timestamp",
    "expires_on": "date",
    "prepayment_flag": "boolean",
    "mean_s": "decimal(18, 3)",
    "device_count": "bigint",
}
BY_SRV = {
    "reporting_month": "varchar",
    "party_id": "varchar",
    "role": "varchar",
    "srv": "varchar",
    "request_count": "bigint",
}


# Files of no report: the same for all, and of a party whatever its roles.
CODES = {"code": "varchar", "name": "varchar"}
NOTES = {"party_id": "varchar", "note": "varchar"}
# A file of the industry's report.
MEASURES = {"reporting_month": "varchar", "measure_id": "varchar", "value": "varchar", "reason": "varchar"}

# What parties ask for in other formats.
FORMAT_REQUESTS = dict.fromkeys(
    ("party_id", "role", "path_pattern", "format", "from_month", "to_month"), "varchar"
)


@dataclass
class Warehouse:
    """A warehouse of two marts, whose rows a test gives, and of two of no report where it gives theirs."""

    path: Path
    devices: list = field(default_factory=list)
    by_srv: list = field(default_factory=list)
    obligations: list = field(default_factory=list)
    devices_type: dict = field(default_factory=lambda: dict(DEVICES))
    codes: list | None = None
    notes: list | None = None
    measures: list | None = None
    format_requests: list | None = None

    def manifest(self):
        nodes = {
            "model.p.devices": mart_node("devices", self.devices_type),
            "model.p.by_srv": mart_node("by_srv", BY_SRV),
            "model.p.obligations": mart_node("obligations", {}, obligations=True),
            # Rows of these marts may be equal.
            "test.p.devices": grain_test("devices", ["device_id"], where="false"),
            "test.p.by_srv": grain_test("by_srv", ["srv"], where="false"),
        }
        exposures = {
            "exposure.p.devices": exposure(
                "devices",
                "devices",
                path="inventory/{role}/devices.csv",
                report="inventory",
                split=["party_id", "role"],
                always=True,
            ),
            "exposure.p.by_srv": exposure(
                "by_srv",
                "by_srv",
                path="business_process/{role}/srv/{srv}.csv",
                report="business_process",
                split=["party_id", "role", "srv"],
                path_only=["srv"],
            ),
        }
        if self.codes is not None:
            nodes |= {
                "model.p.codes": mart_node("codes", CODES),
                "test.p.codes": grain_test("codes", ["code"]),
            }
            exposures["exposure.p.codes"] = exposure(
                "codes", "codes", path="reference/codes.csv", split=[], always=True
            )
        if self.notes is not None:
            nodes |= {
                "model.p.notes": mart_node("notes", NOTES),
                "test.p.notes": grain_test("notes", ["party_id", "note"]),
            }
            exposures["exposure.p.notes"] = exposure(
                "notes",
                "notes",
                path="reference/notes.csv",
                split=["party_id"],
                path_only=["party_id"],
                always=True,
            )
        if self.measures is not None:
            nodes |= {
                "model.p.measures": mart_node("measures", MEASURES),
                "test.p.measures": grain_test("measures", ["reporting_month", "measure_id"]),
            }
            nodes["model.p.measures"]["columns"]["value"]["config"]["meta"] |= {
                "shows": "number",
                "unit": "share",
            }
            exposures["exposure.p.measures"] = exposure(
                "measures", "measures", recipient="industry", path="measures.csv", split=[], always=True
            )
        if self.format_requests is not None:
            nodes["seed.p.format_requests"] = mart_node("format_requests", {}, format_requests=True)
        return {"nodes": nodes, "exposures": exposures}

    def build(self, **facts):
        """Write the warehouse as a finished `car run` leaves it."""
        self.path.unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.path)) as connection:
            for table, columns, rows in (
                ("devices", self.devices_type, self.devices),
                ("by_srv", BY_SRV, self.by_srv),
                ("codes", CODES, self.codes),
                ("notes", NOTES, self.notes),
                ("measures", MEASURES, self.measures),
                ("format_requests", FORMAT_REQUESTS, self.format_requests),
            ):
                spec = ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())
                connection.execute(f"create table {table} ({spec})")
                if rows:
                    marks = ", ".join("?" * len(columns))
                    connection.executemany(f"insert into {table} values ({marks})", rows)
            connection.execute(
                "create table obligations"
                " (reporting_month varchar, party_id varchar, role varchar, report varchar)"
            )
            connection.executemany(
                "insert into obligations values (?, ?, ?, ?)", [(MONTH, *owed) for owed in self.obligations]
            )
        manifest = self.path.with_name("manifest.json")
        manifest.write_text(json.dumps(self.manifest()))
        built = {
            "run_id": "20261106T000000Z-000000",
            "reporting_month": MONTH,
            "as_of": AS_OF,
            "version": None,
            "held_back": [],
            "seconds": {},
            **facts,
        }
        remember_build(self.path, read_catalogue(manifest), built)
        return self


def device(party="ALPHA", role="IS", device_id="D1", **values):
    """A row of the mart `devices`, null where nothing else is said."""
    row = dict.fromkeys(DEVICES) | {
        "reporting_month": MONTH,
        "party_id": party,
        "role": role,
        "device_id": device_id,
    }
    return tuple((row | values).values())


@pytest.fixture(scope="session")
def manifest_path(tmp_path_factory):
    """dbt's manifest.json of the project as it stands."""
    return parse(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="session")
def manifest(manifest_path):
    return json.loads(manifest_path.read_text(encoding="utf-8"))


@pytest.fixture
def warehouse(tmp_path):
    """ALPHA has Devices and requests, BETA is owed its reports and has nothing."""
    return Warehouse(
        tmp_path / "warehouse" / "w.duckdb",
        devices=[device(device_id="D1"), device(device_id="D2", last_read_at=datetime(2026, 10, 5, 1, 2, 3))],
        by_srv=[(MONTH, "ALPHA", "IS", "8.14.1", 3), (MONTH, "ALPHA", "IS", "4.10", 5)],
        obligations=[
            ("ALPHA", "IS", "inventory"),
            ("ALPHA", "IS", "business_process"),
            ("BETA", "GS", "inventory"),
            ("BETA", "GS", "business_process"),
        ],
    ).build()


@pytest.fixture
def machine():
    return Machine(threads=2, memory_limit="512MB")


@pytest.fixture
def reporter():
    return Reporter()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture(scope="session")
def months(tmp_path_factory):
    """A market in which every string tells whose it is, published twice; see canary_months."""
    if os.name == "nt":
        pytest.skip("Windows does not allow the names of files that are landed")
    from canary_months import build_months

    return build_months(tmp_path_factory.mktemp("months"))


TINY_PROJECT = {
    "dbt_project.yml": """
name: tiny
version: "1.0"
profile: customer_analytics_reporting
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
vars: {reporting_month: "", as_of: "", landing_index: "", fails: false, doubts: false, breaks: false,
       held: false, rows_month_before: {}, rows_in_month: 970, left_out: ""}
models: {tiny: {+materialized: table}}
""",
    "profiles/profiles.yml": """
customer_analytics_reporting:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: "{{ env_var('CAR_WAREHOUSE') }}"
      threads: 2
      settings: {memory_limit: "{{ env_var('CAR_MEMORY_LIMIT') }}", threads: 2}
""",
    "tests/generic/unique_grain.sql": """
{% test unique_grain(model, columns) %}
select {{ columns | join(", ") }} from {{ model }} group by all having count(*) > 1
{% endtest %}
""",
    "models/devices.sql": """
select '{{ var("reporting_month") }}' as reporting_month, 'ALPHA' as party_id, 'IS' as role,
       '00-DB-12-34-56-78-90-A1' as device_id,
       {{ "cast('1234567890123 is no date' as date)" if var("breaks") else "date '2026-10-01'" }}
       as expires_on
""",
    "models/obligations.sql": """
select '{{ var("reporting_month") }}' as reporting_month, 'ALPHA' as party_id, 'IS' as role,
       'inventory' as report
""",
    "models/landing_counts.sql": """
select 'alerts' as feed, 1000 as rows_read, 1 as rows_after_as_of, 970 as rows_accepted, 9 as rows_superseded,
       20 as rows_quarantined
""",
    "models/gate_reasons.sql": """
select 'rows_quarantined' as reason, 'alerts' as feed, 20 as row_count, 999 as of_count
where {{ var("held") }}
""",
    "models/landing_reasons.sql": "select 'alerts' as feed, 'bad_format' as reason, 20 as row_count",
    "models/landing_warnings.sql": """
select 'alerts' as feed, 'check_digit' as warning, 7 as row_count
{% if var("rows_in_month") < 970 %}
union all select 'alerts', 'fewer_rows_than_month_before', {{ var("rows_in_month") }}
union all select 'alerts', 'days_without_file', 4
{% endif %}
""",
    "models/landing_arrivals.sql": """
select 'alerts' as feed, date '2026-11-05' as newest_file_on, {{ var("rows_in_month") }} as rows_in_month,
       {{ var("rows_month_before").get("alerts", "null") }} as rows_month_before
""",
    "models/request_counts.sql": """
select 'transforms' as measure, null::int as report_status_id, 1 as request_count union all
select 'requests_counted', null, 90 union all select 'requests_not_counted', 5, 9
""",
    "models/headlines.sql": """
select 2 as place, 'with_date' as headline, count(expires_on) as figure_count,
       (count(expires_on) / count(*))::decimal(5, 4) as figure_share
from {{ ref("devices") }}
union all select 1, 'devices', count(*), null from {{ ref("devices") }}
""",
    "models/stg_alerts__quarantine.sql": """
select ['bad_format'] as reasons, 'alerts/date=2026-11-01/a.parquet' as landed_file, 7 as landed_row,
       'x' as alert_code
""",
    "models/models.yml": """
models:
  - name: devices
    description: The Devices.
    config: {contract: {enforced: true}, access: public}
    data_tests:
      # A party that landed twice has its rows twice.
      - unique_grain: {arguments: {columns: [party_id, role, device_id]}, config: {where: "false"}}
    columns:
      - {name: reporting_month, data_type: varchar}
      - {name: party_id, data_type: varchar}
      - {name: role, data_type: varchar}
      - name: device_id
        description: The Device.
        data_type: varchar
        config: {meta: {shows: own_device}}
        data_tests:
          - accepted_values:
              arguments: {values: ["{{ 'none' if var('fails') else '00-DB-12-34-56-78-90-A1' }}"]}
              config: {severity: "{{ 'warn' if var('doubts') else 'error' }}"}
      - name: expires_on
        description: The last day.
        data_type: date
        config: {meta: {unit: day}}
  - {name: obligations, config: {meta: {obligations: true}}}
  - {name: landing_counts, config: {meta: {run_json: landing_counts}}}
  - {name: landing_reasons, config: {meta: {run_json: landing_reasons}}}
  - {name: gate_reasons, config: {meta: {run_json: gate_reasons}}}
  - {name: landing_warnings, config: {meta: {run_json: landing_warnings}}}
  - {name: landing_arrivals, config: {meta: {run_json: landing_arrivals}}}
  - {name: request_counts, config: {meta: {run_json: request_counts}}}
  - {name: headlines, config: {meta: {run_json: headlines}}}
  - {name: stg_alerts__quarantine, config: {meta: {quarantine: alerts}}}
exposures:
  - name: devices_file
    type: application
    description: Every Device.
    owner: {name: Reporting, email: reporting@example.org}
    depends_on: [ref('devices')]
    config:
      meta:
        publish:
          path: inventory/{role}/devices.csv
          question: Which Devices do I have?
          report: inventory
          split: [party_id, role]
          always: true
""",
}


@pytest.fixture(scope="session")
def tiny_project_source(tmp_path_factory):
    """A dbt project of nine models, to see a whole run without the real ones."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in TINY_PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def use_project(monkeypatch, project):
    """Have commands of this process build a dbt project."""
    monkeypatch.setenv("CAR_PROJECT", str(project))
    for name in ("CAR_WAREHOUSE", "CAR_THREADS", "CAR_MEMORY_LIMIT", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")  # the build sets them: put back afterwards


@pytest.fixture
def tiny_project(tiny_project_source, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    shutil.copytree(tiny_project_source, folder)
    use_project(monkeypatch, folder)
    return folder


@pytest.fixture(scope="session")
def real_landing(tmp_path_factory):
    """A simulated landing zone, small: late, repeated and bad records are in it."""
    folder = tmp_path_factory.mktemp("real") / "landing"
    simulate(landing=folder, month=MONTH, parties=6, devices=200, requests=1200, seed=3)
    return folder


@pytest.fixture(scope="session")
def real_month(real_landing, tmp_path_factory):
    """The output folder of a month that the project's own models made of it."""
    out = tmp_path_factory.mktemp("real-month") / "out"
    run_real_month(real_landing, out)
    return out


def run_real_month(landing, out, month=MONTH, **options):
    """Run a month in this process, without data tests and the report of the industry; gives its parties."""
    machine = Machine(threads=2, memory_limit="1GiB")
    given = {"with_history": False, "reports_of": 0, "with_industry": False, **options}
    job = Job(str(landing), out, month, machine, **given)
    with without_data_tests():
        return Path(run_month(job, Reporter())["release"]) / "parties"


# The tiny project once more; its recipients and figures are those of the landing zone's register.
LANDED_PROJECT = {
    "models/devices.sql": """
select '{{ var("reporting_month") }}' as reporting_month, party_id, role, party_name as device_id,
       active_from::date as expires_on
from read_parquet('{{ var("landing_index") }}/parties.parquet')
where published_on::date < '{{ var("as_of") }}'::timestamp and party_name <> '{{ var("left_out", "") }}'
""",
    "models/obligations.sql": """
select distinct '{{ var("reporting_month") }}' as reporting_month, party_id, role, 'inventory' as report
from read_parquet('{{ var("landing_index") }}/parties.parquet')
""",
    "models/models.yml": re.sub(
        r" +data_tests:\n( +)- accepted_values:(\n\1 +.*)+",
        "        data_tests: [not_null]",
        TINY_PROJECT["models/models.yml"],
    ),
    SOURCES_FILE.as_posix(): (Path(__file__).parents[2] / SOURCES_FILE).read_text(encoding="utf-8"),
}


def land_register(landing, day, *parties):
    """Land a register on a day of November 2026; a party is (party_id, role, name, active from)."""
    folder = landing / "parties" / f"date=2026-11-{day:02d}"
    folder.mkdir(parents=True)
    lines = [f"2026-11-{day:02d},{party},{name},,,{role},{begin}," for party, role, name, begin in parties]
    header = "published_on,party_id,party_name,corporate_group,party_category,role,active_from,active_to"
    (folder / "register.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


@pytest.fixture
def landed_project(tiny_project_source, tmp_path):
    """A small dbt project that a whole `car run` takes from landing files to releases in a second."""
    folder = tmp_path / "landed_project"
    shutil.copytree(tiny_project_source, folder)
    for name, text in LANDED_PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
