"""What OpenAI's clients send and read (their API reference, Audio and Models)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from coaxial.audio.encode import SoundFormat
from coaxial.workflows.stream_speech import MOST_CHARACTERS

_MODEL: dict[str, Any] = {"id": "coaxial", "object": "model", "created": 1777887153, "owned_by": "coaxial"}
_VOICE: dict[str, Any] = {"id": "en_US-anna-medium", "name": "en_US-anna-medium"}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class VoiceById(BaseModel):
    """A voice as clients name one that is not OpenAI's own."""

    id: str = Field(min_length=1, max_length=400)


class OpenAISpeech(BaseModel):
    """A text to say, as OpenAI's clients ask; what else they send is ignored."""

    model_config = _example(
        {"model": "coaxial", "voice": "en_US-anna-medium", "input": "This is my own voice.", "response_format": "mp3"}
    )

    model: str = Field(
        default="coaxial", max_length=400, description="Anything; the name of a voice where `voice` is none of ours."
    )
    voice: Annotated[str, Field(min_length=1, max_length=400)] | VoiceById = Field(
        description="Name of a voice, or NAME/SPEAKER of one with several."
    )
    input: str = Field(max_length=MOST_CHARACTERS, description="The text.")
    response_format: SoundFormat = Field(default="mp3", description="pcm is raw: 24 kHz, 16 bits, low byte first.")
    speed: float = Field(default=1.0, ge=0.25, le=4.0, allow_inf_nan=False)
    stream_format: Literal["audio", "sse"] = Field(
        default="audio", description="sse: as events, each with a part of the audio in base64."
    )
    instructions: str | None = Field(
        default=None, max_length=MOST_CHARACTERS, description="Heard out and not heeded: Piper's voices take none."
    )

    @property
    def voice_name(self) -> str:
        """As a name alone."""
        return self.voice if isinstance(self.voice, str) else self.voice.id


class OpenAIModel(BaseModel):
    """Something to choose as `model`."""

    model_config = _example(_MODEL)

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Seconds since 1970.")
    owned_by: str = "coaxial"


class OpenAIModels(BaseModel):
    """All of them: coaxial, and each voice."""

    model_config = _example({"object": "list", "data": [_MODEL]})

    object: Literal["list"] = "list"
    data: list[OpenAIModel]


class OpenAIVoice(BaseModel):
    """Something to choose as `voice`."""

    id: str
    name: str


class OpenAIVoices(BaseModel):
    """All voices, those with several speakers once for each."""

    model_config = _example({"voices": [_VOICE]})

    voices: list[OpenAIVoice]


class OpenAIErrorDetail(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(BaseModel):
    """An error as OpenAI's clients show it."""

    model_config = _example(
        {
            "error": {
                "message": "There is no voice named 'alloy'. Give one of these as `voice`: en_US-anna-medium.",
                "type": "invalid_request_error",
                "param": "voice",
                "code": "not-found",
            }
        }
    )

    error: OpenAIErrorDetail
