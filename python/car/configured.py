"""Which options of the commands `car.toml` may hold, and how a command takes them from there.

An option stands in the file by its name, with `_` in place of `-`: `memory_limit = "8GiB"`. Those of a
month's commands stand at its top, and go for each command that has them. A command to try or to measure has
a section of its own, so that it never takes the folders of the real ones.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from car.config import DEFAULT, TOP, Config, Option, Value

FILE: Final = Path("car.toml")
"""The file that is read where none is named."""
VARIABLES: Final = "variables"
"""The section of dbt variables."""
# What is said anew each time, since it is of one month, of one release, or of who is asking.
_EACH_TIME: Final = frozenset(
    {
        *("month", "as_of", "to", "version", "party", "by", "why", "old", "new"),
        *("force", "dry_run", "hold", "rebuild", "continue", "preview", "folder", "into", "end", "no_dbt"),
        *("work", "keep", "last", "yes", "json", "config", "help"),
        *("rows", "feed", "since", "windows"),
    }
)
# Those of which the file has a section of its own, with other words.
_ELSEWHERE: Final = frozenset({"vars", "spark_master", "spark_remote", "bind"})
_OWN_SECTION: Final = ("demo", "simulate", "bench")


def options_of(root: Any) -> dict[str, dict[str, Option]]:
    """Give the options that may stand in the file, by section.

    Parameters:
        root: the command of which all others are parts.
    """
    found: dict[str, dict[str, Option]] = {TOP: {}}
    for path, command in _commands(root, ()):
        section = section_of(path)
        for parameter in command.params:
            if (key := _key(parameter)) not in _EACH_TIME | _ELSEWHERE:
                kind = parameter.type_descriptor.annotation
                default = getattr(parameter.default, "value", parameter.default)
                default = str(default) if isinstance(default, Path) else default
                found.setdefault(section, {})[key] = Option(kind, default)
    return found


def taken_up(config: Config, path: tuple[str, ...], command: Any) -> dict[str, Any]:
    """Give what the file says of a command's options, by the names of its parameters.

    Parameters:
        path: the command's name, after those of the groups that it is in.
    """
    given = config.options(section_of(path))
    keys = {_key(parameter): parameter.name for parameter in command.params}
    return {name: given[key] for key, name in keys.items() if key in given}


def section_of(path: tuple[str, ...]) -> str:
    """Name the section of a command; `TOP` for those of a month's work.

    Parameters:
        path: its name, after those of the groups that it is in.
    """
    return path[0] if path[0] in _OWN_SECTION else TOP


def configuration(root: Any, path: Path | None) -> Config:
    """Read all that is configured.

    Parameters:
        root: the command of which all others are parts.
        path: the file that was named; None: `car.toml` in this folder, if there is one.

    Raises:
        UsageFault: somebody has written what nobody declared, or a value that cannot be meant.
    """
    from car.deliver.settings import TABLE, DeliverySettings, read_table
    from car.notify.settings import MetricsSettings, NotifySettings
    from car.portal.settings import PortalSettings
    from car.warehouse.engine.settings import SparkSettings

    sections = [PortalSettings, SparkSettings, NotifySettings, MetricsSettings, DeliverySettings]
    usual = FILE if FILE.is_file() else None
    read = Config(sections, path or usual, options=options_of(root), free=[VARIABLES, TABLE])
    read_table(read.free(TABLE), str(read.path))
    return read


def all_values(config: Config, project_variables: Mapping[str, Any]) -> list[Value]:
    """Give every key with its value and where that comes from; dbt variables last.

    Parameters:
        project_variables: the variables of the dbt project that anybody may set, with their defaults.
    """
    from car.deliver.settings import TABLE

    given = config.free(VARIABLES)
    places = config.free(TABLE)
    return [
        *config.values(),
        *(Value(TABLE, recipient, place, str(config.path)) for recipient, place in places.items()),
        *(
            Value(VARIABLES, name, given.get(name, default), str(config.path) if name in given else DEFAULT)
            for name, default in project_variables.items()
        ),
    ]


def shown(value: Value) -> Any:
    """Give a value as it may be shown: of a secret, whether there is one."""
    if value.is_secret:
        return "given" if value.value else ""
    return list(value.value) if isinstance(value.value, tuple) else value.value


def value_lines(values: list[Value]) -> list[str]:
    """Say each value in a line of the file's own language, and where it comes from."""
    lines: list[str] = []
    section = TOP
    for value in values:
        if value.section != section:
            section = value.section
            lines += ["", f"[{section}]"]
        told = shown(value)
        # What JSON writes of texts, numbers, switches and lists is TOML, too.
        is_unset = told is None or value.is_secret
        written = "" if told is None else json.dumps(told, ensure_ascii=False)
        lines.append(f"{'# ' if is_unset else ''}{value.key} = {written}  # {value.origin}")
    return lines


def _key(parameter: Any) -> str:
    """Name an option as the file does."""
    return str(parameter.opts[0]).lstrip("-").replace("-", "_")


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, part in command.commands.items():
        yield from _commands(part, (*path, name))
