"""A robot says a word, so that a person hears how its letters are read."""

from __future__ import annotations

from coaxial.audio.robot_speech import speak
from coaxial.audio.wav import to_pcm, wav_header
from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.languages import resolve_language


def say_word(text: str, language_tag: str) -> bytes:
    """A WAV file of espeak-ng's own voice, which reads words as the phonemes of a Piper voice have them.

    Raises: UnsupportedLanguage, also for the few that it has phonemes for and no voice.
    """
    language = resolve_language(language_tag)
    try:
        samples, rate = speak(text, language.espeak_voice)
    except ValueError:
        raise UnsupportedLanguage(
            f"The robot that reads words aloud does not speak {language.name_english}.",
            remedy="Their phonemes are right all the same, and can be read.",
        ) from None
    pcm = to_pcm(samples)
    return wav_header(len(pcm), rate) + pcm.tobytes()
