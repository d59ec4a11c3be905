"""What `car docs` does: the site, dbt's own documents, and the guidance as a PDF."""

import tempfile
from pathlib import Path
from typing import Any

from car.console import Reporter
from car.documents.site import PDF, write_site
from car.documents.typeset import write_guidance
from car.errors import CarError, UsageFault
from car.warehouse.build import parse
from car.warehouse.project import find_project, places


def write_documents(folder: Path, with_dbt: bool, reporter: Reporter) -> dict[str, Any]:
    """Write all of it.

    Parameters:
        folder: gets the site, in place of an earlier one.
        with_dbt: write dbt's own documents, too.

    Returns:
        `site` (its first page), `pdf`, and `pages`.

    Raises:
        UsageFault: the folder holds something else than an earlier site.
        CarError: the dbt project does not parse, or a document could not be set.
    """
    project = find_project()
    if folder.is_dir() and any(folder.iterdir()) and not (folder / PDF).is_file():
        raise UsageFault(f"{folder} holds something else than an earlier site: choose another folder.")
    with tempfile.TemporaryDirectory(prefix="car-") as work:
        dbt_page = None
        if with_dbt:
            with reporter.step("dbt", "Writing dbt's documents"):
                dbt_page = _dbt_page(project, Path(work))
        with reporter.step("site", "Writing the site"):
            pages = write_site(project, folder, dbt_page)
        with reporter.step("pdf", "Setting the guidance"):
            write_guidance(project, folder / PDF)
    reporter.say(f"{len(pages):,} pages: {pages[0]}")
    reporter.say(f"The guidance as a PDF: {folder / PDF}")
    return {"site": str(pages[0]), "pdf": str(folder / PDF), "pages": [str(page) for page in pages]}


def _dbt_page(project: Path, work: Path) -> Path:
    """Have dbt write its documents as one page, of what the models declare: no warehouse is asked."""
    from dbt.cli.main import dbtRunner

    quiet = [*places(project, work), "--log-level", "none", "--log-level-file", "none"]
    parse(work)
    done = dbtRunner().invoke(["docs", "generate", "--static", "--empty-catalog", "--no-compile", *quiet])
    page = work / "target" / "static_index.html"
    if not done.success or not page.is_file():
        raise CarError(f"dbt could not write its documents: {done.exception}")
    return page
