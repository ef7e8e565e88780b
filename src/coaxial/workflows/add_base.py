"""A user's own base checkpoints, by the address they can be downloaded from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint
from coaxial.checkpoints.manifest import add_to_manifest, read_manifest, remove_from_manifest
from coaxial.checkpoints.manifest_fields import entry_of
from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.settings import Settings
from coaxial.text.languages import Language, resolve_language
from coaxial.workflows.base_shelf import manifest_of


def add_base(
    settings: Settings,
    name: str,
    url: str,
    facts: BaseFacts,
    *,
    quality: str = "medium",
    config_url: str = "",
    phoneme_type: str = "espeak",
    sha256: str = "",
) -> BaseCheckpoint:
    """Add an entry to the user's manifest; name: its id, such as en-US.custom. Every list shows it from now on.

    Raises: InvalidOption (a field has a mistake, or the id is taken), UnsupportedLanguage, InUse, StorageFailure.
    """
    language, voice = split_id(name)
    fields = {
        **{key: value for key, value in asdict(facts).items() if value},
        "name": facts.name or voice,
        "quality": quality,
        "url": url,
        "config_url": config_url,
        "phoneme_type": phoneme_type,
        "sha256": sha256,
    }
    entry, faults = entry_of(language, voice, fields)
    if entry is None:
        raise InvalidOption(f"{name} cannot be added: {'; '.join(faults)}.")
    add_to_manifest(manifest_of(settings), entry)
    return entry


def add_manifest(settings: Settings, file: Path) -> list[BaseCheckpoint]:
    """Add every entry of a manifest file, in the form of the user's own; all of them or none.

    Raises: NotFound, InvalidOption (a mistake in the file, or an id that is taken), InUse, StorageFailure.
    """
    if not file.is_file():
        raise NotFound(f"There is no manifest {file}.")
    entries = read_manifest(file)
    taken = {own.id for own in read_manifest(manifest_of(settings))} & {entry.id for entry in entries}
    if taken:
        raise InvalidOption(
            f"Your manifest has {', '.join(sorted(taken))} already; nothing was added.",
            remedy="Remove it first with: coaxial checkpoints remove ID",
        )
    for entry in entries:
        add_to_manifest(manifest_of(settings), entry)
    return entries


def remove_base(settings: Settings, name: str) -> BaseCheckpoint:
    """Take an entry out of the user's manifest; what was downloaded of it stays until the cache is cleared.

    Raises: NotFound, InUse, StorageFailure.
    """
    return remove_from_manifest(manifest_of(settings), name)


def split_id(name: str) -> tuple[Language, str]:
    """Language and voice of an id. Raises: InvalidOption, UnsupportedLanguage."""
    tag, _, voice = name.partition(".")
    if not voice:
        raise InvalidOption(
            f"{name[:60]!r} is no id of a base checkpoint.", remedy="Name it as language.voice, such as en-US.custom."
        )
    return resolve_language(tag), voice
