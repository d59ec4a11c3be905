"""The page of the industry report's measures, written from the seeds that definitions.csv is made of."""

import csv
from pathlib import Path
from typing import Final

PAGE: Final = "docs/performance_measurement/measures.md"

_SECTIONS: Final = {
    "2": "Availability",
    "3": "Measures by process",
    "4": "Supplementary indicators",
    "7": "Code Performance Measures and Service Provider measures",
    "9": "Alerts",
    "10": "Estate health",
    "11": "Defects and throttling",
    "13": "Trial metrics",
}

_KINDS: Final = {
    "count": "how many there are",
    "share": "numerator ÷ denominator",
    "mean": "of those that have it; the denominator says how many",
    "sum": "all together",
    "availability": "minutes ÷ minutes",
    "as_landed": "numerator ÷ denominator, as they were reported",
}

_HEAD: Final = """\
# The measures

Each figure of measures.csv. The page is written by `python3 tasks.py promise` from the seeds
[pmr_measures](../../seeds/pmr/pmr_measures.csv), which definitions.csv publishes, and
[pmr_measure_feeds](../../seeds/pmr/pmr_measure_feeds.csv): change these, and not the page.

**M** is a measure, which is held against its target; **I** is an indicator. A target is followed by the
minimum. Lower is better where it says so. *FIA* is the MP122A Full Impact Assessment, *OMR* the Operational
Metrics Review in its Appendix B, *SEC* the Smart Energy Code. The model reckons the figures:
[its folder](../../models/marts) has its description and its tests.
"""


def measures_page(project: Path) -> str:
    """Give the page as Markdown: a table for each section of the report."""
    measures = _rows(project / "seeds" / "pmr" / "pmr_measures.csv")
    more = {row["measure_id"]: row for row in _rows(project / "seeds" / "pmr" / "pmr_measure_feeds.csv")}
    lines = [_HEAD]
    for section, title in _SECTIONS.items():
        lines += [
            f"## {section}. {title}",
            "",
            "| id | | figure | formula in words | reckoned as | unit | target | source | model |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in (row for row in measures if row["section"] == section):
            cells = (
                f"`{row['measure_id']}`",
                row["kind"],
                row["name"],
                _formula(row),
                _reckoned(row, more[row["measure_id"]]["figure"]),
                row["unit"],
                _target(row),
                row["source"],
                f"`{more[row['measure_id']]['model']}`",
            )
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _formula(row: dict[str, str]) -> str:
    told = row["definition"] or row["name"]
    process = row["business_process"]
    return told if process in ("", "*") or process in told else f"{process}: {told}"


def _reckoned(row: dict[str, str], figure: str) -> str:
    """Give how the value comes about; a count that a provider reports is not divided by anything."""
    return "as it was reported" if (figure, row["unit"]) == ("as_landed", "count") else _KINDS[figure]


def _target(row: dict[str, str]) -> str:
    if not row["target"]:
        return "none"
    sign = " %" if row["unit"] == "share" else ""
    told = " / ".join(f"{row[name]}{sign}" for name in ("target", "minimum") if row[name])
    return f"{told}, lower is better" if row["direction"] == "lower" else told


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
