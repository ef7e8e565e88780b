"""One recording to one clip: the tier's rate, trimmed to the speech, one loudness, spectrogram, phonemes."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from coaxial.audio.decode import Samples, decode
from coaxial.audio.loudness import level
from coaxial.audio.resample import resample
from coaxial.audio.spectrogram import npy_header, spectrogram
from coaxial.audio.wav import from_pcm, to_pcm, wav_header
from coaxial.dataset.clip_cache import Selected, Standardised, Work, judge, samples_in_cache, wav_path
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.files import storage_errors
from coaxial.domain.options import PrepareOptions
from coaxial.domain.quality import SEGMENT_SAMPLES
from coaxial.text.phonemes import Phonemization, phonemize


def make(work: Work, recordings: Sequence[Selected]) -> list[Standardised]:
    """Make what the cache lacks of some recordings, one result each. Raises: StorageFailure, UnsupportedLanguage."""
    # One transcript after the other takes half the time: espeak-ng's tables stay in the processor's cache.
    phonemes = [phonemize(recording.text, work.espeak_voice) for recording in recordings]
    return [_standardise_one(*pair, work) for pair in zip(recordings, phonemes, strict=True)]


def _standardise_one(recording: Selected, phonemes: Phonemization, work: Work) -> Standardised:
    path = wav_path(recording, work)
    samples = samples_in_cache(path)
    if not samples:
        try:
            samples = _make_clip(recording, path, work.options)
        except UnreadableAudio as error:
            return Standardised(problem=str(error))
    return judge(samples, phonemes.ids if phonemes.spoken else (), work)


def _make_clip(recording: Selected, path: Path, options: PrepareOptions) -> int:
    """Write the clip's audio and spectrogram unless it is too short for one; returns its samples."""
    sound = decode(recording.audio)
    rate = options.quality.sample_rate
    start, end = recording.speech_start - options.margin, recording.speech_end + options.margin
    trimmed = _cut(resample(sound.samples, sound.sample_rate, rate), rate, start, end)
    if len(trimmed) < SEGMENT_SAMPLES:
        return len(trimmed)
    pcm = to_pcm(level(trimmed, rate, options.loudness))
    # Of the rounded samples, so that it is the spectrogram of exactly the audio that lies beside it.
    magnitudes = spectrogram(from_pcm(pcm))
    _put(path.with_suffix(".npy"), npy_header(magnitudes), magnitudes)
    _put(path, wav_header(len(pcm), rate), pcm)
    return len(pcm)


def _put(path: Path, header: bytes, values: npt.NDArray[Any]) -> None:
    """Write a cached file in one atomic step and as few calls as possible, for a corpus is thousands of them.

    Raises: StorageFailure.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with storage_errors(path):
        try:
            try:
                file = part.open("wb", buffering=0)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = part.open("wb", buffering=0)
            with file:
                _write_all(file, b"".join((header, values.data.cast("B"))))
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _write_all(file: io.FileIO, content: bytes) -> None:
    # An unbuffered file may take a part only, the last before the disk is full for one.
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _cut(samples: Samples, rate: int, start: float, end: float) -> Samples:
    return samples[max(0, math.floor(start * rate)) : max(0, math.ceil(end * rate))]
