"""What kind of audio file some bytes begin: its suffix, its media type, and whether browsers play it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

HEAD_BYTES = 64
"""So many bytes tell the kind."""


class FileKind(NamedTuple):
    """A container of sound."""

    suffix: str
    """With the dot; empty where the kind is not known."""
    media_type: str
    plays: bool
    """Whether the browsers of today play what is usually in it."""


_UNKNOWN = FileKind("", "application/octet-stream", False)
_WAV = FileKind(".wav", "audio/wav", True)
_OGG = FileKind(".ogg", "audio/ogg", True)
_MP3 = FileKind(".mp3", "audio/mpeg", True)
_AAC = FileKind(".aac", "audio/aac", True)

# Each format's own first bytes (offset, bytes).
_SIGNS = (
    (0, b"fLaC", FileKind(".flac", "audio/flac", True)),
    (4, b"ftyp", FileKind(".m4a", "audio/mp4", True)),
    (0, b"\x1a\x45\xdf\xa3", FileKind(".webm", "audio/webm", True)),
    (0, b"ID3", _MP3),
    (0, b"caff", FileKind(".caf", "audio/x-caf", False)),
    (0, b".snd", FileKind(".au", "audio/basic", False)),
    (0, b"riff", FileKind(".w64", "audio/x-w64", False)),
    (0, b"wvpk", FileKind(".wv", "audio/x-wavpack", False)),
    (0, b"MAC ", FileKind(".ape", "audio/x-ape", False)),
    (0, b"TTA1", FileKind(".tta", "audio/x-tta", False)),
    (0, b"#!AMR", FileKind(".amr", "audio/amr", False)),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileKind(".wma", "audio/x-ms-wma", False)),
)


def kind_of_bytes(head: bytes) -> FileKind:
    """The kind of a file that begins so; unknown kinds have no suffix."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _WAV
    if head[:4] == b"OggS":
        return FileKind(".opus", "audio/ogg", True) if b"OpusHead" in head else _OGG
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        # Safari alone plays it.
        return FileKind(".aiff", "audio/aiff", False)
    for offset, sign, kind in _SIGNS:
        if head.startswith(sign, offset):
            return kind
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # A frame of MPEG audio without a tag; the layer's bits are zero in AAC alone.
        return _MP3 if head[1] & 0x06 else _AAC
    return _UNKNOWN


def kind_of_file(path: Path) -> FileKind:
    """The kind of a file by its first bytes. Raises: OSError."""
    with path.open("rb") as file:
        return kind_of_bytes(file.read(HEAD_BYTES))
