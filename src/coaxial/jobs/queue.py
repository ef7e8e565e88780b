"""What doors do with jobs: submit them, look at them, steer them. The table first, then a hint to the workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from coaxial.domain.jobs import JobKind, JobState
from coaxial.jobs.kinds import parse, plain, refuse_nothing_to_work_on
from coaxial.settings import Settings
from coaxial.store import Store, open_store
from coaxial.store.job_records import JobRecord, LogLine
from coaxial.workflows.answer_once import another_request


class Queue:
    """The jobs of a data directory, over a store that is open."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store

    def submit(self, kind: str, arguments: Mapping[str, Any], after: int | None = None, key: str = "") -> JobRecord:
        """Queue work. after: a job that has to be done before.

        key: the client's name for this request; the job that was queued with it is answered, and none is queued twice.
        Raises: InvalidOption (also where the key was another request's), NotFound (the job before), WrongState (it was
        cancelled).
        """
        checked = parse(kind, arguments)
        refuse_nothing_to_work_on(checked, after)
        job = self._store.add_job(cast(JobKind, kind), plain(checked), after, key)
        if (job.kind, job.arguments, job.waits_for) != (kind, plain(checked), after):
            raise another_request(key)
        return self._told(job)

    def jobs(
        self, states: Sequence[JobState] = (), since_revision: int = 0, limit: int | None = None
    ) -> list[JobRecord]:
        """Jobs, newest first: all, or those in some states, or those that changed after a revision."""
        return self._store.jobs(states, since_revision, limit)

    def job(self, id: int) -> JobRecord:
        """Raises: NotFound."""
        return self._store.job(id)

    def after(self, id: int) -> list[JobRecord]:
        """The jobs that wait for one, or waited, oldest first. Raises: NotFound."""
        return self._store.jobs_after(id)

    def page(
        self, states: Sequence[JobState], kinds: Sequence[JobKind], before: int | None, limit: int
    ) -> tuple[list[JobRecord], int]:
        """Jobs of some states and kinds (empty: of all), newest first, and how many there are of them in all.

        before: only those of a lower number, of which the first `limit` are given.
        """
        return self._store.job_page(states, kinds, before, limit)

    def awaiting(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """The jobs that wait for each of some jobs, or waited, oldest first."""
        return self._store.awaiting(ids)

    def join(self, kind: JobKind, arguments: Mapping[str, Any], same: str) -> JobRecord:
        """Queue work, or join the job that has it to do already: one with the same value of the argument `same`.

        Raises: InvalidOption.
        """
        return self._told(self._store.join_job(kind, plain(parse(kind, arguments)), same))

    def latest(self, kind: JobKind, argument: str) -> dict[str, JobRecord]:
        """The newest job of a kind for each value of one of its arguments."""
        return self._store.latest_jobs(kind, argument)

    def cancel(self, id: int) -> JobRecord:
        """Stop a job for good; what waits for it is cancelled too. Raises: NotFound, WrongState."""
        return self._store.ask_job(id, "cancel")

    def pause(self, id: int) -> JobRecord:
        """Stop a job with what it has, and free what it uses, until it is resumed. Raises: NotFound, WrongState."""
        return self._store.ask_job(id, "pause")

    def resume(self, id: int) -> JobRecord:
        """Queue a paused job again; it goes on where it was. Raises: NotFound, WrongState."""
        return self._told(self._store.ask_job(id, "run"))

    def retry(self, id: int) -> JobRecord:
        """Queue a failed or cancelled job again; it goes on where it was. Raises: NotFound, WrongState."""
        return self._told(self._store.retry_job(id))

    def log(self, id: int | None = None, after: int = 0, limit: int | None = None) -> list[LogLine]:
        """Log lines after the one of that id, oldest first: of one job or of all. Raises: NotFound."""
        return self._store.job_log(id, after, limit)

    def _told(self, job: JobRecord) -> JobRecord:
        if job.state == "queued":
            from coaxial.jobs.app import publish

            publish(self._settings, [job.id])
        return job


@contextmanager
def open_queue(settings: Settings) -> Iterator[Queue]:
    """The jobs of a data directory. Raises: StorageFailure."""
    with open_store(settings) as store:
        yield Queue(settings, store)
