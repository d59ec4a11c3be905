"""benchmark, league_table, round_trip_time and failures.csv (docs/published.md, "Business process")."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from reference.estates import Month, Recipient
from reference.history import Devices
from reference.industry import (
    ALL,
    OWN_SHARE_DECIMALS,
    Cell,
    Groups,
    Key,
    MonthFigures,
    build_league,
    industry_rate,
    industry_speed,
    league_lines,
    own_share,
    own_speed,
    rounded,
)
from reference.landing import Row
from reference.publish import SIGNIFIERS, table
from reference.requests import (
    Lists,
    business_process,
    credential_types,
    dimensions,
    failure_reason,
    gain_days,
    is_success,
    round_trip_time_ms,
    target_response_time_s,
)

SPEED_TRT_S = 30
BENCHMARK_COLUMNS = (
    "business_process",
    "srv",
    "own_volume",
    "own_success_rate",
    "industry_success_rate",
    "industry_suppressed",
    "own_rank",
    "own_rank_last",
    "ranked_parties",
)
LEAGUE_COLUMNS = ("business_process", "srv", "rank", "success_rate", "is_recipient")
OWN_SPEED_COLUMNS = (
    "own_measured",
    "own_best_s",
    "own_worst_s",
    "own_p01_s",
    "own_p99_s",
    "own_mean_s",
    "own_median_s",
)
INDUSTRY_SPEED_COLUMNS = (
    "industry_best_s",
    "industry_worst_s",
    "industry_mean_s",
    "industry_median_s",
    "industry_suppressed",
)
SPEED_COLUMNS = (
    "business_process",
    "srv",
    *OWN_SPEED_COLUMNS,
    "own_within_target_rate",
    *INDUSTRY_SPEED_COLUMNS,
)
FAILURE_COLUMNS = (
    "business_process",
    "srv",
    "failure_reason_code",
    "failure_description",
    *SIGNIFIERS,
    "failure_count",
    "share_of_failures",
)


@dataclass(frozen=True)
class Coded:
    """A counted request of the month that belongs to a business process."""

    party: str
    role: str
    process: str
    srv: str
    day: date
    succeeded: bool
    reason: str | None
    rtt_ms: int | None
    target_s: int | None
    signifiers: tuple[str, ...]

    @property
    def speed_ms(self) -> int | None:
        """What says something about speed: the Round Trip Time of a request whose target is 30 s."""
        return self.rtt_ms if self.target_s == SPEED_TRT_S else None

    @property
    def in_time(self) -> bool:
        """Whether it was answered within its Target Response Time."""
        return self.rtt_ms is not None and self.target_s is not None and self.rtt_ms <= 1000 * self.target_s


def code_requests(counted: list[Row], devices: Devices, lists: Lists, month: Month) -> list[Coded]:
    """The counted requests of the month with a process; `srv` as in the process files."""
    types, gains = credential_types(counted), gain_days(counted)
    coded = []
    for row in counted:
        process = business_process(row, devices, gains, lists)
        if row["started_at"] not in month or process is None:
            continue
        credential = types.get(row["transaction_id"])
        target = target_response_time_s(row, devices.at(row["device_id"], row["started_at"]), lists)
        signifiers = dimensions(row, row["started_at"], devices)
        coded.append(
            Coded(
                party=row["originator_party_id"],
                role=row["originator_role"],
                process=process,
                srv=row["srv"] if credential is None else f"{row['srv']}:{credential}",
                day=row["started_at"].date(),
                succeeded=is_success(row),
                reason=failure_reason(row),
                rtt_ms=round_trip_time_ms(row),
                target_s=target,
                signifiers=tuple(signifiers[name] for name in SIGNIFIERS),
            )
        )
    return coded


def month_cells(coded: list[Coded]) -> dict[Key, Cell]:
    """The requests of each role, process and SRV, and of each process as a whole."""
    cells: dict[Key, Cell] = defaultdict(Cell)
    for request in coded:
        for srv in (request.srv, ALL):
            cells[request.role, request.process, srv].add(request.party, request.succeeded, request.speed_ms)
    return dict(cells)


def process_files(
    recipients: set[Recipient],
    coded: list[Coded],
    figures: MonthFigures,
    groups: Groups,
    month: Month,
    seeds: Path,
) -> dict[str, list[list[str]]]:
    """The four files of every recipient, header-only where it sent nothing."""
    aimed: Counter[tuple[Key, str]] = Counter()
    in_time: Counter[tuple[Key, str]] = Counter()
    for request in coded:
        for srv in (request.srv, ALL) if request.target_s is not None else ():
            place = (request.role, request.process, srv), request.party
            aimed[place] += 1
            in_time[place] += request.in_time
    lines: dict[tuple[str, Recipient], list[Row]] = defaultdict(list)
    for key, of_cell in figures.cells.items():
        role, process, srv = key
        named = {"business_process": process, "srv": srv}
        league = build_league(of_cell, role, groups)
        rate, mean = figures.share(key), figures.mean(key)
        industry = industry_speed(of_cell, mean)
        for party in of_cell.rows:
            recipient = party, role
            lines["benchmark", recipient].append(
                {
                    **named,
                    "own_volume": of_cell.rows[party],
                    "own_success_rate": of_cell.own_rate(party),
                    "industry_success_rate": industry_rate(rate),
                    "industry_suppressed": rate.withheld,
                    "own_rank": league.ranks.get(party) if league else None,
                    "own_rank_last": league.last_place(party) if league else None,
                    "ranked_parties": len(league.ranks) if league else None,
                }
            )
            table_lines = league_lines(party, of_cell, league, "success_rate")
            lines["league_table", recipient] += [named | row for row in table_lines]
            own = own_speed(of_cell.measured.get(party, []))
            own["own_within_target_rate"] = own_share(in_time[key, party], aimed[key, party])
            lines["round_trip_time", recipient].append(named | own | industry)
    failed: dict[tuple[Recipient, str, str], list[Coded]] = defaultdict(list)
    for request in coded:
        if not request.succeeded:
            failed[(request.party, request.role), request.process, request.srv].append(request)
    descriptions = _descriptions(seeds)
    for (recipient, process, srv), several in failed.items():
        named = {"business_process": process, "srv": srv}
        lines["failures", recipient] += [named | row for row in _failures(several, descriptions)]
    return {
        f"{party}/business_process/{role}/{name}.csv": table(
            (party, role), month, columns, lines[name, (party, role)]
        )
        for party, role in recipients
        for name, columns in (
            ("benchmark", BENCHMARK_COLUMNS),
            ("league_table", LEAGUE_COLUMNS),
            ("round_trip_time", SPEED_COLUMNS),
            ("failures", FAILURE_COLUMNS),
        )
    }


def _failures(failed: list[Coded], descriptions: dict[str, str]) -> list[Row]:
    counts = Counter((r.reason, *r.signifiers) for r in failed)
    return [
        {
            "failure_reason_code": reason,
            "failure_description": descriptions.get(str(reason)) or None,
            **dict(zip(SIGNIFIERS, signifiers, strict=True)),
            "failure_count": count,
            "share_of_failures": rounded(Fraction(count, len(failed)), OWN_SHARE_DECIMALS),
        }
        for (reason, *signifiers), count in counts.items()
    ]


def _descriptions(seeds: Path) -> dict[str, str]:
    with (seeds / "response_codes.csv").open(encoding="utf-8", newline="") as stream:
        return {row["response_code"]: row["response_description"] for row in csv.DictReader(stream)}
