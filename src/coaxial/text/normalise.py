"""Transcripts as everything after the import sees them: one line of composed Unicode, nothing invisible in it."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 2_000
"""Of one transcript: far more than anyone says in the longest clip, and far less than would slow anything down."""

# These two decide how letters join in Persian, Hindi and others; anywhere else they are leftovers of emoji.
_JOINERS = "\u200c\u200d"


def normalise_transcript(text: str) -> str:
    """Composed (NFC), without byte order marks, zero-width and control characters, whitespace collapsed to spaces."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    kept = []
    for position, character in enumerate(composed):
        category = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif character in _JOINERS:
            if _joins_letters(composed, position):
                kept.append(character)
        elif category in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f":
            continue
        else:
            kept.append(character)
    # Taking something out can bring a letter and its accent together.
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _joins_letters(text: str, position: int) -> bool:
    around = (text[position - 1 : position], text[position + 1 : position + 2])
    return all(unicodedata.category(neighbour)[0] in "LM" for neighbour in around if neighbour) and all(around)
