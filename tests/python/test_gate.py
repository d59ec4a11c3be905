"""The quality gate looks at what is new in the month; its rules themselves have unit tests in SQL."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import MONTH, run_real_month, use_project
from landing_files import CSV, PRIVATE, put
from test_cli import car_command

from car.console import Reporter
from car.errors import HeldBack
from car.month import Job, run_month
from car.simulate import simulate
from car.workspace import Machine

AS_OF = "2026-11-06T00:00:00Z"


@pytest.fixture
def zone(landed_project, tmp_path, monkeypatch):
    """A landing zone that the small project publishes."""
    use_project(monkeypatch, landed_project)
    register = "published_on,party_id,party_name,corporate_group,party_category,role,active_from,active_to"
    content = f"{register}\n2026-09-01,ALPHA,One,,,IS,2020-01-01,\n"
    put(tmp_path / "landing", "parties/date=2026-09-01/register.csv", content.encode())
    put(tmp_path / "landing", "defects/date=2026-10-05/good.csv", CSV)
    return tmp_path / "landing"


@pytest.mark.parametrize(
    ("day", "is_judged"),
    [("2026-09-30", False), ("2026-10-01", True), ("2026-11-05", True), ("2026-11-06", False)],
)
def test_a_rejected_file_holds_back_the_months_in_which_it_is_new(day, is_judged, zone, tmp_path):
    out = tmp_path / "out"
    put(zone, f"defects/date={day}/cut_off.csv", f'a,"{PRIVATE}'.encode())
    arguments = ("run", "--landing", zone, "--out", out, "--month", MONTH, "--as-of", AS_OF, "--no-pdf")
    result = car_command(*arguments)
    assert result.exit_code == (3 if is_judged else 0), result.output
    # It is counted and told in any case.
    run = json.loads(next((out / "runs").glob("*/run.json")).read_text())
    assert run["feeds"]["defects"]["files_rejected"] == 1 and "Rejected defects/" in result.output
    assert (out / ".car" / "warehouse.duckdb").exists() is not is_judged
    assert PRIVATE not in result.output
    if is_judged:
        assert f"defects: 1 new file rejected; defects/date={day}/cut_off.csv: " in result.stderr
        assert car_command(*arguments, "--force").exit_code == 0


@pytest.mark.long
def test_a_month_for_which_nothing_landed_is_held_back(real_month, real_landing, tmp_path):
    """With the project's own models; a warehouse that is there saves building all of it."""
    out = tmp_path / "out"
    shutil.copytree(real_month, out, symlinks=True)
    with pytest.raises(HeldBack, match="nothing landed for 2027-03: no request and no alert starts in it"):
        run_month(
            Job(
                str(real_landing),
                out,
                "2027-03",
                Machine(2, "1GiB"),
                with_history=False,
                reports_of=0,
                with_industry=False,
            ),
            Reporter(),
        )
    assert [path.name for path in (out / "releases").iterdir()] == [MONTH]


@pytest.mark.long
def test_two_simulated_months_pass_the_gate(tmp_path):
    """The second with all that the first let pass in its landing zone."""
    size = {"parties": 6, "devices": 200, "requests": 1200, "seed": 3}
    landing, out = tmp_path / "landing", tmp_path / "out"
    for month in ("2026-10", "2026-11"):
        simulate(landing=tmp_path / month, month=month, **size)
        for path in (tmp_path / month).rglob("*.*"):
            if path.is_file():
                target = landing / path.relative_to(tmp_path / month)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target.with_name(f"{month}-{target.name}"))
        run_real_month(landing, out / month, month=month)
        run = json.loads(Path(out / month / "releases" / month / "current" / "run.json").read_text())
        assert run["held_back"] == []
        assert any(feed["rows_quarantined"] for feed in run["feeds"].values())
