"""A take that a recorder brings: measured, kept as it came, and written down as the reading of one prompt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from coaxial.audio.file_kinds import kind_of_file
from coaxial.dataset.lazy_piper import put_off_piper_runtime
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.files import remove_forgotten, storage_errors
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.originals import keep_original
from coaxial.store.readings import NewTake
from coaxial.store.records import Measures, RecordingRecord
from coaxial.workflows.count_phonemes import count_phonemes_of
from coaxial.workflows.locks import locked
from coaxial.workflows.measuring import as_measures

_FORGOTTEN = 3600.0
"""Seconds after which nobody writes a take any more that was begun."""


@dataclass(frozen=True)
class Reading:
    """What is being read, and by whom."""

    profile: str
    prompt_list: str
    position: int
    """Of the prompt, from 1."""
    recorded: datetime | None = None
    """When; None: just now."""


def expect_take(settings: Settings, reading: Reading) -> str:
    """The sentence that is about to be read. Raises: NotFound, InvalidOption (profile and list in two languages)."""
    with open_store(settings) as store:
        return store.prompt_to_read(reading.profile, reading.prompt_list, reading.position)


def record_take(settings: Settings, reading: Reading, brought: Path, sha256: str) -> tuple[RecordingRecord, bool]:
    """Take in a file that lies in the data directory; answers the recording, and whether it is new.

    The file is moved, on the disk before the row that names it. The kept take of the same sentence is superseded by
    it, and kept as such; the same bytes again change nothing. sha256: of the file's bytes.
    Raises: as expect_take, UnreadableAudio (no sound, or nobody speaks), StorageFailure.
    """
    expect_take(settings, reading)
    measures = _measured(brought)
    with storage_errors(brought):
        named = brought.with_suffix(kind_of_file(brought).suffix)
        brought.replace(named)
    # Whoever deletes recordings deletes the originals that no row names; between these two no row names this one.
    with locked(settings, "originals", "the recordings", wait=True), open_store(settings) as store:
        file = keep_original(settings.recordings, named, sha256)
        take = NewTake(
            profile=reading.profile,
            prompt_list=reading.prompt_list,
            position=reading.position,
            file=file,
            sha256=sha256,
            measures=measures,
            recorded=reading.recorded,
        )
        recording, new = store.add_reading(take)
    with open_store(settings) as store:
        return count_phonemes_of(store, recording), new


@contextmanager
def scratch_for_take(settings: Settings) -> Iterator[Path]:
    """Where a take is written as it comes; what is still there when the block ends goes, as does what a kill left."""
    takes = settings.data_dir / "scratch" / "takes"
    with storage_errors(takes):
        remove_forgotten(takes, _FORGOTTEN)
        folder = takes / uuid4().hex
        folder.mkdir(parents=True)
    try:
        # The name is the one that sentences about the file have.
        yield folder / "The recording"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(brought: Path) -> Measures:
    # Imported when first needed: numpy and the detector's weights take longer than the rest of a server's start.
    from coaxial.audio.measure import measure

    put_off_piper_runtime()
    (measured,) = measure([brought])
    if isinstance(measured, UnreadableAudio):
        raise measured
    if measured.speech_start is None:
        raise UnreadableAudio(
            "Nobody speaks in the recording.",
            remedy="Check that the right microphone is chosen and not muted, and speak after the recording began.",
        )
    return as_measures(measured)
