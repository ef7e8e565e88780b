"""Pictures of curves, where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def draw(path: Path, rows: int, columns: int, paint: Callable[[Any], None]) -> None:
    """Write a picture of rows times columns axes, which are given to `paint` as a (rows, columns) array."""
    try:
        import matplotlib
    except ImportError:
        print(f"No {path.name}: matplotlib is not installed.")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(rows, columns, figsize=(5 * columns, 4 * rows), squeeze=False)
    paint(axes)
    for axis in axes.flat:
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=100)
