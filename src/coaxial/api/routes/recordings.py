"""Recordings: /api/recordings."""

from __future__ import annotations

from datetime import datetime, timezone
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce
from coaxial.api.in_memory import MadeContent
from coaxial.api.paging import WindowOf, page
from coaxial.api.problems import documented
from coaxial.api.ranges import file_answer, ranged, ranged_route
from coaxial.api.receiving import receive_file
from coaxial.api.schemas.hearing import Hearing, heard_shown
from coaxial.api.schemas.names import LineInQuery, NameInQuery, RecordingId
from coaxial.api.schemas.recordings import (
    ChangedRecordings,
    Recording,
    RecordingChange,
    RecordingChanges,
    RecordingPage,
    Waveform,
    all_shown,
    shown,
)
from coaxial.domain.errors import InvalidOption
from coaxial.store import LARGEST_ID
from coaxial.store.recordings import Change, Wanted
from coaxial.store.records import RecordingState
from coaxial.workflows.edit_recordings import edit_recordings, remove_recording
from coaxial.workflows.find_recordings import (
    find_recordings,
    kind_of_original,
    outline_of,
    picture_of,
    playable,
    show_recording,
)
from coaxial.workflows.hear_recording import hear_recording
from coaxial.workflows.record_take import Reading, expect_take, record_take, scratch_for_take

router = APIRouter(
    prefix="/recordings",
    tags=["recordings"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)

_SOUND: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The audio file as it is: WAV, FLAC, Opus, MP3, M4A, WebM and more, known by its content.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("")
def list_all(
    request: Request,
    settings: SettingsOf,
    window: WindowOf,
    profile: NameInQuery | None = None,
    prompt_list: NameInQuery | None = None,
    position: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only takes of this prompt.")] = None,
    state: Annotated[list[RecordingState], Query(description="Only those in this state, or these.")] = [],  # noqa: B006
    flag: Annotated[LineInQuery, Query(description="Only those with this flag; `any` or `none`.")] = "",
    search: Annotated[LineInQuery, Query(description="Only those with this in their text or source.")] = "",
    sort: Annotated[
        LineInQuery,
        Query(
            description="prompt, created, seconds, text, peak, loudness, noise, above_noise, clipped, trimmed, pace or "
            "worst; with `-` before it the largest or worst first.",
            examples=["-worst"],
        ),
    ] = "prompt",
) -> RecordingPage:
    """Recordings, by prompt list and position unless they are sorted otherwise."""
    wanted = Wanted(profile or "", prompt_list or "", position, tuple(state), flag, search)
    found, total = find_recordings(settings, wanted, sort, window.offset, window.limit)
    return RecordingPage.model_validate(page(request, window, all_shown(found), total))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    openapi_extra=_SOUND,
    responses={
        200: {"model": Recording, "description": "It was here already: the same bytes, sent again."},
        **documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT),
    },
)
async def record(
    request: Request,
    response: Response,
    settings: SettingsOf,
    profile: NameInQuery,
    prompt_list: NameInQuery,
    position: Annotated[int, Query(ge=1, le=LARGEST_ID, description="Of the prompt that is read, from 1.")],
    recorded: Annotated[
        datetime | None,
        Query(description="When it was recorded, where it is sent later: an older take takes no newer one's place."),
    ] = None,
) -> Recording:
    """Take in one take of a prompt; the one that was kept is superseded. Answers what was measured, and the flags."""
    reading = Reading(profile, prompt_list, position, _moment(recorded))
    await run_in_threadpool(expect_take, settings, reading)
    with scratch_for_take(settings) as file:
        sha256 = await receive_file(request, file, settings.take_limit)
        found, new = await run_in_threadpool(record_take, settings, reading, file, sha256)
    response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
    response.headers["Location"] = f"/api/recordings/{found.id}"
    return shown(found)


@router.patch("/batch")
def change_many(changes: RecordingChanges, settings: SettingsOf) -> ChangedRecordings:
    """Change many recordings at once: all of them, or none. Undo is the same with what they were."""
    wanted = [Change(one.id, one.state, one.text) for one in changes.changes]
    return ChangedRecordings(items=all_shown(edit_recordings(settings, wanted)))


@router.get("/{id}")
def show(id: RecordingId, settings: SettingsOf) -> Recording:
    """One recording."""
    return shown(show_recording(settings, id))


@router.patch("/{id}", responses=documented(HTTPStatus.PRECONDITION_FAILED))
def change(id: RecordingId, change: RecordingChange, settings: SettingsOf) -> Recording:
    """Set one aside or take it in again, choose an earlier take back, or correct what is said in it."""
    return shown(edit_recordings(settings, [Change(id, change.state, change.text)])[0])


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, responses=documented(HTTPStatus.PRECONDITION_FAILED))
def delete(id: RecordingId, settings: SettingsOf) -> None:
    """Delete one with its original. Datasets that were made with it stay as they are."""
    remove_recording(settings, id)


@router.get("/{id}/audio", **ranged_route("audio/*"))
def listen(
    id: RecordingId,
    request: Request,
    settings: SettingsOf,
    format: Annotated[
        Literal["original", "playable", "wav"],
        Query(description="original: as it came. wav: 16-bit mono. playable: wav only where browsers need it."),
    ] = "original",
) -> Response:
    """Its sound, or a part of it."""
    found = show_recording(settings, id)
    kind = kind_of_original(found)
    if format == "original" or (format == "playable" and kind.plays):
        return file_answer(request, found.file, kind.media_type)
    made = MadeContent(playable(found), f"{found.sha256}-wav", found.created.timestamp())
    return ranged(request, made, "audio/wav")


@router.get("/{id}/heard", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
def hear(id: RecordingId, settings: SettingsOf) -> Hearing:
    """What a speech recogniser hears in it beside its text, where one is installed (`pip install coaxial[listen]`).

    It takes about half as long as the recording lasts.
    """
    return heard_shown(hear_recording(settings, id))


@router.get("/{id}/waveform")
def draw(
    id: RecordingId,
    settings: SettingsOf,
    points: Annotated[int, Query(ge=1, le=10_000, description="How many pairs at most.", examples=[1000])] = 1000,
) -> Waveform:
    """Its outline: the least and the largest sample of each of so many equal stretches."""
    found = show_recording(settings, id)
    drawn = outline_of(found, points)
    return Waveform(
        seconds=round(found.measures.seconds, 3),
        speech_start=round(found.measures.speech_start, 3),
        speech_end=round(found.measures.speech_end, 3),
        lowest=drawn.lowest,
        highest=drawn.highest,
    )


@router.get("/{id}/spectrogram", **ranged_route("image/png"))
def picture(
    id: RecordingId,
    request: Request,
    settings: SettingsOf,
    width: Annotated[int, Query(ge=16, le=2000, description="Columns.", examples=[800])] = 800,
) -> Response:
    """Its spectrogram as a grey picture.

    Columns are equally spaced over the whole length. The 128 rows are mel bands from 8 kHz at the top to 0 at the
    bottom. White is the loudest, black 80 dB below.
    """
    found = show_recording(settings, id)
    made = MadeContent(picture_of(found, width), f"{found.sha256}-{width}", found.created.timestamp())
    return ranged(request, made, "image/png")


def _moment(recorded: datetime | None) -> datetime | None:
    if recorded is None:
        return None
    aware = recorded if recorded.tzinfo else recorded.replace(tzinfo=timezone.utc)
    if aware.year < 2000:
        raise InvalidOption(f"Nothing was recorded for this in {aware.year}.", remedy="Correct the clock.")
    # A clock that goes before ours would let no later take count.
    return min(aware, datetime.now(timezone.utc))
