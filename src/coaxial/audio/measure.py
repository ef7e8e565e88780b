"""What there is to know about a recording before anything is made from it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from coaxial.audio.decode import Samples, Sound, decode
from coaxial.audio.loudness import integrated_loudness
from coaxial.audio.resample import resample
from coaxial.audio.speech import RATE, find_speech
from coaxial.audio.workers import map_in_order, task_size
from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.progress import Progress

SILENCE_DB = -120.0
"""dBFS given for digital silence."""

_LEVEL_WINDOW = 0.032
"""Seconds over which a level is averaged."""

_QUIETEST = 10
"""Percentile of the levels that is called the noise floor."""

_ENOUGH_SILENCE = 0.2
"""Seconds outside the speech from which the noise floor is taken; with less, the quietest moments of all are."""


@dataclass(frozen=True)
class Measures:
    """Of one recording, as it was recorded."""

    seconds: float
    sample_rate: int
    channels: int
    speech_start: float | None
    """Seconds; None, like speech_end, where nobody speaks."""
    speech_end: float | None
    peak: float
    """Largest sample, dBFS."""
    loudness: float
    """LUFS (ITU-R BS.1770), at least -70."""
    noise_floor: float
    """RMS level of the quiet parts, dBFS."""
    clipped: float
    """Fraction of samples in runs at full scale."""


def measure(paths: Sequence[Path]) -> list[Measures | UnreadableAudio]:
    """Measure files, one result each, in order; a file that cannot be decoded gives the error that says why."""
    return [_measure_one(path) for path in paths]


def measure_all(
    paths: Sequence[Path], processes: int, progress: Progress
) -> Generator[Measures | UnreadableAudio, None, None]:
    """Measure any number of files in several processes; results come in order, one each, as they are ready.

    Raises: StorageFailure where a worker process was killed.
    """
    progress.stage("Measuring recordings", total=len(paths), unit="files")
    size = task_size(len(paths), processes)
    remaining = iter(paths)
    tasks = iter(lambda: list(islice(remaining, size)), [])
    preload = [__name__, "scipy.fft", "onnxruntime"]
    for results in map_in_order(measure, tasks, min(processes, -(-len(paths) // size)), preload):
        progress.advance(len(results))
        yield from results


def _measure_one(path: Path) -> Measures | UnreadableAudio:
    try:
        sound = decode(path)
    except UnreadableAudio as error:
        return error
    speech = find_speech([resample(sound.samples, sound.sample_rate, RATE)])[0]
    return Measures(
        seconds=sound.seconds,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        speech_start=speech and speech[0],
        speech_end=speech and min(speech[1], sound.seconds),
        peak=_decibels(float(np.abs(sound.samples).max())),
        loudness=integrated_loudness(sound.samples, sound.sample_rate),
        noise_floor=_noise_floor(sound, speech),
        clipped=sound.clipped,
    )


def _noise_floor(sound: Sound, speech: tuple[float, float] | None) -> float:
    levels = _levels(sound.samples, max(1, round(_LEVEL_WINDOW * sound.sample_rate)))
    if speech is not None:
        times = np.arange(len(levels)) * _LEVEL_WINDOW
        outside = (times + _LEVEL_WINDOW <= speech[0]) | (times >= speech[1])
        if outside.sum() * _LEVEL_WINDOW >= _ENOUGH_SILENCE:
            levels = levels[outside]
    return _decibels(float(np.percentile(levels, _QUIETEST)))


def _levels(samples: Samples, window: int) -> Samples:
    """Root mean square of every whole window, or of all where there is not one; (n // window,) float32."""
    window = min(window, len(samples))
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    levels: Samples = np.sqrt(np.einsum("ij,ij->i", whole, whole) / np.float32(window))
    return levels


def _decibels(amplitude: float) -> float:
    return max(SILENCE_DB, float(20 * np.log10(amplitude))) if amplitude > 0 else SILENCE_DB
