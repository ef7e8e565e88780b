"""piper.train's own network and losses beside ours: same weights, same batch, same random numbers.

The wheel lacks piper.train's compiled alignment, so a plain dynamic programme of the same search takes its place.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from coaxial.domain.quality import HOP_LENGTH, NetworkShape
from coaxial.engine.mel import linear_spectrogram
from coaxial.engine.vits.batch import Batch, TrainingNoise
from coaxial.engine.vits.mask import sequence_mask


def plain_alignment(log_likelihood: np.ndarray, phonemes: int, frames: int) -> np.ndarray:
    """Phoneme of each frame, (frames,), by the textbook recursion on a (frames, phonemes) array."""
    best = np.full((frames, phonemes), -np.inf, dtype=np.float32)
    for t in range(frames):
        for p in range(min(phonemes, t + 1)):
            stay = best[t - 1, p] if t > p else -np.inf
            come = (best[t - 1, p - 1] if p else -np.inf) if t else 0.0
            best[t, p] = np.float32(max(stay, come)) + log_likelihood[t, p]
    path = np.empty(frames, dtype=np.int64)
    p = phonemes - 1
    for t in reversed(range(frames)):
        path[t] = p
        if p and (p == t or best[t - 1, p] < best[t - 1, p - 1]):
            p -= 1
    return path


def _maximum_path(likelihood: Tensor, mask: Tensor) -> Tensor:
    path = torch.zeros_like(likelihood)
    for row in range(len(likelihood)):
        frames, phonemes = int(mask[row, :, 0].sum()), int(mask[row, 0].sum())
        indices = plain_alignment(likelihood[row].numpy(), phonemes, frames)
        path[row, torch.arange(frames), torch.from_numpy(indices)] = 1
    return path


def piper_model(shape: NetworkShape) -> Any:
    """piper.train's VitsModel of a network, without its optional parts."""
    module = types.ModuleType("piper.train.vits.monotonic_align")
    module.maximum_path = _maximum_path  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    from piper.train.vits.lightning import VitsModel

    sys.modules["piper.train.vits"].monotonic_align = module
    return VitsModel(**asdict(shape), mos_metric=None)


def randomise(network: nn.Module, seed: int) -> None:
    """Small random values for every parameter that starts at zero, so that no gradient is zero for that reason."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.copy_(0.03 * torch.randn(parameter.shape, generator=generator))


def random_batch(shape: NetworkShape, frames: list[int], phonemes: list[int], seed: int = 0) -> Batch:
    """Clips of noise of the given lengths."""
    generator = torch.Generator().manual_seed(seed)
    frame_lengths, phoneme_lengths = torch.tensor(frames), torch.tensor(phonemes)
    rows = len(frames)
    audible = sequence_mask(frame_lengths, max(frames)).repeat_interleave(HOP_LENGTH, dim=2).squeeze(1)
    audio = (0.2 * torch.randn(rows, max(frames) * HOP_LENGTH, generator=generator)).clamp(-1, 1) * audible
    ids = torch.randint(1, shape.num_symbols, (rows, max(phonemes)), generator=generator)
    many = shape.num_speakers > 1
    return Batch(
        phoneme_ids=(ids * sequence_mask(phoneme_lengths, max(phonemes)).squeeze(1)).long(),
        phoneme_lengths=phoneme_lengths,
        spectrogram=linear_spectrogram(audio) * sequence_mask(frame_lengths, max(frames)),
        frame_lengths=frame_lengths,
        audio=audio,
        speaker_ids=torch.randint(0, shape.num_speakers, (rows,), generator=generator) if many else None,
    )


@contextmanager
def given_noise(noise: TrainingNoise) -> Iterator[None]:
    """piper.train draws its random numbers inside the network: hand it these."""
    with (
        patch("torch.randn_like", lambda like: noise.posterior.to(like)),
        patch("torch.randn", lambda *size: noise.durations),
        patch("torch.rand", lambda size: noise.segments),
    ):
        yield


def piper_losses(model: Any, batch: Batch, noise: TrainingNoise) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Generator loss, discriminator loss and metrics as piper.train's training step computes them."""
    from piper.train.vits.dataset import Batch as PiperBatch

    theirs = PiperBatch(
        phoneme_ids=batch.phoneme_ids,
        phoneme_lengths=batch.phoneme_lengths,
        spectrograms=batch.spectrogram,
        spectrogram_lengths=batch.frame_lengths,
        audios=batch.audio.unsqueeze(1),
        audio_lengths=batch.frame_lengths * HOP_LENGTH,
        speaker_ids=batch.speaker_ids,
    )
    # Its mel filters are cached by their highest frequency alone: one rate's would be taken for the other's.
    sys.modules["piper.train.vits.mel_processing"].mel_basis.clear()
    with given_noise(noise):
        losses: tuple[Tensor, Tensor, dict[str, Tensor]] = model._compute_loss(theirs)
    return losses
