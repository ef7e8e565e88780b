"""What a speech recogniser hears in a recording, as the API shows it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from coaxial.workflows.hear_recording import Heard


class Words(BaseModel):
    """Words that stand at the same place of both sentences; they differ where the two texts do."""

    said: str = Field(description="As the prompt has them, without case and punctuation; empty where there are none.")
    heard: str = Field(description="As the recogniser heard them; empty where it heard none.")


class Hearing(BaseModel):
    """What was heard of a recording beside its text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "recogniser": "pocketsphinx 5.1.1",
                    "words": [{"said": "the kettle", "heard": "the kettle"}, {"said": "sings", "heard": "stings"}],
                    "errors": 1,
                    "is_another": False,
                }
            ]
        }
    )

    recogniser: str | None = Field(
        description="What listened; null where nothing that knows the language is installed here."
    )
    words: list[Words] = Field(description="All of both sentences, in order.")
    errors: int = Field(description="Words that are other ones, missing or too many.")
    is_another: bool = Field(
        description="Whether so much differs that another sentence seems to have been read. A few words always may."
    )


def heard_shown(heard: Heard | None) -> Hearing:
    if heard is None:
        return Hearing(recogniser=None, words=[], errors=0, is_another=False)
    found = heard.comparison
    words = [Words(said=one.said, heard=one.heard) for one in found.stretches]
    return Hearing(recogniser=heard.recogniser, words=words, errors=found.errors, is_another=found.is_another)
