"""Bytes that were made for one answer, served in parts as a file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from coaxial.api.ranges import CHUNK


@dataclass
class MadeContent:
    """Made bytes, as `ranges.Content` has them."""

    content: bytes
    tag: str
    modified: float
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.content)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        for begin in range(start, end, CHUNK):
            yield self.content[begin : min(end, begin + CHUNK)]

    def close(self) -> None:
        pass
