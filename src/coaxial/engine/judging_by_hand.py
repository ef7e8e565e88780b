"""Both sides' losses and gradients of the judges in one pass, written out by hand.

The judges see real and generated audio for two losses: their own, and the generator's. The same weights judge both, so
one forward pass serves them. On the way back every layer needs three gradients, of the judges' loss on the real and on
the generated audio and of the generator's loss on the generated, which are one matrix product; the features' distances
and the rectifiers go along in the pass that adds up the windows. One judge after the other keeps the memory small.
tests/engine/test_judging_by_hand.py holds this to torch's own differentiation of vits/discriminator.py.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from coaxial.engine.gradients import add_gradients
from coaxial.engine.judgement import Judgement
from coaxial.engine.unfolding import Layer, cotangents, refold, unfold, weight_gradient
from coaxial.engine.vits.convolution import NormalisedConv1d, NormalisedConv2d
from coaxial.engine.vits.discriminator import SLOPE, MultiPeriodDiscriminator, PeriodDiscriminator, SampleDiscriminator

_GROUP_OUTPUTS = 64
"""Thin groups are put together until they have so many outputs: a matrix unit's tile."""

_LEAST_OUTPUTS = 8


def judge_by_hand(
    discriminator: MultiPeriodDiscriminator,
    real: Tensor,
    generated: Tensor,
    dtype: torch.dtype,
    loss_scale: float | Tensor,
) -> Judgement:
    """Judge audio, and add the gradients of the judges' own loss, times loss_scale, to their parameters' `.grad`.

    real, generated: (B, 1, samples), generated a leaf that needs gradients. dtype: of the matrix products.
    """
    scale = loss_scale if isinstance(loss_scale, Tensor) else torch.full((), loss_scale, device=real.device)
    losses, folded, gradients = [], [], []
    for judge in discriminator.discriminators:
        assert isinstance(judge, (SampleDiscriminator, PeriodDiscriminator))
        sequences = judge.sequences(generated)
        with torch.no_grad():
            both = torch.cat([judge.sequences(real), sequences]).to(dtype)
        found, gradient = _OneJudge(judge, dtype, scale).judge(both)
        losses.append(found)
        folded.append(sequences)
        gradients.append(gradient)
    (audio_gradient,) = torch.autograd.grad(folded, generated, gradients)
    feature, adversarial, own = torch.stack(losses).sum(0).unbind()
    return Judgement(feature, adversarial, own, audio_gradient)


class _OneJudge:
    """One judge's layers and the packed matrices of their weights."""

    def __init__(self, judge: SampleDiscriminator | PeriodDiscriminator, dtype: torch.dtype, scale: Tensor) -> None:
        convolutions = [*judge.convs, judge.conv_post]
        self._scale = scale
        self._layers = [layer_of(convolution, first=index == 0) for index, convolution in enumerate(convolutions)]
        self._parameters = list(judge.parameters())
        with torch.enable_grad():
            self._packed = [
                pack(convolution, layer) for convolution, layer in zip(convolutions, self._layers, strict=True)
            ]
        self._weights = [packed.detach().to(dtype) for packed in self._packed]

    @torch.no_grad()
    def judge(self, both: Tensor) -> tuple[Tensor, Tensor]:
        """both: (2N, L), real sequences, then generated ones.

        Returns: feature, adversarial and judges' loss (3,); gradient (N, L) on the generated sequences, float32.
        """
        activations = [both[None, :, :, None]]
        for layer, weight in zip(self._layers, self._weights, strict=True):
            x = activations[-1]
            y = torch.bmm(unfold(x, layer), weight)
            activations.append(y.view(layer.groups, x.shape[1], layer.length(x.shape[2]), layer.outputs))
        adversarial, own, distance, gradient = self._scores(activations.pop())
        distances = [distance]
        of_weights: list[Tensor] = []
        for layer, weight, x in zip(
            reversed(self._layers), reversed(self._weights), reversed(activations), strict=True
        ):
            of_weights.append(weight_gradient(unfold(x, layer), gradient.flatten(1, 2)))
            if len(of_weights) == len(self._layers):
                break
            windows = torch.bmm(gradient.flatten(1, 2), weight[:, : layer.taps].transpose(1, 2))
            per_value = 2 / (x.numel() // 2)
            gradient, distance = cotangents(x, windows, layer, per_value * self._scale)
            distances.append(distance * per_value)
        with torch.enable_grad():
            add_gradients(self._parameters, self._packed, of_weights[::-1])
        first, weight = self._layers[0], self._weights[0]
        generated = gradient[:, both.shape[0] :].flatten(1, 2)
        windows = torch.bmm(generated, weight[:, : first.taps].transpose(1, 2))
        of_audio = refold(windows, first, both.shape[0] // 2, both.shape[1]).squeeze(2)
        return torch.stack([torch.stack(distances).sum(), adversarial, own]), of_audio

    def _scores(self, scores: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """scores: (1, 2N, L, outputs), the first output real. Returns: adversarial and judges' loss, twice the mean
        distance of the scores, and the three gradients (1, 3N, L, outputs)."""
        of_real, of_generated = scores[0, :, :, 0].float().chunk(2)
        count = of_real.numel()
        distance = of_generated - of_real
        own = ((1 - of_real).square().sum() + of_generated.square().sum()) / count
        adversarial = (1 - of_generated).square().sum() / count
        gradients = torch.cat([of_real - 1, of_generated, of_generated - 1 + distance.sign()]) * (
            2 / count * self._scale
        )
        padded = F.pad(gradients.to(scores.dtype)[None, :, :, None], (0, scores.shape[3] - 1))
        return adversarial, own, 2 / count * distance.abs().sum(), padded


def layer_of(convolution: NormalisedConv1d | NormalisedConv2d, first: bool) -> Layer:
    """The matrix products of a convolution along its first spatial dimension; thin groups are put together."""
    groups = 1 if convolution.groups == 1 else max(1, convolution.out_channels // _GROUP_OUTPUTS)
    return Layer(
        groups=groups,
        inputs=convolution.in_channels // groups,
        outputs=max(_LEAST_OUTPUTS, convolution.out_channels // groups),
        kernel=convolution.kernel_size[0],
        stride=convolution.stride[0],
        padding=int(convolution.padding[0]),
        slope=1.0 if first else SLOPE,
    )


def pack(convolution: NormalisedConv1d | NormalisedConv2d, layer: Layer) -> Tensor:
    """Weights and bias as (groups, width, outputs) float32, rows as in a window; differentiable."""
    together = convolution.groups // layer.groups
    weight = convolution.joined_weight().reshape(
        layer.groups, together, -1, layer.inputs // together, convolution.kernel_size[0]
    )
    rows = weight.permute(0, 4, 1, 3, 2)  # groups, taps, together, inputs, outputs
    if together > 1:
        diagonal = torch.eye(together, device=weight.device)[:, None, :, None]
        rows = rows.unsqueeze(4) * diagonal
    rows = rows.reshape(layer.groups, layer.taps, -1)
    assert convolution.bias is not None
    bias = convolution.bias.view(layer.groups, 1, -1)
    matrix = torch.cat([rows, bias], 1)
    return F.pad(matrix, (0, layer.outputs - matrix.shape[2], 0, layer.width - matrix.shape[1]))
