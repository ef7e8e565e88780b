from __future__ import annotations

import numpy as np
import pytest

from audio.encoding import tone
from coaxial.audio.spectrogram import _half, spectrogram


@pytest.mark.parametrize("length", [1024, 8192, 8193, 8447, 8448, 100_000])
def test_every_whole_hop_has_a_frame(length):
    samples = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    assert spectrogram(samples).shape == (length // 256, 513)


def test_a_tone_is_one_ridge():
    magnitudes = spectrogram(tone(1.0, 22050, frequency=2205, amplitude=1.0))
    assert magnitudes.dtype == np.float16
    # 2205 Hz lies at bin 102.4; the sum of the Hann window is 512, half of it for each side of the spectrum.
    assert (magnitudes[4:-4].argmax(axis=1) == 102).all()
    assert 180 < float(magnitudes[40, 102]) < 256


def test_silence_is_the_floor():
    assert spectrogram(np.zeros(9000, dtype=np.float32)) == pytest.approx(1e-3, rel=1e-3)


def test_halves_are_rounded_as_numpy_rounds_them():
    exact = 2.0 ** np.random.default_rng(0).uniform(-14, 15.9, 100_000).astype(np.float32)
    ties = (np.arange(1024, 4096) / np.float32(2048) * 0.5).astype(np.float32)
    for values in (exact, ties):
        assert np.array_equal(_half(values), values.astype(np.float16))


@pytest.mark.reference
def test_it_is_the_spectrogram_of_piper_train():
    torch = pytest.importorskip("torch")
    from piper.train.vits.mel_processing import spectrogram_torch

    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 30_001).astype(np.float32)
    reference = spectrogram_torch(torch.from_numpy(samples)[None], 1024, 22050, 256, 1024, center=False)[0].numpy().T
    # Half precision keeps eleven bits; the rest is the rounding of single precision under a loud neighbour.
    np.testing.assert_allclose(spectrogram(samples).astype(np.float32), reference, rtol=2**-11, atol=1e-5)
