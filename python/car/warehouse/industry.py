"""The part of a build that is the industry's report, and what becomes of its checks.

Of the report is all in a folder `pmr_…` or with the tag `industry`, all that depends on such, and what of
core and history the report alone reads. Its data tests do not end a build: the gate decides, when all is
built, whether the release is held back.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from car.errors import one_line, scrub
from car.warehouse.catalogue import Publication
from car.warehouse.declaration import INDUSTRY
from car.warehouse.engine.engine import Ask

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_FOLDER = "pmr_"
_SHARED_FOLDERS = {"core", "history"}
_WORDS = "says"
"""The column of a data test that has a sentence for the operator in each row."""
_WORDS_SHOWN = 5
_NOT_LIFTED = "not_lifted"
"""`meta` of a data test that --force does not lift."""


@dataclass(frozen=True)
class FailedCheck:
    """A data test of the industry's report that found something, or a model of it that could not be built.

    Attributes:
        says: what it found, a sentence each; the first ones.
        rows: how many rows it found.
        is_lifted: --force publishes the report all the same.
        is_of_reckoned: it holds a file of which rows may stay as published against what is reckoned anew. It
            says nothing where they do stay.
    """

    name: str
    says: tuple[str, ...]
    rows: int
    is_lifted: bool
    is_of_reckoned: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return {**asdict(self), "says": list(self.says)}


def nodes_of_report(manifest: "Manifest") -> set[str]:
    """Give the unique ids of what is of the industry's report."""
    found = {
        name
        for name, node in manifest.nodes.items()
        if INDUSTRY in node.tags or any(part.startswith(_FOLDER) for part in node.fqn)
    }
    readers: dict[str, set[str]] = {}
    for name, node in manifest.nodes.items():
        if str(node.resource_type) != "test":
            for parent in node.depends_on_nodes:
                readers.setdefault(parent, set()).add(name)
    while True:
        more = {
            name
            for name, node in manifest.nodes.items()
            if name not in found
            and (
                found & set(node.depends_on_nodes)
                or (_may_be_of_report(node) and readers.get(name) and readers[name] <= found)
            )
        }
        if not more:
            return found
        found |= more


def _may_be_of_report(node: Any) -> bool:
    """Whether a model is of the report where nothing else reads it: one whose rows nothing but dbt reads."""
    meta = {**node.meta, **node.config.meta}
    is_read = "obligations" in meta or "quarantine" in meta
    is_read |= "run_json" in meta and not meta["run_json"].startswith(INDUSTRY)
    return str(node.resource_type) == "model" and not is_read and bool(_SHARED_FOLDERS & set(node.fqn[:-1]))


def let_checks_warn(manifest: "Manifest", of_report: Collection[str]) -> set[str]:
    """Let the data tests of the report that would end the build warn, and give their unique ids.

    dbt builds nothing behind a test that fails. So the report is there in whole, for --force and to look at.
    """
    from dbt.artifacts.resources.types import NodeType
    from dbt.artifacts.resources.v1.config import Severity

    checks = set()
    for name in of_report:
        node = manifest.nodes[name]
        if node.resource_type == NodeType.Test and str(node.config.severity).lower() == "error":
            node.config.severity = Severity("warn")
            checks.add(name)
    return checks


def checks_of_reckoned(
    manifest: "Manifest", checks: Iterable[str], publications: Iterable[Publication]
) -> set[str]:
    """Give the checks that hold a file of which rows may stay as published against a model that is no file.

    Parameters:
        manifest: dbt's, before any order is put into it besides its own.
        checks: what `let_checks_warn` gave.
        publications: the published files.
    """
    publications = list(publications)
    files = {publication.node for publication in publications}
    kept = {publication.node for publication in publications if publication.is_kept}
    found = set()
    for name in checks:
        read = set(manifest.nodes[name].depends_on_nodes)
        if read & kept and any(parent.startswith("model.") for parent in read - files):
            found.add(name)
    return found


def failed_checks(
    ask: Ask,
    results: Iterable[Any],
    checks: Collection[str],
    is_broken: Iterable[Any] = (),
    of_reckoned: Collection[str] = (),
) -> list[FailedCheck]:
    """Say what the checks of the report found.

    Parameters:
        ask: asks the engine that built it.
        results: dbt's.
        checks: what `let_checks_warn` gave.
        is_broken: results of what is of the report and could not be built.
        of_reckoned: what `checks_of_reckoned` gave.
    """
    failed = [item for item in results if item.node.unique_id in checks and str(item.status) == "warn"]
    words = words_of(ask, failed)
    found = [
        FailedCheck(
            item.node.name,
            tuple(words.get(item.node.unique_id, ())),
            item.failures or 0,
            not item.node.config.meta.get(_NOT_LIFTED, False),
            item.node.unique_id in of_reckoned,
        )
        for item in failed
    ]
    found += [
        FailedCheck(item.node.name, (f"could not be built: {_brief(item.message or '')}",), 0, False)
        for item in is_broken
    ]
    return sorted(found, key=lambda check: check.name)


def words_of(ask: Ask, failed: Iterable[Any]) -> dict[str, list[str]]:
    """Read what failed data tests say, by unique id; nothing of those whose rows have no sentence.

    Parameters:
        ask: asks the engine that ran them.
        failed: dbt's results, with the SQL that ran.
    """
    found: dict[str, list[str]] = {}
    for item in failed:
        select = getattr(item.node, "compiled_code", None)
        if not select:
            continue
        try:
            if _WORDS not in ask(select, 0)[0]:
                continue
            words = f"select distinct {_WORDS} from (\n{select}\n) as failed order by {_WORDS}"
            told = ask(words, _WORDS_SHOWN + 1)[1]
        except Exception:  # what the test says must not hide that it failed
            continue
        lines = [one_line(scrub(str(text))) for (text,) in told if text]
        more = ["and more"] if len(lines) > _WORDS_SHOWN else []
        found[item.node.unique_id] = lines[:_WORDS_SHOWN] + more
    return found


def _brief(message: str) -> str:
    return one_line(scrub(message))[:300]
