"""Bringing a base checkpoint onto this machine, unless it is here already."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint
from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.configuration import MOST_BYTES, check_configuration, made_configuration
from coaxial.checkpoints.download import fetch
from coaxial.checkpoints.hub import reach
from coaxial.checkpoints.inspection import Inspection, inspect_checkpoint
from coaxial.checkpoints.provenance import provenance
from coaxial.checkpoints.source import Fetched, Manners, Source
from coaxial.domain.errors import DownloadFailed, NotFound
from coaxial.domain.files import write_text
from coaxial.domain.progress import Progress, Silent
from coaxial.domain.quality import Quality
from coaxial.settings import Settings
from coaxial.workflows.base_shelf import Shelf, key_of

_CHECKPOINT_BEGINS = (b"PK\x03\x04", b"\x80")
"""torch's container, and the pickle that older versions wrote."""


@dataclass(frozen=True)
class FetchedBase:
    """A base checkpoint that is on this machine."""

    id: str
    path: Path
    was_here: bool


def fetch_base(
    settings: Settings, name: str, progress: Progress, *, quality: Quality | None = None, accept_change: bool = False
) -> FetchedBase:
    """The checkpoint of an id such as en-US.amy, downloaded if it is not here. Two calls at once share one download.

    quality: of the dataset that is to start from it; a bare voice name then means the checkpoint of that tier.
    accept_change: take the file even if its address brought another one when it was first fetched.

    Raises: NotFound, InvalidOption, DownloadFailed, ForbiddenAddress, StorageFailure.
    """
    shelf = Shelf.of(settings)
    entry = shelf.catalog.find(name, quality=quality)
    key, cache = key_of(entry), shelf.cache
    with cache.held(key, progress):
        for sentence in cache.repair(key):
            progress.say(sentence)
        was_here = cache.has(key)
        if not was_here:
            _bring(settings, cache, entry, progress, accept_change)
        if not cache.config(key).is_file():
            _bring_configuration(settings, cache, entry, progress)
    return FetchedBase(entry.id, cache.path(key), was_here)


def _bring(settings: Settings, cache: Cache, entry: BaseCheckpoint, progress: Progress, accept_change: bool) -> None:
    key = key_of(entry)
    if not entry.url:
        raise NotFound(
            f"{entry.id} was imported from a file, and that copy of it is gone.",
            remedy=f"Import it again: coaxial checkpoints import FILE --id {entry.id}",
        )
    facts = {"licence": entry.licence, "lineage": entry.lineage}
    twin = cache.link_twin(key, entry.url)
    if twin is not None:
        progress.say(f"{entry.id} is the same file as {twin.id}, which is here already.")
        cache.write_provenance(key, provenance(key, entry.url, twin.sha256, twin.size, **facts))
        return
    known = entry.sha256 or ("" if accept_change else cache.pinned(entry.url))
    found: list[Inspection] = []
    source = Source(
        entry.url,
        entry.id,
        sha256=known,
        size=entry.size,
        begins=_CHECKPOINT_BEGINS,
        check=lambda path: found.append(inspect_checkpoint(path)),
    )
    try:
        fetched = _fetched(settings, source, cache.path(key), progress, settings.download_limit)
    except DownloadFailed as error:
        if known and not entry.sha256 and "sha256" in error.message:
            raise DownloadFailed(
                f"{error.message} That one came when it was first fetched.",
                remedy="If you know that it was replaced for a good reason, take the new one with: "
                f"coaxial checkpoints download {entry.id} --accept-change",
            ) from error
        raise
    cache.pin(entry.url, fetched.sha256)
    cache.write_provenance(key, provenance(key, entry.url, fetched.sha256, fetched.size, **facts))
    cache.write_findings(key, found[-1])


def _fetched(settings: Settings, source: Source, target: Path, progress: Progress, most_bytes: int) -> Fetched:
    if settings.offline:
        raise DownloadFailed(
            f"{source.what} is not on this machine, and HF_HUB_OFFLINE forbids fetching it.",
            remedy="Unset HF_HUB_OFFLINE, or import the file: coaxial checkpoints import FILE",
        )
    where = reach(source.url, settings)
    manners = Manners(public_only=not where.trusted, most_bytes=most_bytes, silence_seconds=settings.download_silence)
    return fetch(replace(source, url=where.url, token=where.token), target, progress, manners)


def _bring_configuration(settings: Settings, cache: Cache, entry: BaseCheckpoint, progress: Progress) -> None:
    """A checkpoint is of use without its published configuration, so that nothing about it stops the work."""
    key = key_of(entry)
    if entry.config_url:
        try:
            source = Source(entry.config_url, f"the configuration of {entry.id}", check=check_configuration)
            _fetched(settings, source, cache.config(key), Silent(), MOST_BYTES)
            cache.mark(key, config_source=entry.config_url)
            return
        except DownloadFailed as error:
            progress.say(f"{error.message} One is made from what the network itself tells.")
    made = made_configuration(entry, inspect_checkpoint(cache.path(key), weights=False))
    write_text(cache.config(key), json.dumps(made, ensure_ascii=False, indent=2) + "\n")
