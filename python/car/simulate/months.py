"""The days of a simulation: its months, and which of them a month's files tell of."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Calendar:
    """Day numbers of a month of the simulation, counted from the first day of its first month (0).

    The month is ``from_day`` to ``to_day - 1``. ``first_day`` and ``last_day`` are the first and last landing
    day; requests and alerts happen from ``first_traffic_day`` to ``last_traffic_day``; the as-of instant is
    00:00 of the day after the last. What happens up to the end of ``last_traffic_day`` lands with this month,
    what happens later with the next. So the next one begins its events on ``events_from``; of the days before
    it adds the requests and alerts that this one left out, and late ones.
    """

    origin: date
    number: int
    from_day: int
    to_day: int

    @classmethod
    def of_month(cls, month_start: date, origin: date | None = None) -> "Calendar":
        """The days of a month, of a simulation that began with it or with an earlier month."""
        origin = origin or month_start
        number = 12 * (month_start.year - origin.year) + month_start.month - origin.month
        from_day = (month_start - origin).days
        return cls(origin, number, from_day, (_following(month_start) - origin).days)

    @property
    def first_day(self) -> int:
        """The first landing day: three days before the first month, and the as-of day of the month before."""
        return self.from_day + 5 if self.number else -3

    @property
    def last_day(self) -> int:
        """The last landing day, four days after the first of the next month."""
        return self.to_day + 4

    @property
    def first_traffic_day(self) -> int:
        """The first day of requests and alerts; the late ones of a month before are among them."""
        return self.from_day - 2

    @property
    def last_traffic_day(self) -> int:
        """The last day of requests and alerts."""
        return self.to_day + 2

    @property
    def events_from(self) -> int:
        """The first day on which something new happens to a home, Device or network."""
        return self.from_day + 3 if self.number else -1

    @property
    def month_days(self) -> int:
        """How many days the month has."""
        return self.to_day - self.from_day

    @property
    def month(self) -> str:
        """The month as ``YYYY-MM``."""
        return f"{self.day(self.from_day):%Y-%m}"

    @property
    def as_of(self) -> str:
        """The default as-of instant (UTC)."""
        return f"{self.day(self.last_day + 1)}T00:00:00Z"

    def day(self, number: int) -> date:
        """The date of a day number."""
        return self.origin + timedelta(days=number)

    def weight(self, day: int) -> int:
        """How dense a day's requests and alerts are; of a continued month those before its events are what
        the month before left out, and a few late ones of the month before.
        """
        if self.number and day < self.from_day:
            return 1
        if self.number and day < self.events_from:
            return 30
        return 40 if self.from_day <= day < self.to_day else 10

    def is_added_to(self, day: int) -> bool:
        """Whether the month before has requests and alerts of the day too."""
        return self.number > 0 and day < self.events_from


def read_months(text: str) -> list[date]:
    """Read ``YYYY-MM`` or ``YYYY-MM..YYYY-MM`` as the first days of the months.

    Raises:
        ValueError: It is neither.
    """
    first, dots, last = text.partition("..")
    months = [_first_of(first)]
    end = _first_of(last) if dots else months[0]
    if end < months[0]:
        raise ValueError(f"the months must go forward, not {text}")
    while months[-1] < end:
        months.append(_following(months[-1]))
    if len(months) > 60:
        raise ValueError(f"months are at most 60, not {len(months)}")
    return months


def months_up_to(last: str, count: int) -> list[str]:
    """The last so many months up to one, in order, each ``YYYY-MM``."""
    end = _first_of(last)
    numbers = range(12 * end.year + end.month - count, 12 * end.year + end.month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def following(month: str) -> str:
    """The month after a month, both ``YYYY-MM``."""
    return f"{_following(_first_of(month)):%Y-%m}"


def _following(month_start: date) -> date:
    return (month_start.replace(day=28) + timedelta(days=4)).replace(day=1)


def _first_of(month: str) -> date:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"the month must be given as YYYY-MM, not {month!r}") from None
    if first.strftime("%Y-%m") != month:
        raise ValueError(f"the month must be given as YYYY-MM, not {month!r}")
    return first
