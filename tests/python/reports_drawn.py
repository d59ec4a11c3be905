"""The reports of the fixed release, tests/reports/release, drawn once for all tests of a file.

The release is cut from two simulated months by tests/reports/cut_release.py, which says in DRAWN of whom each
report is drawn. A report that has an entry there and is not made yet is skipped by its name.
"""

import csv
import functools
import io
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

from car.edition import Edition
from car.reports.charts import Drawing
from car.reports.definition import reports
from car.reports.document import Document, compose
from car.reports.pdf import set_pdf
from car.reports.tables import Source, Tables

TESTS = Path(__file__).parents[1] / "reports"
sys.path.append(str(TESTS))

from cut_release import BEFORE, DRAWN, RELEASE, faults, promised_columns  # noqa: E402, F401

MADE = {report.name: report for report in reports()}
every_report = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind, marks=[] if kind in MADE else pytest.mark.skip(reason=f"The report {kind} is not made yet.")
        )
        for kind in DRAWN
    ],
)

# What each change needs and takes long: CI takes one report a turn, by the commit.
one_report_a_turn = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.turn(turn)) for turn, kind in enumerate(DRAWN)]
)


def needs(kind):
    """Skip a test of one report by name where that is not made yet."""
    return pytest.mark.skipif(kind not in MADE, reason=f"The report {kind} is not made yet.")


def edition_of(party_folder):
    manifest = json.loads((party_folder / "manifest.json").read_text())
    return Edition(manifest["reporting_month"], manifest["as_of"], manifest["version"])


@dataclass(frozen=True)
class Drawn:
    """A report of a recipient's folder.

    Attributes:
        before: the same folder of the month before; None: there is none.
        graphs: keeps drawn graphs.
    """

    kind: str
    folder: Path
    before: Path | None
    graphs: Path
    report: object = None

    @property
    def role(self):
        return DRAWN[self.kind][1]

    @property
    def definition(self):
        return self.report or MADE[self.kind]

    @property
    def edition(self):
        return edition_of(self.folder)

    @property
    def source(self):
        return Source(self.folder, self.role, self.before, self.folder / "reference")

    def tables(self):
        return Tables(self.source, self.definition, self.edition)

    @functools.cached_property
    def document(self):
        return compose(self.definition, self.source, self.edition, self.graphs)

    @functools.cached_property
    def pdf(self):
        path = Path(tempfile.mkdtemp(dir=self.graphs.parent)) / f"{self.kind}.pdf"
        set_pdf(self.document, path)
        return path

    @functools.cached_property
    def pages(self):
        """The text of each page."""
        return page_texts(self.pdf)

    @functools.cached_property
    def blank(self):
        """The same with graphs left blank, and without the numbers of pages in tables."""
        path = self.pdf.with_name("blank.pdf")
        set_pdf(blank_graphs(without_references(self.document)), path)
        return path

    @functools.cached_property
    def these(self):
        """The rows that pages with `each` are made of, by page and key."""
        with self.tables() as tables:
            return {
                (page.page, str(row["key"])): row
                for page in self.definition.pages
                if page.each
                for row in tables.rows(page.each)
            }

    def blocks(self):
        """Each block that is shown: its place in the list, its page's key, what was made of it."""
        return [made for page in self.document.content["pages"] for made in page["blocks"]]

    def graphs_shown(self):
        """Each graph and strip, as the document has it."""
        return [
            graph
            for block in self.blocks()
            for graph in (block["graph"], *(block["table"]["strips"] if block["table"] else ()))
            if graph
        ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A report of the fixed release; with changes, of a copy with other rows in some of its CSVs."""
    graphs = tmp_path_factory.mktemp("reports") / "graphs"
    graphs.mkdir()
    made = {}

    def get(kind, folder=None, before=True, report=None):
        party = DRAWN[kind][0]
        if folder is None and before and report is None:
            if kind not in made:
                made[kind] = Drawn(kind, RELEASE / party, BEFORE / party, graphs)
            return made[kind]
        earlier = BEFORE / party if before is True else before or None
        return Drawn(kind, folder or RELEASE / party, earlier, graphs, report)

    return get


def rewrite(path, change):
    """Give a CSV other rows: those that a function makes of its own (texts by column)."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), reader.fieldnames
    written = io.StringIO()
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(change(rows))
    path.write_text(written.getvalue(), encoding="utf-8")


def altered(folder, party, changes, of=RELEASE):
    """Copy a party of the fixed release with other rows in some of its CSVs.

    changes: path, or pattern of paths: a function of the rows (texts by column), which gives the new ones.
    """
    target = folder / party
    shutil.copytree(of / party, target)
    for pattern, change in changes.items():
        paths = sorted(target.glob(pattern))
        assert paths, pattern
        for path in paths:
            rewrite(path, change)
    return target


def drawn_of(kind, folder, change=None, without=(), has_before=True):
    """A report of a party of the fixed release with other rows in the CSVs of that report.

    Parameters:
        folder: gets the party's folder, and what is drawn of it.
        change: gives a file's rows anew, from its path below the report's folder and its rows.
        without: folders below the report's that are not there.
        has_before: whether there is a month before.
    """
    party, role = DRAWN[kind]
    target = altered(folder, party, {})
    own = target / kind / role
    for name in without:
        shutil.rmtree(own / name)
    package = json.loads((target / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [item for item in package["resources"] if (target / item["path"]).exists()]
    (target / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    for path in own.rglob("*.csv") if change else ():
        rewrite(path, lambda rows, path=path: change(path.relative_to(own).as_posix(), rows))
    graphs = folder / "graphs"
    graphs.mkdir()
    return Drawn(kind, target, BEFORE / party if has_before else None, graphs)


def publish_again(folder, version, changed):
    """Make a folder one of a later version, in which a cell of some files has changed."""
    columns = ("file", "key", "change", "column", "old", "new")
    fields = [{"name": name, "type": "string"} for name in columns]
    manifest = json.loads((folder / "manifest.json").read_text()) | {"version": version}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    package = json.loads((folder / "datapackage.json").read_text())
    others = [item for item in package["resources"] if item["path"] != "changes.csv"]
    package["resources"] = [*others, {"path": "changes.csv", "schema": {"fields": fields}}]
    (folder / "datapackage.json").write_text(json.dumps(package))
    lines = [f"{path},key={number},changed,a,1,2" for number, path in enumerate(changed)]
    (folder / "changes.csv").write_text("\n".join([",".join(columns), *lines, ""]))


def every_csv(kind):
    """The pattern of the CSVs of a report's own folder."""
    return f"{kind}/{DRAWN[kind][1]}/**/*.csv"


def blank_graphs(document):
    """The same document with its graphs left blank, each as large as it was."""
    blank = {
        name: Drawing(
            re.sub(r"(<svg[^>]*>).*", r"\1</svg>", drawing.svg, flags=re.DOTALL),
            drawing.width_pt,
            drawing.height_pt,
        )
        for name, drawing in document.drawings.items()
    }
    return Document(document.content, blank, document.shown)


def without_references(document):
    """The same document with no number of a page in its tables."""
    content = json.loads(json.dumps(document.content))
    for page in content["pages"]:
        for table in (block["table"] for block in page["blocks"] if block["table"]):
            kinds = [kind for kind in table["kinds"] if kind != "strip"]
            table["rows"] = [
                ["" if kind == "page" else cell for kind, cell in zip(kinds, row, strict=True)]
                for row in table["rows"]
            ]
    return Document(content, document.drawings, document.shown)


def page_texts(pdf):
    """The text of each page, as a reader that extracts it gets it."""
    with pypdfium2.PdfDocument(pdf) as opened:
        return [
            page.get_textpage().get_text_range().replace("\r\n", "\n").replace("\u200b", "")
            for page in opened
        ]


def joined(text):
    """A text with every white space as one space."""
    return " ".join(text.split())


def titles(document):
    """The heading of each page that begins one, in their order."""
    made = [page["title"] for page in document.content["pages"] if not page["is_continued"]]
    return [*made, document.content["glossary"]["title"]] if document.content["glossary"]["words"] else made
