"""Workers: who takes jobs, and when each was last heard of.

For people only. Whether a worker that holds a job is dead is told from the job's own heartbeats.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from coaxial.store.database import Database
from coaxial.store.job_records import WorkerRecord
from coaxial.store.tables import Worker, now

_REMEMBERED = timedelta(days=1)


class Workers:
    """Store methods about workers; part of `Store`."""

    _database: Database

    def note_worker(self, name: str, host: str, takes: str) -> None:
        """Write down that a worker is there. takes: the jobs that it takes, in words."""
        with self._database.writing() as session:
            row = session.get(Worker, name)
            if row is None:
                session.execute(delete(Worker).where(Worker.seen < now() - _REMEMBERED))
                session.add(Worker(name=name, host=host, takes=takes))
            else:
                row.takes, row.seen = takes, now()

    def forget_worker(self, name: str) -> None:
        """Write down that a worker ended."""
        with self._database.writing() as session:
            session.execute(delete(Worker).where(Worker.name == name))

    def workers(self, within: float) -> list[WorkerRecord]:
        """The workers that were heard of within so many seconds, by name."""
        query = select(Worker).where(Worker.seen >= now() - timedelta(seconds=within)).order_by(Worker.name)
        with self._database.reading() as session:
            return [
                WorkerRecord(row.name, row.host, row.takes, row.started, row.seen) for row in session.scalars(query)
            ]
