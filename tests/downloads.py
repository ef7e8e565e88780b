"""One file on a server, and how tests ask for it: quickly, and from loopback."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from coaxial.checkpoints.source import Manners, Source
from coaxial.domain.progress import Silent

FILE = b"PK\x03\x04" + random.Random(1).randbytes(3_000_000)
PATH = "/voices/amy.ckpt"
MANNERS = Manners(public_only=False, silence_seconds=0.5, connect_seconds=2, first_pause=0.01)
ONE_ATTEMPT = replace(MANNERS, attempts=2)


def source(url: str, **more) -> Source:
    return Source(url, "en-US.amy", begins=(b"PK\x03\x04",), **more)


class Watched(Silent):
    """Keeps what a download says and how far it is."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.megabytes = 0.0
        self.total: float | None = None

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.total, self.megabytes = total, 0.0

    def advance(self, amount: float = 1.0) -> None:
        self.megabytes += amount

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def left_beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []
