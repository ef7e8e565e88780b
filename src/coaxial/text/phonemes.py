"""Phonemes of a transcript and Piper's ids of them, exactly as `piper.train` computes them."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.symbols import unsayable

ESPEAK = threading.Lock()
"""Held while espeak-ng is asked, by whoever asks: it keeps the chosen voice in globals."""


@dataclass(frozen=True)
class Phonemization:
    """What a voice would say for a text."""

    sentences: tuple[tuple[str, ...], ...]
    """Phonemes (single code points, NFD) of each sentence, spaces and punctuation among them."""
    ids: tuple[int, ...]
    """Piper's default ids; each sentence has its own begin, padding and end."""
    unknown: tuple[str, ...]
    """Phonemes that have no id and are left out, each once."""
    unsayable: tuple[str, ...]
    """Characters of the text that the voice cannot say as a person would, each once."""

    @property
    def spoken(self) -> int:
        """How many phonemes are heard: letters of the phonetic alphabet, without stress, length and punctuation."""
        return sum(unicodedata.category(phoneme) in ("Ll", "Lu", "Lo") for one in self.sentences for phoneme in one)


def phonemize(text: str, espeak_voice: str) -> Phonemization:
    """Phonemes and ids of a normalised transcript. Safe to call from several threads.

    Raises: UnsupportedLanguage where espeak-ng has no such voice.
    """
    # Neither can be handed to espeak-ng; normalised transcripts hold none.
    speakable = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    phonemizer, phonemes_to_ids, id_map = _piper()
    with ESPEAK:
        try:
            sentences: list[list[str]] = phonemizer.phonemize(espeak_voice, speakable)
        except RuntimeError:
            raise UnsupportedLanguage(
                f"espeak-ng has no voice {espeak_voice!r}.", remedy="Give a language tag such as en-US or de-DE."
            ) from None
    # Looked up first, because phonemes_to_ids logs a warning for every one it misses.
    known = [[phoneme for phoneme in sentence if phoneme in id_map] for sentence in sentences]
    return Phonemization(
        sentences=tuple(tuple(sentence) for sentence in sentences),
        ids=tuple(number for sentence in known for number in phonemes_to_ids(sentence, id_map)),
        unknown=tuple(dict.fromkeys(phoneme for one in sentences for phoneme in one if phoneme not in id_map)),
        unsayable=unsayable(text, espeak_voice),
    )


def phoneme_id_map() -> Mapping[str, Sequence[int]]:
    """Piper's default map, as it stands in every `config.json`."""
    id_map: Mapping[str, Sequence[int]] = _piper()[2]
    return id_map


@cache
def _piper() -> tuple[Any, Any, Any]:
    # Imported late: the package piper brings onnxruntime along, a tenth of a second that `--help` need not wait for.
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP, phonemes_to_ids
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer(), phonemes_to_ids, DEFAULT_PHONEME_ID_MAP
