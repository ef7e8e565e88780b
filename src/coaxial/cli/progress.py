"""Progress on standard error: a live bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from coaxial.domain import pace as measured
from coaxial.domain.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Task

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def shown_progress(stream: TextIO | None = None) -> Iterator[Progress]:
    """A Progress for the length of a command."""
    stream = stream or sys.stderr
    shown = Bar(stream) if stream.isatty() else Lines(stream)
    try:
        yield shown
    finally:
        shown.close()


class Lines:
    """Plain lines, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._pace: Pace | None = None
        self._last = 0.0

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self.close()
        self._pace = Pace(name, total, unit)
        self._last = time.monotonic()
        length = "" if total is None else _clock(total) if unit == "s" else f"{_number(total)} {unit}".rstrip()
        self._print(f"{name}: {length}" if length else f"{name} …")

    def advance(self, amount: float = 1.0) -> None:
        if self._pace is None:
            return
        self._pace.advance(amount)
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._print(self._pace.line())

    def foresee(self, seconds: float) -> None:
        if self._pace is not None:
            self._pace.foresee(seconds)

    def note(self, words: str) -> None:
        if self._pace is not None:
            self._pace.note = words

    def say(self, sentence: str) -> None:
        if self._pace is not None and self._pace.is_complete:
            self.close()
        self._print(sentence)

    def close(self) -> None:
        """End the present stage."""
        if self._pace is not None and self._pace.done:
            self._print(self._pace.summary())
        self._pace = None

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class Bar:
    """A live bar with rate and time left, and what was said above it."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
        from rich.text import Text

        class PaceColumn(ProgressColumn):
            """Count, rate and time left."""

            max_refresh = 0.5

            def render(self, task: Task) -> Text:
                pace: Pace = task.fields["pace"]
                return Text(pace.figures(), no_wrap=True, overflow="crop")

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), PaceColumn(), console=self._console
        )
        self._pace: Pace | None = None

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self._end_stage()
        self._pace = Pace(name, total, unit)
        self._task = self._progress.add_task(name, total=total, pace=self._pace)
        self._progress.start()

    def advance(self, amount: float = 1.0) -> None:
        if self._pace is not None:
            self._pace.advance(amount)
            self._progress.advance(self._task, amount)

    def foresee(self, seconds: float) -> None:
        if self._pace is not None:
            self._pace.foresee(seconds)

    def note(self, words: str) -> None:
        if self._pace is not None:
            self._pace.note = words

    def say(self, sentence: str) -> None:
        if self._pace is not None and self._pace.is_complete:
            self._end_stage()
        self._console.print(sentence)

    def close(self) -> None:
        """End the present stage and give the terminal back."""
        self._end_stage()
        self._progress.stop()

    def _end_stage(self) -> None:
        if self._pace is not None:
            self._progress.remove_task(self._task)
            self._progress.refresh()
            if self._pace.done:
                self._console.print(self._pace.summary())
        self._pace = None


class Pace(measured.Pace):
    """A pace in words."""

    def line(self) -> str:
        return f"{self.name}: {self.figures()}"

    def figures(self) -> str:
        """`120/300 files, 41 files/s, 0:04 left`; of a stage that is measured in time `1:12/5:00, 3:48 left`."""
        in_time = self.unit == "s"
        count = _clock if in_time else _number
        of = "" if self.total is None else f"/{count(self.total)}"
        parts = [f"{count(self.done)}{of}" if in_time else f"{count(self.done)}{of} {self.unit}".rstrip()]
        rate = self.rate
        if rate > 0 and not in_time:
            parts.append(f"{_number(rate)} {self.unit}/s" if self.unit else f"{_number(rate)}/s")
        if (left := self.seconds_left) is not None:
            parts.append(f"{_clock(left)} left")
        return ", ".join([*parts, self.note] if self.note else parts)

    def summary(self) -> str:
        if self.unit == "s":
            return f"{self.name}: {_clock(self.done)}"
        return f"{self.name}: {_number(self.done)} {self.unit} in {_clock(self.seconds)}".replace("  ", " ")


def _number(value: float) -> str:
    if value == int(value) or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
