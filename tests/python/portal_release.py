"""An output folder with the fixed releases in force, as the portal serves it, and its bundles."""

import csv
import hashlib
import json
import shutil
import sys
from pathlib import Path

from car.portal.bundle.build import build_bundle
from car.portal.bundle.places import bundle_place
from car.portal.store import Store
from car.release.places import INDUSTRY

TESTS = Path(__file__).parents[1] / "reports"
sys.path.append(str(TESTS))

from cut_release import BEFORE, MONTH, MONTH_BEFORE, RELEASE  # noqa: E402
from cut_release import INDUSTRY as INDUSTRY_FOLDER  # noqa: E402

SUPPLIER, NETWORK_OPERATOR = "DALE-ENERGY", "EELC"
# Of the alert files, as the mart's yml has it today: the fixed release was cut before.
COMBINES = {
    "alert_count": "sum",
    "delivery_min_s": "min",
    "delivery_max_s": "max",
    "delivery_mean_s": {"mean_of": "delivery_sum_s"},
    "outcome": {"good": "Delivered"},
}
RECIPIENTS = (SUPPLIER, NETWORK_OPERATOR, INDUSTRY)


def released(out, months=(MONTH_BEFORE, MONTH)):
    """Put the fixed releases into an output folder, in force, without bundles; give the folder."""
    for month in months:
        release = out / "releases" / month / "v1"
        shutil.copytree(RELEASE if month == MONTH else BEFORE, release / "parties")
        if month == MONTH:
            shutil.copytree(INDUSTRY_FOLDER, release / "industry", ignore=shutil.ignore_patterns("run.json"))
        (release / "run.json").write_text(json.dumps({"version": 1, "reporting_month": month}))
        for folder in [*(release / "parties").iterdir(), *release.glob("industry")]:
            # The release was cut: its manifests are those of before.
            (folder / "manifest.json").unlink(missing_ok=True)
            list_files(folder, month)
        (release.parent / "current").symlink_to("v1")
    return out


def declare_combines(package):
    """Let a datapackage say how cells of the alert files are combined."""
    for resource in package["resources"]:
        if "{alert_code}" in resource.get("pathTemplate", ""):
            for field in resource["schema"]["fields"]:
                if field["name"] in COMBINES:
                    field["combines"] = COMBINES[field["name"]]


def list_files(folder, month, version=1):
    """Write the manifest of a folder as it is."""
    files = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "manifest.json":
            entry = {"path": name, "bytes": path.stat().st_size, "sha256": sha256(path)}
            if path.suffix == ".csv":
                header, *rows = read_csv(path)
                entry |= {"rows": len(rows), "columns": header}
            files.append(entry)
    as_of = f"{month}-06T00:00:00Z"
    content = {"reporting_month": month, "as_of": as_of, "version": version, "files": files}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1))


def bundled(out):
    """Build every bundle of an output folder of `released`; give the folder."""
    for release in sorted((out / "releases").glob("*/v*")):
        for recipient in RECIPIENTS:
            place = bundle_place(out, release.parent.name, int(release.name[1:]), recipient)
            if place.folder.is_dir():
                build_bundle(place)
    return out


def store_of(out, **given):
    """Open the store of an output folder."""
    asked = {"opened_at_most": 4, "memory_limit": "256MiB", "longest_s": 20.0, **given}
    return Store(out, **asked)


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
