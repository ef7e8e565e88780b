"""What a voice is asked to say, over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from coaxial.audio.encode import MEDIA_TYPES, SoundFormat
from coaxial.domain.speaking import MOST_SILENCE, NOISE, SLOWNESS, SpeakOptions
from coaxial.workflows.stream_speech import MOST_CHARACTERS

MOST_IN_AN_ADDRESS = 1000
"""Characters of a text in a URL."""

SOUND: dict[str, Any] = {
    "description": "The sound. As a stream it comes sentence by sentence, and no header tells its length.",
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
    "headers": {"X-Sample-Rate": {"description": "Of the voice, in Hz.", "schema": {"type": "integer"}}},
}


class _Wanted(BaseModel):
    speaker: str | None = Field(
        default=None, max_length=200, description="Name or number, of a voice with several; without it the first."
    )
    length_scale: float | None = Field(
        default=None,
        ge=SLOWNESS[0],
        le=SLOWNESS[1],
        allow_inf_nan=False,
        description="Slowness: 1 as recorded, 1.2 a fifth slower. null: as the voice says.",
    )
    noise_scale: float | None = Field(
        default=None,
        ge=NOISE[0],
        le=NOISE[1],
        allow_inf_nan=False,
        description="How much the sound varies; 0 always says it the same. null: as the voice says.",
    )
    noise_w_scale: float | None = Field(
        default=None,
        ge=NOISE[0],
        le=NOISE[1],
        allow_inf_nan=False,
        description="How much the rhythm varies; 0 always says it the same. null: as the voice says.",
    )
    sentence_silence: float = Field(
        default=0.0, ge=0, le=MOST_SILENCE, allow_inf_nan=False, description="Seconds between sentences."
    )
    volume: float = Field(
        default=1.0, ge=0, le=1, allow_inf_nan=False, description="1 is as loud as 16 bits go, 0 is silence."
    )
    format: SoundFormat = Field(
        default="wav",
        description="pcm is raw: 16 bits, the low byte first, one channel, as many a second as X-Sample-Rate tells.",
    )
    stream: bool = Field(
        default=True,
        description="Sentence by sentence as each is ready; false: all at once, its length in the header.",
    )

    def options(self) -> SpeakOptions:
        """As the voice takes them."""
        values = self.model_dump(include={"speaker", "length_scale", "noise_scale", "sentence_silence", "volume"})
        return SpeakOptions(**values, noise_w=self.noise_w_scale)


class SpeechRequest(_Wanted):
    """A text, and how it is to be said."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "This is my own voice. It is mine alone.", "length_scale": 1.1}]},
    )

    text: str = Field(max_length=MOST_CHARACTERS, description="Of any number of sentences.")


class SpeechQuery(_Wanted):
    """The same in an address, for an audio element."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MOST_IN_AN_ADDRESS, description="A few sentences.", examples=["Hello."])
