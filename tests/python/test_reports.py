"""The PDF reports: what is in them, how they look, and that they are made the same way twice.

They are drawn from a small fixed release, tests/reports/release, cut from a simulated month by
tests/reports/cut_release.py.

Pictures of their pages are compared with the approved ones in tests/reports/approved. After a change that is
meant to be seen, run `python3 tasks.py approve`, and look at the pictures that changed.
"""

import csv
import hashlib
import io
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import yaml
from conftest import MONTH
from PIL import Image, ImageChops
from reports_check import FIXED_NAMES, Published, graph_texts, page_texts, read_texts, without_graphs
from typer.testing import CliRunner

from car import cli
from car.edition import Edition
from car.errors import CarError
from car.month import publish_again
from car.release import versions
from car.reports import definition, draw
from car.reports.charts import bound, month_words
from car.reports.definition import Rows, common, reports
from car.reports.document import Document, _parts, compose
from car.reports.pdf import set_pdf
from car.reports.tables import Tables
from car.reports.words import _characters, displayable, listed, rendered

TESTS = Path(__file__).parents[1] / "reports"
sys.path.append(str(TESTS))

from cut_release import DRAWN, RELEASE, faults, promised_columns  # noqa: E402

APPROVED = TESTS / "approved"
MODELS = Path(__file__).parents[2] / "models" / "marts"
APPROVE = "run `python3 tasks.py approve`, look at the pictures in tests/reports/approved that changed"
every_report = pytest.mark.parametrize("kind", DRAWN)


def report_of(kind):
    return next(report for report in reports() if report.folder == kind)


def edition_of(party_folder):
    manifest = json.loads((party_folder / "manifest.json").read_text())
    return Edition(manifest["reporting_month"], manifest["as_of"], manifest["version"])


class Drawn:
    """A report of the fixed release, set once as it is and once with its graphs left blank."""

    def __init__(self, kind, folder):
        self.kind = kind
        self.party, self.role = DRAWN[kind]
        self.party_folder = RELEASE / self.party
        self.csv_folder = self.party_folder / kind / self.role
        self.graphs = folder / "graphs"
        self.graphs.mkdir(exist_ok=True)
        self.pdf = folder / f"{kind}.pdf"
        self.blank = folder / f"{kind}-blank.pdf"
        self.document = self.compose()
        set_pdf(self.document, self.pdf)
        without_graphs(self.document, self.blank)
        self.published = Published.of(self.csv_folder)

    def compose(self, report=None, party_folder=None):
        folder = party_folder or self.party_folder
        return compose(
            report or report_of(self.kind), folder, self.party, self.role, edition_of(folder), self.graphs
        )

    def blocks(self):
        return [block for section in self.document.content["sections"] for block in section["blocks"]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = Drawn(kind, folder)
        return made[kind]

    return get


def altered(folder, party, changes):
    """Copy a party of the fixed release with other rows in some of its CSVs.

    changes: path: a function of the rows (lists of texts by column), which gives the new ones.
    """
    target = folder / party
    shutil.copytree(RELEASE / party, target)
    for path, change in changes.items():
        with (target / path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, names = list(reader), reader.fieldnames
        written = io.StringIO()
        writer = csv.DictWriter(written, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))
        (target / path).write_text(written.getvalue(), encoding="utf-8")
    return target


# ---- every figure stands in a CSV ---------------------------------------------------------------------


def strangers(pages, published):
    return [stranger for page in pages for stranger in published.strangers(page)]


@every_report
def test_every_number_outside_graphs_stands_in_a_csv(drawn, kind):
    """But page numbers, and the cover's month, instant and version, which are the manifest's."""
    made = drawn(kind)
    cover, *pages = read_texts(made.document, made.blank)
    assert strangers(pages, made.published) == []

    edition = edition_of(made.party_folder)
    assert edition.month == "2026-10"
    for told in ("October 2026", edition.as_of, f"Version {edition.version}"):
        assert told in cover
        cover = cover.replace(told, " ")
    assert strangers([cover], made.published) == []


@every_report
def test_leaving_the_graphs_blank_hides_no_other_text(drawn, kind):
    made = drawn(kind)
    whole = Counter(" ".join(page_texts(made.pdf)).split())
    outside = Counter(" ".join(page_texts(made.blank)).split())
    assert outside - whole == Counter()
    in_graphs = {
        word
        for drawing in made.document.drawings.values()
        for text in re.findall(r"<text[^>]*>([^<]*)<", drawing.svg)
        for word in text.replace("&amp;", "&").replace("&quot;", '"').replace("&gt;", ">").split()
    }
    assert set(whole - outside) <= in_graphs


@every_report
def test_every_number_in_a_graph_but_on_its_axes_stands_in_a_csv(drawn, kind):
    made = drawn(kind)
    texts = [text for drawing in made.document.drawings.values() for text in graph_texts(drawing.svg)]
    assert any(texts)
    assert strangers(texts, made.published) == []


@every_report
def test_every_number_in_an_alternative_text_stands_in_a_csv(drawn, kind):
    made = drawn(kind)
    texts = [block["graph"]["alternative"] for block in made.blocks() if block["graph"]]
    assert any(character.isdigit() for text in texts for character in text)
    assert strangers(texts, made.published) == []


def sentences():
    """Give every text that the lists and the page template write of their own, without what they fill in."""
    for report in reports():
        yield from (report.title, report.about, *(highlight.sentence for highlight in report.highlights))
        for section in report.sections:
            yield from (section.title, section.about)
            for block in section.blocks:
                yield from (block.title, block.unit, block.note, block.alternative)
                if block.table is not None:
                    yield from (column.title for column in block.table.show)
    yield common().reading
    yield from (text for entry in common().glossary.items() for text in entry)
    for words in common().findings.values():
        yield from (words["title"], words["sentence"])


def own_words(sentence):
    for name in FIXED_NAMES:
        sentence = sentence.replace(name, " ")
    return re.sub(r"{{.*?}}|{%.*?%}", " ", sentence, flags=re.DOTALL)


def test_no_sentence_has_a_digit_of_its_own():
    """A small number would be found in some cell by chance."""
    assert [sentence for sentence in sentences() if re.search(r"\d", own_words(sentence))] == []
    assert re.search(r"\d", own_words("{{ count }} Devices of 12"))


def test_a_sentence_with_a_figure_of_its_own_is_found(drawn, tmp_path):
    made = drawn("network_operator")
    report = report_of("network_operator")
    section = replace(report.sections[0], about="More than 4711 alerts, 12.3 % of them late.")
    told = made.compose(replace(report, sections=(section, *report.sections[1:])))
    set_pdf(told, tmp_path / "told.pdf")
    _, *pages = read_texts(told, tmp_path / "told.pdf")
    assert {"4711", "12.3 %"} <= set(strangers(pages, made.published))


def test_an_altered_figure_is_found(drawn, tmp_path):
    made = drawn("inventory")
    told = json.loads(json.dumps(made.document.content))
    row = next(block["table"] for block in told["sections"][0]["blocks"] if block["table"])["rows"][0]
    assert row[-2].endswith("%")
    row[-2], row[-3] = "99.8\N{NO-BREAK SPACE}%", "1,234,567"
    document = Document(told, made.document.drawings)
    without_graphs(document, tmp_path / "told.pdf")
    _, *pages = read_texts(document, tmp_path / "told.pdf")
    assert sorted(strangers(pages, made.published)) == ["1,234,567", "99.8 %"]


def test_a_figure_written_into_a_graph_is_found(drawn):
    made = drawn("business_process")
    svg = next(iter(made.document.drawings.values())).svg
    written = svg.replace("</svg>", '<g class="mark-text role-mark"><text>4711</text></g></svg>')
    on_axis = written.replace("role-mark", "role-axis-label")
    assert strangers(graph_texts(written), made.published) == ["4711"]
    assert strangers(graph_texts(on_axis), made.published) == []


# ---- who cannot see a graph ---------------------------------------------------------------------------


def structure(node):
    """Give every element of a PDF's structure tree below a node."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from structure(child)


@every_report
def test_a_report_is_tagged_and_every_graph_has_its_own_words(drawn, kind):
    made = drawn(kind)
    with pikepdf.open(made.pdf) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert made.party in metadata["dc:title"]
        assert pdf.Root.Lang == "en-GB"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        figures = [item for item in structure(pdf.Root.StructTreeRoot) if item.S == "/Figure"]
        told = [str(figure.get("/Alt", "")) for figure in figures]
        with pdf.open_outline() as outline:
            bookmarks = [item.title for item in outline.root]
    graphs = [block["graph"]["alternative"] for block in made.blocks() if block["graph"]]
    assert len(graphs) == len(made.document.drawings) > 0
    assert told == graphs
    assert all(len(text) > 20 for text in told)
    assert bookmarks[0] == "What matters this month"
    assert bookmarks[1:-1] == [section["title"] for section in made.document.content["sections"]]


@every_report
def test_a_report_runs_nothing_attaches_nothing_and_names_no_machine(drawn, kind):
    made = drawn(kind)
    with pikepdf.open(made.pdf) as pdf:
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
        assert not {"/JavaScript", "/EmbeddedFiles"} & set(pdf.Root.get("/Names", {}).keys())
        assert not pdf.attachments
        links = [note for page in pdf.pages for note in page.get("/Annots", [])]
        assert all(link.Subtype == "/Link" and "/URI" not in link.get("/A", {}) for link in links)
        told = " ".join(str(value) for value in pdf.docinfo.values())
        told += pdf.Root.Metadata.read_bytes().decode()
    assert str(Path.cwd()) not in told
    assert str(Path.home()) not in told


def test_an_alternative_text_follows_its_rows(drawn, tmp_path):
    """A graph of other rows is told in other words."""
    folder = altered(
        tmp_path,
        "EELC",
        {
            "network_operator/ED/alert_devices.csv": lambda rows: [
                {**row, "alert_count": "731"} for row in rows
            ]
        },
    )
    told = drawn("network_operator").compose(party_folder=folder)
    graph = told.content["sections"][0]["blocks"][0]["graph"]
    assert graph["alternative"].count(": 731.") > 5


def leagues(drawn, tmp_path, change):
    """The league charts of a report with other rows of each league's recipient: blocks with their SVG."""
    folder = altered(
        tmp_path,
        "ALDER-ENERGY",
        {
            "business_process/IS/league_table.csv": lambda rows: [
                new for row in rows if (new := change(row) if row["srv"] == "ALL" else row)
            ]
        },
    )
    document = drawn("business_process").compose(party_folder=folder)
    found = [
        block
        for section in document.content["sections"]
        for block in section["blocks"]
        if block["title"].startswith("League table")
    ]
    assert found
    return [
        (block, document.drawings[block["graph"]["file"]].svg if block["graph"] else None) for block in found
    ]


def bars(svg):
    """The fills of the bars of a graph."""
    return re.findall(r'aria-roledescription="bar"[^>]*fill="(#\w+)"', svg)


def is_own(row):
    return row["is_recipient"] == "true"


def test_a_party_that_is_not_ranked_has_no_bar_in_the_league(drawn, tmp_path):
    ranked = [bars(svg) for _, svg in leagues(drawn, tmp_path / "ranked", dict) if svg]
    assert ranked and all(fills.count("#12355b") == 1 for fills in ranked)
    found = leagues(
        drawn,
        tmp_path / "unranked",
        lambda row: row | {"rank": "", "success_rate": "1.000"} if is_own(row) else row,
    )
    unranked = [bars(svg) for _, svg in found if svg]
    assert [len(fills) for fills in unranked] == [len(fills) - 1 for fills in ranked]
    assert not any("#12355b" in fills for fills in unranked)
    for block, svg in found:
        assert not svg or block["note"] == "You are not ranked; your own rate is 100.0\N{NO-BREAK SPACE}%."


def test_a_league_that_is_withheld_is_said_and_not_drawn(drawn, tmp_path):
    found = leagues(
        drawn, tmp_path, lambda row: row | {"rank": "", "success_rate": "0.875"} if is_own(row) else None
    )
    for block, svg in found:
        assert svg is None
        assert block["note"] == "The league is suppressed; your own rate is 87.5\N{NO-BREAK SPACE}%."


def test_the_lowest_and_the_highest_of_a_month_are_not_told_as_a_rise():
    """Of a month that fell, the highest is told with its earlier day; the days do not make a path."""
    block = next(
        block
        for section in report_of("alerts").sections
        for block in section.blocks
        if block.template == "daily"
    )
    days = [
        {"subject": "A", "day": f"2026-10-0{day}", "own_rate": rate, "industry_rate": None}
        for day, rate in enumerate((Decimal("0.9"), Decimal("0.5"), None), start=1)
    ]
    told = rendered(block.alternative, days=days).replace("\N{NO-BREAK SPACE}", " ")
    assert "lowest on 2026-10-02 with 50.0 %, highest on 2026-10-01 with 90.0 %" in told
    assert rendered(block.alternative, days=days[:1]).count("2026-10-01") == 0
    for report in reports():
        for of_days in (b for s in report.sections for b in s.blocks if b.template == "daily"):
            assert not re.search(r"from \{\{|\}\}\s+to\s+\{\{", of_days.alternative), of_days.title


@every_report
def test_a_cover_says_whether_its_pages_name_other_parties(drawn, kind):
    """A page names suppliers where its list reads a column that shows them."""
    made = drawn(kind)
    package = json.loads((made.party_folder / "datapackage.json").read_text())
    naming = {
        (resource["path"].rpartition("/")[2], field["name"])
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if field.get("shows") in ("energy_supplier", "network_operator")
    }
    names = {
        (rows.file, column) for rows in all_rows(report_of(kind)) for column in columns_of(rows)
    } & naming
    cover = " ".join(page_texts(made.pdf)[0].split())
    assert ("other parties are anonymous" in cover) == (not names)
    assert ("Suppliers are named" in cover) == bool(names)


def assert_texts_on_their_pages(path):
    with pypdfium2.PdfDocument(path) as pdf:
        for page in pdf:
            width, height = page.get_size()
            text = page.get_textpage()
            for number in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(number)
                assert left >= 40 and right <= width - 40
                assert bottom >= 15 and top <= height - 15


@every_report
def test_no_text_leaves_its_page(drawn, kind):
    assert_texts_on_their_pages(drawn(kind).pdf)


# ---- how it looks -------------------------------------------------------------------------------------

# A pixel is 2 points and has one of sixteen greys. Tiles of pixels are compared by their mean: another build
# of the renderer may smooth an edge otherwise, which moves a tile by less than 3 of 255; one tick of the
# thinnest sort that is not there moves its tile by more than 6, a word or a bar by more than 20.
_SCALE, _TILE, _TOLERANCE, _GREY_STEP = 0.5, 8, 5, 17


def pictures(pdf):
    with pypdfium2.PdfDocument(pdf) as opened:
        pages = [page.render(scale=_SCALE, grayscale=True).to_pil().convert("L") for page in opened]
    return [page.point(lambda value: round(value / _GREY_STEP) * _GREY_STEP) for page in pages]


def worst_tile(one, other):
    difference = ImageChops.difference(one, other)
    tiles = (-(-one.width // _TILE), -(-one.height // _TILE))
    padded = Image.new("L", (tiles[0] * _TILE, tiles[1] * _TILE))
    padded.paste(difference)
    return padded.resize(tiles, Image.Resampling.BOX).getextrema()[1]


@every_report
def test_pages_look_as_approved(drawn, kind):
    found = pictures(drawn(kind).pdf)
    if os.environ.get("APPROVE_REPORTS"):
        APPROVED.mkdir(exist_ok=True)
        for old in APPROVED.glob(f"{kind}-*.png"):
            old.unlink()
        for number, picture in enumerate(found, start=1):
            picture.save(APPROVED / f"{kind}-{number:02d}.png", optimize=True)
        pytest.skip("The pages were approved anew, not compared.")
    approved = sorted(APPROVED.glob(f"{kind}-*.png"))
    assert len(found) == len(approved), (
        f"{len(approved)} pages were approved, now they are {len(found)}: {APPROVE}"
    )
    for page, path in zip(found, approved, strict=True):
        with Image.open(path) as picture:
            assert worst_tile(page, picture.convert("L")) <= _TOLERANCE, (
                f"{path.name} looks otherwise: {APPROVE}"
            )


def unseen(report, document):
    """Name the entries of a report's list that no page of it shows."""
    return [
        f"python/car/reports/{report.folder}.yml, section {section.title!r}, entry {block.title!r}"
        for section in report.sections
        for block in section.blocks
        if block not in document.entries
    ]


@every_report
def test_every_entry_of_a_list_stands_in_an_approved_picture(drawn, kind):
    """The pages of the fixed release are the approved pictures: what they show not, nobody has looked at."""
    assert unseen(report_of(kind), drawn(kind).document) == [], (
        f"the fixed release has no rows for these: {APPROVE};"
        " if they are still missing, tests/reports/cut_release.py keeps no row that they show (ROWS)"
    )


def test_every_list_of_a_report_has_approved_pictures():
    drawn_of = {report.folder for report in reports()}
    assert drawn_of == set(DRAWN), "say in DRAWN of tests/reports/cut_release.py of whom the report is drawn"


def test_an_entry_that_no_page_shows_is_named(drawn):
    made, report = drawn("alerts"), report_of("alerts")
    (section, *others), block = report.sections, report.sections[0].blocks[0]
    nothing = replace(
        block, title="Nothing", rows={"table": Rows("no_such_file.csv", {})}, needs="table", table=None
    )
    more = replace(report, sections=(replace(section, blocks=(*section.blocks, nothing)), *others))
    assert unseen(more, made.compose(more)) == [
        f"python/car/reports/alerts.yml, section {section.title!r}, entry 'Nothing'"
    ]


def test_a_changed_template_looks_unlike_the_approved_pages(drawn, tmp_path, monkeypatch):
    """One tick of the industry less, and the pictures differ."""
    made = drawn("inventory")
    as_it_is = definition.template("firmware")
    assert as_it_is.count('"thickness": 3') == 1
    monkeypatch.setattr(
        "car.reports.charts.template",
        lambda name: (
            as_it_is.replace('"thickness": 3', '"thickness": 0') if name == "firmware" else _template(name)
        ),
    )
    set_pdf(made.compose(), tmp_path / "changed.pdf")
    found = zip(pictures(made.pdf), pictures(tmp_path / "changed.pdf"), strict=True)
    assert max(worst_tile(one, other) for one, other in found) > _TOLERANCE


_template = definition.template


@every_report
def test_greys_of_one_graph_can_be_told_apart(drawn, kind):
    """Fills of the graphs of a report, as a printer in black and white has them, are 20 of 255 apart."""
    for drawing in drawn(kind).document.drawings.values():
        legend = re.findall(r'class="mark-symbol role-legend-symbol"[^>]*>(.*?)</g>', drawing.svg, re.DOTALL)
        colours = [
            colour for symbol in legend for colour in re.findall(r'(?:fill|stroke)="#([0-9a-f]{6})"', symbol)
        ]
        greys = sorted({grey(colour) for colour in colours})
        assert all(later - sooner >= 20 for sooner, later in pairwise(greys)), greys


def grey(colour):
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


# ---- the same again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("party", sorted({party for party, _ in DRAWN.values()}))
def test_another_process_with_another_cache_draws_the_same_bytes(drawn, party, tmp_path):
    kinds = [kind for kind, (owner, _) in DRAWN.items() if owner == party]
    arguments = ["report", "--folder", str(RELEASE / party), "--into", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "car", *arguments], check=True, capture_output=True)
    for kind in kinds:
        made = drawn(kind)
        again = tmp_path / party / kind / made.role / "report.pdf"
        assert again.read_bytes() == made.pdf.read_bytes(), kind


def test_a_warm_cache_gives_the_same_bytes_and_a_broken_one_is_drawn_anew(drawn, tmp_path):
    made = drawn("network_operator")
    before = {path: path.read_bytes() for path in made.graphs.iterdir()}
    set_pdf(made.compose(), tmp_path / "warm.pdf")
    assert (tmp_path / "warm.pdf").read_bytes() == made.pdf.read_bytes()
    for path in before:
        path.write_bytes(b"cut off")
    set_pdf(made.compose(), tmp_path / "broken.pdf")
    assert (tmp_path / "broken.pdf").read_bytes() == made.pdf.read_bytes()
    for path, content in before.items():
        path.write_bytes(content)


@every_report
def test_a_graph_takes_less_than_ten_kilobytes(drawn, kind):
    """What a report grows by through its graphs; where there are a dozen, all of it, fonts and tables too."""
    made = drawn(kind)
    number = len(made.document.drawings)
    assert (made.pdf.stat().st_size - made.blank.stat().st_size) / number < 10_000
    if number >= 12:
        assert made.pdf.stat().st_size / number < 10_000


# ---- lists, templates, marts --------------------------------------------------------------------------


def all_rows(report):
    """Give every Rows of a report with the block that wants it."""
    for section in report.sections:
        for block in section.blocks:
            yield from block.rows.values()
            if block.table is not None:
                yield block.table.rows
    yield from (highlight.rows for highlight in report.highlights)


def columns_of(rows):
    made = {"dimension", "value"} if rows.unpivot else set()
    named = {column for column in rows.columns.values() if column is not None}
    return (named | set(rows.where) | set(rows.unpivot) | ({rows.most} - {None})) - made


@every_report
def test_lists_name_published_files_and_columns(kind):
    report, published = report_of(kind), promised_columns()
    assert report.findings in published
    for rows in all_rows(report):
        assert columns_of(rows) <= set(published[f"{kind}/{{role}}/{rows.file}"]), rows
    for section in report.sections:
        if section.each:
            path = f"{kind}/{{role}}/{section.each['file']}"
            assert section.each["column"] in published[path]


def test_the_fixed_release_has_the_files_and_columns_of_today():
    assert faults() == [], APPROVE
    for party in RELEASE.iterdir():
        for resource in json.loads((party / "datapackage.json").read_text())["resources"]:
            named = [field["name"] for field in resource["schema"]["fields"]]
            assert (party / resource["path"]).read_text().split("\n")[0] == ",".join(named)


@every_report
def test_every_template_is_given_what_it_wants(kind):
    for section in report_of(kind).sections:
        for block in section.blocks:
            if block.template is None:
                assert block.table is not None
                continue
            spec = bound(block.template, {name: [] for name in block.rows}, block.words, MONTH)
            wanted = json.loads(definition.template(block.template))["usermeta"]["datasets"]
            for dataset, columns in wanted.items():
                assert set(columns) <= set(block.rows[dataset].columns) | columns_made(block.rows[dataset])
            assert not re.search(r'"\$(?!schema)\w', json.dumps(spec)), block.title
            assert block.needs in {*block.rows, "table"}
            assert block.alternative


def columns_made(rows):
    return {"dimension", "value"} if rows.unpivot else set()


def blocks_of(report, tables):
    """Every entry of a report's list with each value that its section is made of."""
    for section in report.sections:
        values = tables.values(section.each["file"], section.each["column"]) if section.each else [None]
        for block in section.blocks:
            yield from ((block, value) for value in values)


def datasets(block, each, tables):
    given = {name: tables.rows(rows, each) for name, rows in block.rows.items()}
    return given | ({"table": tables.rows(block.table.rows, each)} if block.table else {})


@every_report
def test_every_subject_of_every_dataset_of_every_chart_is_on_its_axis(kind):
    """No row is left out of the drawings that a graph is divided into, for being called otherwise."""
    party, role = DRAWN[kind]
    seen = 0
    with Tables(RELEASE / party, f"{kind}/{role}") as tables:
        for block, each in blocks_of(report_of(kind), tables):
            given = datasets(block, each, tables)
            if block.per is None or not given[block.needs]:
                continue
            axis = {row[block.per] for row in given[block.needs]}
            parts = _parts(given, block)
            for name, rows in given.items():
                on_axis = [row for row in rows if block.per in row]
                drawn_rows = [row for part in parts for row in part[name] if block.per in row]
                assert {row[block.per] for row in on_axis} <= axis, (block.title, each, name)
                assert Counter(map(str, drawn_rows)) == Counter(map(str, on_axis)), (block.title, each, name)
                seen += len(on_axis)
    assert seen


@pytest.mark.parametrize("kind", ["business_process", "alerts"])
def test_the_row_of_all_together_has_the_mark_of_the_industry_and_the_peers(drawn, kind):
    made = drawn(kind)
    with Tables(made.party_folder, f"{kind}/{made.role}") as tables:
        block, each = next(
            found for found in blocks_of(report_of(kind), tables) if found[0].template == "positions"
        )
        named = {
            name: {row["subject"] for row in rows} for name, rows in datasets(block, each, tables).items()
        }
    assert {name for name, subjects in named.items() if "All together" in subjects} >= {"own", "industry"}
    assert "ALL" not in set().union(*named.values())


def test_no_template_lies_idle():
    used = {
        block.template
        for report in reports()
        for section in report.sections
        for block in section.blocks
        if block.template
    }
    there = {item.name for item in (definition.PACKAGE / "charts").iterdir()} - {"theme.json"}
    assert there == {f"{name}.vl.json" for name in used}


@pytest.mark.parametrize("wrong", ["datasets", "columns", "words"])
def test_a_template_refuses_what_it_does_not_know(wrong):
    rows, words = {"failures": [{"dimension": "region", "value": "North", "count": 1}]}, {"count": "Failures"}
    if wrong == "datasets":
        rows["others"] = []
    elif wrong == "columns":
        del rows["failures"][0]["value"]
    else:
        words["unheard_of"] = "?"
    with pytest.raises(CarError, match="wants"):
        bound("themes", rows, words, MONTH)


def files_read(item):
    """Every file that a report's list names, wherever it stands in it."""
    if isinstance(item, dict):
        for key, value in item.items():
            if key == "file":
                yield value
            else:
                yield from files_read(value)
    elif isinstance(item, list):
        for one in item:
            yield from files_read(one)


@every_report
def test_a_report_reads_files_that_are_published(kind):
    text = (definition.PACKAGE / f"{kind}.yml").read_text(encoding="utf-8")
    listed = set(files_read(yaml.safe_load(text)))
    published = {
        path.removeprefix(f"{kind}/{{role}}/") for path in promised_columns() if path.startswith(f"{kind}/")
    }
    gone = sorted(listed - published)
    assert listed and not gone, f"delete the entries of python/car/reports/{kind}.yml that read {gone}"


def allowed_findings():
    """Read from the marts' checks which kinds of finding each of them may have."""
    kinds = {}
    for path in MODELS.rglob("mart_*findings.yml"):
        for told in re.findall(r"expression: \"finding in \(([^)]*)\)", path.read_text()):
            kinds[path.parent.name] = re.findall(r"'(\w+)'", told)
    return kinds


def test_every_kind_of_finding_has_its_sentence():
    allowed = allowed_findings()
    assert allowed
    assert {kind for kinds in allowed.values() for kind in kinds} == set(common().findings)


# What the findings of an area are about.
SUBJECTS = {
    "r1_inventory": [{"folder": "inventory", "dimension": "security_certificate", "unit": "devices"}],
    "r2_business_process": [
        {"folder": "business_process", "business_process": "Prepayment", "srv": srv} for srv in ("ALL", "2.1")
    ],
    "r3_alerts": [{"folder": "alerts", "alert_code": code} for code in ("ALL", "8F35")],
    "r3_network_operator": [{"folder": "network_operator", "alert_code": "N16"}],
}
# Kinds of which the sentence has no figure but how many it is about.
COUNTED = ("already_ended", "ends_within_30_days", "nothing_stands_out", "nothing_to_compare")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (kind, subject)
        for mart, kinds in allowed_findings().items()
        for kind in kinds
        for subject in SUBJECTS[mart]
    ],
)
def test_a_sentence_tells_the_figures_of_its_row(kind, subject):
    row = dict.fromkeys(("business_process", "srv", "alert_code"))
    row |= {"dimension": "region", "dimension_value": "North", "own_value": "0.250000"}
    row |= {"reference_value": "0.500", "unit": "share", "affected_count": 4711, **subject}
    words = common().findings[kind]
    told = rendered(words["sentence"], **row, dimensions=common().dimensions)
    assert "4,711" in told
    assert kind in COUNTED or re.search(r"\b(25\.0\s%.*50\.0\s%|0\.25\ss.*0\.5\ss)", told)
    assert not re.search(r"None|[{}]", told)
    assert all(rendered(place, **row) for place in words["places"])


@pytest.mark.parametrize(
    ("month", "last"), [("2026-02", 28), ("2028-02", 29), ("2026-04", 30), ("2026-10", 31)]
)
def test_the_axis_of_days_ends_with_the_month(month, last):
    assert month_words(month)["days"] == [0.5, last + 0.5]
    assert month_words(month)["day_ticks"][-1] == last
    spec = bound("daily", {"days": []}, {"rate": "Rate", "seconds": "s", "incident_legend": None}, month)
    scales = re.findall(r'"domain": \[0\.5, ([\d.]+)\]', json.dumps(spec))
    assert set(scales) == {str(last + 0.5)}


def test_a_long_list_is_cut_and_says_so():
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed([str(number) for number in range(12)]).endswith("10 and 11")
    assert listed([str(number) for number in range(60)]).endswith("9, 10 and others")


# ---- names that would be commands ---------------------------------------------------------------------

NAMES = [
    '#panic("run")',
    "#set text(size: 99pt)",
    "$x^2$ *bold* _thin_ `raw`",
    "<b>bold</b> &amp; <script>",
    "{{ 7 * 7 }} {% raw %}",
    "@place-0-0 <place-0-0>",
    "a | b, \"quoted\" 'single'",
    "back\\slash // comment /* open",
    "right\u202eto left\u2066",
    "\u4e2d\u6587 name",
    "A name of more than sixty characters, which is cut where people read it",
    "= heading - item + item / term: x",
    "$count $rate datum.count",
    "W" * 59,
]


def test_names_are_shown_and_never_run(drawn, tmp_path):
    made = drawn("inventory")

    def renamed(rows):
        shown = [row for row in rows if row["firmware_version"] != "All other"][: len(NAMES)]
        return [
            {**row, "device_model": name, "device_manufacturer": name, "firmware_version": name}
            for row, name in zip(shown, NAMES, strict=True)
        ]

    folder = altered(tmp_path, "ALDER-ENERGY", {"inventory/IS/summary.csv": renamed})
    document = made.compose(party_folder=folder)
    without_graphs(document, tmp_path / "names.pdf")
    # A word that is longer than its column has marks of where it may be broken.
    pages = "".join("".join(page_texts(tmp_path / "names.pdf")).replace("\u200b", "").split())
    drawings = "".join(drawing.svg for drawing in document.drawings.values())
    for name in NAMES:
        shown = displayable(name)
        assert len(shown) <= 60
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
        # Each stands in two tables' columns more than once: model, manufacturer and firmware.
        assert pages.count("".join(shown.split())) >= 3, name
    assert "<script>" not in drawings and "<b>" not in drawings
    set_pdf(document, tmp_path / "drawn.pdf")
    assert_texts_on_their_pages(tmp_path / "drawn.pdf")


def test_every_sign_of_the_font_can_be_set_and_the_others_have_a_stand_in(drawn, tmp_path):
    """PDF/UA-1 refuses a page with one sign that its font lacks: no name may bring the month to a stop."""
    content = json.loads(json.dumps(drawn("inventory").document.content))
    signs = [chr(number) for number in sorted(_characters())]
    others = [
        "\u4e2d\u6587",
        "\U0001f600",
        "\ufffd",
        "\ue000",
        "\u200d\ufe0f",
        "\udbff",
        "e\u0301\u0327\u20dd",
    ]
    lines = ["".join(signs[begin : begin + 50]) for begin in range(0, len(signs), 50)]
    content["findings"] = [
        {
            "title": displayable("Signs \u4e2d"),
            "lines": [{"text": displayable(line), "place": None} for line in lines + others],
            "has_more": False,
        }
    ]
    document = Document(content, drawn("inventory").document.drawings)
    without_graphs(document, tmp_path / "signs.pdf")
    assert "Signs \u25a1" in "".join(page_texts(tmp_path / "signs.pdf"))


# ---- nothing happened; one; many ----------------------------------------------------------------------


def extreme(rows, number, **names):
    """Make so many rows of the first one; names: column: a function of the row's number."""
    return [{**rows[0], **{name: made(place) for name, made in names.items()}} for place in range(number)]


@pytest.mark.parametrize("kind", ["inventory", "network_operator"])
def test_a_report_about_nothing_says_no_events(drawn, kind, tmp_path):
    made = drawn(kind)
    paths = [str(path.relative_to(made.party_folder)) for path in made.csv_folder.glob("*.csv")]
    folder = altered(tmp_path, made.party, dict.fromkeys(paths, lambda rows: []))
    document = made.compose(party_folder=folder)
    assert set_pdf(document, tmp_path / "empty.pdf") == 0
    pages = page_texts(tmp_path / "empty.pdf")
    assert "Nothing stands out" in pages[1]
    assert "No Events" in pages[2] and "Glossary" not in pages[2]


def test_sixty_one_models_of_five_versions_go_over_pages_whole(drawn, tmp_path):
    made = drawn("inventory")
    folder = altered(
        tmp_path,
        "ALDER-ENERGY",
        {
            "inventory/IS/summary.csv": lambda rows: extreme(
                rows,
                305,
                device_model=lambda place: (
                    f"Model {place // 5:02d} of a manufacturer with a rather long name"
                ),
                firmware_version=lambda place: f"V{place % 5}",
                device_count=lambda place: str(10 ** (place % 9)),
            )
        },
    )
    document = made.compose(party_folder=folder)
    blocks = document.content["sections"][0]["blocks"]
    tables = [block["table"]["rows"] for block in blocks if block["table"]]
    assert sum(map(len, tables)) == 305
    # A page has some 715 points between its margins, of which title and note take some.
    assert max(drawing.height_pt for drawing in document.drawings.values()) < 620
    assert max(drawing.width_pt for drawing in document.drawings.values()) < 500
    # Parts are of even length: none is a leftover of one model.
    assert {len(rows) // 5 for rows in tables} == {3, 4}


def test_a_model_of_many_versions_is_drawn_smaller_rather_than_cut(drawn, tmp_path):
    made = drawn("inventory")
    folder = altered(
        tmp_path,
        "ALDER-ENERGY",
        {
            "inventory/IS/summary.csv": lambda rows: extreme(
                rows,
                120,
                device_model=lambda place: f"Model {place // 30}",
                firmware_version=lambda place: f"V{place % 30:02d}",
            )
        },
    )
    document = made.compose(party_folder=folder)
    assert max(drawing.height_pt for drawing in document.drawings.values()) > 715
    set_pdf(document, tmp_path / "versions.pdf")
    assert_texts_on_their_pages(tmp_path / "versions.pdf")


# ---- the work of a month ------------------------------------------------------------------------------


def copies(folder, number):
    """Recipients with equal rows: the network operator's folder several times."""
    made = []
    for place in range(number):
        target = folder / f"OPERATOR-{place}"
        shutil.copytree(RELEASE / "EELC", target)
        made.append(target)
    return made


def test_interrupted_work_goes_on_where_it_stopped_and_equal_graphs_are_drawn_once(tmp_path):
    parties = copies(tmp_path / "parties", 9)
    edition, work = edition_of(parties[0]), tmp_path / "work"

    class Killed(Exception):
        pass

    def stops(done, of):
        if done >= 1:
            raise Killed

    with pytest.raises(Killed):
        draw.draw_reports(parties, edition, work, 1, stops)
    for process in multiprocessing.active_children():
        process.join()
    assert not any(parties[0].rglob("*.pdf"))
    finished = {path: path.stat().st_mtime_ns for path in (work / "finished").glob("*.pdf")}
    assert 1 <= len(finished) < 9
    graphs = {path: path.stat().st_ino for path in (work / "graphs").iterdir()}

    told = []
    drawn = draw.draw_reports(parties, edition, work, 1, lambda done, of: told.append((done, of)))
    assert told == [(done, 9) for done in range(len(finished), 10)]
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert drawn == {party.name: ["network_operator/ED/report.pdf"] for party in parties}

    # Equal rows of nine recipients were drawn once; the reports differ by their names.
    assert {path: path.stat().st_ino for path in (work / "graphs").iterdir()} == graphs != {}
    made = {party.name: (party / "network_operator/ED/report.pdf").read_bytes() for party in parties}
    assert len(set(made.values())) == 9

    # What a later run does not need is not kept; what differs by a byte is made anew.
    later = draw.draw_reports(parties[:1], replace(edition, version=2), work, 1)
    assert list(later) == [parties[0].name]
    assert len(list((work / "finished").iterdir())) == 1
    assert (parties[0] / "network_operator/ED/report.pdf").read_bytes() != made[parties[0].name]


def test_recipients_chosen_for_a_look_have_every_kind_of_report(tmp_path):
    kinds = {
        "A": ["inventory/IS"],
        "B": ["inventory/IS", "alerts/IS", "business_process/IS"],
        "C": ["inventory/IS", "alerts/IS"],
        "D": ["network_operator/ED"],
        "E": ["inventory/GS"],
    }
    for party, folders in kinds.items():
        for folder in folders:
            (tmp_path / party / folder).mkdir(parents=True)
    parties = list(tmp_path.iterdir())
    assert [path.name for path in draw.chosen(parties, None)] == list("ABCDE")
    assert [path.name for path in draw.chosen(parties, 3)] == ["B", "D", "E"]
    assert [path.name for path in draw.chosen(parties, 1)] == ["B"]


def test_a_release_lists_its_reports_with_their_hashes(warehouse, out, machine, reporter):
    publish_again(out, warehouse.path, False, machine, reporter, reports_of=None)
    parties = out / "releases" / MONTH / "current" / "parties"
    reports_of = {
        "ALPHA": {"inventory/IS/report.pdf", "business_process/IS/report.pdf"},
        "BETA": {"inventory/GS/report.pdf"},
    }
    for party, owed in reports_of.items():
        manifest = versions.read_json(parties / party / "manifest.json")
        told = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
        there = {
            str(path.relative_to(parties / party)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (parties / party).rglob("*.pdf")
        }
        assert set(there) == owed
        assert {path: digest for path, digest in told.items() if path.endswith(".pdf")} == there


def test_no_pdf_draws_none(warehouse, out):
    arguments = ["publish", "--warehouse", str(warehouse.path), "--out", str(out), "--no-pdf"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 0, done.output
    assert list(out.rglob("datapackage.json")) and not list(out.rglob("*.pdf"))
    for manifest in out.rglob("manifest.json"):
        assert "report.pdf" not in manifest.read_text()
