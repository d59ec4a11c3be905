"""What each word of macros/engine gives of the same values, on DuckDB and on another engine.

A word is tried with nulls, with the least and greatest values, and with what stands just beside a rule.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
from engine_words import FILES, FOLDER, words_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

Words = Any


class Case(NamedTuple):
    """A word, and the rows that it is tried with.

    Attributes:
        word: its name.
        sql: makes the SQL of it, in columns `a`, `b` and so on, given the words of an engine.
        types: of the columns.
        results: `each` row gives one, `all` rows give one, or `distinct` ones of each row are counted.
    """

    word: str
    sql: Callable[[Words], str]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    results: str = "each"


def _each(*values: str | None) -> tuple[tuple[str | None, ...], ...]:
    return tuple((value,) for value in values)


_DEVICES: Final = _each(
    None,
    "00-00-00-00-00-00-00-00",
    "00-DB-12-34-56-78-90-A1",
    "7F-FF-FF-FF-FF-FF-FF-FF",
    "80-00-00-00-00-00-00-00",
    "FF-FF-FF-FF-FF-FF-FF-FF",
)
# Keys differ between engines, and have one order.
_ORDERED: Final = tuple((*one, *other) for one in _DEVICES for other in _DEVICES)
_METER_POINTS: Final = _each(
    None,
    "0",
    "120",
    "13",
    "000123",
    "1234567",
    "9999999999",
    "0000000000000",
    "1012345678906",
    "9999999999999",
)
_TEXTS: Final = _each(None, "", "12", "12\n", "a", "a1", "8.14", "8x14", "it's", "zähler", "a b", "[a]")
_DAYS: Final = _each(
    None, "1970-01-01", "2020-12-31", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04", "9999-12-31"
)
_INSTANTS: Final = _each(
    None,
    "0001-01-01 00:00:00",
    "1969-12-31 23:59:59.999999",
    "1970-01-01 00:00:00",
    "2026-10-25 01:30:00.001999",
    "9999-12-31 23:59:59.999999",
)
_QUOTIENTS: Final = tuple(
    (part, whole)
    for part in (None, "-7", "-1", "0", "7", "9007199254740993")
    for whole in (None, "-2", "2", "3")
)
_SIGNS: Final = 'it\'s a \\ and a "sign"\n'
_PAIRS: Final = tuple((a, b) for a in (None, "", "a", "b") for b in (None, "", "a"))
# An empty text in a list is printed in other ways, and no reason is one.
_REASONS: Final = tuple(pair for pair in _PAIRS if "" not in pair)

CASES: Final = (
    Case("device_id", lambda of: of.device_id(of.device_key("a")), ("string",), _DEVICES),
    Case(
        "device_key",
        lambda of: f"{of.device_key('a')} < {of.device_key('b')}",
        ("string", "string"),
        _ORDERED,
    ),
    Case("mpxn_key", lambda of: of.mpxn_key("a"), ("string",), _METER_POINTS),
    Case("mpxn", lambda of: of.mpxn(f"({of.mpxn_key('a')})"), ("string",), _METER_POINTS),
    Case(
        "has_valid_check_digit",
        lambda of: of.has_valid_check_digit(f"({of.mpxn_key('a')})"),
        ("string",),
        _METER_POINTS,
    ),
    Case("matches", lambda of: of.matches("a", r"[0-9]+\.[0-9]+|[a-z]?[0-9]+"), ("string",), _TEXTS),
    Case(
        "has_whole_words",
        lambda of: of.has_whole_words("b", "a"),
        ("string", "string"),
        tuple(
            (words, text)
            for words in (None, "a", "it's", "[a]", "8.14")
            for text in (None, "", "a", "a b", "ab a", "za", "it's", "[a]", "8x14", "8.14", "ä a")
        ),
    ),
    Case("one_of", lambda of: of.one_of("a", ["IS", "GS"]), ("string",), _each(None, "IS", "GS")),
    Case(
        "cast_or_null",
        lambda of: of.cast_or_null("a", "integer"),
        ("string",),
        _each(None, "", "5", "-5", "x", "2147483647", "2147483648"),
    ),
    Case("text_list", lambda of: of.text_list(["a", "b"]), ("string", "string"), _REASONS),
    Case(
        "list_has",
        lambda of: of.list_has(of.text_list(["a", "b"]), "late"),
        ("string", "string"),
        (*_REASONS, ("late", "x"), ("x", "later"), (None, "late")),
    ),
    Case("epoch_ms", lambda of: of.epoch_ms("a"), ("timestamp",), _INSTANTS),
    Case("epoch_us", lambda of: of.epoch_us("a"), ("timestamp",), _INSTANTS),
    Case(
        "add_ms",
        lambda of: of.add_ms("a", "b"),
        ("timestamp", "bigint"),
        (
            (None, "1"),
            ("2026-10-25 01:30:00.000001", None),
            ("2026-10-25 01:30:00.000001", "-1"),
            ("1970-01-01 00:00:00", "-86400001"),
            ("2026-02-28 23:59:59.999", "1"),
        ),
    ),
    Case(
        "add_days",
        lambda of: of.add_days("a", "b"),
        ("date", "bigint"),
        (
            (None, "1"),
            ("2026-02-28", None),
            ("2026-02-28", "1"),
            ("2028-03-01", "-1"),
            ("2026-10-01", "0"),
        ),
    ),
    Case(
        "days_between",
        lambda of: of.days_between("a", "b"),
        ("date", "date"),
        (
            (None, "2026-01-01"),
            ("2026-01-01", None),
            ("2026-01-01", "2026-01-01"),
            ("2026-03-01", "2026-02-28"),
            ("2028-02-28", "2028-03-01"),
        ),
    ),
    Case("weekday", lambda of: of.weekday("a"), ("date",), _DAYS),
    Case("iso_week", lambda of: of.iso_week("a"), ("date",), _DAYS),
    Case("iso_weekday", lambda of: of.iso_weekday("a"), ("date",), _DAYS),
    Case("whole_quotient", lambda of: of.whole_quotient("a", "b"), ("bigint", "bigint"), _QUOTIENTS),
    Case(
        "wide_integer",
        lambda of: of.whole_quotient(
            f"cast(a as {of.wide_integer()}) * 3", f"cast(b as {of.wide_integer()})"
        ),
        ("bigint", "bigint"),
        _QUOTIENTS,
    ),
    Case(
        "literal_list",
        lambda of: of.count_from(of.literal_list(["a", "b"]), "a"),
        ("timestamp", "timestamp"),
        (
            ("2026-10-01 00:00:00", "2026-10-02 00:00:00"),
            ("2026-10-02 00:00:00", "2026-10-01 00:00:00"),
        ),
    ),
    Case(
        "count_from",
        lambda of: of.count_from(of.list_of("a"), "max(b)"),
        ("timestamp", "timestamp"),
        (
            ("2026-10-01 00:00:00", "2026-10-02 00:00:00"),
            ("2026-10-02 00:00:00", "2026-10-02 00:00:00"),
        ),
        "all",
    ),
    Case(
        "list_of",
        lambda of: of.count_from(of.list_of("a"), "max(b)"),
        ("timestamp", "timestamp"),
        (
            ("2026-10-01 00:00:00", None),
            ("2026-10-02 00:00:00", None),
        ),
        "all",
    ),
    Case("joined_text", lambda of: of.joined_text("a", ";"), ("string",), _TEXTS, "all"),
    Case("joined_text", lambda of: of.joined_text("a", ";"), ("string",), _each(None, None), "all"),
    Case(
        "nth_largest", lambda of: of.nth_largest("a", 2), ("bigint",), _each("3", None, "7", "5", "7"), "all"
    ),
    Case("nth_largest", lambda of: of.nth_largest("a", 2), ("bigint",), _each("3", None), "all"),
    Case(
        "value_of_least",
        lambda of: of.value_of_least("a", "b"),
        ("string", "bigint"),
        (
            (None, "1"),
            ("x", "2"),
            ("y", "3"),
            ("z", None),
        ),
        "all",
    ),
    Case(
        "any_row_number",
        lambda of: of.any_row_number(["a", "b"]),
        ("string", "string"),
        (
            *_PAIRS,
            ("1", "1/a"),
            ("1/a", "1"),
            ("1/1", "a"),
        ),
        "distinct",
    ),
    Case("text_literal", lambda of: f"a = {of.text_literal(_SIGNS)}", ("string",), _each(None, "a")),
)

# Words that give no value of a row, or another number on each engine.
_NOT_TRIED: Final = {
    *("after_turn", "before_turns", "inlined", "recursive", "stepped"),  # how a query is laid out
    *("quoted", "type_name"),  # names
    *("each_of", "key_hash"),
}
_DISPATCHED: Final = re.compile(r"adapter\.dispatch\('(\w+)'\)")


def words(session: Any, _: "Manifest") -> list[str]:
    """Name the words that give other results than on DuckDB."""
    there = {word for name in FILES for word in _DISPATCHED.findall((FOLDER / name).read_text("utf-8"))}
    tried = {case.word for case in CASES}
    found = [f"word {word} is not tried (words.py)" for word in sorted(there - tried - _NOT_TRIED)]
    of_duckdb, of_spark = words_of("duckdb"), words_of("spark")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for case in CASES:
            told = [
                _results(case, of_duckdb, lambda sql: connection.execute(sql).fetchall()),
                _results(case, of_spark, lambda sql: session.sql(sql).collect()),
            ]
            if told[0] != told[1]:
                found.append(f"word {case.word}: {told[0]} on DuckDB, {told[1]} here")
    return found


def _results(case: Case, of: Words, ask: Callable[[str], list[tuple[Any, ...]]]) -> list[str] | str:
    rows = ", ".join(
        "(" + ", ".join([str(number), *_values(case.types, row, of)]) + ")"
        for number, row in enumerate(case.rows)
    )
    columns = ", ".join(["row_number", *"abcdefg"[: len(case.types)]])
    tried = f"(values {rows}) as tried({columns})"
    each = f"select row_number, {case.sql(of)} as result from {tried}"
    sql = {
        "each": f"select cast(result as string) from ({each}) as found order by row_number",
        "all": f"select cast({case.sql(of)} as string) from {tried}",
        "distinct": f"select cast(count(distinct result) as string) from ({each}) as found",
    }[case.results]
    try:
        return [str(value) for (value,) in ask(sql)]
    except Exception as refused:
        return f"an error ({' '.join(str(refused).split())[:200]})"


def _values(types: tuple[str, ...], row: tuple[str | None, ...], of: Words) -> list[str]:
    return [
        f"cast({'null' if value is None else of.text_literal(value)} as {data_type})"
        for data_type, value in zip(types, row, strict=True)
    ]
