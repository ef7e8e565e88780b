"""Preparing a dataset from the recordings of a profile or a prompt list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coaxial.dataset.prepare import Selected, prepare
from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.domain.options import PrepareOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.records import RecordingRecord
from coaxial.text.languages import Language, resolve_language
from coaxial.workflows.locks import locked, speech_key


def prepare_dataset(settings: Settings, name: str, options: PrepareOptions, progress: Progress) -> PreparedDataset:
    """Prepare the kept recordings whose profile or prompt list has this name; several profiles become speakers.

    Nothing is done again where it was done with the same recordings and options before.
    Raises: NotFound (no such name), EmptyDataset, InUse, StorageFailure, InvalidOption (several languages).
    """
    with open_store(settings) as store, locked(settings, speech_key(name), f"the recordings of {name}"):
        return _prepare(settings, store, selection(store, name), options, progress)


def prepare_reading(
    settings: Settings, profile: str, prompt_list: str, options: PrepareOptions, progress: Progress
) -> PreparedDataset:
    """Prepare one profile's recordings of one prompt list. Raises: as prepare_dataset."""
    with open_store(settings) as store, locked(settings, speech_key(profile), f"the recordings of {profile}"):
        return _prepare(settings, store, selection(store, profile, prompt_list), options, progress)


@dataclass(frozen=True)
class Selection:
    """The recordings that a dataset is prepared from."""

    name: str
    """The dataset's, before tier and fingerprint."""
    language: Language
    recordings: Sequence[RecordingRecord]
    """Kept ones; the same bytes may be among them twice."""


def selection(store: Store, name: str, prompt_list: str | None = None) -> Selection:
    """The kept recordings whose profile or prompt list has this name; with a prompt list, the profile's of that one.

    Raises: NotFound, InvalidOption (several languages).
    """
    if prompt_list is None:
        recordings, languages = store.selected_recordings(name), _languages(store, name)
    else:
        languages = {store.profile(name).language, store.prompt_list(prompt_list).language}
        recordings = store.recordings(profile=name, prompt_list=prompt_list)
        name = name if name == prompt_list else f"{name}-{prompt_list}"
    if len(languages) > 1:
        raise InvalidOption(
            f"{name} is in several languages ({', '.join(sorted(languages))}), and a voice speaks one.",
            remedy="Prepare a profile and a prompt list of one language.",
        )
    return Selection(name, resolve_language(*languages), recordings)


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
    chosen: Selection,
    options: PrepareOptions,
    progress: Progress,
) -> PreparedDataset:
    language = chosen.language
    selected = selected_clips(chosen.recordings)
    dataset = prepare(
        list(selected.values()),
        name=chosen.name,
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


def selected_clips(recordings: Sequence[RecordingRecord]) -> dict[int, Selected]:
    """By the recording's id; the same bytes, imported under two names, are one clip."""
    speakers = _speaker_names(recordings)
    by_bytes = {one.sha256: one for one in reversed(recordings)}
    return {
        one.id: Selected(
            id=clip_id(one.source, one.sha256),
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


def clip_id(source: str, sha256: str) -> str:
    """What a recording's clip is called: a person finds it by its name, and digits keep two files of one name apart."""
    stem = source.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or source
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:60]
    return f"{readable or 'clip'}-{sha256[:8]}"
