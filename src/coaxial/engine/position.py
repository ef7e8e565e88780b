"""Where a run stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Position:
    """How far a run is; all that changes beside the weights."""

    step: int = 0
    seconds: float = 0.0
    """Of training, over all sittings."""
    validation_mel: float | None = None
    """At the latest validated checkpoint."""
    best_mel: float | None = None
    is_unheard: bool = False
    """Whether this step's checkpoint has still to be validated and to speak: that was given up half-way."""

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Position:
        """As a checkpoint keeps it, among other things; one from before a field was there has its default."""
        return Position(**{field.name: kept[field.name] for field in fields(Position) if field.name in kept})


@dataclass(frozen=True)
class TrainingResult:
    """Where a run stands when `train` returns."""

    step: int
    epoch: int
    seconds: float
    validation_mel: float | None
    best_mel: float | None
