"""Makes the tables of docs/scale.md from the results that are kept beside it.

Run as `python -m car.bench.tables docs/scale.md`: what stands between the markers is written anew. There
are two pairs of them: steps on DuckDB, and DuckDB beside Spark of the results in `bench/spark`.
"""

import sys
from pathlib import Path
from typing import Any

from car.bench.bench import MONTH_STEPS, ON_SPARK, SPARK_STEPS, WORDS, inventory_line, spark_line
from car.bench.step import INDUSTRY
from car.errors import UsageFault
from car.jsonfile import read_json

BEGIN, END = "<!-- made by car.bench.tables -->", "<!-- end -->"
BEGIN_SPARK = "<!-- made by car.bench.tables of both engines -->"
SPARK = "spark"
"""The folder of the results that have Spark beside DuckDB, in that of the others."""
_PRODUCT = ("check", "staging", "core", "marts", INDUSTRY, "export")
_NATIONAL_MILLIONS = 2_500
WHOLE = frozenset(MONTH_STEPS) - {INDUSTRY}
"""The steps of every result: some were kept when there was no industry's report."""


def results(folder: Path) -> list[dict[str, Any]]:
    """Read the results that are kept in a folder, smallest month first.

    Raises:
        UsageFault: a file there is no result of a whole bench.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        result = read_json(path) or {}
        if not set(_costs(result)) >= WHOLE:
            raise UsageFault(f"{path.name} is no result of a whole `car bench`.")
        found.append(result)
    return sorted(found, key=lambda result: result["records"]["service_requests"])


def markdown(found: list[dict[str, Any]]) -> str:
    """Write the results as tables: CPU seconds and peak memory by step, then the ratios, by CPU."""
    heads = [f"{_millions(result, 'service_requests')} M requests" for result in found]
    steps = list(dict.fromkeys(step for result in found for step in _costs(result)))
    lines = _table(["CPU s (peak MiB)", *heads], [[step, *(_cost(r, step) for r in found)] for step in steps])
    rows = [
        [words, *(f"{r['ratios'][name]:.2f}" if name in r["ratios"] else "" for r in found)]
        for name, words in ((f"{name}_cpu_s", words) for name, words in WORDS.items())
        if any(name in r["ratios"] for r in found)
    ]
    rows.append(["CPU s of the product a million requests", *(f"{_per_million(r):.2f}" for r in found)])
    lines += ["", *_table(["ratio of CPU", *heads], rows), ""]
    for result, head in zip(found, heads, strict=True):
        on = result["measured_on"]
        told = [
            f"{_millions(result, 'alerts')} M alerts, {on['cores']} cores of {on['processor']},"
            f" {on['memory_gib']} GiB of memory, limit {on['memory_limit']},"
            f" DuckDB {on['package_versions']['duckdb']}"
        ]
        told += [inventory_line(result["inventory"])] if "inventory" in result else []
        lines.append(f"- {head}: {'; '.join(told)}.")
    return "\n".join(lines)


def of_both_engines(found: list[dict[str, Any]]) -> str:
    """Write the steps that both engines did, Spark beside DuckDB; then what Spark cost of it."""
    engines = {"DuckDB": "", "Spark": ON_SPARK}
    heads = [f"{_millions(r, 'service_requests')} M, {engine}" for r in found for engine in engines]
    rows = [
        [step, *(_whole_cost(r, of + step) for r in found for of in engines.values())] for step in SPARK_STEPS
    ]
    lines = _table(["CPU s, wall s (peak MiB)", *heads], rows)
    lines.append("")
    for result in found:
        ratios, settings = result["ratios"], result["spark"]["settings"]
        lines.append(
            f"- {_millions(result, 'service_requests')} M requests: `{settings['master']}`,"
            f" `driver_memory` {settings['driver_memory']},"
            f" `shuffle_partitions` {settings['shuffle_partitions']}. A build on Spark took"
            f" {ratios['spark_cpu_s']:.1f} times the CPU, {ratios['spark_wall_s']:.1f} times the wall time."
            f" {spark_line(result['spark'])}."
        )
    if len(found) > 1:
        lines += ["", *_slopes(found[0], found[-1], engines)]
    return "\n".join(lines)


def _slopes(small: dict[str, Any], large: dict[str, Any], engines: dict[str, str]) -> list[str]:
    """Write what builds and exports cost by size, on the line through two months, and of a national month.

    Parameters:
        engines: the engines by name, with what their steps begin with.
    """
    sizes = [result["records"]["service_requests"] / 1e6 for result in (small, large)]
    fixed, slopes = [], []
    for of in engines.values():
        first, last = (sum(_costs(r)[of + step]["cpu_s"] for step in SPARK_STEPS) for r in (small, large))
        slopes.append((last - first) / (sizes[1] - sizes[0]))
        fixed.append(first - slopes[-1] * sizes[0])
    national = [(cost + slope * _NATIONAL_MILLIONS) / 3600 for cost, slope in zip(fixed, slopes, strict=True)]
    rows = {
        "CPU s of a month, whatever its size": fixed,
        "CPU s for each million requests": slopes,
        f"CPU h of {_NATIONAL_MILLIONS:,} million requests, if the line went on": national,
    }
    return _table(
        [f"from {sizes[0]:.1f} and {sizes[1]:.1f} M requests", *engines, "ratio"],
        [
            [words, *(f"{cost:,.1f}" for cost in costs), f"{costs[1] / costs[0]:.1f}"]
            for words, costs in rows.items()
        ],
    )


def rewritten(document: Path) -> str:
    """Give the text of a document with its tables made of the results that are kept beside it.

    Raises:
        UsageFault: a file there is no result of a whole bench, or the document lacks markers.
    """
    kept = document.parent / "bench"
    text = written(document.read_text(encoding="utf-8"), markdown(results(kept)))
    return written(text, of_both_engines(results(kept / SPARK)), BEGIN_SPARK)


def written(text: str, table: str, begin: str = BEGIN) -> str:
    """Put a table between its markers in a document.

    Raises:
        UsageFault: the document has no such markers.
    """
    before, begins, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not begins or not end:
        raise UsageFault(f"The document lacks {begin} and {END}.")
    return f"{before}{begin}\n\n{table}\n\n{END}{after}"


def _costs(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cost["step"]: cost for cost in result.get("costs", [])}


def _cost(result: dict[str, Any], step: str) -> str:
    cost = _costs(result).get(step)
    return f"{cost['cpu_s']:,.1f} ({cost['peak_memory_mib']:,})" if cost else ""


def _whole_cost(result: dict[str, Any], step: str) -> str:
    cost = _costs(result).get(step)
    return f"{cost['cpu_s']:,.0f}, {cost['wall_s']:,.0f} ({cost['peak_memory_mib']:,})" if cost else ""


def _millions(result: dict[str, Any], feed: str) -> str:
    return f"{result['records'][feed] / 1e6:.1f}"


def _per_million(result: dict[str, Any]) -> float:
    costs = _costs(result)
    return sum(costs[step]["cpu_s"] for step in _PRODUCT if step in costs) / (
        result["records"]["service_requests"] / 1e6
    )


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] + ["--:"] * (len(head) - 1), *rows]]


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(rewritten(document), encoding="utf-8", newline="\n")
