"""A copy of the dbt project that a test can change, and what dbt has against a project."""

import shutil
from pathlib import Path

from dbt.cli.main import dbtRunner

from car.warehouse.build import places

ROOT = Path(__file__).parents[2]
FOLDERS = ("analyses", "macros", "models", "profiles", "seeds", "snapshots", "tests/dbt")


def copy_project(copy: Path) -> Path:
    """Copy all that dbt reads of the project; the folder may be there, and is given back."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder)
    shutil.copy(ROOT / "dbt_project.yml", copy)
    return copy


def plain_parse(project: Path, work: Path) -> str:
    """Parse as `dbt` does by hand, and give what it has against the project, or nothing."""
    return str(dbtRunner().invoke(["parse", *places(project, work), "--quiet"]).exception or "")
