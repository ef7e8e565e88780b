"""What voices make of text: /api/phonemes."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from fastapi import APIRouter

from coaxial.api.problems import documented
from coaxial.api.schemas.phonemes import Pronunciation, Sentence
from coaxial.workflows.pronounce import pronounce

router = APIRouter(
    prefix="/phonemes",
    tags=["text"],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)


@router.post("")
def say(sentence: Sentence) -> Pronunciation:
    """The phonemes of a text or a word, and what of it a voice cannot say. Nothing is kept."""
    return Pronunciation.model_validate(asdict(pronounce(sentence.text, sentence.language)))
