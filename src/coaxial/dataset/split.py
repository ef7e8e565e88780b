"""Which sentences are kept for validation: decided by the words alone, so that it never depends on order or chance."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

HELD_OUT_FRACTION = 0.05
MOST_HELD_OUT = 64
"""Sentences; more would make validation slower and no more certain."""


def sentence_key(text: str) -> str:
    """The same for all takes of a sentence: case folded, punctuation and symbols dropped, spaces collapsed."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(character)[0] in "PSZC" else character for character in folded)
    return " ".join(kept.split())


def held_out_sentences(texts: Iterable[str]) -> frozenset[str]:
    """Keys of the sentences to validate on: a twentieth, at least 1 and at most 64, none where there is only one.

    A sentence keeps its place in the order when others come or go, so a grown dataset validates on nearly the same.
    """
    keys = {sentence_key(text) for text in texts}
    if len(keys) < 2:
        return frozenset()
    count = min(MOST_HELD_OUT, max(1, int(len(keys) * HELD_OUT_FRACTION)))
    return frozenset(sorted(keys, key=lambda key: hashlib.sha256(key.encode("utf-8")).digest())[:count])
