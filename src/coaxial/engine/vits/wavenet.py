"""Stacks of convolutions that keep the length: WaveNet's gated ones, and dilated depth-separable ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.engine.kernels import usable
from coaxial.engine.vits.convolution import ChannelNorm, NormalisedConv1d


class WaveNet(nn.Module):
    """Gated convolutions with residual and skip connections (van den Oord et al. 2016), not causal, dilation 1."""

    def __init__(self, channels: int, kernel: int, layers: int, condition_channels: int) -> None:
        super().__init__()
        self.in_layers = nn.ModuleList(NormalisedConv1d(channels, 2 * channels, kernel) for _ in range(layers))
        # Nothing follows the last layer, so it has no residual half.
        self.res_skip_layers = nn.ModuleList(
            NormalisedConv1d(channels, 2 * channels if layer < layers - 1 else channels, 1) for layer in range(layers)
        )
        if condition_channels:
            self.cond_layer = NormalisedConv1d(condition_channels, 2 * channels * layers, 1)

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor | None) -> Tensor:
        """x: (B, C, T) already masked; mask: (B, 1, T); condition: (B, condition_channels, 1). Returns (B, C, T)."""
        if torch.is_grad_enabled() and usable(x.device):
            from coaxial.engine.wavenet_by_hand import wavenet_by_hand

            return wavenet_by_hand(self, x, mask, condition)
        layers = len(self.in_layers)
        offsets = self.cond_layer(condition).chunk(layers, 1) if condition is not None else None
        skips: Tensor | None = None
        for layer in range(layers):
            gates = self.in_layers[layer](x)
            if offsets is not None:
                gates = gates + offsets[layer]
            signal, gate = gates.chunk(2, 1)
            skip = self.res_skip_layers[layer](torch.tanh(signal) * torch.sigmoid(gate))
            if layer < layers - 1:
                residual, skip = skip.chunk(2, 1)
                x = (x + residual) * mask
            skips = skip if skips is None else skips + skip
        assert skips is not None
        return skips * mask


class SeparableConvolutions(nn.Module):
    """Depth-separable convolutions with dilation kernel ** layer, residual, of the duration predictor."""

    def __init__(self, channels: int, kernel: int, layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        dilations = [kernel**layer for layer in range(layers)]
        self.convs_sep = nn.ModuleList(
            nn.Conv1d(
                channels, channels, kernel, groups=channels, dilation=dilation, padding=(kernel - 1) * dilation // 2
            )
            for dilation in dilations
        )
        self.convs_1x1 = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        self.norms_1 = nn.ModuleList(ChannelNorm(channels) for _ in dilations)
        self.norms_2 = nn.ModuleList(ChannelNorm(channels) for _ in dilations)

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor | None = None) -> Tensor:
        """x: (B, C, T); mask: (B, 1, T); condition: added to x. Returns (B, C, T), masked."""
        if condition is not None:
            x = x + condition
        if torch.is_grad_enabled() and usable(x.device):
            from coaxial.engine.separable_by_hand import separable_by_hand

            return separable_by_hand(self, x, mask)
        for separable, pointwise, norm_1, norm_2 in zip(
            self.convs_sep, self.convs_1x1, self.norms_1, self.norms_2, strict=True
        ):
            y = F.gelu(norm_1(separable(x * mask)))
            x = x + self.drop(F.gelu(norm_2(pointwise(y))))
        return x * mask
