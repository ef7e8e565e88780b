"""Profiles as the HTTP door shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.paging import Page
from coaxial.api.schemas.names import LanguageTag, NewName, Text
from coaxial.workflows.profiles import KnownProfile

_PROFILE: dict[str, Any] = {
    "name": "anna",
    "language": "en-US",
    "consent": "Anna Berg agreed on 4 May 2026 that her voice may be used for this.",
    "licence": "CC BY 4.0",
    "kept": 198,
    "superseded": 14,
    "excluded": 2,
    "flagged": 9,
    "minutes": 14.2,
    "good_minutes": 11.8,
    "created": "2026-05-04T09:00:00Z",
}


class NewProfile(BaseModel):
    """A speaker that is to be made."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "anna", "language": "en-US"}]})

    name: NewName
    language: LanguageTag
    consent: Text = Field(default="", description="What the speaker agreed to; goes into the card of every voice.")
    licence: Text = Field(default="", description="Of the voice; goes into the card of every voice.")


class ProfileChange(BaseModel):
    """What to write down of a speaker; what is not given stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"licence": "CC BY 4.0"}]})

    consent: Text | None = Field(default=None, description="What the speaker agreed to.")
    licence: Text | None = Field(default=None, description="Of the voice.")


class Profile(BaseModel):
    """A speaker, and what there is of their recordings."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROFILE]})

    name: str
    language: str
    consent: str
    licence: str
    kept: int = Field(description="Recordings in use.")
    superseded: int = Field(description="Recordings whose place a newer take took.")
    excluded: int = Field(description="Recordings set aside.")
    flagged: int = Field(description="Kept recordings with a flag.")
    minutes: float = Field(description="Of kept recordings, silence included.")
    good_minutes: float = Field(description="Of kept recordings that can be trained on, silence trimmed.")
    created: datetime


class ProfilePage(Page[Profile]):
    """A page of profiles."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PROFILE], "total": 1}]})


class Removed(BaseModel):
    """What was deleted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sentence": "The prompt list letters goes with its 120 prompts."}]}
    )

    sentence: str = Field(description="What goes, and what stays.")


def shown(known: KnownProfile) -> Profile:
    """A profile with its figures."""
    profile, tally = known.profile, known.tally
    return Profile(
        **{name: getattr(profile, name) for name in ("name", "language", "consent", "licence", "created")},
        **{name: getattr(tally, name) for name in ("kept", "superseded", "excluded", "flagged")},
        minutes=round(profile.seconds / 60, 2),
        good_minutes=round(tally.good_seconds / 60, 2),
    )
