"""Builds a small month on DuckDB and on another engine, and says where the two differ.

    python3 tasks.py engine sail
    python3 tasks.py engine spark --restated
    python3 tasks.py engine --help

The month has files of every type that Parquet has, files with odd names, and bad records. With --restated
the other engine gets DuckDB's first version of it, and late rows: it has to publish the second one as DuckDB
does. The result is printed; the exit code is 1 where anything differs.
"""

import argparse
import shutil
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from filelock import FileLock
from partial_build import without_data_tests

from car.console import Reporter
from car.fingerprint import files_in, fingerprint
from car.month import Job, run_month
from car.provenance import code_version
from car.warehouse.engine.engine import Engine
from car.warehouse.engine.on_duckdb import OnDuckdb
from car.warehouse.engine.on_spark import OnSpark
from car.workspace import Machine
from engines import servers
from engines.compare import different_facts, different_files, different_tables
from engines.faults import faults_that_end, worker_dies
from engines.landed import MONTH, land, land_late
from engines.looking import Looking
from engines.plans import plans
from engines.silence import silence
from engines.units import unit_tests
from engines.words import words

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "engines"
_DECIDES = ("models", "macros", "seeds", "python/car")
_MOST_TOLD = 40


def publish(
    landing: Path, out: Path, engine: Engine, with_industry: bool = True, with_data_tests: bool = False
) -> Path:
    """Publish the month, whatever the quality gate says of its odd files; gives the folder of the release."""
    machine = Machine(threads=2, memory_limit="1GiB")
    job = Job(
        str(landing),
        out,
        MONTH,
        machine,
        reports_of=0,
        force=True,
        engine=engine,
        with_industry=with_industry,
    )
    with nullcontext() if with_data_tests else without_data_tests():
        return Path(run_month(job, Reporter())["release"])


def by_duckdb(restated: bool) -> tuple[Path, Path]:
    """Publish the month on DuckDB, unless this commit has done so; gives landing and output folder."""
    place = WORK / ("restated" if restated else "month")
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        return _by_duckdb(place, restated)


def _by_duckdb(place: Path, restated: bool) -> tuple[Path, Path]:
    stamp = place / "made-by"
    # run.json names the commit, and has to be equal too.
    of_commit = code_version(ROOT)
    code = fingerprint([*files_in(ROOT, _DECIDES), Path(__file__).with_name("landed.py")], ROOT, of_commit)
    if stamp.is_file() and stamp.read_text() == code:
        return place / "landing", place / "out"
    shutil.rmtree(place, ignore_errors=True)
    landing, out = place / "landing", place / "out"
    land(landing)
    release = publish(landing, out, OnDuckdb())
    if restated:
        shutil.copytree(out, place / "first", symlinks=True)
        land_late(landing, release / "parties")
        publish(landing, out, OnDuckdb())
    stamp.write_text(code)
    return landing, out


def compare(arguments: argparse.Namespace) -> list[str]:
    """Publish the month on both engines, and name what differs."""
    landing, out = by_duckdb(arguments.restated)
    place = WORK / arguments.engine
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    if arguments.restated:
        shutil.copytree(out.with_name("first"), place / "out", symlinks=True)
    # What was parsed for DuckDB is parsed: it copies what Sail cannot read.
    target = place / "out" / ".car" / "target"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(out / ".car" / "target" / "partial_parse.msgpack", target)
    began = time.monotonic()
    faults = []
    if arguments.faults:
        faults += faults_that_end(landing, place / "out", place)
    if arguments.engine == "sail":
        server = servers.sail(place)
    else:
        server = servers.standalone(place) if arguments.standalone or arguments.faults else servers.local()
    dies = worker_dies(place / "out") if arguments.faults else nullcontext()
    with server as settings, dies:
        looks = [silence, words, *([plans] if arguments.plans else [])]
        if arguments.unit_tests:
            target = OnSpark(settings).target
            looks.append(unit_tests(arguments.engine, target, place / "units"))
        engine = Looking(settings, looks, arguments.part)
        has_tests = arguments.data_tests or arguments.part is not None
        publish(landing, place / "out", engine, not arguments.no_industry, has_tests)
    seconds = time.monotonic() - began
    version = "v2" if arguments.restated else "v1"
    releases = [where / "releases" / MONTH / version for where in (out, place / "out")]
    warehouses = [where / ".car" / "warehouse.duckdb" for where in (out, place / "out")]
    tables, different = different_tables(*warehouses, arguments.no_industry)
    faults += different
    files, different = different_files(*releases, arguments.no_industry)
    faults += different
    if not arguments.no_industry:
        faults += different_facts(*releases)
    faults += engine.faults + servers.said_by_executors(place)
    held = f"{tables:,} tables and {files:,} files held against DuckDB's"
    print(f"{arguments.engine}: built in {seconds:,.0f} s, {held}.", flush=True)
    place.joinpath("faults.txt").write_text("\n".join(faults), encoding="utf-8")
    return faults


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tasks.py engine", description=__doc__.partition("\n")[0])
    parser.add_argument("engine", choices=("spark", "sail"), help="the engine that DuckDB is held against")
    parser.add_argument("--standalone", action="store_true", help="Spark with a master and two workers")
    parser.add_argument("--data-tests", action="store_true", help="with dbt's data tests on that engine")
    parser.add_argument("--part", type=int, metavar="N", help="with a quarter of them, of which N says which")
    parser.add_argument("--unit-tests", action="store_true", help="with the models' unit tests (units.py)")
    parser.add_argument("--no-industry", action="store_true", help="without the industry's report")
    parser.add_argument("--plans", action="store_true", help="look at how Spark means to join (plans.py)")
    parser.add_argument("--faults", action="store_true", help="what Spark needs dies under it (faults.py)")
    parser.add_argument("--restated", action="store_true", help="late rows restate the month")
    faults = compare(parser.parse_args())
    print("\n".join(faults[:_MOST_TOLD]) or "Nothing differs.", flush=True)
    if len(faults) > _MOST_TOLD:
        print(f"… and {len(faults) - _MOST_TOLD:,} more: faults.txt in {WORK}.", flush=True)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
