"""The contract of the feeds, read from the dbt sources file that describes them.

The feeds, their columns and the values that are allowed stand in one place,
``models/staging/_landing__sources.yml``; this module gives Python typed access to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

SOURCES_FILE = Path("models") / "staging" / "_landing__sources.yml"
SOURCE_NAME = "landing"

# A column whose every value is null may be written without a type; no value is guessed by taking it as it is.
UNTYPED = "untyped"

# The types that DuckDB gives columns of Parquet files, and no others: macro landed_value must read each.
_FAMILY_OF_TYPE = (
    ("text", re.compile(r"(VARCHAR|JSON|ENUM)(\(.*\))?", re.DOTALL)),
    ("integer", re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")),
    ("timestamp", re.compile(r"TIMESTAMP(_NS| WITH TIME ZONE)?|TIMESTAMPTZ_NS")),
    ("date", re.compile(r"DATE")),
    ("boolean", re.compile(r"BOOLEAN")),
    ("decimal", re.compile(r"DECIMAL\(\d+,\s*\d+\)")),
    (UNTYPED, re.compile(r'"?NULL"?')),
)

# The same loader written in C is ten times as fast, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_IDENTIFIER_FORMATS = frozenset({"device_id", "mpxn", "mpan", "srv", "alert_code", "party_id", "role"})
_VALUE_FORMATS = frozenset({"text", "month", "whole_number", "decimal_number", "instant", "date", "boolean"})
_FORMATS = _IDENTIFIER_FORMATS | _VALUE_FORMATS | {"enumerated"}


class ContractError(Exception):
    """The sources file is missing or does not describe the feeds as it must."""


def family_of(duckdb_type: str) -> str:
    """Give the family that a DuckDB type belongs to.

    Parameters:
        duckdb_type: a type as DuckDB prints it, in any case, such as ``TIMESTAMP WITH TIME ZONE``.

    Returns:
        ``text``, ``integer``, ``timestamp``, ``date``, ``boolean``, ``decimal``, ``untyped`` (a column that
        holds nulls alone and was written without a type), or ``other`` (docs/landing.md, "What bad input
        gets").
    """
    text = duckdb_type.strip().upper()
    for family, pattern in _FAMILY_OF_TYPE:
        if pattern.fullmatch(text):
            return family
    return "other"


@dataclass(frozen=True)
class Column:
    """One column of a feed, as the contract has it (docs/landing.md, "Feeds")."""

    name: str
    data_type: str
    description: str
    required: bool
    format: str
    values: tuple[str, ...] = ()
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    is_non_negative: bool = False

    @property
    def family(self) -> str:
        """The family of types that the column must have in a Parquet file."""
        return family_of(self.data_type)


@dataclass(frozen=True)
class Feed:
    """One feed of the landing zone, with its columns in the contract's order."""

    name: str
    description: str
    file_format: str
    key: tuple[str, ...]
    latest_by: str
    is_full_list: bool
    is_watched: bool
    columns: tuple[Column, ...]

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in the contract's order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Give the column of that exact name; KeyError where the feed has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def project_dir() -> Path:
    """Folder of the dbt project that this package belongs to."""
    return Path(__file__).resolve().parents[3]


def load_contract(project: Path | str | None = None) -> dict[str, Feed]:
    """Read the contract of all feeds.

    Parameters:
        project: folder of the dbt project; default: the one that this package belongs to.

    Returns:
        The feeds by name, in the order of the sources file.

    Raises:
        ContractError: the file is missing, is not YAML or lacks what a feed must have.
    """
    return dict(_load(str(Path(project) if project is not None else project_dir())))


@cache
def _load(project: str) -> dict[str, Feed]:
    path = Path(project) / SOURCES_FILE
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except FileNotFoundError:
        raise ContractError(
            f"There is no {SOURCES_FILE.as_posix()} in {project}: is it the dbt project?"
        ) from None
    except yaml.YAMLError as error:
        raise ContractError(f"{SOURCES_FILE.as_posix()} is not YAML: {error}") from None
    try:
        source = next(item for item in document["sources"] if item["name"] == SOURCE_NAME)
        feeds = {table["name"]: _feed(table) for table in source["tables"]}
    except (KeyError, TypeError, StopIteration) as error:
        raise ContractError(
            f"{SOURCES_FILE.as_posix()} does not describe the feeds: {error} is missing"
        ) from None
    for feed in feeds.values():
        _check(feed)
    return feeds


def _feed(table: dict[str, Any]) -> Feed:
    meta = table["config"]["meta"]
    return Feed(
        name=table["name"],
        description=str(table["description"]).strip(),
        file_format=meta["file_format"],
        key=tuple(meta["key"]),
        latest_by=meta["latest_by"],
        is_full_list=bool(meta.get("full_list", False)),
        is_watched=bool(meta.get("is_watched", False)),
        columns=tuple(_column(column) for column in table["columns"]),
    )


def _column(column: dict[str, Any]) -> Column:
    meta = column["config"]["meta"]
    return Column(
        name=column["name"],
        data_type=column["data_type"],
        description=str(column["description"]).strip(),
        required=meta["required"],
        format=meta["format"],
        values=tuple(str(value) for value in meta.get("values", ())),
        minimum=meta.get("minimum"),
        maximum=meta.get("maximum"),
        is_non_negative=bool(meta.get("is_non_negative", False)),
    )


def _check(feed: Feed) -> None:
    """Refuse a description that the landing check could not hold a file against."""
    names = feed.column_names
    faults = [f"column {name} twice" for name in sorted({name for name in names if names.count(name) > 1})]
    faults += [
        f"no column {name}, which its key or latest_by names"
        for name in (*feed.key, feed.latest_by)
        if name not in names
    ]
    if feed.file_format not in ("parquet", "csv"):
        faults.append(f"file_format {feed.file_format}, not parquet or csv")
    for column in feed.columns:
        if column.format not in _FORMATS:
            faults.append(f"unknown format {column.format} of {column.name}")
        if column.family in (UNTYPED, "other"):
            faults.append(f"data_type {column.data_type} of {column.name} is of no family of types")
        if (column.format == "enumerated") != bool(column.values):
            faults.append(f"{column.name}: values belong to format enumerated, and only there")
    if faults:
        raise ContractError(f"{SOURCES_FILE.as_posix()}, feed {feed.name}: " + "; ".join(faults))


def as_date(text: str) -> date | None:
    """Read ``YYYY-MM-DD`` (ASCII digits) as a day of the calendar; None where it is not one."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
