"""Kernels written in Triton for NVIDIA GPUs; every one has a twin in plain torch operations, which says what it does.

Nothing below is imported before `usable` has said that it works: Triton is not on every machine, and needs a C
compiler.
"""

from __future__ import annotations

from functools import lru_cache

import torch


def usable(device: torch.device) -> bool:
    """Whether tensors of this device may be given to the kernels."""
    return device.type == "cuda" and problem(device) is None


@lru_cache(maxsize=16)
def problem(device: torch.device) -> str | None:
    """Why the kernels do not work on a CUDA device, in a few words; None where they do. Compiles one and runs it."""
    try:
        from coaxial.engine.kernels.alignment import visited_phonemes

        lengths = torch.tensor([2], device=device), torch.tensor([3], device=device)
        likelihood = torch.tensor([[[0.0, 9.0], [0.0, 9.0], [9.0, 0.0]]], device=device)
        with torch.cuda.device(device):
            found = visited_phonemes(likelihood, *lengths).tolist()
    except (
        Exception
    ) as error:  # the compiler's, the driver's and the library's own kinds, none of which has to stop a run
        return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return None if found == [[0, 1, 1]] else "a small kernel gives a wrong result"
