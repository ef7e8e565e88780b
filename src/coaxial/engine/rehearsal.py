"""Before the first step: every shape of batch is computed once, which captures it, and timed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaxial.domain.progress import Progress
from coaxial.engine.corpus import Corpus
from coaxial.engine.plan import EPOCHS_LOOKED_AT, plan_epoch
from coaxial.engine.trainer import Trainer


@dataclass(frozen=True)
class StepTimes:
    """What a step takes."""

    by_frames: Mapping[int, float]
    """Seconds of a step's losses and gradients, by the frames that its batch is padded to."""
    mean: float
    """Over the batches of the first epochs."""

    def of(self, frames: int) -> float:
        """Seconds of a step of so many frames, from the nearest one that was timed."""
        nearest = min(self.by_frames, key=lambda timed: abs(timed - frames))
        # On a GPU a shape that was not timed is a rare one; elsewhere only the largest was.
        return self.by_frames[nearest] * frames / nearest


def rehearse(trainer: Trainer, corpus: Corpus, batch_size: int, seed: int) -> StepTimes:
    """Compute a batch of every shape, the largest first, and throw the results away.

    Without a GPU the largest alone: nothing is captured there, and a step takes as long as its frames are many.
    """
    batches = [
        batch for epoch in range(EPOCHS_LOOKED_AT) for batch in plan_epoch(corpus.frames, batch_size, seed, epoch)
    ]
    padded = [corpus.padded_frames(batch) for batch in batches]
    examples = dict(sorted(zip(padded, batches, strict=True), reverse=True))
    captured = trainer.compute.device.type == "cuda"
    times: dict[int, float] = {}
    for frames, batch in examples.items():
        if captured:
            trainer.rehearse(corpus, batch)
        times[frames] = _timed(trainer, corpus, batch)
        if not captured:
            break
    found = StepTimes(times, 0.0)
    return StepTimes(times, sum(map(found.of, padded)) / len(padded))


def compute_in_the_fastest(
    trainer: Trainer, corpus: Corpus, batch: Sequence[int], precisions: Sequence[str], progress: Progress
) -> None:
    """Take the precision in which a batch is computed in the least time, and say so."""
    times = {}
    for precision in precisions:
        trainer.compute_in(precision)
        for _ in range(2):  # computed, and replayed where it can be
            trainer.rehearse(corpus, batch)
        times[precision] = _timed(trainer, corpus, batch)
    fastest = min(times, key=lambda precision: times[precision])
    if trainer.compute.precision != fastest:
        trainer.compute_in(fastest)
    measured = ", ".join(f"{1000 * seconds:.0f} ms in {precision}" for precision, seconds in times.items())
    progress.say(f"A step takes {measured}: training in {fastest}.")


def _timed(trainer: Trainer, corpus: Corpus, batch: Sequence[int]) -> float:
    started = time.monotonic()
    trainer.rehearse(corpus, batch)
    return time.monotonic() - started
