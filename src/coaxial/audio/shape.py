"""What a recording looks like: its outline for a waveform, and a spectrogram as a picture."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from coaxial.audio.decode import Samples
from coaxial.audio.resample import resample

PICTURE_RATE = 16_000
"""Samples a second of what a picture shows: speech has little above 8 kHz."""

PICTURE_BANDS = 128
PICTURE_RANGE = 80.0
"""Decibels between black and white."""

_WINDOW, _FFT = 400, 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_GREY = 0


def outline(samples: Samples, points: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Least and largest sample of each of so many equal stretches; of every sample where there are fewer.

    samples: (n,) float32, n > 0. Returns: two arrays (min(points, n),).
    """
    count = min(points, len(samples))
    begins = np.arange(count) * len(samples) // count
    return np.minimum.reduceat(samples, begins), np.maximum.reduceat(samples, begins)


def picture(samples: Samples, rate: int, width: int) -> bytes:
    """A spectrogram as an 8-bit grey PNG (W3C, PNG second edition) of PICTURE_BANDS rows, high to low, mel-spaced.

    samples: (n,) float32, n > 0. width: columns, equally spaced over the whole length. Each column shows the power of
    25 ms around its time; white is the loudest, black is PICTURE_RANGE dB below.
    """
    heard = resample(samples, rate, PICTURE_RATE)
    padded = np.pad(heard, _WINDOW // 2)
    centres = np.linspace(0, max(len(heard) - 1, 0), width).astype(np.int64)
    windows = padded[centres[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(windows, _FFT, axis=1)) ** 2 @ _mel_filters()
    levels = 10 * np.log10(np.maximum(power, 1e-12))
    shades = np.clip((levels - levels.max()) / PICTURE_RANGE + 1, 0, 1) * 255
    return _png(np.rint(shades).astype(np.uint8).T[::-1])


@lru_cache(maxsize=1)
def _mel_filters() -> npt.NDArray[np.float64]:
    """(513, PICTURE_BANDS) triangles between points that are equally far apart in mel (O'Shaughnessy 1987)."""
    highest = 2595 * np.log10(1 + PICTURE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, PICTURE_BANDS + 2) / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1)[:, None] * (PICTURE_RATE / _FFT)
    # No triangle is narrower than the bins lie apart, or it would fall between two.
    rising = (bins - edges[:-2]) / np.maximum(edges[1:-1] - edges[:-2], PICTURE_RATE / _FFT)
    falling = (edges[2:] - bins) / np.maximum(edges[2:] - edges[1:-1], PICTURE_RATE / _FFT)
    filters: npt.NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    filters /= filters.sum(axis=0)
    return filters


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """(rows, columns) as a PNG; each row is stored as its differences from the one above, which packs best."""
    above = np.vstack([np.zeros_like(pixels[:1]), pixels[:-1]])
    filtered = np.full((len(pixels), pixels.shape[1] + 1), 2, np.uint8)
    filtered[:, 1:] = pixels - above
    header = struct.pack(">IIBBBBB", pixels.shape[1], len(pixels), 8, _GREY, 0, 0, 0)
    packed = zlib.compress(filtered.tobytes(), 6)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
