"""The studio's page: the built bundle in `coaxial/page`, or a sentence where there is none.

Files below assets/ have a digest in their name and are kept by browsers for good; everything else is asked for again.
An address that is no file is one of the page's own (it finds its way by itself), where a browser goes there.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from coaxial.api.guard import is_data
from coaxial.api.security import content_security_policy

NONCE = b"__CSP_NONCE__"
"""What the bundle has in index.html in place of the nonce: `html.cspNonce` of Vite."""

WITHOUT_BUNDLE = (
    "Coaxial is running. This installation has no page: what it can do is asked for at /api, "
    "and described at /api/openapi.json.\n"
)

# Not the system's table, in which a script may be anything.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

_FOR_GOOD = "public, max-age=31536000, immutable"


class Pages:
    """What answers where no route does."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder: of the bundle; None: the one in the package."""
        root = folder or Path(str(files("coaxial"))) / "page"
        # Only what was found here is ever opened: no path that is asked for becomes one of the disk.
        found = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []
        self._files = {f"/{path.relative_to(root).as_posix()}": path for path in found}
        self._index = self._files.pop("/index.html", None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application. Raises: HTTPException (there is nothing)."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or is_data(scope["path"]):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await self._answer(scope["path"], Headers(scope=scope))(scope, receive, send)

    def _answer(self, path: str, headers: Headers) -> Response:
        file = self._files.get(path)
        if file is not None:
            kept = _FOR_GOOD if path.startswith("/assets/") else "no-cache"
            return FileResponse(file, media_type=_type_of(file), headers={"Cache-Control": kept})
        goes_there = path == "/" or "text/html" in headers.get("accept", "")
        if not goes_there or path.startswith("/assets/"):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._page() if self._index is not None else _without_bundle()

    def _page(self) -> Response:
        assert self._index is not None
        nonce = secrets.token_urlsafe(18)
        content = self._index.read_bytes()
        policy = content_security_policy(nonce if NONCE in content else "")
        return Response(
            content.replace(NONCE, nonce.encode()),
            media_type=_type_of(self._index),
            headers={"Cache-Control": "no-cache", "Content-Security-Policy": policy},
        )


def _without_bundle() -> Response:
    return PlainTextResponse(WITHOUT_BUNDLE, headers={"Cache-Control": "no-cache"})


def _type_of(file: Path) -> str:
    return _TYPES.get(file.suffix.lower(), "application/octet-stream")
