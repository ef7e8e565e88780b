"""Running one claimed job: a child process in a group of its own, watched until it ended."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from coaxial.domain.errors import StorageFailure
from coaxial.domain.jobs import ENDED
from coaxial.jobs.child import BUSY, STOPPED, TOLD
from coaxial.jobs.grace import beat_seconds, grace_of
from coaxial.jobs.slots import Place
from coaxial.settings import Settings
from coaxial.store import Store
from coaxial.store.job_records import JobRecord

Ending = Literal["told", "stopped", "busy", "lost"]
Answer = TypeVar("Answer")

_LOOK_SECONDS = 0.25
"""Between two looks at what is wanted of the job; cancelling has two seconds in all."""

_POLL_SECONDS = 0.05

_SECONDS_TO_TIDY_UP = 0.2
"""Python's resource tracker removes the semaphores of processes that are gone."""

_log = logging.getLogger("coaxial.jobs")


class Runner:
    """Runs jobs of one worker, each in a thread of the worker's that calls `run`."""

    def __init__(self, settings: Settings, store: Store, stopping: threading.Event) -> None:
        """stopping: set when the worker ends; jobs then stop with a checkpoint and are queued again."""
        self._settings, self._store, self._stopping = settings, store, stopping

    def run(self, job: JobRecord, place: Place) -> Ending:
        """Run a job that this worker claimed, until its process ended and its row says how."""
        begun = time.monotonic()
        _log.info("job %d (%s): begun, attempt %d", job.id, job.kind, job.attempts)
        try:
            process = self._start(job, place)
        except OSError as error:
            ending = self._lost(job, 0.0, f"The job's process could not be started: {error.strerror or error}.")
        else:
            ending = self._settle(job, *self._watch(job, process), time.monotonic() - begun)
        _log.info("job %d (%s): %s", job.id, job.kind, self._store.job(job.id).state)
        return ending

    def _start(self, job: JobRecord, place: Place) -> subprocess.Popen[bytes]:
        log = log_of(self._settings, job.id)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "coaxial.jobs.child", str(job.id), job.claim],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, **place.environment, "COAXIAL_DATA_DIR": str(self._settings.data_dir)},
                start_new_session=True,
            )

    def _watch(self, job: JobRecord, process: subprocess.Popen[bytes]) -> tuple[int, str]:
        """Heartbeat and what is wanted, until the process ended. Returns: its exit code, and why it was stopped."""
        watch = _Watch(self._settings, self._store, self._stopping, job)
        while not _has_ended(process):
            time.sleep(_POLL_SECONDS)
            number = watch.signal_due()
            if number is not None:
                _signal_group(process, number)
        # Whoever worked along with it, on a GPU perhaps, goes with it; after a moment, in which helpers tidy up.
        time.sleep(_SECONDS_TO_TIDY_UP)
        _signal_group(process, signal.SIGKILL)
        code = process.wait()
        if process.stdin is not None:
            process.stdin.close()
        return code, watch.why

    def _settle(self, job: JobRecord, code: int, why: str, lived: float) -> Ending:
        if code in (STOPPED, BUSY) or why:
            self._insist(lambda: self._store.stop_job(job.id, job.claim, why))
            return "busy" if code == BUSY and not why else "stopped"
        if code != TOLD:
            return self._lost(job, lived, _death_in_words(code))
        return "told"

    def _lost(self, job: JobRecord, lived: float, sentence: str) -> Ending:
        remedy = f"What it printed is in {log_of(self._settings, job.id)}. Try again with: coaxial jobs retry {job.id}"
        self._insist(lambda: self._store.lose_process(job.id, job.claim, lived, sentence, remedy))
        return "lost"

    def _insist(self, write: Callable[[], Answer]) -> Answer:
        """What became of the job has to be in the table, as soon as the database can be written."""
        while True:
            try:
                return write()
            except StorageFailure as error:
                if self._stopping.is_set():
                    raise  # the lease runs out, and whoever is there then queues the job again
                _log.error("%s", error)
                time.sleep(1.0)


class _Watch:
    """What has to happen while a job's process lives."""

    def __init__(self, settings: Settings, store: Store, stopping: threading.Event, job: JobRecord) -> None:
        self._settings, self._store, self._stopping, self._job = settings, store, stopping, job
        self._grace = grace_of(settings, job.kind)
        self._next_look = self._next_beat = 0.0
        self._asked: float | None = None
        self.why = ""
        """Why the process was asked to stop; empty while it was not."""

    def signal_due(self) -> signal.Signals | None:
        """What to send to the process at this moment."""
        now = time.monotonic()
        if self._asked is not None:
            self._beat(now)
            if now < self._asked + self._grace:
                return None
            self._asked = now
            self.why = f"It did not stop within {self._grace:g} seconds and was killed; what it saved before is kept."
            return signal.SIGKILL
        self.why = self._reason_to_stop(now)
        if not self.why:
            return None
        self._asked = now
        return signal.SIGTERM

    def _reason_to_stop(self, now: float) -> str:
        if self._stopping.is_set():
            return "The worker is ending."
        if self._beat(now) and now < self._next_look:
            return ""
        self._next_look = now + _LOOK_SECONDS
        with contextlib.suppress(StorageFailure):
            job = self._store.job(self._job.id)
            if job.claim != self._job.claim:
                return "" if job.state in ENDED else "Another worker has it."
            return {"run": "", "pause": "Stopped to pause.", "cancel": "Stopped to be cancelled."}[job.wanted]
        return ""

    def _beat(self, now: float) -> bool:
        if now < self._next_beat:
            return True
        self._next_beat = now + beat_seconds(self._settings)
        try:
            return self._store.beat(self._job.id, self._job.claim, self._settings.job_lease)
        except StorageFailure as error:
            # The job goes on: who could take it from us cannot write the database either.
            _log.error("job %d: no heartbeat: %s", self._job.id, error)
            return True


def log_of(settings: Settings, job: int) -> Path:
    """The file with what a job's processes printed."""
    return settings.job_logs / f"{job}.log"


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    # The exit is seen and not yet taken notice of: until then no other process or group can have its number.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _death_in_words(code: int) -> str:
    if code == -signal.SIGKILL:
        return "The job's process was killed from outside, most likely because the machine ran out of memory."
    if code < 0:
        return f"The job's process crashed ({signal.Signals(-code).name})."
    return f"The job's process ended before its time (exit code {code})."
