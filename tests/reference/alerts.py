"""Alerts: start and end with the outage timing log, and the meter point (docs/definitions.md, "Alerts")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reference.history import Devices
from reference.landing import Row

POWER_OUTAGE_CODES = ("AD1", "8F58", "8F59", "8F5A")


@dataclass(frozen=True)
class Alert:
    """One alert to one recipient. `start` and `end` are UTC; `end` is None where it was not delivered."""

    row: Row
    start: datetime
    end: datetime | None
    meter_point: str | None

    @property
    def recipient(self) -> tuple[object, object]:
        """(party, role) that it is for."""
        return self.row["destination_party_id"], self.row["destination_role"]


def resolve_alerts(rows: list[Row], timings: list[Row], devices: Devices) -> list[Alert]:
    """Accepted alerts with their start and end, replaced by the timing log where it has values."""
    logged = {_key(t): t for t in timings}
    resolved = []
    for row in rows:
        timing = logged.get(_key(row), {})
        start = timing.get("event_at") or row["raised_at"]
        end = timing.get("acknowledged_at") or row["delivered_at"]
        point = devices.meter_point(row["mpxn"], row["device_id"], start)
        resolved.append(Alert(row, start, end, point))
    return resolved


def _key(row: Row) -> tuple[object, ...]:
    return row["alert_id"], row["destination_party_id"], row["destination_role"]
