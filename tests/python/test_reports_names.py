"""Names in the PDF reports: whatever they are, they are shown and never run, and stop no month."""

import re

import pikepdf
import pytest
from reports_drawn import (
    DRAWN,
    MADE,
    altered,
    drawn,  # noqa: F401
    joined,
    page_texts,
    without_references,
)

from car.reports.document import Document
from car.reports.pdf import set_pdf
from car.reports.words import _characters, displayable

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
def test_names_are_shown_and_never_run(drawn, tmp_path):
    """As names of business processes: in sentences, tables, graphs, alternatives, headings, bookmarks."""
    kind, (party, role) = "business_process", DRAWN["business_process"]

    def named(rows):
        return [row | {"business_process": name} for name in NAMES for row in rows[:1]]

    folder = altered(
        tmp_path,
        party,
        {
            f"{kind}/{role}/benchmark.csv": lambda rows: named([row for row in rows if row["srv"] == "ALL"]),
            f"{kind}/{role}/round_trip_time.csv": lambda rows: named(
                [row for row in rows if row["srv"] == "ALL"]
            ),
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
    with pikepdf.open(made.pdf) as pdf, pdf.open_outline() as outline:
        bookmarks = [item.title for item in outline.root[0].children]
    assert {displayable(name) for name in NAMES[:10]} <= set(bookmarks)


def test_every_sign_of_the_font_can_be_set_and_the_others_have_a_stand_in(drawn, tmp_path):
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
