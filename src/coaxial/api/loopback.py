"""Only this computer's own programs and pages are answered: nothing that another web site had a browser send.

A site can have its name resolve to 127.0.0.1 (DNS rebinding), which Host tells (RFC 9110, 7.2), or post from its own
pages, which Origin tells (the Fetch standard, 3.2).
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from coaxial.api.problems import answer_of, problem_of
from coaxial.domain.errors import ForeignRequest

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\s]+)(:[0-9]{1,5})?")


class LoopbackOnly:
    """Refuses every request that is not for a name of this computer, or comes from another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(str(scope["scheme"]), Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await answer_of(problem_of(refusal))(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def _refusal(scheme: str, headers: Headers) -> ForeignRequest | None:
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or not is_loopback(hosts[0]):
        return ForeignRequest(
            f"This server answers on this computer only, and {', '.join(hosts)[:80]!r} is no name of it.",
            remedy="Use the address that it printed when it started, such as http://127.0.0.1:8000.",
        )
    # One that is given must be this very server: another port is another program's page.
    if any(_origin(one) != _origin(f"{scheme}://{hosts[0]}") for one in origins):
        return ForeignRequest(
            f"A page of {origins[0][:80]!r} asked for this, and only this server's own pages may.",
            remedy="Open the server's own address in the browser.",
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this computer."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found.group(1).strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _origin(address: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port, the usual port spelled out; None for what is no origin, such as `null`."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
