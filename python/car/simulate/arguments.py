"""What a simulation is asked for: its size, seed and rates, and what the SQL finds of them."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from .causes import STRENGTHS
from .engine import Variables
from .expected import Rates
from .months import Calendar

KINDS_OF_PARTIES = (
    "supplier",
    "network operator",
    "gas transporter",
    "registered supplier agent",
    "other user",
)
DEVICES_A_HOME = 4.45
"""On average, by the kinds of homes in ``sql/industry.sql``."""


@dataclass(frozen=True)
class Arguments:
    """The industry that is asked for; ``month`` is its first one.

    Raises:
        ValueError: An argument is out of range.
    """

    month: str
    parties: int
    devices: int
    requests: int
    alerts: int
    seed: int
    bad: str
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        fewest = len(KINDS_OF_PARTIES)
        if not fewest <= self.parties <= 2000:
            raise ValueError(
                f"parties must be from {fewest} to 2000, not {self.parties}: an industry has one of each kind"
                f" at least ({', '.join(KINDS_OF_PARTIES)})"
            )
        if not 1 <= self.devices <= 30_000_000:
            raise ValueError(f"devices must be from 1 to 30,000,000, not {self.devices}")
        if self.requests < 0 or self.alerts < 0:
            raise ValueError("requests and alerts must not be negative")
        if self.bad not in ("none", "light", "heavy"):
            raise ValueError(f"bad must be none, light or heavy, not {self.bad!r}")

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Arguments":
        """The opposite of :meth:`to_dict`."""
        return cls(**{**plain, "rates": Rates(**plain["rates"])})


def variables(arguments: Arguments, calendars: list[Calendar]) -> Variables:
    """Session variables for the last of the months up to it: what the SQL finds with getvariable()."""
    rates, calendar, first = arguments.rates, calendars[-1], calendars[0]

    def upto(share: float, base: int = 0, of: int = 1024) -> int:
        return base + round(share * of) - 1

    return {
        **STRENGTHS,
        "seed": arguments.seed,
        "parties": arguments.parties,
        "devices": arguments.devices,
        "requests": arguments.requests,
        "alerts": arguments.alerts,
        "origin": calendar.origin.isoformat(),
        "origin_ms": (calendar.origin - date(1970, 1, 1)).days * 86_400_000,
        "origin_days": first.month_days,
        "month_no": calendar.number,
        "month_from": [month.from_day for month in calendars],
        "month_events_from": [month.events_from for month in calendars],
        "month_events_to": [month.last_traffic_day + 1 for month in calendars],
        "from_day": calendar.from_day,
        "to_day": calendar.to_day,
        "first_day": calendar.first_day,
        "last_day": calendar.last_day,
        "first_traffic_day": calendar.first_traffic_day,
        "last_traffic_day": calendar.last_traffic_day,
        # all that was before lands with the first month
        "new_from": calendar.events_from if calendar.number else -100_000,
        "new_to": calendar.last_traffic_day + 1,
        "homes_a_month": max(1, round(arguments.devices * rates.installs / DEVICES_A_HOME))
        if rates.installs
        else 0,
        "rate_installs": rates.installs,
        "rate_hub_exchanges": rates.hub_exchanges,
        "cut_hub_exchange": rates.installs + rates.hub_exchanges,
        "cut_gone": rates.installs + rates.hub_exchanges + rates.gone,
        "cut_failed": rates.installs + rates.hub_exchanges + rates.gone + rates.failed_installs,
        "cut_later": rates.hub_exchanges + rates.gone,
        "share_failed": rates.failed_installs / max(rates.installs + rates.failed_installs, 1e-9),
        "rate_switches": rates.switches,
        "rate_firmware": rates.firmware,
        "rate_payment_changes": rates.payment_changes,
        "rate_key_rotations": rates.key_rotations,
        "rate_prepayment": rates.prepayment,
        "rate_export": rates.export,
        "rate_not_communicating": rates.not_communicating,
        "rate_check_digit_errors": rates.check_digit_errors,
        # upper ends of ranges of ten or twelve random bits in requests.sql and alerts.sql
        "unfinished_to": round(rates.unfinished * 4096),
        "foreign_to": upto(rates.foreign, 60, 4096),
        "unknown_to": min(4095, upto(rates.unknown_devices, 4007, 4096)),
        "unknown_alerts_to": round(rates.unknown_devices * 4096),
        "late_to": round(rates.late * 1024),
        "repeated_to": min(1023, upto(rates.repeated, 700)),
        "pending_to": min(1023, upto(rates.pending, 500)),
    }
