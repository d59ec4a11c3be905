"""What is built is what was checked: a landing zone that changes during a run publishes nothing."""

import os

import pytest
from conftest import AS_OF, MONTH, land_register, use_project
from landing_files import csv_of, parquet_bytes, put
from typer.testing import CliRunner

import car.warehouse.build
from car.cli import app
from car.errors import CarError

OF_ALERTS = "alerts/date=2026-10-02/a.parquet"
OF_DEFECTS = "defects/date=2026-10-02/a.csv"
RECORDS = [f"2026-10-01 10:00:00,D{number},Title,2,2026-09-01,," for number in range(3)]
FILES = {
    OF_ALERTS: parquet_bytes(rows=3),
    OF_DEFECTS: csv_of(*RECORDS),
}
OTHERS = {  # as many bytes and records
    OF_ALERTS: parquet_bytes(rows=3, alert_code="'same text'"),
    OF_DEFECTS: csv_of(*RECORDS).replace(b"Title", b"Other"),
}


def replaced(path):
    other = path.with_name("being_written")
    other.write_bytes(OTHERS[f"{path.parents[1].name}/{path.parent.name}/{path.name}"])
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


def written_over(path):
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(OTHERS[f"{path.parents[1].name}/{path.parent.name}/{path.name}"])
    os.utime(path, ns=times)


CHANGES = {
    "replaced": (replaced, "has other bytes|is shorter"),
    "written over in the same second": (written_over, "has other bytes|is shorter"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-20]), "is shorter"),
    "gone": (lambda path: path.unlink(), "is gone"),
}


@pytest.fixture
def run(landed_project, tmp_path, monkeypatch):
    """Run a small month; `meanwhile` happens between check and build, or, where it is so, within a build."""
    use_project(monkeypatch, landed_project)
    landing, out = tmp_path / "landing", tmp_path / "out"
    land_register(landing, 1, ("ALPHA", "IS", "One", "2020-01-01"), ("BETA", "GS", "Two", "2021-01-01"))
    for path, content in FILES.items():
        put(landing, path, content)
    build = car.warehouse.build.build

    def go(meanwhile=lambda: None, *arguments):
        def changed(*given, **options):
            meanwhile()
            return build(*given, **options)

        monkeypatch.setattr(car.warehouse.build, "build", changed)
        where = ["--landing", landing, "--out", out, "--month", MONTH, "--as-of", AS_OF, "--no-pdf"]
        result = CliRunner().invoke(app, ["run", *map(str, where), *arguments])
        return result, landing, out

    return go


@pytest.mark.long
@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_after_the_check_is_named_and_nothing_is_published(change, path, run):
    make, told = CHANGES[change]
    result, landing, out = run()
    assert result.exit_code == 0, result.output
    before = (landing / path).read_bytes()
    files = {file: file.read_bytes() for file in (out / "releases").rglob("*") if file.is_file()}
    land_register(landing, 2, ("ALPHA", "IS", "Uno", "2020-01-01"))

    for force in ((), ("--force",)):
        result, *_ = run(lambda: make(landing / path), *force)
        assert result.exit_code == 1
        words = " ".join(result.stderr.split())
        assert any(f"{path} {way}" in words for way in told.split("|")), words
        assert {file: file.read_bytes() for file in (out / "releases").rglob("*") if file.is_file()} == files
        # It holds what came of the other bytes, under the hash of these.
        assert not (out / ".car" / "warehouse.duckdb").exists()
        put(landing, path, before)
    assert run()[0].exit_code == 0


def test_a_build_that_fails_for_it_names_the_file_and_not_the_model(run):
    _, landing, _ = run()

    def go_wrong():
        (landing / OF_ALERTS).unlink()
        raise CarError("The build failed: model stg_alerts__landed")

    result, *_ = run(go_wrong)
    assert result.exit_code == 1 and f"{OF_ALERTS} is gone" in result.stderr
    assert "stg_alerts__landed" not in result.stderr


def test_a_build_that_fails_for_something_else_says_what(run):
    def go_wrong():
        raise CarError("The build failed: model stg_alerts__landed")

    result, *_ = run(go_wrong)
    assert result.exit_code == 1 and "model stg_alerts__landed" in result.stderr


def test_a_file_that_lands_during_the_run_is_for_the_next_one(run):
    result, landing, _ = run()
    assert result.exit_code == 0
    result, *_ = run(lambda: put(landing, "alerts/date=2026-10-02/b.parquet", FILES[OF_ALERTS]))
    assert result.exit_code == 0, result.output
