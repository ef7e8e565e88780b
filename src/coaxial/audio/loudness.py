"""Loudness as ears and broadcasters measure it (ITU-R BS.1770-4), and clips brought to one level."""

from __future__ import annotations

import numpy as np

from coaxial.audio.decode import Samples
from coaxial.audio.resample import resample

SILENCE = -70.0
"""LUFS of the standard's absolute gate: nothing quieter is measured."""

CEILING = -1.0
"""dBTP that no levelled clip exceeds."""

_BLOCK = 0.4
"""Seconds of the standard's gating blocks."""


def integrated_loudness(samples: Samples, rate: int) -> float:
    """Gated loudness in LUFS, SILENCE where there is nothing above the gate.

    samples: (n,) float32. A clip shorter than one gating block counts as one block.
    """
    # Imported when first needed: it brings scipy.signal, half a second.
    import pyloudnorm

    if not len(samples):
        return SILENCE
    seconds = len(samples) / rate
    meter = pyloudnorm.Meter(rate, block_size=min(_BLOCK, seconds))
    with np.errstate(divide="ignore", invalid="ignore"):
        loudness = float(meter.integrated_loudness(samples))
    return max(loudness, SILENCE) if np.isfinite(loudness) else SILENCE


def true_peak(samples: Samples, rate: int) -> float:
    """Largest absolute value between the samples too, by fourfold oversampling (BS.1770-4, annex 2); linear."""
    if not len(samples):
        return 0.0
    return max(float(np.abs(samples).max()), float(np.abs(resample(samples, rate, 4 * rate)).max()))


def level(samples: Samples, rate: int, target: float | None) -> Samples:
    """Bring a clip to a loudness, or to less where it would exceed CEILING; silence stays as it is.

    samples: (n,) float32. target: LUFS; None keeps the level unless it exceeds CEILING.
    """
    gain = 1.0
    if target is not None:
        loudness = integrated_loudness(samples, rate)
        if loudness > SILENCE:
            gain = 10 ** ((target - loudness) / 20)
    ceiling = 10 ** (CEILING / 20)
    peak = true_peak(samples, rate) * gain
    if peak > ceiling:
        gain *= ceiling / peak
    return samples if gain == 1.0 else samples * np.float32(gain)
