"""Reads `car.toml`: the commands' own options at its top, and below them a section for each further matter.

A section's class is a frozen dataclass, declared where it is used, and names itself (`SECTION:
ClassVar[str] = "portal"`). Its fields are the keys, with their types and defaults. A key can come from the
environment, too, as `CAR_<SECTION>_<KEY>`, which goes before the file. A field with `secret` in its metadata
comes from there alone.
"""

import dataclasses
import difflib
import enum
import os
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from car.errors import UsageFault, one_line

TOP = ""
"""The options at the top of the file, before its first section."""
DEFAULT = "default"
"""Where a value comes from that nobody gave."""
SECRET = {"secret": True}
"""Metadata of a field that no file may hold."""

# The types a key may have, and what a person calls them.
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a text",
    tuple[str, ...]: "a list of texts",
}
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Option(NamedTuple):
    """An option of a command, as the file may hold it.

    Attributes:
        kind: its type; an enumeration is one of its values.
        default: what it is where nobody says; None: the command's help says.
    """

    kind: Any
    default: Any = None


class Value(NamedTuple):
    """A key, what it is, and by whom.

    Attributes:
        section: `TOP`, or the name of a section.
        origin: `DEFAULT`, the file, or the variable of the environment.
        is_secret: its value is shown to nobody.
    """

    section: str
    key: str
    value: Any
    origin: str
    is_secret: bool = False


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
        options: Mapping[str, Mapping[str, Option]] | None = None,
        free: Iterable[str] = (),
    ) -> None:
        """Read a configuration whole, so that a fault anywhere in it is told before anything is done.

        Parameters:
            sections: the classes of all sections that a file may have.
            path: the file; None: there is none.
            environment: variables; None: those of this process.
            options: of commands, by section; those of `TOP` stand before the first section.
            free: sections of which somebody else knows the keys.

        Raises:
            UsageFault: the file cannot be read, or it or a variable has a section, key or value that nobody
                declared.
        """
        environment = os.environ if environment is None else environment
        self.path = path
        declared = {section.SECTION: section for section in sections}
        options = {TOP: {}, **(options or {})}
        top = options[TOP]
        self._values: dict[str, dict[str, Value]] = {}
        self._free: dict[str, dict[str, Any]] = {name: {} for name in free}
        names = [*declared, *(name for name in options if name), *self._free]
        tables = _tables(path, names, top) if path else {}
        for name, keys in options.items():
            self._values[name] = _of_options(name, keys, tables.get(name, {}), str(path), top)
        for name in self._free:
            self._free[name] = dict(tables.get(name, {}))
        self._read = {}
        for name, section in declared.items():
            read = _of_section(section, tables.get(name, {}), str(path), environment, top)
            self._values[name] = read
            self._read[section] = _made(section, read, str(path))

    def get(self, section: type[AnySection]) -> AnySection:
        """Give a section that was declared to this configuration; its defaults where the file has none."""
        return typing.cast(AnySection, self._read[section])

    def options(self, section: str) -> dict[str, Any]:
        """Give the options of commands that stand in a section of the file, or at its top, by name."""
        return {key: value.value for key, value in self._values[section].items() if value.origin != DEFAULT}

    def free(self, section: str) -> dict[str, Any]:
        """Give what the file has in a section of which somebody else knows the keys."""
        return self._free[section]

    def values(self) -> Iterator[Value]:
        """Give every key with its value, and where that comes from; options of commands first."""
        for values in self._values.values():
            yield from values.values()


def variable(section: type[Section], key: str) -> str:
    """Name the environment variable of a key."""
    return f"{_prefix(section)}{key.upper()}"


def _prefix(section: type[Section]) -> str:
    return f"CAR_{section.SECTION.upper()}_"


def _tables(path: Path, names: list[str], top: Mapping[str, Option]) -> dict[str, dict[str, Any]]:
    """Give the tables of a file, each of which somebody declared, and as `TOP` what stands before them."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageFault(f"The configuration {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageFault(f"The configuration {path} is not a UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageFault(f"The configuration {path} is not TOML: {error}.") from None
    tables: dict[str, dict[str, Any]] = {TOP: {}}
    for name, value in content.items():
        if name in names:
            if not isinstance(value, dict):
                raise UsageFault(f"{path}: `{name}` must be a section: write [{name}] above its keys.")
            tables[name] = value
        elif isinstance(value, dict) and name not in top:
            raise UsageFault(f"{path}: there is no section [{one_line(name)}].{nearest(name, names)}")
        else:
            tables[TOP][name] = value
    return tables


def _of_options(
    section: str, keys: Mapping[str, Option], table: Mapping[str, Any], where: str, top: Mapping[str, Option]
) -> dict[str, Value]:
    values = {key: Value(section, key, option.default, DEFAULT) for key, option in keys.items()}
    for key, value in table.items():
        place = _checked(key, list(keys), section, where, top)
        values[key] = Value(section, key, _value(value, keys[key].kind, place), where)
    return values


def _checked(key: str, known: list[str], section: str, where: str, top: Mapping[str, Option]) -> str:
    """Name the place of a key, which has to be known."""
    place = f"{where}: `{one_line(key)}`" + (f" in [{section}]" if section else "")
    if key in known:
        return place
    if section and key in top:
        raise UsageFault(f"{place} belongs at the top of the file, before its first section.")
    raise UsageFault(f"{place} is no {'key' if section else 'option'}.{nearest(key, known)}")


def _of_section(
    section: type[Section],
    table: Mapping[str, Any],
    where: str,
    environment: Mapping[str, str],
    top: Mapping[str, Option],
) -> dict[str, Value]:
    """Read the keys of a section, those that nobody gave among them."""
    hints = typing.get_type_hints(section)
    fields = {field.name: field for field in dataclasses.fields(section)}
    secret = {key for key, field in fields.items() if field.metadata.get("secret")}
    name = section.SECTION
    values = {key: Value(name, key, field.default, DEFAULT, key in secret) for key, field in fields.items()}
    for key, value in table.items():
        place = _checked(key, list(fields), name, where, top)
        if key in secret:
            raise UsageFault(f"{place} is a secret: no file holds it. Give it as {variable(section, key)}.")
        values[key] = Value(name, key, _value(value, hints[key], place), where)
    known = {variable(section, key): key for key in fields}
    for told in sorted(environment):
        if not told.startswith(_prefix(section)):
            continue
        if told not in known:
            raise UsageFault(f"The environment variable {told} is no key.{nearest(told, list(known))}")
        key = known[told]
        value = _from_text(environment[told], hints[key], f"The environment variable {told}")
        values[key] = Value(name, key, value, told, key in secret)
    return values


def _made(section: type[Section], read: Mapping[str, Value], where: str) -> Section:
    try:
        return section(**{key: value.value for key, value in read.items()})
    except ValueError as error:
        # The section's own rules (`__post_init__`) name the key.
        in_file = any(value.origin == where for value in read.values())
        raise UsageFault(
            f"{where if in_file else 'The configuration'}: [{section.SECTION}] {error}"
        ) from None


def _value(value: Any, kind: Any, place: str) -> Any:
    """Give a value of a file as its key's type; a text in quotes is no number."""
    if kind is float and type(value) is int:
        return float(value)
    if isinstance(kind, enum.EnumType):
        known = [str(member.value) for member in kind]
        if value not in known:
            raise UsageFault(f"{place} must be one of {', '.join(known)}.{nearest(str(value), known, '')}")
        return value
    if isinstance(kind, types.GenericAlias):
        if isinstance(value, list) and all(type(item) is str for item in value):
            return tuple(value)
    elif type(value) is (str if kind is Path else kind):
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


def nearest(name: str, known: list[str], otherwise: str | None = None) -> str:
    """Say which known name somebody may have meant, to be read after a full stop.

    Parameters:
        otherwise: what is said where none is near; None: all that there are.
    """
    near = difflib.get_close_matches(name, known, n=1)
    listed = f" There are: {', '.join(sorted(known))}." if otherwise is None else otherwise
    return f" Did you mean `{near[0]}`?" if near else listed
