"""Counting how many phonemes prompts make a voice say, for those of which it is not known yet."""

from __future__ import annotations

from dataclasses import replace

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.store import Store
from coaxial.store.records import RecordingRecord
from coaxial.text.coverage import spoken
from coaxial.text.languages import resolve_language

AT_ONCE = 200
"""Prompts that are counted for one request: a tenth of a second."""


def count_phonemes(store: Store) -> None:
    """Count some of the prompts that an older version left uncounted; those of today's are counted as they come."""
    waiting = store.uncounted_prompts(AT_ONCE)
    if waiting:
        store.count_phonemes({id: spoken_phonemes(text, language) for id, text, language in waiting})


def count_phonemes_of(store: Store, recording: RecordingRecord) -> RecordingRecord:
    """A recording whose prompt is counted."""
    if recording.phonemes is not None:
        return recording
    count_phonemes(store)
    counted = store.recording(recording.id)
    if counted.phonemes is not None:
        return counted
    # Others wait in front of it.
    language = store.prompt_list(counted.prompt_list).language
    return replace(counted, phonemes=spoken_phonemes(counted.text, language))


def spoken_phonemes(text: str, language_tag: str) -> int:
    """How many phonemes a normalised sentence makes a voice say. Raises: UnsupportedLanguage."""
    put_off_piper_runtime()
    return len(spoken(text, resolve_language(language_tag).espeak_voice).phonemes)
