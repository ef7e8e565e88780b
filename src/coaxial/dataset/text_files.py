"""Text files in whatever encoding they come, as text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from coaxial.domain.errors import UnreadableSource

MAX_BYTES = 200_000_000
"""Of a transcript table; a hundred thousand sentences take a twentieth of it."""

# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class DecodedText:
    """A file's text, and how it was read where that was a guess."""

    text: str
    note: str | None
    """A sentence for the person, None where the encoding left no doubt."""


def read_text_file(path: Path, name: str, max_bytes: int = MAX_BYTES) -> DecodedText:
    """Read a file as UTF-8, or by its byte order mark, else as Windows-1252. name: for messages.

    Raises: UnreadableSource (missing, not text, too large).
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableSource(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(data) > max_bytes:
        raise UnreadableSource(f"{name} has more than {max_bytes:,} bytes, too many for transcripts.")
    return decode_text(data, name)


def decode_text(data: bytes, name: str) -> DecodedText:
    """As read_text_file, from the bytes. Raises: UnreadableSource."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return DecodedText(data[len(mark) :].decode(encoding), None)
            except UnicodeDecodeError as error:
                raise UnreadableSource(
                    f"{name} begins as {encoding.upper()} text but is not.", remedy="Save it again as UTF-8."
                ) from error
    guessed = _unmarked_utf16(data)
    if guessed:
        try:
            return DecodedText(data.decode(guessed), f"{name} has no byte order mark; it was read as UTF-16.")
        except UnicodeDecodeError:
            pass
    if b"\0" in data:
        raise UnreadableSource(f"{name} is not a text file.", remedy="Give a table or a text file saved as UTF-8.")
    try:
        return DecodedText(data.decode("utf-8"), None)
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; Latin-1 gives every byte a character.
        text = data.decode("latin-1")
    return DecodedText(
        text, f"{name} is not UTF-8; it was read as Western European (Windows-1252). Check letters with accents."
    )


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: most texts then have a zero in every other byte."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.7 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None
