"""The industry's report shows what its CSVs have: whole, in order, and placed by key."""

import copy
import csv
import io
import json
import re
import shutil
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from accessibility_check import (
    content_faults,
    document_faults,
    figure_faults,
    heading_faults,
    mark_colour_faults,
    size_faults,
    table_faults,
    text_colour_faults,
)
from industry_figures import figures_of, placed_faults
from reports_drawn import page_texts

from car.edition import Edition
from car.reports.definition import industry_report
from car.reports.document import Document, compose
from car.reports.pdf import set_pdf
from car.reports.tables import Source

sys.path.append(str(Path(__file__).parents[1] / "reports"))

from cut_release import DRAWN, INDUSTRY, RELEASE

SEEDS = Path(__file__).parents[2] / "seeds"
SECTIONS = [
    "1 Introduction, purpose",
    "2 Executive summary",
    "3 Measures by process",
    "4 Supplementary indicators",
    "5 Additional commentary",
    "6 League tables",
    "7 CPMs and Service Provider measures",
    "8 Service Credits",
    "9 Alerts",
    "10 Estate health",
    "11 Defects, throttling",
    "12 Exceptions",
    "13 Trial metrics",
    "A What this rests on",
    "B Definitions",
]
MOST_PAGES = 60
PAGE_WIDTH_PT = 482


def reference():
    return RELEASE / DRAWN["inventory"][0] / "reference"


def composed(folder, graphs):
    """Give the report's content from a folder of the industry's CSVs."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    edition = Edition(run["reporting_month"], run["as_of"], run["version"])
    return compose(industry_report(), Source(folder, reference=reference(), run=run), edition, graphs)


def changed(target, change):
    """Copy the folder with other rows: `change` gives a file's anew, from its name and its rows."""
    shutil.copytree(INDUSTRY, target)
    for path in target.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, names = list(reader), reader.fieldnames
        written = io.StringIO()
        writer = csv.DictWriter(written, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(path.name, rows))
        path.write_text(written.getvalue(), encoding="utf-8")
    return target


def rows_of(name, folder=INDUSTRY):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def report(graphs):
    return composed(INDUSTRY, graphs)


@pytest.fixture(scope="module")
def pdf(report, graphs):
    target = graphs.parent / "report.pdf"
    set_pdf(report, target)
    return target


def copied(report):
    return Document(copy.deepcopy(report.content), report.drawings)


def titles(report):
    return [page["title"] for page in report.content["pages"]]


def page_of(report, start):
    return next(page for page in report.content["pages"] if page["title"].startswith(start))


def texts_of(node):
    if isinstance(node, str):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts_of(value)


def said_of(report):
    """Give all that the pages say, but their own numbers and places."""
    pages = [page | {"title": "", "place": ""} for page in report.content["pages"]]
    return " ".join(re.sub(r"^(3|4)\.\d+(, 4\.\d+)? ", "", text) for text in texts_of(pages))


def nothing(name, rows):
    """Take every event out of a file: rows that a seed gives stay, and say No Events."""
    if not rows or "state" not in rows[0]:
        return rows if name == "definitions.csv" else []
    figures = {"value", "numerator", "denominator", "status", "level", "availability", "commentary_required"}
    return [
        {column: "" if column in figures else value for column, value in row.items()} | {"state": "No Events"}
        for row in rows
        if "Withheld" not in (row.get("segment"), row.get("srv"), row.get("split_value"))
    ]


def test_sections_stand_in_the_order_of_the_contract(report):
    top = [title for title in titles(report) if not re.match(r"\d+\.\d", title)]
    assert top == SECTIONS
    assert report.content["glossary"]["title"] == "C Glossary"


def test_processes_stand_in_the_order_of_table_4(report):
    with (SEEDS / "pmr" / "pmr_processes.csv").open(encoding="utf-8", newline="") as file:
        ordered = list(dict.fromkeys(row["business_process"] for row in csv.DictReader(file)))
    shown = [title for title in titles(report) if title.startswith("4.")]
    assert shown == [f"4.{place} {name}" for place, name in enumerate(ordered, start=1)]


def test_segments_stand_in_the_order_of_the_seed():
    sql = industry_report().queries["segments"]
    with (SEEDS / "pmr" / "segments.csv").open(encoding="utf-8", newline="") as file:
        ordered = {row["segment"]: int(row["position"]) for row in csv.DictReader(file)}
    shown = {name: int(position) for position, name in re.findall(r"\((\d+), '([^']+)'", sql)}
    assert shown == ordered | {"Withheld": max(ordered.values()) + 1}


@pytest.mark.long
def test_every_section_is_there_when_nothing_happened(tmp_path, graphs):
    empty = composed(changed(tmp_path / "industry", nothing), graphs)
    assert [title for title in titles(empty) if not re.match(r"\d+\.\d", title)] == SECTIONS
    for title in SECTIONS[4:13]:
        assert "No Events" in " ".join(texts_of(page_of(empty, title))), title
    set_pdf(empty, tmp_path / "empty.pdf")
    read = "\n".join(page_texts(tmp_path / "empty.pdf"))
    assert not re.search(r"\b(NaN|N/A|None|null|No data)\b", read)


def test_the_pdf_shows_the_sections_and_is_not_longer_than_it_must_be(pdf):
    pages = page_texts(pdf)
    assert len(pages) <= MOST_PAGES
    starts = [
        next(number for number, text in enumerate(pages) if title in text.split("\n")) for title in SECTIONS
    ]
    assert starts == sorted(starts)
    assert starts[:2] == [0, 1]
    assert "C Glossary" in pages[-1].split("\n") or "C Glossary" in pages[-2].split("\n")
    assert size_faults(pdf) == []
    assert text_colour_faults(pdf) == []


def test_the_contents_name_the_page_of_each_section(pdf):
    pages = page_texts(pdf)
    for title in SECTIONS[1:]:
        told = re.search(rf"^{re.escape(title)} .*?(\d+)$", pages[0], re.MULTILINE)
        assert told and title in pages[int(told[1]) - 1].split("\n"), title


@pytest.mark.parametrize(
    "faults", [document_faults, heading_faults, table_faults, figure_faults, content_faults]
)
def test_it_is_heard_with_its_heads_and_words(pdf, faults):
    with pikepdf.open(pdf) as opened:
        assert faults(opened) == []


def test_its_graphs_fit_on_a_page_and_can_be_seen(report):
    assert report.drawings
    for name, graph in report.drawings.items():
        assert mark_colour_faults(graph.svg) == [], name
        assert graph.width_pt <= PAGE_WIDTH_PT, name


def test_the_same_rows_give_the_same_bytes(report, pdf, tmp_path):
    set_pdf(report, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == pdf.read_bytes()


def test_the_cover_says_when_it_is_due_and_as_of_when(report, graphs, tmp_path):
    said = " ".join(texts_of(page_of(report, "1 ")["blocks"][0]))
    assert "due 13 November 2026, 10th Working Day; data as of the 5th Working Day." in said.replace(
        "\xa0", " "
    )
    run = json.loads((INDUSTRY / "run.json").read_text(encoding="utf-8"))
    for as_of, working_day, expected in (
        ("2026-10-20T00:00:00Z", None, "Provisional"),
        ("2026-11-20T00:00:00Z", None, "data as of 20 November 2026, after the due date."),
    ):
        folder = tmp_path / as_of[:10]
        shutil.copytree(INDUSTRY, folder)
        facts = run["performance_report"] | {"as_of_on": as_of[:10], "as_of_working_day": working_day}
        (folder / "run.json").write_text(json.dumps(run | {"as_of": as_of, "performance_report": facts}))
        said = " ".join(texts_of(page_of(composed(folder, graphs), "1 ")["blocks"][0])).replace("\xa0", " ")
        assert expected in said


# The executive summary


def missed_rows(folder=INDUSTRY):
    return [row for row in rows_of("measures.csv", folder) if row["status"].startswith("Below")]


def summary_table(report):
    return next(
        block["table"] for block in page_of(report, "2 ")["blocks"] if block["title"] == "Measures missed"
    )


def missed_faults(report, folder=INDUSTRY):
    """Say which measures that missed a target page 2 leaves out, or counts wrong."""
    table = summary_table(report)
    services = sorted(
        {row["split_value"] for row in rows_of("measures.csv", folder) if row["split"] == "service"}
    )
    told = {}
    for row in table["rows"]:
        of = next(name for name in services if row[1].startswith(name)) if row[0] == "SA1" else ""
        told[row[0], of] = (int(row[6]), int(row[7]))

    def key(row):
        return row["measure_id"], row["split_value"] if row["split"] == "service" else ""

    rows = missed_rows(folder)
    counted = {
        measure: (
            number,
            sum(key(row) == measure and row["status"] == "Below minimum" for row in rows),
        )
        for measure, number in Counter(map(key, rows)).items()
    }
    left = int(re.match(r"\d+", table["more"])[0]) if table["more"] else 0
    faults = [f"{name}: {numbers}" for name, numbers in told.items() if counted.get(name) != numbers]
    if len(counted) - len(told) != left:
        faults.append(f"{len(counted)} measures missed, {len(told)} told, {left} left")
    return faults


def test_every_measure_missed_stands_on_page_2_or_is_counted_there(report, pdf, graphs, tmp_path):
    assert missed_rows()
    assert missed_faults(report) == []
    page = page_texts(pdf)[1]
    for row in summary_table(report)["rows"]:
        assert f"\n{row[0]} " in page
    counts = Counter(row["status"] or row["state"] for row in rows_of("measures.csv") if row["kind"] == "M")
    judged = counts["Met"] + counts["Below target"] + counts["Below minimum"]
    said = page_of(report, "2 ")["blocks"][0]["say"]
    assert f"of {judged} figures {counts['Met']} met their target and {len(missed_rows())} missed it" in said
    assert f"{counts['Below minimum']} of these below the minimum" in said
    assert re.search(rf"{counts['Withheld']} of the [\d,]+ figures of measures are withheld", said)

    def missing_all(name, rows):
        if name != "measures.csv":
            return rows
        return [
            row | {"status": "Below target", "commentary_required": "true", "commentary_given": "false"}
            if row["kind"] == "M" and row["state"] == "Reported"
            else row
            for row in rows
        ]

    many = changed(tmp_path / "many", missing_all)
    crowded = composed(many, graphs)
    assert missed_faults(crowded, many) == []
    assert summary_table(crowded)["more"]
    set_pdf(crowded, tmp_path / "many.pdf")
    pages = page_texts(tmp_path / "many.pdf")
    assert "2 Executive summary" in pages[1]
    assert "2.1 Availability in detail" in pages[2], "the summary has one page, however much was missed"


def test_a_measure_that_page_2_leaves_out_is_found(report):
    other = copied(report)
    summary_table(other)["rows"].pop()
    assert missed_faults(other) != []


def test_commentary_stands_beside_what_it_explains_and_whole_in_section_5(report, graphs, tmp_path):
    long = "A long story, told at length. " * 300

    def told(name, rows):
        return [
            row | {"text": long} if name == "commentary.csv" and row["measure_id"] == "PP1" else row
            for row in rows
        ]

    pages = composed(changed(tmp_path / "industry", told), graphs)
    assert long.strip() in " ".join(texts_of(page_of(pages, "5 ")))
    assert "(whole in section 5)" in " ".join(texts_of(page_of(pages, "2.2")))
    assert "A long story" in " ".join(texts_of(page_of(pages, "3.5")))
    said = said_of(report)
    for row in rows_of("commentary.csv"):
        assert " ".join(row["text"].split()) in said
    without = [row for row in missed_rows() if row["commentary_given"] != "true"]
    assert without
    cells = [
        row
        for row in page_of(report, "2.2")["blocks"][0]["table"]["rows"]
        if row[0] == without[0]["measure_id"]
    ]
    assert any("Commentary not supplied" in row for row in cells)


# Figures


def test_every_figure_is_a_cell_placed_by_its_key(report):
    faults, checked = placed_faults(report, INDUSTRY)
    assert faults == []
    assert checked > 1_500


@pytest.mark.parametrize(
    "start",
    ["2 ", "2.1", "3.5", "4.5", "7 ", "8 ", "9 ", "12 "],
    ids=lambda start: f"section {start.strip()}",
)
def test_a_figure_that_is_no_cell_or_stands_elsewhere_is_found(report, start):
    tampered = copied(report)
    tables = [block["table"] for block in page_of(tampered, start)["blocks"] if block["table"]]
    for table in tables:
        for row in table["rows"]:
            for place, cell in enumerate(row):
                if place and re.fullmatch(r"[\d,]+(\.\d+)?( %)?", cell):
                    row[place] = cell.replace(cell[0], str((int(cell[0]) + 1) % 10), 1)
    faults, _ = placed_faults(tampered, INDUSTRY)
    assert len(faults) >= len(tables) // 2


def test_no_number_is_said_that_no_file_has(report):
    figures = figures_of(INDUSTRY, reference())
    assert figures.strangers(said_of(report)) == []
    assert figures.strangers("Top-ups succeeded in 12.3456 % of 98,765 tries.") == [
        "12.3456",
        "98,765",
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "key", "column", "value", "start", "shown"),
    [
        (
            "measures.csv",
            {"measure_id": "SA1", "segment": "ALL", "split_value": "DCC User Interface"},
            "value",
            "0.999499999998",
            "2 ",
            "99.9499999998 %",
        ),
        (
            "measures.csv",
            {"measure_id": "PP1", "segment": "SMETS2", "split": "ALL"},
            "value",
            "0.123456",
            "3.5",
            "12.35 %",
        ),
        (
            "rsvp_monthly.csv",
            {"business_process": "Prepayment", "srv": "ALL", "segment": "SMETS2", "split": "ALL"},
            "volume",
            "7654321",
            "4.5",
            "7,654,321",
        ),
        ("incidents.csv", {"category": "1"}, "outage_minutes", "4321.09", "5 ", "4,321.09"),
        (
            "provider_measures.csv",
            {"measure_id": "CPM8"},
            "service_credit_gbp",
            "98765.40",
            "8 ",
            "98,765.40",
        ),
        ("alerts.csv", {"alert_code": "ALL"}, "within_5_min", "54321", "9 ", "54,321"),
        ("exceptions.csv", {"exception_id": "EXC-00101"}, "excluded_count", "4444", "12 ", "4,444"),
    ],
)
def test_another_cell_gives_another_page(report, graphs, tmp_path, file, key, column, value, start, shown):
    met = []

    def other(name, rows):
        for row in rows if name == file else ():
            if all(row[part] == wanted for part, wanted in key.items()):
                met.append(row)
                row[column] = value
        return rows

    folder = changed(tmp_path / "industry", other)
    assert met
    before, after = (" ".join(texts_of(page_of(one, start))) for one in (report, composed(folder, graphs)))
    assert shown not in before
    assert shown in after


def test_a_miss_does_not_read_as_the_target(report, graphs, tmp_path):
    """A value has as many digits as it needs, and none is rounded away."""

    def close(name, rows):
        for row in rows if name == "measures.csv" else ():
            if row["measure_id"] == "PP1" and row["segment"] == "SMETS2" and row["split"] == "ALL":
                row.update(value="0.98999999", status="Below target", target="0.990000")
        return rows

    said = " ".join(texts_of(page_of(composed(changed(tmp_path / "industry", close), graphs), "3.5")))
    assert "98.999999 %" in said


def test_the_days_of_a_process_are_drawn_with_their_incidents(report):
    page = page_of(report, "4.5")
    graph = next(block["graph"] for block in page["blocks"] if block["graph"])
    days = [
        row
        for row in rows_of("rsvp_daily.csv")
        if (row["business_process"], row["srv"], row["segment"]) == ("Prepayment", "ALL", "SMETS2")
        and row["day"]
    ]
    most = max(int(row["volume"]) for row in days if row["volume"])
    assert f"with {most:,}" in graph["alternative"]
    incidents = sorted({name for row in days for name in row["incident_ids"].split(";") if name})
    said = next(block["say"] for block in page["blocks"] if block["say"].startswith("Incidents on days"))
    assert re.findall(r"INC\d+", said) == [name for name in re.findall(r"INC\d+", said) if name in incidents]
    assert sorted(re.findall(r"INC\d+", said)) == incidents
    minutes = {row["incident_id"]: row["outage_minutes"] for row in rows_of("incidents.csv")}
    tables = [block["table"] for one in report.content["pages"] for block in one["blocks"] if block["table"]]
    shown = [table for table in tables if table["head"][:2] == ["No.", "Incident"]]
    assert len(shown) == 1, "the Incidents of the graphs stand in one table"
    for row in shown[0]["rows"]:
        assert (
            row[-1] == "–"
            if not minutes[row[1]]
            else Decimal(row[-1].replace(",", "")) == Decimal(minutes[row[1]])
        )


def test_an_incident_that_is_open_is_said_to_be(report, graphs, tmp_path):
    def opened(name, rows):
        for row in rows if name == "incidents.csv" else ():
            ended = {"resolved_at": "", "closed_at": "", "outage_ended_at": "", "within_target": ""}
            row.update(ended, is_open="true", is_closed="false", in_cpm4="false")
        return rows

    pages = composed(changed(tmp_path / "industry", opened), graphs)
    events = next(
        block["table"] for block in page_of(pages, "2 ")["blocks"] if block["title"] == "Key events"
    )
    assert {row[-1] for row in events["rows"]} == {"open"}


def test_a_text_of_the_whole_measure_is_not_told_as_a_segments_own(report):
    rows = [row for row in page_of(report, "7 ")["blocks"][0]["table"]["rows"] if row[1] == "CPM1"]
    given = {row["segment"] for row in rows_of("commentary.csv") if row["measure_id"] == "CPM1"}
    names = {"All": "ALL"}
    others = [row for row in rows if row[-2].startswith("Below") and names.get(row[0], row[0]) not in given]
    assert others
    assert {row[-1] for row in others} == {"None of its own."}
    assert "As above" not in said_of(report)


def test_targets_that_are_not_confirmed_are_said_to_be(report):
    notes = " ".join(block["note"] for block in page_of(report, "2 ")["blocks"])
    assert "Target and minimum of SA1 are illustrative" in notes
    assert "unconfirmed" in notes


def test_a_target_of_which_less_is_better_reads_so(report):
    rows = {row[0]: row for row in summary_table(report)["rows"]}
    for row in missed_rows():
        if row["direction"] == "lower" and row["measure_id"] in rows:
            assert rows[row["measure_id"]][4].startswith("at most ")


def test_part_a_says_what_was_lifted_what_was_kept_and_what_changed(report, graphs, tmp_path):
    said = " ".join(texts_of(page_of(report, "A ")))
    assert "Every check that would hold the report back passed." in said
    assert "this is the first version for the month" in said
    folder = tmp_path / "industry"
    shutil.copytree(INDUSTRY, folder)
    run = json.loads((INDUSTRY / "run.json").read_text(encoding="utf-8"))
    facts = run["performance_report"] | {
        "failed_checks": [{"name": "adds_up", "rows": 3, "says": ["PP1 does not add up"], "is_lifted": True}],
        "parts": [{"part": "leagues", "is_kept": True, "from": "2026-10/v1", "changed_groups": 2}],
    }
    (folder / "run.json").write_text(json.dumps(run | {"version": 2, "performance_report": facts}))
    (folder / "changes.csv").write_text(
        "file,key,change,column,old,new\nmeasures.csv,measure_id=PP1,changed,value,0.5,0.6\n"
    )
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    fields = [{"name": name, "type": "string"} for name in ("file", "key", "change", "column", "old", "new")]
    package["resources"].append({"path": "changes.csv", "schema": {"fields": fields}})
    (folder / "datapackage.json").write_text(json.dumps(package))
    restated = page_of(composed(folder, graphs), "A ")
    said = " ".join(texts_of(restated))
    assert "adds_up (3): PP1 does not add up" in said
    assert "leagues (2026-10/v1)" in said
    changes = next(block["table"] for block in restated["blocks"] if block["title"] == "Changes")
    assert changes["rows"] == [["measures.csv", "changed", "1"]]


def test_part_a_counts_the_rows_of_each_feed_and_case(report):
    run = json.loads((INDUSTRY / "run.json").read_text(encoding="utf-8"))
    blocks = {block["title"]: block for block in page_of(report, "A ")["blocks"]}
    assert [row[0] for row in blocks["Files and quarantine"]["table"]["rows"]] == sorted(run["feeds"])
    for feed, facts in run["feeds"].items():
        for reason, rows in facts["quarantined_by_reason"].items():
            if rows:
                assert f"{reason.replace('_', ' ')} {rows:,}" in blocks["Files and quarantine"]["note"], feed
    cases = Counter(row["check"] for row in rows_of("reconciliation.csv"))
    assert {row[0]: int(row[2]) for row in blocks["Checks"]["table"]["rows"]} == cases
