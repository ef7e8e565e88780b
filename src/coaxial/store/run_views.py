"""Runs as those see them who follow what happens: which there are, and which of them can go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import func, or_, select

from coaxial.store.database import Database
from coaxial.store.paths import found_path
from coaxial.store.records import RunState
from coaxial.store.tables import Run

_BEGINNING = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class RunMark:
    """A run, as short as can be."""

    id: int
    """Rises from run to run; the number of the newest comes again when that one was deleted."""
    name: str
    state: RunState
    folder: Path
    created: int
    """Microseconds since 1970."""


class RunViews:
    """Store methods about many runs at once; part of `Store`."""

    _database: Database
    _data_dir: Path

    def runs_to_follow(self, ids: Sequence[int], newest: int, created: int) -> list[RunMark]:
        """Runs that are not finished, those of some ids, and those begun after another one; by id.

        newest, created: of that other one.
        """
        query = select(Run).order_by(Run.id)
        wanted = or_(Run.state != "finished", Run.id.in_(ids), Run.id > newest, Run.created > _moment(created))
        with self._database.reading() as session:
            return [_mark(row, self._data_dir) for row in session.scalars(query.where(wanted))]

    def newest_run(self) -> tuple[int, int]:
        """Id of the newest run, and when the one that was begun last was; zeros where there is none."""
        with self._database.reading() as session:
            id, created = session.execute(select(func.max(Run.id), func.max(Run.created))).one()
        return int(id or 0), 0 if created is None else _microseconds(created)


def _mark(row: Run, data_dir: Path) -> RunMark:
    return RunMark(row.id, row.name, _STATES[row.state], found_path(data_dir, row.folder), _microseconds(row.created))


_STATES: dict[str, RunState] = {
    "running": "running",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
}


def _microseconds(moment: datetime) -> int:
    since = moment - _BEGINNING
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc).replace(microsecond=microseconds % 1_000_000)
