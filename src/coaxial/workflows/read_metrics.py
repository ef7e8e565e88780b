"""The curves of a run, thinned to as many points as somebody can look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coaxial.metrics.index import index_of
from coaxial.metrics.thinning import Curves, thinned
from coaxial.settings import Settings
from coaxial.store import open_store

MOST_NUMBERS = 18_000
"""In one answer: at about 8 bytes each, and with their names, they stay under 200 kB."""

_OF_A_NAME = 3
"""Mean, least and greatest."""


@dataclass(frozen=True)
class RunCurves:
    """What was measured in a run after a step."""

    since: int
    """Lower than what was asked for, where lines up to there are others now."""
    generation: int
    step: int
    """The latest that was measured; 0 before the first."""
    lines: int
    training: Curves
    validation: Curves
    names: list[str]
    """Of all series of training."""
    validation_names: list[str]


def read_metrics(
    settings: Settings,
    run: str,
    since: int = 0,
    generation: int | None = None,
    points: int = 600,
    names: Sequence[str] = (),
    until: int | None = None,
) -> RunCurves:
    """The curves after a step; names: of the series that are wanted, empty for all. until: the last step of interest.

    generation: as an earlier answer had it. Steps whose lines were taken back since then come again.
    Raises: NotFound (the run).
    """
    with open_store(settings) as store:
        folder = store.run(run).folder
    index = index_of(folder)
    with index.up_to_date():
        known, validated = list(index.training.columns), list(index.validation.columns)
        if generation is not None and generation != index.place.generation:
            # What validation found after the last step that stayed may be another now.
            since = max(0, min(since, index.step_at(index.kept_since(generation)) - 1))
        wanted = [name for name in known if not names or name in names]
        looked_at = [name for name in validated if not names or name in names]
        most = MOST_NUMBERS // (1 + _OF_A_NAME * max(1, len(wanted) + len(looked_at)))
        points = max(2, min(points, most))
        return RunCurves(
            since,
            index.place.generation,
            index.step_at(index.lines),
            index.lines,
            thinned(index.training, since, until, wanted, points),
            thinned(index.validation, since, until, looked_at, points),
            known,
            validated,
        )
