"""A speech recogniser listens to a recording, and what it hears is compared with what was to be read."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from coaxial.audio.recognise import hear, recogniser_of
from coaxial.dataset.split import sentence_key
from coaxial.domain.errors import Overloaded
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.text.reading import Comparison, compare

_MOST_AT_ONCE = 2
_places = threading.BoundedSemaphore(_MOST_AT_ONCE)


@dataclass(frozen=True)
class Heard:
    """What a recogniser heard of a recording."""

    recogniser: str
    """Name and version."""
    comparison: Comparison


def hear_recording(settings: Settings, id: int) -> Heard | None:
    """None where no recogniser is installed that knows the recording's language.

    Takes about half as long as the recording, of one core. Raises: NotFound, UnreadableAudio, Overloaded (others are
    listened to).
    """
    with open_store(settings) as store:
        recording = store.recording(id)
        language = store.profile(recording.profile).language
    recogniser = recogniser_of(language.partition("-")[0])
    if recogniser is None:
        return None
    if not _places.acquire(blocking=False):
        raise Overloaded(
            f"{_MOST_AT_ONCE} recordings are being listened to already.", remedy="Try again in some seconds."
        )
    try:
        heard = hear(recording.file)
    finally:
        _places.release()
    return Heard(recogniser, compare(*(sentence_key(text).split() for text in (recording.text, heard))))
