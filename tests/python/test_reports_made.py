"""How the PDF reports are made: the same bytes twice, each once, side by side, and as a release lists them."""

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import pikepdf
import pytest
from conftest import MONTH
from reports_drawn import (
    BEFORE,
    DRAWN,
    MADE,
    RELEASE,
    altered,
    drawn,  # noqa: F401
    edition_of,
    every_report,
    joined,
    page_texts,
    without_references,
)
from typer.testing import CliRunner

from car import cli
from car.month import publish_again
from car.release import versions
from car.reports import draw
from car.reports.document import Document
from car.reports.draw import Recipient
from car.reports.pdf import set_pdf
from car.reports.words import _characters, displayable

# ---- the same again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("party", sorted({DRAWN[kind][0] for kind in DRAWN if kind in MADE}))
def test_another_process_with_another_cache_draws_the_same_bytes(drawn, party, tmp_path):  # noqa: F811
    """By the command, from a folder by itself, which has no month before."""
    subprocess.run(
        [sys.executable, "-m", "car", "report", "--folder", str(RELEASE / party), "--into", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    there = {path.relative_to(tmp_path / party).as_posix() for path in tmp_path.rglob("*.pdf")}
    kinds = [kind for kind, (owner, _) in DRAWN.items() if owner == party and kind in MADE]
    assert {f"{kind}/{DRAWN[kind][1]}/report.pdf" for kind in kinds} <= there
    for kind in kinds:
        made = drawn(kind, before=False)
        again = tmp_path / party / kind / made.role / "report.pdf"
        assert again.read_bytes() == made.pdf.read_bytes(), kind


def test_a_warm_cache_gives_the_same_bytes_and_a_broken_one_is_drawn_anew(drawn, tmp_path):  # noqa: F811
    kind = next(kind for kind in ("network_operator", *MADE) if kind in MADE)
    graphs = tmp_path / "graphs"
    graphs.mkdir()

    def drawn_again():
        return replace(drawn(kind), graphs=graphs).pdf.read_bytes()

    cold = drawn_again()
    kept = {path: path.stat().st_ino for path in graphs.iterdir()}
    assert len(kept) == len({*map(lambda one: one.svg, drawn(kind).document.drawings.values())})
    assert drawn_again() == cold == drawn(kind).pdf.read_bytes()
    assert {path: path.stat().st_ino for path in graphs.iterdir()} == kept
    for path in kept:
        path.write_bytes(b"cut off")
    assert drawn_again() == cold
    assert {path: path.stat().st_ino for path in graphs.iterdir()}.keys() == kept.keys()
    assert all(path.read_bytes() != b"cut off" for path in kept)


@every_report
def test_a_graph_takes_less_than_ten_kilobytes(drawn, kind):  # noqa: F811
    """What a report grows by through its graphs."""
    made = drawn(kind)
    grown = made.pdf.stat().st_size - made.blank.stat().st_size
    assert grown / len(made.document.drawings) < 10_000


@every_report
def test_a_report_runs_nothing_attaches_nothing_and_names_no_machine(drawn, kind):  # noqa: F811
    made = drawn(kind)
    with pikepdf.open(made.pdf) as pdf:
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
        assert not {"/JavaScript", "/EmbeddedFiles"} & set(pdf.Root.get("/Names", {}).keys())
        assert not pdf.attachments
        links = [note for page in pdf.pages for note in page.get("/Annots", [])]
        assert all(link.Subtype == "/Link" and "/URI" not in link.get("/A", {}) for link in links)
        told = " ".join(str(value) for value in pdf.docinfo.values())
        told += pdf.Root.Metadata.read_bytes().decode()
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert DRAWN[kind][0] in metadata["dc:title"]
    for name in (os.getcwd(), os.path.expanduser("~")):
        assert name not in told


@every_report
def test_every_graph_has_its_own_words(drawn, kind):  # noqa: F811
    made = drawn(kind)
    with pikepdf.open(made.pdf) as pdf:
        told = [
            str(item.get("/Alt", ""))
            for item in structure(pdf.Root.StructTreeRoot)
            if item.get("/S") == "/Figure"
        ]
    graphs = [graph["alternative"] for graph in made.graphs_shown()]
    assert len(graphs) == len(made.document.drawings) > 0
    assert Counter(told) == Counter(graphs)
    assert all(len(text) > 20 for text in told)


def structure(node):
    """Every element of a PDF's structure tree below a node."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from structure(child)


def test_an_alternative_text_follows_its_rows(drawn, tmp_path):  # noqa: F811
    """A graph of other rows is told in other words."""
    kind = next(iter(MADE))
    party = DRAWN[kind][0]
    folder = altered(
        tmp_path,
        party,
        {
            f"{kind}/*/*.csv": lambda rows: [
                {name: "0.123457" if name == "own_success_rate" and cell else cell for name, cell in row.items()}
                for row in rows
            ]
        },
    )
    told = [graph["alternative"] for graph in drawn(kind, folder).graphs_shown()]
    assert "12.3\N{NO-BREAK SPACE}%" in " ".join(told)
    assert told != [graph["alternative"] for graph in drawn(kind).graphs_shown()]


# ---- the work of a month ------------------------------------------------------------------------------


def without_folder(party_folder, area):
    """Leave an area out of what a party gets."""
    shutil.rmtree(party_folder / area)
    package = json.loads((party_folder / "datapackage.json").read_text())
    package["resources"] = [one for one in package["resources"] if not one["path"].startswith(f"{area}/")]
    (party_folder / "datapackage.json").write_text(json.dumps(package))


def copies(folder, number):
    """Recipients with equal rows: the network operator's folder several times."""
    made = []
    for place in range(number):
        target = folder / f"OPERATOR-{place}"
        shutil.copytree(RELEASE / "EELC", target)
        without_folder(target, "inventory")
        made.append(Recipient(target.name, target, before=BEFORE / "EELC", reference=target / "reference"))
    return made


REPORT = "network_operator/ED/report.pdf"


def test_interrupted_work_goes_on_where_it_stopped_and_equal_graphs_are_drawn_once(tmp_path):
    parties = copies(tmp_path / "parties", 4)
    edition, work = edition_of(parties[0].folder), tmp_path / "work"

    class Killed(Exception):
        pass

    def stops(done, of):
        if done >= 1:
            raise Killed

    with pytest.raises(Killed):
        draw.draw_reports(parties, edition, work, 1, stops)
    for process in multiprocessing.active_children():
        process.join()
    assert not any(parties[0].folder.rglob("*.pdf"))
    finished = {path: path.stat().st_mtime_ns for path in (work / "finished").glob("*.pdf")}
    assert 1 <= len(finished) < 4
    graphs = {path: path.stat().st_ino for path in (work / "graphs").iterdir()}

    told = []
    drawn_now = draw.draw_reports(parties, edition, work, 1, lambda done, of: told.append((done, of)))
    assert told == [(done, 4) for done in range(len(finished), 5)]
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert drawn_now == {party.name: [REPORT] for party in parties}

    # Equal rows of four recipients were drawn once; the reports differ by their names.
    assert {path: path.stat().st_ino for path in (work / "graphs").iterdir()} == graphs != {}
    made = {party.name: (party.folder / REPORT).read_bytes() for party in parties}
    assert len(set(made.values())) == 4

    # What a later run does not need is not kept; what differs by a byte is made anew.
    later = draw.draw_reports(parties[:1], replace(edition, version=2), work, 1)
    assert list(later) == [parties[0].name]
    assert len(list((work / "finished").iterdir())) == 1
    assert (parties[0].folder / REPORT).read_bytes() != made[parties[0].name]


def test_a_report_is_made_anew_where_what_it_reads_has_changed(tmp_path):
    """Its own files, those of the month before, and what changed since the version before."""
    (one,) = copies(tmp_path / "parties", 1)
    edition, places = edition_of(one.folder), (tmp_path, tmp_path)
    before = tmp_path / "before"
    shutil.copytree(BEFORE / "EELC", before)
    one = replace(one, before=before)

    def key(recipient=one, edition=edition):
        (task,) = draw._tasks(recipient, edition, *places)
        return task.finished.name

    as_it_is = key()
    assert key() == as_it_is
    others = [key(edition=replace(edition, version=2)), key(replace(one, before=None))]
    for path in (before / "manifest.json", one.folder / "manifest.json", one.folder / "changes.csv"):
        kept = path.read_bytes() if path.exists() else b""
        path.write_bytes(kept + b" ")
        others.append(key())
        path.write_bytes(kept)
        if not kept:
            path.unlink()
    package = json.loads((one.folder / "datapackage.json").read_text())
    package["resources"][0]["hash"] = "sha256:0"
    (one.folder / "datapackage.json").write_text(json.dumps(package))
    others.append(key())
    assert len({as_it_is, *others}) == 1 + len(others)


_WORKER = """
import os, sys, time
from car.pool import in_processes
def wait(path):
    open(path, 'w').write(str(os.getpid()))
    time.sleep(60)
if __name__ == '__main__':
    in_processes(wait, [sys.argv[1]], 1, print, 'that waits')
"""


def test_a_process_that_draws_ends_with_the_one_that_asked_for_it(tmp_path):
    script, told = tmp_path / "asks.py", tmp_path / "pid"
    script.write_text(_WORKER)
    with subprocess.Popen([sys.executable, str(script), str(told)]) as asks:
        until(lambda: told.exists() and told.read_text())
        worker = int(told.read_text())
        asks.kill()
    until(lambda: not is_running(worker))


def until(done, seconds=20):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


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
    parties = [Recipient(path.name, path) for path in tmp_path.iterdir()]
    assert [one.name for one in draw.chosen(parties, None)] == list("ABCDE")
    assert [one.name for one in draw.chosen(parties, 3)] == ["B", "D", "E"]
    assert [one.name for one in draw.chosen(parties, 1)] == ["B"]


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
    "= heading - item + item / term: x",
    "$own $format datum.count",
    "verdict:",
    "W" * 59,
]


@pytest.mark.skipif("business_process" not in MADE, reason="The report business_process is not made yet.")
def test_names_are_shown_and_never_run(drawn, tmp_path):  # noqa: F811
    """As the names of business processes: in sentences, tables, graphs, alternatives, headings and bookmarks."""
    kind, (party, role) = "business_process", DRAWN["business_process"]

    def named(rows):
        return [row | {"business_process": name} for name in NAMES for row in rows[:1]]

    folder = altered(
        tmp_path,
        party,
        {
            f"{kind}/{role}/benchmark.csv": lambda rows: named([row for row in rows if row["srv"] == "ALL"]),
            f"{kind}/{role}/round_trip_time.csv": lambda rows: named([row for row in rows if row["srv"] == "ALL"]),
            f"{kind}/{role}/failures.csv": named,
            f"{kind}/{role}/findings.csv": lambda rows: [row | {"dimension": ""} for row in named(rows)],
            f"{kind}/{role}/subjects.csv": lambda rows: [
                row | {"position": str(place), "has_page": str(place < 10).lower()}
                for place, row in enumerate(named(rows))
            ],
        },
    )
    made = drawn(kind, folder)
    said = joined(" ".join(page_texts(made.pdf)))
    drawings = "".join(drawing.svg for drawing in made.document.drawings.values())
    for place, name in enumerate(NAMES):
        shown = displayable(name)
        assert len(shown) <= 60
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
        if place < 10:  # the heading of its page
            assert joined(shown) in said, name
    assert "<script>" not in drawings and "<b>" not in drawings
    assert "49" not in {word for text in made.pages for word in text.split() if word == "49 {% raw %}"}
    with pikepdf.open(made.pdf) as pdf, pdf.open_outline() as outline:
        bookmarks = [item.title for item in outline.root[0].children]
    assert {displayable(name) for name in NAMES[:10]} <= set(bookmarks)


def test_every_sign_of_the_font_can_be_set_and_the_others_have_a_stand_in(drawn, tmp_path):  # noqa: F811
    """PDF/UA-1 refuses a page with one sign that its font lacks: no name may bring the month to a stop."""
    document = without_references(drawn(next(iter(MADE))).document)
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
    page = document.content["pages"][0]
    block = {"style": "text", "graph": None, "table": None, "legend": [], "note": ""}
    page["blocks"] = [
        {**block, "title": displayable("Signs \u4e2d"), "say": displayable(line)} for line in lines + others
    ]
    content = document.content | {"pages": [page]}
    set_pdf(Document(content), tmp_path / "signs.pdf")
    assert "Signs \u25a1" in "".join(page_texts(tmp_path / "signs.pdf"))
