"""The causes that the simulator plants: simulation.json tells them, and findings and diagnosis find them."""

import json

from car.simulate import simulate

MONTH = "2026-10"


def test_what_was_planted_is_told_in_words_and_keys(tmp_path):
    expected = simulate(tmp_path, MONTH, parties=36, devices=300, requests=600)
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
