"""The document of the portal's security names tests that are there, and each requirement once."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
TEXT = (TESTS.parents[1] / "docs" / "portal_security.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split(" | ") for line in TEXT.splitlines() if re.match(r"\| \d", line)]


def test_each_test_that_it_names_exists():
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", TEXT))
    assert len(named) > 50
    defined = {
        (path.name, node.name)
        for path in TESTS.glob("test_*.py")
        if path.name in {file for file, _ in named}
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert named - defined == set()


def test_each_row_has_a_requirement_a_way_and_a_test_or_a_dash():
    assert len(ROWS) > 90
    for row in ROWS:
        assert len(row) == 3 and row[1].strip(), row
        assert row[2].strip() == "–" or row[2].count("::") >= 1, row


def test_no_requirement_stands_twice():
    listed = [number for row in ROWS for number in re.findall(r"\d+\.\d+\.\d+", row[0])]
    assert len(listed) == len(set(listed)) > 120


def test_every_chapter_is_there():
    assert [int(number) for number in re.findall(r"^## V(\d+) ", TEXT, re.M)] == list(range(1, 18))
