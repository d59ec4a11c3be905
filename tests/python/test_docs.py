"""The documents say what is there: their commands run, their links lead somewhere, their names exist."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from releases import published

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# What CI runs itself: `test` is this run, `demo` is what the README's commands do one by one.
RUN_ELSEWHERE = ("python3 tasks.py", ".venv/bin/dbt build")


def commands(document: Path) -> list[str]:
    """Give the command lines of a document's bash blocks, without comments."""
    blocks = re.findall(r"```bash\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def run_car(arguments: list[str], folder: Path, **environment: str) -> None:
    """Run `car` in a folder; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "car", *arguments],
        cwd=folder,
        env={**os.environ, "CAR_PROJECT": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """The folder in which the README's commands were run, as they stand there."""
    folder = tmp_path_factory.mktemp("readme")
    run = [line for line in commands(ROOT / "README.md") if not line.startswith(RUN_ELSEWHERE)]
    assert [shlex.split(line)[1] for line in run] == [
        "simulate",
        "check",
        "run",
        "status",
        "verify",
        "quality",
    ]
    for line in run:
        program, *arguments = shlex.split(line)
        assert program == "car"
        if arguments[0] == "simulate":  # the same command, a smaller industry: CI's time is short
            arguments += ["--parties", "6", "--devices", "100", "--requests", "600"]
        run_car(arguments, folder)
    return folder


def test_the_commands_of_the_readme_run_as_they_stand_there(demonstration):
    released = demonstration / "demo/out/releases/2026-10/v1/parties"
    assert list(released.glob("*/*/*/*.csv"))
    assert list(released.glob("*/*/*/report.pdf"))


def test_the_command_in_run_json_makes_the_release_again(demonstration, tmp_path):
    """In an empty folder, which has nothing but the landing files."""
    first = demonstration / "demo/out"
    run = json.loads((first / "releases/2026-10/v1/run.json").read_text(encoding="utf-8"))
    program, *arguments = shlex.split(run["command"])
    assert program == "car" and str(demonstration) not in run["command"]
    (tmp_path / "landing").symlink_to(demonstration / "demo/landing")
    # Without the data tests, which change nothing of what is published and ran the first time.
    run_car(arguments, tmp_path, DBT_RESOURCE_TYPES="model seed")
    assert published(tmp_path / "out") == published(first)
    assert len(published(first)) > 300


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_is_one_that_is_run(document):
    for line in commands(document):
        assert line.startswith((*RUN_ELSEWHERE, "car ")), line
        if line.startswith("python3 tasks.py"):
            assert line.split()[2] in {"demo", "test", "lint", "build", "mutate"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_something_in_the_repository(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_test_that_keeps_a_promise_exists():
    """docs/promises.md names a test for each line."""
    lines = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8").splitlines()
    promises = [line for line in lines if line.startswith("| ") and not line.startswith("| promise")]
    named = [re.findall(r"`(test_\w+\.py)::(test_\w+)`", line) for line in promises]
    assert len(promises) > 40 and all(named)
    for file, test in {pair for pairs in named for pair in pairs}:
        source = (ROOT / "tests" / "python" / file).read_text(encoding="utf-8")
        assert f"def {test}(" in source, f"{file}::{test}"


def test_every_variable_that_the_guidance_names_exists():
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    text = (ROOT / "docs" / "guidance.md").read_text(encoding="utf-8")
    named = set(re.findall(r"vars? ((?:`\w+`(?:, )?)+)", text))
    names = {name for group in named for name in re.findall(r"`(\w+)`", group)}
    assert len(names) >= 12
    assert names <= set(variables)


def test_every_macro_is_described_with_its_arguments():
    documented = {
        macro["name"]: [argument["name"] for argument in macro.get("arguments", [])]
        for macro in yaml.safe_load((ROOT / "macros" / "_macros.yml").read_text(encoding="utf-8"))["macros"]
    }
    defined = {
        match[1]: [name.split("=")[0].strip() for name in match[2].split(",") if name.strip()]
        for path in (ROOT / "macros").rglob("*.sql")
        for match in re.finditer(r"\{%-?\s*macro (\w+)\((.*?)\)\s*-?%\}", path.read_text(encoding="utf-8"))
    }
    assert len(defined) > 80
    assert {name: documented.get(name) for name in defined} == defined
