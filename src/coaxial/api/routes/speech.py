"""Speaking: /api/voices/{voice}/speech."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from coaxial.api.ranges import disposition
from coaxial.api.routes.voices import VoiceName
from coaxial.api.schemas.speech import SOUND, SpeechQuery, SpeechRequest
from coaxial.api.speaking import SPEECH_PROBLEMS, SpeakingOf, SpeakingThreads
from coaxial.audio.encode import MEDIA_TYPES

router = APIRouter(prefix="/voices", tags=["speech"], responses={**SPEECH_PROBLEMS, 200: SOUND})


@router.post("/{voice}/speech", response_class=Response)
async def speak(voice: VoiceName, wanted: SpeechRequest, speaking: SpeakingOf) -> Response:
    """Say a text. The answer begins with the first sentence, and ends early where nobody listens any more."""
    return await _spoken(voice, wanted, speaking)


@router.get("/{voice}/speech", response_class=Response)
async def speak_from_address(
    voice: VoiceName, wanted: Annotated[SpeechQuery, Query()], speaking: SpeakingOf
) -> Response:
    """The same for a short text in the address, as an audio element's `src`."""
    return await _spoken(voice, wanted, speaking)


async def _spoken(voice: str, wanted: SpeechRequest | SpeechQuery, speaking: SpeakingThreads) -> Response:
    speech = await speaking.begin(voice, wanted.text, wanted.options())
    kind = MEDIA_TYPES[wanted.format]
    headers = {
        "X-Sample-Rate": str(speech.sample_rate),
        "Cache-Control": "no-store",
        "Content-Disposition": disposition(f"{voice}.{wanted.format}", "inline"),
    }
    if not wanted.stream:
        content = await speaking.whole(lambda: speech.whole(wanted.format))
        return Response(content, headers=headers, media_type=kind)
    return StreamingResponse(speaking.stream(speech.encoded(wanted.format)), headers=headers, media_type=kind)
