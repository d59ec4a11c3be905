"""Reads `car.toml`: a section is a frozen dataclass, declared where it is used, and read in one way.

A section's class names itself (`SECTION: ClassVar[str] = "portal"`). Its fields are the keys, with their
types and defaults. A key can come from the environment, too, as `CAR_<SECTION>_<KEY>`, which goes before
the file.
"""

import dataclasses
import difflib
import os
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from car.errors import UsageFault, one_line

# The types a key may have, and what a person calls them.
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple[str, ...]: "a list of texts",
}
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Section(Protocol):
    """What a section of the configuration is: a dataclass with a name."""

    SECTION: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


AnySection = TypeVar("AnySection", bound=Section)


class Config:
    """What is configured, by a file and by the environment."""

    def __init__(
        self,
        sections: Iterable[type[Section]],
        path: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Read a configuration whole, so that a fault in any section is told before anything is done.

        Parameters:
            sections: the classes of all sections that a file may have.
            path: the file; None: there is none.
            environment: variables; None: those of this process.

        Raises:
            UsageFault: the file cannot be read, or it or a variable has a section, key or value that nobody
                declared.
        """
        environment = os.environ if environment is None else environment
        declared = {section.SECTION: section for section in sections}
        tables = _tables(path, list(declared)) if path else {}
        self._read = {
            section: _section(section, tables.get(name, {}), str(path), environment)
            for name, section in declared.items()
        }

    def get(self, section: type[AnySection]) -> AnySection:
        """Give a section that was declared to this configuration; its defaults where the file has none."""
        return typing.cast(AnySection, self._read[section])


def variable(section: type[Section], key: str) -> str:
    """Name the environment variable of a key."""
    return f"{_prefix(section)}{key.upper()}"


def _prefix(section: type[Section]) -> str:
    return f"CAR_{section.SECTION.upper()}_"


def _tables(path: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Give the tables of a file, each of which is a section that somebody declared."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageFault(f"The configuration {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageFault(f"The configuration {path} is not a UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageFault(f"The configuration {path} is not TOML: {error}.") from None
    for name, table in content.items():
        if name not in names:
            raise UsageFault(f"{path}: there is no section [{one_line(name)}].{_nearest(name, names)}")
        if not isinstance(table, dict):
            raise UsageFault(f"{path}: `{name}` must be a section: write [{name}] above its keys.")
    return content


def _section(
    section: type[Section], table: Mapping[str, Any], where: str, environment: Mapping[str, str]
) -> Section:
    hints = typing.get_type_hints(section)
    kinds = {field.name: hints[field.name] for field in dataclasses.fields(section)}
    values = {}
    for key, value in table.items():
        place = f"{where}: `{one_line(key)}` in [{section.SECTION}]"
        if key not in kinds:
            raise UsageFault(f"{place} is no key.{_nearest(key, list(kinds))}")
        values[key] = _value(value, kinds[key], place)
    known = {variable(section, key): key for key in kinds}
    for name in sorted(environment):
        if not name.startswith(_prefix(section)):
            continue
        if name not in known:
            raise UsageFault(f"The environment variable {name} is no key.{_nearest(name, list(known))}")
        key = known[name]
        values[key] = _from_text(environment[name], kinds[key], f"The environment variable {name}")
    try:
        return section(**values)
    except ValueError as error:
        # The section's own rules (`__post_init__`) name the key.
        raise UsageFault(f"{where if table else 'The configuration'}: [{section.SECTION}] {error}") from None


def _value(value: Any, kind: Any, place: str) -> Any:
    """Give a value of a file as its key's type; a text in quotes is no number."""
    if kind is float and type(value) is int:
        return float(value)
    if isinstance(kind, types.GenericAlias):
        if isinstance(value, list) and all(type(item) is str for item in value):
            return tuple(value)
    elif type(value) is kind:
        return value
    raise UsageFault(f"{place} must be {_WORDS[kind]}.")


def _from_text(text: str, kind: Any, place: str) -> Any:
    """Give the text of a variable as its key's type; a list is written with commas."""
    try:
        if isinstance(kind, types.GenericAlias):
            return tuple(item.strip() for item in text.split(",") if item.strip())
        return _SWITCH[text.strip().lower()] if kind is bool else kind(text.strip())
    except (KeyError, ValueError):
        raise UsageFault(f"{place} must be {_WORDS[kind]}.") from None


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean `{near[0]}`?" if near else f" There are: {', '.join(sorted(known))}."
