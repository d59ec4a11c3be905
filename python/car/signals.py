"""What a signal does to a command: it says a word and ends the whole tree; what was done is taken up again.

Imports next to nothing, so that it is at hand before the rest of the command is imported.
"""

import atexit
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Those that end a process, but for faults of the program itself, and SIGKILL, which nobody can catch.
_ENDING = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")
_FIRST_EXIT_CODE = 128
_stopped_by: list[int] = []


class Stopped(KeyboardInterrupt):
    """A signal ends the command.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def watch() -> None:
    """From now on a signal ends this process at once, with a word and no traceback."""
    for number in _caught():
        signal.signal(number, _leave)


@contextmanager
def stopping() -> Iterator[None]:
    """Let the first signal raise `Stopped`, so that all is put in order; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _stopped_by.clear()
    before = {number: signal.signal(number, _stop) for number in _caught()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def stopped_by() -> int | None:
    """Give the number of the signal that came; what runs in C may have made another failure of it."""
    return _stopped_by[0] if _stopped_by else None


def words(number: int) -> str:
    """Say that a signal has ended the command, and what to do."""
    name = signal.Signals(number).name
    by = "" if number == signal.SIGINT else f" by {name}"
    return f"Interrupted{by}. Nothing half-done is published: run the same command again."


def exit_code(number: int) -> int:
    """Give the exit code of a command that a signal has ended."""
    return _FIRST_EXIT_CODE + number


def end_with(parent_ended: Callable[[], object]) -> None:
    """End this process when its parent does, however that ended; leave to it what a terminal sends to all.

    Parameters:
        parent_ended: waits until the parent has ended.
    """
    for name in ("SIGINT", "SIGQUIT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    def wait() -> None:
        parent_ended()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    # The thread outlives Python's own end. Libraries would tell of all that it keeps from being taken down.
    atexit.register(os._exit, 0)


def _caught() -> list[int]:
    """Give the signals that are to be caught; who started the command may have had some ignored (nohup)."""
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


def _stop(number: int, frame: FrameType | None) -> None:
    _stopped_by.append(number)
    for each in _caught():
        signal.signal(each, _leave)
    raise Stopped(number)


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{words(number)}\n".encode())
    os._exit(exit_code(number))
