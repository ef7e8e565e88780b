"""Pronunciations as the HTTP door shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.schemas.names import LanguageTag, Text


class Sentence(BaseModel):
    """What is to be said."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "The kettle sings.", "language": "en-US"}]}
    )

    text: Text
    language: LanguageTag


class Pronunciation(BaseModel):
    """What a voice would say."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "The kettle sings.",
                    "language": "en-US",
                    "espeak_voice": "en-us",
                    "sentences": ["ðə kˈɛɾəl sˈɪŋz."],
                    "spoken": 12,
                    "ids": 37,
                    "seconds": 1.39,
                    "unsayable": [],
                    "unknown": [],
                }
            ]
        }
    )

    text: str = Field(description="As it is read: normalised.")
    language: str
    espeak_voice: str
    sentences: list[str] = Field(description="Phonemes of each sentence, with stress, spaces and punctuation.")
    spoken: int = Field(description="How many phonemes are heard.")
    ids: int = Field(description="How many ids they become for a Piper voice.")
    seconds: float = Field(description="Estimated, of reading it aloud.")
    unsayable: list[str] = Field(description="Characters that the voice cannot say as a person would.")
    unknown: list[str] = Field(description="Phonemes that Piper has no id for and leaves out.")
