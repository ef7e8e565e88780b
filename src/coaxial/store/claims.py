"""Jobs as workers hold them: claiming by one atomic update, a lease that runs out, and how a job ends.

Who claimed a job has a token; every later word about the attempt counts only with it. A worker that was thought dead
and is not learns so from the answer False, and stops.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coaxial.domain.jobs import FORGIVING_SECONDS, HELD, MOST_LOSSES
from coaxial.store.database import BUSY_SECONDS, Database
from coaxial.store.job_records import JobRecord
from coaxial.store.jobs import (
    changed,
    find_job,
    is_ready,
    job_rows,
    log,
    next_revision,
    record,
    records,
    settle,
    writing_jobs,
)
from coaxial.store.records import RunState
from coaxial.store.tables import Job, JobLog, JobSlot, Run, now


class Claims:
    """Store methods about jobs, for the workers' side; part of `Store`."""

    _database: Database
    _data_dir: Path

    def claim_job(self, id: int, worker: str, lease: float, slots: Sequence[str] = ()) -> JobRecord | None:
        """Take a queued job, and the parts of the machine that it needs for itself, or answer None.

        lease: seconds until others may take it for lost, unless a heartbeat comes. Of any number of workers that
        try at once, one gets it; of any number of jobs that want a slot, one has it.
        """
        try:
            with writing_jobs(self._database) as session:
                moment = now()
                taken = session.scalar(
                    update(Job)
                    .where(Job.id == id, *is_ready(), ~exists().where(JobSlot.name.in_(slots)))
                    .values(
                        state="running",
                        worker=worker,
                        claim=uuid4().hex,
                        attempts=Job.attempts + 1,
                        beats=Job.beats + 1,
                        heartbeat=moment,
                        started=moment,
                        lease_until=moment + timedelta(seconds=lease),
                        revision=next_revision(session),
                        **_NOTHING_DONE,
                    )
                    .returning(Job)
                )
                if taken is None:
                    return None
                session.add_all(JobSlot(name=name, job_id=id) for name in slots)
                again = f" (attempt {taken.attempts})" if taken.attempts > 1 else ""
                log(session, taken, f"Begun by {worker.partition(':')[0]}{again}.")
                session.flush()
                return record(taken)
        except IntegrityError:
            return None  # another job got a slot at the same moment

    def beat(self, id: int, claim: str, lease: float) -> bool:
        """Prolong a lease; False where the claim is no longer this worker's."""
        moment = now()
        return self._update(
            id,
            claim,
            heartbeat=moment,
            lease_until=moment + timedelta(seconds=lease),
            beats=Job.beats + 1,
        )

    def report_job(self, id: int, claim: str, progress: Mapping[str, Any], lines: Sequence[str] = ()) -> bool:
        """Write down how the job stands and what it said; False where the claim is no longer this worker's.

        progress: columns by name (stage, done, total, unit, note, rate, seconds_left).
        """
        with writing_jobs(self._database) as session:
            if not _held(session, id, claim):
                return False
            session.add_all(JobLog(job_id=id, text=line) for line in lines)
            session.execute(update(Job).where(Job.id == id).values(revision=next_revision(session), **progress))
            return True

    def note_result(self, id: int, claim: str, result: Mapping[str, Any]) -> bool:
        """Write down what is made already, before the job is done; False where the claim is lost."""
        return self._update(id, claim, result=dict(result), revision=None)

    def finish_job(self, id: int, claim: str, result: Mapping[str, Any]) -> bool:
        """The job is done. False where the claim is lost."""
        with writing_jobs(self._database) as session:
            row = _held(session, id, claim)
            if row is None:
                return False
            row.state, row.wanted, row.result, row.seconds_left = "done", "run", dict(result), None
            _let_go(session, row)
            log(session, row, "Done.")
            changed(session, row)
            return True

    def fail_job(self, id: int, claim: str, failure: str, remedy: str, error: str) -> bool:
        """The job failed, and why. False where the claim is lost."""
        with writing_jobs(self._database) as session:
            row = _held(session, id, claim)
            if row is None:
                return False
            if row.wanted != "run":
                # Processes that are told to stop find their helpers gone, or half of what they need.
                log(session, row, f"While it stopped: {failure}")
                _let_go(session, row, finished=False)
                settle(session, row)
                return True
            _fail(session, row, failure, remedy, error)
            return True

    def stop_job(self, id: int, claim: str, why: str = "") -> JobRecord | None:
        """The job's process stopped before the end: it becomes what is wanted of it, queued where nothing is.

        None where the claim is lost.
        """
        with writing_jobs(self._database) as session:
            row = _held(session, id, claim)
            if row is None:
                return None
            if why:
                log(session, row, why)
                _leave_run(session, row)
            _let_go(session, row, finished=False)
            return settle(session, row)

    def lose_process(self, id: int, claim: str, lived: float, failure: str, remedy: str) -> JobRecord | None:
        """The job's process died, nobody knows why: tried again, and given up after some deaths in a row.

        lived: seconds. None where the claim is lost.
        """
        with writing_jobs(self._database) as session:
            row = _held(session, id, claim)
            if row is None:
                return None
            row.losses = 1 if lived > FORGIVING_SECONDS else row.losses + 1
            if row.wanted == "run" and row.losses >= MOST_LOSSES:
                _fail(session, row, f"{failure} It happened {row.losses} times in a row.", remedy, "LostWorker")
                return record(row)
            log(session, row, failure)
            _leave_run(session, row)
            _let_go(session, row, finished=False)
            return settle(session, row)

    def taken_slots(self) -> set[str]:
        """Names of the parts of machines that jobs have for themselves."""
        with self._database.reading() as session:
            return set(session.scalars(select(JobSlot.name)))

    def held_jobs(self) -> list[JobRecord]:
        """Jobs that some worker holds."""
        with self._database.reading() as session:
            return records(session, job_rows().where(Job.state.in_(HELD)).order_by(Job.id))

    def requeue_job(self, id: int, claim: str, beats: int, patience: float = BUSY_SECONDS) -> JobRecord | None:
        """Take a job from a worker that is dead, unless a heartbeat came since; None where one did.

        patience: seconds. Where it took longer than that until something could be written, also None: a heartbeat may
        have waited as long.
        """
        begun = time.monotonic()
        with writing_jobs(self._database) as session:
            row = _held(session, id, claim)
            if row is None or row.beats != beats or time.monotonic() - begun > patience:
                return None
            log(session, row, f"The worker {row.worker} is gone.")
            _leave_run(session, row)
            _let_go(session, row, finished=False)
            return settle(session, row)

    def _update(self, id: int, claim: str, **values: Any) -> bool:
        with writing_jobs(self._database) as session:
            if "revision" in values:
                values["revision"] = next_revision(session)
            mine = update(Job).where(Job.id == id, Job.claim == claim, Job.state.in_(HELD)).values(**values)
            return bool(session.connection().execute(mine).rowcount)


_NOTHING_DONE: Mapping[str, Any] = {
    "stage": "",
    "done": 0.0,
    "total": None,
    "unit": "",
    "note": "",
    "rate": 0.0,
    "seconds_left": None,
}


def _held(session: Session, id: int, claim: str) -> Job | None:
    row = find_job(session, id)
    return row if row.claim == claim and row.state in HELD else None


def _let_go(session: Session, row: Job, *, finished: bool = True) -> None:
    """Free what the attempt had for itself; its token counts no more."""
    session.execute(delete(JobSlot).where(JobSlot.job_id == row.id))
    row.worker = row.claim = ""
    row.lease_until = None
    row.rate = 0.0
    row.seconds_left = None
    row.finished = now() if finished else None


def _leave_run(session: Session, row: Job, state: RunState = "stopped") -> None:
    """Say that nobody trains the job's run any more, where the process that did was killed before it could."""
    if row.kind == "train":
        of_job = (Run.name == row.result.get("run"), Run.state == "running")
        session.execute(update(Run).where(*of_job).values(state=state))


def _fail(session: Session, row: Job, failure: str, remedy: str, error: str) -> None:
    row.state, row.failure, row.remedy, row.error = "failed", failure, remedy, error
    _leave_run(session, row, "failed")
    _let_go(session, row)
    log(session, row, f"Failed: {failure} {remedy}".strip())
    changed(session, row)
