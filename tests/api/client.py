"""A real server on a free port of loopback, and a client that asks it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from fastapi import FastAPI
from uvicorn import Config, Server


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: Any
    json: Any


class Client:
    """Asks one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager()

    def __call__(self, method: str, path: str, **headers: str) -> Answer:
        """headers: Host, Origin."""
        came = self._pool.request(method, self.url + path, headers=headers, retries=False, timeout=30)
        return Answer(came.status, came.headers, json.loads(came.data) if came.data else None)

    def until(self, path: str, is_so: Callable[[Any], bool], seconds: float = 60) -> Any:
        """Ask again and again; answers the first that is so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self("GET", path).json
            if is_so(found):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{path} still answers {found}")


@contextmanager
def serving(app: FastAPI) -> Iterator[Client]:
    """A server of an application for the length of a block."""
    server = Server(Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield Client(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
