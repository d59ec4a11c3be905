"""Keeps what dbt parsed of the project, so that the next run on the same code need not parse it again.

Parsing takes a fifth of what a small month costs. dbt keeps what it parsed too, but parses it all anew when a
variable has another value, and every run has clocks of its own, by which nothing is parsed otherwise.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from car.fingerprint import files_in, fingerprint
from car.provenance import package_versions

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# The variables that every run sets itself: what is parsed does not hang on them.
CLOCKS = (
    "reporting_month",
    "as_of",
    "landing_index",
    "history_parties",
    "rows_month_before",
    "industry_origin",
    "code_fingerprint",
)
_PARTS = ("analyses", "macros", "models", "profiles", "seeds", "snapshots", "tests/dbt")
_LEFT_BY_DBT = "partial_parse.msgpack"
MANIFEST = "manifest.json"


def parsed_file(target: Path, project: Path, warehouse: Path, variables: dict[str, Any]) -> Path:
    """Name the file of what was parsed of just this project, with these versions, variables and database.

    Parameters:
        target: dbt's target folder.
        warehouse: its name is the database's, which is in every relation.
    """
    fixed = {name: value for name, value in variables.items() if name not in CLOCKS}
    decided_by = [str(project), warehouse.stem, fixed, package_versions()]
    files = [project / "dbt_project.yml", *files_in(project, _PARTS)]
    name = fingerprint(files, project, json.dumps(decided_by, sort_keys=True))
    return target / f"parsed-{name}.msgpack"


def recall(file: Path) -> "Manifest | None":
    """Give what was parsed, or None where it is to be parsed; what else was kept is removed then.

    dbt's manifest.json of the same parse stands beside it.
    """
    if not (file.is_file() and file.with_name(MANIFEST).is_file()):
        for path in [*file.parent.glob("parsed-*.msgpack"), file.with_name(_LEFT_BY_DBT)]:
            path.unlink(missing_ok=True)
        return None
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest = Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def keep(file: Path) -> None:
    """Keep what dbt has just parsed, which it writes once it has parsed everything."""
    written = file.with_name(_LEFT_BY_DBT)
    if written.is_file():
        written.replace(file)
