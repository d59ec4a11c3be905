#!/usr/bin/env python3
"""Set-up and the project's tasks, with nothing but Python 3.11 or newer.

    python3 tasks.py demo     simulate a small industry for a month, run it, say where to look
    python3 tasks.py test     pytest
    python3 tasks.py lint     ruff and sqlfluff
    python3 tasks.py build    dbt build, unit tests and all, from a clean warehouse
    python3 tasks.py mutate   break the SQL in one small way at a time, and see the tests notice
    python3 tasks.py promise  write anew what readers are promised: docs/promised_columns.csv
    python3 tasks.py setup    the environment alone, in .venv

Each task sets up .venv first, which takes no time where requirements.txt has not changed.
Further arguments go to the task's command, e.g. `python3 tasks.py test -k release`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "set-up-for"
BUILD = ROOT / "build"
MONTH = "2026-10"
# dbt's log of a task; its colours are for terminals.
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


def fingerprint() -> str:
    """Tell by what the environment is made: the pins, the package's own description, Python, the place."""
    parts = [sys.version, str(ROOT)]
    parts += [
        (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "python/pyproject.toml")
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def setup() -> None:
    """Make .venv with exactly what requirements.txt pins, unless it is there already."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Setting up .venv (about a minute) …", flush=True)
    venv.create(VENV, clear=True, with_pip=True)
    pip = [str(SCRIPTS / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    call([*pip, "--requirement", "requirements.txt"])
    # Without build isolation: what builds the package is pinned too.
    call([*pip, "--no-deps", "--no-build-isolation", "--editable", "python"])
    STAMP.write_text(wanted, encoding="utf-8")


def run(command: list[str], **environment: str) -> int:
    """Run a command in the checkout and give its exit code."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")])
    variables = {**os.environ, **QUIET, **environment, "PATH": path}
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


def call(command: list[str], **environment: str) -> None:
    """Run a command in the checkout; ends the task with its exit code where it fails."""
    code = run(command, **environment)
    if code:
        sys.exit(code)


def tool(name: str) -> str:
    """Give the path of a command in .venv."""
    return str(SCRIPTS / name)


def demo(arguments: list[str]) -> None:
    """Simulate, run, and say where to look."""
    call([tool("car"), "demo", *arguments])


def test(arguments: list[str]) -> None:
    """Run the Python tests, as many at a time as there are cores; which stay together, conftest.py says."""
    call([tool("pytest"), "--numprocesses", "auto", "--dist", "loadfile", *arguments])


def lint(arguments: list[str]) -> None:
    """Check Python and SQL, and that both are laid out as everywhere."""
    sources = ["python", "tests", "tasks.py"]
    folders = [name for name in ("models", "tests/dbt", "analyses") if any((ROOT / name).rglob("*.sql"))]
    codes = [
        run([tool("ruff"), "check", *sources]),
        run([tool("ruff"), "format", "--check", *sources]),
        run([tool("sqlfluff"), "lint", "--processes", "0", *arguments, *folders], **fresh_warehouse()),
    ]
    sys.exit(max(codes))


def build(arguments: list[str]) -> None:
    """Build and test everything in dbt: on a landing zone without files, and on a simulated month.

    The unit tests bring their own rows, and are run the first time alone.
    """
    dbt = [tool("dbt"), "build", "--profiles-dir", "profiles", *arguments]
    call(dbt, **fresh_warehouse())
    warehouse = fresh_warehouse()  # which empties the folder, so before anything is put there
    landing, work = str(BUILD / "landing"), str(BUILD / "work")
    size = ["--parties", "12", "--devices", "600", "--requests", "6000", "--seed", "1"]
    call([tool("car"), "simulate", "--landing", landing, "--month", MONTH, *size])
    call([tool("car"), "check", "--landing", landing, "--work", work])
    index = ["--vars", f"landing_index: {work}/landing"]
    call([*dbt, *index, "--exclude-resource-type", "unit_test"], **warehouse)


def mutate(arguments: list[str]) -> None:
    """Break the SQL in one small way at a time, and see whether a test notices (tests/mutation/README.md)."""
    folders = os.pathsep.join([str(ROOT / "python"), str(ROOT / "tests")])
    call([tool("python"), "-m", "mutation", *arguments], PYTHONPATH=folders)


def promise(arguments: list[str]) -> None:
    """Write down what published files promise their readers: a change of it is a diff to review."""
    call([tool("python"), "-m", "car.warehouse.promised", "docs/promised_columns.csv", *arguments])


def fresh_warehouse() -> dict[str, str]:
    """Give the variables by which dbt builds in a new warehouse, away from any other."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir()
    return {
        "CAR_WAREHOUSE": str(BUILD / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(BUILD / "target"),
        "DBT_LOG_PATH": str(BUILD / "logs"),
    }


def main() -> None:
    """Do the task that was named."""
    tasks = {"demo": demo, "test": test, "lint": lint, "build": build, "mutate": mutate, "promise": promise}
    tasks["setup"] = lambda _: None
    if len(sys.argv) < 2 or sys.argv[1] not in tasks:
        print(__doc__)
        sys.exit(0 if sys.argv[1:] in ([], ["--help"], ["-h"]) else 2)
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words to whoever runs an older one
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    setup()
    tasks[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    main()
