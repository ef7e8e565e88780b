"""A Progress that writes to the job's row, a few times a second at most, and to its log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from coaxial.domain.errors import StorageFailure
from coaxial.domain.pace import Pace
from coaxial.store import Store

SECONDS_BETWEEN_WRITES = 0.4

MOST_KEPT_LINES = 10_000
"""Log lines that wait for a database which cannot be written; older ones go first."""


class JobProgress:
    """Tells the job's row how the work stands; a thread writes, so that training never waits for a disk."""

    def __init__(self, store: Store, job: int, claim: str, on_lost: Callable[[], None]) -> None:
        """on_lost: called, once, when the claim turns out to be another worker's."""
        self._store, self._job, self._claim, self._on_lost = store, job, claim, on_lost
        self._pace = Pace("", None, "")
        self._lines: list[str] = []
        self._said = ""
        """The latest line, while nothing was done since: why it waits, perhaps."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._changed = False
        self._thread = threading.Thread(target=self._write_now_and_then, daemon=True)

    def __enter__(self) -> JobProgress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Write what is not written yet."""
        self._ended.set()
        self._wake.set()
        self._thread.join()

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        self._pace = Pace(name, total, unit)
        self._said = ""
        self._changed = True
        self._wake.set()

    def advance(self, amount: float = 1.0) -> None:
        self._pace.advance(amount)
        if amount > 0:
            self._said = ""
        self._changed = True

    def foresee(self, seconds: float) -> None:
        self._pace.foresee(seconds)
        self._changed = True

    def note(self, words: str) -> None:
        self._pace.note = words
        self._changed = True

    def say(self, sentence: str) -> None:
        with self._lock:
            self._lines.append(sentence)
            del self._lines[:-MOST_KEPT_LINES]
        self._said = sentence
        self._changed = True
        self._wake.set()

    def _write_now_and_then(self) -> None:
        while not self._ended.is_set():
            self._wake.wait(SECONDS_BETWEEN_WRITES)
            self._wake.clear()
            if not self._write():
                self._on_lost()
                return
            # However often the work says something: so many writes a second and no more.
            self._ended.wait(SECONDS_BETWEEN_WRITES / 2)
        self._write()

    def _write(self) -> bool:
        """False where the claim is lost."""
        with self._lock:
            lines = list(self._lines)
        if not lines and not self._changed:
            return True
        self._changed = False
        try:
            held = self._store.report_job(self._job, self._claim, self._figures(), lines)
        except StorageFailure:
            # A full disk is for the work itself to meet and to tell; the lines are kept for the next time.
            self._changed = True
            return True
        with self._lock:
            del self._lines[: len(lines)]
        return held

    def _figures(self) -> dict[str, Any]:
        pace = self._pace
        return {
            "stage": pace.name,
            "done": pace.done,
            "total": pace.total,
            "unit": pace.unit,
            "note": self._said or pace.note,
            "rate": pace.rate,
            "seconds_left": pace.seconds_left,
        }
