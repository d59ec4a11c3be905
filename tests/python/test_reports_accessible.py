"""The PDF reports can be read by who hears them, who sees badly, and who prints them in black and white."""

import pikepdf
import pytest
from accessibility_check import (
    TAG_FAULTS,
    children,
    colours,
    content_faults,
    contrast,
    contrast_faults,
    document_faults,
    elements,
    figure_faults,
    heading_faults,
    mark_colour_faults,
    size_faults,
    standard_faults,
    table_faults,
    text_colour_faults,
)
from reports_drawn import drawn, one_report_a_turn  # noqa: F401


@one_report_a_turn
def test_a_checker_that_is_not_ours_finds_no_fault(drawn, kind):
    assert standard_faults(drawn(kind).pdf) == []


@one_report_a_turn
@pytest.mark.parametrize("faults", TAG_FAULTS)
def test_what_is_heard_has_its_heads_and_words(drawn, kind, faults):
    with pikepdf.open(drawn(kind).pdf) as pdf:
        assert faults(pdf) == []


@one_report_a_turn
def test_no_text_is_small_or_faint(drawn, kind):
    assert size_faults(drawn(kind).pdf) == []
    assert text_colour_faults(drawn(kind).pdf) == []


@one_report_a_turn
def test_no_mark_of_a_graph_is_faint(drawn, kind):
    drawings = drawn(kind).document.drawings
    assert {name: found for name, graph in drawings.items() if (found := mark_colour_faults(graph.svg))} == {}


def test_every_colour_stands_out_from_what_it_is_on():
    assert contrast_faults(colours()) == []


# ---- each of these would be seen ----------------------------------------------------------------------


def first(pdf, tag):
    return next(node for node in elements(pdf) if str(node.S) == tag)


def forget_title(pdf):
    with pdf.open_metadata() as metadata:
        del metadata["dc:title"]


def repeat_a_bookmark(pdf):
    with pdf.open_outline() as outline:
        first_page, second_page = outline.root[0].children[:2]
        second_page.title = first_page.title


def skip_a_level(pdf):
    first(pdf, "/H2").S = pikepdf.Name.H3


def head_twice(pdf):
    first(pdf, "/H2").S = pikepdf.Name.H1


def forget_a_caption(pdf):
    table = first(pdf, "/Table")
    table.K = pikepdf.Array([part for part in children(table) if part.S != "/Caption"])


def unmark_a_head(pdf, part, index=0):
    row = children(first(pdf, part))[0]
    cell = children(row)[index]
    cell.S = pikepdf.Name.TD


def forget_a_cell(pdf):
    row = children(first(pdf, "/TBody"))[0]
    row.K = pikepdf.Array(children(row)[:-1])


def name_a_head(pdf):
    cell = children(children(first(pdf, "/TBody"))[0])[1]
    cell.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Headers=pikepdf.Array([pikepdf.String("U1x1y0")]))


def empty_a_head(pdf):
    children(children(first(pdf, "/TBody"))[0])[0].K = pikepdf.Array()


def say(words):
    def change(pdf):
        first(pdf, "/Figure").Alt = words

    return change


def paint_untagged(pdf):
    pdf.pages[0].contents_add(b"0 0 10 10 re f")


@pytest.mark.parametrize(
    ("break_it", "faults", "told"),
    [
        (lambda pdf: pdf.Root.__delitem__("/Lang"), document_faults, "language"),
        (forget_title, document_faults, "no title"),
        (lambda pdf: pdf.Root.__delitem__("/ViewerPreferences"), document_faults, "not shown"),
        (lambda pdf: pdf.Root.__delitem__("/Outlines"), document_faults, "no bookmarks"),
        (repeat_a_bookmark, document_faults, "2 bookmarks"),
        (skip_a_level, heading_faults, "level 3 follows one of 1"),
        (head_twice, heading_faults, "2 headings"),
        (forget_a_caption, table_faults, "/THead, /TBody"),
        (lambda pdf: unmark_a_head(pdf, "/THead"), table_faults, "not the head of a column"),
        (lambda pdf: unmark_a_head(pdf, "/TBody"), table_faults, "row 1 has no head"),
        (forget_a_cell, table_faults, "wide"),
        (name_a_head, table_faults, "names its heads"),
        (empty_a_head, table_faults, "head of row 1 is empty"),
        (say(""), figure_faults, "silent"),
        (say("Bars of failures, by region."), figure_faults, "what it is"),
        (say("(12) failed."), figure_faults, "begin with a word"),
        (say("Meter Reads failed most"), figure_faults, "does not end"),
        (paint_untagged, content_faults, "outside of every tag"),
    ],
)
def test_a_fault_is_told(drawn, break_it, faults, told):
    with pikepdf.open(drawn("alerts").pdf) as pdf:
        assert faults(pdf) == []
        break_it(pdf)
        assert any(told in fault for fault in faults(pdf))


def test_the_checker_that_is_not_ours_tells_faults(drawn, tmp_path):
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(drawn("alerts").pdf) as pdf:
        del first(pdf, "/Figure").Alt
        paint_untagged(pdf)
        pdf.save(broken)
    told = " ".join(standard_faults(broken))
    assert "PDFUA1-FIGURE-ALTERNATIVE-TEXT-001" in told
    assert "PDFUA1-CONTENT-TAGGING-001" in told


def test_small_and_faint_text_is_told(drawn, tmp_path):
    report = drawn("alerts")
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(report.pdf) as pdf:
        pdf.pages[0].contents_add(b"0.98 0 0 0.98 0 0 cm 0.7 g", prepend=True)
        pdf.save(broken)
    assert any("8.33 pt" in fault for fault in size_faults(broken))
    svg = next(iter(report.document.drawings.values())).svg
    faint = svg.replace(colours()["own"], "#b0b0b0")
    assert mark_colour_faults(svg) == []
    assert "a mark is drawn in #b0b0b0" in mark_colour_faults(faint)


def test_a_colour_for_text_that_is_none_is_told(drawn, monkeypatch):
    assert text_colour_faults(drawn("alerts").pdf) == []
    monkeypatch.setattr("accessibility_check.TEXT", {"ink", "label", "own"})
    assert any("text in (92, 99, 106)" in fault for fault in text_colour_faults(drawn("alerts").pdf))


def test_a_faint_colour_and_one_for_nothing_are_told():
    told = contrast_faults({**colours(), "industry": "#d9822b", "peers": "#aab2ba", "new": "#000000"})
    assert told == [
        "new is for nothing",
        "industry on paper: 2.93",
        "industry on stripe: 2.63",
        "peers on paper: 2.15",
        "peers on stripe: 1.93",
        "industry and peers are one grey",
    ]


def test_contrast_is_reckoned_as_the_guidelines_do():
    assert contrast("#ffffff", "#000000") == contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
