"""Draws the reports of the fixed release, tests/reports/release, for the tests that look at them."""

import json
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


def draw_report(kind, folder, graphs):
    """Draw a report of the fixed release beside the month before.

    Parameters:
        kind: of `DRAWN`.
        folder: gets the PDF.
        graphs: cache of drawn graphs.
    """
    party, role = DRAWN[kind]
    manifest = json.loads((RELEASE / party / "manifest.json").read_text(encoding="utf-8"))
    before = BEFORE / party
    source = Source(
        RELEASE / party,
        role,
        before=before if before.is_dir() else None,
        reference=RELEASE / party / "reference",
    )
    edition = Edition(manifest["reporting_month"], manifest["as_of"], manifest["version"])
    report = next(report for report in reports() if report.folder == kind)
    document = compose(report, source, edition, graphs)
    pdf = folder / f"{kind}.pdf"
    set_pdf(document, pdf)
    return DrawnReport(document, pdf)
