"""The words of macros/engine as each engine has them, without dbt."""

from pathlib import Path
from types import SimpleNamespace

import jinja2

FOLDER = Path(__file__).parents[2] / "macros" / "engine"
FILES = ("expressions.sql", "keys.sql")


def words_of(engine):
    """Give the macros of an engine, each a function of SQL."""
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in FILES)
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    adapter = SimpleNamespace()
    module = environment.from_string(text, globals={"adapter": adapter}).make_module()
    adapter.dispatch = lambda name: getattr(module, f"{engine}__{name}")
    return module
