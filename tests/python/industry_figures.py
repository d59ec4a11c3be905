"""Holds each figure of the industry's report against the one CSV cell that its place in the report names.

Reckoned from the CSVs alone, by the report's heads and captions: nothing here knows the report's queries.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from car.reports.document import Document

Row = dict[str, str]
# A cell as it is printed, and the CSV's cell, with what a share is multiplied by.
Pair = tuple[str, str, int]

_SEGMENTS = {"All": "ALL", "Withheld (sum)": "Withheld", "4G N.": "4G North", "4G C.": "4G Central"}
_SEGMENTS |= {"4G S.": "4G South", "Unkn.": "Unknown"}
_SPLITS = {"Target of 30 seconds": "30", "Target of 24 hours": "86400", "Target of 5 days": "432000"}
_SPLITS |= {"Without a target": "None", "Withheld (sum)": "Withheld", "All Device Types": "ALL", "All": "ALL"}
_COLUMNS = ("SMETS2", "North", "Central", "South", "4G N.", "4G C.", "4G S.", "Unkn.", "SMETS1")
_NOTHING = ("", "–", "withheld", "n/a", "No Events")
_SHARE_DIGITS = 2
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?![\w])")


@dataclass
class Figures:
    """The files of one folder.

    Attributes:
        files: rows by file.
        words: every word of the files and of the code lists.
        numbers: every number of the files, and each from 0 to 1, or of a ratio, times 100.
    """

    files: dict[str, list[Row]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    run: dict[str, Any] = field(default_factory=dict)

    def one(self, name: str, **key: str) -> Row:
        """Give the row of a file that a key names."""
        found = [row for row in self.files[name] if all(row[part] == wanted for part, wanted in key.items())]
        if len(found) != 1:
            raise LookupError(f"{name} has {len(found)} rows of {key}")
        return found[0]

    def measure(self, measure_id: str, segment: str, process: str = "", **key: str) -> Row:
        """Give the row of a measure: of its process as a whole, or of its only SRV, where none is named."""
        key = {"split": "ALL", "split_value": "ALL"} | key
        found = [
            row
            for row in self.files["measures.csv"]
            if (row["measure_id"], row["segment"]) == (measure_id, _SEGMENTS.get(segment, segment))
            and (not process or row["business_process"] == process)
            and all(row[part] == wanted for part, wanted in key.items())
        ]
        whole = [row for row in found if row["srv"] in ("", "ALL")] if "srv" not in key else found
        if len(whole or found) != 1:
            raise LookupError(f"{measure_id} has {len(whole or found)} rows in {segment}, {process}, {key}")
        return (whole or found)[0]

    def named(self, name: str, process: str = "") -> str:
        """Give the id of an indicator by its name, of those that a process has."""
        ids = {row["measure_id"] for row in self.files["definitions.csv"] if row["name"] == name}
        used = {
            row["measure_id"]
            for row in self.files["measures.csv"]
            if not process or row["business_process"] == process
        }
        found = [one for one in ids & used if not one.startswith("RSVP")]
        if len(found) != 1:
            raise LookupError(f"{len(found)} indicators of {process} are called {name}")
        return found[0]

    def strangers(self, text: str) -> list[str]:
        """Give the numbers of a text that no file has, nor counts of up to a file's rows."""
        most = max(len(rows) for rows in self.files.values())
        strange = []
        for number in _NUMBER.findall(text):
            plain = Decimal(number.replace(",", ""))
            is_count = plain == plain.to_integral_value() and 0 <= plain <= most and "," not in number
            if number not in self.words and plain not in self.numbers and not is_count:
                strange.append(number)
        return strange


def figures_of(folder: Path, reference: Path | None = None) -> Figures:
    """Read the files of a folder, run.json, and the code lists."""
    figures = Figures(run=json.loads((folder / "run.json").read_text(encoding="utf-8")))
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            figures.files[path.name] = list(csv.DictReader(file))
    texts = [cell for rows in figures.files.values() for row in rows for cell in row.values()]
    texts += [path.read_text(encoding="utf-8") for path in reference.glob("*.csv")] if reference else []
    texts += [json.dumps(figures.run)]
    for text in texts:
        figures.words |= set(re.findall(r"-?\d[\d,.]*\d|\d", text))
        try:
            number = Decimal(text)
        except InvalidOperation:
            continue
        figures.numbers |= {number, number * 100}
        figures.numbers.add((number * 100).quantize(Decimal("0.01"), ROUND_HALF_UP))
    credits = [Decimal(row["service_credit_gbp"] or 0) for row in figures.files["provider_measures.csv"]]
    figures.numbers |= {sum(credits[:end], Decimal(0)) for end in range(len(credits) + 1)}
    figures.numbers.add(Decimal(sum(figures.run["requests_not_counted"].values())))
    figures.numbers |= {Decimal(len(rows)) for rows in figures.files.values()}
    for number in [number for text in texts for number in _NUMBER.findall(text)]:
        figures.numbers.add(Decimal(number.replace(",", "").rstrip(".")))
    return figures


def placed_faults(report: Document, folder: Path) -> tuple[list[str], int]:
    """Say which cells of the report's tables are not the CSV cell of their place, and how many were held."""
    figures = figures_of(folder)
    faults, checked = [], 0
    for page in report.content["pages"]:
        name, _, key = page["place"].partition(":")
        for table in [block["table"] for block in page["blocks"] if block["table"]]:
            pairs = _PLACES.get((name, *table["head"][:2]))
            for cells in table["rows"] if pairs else ():
                row = dict(zip(table["head"], cells, strict=False))
                try:
                    found = list(pairs(figures, row, key))
                except LookupError as error:
                    faults.append(f"{page['title']}: {error}")
                    continue
                checked += len(found)
                faults += [
                    f"{page['title']}, {cells[:3]}: {shown} is not {cell}"
                    for shown, cell, times in found
                    if not _is_same(shown, cell, times)
                ]
    return faults, checked


def _is_same(shown: str, cell: str, times: int) -> bool:
    """Whether a printed figure is a cell: with all its digits, or a share rounded to two or more."""
    if shown in _NOTHING or cell == "":
        return shown in _NOTHING and cell == ""
    try:
        told, exact = Decimal(re.sub(r"[ %,s h]", "", shown.removeprefix("at most "))), Decimal(cell) * times
    except InvalidOperation:
        return False
    digits = -int(told.as_tuple().exponent)
    if times == 1 or digits < _SHARE_DIGITS:
        return told == exact
    return told == exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _times(row: Row) -> int:
    return 100 if row["unit"] == "share" else 1


def _judged(row: Row, shown: Row, actual: str = "Actual") -> Iterator[Pair]:
    yield shown[actual], row["value"], _times(row)
    for head, column in (("Target", "target"), ("Minimum", "minimum"), ("Month\nbefore", "previous_value")):
        if head in shown:
            yield shown[head], row[column], _times(row)


def _of(
    file: str, columns: Row, key: Callable[[Row, str], Row], times: int = 1
) -> Callable[..., Iterator[Pair]]:
    """Make the pairs of a table whose rows are the rows of a file."""

    def pairs(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
        row = figures.one(file, **key(shown, of))
        for head, column in columns.items():
            yield shown[head], row[column], 100 if head.endswith("%") else times

    return pairs


def _service(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    segment = shown.get("Region", "ALL")
    parts = {"split": "service", "split_value": shown["Service"]}
    level = "Actual" if "Actual" in shown else "Actual, %"
    yield from _judged(figures.measure("SA1", segment, **parts), shown, level)
    yield shown["Planned\nhours"], figures.measure("SA2", segment, **parts)["value"], 1
    yield shown["Unplanned\nhours"], figures.measure("SA3", segment, **parts)["value"], 1


def _band(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    for band in ("Weekday 08-20", "Saturday 08-12", "Weekday other", "Saturday other", "Sunday"):
        key = {"service": shown["Service"], "component": "ALL", "segment": "ALL", "band": band}
        yield shown[band], figures.one("availability.csv", **key)["availability"], 100


def _process_level(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    process, variant = re.fullmatch(
        r"(.*?)(?: \((Scheduled|Unscheduled|ESME|GSME)\))?", shown["Business process"]
    ).groups()
    for head in ("All", "SMETS2", "SMETS1"):
        key = {"business_process": process, "variant": variant or "", "segment": _SEGMENTS.get(head, head)}
        row = figures.one("process_availability.csv", **key)
        yield shown[head], row["level"], 100
        if head == "All":
            yield shown["Month\nbefore"], row["previous_level"], 100


def _first_missed(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    rows = [
        row
        for row in figures.files["measures.csv"]
        if row["measure_id"] == shown["I.D."]
        and row["status"].startswith("Below")
        and (row["split"] != "service" or shown["Worst figure"].startswith(row["split_value"]))
    ]
    if not rows:
        raise LookupError(f"{shown['I.D.']} of {shown['Worst figure']} did not miss")
    worst = max(rows, key=_shortfall)
    yield shown["Actual"], worst["value"], _times(worst)
    yield shown["Target"], worst["target"], _times(worst)
    yield shown["Min."], worst["minimum"], _times(worst)


def _shortfall(row: Row) -> Decimal:
    short = Decimal(row["target"]) - Decimal(row["value"])
    return -short if row["direction"] == "lower" else short


def _missed_part(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    segments = [_SEGMENTS.get(name, name) for name in shown["Segments"].split(", ")]
    rows = [
        row
        for row in figures.files["measures.csv"]
        if (row["measure_id"], row["status"]) == (shown["I.D."], shown["Status"])
        and row["segment"] in segments
    ]
    lowest, _, highest = shown["Actual"].partition(" to ")
    target, _, minimum = shown["Target /\nminimum"].partition(" / ")
    for actual in [lowest, highest] if highest else [lowest]:
        found = [row for row in rows if _is_same(actual, row["value"], _times(row))]
        if not found:
            raise LookupError(f"{shown['I.D.']} has no figure {actual} in {segments}")
        yield actual, found[0]["value"], _times(found[0])
        yield target, found[0]["target"], _times(found[0])
        yield minimum, found[0]["minimum"], _times(found[0])


def _actual(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    yield from _judged(figures.measure(shown["I.D."], shown["Segment"], of), shown)


def _by_segment(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    for head in _COLUMNS:
        yield from _side(figures, shown, head, shown["Measure"].split(" ")[0], of)


def _by_srv(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    measure, srv = shown["Measure and service request"].split(" ")[:2]
    for head in _COLUMNS:
        yield from _side(figures, shown, head, measure, of, srv=srv)


def _side(figures: Figures, shown: Row, head: str, measure: str, of: str, **key: str) -> Iterator[Pair]:
    """Give the figure of a segment's column, and what it is made of where that stands beside it."""
    try:
        row = figures.measure(measure, head, of, **key)
    except LookupError:
        row = {"value": "", "unit": "", "numerator": "", "denominator": ""}
    value, made_of = re.fullmatch(r"(.*?)(?: \((.*) of .*\))?", shown[head]).groups()
    # A region may be left out where none of it is told.
    if value or row["value"]:
        yield value, row["value"], _times(row)
    if made_of:
        yield made_of, row["numerator"], 1


def _by_split(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    name = shown.get("Of") or shown["Device Type"]
    split = "sla_s" if name in _SPLITS and name not in ("Withheld (sum)",) else "device_type"
    value = _SPLITS.get(name, name)
    for head in ("SMETS2", "SMETS1"):
        yield from _side(figures, shown, head, shown["I.D."], of, split=split, split_value=value)


def _matrix(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    name, _, month = shown["Indicator"].partition(", 20")
    key = {"split": "month", "split_value": f"20{month}"} if month else {}
    for head in _COLUMNS:
        yield from _side(figures, shown, head, figures.named(name, of), of, **key)


def _rsvp(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    segment, _, part = shown["Of"].partition(": ")
    key = {"srv": "ALL", "split": "ALL", "split_value": "ALL"}
    if part[:1].isdigit():
        key["srv"] = part.split(" ")[0]
    elif part == "Withheld (sum)":
        return
    elif part:
        key |= {"split": "device_type", "split_value": part}
    key |= {"business_process": of, "segment": _SEGMENTS.get(segment, segment)}
    row = figures.one("rsvp_monthly.csv", **key)
    columns = {
        "Requests": "volume",
        "Success": "responded_success",
        "Failure": "responded_failure",
        "Unansw.\nsuccess": "unresponded_success",
        "Unansw.\nfailure": "unresponded_failure",
        "Pend-\ning": "pending",
        "Delivery\nfailures": "delivery_failures",
        "Measured": "measured",
        "Mean": "mean_s",
        "Median": "median_s",
        "99th\npercentile": "p99_s",
        "Shortest": "shortest_s",
        "Longest": "longest_s",
        "Mean in\nnetworks": "network_mean_s",
    }
    for head, column in columns.items():
        if head in shown:
            yield shown[head], row[column], 1
    for head, measure in (
        ("Success,\n%", "RSVP-P:success_share"),
        ("Delivery\nfail., %", "RSVP-P:delivery_failure_share"),
    ):
        if head in shown and key["split"] == "ALL":
            yield from _side(figures, {**shown, segment: shown[head]}, segment, measure, of, srv=key["srv"])


def _cpm(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    segment, _, part = shown["Segment"].partition(", ")
    key = {}
    if part:
        split = "category" if part.startswith("Category") else "subject"
        key = {"split": split, "split_value": part.removeprefix("Category ")}
    yield from _judged(figures.measure(shown["I.D."], segment, **key), shown)


def _incident_count(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    key = {}
    if shown["Category"] != "All":
        key = {"split": "category", "split_value": shown["Category"].removeprefix("Category ")}
    for head in ("All", "SMETS2", "SMETS1", "Unknown"):
        yield from _side(figures, shown, head, shown["I.D."], of, **key)


def _provider(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    key = {"measure_id": shown["I.D."], "segment": _SEGMENTS.get(shown["Segment"], shown["Segment"])}
    row = figures.one("provider_measures.csv", service_provider=shown["Provider"], **key)
    for head, column, times in (
        ("Numerator", "numerator", 1),
        ("Denominator", "denominator", 1),
        ("Value", "value", 100 if row["denominator"] else 1),
        ("Value, %", "value", 100),
        ("In numbers", "numerator", 1),
        ("Target", "target", 100),
        ("Min.", "minimum", 100),
        ("Credit, £", "service_credit_gbp", 1),
    ):
        if head in shown:
            yield shown[head].partition(" of ")[0], row[column], times


def _credit_total(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    credits = [
        Decimal(row["service_credit_gbp"])
        for row in figures.files["provider_measures.csv"]
        if row["service_provider"] == shown["Service Provider"]
        and Decimal(row["service_credit_gbp"] or 0) > 0
    ]
    yield shown["Credits"], str(len(credits)), 1
    yield shown["Together, £"], str(sum(credits)), 1


def _alert_measure(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    value = _SPLITS.get(shown["Device Type"], shown["Device Type"])
    key = {"split": "ALL" if value == "ALL" else "device_type", "split_value": value}
    row = figures.measure("A1", shown["Segment"], **key)
    yield from _judged(row, shown)
    in_time, _, all_ = shown["Of"].partition(" of ")
    yield in_time, row["numerator"], 1
    yield all_, row["denominator"], 1


def _alert_code(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    row = figures.one("alerts.csv", alert_code=shown["Code"])
    columns = {
        "Alerts": "volume",
        "Within\n60 s": "within_60_s",
        "To\n5 min": "within_5_min",
        "To\n1 h": "within_1_h",
        "Longer": "longer",
        "Never": "never",
        "Pending": "pending",
        "Sup-\npressed": "suppressed",
        "Event\nto CSP": "event_to_csp_mean_s",
        "CSP\nto DSP": "csp_to_dsp_mean_s",
        "DSP\nto sent": "dsp_to_sent_mean_s",
        "Sent to\nacknowledged": "sent_to_acknowledged_mean_s",
        "In time, %": "share",
    }
    for head in columns.keys() & shown.keys():
        yield shown[head], row[columns[head]], 100 if head.endswith("%") else 1


def _level(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    value = _SPLITS.get(shown["Device Type"], shown["Device Type"])
    key = {"split": "ALL" if value == "ALL" else "device_type", "split_value": value}
    for head, name in (
        ("Current", "current"),
        ("One below", "one_below"),
        ("Two below", "two_below"),
        ("Older", "older"),
        ("Not listed", "not_listed"),
    ):
        yield shown[head], figures.measure(f"EH2:{name}", "ALL", **key)["value"], 100


def _defect(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    severity = shown.get("Severity", "all severities")
    key = {}
    if severity != "all severities":
        key = {"split": "severity", "split_value": severity.removeprefix("Severity ")}
    yield from _judged(figures.measure(shown["I.D."], "ALL", **key), shown)


def _feed(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    facts = figures.run["feeds"][shown["Feed"]]
    for head, name in (
        ("Files\nloaded", "files_loaded"),
        ("Files\nrejected", "files_rejected"),
        ("Rows\nread", "rows_read"),
        ("Accepted", "rows_accepted"),
        ("Super-\nseded", "rows_superseded"),
        ("Quaran-\ntined", "rows_quarantined"),
    ):
        yield shown[head], str(facts[name]), 1


def _definition(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    row = figures.one("definitions.csv", measure_id=shown["I.D."])
    for head, column in (("Target", "target"), ("Min.", "minimum")):
        yield shown[head], row[column], _times(row)


def _effect(figures: Figures, shown: Row, of: str) -> Iterator[Pair]:
    row = figures.measure(shown["I.D."], shown["Segment"])
    yield shown["Before"], row["value_before_exceptions"], _times(row)
    yield shown["After"], row["value"], _times(row)


# By page and the first two heads of a table: how its cells are found.
_PLACES: dict[tuple[str, ...], Callable[..., Iterator[Pair]]] = {
    ("summary", "Service", "Actual"): _service,
    ("summary", "I.D.", "Worst figure"): _first_missed,
    ("availability", "Service", "Weekday 08-20"): _band,
    ("availability", "Service", "Region"): _service,
    ("availability", "Service", "Component"): _of(
        "availability.csv",
        {
            "Availability, %": "availability",
            "Planned\nminutes": "planned_minutes",
            "Unplanned\nminutes": "unplanned_minutes",
        },
        lambda row, of: {
            "service": row["Service"],
            "component": row["Component"],
            "segment": "ALL",
            "band": "ALL",
        },
    ),
    ("availability", "Service", "1"): _of(
        "reliability.csv",
        {
            **{str(category): f"incidents_{category}" for category in range(1, 6)},
            "Downtime\nevents": "downtime_events",
            "Planned\nhours": "planned_hours",
            "Unplanned\nhours": "unplanned_hours",
            "Hours to\nrepair": "mttr_hours",
            "Hours between\nfailures": "mtbf_hours",
        },
        lambda row, of: {"service": row["Service"]},
    ),
    ("availability", "Business process", "All"): _process_level,
    ("missed", "I.D.", "Measure"): _missed_part,
    ("measures_of", "Segment", "I.D."): _actual,
    ("measures_of", "Measure", "SMETS2"): _by_segment,
    ("measures_of", "Measure and service request", "SMETS2"): _by_srv,
    ("measures_of", "Of", "I.D."): _by_split,
    ("indicators_of", "Of", "Requests"): _rsvp,
    ("indicators_of", "Of", "Measured"): _rsvp,
    ("indicators_of", "Indicator", "SMETS2"): _matrix,
    ("indicators_of", "Indicator", "I.D."): _by_split,
    ("indicators_of", "Segment", "Device Type"): _of(
        "top_up_attempts.csv",
        {
            "Series": "series",
            "First": "first",
            "Second": "second",
            "Later": "later",
            "Failed": "failed",
            "Pending": "pending",
        },
        lambda row, of: {
            "segment": _SEGMENTS.get(row["Segment"], row["Segment"]),
            "device_type": _SPLITS.get(row["Device Type"], row["Device Type"]),
        },
    ),
    ("cpms", "Segment", "I.D."): _cpm,
    ("cpms", "Indicator", "I.D."): _incident_count,
    ("cpms", "I.D.", "Measure"): _provider,
    ("credits", "Service Provider", "Credits"): _credit_total,
    ("credits", "I.D.", "Measure"): _provider,
    ("alerts", "Segment", "Device Type"): _alert_measure,
    ("alerts", "Code", "Alert"): _alert_code,
    ("estate", "Device Type", "Current"): _level,
    ("estate", "Indicator", "SMETS2"): _matrix,
    ("estate", "Indicator", "I.D."): _by_split,
    ("defects", "Indicator", "I.D."): _defect,
    ("exceptions", "Exception", "Measure"): _of(
        "exceptions.csv",
        {"Taken out": "excluded_count"},
        lambda row, of: {"exception_id": row["Exception"]},
    ),
    ("exceptions", "I.D.", "Measure"): _effect,
    ("trials", "Indicator", "SMETS2"): _matrix,
    ("trials", "Indicator", "I.D."): _by_split,
    ("basis", "Feed", "Files\nloaded"): _feed,
    ("definitions", "I.D.", "M/I"): _definition,
}
