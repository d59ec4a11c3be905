"""What every model has: words, columns and a test of its own. No model, macro or test has a clock."""

import copy
import json

import pytest
from clocks import clocks_as_compiled, clocks_as_written
from clocks import main as look_through

PROJECT = "customer_analytics_reporting"


def faults_of_models(manifest):
    """Name what models lack, each with the file to edit."""
    tested = {node.get("attached_node") for node in manifest["nodes"].values()}
    tested |= {name for test in manifest["unit_tests"].values() for name in test["depends_on"]["nodes"]}
    faults = []
    for name, model in manifest["nodes"].items():
        if model["resource_type"] != "model":
            continue
        yml = (model["patch_path"] or model["original_file_path"].replace(".sql", ".yml")).split("://")[-1]
        lacks = []
        if not model["description"].strip():
            lacks.append("write a `description` that begins with the grain")
        if not model["columns"]:
            lacks.append("write its `columns`, each with a sentence")
        lacks += [
            f"write a `description` of column {column['name']}"
            for column in model["columns"].values()
            if not column["description"].strip()
        ]
        if name not in tested:
            lacks.append("write a test of its own: `data_tests`, or one of `unit_tests`")
        faults += [f"{yml}, {model['name']}: {words}" for words in lacks]
    return faults


def test_a_model_has_a_description_columns_and_a_test_of_its_own(manifest):
    assert faults_of_models(manifest) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model, tests: model.update(description=" "), "write a `description` that begins"),
        (lambda model, tests: model.update(columns={}), "write its `columns`"),
        (
            lambda model, tests: model["columns"]["srv"].update(description=""),
            "write a `description` of column srv",
        ),
        (lambda model, tests: tests.clear(), "write a test of its own"),
    ],
)
def test_what_a_model_lacks_is_told_with_the_file_to_edit(manifest, change, words):
    name = f"model.{PROJECT}.mart_r2__benchmark"
    model = copy.deepcopy(manifest["nodes"][name])
    tests = {key: node for key, node in manifest["nodes"].items() if node.get("attached_node") == name}
    change(model, tests)
    told = faults_of_models({"nodes": {name: model, **tests}, "unit_tests": {}})
    assert [line.partition(": ")[0] for line in told] == [
        "models/marts/r2_business_process/mart_r2__benchmark.yml, mart_r2__benchmark"
    ]
    assert words in told[0]


def test_nothing_is_disabled(manifest):
    """dbt leaves out a test of a disabled model, and does not say so."""
    assert manifest["disabled"] == {}


def clocks_of(manifest):
    """Give the clocks in all SQL of the project as it is written, by the file that it stands in."""
    texts = [
        (node["original_file_path"], f"{node['raw_code']} {json.dumps(node.get('test_metadata'))}")
        for node in manifest["nodes"].values()
        if node["resource_type"] != "seed"
    ]
    texts += [
        (macro["original_file_path"], macro["macro_sql"])
        for macro in manifest["macros"].values()
        if macro["package_name"] == PROJECT
    ]
    assert {"models", "tests", "macros", "analyses"} <= {path.split("/")[0] for path, _ in texts}
    return [f"{path}: {', '.join(found)}" for path, text in texts if (found := clocks_as_written(text))]


def test_no_model_macro_or_test_has_a_clock(manifest):
    """The compiled SQL is looked through by `tasks.py build`."""
    assert clocks_of(manifest) == []


CLOCKS = [
    "select current_date as day",
    "select now() as at",
    "select Today() as day",
    "select * from a where at < current_timestamp",
    "select get_current_timestamp() as at",
    "select transaction_timestamp() as at",
    "select a.x from a order by random()",
    "select x from a where x in (select uuid() from b)",
    "with b as (select localtime as at) select at from b",
    "select age(at) as age from a",
]


@pytest.mark.parametrize("sql", CLOCKS)
def test_a_clock_is_found_as_written_and_as_compiled(sql):
    assert clocks_as_written(sql)
    assert clocks_as_compiled([sql]) != [""]


@pytest.mark.parametrize(
    "jinja",
    [
        "{{ run_started_at.strftime('%Y') }}",
        "{{ modules.datetime.datetime.now() }}",
        "{{ modules.datetime.date.today().isoformat() }}",
        "{{ dbt.current_timestamp() }}",
        "{{ holds('at < now()') }}",
        "select sysdate from a",
        "select getdate() from a",
    ],
)
def test_a_clock_of_jinja_or_of_another_engine_is_found(jinja):
    assert clocks_as_written(jinja)


@pytest.mark.parametrize(
    "sql",
    [
        "select known from a -- what is known now() and today",
        "select a.now, a.today, average(a.x) as age from a",
        "select {# not now() #} current_database() as name",
        "select 'known today' as words, uuid from a",
    ],
)
def test_a_word_that_is_no_clock_is_left_alone(sql):
    assert clocks_as_written(sql) == []


def test_what_was_compiled_is_looked_through_file_by_file(tmp_path, capsys):
    assert look_through(tmp_path) == 1
    assert "No compiled SQL" in capsys.readouterr().out
    folder = tmp_path / "compiled" / "models"
    folder.mkdir(parents=True)
    (folder / "a.sql").write_text("select x from a")
    assert look_through(tmp_path) == 0
    (folder / "b.sql").write_text("select now() as at")
    assert look_through(tmp_path) == 1
    assert "b.sql: now" in capsys.readouterr().out
    (folder / "b.sql").write_text("selec x")
    assert look_through(tmp_path) == 1
    assert "b.sql: no SQL" in capsys.readouterr().out
