"""The alignment that piper.train's wheel lacks: compiled, on the CPU and in parallel, as its own is."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import torch
from numba import config, njit, prange
from torch import Tensor

# Its OpenMP layer would change the number of torch's threads.
config.THREADING_LAYER = "workqueue"


def put_in_place() -> None:
    """Be `piper.train.vits.monotonic_align`, whose compiled part is not in the wheel."""
    module = types.ModuleType("piper.train.vits.monotonic_align")
    module.maximum_path = maximum_path  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module


def maximum_path(likelihood: Tensor, mask: Tensor) -> Tensor:
    """As piper.train's: to the CPU, through compiled loops, and back. likelihood, mask: (B, frames, phonemes)."""
    values = likelihood.data.cpu().numpy().astype(np.float32)
    frames = mask.sum(1)[:, 0].data.cpu().numpy().astype(np.int32)
    phonemes = mask.sum(2)[:, 0].data.cpu().numpy().astype(np.int32)
    path = np.zeros(values.shape, dtype=np.int32)
    _fill_paths(path, values, frames, phonemes)
    return torch.from_numpy(path).to(device=likelihood.device, dtype=likelihood.dtype)


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _fill_paths(path: Any, best: Any, frames: Any, phonemes: Any) -> None:
    for row in prange(len(path)):
        last, length = phonemes[row] - 1, frames[row]
        for t in range(length):
            for p in range(max(0, last + 1 + t - length), min(last + 1, t + 1)):
                stay = -1e9 if p == t else best[row, t - 1, p]
                come = (0.0 if t == 0 else -1e9) if p == 0 else best[row, t - 1, p - 1]
                best[row, t, p] += max(stay, come)
        p = last
        for t in range(length - 1, -1, -1):
            path[row, t, p] = 1
            if p != 0 and (p == t or best[row, t - 1, p] < best[row, t - 1, p - 1]):
                p -= 1
