"""The clips of a prepared dataset, each with what a voice says for it and the recording that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.domain.errors import NotFound
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import RecordingRecord
from coaxial.text.phonemes import phoneme_id_map
from coaxial.workflows.prepare_dataset import clip_id

_MARKS = frozenset("_^$")
"""Padding, begin and end of Piper's ids; none of them is heard."""


@dataclass(frozen=True)
class ShownClip:
    """One prepared clip."""

    clip: Clip
    seconds: float
    phonemes: str
    """With stress, spaces and punctuation."""
    recording: RecordingRecord | None
    """None where it was deleted since."""


def dataset_clips(settings: Settings, name: str, search: str, offset: int, limit: int) -> tuple[list[ShownClip], int]:
    """A part of the clips whose text holds `search` (empty: of all), and how many these are. Raises: NotFound."""
    with open_store(settings) as store:
        prepared = _loaded(store.dataset(name).folder)
        sources = {clip_id(source, sha256): id for id, source, sha256 in store.dataset_sources(name)}
        words = search.casefold()
        found = [clip for clip in prepared.clips if words in clip.text.casefold()]
        part = found[offset : offset + limit]
        here = [sources[clip.id] for clip in part if clip.id in sources]
        recordings = {one.id: one for one in store.recordings_of(here)}
    symbols = _symbols()
    shown = [
        ShownClip(
            clip=clip,
            seconds=clip.samples / prepared.sample_rate,
            phonemes="".join(symbols.get(id, "") for id in clip.phoneme_ids),
            recording=recordings.get(sources.get(clip.id, 0)),
        )
        for clip in part
    ]
    return shown, len(found)


def clip_wav(settings: Settings, name: str, clip: str) -> Path:
    """The sound of a clip. Raises: NotFound."""
    with open_store(settings) as store:
        prepared = _loaded(store.dataset(name).folder)
    # A name from outside is looked for among the clips that there are.
    found = next((one for one in prepared.clips if one.id == clip), None)
    if found is None:
        raise NotFound(f"The dataset {name} has no clip {clip!r}.", remedy="Look at the list of its clips.")
    return prepared.wav(found)


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> PreparedDataset:
    # A dataset is frozen: what its folder holds never changes.
    return PreparedDataset.load(folder)


@lru_cache(maxsize=1)
def _symbols() -> Mapping[int, str]:
    put_off_piper_runtime()
    return {ids[0]: symbol for symbol, ids in phoneme_id_map().items() if symbol not in _MARKS}
