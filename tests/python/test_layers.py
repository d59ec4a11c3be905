"""A layer reads only those above it: dbt refuses anything else before it builds."""

import pytest
from project_copy import copy_project, plain_parse


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("project"))


def test_the_project_parses(project):
    assert plain_parse(project, project) == ""


@pytest.mark.parametrize("private", ["stg_service_requests", "int_device_hub_spells"])
def test_a_mart_that_reads_staging_or_a_step_of_core_does_not_parse(project, private):
    mart = project / "models" / "marts" / "r1_inventory" / "mart_r1__peek.sql"
    mart.write_text(f"select * from {{{{ ref('{private}') }}}}\n", encoding="utf-8")
    try:
        told = plain_parse(project, project)
    finally:
        mart.unlink()
    assert private in told and "private to the 'warehouse' group" in told
