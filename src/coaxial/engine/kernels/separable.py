"""What stands between the matrix products of depth-separable convolutions: a program walks a few rows of channels."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_ROWS = 4
"""Rows of a program, one after the other; its sums over them are one row of the partial sums."""

_SMALL = 1e-5
"""Added to the variance, as torch's layer normalisation does."""


@triton.jit
def _bent(x):
    return 0.5 * x * (1.0 + tl.erf(x * 0.7071067811865476))


@triton.jit
def _bent_slope(x):
    return 0.5 * (1.0 + tl.erf(x * 0.7071067811865476)) + x * tl.exp(-0.5 * x * x) * 0.3989422804014327


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
            tl.store(y + to, _bent(scale * normal + offset), mask=inside)


@triton.jit
def _add(
    z,  # (rows, channels)
    x,
    keep,  # (rows, channels), of the dropout, read only where DROPS
    gamma,
    beta,
    out,
    rows,
    channels,
    DROPS: tl.constexpr,
    SMALL: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.arange(0, BLOCK)
    inside = column < channels
    scale = tl.load(gamma + column, mask=inside, other=0.0)
    offset = tl.load(beta + column, mask=inside, other=0.0)
    for index in range(ROWS):
        row = tl.program_id(0) * ROWS + index
        if row < rows:
            at = row.to(tl.int64) * channels + column
            value = tl.load(z + at, mask=inside, other=0.0)
            mean = tl.sum(value) / channels
            distance = tl.where(inside, value - mean, 0.0)
            normal = distance / tl.sqrt(tl.sum(distance * distance) / channels + SMALL)
            added = _bent(scale * normal + offset)
            if DROPS:
                added *= tl.load(keep + at, mask=inside, other=0.0)
            tl.store(out + at, tl.load(x + at, mask=inside, other=0.0) + added, mask=inside)


@triton.jit
def _through_norm(value, gradient, scale, offset, channels, inside, SMALL: tl.constexpr):
    """Gradient on what was normalised, scaled and bent, with what its scale and offset get."""
    mean = tl.sum(value) / channels
    distance = tl.where(inside, value - mean, 0.0)
    steepness = 1.0 / tl.sqrt(tl.sum(distance * distance) / channels + SMALL)
    normal = distance * steepness
    of_offset = tl.where(inside, gradient * _bent_slope(scale * normal + offset), 0.0)
    of_normal = of_offset * scale
    along = tl.sum(of_normal * normal) / channels
    of_value = steepness * (of_normal - tl.sum(of_normal) / channels - normal * along)
    return tl.where(inside, of_value, 0.0), of_offset * normal, of_offset


@triton.jit
def _unadd(
    z,
    gradient,  # (rows, channels), on the sum
    keep,
    gamma,
    beta,
    of_z,  # (rows, channels)
    sums,  # (programs, 3, channels): of gamma, beta and the product's bias
    rows,
    channels,
    DROPS: tl.constexpr,
    SMALL: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.arange(0, BLOCK)
    inside = column < channels
    scale = tl.load(gamma + column, mask=inside, other=0.0)
    offset = tl.load(beta + column, mask=inside, other=0.0)
    of_scale = tl.zeros((BLOCK,), tl.float32)
    of_offset = tl.zeros((BLOCK,), tl.float32)
    of_bias = tl.zeros((BLOCK,), tl.float32)
    for index in range(ROWS):
        row = tl.program_id(0) * ROWS + index
        if row < rows:
            at = row.to(tl.int64) * channels + column
            value = tl.load(z + at, mask=inside, other=0.0)
            given = tl.load(gradient + at, mask=inside, other=0.0)
            if DROPS:
                given *= tl.load(keep + at, mask=inside, other=0.0)
            of_value, more_scale, more_offset = _through_norm(value, given, scale, offset, channels, inside, SMALL)
            tl.store(of_z + at, of_value, mask=inside)
            of_scale += more_scale
            of_offset += more_offset
            of_bias += of_value
    to = sums + tl.program_id(0) * 3 * channels + column
    tl.store(to, of_scale, mask=inside)
    tl.store(to + channels, of_offset, mask=inside)
    tl.store(to + 2 * channels, of_bias, mask=inside)


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
            found, more_scale, more_offset = _through_norm(value, given, scale, offset, channels, inside, SMALL)
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


def _launch(rows: int, channels: int) -> tuple[tuple[int], dict[str, int]]:
    block = triton.next_power_of_2(channels)
    return (triton.cdiv(rows, _ROWS),), {"ROWS": _ROWS, "BLOCK": block, "num_warps": 4}


def deepen(
    x: Tensor, mask: Tensor, positions: int, dilation: int, weight: Tensor, bias: Tensor, gamma: Tensor, beta: Tensor
) -> Tensor:
    """Depthwise convolution of masked rows, normalised and bent: (rows, channels) float32, as is x.

    mask: (rows,); weight: (channels, 1, 3); the others: (channels,).
    """
    rows, channels = x.shape
    y = torch.empty_like(x)
    grid, sizes = _launch(rows, channels)
    _deepen[grid](x, mask, weight, bias, gamma, beta, y, rows, positions, channels, dilation, SMALL=_SMALL, **sizes)
    return y


def add(z: Tensor, x: Tensor, keep: Tensor | None, gamma: Tensor, beta: Tensor) -> Tensor:
    """x and z, normalised, bent and dropped out; keep: what every value is multiplied by."""
    rows, channels = x.shape
    out = torch.empty_like(x)
    grid, sizes = _launch(rows, channels)
    drops = keep is not None
    _add[grid](z, x, keep if drops else z, gamma, beta, out, rows, channels, DROPS=drops, SMALL=_SMALL, **sizes)
    return out


def unadd(z: Tensor, gradient: Tensor, keep: Tensor | None, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient on z, and (3, channels): on gamma, beta and the bias that is in z."""
    rows, channels = z.shape
    of_z = torch.empty_like(z)
    grid, sizes = _launch(rows, channels)
    sums = torch.empty(*grid, 3, channels, device=z.device)
    drops = keep is not None
    _unadd[grid](
        z, gradient, keep if drops else z, gamma, beta, of_z, sums, rows, channels, DROPS=drops, SMALL=_SMALL, **sizes
    )
    return of_z, sums.sum(0)


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
    grid, sizes = _launch(rows, channels)
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
        SMALL=_SMALL,
        **sizes,
    )
    _spread[grid](of_value, mask, weight, gradient, rows, positions, channels, dilation, **sizes)
    return sums.sum(0)
