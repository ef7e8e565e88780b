"""The duration predictor's stacks of depth-separable convolutions on a GPU, both ways, in few and larger operations.

Rows are the phonemes of all sequences, in float32 throughout. tests/engine/test_kernels.py holds it to torch's own
differentiation of vits/wavenet.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.engine.kernels.normalising import add, unadd
from coaxial.engine.kernels.separable import deepen, undeepen

if TYPE_CHECKING:
    from coaxial.engine.vits.wavenet import SeparableConvolutions

_OF_A_LAYER = 8
"""Parameters: depthwise weight and bias, gamma and beta, pointwise weight and bias, gamma and beta."""


def separable_by_hand(network: SeparableConvolutions, x: Tensor, mask: Tensor) -> Tensor:
    """As the network's own forward, without a condition; x: (B, C, P) float32; mask: (B, 1, P). Returns (B, C, P)."""
    sequences, channels, positions = x.shape
    parameters: list[Tensor] = []
    dilations = []
    for separable, pointwise, norm_1, norm_2 in zip(
        network.convs_sep, network.convs_1x1, network.norms_1, network.norms_2, strict=True
    ):
        assert isinstance(separable, nn.Conv1d)
        dilations.append(int(separable.dilation[0]))
        for part in (separable, norm_1, pointwise, norm_2):
            parameters += part.parameters()
    keep = None
    if network.training and network.drop.p:
        ones = x.new_ones(len(dilations), sequences * positions, channels)
        keep = F.dropout(ones, network.drop.p)
    seen = mask.reshape(-1).float()
    rows: Tensor = _ByHand.apply(x.transpose(1, 2), seen, keep, dilations, *parameters)  # type: ignore[no-untyped-call]
    return rows.transpose(1, 2) * mask


class _ByHand(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, mask: Tensor, keep: Tensor | None, dilations: list[int], *parameters: Tensor
    ) -> Tensor:
        """x: (B, P, C); mask: (rows,); keep: (layers, rows, C). Returns (B, P, C)."""
        positions, channels = x.shape[1:]
        stream = x.reshape(-1, channels)
        saved = []
        for layer, dilation in enumerate(dilations):
            weight, bias, gamma, beta, matrix, offset, gamma_2, beta_2 = _of(parameters, layer)
            y = deepen(stream, mask, positions, dilation, weight, bias, gamma, beta)
            z = torch.addmm(offset, y, matrix.squeeze(2).t())
            saved += [stream, y, z]
            stream = add(z, stream, None if keep is None else keep[layer], gamma_2, beta_2)
        ctx.save_for_backward(mask, keep, *saved, *parameters)
        ctx.dilations, ctx.shape = dilations, x.shape
        return stream.view(x.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        positions, channels = ctx.shape[1:]
        mask, keep, *rest = ctx.saved_tensors
        layers = len(ctx.dilations)
        saved, parameters = rest[: 3 * layers], rest[3 * layers :]
        gradient = gradients[0].reshape(-1, channels).clone(memory_format=torch.contiguous_format)
        of_parameters: list[Tensor] = []
        for layer in reversed(range(layers)):
            x, y, z = saved[3 * layer : 3 * layer + 3]
            weight, bias, gamma, beta, matrix, _, gamma_2, beta_2 = _of(parameters, layer)
            of_z, sums = unadd(z, gradient, None if keep is None else keep[layer], gamma_2, beta_2)
            of_matrix = (of_z.t() @ y).unsqueeze(2)
            of_y = of_z @ matrix.squeeze(2)
            deep = undeepen(x, mask, positions, ctx.dilations[layer], weight, bias, gamma, beta, of_y, gradient)
            of_weight = deep[3:].t().unsqueeze(1)
            found = [of_weight, deep[2], deep[0], deep[1], of_matrix, sums[2], sums[0], sums[1]]
            of_parameters = found + of_parameters
        return (gradient.view(ctx.shape), None, None, None, *of_parameters)


def _of(parameters: Any, layer: int) -> Any:
    return parameters[_OF_A_LAYER * layer : _OF_A_LAYER * (layer + 1)]
