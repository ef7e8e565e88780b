"""The factor that keeps fp16's gradients above its smallest numbers (Micikevicius et al. 2018), on the device.

Graphs read it where it lies, and whether an update overflowed is decided there too, so that nothing waits: an update
that did is skipped by the optimizer, and the factor is halved; after many that did not, it is doubled.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FIRST = 2.0**10
_STEPS_TO_DOUBLE = 1000


class LossScale:
    """One factor for both networks."""

    def __init__(self, device: torch.device) -> None:
        self.scale = torch.full((), FIRST, device=device)
        self._steady = torch.zeros((), dtype=torch.int32, device=device)

    def examine(self, norm: Tensor, optimizer: torch.optim.Optimizer) -> tuple[Tensor, Tensor]:
        """Have an optimizer divide its gradients by the factor, or do nothing where they overflowed.

        norm: of the gradients, multiplied with the factor as they are. Returns: the norm without it, 0 where it
        overflowed, and whether it did, 0-dim float32.
        """
        overflowed = 1.0 - norm.isfinite().float()
        # What torch's fused optimizers look for, as its GradScaler leaves it.
        optimizer.grad_scale = self.scale  # type: ignore[attr-defined]
        optimizer.found_inf = overflowed  # type: ignore[attr-defined]
        return torch.where(overflowed > 0, 0.0, norm / self.scale), overflowed

    def adapt(self, overflows: Sequence[Tensor]) -> None:
        """Halve the factor if any network's gradients overflowed, double it if none did for long."""
        overflowed = torch.stack(list(overflows)).amax()
        torch._amp_update_scale_(self.scale, self._steady, overflowed, 2.0, 0.5, _STEPS_TO_DOUBLE)

    def state(self) -> list[Tensor]:
        """What a checkpoint keeps."""
        return [self.scale, self._steady]

    def restore(self, state: Sequence[Tensor]) -> None:
        for own, saved in zip((self.scale, self._steady), state, strict=True):
            own.copy_(saved)
