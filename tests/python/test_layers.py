"""A layer reads only those above it: dbt refuses anything else before it builds."""

import shutil
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).parents[2]
PARTS = ("analyses", "macros", "models", "profiles", "seeds", "snapshots", "dbt_project.yml")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    copy = tmp_path_factory.mktemp("project")
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / part)
    shutil.copytree(ROOT / "tests" / "dbt", copy / "tests" / "dbt")
    return copy


def parse(project: Path) -> str:
    """Parse a project and give what dbt has against it, or nothing."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project / "profiles")]
    written = ["--target-path", str(project / "target"), "--log-path", str(project / "logs"), "--quiet"]
    done = dbtRunner().invoke(["parse", *folders, *written])
    return "" if done.success else str(done.exception)


def test_the_project_parses(project):
    assert parse(project) == ""


@pytest.mark.parametrize("private", ["stg_service_requests", "int_device_hub_spells"])
def test_a_mart_that_reads_staging_or_a_step_of_core_does_not_parse(project, private):
    mart = project / "models" / "marts" / "r1_inventory" / "mart_r1__peek.sql"
    mart.write_text(f"select * from {{{{ ref('{private}') }}}}\n", encoding="utf-8")
    try:
        told = parse(project)
    finally:
        mart.unlink()
    assert private in told and "private to the 'warehouse' group" in told
