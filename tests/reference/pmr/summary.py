"""measures.csv, definitions.csv, exceptions.csv and reconciliation.csv (contract, 0, 1.2, 2 and 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from reference.contract import CSP_REGIONS
from reference.landing import Row
from reference.pmr.availability import (
    HIGHLIGHTED,
    NO_LIST,
    NO_REGIONS,
    NOT_IN_SMETS1,
    is_approved,
    is_planned,
    outages_of_period,
)
from reference.pmr.common import (
    DEVICE_TYPES,
    GENERATIONS,
    NO_EVENTS,
    NOT_APPLICABLE,
    REGIONS,
    REPORTED,
    SLA_CLASSES,
    SMETS1,
    SMETS2,
    Sources,
    file_table,
    types_of,
)
from reference.pmr.definitions import (
    AVAILABILITIES,
    DECIMALS,
    Definition,
    plain_number,
    printed,
    rows_before,
    status_of,
    target_text,
)
from reference.pmr.figures import ALL, WITHHELD, Figure, Place
from reference.pmr.governance import ALWAYS_GIVEN, EXCEPTION_COLUMNS, of_month, subject_of, without_subject
from reference.pmr.incidents import (
    incidents_of_month,
    is_of_month,
    is_within,
    months_before,
    period_of,
)
from reference.publish import guard_text, round_half_away
from reference.requests import GAIN_SRV

MEASURE_COLUMNS = (
    "section",
    "measure_id",
    "kind",
    "business_process",
    "srv",
    "segment",
    "split",
    "split_value",
    "unit",
    "numerator",
    "denominator",
    "pending",
    "value",
    "value_before_exceptions",
    "previous_value",
    "target",
    "minimum",
    "direction",
    "status",
    "state",
    "state_reason",
    "commentary_required",
    "commentary_given",
)
KEY_COLUMNS = ("measure_id", "business_process", "srv", "segment", "split", "split_value")
DEFINITION_COLUMNS = (
    "measure_id",
    "kind",
    "name",
    "definition",
    "unit",
    "direction",
    "target",
    "minimum",
    "source",
)
RECONCILIATION_COLUMNS = ("check", "subject", "detail")
SEGMENTS_OF = {
    "S": (SMETS2, *REGIONS, SMETS1),
    "R": (SMETS2, *CSP_REGIONS, SMETS1),
    "ALL": (ALL,),
    "SMETS": (SMETS1, SMETS2, "Unknown"),
    "given": (),
}
TYPES_OF = {
    "IC1.1": ("CHF", "ESME", "GSME"),
    "EH1": ("ESME", "GSME"),
    "EH2": ("ESME", "GSME", "CHF"),
}
CATEGORIES_OF = {"CPM4": ("1", "2"), "CPM5": ("3", "4", "5"), "CPM5.1": ("3", "4", "5")}
SEVERITIES = ("1", "2", "3", "4", "5", "Unknown")
# The seed leaves the SRV of these empty; the rectangle has it.
OF_GAIN_REQUESTS = ("TR1:devices_6_23", "TR1:devices_6_23_success", "TR1:success_share")
REASONS_ABOVE = Fraction(5, 100)
PROCESS_VIEW = "SA5"
FAILED_SERIES = "PP1.2:failed_share"
# The feed whose rows a figure counts, by the longest beginning of its id that fits; else the requests.
FEED_OF = {
    "": "service_requests",
    "A1": "alerts",
    "A2": "alerts",
    "CPM3": "alerts",
    "PP1.1:810E": "alerts",
    "EH1": "device_inventory",
    "EH2": "device_inventory",
    "EH3": "alerts",
    "EH4:noisy": "alerts",
    "IC1.1:successful_installs": "device_inventory",
    "IC1.2": "device_inventory",
    "IC1.3:neither_yet": "device_inventory",
    "IC1.4": "incidents",
    "IC2": "device_inventory",
    "DF1.1": "firmware_distributions",
    "CHF": "firmware_distributions",
    "SA": "service_outages",
    "SA4:incidents": "incidents",
    "CPM4": "incidents",
    "CPM5": "incidents",
    "CPM6": "service_outages",
    "MI": "incidents",
    "CPM7": "provider_measures",
    "CPM8": "provider_measures",
    "CPM9": "provider_measures",
    "PM": "provider_measures",
    "DEF": "defects",
    "TH": "throttling_events",
    "TR1:gains": "registrations",
    "TR1:gb_volume": "provider_measures",
}
# Figures whose denominator says of how many something is the mean, the middle or the end.
OF_HOW_MANY = (
    "RSVP-S",
    "IC1.4:mean_hours",
    "SA4:mttr",
    "SA4:mtbf",
    "CPM5.1:mean_hours",
    "CPM5.1:median_hours",
    "CPM5.1:max_hours",
)


def feed_of(measure_id: str) -> str:
    """The feed whose rows a figure counts."""
    return FEED_OF[max((known for known in FEED_OF if measure_id.startswith(known)), key=len)]


@dataclass
class Line:
    """A row of measures.csv, exact and not yet printed."""

    definition: Definition
    place: Place
    state: str = NO_EVENTS
    reason: str | None = None
    numerator: int | Fraction | None = None
    denominator: int | Fraction | None = None
    pending: int | None = None
    value: Fraction | None = None
    before: Fraction | None = None
    is_remainder: bool = False

    @property
    def measure_id(self) -> str:
        return self.definition.measure_id

    @property
    def segment(self) -> str:
        return self.place[2]

    @property
    def other_place(self) -> tuple[str | None, ...]:
        """The place without the segment."""
        return self.place[:2] + self.place[3:]

    @property
    def status(self) -> str | None:
        if self.state != REPORTED or self.is_remainder:
            return None
        return status_of(self.definition, self.value)

    @property
    def needs_commentary(self) -> bool:
        """Whether its status, or the failed series of top-ups, ask for a text."""
        if (self.status or "").startswith("Below"):
            return True
        return (
            self.measure_id == FAILED_SERIES
            and self.state == REPORTED
            and not self.is_remainder
            and self.place[3] == ALL
            and self.value is not None
            and self.value > REASONS_ABOVE
        )

    def is_named_by(self, subject: str) -> bool:
        """Whether a subject names this row: by its process, its SRV, or the value of its split."""
        process, srv, _, split, value = self.place
        is_base = srv in (None, self.definition.srv, ALL)
        if split != ALL:
            return is_base and value == subject
        return (is_base and process == subject) or srv == subject

    @property
    def is_base(self) -> bool:
        """Whether it is the row at srv `ALL` (or its only SRV) and split `ALL`."""
        return self.place[1] in (None, self.definition.srv, ALL) and self.place[3] == ALL


def processes_of(sources: Sources, definition: Definition) -> list[str | None]:
    """The processes that a measure has rows of."""
    if definition.business_process != "*":
        return [definition.business_process or None]
    if definition.measure_id == PROCESS_VIEW:
        return list(dict.fromkeys(row["business_process"] for row in sources.seed("process_components")))
    return list(sources.processes)


def places_of(sources: Sources, definition: Definition) -> list[Place]:
    """Where a measure has a row, by the seeds and the month."""
    segments = [s for name in definition.segments.split(";") for s in SEGMENTS_OF[name]]
    if definition.segments == "given":
        segments = [ALL] if definition.measure_id in ALWAYS_GIVEN else []
    places: list[Place] = []
    for process in processes_of(sources, definition):
        base, srvs = _srvs_of(sources, definition, process)
        variants = _variants(sources, definition, process)
        for segment in segments:
            if _has_whole(definition) and not variants:
                places += [(process, srv, segment, ALL, ALL) for srv in srvs]
            for split in definition.splits:
                for value in _values_of(sources, definition, split, process, segment, variants):
                    places.append((process, base, segment, split, value))
    return places


def _srvs_of(
    sources: Sources, definition: Definition, process: str | None
) -> tuple[str | None, list[str | None]]:
    """The SRV of rows that are split, and those of rows that are not."""
    if definition.measure_id in OF_GAIN_REQUESTS:
        return GAIN_SRV, [GAIN_SRV]
    if not definition.srv:
        return None, [None]
    if definition.srv == "*":
        return ALL, [ALL, *sources.processes[process]]
    several = definition.srv.split(";")
    return (ALL, [ALL, *several]) if len(several) > 1 else (several[0], several)


def _has_whole(definition: Definition) -> bool:
    """Whether it has rows that are not split."""
    return not {"service", "month"} & set(definition.splits)


def _variants(sources: Sources, definition: Definition, process: str | None) -> list[str]:
    if definition.measure_id != PROCESS_VIEW:
        return []
    rows = [row for row in sources.seed("process_components") if row["business_process"] == process]
    return list(dict.fromkeys(row["variant"] for row in rows if row["variant"]))


def _values_of(
    sources: Sources,
    definition: Definition,
    split: str,
    process: str | None,
    segment: str,
    variants: list[str],
) -> Iterable[str]:
    stem = definition.measure_id.partition(":")[0]
    if split == "device_type":
        if segment not in (ALL if stem == "EH2" else GENERATIONS):
            return ()
        if definition.srv == "*" and process is not None:
            return types_of(process)
        return TYPES_OF.get(stem, DEVICE_TYPES)
    if split == "sla_s":
        return SLA_CLASSES if segment in GENERATIONS else ()
    if split == "day":
        # An SRV has days in these two only, as in rsvp_daily.csv.
        return () if segment not in GENERATIONS else [day.isoformat() for day in sources.month.days]
    if split == "month":
        return [month.name for month in months_before(sources.month, 2)]
    if split == "service":
        return dict.fromkeys(row["service"] for row in sources.seed("service_components"))
    return {
        "variant": variants,
        "category": CATEGORIES_OF.get(stem, ()),
        "severity": SEVERITIES,
    }.get(split, ())


def applies_in_smets1(sources: Sources, definition: Definition, place: Place) -> bool:
    """Whether a row of the segment SMETS1 is measured at all."""
    process, srv, segment, _, _ = place
    if segment != SMETS1 or definition.smets1 == "true":
        return True
    if definition.smets1 == "false":
        return False
    return process not in sources.processes or sources.applies_to(process, srv or ALL, segment)


def lines_of(sources: Sources, definitions: dict[str, Definition], figures: list[Figure]) -> list[Line]:
    """The rows of measures.csv before exceptions."""
    given = {(figure.measure_id, figure.place): figure for figure in figures}
    if len(given) != len(figures):
        repeated = [key for key, n in Counter((f.measure_id, f.place) for f in figures).items() if n > 1]
        raise ValueError(f"figures of one key: {repeated[:5]}")
    lines = []
    has_file = {feed: sources.has_file(feed) for feed in set(FEED_OF.values())}
    for name, definition in definitions.items():
        for place in places_of(sources, definition):
            lines.append(_line(sources, definition, place, given.pop((name, place), None), has_file))
    for (name, place), figure in given.items():
        definition = definitions[name]
        if not figure.is_remainder and definition.segments != "given":
            raise ValueError(f"no row of the rectangle: {name} {place}")
        lines.append(_line(sources, definition, place, figure, has_file))
    return lines


def _line(
    sources: Sources,
    definition: Definition,
    place: Place,
    figure: Figure | None,
    has_file: dict[str, bool],
) -> Line:
    line = Line(definition, place, is_remainder=figure is not None and figure.is_remainder)
    feed = feed_of(definition.measure_id)
    if line.is_remainder:
        # What is left of a total that is shown: whatever it is, it is reported.
        line.state, line.numerator, line.denominator = REPORTED, figure.numerator, figure.denominator
        line.pending, line.value = figure.pending, figure.value
        return line
    if not applies_in_smets1(sources, definition, place):
        line.state, line.reason = NOT_APPLICABLE, NOT_IN_SMETS1
        return line
    if figure is not None and figure.state_reason == NO_REGIONS:
        line.state, line.reason = NOT_APPLICABLE, NO_REGIONS
        return line
    if not has_file[feed]:
        line.reason = f"no file of {feed}"
        return line
    if figure is not None and figure.is_withheld:
        line.state, line.reason = WITHHELD, "disclosure"
        return line
    if figure is None:
        figure = _nothing(definition, place)
    line.reason = figure.state_reason
    if figure.state_reason == NO_LIST:
        return line
    line.numerator, line.denominator = figure.numerator, figure.denominator
    line.pending, line.value = figure.pending, figure.value
    is_empty = figure.value is None or figure.denominator == 0
    if definition.unit == "count" and figure.value == 0 and not definition.is_measure:
        is_empty = True
    if not is_empty:
        line.state = REPORTED
    elif definition.unit != "count":
        line.value = None
    return line


def _nothing(definition: Definition, place: Place) -> Figure:
    """The figure of a row that nobody told of."""
    if definition.unit == "count":
        return Figure(definition.measure_id, *place, numerator=0, value=Fraction(0))
    if definition.measure_id.startswith(OF_HOW_MANY):
        return Figure(definition.measure_id, *place, denominator=0)
    return Figure(definition.measure_id, *place, numerator=0, denominator=0)


# Exceptions


def apply_exceptions(
    sources: Sources, definitions: dict[str, Definition], lines: list[Line]
) -> list[tuple[Row, str | None]]:
    """Take the exceptions of the month away from the rows, in their order.

    Returns each with its refusal, None where it was applied.
    """
    of_measure: dict[str, list[Line]] = {}
    for line in lines:
        if not line.is_remainder:
            of_measure.setdefault(line.measure_id, []).append(line)
    verdicts = []
    for row in sorted(of_month(sources, "performance_exceptions"), key=lambda row: row["exception_id"]):
        name = without_subject(row["measure_id"] or "")
        verdicts.append((row, _apply(sources, row, definitions.get(name), of_measure.get(name, []))))
    return verdicts


def _is_in_pmel(sources: Sources, row: Row) -> bool:
    month = sources.month.name
    return any(
        entry["reason"] == row["reason"]
        and entry["measure_id"] == without_subject(row["measure_id"] or "")
        and (not entry["from_month"] or entry["from_month"] <= month)
        and (not entry["to_month"] or month <= entry["to_month"])
        for entry in sources.seed("pmel")
    )


def _apply(sources: Sources, row: Row, definition: Definition | None, lines: list[Line]) -> str | None:
    if row["approved_by"] is None:
        return "unapproved"
    if not _is_in_pmel(sources, row):
        return "not in the PMEL"
    subject = subject_of(row["measure_id"])
    if definition is None:
        return "unknown measure"
    if subject is not None and not any(line.is_named_by(subject) for line in lines):
        return "unknown measure"
    if not definition.is_measure:
        return "indicator"
    meant = [line for line in lines if (line.is_base if subject is None else line.is_named_by(subject))]
    if len({line.other_place for line in meant}) != 1:
        return "several rows"
    changed = _changed(row["csp_region"], {line.segment: line for line in meant})
    if not changed:
        return "several rows"
    if definition.unit != "share":
        return "not a share"
    excluded = row["excluded_count"]
    if excluded is None:
        return "no count"
    reported = [line for line in changed if line.state == REPORTED]
    if changed[0].state != REPORTED or any(excluded > misses_of(line) for line in reported):
        return "more than the misses"
    for line in reported:
        if line.before is None:
            line.before = line.value
        line.denominator -= excluded
        if definition.is_lower_better:
            line.numerator -= excluded
        line.value = Fraction(line.numerator) / line.denominator if line.denominator else None
        if line.value is None:
            line.state = NO_EVENTS
    return None


def _changed(region: str | None, lines: dict[str, Line]) -> list[Line]:
    """The rows that an exception changes, its first one first."""
    if region is None:
        return [lines[s] for s in (ALL, SMETS2) if s in lines][:1]
    wanted = (region, ALL) if region == SMETS1 else (region, SMETS2, ALL)
    return [lines[segment] for segment in wanted if segment in lines]


def misses_of(line: Line) -> int | Fraction:
    """How many rows, or minutes, of a share missed."""
    if line.definition.is_lower_better:
        return line.numerator
    return line.denominator - line.numerator


# Commentary


def has_commentary(texts: list[Row], line: Line) -> bool:
    """Whether a text serves a row."""
    for row in texts:
        subject = subject_of(row["measure_id"])
        if row["text"] is None or without_subject(row["measure_id"]) != line.measure_id:
            continue
        if row["csp_region"] not in (None, line.segment):
            continue
        if subject is None or line.is_named_by(subject):
            return True
    return False


# Files


def summary_files(
    sources: Sources, definitions: dict[str, Definition], figures: list[Figure]
) -> dict[str, list[list[str]]]:
    """measures.csv, definitions.csv, exceptions.csv and reconciliation.csv."""
    lines = lines_of(sources, definitions, figures)
    verdicts = apply_exceptions(sources, definitions, lines)
    texts = of_month(sources, "commentary")
    before = {
        tuple(row[column] for column in KEY_COLUMNS): row for row in rows_before(sources, "measures.csv")
    }
    rows = [_measure_row(line, texts, before) for line in lines]
    exceptions = [
        {
            "exception_id": row["exception_id"],
            "measure_id": row["measure_id"],
            "segment": row["csp_region"] or ALL,
            "excluded_count": row["excluded_count"],
            "reason": row["reason"],
            "is_applied": refusal is None,
            "refusal": refusal,
        }
        for row, refusal in verdicts
    ]
    cases = reconciliation(sources, definitions, verdicts, rows, before)
    return {
        "measures.csv": file_table(sources.month, MEASURE_COLUMNS, rows),
        "definitions.csv": file_table(
            sources.month, DEFINITION_COLUMNS, map(_definition_row, definitions.values())
        ),
        "exceptions.csv": file_table(sources.month, EXCEPTION_COLUMNS, exceptions),
        "reconciliation.csv": file_table(
            sources.month,
            RECONCILIATION_COLUMNS,
            [dict(zip(RECONCILIATION_COLUMNS, case, strict=True)) for case in cases],
        ),
    }


def _definition_row(definition: Definition) -> Row:
    return {
        "measure_id": definition.measure_id,
        "kind": definition.kind,
        "name": definition.name,
        "definition": definition.definition or None,
        "unit": definition.unit,
        "direction": definition.direction,
        "target": target_text(definition, definition.target),
        "minimum": target_text(definition, definition.minimum),
        "source": definition.source,
    }


def printed_key(line: Line) -> tuple[str, ...]:
    """The key of a row as its cells stand in the file."""
    return tuple(guard_text(cell or "") for cell in (line.measure_id, *line.place))


def _number(line: Line, number: int | Fraction | None) -> Decimal | str | None:
    """A numerator or denominator as printed."""
    if number is None:
        return None
    if line.definition.segments == "given" or line.measure_id == "TR1:gb_volume":
        return plain_number(number)
    if line.measure_id in AVAILABILITIES:
        return round_half_away(Fraction(number), DECIMALS["minutes"])
    return round_half_away(Fraction(number), 0)


def _measure_row(line: Line, texts: list[Row], before: dict[tuple[str, ...], dict[str, str]]) -> Row:
    definition = line.definition
    process, srv, segment, split, split_value = line.place
    required = line.needs_commentary
    previous = {} if line.is_remainder else before.get(printed_key(line), {})
    return {
        "section": definition.section,
        "measure_id": definition.measure_id,
        "kind": definition.kind,
        "business_process": process,
        "srv": srv,
        "segment": segment,
        "split": split,
        "split_value": split_value,
        "unit": definition.unit,
        "numerator": _number(line, line.numerator),
        "denominator": _number(line, line.denominator),
        "pending": line.pending,
        "value": printed(definition, line.value),
        "value_before_exceptions": printed(definition, line.before),
        "previous_value": _as_number(previous.get("value")),
        "target": target_text(definition, definition.target),
        "minimum": target_text(definition, definition.minimum),
        "direction": definition.direction,
        "status": line.status,
        "state": line.state,
        "state_reason": line.reason,
        "commentary_required": required,
        "commentary_given": has_commentary(texts, line) if required else None,
    }


def _as_number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def reconciliation(
    sources: Sources,
    definitions: dict[str, Definition],
    verdicts: list[tuple[Row, str | None]],
    rows: list[Row],
    before: dict[tuple[str, ...], dict[str, str]],
) -> list[tuple[str, str, str | None]]:
    """What the checks that only warn have to say: check, subject and detail."""
    cases: list[tuple[str, str, str | None]] = []
    cases += [("exception_governed", row["exception_id"], refusal) for row, refusal in verdicts if refusal]
    outages = outages_of_period(sources)
    cases += [
        ("maintenance_approved", row["outage_id"], None)
        for row in outages
        if row["kind"] == "planned" and not is_approved(row)
    ]
    out = [row for row in incidents_of_month(sources) if is_of_outage(row)]
    cases += [
        ("outage_has_incident", row["outage_id"], None)
        for row in outages
        if not is_planned(row) and not any(meets(row, incident, sources.month.start) for incident in out)
    ]
    cases += _undated(sources)
    cases += _unmapped(sources, outages)
    left_out = sum(request.is_listed and not request.applies for request in sources.month_requests)
    if left_out:
        cases.append(("not_applicable", SMETS1, str(left_out)))
    unknown = Counter(
        row["measure_id"]
        for row in of_month(sources, "provider_measures")
        if without_subject(row["measure_id"]) not in definitions
    )
    cases += [("unknown_provider_measure", name, str(count)) for name, count in unknown.items()]
    cases += _stale(sources, rows, before)
    return cases


def is_of_outage(incident: Row) -> bool:
    """Whether an incident of the month should have an outage in the list."""
    return bool(incident["dcc_responsible"]) and incident["outage_started_at"] is not None


def meets(outage: Row, incident: Row, month_start: datetime) -> bool:
    """Whether an outage and the outage of an incident overlap, half-open; one of zero length touches.

    Parameters: month_start, when an outage without a start began.
    """
    first, last = incident["outage_started_at"], incident["outage_ended_at"] or datetime.max
    start, end = outage["started_at"] or month_start, outage["ended_at"] or datetime.max
    if first == last or start == end:
        return start <= last and first <= end
    return start < last and first < end


def _undated(sources: Sources) -> list[tuple[str, str, str | None]]:
    """incident_dated, as far as it only warns."""
    cases: list[tuple[str, str, str | None]] = []
    of_category: Counter[int] = Counter()
    for row in sources.rows("incidents"):
        category, raised, resolved, closed = (
            row[name] for name in ("category", "raised_at", "resolved_at", "closed_at")
        )
        if category is None or not is_within(closed, period_of(sources)):
            continue
        lacks = raised is None or resolved is None
        is_wrong = lacks or not raised <= resolved <= closed
        if category in HIGHLIGHTED and lacks:
            cases.append(("incident_dated", row["incident_id"], None))
        elif category not in HIGHLIGHTED and is_wrong:
            of_category[category] += 1
    cases += [("incident_dated", f"Category {category}", str(n)) for category, n in of_category.items()]
    return cases


def _unmapped(sources: Sources, outages: list[Row]) -> list[tuple[str, str, str | None]]:
    """Values of outages and incidents of the month that no seed maps."""
    incidents = [
        row for row in sources.rows("incidents") if row["category"] is not None and is_of_month(row, sources)
    ]
    cases: list[tuple[str, str, str | None]] = []
    for seed, column, rows, name in (
        ("service_components", "component", outages, "component"),
        ("incident_services", "incident_service", incidents, "service"),
        ("resolver_groups", "resolver", incidents, "resolver"),
    ):
        known = {row[column] for row in sources.seed(seed)} | {None}
        counts = Counter(row[name] for row in rows if row[name] not in known)
        cases += [("unmapped", f"{seed}: {value}", str(n)) for value, n in counts.items()]
    return cases


def _stale(
    sources: Sources, rows: list[Row], before: dict[tuple[str, ...], dict[str, str]]
) -> list[tuple[str, str, str | None]]:
    """commentary_fresh: texts, and numerators and denominators, that are those of the month before."""
    last = months_before(sources.month, 1)[1].name
    texts = {
        (row["measure_id"], row["csp_region"]): row["text"]
        for row in sources.rows("commentary")
        if row["month"] == last
    }
    # A text counts no row of measures.csv.
    equal: Counter[str] = Counter(
        {
            f"{row['measure_id']} {row['csp_region'] or ALL}": 0
            for row in of_month(sources, "commentary")
            if row["text"] is not None and texts.get((row["measure_id"], row["csp_region"])) == row["text"]
        }
    )
    for row in rows:
        old = before.get(tuple(guard_text(row[column] or "") for column in KEY_COLUMNS))
        if (
            old is None
            or row["state"] != REPORTED
            or WITHHELD in (row["srv"], row["segment"], row["split_value"])
            or (row["split"] == "day" and row["split_value"] is None)
        ):
            continue
        if row["numerator"] is None or row["denominator"] is None:
            continue
        if (str(row["numerator"]), str(row["denominator"])) == (old["numerator"], old["denominator"]):
            equal[f"{row['measure_id']} {row['segment']}"] += 1
    return [("commentary_fresh", subject, str(n) if n else None) for subject, n in equal.items()]
