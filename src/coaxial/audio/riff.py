"""The bytes before the samples of a RIFF WAVE file; no arrays here, so that importing it costs nothing."""

from __future__ import annotations

import struct

HEADER_BYTES = 44
"""Bytes before the first sample of a file written here."""


def wav_header(samples: int, rate: int) -> bytes:
    """What stands before so many 16-bit samples: RIFF, format and data chunk (44 bytes)."""
    size = 2 * samples
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)
