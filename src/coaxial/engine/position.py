"""Where a run stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Position:
    """How far a run is; all that changes beside the weights."""

    step: int = 0
    seconds: float = 0.0
    """Of training, over all sittings."""
    validation_mel: float | None = None
    """At the latest validated checkpoint."""
    best_mel: float | None = None


@dataclass(frozen=True)
class TrainingResult:
    """Where a run stands when `train` returns."""

    step: int
    epoch: int
    seconds: float
    validation_mel: float | None
    best_mel: float | None
