"""What a simulated landing zone must be found to hold."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True)
class Rates:
    """How often things happen, as shares of homes, meters, requests or alerts; counts where said.

    The defaults are a lively month: more installs and switches than in life, so that a small industry
    has some of each.
    """

    installs: float = 0.02
    """Homes commissioned in the month."""
    hub_exchanges: float = 0.004
    """Homes whose Communications Hub is exchanged in the month."""
    gone: float = 0.008
    """Homes removed, decommissioned, suspended or withdrawn in the month."""
    failed_installs: float = 0.003
    """Homes whose Devices are notified and never commissioned."""
    switches: float = 0.02
    """Meter points that change supplier in the month."""
    firmware: float = 0.05
    """Devices upgraded in the month (six times as many of the models in a roll-out)."""
    payment_changes: float = 0.005
    """Homes that change between credit and prepayment in the month."""
    key_rotations: float = 0.01
    """Meters whose security credentials are renewed in the month (6.17 and 6.15.2 in pairs)."""
    prepayment: float = 0.15
    """Homes in prepayment."""
    export: float = 0.06
    """Homes with an export meter point."""
    not_communicating: float = 0.07
    """Homes whose Devices mostly do not answer."""
    check_digit_errors: float = 0.002
    """Meter points whose check digit does not hold (a warning, not a refusal)."""
    unfinished: float = 0.011
    """Requests left in a lifecycle status that does not count."""
    foreign: float = 0.004
    """Requests of suppliers to Devices of another's estate."""
    unknown_devices: float = 0.004
    """Requests and alerts of Devices that the inventory does not know."""
    late: float = 0.007
    """Requests and alerts that land some days late."""
    repeated: float = 0.005
    """Requests and alerts that land twice."""
    pending: float = 0.025
    """Requests and alerts that land in an earlier state too."""
    alerts_per_request: float = 0.6
    """Accepted alert rows for each accepted request, where no number of alerts is given."""
    bad_light: float = 0.002
    """Quarantined rows of a feed where records are lightly bad."""
    bad_heavy: float = 0.03
    """Quarantined rows of service_requests and registrations where records are heavily bad."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not 0 <= value <= (100 if each.name == "alerts_per_request" else 1):
                raise ValueError(f"rate {each.name} must lie between 0 and 1, not {value}")


@dataclass
class FeedCounts:
    """Counts of one feed: rows_read = rows_after_as_of + rows_accepted + rows_superseded + rows_quarantined.

    ``files`` includes ``files_rejected``; rows of rejected files are in no other count. ``warnings`` are
    accepted rows with a meter point whose check digit does not hold.
    """

    files: int = 0
    files_rejected: int = 0
    rows_read: int = 0
    rows_after_as_of: int = 0
    rows_accepted: int = 0
    rows_superseded: int = 0
    rows_quarantined: int = 0
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)
    warnings: int = 0

    def add(self, other: "FeedCounts") -> None:
        """Add the counts of other files, of other rows."""
        for each in fields(self):
            if each.name != "quarantined_by_reason":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        for reason, rows in other.quarantined_by_reason.items():
            self.quarantined_by_reason[reason] = self.quarantined_by_reason.get(reason, 0) + rows

    def after(self, before: "FeedCounts", again: "Again", is_full_list: bool) -> "FeedCounts":
        """Add what landed before: of a key or full list that lands again, what was accepted is superseded.

        What then was after the as-of instant is a later state of a row that was accepted.
        """
        if is_full_list:
            again = Again(before.rows_accepted, before.warnings)
        total = replace(before, quarantined_by_reason=dict(before.quarantined_by_reason))
        total.rows_superseded += total.rows_after_as_of + again.rows
        total.rows_after_as_of = 0
        total.rows_accepted -= again.rows
        total.warnings -= again.warnings
        total.add(self)
        return total


@dataclass(frozen=True)
class Again:
    """Accepted rows whose keys landed with an earlier month, and those of them with a warning."""

    rows: int = 0
    warnings: int = 0


@dataclass
class RequestCounts:
    """Requests of one month: transforms first, then by whether their report status counts."""

    transforms: int = 0
    requests_counted: int = 0
    requests_not_counted: dict[str, int] = field(default_factory=dict)

    def add(self, other: "RequestCounts") -> None:
        """Add what another file, or another month's files, has of the same month."""
        self.transforms += other.transforms
        self.requests_counted += other.requests_counted
        for status, rows in other.requests_not_counted.items():
            self.requests_not_counted[status] = self.requests_not_counted.get(status, 0) + rows


@dataclass
class Expected:
    """What a run over a simulated landing zone must count (docs/landing.md, "What bad input gets").

    ``as_of`` is the default as-of instant: 00:00 of the day after the newest date folder. The counts
    of requests are over the accepted ones with ``started_at`` in the month. Of several months it is what a
    run of the last one must count, over the files of all.
    """

    month: str
    as_of: str
    feeds: dict[str, FeedCounts] = field(default_factory=dict)
    transforms: int = 0
    requests_counted: int = 0
    requests_not_counted: dict[str, int] = field(default_factory=dict)
    planted_drift: dict[str, list[str]] = field(default_factory=dict)
    """Columns that the contract does not know, by feed: written to show how drift is told."""
    planted: list[dict[str, Any]] = field(default_factory=list)
    """What findings and diagnosis have to find, in words and keys (``causes.py``)."""
    industry: dict[str, Any] = field(default_factory=dict)
    """What the industry report has to find of the lists and of what was planted for it (``reported.py``)."""
    next_month: dict[str, Any] = field(default_factory=lambda: asdict(RequestCounts()))
    """Requests of the next month that have landed already."""
    earlier: list[dict[str, Any]] = field(default_factory=list)
    """What runs of the months before it had to count, with what had landed then."""

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON, with every key in a fixed order."""
        plain = asdict(self)
        for counts in plain["feeds"].values():
            counts["quarantined_by_reason"] = dict(sorted(counts["quarantined_by_reason"].items()))
        plain["feeds"] = dict(sorted(plain["feeds"].items()))
        plain["requests_not_counted"] = dict(
            sorted(plain["requests_not_counted"].items(), key=lambda item: int(item[0]))
        )
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Expected":
        """The opposite of :meth:`to_dict`."""
        feeds = {name: FeedCounts(**counts) for name, counts in plain["feeds"].items()}
        return cls(**{**plain, "feeds": feeds})

    def after(self, before: "Expected", again: dict[str, Again], full_lists: frozenset[str]) -> "Expected":
        """Add what landed with the months before: this was counted over the files of its own month.

        Args:
            before: What was expected of the month before.
            again: By feed, what of this month takes the place of what landed before.
            full_lists: Feeds of which the newest list alone holds.
        """
        feeds = {
            name: counts.after(before.feeds[name], again.get(name, Again()), name in full_lists)
            for name, counts in self.feeds.items()
        }
        requests = RequestCounts(self.transforms, self.requests_counted, self.requests_not_counted)
        requests.add(RequestCounts(**before.next_month))
        was = before.to_dict()
        earlier = was.pop("earlier")
        return replace(
            self,
            **asdict(requests),
            feeds=feeds,
            planted_drift={**before.planted_drift, **self.planted_drift},
            earlier=[*earlier, was],
        )
