"""Lets what reads a mart with industry figures wait for a restatement to lay over it what stays as published.

One model decides which reports keep their published industry figures, and lays them over the marts. Its yml
says `meta.run_json: industry_reports`; macros/marts/restatement.sql says how. It reads whatever marts declare
industry figures. dbt knows an order by `ref` alone, and a list of marts in that model would be one more place
to edit for each new file. So the order is put into dbt's graph here, from the declarations.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from car.warehouse.catalogue import Publication

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_DECIDES = "industry_reports"


def let_readers_wait(manifest: "Manifest", publications: Iterable[Publication]) -> None:
    """Put the deciding model behind the marts with industry figures, and what reads these behind it.

    Parameters:
        manifest: dbt's, as it was parsed; its graph is changed.
        publications: the published files.
    """
    marts = {publication.node for publication in publications if publication.has_industry_figures}
    for decides in [name for name, node in manifest.nodes.items() if _DECIDES in _run_json(node)]:
        for name, node in manifest.nodes.items():
            if name != decides and marts & set(node.depends_on_nodes):
                node.depends_on.nodes.append(decides)
        manifest.nodes[decides].depends_on.nodes += sorted(marts)
    manifest.build_flat_graph()


def _run_json(node: Any) -> tuple[str, ...]:
    return tuple(meta["run_json"] for meta in (node.meta, node.config.meta) if "run_json" in meta)
