"""Every figure of a PDF report was published: in two steps, from the page to its rows, and on to the CSVs.

A number of a page, of a graph but on its axes, or of an alternative text stands among the rows that this
page shows. A number of those rows is a cell of the recipient's CSVs of the month or of the month before, a
count or a sum of cells over a group, or a ratio that is named in reports_traced.
"""

import re
from dataclasses import replace
from decimal import Decimal

from reports_drawn import (
    DRAWN,
    MADE,
    altered,
    blank_graphs,
    drawn,  # noqa: F401
    joined,
    one_report_a_turn,
    page_texts,
    without_references,
)
from reports_figures import (
    DRAWN_ONLY,
    FIXED_NAMES,
    every_text,
    graph_texts,
    half_up,
    has_digit,
)
from reports_traced import (
    RATIOS,
    SCALE,
    published_for,
    strangers_of_graphs,
    strangers_of_pages,
    strangers_of_rows,
)

from car.reports import charts, definition
from car.reports.definition import common, reports
from car.reports.pdf import set_pdf

# ---- from the page to its rows ------------------------------------------------------------------------


@one_report_a_turn
def test_every_number_outside_graphs_stands_in_a_row_of_its_page(drawn, kind):
    """But the number of the page, and the month, the instant and the version, which are the manifest's."""
    made = drawn(kind)
    edition = made.edition
    assert (made.document.content["recipient"]["month"], edition.month) == ("2026-10", "2026-10")
    assert made.document.content["recipient"]["as_of"] == edition.as_of
    assert strangers_of_pages(made, made.blank) == []


@one_report_a_turn
def test_leaving_the_graphs_blank_hides_no_other_text(drawn, kind):
    made = drawn(kind)
    for whole, outside in zip(page_texts(made.pdf), page_texts(made.blank), strict=True):
        hidden = whole.split()
        for word in outside.split():
            assert word in hidden, word
            hidden.remove(word)
        texts = " ".join(
            text for drawing in made.document.drawings.values() for text in every_text(drawing.svg)
        )
        assert {word for word in hidden if not word.isdigit()} <= set(texts.split())


@one_report_a_turn
def test_a_number_of_a_page_leads_to_that_page(drawn, kind):
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
                    # The first two sheets name subjects that have a page; a page of all may be the second.
                    first = 1 if place.endswith(":") else 2
                    number = next(
                        n for n, text in enumerate(texts, 1) if n > first and begins(text, titled[place])
                    )
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


@one_report_a_turn
def test_every_number_in_a_graph_but_on_its_axes_stands_in_a_row_of_its_block(drawn, kind):
    made = drawn(kind)
    found, seen = strangers_of_graphs(
        made, lambda graph: graph_texts(made.document.drawings[graph["file"]].svg)
    )
    assert found == []
    assert seen


@one_report_a_turn
def test_every_number_in_an_alternative_text_stands_in_a_row_of_its_block(drawn, kind):
    made = drawn(kind)
    found, seen = strangers_of_graphs(made, lambda graph: [graph["alternative"]])
    assert found == []
    assert any(has_digit(text) for text in seen)


# ---- from the rows to the CSVs ------------------------------------------------------------------------


@one_report_a_turn
def test_every_number_of_a_row_was_published_or_is_a_count_or_a_sum_of_what_was(drawn, kind):
    made = drawn(kind)
    assert strangers_of_rows(made, published_for(made)) == []


@one_report_a_turn
def test_every_ratio_is_one_of_two_figures_that_were_published(drawn, kind):
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
            assert (
                " end" in part
                or not {term for row in tables._run(of_terms).fetchall() for term in row if term is not None}
                - published.numbers
            )
            found = tables._run(f"select {column}, {part}, {whole} from query.{query} as here").fetchall()
            scale, step = SCALE.get(column, (1, "0.000001"))
            for ratio, upper, lower in found:
                exact = half_up(Decimal(scale * upper) / Decimal(lower), step) if lower else None
                assert ratio == exact, (query, column)


@one_report_a_turn
def test_a_column_that_is_no_figure_is_not_printed(drawn, kind):
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


def test_a_figure_that_is_written_into_a_sentence_is_found(drawn, tmp_path):
    told = "More than 4711 alerts, 12.3 % of them in 0.07 s, on 31 May 2026 and in May 2026."
    report = with_block(MADE[KIND], lambda block: replace(block, say=told, title="", note=""))
    made = drawn(KIND, report=report)
    found = strangers_of_pages(made, made.blank)
    assert set(found) == {"31 May 2026", "May 2026", "12.3 %", "0.07 s", "4711"}


def test_a_figure_that_is_written_into_an_alternative_is_found(drawn):
    told = "Lowest on the first day with 4711."
    report = with_block(
        MADE[KIND], lambda block: replace(block, graph=replace(block.graph, alternative=told))
    )
    found, _ = strangers_of_graphs(drawn(KIND, report=report), lambda graph: [graph["alternative"]])
    assert set(found) == {"4711"}


def test_a_figure_that_is_written_into_a_template_is_found(drawn, monkeypatch):
    as_it_is = definition.template
    bars = as_it_is("bars")
    assert bars.count('"format": "$format"') == 1
    monkeypatch.setattr(
        charts,
        "template",
        lambda name: (
            bars.replace('"format": "$format"', '"format": "$format", "value": "4711"')
            if name == "bars"
            else as_it_is(name)
        ),
    )
    made = drawn(KIND, report=replace(MADE[KIND]))
    texts = [text for drawing in made.document.drawings.values() for text in graph_texts(drawing.svg)]
    assert "4711" in texts
    found, _ = strangers_of_graphs(made, lambda graph: graph_texts(made.document.drawings[graph["file"]].svg))
    assert set(found) == {"4711"}


def test_what_stands_on_an_axis_is_no_figure(drawn):
    svg = next(iter(drawn(KIND).document.drawings.values())).svg
    written = svg.replace("</svg>", '<g class="mark-text role-mark"><text>4711</text></g></svg>')
    assert "4711" in graph_texts(written)
    assert "4711" not in graph_texts(written.replace("role-mark", "role-axis-label"))


def test_an_altered_cell_of_a_table_is_found(drawn, tmp_path):
    made = drawn(KIND)
    told = without_references(made.document)
    table = next(
        block["table"] for page in told.content["pages"] for block in page["blocks"] if block["table"]
    )
    table["rows"][0][1:3] = ["1,234,567", "99.8\N{NO-BREAK SPACE}%"]
    set_pdf(blank_graphs(told), tmp_path / "told.pdf")
    assert strangers_of_pages(made, tmp_path / "told.pdf", told) == ["99.8 %", "1,234,567"]


def test_an_altered_cell_of_a_csv_is_found(drawn, tmp_path):
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
    yield from (mark["says"] for mark in common().legend.values())
    yield from (*common().dimensions.values(), *common().roles.values())


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
