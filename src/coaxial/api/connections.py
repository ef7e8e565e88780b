"""Connections that do not say what they want are ended: a client that only keeps one open keeps it from others."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def impatient(seconds: float) -> type[asyncio.Protocol]:
    """uvicorn's protocol of HTTP/1.1, which itself waits for ever for a request to be told to its end."""

    class Impatient(H11Protocol):
        _ending: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._look()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._look()

        def connection_lost(self, exc: Exception | None) -> None:
            self._do_not_end()
            super().connection_lost(exc)

        def _look(self) -> None:
            waits = self.conn.their_state is h11.IDLE and (self.cycle is None or self.cycle.response_complete)
            if not waits:
                self._do_not_end()
            elif self._ending is None:
                self._ending = self.loop.call_later(seconds, self.transport.close)

        def _do_not_end(self) -> None:
            if self._ending is not None:
                self._ending.cancel()
                self._ending = None

    return Impatient
