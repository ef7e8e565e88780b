"""Sequences that go on beyond their ends as in a mirror."""

from __future__ import annotations

import torch
from torch import Tensor


def mirrored(x: Tensor, before: int, after: int) -> Tensor:
    """(…, T) to (…, before + T + after), both less than T: mirrored at the first and at the last value.

    As torch.nn.functional.pad with "reflect", whose gradients on a GPU add up in whatever order its threads come, so
    that no run could be done again bit for bit.
    """
    length = x.shape[-1]
    head = x[..., 1 : before + 1].flip(-1)
    tail = x[..., length - 1 - after : length - 1].flip(-1)
    return torch.cat([head, x, tail], -1)
