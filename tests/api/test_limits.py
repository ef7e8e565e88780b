"""What a request may bring and how long it may take, and what browsers are told about every answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request

from api.client import Client, serving
from coaxial.api import limits
from coaxial.api.app import create_app
from coaxial.api.limits import LARGEST_BODY
from coaxial.api.security import SECURITY_HEADERS
from coaxial.settings import Settings

TAKING_FILES = "/api/uploads/none"


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application, and a route that counts what comes."""
    app = create_app(settings)

    async def count(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    def parse(body: dict[str, Any]) -> int:
        return len(body)

    app.add_api_route("/api/count", count, methods=["POST"])
    app.add_api_route("/api/parse", parse, methods=["POST"])
    app.add_api_route("/api/uploads/none", count, methods=["POST"])
    app.add_api_route("/api/divide", lambda: 1 // 0)
    app.router.routes.insert(0, app.router.routes.pop(-2))
    return app


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Client]:
    with serving(app) as client:
        yield client


class Raw:
    """A connection that sends as slowly, and as much, as the test likes."""

    def __init__(self, ask: Client) -> None:
        self._socket = socket.create_connection(("127.0.0.1", int(ask.url.rpartition(":")[2])), timeout=20)

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def answer(self) -> tuple[int, Any]:
        """Status and JSON, once the server has ended the connection."""
        came = b""
        while part := self._socket.recv(65536):
            came += part
        head, _, body = came.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)


def begin(ask: Client, path: str, header: str) -> Raw:
    raw = Raw(ask)
    raw.send(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{header}\r\n\r\n")
    return raw


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(ask: Client) -> None:
    status, problem = begin(ask, "/api/parse", f"Content-Length: {LARGEST_BODY + 1}").answer()
    assert (status, problem["title"]) == (413, "Request too large")
    assert "/api/uploads" in problem["remedy"]


@pytest.mark.parametrize("path", ["/api/count", "/api/parse"])
def test_a_body_that_turns_out_too_large_is_refused_where_it_does(ask: Client, path: str) -> None:
    raw = begin(ask, path, "Transfer-Encoding: chunked")
    part = " " * (LARGEST_BODY // 2)
    for _ in range(3):
        raw.send(f"{len(part):x}\r\n{part}\r\n")
    assert raw.answer()[0] == 413


def test_the_largest_body_is_taken(ask: Client) -> None:
    came = ask._pool.request("POST", ask.url + "/api/count", body=bytes(LARGEST_BODY))
    assert came.json() == LARGEST_BODY
    whole = json.dumps({"a": "x" * (LARGEST_BODY - 9)}).encode()
    assert len(whole) == LARGEST_BODY
    assert ask._pool.request("POST", ask.url + "/api/parse", body=whole).status in (200, 422)


def test_a_route_that_takes_files_takes_more(ask: Client) -> None:
    assert ask._pool.request("POST", ask.url + TAKING_FILES, body=bytes(3 * LARGEST_BODY)).json() == 3 * LARGEST_BODY


@pytest.mark.parametrize("path", ["/api/count", "/api/parse", TAKING_FILES])
def test_a_body_that_does_not_come_is_not_waited_for(ask: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
    raw = begin(ask, path, "Content-Length: 100")
    raw.send("{")
    status, problem = raw.answer()
    assert (status, problem["title"]) == (408, "Request too slow")


def test_one_that_drips_is_given_its_time_and_no_more_unless_it_is_a_file(
    ask: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
    file = begin(ask, TAKING_FILES, "Connection: close\r\nContent-Length: 8")
    dripped = begin(ask, "/api/count", "Content-Length: 8")
    began = time.monotonic()
    for _ in range(8):
        file.send("x")
        if time.monotonic() - began < 0.4:
            dripped.send("x")
        time.sleep(0.12)
    assert file.answer() == (200, 8)
    assert dripped.answer()[0] == 408


def test_every_answer_tells_browsers_to_load_and_send_nothing_elsewhere(ask: Client) -> None:
    asked = {
        200: ask("GET", "/api/session"),
        403: ask("GET", "/api/session", Host="evil.example"),
        404: ask("GET", "/api/nothing"),
        405: ask("PUT", "/api/session"),
        500: ask("GET", "/api/divide"),
    }
    for status, answer in asked.items():
        assert answer.status == status
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers.getlist(name) == [value], (status, name)


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    parts = {name: sources for name, *sources in (part.split() for part in policy.split(";"))}
    assert parts["default-src"] == parts["script-src"] == parts["style-src"] == ["'self'"]
    assert parts["frame-ancestors"] == parts["object-src"] == parts["base-uri"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & {
        one for two in parts.values() for one in two
    }
