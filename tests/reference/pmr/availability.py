"""availability, availability_daily, reliability, process_availability and outages.csv (contract, 1.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from reference.contract import CSP_REGIONS
from reference.landing import Row
from reference.pmr.common import (
    NO_EVENTS,
    NOT_APPLICABLE,
    REPORTED,
    SMETS1,
    SMETS2,
    Sources,
    file_table,
)
from reference.pmr.definitions import rows_before
from reference.pmr.figures import ALL, Figure
from reference.pmr.incidents import HIGHLIGHTED, UNMAPPED, figure
from reference.pmr.intervals import Interval, clipped, common, less, microseconds, overlaps, union
from reference.publish import round_half_away

FEED = "service_outages"
SERVICE_REGIONS = (*CSP_REGIONS, SMETS1)
REGIONS_OF = {
    ALL: SERVICE_REGIONS,
    SMETS2: CSP_REGIONS,
    **{region: (region,) for region in SERVICE_REGIONS},
}
LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
MICROSECONDS_A_MINUTE = 60_000_000
MICROSECONDS_AN_HOUR = 3_600_000_000
NO_LIST = "no list of outages after the period"
NO_REGIONS = "no regions"
NOT_IN_SMETS1 = "SMETS1 not applicable"
SMETS1_ONLY = "SMETS1 only"
DEGRADED_BELOW = Fraction(995, 1000)
AVAILABILITY_COLUMNS = (
    "service",
    "component",
    "segment",
    "band",
    "total_minutes",
    "planned_minutes",
    "unplanned_minutes",
    "availability",
    "state",
)
RELIABILITY_COLUMNS = (
    "service",
    "incidents_1",
    "incidents_2",
    "incidents_3",
    "incidents_4",
    "incidents_5",
    "downtime_events",
    "planned_hours",
    "unplanned_hours",
    "mttr_hours",
    "mtbf_hours",
    "state",
)
PROCESS_COLUMNS = ("business_process", "variant", "segment", "level", "previous_level", "status", "state")
OUTAGE_COLUMNS = (
    "outage_id",
    "component",
    "segment",
    "kind",
    "is_approved",
    "started_at",
    "ended_at",
    "minutes_in_month",
    "incident_id",
)


@dataclass(frozen=True)
class Downtime:
    """Planned and unplanned downtime of a row in the period, as disjoint intervals."""

    planned: list[Interval]
    unplanned: list[Interval]


@dataclass(frozen=True)
class Level:
    """Lengths in microseconds: the time looked at, planned and unplanned downtime in it."""

    total: int
    planned: int
    unplanned: int

    @property
    def wanted(self) -> int:
        """The time in which it was to be available."""
        return self.total - self.planned

    @property
    def available(self) -> int:
        """The time in which it was available."""
        return self.wanted - self.unplanned

    @property
    def share(self) -> Fraction | None:
        """Availability; None where nothing was to be available."""
        return Fraction(self.available, self.wanted) if self.wanted else None


def is_approved(outage: Row) -> bool:
    """Whether somebody approved an outage."""
    return outage["approved_by"] is not None


def is_planned(outage: Row) -> bool:
    """Whether an outage is approved planned maintenance; everything else is unplanned downtime."""
    return outage["kind"] == "planned" and is_approved(outage)


class Outages:
    """The downtime of each component and region in a period."""

    def __init__(self, rows: Iterable[Row], scopes: dict[str, str], period: Interval) -> None:
        self.period = period
        spells: dict[tuple[str, str, bool], list[Interval]] = defaultdict(list)
        for row in rows:
            component = row["component"]
            if component not in scopes:
                continue
            named = row["csp_region"]
            within = {"both": SERVICE_REGIONS, SMETS1: (SMETS1,), SMETS2: CSP_REGIONS}[scopes[component]]
            for region in (named,) if named is not None else within:
                spell = clipped(row["started_at"], row["ended_at"], period)
                spells[component, region, is_planned(row)].append(spell)
        self._spells = {key: union(several) for key, several in spells.items()}

    def of(self, components: Iterable[str], segment: str) -> Downtime:
        """The downtime of components in the regions of a segment."""
        planned: list[Interval] = []
        unplanned: list[Interval] = []
        for component in components:
            for region in REGIONS_OF[segment]:
                meant = self._spells.get((component, region, True), [])
                planned += meant
                unplanned += less(self._spells.get((component, region, False), []), meant)
        return Downtime(less(planned, unplanned), union(unplanned))


def level_within(downtime: Downtime, windows: list[Interval]) -> Level:
    """A row's lengths within some windows of the period."""
    return Level(
        microseconds(windows),
        microseconds(common(downtime.planned, windows)),
        microseconds(common(downtime.unplanned, windows)),
    )


def bands_of(period: Interval, bands: list[dict[str, str]]) -> dict[str, list[Interval]]:
    """The parts of a period in each time band, by local time; a band without hours has the others'."""
    found: dict[str, list[Interval]] = {row["band"]: [] for row in bands}
    start, end = period
    at = start
    while at < end:
        following = min(end, at.replace(minute=0, second=0, microsecond=0) + HOUR)
        local = at.replace(tzinfo=UTC).astimezone(LONDON)
        found[_band_at(local, bands)].append((at, following))
        at = following
    return {band: union(several) for band, several in found.items()}


def _band_at(local: datetime, bands: list[dict[str, str]]) -> str:
    of_day = [
        b for b in bands if int(b["iso_weekday_from"]) <= local.isoweekday() <= int(b["iso_weekday_to"])
    ]
    for band in of_day:
        if band["hour_from"] and int(band["hour_from"]) <= local.hour < int(band["hour_to"]):
            return band["band"]
    return next(band["band"] for band in of_day if not band["hour_from"])


def days_of(period: Interval, days: list[date]) -> dict[date, list[Interval]]:
    """The parts of a period in each day; none for the days after it."""
    starts = {day: datetime.combine(day, time()) for day in days}
    return {day: common([period], [(at, at + timedelta(days=1))]) for day, at in starts.items()}


def has_proof(sources: Sources) -> bool:
    """Whether a list of outages landed after the period (1.1, "Only with proof")."""
    last_day = sources.last_instant.date()
    return any(day.date() > last_day and day < sources.as_of for day in sources.loaded_days(FEED))


def level_text(share: Fraction | None) -> Decimal | None:
    """Availability as printed: six decimals, more where it would read as 1."""
    if share is None:
        return None
    decimals = 6
    while share < 1 and round_half_away(share, decimals) >= 1:
        decimals += 1
    return round_half_away(share, decimals)


def minutes(length: int) -> Decimal:
    """Microseconds as minutes."""
    return round_half_away(Fraction(length, MICROSECONDS_A_MINUTE), 2)


def hours(length: Fraction | int | None) -> Decimal | None:
    """Microseconds as hours."""
    return None if length is None else round_half_away(Fraction(length) / MICROSECONDS_AN_HOUR, 2)


@dataclass(frozen=True)
class Scope:
    """Which rows of a Service apply: its components, their scopes, and whether it has regions."""

    components: list[str]
    scopes: dict[str, str]
    is_regional: bool

    def reason(self, component: str, segment: str) -> str | None:
        """Why a row is not applicable; None where it applies."""
        if not self.is_regional and segment != ALL:
            return NO_REGIONS
        if component == ALL or segment == ALL:
            return None
        scope = self.scopes[component]
        if scope == "both" or (scope == SMETS1) == (segment == SMETS1):
            return None
        return NOT_IN_SMETS1 if segment == SMETS1 else SMETS1_ONLY


def services_of(rows: list[dict[str, str]]) -> dict[str, Scope]:
    """Each Service of the seed with its components."""
    grouped: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        grouped[row["service"]].append(row)
    return {
        service: Scope(
            [row["component"] for row in several],
            {row["component"]: row["smets_scope"] for row in several},
            any(row["is_regional"] == "true" for row in several),
        )
        for service, several in grouped.items()
    }


def proof_reason(sources: Sources) -> str | None:
    """Why nothing is said of availability; None where a list proves it."""
    return None if has_proof(sources) else NO_LIST


def availability_figures(sources: Sources) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures of SA1 to SA5 and CPM6, and the five files."""
    components = sources.seed("service_components")
    services = services_of(components)
    period = sources.month.start, sources.end
    scopes = {row["component"]: row["smets_scope"] for row in components}
    outages = Outages(sources.rows(FEED), scopes, period)
    reason = proof_reason(sources)
    figures, reliability = _services(sources, services, outages, reason)
    of_processes, process_lines = _processes(sources, outages, reason)
    windows = bands_of(period, sources.seed("time_bands")) | {ALL: [period]}
    by_band = _availability(services, outages, windows, reason, sources.has_file(FEED), "band")
    by_day = _availability(
        services, outages, days_of(period, sources.month.days), reason, sources.has_file(FEED), "day"
    )
    daily_columns = tuple("day" if name == "band" else name for name in AVAILABILITY_COLUMNS)
    month = sources.month
    files = {
        "availability.csv": file_table(month, AVAILABILITY_COLUMNS, by_band),
        "availability_daily.csv": file_table(month, daily_columns, by_day),
        "reliability.csv": file_table(month, RELIABILITY_COLUMNS, reliability),
        "process_availability.csv": file_table(month, PROCESS_COLUMNS, process_lines),
        "outages.csv": file_table(month, OUTAGE_COLUMNS, _outage_lines(sources, period)),
    }
    return figures + of_processes, files


def _availability(
    services: dict[str, Scope],
    outages: Outages,
    windows: dict[object, list[Interval]],
    reason: str | None,
    has_file: bool,
    column: str,
) -> list[Row]:
    lines = []
    for service, scope in services.items():
        for component in (ALL, *scope.components):
            for segment in REGIONS_OF:
                named = {"service": service, "component": component, "segment": segment}
                if scope.reason(component, segment):
                    lines += [{**named, column: at, "state": NOT_APPLICABLE} for at in windows]
                    continue
                if reason:
                    # With a list of any day it is known how long the period is; without a file nothing is.
                    for at, several in windows.items():
                        total = minutes(microseconds(several)) if has_file else None
                        lines.append({**named, column: at, "total_minutes": total, "state": NO_EVENTS})
                    continue
                downtime = outages.of(scope.components if component == ALL else [component], segment)
                for at, several in windows.items():
                    level = level_within(downtime, several)
                    line = {
                        **named,
                        column: at,
                        "total_minutes": minutes(level.total),
                        "planned_minutes": minutes(level.planned),
                        "unplanned_minutes": minutes(level.unplanned),
                        "availability": level_text(level.share),
                        "state": NO_EVENTS if level.share is None else REPORTED,
                    }
                    lines.append(line)
    return lines


def _of_minutes(level: Level) -> tuple[Fraction, Fraction]:
    return (
        Fraction(level.available, MICROSECONDS_A_MINUTE),
        Fraction(level.wanted, MICROSECONDS_A_MINUTE),
    )


def _services(
    sources: Sources, services: dict[str, Scope], outages: Outages, reason: str | None
) -> tuple[list[Figure], list[Row]]:
    """SA1 to SA4, CPM6 and reliability.csv."""
    figures: list[Figure] = []
    lines: list[Row] = []
    whole = [(sources.month.start, sources.end)]
    raised = raised_by_service(sources)
    listed = sources.has_file("incidents")
    for service in (*services, UNMAPPED):
        counts = {n: raised[service, n] if listed else None for n in range(1, 6)}
        line: Row = {"service": service, "state": NO_EVENTS if reason else REPORTED}
        line |= {f"incidents_{n}": count for n, count in counts.items()}
        lines.append(line)
        if service == UNMAPPED:
            continue
        for n, count in counts.items():
            value = None if count is None else Fraction(count)
            figures.append(
                figure(
                    f"SA4:incidents_{n}",
                    split="service",
                    split_value=service,
                    numerator=count,
                    value=value,
                )
            )
        scope = services[service]
        for segment in REGIONS_OF:
            key = {"segment": segment, "split": "service", "split_value": service}
            not_there = scope.reason(ALL, segment)
            if not_there:
                figures += [figure(name, **key, state_reason=not_there) for name in ("SA1", "SA2", "SA3")]
                continue
            downtime = outages.of(scope.components, segment)
            level = level_within(downtime, whole)
            above, below = (None, None) if reason else _of_minutes(level)
            of_level = {
                "numerator": above,
                "denominator": below,
                "value": None if reason else level.share,
                "state_reason": reason,
            }
            figures.append(figure("SA1", **key, **of_level))
            if segment == ALL and service == "Self-Service Interface":
                figures.append(figure("CPM6", **of_level))
            for name, length in (("SA2", level.planned), ("SA3", level.unplanned)):
                value = None if reason else Fraction(length, MICROSECONDS_AN_HOUR)
                figures.append(figure(name, **key, value=value, state_reason=reason))
            if segment == ALL:
                events = len(downtime.unplanned)
                mttr = Fraction(level.unplanned, events) if events else None
                mtbf = Fraction(level.available, events) if events else None
                if not reason:
                    line |= {
                        "downtime_events": events,
                        "planned_hours": hours(level.planned),
                        "unplanned_hours": hours(level.unplanned),
                        "mttr_hours": hours(mttr),
                        "mtbf_hours": hours(mtbf),
                    }
                for name, value, denominator in (
                    ("downtime_events", Fraction(events), None),
                    ("mttr", mttr and mttr / MICROSECONDS_AN_HOUR, events),
                    ("mtbf", mtbf and mtbf / MICROSECONDS_AN_HOUR, events),
                ):
                    figures.append(
                        figure(
                            f"SA4:{name}",
                            **key,
                            numerator=events if name == "downtime_events" and not reason else None,
                            denominator=None if reason else denominator,
                            value=None if reason else value,
                            state_reason=reason,
                        )
                    )
    return figures, lines


def raised_by_service(sources: Sources) -> dict[tuple[str, int], int]:
    """Incidents raised in the month by Service and category; 3 to 5 only those the DCC is responsible for."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    mapped = {row["incident_service"]: row["service"] for row in sources.seed("incident_services")}
    for row in sources.rows("incidents"):
        category = row["category"]
        if category is None or not sources.holds(row["raised_at"]):
            continue
        if category in HIGHLIGHTED or row["dcc_responsible"]:
            counts[mapped.get(row["service"], UNMAPPED), category] += 1
    return counts


def _processes(sources: Sources, outages: Outages, reason: str | None) -> tuple[list[Figure], list[Row]]:
    """SA5 and process_availability.csv."""
    needed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sources.seed("process_components"):
        needed[row["business_process"], row["variant"] or ALL].append(row["component"])
    previous = {
        (row["business_process"], row["variant"], row["segment"]): row["level"]
        for row in rows_before(sources, "process_availability.csv")
    }
    whole = [(sources.month.start, sources.end)]
    figures: list[Figure] = []
    lines: list[Row] = []
    for (process, variant), components in needed.items():
        levels: dict[str, Level] = {}
        for segment in REGIONS_OF:
            if process not in sources.processes or sources.applies_to(process, ALL, segment):
                levels[segment] = level_within(outages.of(components, segment), whole)
        shares = [level.share for level in levels.values() if level.share is not None]
        status = "Degraded" if any(share < DEGRADED_BELOW for share in shares) else "Available"
        for segment in REGIONS_OF:
            key = {
                "business_process": process,
                "srv": ALL,
                "segment": segment,
                "split": "variant" if variant != ALL else ALL,
                "split_value": variant,
            }
            level = levels.get(segment)
            line = {
                "business_process": process,
                "variant": None if variant == ALL else variant,
                "segment": segment,
                "previous_level": previous.get((process, "" if variant == ALL else variant, segment)) or None,
                "state": NOT_APPLICABLE,
            }
            if level is None:
                figures.append(figure("SA5", **key, state_reason=NOT_IN_SMETS1))
            else:
                share = None if reason else level.share
                above, below = (None, None) if reason else _of_minutes(level)
                line |= {
                    "level": level_text(share),
                    "status": None if share is None else status,
                    "state": NO_EVENTS if share is None else REPORTED,
                }
                figures.append(
                    figure("SA5", **key, numerator=above, denominator=below, value=share, state_reason=reason)
                )
            lines.append(line)
    return figures, lines


def outages_of_period(sources: Sources) -> list[Row]:
    """The outages that lie in the period, at least in part."""
    period = sources.month.start, sources.end
    return [row for row in sources.rows(FEED) if overlaps(row["started_at"], row["ended_at"], period)]


def _outage_lines(sources: Sources, period: Interval) -> list[Row]:
    highlighted = {row["incident_id"] for row in sources.rows("incidents") if row["category"] in HIGHLIGHTED}
    return [
        {
            "outage_id": row["outage_id"],
            "component": row["component"],
            "segment": row["csp_region"] or ALL,
            "kind": row["kind"],
            "is_approved": is_approved(row),
            "started_at": row["started_at"],
            "ended_at": row["ended_at"],
            "minutes_in_month": minutes(microseconds([clipped(row["started_at"], row["ended_at"], period)])),
            "incident_id": row["incident_id"] if row["incident_id"] in highlighted else None,
        }
        for row in outages_of_period(sources)
    ]
