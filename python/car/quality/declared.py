"""What is expected of every published file, made from its declaration: the exposure and the mart's own yml.

A suite in `suites` says what is expected besides, of some file or of several.
"""

from collections.abc import Iterator
from string import Formatter
from typing import NamedTuple

from car.quality.suites import STAGES, Expectation, Suite, read_suites
from car.release.places import INDUSTRY, PARTIES, place_of
from car.warehouse.catalogue import Catalogue, Publication
from car.warehouse.database import quote_name, quote_text
from car.warehouse.declaration import WITHHELD

# By the beginning of a unit: what a number of it must be, and why.
_RANGES = {
    "share": ("between 0 and 1", "a share lies between 0 and 1"),
    "count": (">= 0", "a count is not negative"),
    "s": (">= 0", "a duration is not negative"),
    "ms": (">= 0", "a duration is not negative"),
    "place": (">= 1", "places begin with 1"),
}


def every_suite(catalogue: Catalogue) -> list[Suite]:
    """Give all suites, those that are written and those of the published files, by stage and name."""
    suites = [*read_suites(), *declared_suites(catalogue)]
    return sorted(suites, key=lambda suite: (STAGES.index(suite.stage), suite.name))


def declared_suites(catalogue: Catalogue) -> list[Suite]:
    """Make a suite for each published file, by the name of its exposure.

    Its rows are recipients: of each, how many rows of its files go against an expectation.
    """
    return [_suite(publication) for publication in catalogue.publications]


def _suite(publication: Publication) -> Suite:
    counted = [_elsewhere(publication), *_of_columns(publication)]
    counted += [
        _Counted(f"rows_against_{number}", f"not ({check})", f"as declared, {check}")
        for number, check in enumerate(publication.checks, start=1)
    ]
    measures = [f"count(*) filter (where {one.against}) as {quote_name(one.name)}" for one in counted]
    expectations = [_none(one.name, one.because) for one in counted]
    if publication.key:
        measures.append(f"count(*) - count(distinct hash({', '.join(_key(publication))})) as rows_alike")
        expectations.append(_none("rows_alike", f"no two rows have the same {', '.join(publication.cell)}"))
    source = quote_name(publication.name)
    if publication.report:
        owner = "party_id, role"
    else:
        # A file of no report says nowhere whose it is, but by its place.
        folder = -len(publication.path.split("/")) - 1
        owner = f"string_split(car_file, '/')[{folder}] as party_id"
    return Suite(
        publication.name,
        publication.place.replace("{role}/", ""),
        "published",
        f"select {owner}, {', '.join(measures)} from {source} group by all",
        tuple(expectations),
        of="recipients",
    )


class _Counted(NamedTuple):
    """Rows that go against an expectation: what their number is called, SQL that tells them, and why."""

    name: str
    against: str
    because: str


def _of_columns(publication: Publication) -> Iterator[_Counted]:
    """What is expected of single columns, by their unit, their place and the contract."""
    required = [quote_name(column.name) for column in publication.columns if column.required]
    if required:
        against = " or ".join(f"{name} is null" for name in required)
        yield _Counted("rows_unfilled", against, "what the contract fills is not empty")
    figures = [quote_name(column.name) for column in publication.columns if column.is_industry_figure]
    for column in publication.columns:
        name, unit = quote_name(column.name), (column.unit or "").partition(" ")[0]
        if column.is_number_as_text:
            name = f"try_cast({name} as decimal(38, 10))"
        if column.name in publication.cell and column.data_type == "date":
            against = f"strftime({name}, '%Y-%m') <> reporting_month"
            yield _Counted(column.name, against, "a day lies in its month")
        elif unit in _RANGES:
            yield _Counted(column.name, f"not ({name} {_RANGES[unit][0]})", _RANGES[unit][1])
        elif column.industry == WITHHELD and figures:
            against = " and ".join([name, *(f"{figure} is not null" for figure in figures)])
            because = "a row that withholds an industry figure has not all of them"
            yield _Counted(column.name, against, because)


def _elsewhere(publication: Publication) -> _Counted:
    """Rows whose file is not where their month, party, role and further split columns lead."""
    names = {column.name for column in publication.columns}
    # releases/<month>/v<version>/parties/<party_id>/<path>, or …/industry/<path>
    owner = [place_of(INDUSTRY)] if publication.is_industry else [PARTIES, "{party_id}"]
    parts = ["{reporting_month}", "", *owner, *publication.path.split("/")]
    held = []
    for place, part in enumerate(parts):
        pieces = []
        for text, name, _, _ in Formatter().parse(part):
            pieces += [quote_text(text)] if text else []
            pieces += [quote_name(name)] if name else []
        if pieces and not {name for _, name, _, _ in Formatter().parse(part) if name} - names:
            held.append(f"string_split(car_file, '/')[{place - len(parts)}] = {' || '.join(pieces)}")
    because = "a row is in the folder of its recipient, role and month"
    return _Counted("rows_elsewhere", f"({' and '.join(held)}) is not true", because)


def _key(publication: Publication) -> list[str]:
    """Columns by which the rows of all files differ; where one stands in the path alone, the file does."""
    names = {column.name for column in publication.columns}
    key = [quote_name(name) for name in publication.key if name in names]
    return key if len(key) == len(publication.key) else [*key, "car_file"]


def _none(column: str, because: str) -> Expectation:
    arguments = {"column": column, "min_value": 0, "max_value": 0}
    return Expectation("expect_column_values_to_be_between", arguments, because)
