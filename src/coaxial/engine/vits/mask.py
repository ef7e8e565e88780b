"""Which positions of a padded batch are real."""

from __future__ import annotations

import torch
from torch import Tensor


def sequence_mask(lengths: Tensor, positions: int) -> Tensor:
    """(B,) lengths to (B, 1, positions) float32: 1 before each row's length, 0 from there on."""
    return (torch.arange(positions, device=lengths.device) < lengths[:, None]).unsqueeze(1).float()
