"""One client's stream of events: from its position on, in order, nothing left out and nothing twice.

Whatever it sends has the position after it as its id, so that the client can go on there (Last-Event-ID) at any time,
with this server or another. It takes what the reader found (`api/events.py`) as long as it keeps up; when it does not,
it reads the sources itself, as it does where the reader's word does not begin at the stream's own place in a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from coaxial.api.events import Entry, Events, payload_of
from coaxial.domain.errors import CoaxialError
from coaxial.workflows.follow import (
    Change,
    Follower,
    JobChanged,
    JobSaid,
    Measured,
    RunBegun,
    RunFinished,
    is_news,
    moved,
)
from coaxial.workflows.position import Position

Kind = Literal["job", "log", "metrics"]
KINDS: tuple[Kind, ...] = ("job", "log", "metrics")

RETRY_MILLISECONDS = 1000
"""After which a client whose stream ended asks again."""

SECONDS_BETWEEN_SIGNS = 15.0
"""Of life, where nothing happens; proxies and browsers give up a connection that is silent for long."""

_BYTES_AT_ONCE = 64_000


@dataclass
class Wish:
    """What a client wants to hear of."""

    kinds: Sequence[Kind] = KINDS
    run: str | None = None
    """Only of this run, and of the jobs that made it or work with it."""
    job: int | None = None
    """Only of this job, and of the run it works on."""
    runs: dict[int, str] = field(default_factory=dict)
    """The run of each job, where it is known; needed with `run` or `job` only."""

    def wants(self, change: Change) -> bool:
        """Whether a change is sent."""
        if isinstance(change, JobChanged):
            if change.job.result.get("run"):
                self.runs[change.job.id] = str(change.job.result["run"])
            return "job" in self.kinds and self._is_about(change.job.id)
        if isinstance(change, JobSaid):
            return "log" in self.kinds and self._is_about(change.line.job)
        return isinstance(change, Measured) and self.wants_run(change.run.name)

    def wants_run(self, run: str) -> bool:
        """Whether the metrics of a run are sent."""
        wanted = self.run is None or self.run == run
        return "metrics" in self.kinds and wanted and (self.job is None or self.runs.get(self.job) == run)

    def _is_about(self, job: int) -> bool:
        return (self.job is None or self.job == job) and (self.run is None or self.runs.get(job) == self.run)


class Stream:
    """The events of one client, as bytes to send."""

    def __init__(self, events: Events, follower: Follower, position: Position, wish: Wish, resumed: bool) -> None:
        """resumed: whether the client was told everything before its position."""
        self._events, self._follower = events, follower
        self._position, self._wish, self._resumed = position, wish, resumed

    async def parts(self) -> AsyncIterator[bytes]:
        """Until the server ends, or the sources cannot be read: the client then asks again."""
        yield self._hello()
        try:
            while not self._events.has_ended:
                # Counted here and not in the thread, which goes on when the client has gone.
                with self._events.listening():
                    number = await asyncio.to_thread(self._events.begin)
                    async for part in self._read_sources():
                        yield part
                    async for part in self._follow(number):
                        yield part
        except CoaxialError:
            return

    async def _read_sources(self) -> AsyncIterator[bytes]:
        changes = self._follower.changes(self._position.copy())
        while not self._events.has_ended:
            part, is_last = await asyncio.to_thread(self._some, changes)
            if part:
                yield part
            if is_last:
                return

    async def _follow(self, number: int) -> AsyncIterator[bytes]:
        """What the reader found, until that is more than it keeps for a client that is slow."""
        while not self._events.has_ended:
            # Asked for before the look, so that what comes between both is waited for by nobody.
            waiting = self._events.waiting()
            entries = self._events.after(number)
            if entries is None:
                return
            part = await self._taken(entries)
            if part:
                yield part
            if entries:
                number = entries[-1].number + 1
            elif not self._events.is_looking:
                return
            elif not await waiting(SECONDS_BETWEEN_SIGNS):
                yield b": nothing new\n" + self._id() + b"\n"

    async def _taken(self, entries: Sequence[Entry]) -> bytes:
        parts = []
        for entry in entries:
            change = entry.change
            if isinstance(change, (Measured, RunFinished)) and self._has_to_read(change):
                place = self._position.places[change.run.id]
                parts.append(await asyncio.to_thread(self._all, self._follower.measured(change.run, place)))
            elif self._is_new(change):
                parts.append(self._sent(change, entry.payload))
        return b"".join(parts)

    def _is_new(self, change: Change) -> bool:
        if isinstance(change, JobChanged):
            return change.job.revision > self._position.revision
        if isinstance(change, JobSaid):
            return change.line.id > self._position.line
        if isinstance(change, Measured) and self._wish.wants_run(change.run.name):
            return self._position.places.get(change.run.id) == change.before
        return not isinstance(change, RunBegun) or is_news(self._position, change.run)

    def _has_to_read(self, change: Measured | RunFinished) -> bool:
        """Whether the stream is at another place of a run than the reader was."""
        place = self._position.places.get(change.run.id)
        if place is None or not self._wish.wants_run(change.run.name):
            return False
        if isinstance(change, RunFinished):
            return place != change.place
        # What was cut off and comes again was told, and is the same as long as the generation is.
        ahead = place.generation == change.after.generation and place.lines >= change.after.lines
        return place != change.before and not ahead

    def _some(self, changes: Iterator[Change]) -> tuple[bytes, bool]:
        """What is sent of the next changes, and whether they were the last."""
        parts, size = [], 0
        for change in changes:
            parts.append(self._sent(change, payload_of(change) if self._wish.wants(change) else b""))
            size += len(parts[-1])
            if size >= _BYTES_AT_ONCE:
                return b"".join(parts), False
        return b"".join(parts), True

    def _all(self, changes: Iterator[Change]) -> bytes:
        parts, is_last = [], False
        while not is_last:
            part, is_last = self._some(changes)
            parts.append(part)
        return b"".join(parts)

    def _sent(self, change: Change, payload: bytes) -> bytes:
        moved(self._position, change)
        return payload + self._id() + b"\n" if payload and self._wish.wants(change) else b""

    def _id(self) -> bytes:
        return b"id: " + self._position.text().encode() + b"\n"

    def _hello(self) -> bytes:
        resumed = "true" if self._resumed else "false"
        data = f'{{"position": "{self._position.text()}", "resumed": {resumed}}}'
        return f"retry: {RETRY_MILLISECONDS}\nevent: hello\ndata: {data}\n".encode() + self._id() + b"\n"
