#!/usr/bin/env python3
"""Set-up and the project's tasks, with nothing but Python 3.11 or newer.

    python3 tasks.py demo     simulate a small industry for a month, run it, say where to look
    python3 tasks.py car …    the command itself, e.g. `python3 tasks.py car status --out demo/out`
    python3 tasks.py test     pytest
    python3 tasks.py lint     ruff and sqlfluff, of everything or of the files and folders that are named
    python3 tasks.py build    dbt build, unit tests and all, from a clean warehouse
    python3 tasks.py build --select MODEL+  a part, in a warehouse that is kept; what it reads is built first
    python3 tasks.py mutate   break the SQL in one small way at a time, and see the tests notice
    python3 tasks.py engine   build a small month on Spark or Sail, and say what differs from DuckDB's
    python3 tasks.py orchestrate   the tests of the example with Dagster (orchestration/dagster)
    python3 tasks.py diff     publish a small month by this code and by a commit, and say what differs
    python3 tasks.py promise  write anew what readers are promised: docs/promised_columns.csv
    python3 tasks.py load     have 50 analysts walk the portal's pages, and say what it took (tests/load)
    python3 tasks.py approve  take the reports' pages as they look now for approved, and show old beside new
    python3 tasks.py setup    the environment alone, in .venv

Each task sets up .venv first, which takes no time where requirements.txt has not changed.
Further arguments go to the task's command, e.g. `python3 tasks.py test -k release`. A run of the whole suite
has a part of the long tests, by the commit; `python3 tasks.py test --long` has them all.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "set-up-for"
QUERIES = ("python/car/reports", "python/car/portal/pages")
BUILD = ROOT / "build"
MONTH = "2026-10"
# The commit at which all tests passed last, the long ones among them.
LONG = ROOT / "tests" / "long_tests.json"
# The pages of reports that the last approval changed, old beside new.
CHANGED = ROOT / "tests" / "reports" / "changed"
# dbt's log of a task; its colours are for terminals.
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


def fingerprint() -> str:
    """Tell by what the environment is made: the pins, the package's own description, Python, the place."""
    return fingerprint_of("requirements.txt", "python/pyproject.toml")


def fingerprint_of(*paths: str, endings: tuple[str, ...] = ("",)) -> str:
    """Hash files of the checkout, those below a folder too, whose names end so; with Python and the place."""
    found = [file for path in paths for file in [ROOT / path, *sorted((ROOT / path).rglob("*"))]]
    parts = [sys.version, str(ROOT)]
    parts += [
        file.read_text(encoding="utf-8") for file in found if file.is_file() and file.name.endswith(endings)
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def setup() -> None:
    """Make .venv with exactly what requirements.txt pins, unless it is there already."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Setting up .venv (about a minute) …", file=sys.stderr, flush=True)
    venv.create(VENV, clear=True, with_pip=True)
    pip = [str(SCRIPTS / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    call([*pip, "--requirement", "requirements.txt"])
    # Without build isolation: what builds the package is pinned too.
    call([*pip, "--no-deps", "--no-build-isolation", "--editable", "python"])
    STAMP.write_text(wanted, encoding="utf-8")


def run(command: list[str], log: IO[str] | None = None, **environment: str) -> int:
    """Run a command in the checkout and give its exit code; it says what it does, or writes it to a log."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")])
    variables = {**os.environ, **QUIET, **environment, "PATH": path}
    return subprocess.run(
        command, cwd=ROOT, env=variables, stdout=log, stderr=log and subprocess.STDOUT, check=False
    ).returncode


def call(command: list[str], **environment: str) -> None:
    """Run a command in the checkout; ends the task with its exit code where it fails."""
    code = run(command, **environment)
    if code:
        sys.exit(code)


def tool(name: str) -> str:
    """Give the path of a command in .venv."""
    return str(SCRIPTS / name)


def car(arguments: list[str]) -> None:
    """Run the command `car`, in the folder of whoever asks for it."""
    variables = {**os.environ, "CAR_COMMAND": "python3 tasks.py car"}
    sys.exit(subprocess.run([tool("car"), *arguments], env=variables, check=False).returncode)


def demo(arguments: list[str]) -> None:
    """Simulate, run, and say where to look."""
    call([tool("car"), "demo", *arguments], CAR_COMMAND="python3 tasks.py car")


def test(arguments: list[str]) -> None:
    """Run the Python tests, as many at a time as there are cores; which stay together, conftest.py says."""
    call([tool("pytest"), "--numprocesses", "auto", "--dist", "loadfile", *arguments])
    if arguments == ["--long"]:
        # What CI has no time for: on real Spark data tests, on both engines the models' unit tests.
        for name in ("sail", *(["spark"] if shutil.which("java") else [])):
            engine([name, "--data-tests", "--unit-tests"])
        git = ["git", "rev-parse", "HEAD"]
        commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        LONG.write_text(json.dumps({"passed_at_commit": commit}, indent=2) + "\n", encoding="utf-8")


def lint(arguments: list[str]) -> None:
    """Check Python and SQL, and that both are laid out as everywhere: all, or the files and folders given.

    With `--turn` of the SQL that part alone whose turn it is, by the commit: all of it takes minutes.
    """
    paths = [argument for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    python = ["python", "tests", "orchestration", "tasks.py"]
    sql = [name for name in ("models", "tests/dbt", "analyses", *QUERIES) if holds(name, ".sql")]
    if "--turn" in options:
        options.remove("--turn")
        sql = whose_turn_it_is(sql)
    if paths:
        python = [path for path in paths if holds(path, ".py")]
        sql = [path for path in paths if holds(path, ".sql")]
        nothing = sorted({*paths} - {*python, *sql})
        if nothing:
            sys.exit(f"Neither Python nor SQL to check: {', '.join(nothing)}")
    commands = [[tool("ruff"), "check", *python], [tool("ruff"), "format", "--check", *python]]
    processes = "1" if len(sql) == 1 and sql[0].endswith(".sql") else "0"
    codes = [run(command) for command in commands if python]
    queries = [path for path in sql if path.startswith(QUERIES)]
    # They are plain SQL, which dbt knows nothing of; two CSVs are joined by the columns that both have.
    plain = ["--templater", "raw", "--exclude-rules", "ST06,ST03,RF03,ST07,ST11"]
    for found, how in (([path for path in sql if path not in queries], []), (queries, plain)):
        if found:
            fluff = [tool("sqlfluff"), "lint", "--processes", processes, *how, *options, *found]
            # What dbt parsed is kept for the next time.
            codes.append(run(fluff, **warehouse_in(folder("lint"))))
    sys.exit(max(codes))


def whose_turn_it_is(folders: list[str]) -> list[str]:
    """Give the SQL files of some folders that CI lints with this commit: one of sixteen."""
    files = sorted(str(path.relative_to(ROOT)) for name in folders for path in (ROOT / name).rglob("*.sql"))
    return files[head() % 16 :: 16]


def head() -> int:
    """Give the commit as a number: by it CI takes turns."""
    git = ["git", "rev-parse", "HEAD"]
    return int(subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip(), 16)


def holds(path: str, ending: str) -> bool:
    """Tell whether a path of the checkout is a file of a kind, or a folder with such files."""
    place = ROOT / path
    return place.suffix == ending if place.is_file() else any(place.rglob(f"*{ending}"))


def build(arguments: list[str]) -> None:
    """Build and test everything in dbt: on a landing zone without files, and on a simulated month.

    The unit tests bring their own rows, and are run on the former alone. With --select, a part is built in a
    warehouse that is kept, and first what it reads that is missing or stale. With `--turn` the month is built
    with one commit of four: the Python tests build several, each with its data tests.
    """
    if any(argument.split("=")[0] in ("--select", "-s") for argument in arguments):
        build_selected(arguments)
        return
    folder("clean", empty=True)
    nothing, month = (folder(f"clean/{landed}") for landed in ("nothing", "month"))
    if "--turn" in arguments:
        arguments = [argument for argument in arguments if argument != "--turn"]
        if head() % 4:
            build_and_look(nothing, arguments)
            return
    land(month)
    # dbt keeps one core busy. The month is built beside the unit tests, and what it says is shown after them.
    said = month / "build.log"
    with ThreadPoolExecutor() as beside, said.open("w+", encoding="utf-8") as log:
        built = beside.submit(build_on, month, [*arguments, "--exclude-resource-type", "unit_test"], log)
        try:
            build_and_look(nothing, arguments)
        finally:
            code = built.result()
            log.seek(0)
            print(log.read(), flush=True)
    if code:
        sys.exit(code)


def build_and_look(place: Path, arguments: list[str]) -> None:
    """Build what landed in a folder, and look for clocks in its SQL; ends the task where it fails."""
    code = build_on(place, arguments)
    if code:
        sys.exit(code)
    call([tool("python"), "tests/python/clocks.py", str(place / "target")])


def build_on(place: Path, arguments: list[str], log: IO[str] | None = None) -> int:
    """Build what landed in a folder, or nothing where none did; gives the exit code of dbt."""
    landed = f"landing_index: {place / 'work' / 'landing'}"
    dbt = [tool("dbt"), "build", "--profiles-dir", "profiles", "--vars", landed, *arguments]
    return run(dbt, log, **warehouse_in(place))


def build_selected(arguments: list[str]) -> None:
    """Build and test a part on a simulated month that is landed once, and anew when what lands it changes."""
    sources = [
        "tasks.py",
        *(f"python/car/{part}" for part in ("simulate", "landing")),
        "seeds",
        "models/staging",
    ]
    landed_by, stamp = (
        fingerprint_of(*sources, endings=(".py", ".csv", "__sources.yml")),
        BUILD / "part" / "landed",
    )
    place = folder("part")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != landed_by:
        place = folder("part", empty=True)
        land(place)
        stamp.write_text(landed_by, encoding="utf-8")
    module = [tool("python"), "-m", "car.warehouse.selected"]
    call([*module, "--work", str(place), "--landing-index", str(place / "work" / "landing"), *arguments])


def land(place: Path) -> None:
    """Simulate a small month, and check what landed."""
    landing, work = str(place / "landing"), str(place / "work")
    size = ["--parties", "12", "--devices", "600", "--requests", "6000", "--seed", "1"]
    call([tool("car"), "simulate", "--landing", landing, "--month", MONTH, *size])
    call([tool("car"), "check", "--landing", landing, "--work", work])


def mutate(arguments: list[str]) -> None:
    """Break the SQL in one small way at a time, and see whether a test notices (tests/mutation/README.md)."""
    folders = os.pathsep.join([str(ROOT / "python"), str(ROOT / "tests")])
    call([tool("python"), "-m", "mutation", *arguments], PYTHONPATH=folders)


def engine(arguments: list[str]) -> None:
    """Build a small month on another engine, and say what differs from what DuckDB makes (tests/engines).

    With `--turn` it has the quarter of the data tests whose turn it is, by the commit.
    """
    if "--turn" in arguments:
        arguments = [*(argument for argument in arguments if argument != "--turn"), "--part", str(head())]
    named = [argument for argument in arguments if (ROOT / f"requirements-{argument}.txt").is_file()]
    python = python_with(named[0]) if named else tool("python")
    folders = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "tests" / "python")])
    call([python, "-m", "engines", *arguments], PYTHONPATH=folders)


def orchestrate(arguments: list[str]) -> None:
    """Run the tests of the example with Dagster, which has an environment of its own."""
    call([python_with("dagster"), "-m", "pytest", "-q", "tests/python/test_dagster.py", *arguments])


def python_with(extra: str) -> str:
    """Give Python of an environment that has more than .venv: what requirements-<extra>.txt pins.

    Spark and Sail exclude each other, so each has its own; Dagster brings much that nothing else needs.
    """
    place, pins = ROOT / f".venv-{extra}", f"requirements-{extra}.txt"
    python = place / SCRIPTS.relative_to(VENV) / "python"
    stamp, wanted = place / "set-up-for", fingerprint_of("requirements.txt", pins)
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"Setting up {place.name} (about a minute) …", file=sys.stderr, flush=True)
        venv.create(place, clear=True)
        (packages,) = place.rglob("site-packages")
        (shared,) = VENV.rglob("site-packages")
        (packages / "shared.pth").write_text(
            f"import site; site.addsitedir({str(shared)!r})\n", encoding="utf-8"
        )
        pip = [tool("python"), "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        call([*pip, "install", "--quiet", "--no-deps", "--requirement", pins])
        stamp.write_text(wanted, encoding="utf-8")
    return str(python)


def diff(arguments: list[str]) -> None:
    """Say what differs in what the working tree and a commit publish (tests/code_diff.py)."""
    call([tool("python"), "-m", "code_diff", *arguments], PYTHONPATH=str(ROOT / "tests"))


def promise(arguments: list[str]) -> None:
    """Write down what published files promise their readers: a change of it is a diff to review."""
    call([tool("python"), "-m", "car.warehouse.promised", ".", *arguments])


def approve(arguments: list[str]) -> None:
    """Take the reports' pages as they look now for the approved ones, and show old beside new.

    First the fixed release that they are drawn from is cut anew, where it lacks a published file or column.
    """
    call([tool("python"), "tests/reports/cut_release.py"])
    shutil.rmtree(CHANGED, ignore_errors=True)
    pages = ["tests/python/test_reports_look.py", "-k", "test_pages_look_as_approved", "-q", "-rN"]
    call([tool("pytest"), "--numprocesses", "0", *pages, *arguments], APPROVE_REPORTS="1")
    changed = sorted(CHANGED.glob("*.png"))
    if changed:
        print("Approved. Look at each page that changed, the old one at the left, before you commit it:")
        print("\n".join(f"  {path.relative_to(ROOT)}" for path in changed), flush=True)
    else:
        print("Approved. No page has changed.", flush=True)


def load(arguments: list[str]) -> None:
    """Load the portal with analysts for 10 minutes, or for `--minutes`; `--small`: to try the load itself."""
    call([tool("python"), "tests/load/run.py", *arguments])


def folder(name: str, empty: bool = False) -> Path:
    """Give a task's own folder below build/, which no other task empties."""
    place = BUILD / name
    if empty:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    return place


def warehouse_in(place: Path) -> dict[str, str]:
    """Give the variables by which dbt builds in a folder's warehouse, away from any other."""
    return {
        "CAR_WAREHOUSE": str(place / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(place / "target"),
        "DBT_LOG_PATH": str(place / "logs"),
    }


def main() -> None:
    """Do the task that was named."""
    tasks = {
        "car": car,
        "demo": demo,
        "test": test,
        "lint": lint,
        "build": build,
        "mutate": mutate,
        "engine": engine,
        "orchestrate": orchestrate,
        "diff": diff,
        "promise": promise,
        "load": load,
        "approve": approve,
    }
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
