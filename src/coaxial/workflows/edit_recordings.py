"""What a person changes of recordings: what is said in them, and whether they are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.dataset.transcripts import transcript_problem
from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.originals import remove_original
from coaxial.store.recordings import Change
from coaxial.store.records import RecordingRecord
from coaxial.text.coverage import spoken
from coaxial.text.languages import resolve_language
from coaxial.text.normalise import normalise_transcript
from coaxial.text.symbols import describe_character, unsayable
from coaxial.workflows.locks import locked


def edit_recordings(settings: Settings, changes: Sequence[Change]) -> list[RecordingRecord]:
    """Make all changes or none; answers the recordings as they are then, in that order.

    Raises: NotFound, InvalidOption (nothing to change, or a text that cannot be spoken).
    """
    if any(change.state is None and change.text is None for change in changes):
        raise InvalidOption("There is nothing to change.", remedy="Give a state, a text, or both.")
    with open_store(settings) as store:
        return store.change_recordings(_checked(store, changes))


def remove_recording(settings: Settings, id: int) -> None:
    """Delete a recording and its original; datasets that were made with it stay. Raises: NotFound, StorageFailure."""
    with locked(settings, "originals", "the recordings", wait=True), open_store(settings) as store:
        for file in store.delete_recording(id):
            remove_original(settings.recordings, file)


def _checked(store: Store, changes: Sequence[Change]) -> list[Change]:
    """The changes with their texts normalised and counted."""
    corrected = [change.id for change in changes if change.text is not None]
    lists = {one.id: one.prompt_list for one in store.recordings_of(corrected)}
    voices = {
        name: resolve_language(store.prompt_list(name).language).espeak_voice for name in sorted(set(lists.values()))
    }
    return [
        change if change.text is None else _counted(change, change.text, voices[lists[change.id]]) for change in changes
    ]


def _counted(change: Change, text: str, espeak_voice: str) -> Change:
    put_off_piper_runtime()
    normalised = normalise_transcript(text)
    problem = transcript_problem(normalised)
    if problem is not None:
        raise InvalidOption(problem.sentence, remedy="Write what is said in the recording.")
    strange = unsayable(normalised, espeak_voice)
    if strange:
        raise InvalidOption(
            f"The voice cannot say {', '.join(map(describe_character, strange[:5]))}.",
            remedy="Write what was spoken instead.",
        )
    phonemes = len(spoken(normalised, espeak_voice).phonemes)
    if not phonemes:
        raise InvalidOption("The text holds no word that could be spoken.", remedy="Write what was spoken.")
    return replace(change, text=normalised, phonemes=phonemes)
