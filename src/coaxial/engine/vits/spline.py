"""Monotonic rational-quadratic spline (Durkan et al. 2019, Neural Spline Flows), the identity outside an interval."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

BOUND = 5.0
"""The spline lives in [-BOUND, BOUND] in both directions; outside it is the identity."""

_SMALLEST = 1e-3
"""Least width and height of a bin, as a fraction of the interval, and least slope at a knot."""


def rational_quadratic_spline(
    x: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor, inverse: bool = False
) -> tuple[Tensor, Tensor]:
    """Apply one spline of K bins to each element, in the operands' precision (float32 is needed).

    x: (…,). widths, heights: (…, K) before the softmax. slopes: (…, K - 1) before the softplus, of the inner knots;
    the outer ones have slope 1. Returns: image and log of the derivative (of the inverse where inverse), each (…,).
    Every element is computed everywhere, then chosen: shapes never depend on data, and no gradient is NaN.
    """
    knots = torch.stack([_knots(widths), _knots(heights), _slopes(slopes)], dim=-1)
    inside = (x >= -BOUND) & (x <= BOUND)
    within = x.clamp(-BOUND, BOUND)
    inner = knots[..., 1:-1, 1 if inverse else 0]
    bin_index = (within.unsqueeze(-1) >= inner).sum(-1)[..., None, None].expand(*x.shape, 1, 3)
    left, bottom, slope_left = knots.gather(-2, bin_index).squeeze(-2).unbind(-1)
    right, top, slope_right = knots.gather(-2, bin_index + 1).squeeze(-2).unbind(-1)
    width, height = right - left, top - bottom
    slope = height / width
    curvature = slope_left + slope_right - 2 * slope

    if inverse:
        rise = within - bottom
        a = rise * curvature + height * (slope - slope_left)
        b = height * slope_left - rise * curvature
        c = -slope * rise
        # Never negative but for rounding.
        discriminant = (b * b - 4 * a * c).clamp(min=0.0)
        position = 2 * c / (-b - torch.sqrt(discriminant))
        image = position * width + left
    else:
        position = (within - left) / width
        numerator = height * (slope * position * position + slope_left * position * (1 - position))
        image = bottom + numerator / (slope + curvature * position * (1 - position))

    between = position * (1 - position)
    rest = 1 - position
    derivative = slope * slope * (slope_right * position * position + 2 * slope * between + slope_left * rest * rest)
    log_derivative = torch.log(derivative) - 2 * torch.log(slope + curvature * between)
    if inverse:
        log_derivative = -log_derivative
    return torch.where(inside, image, x), torch.where(inside, log_derivative, torch.zeros_like(x))


def _knots(unnormalised: Tensor) -> Tensor:
    """(…, K) to K + 1 increasing coordinates from -BOUND to BOUND."""
    bins = unnormalised.shape[-1]
    fractions = _SMALLEST + (1 - _SMALLEST * bins) * torch.softmax(unnormalised, dim=-1)
    inner = 2 * BOUND * torch.cumsum(fractions, dim=-1)[..., :-1] - BOUND
    edge = torch.full_like(inner[..., :1], BOUND)
    return torch.cat([-edge, inner, edge], dim=-1)


def _slopes(unnormalised: Tensor) -> Tensor:
    return F.pad(_SMALLEST + F.softplus(unnormalised), (1, 1), value=1.0)
