"""Downloads of the portal: exactly the rows and the files of the release, and nothing that is not whole."""

import asyncio
import csv
import hashlib
import io
import json
import os
import shutil
import threading
import time
import zipfile
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import httpx
import openpyxl
import pytest
import uvicorn
from portal_release import MONTH, NETWORK_OPERATOR, bundled, released, store_of
from portal_release import SUPPLIER as PARTY
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from car.portal import selection, site
from car.portal.access.audit import Audit
from car.portal.access.problem import Problem
from car.portal.app import Pages, templates
from car.portal.bundle.build import build_bundle
from car.portal.bundle.places import bundle_place
from car.portal.downloads import answer, handlers
from car.portal.downloads.answer import file_name
from car.portal.downloads.handlers import Downloads
from car.portal.files import Differs, files_of, read_checked, zipped
from car.portal.schema import BundleFile

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

HERE = f"/{MONTH}/IS"
TABLES = f"{HERE}/table"
BOM = b"\xef\xbb\xbf"


class SignedIn:
    """Middleware in place of who gets in: whoever asks is of one party."""

    def __init__(self, app, party):
        self.app, self.party = app, party

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            user = SimpleNamespace(subject="user@dale", party_id=self.party, is_panel=False)
            scope.setdefault("state", {}).update(
                user=user, csrf_token="", is_dev=True, started_at=time.perf_counter()
            )
        await self.app(scope, receive, send)


class Limits:
    """Limits that refuse what is asked for more than `most` times."""

    def __init__(self):
        self.taken, self.most = [], 10_000

    async def take(self, kind, request):
        if len(self.taken) >= self.most:
            raise Problem(429, "Too many requests")
        self.taken.append(kind)


class Site:
    """The portal's downloads for one party, without sign-in."""

    def __init__(self, out, state, party=PARTY, **options):
        self.out, self.state = out, state
        self.limits = Limits()
        self.audit = Audit(state / "audit", 10, 10**7, time.time)
        self.store = store = store_of(out)
        at_the_foot = {"contact": "", "audit_days": 1, "static": lambda name: name}
        pages = Pages(store, templates(), None, lambda: at_the_foot)
        access = SimpleNamespace(audit=self.audit, limits=self.limits)
        self.downloads = Downloads(store, pages, access, state / "downloads", **options)
        self.app = Starlette(
            routes=[*self.downloads.routes(), *pages.routes()],
            middleware=[Middleware(SignedIn, party=party)],
            exception_handlers={Problem: told},
        )
        self.client = TestClient(self.app)

    def get(self, path, status=200):
        response = self.client.get(path)
        assert response.status_code == status, response.text[:400]
        return response

    def lines(self):
        logs = sorted((self.state / "audit").iterdir())
        return [json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines()]

    def outcomes(self):
        return [line["outcome"] for line in self.lines()]

    def left(self):
        """What downloads have left in their folder."""
        return list((self.state / "downloads").iterdir())


async def told(request, problem):
    text = f"{problem.title}\n{problem.message}\n{problem.what_to_do}"
    return PlainTextResponse(text, problem.status, problem.headers)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return bundled(released(tmp_path_factory.mktemp("out"), (MONTH,)))


@pytest.fixture
def here(out, tmp_path):
    return Site(out, tmp_path)


@pytest.fixture
def own(tmp_path):
    """A site with a release of its own, whose files a test may spoil."""
    out = released(tmp_path / "out", (MONTH,))
    build_bundle(bundle_place(out, MONTH, 1, PARTY))
    return Site(out, tmp_path)


def folder_of(out, party=PARTY):
    return out / "releases" / MONTH / "v1" / "parties" / party


def package(out, party=PARTY):
    return json.loads((folder_of(out, party) / "datapackage.json").read_text(encoding="utf-8"))


def read_csv(content):
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content[len(BOM) :].decode(), newline="")))


def test_a_table_without_withheld_columns_is_the_released_file_byte_for_byte(here, out):
    compared = 0
    for resource in package(out)["resources"]:
        fields = resource["schema"]["fields"]
        area, *_, name = resource["path"].removesuffix(".csv").split("/")
        is_one_of_many = resource["pathTemplate"].count("{") > 1
        if is_one_of_many or any(field.get("portal") is False for field in fields):
            continue
        content = here.get(f"{TABLES}/{area}/{name}.csv").content
        assert content == BOM + (folder_of(out) / resource["path"]).read_bytes(), resource["path"]
        compared += 1
    assert compared > 15


def test_a_table_of_several_files_has_its_path_column_behind_the_role(here, out):
    header, *rows = read_csv(here.get(f"{TABLES}/alerts/alert.csv").content)
    assert header[:4] == ["reporting_month", "party_id", "role", "alert_code"]
    expected = []
    for path in sorted((folder_of(out) / "alerts/IS/alert").iterdir()):
        with path.open(encoding="utf-8", newline="") as stream:
            own_header, *lines = csv.reader(stream)
        assert own_header == header[:3] + header[4:]
        expected += [[*line[:3], path.stem, *line[3:]] for line in lines]
    assert rows == expected


def test_withheld_columns_are_in_no_table_and_in_the_released_file(here):
    withheld = {"device_id", "smart_metering_system_id", "postcode"}
    assert not withheld & set(read_csv(here.get(f"{TABLES}/inventory/devices.csv").content)[0])
    columns = duckdb.read_parquet(saved(here, f"{TABLES}/inventory/devices.parquet")).columns
    assert not withheld & set(columns)
    whole = here.get(f"{HERE}/files/inventory/IS/devices.csv").content.decode().splitlines()[0]
    assert withheld < set(whole.split(","))


def saved(here, url):
    path = here.state / f"downloaded.{url.partition('?')[0].rpartition('.')[2]}"
    path.write_bytes(here.get(url).content)
    return str(path)


QUERIES = [
    "business_process/daily?srv=ALL&region=ALL",
    "business_process/daily?day.from=2026-10-05&day.before=2026-10-07&sort=-own_volume",
    "business_process/failures?sort=own_share",
    "inventory/devices?device_type=ESME&last_alert_code=(empty)&sort=-last_meter_read_at",
    "inventory/devices?sort=prepayment_flag",
    "alerts/alert?sort=-alert_code",
]


def shown_rows(here, url):
    """The rows of all pages of a table, as the page's cells give them."""
    store = here.store
    path, _, query = url.partition("?")
    area, name = path.split("/")
    with store.reading(store.in_force(), PARTY, [MONTH]) as reading:
        table = reading.schema.tables[area, name]
        asked = QueryParams(query)
        filters = selection.read_filters(asked.multi_items(), {item.name for item in table.shown})
        chosen = selection.Selection(table, "IS", filters, (), site.read_sort(table, asked.get("sort", "")))
        names = [item.name for item in table.shown]
        return names, [
            dict(zip(names, map(selection.written, row), strict=True))
            for row in selection.rows(reading.cursor, chosen, 10**6)
        ]


@pytest.mark.parametrize("url", QUERIES)
def test_the_three_formats_have_exactly_the_rows_that_the_page_shows_in_its_order(here, url):
    names, expected = shown_rows(here, url)
    assert len(expected) > 5
    path, _, query = url.partition("?")

    header, *rows = read_csv(here.get(f"{TABLES}/{path}.csv?{query}").content)
    as_csv = [dict(zip(header, row, strict=True)) for row in rows]
    assert [{name: row[name] for name in names} for row in as_csv] == expected

    columns = ", ".join(header)
    relation = duckdb.read_parquet(saved(here, f"{TABLES}/{path}.parquet?{query}"))
    assert relation.columns == header
    texts = ", ".join(
        f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ')" if kind == "TIMESTAMP" else f"cast({name} as varchar)"
        for name, kind in zip(relation.columns, map(str, relation.types), strict=True)
    )
    read = relation.query("asked", f"select {texts} from asked").fetchall()
    assert [["" if cell is None else cell for cell in row] for row in read] == rows, columns

    book = openpyxl.load_workbook(saved(here, f"{TABLES}/{path}.xlsx?{query}"))
    (sheet,) = book
    cells = [[as_text(cell) for cell in row] for row in sheet.iter_rows()]
    assert cells == [header, *rows]


def as_text(cell):
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ" if "h" in cell.number_format else "%Y-%m-%d")
    if isinstance(value, int | float):
        decimals = len(cell.number_format.partition(".")[2])
        return f"{value:.{decimals}f}"
    return value


def test_text_of_a_workbook_stays_text_and_its_header_stands_still(here):
    sheet = openpyxl.load_workbook(saved(here, f"{TABLES}/business_process/benchmark.xlsx")).active
    assert sheet.freeze_panes == "A2" and sheet.column_dimensions["D"].width > 10
    titles = [cell.value for cell in sheet[1]]
    cells = [row[titles.index("srv")] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type == "s" and cell.number_format == "@" for cell in cells)
    assert any(cell.value.replace(".", "").isdigit() for cell in cells), "a text that looks like a number"


def test_parquet_has_types_and_zstd(here):
    path = saved(here, f"{TABLES}/business_process/daily.parquet")
    types = dict(zip((relation := duckdb.read_parquet(path)).columns, map(str, relation.types), strict=True))
    assert types["day"] == "DATE" and types["own_volume"] == "BIGINT" and types["srv"] == "VARCHAR"
    assert types["own_success_rate"] == "DECIMAL(18,6)" and types["industry_suppressed"] == "BOOLEAN"
    found = duckdb.sql(f"select distinct compression from parquet_metadata('{path}')").fetchall()
    assert found == [("ZSTD",)]


def test_a_filter_that_finds_nothing_gives_the_header_alone(here):
    content = here.get(f"{TABLES}/business_process/daily.csv?srv=none").content
    assert content.count(b"\n") == 1 and content.startswith(BOM + b"reporting_month,")
    assert duckdb.read_parquet(saved(here, f"{TABLES}/business_process/daily.parquet?srv=none")).shape[0] == 0
    sheet = openpyxl.load_workbook(saved(here, f"{TABLES}/business_process/daily.xlsx?srv=none")).active
    assert sheet.max_row == 1


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{TABLES}/alerts/daily.csv", "DALE-ENERGY-2026-10-v1-alerts-IS-daily.csv"),
        (
            f"{TABLES}/alerts/daily.xlsx?day=2026-10-01",
            "DALE-ENERGY-2026-10-v1-alerts-IS-daily-filtered.xlsx",
        ),
        (f"{TABLES}/alerts/daily.parquet?sort=day", "DALE-ENERGY-2026-10-v1-alerts-IS-daily.parquet"),
        (f"{TABLES}/reference/incidents.csv", "DALE-ENERGY-2026-10-v1-reference-incidents.csv"),
        (f"{HERE}/files/alerts/IS/daily.csv", "DALE-ENERGY-2026-10-v1-alerts-IS-daily.csv"),
        (f"{HERE}/files/manifest.json", "DALE-ENERGY-2026-10-v1-manifest.json"),
        (f"{HERE}/downloads/alerts.zip", "DALE-ENERGY-2026-10-v1-alerts-IS.zip"),
    ],
)
def test_a_download_is_saved_under_a_name_that_says_what_it_is(here, url, name):
    answer = here.get(url)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert here.client.head(url).headers["content-disposition"] == answer.headers["content-disposition"]


def test_a_name_has_nothing_that_a_header_or_a_file_system_takes_for_something_else():
    assert file_name("A\r\n", 'x"; y', "", "ü/../z", ending="csv") == "A--x-y--..-z.csv"


@pytest.mark.parametrize(
    "path",
    [
        f"{TABLES}/inventory/no_such.csv",
        f"{TABLES}/bundle/files.csv",
        f"{TABLES}/network_operator/findings.csv",
        f"/{MONTH}/ED/table/inventory/devices.csv",
        "/2026-09/IS/table/inventory/devices.csv",
        f"{TABLES}/inventory/devices.json",
        f"{HERE}/files/inventory/IS/no_such.csv",
        f"{HERE}/files/../EELC/manifest.json",
        f"{HERE}/files/%2e%2e/EELC/manifest.json",
        f"{HERE}/files/inventory/IS",
        f"{HERE}/files//etc/passwd",
        f"{HERE}/downloads/no_such.zip",
        f"{HERE}/downloads/EELC.zip",
    ],
)
def test_what_a_party_has_not_is_not_there(here, path):
    here.get(path, 404)


@pytest.mark.parametrize("query", ["day.from=yesterday", "srv=" + "x" * 500])
def test_a_filter_that_no_page_takes_is_refused(here, query):
    assert "cannot be used" in here.get(f"{TABLES}/business_process/daily.csv?{query}", 400).text
    assert here.outcomes() == ["download_refused_400"]


def test_a_value_that_is_asked_for_is_a_value_and_no_sql(here):
    for value in ("'", "'; drop table x; --", "{}", "?", '"'):
        content = here.client.get(f"{TABLES}/business_process/daily.csv", params={"srv": value}).content
        assert content.count(b"\n") == 1


def test_each_download_has_lines_in_the_audit_log_with_rows_and_bytes(here):
    table = here.get(f"{TABLES}/alerts/daily.csv?day=2026-10-01")
    file = here.get(f"{HERE}/files/alerts/IS/daily.csv")
    begun, done, file_begun, file_done = here.lines()
    rows = table.content.count(b"\n") - 1
    assert [begun["outcome"], done["outcome"]] == ["download_begun", "downloaded"]
    assert done["rows"] == rows > 0 and done["bytes"] == len(table.content)
    assert done["release"] == "2026-10/v1" and done["party"] == PARTY and done["duration_ms"] > 0
    assert file_begun["outcome"] == "download_begun"
    assert file_done["outcome"] == "downloaded" and file_done["bytes"] == len(file.content)
    assert "2026-10-01" not in json.dumps([begun["path"], done["path"]])


@pytest.mark.parametrize(
    "path", [f"{TABLES}/alerts/daily.csv", f"{TABLES}/alerts/daily.xlsx", f"{HERE}/downloads/alerts.zip"]
)
def test_a_line_that_cannot_be_written_stops_the_download(here, path):
    shutil.rmtree(here.state / "audit")
    with pytest.raises(FileNotFoundError):
        here.client.get(path)
    assert here.left() == []


def test_downloads_are_counted_and_limited(here):
    here.limits.most = 1
    here.get(f"{TABLES}/alerts/daily.csv")
    for path in (f"{TABLES}/alerts/daily.csv", f"{HERE}/files/manifest.json", f"{HERE}/downloads/alerts.zip"):
        here.get(path, 429)
    assert here.limits.taken == ["download"]


def test_a_workbook_of_too_many_rows_is_refused_and_names_what_to_take(here, monkeypatch):
    monkeypatch.setattr("car.release.formats.xlsx.MOST_ROWS", 100)
    told = here.get(f"{TABLES}/business_process/daily.xlsx", 413).text
    assert "an XLSX holds 100" in told and "Take CSV or Parquet" in told
    assert here.outcomes() == ["download_refused_413"]
    here.get(f"{TABLES}/business_process/daily.parquet")


def test_a_workbook_that_would_take_too_long_is_refused_before_it_is_begun(out, tmp_path, monkeypatch):
    monkeypatch.setattr(handlers, "_CELLS_PER_S", 1)
    told = Site(out, tmp_path, longest_s=60).get(f"{TABLES}/business_process/daily.xlsx", 413).text
    assert "takes too long to make" in told and "CSV" in told


def test_a_download_that_takes_too_long_is_given_up(here, monkeypatch):
    monkeypatch.setattr(
        "car.portal.downloads.work._PROGRAM", "import signal; signal.alarm(1); signal.pause()"
    )
    assert "took too long" in here.get(f"{TABLES}/alerts/daily.parquet", 503).text
    assert here.left() == [] and here.outcomes() == ["download_refused_503"]


def test_a_csv_whose_writer_fails_is_cut(here, monkeypatch):
    monkeypatch.setattr("car.portal.downloads.work._PROGRAM", "print('2026-10,half'); raise SystemExit(3)")
    with pytest.raises(Exception, match="A download failed: status 3"):
        here.client.get(f"{TABLES}/alerts/daily.csv")
    assert here.outcomes() == ["download_begun", "download_cut"]
    assert here.left() == []


def test_other_rows_than_were_counted_are_no_download(here, monkeypatch):
    real = handlers.count
    monkeypatch.setattr(handlers, "count", lambda *asked: real(*asked) + 1)
    with pytest.raises(Exception, match="OtherRows"):
        here.client.get(f"{TABLES}/alerts/daily.parquet")


def test_what_has_no_room_to_be_sorted_is_refused_in_words(here, monkeypatch):
    program = (
        "import duckdb; from car.portal.downloads import job\n"
        "def full(_): raise duckdb.OutOfMemoryException\n"
        "job._WRITERS['csv'] = full; job.main()"
    )
    monkeypatch.setattr("car.portal.downloads.work._PROGRAM", program)
    assert "without sorting" in here.get(f"{TABLES}/alerts/daily.csv?sort=day", 503).text
    assert here.left() == []


def test_nothing_is_left_behind_and_what_was_forgotten_goes(here):
    forgotten = here.state / "downloads" / "forgotten"
    forgotten.mkdir()
    (forgotten / "made").write_bytes(b"rows")
    os.utime(forgotten, (0, 0))
    for kind in ("csv", "xlsx", "parquet"):
        here.get(f"{TABLES}/alerts/daily.{kind}")
    assert here.left() == []


def test_the_page_lists_each_file_of_the_role_and_each_link_gives_that_file(here, out):
    text = here.get(f"{HERE}/downloads").text
    manifest = json.loads((folder_of(out) / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        assert f'href="{HERE}/files/{file["path"]}"' in text and file["sha256"] in text
        got = here.get(f"{HERE}/files/{file['path']}")
        assert got.content == (folder_of(out) / file["path"]).read_bytes()
        assert got.headers["etag"] == f'"{file["sha256"]}"'
        assert got.headers["content-length"] == str(file["bytes"])
    assert f'href="{HERE}/files/manifest.json"' in text
    for resource in package(out)["resources"]:
        assert resource.get("question", "") in text.replace("&#39;", "'"), resource["path"]


def test_a_role_has_its_own_files_and_those_for_all_roles(here, out):
    place = bundle_place(out, MONTH, 1, PARTY)
    with here.store.reading(here.store.in_force(), PARTY, [MONTH]) as reading:
        schema = reading.schema
    as_other = replace(
        schema,
        roles=("GS", "IS"),
        files=(*schema.files, BundleFile("alerts/GS/daily.csv", "alerts/{role}/daily.csv", 1, "", 0)),
    )
    own = {file.path for file in files_of(as_other, place, "", "GS")}
    assert own > {"alerts/GS/daily.csv", "reference/incidents.csv", "datapackage.json", "manifest.json"}
    assert not any("/IS/" in path for path in own)


def test_a_network_operator_downloads_its_area(out, tmp_path):
    text = Site(out, tmp_path, NETWORK_OPERATOR).get(f"/{MONTH}/ED/downloads").text
    assert "network_operator/ED/alert_devices.csv" in text and PARTY not in text


def test_the_industrys_report_is_for_one_who_has_no_party(out, tmp_path):
    panel, here = Site(out, tmp_path, ""), f"/{MONTH}/industry"
    folder = out / "releases" / MONTH / "v1" / "industry"
    got = panel.get(f"{here}/table/industry/measures.csv")
    assert got.content == BOM + (folder / "measures.csv").read_bytes()
    assert 'filename="industry-2026-10-v1-industry-measures.csv"' in got.headers["content-disposition"]
    assert "measures.csv" in panel.get(f"{here}/downloads").text
    archive = panel.get(f"{here}/downloads/industry.zip")
    assert 'filename="industry-2026-10-v1.zip"' in archive.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(archive.content)) as found:
        assert sorted(found.namelist()) == sorted(path.name for path in folder.iterdir())
    for path in (f"{TABLES}/alerts/daily.csv", f"{HERE}/files/manifest.json", f"{HERE}/downloads/alerts.zip"):
        panel.get(path, 404)


def test_an_area_as_zip_has_its_files_and_says_what_they_are(here, out):
    first, again = (here.get(f"{HERE}/downloads/inventory.zip").content for _ in range(2))
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        own = sorted(f"inventory/IS/{path.name}" for path in (folder_of(out) / "inventory/IS").iterdir())
        assert sorted(archive.namelist()) == [*sorted(["datapackage.json", "manifest.json", *own])]
        for item in archive.infolist():
            assert archive.read(item) == (folder_of(out) / item.filename).read_bytes()
            assert item.date_time == (2026, 10, 6, 0, 0, 0) and item.compress_type == zipfile.ZIP_DEFLATED


@pytest.mark.parametrize(
    "spoil", ["other bytes", "shorter", "gone", "a link", "a folder that is a link", "a pipe"]
)
def test_a_file_that_is_not_what_the_manifest_says_is_not_given(own, spoil):
    path = folder_of(own.out) / "alerts/IS/daily.csv"
    content = path.read_bytes()
    path.unlink()
    if spoil == "other bytes":
        path.write_bytes(content[:-2] + b"X\n")
    elif spoil == "shorter":
        path.write_bytes(content[:-1])
    elif spoil == "a link":
        (other := own.state / "other.csv").write_bytes(content)
        path.symlink_to(other)
    elif spoil == "a folder that is a link":
        path.write_bytes(content)
        shutil.move(path.parent, own.state / "IS")
        path.parent.symlink_to(own.state / "IS")
    elif spoil == "a pipe":
        os.mkfifo(path)
    for url in (f"{HERE}/files/alerts/IS/daily.csv", f"{HERE}/downloads/alerts.zip"):
        try:
            response = own.client.get(url)
        except Differs:
            # A ZIP that had begun: it is cut.
            continue
        assert response.status_code == 503 and "daily.csv" not in response.text
    assert own.outcomes().count("file_differs") == 2 and "downloaded" not in own.outcomes()


def test_a_large_file_is_given_whole_only_when_all_of_it_is_right(tmp_path):
    content = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(content)
    file = BundleFile("a", None, len(content), hashlib.sha256(content).hexdigest(), None)
    assert b"".join(read_checked(tmp_path, file)) == content
    blocks, given = read_checked(tmp_path, replace(file, sha256="0" * 64)), 0
    with pytest.raises(Differs):
        for block in blocks:
            given += len(block)
    assert 0 < given < len(content)


def test_an_empty_file_is_a_file(tmp_path):
    (tmp_path / "a").touch()
    assert b"".join(read_checked(tmp_path, BundleFile("a", None, 0, hashlib.sha256().hexdigest(), 0))) == b""


def test_a_zip_is_made_as_it_is_read(tmp_path):
    files = []
    for number in range(8):
        content = os.urandom(1_000_000)
        (tmp_path / str(number)).write_bytes(content)
        files.append(BundleFile(str(number), None, len(content), hashlib.sha256(content).hexdigest(), None))
    blocks = list(zipped(tmp_path, files, datetime(2026, 11, 6)))
    assert max(map(len, blocks)) < 1_000_000
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 8


class Served:
    """A site that a real server serves on loopback, whose clients can go away."""

    def __init__(self, site):
        self.server = uvicorn.Server(uvicorn.Config(site.app, port=0, log_level="critical"))
        self.thread = threading.Thread(target=self.server.run)

    def __enter__(self):
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()


def wait_for(true):
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def children():
    return {
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if int(path.read_text().rpartition(")")[2].split()[1]) == os.getpid()
    }


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_download_ends_when_its_client_goes_away(here, monkeypatch, kind):
    program = "import sys, time; sys.stdout.write('x' * 9_000_000); time.sleep(60)"
    monkeypatch.setattr("car.portal.downloads.work._PROGRAM", program)
    before = children()
    with Served(here) as address:
        with (
            pytest.raises(httpx.ReadTimeout),
            httpx.stream("GET", f"{address}{TABLES}/alerts/daily.{kind}", timeout=1) as response,
        ):
            for _ in response.iter_raw():
                pass
        wait_for(lambda: here.left() == [] and children() == before)
    assert here.outcomes()[-1] in ("download_cut", "download_refused_499")


def test_one_user_does_not_take_every_place(out, tmp_path, monkeypatch):
    monkeypatch.setattr(answer, "_WAITS_S", 0.2)
    monkeypatch.setattr("car.portal.downloads.work._PROGRAM", "import time; time.sleep(60)")
    with Served(Site(out, tmp_path, at_once=2)) as address:
        url = f"{address}{TABLES}/alerts/daily.csv"
        with httpx.stream("GET", url) as first:
            assert first.status_code == 200
            second = httpx.get(url)
            assert second.status_code == 503 and second.headers["retry-after"] == "60"


def many_rows(out, rows):
    """Make the inventory of a bundle as long as is asked for, each row another one."""
    path = bundle_place(out, MONTH, 1, PARTY).path
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table inventory.more as select devices.* replace (lpad(n::varchar, 13, '0') as mpxn)"
            " from (select range as n from range(?)) join inventory.devices"
            " on devices.rowid = n % (select count(*) from inventory.devices) order by n",
            [rows],
        )
        connection.execute("drop table inventory.devices")
        connection.execute("alter table inventory.more rename to devices")


@pytest.mark.long
def test_a_million_rows_stream_from_the_first_second_in_constant_memory(own):
    many_rows(own.out, 1_000_000)
    digest, size_bytes, peak_kib = hashlib.sha256(), 0, 0
    with Served(own) as address:
        begun_at = time.perf_counter()
        with httpx.stream("GET", f"{address}{TABLES}/inventory/devices.csv", timeout=120) as response:
            first_s = None
            for number, block in enumerate(response.iter_raw()):
                first_s = first_s or time.perf_counter() - begun_at
                digest.update(block)
                size_bytes += len(block)
                if number % 100 == 0:
                    peak_kib = max(peak_kib, *map(peak_memory_kib, children()), 0)
    path = bundle_place(own.out, MONTH, 1, PARTY).path
    expected = own.state / "expected.csv"
    with duckdb.connect(str(path), read_only=True) as connection:
        times = ", ".join(
            f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ') as {name}"
            for name in ("last_meter_read_at", "last_alert_at")
        )
        rows = f"select * replace ({times}) from inventory.devices"
        connection.execute(f"copy ({rows}) to '{expected}' (format csv, comment '')")
    assert digest.hexdigest() == hashlib.sha256(BOM + expected.read_bytes()).hexdigest()
    assert first_s < 1
    assert 0 < peak_kib < 256 * 1024, f"{size_bytes} bytes, {peak_kib} KiB"


def peak_memory_kib(process):
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


@pytest.mark.long
def test_a_million_rows_are_sorted_on_the_disk(own):
    many_rows(own.out, 1_000_000)
    header, *rows = read_csv(own.get(f"{TABLES}/inventory/devices.csv?sort=-mpxn").content)
    place = header.index("mpxn")
    assert [row[place] for row in rows] == [f"{number:013}" for number in range(999_999, -1, -1)]
    assert own.left() == []


def test_who_takes_a_download_too_slowly_keeps_no_place(monkeypatch):
    monkeypatch.setattr(answer, "_TAKES_A_PART_S", 0.05)
    ended = []

    async def chunks():
        try:
            while True:
                yield b"x"
        finally:
            ended.append("chunks")

    async def asked():
        held = AsyncExitStack()
        held.callback(ended.append, "place")
        taken = 0

        async def send(message):
            nonlocal taken
            taken += 1
            if taken > 3:
                await asyncio.Event().wait()

        scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
        with pytest.raises(Problem, match="too slowly"):
            await asyncio.wait_for(answer.Download(chunks(), held, {})(scope, asyncio.Event().wait, send), 30)

    asyncio.run(asked())
    assert ended == ["chunks", "place"]
