"""Small but nasty landing zones, random by seed, for comparing the product with the second implementation.

Every instant that matters to a rule (first and last of the month, a state's first instant, a run's 24 h gap)
is drawn again and again, on it and one microsecond beside it, so that an off-by-one shows in some cell.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from reference.contract import CSP_REGIONS, FEEDS, LIST_REGIONS, Column, Feed

Row = dict[str, Any]

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
SQL_TYPES = {"text": "VARCHAR", "timestamp": "TIMESTAMP", "date": "DATE", "boolean": "BOOLEAN"}
INTEGER_TYPES = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "UBIGINT": (0, 2**64 - 1),
}

# Text that a spreadsheet would run, that a CSV must quote, or that a template or a shell might eat.
NASTY_TEXTS = (
    "=1+1",
    "+44",
    "-x",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    "\nFeed",
    "  =1",
    "\u00a0=1",
    "\u3000\uff1d1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "\x0b=1",
    "'quoted",
    'in"ch',
    "a,b",
    "two\nlines",
    "two\r\nlines",
    "Zo\u00eb \u2603",
    "\U0001f4a1 lamp",
    " lead",
    "trail ",
    "NULL",
    "null",
    "Unknown",
    "back\\slash",
    "{{ jinja }}",
    "100%",
    "O'Neil",
    "\u200b=1",
    "x=1",
    "caf\u00e9",
    "cafe\u0301",
    "\ufeffbom",
)
PLAIN_TEXTS = ("Acme", "Bolt", "Zeta", "acme", "Model 1", "Model 2", "1.0.0", "1.0.1", "00010203")
EXTRA_COLUMNS = ("note", "batch id", "date", "=x", "filename", "landed_file", "landed_row", "file_row_number")
SRVS = (
    "1.1.1",
    "1.1.1",
    "6.21",
    "6.21",
    "6.23",
    "6.23",
    "6.8",
    "6.8",
    "8.11",
    "8.1.1",
    "8.7.1",
    "8.7.2",
    "8.14.1",
    "8.14.2",
    "8.14.3",
    "6.15.2",
    "6.17",
    "6.20.1",
    "4.1.1",
    "4.1.3",
    "4.1.4",
    "4.2",
    "4.6.1",
    "4.8.1",
    "4.8.3",
    "4.10",
    "4.17",
    "2.2",
    "2.3",
    "11.1",
    "11.3",
    "11.3",
    "5.1",
    "3.2",
    "6.15.1",
    "12.1",
    "4.14",
    "99.9",
    "6.1.5",
)
RESPONSE_CODES = (
    "I0",
    "I0",
    "I0",
    "I0",
    "I0",
    "I0",
    "I99",
    "I",
    "W1",
    "W",
    "i0",
    "w1",
    "E20",
    "E21",
    "E30",
    "E31",
    "E1",
    None,
    "",
    " I0",
    "=E1",
    "EI0",
    "NO_CODE",
)
ALERT_CODES = ("AD1", "AD1", "8F58", "8F59", "8F5A", "8F35", "8F36", "N13", "N16", "N42", "N55", "81A0", "N1")
SPECIAL_GAPS = (
    timedelta(0),
    TICK,
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24) + TICK,
    timedelta(hours=24) - TICK,
    timedelta(hours=25),
)
# Crowds of alike rows at the edges of disclosure control: (rows, of them good) of each of a cell's parties,
# which are IND00, IND01, … in this order; IND10 is in IND09's group, IND11 and IND12 in one of their own.
CROWDS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((20, 19),) * 5,  # just enough of everything
    ((20, 19),) * 4 + ((19, 19),),  # a row too few
    ((40, 39),) * 3,  # groups too few
    ((50, 40), (30, 25), (25, 25), (15, 15), (10, 5)),  # the largest as large as it may be
    ((51, 40), (30, 25), (25, 25), (15, 15), (10, 5)),  # and one larger
    ((12, 12),) * 9,  # all good, groups too few to say so
    ((12, 12),) * 10,  # all good in ten groups
    ((12, 0),) * 10,  # all bad
    ((12, 12),) * 11,  # eleven parties in ten groups
    ((12, 0),) * 8 + ((0, 0), (12, 0), (12, 0)),  # ten parties in nine groups
    ((10, 9), (9, 9), (40, 1), (40, 3), (20, 10), (12, 12), (12, 11)),  # ranked and not; halves of a step
    ((30, 30), (9, 9), (9, 8), (9, 7), (9, 9), (34, 30), (34, 0)),  # released, but too few are ranked
    ((200, 199),) * 5,  # as many as extremes need
    ((200, 199),) * 4 + ((199, 1),),
    ((400, 399), (200, 199), (200, 1), (200, 0), (200, 197), *((100, 50),) * 8),  # halves of rounding
)
CROWD_SRVS = (
    "1.2.1",
    "1.6",
    "2.1",
    "4.6.2",
    "4.8.2",
    "4.12.1",
    "4.12.2",
    "4.15",
    "4.16",
    "5.2",
    "5.3",
    "6.2.2",
    "6.2.4",
    "6.2.7",
    "6.13",
)
CROWD_ALERTS = (
    "8F37",
    "8F38",
    "8F39",
    "8F3A",
    "8F3B",
    "8F3C",
    "81A1",
    "81A2",
    "81A3",
    "81A4",
    "81A5",
    "81A6",
    "81A7",
    "81A8",
    "81A9",
)
# (rows, good) of each party
Crowd = dict[str, tuple[int, int]]


class RestCrowd(NamedTuple):
    """Requests of some parties in a role at the edges of what is left."""

    role: str
    srv: str
    crowd: Crowd
    region: str = "North"
    is_answered: bool = True


FIVE = tuple(f"IND{n:02d}" for n in range(5))
# No other row is of their processes in these roles, but of Read Device Information: CROWDS has rows of IS.
REST_CROWDS: tuple[RestCrowd, ...] = (
    # One group's SRV is withheld; of two equal ones the lesser text goes too.
    RestCrowd("IS", "7.7", {"IND00": (30, 20)}),
    RestCrowd("IS", "7.14", dict.fromkeys(FIVE, (40, 38))),
    RestCrowd("IS", "7.15", dict.fromkeys(FIVE, (10, 10))),
    # A region is bad for one party, and not for the others.
    RestCrowd("IS", "7.15", {**dict.fromkeys(FIVE, (30, 29)), "IND01": (30, 10)}, region="South"),
    # Three groups' rest just stands, and just does not.
    RestCrowd("IS", "6.18.2", {"IND00": (20, 20), "IND01": (10, 9), "IND02": (10, 10)}),
    RestCrowd("IS", "6.18.1", {**dict.fromkeys(FIVE, (60, 58)), "IND02": (120, 117)}),
    RestCrowd("IS", "6.18.1", {"IND01": (35, 20)}, region="South"),
    RestCrowd("ES", "6.18.2", {"IND00": (20, 20), "IND01": (10, 9), "IND02": (9, 9)}),
    RestCrowd("ES", "6.18.1", dict.fromkeys(FIVE, (60, 57))),
    # Gas is one group's: it is small, or the other roles are in one of the steps. Regions around a twentieth.
    RestCrowd("IS", "8.2", {**dict.fromkeys(FIVE, (43, 42)), "IND00": (33, 32)}),
    RestCrowd("IS", "8.2", {"IND00": (10, 9)}, region="South"),
    RestCrowd("GS", "8.2", {"SUPA": (11, 9)}),
    RestCrowd("IS", "11.2", {**dict.fromkeys(FIVE, (43, 41)), "IND00": (32, 30)}),
    RestCrowd("IS", "11.2", {"IND00": (11, 11)}, region="South"),
    RestCrowd("GS", "11.2", {"SUPA": (21, 20)}),
    RestCrowd("IS", "7.4", dict.fromkeys(FIVE, (43, 40))),
    RestCrowd("GS", "7.4", {"SUPA": (43, 20)}),
    RestCrowd("GS", "6.18.1", {"SUPA": (500, 480)}),
    # Requests that are not answered leave a small rest of what is measured.
    RestCrowd("ES", "7.7", {"IND00": (2, 2)}),
    RestCrowd("ES", "7.7", {"IND00": (28, 0)}, is_answered=False),
    RestCrowd("ES", "7.14", dict.fromkeys(FIVE, (40, 39))),
    RestCrowd("ES", "7.15", dict.fromkeys(FIVE, (20, 19))),
    # North beside South: just three times chance and one less, just the gap and one less, a row too few.
    RestCrowd("GT", "8.4", {"GTX": (100, 81)}),
    RestCrowd("GT", "8.4", {"GTX": (100, 90)}, region="South"),
    RestCrowd("GT", "6.27", {"GTX": (100, 82)}),
    RestCrowd("GT", "6.27", {"GTX": (100, 90)}, region="South"),
    RestCrowd("GT", "12.2", {"GTX": (100, 98)}),
    RestCrowd("GT", "12.2", {"GTX": (100, 100)}, region="South"),
    RestCrowd("GT", "4.4.2", {"GTX": (100, 99)}),
    RestCrowd("GT", "4.4.2", {"GTX": (100, 100)}, region="South"),
    RestCrowd("RSA", "8.4", {"RSA1": (30, 20)}),
    RestCrowd("RSA", "8.4", {"RSA1": (50, 50)}, region="South"),
    RestCrowd("RSA", "6.27", {"RSA1": (29, 19)}),
    RestCrowd("RSA", "6.27", {"RSA1": (50, 50)}, region="South"),
    # Exactly three times chance worse than the month before, and one less.
    RestCrowd("RSA", "12.2", {"RSA1": (36, 28)}),
    RestCrowd("RSA", "4.4.2", {"RSA1": (36, 29)}),
)
# It answers slowly, and better the month before.
SLOW_PARTY, SLOW_SRV = "IND02", "6.18.1"
BEFORE_CROWDS: tuple[RestCrowd, ...] = (
    RestCrowd("IS", "6.18.1", {**dict.fromkeys(FIVE, (37, 36)), "IND01": (90, 90), "IND03": (29, 29)}),
    RestCrowd("IS", "7.14", dict.fromkeys(FIVE, (300, 299))),
    RestCrowd("ES", "6.18.1", dict.fromkeys(FIVE, (31, 30))),
    RestCrowd("RSA", "12.2", {"RSA1": (36, 36)}),
    RestCrowd("RSA", "4.4.2", {"RSA1": (36, 36)}),
)
# Alert code, role, and (rows, delivered) of each party. More codes are worse for one than a report has pages.
WORSE_CODES = tuple(f"81C{n:X}" for n in range(11))
REST_ALERTS: tuple[tuple[str, str, Crowd], ...] = (
    ("81B3", "IS", {"IND00": (150, 120)}),
    ("81B1", "IS", {**dict.fromkeys(FIVE, (40, 38)), "IND01": (40, 20)}),
    ("81B2", "IS", dict.fromkeys(FIVE, (40, 37))),
    *((code, "GS", {"SUPA": (30, 10)}) for code in WORSE_CODES),
)
BEFORE_ALERTS: tuple[tuple[str, str, Crowd], ...] = (
    ("81B1", "IS", dict.fromkeys(FIVE, (35, 35))),
    ("81B2", "IS", dict.fromkeys(FIVE, (35, 34))),
    *((code, "GS", {"SUPA": (30, 30)}) for code in WORSE_CODES),
)
# N16 of two suppliers to a network operator, and how many of them are met.
HANDOVER_CROWD: Crowd = {"IND00": (40, 10), "IND01": (45, 43)}
HANDOVER_CROWD_BEFORE: Crowd = {"IND00": (30, 30), "IND01": (40, 39)}
# Models shared by many estates: per model, Devices on firmware 2.0, 1.0, 1.1 of IND00, IND01, … each.
FIRMWARE_CROWDS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((20, 20, 0),) * 5,  # both rows just enough
    ((20, 20, 0),) * 4 + ((20, 19, 1),),  # the row of 1.0 one short, and one that nobody else has
    ((30, 5, 0),) * 4,  # groups too few
    ((12, 0, 0),) * 9,  # all on one firmware, groups too few to say so
    ((12, 0, 0),) * 9 + ((0, 0, 0), (0, 0, 0), (12, 0, 0)),  # in ten groups
    ((5, 0, 0), (0, 25, 0), (0, 25, 0), (0, 20, 0), (2, 20, 0), (1, 15, 9)),  # what only others have
    ((1, 50, 0), (1, 30, 0), (1, 25, 0), (1, 15, 0), (1, 10, 0)),  # a model as large as it may be
    ((1, 52, 0), (0, 30, 0), (2, 25, 0), (1, 15, 0), (1, 10, 0)),  # the largest one too many
    ((10, 1, 0), (9, 0, 0), (7, 3, 0), (4, 6, 0), (0, 10, 0), (7, 4, 0), (11, 9, 0), (7, 6, 9)),  # halves
)
READ_WITHIN = timedelta(hours=720)
HANDOVER_WITHIN = timedelta(hours=7 * 24)
# As far into the month as the as-of instant that the comparison gives for one month, less seven days.
GIVEN_AS_OF_LESS_A_WEEK = timedelta(days=16, hours=13, seconds=1)
BAD_TEXTS: dict[str, tuple[Any, ...]] = {
    "device_id": (
        "00-db-12-34-56-78-90-a1",
        "00DB1234567890A1",
        "00-DB-12-34-56-78-90",
        "00-DB-12-34-56-78-90-A1 ",
    ),
    "mpxn": (
        "12345",
        "12345678901",
        "123456789012",
        "12345678901234",
        "1234567890123\n",
        "\uff11234567",
        " 123456",
    ),
    "mpan": ("123456", "12345678901234", "123456789012x"),
    "srv": ("8", "8.14.1.2", "8.", "8.14.1 ", "a.b", ".1", "8..1"),
    "alert_code": ("8f35", "AD2", "N", "8F3", "n13", "8F35\n", "ad1"),
    "party_id": ("", "-abc", "_abc", "a b", "x" * 33, "p\u00e9", "abc\n", "a/b", ".."),
    "month": ("2026-13", "2026-1", "202601", "2026-00", "2026-01-01"),
    "instant": (
        "2026-02-30T00:00:00",
        "2026-02-10T24:00:00",
        "2026-02-10 10:00:60",
        "2026-02-10T10:00",
        "2026-02-10T10:00:00Z",
        "10/02/2026",
        "2026-02-10T10:00:00.1234567",
        "soon",
        " 2026-02-10T10:00:00",
    ),
    "date": ("2026-02-30", "2026-2-3", "03/02/2026", "2026-02-03T00:00:00", "never", "20260203"),
    "boolean": ("1", "yes", "T", "truee"),
}


def write_landing(folder: Path, month: str, seed: int, with_bad_files: bool = False) -> None:
    """Write a landing zone with every edge of the spec.

    Parameters: folder, created; month, `YYYY-MM`, the reporting month; seed, decides everything;
    with_bad_files, adds files that must be rejected as a whole.
    """
    world = _World(random.Random(seed), month)
    feeds = world.build()
    for name, rows in feeds.items():
        write_feed(folder, FEEDS[name], rows, world)
    # A file without rows, in the newest folder of all, fixes the default as-of instant.
    write_files(folder, FEEDS["incidents"], [[]], [world.newest_day], world)
    stray = folder / "service_requests" / "README.txt"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("not an input\n", encoding="utf-8")
    (folder / "service_requests" / "notes.parquet").write_bytes(b"not in a date folder")
    if with_bad_files:
        _write_bad_files(folder, world)


class _World:
    """One random small industry around a month."""

    def __init__(self, rng: random.Random, month: str) -> None:
        self.rng = rng
        year, number = (int(part) for part in month.split("-"))
        self.month = month
        self.start = datetime(year, number, 1)
        self.end = datetime(year + number // 12, number % 12 + 1, 1)
        self.first_day = self.start.date()
        self.last_day = self.end.date() - DAY
        self.newest_day = self.end.date() + rng.choice((3, 5)) * DAY
        self.as_of = datetime.combine(self.newest_day + DAY, time())
        self.texts = rng.sample(NASTY_TEXTS, 12)
        self.serial = 0
        self.states: dict[str, list[Row]] = {}
        self.alert_rows: list[Row] = []

    # Instants and days

    def landmarks(self) -> list[datetime]:
        """Instants at which rules change their mind."""
        middle = self.start + timedelta(days=self.rng.randrange(3, 25), hours=self.rng.randrange(24))
        noon = datetime.combine(middle.date(), time())
        switches = [self.start + 9 * DAY, self.start + 10 * DAY, self.start + 14 * DAY]
        return [self.start, self.start, self.end, self.end, middle, noon, noon, noon + DAY, *switches]

    def beside(self, instant: datetime) -> datetime:
        """An instant, on the spot or just beside it."""
        return instant + self.rng.choice((-TICK, timedelta(0), timedelta(0), TICK))

    def moment(self) -> datetime:
        """A moment, mostly of the month, often on a landmark."""
        if self.rng.random() < 0.35:
            return self.beside(self.rng.choice(self.landmarks()))
        span = (self.end - self.start).total_seconds()
        at = self.start + timedelta(
            seconds=self.rng.randrange(int(span)), microseconds=self.rng.randrange(10**6)
        )
        return at - timedelta(days=31) if self.rng.random() < 0.12 else at

    def day(self) -> date:
        """A day on which a period may start or end."""
        choices = [
            self.first_day,
            self.first_day - DAY,
            self.first_day + DAY,
            self.last_day,
            self.last_day - DAY,
            self.last_day + DAY,
            self.first_day + 9 * DAY,
            self.first_day + 10 * DAY,
            self.first_day - 200 * DAY,
            self.first_day - 40 * DAY,
            self.first_day - 400 * DAY,
            self.first_day + 14 * DAY,
        ]
        return self.rng.choice(choices)

    def recorded(self, after: datetime) -> datetime:
        """When a row was recorded: mostly soon after the event, always before the as-of instant."""
        return min(after + timedelta(seconds=self.rng.randrange(1, 90_000)), self.as_of - TICK)

    # Names

    def number(self) -> int:
        """A number not used before."""
        self.serial += 1
        return self.serial

    def text(self) -> str | None:
        """A maker, model, firmware or other free text."""
        roll = self.rng.random()
        if roll < 0.08:
            return self.rng.choice((None, ""))
        return self.rng.choice(self.texts if roll < 0.3 else PLAIN_TEXTS)

    def some(self, *values: Any) -> Any:
        """One of the values."""
        return self.rng.choice(values)

    # Feeds

    def build(self) -> dict[str, list[Row]]:
        """All feeds' rows."""
        feeds = {"parties": self.parties()}
        feeds["registrations"] = self.registrations()
        feeds["device_inventory"] = self.inventory()
        feeds["service_requests"] = self.requests()
        feeds["alerts"] = self.alerts()
        feeds["power_outage_timings"] = self.timings()
        feeds["central_products_list"] = self.products()
        feeds |= self.small_lists()
        for name, rows in feeds.items():
            feeds[name] = self.roughen(FEEDS[name], self.restate(FEEDS[name], rows))
        # Crowds come last, so that no bad or restated row moves them off their edge.
        feeds["service_requests"] += self.crowds()
        feeds["alerts"] += self.crowd_alerts()
        feeds["service_requests"] += self.installs() + self.takeovers()
        feeds["alerts"] += self.handovers() + self.outages()
        feeds["incidents"] += self.incidents()
        registrations, devices, products = self.firmware_crowds()
        feeds["registrations"] += registrations
        feeds["device_inventory"] += devices
        feeds["central_products_list"] += products
        early, before = self.start + 2 * DAY, self.start - 20 * DAY
        feeds["service_requests"] += self.rest_crowds(REST_CROWDS, early)
        feeds["service_requests"] += self.rest_crowds(BEFORE_CROWDS, before)
        feeds["alerts"] += self.rest_alerts(REST_ALERTS, early) + self.rest_alerts(BEFORE_ALERTS, before)
        supply, alerts = self.handover_crowds({early: HANDOVER_CROWD, before: HANDOVER_CROWD_BEFORE})
        feeds["registrations"] += supply
        feeds["alerts"] += alerts
        empty = self.some("throttling_events", "defects", "commentary", "power_outage_timings", None, None)
        if empty:
            feeds[empty] = []
        return feeds

    def parties(self) -> list[Row]:
        """A register with every kind of party; the newest list holds, older and later ones do not."""
        before, first, last = self.first_day - 300 * DAY, self.first_day, self.last_day
        middle = first + 10 * DAY
        entries: list[tuple[str, str, str | None, date | None, date | None]] = [
            ("SUPA", "IS", "Group 1", None, None),
            ("SUPA", "ES", "Group 1", None, None),
            ("SUPA", "GS", "Group 1", None, None),
            ("SUPB", "IS", "Group 1", before, None),
            ("SUPB", "GS", "Group 1", before, None),
            ("supC", "ES", None, None, None),
            ("SUPD", "GS", "=Group", middle, None),
            ("SUPD", "IS", "=Group", middle, middle),
            ("SUPE", "IS", "SUPA", before, middle),
            ("SUPE", "ES", "SUPA", before, last),
            ("GONE-1", "IS", None, before, first - DAY),
            ("SOON_2", "GS", None, last + DAY, None),
            ("9LAST", "IS", None, last, None),
            ("9FIRST", "GS", None, before, first),
            ("NETN", "ED", None, None, None),
            ("NETO", "ED", None, before, None),
            ("NETP", "ED", None, last, None),
            ("GTX", "GT", None, None, None),
            ("RSA1", "RSA", None, None, None),
            ("OUT1", "OU", None, None, None),
            ("OUT2", "OU", None, middle, last),
            ("CASE", "IS", None, None, None),
            ("SUPA", "OU", None, None, None),
        ]
        newest = self.first_day + self.some(0, 12) * DAY
        rows = [
            {
                "published_on": newest,
                "party_id": party,
                "party_name": self.text(),
                "corporate_group": group,
                "party_category": self.some("Large Supplier", "Small Supplier", None),
                "role": role,
                "active_from": start,
                "active_to": end,
            }
            for party, role, group, start, end in entries
        ]
        self.pairs = [(r["party_id"], r["role"]) for r in rows]
        self.active = {(r["party_id"], r["role"]): (r["active_from"], r["active_to"]) for r in rows}
        older = [
            {**r, "published_on": newest - 30 * DAY, "active_to": None}
            for r in rows
            if self.rng.random() < 0.7
        ]
        older.append({**rows[0], "published_on": newest - 30 * DAY, "party_id": "OLDCO"})
        clash = {**self.some(*rows), "party_id": "case", "role": self.some("IS", "GS")}
        later = [
            {**r, "published_on": self.newest_day + DAY, "active_from": self.end.date()} for r in rows[:4]
        ]
        rows += [
            {**rows[0], "party_id": f"IND{n:02d}", "role": role, "corporate_group": group}
            for role in ("IS", "ES")
            for n, group in enumerate([None] * 10 + ["IND09", "Ind Group", "Ind Group"])
        ]
        twins = [{**r, "party_name": self.some("A", None, "Zz")} for r in rows if self.rng.random() < 0.2]
        return [*rows, *older, clash, *later, *twins]

    def suppliers(self, role: str) -> list[str]:
        """Party ids of the register in a role."""
        return [party for party, other in self.pairs if other == role]

    def registrations(self) -> list[Row]:
        """Overlapping, gapped and ended periods of import, export and gas meter points."""
        rng = self.rng
        self.mpans = [f"{rng.choice((1, 2, 0))}{rng.randrange(10**8):08d}{i:04d}" for i in range(60)]
        self.exports = [f"7{rng.randrange(10**8):08d}{i:04d}" for i in range(24)]
        lengths = (6, 7, 8, 9, 10)
        self.mprns = sorted(
            {str(rng.randrange(10 ** rng.choice(lengths))).zfill(rng.choice(lengths)) for _ in range(40)}
        )
        self.mprns = [m[-10:] for m in self.mprns]
        rows: list[Row] = []
        for mpxn, role in [
            *((m, "IS") for m in self.mpans),
            *((m, "ES") for m in self.exports),
            *((m, "ES") for m in rng.sample(self.mpans, 15)),
            *((m, "GS") for m in self.mprns),
        ]:
            for start in sorted({self.day() for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 4)))}):
                length = rng.choice((None, None, None, 0, 1, 9, 30, 200, 500))
                named = role != "GS" and rng.random() < (0.7 if role == "IS" else 0.4)
                rows.append(
                    {
                        "extract_at": self.recorded(self.start - timedelta(days=rng.randrange(60))),
                        "mpxn": mpxn,
                        "role": role,
                        "supplier_party_id": rng.choice(self.suppliers(role)),
                        "effective_from": start,
                        "effective_to": None if length is None else start + length * DAY,
                        "network_operator_party_id": rng.choice(self.suppliers("ED")) if named else None,
                    }
                )
        for row in rng.sample(rows, len(rows) // 8):
            rows.append({**row, "supplier_party_id": rng.choice(self.suppliers(row["role"]))})
            rows.append({**row, "extract_at": row["extract_at"] - DAY, "effective_to": row["effective_from"]})
        self.registration_rows = rows
        return rows

    def device_id(self, kind: int, number: int) -> str:
        """A Device ID of a kind and number."""
        return f"00-DB-12-34-{kind:02X}-{number // 256:02X}-{number % 256:02X}-A1"

    def inventory(self) -> list[Row]:
        """Homes around a hub, each with a history; meters move between hubs, hubs are swapped or removed."""
        rng, rows = self.rng, []
        self.hubs = [self.device_id(1, i) for i in range(70)]
        self.targets: list[str] = list(self.hubs)
        rows += self.odd_homes()
        stray_hub = self.device_id(9, 1)
        for home, hub in enumerate(self.hubs):
            smets = rng.choice(("SMETS1", "SMETS2", "SMETS2", "SMETS2"))
            mpan, export = rng.choice(self.mpans), rng.choice(self.exports)
            mprn = rng.choice(self.mprns)
            kinds = ["CHF"]
            kinds += ["ESME"] * rng.choice((0, 1, 1, 1, 2)) + ["GSME"] * rng.choice((0, 1, 1, 2))
            kinds += rng.sample(["GPF", "GPF", "PPMID", "IHD", "HCALCS", "CAD"], rng.randrange(4))
            for index, kind in enumerate(kinds):
                device = hub if kind == "CHF" else self.device_id(2 + index, home)
                if kind != "CHF":
                    self.targets.append(device)
                own = {
                    "ESME": mpan if index == 1 else rng.choice(self.mpans),
                    "GSME": mprn if rng.random() < 0.7 else rng.choice(self.mprns),
                    "GPF": rng.choice((None, None, mprn)),
                }.get(kind)
                if rng.random() < 0.12:
                    own = rng.choice((None, "", own, rng.choice(self.mpans)))
                base = {
                    "device_id": device,
                    "operation": "upsert",
                    "device_type": kind,
                    "smets_version": smets,
                    "smart_metering_system_id": rng.choice((None, self.text(), f"SMS{home}")),
                    "device_status": rng.choice(
                        ("Commissioned",) * 6 + ("Pending", "Suspended", "InstalledNotCommissioned")
                    ),
                    "manufacturer": self.text(),
                    "model": self.text(),
                    "firmware_version": self.text(),
                    "chf_device_id": rng.choice((hub,) * 8 + (None, stray_hub, rng.choice(self.hubs)))
                    if kind != "CHF"
                    else rng.choice((None, hub, rng.choice(self.hubs))),
                    "csp_region": rng.choice((None, *CSP_REGIONS))
                    if smets == "SMETS2"
                    else rng.choice((None, None, "North")),
                    "s1sp": rng.choice((None, "S1 One", "=S1"))
                    if smets == "SMETS1"
                    else rng.choice((None,) * 9 + ("S1 One",)),
                    "mpxn": own,
                    "export_mpan": rng.choice((None, export, export, own if own and len(own) == 13 else None))
                    if kind == "ESME"
                    else None,
                    "postcode": rng.choice((None, "AB1 2CD", "ZE2 9XX")),
                    "commissioned_at": rng.choice(
                        (None, self.moment(), self.moment(), self.start - 90 * DAY)
                    ),
                    "payment_mode": rng.choice((None, "Credit", "Prepayment")),
                    "security_certificate_expires_on": rng.choice((None, self.expiry(), self.expiry())),
                }
                rows += self.history(base)
        return rows

    def odd_homes(self) -> list[Row]:
        """Homes in which the meter points are where one does not look for them."""
        rng, rows = self.rng, []
        since = self.start - 50 * DAY
        # Per home: (kind, mpxn, export_mpan, device_status) of each Device on the hub.
        for home in range(24):
            mpan, second = rng.sample(self.mpans, 2)
            export, mprn, other = rng.choice(self.exports), *rng.sample(self.mprns, 2)
            kind = (
                [("ESME", None, export, ""), ("PPMID", None, export, "")],
                [("ESME", None, export, ""), ("ESME", mpan, None, ""), ("GPF", None, None, "")],
                [("GSME", None, None, ""), ("ESME", mpan, export, ""), ("GPF", None, None, "")],
                [("GSME", mprn, None, ""), ("GSME", other, None, ""), ("GPF", None, None, "")],
                [("ESME", mpan, second, ""), ("ESME", second, mpan, ""), ("IHD", None, None, "")],
                [("ESME", mpan, mpan, "Decommissioned"), ("GSME", mprn, None, ""), ("CAD", None, None, "")],
                [("GPF", mprn, None, ""), ("PPMID", mpan, None, ""), ("IHD", None, export, "Withdrawn")],
                [("ESME", mprn, export, ""), ("GSME", mpan, None, ""), ("GPF", None, None, "")],
            )[home % 8]
            hub = self.device_id(1, 100 + home)
            for index, (device_type, mpxn, export_mpan, status) in enumerate(
                [("CHF", None, None, ""), *kind]
            ):
                device = hub if device_type == "CHF" else self.device_id(2 + index, 100 + home)
                self.targets.append(device)
                row = dict.fromkeys(c.name for c in FEEDS["device_inventory"].columns)
                row |= {
                    "device_id": device,
                    "extract_at": since + rng.randrange(9) * DAY,
                    "effective_at": since,
                    "operation": "upsert",
                    "device_type": device_type,
                    "device_status": status or "Commissioned",
                    "smets_version": "SMETS2",
                    "chf_device_id": hub,
                    "mpxn": mpxn,
                    "export_mpan": export_mpan,
                    "firmware_version": self.text(),
                }
                states = [row]
                if device_type == "CHF" and rng.random() < 0.3:
                    # The hub goes, what hung on it stays.
                    gone = {
                        **row,
                        "effective_at": self.moment(),
                        "operation": rng.choice(("remove", "upsert")),
                    }
                    states.append({**gone, "extract_at": self.end, "device_status": "Decommissioned"})
                self.states[device] = states
                rows += states
        return rows

    def expiry(self) -> date:
        """A day around month end + 30 days."""
        return self.last_day + self.rng.choice((0, 29, 30, 30, 31, 400, -400)) * DAY

    def history(self, base: Row) -> list[Row]:
        """1 to 5 states of a Device, in landing rows with repeats, ties and late arrivals."""
        rng = self.rng
        known_from = rng.choice((self.start - 60 * DAY,) * 5 + (self.moment(), self.start, self.end))
        rows, state = [], {**base, "effective_at": known_from}
        used = {known_from}
        for step in range(rng.choice((1, 1, 2, 3, 4, 5))):
            if step:
                at = self.moment()
                if at <= known_from or at in used:
                    continue
                used.add(at)
                state = {**state, "operation": "upsert", "effective_at": at}
                for change in rng.sample(
                    ("firmware", "hub", "status", "meter", "remove", "null", "other"), 2
                ):
                    state |= self.change(change, state)
            row = {**state, "extract_at": self.recorded(max(state["effective_at"], self.start - 60 * DAY))}
            self.states.setdefault(base["device_id"], []).append(row)
            rows.append(row)
            if rng.random() < 0.15:
                rows.append({**row, "model": self.text(), "payment_mode": rng.choice((None, "Credit"))})
            if rng.random() < 0.1:
                rows.append({**row, "extract_at": row["extract_at"] - timedelta(hours=1), "model": "older"})
        return rows

    def change(self, kind: str, state: Row) -> Row:
        """What a change of a Device alters."""
        rng = self.rng
        if kind == "firmware":
            return {"firmware_version": self.text()}
        if kind == "hub" and state["device_type"] != "CHF":
            return {"chf_device_id": rng.choice((*rng.sample(self.hubs, 3), None))}
        if kind == "status":
            return {"device_status": rng.choice(("Decommissioned", "Withdrawn", "Commissioned", "Recovery"))}
        if kind == "meter" and state["device_type"] in ("ESME", "GSME"):
            pool = self.mpans if state["device_type"] == "ESME" else self.mprns
            return {"mpxn": rng.choice((None, rng.choice(pool))), "commissioned_at": self.moment()}
        if kind == "remove":
            return {"operation": rng.choice(("remove", "upsert", "remove"))}
        if kind == "null":
            return {rng.choice(("manufacturer", "model", "csp_region", "firmware_version")): None}
        return {}

    def target_moment(self, device: str | None) -> datetime:
        """When something happens to a Device: often exactly when its state, or its hub's, changes."""
        states = self.states.get(device or "", [])
        roll = self.rng.random()
        if not states or roll < 0.35:
            return self.moment()
        state = self.rng.choice(states)
        if roll < 0.6:
            return self.beside(state["effective_at"])
        if roll < 0.75:
            hub_states = self.states.get(state["chf_device_id"] or "", [])
            return self.beside(self.rng.choice(hub_states)["effective_at"]) if hub_states else self.moment()
        if state["commissioned_at"] is None:
            return self.moment()
        midnight = datetime.combine(state["commissioned_at"].date(), time())
        return self.some(
            midnight - TICK, midnight, midnight + timedelta(hours=7), midnight + DAY - TICK, midnight + DAY
        )

    def is_active(self, pair: tuple[str, str], at: datetime) -> bool:
        """Whether a registered (party, role) is active on the day of an instant."""
        start, end = self.active[pair]
        return (start is None or start <= at.date()) and (end is None or at.date() <= end)

    def sender(
        self,
        at: datetime,
        roles: Iterable[str] = ("IS", "IS", "IS", "GS", "GS", "ES", "ED", "GT", "RSA", "OU", "OU"),
    ) -> tuple[str, str]:
        """A (party, role), nearly always one active on the day."""
        for _ in range(20):
            role = self.rng.choice(tuple(roles))
            party = self.rng.choice(self.suppliers(role))
            if self.is_active((party, role), at):
                return party, role
        return "SUPA", "IS"

    def device(self) -> str | None:
        """A target: mostly known, sometimes unknown to the inventory, sometimes none."""
        roll = self.rng.random()
        if roll < 0.05:
            return self.rng.choice((None, ""))
        return self.device_id(240, self.rng.randrange(5)) if roll < 0.08 else self.rng.choice(self.targets)

    def request(
        self, at: datetime, sender: tuple[str, str], device: str | None, srv: str, **given: Any
    ) -> Row:
        """One service request's final state."""
        rng = self.rng
        status = (
            rng.choice((2,) * 8 + (3, 4, 6, 8, 18, 19, 34, 34, 35, 32))
            if rng.random() < 0.8
            else rng.randrange(1, 38)
        )
        taken = rng.choice(
            (
                timedelta(0),
                TICK,
                timedelta(milliseconds=999, microseconds=999),
                timedelta(seconds=30),
                timedelta(seconds=30) + TICK,
                timedelta(seconds=rng.randrange(200), microseconds=rng.randrange(10**6)),
                timedelta(days=1),
                timedelta(days=5),
            )
        )
        ended = min(at + taken, max(at, self.as_of)) if rng.random() < 0.85 else None
        execution = (
            rng.choice((at, at + timedelta(seconds=5), at + taken, at + taken + DAY))
            if rng.random() < 0.15
            else None
        )
        row = {
            "transaction_id": f"T{rng.randrange(10**4):04d}-{self.number()}",
            "recorded_at": self.recorded(max(at, ended or at)),
            "srv": srv,
            "command_variant": rng.choice((1, 1, 1, 5, 5, 8, 4, 9)),
            "mode_of_operation": rng.choice((2, 2, 2, 3, 4, 6, 10, 1, 5, 7)),
            "originator_party_id": sender[0],
            "originator_role": sender[1],
            "device_id": device,
            "mpxn": rng.choice((None, None, "", rng.choice(self.mpans), rng.choice(self.mprns))),
            "report_status_id": status,
            "device_execution_status": rng.choice((None, "Success", "Failure")),
            "response_code": rng.choice(RESPONSE_CODES),
            "started_at": at,
            "execution_at": execution,
            "ended_at": ended,
            "southbound_ms": rng.choice((None, 0, 5)),
            "northbound_ms": rng.choice((None, 0, 7)),
            "sla_target_ms": rng.choice((None, 30_000)),
            "sla_exclusion_ms": rng.choice((None, None, None, 0, 1, 500, 10**9)),
            "csp_region": rng.choice((None, None, None, "", *CSP_REGIONS)),
            "s1sp": rng.choice((None,) * 6 + ("", "S1 One")),
        }
        return {**row, **given}

    def requests(self) -> list[Row]:
        """Requests of every kind, with late and repeated states."""
        rng, rows = self.rng, []
        for _ in range(2400):
            device = self.device()
            at = self.target_moment(device)
            rows.append(self.request(at, self.sender(at), device, rng.choice(SRVS)))
        rows += self.gains()
        rows += self.runs()
        rows += self.crowd()
        repeated = []
        for row in rows:
            if rng.random() < 0.08:
                repeated.append(
                    {**row, "recorded_at": row["recorded_at"] - timedelta(hours=1), "report_status_id": 1}
                )
            if rng.random() < 0.05:
                repeated.append(
                    {
                        **row,
                        "response_code": rng.choice((None, "E1", "Z9")),
                        "ended_at": rng.choice((None, row["ended_at"])),
                    }
                )
            if rng.random() < 0.03:
                repeated.append(
                    {
                        **row,
                        "recorded_at": self.as_of + rng.choice((timedelta(0), DAY)),
                        "report_status_id": 9,
                    }
                )
            if rng.random() < 0.02:
                repeated.append({**row, "recorded_at": self.as_of - TICK, "response_code": "E31"})
            if rng.random() < 0.02:
                repeated.append(dict(row))
        return rows + repeated

    def gains(self) -> list[Row]:
        """6.23 and what follows it: same day, midnight, other party, other role, not counted, failed."""
        rng, rows = self.rng, []
        for _ in range(25):
            device = rng.choice(self.targets)
            at = self.target_moment(device)
            sender = self.sender(at, ("IS", "GS"))
            given = rng.choice(
                (
                    {},
                    {"response_code": "E1"},
                    {"report_status_id": 1},
                    {"command_variant": 4},
                    {"device_id": None},
                    {"report_status_id": 2, "command_variant": 5},
                )
            )
            rows.append(self.request(at, sender, device, "6.23", **given))
            midnight = datetime.combine(at.date(), time())
            for _ in range(5):
                when = rng.choice(
                    (midnight, midnight - TICK, midnight + DAY - TICK, midnight + DAY, at, at - TICK)
                )
                who = rng.choice((sender, sender, sender, self.sender(when, ("IS", "GS"))))
                rows.append(self.request(when, who, device, rng.choice(("1.1.1", "6.8", "6.23", "6.21"))))
        return rows

    def runs(self) -> list[Row]:
        """Runs of 6.15.2 and 6.17 with gaps at and beside 24 hours, some across the start of the month."""
        rng, rows = self.rng, []
        for _ in range(45):
            device = rng.choice((*rng.sample(self.targets, 6), None))
            at = rng.choice(
                (self.start - timedelta(hours=30), self.start - DAY, self.moment(), self.moment())
            )
            sender, srv = self.sender(at, ("IS", "GS", "ES")), rng.choice(("6.15.2", "6.17"))
            for _ in range(rng.randrange(1, 6)):
                given = rng.choice(({}, {}, {}, {"report_status_id": 1}, {"command_variant": 4}))
                rows.append(self.request(at, sender, device, srv, **given))
                at += rng.choice(SPECIAL_GAPS)
        return rows

    def crowd(self) -> list[Row]:
        """Many alike requests, so that means and medians have something to round."""
        rng, rows = self.rng, []
        for device in rng.sample(self.targets, 6):
            at = self.start + timedelta(days=rng.randrange(20), hours=3)
            sender = self.sender(at)
            for _ in range(rng.randrange(8, 40)):
                at += timedelta(microseconds=rng.randrange(1, 10**9))
                given = {
                    "command_variant": 1,
                    "mode_of_operation": 2,
                    "report_status_id": 2,
                    "response_code": "I0",
                    "ended_at": at + timedelta(microseconds=rng.randrange(10**8)),
                    "execution_at": None,
                    "csp_region": "North",
                }
                rows.append(self.request(at, sender, device, "4.6.1", **given))
        return rows

    def crowds(self) -> list[Row]:
        """Requests of many parties at the edges of disclosure control."""
        rng, rows = self.rng, []
        for srv, crowd in zip(CROWD_SRVS, CROWDS, strict=True):
            device, day = rng.choice(self.targets), self.start + rng.randrange(27) * DAY
            for number, (volume, good) in enumerate(crowd):
                for index in range(volume):
                    at = day + timedelta(microseconds=rng.randrange(10**9))
                    given = {
                        "command_variant": 1,
                        "mode_of_operation": rng.choice((2,) * 9 + (4,)) if srv == "2.1" else 2,
                        "report_status_id": 2,
                        "response_code": "I0" if index < good else "E1",
                        "ended_at": at + timedelta(microseconds=rng.randrange(10**8)),
                        "csp_region": "North",
                    }
                    rows.append(self.request(at, (f"IND{number:02d}", "IS"), device, srv, **given))
        return rows

    def rest_crowds(self, crowds: Iterable[RestCrowd], since: datetime) -> list[Row]:
        """Requests of crowds, each on one of the seven days from a day on."""
        rng, rows = self.rng, []
        device = rng.choice(self.targets)
        for number, (role, srv, crowd, region, is_answered) in enumerate(crowds):
            day = since + number % 7 * DAY
            for party, (volume, good) in crowd.items():
                for index in range(volume):
                    at = day + timedelta(microseconds=rng.randrange(10**9))
                    taken = timedelta(microseconds=rng.randrange(10**8))
                    if (party, srv) == (SLOW_PARTY, SLOW_SRV):
                        taken += timedelta(seconds=100)
                    given = {
                        "command_variant": 1,
                        "mode_of_operation": 2,
                        "report_status_id": 2,
                        "response_code": "I0" if index < good else "E1",
                        "ended_at": at + taken if is_answered else None,
                        "execution_at": None,
                        "csp_region": region,
                    }
                    rows.append(self.request(at, (party, role), device, srv, **given))
        return rows

    def rest_alerts(self, crowds: Iterable[tuple[str, str, Crowd]], day: datetime) -> list[Row]:
        """Alerts to many parties at the edges of what is left, on a day."""
        rng, rows = self.rng, []
        for code, role, crowd in crowds:
            for party, (volume, good) in crowd.items():
                for index in range(volume):
                    at = day + timedelta(microseconds=rng.randrange(10**9))
                    given = {
                        "destination_role": role,
                        "suppressed": False,
                        "delivered_at": at + timedelta(milliseconds=rng.randrange(10**5))
                        if index < good
                        else None,
                    }
                    rows.append(self.event(code, at, party, **given))
        return rows

    def handover_crowds(self, crowds: dict[datetime, Crowd]) -> tuple[list[Row], list[Row]]:
        """Registrations in the area of a network operator, and N16 from there, met by an N42 or not."""
        points = {party: f"4{number:012d}" for number, party in enumerate(("IND00", "IND01"))}
        supply = [
            {
                "extract_at": self.start - 60 * DAY,
                "mpxn": point,
                "role": "IS",
                "supplier_party_id": party,
                "effective_from": self.first_day - 90 * DAY,
                "effective_to": None,
                "network_operator_party_id": "NETN",
            }
            for party, point in points.items()
        ]
        rows = []
        for day, crowd in crowds.items():
            for party, (volume, met) in crowd.items():
                for index in range(volume):
                    at = day + timedelta(seconds=index)
                    given = {"device_id": self.device_id(250, self.number()), "mpxn": points[party]}
                    rows.append(self.event("N16", at, "NETN", **given))
                    if index < met:
                        rows.append(self.event("N42", at + DAY, "NETN", **given))
        return supply, rows

    def crowd_alerts(self) -> list[Row]:
        """Alerts to many parties at the edges of disclosure control."""
        rng, rows = self.rng, []
        for code, crowd in zip(CROWD_ALERTS, CROWDS, strict=True):
            device, day = rng.choice(self.targets), self.start + rng.randrange(27) * DAY
            for number, (volume, good) in enumerate(crowd):
                for index in range(volume):
                    at = day + timedelta(microseconds=rng.randrange(10**9))
                    taken = timedelta(milliseconds=rng.choice((60_000, 60_001, 59_999, rng.randrange(10**5))))
                    rows.append(
                        {
                            "alert_id": f"A{self.number()}",
                            "recorded_at": self.recorded(at),
                            "alert_code": code,
                            "device_id": device,
                            "mpxn": None,
                            "destination_party_id": f"IND{number:02d}",
                            "destination_role": "ES",
                            "report_status_id": 7,
                            "raised_at": at,
                            "delivered_at": at + taken if index < good else None,
                            "response_code": None,
                            "remote_party_role": None,
                            "suppressed": False,
                            "csp_region": None,
                            "s1sp": None,
                        }
                    )
        return rows

    def alerts(self) -> list[Row]:
        """Alerts to one or several recipients, suppressed, undelivered, repeated."""
        rng, rows = self.rng, []
        for _ in range(700):
            code = rng.choice(ALERT_CODES)
            device = rng.choice(self.hubs) if code == "AD1" and rng.random() < 0.5 else self.device()
            at = self.target_moment(device)
            own = self.registered(device)
            base = {
                "alert_id": f"A{self.number()}",
                "recorded_at": self.recorded(at),
                "alert_code": code,
                "device_id": device,
                "report_status_id": rng.randrange(1, 38),
                "raised_at": at,
                "mpxn": rng.choice(
                    (None, None, "", rng.choice(self.mpans), rng.choice(self.exports), rng.choice(self.mprns))
                ),
                "delivered_at": rng.choice(
                    (None, at, at + timedelta(seconds=60), at + timedelta(seconds=60, microseconds=1000))
                ),
                "response_code": rng.choice(RESPONSE_CODES),
                "remote_party_role": rng.choice((None, "NetworkOperator", "Supplier")),
                "suppressed": rng.random() < 0.15,
                "csp_region": rng.choice((None, *CSP_REGIONS)),
                "s1sp": None,
            }
            for _ in range(rng.choice((1, 1, 2, 3))):
                party, role = self.sender(at, ("IS", "ES", "GS", "ED", "ED"))
                if own and rng.random() < 0.6 and self.is_active(own, at):
                    party, role = own
                row = {
                    **base,
                    "destination_party_id": party,
                    "destination_role": role,
                    "suppressed": rng.random() < 0.15,
                }
                rows.append(row)
                if rng.random() < 0.06:
                    rows.append(
                        {
                            **row,
                            "recorded_at": row["recorded_at"] + timedelta(0, rng.choice((0, 60))),
                            "delivered_at": None,
                            "suppressed": not row["suppressed"],
                        }
                    )
        self.alert_rows = rows
        return rows

    def registered(self, device: str | None) -> tuple[str, str] | None:
        """One that is, was or will be registered to a meter point of the Device or of its hub's Devices."""
        states = self.states.get(device or "", [])
        points = {s[c] for s in states for c in ("mpxn", "export_mpan")}
        if not points - {None, ""}:
            hubs = {s["chf_device_id"] for s in states} | {device}
            near = [s for several in self.states.values() for s in several if s["chf_device_id"] in hubs]
            points = {s["mpxn"] for s in near}
        found = [r for r in self.registration_rows if r["mpxn"] in points]
        if not found:
            return None
        row = self.rng.choice(found)
        operator = row["network_operator_party_id"]
        if operator and self.rng.random() < 0.3:
            return operator, "ED"
        return row["supplier_party_id"], row["role"]

    def good(self, at: datetime, sender: tuple[str, str], device: str | None, srv: str, **given: Any) -> Row:
        """A counted request, mostly with a Success."""
        sure = {
            "command_variant": 1,
            "report_status_id": 2,
            "response_code": self.some("I0", "I0", "I0", "W1", "E1"),
            "ended_at": at,
            "mpxn": None,
        }
        return self.request(at, sender, device, srv, **{**sure, **given})

    def supplier_of(self, device: str | None, at: datetime) -> tuple[str, str]:
        """A supplier of the Device or of what hangs on its hub, else any, active on the day."""
        found = self.registered(device) if device else None
        if found and found[1] in ("IS", "GS") and self.is_active(found, at):
            return found
        return self.some(("SUPA", "IS"), ("SUPA", "GS"), ("SUPB", "IS"), ("SUPB", "GS"))

    def installs(self) -> list[Row]:
        """Hubs and meters commissioned or not, 8.14.1 and 8.14.2 in turn, and reads at the edges of 720 h."""
        rng, rows = self.rng, []
        hubs = [s[0]["device_id"] for s in self.states.values() if s[0]["device_type"] == "CHF"]
        edges = [self.start, self.end - TICK, self.as_of - READ_WITHIN, self.as_of - READ_WITHIN - TICK]
        old = [self.start + n * DAY - timedelta(hours=90 * 24) for n in (1, 2, 15)]
        for hub in rng.choices(hubs, k=90):
            edge = self.beside(rng.choice(edges))
            at = rng.choice((self.target_moment(hub), edge, edge, self.moment()))
            sender = self.supplier_of(hub, at)
            srv = rng.choice(("8.14.1", "8.14.1", "8.14.2"))
            rows.append(self.good(at, sender, hub, srv))
            if rng.random() < 0.3:
                who = rng.choice((sender, sender, self.supplier_of(hub, at)))
                when = at + rng.choice((timedelta(0), TICK, timedelta(hours=1), DAY))
                if self.is_active(who, when):
                    rows.append(self.good(when, who, hub, rng.choice(("8.14.1", "8.14.2"))))
            meters = [s[-1]["device_id"] for s in self.states.values() if s[-1]["chf_device_id"] == hub]
            for meter in meters:
                if rng.random() < 0.5:
                    when = at + rng.choice((timedelta(0), TICK, DAY, READ_WITHIN, READ_WITHIN + TICK))
                    reader = rng.choice((("OUT1", "OU"), ("SUPA", "IS")))
                    rows.append(self.good(when, reader, meter, rng.choice(("4.1.1", "4.8.2", "4.17"))))
        for hub in rng.choices(hubs, k=25):
            at = self.beside(rng.choice(old))
            rows.append(self.good(at, self.some(("SUPA", "IS"), ("SUPB", "GS")), hub, "8.14.2"))
        commissioned = [
            (s["device_id"], s["commissioned_at"])
            for several in self.states.values()
            for s in several
            if s["commissioned_at"] is not None and s["commissioned_at"] >= self.start - 8 * DAY
        ]
        for device, at in rng.choices(commissioned, k=40):
            midnight = datetime.combine(at.date(), time())
            when = rng.choice((midnight, midnight - TICK, midnight + DAY, midnight + DAY - TICK))
            given = {"response_code": rng.choice(("E1", "E1", "I0"))}
            srv = rng.choice(("8.1.1", "8.1.1", "8.14.1"))
            rows.append(self.good(when, self.supplier_of(device, when), device, srv, **given))
        for device in [*rng.choices(self.targets, k=50), self.device_id(240, 1), self.device_id(240, 2)]:
            given = {"response_code": rng.choice(("E1", "E1", None))}
            when = self.target_moment(device)
            for srv in rng.sample(("8.1.1", "8.1.1", "8.14.1"), 2):
                rows.append(self.good(when, self.supplier_of(device, when), device, srv, **given))
        for srv in ("8.1.1", "8.14.1", "8.14.2"):
            for _ in range(4):
                when = self.moment()
                rows.append(self.good(when, self.some(("SUPA", "IS"), ("SUPA", "GS")), None, srv))
        return rows

    def takeovers(self) -> list[Row]:
        """Gains with an old supplier: its 8.14.x just before, at and after them, and reads 720 h before."""
        rng, rows = self.rng, []
        supplied = {r["mpxn"] for r in self.registration_rows if r["effective_from"] < self.first_day}
        meters = [d for d, s in self.states.items() if s[0]["mpxn"] in supplied and s[0]["chf_device_id"]]
        for meter in rng.choices(meters, k=70):
            at = rng.choice((self.moment(), self.beside(rng.choice(self.states[meter])["effective_at"])))
            at = at if at >= self.start - DAY else self.moment()
            earlier = [s for s in self.states[meter] if s["effective_at"] <= at]
            state = max(earlier or self.states[meter], key=lambda s: s["effective_at"])
            started = [
                r
                for r in self.registration_rows
                if r["mpxn"] == state["mpxn"] and r["effective_from"] <= at.date() and r["role"] != "ES"
            ]
            periods = sorted(started, key=lambda r: r["effective_from"])[-2:]
            sender = self.supplier_of(meter, at)
            if periods and rng.random() < 0.7:
                last = periods[-1]
                sender = "SUPB" if last["supplier_party_id"] == "SUPA" else "SUPA", last["role"]
            given = {"response_code": "I0"}
            if rng.random() < 0.15:
                given["mpxn"] = rng.choice((*rng.sample(self.mpans, 2), rng.choice(self.mprns)))
            rows.append(self.good(at, sender, meter, "6.23", **given))
            if rng.random() < 0.3:
                # A second one at the same instant, of another meter point.
                given["mpxn"] = rng.choice((None, rng.choice(self.mpans)))
                rows.append(self.good(at, sender, meter, "6.23", **given))
            for period in rng.choices(periods, k=3) if periods else ():
                roles = [role for party, role in self.pairs if party == period["supplier_party_id"]]
                old = period["supplier_party_id"], rng.choice(roles)
                when = at + rng.choice((-TICK, -TICK, timedelta(0), -DAY, -40 * DAY, -DAY))
                if self.is_active(old, when):
                    hub = rng.choice((state["chf_device_id"],) * 4 + (meter,))
                    rows.append(self.good(when, old, hub, rng.choice(("8.14.1", "8.14.2"))))
            if rng.random() < 0.7:
                when = at - rng.choice((READ_WITHIN, READ_WITHIN + TICK, TICK, timedelta(0), DAY))
                rows.append(self.good(when, ("OUT1", "OU"), meter, rng.choice(("4.1.1", "4.10", "5.1"))))
        return rows

    def event(self, code: str, at: datetime, party: str, **given: Any) -> Row:
        """An alert to a network operator."""
        return {
            "alert_id": f"A{self.number()}",
            "recorded_at": self.recorded(at),
            "alert_code": code,
            "device_id": None,
            "mpxn": None,
            "destination_party_id": party,
            "destination_role": "ED",
            "report_status_id": 7,
            "raised_at": at,
            "delivered_at": self.some(None, at),
            "response_code": None,
            "remote_party_role": None,
            "suppressed": self.rng.random() < 0.15,
            "csp_region": None,
            "s1sp": None,
            **given,
        }

    def handovers(self) -> list[Row]:
        """N16 and the N42 after it, at, beside and beyond seven days, and at the as-of instant."""
        rng, rows = self.rng, []
        edges = [self.start, self.end, self.as_of - HANDOVER_WITHIN, self.start + GIVEN_AS_OF_LESS_A_WEEK]
        operated = [r for r in self.registration_rows if r["network_operator_party_id"] in ("NETN", "NETO")]
        for number in range(70):
            at = self.beside(rng.choice(edges)) if number % 2 else self.moment()
            near = rng.choice(operated)
            party = rng.choice((near["network_operator_party_id"],) * 3 + ("NETN", "NETO"))
            device = rng.choice((*rng.sample(self.targets, 4), None, self.device_id(240, 3)))
            point = rng.choice((None, near["mpxn"], near["mpxn"]))
            rows.append(self.event("N16", at, party, device_id=device, mpxn=point))
            gaps = (timedelta(0), TICK, HANDOVER_WITHIN, HANDOVER_WITHIN, HANDOVER_WITHIN + TICK, DAY, -DAY)
            for gap in rng.sample(gaps, rng.choice((1, 1, 2, 3))):
                role = rng.choice((None, "NetworkOperator", "NetworkOperator", "Supplier", "networkoperator"))
                given = {"device_id": device, "remote_party_role": role}
                receiver = rng.choice((party, party, party, "NETN", "NETO"))
                rows.append(self.event("N42", at + gap, receiver, **given))
        for code in ("N13", "N55"):
            for device in rng.choices(self.targets, k=12):
                at = self.target_moment(device)
                rows += [self.event(code, at, "NETN", device_id=device) for _ in range(rng.randrange(1, 4))]
        return rows

    def outages(self) -> list[Row]:
        """AD1, 8F35 and 8F36 at a meter point: at equal instants, close, across the month's ends."""
        rng, rows = self.rng, []
        hubs = [s[0]["device_id"] for s in self.states.values() if s[0]["device_type"] == "CHF"]
        gaps = (timedelta(0), timedelta(0), TICK, timedelta(seconds=179), timedelta(minutes=3), 9 * DAY)
        for number in range(40):
            party, point, hub = self.some("NETN", "NETO"), rng.choice(self.mpans), rng.choice(hubs)
            at = (self.start - TICK, self.start - DAY, self.end - TICK, self.moment())[number % 4]
            for _ in range(rng.randrange(1, 7)):
                where = {"mpxn": point} if rng.random() < 0.9 else {"device_id": hub}
                if number == 39:
                    where = {}
                rows.append(self.event(rng.choice(("AD1", "8F35", "8F36")), at, party, **where))
                at = min(at + rng.choice(gaps), self.as_of - DAY)
        return rows

    def incidents(self) -> list[Row]:
        """Incidents of every category over midnights, of zero length, open, with and without an outage."""
        rng, rows = self.rng, []
        for number in range(36):
            midnight = self.start + rng.randrange(-2, 32) * DAY
            start = rng.choice((self.beside(midnight), midnight, self.moment()))
            end = rng.choice(
                (
                    None,
                    start,
                    start,
                    midnight + DAY,
                    midnight + DAY + TICK,
                    midnight + DAY - TICK,
                    start + TICK,
                )
            )
            end = max(start, end) if end else None
            outage = rng.random() < 0.6
            raised = start - rng.choice((timedelta(0), 3 * DAY)) if outage else start
            rows.append(
                {
                    "recorded_at": self.recorded(self.start),
                    # As text INC10 comes before INC9.
                    "incident_id": rng.choice(("INC", "inc", "=INC")) + str(number),
                    "title": ("x", None, "=Late, and more")[number % 3],
                    "category": rng.choice((1, 1, 2, 2, 3)),
                    "service": (None, "Data Service")[number % 2],
                    "csp_region": rng.choice((None, "North", "North", "SMETS1", "4G South", "Central")),
                    "smets_version": rng.choice((None, None, "SMETS1", "SMETS2")),
                    "resolver": None,
                    "dcc_responsible": None,
                    "raised_at": rng.choice((raised, raised, None)) if outage else raised,
                    "assigned_at": None,
                    "resolved_at": rng.choice((None, raised + 5 * DAY)) if outage else end,
                    "closed_at": None,
                    "outage_started_at": start if outage else None,
                    "outage_ended_at": end if outage else rng.choice((None, None, start)),
                    "related_transaction_id": None,
                }
            )
        return rows

    def firmware_crowds(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Registrations, Devices and products: models shared by many suppliers at the edges of disclosure."""
        rng = self.rng
        points = [f"3{n:012d}" for n in range(13)]
        supply = [
            {
                "extract_at": self.start - DAY,
                "mpxn": point,
                "role": "IS",
                "supplier_party_id": f"IND{n:02d}",
                "effective_from": self.first_day,
                "effective_to": None,
                "network_operator_party_id": None,
            }
            for n, point in enumerate(points)
        ]
        devices, products = [], []
        for model, crowd in enumerate(FIRMWARE_CROWDS):
            kind = ("ESME", "IHD", "PPMID", "GSME", "HCALCS", "ESME", "CAD", "ESME", "ESME")[model]
            names = {"manufacturer": "Crowd", "model": f"Model {model}"}
            for party, counts in enumerate(crowd):
                for firmware, count in zip(("2.0", "1.0", "1.1"), counts, strict=True):
                    for _ in range(count):
                        row = dict.fromkeys(c.name for c in FEEDS["device_inventory"].columns)
                        devices.append(
                            {
                                **row,
                                "device_id": self.device_id(128 + model, len(devices)),
                                "extract_at": self.start,
                                "effective_at": self.start - DAY,
                                "operation": "upsert",
                                "device_type": kind,
                                "device_status": "Commissioned",
                                "smets_version": "SMETS2",
                                "mpxn": points[party],
                                "firmware_version": firmware,
                                **names,
                            }
                        )
            versions = [("1.0", "Current"), ("2.0", "Current"), ("3.0", "Removed"), ("10.0", "Current")]
            for firmware, status in versions if model != 6 else versions[2:3]:
                products.append(
                    {
                        "device_type": rng.choice(("HCALCS", "CAD")) if kind in ("HCALCS", "CAD") else kind,
                        "firmware_version": firmware,
                        "smets_version": None,
                        "status": status,
                        "expires_on": None,
                        **names,
                    }
                )
        newest = self.first_day + 5 * DAY
        return supply, devices, [{"published_on": newest, **row} for row in products]

    def timings(self) -> list[Row]:
        """Timing log rows, some of which move the start of an alert across a month or a change of hands."""
        rng, rows = self.rng, []
        for alert in self.alert_rows:
            if rng.random() > 0.25:
                continue
            event = rng.choice(
                (
                    None,
                    self.beside(self.start),
                    self.beside(self.end),
                    alert["raised_at"] - timedelta(hours=1),
                )
            )
            acknowledged = rng.choice((None, (event or self.start) + timedelta(seconds=61), event))
            row = {
                "alert_id": alert["alert_id"],
                "recorded_at": self.recorded(self.end),
                "event_at": event,
                "destination_party_id": alert["destination_party_id"],
                "destination_role": alert["destination_role"],
                "csp_sent_at": None,
                "dsp_received_at": event,
                "sent_at": None,
                "acknowledged_at": acknowledged,
            }
            rows.append(row)
            if rng.random() < 0.2:
                rows.append({**row, "event_at": None})
        rows.append({**rows[0], "alert_id": "not an alert"} if rows else {})
        return [r for r in rows if r]

    def products(self) -> list[Row]:
        """Central Products List entries of the Devices, in several publications."""
        rng, rows = self.rng, {}
        newest = self.first_day + 5 * DAY
        for states in self.states.values():
            for state in states:
                names = [state[c] for c in ("device_type", "manufacturer", "model", "firmware_version")]
                if all(names) and rng.random() < 0.6:
                    rows[tuple(names)] = {
                        "published_on": newest,
                        **dict(
                            zip(
                                ("device_type", "manufacturer", "model", "firmware_version"),
                                names,
                                strict=True,
                            )
                        ),
                        "smets_version": rng.choice((None, "SMETS1", "SMETS2")),
                        "status": rng.choice((None, "Current", "Current", "Removed")),
                        "expires_on": rng.choice((None, self.expiry(), self.expiry())),
                    }
        entries = list(rows.values())
        older = [
            {**r, "published_on": newest - 9 * DAY, "status": "Removed"}
            for r in entries
            if rng.random() < 0.4
        ]
        older += [{**r, "published_on": self.newest_day + DAY, "status": "Removed"} for r in entries[:3]]
        return entries + older + [{**r, "expires_on": None} for r in entries if rng.random() < 0.1]

    def small_lists(self) -> dict[str, list[Row]]:
        """The lists that no published file of this comparison reads, for their counts."""
        rng = self.rng
        lists = {}
        for name, feed in FEEDS.items():
            if feed.file_format != "csv" or name in ("parties", "central_products_list"):
                continue
            rows = [{c.name: self.any_value(c) for c in feed.columns} for _ in range(rng.randrange(4, 25))]
            for row in rows:
                for start, end in feed.periods:
                    if row[start] and row[end] and rng.random() < 0.9:
                        row[start], row[end] = min(row[start], row[end]), max(row[start], row[end])
            lists[name] = rows + [dict(r) for r in rows if rng.random() < 0.2]
        return lists

    def any_value(self, column: Column) -> Any:
        """A value of a small list's column, mostly good."""
        rng, form = self.rng, column.form
        if not column.required and rng.random() < 0.2:
            return None
        if form in ("count", "whole"):
            return rng.randrange(20)
        if form == "decimal":
            return rng.choice((rng.randrange(20), f"{rng.randrange(20)}.{rng.randrange(100):02d}", "0.1"))
        if form.startswith("range:"):
            return rng.randrange(1, 6)
        makers: dict[str, Callable[[], Any]] = {
            "instant": self.moment,
            "date": self.day,
            "boolean": lambda: rng.random() < 0.5,
            "month": lambda: self.month,
            "list_region": lambda: rng.choice(LIST_REGIONS),
            "smets_version": lambda: rng.choice(("SMETS1", "SMETS2")),
            "device_id": lambda: rng.choice(self.targets),
            "outage_kind": lambda: rng.choice(("planned", "unplanned")),
            "direction": lambda: rng.choice(("Northbound", "Southbound")),
        }
        if form in makers:
            return makers[form]()
        return f"X{rng.randrange(30)}" if column.required else (self.text() or "text")

    def restate(self, feed: Feed, rows: list[Row]) -> list[Row]:
        """Add states at and after the as-of instant (of no use), and repeats of a row word for word."""
        clock = feed.latest_by
        is_day = clock == "published_on"
        added = []
        for row in self.rng.sample(rows, min(len(rows), 5)):
            added.append({**row, clock: self.newest_day + DAY if is_day else self.as_of})
            added.append({**row, clock: self.newest_day + 9 * DAY if is_day else self.as_of + TICK})
            added.append(dict(row))
            if not is_day:
                # The last state in time, with one column changed that the key and the clock leave alone.
                fixed = {*feed.key, clock, *(c.name for c in feed.columns if c.required)}
                free = [
                    c for c in feed.columns if c.name not in fixed and c.family == "text" and c.form == "text"
                ]
                changed = {self.rng.choice(free).name: self.some("restated", None)} if free else {}
                added.append({**row, clock: self.as_of - TICK, **changed})
        return rows + added

    # Bad rows

    def roughen(self, feed: Feed, rows: list[Row]) -> list[Row]:
        """Add rows that must be quarantined, for every reason the feed can have, some for several."""
        bad = []
        for column in feed.columns:
            for value in self.bad_values(feed, column):
                bad.append({**self.rng.choice(rows), column.name: value})
        for start, end in feed.periods:
            row = dict(self.rng.choice(rows))
            row[start] = row[start] or (self.day() if start.endswith(("_on", "_from")) else self.moment())
            row[end] = row[start] - self.rng.choice(
                (DAY,) if not isinstance(row[start], datetime) else (TICK, DAY)
            )
            bad.append(row)
        for prefix in ("originator", "destination"):
            if f"{prefix}_role" in rows[0]:
                for party, role in (
                    ("NOSUCH", "IS"),
                    ("case", "IS"),
                    ("SUPA", "ED"),
                    ("supa", "IS"),
                    ("OLDCO", "IS"),
                ):
                    bad.append({**self.rng.choice(rows), f"{prefix}_party_id": party, f"{prefix}_role": role})
                clock = "started_at" if prefix == "originator" else "raised_at"
                if clock in rows[0]:
                    bad += [self.outside(self.rng.choice(rows), prefix, clock) for _ in range(12)]
        if feed.name == "registrations":
            bad += [
                {**self.rng.choice(rows), "supplier_party_id": "NOSUCH"},
                {**self.rng.choice(rows), "supplier_party_id": "NETN", "role": "IS"},
                {**self.rng.choice(rows), "network_operator_party_id": "SUPA"},
                {
                    **self.rng.choice(rows),
                    "network_operator_party_id": "NOSUCH",
                    "supplier_party_id": "NOSUCH",
                },
            ]
        if feed.name == "provider_measures":
            bad += [{**self.rng.choice(rows), "numerator": 5, "denominator": d} for d in (4, 5, 0, None)]
        bad += [self.twice_bad(feed, self.rng.choice(bad)) for _ in range(max(4, len(bad) // 4))]
        keyed = [c.name for c in feed.columns if c.name in ("transaction_id", "alert_id")]
        for row in bad:
            # Half of the bad rows are states of a good row (and must not win over it), half stand alone.
            if keyed and row[keyed[0]] and self.rng.random() < 0.5:
                row[keyed[0]] = f"B{self.number()}"
        return rows + bad

    def outside(self, row: Row, prefix: str, clock: str) -> Row:
        """A row of a party on, or a tick beside, the first and last instants of its active days."""
        limited = [(pair, days) for pair, days in self.active.items() if any(days)]
        (party, role), (start, end) = self.rng.choice(limited)
        edges = [datetime.combine(start, time())] if start else []
        edges += [datetime.combine(end + DAY, time())] if end else []
        at = self.beside(self.rng.choice(edges))
        moved = {**row, f"{prefix}_party_id": party, f"{prefix}_role": role, clock: at}
        moved["ended_at" if prefix == "originator" else "delivered_at"] = None
        key = "transaction_id" if prefix == "originator" else "alert_id"
        moved |= {"srv": "2.2"} if prefix == "originator" else {"alert_code": "N13"}
        return {**moved, key: f"P{self.number()}"}

    def bad_values(self, feed: Feed, column: Column) -> list[Any]:
        """Values of a column that must be refused."""
        form, values = column.form, []
        if column.required:
            values.append(None)
            if column.family == "text" or feed.file_format == "csv":
                values.append("")
        if form in BAD_TEXTS and (column.family == "text" or feed.file_format == "csv"):
            values += [v for v in self.rng.sample(BAD_TEXTS[form], 3) if v != ""]
        elif form == "report_status":
            values += [0, 38, 127, 128, -1, 300]
        elif form.startswith("range:"):
            values += [0, 11, -3, 200] + ([" 2", "2.0", "two"] if feed.file_format == "csv" else [])
        elif form in ("duration", "count"):
            values += [-1, -(2**40)] + ([2**63] if self.rng.random() < 0.5 else [])
            values += ["1.5.1", "many", "1e3"] if feed.file_format == "csv" else []
        elif form == "decimal":
            values += [-1, "-0.5", "1.5.1", "many", "1e3", "1,5"]
        elif form == "whole":
            values += ["x", "--1"]
        elif column.family == "text" and form != "text":
            values += ["no such value", self.rng.choice(("is", "SMETS3", "north", " North", "Unknown"))]
        return values

    def twice_bad(self, feed: Feed, row: Row) -> Row:
        """A bad row with one more bad column."""
        column = self.rng.choice(feed.columns)
        values = self.bad_values(feed, column)
        return {**row, column.name: self.rng.choice(values)} if values else dict(row)


# Files


def write_rows(folder: Path, feed: str, rows: list[Row], day: date, seed: int = 0) -> None:
    """Write one file of a feed, landed on a day; columns that a row does not name are null."""
    complete = [{c.name: row.get(c.name) for c in FEEDS[feed].columns} for row in rows]
    target = folder / feed / f"date={day.isoformat()}"
    target.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    suffix = FEEDS[feed].file_format
    write = _write_csv if suffix == "csv" else _write_parquet
    write(target / f"rows-{len(list(target.iterdir()))}.{suffix}", FEEDS[feed], complete, rng)


def write_feed(folder: Path, feed: Feed, rows: list[Row], world: _World) -> None:
    """Split rows over files and `date=` folders at random, in any order."""
    rng = world.rng
    rows = list(rows)
    rng.shuffle(rows)
    files = max(1, min(6, len(rows) // 8))
    parts: list[list[Row]] = [[] for _ in range(files)]
    for row in rows:
        rng.choice(parts).append(row)
    if rng.random() < 0.3:
        parts.append([])
    days = [world.newest_day - rng.randrange(0, 35) * DAY for _ in parts]
    write_files(folder, feed, parts, days, world)


def write_files(folder: Path, feed: Feed, parts: list[list[Row]], days: list[date], world: _World) -> None:
    for part, day in zip(parts, days, strict=True):
        target = folder / feed.name / f"date={day.isoformat()}"
        target.mkdir(parents=True, exist_ok=True)
        name = world.rng.choice((f"part-{world.number()}", f"a b {world.number()}", f"it's_{world.number()}"))
        write = _write_csv if feed.file_format == "csv" else _write_parquet
        write(target / f"{name}.{feed.file_format}", feed, part, world.rng)


def _csv_text(value: Any, rng: random.Random) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return rng.choice((str(value), str(value).lower(), str(value).upper()))
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d") + rng.choice("T ") + value.strftime("%H:%M:%S")
        if value.microsecond % 1000 == 0 and rng.random() < 0.2:
            return f"{text}.{value.microsecond // 1000:03d}"
        return text + (f".{value.microsecond:06d}" if value.microsecond or rng.random() < 0.3 else "")
    return value.isoformat() if isinstance(value, date) else str(value)


def _write_csv(path: Path, feed: Feed, rows: list[Row], rng: random.Random) -> None:
    names = [c.name for c in feed.columns]
    extra = rng.sample(EXTRA_COLUMNS, rng.choice((0, 0, 1, 2)))
    header = names + extra
    rng.shuffle(header)
    ending = rng.choice(("\n", "\r\n"))
    encoding = rng.choice(("utf-8", "utf-8-sig"))
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, lineterminator=ending, quoting=quoting)
        writer.writerow(header)
        for row in rows:
            if rng.random() < 0.03:
                stream.write(ending)
            cells = [_csv_text(row.get(name, f"extra, {name}"), rng) for name in header]
            # The writer leaves a lone CR unquoted, which RFC 4180 does not allow.
            if any("\r" in cell for cell in cells):
                csv.writer(stream, lineterminator=ending, quoting=csv.QUOTE_ALL).writerow(cells)
            else:
                writer.writerow(cells)


def _integer_type(values: list[Any], rng: random.Random, narrow: str) -> str:
    fitting = [
        name
        for name, (low, high) in INTEGER_TYPES.items()
        if all(v is None or low <= v <= high for v in values)
    ]
    if not fitting:
        raise ValueError("no Parquet integer type holds these values together")
    return narrow if narrow in fitting and rng.random() < 0.5 else rng.choice(fitting)


def _write_parquet(path: Path, feed: Feed, rows: list[Row], rng: random.Random) -> None:
    columns = list(feed.columns)
    rng.shuffle(columns)
    # UBIGINT cannot hold negatives, so a value beyond BIGINT goes where there are none.
    for column in columns:
        if column.family == "integer" and any((row[column.name] or 0) > 2**63 - 1 for row in rows):
            for row in rows:
                if (row[column.name] or 0) < 0:
                    row[column.name] = 2**63
    selected, values = [], []
    for column in columns:
        of_column = [row[column.name] for row in rows]
        if column.family == "integer":
            narrow = "TINYINT" if "tinyint" in column.form or column.form == "report_status" else "BIGINT"
            sql_type = _integer_type(of_column, rng, narrow)
        else:
            sql_type = SQL_TYPES[column.family]
            if sql_type == "TIMESTAMP" and rng.random() < 0.05:
                sql_type = "TIMESTAMP_NS"
        values.append(of_column)
        selected.append(f'unnest(?::{sql_type}[]) as "{column.name}"')
    for name in rng.sample(EXTRA_COLUMNS, rng.choice((0, 0, 1, 2))):
        values.append([rng.randrange(9) for _ in rows])
        selected.insert(rng.randrange(len(selected) + 1), "")
        position = selected.index("")
        selected[position] = f'unnest(?::INTEGER[]) as "{name}"'
        values.insert(position, values.pop())
    group_size = rng.choice((2048, 122_880))
    target = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"create table rows as select {', '.join(selected)}", values)
        connection.execute(f"copy rows to '{target}' (format parquet, row_group_size {group_size})")


def _write_bad_files(folder: Path, world: _World) -> None:
    """Files that are rejected as a whole: each with its own fault."""
    day = f"date={(world.newest_day - DAY).isoformat()}"

    def place(feed: str, name: str, content: bytes) -> None:
        target = folder / feed / day
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)

    place("alerts", "empty.parquet", b"")
    place("alerts", "garbage.parquet", b"PAR1 this is no Parquet PAR1")
    whole = next((folder / "service_requests").glob("date=*/*.parquet")).read_bytes()
    place("service_requests", "truncated.parquet", whole[: len(whole) // 2])
    header = ",".join(c.name for c in FEEDS["defects"].columns)
    place("defects", "empty.csv", b"")
    place("defects", "ragged.csv", f"{header}\n2026-01-01T00:00:00,D1\n".encode())
    place("defects", "long.csv", f"{header}\n2026-01-01T00:00:00,D1,t,1,,,,,\n".encode())
    place("defects", "latin.csv", f"{header}\n2026-01-01T00:00:00,D1,caf\xe9,1,,,\n".encode("latin-1"))
    place("defects", "lacking.csv", b"recorded_at,defect_id\n2026-01-01T00:00:00,D1\n")
    place("defects", "unclosed.csv", f'{header}\n2026-01-01T00:00:00,"D1,t,1,,,\n'.encode())
    place("commentary", "header_only.csv", b"recorded_at,measure_id,month,csp_region,text\n")
    target = folder / "registrations" / day
    target.mkdir(parents=True, exist_ok=True)
    names = [c.name for c in FEEDS["registrations"].columns]
    with duckdb.connect() as connection:
        texts = ", ".join(f"'x' as {n}" for n in names)
        connection.execute(f"copy (select {texts}) to '{target / 'all_text.parquet'}' (format parquet)")
        connection.execute(f"copy (select 'x' as mpxn) to '{target / 'lacking.parquet'}' (format parquet)")
