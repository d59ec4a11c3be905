"""What became of it: top-ups, changes of supplier, reads, firmware (figures and files of section 1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from reference.history import METERS, NOT_IN_USE
from reference.landing import Row
from reference.pmr.common import (
    DEVICE_TYPES,
    GENERATIONS,
    REGIONS,
    REPORTED,
    SEGMENTS,
    SMETS1,
    UNKNOWN,
    Request,
    Sources,
    device_segment,
    file_table,
    printed_share,
    region_of,
    segment_of,
)
from reference.pmr.disclosure import CellKey, Disclosure, Line
from reference.pmr.figures import ALL, Figure, withheld
from reference.pmr.printing import DAY_SPLIT, TYPE_SPLIT, Family, Measure, line_of
from reference.pmr.rsvp import (
    CATEGORIES,
    FEED,
    RSVP,
    Rsvp,
    close_one_way,
    day_value,
    failures_file,
    is_local_top_up,
    ready,
    request_counts,
    rsvp_key,
)
from reference.pmr.silence import LongTerm, long_term_of
from reference.requests import CHANGE_OF_SUPPLIER

PREPAYMENT, METER_READS, FIRMWARE = "Prepayment", "Meter Reads", "Update Device Firmware"
SCHEDULING = "Scheduling"
TOP_UP, MODE_CHANGES, GAIN = "2.2", ("1.6", "2.1"), "6.23"
DISTRIBUTE, ACTIVATE, SCHEDULE, DAILY_READ = "11.1", "11.3", "5.1", "4.6.1"
RESCUES = ("1.1.1", "6.8")
TOP_UP_GAP = timedelta(hours=24)
SCHEDULED_READ = timedelta(hours=24)
FIRMWARE_TIME = timedelta(hours=5 * 24)
ACKNOWLEDGED = "I99"
VERIFIED, NOT_VERIFIED = "8F72", "8F1C"
LOW_BALANCE_CODE = "810E"
SCHEDULED_MODE, ON_DEMAND_MODE = 6, 2
SUCCESS_SHARE = (("successes", "decided"),)

TOP_UP_COUNTS = ("series", "first", "second", "later", "failed", "pending")
TOP_UP_SHARES = {
    "first_share": "first",
    "within_two_share": "within_two",
    "later_share": "later",
    "failed_share": "failed",
}
TOP_UP_COLUMNS = ("segment", "device_type", *TOP_UP_COUNTS, *TOP_UP_SHARES, "state")
FIRMWARE_COUNTS = ("total", "success", "failure", "none", "pending")
FIRMWARE_COLUMNS = ("measure_id", "segment", "device_type", *FIRMWARE_COUNTS, "share", "state")


@dataclass(frozen=True)
class Thing:
    """What a family counts: a Device, a series, a gain.

    Attributes:
        groups: None where it is in no group.
    """

    segment: str
    device_type: str
    groups: Collection[str | None]
    counts: Mapping[str, int]


class WholeFamily(Family):
    """A family that is shown whole."""

    def row(self, cells, segment, device_type, groups, counts) -> None:
        """One row more, for which no rule asks."""
        super().row(cells, segment, device_type, (), counts)


@dataclass
class Outcomes:
    """The families of this section, their cells filled and closed."""

    sources: Sources
    rsvp: Rsvp
    long_term: LongTerm

    @property
    def cells(self) -> Disclosure:
        return self.rsvp.cells

    def fill(self, family: Family, things: Iterable[Thing]) -> Family:
        """The rows of a family."""
        for thing in things:
            if family.smets1 or thing.segment != SMETS1:
                family.row(self.cells, thing.segment, thing.device_type, thing.groups, thing.counts)
        return family

    def one_way(self, family: Family, things: Iterable[Thing]) -> Family:
        """A family that has nothing but one-way lines."""
        close_one_way(self.rsvp, self.fill(family, things))
        return family


def figures_and_files(
    sources: Sources, rsvp: Rsvp, is_code_shown: Callable[[str], bool]
) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures CoS1* to TR1*, and top_up_attempts, firmware and failures.csv.

    Parameters: rsvp, which is settled here; is_code_shown, whether alerts.csv shows an alert code.
    """
    long_term = long_term_of(sources)
    this = Outcomes(sources, rsvp, long_term)
    gains = change_of_supplier(this)
    rsvp.settle()
    hold_by_rsvp(this, gains)
    mode_changes = change_of_mode(this)
    top_ups, local = top_up_families(this, mode_changes)
    listed = [gains, *single_families(this), *reads(this), mode_changes, top_ups, local]
    series = this.one_way(
        Family(
            "PP1.2",
            PREPAYMENT,
            TOP_UP,
            TOP_UP,
            tuple(Measure(f"PP1.2:{name}", part, "decided") for name, part in TOP_UP_SHARES.items()),
            tuple((part, "decided") for part in TOP_UP_SHARES.values()),
        ),
        top_up_series(sources),
    )
    alerts = low_balance_alerts(this, is_code_shown)
    firmware = firmware_families(this)
    listed += [series, alerts, *firmware.values(), *trial_families(this)]

    failures = failures_file(sources, rsvp, {"CoS1.1": gains, "PP1.3": top_ups})
    rests = this.cells.rests()
    figures = [figure for family in listed for figure in family.figures(this.cells, rests)]
    figures = [_with_reason(figure, long_term) for figure in figures]
    figures += rsvp_figures(this, rests)
    return figures, {
        "failures.csv": failures,
        "top_up_attempts.csv": top_up_file(this, series, rests),
        "firmware.csv": firmware_file(this, firmware, rests),
    }


def _with_reason(figure: Figure, long_term: LongTerm) -> Figure:
    if figure.measure_id == "B1.1" and not figure.is_withheld and not figure.is_remainder:
        return replace(figure, state_reason=long_term.state_reason)
    return figure


def of_request(request: Request, counts: Mapping[str, int] | None = None) -> Thing:
    """A request as it lies in a family's cells."""
    given = request_counts(request) if counts is None else counts
    return Thing(request.segment, request.type, (request.group,), given)


def requests_of(sources: Sources, process: str, *srvs: str) -> list[Request]:
    """The requests of the period of some SRVs of a process."""
    return [r for r in sources.process_requests if r.process == process and r.plain_srv in srvs]


# Measures over the rows of a cell of `rsvp`: what that cell shows, they show


RSVP_FIGURES = {
    (CHANGE_OF_SUPPLIER, GAIN): (Measure("CoS1.2", "successes", "decided"),),
    **{(PREPAYMENT, srv): (Measure("PP2", "successes", "decided"),) for srv in MODE_CHANGES},
}


def rsvp_figures(this: Outcomes, rests: Mapping[CellKey, Counter[str]]) -> list[Figure]:
    """CoS1.2 with its days, and PP2 of one SRV."""
    found = []
    for (process, srv), measures in RSVP_FIGURES.items():
        keys = [rsvp_key(process, srv, segment) for segment in SEGMENTS]
        if srv == GAIN:
            days = [day_value(day) for day in this.sources.month.days]
            keys += [
                rsvp_key(process, srv, segment, DAY_SPLIT, day) for segment in GENERATIONS for day in days
            ]
        for key in keys:
            counts = this.cells.pool(key).counts
            for measure in measures:
                place = key.process, key.item, key.segment, key.split, key.value
                shown = this.cells.is_shown(key)
                found.append(measure.of(place, counts) if shown else withheld(measure.id, place))
        for key, counts in rests.items():
            if (key.family, key.process, key.item) != (RSVP, process, srv):
                continue
            if key.split not in (ALL, DAY_SPLIT) or (key.split == DAY_SPLIT and srv != GAIN):
                continue
            value = None if key.split == DAY_SPLIT else key.value
            place = key.process, key.item, key.segment, key.split, value
            found += [measure.of(place, counts) for measure in measures]
    return found


# Change of Supplier


def change_of_supplier(this: Outcomes) -> Family:
    """CoS1: 6.23 that succeeded or were rescued, held by the cells of 6.23."""
    user_errors = {
        row["response_code"]
        for row in this.sources.seed("response_code_user_errors")
        if row["is_user_error"] == "true"
    }
    rescues = latest_rescues(this.sources)
    family = Family(
        "CoS1",
        CHANGE_OF_SUPPLIER,
        GAIN,
        GAIN,
        (
            Measure("CoS1", "achieved", "decided"),
            Measure("CoS1:success_share", "successes", "decided"),
            Measure("CoS1.1", "failures", by_type=False),
            Measure("CoS1.1:user_error", "user_errors", by_type=False),
        ),
        (("achieved", "decided"), ("successes", "decided")),
    )
    things = []
    for request in requests_of(this.sources, CHANGE_OF_SUPPLIER, GAIN):
        last = rescues.get((request.party, request.role, request.device, request.day))
        is_rescued = request.is_failure and last is not None and last > request.started_at
        more = {
            "achieved": int(request.is_success or is_rescued),
            "user_errors": int(request.is_failure and request.reason in user_errors),
        }
        things.append(of_request(request, request_counts(request) | more))
    this.fill(family, things)
    ready(this.rsvp, family)
    hold_by_rsvp(this, family)
    for line in family.lines():
        this.cells.close(line)
    return family


def hold_by_rsvp(this: Outcomes, family: Family) -> None:
    """Withhold the segments where those of its SRV in `rsvp`, over the same rows, are."""
    for key in family.segment_keys:
        if not this.cells.is_shown(rsvp_key(family.process, family.item, key.segment)):
            this.cells.withhold(key)


def held_by_rsvp(this: Outcomes, family: Family) -> None:
    """Close a family whose segments show what the cells of its SRV in `rsvp` show, and no more."""
    ready(this.rsvp, family)
    for key in family.segment_keys:
        if not this.cells.is_shown(rsvp_key(family.process, family.item, key.segment)):
            this.cells.force([key])
    for line in family.lines():
        this.cells.close(line)


def latest_rescues(sources: Sources) -> dict[tuple[object, ...], datetime]:
    """The latest Success of 1.1.1 or 6.8 of a party and role to a Device on a day."""
    found: dict[tuple[object, ...], datetime] = {}
    for request in sources.coded:
        if request.plain_srv in RESCUES and request.is_success and request.device is not None:
            key = request.party, request.role, request.device, request.day
            found[key] = max(request.started_at, found.get(key, request.started_at))
    return found


# Prepayment


def change_of_mode(this: Outcomes) -> Family:
    """PP2 of both SRVs together: shown where both are shown, or the process and 2.2 are.

    It has no line of its segments to be closed: what it is follows from the three SRVs.
    """
    family = Family("PP2", PREPAYMENT, ALL, ALL, (Measure("PP2", "successes", "decided"),), SUCCESS_SHARE)
    this.fill(family, map(of_request, requests_of(this.sources, PREPAYMENT, *MODE_CHANGES)))
    ready(this.rsvp, family)

    def shown(srv: str, segment: str) -> bool:
        return this.cells.is_shown(rsvp_key(PREPAYMENT, srv, segment))

    for key in family.segment_keys:
        each = all(shown(srv, key.segment) for srv in MODE_CHANGES)
        others = all(shown(srv, key.segment) for srv in (ALL, TOP_UP))
        if not each and not others:
            this.cells.withhold(key)
    this.cells.settle(family.segment_keys)
    return family


def top_up_families(this: Outcomes, mode_changes: Family) -> tuple[Family, Family]:
    """PP1 and the local top-ups: a table under 2.2 by segment, and with PP2 one under the types."""
    top_ups = Family(
        "PP1",
        PREPAYMENT,
        TOP_UP,
        TOP_UP,
        (
            Measure("PP1", "successes", "decided"),
            Measure("PP1.1:successes", "successes"),
            Measure("PP1.1:failures", "failures"),
            Measure("PP1.3", "failures", by_type=False),
        ),
        SUCCESS_SHARE,
    )
    local = Family("PP1.1:local", PREPAYMENT, TOP_UP, TOP_UP, (Measure("PP1.1:local", "volume"),))
    for request in requests_of(this.sources, PREPAYMENT, TOP_UP):
        this.fill(local if is_local_top_up(request) else top_ups, [of_request(request)])
    under(this, (top_ups, local), TOP_UP)
    under_types(this, (top_ups, local, mode_changes))
    return top_ups, local


def under(this: Outcomes, families: tuple[Family, ...], srv: str) -> None:
    """The table of several measures and the segments, under the cells of `rsvp` of an SRV (3.1, 5 b)."""
    cells, process = this.cells, families[0].process
    for family in families:
        ready(this.rsvp, family)

    def column(segment: str) -> Line:
        parts = tuple(family.key(segment) for family in families)
        return cells.line(Line(rsvp_key(process, srv, segment), parts, of_measures=True))

    margins = [column(segment) for segment in GENERATIONS]
    columns = [column(region) for region in REGIONS]
    rows = [family.segment_line() for family in families]
    inner = [family.key(region) for family in families for region in REGIONS]
    hold(cells, [*margins, *columns])
    cells.table(margins, rows, columns, inner)


def under_types(this: Outcomes, families: tuple[Family, ...]) -> None:
    """The tables of several measures and the Device Types, under the types of `rsvp`."""
    cells, process = this.cells, families[0].process
    for segment in GENERATIONS:
        rows = [family.type_line(segment) for family in families]
        columns = [
            cells.line(
                Line(
                    rsvp_key(process, ALL, segment, TYPE_SPLIT, kind),
                    tuple(family.of_type(segment, kind) for family in families),
                    of_measures=True,
                )
            )
            for kind in DEVICE_TYPES
        ]
        hold(cells, columns)
        inner = [family.of_type(segment, kind) for family in families for kind in DEVICE_TYPES]
        cells.table([], rows, columns, inner)


def hold(cells: Disclosure, lines: Iterable[Line]) -> None:
    """Withhold the parts of totals that are withheld already."""
    for line in lines:
        if not cells.is_shown(line.total):
            for part in line.parts:
                cells.withhold(part)


def top_up_series(sources: Sources) -> list[Thing]:
    """The series of top-ups that begin in the period."""
    tries: dict[tuple[object, ...], list[Request]] = defaultdict(list)
    for request in sources.coded:
        if request.process != PREPAYMENT or request.plain_srv != TOP_UP or not request.is_listed:
            continue
        if is_local_top_up(request):
            continue
        key = (
            ("request", request.id)
            if request.device is None
            else (request.party, request.role, request.device)
        )
        tries[key].append(request)
    found = []
    for several in tries.values():
        several.sort(key=lambda request: (request.started_at, request.id))
        found += [
            series_thing(series, sources.as_of)
            for series in split_series(several)
            if sources.holds(series[0].started_at) and series[0].applies
        ]
    return found


def split_series(tries: list[Request]) -> list[list[Request]]:
    """Tries in their order as series: new after a Success, or more than 24 hours after the last."""
    series: list[list[Request]] = []
    for request in tries:
        last = series[-1][-1] if series else None
        if last is None or last.is_success or request.started_at - last.started_at > TOP_UP_GAP:
            series.append([])
        series[-1].append(request)
    return series


def series_thing(series: list[Request], as_of: datetime) -> Thing:
    """A series: how it ended, at the place of its first try."""
    last = series[-1]
    if last.is_success:
        end = ("first", "second")[len(series) - 1] if len(series) < 3 else "later"
    elif as_of - last.started_at < TOP_UP_GAP or last.is_pending:
        end = "pending"
    else:
        end = "failed"
    counts = {
        "series": 1,
        end: 1,
        "within_two": int(end in ("first", "second")),
        "decided": int(end != "pending"),
    }
    return of_request(series[0], counts)


def low_balance_alerts(this: Outcomes, is_code_shown: Callable[[str], bool]) -> Family:
    """PP1.1:810E: distinct alerts, not suppressed; held by their code."""
    family = Family(
        "PP1.1:810E",
        "",
        ALL,
        TOP_UP,
        (Measure("PP1.1:810E", "alerts", pending=None),),
        printed_process=PREPAYMENT,
    )
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for alert in this.sources.month_alerts:
        row = alert.row
        if row["alert_code"] != LOW_BALANCE_CODE or row["suppressed"]:
            continue
        state = this.sources.devices.at(row["device_id"], alert.start)
        place = (
            row["alert_id"],
            segment_of(region_of(row, state), state),
            UNKNOWN if state is None else state["device_type"],
        )
        found[place].add(this.sources.group(*alert.recipient))
    this.fill(
        family,
        [Thing(segment, kind, groups, {"alerts": 1}) for (_, segment, kind), groups in found.items()],
    )
    ready(this.rsvp, family)
    if not is_code_shown(LOW_BALANCE_CODE):
        for segment in GENERATIONS:
            this.cells.withhold(family.key(segment))
    for line in family.lines():
        this.cells.close(line)
    return family


# Meter Reads and schedules


def reads(this: Outcomes) -> list[Family]:
    """B1 and B1.1: two tables, under Meter Reads and under its types."""
    counted = tuple(Measure(f"B1:{category}", category) for category in CATEGORIES)
    heard = Family(
        "B1",
        METER_READS,
        ALL,
        ALL,
        (Measure("B1", "failures", "decided"), *counted),
        (("failures", "decided"),),
    )
    silent = Family("B1.1", METER_READS, ALL, ALL, (Measure("B1.1", "volume"),))
    for request in this.sources.process_requests:
        if request.process == METER_READS:
            is_silent = this.long_term(request.device, request.day)
            this.fill(silent if is_silent else heard, [of_request(request)])
    under(this, (heard, silent), ALL)
    under_types(this, (heard, silent))
    return [heard, silent]


def single_families(this: Outcomes) -> list[Family]:
    """OMR-B1a, OMR-B1b, OMR-B2."""
    sources = this.sources
    schedules = [
        of_request(r) for r in sources.month_requests if r.process == SCHEDULING and r.plain_srv == SCHEDULE
    ]
    scheduled = [
        of_request(r, scheduled_counts(r, sources.as_of))
        for r in sources.process_requests
        if r.process == METER_READS and r.mode == SCHEDULED_MODE
    ]
    on_demand = [
        of_request(r) for r in requests_of(sources, METER_READS, DAILY_READ) if r.mode == ON_DEMAND_MODE
    ]
    return [
        this.one_way(
            Family(
                "OMR-B1a",
                SCHEDULING,
                SCHEDULE,
                SCHEDULE,
                (Measure("OMR-B1a", "successes", "decided"),),
                SUCCESS_SHARE,
                types=(),
            ),
            schedules,
        ),
        this.one_way(
            Family(
                "OMR-B1b",
                METER_READS,
                ALL,
                ALL,
                (Measure("OMR-B1b", "within", "decided"),),
                (("within", "decided"),),
                types=(),
            ),
            scheduled,
        ),
        this.one_way(
            Family(
                "OMR-B2",
                METER_READS,
                DAILY_READ,
                DAILY_READ,
                (Measure("OMR-B2", "successes", "decided"),),
                SUCCESS_SHARE,
            ),
            on_demand,
        ),
    ]


def scheduled_counts(request: Request, as_of: datetime) -> dict[str, int]:
    """A scheduled read: answered in 24 hours from its start, or not, or not yet known."""
    limit = request.start + SCHEDULED_READ
    is_decided = request.is_answered or request.row["report_status_id"] in (18, 19, 34) or as_of > limit
    within = request.is_answered and request.row["ended_at"] <= limit
    return {"decided": int(is_decided), "pending": int(not is_decided), "within": int(within)}


# Firmware


def firmware_families(this: Outcomes) -> dict[str, Family]:
    """DF1.1, DF2, DF3 by type, CHF1 and CHF2, by measure id."""
    families = {"DF1": acknowledged(this, "DF1", DISTRIBUTE, types=())}
    for name, things in distribution_things(this.sources).items():
        families[name] = this.one_way(
            Family(
                name,
                FIRMWARE,
                DISTRIBUTE,
                DISTRIBUTE,
                (Measure(name, "success", "decided"),),
                (("success", "decided"),),
            ),
            things,
        )
    families["DF2"] = this.one_way(
        Family(
            "DF2",
            FIRMWARE,
            DISTRIBUTE,
            DISTRIBUTE,
            (
                Measure("DF2", "success", "decided"),
                Measure("DF2:failed", "failure"),
                Measure("DF2:none", "none"),
            ),
            (("success", "decided"),),
            smets1=False,
        ),
        verification_things(this.sources),
    )
    families["DF3"] = acknowledged(this, "DF3", ACTIVATE, smets1=False)
    for name, begin, end in (
        ("CHF1", "requested_at", "delivered_at"),
        ("CHF2", "delivered_at", "activated_at"),
    ):
        family = WholeFamily(name, FIRMWARE, ALL, None, (Measure(name, "success", "decided"),), types=())
        families[name] = this.fill(family, hub_image_things(this.sources, begin, end))
    return families


def firmware_counts(outcome: str) -> dict[str, int]:
    """One of success, failure, none, pending."""
    return {"total": 1, outcome: 1, "decided": int(outcome != "pending")}


def outcome_of(came_at: datetime | None, begin: datetime, as_of: datetime) -> str:
    """What became of something that has five times 24 hours from an instant."""
    limit = begin + FIRMWARE_TIME
    if came_at is not None:
        return "success" if came_at <= limit else "failure"
    return "pending" if as_of <= limit else "none"


def transactions(sources: Sources) -> dict[str, list[Row]]:
    """The distributions of each transaction."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sources.rows("firmware_distributions"):
        if row["transaction_id"] is not None:
            found[row["transaction_id"]].append(row)
    return found


def distribution_things(sources: Sources) -> dict[str, list[Thing]]:
    """DF1.1: the Devices of a transaction, and their hubs."""
    senders = {row["transaction_id"]: row for row in sources.rows("service_requests")}
    things: dict[str, list[Thing]] = {"DF1.1:devices": [], "DF1.1:hubs": []}
    for transaction, rows in transactions(sources).items():
        sender = senders.get(transaction)
        if sender is None:
            begin, groups = min(row["requested_at"] for row in rows), ()
        else:
            begin = sender["started_at"]
            groups = (sources.group(sender["originator_party_id"], sender["originator_role"]),)
        if not sources.holds(begin):
            continue
        delivered: dict[str, list[datetime]] = defaultdict(list)
        for row in rows:
            delivered[row["device_id"]] += filter(None, (row["delivered_at"],))
        outcomes: dict[str, set[str]] = defaultdict(set)
        places: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for device, instants in delivered.items():
            place = sources.place_of(device, begin)
            outcome = outcome_of(min(instants, default=None), begin, sources.as_of)
            things["DF1.1:devices"].append(Thing(*place, groups, firmware_counts(outcome)))
            hub = sources.devices.hub_of(sources.devices.at(device, begin)) or device
            outcomes[hub].add(outcome)
            places[hub].add(place)
        for hub, found in outcomes.items():
            # Once in each place of its Devices, with what became of all of them.
            outcome = next(one for one in ("success", "pending", "failure", "none") if one in found)
            things["DF1.1:hubs"] += [
                Thing(*place, groups, firmware_counts(outcome)) for place in sorted(places[hub])
            ]
    return things


def verification_things(sources: Sources) -> list[Thing]:
    """DF2: the Devices of an 11.1 that was answered I99, by the first of the two alerts."""
    distributed = transactions(sources)
    told: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for alert in sources.alerts:
        code = alert.row["alert_code"]
        if code in (VERIFIED, NOT_VERIFIED) and not alert.row["suppressed"]:
            # Of two at one instant 8F1C comes first.
            told[alert.row["device_id"]].append((alert.start, code == VERIFIED))
    things = []
    for request in requests_of(sources, FIRMWARE, DISTRIBUTE):
        if not request.is_answered or request.row["response_code"] != ACKNOWLEDGED:
            continue
        devices = {row["device_id"] for row in distributed.get(request.id, ())} or {request.device}
        for device in devices - {None}:
            begin = request.started_at
            first = min(
                (entry for entry in told.get(device, ()) if begin < entry[0] <= begin + FIRMWARE_TIME),
                default=None,
            )
            if first is not None:
                outcome = "success" if first[1] else "failure"
            else:
                outcome = "pending" if sources.as_of <= begin + FIRMWARE_TIME else "none"
            segment, kind = sources.place_of(device, begin)
            group = sources.device_group(device, begin)
            things.append(Thing(segment, kind, (group,), firmware_counts(outcome)))
    return things


def acknowledged(this: Outcomes, name: str, srv: str, **given: Any) -> Family:
    """DF1 and DF3: the answers to 11.1 and to 11.3."""
    more = [Measure(f"{name}:{category}", category) for category in CATEGORIES] if name == "DF3" else []
    measures = (Measure(name, "successes", "decided"), *more)
    family = Family(name, FIRMWARE, srv, srv, measures, SUCCESS_SHARE, **given)
    things = [
        of_request(request, request_counts(request) | acknowledged_counts(request))
        for request in requests_of(this.sources, FIRMWARE, srv)
    ]
    this.fill(family, things)
    held_by_rsvp(this, family)
    return family


def acknowledged_counts(request: Request) -> dict[str, int]:
    """How firmware.csv counts a request."""
    if request.is_pending:
        return firmware_counts("pending")
    if request.is_success:
        return firmware_counts("success")
    return firmware_counts("failure" if request.is_answered else "none")


def hub_image_things(sources: Sources, begin: str, end: str) -> list[Thing]:
    """CHF1, CHF2: a Hub's own images, from one instant to the next."""
    things = []
    for row in sources.rows("firmware_distributions"):
        if row["transaction_id"] is None and sources.holds(row[begin]):
            segment, kind = sources.place_of(row["device_id"], row[begin])
            outcome = outcome_of(row[end], row[begin], sources.as_of)
            things.append(Thing(segment, kind, (), firmware_counts(outcome)))
    return things


# Trial metrics


def trial_families(this: Outcomes) -> list[Family]:
    """TR1: Devices with a 2.2 and with a 6.23, and gains."""
    sources = this.sources
    top_ups = [r for r in requests_of(sources, PREPAYMENT, TOP_UP) if not is_local_top_up(r)]
    gains = requests_of(sources, CHANGE_OF_SUPPLIER, GAIN)
    return [
        this.one_way(
            Family(
                "TR1:2.2",
                PREPAYMENT,
                TOP_UP,
                TOP_UP,
                (
                    Measure("TR1:devices_2_2", "devices", pending=None),
                    Measure("TR1:devices_2_2_success", "with_success", pending=None),
                ),
            ),
            asked_devices(sources, top_ups),
        ),
        this.one_way(
            Family(
                "TR1:6.23",
                CHANGE_OF_SUPPLIER,
                GAIN,
                GAIN,
                (
                    Measure("TR1:devices_6_23", "devices", pending=None),
                    Measure("TR1:devices_6_23_success", "with_success", pending=None),
                    Measure("TR1:success_share", "with_success", "devices", None),
                ),
                (("with_success", "devices"),),
            ),
            asked_devices(sources, gains),
        ),
        this.one_way(
            Family(
                "TR1:gains",
                CHANGE_OF_SUPPLIER,
                ALL,
                None,
                (Measure("TR1:gains", "gains", pending=None),),
            ),
            gain_things(sources),
        ),
    ]


def asked_devices(sources: Sources, requests: Iterable[Request]) -> list[Thing]:
    """Distinct Devices of requests, once in each place in which they lie."""
    asked: dict[tuple[str, str, str], list[Request]] = defaultdict(list)
    for request in requests:
        if request.device is not None:
            asked[request.device, request.segment, request.type].append(request)
    return [
        Thing(
            segment,
            kind,
            {sources.device_group(device, request.started_at) for request in several},
            {"devices": 1, "with_success": int(any(request.is_success for request in several))},
        )
        for (device, segment, kind), several in asked.items()
    ]


def gain_things(sources: Sources) -> list[Thing]:
    """Registration periods (IS, GS) begun in the period after another party's, at their meter's place."""
    periods: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for row in sources.rows("registrations"):
        if row["role"] in ("IS", "GS"):
            periods[row["mpxn"], row["role"]].append((row["effective_from"], row["supplier_party_id"]))
    meters: dict[str, set[str]] = defaultdict(set)
    for row in sources.rows("device_inventory"):
        if row["device_type"] in METERS and row["mpxn"] is not None:
            meters[row["mpxn"]].add(row["device_id"])
    things = []
    for (mpxn, role), several in periods.items():
        several.sort()
        for (_, before), (first_day, supplier) in pairwise(several):
            begin = datetime.combine(first_day, time())
            if supplier == before or not sources.holds(begin):
                continue
            states = [sources.devices.at(device, begin) for device in sorted(meters.get(mpxn, ()))]
            state = next(
                (
                    state
                    for state in states
                    if state is not None
                    and state["mpxn"] == mpxn
                    and state["device_type"] in METERS
                    and state["device_status"] not in NOT_IN_USE
                ),
                None,
            )
            kind = UNKNOWN if state is None else state["device_type"]
            group = sources.group(supplier, role)
            things.append(Thing(device_segment(state), kind, (group,), {"gains": 1}))
    return things


# Files


def top_up_file(this: Outcomes, family: Family, rests: Mapping[CellKey, Counter[str]]) -> list[list[str]]:
    """top_up_attempts.csv."""
    has_file, lines = this.sources.has_file(FEED), []

    def named(key: CellKey) -> Row:
        return {"segment": key.segment, "device_type": key.value}

    def shares(counts: Mapping[str, int]) -> Row:
        return {
            column: printed_share(counts[part], counts["decided"]) for column, part in TOP_UP_SHARES.items()
        }

    names = {name: name for name in TOP_UP_COUNTS}
    for key in (*family.segment_keys, *family.type_keys):
        line, state = line_of(this.cells, key, named(key), names, has_file=has_file)
        if state == REPORTED:
            line |= shares(this.cells.pool(key).counts)
        lines.append(line)
    for key, counts in rests.items():
        if key.family == family.name:
            of_rest = {name: counts[name] for name in TOP_UP_COUNTS}
            lines.append(named(key) | of_rest | shares(counts) | {"state": REPORTED})
    return file_table(this.sources.month, TOP_UP_COLUMNS, lines)


def firmware_file(
    this: Outcomes, families: Mapping[str, Family], rests: Mapping[CellKey, Counter[str]]
) -> list[list[str]]:
    """firmware.csv."""
    sources, lines = this.sources, []
    names = {name: name for name in FIRMWARE_COUNTS}

    for measure, family in families.items():
        has_file = sources.has_file(FEED if measure in ("DF1", "DF2", "DF3") else "firmware_distributions")
        keys = [family.key(segment) for segment in SEGMENTS]
        keys += [family.of_type(segment, kind) for segment in GENERATIONS for kind in family.types]
        of_rests = {key: counts for key, counts in rests.items() if key.family == measure}
        for key in (*keys, *of_rests):
            line: Row = {"measure_id": measure, "segment": key.segment, "device_type": key.value}
            if key in of_rests:
                counts = of_rests[key]
                line |= {name: counts[name] for name in FIRMWARE_COUNTS} | {"state": REPORTED}
            else:
                counts = this.cells.pool(key).counts
                applies = family.smets1 or key.segment != SMETS1
                line, _ = line_of(this.cells, key, line, names, applies, has_file)
            if line["state"] == REPORTED:
                line["share"] = printed_share(counts["success"], counts["decided"])
            lines.append(line)
    return file_table(sources.month, FIRMWARE_COLUMNS, lines)
