"""Downloads of base checkpoints that go on while the server answers other requests.

They run in threads of the server and are forgotten with it; what has come of their files is not.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timezone
from urllib.parse import quote

from coaxial.api.problems import problem_of
from coaxial.api.schemas.checkpoints import Download, JobState
from coaxial.domain.errors import CoaxialError, Interrupted, NotFound
from coaxial.domain.pace import Pace
from coaxial.settings import Settings
from coaxial.workflows.fetch_base import fetch_base
from coaxial.workflows.list_bases import id_of_base

AT_ONCE = 3
"""Downloads that run at the same time; the others wait for their turn."""

STOP_SECONDS = 0.5
"""How long a server that ends waits for its downloads; what they wrote by then is kept in any case."""

_SECONDS_BETWEEN_LOOKS = 0.1

_log = logging.getLogger(__name__)


class Downloads:
    """The downloads of a server, at most one for each checkpoint, and how the last one of each ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._room = threading.Semaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}

    def start(self, language: str, voice: str) -> Download:
        """Begin a download, or join the one that runs. Raises: NotFound, with the nearest ids; InvalidOption."""
        name = id_of_base(self._settings, language, voice)
        with self._lock:
            work = self._works.get(name)
            if work is None or not work.goes_on:
                work = self._works[name] = _Work(self._settings, name, self._room)
                work.start()
        return work.shown()

    def states(self) -> dict[str, Download]:
        """How the downloads that this server began stand, or ended, by id."""
        with self._lock:
            works = dict(self._works)
        return {name: work.shown() for name, work in works.items()}

    def cancel(self, language: str, voice: str) -> Download:
        """Ask a download to stop; what has come stays, for the next one to go on after. Raises: NotFound."""
        name = id_of_base(self._settings, language, voice)
        with self._lock:
            work = self._works.get(name)
        if work is None or not work.is_alive():
            raise NotFound(f"No download of {name} is running.", remedy="There is nothing to cancel.")
        work.cancel()
        return work.shown()

    def stop(self) -> None:
        """End them all, for a server that ends."""
        with self._lock:
            alive = [work for work in self._works.values() if work.is_alive()]
        for work in alive:
            work.cancel()
        end = time.monotonic() + STOP_SECONDS
        for work in alive:
            work.join(max(0.0, end - time.monotonic()))


class _Work(threading.Thread):
    """One download, and the Progress that it tells. It is asked to stop by raising Interrupted where it tells."""

    def __init__(self, settings: Settings, name: str, room: threading.Semaphore) -> None:
        # A daemon: a server that is told to end does not wait for another server that is silent.
        super().__init__(daemon=True, name=f"download of {name}")
        self._settings = settings
        self._room = room
        self._stop_asked = threading.Event()
        self._lock = threading.Lock()
        self._pace: Pace | None = None
        self._shown = Download(
            id=name,
            state="queued",
            message="Waiting for its turn.",
            href="/api/checkpoints/" + "/".join(quote(part) for part in name.split(".", 1)),
            started=_now(),
        )

    @property
    def goes_on(self) -> bool:
        """Whether who wants the checkpoint can wait for this."""
        return self._shown.state in ("queued", "running") and self.is_alive()

    def cancel(self) -> None:
        with self._lock:
            if self._shown.state in ("queued", "running"):
                self._stop_asked.set()
                self._shown = self._shown.model_copy(update={"state": "cancelling", "message": "Stopping."})

    def shown(self) -> Download:
        """How it stands at this moment."""
        with self._lock:
            pace = self._pace
            if pace is None or pace.unit != "MB" or self._shown.ended is not None:
                return self._shown
            figures = {
                "bytes": round(1e6 * pace.done),
                "total_bytes": None if pace.total is None else round(1e6 * pace.total),
                "bytes_per_second": max(0.0, 1e6 * pace.rate),
                "seconds_left": pace.seconds_left,
            }
            return self._shown.model_copy(update=figures)

    def run(self) -> None:
        """As threads do."""
        try:
            self._wait_for_room()
            try:
                self._begin()
                base = fetch_base(self._settings, self._shown.id, self)
                size = base.path.stat().st_size
            finally:
                self._room.release()
            words = f"{base.id} was on this machine already." if base.was_here else f"{base.id} is on this machine."
            self._end("done", words, bytes=size, total_bytes=size)
        except Interrupted:
            self._end("cancelled", "Cancelled. What has come is kept, and the next download goes on after it.")
        except Exception as error:
            if not isinstance(error, CoaxialError):
                _log.exception("The download of %s failed", self._shown.id)
            problem = problem_of(error)
            self._end("failed", f"{problem.detail} {problem.remedy}".strip(), problem=problem)

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        """As Progress."""
        self._hear_stop()
        with self._lock:
            self._pace = Pace(name, total, unit)
        self._tell(name)

    def advance(self, amount: float = 1.0) -> None:
        """As Progress."""
        self._hear_stop()
        with self._lock:
            if self._pace is None:
                return
            self._pace.advance(amount)
            words = self._pace.name
        if amount > 0:
            self._tell(words)

    def note(self, words: str) -> None:
        """As Progress."""
        self._hear_stop()

    def say(self, sentence: str) -> None:
        """As Progress."""
        self._hear_stop()
        self._tell(sentence)

    def _wait_for_room(self) -> None:
        while not self._room.acquire(timeout=_SECONDS_BETWEEN_LOOKS):
            self._hear_stop()

    def _begin(self) -> None:
        self._hear_stop()
        with self._lock:
            self._shown = self._shown.model_copy(update={"state": "running", "message": "Beginning."})

    def _hear_stop(self) -> None:
        if self._stop_asked.is_set():
            raise Interrupted("The download was cancelled.")

    def _tell(self, words: str) -> None:
        with self._lock:
            if self._shown.state == "running":
                self._shown = self._shown.model_copy(update={"message": words})

    def _end(self, state: JobState, message: str, **more: object) -> None:
        last = self.shown()
        with self._lock:
            figures = {"bytes_per_second": None, "seconds_left": None, "ended": _now()}
            self._shown = last.model_copy(update={**figures, "state": state, "message": message, **more})


def _now() -> datetime:
    return datetime.now(timezone.utc)
