"""Small but nasty landing zones for the industry report, random by seed (see adversarial.py).

Crowds of requests lie at the edges of disclosure control, so that cells pass, join and are known; and every
instant at which a rule of the report changes its mind is drawn on it and one microsecond beside it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from adversarial import DAY, TICK, write_feed, write_files
from reference.contract import CSP_REGIONS, FEEDS

Row = dict[str, Any]

MILLISECOND = timedelta(milliseconds=1)
# Disclosure control of these months: as many groups as ever, but fewer rows.
VARIABLES = {"minimum_rows": 12}
GROUPS = 12
# (process, SRV, modes): what is sent on an ordinary day.
PLAIN_SRVS = (
    ("3.2", (2, 4)),
    ("1.1.1", (2, 2, 4)),
    ("1.2.1", (2,)),
    ("1.6", (2, 2, 4)),
    ("2.1", (2, 2, 10)),
    ("6.15.2", (2, 2, 4)),
    ("6.17", (2,)),
    ("11.1", (2, 1)),
    ("11.3", (2, 4)),
    ("8.14.3", (1, 2)),
    ("8.14.4", (1,)),
    ("6.15.1", (2,)),
    ("6.5", (2, 4)),
    ("6.22", (2,)),
    ("4.6.1", (2, 2, 6, 4)),
    ("4.6.2", (2, 6)),
    ("4.8.1", (2, 2, 6)),
    ("4.8.2", (3, 6)),
    ("4.8.3", (2, 6)),
    ("4.10", (2, 4, 10)),
    ("4.17", (2, 6)),
    ("5.1", (1, 2)),
    ("4.1.1", (2,)),
    ("12.1", (2,)),
)
INSTALL_SRVS = ("8.11", "6.21", "8.1.1", "8.7.2", "8.7.1", "6.20.1", "1.1.1", "6.8", "8.14.1", "8.14.2")
EDGES = (-TICK, timedelta(0), TICK)


def write_industry_landing(
    folder: Path,
    month: str,
    seed: int,
    as_of: datetime | None = None,
    history_days: int = 60,
    without: Iterable[str] = (),
    more: Callable[[World], dict[str, list[Row]]] | None = None,
) -> World:
    """Write a landing zone with every edge of the request-based half of the report.

    Parameters: folder, created; month, `YYYY-MM`; seed, decides everything; as_of, at which rows are meant to
    change their mind (None: the default); history_days, from how many days before the 1st there are requests;
    without, feeds that have no file; more, gives the rows of further feeds, or further rows of these.
    """
    world = World(random.Random(seed), month, as_of, history_days)
    feeds = world.build()
    for name, rows in (more(world) if more else {}).items():
        feeds[name] = [*feeds.get(name, []), *rows]
    for name, rows in feeds.items():
        if name not in without:
            write_feed(folder, FEEDS[name], rows, world)
    # A file without rows, in the newest folder of all, fixes the default as-of instant.
    write_files(folder, FEEDS["incidents"], [[]], [world.newest_day], world)
    return world


class World:
    """An industry around a month, of some dozens of homes.

    Attributes:
        devices: device_id by (segment, Device Type); homes: the Devices of each.
    """

    def __init__(self, rng: random.Random, month: str, as_of: datetime | None, history_days: int) -> None:
        self.rng, self.month, self.history_days = rng, month, history_days
        year, number = (int(part) for part in month.split("-"))
        self.start = datetime(year, number, 1)
        self.end = datetime(year + number // 12, number % 12 + 1, 1)
        self.newest_day = self.end.date() + 3 * DAY
        self.as_of = as_of or datetime.combine(self.newest_day + DAY, time())
        self.stop = min(self.end, self.as_of)
        self.serial = 0
        self.by_place: dict[tuple[str, str], list[str]] = {}
        self.states: dict[str, Row] = {}
        self.homes: list[dict[str, str]] = []
        self.suppliers: dict[str, tuple[str, str]] = {}
        self.inventory: list[Row] = []
        self.registered: list[Row] = []
        self.distributed: list[Row] = []
        self.raised: list[Row] = []

    # Names and instants

    def number(self) -> int:
        """A number not used before."""
        self.serial += 1
        return self.serial

    def moment(self) -> datetime:
        """An instant of the period, often its first or last."""
        if self.rng.random() < 0.05:
            return self.rng.choice((self.start, self.stop - TICK))
        return self.start + (self.stop - self.start) * self.rng.random()

    def beside(self, instant: datetime) -> datetime:
        """An instant, on the spot or just beside it."""
        return instant + self.rng.choice(EDGES)

    def recorded(self, after: datetime) -> datetime:
        """When a row was recorded: before the as-of instant where it could be."""
        soon = after + timedelta(seconds=self.rng.randrange(1, 90_000))
        return min(soon, self.as_of - TICK) if after < self.as_of or after >= self.stop else soon

    # Who and what there is

    def build(self) -> dict[str, list[Row]]:
        """All feeds' rows."""
        parties = self.parties()
        self.make_homes()
        requests = [
            *self.first_request(),
            *self.crowds(),
            *self.installs(),
            *self.gains(),
            *self.top_ups(),
            *self.silences(),
            *self.pending(),
            *self.scheduled(),
            *self.firmware(),
            *self.iterations(),
        ]
        self.low_balances()
        return {
            "parties": parties,
            "device_inventory": self.inventory,
            "registrations": self.registered,
            "service_requests": [*requests, *self.restated(requests)],
            "alerts": self.raised,
            "firmware_distributions": self.distributed,
        }

    def parties(self) -> list[Row]:
        """Twelve parties of eleven groups, in several roles."""
        published, rows = self.start.date() - 200 * DAY, []
        for number in range(GROUPS):
            party = f"P{number:02d}"
            for role in ("IS", "GS", "ES", "ED", "OU", "RSA"):
                if role in ("ES", "ED") and number > 6:
                    continue
                if role in ("OU", "RSA") and number > 1:
                    continue
                row = dict.fromkeys(column.name for column in FEEDS["parties"].columns)
                group = "P09" if number == 10 else "Other" if role == "OU" and number == 1 else None
                row |= {"published_on": published, "party_id": party, "role": role, "corporate_group": group}
                rows.append(row)
        return rows

    def make_homes(self) -> None:
        """Homes in every segment, each with a hub and meters; some are commissioned in the month."""
        kinds = (
            *(("SMETS2", region, None) for region in CSP_REGIONS),
            ("SMETS2", "North", None),
            ("SMETS2", "Central", None),
            ("SMETS2", None, None),
            ("SMETS1", None, "S1 One"),
            ("SMETS1", "North", None),
            ("SMETS2", None, "S1 Two"),
        )
        for home in range(8 * len(kinds)):
            smets, region, s1sp = kinds[home % len(kinds)]
            segment = "SMETS1" if smets == "SMETS1" or s1sp else region or "Unknown"
            hub = self.device_id(1, home)
            types = ["CHF", "ESME", "GSME", "GPF"]
            types += self.rng.sample(["PPMID", "IHD", "HCALCS", "CAD"], self.rng.choice((0, 1, 2)))
            members: dict[str, str] = {}
            commissioned = self.moment() if home % 3 == 0 else self.start - 90 * DAY
            for index, kind in enumerate(types):
                device = hub if kind == "CHF" else self.device_id(1 + index, home)
                members[kind] = device
                mpxn = {"ESME": f"1{home:012d}", "GSME": f"7{home:07d}"}.get(kind)
                row = dict.fromkeys(column.name for column in FEEDS["device_inventory"].columns)
                row |= {
                    "device_id": device,
                    "extract_at": self.start - 99 * DAY,
                    "effective_at": self.start - 100 * DAY,
                    "operation": "upsert",
                    "device_type": kind,
                    "device_status": "Commissioned",
                    "smets_version": smets,
                    "chf_device_id": self.rng.choice((hub, hub, hub, None)) if kind != "CHF" else None,
                    "csp_region": region,
                    "s1sp": s1sp,
                    "mpxn": mpxn if self.rng.random() < 0.95 else None,
                    "commissioned_at": commissioned,
                    "manufacturer": "Acme",
                    "model": self.rng.choice(("M1", "M2")),
                    "firmware_version": self.rng.choice(("1.0", "2.0", "3.0")),
                }
                self.inventory.append(row)
                self.states[device] = row
                self.by_place.setdefault((segment, kind), []).append(device)
                if mpxn is not None:
                    self.register(mpxn, "IS" if kind == "ESME" else "GS", device)
            self.homes.append(members)
            if home % 11 == 5:
                # Half-way through the month it moves to another region, and its requests lie in two.
                moved = {**self.states[members["ESME"]], "csp_region": "South", "effective_at": self.moment()}
                self.inventory.append({**moved, "extract_at": self.start})

    def device_id(self, kind: int, number: int) -> str:
        """A Device ID of a kind and number."""
        return f"00-DB-12-34-{kind:02X}-{number // 256:02X}-{number % 256:02X}-B2"

    def register(self, mpxn: str, role: str, device: str) -> None:
        """Registration periods of a meter point: some begin in the month, some after another party's."""
        party = f"P{self.rng.randrange(GROUPS):02d}"
        self.suppliers[device] = party, role
        periods = [(self.start.date() - 300 * DAY, party)]
        roll = self.rng.random()
        first, last = self.start.date(), (self.stop - TICK).date()
        if roll < 0.3:
            other = f"P{self.rng.randrange(GROUPS):02d}"
            days = (first - DAY, first, first + 9 * DAY, last, last + DAY)
            periods.append((self.rng.choice(days), self.rng.choice((other, other, party))))
        elif roll < 0.35:
            periods = [(first + 3 * DAY, party)]
        for begins, supplier in periods:
            row = dict.fromkeys(column.name for column in FEEDS["registrations"].columns)
            row |= {
                "extract_at": self.start - 40 * DAY,
                "mpxn": mpxn,
                "role": role,
                "supplier_party_id": supplier,
                "effective_from": begins,
                "effective_to": self.rng.choice((None, None, begins + 5 * DAY)),
            }
            self.registered.append(row)

    def device(self, segment: str, *kinds: str) -> str:
        """A Device of a segment, of one of some types."""
        kind = self.rng.choice(kinds or ("ESME", "ESME", "GSME", "GPF", "PPMID", "CHF"))
        return self.rng.choice(self.by_place.get((segment, kind)) or self.by_place[segment, "ESME"])

    # Requests

    def request(
        self, at: datetime, sender: tuple[str, str], device: str | None, srv: str, **given: Any
    ) -> Row:
        """A request that is answered well, unless something else is given."""
        row = dict.fromkeys(column.name for column in FEEDS["service_requests"].columns)
        row |= {
            "transaction_id": f"T{self.rng.randrange(1000):03d}-{self.number()}",
            "srv": srv,
            "command_variant": self.rng.choice((1, 1, 5)),
            "mode_of_operation": 2,
            "originator_party_id": sender[0],
            "originator_role": sender[1],
            "device_id": device,
            "report_status_id": 2,
            "response_code": "I0",
            "started_at": at,
            "ended_at": at + timedelta(milliseconds=self.rng.randrange(20_000)),
            "southbound_ms": self.rng.choice((None, 100, 7)),
            "northbound_ms": self.rng.choice((None, 50, 3)),
        }
        row |= given
        row["recorded_at"] = given.get("recorded_at") or self.recorded(max(at, row["ended_at"] or at))
        return row

    def ending(self, at: datetime, good: bool) -> Row:
        """How a request ended."""
        rng = self.rng
        if good:
            taken = rng.choice(
                (
                    timedelta(milliseconds=rng.randrange(25_000)),
                    timedelta(seconds=30),
                    timedelta(seconds=30) + TICK,
                    timedelta(seconds=30) + MILLISECOND,
                    timedelta(seconds=rng.randrange(90)),
                )
            )
            return {"response_code": rng.choice(("I0", "I0", "I0", "W1")), "ended_at": at + taken}
        taken = timedelta(seconds=rng.choice((1, 5, 29, 31, 86_400)))
        return rng.choice(
            (
                {"response_code": rng.choice(("E1", "E4", "E30", "E20", "X1")), "ended_at": at + taken},
                {"response_code": "E1", "ended_at": at + taken},
                {"response_code": None, "ended_at": at + taken},
                {"response_code": rng.choice((None, "I0", "E21")), "ended_at": None},
                {"report_status_id": rng.choice((18, 19, 34)), "ended_at": rng.choice((None, at + taken))},
                {"execution_at": at + taken, "response_code": "E31", "ended_at": at + 2 * taken},
            )
        )

    def crowds(self) -> list[Row]:
        """Requests of each SRV in some segments, of so many groups and rows that disclosure control bites."""
        rng, rows = self.rng, []
        segments = (*CSP_REGIONS, "North", "Central", "South", "Unknown", "SMETS1", "SMETS1")
        for srv, modes in PLAIN_SRVS:
            own_roles = (
                ("ED",) if srv in ("6.15.1", "6.22") else ("IS",) if rng.random() < 0.7 else ("IS", "GS")
            )
            all_good = rng.random() < 0.15
            for segment in sorted({rng.choice(segments) for _ in range(rng.choice((1, 2, 4, 7)))}):
                days = [self.moment() for _ in range(rng.choice((1, 1, 2, 5)))]
                groups = rng.choice((2, 3, 4, 5, 5, 6, 7, 9, 10, 11, 12))
                role = rng.choice(own_roles)
                rate = 1.0 if all_good else rng.choice((0.0, 0.3, 0.8, 0.95, 1.0))
                for number in rng.sample(
                    range(7 if role in ("ED", "ES") else GROUPS),
                    min(groups, 7 if role in ("ED", "ES") else GROUPS),
                ):
                    volume = rng.choice((1, 2, 2, 3, 3, 4, 5, rng.choice((3, 20))))
                    for _ in range(volume):
                        at = min(rng.choice(days) + timedelta(seconds=rng.randrange(3600)), self.stop - TICK)
                        device = (
                            self.device(segment) if rng.random() < 0.97 else rng.choice((None, self.odd()))
                        )
                        given = {
                            "mode_of_operation": rng.choice(modes),
                            **self.ending(at, rng.random() < rate),
                        }
                        if rng.random() < 0.02:
                            given |= rng.choice(({"command_variant": 4}, {"report_status_id": 1}))
                        if rng.random() < 0.05 and segment != "SMETS1":
                            given["csp_region"] = rng.choice(CSP_REGIONS)
                        rows.append(self.request(at, (f"P{number:02d}", role), device, srv, **given))
        return rows

    def odd(self) -> str:
        """A Device that the inventory does not know."""
        return self.device_id(240, self.rng.randrange(4))

    def first_request(self) -> list[Row]:
        """The earliest of all requests, in no figure: it says how far back the landing goes."""
        day = self.start - self.history_days * DAY
        return [
            self.request(self.rng.choice((day, day + DAY - TICK)), ("P00", "OU"), None, "12.1"),
            self.request(day + DAY, ("P00", "OU"), None, "12.1", command_variant=4),
        ]

    def installs(self) -> list[Row]:
        """Requests on and beside the day on which a Device is commissioned; of two roles to one hub."""
        rng, rows = self.rng, []
        for home in self.homes[::3]:
            commissioned = self.states[home["CHF"]]["commissioned_at"]
            midnight = datetime.combine(commissioned.date(), time())
            for _ in range(rng.randrange(2, 14)):
                srv, party = rng.choice(INSTALL_SRVS), f"P{rng.randrange(GROUPS):02d}"
                at = rng.choice(
                    (commissioned, midnight, midnight + DAY - TICK, midnight + 20 * TICK, midnight - TICK)
                )
                device = home[rng.choice(sorted(home))]
                given = {**self.ending(at, rng.random() < 0.8), "command_variant": 1}
                for role in rng.choice((("IS",), ("IS",), ("GS",), ("IS", "GS"))):
                    rows.append(self.request(at, (party, role), device, srv, **given))
        return rows

    def gains(self) -> list[Row]:
        """6.23 that go well or fail, and 1.1.1 and 6.8 that rescue them, or just do not."""
        rng, rows = self.rng, []
        for number in range(190):
            segment = rng.choice((*CSP_REGIONS[:3], "North", "North", "Unknown", "SMETS1"))
            device, at = self.device(segment, "ESME", "GSME", "CHF"), self.moment()
            sender = f"P{number % GROUPS:02d}", rng.choice(("IS", "IS", "IS", "GS"))
            good = rng.random() < 0.7
            rows.append(self.request(at, sender, device, "6.23", **self.ending(at, good)))
            midnight = datetime.combine(at.date() + DAY, time())
            for _ in range(rng.choice((0, 1, 1, 2))):
                when = rng.choice(
                    (at, at + TICK, at - TICK, midnight - TICK, midnight, at + timedelta(minutes=1))
                )
                who = rng.choice((sender, sender, sender, (sender[0], "GS"), ("P03", sender[1])))
                what = rng.choice(("1.1.1", "6.8", "6.8", "6.23"))
                to = rng.choice((device, device, device, self.device(segment, "ESME")))
                rows.append(self.request(when, who, to, what, **self.ending(when, rng.random() < 0.8)))
        return rows

    def top_ups(self) -> list[Row]:
        """Series of 2.2 with gaps at and beside 24 hours; local ones between them; without a Device."""
        rng, rows = self.rng, []
        gap = timedelta(hours=24)
        for number in range(210):
            segment = rng.choice((*CSP_REGIONS, "North", "North", "Central", "Unknown", "SMETS1", "SMETS1"))
            device = self.device(segment, "ESME", "ESME", "ESME", "GSME", "PPMID")
            if rng.random() < 0.04:
                device = rng.choice((None, self.odd()))
            sender = f"P{number % GROUPS:02d}", rng.choice(("IS", "IS", "IS", "IS", "GS"))
            at = rng.choice(
                (
                    self.moment(),
                    self.moment(),
                    self.start - gap,
                    self.start - timedelta(hours=1),
                    self.stop - timedelta(hours=2),
                    self.beside(self.as_of - gap),
                )
            )
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
                if at >= self.as_of:
                    break
                given = {"command_variant": 1, **self.ending(at, rng.random() < 0.5)}
                if rng.random() < 0.1:
                    given["command_variant"] = rng.choice((2, 2, 4))
                if rng.random() < 0.05:
                    given |= {
                        "response_code": None,
                        "ended_at": None,
                        "execution_at": self.beside(self.as_of),
                    }
                rows.append(self.request(at, sender, device, "2.2", **given))
                at += rng.choice((gap, gap + TICK, gap - TICK, timedelta(0), timedelta(minutes=5)))
        return rows

    def silences(self) -> list[Row]:
        """Reads from Devices that were last heard 60 and 61 days before, or that are not quite silent."""
        rng, rows = self.rng, []
        for number, home in enumerate(self.homes[1::3]):
            device, at = home["ESME"], self.moment()
            day = datetime.combine(at.date(), time())
            sender = f"P{number % GROUPS:02d}", "IS"
            since = timedelta(days=rng.choice((60, 61)))
            # A Device of its own: nothing else is sent to it.
            row = self.states[device]
            own = self.device_id(200, number)
            state = {**row, "device_id": own, "mpxn": None, "commissioned_at": None}
            early = rng.choice(
                (day - 60 * DAY, day - 60 * DAY, day - 60 * DAY + TICK, self.start - 100 * DAY)
            )
            state["effective_at"] = early
            state["extract_at"] = early + TICK
            self.inventory.append(state)
            roll = number % 8
            if roll == 1:
                gone = day - rng.randrange(0, 61) * DAY
                if gone > early:
                    other = {**state, "device_status": "Suspended", "effective_at": gone}
                    self.inventory += [other, {**state, "effective_at": gone + TICK}]
            if roll == 2:
                self.alert(rng.choice(("8F35", "810D")), self.beside(day - since + DAY), own, suppressed=True)
            if roll == 3:
                self.alert(rng.choice(("N13", "AD1")), day - 5 * DAY, own)
            if roll == 4:
                rows.append(self.request(day - 3 * DAY, sender, own, "4.8.1", mode_of_operation=3))
            if roll in (5, 6):
                heard = rng.choice((day - since, day - since + DAY - TICK))
                rows.append(self.request(heard, sender, own, rng.choice(("4.8.1", "7.4", "12.1"))))
            if roll == 7:
                rows.append(self.request(day - 2 * DAY, sender, own, "4.8.1", report_status_id=1))
                rows.append(self.request(day - 2 * DAY, sender, own, "4.8.1", response_code="E1"))
            for _ in range(rng.choice((1, 2, 5))):
                given = self.ending(at, False)
                rows.append(self.request(at, sender, own, rng.choice(("4.6.1", "4.8.1", "4.10")), **given))
        return rows

    def pending(self) -> list[Row]:
        """Requests without a response, due at and beside the as-of instant, or to be run after it."""
        rng, rows = self.rng, []
        for number in range(140):
            srv, mode, target = rng.choice(
                (
                    ("4.8.1", 2, 30),
                    ("4.8.1", 6, 86_400),
                    ("2.2", 2, 30),
                    ("2.2", 1, None),
                    ("6.23", 2, 30),
                    ("8.14.3", 1, None),
                    ("11.1", 1, None),
                    ("11.3", 4, 86_400),
                    ("1.6", 4, 86_400),
                    ("3.2", 2, 30),
                    ("4.10", 10, 86_400),
                    ("5.1", 2, 30),
                )
            )
            segment = rng.choice((*CSP_REGIONS, "SMETS1"))
            if srv == "11.3" and segment == "SMETS1":
                target = 432_000
            at = self.moment().replace(microsecond=0)
            given: Row = {"mode_of_operation": mode, "command_variant": 1, "ended_at": None}
            given["response_code"] = rng.choice((None, "I0", "E20"))
            if target is not None and rng.random() < 0.6:
                left = self.as_of - at - timedelta(seconds=target)
                if left >= timedelta(0):
                    given["sla_exclusion_ms"] = left // MILLISECOND
                    at = max(
                        self.start,
                        self.beside(
                            self.as_of - timedelta(seconds=target) - left // MILLISECOND * MILLISECOND
                        ),
                    )
            elif rng.random() < 0.7:
                given["execution_at"] = self.beside(self.as_of)
            if rng.random() < 0.15:
                given["report_status_id"] = rng.choice((18, 19, 34, 3))
            sender = f"P{number % GROUPS:02d}", "IS"
            if self.start <= at < self.stop:
                rows.append(self.request(at, sender, self.device(segment, "ESME"), srv, **given))
        return rows

    def scheduled(self) -> list[Row]:
        """Scheduled reads that are answered in exactly 24 hours, or are not yet known."""
        rng, rows = self.rng, []
        for number in range(110):
            at = rng.choice((self.moment(), self.moment(), self.beside(self.as_of - timedelta(hours=24))))
            start = rng.choice((at, at, at + timedelta(hours=3)))
            given: Row = {"mode_of_operation": 6, "execution_at": None if start == at else start}
            ended = (
                start
                + rng.choice((timedelta(hours=24), timedelta(hours=24), timedelta(hours=5)))
                + rng.choice(EDGES)
            )
            given["ended_at"] = rng.choice((ended, ended, None))
            given["response_code"] = rng.choice(("I0", "I0", "E1"))
            given["sla_exclusion_ms"] = rng.choice((None, 3_600_000))
            if rng.random() < 0.1:
                given["report_status_id"] = rng.choice((18, 34))
            segment = rng.choice((*CSP_REGIONS[:3], "North", "SMETS1"))
            if at < self.as_of:
                sender = f"P{number % GROUPS:02d}", "IS"
                srv = rng.choice(("4.6.1", "4.8.1", "4.17"))
                rows.append(self.request(at, sender, self.device(segment, "ESME", "GSME"), srv, **given))
        return rows

    def firmware(self) -> list[Row]:
        """11.1 with and without distributions, delivered and verified in five days or not."""
        rng, rows = self.rng, []
        five = timedelta(hours=5 * 24)
        for number in range(130):
            segment = rng.choice((*CSP_REGIONS, "North", "North", "Unknown", "SMETS1"))
            at = rng.choice((self.moment(), self.moment(), self.moment(), self.beside(self.as_of - five)))
            if not self.start - DAY <= at < self.as_of:
                continue
            own = rng.choice((None, self.device(segment, "ESME"), self.device(segment, "GSME")))
            given = rng.choice(
                (
                    {"response_code": "I99"},
                    {"response_code": "I99"},
                    {"response_code": "I99"},
                    {"response_code": "I0"},
                    {"response_code": "I99", "ended_at": None},
                    {"response_code": "I99", "report_status_id": 1},
                    {"response_code": "E1"},
                )
            )
            sender = f"P{number % GROUPS:02d}", rng.choice(("IS", "IS", "IS", "GS"))
            request = self.request(at, sender, own, "11.1", mode_of_operation=1, **given)
            rows.append(request)
            targets = [self.device(segment, "ESME", "GSME", "PPMID") for _ in range(rng.choice((0, 1, 2, 4)))]
            if rng.random() < 0.1:
                targets.append(self.odd())
            for device in targets:
                transaction = request["transaction_id"] if rng.random() < 0.93 else f"NONE{number % 9}"
                for _ in range(rng.choice((1, 1, 2))):
                    took = rng.choice((None, timedelta(hours=5), five, five + TICK, five - TICK, five + DAY))
                    self.distribute(device, transaction, self.beside(at), at, took)
            for device in sorted({*targets, own} - {None}):
                for _ in range(rng.choice((0, 1, 1, 2))):
                    when = at + rng.choice(
                        (timedelta(0), TICK, five, five + TICK, timedelta(hours=1), timedelta(hours=1))
                    )
                    self.alert(rng.choice(("8F72", "8F1C")), when, device, suppressed=rng.random() < 0.1)
        for _ in range(60):
            hub = rng.choice([home["CHF"] for home in self.homes] + [self.odd()])
            at = rng.choice((self.moment(), self.moment(), self.start - five, self.beside(self.as_of - five)))
            took = rng.choice((None, timedelta(hours=5), five, five + TICK, five + 2 * DAY))
            self.distribute(hub, None, at, at, took)
        return rows

    def distribute(
        self, device: str, transaction: str | None, requested: datetime, at: datetime, took: timedelta | None
    ) -> None:
        """One distribution, delivered so long after an instant, and then perhaps activated."""
        rng = self.rng
        delivered = None if took is None else max(at + took, requested)
        activated = None
        if delivered is not None:
            five = timedelta(hours=5 * 24)
            activated = rng.choice(
                (None, delivered + DAY, delivered + five, delivered + five + TICK, requested)
            )
        self.distributed.append(
            {
                "recorded_at": self.recorded(requested),
                "device_id": device,
                "firmware_version": f"{rng.randrange(9)}.{self.number()}",
                "transaction_id": transaction,
                "requested_at": requested,
                "delivered_at": delivered,
                "activated_at": activated,
                "result": None,
            }
        )

    def iterations(self) -> list[Row]:
        """Several requests of one party and Device a day, of which one fails; around midnight."""
        rng, rows = self.rng, []
        for number in range(90):
            device = self.device(rng.choice((*CSP_REGIONS[:3], "SMETS1")), "ESME")
            midnight = datetime.combine(self.moment().date(), time())
            for _ in range(rng.choice((1, 2, 3))):
                at = max(self.start, midnight + rng.choice((-TICK, timedelta(0), timedelta(hours=2))))
                role = rng.choice(("IS", "IS", "GS"))
                srv = rng.choice(("1.6", "2.1", "4.10", "6.5", "11.3"))
                given = self.ending(at, rng.random() < 0.6)
                rows.append(self.request(at, (f"P{number % GROUPS:02d}", role), device, srv, **given))
        return rows

    def restated(self, requests: list[Row]) -> list[Row]:
        """States of requests that lose, or that come too late."""
        rng, rows = self.rng, []
        for row in requests:
            roll = rng.random()
            if roll < 0.04:
                earlier = row["recorded_at"] - timedelta(hours=1)
                rows.append({**row, "recorded_at": earlier, "ended_at": None, "report_status_id": 4})
            elif roll < 0.06:
                rows.append({**row, "recorded_at": self.as_of, "response_code": "E1"})
        return rows

    # Alerts

    def alert(self, code: str, at: datetime, device: str | None, **given: Any) -> Row:
        """An alert to one party."""
        row = dict.fromkeys(column.name for column in FEEDS["alerts"].columns)
        row |= {
            "alert_id": f"A{self.number()}",
            "recorded_at": self.recorded(at),
            "alert_code": code,
            "device_id": device,
            "destination_party_id": f"P{self.rng.randrange(GROUPS):02d}",
            "destination_role": "IS",
            "report_status_id": 2,
            "raised_at": at,
            "delivered_at": self.rng.choice((None, at + timedelta(seconds=5))),
            "suppressed": False,
        }
        row |= given
        self.raised.append(row)
        return row

    def low_balances(self) -> None:
        """810E to one party and to several, suppressed, not delivered, in and beside the month."""
        for _ in range(120):
            segment = self.rng.choice((*CSP_REGIONS[:3], "North", "North", "SMETS1"))
            at = self.rng.choice(
                (self.moment(), self.moment(), self.beside(self.start), self.beside(self.stop))
            )
            row = self.alert(
                "810E", at, self.device(segment, "ESME", "GSME"), suppressed=self.rng.random() < 0.1
            )
            if self.rng.random() < 0.2:
                party = f"P{self.rng.randrange(GROUPS):02d}"
                self.raised.append({**row, "destination_party_id": party, "destination_role": "GS"})
