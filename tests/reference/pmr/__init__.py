"""The industry report again, in plain Python (written from the contract alone, without the SQL)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reference.landing import Landing
from reference.pmr import requests_half
from reference.pmr.alerts import alert_figures, code_key, judge_codes
from reference.pmr.availability import availability_figures
from reference.pmr.common import read_sources
from reference.pmr.definitions import definitions_of
from reference.pmr.estate import estate_figures
from reference.pmr.governance import governance_figures
from reference.pmr.incidents import incident_figures
from reference.pmr.installs import install_figures
from reference.pmr.leagues import league_file
from reference.pmr.summary import summary_files

__all__ = ["industry_files"]


def industry_files(
    landed: Landing,
    month: str,
    seeds: Path,
    landing_folder: Path,
    history: Mapping[str, list[list[str]]] | None = None,
) -> dict[str, list[list[str]]]:
    """Every file of the industry report: path below industry/ -> header and rows of cells.

    Parameters: month, `YYYY-MM`; history, the files in force for the month before (None: there are none).
    """
    sources = read_sources(landed, month, seeds, landing_folder, history)
    definitions = definitions_of(sources.seed("pmr_measures"))
    codes = judge_codes(sources)
    figures = estate_figures(sources, codes)
    files = league_file(sources)
    for more, others in (
        requests_half.figures_and_files(sources, lambda code: codes.is_shown(code_key(code))),
        alert_figures(sources),
        availability_figures(sources),
        incident_figures(sources),
        install_figures(sources),
        governance_figures(sources, definitions),
    ):
        figures += more
        files |= others
    return files | summary_files(sources, definitions, figures)
