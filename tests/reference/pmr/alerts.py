"""alerts.csv, and the figures of A1, A1.1, A2 and CPM3 (contract, 1, 2 and 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from functools import partial

from reference.alerts import Alert
from reference.landing import Row
from reference.pmr.common import (
    DEVICE_TYPES,
    GENERATIONS,
    REGIONS,
    SMETS1,
    SMETS2,
    UNKNOWN,
    Sources,
    file_table,
    printed_share,
    segment_of,
)
from reference.pmr.disclosure import CellKey, Disclosure, Line, Pool, with_total
from reference.pmr.figures import ALL, WITHHELD, Figure, count, share, withheld
from reference.publish import round_half_away
from reference.requests import region_of, whole_ms

PROCESS = "Alerts Management"
FAMILY = "alerts"
TARGET_MS = 60_000
TARGET = timedelta(milliseconds=TARGET_MS)
BANDS = (("within_60_s", 60_000), ("within_5_min", 300_000), ("within_1_h", 3_600_000))
TIMED_CODES = ("AD1", "8F35", "8F36", "8F37", "8F38", "8F39", "8F3A", "8F3B", "8F3C")
STAGES = {
    "event_to_csp_mean_s": ("event_at", "csp_sent_at"),
    "csp_to_dsp_mean_s": ("csp_sent_at", "dsp_received_at"),
    "dsp_to_sent_mean_s": ("dsp_received_at", "sent_at"),
    "sent_to_acknowledged_mean_s": ("sent_at", "acknowledged_at"),
}
COUNTS = ("volume", "in_time", "late", "not_delivered", "pending", "suppressed")
BAND_COUNTS = (*(name for name, _ in BANDS), "longer", "never")
COLUMNS = ("alert_code", "alert_name", *COUNTS, "share", *BAND_COUNTS, *STAGES)
SHARES = (("in_time", "decided"),)


def delivery_ms(alert: Alert) -> int | None:
    """How long it took to deliver an alert; None where it was not delivered."""
    return None if alert.end is None else max(0, whole_ms(alert.end) - whole_ms(alert.start))


def counts_of(alert: Alert, sources: Sources) -> Counter[str]:
    """What an alert counts in."""
    if alert.row["suppressed"]:
        return Counter(suppressed=1)
    taken = delivery_ms(alert)
    if taken is None:
        if sources.as_of <= alert.start + TARGET:
            return Counter(volume=1, pending=1)
        return Counter(volume=1, not_delivered=1, never=1, decided=1)
    band = next((name for name, limit in BANDS if taken <= limit), "longer")
    timing = "in_time" if taken <= TARGET_MS else "late"
    return Counter({"volume": 1, "decided": 1, timing: 1, band: 1})


def place_of(alert: Alert, sources: Sources) -> tuple[str, str]:
    """Segment and Device Type of an alert."""
    state = sources.devices.at(alert.row["device_id"], alert.start)
    return segment_of(region_of(alert.row, state), state), UNKNOWN if state is None else state["device_type"]


def code_key(code: str) -> CellKey:
    """The cell of an alert code."""
    return CellKey(FAMILY, split="alert_code", value=code) if code != ALL else CellKey(FAMILY)


def judge_codes(sources: Sources) -> Disclosure:
    """The codes of the month and `ALL`, which is shown whole."""
    cells = Disclosure()
    whole = CellKey(FAMILY)
    only_held_back = {alert.row["alert_code"] for alert in sources.month_alerts} - {
        alert.row["alert_code"] for alert in sources.month_alerts if not alert.row["suppressed"]
    }
    codes = set()
    for alert in sources.month_alerts:
        code, counts = alert.row["alert_code"], counts_of(alert, sources)
        codes.add(code)
        groups = [sources.group(*alert.recipient)]
        for key in (whole, code_key(code)):
            if alert.row["suppressed"] and code not in only_held_back:
                # Its cell is over those that are not suppressed, which it tells of besides.
                tell(cells, key, counts)
            else:
                cells.row(key, groups, counts, SHARES)
    cells.settle([whole])
    keys = tuple(map(code_key, sorted(codes)))
    line = cells.line(Line(whole, keys, rest=code_key(WITHHELD)))
    cells.judge(keys)
    cells.close(line)
    return cells


def tell(cells: Disclosure, key: CellKey, counts: Counter[str]) -> None:
    """Add to what a cell tells of, and nothing to its rows."""
    pool = cells.pools.setdefault(key, Pool(shares=SHARES))
    pool.counts.update(counts)


def alert_figures(sources: Sources) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures and the file."""
    codes = judge_codes(sources)
    file = file_table(sources.month, COLUMNS, _lines(sources, codes))
    return [*_of_all(codes), *_by_segment(sources)], {"alerts.csv": file}


def _of_all(codes: Disclosure) -> Iterable[Figure]:
    """CPM3, A1.1 and A2."""
    found = codes.pool(CellKey(FAMILY)).counts
    place = PROCESS, None, ALL, ALL, ALL
    yield share("CPM3", (None, None, ALL, ALL, ALL), found["in_time"], found["decided"], found["pending"])
    for name in ("late", "not_delivered", "suppressed"):
        yield count(f"A1.1:{name}", place, found[name], found["pending"])
    for name in BAND_COUNTS:
        yield count(f"A2:{name}", place, found[name], found["pending"])


def _by_segment(sources: Sources) -> Iterable[Figure]:
    """A1 at `ALL`, in each segment and by Device Type."""
    cells = Disclosure()
    key = partial(CellKey, "A1")
    whole = key()
    for alert in sources.month_alerts:
        if alert.row["suppressed"]:
            continue
        segment, device_type = place_of(alert, sources)
        generation = SMETS1 if segment == SMETS1 else SMETS2
        found = [whole, *(key(segment=one) for one in with_total(segment))]
        found.append(key(segment=generation, split="device_type", value=device_type))
        for one in found:
            cells.row(one, [sources.group(*alert.recipient)], counts_of(alert, sources), SHARES)
    cells.settle([whole])
    lines = [cells.line(line) for line in segment_lines(key, whole)]
    cells.judge(one for one in list(cells.pools) if one != whole)
    for line in lines:
        cells.close(line)
    for one in [whole, *(part for line in lines for part in line.parts)]:
        place = PROCESS, None, one.segment, one.split, one.value
        if not cells.is_shown(one) and cells.has_rows(one):
            yield withheld("A1", place)
        else:
            found = cells.pool(one).counts
            yield share("A1", place, found["in_time"], found["decided"], found["pending"])
    for one, found in cells.rests().items():
        place = PROCESS, None, one.segment, one.split, one.value
        yield share("A1", place, found["in_time"], found["decided"], found["pending"])


def segment_lines(
    key: partial[CellKey], whole: CellKey | None = None, types: tuple[str, ...] = DEVICE_TYPES
) -> list[Line]:
    """The one-way lines from `ALL`, where there is one, to the segments and from these to the types."""
    lines = []
    if whole is not None:
        lines.append(Line(whole, tuple(key(segment=one) for one in GENERATIONS), key(segment=WITHHELD)))
    regions = tuple(key(segment=one) for one in REGIONS)
    lines.append(Line(key(segment=SMETS2), regions, key(segment=WITHHELD)))
    for segment in GENERATIONS:
        parts = tuple(key(segment=segment, split="device_type", value=one) for one in types)
        rest = key(segment=segment, split="device_type", value=WITHHELD)
        lines.append(Line(key(segment=segment), parts, rest))
    return lines


def _lines(sources: Sources, cells: Disclosure) -> list[Row]:
    names = {row["alert_code"]: row["alert_name"] for row in sources.seed("alert_codes")}
    stages = _stages(sources)
    lines = []
    for key, pool in cells.pools.items():
        code = ALL if key.split == ALL else key.value
        line: Row = {"alert_code": code, "alert_name": names.get(code) or None}
        if cells.is_shown(key):
            line |= printed_counts(pool.counts) | stage_means(stages, code)
        lines.append(line)
    for key, counts in cells.rests().items():
        lines.append({"alert_code": key.value, **printed_counts(counts)})
    return lines


def printed_counts(counts: Counter[str]) -> Row:
    """The counts and the share of a code."""
    line = {name: counts[name] for name in (*COUNTS, *BAND_COUNTS)}
    return line | {"share": printed_share(counts["in_time"], counts["decided"])}


def _stages(sources: Sources) -> dict[tuple[str, str], tuple[Pool, list[int]]]:
    """The measured rows of each code and stage, and of all codes together."""
    logged = {
        (row["alert_id"], row["destination_party_id"], row["destination_role"]): row
        for row in sources.rows("power_outage_timings")
    }
    found: dict[tuple[str, str], tuple[Pool, list[int]]] = defaultdict(lambda: (Pool(), []))
    for alert in sources.month_alerts:
        code, timing = alert.row["alert_code"], logged.get((alert.row["alert_id"], *alert.recipient))
        if alert.row["suppressed"] or timing is None or code not in TIMED_CODES:
            continue
        for stage, (first, last) in STAGES.items():
            if timing[first] is None or timing[last] is None:
                continue
            taken = max(0, whole_ms(timing[last]) - whole_ms(timing[first]))
            for of in (code, ALL):
                pool, measured = found[of, stage]
                pool.add([sources.group(*alert.recipient)], {})
                measured.append(taken)
    return found


def stage_means(stages: dict[tuple[str, str], tuple[Pool, list[int]]], code: str) -> Row:
    """The stage means of a code that is shown; each is judged on the rows that it pools."""
    line: Row = {}
    for stage in STAGES:
        pool, measured = stages.get((code, stage), (Pool(), []))
        if measured and (code == ALL or pool.passes(rows_only=True)):
            line[stage] = round_half_away(Fraction(sum(measured), 1000 * len(measured)), 1)
    return line
