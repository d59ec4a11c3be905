"""Cuts the small release tests/reports/release, which the approved pictures show, from simulated months.

`python3 tasks.py approve` runs it. Without an argument it simulates and runs two months where the release is
not what is published, and does nothing otherwise. With the folder of a demonstration of two months it cuts
from it.
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
# The same recipients in the month before.
BEFORE = Path(__file__).parent / "before"
# The industry's folder of the release, with what run.json says of the release beside it.
INDUSTRY = Path(__file__).parent / "industry"
PROMISED = Path(__file__).parents[2] / "docs" / "promised_columns.csv"
MONTH, MONTH_BEFORE = "2026-10", "2026-09"
# By report: the party and the role that it is drawn of. All files of that folder are kept.
DRAWN = {
    "inventory": ("DALE-ENERGY", "IS"),
    "business_process": ("DALE-ENERGY", "IS"),
    "alerts": ("DALE-ENERGY", "IS"),
    "network_operator": ("EELC", "ED"),
}
# What a report reads of another area, and the code lists.
BESIDE = {"DALE-ENERGY": ("reference",), "EELC": ("inventory/ED/summary.csv", "reference")}
_CODES = ("81A0", "8F0C", "N12", "N13", "N55", "8F35", "8F37", "8F3C", "AD1")
# By folder: column: the values of it that are kept; a file without the column is kept whole.
ROWS = {
    "business_process/IS": {
        "business_process": (
            "Meter Reads",
            "Prepayment",
            "Install and Commission",
            "Distribution Networks Post I&C Activity",
        ),
        "srv": ("ALL", "4.6.1", "4.8.1", "2.2", "8.11"),
    },
    "alerts/IS": {"alert_code": ("ALL", *_CODES)},
}
# By file: columns that choose none of its rows: failures add up to those of their process as a whole.
WHOLE = {"failures.csv": ("srv",)}
# By folder: the files of it that are kept; of others all are.
FILES = {"alerts/IS/alert": _CODES}
# The same for the industry's files: one process stands for all.
_PROCESS = {
    "business_process": ("Prepayment", "Scheduling", "Alerts Management"),
    "segment": ("ALL", "SMETS2", "North", "SMETS1", "Withheld"),
}
INDUSTRY_ROWS = {
    "measures.csv": _PROCESS,
    "rsvp_monthly.csv": _PROCESS,
    "rsvp_daily.csv": _PROCESS,
    "iterations.csv": _PROCESS,
    "league_table.csv": _PROCESS,
    "alerts.csv": {"alert_code": ("ALL", "Withheld", *_CODES)},
    "availability.csv": {"component": ("ALL",), "segment": ("ALL", "North")},
    "availability_daily.csv": {"component": ("ALL",), "segment": ("ALL",)},
    "installs_daily.csv": {"device_type": ("ALL",), "segment": ("SMETS2",)},
    "incident_statistics.csv": {"smets_version": ("ALL",)},
}
# What the report reads of run.json.
INDUSTRY_RUN = (
    "reporting_month",
    "version",
    "as_of",
    "feeds",
    "transforms",
    "requests_counted",
    "requests_not_counted",
    "variables",
    "performance_report",
)

# By file that shows homes: the columns that its rows keep, which name none; the others are empty.
# In the month before no report reads such a file.
NAMELESS = {
    "inventory/IS/devices.csv": (
        "reporting_month",
        "party_id",
        "role",
        "device_type",
        "device_model",
        "firmware_version",
        "last_meter_read_at",
        "cpl_expires_within_30_days",
        "security_certificate_expires_within_30_days",
    ),
}


def naming_homes() -> set[str]:
    """Give the names of the files that show Devices or meter points: no row of them is kept whole."""
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
        if report == INDUSTRY.name:
            promised[path] = columns
        if report in DRAWN and path.rpartition("/")[0] == f"{report}/{{role}}":
            party, role = DRAWN[report]
            promised[f"{party}/{path.format(role=role)}"] = columns
    drawn = [
        path
        for path in sorted(RELEASE.glob("*/*/*/*.csv"))
        if DRAWN.get(path.parts[-3]) == (path.parts[-4], path.parts[-2])
    ]
    found = {path.relative_to(RELEASE).as_posix(): _head(path) for path in drawn}
    found |= {f"{INDUSTRY.name}/{path.name}": _head(path) for path in sorted(INDUSTRY.glob("*.csv"))}
    return [
        *(f"{path} is missing" for path in sorted(promised.keys() - found.keys())),
        *(f"{path} is published no more" for path in sorted(found.keys() - promised.keys())),
        *(
            f"{path} has other columns"
            for path in sorted(promised)
            if found.get(path, promised[path]) != promised[path]
        ),
    ]


def _head(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def cut_industry(release: Path) -> None:
    """Write the kept rows of the industry's files, and of the other files what the report reads."""
    shutil.rmtree(INDUSTRY, ignore_errors=True)
    INDUSTRY.mkdir()
    package = json.loads((release / "industry" / "datapackage.json").read_text(encoding="utf-8"))
    resources = []
    for resource in package["resources"]:
        name = resource["path"]
        if not name.endswith(".csv"):
            continue
        text = _rows(release / "industry" / name, INDUSTRY_ROWS.get(name, {}), with_rows=True)
        (INDUSTRY / name).write_bytes(text.encode())
        fields = [{key: item[key] for key in ("name", "type")} for item in resource["schema"]["fields"]]
        resources.append({"path": name, "rows": text.count("\n") - 1, "schema": {"fields": fields}})
    _write(INDUSTRY / "datapackage.json", {"resources": resources})
    run = json.loads((release / "run.json").read_text(encoding="utf-8"))
    _write(INDUSTRY / "run.json", {name: run[name] for name in INDUSTRY_RUN})


def cut(parties: Path, release: Path) -> None:
    """Write the kept rows of the kept files, and datapackage.json and manifest.json of what was kept."""
    without_rows = naming_homes()
    for party in sorted({party for party, _ in DRAWN.values()}):
        folders = [f"{report}/{role}" for report, (of, role) in DRAWN.items() if of == party]
        shutil.rmtree(release / party, ignore_errors=True)
        resources = []
        package = json.loads((parties / party / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            path = resource["path"]
            if not _is_kept(path, [*folders, *BESIDE[party]]):
                continue
            folder = "/".join(path.split("/")[:2])
            columns = None
            if path.rpartition("/")[2] in without_rows:
                columns = NAMELESS.get(path, ()) if release == RELEASE else ()
            whole = WHOLE.get(path.rpartition("/")[2], ())
            kept = {name: rows for name, rows in ROWS.get(folder, {}).items() if name not in whole}
            text = _rows(parties / party / path, kept, columns)
            target = release / party / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            digest = hashlib.sha256(text.encode()).hexdigest()
            resources.append({**resource, "bytes": len(text.encode()), "hash": f"sha256:{digest}"})
        _write(release / party / "datapackage.json", {**package, "resources": resources})
        manifest = json.loads((parties / party / "manifest.json").read_text(encoding="utf-8"))
        paths = {resource["path"] for resource in resources}
        files = [entry for entry in manifest["files"] if entry["path"] in paths]
        _write(release / party / "manifest.json", {**manifest, "files": files})


def _is_kept(path: str, places: list[str]) -> bool:
    folder, _, name = path.rpartition("/")
    if folder in FILES:
        return name.removesuffix(".csv") in FILES[folder]
    return path in places or folder in places


def _rows(path: Path, kept: dict[str, tuple[str, ...]], columns: tuple[str, ...] | None) -> str:
    """Give a file with the kept rows.

    Parameters:
        columns: the only ones that are not emptied; without any there are no rows; None: all.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [
            row for row in reader if all(row.get(name, "") in {*found, ""} for name, found in kept.items())
        ]
    written = io.StringIO()
    writer = csv.DictWriter(written, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    if columns is None:
        writer.writerows(rows)
    elif columns:
        writer.writerows({name: row[name] if name in columns else "" for name in row} for row in rows)
    return written.getvalue()


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def renew() -> None:
    """Cut the release anew from a month that is simulated for it, where it is not what is published."""
    found = faults()
    if not found:
        return
    print("\n".join([*found, "Cutting the fixed release anew (about six minutes) …"]), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "car", "demo", "--dir", folder, "--months", "2", "--no-pdf"]
        subprocess.run(demo, check=True)
        cut_both(Path(folder))
    left = faults()
    if left:
        sys.exit("\n".join([*left, "Run `python3 tasks.py promise` first: it lists what is published."]))


def cut_both(demonstration: Path) -> None:
    """Cut the month and the one before it, and the industry's folder of the month."""
    for month, release in ((MONTH, RELEASE), (MONTH_BEFORE, BEFORE)):
        cut(demonstration / "out" / "releases" / month / "v1" / "parties", release)
    cut_industry(demonstration / "out" / "releases" / MONTH / "v1")


if __name__ == "__main__":
    if sys.argv[1:]:
        cut_both(Path(sys.argv[1]))
    else:
        renew()
