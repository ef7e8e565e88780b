"""A client of `/api/events` that comes back after every interruption with the id of the last event it saw."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any


class Listener:
    """What one page knows of everything that happens, since there is anything."""

    def __init__(self, port: int) -> None:
        self._port, self._last, self._closing = port, "0", threading.Event()
        self._lock = threading.Lock()
        self.metrics: dict[str, list[dict[str, Any]]] = {}
        """Of each run, the lines that were told and not withdrawn."""
        self.log: list[dict[str, Any]] = []
        self.jobs: dict[int, dict[str, Any]] = {}
        self.connections = 0
        self.withdrawn = 0
        self.problem = ""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(20)

    def knows(self, run: str) -> int:
        """How many lines of a run it was told."""
        with self._lock:
            return len(self.metrics.get(run, ()))

    def _run(self) -> None:
        while not self._closing.is_set() and not self.problem:
            try:
                for kind, data, id in self._events():
                    with self._lock:
                        self._take(kind, json.loads(data))
                        self._last = id
                    if self._closing.is_set():
                        return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)  # the server is away
            except Exception as error:
                self.problem = repr(error)

    def _events(self) -> Iterator[tuple[str, str, str]]:
        """Kind, data and id of each event that came whole."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            headers = {} if self._last == "0" else {"Last-Event-ID": self._last}
            connection.request("GET", "/api/events?since=0", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            self.connections += 1
            fields: dict[str, str] = {}
            for raw in iter(answer.readline, b""):
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields and "id" in fields:
                    yield fields["event"], fields["data"], fields["id"]
                    fields = {}
                else:
                    fields = {}
        finally:
            connection.close()

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "hello":
            assert data["resumed"], "it was told that something was missed"
        elif kind == "job":
            self.jobs[data["id"]] = data
        elif kind == "log":
            self.log.append(data)
        elif kind == "metrics":
            known = self.metrics.setdefault(data["run"], [])
            if data["withdrawn"]:
                del known[len(known) - data["withdrawn"] :]
                self.withdrawn += data["withdrawn"]
            assert data["first"] == len(known), f"line {data['first']} follows line {len(known) - 1}"
            known.extend(data["lines"])
