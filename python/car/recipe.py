"""The command that makes a release again from the landing files, for run.json."""

import json
import shlex
from typing import Any


def command(run: dict[str, Any]) -> str:
    """Give the `car run` that publishes what a run publishes, from the same landing files.

    It is to be run where the landing folder is called `landing`; no path of the machine stands in it. Where
    findings look at the month before, that release (run.json's `history`) has to be in `out` first, and for
    the same `changes.csv` the earlier versions too: each has its own command.

    Parameters:
        run: the content of run.json, with `reporting_month`, `as_of`, `variables`, `history`, `held_back`.
    """
    words = ["car", "run", "--landing", "landing", "--out", "out", "--month", run["reporting_month"]]
    words += ["--as-of", run["as_of"]]
    if run.get("variables"):
        words += ["--vars", json.dumps(run["variables"], ensure_ascii=False)]
    if not run.get("history"):
        words.append("--no-history")
    if run.get("held_back"):
        words.append("--force")
    return shlex.join(words)
