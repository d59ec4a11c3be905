"""The alerts report of recipients unlike others: without alerts, with one code, with very many findings."""

import pikepdf
import pypdfium2
import pytest
from accessibility_check import TAG_FAULTS, standard_faults
from reports_drawn import drawn_of, publish_again

LONGEST = 10_000
FINDING = {"business_process": "", "srv": "", "dimension": "", "dimension_value": ""}
NOTHING = FINDING | {"alert_code": "", "own_value": "", "reference_value": "", "unit": "figures"}

# Extremes of one report each: what every change needs is in test_reports.py and its neighbours.
pytestmark = pytest.mark.long


def page_texts(report):
    with pypdfium2.PdfDocument(report.pdf) as opened:
        texts = [sheet.get_textpage().get_text_bounded() for sheet in opened]
    # A word that is longer than a line has marks of where it may be broken.
    return [" ".join(text.replace("\u200b", "").split()) for text in texts]


def blocks(report, page):
    return next(made["blocks"] for made in report.document.content["pages"] if made["place"] == page)


def code_tables(report):
    """Give the tables of all codes: those with a drawing, then those that are delivered in full."""
    return [block["table"] for block in blocks(report, "codes:") if block["table"]]


def assert_one_sheet_each(report):
    """Every page of the list is one sheet, the glossary comes last, and there are sixteen at most."""
    with pikepdf.open(report.pdf) as pdf, pdf.open_outline() as outline:
        (title,) = outline.root
        sheets = {sheet.objgen: number for number, sheet in enumerate(pdf.pages, start=1)}
        begins = [sheets[item.destination[0].objgen] for item in title.children]
        assert begins == list(range(1, len(begins) + 1))
        assert len(begins) == len(report.document.content["pages"]) + 1
        assert len(sheets) <= 16
        assert [fault for faults in TAG_FAULTS for fault in faults(pdf)] == []
    assert standard_faults(report.pdf) == []


def nothing_to_compare(rows, count):
    return [{**rows[0], **NOTHING, "position": 1, "finding": "nothing_to_compare", "affected_count": count}]


def drawn(tmp_path, change, without=(), **given):
    return drawn_of("alerts", tmp_path, change, without, **given)


def test_a_month_without_alerts_says_no_events(tmp_path):
    def change(path, rows):
        return nothing_to_compare(rows, 0) if path == "findings.csv" else []

    report = drawn(tmp_path, change, ["alert"], has_before=False)
    assert "No Events: in October 2026 no alert was to be delivered to you." in page_texts(report)[0]
    assert [page["place"] for page in report.document.content["pages"]] == ["verdict:"]
    assert_one_sheet_each(report)


def test_a_month_with_suppressed_alerts_alone_says_how_many(tmp_path):
    def change(path, rows):
        if path == "monthly.csv":
            empty = {name: "" for name in rows[0] if name.startswith(("own", "industry"))}
            own = {"own_volume": 0, "own_suppressed_volume": 3, "industry_suppressed": "false"}
            return [row | empty | own for row in rows if row["alert_code"] in ("81A0", "8F0C")]
        return nothing_to_compare(rows, 0) if path == "findings.csv" else []

    report = drawn(tmp_path, change, ["alert"], has_before=False)
    assert "no alert was to be delivered to you; 6 were suppressed." in page_texts(report)[0]
    assert_one_sheet_each(report)


def test_of_one_code_there_is_one_row_and_one_page(tmp_path):
    report = drawn(
        tmp_path, lambda _, rows: [row for row in rows if row.get("alert_code") in (None, "", "ALL", "N13")]
    )
    assert [row[1] for row in code_tables(report)[0]["rows"]] == ["N13"]
    assert [page["place"] for page in report.document.content["pages"]] == ["verdict:", "codes:", "code:N13"]
    assert_one_sheet_each(report)


def test_what_is_withheld_is_said_and_not_drawn(tmp_path):
    def change(path, rows):
        if path == "findings.csv":
            return nothing_to_compare(rows, 29)
        shown = [name for name in rows[0] if name.startswith("industry_") and name != "industry_suppressed"]
        hidden = dict.fromkeys(shown, "") | ({"industry_suppressed": "true"} if shown else {})
        return [row | hidden for row in rows]

    report = drawn(tmp_path, change, has_before=False)
    first, codes, *pages = page_texts(report)
    assert (
        "Nothing could be compared: 29 figures of the industry are withheld, and there is no month before."
        in first
    )
    assert "There is no month before to compare with." in first
    assert codes.count("withheld") > 9
    assert all("the industry is withheld. Nothing here can be compared." in page for page in pages[:-1])
    assert all("#b25400" not in drawing.svg for drawing in report.document.drawings.values())
    assert_one_sheet_each(report)


def test_names_of_ten_thousand_signs_move_nothing(tmp_path):
    named = ("alert_name", "device_model", "device_firmware_version", "region")

    def change(_, rows):
        return [row | {name: row[name] + "W" * LONGEST for name in named if row.get(name)} for row in rows]

    assert_one_sheet_each(drawn(tmp_path, change))


@pytest.mark.parametrize("version", [1, 2])
def test_ten_pages_of_findings_leave_each_page_on_its_sheet(tmp_path, version):
    codes = ["81A0", "8F0C", "N12", "N13", "N55", "8F35", "8F37", "8F3C", "AD1"]
    kinds = ["below_industry", "worse_than_month_before", "slower_than_industry"]

    def change(path, rows):
        if path == "subjects.csv":
            return [
                rows[0]
                | {
                    "position": place,
                    "alert_code": code,
                    "reason": "finding",
                    "has_page": str(place < 8).lower(),
                }
                for place, code in enumerate(codes, start=1)
            ]
        if path == "findings.csv":
            found = [(kind, code) for kind in kinds for code in ["ALL", *codes]]
            return [
                rows[0]
                | FINDING
                | {
                    "position": place,
                    "finding": kind,
                    "alert_code": code,
                    "own_value": "0.912345",
                    "reference_value": "0.993",
                    "unit": "share",
                    "affected_count": 1000 - place,
                }
                for place, (kind, code) in enumerate(found, start=1)
            ]
        return rows

    report = drawn(tmp_path, change)
    if version > 1:
        publish_again(report.folder, version, [f"alerts/IS/alert/{code}.csv" for code in codes])
    first, codes_page, *_ = page_texts(report)
    assert "findings.csv has all 30 findings." in first
    assert "Without a page: 8F3C and AD1." in codes_page
    assert ("What changed since the version before" in first) == (version > 1)
    assert ("changes.csv lists 4 more files." in first) == (version > 1)
    assert_one_sheet_each(report)


def test_170_codes_and_thirty_models_and_reasons_leave_each_page_on_its_sheet(tmp_path):
    def change(path, rows):
        if path == "monthly.csv":
            return rows + [rows[0] | {"alert_code": f"X{number}", "own_volume": 2} for number in range(161)]
        if path != "alert/81A0.csv":
            return rows
        failed = next(row for row in rows if row["outcome"] == "Failed")
        named = ("device_model", "device_firmware_version", "region", "failure_reason_code")
        return rows + [failed | {name: f"{name} {number}" for name in named} for number in range(30)]

    report = drawn(tmp_path, change)
    shown = sum(len(table["rows"]) for table in code_tables(report))
    assert f"monthly.csv lists {9 + 161 - shown} more codes." in page_texts(report)[1]
    tables = {block["title"]: block["table"] for block in blocks(report, "code:81A0")}
    of = [row[0] for row in tables["Where alerts were not delivered"]["rows"]]
    assert of == [name for name in ("Device Model", "Device firmware", "Region") for _ in range(3)]
    assert tables["Reasons"]["more"].startswith("alert/81A0.csv lists ")
    assert_one_sheet_each(report)


def test_codes_stand_by_their_undelivered_beyond_the_industry_then_by_their_number(tmp_path):
    def change(path, rows):
        if path != "monthly.csv":
            return rows
        of_code = {row["alert_code"]: row for row in rows}
        of_code["AD1"] |= {
            "own_volume": 100,
            "own_success_rate": "0.900000",
            "industry_success_rate": "0.990",
        }
        of_code["N55"] |= {
            "own_volume": 1000,
            "own_success_rate": "0.985000",
            "industry_success_rate": "0.990",
        }
        of_code["N13"] |= {
            "own_volume": 10_000,
            "own_success_rate": "1.000000",
            "industry_success_rate": "0.990",
        }
        of_code["N12"] |= {"own_volume": 9_000, "own_success_rate": "0.100000", "industry_success_rate": ""}
        kept = ("ALL", "AD1", "N55", "N13", "N12")
        return [row for row in rows if row["alert_code"] in kept]

    (table,) = code_tables(drawn(tmp_path, change))
    assert [row[1] for row in table["rows"]] == ["AD1", "N55", "N13", "N12"]
    assert table["strips"][0]["alternative"].startswith("You are below the industry in 2 of 3.")


def test_the_first_page_names_the_codes_that_are_late_and_what_moved(tmp_path):
    report = drawn(tmp_path, lambda _, rows: rows)
    tables = {block["title"]: block["table"] for block in blocks(report, "verdict:")}
    assert tables["Which alerts are late"]["rows"][0][:2] == ["Supply Outage Restored", "8F35"]
    moved = {row[0]: row[-1] for row in tables["What got better or worse"]["rows"]}
    assert moved["Delivered"] == "higher, better"
    assert moved["Longest time, but for one alert in a hundred"] == "higher, worse"


def test_why_alerts_were_suppressed_is_said_with_the_code_that_has_most(tmp_path):
    first = page_texts(drawn(tmp_path, lambda _, rows: rows))[0]
    assert "1,090 more were suppressed (held back by alert storm protection), all of Smart Meter" in first


def test_what_is_too_few_and_withheld_is_not_counted_as_two_things(tmp_path):
    def change(path, rows):
        if path != "monthly.csv":
            return rows
        hidden = {"own_volume": 29, "industry_success_rate": "", "industry_suppressed": "true"}
        return [row | hidden if row["alert_code"] == "AD1" else row for row in rows]

    assert "3 of these are among the withheld." in page_texts(drawn(tmp_path, change))[0]
