"""Bodies that are written to the disk as they come, and never held in memory."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from coaxial.domain.errors import RequestTooLarge, RequestTooSlow
from coaxial.domain.files import storage_errors

_TOGETHER = 1 << 20
"""Bytes that are written at once."""


async def pieces(request: Request, limit: int, seconds: float = 600.0) -> AsyncIterator[bytes]:
    """A request's body in pieces of some size, not one byte more than the limit.

    seconds: how long all of it may take; how long nothing may come is bounded for every request (`limits.py`).
    Raises: RequestTooLarge, RequestTooSlow (also where the connection ended).
    """
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed[:20]) > limit:
        raise too_large(limit)
    came, waiting, deadline = 0, bytearray(), time.monotonic() + seconds
    stream = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream, None), max(0.0, deadline - time.monotonic()))
        except (asyncio.TimeoutError, TimeoutError):
            raise RequestTooSlow(
                "The rest of the request did not come in time.", remedy="Send it again over a better connection."
            ) from None
        except ClientDisconnect:
            raise RequestTooSlow("The connection ended before the whole request had come.") from None
        if piece is None:
            break
        came += len(piece)
        if came > limit:
            raise too_large(limit)
        waiting += piece
        if len(waiting) >= _TOGETHER:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


async def receive_file(request: Request, path: Path, limit: int, seconds: float = 600.0) -> str:
    """Write a request's body to a new file; answers its sha256. Raises: as pieces, StorageFailure."""
    digest = hashlib.sha256()
    write = await run_in_threadpool(_opened, path)
    try:
        async for piece in pieces(request, limit, seconds):
            digest.update(piece)
            await run_in_threadpool(_written, path, write, piece)
    finally:
        await run_in_threadpool(write.close)
    return digest.hexdigest()


def too_large(limit: int) -> RequestTooLarge:
    """For a request that brings more than so many bytes."""
    return RequestTooLarge(
        f"The request brings more than {limit:,} bytes.", remedy="Send less, or large files in parts to /api/uploads."
    )


def _opened(path: Path) -> Any:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb", buffering=0)


def _written(path: Path, file: Any, piece: bytes) -> None:
    write: Callable[[memoryview], int] = file.write
    rest = memoryview(piece)
    with storage_errors(path):
        # An unbuffered file may take a part only.
        while rest:
            rest = rest[write(rest) :]
