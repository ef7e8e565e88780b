"""Loudness as ears and broadcasters measure it (ITU-R BS.1770-4), and clips brought to one level.

Written here because pyloudnorm, which the tests compare with, takes half a second to import in every worker process
and four times as long to filter.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.audio.resample import resample

SILENCE = -70.0
"""LUFS of the standard's absolute gate: nothing quieter is measured."""

CEILING = -1.0
"""dBTP that no levelled clip exceeds."""

_STEP = 0.1
_STEPS_PER_BLOCK = 4
"""Gating blocks of 0.4 s that overlap by three quarters."""

_RELATIVE_GATE = -10.0
_OFFSET = -0.691

# Seconds after which the weighting filter's ringing is below -80 dB, nothing a hundredth of a decibel could show.
_RINGING = 0.05

# Between its samples a tone rises by 3 dB at most, and speech by 1.3 (400 real clips): what stays 4 dB below the
# ceiling needs no oversampling.
_RISE = 10 ** (-4 / 20)

# Transforms go four abreast through the processor's vector units, and four still fit its cache.
_WINDOWS_AT_ONCE = 4


def integrated_loudness(samples: Samples, rate: int) -> float:
    """Gated loudness in LUFS, SILENCE where there is nothing above the gate.

    samples: (n,) float32. A clip shorter than one gating block counts as one block.
    """
    if not len(samples):
        return SILENCE
    power = _block_powers(_weighted(samples, rate), rate)
    power = power[_lufs(power) > SILENCE]
    if not len(power):
        return SILENCE
    power = power[_lufs(power) > float(_lufs(power.mean())) + _RELATIVE_GATE]
    return float(_lufs(power.mean()))


def true_peak(samples: Samples, rate: int) -> float:
    """Largest absolute value between the samples too, by fourfold oversampling (BS.1770-4, annex 2); linear."""
    if not len(samples):
        return 0.0
    between = resample(samples, rate, 4 * rate)
    return float(max(samples.max(), -samples.min(), between.max(), -between.min()))


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
    peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0))) * gain
    if peak > ceiling * _RISE:
        peak = true_peak(samples, rate) * gain
    if peak > ceiling:
        gain *= ceiling / peak
    return samples if gain == 1.0 else samples * np.float32(gain)


def _lufs(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-20))


def _block_powers(weighted: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Mean square of every whole gating block, of everything where there is none."""
    steps = int(len(weighted) / (_STEP * rate))
    if steps < _STEPS_PER_BLOCK:
        return np.array([np.dot(weighted, weighted) / len(weighted)], dtype=np.float64)
    edges = np.rint(np.arange(steps + 1) * _STEP * rate).astype(int).tolist()
    energies = np.array([np.dot(weighted[a:b], weighted[a:b]) for a, b in pairwise(edges)], dtype=np.float64)
    return np.convolve(energies, np.ones(_STEPS_PER_BLOCK), "valid") / (_STEPS_PER_BLOCK * _STEP * rate)


def _weighted(samples: Samples, rate: int) -> Samples:
    """Filter (n,) with the K-weighting, by overlap-save convolution."""
    import scipy.fft

    overlap, response = _k_weighting(rate)
    size = 2 * (len(response) - 1)
    step = size - overlap
    padded = np.zeros(overlap + -(-len(samples) // step) * step, dtype=np.float32)
    padded[overlap : overlap + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    weighted = np.empty((len(windows), step), dtype=np.float32)
    for begin in range(0, len(windows), _WINDOWS_AT_ONCE):
        spectrum = scipy.fft.rfft(windows[begin : begin + _WINDOWS_AT_ONCE], axis=1)
        spectrum *= response
        weighted[begin : begin + _WINDOWS_AT_ONCE] = scipy.fft.irfft(spectrum, axis=1)[:, overlap:]
    return weighted.reshape(-1)[: len(samples)]


@lru_cache(maxsize=16)
def _k_weighting(rate: int) -> tuple[int, npt.NDArray[np.complex64]]:
    """Samples the filter rings for, and its frequency response: a high shelf for the head, then a high pass.

    The standard gives coefficients at 48 kHz only; the analogue prototypes behind them (De Man 2014, "Evaluation of
    implementations of the EBU R128 loudness measurement") give those of any rate by the bilinear transform.
    """
    ringing = math.ceil(_RINGING * rate)
    size = 1 << (3 * ringing - 1).bit_length()
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    shelf_gain = 10 ** (3.999843853973347 / 20)
    at_edge = shelf_gain**0.4996667741545416
    shelf = _biquad(rate, 1681.974450955533, 0.7071752369554196, (shelf_gain, at_edge, 1.0), delay)
    high_pass = _biquad(rate, 38.13547087602444, 0.5003270373238773, (1.0, 0.0, 0.0), delay)
    # The standard's second stage has a numerator of 1, -2, 1 exactly, a hundredth of a decibel above the prototype.
    k = math.tan(math.pi * 38.13547087602444 / rate)
    high_pass *= 1 + k / 0.5003270373238773 + k * k
    return ringing, (shelf * high_pass).astype(np.complex64)


def _biquad(
    rate: int, edge: float, q: float, gains: tuple[float, float, float], delay: npt.NDArray[np.complex128]
) -> npt.NDArray[np.complex128]:
    """Response of (high·s² + middle·s/q + low) / (s² + s/q + 1), s in units of the edge in Hz, at delays z^-1."""
    high, middle, low = gains
    k = math.tan(math.pi * edge / rate)
    numerator = (high + middle * k / q + low * k * k, 2 * (low * k * k - high), high - middle * k / q + low * k * k)
    denominator = (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k)
    squared = delay * delay
    top = numerator[0] + numerator[1] * delay + numerator[2] * squared
    return np.asarray(top / (denominator[0] + denominator[1] * delay + denominator[2] * squared))
