"""Stochastic duration predictor: a distribution of how many frames each phoneme lasts (Kim et al. 2021, section 2.2.2).

It runs in full precision throughout: logarithms of Jacobians do not survive bfloat16, and the arithmetic is small.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coaxial.domain.quality import NetworkShape
from coaxial.engine.vits.precision import full_precision
from coaxial.engine.vits.spline import rational_quadratic_spline
from coaxial.engine.vits.wavenet import SeparableConvolutions

_SPLINES = 4
_BINS = 10
_KERNEL = 3
_LAYERS = 3
_DROPOUT = 0.5


class Affine(nn.Module):
    """A shift and a scale for each of two channels."""

    def __init__(self) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.zeros(2, 1))
        self.logs = nn.Parameter(torch.zeros(2, 1))

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, 2, P). Returns: image (B, 2, P), log determinant (B,)."""
        return (self.m + torch.exp(self.logs) * x) * mask, (self.logs * mask).sum((1, 2))

    def inverse(self, x: Tensor, mask: Tensor) -> Tensor:
        return (x - self.m) * torch.exp(-self.logs) * mask


class SplineCoupling(nn.Module):
    """Bends the second of two channels by a spline whose knots follow from the first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(1, channels, 1)
        self.convs = SeparableConvolutions(channels, _KERNEL, _LAYERS)
        self.proj = nn.Conv1d(channels, 3 * _BINS - 1, 1)
        nn.init.zeros_(self.proj.weight)
        assert self.proj.bias is not None
        nn.init.zeros_(self.proj.bias)
        self._scale = 1 / math.sqrt(channels)

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor, inverse: bool = False) -> tuple[Tensor, Tensor]:
        """x: (B, 2, P); condition: (B, C, P). Returns: image (B, 2, P), log determinant (B,)."""
        kept, bent = x.chunk(2, 1)
        knots = (self.proj(self.convs(self.pre(kept), mask, condition)) * mask).transpose(1, 2).unsqueeze(1)
        widths, heights, slopes = knots.split([_BINS, _BINS, _BINS - 1], dim=-1)
        bent, log_derivative = rational_quadratic_spline(
            bent, widths * self._scale, heights * self._scale, slopes, inverse
        )
        return torch.cat([kept, bent], 1) * mask, (log_derivative * mask).sum((1, 2))


class SplineFlow(nn.ModuleList):
    """An affine layer, then spline couplings with the two channels swapped after each."""

    def __init__(self, channels: int) -> None:
        super().__init__([Affine()])
        # Checkpoints number the parameterless swaps too.
        for _ in range(_SPLINES):
            self.append(SplineCoupling(channels))
            self.append(nn.Identity())

    def forward(self, x: Tensor, mask: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, 2, P). Returns: image (B, 2, P), log determinant (B,)."""
        x, log_determinant = self[0](x, mask)
        for index in range(_SPLINES):
            x, more = self[1 + 2 * index](x, mask, condition)
            x = x.flip(1)
            log_determinant = log_determinant + more
        return x, log_determinant

    def sample(self, x: Tensor, mask: Tensor, condition: Tensor) -> Tensor:
        """The way back, from noise (B, 2, P). The first coupling bends the channel nobody reads: it is left out."""
        for index in reversed(range(1, _SPLINES)):
            x, _ = self[1 + 2 * index](x.flip(1), mask, condition, True)
        affine = self[0]
        assert isinstance(affine, Affine)
        return affine.inverse(x.flip(1), mask)


class DurationPredictor(nn.Module):
    """Density of, and samples from, the number of frames of each phoneme."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        channels = shape.hidden_channels
        self.flows = SplineFlow(channels)
        self.post_pre = nn.Conv1d(1, channels, 1)
        self.post_proj = nn.Conv1d(channels, channels, 1)
        self.post_convs = SeparableConvolutions(channels, _KERNEL, _LAYERS, _DROPOUT)
        self.post_flows = SplineFlow(channels)
        self.pre = nn.Conv1d(channels, channels, 1)
        self.proj = nn.Conv1d(channels, channels, 1)
        self.convs = SeparableConvolutions(channels, _KERNEL, _LAYERS, _DROPOUT)
        if shape.gin_channels:
            self.cond = nn.Conv1d(shape.gin_channels, channels, 1)

    def forward(
        self, hidden: Tensor, mask: Tensor, durations: Tensor, noise: Tensor, condition: Tensor | None
    ) -> Tensor:
        """Upper bound of the negative log-likelihood of whole-number durations, by variational dequantisation.

        hidden: (B, hidden, P), not trained from here; mask, durations: (B, 1, P), frames; noise: (B, 2, P), standard
        normal; condition: (B, gin, 1), not trained from here. Returns: (B,), nats, summed over phonemes.
        """
        with full_precision(hidden):
            text = self._encode(hidden, mask, condition)
            given = self.post_proj(self.post_convs(self.post_pre(durations), mask)) * mask
            noise = noise * mask
            sample, log_determinant_q = self.post_flows(noise, mask, text + given)
            raw, extra = sample.chunk(2, 1)
            # A part in (0, 1) of a frame is taken off each duration: the rest is continuous.
            log_determinant_q = log_determinant_q + ((F.logsigmoid(raw) + F.logsigmoid(-raw)) * mask).sum((1, 2))
            log_q = -_half_squares(noise, mask) - log_determinant_q

            rest = (durations - torch.sigmoid(raw) * mask) * mask
            log_rest = torch.log(rest.clamp(min=1e-5)) * mask
            latent, log_determinant = self.flows(torch.cat([log_rest, extra], 1), mask, text)
            # The logarithm's own log determinant is minus its sum.
            bound: Tensor = _half_squares(latent, mask) - log_determinant + log_rest.sum((1, 2)) + log_q
            return bound

    def sample(self, hidden: Tensor, mask: Tensor, noise_scale: float | Tensor, condition: Tensor | None) -> Tensor:
        """Logarithms (B, 1, P) of durations in frames; noise_scale: deviation of the noise they are drawn with."""
        with full_precision(hidden):
            text = self._encode(hidden, mask, condition)
            noise = torch.randn_like(text[:, :2]) * noise_scale
            log_durations: Tensor = self.flows.sample(noise, mask, text)[:, :1]
            return log_durations

    def _encode(self, hidden: Tensor, mask: Tensor, condition: Tensor | None) -> Tensor:
        text = self.pre(hidden.detach().float())
        if condition is not None:
            text = text + self.cond(condition.detach().float())
        return self.proj(self.convs(text, mask)) * mask  # type: ignore[no-any-return]


def _half_squares(x: Tensor, mask: Tensor) -> Tensor:
    """Negative log density (B,) of (B, C, P) under the standard normal."""
    return (0.5 * (math.log(2 * math.pi) + x * x) * mask).sum((1, 2))
