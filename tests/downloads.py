"""One file on a server, and how tests ask for it: quickly, and from loopback."""

from __future__ import annotations

import random

from coaxial.checkpoints.source import Manners, Source

FILE = b"PK\x03\x04" + random.Random(1).randbytes(3_000_000)
PATH = "/voices/amy.ckpt"
MANNERS = Manners(public_only=False, silence_seconds=0.5, connect_seconds=2, first_pause=0.01)


def source(url: str, **more) -> Source:
    return Source(url, "en-US.amy", begins=(b"PK\x03\x04",), **more)
