"""Finds the numbers that a reader of a report sees, and says which of them nobody published.

A number of a page is looked up among the rows that the page shows (`Shown`), and a number of those rows among
the recipient's CSVs (`Published`): a cell, or a count or a sum of cells over a group.
"""

import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from xml.etree import ElementTree

from car.reports.words import count, displayable, percent, plain, seconds

# Names that have a digit: SRVs of installs, kinds of incidents, messages, and what a percentile is.
FIXED_NAMES = (
    "Category 1 or 2",
    "Category 1 and 2",
    "(8.14.1)",
    "(8.14.2)",
    "N16",
    "N42",
    "SMETS1",
    "SMETS2",
    "S1SP",
    "MP122A",
    "99th percentile",
    "99 of 100",
    "p99",
    # Alerts that checks are named after.
    "8F35",
    "8F36",
    "AD1",
    "N13",
    "N55",
)
# Columns that templates draw, or that order rows, and no text prints.
DRAWN_ONLY = {"deviation", "excess_share", "line", "place", "position"}
_MONTHS = "January February March April May June July August September October November December".split()
_AROUND = "().,;:“”\"'/"
_NUMBER = r"(?<![\w.,])\d[\d,]*(?:\.\d+)?"
_PERCENT = re.compile(rf"({_NUMBER})\s?%")
_SECONDS = re.compile(rf"({_NUMBER})\s?s\b")
_DAY = re.compile(rf"(?<!\d)(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b")
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)}) \d{{4}}\b")
_OTHERS = re.compile(r"(?<![\w.,])(\d+) others\b")
_MOST_DIMENSIONS = 3


def has_digit(text):
    return any(character.isdigit() for character in text)


def bare_words(text):
    """The words with a digit, without the punctuation around them."""
    return {word.strip(_AROUND) for word in text.replace(":", " ").split() if has_digit(word)}


def plain_spaces(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def half_up(number, step):
    return number.quantize(Decimal(step), ROUND_HALF_UP)


@dataclass
class Shown:
    """All that rows may be seen as.

    Attributes:
        words: with a digit, of texts.
        said: numbers as words.py writes them.
        in_graphs: numbers as templates write them.
        days: dates; months: of a date's month.
        counts: how many rows, and how many of those of which something holds.
    """

    words: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    in_graphs: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    months: set[str] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)

    def add(self, rows, at_most=None):
        """Add the rows of a dataset, of which a table prints so many."""
        for row in rows:
            for column, value in row.items():
                if column not in DRAWN_ONLY:
                    self.add_value(value)
        self.counts |= counts_of(rows)
        if at_most is not None and len(rows) > at_most:
            self.counts.add(len(rows) - at_most)

    def add_value(self, value):
        if isinstance(value, str):
            for text in (value, value.replace("_", " "), value.replace(";", " "), displayable(value)):
                self.words |= bare_words(text)
        elif isinstance(value, date):
            self.days.add(value)
            self.months.add(f"{value:%B %Y}")
        elif isinstance(value, bool):
            pass
        elif isinstance(value, int):
            self.said |= {count(value).strip("-")}
            self.in_graphs |= {count(value).strip("-")}
        elif isinstance(value, Decimal):
            value = abs(value)
            self.said |= {plain_spaces(made(value)) for made in (percent, seconds)} | {plain(value)}
            self.in_graphs |= {f"{half_up(value, step):,}" for step in ("1", "0.1")}
            self.in_graphs |= {f"{half_up(Decimal(float(value) * 100), step)} %" for step in ("1", "0.1")}

    def add_recipient(self, row):
        for name, value in row.items():
            if name != "as_of":
                self.add_value(value)
        self.months |= {row["month_name"], row["before_name"]} - {None}
        self.counts |= {row["version"] - 1} if row["version"] else set()

    def strangers(self, text, in_graph=False):
        """The numbers of a text, and its words with a digit, that none of the rows has."""
        text = plain_spaces(text)
        for name in FIXED_NAMES:
            text = text.replace(name, " ")
        known = self.said | {f"{number:,}" for number in self.counts} | (self.in_graphs if in_graph else set())
        found = []

        def taken(pattern, shown, is_known):
            nonlocal text
            found.extend(match[0] for match in pattern.finditer(text) if not is_known(match))
            text = pattern.sub(" ", text)

        taken(_DAY, "", lambda match: self._is_day(match))
        taken(_MONTH, "", lambda match: match[0] in self.months)
        taken(_OTHERS, "", lambda match: {int(match[1]) + 2, int(match[1]) + 11} & self.counts)
        taken(_PERCENT, "", lambda match: f"{match[1]} %" in known)
        taken(_SECONDS, "", lambda match: f"{match[1]} s" in known)
        for word in text.split():
            bare = word.strip(_AROUND)
            if has_digit(bare) and not self._has(bare.lstrip("-−"), known):
                found.append(bare)
        return found

    def _is_day(self, match):
        return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1])) in self.days

    def _has(self, word, known):
        if word in known or word in self.words or word in {str(value) for value in self.days}:
            return True
        cut = word.rstrip("…")
        return cut != word and any(other.startswith(cut) for other in self.words)


def counts_of(rows):
    """How many rows there are: of which a column, or two of them, hold something; of each group by texts.

    And how many different texts or days a group has.
    """
    columns = list(rows[0]) if rows else []
    every = range(len(rows))
    holding = [frozenset(place for place in every if rows[place][column]) for column in columns]
    known = [frozenset(place for place in every if rows[place][column] is not None) for column in columns]
    sets = {frozenset(every), *holding, *known}
    found = {len(one & other) for one, other in itertools.combinations_with_replacement(sets, 2)}
    named = [column for column in columns if any(isinstance(row[column], str | date) for row in rows)]
    for chosen in itertools.chain([()], itertools.combinations(named, 1), itertools.combinations(named, 2)):
        for column in named:
            different = {(*(row[name] for name in chosen), row[column]) for row in rows}
            found |= set(Counter(group[:-1] for group in different).values())
    return found


# ---- what a document says ------------------------------------------------------------------------------


def shown_by_block(made):
    """What the rows of each block may be seen as: by page, key and block."""
    document, report = made.document, made.definition
    recipient = document.content["recipient"]
    found = {}
    for page in report.pages:
        keys = [key for name, key in made.these if name == page.page] if page.each else [""]
        for key in keys:
            for block in page.blocks:
                shown = Shown()
                shown.add_recipient(recipient)
                if page.each:
                    shown.add([made.these[page.page, key]])
                for name in block.rows:
                    rows = document.shown.get((page.page, key, block.block, name), [])
                    is_table = block.table is not None and block.table.rows == name
                    shown.add(rows, block.table.at_most if is_table else None)
                found[page.page, key, block.block] = shown
    return found


def together(several):
    """What is shown by several blocks, e.g. those of a page."""
    whole = Shown()
    for one in several:
        for name in vars(whole):
            getattr(whole, name).update(getattr(one, name))
    return whole


def graph_texts(svg):
    """The texts of a graph but the labels of its axes."""
    return list(_texts(ElementTree.fromstring(svg), is_label=False))


def every_text(svg):
    """All texts of a graph."""
    return [" ".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def _texts(node: ElementTree.Element, is_label: bool) -> Iterable[str]:
    is_label = is_label or "role-axis-label" in node.get("class", "")
    if node.tag.endswith("text") and not is_label:
        yield " ".join(node.itertext())
    for child in node:
        yield from _texts(child, is_label)


# ---- what was published --------------------------------------------------------------------------------


@dataclass
class Published:
    """The recipient's CSVs of this month and the month before.

    Attributes:
        words: with a digit, of all cells.
        numbers: cells, counts of rows and of different cells, and sums of whole numbers, over groups by up to
            three columns.
        days: cells that are dates.
        months: the two, as people write them.
    """

    words: set[str] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    months: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folders, areas):
        """Read folders of a recipient; areas: of which counts and sums count, e.g. `alerts/IS`."""
        found = cls()
        for folder in folders:
            package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
            for resource in package["resources"]:
                path = resource["path"]
                if path.endswith(".csv") and (folder / path).is_file():
                    text = (folder / path).read_text(encoding="utf-8")
                    types = tuple((item["name"], item["type"]) for item in resource["schema"]["fields"])
                    is_counted = path.startswith(areas)
                    words, numbers, days = _read(text, types, is_counted)
                    found.words |= words
                    found.numbers |= numbers
                    found.days |= days
            month = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["reporting_month"]
            found.months.add(f"{_MONTHS[int(month[5:]) - 1]} {month[:4]}")
            for area in areas:
                found.numbers |= _sums_of_folders(folder, area)
        return found

    def strangers(self, rows, left_out=()):
        """The values of rows that are not published, each with its column."""
        found = []
        for row in rows:
            for column, value in row.items():
                if column not in left_out and column not in DRAWN_ONLY and not self._has(value):
                    found.append((column, value))
        return found

    def _has(self, value):
        if value is None or isinstance(value, bool):
            return True
        if isinstance(value, date):
            return str(value) in self.days
        if isinstance(value, str):
            for name in self.months:
                value = value.replace(name, " ")
            words = {word for word in bare_words(value) if not word.endswith("…")}
            return all(self._has_word(word) for word in words)
        return Decimal(value) in self.numbers

    def _has_word(self, word):
        return word in self.words or (word.isdigit() and Decimal(word) in self.numbers)


@cache
def _read(text, types, is_counted):
    words, numbers, days = set(), set(), set()
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            if re.fullmatch(r"-?\d+(\.\d+)?", cell):
                numbers.add(Decimal(cell))
            elif re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
                days.add(cell)
            if has_digit(cell):
                for shown in (cell, cell.replace("_", " "), cell.replace(";", " "), displayable(cell)):
                    words |= bare_words(shown)
    if is_counted:
        numbers |= _cube(text, types)
    return words, numbers, days


def _sums_of_folders(folder, area):
    """The same over all files of a folder together, e.g. over every alert code."""
    found = set()
    for inner in sorted(path for path in (folder / area).glob("*/") if path.is_dir()):
        texts = [path.read_text(encoding="utf-8") for path in sorted(inner.glob("*.csv"))]
        names = texts[0].partition("\n")[0].split(",")
        types = tuple((name, "integer" if name.endswith("_count") else "string") for name in names)
        whole = "\n".join([texts[0].partition("\n")[0], *(text.partition("\n")[2].strip() for text in texts)])
        found |= _cube(re.sub(r"\n+", "\n", whole), types)
    return found


@cache
def _cube(text, types):
    """Counts of rows and of different cells, and sums, over groups by up to three columns that are no figures."""
    kinds = dict(types)
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
    figures = [name for name in cells if kinds.get(name) in ("integer", "number", "datetime")]
    summed = [[int(cell or 0) for cell in cells[name]] for name in figures if kinds[name] == "integer"]
    found = {sum(map(bool, of_column)) for of_column in cells.values()}
    # A column with one value in all rows makes no other groups.
    codes = {name: _codes(cells[name]) for name in cells if name not in figures and len({*cells[name]}) > 1}
    for number in range(_MOST_DIMENSIONS + 1):
        for chosen in itertools.combinations(codes, number):
            groups = list(zip(*(codes[name] for name in chosen), strict=True)) if chosen else [()] * len(rows)
            counts = Counter(groups)
            found.update(counts.values())
            if number == 2:  # how many different ones there are of the second to each of the first
                found.update(Counter(first for first, _ in counts).values())
                found.update(Counter(second for _, second in counts).values())
            for column in summed:
                sums = dict.fromkeys(counts, 0)
                for group, value in zip(groups, column, strict=True):
                    sums[group] += value
                found.update(sums.values())
    found.update(len({*of_column}) for of_column in cells.values())
    return {Decimal(number) for number in found} | {Decimal(0)}


def _codes(cells):
    numbered = {cell: number for number, cell in enumerate(sorted({*cells}))}
    return [numbered[cell] for cell in cells]
