"""The shelf of base checkpoints: everything that can be named, and what of it is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint, as_specification
from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.catalog import Catalog
from coaxial.checkpoints.manifest import read_manifest
from coaxial.settings import Settings


@dataclass(frozen=True)
class Shelf:
    """The catalog of a data directory and its cache."""

    catalog: Catalog
    cache: Cache

    @staticmethod
    def of(settings: Settings) -> Shelf:
        """Raises: InvalidOption (a mistake in the user's manifest), StorageFailure."""
        return Shelf(Catalog(read_manifest(manifest_of(settings))), Cache(settings.checkpoints))


def manifest_of(settings: Settings) -> Path:
    """The file with the user's own entries."""
    return settings.checkpoints / "manifest.json"


def key_of(entry: BaseCheckpoint) -> str:
    """What the entry's files are called in the cache: en-US_amy."""
    return f"{entry.language}_{entry.voice}"


def described(shelf: Shelf, entry: BaseCheckpoint) -> dict[str, Any]:
    """An entry for every door: what is known of it, and whether it is here."""
    here = shelf.cache.cached(key_of(entry))
    return {
        **as_specification(entry),
        "downloaded": here.whole,
        "path": str(here.path) if here.whole else "",
        "bytes_on_disk": here.size,
        "used": here.provenance.used if here.provenance else "",
    }
