"""How values are spread: counts in bins that are the same for everybody, so that two pictures can be compared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bins:
    """Equal bins; what lies outside is counted in the first or the last."""

    first: float
    step: float
    count: int

    @property
    def edges(self) -> list[float]:
        """count + 1 of them."""
        return [round(self.first + self.step * number, 6) for number in range(self.count + 1)]


@dataclass(frozen=True)
class Histogram:
    """How the values of one figure are spread."""

    figure: str
    unit: str
    edges: Sequence[float]
    counts: Sequence[int]
    """One fewer than edges."""
    median: float | None
    """None where there are no values."""
    lowest: float | None
    highest: float | None


def histogram(figure: str, unit: str, bins: Bins, values: Sequence[float]) -> Histogram:
    """Count values."""
    edges = bins.edges
    counts = [0] * bins.count
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), bins.count - 1)] += 1
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = None
    if ordered:
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Histogram(
        figure, unit, edges, counts, median, ordered[0] if ordered else None, ordered[-1] if ordered else None
    )
