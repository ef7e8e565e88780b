"""What the tus protocol has in headers (tus.io, 1.0.0: core, creation, checksum, expiration, termination)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from fastapi import Response

from coaxial.api.problems import answer_of, problem_of
from coaxial.domain.errors import DamagedTransfer, InvalidOption
from coaxial.store.uploads import UploadRecord

VERSION = "1.0.0"
PART = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460
"""The protocol's own status."""

_ALGORITHMS = ("sha256", "sha1", "md5")
_MOST_METADATA = 8000


@dataclass
class Checksum:
    """What a part is compared with."""

    wanted: bytes
    digest: Any
    """hashlib's object, which the part goes through."""

    def compare(self) -> None:
        """Raises: DamagedTransfer."""
        if self.digest.digest() != self.wanted:
            raise DamagedTransfer("The part that came has another checksum.", remedy="Send it again.")


def checksum_of(header: str) -> Checksum | None:
    """What an Upload-Checksum header says: an algorithm and the digest in base64. Raises: InvalidOption."""
    if not header:
        return None
    algorithm, _, encoded = header.partition(" ")
    if algorithm not in _ALGORITHMS:
        raise InvalidOption(
            f"Parts are not compared by {algorithm[:20]!r}.", remedy=f"Use one of: {', '.join(_ALGORITHMS)}."
        )
    try:
        wanted = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        raise InvalidOption("Upload-Checksum holds no base64.") from None
    return Checksum(wanted, hashlib.new(algorithm, usedforsecurity=False))


def metadata_of(header: str) -> dict[str, str]:
    """What an Upload-Metadata header says: keys with values in base64. Raises: InvalidOption."""
    found = {}
    for pair in header[:_MOST_METADATA].split(",") if header else ():
        key, _, encoded = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except ValueError:
            raise InvalidOption(f"Upload-Metadata holds no base64 of UTF-8 text for {key[:40]!r}.") from None
    return found


def options(limit: int) -> dict[str, str]:
    """Headers that tell a client what there is."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,checksum,expiration,termination",
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
        "Tus-Max-Size": str(limit),
    }


def state(record: UploadRecord) -> dict[str, str]:
    """Headers that tell how an upload stands."""
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(record.offset),
        "Upload-Length": str(record.size),
        "Upload-Expires": format_datetime(record.expires, usegmt=True),
        "Cache-Control": "no-store",
    }


def mismatch(error: DamagedTransfer) -> Response:
    """The answer to a part that came damaged."""
    problem = problem_of(error)
    problem.status = CHECKSUM_MISMATCH
    return answer_of(problem, {"Tus-Resumable": VERSION})
