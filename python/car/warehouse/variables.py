"""The dbt variables that a run is given: their names and types are those of dbt_project.yml."""

from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from car.errors import UsageFault

RUN_VARIABLES = (
    "reporting_month",
    "as_of",
    "landing_index",
    "history_parties",
    "history_industry",
    "industry_origin",
    "rows_month_before",
    "watch_windows",
    "watch_until",
    "copies",
    "links",
    "code_fingerprint",
)
"""The dbt variables that every run sets itself. Nothing is parsed otherwise because of them."""


def open_variables(project: Path) -> dict[str, Any]:
    """Give the variables of a dbt project that anybody may set, with their defaults.

    Parameters:
        project: folder of the dbt project.
    """
    defaults = _defaults(project)
    return {name: value for name, value in defaults.items() if name not in RUN_VARIABLES}


def refuse_unknown(given: dict[str, Any], project: Path) -> None:
    """Refuse variables that the project does not have, that a run sets itself, or of another type.

    dbt takes any name, so that a slip in a limit would leave the limit as it is, and say nothing.

    Parameters:
        given: variables by name, as `--vars` names them.
        project: folder of the dbt project. Its variables have defaults; a default says the type.

    Raises:
        UsageFault: names every fault, with the nearest name that there is.
    """
    defaults = _defaults(project)
    open_to_all = sorted(set(defaults) - set(RUN_VARIABLES))
    faults = []
    for name, value in given.items():
        if name in RUN_VARIABLES:
            faults.append(f"{name} is set by the run; there is an option for it")
        elif name not in defaults:
            near = get_close_matches(str(name), open_to_all, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ""
            faults.append(f"there is no variable {name}{hint}")
        elif (told := _other_type(value, defaults[name])) is not None:
            faults.append(f"{name} must be {told}; it is {defaults[name]!r} where nobody sets it")
    if faults:
        raise UsageFault("Variables: " + ". ".join(faults) + ".")


def _defaults(project: Path) -> dict[str, Any]:
    content = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))
    return content.get("vars") or {}


def _other_type(value: Any, default: Any) -> str | None:
    """Say of which type a variable must be; None where it is."""
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        return None if _is_number(value) and isinstance(value, int) else "a whole number"
    if isinstance(default, float):
        return None if _is_number(value) else "a number"
    if isinstance(default, str):
        return None if isinstance(value, str) else "a text"
    if isinstance(default, list):
        is_list = isinstance(value, list)
        told = next((_other_type(item, default[0]) for item in value), None) if is_list and default else None
        return None if is_list and told is None else f"a list{f', each item {told}' if told else ''}"
    return None if isinstance(value, type(default)) else f"a {type(default).__name__}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
