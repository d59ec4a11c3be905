"""What the operator sees: a progress bar on a terminal, plain lines otherwise, JSON for machines."""

import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from car import paths

# A plain log gets a line of progress no more often than this.
_PLAIN_PAUSE_S = 10.0
_WARNING = "Warning: "
_UTF_8 = ("utf8", "utf-8")


class _Output(Console):
    """A console that tells of a closed pipe, and does not end the program in silence."""

    def on_broken_pipe(self) -> None:
        """Give the failure to whoever can say what it means."""
        _write_no_more()
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: at its end Python would complain of the closed pipe."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Step:
    """One step of a command under way. Call it with (done, total) as the work goes on."""

    def __init__(self, title: str, console: Console, bar: Progress | None) -> None:
        self._title = title
        self._console = console
        self._bar = bar
        self._task = bar.add_task(title, total=None) if bar else None
        self._told_at = time.monotonic()

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell how far the step is: `done` of `total` pieces of work."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif total and time.monotonic() - self._told_at >= _PLAIN_PAUSE_S:
            self._told_at = time.monotonic()
            self._console.print(f"  {self._title}: {done:,} of {total:,}")

    def tell(self, text: str) -> None:
        """Say what the step is at, where it cannot tell how far it is."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"{self._title}: {text}")
        elif time.monotonic() - self._told_at >= _PLAIN_PAUSE_S:
            self._told_at = time.monotonic()
            self._console.print(f"  {text}")


class Reporter:
    """Prints for people to the terminal, and with `as_json` one JSON document for machines.

    With `as_json` standard output carries that document alone; what people read goes to standard error, as it
    does with `aside`.

    Attributes:
        seconds: how long each named step took.
    """

    def __init__(self, as_json: bool = False, aside: bool = False) -> None:
        self.as_json = as_json
        self.seconds: dict[str, float] = {}
        stream = sys.stderr if as_json or aside else sys.stdout
        self.console = _Output(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def say(self, text: str = "") -> None:
        """Print one line."""
        self.console.print(paths.shown(text))

    def warn(self, text: str) -> None:
        """Print one line that asks for attention without stopping anything."""
        self.console.print(f"{_WARNING}{paths.shown(text)}", style="yellow")

    def tell(self, text: str) -> None:
        """Print one line, as a warning where it begins with `Warning: `."""
        (self.warn if text.startswith(_WARNING) else self.say)(text.removeprefix(_WARNING))

    def fail(self, text: str) -> None:
        """Print to standard error why the command ends."""
        Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True).print(
            paths.shown(text), style="bold red"
        )

    def document(self, content: dict[str, Any]) -> None:
        """Print the JSON document of the command, where one was asked for."""
        if self.as_json:
            is_ascii = (sys.stdout.encoding or "").lower() not in _UTF_8
            self.print(paths.shown_in_json(json.dumps(content, indent=2, ensure_ascii=is_ascii, default=str)))

    def print(self, text: str) -> None:
        """Print to standard output what the command is for; raises BrokenPipeError where nobody reads it."""
        try:
            print(text, flush=True)
        except BrokenPipeError:
            _write_no_more()
            raise

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Show a step with its progress, and remember its seconds under `name`."""
        began = time.monotonic()
        if self.console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self.console, transient=True) as bar:
                yield Step(title, self.console, bar)
        else:
            self.say(f"{title} …")
            yield Step(title, self.console, None)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 3)
        self.say(f"{title}: done in {self.seconds[name]:.1f} s")
