"""The server's token, over the network: who brings it comes in, who tries too often waits, and browsers get a cookie.

EventSource and <audio> cannot send headers, so that a page asks for a cookie once. It is signed with the token's digest
(RFC 2104), which nobody but the server has: it outlives a restart, and a new token ends it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from coaxial.api.access import Access
from coaxial.domain.errors import TokenNeeded, TooManyTries
from coaxial.workflows.server_token import TokenFile, digest_of

SESSION_SECONDS = 30 * 86400.0
"""How long a browser is known before it has to bring the token again."""

COOKIE = "coaxial-"
"""What the names of cookies begin with, under TLS after `__Host-`."""

_MARK = 12
"""Hexadecimal digits of it that follow."""

MOST_TRIES = 10
"""Wrong tokens that an address may bring at once."""

SECONDS_A_TRY = 6.0
"""After which it has one more."""

MOST_ADDRESSES = 10_000
"""That are remembered; the one that tried longest ago is forgotten first."""


class Gate:
    """One server's: what it asks for, and who has shown it."""

    def __init__(self, access: Access, token: TokenFile) -> None:
        self.needs_token = access.needs_token
        self.secure = access.secure
        self._token = token
        self._tries = Tries()

    def check(self, token: str, address: str) -> None:
        """Raises: TokenNeeded (it is another one), TooManyTries (of that address)."""
        self._tries.refuse_too_many(address)
        known = self._token.digest()
        # Compared as digests, in a time that tells nothing of how much of it is right.
        if not known or not hmac.compare_digest(digest_of(token), known):
            self._tries.count(address)
            raise TokenNeeded(
                "That is not this server's token.",
                remedy="Use the one that was shown when it was first started, or make another: coaxial token new",
            )

    @property
    def cookie(self) -> str:
        """The cookie's name. Raises: StorageFailure (the token's file is damaged).

        Browsers tell cookies of one host apart by nothing but their names (RFC 6265, 8.5: not by port), and several
        studios may be there. Behind a proxy a port tells nothing either; so it is named after the token, without which
        it says nothing: where the name is another server's, the cookie is good there too.
        """
        mark = hashlib.sha256(b"cookie " + self._token.digest()).hexdigest()[:_MARK]
        # A name that browsers take over TLS only and for this very host only (RFC 6265bis, 4.1.3.2).
        return f"__Host-{COOKIE}{mark}" if self.secure else f"{COOKIE}{mark}"

    def session(self) -> str:
        """A cookie for who has shown the token."""
        told = f"{int(time.time() + SESSION_SECONDS)}.{secrets.token_urlsafe(12)}"
        return f"{told}.{self._signature(told)}"

    def session_ends(self, cookies: Mapping[str, str]) -> float | None:
        """When this server's cookie ends, in seconds since 1970; None where there is none, or it ended."""
        told, _, signature = cookies.get(self.cookie, "").rpartition(".")
        if not self._token.digest() or not hmac.compare_digest(signature.encode(), self._signature(told).encode()):
            return None
        ends = float(told.partition(".")[0])
        return ends if ends > time.time() else None

    def _signature(self, told: str) -> str:
        return hmac.new(b"session " + self._token.digest(), told.encode(), hashlib.sha256).hexdigest()


@dataclass
class _Left:
    """What an address may still try."""

    tries: float
    at: float


class Tries:
    """Wrong tokens by address: ten at once, then one in six seconds."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, _Left] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def refuse_too_many(self, address: str) -> None:
        """Raises: TooManyTries."""
        tries = self._now(address)
        if tries < 1:
            seconds = (1 - tries) * SECONDS_A_TRY
            raise TooManyTries(
                "Too many wrong tokens came from your address.",
                remedy=f"Try again in {seconds:.0f} seconds, with the right one.",
                seconds=seconds,
            )

    def count(self, address: str) -> None:
        """One more was wrong."""
        whose, tries = _network_of(address), self._now(address)
        self._left[whose] = _Left(tries - 1, time.monotonic())
        self._left.move_to_end(whose)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)

    def _now(self, address: str) -> float:
        left = self._left.get(_network_of(address))
        if left is None:
            return float(MOST_TRIES)
        return min(MOST_TRIES, left.tries + (time.monotonic() - left.at) / SECONDS_A_TRY)


def _network_of(address: str) -> str:
    """Of IPv6 the first half, for whoever has one address there has them all."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)
