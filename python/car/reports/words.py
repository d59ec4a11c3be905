"""Puts figures and names into words as people read them: no figure is made here, only written."""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined

from car.errors import CarError
from car.reports.definition import PACKAGE

FONT = "Liberation Sans"
FONT_FILES = ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf")

# A name longer than this is cut where people read it; the CSV has it whole.
LONGEST = 60
LONGEST_IN_HEADING = 90
# Not the replacement character: the font must have it, or PDF/UA-1 refuses the whole report.
_MISSING = "\N{WHITE SQUARE}"
_ABSENT = "\N{EN DASH}"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MOST_LISTED = 12
_KEPT_FROM_RUNNING = re.compile(r"^'(?=\s*[=+\-@＝＋－＠])")


def displayable(text: str, longest: int | None = LONGEST) -> str:
    """Give a text that every page can show: of one line, without marks that turn text round, cut where long.

    What the reports' font has no sign for becomes one that says so. The apostrophe that keeps a spreadsheet
    from running a text goes: on a page it would only look like a fault.

    Parameters:
        longest: signs that are kept; None: all.
    """
    text = _KEPT_FROM_RUNNING.sub("", text)
    cut = text if longest is None or len(text) <= longest else text[: longest - 1] + "…"
    known = _characters()
    shown = []
    for character in unicodedata.normalize("NFC", cut):
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            shown.append(" ")
        else:
            shown.append(character if ord(character) in known else _MISSING)
    return re.sub(r"\s+", " ", "".join(shown)).strip()


def percent(share: Decimal | str | None) -> str:
    """Write a share from 0 to 1 as a percentage with one decimal, half away from zero."""
    if share is None:
        return _ABSENT
    return f"{(Decimal(share) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}{_NO_BREAK}%"


def count(number: Decimal | int | None) -> str:
    """Write a whole number with its thousands apart."""
    return _ABSENT if number is None else f"{int(number):,}"


def seconds(number: Decimal | str | None) -> str:
    """Write seconds with one decimal, half away from zero; below one second with the digits of the CSV."""
    if number is None:
        return _ABSENT
    known = Decimal(number)
    shown = f"{known.quantize(Decimal('0.1'), ROUND_HALF_UP):,f}" if known >= 1 else plain(known)
    return f"{shown}{_NO_BREAK}s"


def plain(number: Decimal | int) -> str:
    """Write a number with its thousands apart and without closing zeros."""
    whole = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def size(size_bytes: int) -> str:
    """Write a size as people read it."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size_bytes >= least:
            return f"{plain((Decimal(size_bytes) / least).quantize(Decimal('0.1')))} {unit}"
    return f"{size_bytes} bytes"


def text(value: Any) -> str:
    """Write a text, or a dash where there is none."""
    return _ABSENT if value is None else str(value)


def day(value: date | str | None) -> str:
    """Write a day as people do: `4 October 2026`."""
    if value is None:
        return _ABSENT
    known = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return f"{known.day}{_NO_BREAK}{known:%B %Y}"


def number(value: Decimal | int | str | None) -> str:
    """Write a number with the digits that were published."""
    return _ABSENT if value is None else plain(Decimal(value))


SHOWN_AS = {
    "text": text,
    "count": count,
    "percent": percent,
    "seconds": seconds,
    "date": day,
    "plain": number,
    "exact": text,
    "code": text,
}


def only_if(said: str, is_so: Any) -> str:
    """Give a part of a sentence where it holds, otherwise nothing."""
    return said if is_so else ""


def of_those(said: str, rows: list[dict[str, Any]], column: str) -> str:
    """Write `<said>: <names>.` of the rows whose column is true or above 0; nothing where there are none.

    Parameters:
        rows: each with its `name`.
    """
    names = [row["name"] for row in rows if row[column]]
    return f"{said}: {listed(names, 3)}." if names else ""


def listed(values: list[str], at_most: int = _MOST_LISTED) -> str:
    """Write names after each other, the last after `and`; of a long list the first ones."""
    names = [str(value) for value in values]
    if len(names) > at_most:
        names = [*names[: at_most - 1], f"{len(names) - at_most + 1} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def lowest_and_highest(rows: list[dict[str, Any]], name: str, day: str) -> str:
    """Write the lowest and the highest of some shares, each with the first day that has it: no rise or fall.

    Parameters:
        rows: at least one; none of its shares is None.
        name: column with the share.
        day: column with the day.
    """
    lowest, highest = (found(rows, key=lambda row: row[name]) for found in (min, max))
    if lowest[name] == highest[name]:
        return f"{percent(lowest[name])} on each day that has one"
    return (
        f"lowest on {lowest[day]} with {percent(lowest[name])},"
        f" highest on {highest[day]} with {percent(highest[name])}"
    )


def rendered(template: str, **given: Any) -> str:
    """Fill in a template of a report's list; white space runs together.

    Raises:
        CarError: the template asks for what it is not given.
    """
    try:
        return re.sub(r"[ \n]+", " ", _compiled(template).render(**given)).strip()
    except Exception as error:  # a template is data: whatever it raises is its author's to mend
        raise CarError(f"A sentence of a report cannot be filled in ({error}): {template[:120]}") from error


@cache
def _compiled(template: str) -> Any:
    return _environment().from_string(template)


@cache
def _environment() -> Environment:
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.filters |= {
        "percent": percent,
        "count": count,
        "seconds": seconds,
        "plain": number,
        "date": day,
        "listed": listed,
        "only_if": only_if,
        "of_those": of_those,
        "lowest_and_highest": lowest_and_highest,
        "known": lambda rows, name: [row for row in rows if row[name] is not None],
        # Of no rows none: Jinja's own give what a template may not even ask whether it is there.
        "first": lambda rows: next(iter(rows), None),
        "last": lambda rows: next(iter(list(rows)[-1:]), None),
    }
    return environment


@cache
def _characters() -> frozenset[int]:
    # Costly to load, and of no use to who draws no report.
    from fontTools.ttLib import TTFont

    fonts = (TTFont(str(PACKAGE / "fonts" / name), lazy=True) for name in FONT_FILES)
    return frozenset.intersection(*(frozenset(font.getBestCmap()) for font in fonts))
