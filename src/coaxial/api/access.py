"""Who a server is there for: the address it listens at, the names it goes by, and whether a token is asked for."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\s]+)(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Access:
    """Of one server."""

    address: str = "127.0.0.1"
    """That it listens at."""
    names: tuple[str, ...] = ()
    """Further names that requests may be for, as a proxy in front of it has them."""
    secure: bool = False
    """Whether it speaks TLS."""

    @property
    def needs_token(self) -> bool:
        """Whether more than this computer can reach it: names are given to it where something passes requests on."""
        return bool(self.names) or not is_loopback(self.address)

    def is_for(self, host: str, came_to: str) -> bool:
        """Whether a Host header is one of this server's names.

        came_to: this computer's address on the connection. A name that another site has resolve to it (DNS rebinding)
        is none of its own, and an address needs no resolving.
        """
        if is_loopback(host):
            return True
        name = name_of(host)
        return self.needs_token and name is not None and (name in self._own_names or _is_same(name, came_to))

    def is_given(self, host: str) -> bool:
        """Whether a Host header is one of the further names."""
        return name_of(host) in {one.lower() for one in self.names}

    @cached_property
    def _own_names(self) -> frozenset[str]:
        machine = socket.gethostname().lower()
        first = machine.partition(".")[0]
        given = (one.lower() for one in (self.address, *self.names))
        return frozenset((machine, first, f"{first}.local", *given))


def name_of(host: str) -> str | None:
    """The name or address in a Host header, in lower case, without port and brackets; None where it is none."""
    found = _HOST.fullmatch(host)
    return found.group(1).strip("[]").lower() if found is not None else None


def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this computer for itself."""
    name = name_of(host if host.count(":") < 2 or host.startswith("[") else f"[{host}]")
    if name is None:
        return False
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _is_same(name: str, address: str) -> bool:
    try:
        one, other = ip_address(name), ip_address(address)
    except ValueError:
        return False
    # A socket that takes both kinds of addresses shows the older kind within the newer (RFC 4291, 2.5.5.2).
    return one == other or one == getattr(other, "ipv4_mapped", None)
