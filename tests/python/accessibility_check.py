"""Says what keeps people from reading a report: who hear it, who see badly, who print it in black and white.

An outside checker (page-validation: PDF/UA-1 as the veraPDF corpus tests it) says what the standard forbids.
The other functions ask for what a standard cannot: that heads of rows are said, that the words of a graph
begin with its message. Each gives the faults in words.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from ctypes import c_uint
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import page
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from car.theme.tokens import tokens

SMALLEST_PT = 8.5
TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3
# Two marks of one graph, seen without colours.
GREY_CONTRAST = 1.4
# What each colour of the theme is for; every one is named once.
TEXT = {"ink", "label", "faint", "own"}
MARKS = {"own", "industry", "peers", "second", "withheld", "incident", "axis"}
GROUND = {"paper", "stripe"}
DECORATION = {"rule", "grid", "faint_grid", "light"}
SIDE_BY_SIDE = ("own", "industry", "peers")
# Words that say what kind of drawing it is before they say anything of it.
_KINDS = re.compile(
    r"(an? )?(bars?|graph|chart|lines?|dots?|points?|picture|image|figure|strip|calendar|table)\b", re.I
)
_SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
_PAINTS = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"}


# ---- what the standard says ---------------------------------------------------------------------------


def standard_faults(pdf: Path) -> list[str]:
    """Ask the outside checker whether a file is what PDF/UA-1 wants."""
    told = page.validate_pdf(str(pdf), profile="ua1", limits=page.SafetyLimits.unlimited())
    assert told.rules.total > 100
    return [f"{failure.rule_id}: {failure.message}" for failure in told.failures]


# ---- what is heard ------------------------------------------------------------------------------------


def document_faults(pdf: pikepdf.Pdf) -> list[str]:
    """Look for the language, the title, and bookmarks that tell one from another."""
    faults = []
    if str(pdf.Root.get("/Lang", "")) != "en-GB":
        faults.append("the language is not said")
    with pdf.open_metadata() as metadata:
        if not metadata.get("dc:title"):
            faults.append("there is no title")
    if not pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        faults.append("the title is not shown")
    with pdf.open_outline() as outline:
        names = list(_bookmarks(outline.root))
    if not names:
        faults.append("there are no bookmarks")
    faults += [
        f"{number} bookmarks are called {name}" for name, number in Counter(names).items() if number > 1
    ]
    return faults + [
        f"a bookmark has no name on place {place}" for place, name in enumerate(names) if not name.strip()
    ]


def heading_faults(pdf: pikepdf.Pdf) -> list[str]:
    """Look for one first heading, and levels that follow on each other."""
    levels = [int(str(node.S)[2:]) for node in elements(pdf) if re.fullmatch(r"/H\d", str(node.S))]
    faults = [] if levels[:1] == [1] else ["the first heading is not of the first level"]
    if levels.count(1) != 1:
        faults.append(f"{levels.count(1)} headings are of the first level")
    deeper = pairwise(levels)
    return faults + [
        f"a heading of level {after} follows one of {before}"
        for before, after in deeper
        if after > before + 1
    ]


def table_faults(pdf: pikepdf.Pdf) -> list[str]:
    """Look for a caption, heads of columns and heads of rows, none of them empty, and rows of one width."""
    found = [node for node in elements(pdf) if node.S == "/Table"]
    return [
        f"table {place}: {fault}" for place, table in enumerate(found, start=1) for fault in _of_table(table)
    ]


def _of_table(table: pikepdf.Dictionary) -> Iterator[str]:
    parts = children(table)
    if [str(part.S) for part in parts] != ["/Caption", "/THead", "/TBody"]:
        yield f"it is made of {', '.join(str(part.S) for part in parts)}"
        return
    head, rows = children(parts[1]), children(parts[2])
    for cell in (cell for row in head for cell in children(row)):
        if cell.S != "/TH" or _attribute(cell, "/Scope") != "/Column":
            yield "a cell of its head is not the head of a column"
        elif _is_empty(cell):
            yield "the head of a column is empty"
    # A cell that spans rows takes its place in those below it, too.
    widths = [sum(_attribute(cell, "/ColSpan") or 1 for cell in children(row)) for row in rows]
    for place, row in enumerate(rows):
        for cell in children(row):
            for below in range(place + 1, min(place + int(_attribute(cell, "/RowSpan") or 1), len(rows))):
                widths[below] += int(_attribute(cell, "/ColSpan") or 1)
    if set(widths) - {sum(len(children(row)) for row in head)}:
        yield f"its rows are {sorted(set(widths))} wide"
    for place, row in enumerate(rows, start=1):
        first, *others = children(row)
        if first.S != "/TH" or _attribute(first, "/Scope") != "/Row":
            yield f"row {place} has no head"
        elif _is_empty(first):
            yield f"the head of row {place} is empty"
        if any(cell.S != "/TD" for cell in others):
            yield f"row {place} has a second head"
        # A cell that names a head has that one alone; one that names none has those that the scopes give it.
        if any(_attribute(cell, "/Headers") is not None for cell in others):
            yield f"row {place} has a cell that names its heads"


def figure_faults(pdf: pikepdf.Pdf) -> list[str]:
    """Look for words in the place of each graph, which begin with what it says and not with what it is."""
    told = [str(node.get("/Alt", "")) for node in elements(pdf) if node.S == "/Figure"]
    faults = [f"graph {place} is silent" for place, text in enumerate(told, start=1) if not text]
    for text in filter(None, told):
        if not re.match(r"[^\W_]", text):
            faults.append(f"it does not begin with a word: {text[:60]}")
        if _KINDS.match(text):
            faults.append(f"it begins with what it is: {text[:60]}")
        if not text.rstrip().endswith("."):
            faults.append(f"it does not end: {text[-60:]}")
    return faults


def content_faults(pdf: pikepdf.Pdf) -> list[str]:
    """Look for something shown that is neither tagged nor said to be an ornament."""
    faults = []
    for number, sheet in enumerate(pdf.pages, start=1):
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(sheet):
            name = str(operator)
            if name in ("BDC", "BMC"):
                depth += 1
            elif name == "EMC":
                depth -= 1
            elif name in _SHOWS_TEXT | _PAINTS and depth == 0:
                faults.append(f"page {number}: {name} {operands[:1]} is outside of every tag")
    return faults


TAG_FAULTS = (document_faults, heading_faults, table_faults, figure_faults, content_faults)


# ---- what is seen -------------------------------------------------------------------------------------


def size_faults(pdf: Path) -> list[str]:
    """Look for text that is smaller than people with weak eyes can read, in graphs, too."""
    return [
        f"page {number}: {character!r} has {size:.2f} pt"
        for number, (character, size, _) in characters(pdf)
        if size < SMALLEST_PT - 0.005
    ]


def text_colour_faults(pdf: Path) -> list[str]:
    """Look for text in a colour that is not one for texts; a hatch is made of strokes that are no text."""
    known = {_rgb(colours()[name]) for name in TEXT}
    found = {(number, colour) for number, (sign, _, colour) in characters(pdf) if sign.isalnum()}
    return [f"page {number}: text in {colour}" for number, colour in sorted(found) if colour not in known]


def contrast_faults(colour: dict[str, str]) -> list[str]:
    """Reckon each colour of the theme against what it stands on, and marks against each other in greys."""
    faults = [f"{name} is for nothing" for name in sorted(set(colour) - TEXT - MARKS - GROUND - DECORATION)]
    for names, least in ((TEXT, TEXT_CONTRAST), (MARKS, MARK_CONTRAST)):
        for name in sorted(names):
            for ground in sorted(GROUND):
                found = contrast(colour[name], colour[ground])
                if found < least:
                    faults.append(f"{name} on {ground}: {found:.2f}")
    for one, other in combinations(SIDE_BY_SIDE, 2):
        if contrast(colour[one], colour[other]) < GREY_CONTRAST:
            faults.append(f"{one} and {other} are one grey")
    return faults


def mark_colour_faults(svg: str) -> list[str]:
    """Look for a mark of a graph whose every colour is too faint, or none of the theme's."""
    meaning = {colours()[name] for name in MARKS | TEXT}
    ornaments = {colours()[name] for name in GROUND}
    faults = set()
    for mark in _marks(ElementTree.fromstring(svg), is_mark=False):
        used = {mark.get(part, "none") for part in ("fill", "stroke")} - {"none", "transparent"}
        if used and not used & meaning and not used <= ornaments and mark.get("stroke-width") != "0":
            faults.add(f"a mark is drawn in {', '.join(sorted(used))}")
    return sorted(faults)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours as WCAG 2 reckons it."""
    lower, higher = sorted((_luminance(one), _luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


def colours() -> dict[str, str]:
    """Give the colours of the theme by name."""
    return tokens()["colour"]


def characters(pdf: Path) -> Iterator[tuple[int, tuple[str, float, tuple[int, int, int]]]]:
    """Give each visible character with its page: what it is, its size in points as it stands, its colour."""
    with pypdfium2.PdfDocument(pdf) as opened:
        for number, sheet in enumerate(opened, start=1):
            text = sheet.get_textpage()
            matrix = pdfium.FS_MATRIX()
            parts = [c_uint() for _ in range(4)]
            for place in range(text.count_chars()):
                character = chr(pdfium.FPDFText_GetUnicode(text, place))
                if character.isspace() or not character.isprintable():
                    continue
                pdfium.FPDFText_GetMatrix(text, place, matrix)
                pdfium.FPDFText_GetFillColor(text, place, *parts)
                size = pdfium.FPDFText_GetFontSize(text, place) * math.hypot(matrix.c, matrix.d)
                yield number, (character, size, tuple(part.value for part in parts[:3]))


# ---- the structure tree -------------------------------------------------------------------------------


def elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Give every element of the structure tree, in the order in which it is read."""
    waiting = children(pdf.Root.StructTreeRoot)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += children(node)[::-1]


def children(node: pikepdf.Dictionary) -> list[pikepdf.Dictionary]:
    """Give the elements that an element is made of, without what they show."""
    return [kid for kid in _kids(node) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def _kids(node: pikepdf.Dictionary) -> list:
    kids = node.get("/K", pikepdf.Array())
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _is_empty(node: pikepdf.Dictionary) -> bool:
    return not _kids(node)


def _attribute(node: pikepdf.Dictionary, name: str):
    given = node.get("/A", pikepdf.Array())
    for attributes in given if isinstance(given, pikepdf.Array) else [given]:
        if isinstance(attributes, pikepdf.Dictionary) and name in attributes:
            return attributes[name]
    return None


def _bookmarks(items) -> Iterator[str]:
    for item in items:
        yield item.title
        yield from _bookmarks(item.children)


def _marks(node: ElementTree.Element, is_mark: bool) -> Iterator[ElementTree.Element]:
    is_mark = is_mark or "role-mark" in node.get("class", "")
    if is_mark and node.tag.rpartition("}")[2] in ("path", "line", "rect", "circle", "text"):
        yield node
    for child in node:
        yield from _marks(child, is_mark)


def _rgb(colour: str) -> tuple[int, int, int]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
