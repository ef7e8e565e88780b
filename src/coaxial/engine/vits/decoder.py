"""HiFi-GAN generator (Kong et al. 2020): latent frames to audio."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.domain.quality import NetworkShape
from coaxial.engine.vits.convolution import NormalisedConv1d, NormalisedConvTranspose1d, channels_last
from coaxial.engine.vits.precision import full_precision

SLOPE = 0.1
"""Of every leaky rectifier but the last."""


class PairedBlock(nn.Module):
    """Residual block "1": each dilated convolution is followed by a plain one."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(NormalisedConv1d(channels, channels, kernel, dilation=d) for d in dilations)
        self.convs2 = nn.ModuleList(NormalisedConv1d(channels, channels, kernel) for _ in dilations)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            hidden = _masked(dilated(F.leaky_relu(x, SLOPE)), mask)
            x = _masked(plain(F.leaky_relu(hidden, SLOPE)) + x, mask)
        return x


class SingleBlock(nn.Module):
    """Residual block "2": one dilated convolution a step."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(NormalisedConv1d(channels, channels, kernel, dilation=d) for d in dilations)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for dilated in self.convs:
            x = _masked(dilated(F.leaky_relu(x, SLOPE)) + x, mask)
        return x


class Decoder(nn.Module):
    """Upsamples in steps; after each, several residual blocks of different reach are averaged."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        channels = shape.upsample_initial_channel
        block = PairedBlock if shape.resblock == "1" else SingleBlock
        self._rates = shape.upsample_rates
        self._kernels = len(shape.resblock_kernel_sizes)
        self.conv_pre = nn.Conv1d(shape.inter_channels, channels, 7, padding=3)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for rate, kernel in zip(shape.upsample_rates, shape.upsample_kernel_sizes, strict=True):
            self.ups.append(NormalisedConvTranspose1d(channels, channels // 2, kernel, rate))
            channels //= 2
            for size, dilations in zip(shape.resblock_kernel_sizes, shape.resblock_dilation_sizes, strict=True):
                self.resblocks.append(block(channels, size, dilations))
        self.conv_post = nn.Conv1d(channels, 1, 7, padding=3, bias=False)
        if shape.gin_channels:
            self.cond = nn.Conv1d(shape.gin_channels, shape.upsample_initial_channel, 1)

    def forward(self, latent: Tensor, condition: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """latent: (B, inter, T); condition: (B, gin, 1). Returns: audio (B, 1, T * 256) float32 in (-1, 1).

        mask: (B, 1, T) where rows differ in length: then every row is decoded as if it were alone, and silent after.
        """
        x = self.conv_pre(latent)
        if condition is not None:
            x = x + self.cond(condition)
        x = _masked(x, mask)
        if x.is_cuda and mask is None and torch.is_grad_enabled():
            # A sixth of the decoder's time in training, more than that of tier high's.
            x = channels_last(x)
        for step, (upsample, rate) in enumerate(zip(self.ups, self._rates, strict=True)):
            mask = None if mask is None else mask.repeat_interleave(rate, dim=2)
            x = _masked(upsample(F.leaky_relu(x, SLOPE)), mask)
            blocks = [self.resblocks[step * self._kernels + index](x, mask) for index in range(self._kernels)]
            x = _mean(blocks)
        x = x.squeeze(2) if x.dim() == 4 else x
        # bfloat16 would leave 8 bits of audio.
        with full_precision(x):
            return _masked(torch.tanh(self.conv_post(F.leaky_relu(x.float()))), mask)


def _masked(x: Tensor, mask: Tensor | None) -> Tensor:
    return x if mask is None else x * mask


def _mean(tensors: list[Tensor]) -> Tensor:
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total / len(tensors)
