"""What there is to know about a recording before anything is made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coaxial.audio.decode import Samples, Sound, decode
from coaxial.audio.loudness import integrated_loudness
from coaxial.audio.measures import Measures, measure_all
from coaxial.audio.resample import resample
from coaxial.audio.speech import RATE, find_speech
from coaxial.domain.errors import UnreadableAudio

__all__ = ["Measures", "measure", "measure_all"]

SILENCE_DB = -120.0
"""dBFS given for digital silence."""

_SECONDS_AT_ONCE = 300
"""Audio that is searched for speech together; bounds the memory, whatever is measured."""

_OFFSET = 1e-3
"""Mean of all samples from which on it is taken for an offset: speech has less, and -60 dBFS of it hide nothing."""

_LEVEL_WINDOW = 0.032
"""Seconds over which a level is averaged."""

_EDGE = 0.03
"""Seconds at each end that tell whether a recording begins or stops in the middle of a sound."""

_QUIETEST = 10
"""Percentile of the levels that is called the noise floor."""

_ENOUGH_SILENCE = 0.2
"""Seconds outside the speech from which the noise floor is taken; with less, the quietest moments of all are."""


@dataclass(frozen=True)
class _Heard:
    """A decoded recording, reduced to what finding the speech in it takes."""

    measures: Measures
    """Without speech and noise floor."""
    samples: Samples
    """(n,) at the detector's rate."""
    levels: Samples
    """RMS of every 32 ms."""


def measure(paths: Sequence[Path]) -> list[Measures | UnreadableAudio]:
    """Measure files, one result each, in order; a file that cannot be decoded gives the error that says why."""
    results: list[Measures | UnreadableAudio] = []
    waiting: list[_Heard | UnreadableAudio] = []
    for path in paths:
        try:
            waiting.append(_hear(decode(path)))
        except UnreadableAudio as error:
            waiting.append(error)
        if sum(len(one.samples) for one in waiting if isinstance(one, _Heard)) > _SECONDS_AT_ONCE * RATE:
            results += _find_speech(waiting)
            waiting = []
    return results + _find_speech(waiting)


def _hear(sound: Sound) -> _Heard:
    samples = _centred(sound.samples)
    edge = max(1, round(_EDGE * sound.sample_rate))
    measures = Measures(
        seconds=sound.seconds,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        speech_start=None,
        speech_end=None,
        peak=_decibels(float(max(sound.samples.max(), -sound.samples.min()))),
        loudness=integrated_loudness(samples, sound.sample_rate),
        noise_floor=SILENCE_DB,
        clipped=sound.clipped,
        begins=_decibels(_rms(samples[:edge])),
        ends=_decibels(_rms(samples[-edge:])),
    )
    levels = _levels(samples, max(1, round(_LEVEL_WINDOW * sound.sample_rate)))
    return _Heard(measures, resample(samples, sound.sample_rate, RATE), levels)


def _centred(samples: Samples) -> Samples:
    """Without what a sound card adds to every sample, which nobody hears and every level would be made of."""
    if abs(samples.mean(dtype=np.float64)) <= _OFFSET:
        return samples
    # Speech is not the same above and below it, but it is on either side for as long.
    return samples - np.median(samples)


def _find_speech(recordings: Sequence[_Heard | UnreadableAudio]) -> list[Measures | UnreadableAudio]:
    """Complete the measures of recordings together, which costs half of one by one."""
    bounds = iter(find_speech([one.samples for one in recordings if isinstance(one, _Heard)]))
    return [one if isinstance(one, UnreadableAudio) else _complete(one, next(bounds)) for one in recordings]


def _complete(recording: _Heard, speech: tuple[float, float] | None) -> Measures:
    seconds, levels = recording.measures.seconds, recording.levels
    if speech is None:
        return replace(recording.measures, noise_floor=_noise_floor(levels))
    start, end = speech[0], min(speech[1], seconds)
    times = np.arange(len(levels)) * _LEVEL_WINDOW
    outside = levels[(times + _LEVEL_WINDOW <= start) | (times >= end)]
    quiet = outside if len(outside) * _LEVEL_WINDOW >= _ENOUGH_SILENCE else levels
    return replace(recording.measures, speech_start=start, speech_end=end, noise_floor=_noise_floor(quiet))


def _noise_floor(levels: Samples) -> float:
    rank = len(levels) * _QUIETEST // 100
    return _decibels(float(np.partition(levels, rank)[rank]))


def _levels(samples: Samples, window: int) -> Samples:
    """Root mean square of every whole window, or of all where there is not one; (n // window,) float32."""
    window = min(window, len(samples))
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    levels: Samples = np.sqrt(np.einsum("ij,ij->i", whole, whole) / np.float32(window))
    return levels


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def _decibels(amplitude: float) -> float:
    return max(SILENCE_DB, float(20 * np.log10(amplitude))) if amplitude > 0 else SILENCE_DB
