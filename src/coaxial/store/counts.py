"""How much there is of what: for who watches a studio from outside."""

from __future__ import annotations

from sqlalchemy import func, select

from coaxial.store.database import Database
from coaxial.store.tables import Job


class Counts:
    """Store methods that count; part of `Store`."""

    _database: Database

    def job_counts(self) -> dict[tuple[str, str], int]:
        """Jobs by kind and state."""
        query = select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)
        with self._database.reading() as session:
            return {(kind, state): number for kind, state, number in session.execute(query)}
