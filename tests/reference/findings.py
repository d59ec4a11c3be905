"""findings.csv and subjects.csv of the four areas (docs/definitions.md, "Findings", "Subjects")."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from reference.alert_files import ALERT_ROLES
from reference.contract import DEVICE_TYPES
from reference.diagnosis import MINIMUM_COUNT, RATE_GAP, Diagnosed, Z, excess, stands_out
from reference.estate_measures import DEVICES, EstateKey
from reference.estates import Month, Recipient
from reference.industry import (
    ALL,
    INDUSTRY_SHARE_DECIMALS,
    Cell,
    Figure,
    Key,
    MonthFigures,
    industry_rate,
    industry_seconds,
    own_share,
    percentile,
)
from reference.landing import Row
from reference.network import HANDOVER_ASKED
from reference.network import ROLE as OPERATOR_ROLE
from reference.publish import INVENTORY_ROLES, round_half_away, seconds, table

BELOW_INDUSTRY = "below_industry"
WORSE_THAN_BEFORE = "worse_than_month_before"
FAILURES_GATHER = "failures_gather"
SLOWER = "slower_than_industry"
ENDED, ENDING = "already_ended", "ends_within_30_days"
NOTHING_TO_COMPARE, NOTHING_STANDS_OUT = "nothing_to_compare", "nothing_stands_out"
GROUPS_OF_FINDINGS = {
    BELOW_INDUSTRY: 1,
    WORSE_THAN_BEFORE: 1,
    FAILURES_GATHER: 1,
    SLOWER: 2,
    ENDED: 3,
    ENDING: 4,
    NOTHING_TO_COMPARE: 5,
    NOTHING_STANDS_OUT: 5,
}
# Measure of estate.csv: the finding that it makes, and its dimension
EXPIRIES = {
    "cpl_ended": (ENDED, "central_products_list"),
    "cpl_ends_within_30_days": (ENDING, "central_products_list"),
    "certificate_ended": (ENDED, "security_certificate"),
    "certificate_ends_within_30_days": (ENDING, "security_certificate"),
}
SUPPLIER = "energy_supplier_id"
SPEED_RATIO = Fraction(3, 2)
SPEED_MINIMUM = 100
LARGEST_SUBJECTS = 5
PAGES_OF_SUBJECTS = 10
FINDING_COLUMNS = (
    "position",
    "finding",
    "business_process",
    "srv",
    "alert_code",
    "dimension",
    "dimension_value",
    "own_value",
    "reference_value",
    "unit",
    "affected_count",
)
SUBJECT_COLUMNS = (
    "position",
    "business_process",
    "alert_code",
    "device_type",
    "energy_supplier_id",
    "reason",
    "affected_count",
    "volume",
    "has_page",
)

Files = dict[str, list[list[str]]]
# n of a month and its successes
Counts = tuple[int, int]


@dataclass(frozen=True)
class Finding:
    """One row of findings.csv before it has a position."""

    finding: str
    affected_count: int
    unit: str
    business_process: str | None = None
    srv: str | None = None
    alert_code: str | None = None
    dimension: str | None = None
    dimension_value: str | None = None
    own_value: str | None = None
    reference_value: str | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Place among the findings of a file."""
        subject = (self.business_process, self.srv, self.alert_code, self.dimension, self.dimension_value)
        texts = [(value is None, value or "") for value in subject]
        return GROUPS_OF_FINDINGS[self.finding], -self.affected_count, self.finding, *texts


@dataclass
class Compared:
    """How many figures of an area were compared, and how many withheld."""

    compared: int = 0
    withheld: int = 0

    def look_at(self, figure: Figure) -> None:
        """Count an industry figure; an empty pool is neither."""
        self.compared += figure.value is not None
        self.withheld += figure.withheld


def whole(value: Fraction) -> int:
    """Rounded half away from zero."""
    return int(round_half_away(value, 0))


def worse_than_before(before: Counts, now: Counts) -> Fraction | None:
    """The excess failures against the month before where they stand out, by the pooled two-sample form."""
    (n0, s0), (n1, s1) = before, now
    if n0 < MINIMUM_COUNT or n1 < MINIMUM_COUNT:
        return None
    fall = Fraction(s0, n0) - Fraction(s1, n1)
    pooled = Fraction(s0 + s1, n0 + n1)
    if fall < RATE_GAP or fall**2 < Z**2 * pooled * (1 - pooled) * (Fraction(1, n0) + Fraction(1, n1)):
        return None
    return excess(n1, n1 - s1, 1 - Fraction(s0, n0))


def published_counts(files: Files, path: str, *key: str) -> dict[tuple[str, ...], tuple[Counts, str]]:
    """n and successes of each row of a file of the month before, with its rate as printed."""
    if path not in files:
        return {}
    header, *rows = files[path]
    found = {}
    for cells in rows:
        row = dict(zip(header, cells, strict=True))
        rate = row["own_success_rate"]
        if rate:
            volume = int(row["own_volume"])
            found[tuple(row[column] for column in key)] = (
                (volume, whole(volume * Fraction(rate))),
                rate,
            )
    return found


def speed_findings(
    party: str, cell: Cell, mean: Figure, subject: dict[str, str], compared: Compared
) -> Iterator[Finding]:
    """`slower_than_industry` of a cell, and its median among what was compared."""
    compared.look_at(mean)
    own = sorted(cell.measured.get(party, ()))
    if mean.value is None or len(own) < SPEED_MINIMUM:
        return
    every = sorted(ms for several in cell.measured.values() for ms in several)
    mine = seconds(percentile(own, Fraction(1, 2)))
    theirs = industry_seconds(percentile(every, Fraction(1, 2)))
    if theirs and Fraction(mine) >= SPEED_RATIO * Fraction(theirs):
        yield Finding(
            SLOWER, len(own), "seconds", own_value=str(mine), reference_value=str(theirs), **subject
        )


def rate_findings(
    party: str,
    cell: Cell,
    rate: Figure,
    before: tuple[Counts, str] | None,
    subject: dict[str, str],
    compared: Compared,
) -> Iterator[Finding]:
    """`below_industry` and `worse_than_month_before` of a cell, and what was compared of it."""
    compared.look_at(rate)
    count, good = cell.rows[party], cell.good[party]
    own = str(own_share(good, count)) if count else None
    if own is None:
        return
    if rate.value is not None:
        printed = round_half_away(rate.value, INDUSTRY_SHARE_DECIMALS)
        share = 1 - Fraction(printed)
        if stands_out(count, count - good, share):
            beyond = whole(excess(count, count - good, share))
            yield Finding(
                BELOW_INDUSTRY, beyond, "share", own_value=own, reference_value=str(printed), **subject
            )
    if before is not None:
        compared.compared += 1
        beyond_before = worse_than_before(before[0], (count, good))
        if beyond_before is not None:
            yield Finding(
                WORSE_THAN_BEFORE,
                whole(beyond_before),
                "share",
                own_value=own,
                reference_value=before[1],
                **subject,
            )


def gathering_findings(diagnosed: Iterable[Diagnosed]) -> Iterator[Finding]:
    """`failures_gather` of the rows of diagnosis.csv."""
    for row in diagnosed:
        if not row.stands_out or row.excess is None:
            continue
        shown = industry_rate(row.industry)
        if shown is None or stands_out(row.volume, row.volume - row.successes, 1 - Fraction(shown)):
            yield Finding(
                FAILURES_GATHER,
                whole(row.excess),
                "share",
                business_process=row.process,
                srv=row.srv,
                dimension=row.dimension,
                dimension_value=row.value,
                own_value=str(own_share(row.successes, row.volume)),
                reference_value=str(own_share(row.other_successes, row.others)),
            )


def or_nothing(found: list[Finding], compared: Compared) -> list[Finding]:
    """The findings of an area, or the one row that says that there is none."""
    if found:
        return found
    if compared.compared:
        return [Finding(NOTHING_STANDS_OUT, compared.compared, "figures")]
    return [Finding(NOTHING_TO_COMPARE, compared.withheld, "figures")]


def _cells_of_parties(figures: MonthFigures) -> dict[Recipient, list[Key]]:
    own: dict[Recipient, list[Key]] = defaultdict(list)
    for key, cell in figures.cells.items():
        for party in cell.rows:
            own[party, key[0]].append(key)
    return own


def process_findings(
    recipients: set[Recipient],
    figures: MonthFigures,
    diagnosed: Mapping[Recipient, list[Diagnosed]],
    before: Files,
) -> dict[Recipient, list[Finding]]:
    """The findings of every recipient about its business processes."""
    own, result = _cells_of_parties(figures), {}
    for party, role in recipients:
        path = f"{party}/business_process/{role}/benchmark.csv"
        earlier = published_counts(before, path, "business_process", "srv")
        compared, found = Compared(), []
        for key in own.get((party, role), ()):
            cell = figures.cells[key]
            subject = {"business_process": key[1], "srv": key[2]}
            found += rate_findings(party, cell, figures.share(key), earlier.get(key[1:]), subject, compared)
            found += speed_findings(party, cell, figures.mean(key), subject, compared)
        found += gathering_findings(diagnosed.get((party, role), ()))
        result[party, role] = or_nothing(found, compared)
    return result


def alert_findings(
    recipients: set[Recipient],
    figures: MonthFigures,
    held_back: Mapping[Key, Counter[str]],
    before: Files,
) -> dict[Recipient, list[Finding]]:
    """The findings of every recipient about its alerts.

    Parameters: held_back, the suppressed alerts of each cell by party: it has its row without others too.
    """
    own = _cells_of_parties(figures)
    for key, counts in held_back.items():
        for party in counts:
            if key not in own[party, key[0]]:
                own[party, key[0]].append(key)
    result = {}
    for party, role in recipients:
        if role not in ALERT_ROLES:
            continue
        earlier = published_counts(before, f"{party}/alerts/{role}/monthly.csv", "alert_code")
        compared, found = Compared(), []
        for key in own.get((party, role), ()):
            cell = figures.cells.get(key)
            if cell is None:
                continue
            subject = {"alert_code": key[2]}
            found += rate_findings(party, cell, figures.share(key), earlier.get(key[2:]), subject, compared)
            if cell.rows[party]:
                found += speed_findings(party, cell, figures.mean(key), subject, compared)
        result[party, role] = or_nothing(found, compared)
    return result


def inventory_findings(
    recipients: set[Recipient], cells: Mapping[EstateKey, Cell], first_ends: Mapping[tuple[object, ...], date]
) -> dict[Recipient, list[Finding]]:
    """The findings of every recipient about its Devices.

    Parameters: first_ends, the first date of what (role, Device Type, measure, party) counts.
    """
    result = {}
    for party, role in recipients:
        if role not in INVENTORY_ROLES:
            continue
        found = []
        for kind in DEVICE_TYPES:
            for measure, (finding, dimension) in EXPIRIES.items():
                count = cells[role, kind, measure].good[party] if (role, kind, measure) in cells else 0
                if count:
                    first = first_ends.get((role, kind, measure, party))
                    found.append(
                        Finding(
                            finding,
                            count,
                            "devices",
                            dimension=dimension,
                            dimension_value=kind,
                            own_value=str(count),
                            reference_value=None if first is None else first.isoformat(),
                        )
                    )
        total = cells[role, ALL, DEVICES].rows[party] if (role, ALL, DEVICES) in cells else 0
        result[party, role] = found or [Finding(NOTHING_STANDS_OUT, total, "devices")]
    return result


def handover_counts(handovers: Iterable[Row]) -> dict[str, Counts]:
    """Decided and met N16 of each supplier, of the lines of credentials_handover.csv."""
    counts: dict[str, Counts] = {}
    for line in handovers:
        decided, met = counts.get(line[SUPPLIER], (0, 0))
        met_now, failed_now = int(line["met_count"]), int(line["failed_count"])
        counts[line[SUPPLIER]] = decided + met_now + failed_now, met + met_now
    return counts


def _totals(counts: Mapping[str, Counts]) -> Counts:
    return sum(n for n, _ in counts.values()), sum(met for _, met in counts.values())


def operator_findings(
    recipients: set[Recipient], handovers: Mapping[Recipient, list[Row]], before: Files
) -> dict[Recipient, list[Finding]]:
    """The findings of every Electricity Distributor about the handover of its credentials."""
    result = {}
    for recipient in recipients:
        party, role = recipient
        if role != OPERATOR_ROLE:
            continue
        header, *rows = before.get(f"{party}/network_operator/{role}/credentials_handover.csv", [[]])
        earlier = _totals(handover_counts(dict(zip(header, cells, strict=True)) for cells in rows))
        counts = handover_counts(handovers[recipient])
        decided, met = now = _totals(counts)
        found = []
        for supplier, (own_decided, own_met) in counts.items():
            others, others_met = decided - own_decided, met - own_met
            if not others:
                continue
            share = Fraction(others - others_met, others)
            if own_decided and stands_out(own_decided, own_decided - own_met, share):
                found.append(
                    Finding(
                        FAILURES_GATHER,
                        whole(excess(own_decided, own_decided - own_met, share)),
                        "share",
                        alert_code=HANDOVER_ASKED,
                        dimension=SUPPLIER,
                        dimension_value=supplier,
                        own_value=str(own_share(own_met, own_decided)),
                        reference_value=str(own_share(others_met, others)),
                    )
                )
        beyond = worse_than_before(earlier, now)
        if beyond is not None:
            found.append(
                Finding(
                    WORSE_THAN_BEFORE,
                    whole(beyond),
                    "share",
                    alert_code=HANDOVER_ASKED,
                    own_value=str(own_share(met, decided)),
                    reference_value=str(own_share(earlier[1], earlier[0])),
                )
            )
        both = Compared(compared=int(bool(decided and earlier[0])))
        result[recipient] = or_nothing(found, both)
    return result


def finding_files(area: str, findings: Mapping[Recipient, list[Finding]], month: Month) -> Files:
    """findings.csv of an area of every recipient that has one."""
    files = {}
    for (party, role), several in findings.items():
        ordered = sorted(several, key=lambda one: one.order)
        lines = [{**vars(one), "position": place} for place, one in enumerate(ordered, 1)]
        path = f"{party}/{area}/{role}/findings.csv"
        files[path] = table((party, role), month, FINDING_COLUMNS, lines)
    return files


def subject_files(
    area: str,
    column: str,
    findings: Mapping[Recipient, list[Finding]],
    volumes: Callable[[Recipient], Mapping[str, int]],
    month: Month,
) -> Files:
    """subjects.csv of an area of every recipient that has one.

    Parameters: column, which one has the subjects; volumes, the volume of each subject of a recipient.
    """
    files = {}
    for (party, role), several in findings.items():
        sizes = volumes((party, role))
        affected: dict[str, int] = defaultdict(int)
        for one in several:
            subject = subject_of(one, column)
            if subject is not None:
                affected[subject] += one.affected_count
        largest = sorted((name for name, size in sizes.items() if size), key=lambda n: (-sizes[n], n))
        chosen = affected.keys() | set(largest[:LARGEST_SUBJECTS])
        ordered = sorted(chosen, key=lambda n: (-affected.get(n, 0), -sizes.get(n, 0), n))
        lines = [
            {
                "position": place,
                column: name,
                "reason": "finding" if name in affected else "among the five largest",
                "affected_count": affected.get(name, 0),
                "volume": sizes.get(name, 0),
                "has_page": place <= PAGES_OF_SUBJECTS,
            }
            for place, name in enumerate(ordered, 1)
        ]
        path = f"{party}/{area}/{role}/subjects.csv"
        files[path] = table((party, role), month, SUBJECT_COLUMNS, lines)
    return files


def subject_of(finding: Finding, column: str) -> str | None:
    """The subject that a finding is about, where its area's subjects stand in a column; None for none."""
    if column == "business_process":
        return finding.business_process
    if column == "alert_code":
        return None if finding.alert_code == ALL else finding.alert_code
    return finding.dimension_value


def process_volumes(figures: MonthFigures) -> Callable[[Recipient], Mapping[str, int]]:
    """The requests of each process of a recipient."""
    sizes: dict[Recipient, dict[str, int]] = defaultdict(dict)
    for (role, process, srv), cell in figures.cells.items():
        for party, count in cell.rows.items() if srv == ALL else ():
            sizes[party, role][process] = count
    return lambda recipient: sizes.get(recipient, {})


def alert_volumes(figures: MonthFigures) -> Callable[[Recipient], Mapping[str, int]]:
    """The alerts of each code to a recipient."""
    sizes: dict[Recipient, dict[str, int]] = defaultdict(dict)
    for (role, _, code), cell in figures.cells.items():
        for party, count in cell.rows.items() if code != ALL else ():
            sizes[party, role][code] = count
    return lambda recipient: sizes.get(recipient, {})


def device_volumes(cells: Mapping[EstateKey, Cell]) -> Callable[[Recipient], Mapping[str, int]]:
    """The Devices of each type of a recipient."""

    def sizes(recipient: Recipient) -> dict[str, int]:
        party, role = recipient
        keys = [(kind, (role, kind, DEVICES)) for kind in DEVICE_TYPES]
        return {kind: cells[key].rows[party] for kind, key in keys if key in cells}

    return sizes


def handover_volumes(handovers: Mapping[Recipient, list[Row]]) -> Callable[[Recipient], Mapping[str, int]]:
    """The N16 about each supplier of an Electricity Distributor."""

    def sizes(recipient: Recipient) -> Counter[str]:
        counts: Counter[str] = Counter()
        for line in handovers[recipient]:
            counts[line[SUPPLIER]] += line["n16_count"]
        return counts

    return sizes
