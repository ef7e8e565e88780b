"""A robot says a word, so that a person hears how its letters are read."""

from __future__ import annotations

from coaxial.audio.robot_speech import speak
from coaxial.audio.wav import to_pcm, wav_header
from coaxial.text.languages import resolve_language


def say_word(text: str, language_tag: str) -> bytes:
    """A WAV file of espeak-ng's own voice, which reads words as the phonemes of a Piper voice have them.

    Raises: UnsupportedLanguage.
    """
    samples, rate = speak(text, resolve_language(language_tag).espeak_voice)
    pcm = to_pcm(samples)
    return wav_header(len(pcm), rate) + pcm.tobytes()
