"""How Spark means to join: of facts no nested loop, which compares each row with every other."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# A cluster's tables are none that is sent to every worker.
_NO_BROADCAST: Final = "set spark.sql.autoBroadcastJoinThreshold = -1"
_NESTED: Final = re.compile(r"BroadcastNestedLoopJoin|CartesianProduct")
_BY_DEVICE: Final = re.compile(r"Exchange hashpartitioning\(device_key#")
# Facts of which each row finds the spell of its Device.
_FIND_SPELLS: Final = ("fct_service_requests_coded", "fct_alerts_coded")
# Models with a nested loop all the same, each with what bounds it.
_BOUNDED: Final = {
    "fct_gate_reasons": "rows of which there is one a feed, with one row",
    "fct_industry_deadline": "one row with one row",
    "fct_major_incident_days": "outages of major incidents, with the days of a month",
}


def plans(session: Any, manifest: "Manifest") -> list[str]:
    """Ask how each model of core is joined, and name what is not as it has to be."""
    session.sql(_NO_BROADCAST)
    began = time.monotonic()
    found = {name: _plan(session, sql) for name, sql in _selects(manifest)}
    print(f"Plans of {len(found)} models: {time.monotonic() - began:.0f} s", flush=True)
    return faults_of(found)


def _selects(manifest: "Manifest") -> list[tuple[str, str]]:
    """Give the SQL of the models of core, which dbt has compiled for the build."""
    found = []
    for node in manifest.nodes.values():
        if str(node.resource_type) == "model" and node.fqn[1] == "core":
            path = Path(node.compiled_path or "")
            if path.is_file():
                found.append((node.name, path.read_text(encoding="utf-8")))
    return sorted(found)


def _plan(session: Any, sql: str) -> str:
    return str(session.sql(f"explain {sql}").collect()[0][0])


def faults_of(plans: dict[str, str]) -> list[str]:
    """Name the models that compare each row with every other, and facts that find spells by no Device."""
    nested = [name for name, plan in plans.items() if _NESTED.search(plan) and name not in _BOUNDED]
    gone = [name for name in _BOUNDED if not _NESTED.search(plans.get(name, ""))]
    elsewhere = [name for name in _FIND_SPELLS if not _BY_DEVICE.search(plans.get(name, ""))]
    return (
        [f"{name} joins by a nested loop" for name in nested]
        + [f"{name} has no nested loop: take it from the list" for name in gone]
        + [f"{name} does not find spells by Device" for name in elsewhere]
    )
