"""The application: everything a server needs is in what `create_app` makes, and nothing is global."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from fastapi import FastAPI

from coaxial import __version__
from coaxial.api import problems
from coaxial.api.access import Access
from coaxial.api.described import describe
from coaxial.api.etags import EntityTags
from coaxial.api.events import Events
from coaxial.api.gate import Gate
from coaxial.api.guard import Guard
from coaxial.api.limits import Limits
from coaxial.api.metrics import Metrics
from coaxial.api.pages import Pages
from coaxial.api.routes import (
    checkpoints,
    datasets,
    demo,
    events,
    health,
    imports,
    jobs,
    openai,
    phonemes,
    profiles,
    prompt_lists,
    recordings,
    runs,
    session,
    speech,
    system,
    uploads,
    voices,
)
from coaxial.api.security import SecurityHeaders
from coaxial.api.speaking import SpeakingThreads
from coaxial.api.watching import Watching
from coaxial.domain.errors import StorageFailure
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.answer_once import Answering
from coaxial.workflows.examination import Examiner
from coaxial.workflows.server_token import TokenFile

_ROUTERS = (
    checkpoints.router,
    demo.router,
    jobs.router,
    events.router,
    runs.router,
    system.router,
    health.router,
    session.router,
    profiles.router,
    prompt_lists.router,
    recordings.router,
    uploads.router,
    imports.router,
    datasets.router,
    phonemes.router,
    voices.router,
    speech.router,
)
"""Of every resource below /api, one a line of its own."""

_log = logging.getLogger(__name__)


def create_app(settings: Settings, access: Access | None = None) -> FastAPI:
    """The HTTP door of a data directory. Its description is at /api/openapi.json.

    access: who it is there for; None: this computer.
    """
    access = access or Access()
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
    app.state.answering = Answering(settings)
    app.state.events = Events(settings)
    app.state.examiner = Examiner(settings)
    app.state.speaking = SpeakingThreads(settings)
    app.state.metrics = Metrics(settings)
    app.state.gate = Gate(access, TokenFile(settings))
    # The last one that is added is asked first.
    app.add_middleware(EntityTags)
    app.add_middleware(Limits)
    app.add_middleware(Guard, access=access, gate=app.state.gate)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Watching, metrics=app.state.metrics)
    problems.add_to(app)
    for router in _ROUTERS:
        app.include_router(router, prefix="/api")
    app.include_router(openai.router)
    app.include_router(health.metrics_router)
    app.router.default = Pages()
    describe(app)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    with ExitStack() as held:
        try:
            # As long as it is open here, opening it in a request costs nothing.
            held.enter_context(open_store(app.state.settings))
        except StorageFailure as error:
            _log.error("%s Requests that need it will say so.", error)
        app.state.answering.open()
        held.callback(app.state.answering.close)
        held.callback(app.state.events.close)
        held.callback(app.state.examiner.close)
        held.callback(app.state.speaking.close)
        yield
