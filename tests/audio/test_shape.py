"""What recordings look like."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest

from audio.encoding import tone
from coaxial.audio.shape import PICTURE_BANDS, outline, picture


def pixels(png: bytes) -> npt.NDArray[np.uint8]:
    """The pixels of a picture whose rows are stored as differences from those above; checks its checksums."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        assert struct.unpack(">I", png[place + 8 + size : place + 12 + size])[0] == zlib.crc32(kind + content)
        chunks[kind], place = content, place + 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert (rows[:, 0] == 2).all()
    return np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)


def test_an_outline_holds_the_least_and_largest_of_every_stretch() -> None:
    samples = np.random.default_rng(1).normal(size=1001).astype(np.float32)
    lowest, highest = outline(samples, 10)
    assert (len(lowest), lowest.min(), highest.max()) == (10, samples.min(), samples.max())
    assert (lowest[0], highest[0]) == (samples[:100].min(), samples[:100].max())


def test_an_outline_of_few_samples_is_the_samples() -> None:
    samples = np.array([0.5, -0.25, 0.125], np.float32)
    lowest, highest = outline(samples, 1000)
    assert lowest.tolist() == highest.tolist() == samples.tolist()


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_a_picture_shows_a_tone_at_its_height_and_its_time(rate: int) -> None:
    sound = np.concatenate([np.zeros(rate, np.float32), tone(1.0, rate, frequency=1000.0)])
    seen = pixels(picture(sound, rate, 200))
    assert seen.shape == (PICTURE_BANDS, 200)
    assert seen[:, :90].max() == 0
    # Of 128 bands between 0 and 2840 mel, 1000 Hz, which is 1000 mel, is the 45th from below.
    rows = seen[:, 120:180].argmax(axis=0)
    assert abs(float(np.median(rows)) - (PICTURE_BANDS - 1 - 44)) <= 1
    assert seen[:, 120:180].max() == 255


def test_silence_and_a_single_sample_can_be_drawn() -> None:
    for samples in (np.zeros(4000, np.float32), np.zeros(1, np.float32)):
        assert pixels(picture(samples, 16000, 16)).shape == (PICTURE_BANDS, 16)
