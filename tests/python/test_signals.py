"""A signal, or a pipe that nobody reads, ends the whole tree of a command with a word; a rerun goes on."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from conftest import MONTH, land_register
from releases import assert_whole

from car import signals
from car.threads import thread_pool

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

REPOSITORY = Path(__file__).parents[2]
NUMBERS = sorted(getattr(signal, name) for name in signals._ENDING if hasattr(signal, name))
# Sends itself the signal when a module is about to be imported.
AT_IMPORT = """
import os, sys
from car.__main__ import main
def hook(event, arguments):
    if event == "import" and arguments[0] == sys.argv[1]:
        os.kill(os.getpid(), 2)
sys.addaudithook(hook)
main()
"""
# A command that does nothing for a while.
WAITS = """
import time
from car import cli, signals
signals.watch()
try:
    with cli._reporting(False) as reporter:
        reporter.say("ready")
        time.sleep(60)
except cli.typer.Exit as done:
    raise SystemExit(done.exit_code)
"""


@pytest.fixture
def start():
    """Starts Python beside the tests, in a session of its own, of which nothing is left after the test."""
    sessions = []

    def begin(*arguments, **options):
        sessions.append(started(*arguments, **options))
        return sessions[-1]

    yield begin
    for session in sessions:
        for process in alive(session.pid):
            os.kill(process, signal.SIGKILL)


def started(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "python"), **options.pop("environment", {})}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
        **options,
    )


def alive(session):
    """The processes of a session that are not dead."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(of) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def wait_until(true, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


# ---- when it begins -----------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["car.cli", "typer", "duckdb", "car.console", "yaml"])
def test_before_all_is_imported_an_interrupt_is_a_word_and_no_traceback(module, start):
    done = start("-c", AT_IMPORT, module)
    output, told = done.communicate(timeout=30)
    assert done.returncode == 130
    assert (output, told) == ("", signals.words(signal.SIGINT) + "\n")


def test_the_command_catches_signals_before_it_imports_the_rest():
    declared = tomllib.loads((REPOSITORY / "python" / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["scripts"]["car"] == "car.__main__:main"


# ---- whichever signal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: signal.Signals(number).name)
def test_a_signal_is_told_and_gives_its_exit_code(number, start):
    command = start("-c", WAITS)
    assert command.stdout.readline() == "ready\n"
    command.send_signal(number)
    _, told = command.communicate(timeout=30)
    assert command.returncode == 128 + number
    assert told == signals.words(number) + "\n"


def test_what_is_ignored_where_it_is_started_stays_ignored(start):
    command = start(
        "-c",
        WAITS.replace("sleep(60)", "sleep(0.3)"),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert command.stdout.readline() == "ready\n"
    command.send_signal(signal.SIGHUP)
    assert command.wait(timeout=30) == 0


# ---- while it works -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_that_draws_is_left(number, tmp_path, start):
    party = REPOSITORY / "tests" / "reports" / "release" / "DALE-ENERGY"
    command = start("-m", "car", "report", "--folder", party, "--into", tmp_path / "into", "--threads", 2)
    # Itself, the one that keeps track of what they share, and two that draw.
    wait_until(lambda: len(alive(command.pid)) == 4 or command.poll() is not None)
    time.sleep(0.2)
    command.send_signal(number)
    _, told = command.communicate(timeout=30)
    if number == signal.SIGKILL:  # nobody can catch it: it says nothing
        assert command.returncode == -number
    else:
        assert command.returncode == 128 + number
        assert told == signals.words(number) + "\n"
    wait_until(lambda: not alive(command.pid), seconds=10)


@pytest.mark.long
def test_a_build_that_is_ended_can_be_run_again(landed_project, out, tmp_path, start):
    land_register(tmp_path / "landing", 1, ("ALPHA", "IS", "One", "2020-01-01"))
    words = [
        "-m",
        "car",
        "run",
        "--landing",
        tmp_path / "landing",
        "--out",
        out,
        "--month",
        MONTH,
        "--no-pdf",
    ]
    model = landed_project / "models" / "landing_reasons.sql"
    quick = model.read_text()
    model.write_text(
        quick.replace("20 as row_count", "(select max(i) from range(1000000000000) as t (i)) as row_count")
    )
    command = start(*words, environment={"CAR_PROJECT": str(landed_project)})
    wait_until((out / ".car" / "target" / "run" / "tiny" / "models" / "landing_reasons.sql").exists)
    time.sleep(0.5)
    command.send_signal(signal.SIGTERM)
    _, told = command.communicate(timeout=30)
    assert command.returncode == 128 + signal.SIGTERM, told
    assert told.endswith(signals.words(signal.SIGTERM) + "\n") and "Traceback" not in told
    wait_until(lambda: not alive(command.pid), seconds=10)
    assert not (out / "releases").exists()
    (run,) = out.glob("runs/*/run.json")
    assert json.loads(run.read_text())["outcome"] == "failed"

    model.write_text(quick)
    again = start(*words, environment={"CAR_PROJECT": str(landed_project)})
    _, told = again.communicate(timeout=60)
    assert again.returncode == 0, told
    assert_whole(out)
    assert os.readlink(out / "releases" / MONTH / "current") == "v1"


def test_a_pool_that_fails_begins_nothing_more():
    done = []

    def work(number):
        time.sleep(0.01)
        done.append(number)

    with pytest.raises(KeyboardInterrupt), thread_pool(2) as pool:
        for number in range(200):
            pool.submit(work, number)
        raise KeyboardInterrupt
    assert len(done) < 20


# ---- a pipe that nobody reads -------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"], ["verify"], ["verify", "--json"]])
def test_a_closed_pipe_is_told(arguments, out, start):
    (out / "runs").mkdir(parents=True)
    reader, writer = os.pipe()
    os.close(reader)
    command = start("-m", "car", *arguments, "--out", out, stdout=writer)
    os.close(writer)
    _, told = command.communicate(timeout=30)
    assert command.returncode == 1
    assert told.strip().splitlines()[-1].startswith("The pipe that this command writes to was closed")
    assert "Exception" not in told and "Traceback" not in told
