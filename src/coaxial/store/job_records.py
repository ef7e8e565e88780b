"""What the store answers with about jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coaxial.domain.jobs import JobKind, JobState, Wanted


@dataclass(frozen=True)
class JobRecord:
    """Queued work, and how it stands."""

    id: int
    kind: JobKind
    state: JobState
    wanted: Wanted
    arguments: Mapping[str, Any]
    """Plain values; `coaxial.jobs.kinds` says which each kind has."""
    result: Mapping[str, Any]
    """Names of what was made; a training job's run is here from its beginning."""
    stage: str
    """Name of the part of the work that is being done."""
    done: float
    """In units of the stage."""
    total: float | None
    """In units of the stage; None where it is not known."""
    unit: str
    note: str
    """A few words on how the stage stands."""
    rate: float
    """Units a second, of late."""
    seconds_left: float | None
    """Of the stage, at this rate."""
    attempts: int
    """How many times a process was started for it."""
    failure: str
    """Why it failed, in a sentence; empty where it did not."""
    remedy: str
    error: str
    """The failure's class in `coaxial.domain.errors`."""
    waits_for: int | None
    """The job that has to be done before this one."""
    worker: str
    """Who holds it, as HOST:PID:…; empty where nobody does."""
    claim: str
    """Of this attempt alone: only who knows it may write about the job."""
    beats: int
    heartbeat: datetime | None
    lease_until: datetime | None
    created: datetime
    started: datetime | None
    """The latest attempt."""
    finished: datetime | None
    revision: int
    """Rises with every change of any job, so that a reader can ask for what changed since."""


@dataclass(frozen=True)
class WorkerRecord:
    """A process that takes jobs."""

    name: str
    """HOST:PID:…, as in the jobs that it holds."""
    host: str
    takes: str
    """The jobs that it takes, in words."""
    started: datetime
    seen: datetime


@dataclass(frozen=True)
class LogLine:
    """One line of a job's log."""

    id: int
    """Rises over all jobs, and is never given twice."""
    job: int
    time: datetime
    text: str
