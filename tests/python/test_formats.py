"""XLSX and Parquet on request: each says what the CSV says, cell by cell (docs/published.md)."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from conftest import MONTH, device
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from releases import assert_whole

from car.console import Reporter
from car.errors import CarError
from car.month import preview, publish_again
from car.release.formats import convert as converting
from car.release.formats import xlsx as workbooks
from car.release.formats.parquet import write_parquet
from car.release.formats.requests import Request, asked_for
from car.release.formats.tables import Table, reading
from car.release.formats.xlsx import NoRoom, write_xlsx
from car.release.status import published as published_versions
from car.release.status import status_lines
from car.workspace import Machine

CREATED = datetime(2026, 11, 6, tzinfo=UTC)
TYPES = {
    "text": "varchar",
    "count": "bigint",
    "mean_s": "decimal(18,3)",
    "share": "decimal(9,6)",
    "day": "date",
    "at": "timestamp",
    "flag": "boolean",
}
SHOWN = {
    "text": "@",
    "count": "0",
    "mean_s": "0.000",
    "share": "0.000000",
    "day": "yyyy-mm-dd",
    "at": r'yyyy-mm-dd"T"hh:mm:ss"Z"',
    "flag": "General",
}


def a_row(**cells):
    return tuple((dict.fromkeys(TYPES, "") | cells).values())


def written(rows, folder, name="sub/devices.csv", types=TYPES):
    """Write rows of texts as the CSV of a release, and as both formats; gives their paths."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    quoted = [
        ",".join('"' + cell.replace('"', '""') + '"' if re.search('[,"\r\n]', cell) else cell for cell in row)
        for row in (tuple(types), *rows)
    ]
    path.write_bytes(("\n".join(quoted) + "\n").encode())
    table = Table("ALPHA", "IS", name, tuple(types.items()), len(rows))
    book, parquet = path.with_suffix(".xlsx"), path.with_suffix(".parquet")
    with reading(folder / "scratch", "160MB") as connection:
        write_xlsx(table, path, book, CREATED, connection, folder)
        write_parquet(table, path, parquet, connection)
    return path, book, parquet


def unescaped(text):
    """What Excel shows of a text: `_xHHHH_` is one character."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def cells_of(book):
    """The cells below the header, each with its type and how it is shown, as openpyxl reads them."""
    sheet = openpyxl.load_workbook(book).active
    return [
        [
            (
                cell.data_type,
                unescaped(cell.value) if isinstance(cell.value, str) else cell.value,
                cell.number_format,
            )
            for cell in row
        ]
        for row in sheet.iter_rows(min_row=2)
    ]


def one_row(book):
    (cells,) = cells_of(book)
    return {name: cell[:2] for name, cell in zip(TYPES, cells, strict=True)}


# ---- a workbook ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("4.10", "0012", "1E5", "1200000000001", "007", "2026-10-01", "true", "1/2", "+44", "'=1+1", "'@a"),
        *(" a ", "a\nb", "a\r\nb", "\x01", "_x0041_", "_x0041_x0041_", "<r><t>a</t></r>", "<r>&amp;</r>"),
        *("=1+1", "{=1}", "http://a.example", "\U0001f600", "\ufffe", '"', "a,b", "#N/A", "NULL"),
    ],
)
def test_a_text_stays_this_very_text(text, tmp_path):
    _, book, parquet = written([a_row(text=text)], tmp_path)
    assert one_row(book)["text"] == ("s", text)
    assert duckdb.sql(f"select text from '{parquet}'").fetchall() == [(text,)]


def test_each_type_of_the_contract_is_that_of_its_cell(tmp_path):
    row = a_row(
        text="4.10",
        count="12",
        mean_s="-0.500",
        share="0.123456",
        day="2026-10-31",
        at="2026-10-05T01:02:03Z",
        flag="true",
    )
    _, book, _ = written([row], tmp_path)
    ((*cells,),) = cells_of(book)
    assert dict(zip(TYPES, cells, strict=True)) == {
        "text": ("s", "4.10", SHOWN["text"]),
        "count": ("n", 12, SHOWN["count"]),
        "mean_s": ("n", -0.5, SHOWN["mean_s"]),
        "share": ("n", 0.123456, SHOWN["share"]),
        "day": ("d", datetime(2026, 10, 31), SHOWN["day"]),
        "at": ("d", datetime(2026, 10, 5, 1, 2, 3), SHOWN["at"]),
        "flag": ("b", True, SHOWN["flag"]),
    }


def test_what_excel_cannot_hold_exactly_is_a_text(tmp_path):
    row = a_row(
        count="1234567890123456", mean_s="9999999999999.999", day="1900-02-28", at="0001-01-01T00:00:00Z"
    )
    _, book, _ = written([row], tmp_path)
    assert {name: cell for name, cell in one_row(book).items() if cell[1] is not None} == {
        "count": ("s", "1234567890123456"),
        "mean_s": ("s", "9999999999999.999"),
        "day": ("s", "1900-02-28"),
        "at": ("s", "0001-01-01T00:00:00Z"),
    }
    row = a_row(
        count="-123456789012345", mean_s="999999999999.999", day="1900-03-01", at="9999-12-31T23:59:59Z"
    )
    _, book, _ = written([row], tmp_path)
    cells = one_row(book)
    assert [cells[name][0] for name in ("count", "mean_s", "day", "at")] == ["n", "n", "d", "d"]
    assert cells["day"][1] == datetime(1900, 3, 1)
    assert cells["at"][1] == datetime(9999, 12, 31, 23, 59, 59)


def test_a_number_is_written_with_the_digits_of_the_csv(tmp_path):
    numbers = ["658238113021.935", "-0.500", "848434190531.445", "100000000000.000"]
    _, book, _ = written([a_row(mean_s=number) for number in numbers], tmp_path)
    with zipfile.ZipFile(book) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall("<v>(.*?)</v>", sheet) == numbers


def test_no_cell_is_a_formula_and_an_empty_one_is_not_there(tmp_path):
    _, book, _ = written([a_row(text="=cmd"), a_row(count="1")], tmp_path)
    with zipfile.ZipFile(book) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and 'r="A3"' not in sheet and 'r="B2"' not in sheet


def test_the_header_stays_in_sight_and_columns_are_as_wide_as_their_texts(tmp_path):
    _, book, _ = written(
        [a_row(text="x" * 500), a_row(text="y")], tmp_path, "business_process/IS/srv/8.14.1.csv"
    )
    sheet = openpyxl.load_workbook(book).active
    assert sheet.title == "8.14.1"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == list(TYPES)
    assert sheet.column_dimensions["A"].width == pytest.approx(60, abs=1)
    assert sheet.column_dimensions["B"].width == pytest.approx(8, abs=1)


def test_a_sheet_has_a_name_that_excel_takes(tmp_path):
    names = [f"alerts/IS/alert/{name}.csv" for name in ("History", "A" * 60)]
    titles = [openpyxl.load_workbook(written([], tmp_path, name)[1]).active.title for name in names]
    assert titles == ["History_", "A" * 31]


def test_a_file_without_rows_has_its_header_in_both(tmp_path):
    _, book, parquet = written([], tmp_path)
    assert [[cell.value for cell in row] for row in openpyxl.load_workbook(book).active.rows] == [list(TYPES)]
    assert duckdb.sql(f"select count(*) from '{parquet}'").fetchall() == [(0,)]
    assert duckdb.sql(f"from '{parquet}'").columns == list(TYPES)


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 32_767, True), ("x" * 32_768, False), ("\U0001f600" * 16_384, False)]
)
def test_a_text_that_no_cell_holds_is_refused_and_not_cut(text, fits, tmp_path):
    if fits:
        assert one_row(written([a_row(text=text)], tmp_path)[1])["text"] == ("s", text)
        return
    with pytest.raises(NoRoom, match="a text of more than 32,767 characters"):
        written([a_row(text=text)], tmp_path)
    assert not list(tmp_path.rglob("*.xlsx"))


# ---- Parquet ------------------------------------------------------------------------------------------


def test_parquet_has_the_types_of_the_contract_and_zstd(tmp_path):
    row = a_row(
        text="0012",
        count="12",
        mean_s="0.500",
        share="1.000000",
        day="9999-12-31",
        at="2026-10-05T01:02:03Z",
        flag="false",
    )
    _, _, parquet = written([row, a_row()], tmp_path)
    rows = duckdb.sql(f"from '{parquet}'")
    assert [str(each).lower().replace("varchar", "varchar") for each in rows.types] == list(TYPES.values())
    assert rows.fetchall() == [
        (
            "0012",
            12,
            Decimal("0.500"),
            Decimal("1.000000"),
            date(9999, 12, 31),
            datetime(2026, 10, 5, 1, 2, 3),
            False,
        ),
        (None,) * 7,
    ]
    assert duckdb.sql(f"select distinct compression from parquet_metadata('{parquet}')").fetchall() == [
        ("ZSTD",)
    ]


def test_the_order_of_the_rows_is_that_of_the_csv_in_both(tmp_path):
    rows = [a_row(text=text) for text in ("b", "a", "c") * 3_000]
    _, book, parquet = written(rows, tmp_path)
    assert [cells[0][1] for cells in cells_of(book)] == [row[0] for row in rows]
    assert [row[0] for row in duckdb.sql(f"select text from '{parquet}'").fetchall()] == [
        row[0] for row in rows
    ]


def test_a_cell_of_another_type_is_told_without_the_cell(tmp_path):
    rows = [a_row(text="secret", count="1"), a_row(text="secret", count="x1")]
    with pytest.raises(CarError) as caught:
        written(rows, tmp_path)
    assert str(caught.value) == "sub/devices.csv: a cell is not of the type that its column has by contract."


# ---- any cell comes back ------------------------------------------------------------------------------

TEXT = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12),
    st.text("_x0041F<r>/&'=\r\n\t \ufffe\uffff\x01\x1f", min_size=1, max_size=24),
)
ROWS = st.lists(
    st.tuples(
        st.just("") | TEXT,
        st.just("") | st.integers(-(2**63), 2**63 - 1).map(str) | st.integers(-999, 999).map(str),
        st.just("") | st.decimals(1 - 10**15, 10**15 - 1, places=3).map(str),
        st.just("") | st.decimals(0, 1, places=6).map(lambda value: f"{value:f}"),
        st.just("") | st.dates().map(str),
        st.just("") | st.datetimes().map(lambda at: f"{at.replace(microsecond=0).isoformat()}Z"),
        st.sampled_from(["", "true", "false"]),
    ),
    max_size=30,
)
PRINTED = {
    "varchar": str,
    "bigint": str,
    "decimal(18,3)": lambda value: f"{Decimal(repr(value)) if isinstance(value, float) else value:.3f}",
    "decimal(9,6)": lambda value: f"{Decimal(repr(value)) if isinstance(value, float) else value:.6f}",
    "date": lambda value: f"{value:%Y-%m-%d}".zfill(10),
    "timestamp": lambda value: f"{value:%Y-%m-%dT%H:%M:%SZ}".zfill(20),
    "boolean": lambda value: str(value).lower(),
}


def printed(value, data_type):
    """A cell as the CSV prints it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else PRINTED[data_type](value)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
@example([a_row(text="_x0041_x0041_")])
@example([a_row(text="<r></r>", count="999999999999999", mean_s="999999999999.999")])
def test_any_cell_comes_back_as_the_csv_prints_it(tmp_path, rows):
    rows = [row for row in rows if any(row)]  # a line of the CSV is never empty
    _, book, parquet = written(rows, tmp_path)
    types = list(TYPES.values())

    def texts(values):
        return tuple(printed(value, data_type) for value, data_type in zip(values, types, strict=True))

    assert [texts(row) for row in duckdb.sql(f"from '{parquet}'").fetchall()] == rows
    assert [texts([cell[1] for cell in row]) for row in cells_of(book)] == rows


# ---- the same bytes -----------------------------------------------------------------------------------


def test_a_rerun_gives_the_same_bytes_whatever_the_hour_the_locale_and_the_place(tmp_path):
    rows = [a_row(text=str(number), day="2026-10-01", mean_s="1.500") for number in range(500)]
    first = [path.read_bytes() for path in written(rows, tmp_path / "a")[1:]]
    code = "import sys; sys.path[:0] = [sys.argv[1]]\n" + (
        "import locale; from pathlib import Path; import test_formats as test\n"
        "locale.setlocale(locale.LC_ALL, '')\n"
        "rows = [test.a_row(text=str(n), day='2026-10-01', mean_s='1.500') for n in range(500)]\n"
        "test.written(rows, Path(sys.argv[2]))\n"
    )
    environment = {**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", code, here, str(tmp_path / "b")], env=environment, check=True)
    assert [
        (tmp_path / "b" / "sub" / f"devices.{name}").read_bytes() for name in ("xlsx", "parquet")
    ] == first
    with zipfile.ZipFile(tmp_path / "b" / "sub" / "devices.xlsx") as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        assert b"2026-11-06T00:00:00Z</dcterms:created>" in package.read("docProps/core.xml")


# ---- what is asked for --------------------------------------------------------------------------------

TABLES = [
    Table(party, role, path, (("code", "varchar"),), 1)
    for party, role, path in (
        ("ALPHA", None, "changes.csv"),
        ("ALPHA", None, "reference/codes.csv"),
        ("ALPHA", "GS", "inventory/GS/devices.csv"),
        ("ALPHA", "IS", "business_process/IS/srv/4.10.csv"),
        ("ALPHA", "IS", "inventory/IS/devices.csv"),
        ("BETA", "IS", "inventory/IS/devices.csv"),
    )
]


@pytest.mark.parametrize(
    ("role", "pattern", "places"),
    [
        (None, "inventory/*/devices.csv", ["inventory/GS/devices.csv", "inventory/IS/devices.csv"]),
        ("IS", "inventory/*/devices.csv", ["inventory/IS/devices.csv"]),
        ("IS", "**", ["business_process/IS/srv/4.10.csv", "inventory/IS/devices.csv"]),
        (None, "*", ["changes.csv"]),
        (None, "*.csv", ["changes.csv"]),
        (None, "reference/*", ["reference/codes.csv"]),
        (None, "**/devices.csv", ["inventory/GS/devices.csv", "inventory/IS/devices.csv"]),
        (None, "**/srv/4?10.csv", ["business_process/IS/srv/4.10.csv"]),
        (None, "inventory/?S/devices.csv", ["inventory/GS/devices.csv", "inventory/IS/devices.csv"]),
        (None, "inventory/IS/device?.csv", ["inventory/IS/devices.csv"]),
        (None, "inventory/IS/devices", []),
        (None, "inventory/IS", []),
        (None, "inventory/*", []),
        (None, "INVENTORY/IS/devices.csv", []),
    ],
)
def test_a_pattern_is_a_glob_below_the_party_s_own_folder(role, pattern, places):
    asked = asked_for([Request("ALPHA", role, pattern, "xlsx")], TABLES)
    assert asked.paths() == {("ALPHA", place.replace(".csv", ".xlsx")) for place in places}
    assert bool(asked.unanswered) == (not places)


def test_what_is_asked_for_twice_is_written_once():
    requests = [Request("ALPHA", None, "**", "xlsx"), Request("ALPHA", "IS", "inventory/**", "xlsx")]
    requests.append(Request("ALPHA", "IS", "inventory/IS/devices.csv", "parquet"))
    asked = asked_for(requests, TABLES)
    assert len(asked.formats) == 5
    assert asked.formats[TABLES[4]] == ("parquet", "xlsx")


class Telling(Reporter):
    """Keeps the warnings."""

    def __init__(self):
        super().__init__()
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


@pytest.fixture
def reporter():
    return Telling()


# ---- in a release -------------------------------------------------------------------------------------


def publish(warehouse, out, reporter, threads=2):
    return publish_again(out, warehouse.path, False, Machine(threads, "512MB"), reporter)


def in_force(out, party="ALPHA"):
    return out / "releases" / MONTH / "current" / "parties" / party


def formats_in(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".xlsx", ".parquet")
    )


def ask(warehouse, *requests):
    warehouse.format_requests = [(*request, *(None,) * (6 - len(request))) for request in requests]
    return warehouse.build()


def test_a_release_has_what_is_asked_for_beside_the_csv(warehouse, out, reporter):
    ask(
        warehouse,
        ("ALPHA", "IS", "inventory/*/devices.csv", "xlsx"),
        ("ALPHA", None, "**/4.10.csv", "parquet"),
    )
    run = publish(warehouse, out, reporter)
    wanted = ["business_process/IS/srv/4.10.parquet", "inventory/IS/devices.xlsx"]
    assert formats_in(in_force(out)) == wanted
    assert formats_in(in_force(out, "BETA")) == []
    assert run["formats"] == {"xlsx": 1, "parquet": 1, "not_written": 0, "unanswered": []}
    listed = {
        file["path"]: file for file in json.loads((in_force(out) / "manifest.json").read_text())["files"]
    }
    for path in wanted:
        content = (in_force(out) / path).read_bytes()
        like = listed[re.sub(r"\.\w+$", ".csv", path)]
        assert listed[path] == {
            "path": path,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": like["rows"],
            "columns": like["columns"],
        }
    assert_whole(out)
    assert "not_written" not in json.loads((in_force(out) / "manifest.json").read_text())
    package = json.loads((in_force(out) / "datapackage.json").read_text())
    assert {item["format"] for item in package["resources"]} == {"csv"}
    assert "4 CSV files, 4 rows, 0 PDF reports, 1 XLSX file, 1 Parquet file" in "\n".join(
        status_lines(published_versions(out), out)
    )


def test_months_are_inclusive_and_an_empty_one_is_any(warehouse, out, reporter):
    wanted = [("2026-10", "2026-10"), (None, "2026-10"), ("2026-10", None), ("2026-09", "2026-11")]
    for number, (begin, end) in enumerate(wanted):
        place = out / str(number)
        publish(ask(warehouse, ("ALPHA", "IS", "inventory/*/*", "parquet", begin, end)), place, reporter)
        assert formats_in(in_force(place)) == ["inventory/IS/devices.parquet"]
    for begin, end in [("2026-11", None), (None, "2026-09"), ("2026-11", "2026-12")]:
        place = out / f"{begin}_{end}"
        run = publish(
            ask(warehouse, ("ALPHA", "IS", "inventory/*/*", "parquet", begin, end)), place, reporter
        )
        assert (formats_in(in_force(place)), run["formats"]["unanswered"]) == ([], [])


def test_a_request_that_nothing_answers_is_told_and_holds_nothing_back(warehouse, out, reporter):
    ask(
        warehouse,
        ("NOBODY", None, "**", "xlsx"),
        ("ALPHA", "IS", "inventry/*/devices.csv", "xlsx"),
        ("BETA", "IS", "inventory/*/*", "parquet"),
    )
    run = publish(warehouse, out, reporter)
    assert run["formats"]["unanswered"] == [
        "`inventry/*/devices.csv` of ALPHA as IS as xlsx: none of its 3 files has such a path and role",
        "`inventory/*/*` of BETA as IS as parquet: none of its 1 files has such a path and role",
        "`**` of NOBODY as xlsx: the party is owed nothing this month",
    ]
    assert reporter.warnings == [f"format_requests asks for {line}." for line in run["formats"]["unanswered"]]
    assert run["outcome"] == "published"
    assert not list(out.rglob("*.xlsx"))


def test_a_new_version_has_its_changes_in_the_formats_too(warehouse, out, reporter):
    ask(warehouse, ("ALPHA", None, "**", "xlsx"), ("ALPHA", None, "**", "parquet"))
    publish(warehouse, out, reporter)
    assert "changes.xlsx" not in formats_in(in_force(out))
    warehouse.devices.append(device(device_id="D3", device_model="=x"))
    publish(warehouse.build(), out, reporter)
    assert {"changes.xlsx", "changes.parquet"} <= {*formats_in(in_force(out))}
    changes = list(csv.reader(io.StringIO((in_force(out) / "changes.csv").read_text(), newline="")))
    sheet = openpyxl.load_workbook(in_force(out) / "changes.xlsx").active
    assert [[cell.value or "" for cell in row] for row in sheet.rows] == changes
    # The formats are no files of their own to compare: nothing says that they have changed.
    assert {line[0] for line in changes[1:]} == {"inventory/IS/devices.csv"}
    assert_whole(out)
    # The same text as the CSV, apostrophe and all.
    assert "'=x" in {
        row[4].value for row in openpyxl.load_workbook(in_force(out) / "inventory/IS/devices.xlsx").active
    }


def test_a_request_after_publishing_waits_for_the_next_version(warehouse, out, reporter):
    publish(warehouse, out, reporter)
    run = publish(ask(warehouse, ("ALPHA", "IS", "**", "xlsx")), out, reporter)
    assert (run["outcome"], run["version"], formats_in(in_force(out))) == ("unchanged", 1, [])
    (said,) = reporter.warnings
    assert said.startswith("3 XLSX or Parquet files are asked for that 2026-10 version 1 does not have.")
    warehouse.devices.append(device(device_id="D3"))
    publish(warehouse.build(), out, reporter)
    assert len(formats_in(in_force(out))) == 3
    reporter.warnings.clear()
    publish(warehouse, out, reporter)
    assert reporter.warnings == []


def test_over_the_rows_of_a_sheet_the_parquet_is_written_and_told(warehouse, out, reporter, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1)
    ask(warehouse, ("ALPHA", "IS", "inventory/IS/devices.csv", "xlsx"))
    run = publish(warehouse, out, reporter)
    assert formats_in(in_force(out)) == ["inventory/IS/devices.parquet"]
    told = {
        "path": "inventory/IS/devices.xlsx",
        "why": "2 rows, and an XLSX holds 1",
        "instead": "inventory/IS/devices.parquet",
    }
    assert json.loads((in_force(out) / "manifest.json").read_text())["not_written"] == [told]
    assert run["formats"] == {"xlsx": 0, "parquet": 1, "not_written": 1, "unanswered": []}
    assert reporter.warnings == [
        "ALPHA: inventory/IS/devices.xlsx is not written (2 rows, and an XLSX holds 1);"
        " inventory/IS/devices.parquet is."
    ]
    assert_whole(out)
    reporter.warnings.clear()
    publish(warehouse, out, reporter)
    assert reporter.warnings == []


def test_the_most_rows_are_those_that_excel_has_below_a_header():
    assert workbooks.MOST_ROWS == 2**20 - 1
    workbooks.refuse_rows(2**20 - 1)
    with pytest.raises(NoRoom, match="1,048,576 rows, and an XLSX holds 1,048,575"):
        workbooks.refuse_rows(2**20)


def test_a_preview_has_what_the_party_asks_for(warehouse, tmp_path, machine, reporter):
    ask(warehouse, ("ALPHA", None, "inventory/**", "xlsx"), ("BETA", None, "nothing", "xlsx"))
    preview(warehouse.path, "ALPHA", tmp_path / "seen", machine, reporter)
    assert formats_in(tmp_path / "seen" / "ALPHA") == ["inventory/IS/devices.xlsx"]
    assert reporter.warnings == []


def test_a_warehouse_of_before_the_list_asks_for_nothing(warehouse, out, reporter):
    assert warehouse.format_requests is None
    assert publish(warehouse, out, reporter)["formats"]["xlsx"] == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_the_bytes_are_the_same_on_any_number_of_threads(threads, warehouse, out, reporter, monkeypatch):
    monkeypatch.setattr(converting, "_BATCH", 1)
    ask(warehouse, ("ALPHA", None, "**", "xlsx"), ("ALPHA", None, "**", "parquet"))
    publish(warehouse, out / "few", reporter, threads)
    monkeypatch.undo()
    publish(warehouse, out / "one", reporter, 1)
    assert formats_in(in_force(out / "one"))
    for path in formats_in(in_force(out / "one")):
        assert (in_force(out / "one") / path).read_bytes() == (in_force(out / "few") / path).read_bytes()


# ---- memory -------------------------------------------------------------------------------------------


def peak_mb(rows, folder, *formats):
    """The most memory that a process takes to write so many rows."""
    folder.mkdir()
    (folder / "parties" / "A").mkdir(parents=True)
    target = folder / "parties" / "A" / "a.csv"
    duckdb.sql(
        "copy (select '00-' || i as a, i as n, (i / 7)::decimal(18, 3) as d, date '2026-10-01' as o,"
        " repeat('x', 60) as t"
        f" from range({rows}) as r(i)) to '{target}' (format csv, header)"
    )
    code = (
        "import sys; from pathlib import Path\n"
        "from car.release.formats.convert import convert; from car.release.formats.requests import Asked\n"
        "from car.release.formats.tables import Table\n"
        "columns = tuple(zip('andot', ('varchar', 'bigint', 'decimal(18,3)', 'date', 'varchar')))\n"
        "table = Table('A', None, 'a.csv', columns, int(sys.argv[2]))\n"
        "folder = Path(sys.argv[1])\n"
        "convert(Asked({table: tuple(sys.argv[3:])}), folder, '2026-11-06T00:00:00Z', folder / 'work', 1)\n"
        # What getrusage gives is at least what this process had when it began the other.
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(rows), *formats],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) / 1024


@pytest.mark.long
def test_eight_times_the_rows_take_no_more_memory(tmp_path):
    # All of the rows at once would take 200 MB more.
    assert peak_mb(400_000, tmp_path / "many", "xlsx") < peak_mb(50_000, tmp_path / "few", "xlsx") + 60
    # DuckDB reads ahead as far as it may.
    assert peak_mb(3_000_000, tmp_path / "most", "parquet") < 300


# ---- LibreOffice --------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(
    not shutil.which("soffice"), reason="soffice is not installed: apt has it as libreoffice-calc"
)
def test_libreoffice_gives_back_the_csv(tmp_path):
    texts = [
        "4.10",
        "0012",
        "1E5",
        "1200000000001",
        "2026-10-01",
        "'=1+1",
        " a ",
        "_x0041_",
        "<r><t>a</t></r>",
        'é,"x',
    ]
    row = {
        "count": "12",
        "mean_s": "-0.500",
        "share": "0.123456",
        "day": "2026-10-31",
        "at": "2026-10-05T01:02:03Z",
    }
    path, book, _ = written([a_row(text=text, **row) for text in texts], tmp_path)
    # Comma, double quote, UTF-8, from the first line on, each cell as it is shown.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        form,
    ]
    subprocess.run([*command, "--outdir", str(tmp_path / "back"), str(book)], check=True, timeout=120)
    with path.open(newline="") as before, (tmp_path / "back" / "devices.csv").open(newline="") as after:
        assert list(csv.reader(after)) == list(csv.reader(before))
