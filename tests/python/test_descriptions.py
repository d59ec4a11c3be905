"""What readers are told of a figure is what the run reckoned with: a variable's number comes from it."""

import json
import os
import re
from collections.abc import Collection
from pathlib import Path

import pytest
import yaml

from car.warehouse import build as dbt
from car.warehouse.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
MARTS = sorted((ROOT / "models" / "marts").rglob("mart_*.yml"))
MODELS = sorted((ROOT / "models").rglob("*.yml"))

# Numbers that are a variable's by chance: what they are in truth. A name or a fact that no variable changes.
EXEMPTED = {
    r"Requirement [123]\b": "the requirement's name in the MP176 assessment",
    r"\bTable 1\b": "the table's name in the MP176 Modification Report",
    r"\(?\b0 to 1\b": "the range of a share",
    r"\b1 is (best|about)\b": "the first of a number of places",
    r"\bx 24 hours\b": "the hours of a day",
    r"\bthe two middle ones\b": "an even count has two of them",
}
WORDS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "half": 0.5,
    "week": 7,
    "twice": 2,
    "double": 2,
}
# Not a part of a name, an SRV or an alert code: 8.14.1, N13, cpl_expires_within_30_days, 1st, EUI-64.
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-]|\.\d)")


def numbers_of_variables(names: Collection[str] | None = None) -> dict[float, list[str]]:
    """Give the variables of the dbt project, or those of some names, by their numbers; a list has several."""
    defaults = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    found: dict[float, list[str]] = {}
    for name, value in defaults.items():
        if names is not None and name not in names:
            continue
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, (int, float)):
                found.setdefault(float(number), []).append(name)
    return found


def descriptions(path: Path) -> list[tuple[str, str]]:
    """Give the descriptions of a yml's models and columns as they are written, each with its place."""
    models = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models") or []
    return [
        (".".join([model["name"], *([part["name"]] if part is not model else [])]), part["description"])
        for model in models
        for part in [model, *model.get("columns", [])]
        if part.get("description")
    ]


def literal_numbers(text: str) -> list[tuple[str, float]]:
    """Give the numbers in a description that no Jinja writes, in digits or in words, but those exempted."""
    text = re.sub(r"\{\{.*?\}\}", "…", " ".join(text.split()))
    for pattern in EXEMPTED:
        text = re.sub(pattern, "…", text)
    digits = [(found[0], float(found[0].replace(",", ""))) for found in NUMBER.finditer(text)]
    words = [(word, value) for word, value in WORDS.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    return digits + words


def variables_of(mart: str, manifest: dict) -> set[str]:
    """Give the variables that decide what a mart holds: those of its SQL, of what it reads, and of macros."""
    (name,) = (name for name, node in manifest["nodes"].items() if node["name"] == mart)
    found, waiting = {name}, [name]
    while waiting:
        name = waiting.pop()
        item = manifest["nodes"].get(name) or manifest["macros"].get(name) or {}
        depends_on = item.get("depends_on", {})
        for other in {*depends_on.get("nodes", ()), *depends_on.get("macros", ())} - found:
            found.add(other)
            waiting.append(other)
    texts = [manifest["nodes"][one].get("raw_code", "") for one in found if one in manifest["nodes"]]
    texts += [manifest["macros"][one]["macro_sql"] for one in found if one in manifest["macros"]]
    return {name for text in texts for name in re.findall(r"\bvar\(\s*['\"](\w+)", text)}


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_no_published_description_writes_out_the_number_of_a_variable(path, manifest):
    variables = numbers_of_variables(variables_of(path.stem, manifest))
    written = [
        f"{place}: {number} is the value of {' and '.join(variables[value])}:"
        f" write {{{{ var('{variables[value][0]}') }}}}, or exempt it in this test, with the reason"
        for place, text in descriptions(path)
        for number, value in literal_numbers(text)
        if value in variables
    ]
    assert written == []


def test_no_description_writes_out_the_number_of_a_variable_that_it_names():
    """Of a model that is not published: `30 days (var read_window_days)` has to take it from there."""
    variables = numbers_of_variables()
    written = [
        f"{place}: {number} is the value of {name}"
        for path in MODELS
        for place, text in descriptions(path)
        for number, value in literal_numbers(text)
        for name in variables.get(value, [])
        if re.search(rf"\bvar {name}\b", " ".join(text.split()))
    ]
    assert written == []


def test_every_exemption_is_of_use():
    texts = [" ".join(text.split()) for path in MARTS for _, text in descriptions(path)]
    assert [pattern for pattern in EXEMPTED if not any(re.search(pattern, text) for text in texts)] == []


def told(catalogue: Catalogue) -> dict[str, str]:
    """Give all descriptions that datapackage.json takes from the project, by file and column."""
    return {
        f"{publication.name}.{column.name if column else ''}": column.description
        if column
        else publication.description
        for publication in catalogue.publications
        for column in (None, *publication.columns)
    }


def built(work: Path, variables: dict) -> Catalogue:
    """Build one seed as `car run` builds, and give what the project publishes."""
    log = work / "dbt.log"
    return dbt.build(work / "w.duckdb", work, variables, 2, "1GiB", log, select=("report_statuses",))[0]


@pytest.fixture
def environment():
    """dbt's settings go by the environment; they are gone after the test."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.long
@pytest.mark.usefixtures("environment")
def test_what_readers_are_told_follows_the_variables_of_the_run(tmp_path):
    """Also where dbt has parsed the same project with other variables before."""
    used = {
        name
        for path in MARTS
        for _, text in descriptions(path)
        for name in re.findall(r"\{\{ var\('(\w+)'\)", text)
    }
    assert len(used) > 5
    others = {name: 7001 + place for place, name in enumerate(sorted(used))}
    others["highlighted_incident_categories"] = [3, 4]
    before = told(built(tmp_path, {}))
    after = told(built(tmp_path, others))
    changed = " ".join(text for place, text in after.items() if text != before[place])
    assert "{{" not in json.dumps([before, after])
    for name, value in others.items():
        expected = " and ".join(map(str, value)) if isinstance(value, list) else str(value)
        assert expected in changed, name
