"""league_table.csv (contract, 3.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from reference.business import Coded, code_requests, month_cells
from reference.industry import Cell, build_league, rounded
from reference.landing import Row
from reference.pmr.common import GENERATIONS, SMETS1, Sources, file_table, generation_of
from reference.pmr.figures import ALL
from reference.publish import SIGNIFIERS
from reference.requests import CHANGE_OF_SUPPLIER, GAIN_SRV, INSTALL_AND_COMMISSION

COLUMNS = ("role", "business_process", "srv", "segment", "rank", "success_rate", "failure_rate")
TOP_UP = "Prepayment", "2.2"
NETWORK_OPERATOR = "ED"
RATE_DECIMALS = 3

# Role, process, SRV or `ALL`, segment or `ALL`
Place = tuple[str, str, str, str]


def segment_of_coded(request: Coded) -> str:
    """Segment of a request as the parties' files have it."""
    signifiers = dict(zip(SIGNIFIERS, request.signifiers, strict=True))
    return SMETS1 if signifiers["smets_version"] == SMETS1 else signifiers["region"]


def segments_of_coded(request: Coded) -> Iterable[tuple[str, str]]:
    """The leagues by segment that a request is in: SRV and segment."""
    if request.role == NETWORK_OPERATOR:
        return
    segment = segment_of_coded(request)
    places = {segment, generation_of(segment)} if segment not in GENERATIONS else {segment}
    if request.process == INSTALL_AND_COMMISSION:
        srvs = [request.srv, ALL]
    elif (request.process, request.srv) in ((CHANGE_OF_SUPPLIER, GAIN_SRV), TOP_UP):
        srvs = [request.srv]
    else:
        return
    for srv in srvs:
        for place in places:
            yield srv, place


def league_file(sources: Sources) -> dict[str, list[list[str]]]:
    """The file."""
    # The requests of the month, as in the parties' files: both tables are equal.
    coded = code_requests(sources.counted, sources.devices, sources.lists, sources.month)
    cells: dict[Place, Cell] = {(*key, ALL): cell for key, cell in month_cells(coded).items()}
    by_segment: dict[Place, Cell] = defaultdict(Cell)
    for request in coded:
        for srv, segment in segments_of_coded(request):
            by_segment[request.role, request.process, srv, segment].add(request.party, request.succeeded)
    lines: list[Row] = []
    for place, cell in (cells | by_segment).items():
        named = dict(zip(COLUMNS, place, strict=False))
        league = build_league(cell, place[0], sources.groups)
        if league is None:
            lines.append(named)
            continue
        for party, rank in league.ranks.items():
            rate = league.rates[party]
            lines.append(
                named
                | {
                    "rank": rank,
                    "success_rate": rounded(rate, RATE_DECIMALS),
                    "failure_rate": rounded(Fraction(1) - rate, RATE_DECIMALS),
                }
            )
    return {"league_table.csv": file_table(sources.month, COLUMNS, lines)}
