"""What browsers are told about every answer: whatever gets into a page can neither load nor send anything elsewhere.

Content Security Policy level 3, Fetch metadata's Cross-Origin-Resource-Policy, and the HTML standard's opener policy.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(nonce: str = "") -> str:
    """The policy of a page. nonce: of the style elements that this page, as it was served, may have.

    Nothing is 'unsafe-inline' or 'unsafe-eval'. Style sheets are files of the bundle; libraries that add style elements
    by script take the page's nonce, which is another one each time. Styles that scripts set on elements need neither.
    """
    styles = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    parts = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": styles,
        "img-src": "'self' data: blob:",
        # What was recorded and not sent yet is played from memory.
        "media-src": "'self' blob:",
        # A bundler may inline a small audio worklet.
        "worker-src": "'self' blob:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in parts.items())


SECURITY_HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Middleware that adds them to answers that have none of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
