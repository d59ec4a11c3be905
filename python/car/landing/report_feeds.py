"""Which feeds the industry's report rests on, by the project's own list."""

import csv
from collections import Counter
from pathlib import Path

from car.landing.check import LandingReport

_LIST = Path("seeds", "pmr", "pmr_measure_feeds.csv")


def figures_by_feed(project: Path) -> dict[str, int]:
    """Count the figures of the industry's report by the feed whose rows they count; none without the list.

    Parameters:
        project: the dbt project.
    """
    path = project / _LIST
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        return dict(sorted(Counter(row["feed"] for row in csv.DictReader(stream)).items()))


def missing_feeds(report: LandingReport, project: Path) -> dict[str, int]:
    """Give the feeds of the industry's report of which no file was loaded, with their figures.

    Parameters:
        report: what the landing check found.
        project: the dbt project.
    """
    return {
        feed: figures
        for feed, figures in figures_by_feed(project).items()
        if feed not in report.feeds or not report.feeds[feed].files_loaded
    }


def missing_lines(report: LandingReport, project: Path) -> list[str]:
    """Say in a line per feed that it is missing, and what the industry's report cannot say without it."""
    return [
        f"{feed}: no file was loaded. {figures:,} figures of the industry's report have no value without one;"
        " a file with a header alone says that there was nothing."
        for feed, figures in missing_feeds(report, project).items()
    ]
