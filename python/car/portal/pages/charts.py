"""Graphs of the PDF reports, made fit for a screen: named rows, room for their names, and a click."""

import json
from collections.abc import Mapping
from typing import Any

from car.reports.charts import bound, chart_theme
from car.reports.definition import Graph, template
from car.reports.tables import Record

_ROW_PX, _STRIP_PX = 26, 560
_NAMES_PX, _TEXT_PX = 300, 13
_SHARED = ("$schema", "config", "description")


def screen_spec(
    graph: Graph, rows: Mapping[str, list[Record]], month: str, click: Mapping[str, str]
) -> dict[str, Any]:
    """Give a graph as vega-embed takes it, without the look that all share (`screen_config`).

    Parameters:
        rows: of each dataset of the block.
        month: `YYYY-MM`.
        click: the column that a click filters by, and `by`, the field of a mark with the value.
    """
    taken = {name: rows[dataset] for name, dataset in graph.rows.items()}
    words = dict(graph.words)
    is_strip = "places" in json.loads(template(graph.template))["usermeta"]["words"]
    if is_strip:
        words = {
            "places": list(range(1, len(taken["rows"]) + 1)),
            "height": _ROW_PX * len(taken["rows"]),
            "width": _STRIP_PX,
            **words,
        }
        taken["rows"] = [{**row, "place": place} for place, row in enumerate(taken["rows"], start=1)]
    made = bound(graph.template, taken, words, month)
    datasets = made.datasets
    by = click.get("by")
    if is_strip:
        _name_rows(made.spec, [row["name"] for row in taken["rows"]])
    else:
        _leave_room_for_names(made.spec)
    if by:
        first = next(iter(taken))
        datasets[first] = [
            {**shown, by: row[by]} for shown, row in zip(datasets[first], taken[first], strict=True)
        ]
    # What every graph has alike is no part of each.
    spec = {name: part for name, part in made.spec.items() if name not in _SHARED}
    return {**spec, "datasets": datasets}


def screen_config() -> dict[str, Any]:
    """Give the look that all graphs share. A screen is further away than paper: its text is larger."""
    return {
        kind: {name: _TEXT_PX if name.endswith("ontSize") else value for name, value in means.items()}
        if isinstance(means, dict)
        else means
        for kind, means in chart_theme().items()
    }


def _name_rows(spec: dict[str, Any], names: list[str]) -> None:
    """On paper a strip stands beside its table; on a screen its rows have their names."""
    spec["params"] = [*spec.get("params", []), {"name": "names", "value": names}]
    spec["autosize"] = {"type": "pad"}
    spec["padding"] = 5
    # A graph of bars has no axis on paper.
    axis = spec["encoding"]["y"]["axis"] or {"title": None, "ticks": False, "domain": False, "grid": False}
    spec["encoding"]["y"]["axis"] = axis | {
        "labels": True,
        "labelExpr": "names[datum.value - 1]",
        "labelLimit": _NAMES_PX,
        "labelPadding": 6,
        "labelFontSize": _TEXT_PX,
    }


def _leave_room_for_names(spec: dict[str, Any]) -> None:
    """On paper names are cut so that graphs stand below each other; a screen has room and larger text."""
    height = spec.get("height")
    if isinstance(height, dict):
        spec["height"] = {"step": max(height["step"], _ROW_PX)}
    axis = spec.get("encoding", {}).get("y", {}).get("axis") or {}
    if "labelLimit" in axis:
        axis.pop("minExtent", None)
        axis.pop("maxExtent", None)
        axis["labelLimit"] = _NAMES_PX


def compact(spec: str) -> str:
    """Write a graph of `as_json` for a page, with the names of the columns once for each dataset.

    The page's script makes rows of it again. There may be a thousand of them.
    """
    content = json.loads(spec)
    content["datasets"] = {name: _packed(rows) for name, rows in content["datasets"].items()}
    return as_json(content)


def _packed(rows: list[Record]) -> dict[str, Any]:
    """Give a dataset with the names of its columns once, and so the texts of a column that come again."""
    columns = list(rows[0]) if rows else []
    texts: dict[int, list[str]] = {}
    places: dict[int, dict[str, int]] = {}
    for place, column in enumerate(columns):
        values = [row[column] for row in rows]
        if all(isinstance(value, str) for value in values) and 2 * len(set(values)) < len(values):
            texts[place] = list(dict.fromkeys(values))
            places[place] = {text: number for number, text in enumerate(texts[place])}
    packed = [
        [places[place][value] if place in places else value for place, value in enumerate(row.values())]
        for row in rows
    ]
    return {"columns": columns, "rows": packed, **({"texts": texts} if texts else {})}


def as_json(spec: dict[str, Any]) -> str:
    """Write a spec so that it can stand in a page: no sign in it ends or begins an element."""
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
