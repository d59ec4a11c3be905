"""How the PDF reports are made: the same bytes twice, each once, and as a release lists them."""

import hashlib
import json
import multiprocessing
import os
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
)
from typer.testing import CliRunner

from car import cli
from car.month import publish_again
from car.release import versions
from car.reports import draw
from car.reports.draw import Recipient

# ---- the same again -----------------------------------------------------------------------------------


_DRAWS = """
import sys
from pathlib import Path
from car.reports import draw
from reports_drawn import edition_of
folder, work = Path(sys.argv[1]), Path(sys.argv[2])
one = draw.Recipient(folder.name, folder, reference=folder / "reference")
(work / "graphs").mkdir()
for task in draw._tasks(one, edition_of(folder), work, work / "graphs"):
    draw._make_one(task)
    task.finished.rename(work / f"{task.report}.pdf")
"""


@pytest.mark.long
def test_another_process_with_another_cache_draws_the_same_bytes(drawn, tmp_path):
    party = DRAWN["business_process"][0]
    script = tmp_path / "draws.py"
    script.write_text(_DRAWS)
    paths = os.pathsep.join([os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, str(script), str(RELEASE / party), str(tmp_path)],
        check=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    kinds = [kind for kind, (owner, _) in DRAWN.items() if owner == party and kind in MADE]
    assert kinds
    for kind in kinds:
        assert (tmp_path / f"{kind}.pdf").read_bytes() == drawn(kind, before=False).pdf.read_bytes(), kind


@pytest.mark.long
def test_the_command_draws_the_same_bytes(drawn, tmp_path):
    """From a folder by itself, which has no month before."""
    party = DRAWN["network_operator"][0]
    arguments = ["report", "--folder", str(RELEASE / party), "--into", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "car", *arguments], check=True, capture_output=True)
    again = tmp_path / party / REPORT
    assert again.read_bytes() == drawn("network_operator", before=False).pdf.read_bytes()


def test_a_warm_cache_gives_the_same_bytes_and_a_broken_one_is_drawn_anew(drawn, tmp_path):
    kind = next(kind for kind in ("network_operator", *MADE) if kind in MADE)
    graphs = tmp_path / "graphs"
    graphs.mkdir()

    def drawn_again():
        return replace(drawn(kind), graphs=graphs).pdf.read_bytes()

    cold = drawn_again()
    kept = {path: path.stat().st_ino for path in graphs.iterdir()}
    assert len(kept) == len({one.svg for one in drawn(kind).document.drawings.values()})
    assert drawn_again() == cold == drawn(kind).pdf.read_bytes()
    assert {path: path.stat().st_ino for path in graphs.iterdir()} == kept
    for path in kept:
        path.write_bytes(b"cut off")
    assert drawn_again() == cold
    assert {path: path.stat().st_ino for path in graphs.iterdir()}.keys() == kept.keys()
    assert all(path.read_bytes() != b"cut off" for path in kept)


@every_report
def test_a_graph_takes_less_than_ten_kilobytes(drawn, kind):
    """What a report grows by through its graphs."""
    made = drawn(kind)
    grown = made.pdf.stat().st_size - made.blank.stat().st_size
    assert grown / len(made.document.drawings) < 10_000


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
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert DRAWN[kind][0] in metadata["dc:title"]
    for name in (os.getcwd(), os.path.expanduser("~")):
        assert name not in told


@every_report
def test_every_graph_has_its_own_words(drawn, kind):
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


def test_an_alternative_text_follows_its_rows(drawn, tmp_path):
    """A graph of other rows is told in other words."""
    kind = next(iter(MADE))
    party = DRAWN[kind][0]
    folder = altered(
        tmp_path,
        party,
        {
            f"{kind}/*/*.csv": lambda rows: [
                {
                    name: "0.123457" if name == "own_success_rate" and cell else cell
                    for name, cell in row.items()
                }
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


@pytest.mark.long
def test_interrupted_work_goes_on_where_it_stopped_and_equal_graphs_are_drawn_once(tmp_path):
    parties = copies(tmp_path / "parties", 6)
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
    assert 1 <= len(finished) < 6
    graphs = {path: path.stat().st_ino for path in (work / "graphs").iterdir()}

    told = []
    drawn_now = draw.draw_reports(parties, edition, work, 1, lambda done, of: told.append((done, of)))
    assert told == [(done, 6) for done in range(len(finished), 7)]
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert drawn_now == {party.name: [REPORT] for party in parties}

    # Equal rows of six recipients were drawn once; the reports differ by their names.
    assert {path: path.stat().st_ino for path in (work / "graphs").iterdir()} == graphs != {}
    made = {party.name: (party.folder / REPORT).read_bytes() for party in parties}
    assert len(set(made.values())) == 6

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
    manifest = before / "manifest.json"
    kept = manifest.read_bytes()
    manifest.write_bytes(kept + b" ")
    others.append(key())
    manifest.write_bytes(kept)
    package = json.loads((one.folder / "datapackage.json").read_text())
    first = package["resources"][0]
    changes = {**first, "path": "changes.csv"}
    for resources in ([{**first, "hash": "sha256:0"}], [changes], [{**changes, "hash": "sha256:0"}]):
        listed = {**package, "resources": [*package["resources"][1:], *resources]}
        (one.folder / "datapackage.json").write_text(json.dumps(listed))
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
