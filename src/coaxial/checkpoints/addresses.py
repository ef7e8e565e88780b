"""Which addresses a download may reach.

A URL that somebody typed or pasted must not make this machine read what only this machine can reach: its own services,
the router, another machine of the house. Names are looked up here and the connection goes to the very address that was
looked at, so that a name server cannot answer differently the second time; every redirect is looked at again.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from coaxial.domain.errors import ForbiddenAddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that carry an IPv4 address in their last four bytes (RFC 6052)."""


def check_web_address(url: str) -> None:
    """Raise ForbiddenAddress where a URL is none of http and https with a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ForbiddenAddress(
            f"{url} is no web address: only http and https can be downloaded, not {parts.scheme or 'a bare path'}.",
            remedy="A checkpoint that is on this computer is taken in with: coaxial checkpoints import FILE",
        )
    if not parts.hostname:
        raise ForbiddenAddress(f"{url} is no web address: it names no host.")


def is_private(address: str) -> bool:
    """Whether an IP address is anything but one of the open internet: loopback, link-local, private, multicast, …"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner:
            return is_private(str(inner))
    return not ip.is_global or ip.is_multicast


class PublicOnly(httpx2.BaseTransport):
    """Sends requests to public addresses only, to the very ones that were looked at.

    Where the environment names a proxy, the proxy looks names up: then only addresses that are written out are refused.
    handle_request raises: ForbiddenAddress; httpx2.ConnectError where a name has no address.
    """

    def __init__(self) -> None:
        self._direct = httpx2.HTTPTransport()
        self._proxied: dict[str, httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        proxy = _proxy_of(request.url)
        if proxy:
            _refuse_written(request.url.host)
            return self._proxied.setdefault(proxy, httpx2.HTTPTransport(proxy=proxy)).handle_request(request)
        *others, last = _public_addresses(request)
        for address in others:
            try:
                return self._direct.handle_request(_pinned(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return self._direct.handle_request(_pinned(request, last))

    def close(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            transport.close()


def _pinned(request: httpx2.Request, address: str) -> httpx2.Request:
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        # The certificate is still that of the name.
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _proxy_of(url: httpx2.URL) -> str | None:
    if proxy_bypass(url.host):
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def _public_addresses(request: httpx2.Request) -> list[str]:
    host = request.url.host
    port = request.url.port or (443 if request.url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise httpx2.ConnectError(str(error), request=request) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if is_private(address):
            raise _private(host, address)
    return addresses


def _refuse_written(host: str) -> None:
    try:
        private = host == "localhost" or host.endswith(".localhost") or is_private(host)
    except ValueError:
        return
    if private:
        raise _private(host, host)


def _private(host: str, address: str) -> ForbiddenAddress:
    where = host if host == address else f"{host} ({address})"
    return ForbiddenAddress(
        f"The download leads to {where}, an address of this computer or of a private network; it was not opened.",
        remedy="If that is what you want, set COAXIAL_ALLOW_PRIVATE_ADDRESSES=1.",
    )
