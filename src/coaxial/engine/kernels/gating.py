"""What stands between the matrix products of a WaveNet layer, in one pass over memory each."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_COLUMNS = 32
_ROWS = 64


@triton.jit
def _logistic(x):
    return 1.0 / (1.0 + tl.exp(-x))


@triton.jit
def _gate(
    gates,  # (rows, 2 * channels)
    offsets,  # (sequences, 2 * channels), added to the gates; read only where OFFSETS
    activations,  # (rows, columns): the gated values, a 1 for the bias of what follows, zeros
    rows,
    positions,
    channels,
    columns,
    OFFSETS: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < channels)[None, :]
    at = row.to(tl.int64)[:, None] * 2 * channels + column[None, :]
    signal = tl.load(gates + at, mask=inside, other=0.0).to(tl.float32)
    gate = tl.load(gates + at + channels, mask=inside, other=0.0).to(tl.float32)
    if OFFSETS:
        of = (row // positions)[:, None] * 2 * channels + column[None, :]
        signal += tl.load(offsets + of, mask=inside, other=0.0).to(tl.float32)
        gate += tl.load(offsets + of + channels, mask=inside, other=0.0).to(tl.float32)
    value = (2.0 * _logistic(2.0 * signal) - 1.0) * _logistic(gate)
    value = tl.where((column == channels)[None, :], 1.0, value)
    value = tl.where((column > channels)[None, :], 0.0, value)
    to = row.to(tl.int64)[:, None] * columns + column[None, :]
    tl.store(
        activations + to,
        value.to(activations.dtype.element_ty),
        mask=(row < rows)[:, None] & (column < columns)[None, :],
    )


@triton.jit
def _ungate(
    gates,  # (rows, 2 * channels)
    offsets,
    of_activations,  # (rows, channels)
    of_gates,  # (rows, 2 * channels)
    rows,
    positions,
    channels,
    OFFSETS: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < channels)[None, :]
    at = row.to(tl.int64)[:, None] * 2 * channels + column[None, :]
    signal = tl.load(gates + at, mask=inside, other=0.0).to(tl.float32)
    gate = tl.load(gates + at + channels, mask=inside, other=0.0).to(tl.float32)
    if OFFSETS:
        of = (row // positions)[:, None] * 2 * channels + column[None, :]
        signal += tl.load(offsets + of, mask=inside, other=0.0).to(tl.float32)
        gate += tl.load(offsets + of + channels, mask=inside, other=0.0).to(tl.float32)
    here = row.to(tl.int64)[:, None] * channels + column[None, :]
    gradient = tl.load(of_activations + here, mask=inside, other=0.0).to(tl.float32)
    bent = 2.0 * _logistic(2.0 * signal) - 1.0
    opened = _logistic(gate)
    kind = of_gates.dtype.element_ty
    tl.store(of_gates + at, (gradient * opened * (1.0 - bent * bent)).to(kind), mask=inside)
    tl.store(of_gates + at + channels, (gradient * bent * opened * (1.0 - opened)).to(kind), mask=inside)


@triton.jit
def _take_up(
    mixed,  # (rows, 2 * channels), or (rows, channels) where LAST: residual, then skip
    mask,  # (rows,)
    stream,  # (rows, channels) float32, in place
    skips,  # (rows, channels) float32, in place
    copy,  # (rows, channels), of the new stream, for the next products
    rows,
    channels,
    LAST: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < channels)[None, :]
    at = row.to(tl.int64)[:, None] * channels + column[None, :]
    skipped = tl.load(skips + at, mask=inside, other=0.0)
    if LAST:
        tl.store(skips + at, skipped + tl.load(mixed + at, mask=inside, other=0.0).to(tl.float32), mask=inside)
    else:
        of = row.to(tl.int64)[:, None] * 2 * channels + column[None, :]
        residual = tl.load(mixed + of, mask=inside, other=0.0).to(tl.float32)
        added = tl.load(mixed + of + channels, mask=inside, other=0.0).to(tl.float32)
        tl.store(skips + at, skipped + added, mask=inside)
        real = tl.load(mask + row, mask=row < rows, other=0.0)[:, None]
        value = (tl.load(stream + at, mask=inside, other=0.0) + residual) * real
        tl.store(stream + at, value, mask=inside)
        tl.store(copy + at, value.to(copy.dtype.element_ty), mask=inside)


@triton.jit
def _hand_back(
    windows,  # (rows, taps): gradients on the windows of the layer after, not read where FIRST
    mask,
    stream,  # (rows, channels) float32: gradient on the stream after this layer, in place to that before it
    of_skips,  # (rows, channels)
    of_mixed,  # (rows, 2 * channels)
    rows,
    positions,
    channels,
    taps,
    kernel,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < channels)[None, :]
    at = row.to(tl.int64)[:, None] * channels + column[None, :]
    position = row % positions
    value = tl.load(stream + at, mask=inside, other=0.0)
    for tap in range(kernel):
        shift = kernel // 2 - tap
        there = inside & ((position + shift >= 0) & (position + shift < positions))[:, None]
        of = (row + shift).to(tl.int64)[:, None] * taps + tap * channels + column[None, :]
        value += tl.load(windows + of, mask=there, other=0.0).to(tl.float32)
    real = tl.load(mask + row, mask=row < rows, other=0.0)[:, None]
    value = value * real
    tl.store(stream + at, value, mask=inside)
    to = row.to(tl.int64)[:, None] * 2 * channels + column[None, :]
    kind = of_mixed.dtype.element_ty
    tl.store(of_mixed + to, value.to(kind), mask=inside)
    tl.store(of_mixed + to + channels, tl.load(of_skips + at, mask=inside, other=0.0).to(kind), mask=inside)


def gate(gates: Tensor, offsets: Tensor | None, positions: int) -> Tensor:
    """tanh of the first half times the logistic function of the second, then a 1 and zeros: (rows, channels + 16).

    gates: (rows, 2 * channels), rows being positions of sequences; offsets: (sequences, 2 * channels), added to them.
    """
    rows, channels = gates.shape[0], gates.shape[1] // 2
    columns = channels + 16
    activations = torch.empty(rows, columns, dtype=gates.dtype, device=gates.device)
    _gate[triton.cdiv(rows, _ROWS), triton.cdiv(columns, _COLUMNS)](
        gates,
        gates if offsets is None else offsets,
        activations,
        rows,
        positions,
        channels,
        columns,
        OFFSETS=offsets is not None,
        ROWS=_ROWS,
        COLUMNS=_COLUMNS,
    )
    return activations


def ungate(gates: Tensor, offsets: Tensor | None, positions: int, of_activations: Tensor) -> Tensor:
    """Gradient on the gates (rows, 2 * channels), from that on the gated values (rows, channels)."""
    rows, channels = of_activations.shape
    of_gates = torch.empty_like(gates)
    _ungate[triton.cdiv(rows, _ROWS), triton.cdiv(channels, _COLUMNS)](
        gates,
        gates if offsets is None else offsets,
        of_activations,
        of_gates,
        rows,
        positions,
        channels,
        OFFSETS=offsets is not None,
        ROWS=_ROWS,
        COLUMNS=_COLUMNS,
    )
    return of_gates


def take_up(mixed: Tensor, mask: Tensor, stream: Tensor, skips: Tensor) -> Tensor | None:
    """Add a layer's halves to the stream, then mask it, and to the skips, both in place; the last one has no residual.

    mixed: (rows, 2 * channels), of the last layer (rows, channels); mask: (rows,); stream, skips: (rows, channels)
    float32. Returns: the new stream in mixed's precision, None after the last layer.
    """
    rows, channels = stream.shape
    last = mixed.shape[1] == channels
    copy = None if last else torch.empty(rows, channels, dtype=mixed.dtype, device=mixed.device)
    _take_up[triton.cdiv(rows, _ROWS), triton.cdiv(channels, _COLUMNS)](
        mixed,
        mask,
        stream,
        skips,
        mixed if copy is None else copy,
        rows,
        channels,
        LAST=last,
        ROWS=_ROWS,
        COLUMNS=_COLUMNS,
    )
    return copy


def hand_back(windows: Tensor, mask: Tensor, stream: Tensor, of_skips: Tensor, positions: int) -> Tensor:
    """Gradient on what a layer added, (rows, 2 * channels), from those on what came after it.

    windows: (rows, kernel * channels), of the layer after; stream: (rows, channels) float32, of its input without
    them, becomes in place that of this layer's input without its windows; of_skips: (rows, channels).
    """
    rows, channels = stream.shape
    of_mixed = torch.empty(rows, 2 * channels, dtype=windows.dtype, device=windows.device)
    _hand_back[triton.cdiv(rows, _ROWS), triton.cdiv(channels, _COLUMNS)](
        windows,
        mask,
        stream,
        of_skips,
        of_mixed,
        rows,
        positions,
        channels,
        windows.shape[1],
        windows.shape[1] // channels,
        ROWS=_ROWS,
        COLUMNS=_COLUMNS,
    )
    return of_mixed
