"""What happens, as it happens: /api/events."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from coaxial.api.dependencies import SettingsOf
from coaxial.api.events import Events
from coaxial.api.problems import documented
from coaxial.api.schemas.names import Name
from coaxial.api.streams import KINDS, Stream, Wish
from coaxial.domain.errors import InvalidOption
from coaxial.store import LARGEST_ID, Store, open_store
from coaxial.workflows.follow import Follower
from coaxial.workflows.position import LONGEST, Position

router = APIRouter(
    prefix="/events",
    tags=["events"],
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_EXAMPLE = """\
retry: 1000
event: hello
data: {"position": "8123.512.3-1777887000000000.3-4200-2882343476-1804289383", "resumed": false}
id: 8123.512.3-1777887000000000.3-4200-2882343476-1804289383

event: log
data: {"id":513,"job":7,"time":"2026-05-04T09:31:12Z","text":"Step 4200: mel 18.3; checkpoint written."}
id: 8123.513.3-1777887000000000.3-4200-2882343476-1804289383

event: metrics
data: {"run": "anna-medium-1", "first": 4200, "withdrawn": 0, "lines": [{"step": 4201, "epoch": 8, "mel": 18.25}]}
id: 8123.513.3-1777887000000000.3-4201-1103527590-1804289383

"""

_STREAM: dict[str, Any] = {
    "description": "A stream that goes on until the client or the server ends it.",
    "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
}

Words = ",".join(KINDS)


@router.get("", response_class=StreamingResponse, responses={200: _STREAM})
async def listen(
    request: Request,
    settings: SettingsOf,
    kinds: Annotated[
        str,
        Query(
            pattern=r"^(job|log|metrics)(,(job|log|metrics)){0,9}$",
            description="What to hear of, with commas between: job, log, metrics.",
            examples=["job,log"],
        ),
    ] = Words,
    run: Annotated[Name | None, Query(description="Only this run, and jobs that made it or work with it.")] = None,
    job: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only this job, and the run that it works on.")
    ] = None,
    since: Annotated[
        str | None,
        Query(
            max_length=LONGEST,
            description="The id of the last event that was seen, or 0 for everything that there ever was. Without it, "
            "what happens from now on.",
        ),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=LONGEST, description="The same, as browsers send it when they connect again.")
    ] = None,
) -> StreamingResponse:
    """Server-sent events (WHATWG HTML, 9.2): a client that connects again with the last id misses none.

    `hello` comes first. `resumed` is false where the stream begins now: what a page shows has to be read once more.
    `job` is a job as /api/jobs shows it, as often as it changes. `log` is one line of a job's log. `metrics` are lines
    of a run's metrics, each as it was written: `first` is the number of the first one, from 0, and `withdrawn` says how
    many of those that were told before, the latest ones, count no more: the run was killed and took another way.
    """
    events: Events = request.app.state.events
    events.on_loop(asyncio.get_running_loop())
    wish = Wish([kind for kind in KINDS if kind in kinds.split(",")], run, job)
    given = last_event_id or since
    follower, position, resumed = await asyncio.to_thread(_begin, events, settings, wish, given, bool(last_event_id))
    parts = Stream(events, follower, position, wish, resumed).parts()
    # Proxies must neither keep nor collect what comes.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(parts, media_type="text/event-stream", headers=headers)


def _begin(
    events: Events, settings: SettingsOf, wish: Wish, given: str | None, is_again: bool
) -> tuple[Follower, Position, bool]:
    """Raises: NotFound (the run, the job), InvalidOption (no position), StorageFailure."""
    with open_store(settings) as store:
        _find(store, wish)
    follower = events.reading()
    position = Position() if given == "0" else Position.parse(given) if given else None
    if given and position is None and not is_again:
        raise InvalidOption(
            f"{given[:80]!r} is no position in what happened.", remedy="Give the id of an event as it came, or 0."
        )
    if position is None or not follower.has(position):
        return follower, follower.now(), False
    return follower, position, True


def _find(store: Store, wish: Wish) -> None:
    if wish.run is not None:
        store.run(wish.run)
    if wish.job is not None:
        store.job(wish.job)
    if wish.run is not None or wish.job is not None:
        wish.runs.update(store.runs_of_jobs())
