"""Reads the suites of expectations: data files, one per thing that is looked at."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "suites"
STAGES = ("list", "landing", "published")


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite.

    Attributes:
        kind: as Great Expectations calls it, e.g. `expect_column_values_to_be_between`.
        arguments: what it takes.
        because: why it is expected, in words for the operator.
    """

    kind: str
    arguments: dict[str, Any]
    because: str


@dataclass(frozen=True)
class Suite:
    """What is expected of one thing.

    Attributes:
        name: of the file, without its suffix; of a suite that is made from a declaration, of the exposure.
        stage: `list` (a small list, as accepted), `landing` (the landed files) or `published`.
        rows: SQL of the rows that are looked at, without anything that identifies a home or a Device.
        of: what one of these rows is, in the plural.
    """

    name: str
    title: str
    stage: str
    rows: str
    expectations: tuple[Expectation, ...]
    of: str = "rows"


def read_suites(folder: Path = FOLDER) -> list[Suite]:
    """Read all suites that are written, by name.

    Raises:
        ValueError: a file is not a suite; the message says which, and what is wrong.
    """
    return [_suite(path) for path in sorted(folder.glob("*.yml"))]


def _suite(path: Path) -> Suite:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        expectations = tuple(_expectation(item) for item in content["expectations"])
        suite = Suite(path.stem, content["title"], content["stage"], content["rows"], expectations)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The suite {path.name} is not one: {error!r}") from None
    if suite.stage not in STAGES or not expectations:
        raise ValueError(f"The suite {path.name} needs expectations, and a stage of {', '.join(STAGES)}")
    return suite


def _expectation(item: dict[str, Any]) -> Expectation:
    because = item["because"]
    ((kind, arguments),) = ((key, value) for key, value in item.items() if key != "because")
    if not re.fullmatch(r"expect(_[a-z]+)+", kind):
        raise ValueError(f"{kind} is no expectation")
    return Expectation(kind, arguments, because)
