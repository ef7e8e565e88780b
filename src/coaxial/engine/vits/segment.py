"""The same random slice of every clip, in frames and in samples."""

from __future__ import annotations

import torch
from torch import Tensor

from coaxial.domain.quality import HOP_LENGTH, SEGMENT_SAMPLES

SEGMENT_FRAMES = SEGMENT_SAMPLES // HOP_LENGTH


def segment_starts(uniform: Tensor, frame_lengths: Tensor) -> Tensor:
    """First frame (B,) int64 of a segment inside each clip; uniform: (B,) in [0, 1); frame_lengths: (B,)."""
    return (uniform * (frame_lengths - SEGMENT_FRAMES + 1)).long().clamp(min=0)


def frame_segments(x: Tensor, starts: Tensor) -> Tensor:
    """(B, C, T) to (B, C, 32), from each row's own start."""
    return _slices(x, starts, SEGMENT_FRAMES)


def sample_segments(audio: Tensor, starts: Tensor) -> Tensor:
    """(B, T * 256) to (B, 1, 8192), from each row's own start in frames."""
    return _slices(audio.unsqueeze(1), starts * HOP_LENGTH, SEGMENT_SAMPLES)


def _slices(x: Tensor, starts: Tensor, size: int) -> Tensor:
    positions = starts[:, None] + torch.arange(size, device=x.device)
    return x.gather(2, positions[:, None].expand(-1, x.shape[1], -1))
