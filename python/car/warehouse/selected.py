"""Builds and tests a part of the project in a warehouse that is kept: `tasks.py build --select MODEL+`.

What the part reads is built first where it is missing or stale, without its tests. A model is stale where its
own code, or that of anything that it reads, is other than when it was built here.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from car.errors import CarError
from car.warehouse.build import ANY_WARNING, collecting_seldom, find_project, places
from car.warehouse.engine.on_duckdb import close_connections
from car.warehouse.passed_before import HAVE_RELATIONS, standing_in, stands

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

WAREHOUSE = "warehouse.duckdb"
_BUILT = "built.json"
_NOT_ASKED_FOR = "not_asked_for"  # the tag of tests that are not to run
_NAMES_VARIABLE = re.compile(r"\bvar\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True)
class Outcome:
    """What became of a part.

    Attributes:
        first: names of what was missing or stale, and built before it.
        statuses: dbt's word for each node that it built or tested, by name.
        is_good: whether all was built, and every test passed.
    """

    first: list[str]
    statuses: dict[str, str]
    is_good: bool


def build_selected(select: list[str], work: Path, landing_index: Path) -> Outcome:
    """Build and test a part of the project, and first what it reads that is missing or stale.

    Parameters:
        select: the part, in dbt's words.
        work: folder of the warehouse, which is kept, and of what dbt writes.
        landing_index: folder that `car check` wrote.

    Returns:
        What became of it. What failed, dbt has printed.

    Raises:
        CarError: the project does not parse, or nothing is selected.
    """
    from dbt.cli.main import dbtRunner

    project, warehouse = find_project(), work / WAREHOUSE
    os.environ.update(CAR_WAREHOUSE=str(warehouse), DBT_SEND_ANONYMOUS_USAGE_STATS="false")
    options = [
        *places(project, work),
        *("--vars", json.dumps({"landing_index": str(landing_index)})),
    ]
    # All that a test reads is there, or is built first.
    every_test = ("--indirect-selection", "eager")
    with collecting_seldom():
        manifest = _parsed(options)
        chosen = _chosen(manifest, [*options, *every_test, "--select", *select])
        code = code_of_nodes(manifest, project)
        fresh = {
            name for name, hashed in _built(work, warehouse, manifest).items() if code.get(name) == hashed
        }
        first = sorted(_read_by(manifest, chosen) - chosen - fresh)
        _leave_out_tests(manifest, chosen)
        names = [manifest.nodes[name].name for name in first]
        if names:
            print(f"Built first, missing or stale: {', '.join(names)}", flush=True)
        # What is built anew is not what it was, should this come to no end.
        _keep(work, {name: code[name] for name in fresh - chosen})
        chosen_and_first = ("--select", *select, *names, "--exclude", f"tag:{_NOT_ASKED_FOR}")
        result = dbtRunner(manifest).invoke(
            ["build", *options, *every_test, *chosen_and_first, "--no-write-json"]
        )
    close_connections()
    if result.exception is not None:
        raise CarError(f"dbt could not build: {result.exception}")
    became = {item.node.unique_id: str(item.status) for item in result.result.results}
    done = {name for name, status in became.items() if status == "success" and name in code}
    _keep(work, {name: code[name] for name in (fresh - chosen) | done})
    statuses = {item.node.name: str(item.status) for item in result.result.results}
    return Outcome(names, statuses, bool(result.success))


def code_of_nodes(manifest: "Manifest", project: Path) -> dict[str, str]:
    """Hash what decides a model, seed or snapshot: its code, its macros, its variables, and all it reads.

    Parameters:
        project: the dbt project, whose dbt_project.yml has the variables.

    Returns:
        A SHA-256 by unique id.
    """
    variables = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8")).get("vars", {})
    by_name: dict[str, list[str]] = {}
    for unique_id, macro in manifest.macros.items():
        by_name.setdefault(macro.name, []).append(unique_id)

    @cache
    def macros_of(unique_id: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [unique_id]
        while waiting:
            name = waiting.pop()
            if name in manifest.macros and name not in found:
                found.add(name)
                waiting += manifest.macros[name].depends_on.macros
        return frozenset(found)

    @cache
    def code_of(unique_id: str) -> str:
        if unique_id not in manifest.nodes:
            return unique_id
        node = manifest.nodes[unique_id]
        kind = node.config.materialized
        makers = [
            one
            for name in (f"materialization_{kind}_duckdb", f"materialization_{kind}_default")
            for one in by_name.get(name, ())
        ]
        macros = sorted(frozenset().union(*map(macros_of, (*node.depends_on.macros, *makers))))
        texts = [node.raw_code, *(manifest.macros[name].macro_sql for name in macros)]
        named = sorted({name for text in texts for name in _NAMES_VARIABLE.findall(text)})
        parts = [
            *texts,
            node.checksum.checksum,
            node.config.to_dict(),
            {name: column.data_type for name, column in node.columns.items()},
            {name: variables.get(name) for name in named},
            [code_of(parent) for parent in sorted(node.depends_on_nodes)],
        ]
        return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    return {
        name: code_of(name) for name, node in manifest.nodes.items() if node.resource_type in HAVE_RELATIONS
    }


def left_behind(manifest: "Manifest") -> list[str]:
    """Name what dbt has parsed of a yml that does not stand in it any more.

    dbt parses anew what has changed. Where a model's words and the name of its unit test change at once, the
    test lives on under its old name too.
    """
    found = []
    for kind in ("unit_tests", "exposures", "groups"):
        for element in getattr(manifest, kind).values():
            file = manifest.files.get(element.file_id)
            stated = (file.dict_from_yaml if file is not None else {}).get(kind, ())
            if element.name not in {entry.get("name") for entry in stated}:
                found.append(element.unique_id)
    return found


def _parsed(options: list[str]) -> "Manifest":
    """Parse what has changed since the last time, or all where that goes wrong or leaves something behind."""
    from dbt.cli.main import dbtRunner

    for how in ("--partial-parse", "--no-partial-parse"):
        result = dbtRunner().invoke(["parse", *options, *ANY_WARNING, "--quiet", "--no-write-json", how])
        if result.success and not left_behind(result.result):
            return result.result
    raise CarError(f"The dbt project does not parse: {result.exception}")


def _chosen(manifest: "Manifest", options: list[str]) -> set[str]:
    """Give the unique ids of what dbt takes a selection to be, tests and unit tests included."""
    from dbt.cli.main import dbtRunner

    output = ("--output", "json", "--output-keys", "unique_id", "--quiet", "--log-level", "none")
    result = dbtRunner(manifest).invoke(["list", *options, *output])
    if not result.success:
        raise CarError(f"dbt cannot read the selection: {result.exception}")
    names = {json.loads(line)["unique_id"] for line in result.result or ()}
    if not names & {*manifest.nodes, *manifest.unit_tests}:
        raise CarError("Nothing is selected: no model and no test has such a name.")
    return names


def _leave_out_tests(manifest: "Manifest", chosen: set[str]) -> None:
    """Mark the tests that are not chosen: dbt would run every test of what is built."""
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test"]
    for test in (*tests, *manifest.unit_tests.values()):
        if test.unique_id not in chosen:
            test.tags.append(_NOT_ASKED_FOR)


def _read_by(manifest: "Manifest", chosen: Iterable[str]) -> set[str]:
    """Give all that some nodes read, directly or not, and that has a relation."""

    def parents(unique_id: str) -> Iterator[str]:
        element: Any = manifest.nodes.get(unique_id) or manifest.unit_tests.get(unique_id)
        yield from element.depends_on_nodes if element is not None else ()

    found: set[str] = set()
    waiting = list(chosen)
    while waiting:
        for parent in parents(waiting.pop()):
            if parent not in found and parent in manifest.nodes:
                found.add(parent)
                waiting.append(parent)
    return {name for name in found if manifest.nodes[name].resource_type in HAVE_RELATIONS}


def _built(work: Path, warehouse: Path, manifest: "Manifest") -> dict[str, str]:
    """Give the code that what stands in the warehouse was built by; of a warehouse that is gone, nothing."""
    record = work / _BUILT
    if not (record.is_file() and warehouse.is_file()):
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        standing = standing_in(connection)
    entries = json.loads(record.read_text(encoding="utf-8"))
    return {
        name: hashed
        for name, hashed in entries.items()
        if name in manifest.nodes and stands(manifest.nodes[name], standing)
    }


def _keep(work: Path, built: dict[str, str]) -> None:
    (work / _BUILT).write_text(json.dumps(built, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Read the command line, build, and give the exit code."""
    parser = argparse.ArgumentParser(prog="tasks.py build", description=__doc__)
    parser.add_argument("--select", nargs="+", required=True, help="models and tests, in dbt's words")
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--landing-index", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        return int(not build_selected(options.select, options.work, options.landing_index).is_good)
    except CarError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
