"""Cuts the small release of tests/reports/release from a simulated month, so that it can be made anew.

    car simulate --landing L --month 2026-10 && car run --landing L --out O --month 2026-10 --no-pdf
    python tests/reports/cut_release.py O/releases/2026-10/v1/parties

then approve the pictures anew (tests/python/test_reports.py says how).
"""

import csv
import hashlib
import io
import json
import sys
import tempfile
from pathlib import Path

from car.warehouse.build import parse
from car.warehouse.catalogue import read_catalogue

RELEASE = Path(__file__).parent / "release"
# party: the folders of reports that are kept.
KEPT = {
    "ALDER-ENERGY": ("inventory/IS", "business_process/IS", "alerts/IS"),
    "EELC": ("network_operator/ED",),
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


def naming_homes() -> set[str]:
    """Give the names of the files that show Devices or meter points: of these the header is kept alone."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(parse(Path(folder)))
    return {
        publication.path.rpartition("/")[2]
        for publication in catalogue.publications
        if {column.shows for column in publication.columns} & {"own_device", "own_meter_point"}
    }


def cut(parties: Path) -> None:
    """Write the kept rows of the kept files, and datapackage.json and manifest.json of what was kept."""
    without_rows = naming_homes()
    for party, folders in KEPT.items():
        resources = []
        package = json.loads((parties / party / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            folder, _, name = resource["path"].rpartition("/")
            if folder not in folders:
                continue
            text = _rows(parties / party / resource["path"], ROWS.get(folder, {}), name not in without_rows)
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


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
