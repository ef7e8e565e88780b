"""Speakers: /api/profiles."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce
from coaxial.api.paging import WindowOf, part_of
from coaxial.api.problems import documented
from coaxial.api.removing import WithRecordings, removed
from coaxial.api.schemas.names import NameInPath
from coaxial.api.schemas.profiles import NewProfile, Profile, ProfileChange, ProfilePage, Removed, shown
from coaxial.workflows.describe_profile import describe_profile
from coaxial.workflows.profiles import add_profile, known_profile, known_profiles
from coaxial.workflows.removal import profile_removal

router = APIRouter(
    prefix="/profiles",
    tags=["profiles"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)


@router.get("")
def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> ProfilePage:
    """Speakers by name, with what there is of their recordings."""
    found = part_of(request, window, known_profiles(settings))
    return ProfilePage.model_validate({**found, "items": [shown(one) for one in found["items"]]})


@router.post("", status_code=HTTPStatus.CREATED)
def add(new: NewProfile, settings: SettingsOf, response: Response) -> Profile:
    """Make a speaker. Consent and licence can be written down now or later."""
    made = add_profile(settings, new.name, new.language, new.consent, new.licence)
    response.headers["Location"] = f"/api/profiles/{quote(made.profile.name)}"
    return shown(made)


@router.get("/{name}")
def show(name: NameInPath, settings: SettingsOf) -> Profile:
    """One speaker."""
    return shown(known_profile(settings, name))


@router.patch("/{name}", responses=documented(HTTPStatus.PRECONDITION_FAILED))
def describe(name: NameInPath, change: ProfileChange, settings: SettingsOf) -> Profile:
    """Write down consent or licence; every voice exported from then on carries them in its card."""
    describe_profile(settings, name, change.consent, change.licence)
    return shown(known_profile(settings, name))


@router.delete("/{name}", responses=documented(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED))
def delete(name: NameInPath, settings: SettingsOf, with_recordings: WithRecordings = False) -> Removed:
    """Delete a speaker with all recordings of theirs. What was made from these stays."""
    return removed(profile_removal(settings, name), with_recordings)
