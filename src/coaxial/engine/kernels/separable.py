"""What stands between the matrix products of depth-separable convolutions: a program walks a few rows of channels."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from coaxial.engine.kernels.normalising import SMALL_VARIANCE, bent, launch, through_norm


@triton.jit
def _within(position, positions, column):
    """Whether a position is one of a sequence, for every column."""
    spread = column * 0 + position
    return (spread >= 0) & (spread < positions)


@triton.jit
def _tap(x, mask, row, position, positions, shift, channels, column, inside):
    """A masked row of a sequence, `shift` positions further; zero outside the sequence."""
    there = inside & _within(position + shift, positions, column)
    real = tl.load(mask + row + shift + column * 0, mask=there, other=0.0)
    at = (row + shift).to(tl.int64) * channels + column
    return tl.load(x + at, mask=there, other=0.0) * real


@triton.jit
def _deepen(
    x,  # (rows, channels)
    mask,  # (rows,)
    weight,  # (channels, 3)
    bias,
    gamma,
    beta,
    y,  # (rows, channels)
    rows,
    positions,
    channels,
    dilation,
    SMALL: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.arange(0, BLOCK)
    inside = column < channels
    before = tl.load(weight + column * 3, mask=inside, other=0.0)
    here = tl.load(weight + column * 3 + 1, mask=inside, other=0.0)
    after = tl.load(weight + column * 3 + 2, mask=inside, other=0.0)
    shift = tl.load(bias + column, mask=inside, other=0.0)
    scale = tl.load(gamma + column, mask=inside, other=0.0)
    offset = tl.load(beta + column, mask=inside, other=0.0)
    for index in range(ROWS):
        row = tl.program_id(0) * ROWS + index
        if row < rows:
            position = row % positions
            value = before * _tap(x, mask, row, position, positions, -dilation, channels, column, inside)
            value += here * _tap(x, mask, row, position, positions, 0, channels, column, inside)
            value += after * _tap(x, mask, row, position, positions, dilation, channels, column, inside)
            value = tl.where(inside, value + shift, 0.0)
            mean = tl.sum(value) / channels
            distance = tl.where(inside, value - mean, 0.0)
            normal = distance / tl.sqrt(tl.sum(distance * distance) / channels + SMALL)
            to = row.to(tl.int64) * channels + column
            tl.store(y + to, bent(scale * normal + offset), mask=inside)


@triton.jit
def _undeepen(
    x,
    mask,
    weight,
    bias,
    gamma,
    beta,
    gradient,  # (rows, channels), on the normalised and bent values
    of_value,  # (rows, channels), on what the depthwise convolution gave
    sums,  # (programs, 6, channels): of gamma, beta, bias and the three taps
    rows,
    positions,
    channels,
    dilation,
    SMALL: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.arange(0, BLOCK)
    inside = column < channels
    before = tl.load(weight + column * 3, mask=inside, other=0.0)
    here = tl.load(weight + column * 3 + 1, mask=inside, other=0.0)
    after = tl.load(weight + column * 3 + 2, mask=inside, other=0.0)
    shift = tl.load(bias + column, mask=inside, other=0.0)
    scale = tl.load(gamma + column, mask=inside, other=0.0)
    offset = tl.load(beta + column, mask=inside, other=0.0)
    of_scale = tl.zeros((BLOCK,), tl.float32)
    of_offset = tl.zeros((BLOCK,), tl.float32)
    of_bias = tl.zeros((BLOCK,), tl.float32)
    of_before = tl.zeros((BLOCK,), tl.float32)
    of_here = tl.zeros((BLOCK,), tl.float32)
    of_after = tl.zeros((BLOCK,), tl.float32)
    for index in range(ROWS):
        row = tl.program_id(0) * ROWS + index
        if row < rows:
            position = row % positions
            first = _tap(x, mask, row, position, positions, -dilation, channels, column, inside)
            second = _tap(x, mask, row, position, positions, 0, channels, column, inside)
            third = _tap(x, mask, row, position, positions, dilation, channels, column, inside)
            value = tl.where(inside, before * first + here * second + after * third + shift, 0.0)
            at = row.to(tl.int64) * channels + column
            given = tl.load(gradient + at, mask=inside, other=0.0)
            found, more_scale, more_offset = through_norm(value, given, scale, offset, channels, inside, SMALL)
            tl.store(of_value + at, found, mask=inside)
            of_scale += more_scale
            of_offset += more_offset
            of_bias += found
            of_before += found * first
            of_here += found * second
            of_after += found * third
    to = sums + tl.program_id(0) * 6 * channels + column
    tl.store(to, of_scale, mask=inside)
    tl.store(to + channels, of_offset, mask=inside)
    tl.store(to + 2 * channels, of_bias, mask=inside)
    tl.store(to + 3 * channels, of_before, mask=inside)
    tl.store(to + 4 * channels, of_here, mask=inside)
    tl.store(to + 5 * channels, of_after, mask=inside)


@triton.jit
def _spread(
    of_value,  # (rows, channels), on what the depthwise convolution gave
    mask,
    weight,
    gradient,  # (rows, channels), on the layer's sum, in place to that on its input
    rows,
    positions,
    channels,
    dilation,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.arange(0, BLOCK)
    inside = column < channels
    for index in range(ROWS):
        row = tl.program_id(0) * ROWS + index
        if row < rows:
            position = row % positions
            total = tl.zeros((BLOCK,), tl.float32)
            for tap in tl.static_range(3):
                shift = (1 - tap) * dilation
                there = inside & _within(position + shift, positions, column)
                at = (row + shift).to(tl.int64) * channels + column
                tapped = tl.load(weight + column * 3 + tap, mask=inside, other=0.0)
                total += tapped * tl.load(of_value + at, mask=there, other=0.0)
            at = row.to(tl.int64) * channels + column
            passed = tl.load(gradient + at, mask=inside, other=0.0)
            tl.store(gradient + at, passed + total * tl.load(mask + row), mask=inside)


def deepen(
    x: Tensor, mask: Tensor, positions: int, dilation: int, weight: Tensor, bias: Tensor, gamma: Tensor, beta: Tensor
) -> Tensor:
    """Depthwise convolution of masked rows, normalised and bent: (rows, channels) float32, as is x.

    mask: (rows,); weight: (channels, 1, 3); the others: (channels,).
    """
    rows, channels = x.shape
    y = torch.empty_like(x)
    grid, sizes = launch(rows, channels)
    _deepen[grid](
        x, mask, weight, bias, gamma, beta, y, rows, positions, channels, dilation, SMALL=SMALL_VARIANCE, **sizes
    )
    return y


def undeepen(
    x: Tensor,
    mask: Tensor,
    positions: int,
    dilation: int,
    weight: Tensor,
    bias: Tensor,
    gamma: Tensor,
    beta: Tensor,
    of_y: Tensor,
    gradient: Tensor,
) -> Tensor:
    """Take a gradient back through `deepen`.

    of_y: on its result. gradient: on the layer's sum, becomes in place that on x. Returns: (6, channels), on gamma,
    beta, bias and the three taps.
    """
    rows, channels = x.shape
    of_value = torch.empty_like(x)
    grid, sizes = launch(rows, channels)
    sums = torch.empty(*grid, 6, channels, device=x.device)
    _undeepen[grid](
        x,
        mask,
        weight,
        bias,
        gamma,
        beta,
        of_y,
        of_value,
        sums,
        rows,
        positions,
        channels,
        dilation,
        SMALL=SMALL_VARIANCE,
        **sizes,
    )
    _spread[grid](of_value, mask, weight, gradient, rows, positions, channels, dilation, **sizes)
    return sums.sum(0)
