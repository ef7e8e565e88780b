"""Spectrograms as every VITS checkpoint was trained on them: linear magnitude and log-mel, always in float32."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH, MEL_BANDS
from coaxial.engine.vits.mirroring import mirrored

EDGE = (FFT_SIZE - HOP_LENGTH) // 2
"""Samples added on either side, so that S samples give S / 256 frames."""

_QUIETEST = 1e-5
"""Mel magnitudes below this count as this."""


def linear_spectrogram(audio: Tensor) -> Tensor:
    """(B, S) in [-1, 1], S a multiple of 256 and over 384, to magnitudes (B, 513, S / 256); mirrored at both ends."""
    return spectrogram_of_padded(mirrored(audio.float(), EDGE, EDGE))


def spectrogram_of_padded(audio: Tensor) -> Tensor:
    """(B, S + 768), with 384 samples of context on either side, to magnitudes (B, 513, S / 256)."""
    with torch.autocast(audio.device.type, enabled=False):
        # As torch.stft, but for gradients that add up in the same order every time, on a GPU too.
        windows = audio.float().unfold(1, FFT_SIZE, HOP_LENGTH) * _window(audio.device)
        spectrum = torch.fft.rfft(windows)
        # The small constant keeps the square root's gradient finite in silence.
        return torch.sqrt(torch.view_as_real(spectrum).square().sum(-1) + 1e-6).transpose(1, 2)


def log_mel(spectrogram: Tensor, sample_rate: int) -> Tensor:
    """Magnitudes (B, 513, T) to natural logarithms of mel magnitudes (B, 80, T)."""
    with torch.autocast(spectrogram.device.type, enabled=False):
        mel = torch.matmul(_filterbank(sample_rate, spectrogram.device), spectrogram.float())
        return torch.log(mel.clamp(min=_QUIETEST))


def log_mel_spectrogram(audio: Tensor, sample_rate: int) -> Tensor:
    """(B, S) in [-1, 1] to (B, 80, S / 256)."""
    return log_mel(linear_spectrogram(audio), sample_rate)


def mel_filterbank(sample_rate: int) -> NDArray[np.float32]:
    """Triangular filters (80, 513) from 0 Hz to half the rate, each of area 1, on the scale of Slaney (1998).

    The scale is linear below 1000 Hz, 200/3 Hz a mel, and logarithmic above, 27 mels for a factor of 6.4. That is
    librosa's default, and so what Piper's checkpoints know.
    """
    bins = np.linspace(0, sample_rate / 2, FFT_SIZE // 2 + 1)
    corners = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(sample_rate / 2), MEL_BANDS + 2))
    lower, centre, upper = (corners[i : i + MEL_BANDS, None] for i in range(3))
    triangles = np.minimum((bins - lower) / (centre - lower), (upper - bins) / (upper - centre))
    return (np.maximum(triangles, 0.0) * 2.0 / (upper - lower)).astype(np.float32)


def _hertz_to_mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


# Made outside inference mode, or a later training step could not keep them for its backward pass.
@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _filterbank(sample_rate: int, device: torch.device) -> Tensor:
    return torch.from_numpy(mel_filterbank(sample_rate)).to(device)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _window(device: torch.device) -> Tensor:
    return torch.hann_window(FFT_SIZE, device=device)
