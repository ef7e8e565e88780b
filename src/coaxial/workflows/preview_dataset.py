"""What preparing a dataset would make of recordings, before it is done: what it leaves out, how the rest is spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaxial.dataset.clip_cache import Selected, Work, foreseen_problem
from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.domain.errors import EmptyDataset
from coaxial.domain.flags import Figure
from coaxial.domain.histogram import Bins, Histogram, histogram
from coaxial.domain.options import PrepareOptions
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import RecordingRecord
from coaxial.text.phonemes import phonemize
from coaxial.workflows.measuring import figures_of, flags_of
from coaxial.workflows.prepare_dataset import selected_clips, selection

SHOWN = 200
"""Recordings that will be left out of which each is shown."""

_MOST_IDS, _SOME_IDS = 5, 12
"""No transcript has more ids than so many for each phoneme that is heard, and so many beside."""

_PICTURES: tuple[tuple[Figure, str, Bins], ...] = (
    ("trimmed", "s", Bins(0, 0.5, 40)),
    ("loudness", "LUFS", Bins(-50, 1, 40)),
    ("above_noise", "dB", Bins(0, 2, 35)),
    ("pace", "phonemes/s", Bins(0, 1, 32)),
)


@dataclass(frozen=True)
class LeftOut:
    """A recording that will be left out."""

    recording: RecordingRecord
    reason: str


@dataclass(frozen=True)
class DatasetPreview:
    """What a dataset would be."""

    name: str
    language: str
    selected: int
    """Kept recordings."""
    usable: int
    seconds: float
    """Of the usable ones, silence trimmed and margins kept."""
    twice: int
    """Recordings with the bytes of another one; they become one clip."""
    left_out: int
    first_left_out: Sequence[LeftOut]
    speakers: Mapping[str, int]
    """Usable recordings of each."""
    flags: Mapping[str, int]
    """Usable recordings with each flag."""
    spread: Sequence[Histogram]
    """Of the usable recordings."""


def refuse_empty_selection(settings: Settings, name: str, prompt_list: str | None) -> None:
    """Raises: NotFound, InvalidOption (several languages), EmptyDataset."""
    with open_store(settings) as store:
        if not selection(store, name, prompt_list).recordings:
            raise EmptyDataset(f"{name} has no recordings to prepare.", remedy="Import or record some first.")


def preview_dataset(settings: Settings, name: str, prompt_list: str | None, options: PrepareOptions) -> DatasetPreview:
    """Look at what `prepare` would make. Raises: NotFound, InvalidOption (several languages)."""
    with open_store(settings) as store:
        chosen = selection(store, name, prompt_list)
    clips = selected_clips(chosen.recordings)
    work = Work(settings.clips, chosen.language.espeak_voice, options)
    put_off_piper_runtime()
    left_out, usable = [], []
    for recording in chosen.recordings:
        if recording.id in clips:
            reason = _problem(recording, clips[recording.id], work)
            if reason:
                left_out.append(LeftOut(recording, reason))
            else:
                usable.append(recording)
    found = [figures_of(one) for one in usable]
    return DatasetPreview(
        name=chosen.name,
        language=chosen.language.tag,
        selected=len(chosen.recordings),
        usable=len(usable),
        seconds=sum(one["trimmed"] or 0.0 for one in found),
        twice=len(chosen.recordings) - len(clips),
        left_out=len(left_out),
        first_left_out=left_out[:SHOWN],
        speakers=dict(Counter(clips[one.id].speaker for one in usable).most_common()),
        flags=dict(Counter(flag.code for one in usable for flag in flags_of(one)).most_common()),
        spread=[
            histogram(figure, unit, bins, [value for one in found if (value := one[figure]) is not None])
            for figure, unit, bins in _PICTURES
        ],
    )


def _problem(recording: RecordingRecord, clip: Selected, work: Work) -> str:
    """Why it will be left out; only a transcript that may be too long for its sound is spoken for that."""
    measures, count = recording.measures, recording.phonemes
    if count:
        enough = (0,) * (_MOST_IDS * count + _SOME_IDS)
        problem = foreseen_problem(clip, measures.seconds, enough, work)
        if not problem:
            return ""
    phonemes = phonemize(clip.text, work.espeak_voice)
    return foreseen_problem(clip, measures.seconds, phonemes.ids if phonemes.spoken else (), work)
