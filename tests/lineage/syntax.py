"""SQL as DuckDB's own parser reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

Node = dict[str, Any]
EQUALITIES = ("COMPARE_EQUAL", "COMPARE_NOT_DISTINCT_FROM")


class Unreadable(Exception):
    """The analysis does not know what SQL means, so that it cannot say what it shows."""


@cache
def parsed(sql: str) -> Node:
    """Give the one query that a text is.

    Raises:
        Unreadable: it is no query that DuckDB can read.
    """
    (answer,) = _connection().execute("select json_serialize_sql(?)", [sql]).fetchone() or ("{}",)
    read = json.loads(answer)
    if read["error"] or len(read["statements"]) != 1:
        raise Unreadable(f"DuckDB cannot read it: {read.get('error_message', 'it is not one query')}")
    node: Node = read["statements"][0]["node"]
    return node


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def aggregates() -> frozenset[str]:
    """The names of the functions that make one value of many rows, and of the markers that do."""
    query = "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    names = {name for (name,) in _connection().execute(query).fetchall()}
    return frozenset(names | {"gate_counted", "gate_ranked_parties"})


def conjuncts(condition: Node | None) -> list[Node]:
    """The conditions that all have to hold."""
    if not condition:
        return []
    if condition["type"] == "CONJUNCTION_AND":
        return [part for child in condition["children"] for part in conjuncts(child)]
    return [condition]


def operands(expression: Node) -> list[Node]:
    """What an expression is made of, one level down; of a subquery nothing."""
    kind = expression["class"]
    if kind in ("CONJUNCTION", "OPERATOR"):
        return list(expression["children"])
    if kind == "COMPARISON":
        return [expression["left"], expression["right"]]
    if kind == "BETWEEN":
        return [expression["input"], expression["lower"], expression["upper"]]
    if kind in ("CAST", "COLLATE"):
        return [expression["child"]]
    if kind == "CASE":
        checks = [
            part for check in expression["case_checks"] for part in (check["when_expr"], check["then_expr"])
        ]
        return [*checks, expression["else_expr"]]
    if kind == "FUNCTION":
        return [*arguments(expression), *filters(expression), *orders(expression.get("order_bys"))]
    if kind == "WINDOW":
        return [
            *arguments(expression),
            *expression.get("partitions", []),
            *orders(expression),
            *orders({"orders": expression.get("arg_orders", [])}),
            *filters(expression),
        ]
    if kind == "LAMBDA":
        return [expression["expr"]]
    if kind in ("CONSTANT", "COLUMN_REF", "STAR", "SUBQUERY", "TYPE"):
        return []
    raise Unreadable(f"an expression of the kind {kind}")


def arguments(function: Node) -> list[Node]:
    """The arguments of a function or window, in order."""
    return [argument.get("expression", argument) for argument in function.get("arguments", [])]


def filters(function: Node) -> list[Node]:
    """The condition of `filter (where …)`, or none."""
    found = function.get("filter") or function.get("filter_expr")
    return [found] if found else []


def orders(holder: Node | None) -> list[Node]:
    """The expressions of an `order by`."""
    return [order["expression"] for order in (holder or {}).get("orders", [])]


def walked(expression: Node) -> Iterator[Node]:
    """An expression and all that it is made of."""
    yield expression
    for part in operands(expression):
        yield from walked(part)


def is_aggregate(expression: Node) -> bool:
    """True for a call that makes one value of the rows of a group."""
    return expression["class"] == "FUNCTION" and expression["function_name"].lower() in aggregates()


def parameters_in(node: object) -> set[str]:
    """The names that functions without a name give to their arguments."""
    if isinstance(node, dict):
        found = {name for value in node.values() for name in parameters_in(value)}
        if node.get("class") == "LAMBDA":
            found |= {
                part["column_names"][-1].lower()
                for part in walked(node["lhs"])
                if part["class"] == "COLUMN_REF"
            }
        return found
    if isinstance(node, list):
        return {name for value in node for name in parameters_in(value)}
    return set()
