"""Which frame belongs to which phoneme: monotonic alignment search (Kim et al. 2020, Glow-TTS, algorithm 1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from coaxial.engine.kernels import usable


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
    Of equally likely paths it takes the one that comes to each phoneme earliest. Nothing leaves the tensor's device.
    """
    if usable(log_likelihood.device):
        from coaxial.engine.kernels.alignment import visited_phonemes

        visited = visited_phonemes(log_likelihood, phoneme_lengths, frame_lengths)
    else:
        visited = _visited_phonemes(log_likelihood, phoneme_lengths, frame_lengths)
    phonemes = torch.arange(log_likelihood.shape[2], device=log_likelihood.device)
    return (phonemes == visited.unsqueeze(2)).to(log_likelihood.dtype)


def _visited_phonemes(log_likelihood: Tensor, phoneme_lengths: Tensor, frame_lengths: Tensor) -> Tensor:
    """Phoneme of each frame, (B, frames) int64, -1 past a clip's end."""
    rows, frames, phonemes = log_likelihood.shape
    device = log_likelihood.device
    real = torch.arange(frames, device=device) < frame_lengths[:, None]
    came = _newly_come(log_likelihood) & real.t().unsqueeze(2)
    before = torch.arange(phonemes, device=device) - came.long()
    visited = torch.empty(frames, rows, 1, dtype=torch.int64, device=device)
    visited[-1] = phoneme_lengths[:, None] - 1
    for frame in range(frames - 1, 0, -1):
        torch.gather(before[frame], 1, visited[frame], out=visited[frame - 1])
    return visited.squeeze(2).t().masked_fill(~real, -1)


def _newly_come(log_likelihood: Tensor) -> Tensor:
    """(frames, B, phonemes) bool: whether the best path that is at a phoneme in a frame was not there before it."""
    rows, frames, phonemes = log_likelihood.shape
    # Column 0 stands left of the first phoneme: every path is there before the first frame, and never again. The rows
    # of a batch lie one behind the other, so that a phoneme's left neighbour is the element before it.
    likelihood = F.pad(log_likelihood, (1, 0), value=-math.inf).transpose(0, 1).reshape(frames, -1)
    best = torch.full((frames + 1, rows * (phonemes + 1) + 1), -math.inf, device=log_likelihood.device)
    best[0, 1 :: phonemes + 1] = 0.0
    for frame in range(frames):
        reached = torch.maximum(best[frame, :-1], best[frame, 1:])
        torch.add(reached, likelihood[frame], out=best[frame + 1, 1:])
    return (best[:-1, 1:] < best[:-1, :-1]).view(frames, rows, phonemes + 1)[:, :, 1:]
