"""Islands of full precision inside a network that otherwise runs under autocast."""

from __future__ import annotations

import torch
from torch import Tensor


def full_precision(like: Tensor) -> torch.autocast:
    """A context on the tensor's device in which operations keep their operands' precision."""
    return torch.autocast(like.device.type, enabled=False)
