"""Builds two states of the project on one landing folder, and says what differs in what they publish.

    python3 tasks.py diff [BASE]

BASE is a commit; without it, where the branch left origin/main, or else the newest commit. The other state
is the working tree. Its simulator writes the landing folder: the same month and seed each time.
Nothing is taken from earlier releases, and no PDF is drawn. Standard output has the differences alone, as
Markdown for a pull request.

What a commit publishes is kept in build/diff/<commit>, as long as the landing files are the same.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

from car.fingerprint import files_in, fingerprint
from car.options import usable_cores

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "diff"
MONTH = "2026-10"
SIZE = {"parties": 20, "devices": 2_000, "requests": 40_000, "seed": 1}
_TOLD_LINES = 20


class Failure(Exception):
    """What stopped the comparison, in words."""


def tell(text: str) -> None:
    """Say something to whoever waits, beside the differences."""
    print(text, file=sys.stderr, flush=True)


def git(*arguments: str) -> str:
    """Give what git says; raises Failure with git's own words."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def base_commit(base: str | None) -> str:
    """Give the commit to compare with: the one named, or where the branch left origin/main, or the newest."""
    if base is not None:
        try:
            return git("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}")
        except Failure as failure:
            raise Failure(f"{base} names no commit ({failure})") from failure
    try:
        return git("merge-base", "HEAD", "origin/main")
    except Failure:
        return git("rev-parse", "HEAD")


def write_landing(landing: Path) -> str:
    """Simulate the month by the working tree's simulator, and give a hash of all that was written."""
    shutil.rmtree(landing, ignore_errors=True)
    size = [word for name, value in SIZE.items() for word in (f"--{name}", str(value))]
    run(
        [sys.executable, "-m", "car", "simulate", "--landing", str(landing), "--month", MONTH, *size],
        landing.parent,
    )
    return fingerprint(files_in(landing, ["."]), landing)


def unpack(commit: str, code: Path) -> None:
    """Write the files of a commit into a folder."""
    shutil.rmtree(code, ignore_errors=True)
    code.mkdir(parents=True)
    with (
        subprocess.Popen(
            ["git", "archive", "--format=tar", commit], cwd=ROOT, stdout=subprocess.PIPE
        ) as packing,
        tarfile.open(fileobj=packing.stdout, mode="r|") as packed,
    ):
        packed.extractall(code, filter="data")
    if packing.returncode:
        raise Failure(f"git archive {commit} ended with {packing.returncode}.")


def interpreter_for(code: Path) -> str:
    """Give a Python with the packages that the code pins: this one, where the pins are the same."""
    pins = [(folder / "requirements.txt").read_bytes() for folder in (ROOT, code)]
    if pins[0] == pins[1]:
        return sys.executable
    tell("requirements.txt differs: the other state gets an environment of its own.")
    run([sys.executable, str(code / "tasks.py"), "setup"], code.parent, cwd=code)
    return str(code / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python")


def publish(code: Path, interpreter: str, landing: Path, folder: Path, threads: int) -> None:
    """Build and publish the month by one state of the code, into `<folder>/out`.

    The data tests of the warehouse are left out: `tasks.py build` is for them.
    """
    shutil.rmtree(folder / "out", ignore_errors=True)
    command = [interpreter, "-m", "car", "run", "--landing", str(landing), "--out", str(folder / "out")]
    command += ["--month", MONTH, "--no-history", "--no-pdf", "--threads", str(threads)]
    run(
        command,
        folder,
        PYTHONPATH=str(code / "python"),
        CAR_PROJECT=str(code),
        DBT_RESOURCE_TYPES="model seed",
    )


def run(command: list[str], folder: Path, cwd: Path = ROOT, **environment: str) -> None:
    """Run a command, and keep what it prints in `<folder>/run.log`.

    Raises:
        Failure: it ended with another exit code than 0; with the last lines of what it printed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "run.log"
    with log.open("wb") as stream:
        code = subprocess.run(
            command, cwd=cwd, env={**os.environ, **environment}, stdout=stream, stderr=stream, check=False
        ).returncode
    if code:
        told = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TOLD_LINES:]
        raise Failure(
            "\n".join([f"{' '.join(command[1:4])} ended with {code}; all that it said: {log}", *told])
        )


def publish_both(commit: str, landing: Path, landing_hash: str) -> tuple[Path, Path]:
    """Publish by the commit and by the working tree, side by side; give the folders with their `out`."""
    base, tree = WORK / commit, WORK / "working-tree"
    stamp, wanted = base / "published-of", f"{landing_hash}\n"
    is_kept = stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted
    cores = usable_cores()
    threads = cores if is_kept else max(1, cores // 2)
    failures: list[Failure] = []

    def publish_base() -> None:
        try:
            unpack(commit, base / "code")
            publish(base / "code", interpreter_for(base / "code"), landing, base, threads)
            stamp.write_text(wanted, encoding="utf-8")
        except Failure as failure:
            failures.append(failure)

    tell(f"Building the working tree{f'; {commit[:12]} is kept' if is_kept else f' and {commit[:12]}'} …")
    beside = threading.Thread(target=publish_base)
    if not is_kept:
        stamp.unlink(missing_ok=True)
        beside.start()
    try:
        publish(ROOT, sys.executable, landing, tree, threads)
    finally:
        if not is_kept:
            beside.join()
    if failures:
        raise failures[0]
    return base, tree


def main(arguments: list[str]) -> int:
    """Compare, and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="tasks.py diff", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", nargs="?", metavar="BASE", help="a commit, e.g. HEAD~1 or origin/main")
    given = parser.parse_args(arguments)
    try:
        commit = base_commit(given.base)
        tell(f"Simulating {MONTH} …")
        landing = WORK / "landing"
        base, tree = publish_both(commit, landing, write_landing(landing))
        command = [sys.executable, "-m", "car", "diff", str(base / "out"), str(tree / "out")]
        return subprocess.run([*command, "--format", "markdown"], cwd=ROOT, check=False).returncode
    except Failure as failure:
        tell(str(failure))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
