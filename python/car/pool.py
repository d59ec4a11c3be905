"""Does work in processes of its own, which end with this one."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from car import signals
from car.errors import CarError

Task = TypeVar("Task")
Done = TypeVar("Done")


def in_processes(
    work: Callable[[Task], Done],
    tasks: Sequence[Task],
    processes: int,
    told: Callable[[Done], None],
    what: str,
    kept: str = "",
) -> None:
    """Do all tasks, so many at a time, in new processes.

    Parameters:
        work: a function of a module, which a process can find again.
        told: called with each result, in the order in which they are done.
        what: a process `that draws reports`, for the message when one is ended from outside.
        kept: what is said of work that is done by then.

    Raises:
        CarError: a process was ended from outside.
        Exception: what a task raises; the tasks that wait are given up.
    """
    with ProcessPoolExecutor(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_end_with_the_parent,
    ) as pool:
        waiting = [pool.submit(work, task) for task in tasks]
        try:
            for future in as_completed(waiting):
                told(future.result())
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):  # what they do is done again
                for process in multiprocessing.active_children():
                    process.terminate()
            # Waits here: leaving the `with` would take the cancelling back and do all that was queued.
            pool.shutdown(wait=True, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                raise CarError(
                    f"A process {what} was ended from outside, for want of memory perhaps."
                    f" Nothing was published; run again, with fewer --threads.{kept}"
                ) from error
            raise


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    signals.end_with(parent.join)
