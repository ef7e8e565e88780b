"""Many steps as few points: neighbouring steps become a bucket, which keeps its least, its greatest and its mean value.

So no spike is lost, however short, a band of least to greatest shows how noisy the loss is, and the mean is the curve
that people smooth for. Buckets hold a power of two of rows and begin at multiples of it, so that they stay the same
while a run goes on, until twice as many rows come into each.

(LTTB, Steinarsson 2013, picks single points that look alike: it drops spikes, picks other steps for each series, and
other ones after every step that is added.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coaxial.metrics.columns import Table


@dataclass(frozen=True)
class Series:
    """One name's values in each bucket; NaN where the bucket has none."""

    mean: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


@dataclass(frozen=True)
class Curves:
    """Rows of a table, thinned."""

    every: int
    """Rows in a bucket; the first and the last may have fewer. 1: nothing was thinned."""
    steps: NDArray[np.int64]
    """(buckets,) the last step of each."""
    series: dict[str, Series]


def thinned(table: Table, since: int, until: int | None, names: Sequence[str], points: int) -> Curves:
    """The rows of steps above one, up to another or to the end, in as many buckets at most as points are wanted.

    names: of the series; those that the table does not have are left out.
    """
    heads = table.heads()
    if until is not None:
        heads = heads[: int(np.searchsorted(heads["step"], until, side="right"))]
    first = int(np.searchsorted(heads["step"], since, side="right"))
    rows = len(heads) - first
    every = 1
    while -(-rows // every) + 1 > points and every < rows:
        every *= 2
    edges = np.arange(first // every * every, len(heads), every)
    if len(edges):
        edges[0] = first
    last = np.append(edges[1:], len(heads)) - 1 if len(edges) else edges
    there = [name for name in names if name in table.columns]
    series = {name: _series(table.column(name)[: len(heads)], first, every, edges) for name in there}
    return Curves(every, heads["step"][last].astype(np.int64), series)


def _series(column: NDArray[np.float32], first: int, every: int, edges: NDArray[np.int64]) -> Series:
    if not len(edges):
        nothing = np.empty(0, np.float32)
        return Series(nothing.astype(np.float64), nothing, nothing)
    if every == 1:
        values = np.array(column[first:])
        return Series(values.astype(np.float64), values, values)
    # Aligned buckets as rows of a matrix, NaN before the first row and after the last.
    begin = first // every * every
    flat = np.full(len(edges) * every, np.nan, np.float32)
    flat[first - begin : len(column) - begin] = column[first:]
    matrix = flat.reshape(len(edges), every)
    low, high, mean = matrix.min(axis=1), matrix.max(axis=1), matrix.mean(axis=1, dtype=np.float64)
    (holed,) = np.nonzero(np.isnan(mean))
    if len(holed):
        rows = matrix[holed]
        there = ~np.isnan(rows)
        count = there.sum(axis=1)
        total = np.where(there, rows, 0).sum(axis=1, dtype=np.float64)
        low[holed], high[holed] = np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)
        mean[holed] = np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0)
    return Series(mean, low, high)
