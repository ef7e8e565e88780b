"""Jobs as people see and steer them: submitting, listing, asking, and their log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from coaxial.domain.errors import NotFound, WrongState
from coaxial.domain.jobs import ENDED, HELD, JobKind, JobState, Wanted
from coaxial.store.database import Database
from coaxial.store.job_records import JobRecord, LogLine
from coaxial.store.tables import Job, JobLog, now

_ORDER_LOCK = 0x636F6178
"""PostgreSQL's name of the lock under which jobs are written."""


class Jobs:
    """Store methods about jobs, for the person's side; part of `Store`."""

    _database: Database
    _data_dir: Path

    def add_job(
        self, kind: JobKind, arguments: Mapping[str, Any], waits_for: int | None = None, key: str = ""
    ) -> JobRecord:
        """Queue work, or answer the job that was queued with that key before, whatever it is.

        Raises: NotFound (the job it waits for), WrongState (that one was cancelled).
        """
        with writing_jobs(self._database) as session:
            # Whoever writes jobs waits for whoever does: of two requests with one key the second finds the first's job.
            before = session.scalar(select(Job).where(Job.idempotency_key == key)) if key else None
            if before is not None:
                return record(before)
            if waits_for is not None:
                _refuse_cancelled(session, waits_for)
            row = Job(kind=kind, arguments=dict(arguments), waits_for=waits_for, result={}, idempotency_key=key or None)
            session.add(row)
            session.flush()
            log(session, row, "Queued." if waits_for is None else f"Queued, to begin when job {waits_for} is done.")
            return changed(session, row)

    def jobs(
        self, states: Sequence[JobState] = (), since_revision: int = 0, limit: int | None = None
    ) -> list[JobRecord]:
        """Jobs, newest first: all, or those in some states, or those that changed after a revision."""
        query = job_rows().order_by(Job.id.desc()).limit(limit)
        if states:
            query = query.where(Job.state.in_(states))
        if since_revision:
            query = query.where(Job.revision > since_revision)
        with self._database.reading() as session:
            return records(session, query)

    def job(self, id: int) -> JobRecord:
        """One job. Raises: NotFound."""
        with self._database.reading() as session:
            return record(find_job(session, id))

    def jobs_after(self, id: int) -> list[JobRecord]:
        """The jobs that wait for one, or waited, oldest first. Raises: NotFound."""
        with self._database.reading() as session:
            return records(session, job_rows().where(Job.waits_for == find_job(session, id).id).order_by(Job.id))

    def ready_jobs(self, limit: int | None = None) -> list[JobRecord]:
        """Queued jobs that wait for nothing but a worker, oldest first."""
        query = job_rows().where(*is_ready()).order_by(Job.id).limit(limit)
        with self._database.reading() as session:
            return records(session, query)

    def ask_job(self, id: int, wanted: Wanted) -> JobRecord:
        """Ask a job to pause, to go on (run) or to be cancelled; what nobody works on is so at once.

        A cancelled job takes along those that wait for it. Raises: NotFound, WrongState.
        """
        with writing_jobs(self._database) as session:
            row = find_job(session, id)
            _refuse(row, wanted)
            if row.wanted == wanted:
                return record(row)
            row.wanted = wanted
            if row.state in HELD:
                row.state = "cancelling" if wanted == "cancel" else "running"
                log(session, row, _ASKED[wanted])
                return changed(session, row)
            return settle(session, row)

    def retry_job(self, id: int) -> JobRecord:
        """Queue a failed or cancelled job again; it goes on where it was. Raises: NotFound, WrongState."""
        with writing_jobs(self._database) as session:
            row = find_job(session, id)
            if row.state not in ("failed", "cancelled"):
                raise WrongState(
                    f"Job {id} is {row.state}; only a failed or a cancelled job can be tried again.",
                    remedy=f"See how it stands: coaxial jobs show {id}",
                )
            if row.waits_for is not None:
                _refuse_cancelled(session, row.waits_for)
            row.state, row.wanted, row.losses, row.finished = "queued", "run", 0, None
            row.failure = row.remedy = row.error = ""
            log(session, row, "Queued again.")
            return changed(session, row)

    def job_log(self, id: int | None = None, after: int = 0, limit: int | None = None) -> list[LogLine]:
        """Log lines after the one of that id, oldest first: of one job or of all. Raises: NotFound (the job)."""
        query = select(JobLog).where(JobLog.id > after).order_by(JobLog.id).limit(limit)
        with self._database.reading() as session:
            if id is not None:
                query = query.where(JobLog.job_id == find_job(session, id).id)
            return [LogLine(row.id, row.job_id, row.time, row.text) for row in session.scalars(query)]


def writing_jobs(database: Database) -> AbstractContextManager[Session]:
    """A writing transaction about jobs: these wait for each other, and for no import that writes its recordings.

    So ids of log lines and revisions become visible in their order, and a reader that goes on after the last one it
    saw misses none.
    """
    return database.writing(turn=_ORDER_LOCK)


def is_ready() -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a job may begin."""
    before = aliased(Job)
    nothing_before = or_(Job.waits_for.is_(None), exists().where(before.id == Job.waits_for, before.state == "done"))
    return (Job.state == "queued", Job.wanted == "run", nothing_before)


def find_job(session: Session, id: int) -> Job:
    """Raises: NotFound."""
    found = session.get(Job, id)
    if found is None:
        raise NotFound(f"There is no job {id}.", remedy="See which there are with: coaxial jobs list")
    return found


def settle(session: Session, row: Job) -> JobRecord:
    """Bring a job that nobody works on into the state that is wanted of it."""
    states: dict[str, JobState] = {"run": "queued", "pause": "paused", "cancel": "cancelled"}
    row.state = states[row.wanted]
    row.finished = now() if row.state == "cancelled" else None
    log(session, row, f"{row.state.capitalize()}.")
    if row.state == "cancelled":
        _cancel_waiting(session, row)
    return changed(session, row)


def _cancel_waiting(session: Session, row: Job) -> None:
    # One after the other instead of all at once: a chain of jobs is as long as a person makes it.
    ended = [row]
    while ended:
        first = ended.pop()
        waiting = session.scalars(select(Job).where(Job.waits_for == first.id, Job.state.in_(("queued", "paused"))))
        for each in waiting.all():
            each.state, each.wanted, each.finished = "cancelled", "cancel", now()
            log(session, each, f"Cancelled, because job {first.id}, which it waited for, was.")
            changed(session, each)
            ended.append(each)


def changed(session: Session, row: Job) -> JobRecord:
    """Number the change of a row."""
    session.flush()
    row.revision = next_revision(session)
    session.flush()
    return record(row)


def next_revision(session: Session) -> int:
    """A number above that of every change of any job before."""
    return int(session.scalar(select(func.coalesce(func.max(Job.revision), 0))) or 0) + 1


def log(session: Session, row: Job, line: str) -> None:
    """Add a line to a job's log."""
    session.add(JobLog(job_id=row.id, text=line))


def record(row: Job) -> JobRecord:
    """The row as plain values."""
    return JobRecord(**{name: getattr(row, name) for name in JobRecord.__dataclass_fields__})


def job_rows() -> Select[Any]:
    """A query for `records`. Of the columns alone: as objects that can be changed, rows take twice as long to come."""
    return select(*(getattr(Job, name) for name in JobRecord.__dataclass_fields__))


def records(session: Session, query: Select[Any]) -> list[JobRecord]:
    """What a query that was begun with `job_rows` finds."""
    return [JobRecord(*row) for row in session.execute(query)]


def _refuse_cancelled(session: Session, waits_for: int) -> None:
    """Raises: NotFound, WrongState."""
    if find_job(session, waits_for).state == "cancelled":
        raise WrongState(
            f"Job {waits_for} was cancelled, so that nothing can wait for it.",
            remedy=f"Queue it again first: coaxial jobs retry {waits_for}",
        )


_ASKED = {"run": "Asked to go on.", "pause": "Asked to pause.", "cancel": "Asked to stop and be cancelled."}


def _refuse(row: Job, wanted: Wanted) -> None:
    """Raises: WrongState."""
    verb = {"run": "resumed", "pause": "paused", "cancel": "cancelled"}[wanted]
    if row.state in ENDED:
        raise WrongState(
            f"Job {row.id} is {row.state} already and cannot be {verb}.",
            remedy="" if row.state == "done" else f"Queue it again with: coaxial jobs retry {row.id}",
        )
    if row.state == "cancelling" and wanted != "cancel":
        raise WrongState(f"Job {row.id} is being cancelled and cannot be {verb} any more.")
