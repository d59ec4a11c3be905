"""What the industry report reads beside requests, as nasty as adversarial.py: lists, alerts, installs.

It lands beside what adversarial.py or adversarial_pmr.py wrote, with the parties and Devices of that.
Instants lie on, or one microsecond beside, where a rule changes its mind.
"""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from adversarial import write_rows
from adversarial_pmr import GROUPS, World
from reference.contract import CSP_REGIONS, FEEDS, LIST_REGIONS
from reference.estates import Month
from reference.landing import read_landing

Row = dict[str, Any]

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
TARGET_MINUTES = {1: 240, 2: 1440, 3: 4320, 4: 7200, 5: 14400}
INITIAL_MINUTES = {1: 10, 2: 20, 3: 45, 4: 180, 5: 1440}
BANDS_MS = (60_000, 300_000, 3_600_000)
TIMED_CODES = ("AD1", "8F35", "8F36", "8F37", "8F38", "8F39", "8F3A", "8F3B", "8F3C")
OTHER_CODES = ("N13", "N16", "N42", "810E", "8F72", "8F1C", "8F3F", "81A0", "N999")
NOISY = 1000
DAYS_BEFORE = 9


def seed_rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / "pmr" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Lists:
    """Rows of the small lists around a month.

    Parameters:
        as_of: the instant of the run, on which alerts that are pending hang.
        parties: (party, role) of those that are active all the time.
        inventory: states of the Devices that are landed besides.
        homes_a_day: about how many homes are fitted with a hub and meters each day.
    """

    def __init__(
        self,
        rng: random.Random,
        month: str,
        as_of: datetime,
        parties: list[tuple[str, str]],
        inventory: list[Row],
        homes_a_day: int,
    ) -> None:
        self.rng = rng
        self.month = Month.parse(month)
        self.as_of = as_of
        self.last = Month.parse(f"{self.month.start - TICK:%Y-%m}")
        self.serial = 0
        self.parties = parties
        self.homes = Homes(self, homes_a_day)
        self.homes.build()
        self.inventory = [*inventory, *self.homes.inventory]
        self.devices = sorted({row["device_id"] for row in self.inventory})

    # Instants

    def recorded(self) -> Row:
        """When a row was recorded: mostly long before the as-of instant."""
        first = self.month.start - 2 * DAY
        return {
            "recorded_at": first + self.rng.randrange(int((self.month.end - first).total_seconds())) * TICK
        }

    def id(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.serial:04d}"

    def beside(self, instant: datetime) -> datetime:
        return instant + self.rng.choice((-TICK, timedelta(), timedelta(), TICK))

    def moment(self) -> datetime:
        """A moment of the month or about it, often where a day, a band, the month or the as-of begins."""
        rng = self.rng
        if rng.random() < 0.3:
            edge = rng.choice(
                (self.month.start, self.month.end, self.last.start, min(self.as_of, self.month.end))
            )
            return self.beside(edge)
        at = self.month.start + rng.randrange((self.month.end - self.month.start).days) * DAY
        if rng.random() < 0.4:
            return self.beside(at + rng.choice((0, 7, 8, 11, 12, 19, 20, 23)) * HOUR)
        return at + timedelta(
            seconds=rng.randrange(86_400), microseconds=rng.choice((0, 0, 1, 500_000, 999_999))
        )

    def maybe(self, value: Any, share: float = 0.15) -> Any:
        return None if self.rng.random() < share else value

    def region(self) -> str | None:
        return self.rng.choice((None, None, *LIST_REGIONS))

    # Lists

    def incidents(self) -> list[Row]:
        rng = self.rng
        services = [row["incident_service"] for row in seed_rows("incident_services")]
        resolvers = [row["resolver"] for row in seed_rows("resolver_groups")]
        left = [row for row in self.homes.requests if row["srv"] == "8.14.2"]
        rows = []
        for _ in range(70):
            category = rng.choice((None, 1, 1, 2, 2, 3, 4, 5))
            raised = self.moment() - rng.choice((0, 0, 0, 1, 5, 40, 90, 200)) * DAY
            if rng.random() < 0.1:
                raised = self.beside(min(self.as_of, self.month.end) - 90 * DAY)
            if rng.random() < 0.08:
                year = self.month.start.year - (self.month.start.month < 4)
                raised = self.beside(datetime(year, 4, 1))
            taken = TARGET_MINUTES[category or 3] * MINUTE
            resolved = self.beside(raised + rng.choice((taken, taken, taken / 2, 2 * taken)))
            closed = max(self.beside(resolved), raised)
            if rng.random() < 0.4:
                closed = max(raised, self.moment())
            assigned = self.beside(raised + INITIAL_MINUTES[category or 3] * MINUTE)
            out = raised + rng.choice((-1, 0, 0, 1)) * HOUR
            row = {
                **self.recorded(),
                "incident_id": self.id("INC"),
                "title": rng.choice((None, "Loss of the service", "Slow, then lost")),
                "category": category,
                "service": rng.choice((None, "A thing of its own", *services)),
                "csp_region": self.region(),
                "smets_version": rng.choice((None, None, "SMETS1", "SMETS2")),
                "resolver": rng.choice((None, "Somebody else", *resolvers)),
                "dcc_responsible": rng.choice((True, True, True, False, None)),
                "raised_at": self.maybe(raised, 0.05),
                "assigned_at": self.maybe(assigned),
                "resolved_at": self.maybe(resolved),
                "closed_at": self.maybe(closed, 0.25),
                "outage_started_at": self.maybe(out, 0.35),
                "related_transaction_id": None,
            }
            row["outage_ended_at"] = self.maybe(out + rng.choice((0, 1, 30, 3000)) * MINUTE, 0.25)
            if left and rng.random() < 0.35:
                row["related_transaction_id"] = rng.choice(left)["transaction_id"]
            elif rng.random() < 0.1:
                row["related_transaction_id"] = "no such request"
            rows.append(row)
        return rows + [{**row, "recorded_at": row["recorded_at"] + DAY} for row in rng.sample(rows, 6)]

    def service_outages(self) -> list[Row]:
        rng = self.rng
        components = sorted({row["component"] for row in seed_rows("service_components")})
        rows = []
        for _ in range(rng.choice((4, 25, 90))):
            start = self.moment()
            length = rng.choice((timedelta(), MINUTE, 235 * MINUTE, 3 * HOUR, 30 * HOUR, TICK))
            end = start + length
            if rows and rng.random() < 0.2:
                # Touches, repeats or overlaps one that is there.
                other = rng.choice(rows)
                start = other["ended_at"] or other["started_at"] or start
                end = start + length
            named = (
                rng.choice(components)
                if rng.random() < 0.85
                else rng.choice((None, "A component of its own"))
            )
            rows.append(
                {
                    **self.recorded(),
                    "outage_id": self.id("OUT"),
                    "component": named,
                    "csp_region": self.region(),
                    "started_at": self.maybe(start, 0.04),
                    "ended_at": self.maybe(end, 0.06),
                    "kind": rng.choice((None, "planned", "planned", "unplanned", "unplanned")),
                    "approved_by": rng.choice((None, "The Panel")),
                    "incident_id": rng.choice((None, f"INC-{rng.randrange(1, 71):04d}", "INC-none")),
                }
            )
        if rng.random() < 0.5:
            # A component that was maintained all month.
            rows.append(
                {
                    **self.recorded(),
                    "outage_id": self.id("OUT"),
                    "component": "SSI",
                    "kind": "planned",
                    "approved_by": "The Panel",
                }
            )
        return rows

    def throttling_events(self) -> list[Row]:
        rng = self.rng
        rows = []
        for _ in range(50):
            start = self.moment()
            end = start + rng.choice((timedelta(), TICK, MINUTE, 3 * HOUR, 30 * HOUR))
            rows.append(
                {
                    **self.recorded(),
                    "event_id": self.id("THR"),
                    "direction": rng.choice((None, "Northbound", "Northbound", "Southbound", "Southbound")),
                    "started_at": self.maybe(start, 0.05),
                    "ended_at": self.maybe(end),
                    "forwarded_count": self.maybe(rng.randrange(100)),
                    "dropped_count": self.maybe(rng.randrange(100)),
                    "exempted_count": self.maybe(rng.randrange(100)),
                    "incident_id": rng.choice((None, "INC-0001", "INC-0002", "INC-none")),
                }
            )
        return rows

    def defects(self) -> list[Row]:
        rng = self.rng

        def day() -> date:
            edges = (self.month.start, self.month.end, self.month.end - DAY, min(self.as_of, self.month.end))
            return rng.choice((self.moment(), *edges)).date() + rng.choice((-1, 0, 0, 1)) * DAY

        rows = []
        for _ in range(40):
            released, closed = sorted((day(), day()))
            rows.append(
                {
                    **self.recorded(),
                    "defect_id": self.id("DEF"),
                    "title": "A defect",
                    "severity": rng.choice((None, 1, 2, 3, 4, 5)),
                    "released_on": self.maybe(released),
                    "accepted_on": self.maybe(day()),
                    "closed_on": self.maybe(closed, 0.4),
                }
            )
        return rows

    def provider_measures(self) -> list[Row]:
        rng = self.rng
        names = (
            *("CPM7", "CPM7/North team", "CPM8", "CPM9", "PM1.1", "PM1.1/CSP", "PM2.1", "PM4.3", "PM12.2"),
            *(
                "PM7",
                "PM99.9",
                "pm1.1",
                "CPM1",
                "SA1/Self-Service Interface",
                "TR1:gb_volume",
                "DEF1",
                "PM2/x/y",
            ),
        )
        rows = []
        for name in names:
            for region in dict.fromkeys((None, self.region(), self.region())):
                above, below = sorted((rng.randrange(10**6), rng.randrange(10**6)))
                kind = rng.random()
                texts = {
                    "numerator": rng.choice((above, f"{above}.50", f"{above}.000", f"0{above}")),
                    "denominator": rng.choice((below + 1, f"{below + 1}.10", f"{below + 1}.0000000001")),
                }
                if kind < 0.1:
                    texts = {"numerator": None, "denominator": below}
                elif kind < 0.2:
                    texts["denominator"] = None
                elif kind < 0.27:
                    texts = {"numerator": 0, "denominator": rng.choice((0, "0.000"))}
                elif kind < 0.4:
                    texts = {
                        "numerator": rng.choice(("99", "98.9999999", "96", "95.99999")),
                        "denominator": 100,
                    }
                if name == "TR1:gb_volume":
                    texts["denominator"] = None
                if rng.random() < 0.85:
                    rows.append(
                        {
                            **self.recorded(),
                            "measure_id": name,
                            "month": rng.choice((self.month.name, self.month.name, self.last.name)),
                            "csp_region": region,
                            "service_provider": rng.choice((None, "CSP", "DSP")),
                            **texts,
                            "service_credit_pence": rng.choice((None, 0, 150, -2050, 10**9)),
                        }
                    )
        return rows

    def performance_exceptions(self) -> list[Row]:
        rng = self.rng
        entries = seed_rows("pmel")
        subjects = {
            "CPM4": ("", "/1", "/2", "/9"),
            "CPM5": ("", "/3", "/5", "/1"),
            "IC1": ("", "/1.1.1", "/ESME", "/Install and Commission", "/CH", "/nothing"),
            "PP1": ("", "/ESME", "/2.2", "/Prepayment", "/GSME"),
            "A1": ("", "/CHF", "/Alerts Management"),
            "B1": ("", "/Meter Reads", "/ESME"),
            "CoS1": ("", "/6.23", "/GPF"),
            "DF1": ("", "/11.1"),
            "CPM6": ("", "/Self-Service Interface"),
        }
        rows = []
        for entry in entries * 6:
            name = entry["measure_id"]
            rows.append(
                {
                    **self.recorded(),
                    "exception_id": self.id("EXC"),
                    "measure_id": name + rng.choice(subjects.get(name, ("",))),
                    "month": rng.choice((self.month.name,) * 6 + (self.last.name, None)),
                    "csp_region": rng.choice((None, None, None, *LIST_REGIONS)),
                    "excluded_count": rng.choice((None, 0, 1, 1, 2, 3, 50, 10**6)),
                    "reason": entry["reason"] if rng.random() < 0.9 else rng.choice((None, "No reason")),
                    "approved_by": rng.choice(("The Panel",) * 5 + (None,)),
                }
            )
        for name in (
            "SA1/Self-Service Interface",
            "MI1",
            None,
            "RSVP-T",
            "ITER:any_failure_share",
            "None such",
        ):
            other = rng.choice(entries)["reason"]
            rows.append({**rows[0], "exception_id": self.id("EXC"), "measure_id": name, "reason": other})
        rng.shuffle(rows)
        return rows

    def commentary(self) -> list[Row]:
        rng = self.rng
        names = (
            *("CPM1", "CPM2", "CPM3", "CPM4", "CPM4/1", "CPM5", "CPM5/3", "CPM6", "CPM7", "CPM8/x", "PP1"),
            *(
                "PP1/ESME",
                "PP1/2.2",
                "SA1",
                "SA1/Self-Service Interface",
                "SA1/DCC User Interface",
                "MI1",
                "MI2",
            ),
            *("PP1.2:failed_share", "PP1.2:failed_share/ESME", "RSVP-T", "No such measure", "PM1.1/CSP"),
        )
        rows = []
        for name in names:
            for region in dict.fromkeys((None, self.region(), self.region())):
                for month in (self.month.name, self.last.name):
                    if rng.random() < 0.5:
                        rows.append(
                            {
                                **self.recorded(),
                                "measure_id": name,
                                "month": month,
                                "csp_region": region,
                                "text": rng.choice(
                                    (None, "A storm.", "A storm.", "Works, as agreed.", "=1+1")
                                ),
                            }
                        )
        return rows

    def central_products_list(self, listed: list[Row], newest: date) -> list[Row]:
        """Newer and older versions of the models that are there, beside the list that holds.

        Parameters: listed, the rows of that list; newest, when it was published.
        """
        rng = self.rng
        models: dict[tuple[Any, ...], set[str]] = {}
        for state in self.inventory:
            model = state["device_type"], state["manufacturer"], state["model"]
            if None not in model and state["firmware_version"] is not None:
                models.setdefault(model, set()).add(state["firmware_version"])
        names = ("device_type", "manufacturer", "model", "firmware_version")
        taken = {tuple(row[name] for name in names) for row in listed}
        rows = []
        for model, versions in sorted(models.items()):
            for version in sorted(versions):
                for name in (version, f"{version}a", f"{version}b", f"{version}c"):
                    if rng.random() < 0.5 and (*model, name) not in taken:
                        taken.add((*model, name))
                        row = dict(zip(names, (*model, name), strict=True))
                        status = rng.choice(("Current", "Current", "Current", "Removed", None))
                        rows.append({**row, "published_on": newest, "status": status})
        return rows

    # Alerts and requests

    def alerts(self) -> tuple[list[Row], list[Row]]:
        """Alerts of every band, with their timing log; and Devices that are noisy by one alert, or not."""
        rng, devices = self.rng, self.devices
        rows: list[Row] = []
        timings: list[Row] = []

        def alert(code: str, device: str | None, raised: datetime, taken: timedelta | None) -> Row:
            party, role = rng.choice(self.parties)
            row = {
                "alert_id": self.id("ALT"),
                "alert_code": code,
                "device_id": device,
                "destination_party_id": party,
                "destination_role": role,
                "report_status_id": 20,
                "raised_at": raised,
                "delivered_at": None if taken is None else raised + taken,
                "suppressed": False,
                "recorded_at": min(raised, self.as_of - TICK),
            }
            rows.append(row)
            return row

        for _ in range(1500):
            limit = rng.choice(BANDS_MS)
            taken = timedelta(
                milliseconds=limit + rng.choice((-1, 0, 0, 1)), microseconds=rng.choice((0, 999))
            )
            code = rng.choice((*TIMED_CODES, *OTHER_CODES))
            row = alert(code, self.maybe(rng.choice(devices)), self.moment(), self.maybe(taken, 0.2))
            row["csp_region"] = rng.choice((None, None, *CSP_REGIONS))
            row["s1sp"] = rng.choice((None,) * 6 + ("An S1SP",))
            row["suppressed"] = rng.random() < 0.1 or code == "8F3F"
            if rng.random() < 0.3:
                # A second recipient of the same alert.
                party, role = rng.choice(self.parties)
                if (party, role) != (row["destination_party_id"], row["destination_role"]):
                    rows.append({**row, "destination_party_id": party, "destination_role": role})
            if code in (*TIMED_CODES, "N13") and rng.random() < 0.8:
                at = row["raised_at"] + rng.choice((-1, 0, 1)) * MINUTE
                steps = [at]
                for _ in range(4):
                    steps.append(
                        steps[-1] + timedelta(milliseconds=rng.choice((-5, 0, 1000, 30_000, 61_000)))
                    )
                names = ("event_at", "csp_sent_at", "dsp_received_at", "sent_at", "acknowledged_at")
                timing = {name: self.maybe(step) for name, step in zip(names, steps, strict=True)}
                if timing["event_at"] and timing["acknowledged_at"]:
                    timing["acknowledged_at"] = max(timing["event_at"], timing["acknowledged_at"])
                key = {
                    n: row[n] for n in ("alert_id", "destination_party_id", "destination_role", "recorded_at")
                }
                timings.append(key | timing)
        # Not delivered yet, and still in time at the as-of instant, or just not.
        for back in (60_000_000, 60_000_001, 59_999_999, 0):
            alert("N16", rng.choice(devices), self.as_of - back * TICK, None)
        for device, number in zip(
            rng.sample(devices, min(3, len(devices))), (NOISY, NOISY + 1, NOISY + 7), strict=False
        ):
            for _ in range(number - sum(row["device_id"] == device for row in rows)):
                alert("81A0", device, self.month.start + rng.randrange(86_400) * timedelta(seconds=1), MINUTE)
        return rows, timings

    def silent(self) -> list[Row]:
        """Devices with a thousand requests that were never answered, and one more."""
        rng = self.rng
        quiet = [row["device_id"] for row in self.homes.inventory if row["device_type"] == "ESME"]
        quiet = sorted(set(quiet) - {row["device_id"] for row in self.homes.requests})
        senders = [pair for pair in self.parties if pair[1] == "IS"]
        rows = []
        for device, number in zip(
            rng.sample(quiet, min(3, len(quiet))), (NOISY, NOISY + 1, NOISY + 2), strict=False
        ):
            for _ in range(number):
                party, role = rng.choice(senders)
                started = self.month.start + rng.randrange(86_400 * 20) * timedelta(seconds=1)
                rows.append(request(self.id("SIL"), "4.6.1", party, role, device, started, None))
        return rows


def request(
    name: str, srv: str, party: str, role: str, device: str | None, started: datetime, code: str | None
) -> Row:
    """A request that was answered with a code a second later, or never."""
    return {
        "transaction_id": name,
        "recorded_at": started + TICK,
        "srv": srv,
        "command_variant": 1,
        "mode_of_operation": 2,
        "originator_party_id": party,
        "originator_role": role,
        "device_id": device,
        "report_status_id": 18 if code is None else 22,
        "response_code": code,
        "started_at": started,
        "ended_at": None if code is None else started + timedelta(seconds=1),
    }


class Homes:
    """Homes that are fitted with a hub and meters day by day, from a week before the month on."""

    def __init__(self, lists: Lists, homes_a_day: int) -> None:
        self.lists, self.rng = lists, lists.rng
        self.homes_a_day = homes_a_day
        self.inventory: list[Row] = []
        self.registrations: list[Row] = []
        self.requests: list[Row] = []
        suppliers = {role: sorted({p for p, r in lists.parties if r == role}) for role in ("IS", "GS")}
        # Without a second role to supply gas, gas is not supplied.
        self.suppliers = {role: several or [None] for role, several in suppliers.items()}

    def build(self) -> None:
        month = self.lists.month
        days = [month.start - n * DAY for n in range(DAYS_BEFORE, 0, -1)]
        days += [datetime.combine(day, time()) for day in month.days]
        for day in days:
            for _ in range(max(0, self.homes_a_day + self.rng.randrange(-3, 4))):
                self._fit(day)

    def _device(self, number: int) -> str:
        return "-".join(f"{byte:02X}" for byte in (0x00, 0xEE, *number.to_bytes(6, "big")))

    def _fit(self, day: datetime) -> None:
        rng = self.rng
        self.lists.serial += 1
        number = self.lists.serial * 10
        hub, electricity, gas = (self._device(number + n) for n in range(3))
        at = self.lists.beside(day + rng.choice((0, 0, 9, 12, 24)) * HOUR)
        if at.date() != day.date() and rng.random() < 0.5:
            at = day + HOUR
        region = rng.choice(CSP_REGIONS[:3] * 4 + CSP_REGIONS)
        version = rng.choice(("SMETS2",) * 9 + ("SMETS1",))
        placed = {"csp_region": region} if version == "SMETS2" else {"s1sp": "An S1SP"}
        if rng.random() < 0.04:
            placed = {}
        common = {
            "extract_at": day + DAY,
            "effective_at": min(at, day + HOUR) - 20 * HOUR,
            "operation": "upsert",
            "device_status": "Commissioned",
            "smets_version": version,
            "manufacturer": "Acme",
            "model": "Hub",
            "firmware_version": rng.choice(("1", "2", "3")),
            **placed,
        }
        mpan, mprn = f"19{number:011d}", f"9{number:09d}"[:10]
        fitted = [(hub, "CHF", None, None)]
        kind = rng.random()
        if kind < 0.95:
            fitted.append((electricity, "ESME", "IS", mpan))
        if kind > 0.4 and kind < 0.97:
            fitted.append((gas, "GSME", "GS", mprn))
        sender = None
        for device, device_type, role, mpxn in fitted:
            commissioned = at if rng.random() < 0.9 else None
            row = {
                **common,
                "device_id": device,
                "device_type": device_type,
                "chf_device_id": hub if device_type != "CHF" else None,
                "mpxn": mpxn,
                "commissioned_at": commissioned,
            }
            self.inventory.append(row)
            if role is None:
                continue
            supplier = rng.choice(self.suppliers[role])
            if supplier is not None and rng.random() < 0.95:
                sender = supplier, role
                self.registrations.append(
                    {
                        "extract_at": day,
                        "mpxn": mpxn,
                        "role": role,
                        "supplier_party_id": supplier,
                        "effective_from": (day - 100 * DAY).date(),
                    }
                )
            if sender is not None and commissioned is None:
                self._send("8.1.1", *sender, device, at, rng.choice(("E21", None, "I0")))
        if sender is not None and rng.random() < 0.9:
            srv = rng.choice(("8.14.1", "8.14.1", "8.14.2"))
            self._send(
                srv, *sender, self.lists.maybe(hub, 0.05), at, rng.choice(("I0", "I0", "I0", "E21", None))
            )
            if srv == "8.14.2" and rng.random() < 0.4:
                self._send("8.14.1", *sender, hub, at + rng.choice((0, 1, 3, 10)) * DAY, "I0")

    def _send(
        self, srv: str, party: str, role: str, device: str | None, at: datetime, code: str | None
    ) -> None:
        self.requests.append(request(self.lists.id("HOM"), srv, party, role, device, at, code))


def feeds_of(lists: Lists, listed: list[Row], newest: date) -> dict[str, list[Row]]:
    """The rows of every feed."""
    alerts, timings = lists.alerts()
    return {
        "incidents": lists.incidents(),
        "service_outages": lists.service_outages(),
        "throttling_events": lists.throttling_events(),
        "defects": lists.defects(),
        "provider_measures": lists.provider_measures(),
        "performance_exceptions": lists.performance_exceptions(),
        "commentary": lists.commentary(),
        "central_products_list": lists.central_products_list(listed, newest),
        "alerts": alerts,
        "power_outage_timings": timings,
        "device_inventory": lists.homes.inventory,
        "registrations": lists.homes.registrations,
        "service_requests": [*lists.homes.requests, *lists.silent()],
    }


def write_proof(folder: Path, month: str) -> None:
    """Land a list of outages on the first day after a month: it proves the availability of the month."""
    write_rows(folder, "service_outages", [], Month.parse(month).end.date())


def write_lists(
    folder: Path, month: str, seed: int, as_of: datetime | None = None, homes_a_day: int = 9
) -> None:
    """Land the lists, alerts and installs of a month beside what adversarial.py wrote.

    Parameters: as_of, of the run (None: the default of the landing).
    """
    landed = read_landing(folder, as_of)
    parties = [
        (row["party_id"], row["role"])
        for row in landed.rows("parties")
        if row["active_from"] is None and row["active_to"] is None
    ]
    inventory = landed.rows("device_inventory")
    lists = Lists(random.Random(seed), month, landed.as_of, parties, inventory, homes_a_day)
    listed = landed.rows("central_products_list")
    newest = max((row["published_on"] for row in listed), default=lists.month.start.date())
    day = min(lists.month.end, landed.as_of - TICK).date() - DAY
    for number, (name, rows) in enumerate(feeds_of(lists, listed, newest).items()):
        write_rows(folder, name, rows, day, seed + number)
    write_proof(folder, month)


def lists(world: World) -> dict[str, list[Row]]:
    """The lists, alerts and installs of a month in the world of adversarial_pmr.py."""
    parties = [(f"P{number:02d}", role) for number in range(GROUPS) for role in ("IS", "GS")]
    found = Lists(world.rng, world.month, world.as_of, parties, world.inventory, world.rng.choice((6, 25)))
    return {
        name: [{column.name: row.get(column.name) for column in FEEDS[name].columns} for row in rows]
        for name, rows in feeds_of(found, [], world.start.date() - DAY).items()
    }
