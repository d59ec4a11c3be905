"""Wholes and their parts at the edges of the rule of rests, and what the project's SQL shows of them.

Each case is told three times: as a process and its SRVs, as alerts and their codes, and as a process and the
values of a dimension. Roles beside the industry report, and days under their month, have cases of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
from disclosure_sql import DIMENSION_VOLUMES, MONTH, OWN_ALERTS, VOLUMES, Rules, empty, empty_rests

DAY = f"{MONTH}-01"
WHOLE = "ALL"
# Six groups that pass the rule by themselves: a part that stays shown unless something else asks for it.
LARGE = [100] * 6


@dataclass(frozen=True)
class Rest:
    """A whole in parts, and what is shown of it.

    Parameters:
        parts: the rows of each corporate group, by part; the key "" has the rows without a value.
        shown: the parts of which the share is shown; `ALL` among them where the whole's is.
    """

    parts: dict[str, list[int]]
    shown: set[str]


def only(*rows: int) -> list[int]:
    """Rows of groups that have nothing in the other parts."""
    return [0] * 10 + list(rows)


RESTS: dict[str, Rest] = {
    "nothing is withheld": Rest({"1": LARGE, "2": [30] * 5}, {WHOLE, "1", "2"}),
    "a rest of three groups": Rest({"1": LARGE, "2": only(40, 40, 20)}, {WHOLE, "1"}),
    "the third with one row less": Rest({"1": LARGE, "2": only(40, 40, 19)}, {WHOLE}),
    "the third with one row less, in large": Rest({"1": [1000] * 6, "2": only(1000, 1000, 499)}, {WHOLE}),
    "the third with just enough, in large": Rest({"1": [1000] * 6, "2": only(1000, 999, 500)}, {WHOLE, "1"}),
    "of which two have nearly all": Rest({"1": LARGE, "2": only(40, 39, 1)}, {WHOLE}),
    "a rest of one group": Rest({"1": LARGE, "2": only(40)}, {WHOLE}),
    "a rest of two groups": Rest({"1": LARGE, "2": only(40, 40)}, {WHOLE}),
    "a rest of one group, in two parts": Rest({"1": LARGE, "2": only(20), "3": only(20)}, {WHOLE}),
    "a rest of three groups, in three parts": Rest(
        {"1": LARGE, "2": only(20), "3": only(0, 20), "4": only(0, 0, 20)}, {WHOLE, "1"}
    ),
    "a twentieth of the whole": Rest({"1": [380] * 5, "2": only(100)}, {WHOLE}),
    "one row less than a twentieth": Rest({"1": [380, 380, 380, 380, 381], "2": only(99)}, {WHOLE, "1"}),
    "the smallest joins": Rest({"1": LARGE, "2": [20] * 6, "3": only(40)}, {WHOLE, "1"}),
    "of two as small the first joins": Rest(
        {"1": LARGE, "2": [20] * 6, "10": [20] * 6, "3": only(50)}, {WHOLE, "1", "2"}
    ),
    "the two smallest join": Rest(
        # 400, and five times 20, and three times 60 beside five times 20.
        {"1": [500] * 6, "2": [80] * 5, "3": [20] * 5, "4": only(250)},
        {WHOLE, "1"},
    ),
    "all join": Rest({"1": [80] * 6, "2": [20] * 5, "3": only(300)}, {WHOLE}),
    "a part of those that are withheld": Rest(
        # The group of the withheld part is the largest of the one that joins.
        {"1": LARGE, "2": [0] * 6 + [10] * 8, "3": [0] * 6 + [60]},
        {WHOLE, "1"},
    ),
    "the whole is withheld": Rest({"1": [30] * 5, "2": only(200)}, {"1"}),
    "all are withheld": Rest({"1": [30] * 4, "2": only(200)}, set()),
    "a share of 1 in nine groups": Rest({"1": LARGE, "whole": [12] * 9}, {WHOLE, "1"}),
}
# Rows without a value are told of a dimension alone.
WITHOUT_VALUE: dict[str, Rest] = {
    "three groups without a value": Rest({"1": LARGE, "": only(40, 40, 20)}, {WHOLE, "1"}),
    "two groups without a value": Rest({"1": LARGE, "": only(40, 40)}, {WHOLE}),
    "few rows without a value": Rest({"1": LARGE, "": only(31)}, {WHOLE, "1"}),
    "one group without a value beside what is withheld": Rest(
        {"1": LARGE, "2": only(40, 40), "": only(0, 0, 20)}, {WHOLE, "1"}
    ),
    "a dimension of one value": Rest({"1": LARGE}, {WHOLE, "1"}),
    "a dimension of one value, withheld": Rest({"1": [30] * 4}, set()),
}


@dataclass(frozen=True)
class Roles:
    """A process of several roles, and the thousandths that their shares are rounded to."""

    roles: dict[str, list[int]]
    step: int


def spread(rows: int) -> list[int]:
    """Rows of five groups."""
    return [rows // 5 + (group < rows % 5) for group in range(5)]


ROLES: dict[str, Roles] = {
    "one role": Roles({"A": spread(500)}, 1),
    "both are shown": Roles({"A": spread(500), "B": spread(200)}, 1),
    "the rest is of three groups": Roles({"A": spread(500), "B": only(40, 40, 20)}, 1),
    "a group in two roles is one": Roles({"A": spread(500), "B": only(40, 40), "C": only(20)}, 10),
    "three groups in two roles": Roles({"A": spread(500), "B": only(40, 40), "C": only(0, 0, 20)}, 1),
    "less than a twentieth": Roles({"A": spread(1901), "B": only(60, 40)}, 1),
    "a twentieth": Roles({"A": spread(1900), "B": only(60, 40)}, 5),
    "the fine step": Roles({"A": spread(1000), "B": only(60, 40)}, 5),
    "one row less than the fine step": Roles({"A": spread(999), "B": only(60, 40)}, 10),
    "the medium step": Roles({"A": spread(500), "B": only(60, 40)}, 10),
    "one row less than the medium step": Roles({"A": spread(499), "B": only(60, 40)}, 50),
    "two roles that are shown": Roles({"A": spread(500), "B": spread(500), "C": only(60, 40)}, 5),
    "larger than what is shown": Roles({"A": spread(200), "B": only(300, 200)}, 50),
}


# Requests and successes of each group on two days, and the industry shares of the days in thousandths.
DAYS: dict[str, tuple[list[list[tuple[int, int]]], list[int | None]]] = {
    "a day of exactly 1 in nine groups": ([[(20, 20)] * 9, [(20, 19)] * 9], [None, 950]),
    "a day of exactly 1 in ten groups": ([[(20, 20)] * 10, [(20, 19)] * 10], [1000, 950]),
    "a day of four groups": ([[(30, 29)] * 4, [(30, 29)] * 6], [None, 965]),
    "a day of a month that is withheld": ([[(24, 23)] * 5, [(500, 400)]], [None, None]),
}


def rest_differences(rules: Rules) -> dict[str, list[str]]:
    """What is shown otherwise than the cases expect it, by case; only the cases that differ."""
    connection = empty(days=2)
    empty_rests(connection)
    _fill(connection)
    rules.release(connection, "table")
    rules.release_rests(connection)
    wrong: dict[str, list[str]] = {}
    for name, way, seen, expected in [
        *_rests_seen(connection),
        *_roles_seen(connection),
        *_days_seen(connection),
    ]:
        if seen != expected:
            wrong.setdefault(name, []).append(f"{way}: {seen} instead of {expected}")
    connection.close()
    return wrong


@cache
def _rows() -> dict[str, list[tuple[Any, ...]]]:
    """The rows of int_r2__volumes, int_r2__dimension_volumes and int_r3__own_months."""
    rows: dict[str, list[tuple[Any, ...]]] = {"volumes": [], "dimensions": [], "alerts": []}
    key = 0

    def party() -> int:
        nonlocal key
        key += 1
        return key

    def requests(
        party_key: int, role: str, group: str, process: str, srv: str, count: int, good: int, day: str = DAY
    ) -> None:
        place = (process, srv, day, "ESME", "North", "SMETS2")
        rows["volumes"].append((party_key, role, group, *place, count, good, count, 1234 * count))

    for name, case in {**RESTS, **WITHOUT_VALUE}.items():
        sizes = max(map(len, case.parts.values()))
        for at in range(sizes):
            of_parts = {
                part: groups[at] for part, groups in case.parts.items() if at < len(groups) and groups[at]
            }
            good = {part: count - (part != "whole") for part, count in of_parts.items()}
            group = f"G{at:02}"
            if not of_parts:
                continue
            whole, whole_good = sum(of_parts.values()), sum(good.values())
            valued, process = party(), f"values: {name}"
            requests(valued, "role", group, process, "1.1", whole, whole_good)
            for srv in ("1.1", WHOLE):
                rows["dimensions"] += [
                    (valued, "role", group, process, srv, "device_model", part or None, count, good[part])
                    for part, count in of_parts.items()
                ]
            if name in WITHOUT_VALUE:
                continue
            own = party()
            for part, count in of_parts.items():
                requests(own, "role", group, f"SRVs: {name}", part, count, good[part])
            rows["alerts"] += [
                (own, name, group, code, count, 0, fine, fine, 1234 * fine)
                for code, count, fine in [
                    (WHOLE, whole, whole_good),
                    *((p, c, good[p]) for p, c in of_parts.items()),
                ]
            ]
    for name, roles in ROLES.items():
        for role, groups in roles.roles.items():
            for at, count in enumerate(groups):
                if not count:
                    continue
                own, good = party(), count - max(1, count * 37 // 1000)
                requests(own, role, f"G{at:02}", f"roles: {name}", "1.1", count, good)
                rows["dimensions"] += [
                    (own, role, f"G{at:02}", f"roles: {name}", srv, "device_model", "1", count, good)
                    for srv in ("1.1", WHOLE)
                ]
    for name, (days, _) in DAYS.items():
        for at, groups in enumerate(days):
            for group, (count, good) in enumerate(groups):
                day = f"{MONTH}-{at + 1:02}"
                requests(party(), "role", f"G{group:02}", f"days: {name}", "1.1", count, good, day)
    return rows


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    rows = _rows()
    tables = {
        "volumes": ("int_r2__volumes", VOLUMES),
        "dimensions": ("int_r2__dimension_volumes", DIMENSION_VOLUMES),
        "alerts": ("int_r3__own_months", OWN_ALERTS),
    }
    for name, (table, columns) in tables.items():
        places = ", ".join("?" * len(columns))
        connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({places})", rows[name])
    connection.execute(
        f"insert into fct_report_obligations select distinct '{MONTH}', 'P' || party_key, role,"
        " 'business_process', party_key from int_r2__volumes"
    )


# By case and way of telling it: the parts that are shown.
SHOWN = {
    "share": """
        select split_part(business_process, ': ', 2), list(srv) filter (where is_share_shown)
        from int_r2__industry_rests where business_process like 'SRVs: %' group by all
    """,
    "speed": """
        select split_part(business_process, ': ', 2), list(srv) filter (where is_speed_shown)
        from int_r2__industry_rests where business_process like 'SRVs: %' group by all
    """,
    "benchmark.csv": """
        select split_part(business_process, ': ', 2),
               list(distinct srv) filter (where industry_success_rate is not null)
        from mart_r2__benchmark where business_process like 'SRVs: %' group by all
    """,
    "round_trip_time.csv": """
        select split_part(business_process, ': ', 2),
               list(distinct srv) filter (where industry_mean_s is not null)
        from mart_r2__round_trip_time where business_process like 'SRVs: %' group by all
    """,
    "the shares of daily.csv": """
        select split_part(business_process, ': ', 2),
               list(distinct srv) filter (where industry_success_rate is not null)
        from mart_r2__daily where business_process like 'SRVs: %' group by all
    """,
    "the means of daily.csv": """
        select split_part(business_process, ': ', 2),
               list(distinct srv) filter (where industry_mean_rtt_s is not null)
        from mart_r2__daily where business_process like 'SRVs: %' group by all
    """,
    "alerts": """
        select role, list(alert_code) filter (where is_share_shown) from int_r3__industry_rests group by all
    """,
    "values": """
        select split_part(business_process, ': ', 2), list(value) filter (where is_share_shown)
        from int_r2__dimension_rests where business_process like 'values: %' and srv = 'ALL' group by all
    """,
    "diagnosis.csv": """
        select split_part(business_process, ': ', 2),
               list(distinct value) filter (where industry_success_rate is not null)
        from mart_r2__diagnosis where business_process like 'values: %' and srv = '1.1' group by all
    """,
}
SPEEDS = ("speed", "round_trip_time.csv", "the means of daily.csv")


def _rests_seen(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, Any, Any]]:
    """(case, way of telling it, what is shown, what should be)."""
    seen = []
    for way, query in SHOWN.items():
        is_of_values = way in ("values", "diagnosis.csv")
        for name, parts in connection.execute(query).fetchall():
            expected = {**RESTS, **WITHOUT_VALUE}[name].shown - ({WHOLE} if is_of_values else set())
            if name == "a share of 1 in nine groups" and way in SPEEDS:
                expected = expected | {"whole"}
            # A whole that is withheld shows no value of a dimension; its SRVs and codes stand for themselves.
            if name == "the whole is withheld" and is_of_values:
                expected = set()
            seen.append((name, way, set(parts or []), expected))
    return seen


def _roles_seen(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, Any, Any]]:
    seen = []
    steps = connection.execute(
        "select split_part(business_process, ': ', 2), list(distinct share_step) from int_r2__industry_steps"
        " where business_process like 'roles: %' group by all"
    ).fetchall()
    for name, found in steps:
        seen.append((name, "step", found, [ROLES[name].step]))
    figures = {
        "benchmark.csv": ("mart_r2__benchmark", 1),
        "diagnosis.csv": ("mart_r2__diagnosis", 1),
        "daily.csv": (f"(select * from mart_r2__daily where day = date '{DAY}')", 5),
    }
    for way, (mart, least) in figures.items():
        for name, role, shares in connection.execute(
            "select split_part(business_process, ': ', 2), role,"
            f" list(distinct [cast(1000 * industry_success_rate as integer)]) from {mart}"
            " where business_process like 'roles: %' group by all"
        ).fetchall():
            seen.append((name, f"{way} of {role}", shares, [[_rounded(name, role, least)]]))
    means = {
        "round_trip_time.csv": ("mart_r2__round_trip_time", "industry_mean_s"),
        "daily.csv": (f"(select * from mart_r2__daily where day = date '{DAY}')", "industry_mean_rtt_s"),
    }
    for way, (mart, column) in means.items():
        for name, role, mean in connection.execute(
            "select split_part(business_process, ': ', 2), role,"
            f" list(distinct cast({column} as varchar)) from {mart}"
            f" where business_process like 'roles: %' and {column} is not null group by all"
        ).fetchall():
            seen.append((name, f"{way}, mean of {role}", mean, ["1.0" if ROLES[name].step > 1 else "1.2"]))
    return seen


def _rounded(name: str, role: str, least: int) -> int | None:
    """The industry share of a role in thousandths, rounded half up; None where it is withheld."""
    groups = [count for count in ROLES[name].roles[role] if count]
    if len(groups) < 5:
        return None
    whole, step = sum(groups), max(least, ROLES[name].step)
    good = sum(count - max(1, count * 37 // 1000) for count in groups)
    return min(1000, step * ((2000 * good + step * whole) // (2 * step * whole)))


def _days_seen(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, Any, Any]]:
    return [
        (name, f"the day {day + 1}, {device_type}", shares, [[DAYS[name][1][day]]])
        for name, day, device_type, shares in connection.execute(
            "select split_part(business_process, ': ', 2), day(day) - 1, device_type,"
            " list(distinct [cast(1000 * industry_success_rate as integer)]) from mart_r2__daily"
            " where business_process like 'days: %' and (own_volume > 0 or device_type = 'ALL') group by all"
        ).fetchall()
    ]
