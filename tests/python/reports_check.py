"""Finds the numbers that a reader of a report sees, and says which of them stand in no CSV."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2

from car.reports.charts import Drawing
from car.reports.document import Document
from car.reports.pdf import set_pdf
from car.reports.words import displayable

# Names that a report has of its own: messages, and the SRVs that tell the two kinds of an install apart.
FIXED_NAMES = ("Category 1 and 2", "Category 1 or 2", "N16", "N42", "(8.14.1)", "(8.14.2)")
_PERCENT = re.compile(r"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)\s?%")
_AROUND = "().,;:“”\"'…"


@dataclass
class Published:
    """What stands in the CSVs of one report's folder.

    Attributes:
        words: every word of every cell that is shown, and what is between underscores.
        numbers: every cell that is a number.
        shares: every number from 0 to 1 in a column that is not counted, as a percentage with one decimal.
    """

    words: set[str] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    shares: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path) -> "Published":
        found = cls()
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.reader(file):
                    for cell in row:
                        found._add(cell)
        return found

    def _add(self, cell: str) -> None:
        for text in (cell, cell.replace("_", " "), cell.replace(";", " "), displayable(cell)):
            self.words |= {word.strip(_AROUND) for word in text.split()}
        try:
            number = Decimal(cell)
        except InvalidOperation:
            return
        self.numbers.add(number)
        if 0 <= number <= 1 and "." in cell:
            self.shares.add(str((number * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)))

    def strangers(self, text: str) -> list[str]:
        """Give the numbers of a text, and the words with a digit in them, that stand in no cell."""
        for name in FIXED_NAMES:
            text = text.replace(name, " ")
        found = [
            f"{share} %" for share in _PERCENT.findall(text) if share.replace(",", "") not in self.shares
        ]
        for word in _PERCENT.sub(" ", text).split():
            bare = word.strip(_AROUND)
            if any(character.isdigit() for character in bare) and not self._has(bare):
                found.append(bare)
        return found

    def _has(self, word: str) -> bool:
        if word in self.words:
            return True
        if re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d+)?|\d+(\.\d+)?", word):
            return Decimal(word.replace(",", "")) in self.numbers
        return False


def without_graphs(document: Document, target: Path) -> None:
    """Set a report with its graphs left blank, each as large as it was."""
    blank = {
        name: Drawing(
            re.sub(r"(<svg[^>]*>).*", r"\1</svg>", drawing.svg, flags=re.DOTALL),
            drawing.width_pt,
            drawing.height_pt,
        )
        for name, drawing in document.drawings.items()
    }
    set_pdf(Document(document.content, blank), target)


def page_texts(pdf: Path) -> list[str]:
    """Extract the text of each page; hyphens of line ends do not occur."""
    with pypdfium2.PdfDocument(pdf) as opened:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in opened]


def read_texts(document: Document, pdf: Path) -> list[str]:
    """Give the pages of a report without what tells pages apart: references, footers and the contents.

    A page that is referred to must be there; a title in the contents must stand on the page that is told.
    """
    pages = page_texts(pdf)
    titles = {section["title"] for section in document.content["sections"]}
    titles |= {block["title"] for section in document.content["sections"] for block in section["blocks"]}
    titles |= {"What matters this month", "Glossary", "No Events"}
    read = []
    for number, page in enumerate(pages, start=1):
        lines = []
        for line in page.split("\n"):
            if line.strip() == f"{number} / {len(pages)}":
                continue
            entry = re.fullmatch(r"(.+?)\s*(\d+)\s*", line)
            if number in (2, 3) and entry and entry[1] in titles:
                assert entry[1] in pages[int(entry[2]) - 1], f"{entry[1]} is not on the page told"
                line = entry[1]
            lines.append(line)
        text = " ".join(lines)
        for reference in re.findall(r"\(page\s+(\d+)\)", text):
            assert 2 < int(reference) <= len(pages)
        read.append(re.sub(r"\(page\s+\d+\)", " ", text))
    return read


def graph_texts(svg: str) -> list[str]:
    """Give the texts of a graph but the labels of its axes."""
    return list(_texts(ElementTree.fromstring(svg), is_label=False))


def _texts(node: ElementTree.Element, is_label: bool) -> Iterable[str]:
    is_label = is_label or "role-axis-label" in node.get("class", "")
    if node.tag.endswith("text") and not is_label:
        yield "".join(node.itertext())
    for child in node:
        yield from _texts(child, is_label)
