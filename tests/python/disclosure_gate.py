"""What dbt's manifest says of the way by which figures of the industry get into published marts."""

from __future__ import annotations

import re
from typing import Any

import jinja2

RELEASING = ("released_share", "released", "released_extreme")
# Macros that may read the counts of a pool: each tests the rule, or tells only whether it was passed.
JUDGING = (*RELEASING, "is_withheld", "is_share_withheld", "is_league_shown")
POOL_COUNT = re.compile(r"\b\w+_(?:group|row|largest|second_largest)_count\b")
RANK = re.compile(r"(?:^|_)rank(?:s|ed)?(?:_|$)")

# How a mart may write a column of a league, and how the model behind it has to.
LEAGUE_EXPRESSIONS = (
    r"\w+\.league_rank",
    r"case when (\w+)\.is_shown then \1\.\w+ end",
    r"case when (\w+)\.is_shown then \1\.league_rate else \{\{ share\([^{}]*\) \}\} end",
)
LEAGUE_MODEL = {
    "league_rank": r"case (?:-- [^{]*)?when is_ranked and is_shown then \{\{ league_rank\([^{}]*\) \}\} end",
    "league_rate": r"\{\{ league_rate\([^{}]*\) \}\}",
    "is_shown": r"\{\{ is_league_shown\([^{}]*\) \}\}",
    "is_ranked": r"\{\{ is_ranked\([^{}]*\) \}\}",
}


def without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL))


def definitions(sql: str, column: str) -> list[tuple[str, str]]:
    """Each expression that is named `column` in a select, and what follows it in that select."""
    code = without_comments(sql)
    found = []
    for match in re.finditer(rf"\s+as\s+{column}\b", code):
        depth, start = 0, match.start()
        while start:
            character = code[start - 1]
            if character in ")]}":
                depth += 1
            elif character in "([{":
                depth -= 1
            ends = character == "," or re.search(
                r"\bselect(?: distinct)?\s$", code[max(0, start - 20) : start]
            )
            if depth < 0 or (depth == 0 and ends):
                break
            start -= 1
        rest = re.split(r"\n\),?\n", code[match.end() :])[0]
        found.append((_flat(code[start : match.start()]), _flat(rest)))
    return found


def _flat(text: str) -> str:
    return " ".join(text.replace("{{", "{{ ").replace("}}", " }}").split())


def published_marts(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Models that an exposure with config.meta.publish hands to recipients, by unique id."""
    exposures = [e for e in manifest["exposures"].values() if e["config"].get("meta", {}).get("publish")]
    names = {name for exposure in exposures for name in exposure["depends_on"]["nodes"]}
    return {name: manifest["nodes"][name] for name in sorted(names)}


def mart_code(manifest: dict[str, Any], mart: dict[str, Any]) -> str:
    """What a mart says, with the rows of a league written out where it has a macro write them."""
    macro = manifest["macros"]["macro.customer_analytics_reporting.league_rows"]["macro_sql"]

    def written_out(call: re.Match[str]) -> str:
        template = jinja2.Environment().from_string(macro + call.group())
        return template.render(share=lambda *arguments: f"{{{{ share({', '.join(map(str, arguments))}) }}}}")

    return re.sub(r"\{\{ league_rows\(.*?\) \}\}", written_out, mart["raw_code"], flags=re.DOTALL)


def industry_columns(mart: dict[str, Any]) -> list[str]:
    return [c for c in mart["columns"] if c.startswith("industry_") and c != "industry_suppressed"]


def league_columns(mart: dict[str, Any]) -> list[str]:
    """Ranks, and in a league table its rates."""
    is_league = "is_recipient" in mart["columns"]
    return [
        name
        for name, column in mart["columns"].items()
        if RANK.search(name) or (is_league and column["data_type"].startswith("decimal"))
    ]


def _parents(manifest: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    names = node["depends_on"]["nodes"]
    return [manifest["nodes"][name] for name in names if name in manifest["nodes"]]


def _is_released(manifest: dict[str, Any], node: dict[str, Any], column: str) -> bool:
    """True when all that a model calls `column` comes out of the macros, in it or where it is taken from."""
    written = [expression for expression, _ in definitions(node.get("raw_code", ""), column)]
    own = [e for e in written if not re.fullmatch(rf"(\w+\.)?{column}", e)]
    if own:
        call = rf"\{{\{{ ({'|'.join(RELEASING)})\((?:(?!\}}\}}).)*\) \}}\}}"
        return all(re.fullmatch(call, expression) for expression in own)
    sources = [
        parent
        for parent in _parents(manifest, node)
        if re.search(rf"\b{column}\b", without_comments(parent.get("raw_code", "")))
    ]
    return bool(sources) and all(_is_released(manifest, parent, column) for parent in sources)


def _is_league(manifest: dict[str, Any], mart: dict[str, Any], column: str) -> bool:
    """True when a mart takes a column from a league as that model shows it, and the model uses the macros."""
    written = [
        (expression, rest)
        for expression, rest in definitions(mart_code(manifest, mart), column)
        if not re.fullmatch(rf"(cast\()?(\w+\.)?{column}( as decimal\(\d+, \d+\)\))?", expression)
    ]
    for expression, rest in written:
        is_row_shown = re.search(r"where \w+\.is_shown and \w+\.is_ranked$", rest)
        if re.fullmatch(r"\w+\.league_rate", expression) and is_row_shown:
            continue
        if not any(re.fullmatch(pattern, expression) for pattern in LEAGUE_EXPRESSIONS):
            return False
    leagues = [p for p in _parents(manifest, mart) if re.search(r"\bleague_rank\b", p.get("raw_code", ""))]
    return (
        bool(written)
        and bool(leagues)
        and all(
            [e for e, _ in definitions(league["raw_code"], name) if not re.fullmatch(rf"(\w+\.)?{name}", e)]
            and all(
                re.fullmatch(pattern, e)
                for e, _ in definitions(league["raw_code"], name)
                if not re.fullmatch(rf"(\w+\.)?{name}", e)
            )
            for league in leagues
            for name, pattern in LEAGUE_MODEL.items()
        )
    )


def ungated(manifest: dict[str, Any]) -> list[str]:
    """Published columns, as mart.column, that show the industry without passing disclosure control."""
    found = []
    for mart in published_marts(manifest).values():
        code = _flat(without_comments(mart["raw_code"]))
        found += [
            f"{mart['name']}.{c}" for c in industry_columns(mart) if not _is_released(manifest, mart, c)
        ]
        found += [f"{mart['name']}.{c}" for c in league_columns(mart) if not _is_league(manifest, mart, c)]
        # A pool's own counts stand in the call of a macro that judges them, and nowhere else.
        left = re.sub(rf"\{{\{{ ({'|'.join(JUDGING)})\((?:(?!\}}\}}).)*\) \}}\}}", "", code)
        found += [f"{mart['name']}: {count}" for count in sorted(set(POOL_COUNT.findall(left)))]
    return found
