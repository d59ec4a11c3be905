"""Runs jobs in processes of their own, and ends them with the request that asked for them."""

import asyncio
import json
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from car.errors import CarError
from car.portal.downloads.job import Job
from car.portal.store import TookTooLong
from car.release.formats.xlsx import NoRoom

_PROGRAM = "from car.portal.downloads.job import main; main()"
_BLOCK_BYTES = 1 << 17


class NoSpace(CarError):
    """The rows have no room in memory and on the disk while they are sorted."""


class Work:
    """A job under way.

    Parameters:
        process: that does it.
    """

    def __init__(self, process: Process) -> None:
        self._process = process

    async def blocks(self) -> AsyncIterator[bytes]:
        """Give what the job writes to its standard output, as it comes.

        Raises:
            NoRoom, NoSpace, TookTooLong, CarError: as `ended` does, after the last block.
        """
        assert self._process.stdout is not None
        while block := await self._process.stdout.read(_BLOCK_BYTES):
            yield block
        await self.ended()

    async def ended(self) -> None:
        """Wait until the job has ended.

        Raises:
            NoRoom: a workbook has no room for the rows.
            NoSpace: memory and disk have no room for them.
            TookTooLong: it took too long.
            CarError: it failed otherwise.
        """
        assert self._process.stderr is not None
        said = await self._process.stderr.read()
        status = await self._process.wait()
        if status == 0:
            return
        if status == -signal.SIGALRM:
            raise TookTooLong("A download took longer than it may.")
        try:
            told = json.loads(said)
        except ValueError:
            told = {"kind": "failed", "text": f"status {status}"}
        if told["kind"] == "no_room":
            raise NoRoom(told["text"])
        if told["kind"] == "out_of_memory":
            raise NoSpace("A download has no room in memory and on the disk.")
        raise CarError(f"A download failed: {told['text']}.")


async def begin(stack: AsyncExitStack, job: Job) -> Work:
    """Begin a job.

    Parameters:
        stack: with its end the job ends, done or not.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        _PROGRAM,
        stdin=PIPE,
        stdout=PIPE if job.format == "csv" else DEVNULL,
        stderr=PIPE,
        limit=_BLOCK_BYTES,
        # An interrupt at the keyboard is for the server, which ends what is under way itself.
        start_new_session=True,
    )
    stack.push_async_callback(_end, process)
    assert process.stdin is not None
    process.stdin.write(pickle.dumps(job))
    process.stdin.close()
    return Work(process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
