"""The published cells: formats, rounding, sort order and the spreadsheet prefix (docs/published.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from reference.estates import EstateDevice, Month, Recipient, Sources, device_line
from reference.history import Devices
from reference.landing import Row
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

INVENTORY_ROLES = ("IS", "GS", "ES", "ED", "OU")
PREFIX = ("reporting_month", "party_id", "role")

DEVICE_COLUMNS = (
    "device_id",
    "smart_metering_system_id",
    "device_type",
    "device_model",
    "firmware_version",
    "csp_id",
    "energy_supplier_id",
    "dno_id",
    "mpxn",
    "postcode",
    "last_meter_read_at",
    "last_alert_at",
    "last_alert_code",
    "commissioned_status",
    "power_outage_alert_count",
    "prepayment_flag",
    "smets_version",
    "cpl_expires_within_30_days",
    "security_certificate_expires_within_30_days",
    "change_of_supplier_start_date",
    "change_of_supplier_end_date",
)
SIGNIFIERS = (
    "ch_manufacturer",
    "ch_model",
    "ch_function",
    "ch_firmware_version",
    "device_type",
    "device_manufacturer",
    "device_model",
    "device_firmware_version",
    "region",
    "smets_version",
)
SRV_COLUMNS = (
    "business_process",
    "credential_type",
    "outcome",
    "failure_reason_code",
    *SIGNIFIERS,
    "trt_s",
    "request_count",
    "rtt_min_s",
    "rtt_mean_s",
    "rtt_median_s",
    "rtt_max_s",
    "rtt_sum_s",
)

# Unicode's White_Space property, which str.isspace() is not quite.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
WHITE_SPACE += "\u2028\u2029\u202f\u205f\u3000"
FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"


def guard_text(text: str) -> str:
    """Text as published: prefixed with an apostrophe where a spreadsheet would run it."""
    stripped = text.lstrip(WHITE_SPACE)
    if text[:1] in ("\t", "\r", "\n") or (stripped and stripped[0] in FORMULA_STARTS):
        return f"'{text}"
    return text


def format_cell(value: object) -> str:
    """One cell: null empty, booleans lower case, instants cut to seconds, numbers untouched."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return guard_text(str(value))


def round_half_away(value: Fraction, decimals: int) -> Decimal:
    """Round an exact value once, half away from zero, keeping trailing zeros."""
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) if value >= 0 else -Decimal(whole)).scaleb(-decimals)


def seconds(milliseconds: Fraction | int, decimals: int = 3) -> Decimal:
    """Milliseconds as published seconds."""
    return round_half_away(Fraction(milliseconds) / 1000, decimals)


def table(
    recipient: Recipient, month: Month, columns: tuple[str, ...], lines: Iterable[Row]
) -> list[list[str]]:
    """Header and cells of one published file, sorted by all columns, nulls last."""
    header, *rows = plain_table(columns, lines)
    lead = [month.name, *recipient]
    return [[*PREFIX, *header], *([*lead, *cells] for cells in rows)]


def plain_table(columns: tuple[str, ...], lines: Iterable[Row]) -> list[list[str]]:
    """Header and cells without month, party and role, as of a code list.

    Instants are cut to seconds before sorting, since rows are sorted as published.
    """

    def as_published(value: object) -> object:
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    typed = [[as_published(line.get(column)) for column in columns] for line in lines]
    typed.sort(key=lambda values: [(v is None, 0 if v is None else v) for v in values])
    return [list(columns), *(list(map(format_cell, values)) for values in typed)]


def inventory_files(
    recipients: Iterable[Recipient], estates: dict[Recipient, list[EstateDevice]], sources: Sources
) -> dict[str, list[list[str]]]:
    """`<party_id>/inventory/<ROLE>/devices.csv` of every recipient, header-only for an empty estate."""
    files = {}
    for recipient in recipients:
        if recipient[1] in INVENTORY_ROLES:
            lines = [device_line(recipient, device, sources) for device in estates.get(recipient, [])]
            path = f"{recipient[0]}/inventory/{recipient[1]}/devices.csv"
            files[path] = table(recipient, sources.month, DEVICE_COLUMNS, lines)
    return files


def srv_files(
    recipients: set[Recipient], counted: list[Row], devices: Devices, lists: Lists, month: Month
) -> dict[str, list[list[str]]]:
    """`<party_id>/business_process/<ROLE>/srv/<srv>.csv`, only where there are rows.

    Parameters: counted, all counted requests of any month (runs and gains may start in an earlier one).
    """
    types = credential_types(counted)
    gains = gain_days(counted)
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in counted:
        recipient = (str(row["originator_party_id"]), str(row["originator_role"]))
        if row["started_at"] not in month or recipient not in recipients:
            continue
        instant: datetime = row["started_at"]
        signifiers = dimensions(row, instant, devices)
        cell = (
            business_process(row, devices, gains, lists),
            types.get(str(row["transaction_id"])),
            "Success" if is_success(row) else "Failure",
            failure_reason(row),
            *(signifiers[name] for name in SIGNIFIERS),
            target_response_time_s(row, devices.at(row["device_id"], instant), lists),
        )
        groups[recipient, str(row["srv"]), cell].append(row)

    lines: dict[tuple[Recipient, str], list[Row]] = defaultdict(list)
    for (recipient, srv, cell), rows in groups.items():
        line: Row = dict(zip(SRV_COLUMNS, cell, strict=False))
        line["request_count"] = len(rows)
        measured = [ms for row in rows if (ms := round_trip_time_ms(row)) is not None]
        line |= speed_figures(measured)
        lines[recipient, srv].append(line)
    return {
        f"{recipient[0]}/business_process/{recipient[1]}/srv/{srv}.csv": table(
            recipient, month, SRV_COLUMNS, several
        )
        for (recipient, srv), several in lines.items()
    }


def speed_figures(measured_ms: list[int]) -> Row:
    """rtt_min_s to rtt_sum_s of measured Round Trip Times in milliseconds; nothing for none."""
    if not measured_ms:
        return {}
    ordered = sorted(measured_ms)
    count = len(ordered)
    median = Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 2)
    return {
        "rtt_min_s": seconds(ordered[0]),
        "rtt_mean_s": seconds(Fraction(sum(ordered), count)),
        "rtt_median_s": seconds(median),
        "rtt_max_s": seconds(ordered[-1]),
        "rtt_sum_s": seconds(sum(ordered)),
    }
