"""Point-in-time attributes: Device states, the meters on a hub, registrations and network operators.

Source: docs/landing.md, "Increments and periods", and docs/definitions.md, "Point-in-time attributes".
A state holds from its first instant inclusive to its last exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reference.landing import Row

NOT_IN_USE = ("Decommissioned", "Withdrawn")
METERS = ("ESME", "GSME")
METER_OF_ROLE = {"IS": "ESME", "ES": "ESME", "ED": "ESME", "GS": "GSME"}
OPERATOR_TIES = {"IS": 2, "ES": 1, "GS": 0}


@dataclass(frozen=True)
class Period:
    """One registration period with its derived last day (None: open)."""

    supplier: str
    first_day: date
    last_day: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the period holds on a day, both ends inclusive."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


class Devices:
    """The history of every Device, from all accepted increments."""

    def __init__(self, rows: list[Row]) -> None:
        self._states: dict[str, list[Row]] = defaultdict(list)
        self._ever_on_hub: dict[str, set[str]] = defaultdict(set)
        self.commissioned_days: dict[str, set[date]] = defaultdict(set)
        for row in sorted(rows, key=lambda r: r["effective_at"]):
            device = str(row["device_id"])
            self._states[device].append(row)
            if row["chf_device_id"] is not None:
                self._ever_on_hub[str(row["chf_device_id"])].add(device)
            if row["commissioned_at"] is not None:
                self.commissioned_days[device].add(row["commissioned_at"].date())
        self._instants = {d: [s["effective_at"] for s in states] for d, states in self._states.items()}

    def ids(self) -> list[str]:
        """Every Device that any accepted increment names, in order."""
        return sorted(self._states)

    def at(self, device: object, instant: datetime) -> Row | None:
        """The state that holds at an instant; None where the Device is unknown or removed."""
        states = self._states.get(device)
        if states is None:
            return None
        index = bisect_right(self._instants[device], instant) - 1
        if index < 0 or states[index]["operation"] == "remove":
            return None
        return states[index]

    def held_throughout(self, device: str, status: str, start: datetime, end: datetime) -> bool:
        """Whether a Device had one status from an instant inclusive to another exclusive, without a break."""
        first = self.at(device, start)
        if first is None or first["device_status"] != status:
            return False
        return all(
            state["operation"] != "remove" and state["device_status"] == status
            for state in self._states[device]
            if start < state["effective_at"] < end
        )

    def hub_of(self, state: Row | None) -> str | None:
        """The Communications Hub of a state: itself for a CHF; a Device that is unknown has none."""
        if state is None:
            return None
        hub = state["device_id"] if state["device_type"] == "CHF" else state["chf_device_id"]
        return None if hub is None else str(hub)

    def meters_on(self, hub: str | None, instant: datetime) -> list[Row]:
        """States of the ESMEs and GSMEs in use on a hub at an instant."""
        found = []
        for device in sorted(self._ever_on_hub.get(hub, ())) if hub is not None else ():
            state = self.at(device, instant)
            if state is None or state["chf_device_id"] != hub or state["device_type"] not in METERS:
                continue
            if state["device_status"] not in NOT_IN_USE:
                found.append(state)
        return found

    def meter_point(self, mpxn: object, device: object, instant: datetime) -> str | None:
        """The meter point of an alert or request itself: its own, else the Device's, else its hub's.

        On a hub the smallest (as text) of the ESMEs', else of the GSMEs' (docs/definitions.md, "Point-in-time
        attributes").
        """
        if mpxn is not None:
            return str(mpxn)
        state = self.at(device, instant)
        if state is None:
            return None
        if state["mpxn"] is not None:
            return str(state["mpxn"])
        meters = self.meters_on(self.hub_of(state), instant)
        for kind in METERS:
            points = [str(m["mpxn"]) for m in meters if m["device_type"] == kind and m["mpxn"] is not None]
            if points:
                return min(points)
        return None

    def meter_point_in_role(self, state: Row | None, role: str, instant: datetime) -> str | None:
        """The meter point of a Device in a role: its own, else the smallest (as text) of its hub's meters.

        Those are the ESMEs for IS, ES and ED, the GSMEs for GS.
        """
        if state is None:
            return None
        if state["mpxn"] is not None:
            return str(state["mpxn"])
        meters = self.meters_on(self.hub_of(state), instant)
        points = [
            str(m["mpxn"])
            for m in meters
            if m["device_type"] == METER_OF_ROLE[role] and m["mpxn"] is not None
        ]
        return min(points, default=None)


class Registrations:
    """Who supplies a meter point on a day, and who runs its network."""

    def __init__(self, rows: list[Row]) -> None:
        grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._operators: dict[str, list[tuple[date, int, str]]] = defaultdict(list)
        for row in rows:
            grouped[str(row["mpxn"]), str(row["role"])].append(row)
            if row["network_operator_party_id"] is not None:
                entry = (
                    row["effective_from"],
                    OPERATOR_TIES[str(row["role"])],
                    row["network_operator_party_id"],
                )
                self._operators[str(row["mpxn"])].append(entry)
        self._periods = {key: self._derive(periods) for key, periods in grouped.items()}

    @staticmethod
    def _derive(rows: list[Row]) -> list[Period]:
        """Periods of one mpxn and role, each cut at the day before the next one starts."""
        rows = sorted(rows, key=lambda r: r["effective_from"])
        periods = []
        for index, row in enumerate(rows):
            ends = [row["effective_to"]] if row["effective_to"] is not None else []
            if index + 1 < len(rows):
                ends.append(rows[index + 1]["effective_from"] - timedelta(days=1))
            last = min(ends) if ends else None
            periods.append(Period(str(row["supplier_party_id"]), row["effective_from"], last))
        return periods

    def period(self, mpxn: object, role: str, day: date) -> Period | None:
        """The registration period of a meter point and role that holds on a day."""
        for period in self._periods.get((mpxn, role), ()):
            if period.holds_on(day):
                return period
        return None

    def supplier(self, mpxn: object, role: str, day: date) -> str | None:
        """The responsible supplier of a meter point in a role on a day."""
        period = self.period(mpxn, role, day)
        return period.supplier if period else None

    def other_supplier(self, mpxn: object, role: str, day: date, party: str) -> str | None:
        """The supplier of the latest period, ended or not, that started by a day and is not the party's."""
        others = [
            p for p in self._periods.get((mpxn, role), ()) if p.first_day <= day and p.supplier != party
        ]
        return max(others, key=lambda p: p.first_day).supplier if others else None

    def network_operator(self, mpxn: object, day: date) -> str | None:
        """The operator named by the latest period of any role started by a day (ties: IS, then ES)."""
        started = [e for e in self._operators.get(mpxn, ()) if e[0] <= day]
        return max(started)[2] if started else None
