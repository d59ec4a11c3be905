"""Breaks the SQL one small way at a time and sees whether a test notices: `python3 tasks.py mutate`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from mutation.judges import CASES, Judges
from mutation.operators import Mutant, mutants
from mutation.project import MUTATED, ROOT, sql_files

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
EQUIVALENT = HERE / "equivalent.yml"
KILLED_AT_LEAST = 0.9
# A change of what kills mutants, or of what makes them, is a change of all of them.
TESTS = ("tests/mutation/", "tests/reference/", "tests/python/adversarial.py", "tests/dbt/")


def all_mutants(files: Iterable[str]) -> list[Mutant]:
    """The mutants of some files, in the order in which they are tried.

    Those that could show somebody what is not theirs come first; then each file's in turn, in an order that
    has nothing to do with where they stand, so that any beginning of the list is a fair sample of all files.
    """
    queue = []
    for file in files:
        found = mutants(file, (ROOT / file).read_text(encoding="utf-8"))
        turn = {
            mutant.id: number for number, mutant in enumerate(sorted(found, key=lambda mutant: mutant.id))
        }
        queue += [
            (not mutant.risk, turn[mutant.id], mutant.file, mutant.line, mutant.id, mutant)
            for mutant in found
        ]
    return [entry[-1] for entry in sorted(queue, key=lambda entry: entry[:-1])]


def changed_files() -> list[str] | None:
    """The files that differ from where this branch left the main one (on it: from the commit before), sorted.

    New files are among them, whether git knows of them yet or not. None where git cannot say, as in a shallow
    clone.
    """
    head = _git("rev-parse", "HEAD")
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        base = _git("merge-base", "HEAD", branch)
        if base and base != head:
            break
    else:
        base = _git("rev-parse", "HEAD~1")
    differing = _git("diff", "--name-only", base) if base else None
    untracked = _git("ls-files", "--others", "--exclude-standard")
    if differing is None or untracked is None:
        return None
    return sorted({*differing.splitlines(), *untracked.splitlines()})


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def files_to_mutate(changed: list[str] | None) -> list[str]:
    """The files whose mutants are tried: all, or those that a change touches, also by their tests."""
    files = sql_files(*MUTATED)
    if changed is None or any(path.startswith(TESTS) for path in changed):
        return files
    return [file for file in files if file in changed or file.removesuffix(".sql") + ".yml" in changed]


def equivalent() -> dict[str, str]:
    """The mutants that are the same figures in other words, by id, each with its reason."""
    entries = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    return {mutant["id"]: entry["reason"] for entry in entries for mutant in entry["mutants"]}


def queue_of(options: argparse.Namespace) -> list[Mutant]:
    """The mutants that are to be tried, first things first."""
    known = equivalent()
    queue = [m for m in all_mutants(options.files)[: options.sample] if m.id not in known]
    return [m for m in queue if m.id in options.only] if options.only else queue


def judge(queue: list[Mutant], options: argparse.Namespace, started: float) -> list[dict[str, Any]]:
    """Try one mutant after another, until the time is up, but at least one that is SQL.

    Parameters:
        started: when the run began, seconds.
    """
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=options.work, ignore_cleanup_errors=True) as folder:
        judges = Judges(options.months or Path(folder), options.cases, lambda text: print(text, flush=True))
        for mutant in queue:
            tried = any(result["killed_by"] != "stillborn" for result in results)
            if tried and time.monotonic() - started > options.seconds:
                break
            began = time.monotonic()
            text = mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
            killer = judges.verdict(mutant.file, text)
            results.append(described(mutant) | {"killed_by": killer})
            took = time.monotonic() - began
            if options.verbose:
                print(
                    f"{took:6.2f} s  {mutant.file}:{mutant.line} {mutant.operator}: {killer or 'SURVIVED'}",
                    flush=True,
                )
    return results


def described(mutant: Mutant) -> dict[str, Any]:
    """A mutant as the results have it."""
    return {
        "id": mutant.id,
        "file": mutant.file,
        "line": mutant.line,
        "operator": mutant.operator,
        "risk": mutant.risk,
        "was": mutant.was,
        "becomes": mutant.becomes,
    }


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The counts of a run."""
    live = [result for result in results if result["killed_by"] != "stillborn"]
    survivors = [result for result in live if not result["killed_by"]]
    risky = [result for result in live if result["risk"]]
    return {
        "mutants": len(live),
        "killed": len(live) - len(survivors),
        "killed_share": round(1 - len(survivors) / len(live), 4) if live else None,
        "leak_and_disclosure_mutants": len(risky),
        "leak_and_disclosure_survivors": sum(not result["killed_by"] for result in risky),
        "stillborn": len(results) - len(live),
        "by_operator": _shares(live, "operator"),
        "by_killer": dict(Counter(_kind(result["killed_by"]) for result in live).most_common()),
    }


def _shares(results: list[dict[str, Any]], key: str) -> dict[str, str]:
    total = Counter(result[key] for result in results)
    killed = Counter(result[key] for result in results if result["killed_by"])
    return {name: f"{killed[name]} of {count}" for name, count in sorted(total.items())}


def _kind(killer: str) -> str:
    return killer.split(":")[0].split(" (")[0] or "survived"


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tasks.py mutate", description=__doc__)
    parser.add_argument("--changed", action="store_true", help="only what differs from the main branch")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="stop after so long, building included"
    )
    parser.add_argument("--sample", type=int, help="try only the first so many")
    parser.add_argument("--only", action="append", help="try only the mutant with this id; may be repeated")
    parser.add_argument("--cases", type=int, help="how many months to survive (all; one against time)")
    parser.add_argument(
        "--months", type=Path, help="folder of months that are built already, or are to be kept"
    )
    parser.add_argument("--work", type=Path, help="where to build; a temporary folder without")
    parser.add_argument(
        "--record", action="store_true", help=f"keep the result in {RESULTS.relative_to(ROOT)}"
    )
    parser.add_argument("--verbose", action="store_true", help="a line for each mutant")
    options = parser.parse_args(arguments)
    if options.cases is None:
        options.cases = len(CASES) if options.seconds == float("inf") else 1
    options.files = files_to_mutate(changed_files() if options.changed else None)
    return options


def main(arguments: list[str]) -> int:
    """Run, print what survived, and give the exit code: 1 where too much did."""
    started = time.monotonic()
    options = options_of(arguments)
    if not options.files:
        print("No SQL of core, marts or their macros has changed, and none of its tests.")
        return 0
    queue = queue_of(options)
    if not queue and not options.only:
        print(f"Nothing that could be broken stands in {', '.join(options.files)}.")
        return 0
    results = judge(queue, options, started)
    results.sort(key=lambda result: (result["file"], result["line"], result["id"]))
    counts = summary(results)
    survivors = [result for result in results if not result["killed_by"]]
    for result in survivors:
        print(
            f"SURVIVED {result['id']} {result['file']}:{result['line']} {result['operator']} {result['risk']}"
        )
        print(f"    was      {result['was']}\n    becomes  {result['becomes']}")
    print(json.dumps(counts, indent=2))
    if options.record:
        content = {
            "date": datetime.now(UTC).date().isoformat(),
            "seconds": round(time.monotonic() - started),
            **counts,
            "equivalent": len(equivalent()),
            "survivors": survivors,
        }
        RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"Tried {counts['mutants']:,} of {len(queue):,} mutants of {len(options.files)} files.")
    return int(not is_good_enough(counts))


def is_good_enough(counts: dict[str, Any]) -> bool:
    """Whether a run shows that the tests notice; one that tried nothing shows nothing, and says so."""
    if not counts["mutants"]:
        print("No mutant was tried, so the run says nothing of the tests: none of them was SQL.")
        return False
    return counts["killed_share"] >= KILLED_AT_LEAST and counts["leak_and_disclosure_survivors"] == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
