"""What may kill a mutant: dbt's unit tests, its data tests, and the second implementation."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from mutation.project import ROOT, CompileFault, Project, Renderer, project_variables

sys.path.append(str(ROOT / "tests" / "python"))

from adversarial import write_landing
from test_second_implementation import CASES

SECONDS_PER_STATEMENT = 20.0
# What says of SQL that it is none, before a row is read.
NO_SQL = (CompileFault, duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
MEMORY_LIMIT = "1500MB"


class Stillborn(Exception):
    """The mutant is no SQL that the engine takes."""


@dataclass(frozen=True)
class UnitTest:
    """A unit test of dbt, with its inputs as tables of the scratch database."""

    name: str
    model: str
    variables: dict[str, Any]
    instead: dict[str, Any]
    inputs: dict[str, str]
    expected: str
    columns: str


# Seed, month, as-of instant, and the month that is published before.
Case = tuple[int, str, datetime | None, str | None]


class Month:
    """The warehouse of one month of `test_second_implementation.py`, in which mutants are built.

    The product and the second implementation agree there on every cell that the second implementation does
    not owe: that is what the test proves. So a mutant with another cell fails the test.
    """

    def __init__(self, case: Case, folder: Path) -> None:
        """Build the warehouse as the test does, with the command."""
        seed, self.month, *_ = case
        self.name = f"seed {seed}, {self.month}"
        out, warehouse = folder / "out", folder / "warehouse.duckdb"
        if not warehouse.exists():
            _run_month(case, folder / "landing", out, warehouse)
        report = out / "releases" / self.month / "current" / "run.json"
        as_of = datetime.fromisoformat(json.loads(report.read_text(encoding="utf-8"))["as_of"])
        self.variables = project_variables() | {
            "reporting_month": self.month,
            "as_of": as_of.strftime("%Y-%m-%d %H:%M:%S"),
        }
        self.project = Project(out / ".car" / "target" / "manifest.json")
        self.project.check_against(self.variables)
        self.connection = _connect(warehouse)
        self.published = self._published()
        self.tests = self._data_tests()

    def _published(self) -> list[str]:
        """The marts that the second implementation has too, those with the fewest models above them first."""
        marts = []
        for exposure in self.project.exposures.values():
            if exposure["config"]["meta"]["publish"].get("second_implementation") != "owed":
                (mart,) = exposure["depends_on"]["nodes"]
                marts.append(self.project.nodes[mart]["name"])
        return sorted(set(marts), key=lambda mart: len(self.project.ancestors(mart)))

    def _data_tests(self) -> list[tuple[str, set[str], str]]:
        """The data tests that hold a release back: name, the models that each reads, SQL."""
        tests = []
        for node in self.project.nodes.values():
            if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error":
                reads = {
                    self.project.nodes[n]["name"]
                    for n in node["depends_on"]["nodes"]
                    if n in self.project.nodes
                }
                if node.get("compiled_code") and reads & set(self.project.models):
                    tests.append((node["name"], reads, node["compiled_code"]))
        return tests

    def kills(self, renderer: Renderer, changed: list[str]) -> str:
        """Say what of a build with some models changed fails, or nothing.

        Raises:
            Stillborn: a changed model is no SQL that the engine takes.
        """
        build = _Build(self, renderer, set(changed))
        try:
            for mart in self.published:
                if set(changed) & (self.project.ancestors(mart) | {mart}) and build.differs(mart):
                    return f"second implementation ({self.name}): {mart}"
            for model in changed:
                build.differs(model)
            for name, reads, sql in self.tests:
                made = reads & build.different
                if made and self._fails(sql, made):
                    return f"data test: {name}"
        except (CompileFault, duckdb.Error) as fault:
            if build.now in changed and isinstance(fault, NO_SQL):
                raise Stillborn from fault
            return f"build: {'timed out' if isinstance(fault, duckdb.InterruptException) else 'fails'}"
        finally:
            build.clear()
        return ""

    def _fails(self, sql: str, made: set[str]) -> bool:
        for model in made:
            sql = sql.replace(self.project.relations[model], f'mutant.main."{model}"')
        with limited(self.connection):
            found = self.connection.execute(f"select count(*) from (\n{sql}\n)").fetchone()
        return bool(found and found[0])


def _run_month(case: Case, landing: Path, out: Path, warehouse: Path) -> None:
    """Land the month and run it, as the test does: after the month before it, where it has one."""
    seed, month, as_of, before = case
    write_landing(landing, month, seed)
    options = ["--no-pdf", "--parties-only", "--force", *(("--as-of", as_of.isoformat()) if as_of else ())]
    path = os.pathsep.join(filter(None, (str(ROOT / "python"), os.environ.get("PYTHONPATH", ""))))
    for each in filter(None, (before, month)):
        folders = ["--landing", str(landing), "--out", str(out)]
        folders += ["--warehouse", str(warehouse)] if each == month else []
        done = subprocess.run(
            [sys.executable, "-m", "car", "run", "--month", each, *folders, *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"car run ended with {done.returncode}\n{done.stdout}\n{done.stderr}"


class _Build:
    """The models that a mutant reaches, made only as far as they are asked for."""

    def __init__(self, month: Month, renderer: Renderer, changed: set[str]) -> None:
        self.month, self.renderer, self.changed = month, renderer, changed
        self.known: dict[str, bool] = {}
        self.now = ""

    @property
    def different(self) -> set[str]:
        """The models found to have other rows."""
        return {model for model, differs in self.known.items() if differs}

    def differs(self, model: str) -> bool:
        """Make a model where it or one that it reads is another; true when its rows are others."""
        if model not in self.known:
            project = self.month.project
            parents = [parent for parent in project.reads[model] if parent in project.models]
            reached = [parent for parent in parents if self.differs(parent)]
            self.known[model] = bool(reached or model in self.changed) and self._make(model)
        return self.known[model]

    def _make(self, model: str) -> bool:
        project, connection = self.month.project, self.month.connection
        self.now = model
        different = self.different
        was = project.relations[model]

        def ref(name: str) -> str:
            return f'mutant.main."{name}"' if name in different else project.relations[name]

        sql = self.renderer.sql(project.models[model], ref, self.month.variables)
        with limited(connection):
            connection.execute(f'create or replace table mutant.main."{model}" as\n{sql}')
            columns = connection.execute(f"describe {was}").fetchall()
            # Instants are published in whole seconds.
            published = model in self.month.published
            listed = ", ".join(
                f"date_trunc('second', \"{name}\")" if published and kind == "TIMESTAMP" else f'"{name}"'
                for name, kind, *_ in columns
            )
            found = connection.execute(
                f'with a as (select {listed} from {was}), b as (select {listed} from mutant.main."{model}")'
                " select 1 from ((from a except all from b) union all (from b except all from a)) limit 1"
            ).fetchone()
        return found is not None

    def clear(self) -> None:
        """Take the tables away again."""
        for model in self.known:
            self.month.connection.execute(f'drop table if exists mutant.main."{model}"')


class UnitTests:
    """The unit tests of core and marts as dbt runs them, each in some milliseconds."""

    def __init__(self, month: Month) -> None:
        """Make the inputs and expected rows of all tests, and see each pass on the SQL as it is."""
        self.month, self.project = month, month.project
        self.connection = month.connection
        self.connection.execute("create schema if not exists mutant.given")
        self.tests: dict[str, list[UnitTest]] = {}
        defaults = project_variables()
        for file in sorted(
            path for folder in ("core", "marts") for path in (ROOT / "models" / folder).rglob("*.yml")
        ):
            for entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("unit_tests") or []:
                if entry["model"] not in self.project.models:  # of no month
                    continue
                test = self._read(entry, defaults)
                self.tests.setdefault(test.model, []).append(test)
                assert not self._fails(test, self.project.renderer), (
                    f"unit test {test.name} does not pass here"
                )

    def _read(self, entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> UnitTest:
        number = sum(map(len, self.tests.values()))
        overrides = entry.get("overrides") or {}
        variables, instead = {**defaults, **(overrides.get("vars") or {})}, overrides.get("macros") or {}
        inputs = {}
        for given in entry["given"]:
            name = given["input"].split("'")[1]
            kinds = {row[0]: row[1] for row in self._describe(self.project.relations[name])}
            inputs[name] = self._table(f"{number}_{name}", given, kinds)
        file = self.project.models[entry["model"]]
        sql = self.project.renderer.sql(file, inputs.__getitem__, variables, instead)
        kinds = {row[0]: row[1] for row in self._describe(f"(\n{sql}\n)")}
        rows = _rows(entry["expect"])
        columns = list(rows[0]) if rows else list(kinds)
        expected = self._table(f"{number}_expected", entry["expect"], {name: kinds[name] for name in columns})
        listed = ", ".join(f'"{name}"' for name in columns)
        return UnitTest(entry["name"], entry["model"], variables, instead, inputs, expected, listed)

    def _describe(self, relation: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(f"describe from {relation}").fetchall()

    def _table(self, name: str, fixture: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
        table = f'mutant.given."{name}"'
        columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
        self.connection.execute(f"create table {table} ({columns})")
        marks = ", ".join(f"cast(? as {kind})" for kind in kinds.values())
        if fixture.get("format") == "sql":
            self.connection.execute(f"insert into {table} by name (\n{fixture['rows']}\n)")
            return table
        for row in _rows(fixture):
            assert set(row) <= set(kinds), f"unknown columns {set(row) - set(kinds)}"
            cells = [None if row.get(column) is None else str(row[column]) for column in kinds]
            self.connection.execute(f"insert into {table} values ({marks})", cells)
        return table

    def _fails(self, test: UnitTest, renderer: Renderer) -> bool:
        file = self.project.models[test.model]
        sql = renderer.sql(file, test.inputs.__getitem__, test.variables, test.instead)
        with limited(self.connection):
            found = self.connection.execute(
                f"with a as (select {test.columns} from (\n{sql}\n)), b as (from {test.expected})"
                " select 1 from ((from a except all from b) union all (from b except all from a)) limit 1"
            ).fetchone()
        return found is not None

    def kills(self, renderer: Renderer, changed: list[str]) -> str:
        """Say which unit test fails with some models changed, or nothing.

        Raises:
            Stillborn: a changed model is no SQL that the engine takes.
        """
        for model in changed:
            for test in self.tests.get(model, []):
                try:
                    if self._fails(test, renderer):
                        return f"unit test: {test.name}"
                except NO_SQL as fault:
                    raise Stillborn from fault
                except duckdb.Error:
                    return f"unit test: {test.name} (does not run)"
        return ""


def _rows(fixture: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the rows of a fixture; those in SQL are the engine's to read."""
    if fixture.get("format") == "sql":
        return []
    if fixture.get("format") == "csv":
        return [
            {column: cell or None for column, cell in row.items()}
            for row in csv.DictReader(fixture["rows"].splitlines())
        ]
    return fixture["rows"]


def _connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse to read, beside an empty database in memory."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY_LIMIT})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach '{warehouse}' as {warehouse.stem} (read_only)")
    connection.execute("attach ':memory:' as mutant")
    return connection


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt what runs longer than any test would be waited for."""
    timer = threading.Timer(SECONDS_PER_STATEMENT, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Judges:
    """All of them, the quickest first; the months are built when they are asked for."""

    def __init__(self, folder: Path, months: int, say: Callable[[str], None]) -> None:
        """Build the first month.

        Parameters:
            folder: an empty one.
            months: how many months of the second implementation a survivor has to survive.
        """
        self.folder, self.count, self.say = folder, months, say
        self.months: list[Month] = []
        first = self._month(0)
        self.project = first.project
        self.unit_tests = UnitTests(first)

    def _month(self, number: int) -> Month:
        while len(self.months) <= number:
            case = CASES[len(self.months)]
            self.say(f"Building the month of seed {case[0]}, {case[1]} …")
            folder = self.folder / str(len(self.months))
            folder.mkdir(exist_ok=True)
            self.months.append(Month(case, folder))
        return self.months[number]

    def verdict(self, file: str, text: str) -> str:
        """Say what kills a file's new text: nothing where it survives, `stillborn` where it is no SQL."""
        try:
            renderer, changed = self.project.changed_by(file, text, self.months[0].variables)
            if not changed:
                return "stillborn"
            killer = self.unit_tests.kills(renderer, changed)
            number = 0
            while not killer and number < self.count:
                killer = self._month(number).kills(renderer, changed)
                number += 1
            return killer
        except (Stillborn, CompileFault):
            return "stillborn"
