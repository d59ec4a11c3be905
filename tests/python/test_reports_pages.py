"""The pages of the PDF reports: how many there are, that each subject has one sheet, and what extremes do.

How many pages a report has is told by its folder: by subjects.csv, and by which files have rows.
"""

import csv
import functools
import json
import re

import pypdfium2
import pytest
from reports_drawn import (
    BEFORE,
    DRAWN,
    MADE,
    altered,
    drawn,  # noqa: F401
    every_csv,
    every_report,
    joined,
    needs,
    one_report_a_turn,
    page_texts,
    publish_again,
    titles,
)

MOST_PAGES = 16
LONGEST = 10_000
# The margins of report.typ, in points, less what may hang over: letters have feet below their line, and a
# line may end in a blank.
_SIDE, _BOTTOM = 20 * 72 / 25.4 - 4, 17 * 72 / 25.4 - 4


# ---- how many -----------------------------------------------------------------------------------------


def rows_of(folder, kind, name):
    path = folder / kind / DRAWN[kind][1] / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def subjects(folder, kind):
    return sum(row["has_page"] == "true" for row in rows_of(folder, kind, "subjects"))


def is_any(rows, **wanted):
    return int(any(all(row[name] == value for name, value in wanted.items()) for row in rows))


# By report, how often each of its pages is made: from subjects.csv, and from which files have rows.
PAGES = {
    "business_process": {
        "verdict": lambda rows, _: 1,
        "processes": lambda rows, _: is_any(rows("benchmark"), srv="ALL"),
        "process": lambda _, with_page: with_page,
        "installs": lambda rows, _: int(bool(rows("install_and_commission") or rows("change_of_supplier"))),
    },
    "alerts": {
        "verdict": lambda rows, _: 1,
        "codes": lambda rows, _: int(
            any(row["alert_code"] != "ALL" and int(row["own_volume"]) for row in rows("monthly"))
        ),
        "code": lambda _, with_page: with_page,
    },
    "inventory": {
        "verdict": lambda rows, _: 1,
        "types": lambda rows, _: int(
            any(row["measure"] == "devices" and int(row["device_count"]) for row in rows("estate"))
        ),
        "type": lambda _, with_page: with_page,
    },
    "network_operator": {
        "verdict": lambda rows, _: 1,
        "suppliers": lambda rows, _: int(bool(rows("credentials_handover"))),
        "outages": lambda rows, _: int(bool(rows("outage_restoration_summary"))),
        "models": lambda rows, _: int(bool(rows("alert_devices"))),
        "supplier": lambda _, with_page: with_page,
    },
}


def pages_reckoned(kind, folder):
    """How many pages the report of a folder has, the glossary among them."""
    rows = functools.partial(rows_of, folder, kind)
    return sum(made(rows, subjects(folder, kind)) for made in PAGES[kind].values()) + 1


@every_report
def test_every_page_of_a_list_is_reckoned(kind):
    assert list(PAGES[kind]) == [page.page for page in MADE[kind].pages]


def assert_one_sheet_each(made):
    """As many sheets as were reckoned; each heading begins its own, in order; no text leaves one."""
    texts = page_texts(made.pdf)
    named = titles(made.document)
    assert len(texts) == len(named) == pages_reckoned(made.kind, made.folder) <= MOST_PAGES
    for number, (text, title) in enumerate(zip(texts, named, strict=True)):
        # Below the head of the page; on the first one the report's own title comes before.
        lines = text.split("\n")
        assert unbroken(title) in unbroken("".join(lines[: 5 if number == 0 else 4])), title
    assert_texts_on_their_pages(made)


def unbroken(text):
    return "".join(text.split())


def assert_texts_on_their_pages(made):
    """Every text is between the margins of its A4 page, and at the foot there is the footer alone."""
    edition = f"data as of {made.edition.as_of[:10]} · version {made.edition.version}"
    with pypdfium2.PdfDocument(made.pdf) as pdf:
        for number, page in enumerate(pdf, start=1):
            width, height = page.get_size()
            assert (round(width), round(height)) == (595, 842)
            text = page.get_textpage()
            for place in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(place)
                said = text.get_text_bounded(left, bottom, right, top)
                assert left >= _SIDE and right <= width - _SIDE, (number, said)
                assert bottom >= 15 and top <= height - 15, (number, said)
            foot = joined(text.get_text_bounded(0, 0, width, _BOTTOM))
            assert foot == f"{edition} {number} / {len(pdf)}", number


# ---- extremes of every report -------------------------------------------------------------------------

# Columns with names that somebody else chose.
NAMES = re.compile(
    r"(device|ch)_(model|manufacturer|firmware_version)|firmware_version|failure_description|alert_name"
)


def long_names(rows):
    def longer(name, cell):
        return cell + "W" * LONGEST if cell and NAMES.fullmatch(name) and cell != "All other" else cell

    return [{name: longer(name, cell) for name, cell in row.items()} for row in rows]


def long_lists(rows):
    return [row | {name: row[name] + " W" * LONGEST for name in ("name", "description")} for row in rows]


def withheld(rows):
    hidden = ("own_rank", "own_rank_last", "ranked_parties")
    return [
        {
            name: "true"
            if name == "industry_suppressed"
            else ("" if name.startswith("industry_") or name in hidden else cell)
            for name, cell in row.items()
        }
        for row in rows
    ]


def nothing(rows):
    return []


def of_others_in_leagues(rows):
    return [row for row in rows if row.get("is_recipient") == "true"]


@every_report
def test_every_subject_has_one_sheet(drawn, kind):
    assert_one_sheet_each(drawn(kind))


@every_report
def test_without_a_month_before_there_is_nothing_of_it(drawn, kind):
    made = drawn(kind, before=False)
    assert_one_sheet_each(made)
    assert "September" not in " ".join(made.pages)
    assert "no month before" in joined(made.pages[0])


@one_report_a_turn
def test_a_month_without_anything_says_so(drawn, kind, tmp_path):
    folder = altered(tmp_path, DRAWN[kind][0], {every_csv(kind): nothing})
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    assert re.search("No Events|no Devices", made.pages[0])
    assert not made.graphs_shown()


@one_report_a_turn
def test_where_all_of_the_industry_is_withheld_it_is_said_and_not_drawn(drawn, kind, tmp_path):
    leagues = {f"{kind}/*/{name}.csv": of_others_in_leagues for name in ("league_table", "firmware_league")}
    there = {pattern: change for pattern, change in leagues.items() if list(drawn(kind).folder.glob(pattern))}
    folder = altered(tmp_path, DRAWN[kind][0], {every_csv(kind): withheld, **there})
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    if any(
        "industry" in line for line in (folder / kind).rglob("*.csv") for line in [line.read_text()[:2000]]
    ):
        assert "withheld" in " ".join(made.pages)


@one_report_a_turn
def test_names_of_ten_thousand_signs_move_nothing(drawn, kind, tmp_path):
    party = DRAWN[kind][0]
    # Of alert codes the names are the project's own, and stand whole on some pages.
    lists = {
        f"reference/{name}.csv": long_lists
        for name in ("service_reference_variants", "response_codes", "incidents")
    }
    folder = altered(tmp_path, party, {every_csv(kind): long_names, **lists})
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    assert max(len(word) for word in " ".join(made.pages).split()) <= 60


@one_report_a_turn
def test_a_later_version_says_what_changed(drawn, kind, tmp_path):
    party, role = DRAWN[kind]
    folder = altered(tmp_path, party, {})
    assert "changed since" not in " ".join(drawn(kind).pages)

    publish_again(folder, 2, [])
    told = joined(" ".join(drawn(kind, folder).pages[:2]))
    assert "Nothing in this report's files changed since version 1." in told and "version 2 1 /" in told

    files = sorted(path.relative_to(folder).as_posix() for path in folder.glob(every_csv(kind)))[:9]
    publish_again(folder, 2, [*files[:1] * 2, *files, "reference/incidents.csv"])
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    table = next(
        block["table"]
        for page in made.document.content["pages"][:2]
        for block in page["blocks"]
        if block["title"] == "What changed since the version before"
    )
    first = files[0].removeprefix(f"{kind}/{role}/")
    # Three lines of the first file; its rows have different keys.
    assert table["rows"][0] == [first, "3", "3"]
    assert all(row[1:] == ["1", "1"] for row in table["rows"][1:])
    left = len(files) - len(table["rows"])
    assert f"{left} more" in table["more"] if left else table["more"] == ""


# ---- extremes of one report ---------------------------------------------------------------------------


@pytest.mark.turn(1)
@needs("business_process")
def test_thirty_srvs_of_a_process_leave_it_on_its_sheet(drawn, tmp_path):
    """With as many causes, reasons, regions and days as a page shows."""
    kind = "business_process"

    def more(rows, **by_number):
        of_one = [
            row for row in rows if row.get("business_process") == "Meter Reads" and row.get("srv") == "4.8.1"
        ]
        made = [
            row | {name: value(number) for name, value in by_number.items() if name in row}
            for number in range(30)
            for row in of_one[:1]
        ]
        return [*rows, *made]

    def srvs(rows):
        return more(rows, srv=lambda number: f"9.{number}", own_volume=lambda number: str(5000 - number))

    def regions(rows):
        whole = [row for row in rows if row["business_process"] == "Meter Reads" and row["srv"] == "ALL"]
        days = [row for row in whole if row["region"] == "North" and row["device_type"] == "ALL"]
        return [*rows, *(row | {"region": f"Region {number}"} for number in range(4) for row in days)]

    folder = altered(
        tmp_path,
        DRAWN[kind][0],
        {
            f"{kind}/IS/benchmark.csv": srvs,
            f"{kind}/IS/round_trip_time.csv": srvs,
            f"{kind}/IS/diagnosis.csv": lambda rows: more(
                rows, value=lambda number: f"V{number}", stands_out=lambda _: "true"
            ),
            f"{kind}/IS/failures.csv": lambda rows: more(
                rows, failure_reason_code=lambda number: f"X{number}", failure_description=lambda _: "W" * 70
            ),
            f"{kind}/IS/daily.csv": regions,
        },
    )
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    page = next(page for page in made.document.content["pages"] if page["place"] == "process:Meter Reads")
    success, reasons = (
        next(block["table"] for block in page["blocks"] if block["title"] == title)
        for title in ("Success by service request", "Reasons of the failures")
    )
    assert (
        re.search(rf"\b{32 - len(success['rows'])}\b", success["more"]) and "benchmark.csv" in success["more"]
    )
    assert reasons["more"]


@pytest.mark.turn(1)
@needs("business_process")
def test_processes_without_room_for_a_page_are_named(drawn, tmp_path):
    kind = "business_process"

    def sixteen(rows):
        return [
            rows[0]
            | {
                "position": str(place + 1),
                "business_process": f"P{place}",
                "has_page": str(place < 10).lower(),
            }
            for place in range(16)
        ]

    def of_all(rows):
        whole = next(row for row in rows if row["srv"] == "ALL")
        return [whole | {"business_process": f"P{place}"} for place in range(16)]

    folder = altered(
        tmp_path,
        DRAWN[kind][0],
        {f"{kind}/IS/subjects.csv": sixteen, f"{kind}/IS/benchmark.csv": of_all},
    )
    made = drawn(kind, folder)
    assert_one_sheet_each(made)
    assert pages_reckoned(kind, folder) == 14
    assert re.search("Without a page[^:]*: P10, P11, P12, P13, P14 and P15\\.", joined(made.pages[1]))


def test_a_text_that_leaves_its_page_is_found(drawn):
    made = drawn(next(iter(MADE)))
    assert BEFORE.is_dir()
    with pypdfium2.PdfDocument(made.pdf) as pdf:
        text = pdf[0].get_textpage()
        edge = max(text.get_rect(place)[2] for place in range(text.count_rects()))
    assert 500 < edge <= 595 - _SIDE


@one_report_a_turn
def test_of_a_folder_with_two_files_a_report_is_made_all_the_same(drawn, kind, tmp_path):
    """A query that reads what is not there has no rows, and no sentence counts on them."""
    folder = altered(tmp_path, DRAWN[kind][0], {})
    package = json.loads((folder / "datapackage.json").read_text())
    kept = ("findings.csv", "subjects.csv")
    package["resources"] = [one for one in package["resources"] if one["path"].endswith(kept)]
    (folder / "datapackage.json").write_text(json.dumps(package))
    assert drawn(kind, folder).pages
