"""The units of orchestration/systemd: what they start, when, and what they do not start again."""

import configparser
import os
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "orchestration" / "systemd"


@pytest.fixture(scope="module")
def service():
    return unit("car-month.service")


def unit(name):
    parsed = configparser.RawConfigParser()
    parsed.optionxform = str
    parsed.read(UNITS / name, encoding="utf-8")
    return parsed


def test_the_service_runs_the_month_that_is_over_and_holds_its_version(service, tmp_path):
    """The shell of the unit itself, with a `car` that says what it was called with."""
    words = shlex.split(service["Service"]["ExecStart"].replace("%%", "%"))
    assert words[:2] == ["/bin/sh", "-c"]
    car = tmp_path / "car"
    car.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    car.chmod(0o755)
    script = words[2].replace("/srv/car/.venv/bin/car", str(car))
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    month = f"{datetime.now(UTC) - timedelta(days=10):%Y-%m}"
    assert done.stdout.split() == ["run", "--config", "/etc/car/car.toml", "--month", month, "--hold"]


def test_what_is_held_back_or_wrong_usage_is_not_tried_again(service):
    assert service["Service"]["Restart"] == "on-failure"
    assert service["Service"]["RestartPreventExitStatus"].split() == ["2", "3"]
    assert service["Service"]["Type"] == "oneshot"


def test_secrets_come_from_a_file_that_need_not_be_there(service):
    assert service["Service"]["EnvironmentFile"].startswith("-")
    assert "PASSWORD" not in (UNITS / "car-month.service").read_text()


def test_the_timer_fires_when_ten_days_ago_was_the_month_before(service):
    when = unit("car-month.timer")["Timer"]
    assert (when["OnCalendar"], when["Persistent"]) == ("*-*-06 06:00:00 UTC", "true")
    for month in range(1, 13):
        fires = datetime(2027, month, 6, 6, tzinfo=UTC)
        over = fires.replace(day=1) - timedelta(days=1)
        assert f"{fires - timedelta(days=10):%Y-%m}" == f"{over:%Y-%m}"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
def test_systemd_takes_the_units(tmp_path):
    for name in ("car-month.service", "car-month.timer"):
        text = (UNITS / name).read_text().replace("/srv/car/.venv/bin/car", "/bin/true")
        (tmp_path / name).write_text(text.replace("User=car\n", "").replace("/srv/car", str(tmp_path)))
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    plain = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
    assert done.returncode == 0, done.stderr
    calendar = ["systemd-analyze", "calendar", "*-*-06 06:00:00 UTC"]
    assert subprocess.run(calendar, capture_output=True, check=False).returncode == 0
