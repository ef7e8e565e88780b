"""Bytes that were made for one answer, served in parts as a file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coaxial.api.ranges import CHUNK


@dataclass
class MadeContent:
    """Made bytes, as `ranges.Content` has them."""

    content: bytes
    tag: str
    modified: float

    @property
    def length(self) -> int:
        return len(self.content)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        for begin in range(start, end, CHUNK):
            yield self.content[begin : min(end, begin + CHUNK)]

    def close(self) -> None:
        pass
