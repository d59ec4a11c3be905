"""Simulated markets, what the project releases of them, and how often an attacker guesses a rival's rate.

Each market is a role of its own, so that the project's SQL releases all of them at once. What an attacker
uses is read from the published marts of its own party; what it tries to find, from all requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import duckdb
import numpy
from disclosure_sql import FIRMWARE_COUNTS, MONTH, VOLUMES, Rules, empty, empty_inventory

DAYS = 28
# Business process, SRV, the share of groups that use it, and the typical requests of a group in a month.
SRVS = (
    ("Billing", "4.8.1", 0.95, 400),
    ("Billing", "4.1.1", 0.85, 250),
    ("Billing", "4.2", 0.25, 150),
    ("Prepayment", "2.2", 0.8, 300),
    ("Prepayment", "1.5", 0.3, 120),
)
DEVICE_TYPES = (("ESME", 0.6), ("GSME", 0.4))
# How many groups, from 3 to 40: small markets are where the rule decides.
SIZES = (3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12, 15, 20, 28, 40)


def simulate(markets: int, seed: int, days: int, crowd: int = 1) -> dict[str, numpy.ndarray]:
    """Requests of some markets, as int_r2__volumes has them, and `is_recipient`.

    Success rates ~ Beta(18, 2) per group and SRV, volumes log-normal; the recipients are the largest, the
    second largest and two other groups. Of the other groups every sixth has two parties. Over one day only,
    that day has the requests of a month.

    A `crowd` of more than 1 has rates that lie closer by its root, and one group whose rate is halved.
    """
    chance = numpy.random.default_rng(seed)
    types, share = zip(*DEVICE_TYPES if days > 1 else (("ESME", 1.0),), strict=True)
    parts: list[dict[str, numpy.ndarray]] = []
    first_key = 0
    for market in range(markets):
        groups = SIZES[market % len(SIZES)]
        size = chance.lognormal(0, 1, groups)
        order = numpy.argsort(-size)
        is_recipient = numpy.zeros(groups, bool)
        is_recipient[order[:2]] = True
        is_recipient[chance.choice(order[2:], min(2, groups - 2), replace=False)] = True
        parties = numpy.where(~is_recipient & (chance.random(groups) < 1 / 6), 2, 1)
        group_of = numpy.repeat(numpy.arange(groups), parties)
        for process, srv, used, typical in SRVS:
            rate = chance.beta(18 * crowd, 2 * crowd, groups)
            if crowd > 1:
                rate[market % groups] /= 2
            month = typical * size * chance.lognormal(0, 0.5, groups) * (chance.random(groups) < used)
            mean = (month / parties)[group_of][:, None, None] * numpy.array(share)[None, :, None] / days
            requests = chance.poisson(numpy.broadcast_to(mean, (len(group_of), len(types), days)))
            party, device_type, day = numpy.nonzero(requests)
            count = requests[party, device_type, day]
            group = group_of[party]
            rows = len(count)
            parts.append(
                {
                    "party_key": first_key + party,
                    "role": numpy.full(rows, f"M{market:04}"),
                    "corporate_group": group,
                    "business_process": numpy.full(rows, process),
                    "srv": numpy.full(rows, srv),
                    "day": day,
                    "device_type": numpy.array(types)[device_type],
                    "region": numpy.full(rows, "North"),
                    "smets_version": numpy.full(rows, "SMETS2"),
                    "request_count": count,
                    "success_count": chance.binomial(count, rate[group]),
                    "measured_count": count,
                    "rtt_sum_ms": count * 1000,
                    "is_recipient": is_recipient[group],
                }
            )
        first_key += len(group_of)
    return {name: numpy.concatenate([part[name] for part in parts]) for name in parts[0]}


def release(markets: int, seed: int, rules: Rules, days: int = DAYS) -> duckdb.DuckDBPyConnection:
    """Simulated markets with the marts of their recipients, by the project's SQL, and what may be guessed."""
    connection = empty(days)
    simulated = simulate(markets, seed, days)  # noqa: F841 - read by name below
    columns = [f"date '{MONTH}-01' + cast(day as integer)" if name == "day" else name for name in VOLUMES]
    connection.execute(
        f"insert into int_r2__volumes ({', '.join(VOLUMES)}) select {', '.join(columns)} from simulated"
    )
    connection.execute(
        f"insert into fct_report_obligations select distinct '{MONTH}', 'P' || party_key, role,"
        " 'business_process', party_key from simulated where is_recipient"
    )
    rules.release(connection, "table")
    for script in (TRUTH, RELEASED_GUESSES, WITHHELD_GUESSES):
        connection.execute(script)
    return connection


# The largest rival of each recipient, by its rows: of the month, and of a day and split.
TRUTH = """
create table by_group as
select role, business_process, srv, day, device_type, corporate_group,
       sum(request_count) as requests, sum(success_count) as successes
from (
    select role, business_process, unnest([srv, 'ALL']) as srv, day, device_type, corporate_group,
           request_count, success_count
    from int_r2__volumes
)
group by grouping sets (
    (role, business_process, srv, corporate_group),
    (role, business_process, srv, day, corporate_group),
    (role, business_process, srv, day, device_type, corporate_group)
);

create table recipients as
select distinct obligations.party_id, volumes.role, volumes.corporate_group
from fct_report_obligations as obligations
inner join int_r2__volumes as volumes on obligations.party_key = volumes.party_key;

create table truth as
select recipients.party_id, by_group.role, by_group.business_process, by_group.srv, by_group.day,
       by_group.device_type,
       arg_max(by_group.successes / by_group.requests, (by_group.requests, by_group.corporate_group))
           filter (where by_group.corporate_group != recipients.corporate_group) as rival_rate,
       sum(by_group.requests) filter (where by_group.corporate_group = recipients.corporate_group)
           / sum(by_group.requests)
           as own_weight,
       coalesce(
           max(by_group.requests) filter (where by_group.corporate_group != recipients.corporate_group), 0
       ) as rival_requests,
       sum(by_group.successes) / sum(by_group.requests) as pooled_rate,
       count(*) filter (
           where by_group.corporate_group != recipients.corporate_group
           and by_group.requests > coalesce(own.requests, 0)
       ) as larger_rivals
from by_group
inner join recipients on by_group.role = recipients.role
left join by_group as own
    on own.role = by_group.role and own.business_process = by_group.business_process
    and own.srv = by_group.srv and own.day is not distinct from by_group.day
    and own.device_type is not distinct from by_group.device_type
    and own.corporate_group = recipients.corporate_group
group by all;
"""

# What is guessed of a cell of which the industry figure is released. A weight is the attacker's own share of
# the industry's volume, which is not published: that of one among equals, by how the industry's figure of a
# day (and split) follows its own, or by what it knows of the market.
RELEASED_GUESSES = """
create or replace table guesses as
with

followed as (
    select party_id, business_process, srv,
           regr_slope(industry_success_rate, own_success_rate)
               filter (where device_type = 'ALL' and region = 'ALL' and smets_version = 'ALL') as by_day,
           regr_slope(industry_success_rate, own_success_rate) filter (where device_type != 'ALL') as by_split
    from mart_r2__daily
    group by all
),

peers as (
    select league.party_id, league.business_process, league.srv, league.success_rate,
           benchmark.industry_success_rate as industry,
           count(*) over (
               partition by league.party_id, league.business_process, league.srv order by league.success_rate
               range between 0.01 preceding and 0.01 following
           ) as within_a_point
    from mart_r2__league_table as league
    inner join mart_r2__benchmark as benchmark using (party_id, role, business_process, srv)
    where not league.is_recipient
),

leagues as (
    select party_id, business_process, srv, count(*) + 1 as parties, median(success_rate) as median_rate,
           arg_min(success_rate, (abs(success_rate - industry), success_rate)) as nearest_rate,
           arg_max(success_rate, (within_a_point, -abs(success_rate - industry), success_rate))
               as densest_rate
    from peers
    group by all
),

cells as (
    select benchmark.*, truth.rival_rate, truth.own_weight, truth.larger_rivals,
           own_success_rate as own, industry_success_rate as industry,
           least(greatest(followed.by_day, 0), 0.5) as day_weight,
           least(greatest(followed.by_split, 0), 0.5) as split_weight,
           1 / coalesce(ranked_parties, 5) as equal_weight,
           least(own_weight * 2 ** (hash(party_id, srv, business_process) % 2001 / 1000 - 1), 0.5)
               as factor_weight,
           leagues.* exclude (party_id, business_process, srv)
    from mart_r2__benchmark as benchmark
    inner join truth
        using (party_id, role, business_process, srv)
    left join followed using (party_id, business_process, srv)
    left join leagues using (party_id, business_process, srv)
    where truth.day is null and industry_success_rate is not null
),

guessed as (
    select *,
           (industry - equal_weight * own) / (1 - equal_weight) as less_equal,
           (industry - day_weight * own) / (1 - day_weight) as less_day,
           (industry - split_weight * own) / (1 - split_weight) as less_split,
           (industry - factor_weight * own) / (1 - factor_weight) as less_factor,
           (industry - own_weight * own) / (1 - own_weight) as less_exact
    from cells
)

select * from guessed
"""


# What is guessed of a cell of which the industry figure is withheld, while that of the cells around it is
# not: what remains when the released parts are taken from the whole, at the weights of the attacker's own
# rows (`remainder`), and that less its own at a half (`less_own`). `industry` is the figure of the whole.
WITHHELD_GUESSES = """
create or replace table withheld_guesses as
with

months as (
    select party_id, role, business_process, srv, own_volume, own_success_rate, industry_success_rate
    from mart_r2__benchmark
),

days as (
    select party_id, role, business_process, srv, day, device_type, own_volume, own_success_rate,
           industry_success_rate
    from mart_r2__daily
    where region = 'ALL' and smets_version = 'ALL' and own_volume > 0
),

parts as (
    -- A whole with a released figure, and one of its parts.
    select 'ALL against SRVs' as link, part.party_id, part.role, part.business_process, part.srv,
           cast(null as date) as day, cast(null as varchar) as device_type,
           hash(part.role, part.party_id, part.business_process) as whole,
           all_srvs.own_volume as whole_volume, all_srvs.industry_success_rate as industry,
           part.own_volume, part.own_success_rate, part.industry_success_rate as released
    from months as part
    inner join months as all_srvs using (party_id, role, business_process)
    where part.srv != 'ALL' and all_srvs.srv = 'ALL' and all_srvs.industry_success_rate is not null

    union all

    select 'splits against ALL', part.party_id, part.role, part.business_process, part.srv, part.day,
           part.device_type, hash(part.role, part.party_id, part.business_process, part.srv, part.day),
           day.own_volume, day.industry_success_rate,
           part.own_volume, part.own_success_rate, part.industry_success_rate
    from days as part
    inner join days as day using (party_id, role, business_process, srv, day)
    where part.device_type != 'ALL' and day.device_type = 'ALL' and day.industry_success_rate is not null

    union all

    select 'days against the month', part.party_id, part.role, part.business_process, part.srv, part.day,
           cast(null as varchar), hash(part.role, part.party_id, part.business_process, part.srv),
           month.own_volume, month.industry_success_rate,
           part.own_volume, part.own_success_rate, part.industry_success_rate
    from days as part
    inner join months as month using (party_id, role, business_process, srv)
    where part.device_type = 'ALL' and month.industry_success_rate is not null
),

remains as (
    select *,
           sum(own_volume) filter (where released is null) over (partition by link, whole) as left_volume,
           coalesce(
               sum(own_volume * released) filter (where released is not null) over (partition by link, whole),
               0
           ) as released_volume
    from parts
),

final as (
    select remains.link, remains.role, remains.industry, truth.rival_rate, truth.rival_requests,
           truth.pooled_rate,
           remains.own_success_rate as own, remains.released_volume > 0 as has_released_parts,
           (whole_volume * industry - released_volume) / left_volume as remainder,
           2 * (whole_volume * industry - released_volume) / left_volume - remains.own_success_rate
               as less_own
    from remains
    inner join truth
        on remains.party_id = truth.party_id and remains.role = truth.role
        and remains.business_process = truth.business_process and remains.srv = truth.srv
        and remains.day is not distinct from truth.day
        and remains.device_type is not distinct from truth.device_type
    where remains.released is null and truth.rival_rate is not null
)

select * from final
"""


@dataclass(frozen=True)
class Measured:
    """How many times as often a guess hits as one from the industry figure alone, and over how many cells."""

    ratio: float
    error: float
    cells: int


def measure(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    guess: str,
    where: str = "true",
    known: str = "industry",
) -> Measured:
    """Compare the hits of a guess with those of `known`, the guess of one who has the industry figure alone.

    A hit is the largest rival's rate to within one percentage point; a guess out of 0 to 1 is moved there.
    The standard error is that over markets: recipients of one market have a rival in common.
    """
    cells, hits, known_hits = connection.execute(
        f"""
        create or replace temp table compared as
        select role, abs(greatest(0, least(1, {guess})) - rival_rate) <= 0.01 as hits,
               abs(least(1, {known}) - rival_rate) <= 0.01 as known_hits
        from {table}
        where {guess} is not null and {where};
        select count(*), count(*) filter (where hits), count(*) filter (where known_hits) from compared
        """
    ).fetchone()
    ratio = hits / known_hits
    (squares,) = connection.execute(
        "select sum(squared) from (select (count(*) filter (where hits)"
        " - $ratio * count(*) filter (where known_hits)) ** 2 as squared from compared group by role)",
        {"ratio": ratio},
    ).fetchone()
    return Measured(ratio, squares**0.5 / known_hits, cells)


# ---- estates ---------------------------------------------------------------------------------------


def release_estates(models: int, seed: int, rules: Rules) -> duckdb.DuckDBPyConnection:
    """Estates of some Device Models, each a role of its own, with summary.csv of every party by the project.

    Log-normal numbers of Devices of 5 to 20 groups on 2 to 6 firmware versions; few groups have some of them.
    """
    chance = numpy.random.default_rng(seed)
    parts: list[dict[str, numpy.ndarray]] = []
    first_key = 0
    for model in range(models):
        groups, versions = int(chance.integers(5, 21)), int(chance.integers(2, 7))
        used = chance.random((groups, versions)) < chance.beta(1, 1, versions)
        mean = 200 * chance.lognormal(0, 1, groups)[:, None] * chance.dirichlet(numpy.ones(versions), groups)
        devices = chance.poisson(mean * used)
        group, version = numpy.nonzero(devices)
        parts.append(
            {
                "party_key": first_key + group,
                "role": numpy.full(len(group), f"M{model:04}"),
                "corporate_group": group,
                "device_type": numpy.full(len(group), "ESME"),
                "manufacturer": numpy.full(len(group), "Acme"),
                "model": numpy.full(len(group), "E1"),
                "firmware_version": version,
                "device_count": devices[group, version],
            }
        )
        first_key += groups
    connection = empty_inventory()
    simulated = {name: numpy.concatenate([part[name] for part in parts]) for name in parts[0]}  # noqa: F841
    connection.execute(
        f"insert into int_r1__firmware_counts select {', '.join(FIRMWARE_COUNTS)} from simulated"
    )
    rules.release_inventory(connection)
    connection.execute(RESTS)
    return connection


# Of each model of which some versions are shown and some are not: what an attacker who sees all that is
# shown knows of the others together, and their Devices by group, from the estates.
RESTS = """
create table rests as
with

printed as (
    select distinct role, firmware_version, industry_share from mart_r1__summary where device_count > 0
),

known as (
    select role, 1 - sum(industry_share) as remainder,
           -- Shares that are all multiples of 0.05 may have been rounded to them.
           bool_and(industry_share * 20 = round(industry_share * 20)) as is_coarse
    from printed
    group by role
    having count(industry_share) between 1 and count(*) - 1
),

by_group as (
    select counts.role, counts.corporate_group,
           sum(device_count) filter (where printed.industry_share is null) as devices
    from int_r1__firmware_counts as counts
    inner join printed using (role, firmware_version)
    group by all
)

select known.role, known.remainder, known.is_coarse, count(devices) as groups, sum(devices) as devices,
       sum(devices) / (select sum(device_count) from int_r1__firmware_counts as c where c.role = known.role)
           as rest_share,
       list_reverse_sort(list(devices) filter (where devices is not null)) as by_size
from known
inner join by_group using (role)
group by known.role, known.remainder, known.is_coarse;
"""


@dataclass(frozen=True)
class Followed:
    """What follows of models that are shown in part.

    Parameters:
        models: how many models have versions that are shown and versions that are withheld.
        followed: of how many the withheld ones together follow, to half a thousandth for each share.
        telling: of how many that tells of a group.
    """

    models: int
    followed: int
    telling: int


def follow(connection: duckdb.DuckDBPyConnection) -> Followed:
    """Take the shares that are shown of each model from 1.

    It tells of a group where the rest is of less than three, or where one of them, which takes its own
    Devices from the rest, knows a rival's to within half of them.
    """
    models = followed = telling = 0
    for remainder, is_coarse, groups, devices, share, by_size in connection.execute(
        "select remainder, is_coarse, groups, devices, rest_share, by_size from rests"
    ).fetchall():
        models += 1
        if is_coarse:
            continue
        assert abs(float(remainder) - float(share)) < 0.004, (
            "each of up to 6 shares is off by half a thousandth"
        )
        followed += 1
        insiders = permutations(by_size[:3], 2)
        telling += groups < 3 or any(devices - own < 1.5 * rival for own, rival in insiders)
    return Followed(models, followed, telling)


# ---- what is left of a process -----------------------------------------------------------------------


def release_rests(
    markets: int, seed: int, rules: Rules, days: int = 1, crowd: int = 1
) -> duckdb.DuckDBPyConnection:
    """Simulated markets, what is printed of their processes and SRVs, and what follows of what is left.

    Only the models that the industry's success rates hang on are made, and `left_guesses`.
    """
    connection = empty(days)
    simulated = simulate(markets, seed, days, crowd)
    columns = [f"date '{MONTH}-01' + cast(day as integer)" if name == "day" else name for name in VOLUMES]
    connection.execute(
        f"insert into int_r2__volumes ({', '.join(VOLUMES)}) select {', '.join(columns)} from simulated"
    )
    connection.execute(
        "create table recipients as select distinct role, corporate_group from simulated where is_recipient"
    )
    del simulated
    for model in RATE_MODELS:
        connection.execute(f"create table {model} as {rules.sql(model)}")
    connection.execute(rules.expression(PRINTED))
    connection.execute(LEFT_GUESSES)
    return connection


RATE_MODELS = (
    "int_r2__days",
    "int_r2__own_months",
    "int_r2__industry_days",
    "int_r2__industry_pools",
    "int_r2__industry_rests",
    "int_r2__industry_steps",
    "int_r2__industry_months",
)
# The industry's success rates as benchmark.csv and daily.csv print them: of the month (no day), of each day.
PRINTED = """
create table printed as
select role, business_process, srv, cast(null as date) as day, requests_row_count as requests,
       {{ released_share('success_count', 'requests', 'is_share_shown', 'share_step') }} as rate
from int_r2__industry_months
union all
select days.role, days.business_process, days.srv, days.day, days.requests_row_count,
       {{ released_share(
           'days.success_count', 'days.requests', 'months.is_share_shown',
           'greatest(' ~ thousandths_of(var('day_step')) ~ ', months.share_step)'
       ) }}
from int_r2__industry_days as days
inner join int_r2__industry_months as months using (role, business_process, srv)
where days.device_type = 'ALL' and days.region = 'ALL' and days.smets_version = 'ALL'
"""

# What is left of a process where its rate and those of some SRVs are shown, by one who knows every volume of
# the industry exactly: from the month's rates, and from those of the days. It is a recipient, which takes out
# its own rows (`own_requests`), or anybody else (none). The rival is the largest other group of what is left.
LEFT_GUESSES = """
create table lefts as
select whole.role, whole.business_process, whole.day, any_value(whole.rate) as industry,
       any_value(whole.requests) as whole_requests,
       any_value(whole.requests * whole.rate) - coalesce(sum(part.requests * part.rate), 0) as successes,
       sum(part.requests) filter (where part.rate is null) as requests,
       list(part.srv) filter (where part.rate is null) as srvs
from printed as whole
inner join printed as part
    on whole.role = part.role and whole.business_process = part.business_process
    and whole.day is not distinct from part.day
where whole.srv = 'ALL' and whole.rate is not null and part.srv != 'ALL'
group by whole.role, whole.business_process, whole.day
having count(part.rate) > 0 and count(*) > count(part.rate);

create table left_guesses as
with

months as (
    select * from lefts where day is null
),

groups as (
    select months.role, months.business_process, own.corporate_group,
           sum(own.request_count) as requests, sum(own.success_count) as successes
    from months
    inner join int_r2__own_months as own
        on months.role = own.role and months.business_process = own.business_process
        and list_contains(months.srvs, own.srv)
    group by all
),

attackers as (
    select role, corporate_group as attacker from recipients
    union all
    select distinct role, null from recipients
),

whole_days as (
    -- Days on which no more is withheld than of the month.
    select days.role, days.business_process, days.day, days.requests, days.successes, months.srvs
    from months
    inner join lefts as days
        on months.role = days.role and months.business_process = days.business_process
    where days.day is not null and list_has_all(months.srvs, days.srvs)
),

own_days as (
    select whole_days.role, whole_days.business_process, volumes.corporate_group,
           sum(volumes.request_count) as requests, sum(volumes.success_count) as successes
    from whole_days
    inner join int_r2__volumes as volumes
        on whole_days.role = volumes.role and whole_days.business_process = volumes.business_process
        and whole_days.day = volumes.day and list_contains(whole_days.srvs, volumes.srv)
    group by all
),

days as (
    select role, business_process, sum(requests) as requests, sum(successes) as successes, count(*) as days
    from whole_days
    group by role, business_process
),

rivals as (
    select groups.role, groups.business_process, attackers.attacker,
           arg_max(groups.successes / groups.requests, (groups.requests, groups.corporate_group))
               as rival_rate,
           max(groups.requests) as rival_requests
    from groups
    inner join attackers on groups.role = attackers.role
    where groups.corporate_group is distinct from attackers.attacker
    group by all
)

select rivals.*, months.industry, months.whole_requests, months.requests as left_requests,
       coalesce(own.requests, 0) as own_requests, days.days,
       (months.successes - coalesce(own.successes, 0)) / (months.requests - coalesce(own.requests, 0))
           as by_month,
       (days.successes - coalesce(own_days.successes, 0)) / (days.requests - coalesce(own_days.requests, 0))
           as by_days
from rivals
inner join months using (role, business_process)
left join groups as own
    on rivals.role = own.role and rivals.business_process = own.business_process
    and rivals.attacker = own.corporate_group
left join days
    on rivals.role = days.role and rivals.business_process = days.business_process
left join own_days
    on rivals.role = own_days.role and rivals.business_process = own_days.business_process
    and rivals.attacker = own_days.corporate_group
"""


def attack_rests(markets: int, seed: int, days: int = 1, **variables: float) -> duckdb.DuckDBPyConnection:
    """What one who knows every volume makes of the same markets without the rule of rests, and with it.

    Table `attacked` has each process of which, without the rule, a rival has two thirds or more of what is
    left. It has the guesses without the rule (`before_month`, `before_days`) and with it (`by_month`,
    `by_days`). Where the rule leaves nothing to work out, the figure of the whole is the guess.
    """
    found = []
    for rules in (Rules(rest_groups=0, rest_protection=0, day_step=0.001), Rules(**variables)):
        released = release_rests(markets, seed, rules, days)
        found.append(released.execute("select * from left_guesses").fetchnumpy())
        released.close()
    without_rule, with_rule = found  # noqa: RUF059 - read by name below
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    connection.execute(
        """
        create table attacked as
        select before.role, before.rival_rate, before.industry,
               before.left_requests / before.whole_requests as share,
               before.by_month as before_month, before.by_days as before_days, before.days,
               coalesce(now.by_month, before.industry) as by_month,
               coalesce(now.by_days, now.by_month, before.industry) as by_days
        from without_rule as before
        left join with_rule as now
            on before.role = now.role and before.business_process = now.business_process
            and before.attacker is not distinct from now.attacker
        where before.rival_requests >= 2 / 3 * (before.left_requests - before.own_requests)
        """
    )
    return connection
