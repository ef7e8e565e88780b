"""One worker's view of the queue: claiming, running, and picking up what a dead worker or a lost message left."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

from filelock import FileLock, Timeout

from coaxial.domain.errors import StorageFailure
from coaxial.jobs.app import forget_delivered, publish
from coaxial.jobs.grace import beat_seconds
from coaxial.jobs.runner import Runner
from coaxial.jobs.slots import Place, Slots
from coaxial.settings import Settings
from coaxial.store import Store
from coaxial.store.job_records import JobRecord
from coaxial.workflows.locks import lock_file

_LONGEST_WAIT = 60.0
"""Seconds between two tries of a job that another command is in the way of."""

_HUNG = 10.0
"""Leases for which a worker that is there may be silent."""

_log = logging.getLogger("coaxial.jobs")


@dataclass
class _Seen:
    """The last heartbeat of a job that was seen, and when, by this process's own clock."""

    sign: tuple[str, int]
    at: float = field(default_factory=time.monotonic)


class Dispatcher:
    """Claims and runs jobs for one worker; its methods are called from any thread."""

    def __init__(self, settings: Settings, store: Store, slots: Slots, name: str, stopping: threading.Event) -> None:
        self._settings, self._store, self._slots, self._name, self._stopping = settings, store, slots, name, stopping
        self._runner = Runner(settings, store, stopping)
        self._seen: dict[int, _Seen] = {}
        self._in_the_way: dict[int, tuple[float, float]] = {}

    def look_at(self, id: int) -> None:
        """Run a job, if it may begin and there is a place; afterwards go on with whatever may begin then."""
        try:
            candidates = [self._store.job(id)]
            if candidates[0].state != "queued":
                _log.info("job %d: a message came, and the job is %s already", id, candidates[0].state)
            while taken := self._claim_one(candidates):
                job, place = taken
                ending = self._runner.run(job, place)
                self._heed(job.id, ending == "busy")
                # One that stopped and is ready was resumed meanwhile; one that was in the way or died has to wait.
                candidates = [one for one in self._store.ready_jobs() if one.id != job.id or ending == "stopped"]
                self._tell_of_more(candidates)
        except StorageFailure as error:
            # What was claimed is queued again when its lease runs out, what was not is found by the next sweep.
            _log.error("%s", error)

    def sweep(self) -> None:
        """Queue again what dead workers hold, and tell of jobs whose message was lost. Raises: StorageFailure."""
        try:
            held = self._store.held_jobs()
            self._seen = {job.id: self._seen[job.id] for job in held if job.id in self._seen}
            patience = beat_seconds(self._settings)
            for job in held:
                if self._is_lost(job) and self._store.requeue_job(job.id, job.claim, job.beats, patience):
                    _log.warning("job %d: the worker %s is gone", job.id, job.worker)
            self._tell_of_more(self._store.ready_jobs())
        except StorageFailure:
            # How long the others were silent is not known any more: they could not write either.
            self._seen.clear()
            raise
        forget_delivered(self._settings)

    def _claim_one(self, candidates: list[JobRecord]) -> tuple[JobRecord, Place] | None:
        taken = self._store.taken_slots()
        for job in candidates:
            if job.state == "queued" and not self._stopping.is_set() and not self._has_to_wait(job.id):
                for place in self._free_places(job, taken):
                    claimed = self._store.claim_job(job.id, self._name, self._settings.job_lease, place.slots)
                    if claimed is not None:
                        return claimed, place
        return None

    def _free_places(self, job: JobRecord, taken: set[str]) -> Iterator[Place]:
        return (place for place in self._slots.places(job) if not taken.intersection(place.slots))

    def _tell_of_more(self, ready: list[JobRecord]) -> None:
        """Hints for the other threads, as many as could have a use for one."""
        if self._stopping.is_set():
            return
        taken = self._store.taken_slots()
        fitting = (job.id for job in ready if not self._has_to_wait(job.id) and any(self._free_places(job, taken)))
        publish(self._settings, [id for _, id in zip(range(self._slots.most_at_once), fitting, strict=False)])

    def _heed(self, id: int, was_busy: bool) -> None:
        """Another command works on the same thing: try later, and ever later, instead of all the time."""
        if not was_busy:
            self._in_the_way.pop(id, None)
            return
        _, before = self._in_the_way.get(id, (0.0, beat_seconds(self._settings)))
        wait = min(2 * before, _LONGEST_WAIT)
        self._in_the_way[id] = (time.monotonic() + wait, wait)

    def _has_to_wait(self, id: int) -> bool:
        return time.monotonic() < self._in_the_way.get(id, (0.0, 0.0))[0]

    def _is_lost(self, job: JobRecord) -> bool:
        """Whether the worker that holds a job is dead; silence is measured by a clock that never jumps."""
        seen = self._seen.get(job.id)
        if seen is None or seen.sign != (job.claim, job.beats):
            seen = self._seen[job.id] = _Seen((job.claim, job.beats))
        silent, lease = time.monotonic() - seen.at, self._settings.job_lease
        if job.worker.startswith(f"{self._slots.host}:"):
            # On the same machine there is no need to guess: the system lets go of a dead process's locks. One that
            # lives and says nothing waits for a processor or the disk, as everything here does then.
            if job.worker == self._name or not self._is_free(worker_lock(job.worker)):
                return silent > _HUNG * lease
            if self._is_free(f"job-{job.id}"):
                return True
        lapsed = job.lease_until is not None and job.lease_until < datetime.now(timezone.utc)
        return silent > lease or (lapsed and silent > 2.5 * beat_seconds(self._settings))

    def _is_free(self, key: str) -> bool:
        with contextlib.suppress(Timeout), FileLock(lock_file(self._settings, key), timeout=0):
            return True
        return False


def worker_lock(name: str) -> str:
    """What a worker holds as long as it lives."""
    return f"worker-{name.replace(':', '-')}"
