"""What every section of the industry report shares: periods, segments, Device Types, requests as they count.

The contract is docs/performance_measurement (sections 0 to 3); this package is written from its words alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from reference.alerts import Alert, resolve_alerts
from reference.contract import CSP_REGIONS, FEEDS
from reference.estates import ONE_TICK, Month
from reference.history import Devices, Registrations
from reference.industry import Groups
from reference.landing import FeedResult, Landing, Row, landed_files
from reference.pmr.figures import ALL
from reference.publish import plain_table, round_half_away, seconds
from reference.requests import (
    INSTALL_AND_COMMISSION,
    NO_RESPONSE_STATUSES,
    UNKNOWN,
    Lists,
    business_process,
    credential_types,
    failure_reason,
    gain_days,
    is_counted,
    is_success,
    is_success_code,
    read_lists,
    region_of,
    response_received,
    round_trip_time_ms,
    target_response_time_s,
)

SMETS1, SMETS2 = "SMETS1", "SMETS2"
REGIONS = (*CSP_REGIONS, UNKNOWN)
SEGMENTS = (SMETS2, *REGIONS, SMETS1)
GENERATIONS = (SMETS2, SMETS1)
DEVICE_TYPES = ("ESME", "GSME", "CHF", "GPF", "HCALCS", "PPMID", "IHD", "CAD", UNKNOWN)
INSTALL_TYPES = ("ESME", "GSME", "CH", "Other", UNKNOWN)
INSTALL_TYPE_OF = {"ESME": "ESME", "GSME": "GSME", "GPF": "GSME", "CHF": "CH", UNKNOWN: UNKNOWN}
SLA_CLASSES = ("30", "86400", "432000", "None")
DELIVERY_FAILURE_CODES = ("E20", "E21", "E30", "E31")
SPEED_TRT_S = 30
SHARE_DECIMALS, SECONDS_DECIMALS, HOURS_DECIMALS = 6, 1, 2

REPORTED, NO_EVENTS, NOT_APPLICABLE = "Reported", "No Events", "Not applicable"


@dataclass(frozen=True)
class Request:
    """A counted request, as the industry report looks at it.

    Attributes:
        process: by the rules of the parties' reports, whether Table 4 has the pair or not.
        srv: with the credential type of the paired ones.
        segment: `SMETS1` or a region or `Unknown`.
        type: Device Type as requests of its process are split.
        is_listed: Table 4 has (process, srv).
        applies: and it applies to the segment: it is in figures of its process.
        timing: the first that fits of pending, no_target, no_response, in_time, late.
        device_at: state of the Device at `started_at`.
    """

    row: Row
    group: str
    process: str | None
    srv: str
    segment: str
    device_type: str
    type: str
    is_listed: bool
    applies: bool
    target_s: int | None
    timing: str
    rtt_ms: int | None
    network_ms: int | None
    device_at: Row | None = field(repr=False, default=None)

    @property
    def id(self) -> str:
        return str(self.row["transaction_id"])

    @property
    def party(self) -> str:
        return str(self.row["originator_party_id"])

    @property
    def role(self) -> str:
        return str(self.row["originator_role"])

    @property
    def device(self) -> str | None:
        return self.row["device_id"]

    @property
    def plain_srv(self) -> str:
        """The SRV without a credential type."""
        return str(self.row["srv"])

    @property
    def started_at(self) -> datetime:
        return self.row["started_at"]

    @property
    def start(self) -> datetime:
        """From when time is taken: `execution_at` where there is one."""
        return self.row["execution_at"] or self.row["started_at"]

    @property
    def day(self) -> date:
        return self.started_at.date()

    @property
    def mode(self) -> int:
        return self.row["mode_of_operation"]

    @property
    def generation(self) -> str:
        """`SMETS1` or `SMETS2`."""
        return generation_of(self.segment)

    @property
    def sla(self) -> str:
        """The class of its Target Response Time, as split_value."""
        return "None" if self.target_s is None else str(self.target_s)

    @property
    def is_pending(self) -> bool:
        return self.timing == "pending"

    @property
    def is_answered(self) -> bool:
        return response_received(self.row)

    @property
    def has_success_code(self) -> bool:
        return is_success_code(self.row["response_code"])

    @property
    def is_success(self) -> bool:
        return is_success(self.row)

    @property
    def is_failure(self) -> bool:
        """Decided, and no Success."""
        return not self.is_pending and not self.is_success

    @property
    def is_delivery_failure(self) -> bool:
        """Decided, and with a code that says so or without a response."""
        if self.is_pending:
            return False
        return self.row["response_code"] in DELIVERY_FAILURE_CODES or not self.is_answered

    @property
    def reason(self) -> str | None:
        """Failure reason code of a failure that is decided."""
        return failure_reason(self.row) if self.is_failure else None

    @property
    def speed_ms(self) -> int | None:
        """Its Round Trip Time where that says something about speed."""
        return self.rtt_ms if self.target_s == SPEED_TRT_S else None


@dataclass
class Sources:
    """What every section gets: the landing as of the run, and what is true of it.

    Attributes:
        landing_folder: None where nothing asks which files were loaded.
        history: path below industry/ -> rows, in force for the month before.
    """

    landed: Landing
    month: Month
    lists: Lists
    seeds: Path
    landing_folder: Path | None = None
    history: Mapping[str, list[list[str]]] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        return self.landed.as_of

    @property
    def end(self) -> datetime:
        """The end of the period, "month end": the as-of instant if that is earlier."""
        return min(self.month.end, self.as_of)

    @property
    def last_instant(self) -> datetime:
        return self.end - ONE_TICK

    @property
    def is_provisional(self) -> bool:
        return self.as_of < self.month.end

    def holds(self, instant: datetime | None) -> bool:
        """Whether an instant is in the period."""
        return instant is not None and self.month.start <= instant < self.end

    def rows(self, feed: str) -> list[Row]:
        """Accepted rows of a feed."""
        return self.landed.rows(feed)

    def seed(self, name: str) -> list[dict[str, str]]:
        """Rows of a seed, of the report's own first."""
        own = self.seeds / "pmr" / f"{name}.csv"
        with (own if own.exists() else self.seeds / f"{name}.csv").open(
            encoding="utf-8", newline=""
        ) as stream:
            return list(csv.DictReader(stream))

    def has_file(self, feed: str) -> bool:
        """Whether a file of a feed was loaded: landed before the as-of instant, and not rejected."""
        return any(day < self.as_of for day in self.loaded_days(feed))

    def loaded_days(self, feed: str) -> list[datetime]:
        """00:00 of the `date=` folders from which a file of a feed was loaded."""
        result: FeedResult = self.landed.feeds[feed]
        if self.landing_folder is None:
            return [datetime.min] if result.files_loaded else []
        found = []
        for path in landed_files(self.landing_folder, FEEDS[feed]):
            if path.relative_to(self.landing_folder).as_posix() not in result.rejected:
                day = date.fromisoformat(path.parent.name.removeprefix("date="))
                found.append(datetime.combine(day, time()))
        return found

    # What is true of the landing

    @cached_property
    def devices(self) -> Devices:
        return Devices(self.rows("device_inventory"))

    @cached_property
    def registrations(self) -> Registrations:
        return Registrations(self.rows("registrations"))

    @cached_property
    def groups(self) -> Groups:
        return Groups(self.rows("parties"))

    def group(self, party: str, role: str) -> str:
        """The corporate group of a party in a role."""
        return next(iter(self.groups.volumes({party: 1}, role)))

    @cached_property
    def alerts(self) -> list[Alert]:
        """All accepted alerts, of any month."""
        return resolve_alerts(self.rows("alerts"), self.rows("power_outage_timings"), self.devices)

    @cached_property
    def month_alerts(self) -> list[Alert]:
        """The alerts whose start is in the period."""
        return [alert for alert in self.alerts if self.holds(alert.start)]

    @cached_property
    def counted(self) -> list[Row]:
        """Rows of all counted requests, of any month."""
        return [row for row in self.rows("service_requests") if is_counted(row)]

    @cached_property
    def coded(self) -> list[Request]:
        """All counted requests, of any month."""
        types, gains = credential_types(self.counted), gain_days(self.counted)
        return [self._code(row, types, gains) for row in self.counted]

    @cached_property
    def month_requests(self) -> list[Request]:
        """The counted requests of the period, whatever their process."""
        return [request for request in self.coded if self.holds(request.started_at)]

    @cached_property
    def process_requests(self) -> list[Request]:
        """Those that are in figures of a process."""
        return [request for request in self.month_requests if request.applies]

    @cached_property
    def processes(self) -> dict[str, list[str]]:
        """Table 4: the SRVs of each process, in its order."""
        rows = sorted(
            self.seed("pmr_processes"), key=lambda row: (int(row["position"]), int(row["srv_position"]))
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["business_process"], []).append(row["srv"])
        return found

    @cached_property
    def smets1_pairs(self) -> set[tuple[str, str]]:
        """The pairs of Table 4 that apply to SMETS1."""
        return {
            (row["business_process"], row["srv"])
            for row in self.seed("pmr_processes")
            if row["smets1_applies"] == "true"
        }

    def applies_to(self, process: str, srv: str, segment: str) -> bool:
        """Whether a pair of Table 4 (srv `ALL`: any of the process) is measured in a segment."""
        if segment != SMETS1:
            return True
        if srv == ALL:
            return any((process, one) in self.smets1_pairs for one in self.processes[process])
        return (process, srv) in self.smets1_pairs

    def _code(self, row: Row, types: dict[str, str], gains: set) -> Request:
        instant = row["started_at"]
        state = self.devices.at(row["device_id"], instant)
        process = business_process(row, self.devices, gains, self.lists)
        credential = types.get(row["transaction_id"])
        srv = row["srv"] if credential is None else f"{row['srv']}:{credential}"
        segment = segment_of(region_of(row, state), state)
        device_type = UNKNOWN if state is None else state["device_type"]
        is_listed = process in self.processes and srv in self.processes[process]
        target = target_response_time_s(row, state, self.lists)
        rtt = round_trip_time_ms(row)
        ways = row["southbound_ms"], row["northbound_ms"]
        return Request(
            row=row,
            group=self.group(row["originator_party_id"], row["originator_role"]),
            process=process,
            srv=srv,
            segment=segment,
            device_type=device_type,
            type=type_in(process, device_type),
            is_listed=is_listed,
            applies=is_listed and (segment != SMETS1 or (process, srv) in self.smets1_pairs),
            target_s=target,
            timing=timing(row, target, rtt, self.as_of),
            rtt_ms=rtt,
            network_ms=None if None in ways else sum(ways),
            device_at=state,
        )

    # Devices

    def place_of(self, device: object, instant: datetime) -> tuple[str, str]:
        """Segment and Device Type of a Device at an instant."""
        state = self.devices.at(device, instant)
        return device_segment(state), UNKNOWN if state is None else state["device_type"]

    def device_group(self, device: object, instant: datetime) -> str | None:
        """The group of the supplier of a Device's meter point at an instant; None where there is none."""
        state = self.devices.at(device, instant)
        if state is None:
            return None
        roles = {"ESME": ("IS",), "GSME": ("GS",), "GPF": ("GS",)}.get(state["device_type"], ("IS", "GS"))
        for role in roles:
            point = self.devices.meter_point_in_role(state, role, instant)
            supplier = self.registrations.supplier(point, role, instant.date())
            if supplier is not None:
                return self.group(supplier, role)
        return None


def read_sources(
    landed: Landing,
    month: str,
    seeds: Path,
    landing_folder: Path | None = None,
    history: Mapping[str, list[list[str]]] | None = None,
) -> Sources:
    """The sources of a reporting month `YYYY-MM`."""
    return Sources(landed, Month.parse(month), read_lists(seeds), seeds, landing_folder, history or {})


def generation_of(segment: str) -> str:
    """`SMETS1`, or `SMETS2` for a region or `Unknown`."""
    return SMETS1 if segment == SMETS1 else SMETS2


def segment_of(region: str, state: Row | None) -> str:
    """Segment of a request or alert by its region and the state of its Device."""
    return SMETS1 if state is not None and state["smets_version"] == SMETS1 else region


def device_segment(state: Row | None) -> str:
    """Segment of a Device by itself."""
    return segment_of(region_of({"csp_region": None, "s1sp": None}, state), state)


def type_in(process: str | None, device_type: str) -> str:
    """Device Type as the requests of a process are split."""
    return INSTALL_TYPE_OF.get(device_type, "Other") if process == INSTALL_AND_COMMISSION else device_type


def types_of(process: str) -> tuple[str, ...]:
    """The Device Types by which a process is split."""
    return INSTALL_TYPES if process == INSTALL_AND_COMMISSION else DEVICE_TYPES


def is_pending(row: Row, target_s: int | None, as_of: datetime) -> bool:
    """Whether a request is neither answered nor decided, and could still be in time."""
    if response_received(row) or row["report_status_id"] in NO_RESPONSE_STATUSES:
        return False
    if row["execution_at"] is not None and row["execution_at"] > as_of:
        return True
    if target_s is None:
        return False
    allowed = timedelta(milliseconds=row["sla_exclusion_ms"] or 0) + timedelta(seconds=target_s)
    return as_of <= (row["execution_at"] or row["started_at"]) + allowed


def timing(row: Row, target_s: int | None, rtt_ms: int | None, as_of: datetime) -> str:
    """The first that fits of pending, no_target, no_response, in_time, late."""
    if is_pending(row, target_s, as_of):
        return "pending"
    if target_s is None:
        return "no_target"
    if rtt_ms is None:
        return "no_response"
    return "in_time" if rtt_ms <= 1000 * target_s else "late"


def names_segment(incident: Row, segment: str) -> bool:
    """Whether an incident is in a segment: its region and its version (null: all) both allow it."""
    region, version = incident["csp_region"], incident["smets_version"]
    if segment == ALL:
        return True
    if version is not None and version != generation_of(segment):
        return False
    if segment == SMETS2:
        return region != SMETS1
    if segment == UNKNOWN:
        return region is None
    return region in (None, segment)


def file_table(month: Month, columns: tuple[str, ...], lines: Iterable[Row]) -> list[list[str]]:
    """Header and cells of a file of the report, sorted by all columns, nulls last."""
    header, *rows = plain_table(columns, lines)
    return [["reporting_month", *header], *([month.name, *cells] for cells in rows)]


def printed_share(numerator: int, denominator: int) -> Decimal | None:
    """A share as a file prints it; None of nothing."""
    return round_half_away(Fraction(numerator, denominator), SHARE_DECIMALS) if denominator else None


def printed_seconds(milliseconds: Fraction | int | None) -> Decimal | None:
    """Milliseconds as a file prints them in seconds; None stays None."""
    return None if milliseconds is None else seconds(milliseconds, SECONDS_DECIMALS)
