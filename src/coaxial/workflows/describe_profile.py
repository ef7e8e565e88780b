"""Writing down what a speaker agreed to, and the licence of the voice."""

from __future__ import annotations

from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.records import ProfileRecord


def describe_profile(settings: Settings, name: str, consent: str | None, licence: str | None) -> ProfileRecord:
    """Change a profile's consent or licence, or both; every voice exported from then on carries them in its card.

    Raises: NotFound, InvalidOption (nothing given).
    """
    if consent is None and licence is None:
        raise InvalidOption(
            "There is nothing to write down.", remedy="Give --consent, --licence, or both, each with its words."
        )
    with open_store(settings) as store:
        return store.describe_profile(name, consent, licence)
