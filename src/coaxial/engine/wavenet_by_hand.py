"""A WaveNet on a GPU, both ways, as matrix products of rows with one small kernel between two of them.

Rows are the positions of all sequences; the stream between the layers stays in float32, the products take the run's
precision. tests/engine/test_kernels.py holds it to torch's own differentiation of vits/wavenet.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from coaxial.engine.kernels.gating import gate, hand_back, take_up, ungate
from coaxial.engine.unfolding import Layer, unfold, weight_gradient
from coaxial.engine.vits.convolution import NormalisedConv1d
from coaxial.engine.vits.precision import full_precision

if TYPE_CHECKING:
    from coaxial.engine.vits.wavenet import WaveNet


def wavenet_by_hand(network: WaveNet, x: Tensor, mask: Tensor, condition: Tensor | None) -> Tensor:
    """As the network's own forward; x: (B, C, T) already masked; mask: (B, 1, T). Returns (B, C, T) float32."""
    device = x.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else torch.float32
    layers = len(network.in_layers)
    *mixing, last = (_normalised(layer) for layer in network.res_skip_layers)
    with full_precision(x):
        offsets = None
        if condition is not None:
            offsets = network.cond_layer(condition.float()).view(x.shape[0], layers, -1).transpose(0, 1).contiguous()
        inner = _packed([_normalised(layer) for layer in network.in_layers])
        rows: Tensor = _ByHand.apply(  # type: ignore[no-untyped-call]
            x.float().transpose(1, 2), mask, offsets, inner, _packed(mixing), _packed([last])[0], dtype
        )
    return rows.transpose(1, 2)


class _ByHand(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,  # (B, T, C) float32
        mask: Tensor,
        offsets: Tensor | None,  # (layers, B, 2C) float32
        inner: Tensor,  # (layers, width, 2C) float32
        outer: Tensor,  # (layers - 1, C + 16, 2C) float32
        last: Tensor,  # (C + 16, C) float32
        dtype: torch.dtype,
    ) -> Tensor:
        sequences, positions, channels = x.shape
        layer = _layer(inner, channels)
        seen = mask.reshape(-1).float()
        stream = x.clone(memory_format=torch.contiguous_format).view(-1, channels)
        skips = torch.zeros_like(stream)
        inputs, gated = [stream.to(dtype, copy=True)], []
        weights = inner.to(dtype), [*outer.to(dtype), last.to(dtype)]
        for index in range(len(inner)):
            windows = unfold(inputs[-1].view(1, sequences, positions, channels), layer)[0]
            gated.append(windows @ weights[0][index])
            activations = gate(gated[-1], None if offsets is None else offsets[index], positions)
            copy = take_up(activations @ weights[1][index], seen, stream, skips)
            if copy is not None:
                inputs.append(copy)
        ctx.save_for_backward(seen, offsets, *inputs, *gated, weights[0], *weights[1])
        ctx.shape = x.shape
        return (skips * seen[:, None]).view(x.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        sequences, positions, channels = ctx.shape
        seen, offsets, *rest = ctx.saved_tensors
        count = (len(rest) - 1) // 3
        inputs, gated, weights, mixes = rest[:count], rest[count : 2 * count], rest[2 * count], rest[2 * count + 1 :]
        layer = _layer(weights, channels)
        of_skips = (gradients[0].reshape(-1, channels) * seen[:, None]).contiguous()
        stream = torch.zeros_like(of_skips)
        of_inner: list[Tensor] = []
        of_outer: list[Tensor] = []
        of_offsets: list[Tensor] = []
        of_mixed = of_skips.to(inputs[0].dtype)
        for index in reversed(range(count)):
            offset = None if offsets is None else offsets[index]
            of_outer.append(weight_gradient(gate(gated[index], offset, positions)[None], of_mixed[None])[0])
            of_activations = of_mixed @ mixes[index][:channels].t()
            of_gates = ungate(gated[index], offset, positions, of_activations)
            if offsets is not None:
                of_offsets.append(of_gates.view(sequences, positions, -1).sum(1, dtype=torch.float32))
            windows = unfold(inputs[index].view(1, sequences, positions, channels), layer)
            of_inner.append(weight_gradient(windows, of_gates[None])[0])
            of_windows = of_gates @ weights[index][: layer.taps].t()
            # What comes before the first layer is not masked by this network.
            passed = seen if index else torch.ones_like(seen)
            of_mixed = hand_back(of_windows, passed, stream, of_skips, positions)
        of_last, *of_others = of_outer
        return (
            stream.view(ctx.shape),
            None,
            None if offsets is None else torch.stack(of_offsets[::-1]),
            torch.stack(of_inner[::-1]),
            torch.stack(of_others[::-1]),
            of_last,
            None,
        )


def _layer(inner: Tensor, channels: int) -> Layer:
    kernel = (inner.shape[1] - 1) // channels
    return Layer(1, channels, inner.shape[2], kernel, 1, kernel // 2, 1.0)


def _packed(convolutions: Sequence[NormalisedConv1d]) -> Tensor:
    """Weights of convolutions of one shape as (number, width, outputs) float32, rows as in a window; differentiable."""
    first = convolutions[0]
    layer = Layer(1, first.in_channels, first.out_channels, first.kernel_size[0], 1, 0, 1.0)
    direction = torch.cat([convolution.weight_v for convolution in convolutions])
    length = torch.cat([convolution.weight_g for convolution in convolutions])
    weights = torch._weight_norm(direction, length, 0).view(len(convolutions), *first.weight_v.shape)
    rows = weights.permute(0, 3, 2, 1).reshape(len(convolutions), layer.taps, -1)
    biases = torch.stack([convolution.bias for convolution in convolutions if convolution.bias is not None])
    return F.pad(torch.cat([rows, biases[:, None]], 1), (0, 0, 0, layer.width - layer.taps - 1))


def _normalised(layer: torch.nn.Module) -> NormalisedConv1d:
    assert isinstance(layer, NormalisedConv1d)
    return layer
