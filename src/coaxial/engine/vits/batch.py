"""What one training step works on: a padded batch of clips, and every random number it needs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from coaxial.domain.quality import NetworkShape


@dataclass(frozen=True)
class Batch:
    """B clips, padded with zeros to P phonemes and T frames; all tensors on one device."""

    phoneme_ids: Tensor
    """(B, P) int64."""
    phoneme_lengths: Tensor
    """(B,) int64, at most P and at most the clip's frames."""
    spectrogram: Tensor
    """(B, 513, T) float32, linear magnitude."""
    frame_lengths: Tensor
    """(B,) int64, at most T and at least a training segment (32)."""
    audio: Tensor
    """(B, T * 256) float32 in [-1, 1]."""
    speaker_ids: Tensor | None = None
    """(B,) int64 where the network has several speakers."""

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        present = {name: value for name, value in vars(self).items() if value is not None}
        return Batch(**{name: value.to(device, non_blocking=True) for name, value in present.items()})


@dataclass(frozen=True)
class TrainingNoise:
    """Every random number of a training step except dropout's, so that a step is a function of its arguments."""

    posterior: Tensor
    """(B, inter_channels, T), standard normal: the sample of the posterior."""
    durations: Tensor
    """(B, 2, P), standard normal: variational dequantisation of the durations."""
    segments: Tensor
    """(B,), uniform in [0, 1): where in each clip the training segment starts."""


def draw_noise(shape: NetworkShape, batch: Batch, generator: torch.Generator | None = None) -> TrainingNoise:
    """Fresh noise for a batch, on its device. generator: on that device too; None takes torch's own."""
    device = batch.spectrogram.device
    rows, phonemes = batch.phoneme_ids.shape
    frames = batch.spectrogram.shape[2]
    return TrainingNoise(
        posterior=torch.randn(rows, shape.inter_channels, frames, device=device, generator=generator),
        durations=torch.randn(rows, 2, phonemes, device=device, generator=generator),
        segments=torch.rand(rows, device=device, generator=generator),
    )
