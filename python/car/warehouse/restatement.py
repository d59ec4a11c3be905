"""Tells dbt which files a restatement may keep figures of, and lets what reads their marts wait for it.

One model decides which reports keep their published industry figures, and lays them over the marts. Its yml
says `meta.run_json: industry_reports`; macros/marts/restatement.sql says how. It reads whatever marts declare
industry figures. dbt knows an order by `ref` alone, and a list of marts in that model would be one more place
to edit for each new file. So the order is put into dbt's graph here, from the declarations.

Another model decides likewise of the industry's report (`meta.run_json: industry_restatement`), and lays what
was published over the files of it that declare what they keep.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from car.warehouse.catalogue import Publication
from car.warehouse.declaration import OWN_PLACE, WITHHELD

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_DECIDES = "industry_reports"
_DECIDES_OF_INDUSTRY = "industry_restatement"
# The table of the rows that a file had for the parties when the report's figures were reckoned.
_HELD_AGAINST = "{}__report_{}"


def files_with_industry_figures(publications: Iterable[Publication]) -> list[dict[str, Any]]:
    """Say of each published file with industry figures what its mart's yml and its exposure declare.

    Returns:
        A dictionary per file, as macro files_with_industry_figures describes it.
    """
    return [_declared(publication) for publication in publications if publication.has_industry_figures]


def _declared(publication: Publication) -> dict[str, Any]:
    columns = publication.columns
    return {
        "name": publication.name,
        "report": publication.report,
        "path": publication.path,
        "relation": publication.relation,
        "types": {column.name: column.data_type for column in columns},
        "cell": publication.cell,
        "own": [
            column.name
            for column in columns
            if column.unit and not column.industry and column.name not in publication.cell
        ],
        "figures": [column.name for column in columns if column.is_industry_figure],
        "places": [column.name for column in columns if column.industry == OWN_PLACE],
        "flag": next((column.name for column in columns if column.industry == WITHHELD), None),
        "league": publication.league,
        "rest_row": publication.rest_row,
    }


def files_of_report(publications: Iterable[Publication]) -> list[dict[str, Any]]:
    """Say of each file of the industry's report that keeps something what its exposure declares.

    Returns:
        A dictionary per file, as macro files_of_report describes it.
    """
    return [
        {
            "name": publication.name,
            "path": publication.path,
            "relation": publication.relation,
            "types": {column.name: column.data_type for column in publication.columns},
            "cell": publication.cell,
            "keeps": publication.keeps or "false",
            "keeps_columns": list(publication.keeps_columns),
            "keeps_with_report": publication.keeps_with_report,
            "rests_on": list(publication.rests_on),
        }
        for publication in publications
        if publication.is_kept
    ]


def held_against(files: Iterable[dict[str, Any]], origin: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the parties' files with which this month's are compared, for the industry's report.

    Its parts need not come from one version, nor from the one that the figures of the parties come from.
    Where they do, the rows are read once.

    Parameters:
        files: what `files_with_industry_figures` gave.
        origin: the variable `industry_origin`, with `report`.
    """
    files = list(files)
    found = []
    for version, parties in origin["report"]["parties"].items():
        if parties == origin["in_force"] and not origin["kept"]:
            found += [{**file, "origin": version} for file in files]
        else:
            found += [
                {
                    **file,
                    "name": _HELD_AGAINST.format(file["name"], version),
                    "parties": parties,
                    "origin": version,
                }
                for file in files
            ]
    return found


def let_readers_wait(manifest: "Manifest", publications: Iterable[Publication]) -> None:
    """Put the deciding model behind the marts with industry figures, and what reads these behind it.

    Parameters:
        manifest: dbt's, as it was parsed; its graph is changed.
        publications: the published files.
    """
    publications = list(publications)
    of_parties = {publication.node for publication in publications if publication.has_industry_figures}
    of_report = {publication.node for publication in publications if publication.is_kept}
    for kind, marts in ((_DECIDES, of_parties), (_DECIDES_OF_INDUSTRY, of_report)):
        for decides in [name for name, node in manifest.nodes.items() if kind in _run_json(node)]:
            before = {decides, *marts, *manifest.nodes[decides].depends_on_nodes}
            for name, node in manifest.nodes.items():
                if name not in before and marts & set(node.depends_on_nodes):
                    node.depends_on.nodes.append(decides)
            manifest.nodes[decides].depends_on.nodes += sorted(marts)
    manifest.build_flat_graph()


def _run_json(node: Any) -> tuple[str, ...]:
    return tuple(meta["run_json"] for meta in (node.meta, node.config.meta) if "run_json" in meta)
