"""How the studio is, for programs that watch it: /api/health and /metrics."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coaxial import __version__
from coaxial.api.dependencies import SettingsOf
from coaxial.api.metrics import MEDIA_TYPE, Metrics
from coaxial.api.problems import documented
from coaxial.api.schemas.health import PartHealth, StudioHealth
from coaxial.jobs.broker import why_unreachable
from coaxial.workflows.health import health, works

router = APIRouter(tags=["watching"], responses=documented(HTTPStatus.FORBIDDEN))

metrics_router = APIRouter(tags=["watching"], responses=documented(HTTPStatus.FORBIDDEN))


@router.get(
    "/health",
    responses={
        HTTPStatus.SERVICE_UNAVAILABLE.value: {
            "description": "Some part failed.",
            "model": StudioHealth,
        }
    },
)
def show_health(settings: SettingsOf, response: Response) -> StudioHealth:
    """Whether the studio can do its work: 200, or 503 where a part of it failed, and which."""
    parts = health(settings, lambda: why_unreachable(settings))
    if not works(parts):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response.headers["Cache-Control"] = "no-store"
    worst = max(parts, key=lambda part: ("ok", "warning", "failed").index(part.state))
    return StudioHealth(
        state=worst.state, version=__version__, parts=[PartHealth.model_validate(part) for part in parts]
    )


@metrics_router.get(
    "/metrics",
    response_class=Response,
    responses={HTTPStatus.OK.value: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def show_metrics(request: Request) -> Response:
    """Figures for Prometheus: requests by route, jobs by kind and state, streams, disk and GPU memory."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
