"""The windows of the judges' convolutions, and the gradients that come back from them, in one pass over memory each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl
from torch import Tensor

if TYPE_CHECKING:
    from coaxial.engine.unfolding import Layer

_TILE = 4096
"""Elements that a program copies."""


@triton.jit
def _unfold(
    x,  # (blocks, sequences, positions, width)
    windows,  # (groups, rows, columns)
    rows,
    columns,
    sequences_positions,
    positions,
    width,
    length,
    inputs,
    taps,
    stride,
    padding,
    slope,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    SINGLE: tl.constexpr,
):
    group = tl.program_id(2)
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    within = tl.arange(0, COLUMNS)
    first = tl.program_id(1) * COLUMNS
    sequence = row // length
    start = (row - sequence * length) * stride - padding
    if SINGLE:  # one channel: a window's taps lie side by side
        position = start[:, None] + (first + within)[None, :]
        at = (sequence.to(tl.int64) * positions)[:, None] + position
        inside = (position >= 0) & (position < positions)
    else:  # all columns of a tile are channels of one tap and one block
        tap = first // inputs
        channel = group * inputs + first - tap * inputs
        block = channel // width
        position = start + tap
        at = ((sequence.to(tl.int64) * positions + position) * width)[:, None] + within[None, :]
        at += block.to(tl.int64) * sequences_positions * width + channel - block * width
        inside = ((position >= 0) & (position < positions))[:, None]
    kept = (row < rows)[:, None]
    value = tl.load(x + at, mask=kept & inside & (first + within < taps)[None, :], other=0.0).to(tl.float32)
    value = tl.where(value < 0, value * slope, value)
    value = tl.where((first + within == taps)[None, :], 1.0, value)
    to = (group.to(tl.int64) * rows + row)[:, None] * columns + first + within[None, :]
    tl.store(windows + to, value.to(windows.dtype.element_ty), mask=kept & (first + within < columns)[None, :])


# Of a single short sequence these are 1, which Triton would put in as a plain number, without a type to widen.
@triton.jit(do_not_specialize=["rows", "sequences"])
def _cotangents(
    x,  # (blocks, 2 * rows, width), a row being a position of a sequence
    windows,  # (groups, 3 * sequences * length, taps)
    gradients,  # (blocks, 3 * rows, width)
    distances,  # one for each program
    pull,  # one
    rows,
    channels,
    positions,
    width,
    sequences,
    length,
    inputs,
    taps,
    kernel,
    stride,
    padding,
    slope,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    # All channels of a tile are of one group and of one block.
    first = tl.program_id(1) * COLUMNS
    within = tl.arange(0, COLUMNS)
    group = first // inputs
    block = first // width
    inside = (row < rows)[:, None] & (first + within < channels)[None, :]
    sequence = row // positions
    reach = row - sequence * positions + padding
    of_channel = group.to(tl.int64) * 3 * sequences * length * taps + first - group * inputs + within
    of_sequence = sequence.to(tl.int64) * length
    part = sequences.to(tl.int64) * length * taps

    of_real = tl.zeros((ROWS, COLUMNS), tl.float32)
    of_generated = tl.zeros((ROWS, COLUMNS), tl.float32)
    for_generator = tl.zeros((ROWS, COLUMNS), tl.float32)
    # A position is in the windows that begin at most a kernel before it, each a stride from the next.
    for turn in range((kernel + stride - 1) // stride):
        tap = reach % stride + turn * stride
        window = (reach - tap) // stride
        there = (tap < kernel) & (reach >= tap) & (window < length)
        at = ((of_sequence + window) * taps + tap * inputs)[:, None] + of_channel[None, :]
        seen = inside & there[:, None]
        of_real += tl.load(windows + at, mask=seen, other=0.0).to(tl.float32)
        of_generated += tl.load(windows + at + part, mask=seen, other=0.0).to(tl.float32)
        for_generator += tl.load(windows + at + 2 * part, mask=seen, other=0.0).to(tl.float32)

    inner = (first - block * width + within)[None, :]
    here = block.to(tl.int64) * 2 * rows * width + row.to(tl.int64)[:, None] * width + inner
    half = rows.to(tl.int64) * width
    real = tl.load(x + here, mask=inside, other=0.0).to(tl.float32)
    generated = tl.load(x + here + half, mask=inside, other=0.0).to(tl.float32)
    distance = tl.where(generated < 0, generated * slope, generated) - tl.where(real < 0, real * slope, real)
    for_generator += tl.load(pull) * ((distance > 0).to(tl.float32) - (distance < 0).to(tl.float32))
    falls = tl.where(generated < 0, slope, 1.0)
    to = block.to(tl.int64) * 3 * rows * width + row.to(tl.int64)[:, None] * width + inner
    kind = gradients.dtype.element_ty
    tl.store(gradients + to, (of_real * tl.where(real < 0, slope, 1.0)).to(kind), mask=inside)
    tl.store(gradients + to + half, (of_generated * falls).to(kind), mask=inside)
    tl.store(gradients + to + 2 * half, (for_generator * falls).to(kind), mask=inside)
    program = tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    tl.store(distances + program, tl.sum(tl.abs(distance)))


def unfold(x: Tensor, layer: Layer) -> Tensor:
    """As `engine.unfolding.unfold`."""
    _, sequences, positions, width = x.shape
    length = layer.length(positions)
    rows = sequences * length
    windows = torch.empty(layer.groups, rows, layer.width, dtype=x.dtype, device=x.device)
    # A tile of columns divides the channels of a tap and of a block.
    columns = 16 if layer.inputs == 1 else min(128, layer.inputs & -layer.inputs, width & -width)
    tile = _TILE // columns
    grid = (triton.cdiv(rows, tile), triton.cdiv(layer.width, columns), layer.groups)
    _unfold[grid](
        x,
        windows,
        rows,
        layer.width,
        sequences * positions,
        positions,
        width,
        length,
        layer.inputs,
        layer.taps,
        layer.stride,
        layer.padding,
        layer.slope,
        ROWS=tile,
        COLUMNS=columns,
        SINGLE=layer.inputs == 1,
    )
    return windows


def cotangents(x: Tensor, windows: Tensor, layer: Layer, pull: Tensor) -> tuple[Tensor, Tensor]:
    """As `engine.unfolding.cotangents`."""
    blocks, both, positions, width = x.shape
    sequences = both // 2
    rows, channels = sequences * positions, blocks * width
    gradients = torch.empty(blocks, 3 * sequences, positions, width, dtype=x.dtype, device=x.device)
    columns = min(64, layer.inputs & -layer.inputs, width & -width)
    tile = _TILE // 4 // columns  # three sums for each element are kept at once
    grid = (triton.cdiv(rows, tile), triton.cdiv(channels, columns))
    distances = torch.empty(grid, dtype=torch.float32, device=x.device)
    _cotangents[grid](
        x,
        windows,
        gradients,
        distances,
        pull,
        rows,
        channels,
        positions,
        width,
        sequences,
        layer.length(positions),
        layer.inputs,
        layer.taps,
        layer.kernel,
        layer.stride,
        layer.padding,
        layer.slope,
        ROWS=tile,
        COLUMNS=columns,
    )
    return gradients, distances.sum()
