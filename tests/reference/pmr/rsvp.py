"""rsvp_monthly, rsvp_daily, iterations, failures.csv; figures RSVP-*, ITER, IC1, CPM1 and CPM2."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from reference.daily import highlighted_incidents
from reference.industry import is_released, percentile
from reference.landing import Row
from reference.pmr.common import (
    GENERATIONS,
    REGIONS,
    REPORTED,
    SEGMENTS,
    SLA_CLASSES,
    SMETS1,
    SMETS2,
    Request,
    Sources,
    file_table,
    names_segment,
    printed_seconds,
    printed_share,
    types_of,
)
from reference.pmr.disclosure import CellKey, Disclosure, Line, months_only, with_total
from reference.pmr.figures import ALL, WITHHELD, Figure, Place, mean, withheld
from reference.pmr.printing import (
    DAY_SPLIT,
    REASON_SPLIT,
    SLA_SPLIT,
    TYPE_SPLIT,
    Family,
    Measure,
    line_of,
)
from reference.requests import CHANGE_OF_SUPPLIER, INSTALL_AND_COMMISSION

RSVP = "rsvp"
FEED = "service_requests"
MONTH_SHARES = (
    ("in_time", "timed"),
    ("delivery_failures", "decided"),
    ("responded", "decided"),
    ("successes", "decided"),
)
DAY_SHARES = (("failures", "decided"), ("delivery_failures", "decided"))
CATEGORIES = ("responded_success", "responded_failure", "unresponded_success", "unresponded_failure")
MONTHLY_COUNTS = (
    "volume",
    *CATEGORIES,
    "delivery_failures",
    "measured",
    "in_time",
    "late",
    "no_response",
    "pending",
    "no_target",
)
MONTHLY_COLUMNS = (
    "business_process",
    "srv",
    "segment",
    "split",
    "split_value",
    "volume",
    *CATEGORIES,
    "delivery_failures",
    "measured",
    "mean_s",
    "median_s",
    "shortest_s",
    "longest_s",
    "p99_s",
    "network_mean_s",
    "in_time",
    "late",
    "no_response",
    "pending",
    "no_target",
    "trt_share",
    "state",
)
DAILY_COUNTS = ("volume", "failures", "delivery_failures")
DAILY_COLUMNS = (
    "business_process",
    "srv",
    "segment",
    "day",
    *DAILY_COUNTS,
    "mean_s",
    "longest_s",
    "month_mean_s",
    "incident_ids",
    "state",
)
ITERATION_COUNTS = ("iterations", "with_delivery_failure", "with_any_failure")
ITERATION_COLUMNS = (
    "business_process",
    "segment",
    *ITERATION_COUNTS,
    "delivery_failure_share",
    "any_failure_share",
    "state",
)
FAILURE_COLUMNS = (
    "measure_id",
    "business_process",
    "srv",
    "segment",
    "failure_reason_code",
    "is_user_error",
    "failure_count",
    "share",
)
RSVP_MEASURES = (
    Measure("RSVP-V", "volume"),
    Measure("RSVP-P:delivery_failure_share", "delivery_failures", "decided"),
    Measure("RSVP-P:responded_share", "responded", "decided"),
    Measure("RSVP-P:success_share", "successes", "decided"),
    *(Measure(f"RSVP-P:{category}", category) for category in CATEGORIES),
)
IN_TARGET = Measure("RSVP-T", "in_time", "timed")
OUT_OF_TARGET = Measure("IC1", "out_of_time", "timed")
ON_DEMAND_MODES, FUTURE_MODES = (2, 3), (4, 10)
FAILURES_OF = {
    (CHANGE_OF_SUPPLIER, "6.23"): "CoS1.1",
    ("Prepayment", "2.2"): "PP1.3",
}


@dataclass
class Speed:
    """Round Trip Times of a cell that say something about speed, and the times in the networks of them."""

    rtt: list[int] = field(default_factory=list)
    groups: Counter[str] = field(default_factory=Counter)
    network: list[int] = field(default_factory=list)
    network_groups: Counter[str] = field(default_factory=Counter)

    def add(self, request: Request) -> None:
        """One request more, where it is measured."""
        if request.speed_ms is None:
            return
        self.rtt.append(request.speed_ms)
        self.groups[request.group] += 1
        if request.network_ms is not None:
            self.network.append(request.network_ms)
            self.network_groups[request.group] += 1

    @property
    def is_shown(self) -> bool:
        """Whether the rows that the Round Trip Times pool pass by themselves."""
        return is_released(self.groups)

    @property
    def is_network_shown(self) -> bool:
        return is_released(self.network_groups)

    def values(self) -> dict[str, Fraction]:
        """Mean, median, shortest, longest and 99th percentile, in milliseconds; nothing for none."""
        if not self.rtt:
            return {}
        ordered = sorted(self.rtt)
        return {
            "mean": Fraction(sum(ordered), len(ordered)),
            "median": Fraction(percentile(ordered, Fraction(1, 2))),
            "shortest": Fraction(ordered[0]),
            "longest": Fraction(ordered[-1]),
            "p99": Fraction(percentile(ordered, Fraction(99, 100))),
        }

    @property
    def network_mean(self) -> Fraction | None:
        return Fraction(sum(self.network), len(self.network)) if self.network else None


@dataclass
class Rsvp:
    """The cells of the request-based half, and what stands beside them.

    Attributes:
        cells: those of `rsvp`; other families are added to it.
        months_only: (process, SRV) that have no cell but their months in SMETS2 and SMETS1.
    """

    cells: Disclosure
    speeds: dict[CellKey, Speed]
    months_only: set[tuple[str, str]]
    plans: list[Plan]

    def settle(self) -> None:
        """Close the tables of `rsvp` (3.1, 5 a, c), which comes after the one-way lines."""
        cells = self.cells
        for plan in self.plans:
            cells.table(plan.margins, plan.rows, plan.columns, plan.inner)
            cells.settle(plan.months)
            for segment in GENERATIONS:
                inner = [key for line in plan.srv_days[segment] for key in line.parts]
                margin = [plan.all_days[segment]]
                cells.table(margin, plan.srv_days[segment], plan.day_srvs[segment], inner)
            inner = [key for line in plan.region_days for key in line.parts]
            cells.table([], plan.region_days, plan.day_regions, inner)


def request_counts(request: Request) -> dict[str, int]:
    """What a request adds to a cell."""
    answered = "responded" if request.is_answered else "unresponded"
    category = f"{answered}_{'success' if request.has_success_code else 'failure'}"
    decided = not request.is_pending
    return {
        "volume": 1,
        category: 1,
        request.timing: 1,
        "decided": int(decided),
        "responded": int(request.is_answered),
        "successes": int(request.is_success),
        "failures": int(request.is_failure),
        "delivery_failures": int(request.is_delivery_failure),
        "measured": int(request.speed_ms is not None),
        "timed": int(request.timing in ("in_time", "late", "no_response")),
        "out_of_time": int(request.timing in ("late", "no_response")),
    }


def rsvp_key(process: str, srv: str, segment: str, split: str = ALL, value: str = ALL) -> CellKey:
    """A cell of the requests of Table 4."""
    return CellKey(RSVP, process, srv, segment, split, value)


def segments_for(sources: Sources, process: str, srv: str) -> tuple[str, ...]:
    """The segments in which a pair is measured."""
    return tuple(segment for segment in SEGMENTS if sources.applies_to(process, srv, segment))


def day_value(day: date) -> str:
    """A day as split_value."""
    return day.isoformat()


def reckon(sources: Sources) -> Rsvp:
    """The cells of all counted requests of Table 4, with their one-way lines closed."""
    cells, speeds = Disclosure(), defaultdict(Speed)
    for request in sources.process_requests:
        process, counts = str(request.process), request_counts(request)

        def add(key: CellKey, shares, request=request, counts=counts) -> None:
            cells.row(key, (request.group,), counts, shares)
            speeds[key].add(request)

        day = day_value(request.day)
        for segment in with_total(request.segment):
            add(rsvp_key(process, ALL, segment), MONTH_SHARES)
            add(rsvp_key(process, request.srv, segment), MONTH_SHARES)
            add(rsvp_key(process, ALL, segment, DAY_SPLIT, day), DAY_SHARES)
            if segment in GENERATIONS:
                add(rsvp_key(process, ALL, segment, TYPE_SPLIT, request.type), MONTH_SHARES)
                add(rsvp_key(process, ALL, segment, SLA_SPLIT, request.sla), MONTH_SHARES)
                add(rsvp_key(process, request.srv, segment, DAY_SPLIT, day), DAY_SHARES)
    days = [day_value(day) for day in sources.month.days]
    plans = [Plan(sources, process, days) for process in sources.processes]
    reckoned = Rsvp(cells, dict(speeds), months_only(sources), plans)
    for plan in plans:
        for line in plan.all_lines:
            cells.line(line)
    cells.judge()
    for plan in plans:
        cells.force(plan.beyond_months(reckoned.months_only))
        for line in plan.one_way:
            cells.close(line)
    return reckoned


class Plan:
    """The lines and tables of a process among the cells of `rsvp` (3.1, 4 and 5 a, c)."""

    def __init__(self, sources: Sources, process: str, days: list[str]) -> None:
        self.process, self.srvs, self.days = process, sources.processes[process], days
        self.types = types_of(process)
        key = self.key
        self.margins = [
            Line(key(ALL, SMETS2), tuple(key(ALL, r) for r in REGIONS), key(ALL, WITHHELD)),
            *(
                Line(key(ALL, segment), tuple(key(srv, segment) for srv in self.srvs), key(WITHHELD, segment))
                for segment in GENERATIONS
            ),
        ]
        self.rows = [
            Line(key(srv, SMETS2), tuple(key(srv, r) for r in REGIONS), key(srv, WITHHELD))
            for srv in self.srvs
        ]
        self.columns = [
            Line(key(ALL, r), tuple(key(srv, r) for srv in self.srvs), key(WITHHELD, r)) for r in REGIONS
        ]
        self.inner = [key(srv, r) for srv in self.srvs for r in REGIONS]
        self.one_way = [
            Line(
                key(ALL, segment),
                tuple(key(ALL, segment, split, value) for value in values),
                key(ALL, segment, split, WITHHELD),
            )
            for split, values in ((TYPE_SPLIT, self.types), (SLA_SPLIT, SLA_CLASSES))
            for segment in GENERATIONS
        ]
        self.months = [
            *(key(srv, segment) for srv in (ALL, *self.srvs) for segment in SEGMENTS),
            *(part for line in self.one_way for part in line.parts),
        ]
        self.all_days = {segment: self.day_line(ALL, segment) for segment in GENERATIONS}
        self.srv_days = {
            segment: [self.day_line(srv, segment) for srv in self.srvs] for segment in GENERATIONS
        }
        self.day_srvs = {
            segment: [
                Line(
                    self.day(ALL, segment, day),
                    tuple(self.day(srv, segment, day) for srv in self.srvs),
                    self.day(WITHHELD, segment, day),
                )
                for day in days
            ]
            for segment in GENERATIONS
        }
        self.region_days = [self.day_line(ALL, r) for r in REGIONS]
        self.day_regions = [
            Line(
                self.day(ALL, SMETS2, day),
                tuple(self.day(ALL, r, day) for r in REGIONS),
                self.day(ALL, WITHHELD, day),
            )
            for day in days
        ]

    def key(self, srv: str, segment: str, split: str = ALL, value: str = ALL) -> CellKey:
        return rsvp_key(self.process, srv, segment, split, value)

    def day(self, srv: str, segment: str, day: str) -> CellKey:
        return self.key(srv, segment, DAY_SPLIT, day)

    def day_line(self, srv: str, segment: str) -> Line:
        """A month and its days."""
        return Line(
            self.key(srv, segment),
            tuple(self.day(srv, segment, day) for day in self.days),
            self.key(srv, segment, DAY_SPLIT, WITHHELD),
        )

    @property
    def all_lines(self) -> list[Line]:
        by_segment = [
            line
            for segment in GENERATIONS
            for line in (self.all_days[segment], *self.srv_days[segment], *self.day_srvs[segment])
        ]
        return [
            *self.margins,
            *self.rows,
            *self.columns,
            *self.one_way,
            *by_segment,
            *self.region_days,
            *self.day_regions,
        ]

    def beyond_months(self, told: set[tuple[str, str]]) -> list[CellKey]:
        """The cells that are not there where the roles would tell: all but months in SMETS2 and SMETS1."""
        found = []
        for srv in (ALL, *self.srvs):
            if (self.process, srv) in told:
                found += [self.key(srv, r) for r in REGIONS]
                found += [self.day(srv, segment, day) for segment in SEGMENTS for day in self.days]
        if (self.process, ALL) in told:
            found += [part for line in self.one_way for part in line.parts]
        return found


def figures_and_files(sources: Sources, rsvp: Rsvp) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures RSVP-*, IC1, ITER, CPM1, CPM2, and rsvp_monthly, rsvp_daily, iterations.csv.

    Their cells but those of `rsvp` are added to the disclosure.
    """
    iterations = _iterations(sources, rsvp)
    cpm = _cpm(sources, rsvp)
    rests = rsvp.cells.rests()
    figures = _rsvp_figures(sources, rsvp, rests)
    for family in (*iterations.values(), *cpm):
        figures += family.figures(rsvp.cells, rests)
    return figures, {
        "rsvp_monthly.csv": _monthly(sources, rsvp, rests),
        "rsvp_daily.csv": _daily(sources, rsvp, rests),
        "iterations.csv": _iteration_file(sources, rsvp, iterations, rests),
    }


# rsvp_monthly.csv and its figures


def _month_keys(sources: Sources) -> list[CellKey]:
    """The rows of rsvp_monthly.csv, whether they apply or not."""
    keys = []
    for process, srvs in sources.processes.items():
        keys += [rsvp_key(process, srv, segment) for srv in (ALL, *srvs) for segment in SEGMENTS]
        for segment in GENERATIONS:
            keys += [rsvp_key(process, ALL, segment, TYPE_SPLIT, kind) for kind in types_of(process)]
            keys += [rsvp_key(process, ALL, segment, SLA_SPLIT, value) for value in SLA_CLASSES]
    return keys


def _applies(sources: Sources, key: CellKey) -> bool:
    return sources.applies_to(key.process, key.item, key.segment)


def _rest_keys(rests: Mapping[CellKey, Counter[str]], days: bool) -> list[CellKey]:
    """The rows `Withheld` of the months, or those of the days."""
    return [key for key in rests if key.family == RSVP and (key.split == DAY_SPLIT) is days]


def _place(key: CellKey) -> Place:
    value = None if key.split == DAY_SPLIT and key.value == WITHHELD else key.value
    return key.process, key.item, key.segment, key.split, value


def speed_figures(place: Place, speed: Speed, is_shown: bool, pending: int) -> list[Figure]:
    """RSVP-S of a cell; each withheld where its rows do not pass."""
    names = ("mean", "median", "shortest", "longest", "p99")
    values = speed.values()
    found = []
    for name in names:
        value = values.get(name)
        if is_shown and (speed.is_shown or not speed.rtt):
            found.append(
                mean(
                    f"RSVP-S:{name}", place, None if value is None else value / 1000, len(speed.rtt), pending
                )
            )
        else:
            found.append(withheld(f"RSVP-S:{name}", place))
    if is_shown and (speed.is_network_shown or not speed.network):
        value = speed.network_mean
        found.append(
            mean(
                "RSVP-S:network_mean",
                place,
                None if value is None else value / 1000,
                len(speed.network),
                pending,
            )
        )
    else:
        found.append(withheld("RSVP-S:network_mean", place))
    return found


def _measures_of(key: CellKey) -> list[Measure]:
    if key.split == SLA_SPLIT:
        return [IN_TARGET]
    more = [OUT_OF_TARGET] if key.process == INSTALL_AND_COMMISSION else []
    return [*RSVP_MEASURES, IN_TARGET, *more]


def _rsvp_figures(sources: Sources, rsvp: Rsvp, rests: Mapping[CellKey, Counter[str]]) -> list[Figure]:
    cells, found = rsvp.cells, []
    for key in _month_keys(sources):
        if not _applies(sources, key):
            continue
        place, counts, is_shown = _place(key), cells.pool(key).counts, cells.is_shown(key)
        for measure in _measures_of(key):
            found.append(measure.of(place, counts) if is_shown else withheld(measure.id, place))
        if key.split != SLA_SPLIT:
            speed = rsvp.speeds.get(key) or Speed()
            found += speed_figures(place, speed, is_shown, counts["pending"])
    for key in _rest_keys(rests, days=False):
        found += [measure.of(_place(key), rests[key]) for measure in _measures_of(key)]
    return found


def _monthly(sources: Sources, rsvp: Rsvp, rests: Mapping[CellKey, Counter[str]]) -> list[list[str]]:
    has_file, names = sources.has_file(FEED), {name: name for name in MONTHLY_COUNTS}
    lines = []
    for key in _month_keys(sources):
        line, state = line_of(rsvp.cells, key, _named(key), names, _applies(sources, key), has_file)
        if state == REPORTED:
            counts, speed = rsvp.cells.pool(key).counts, rsvp.speeds[key]
            line["trt_share"] = printed_share(counts["in_time"], counts["timed"])
            if speed.is_shown:
                line |= {f"{name}_s": printed_seconds(ms) for name, ms in speed.values().items()}
            if speed.is_network_shown:
                line["network_mean_s"] = printed_seconds(speed.network_mean)
        lines.append(line)
    for key in _rest_keys(rests, days=False):
        counts = rests[key]
        lines.append(
            {
                **_named(key),
                **{name: counts[name] for name in MONTHLY_COUNTS},
                "trt_share": printed_share(counts["in_time"], counts["timed"]),
                "state": REPORTED,
            }
        )
    return file_table(sources.month, MONTHLY_COLUMNS, lines)


def _named(key: CellKey) -> Row:
    return {
        "business_process": key.process,
        "srv": key.item,
        "segment": key.segment,
        "split": key.split,
        "split_value": key.value,
    }


# rsvp_daily.csv


def _daily(sources: Sources, rsvp: Rsvp, rests: Mapping[CellKey, Counter[str]]) -> list[list[str]]:
    has_file, names = sources.has_file(FEED), {name: name for name in DAILY_COUNTS}
    incidents = {day: highlighted_incidents(sources.rows("incidents"), day) for day in sources.month.days}
    lines = []
    for process, srvs in sources.processes.items():
        for srv in (ALL, *srvs):
            for segment in SEGMENTS if srv == ALL else GENERATIONS:
                month_mean = _month_mean(rsvp, rsvp_key(process, srv, segment))
                for day in sources.month.days:
                    key = rsvp_key(process, srv, segment, DAY_SPLIT, day_value(day))
                    line, state = line_of(
                        rsvp.cells, key, _named(key), names, _applies(sources, key), has_file
                    )
                    line |= {
                        "day": day,
                        "month_mean_s": month_mean,
                        "incident_ids": _ids(incidents[day], segment),
                    }
                    if state == REPORTED and rsvp.speeds[key].is_shown:
                        values = rsvp.speeds[key].values()
                        line |= {f"{name}_s": printed_seconds(values[name]) for name in ("mean", "longest")}
                    lines.append(line)
    for key in _rest_keys(rests, days=True):
        day = None if key.value == WITHHELD else date.fromisoformat(key.value)
        counts = {name: rests[key][name] for name in DAILY_COUNTS}
        is_placed = day is not None and key.segment != WITHHELD
        ids = _ids(incidents[day], key.segment) if is_placed else None
        lines.append({**_named(key), "day": day, **counts, "incident_ids": ids, "state": REPORTED})
    return file_table(sources.month, DAILY_COLUMNS, lines)


def _month_mean(rsvp: Rsvp, key: CellKey):
    speed = rsvp.speeds.get(key)
    if speed is None or not rsvp.cells.is_shown(key) or not speed.is_shown:
        return None
    return printed_seconds(speed.values()["mean"])


def _ids(incidents: Iterable[Row], segment: str) -> str | None:
    named = [str(one["incident_id"]) for one in incidents if names_segment(one, segment)]
    return ";".join(sorted(named)) or None


# iterations.csv


def _iterations(sources: Sources, rsvp: Rsvp) -> dict[str, Family]:
    """The family of each process, its cells filled and closed."""
    families = {
        process: Family(
            "ITER",
            process,
            ALL,
            ALL,
            (
                Measure("ITER:delivery_failure_share", "with_delivery_failure", "iterations", None),
                Measure("ITER:any_failure_share", "with_any_failure", "iterations", None),
            ),
            (("with_delivery_failure", "iterations"), ("with_any_failure", "iterations")),
            types=(),
            smets1=sources.applies_to(process, ALL, SMETS1),
        )
        for process in sources.processes
    }
    found: dict[tuple[object, ...], list[Request]] = defaultdict(list)
    for request in sources.process_requests:
        found[_iteration_key(sources, request)].append(request)
    for several in found.values():
        first = min(several, key=lambda request: (request.started_at, request.id))
        counts = {
            "iterations": 1,
            "with_delivery_failure": int(any(r.is_delivery_failure for r in several)),
            "with_any_failure": int(any(r.is_failure for r in several)),
        }
        families[str(first.process)].row(
            rsvp.cells, first.segment, first.type, {r.group for r in several}, counts
        )
    for family in families.values():
        close_one_way(rsvp, family)
    return families


def _iteration_key(sources: Sources, request: Request) -> tuple[object, ...]:
    if request.device is None:
        return "request", request.id
    if request.process == INSTALL_AND_COMMISSION:
        hub = sources.devices.hub_of(request.device_at) or request.device
        return request.process, request.party, hub, request.day
    return request.process, request.party, request.role, request.device, request.day


def _iteration_file(
    sources: Sources, rsvp: Rsvp, families: Mapping[str, Family], rests: Mapping[CellKey, Counter[str]]
) -> list[list[str]]:
    has_file, names = sources.has_file(FEED), {name: name for name in ITERATION_COUNTS}
    lines = []

    def shares(counts: Mapping[str, int]) -> Row:
        return {
            "delivery_failure_share": printed_share(counts["with_delivery_failure"], counts["iterations"]),
            "any_failure_share": printed_share(counts["with_any_failure"], counts["iterations"]),
        }

    for process, family in families.items():
        for segment in SEGMENTS:
            key = family.key(segment)
            named = {"business_process": process, "segment": segment}
            line, state = line_of(
                rsvp.cells, key, named, names, sources.applies_to(process, ALL, segment), has_file
            )
            if state == REPORTED:
                line |= shares(rsvp.cells.pool(key).counts)
            lines.append(line)
        rest = rests.get(family.key(WITHHELD))
        if rest is not None:
            named = {"business_process": process, "segment": WITHHELD, "state": REPORTED}
            lines.append(named | {name: rest[name] for name in ITERATION_COUNTS} | shares(rest))
    return file_table(sources.month, ITERATION_COLUMNS, lines)


# What other families share


def close_one_way(rsvp: Rsvp, family: Family, lines: Iterable[Line] | None = None) -> None:
    """Judge the cells of a family, leave out what its roles would tell, and close its one-way lines."""
    ready(rsvp, family)
    for line in family.lines() if lines is None else lines:
        rsvp.cells.close(line)


def ready(rsvp: Rsvp, family: Family) -> None:
    """Tie the cells of a family, judge each alone, and leave out what its roles would tell."""
    for line in family.lines():
        rsvp.cells.line(line)
    rsvp.cells.judge((*family.segment_keys, *family.type_keys))
    if (family.process, family.item) in rsvp.months_only or (family.process, ALL) in rsvp.months_only:
        rsvp.cells.force([key for key in family.segment_keys if key.segment not in GENERATIONS])
        rsvp.cells.force(family.type_keys)


# CPM1 and CPM2


def _cpm(sources: Sources, rsvp: Rsvp) -> list[Family]:
    """The families of both, their cells filled and closed; `ALL` is shown whole."""
    families = []
    for name, modes in (("CPM1", ON_DEMAND_MODES), ("CPM2", FUTURE_MODES)):
        family = WholeFamily(name, "", ALL, None, (Measure(name, "in_time", "timed"),), IN_TIME, types=())
        for request in sources.month_requests:
            if request.mode in modes:
                counts = request_counts(request)
                family.row(rsvp.cells, request.segment, request.type, (request.group,), counts)
                rsvp.cells.row(family.key(ALL), (request.group,), counts, IN_TIME)
        whole = Line(family.key(ALL), tuple(family.key(segment) for segment in GENERATIONS))
        rsvp.cells.line(whole)
        rsvp.cells.settle([family.key(ALL)])
        close_one_way(rsvp, family, [whole, *family.lines()])
        families.append(family)
    return families


IN_TIME = (("in_time", "timed"),)


class WholeFamily(Family):
    """A family that has figures over SMETS2 and SMETS1 together too."""

    def figures(self, cells: Disclosure, rests: Mapping[CellKey, Counter[str]]) -> list[Figure]:
        """Its figures, those of `ALL` first."""
        whole = self.key(ALL)
        first = [measure.of(self.place(whole), cells.pool(whole).counts) for measure in self.measures]
        return [*first, *super().figures(cells, rests)]


# failures.csv


def failures_file(sources: Sources, rsvp: Rsvp, holders: Mapping[str, Family]) -> list[list[str]]:
    """failures.csv, after the cells that hold it are settled.

    Parameters: holders, by measure id the family over the same requests where it is not `rsvp`.
    """
    cells = rsvp.cells
    user_errors = {
        row["response_code"]: row["is_user_error"] == "true"
        for row in sources.seed("response_code_user_errors")
    }
    failed: dict[CellKey, list[Request]] = defaultdict(list)
    for request in sources.process_requests:
        if request.is_failure and not is_local_top_up(request):
            failed[_failure_key(request)].append(request)
    lines = []
    for total, several in failed.items():
        place = total.process, total.item
        measure = FAILURES_OF.get(place, "RSVP-P")
        reasons = _reasons(rsvp, total, several)
        holder = holders[measure].key(total.segment) if measure in holders else total._replace(family=RSVP)
        if not cells.is_shown(holder):
            cells.withhold(total)
        cells.close(reasons)
        if not cells.is_shown(total):
            continue
        named = {
            "measure_id": measure,
            "business_process": total.process,
            "srv": total.item,
            "segment": total.segment,
        }
        shown = {key.value: cells.pool(key).rows for key in reasons.parts if cells.is_shown(key)}
        if shown and sum(shown.values()) < len(several) and cells.stands(reasons):
            shown[WITHHELD] = len(several) - sum(shown.values())
        for reason, number in shown.items():
            figures = {
                "failure_reason_code": reason,
                "is_user_error": user_errors.get(reason),
                "failure_count": number,
                "share": printed_share(number, len(several)),
            }
            lines.append(named | figures)
    return file_table(sources.month, FAILURE_COLUMNS, lines)


def _failure_key(request: Request) -> CellKey:
    return CellKey("failures", str(request.process), request.srv, request.generation)


def is_local_top_up(request: Request) -> bool:
    """A 2.2 that is delivered locally."""
    return request.plain_srv == "2.2" and request.row["command_variant"] == 2


def _reasons(rsvp: Rsvp, total: CellKey, failed: Iterable[Request]) -> Line:
    """The line of the failures of an SRV and their reasons, each judged alone."""
    cells, keys = rsvp.cells, set()
    for request in failed:
        key = total._replace(split=REASON_SPLIT, value=str(request.reason))
        keys.add(key)
        cells.row(total, (request.group,), {"failures": 1})
        cells.row(key, (request.group,), {"failures": 1})
    line = cells.line(Line(total, tuple(sorted(keys)), knows=False))
    cells.judge((total, *keys))
    if len(keys) == 1:
        # Its share is 1.
        (key,) = keys
        pool = cells.pool(key)
        pool.counts["all"] = pool.counts["failures"]
        pool.shares = (("failures", "all"),)
        cells.judge((key,))
    return line
