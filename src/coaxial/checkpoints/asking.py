"""Asking a server for a file, through redirects that are looked at one by one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import truststore
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from coaxial.checkpoints.addresses import public_addresses, refuse_written, web_address
from coaxial.checkpoints.answers import linked_facts, network_errors
from coaxial.domain.errors import DownloadFailed, ForbiddenAddress

_MOST_REDIRECTS = 8
_PORTS = {"http": 80, "https": 443}
_AS_IT_COMES: dict[str, Any] = {"redirect": False, "retries": False, "preload_content": False}


@dataclass(frozen=True)
class Answer:
    """What came at the end of all redirects."""

    response: urllib3.BaseHTTPResponse
    """Its body not read yet."""
    size: int | None = None
    """Of a large file, in bytes, where the hub told it on the way."""
    sha256: str = ""
    """Likewise."""


class Asker:
    """Sends requests; follows redirects from web address to web address, and never from https to http.

    public_only: to addresses of the open internet only, to the very ones that were looked at. connect_seconds,
    silence_seconds: how long a server may take to accept, and to send the next byte.
    """

    def __init__(self, *, public_only: bool, connect_seconds: float, silence_seconds: float) -> None:
        self._public_only = public_only
        self._timeout = urllib3.Timeout(connect=connect_seconds, read=silence_seconds)
        self._trusted = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._direct = urllib3.PoolManager(timeout=self._timeout, ssl_context=self._trusted)

    def close(self) -> None:
        """Let go of every connection."""
        self._direct.clear()

    @contextmanager
    def asked(self, method: str, url: str, headers: Mapping[str, str], token: str = "") -> Iterator[Answer]:
        """A server's answer for the length of a block; token goes to the URL's own origin alone.

        Raises: Transient, DownloadFailed, ForbiddenAddress.
        """
        here, size, sha256 = url, None, ""
        for _ in range(_MOST_REDIRECTS):
            sent = {"Accept-Encoding": "identity", "User-Agent": "coaxial", **headers}
            if token and _origin(here) == _origin(url):
                sent["Authorization"] = f"Bearer {token}"
            with network_errors(here):
                response = self._send(method, urlsplit(here), sent)
            try:
                told_size, told_sha256 = linked_facts(response)
                size, sha256 = told_size if size is None else size, sha256 or told_sha256
                if response.status not in (301, 302, 303, 307, 308) or "location" not in response.headers:
                    yield Answer(response, size, sha256)
                    return
                here = _redirected(here, response.headers["location"])
            finally:
                response.close()
        raise DownloadFailed(f"{urlsplit(url).hostname} redirects in circles: {url}.", remedy="Check the address.")

    def _send(self, method: str, url: SplitResult, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        host = url.hostname or ""
        proxy = None if proxy_bypass(host) else getproxies().get(url.scheme) or getproxies().get("all")
        if proxy:
            if self._public_only:
                refuse_written(host)
            through = urllib3.ProxyManager(proxy, timeout=self._timeout, ssl_context=self._trusted)
            return through.urlopen(method, url.geturl(), headers=headers, **_AS_IT_COMES)
        if not self._public_only:
            return self._send_to(host, method, url, headers)
        *others, last = public_addresses(host, url.port or _PORTS[url.scheme])
        for address in others:
            try:
                return self._send_to(address, method, url, headers)
            except (NewConnectionError, ConnectTimeoutError):
                continue
        return self._send_to(last, method, url, headers)

    def _send_to(
        self, address: str, method: str, url: SplitResult, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        """To an address of the URL's host, which is still whom the certificate and the Host header name."""
        host = url.hostname or ""
        named = {"server_hostname": host, "assert_hostname": host} if url.scheme == "https" else {}
        pool = self._direct.connection_from_host(address, url.port, url.scheme, pool_kwargs=named)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        sent = {"Host": url.netloc.rpartition("@")[2], **headers}
        return pool.urlopen(method, path, headers=sent, **_AS_IT_COMES)


def _redirected(here: str, location: str) -> str:
    try:
        target = urljoin(here, location)
    except ValueError:
        target = location
    target = web_address(target)
    if (urlsplit(here).scheme, urlsplit(target).scheme) == ("https", "http"):
        raise ForbiddenAddress(
            f"{urlsplit(here).hostname} redirects from an encrypted to an open connection, to "
            f"{urlsplit(target).hostname}; it was not followed."
        )
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
