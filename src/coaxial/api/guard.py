"""Only whom the server is there for is answered: nothing that another web site had a browser send, and over the network
only who has the token.

A site can have its name resolve to this computer (DNS rebinding), which Host tells (RFC 9110, 7.2), or post from its
own pages, which Origin tells (the Fetch standard, 3.2), or have the browser fetch something (Sec-Fetch-Site).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from coaxial.api.access import Access
from coaxial.api.gate import Gate
from coaxial.api.problems import answer_of, headers_of, problem_of
from coaxial.domain.errors import CoaxialError, ForeignRequest, TokenNeeded

SESSION = "/api/session"
"""Where the token is brought to; it looks at it itself."""

_DATA = ("/api", "/v1", "/metrics")
"""Everything below is asked for with the token; what else there is are the pages that ask for it."""


class Guard:
    """Middleware that lets through who may ask."""

    def __init__(self, app: ASGIApp, access: Access, gate: Gate) -> None:
        self._app, self._access, self._gate = app, access, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope, Headers(scope=scope))
        except CoaxialError as refusal:
            if scope["type"] == "http":
                await answer_of(problem_of(refusal), headers_of(refusal))(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Raises: ForeignRequest, TokenNeeded, TooManyTries, StorageFailure (the token's file is damaged)."""
        self._check_host(scope, headers)
        self._check_origin(scope, headers)
        _check_site(scope, headers)
        path = scope["path"]
        if self._gate.needs_token and is_data(path) and path != SESSION:
            self._check_token(scope, headers)

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        came_to = str((scope.get("server") or ("", None))[0])
        if len(hosts) == 1 and self._access.is_for(hosts[0], came_to):
            return
        named = repr(", ".join(hosts)[:80])
        if not self._access.needs_token:
            raise ForeignRequest(
                f"This server answers on this computer only, and {named} is no name of it.",
                remedy="Use the address that it printed when it started, such as http://127.0.0.1:8000.",
            )
        raise ForeignRequest(
            f"This server does not go by the name {named}.",
            remedy="Use the address that it printed when it started, or start it with --allow-host and that name.",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        host = headers["host"]
        own = [_origin(f"{scheme}://{host}") for scheme in self._schemes(scope, host)]
        # One that is given must be this very server: another port is another program's page.
        for origin in headers.getlist("origin"):
            if _origin(origin) not in own:
                raise ForeignRequest(
                    f"A page of {origin[:80]!r} asked for this, and only this server's own pages may.",
                    remedy="Open the server's own address in the browser.",
                )

    def _schemes(self, scope: Scope, host: str) -> set[str]:
        # A proxy that names are given for may speak TLS in this server's place.
        return {str(scope["scheme"])} | ({"https"} if self._access.is_given(host) else set())

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and token.strip():
            self._gate.check(token.strip(), address_of(scope))
        elif self._gate.session_ends(cookies_of(headers)) is None:
            raise TokenNeeded(
                "This server asks for its token.",
                remedy="Send it as Authorization: Bearer TOKEN, or open the server's page and enter it there.",
            )


def is_data(path: str) -> bool:
    """Whether a path is not one of the pages'."""
    return any(path == root or path.startswith(f"{root}/") for root in _DATA)


def address_of(scope: Scope) -> str:
    """Of who asks."""
    return str((scope.get("client") or ("", None))[0])


def cookies_of(headers: Headers) -> Mapping[str, str]:
    """By name."""
    # The lenient way: another server on this machine may have left a cookie here that is none (ports share them).
    return cookie_parser("; ".join(headers.getlist("cookie")))


def _check_site(scope: Scope, headers: Headers) -> None:
    """Raises: ForeignRequest. A link on another site may lead to a page; nothing else of it may ask for anything."""
    site = headers.get("sec-fetch-site", "none").lower()
    if site in ("none", "same-origin"):
        return
    is_link = headers.get("sec-fetch-mode", "").lower() == "navigate" and headers.get("sec-fetch-dest") == "document"
    if scope["method"] not in ("GET", "HEAD") or not is_link:
        raise ForeignRequest(
            "Another site's page asked for this, and only this server's own pages may.",
            remedy="Open the server's own address in the browser.",
        )


def _origin(address: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port, the usual port spelled out; None for what is no origin, such as `null`."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
