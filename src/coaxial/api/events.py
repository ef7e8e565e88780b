"""The one reader of a server that follows what happens, for all the streams that tell of it.

It looks a few times a second, while anybody listens, and keeps what it found lately, encoded once. A stream that is too
slow for that reads the sources by itself from where it was (`api/streams.py`), so that no buffer grows with a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from coaxial.api.schemas.jobs import shown
from coaxial.domain.errors import CoaxialError
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.follow import Change, Follower, JobChanged, JobSaid, Look, Measured, moved
from coaxial.workflows.position import Position

SECONDS_BETWEEN_LOOKS = 0.2

_MOST_KEPT, _MOST_KEPT_BYTES = 4096, 8_000_000
"""Of what was found lately."""

_SECONDS_ALONE = 5.0
"""That it goes on looking when nobody listens any more: a page that is loaded again comes back at once."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A change, and what is sent of it."""

    number: int
    change: Change
    payload: bytes
    """Kind and data as lines of a stream; empty where nothing is sent."""


class Events:
    """The reader of one application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held = contextlib.ExitStack()
        self._opening, self._starting = threading.Lock(), threading.Lock()
        # Never held for long: streams take it on the loop.
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._next = 0
        self._listeners = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._follower: Follower | None = None
        self.has_ended = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody listens for the length of the block, however that ends: the reader that was begun looks as long."""
        with self._lock:
            self._listeners += 1
        try:
            yield
        finally:
            with self._lock:
                self._listeners -= 1

    def begin(self) -> int:
        """Have the reader look; answers the least number that the next entry can have. Blocks for a moment.

        Raises: StorageFailure.
        """
        with self._starting:
            self._start(self.reading())
        with self._lock:
            return self._next

    def reading(self) -> Follower:
        """What reads the sources. Raises: StorageFailure."""
        with self._opening:
            if self._follower is None:
                self._follower = Follower(self._settings, self._held.enter_context(open_store(self._settings)))
            return self._follower

    def on_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Where streams wait for news."""
        self._loop = loop

    def after(self, number: int) -> Sequence[Entry] | None:
        """The entries from one on; None where some of those are kept no more."""
        with self._lock:
            if number >= self._next:
                return ()
            if not self._entries or self._entries[0].number > number:
                return None
            return [self._entries[place] for place in range(number - self._entries[0].number, len(self._entries))]

    @property
    def is_looking(self) -> bool:
        """Whether there is a reader; False also where it could not begin."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def waiting(self) -> Callable[[float], Coroutine[Any, Any, bool]]:
        """A function that waits for whatever comes from now on, or for the end; False where nothing came in that time.

        On the loop only.
        """
        news = self._news

        async def wait(seconds: float) -> bool:
            try:
                await asyncio.wait_for(news.wait(), seconds)
            except (TimeoutError, asyncio.TimeoutError):
                return False
            return True

        return wait

    def end(self) -> None:
        """Let every stream end, as soon as it has sent what it is sending. From any thread."""
        self.has_ended = True
        self._wake()

    def close(self) -> None:
        """For an application that ends."""
        self.end()
        thread = self._thread
        if thread is not None:
            thread.join(2.0)
        self._held.close()

    def _start(self, follower: Follower) -> None:
        thread = self._thread
        if thread is not None and thread.is_alive():
            return
        position = follower.now()
        with self._lock:
            self._entries.clear()
            self._bytes = 0
            # What a stream had not read when the reader rested it reads by itself.
            self._next += 1
            self._thread = threading.Thread(target=self._look, args=(follower, position), daemon=True, name="events")
            self._thread.start()

    def _look(self, follower: Follower, position: Position) -> None:
        look, heard = Look(), time.monotonic()
        with open_store(self._settings) as store, contextlib.closing(store.watch()) as watch:
            while not self.has_ended:
                begun = time.monotonic()
                try:
                    look.store_too = watch.has_changed()
                    self._look_once(follower, position, look)
                except Exception as error:
                    # It looks on: streams would otherwise stay open and tell nothing.
                    watch.forget()
                    _log.warning("%s", error, exc_info=not isinstance(error, CoaxialError))
                now = time.monotonic()
                heard = now if self._listeners else heard
                if now - heard > _SECONDS_ALONE and self._rests():
                    return
                time.sleep(max(0.0, SECONDS_BETWEEN_LOOKS - (now - begun)))

    def _rests(self) -> bool:
        with self._lock:
            if self._listeners:
                return False
            self._thread = None
            return True

    def _look_once(self, follower: Follower, position: Position, look: Look) -> None:
        any_new = False
        for change in follower.changes(position, look):
            moved(position, change)
            self._keep(change, payload_of(change))
            any_new = True
        if any_new:
            self._wake()

    def _keep(self, change: Change, payload: bytes) -> None:
        with self._lock:
            self._entries.append(Entry(self._next, change, payload))
            self._next += 1
            self._bytes += len(payload)
            while len(self._entries) > _MOST_KEPT or self._bytes > _MOST_KEPT_BYTES:
                self._bytes -= len(self._entries.popleft().payload)

    def _wake(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        waited_for, self._news = self._news, asyncio.Event()
        waited_for.set()


def payload_of(change: Change) -> bytes:
    """`event:` and `data:` lines (WHATWG HTML, 9.2.5) of a change; empty where nothing is sent of it."""
    if isinstance(change, JobChanged):
        return b"event: job\ndata: " + shown(change.job, change.awaited_by).model_dump_json().encode() + b"\n"
    if isinstance(change, JobSaid):
        line = change.line
        return (
            b"event: log\ndata: "
            + to_json({"id": line.id, "job": line.job, "time": line.time, "text": line.text})
            + b"\n"
        )
    if isinstance(change, Measured):
        withdrawn = change.before.lines - change.first
        if not change.lines and not withdrawn:
            return b""
        head = json.dumps({"run": change.run.name, "first": change.first, "withdrawn": withdrawn}).encode()
        return b"event: metrics\ndata: " + head[:-1] + b', "lines": [' + b",".join(_as_json(change.lines)) + b"]}\n"
    return b""


def _as_json(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Lines of metrics as they are, which is JSON nearly always; null for half a line or what a power cut left."""
    try:
        from_json(b"[" + b",".join(lines) + b"]", allow_inf_nan=False)
        return lines
    except ValueError:
        return [_line_as_json(line) for line in lines]


def _line_as_json(line: bytes) -> bytes:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return b"null"
    # A loss that is no number any more is null in JSON.
    return to_json(found, inf_nan_mode="null") if isinstance(found, dict) else b"null"
