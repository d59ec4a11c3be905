"""Simulated months of the industry report: cells by group, what its SQL withholds of them, and what follows.

The sums of the report's files are equations. A withheld cell follows where they, with all that is
shown, leave it one value: where it lies in the row space of the equations (`what_follows`).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests")]

from mutation.project import Renderer, project_variables  # noqa: E402

Key = tuple[str, str, str, str, str, str]

MODELS = (
    "int_pmr_disclosure__cell_pools",
    "int_pmr_disclosure__group_pools",
    "int_pmr_disclosure__lines",
    "int_pmr_disclosure__table_cells",
    "int_pmr_disclosure__sole_parts",
    "int_pmr_disclosure__holders",
    "int_pmr_disclosure__alone",
    "int_pmr_disclosure__once",
    "int_pmr_disclosure__process_regions",
    "int_pmr_disclosure__measure_segments",
    "int_pmr_disclosure__measure_types",
    "int_pmr_disclosure__process_days",
    "int_pmr_disclosure__region_days",
    "int_pmr_disclosure__install_days",
    "int_pmr_disclosure__install_region_days",
    "int_pmr_disclosure__cells",
    "int_pmr_disclosure__remainders",
)
KEY = ("family", "business_process", "item", "segment", "split", "split_value")
SHARES = tuple(f"share_{number}_{side}" for number in range(1, 5) for side in ("part", "whole"))
REGIONS = ("North", "Central", "South", "4G North", "4G Central", "4G South", "Unknown")
DAYS = 28


class IndustryRules:
    """What withholds in the industry report, with some texts replaced and some variables set."""

    def __init__(self, replacing: Iterable[tuple[str, str, str]] = (), **variables: float) -> None:
        """Each replacement is of (macro file, a text that stands in it once, the new text)."""
        texts = {
            path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
            for folder in ("macros", "models/marts/pmr_disclosure")
            for path in (REPOSITORY / folder).rglob("*.sql")
        }
        for name, old, new in replacing:
            assert texts[name].count(old) == 1, f"{name} has {texts[name].count(old)} times: {old}"
            texts[name] = texts[name].replace(old, new)
        self.variables = {**project_variables(), **variables}
        self.renderer = Renderer(texts)

    def sql(self, model: str) -> str:
        """The SQL of a model, whose inputs are tables of their names."""
        return self.renderer.sql(f"models/marts/pmr_disclosure/{model}.sql", str, self.variables)

    def withhold(self, pools: Pools) -> Month:
        """Run the models over the pools of a month."""
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
            columns = ", ".join(f"{name} varchar" for name in (*KEY, "corporate_group"))
            shares = ", ".join(f"{name} bigint" for name in SHARES)
            connection.execute(
                f"create table int_pmr_disclosure__pools ({columns}, row_count bigint, {shares})"
            )
            if rows := pools.rows():
                columns = list(zip(*rows, strict=True))
                marks = ", ".join("unnest(?)" for _ in columns)
                connection.execute(f"insert into int_pmr_disclosure__pools select {marks}", columns)
            seeds = REPOSITORY / "seeds" / "pmr" / "segments.csv"
            connection.execute(f"create table segments as from read_csv('{seeds}', header = true)")
            connection.execute(
                "create table int_r2__industry_steps"
                " (business_process varchar, srv varchar, is_rest_standing boolean)"
            )
            for process, srv in pools.told_by_roles:
                connection.execute("insert into int_r2__industry_steps values (?, ?, false)", [process, srv])
            for model in MODELS:
                connection.execute(f"create table {model} as {self.sql(model)}")
            shown = connection.execute(
                f"select {', '.join(KEY)}, row_count, is_shown from int_pmr_disclosure__cells"
                " join int_pmr_disclosure__cell_pools using (cell_id, "
                f"{', '.join(KEY)})"
            ).fetchall()
            rests = connection.execute(
                f"select {', '.join(KEY)}, term_item, term_segment, term_split, term_split_value, term_sign"
                " from int_pmr_disclosure__remainders"
            ).fetchall()
        terms: dict[Key, list[tuple[Key, int]]] = defaultdict(list)
        for row in rests:
            terms[row[:6]].append(((row[0], row[1], *row[6:10]), row[10]))
        return Month({row[:6]: row[6] for row in shown}, {row[:6]: row[7] for row in shown}, dict(terms))


class Pools:
    """The rows of each cell by corporate group, with the shares that the cell shows."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Key, str | None], list[int]] = {}
        self.told_by_roles: list[tuple[str, str]] = []

    def add(self, key: Key, group: str | None, rows: int, *shares: tuple[int, int]) -> None:
        """Add rows of a group to a cell; without a group, or with 0 rows, the cell is there all the same."""
        numbers = self._rows.setdefault((key, group), [0] * (1 + len(SHARES)))
        numbers[0] += rows
        for place, (part, whole) in enumerate(shares):
            numbers[1 + 2 * place] += part
            numbers[2 + 2 * place] += whole

    def rows(self) -> list[tuple]:
        """The rows of int_pmr_disclosure__pools."""
        return [(*key, group, *numbers) for (key, group), numbers in sorted(self._rows.items(), key=str)]


@dataclass
class Month:
    """What is shown of a month.

    Attributes:
        rows: of each cell.
        shown: whether its figures are.
        rests: the terms of each row `Withheld`, with their signs.
    """

    rows: Mapping[Key, int]
    shown: Mapping[Key, bool]
    rests: Mapping[Key, list[tuple[Key, int]]]

    def rest_rows(self, key: Key) -> int:
        """How many rows a row `Withheld` tells of."""
        return sum(sign * self.rows[term] for term, sign in self.rests[key])


@dataclass(frozen=True)
class Request:
    """Some requests that are alike: how many, and how many succeeded, were not delivered, were in time."""

    group: str
    process: str
    srv: str
    segment: str
    device_type: str
    sla_s: str
    day: str
    is_apart: bool
    count: int
    successes: int
    delivery_failures: int
    in_time: int


PROCESSES = {
    "Prepayment": (("1.6", 12), ("2.1", 18), ("2.2", 60)),
    "Meter Reads": (("4.6.1", 40), ("4.8.1", 70), ("4.10", 6)),
    "Change of Supplier (Gain)": (("6.23", 30), ("6.8", 25)),
    "Tariff Updates": (("1.1.1", 20),),
}
TYPES = (("ESME", 0.6), ("GSME", 0.37), ("Unknown", 0.03))


def simulate(seed: int) -> list[Request]:
    """The requests of a month: groups of very different sizes, most of them in some regions only."""
    chance = numpy.random.default_rng(seed)
    groups = int(chance.integers(6, 26))
    sizes = chance.lognormal(0, 1.2, groups)
    weights = numpy.array([0.3, 0.3, 0.25, 0.03, 0.03, 0.02, 0.01, 0.15])
    requests = []
    for group in range(groups):
        here = weights * (chance.random(8) < 0.7)
        for process, srvs in PROCESSES.items():
            for srv, typical in srvs:
                if chance.random() < 0.15:
                    continue
                volume = typical * sizes[group] * chance.lognormal(0, 0.7)
                for segment, weight in zip((*REGIONS, "SMETS1"), here, strict=True):
                    for device_type, share in TYPES:
                        for number in numpy.flatnonzero(
                            days := chance.poisson(volume * weight * share / DAYS * numpy.ones(DAYS))
                        ):
                            count = int(days[number])
                            rate = 0.97 if chance.random() < 0.9 else 0.5
                            successes = int(chance.binomial(count, rate))
                            requests.append(
                                Request(
                                    f"G{group:02}",
                                    process,
                                    srv,
                                    segment,
                                    device_type,
                                    "30" if srv in ("2.2", "4.6.1", "1.6") else "86400",
                                    f"2026-02-{number + 1:02}",
                                    bool(chance.random() < 0.12),
                                    count,
                                    successes,
                                    int(chance.binomial(count - successes, 0.5)),
                                    int(chance.binomial(count, 0.98)),
                                )
                            )
    return requests


def pools_of(requests: Iterable[Request]) -> Pools:
    """The cells of some requests, each total among them, as the sections of the report hand them over."""
    pools = Pools()
    for one in requests:
        month = (
            (one.delivery_failures, one.count),
            (one.count - one.delivery_failures, one.count),
            (one.successes, one.count),
            (one.in_time, one.count),
        )
        day = ((one.count - one.successes, one.count), (one.delivery_failures, one.count))
        share = ((one.successes, one.count),)
        is_smets1 = one.segment == "SMETS1"
        wide = "SMETS1" if is_smets1 else "SMETS2"
        segments = (wide,) if is_smets1 else (wide, one.segment)
        for item in (one.srv, "ALL"):
            for segment in segments:
                whole = ("rsvp", one.process, item, segment)
                pools.add((*whole, "ALL", "ALL"), one.group, one.count, *month)
                if item == "ALL" or segment == wide:
                    pools.add((*whole, "day", one.day), one.group, one.count, *day)
            if item == "ALL":
                whole = ("rsvp", one.process, item, wide)
                pools.add((*whole, "device_type", one.device_type), one.group, one.count, *month)
                pools.add((*whole, "sla_s", one.sla_s), one.group, one.count, *month)
        measures = []
        if one.process == "Meter Reads":
            measures.append(("B1.1" if one.is_apart else "B1", "ALL"))
        if one.srv == "2.2":
            measures.append(("PP1.1:local" if one.is_apart else "PP1", "2.2"))
        if one.srv in ("1.6", "2.1"):
            measures.append(("PP2", "ALL"))
        if one.srv == "6.23":
            measures.append(("CoS1", "6.23"))
        for family, item in measures:
            for segment in segments:
                pools.add((family, one.process, item, segment, "ALL", "ALL"), one.group, one.count, *share)
            key = (family, one.process, item, wide, "device_type", one.device_type)
            pools.add(key, one.group, one.count, *share)
    return pools


def sums_of(rows: Mapping[Key, int]) -> list[dict[Key, int]]:
    """All sums of the files, each as coefficients of cells with rows that add up to 0."""
    cells = {key for key, count in rows.items() if count}
    sums = []

    def add(total: Key, parts: Iterable[Key]) -> None:
        found = [part for part in parts if part in cells and part != total]
        if total in cells and found:
            assert sum(rows[part] for part in found) == rows[total], (total, found)
            sums.append({total: 1} | dict.fromkeys(found, -1))

    by_rest: dict[tuple, list[Key]] = defaultdict(list)
    for key in cells:
        family, process, item, segment, split, value = key
        if segment in REGIONS:
            by_rest["segment", (family, process, item, "SMETS2", split, value)].append(key)
        if item != "ALL" and family == "rsvp":
            by_rest["item", (family, process, "ALL", segment, split, value)].append(key)
        if split != "ALL":
            by_rest[split, (family, process, item, segment, "ALL", "ALL")].append(key)
        if family in ("B1", "B1.1"):
            by_rest["measure", ("rsvp", process, "ALL", segment, split, value)].append(key)
        if family in ("PP1", "PP1.1:local") and split == "ALL":
            by_rest["measure", ("rsvp", process, "2.2", segment, split, value)].append(key)
        if family in ("PP1", "PP1.1:local", "PP2"):
            by_rest["all measures", ("rsvp", process, "ALL", segment, split, value)].append(key)
        if family == "CoS1":
            by_rest["same", ("rsvp", process, "6.23", segment, split, value)].append(key)
    for (_, total), parts in by_rest.items():
        add(total, parts)
    for key in cells:
        family, process, _, segment, split, value = key
        if family == "PP2" and split == "ALL":
            add(key, [("rsvp", process, item, segment, split, value) for item in ("1.6", "2.1")])
    return sums


def what_follows(month: Month) -> list[Key]:
    """The withheld cells that follow from all that is shown, but those with the rows of a shown cell.

    A cell that is all of a shown total is as good as shown.
    """
    sums = sums_of(month.rows)
    known = {key for key, is_shown in month.shown.items() if is_shown}
    is_more = True
    while is_more:
        is_more = False
        for one in sums:
            if len(one) == 2 and len(set(one) - known) == 1:
                known |= set(one)
                is_more = True
    hidden = sorted(key for key, count in month.rows.items() if count and key not in known)
    place = {key: number for number, key in enumerate(hidden)}
    equations = [{place[key]: sign for key, sign in one.items() if key in place} for one in sums]
    equations = [one for one in equations if one]
    follows = []
    for columns, rows in _blocks(equations):
        matrix = numpy.zeros((len(rows), len(columns)))
        position = {column: number for number, column in enumerate(columns)}
        for number, row in enumerate(rows):
            for column, sign in row.items():
                matrix[number, position[column]] = sign
        _, values, right = numpy.linalg.svd(matrix, full_matrices=False)
        space = right[values > 1e-9]
        residual = 1 - (space**2).sum(axis=0)
        follows += [hidden[column] for column in columns if residual[position[column]] < 1e-9]
    return sorted(follows)


def _blocks(equations: list[dict[int, int]]) -> list[tuple[list[int], list[dict[int, int]]]]:
    """Equations that share no unknown with others, apart: small matrices are solved faster."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one in equations:
        first, *others = one
        for other in others:
            parent[root(other)] = root(first)
        root(first)
    blocks: dict[int, tuple[set[int], list[dict[int, int]]]] = {}
    for one in equations:
        columns, rows = blocks.setdefault(root(next(iter(one))), (set(), []))
        columns |= set(one)
        rows.append(one)
    return [(sorted(columns), rows) for columns, rows in blocks.values()]
