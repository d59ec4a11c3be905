"""The landing contract as data: feeds, their columns, keys and checks (docs/landing.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

INT_RANGES = {"tinyint": (-(2**7), 2**7 - 1), "bigint": (-(2**63), 2**63 - 1)}

PATTERNS = {
    "device_id": re.compile(r"[0-9A-F]{2}(-[0-9A-F]{2}){7}"),
    "mpxn": re.compile(r"[0-9]{13}|[0-9]{6,10}"),
    "mpan": re.compile(r"[0-9]{13}"),
    "srv": re.compile(r"[0-9]+(\.[0-9]+){1,2}"),
    "alert_code": re.compile(r"[0-9A-F]{4}|AD1|N[0-9]+"),
    "party_id": re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"),
    "month": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"),
}
INTEGER = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

ROLES = ("IS", "ES", "GS", "ED", "GT", "RSA", "OU")
CSP_REGIONS = ("North", "Central", "South", "4G North", "4G Central", "4G South")
LIST_REGIONS = (*CSP_REGIONS, "SMETS1")
DEVICE_TYPES = ("ESME", "GSME", "CHF", "GPF", "HCALCS", "PPMID", "IHD", "CAD")
SMETS_VERSIONS = ("SMETS1", "SMETS2")
DEVICE_STATUSES = (
    "Pending",
    "Whitelisted",
    "InstalledNotCommissioned",
    "Commissioned",
    "Suspended",
    "Recovery",
    "Recovered",
    "Decommissioned",
    "Withdrawn",
)
PARTY_CATEGORIES = (
    "Large Supplier",
    "Small Supplier",
    "Electricity Network Operator",
    "Gas Network Operator",
    "Other SEC Party",
)

ENUMERATIONS = {
    "role": ROLES,
    "supplier_role": ("IS", "ES", "GS"),
    "csp_region": CSP_REGIONS,
    "list_region": LIST_REGIONS,
    "device_type": DEVICE_TYPES,
    "smets_version": SMETS_VERSIONS,
    "device_status": DEVICE_STATUSES,
    "party_category": PARTY_CATEGORIES,
    "execution_status": ("Success", "Failure"),
    "operation": ("upsert", "remove"),
    "payment_mode": ("Credit", "Prepayment"),
    "cpl_status": ("Current", "Removed"),
    "outage_kind": ("planned", "unplanned"),
    "direction": ("Northbound", "Southbound"),
}


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    `form` is a key of PATTERNS or ENUMERATIONS, or one of text, instant, date, boolean, duration and count
    (BIGINT, not below zero), whole (BIGINT), decimal (not below zero), report_status (TINYINT),
    range:LO:HI:TYPE (whole number).
    """

    name: str
    form: str
    required: bool

    @property
    def family(self) -> str:
        """Family of types that a Parquet file must have the column in."""
        if self.form == "instant":
            return "timestamp"
        if self.form in ("date", "boolean", "decimal"):
            return self.form
        if self.form in ("duration", "count", "whole", "report_status") or self.form.startswith("range:"):
            return "integer"
        return "text"

    def check(self, value: object) -> tuple[object, str | None]:
        """Judge one landed value by itself.

        Parameters: value, text (CSV) or a value of the column's family (Parquet); None and "" are null.
        Returns the typed value, and the first reason that applies or None (docs/landing.md, "What bad input
        gets").
        """
        if value is None or value == "":
            return None, ("missing_required" if self.required else None)
        family = self.family
        if family == "text":
            return self._check_text(str(value))
        if family == "integer":
            return self._check_integer(value)
        if not isinstance(value, str):
            return value, None
        if family == "decimal":
            if not DECIMAL.fullmatch(value):
                return None, "bad_format"
            return Decimal(value), ("negative_value" if Decimal(value) < 0 else None)
        if family == "boolean":
            lowered = value.lower()
            return (lowered == "true", None) if lowered in ("true", "false") else (None, "bad_format")
        try:
            return (parse_instant(value) if family == "timestamp" else parse_date(value)), None
        except ValueError:
            return None, "bad_format"

    def _check_text(self, value: str) -> tuple[object, str | None]:
        if self.form in PATTERNS:
            return value, (None if PATTERNS[self.form].fullmatch(value) else "bad_format")
        if self.form in ENUMERATIONS:
            return value, (None if value in ENUMERATIONS[self.form] else "bad_format")
        return value, None

    def _check_integer(self, value: object) -> tuple[object, str | None]:
        if isinstance(value, str):
            if not INTEGER.fullmatch(value):
                return None, "bad_format"
            value = int(value)
        number = int(value)
        sql_type = "tinyint" if self.form == "report_status" else self.form.split(":")[-1]
        low, high = INT_RANGES.get(sql_type, INT_RANGES["bigint"])
        if not low <= number <= high:
            return None, "bad_format"
        if self.form.startswith("range:"):
            _, least, most, _ = self.form.split(":")
            return number, (None if int(least) <= number <= int(most) else "bad_format")
        if self.form == "report_status":
            return number, (None if 1 <= number <= 37 else "unknown_report_status")
        if self.form in ("duration", "count"):
            return number, (None if number >= 0 else "negative_value")
        return number, None


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in contract order, natural key, clock column and start/end pairs."""

    name: str
    file_format: str
    key: tuple[str, ...]
    latest_by: str
    columns: tuple[Column, ...]
    full_list: bool = False
    periods: tuple[tuple[str, str], ...] = field(default=())


def parse_instant(text: str) -> datetime:
    """Instant of a CSV, `YYYY-MM-DD[T ]HH:MM:SS[.ffffff]` in UTC; ValueError where it is none."""
    match = INSTANT.fullmatch(text)
    if not match:
        raise ValueError("not an instant")
    fraction = (match[3] or ".0")[1:].ljust(6, "0")
    return datetime.strptime(f"{match[1]} {match[2]}.{fraction}", "%Y-%m-%d %H:%M:%S.%f")


def parse_date(text: str) -> date:
    """Date of a CSV, `YYYY-MM-DD`; ValueError where it is none."""
    if not DATE.fullmatch(text):
        raise ValueError("not a date")
    return date.fromisoformat(text)


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of `name form`, a `!` after the form = not null."""
    parsed = []
    for entry in text.split(","):
        name, form = entry.split()
        parsed.append(Column(name, form.rstrip("!"), form.endswith("!")))
    return tuple(parsed)


FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        Feed(
            "service_requests",
            "parquet",
            ("transaction_id",),
            "recorded_at",
            _columns(
                "transaction_id text!, recorded_at instant!, srv srv!, command_variant range:1:9:tinyint!,"
                "mode_of_operation range:1:10:tinyint!, originator_party_id party_id!, originator_role role!,"
                "device_id device_id, mpxn mpxn, report_status_id report_status!,"
                "device_execution_status execution_status, response_code text, started_at instant!,"
                "execution_at instant, ended_at instant, southbound_ms duration, northbound_ms duration,"
                "sla_target_ms duration, sla_exclusion_ms duration, csp_region csp_region, s1sp text"
            ),
            periods=(("started_at", "ended_at"),),
        ),
        Feed(
            "alerts",
            "parquet",
            ("alert_id", "destination_party_id", "destination_role"),
            "recorded_at",
            _columns(
                "alert_id text!, recorded_at instant!, alert_code alert_code!, device_id device_id,"
                "mpxn mpxn, destination_party_id party_id!, destination_role role!,"
                "report_status_id report_status!,"
                "raised_at instant!, delivered_at instant, response_code text, remote_party_role text,"
                "suppressed boolean!, csp_region csp_region, s1sp text"
            ),
            periods=(("raised_at", "delivered_at"),),
        ),
        Feed(
            "power_outage_timings",
            "parquet",
            ("alert_id", "destination_party_id", "destination_role"),
            "recorded_at",
            _columns(
                "alert_id text!, recorded_at instant!, destination_party_id party_id!,"
                "destination_role role!, event_at instant, csp_sent_at instant, dsp_received_at instant,"
                "sent_at instant, acknowledged_at instant"
            ),
            periods=(("event_at", "acknowledged_at"),),
        ),
        Feed(
            "device_inventory",
            "parquet",
            ("device_id", "effective_at"),
            "extract_at",
            _columns(
                "device_id device_id!, extract_at instant!, effective_at instant!, operation operation!,"
                "smart_metering_system_id text, device_type device_type!, device_status device_status!,"
                "manufacturer text, model text, firmware_version text, smets_version smets_version!,"
                "chf_device_id device_id, csp_region csp_region, s1sp text, mpxn mpxn, export_mpan mpan,"
                "postcode text, commissioned_at instant, payment_mode payment_mode,"
                "security_certificate_expires_on date"
            ),
        ),
        Feed(
            "registrations",
            "parquet",
            ("mpxn", "role", "effective_from"),
            "extract_at",
            _columns(
                "extract_at instant!, mpxn mpxn!, role supplier_role!, supplier_party_id party_id!,"
                "effective_from date!, effective_to date, network_operator_party_id party_id"
            ),
            periods=(("effective_from", "effective_to"),),
        ),
        Feed(
            "parties",
            "csv",
            ("party_id", "role"),
            "published_on",
            _columns(
                "published_on date!, party_id party_id!, party_name text, corporate_group text,"
                "party_category party_category, role role!, active_from date, active_to date"
            ),
            full_list=True,
            periods=(("active_from", "active_to"),),
        ),
        Feed(
            "central_products_list",
            "csv",
            ("device_type", "manufacturer", "model", "firmware_version"),
            "published_on",
            _columns(
                "published_on date!, device_type device_type!, manufacturer text!, model text!,"
                "firmware_version text!, smets_version smets_version, status cpl_status, expires_on date"
            ),
            full_list=True,
        ),
        Feed(
            "incidents",
            "csv",
            ("incident_id",),
            "recorded_at",
            _columns(
                "recorded_at instant!, incident_id text!, title text, category range:1:5:bigint,"
                "service text, csp_region list_region, smets_version smets_version, resolver text,"
                "dcc_responsible boolean, raised_at instant, assigned_at instant, resolved_at instant,"
                "closed_at instant, outage_started_at instant, outage_ended_at instant,"
                "related_transaction_id text"
            ),
            periods=(
                ("raised_at", "resolved_at"),
                ("raised_at", "closed_at"),
                ("outage_started_at", "outage_ended_at"),
            ),
        ),
        Feed(
            "service_outages",
            "csv",
            ("outage_id",),
            "recorded_at",
            _columns(
                "recorded_at instant!, outage_id text!, component text, csp_region list_region,"
                "started_at instant, ended_at instant, kind outage_kind, approved_by text, incident_id text"
            ),
            periods=(("started_at", "ended_at"),),
        ),
        Feed(
            "firmware_distributions",
            "csv",
            ("device_id", "firmware_version", "requested_at"),
            "recorded_at",
            _columns(
                "recorded_at instant!, device_id device_id!, firmware_version text!, transaction_id text,"
                "requested_at instant!, delivered_at instant, activated_at instant, result text"
            ),
            periods=(("requested_at", "delivered_at"), ("requested_at", "activated_at")),
        ),
        Feed(
            "throttling_events",
            "csv",
            ("event_id",),
            "recorded_at",
            _columns(
                "recorded_at instant!, event_id text!, direction direction, started_at instant,"
                "ended_at instant, forwarded_count count, dropped_count count, exempted_count count,"
                "incident_id text"
            ),
            periods=(("started_at", "ended_at"),),
        ),
        Feed(
            "defects",
            "csv",
            ("defect_id",),
            "recorded_at",
            _columns(
                "recorded_at instant!, defect_id text!, title text, severity range:1:5:bigint,"
                "released_on date, accepted_on date, closed_on date"
            ),
            periods=(("released_on", "closed_on"),),
        ),
        Feed(
            "performance_exceptions",
            "csv",
            ("exception_id",),
            "recorded_at",
            _columns(
                "recorded_at instant!, exception_id text!, measure_id text, month month,"
                "csp_region list_region, excluded_count count, reason text, approved_by text"
            ),
        ),
        Feed(
            "provider_measures",
            "csv",
            ("measure_id", "month", "csp_region"),
            "recorded_at",
            _columns(
                "recorded_at instant!, measure_id text!, month month!, csp_region list_region,"
                "service_provider text, numerator decimal, denominator decimal, service_credit_pence whole"
            ),
        ),
        Feed(
            "commentary",
            "csv",
            ("measure_id", "month", "csp_region"),
            "recorded_at",
            _columns(
                "recorded_at instant!, measure_id text!, month month!, csp_region list_region, text text"
            ),
        ),
    )
}
