"""The rational-quadratic spline: smooth, monotonic, invertible, and safe to differentiate everywhere."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from coaxial.engine.vits.spline import BOUND, rational_quadratic_spline


def parameters(points: int, seed: int, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    widths, heights, slopes = (scale * torch.randn(points, size, generator=generator) for size in (10, 10, 9))
    return widths, heights, slopes


@given(st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 3.0]))
@settings(max_examples=30, deadline=None)
def test_the_inverse_undoes_it(seed: int, scale: float) -> None:
    knots = [value.double() for value in parameters(200, seed, scale)]
    x = torch.linspace(-7, 7, 200, dtype=torch.float64)
    image, log_derivative = rational_quadratic_spline(x, *knots)
    back, log_inverse = rational_quadratic_spline(image, *knots, inverse=True)
    torch.testing.assert_close(back, x, rtol=0, atol=1e-6)
    torch.testing.assert_close(log_inverse, -log_derivative, rtol=0, atol=1e-4)


def test_the_logarithm_it_returns_is_its_derivative_s() -> None:
    knots = [value.double() for value in parameters(300, 1)]
    x = torch.linspace(-6, 6, 300, dtype=torch.float64, requires_grad=True)
    image, log_derivative = rational_quadratic_spline(x, *knots)
    (slope,) = torch.autograd.grad(image.sum(), x)
    torch.testing.assert_close(log_derivative, slope.log())


def test_outside_the_interval_it_is_the_identity() -> None:
    x = torch.tensor([-1e30, -100.0, -BOUND - 1e-3, BOUND + 1e-3, 1e30])
    image, log_derivative = rational_quadratic_spline(x, *parameters(5, 0))
    assert torch.equal(image, x)
    assert torch.equal(log_derivative, torch.zeros(5))


def test_no_gradient_is_nan_or_infinite_inside_at_the_edges_or_outside() -> None:
    x = torch.tensor([-1e20, -9.0, -BOUND, 0.0, BOUND, 9.0, 1e20], requires_grad=True)
    knots = [value.requires_grad_() for value in parameters(7, 2, scale=20.0)]
    image, log_derivative = rational_quadratic_spline(x, *knots)
    (image.clamp(-10, 10).sum() + log_derivative.sum()).backward()
    for tensor in (x, *knots):
        assert tensor.grad is not None and torch.isfinite(tensor.grad).all()
    assert all(knot.grad[0].eq(0).all() for knot in knots if knot.grad is not None)
