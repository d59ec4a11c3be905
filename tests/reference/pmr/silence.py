"""Long-term non-communicating Devices (section 1, B1.1)."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from reference.pmr.common import Sources
from reference.requests import is_success

LONG_TERM_DAYS = 60
DEVICE_ALERT = re.compile(r"[0-9A-F]{4}")
ON_DEMAND_LOCAL_MODE = 3
TOO_FEW_DAYS = "less than 60 days of data"
COMMISSIONED = "Commissioned"
DAY = timedelta(days=1)


class LongTerm:
    """Which Devices have been silent for long on a day.

    Attributes:
        is_known: the landing goes back far enough; else no Device is, all month.
    """

    def __init__(self, sources: Sources) -> None:
        self._devices = sources.devices
        self._heard: dict[str, set[date]] = defaultdict(set)
        for row in sources.counted:
            if is_success(row) and row["mode_of_operation"] != ON_DEMAND_LOCAL_MODE:
                self._heard[row["device_id"]].add(row["started_at"].date())
        for alert in sources.alerts:
            if DEVICE_ALERT.fullmatch(alert.row["alert_code"]):
                self._heard[alert.row["device_id"]].add(alert.start.date())
        first = min((row["started_at"].date() for row in sources.rows("service_requests")), default=None)
        needed = sources.month.start.date() - LONG_TERM_DAYS * DAY
        self.is_known = first is not None and first <= needed
        self.state_reason = TOO_FEW_DAYS if first is not None and not self.is_known else None
        self._answers = lru_cache(maxsize=None)(self._is_long_term)

    def __call__(self, device: str | None, day: date) -> bool:
        """Whether a Device is long-term non-communicating on a day."""
        return device is not None and self.is_known and self._answers(device, day)

    def _is_long_term(self, device: str, day: date) -> bool:
        first = day - LONG_TERM_DAYS * DAY
        heard = self._heard.get(device, ())
        if any(first + number * DAY in heard for number in range(LONG_TERM_DAYS + 1)):
            return False
        return self._devices.held_throughout(
            device, COMMISSIONED, datetime.combine(first, time()), datetime.combine(day + DAY, time())
        )


def long_term_of(sources: Sources) -> LongTerm:
    """The long-term non-communicating Devices of a landing, looked for once."""
    if "long_term" not in sources.__dict__:
        sources.__dict__["long_term"] = LongTerm(sources)
    return sources.__dict__["long_term"]


def is_long_term(sources: Sources, device: str | None, day: date) -> bool:
    """Whether a Device is long-term non-communicating on a day; false all month with too few days of data."""
    return long_term_of(sources)(device, day)


def has_sixty_days(sources: Sources) -> bool:
    """Whether the landing goes back far enough, or has no request at all."""
    return long_term_of(sources).state_reason is None
