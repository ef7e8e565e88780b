"""How much a request may bring, and how long it may take to.

A body of more than a mebibyte is refused (RFC 9110, 15.5.14), as soon as that is known; one that does not come within
half a minute too (15.5.9). Routes that take files have their own limits of size; who sends them has to go on sending.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coaxial.api.problems import answer_of, problem_of
from coaxial.domain.errors import CoaxialError, RequestTooLarge, RequestTooSlow

LARGEST_BODY = 1 << 20
"""Bytes of a body that is no file."""

BODY_SECONDS = 30.0
"""For the whole of a body that is no file; of a file, for the next part of it."""

_LET_COME, _LET_COME_SECONDS = 8 * LARGEST_BODY, 0.5
"""Of a body that is refused: bytes in all, and between two parts."""

TAKES_FILES = re.compile(r"/api/(recordings|prompt-lists/file|uploads/[^/]+)")
"""Paths whose routes bound what they are sent by themselves."""


class Limits:
    """Middleware that bounds what requests bring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bounded = _Bounded(receive, takes_files=TAKES_FILES.fullmatch(scope["path"]) is not None)
        answer = _Answer(bounded, send)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and not bounded.allows(int(length)):
            await answer.refuse(scope, receive)
            return
        try:
            await self._app(scope, bounded, answer)
        except Exception:
            if bounded.refusal is None or answer.begun:
                raise
        if bounded.refusal is not None and not answer.begun:
            await answer.refuse(scope, receive)


class _Bounded:
    """A `receive` that ends, as if the client had gone, where it brings too much or takes too long."""

    def __init__(self, receive: Receive, *, takes_files: bool) -> None:
        self._receive, self._takes_files = receive, takes_files
        self._bytes = 0
        self._ended = False
        self._until: float | None = None
        self.refusal: CoaxialError | None = None

    async def __call__(self) -> Message:
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        if self._ended:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds_left())
        except asyncio.TimeoutError:
            self.refusal = RequestTooSlow(
                f"The request did not come within {BODY_SECONDS:g} seconds.",
                remedy="Check the connection and send it again.",
            )
            return {"type": "http.disconnect"}
        self._bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message if self.allows(self._bytes) else {"type": "http.disconnect"}

    def allows(self, length: int) -> bool:
        """Whether a body may have so many bytes."""
        if self._takes_files or length <= LARGEST_BODY:
            return True
        self.refusal = RequestTooLarge(
            f"The request is larger than {LARGEST_BODY >> 20} MiB.", remedy="Send large files to /api/uploads."
        )
        return False

    def _seconds_left(self) -> float:
        now = time.monotonic()
        if self._until is None or self._takes_files:
            self._until = now + BODY_SECONDS
        return max(0.0, self._until - now)


class _Answer:
    """A `send` which lets nothing through of what a route says to a request that was cut short here."""

    def __init__(self, bounded: _Bounded, send: Send) -> None:
        self._bounded, self._send = bounded, send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if self._bounded.refusal is None or self.begun:
            self.begun = True
            await self._send(message)

    async def refuse(self, scope: Scope, receive: Receive) -> None:
        """Say why, and end the connection: what is still to come of the request is nobody's."""
        assert self._bounded.refusal is not None
        if isinstance(self._bounded.refusal, RequestTooLarge):
            await _let_come(receive)
        await answer_of(problem_of(self._bounded.refusal), {"Connection": "close"})(scope, receive, self._send)


async def _let_come(receive: Receive) -> None:
    """Take a little more of a body: a client that is still sending when the connection ends never reads why it did."""
    left = _LET_COME
    with contextlib.suppress(asyncio.TimeoutError):
        while left > 0:
            message = await asyncio.wait_for(receive(), _LET_COME_SECONDS)
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                return
