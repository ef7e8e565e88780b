"""When a run ends, how fast it learns on the way, and when it writes checkpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coaxial.domain.options import TrainOptions

_MOST_SECONDS_UNSAVED = 600.0

_LEAST_SECONDS_BETWEEN = 30.0
"""Of two checkpoints, unless the options say how many steps."""


_HELD = 0.75
"""Of the budget, in which the learning rate stays. Falling from the start learns less (docs/training-log.md)."""


@dataclass(frozen=True)
class Schedule:
    """A run's budget as a number of steps, or as seconds."""

    total_steps: int | None
    total_seconds: float | None
    checkpoint_steps: int
    """Checkpoints that are validated and kept come after multiples of so many steps,"""
    checkpoint_seconds: float
    """and at least so many seconds after the last one."""
    first_learning_rate: float
    final_learning_rate: float
    """As a fraction of the first."""

    @staticmethod
    def of(options: TrainOptions, steps_per_epoch: int) -> Schedule:
        """The schedule of a budget; checkpoints come ten times in it unless the options say otherwise."""
        budget = options.budget
        rates = options.first_learning_rate, options.final_learning_rate
        if budget.minutes is not None:
            seconds = budget.minutes * 60.0
            cadence = (1, max(60.0, seconds / 10))
            return Schedule(None, seconds, *_asked(options, cadence), *rates)
        steps = budget.steps if budget.steps is not None else (budget.epochs or 1) * steps_per_epoch
        # Where steps are quick, writing and speaking would take longer than they do.
        cadence = (min(1000, max(10, -(-steps // 10))), _LEAST_SECONDS_BETWEEN)
        return Schedule(steps, None, *_asked(options, cadence), *rates)

    def done(self, step: int, seconds: float) -> float:
        """Fraction of the budget that is used after so many steps and seconds, 0 to 1."""
        if self.total_steps is not None:
            return min(1.0, step / self.total_steps)
        assert self.total_seconds is not None
        return min(1.0, seconds / self.total_seconds)

    def learning_rate(self, done: float) -> float:
        """The first one for three quarters of the budget, and then down to the final one geometrically."""
        fallen = max(0.0, done - _HELD) / (1 - _HELD)
        return float(self.first_learning_rate * self.final_learning_rate**fallen)

    def checkpoint_due(self, step: int, seconds_since_last: float) -> bool:
        """Whether a validated, kept checkpoint is due after this step."""
        return step % self.checkpoint_steps == 0 and seconds_since_last >= self.checkpoint_seconds

    def checkpoints_to_come(self, step: int, seconds_a_step: float, seconds_since_last: float) -> int:
        """Until the budget's end, where its steps are known; one that is due after this step itself is among them.

        The last step's is not. seconds_since_last: 0 where this step had its checkpoint already.
        """
        if self.total_steps is None or step >= self.total_steps:
            return 0
        every, pause = self.checkpoint_steps, self.checkpoint_seconds
        due = seconds_since_last > 0 and self.checkpoint_due(step, seconds_since_last)
        waiting = (pause - (0.0 if due else seconds_since_last)) / max(seconds_a_step, 1e-9)
        following = every * math.ceil((step + max(1, math.ceil(waiting))) / every)
        between = every * max(1, math.ceil(pause / max(every * seconds_a_step, 1e-9)))
        return int(due) + max(0, math.ceil((self.total_steps - following) / between))

    def safety_due(self, seconds_since_last: float) -> bool:
        """Whether too much work would be lost by a power cut, whatever the cadence of checkpoints."""
        return seconds_since_last >= _MOST_SECONDS_UNSAVED


def _asked(options: TrainOptions, otherwise: tuple[int, float]) -> tuple[int, float]:
    """Steps and seconds between checkpoints."""
    return (options.checkpoint_every, 0.0) if options.checkpoint_every else otherwise
