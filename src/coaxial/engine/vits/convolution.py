"""Convolutions whose weight is a direction and a length (Salimans & Kingma 2016), and layer normalisation of channels.

The two parameters are held directly as `weight_v` and `weight_g`, the keys of every VITS and HiFi-GAN checkpoint, and
the weight is one fused operation in the graph: no hooks, so that a network of these traces and captures.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def channels_last(x: Tensor) -> Tensor:
    """(B, C, T) to (B, C, 1, T) with a position's channels side by side.

    cuDNN's convolutions work on such; others it turns round before and after each. torch has the layout only for two
    dimensions of space, one of which is 1 here.
    """
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def _split_weight(convolution: nn.Module) -> None:
    """Replace `weight` by its length per first dimension, `weight_g`, and its direction, `weight_v`."""
    weight = convolution.weight
    assert isinstance(weight, nn.Parameter)
    del convolution.weight
    convolution.weight_g = nn.Parameter(torch.norm_except_dim(weight.detach(), 2, 0))
    convolution.weight_v = nn.Parameter(weight.detach().clone())


class NormalisedConv1d(nn.Conv1d):
    """Conv1d with weight normalisation over output channels."""

    weight_g: nn.Parameter
    weight_v: nn.Parameter

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, dilation: int = 1, groups: int = 1
    ) -> None:
        super().__init__(
            inputs, outputs, kernel, stride, (kernel - 1) * dilation // 2, dilation=dilation, groups=groups
        )
        _split_weight(self)

    def joined_weight(self) -> Tensor:
        """(outputs, inputs / groups, kernel): the weight that the two parameters stand for."""
        return torch._weight_norm(self.weight_v, self.weight_g, 0)

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """x: (B, inputs, T), or (B, inputs, 1, T) as `channels_last` lays it out.

        weight: joined_weight(), where one computation of it serves several calls.
        """
        weight = self.joined_weight() if weight is None else weight
        if x.dim() == 4:
            stride, padding, dilation = (1, self.stride[0]), (0, int(self.padding[0])), (1, self.dilation[0])
            return F.conv2d(x, weight.unsqueeze(2), self.bias, stride, padding, dilation, self.groups)
        convolved: Tensor = self._conv_forward(x, weight, self.bias)
        return convolved


class NormalisedConv2d(nn.Conv2d):
    """Conv2d along the first of two spatial dimensions, kernel (k, 1), weight-normalised over output channels."""

    weight_g: nn.Parameter
    weight_v: nn.Parameter

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> None:
        super().__init__(inputs, outputs, (kernel, 1), (stride, 1), (kernel // 2, 0))
        _split_weight(self)

    def joined_weight(self) -> Tensor:
        """(outputs, inputs, kernel, 1): the weight that the two parameters stand for."""
        return torch._weight_norm(self.weight_v, self.weight_g, 0)

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """x: (B, inputs, T, columns). weight: joined_weight(), where one computation of it serves several calls."""
        convolved: Tensor = self._conv_forward(x, self.joined_weight() if weight is None else weight, self.bias)
        return convolved


class NormalisedConvTranspose1d(nn.ConvTranspose1d):
    """Upsampling by `stride` with weight normalisation over *input* channels, as HiFi-GAN's checkpoints have it."""

    weight_g: nn.Parameter
    weight_v: nn.Parameter

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__(inputs, outputs, kernel, stride, (kernel - stride) // 2)
        _split_weight(self)

    def joined_weight(self) -> Tensor:
        """(inputs, outputs, kernel): the weight that the two parameters stand for."""
        return torch._weight_norm(self.weight_v, self.weight_g, 0)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """x: (B, inputs, T) → (B, outputs, T * stride), or both with a dimension of 1 before T (`channels_last`)."""
        if x.dim() == 4:
            weight, padding = self.joined_weight().unsqueeze(2), (0, self.padding[0])
            return F.conv_transpose2d(x, weight, self.bias, (1, self.stride[0]), padding)  # type: ignore[arg-type]
        return F.conv_transpose1d(x, self.joined_weight(), self.bias, self.stride, self.padding)  # type: ignore[arg-type]


class ChannelNorm(nn.Module):
    """Layer normalisation of (B, C, T) over the channels of each position; keys `gamma` and `beta`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        normal = F.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta)
        return normal.transpose(1, 2)


def fold_weight_norm(module: nn.Module) -> nn.Module:
    """A copy of a network with every normalised convolution as the plain one it computes; for export and inference."""
    folded = copy.deepcopy(module)
    _fold_children(folded)
    return folded


def _fold_children(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, (NormalisedConv1d, NormalisedConv2d, NormalisedConvTranspose1d)):
            setattr(module, name, _plain(child))
        else:
            _fold_children(child)


def _plain(
    normalised: NormalisedConv1d | NormalisedConv2d | NormalisedConvTranspose1d,
) -> nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d:
    kinds = {NormalisedConv1d: nn.Conv1d, NormalisedConv2d: nn.Conv2d, NormalisedConvTranspose1d: nn.ConvTranspose1d}
    plain: nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d = kinds[type(normalised)](
        normalised.in_channels,
        normalised.out_channels,
        normalised.kernel_size,
        normalised.stride,
        normalised.padding,
        dilation=normalised.dilation,
        groups=normalised.groups,
    ).to(normalised.weight_v)
    with torch.no_grad():
        plain.weight.copy_(normalised.joined_weight())
        assert plain.bias is not None and normalised.bias is not None
        plain.bias.copy_(normalised.bias)
    return plain.train(normalised.training)
