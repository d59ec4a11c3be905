"""Every figure of a PDF report was published: in two steps, from the page to its rows, and on to the CSVs.

A number of a page, of a graph but on its axes, or of an alternative text stands among the rows that this page
shows. A number of those rows is a cell of the recipient's CSVs of the month or of the month before, a count or
a sum of cells over a group, or a ratio that is named here.
"""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from reports_drawn import (
    DRAWN,
    MADE,
    altered,
    blank_graphs,
    drawn,  # noqa: F401
    every_report,
    joined,
    page_texts,
    titles,
    without_references,
)
from reports_figures import DRAWN_ONLY, FIXED_NAMES, Published, every_text, graph_texts, half_up, has_digit, shown_by_block, together

from car.reports import charts, definition
from car.reports.definition import common, reports
from car.reports.document import Document
from car.reports.pdf import set_pdf
from car.reports.tables import _tables_of

_DECIDED_BEFORE = (
    "(select sum(met_count) from before.credentials_handover)"
    " + (select sum(failed_count) from before.credentials_handover)"
)
# Each ratio that is no cell: what it is of, as SQL over the query's own rows, or over CSVs. Each term of a sum
# or of a difference was published; a difference from a whole is what the others have.
RATIOS = {
    ("business_process", "verdict", "failed_share"): ("failure_count", "volume"),
    ("business_process", "verdict", "before_failed_share"): (
        "(select sum(failure_count) from before.failures)",
        "(select sum(own_volume) from before.benchmark where srv = 'ALL')",
    ),
    ("business_process", "reasons", "share_of_failures"): (
        "failure_count",
        "sum(failure_count) over (partition by key)",
    ),
    ("business_process", "gain_totals", "read_share"): ("read_count", "gain_count"),
    ("business_process", "gain_totals", "before_share"): (
        "(select sum(read_before_gain) from before.change_of_supplier)",
        "(select sum(gains) from before.change_of_supplier)",
    ),
    ("alerts", "undelivered_by", "own_rate"): ("own_volume - undelivered_count", "own_volume"),
    ("alerts", "reasons", "share_of_undelivered"): (
        "undelivered_count",
        "sum(undelivered_count) over (partition by key)",
    ),
    ("inventory", "verdict", "ending_share"): ("ending_count", "device_count"),
    ("inventory", "type_pages", "ending_share"): ("ending_count", "device_count"),
    ("network_operator", "handover_totals", "own_rate"): ("met_count", "met_count + failed_count"),
    ("network_operator", "handover_totals", "before_rate"): ("before_met_count", _DECIDED_BEFORE),
    ("network_operator", "headlines", "own_rate"): ("own_count", "of_count"),
    ("network_operator", "headlines", "before_rate"): (
        "case when before_rate is not null then before_count end",
        f"case when before_rate is not null then {_DECIDED_BEFORE} end",
    ),
    **{
        ("network_operator", query, column): ratio
        for query in ("suppliers", "supplier_pages")
        for column, ratio in {
            "own_rate": ("met_count", "met_count + failed_count"),
            "before_rate": (
                "(select sum(met_count) from before.credentials_handover as b"
                " where b.energy_supplier_id = here.energy_supplier_id)",
                "before_decided_count",
            ),
            "others_rate": (
                "(select sum(met_count) from credentials_handover) - met_count",
                "others_decided_count",
            ),
        }.items()
    },
    ("network_operator", "supplier_beside", "own_rate"): ("met_count", "met_count + failed_count"),
    ("network_operator", "n13_models", "alert_share"): ("alert_count", "total_count"),
    ("network_operator", "n55_models", "alert_share"): ("alert_count", "total_count"),
    ("network_operator", "n13_models", "alerts_per_hundred"): ("alert_count", "device_count"),
    ("network_operator", "n55_models", "alerts_per_hundred"): ("alert_count", "device_count"),
}
_SCALE = {"alerts_per_hundred": (100, "1")}


# ---- from the page to its rows ------------------------------------------------------------------------


def on_pages(made, pdf, document=None):
    """Each page of a PDF with the blocks that stand on it, without the lines that all pages have.

    made: of whose rows the PDF is; pdf: without graphs and numbers of pages, of the document.
    """
    document = document or made.document
    texts = [joined(text.replace("\N{NO-BREAK SPACE}", " ")) for text in page_texts(pdf)]
    recipient = document.content["recipient"]
    who = f"{recipient['party_id']} · {recipient['role_name']} ({recipient['role']}) · {recipient['month_name']}"
    edition = f"data as of {recipient['as_of'][:10]} · version {recipient['version']}"
    for number, text in enumerate(texts, start=1):
        footer = f"{edition} {number} / {len(texts)}"
        assert text.endswith(footer) and who in text
        texts[number - 1] = text.removesuffix(footer).replace(who, " ").replace(edition, " ")
    starts = [0]
    for title in titles(document)[1:]:
        starts.append(
            next(number for number, text in enumerate(texts) if number > starts[-1] and title in text)
        )
    blocks = [[]]
    for page in document.content["pages"]:
        if blocks[-1] and not page["is_continued"]:
            blocks.append([])
        place, _, key = page["place"].partition(":")
        blocks[-1] += [(place, key, block.block) for block in page_of(made.definition, place).blocks]
    found = []
    for number, text in enumerate(texts):
        part = max(place for place, start in enumerate(starts) if start <= number)
        found.append((text, blocks[part] if part < len(blocks) else None))
    return found


def page_of(report, name):
    return next(page for page in report.pages if page.page == name)


def strangers_of_pages(made, pdf, document=None):
    """The numbers on the pages of a PDF that the rows of its page have not."""
    shown = shown_by_block(made)
    found = []
    for text, places in on_pages(made, pdf, document):
        if places is None:  # the glossary
            found += glossary_of(document or made.document).strangers(text)
        else:
            whole = together(shown[place] for place in places)
            for file in files_at(document or made.document, places):
                whole.add_value(file)
            found += whole.strangers(text)
    return found


def files_at(document, places):
    """The files that the foot of a page names."""
    here = {f"{place}:{key}" for place, key, _ in places}
    return [file for page in document.content["pages"] if page["place"] in here for file in page["goes_on_in"]]


def glossary_of(document):
    """Codes and their names, as the code lists have them."""
    shown = together(())
    for code, name in document.content["glossary"]["codes"]:
        shown.add_value(code)
        shown.add_value(name)
    return shown


@every_report
def test_every_number_outside_graphs_stands_in_a_row_of_its_page(drawn, kind):  # noqa: F811
    """But the number of the page, and the month, the instant and the version, which are the manifest's."""
    made = drawn(kind)
    edition = made.edition
    assert (made.document.content["recipient"]["month"], edition.month) == ("2026-10", "2026-10")
    assert made.document.content["recipient"]["as_of"] == edition.as_of
    assert strangers_of_pages(made, made.blank) == []


@every_report
def test_leaving_the_graphs_blank_hides_no_other_text(drawn, kind):  # noqa: F811
    made = drawn(kind)
    for whole, outside in zip(page_texts(made.pdf), page_texts(made.blank), strict=True):
        hidden = whole.split()
        for word in outside.split():
            assert word in hidden, word
            hidden.remove(word)
        texts = " ".join(text for drawing in made.document.drawings.values() for text in every_text(drawing.svg))
        assert {word for word in hidden if not word.isdigit()} <= set(texts.split())


@every_report
def test_a_number_of_a_page_leads_to_that_page(drawn, kind):  # noqa: F811
    made = drawn(kind)
    texts = page_texts(made.pdf)
    named = 0
    for page in made.document.content["pages"]:
        for table in (block["table"] for block in page["blocks"] if block["table"]):
            kinds = [kind for kind in table["kinds"] if kind != "strip"]
            for row in table["rows"]:
                for place in (cell for kind, cell in zip(kinds, row, strict=True) if kind == "page" and cell):
                    titled = {one["place"]: one["title"] for one in made.document.content["pages"]}
                    assert place in titled, f"{place} is no page of the report"
                    number = next(n for n, text in enumerate(texts, 1) if n > 2 and begins(text, titled[place]))
                    here = next(text for text in texts if joined(page["title"]) in joined(text))
                    assert re.search(rf"(?<!\d){number}(?!\d)", here)
                    named += 1
    has_references = any(
        column.shown_as == "page"
        for page in made.definition.pages
        for block in page.blocks
        if block.table
        for column in block.table.columns
    )
    assert named or not has_references


def begins(text, title):
    """Whether a page begins with a heading, after the two columns of its head."""
    return joined(title) in joined(" ".join(text.split("\n")[:4]))


@every_report
def test_every_number_in_a_graph_but_on_its_axes_stands_in_a_row_of_its_block(drawn, kind):  # noqa: F811
    made = drawn(kind)
    found, seen = strangers_of_graphs(made, lambda graph: graph_texts(made.document.drawings[graph["file"]].svg))
    assert found == []
    assert seen


@every_report
def test_every_number_in_an_alternative_text_stands_in_a_row_of_its_block(drawn, kind):  # noqa: F811
    made = drawn(kind)
    found, seen = strangers_of_graphs(made, lambda graph: [graph["alternative"]])
    assert found == []
    assert any(has_digit(text) for text in seen)


def strangers_of_graphs(made, texts_of):
    """The strange numbers of some texts of each graph, and those texts."""
    shown, seen, found = shown_by_block(made), [], []
    for page in made.document.content["pages"]:
        place, _, key = page["place"].partition(":")
        of_page = together(
            shown[place, key, block.block] for block in page_of(made.definition, place).blocks
        )
        for block in page["blocks"]:
            for graph in (block["graph"], *(block["table"]["strips"] if block["table"] else ())):
                if graph:
                    texts = texts_of(graph)
                    seen += texts
                    found += [word for text in texts for word in of_page.strangers(text, in_graph=True)]
    return found, seen


# ---- from the rows to the CSVs ------------------------------------------------------------------------


def published_for(made):
    """What the recipient got that a report may read: its folder, and what its queries name of other areas."""
    areas = {made.kind} | {
        schema
        for name, sql in made.definition.queries.items()
        for schema, _ in _tables_of(name, sql)
        if schema not in ("", "release", "before", "reference")
    }
    folders = [made.folder, made.before] if made.before else [made.folder]
    return Published.of(folders, tuple(f"{area}/{made.role}" for area in sorted(areas)))


def strangers_of_rows(made, published):
    """The values of rows that a report shows, and nobody published: query, column and value."""
    report = made.definition
    ratios = {}
    for of, query, column in RATIOS:
        if of == made.kind:
            ratios.setdefault(query, set()).add(column)
    queries = {
        (page.page, block.block, name): query
        for page in report.pages
        for block in page.blocks
        for name, query in block.rows.items()
    }
    shown = [(queries[page, block, name], rows) for (page, _, block, name), rows in made.document.shown.items()]
    shown += [(page_of(report, page).each, [row]) for (page, _), row in made.these.items()]
    return [
        (query, *stranger)
        for query, rows in shown
        for stranger in published.strangers(rows, left_out=ratios.get(query, ()))
    ]


@every_report
def test_every_number_of_a_row_was_published_or_is_a_count_or_a_sum_of_what_was(drawn, kind):  # noqa: F811
    made = drawn(kind)
    assert strangers_of_rows(made, published_for(made)) == []


@every_report
def test_every_ratio_is_one_of_two_figures_that_were_published(drawn, kind):  # noqa: F811
    made = drawn(kind)
    published = published_for(made)
    named = [(query, column) for of, query, column in RATIOS if of == kind]
    assert named
    with made.tables() as tables:
        for query, column in named:
            part, whole = RATIOS[kind, query, column]
            tables.rows(query)
            for schema, table in re.findall(r"from (?:(before)\.)?(\w+)", part + whole):
                tables._load(schema or kind, table)
            terms = [term for side in (part, whole) for term in re.split(r" [+-] ", side)]
            of_terms = f"select {', '.join(terms)} from query.{query} as here"
            assert " end" in part or not {
                term for row in tables._run(of_terms).fetchall() for term in row if term is not None
            } - published.numbers
            found = tables._run(f"select {column}, {part}, {whole} from query.{query} as here").fetchall()
            scale, step = _SCALE.get(column, (1, "0.000001"))
            for ratio, upper, lower in found:
                exact = half_up(Decimal(scale * upper) / Decimal(lower), step) if lower else None
                assert ratio == exact, (query, column)


@every_report
def test_a_column_that_is_no_figure_is_not_printed(drawn, kind):  # noqa: F811
    """Of these no number is looked up: they place marks and order rows."""
    for page in MADE[kind].pages:
        for block in page.blocks:
            columns = block.table.columns if block.table else ()
            assert not {column.name for column in columns} & DRAWN_ONLY
            said = [block.title, block.say, block.otherwise, block.note, page.title]
            said += [block.table.caption, block.table.more] if block.table else []
            said += [block.graph.alternative] if block.graph else []
            said += [column.alternative for column in columns]
            printed = re.findall(r"\.(\w+)\s*(?:\||}})", " ".join(said))
            assert not set(printed) & DRAWN_ONLY


# ---- each step notices --------------------------------------------------------------------------------

KIND = "business_process"


def with_block(report, change):
    """The report with another first block that shows a graph."""
    pages = list(report.pages)
    for place, page in enumerate(pages):
        for block in page.blocks:
            if block.graph is not None:
                blocks = tuple(change(one) if one is block else one for one in page.blocks)
                pages[place] = replace(page, blocks=blocks)
                return replace(report, pages=tuple(pages))
    raise AssertionError("no block has a graph")


def test_a_figure_that_is_written_into_a_sentence_is_found(drawn, tmp_path):  # noqa: F811
    told = "More than 4711 alerts, 12.3 % of them in 0.07 s, on 31 May 2026 and in May 2026."
    report = with_block(MADE[KIND], lambda block: replace(block, say=told, title="", note=""))
    made = drawn(KIND, report=report)
    found = strangers_of_pages(made, made.blank)
    assert set(found) == {"31 May 2026", "May 2026", "12.3 %", "0.07 s", "4711"}


def test_a_figure_that_is_written_into_an_alternative_is_found(drawn):  # noqa: F811
    told = "Lowest on the first day with 4711."
    report = with_block(
        MADE[KIND], lambda block: replace(block, graph=replace(block.graph, alternative=told))
    )
    found, _ = strangers_of_graphs(drawn(KIND, report=report), lambda graph: [graph["alternative"]])
    assert set(found) == {"4711"}


def test_a_figure_that_is_written_into_a_template_is_found(drawn, monkeypatch):  # noqa: F811
    as_it_is = definition.template
    bars = as_it_is("bars")
    assert bars.count('"format": "$format"') == 1
    monkeypatch.setattr(
        charts,
        "template",
        lambda name: bars.replace('"format": "$format"', '"format": "$format", "value": "4711"')
        if name == "bars"
        else as_it_is(name),
    )
    made = drawn(KIND, report=replace(MADE[KIND]))
    texts = [text for drawing in made.document.drawings.values() for text in graph_texts(drawing.svg)]
    assert "4711" in texts
    found, _ = strangers_of_graphs(made, lambda graph: graph_texts(made.document.drawings[graph["file"]].svg))
    assert set(found) == {"4711"}


def test_what_stands_on_an_axis_is_no_figure(drawn):  # noqa: F811
    svg = next(iter(drawn(KIND).document.drawings.values())).svg
    written = svg.replace("</svg>", '<g class="mark-text role-mark"><text>4711</text></g></svg>')
    assert "4711" in graph_texts(written)
    assert "4711" not in graph_texts(written.replace("role-mark", "role-axis-label"))


def test_an_altered_cell_of_a_table_is_found(drawn, tmp_path):  # noqa: F811
    made = drawn(KIND)
    told = without_references(made.document)
    table = next(
        block["table"] for page in told.content["pages"] for block in page["blocks"] if block["table"]
    )
    table["rows"][0][1:3] = ["1,234,567", "99.8\N{NO-BREAK SPACE}%"]
    set_pdf(blank_graphs(told), tmp_path / "told.pdf")
    assert strangers_of_pages(made, tmp_path / "told.pdf", told) == ["99.8 %", "1,234,567"]


def test_an_altered_cell_of_a_csv_is_found(drawn, tmp_path):  # noqa: F811
    """What is drawn from other CSVs is not what was published."""
    party, role = DRAWN[KIND]

    def other(rows):
        return [{**rows[0], "own_volume": "7654321", "own_success_rate": "0.123457"}, *rows[1:]]

    folder = altered(tmp_path, party, {f"{KIND}/{role}/benchmark.csv": other})
    found = strangers_of_rows(drawn(KIND, folder), published_for(drawn(KIND)))
    values = {Decimal(value) for _, _, value in found}
    assert {Decimal("7654321"), Decimal("0.123457")} <= values
    # What is over, a sum that it is in.
    assert all(value > 7654321 for value in values - {Decimal("7654321"), Decimal("0.123457")})


# ---- sentences ----------------------------------------------------------------------------------------


def sentences():
    """Every text that the lists write of their own, without what they fill in."""
    for report in reports():
        yield from (report.title, report.about, report.question, report.glossary_title)
        for page in report.pages:
            yield page.title
            for block in page.blocks:
                yield from (block.title, block.say, block.otherwise, block.note)
                if block.graph is not None:
                    yield block.graph.alternative
                    yield from texts_in(block.graph.words)
                if block.table is not None:
                    yield from (block.table.caption, block.table.more)
                    for column in block.table.columns:
                        yield from (column.title, column.alternative)
    for words in common().findings.values():
        yield from words.values()
    for entry in common().glossary:
        yield from (entry["term"], entry["means"])
    yield from (*common().legend.values(), *common().dimensions.values(), *common().roles.values())


def texts_in(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts_in(value)


def own_words(sentence):
    for name in FIXED_NAMES:
        sentence = sentence.replace(name, " ")
    return re.sub(r"{{.*?}}|{%.*?%}", " ", sentence, flags=re.DOTALL)


def test_no_sentence_has_a_digit_of_its_own():
    """A small number would be found in some row by chance."""
    assert [sentence for sentence in sentences() if has_digit(own_words(sentence))] == []
    assert has_digit(own_words("{{ count }} Devices of 12"))


def test_no_expression_of_a_sentence_prints_a_number_of_its_own():
    """Numbers in an expression choose rows and compare; none is what is printed."""
    for sentence in sentences():
        for printed in re.findall(r"{{(.*?)}}", sentence, flags=re.DOTALL):
            texts = re.findall(r"'([^']*)'", printed)
            assert not any(has_digit(text) for text in texts), printed
            bare = re.sub(r"'[^']*'", "", printed)
            assert not re.match(r"\s*\d", bare), printed


def test_a_document_without_rows_has_no_number_to_find():
    assert together(()).strangers("7 of 12 in 3.5 s, 10 %") != []
    assert isinstance(Document({}), Document)
