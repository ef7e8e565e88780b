"""Entity tags (RFC 9110, 8.8 and 13): who has an answer already is told so, and nobody overwrites what they never saw.

Every JSON answer to a GET gets a strong `ETag`, made of its bytes; `If-None-Match` is answered with 304. A PATCH, PUT
or DELETE with `If-Match` is done only while a GET of the same address would still answer what the tag was given for,
and otherwise answered with 412. That GET is made here, so that routes need nothing for it. What one server does about
one address under `If-Match` it does one after the other, so that of two changes that saw the same state one is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coaxial.api.problems import answer_of, problem_of
from coaxial.domain.errors import ChangedMeanwhile

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')

_CHANGING = ("PATCH", "PUT", "DELETE")


class EntityTags:
    """Middleware that gives tags to JSON, and heeds those that requests bring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._one_by_one = _OneByOne()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, _Tagging(Headers(scope=scope), scope["method"], send))
        elif scope["method"] in _CHANGING and "if-match" in Headers(scope=scope):
            async with self._one_by_one.of(scope["path"]):
                await self._if_it_matches(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _if_it_matches(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, tag = await self._asked(scope)
        wanted = ", ".join(Headers(scope=scope).getlist("if-match"))
        # Of what is not there the route itself has more to say.
        if status == HTTPStatus.NOT_FOUND or (tag and (wanted.strip() == "*" or tag in _tags(wanted))):
            await self._app(scope, receive, send)
            return
        changed = ChangedMeanwhile(
            "What is here now is not what your change was made for: something else changed it meanwhile."
            if tag
            else "There is no entity tag of this address that If-Match could be compared with.",
            remedy="Ask for it again, and repeat the change." if tag else "Send the request without If-Match.",
        )
        await answer_of(problem_of(changed), {"ETag": tag} if tag else None)(scope, receive, send)

    async def _asked(self, scope: Scope) -> tuple[int, str]:
        """Status and tag of what a GET of the same address answers now."""
        told = _Answered()
        headers = [(name, value) for name, value in scope["headers"] if name not in _OF_THE_CHANGE]
        tagging = _Tagging(Headers(), "GET", told)
        asking = asyncio.ensure_future(self._app({**scope, "method": "GET", "headers": headers}, _Nothing(), tagging))
        asking.add_done_callback(lambda _: told.begun.set())
        try:
            await told.begun.wait()
        finally:
            # Of a file the rest is not wanted, and a stream of events has no end.
            asking.cancel()
        await asyncio.wait((asking,))
        if not asking.cancelled():
            asking.result()
        return told.status, told.tag


_OF_THE_CHANGE = {b"if-match", b"if-none-match", b"content-length", b"content-type", b"transfer-encoding", b"range"}


class _Nothing:
    """A `receive` of a request without a body, whose client stays: answers that are streamed watch for its going."""

    _told = False

    async def __call__(self) -> Message:
        if self._told:
            await asyncio.Event().wait()
        self._told = True
        return {"type": "http.request", "body": b"", "more_body": False}


class _Answered:
    """A `send` that keeps the status and the tag of an answer."""

    status = 0
    tag = ""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.tag = Headers(raw=message["headers"]).get("etag", "")
            self.begun.set()


class _Tagging:
    """A `send` that holds JSON back until its bytes are known; whatever else there is goes through as it comes."""

    def __init__(self, asked: Headers, method: str, send: Send) -> None:
        self._asked, self._method, self._send = asked, method, send
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_tagged(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._tell(self._start, b"".join(self._body))

    async def _tell(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=start["headers"])
        headers.setdefault("cache-control", "private, no-cache")
        # A HEAD has no body here where a route answers it by itself.
        if body or self._method == "GET":
            headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if _is_known(self._asked, headers.get("etag", "")):
            for name in ("content-length", "content-type"):
                del headers[name]
            start, body = {**start, "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers.raw}, b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_tagged(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return start["status"] == HTTPStatus.OK and kind == "application/json" and "etag" not in headers


def _is_known(asked: Headers, tag: str) -> bool:
    wanted = ", ".join(asked.getlist("if-none-match"))
    # Weak comparison: that a cache made the tag weak is no difference to a reader.
    return bool(tag) and (wanted.strip() == "*" or tag in {one.removeprefix("W/") for one in _tags(wanted)})


def _tags(listed: str) -> list[str]:
    return _TAG.findall(listed)


class _OneByOne:
    """A lock for each address that is being changed."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, path: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(path, asyncio.Lock())
        self._waiting[path] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[path] -= 1
            if not self._waiting[path]:
                del self._waiting[path], self._locks[path]
