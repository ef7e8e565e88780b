"""What a voice would say for a text, before anybody has recorded it."""

from __future__ import annotations

from dataclasses import dataclass

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.text.coverage import spoken_of
from coaxial.text.languages import resolve_language
from coaxial.text.normalise import normalise_transcript
from coaxial.text.phonemes import phonemize
from coaxial.text.symbols import describe_character


@dataclass(frozen=True)
class Pronunciation:
    """Of a text in a language."""

    text: str
    """Normalised."""
    language: str
    espeak_voice: str
    sentences: tuple[str, ...]
    """Phonemes of each sentence, in the International Phonetic Alphabet with stress, spaces and punctuation."""
    spoken: int
    """How many phonemes are heard."""
    ids: int
    """How many ids they become for a Piper voice."""
    seconds: float
    """Estimated, of reading it aloud."""
    unsayable: tuple[str, ...]
    """Characters that the voice cannot say, described."""
    unknown: tuple[str, ...]
    """Phonemes that Piper has no id for; they are left out."""


def pronounce(text: str, language_tag: str) -> Pronunciation:
    """Raises: UnsupportedLanguage."""
    language, normalised = resolve_language(language_tag), normalise_transcript(text)
    put_off_piper_runtime()
    found = phonemize(normalised, language.espeak_voice)
    said = spoken_of(found)
    return Pronunciation(
        text=normalised,
        language=language.tag,
        espeak_voice=language.espeak_voice,
        sentences=tuple("".join(one) for one in found.sentences),
        spoken=len(said.phonemes),
        ids=len(found.ids),
        seconds=round(said.seconds, 2) if said.phonemes else 0.0,
        unsayable=tuple(map(describe_character, found.unsayable)),
        unknown=found.unknown,
    )
