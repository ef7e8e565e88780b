"""The demo: /api/demo."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.api.problems import documented
from coaxial.api.schemas.jobs import Demo, shown
from coaxial.jobs.demo import queue_demo
from coaxial.jobs.queue import open_queue

router = APIRouter(
    prefix="/demo",
    tags=["demo"],
    route_class=CreatingOnce,
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.INSUFFICIENT_STORAGE),
)


@router.post("", status_code=HTTPStatus.ACCEPTED)
def begin(settings: SettingsOf, key: KeyOf) -> Demo:
    """Make a voice of generated speech, to see how it is done: some minutes on any machine."""
    with open_queue(settings) as queue:
        return Demo(jobs=[shown(job) for job in queue_demo(settings, queue, key)])
