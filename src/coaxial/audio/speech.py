"""Where speech begins and ends in a clip, by the Silero voice activity detector (Silero Team 2021, MIT licence)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.audio.silero import FRAME, RATE, speech_probabilities

__all__ = ["RATE", "find_speech", "speech_frames", "speech_probabilities"]

_SURE = 0.5
# The detector hears an onset a frame or two late, and an end late as well: the beginning is extended, the end is not.
_ONSET = 0.1
_FAINT = 0.2
_SHORTEST = 3
"""Frames that must be sure in a row: shorter ones are clicks and breath."""

_LATEST = 5
"""Frames by which the detector's end may be late."""

# Quiet recordings are heard as if their peak were here, with at most 40 dB of gain.
_PEAK, _MOST_GAIN = 0.5, 100.0


def find_speech(clips: Sequence[Samples]) -> list[tuple[float, float] | None]:
    """Begin and end of speech in each clip in seconds, None where nobody speaks.

    clips: (n,) float32 at 16 kHz each. Pauses within the speech count as speech.
    """
    loud = [_amplified(clip) for clip in clips]
    return [_bounds(clip, found) for clip, found in zip(loud, speech_probabilities(loud), strict=True)]


def _amplified(clip: Samples) -> Samples:
    peak = float(np.abs(clip).max(initial=0.0))
    return clip * np.float32(min(_PEAK / peak, _MOST_GAIN)) if 0 < peak < _PEAK else clip


def _bounds(clip: Samples, probabilities: npt.NDArray[np.float32]) -> tuple[float, float] | None:
    frames = speech_frames(probabilities)
    if frames is None:
        return None
    first, last = frames
    whole = clip[: len(clip) // FRAME * FRAME].reshape(-1, FRAME)
    levels = np.sqrt(np.einsum("ij,ij->i", whole, whole) / np.float32(FRAME))
    silence = 1.4 * _tenth(levels) if len(levels) else 0.0
    # What sounds like the quietest moments of the clip after the last sound is silence, whatever the detector says.
    for _ in range(_LATEST):
        if last <= first or last >= len(levels) or levels[last] > silence:
            break
        last -= 1
    return first * FRAME / RATE, min((last + 1) * FRAME, len(clip)) / RATE


def _tenth(levels: Samples) -> float:
    """The tenth percentile, between two levels where it lies between them.

    numpy's own takes as long as six frames of the detector, and the first call a hundredth of a second of imports.
    """
    rank, between = divmod((len(levels) - 1) / 10, 1)
    low = int(rank)
    high = min(low + 1, len(levels) - 1)
    ordered = np.partition(levels, (low, high))
    return float(ordered[low]) + between * float(ordered[high] - ordered[low])


def speech_frames(probabilities: npt.NDArray[np.float32]) -> tuple[int, int] | None:
    """First and last frame of the speech, from the first stretch that is surely speech to the last.

    Clicks are sure for a moment only; speech too faint for the sure level is taken where there is nothing else.
    """
    sure = _runs(probabilities >= _SURE)
    lasting = [run for run in sure if run[1] - run[0] >= _SHORTEST] or sure or _runs(probabilities >= _FAINT)
    if not lasting:
        return None
    first, end = lasting[0][0], lasting[-1][1]
    while first > 0 and probabilities[first - 1] >= _ONSET:
        first -= 1
    return first, end - 1


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
