"""A real HTTP server on loopback that speaks the hub's paths and ranges, and misbehaves when it is told to."""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_CHUNK = 64 * 1024


@dataclass
class Asked:
    """One request as it came, and what went out for it."""

    method: str
    path: str
    headers: dict[str, str]
    status: int = 0
    first: int = 0
    sent: int = 0


@dataclass
class Misdeed:
    """What is done wrong with one answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int | None = None
    """Bytes of the body, after which the connection ends."""
    stall_after: int | None = None
    """Bytes of the body, after which nothing comes any more."""
    length: int | None = None
    """Said instead of the true Content-Length."""
    then: Callable[[], None] = lambda: None
    """Done once the answer is over."""


class Hub:
    """Files by path; `url` is where they are, `asked` what was asked."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        """tls: certificate and key, for https."""
        self.files: dict[str, bytes | Path] = {}
        self.tags: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.gets: deque[Misdeed] = deque()
        """Taken by one GET of a file after the other; as it should be when there is none."""
        self.heads: deque[Misdeed] = deque()
        self.redirects: dict[str, str] = {}
        self.linked = True
        """Whether paths below /datasets are answered as the hub does: with size and sha256, and a redirect."""
        self.ranges = True
        self.validators = True
        self.token = ""
        self.pause_per_chunk = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.stopped = threading.Event()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, contents: bytes | Path) -> str:
        """Offer a file; answers its URL. A changed file has another ETag."""
        self.files[path] = contents
        self.tags[path] = f'"{self.sha256(path)[:32]}"'
        return self.url + path

    def sha256(self, path: str) -> str:
        """Of a file that is offered."""
        contents = self.files[path]
        if isinstance(contents, Path):
            with contents.open("rb") as file:
                digest = hashlib.sha256()
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            return digest.hexdigest()
        return hashlib.sha256(contents).hexdigest()

    def sent(self, path: str = "") -> int:
        """Bytes of bodies that went out for a path."""
        return sum(one.sent for one in self.asked if one.method == "GET" and one.path.endswith(path))

    @contextmanager
    def running(self) -> Iterator[Hub]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopped.set()
            self._server.shutdown()
            self._server.server_close()


def on_hub(url: str) -> str:
    """The path at which a hub offers what is published at a URL of the real one."""
    return unquote(url.removeprefix("https://huggingface.co"))


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer("HEAD", hub.heads)

        def do_GET(self) -> None:
            self._answer("GET", hub.gets)

        def _answer(self, method: str, misdeeds: deque[Misdeed]) -> None:
            path = unquote(urlsplit(self.path).path)
            asked = Asked(method, path, {key.lower(): value for key, value in self.headers.items()})
            hub.asked.append(asked)
            try:
                if not self._redirected(asked):
                    self._file(asked, misdeeds.popleft() if misdeeds else Misdeed())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _redirected(self, asked: Asked) -> bool:
            if hub.token and asked.path.startswith("/datasets/") and asked.headers.get("authorization") != hub.token:
                return self._end(asked, 401, {})
            if urlsplit(self.path).query.startswith("to="):
                return self._end(asked, 302, {"Location": unquote(urlsplit(self.path).query.removeprefix("to="))})
            if asked.path in hub.redirects:
                return self._end(asked, 302, {"Location": hub.redirects[asked.path]})
            if hub.linked and asked.path.startswith("/datasets/") and asked.path in hub.files:
                facts = {"X-Linked-Size": str(_size(hub.files[asked.path]))}
                facts["X-Linked-Etag"] = f'"{hub.sha256(asked.path)}"'
                return self._end(asked, 302, {**facts, "Location": f"/cdn{self.path}?signature=1"})
            return False

        def _end(self, asked: Asked, status: int, headers: dict[str, str], body: bytes = b"") -> bool:
            asked.status = status
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if asked.method == "GET":
                self.wfile.write(body)
            return True

        def _file(self, asked: Asked, misdeed: Misdeed) -> None:
            path = asked.path.removeprefix("/cdn")
            if misdeed.status or misdeed.body is not None:
                self._end(asked, misdeed.status or 200, misdeed.headers, misdeed.body or b"")
            elif path not in hub.files:
                self._end(asked, 404, {}, b"not here")
            else:
                self._send(asked, path, misdeed)
            misdeed.then()

        def _send(self, asked: Asked, path: str, misdeed: Misdeed) -> None:
            contents, size = hub.files[path], _size(hub.files[path])
            asked.first = self._start(asked, path)
            if asked.first > 0 and asked.first >= size:
                self._end(asked, 416, {"Content-Range": f"bytes */{size}"})
                return
            asked.status = 206 if asked.first else 200
            self.send_response(asked.status)
            length = size - asked.first if misdeed.length is None else misdeed.length
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
            if hub.validators:
                headers["ETag"] = hub.tags[path]
            if asked.first:
                headers["Content-Range"] = f"bytes {asked.first}-{size - 1}/{size}"
            for key, value in {**headers, **misdeed.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if asked.method == "GET":
                self._body(asked, contents, size, misdeed)

        def _start(self, asked: Asked, path: str) -> int:
            wanted = asked.headers.get("range", "")
            condition = asked.headers.get("if-range")
            if not wanted or not hub.ranges or (condition and condition != hub.tags[path]):
                return 0
            return int(wanted.removeprefix("bytes=").rstrip("-"))

        def _body(self, asked: Asked, contents: bytes | Path, size: int, misdeed: Misdeed) -> None:
            ends = [asked.first + end for end in (misdeed.cut_after, misdeed.stall_after) if end is not None]
            end = min([size, *ends])
            if isinstance(contents, Path):
                self._send_path(asked, contents, end)
            else:
                for at in range(asked.first, end, _CHUNK):
                    self.wfile.write(contents[at : min(at + _CHUNK, end)])
                    asked.sent += min(at + _CHUNK, end) - at
                    time.sleep(hub.pause_per_chunk)
            if misdeed.stall_after is not None:
                hub.stopped.wait(30)
            if end < size or misdeed.length is not None:
                self.close_connection = True

        def _send_path(self, asked: Asked, contents: Path, end: int) -> None:
            self.wfile.flush()
            with contents.open("rb") as file:
                at = asked.first
                while at < end:
                    count = os.sendfile(self.connection.fileno(), file.fileno(), at, min(1 << 20, end - at))
                    at += count
                    asked.sent += count
                    time.sleep(hub.pause_per_chunk)

    return Handler


def _size(contents: bytes | Path) -> int:
    return contents.stat().st_size if isinstance(contents, Path) else len(contents)
