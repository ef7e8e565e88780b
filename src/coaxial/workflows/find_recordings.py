"""Recordings as a person looks through them: lists, their outlines, and their sound."""

from __future__ import annotations

from dataclasses import dataclass

from coaxial.audio.file_kinds import FileKind, kind_of_file
from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.domain.flags import CODES
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.recordings import SORTS, Wanted
from coaxial.store.records import RecordingRecord
from coaxial.workflows.count_phonemes import count_phonemes, count_phonemes_of


@dataclass(frozen=True)
class Outline:
    """Of a recording, in as many equal stretches as there are points."""

    lowest: list[float]
    highest: list[float]


def find_recordings(
    settings: Settings, wanted: Wanted, sort: str, offset: int, limit: int
) -> tuple[list[RecordingRecord], int]:
    """A part of the recordings that are wanted, and how many there are in all. sort: one of SORTS, `-` before it for
    the largest first.

    Raises: NotFound (the profile or prompt list), InvalidOption (no such flag or sort).
    """
    column = sort.removeprefix("-")
    if column not in SORTS:
        raise InvalidOption(f"Recordings cannot be sorted by {column!r}.", remedy=f"Sort by: {', '.join(SORTS)}.")
    if wanted.flag and wanted.flag not in ("any", "none", *CODES):
        raise InvalidOption(f"There is no flag {wanted.flag!r}.", remedy=f"There are: {', '.join(CODES)}.")
    with open_store(settings) as store:
        count_phonemes(store)
        return store.find_recordings(wanted, column, sort.startswith("-"), offset, limit)


def show_recording(settings: Settings, id: int) -> RecordingRecord:
    """One recording. Raises: NotFound."""
    with open_store(settings) as store:
        return count_phonemes_of(store, store.recording(id))


def outline_of(recording: RecordingRecord, points: int) -> Outline:
    """What its waveform looks like. Raises: UnreadableAudio."""
    # Decoders and numpy are imported where they are needed: a server starts without them.
    from coaxial.audio.decode import decode
    from coaxial.audio.shape import outline

    lowest, highest = outline(decode(recording.file).samples, points)
    return Outline(*(side.astype(float).round(3).tolist() for side in (lowest, highest)))


def picture_of(recording: RecordingRecord, width: int) -> bytes:
    """Its spectrogram, as audio/shape.py draws it: a PNG. Raises: UnreadableAudio."""
    from coaxial.audio.decode import decode
    from coaxial.audio.shape import picture

    sound = decode(recording.file)
    return picture(sound.samples, sound.sample_rate, width)


def kind_of_original(recording: RecordingRecord) -> FileKind:
    """What kind of file the original is. Raises: NotFound (it is gone)."""
    try:
        return kind_of_file(recording.file)
    except OSError:
        raise NotFound(
            f"The original of recording {recording.id} is not in {recording.file.parent} any more.",
            remedy="Put it back from a backup, or delete the recording.",
        ) from None


def playable(recording: RecordingRecord) -> bytes:
    """Its sound as a 16-bit mono WAV file at the rate of the original. Raises: UnreadableAudio."""
    from coaxial.audio.decode import decode
    from coaxial.audio.wav import to_pcm, wav_header

    sound = decode(recording.file)
    pcm = to_pcm(sound.samples)
    return wav_header(len(pcm), sound.sample_rate) + pcm.tobytes()
