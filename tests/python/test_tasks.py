"""The tasks: each has a folder of its own below build/, and does what it was asked for alone."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """tasks.py with another build folder, whose commands are noted and not run."""
    spec = importlib.util.spec_from_file_location("tasks", ROOT / "tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BUILD", tmp_path)
    monkeypatch.setattr(module, "CHANGED", tmp_path / "changed")
    module.commands = []

    def run(command, log=None, **environment):
        name, *arguments = command
        module.commands.append([Path(name).name, *arguments])
        if Path(name).name == "dbt":
            Path(environment["CAR_WAREHOUSE"]).touch()
        return 0

    monkeypatch.setattr(module, "run", run)
    return module


def do(task, *arguments):
    try:
        task(list(arguments))
    except SystemExit as left:
        assert not left.code, left.code


PARTS = ("nothing", "month")
TASKS = {
    "build": lambda tasks: do(tasks.build),
    "build --select": lambda tasks: do(tasks.build, "--select", "part+"),
    "lint": lambda tasks: do(tasks.lint),
    "mutate": lambda tasks: do(tasks.mutate, "--changed"),
    "approve": lambda tasks: do(tasks.approve),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_empties_no_folder_of_another(name, tasks, tmp_path):
    for task in TASKS.values():
        task(tasks)
    others = {"build": "clean", "build --select": "part", "lint": "lint"}
    kept = {folder: tmp_path / folder / "kept" for other, folder in others.items() if other != name}
    for file in kept.values():
        assert file.parent.is_dir()
        file.touch()
    TASKS[name](tasks)
    assert [folder for folder, file in kept.items() if not file.exists()] == []


def test_a_part_is_built_on_a_month_that_is_landed_once(tasks, tmp_path):
    do(tasks.build, "--select", "part+")
    assert [command[:2] for command in tasks.commands] == [
        ["car", "simulate"],
        ["car", "check"],
        ["python", "-m"],
    ]
    tasks.commands.clear()
    (tmp_path / "part" / "warehouse.duckdb").touch()
    do(tasks.build, "--select", "part+")
    assert [command[:3] for command in tasks.commands] == [["python", "-m", "car.warehouse.selected"]]
    assert tasks.commands[0][-2:] == ["--select", "part+"]
    assert (tmp_path / "part" / "warehouse.duckdb").exists()
    (tmp_path / "part" / "landed").write_text("by another simulator")
    do(tasks.build, "--select", "part+")
    assert not (tmp_path / "part" / "warehouse.duckdb").exists()


def test_everything_is_built_in_clean_warehouses(tasks, tmp_path):
    (tmp_path / "clean" / "month").mkdir(parents=True)
    (tmp_path / "clean" / "month" / "warehouse.duckdb").write_text("of another build")
    do(tasks.build)
    simulate, check, *builds, clocks = tasks.commands
    assert [command[0] for command in (simulate, check, clocks)] == ["car", "car", "python"]
    landed = {part: f"landing_index: {tmp_path / 'clean' / part / 'work' / 'landing'}" for part in PARTS}
    dbt = ["dbt", "build", "--profiles-dir", "profiles", "--vars"]
    assert sorted(builds) == sorted(
        [[*dbt, landed["nothing"]], [*dbt, landed["month"], "--exclude-resource-type", "unit_test"]]
    )
    assert (tmp_path / "clean" / "month" / "warehouse.duckdb").read_text() == ""


@pytest.mark.parametrize(("commit", "builds"), [(7, 1), (8, 2)])
def test_ci_builds_the_month_with_one_commit_of_four(commit, builds, tasks, monkeypatch):
    monkeypatch.setattr(tasks, "head", lambda: commit)
    do(tasks.build, "--turn")
    built = [command for command in tasks.commands if command[0] == "dbt"]
    assert len(built) == builds and not any("--turn" in command for command in built)
    assert any(command[0] == "python" for command in tasks.commands)


@pytest.mark.parametrize("part", PARTS)
def test_a_build_that_fails_fails_the_task_and_is_shown(part, tasks, capsys, monkeypatch):
    def run(command, log=None, **environment):
        print("of the month" if log else "of nothing", file=log)
        return int(part in environment.get("CAR_WAREHOUSE", ""))

    monkeypatch.setattr(tasks, "run", run)
    with pytest.raises(SystemExit) as left:
        tasks.build([])
    assert left.value.code == 1
    assert capsys.readouterr().out.split("\n")[-4:] == ["of nothing", "of the month", "", ""]


@pytest.mark.parametrize(
    ("paths", "checked"),
    [
        (["models/core"], {"sqlfluff": [["models/core"]]}),
        (["tasks.py"], {"ruff": [["tasks.py"]] * 2}),
        (["tests"], {"ruff": [["tests"]] * 2, "sqlfluff": [["tests"]]}),
        # The queries of reports by themselves: they are plain SQL, which dbt knows nothing of.
        (["python/car/reports/alerts"], {"sqlfluff": [["python/car/reports/alerts"]]}),
        (
            [],
            {
                "ruff": [["python", "tests", "orchestration", "tasks.py"]] * 2,
                "sqlfluff": [
                    ["models", "tests/dbt", "analyses"],
                    ["python/car/reports", "python/car/portal/pages"],
                ],
            },
        ),
    ],
)
def test_what_is_named_is_linted_alone(paths, checked, tasks):
    do(tasks.lint, *paths)
    assert {command[0] for command in tasks.commands} == set(checked)
    for tool, several in checked.items():
        commands = [command for command in tasks.commands if command[0] == tool]
        for command, named in zip(commands, several, strict=True):
            assert command[-len(named) :] == named


def test_a_path_with_nothing_to_lint_is_told(tasks):
    with pytest.raises(SystemExit, match=r"Neither Python nor SQL to check: README\.md, gone\.sql"):
        tasks.lint(["README.md", "gone.sql", "tasks.py"])
    assert tasks.commands == []


def test_the_command_runs_in_the_folder_of_whoever_asks_for_it(tasks, monkeypatch):
    """What is named on the command line lies where it was typed, not in the checkout."""
    started = []

    def run(command, **options):
        started.append(
            (Path(command[0]).name, command[1:], options.get("cwd"), options["env"]["CAR_COMMAND"])
        )
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(tasks.subprocess, "run", run)
    with pytest.raises(SystemExit) as ended:
        tasks.car(["status", "--out", "demo/out"])
    assert ended.value.code == 3
    assert started == [("car", ["status", "--out", "demo/out"], None, "python3 tasks.py car")]
