"""The bytes before the samples of a RIFF WAVE file; no arrays here, so that importing it costs nothing."""

from __future__ import annotations

import struct

HEADER_BYTES = 44
"""Bytes before the first sample of a file written here."""


UNKNOWN_SIZE = 0xFFFFFFFF
"""What a header says of data that has not been made yet; FFmpeg and SoX write and read it so on pipes."""


def wav_header(samples: int | None, rate: int) -> bytes:
    """What stands before so many 16-bit samples: RIFF, format and data chunk (44 bytes).

    samples: None where nobody knows yet how many will come (docs/decisions/0017).
    """
    size = UNKNOWN_SIZE if samples is None else 2 * samples
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    riff = struct.pack("<I", min(36 + size, UNKNOWN_SIZE))
    return b"RIFF" + riff + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)
