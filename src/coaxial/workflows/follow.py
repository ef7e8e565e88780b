"""Following what happens: what changed after a position, in the store and in the metrics of runs.

Nothing is remembered here that the sources do not have themselves, so that any server can go on where another one was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from coaxial.domain.errors import InUse
from coaxial.domain.jobs import LIVE
from coaxial.metrics.index import MetricsIndex, Place, index_of
from coaxial.settings import Settings
from coaxial.store import Store
from coaxial.store.job_records import JobRecord, LogLine
from coaxial.store.run_views import RunMark
from coaxial.workflows.locks import locked
from coaxial.workflows.position import Position

_JOBS_AT_ONCE, _LINES_AT_ONCE = 200, 500

MOST_TEXT = 48_000
"""Bytes of metrics in one event."""


@dataclass(frozen=True)
class JobChanged:
    """A job is in another state, or made progress."""

    job: JobRecord
    awaited_by: list[int]


@dataclass(frozen=True)
class JobSaid:
    """A job's log has another line."""

    line: LogLine


@dataclass(frozen=True)
class Measured:
    """A run's metrics have more lines, or others."""

    run: RunMark
    before: Place
    after: Place
    first: int
    """Number of the first of these lines, from 0; fewer than were there before where some were taken back."""
    lines: list[bytes]
    """As the file has them, without newlines."""


@dataclass(frozen=True)
class RunBegun:
    """A run is there; nothing of it was measured yet."""

    run: RunMark


@dataclass(frozen=True)
class RunFinished:
    """Nothing of a run will be measured any more."""

    run: RunMark
    place: Place
    """The end of its metrics."""


@dataclass(frozen=True)
class RunGone:
    """A run was deleted."""

    run: int


Change = JobChanged | JobSaid | Measured | RunBegun | RunFinished | RunGone


@dataclass
class Look:
    """What a reader that looks again and again remembers of the look before."""

    runs: list[RunMark] = field(default_factory=list)
    signs: dict[int, object] = field(default_factory=dict)
    """Of the metrics of each run: those that have the same are not opened."""
    store_too: bool = True
    """False where the database is known to have nothing new."""


class Follower:
    """Looks for changes over a store that is open; used from any thread."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store

    def now(self) -> Position:
        """The position that everything which happened is before."""
        position = Position()
        position.newest, position.created = self._store.newest_run()
        for run in self._store.runs_to_follow((), position.newest, position.created):
            index = index_of(run.folder)
            with index.up_to_date():
                position.places[run.id] = index.place
        position.revision, position.line = self._store.job_positions()
        return position

    def has(self, position: Position) -> bool:
        """Whether a position is one of this data directory: nothing of it is yet to come."""
        revision, line = self._store.job_positions()
        return position.revision <= revision and position.line <= line

    def changes(self, position: Position, look: Look | None = None) -> Iterator[Change]:
        """Everything after a position, which is left as it is; `moved` takes it along.

        look: of a reader that looks all the time, and is told again what was cut off a run's metrics and comes again.
        """
        places = dict(position.places)
        runs = look.runs if look is not None else []
        if look is None or look.store_too:
            yield from self._jobs(position.revision)
            yield from self._log(position.line)
            runs = self._store.runs_to_follow(list(places), position.newest, position.created)
            for run in runs:
                if run.id not in places and is_news(position, run):
                    yield RunBegun(run)
                    places[run.id] = Place(0, 0, 0)
            yield from map(RunGone, places.keys() - {run.id for run in runs})
        for run in runs:
            if run.id in places:
                yield from self.measured(run, places[run.id], look)
        if look is not None:
            look.runs = [run for run in runs if run.id in position.places]

    def measured(self, run: RunMark, place: Place, look: Look | None = None) -> Iterator[Change]:
        """What was measured in a run after a place in it. look: as of `changes`."""
        index = index_of(run.folder)
        # Asked before the file is read: a line that comes meanwhile makes another one.
        sign = index.sign()
        if look is not None and look.signs.get(run.id) == (sign, run.state, place):
            return
        while True:
            step, waits = self._next(index, run, place, anew=look is not None)
            if step is None:
                break
            yield step
            place = step.after
        if run.state == "finished":
            yield RunFinished(run, place)
        if look is not None:
            look.signs[run.id] = None if waits else (sign, run.state, place)

    def _next(self, index: MetricsIndex, run: RunMark, place: Place, anew: bool) -> tuple[Measured | None, bool]:
        """The next lines, and whether some are waited for that were cut off."""
        with index.up_to_date():
            if index.is_waiting and self._is_over(run):
                index.settle()
            first = index.went_on_from(place)
            if first is None:
                # What was cut off will come again, and was seen.
                return Measured(run, index.place, index.place, index.lines, []) if anew else None, True
            lines = index.text(first, MOST_TEXT)
            after = index.place_at(first + len(lines))
            is_new = lines or first < place.lines or after.generation != place.generation
            return Measured(run, place, after, first, lines) if is_new else None, index.is_waiting

    def _is_over(self, run: RunMark) -> bool:
        """Whether nobody trains a run, or is about to."""
        if run.state == "finished":
            return True
        if any(job.result.get("run") == run.name for job in self._store.jobs(LIVE)):
            return False
        try:
            with locked(self._settings, f"run-{run.name}", f"the run {run.name}"):
                return True
        except InUse:
            return False

    def _jobs(self, revision: int) -> Iterator[Change]:
        until, _ = self._store.job_positions()
        while revision < until:
            found = self._store.jobs_changed(revision, until, _JOBS_AT_ONCE)
            if not found:
                return
            awaiting = self._store.awaiting([job.id for job in found])
            yield from (JobChanged(job, awaiting.get(job.id, [])) for job in found)
            revision = found[-1].revision

    def _log(self, line: int) -> Iterator[Change]:
        while True:
            found = self._store.job_log(None, line, _LINES_AT_ONCE)
            yield from map(JobSaid, found)
            if len(found) < _LINES_AT_ONCE:
                return
            line = found[-1].id


def moved(position: Position, change: Change) -> None:
    """Take a position to where a change was seen, too."""
    if isinstance(change, JobChanged):
        position.revision = max(position.revision, change.job.revision)
    elif isinstance(change, JobSaid):
        position.line = max(position.line, change.line.id)
    elif isinstance(change, Measured):
        position.places[change.run.id] = change.after
    elif isinstance(change, RunBegun):
        position.newest = max(position.newest, change.run.id)
        position.created = max(position.created, change.run.created)
        position.places.setdefault(change.run.id, Place(0, 0, 0))
    else:
        position.places.pop(change.run.id if isinstance(change, RunFinished) else change.run, None)


def is_news(position: Position, run: RunMark) -> bool:
    """Whether a run was begun after a position."""
    return run.id > position.newest or run.created > position.created
