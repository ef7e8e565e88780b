"""Which base checkpoints there are, and everything that is known of one."""

from __future__ import annotations

from typing import Any

from coaxial.checkpoints.cache import Cache
from coaxial.domain.errors import NotFound
from coaxial.settings import Settings
from coaxial.workflows.base_shelf import Shelf, described, key_of
from coaxial.workflows.inspect_base import findings_of


def list_bases(settings: Settings, language: str | None = None) -> list[dict[str, Any]]:
    """All base checkpoints, or a language's, best first within each language; those on this machine say so.

    Raises: UnsupportedLanguage, InvalidOption (a mistake in the user's manifest).
    """
    shelf = Shelf.of(settings)
    entries = shelf.catalog.all() if language is None else shelf.catalog.of_language(language)
    return [described(shelf, entry) for entry in entries]


def show_base(settings: Settings, name: str, voice: str | None = None) -> dict[str, Any]:
    """One base checkpoint: what is known of it, where it came from, and what inspection found if it is here.

    name: an id, such as en-US.amy, or a language with voice. Raises: NotFound, InvalidOption, UnreadableCheckpoint,
    UnsafeCheckpoint.
    """
    shelf = Shelf.of(settings)
    entry = shelf.catalog.find(name, voice)
    key = key_of(entry)
    found = _found(shelf.cache, key)
    shown = described(shelf, entry)
    here = shelf.cache.cached(key)
    if here.provenance is not None:
        shown["source"] = here.provenance.source
        shown["sha256"] = here.provenance.sha256
        shown["arrived"] = here.provenance.downloaded
    if here.whole and found is not None:
        shown["inspection"] = found
    return shown


def _found(cache: Cache, key: str) -> dict[str, Any] | None:
    """What inspection found of a checkpoint that is here; None where it is not, or went while it was looked at."""
    if not cache.cached(key).whole:
        return None
    try:
        return findings_of(cache, key)
    except NotFound:
        return None


def id_of_base(settings: Settings, name: str, voice: str | None = None) -> str:
    """As every door names it: en-US.amy for en_us and Amy. Raises: NotFound, with the nearest ids; InvalidOption."""
    return Shelf.of(settings).catalog.find(name, voice).id
