"""incidents.csv and incident_statistics.csv; MI, CPM4, CPM5, CPM5.1, IC1.4, requests of IC2 (contract, 1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from reference.estates import Month
from reference.industry import is_released
from reference.landing import Row
from reference.pmr.common import REGIONS, SMETS1, SMETS2, Sources, file_table, segment_of
from reference.pmr.figures import ALL, Figure
from reference.pmr.intervals import Interval, clipped, microseconds, overlaps
from reference.publish import round_half_away
from reference.requests import region_of

FEED = "incidents"
UNKNOWN = "Unknown"
UNMAPPED = "Unmapped"
HIGHLIGHTED = (1, 2)
VERSIONS = (SMETS1, SMETS2, UNKNOWN)
AGE = timedelta(hours=90 * 24)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
MICROSECONDS_AN_HOUR = 3_600_000_000
LEFT_HUB = "8.14.2"
INSTALL_AND_COMMISSION = "Install and Commission"
INCIDENT_COLUMNS = (
    "incident_id",
    "title",
    "category",
    "service",
    "segment",
    "smets_version",
    "resolver",
    "dcc_responsible",
    "raised_at",
    "assigned_at",
    "resolved_at",
    "closed_at",
    "outage_started_at",
    "outage_ended_at",
    "outage_minutes",
    "is_raised",
    "is_closed",
    "is_open",
    "in_cpm4",
    "within_target",
    "expected_requests",
    "actual_requests",
    "shortfall",
)
STATISTICS_COLUMNS = (
    "category",
    "smets_version",
    "resolver_group",
    "dcc_responsible",
    "raised",
    "closed",
    "initial_in_time",
    "resolved_in_time",
    "mean_hours",
    "median_hours",
    "max_hours",
    "open",
    "open_over_90_days",
)


def figure(
    measure_id: str,
    *,
    business_process: str | None = None,
    srv: str | None = None,
    segment: str = ALL,
    split: str = ALL,
    split_value: str | None = ALL,
    **of_figure: Any,
) -> Figure:
    """A figure of whatever place; what is not named is for all, or there is none."""
    return Figure(measure_id, business_process, srv, segment, split, split_value, **of_figure)


def request_segment(sources: Sources, row: Row) -> str:
    """Segment of an accepted request, counted or not."""
    state = sources.devices.at(row["device_id"], row["started_at"])
    return segment_of(region_of(row, state), state)


def version_of(incident: Row) -> str:
    """The SMETS version of an incident."""
    if incident["smets_version"] is not None:
        return str(incident["smets_version"])
    return SMETS1 if incident["csp_region"] == SMETS1 else UNKNOWN


def is_within(instant: datetime | None, period: Interval) -> bool:
    """Whether an instant is given and lies in a period."""
    return instant is not None and period[0] <= instant < period[1]


def period_of(sources: Sources) -> Interval:
    """The reporting period."""
    return sources.month.start, sources.end


def is_open_at(incident: Row, end: datetime) -> bool:
    """Whether an incident was raised and not closed before an instant."""
    raised, closed = incident["raised_at"], incident["closed_at"]
    return raised is not None and raised < end and (closed is None or closed >= end)


def is_out(incident: Row, period: Interval) -> bool:
    """Whether the outage of an incident lies in a period, at least in part.

    Without a start it is the incident's life, from raised to resolved, as the days are shaded.
    """
    start, end = incident["outage_started_at"], incident["outage_ended_at"]
    if start is None:
        start, end = incident["raised_at"], incident["resolved_at"]
    return start is not None and overlaps(start, end, period)


@dataclass(frozen=True)
class Targets:
    """How long an incident may take, by category and SMETS version; those of SMETS2 where it is unknown."""

    initial: dict[tuple[int, str], timedelta]
    resolution: dict[tuple[int, str], timedelta]

    @classmethod
    def read(cls, rows: list[dict[str, str]]) -> Targets:
        """The targets of the seed."""

        def of(column: str) -> dict[tuple[int, str], timedelta]:
            return {(int(row["category"]), row["smets_version"]): int(row[column]) * MINUTE for row in rows}

        return cls(of("initial_minutes"), of("resolution_minutes"))

    def in_time(self, incident: Row) -> bool:
        """Whether it was resolved in time; what is not known was not."""
        return self._met(self.resolution, incident, "resolved_at")

    def assigned_in_time(self, incident: Row) -> bool:
        """Whether it was assigned in time; what is not known was not."""
        return self._met(self.initial, incident, "assigned_at")

    @staticmethod
    def _met(targets: dict[tuple[int, str], timedelta], incident: Row, column: str) -> bool:
        raised, done, version = incident["raised_at"], incident[column], version_of(incident)
        if raised is None or done is None:
            return False
        wanted = targets[incident["category"], SMETS2 if version == UNKNOWN else version]
        return done - raised <= wanted


def taken(incident: Row, until: str = "resolved_at") -> int | None:
    """Microseconds from raised to resolved; None where either is not known."""
    raised, done = incident["raised_at"], incident[until]
    return None if raised is None or done is None else (done - raised) // TICK


def median(values: list[int]) -> Fraction:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    count = len(ordered)
    return Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 2)


@dataclass(frozen=True)
class Statistics:
    """What is told of some incidents of a period."""

    raised: int
    closed: list[Row]
    still_open: list[Row]
    targets: Targets
    end: datetime

    @classmethod
    def of(cls, incidents: Iterable[Row], period: Interval, targets: Targets) -> Statistics:
        """The statistics of some incidents."""
        several = list(incidents)
        return cls(
            sum(is_within(row["raised_at"], period) for row in several),
            [row for row in several if is_within(row["closed_at"], period)],
            [row for row in several if is_open_at(row, period[1])],
            targets,
            period[1],
        )

    @property
    def initial_in_time(self) -> int:
        """Of the closed: assigned in time."""
        return sum(map(self.targets.assigned_in_time, self.closed))

    @property
    def resolved_in_time(self) -> int:
        """Of the closed: resolved in time."""
        return sum(map(self.targets.in_time, self.closed))

    @property
    def lengths(self) -> list[int]:
        """Microseconds from raised to resolved of the closed that have both."""
        return [length for row in self.closed if (length := taken(row)) is not None]

    @property
    def aged(self) -> int:
        """Of those open: longer than 90 days."""
        return sum(self.end - row["raised_at"] > AGE for row in self.still_open)

    @property
    def hours(self) -> dict[str, Fraction | None]:
        """Mean, median and longest time to resolve, in hours."""
        lengths = self.lengths
        if not lengths:
            return dict.fromkeys(("mean_hours", "median_hours", "max_hours"))
        return {
            "mean_hours": Fraction(sum(lengths), len(lengths) * MICROSECONDS_AN_HOUR),
            "median_hours": median(lengths) / MICROSECONDS_AN_HOUR,
            "max_hours": Fraction(max(lengths), MICROSECONDS_AN_HOUR),
        }


def incident_figures(sources: Sources) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures of MI1, MI2, CPM4, CPM5, CPM5.1 and IC1.4, and the two files."""
    targets = Targets.read(sources.seed("incident_targets"))
    rows = [row for row in sources.rows(FEED) if row["category"] is not None]
    figures = _major(sources, rows) + _resolved(sources, rows, targets) + _of_hubs(sources, rows)
    files = {
        "incidents.csv": file_table(
            sources.month, INCIDENT_COLUMNS, _lines(sources, rows, targets, incidents_of_month(sources))
        ),
        "incident_statistics.csv": file_table(
            sources.month, STATISTICS_COLUMNS, _statistics(sources, rows, targets)
        ),
    }
    return figures, files


def regulatory_year(month: Month) -> datetime:
    """The 1 April on or before a month."""
    year = month.start.year if month.start.month >= 4 else month.start.year - 1
    return datetime(year, 4, 1)


def _major(sources: Sources, rows: list[Row]) -> list[Figure]:
    """MI1 and MI2 with their outage hours."""
    figures = []
    for name, category, first in (
        ("MI1", 1, regulatory_year(sources.month)),
        ("MI2", 2, sources.month.start),
    ):
        raised = [
            row
            for row in rows
            if row["category"] == category and is_within(row["raised_at"], (first, sources.end))
        ]
        length = 0
        for row in raised:
            start, end = row["outage_started_at"], row["outage_ended_at"]
            if start is not None:
                length += max(0, ((sources.end if end is None else end) - start) // TICK)
        figures += [
            figure(name, numerator=len(raised), value=Fraction(len(raised))),
            figure(f"{name}:outage_hours", value=Fraction(length, MICROSECONDS_AN_HOUR)),
        ]
    return figures


def _resolved(sources: Sources, rows: list[Row], targets: Targets) -> list[Figure]:
    """CPM4, CPM5 and CPM5.1."""
    figures: list[Figure] = []
    of_dcc = [row for row in rows if row["dcc_responsible"]]
    for segment in (ALL, *VERSIONS):
        for measure, categories in (("CPM4", (1, 2)), ("CPM5", (3, 4, 5))):
            for category in (None, *categories):
                several = [
                    row
                    for row in of_dcc
                    if row["category"] in (categories if category is None else (category,))
                    and segment in (ALL, version_of(row))
                ]
                found = Statistics.of(several, period_of(sources), targets)
                key = {
                    "segment": segment,
                    "split": ALL if category is None else "category",
                    "split_value": ALL if category is None else str(category),
                }
                closed = len(found.closed)
                shares = {measure: found.resolved_in_time}
                if measure == "CPM5":
                    shares["CPM5.1:initial_in_time"] = found.initial_in_time
                for name, part in shares.items():
                    value = Fraction(part, closed) if closed else None
                    figures.append(figure(name, **key, numerator=part, denominator=closed, value=value))
                if measure == "CPM4":
                    continue
                for name, count in (
                    ("raised", found.raised),
                    ("closed", closed),
                    ("open", len(found.still_open)),
                    ("open_over_90_days", found.aged),
                ):
                    figures.append(figure(f"CPM5.1:{name}", **key, numerator=count, value=Fraction(count)))
                for name, value in found.hours.items():
                    how_many = len(found.lengths)
                    figures.append(figure(f"CPM5.1:{name}", **key, denominator=how_many, value=value))
    return figures


def months_before(month: Month, count: int) -> list[Month]:
    """A month and those before it, the month first."""
    found = [month]
    for _ in range(count):
        last = found[-1].start - TICK
        found.append(Month.parse(f"{last:%Y-%m}"))
    return found


def _of_hubs(sources: Sources, rows: list[Row]) -> list[Figure]:
    """IC1.4: the incidents of 8.14.2, this month and the two before."""
    segments = {
        request["transaction_id"]: request_segment(sources, request)
        for request in sources.rows("service_requests")
        if request["srv"] == LEFT_HUB
    }
    figures: list[Figure] = []
    for month in months_before(sources.month, 2):
        period = month.start, min(month.end, sources.end)
        for segment in (SMETS2, *REGIONS, SMETS1):
            several = [
                row
                for row in rows
                if (of := segments.get(row["related_transaction_id"])) is not None
                and (of == segment or (segment == SMETS2 and of != SMETS1))
            ]
            closed = [row for row in several if is_within(row["closed_at"], period)]
            lengths = [length for row in closed if (length := taken(row, "closed_at")) is not None]
            key = {
                "business_process": INSTALL_AND_COMMISSION,
                "segment": segment,
                "split": "month",
                "split_value": month.name,
            }
            for name, count in (
                ("raised", sum(is_within(row["raised_at"], period) for row in several)),
                ("closed", len(closed)),
                ("open", sum(is_open_at(row, period[1]) for row in several)),
            ):
                figures.append(figure(f"IC1.4:{name}", **key, numerator=count, value=Fraction(count)))
            mean = Fraction(sum(lengths), len(lengths) * MICROSECONDS_AN_HOUR) if lengths else None
            figures.append(figure("IC1.4:mean_hours", **key, denominator=len(lengths), value=mean))
    return figures


def incidents_of_month(sources: Sources) -> list[Row]:
    """The Category 1 and 2 Incidents of the month: the one set that every section tells of."""
    return [row for row in sources.rows(FEED) if row["category"] in HIGHLIGHTED and is_of_month(row, sources)]


def is_of_month(incident: Row, sources: Sources) -> bool:
    """Whether an incident was raised or closed in the month, is open at its end or was out in it."""
    period = period_of(sources)
    return (
        is_within(incident["raised_at"], period)
        or is_within(incident["closed_at"], period)
        or is_open_at(incident, period[1])
        or is_out(incident, period)
    )


def _lines(sources: Sources, rows: list[Row], targets: Targets, several: list[Row]) -> list[Row]:
    period = period_of(sources)
    lines = []
    for row in several:
        closed = is_within(row["closed_at"], period)
        in_cpm4 = closed and bool(row["dcc_responsible"])
        line = {name: row[name] for name in INCIDENT_COLUMNS if name in row}
        line |= {
            "segment": row["csp_region"] or ALL,
            "is_raised": is_within(row["raised_at"], period),
            "is_closed": closed,
            "is_open": is_open_at(row, period[1]),
            "in_cpm4": in_cpm4,
            "within_target": targets.in_time(row) if in_cpm4 else None,
        }
        start, end = row["outage_started_at"], row["outage_ended_at"]
        if start is not None:
            length = microseconds([clipped(start, end, period)])
            line["outage_minutes"] = round_half_away(Fraction(length, 60_000_000), 2)
            line |= _requests(sources, row)
        lines.append(line)
    return lines


def _requests(sources: Sources, incident: Row) -> dict[str, int | None]:
    """Install and Commission requests in the hours of an outage, against those of a week before."""
    if version_of(incident) == SMETS1 or incident["csp_region"] == SMETS1:
        return {}
    srvs = {
        row["srv"]
        for row in sources.seed("pmr_processes")
        if row["business_process"] == INSTALL_AND_COMMISSION
    }
    start = incident["outage_started_at"]
    end = incident["outage_ended_at"] or sources.as_of
    found: dict[timedelta, list[Row]] = defaultdict(list)
    for request in sources.counted:
        if request["srv"] not in srvs:
            continue
        for shift in (timedelta(), WEEK):
            if not start - shift <= request["started_at"] < end - shift:
                continue
            segment = request_segment(sources, request)
            if segment != SMETS1 and incident["csp_region"] in (None, segment):
                found[shift].append(request)
    shown: dict[timedelta, int | None] = {}
    for shift in (timedelta(), WEEK):
        pool = Counter(sources.group(r["originator_party_id"], r["originator_role"]) for r in found[shift])
        shown[shift] = sum(pool.values()) if is_released(pool) else None
    actual, expected = shown[timedelta()], shown[WEEK]
    shortfall = None if actual is None or expected is None else max(0, expected - actual)
    return {"expected_requests": expected, "actual_requests": actual, "shortfall": shortfall}


def _statistics(sources: Sources, rows: list[Row], targets: Targets) -> list[Row]:
    if not sources.has_file(FEED):
        return []
    mapped = {row["resolver"]: row["resolver_group"] for row in sources.seed("resolver_groups")}
    groups = sorted(set(mapped.values()))
    lines = []
    for category in (ALL, 1, 2, 3, 4, 5):
        for version in (ALL, *VERSIONS):
            for group in (ALL, UNMAPPED, *groups):
                for responsible in (False, True):
                    several = [
                        row
                        for row in rows
                        if category in (ALL, row["category"])
                        and version in (ALL, version_of(row))
                        and group in (ALL, mapped.get(row["resolver"], UNMAPPED))
                        and bool(row["dcc_responsible"]) == responsible
                    ]
                    found = Statistics.of(several, period_of(sources), targets)
                    lines.append(
                        {
                            "category": str(category),
                            "smets_version": version,
                            "resolver_group": group,
                            "dcc_responsible": responsible,
                            "raised": found.raised,
                            "closed": len(found.closed),
                            "initial_in_time": found.initial_in_time,
                            "resolved_in_time": found.resolved_in_time,
                            **{name: two_decimals(value) for name, value in found.hours.items()},
                            "open": len(found.still_open),
                            "open_over_90_days": found.aged,
                        }
                    )
    return lines


def two_decimals(value: Fraction | None) -> Decimal | None:
    """Hours as printed."""
    return None if value is None else round_half_away(value, 2)
