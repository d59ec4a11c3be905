"""Cuts the small release tests/reports/release, which the approved pictures show, from a simulated month.

`python3 tasks.py approve` runs it. Without an argument it simulates and runs a month where the release is not
what is published, and does nothing otherwise. With the `parties` folder of a release it cuts from that.
"""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from car.warehouse.build import parse
from car.warehouse.catalogue import read_catalogue

RELEASE = Path(__file__).parent / "release"
PROMISED = Path(__file__).parents[2] / "docs" / "promised_columns.csv"
MONTH = "2026-10"
# By report: the party and the role that it is drawn of. All files of that folder are kept.
DRAWN = {
    "inventory": ("ALDER-ENERGY", "IS"),
    "business_process": ("ALDER-ENERGY", "IS"),
    "alerts": ("ALDER-ENERGY", "IS"),
    "network_operator": ("EELC", "ED"),
}
# By folder: column: the values of it that are kept; a file without the column is kept whole.
ROWS = {
    "business_process/IS": {
        "business_process": ("Install and Commission", "Change of Supplier (Gain)"),
        "srv": ("ALL", "8.11", "8.14.1", "6.23", "8.7.1"),
    },
    "alerts/IS": {"alert_code": ("", "ALL", "810D", "81BB", "81A0", "8F35", "8F37", "8F3C", "AD1", "N13")},
    "inventory/IS": {"device_type": ("ESME", "Other")},
}
# What is told first is told of all.
WHOLE = ("findings.csv", "subjects.csv")


def naming_homes() -> set[str]:
    """Give the names of the files that show Devices or meter points: of these the header is kept alone."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(parse(Path(folder)))
    return {
        publication.path.rpartition("/")[2]
        for publication in catalogue.publications
        if {column.shows for column in publication.columns} & {"own_device", "own_meter_point"}
    }


def promised_columns() -> dict[str, list[str]]:
    """Give the columns of each published file, by its path."""
    columns: dict[str, list[str]] = {}
    with PROMISED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["path"], []).append(row["column"])
    return columns


def faults() -> list[str]:
    """Say of each file of the fixed release that it is missing, no more published, or has other columns."""
    promised = {}
    for path, columns in promised_columns().items():
        report = path.partition("/")[0]
        if report in DRAWN and path.rpartition("/")[0] == f"{report}/{{role}}":
            party, role = DRAWN[report]
            promised[f"{party}/{path.format(role=role)}"] = columns
    found = {}
    for path in sorted(RELEASE.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.relative_to(RELEASE).as_posix()] = next(csv.reader(file))
    return [
        *(f"{path} is missing" for path in sorted(promised.keys() - found.keys())),
        *(f"{path} is published no more" for path in sorted(found.keys() - promised.keys())),
        *(
            f"{path} has other columns"
            for path in sorted(promised)
            if found.get(path, promised[path]) != promised[path]
        ),
    ]


def cut(parties: Path) -> None:
    """Write the kept rows of the kept files, and datapackage.json and manifest.json of what was kept."""
    without_rows = naming_homes()
    for party in sorted({party for party, _ in DRAWN.values()}):
        folders = [f"{report}/{role}" for report, (of, role) in DRAWN.items() if of == party]
        shutil.rmtree(RELEASE / party, ignore_errors=True)
        resources = []
        package = json.loads((parties / party / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            folder, _, name = resource["path"].rpartition("/")
            if folder not in folders:
                continue
            kept = {} if name in WHOLE else ROWS.get(folder, {})
            text = _rows(parties / party / resource["path"], kept, name not in without_rows)
            target = RELEASE / party / resource["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            digest = hashlib.sha256(text.encode()).hexdigest()
            resources.append({**resource, "bytes": len(text.encode()), "hash": f"sha256:{digest}"})
        _write(RELEASE / party / "datapackage.json", {**package, "resources": resources})
        manifest = json.loads((parties / party / "manifest.json").read_text(encoding="utf-8"))
        paths = {resource["path"] for resource in resources}
        files = [entry for entry in manifest["files"] if entry["path"] in paths]
        _write(RELEASE / party / "manifest.json", {**manifest, "files": files})


def _rows(path: Path, kept: dict[str, tuple[str, ...]], with_rows: bool) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [
            row for row in reader if all(row.get(name, "") in {*found, ""} for name, found in kept.items())
        ]
    written = io.StringIO()
    writer = csv.DictWriter(written, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows if with_rows else [])
    return written.getvalue()


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def renew() -> None:
    """Cut the release anew from a month that is simulated for it, where it is not what is published."""
    found = faults()
    if not found:
        return
    print("\n".join([*found, "Cutting the fixed release anew (about two minutes) …"]), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        landing, out = f"{folder}/landing", f"{folder}/out"
        car = [sys.executable, "-m", "car"]
        subprocess.run([*car, "simulate", "--landing", landing, "--month", MONTH], check=True)
        run = [*car, "run", "--landing", landing, "--out", out, "--month", MONTH, "--no-pdf", "--no-industry"]
        subprocess.run(run, check=True)
        cut(Path(out) / "releases" / MONTH / "v1" / "parties")
    left = faults()
    if left:
        sys.exit("\n".join([*left, "Run `python3 tasks.py promise` first: it lists what is published."]))


if __name__ == "__main__":
    if sys.argv[1:]:
        cut(Path(sys.argv[1]))
    else:
        renew()
