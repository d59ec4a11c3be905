"""A connection of the server that closes where a request does not come whole in time."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_S = 10.0


class Connection(H11Protocol):
    """uvicorn's own, which alone waits for ever for the head of a request.

    A few hundred of such would take the places of all others. For the body the gate has a limit.
    """

    _waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a request that is not whole yet give it no more time."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._wait_no_more()

    def _wait(self) -> None:
        if self._waits is None:
            self._waits = self.loop.call_later(LONGEST_S, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None
