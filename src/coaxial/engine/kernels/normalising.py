"""Rows of channels, normalised and bent, added to a stream: a program walks a few rows, one after the other."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_ROWS = 4
"""Rows of a program, one after the other; its sums over them are one row of the partial sums."""

SMALL_VARIANCE = 1e-5
"""Added to the variance, as torch's layer normalisation does."""


@triton.jit
def bent(x):
    return 0.5 * x * (1.0 + tl.erf(x * 0.7071067811865476))


@triton.jit
def _bent_slope(x):
    return 0.5 * (1.0 + tl.erf(x * 0.7071067811865476)) + x * tl.exp(-0.5 * x * x) * 0.3989422804014327


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
            added = bent(scale * normal + offset)
            if DROPS:
                added *= tl.load(keep + at, mask=inside, other=0.0)
            tl.store(out + at, tl.load(x + at, mask=inside, other=0.0) + added, mask=inside)


@triton.jit
def through_norm(value, gradient, scale, offset, channels, inside, SMALL: tl.constexpr):
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
            of_value, more_scale, more_offset = through_norm(value, given, scale, offset, channels, inside, SMALL)
            tl.store(of_z + at, of_value, mask=inside)
            of_scale += more_scale
            of_offset += more_offset
            of_bias += of_value
    to = sums + tl.program_id(0) * 3 * channels + column
    tl.store(to, of_scale, mask=inside)
    tl.store(to + channels, of_offset, mask=inside)
    tl.store(to + 2 * channels, of_bias, mask=inside)


def launch(rows: int, channels: int) -> tuple[tuple[int], dict[str, int]]:
    """Programs for so many rows, and what each is compiled with."""
    block = triton.next_power_of_2(channels)
    return (triton.cdiv(rows, _ROWS),), {"ROWS": _ROWS, "BLOCK": block, "num_warps": 4}


def add(z: Tensor, x: Tensor, keep: Tensor | None, gamma: Tensor, beta: Tensor) -> Tensor:
    """x and z, normalised, bent and dropped out; keep: what every value is multiplied by."""
    rows, channels = x.shape
    out = torch.empty_like(x)
    grid, sizes = launch(rows, channels)
    drops = keep is not None
    _add[grid](z, x, keep if drops else z, gamma, beta, out, rows, channels, DROPS=drops, SMALL=SMALL_VARIANCE, **sizes)
    return out


def unadd(z: Tensor, gradient: Tensor, keep: Tensor | None, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient on z, and (3, channels): on gamma, beta and the bias that is in z."""
    rows, channels = z.shape
    of_z = torch.empty_like(z)
    grid, sizes = launch(rows, channels)
    sums = torch.empty(*grid, 3, channels, device=z.device)
    drops = keep is not None
    _unadd[grid](
        z,
        gradient,
        keep if drops else z,
        gamma,
        beta,
        of_z,
        sums,
        rows,
        channels,
        DROPS=drops,
        SMALL=SMALL_VARIANCE,
        **sizes,
    )
    return of_z, sums.sum(0)
