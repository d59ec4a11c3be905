"""The project's SQL as dbt compiles it, with one file changed or none, in milliseconds."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
MACROS = ("macros/core", "macros/engine", "macros/marts")
MODELS = ("models/core", "models/marts")
OF_NO_MONTH = "models/core/watch/"
"""Models that no month builds; their unit tests, and simulated incidents, look at them."""
MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+).*?\bendmacro\s*-?%\}", re.DOTALL)
MUTATED = ("models/core", "models/marts", "macros/core", "macros/marts")


def sql_files(*folders: str) -> list[str]:
    """The paths, from the repository, of the SQL files below some of its folders, in order."""
    found = sorted(
        path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.sql")
    )
    return [file for file in found if not file.startswith(OF_NO_MONTH)]


class CompileFault(Exception):
    """The SQL cannot be made: a mutant that nobody could have committed."""


class Project:
    """The models of core and marts, their SQL, and what each of them reads."""

    def __init__(self, manifest: Path) -> None:
        """Read the files, and dbt's manifest of a build of the same files."""
        self.texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in sql_files(*MACROS, *MODELS)}
        self.models = {Path(file).stem: file for file in sql_files(*MODELS)}
        content = json.loads(manifest.read_text(encoding="utf-8"))
        self.nodes: dict[str, dict[str, Any]] = content["nodes"]
        for node in self.nodes.values():
            # The manifest is of the parse; what was compiled stands beside it, of a test below its yml.
            file = manifest.parent / "compiled" / node["package_name"] / node["original_file_path"]
            file = file / node["path"] if file.suffix == ".yml" else file
            node["compiled_code"] = file.read_text(encoding="utf-8") if file.is_file() else None
        self.exposures: dict[str, dict[str, Any]] = content["exposures"]
        self.relations = {
            node["name"]: node["relation_name"]
            for node in self.nodes.values()
            if node["resource_type"] in ("model", "seed")
        }
        self.reads = {
            name: [
                self.nodes[parent]["name"]
                for parent in self.node(name)["depends_on"]["nodes"]
                if parent in self.nodes
            ]
            for name in self.models
        }
        self.renderer = Renderer(self.texts)

    def node(self, model: str) -> dict[str, Any]:
        """What the manifest says of a model."""
        return next(n for n in self.nodes.values() if n["resource_type"] == "model" and n["name"] == model)

    @cached_property
    def order(self) -> list[str]:
        """The models, each after those that it reads."""
        order: list[str] = []

        def add(model: str) -> None:
            for parent in self.reads[model]:
                if parent in self.models:
                    add(parent)
            if model not in order:
                order.append(model)

        for model in self.models:
            add(model)
        return order

    def ancestors(self, model: str) -> set[str]:
        """The models of core and marts that a model reads, directly or not."""
        found: set[str] = set()
        for parent in self.reads[model]:
            if parent in self.models:
                found |= {parent} | self.ancestors(parent)
        return found

    def check_against(self, variables: Mapping[str, Any]) -> None:
        """Make sure that the SQL made here is the SQL that dbt compiled.

        Raises:
            AssertionError: a model differs, blanks aside.
        """
        for model in self.models:
            made = self.renderer.sql(self.models[model], self.relations.__getitem__, variables)
            compiled = self.node(model)["compiled_code"]
            assert made.split() == compiled.split(), f"{model}: dbt compiled other SQL (an older month?)"

    def changed_by(self, file: str, text: str, variables: Mapping[str, Any]) -> tuple[Renderer, list[str]]:
        """Give how to render with one file changed, and the models whose SQL is then another.

        Raises:
            CompileFault: a model cannot be rendered.
        """
        renderer = Renderer({**self.texts, file: text}, self.renderer if file.startswith("models/") else None)
        models = [Path(file).stem] if file.startswith("models/") else self.order
        changed = []
        for model in models:
            before = self.renderer.sql(self.models[model], self.relations.__getitem__, variables)
            after = renderer.sql(self.models[model], self.relations.__getitem__, variables)
            if before.split() != after.split():
                changed.append(model)
        return renderer, changed


class Renderer:
    """Renders models with the macros of the project, as dbt's own Jinja does."""

    def __init__(self, texts: Mapping[str, str], macros_of: Renderer | None = None) -> None:
        """Take the texts of the files; the macros of another renderer where they are the same."""
        self.texts = texts
        self.templates: dict[str, jinja2.Template] = {}
        if macros_of is not None:
            self.context, self.environment = macros_of.context, macros_of.environment
            return
        self.context = _Context()
        self.context.instead = {}
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        names = self.environment.globals
        names |= {
            "var": self.context.var,
            "ref": self.context.ref,
            "modules": {"datetime": datetime},
            "exceptions": None,
            "adapter": self,
            # A hook is no part of a model's SQL, and what asks the warehouse finds nothing published before.
            "config": lambda **_: "",
            "execute": False,
        }
        names["return"] = _give_back
        # A template for each macro: they call one another by the names here, which know dbt's `return`.
        macros = [
            found
            for file in sorted(texts)
            if file.startswith("macros/")
            for found in MACRO.finditer(texts[file])
        ]
        made: dict[str, Callable[..., str]] = {}
        names |= {macro["name"]: _called(made, macro["name"], self.context) for macro in macros}
        try:
            for macro in macros:
                made |= vars(self.environment.from_string(macro.group()).make_module())
        except jinja2.TemplateError as fault:
            raise CompileFault(str(fault)) from fault

    def dispatch(self, macro: str) -> Callable[..., str]:
        """What dbt's adapter.dispatch gives on DuckDB."""
        found: Callable[..., str] = self.environment.globals[f"duckdb__{macro}"]
        return found

    def sql(
        self,
        file: str,
        ref: Callable[[str], str],
        variables: Mapping[str, Any],
        instead: Mapping[str, Any] | None = None,
    ) -> str:
        """Give the SQL of a model.

        Parameters:
            ref: gives the relation of a model or seed by its name.
            variables: dbt variables.
            instead: what macros give, by their names, as a unit test may say.

        Raises:
            CompileFault: the file cannot be rendered.
        """
        self.context.ref_to, self.context.variables, self.context.instead = ref, variables, instead or {}
        names = self.environment.globals
        kept = {name: names[name] for name in instead or {}}
        names |= {name: _always(value) for name, value in (instead or {}).items()}
        try:
            if file not in self.templates:
                self.templates[file] = self.environment.from_string(self.texts[file])
            return self.templates[file].render()
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError) as fault:
            raise CompileFault(str(fault)) from fault
        finally:
            names |= kept


class _Context:
    """What `ref` and `var` mean at the moment, and what macros give instead, whoever calls them."""

    ref_to: Callable[[str], str]
    variables: Mapping[str, Any]
    instead: Mapping[str, Any]

    def ref(self, model: str) -> str:
        return self.ref_to(model)

    def var(self, name: str) -> Any:
        return self.variables[name]


class _Returned(Exception):
    """Carries what a macro returns, as dbt's `return` does."""


def _give_back(value: Any) -> None:
    raise _Returned(value)


def _always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _called(made: Mapping[str, Callable[..., str]], name: str, context: _Context) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if name in context.instead:
            return context.instead[name]
        try:
            return made[name](*arguments, **named)
        except _Returned as returned:
            return returned.args[0]

    return call


def project_variables() -> dict[str, Any]:
    """The variables of dbt_project.yml."""
    content = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    variables: dict[str, Any] = content["vars"]
    return variables
