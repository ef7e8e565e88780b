"""The application: everything a server needs is in what `create_app` makes, and nothing is global."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from coaxial import __version__
from coaxial.api import problems
from coaxial.api.downloads import Downloads
from coaxial.api.loopback import LoopbackOnly
from coaxial.api.routes import checkpoints
from coaxial.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The HTTP door of a data directory. Its description is at /api/openapi.json."""
    app = FastAPI(
        title="Coaxial",
        version=__version__,
        summary="Recordings in, a Piper voice out, all on your own computer.",
        openapi_url="/api/openapi.json",
        # The pages that FastAPI shows the description with fetch their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_running,
    )
    app.state.settings = settings
    app.state.downloads = Downloads(settings)
    app.add_middleware(LoopbackOnly)
    problems.add_to(app)
    app.include_router(checkpoints.router, prefix="/api")
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.downloads.stop()
