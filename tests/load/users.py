"""Analysts who sign in to the portal and walk its pages: a locustfile, which tests/load/run.py runs.

The environment says what they see (`LOAD_MONTH`, `LOAD_ROLE`) and where the answers' times are written
(`LOAD_RESULT`).
"""

import json
import os
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

from locust import FastHttpUser, between, events, task

sys.path.append(str(Path(__file__).parent))

from walk import KINDS, LARGE, SMALL, editions_in, kinds, page, version_of

_MONTH, _ROLE = os.environ["LOAD_MONTH"], os.environ["LOAD_ROLE"]
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# One click in so many asks for the rows of a table as CSV.
_CLICKS_TO_A_DOWNLOAD = 100
_PATHS: dict[str, set[tuple[str, str]]] = defaultdict(set)
CSV, SIGN_IN = "CSV of filtered rows", "sign in"


class Analyst(FastHttpUser):
    """An analyst of the large supplier."""

    weight = 9
    wait_time = between(1, 3)
    party, other = LARGE, SMALL
    without: tuple[str, ...] = ()

    def on_start(self):
        """Sign in."""
        self.draw = random.Random()
        self.kinds = kinds(self.draw, self.without)
        with self.client.get("/sign-in", name=SIGN_IN, catch_response=True) as answer:
            token = _TOKEN.search(answer.text or "")
        form = {"csrf_token": token[1], "party": self.party, "next": "/help"}
        self.client.post("/sign-in", form, headers={"Origin": self.host}, name=SIGN_IN)

    @task
    def click(self):
        """Open a page, or download rows."""
        if self.draw.randrange(_CLICKS_TO_A_DOWNLOAD) == 0:
            self.download()
            return
        kind = next(self.kinds)
        path = page(kind, _MONTH, _ROLE, self.draw)
        _PATHS[kind].add((self.party, path))
        with self.client.get(path, name=kind, catch_response=True) as answer:
            text = answer.text or ""
            version, editions = version_of(text), editions_in(text)
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif self.other in text:
                answer.failure("the page names another party")
            elif editions - {version, *_of_other_months(kind)} or not version:
                answer.failure(f"a page of version {version} shows figures of {editions}")

    def download(self):
        """Download some rows."""
        path = f"/{_MONTH}/{_ROLE}/table/inventory/summary.csv?device_type=ESME"
        with self.client.get(path, name=CSV, catch_response=True) as answer:
            if answer.status_code != 200 or self.other in (answer.text or ""):
                answer.failure(f"status {answer.status_code}, or rows of another party")


class OtherAnalyst(Analyst):
    """An analyst of another supplier, who may see nothing of the large one."""

    weight = 1
    party, other = SMALL, LARGE
    # It has no such file.
    without = ("srv table filtered",)


def _of_other_months(kind):
    """Give the versions of the other months, which trends show too."""
    return (1,) if kind == "trends" else ()


@events.quitting.add_listener
def _write(environment, **_):
    entries = {name: entry for (name, _), entry in environment.stats.entries.items()}
    result = {
        "kinds": {name: _times([entry]) for name, entry in sorted(entries.items())},
        "pages": _times([entry for name, entry in entries.items() if name in KINDS]),
        "different_pages": {kind: len(paths) for kind, paths in sorted(_PATHS.items())},
        "errors": sorted(
            f"{error.name}: {error.error} ({error.occurrences})"
            for error in environment.stats.errors.values()
        ),
    }
    Path(os.environ["LOAD_RESULT"]).write_text(json.dumps(result))


def _times(entries):
    """Give count, failures, median and 95th percentile of some kinds together (ms)."""
    counted = {}
    for entry in entries:
        for time_ms, number in entry.response_times.items():
            counted[time_ms] = counted.get(time_ms, 0) + number
    times = sorted(time_ms for time_ms, number in counted.items() for _ in range(number))
    return {
        "count": sum(entry.num_requests for entry in entries),
        "failures": sum(entry.num_failures for entry in entries),
        **{
            f"p{share}_ms": times[int((len(times) - 1) * share / 100)] if times else None
            for share in (50, 95, 99)
        },
        "mean_bytes": round(sum(entry.total_content_length for entry in entries) / max(len(times), 1)),
    }
