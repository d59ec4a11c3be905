"""What dbt's manifest.json says about publishing: the catalogue of files, and where run.json's numbers stand.

No file, figure or mart is named in this package: a new CSV is a mart, its yml and an exposure
(docs/published.md).
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.warehouse.declaration import (
    INDUSTRY,
    LEADING_COLUMNS,
    SHOWN,
    Column,
    checks_of,
    column_of,
    faults_of,
    grain_of,
    meta_of,
    number_checks,
)


@dataclass(frozen=True)
class Publication:
    """One published file per recipient and split.

    Attributes:
        path: template below the recipient's folder, e.g. `business_process/{role}/srv/{srv}.csv`.
        report: what a recipient is owed (`fct_report_obligations.report`); None for a file that every party
            with any report gets, once whatever its roles, and for one of the industry's report.
        split: columns of the mart that tell one file from another; none where all parties get the same file.
        always: written for every obligation, with its header alone where there are no rows.
        columns: the columns of the file, in order, without split columns that stand in the path only.
        key: columns of the mart by which no two rows are alike, as its data test unique_grain has found;
            empty where rows may be equal.
        cell: what a row is about: the grain without month, party and role.
        league: the column that tells the recipient's own row from its peers' in a league; None elsewhere.
        rest_row: the values by which the row with the rest of a whole is known (docs/published.md,
            "Restatement").
        checks: what the mart's yml says of every row, as SQL over the columns of the file.
        second_implementation: whether tests/reference reckons the file too: `covered` or `owed`.
        node: unique id of the mart in dbt's manifest.
        is_industry: it is a file of the industry's report, of no party and read by all.
        keeps: SQL of the rows that rest on rows of parties, which a restatement of few groups leaves as they
            were published; None where it leaves none.
        keeps_columns: in the other rows these columns rest on rows of parties.
        keeps_with_report: a report of the parties, with whose figures in a role its rows stay too.
        rests_on: SQL of the parts of the industry's report that a row rests on.
        about: what the file is, for its reader.
        question: what it answers.
        headlines: figures of it that a reader sees first, as they are declared.
        since: the first month of which it is published, `YYYY-MM`, where that is announced.
        retires: the last one; `instead` says what comes in its place.
    """

    name: str
    title: str
    description: str
    path: str
    report: str | None
    split: tuple[str, ...]
    always: bool
    relation: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    cell: tuple[str, ...] = ()
    league: str | None = None
    rest_row: dict[str, Any] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    second_implementation: str = "covered"
    node: str = ""
    is_industry: bool = False
    keeps: str | None = None
    keeps_columns: tuple[str, ...] = ()
    keeps_with_report: str | None = None
    rests_on: tuple[str, ...] = ()
    about: str = ""
    question: str = ""
    headlines: tuple[dict[str, Any], ...] = ()
    since: str | None = None
    retires: str | None = None
    instead: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a restatement may leave something of a file of the industry's report as published."""
        return self.is_industry and (self.keeps not in (None, "false") or bool(self.keeps_columns))

    @property
    def place(self) -> str:
        """The path below what the recipients have in common: a party's folder, or the release itself."""
        return f"{INDUSTRY}/{self.path}" if self.is_industry else self.path

    @property
    def file_key(self) -> tuple[str, ...]:
        """Columns of the file by which no two of its rows are alike; empty where rows may be equal.

        What the path says is the same for all rows of a file. Instants are cut to seconds, and may be alike.
        """
        types = {column.name: column.data_type for column in self.columns}
        is_told = all(
            name in self.split or (name in types and not types[name].startswith("timestamp"))
            for name in self.key
        )
        return tuple(name for name in self.key if name in types) if is_told else ()

    @property
    def file_cell(self) -> tuple[str, ...]:
        """Columns of the file that say what a row is about: they put the rows of two versions together."""
        names = {column.name for column in self.columns}
        return tuple(name for name in self.cell if name in names)

    @property
    def has_industry_figures(self) -> bool:
        """Whether a party's file shows figures of other parties, which a restatement may have to keep."""
        return any(column.industry not in (None, SHOWN) for column in self.columns)


@dataclass(frozen=True)
class Catalogue:
    """All that the exporter knows about the dbt project, so that a warehouse can carry it with it.

    Attributes:
        obligations: relation of who is owed which report this month.
        run_json: relations of run.json's numbers, by kind.
        quarantine: relation of the quarantined rows, by feed.
        format_requests: relation of what parties ask for in other formats; None where there is none.
        faults: relation of what is wrong with quarantined rows, and its column that names the feed; None
            where there is none.
        watch: relations of spike monitoring: `bands` of all that is counted, and `deviations` from them.
    """

    publications: tuple[Publication, ...]
    obligations: str
    run_json: dict[str, list[str]] = field(default_factory=dict)
    quarantine: dict[str, str] = field(default_factory=dict)
    format_requests: str | None = None
    faults: tuple[str, str] | None = None
    watch: dict[str, str] = field(default_factory=dict)

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
                    "key": tuple(item["key"]),
                    "cell": tuple(item["cell"]),
                    "checks": tuple(item["checks"]),
                    "keeps_columns": tuple(item.get("keeps_columns", ())),
                    "rests_on": tuple(item.get("rests_on", ())),
                    "headlines": tuple(item.get("headlines", ())),
                }
            )
            for item in content["publications"]
        )
        faults = content.get("faults")
        return cls(**{**content, "publications": publications, "faults": faults and tuple(faults)})


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
    obligations = [node["relation_name"] for node in nodes.values() if meta_of(node).get("obligations")]
    if len(obligations) != 1:
        raise CarError(
            f"Exactly one model must have meta.obligations; the dbt project has {len(obligations)}."
        )
    requests = [node["relation_name"] for node in nodes.values() if meta_of(node).get("format_requests")]
    run_json: dict[str, list[str]] = {}
    quarantine: dict[str, str] = {}
    told_faults: tuple[str, str] | None = None
    watch: dict[str, str] = {}
    for node_id in sorted(nodes):
        meta = meta_of(nodes[node_id])
        if "run_json" in meta:
            run_json.setdefault(meta["run_json"], []).append(nodes[node_id]["relation_name"])
        if "quarantine" in meta:
            quarantine[meta["quarantine"]] = nodes[node_id]["relation_name"]
        if "quarantine_faults" in meta:
            told_faults = nodes[node_id]["relation_name"], meta["quarantine_faults"]
        if "watch" in meta:
            watch[meta["watch"]] = nodes[node_id]["relation_name"]
    exposures = [one for one in manifest["exposures"].values() if "publish" in meta_of(one)]
    faults = [fault for exposure in exposures for fault in faults_of(exposure, nodes)]
    if faults:
        raise CarError("\n".join(["What is published is not declared as it must be:", *faults]))
    publications = [_publication(exposure, nodes) for exposure in exposures]
    publications.sort(key=lambda item: item.place)
    return Catalogue(
        tuple(publications),
        obligations[0],
        run_json,
        quarantine,
        requests[0] if requests else None,
        told_faults,
        watch,
    )


def _publication(exposure: dict[str, Any], nodes: dict[str, Any]) -> Publication:
    publish = meta_of(exposure)["publish"]
    (mart_id,) = (node_id for node_id in exposure["depends_on"]["nodes"] if node_id in nodes)
    mart, path_only = nodes[mart_id], set(publish.get("path_only", ()))
    grain, is_key = grain_of(mart_id, nodes)
    cell = tuple(column for column in grain if column not in LEADING_COLUMNS)
    columns = tuple(column_of(mart["columns"][name]) for name in mart["columns"] if name not in path_only)
    return Publication(
        name=exposure["name"],
        title=exposure.get("label") or exposure["name"],
        description=mart.get("description") or exposure.get("description") or "",
        path=publish["path"],
        report=publish.get("report"),
        split=tuple(publish.get("split", ("party_id", "role"))),
        always=bool(publish.get("always", False)),
        relation=mart["relation_name"],
        columns=columns,
        key=grain if is_key else (),
        cell=tuple(publish.get("cell", cell)),
        league=publish.get("league"),
        rest_row=dict(publish.get("rest_row", {})),
        checks=(*checks_of(mart_id, nodes, [column.name for column in columns]), *number_checks(columns)),
        second_implementation=publish.get("second_implementation", "covered"),
        node=mart_id,
        is_industry=publish.get("recipient") == INDUSTRY,
        keeps=publish.get("keeps"),
        keeps_columns=tuple(publish.get("keeps_columns", ())),
        keeps_with_report=publish.get("keeps_with_report"),
        rests_on=tuple(publish.get("rests_on", ())),
        about=" ".join((exposure.get("description") or "").split()),
        question=" ".join(str(publish["question"]).split()),
        headlines=tuple(publish.get("headlines", ())),
        since=publish.get("since"),
        retires=publish.get("retires"),
        instead=publish.get("instead"),
    )
