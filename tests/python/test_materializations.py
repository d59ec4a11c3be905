"""Tables and views are put in the place of those before them, or these stay, and are described."""

import json
from pathlib import Path

import duckdb
import pytest

from car.warehouse.build import close_connections

ROOT = Path(__file__).parents[2]
PROJECT = {
    "dbt_project.yml": f"""
name: small
version: "1.0"
profile: small
model-paths: [models]
macro-paths: ["{ROOT / "macros"}"]
flags: {{send_anonymous_usage_stats: false}}
vars: {{code_fingerprint: "", number: 1, described: number}}
models: {{small: {{+persist_docs: {{relation: true, columns: true}}}}}}
""",
    "profiles.yml": """
small:
  target: duckdb
  outputs: {duckdb: {type: duckdb, path: "{{ env_var('CAR_WAREHOUSE') }}", threads: 1}}
""",
    "models/numbers.sql": "select {{ var('number') }} as number",
    "models/models.yml": """
models:
  - name: numbers
    description: What it's about.
    columns: [{name: "{{ var('described') }}", description: 'The "number" of it; one.'}]
""",
}


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Builds the one model; tells whether it could be, what the comments say, and what it holds."""
    warehouse = tmp_path / "w.duckdb"
    monkeypatch.setenv("CAR_WAREHOUSE", str(warehouse))
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(kind: str, **variables: object) -> tuple:
        from dbt.cli.main import dbtRunner

        model = f"{{{{ config(materialized='{kind}') }}}} {PROJECT['models/numbers.sql']}"
        (tmp_path / "models/numbers.sql").write_text(model, encoding="utf-8")
        folders = ("--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path))
        quiet = ("--quiet", "--log-level", "none", "--log-level-file", "none")
        done = dbtRunner().invoke(["run", *folders, *quiet, "--vars", json.dumps(variables)])
        close_connections()
        with duckdb.connect(str(warehouse), read_only=True) as connection:

            def rows(query: str) -> list[tuple]:
                return connection.execute(query).fetchall()

            return (
                done.success,
                rows(f"select {kind}_name, comment from duckdb_{kind}s() where not internal"),
                rows("select column_name, comment from duckdb_columns() where table_name = 'numbers'"),
                rows("from main.numbers"),
            )

    return run


@pytest.mark.parametrize(("kind", "other"), [("table", "view"), ("view", "table")])
def test_what_is_built_again_is_put_in_the_place_of_the_one_before_it_and_described(build, kind, other):
    for number, now in enumerate([kind, kind, other, kind], start=1):
        success, relations, columns, rows = build(now, number=number)
        assert success and rows == [(number,)]
        assert [(name, comment.partition(" [made as ")[0]) for name, comment in relations] == [
            ("numbers", "What it's about.")
        ]
        assert columns == [("number", 'The "number" of it; one.')]


@pytest.mark.parametrize("kind", ["table", "view"])
@pytest.mark.parametrize("fault", [{"number": "no_such_column"}, {"number": 2, "described": "another"}])
def test_what_cannot_be_built_leaves_the_one_before_it(build, kind, fault):
    before = build(kind, number=1)
    assert before[0]
    assert build(kind, **fault) == (False, *before[1:])
