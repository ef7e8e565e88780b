"""Curves of a run as the HTTP door shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from coaxial.metrics.thinning import Curves, Series
from coaxial.workflows.read_metrics import RunCurves

_DIGITS = 5
"""Of a value: more than any screen shows."""

_TRAINING: dict[str, Any] = {
    "every": 512,
    "steps": [512, 1024, 1400],
    "series": {"mel": {"mean": [24.113, 20.871, 19.02], "low": [20.9, 18.004, 17.6], "high": [31.2, 24.9, 21.37]}},
}
_VALIDATION: dict[str, Any] = {"every": 1, "steps": [1000], "series": {"mel": {"mean": [19.9]}}}
_METRICS: dict[str, Any] = {
    "run": "anna-medium-1",
    "since": 0,
    "generation": 1804289383,
    "step": 1400,
    "lines": 1401,
    "names": ["learning_rate", "mel", "kl"],
    "validation_names": ["mel", "kl"],
    "training": _TRAINING,
    "validation": _VALIDATION,
}


class OneSeries(BaseModel):
    """A series' values, one for each of the steps; null where there is none."""

    mean: list[float | None]
    low: list[float | None] | None = Field(default=None, description="The least; null where nothing was thinned.")
    high: list[float | None] | None = Field(default=None, description="The greatest; null where nothing was thinned.")


class ThinnedCurves(BaseModel):
    """Neighbouring steps become one point: their mean, with the least and the greatest value."""

    every: int = Field(description="How many steps a point stands for; 1: none is left out. The last may have fewer.")
    steps: list[int] = Field(description="The last step of each point.")
    series: dict[str, OneSeries]


class Metrics(BaseModel):
    """What was measured in a run after a step."""

    model_config = ConfigDict(json_schema_extra={"examples": [_METRICS]})

    run: str
    since: int = Field(
        description="The step that this begins after: lower than the one that was asked for, where the run was killed "
        "and took another way from there. Points that were read before and are later than it count no more."
    )
    generation: int = Field(description="To ask with the next time, so that such a way is told.")
    step: int = Field(description="The latest that was measured; to ask with the next time. 0 before the first.")
    lines: int = Field(description="Of metrics.jsonl.")
    names: list[str] = Field(description="Of all series of training that there are.")
    validation_names: list[str] = Field(description="Of all series of validation that there are.")
    training: ThinnedCurves
    validation: ThinnedCurves


def shown_metrics(run: str, found: RunCurves) -> Metrics:
    """As an answer. Nothing in it needs checking once more."""
    return Metrics.model_construct(
        run=run,
        since=found.since,
        generation=found.generation,
        step=found.step,
        lines=found.lines,
        names=found.names,
        validation_names=found.validation_names,
        training=_curves(found.training),
        validation=_curves(found.validation),
    )


def _curves(found: Curves) -> ThinnedCurves:
    series = {name: _series(one, found.every > 1) for name, one in found.series.items()}
    return ThinnedCurves.model_construct(every=found.every, steps=found.steps.tolist(), series=series)


def _series(found: Series, is_thinned: bool) -> OneSeries:
    return OneSeries.model_construct(
        mean=_rounded(found.mean.tolist()),
        low=_rounded(found.low.tolist()) if is_thinned else None,
        high=_rounded(found.high.tolist()) if is_thinned else None,
    )


def _rounded(values: Iterable[float]) -> list[float | None]:
    # Infinite values, as those that are no number, cannot be told in JSON.
    return [float(f"{value:.{_DIGITS}g}") if -1e300 < value < 1e300 else None for value in values]
