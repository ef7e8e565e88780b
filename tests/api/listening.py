"""A client of /api/events, as EventSource is one: it takes what comes, and can go on after the last id."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Event:
    kind: str
    data: Any
    id: str


@dataclass
class Listener:
    """Reads one stream in a thread, and keeps what it was told; `metrics` as its reader would draw them."""

    url: str
    query: str = ""
    events: list[Event] = field(default_factory=list)
    metrics: dict[str, list[Any]] = field(default_factory=dict)
    withdrawn: int = 0
    last_id: str = ""
    signs_of_life: int = 0

    def connect(self, *, slowly: float = 0.0) -> Listener:
        """Begin, or go on after the last id. slowly: seconds between two reads of a few bytes."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(slowly,), daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def until(self, is_so: Callable[[Listener], Any], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not is_so(self):
            assert time.monotonic() < end, (self.events[-5:], {run: len(had) for run, had in self.metrics.items()})
            time.sleep(0.02)

    def of(self, kind: str) -> list[Any]:
        return [event.data for event in self.events if event.kind == kind]

    @property
    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def _read(self, slowly: float) -> None:
        where = urlsplit(self.url)
        again = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        with socket.create_connection((where.hostname, where.port), timeout=0.2) as connection:
            if slowly:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = f"GET /api/events?{self.query} HTTP/1.1\r\nHost: {where.netloc}\r\n{again}\r\n"
            connection.sendall(request.encode())
            came = b""
            while not self._stop.is_set():
                try:
                    part = connection.recv(4096 if slowly else 65536)
                except TimeoutError:
                    continue
                except OSError:
                    return
                if not part:
                    return
                came = self._take(came + part)
                time.sleep(slowly)

    def _take(self, came: bytes) -> bytes:
        *blocks, rest = _unchunked(came)
        for block in blocks:
            self._hear(block.decode())
        return rest

    def _hear(self, block: str) -> None:
        fields: dict[str, str] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        self.last_id = fields.get("id", self.last_id)
        if "data" not in fields:
            self.signs_of_life += 1
            return
        event = Event(fields["event"], json.loads(fields["data"]), fields["id"])
        if event.kind == "metrics":
            # Who began later has not heard what was before.
            unheard = [None] * (event.data["first"] + event.data["withdrawn"])
            had = self.metrics.setdefault(event.data["run"], unheard)
            assert len(had) - event.data["withdrawn"] == event.data["first"]
            del had[event.data["first"] :]
            had += event.data["lines"]
            self.withdrawn += event.data["withdrawn"]
        self.events.append(event)


def _unchunked(came: bytes) -> list[bytes]:
    """Whole blocks of a stream, and what is left of it, as it came (RFC 9112, 7.1)."""
    blocks: list[bytes] = []
    if came.startswith(b"HTTP/"):
        head, blank, after = came.partition(b"\r\n\r\n")
        if not blank:
            return [came]
        assert b" 200 " in head.splitlines()[0] and b"text/event-stream" in head, came
        came = after
    text, rest = b"", came
    while rest:
        size, newline, after = rest.partition(b"\r\n")
        if not newline or len(after) < int(size, 16) + 2:
            break
        text, rest = text + after[: int(size, 16)], after[int(size, 16) + 2 :]
        # A part holds whole blocks, which spares keeping half of one.
        assert not text or text.endswith(b"\n\n")
    blocks = [block for block in text.split(b"\n\n") if block]
    return [*blocks, rest]
