"""Every request has an id, a line in the log and a place in the figures."""

from __future__ import annotations

import logging
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coaxial.api.guard import address_of, is_data
from coaxial.api.metrics import Metrics
from coaxial.domain.tracing import current_request

_log = logging.getLogger("coaxial.requests")


class Watching:
    """Middleware around all others that sees how each request ends."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = uuid4().hex[:16]
        before = current_request.set(request)
        answer = _Answer(send, request, self._metrics)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, answer)
        finally:
            answer.end()
            self._tell(scope, answer, time.perf_counter() - began)
            current_request.reset(before)

    def _tell(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        method, status, route = scope["method"], answer.status, route_of(scope)
        if not answer.is_stream:
            self._metrics.count(method if method in _METHODS else "other", route, status, seconds)
        fields = {
            "method": method,
            "path": scope["path"],
            "route": route,
            "status": status,
            "milliseconds": round(1000 * seconds, 1),
            "address": address_of(scope),
        }
        _log.info("%s %s: %d", method, scope["path"], status, extra={"fields": fields})


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class _Answer:
    """A `send` that notices the status, and the streams of events."""

    def __init__(self, send: Send, request: str, metrics: Metrics) -> None:
        self._send, self._request, self._metrics = send, request, metrics
        # What an error that nobody foresaw ends as, further out.
        self.status = 500
        self.is_stream = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = self._request
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream"):
                self.is_stream = True
                self._metrics.streams.inc()
        await self._send(message)

    def end(self) -> None:
        """The request is over, however it ended."""
        if self.is_stream:
            self._metrics.streams.dec()


def route_of(scope: Scope) -> str:
    """The path of a request with its parts named, as the route that answered it has it: /api/jobs/{id}."""
    path = scope["path"]
    named = str(getattr(scope.get("route"), "path", ""))
    if not named:
        return "(none)" if is_data(path) else "(page)"
    # Routers are put below a path that their routes do not know of.
    above = path.rstrip("/").split("/")[: -named.count("/")] if ":path}" not in named else []
    return "/".join(above) + named
