"""Which addresses a download may reach.

A URL that somebody typed or pasted must not make this machine read what only this machine can reach: its own services,
the router, another machine of the house. Names are looked up here and the connection goes to the very address that was
looked at, so that a name server cannot answer differently the second time; every redirect is looked at again.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit, urlunsplit

from coaxial.domain.errors import ForbiddenAddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that carry an IPv4 address in their last four bytes (RFC 6052)."""


def web_address(url: str) -> str:
    """A URL of http or https as it is sent, its host in ASCII (RFC 5891). Raises: ForbiddenAddress for any other."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    except ValueError as error:
        raise ForbiddenAddress(f"{url} is no web address: {error}.", remedy="Check the address.") from None
    if parts.scheme not in ("http", "https"):
        raise ForbiddenAddress(
            f"{url} is no web address: only http and https can be downloaded, not {parts.scheme or 'a bare path'}.",
            remedy="A checkpoint that is on this computer is taken in with: coaxial checkpoints import FILE",
        )
    if not named:
        raise ForbiddenAddress(f"{url} is no web address: it names no host.", remedy="Check the address.")
    return urlunsplit(parts._replace(netloc=host, fragment=""))


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


def public_addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host, where every one of them is of the open internet.

    Raises: ForbiddenAddress; OSError where the name has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(f"{host} is no name of a host") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if is_private(address):
            raise _private(host, address)
    return addresses


def refuse_written(host: str) -> None:
    """Raise ForbiddenAddress where a host is written as a private address, or as this computer's name for itself.

    All that can be told beforehand where a proxy looks names up.
    """
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
