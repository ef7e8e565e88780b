"""Reading `metrics.jsonl`: what is new in it, and how much of it is as it was."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from numpy.typing import NDArray

_CHUNK = 4_000_000
_LINES_COMPARED_AT_ONCE = 2048


def new_lines(file: BinaryIO, begin: int, end: int) -> Iterator[list[bytes]]:
    """Whole lines between two places, each with its newline; half a line at the end is left for later."""
    file.seek(begin)
    rest = b""
    while begin < end:
        text = file.read(min(_CHUNK, end - begin))
        if not text:
            return
        begin += len(text)
        whole, newline, after = (rest + text).rpartition(b"\n")
        rest = after
        if newline:
            yield (whole + newline).splitlines(keepends=True) if b"\r" not in whole else _split(whole)


def _split(whole: bytes) -> list[bytes]:
    # A carriage return is no end of a line here.
    return [line + b"\n" for line in whole.split(b"\n")]


def common_lines(file: int, lines: NDArray[Any]) -> int:
    """How many of the lines that are known are first in a file. lines: (n,) with `end` and `checksum` of each."""
    known, checksum, begin = 0, 0, 0
    while known < len(lines):
        last = min(known + _LINES_COMPARED_AT_ONCE, len(lines)) - 1
        text = os.pread(file, int(lines["end"][last]) - begin, begin)
        if zlib.crc32(text, checksum) != int(lines["checksum"][last]) or len(text) < int(lines["end"][last]) - begin:
            return known + _common(text, lines[known : last + 1], begin, checksum)
        known, checksum, begin = last + 1, int(lines["checksum"][last]), int(lines["end"][last])
    return known


def _common(text: bytes, lines: NDArray[Any], begin: int, checksum: int) -> int:
    place = 0
    for number, line in enumerate(lines):
        end = int(line["end"]) - begin
        checksum = zlib.crc32(text[place:end], checksum)
        if end > len(text) or checksum != int(line["checksum"]):
            return number
        place = end
    return len(lines)
