"""A server that others could reach, on this machine: it listens on loopback and is told that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3

from api.client import serving
from coaxial.api.access import Access
from coaxial.api.app import create_app
from coaxial.settings import Settings
from coaxial.workflows.server_token import new_token

NAME = "studio.example"


@dataclass
class Network:
    """A server with a token, and how to ask it."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> urllib3.BaseHTTPResponse:
        """headers: with _ for -; none of them is made up."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more: dict[str, Any] = {} if body is None else {"json": body}
        return urllib3.request(method, self.url + path, headers=named, retries=False, timeout=30, **more)

    def cookie(self) -> str:
        """Sign in; answers what a browser then sends."""
        answer = self.ask("POST", "/api/session", {"token": self.token})
        assert answer.status == 200
        return str(answer.headers["Set-Cookie"]).partition(";")[0]


@contextmanager
def on_network(settings: Settings, access: Access | None = None) -> Iterator[Network]:
    """Serve a data directory for the length of a block, as one whose address others can reach."""
    token = new_token(settings)
    with serving(create_app(settings, access or Access("0.0.0.0", (NAME,)))) as client:
        yield Network(client.url, token)
