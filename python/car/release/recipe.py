"""The command that makes a release again from the landing files, for run.json."""

import json
import shlex
from typing import Any


def command(run: dict[str, Any]) -> str:
    """Give the `car run` that publishes what a run publishes, from the same landing files.

    It is to be run where the landing folder is called `landing`; no path of the machine stands in it. Where
    findings look at the month before, that release (run.json's `history`) has to be in `out` first, and for
    the same `changes.csv`, or industry figures that a restatement kept (`industry`), the earlier versions
    too: each has its own command.

    Parameters:
        run: the content of run.json, with `reporting_month`, `as_of`, `variables`, `history`, `industry`,
            `performance_report`, `held_back`, `reports_of`.
    """
    words = ["car", "run", "--landing", "landing", "--out", "out", "--month", run["reporting_month"]]
    words += ["--as-of", run["as_of"]]
    if run.get("variables"):
        words += ["--vars", json.dumps(run["variables"], ensure_ascii=False)]
    if not run.get("history") and not run.get("industry"):
        words.append("--no-history")
    if left_out_by := (run.get("performance_report") or {}).get("left_out_by"):
        words.append(left_out_by)
    if run.get("held_back"):
        words.append("--force")
    if run.get("reports_of") == 0:
        words.append("--no-pdf")
    elif run.get("reports_of") is not None:
        words += ["--reports-of", str(run["reports_of"])]
    return shlex.join(words)
