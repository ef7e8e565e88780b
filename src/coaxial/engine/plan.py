"""Which clips make which batch, and the few shapes that batches are padded to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MULTIPLE = 16
"""Batches are padded to a multiple of so many frames and phonemes."""

_MOST_SHAPES = 8
EPOCHS_LOOKED_AT = 8
"""To know what batches a run has."""


def plan_epoch(frames: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch: clips of like length together, composition and order new in every epoch.

    frames: length of each clip, at least batch_size of them. Returns: batch_size indices per batch, each clip once;
    where the clips do not fill the last batch, other ones of the epoch come twice. The same seed and epoch give the
    same batches, so a step's number is all that a resumed run needs to know.
    """
    random = np.random.default_rng((seed, epoch))
    count = steps_per_epoch(len(frames), batch_size)
    twice = random.choice(len(frames), count * batch_size - len(frames), replace=False)
    indices = np.concatenate([np.arange(len(frames)), twice])
    jittered = np.asarray(frames)[indices] * random.uniform(0.9, 1.1, len(indices))
    batches = indices[np.argsort(jittered, kind="stable")].reshape(count, batch_size)
    return [batches[index].tolist() for index in random.permutation(count)]


def steps_per_epoch(clips: int, batch_size: int) -> int:
    """Batches that hold every clip."""
    return -(-clips // batch_size)


def batches_by_length(frames: Sequence[int], batch_size: int) -> list[list[int]]:
    """Every clip once, the shortest first; the last batch may be smaller."""
    order = np.argsort(frames, kind="stable").tolist()
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def split_by_frames(indices: Sequence[int], frames: Sequence[int], most: int | None) -> list[list[int]]:
    """Cut a batch into micro-batches whose padded frames do not exceed `most` (None: no limit), longest clips first."""
    if most is None:
        return [list(indices)]
    parts: list[list[int]] = []
    for index in sorted(indices, key=lambda i: -frames[i]):
        if parts and (len(parts[-1]) + 1) * frames[parts[-1][0]] <= most:
            parts[-1].append(index)
        else:
            parts.append([index])
    return parts


@dataclass(frozen=True)
class Paddings:
    """The shapes that batches are padded to, smallest first: few, so that each can be captured once and replayed."""

    shapes: Sequence[tuple[int, int]]
    """Frames and phonemes."""

    @staticmethod
    def of(frames: Sequence[int], phonemes: Sequence[int], batch_size: int, seed: int) -> Paddings:
        """The shapes that waste least on the batches of a run's first epochs.

        frames, phonemes: lengths of each clip. Every clip fits the last shape, and a clip that fits a shape by its
        frames fits it by its phonemes.
        """
        longest = [
            round_up(max(frames[index] for index in batch))
            for epoch in range(EPOCHS_LOOKED_AT)
            for batch in plan_epoch(frames, batch_size, seed, epoch)
        ]
        sizes, counts = np.unique([*longest, round_up(max(frames))], return_counts=True)
        edges = _cheapest_edges(sizes, counts, _MOST_SHAPES)
        return Paddings(
            [
                (edge, round_up(max(p for f, p in zip(frames, phonemes, strict=True) if f <= edge)))
                for edge in edges
                if min(frames) <= edge
            ]
        )

    def around(self, frames: int) -> tuple[int, int]:
        """The smallest shape for clips of at most so many frames."""
        return next(shape for shape in self.shapes if shape[0] >= frames)


def round_up(value: int) -> int:
    """To the next multiple that batches are padded to."""
    return -(-value // MULTIPLE) * MULTIPLE


def _cheapest_edges(sizes: np.ndarray, counts: np.ndarray, most: int) -> list[int]:
    """At most `most` of the ascending sizes, the last among them, so that rounding all up to them adds least.

    Dynamic programming: cost[k][j] is that of the sizes up to j with k edges, the last one at j.
    """
    number = len(sizes)
    before = np.concatenate([[0], np.cumsum(counts)])
    cost = np.full((most + 1, number + 1), np.inf)
    cost[0, 0] = 0.0
    chosen = np.zeros((most + 1, number + 1), dtype=int)
    for edges in range(1, most + 1):
        for end in range(1, number + 1):
            costs = cost[edges - 1, :end] + sizes[end - 1] * (before[end] - before[:end])
            chosen[edges, end] = int(np.argmin(costs))
            cost[edges, end] = costs[chosen[edges, end]]
    edges, end = int(np.argmin(cost[:, number])), number
    found = []
    while end:
        found.append(int(sizes[end - 1]))
        end, edges = chosen[edges, end], edges - 1
    return found[::-1]
