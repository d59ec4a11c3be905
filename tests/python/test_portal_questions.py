"""Explore and Trends: what they answer is reckoned here once more, from the CSVs alone."""

import csv
import io
import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import openpyxl
import pytest
from portal_browser import serving
from portal_release import MONTH, MONTH_BEFORE, SUPPLIER, bundled, declare_combines, read_csv, released

ROLE = "IS"
EXPLORE = f"/{MONTH}/{ROLE}/explore"
ALERTS = "table=alerts/alert"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = released(tmp_path_factory.mktemp("portal"))
    for path in folder.glob(f"releases/*/v1/parties/{SUPPLIER}/datapackage.json"):
        package = json.loads(path.read_text())
        declare_combines(package)
        path.write_text(json.dumps(package))
    return bundled(folder)


@pytest.fixture(scope="module")
def client(out):
    with serving(out) as portal:
        yield portal.client(SUPPLIER)


@pytest.fixture(scope="module")
def alerts(out):
    """Each row of the alert files, with its code."""
    folder = out / "releases" / MONTH / "v1" / "parties" / SUPPLIER / "alerts" / ROLE / "alert"
    rows = []
    for path in sorted(folder.glob("*.csv")):
        header, *lines = read_csv(path)
        rows += [dict(zip(header, line, strict=True)) | {"alert_code": path.stem} for line in lines]
    assert len(rows) > 100
    return rows


def answer(client, url):
    """Give the rows of a small table's CSV."""
    response = client.get(url)
    assert response.status_code == 200, response.text
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def rounded(part, whole, places):
    return str((Decimal(part) / Decimal(whole)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def volume(rows):
    return sum(int(row["alert_count"]) for row in rows)


def delivered(rows):
    return [row for row in rows if row["outcome"] == "Delivered"]


def times(rows, name):
    return [row[name] for row in delivered(rows)]


def mean(rows):
    found = delivered(rows)
    total = sum(Decimal(row["delivery_sum_s"]) for row in found)
    return rounded(total, volume(found), 3) if found else ""


MEASURES = {
    "alert_count": lambda rows: str(volume(rows)),
    "failures": lambda rows: str(volume(rows) - volume(delivered(rows))),
    "success_share": lambda rows: rounded(volume(delivered(rows)), volume(rows), 6),
    "delivery_min_s": lambda rows: min(times(rows, "delivery_min_s"), key=Decimal, default=""),
    "delivery_max_s": lambda rows: max(times(rows, "delivery_max_s"), key=Decimal, default=""),
    "delivery_mean_s": mean,
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("by", [("region",), ("alert_code", "device_type"), ("failure_reason_code",)])
def test_a_measure_is_what_the_rows_give(client, alerts, measure, by):
    groups = defaultdict(list)
    for row in alerts:
        groups[tuple(row[name] or "(empty)" for name in by)].append(row)
    asked = "&".join(f"{name}={value}" for name, value in zip(("by", "and"), by, strict=False))
    header, *found = answer(client, f"{EXPLORE}/rows/answer.csv?{ALERTS}&measure={measure}&{asked}")
    assert len(header) == len(by) + 1
    wanted = {key: MEASURES[measure](rows) for key, rows in groups.items()}
    assert {tuple(row[:-1]): row[-1] for row in found} == wanted


def test_filters_leave_the_rows_that_a_measure_is_made_of(client, alerts):
    code = max({row["alert_code"] for row in alerts})
    url = f"{EXPLORE}/rows/answer.csv?{ALERTS}&measure=alert_count&by=&alert_code={code}&outcome=Delivered"
    kept = [row for row in delivered(alerts) if row["alert_code"] == code]
    assert answer(client, url)[1:] == [["All together", str(volume(kept))]]


def test_what_cannot_be_combined_is_not_offered(client):
    page = client.get(f"{EXPLORE}?{ALERTS}").text
    assert 'value="delivery_mean_s"' in page
    assert 'value="delivery_median_s"' not in page and "industry_" not in page


def test_a_trend_is_the_published_cell_of_each_month(client, out):
    _, *found = answer(
        client,
        f"/{MONTH}/{ROLE}/trends/rows/answer.csv?table=business_process/benchmark"
        "&figure=own_success_rate&business_process=Prepayment&srv=ALL",
    )
    wanted = []
    for month in (MONTH_BEFORE, MONTH):
        folder = out / "releases" / month / "v1" / "parties" / SUPPLIER / "business_process" / ROLE
        header, *lines = read_csv(folder / "benchmark.csv")
        rows = [dict(zip(header, line, strict=True)) for line in lines]
        (row,) = [one for one in rows if (one["business_process"], one["srv"]) == ("Prepayment", "ALL")]
        wanted.append([month, row["own_success_rate"]])
    assert found == wanted


def test_a_month_without_the_column_is_a_gap_that_is_told(client, tmp_path):
    out = released(tmp_path)
    folder = out / "releases" / MONTH_BEFORE / "v1" / "parties" / SUPPLIER
    package = json.loads((folder / "datapackage.json").read_text())
    for resource in package["resources"]:
        if resource["path"].endswith("/benchmark.csv"):
            path = folder / resource["path"]
            header, *lines = read_csv(path)
            place = header.index("own_success_rate")
            resource["schema"]["fields"] = [
                field for field in resource["schema"]["fields"] if field["name"] != "own_success_rate"
            ]
            with path.open("w", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerows([line[:place] + line[place + 1 :] for line in [header, *lines]])
    (folder / "datapackage.json").write_text(json.dumps(package))
    asked = "table=business_process/benchmark&figure=own_success_rate"
    gap = f"{MONTH_BEFORE}: the release does not have this figure"
    with serving(bundled(out)) as other:
        reader = other.client(SUPPLIER)
        page = reader.get(f"/{MONTH}/{ROLE}/trends?{asked}")
        assert page.status_code == 200 and gap in page.text
        assert reader.get(f"/{MONTH_BEFORE}/{ROLE}/business_process").status_code == 200
    assert gap not in client.get(f"/{MONTH}/{ROLE}/trends?{asked}").text


def test_a_small_table_is_the_same_in_all_formats(client, tmp_path):
    url = f"{EXPLORE}/rows/answer.{{}}?{ALERTS}&measure=success_share&by=region"
    header, *rows = answer(client, url.format("csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(url.format("xlsx")).content)).active
    assert [[cell.value for cell in line] for line in sheet.iter_rows(max_row=1)] == [header]
    cells = list(sheet.iter_rows(min_row=2))
    assert [(line[0].value, Decimal(str(line[1].value))) for line in cells] == [
        (region, Decimal(share)) for region, share in rows
    ]
    assert {line[1].data_type for line in cells} == {"n"}
    path = tmp_path / "answer.parquet"
    path.write_bytes(client.get(url.format("parquet")).content)
    assert [[str(value) for value in row] for row in duckdb.sql(f"from '{path}'").fetchall()] == rows


def test_a_table_that_a_page_has_not_is_not_there(client):
    assert client.get(f"{EXPLORE}/rows/nothing.csv?{ALERTS}").status_code == 404
    assert client.get(f"/{MONTH}/GT/explore/rows/answer.csv").status_code == 404
