"""The queries, lists and templates of the PDF reports: all are used, and fit each other and the files."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import duckdb
import pytest
from conftest import MONTH
from reports_drawn import (
    BEFORE,
    DRAWN,
    MADE,
    RELEASE,
    TESTS,
    altered,
    drawn,  # noqa: F401
    every_report,
    faults,
    promised_columns,
)

from car.errors import CarError
from car.portal.pages.definition import page_lists
from car.reports import definition
from car.reports.charts import bound, month_words
from car.reports.definition import common, reports
from car.reports.tables import tables_of
from car.reports.words import LONGEST, displayable, listed, rendered

MODELS = Path(__file__).parents[2] / "models" / "marts"
APPROVE = "run `python3 tasks.py approve`, look at the pictures in tests/reports/changed"
# What the engine makes itself: no file has these columns.
OF_RELEASE = {"recipient", "files", "changes", "run", "dimensions", "roles"}


def blocks_of(report):
    return [block for page in report.pages for block in page.blocks]


# ---- queries ------------------------------------------------------------------------------------------


def every_query():
    return [
        pytest.param(report.name, name, id=f"{report.name}-{name}")
        for report in reports()
        for name in sorted(report.queries)
    ]


def serialised(sql):
    found = json.loads(duckdb.execute("select json_serialize_sql(?)", [sql]).fetchall()[0][0])
    assert not found["error"], found.get("error_message")
    return found["statements"]


def is_ordered(sql):
    (statement,) = serialised(sql)
    return any(modifier["type"] == "ORDER_MODIFIER" for modifier in statement["node"]["modifiers"])


def tables_in(node):
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and not node["schema_name"]:
            yield node["table_name"]
        for value in node.values():
            yield from tables_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from tables_in(value)


def hidden_tables(sql):
    """Names of parts of a query that a part before them, or they themselves, read: of tables, then."""
    (statement,) = serialised(sql)
    parts = statement["node"]["cte_map"]["map"]
    names = [part["key"] for part in parts]
    return {
        name for place, part in enumerate(parts) for name in {*tables_in(part["value"])} & {*names[place:]}
    }


@pytest.mark.parametrize(("kind", "query"), every_query())
def test_a_query_is_one_select_that_says_its_grain_and_its_order(kind, query):
    sql = MADE[kind].queries[query]
    first = sql.partition("\n")[0]
    assert re.match(r"-- (Grain: o|O)ne row", first), "its first line says what a row is"
    assert len(serialised(sql)) == 1
    assert is_ordered(sql) or re.match(r"-- (Grain: o|O)ne row:", first), "it ends in an order"


@pytest.mark.parametrize(("kind", "query"), every_query())
def test_no_part_of_a_query_has_the_name_of_a_table_that_the_query_reads(kind, query):
    """The engine would take the one for the other."""
    assert not hidden_tables(MADE[kind].queries[query]), "give it another name"


def test_a_hidden_table_is_found():
    assert hidden_tables("with daily as (select 1 as a from daily) select a from daily") == {"daily"}
    assert hidden_tables("with a as (select 1), b as (select * from a) select * from b") == set()


def files_of(kind):
    """The tables of a report's own folder: by name, without the folders of CSVs that it has."""
    tables = {}
    for path, columns in promised_columns().items():
        area, _, rest = path.partition("/{role}/")
        if area == kind:
            name, _, split = rest.removesuffix(".csv").partition("/")
            tables[name] = ["file_name", *columns] if split else columns
    return tables


@pytest.mark.parametrize(("kind", "query"), every_query())
def test_a_query_reads_files_that_are_published(kind, query):
    published = promised_columns()
    for schema, table in tables_of(query, MADE[kind].queries[query]):
        if schema == "release":
            assert table in OF_RELEASE
        elif schema == "reference":
            assert f"reference/{table}.csv" in published
        elif schema in ("", "before"):
            is_query = not schema and table in MADE[kind].queries
            assert is_query or table in files_of(kind), (
                f"delete what reads {table}.csv, which is published no more"
            )
        else:
            assert table in files_of(schema)


@every_report
def test_no_query_lies_idle(kind):
    report = MADE[kind]
    used = {page.each for page in report.pages} | {page.needs for page in report.pages}
    used |= {of.query for block in blocks_of(report) for of in block.rows.values()}
    waiting = list(used - {None})
    while waiting:
        name = waiting.pop()
        read = {table for schema, table in tables_of(name, report.queries[name]) if not schema}
        waiting += (read & report.queries.keys()) - used
        used |= read
    own = {path.stem for path in (Path(str(definition.PACKAGE)) / kind).glob("*.sql")}
    assert sorted(own - used) == []


def test_no_shared_query_lies_idle():
    read = {
        table
        for report in definition.every_report()
        for name, sql in report.queries.items()
        for _, table in tables_of(name, sql)
    }
    named = {
        of.query
        for report in definition.every_report()
        for block in blocks_of(report)
        for of in block.rows.values()
    }
    shared = {path.stem for path in (Path(str(definition.PACKAGE)) / "shared").glob("*.sql")}
    assert sorted(shared - read - named) == []


def parts_unknown(report):
    """The parts that blocks show, and that neither their query names nor a query or number that it reads."""

    def sql(name):
        read = (table for schema, table in tables_of(name, report.queries[name]) if not schema)
        return report.queries[name] + "".join(sql(table) for table in read if table in report.queries)

    return [
        f"{of.query}/{of.part}"
        for block in blocks_of(report)
        for of in block.rows.values()
        if of.part and not re.search(rf"(?<!\w){re.escape(of.part)}(?!\w)", sql(of.query))
    ]


def test_every_part_that_a_block_shows_is_one_of_its_query():
    """A part that is misspelt would show nothing, and nobody would know."""
    every = definition.every_report()
    assert [unknown for report in every for unknown in parts_unknown(report)] == []
    report, block = next(
        (report, block)
        for report in every
        for block in blocks_of(report)
        if any(of.part for of in block.rows.values())
    )
    misspelt = {name: replace(of, part="SMETS3") for name, of in block.rows.items()}
    pages = (replace(report.pages[0], blocks=(replace(block, rows=misspelt),)),)
    assert parts_unknown(replace(report, pages=pages)) != []


@every_report
def test_every_query_runs_and_its_rows_do_not_follow_those_of_a_file(drawn, kind, tmp_path):
    """Its order is total: rows of the CSVs in another order give the same."""
    party = DRAWN[kind][0]
    turned = altered(tmp_path, party, {"*/*/**/*.csv": lambda rows: rows[::-1]})
    before = altered(tmp_path / "before", party, {"*/*/**/*.csv": lambda rows: rows[::-1]}, of=BEFORE)
    other = replace(drawn(kind, turned), before=before)
    with drawn(kind).tables() as as_they_are, other.tables() as as_turned:
        for query in sorted(MADE[kind].queries):
            rows = as_they_are.rows(query)
            assert rows == as_turned.rows(query), query


# ---- lists --------------------------------------------------------------------------------------------


@every_report
def test_every_table_has_a_caption_and_every_graph_has_words(kind):
    for block in blocks_of(MADE[kind]):
        if block.table is not None:
            assert block.table.caption, block.block
            assert block.table.at_most is None or block.table.more, block.block
            assert block.table.rows in block.rows
            for column in block.table.columns:
                assert bool(column.strip) == bool(column.alternative), (block.block, column.title)
        if block.graph is not None:
            assert block.graph.alternative, block.block
            assert set(block.graph.rows.values()) <= set(block.rows)
        assert block.needs is None or block.needs in block.rows


@every_report
def test_pages_and_blocks_have_names_of_their_own(kind):
    pages = [page.page for page in MADE[kind].pages]
    assert len(pages) == len(set(pages))
    for page in MADE[kind].pages:
        blocks = [block.block for block in page.blocks]
        assert len(blocks) == len(set(blocks)), page.page
        assert set(common().legend) >= {mark for block in page.blocks for mark in block.legend}


@every_report
def test_a_page_goes_on_in_files_that_are_published(drawn, kind):
    made, published = drawn(kind), promised_columns()
    role = made.role
    forms = [re.sub(r"{\w+}", "*", path.replace("{role}", role)) for path in published]
    for page in made.document.content["pages"]:
        for file in page["goes_on_in"]:
            path = file if file.count("/") > 1 else f"{kind}/{role}/{file}"
            assert any(fnmatch(path, form) for form in forms), file
            assert (made.folder / path).is_file(), file
    assert any(page["goes_on_in"] for page in made.document.content["pages"])


@every_report
def test_a_file_that_a_sentence_names_is_published(drawn, kind):
    names = {path.rpartition("/")[2] for path in promised_columns()} | {"changes.csv"}
    codes = {path.name for path in (drawn(kind).folder / kind).rglob("*.csv")}
    said = json.dumps(drawn(kind).blocks())
    assert set(re.findall(r"[\w-]+\.csv", said)) <= names | codes


@every_report
def test_a_role_that_gets_the_report_gets_what_it_reads(kind):
    """A query that reads what its reader does not get has no rows, and nobody would know why."""
    rights = {}
    with (MODELS.parents[1] / "seeds" / "report_entitlements.csv").open(encoding="utf-8") as file:
        for line in file.read().split("\n")[1:]:
            if line:
                report, role = line.split(",")[:2]
                rights.setdefault(report, set()).add(role)
    others = {
        schema
        for name, sql in MADE[kind].queries.items()
        for schema, _ in tables_of(name, sql)
        if schema in rights
    }
    assert all(rights[kind] <= rights[area] for area in others)


def test_the_fixed_release_has_the_files_and_columns_of_today():
    assert faults() == [], APPROVE
    for party in RELEASE.iterdir():
        for resource in json.loads((party / "datapackage.json").read_text())["resources"]:
            named = [field["name"] for field in resource["schema"]["fields"]]
            assert (party / resource["path"]).read_text().split("\n")[0] == ",".join(named)


def testevery_report_has_a_recipient_in_the_fixed_release():
    assert {report.folder for report in reports()} <= set(DRAWN), (
        "say in DRAWN of tests/reports/cut_release.py of whom the report is drawn"
    )
    assert all(report.findings_path("{role}") in promised_columns() for report in reports())


# ---- templates ----------------------------------------------------------------------------------------


def graphs_of(report):
    """Each graph of a list: its block, template, words, and the query of each dataset of the template."""
    for block in blocks_of(report):
        if block.graph is not None:
            rows = {name: block.rows[dataset].query for name, dataset in block.graph.rows.items()}
            yield block, block.graph.template, block.graph.words, rows
        for column in block.table.columns if block.table else ():
            if column.strip is not None:
                yield block, column.strip, column.words, {"rows": block.rows[block.table.rows].query}


def columns_of(tables, query):
    tables.rows(query)
    return [name for name, *_ in tables._run(f"describe query.{query}").fetchall()]


@every_report
def test_every_template_is_given_what_it_wants(drawn, kind):
    with drawn(kind).tables() as tables:
        for block, name, words, queries in graphs_of(MADE[kind]):
            is_strip = (
                set(queries) == {"rows"}
                and "places" in json.loads(definition.template(name))["usermeta"]["words"]
            )
            rows = {
                dataset: [dict.fromkeys([*columns_of(tables, query), *(["place"] if is_strip else [])])]
                for dataset, query in queries.items()
            }
            given = {**words, "places": [1], "height": 18, "width": 100} if is_strip else words
            made = bound(name, rows, given, MONTH)
            assert not re.search(r'"\$(?!schema)\w', json.dumps(made.spec)), (block.block, name)


def test_no_template_lies_idle():
    every = definition.every_report()
    missing = [
        kind for kind in [*DRAWN, "performance_measurement"] if kind not in {one.name for one in every}
    ]
    if missing:
        pytest.skip(f"Not made yet: {', '.join(missing)}")
    # The portal draws with the same templates; months are those of its trends.
    shown = [shown.block.graph for page in page_lists().values() for shown in page.blocks]
    on_screen = {graph.template for graph in shown if graph} | {"months"}
    on_paper = {name for report in every for _, name, _, _ in graphs_of(report)}
    used = {f"{name}.vl.json" for name in on_paper | on_screen}
    there = {item.name for item in (definition.PACKAGE / "charts").iterdir()} - {"theme.json"}
    assert there == used


@pytest.mark.parametrize("wrong", ["datasets", "columns", "words"])
def test_a_template_refuses_what_it_does_not_know(wrong):
    rows = {"rows": [{"place": 1, "excess": 3}]}
    words = {"value": "excess", "format": ",.0f", "places": [1], "height": 18, "width": 100}
    assert bound("bars", rows, words, MONTH)
    if wrong == "datasets":
        rows["others"] = []
    elif wrong == "columns":
        del rows["rows"][0]["excess"]
    else:
        words["unheard_of"] = "?"
    with pytest.raises(CarError, match="wants"):
        bound("bars", rows, words, MONTH)


@pytest.mark.parametrize(
    ("month", "last"), [("2026-02", 28), ("2028-02", 29), ("2026-04", 30), ("2026-10", 31)]
)
def test_the_axis_of_days_ends_with_the_month(month, last):
    assert month_words(month)["days"] == [0.5, last + 0.5]
    assert month_words(month)["day_ticks"][-1] == last


# ---- sentences ----------------------------------------------------------------------------------------


def allowed_findings():
    """Read from the marts' checks which kinds of finding each of them may have."""
    kinds = {}
    for path in MODELS.rglob("mart_*findings.yml"):
        for told in re.findall(r"expression: \"finding in \(([^)]*)\)", path.read_text()):
            kinds[path.parent.name] = re.findall(r"'(\w+)'", told)
    return kinds


def test_every_kind_of_finding_has_its_sentence():
    allowed = allowed_findings()
    assert allowed
    assert {kind for kinds in allowed.values() for kind in kinds} == set(common().findings)


# What the findings of an area are about.
SUBJECTS = {
    "r1_inventory": [{"folder": "inventory", "dimension": "security_certificate", "unit": "devices"}],
    "r2_business_process": [
        {"folder": "business_process", "business_process": "Prepayment", "srv": srv} for srv in ("ALL", "2.1")
    ],
    "r3_alerts": [{"folder": "alerts", "alert_code": code} for code in ("ALL", "8F35")],
    "r3_network_operator": [{"folder": "network_operator", "alert_code": "N16"}],
}
# Kinds of which the sentence has no figure but how many it is about.
COUNTED = ("already_ended", "ends_within_30_days", "nothing_stands_out", "nothing_to_compare")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (kind, subject)
        for mart, kinds in allowed_findings().items()
        for kind in kinds
        for subject in SUBJECTS[mart]
    ],
)
def test_a_sentence_tells_the_figures_of_its_row(kind, subject):
    row = dict.fromkeys(("business_process", "srv", "alert_code"))
    row |= {"dimension": "region", "dimension_value": "North", "own_value": "0.250000"}
    row |= {"reference_value": "0.500", "unit": "share", "affected_count": 4711, **subject}
    told = rendered(common().findings[kind]["sentence"], **row, dimensions=common().dimensions)
    assert "4,711" in told
    assert kind in COUNTED or re.search(r"\b(25\.0\s%.*50\.0\s%|0\.25\ss.*0\.5\ss)", told)
    assert not re.search(r"None|[{}]", told)


def test_the_lowest_and_the_highest_of_a_month_are_not_told_as_a_rise():
    """Of a month that fell, the highest is told with its earlier day; the days do not make a path."""
    days = [{"day": f"2026-10-0{day}", "rate": rate} for day, rate in ((1, "0.9"), (2, "0.5"))]
    told = rendered("{{ days|lowest_and_highest('rate', 'day') }}", days=days)
    said = told.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "lowest on 2026-10-02 with 50.0 %, highest on 2026-10-01 with 90.0 %"
    told = rendered("{{ days|lowest_and_highest('rate', 'day') }}", days=days[:1])
    assert told.count("2026-10-01") == 0
    for report in reports():
        for block in blocks_of(report):
            if block.graph is not None:
                assert not re.search(r"from \{\{|\}\}\s+to\s+\{\{ *days", block.graph.alternative), (
                    block.block
                )


def test_a_long_list_is_cut_and_says_so():
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed([str(number) for number in range(12)]).endswith("10 and 11")
    assert listed([str(number) for number in range(60)]).endswith("9, 10 and 49 others")


def test_a_name_that_is_too_long_is_cut_where_people_read_it():
    assert len(displayable("x" * 10_000)) == LONGEST
    assert displayable("x" * 10_000, None) == "x" * 10_000
    assert TESTS.is_dir()


@pytest.mark.parametrize(("rows", "said"), [([], "none, none"), ([1, 2, 3], "1, 3")])
def test_a_sentence_may_ask_for_the_first_and_the_last_of_no_rows(rows, said):
    assert rendered("{{ rows|first or 'none' }}, {{ rows|last or 'none' }}", rows=rows) == said
