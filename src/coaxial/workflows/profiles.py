"""Profiles: making one, and what there is of each."""

from __future__ import annotations

from dataclasses import dataclass

from coaxial.domain.names import check_name
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.readings import Tally
from coaxial.store.records import ProfileRecord
from coaxial.text.languages import resolve_language


@dataclass(frozen=True)
class KnownProfile:
    """A profile with what there is of its recordings."""

    profile: ProfileRecord
    tally: Tally


def add_profile(settings: Settings, name: str, language_tag: str, consent: str, licence: str) -> KnownProfile:
    """Make a profile. Raises: InvalidOption (the name), UnsupportedLanguage, NameTaken."""
    name, language = check_name(name), resolve_language(language_tag)
    with open_store(settings) as store:
        return KnownProfile(store.add_profile(name, language.tag, consent, licence), Tally())


def known_profiles(settings: Settings) -> list[KnownProfile]:
    """All profiles by name."""
    with open_store(settings) as store:
        tallies = store.tallies()
        return [KnownProfile(one, tallies.get(one.name, Tally())) for one in store.profiles()]


def known_profile(settings: Settings, name: str) -> KnownProfile:
    """One profile. Raises: NotFound."""
    with open_store(settings) as store:
        return KnownProfile(store.profile(name), store.tallies().get(name, Tally()))
