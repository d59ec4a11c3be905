"""What dbt's manifest.json says about publishing: the catalogue of files, and where run.json's numbers stand.

No file, figure or mart is named in this package: a new CSV is a mart, its yml and an exposure
(product.md, Layers).
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from car.errors import CarError

# Every published CSV starts with these (published.md).
LEADING_COLUMNS = ("reporting_month", "party_id", "role")


@dataclass(frozen=True)
class Column:
    """One column of a published file, as the mart's own yml describes it."""

    name: str
    data_type: str
    description: str = ""
    unit: str | None = None


@dataclass(frozen=True)
class Publication:
    """One published file per recipient and split.

    Attributes:
        path: template below `parties/<party_id>/`, e.g. `business_process/{role}/srv/{srv}.csv`.
        report: what a recipient is owed (`fct_report_obligations.report`).
        split: columns of the mart that tell one file from another.
        always: written for every obligation, with its header alone where there are no rows.
        columns: the columns of the file, in order, without split columns that stand in the path only.
        key: columns of the mart by which no two rows are alike, as its data test unique_grain has found;
            empty where none is known.
    """

    name: str
    title: str
    description: str
    path: str
    report: str
    split: tuple[str, ...]
    always: bool
    relation: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All that the exporter knows about the dbt project, so that a warehouse can carry it with it.

    Attributes:
        obligations: relation of who is owed which report this month.
        run_json: relations of run.json's numbers, by kind.
        quarantine: relation of the quarantined rows, by feed.
    """

    publications: tuple[Publication, ...]
    obligations: str
    run_json: dict[str, list[str]] = field(default_factory=dict)
    quarantine: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the catalogue as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Catalogue":
        """Read what `to_dict` gave."""
        publications = tuple(
            Publication(
                **{
                    **item,
                    "split": tuple(item["split"]),
                    "columns": tuple(Column(**column) for column in item["columns"]),
                    "key": tuple(item.get("key", ())),
                }
            )
            for item in content["publications"]
        )
        return cls(**{**content, "publications": publications})


def read_catalogue(manifest_path: Path) -> Catalogue:
    """Read the catalogue from dbt's manifest.json.

    Raises:
        CarError: no manifest, no model of obligations, or an exposure that cannot be published.
    """
    try:
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CarError(f"dbt wrote no manifest at {manifest_path}: build the warehouse first.") from None
    nodes = manifest["nodes"]
    obligations = [node["relation_name"] for node in nodes.values() if _meta(node).get("obligations")]
    if len(obligations) != 1:
        raise CarError(
            f"Exactly one model must have meta.obligations; the dbt project has {len(obligations)}."
        )
    run_json: dict[str, list[str]] = {}
    quarantine: dict[str, str] = {}
    for node_id in sorted(nodes):
        meta = _meta(nodes[node_id])
        if "run_json" in meta:
            run_json.setdefault(meta["run_json"], []).append(nodes[node_id]["relation_name"])
        if "quarantine" in meta:
            quarantine[meta["quarantine"]] = nodes[node_id]["relation_name"]
    publications = [
        _publication(exposure, nodes)
        for exposure in manifest["exposures"].values()
        if "publish" in _meta(exposure)
    ]
    publications.sort(key=lambda item: item.path)
    return Catalogue(tuple(publications), obligations[0], run_json, quarantine)


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def _publication(exposure: dict[str, Any], nodes: dict[str, Any]) -> Publication:
    name = exposure["name"]
    publish = _meta(exposure)["publish"]
    marts = [node_id for node_id in exposure["depends_on"]["nodes"] if node_id in nodes]
    if len(marts) != 1:
        raise CarError(f"Exposure {name} must depend on exactly one mart; it depends on {len(marts)}.")
    mart = nodes[marts[0]]
    for key in ("path", "report"):
        if key not in publish:
            raise CarError(f"Exposure {name}: meta.publish lacks `{key}`.")
    split = tuple(publish.get("split", ("party_id", "role")))
    path_only = set(publish.get("path_only", ()))
    always = bool(publish.get("always", False))
    contract = list(mart["columns"])
    columns = tuple(_column(column) for column in mart["columns"].values() if column["name"] not in path_only)
    if tuple(column.name for column in columns[:3]) != LEADING_COLUMNS:
        raise CarError(
            f"Exposure {name}: the file of {mart['name']} must start with {', '.join(LEADING_COLUMNS)}."
        )
    if split[:2] != ("party_id", "role"):
        raise CarError(f"Exposure {name}: meta.publish.split must start with party_id, role.")
    unknown = sorted(({*split, *path_only}) - set(contract))
    if unknown:
        raise CarError(f"Exposure {name}: {mart['name']} has no column {', '.join(unknown)}.")
    in_path = {key for _, key, _, _ in Formatter().parse(publish["path"]) if key}
    if in_path != set(split) - {"party_id"}:
        raise CarError(
            f"Exposure {name}: the path must name each split column once, and no other: {publish['path']}"
        )
    if always and len(split) > 2:
        raise CarError(f"Exposure {name}: a file split by more than party and role cannot be `always`.")
    return Publication(
        name=name,
        title=exposure.get("label") or name,
        description=mart.get("description") or exposure.get("description") or "",
        path=publish["path"],
        report=publish["report"],
        split=split,
        always=always,
        relation=mart["relation_name"],
        columns=columns,
        key=_key(marts[0], nodes),
    )


def _key(mart_id: str, nodes: dict[str, Any]) -> tuple[str, ...]:
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        is_of_mart = node.get("attached_node") == mart_id and test.get("name") == "unique_grain"
        if is_of_mart and not node["config"].get("where"):
            return tuple(column.strip('"') for column in test["kwargs"]["columns"])
    return ()


def _column(column: dict[str, Any]) -> Column:
    return Column(
        name=column["name"],
        data_type=(column.get("data_type") or "").lower(),
        description=" ".join((column.get("description") or "").split()),
        unit=_meta(column).get("unit"),
    )
