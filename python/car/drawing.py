"""Draws the reports of a release: finds the folders that they are drawn from."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from car.console import Reporter
from car.edition import Edition
from car.errors import UsageFault
from car.jsonfile import read_json
from car.release.places import INDUSTRY, INDUSTRY_FOLDER, folders_in, place_of
from car.workspace import Machine

if TYPE_CHECKING:
    from car.reports.draw import Recipient

_CODE_LISTS = "reference"
# What the industry's report says of the run; none of it differs when the same is run again.
_FACTS = (
    "reporting_month",
    "as_of",
    "version",
    "feeds",
    "transforms",
    "requests_counted",
    "requests_not_counted",
    "history",
    "held_back",
    "performance_report",
)
_PUBLICATION = ("published_on", "is_late")


def draw_release(
    release: Path,
    run: dict[str, Any],
    version: int | None,
    out: Path,
    work: Path,
    reports_of: int | None,
    machine: Machine,
    reporter: Reporter,
) -> dict[str, list[str]]:
    """Draw the reports of a release, each beside the CSVs that it is drawn from.

    Parameters:
        release: folder with the recipients' folders.
        run: the content of run.json.
        version: of the release; None for a preview.
        out: the output folder, with the release of the month before.
        work: keeps what is drawn.
        reports_of: of how many parties, the industry's own report beside them; None: of all.

    Returns:
        By recipient, the paths of its reports in its folder.
    """
    if reports_of == 0:
        return {}
    from car.reports.draw import chosen, draw_reports

    edition = Edition(run["reporting_month"], run["as_of"], version)
    recipients = chosen(_recipients(release, run, out), reports_of)
    with reporter.step("draw", "Drawing the reports") as step:
        return draw_reports(recipients, edition, work / "reports", machine.threads, step)


def draw_again(folder: Path, into: Path, threads: int, reporter: Reporter) -> dict[str, Any]:
    """Draw the reports of one recipient once more, from the CSVs in its folder of a release.

    Parameters:
        folder: a party's, or the industry's, as it was published; nothing in it is changed.
        into: gets a folder named after it, with the reports in it.

    Raises:
        UsageFault: the folder is none of a release, or the other one lies among releases.
    """
    from car.reports.draw import draw_reports

    manifest = read_json(folder / "manifest.json")
    if manifest is None or not (folder / "datapackage.json").is_file():
        raise UsageFault(f"{folder} is no recipient's folder: manifest.json or datapackage.json lacks.")
    real = into.resolve()
    if any(parent.name == "releases" for parent in [real, *real.parents]):
        raise UsageFault(f"{into} lies in a folder of releases, which are never changed.")
    edition = Edition(manifest["reporting_month"], manifest["as_of"], manifest["version"])
    recipient = _of_release(folder.resolve())
    title = f"Drawing the reports of {folder.name}"
    with tempfile.TemporaryDirectory(prefix="car-") as work, reporter.step("draw", title) as step:
        drawn = draw_reports([recipient], edition, Path(work), threads, step, into=into)
    reports = [str(into / folder.name / path) for path in drawn.get(recipient.name, [])]
    for path in reports:
        reporter.say(f"  {path}")
    return {"party_id": folder.name, "reports": reports}


def _recipients(release: Path, run: Mapping[str, Any], out: Path) -> list["Recipient"]:
    """Give the folders of a release that get reports, each with what it is compared with."""
    from car.reports.draw import Recipient

    before = None if not run.get("history") else out / "releases" / run["history"]["release"]
    folders = {name: folder for name, folder in folders_in(release).items() if any(folder.iterdir())}
    # The code lists are the same for all; the industry's folder has none.
    lists = next((found for folder in folders.values() if (found := folder / _CODE_LISTS).is_dir()), None)
    return [
        Recipient(
            name,
            folder,
            is_industry=name == INDUSTRY,
            before=_there(before / place_of(name)) if before else None,
            reference=lists if name == INDUSTRY else folder / _CODE_LISTS,
            run=_facts(run) if name == INDUSTRY else {},
        )
        for name, folder in folders.items()
    ]


def _of_release(folder: Path) -> "Recipient":
    """Give a recipient's folder with the release that it lies in; by itself where it lies in none."""
    from car.reports.draw import Recipient

    is_industry = folder.name == INDUSTRY_FOLDER
    name = INDUSTRY if is_industry else folder.name
    release = folder.parent if is_industry else folder.parent.parent
    run = read_json(release / "run.json")
    if run is None:
        return Recipient(name, folder, is_industry, reference=folder / _CODE_LISTS)
    return next(one for one in _recipients(release, run, release.parents[2]) if one.name == name)


def _there(folder: Path) -> Path | None:
    return folder if (folder / "datapackage.json").is_file() else None


def _facts(run: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: run[name] for name in _FACTS if name in run}
    report = facts.get("performance_report")
    if isinstance(report, dict):
        facts["performance_report"] = {
            name: told for name, told in report.items() if name not in _PUBLICATION
        }
    return facts
