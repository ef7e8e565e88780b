"""What an attacker tries, against every route that the application has: a new one is tried by itself."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi import FastAPI

from api.client import serving
from api.network import on_network
from coaxial.api.app import create_app
from coaxial.api.limits import LARGEST_BODY
from coaxial.settings import Settings

Operations = list[tuple[str, str, dict[str, Any]]]

SECRET = "the-content-of-a-file-that-nobody-may-read"

_JSON = (b"{}", {"Content-Type": "application/json"})

# Each leads to the secret, or out of the data directory, if it is joined to a path anywhere.
TRAVERSALS = (
    "..%2f..%2fsecret.txt",
    "..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2f%2e%2e%2fsecret.txt",
    "..%252f..%252fsecret.txt",
    "..%5c..%5csecret.txt",
    "..%c0%af..%c0%afsecret.txt",
    "%uff0e%uff0e%u2215secret.txt",
    "．．%2f．．%2fsecret.txt",
    "secret.txt%00",
    "%00..%2fsecret.txt",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "~%2fsecret.txt",
    "%0d%0aSet-Cookie:%20a=b",
    "%ff%fe",
    "%ed%a0%80",
    "a" * 5000,
    "..",
    ".",
    "%20",
    "-1",
    "99999999999999999999999",
    "'%20OR%201=1--",
)


class Raw:
    """Sends requests byte for byte, where other clients tidy addresses up."""

    def __init__(self, url: str) -> None:
        self.netloc = urlsplit(url).netloc

    def __call__(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        # http.client itself refuses what is no ASCII, or a control character.
        connection._validate_path = lambda url: None  # type: ignore[attr-defined]
        connection.request(method, quote(path, safe="/%?&=:.~'-"), body, headers or {})
        answer = connection.getresponse()
        # A stream that never ends has shown with its status what there is to see.
        ends = "text/event-stream" not in answer.headers.get("Content-Type", "")
        found = answer.status, answer.headers, answer.read() if ends else b""
        connection.close()
        return found


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    settings = Settings.read(folder / "data" / "dir", {"HF_HUB_OFFLINE": "1"})
    (settings.data_dir / "secret.txt").write_text(SECRET, encoding="utf-8")
    return settings


@pytest.fixture(scope="module")
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="module")
def ask(app: FastAPI) -> Iterator[Raw]:
    with serving(app) as client:
        yield Raw(client.url)


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> Operations:
    """Method, path and description of every operation."""
    found = [
        (method.upper(), path, operation)
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    ]
    assert len(found) > 50
    return found


def made(path: str, value: str) -> Iterator[str]:
    """The path with each of its parameters in turn as the value, the others harmless."""
    for attacked in re.findall(r"{(\w+)}", path):
        yield re.sub(r"{(\w+)}", lambda found, attacked=attacked: value if found[1] == attacked else "1", path)


def harmless(path: str) -> str:
    return re.sub(r"{\w+}", "1", path)


def outside(settings: Settings) -> set[Path]:
    """Files beside the data directory."""
    return {path for path in settings.data_dir.parent.parent.rglob("*") if settings.data_dir not in path.parents}


def gives_away(content: bytes) -> bool:
    return SECRET.encode() in content or b"root:" in content


def test_no_part_of_an_address_leads_to_another_file(ask: Raw, operations: Operations, settings: Settings) -> None:
    before, tried = outside(settings), 0
    for method, path, _ in operations:
        for value in TRAVERSALS:
            for attack in made(path, value):
                status, headers, content = ask(method, attack, *_JSON)
                assert status < 500 and not gives_away(content), f"{method} {attack}: {status}"
                assert "a=b" not in str(headers.get("Set-Cookie")), f"{method} {attack}"
                tried += 1
    assert tried > 1000
    assert outside(settings) == before


def test_no_name_in_a_body_leads_to_another_file(
    ask: Raw, operations: Operations, app: FastAPI, settings: Settings
) -> None:
    before, tried = outside(settings), 0
    for method, path, operation in operations:
        for example in examples(app, operation):
            for value in ("../../secret.txt", "/etc/passwd", "..\\..\\secret.txt", "a\0b", "\u202e", "~", "."):
                for body in replaced(example, value):
                    status, _, content = ask(method, harmless(path), json.dumps(body).encode(), _JSON[1])
                    assert status < 500 and not gives_away(content), f"{method} {path} {body}: {status}"
                    tried += 1
    assert tried > 100
    assert outside(settings) == before


def examples(app: FastAPI, operation: dict[str, Any]) -> list[Any]:
    """The bodies that the description shows."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    named = app.openapi()["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return [*named.get("examples", []), *(one["value"] for one in content.get("examples", {}).values())]


def replaced(example: Any, value: str) -> Iterator[Any]:
    """The body with each of its texts in turn as the value."""
    if isinstance(example, str):
        yield value
    elif isinstance(example, dict):
        for key, inner in example.items():
            yield from ({**example, key: one} for one in replaced(inner, value))
    elif isinstance(example, list):
        for index, inner in enumerate(example):
            yield from ([*example[:index], one, *example[index + 1 :]] for one in replaced(inner, value))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
    ],
    ids=str,
)
def test_nothing_is_done_for_another_site_or_another_name(
    ask: Raw, operations: Operations, headers: dict[str, str]
) -> None:
    for method, path, _ in operations:
        status, _, content = ask(method, harmless(path), b"{}", {**_JSON[1], **headers})
        assert status == 403, f"{method} {path}: {status}"
        assert method == "HEAD" or json.loads(content)["title"] == "Foreign request"


def test_over_the_network_nothing_is_answered_without_the_token(operations: Operations, tmp_path: Path) -> None:
    with on_network(Settings.read(tmp_path, {})) as network:
        ask = Raw(network.url)
        forged = f"{network.cookie().partition('=')[0]}=guessed"
        for method, path, _ in operations:
            if path == "/api/session":
                continue
            for headers in ({}, {"Authorization": "Basic YTpi"}, {"Cookie": forged}):
                status, _, content = ask(method, harmless(path), b"{}", {**_JSON[1], **headers})
                assert status == 401, f"{method} {path} with {headers}: {status}"
                assert method == "HEAD" or json.loads(content)["title"] == "Token needed"


def test_a_body_that_is_too_large_or_too_deep_is_refused(ask: Raw, operations: Operations) -> None:
    large = json.dumps({"name": "a" * LARGEST_BODY}).encode()
    deep = b"[" * 200_000
    for method, path, operation in operations:
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        assert ask(method, harmless(path), large, _JSON[1])[0] == 413, f"{method} {path}"
        assert ask(method, harmless(path), deep, _JSON[1])[0] in (400, 404, 422), f"{method} {path}"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "FOO", "get", "X" * 30])
def test_a_method_that_no_route_has_is_refused(ask: Raw, operations: Operations, method: str) -> None:
    for path in sorted({path for _, path, _ in operations}):
        status, _, content = ask(method, harmless(path))
        assert status in (400, 403, 404, 405), f"{method} {path}: {status}"
        assert not gives_away(content)


def test_a_method_in_a_header_is_not_heeded(ask: Raw, operations: Operations) -> None:
    for path in sorted({path for method, path, _ in operations if method == "DELETE"}):
        plain = ask("GET", harmless(path))[0]
        assert ask("GET", harmless(path), None, {"X-HTTP-Method-Override": "DELETE"})[0] == plain


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/profiles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/profiles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        b"GET /api/voices HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/voices HTTP/1.1\r\n\r\n",
        b"GET http://evil.example/api/voices HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /api/voices HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["smuggled", "negative", "endless", "two hosts", "no host", "absolute", "long header", "TLS"],
)
def test_what_is_no_proper_request_is_refused_and_the_server_lives(ask: Raw, request_bytes: bytes) -> None:
    name, _, port = ask.netloc.partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        # Refused too by who hangs up while there is still something to be said.
        try:
            connection.sendall(request_bytes)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        except OSError:
            answer = b""
    assert not answer or answer.split()[1][:1] == b"4", answer[:100]
    assert ask("GET", "/api/voices")[0] == 200
