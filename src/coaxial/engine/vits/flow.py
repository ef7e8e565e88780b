"""The normalising flow between the posterior's latent and the text's simpler prior."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from coaxial.domain.quality import NetworkShape
from coaxial.engine.vits.wavenet import WaveNet

COUPLINGS = 4


class MeanCoupling(nn.Module):
    """Shifts the second half of the channels by what a WaveNet makes of the first (Dinh et al. 2017, scale 1)."""

    def __init__(self, channels: int, hidden_channels: int, condition_channels: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(channels // 2, hidden_channels, 1)
        self.enc = WaveNet(hidden_channels, 5, 4, condition_channels)
        self.post = nn.Conv1d(hidden_channels, channels // 2, 1)
        # The flow begins as the identity.
        nn.init.zeros_(self.post.weight)
        assert self.post.bias is not None
        nn.init.zeros_(self.post.bias)

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor | None, inverse: bool) -> Tensor:
        """x: (B, C, T). Returns (B, C, T)."""
        kept, moved = x.chunk(2, 1)
        shift = self.post(self.enc(self.pre(kept) * mask, mask, condition)) * mask
        moved = (moved - shift) * mask if inverse else shift + moved * mask
        return torch.cat([kept, moved], 1)


class Flow(nn.Module):
    """Couplings with the order of the channels reversed after each."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        # Checkpoints number the parameterless reversals too.
        self.flows = nn.ModuleList()
        for _ in range(COUPLINGS):
            self.flows.append(MeanCoupling(shape.inter_channels, shape.hidden_channels, shape.gin_channels))
            self.flows.append(nn.Identity())

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor | None, inverse: bool = False) -> Tensor:
        """x: (B, inter, T), from posterior to prior, or back where inverse. Volume is kept: no log determinant."""
        couplings = [self.flows[2 * index] for index in range(COUPLINGS)]
        if inverse:
            for coupling in reversed(couplings):
                x = coupling(x.flip(1), mask, condition, True)
        else:
            for coupling in couplings:
                x = coupling(x, mask, condition, False).flip(1)
        return x
