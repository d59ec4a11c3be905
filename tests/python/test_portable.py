"""The SQL is one for every engine: words that differ stand in macros that adapter.dispatch chooses."""

import functools
import re
from pathlib import Path

import pytest
import yaml
from engine_words import words_of

from car.warehouse.declaration import column_of

ROOT = Path(__file__).parents[2]
MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+).*?\bendmacro\s*-?%\}", re.DOTALL)
MATERIALIZATION = re.compile(r"\{%-?\s*materialization\s+(\w+)\s*,\s*adapter\s*=\s*'(\w+)'")
ENGINES = ("duckdb", "spark")
SPARK = words_of("spark")

# What DuckDB alone does: it brings tables up to date. Spark makes them whole (macros/engine), and
# reaches none of these macros but those that ask `has_bookkeeping` first.
OF_DUCKDB = {
    "macros/materializations/bookkeeping.sql",
    "macros/materializations/landed_by_file.sql",
    "macros/materializations/table_by_key.sql",
    "macros/materializations/tested_rows.sql",
}
# Python reads the landing contract as it is, and readers were promised the types that DuckDB calls so. These
# macros ask of which type a column is; Spark is told it by macro `type_name`.
CONTRACT = "models/staging/_landing__sources.yml"
ASK_FOR_TYPES = {"as_published", "as_reckoned", "is_given", "landed_type"}

# Each word with SQL that has to be refused, and what is written instead.
WORDS = {
    "varchar": (r"\bvarchar\b", "cast(srv as varchar)", "string"),
    "unsigned": (r"\bu(tiny|small|big|huge)?int(eger)?\b", "cast(null as ubigint)", "bigint"),
    "hugeint": (r"\bhugeint\b", "sum(cast(volume as hugeint))", "macro wide_integer"),
    "enum": (r"\benum\s*\(", "cast(role as enum('IS'))", "macro one_of"),
    "cast": (r"::", "day::date", "cast(… as …)"),
    "try_cast": (r"\btry_cast\b", "try_cast(amount as bigint)", "macro cast_or_null"),
    "quotient": (r"//", "volume // 2", "macro whole_quotient"),
    "quoted": (r'"\w+"', 'summary."check"', "macro quoted"),
    "groups": (r"\bgroups\s+between\b", "groups between 1 following and 2 following", "a range of instants"),
    "ignore nulls": (r"\bignore\s+nulls\b", "last_value(srv ignore nulls)", "another query"),
    "lead": (r"\b(lead|lag)\s*\([^()]*,", "lead(cut_at, 1, spell_to)", "coalesce(lead(…) over (…), …)"),
    "filtered window": (
        r"\bfilter\s*\((?:[^()]|\([^()]*\))*\)\s*over\b",
        "count(*) filter (where is_success) over (partition by srv)",
        "a case in the function",
    ),
    "group by all": (r"\b(group|order)\s+by\s+all\b", "group by all", "the columns"),
    "qualify": (r"\bqualify\b", "qualify recency = 1", "a CTE"),
    "asof": (r"\b(asof|positional|semi|anti)\s+join\b", "asof join spells", "valid_at"),
    "using sample": (r"\busing\s+sample\b", "using sample 10", "nothing by chance"),
    "exclude": (r"\*\s*(exclude|replace)\b", "select * exclude (srv)", "the columns"),
    "distinct on": (r"\bdistinct\s+on\b", "select distinct on (srv) day", "row_number"),
    "list": (r"\b(list|array)(_\w+)?\s*\(", "list_sort(reasons)", "macros literal_list, list_of, text_list"),
    "list literal": (r"(?<![\w\])*])\[(?![^\]]*-|[^\]]{,2}\])", "select [srv, 'ALL']", "macro literal_list"),
    "element": (r"\)\s*\[\s*\d", "max(amount, 2)[2]", "macro nth_largest"),
    "unnest": (r"\b(unnest|explode)\s*\(", "unnest(reasons)", "macro each_of"),
    "lambda": (r"\blambda\b|->", "list_filter(days, lambda day: day > 1)", "macro count_from"),
    "string_agg": (r"\b(string_agg|listagg|group_concat)\s*\(", "string_agg(srv, ';')", "macro joined_text"),
    "arg_max": (
        r"\b(arg_(min|max)|min_by|max_by|first|last|any_value)\s*\(",
        "arg_min(srv, day)",
        "value_of_least",
    ),
    "median": (
        r"\b(median|mode|quantile_\w+)\s*\(",
        "median(round_trip_time_ms)",
        "macros/marts/quantiles.sql",
    ),
    "regexp": (r"\b(regexp_\w+|rlike)\b|~", "regexp_full_match(srv, '8.*')", "macro matches"),
    "similar": (r"\b(similar\s+to|ilike|glob)\b", "srv similar to '8%'", "macro matches"),
    "trim": (r"\b[lr]?trim\s*\([^()]*,", "ltrim(value, '0')", "trim(leading … from …)"),
    "left trim": (r"\b[lr]trim\b", "rtrim(value)", "trim(trailing … from …)"),
    "format": (r"\b(format|printf|strftime|strptime|hex|unhex|conv)\s*\(", "strftime(day, '%G')", "a macro"),
    "shift": (r">>|<<", "device_key >> 8", "macro device_id"),
    "epoch": (r"\b(epoch|epoch_\w+|unix_\w+|to_\w+seconds)\s*\(", "epoch_ms(started_at)", "macro epoch_ms"),
    "day": (
        r"\b(dayname|isodow|dayofweek|weekofyear|weekday|date_diff|datediff|date_add|date_part|date_sub)\s*\(",
        "isodow(day)",
        "macros add_days, days_between, iso_weekday",
    ),
    "hash": (r"\b(hash|md5|xxhash64)\s*\(", "hash(srv, day)", "macro key_hash"),
    "length": (r"\b(len|size|strlen)\s*\(", "len(reasons)", "length of a text, macro count_from of a list"),
    "any row": (r"\brow_number\s*\(\s*\)\s*over\s*\(\s*\)", "row_number() over ()", "macro any_row_number"),
    "rowid": (r"\browid\b", "select rowid", "a key"),
    "series": (r"\b(generate_series|range)\s*\(", "from range(0, 3)", "a loop"),
    "files": (r"\bread_\w+\s*\(|\b\w+_filename\b", "from read_csv('a.csv')", "the landing views"),
    "struct": (r"\bstruct_\w+\s*\(|\brow\s*\(", "struct_pack(a := 1)", "columns"),
    "apostrophe": (r"''''|\w''\w", "select 'it''s'", "macro text_literal, or chr(39)"),
    "backslash": (r"'[^'\n]*\\[^'\n]*'", r"srv like '8\.%'", "macro text_literal or matches"),
    "not materialized": (r"\bmaterialized\b", "rows as not materialized (", "macro inlined"),
}
# What joins SQL in Jinja, or is a word of Python.
LAYOUT = re.compile(r"[\s,\\n]*|%[^ ]*|.*\\[nw].*")
TYPES = re.compile(r"(string|boolean|date|timestamp|tinyint|smallint|integer|bigint|decimal\(\d+, ?\d+\))")


def words_in(sql):
    """Name the words of one engine that SQL holds."""
    return sorted(word for word, (pattern, _, _) in WORDS.items() if re.search(pattern, sql, re.IGNORECASE))


def without_jinja(text):
    """Give what a file says in SQL: no comment, and between braces only the texts, which may be SQL too."""
    text = re.sub(r"\{#.*?#\}|--[^\n]*|\{\{\s*config\(.*?\)\s*\}\}\n", " ", text, flags=re.DOTALL)
    between = r"\{%(?P<said>.*?)%\}|\{\{(?P<given>(?:[^{}]|\{[^{}]*\})*)\}\}"
    return re.sub(between, _texts_between, text, flags=re.DOTALL)


def without_types(text):
    """Give what a macro says that asks for types of DuckDB, without the lines that ask."""
    lines = [line for line in text.splitlines() if not re.search(r"'varchar'|'HUGEINT'", line)]
    return without_jinja("\n".join(lines))


def _texts_between(found):
    return " jinja " + " ".join(
        (double or single).replace("'", " ")
        for double, single in re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'', found["said"] or found["given"])
        if not LAYOUT.fullmatch(double or single)
    )


def faults(found):
    """Say of each place which words it holds, and what is written instead."""
    return [
        f"{place}: {word} differs between engines, write {WORDS[word][2]}"
        for place, sql in found
        for word in words_in(sql)
    ]


def macros():
    """Give the file, name and text of each macro."""
    for path in sorted((ROOT / "macros").rglob("*.sql")):
        for found in MACRO.finditer(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT).as_posix(), found["name"], found.group()


def checks_of(declared):
    """Give the SQL in the data tests of models or seeds, and of their columns."""
    for one in declared:
        for holder in (one, *one.get("columns", [])):
            for test in holder.get("data_tests", []):
                yield from texts_in(test) if isinstance(test, dict) else ()


def texts_in(value):
    """Give all texts among the values of a YAML mapping or list, but names and words to people."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from () if key in ("name", "description", "meta") else texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    elif isinstance(value, str):
        yield value


@functools.cache
def declared_in(path):
    """Give the models, seeds and snapshots of a yml."""
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return [*content.get("models", []), *content.get("seeds", []), *content.get("snapshots", [])]


YMLS = [
    path
    for folder in ("models", "seeds", "snapshots")
    for path in sorted((ROOT / folder).rglob("*.yml"))
    if path.relative_to(ROOT).as_posix() != CONTRACT
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_one_engine_is_found(word):
    _, sql, instead = WORDS[word]
    assert word in words_in(without_jinja(sql))
    assert faults([("models/a.sql", sql)])[0].startswith("models/a.sql: ")
    assert any(instead in fault for fault in faults([("models/a.sql", sql)]))


@pytest.mark.parametrize(
    "sql",
    [
        "trim(leading chr(39) from role)",
        "coalesce(lead(cut_at) over (partition by device_key order by cut_at), spell_to)",
        "count(*) filter (where is_success), count(*) over (partition by srv)",
        "range between interval '0.000001' second following and unbounded following",
        "{# [a, b] #} {{ each_of(literal_list(['srv', \"'ALL'\"])) }} -- 7 // 2",
        "cast(sum(volume) as decimal(38, 0)), cast(day as string), row_number() over (order by srv)",
    ],
)
def test_words_that_all_engines_know_are_let_be(sql):
    assert words_in(without_jinja(sql)) == []


def test_models_tests_and_snapshots_hold_no_word_of_one_engine():
    found = [
        (path.relative_to(ROOT).as_posix(), without_jinja(path.read_text(encoding="utf-8")))
        for folder in ("models", "tests/dbt", "snapshots", "analyses")
        for path in sorted((ROOT / folder).rglob("*.sql"))
    ]
    assert len(found) > 250
    assert faults(found) == []


def test_declarations_hold_no_word_of_one_engine():
    found = [
        (path.relative_to(ROOT).as_posix(), without_jinja(sql))
        for path in YMLS
        for sql in checks_of(declared_in(path))
    ]
    assert len(found) > 200
    assert faults(found) == []


def test_macros_that_all_engines_share_hold_no_word_of_one():
    found = [
        (f"{file}, {name}", without_types(text) if name in ASK_FOR_TYPES else without_jinja(text))
        for file, name, text in macros()
        if file not in OF_DUCKDB and not name.startswith(tuple(f"{engine}__" for engine in ENGINES))
    ]
    assert len(found) > 200
    assert faults(found) == []


def only_of_one(names):
    """Name the macros that one engine has a form of and another has not."""
    forms = {
        engine: {name.removeprefix(f"{engine}__") for name in names if name.startswith(f"{engine}__")}
        for engine in ENGINES
    }
    return sorted(forms["duckdb"] - forms["spark"])


def test_what_duckdb_has_a_word_for_spark_has_one_for():
    names = {name for _, name, _ in macros()}
    assert len([name for name in names if name.startswith("duckdb__")]) > 30
    assert only_of_one(names) == []
    assert only_of_one(names - {"spark__matches"}) == ["matches"]


def test_what_is_dispatched_is_there_for_each_engine():
    texts = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "macros").rglob("*.sql"))
    names = {name for _, name, _ in macros()}
    asked = set(re.findall(r"adapter\.dispatch\('(\w+)'\)", texts))
    assert asked
    assert {f"{engine}__{name}" for name in asked for engine in ENGINES} - names == set()


def test_each_materialization_is_made_in_each_engine():
    made = {
        (name, engine)
        for path in (ROOT / "macros").rglob("*.sql")
        for name, engine in MATERIALIZATION.findall(path.read_text(encoding="utf-8"))
    }
    assert made == {(name, engine) for name, _ in made for engine in ENGINES}


def types_in(path):
    """Give the types that the columns of a yml, and the seeds, are declared to be of."""
    for one in declared_in(path):
        yield from (
            (one["name"], column["data_type"]) for column in one.get("columns", []) if "data_type" in column
        )
        for data_type in (one.get("config") or {}).get("column_types", {}).values():
            yield one["name"], data_type


def test_contracts_and_seeds_name_types_that_all_engines_know():
    found = [(name, data_type) for path in YMLS for name, data_type in types_in(path)]
    assert len(found) > 500
    assert [one for one in found if not TYPES.fullmatch(one[1])] == []


@pytest.mark.parametrize(
    "data_type", ["varchar", "varchar(4)", "ubigint", "hugeint", "text", "double", "string[]", "json"]
)
def test_a_type_of_one_engine_is_refused(data_type):
    assert not TYPES.fullmatch(data_type)


def test_readers_are_told_the_type_that_they_were_promised():
    assert column_of({"name": "srv", "data_type": "string"}).data_type == "varchar"
    assert column_of({"name": "day", "data_type": "date"}).data_type == "date"


def test_a_pattern_is_matched_from_the_first_character_to_the_last_in_spark():
    """`$` would match before a last line break, and an escape in an ordinary text would be lost."""
    assert SPARK.matches("srv", r"[0-9]+\.[0-9]+") == r"(srv rlike r'\A(?:[0-9]+\.[0-9]+)\z')"


def test_what_tells_rows_apart_in_spark_is_made_of_the_row():
    """A number that is given would differ each time that it is computed."""
    assert SPARK.any_row_number(["role", "srv"]) == (
        "concat_ws('/', coalesce(length(cast(role as string)), -1), coalesce(cast(role as string), ''),"
        " coalesce(length(cast(srv as string)), -1), coalesce(cast(srv as string), ''))"
    )


def test_texts_and_names_of_any_characters_stay_as_they_are_in_spark():
    assert SPARK.text_literal("it's a \\") == "'it\\'s a \\\\'"
    assert SPARK.quoted_all(["check", "rank"]) == "`check`, `rank`"
    assert SPARK.type_name("varchar") == "string" and SPARK.type_name("date") == "date"


def test_unit_tests_that_another_engine_cannot_pass_are_there_and_named_once_with_a_reason():
    there = {
        test["name"]
        for path in (ROOT / "models").rglob("*.yml")
        for test in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("unit_tests", [])
    }
    groups = yaml.safe_load((ROOT / "tests" / "engines" / "not_run.yml").read_text(encoding="utf-8"))
    for group in groups:
        assert group["reason"].endswith(".") and group["unit_tests"] == sorted(group["unit_tests"])
        assert group["engines"] and set(group["engines"]) <= {"spark", "sail"}
    named = [
        (engine, name) for group in groups for engine in group["engines"] for name in group["unit_tests"]
    ]
    assert len(named) == len(set(named)) and {name for _, name in named} <= there
