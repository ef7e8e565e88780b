"""Exponential moving average of the generator's weights: what is validated, heard and exported."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from coaxial.engine.vits.synthesizer import Synthesizer


class MovingAverage:
    """Keeps a second network whose weights follow the trained one's.

    The decay starts low, (1 + step) / (10 + step), so that a short run's average is not mostly its first weights.
    """

    def __init__(self, source: Synthesizer, average: Synthesizer, decay: float = 0.999) -> None:
        self.average = average.eval().requires_grad_(False)
        self._decay = decay
        self._source: list[Tensor] = list(source.parameters())
        self._average: list[Tensor] = list(average.parameters())
        self.reset()

    def reset(self) -> None:
        """Begin again at the trained network's present weights."""
        with torch.no_grad():
            torch._foreach_copy_(self._average, self._source)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move toward the trained weights after update number `step` (1, 2, …)."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._average, self._source, 1.0 - decay)

    def state_dict(self) -> dict[str, Tensor]:
        return self.average.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.average.load_state_dict(state)
