"""Reads the tokens of the theme: colours, sizes and weights."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

TOKENS = files("car.theme") / "tokens.json"


@cache
def tokens() -> dict[str, dict[str, Any]]:
    """Give the tokens by kind and name, e.g. `tokens()["colour"]["own"]`."""
    return json.loads(TOKENS.read_text(encoding="utf-8"))


def token_words() -> dict[str, Any]:
    """Give the tokens as the words that a template names them by, e.g. `colour.own`."""
    return {f"{kind}.{name}": value for kind, named in tokens().items() for name, value in named.items()}
