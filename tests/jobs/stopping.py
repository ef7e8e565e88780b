"""How promptly a training ends that was asked to: after a checkpoint of the steps that it did, and nothing else.

How long a checkpoint of 700 MB takes is the machine's: seconds here, a minute on a busy disk. So it is watched from
outside, and what is promised is measured around it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from coaxial.store.records import RunRecord

PROMPT = 2.0
"""Seconds in which jobs are paused, cancelled and resumed."""

PATIENT = "200"
"""Seconds of grace, for COAXIAL_JOB_GRACE: by itself a training that writes so long would be killed."""

_STUCK = 240.0


@dataclass
class Stopping:
    """What was seen of it; times by the monotonic clock."""

    asked: float
    ended: float = 0.0
    steps: list[float] = field(default_factory=list)
    """When steps were through."""
    writing: float | None = None
    """Since when a checkpoint was written."""
    written: float | None = None

    def assert_prompt(self) -> None:
        """Whatever is no writing of a checkpoint took less than two seconds each."""
        assert not any(step > self.asked + PROMPT for step in self.steps), f"it finished its step first: {self}"
        assert self.writing is not None and self.written is not None, f"it wrote no checkpoint: {self}"
        assert self.writing - max([self.asked, *self.steps]) < PROMPT, f"it hesitated to write a checkpoint: {self}"
        assert self.ended - self.written < PROMPT, f"it was written and did not end: {self}"


def watch(run: RunRecord, has_ended: Callable[[], bool]) -> Stopping:
    """Look at a run that was just asked to stop until it has; its checkpoints are those that stopping writes."""
    seen, metrics, folder = Stopping(time.monotonic()), run.folder / "metrics.jsonl", run.folder / "checkpoints"
    size = metrics.stat().st_size
    while not has_ended():
        now = time.monotonic()
        assert now < seen.asked + _STUCK, f"it did not stop at all: {seen}"
        if metrics.stat().st_size > size:
            size = metrics.stat().st_size
            seen.steps.append(now)
        parts = list(folder.glob(".last.ckpt.*.part"))
        if parts and seen.writing is None:
            seen.writing = now
        if seen.writing is not None and not parts and seen.written is None:
            seen.written = now
        time.sleep(0.01)
    seen.ended = time.monotonic()
    if seen.writing is not None and seen.written is None:
        seen.written = seen.ended
    return seen
