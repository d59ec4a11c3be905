"""Loads the portal with analysts, and writes down what it took. `python3 tasks.py load` runs it.

What lacks is made first: the releases of a large supplier and their bundles (tests/load/release.py). Then the
portal is served as `car portal serve` does, and users walk its pages (tests/load/users.py). In the middle
another version is put in force, and later the first one again.
"""

import argparse
import http.cookiejar
import json
import os
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from car.bench.bench import measured_on
from car.jsonfile import write_json
from car.portal.bundle.build import build_bundle, fits
from car.portal.bundle.places import bundle_place
from car.portal.settings import PortalSettings
from car.release import log
from car.release.places import folders_in
from car.release.tree import Month
from car.warehouse.build import parse
from car.warehouse.catalogue import Catalogue, read_catalogue
from car.workspace import Machine

sys.path.append(str(Path(__file__).parent))

from release import ROLE, SMALLER, WHOLE, Maker
from walk import KINDS, LARGE, editions_in, page, version_of

_HERE = Path(__file__).parent
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ADDRESS = "127.0.0.1:8467"
_WAITS_S = 60
# The users of the load are one user to the dev login: what is limited for a person is not limited here.
_LIMITS = {"CAR_PORTAL_SIGN_INS_PER_USER": "100000", "CAR_PORTAL_SIGN_INS_PER_ADDRESS": "100000"} | {
    "CAR_PORTAL_DOWNLOADS_PER_USER": "100000",
    "CAR_PORTAL_DOWNLOADS_PER_ADDRESS": "100000",
}
# 1,250,000 of 5,000,000 Devices.
_MANY_ROWS = "csp_id=CSP-N"


class Server:
    """The portal, served in processes of its own.

    Parameters:
        out: the output folder.
        state: folder of sessions and audit log.
    """

    def __init__(self, out: Path, state: Path) -> None:
        command = [sys.executable, "-m", "car", "portal", "serve", "--out", str(out), "--bind", _ADDRESS]
        environment = {**os.environ, **_LIMITS, "CAR_PORTAL_STATE": str(state)}
        began = time.monotonic()
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() - began > _WAITS_S:
                raise SystemExit("The portal does not start.")
            time.sleep(0.02)
        self.start_s = round(time.monotonic() - began, 2)
        self.memory: list[dict[str, float]] = []
        self._is_ending = threading.Event()
        self._sampler = threading.Thread(target=self._sample, args=(began,), daemon=True)
        self._sampler.start()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{_ADDRESS}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _sample(self, began: float) -> None:
        top = psutil.Process(self._process.pid)
        while not self._is_ending.wait(1):
            pss, rss, cpu = 0, 0, 0.0
            try:
                for one in [top, *top.children(recursive=True)]:
                    used, times = one.memory_full_info(), one.cpu_times()
                    pss, rss, cpu = pss + used.pss, rss + used.rss, cpu + times.user + times.system
            except psutil.Error:  # a download has ended meanwhile
                continue
            at = round(time.monotonic() - began, 1)
            self.memory.append(
                {"at_s": at, "pss_mib": pss >> 20, "rss_mib": rss >> 20, "cpu_s": round(cpu, 1)}
            )

    def end(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._is_ending.set()
        self._sampler.join()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(_WAITS_S)


class Reader:
    """A browser of one user, who has signed in as a party."""

    def __init__(self, party: str) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        token = _TOKEN.search(self.page("/sign-in"))[1]
        form = urllib.parse.urlencode({"csrf_token": token, "party": party, "next": "/help"}).encode()
        request = urllib.request.Request(f"http://{_ADDRESS}/sign-in", form, {"Origin": f"http://{_ADDRESS}"})
        self._opener.open(request, timeout=_WAITS_S).read()

    def page(self, path: str) -> str:
        """Give a page."""
        with self._opener.open(f"http://{_ADDRESS}{path}", timeout=_WAITS_S) as answer:
            return answer.read().decode()

    def timed(self, path: str) -> tuple[float, str]:
        """Give how long a page took (s), and the page."""
        began = time.monotonic()
        text = self.page(path)
        return round(time.monotonic() - began, 3), text

    def download(self, path: str) -> dict[str, Any]:
        """Download rows, and give how long the first byte and all of them took, and how many there are."""
        began, rows, size_bytes, first_s = time.monotonic(), -1, 0, None
        with self._opener.open(f"http://{_ADDRESS}{path}", timeout=600) as answer:
            while block := answer.read1(1 << 18):
                first_s = first_s or round(time.monotonic() - began, 2)
                rows, size_bytes = rows + block.count(b"\n"), size_bytes + len(block)
        return {
            "rows": rows,
            "size_bytes": size_bytes,
            "first_byte_s": first_s,
            "all_s": round(time.monotonic() - began, 1),
        }


def main() -> None:
    """Make what lacks, load the portal, and write the result."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--users", type=int, default=50)
    asked.add_argument("--small", action="store_true", help="small releases, to try the load itself")
    asked.add_argument("--folder", type=Path, default=Path("build") / "load")
    asked.add_argument("--result", type=Path, help="JSON; default: in the folder")
    given = asked.parse_args()
    folder = given.folder / ("small" if given.small else "whole")
    folder.mkdir(parents=True, exist_ok=True)
    out = (folder / "out").resolve()
    maker = Maker(out, SMALLER if given.small else WHOLE, _catalogue(given.folder))
    month = maker.months()[-1]
    print("Making the releases and bundles that lack …", flush=True)
    maker.all()
    maker.version(month, 2)
    result: dict[str, Any] = {
        "measured_on": measured_on(Machine(os.cpu_count() or 1, PortalSettings().query_memory)),
        "python": platform.python_version(),
        "size": vars(maker.size) | {"minutes": given.minutes, "users": given.users},
        "bundle": _built(out, maker, month),
        **_loaded(out, month, given.minutes, given.users),
    }
    place = given.result or folder / "result.json"
    write_json(place, result)
    told = result["pages"]
    print(f"{told['count']} pages, {told['failures']} failures,", end=" ")
    print(f"median {told['p50_ms']} ms, 95th percentile {told['p95_ms']} ms")
    print("\n".join(result["errors"]))
    print(f"Memory: {result['memory']}. Written: {place}")


def _catalogue(folder: Path) -> Catalogue:
    """Read what is published, as it was when the releases were made: parsing takes dbt half a minute."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "catalogue.json"
    if not kept.is_file():
        with tempfile.TemporaryDirectory() as work:
            write_json(kept, read_catalogue(parse(Path(work))).to_dict())
    return Catalogue.from_dict(json.loads(kept.read_text(encoding="utf-8")))


def _built(out: Path, maker: Maker, month: str) -> dict[str, Any]:
    """Build the bundles that lack, and that of the large supplier anew to measure it."""
    for name in maker.months():
        for version in Month(out, name).versions():
            for recipient in folders_in(Month(out, name).version_path(version)):
                place = bundle_place(out, name, version, recipient)
                if not fits(place):
                    build_bundle(place)
    began = time.process_time()
    built = build_bundle(bundle_place(out, month, 1, LARGE))
    cpu_s = time.process_time() - began
    return {
        "csv_bytes": built.csv_bytes,
        "size_bytes": built.size_bytes,
        "share": round(built.size_bytes / built.csv_bytes, 3),
        "csv_mb_a_cpu_s": round(built.csv_bytes / 1e6 / cpu_s, 1),
    }


def _loaded(out: Path, month: str, minutes: float, users: int) -> dict[str, Any]:
    tree = Month(out, month)
    if tree.in_force() != 1:
        tree.switch(log.switch_now(tree.in_force(), 1, "load", ""))
    state = out.parent / "state"
    path = f"/{month}/{ROLE}/business_process"
    # The shared script is made once for good; what is measured is a start like any other.
    before = Server(out, state)
    try:
        reader = Reader(LARGE)
        reader.timed(path)
        alone = [_switched(tree, version, reader, path) for version in (2, 1)]
    finally:
        before.end()
    server = Server(out, state)
    try:
        reader = Reader(LARGE)
        first_s, _ = reader.timed(path)
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            users_process = _users(month, minutes, users, Path(file.name))
            switched = []
            for version, wait_s in ((2, minutes * 30), (1, minutes * 15)):
                time.sleep(wait_s)
                switched.append(_switched(tree, version, reader, path))
            users_process.wait()
            loaded = json.loads(Path(file.name).read_text(encoding="utf-8"))
        under_load = list(server.memory)
        table = f"/{month}/{ROLE}/table/inventory/devices.csv?{_MANY_ROWS}"
        used = server.memory[-1]["pss_mib"]
        csv = reader.download(table)
        csv["memory_added_mib"] = max(one["pss_mib"] for one in server.memory[len(under_load) - 1 :]) - used
        weights = {kind: len(reader.page(_unfiltered(kind, month)).encode()) for kind in KINDS}
    finally:
        server.end()
    return {
        "start_s": server.start_s,
        "first_page_s": first_s,
        "first_page_after_a_switch_alone_s": alone,
        "first_page_after_a_switch_under_load_s": switched,
        **loaded,
        "memory": _told(under_load),
        "memory_by_second": under_load[:: max(1, len(under_load) // 120)],
        "csv": csv,
        "page_bytes": weights,
    }


def _switched(tree: Month, version: int, reader: Reader, path: str) -> float:
    """Put a version in force; give how long the next page took (s), which must be of this version alone."""
    tree.switch(log.switch_now(tree.in_force(), version, "load", ""))
    after_s, html = reader.timed(path)
    if version_of(html) != version or editions_in(html) != {version}:
        raise SystemExit("The page after a switch is not of the version in force.")
    return after_s


def _users(month: str, minutes: float, users: int, result: Path) -> subprocess.Popen:
    command = [
        str(Path(sys.executable).with_name("locust")),
        "--locustfile",
        str(_HERE / "users.py"),
        "--headless",
    ]
    command += ["--users", str(users), "--spawn-rate", "5", "--run-time", f"{round(minutes * 60)}s"]
    command += ["--host", f"http://{_ADDRESS}", "--only-summary", "--loglevel", "ERROR"]
    told = {"LOAD_MONTH": month, "LOAD_ROLE": ROLE, "LOAD_RESULT": str(result)}
    return subprocess.Popen(command, env={**os.environ, **told}, stdout=subprocess.DEVNULL)


def _unfiltered(kind: str, month: str) -> str:
    return page(kind, month, ROLE, random.Random(1))


def _told(samples: list[dict[str, float]]) -> dict[str, Any]:
    """Give the most memory that the server had, and whether it still grew in the last third."""
    third = max(1, len(samples) // 3)
    middle, last = samples[third : 2 * third] or samples, samples[-third:]
    return {
        "most_pss_mib": max(one["pss_mib"] for one in samples),
        "most_rss_mib": max(one["rss_mib"] for one in samples),
        "mean_pss_middle_third_mib": round(sum(one["pss_mib"] for one in middle) / len(middle)),
        "mean_pss_last_third_mib": round(sum(one["pss_mib"] for one in last) / len(last)),
        "cpu_s": samples[-1]["cpu_s"] - samples[0]["cpu_s"],
    }


if __name__ == "__main__":
    main()
