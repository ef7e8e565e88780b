"""Speech on threads of its own, so that no other request waits for a place among them, or for the processor."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from coaxial.api.problems import documented
from coaxial.domain.errors import Overloaded
from coaxial.domain.speaking import SpeakOptions
from coaxial.settings import Settings
from coaxial.workflows.stream_speech import Speaking, Speech

MOST_AT_ONCE = 64
"""Speeches that are spoken or wait for their turn; each sentence is a turn, so that nobody waits for a long text."""

_NICENESS = 5
"""Of the threads: where the cores are all busy, answers to other requests come first."""

Result = TypeVar("Result")

SPEECH_PROBLEMS = documented(
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)


class SpeakingThreads:
    """Speaks for every request of a server, a few sentences at a time."""

    def __init__(self, settings: Settings) -> None:
        self._speaking = Speaking(settings)
        # Two at least: a listener of one sentence does not wait for another's long one.
        self._threads = ThreadPoolExecutor(max(2, settings.processes // 2), "speech", _give_way)
        self.at_once = 0
        """Speeches that are being spoken or wait."""

    async def begin(self, voice: str, text: str, options: SpeakOptions) -> Speech:
        """Speak the first sentence. Raises: as Speaking.begin; Overloaded."""
        if self.at_once >= MOST_AT_ONCE:
            raise Overloaded(
                f"{MOST_AT_ONCE} texts are being spoken already.", remedy="Try again when some of them have ended."
            )
        return await self._counted(lambda: self._speaking.begin(voice, text, options))

    async def whole(self, make: Callable[[], bytes]) -> bytes:
        """All of a speech at once."""
        return await self._counted(make)

    async def stream(self, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Piece by piece as each is ready; nothing more is spoken once the listener has gone."""
        self.at_once += 1
        try:
            while (piece := await self._on_a_thread(lambda: next(pieces, None))) is not None:
                yield piece
        finally:
            self.at_once -= 1

    def close(self) -> None:
        """Speak nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _counted(self, work: Callable[[], Result]) -> Result:
        self.at_once += 1
        try:
            return await self._on_a_thread(work)
        finally:
            self.at_once -= 1

    async def _on_a_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _give_way() -> None:
    # Linux gives each thread a niceness of its own; elsewhere it would be the whole server's.
    if hasattr(os, "setpriority") and hasattr(os, "sched_getaffinity"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


async def _threads(request: Request) -> SpeakingThreads:
    threads: SpeakingThreads = request.app.state.speaking
    return threads


SpeakingOf = Annotated[SpeakingThreads, Depends(_threads)]
