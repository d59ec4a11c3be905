"""What the yml of the published marts promises to their readers, held against published.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

MARTS = Path(__file__).parents[2] / "models" / "marts"
NUMBERS = re.compile(r"(tinyint|smallint|integer|bigint|decimal|date|timestamp)")


def published() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each published mart: the model of an exposure with `meta.publish`."""
    models = {
        model["name"]: model
        for path in MARTS.glob("*/mart_*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }
    for path in sorted(MARTS.glob("*/_*exposures.yml")):
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]:
            (reference,) = exposure["depends_on"]
            name = re.fullmatch(r"ref\('(\w+)'\)", reference)[1]
            yield name, {**models.pop(name), "publish": exposure["config"]["meta"]["publish"]}
    assert not models, f"no exposure publishes {sorted(models)}"


MARTS_BY_NAME = dict(published())


def test_every_file_of_the_contract_is_published():
    assert {mart["publish"]["path"] for mart in MARTS_BY_NAME.values()} == {
        "inventory/{role}/devices.csv",
        "inventory/{role}/summary.csv",
        "inventory/{role}/firmware_league.csv",
        "inventory/{role}/findings.csv",
        "business_process/{role}/srv/{srv}.csv",
        "business_process/{role}/benchmark.csv",
        "business_process/{role}/league_table.csv",
        "business_process/{role}/round_trip_time.csv",
        "business_process/{role}/daily.csv",
        "business_process/{role}/failures.csv",
        "business_process/{role}/install_and_commission.csv",
        "business_process/{role}/change_of_supplier.csv",
        "business_process/{role}/findings.csv",
        "alerts/{role}/alert/{alert_code}.csv",
        "alerts/{role}/monthly.csv",
        "alerts/{role}/daily.csv",
        "alerts/{role}/delivery_time.csv",
        "alerts/{role}/findings.csv",
        "network_operator/{role}/alert_devices.csv",
        "network_operator/{role}/credentials_handover.csv",
        "network_operator/{role}/outage_restoration.csv",
        "network_operator/{role}/outage_restoration_summary.csv",
    }


@pytest.mark.parametrize("name", MARTS_BY_NAME)
def test_a_published_mart_has_a_contract_a_grain_and_a_unit_for_each_number(name):
    mart = MARTS_BY_NAME[name]
    assert mart["config"]["contract"] == {"enforced": True} and mart["config"]["access"] == "public"
    assert mart["description"].startswith("Grain: one row per ")
    assert [column["name"] for column in mart["columns"]][:3] == ["reporting_month", "party_id", "role"]
    for column in mart["columns"]:
        assert column["description"].endswith("."), column["name"]
        has_unit = "unit" in column.get("config", {}).get("meta", {})
        assert has_unit == bool(NUMBERS.match(column["data_type"])), column["name"]
