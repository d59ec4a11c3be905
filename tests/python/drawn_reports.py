"""Draws the reports of the fixed release, tests/reports/release, for the tests that look at them."""

import csv
import io
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from car.edition import Edition
from car.reports.definition import reports
from car.reports.document import Document, compose
from car.reports.pdf import set_pdf
from car.reports.tables import Source

sys.path.append(str(Path(__file__).parents[1] / "reports"))

from cut_release import BEFORE, DRAWN, RELEASE


@dataclass(frozen=True)
class DrawnReport:
    """A report, set: its content and its PDF."""

    document: Document
    pdf: Path


def draw_report(kind, folder, party_folder=None, has_before=True):
    """Draw a report of the fixed release.

    Parameters:
        kind: of `DRAWN`.
        folder: gets the PDF, and keeps drawn graphs.
        party_folder: the recipient's, other than in the fixed release.
        has_before: whether there is a month before.
    """
    party, role = DRAWN[kind]
    party_folder = party_folder or RELEASE / party
    manifest = json.loads((party_folder / "manifest.json").read_text(encoding="utf-8"))
    edition = Edition(manifest["reporting_month"], manifest["as_of"], manifest["version"])
    before = BEFORE / party if has_before and (BEFORE / party).is_dir() else None
    source = Source(party_folder, role, before=before, reference=party_folder / "reference")
    report = next(report for report in reports() if report.folder == kind)
    graphs = folder / "graphs"
    graphs.mkdir(exist_ok=True)
    document = compose(report, source, edition, graphs)
    pdf = folder / f"{kind}.pdf"
    set_pdf(document, pdf)
    return DrawnReport(document, pdf)


def altered(kind, folder, change, without=()):
    """Copy a party of the fixed release with other rows in the CSVs of one report.

    Parameters:
        folder: gets the party's folder.
        change: gives a file's rows anew, from its path below the report's folder and its rows.
        without: folders below the report's that are not there.

    Returns:
        The party's folder.
    """
    party, role = DRAWN[kind]
    target = folder / party
    shutil.copytree(RELEASE / party, target)
    for name in without:
        shutil.rmtree(target / kind / role / name)
    package = json.loads((target / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [item for item in package["resources"] if (target / item["path"]).exists()]
    (target / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    for path in (target / kind / role).rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, names = list(reader), reader.fieldnames
        written = io.StringIO()
        writer = csv.DictWriter(written, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(path.relative_to(target / kind / role).as_posix(), rows))
        path.write_text(written.getvalue(), encoding="utf-8")
    return target
