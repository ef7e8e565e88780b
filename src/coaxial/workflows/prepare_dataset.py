"""Preparing a dataset from the recordings of a profile or a prompt list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coaxial.dataset.prepare import Selected, prepare
from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.records import RecordingRecord
from coaxial.text.languages import resolve_language
from coaxial.workflows.locks import locked, speech_key


def prepare_dataset(settings: Settings, name: str, options: PrepareOptions, progress: Progress) -> PreparedDataset:
    """Prepare the kept recordings whose profile or prompt list has this name; several profiles become speakers.

    Nothing is done again where it was done with the same recordings and options before.
    Raises: NotFound (no such name), EmptyDataset, InUse, StorageFailure, InvalidOption (several languages).
    """
    with open_store(settings) as store, locked(settings, speech_key(name), f"the recordings of {name}"):
        recordings = store.selected_recordings(name)
        languages = _languages(store, name)
        return _prepare(settings, store, name, languages, recordings, options, progress)


def prepare_reading(
    settings: Settings, profile: str, prompt_list: str, options: PrepareOptions, progress: Progress
) -> PreparedDataset:
    """Prepare one profile's recordings of one prompt list. Raises: as prepare_dataset."""
    name = profile if profile == prompt_list else f"{profile}-{prompt_list}"
    with open_store(settings) as store, locked(settings, speech_key(profile), f"the recordings of {profile}"):
        languages = {store.profile(profile).language, store.prompt_list(prompt_list).language}
        recordings = store.recordings(profile=profile, prompt_list=prompt_list)
        return _prepare(settings, store, name, languages, recordings, options, progress)


def _languages(store: Store, name: str) -> set[str]:
    found = {profile.language for profile in store.profiles() if profile.name == name}
    found |= {prompt_list.language for prompt_list in store.prompt_lists() if prompt_list.name == name}
    if not found:
        raise NotFound(
            f"There is no profile and no prompt list named {name!r}.",
            remedy="See which there are with: coaxial profiles list; add one with: coaxial import SOURCE --name NAME",
        )
    return found


def _prepare(
    settings: Settings,
    store: Store,
    name: str,
    languages: set[str],
    recordings: Sequence[RecordingRecord],
    options: PrepareOptions,
    progress: Progress,
) -> PreparedDataset:
    if len(languages) > 1:
        raise InvalidOption(
            f"{name} is in several languages ({', '.join(sorted(languages))}), and a voice speaks one.",
            remedy="Prepare a profile and a prompt list of one language.",
        )
    language = resolve_language(*languages)
    selected = _selected(recordings)
    dataset = prepare(
        list(selected.values()),
        name=name,
        datasets_folder=settings.datasets,
        clips_folder=settings.clips,
        language=language.tag,
        espeak_voice=language.espeak_voice,
        options=options,
        processes=settings.processes,
        progress=progress,
    )
    store.add_dataset(dataset, selected)
    return dataset


def _selected(recordings: Sequence[RecordingRecord]) -> dict[int, Selected]:
    """By the recording's id; the same bytes, imported under two names, are one clip."""
    speakers = _speaker_names(recordings)
    by_bytes = {one.sha256: one for one in reversed(recordings)}
    return {
        one.id: Selected(
            id=_clip_id(one),
            audio=one.file,
            sha256=one.sha256,
            text=one.text,
            speaker=speakers[one.profile],
            speech_start=one.measures.speech_start,
            speech_end=one.measures.speech_end,
        )
        for one in reversed(by_bytes.values())
    }


def _speaker_names(recordings: Sequence[RecordingRecord]) -> dict[str, str]:
    """Profile to speaker: as the corpus calls the speaker, or the profile's name where that would confuse two."""
    named = {one.profile: one.speaker for one in recordings if one.speaker}
    speakers = {one.profile: named.get(one.profile, one.profile) for one in recordings}
    distinct = len(set(speakers.values())) == len(speakers)
    return speakers if distinct else {profile: profile for profile in speakers}


def _clip_id(recording: RecordingRecord) -> str:
    # A person finds the recording again by its name; the digits keep two files of one name apart.
    stem = recording.source.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or recording.source
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:60]
    return f"{readable or 'clip'}-{recording.sha256[:8]}"
