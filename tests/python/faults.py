"""Runs the command `car` in processes that die, or find the disk full, at the nth change of a folder.

As a program this file is a server: it imports `car` and dbt once and forks a child for every command, since
a sweep over a hundred points could not wait a hundred times for dbt to be imported. Python's audit events
tell the child each change of the file system before it happens, whoever makes it: car, dbt, filelock, shutil.
What DuckDB writes on its own is not among them; a CSV's COPY counts as one point when it is read back, and
`kill_after_s` hits anywhere.
"""

import ctypes
import errno
import glob
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Event: position of the path and of the folder's descriptor that it may be relative to.
_CHANGES = {
    "os.rename": (1, 3),
    "os.remove": (0, 1),
    "os.rmdir": (0, 1),
    "os.mkdir": (0, 2),
    "os.symlink": (1, 2),
    "os.chmod": (0, 2),
    "os.link": (1, 3),
    "os.truncate": (0, None),
}
_NEEDS_SPACE = {"open", "os.mkdir", "os.symlink", "os.rename"}


@dataclass(frozen=True)
class Done:
    """How a command ended.

    Attributes:
        exit_code: None where it was killed.
        changes: the changes that it began, as (event, path relative to the folder watched).
        output: what it printed, to both streams.
    """

    exit_code: int | None
    changes: list[tuple[str, str]]
    output: str


class Faults:
    """A server of commands."""

    def __init__(self):
        self._scratch = tempfile.mkdtemp(prefix="faults-")
        path = os.pathsep.join([str(REPOSITORY / "python"), os.environ.get("PYTHONPATH", "")])
        self._server = subprocess.Popen(
            [sys.executable, __file__, self._scratch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.stdin.close()
        self._server.wait(timeout=60)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def run(self, *arguments, project=REPOSITORY, **fault):
        """Run `car` with these arguments; changes below the folder after `--out` count.

        Parameters:
            project: the dbt project.
            kill_at: number of the change, from 0, at which the process gets SIGKILL: before it, or in its
                middle where a file is written (it is there and empty) or DuckDB wrote a CSV (it is cut).
            kill_on: the same at the first change whose path contains this text.
            kill_after_s: seconds after which the process gets SIGKILL, wherever it is.
            kill_when: pattern of a file; the process gets SIGKILL as soon as there is one with content.
            stop_at: number of the change before which the process stops until it gets SIGCONT.
            fail_from: number of the change from which each one that needs space fails for want of it.
            longest_file_bytes: no file may get longer than this.
            unprivileged: the command has no rights over files but its user's, not even as root.
        """
        words = [str(argument) for argument in arguments]
        watched = words[words.index("--out") + 1]
        request = {"arguments": words, "project": str(project), "watched": watched, **fault}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        changes = Path(self._scratch, "changes").read_text(encoding="utf-8").splitlines()
        output = Path(self._scratch, "output").read_text(encoding="utf-8")
        return Done(answer["exit_code"], [tuple(line.split(" ", 1)) for line in changes], output)

    def wait_until_stopped(self):
        """Wait until the command that runs has stopped (`stop_at`), and give the number of its process."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.02)
            try:
                number = int(Path(self._scratch, "process").read_text())
                state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
            except (OSError, ValueError):
                continue
            if state == "T":
                return number
        raise TimeoutError("no command has stopped")


# ---- the server ---------------------------------------------------------------------------------------


class _Watch:
    """The audit hook of a child: counts changes below a folder, ends or fails the one that was asked for."""

    def __init__(self, trace, fault):
        self._watched = fault["watched"].rstrip("/") + "/"
        self._trace = trace
        self._fault = fault
        self._count = 0
        self._is_busy = False

    def __call__(self, event, arguments):
        if self._is_busy or (event != "open" and event not in _CHANGES):
            return
        self._is_busy = True
        try:
            change = self._change(event, arguments)
            if change is not None:
                self._at(*change)
        finally:
            self._is_busy = False

    def _change(self, event, arguments):
        if event != "open":
            position, folder = _CHANGES[event]
            descriptor = arguments[folder] if folder is not None else -1
            return self._below(event, arguments[position], descriptor)
        path, _, flags = arguments
        if isinstance(path, int):
            return None
        if flags & _WRITES:
            return self._below("open", path, -1)
        path = os.fsdecode(path)
        return self._below("copied", path, -1) if path.endswith(".csv") and "/.staging-" in path else None

    def _below(self, event, path, descriptor):
        path = os.fsdecode(path)
        if isinstance(descriptor, int) and descriptor >= 0:
            path = os.path.join(os.readlink(f"/proc/self/fd/{descriptor}"), path)
        path = os.path.abspath(path)
        return (event, path) if path.startswith(self._watched) and not _is_idle(event, path) else None

    def _at(self, event, path):
        fault, number = self._fault, self._count
        self._count += 1
        os.write(self._trace, f"{event} {path.removeprefix(self._watched)}\n".encode())
        if number == fault.get("stop_at"):
            os.kill(os.getpid(), signal.SIGSTOP)
        if number == fault.get("kill_at") or fault.get("kill_on", "\0") in path:
            _tear(event, path)
            os.kill(os.getpid(), signal.SIGKILL)
        if number >= fault.get("fail_from", sys.maxsize) and event in _NEEDS_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def _is_idle(event, path):
    """Tell whether the attempt will change nothing: the folder is there already, the file is not."""
    if event == "os.mkdir":
        return os.path.lexists(path) or not os.path.isdir(os.path.dirname(path))
    return event in ("os.remove", "os.rmdir") and not os.path.lexists(path)


def _tear(event, path):
    if event == "open":
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    elif event == "copied":
        os.truncate(path, os.path.getsize(path) // 2)


def _child(request, scratch):
    for name, descriptors in (("output", (1, 2)), ("changes", ())):
        opened = os.open(os.path.join(scratch, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        for descriptor in descriptors:
            os.dup2(opened, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ["CAR_PROJECT"] = request["project"]
    if "longest_file_bytes" in request:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["longest_file_bytes"],) * 2)
    if request.get("unprivileged"):
        _give_up_privileges()
    from car.cli import app

    sys.addaudithook(_Watch(opened, request))
    try:
        app(request["arguments"], prog_name="car")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 0


def _give_up_privileges():
    """Drop all capabilities, so that permissions of files count for root too (capset(2), version 3)."""
    header = struct.pack("Ii", 0x20080522, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capset")


def _wait(process, request):
    if "kill_after_s" in request:
        time.sleep(request["kill_after_s"])
        os.kill(process, signal.SIGKILL)
    pattern = request.get("kill_when", "")
    while pattern and os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if any(os.stat(path).st_size for path in glob.glob(pattern)):
            os.kill(process, signal.SIGKILL)
            break
    _, status = os.waitpid(process, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def _serve(scratch):
    # Here and not in each of the forks, which would spend half of their time on it.
    import numpy  # noqa: F401  (car.release.export imports it late)

    for line in sys.stdin:
        request = json.loads(line)
        if request["arguments"][0] == "run":
            import dbt.adapters.duckdb
            import dbt.cli.main  # noqa: F401
        process = os.fork()
        if process == 0:
            code = 70
            try:
                code = _child(request, scratch)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        with open(os.path.join(scratch, "process"), "w", encoding="utf-8") as handle:
            handle.write(str(process))
        answer = {"exit_code": _wait(process, request)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
