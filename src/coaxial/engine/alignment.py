"""Which frame belongs to which phoneme: monotonic alignment search (Kim et al. 2020, Glow-TTS, algorithm 1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def frame_log_likelihood(latent: Tensor, mean: Tensor, log_deviation: Tensor) -> Tensor:
    """Log density of every frame under every phoneme's diagonal normal distribution.

    latent: (B, C, frames); mean, log_deviation: (B, C, phonemes); float32, since large terms cancel here.
    Returns: (B, frames, phonemes), nats.
    """
    precision = torch.exp(-2 * log_deviation)
    constant = (-0.5 * math.log(2 * math.pi) - log_deviation - 0.5 * mean * mean * precision).sum(1, keepdim=True)
    of_frames = torch.cat([latent * latent, latent], 1).transpose(1, 2)
    of_phonemes = torch.cat([-0.5 * precision, mean * precision], 1)
    return torch.matmul(of_frames, of_phonemes) + constant


def monotonic_alignment(log_likelihood: Tensor, phoneme_lengths: Tensor, frame_lengths: Tensor) -> Tensor:
    """Most likely path of frames through phonemes that begins with the first, ends with the last and skips none.

    log_likelihood: (B, frames, phonemes) float32, nats. Lengths: (B,) int64, phonemes <= frames in every row.
    Returns: (B, frames, phonemes), 1 where a frame belongs to a phoneme; rows and columns past the lengths are 0.
    Of equally likely paths it takes the one that leaves each phoneme latest. Nothing leaves the tensor's device.
    """
    frames, phonemes = log_likelihood.shape[1:]
    advanced = _advances(log_likelihood)
    frame = torch.arange(frames, device=log_likelihood.device)
    real = frame < frame_lengths[:, None]
    steps = (advanced & real[:, :, None]).long().unbind(1)
    phoneme = phoneme_lengths[:, None] - 1
    visited = [phoneme]
    for step in reversed(steps[1:]):
        phoneme = phoneme - step.gather(1, phoneme)
        visited.append(phoneme)
    indices = torch.cat(visited[::-1], 1)
    path = torch.arange(phonemes, device=log_likelihood.device) == indices[:, :, None]
    return (path & real[:, :, None]).to(log_likelihood.dtype)


def _advances(log_likelihood: Tensor) -> Tensor:
    """(B, frames, phonemes) bool: whether the best path that is at a phoneme in a frame has just come to it."""
    rows = log_likelihood.unbind(1)
    # Before the first frame a path stands left of the first phoneme: only there may it begin.
    best = torch.full_like(rows[0], -math.inf)
    came_from = F.pad(torch.zeros_like(rows[0][:, :1]), (0, rows[0].shape[1] - 1), value=-math.inf)
    advances = []
    for row in rows:
        advances.append(best < came_from)
        best = torch.maximum(best, came_from) + row
        came_from = F.pad(best[:, :-1], (1, 0), value=-math.inf)
    return torch.stack(advances, 1)
