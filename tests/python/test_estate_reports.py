"""The inventory and network operator reports of recipients unlike others: no Devices, very many models."""

import pytest
from reports_drawn import drawn_of, publish_again
from test_alerts_report import assert_one_sheet_each, page_texts

LONGEST = 10_000
TYPES = ("CAD", "CHF", "ESME", "GPF", "GSME", "HCALCS", "IHD", "PPMID")
READS = ("no_read_in_30_days", "never_read")
ENDINGS = (
    ("cpl_ended", "already_ended", "central_products_list"),
    ("certificate_ended", "already_ended", "security_certificate"),
    ("cpl_ends_within_30_days", "ends_within_30_days", "central_products_list"),
    ("certificate_ends_within_30_days", "ends_within_30_days", "security_certificate"),
)

# Extremes of one report each: what every change needs is in test_reports.py and its neighbours.
pytestmark = pytest.mark.long


def drawn(kind, tmp_path, change, **given):
    return drawn_of(kind, tmp_path, change, **given)


def places(report):
    return [page["place"] for page in report.document.content["pages"]]


def nothing_stands_out(rows, count):
    empty = {
        name: ""
        for name in rows[0]
        if name not in ("reporting_month", "party_id", "role", "position", "finding")
    }
    return [rows[0] | empty | {"finding": "nothing_stands_out", "unit": "devices", "affected_count": count}]


def estate_of(device_types, models, long=""):
    """Give a change that makes an estate of some Device Types, each with as many models of five versions."""
    versions = [f"FW{number}{long}" for number in range(5)]
    named = [f"Model {number}{long}" for number in range(models)]

    def graph_type(device_type):
        return device_type if device_type in ("ESME", "GSME", "IHD", "PPMID") else "Other"

    def change(path, rows):
        first = rows[0]
        if path == "devices.csv":
            flags = {"cpl_expires_within_30_days": "true", "last_meter_read_at": ""}
            return [
                first
                | flags
                | {"device_id": f"{kind} {model} {version}", "device_type": kind, "device_model": model}
                | {"firmware_version": version}
                for kind in device_types
                for model in named
                for version in versions
            ]
        if path == "summary.csv":
            shown = {
                "industry_share": "0.150",
                "industry_suppressed": "false",
                "device_manufacturer": f"Maker{long}",
            }
            return [
                first
                | shown
                | {"device_type": kind, "device_model": model, "firmware_version": version}
                | {"device_count": 0 if version == "All other" else 1, "own_share": "0.200000"}
                for kind in sorted({graph_type(kind) for kind in device_types})
                for model in named
                for version in (*versions, "All other")
            ]
        if path == "firmware_league.csv":
            ranked = [
                (1, "0.900", "false"),
                (2, "0.800", "true"),
                (2, "0.800", "false"),
                (4, "0.100", "false"),
            ]
            return [
                first
                | {"device_type": kind, "device_manufacturer": f"Maker{long}", "device_model": model}
                | {"rank": rank, "newest_share": share, "is_recipient": own}
                for kind in sorted({graph_type(kind) for kind in device_types})
                for model in named
                for rank, share, own in ranked
            ]
        number = models * len(versions)
        if path == "estate.csv":
            measures = ["devices", "commissioned", "on_newest_firmware", "prepayment", *READS]
            measures += [measure for measure, _, _ in ENDINGS]
            return [
                first
                | {"device_type": kind, "measure": measure, "device_count": number, "of_count": number}
                | {"own_share": "1.000000", "industry_share": "0.500", "industry_suppressed": "false"}
                for kind in ("ALL", *device_types)
                for measure in measures
            ]
        if path == "findings.csv":
            return [
                first
                | {"position": position, "finding": finding, "dimension": dimension, "dimension_value": kind}
                | {
                    "own_value": number,
                    "reference_value": "2026-11-03",
                    "unit": "devices",
                    "affected_count": number,
                }
                for position, (kind, (_, finding, dimension)) in enumerate(
                    ((kind, ending) for kind in device_types for ending in ENDINGS), start=1
                )
            ]
        return [
            first
            | {"position": position, "device_type": kind, "reason": "finding", "affected_count": number}
            | {"volume": number, "has_page": "true"}
            for position, kind in enumerate(device_types, start=1)
        ]

    return change


def without_devices(path, rows):
    if path == "estate.csv":
        counts = {"device_count": 0, "of_count": 0, "own_share": "", "industry_share": ""}
        return [row | counts for row in rows if row["device_type"] == "ALL"]
    return nothing_stands_out(rows, 0) if path == "findings.csv" else []


def test_a_recipient_without_devices_is_told_so_on_one_page(tmp_path):
    report = drawn("inventory", tmp_path, without_devices, has_before=False)
    assert "You had no Devices at the end of October 2026." in page_texts(report)[0]
    assert places(report) == ["verdict:"]
    assert_one_sheet_each(report)


@pytest.mark.parametrize("models, long", [(1, ""), (60, ""), (60, "x" * LONGEST)])
@pytest.mark.parametrize("device_types", [("ESME",), TYPES])
def test_each_device_type_has_one_page_whatever_it_holds(tmp_path, device_types, models, long):
    report = drawn("inventory", tmp_path, estate_of(device_types, models, long))
    assert places(report) == ["verdict:", "types:", *(f"type:{kind}" for kind in device_types)]
    assert_one_sheet_each(report)
    texts = page_texts(report)
    assert "2 to 3 of 4" in texts[2]
    if models > 3:
        assert f"summary.csv lists {models - 3} more models." in texts[2]


def test_an_estate_of_which_nothing_ends_needs_no_attention(tmp_path):
    def change(path, rows):
        if path == "devices.csv":
            flags = ("cpl_expires_within_30_days", "security_certificate_expires_within_30_days")
            return [row | dict.fromkeys(flags, "false") for row in rows]
        return nothing_stands_out(rows, 12) if path == "findings.csv" else rows

    report = drawn("inventory", tmp_path, change)
    verdict, types, *_ = page_texts(report)
    assert "has left the Central Products List or leaves it within thirty days, and no Security" in verdict
    assert "No finding: nothing has ended" in verdict
    assert "No firmware and no Security Certificate of any Device Type has ended" in types
    assert_one_sheet_each(report)


def test_where_every_figure_of_the_industry_is_withheld_it_is_said(tmp_path):
    def change(path, rows):
        if path == "firmware_league.csv":
            return [row | {"rank": ""} for row in rows if row["is_recipient"] == "true"]
        withheld = {"industry_share": "", "industry_suppressed": "true"}
        return [row | withheld if "industry_share" in row else row for row in rows]

    report = drawn("inventory", tmp_path, change, has_before=False)
    verdict, types, *_ = page_texts(report)
    assert "The industry is withheld in" in verdict
    assert "There is no month before to compare with." in verdict
    assert "withheld" in types
    assert_one_sheet_each(report)


def test_a_role_whose_reads_are_not_measured_is_told_of_none(tmp_path):
    def change(path, rows):
        if path == "devices.csv":
            return [row | {"last_meter_read_at": ""} for row in rows]
        return [row for row in rows if row.get("measure") not in READS] if path == "estate.csv" else rows

    report = drawn("inventory", tmp_path, change)
    texts = page_texts(report)
    assert not any("not read in thirty days" in text or "Never read" in text for text in texts)
    assert_one_sheet_each(report)


def without_events(path, rows):
    if path != "findings.csv":
        return []
    return [row | {"position": 1} for row in nothing_stands_out(rows, 0)]


def test_an_operator_without_alerts_is_told_of_no_events(tmp_path):
    report = drawn("network_operator", tmp_path, without_events, has_before=False)
    assert "No Events: no new meter asked for its credentials." in page_texts(report)[0]
    assert places(report) == ["verdict:"]
    assert_one_sheet_each(report)


def many_suppliers(long):
    suppliers = [f"SUPPLIER-{number:02}{long}" for number in range(40)]

    def change(path, rows):
        if not rows:
            return rows
        first = rows[0]
        if path == "credentials_handover.csv":
            counts = {
                "n16_count": 9,
                "met_count": 5,
                "failed_count": 3,
                "pending_count": 1,
                "met_share": "0.625000",
            }
            return [
                first | counts | {"energy_supplier_id": supplier, "day": f"2026-10-{day:02}"}
                for supplier in suppliers
                for day in range(1, 32)
            ]
        if path == "findings.csv":
            gathering = {"finding": "failures_gather", "alert_code": "N16", "dimension": "energy_supplier_id"}
            values = {
                "own_value": "0.625000",
                "reference_value": "0.900000",
                "unit": "share",
                "affected_count": 70,
            }
            return [
                first | gathering | values | {"position": position, "dimension_value": supplier}
                for position, supplier in enumerate(suppliers, start=1)
            ]
        if path == "subjects.csv":
            return [
                first
                | {
                    "position": position,
                    "energy_supplier_id": supplier,
                    "has_page": str(position <= 10).lower(),
                }
                for position, supplier in enumerate(suppliers, start=1)
            ]
        if path == "alert_devices.csv":
            return [
                first
                | {
                    "alert_code": code,
                    "device_model": f"Model {number}{long}",
                    "device_firmware_version": "FW",
                }
                | {"alert_count": 100 - number}
                for code in ("N13", "N55")
                for number in range(60)
            ]
        return rows

    return change


@pytest.mark.parametrize("long", ["", "y" * LONGEST])
def test_the_first_ten_of_forty_suppliers_have_a_page_each(tmp_path, long):
    report = drawn("network_operator", tmp_path, many_suppliers(long))
    suppliers = [f"supplier:{number}" for number in range(1, 11)]
    assert places(report) == ["verdict:", "suppliers:", "outages:", "models:", *suppliers]
    assert_one_sheet_each(report)
    _, every, _, models, supplier, *_ = page_texts(report)
    assert "credentials_handover.csv lists 6 more." in every
    assert "Without a page: SUPPLIER-10" in every
    assert "alert_devices.csv lists 46 more." in models
    assert "70 failures more than expected" in supplier


def test_a_later_version_says_what_changed(tmp_path):
    report = drawn_of("inventory", tmp_path)
    files = ["inventory/IS/estate.csv", "inventory/IS/summary.csv", "alerts/IS/daily.csv"]
    publish_again(report.folder, 2, files)
    verdict = page_texts(report)[0]
    assert "What changed since the version before" in verdict
    assert "estate.csv 1 1" in verdict and "daily.csv" not in verdict
    assert_one_sheet_each(report)


def test_what_got_clearly_worse_comes_first_though_it_is_no_finding(tmp_path):
    report = drawn("inventory", tmp_path, lambda _, rows: rows)
    first = page_texts(report)[0]
    assert (
        "112 of your 488 meters were not read in thirty days: 23.0 %, 1.7 % in September 2026 and 3.5 % in"
        " the industry. 109 of them are of Device Model 0FEC289A, of which you have 109." in first
    )
    assert "not tested against chance" in first
    assert "No read in thirty days 8 1.7 % 112 488 23.0 % 3.5 % higher, worse" in first


def test_without_a_month_before_nothing_has_moved(tmp_path):
    first = page_texts(drawn("inventory", tmp_path, lambda _, rows: rows, has_before=False))[0]
    assert "What got better or worse" not in first
    assert "not read in thirty days: 23.0 %, 3.5 % in the industry." in first


def test_handovers_of_which_there_are_few_are_told_as_too_few(tmp_path):
    def change(path, rows):
        return rows[:5] if path == "credentials_handover.csv" else rows

    first = page_texts(drawn("network_operator", tmp_path, change))[0]
    assert "These are too few to tell a difference from chance." in first
    assert "No finding: the handovers are too few" in first


def test_the_codes_of_an_operator_are_in_its_glossary(tmp_path):
    *_, glossary = page_texts(drawn("network_operator", tmp_path, lambda _, rows: rows))
    for code in ("8F35 The alert", "8F36 The alert", "AD1 The Power", "N16 The alert", "N42 The alert"):
        assert code in glossary
    assert "within seven days of the N16" in glossary
    assert "within a minute" not in glossary


def test_what_keeps_a_spreadsheet_from_running_a_name_is_not_printed(tmp_path):
    def change(path, rows):
        return [row | {"device_model": "'=HOME"} if "device_model" in row else row for row in rows]

    texts = page_texts(drawn("inventory", tmp_path, change))
    assert any("=HOME" in text for text in texts)
    assert not any("'=HOME" in text for text in texts)
