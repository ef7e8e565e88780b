"""Jobs as pages show them: in pages, counted, and with who waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from coaxial.domain.jobs import ENDED, STATES, JobKind, JobState
from coaxial.store.database import Database
from coaxial.store.job_records import JobRecord
from coaxial.store.jobs import changed, job_rows, log, record, records, settle, writing_jobs
from coaxial.store.tables import Job, JobLog


class JobViews:
    """Store methods about many jobs at once; part of `Store`."""

    _database: Database

    def job_page(
        self, states: Sequence[JobState], kinds: Sequence[JobKind], before: int | None, limit: int
    ) -> tuple[list[JobRecord], int]:
        """Jobs of some states and kinds (empty: of all), newest first, and how many there are of them.

        before: only those of a lower number, of which the first `limit` are given.
        """
        page = _chosen(job_rows(), states, kinds).order_by(Job.id.desc()).limit(limit)
        if before is not None:
            page = page.where(Job.id < before)
        with self._database.reading() as session:
            return records(session, page), int(session.scalar(_chosen(select(func.count(Job.id)), states, kinds)) or 0)

    def awaiting(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """The jobs that wait, or waited, for each of some jobs, oldest first; without those nobody waits for."""
        query = select(Job.waits_for, Job.id).where(Job.waits_for.in_(ids)).order_by(Job.id)
        found: dict[int, list[int]] = {}
        with self._database.reading() as session:
            for before, id in session.execute(query):
                if before is not None:
                    found.setdefault(before, []).append(id)
        return found

    def jobs_by_state(self) -> dict[JobState, int]:
        """How many jobs there are in each state that has any."""
        query = select(Job.state, func.count(Job.id)).group_by(Job.state)
        with self._database.reading() as session:
            counted = {str(state): int(number) for state, number in session.execute(query)}
        return {state: counted[state] for state in STATES if state in counted}

    def latest_jobs(self, kind: JobKind, argument: str) -> dict[str, JobRecord]:
        """The newest job of a kind for each value of one of its arguments, which is text."""
        newest = select(func.max(Job.id)).where(Job.kind == kind).group_by(Job.arguments[argument].as_string())
        query = job_rows().where(Job.id.in_(newest)).order_by(Job.id)
        with self._database.reading() as session:
            return {str(job.arguments[argument]): job for job in records(session, query)}

    def jobs_of_runs(self) -> dict[str, JobRecord]:
        """The newest job that trains each run, by the run's name."""
        newest = select(func.max(Job.id)).where(Job.kind == "train", _RUN.is_not(None)).group_by(_RUN)
        with self._database.reading() as session:
            return {str(job.result["run"]): job for job in records(session, job_rows().where(Job.id.in_(newest)))}

    def runs_of_jobs(self) -> dict[int, str]:
        """The run that each job trains or exports, where it is known."""
        with self._database.reading() as session:
            return {id: str(run) for id, run in session.execute(select(Job.id, _RUN).where(_RUN.is_not(None)))}

    def join_job(self, kind: JobKind, arguments: Mapping[str, Any], same: str) -> JobRecord:
        """The job that has this to do already, or a new one; one that is paused goes on.

        same: name of the argument, which is text, that makes two jobs the same work.
        """
        query = (
            select(Job)
            .where(Job.kind == kind, Job.state.not_in((*ENDED, "cancelling")), Job.wanted != "cancel")
            .where(Job.arguments[same].as_string() == arguments[same])
            .order_by(Job.id.desc())
            .limit(1)
        )
        with writing_jobs(self._database) as session:
            row = session.scalar(query)
            if row is None:
                row = Job(kind=kind, arguments=dict(arguments), result={})
                session.add(row)
                session.flush()
                log(session, row, "Queued.")
                return changed(session, row)
            if row.wanted == "pause":
                row.wanted = "run"
                return settle(session, row) if row.state == "paused" else changed(session, row)
            return record(row)

    def jobs_changed(self, after: int, until: int, limit: int) -> list[JobRecord]:
        """Jobs whose latest change has a number above one and up to another, in the order of their changes."""
        query = job_rows().where(Job.revision > after, Job.revision <= until).order_by(Job.revision).limit(limit)
        with self._database.reading() as session:
            return records(session, query)

    def job_positions(self) -> tuple[int, int]:
        """The number of the latest change of a job, and of the latest log line; 0 where there is none."""
        with self._database.reading() as session:
            revision, line = session.scalar(select(func.max(Job.revision))), session.scalar(select(func.max(JobLog.id)))
            return int(revision or 0), int(line or 0)


_RUN = Job.result["run"].as_string()
"""The name of the run that a job made or worked with; null where there is none."""


def _chosen(query: Select[Any], states: Sequence[JobState], kinds: Sequence[JobKind]) -> Select[Any]:
    if states:
        query = query.where(Job.state.in_(states))
    return query.where(Job.kind.in_(kinds)) if kinds else query
