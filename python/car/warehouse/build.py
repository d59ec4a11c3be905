"""Runs `dbt build` in this process, and says in words which model or test failed."""

import gc
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from car.errors import CarError, explain, explain_duckdb, first_lines, scrub
from car.fingerprint import files_in, fingerprint
from car.provenance import package_versions
from car.warehouse import passed_before
from car.warehouse.catalogue import Catalogue, read_catalogue
from car.warehouse.engine.engine import Engine
from car.warehouse.engine.on_duckdb import OnDuckdb
from car.warehouse.industry import (
    FailedCheck,
    checks_of_reckoned,
    failed_checks,
    let_checks_warn,
    nodes_of_report,
    words_of,
)
from car.warehouse.project import find_project, places
from car.warehouse.restatement import (
    files_of_report,
    files_with_industry_figures,
    held_against,
    let_readers_wait,
)
from car.warehouse.variables import RUN_VARIABLES

_FAILED = ("error", "fail", "runtime error", "partial success")
_CODE_PACKAGES = ("landing", "warehouse")
_CODE_FOLDERS = ("macros", "models", "profiles", "seeds", "snapshots", "tests/dbt")
_NODES_BETWEEN_COLLECTIONS = 100
ANY_WARNING = ("--warn-error-options", '{"error": "all"}')
"""dbt's options by which a warning at parse is an error."""
MANIFEST = "manifest.json"
_WATCH = "watch"  # the tag of what `car watch` alone needs
_LEFT_OUT = "left_out"  # the tag of what dbt is to leave out
PARTIES_ALL_THE_SAME = (
    "All of this is of the industry's report: --parties-only publishes the parties' files without it."
)


class Built(NamedTuple):
    """What came of a build.

    Attributes:
        catalogue: what the project publishes.
        warnings: the tests that warn without failing the build, a line each.
        failed_checks: what the checks of the industry's report found.
    """

    catalogue: Catalogue
    warnings: list[str]
    failed_checks: list[FailedCheck]


def code_fingerprint(project: Path) -> str:
    """Hash what decides the content of a warehouse besides its inputs: what other code built is built anew.

    Parameters:
        project: the dbt project.

    Returns:
        A SHA-256 over the project's own files, this package's, and the versions of what runs them.
    """
    package = Path(__file__).parents[1]
    files = [project / "dbt_project.yml", *package.glob("*.py")]
    files += [path for part in _CODE_PACKAGES for path in (package / part).rglob("*.py")]
    files += files_in(project, _CODE_FOLDERS)
    return fingerprint(files, project, json.dumps(package_versions(), sort_keys=True))


def parse(work: Path) -> Path:
    """Parse the dbt project as it stands, and give the path of its manifest.json.

    Parameters:
        work: folder for dbt's target and logs.

    Raises:
        CarError: the project does not parse, or dbt warns of something in it; the words are dbt's.
    """
    from dbt.cli.main import dbtRunner

    project = find_project()
    done = dbtRunner().invoke(
        ["parse", *places(project, work), *ANY_WARNING, "--quiet", "--no-partial-parse"]
    )
    if not done.success:
        raise CarError(f"The dbt project does not parse: {done.exception}")
    return work / "target" / MANIFEST


def folder_of(engine: Engine, work: Path) -> Path:
    """Give the folder for dbt's target: dbt parses all anew where the target is another than before.

    Parameters:
        work: the folder of all engines.
    """
    return work if engine.target == OnDuckdb.target else work / engine.target


def build(
    warehouse: Path,
    work: Path,
    variables: dict[str, Any],
    threads: int,
    memory_limit: str,
    log: Path,
    progress: Callable[..., None] | None = None,
    select: Sequence[str] = (),
    anew: bool = False,
    after_node: Callable[[str], None] | None = None,
    with_industry: bool = True,
    parties_only: bool = False,
    engine: Engine | None = None,
) -> Built:
    """Build and test the warehouse: seeds, models, snapshots and data tests.

    Parameters:
        warehouse: the DuckDB file; made where there is none.
        work: folder for dbt's target.
        variables: dbt variables.
        memory_limit: as DuckDB reads it, e.g. `4GiB`.
        log: file that gets dbt's messages, without anything that identifies a Device or meter point.
        progress: called with (nodes done, nodes in all).
        select: build this part alone, in dbt's words, with the tests that it makes possible; empty: all.
        anew: build on nothing that an earlier build left in the warehouse.
        after_node: called with the unique id of each node that is done; they come one at a time.
        with_industry: build the industry's report too.
        parties_only: the industry's report is not published, so that nothing of it ends the build.
        engine: what builds it; None: DuckDB.

    Raises:
        CarError: what is published is not declared as it must be, something could not be built, or a data
            test failed.
    """
    project = find_project()
    engine = engine or OnDuckdb()
    work = folder_of(engine, work)
    target = work / "target"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    code = code_fingerprint(project)
    arguments = [
        *places(project, work),
        *("--target", engine.target),
        # dbt's own log would print values of rows out of DuckDB's messages.
        *("--log-level", "none", "--log-level-file", "none", "--no-use-colors"),
    ]
    chosen = [
        *("--exclude-resource-type", "unit_test"),
        *engine.options,
        *(("--full-refresh",) if anew else ()),
        *(("--select", *select) if select else ()),
        # What was parsed says all that is read later. dbt would write it again, with the SQL of each node.
        "--no-write-json",
        # Tests of nothing but what is left out are left out, and no others.
        *("--indirect-selection", "buildable" if select else "cautious"),
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        _closing(engine),
        log.open("w", encoding="utf-8") as handle,
        chdir(project),
        collecting_seldom(),
    ):
        # Takes seconds to import, which the other commands need not wait for.
        from dbt.cli.main import dbtRunner

        engine.begin(warehouse, threads, memory_limit)
        listener = _listener(handle.write, progress, after_node)
        # dbt parses all anew when a variable has another value than before. So it parses without those that
        # are others in each run, and the build gets what was parsed.
        fixed = {name: value for name, value in variables.items() if name not in RUN_VARIABLES}
        _forget_other_code(target, code)
        parsed = dbtRunner(callbacks=[listener]).invoke(["parse", *arguments, "--vars", json.dumps(fixed)])
        _raise_what_stopped(parsed, log)
        manifest = parsed.result
        del parsed
        gc.collect()
        catalogue = read_catalogue(target / MANIFEST)
        of_report = nodes_of_report(manifest)
        checks = let_checks_warn(manifest, of_report)
        of_reckoned = checks_of_reckoned(manifest, checks, catalogue.publications)
        if origin := variables.get("industry_origin"):
            let_readers_wait(manifest, catalogue.publications)
            files = files_with_industry_figures(catalogue.publications)
            origin = {**origin, "files": files}
            if with_industry and origin.get("report"):
                origin["held_against"] = held_against(files, origin)
                origin["files_of_report"] = files_of_report(catalogue.publications)
            variables = {**variables, "industry_origin": origin}
        variables = {**variables, **engine.prepare(work, variables)}
        decided = passed_before.decided_by(manifest, variables)
        left_out = set() if anew else engine.leave_out(manifest, code, decided)
        not_built = left_out if with_industry else left_out | of_report
        if not select:  # nothing of a month reads it
            not_built |= {name for name, node in manifest.nodes.items() if _WATCH in node.tags}
        for name in not_built:
            manifest.nodes[name].tags.append(_LEFT_OUT)
        if not_built:
            chosen += ["--exclude", f"tag:{_LEFT_OUT}"]
        if left_out:
            handle.write(f"info  Left out {len(left_out):,} nodes, which {engine.name} need not build\n")
        chosen += ["--vars", json.dumps({"code_fingerprint": code, **variables})]
        result = dbtRunner(manifest, callbacks=[listener]).invoke(["build", *arguments, *chosen])
        engine.end_of_build()
        _write_run_results(result.result, target / "run_results.json")
        _raise_interrupt(result)
        broken = _failed(result)
        if not result.success and (ended := engine.why_it_ended()):
            raise CarError(f"{ended}\nLog: {log}")
        is_of_report_alone = bool(broken) and all(item.node.unique_id in of_report for item in broken)
        with engine.asking() as ask:
            if not (parties_only and is_of_report_alone):
                words = words_of(ask, broken)
                _raise_what_stopped(result, log, words, PARTIES_ALL_THE_SAME if is_of_report_alone else "")
            results = result.result.results
            found = failed_checks(ask, results, checks, broken, of_reckoned)
        engine.keep_passed(results, decided)
        engine.finish(manifest, catalogue)
    return Built(
        catalogue,
        [_line(item) for item in results if item.status == "warn" and item.node.unique_id not in checks],
        found,
    )


@contextmanager
def _closing(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.close()


def _forget_other_code(target: Path, code: str) -> None:
    """Let dbt parse all anew on other code: what it parses by changed files alone can keep what is gone."""
    of_code = target / "parsed_code"
    if not of_code.is_file() or of_code.read_text(encoding="utf-8") != code:
        target.mkdir(parents=True, exist_ok=True)
        (target / "partial_parse.msgpack").unlink(missing_ok=True)
        of_code.write_text(code, encoding="utf-8")


def _raise_what_stopped(
    result: Any, log: Path, words: Mapping[str, Sequence[str]] | None = None, hint: str = ""
) -> None:
    """Raise what ended a command of dbt.

    Parameters:
        words: what failed data tests say, by unique id.
        hint: a line more, for what to do.
    """
    _raise_interrupt(result)
    if not result.success:
        raise CarError(_failure(result, log, words or {}, hint))


def _raise_interrupt(result: Any) -> None:
    if isinstance(result.exception, KeyboardInterrupt):  # dbt gives it back like a failure
        raise result.exception


def _failed(result: Any) -> list[Any]:
    """Give what failed; nothing where dbt itself did."""
    if result.exception is not None:
        return []
    return [item for item in getattr(result.result, "results", []) if str(item.status) in _FAILED]


def _listener(
    write: Callable[[str], Any],
    progress: Callable[..., None] | None,
    after_node: Callable[[str], None] | None = None,
) -> Callable[[Any], None]:
    done = 0
    # dbt tells of its nodes from several threads, and a text file that two write to at a time gets pieces of
    # the process's memory.
    one_at_a_time = threading.Lock()

    def listen(event: Any) -> None:
        nonlocal done
        with one_at_a_time:
            if event.info.level != "debug" and event.info.msg:
                write(f"{event.info.level:5} {scrub(event.info.msg)}\n")
            is_result = event.info.name.startswith("Log") and event.info.name.endswith("Result")
            if is_result:
                done += 1
                if done == 1:
                    gc.freeze()
                if done % _NODES_BETWEEN_COLLECTIONS == 0:
                    gc.collect()
                if progress is not None:
                    progress(done, getattr(event.data, "total", None))
                if after_node is not None:
                    after_node(event.data.node_info.unique_id)

    return listen


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let garbage wait for `_listener` to collect it.

    Python looks through dbt's hundreds of thousands of objects each time that there are some more of them: a
    tenth of a small build. A node leaves half a megabyte that waits. What is there before the first node, dbt
    and the project as it was parsed, stays to the end and is not looked through at all.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


def _write_run_results(result: Any, path: Path) -> None:
    """Keep what became of each node, without the values of rows that the message of a failed one holds."""
    if result is None:
        return
    for item in result.results:
        item.message = item.message and scrub(item.message)
    result.write(str(path))


def _failure(result: Any, log: Path, words: Mapping[str, Sequence[str]], hint: str) -> str:
    if result.exception is not None:
        known = explain(result.exception) or explain_duckdb(str(result.exception))
        return (
            str(known)
            if known
            else f"dbt could not start the build: {_brief(str(result.exception))} Log: {log}"
        )
    failed = _failed(result)
    skipped = sum(str(item.status) == "skipped" for item in getattr(result.result, "results", []))
    causes = dict.fromkeys(str(known) for item in failed if (known := explain_duckdb(item.message or "")))
    told = [line for item in failed for line in [_line(item), *_said(words.get(item.node.unique_id, ()))]]
    lines = [*causes, *first_lines(told)]
    if skipped:
        lines.append(f"  {skipped} that depend on them were not built")
    more = [hint] if hint else []
    return "\n".join(["The build failed; nothing was published.", *lines, *more, f"Log: {log}"])


def _said(words: Sequence[str]) -> list[str]:
    return [f"    {text}" for text in words]


def _line(item: Any) -> str:
    return f"  {item.node.resource_type} {item.node.name}: {_brief(item.message or str(item.status))}"


def _brief(message: str) -> str:
    """Give the part of a dbt message that says what is wrong, on one line."""
    text = " ".join(scrub(message).split())
    return text if len(text) <= 300 else text[:299] + "…"
