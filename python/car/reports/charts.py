"""Draws graphs: a Vega-Lite template bound to rows of published CSVs, as SVG. The portal binds them alike."""

import hashlib
import json
import os
import re
import zlib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from car.errors import CarError
from car.reports.definition import PACKAGE, template
from car.reports.tables import Record
from car.theme.tokens import token_words

_VEGA_LITE = "6.4"
_POINTS_PER_PIXEL = 0.75


@dataclass(frozen=True)
class Drawing:
    """A drawn graph; its size in points."""

    svg: str
    width_pt: float
    height_pt: float


@dataclass(frozen=True)
class Bound:
    """A template with its words filled in, and the rows that it draws."""

    spec: dict[str, Any]
    datasets: dict[str, list[Record]]


def bound(name: str, rows: dict[str, list[Record]], words: dict[str, Any], month: str) -> Bound:
    """Bind a template to its rows.

    Parameters:
        name: of a file in `charts/`.
        rows: the rows of each dataset that the template names.
        words: what stands for each `$word` of the template; those of the month need not be given.
        month: `YYYY-MM`.

    Raises:
        CarError: the template wants other datasets, columns or words than it is given.
    """
    spec = json.loads(template(name))
    wanted = spec.pop("usermeta")
    words = {
        **{word: means for word, means in month_words(month).items() if word in wanted["words"]},
        **_filled_in(words, token_words()),
    }
    for what, given in (("datasets", rows), ("words", words)):
        if set(wanted[what]) != set(given):
            raise CarError(f"Graph `{name}` wants the {what} {sorted(wanted[what])}, not {sorted(given)}.")
    # A template may leave it to who uses it which column it draws.
    wanted["datasets"] = _filled_in(wanted["datasets"], words)
    for dataset, columns in wanted["datasets"].items():
        if rows[dataset] and not set(columns) <= set(rows[dataset][0]):
            raise CarError(f"Graph `{name}` wants {dataset} with the columns {sorted(columns)}.")
    datasets = {
        dataset: [{column: _plain(row[column]) for column in columns} for row in rows[dataset]]
        for dataset, columns in wanted["datasets"].items()
    }
    return Bound({**_filled_in(spec, {**token_words(), **words}), "config": chart_theme()}, datasets)


def month_words(month: str) -> dict[str, Any]:
    """Give the words that a month has for every template: how far its days go, and which of them are named.

    Parameters:
        month: `YYYY-MM`.
    """
    last = monthrange(int(month[:4]), int(month[5:]))[1]
    return {"days": [0.5, last + 0.5], "day_ticks": [1, 5, 10, 15, 20, 25, last]}


def draw(graph: Bound, cache_dir: Path) -> Drawing:
    """Draw a bound template, or take it from the cache where the same has been drawn before.

    What is the same for many recipients, or was in an earlier run, is drawn once.

    Parameters:
        cache_dir: a folder that several processes may use at a time.
    """
    import vl_convert  # who binds a graph for a browser draws nothing: it takes memory

    spec = json.dumps(graph.spec, sort_keys=True)
    rows = json.dumps(graph.datasets, sort_keys=True)
    key = hashlib.sha256(f"{vl_convert.__version__} {spec} {rows}".encode()).hexdigest()
    cached = cache_dir / f"{key}.svg.z"
    try:
        svg = zlib.decompress(cached.read_bytes()).decode()
        os.utime(cached)
    except (OSError, zlib.error):
        _register_fonts()
        svg = vl_convert.vega_to_svg(_with_rows(_compiled(spec, tuple(graph.datasets)), graph.datasets))
        unfinished = cached.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(zlib.compress(svg.encode(), 1))
        os.replace(unfinished, cached)
    size = re.match(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', svg)
    if size is None:
        raise CarError("A graph was drawn without a size.")
    return Drawing(svg, float(size[1]) * _POINTS_PER_PIXEL, float(size[2]) * _POINTS_PER_PIXEL)


@cache
def _compiled(spec: str, datasets: tuple[str, ...]) -> str:
    """Compile a template without its rows, once: this takes as long as to draw it."""
    import vl_convert

    named = {**json.loads(spec), "datasets": {name: [] for name in datasets}}
    return json.dumps(vl_convert.vegalite_to_vega(named, vl_version=_VEGA_LITE))


def _with_rows(compiled: str, datasets: dict[str, list[Record]]) -> dict[str, Any]:
    vega = json.loads(compiled)
    for data in vega["data"]:
        if data["name"] in datasets:
            data["values"] = datasets[data["name"]]
    return vega


@cache
def _register_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(PACKAGE / "fonts"))


@cache
def chart_theme() -> dict[str, Any]:
    """Give the look that all graphs share, as Vega-Lite's `config`."""
    theme = json.loads((PACKAGE / "charts" / "theme.json").read_text(encoding="utf-8"))
    return _filled_in(theme, token_words())


def _filled_in(node: Any, words: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _filled_in(value, words) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled_in(value, words) for value in node]
    if isinstance(node, str) and node.startswith("$") and node[1:] in words:
        return words[node[1:]]
    return node


def _plain(value: Any) -> Any:
    # A place on an axis needs no more digits than a float has.
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
