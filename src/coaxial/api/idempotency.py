"""`Idempotency-Key`: a request that creates something can be sent again without creating it twice.

As the IETF's draft "The Idempotency-Key HTTP Header Field" has it: the same key with the same request is answered with
the same answer again (and `Idempotency-Replayed: true`), with another request with 422, and with 409 while the first
one is worked on. An answer is remembered for a day; one that refused is not, for it created nothing: the key is free.

A router opts in for all its POSTs: `APIRouter(route_class=CreatingOnce, …)`. Nothing else is needed, except where work
is queued: a server may be killed after the job was queued and before its answer was kept, so the key goes into the
job's own row. Such a route takes `key: KeyOf` and passes it on: `queue.submit(kind, arguments, after, key=key)`.

Bodies are compared by digest as they come, so that a long recording is not held in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response, params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from coaxial.api.problems import documented
from coaxial.domain.errors import StorageFailure
from coaxial.store.answers import AnswerRecord
from coaxial.workflows.answer_once import Answering, another_request

_KEY = re.compile("[!-~]{1,255}")

_KEPT = ("location", "content-type", "etag")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


async def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=f"^{_KEY.pattern}$",
            description="A name of the client's for this request, such as a UUID: sent again with the same name, it is "
            "answered as before and done once. Remembered for a day.",
            examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
        ),
    ] = None,
) -> str:
    return idempotency_key or ""


KeyOf = Annotated[str, Depends(_key)]
"""The request's Idempotency-Key; empty where it brought none."""


class CreatingOnce(APIRoute):
    """A route whose POST is done once for each key."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        responses: dict[int | str, dict[str, Any]] | None = None,
        **more: Any,
    ) -> None:
        if "POST" in (methods or ()):
            dependencies = [*(dependencies or ()), Depends(_key)]
            responses = {**documented(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY), **(responses or {})}
        super().__init__(path, endpoint, methods=methods, dependencies=dependencies, responses=responses, **more)

    def get_route_handler(self) -> Handler:
        """As FastAPI has it, around which the key is looked at."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key", "")
            # What is no key is refused by the parameter above, in words.
            if request.method != "POST" or not _KEY.fullmatch(key):
                return await handler(request)
            return await _once(request, key, handler)

        return once


async def _once(request: Request, key: str, handler: Handler) -> Response:
    answering: Answering = request.app.state.answering
    body = _Digested(request.receive)
    address = f"{request.method} {request.url.path}?{request.url.query}"
    before = await run_in_threadpool(answering.begin, key, hashlib.sha256(address.encode()).hexdigest())
    if before is not None:
        return await _again(before, body)
    try:
        response = await handler(Request(request.scope, body))
    except BaseException:
        # Where not even that can be written, the key is taken over from a server that does not work on it.
        with contextlib.suppress(StorageFailure):
            await run_in_threadpool(answering.drop, key)
        raise
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES and isinstance(response.body, bytes):
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        digest = await body.digest()
        await run_in_threadpool(answering.finish, key, digest, response.status_code, headers, response.body)
    else:
        await run_in_threadpool(answering.drop, key)
    return response


async def _again(before: AnswerRecord, body: _Digested) -> Response:
    """The answer of the same request before. Raises: InvalidOption (the body is another one)."""
    if await body.digest() != before.digest:
        raise another_request(before.key)
    headers = {**before.headers, "Idempotency-Replayed": "true"}
    return Response(before.body, status_code=before.status or HTTPStatus.OK, headers=headers)


class _Digested:
    """A `receive` that takes the digest of what comes through it."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._hash, self._ended = receive, hashlib.sha256(), False

    async def __call__(self) -> Message:
        message = await self._receive()
        self._hash.update(message.get("body", b""))
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def digest(self) -> str:
        """Of the whole body, the rest of which is read for it."""
        while not self._ended:
            await self()
        return self._hash.hexdigest()
