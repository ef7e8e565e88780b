"""What a server's answers mean for a download: go on, try again, or a sentence for the person."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import time

import httpx2

from coaxial.domain.errors import DownloadFailed

_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may not meet again."""


class Transient(Exception):
    """Something that may have passed by the next attempt. Its text begins in lower case and has no full stop."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait
        """Seconds that the server asks to wait; None where it does not."""


@contextmanager
def network_errors(url: httpx2.URL) -> Iterator[None]:
    """Raise Transient for what goes wrong on the way, DownloadFailed for what will not pass."""
    host = url.host
    try:
        yield
    except httpx2.TimeoutException as error:
        what = "does not take the connection" if isinstance(error, httpx2.ConnectTimeout) else "is silent"
        raise Transient(f"{host} {what}, for {_seconds(error)}") from error
    except httpx2.ConnectError as error:
        if _is_about_certificates(error):
            raise DownloadFailed(
                f"{host} could not prove that it is {host}: {error}.",
                remedy="Check this computer's clock, and any proxy between it and the network.",
            ) from error
        raise Transient(f"{host} cannot be reached ({error or 'no connection'}): is there a network") from error
    except httpx2.TransportError as error:
        raise Transient(f"the connection to {host} broke ({error or type(error).__name__})") from error


def refuse_answer(response: httpx2.Response, url: httpx2.URL, what: str) -> None:
    """Raise DownloadFailed, or Transient, where an answer does not bring the file."""
    status, host = response.status_code, url.host
    if status in (200, 206):
        if response.headers.get("content-type", "").split(";")[0].strip().lower() in (
            "text/html",
            "application/xhtml+xml",
        ):
            raise web_page(host, what)
        return
    if status in _PASSING:
        raise Transient(f"{host} answers {status} ({_word(status)})", _retry_after(response))
    if status == 401:
        raise DownloadFailed(
            f"{host} wants to know who asks for {what} (401).",
            remedy="Sign in there, make an access token and set it as HF_TOKEN.",
        )
    if status == 403:
        raise DownloadFailed(
            f"{host} does not give out {what} (403): it may ask for its terms to be accepted first.",
            remedy="Open its page in a browser, accept the terms, and set your access token as HF_TOKEN.",
        )
    if status in (404, 410):
        raise DownloadFailed(
            f"{what} is not, or no longer, at {url} ({status}).",
            remedy="Choose another base checkpoint, or add this one with its new address: coaxial checkpoints add",
        )
    raise DownloadFailed(
        f"{host} answers the request for {what} with {status} ({_word(status)}).", remedy="Check the address."
    )


def web_page(host: str, what: str) -> DownloadFailed:
    """The failure of a page for people where a file should be: a sign-in, a consent form, a hotel's network."""
    return DownloadFailed(
        f"{host} sent a web page instead of {what}: it, or the network in between, may want you to sign in first.",
        remedy="Open the address in a browser to see what it wants.",
    )


def validator_of(response: httpx2.Response) -> str:
    """What If-Range may be given (RFC 9110, 13.1.5): a strong ETag, else the date of the last change, else nothing."""
    tag = response.headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("last-modified", "")


def whole_size(response: httpx2.Response) -> int | None:
    """Bytes of the whole file, of which a 206 brings only a part; None where the answer does not tell."""
    if response.status_code == 206:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        return int(found.group(3)) if found and found.group(3) != "*" else None
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and "content-encoding" not in response.headers else None


def first_byte(response: httpx2.Response) -> int | None:
    """Where in the file the answer begins; None where a 206 does not tell."""
    if response.status_code != 206:
        return 0
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    return int(found.group(1)) if found else None


def linked_facts(response: httpx2.Response) -> tuple[int | None, str]:
    """Size and sha256 of a large file as the hub tells them, on the answer that redirects to where it lies."""
    size = response.headers.get("x-linked-size", "")
    tag = response.headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
    return int(size) if size.isdecimal() else None, tag.lower() if _SHA256.fullmatch(tag) else ""


def _retry_after(response: httpx2.Response) -> float | None:
    given = response.headers.get("retry-after", "").strip()
    if given.isdecimal():
        return float(given)
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time())
    except (ValueError, TypeError):
        return None


def _seconds(error: httpx2.TimeoutException) -> str:
    try:
        timeouts = error.request.extensions["timeout"]
    except (RuntimeError, KeyError):
        return "too long"
    seconds = timeouts["connect" if isinstance(error, httpx2.ConnectTimeout) else "read"]
    return f"{seconds:g} seconds"


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _word(status: int) -> str:
    return httpx2.codes.get_reason_phrase(status) or "no name"
