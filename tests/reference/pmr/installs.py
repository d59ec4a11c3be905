"""installs_daily.csv, installs_league.csv; IC1.1, IC1.2, IC1.3 and IC2 (contract, 1 and 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from reference.daily import overlaps as lies_on
from reference.estates import ONE_TICK, Month
from reference.history import METERS
from reference.industry import MINIMUM_GROUPS, in_steps, is_released
from reference.installs import COMMISSION, HUB, HUB_INSTALLED, HUB_LEFT, OPEN_AT_MOST, WEEK, end_of_day
from reference.landing import Row
from reference.pmr.common import (
    NO_EVENTS,
    NOT_APPLICABLE,
    REGIONS,
    REPORTED,
    SMETS1,
    SMETS2,
    Sources,
    device_segment,
    file_table,
    names_segment,
)
from reference.pmr.disclosure import CellKey, Disclosure, Line, with_total
from reference.pmr.figures import ALL, WITHHELD, Figure, count, withheld
from reference.pmr.incidents import HIGHLIGHTED, months_before
from reference.publish import round_half_away
from reference.requests import INSTALL_AND_COMMISSION, is_success

SUCCESSFUL, FAILED, OPEN = "successful_installs", "failed_installs", "open_8_14_2"
OF_HUBS = ("installs_8_14_1", "installs_8_14_2", "neither_yet", OPEN)
OF_TYPES = (SUCCESSFUL, FAILED)
TYPES = (HUB, *METERS)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COLUMNS = (
    "day",
    "iso_week",
    "weekday",
    "device_type",
    "segment",
    "measure",
    "value",
    "predicted",
    "incident_ids",
    "state",
)
LEAGUE_COLUMNS = ("role", "rank", "ratio_to_predicted")
NO_DAY = ""
LEAGUE_MINIMUM = 10
LEAGUE_STEP = Fraction(2, 100)
LEAGUE_DECIMALS = 2
TYPE_OF_ROLE = {"IS": "ESME", "GS": "GSME"}
SUPPLIER_OF = {"ESME": "IS", "GSME": "GS"}

# A Device (None: not known which) that counts once: measure, day, Device Type, segment, Device
Entry = tuple[str, date, str, str, str | None]


def cell(measure: str, item: str, segment: str, day: date | str | None = None) -> CellKey:
    """The cell of a day, or of the month."""
    split = (ALL, ALL) if day is None else ("day", str(day))
    return CellKey(measure, INSTALL_AND_COMMISSION, item, segment, *split)


def total_of(measure: str) -> str:
    """The Device Type under which all of a measure stand."""
    return ALL if measure in OF_TYPES else HUB


def suppliers_of(sources: Sources, state: Row, day: date) -> list[tuple[str, str]]:
    """(party, role) of the suppliers of a Device's meter point at the end of a day: all of a hub's."""
    instant = end_of_day(day) - ONE_TICK
    meters = [state]
    if state["device_type"] == HUB:
        meters = sources.devices.meters_on(state["device_id"], instant)
    found = set()
    for meter in meters:
        role = SUPPLIER_OF[meter["device_type"]]
        point = sources.devices.meter_point_in_role(meter, role, instant)
        supplier = sources.registrations.supplier(point, role, day)
        if supplier is not None:
            found.add((supplier, role))
    return sorted(found)


class Installs:
    """What was installed in a month, and which cells of it are shown."""

    def __init__(self, sources: Sources, month: Month) -> None:
        self.sources = sources
        self.month = month
        self.end = min(month.end, sources.as_of)
        self.days = [day for day in month.days if end_of_day(day) - timedelta(days=1) < self.end]
        self.entries: dict[Entry, set[str]] = defaultdict(set)
        self._commissioned()
        self._reported()
        self._open()

    def _add(self, measure: str, day: date, kind: str, device: str | None, groups: Iterable[str]) -> None:
        state = self.sources.devices.at(device, end_of_day(day) - ONE_TICK)
        self.entries[measure, day, kind, device_segment(state), device].update(groups)

    def _commissioned(self) -> None:
        """successful_installs and neither_yet."""
        sources = self.sources
        reported = {
            row["device_id"]
            for row in sources.counted
            if row["srv"] in (HUB_INSTALLED, HUB_LEFT)
            and is_success(row)
            and row["started_at"] <= sources.as_of
        }
        for device in sources.devices.ids():
            for day in sources.devices.commissioned_days.get(device, ()):
                if day not in self.days:
                    continue
                instant = end_of_day(day) - ONE_TICK
                state = sources.devices.at(device, instant)
                if state is None or state["device_type"] not in TYPES:
                    continue
                kind = state["device_type"]
                if kind == HUB and not sources.devices.meters_on(device, instant):
                    continue
                groups = {sources.group(*pair) for pair in suppliers_of(sources, state, day)}
                self._add(SUCCESSFUL, day, kind, device, groups)
                if kind == HUB and device not in reported:
                    self._add("neither_yet", day, kind, device, groups)

    def _reported(self) -> None:
        """failed_installs, installs_8_14_1 and installs_8_14_2."""
        sources = self.sources
        for row in sources.counted:
            day, device, srv = row["started_at"].date(), row["device_id"], row["srv"]
            if not self.month.start <= row["started_at"] < self.end:
                continue
            sender = [sources.group(row["originator_party_id"], row["originator_role"])]
            if is_success(row):
                if srv in (HUB_INSTALLED, HUB_LEFT):
                    self._add(f"installs_{srv.replace('.', '_')}", day, HUB, device, sender)
            elif day in sources.devices.commissioned_days.get(device, ()):
                continue
            elif srv == HUB_INSTALLED:
                self._add(FAILED, day, HUB, device, sender)
            elif srv == COMMISSION:
                state = sources.devices.at(device, end_of_day(day) - ONE_TICK)
                if state is not None and state["device_type"] in METERS:
                    self._add(FAILED, day, state["device_type"], device, sender)

    def _open(self) -> None:
        """open_8_14_2 at the end of each day."""
        sources = self.sources
        told: dict[str, list[tuple[object, str, str]]] = defaultdict(list)
        for row in sources.counted:
            if row["srv"] in (HUB_INSTALLED, HUB_LEFT) and is_success(row) and row["device_id"] is not None:
                group = sources.group(row["originator_party_id"], row["originator_role"])
                told[row["device_id"]].append((row["started_at"], row["srv"], group))
        for device, several in told.items():
            for day in self.days:
                end = end_of_day(day)
                before = [entry for entry in several if entry[0] < end]
                if not before:
                    continue
                # Of two at one instant the greater text is 8.14.2.
                latest = max((at, srv) for at, srv, _ in before)
                if latest[1] == HUB_LEFT and end - latest[0] <= OPEN_AT_MOST:
                    groups = {group for at, srv, group in before if (at, srv) == latest}
                    self._add(OPEN, day, HUB, device, groups)

    @cached_property
    def cells(self) -> Disclosure:
        """The cells, judged and closed."""
        cells = Disclosure()
        for (measure, day, kind, segment, _), groups in self.entries.items():
            total = total_of(measure)
            keys = [cell(measure, total, one, day) for one in with_total(segment)]
            if segment != SMETS1 and total == ALL:
                keys.append(cell(measure, kind, SMETS2, day))
            if measure != OPEN:
                keys += [cell(*key[:1], *key[2:4]) for key in keys]
            for key in keys:
                cells.row(key, groups, {"number": 1})
        closers = []
        for measure in (*OF_TYPES, *OF_HUBS):
            closers.append(self._lines(cells, measure))
        cells.judge()
        for close in closers:
            close()
        return cells

    def _lines(self, cells: Disclosure, measure: str) -> Callable[[], object]:
        """Tie the cells of a measure together; the result closes them."""
        total = total_of(measure)
        of_day = {
            day: cells.line(self._line(measure, total, REGIONS, day, segment=WITHHELD)) for day in self.days
        }
        if measure == OPEN:
            return lambda: [cells.close(line) for line in of_day.values()]
        regions = cells.line(self._line(measure, total, REGIONS, None, segment=WITHHELD))
        days = {segment: cells.line(self._days(measure, total, segment)) for segment in (SMETS2, *REGIONS)}
        kinds = TYPES if measure in OF_TYPES else ()
        whole = Line(
            cell(measure, total, SMETS2),
            tuple(cell(measure, kind, SMETS2) for kind in kinds),
            cell(measure, WITHHELD, SMETS2),
        )
        type_days, day_types = [], []
        if kinds:
            cells.line(whole)
            for kind in kinds:
                type_days.append(cells.line(self._days(measure, kind, SMETS2)))
            for day in self.days:
                parts = tuple(cell(measure, kind, SMETS2, day) for kind in kinds)
                line = Line(cell(measure, total, SMETS2, day), parts, cell(measure, WITHHELD, SMETS2, day))
                day_types.append(cells.line(line))

        def close() -> None:
            cells.close(regions)
            if kinds:
                cells.close(whole)
            cells.settle([regions.total, *regions.parts, *whole.parts])
            inner = [part for line in type_days for part in line.parts]
            cells.table([days[SMETS2]], type_days, day_types, inner)
            rows = [days[segment] for segment in REGIONS]
            inner = [part for line in rows for part in line.parts]
            cells.table([], rows, of_day.values(), inner)

        return close

    def _days(self, measure: str, kind: str, segment: str) -> Line:
        """The month and its days; what the withheld days are together stands in a row without a day."""
        parts = tuple(cell(measure, kind, segment, day) for day in self.days)
        return Line(cell(measure, kind, segment), parts, cell(measure, kind, segment, NO_DAY))

    @staticmethod
    def _line(measure: str, total: str, regions: tuple[str, ...], day: date | None, segment: str) -> Line:
        return Line(
            cell(measure, total, SMETS2, day),
            tuple(cell(measure, total, one, day) for one in regions),
            cell(measure, total, segment, day),
        )

    def is_shown(self, key: CellKey) -> bool:
        """Whether a cell is shown; an empty one is unless it is withheld with its table."""
        return self.cells.is_shown(key)

    def value(self, key: CellKey) -> int | None:
        """The number of a cell; None where it is withheld."""
        if not self.is_shown(key):
            return None
        return self.cells.pool(key).counts["number"]


def install_figures(sources: Sources) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures and the two files."""
    months = [Installs(sources, month) for month in months_before(sources.month, 2)]
    this, last = months[:2]
    figures = [*_of_month(this), *_of_months(months), *_against_predicted(this, last)]
    files = {
        "installs_daily.csv": file_table(sources.month, COLUMNS, _daily_lines(this, last)),
        "installs_league.csv": file_table(sources.month, LEAGUE_COLUMNS, _league_lines(this, last)),
    }
    return figures, files


def _figure(measure: str, installs: Installs, key: CellKey, split: tuple[str, str] = (ALL, ALL)) -> Figure:
    place = INSTALL_AND_COMMISSION, None, key.segment, *split
    value = installs.value(key)
    return withheld(measure, place) if value is None else count(measure, place, value)


def _of_month(this: Installs) -> Iterable[Figure]:
    """IC1.1."""
    for measure in OF_TYPES:
        name = f"IC1.1:{measure}"
        for segment in (SMETS2, *REGIONS):
            yield _figure(name, this, cell(measure, ALL, segment))
        for kind in TYPES:
            yield _figure(name, this, cell(measure, kind, SMETS2), ("device_type", kind))
        for key, counts in this.cells.rests().items():
            if key.family == measure and key.split == ALL:
                split = (ALL, ALL) if key.item == ALL else ("device_type", key.item)
                place = INSTALL_AND_COMMISSION, None, key.segment, *split
                yield count(name, place, counts["number"])


def _of_months(months: list[Installs]) -> Iterable[Figure]:
    """IC1.3: this month and the two before."""
    for installs in months:
        rests = installs.cells.rests()
        for measure in OF_HUBS:
            day = installs.days[-1] if measure == OPEN and installs.days else None
            for segment in (SMETS2, *REGIONS):
                key = cell(measure, HUB, segment, day)
                yield _figure(f"IC1.3:{measure}", installs, key, ("month", installs.month.name))
            rest = cell(measure, HUB, WITHHELD, day)
            if rest in rests:
                place = INSTALL_AND_COMMISSION, None, WITHHELD, "month", installs.month.name
                yield count(f"IC1.3:{measure}", place, rests[rest]["number"])


def predicted_of(this: Installs, last: Installs, kind: str, segment: str, day: date) -> int | None:
    """The installs of the same weekday a week before; None where they are not shown."""
    earlier = day - WEEK
    of = this if earlier in this.days else last
    return of.value(cell(SUCCESSFUL, kind, segment, earlier))


def _against_predicted(this: Installs, last: Installs) -> Iterable[Figure]:
    """IC1.2 and IC2."""
    for segment in (SMETS2, *REGIONS):
        place = INSTALL_AND_COMMISSION, None, segment, ALL, ALL
        done = this.value(cell(SUCCESSFUL, ALL, segment))
        wanted = [predicted_of(this, last, ALL, segment, day) for day in this.days]
        if done is None or None in wanted:
            yield withheld("IC1.2", place)
            yield withheld("IC2", place)
            continue
        predicted = sum(wanted)
        ratio = Fraction(done, predicted) if predicted else None
        yield Figure("IC1.2", *place, numerator=done, denominator=predicted, value=ratio)
        yield count("IC2", place, done - predicted)


def _daily_lines(this: Installs, last: Installs) -> list[Row]:
    incidents = [row for row in this.sources.rows("incidents") if row["category"] in HIGHLIGHTED]

    def ids_of(day: date, segment: str) -> str | None:
        ids = [str(row["incident_id"]) for row in of_day[day] if names_segment(row, segment)]
        return ";".join(sorted(ids)) or None

    of_day = {day: [row for row in incidents if lies_on(row, day)] for day in this.month.days}
    lines = []
    for day in this.month.days:
        for measure, kind, segment in daily_places():
            line = _daily_line(this, last, day, measure, kind, segment)
            lines.append(line | {"incident_ids": ids_of(day, segment)})
    for key, counts in this.cells.rests().items():
        if key.split != "day":
            continue
        day = date.fromisoformat(key.value) if key.value else None
        rest = {"value": counts["number"], "state": REPORTED}
        if day is not None and key.segment != WITHHELD:
            rest["incident_ids"] = ids_of(day, key.segment)
        lines.append(_named(day, key.family, key.item, key.segment) | rest)
    return lines


def daily_places() -> Iterable[tuple[str, str, str]]:
    """Measure, Device Type and segment of the rows of a day."""
    for measure in OF_TYPES:
        for kind in TYPES:
            yield measure, kind, SMETS2
        for segment in (SMETS2, *REGIONS, SMETS1):
            yield measure, ALL, segment
    for measure in OF_HUBS:
        for segment in (SMETS2, *REGIONS, SMETS1):
            yield measure, HUB, segment


def _named(day: date | None, measure: str, kind: str, segment: str) -> Row:
    named = {"device_type": kind, "segment": segment, "measure": measure}
    if day is None:
        return named
    year, week, weekday = day.isocalendar()
    return named | {
        "day": day,
        "iso_week": f"{year:04d}-W{week:02d}",
        "weekday": WEEKDAYS[weekday - 1],
    }


def _daily_line(this: Installs, last: Installs, day: date, measure: str, kind: str, segment: str) -> Row:
    line = _named(day, measure, kind, segment)
    if segment == SMETS1:
        return line | {"state": NOT_APPLICABLE}
    key = cell(measure, kind, segment, day)
    value = this.value(key)
    line["state"] = WITHHELD if value is None else REPORTED if value else NO_EVENTS
    if not this.sources.has_file(feed_of(measure)):
        return line
    line["value"] = value
    if measure == SUCCESSFUL and day in this.days:
        line["predicted"] = predicted_of(this, last, kind, segment, day)
    return line


def feed_of(measure: str) -> str:
    """The feed that a measure counts: what is fitted stands in the inventory, the rest is asked for."""
    return "device_inventory" if measure in (SUCCESSFUL, "neither_yet") else "service_requests"


def _league_lines(this: Installs, last: Installs) -> list[Row]:
    """The ratio of each supplier's installs to those predicted, ranked."""
    lines: list[Row] = []
    for role, kind in TYPE_OF_ROLE.items():
        done, predicted = _by_party(this, this.days, kind, role), Counter()
        for day in this.days:
            of = this if day - WEEK in this.days else last
            predicted += _by_party(of, [day - WEEK], kind, role)
        if not predicted:
            continue
        ranked = {
            party: in_steps(Fraction(done[party], number), LEAGUE_STEP)
            for party, number in predicted.items()
            if number >= LEAGUE_MINIMUM
        }
        groups: Counter[str] = Counter()
        for party, number in predicted.items():
            groups[this.sources.group(party, role)] += number
        if not is_released(groups) or len({this.sources.group(p, role) for p in ranked}) < MINIMUM_GROUPS:
            lines.append({"role": role})
            continue
        for ratio in ranked.values():
            rank = 1 + sum(other > ratio for other in ranked.values())
            shown = round_half_away(ratio, LEAGUE_DECIMALS)
            lines.append({"role": role, "rank": rank, "ratio_to_predicted": shown})
    return lines


def _by_party(installs: Installs, days: list[date], kind: str, role: str) -> Counter[str]:
    """Installs of a type outside SMETS1 by the supplier in a role."""
    found: Counter[str] = Counter()
    for measure, day, of, segment, device in installs.entries:
        if measure != SUCCESSFUL or of != kind or day not in days or segment == SMETS1:
            continue
        state = installs.sources.devices.at(device, end_of_day(day) - ONE_TICK)
        for party, in_role in suppliers_of(installs.sources, state, day):
            if in_role == role:
                found[party] += 1
    return found
