"""Where the dbt project is, and what dbt is told of it."""

import os
from pathlib import Path

from car.errors import UsageFault


def find_project() -> Path:
    """Find the dbt project: the folder that CAR_PROJECT names, else the checkout of this package.

    Raises:
        UsageFault: neither holds a dbt_project.yml.
    """
    named = os.environ.get("CAR_PROJECT")
    for folder in [Path(named)] if named else Path(__file__).resolve().parents:
        if (folder / "dbt_project.yml").is_file():
            return folder.resolve()
    if named:
        raise UsageFault(f"CAR_PROJECT is {named}, and there is no dbt_project.yml in it.")
    raise UsageFault(
        "The dbt project is not to be found. Install the package from its checkout (`pip install -e python`),"
        " or name the folder with dbt_project.yml in the environment variable CAR_PROJECT."
    )


def places(project: Path, work: Path) -> list[str]:
    """Give dbt's options for where the project is and where to write: `target` and `logs` in `work`."""
    return [
        *("--project-dir", str(project), "--profiles-dir", str(project / "profiles")),
        *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
    ]
