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
    INDUSTRY_SHARE_DECIMALS,
    OWN_SHARE_DECIMALS,
    Groups,
    build_league,
    industry_share,
    league_lines,
    own_share,
    rounded,
    speed_line,
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
    "ranked_parties",
)
LEAGUE_COLUMNS = ("business_process", "srv", "rank", "success_rate", "is_recipient")
SPEED_COLUMNS = (
    "own_measured",
    "own_best_s",
    "own_worst_s",
    "own_mean_s",
    "own_median_s",
    "industry_best_s",
    "industry_worst_s",
    "industry_mean_s",
    "industry_median_s",
    "industry_suppressed",
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
    speed_ms: int | None
    signifiers: tuple[str, ...]


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
                speed_ms=round_trip_time_ms(row) if target == SPEED_TRT_S else None,
                signifiers=tuple(signifiers[name] for name in SIGNIFIERS),
            )
        )
    return coded


def process_files(
    recipients: set[Recipient], coded: list[Coded], groups: Groups, month: Month, seeds: Path
) -> dict[str, list[list[str]]]:
    """The four files of every recipient, header-only where it sent nothing."""
    cells: dict[tuple[str, str, str], list[Coded]] = defaultdict(list)
    for request in coded:
        for srv in (request.srv, "ALL"):
            cells[request.role, request.process, srv].append(request)
    descriptions = _descriptions(seeds)
    files = {}
    for recipient in sorted(recipients):
        party, role = recipient
        lines: dict[str, list[Row]] = defaultdict(list)
        for (cell_role, process, srv), requests in cells.items():
            if cell_role != role or all(r.party != party for r in requests):
                continue
            cell = {"business_process": process, "srv": srv}
            lines["benchmark"].append(cell | _benchmark(party, role, requests, groups))
            league = league_lines(party, role, _outcomes(requests), groups, "success_rate")
            lines["league_table"] += [cell | row for row in league]
            measured = [(r.party, r.speed_ms) for r in requests if r.speed_ms is not None]
            lines["round_trip_time"].append(cell | speed_line(party, role, measured, groups))
            if srv != "ALL":
                failed = [r for r in requests if r.party == party and not r.succeeded]
                lines["failures"] += [cell | row for row in _failures(failed, descriptions)]
        for name, columns in (
            ("benchmark", BENCHMARK_COLUMNS),
            ("league_table", LEAGUE_COLUMNS),
            ("round_trip_time", ("business_process", "srv", *SPEED_COLUMNS)),
            ("failures", FAILURE_COLUMNS),
        ):
            path = f"{party}/business_process/{role}/{name}.csv"
            files[path] = table(recipient, month, columns, lines[name])
    return files


def _outcomes(requests: list[Coded]) -> list[tuple[str, bool]]:
    return [(r.party, r.succeeded) for r in requests]


def _benchmark(party: str, role: str, requests: list[Coded], groups: Groups) -> Row:
    own = [r.succeeded for r in requests if r.party == party]
    industry = industry_share(_outcomes(requests), role, groups)
    league = build_league(_outcomes(requests), role, groups)
    return {
        "own_volume": len(own),
        "own_success_rate": own_share(own),
        "industry_success_rate": rounded(industry.value, INDUSTRY_SHARE_DECIMALS),
        "industry_suppressed": industry.withheld,
        "own_rank": league.ranks.get(party) if league else None,
        "ranked_parties": len(league.ranks) if league else None,
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
