"""The linear magnitude spectrogram that Piper's posterior encoder reads."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH

_BINS = FFT_SIZE // 2 + 1

# Keeps the square root's gradient finite where a bin is silent; part of every published Piper voice's training.
_FLOOR = np.float32(1e-6)

# Frames transformed at once: enough that numpy's calls cost little, few enough to stay in the processor's cache.
_FRAMES_PER_BLOCK = 64


def spectrogram(samples: Samples) -> npt.NDArray[np.float16]:
    """Magnitudes of the short-time Fourier transform (Hann window of 1024, hop 256), as piper.train computes them.

    samples: (n,) float32, n >= 1024. Returns: (n // 256, 513) float16; the audio is mirrored at both ends by
    (1024 - 256) / 2 samples, so that every hop has its frame.
    """
    edge = (FFT_SIZE - HOP_LENGTH) // 2
    # numpy's pad takes longer for this than sixteen frames.
    mirrored = np.concatenate([samples[edge:0:-1], samples, samples[-2 : -edge - 2 : -1]])
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, FFT_SIZE)[::HOP_LENGTH]
    magnitudes = np.empty((len(windows), _BINS), dtype=np.float16)
    for begin in range(0, len(windows), _FRAMES_PER_BLOCK):
        # Only with the factor of "forward" does numpy 2 transform in single precision; the window makes up for it.
        spectrum = np.fft.rfft(windows[begin : begin + _FRAMES_PER_BLOCK] * _scaled_hann(), axis=1, norm="forward")
        parts = spectrum.view(np.float32)
        parts *= parts
        squares = parts[:, 0::2] + parts[:, 1::2]
        squares += _FLOOR
        magnitudes[begin : begin + _FRAMES_PER_BLOCK] = _half(np.sqrt(squares, out=squares))
    return magnitudes


def npy_header(magnitudes: npt.NDArray[np.float16]) -> bytes:
    """What numpy.save writes before the values (128 bytes)."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(magnitudes))
    return header.getvalue()


def _half(values: Samples) -> npt.NDArray[np.float16]:
    """Single to half precision, rounded to the nearest even as IEEE 754 has it, for values between 2^-14 and 65504.

    numpy converts one number at a time; on bits it is integer arithmetic and three times faster.
    """
    bits = values.view(np.uint32)
    rounded = np.right_shift(bits, np.uint32(13))
    rounded &= np.uint32(1)
    rounded += bits
    # The exponent's bias is 127 in one format and 15 in the other.
    rounded -= np.uint32(((127 - 15) << 23) - 0xFFF)
    rounded >>= np.uint32(13)
    return rounded.astype(np.uint16).view(np.float16)


@cache
def _scaled_hann() -> Samples:
    """(1024,) periodic Hann window times 1024, a power of two and so without rounding."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT_SIZE) / FFT_SIZE)).astype(np.float32)
    return window * np.float32(FFT_SIZE)
