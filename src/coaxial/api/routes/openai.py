"""Speech in OpenAI's shape, so that programs which speak with it speak with these voices: /v1."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from coaxial.api.dependencies import SettingsOf
from coaxial.api.problems import problem_of
from coaxial.api.schemas.openai import (
    OpenAIError,
    OpenAIErrorDetail,
    OpenAIModel,
    OpenAIModels,
    OpenAISpeech,
    OpenAIVoice,
    OpenAIVoices,
)
from coaxial.api.schemas.speech import SOUND
from coaxial.api.speaking import SpeakingOf
from coaxial.audio.encode import MEDIA_TYPES
from coaxial.domain.errors import CoaxialError, NotFound
from coaxial.domain.speaking import SpeakOptions
from coaxial.workflows.browse import list_voices
from coaxial.workflows.choose_voice import choose_voice
from coaxial.workflows.voice_files import voices_in_detail

_RAW_RATE = 24_000
"""Hz of `pcm`, which says nothing of its rate: what OpenAI's clients play it at."""

_ANY_MODEL = "coaxial"


class _AsOpenAI(APIRoute):
    """A route whose errors are as OpenAI's."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI has it, with the errors told in another shape."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"][1:])
                return _refused(HTTPStatus.BAD_REQUEST, f"{where}: {first['msg']}.", "invalid-option", where or None)
            except HTTPException as error:
                return _refused(error.status_code, str(error.detail), "invalid-option")
            except CoaxialError as error:
                problem = problem_of(error)
                refused = problem.status == HTTPStatus.UNPROCESSABLE_ENTITY
                status = HTTPStatus.BAD_REQUEST if refused else problem.status
                return _refused(status, str(error), problem.type.rpartition(":")[2])

        return answer


def _refused(status: int, message: str, code: str, param: str | None = None) -> Response:
    kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    error = OpenAIError(error=OpenAIErrorDetail(message=message, type=kind, param=param, code=code))
    return JSONResponse(error.model_dump(), status, headers={"Cache-Control": "no-store"})


def _documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    return {status.value: {"description": status.phrase, "model": OpenAIError} for status in statuses}


router = APIRouter(
    prefix="/v1",
    tags=["speech in OpenAI's shape"],
    route_class=_AsOpenAI,
    responses=_documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.INSUFFICIENT_STORAGE),
)

_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
_SPOKEN: dict[str, Any] = {**SOUND, "content": {**SOUND["content"], **_EVENTS}}


@router.post(
    "/audio/speech",
    response_class=Response,
    responses={200: _SPOKEN, **_documented(HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)},
)
async def speak(wanted: OpenAISpeech, settings: SettingsOf, speaking: SpeakingOf) -> Response:
    """Say a text; the answer begins with the first sentence."""
    name, speaker = await run_in_threadpool(choose_voice, settings, wanted.voice_name, wanted.model)
    slowness = None if wanted.speed == 1.0 else 1 / wanted.speed
    speech = await speaking.begin(name, wanted.input, SpeakOptions(speaker=speaker, length_scale=slowness))
    rate = _RAW_RATE if wanted.response_format == "pcm" else None
    pieces = speaking.stream(speech.encoded(wanted.response_format, rate))
    headers = {"Cache-Control": "no-store", "X-Sample-Rate": str(rate or speech.sample_rate)}
    if wanted.stream_format == "sse":
        return StreamingResponse(_events(pieces, wanted.input), headers=headers, media_type="text/event-stream")
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA_TYPES[wanted.response_format])


async def _events(pieces: AsyncIterator[bytes], text: str) -> AsyncIterator[str]:
    sent = 0
    async for piece in pieces:
        sent += len(piece)
        yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode("ascii")})
    # There are no tokens here; characters and bytes are what there is to count.
    usage = {"input_tokens": len(text), "output_tokens": sent, "total_tokens": len(text) + sent}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"


@router.get("/models")
def list_models(settings: SettingsOf) -> OpenAIModels:
    """What may be given as `model`: coaxial, and each voice, for programs that let a person choose nothing else."""
    return OpenAIModels(data=_models(settings))


@router.get("/models/{model}")
def show_model(
    model: Annotated[str, Path(min_length=1, max_length=400, examples=[_ANY_MODEL])], settings: SettingsOf
) -> OpenAIModel:
    """One of them."""
    found = next((one for one in _models(settings) if one.id == model), None)
    if found is None:
        raise NotFound(f"There is no model {model!r}.", remedy=f"Give {_ANY_MODEL}.")
    return found


@router.get("/audio/voices")
def show_voices(settings: SettingsOf) -> OpenAIVoices:
    """What may be given as `voice`; OpenAI has no such address, and programs that offer other servers ask for it."""
    names = [
        name
        for one in voices_in_detail(settings)
        for name in [f"{one.record.name}/{speaker}" for speaker in one.speakers] or [one.record.name]
    ]
    return OpenAIVoices(voices=[OpenAIVoice(id=name, name=name) for name in names])


def _models(settings: SettingsOf) -> list[OpenAIModel]:
    voices = list_voices(settings)
    newest = max((round(one.created.timestamp()) for one in voices), default=0)
    listed = [OpenAIModel(id=one.name, created=round(one.created.timestamp())) for one in voices]
    return [OpenAIModel(id=_ANY_MODEL, created=newest), *listed]
