"""Finds clocks, and other functions that give something else each time, in SQL as written and as compiled.

DuckDB says which functions those are: the volatile ones, and those that give a time and are the same within
one query only. `python tests/python/clocks.py TARGET` looks through what dbt compiled below a target folder.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path

import duckdb

# Words of standard SQL and of other engines that DuckDB does not list as functions.
WORDS = (
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_localtime",
    "current_localtimestamp",
    "sysdate",
    "systimestamp",
)
# `age` of one instant counts from today.
OTHER_FUNCTIONS = ("age", "clock_timestamp", "getdate", "getutcdate", "statement_timestamp", "sysdatetime")
# What reads a clock in Jinja: dbt's own start, and Python's datetime.
IN_JINJA = r"\brun_started_at\b|\.\s*(?:now|utcnow|today)\s*\("
COMMENTS = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)


@cache
def volatile_functions() -> frozenset[str]:
    """Names of the functions that give something else for the same rows."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct function_name from duckdb_functions() where stability = 'VOLATILE'"
            " or (stability = 'CONSISTENT_WITHIN_QUERY'"
            " and (contains(return_type, 'TIME') or return_type = 'DATE'))"
        ).fetchall()
    return frozenset(name for (name,) in rows) | {*OTHER_FUNCTIONS}


def clocks_as_written(text: str) -> list[str]:
    """Give the clocks in SQL with Jinja; a comment may name them."""
    functions = "|".join(map(re.escape, sorted(volatile_functions())))
    pattern = rf"\b(?:{'|'.join(WORDS)})\b|\b(?:{functions})\s*\(|{IN_JINJA}"
    return [match.group() for match in re.finditer(pattern, COMMENTS.sub(" ", text), re.IGNORECASE)]


def clocks_as_compiled(queries: list[str]) -> list[str]:
    """Give for each query the clocks that DuckDB's parser finds in it, or why it is no query."""
    found = []
    with duckdb.connect() as connection:
        for query in queries:
            (text,) = connection.execute("select json_serialize_sql(?)", [query]).fetchone()
            tree = json.loads(text)
            found.append(f"no SQL: {tree['error_message']}" if tree["error"] else ", ".join(_clocks_in(tree)))
    return found


def _clocks_in(tree):
    if isinstance(tree, list):
        for item in tree:
            yield from _clocks_in(item)
    elif isinstance(tree, dict):
        if tree.get("function_name") in volatile_functions():
            yield tree["function_name"]
        names = tree.get("column_names") or [""]
        if len(names) == 1 and str(names[0]).lower() in WORDS:
            yield names[0]
        for item in tree.values():
            yield from _clocks_in(item)


def main(target: Path) -> int:
    """Look through all SQL that dbt compiled; gives the exit code."""
    files = sorted((target / "compiled").rglob("*.sql"))
    if not files:
        print(f"No compiled SQL below {target}.")
        return 1
    found = clocks_as_compiled([file.read_text(encoding="utf-8") for file in files])
    faults = [f"{file}: {words}" for file, words in zip(files, found, strict=True) if words]
    print("\n".join([*faults, f"{len(files):,} compiled files, {len(faults)} with a clock."]))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
