"""What is fetched, how a download behaves, and what it brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Source:
    """What is fetched, and what is known of it beforehand."""

    url: str
    what: str
    """In words, for sentences: `en-US.amy`."""
    sha256: str = ""
    """Lower-case hexadecimal; empty where it is not known."""
    size: int | None = None
    """In bytes; None where it is not known."""
    token: str = ""
    """Sent to the URL's own origin, and to no other that it redirects to."""
    begins: tuple[bytes, ...] = ()
    """What such a file can begin with; anything where empty."""
    check: Callable[[Path], object] = bool
    """Looks at the whole file before it is in place; raises CoaxialError where it is of no use."""


@dataclass(frozen=True)
class Manners:
    """How a download behaves."""

    public_only: bool = True
    """Refuse addresses of this computer and of private networks."""
    most_bytes: int = 8_000 * MEGABYTE
    connect_seconds: float = 15.0
    silence_seconds: float = 30.0
    """Without a byte, after which the server counts as hanging."""
    attempts: int = 5
    """In a row that bring nothing."""
    first_pause: float = 1.0
    """Seconds before the second attempt; each further pause is twice as long."""
    longest_pause: float = 60.0


@dataclass(frozen=True)
class Fetched:
    """What is in place."""

    size: int
    sha256: str
