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
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
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
    # What processes leave behind is not for those who run the command.
    assert "leaked" not in done.stdout + done.stderr


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
        "diff",
        "quality",
        "portal",
    ]
    for line in run:
        program, *arguments = shlex.split(line)
        assert program == "car"
        if arguments[0] == "simulate":  # the same command, a smaller industry: CI's time is short
            arguments += ["--parties", "6", "--devices", "100", "--requests", "600"]
        run_car(arguments, folder)
    return folder


@pytest.mark.turn(5)
def test_the_commands_of_the_readme_run_as_they_stand_there(demonstration):
    released = demonstration / "demo/out/releases/2026-10/v1/parties"
    assert list(released.glob("*/*/*/*.csv"))
    assert list(released.glob("*/*/*/report.pdf"))


@pytest.mark.long(minutes=True)
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
            assert line.split()[2] in {"demo", "test", "lint", "build", "mutate", "diff"}


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


# --- Citations ---------------------------------------------------------------------------------------

# A document with one section of it or several: `docs/landing.md, "Feeds" and "Layout"`.
CITATION = re.compile(r'(docs/\w+\.md|README\.md|CONTRIBUTING\.md), ("[^"]+"(?:,? (?:and )?"[^"]+")*)')
DOCUMENT_NAME = re.compile(r"[\w./-]*\w\.md\b")


def texts() -> dict[str, str]:
    """Give each text file of the repository but this one by its path.

    A line break with the comment sign behind it is a space; so are quotes as a yml escapes them quotes, and
    paths as Python joins them paths.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    kinds = {".md", ".py", ".sql", ".yml", ".json", ".typ", ".ini", ".toml", ".txt", ""}
    read = {
        path: (ROOT / path).read_text(encoding="utf-8")
        for path in listed
        if Path(path).suffix in kinds and (ROOT / path).is_file() and path != "tests/python/test_docs.py"
    }
    return {
        path: re.sub(r"\s*\n\s*(?:#|--)?\s*", " ", text).replace('\\"', '"').replace('" / "', "/")
        for path, text in read.items()
    }


def headings(document: Path) -> set[str]:
    """Give the titles of a document's sections."""
    return set(re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE))


def anchor(heading: str) -> str:
    """Give the name by which a link reaches a section."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_citation_names_a_document_and_a_section_that_are_there():
    cited = [
        (path, document, section)
        for path, text in texts().items()
        for document, sections in CITATION.findall(text)
        for section in re.findall(r'"([^"]+)"', sections)
    ]
    assert len(cited) > 60
    wrong = [
        f"{path}: {document} has no section {section}"
        for path, document, section in cited
        if not (ROOT / document).is_file() or section not in headings(ROOT / document)
    ]
    assert wrong == []


def test_no_file_cites_a_document_that_is_not_in_the_repository():
    """A document is named by its path from the top of the repository, or in a document from there."""
    wrong = [
        f"{path}: {name}"
        for path, text in texts().items()
        for name in DOCUMENT_NAME.findall(text)
        if not (ROOT / name).is_file() and not (ROOT / path).parent.joinpath(name).is_file()
    ]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_section_leads_to_one(document):
    links = re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", document.read_text(encoding="utf-8"))
    wrong = [
        f"{name}#{section}"
        for name, section in links
        if "://" not in name
        and section not in set(map(anchor, headings(document.parent / name if name else document)))
    ]
    assert wrong == []


# --- Documents and code say the same -----------------------------------------------------------------


def table(document: str, *titles: str) -> list[list[str]]:
    """Give the rows of a document's tables with these titles.

    Parameters:
        document: name of a file of docs.
        titles: all titles of the columns, in order.
    """
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    head = "| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|\n"
    # A table that waits for its first row has a blank line there.
    bodies = ["" if part[:1] == "\n" else part.split("\n\n")[0] for part in text.split(head)[1:]]
    assert bodies, f"docs/{document} has no table with the titles {', '.join(titles)}"
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for body in bodies
        for line in body.strip().splitlines()
    ]


def project_variables() -> dict[str, object]:
    """Give the variables of the dbt project with their defaults."""
    return yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def written(value: object) -> str:
    """Write the default of a variable as docs/definitions.md does."""
    return str(value) if value not in ("", {}) else "empty"


def test_every_variable_stands_in_the_definitions_with_its_default():
    rows = table("definitions.md", "variable", "default", "meaning")
    told = {name.strip("`"): default for name, default, _ in rows}
    assert len(told) == len(rows)
    assert told == {name: written(value) for name, value in project_variables().items()}
    assert all(meaning for _, _, meaning in rows)


def test_every_check_of_the_industry_report_stands_on_a_page():
    """With what it holds back or tells: a release that one holds has to be understood."""
    pages = [
        path.read_text(encoding="utf-8") for path in (ROOT / "docs/performance_measurement").glob("*.md")
    ]
    checks = {path.stem for path in (ROOT / "tests" / "dbt").glob("pmr_*/*.sql")}
    assert len(checks) > 15
    assert {name for name in checks if not any(f"`{name}`" in page for page in pages)} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_gives_a_variable_another_default(document):
    """A value behind a variable's name, as in `minimum_groups` = 5 or (5), is its default."""
    text = document.read_text(encoding="utf-8")
    given = re.findall(r"`(\w+)`(?: =| \() ?([0-9][0-9.,]*)( million)?", text)
    defaults = project_variables()
    wrong = [
        (name, value + million)
        for name, value, million in given
        if name in defaults
        and float(value.rstrip(".,").replace(",", "")) * (1e6 if million else 1) != defaults[name]
    ]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_variable_that_a_document_names_exists(document):
    text = document.read_text(encoding="utf-8")
    named = {
        name
        for group in re.findall(r"vars? ((?:`\w+`(?:, )?)+)", text)
        for name in re.findall(r"`(\w+)`", group)
    }
    assert named <= set(project_variables())
    if document.name == "guidance.md":
        assert len(named) > 20


def test_every_feed_stands_in_the_landing_document_with_its_format_and_key():
    sources = yaml.safe_load(
        (ROOT / "models" / "staging" / "_landing__sources.yml").read_text(encoding="utf-8")
    )
    (landing,) = (source for source in sources["sources"] if source["name"] == "landing")
    metas = {feed["name"]: feed["config"]["meta"] for feed in landing["tables"]}
    told = {
        name.strip("`"): (file_format, re.findall(r"`(\w+)`", key), latest_by.strip("`"))
        for name, file_format, key, latest_by in table("landing.md", "feed", "format", "key", "latest by")
    }
    assert told == {
        name: (meta["file_format"], meta["key"], meta["latest_by"]) for name, meta in metas.items()
    }
    full = re.search(r"lists are full lists:\*\* ((?:`\w+`(?: and )?)+)", texts()["docs/landing.md"])
    assert full is not None
    assert set(re.findall(r"`(\w+)`", full[1])) == {
        name for name, meta in metas.items() if meta.get("full_list")
    }


def test_every_published_file_stands_in_the_document_of_what_goes_out():
    exposures = [
        exposure
        for path in sorted((ROOT / "models" / "marts").rglob("*exposures.yml"))
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
    ]
    published = [exposure["config"]["meta"]["publish"] for exposure in exposures]
    paths = {
        f"industry/{publish['path']}" if publish.get("recipient") == "industry" else publish["path"]
        for publish in published
    }
    told = [file.strip("`") for file, _ in table("published.md", "file", "rows")]
    assert sorted(told) == sorted(paths), "run `python3 tasks.py promise`, and write what the new rows say"


def test_every_reason_of_quarantine_stands_in_the_landing_document():
    models = [
        path.read_text(encoding="utf-8") for path in (ROOT / "models" / "staging").rglob("*__landed.sql")
    ]
    columns = (ROOT / "macros" / "staging" / "typed_columns.sql").read_text(encoding="utf-8")
    given = {name for text in models for name in re.findall(r"^\s+'(\w+)':", text, re.MULTILINE)}
    given |= set(re.findall(r"faults\.update\({'(\w+)'", columns))
    told = {reason.strip("`") for reason, _ in table("landing.md", "reason", "when")}
    assert told == given


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
