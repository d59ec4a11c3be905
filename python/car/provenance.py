"""By what a run was made: the commit of the code and the versions of the packages."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from car import __version__

_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "filelock", "rich", "typer")


def code_version(project: Path) -> str:
    """Give the commit of the checkout, marked where files differ from it; the package's version otherwise."""
    git = shutil.which("git")
    if git and (project / ".git").exists():
        described = subprocess.run(
            [git, "-C", str(project), "describe", "--always", "--dirty", "--abbrev=40", "--tags"],
            capture_output=True,
            text=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            check=False,
        )
        if described.returncode == 0:
            return described.stdout.strip()
    return __version__


def package_versions() -> dict[str, str]:
    """Give the versions that decide what a run does."""
    found = {"python": platform.python_version(), "car": __version__}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
