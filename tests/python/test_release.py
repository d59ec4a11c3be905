"""What is published, byte for byte, and how a version takes the place of another (docs/published.md)."""

import csv
import errno
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import threading
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from conftest import AS_OF, DEVICES, MONTH, device, grain_test
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases import apply_changes, cells_of, csv_bytes, read_changes

from car.errors import CarError, HeldBack, UsageFault
from car.month import preview, publish_again
from car.release import export, tree, versions
from car.release.export import check_party_ids
from car.warehouse.catalogue import read_catalogue
from car.workspace import Machine

HEADER = ",".join(DEVICES)


def publish(warehouse, out, machine, reporter, force=False):
    return publish_again(out, warehouse.path, force, machine, reporter)


def current(out):
    return out / "releases" / MONTH / "current"


def devices_csv(out, party="ALPHA", role="IS"):
    return current(out) / "parties" / party / "inventory" / role / "devices.csv"


# ---- the reference: the contract once more in plain Python, without DuckDB ----------------------------

# The formula characters and their full-width forms.
SPREADSHEET = set("=+-@\uff1d\uff0b\uff0d\uff20")


def reference_text(value):
    """docs/published.md, "CSV conventions": text that a spreadsheet would run gets a quote before it."""
    runs = value[:1] in {"\t", "\r", "\n"} or value.lstrip()[:1] in SPREADSHEET
    return "'" + value if runs else value


def reference_cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return reference_text(value) if isinstance(value, str) else str(value)


def reference_csv(header, rows):
    cut = [
        tuple(value.replace(microsecond=0) if isinstance(value, datetime) else value for value in row)
        for row in rows
    ]
    # Code points: Python compares str by them.
    cut.sort(key=lambda row: [(value is None, 0 if value is None else value) for value in row])
    lines = [header]
    for row in cut:
        cells = [reference_cell(value) for value in row]
        lines.append(
            ",".join(
                '"' + cell.replace('"', '""') + '"' if any(char in cell for char in ',"\r\n') else cell
                for cell in cells
            )
        )
    return ("\n".join(lines) + "\n").encode()


TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n ,\"'#;\u00a0\u3000\u2003\u0085\x1f"),
        st.sampled_from("aZé日\U0001f600\ufffd"),
        st.characters(codec="utf-8", exclude_characters="\x00"),
    ),
    min_size=1,
    max_size=8,
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXT,
        st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
        st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        st.none() | st.booleans(),
        st.none() | st.decimals("-999999", "999999", places=3),
        st.none() | st.integers(-(2**62), 2**62),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=ROWS)
def test_every_file_is_what_plain_python_writes_of_the_same_rows(
    drawn, warehouse, tmp_path_factory, reporter
):
    rows = [(MONTH, "ALPHA", "IS", "D1", *values) for values in drawn]
    warehouse.devices = rows
    warehouse.build()
    folder = tmp_path_factory.mktemp("preview")
    preview(warehouse.path, "ALPHA", folder, Machine(2, "512MB"), reporter)
    written = (folder / "ALPHA" / "inventory" / "IS" / "devices.csv").read_bytes()
    assert written == reference_csv(HEADER, rows)


@pytest.mark.parametrize("line_break", ["", "\n"], ids=["one line a row", "a text with a line break"])
@pytest.mark.parametrize("block_bytes", [1, 7, 64, 1 << 24])
def test_a_file_is_the_same_written_alone_or_cut_out_of_its_mart(
    block_bytes, line_break, warehouse, out, machine, reporter, monkeypatch
):
    monkeypatch.setattr(export, "_BLOCK_BYTES", block_bytes)
    counts = {"ALPHA": 3, "BETA": 1, "DELTA": 0, "GAMMA": 5, "Zeta": 2, "alpha2": 4}
    rows = {
        party: [
            (MONTH, party, "IS", f"D{number}", f'"{number}",{line_break}é', *[None] * 5)
            for number in range(count)
        ]
        for party, count in counts.items()
    }
    warehouse.devices = [row for listed in rows.values() for row in listed]
    warehouse.by_srv = []
    warehouse.obligations = [(party, "IS", "inventory") for party in counts]
    publish(warehouse.build(), out, machine, reporter)
    for party, listed in rows.items():
        folder = out / "releases" / MONTH / "v1" / "parties" / party
        written = (folder / "inventory" / "IS" / "devices.csv").read_bytes()
        assert written == reference_csv(HEADER, listed)
        entry = next(
            file
            for file in json.loads((folder / "manifest.json").read_text())["files"]
            if file["path"] == "inventory/IS/devices.csv"
        )
        assert entry["rows"] == len(listed)
        assert (entry["bytes"], entry["sha256"]) == (len(written), hashlib.sha256(written).hexdigest())


class _Counting:
    """A connection that counts the statements that name a table."""

    def __init__(self, connection, table):
        self._connection = connection
        self._table = table
        self.count = 0

    def execute(self, sql, *arguments):
        self.count += self._table in sql
        return self._connection.execute(sql, *arguments)

    def __getattr__(self, name):
        return getattr(self._connection, name)


@pytest.mark.parametrize("line_break", ["", "\n"], ids=["one line a row", "a text with a line break"])
def test_a_mart_is_not_read_once_for_each_recipient(line_break, warehouse, tmp_path):
    reads = {}
    for parties in (1, 7):
        names = [f"P{number}" for number in range(parties)]
        warehouse.devices = [device(party=name, device_model=f"a{line_break}b") for name in names]
        warehouse.by_srv = []
        warehouse.obligations = [(name, "IS", "inventory") for name in names]
        warehouse.build()
        catalogue = read_catalogue(warehouse.path.with_name("manifest.json"))
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            counting = _Counting(connection, '"main"."devices"')
            folder = tmp_path / f"{parties}"
            assert len(export.export(counting, catalogue, MONTH, folder, 2)) == parties
        reads[parties] = counting.count
    assert reads[7] == reads[1] > 0


@pytest.mark.parametrize("line_break", ["", "\n"], ids=["one line a row", "a text with a line break"])
def test_a_file_of_no_report_goes_once_to_every_party_that_is_owed_any(
    line_break, warehouse, out, machine, reporter
):
    codes = [("N2", "=1"), ("N10", f"a{line_break}b"), ("AD1", None)]
    warehouse.codes, warehouse.notes = codes, [("ALPHA", "x"), ("ALPHA", f"y{line_break}")]
    # In two roles; BETA is owed one report.
    warehouse.obligations = [
        *warehouse.obligations[:2],
        ("ALPHA", "GS", "inventory"),
        *warehouse.obligations[2:3],
    ]
    publish(warehouse.build(), out, machine, reporter)
    written = {}
    for party in ("ALPHA", "BETA"):
        folder = current(out) / "parties" / party
        listed = {file["path"]: file for file in json.loads((folder / "manifest.json").read_text())["files"]}
        for path in (folder / "reference").iterdir():
            written[party, path.name] = path.read_bytes()
            file = listed[f"reference/{path.name}"]
            assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
            assert file["rows"] == len(list(csv.reader(io.StringIO(path.read_text(), newline="")))) - 1
    of_all = reference_csv("code,name", codes)
    assert written == {
        ("ALPHA", "codes.csv"): of_all,
        ("BETA", "codes.csv"): of_all,
        ("ALPHA", "notes.csv"): reference_csv("note", [(note,) for _, note in warehouse.notes]),
        ("BETA", "notes.csv"): b"note\n",
    }
    package = json.loads((current(out) / "parties" / "BETA" / "datapackage.json").read_text())
    keys = {item["path"]: item["schema"].get("primaryKey") for item in package["resources"]}
    assert (keys["reference/codes.csv"], keys["reference/notes.csv"]) == (["code"], ["note"])


def test_what_is_the_same_for_all_is_read_once_for_all(warehouse, tmp_path):
    reads = {}
    for parties in (1, 7):
        names = [f"P{number}" for number in range(parties)]
        warehouse.devices, warehouse.by_srv, warehouse.codes = [], [], [("N1", "x")]
        warehouse.obligations = [(name, "IS", "inventory") for name in names]
        warehouse.build()
        catalogue = read_catalogue(warehouse.path.with_name("manifest.json"))
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            counting = _Counting(connection, '"main"."codes"')
            files = export.export(counting, catalogue, MONTH, tmp_path / f"{parties}", 2)
        assert [file.party_id for file in files if file.role is None] == names
        reads[parties] = counting.count
    assert reads[7] == reads[1] > 0


def test_a_changed_code_list_is_told_to_every_party(warehouse, out, machine, reporter):
    warehouse.codes, warehouse.notes = [("N1", "x"), ("N2", "y")], [("ALPHA", "old")]
    publish(warehouse.build(), out, machine, reporter)
    warehouse.codes, warehouse.notes = [("N1", "z")], [("ALPHA", "new")]
    publish(warehouse.build(), out, machine, reporter)
    of_all = [
        ["reference/codes.csv", "code=N1", "changed", "name", "x", "z"],
        ["reference/codes.csv", "code=N2", "row removed", "", "", ""],
    ]
    of_alpha = [
        ["reference/notes.csv", "note=new", "row added", "", "", ""],
        ["reference/notes.csv", "note=old", "row removed", "", "", ""],
    ]
    parties = current(out) / "parties"
    assert read_changes(parties / "ALPHA") == [*of_all, *of_alpha]
    assert read_changes(parties / "BETA") == of_all


def test_notes_for_a_party_that_is_owed_nothing_are_refused(warehouse, out, machine, reporter):
    warehouse.notes = [("GAMMA", "x")]
    with pytest.raises(CarError, match="1 recipients who are not owed any report"):
        publish(warehouse.build(), out, machine, reporter)
    assert not current(out).exists()


def test_a_file_that_cannot_be_written_ends_the_publication(warehouse, tmp_path, monkeypatch):
    """And does not leave DuckDB with a pipe that nobody reads; the rows are more than a pipe holds."""
    warehouse.devices = [device(device_id=f"D{number}", device_model="m" * 1000) for number in range(2000)]
    warehouse.by_srv = []
    warehouse.build()
    catalogue = read_catalogue(warehouse.path.with_name("manifest.json"))

    def hash_none(header):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(export, "sha256", hash_none)
    raised = []

    def publish_and_fail():
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            try:
                export.export(connection, catalogue, MONTH, tmp_path / "new", 2)
            except OSError as error:
                raised.append(error.errno)

    publishing = threading.Thread(target=publish_and_fail, daemon=True)
    publishing.start()
    publishing.join(timeout=60)
    assert raised == [errno.ENOSPC]


# ---- the CSV, rule by rule ----------------------------------------------------------------------------


def test_formats(warehouse, out, machine, reporter):
    warehouse.devices = [
        device(
            device_id="D1",
            device_model='Model, "A"\nB',
            last_read_at=datetime(2026, 10, 31, 23, 59, 59, 999999),
            expires_on=date(2027, 1, 2),
            prepayment_flag=True,
            mean_s=Decimal("-1.5"),
            device_count=7,
        ),
        device(device_id="D2", device_model="#1 é"),
    ]
    publish(warehouse.build(), out, machine, reporter)
    assert devices_csv(out).read_bytes().decode() == (
        HEADER + "\n"
        '2026-10,ALPHA,IS,D1,"Model, ""A""\nB",2026-10-31T23:59:59Z,2027-01-02,true,-1.500,7\n'
        "2026-10,ALPHA,IS,D2,#1 é,,,,,\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-", "'-"),
        ("@x", "'@x"),
        ("\uff1dx", "'\uff1dx"),
        ("\uff0bx", "'\uff0bx"),
        ("\uff0dx", "'\uff0dx"),
        ("\uff20x", "'\uff20x"),
        ("\u3000\uff1dx", "'\u3000\uff1dx"),
        ("\x1f=x", "'\x1f=x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =x", "'  =x"),
        ("\u00a0\u3000\u2003@x", "'\u00a0\u3000\u2003@x"),
        (" \t x", " \t x"),
        ("x=1", "x=1"),
        ("'=1", "'=1"),
        ("#1", "#1"),
        ("−1", "−1"),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_prefixed(text, shown, warehouse, out, machine, reporter):
    warehouse.devices = [device(device_model=text)]
    publish(warehouse.build(), out, machine, reporter)
    with devices_csv(out).open(encoding="utf-8", newline="") as handle:
        assert [row["device_model"] for row in csv.DictReader(handle)] == [shown]


def test_rows_are_sorted_by_what_is_read_left_to_right(warehouse, out, machine, reporter):
    earlier, later = datetime(2026, 10, 1, 0, 0, 0, 100), datetime(2026, 10, 1, 0, 0, 0, 900)
    warehouse.devices = [
        device(device_id=None),
        device(device_id="D", device_model="Z", last_read_at=earlier, device_count=10),
        device(device_id="D", device_model="Z", last_read_at=later, device_count=9),
        device(device_id="D", device_model="a"),
        device(device_id="D", device_model="é"),
        device(device_id="D", device_model="=a"),
        device(device_id="D", device_model="Z", last_read_at=earlier, prepayment_flag=True),
        device(device_id="D", device_model="Z", last_read_at=earlier, prepayment_flag=False),
        device(device_id="D", device_model="\U0001f600"),
        device(device_id="D", device_model="\uffee"),
    ]
    publish(warehouse.build(), out, machine, reporter)
    lines = devices_csv(out).read_text(encoding="utf-8").splitlines()[1:]
    assert [line.removeprefix("2026-10,ALPHA,IS,") for line in lines] == [
        "D,'=a,,,,,",
        "D,Z,2026-10-01T00:00:00Z,,false,,",
        "D,Z,2026-10-01T00:00:00Z,,true,,",
        "D,Z,2026-10-01T00:00:00Z,,,,9",
        "D,Z,2026-10-01T00:00:00Z,,,,10",
        "D,a,,,,,",
        "D,é,,,,,",
        "D,\uffee,,,,,",
        "D,\U0001f600,,,,,",
        ",,,,,,",
    ]


@pytest.mark.parametrize(
    ("columns", "config", "deciding"),
    [
        (["reporting_month", "party_id", "role", "device_id"], {}, "device_id"),
        (["party_id", "role", '"device_model"'], {}, "device_model"),
        (["party_id", "role"], {}, "role"),
        (["party_id", "role", "device_id", "last_read_at"], {}, "device_count"),  # alike, cut to seconds
        (["party_id", "role", "device_id", "not_published"], {}, "device_count"),
        (["party_id", "role", "device_id"], {"where": "role = 'IS'"}, "device_count"),
    ],
)
def test_rows_are_sorted_by_no_column_behind_the_key_that_a_test_has_found(
    columns, config, deciding, warehouse, tmp_path
):
    manifest = warehouse.manifest()
    manifest["nodes"] |= {
        "test.p.by_srv": grain_test("by_srv", ["srv"]),
        "test.p.devices": grain_test("devices", columns, **config),
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    (devices,) = (item for item in read_catalogue(path).publications if item.name == "devices")
    names = [column.name for column in devices.columns]
    assert names[-1] == "device_count"
    assert names[: export.deciding_count(devices)][-1] == deciding


def test_rows_that_share_a_second_of_their_key_are_sorted_by_what_comes_behind(
    warehouse, out, machine, reporter
):
    instants = [datetime(2026, 10, 1, 0, 0, 0, microsecond) for microsecond in (100, 900)]
    warehouse.devices = [
        device(last_read_at=instant, device_count=count)
        for instant, count in zip(instants, (10, 9), strict=True)
    ]
    of_devices = warehouse.manifest
    key = grain_test("devices", ["party_id", "role", "device_id", "last_read_at"])
    warehouse.manifest = lambda: {**of_devices(), "nodes": {**of_devices()["nodes"], "test.p": key}}
    publish(warehouse.build(), out, machine, reporter)
    lines = devices_csv(out).read_text(encoding="utf-8").splitlines()[1:]
    assert [line.rpartition(",")[2] for line in lines] == ["9", "10"]


def test_a_split_column_of_the_path_alone_is_not_in_the_file(warehouse, out, machine, reporter):
    publish(warehouse, out, machine, reporter)
    folder = current(out) / "parties" / "ALPHA" / "business_process" / "IS" / "srv"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "4.10.csv": "reporting_month,party_id,role,request_count\n2026-10,ALPHA,IS,5\n",
        "8.14.1.csv": "reporting_month,party_id,role,request_count\n2026-10,ALPHA,IS,3\n",
    }


def test_an_owed_file_without_rows_has_its_header_and_a_split_one_is_not_written(
    warehouse, out, machine, reporter
):
    publish(warehouse, out, machine, reporter)
    beta = current(out) / "parties" / "BETA"
    assert csv_bytes(beta) == {"inventory/GS/devices.csv": (HEADER + "\n").encode()}


def test_the_bytes_do_not_depend_on_threads_or_read_order(warehouse, tmp_path, reporter):
    rows = [
        device(
            party=("ALPHA", "BETA")[number % 2],
            role=("IS", "GS")[number % 2],
            device_id=f"D{number * 7919 % 5003}",
            device_model=f"model {number % 13}",
            device_count=number % 17,
        )
        for number in range(20_000)
    ]
    written = []
    for name, order, threads in (("one", rows, 1), ("two", rows[::-1], 2), ("again", rows, 2)):
        warehouse.devices = order
        with duckdb.connect(str(warehouse.path)) as connection:
            connection.execute("delete from devices")
            wanted = dict(zip(DEVICES, zip(*order, strict=True), strict=True))
            frame = ", ".join(
                f"unnest(?)::{kind} as {column}"
                for column, kind in DEVICES.items()
                if wanted[column][0] is not None
            )
            given_columns = [column for column in DEVICES if wanted[column][0] is not None]
            connection.execute(
                f"insert into devices ({', '.join(given_columns)}) select {frame}",
                [list(wanted[column]) for column in given_columns],
            )
        publish(warehouse, tmp_path / name, Machine(threads, "512MB"), reporter)
        written.append(csv_bytes(current(tmp_path / name) / "parties"))
    assert written[0] == written[1] == written[2]
    assert sum(content.count(b"\n") for content in written[0].values()) > 20_000


# ---- what stands beside the CSVs ----------------------------------------------------------------------


def test_the_manifest_lists_every_other_file_as_it_is(warehouse, out, machine, reporter):
    publish(warehouse, out, machine, reporter)
    folder = current(out) / "parties" / "ALPHA"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {key: manifest[key] for key in ("reporting_month", "as_of", "version")} == {
        "reporting_month": MONTH,
        "as_of": AS_OF,
        "version": 1,
    }
    on_disk = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {
        "manifest.json"
    }
    assert {file["path"] for file in manifest["files"]} == on_disk
    for file in manifest["files"]:
        content = (folder / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        if file["path"].endswith(".csv"):
            records = list(csv.reader(io.StringIO(content.decode())))
            assert (records[0], len(records) - 1) == (file["columns"], file["rows"])


def test_the_data_package_describes_each_csv(warehouse, out, machine, reporter):
    publish(warehouse, out, machine, reporter)
    folder = current(out) / "parties" / "ALPHA"
    package = json.loads((folder / "datapackage.json").read_text())
    assert {resource["path"] for resource in package["resources"]} == set(csv_bytes(folder))
    (devices,) = [item for item in package["resources"] if item["path"] == "inventory/IS/devices.csv"]
    assert re.fullmatch(r"[a-z0-9._-]+", devices["name"])
    assert devices["description"] == "Rows of devices."
    fields = {item["name"]: item for item in devices["schema"]["fields"]}
    assert list(fields) == list(DEVICES)
    assert fields["last_read_at"]["type"] == "datetime"
    assert fields["mean_s"] == {
        "name": "mean_s",
        "type": "number",
        "description": "About mean_s.",
        "unit": "s",
    }
    assert {
        name: fields[name]["type"] for name in ("device_id", "expires_on", "prepayment_flag", "device_count")
    } == {
        "device_id": "string",
        "expires_on": "date",
        "prepayment_flag": "boolean",
        "device_count": "integer",
    }


def test_a_recipients_files_do_not_depend_on_other_parties_rows(warehouse, tmp_path, machine, reporter):
    publish(warehouse, tmp_path / "with", machine, reporter)
    warehouse.devices.append(device(party="BETA", role="GS", device_id="D9"))
    publish(warehouse.build(), tmp_path / "more", machine, reporter)
    with_folder, more_folder = (current(tmp_path / name) / "parties" for name in ("with", "more"))

    def content(folder):
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }

    assert content(with_folder / "ALPHA") == content(more_folder / "ALPHA")
    assert content(with_folder / "BETA") != content(more_folder / "BETA")


# ---- versions -----------------------------------------------------------------------------------------


def test_equal_csvs_publish_nothing(warehouse, out, machine, reporter):
    publish(warehouse, out, machine, reporter)
    before = {path: path.lstat().st_mtime_ns for path in (out / "releases" / MONTH).rglob("*")}
    again = publish(warehouse.build(as_of="2026-11-07T00:00:00Z"), out, machine, reporter)
    assert (again["outcome"], again["version"]) == ("unchanged", 1)
    assert {path: path.lstat().st_mtime_ns for path in (out / "releases" / MONTH).rglob("*")} == before


def test_changes_turn_version_1_into_version_2(warehouse, out, machine, reporter):
    twice = device(device_id="D3", device_model='x, "y"\r\nz')
    warehouse.devices += [
        twice,
        twice,
        device(device_id="D4", device_count=9),
        device(device_id="D5", device_model=" "),
    ]
    publish(warehouse.build(), out, machine, reporter)
    warehouse.devices.remove(twice)
    warehouse.devices.remove(device(device_id="D4", device_count=9))
    warehouse.devices += [
        device(device_id="D4", device_count=10),
        device(device_id="D6"),
        device(device_id="D6"),
        device("GAMMA", "ED", "D7", device_model="=é"),
    ]
    warehouse.by_srv = [(MONTH, "ALPHA", "IS", "4.10", 5), (MONTH, "ALPHA", "IS", "1.1.1", 2)]
    warehouse.obligations = [owed for owed in warehouse.obligations if owed[0] != "BETA"]
    warehouse.obligations.append(("GAMMA", "ED", "inventory"))
    second = publish(warehouse.build(), out, machine, reporter)
    assert second["version"] == 2
    old, new = (out / "releases" / MONTH / name / "parties" for name in ("v1", "v2"))
    by_srv, devices = "business_process/IS/srv/", "inventory/IS/devices.csv"
    rest = "; last_read_at=; expires_on=; prepayment_flag=; mean_s=; device_count="
    # No test of these marts says by what rows are told apart.
    assert read_changes(new / "ALPHA") == [
        [f"{by_srv}1.1.1.csv", "request_count=2", "row added", "", "", ""],
        [f"{by_srv}1.1.1.csv", "", "file added", "", "", ""],
        [f"{by_srv}8.14.1.csv", "", "file removed", "", "", ""],
        [devices, f'device_id=D3; device_model=x, "y"\r\nz{rest}', "row removed", "", "", ""],
        [devices, f"device_id=D4; device_model={rest}10", "row added", "", "", ""],
        [devices, f"device_id=D4; device_model={rest}9", "row removed", "", "", ""],
        [devices, f"device_id=D6; device_model={rest}", "row added", "", "", ""],
        [devices, f"device_id=D6; device_model={rest}", "row added", "", "", ""],
    ]
    assert read_changes(new / "BETA") == [["inventory/GS/devices.csv", "", "file removed", "", "", ""]]
    for party in ("ALPHA", "BETA", "GAMMA"):
        assert apply_changes(cells_of(old / party), read_changes(new / party)) == cells_of(new / party)
    # A party that no longer gets anything is told so, once.
    assert [path.name for path in sorted((new / "BETA").iterdir())] == [
        "changes.csv",
        "datapackage.json",
        "index.html",
        "manifest.json",
    ]
    warehouse.by_srv = []
    publish(warehouse.build(), out, machine, reporter)
    third = out / "releases" / MONTH / "v3" / "parties"
    assert sorted(path.name for path in third.iterdir()) == ["ALPHA", "GAMMA"]
    assert read_changes(third / "GAMMA") == []
    assert json.loads((third / "GAMMA" / "manifest.json").read_text())["version"] == 3


def test_the_key_that_a_test_has_found_tells_rows_apart_in_changes_and_is_declared_to_readers(
    warehouse, out, machine, reporter
):
    of_devices = warehouse.manifest
    key = ["reporting_month", "party_id", "role", "device_id"]
    srv_key = ["reporting_month", "party_id", "role", "srv"]

    def manifest():
        found = of_devices()
        found["nodes"] |= {
            "test.p.devices": grain_test("devices", key),
            "test.p.by_srv": grain_test("by_srv", srv_key),
        }
        return found

    publish(warehouse, out, machine, reporter)  # a version that declares no key
    warehouse.manifest = manifest
    warehouse.devices = [device(device_id="D1", device_count=7, device_model="=1"), *warehouse.devices[1:]]
    warehouse.by_srv = [(*row[:-1], row[-1] + 1) for row in warehouse.by_srv]
    publish(warehouse.build(), out, machine, reporter)
    folder = current(out) / "parties" / "ALPHA"
    assert read_changes(folder) == [
        ["business_process/IS/srv/4.10.csv", "", "changed", "request_count", "5", "6"],
        ["business_process/IS/srv/8.14.1.csv", "", "changed", "request_count", "3", "4"],
        ["inventory/IS/devices.csv", "device_id=D1", "changed", "device_count", "", "7"],
        ["inventory/IS/devices.csv", "device_id=D1", "changed", "device_model", "", "'=1"],
    ]
    package = json.loads((folder / "datapackage.json").read_text())
    declared = {
        resource["path"]: (resource.get("pathTemplate"), resource["schema"].get("primaryKey"))
        for resource in package["resources"]
    }
    assert declared == {
        "inventory/IS/devices.csv": ("inventory/{role}/devices.csv", key),
        "business_process/IS/srv/4.10.csv": ("business_process/{role}/srv/{srv}.csv", srv_key[:3]),
        "business_process/IS/srv/8.14.1.csv": ("business_process/{role}/srv/{srv}.csv", srv_key[:3]),
        "changes.csv": (None, None),
    }


def test_the_switch_shows_the_old_release_or_the_new_one_and_nothing_between(
    warehouse, out, machine, reporter, monkeypatch
):
    publish(warehouse, out, machine, reporter)
    seen = []
    replace = os.replace

    def look_then_replace(source, target):
        seen.append(os.readlink(current(out)))
        assert (out / "releases" / MONTH / os.readlink(source) / "run.json").is_file()
        replace(source, target)
        seen.append(os.readlink(current(out)))

    monkeypatch.setattr(tree.os, "replace", look_then_replace)
    warehouse.devices.pop()
    publish(warehouse.build(), out, machine, reporter)
    assert seen == ["v1", "v2"]
    files = [path for path in (out / "releases").rglob("v*/**/*") if path.is_file()]
    assert files and all(path.stat().st_mode & 0o222 == 0 for path in files)


def test_a_release_killed_between_rename_and_switch_is_put_in_force_by_the_next_run(
    warehouse, out, machine, reporter
):
    publish(warehouse, out, machine, reporter)
    current(out).unlink()
    again = publish(warehouse, out, machine, reporter)
    assert (again["version"], os.readlink(current(out))) == (1, "v1")
    assert versions.Month(out, MONTH).versions() == [1]


def test_half_written_releases_of_dead_runs_are_removed(warehouse, out, machine, reporter):
    stale = out / "releases" / "2026-09" / ".staging-20261001T000000Z-abc123" / "parties" / "ALPHA"
    stale.mkdir(parents=True)
    (stale / "devices.csv").write_text("half")
    (out / "releases" / "2026-09" / ".current-x").symlink_to("v9")
    publish(warehouse, out, machine, reporter)
    assert list((out / "releases" / "2026-09").iterdir()) == []


def test_a_second_command_is_told_who_holds_the_folder(warehouse, out, machine, reporter):
    out.mkdir()
    code = (
        "import sys, time; from pathlib import Path; from car.lock import hold\n"
        "with hold(Path(sys.argv[1]) / '.car', 'car run --month 2026-10'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(
                CarError, match=rf"in use by `car run --month 2026-10` \(process {holder.pid} on "
            ):
                publish(warehouse, out, machine, reporter)
        finally:
            holder.kill()
    # The lock of a process that was killed holds nobody up.
    assert publish(warehouse, out, machine, reporter)["version"] == 1


# ---- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("party", ["../x", "a/b", "", ".", "-a", "a" * 33, "é", "a b", "a\n"])
def test_a_party_id_that_is_no_folder_name_is_refused(party, warehouse, out, machine, reporter):
    warehouse.obligations.append((party, "IS", "inventory"))
    with pytest.raises(CarError, match="not of the form"):
        publish(warehouse.build(), out, machine, reporter)
    assert not current(out).exists()


def test_party_ids_that_differ_in_case_only_are_refused():
    with pytest.raises(CarError, match="ALPHA and Alpha"):
        check_party_ids(["ALPHA", "Alpha", "BETA"])


def test_rows_for_somebody_who_is_not_owed_the_report_are_refused(warehouse, out, machine, reporter):
    warehouse.devices.append(device(party="BETA", role="IS"))
    with pytest.raises(CarError, match="1 recipients who are not owed the report `inventory`"):
        publish(warehouse.build(), out, machine, reporter)
    assert not current(out).exists()


def test_rows_of_another_month_are_refused(warehouse, out, machine, reporter):
    warehouse.devices.append(device(reporting_month="2026-09"))
    with pytest.raises(CarError, match="another month than 2026-10"):
        publish(warehouse.build(), out, machine, reporter)


@pytest.mark.parametrize("srv", ["../../x", "a/b", None, ""])
def test_a_split_that_cannot_stand_in_a_path_is_refused(srv, warehouse, out, machine, reporter):
    warehouse.by_srv.append((MONTH, "ALPHA", "IS", srv, 1))
    with pytest.raises(CarError, match="cannot stand in a path"):
        publish(warehouse.build(), out, machine, reporter)


def test_what_the_gate_held_back_is_published_with_force_only(warehouse, out, machine, reporter):
    warehouse.build(held_back=["alerts: 20 of 1,000 rows (2.0%) quarantined: bad_format 20"])
    with pytest.raises(HeldBack, match="alerts: 20 of 1,000 rows"):
        publish(warehouse, out, machine, reporter)
    assert not current(out).exists()
    (kept,) = (out / "runs").glob("*/run.json")
    assert json.loads(kept.read_text())["outcome"] == "held_back"
    assert publish(warehouse, out, machine, reporter, force=True)["version"] == 1


def test_a_warehouse_that_no_run_finished_is_refused(tmp_path, out, machine, reporter):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(CarError, match="was not built by `car run`"):
        publish_again(out, tmp_path / "empty.duckdb", False, machine, reporter)
    with pytest.raises(UsageFault, match="no warehouse at"):
        publish_again(out, tmp_path / "none.duckdb", False, machine, reporter)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["nodes"].pop("model.p.obligations"), "meta.obligations"),
        (lambda m: m["exposures"]["exposure.p.by_srv"]["depends_on"]["nodes"].clear(), "exactly one mart"),
        (
            lambda m: m["exposures"]["exposure.p.by_srv"]["config"]["meta"]["publish"].pop("report"),
            "write `report: ",
        ),
        (
            lambda m: m["nodes"]["model.p.by_srv"]["columns"].pop("role"),
            "the first columns must be reporting_month",
        ),
        (lambda m: m["nodes"]["model.p.by_srv"]["columns"].pop("srv"), "no column srv"),
        (
            lambda m: m["exposures"]["exposure.p.by_srv"]["config"]["meta"]["publish"].update(
                path="x/{role}.csv"
            ),
            "must name each column of `split`",
        ),
        (
            lambda m: m["exposures"]["exposure.p.by_srv"]["config"]["meta"]["publish"].update(always=True),
            "cannot be `always`",
        ),
    ],
)
def test_an_exposure_that_cannot_be_published_is_refused(change, message, warehouse, tmp_path):
    manifest = warehouse.manifest()
    change(manifest)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    with pytest.raises(CarError, match=message):
        read_catalogue(path)


# ---- previews -----------------------------------------------------------------------------------------


def test_a_preview_is_one_partys_folder_apart_from_every_release(warehouse, out, tmp_path, machine, reporter):
    publish(warehouse, out, machine, reporter)
    before = sorted(out.rglob("*"))
    folder = tmp_path / "preview"
    for _ in range(2):  # an earlier preview is replaced
        written = preview(warehouse.path, "ALPHA", folder, machine, reporter)
    assert written["files"] == len(csv_bytes(folder)) == 3
    assert sorted(out.rglob("*")) == before
    assert [path.name for path in folder.iterdir()] == ["ALPHA"]
    assert csv_bytes(folder / "ALPHA") == csv_bytes(current(out) / "parties" / "ALPHA")
    assert json.loads((folder / "ALPHA" / "manifest.json").read_text())["version"] is None


def test_a_preview_never_goes_into_a_release_or_over_anything_else(
    warehouse, out, tmp_path, machine, reporter
):
    publish(warehouse, out, machine, reporter)
    link = tmp_path / "innocent"
    link.symlink_to(current(out))  # there is no ALPHA in it that would be in the way
    copied = tmp_path / "copied" / "ALPHA"
    copied.mkdir(parents=True)
    (copied / "manifest.json").write_bytes(
        (current(out) / "parties" / "ALPHA" / "manifest.json").read_bytes()
    )
    for folder in (out / "releases", link, copied.parent):
        with pytest.raises(UsageFault, match=r"a preview goes elsewhere|choose another folder"):
            preview(warehouse.path, "ALPHA", folder, machine, reporter)


def test_a_preview_of_an_unknown_party_says_so(warehouse, tmp_path, machine, reporter):
    with pytest.raises(UsageFault, match="Party NOBODY is owed no report for 2026-10"):
        preview(warehouse.path, "NOBODY", tmp_path / "p", machine, reporter)
    assert not (tmp_path / "p").exists()


# ---- what a release takes from the month before ---------------------------------------------------


def test_history_is_the_release_in_force_of_the_month_before(tmp_path):
    assert versions.history(tmp_path, "2026-01") is None

    def publish(month: str, version: int, text: str) -> None:
        party = tmp_path / "releases" / month / f"v{version}" / "parties" / "P1"
        party.mkdir(parents=True)
        entry = {"path": "a.csv", "bytes": len(text), "sha256": text, "rows": 0, "columns": ["a"]}
        versions.write_json(party / "manifest.json", {"files": [entry]})
        versions.Month(tmp_path, month).put_in_force(version, "run")

    publish("2025-12", 1, "first")
    publish("2025-12", 2, "second")
    publish("2025-11", 1, "older")
    found = versions.history(tmp_path, "2026-01")
    assert found.parties == tmp_path / "releases" / "2025-12" / "v2" / "parties"
    assert found.declared["release"] == "2025-12/v2" and found.declared["files"] == 1
    assert versions.history(tmp_path, "2026-02") is None, "only the month before, not an older one"

    versions.Month(tmp_path, "2025-12").put_in_force(1, "rollback")
    assert versions.history(tmp_path, "2026-01").declared["sha256"] != found.declared["sha256"]


def test_industry_figures_are_held_against_the_version_that_they_come_from(tmp_path):
    """Each version kept those of one report from the first; the rest is its own, or the second's."""
    assert versions.industry_origin(tmp_path, MONTH) is None

    def publish(version: int, **kept: int) -> None:
        folder = tmp_path / "releases" / MONTH / f"v{version}"
        (folder / "parties" / "P1").mkdir(parents=True)
        versions.write_json(folder / "parties" / "P1" / "manifest.json", {"files": []})
        reports = [
            {"report": report, "role": "IS", "is_kept": origin != version, "from": f"{MONTH}/v{origin}"}
            for report, origin in kept.items()
        ]
        versions.write_json(folder / "run.json", {"industry": {"reports": reports} if kept else None})
        versions.Month(tmp_path, MONTH).put_in_force(version, "run")

    def parties(version: int) -> str:
        return str(tmp_path / "releases" / MONTH / f"v{version}" / "parties")

    publish(1)
    first = versions.industry_origin(tmp_path, MONTH)
    assert first.variable == {"in_force": parties(1), "kept": {}}
    assert [item["release"] for item in first.declared] == [f"{MONTH}/v1"]
    publish(2, alerts=1, inventory=2)
    publish(3, alerts=1, inventory=2)
    third = versions.industry_origin(tmp_path, MONTH)
    assert third.variable == {
        "in_force": parties(3),
        "kept": {"alerts": {"IS": parties(1)}, "inventory": {"IS": parties(2)}},
    }
    assert [item["release"] for item in third.declared] == [f"{MONTH}/v{version}" for version in (1, 2, 3)]
    assert third.release_of("alerts", "IS") == f"{MONTH}/v1"
    assert third.release_of("alerts", "GS") == f"{MONTH}/v3"
    # Whoever goes back to an earlier version goes back to its industry figures too.
    versions.Month(tmp_path, MONTH).put_in_force(1, "rollback")
    assert versions.industry_origin(tmp_path, MONTH).variable == first.variable
