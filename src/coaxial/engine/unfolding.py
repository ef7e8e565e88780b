"""Convolutions of the judges as matrix products: their windows side by side, and the way back.

An activation is (blocks, N, L, width): N sequences of L positions, whose channels lie in blocks of a width. A layer of
several groups is a product for each; groups that are too thin for a matrix unit share one, with zeros between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from coaxial.engine.kernels import usable

_MULTIPLE = 16
"""Of a row's values: the widest loads begin where rows begin."""


@dataclass(frozen=True)
class Layer:
    """A one-dimensional convolution over sequences, as its matrix products see it."""

    groups: int
    """Products, one beside the other."""
    inputs: int
    """Channels of a group."""
    outputs: int
    """Of a group."""
    kernel: int
    stride: int
    padding: int
    slope: float
    """Of the leaky rectifier before it; 1 where there is none."""

    @property
    def taps(self) -> int:
        """Values in a window of one group."""
        return self.kernel * self.inputs

    @property
    def width(self) -> int:
        """Of a window's row: the values, a 1 for the bias, and zeros up to a multiple of 16."""
        return -(-(self.taps + 1) // _MULTIPLE) * _MULTIPLE

    def length(self, positions: int) -> int:
        """Positions that come out of so many."""
        return (positions + 2 * self.padding - self.kernel) // self.stride + 1


def unfold(x: Tensor, layer: Layer) -> Tensor:
    """Rectified windows of an activation, (groups, N * length, width), tap after tap, then a 1 and zeros."""
    blocks, sequences, positions, width = x.shape
    assert blocks * width == layer.groups * layer.inputs
    if usable(x.device):
        from coaxial.engine.kernels.unfolding import unfold as unfold_on_gpu

        return unfold_on_gpu(x, layer)
    channels = x.permute(1, 2, 0, 3).reshape(sequences, positions, layer.groups, layer.inputs)
    channels = torch.where(channels < 0, channels * layer.slope, channels)
    padded = F.pad(channels, (0, 0, 0, 0, layer.padding, layer.padding))
    windows = padded.unfold(1, layer.kernel, layer.stride).permute(2, 0, 1, 4, 3)
    windows = windows.reshape(layer.groups, sequences * layer.length(positions), layer.taps)
    ones = torch.ones_like(windows[..., :1])
    return F.pad(torch.cat([windows, ones], -1), (0, layer.width - layer.taps - 1))


def refold(windows: Tensor, layer: Layer, sequences: int, positions: int) -> Tensor:
    """Sum of all windows where they came from: the transpose of `unfold` without its rectifier.

    windows: (groups, sequences * length, taps). Returns: (sequences, positions, groups * inputs), float32.
    """
    length = layer.length(positions)
    taps = windows.float().view(layer.groups, sequences, length, layer.kernel, layer.inputs).permute(3, 1, 2, 0, 4)
    reach = positions + 2 * layer.padding
    padded = windows.new_zeros(sequences, reach, layer.groups * layer.inputs, dtype=torch.float32)
    for tap in range(layer.kernel):
        padded[:, tap : tap + layer.stride * length : layer.stride] += taps[tap].flatten(2)
    return padded[:, layer.padding : reach - layer.padding]


def cotangents(x: Tensor, windows: Tensor, layer: Layer, pull: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of the three judgements on an activation, from those on the windows that a layer cut from it.

    x: (blocks, 2N, L, width), before the rectifier: N real sequences, then N generated ones. windows: (groups,
    3N * length, taps): of the judges' loss on the real ones, of the same on the generated ones, and of the generator's
    loss on the generated ones. pull: 0-dim float32, what draws every generated activation to the real one, for the
    generator.
    Returns: gradients (blocks, 3N, L, width) before the rectifier, and the summed distance of generated to real, 0-dim.
    """
    blocks, both, positions, width = x.shape
    if usable(x.device):
        from coaxial.engine.kernels.unfolding import cotangents as cotangents_on_gpu

        return cotangents_on_gpu(x, windows, layer, pull)
    gradients = refold(windows, layer, both // 2 * 3, positions).unflatten(2, (blocks, width)).permute(2, 0, 1, 3)
    of_real, of_generated, for_generator = gradients.chunk(3, 1)
    rectified = torch.where(x < 0, x * layer.slope, x).float()
    distance = rectified[:, both // 2 :] - rectified[:, : both // 2]
    falls = torch.where(x < 0, layer.slope, 1.0)
    pulled = for_generator + pull * distance.sign()
    thrice = torch.cat([of_real, of_generated, pulled], 1) * torch.cat([falls, falls[:, both // 2 :]], 1)
    return thrice.to(x.dtype), distance.abs().sum()


def weight_gradient(windows: Tensor, gradient: Tensor) -> Tensor:
    """Gradient (groups, width, outputs) float32 of a layer's weights, the bias among them.

    windows: (groups, rows, width); gradient: (groups, at least as many rows, outputs), of which the first count.
    """
    groups, rows, width = windows.shape
    outputs = gradient.shape[2]
    # A product of few and long rows is cut into several, or most of the GPU would look on.
    tiles = groups * -(-width // 128) * -(-outputs // 128)
    parts = 1
    while tiles * parts < 128 and rows % (2 * parts) == 0 and rows // (2 * parts) >= 512:
        parts *= 2
    own = gradient[:, :rows]
    if parts == 1:
        return torch.bmm(windows.transpose(1, 2), own).float()
    cut = windows.view(groups * parts, rows // parts, width).transpose(1, 2)
    products = torch.bmm(cut, own.reshape(groups * parts, rows // parts, outputs))
    return products.view(groups, parts, width, outputs).sum(1, dtype=torch.float32)
