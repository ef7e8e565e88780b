"""Prompt lists as the HTTP door shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from coaxial.api.paging import Page
from coaxial.api.schemas.names import LanguageTag, NewName
from coaxial.dataset.prompt_file import MAX_BYTES
from coaxial.workflows.add_prompt_list import AddedPrompts
from coaxial.workflows.reading_progress import GOALS, Progress

_LIST: dict[str, Any] = {
    "name": "first-sentences",
    "language": "en-US",
    "prompts": 169,
    "recordings": 42,
    "created": "2026-05-04T09:00:00Z",
}
_PROMPT: dict[str, Any] = {
    "position": 7,
    "text": "The kettle sings before the morning begins.",
    "phonemes": 35,
    "recording": 42,
    "takes": 2,
}

Sentences = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_BYTES, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]

MOST_REJECTED = 1000


class NewPromptList(BaseModel):
    """Sentences to read: those that come along for the language, or one's own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "first-sentences", "language": "en-US", "builtin": True},
                {"name": "letters", "language": "sv-SE", "text": "Hej på dig.\nVi ses i morgon."},
            ]
        },
    )

    name: NewName
    language: LanguageTag
    builtin: bool = Field(default=False, description="The sentences that come along.")
    text: Sentences | None = Field(default=None, description="One sentence a line, or a table with a column `text`.")


class Rejected(BaseModel):
    """A sentence that cannot be a prompt."""

    line: int
    text: str
    code: str = Field(description="duplicate, empty, too_long, unsayable_symbols or nothing_to_say.")
    reason: str


class Added(BaseModel):
    """What became of sentences that were to be prompts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "letters",
                    "language": "sv-SE",
                    "added": 2,
                    "known": 0,
                    "rejected": [],
                    "rejected_total": 0,
                    "notes": [],
                    "href": "/api/prompt-lists/letters",
                }
            ]
        }
    )

    name: str
    language: str
    added: int
    known: int = Field(description="Sentences that the list had already.")
    rejected: list[Rejected] = Field(description=f"The first {MOST_REJECTED} that cannot be prompts.")
    rejected_total: int
    notes: list[str] = Field(description="How the text was read, where that was a guess.")
    href: str


class PromptList(BaseModel):
    """Sentences to read, in one language."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LIST]})

    name: str
    language: str
    prompts: int
    recordings: int = Field(description="Kept recordings of its prompts, of all profiles.")
    created: datetime


class PromptListPage(Page[PromptList]):
    """A page of prompt lists."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LIST], "total": 1}]})


class BuiltinList(BaseModel):
    """Sentences that come along."""

    language: str = Field(description="Tag of the language that they are for.")
    name: str
    sentences: int


class BuiltinLists(BaseModel):
    """All sentences that come along."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"language": "sv-SE", "name": "Swedish (Sweden)", "sentences": 150}]}]
        }
    )

    items: list[BuiltinList]


class Prompt(BaseModel):
    """One sentence, and what a profile has read of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROMPT]})

    position: int = Field(description="From 1, in the order of the list.")
    text: str
    phonemes: int | None = Field(description="How many it makes a voice say; null where they were not counted yet.")
    recording: int | None = Field(description="The newest kept take of the profile; null where there is none.")
    takes: int = Field(description="Takes of the profile, superseded and excluded ones too.")


class PromptPage(Page[Prompt]):
    """A page of prompts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_PROMPT], "total": 169, "next": "/api/prompt-lists/letters/prompts?limit=1&cursor=WzFd"}
            ]
        }
    )


class Goal(BaseModel):
    """So much good speech is worth something."""

    minutes: float
    reached: bool


class Coverage(BaseModel):
    """How far a profile is with a prompt list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "prompts": 169,
                    "read": 42,
                    "list_minutes": 12.4,
                    "good_minutes": 3.2,
                    "profile_good_minutes": 11.8,
                    "inventory": 49,
                    "list_phonemes": 49,
                    "said_phonemes": 47,
                    "unsaid": ["n̩", "ʔ"],
                    "not_in_list": [],
                    "list_diphones": 1050,
                    "said_diphones": 611,
                    "goals": [{"minutes": 10, "reached": True}, {"minutes": 30, "reached": False}],
                }
            ]
        }
    )

    prompts: int
    read: int = Field(description="Prompts of which the profile has a kept take.")
    list_minutes: float = Field(description="Estimated, of reading the whole list.")
    good_minutes: float = Field(description="Of this list's recordings that can be trained on, silence trimmed.")
    profile_good_minutes: float = Field(description="The same of all recordings of the profile.")
    inventory: int | None = Field(
        description="Phonemes that speakers of the language need; null where nobody measured it."
    )
    list_phonemes: int = Field(description="Of the inventory where there is one, those that the list says.")
    said_phonemes: int = Field(description="Those that good recordings of the profile say.")
    unsaid: list[str] = Field(description="Those that none says yet.")
    not_in_list: list[str] = Field(description="Those of the inventory that the list never says.")
    list_diphones: int = Field(description="Different pairs of neighbouring phonemes in the list.")
    said_diphones: int = Field(description="Of these, said in good recordings of the profile.")
    goals: list[Goal] = Field(description="Toward which the profile's good minutes count.")


def added_shown(added: AddedPrompts, href: str) -> Added:
    """What became of sentences."""
    return Added(
        name=added.name,
        language=added.language,
        added=added.added,
        known=added.known,
        rejected=[Rejected(**vars(one)) for one in added.rejected[:MOST_REJECTED]],
        rejected_total=len(added.rejected),
        notes=list(added.notes),
        href=href,
    )


def coverage_shown(progress: Progress) -> Coverage:
    """How far a profile is, with the goals."""
    reached = progress.profile_good_minutes
    figures: dict[str, Any] = {
        key: round(value, 2) if isinstance(value, float) else list(value) if isinstance(value, tuple) else value
        for key, value in vars(progress).items()
    }
    return Coverage(**figures, goals=[Goal(minutes=one, reached=reached >= one) for one in GOALS])
