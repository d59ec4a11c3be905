"""`car docs`: the site and the PDF of the guidance, as who reads them by eye, ear or keyboard finds them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from accessibility_check import document_faults, heading_faults, standard_faults
from test_cli import car_command

from car.documents.markdown import anchor

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents") / "site"
    result = car_command("docs", "--into", folder, "--no-dbt", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["site"] == str(folder / "index.html") and told["pdf"] == str(folder / "guidance.pdf")
    assert len(told["pages"]) == len(list((ROOT / "docs").rglob("*.md"))) == len(list(folder.rglob("*.html")))
    return folder


class Page(HTMLParser):
    """The links, anchors, headings and loaded things of a page."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.anchors, self.headings, self.loads = path, [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.loads += [tag] if tag in ("script", "link", "img", "iframe", "object", "video") else []


@pytest.fixture(scope="module")
def pages(site):
    return {path.resolve(): Page(path) for path in site.rglob("*.html")}


def test_every_link_leads_to_a_page_and_a_place_of_it(pages, site):
    checked = 0
    for path, page in pages.items():
        assert len(page.anchors) == len(set(page.anchors)), path
        for link in page.links:
            address, _, place = link.partition("#")
            if "://" in address:
                continue
            target = (path.parent / address).resolve() if address else path
            assert target.is_file(), (path.name, link)
            if place:
                checked += 1
                assert place in pages[target].anchors, (path.name, link)
    assert checked > 50


def test_a_page_loads_nothing_and_has_its_headings_in_order(pages):
    for path, page in pages.items():
        assert page.loads == [], path
        assert page.headings[0] == 1 and page.headings.count(1) == 1, path
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), path


def test_the_guidance_has_the_four_parts_of_the_document_in_their_order(pages, site):
    text = (site / "index.html").read_text(encoding="utf-8")
    parts = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert parts == ["Background and scope", "Overview of reporting", "Change process", "Reporting contents"]
    steps = ["Who may ask", "How a request is described", "How it is assessed", "What it costs"]
    steps += ["How it is reviewed", "How it is announced", "Versions, notice and retirement"]
    assert [heading for heading in re.findall(r"<h3[^>]*>(.*?)</h3>", text) if heading in steps] == steps


def test_the_pdf_can_be_heard(site):
    pdf = site / "guidance.pdf"
    assert standard_faults(pdf) == []
    with pikepdf.open(pdf) as opened:
        assert document_faults(opened) + heading_faults(opened) == []


def test_the_pdf_has_every_file_and_column(site):
    text = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(site / "guidance.pdf")
    )
    text = re.sub(r"[\s\u200b\ufffe\u0002-]+", "", text)
    lines = (ROOT / "docs" / "promised_columns.csv").read_text(encoding="utf-8").splitlines()[1:]
    lacking = [
        word for line in lines for word in line.split(",")[:2] if re.sub(r"[\s-]+", "", word) not in text
    ]
    assert lacking == [] and len(lines) > 600


def test_the_same_documents_give_the_same_bytes(site, tmp_path):
    assert car_command("docs", "--into", tmp_path / "again", "--no-dbt").exit_code == 0
    for path in site.rglob("*.*"):
        assert (tmp_path / "again" / path.relative_to(site)).read_bytes() == path.read_bytes(), path.name


def test_a_folder_with_something_else_is_not_emptied(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.txt").write_text("mine")
    result = car_command("docs", "--no-dbt")
    assert result.exit_code == 2 and "choose another folder" in result.output
    assert (tmp_path / "site" / "mine.txt").read_text() == "mine"
    (tmp_path / "site" / "mine.txt").unlink()
    for _ in range(2):
        assert car_command("docs", "--no-dbt").exit_code == 0


@pytest.mark.turn()
def test_dbts_own_documents_stand_beside_it(tmp_path):
    result = car_command("docs", "--into", tmp_path / "site")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "site" / "dbt" / "index.html").read_text(encoding="utf-8")
    assert "mart_r1__summary" in page and "fct_service_requests" in page
    assert 'href="dbt/index.html"' in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Who gets what", "who-gets-what"),
        ("XLSX and Parquet", "xlsx-and-parquet"),
        ("`run.json`", "runjson"),
        ("Versions, notice and retirement", "versions-notice-and-retirement"),
    ],
)
def test_an_anchor_is_called_as_links_of_the_documents_call_it(heading, name):
    assert anchor(heading.replace("`", "")) == name
