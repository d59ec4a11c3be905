"""Nothing is sorted in vain: the export puts the rows of every file in order, whatever the mart's order."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("models", "macros") for path in (ROOT / folder).rglob("*.sql"))
WITHOUT = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|--[^\n]*|'[^'\n]*'", re.DOTALL)
TOKEN = re.compile(r"[()]|\bselect\b|\border\s+by\b")


def sorted_selects(sql: str) -> list[int]:
    """Give the lines, from 0, on which a select is sorted; a window or an aggregate sorts none."""
    blank = WITHOUT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), sql)
    is_select = [False]
    lines = []
    for token in TOKEN.finditer(blank):
        if token.group() == "(":
            is_select.append(False)
        elif token.group() == ")":
            if len(is_select) > 1:
                is_select.pop()
        elif token.group() == "select":
            is_select[-1] = True
        elif is_select[-1]:
            lines.append(blank.count("\n", 0, token.start()))
    return lines


def test_the_order_of_a_select_is_told_from_that_of_a_window():
    sql = (
        "with a as (select row_number() over (order by x) as n, max(y order by z) from t)\n"
        "select * from (\n    select b -- order by b\n    from a\n    order by b\n)\norder by {{ c }}\n"
    )
    assert sorted_selects(sql) == [4, 6]


def test_no_mart_is_sorted_and_another_select_says_why_it_is():
    faults = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for line in sorted_selects(text):
            where = f"{path.relative_to(ROOT)}, line {line + 1}"
            if path.stem.startswith("mart_"):
                faults.append(
                    f"{where}: the export sorts the rows of a file; take the mart's `order by` away"
                )
            elif not lines[line - 1].lstrip().startswith("--"):
                faults.append(
                    f"{where}: say in a comment on the line above who reads this order, or take it away"
                )
    assert not faults, "\n".join(faults)
