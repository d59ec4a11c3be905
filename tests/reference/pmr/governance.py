"""provider_measures, exceptions, commentary; DEF, TH and TR1:gb_volume (contract, 1 and 1.2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction

from reference.landing import Row
from reference.pmr.common import Sources, file_table
from reference.pmr.definitions import Definition, plain_number, printed, status_of, target_text
from reference.pmr.figures import ALL, Figure
from reference.pmr.incidents import figure
from reference.pmr.intervals import clipped, microseconds, overlaps, union
from reference.publish import round_half_away

SEVERITIES = (1, 2, 3, 4, 5)
UNKNOWN = "Unknown"
# What has a row whether it is given or not: the three of the contract, and what the rectangle has besides.
ALWAYS_GIVEN = ("CPM7", "CPM8", "CPM9", "PM1.1")
GIVEN = "given"
GB_VOLUME = "TR1:gb_volume"
PROVIDER_COLUMNS = (
    "measure_id",
    "segment",
    "service_provider",
    "numerator",
    "denominator",
    "value",
    "target",
    "minimum",
    "status",
    "service_credit_gbp",
)
EXCEPTION_COLUMNS = (
    "exception_id",
    "measure_id",
    "segment",
    "excluded_count",
    "reason",
    "is_applied",
    "refusal",
)
COMMENTARY_COLUMNS = ("measure_id", "segment", "text")


def of_month(sources: Sources, feed: str) -> list[Row]:
    """The rows of a feed that name the reporting month."""
    return [row for row in sources.rows(feed) if row["month"] == sources.month.name]


def without_subject(measure_id: str) -> str:
    """A measure id as the seed has it."""
    return measure_id.partition("/")[0]


def subject_of(measure_id: str) -> str | None:
    """The subject after the slash; None where there is none."""
    _, slash, subject = measure_id.partition("/")
    return subject if slash else None


def governance_figures(
    sources: Sources, definitions: dict[str, Definition]
) -> tuple[list[Figure], dict[str, list[list[str]]]]:
    """The figures of the providers, defects and throttling; provider_measures.csv and commentary.csv."""
    figures = (
        _provided(sources, definitions) + _defects(sources) + _alert_storms(sources) + _throttled(sources)
    )
    figures.append(_gb_volume(sources))
    files = {
        "provider_measures.csv": file_table(
            sources.month, PROVIDER_COLUMNS, _provider_lines(sources, definitions)
        ),
        "commentary.csv": file_table(
            sources.month,
            COMMENTARY_COLUMNS,
            [
                {"measure_id": row["measure_id"], "segment": row["csp_region"] or ALL, "text": row["text"]}
                for row in of_month(sources, "commentary")
            ],
        ),
    }
    return figures, files


def _provider_lines(sources: Sources, definitions: dict[str, Definition]) -> list[Row]:
    lines = []
    for row in of_month(sources, "provider_measures"):
        definition = definitions.get(without_subject(row["measure_id"]))
        above, below, pence = row["numerator"], row["denominator"], row["service_credit_pence"]
        value = Fraction(above) / Fraction(below) if above is not None and below else None
        line = {
            "measure_id": row["measure_id"],
            "segment": row["csp_region"] or ALL,
            "service_provider": row["service_provider"],
            "numerator": plain_number(above),
            "denominator": plain_number(below),
            "service_credit_gbp": None if pence is None else round_half_away(Fraction(pence, 100), 2),
        }
        if definition is not None and definition.segments == GIVEN:
            line |= {
                "value": printed(definition, value),
                "target": target_text(definition, definition.target),
                "minimum": target_text(definition, definition.minimum),
                "status": status_of(definition, value),
            }
        elif value is not None:
            line["value"] = round_half_away(value, 6)
        elif row["measure_id"] == GB_VOLUME and row["csp_region"] is None and above is not None:
            line["value"] = round_half_away(Fraction(above), 0)
        lines.append(line)
    return lines


def _provided(sources: Sources, definitions: dict[str, Definition]) -> list[Figure]:
    """The rows of measures.csv that a provider gives: CPM7 to CPM9 and PM."""
    feed = "provider_measures"
    figures: dict[tuple[str, str, str | None], Figure] = {}
    for row in of_month(sources, feed):
        name, subject = without_subject(row["measure_id"]), subject_of(row["measure_id"])
        definition = definitions.get(name)
        above, below = row["numerator"], row["denominator"]
        if definition is None or definition.segments != GIVEN or None in (above, below):
            continue
        segment = row["csp_region"] or ALL
        figures[name, segment, subject] = figure(
            name,
            segment=segment,
            split=ALL if subject is None else "subject",
            split_value=ALL if subject is None else subject,
            numerator=Fraction(above),
            denominator=Fraction(below),
            value=Fraction(above) / Fraction(below) if below else None,
        )
    return list(figures.values())


def _gb_volume(sources: Sources) -> Figure:
    feed = "provider_measures"
    for row in of_month(sources, feed):
        if row["measure_id"] == GB_VOLUME and row["csp_region"] is None and row["numerator"] is not None:
            return figure(GB_VOLUME, numerator=Fraction(row["numerator"]), value=Fraction(row["numerator"]))
    return figure(GB_VOLUME, numerator=0, value=Fraction(0))


def counted(name: str, count: int, **key: str) -> Figure:
    """A figure that is a count of rows of a feed."""
    return figure(name, **key, numerator=count, value=Fraction(count))


def _defects(sources: Sources) -> list[Figure]:
    """DEF1 and DEF2, by severity."""
    feed = "defects"
    first, last = sources.month.start.date(), sources.last_instant.date()

    def is_released(row: Row) -> bool:
        return row["released_on"] is not None and first <= row["released_on"] <= last

    def is_open(row: Row) -> bool:
        accepted, closed = row["accepted_on"], row["closed_on"]
        return accepted is not None and accepted <= last and (closed is None or closed > last)

    figures = []
    for name, wanted in (("DEF1", is_released), ("DEF2", is_open)):
        found = [row["severity"] for row in sources.rows(feed) if wanted(row)]
        figures.append(counted(name, len(found)))
        for severity in (*SEVERITIES, None):
            value = UNKNOWN if severity is None else str(severity)
            key = {"split": "severity", "split_value": value}
            figures.append(counted(name, found.count(severity), **key))
    return figures


def _alert_storms(sources: Sources) -> list[Figure]:
    """TH1: SECMP62."""
    feed = "throttling_events"
    start, end = sources.month.start, sources.end
    found = [
        row
        for row in sources.rows(feed)
        if row["direction"] == "Northbound"
        and row["started_at"] is not None
        and start <= row["started_at"] < end
    ]
    incidents = {row["incident_id"] for row in found} - {None}
    figures = [
        counted("TH1:events", len(found)),
        counted("TH1:incidents", len(incidents)),
    ]
    for name in ("forwarded", "dropped", "exempted"):
        total = sum(row[f"{name}_count"] or 0 for row in found)
        figures.append(counted(f"TH1:{name}", total))
    return figures


def _throttled(sources: Sources) -> list[Figure]:
    """TH2: SECMP67."""
    feed = "throttling_events"
    period = sources.month.start, sources.end
    found = []
    for row in sources.rows(feed):
        if row["direction"] != "Southbound" or row["started_at"] is None:
            continue
        spell = row["started_at"], sources.end if row["ended_at"] is None else row["ended_at"]
        if spell[0] <= spell[1] and overlaps(*spell, period):
            found.append(spell)
    length = microseconds(union(clipped(*spell, period) for spell in found))
    days = [
        day
        for day in sources.month.days
        if any(overlaps(*spell, day_of(day)) and day_of(day)[0] < sources.end for spell in found)
    ]
    seconds = Fraction(length, 1_000_000)
    return [
        counted("TH2:events", len(found)),
        figure("TH2:seconds", value=seconds),
        counted("TH2:days", len(days)),
    ]


def day_of(day: date) -> tuple[datetime, datetime]:
    """A UTC calendar day."""
    start = datetime.combine(day, time())
    return start, start + timedelta(days=1)
