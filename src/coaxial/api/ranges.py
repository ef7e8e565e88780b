"""Bytes of files, whole or a part of them, and only where they changed (RFC 9110, 13 and 14).

A route gives `file_answer(request, path, …)` for a file, or `ranged(request, content, …)` for bytes of several, and is
declared with `**ranged_route("audio/wav")`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from coaxial.api.problems import documented
from coaxial.domain.errors import NotFound

CHUNK = 1 << 18
"""Bytes that are read at once."""

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


class Content(Protocol):
    """Bytes that stay the same while they are sent, whatever happens to the files that they came from."""

    length: int
    tag: str
    """The same only for the same bytes; without quotes."""
    modified: float
    """Seconds since 1970."""

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from start to before end."""

    def close(self) -> None:
        """Let go of the files."""


class FileContent:
    """A file that is open."""

    def __init__(self, path: Path) -> None:
        """Raises: NotFound, also where it went away at this moment."""
        try:
            self._file: BinaryIO = path.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound(f"The file {path.name} is not there any more.", remedy="Ask for the list again.") from None
        status = os.fstat(self._file.fileno())
        self.length, self.modified = status.st_size, status.st_mtime
        self.tag = f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """As Content."""
        self._file.seek(start)
        while start < end and (chunk := self._file.read(min(CHUNK, end - start))):
            start += len(chunk)
            yield chunk

    def close(self) -> None:
        """As Content."""
        self._file.close()


def file_answer(request: Request, path: Path, media_type: str, download_as: str = "") -> Response:
    """A file, or the part of it that was asked for. Raises: NotFound, HTTPException (416: the part is not in it)."""
    return ranged(request, FileContent(path), media_type, download_as)


def ranged(request: Request, content: Content, media_type: str, download_as: str = "") -> Response:
    """The bytes that were asked for; the answer closes the content. download_as: the name a browser saves it under.

    Raises: HTTPException (416).
    """
    headers = {
        "ETag": f'"{content.tag}"',
        "Last-Modified": formatdate(content.modified, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
    }
    if download_as:
        headers["Content-Disposition"] = disposition(download_as)
    if _knows(request.headers.get("if-none-match", ""), headers["ETag"]):
        content.close()
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = _asked(request, headers["ETag"], content.length)
    if part is not None and part[0] >= part[1]:
        content.close()
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"There is no such part: it has {content.length} bytes.",
            {"Content-Range": f"bytes */{content.length}"},
        )
    start, end = part or (0, content.length)
    headers["Content-Length"] = str(end - start)
    status = HTTPStatus.OK
    if part is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.length}"
    if request.method == "HEAD":
        content.close()
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_sent(content, start, end), status, headers, media_type)


def disposition(name: str, kind: str = "attachment") -> str:
    """Content-Disposition with a name in any script (RFC 6266)."""
    plain = re.sub(r'[^ -~]|["\\]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def ranged_route(media_type: str) -> dict[str, Any]:
    """Arguments for the decorator of a route that answers so."""
    binary = {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    tag = {"headers": {"ETag": {"description": "Of these bytes.", "schema": {"type": "string"}}}}
    return {
        "response_class": Response,
        "responses": {
            200: {"description": "All of it.", **binary, **tag},
            206: {"description": "The part that `Range` asked for.", **binary, **tag},
            304: {"description": "What `If-None-Match` names is what there is.", **tag},
            **documented(HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
        },
    }


def _sent(content: Content, start: int, end: int) -> Iterator[bytes]:
    try:
        yield from content.read(start, end)
    finally:
        content.close()


def _knows(wanted: str, tag: str) -> bool:
    return wanted.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in wanted.split(",")]


def _asked(request: Request, tag: str, length: int) -> tuple[int, int] | None:
    """First byte and the one after the last, equal where there are none. None: all, as for what is no single range."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or found.groups() == ("", "") or request.headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return max(0, length - int(last)), length
    if last and int(last) < int(first):
        return None
    return int(first), min(length, int(last) + 1 if last else length)
