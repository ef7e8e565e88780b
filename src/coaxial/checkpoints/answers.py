"""What a server's answers mean for a download: go on, try again, or a sentence for the person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.client import responses
from time import time
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

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
def network_errors(url: str) -> Iterator[None]:
    """Raise Transient for what goes wrong on the way, DownloadFailed for what will not pass."""
    host = urlsplit(url).hostname
    try:
        yield
    except (NewConnectionError, ProxyError) as error:
        raise Transient(f"{host} cannot be reached ({_short(error)})") from error
    except ConnectTimeoutError as error:
        raise Transient(f"{host} does not take the connection") from error
    except ReadTimeoutError as error:
        raise Transient(f"{host} is silent") from error
    except SSLError as error:
        raise DownloadFailed(
            f"{host} could not prove that it is {host}: {error}.",
            remedy="Check this computer's clock, and whatever lies between it and the network.",
        ) from error
    except OSError as error:
        raise Transient(f"{host} cannot be reached ({_short(error)})") from error
    except LocationParseError as error:
        raise DownloadFailed(f"{url} is no address: {error}.", remedy="Check the address.") from error
    except HTTPError as error:
        raise Transient(f"the connection to {host} broke ({_short(error)})") from error


def refuse_answer(response: BaseHTTPResponse, url: str, what: str) -> None:
    """Raise DownloadFailed, or Transient, where an answer does not bring the file."""
    status, host = response.status, urlsplit(url).hostname
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


def web_page(host: str | None, what: str) -> DownloadFailed:
    """The failure of a page for people where a file should be: a sign-in, a consent form, a hotel's network."""
    return DownloadFailed(
        f"{host} sent a web page instead of {what}: it, or the network in between, may want you to sign in first.",
        remedy="Open the address in a browser to see what it wants.",
    )


def validator_of(response: BaseHTTPResponse) -> str:
    """What If-Range may be given (RFC 9110, 13.1.5): a strong ETag, else the date of the last change, else nothing."""
    tag = response.headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("last-modified", "")


def whole_size(response: BaseHTTPResponse) -> int | None:
    """Bytes of the whole file, of which a 206 brings only a part; None where the answer does not tell."""
    if response.status == 206:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        return int(found.group(3)) if found and found.group(3) != "*" else None
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and "content-encoding" not in response.headers else None


def first_byte(response: BaseHTTPResponse) -> int | None:
    """Where in the file the answer begins; None where a 206 does not tell."""
    if response.status != 206:
        return 0
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    return int(found.group(1)) if found else None


def linked_facts(response: BaseHTTPResponse) -> tuple[int | None, str]:
    """Size and sha256 of a large file as the hub tells them, on the answer that redirects to where it lies."""
    size = response.headers.get("x-linked-size", "")
    tag = response.headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
    return int(size) if size.isdecimal() else None, tag.lower() if _SHA256.fullmatch(tag) else ""


def _retry_after(response: BaseHTTPResponse) -> float | None:
    given = response.headers.get("retry-after", "").strip()
    if given.isdecimal():
        return float(given)
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time())
    except (ValueError, TypeError):
        return None


def _short(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, IncompleteRead):
        return "it ended before all had come"
    return str(getattr(cause, "strerror", None) or cause).rstrip(".")


def _word(status: int) -> str:
    return responses.get(status, "a status of its own")
