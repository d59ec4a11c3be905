"""Simulated months told by both reports: of each role in the parties' files, of all roles in the industry's.

Each market is a business process of its own, so that the project's SQL releases all of them at once. What a
reader sees is read from the marts of the parties, and from the cells of the industry report. What it tries to
find is in the requests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb
import numpy
from disclosure_sql import MONTH, REPOSITORY, VOLUMES, Rules, empty, empty_rests
from industry_market import KEY, SHARES, IndustryRules, Key
from industry_market import MODELS as INDUSTRY_MODELS

DAYS = 3
# The roles of a market, with how many groups at least and at most (None: all of the market), and their size.
ROLES = (("IS", 5, None, 1.0), ("GS", 0, None, 0.7), ("OU", 0, 7, 0.3), ("RSA", 0, 3, 0.1))
SRVS = (("1.6", 60), ("2.2", 200), ("6.23", 30))
SEGMENTS = {"North": 0.5, "South": 0.3, "SMETS1": 0.2}
TYPES = {"ESME": 0.7, "GSME": 0.3}
WIDE = ("SMETS2", "SMETS1")
# Of each market the industry report has a second one, of which the parties' reports tell nothing.
APART = " apart"

Replacing = Iterable[tuple[str, str, str]]

# Markets at the edges of the rule, all of 2.2 in North on one day: their requests by role and group.
BIG = {f"G{number}": 160 for number in range(6)}
SMALL = {f"G{number}": 40 for number in range(6)}
EDGES: dict[str, dict[str, dict[str, int]]] = {
    "no role is withheld": {"IS": BIG, "OU": BIG},
    "the third group has half of the largest": {"IS": SMALL, "RSA": {"A": 20, "B": 20, "C": 10}},
    "the third group has less than half": {"IS": SMALL, "RSA": {"A": 20, "B": 20, "C": 9}},
    "the rest is a twentieth of the whole": {"IS": BIG | {"G0": 150}, "RSA": {"A": 50}},
    "the rest is less than a twentieth": {"IS": BIG | {"G0": 151}, "RSA": {"A": 50}},
    "two roles make one rest": {"IS": SMALL, "GS": {"A": 20, "B": 20}, "RSA": {"C": 20}},
    "a group is one in two roles": {"IS": SMALL, "GS": {"A": 20, "B": 20}, "RSA": {"A": 20, "B": 20}},
    "the rest is more than the others": {"IS": SMALL, "RSA": {"A": 180, "B": 100}, "OU": {"A": 10}},
    "no role is shown": {"IS": {"A": 99, "B": 90, "C": 30}, "GS": {"D": 10, "E": 9}},
}
# One that no rule of a month sees: both roles are shown, but in North is one group of OU.
FINER_EDGE = "one group of a role in North"


def simulate(markets: int, seed: int) -> list[tuple]:
    """The requests of some markets, and of those at the edges, as int_r2__volumes has them."""
    chance = numpy.random.default_rng(seed)
    rows: list[tuple] = []
    for market in range(markets):
        groups = int(chance.integers(5, 16))
        size = chance.lognormal(0, 0.9, groups)
        for place, (role, least, most, weight) in enumerate(ROLES):
            members = chance.permutation(groups)[: int(chance.integers(least, (most or groups) + 1))]
            scale = weight * chance.lognormal(0, 0.8)
            for srv, typical in SRVS:
                uses = members[chance.random(len(members)) < chance.choice([0.4, 0.8, 1.0])]
                rate = chance.beta(18, 2, len(uses))
                here = numpy.where(chance.random((len(uses), len(SEGMENTS))) < 0.75, [*SEGMENTS.values()], 0)
                month = typical * scale * size[uses] * chance.lognormal(0, 0.5, len(uses))
                mean = month[:, None, None, None] * here[:, :, None, None] / DAYS
                count = chance.poisson(
                    numpy.broadcast_to(
                        mean * numpy.array([*TYPES.values()])[None, None, :, None],
                        (len(uses), len(SEGMENTS), len(TYPES), DAYS),
                    )
                )
                for at in zip(*numpy.nonzero(count), strict=True):
                    number, segment, device_type, day = (int(index) for index in at)
                    requests = int(count[at])
                    rows.append(
                        _row(
                            f"M{market:04}",
                            (1000 * market + 100 * place + int(uses[number]), role, f"G{uses[number]:02}"),
                            (srv, day, [*TYPES][device_type], [*SEGMENTS][segment]),
                            requests,
                            int(chance.binomial(requests, rate[number])),
                            int(chance.integers(1000, 3000)),
                        )
                    )
    for market, (name, roles) in enumerate(EDGES.items()):
        for place, (role, groups_of_role) in enumerate(roles.items()):
            for number, (group, requests) in enumerate(groups_of_role.items()):
                party = (-1000 * market - 100 * place - number - 1, role, group)
                good = requests - max(1, requests * 37 // 1000)
                rows.append(_row(name, party, ("2.2", 0, "ESME", "North"), requests, good, 1240))
    for number in range(6):
        supplier = (-90000 - number, "IS", f"G{number}")
        rows.append(_row(FINER_EDGE, supplier, ("2.2", 0, "ESME", "North"), 40, 38 - (number == 5), 1240))
        other = (-90100 - number, "OU", f"U{number}")
        region = "South" if number else "North"
        rows.append(_row(FINER_EDGE, other, ("2.2", 0, "ESME", region), 25, 24 - number, 1240))
    return rows


def _row(
    process: str,
    party: tuple[int, str, str],
    place: tuple[str, int, str, str],
    count: int,
    good: int,
    ms: int,
) -> tuple:
    srv, day, device_type, segment = place
    generation = "SMETS1" if segment == "SMETS1" else "SMETS2"
    return (*party, process, srv, day, device_type, segment, generation, count, good, count, count * ms)


# ---- what is published -------------------------------------------------------------------------------


def publish(
    rows: list[tuple], replacing: Replacing = (), replacing_industry: Replacing = (), **variables: float
) -> duckdb.DuckDBPyConnection:
    """The marts of all parties, and what the industry report shows, by the project's SQL.

    Texts may be replaced, in the parties' models and macros (`replacing`, see `Rules`) and in the industry's
    (`replacing_industry`, see `IndustryRules`), and variables set.
    """
    connection = empty(DAYS)
    empty_rests(connection)
    given = {name: numpy.array(column) for name, column in zip(VOLUMES, zip(*rows, strict=True), strict=True)}
    assert given
    columns = [f"date '{MONTH}-01' + cast(day as integer)" if name == "day" else name for name in VOLUMES]
    connection.execute(
        f"insert into int_r2__volumes ({', '.join(VOLUMES)}) select {', '.join(columns)} from given"
    )
    connection.execute(
        f"insert into fct_report_obligations select distinct '{MONTH}', 'P' || party_key, role,"
        " 'business_process', party_key from int_r2__volumes"
    )
    for dimension in ("region", "device_type", "smets_version"):
        connection.execute(
            "insert into int_r2__dimension_volumes"
            f" select party_key, role, corporate_group, business_process, srv, '{dimension}', {dimension},"
            " cast(sum(request_count) as bigint), cast(sum(success_count) as bigint)"
            " from (from int_r2__volumes union all select * replace ('ALL' as srv) from int_r2__volumes)"
            " group by all"
        )
    rules = Rules(replacing, **variables)
    rules.release(connection, "table")
    rules.release_rests(connection)
    connection.execute(POOLS)
    seed = REPOSITORY / "seeds" / "pmr" / "segments.csv"
    connection.execute(f"create table segments as from read_csv('{seed}', header = true)")
    industry = IndustryRules(replacing_industry, **variables)
    for model in INDUSTRY_MODELS:
        connection.execute(f"create table {model} as {industry.sql(model)}")
    return connection


# The cells of the industry report: the requests of the month, of each SRV and of ALL, in each segment, split
# in each way; and those of a measure that is made of them.
POOLS = f"""
create table int_pmr_disclosure__pools as
with

markets as (
    from int_r2__volumes
    union all
    select * replace (business_process || '{APART}' as business_process) from int_r2__volumes
),

items as (
    from markets
    union all
    select * replace ('ALL' as srv) from markets
),

segments as (
    select *, region as segment from items
    union all
    select *, 'SMETS2' from items where region != 'SMETS1'
),

splits as (
    select *, 'rsvp' as family, 'ALL' as split, 'ALL' as split_value from segments
    union all
    select *, 'rsvp', 'day', cast(day as varchar)
    from segments
    where srv = 'ALL' or segment in {WIDE}
    union all
    select *, 'rsvp', 'device_type', device_type from segments where srv = 'ALL' and segment in {WIDE}
    union all
    select *, 'CoS1', unnest(['ALL', 'device_type']), unnest(['ALL', device_type])
    from segments
    where srv = '6.23' and segment in {WIDE}
    union all
    select *, 'CoS1', 'ALL', 'ALL' from segments where srv = '6.23' and segment not in {WIDE}
)

select {", ".join(KEY).replace(" item", " srv as item")}, corporate_group,
       cast(sum(request_count) as bigint) as row_count,
       cast(sum(success_count) as bigint) as share_1_part,
       cast(sum(request_count) as bigint) as share_1_whole,
       {", ".join(f"cast(0 as bigint) as {name}" for name in SHARES[2:])}
from splits
group by all
"""


# ---- what a reader has -------------------------------------------------------------------------------


@dataclass
class Place:
    """The same requests in both reports.

    Attributes:
        rows: by role and group.
        successes: by role.
        rates: the industry's success rate of the roles that are shown, as printed.
        is_told: the industry report shows the counts of all roles together.
    """

    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    successes: Counter[str] = field(default_factory=Counter)
    rates: dict[str, Decimal] = field(default_factory=dict)
    is_told: bool = False

    @property
    def whole(self) -> int:
        """How many requests there are."""
        return sum(rows.total() for rows in self.rows.values())

    @property
    def rest(self) -> Counter[str]:
        """The requests by group of the roles that are withheld."""
        withheld = (rows for role, rows in self.rows.items() if role not in self.rates)
        return sum(withheld, Counter())

    def width(self, step: Fraction) -> Fraction:
        """How far apart the rates lie that the rest may have, by one who knows every volume.

        Each role's rate was rounded to the step.
        """
        rest = self.rest.total()
        return step * (self.whole - rest) / rest

    def rounded(self, role: str, step: Fraction) -> Decimal:
        """The rate of a role, rounded to a step, half away from zero."""
        steps = Fraction(self.successes[role], self.rows[role].total()) / step
        whole = Decimal(steps.numerator) / Decimal(steps.denominator)
        nearest = whole.quantize(Decimal(1), ROUND_HALF_UP)
        return min(Decimal(1), nearest * step.numerator / step.denominator)


# Kinds of places besides the month.
FINER = ("region", "smets_version", "device_type", "day", "day and region", "day and smets_version")
PlaceKey = tuple[str, str, str, str, str]


def places(connection: duckdb.DuckDBPyConnection) -> dict[PlaceKey, Place]:
    """All places of both reports: (kind, process, SRV, day, value)."""
    found: dict[PlaceKey, Place] = defaultdict(Place)
    for kind, day, value in (
        ("month", "''", "''"),
        ("region", "''", "region"),
        ("smets_version", "''", "smets_version"),
        ("device_type", "''", "device_type"),
        ("day", "cast(day as varchar)", "''"),
        ("day and region", "cast(day as varchar)", "region"),
        ("day and smets_version", "cast(day as varchar)", "smets_version"),
    ):
        for process, srv, at, of, role, group, count, good in connection.execute(
            f"select business_process, srv, {day} as at, {value} as value, role, corporate_group,"
            " sum(request_count), sum(success_count)"
            " from (from int_r2__volumes union all select * replace ('ALL' as srv) from int_r2__volumes)"
            " group by all"
        ).fetchall():
            place = found[kind, process, srv, at, of]
            place.rows[role][group] += int(count)
            place.successes[role] += int(good)
    for *key, role, rate in connection.execute(RATES).fetchall():
        if rate is not None:
            found[tuple(key)].rates[role] = rate
    shown = industry_cells(connection)
    for (kind, process, srv, at, of), place in found.items():
        split = ("day", at) if at else ("device_type", of) if kind == "device_type" else ("ALL", "ALL")
        segments = (of,) if kind.endswith(("region", "smets_version")) else WIDE
        cells = [("rsvp", process, srv, segment, *split) for segment in segments]
        there = [shown[cell] for cell in cells if cell in shown]
        place.is_told = bool(there) and all(is_shown for _, is_shown in there)
        assert not place.is_told or sum(rows for rows, _ in there) == place.whole
    return found


# What the parties' files print of the roles.
RATES = """
select 'month' as kind, business_process, srv, '' as day, '' as value, role, industry_success_rate
from mart_r2__benchmark
union
select dimension, business_process, srv, '', value, role, industry_success_rate
from mart_r2__diagnosis
union
select case when region != 'ALL' then 'day and region'
            when smets_version != 'ALL' then 'day and smets_version' else 'day' end,
       business_process, srv, cast(day as varchar),
       case when region != 'ALL' then region when smets_version != 'ALL' then smets_version else '' end,
       role, industry_success_rate
from mart_r2__daily
where own_volume > 0 and device_type = 'ALL'
"""


def industry_cells(connection: duckdb.DuckDBPyConnection) -> Mapping[Key, tuple[int, bool]]:
    """The rows of each cell of the industry report, and whether it is shown."""
    return {
        row[:6]: (row[6], row[7])
        for row in connection.execute(
            f"select {', '.join(KEY)}, row_count, is_shown from int_pmr_disclosure__cells"
            f" join int_pmr_disclosure__cell_pools using (cell_id, {', '.join(KEY)})"
        ).fetchall()
    }
