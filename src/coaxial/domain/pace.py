"""How far a part of the work is, how fast it goes and how long it will take: the figures that every door shows."""

from __future__ import annotations

import time
from collections import deque

RATE_SECONDS = 60.0
"""How far back the rate looks."""

ALREADY_DONE_SECONDS = 0.01


class Pace:
    """Of one named part, in its unit."""

    def __init__(self, name: str, total: float | None, unit: str) -> None:
        self.name = name
        self.total = total
        self.unit = unit
        self.done = 0.0
        self.note = ""
        self._begun = time.monotonic()
        self._recent = deque([(self._begun, 0.0)])
        self._end: float | None = None

    @property
    def is_complete(self) -> bool:
        return self.total is not None and self.done >= self.total

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._begun, 1e-9)

    def advance(self, amount: float) -> None:
        self.done += amount
        now = time.monotonic()
        if now - self._begun < ALREADY_DONE_SECONDS:
            # What is done at the very beginning was done in an earlier sitting and says nothing about the pace.
            self._recent = deque([(now, self.done)])
            return
        self._recent.append((now, self.done))
        while len(self._recent) > 2 and now - self._recent[1][0] > RATE_SECONDS:
            self._recent.popleft()

    def foresee(self, seconds: float) -> None:
        """It ends in so many seconds, whatever its rate comes to; counted down from here."""
        self._end = time.monotonic() + seconds

    @property
    def rate(self) -> float:
        """Units a second of late: a stage that begins slowly, or goes on after a pause, soon shows its real pace."""
        then, before = self._recent[0]
        return (self.done - before) / max(time.monotonic() - then, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """As foreseen, or else by the rate; None where the end or the rate is not known."""
        if self._end is not None:
            return max(self._end - time.monotonic(), 0.0)
        rate = self.rate
        return max(self.total - self.done, 0.0) / rate if self.total is not None and rate > 0 else None
