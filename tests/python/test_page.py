"""The page of a recipient's folder: it is valid, all can read it, and its figures are those of the CSVs.

It is made of the small fixed release, tests/reports/release, with what is declared of the files today.
"""

import csv
import html
import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import MONTH, device
from releases import assert_whole, read_changes
from tinyhtml5.parser import HTMLParser

from car.edition import Edition
from car.month import preview, publish_again
from car.page.content import Before
from car.page.folder import shown
from car.page.index import INDEX, write_index
from car.release.changes import FileChange
from car.release.datapackage import for_readers
from car.theme.tokens import tokens
from car.warehouse.catalogue import read_catalogue

CAR = Path(__file__).parents[2] / "python" / "car"
RELEASE = Path(__file__).parents[1] / "reports" / "release"
EDITION = Edition("2026-10", "2026-11-06T00:00:00Z", 1)
HTML = "{http://www.w3.org/1999/xhtml}"
SMALLEST_PT, CONTRAST, CONTRAST_OF_MARKS = Decimal("8.5"), 4.5, 3
HOSTILE = (
    '<script>alert("x")</script>',
    "</style><img src=x onerror=alert(1)>",
    "\u05d0\u05d1\u05d2 123",
    "\u202eturned\u202c\u200f",
    "x" * 10_000,
    "a\x00b\x1bc\r\nd",
    "{{ 7 * 7 }}{% raw %}",
    "&amp;&lt;",
)


def entries_of(folder):
    """What manifest.json would say of the files of a folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in (INDEX, "manifest.json"):
            rows = len(rows_of(path)) if path.suffix == ".csv" else None
            found.append(
                {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "rows": rows}
            )
    return found


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rewrite(path, change):
    """Write a CSV anew, its rows as a function gives them."""
    rows = change(rows_of(path))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class Made:
    """A page as it is written, and read by an outside parser."""

    def __init__(self, folder, edition=EDITION, before=None, not_written=()):
        self.folder = folder
        path = write_index(folder, folder.name, edition, entries_of(folder), before, not_written)
        self.text = path.read_text(encoding="utf-8")
        self.parser = HTMLParser()
        self.root = self.parser.parse(self.text)

    def all(self, *names):
        return [node for node in self.root.iter() if node.tag in {HTML + name for name in names}]

    def said(self):
        """All that a reader is shown or told, without the style."""
        (body,) = self.all("body")
        return words(body)

    def style(self):
        return "".join("".join(node.itertext()) for node in self.all("style"))


def words(node):
    """The text of a node, its blocks apart."""
    parts = [node.text or ""]
    for child in node:
        inline = child.tag.removeprefix(HTML) in ("span", "a", "wbr")
        parts += [words(child) if inline else f" {words(child)} ", child.tail or ""]
    return re.sub(r"[ \n]+", " ", "".join(parts)).strip()


@pytest.fixture(scope="session")
def declared(manifest_path):
    return {
        one.path: for_readers(one)
        for one in read_catalogue(manifest_path).publications
        if not one.is_industry
    }


@pytest.fixture
def folder_of(tmp_path, declared):
    """A recipient's folder of the fixed release, to write a page into."""

    def made(party):
        folder = tmp_path / party
        shutil.copytree(RELEASE / party, folder)
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        kept = [one for one in package["resources"] if (folder / one["path"]).is_file()]
        for resource in kept:
            resource |= declared[resource["pathTemplate"]]
        (folder / "datapackage.json").write_text(json.dumps(package | {"resources": kept}), encoding="utf-8")
        if (folder / "inventory" / "IS").is_dir():
            rewrite(folder / "inventory" / "IS" / "estate.csv", _with_all_types)
        return folder

    return made


def _with_all_types(rows):
    """Add to a cut estate.csv what it says of all Device Types together, as though it had this one alone."""
    of_all = [row | {"device_type": "ALL"} for row in rows]
    return [*of_all, *rows]


def with_many(folder):
    """Add a file per code, a list that names the codes, a report and a table in another format."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    fields = [{"name": "x", "type": "string"}]
    for code in ("4.2", "4.10", "1.1.1"):
        path = folder / "business_process" / "IS" / "srv" / f"{code}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n1\n", encoding="utf-8")
        package["resources"].append(
            {
                "path": path.relative_to(folder).as_posix(),
                "pathTemplate": "business_process/{role}/srv/{srv}.csv",
                "title": "Requirement 2, srv",
                "question": "What of one kind?",
                "about": "A file each.",
                "hash": "x",
                "schema": {"fields": fields},
            }
        )
    shutil.rmtree(folder / "reference")
    package["resources"] = [one for one in package["resources"] if not one["path"].startswith("reference/")]
    (folder / "reference").mkdir()
    (folder / "reference" / "codes.csv").write_text(
        f"srv,name\n4.2,{HOSTILE[0]}\n4.10,Ten\n", encoding="utf-8"
    )
    package["resources"].append(
        {
            "path": "reference/codes.csv",
            "pathTemplate": "reference/codes.csv",
            "title": "Reference, codes",
            "hash": folder.as_posix(),
            "schema": {
                "fields": [{"name": "srv", "type": "string"}, {"name": "name", "type": "string"}],
                "primaryKey": ["srv"],
            },
        }
    )
    (folder / "inventory" / "IS" / "report.pdf").write_bytes(b"%PDF")
    (folder / "inventory" / "IS" / "estate.xlsx").write_bytes(b"PK")
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def hostile(folder):
    """Let every text that is no code of ours be one that would break a page."""

    def findings(rows, texts):
        kinds = [row for row in rows if row["dimension"]]
        return [{**kinds[0], "dimension_value": text, "position": str(at)} for at, text in enumerate(texts)]

    rewrite(folder / "business_process/IS/findings.csv", lambda rows: findings(rows, HOSTILE[:3]))
    rewrite(folder / "inventory/IS/findings.csv", lambda rows: findings(rows, HOSTILE[5:]))
    (benchmark,) = folder.glob("business_process/IS/benchmark.csv")
    rewrite(
        benchmark,
        lambda rows: [
            {**rows[0], "srv": "ALL", "business_process": text, "own_volume": "9"} for text in HOSTILE[:6]
        ],
    )
    return folder


CHANGES = (
    FileChange("inventory/IS/estate.csv", "changed", 4, 3),
    FileChange("inventory/IS/estate.csv", "row removed", 1, 1),
    FileChange("inventory/IS/<b>.csv", "file removed", 1, 1),
    FileChange("business_process/IS/benchmark.csv", "column added", 2, 1, ("a", "b<")),
)
KINDS = ("supplier", "network operator", "many files", "hostile names", "restated", "nothing left")


@pytest.fixture
def page(folder_of, tmp_path):
    @cache
    def made(kind):
        if kind == "nothing left":
            (tmp_path / "GONE").mkdir()
            before = Before(1, None, (FileChange("inventory/IS/estate.csv", "file removed", 1, 1),))
            return Made(tmp_path / "GONE", Edition("2026-10", "2026-10-20T00:00:00Z", 2), before)
        folder = folder_of("EELC" if kind == "network operator" else "DALE-ENERGY")
        if kind == "many files":
            with_many(folder)
        if kind == "hostile names":
            hostile(folder)
        if kind == "restated":
            return Made(
                folder,
                Edition("2026-10", "2026-11-06T00:00:00Z", 3),
                Before(2, "2026-11-02T09:30:01Z", CHANGES),
            )
        return Made(folder)

    return made


every_kind = pytest.mark.parametrize("kind", KINDS)


# What it is


@every_kind
def test_an_outside_parser_finds_no_error(page, kind):
    made = page(kind)
    assert made.parser.errors == []
    assert made.text.startswith("<!DOCTYPE html>\n")


def test_the_outside_parser_finds_errors():
    parser = HTMLParser()
    parser.parse("<!DOCTYPE html><title>x</title><p>a</b><table><td>x</table>")
    assert len(parser.errors) >= 2


@every_kind
def test_it_runs_nothing_and_loads_nothing(page, kind):
    made = page(kind)
    assert not made.all("script", "img", "iframe", "object", "embed", "form", "link", "base")
    names = {name for node in made.root.iter() for name in node.attrib}
    assert not {name for name in names if name.startswith("on") or name in ("src", "srcset", "style")}
    assert all(":" not in node.attrib["href"] for node in made.all("a"))
    assert "url(" not in made.style() and "@import" not in made.style()


@every_kind
def test_it_is_built_so_that_it_can_be_heard(page, kind):
    made = page(kind)
    assert made.root.attrib["lang"] == "en-GB"
    assert [len(made.all(name)) for name in ("title", "h1", "main", "header", "nav", "footer")] == [1] * 6
    levels = [int(node.tag[-1]) for node in made.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and all(below - above <= 1 for above, below in pairwise(levels))
    for table in made.all("table"):
        (caption,) = table.findall(f"{HTML}caption")
        assert words(caption)
        heads = table.findall(f".//{HTML}th")
        assert {head.attrib.get("scope") for head in heads} <= {"col", "row", "rowgroup"}
        for row in table.findall(f"{HTML}tbody/{HTML}tr"):
            assert row[0].tag == f"{HTML}th"
    regions = [node for node in made.root.iter() if node.attrib.get("role") == "region"]
    assert len(regions) == len(made.all("table"))
    ids = Counter(node.attrib["id"] for node in made.root.iter() if "id" in node.attrib)
    assert set(ids.values()) == {1}
    for region in regions:
        assert region.attrib["tabindex"] == "0" and region.attrib["aria-labelledby"] in ids


@every_kind
def test_every_link_leads_somewhere_and_says_where(page, kind):
    made = page(kind)
    ids = {node.attrib["id"] for node in made.root.iter() if "id" in node.attrib}
    told = {}
    for link in made.all("a"):
        target = link.attrib["href"]
        told.setdefault(words(link), set()).add(target)
        if target.startswith("#"):
            assert target[1:] in ids
        elif target != "manifest.json":
            assert (made.folder / target).is_file(), target
    assert all(len(targets) == 1 for targets in told.values()), told
    linked = {link.attrib["href"] for link in made.all("a")}
    assert {entry["path"] for entry in entries_of(made.folder)} <= linked, "a file stands on no page"


# What it says


def percent(text):
    return f"{(Decimal(text) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}\xa0%"


def table_of(made, name):
    """The rows of the tables whose class it is, as lists of what their cells say."""
    return [
        [words(cell) for cell in row]
        for table in made.all("table")
        if table.attrib.get("class") == name
        for row in table.findall(f"{HTML}tbody/{HTML}tr")
        if len(row) > 1
    ]


def test_headlines_are_cells_of_the_files(page):
    made = page("supplier")
    rows = {row[0]: row[1:] for row in table_of(made, "figures")}
    (estate,) = made.folder.glob("inventory/IS/estate.csv")
    cells = {row["measure"]: row for row in rows_of(estate) if row["device_type"] == "ALL"}
    newest, devices = cells["on_newest_firmware"], cells["devices"]
    assert rows["Devices of the estate"] == [f"{int(devices['device_count']):,}", "", "", ""]
    shown_industry = percent(newest["industry_share"]) if newest["industry_share"] else "withheld"
    assert rows["Devices on the newest firmware of their model"] == [
        percent(newest["own_share"]),
        f"{int(newest['of_count']):,}",
        shown_industry,
        "",
    ]
    (benchmark,) = made.folder.glob("business_process/IS/benchmark.csv")
    processes = [row for row in rows_of(benchmark) if row["srv"] == "ALL"]
    processes.sort(key=lambda row: -int(row["own_volume"]))
    shown_rows = [name for name in rows if name.endswith(": requests that succeed")]
    assert shown_rows == [f"{row['business_process']}: requests that succeed" for row in processes[:6]]
    for row in processes[:6]:
        of = row["ranked_parties"]
        tie = "" if row["own_rank"] == row["own_rank_last"] else f" to {row['own_rank_last']}"
        place = f"{row['own_rank']}{tie} of {of}" if row["own_rank"] else "–none"
        assert rows[f"{row['business_process']}: requests that succeed"] == [
            percent(row["own_success_rate"]),
            f"{int(row['own_volume']):,}",
            percent(row["industry_success_rate"]) if row["industry_success_rate"] else "withheld",
            f"not among the {of} ranked" if of and not row["own_rank"] else place,
        ]


def test_the_largest_are_shown_and_the_others_counted(folder_of):
    folder = folder_of("DALE-ENERGY")
    (benchmark,) = folder.glob("business_process/IS/benchmark.csv")
    rewrite(
        benchmark,
        lambda rows: [
            {**rows[0], "srv": "ALL", "business_process": f"P{volume}", "own_volume": str(volume)}
            for volume in (3, 1, 8, 2, 7, 6, 4, 5)
        ],
    )
    made = Made(folder)
    named = [row[0] for row in table_of(made, "figures") if row[0].startswith("P")]
    assert named == [f"P{volume}: requests that succeed" for volume in (8, 7, 6, 5, 4, 3)]
    assert "the largest are shown; 2 more in business_process/IS/benchmark.csv" in made.said()


def test_a_sum_and_a_ratio_of_sums_are_of_all_rows(page):
    made = page("network operator")
    rows = {row[0]: row[1:] for row in table_of(made, "figures")}
    (path,) = made.folder.glob("network_operator/ED/credentials_handover.csv")
    met, failed = (sum(int(row[name]) for row in rows_of(path)) for name in ("met_count", "failed_count"))
    figure = "Credentials of new meters handed over in time, of those decided"
    assert rows[figure] == [percent(Decimal(met) / (met + failed)), f"{met + failed:,}", "", ""]
    (path,) = made.folder.glob("network_operator/ED/outage_restoration_summary.csv")
    defects = sum(int(row["count"]) for row in rows_of(path) if row["check"] == "defect")
    assert rows["Outages and restorations that do not match (check defect)"][0] == f"{defects:,}"


@pytest.mark.parametrize("kind", ["supplier", "network operator", "many files"])
def test_every_number_on_the_page_stands_in_a_csv(page, kind):
    """Or it is a count, a sum or a ratio of sums, a size, a date of the release, or a name of a file."""
    made = page(kind)
    known = set()
    for path in made.folder.rglob("*.csv"):
        for row in rows_of(path):
            for cell in row.values():
                known |= set(re.findall(r"\d[\d.,-]*\d|\d", cell))
                if re.fullmatch(r"-?\d+(\.\d+)?", cell):
                    known |= {f"{Decimal(cell):,f}", percent(cell)[:-2] if abs(Decimal(cell)) <= 1 else cell}
                    known.add(f"{Decimal(cell).normalize():,f}")
    entries = entries_of(made.folder)
    known |= {f"{entry['rows']:,}" for entry in entries if entry["rows"] is not None}
    said = made.said()
    for entry in entries:
        said = said.replace(entry["path"], "").replace(entry["path"].rpartition("/")[2], "")
    said = re.sub(r"[\d.,]+ (bytes|kB|MB)\b", "", said)
    said = said.replace("6 November 2026, 00:00 UTC", "").replace("October 2026", "").replace("Version 1", "")
    figures = {row[0]: row for row in table_of(made, "figures")}
    for name in [name for name in figures if name.startswith(("Credentials", "Outages"))]:  # tested above
        for cell in figures[name][1:3]:
            said = said.replace(cell, "", 1)
    left_out = re.findall(r"(\d+) more in", said)
    said = re.sub(r"\d+ (more in|files?\b)", "", said)
    # Part of words: the measure's 30 days, names of codes as N16.
    said = said.replace("30 days", "")
    numbers = [number.rstrip(".,") for number in re.findall(r"(?<![\w.-])\d[\d.,-]*", said)]
    strange = [number for number in numbers if number not in known]
    assert strange == [] and len(numbers) > 7 and all(int(number) < 1000 for number in left_out)


def test_findings_are_said_as_the_report_says_them(page):
    made = page("supplier")
    for path in made.folder.glob("*/IS/findings.csv"):
        rows = rows_of(path)
        if len(rows) > 3:
            assert f"{len(rows) - 3:,} more in {path.relative_to(made.folder).as_posix()}" in made.said()
        for row in rows[:3]:
            if row["affected_count"]:
                assert f"{int(row['affected_count']):,}" in made.said()


def test_a_figure_of_the_industry_that_is_withheld_is_said_to_be(folder_of):
    folder = folder_of("DALE-ENERGY")
    (benchmark,) = folder.glob("business_process/IS/benchmark.csv")
    gone = {"industry_success_rate": "", "own_rank": "", "own_rank_last": ""}
    rewrite(
        benchmark,
        lambda rows: [
            {**rows[0], "srv": "ALL", "business_process": "A", **gone, "industry_suppressed": "true"},
            {**rows[0], "srv": "ALL", "business_process": "B", **gone, "industry_suppressed": "false"},
        ],
    )
    rewrite(benchmark, lambda rows: [rows[0] | {"ranked_parties": "7"}, rows[1] | {"ranked_parties": ""}])
    rows = {row[0]: row[1:] for row in table_of(Made(folder), "figures")}
    assert rows["A: requests that succeed"][2:] == ["withheld", "not among the 7 ranked"]
    assert rows["B: requests that succeed"][2:] == ["–none", "–none"]


def test_what_changed_is_said_by_file(page):
    made = page("restated")
    assert table_of(made, "changes") == [
        ["inventory/IS/estate.csv", "4 cells in 3 rows changed; 1 row removed"],
        ["inventory/IS/<b>.csv", "the file is gone"],
        ["business_process/IS/benchmark.csv", "columns added: a, b<"],
    ]
    said = made.said()
    assert "3 files differ from version 2, which was as of 2 November 2026, 09:30:01 UTC." in said
    assert "Version 3 of the month" in said and "Provisional" not in said


def test_what_changed_in_files_of_one_kind_is_said_together(folder_of):
    place = "business_process/IS/srv"
    changes = (
        FileChange(f"{place}/1.1.1.csv", "changed", 4, 3),
        FileChange(f"{place}/4.2.csv", "changed", 2, 1),
        FileChange(f"{place}/4.2.csv", "row added", 5, 2),
        FileChange(f"{place}/4.10.csv", "file added", 1, 1),
        FileChange(f"{place}/4.10.csv", "row added", 1, 1),
        FileChange(f"{place}/9.9.csv", "file removed", 1, 1),
    )
    made = Made(with_many(folder_of("DALE-ENERGY")), before=Before(1, None, changes))
    told = "1 file new; 1 file gone; 6 cells in 4 rows changed; 3 rows added"
    assert table_of(made, "changes") == [[f"{place}, 4 files", told]]
    assert "4 files differ from version 1." in made.said()


def test_what_comes_and_goes_is_announced_once_for_files_of_one_kind(folder_of):
    folder = folder_of("DALE-ENERGY")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    of_code = [
        one for one in package["resources"] if one.get("pathTemplate", "").endswith("{alert_code}.csv")
    ]
    (daily,) = [one for one in package["resources"] if one["path"] == "business_process/IS/daily.csv"]
    assert len(of_code) > 1
    for resource in of_code:
        resource |= {"retires": "2027-01", "instead": "benchmark.csv"}
    daily["since"] = EDITION.month
    daily["schema"]["fields"][-1] |= {"since": "2026-09", "retires": "2026-12"}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    said = Made(folder).text
    kind, column = of_code[0]["pathTemplate"], daily["schema"]["fields"][-1]["name"]
    told = re.sub("<wbr>|\u200b", "", said).partition("<h3>Announced</h3>")[2].partition("</ul>")[0]
    assert re.findall("<li>(.*?)</li>", told) == [
        f"{kind}: published up to 2027-01; then benchmark.csv.",
        "business_process/{role}/daily.csv: new with this month.",
        f"Column {column} of business_process/{{role}}/daily.csv: published up to 2026-12.",
    ]
    shutil.rmtree(folder)
    assert "Announced" not in Made(folder_of("DALE-ENERGY")).text


def test_a_datapackage_says_since_when_and_until_when(manifest_path):
    publication = read_catalogue(manifest_path).publications[0]
    announced = {"since": "2026-10", "retires": "2027-01", "instead": "another"}
    assert for_readers(replace(publication, **announced)) == for_readers(publication) | announced


def test_a_version_without_changes_and_a_first_one_say_so(folder_of):
    folder = folder_of("EELC")
    assert "This is the first version of the month." in Made(folder).said()
    before = Before(1, "2026-11-02T00:00:00Z", ())
    said = Made(folder, Edition("2026-10", "2026-11-06T00:00:00Z", 2), before).said()
    assert "No figure of yours changed since version 1, which was as of 2 November 2026, 00:00 UTC." in said
    said = Made(folder, Edition("2026-10", "2026-10-31T23:59:59Z", None)).said()
    assert "This is a preview" in said and "Provisional: the month was not over" in said
    assert "Provisional" not in Made(folder, Edition("2026-10", "2026-11-01T00:00:00Z", 1)).said()


def test_a_party_that_gets_nothing_any_more_is_told_so(page):
    said = page("nothing left").said()
    assert "There is no report for GONE in this version." in said
    assert "inventory/IS/estate.csv the file is gone" in said and "Provisional" in said


def test_files_of_one_kind_stand_together_by_their_codes_with_what_these_are_called(page):
    made = page("many files")
    many, *of_alerts = [node for node in made.all("ul") if node.attrib.get("class") == "many"]
    assert len(of_alerts) == 1
    prefix = "business_process/IS/srv/"
    assert [words(item) for item in many] == [
        f"{prefix}1.1.1.csv 1 row",
        f"{prefix}4.2.csv {HOSTILE[0]} 1 row",
        f"{prefix}4.10.csv Ten 1 row",
    ]
    assert "srv, 3 files" in made.said()
    assert "Read the report: Metering estate (IS), PDF, 4 bytes" in made.said()
    assert "inventory/IS/estate.csv; inventory/IS/estate.xlsx (2 bytes)" in made.said()


def test_a_table_that_could_not_be_written_is_named_with_what_to_take(folder_of):
    lacks = {
        "path": "inventory/IS/devices.xlsx",
        "why": "<many> rows",
        "instead": "inventory/IS/devices.csv",
    }
    made = Made(folder_of("DALE-ENERGY"), not_written=[lacks])
    (row,) = [row for row in table_of(made, "files") if row[0].startswith("inventory/IS/devices.csv")]
    assert row[0] == "inventory/IS/devices.csv; no devices.xlsx (<many> rows): take devices.csv"


# Names


def test_a_name_is_shown_and_never_run_nor_breaks_a_line_or_the_page(page):
    made = page("hostile names")
    said = made.said()
    assert HOSTILE[0] in said and "{{ 7 * 7 }}" in said and "&amp;&lt;: requests" not in said
    assert "x" * 59 + "…" in said and "x" * 60 not in said
    assert "\u2068\u05d0\u05d1\u05d2 123\u2069" in said
    assert not re.search("[\u202a-\u202e\u200e\u200f\x00-\x08\x0b-\x1f]", made.text)
    assert html.escape(HOSTILE[0], quote=False).replace('"', "&#34;") in made.text
    assert "overflow-wrap: anywhere" in made.style()
    assert len(made.text) < 120_000


def test_what_turns_text_round_is_isolated_or_taken_out():
    assert shown("\u05d0" * 100) == "\u2068" + "\u05d0" * 59 + "…\u2069"
    assert shown("a\u202eb\u2066c\td\u2028e") == "a b c d e"
    assert shown("plain  name ") == "plain name"
    assert shown("\u0645\u0648\u062f\u064a\u0644 7").startswith("\u2068")


# How it looks


def channel(value):
    share = value / 255
    return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_right():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_text_and_marks_stand_out_from_what_is_behind_them(page):
    style = page("supplier").style()
    behind = set(re.findall(r"background(?:-color)?: (#\w+)", style))
    text = set(re.findall(r"(?<![-\w])color: (#\w+)", style))
    marks = set(re.findall(r"(?:outline|border-left|thead th \{ border-bottom)[^;]*?(#\w+)", style))
    assert behind == {tokens()["colour"]["paper"]} and len(text) >= 3 and marks
    assert set(re.findall(r"#[0-9a-f]{6}", style)) <= set(tokens()["colour"].values())
    faint = {colour for colour in text for paper in behind if contrast(colour, paper) < CONTRAST}
    faint |= {colour for colour in marks for paper in behind if contrast(colour, paper) < CONTRAST_OF_MARKS}
    assert not faint


def test_no_text_is_printed_smaller_than_can_be_read(page):
    style = page("supplier").style()
    screen, _, printed = style.partition("@media print")
    sizes = [Decimal(size) for size in re.findall(r"font-size: ([\d.]+)pt", printed)]
    assert len(sizes) > 4 and min(sizes) >= SMALLEST_PT
    # Of 16 pixels or what the reader has chosen: none below 11.25 pt on a screen.
    assert min(Decimal(size) for size in re.findall(r"font-size: ([\d.]+)rem", screen)) >= Decimal("0.9375")
    (base,) = re.findall(r"html \{ font-size: ([\d.]+)pt", printed)
    assert Decimal(base) * Decimal("0.9375") >= SMALLEST_PT
    assert "focus-visible" in screen and "outline: none" not in style


def test_a_colour_stands_in_the_theme_alone():
    told = [
        f"{path.relative_to(CAR)}: {found}"
        for folder in ("page", "reports")
        for path in sorted((CAR / folder).rglob("*"))
        if path.suffix in (".py", ".j2", ".json", ".yml", ".typ")
        for found in re.findall(
            r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?=[;\"])|rgb\(\"", path.read_text("utf-8")
        )
    ]
    assert told == [], "write the colour into python/car/theme/tokens.json, and its name here"


# Where it stands


def test_it_is_listed_with_its_hash_and_only_where_a_party_is(warehouse, out, machine, reporter):
    warehouse.measures = [(MONTH, "SR1", "0.5", "")]
    publish_again(out, warehouse.build().path, False, machine, reporter)
    assert_whole(out)
    release = out / "releases" / MONTH / "v1"
    assert (release / "industry").is_dir() and not (release / "industry" / INDEX).exists()
    for party in ("ALPHA", "BETA"):
        manifest = json.loads((release / "parties" / party / "manifest.json").read_text(encoding="utf-8"))
        (entry,) = [file for file in manifest["files"] if file["path"] == INDEX]
        page = (release / "parties" / party / INDEX).read_bytes()
        assert (entry["bytes"], entry["rows"]) == (len(page), None)


def test_it_is_made_the_same_twice_and_counts_what_changes_csv_tells(warehouse, tmp_path, machine, reporter):
    def version(rows):
        warehouse.devices = [
            device(device_id=name, last_read_at=datetime(2026, 10, day)) for name, day in rows
        ]
        return warehouse.build().path

    pages = []
    for name in ("one", "two"):
        out = tmp_path / name
        publish_again(out, version([("D1", 1), ("D2", 2)]), False, machine, reporter)
        publish_again(out, version([("D2", 3), ("D3", 3), ("D4", 4)]), False, machine, reporter)
        folder = out / "releases" / MONTH / "v2" / "parties" / "ALPHA"
        pages.append((folder / INDEX).read_bytes())
        # Nothing tells the rows of this file apart, so that a row is told by one line.
        counts = Counter(
            change for file, _, change, *_ in read_changes(folder) if file.endswith("devices.csv")
        )
    assert pages[0] == pages[1]
    assert counts == {"row added": 3, "row removed": 2}
    text = pages[0].decode()
    assert "1 file differs from version 1" in text and "3 rows added; 2 rows removed" in text


def test_a_preview_has_it_too(warehouse, tmp_path, machine, reporter):
    preview(warehouse.path, "ALPHA", tmp_path / "look", machine, reporter)
    text = (tmp_path / "look" / "ALPHA" / INDEX).read_text(encoding="utf-8")
    assert "This is a preview" in text
    assert INDEX in (tmp_path / "look" / "ALPHA" / "manifest.json").read_text(encoding="utf-8")


# In a browser


def browser():
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )


in_a_browser = pytest.mark.skipif(browser() is None, reason="no Chromium here: apt-get install chromium")


def told_by_browser(page, tmp_path, width, script):
    """What a script, run in the page at a width, writes of it as JSON."""
    inner = page.replace("</body>", f"<script>{script}</script></body>")
    frame = tmp_path / "frame.html"
    # A window is at least 500 pixels wide; a frame is as narrow as it is told to be.
    frame.write_text(
        '<!DOCTYPE html><html lang="en"><title>x</title><body>'
        f'<iframe title="x" style="width:{width}px;height:900px" srcdoc="{html.escape(inner)}"></iframe>',
        encoding="utf-8",
    )
    command = [
        browser(),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    command += ["--virtual-time-budget=20000", "--dump-dom", frame.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(html.unescape(re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)[1]))


TELL = """
function tell(what) {
  const told = parent.document.createElement("pre");
  told.id = "told";
  told.textContent = JSON.stringify(what);
  parent.document.body.append(told);
}
"""


@pytest.mark.long
@in_a_browser
@pytest.mark.parametrize("kind", ["many files", "restated", "nothing left"])
def test_axe_finds_nothing(page, tmp_path, kind):
    axe = pytest.importorskip(
        "axe_core_python", reason="axe-core-python is not installed: see requirements.in"
    )
    engine = (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")
    rules = "{runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}}"
    told = "found => tell(found.violations.map(one => one.id + one.nodes[0].html))"
    run = f"axe.run(document, {rules}).then({told})"
    assert told_by_browser(page(kind).text, tmp_path, 1200, f"{TELL}{engine};{run}") == []
    broken = page(kind).text.replace('lang="en-GB"', "").replace("<h1>", "<p>").replace("</h1>", "</p>")
    found = told_by_browser(broken, tmp_path, 1200, f"{TELL}{engine};{run}")
    assert any(one.startswith("html-has-lang") for one in found)


@pytest.mark.long
@in_a_browser
@pytest.mark.parametrize("kind", ["many files", "hostile names", "network operator"])
def test_a_narrow_screen_needs_no_scrolling_sideways(page, tmp_path, kind):
    script = f"{TELL}onload = () => tell(document.documentElement.scrollWidth)"
    assert told_by_browser(page(kind).text, tmp_path, 320, script) <= 320
    broken = page(kind).text.replace("overflow-x: auto", "overflow-x: visible")
    assert told_by_browser(broken, tmp_path, 320, script) > 320
