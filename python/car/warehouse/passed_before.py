"""Leaves out of a build what passed before, where nothing changed that decides it (docs/incremental.md).

A node of the build is a model, a list or a test. It is decided by the code, by the dbt variables of the run,
and by the files of the feeds that it reads, itself or through others. Seeds, their snapshots and the tests of
these (tag `reference`) are decided by the code alone. What reads an earlier release (source `history`) is
built every time.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_REFERENCE = "reference"
_HISTORY = "history"
_FEEDS = "landing"
# These say what schema `history` holds, and nothing else reads them.
_OF_HISTORY = ("history_parties", "history_industry", "industry_origin")
HAVE_RELATIONS = ("model", "seed", "snapshot")
"""The kinds of nodes that are a table or a view."""


def decided_by(manifest: "Manifest", variables: dict[str, Any]) -> dict[str, str]:
    """Hash, for each node of the build, what decides it besides the code.

    Parameters:
        variables: the dbt variables; `landing_index` names the landing index, if there is one.

    Returns:
        A SHA-256 by unique id, of the nodes that can be left out.
    """
    given = {name: value for name, value in variables.items() if name not in _OF_HISTORY}
    feeds = _feed_fingerprints(Path(variables.get("landing_index", "")) / "files.parquet")

    @cache
    def sources(name: str) -> frozenset[str]:
        if name in manifest.sources:
            return frozenset([name])
        return frozenset().union(*map(sources, manifest.nodes[name].depends_on_nodes))

    @cache
    def is_reference(name: str) -> bool:
        if name in manifest.sources:
            return False
        node = manifest.nodes[name]
        parents = node.depends_on_nodes
        is_test_of_these = node.resource_type == "test" and bool(parents) and all(map(is_reference, parents))
        return _REFERENCE in node.tags or is_test_of_these

    decided = {}
    for name in manifest.nodes:
        read = [manifest.sources[source] for source in sources(name)]
        if any(source.source_name == _HISTORY for source in read):
            continue
        parts: dict[str, Any] = {} if is_reference(name) else {"variables": given}
        if all(source.source_name == _FEEDS for source in read):
            parts["feeds"] = {source.name: feeds.get(source.name) for source in read}
        else:
            parts["feeds"] = feeds
        decided[name] = sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
    return decided


def leave_out(warehouse: Path, manifest: "Manifest", code: str, decided: dict[str, str]) -> set[str]:
    """Choose what the next build can leave out, and forget that all else has passed: the build may die.

    Parameters:
        warehouse: need not be there.
        code: fingerprint of the code, as the build gives it to dbt (macro register_bookkeeping).
        decided: what `decided_by` gives.

    Returns:
        Unique ids of nodes that passed, decided by the same, and whose tables and views are still there. All
        that they are built from is left out too, and so are all of their tests.
    """
    if not warehouse.exists():
        return set()
    with duckdb.connect(str(warehouse)) as connection:
        # The build opens the file right after this, so a checkpoint here is work for nothing.
        connection.execute("pragma disable_checkpoint_on_shutdown")
        try:
            passed = connection.execute(
                "select passed.node, passed.decided_by from bookkeeping.passed, bookkeeping.code"
                " where code.fingerprint = ?",
                [code],
            ).fetchall()
        except duckdb.CatalogException:
            return set()
        standing = standing_in(connection)
        unchanged = {name for name, hashed in passed if decided.get(name) == hashed}
        chosen = _closed(manifest, {name for name in unchanged if stands(manifest.nodes[name], standing)})
        connection.execute(
            "delete from bookkeeping.passed where not list_contains(?::varchar[], node)", [sorted(chosen)]
        )
    return chosen


def keep_passed(warehouse: Path, results: Iterable[Any], decided: dict[str, str]) -> None:
    """Keep what passed in a build that came to its end. In a project without bookkeeping nothing is kept.

    Parameters:
        results: dbt's.
        decided: what `decided_by` gave before it.
    """
    passed = [
        (name, decided[name])
        for result in results
        if str(result.status) in ("success", "pass") and (name := result.node.unique_id) in decided
    ]
    if passed:
        names, hashes = zip(*passed, strict=True)
        with duckdb.connect(str(warehouse)) as connection, suppress(duckdb.CatalogException):
            connection.execute(
                "insert into bookkeeping.passed select unnest(?::varchar[]), unnest(?::varchar[])",
                [names, hashes],
            )


def _feed_fingerprints(index: Path) -> dict[str, str]:
    """Hash what the landing index says of each feed's files, their content among it."""
    if not index.is_file():
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select feed, sha256(string_agg(cast(files as varchar), chr(10) order by path))"
            " from read_parquet(?) as files group by feed",
            [str(index)],
        ).fetchall()
    return dict(rows)


def standing_in(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], bool]:
    """Give the tables and views of a warehouse by schema and name, and whether each has a comment."""
    rows = connection.execute(
        "select schema_name, table_name, comment is not null from duckdb_tables()"
        " union all select schema_name, view_name, comment is not null from duckdb_views()"
    ).fetchall()
    return {(schema, name): has_comment for schema, name, has_comment in rows}


def stands(node: Any, standing: dict[tuple[str, str], bool]) -> bool:
    """Tell whether a node's relation is there, with its comment. One that something else made has none.

    Parameters:
        standing: what `standing_in` gave of the warehouse.
    """
    if node.resource_type not in HAVE_RELATIONS:
        return True
    has_comment = standing.get((node.schema, node.alias))
    return has_comment is not None and (has_comment or not node.config.persist_docs.get("relation"))


def _closed(manifest: "Manifest", chosen: set[str]) -> set[str]:
    """Take out the nodes that are built from one that is not among them, or that have a test that is not."""
    parents = {
        name: {parent for parent in node.depends_on_nodes if parent in manifest.nodes}
        for name, node in manifest.nodes.items()
    }
    tests = [name for name, node in manifest.nodes.items() if node.resource_type == "test" and parents[name]]
    while True:
        tested_yet = {
            parent
            for name in tests
            if name not in chosen and parents[name] <= chosen
            for parent in parents[name]
        }
        closed = {name for name in chosen - tested_yet if parents[name] <= chosen}
        if closed == chosen:
            return closed
        chosen = closed
