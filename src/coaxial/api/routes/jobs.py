"""Queued work: /api/jobs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.paging import LARGEST_LIMIT, WindowOf, not_of_this_list, page
from coaxial.api.problems import documented
from coaxial.api.schemas.jobs import Job, JobPage, LogLine, LogPage, shown
from coaxial.domain.jobs import JobKind, JobState
from coaxial.jobs.queue import Queue, open_queue
from coaxial.store import LARGEST_ID
from coaxial.store.job_records import JobRecord

JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The job's number.", examples=[7])]

router = APIRouter(
    prefix="/jobs",
    tags=["jobs"],
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_STEERED = documented(HTTPStatus.CONFLICT)


@router.get("", response_model=JobPage)
def list_all(
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    state: Annotated[list[JobState], Query(description="Only those in this state, or these.")] = [],  # noqa: B006
    kind: Annotated[list[JobKind], Query(description="Only those of this kind, or these.")] = [],  # noqa: B006
) -> Response:
    """Jobs, newest first; those that are queued meanwhile come before the first page and move no other."""
    before = window.position[0] if len(window.position) == 1 else None
    if window.position and not isinstance(before, int):
        raise not_of_this_list()
    with open_queue(settings) as queue:
        found, total = queue.page(state, kind, before if isinstance(before, int) else None, window.limit)
        awaiting = queue.awaiting([job.id for job in found])
    items = [shown(job, awaiting.get(job.id, ())) for job in found]
    shown_page = JobPage.model_validate(page(request, window, items, total, [found[-1].id] if found else []))
    # As text already, so that it is neither checked once more nor written out where all other requests wait.
    return Response(shown_page.model_dump_json(), media_type="application/json")


@router.get("/{id}")
def show(id: JobId, settings: SettingsOf) -> Job:
    """How one job stands."""
    with open_queue(settings) as queue:
        return _shown(queue, queue.job(id))


@router.post("/{id}/cancel", responses=_STEERED)
def cancel(id: JobId, settings: SettingsOf) -> Job:
    """Stop one for good, and what waits for it. What a training did is kept, and a retry goes on there."""
    with open_queue(settings) as queue:
        return _shown(queue, queue.cancel(id))


@router.post("/{id}/pause", responses=_STEERED)
def pause(id: JobId, settings: SettingsOf) -> Job:
    """Stop one with what it has, and free what it uses, until it is resumed."""
    with open_queue(settings) as queue:
        return _shown(queue, queue.pause(id))


@router.post("/{id}/resume", responses=_STEERED)
def resume(id: JobId, settings: SettingsOf) -> Job:
    """Queue a paused one again; it goes on where it was."""
    with open_queue(settings) as queue:
        return _shown(queue, queue.resume(id))


@router.post("/{id}/retry", responses=_STEERED)
def retry(id: JobId, settings: SettingsOf) -> Job:
    """Queue a failed or cancelled one again; it goes on where it was."""
    with open_queue(settings) as queue:
        return _shown(queue, queue.retry(id))


@router.get("/{id}/log")
def read_log(
    id: JobId,
    request: Request,
    settings: SettingsOf,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID, description="Only lines after the one of this id.")] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="How many lines at most.")] = LARGEST_LIMIT,
) -> LogPage:
    """What one said, oldest line first. `next` can be asked again and again while the job goes on."""
    with open_queue(settings) as queue:
        lines = queue.log(id, after, limit)
    last = lines[-1].id if lines else after
    following = f"{request.url.path}?{request.url.include_query_params(after=last).query}"
    return LogPage(items=[LogLine.model_validate(line) for line in lines], next=following)


def _shown(queue: Queue, job: JobRecord) -> Job:
    return shown(job, queue.awaiting([job.id]).get(job.id, ()))
