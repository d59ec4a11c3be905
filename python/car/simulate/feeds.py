"""The feeds as the simulator writes them: their columns, and the ways in which it spoils records of them.

Source: docs/landing.md, "Feeds" and "What bad input gets". Kept apart from the contract that the project
reads, so that an error in one is not an error in both.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A way to spoil a record: the reasons it must be refused for, and the columns changed (SQL)."""

    reasons: tuple[str, ...]
    changes: dict[str, str]


@dataclass(frozen=True)
class Feed:
    """A feed: ``columns`` in contract order with SQL types; ``blank`` is a column that may be null."""

    name: str
    file_format: str
    latest_by: str
    blank: str
    columns: dict[str, str]
    faults: tuple[Fault, ...]


def _columns(text: str) -> dict[str, str]:
    """Columns from ``name:type`` words; no type stands for text."""
    types = {
        "": "varchar",
        "ts": "timestamp",
        "d": "date",
        "i1": "tinyint",
        "i8": "bigint",
        "b": "boolean",
        "n": "decimal(18, 2)",
    }
    return {name: types[kind] for name, _, kind in (word.partition(":") for word in text.split())}


def _fault(reasons: str, **changes: str) -> Fault:
    return Fault(tuple(reasons.split()), changes)


MISSING, FORMAT, PARTY = "missing_required", "bad_format", "unknown_party"
STATUS, ENDS, NEGATIVE = "unknown_report_status", "ends_before_starts", "negative_value"
NOBODY = "'NOBODY-99'"
FORMER = "getvariable('former_party_id')"

# The first of each feed cover every reason it can have: small simulations get only those.
_REQUEST_FAULTS = (
    _fault(MISSING, srv="null"),
    _fault(FORMAT, device_id="'00-db-12-34-56-78-90-a1'"),
    _fault(PARTY, originator_party_id=NOBODY),
    _fault(STATUS, report_status_id="38"),
    _fault(ENDS, ended_at="started_at - interval 5 minute"),
    _fault(NEGATIVE, southbound_ms="-5"),
    _fault(f"{MISSING} {NEGATIVE}", transaction_id="''", sla_exclusion_ms="-1"),
    _fault(MISSING, recorded_at="null"),
    _fault(MISSING, originator_party_id="''"),
    _fault(MISSING, report_status_id="null"),
    _fault(MISSING, started_at="null"),
    _fault(MISSING, command_variant="null"),
    _fault(FORMAT, mpxn="'123456789012'"),
    _fault(FORMAT, srv="'8'"),
    _fault(FORMAT, srv="'4.8.x'"),
    _fault(FORMAT, command_variant="0"),
    _fault(FORMAT, mode_of_operation="11"),
    _fault(FORMAT, originator_role="'XX'"),
    _fault(FORMAT, originator_party_id="'two words'"),
    _fault(FORMAT, device_execution_status="'Perhaps'"),
    _fault(FORMAT, csp_region="'West'"),
    _fault(FORMAT, device_id="'00DB123456789012'"),
    _fault(PARTY, originator_party_id=FORMER, originator_role="'RSA'"),
    _fault(PARTY, originator_party_id=FORMER, originator_role="'OU'"),
    _fault(STATUS, report_status_id="0"),
    _fault(f"{PARTY} {ENDS}", originator_party_id=NOBODY, ended_at="started_at - interval 1 second"),
    _fault(f"{FORMAT} {STATUS} {NEGATIVE}", srv="'1..1'", report_status_id="99", northbound_ms="-100"),
)

_ALERT_FAULTS = (
    _fault(MISSING, alert_code="null"),
    _fault(FORMAT, alert_code="'8f35'"),
    _fault(PARTY, destination_party_id=NOBODY),
    _fault(STATUS, report_status_id="40"),
    _fault(ENDS, delivered_at="raised_at - interval 1 second"),
    _fault(MISSING, suppressed="null"),
    _fault(MISSING, alert_id="''"),
    _fault(MISSING, raised_at="null"),
    _fault(MISSING, destination_role="null"),
    _fault(FORMAT, alert_code="'AD2'"),
    _fault(FORMAT, device_id="'not a device'"),
    _fault(FORMAT, mpxn="'12345'"),
    _fault(FORMAT, destination_role="'is'"),
    _fault(FORMAT, csp_region="'SMETS1'"),
    _fault(PARTY, destination_party_id=FORMER, destination_role="'RSA'"),
    _fault(f"{MISSING} {STATUS}", alert_code="''", report_status_id="-1"),
    _fault(f"{FORMAT} {ENDS}", mpxn="'MPAN 1'", delivered_at="raised_at - interval 1 day"),
)

FEEDS = {
    feed.name: feed
    for feed in (
        Feed(
            "service_requests",
            "parquet",
            "recorded_at",
            "response_code",
            _columns(
                "transaction_id recorded_at:ts srv command_variant:i1 mode_of_operation:i1 "
                "originator_party_id originator_role device_id mpxn report_status_id:i1 "
                "device_execution_status response_code started_at:ts execution_at:ts ended_at:ts "
                "southbound_ms:i8 northbound_ms:i8 sla_target_ms:i8 sla_exclusion_ms:i8 csp_region "
                "s1sp"
            ),
            _REQUEST_FAULTS,
        ),
        Feed(
            "alerts",
            "parquet",
            "recorded_at",
            "response_code",
            _columns(
                "alert_id recorded_at:ts alert_code device_id mpxn destination_party_id "
                "destination_role report_status_id:i1 raised_at:ts delivered_at:ts response_code "
                "remote_party_role suppressed:b csp_region s1sp"
            ),
            _ALERT_FAULTS,
        ),
        Feed(
            "power_outage_timings",
            "parquet",
            "recorded_at",
            "acknowledged_at",
            _columns(
                "alert_id recorded_at:ts destination_party_id destination_role event_at:ts "
                "csp_sent_at:ts dsp_received_at:ts sent_at:ts acknowledged_at:ts"
            ),
            (
                _fault(MISSING, alert_id="null"),
                _fault(FORMAT, destination_role="'DNO'"),
                _fault(PARTY, destination_party_id=NOBODY),
                _fault(ENDS, event_at="recorded_at", acknowledged_at="recorded_at - interval 1 minute"),
                _fault(FORMAT, destination_party_id="'-LOND'"),
                _fault(PARTY, destination_role="'GT'", destination_party_id=FORMER),
                _fault(MISSING, destination_party_id="''"),
            ),
        ),
        Feed(
            "device_inventory",
            "parquet",
            "extract_at",
            "postcode",
            _columns(
                "device_id extract_at:ts effective_at:ts operation smart_metering_system_id "
                "device_type device_status manufacturer model firmware_version smets_version "
                "chf_device_id csp_region s1sp mpxn export_mpan postcode commissioned_at:ts "
                "payment_mode security_certificate_expires_on:d"
            ),
            (
                _fault(MISSING, device_type="null"),
                _fault(FORMAT, device_id="'00-DB-12-34-56-78-90'"),
                _fault(MISSING, effective_at="null"),
                _fault(MISSING, device_id="''"),
                _fault(FORMAT, operation="'delete'"),
                _fault(FORMAT, device_type="'METER'"),
                _fault(FORMAT, device_status="'commissioned'"),
                _fault(FORMAT, smets_version="'SMETS3'"),
                _fault(FORMAT, chf_device_id="'none'"),
                _fault(FORMAT, csp_region="'Unknown'"),
                _fault(FORMAT, mpxn="'12345678901'"),
                _fault(FORMAT, export_mpan="'1234567890'"),
                _fault(FORMAT, payment_mode="'PAYG'"),
                _fault(f"{MISSING} {FORMAT}", smets_version="''", mpxn="'A'"),
            ),
        ),
        Feed(
            "registrations",
            "parquet",
            "extract_at",
            "network_operator_party_id",
            _columns(
                "extract_at:ts mpxn role supplier_party_id effective_from:d effective_to:d "
                "network_operator_party_id"
            ),
            (
                _fault(MISSING, mpxn="null"),
                _fault(FORMAT, role="'ED'"),
                _fault(PARTY, supplier_party_id=NOBODY),
                _fault(ENDS, effective_to="effective_from - 1"),
                _fault(PARTY, network_operator_party_id=NOBODY),
                _fault(MISSING, effective_from="null"),
                _fault(FORMAT, mpxn="'10-12345678901'"),
                _fault(FORMAT, network_operator_party_id="'L O N D'"),
                _fault(f"{PARTY} {ENDS}", supplier_party_id=NOBODY, effective_to="effective_from - 30"),
                _fault(f"{MISSING} {FORMAT}", supplier_party_id="''", role="'Supplier'"),
            ),
        ),
        Feed(
            "parties",
            "csv",
            "published_on",
            "party_name",
            _columns(
                "published_on:d party_id party_name corporate_group party_category role "
                "active_from:d active_to:d"
            ),
            (
                _fault(MISSING, party_id="null"),
                _fault(FORMAT, role="'Supplier'"),
                _fault(ENDS, active_from="'2026-05-01'", active_to="'2026-04-30'"),
                _fault(FORMAT, published_on="'01/07/2026'"),
                _fault(FORMAT, party_category="'Other'"),
                # differs from a party of the list in case only: the smallest (upper case) stays
                _fault(FORMAT, party_id="getvariable('other_case_party_id')", role="'IS'"),
                _fault(f"{MISSING} {FORMAT}", published_on="null", active_to="'never'"),
            ),
        ),
        Feed(
            "central_products_list",
            "csv",
            "published_on",
            "status",
            _columns(
                "published_on:d device_type manufacturer model firmware_version smets_version "
                "status expires_on:d"
            ),
            (
                _fault(MISSING, model="null"),
                _fault(FORMAT, expires_on="'2026-02-30'"),
                _fault(FORMAT, status="'Expired'"),
                _fault(FORMAT, device_type="'esme'"),
                _fault(MISSING, published_on="null"),
            ),
        ),
        Feed(
            "incidents",
            "csv",
            "recorded_at",
            "title",
            _columns(
                "recorded_at:ts incident_id title category:i1 service csp_region smets_version "
                "resolver dcc_responsible:b raised_at:ts assigned_at:ts resolved_at:ts closed_at:ts "
                "outage_started_at:ts outage_ended_at:ts related_transaction_id"
            ),
            (
                _fault(MISSING, incident_id="null"),
                _fault(FORMAT, category="'6'"),
                _fault(
                    ENDS, resolved_at="strftime(raised_at::timestamp - interval 1 hour, '%Y-%m-%d %H:%M:%S')"
                ),
                _fault(FORMAT, dcc_responsible="'maybe'"),
                _fault(FORMAT, raised_at="'2026-07-01 25:00:00'"),
                _fault(
                    ENDS, outage_started_at="'2026-07-02 10:00:00'", outage_ended_at="'2026-07-02 09:59:59'"
                ),
                _fault(f"{MISSING} {FORMAT}", recorded_at="null", category="'high'"),
            ),
        ),
        Feed(
            "service_outages",
            "csv",
            "recorded_at",
            "component",
            _columns(
                "recorded_at:ts outage_id component csp_region started_at:ts ended_at:ts kind "
                "approved_by incident_id"
            ),
            (
                _fault(MISSING, outage_id="null"),
                _fault(FORMAT, kind="'emergency'"),
                _fault(
                    ENDS, ended_at="strftime(started_at::timestamp - interval 1 second, '%Y-%m-%dT%H:%M:%S')"
                ),
            ),
        ),
        Feed(
            "firmware_distributions",
            "csv",
            "recorded_at",
            "result",
            _columns(
                "recorded_at:ts device_id firmware_version transaction_id requested_at:ts "
                "delivered_at:ts activated_at:ts result"
            ),
            (
                _fault(MISSING, firmware_version="null"),
                _fault(FORMAT, device_id="'GG-00-00-00-00-00-00-00'"),
                _fault(
                    ENDS,
                    delivered_at="strftime(requested_at::timestamp - interval 1 day, '%Y-%m-%d %H:%M:%S')",
                ),
                _fault(FORMAT, requested_at="'yesterday'"),
                _fault(
                    ENDS,
                    activated_at="strftime(requested_at::timestamp - interval 1 hour, '%Y-%m-%d %H:%M:%S')",
                ),
            ),
        ),
        Feed(
            "throttling_events",
            "csv",
            "recorded_at",
            "direction",
            _columns(
                "recorded_at:ts event_id direction started_at:ts ended_at:ts forwarded_count:i8 "
                "dropped_count:i8 exempted_count:i8 incident_id"
            ),
            (
                _fault(MISSING, event_id="null"),
                _fault(FORMAT, dropped_count="'many'"),
                _fault(NEGATIVE, forwarded_count="'-1'"),
                _fault(
                    ENDS, ended_at="strftime(started_at::timestamp - interval 1 minute, '%Y-%m-%d %H:%M:%S')"
                ),
                _fault(f"{FORMAT} {NEGATIVE}", direction="'Sideways'", exempted_count="'-20'"),
            ),
        ),
        Feed(
            "defects",
            "csv",
            "recorded_at",
            "title",
            _columns("recorded_at:ts defect_id title severity:i1 released_on:d accepted_on:d closed_on:d"),
            (
                _fault(MISSING, defect_id="null"),
                _fault(FORMAT, severity="'9'"),
                _fault(ENDS, released_on="'2026-03-02'", closed_on="'2026-03-01'"),
                _fault(FORMAT, accepted_on="'2026-13-01'"),
            ),
        ),
        Feed(
            "performance_exceptions",
            "csv",
            "recorded_at",
            "reason",
            _columns(
                "recorded_at:ts exception_id measure_id month csp_region excluded_count:i8 reason approved_by"
            ),
            (
                _fault(MISSING, exception_id="null"),
                _fault(FORMAT, month="'2026-13'"),
                _fault(NEGATIVE, excluded_count="'-3'"),
            ),
        ),
        Feed(
            "provider_measures",
            "csv",
            "recorded_at",
            "service_provider",
            _columns(
                "recorded_at:ts measure_id month csp_region service_provider numerator:n "
                "denominator:n service_credit_pence:i8"
            ),
            (
                _fault(MISSING, measure_id="null"),
                _fault(FORMAT, month="'July'"),
                _fault(NEGATIVE, numerator="'-1'"),
                _fault("numerator_above_denominator", numerator="'101.5'", denominator="'100'"),
                _fault(FORMAT, denominator="'1,000'"),
            ),
        ),
        Feed(
            "commentary",
            "csv",
            "recorded_at",
            "text",
            _columns("recorded_at:ts measure_id month csp_region text"),
            (
                _fault(MISSING, month="null"),
                _fault(FORMAT, csp_region="'Everywhere'"),
                _fault(FORMAT, recorded_at="'2026-08-03T09:00:00Z'"),
            ),
        ),
    )
}
