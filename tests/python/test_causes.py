"""The causes that the simulator plants: simulation.json tells them, and findings and diagnosis find them."""

import json
from collections import Counter
from typing import Any

import duckdb
import pytest
from conftest import MONTH, run_real_month

from car.simulate import simulate

AT_MOST = 3
SAID_INSTEAD = ("nothing_stands_out", "nothing_to_compare")

Row = dict[str, Any]


def test_what_was_planted_is_told_in_words_and_keys(tmp_path):
    expected = simulate(tmp_path, MONTH, devices=300, requests=600)
    told = json.loads((tmp_path / "simulation.json").read_text(encoding="utf-8"))["planted"]
    assert told == expected.planted
    causes = {cause["cause"]: cause for cause in told}
    assert list(causes) == [
        "meter_firmware",
        "hub_firmware",
        "slow_manufacturer",
        "bad_week",
        "orchestration",
        "silent_meters",
    ]
    assert causes["orchestration"]["srv"] == "6.23"
    for cause in told:
        dimensions = cause["dimensions"]
        assert cause["parties"] and (not dimensions or list(dimensions.values())[-1] in cause["words"])


@pytest.fixture(scope="module", params=range(1, 11))
def seed(request):
    """Ten industries of the demo's size."""
    return request.param


@pytest.fixture(scope="module")
def month(seed, tmp_path_factory):
    """What was planted by cause, and the rows of each findings.csv and of each row that stands out."""
    folder = tmp_path_factory.mktemp(f"seed-{seed}")
    planted = simulate(folder / "landing", MONTH, seed=seed).planted
    parties = run_real_month(folder / "landing", folder / "out")
    return {cause["cause"]: cause for cause in planted}, *(
        rows_of(parties / "*" / path, where)
        for path, where in (
            ("*/*/findings.csv", f"finding not in {SAID_INSTEAD}"),
            ("business_process/*/diagnosis.csv", "stands_out = 'true'"),
        )
    )


def rows_of(files, where):
    """Rows of the files of all recipients, with the area as the folder says."""
    found = duckdb.execute(
        "select *, split_part(filename, '/', -3) as area"
        f" from read_csv(?, union_by_name = true, all_varchar = true, filename = true) where {where}",
        [str(files)],
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def parties_with(rows, **values):
    """The parties of the rows that have these values."""
    return {row["party_id"] for row in rows if all(row[name] == value for name, value in values.items())}


@pytest.mark.long(by="seed")
def test_each_planted_cause_is_found(month):
    causes, findings, standing_out = month
    for name, dimension in (
        ("meter_firmware", "device_firmware_version"),
        ("hub_firmware", "ch_firmware_version"),
        ("silent_meters", "device_model"),
    ):
        here = {"dimension": dimension, "dimension_value": causes[name]["dimensions"][dimension]}
        shown = {"dimension": dimension, "value": causes[name]["dimensions"][dimension]}
        having = set(causes[name]["parties"])
        assert parties_with(standing_out, **shown) >= having, name
        assert parties_with(findings, finding="failures_gather", **here) & having, name
    region = causes["bad_week"]["dimensions"]["region"]
    assert parties_with(standing_out, dimension="region", value=region) - set(causes["bad_week"]["parties"])
    below = {"finding": "below_industry", "area": "business_process"}
    for name, values in (
        ("bad_week", below),
        ("silent_meters", below),
        ("orchestration", {**below, "business_process": "Change of Supplier (Gain)"}),
        ("slow_manufacturer", {"finding": "slower_than_industry"}),
    ):
        assert parties_with(findings, **values) >= set(causes[name]["parties"]), name


@pytest.mark.long(by="seed")
def test_little_else_is_found(month):
    """Of a party without a planted cause, by area; a value that a cause shows in is not else."""
    causes, findings, _ = month
    having = {party for cause in causes.values() for party in cause["parties"]}
    values = {value for cause in causes.values() for value in cause["dimensions"].values()}
    else_found = Counter(
        (row["area"], row["party_id"], row["role"])
        for row in findings
        if row["party_id"] not in having and row["dimension_value"] not in values
    )
    assert {key: count for key, count in else_found.items() if count > AT_MOST} == {}
