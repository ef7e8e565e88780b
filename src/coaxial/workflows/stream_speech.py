"""Text becomes speech for many listeners: sentence by sentence, with voices that stay loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from coaxial.audio.encode import Pcm, SoundFormat, encoded, encoded_whole
from coaxial.domain.errors import InvalidOption
from coaxial.domain.speaking import SpeakOptions
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.voices.loaded import LoadedVoices

MOST_CHARACTERS = 10_000
"""Of one text: a quarter of an hour of speech."""


@dataclass
class Speech:
    """A text that is being spoken; its first sentence is, the others are as they are asked for."""

    voice: str
    sample_rate: int
    """Of the voice, in Hz."""
    sentences: Iterator[Pcm]

    def encoded(self, form: SoundFormat, rate: int | None = None) -> Iterator[bytes]:
        """The audio of one sentence after the other; rate: Hz, None for the voice's own where the format has it."""
        return encoded(self.sentences, self.sample_rate, form, rate)

    def whole(self, form: SoundFormat) -> bytes:
        """All of it as a file that tells its length."""
        return encoded_whole(self.sentences, self.sample_rate, form)


class Speaking:
    """Speaks with the voices of a data directory. Threads may use one at the same time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._voices = LoadedVoices(settings.voice_memory)

    def begin(self, voice: str, text: str, options: SpeakOptions) -> Speech:
        """Speak the first sentence of a text, so that whatever can go wrong goes wrong here.

        Raises: NotFound, UnreadableVoice, InUse, InvalidOption (too long, nothing to speak, unknown speaker).
        """
        if len(text) > MOST_CHARACTERS:
            raise InvalidOption(
                f"The text has {len(text):,} characters, and {MOST_CHARACTERS:,} are the most that are spoken at once.",
                remedy="Send it in parts, or use coaxial speak.",
            )
        with open_store(self._settings) as store:
            record = store.voice(voice)
        loaded = self._voices.voice(record.onnx)
        sentences = loaded.speak(text, options)
        return Speech(record.name, loaded.sample_rate, chain([next(sentences)], sentences))
