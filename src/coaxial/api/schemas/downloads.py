"""The download of a base checkpoint, which is a job, as the checkpoint's own address shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.problems import Problem, problem_of
from coaxial.api.schemas.jobs import href_of
from coaxial.domain import errors
from coaxial.domain.errors import CoaxialError
from coaxial.domain.jobs import ENDED, JobState
from coaxial.store.job_records import JobRecord

_MB = 1_000_000
_UNIT = "MB"

EXAMPLE: dict[str, Any] = {
    "id": "en-US.lessac",
    "state": "running",
    "message": "Downloading en-US.lessac",
    "href": "/api/checkpoints/en-US/lessac",
    "job": 12,
    "job_href": "/api/jobs/12",
    "bytes": 211_000_000,
    "total_bytes": 845_898_328,
    "bytes_per_second": 21_500_000.0,
    "seconds_left": 29.5,
    "started": "2026-05-04T09:30:00Z",
}


class Download(BaseModel):
    """How the download of a checkpoint stands, or ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str = Field(description="Of the checkpoint.")
    state: JobState
    message: str = Field(description="What it does now, or why it failed: one line for the person.")
    href: str = Field(description="Where this is read again.")
    job: int = Field(description="The job that does it.")
    job_href: str = Field(description="Where that one is paused, resumed and tried again, and its log is.")
    bytes: int = Field(
        default=0, description="That have come of the file that is fetched now, in earlier sittings too."
    )
    total_bytes: int | None = Field(default=None, description="Of that file; null where it is not known.")
    bytes_per_second: float | None = Field(default=None, description="Of late; null while nothing runs.")
    seconds_left: float | None = Field(default=None, description="At that rate; null where it cannot be told.")
    started: datetime = Field(description="When it was asked for.")
    ended: datetime | None = Field(default=None, description="null while it goes on.")
    problem: Problem | None = Field(default=None, description="Why it failed; null where it did not.")


def download_of(job: JobRecord, base: str, has_worker: bool, bytes_on_disk: int) -> Download:
    """What a download job says of its checkpoint.

    base: the checkpoint's id. has_worker: whether anybody takes jobs. bytes_on_disk: of the checkpoint's file.
    """
    figures: dict[str, Any] = {}
    if job.state == "done":
        figures = {"bytes": bytes_on_disk, "total_bytes": bytes_on_disk}
    elif job.unit == _UNIT:
        figures = {"bytes": round(_MB * job.done), "total_bytes": None if job.total is None else round(_MB * job.total)}
        if job.state == "running":
            figures |= {"bytes_per_second": max(0.0, _MB * job.rate), "seconds_left": job.seconds_left}
    return Download(
        id=base,
        state=job.state,
        message=_message(job, base, has_worker),
        href="/api/checkpoints/" + "/".join(quote(part, safe="") for part in base.split(".", 1)),
        job=job.id,
        job_href=href_of(job.id),
        started=job.created,
        ended=job.finished if job.state in ENDED else None,
        problem=_problem(job) if job.state == "failed" else None,
        **figures,
    )


def _message(job: JobRecord, base: str, has_worker: bool) -> str:
    if job.state == "queued":
        return "Waiting for its turn." if has_worker else WAITS_FOR_A_WORKER
    if job.state == "done":
        return f"{base} was on this machine already." if job.result.get("was_here") else f"{base} is on this machine."
    return {
        "running": job.note or job.stage or "Beginning.",
        "paused": "Paused. What has come is kept.",
        "cancelling": "Stopping.",
        "cancelled": "Cancelled. What has come is kept, and the next download goes on after it.",
        "failed": f"{job.failure} {job.remedy}".strip(),
    }[job.state]


def _problem(job: JobRecord) -> Problem:
    kind = getattr(errors, job.error, None)
    if isinstance(kind, type) and issubclass(kind, CoaxialError):
        return problem_of(kind(job.failure, remedy=job.remedy))
    return problem_of(RuntimeError(job.error)).model_copy(update={"detail": job.failure, "remedy": job.remedy})


WAITS_FOR_A_WORKER = "Waiting for a worker, and none is running: start one with coaxial worker, or both with make run."
