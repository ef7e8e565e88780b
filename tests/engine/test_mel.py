"""Spectrograms: those every VITS checkpoint was trained on."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from coaxial.engine.mel import (
    EDGE,
    linear_spectrogram,
    log_mel,
    log_mel_spectrogram,
    mel_filterbank,
    spectrogram_of_padded,
)
from coaxial.engine.vits.mirroring import mirrored


def noise(samples: int, rows: int = 2) -> torch.Tensor:
    return 0.3 * torch.randn(rows, samples, generator=torch.Generator().manual_seed(0)).clamp(-3, 3)


@pytest.mark.parametrize("rate", [16000, 22050, 44100])
def test_mel_filters_are_librosa_s(rate: int) -> None:
    expected = librosa.filters.mel(sr=rate, n_fft=1024, n_mels=80)
    assert np.abs(mel_filterbank(rate) - expected).max() < 1e-6 * expected.max()


@pytest.mark.parametrize("rate", [16000, 22050])
def test_spectrograms_are_librosa_s(rate: int) -> None:
    audio = noise(256 * 20)
    padded = np.pad(audio.numpy(), [(0, 0), (EDGE, EDGE)], mode="reflect")
    magnitude = np.abs(librosa.stft(padded, n_fft=1024, hop_length=256, window="hann", center=False))
    np.testing.assert_allclose(linear_spectrogram(audio), np.sqrt(magnitude**2 + 1e-6), rtol=1e-4, atol=1e-4)
    mel = librosa.feature.melspectrogram(S=magnitude, sr=rate, n_fft=1024, n_mels=80)
    np.testing.assert_allclose(log_mel_spectrogram(audio, rate), np.log(np.maximum(mel, 1e-5)), atol=1e-3)


def test_a_hop_of_audio_is_a_frame() -> None:
    assert linear_spectrogram(noise(256 * 7)).shape == (2, 513, 7)


def test_padded_audio_gives_the_frames_of_its_middle() -> None:
    audio = noise(256 * 30)
    middle = spectrogram_of_padded(audio[:, 256 * 10 - EDGE : 256 * 20 + EDGE])
    torch.testing.assert_close(middle, linear_spectrogram(audio)[:, :, 10:20])


@pytest.mark.parametrize(("before", "after"), [(384, 384), (0, 3), (0, 0)])
def test_a_mirrored_end_is_torch_s_forward_and_back(before: int, after: int) -> None:
    ours, theirs = (noise(512).requires_grad_() for _ in range(2))
    weights = noise(512 + before + after)
    found, expected = mirrored(ours, before, after), F.pad(theirs[None], (before, after), "reflect")[0]
    assert torch.equal(found, expected)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_windows_and_their_gradients_are_those_of_torch_s_stft() -> None:
    ours, theirs = (noise(256 * 9 + 768).requires_grad_() for _ in range(2))
    found = spectrogram_of_padded(ours)
    spectrum = torch.stft(theirs, 1024, 256, window=torch.hann_window(1024), center=False, return_complex=True)
    expected = torch.sqrt(torch.view_as_real(spectrum).square().sum(-1) + 1e-6)
    torch.testing.assert_close(found, expected)
    weights = torch.rand(found.shape, generator=torch.Generator().manual_seed(1))
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_silence_has_a_finite_mel_and_a_finite_gradient() -> None:
    audio = torch.zeros(1, 256 * 8, requires_grad=True)
    mel = log_mel_spectrogram(audio, 22050)
    mel.sum().backward()
    assert audio.grad is not None
    assert torch.isfinite(mel).all() and torch.isfinite(audio.grad).all()


def test_each_rate_has_its_own_filters_whatever_was_asked_before() -> None:
    spectrogram = linear_spectrogram(noise(256 * 8))
    first = log_mel(spectrogram, 22050)
    assert not torch.allclose(log_mel(spectrogram, 16000), first, atol=0.1)
    assert torch.equal(log_mel(spectrogram, 22050), first)


def test_autocast_does_not_coarsen_spectrograms() -> None:
    audio = noise(256 * 8)
    expected = log_mel_spectrogram(audio, 22050)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(log_mel_spectrogram(audio, 22050), expected)


def test_filters_made_while_speaking_can_be_trained_with() -> None:
    with torch.inference_mode():
        log_mel_spectrogram(noise(256 * 4), 11025)
    audio = noise(256 * 4).requires_grad_()
    log_mel_spectrogram(audio, 11025).sum().backward()
    assert audio.grad is not None
