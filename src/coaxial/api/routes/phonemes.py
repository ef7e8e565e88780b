"""What voices make of text: /api/phonemes."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from coaxial.api.problems import documented
from coaxial.api.schemas.phonemes import Pronunciation, Sentence
from coaxial.workflows.pronounce import pronounce
from coaxial.workflows.say_word import say_word

router = APIRouter(
    prefix="/phonemes",
    tags=["text"],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_SOUND: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What a robot says.",
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("")
def say(sentence: Sentence) -> Pronunciation:
    """The phonemes of a text or a word, and what of it a voice cannot say. Nothing is kept."""
    return Pronunciation.model_validate(asdict(pronounce(sentence.text, sentence.language)))


@router.get("/speech", response_class=Response, responses=_SOUND)
def hear(sentence: Annotated[Sentence, Query()]) -> Response:
    """A text or a word as it is read, in the voice of a robot: a wrong reading is heard at once."""
    return Response(say_word(sentence.text, sentence.language), media_type="audio/wav")
