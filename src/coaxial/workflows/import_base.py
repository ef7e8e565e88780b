"""Taking in a checkpoint, or a published voice, that is a file on this machine."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from coaxial.checkpoints.base_checkpoint import BaseCheckpoint
from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.configuration import check_configuration, made_configuration
from coaxial.checkpoints.inspection import Inspection, inspect_checkpoint
from coaxial.checkpoints.manifest import add_to_manifest
from coaxial.checkpoints.manifest_fields import entry_of
from coaxial.checkpoints.provenance import sha256_of
from coaxial.domain.base_facts import BaseFacts
from coaxial.domain.errors import BaseMismatch, CoaxialError, InvalidOption, NotFound
from coaxial.domain.files import storage_errors, write_text
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.workflows.add_base import split_id
from coaxial.workflows.base_shelf import Shelf, key_of, manifest_of


def import_base(settings: Settings, file: Path, name: str, facts: BaseFacts, progress: Progress) -> BaseCheckpoint:
    """Take a `.ckpt` or a voice's `.onnx` into the cache under an id; the file itself stays where it is.

    name: of a checkpoint that is listed (the file is then held to what is known of it), or a new one such as
    en-US.mine, which every list shows from now on. Of a voice the checkpoint is recovered from its graph.

    Raises: NotFound, InvalidOption (the id is taken, a wrong fact), UnreadableCheckpoint, UnsafeCheckpoint,
    UnreadableVoice, BaseMismatch (no network of Piper's tiers), StorageFailure.
    """
    if not file.is_file():
        raise NotFound(f"There is no checkpoint file {file}.")
    inspection = inspect_checkpoint(file)
    if inspection.quality is None:
        raise BaseMismatch(
            f"{file.name} is not a network of one of Piper's tiers (x_low, low, medium, high).",
            remedy="Choose a Piper training checkpoint (.ckpt), or a voice (.onnx) with its .onnx.json beside it.",
        )
    shelf = Shelf.of(settings)
    listed = _listed(shelf, name)
    entry = listed or _new_entry(name, facts, inspection)
    key, cache = key_of(entry), shelf.cache
    with cache.held(key, progress):
        if cache.path(key).exists():
            raise InvalidOption(
                f"{entry.id} is on this machine already.",
                remedy=f"Choose another id, or delete it first: coaxial checkpoints clear {entry.id}",
            )
        _refuse_other_file(file, listed)
        _take_in(cache, key, file, inspection, progress)
        cache.adopt(key, str(file.resolve()), licence=entry.licence, lineage=entry.lineage)
        _write_configuration(cache, entry, file, inspection)
        if listed is None:
            add_to_manifest(manifest_of(settings), entry)
    return entry


def _listed(shelf: Shelf, name: str) -> BaseCheckpoint | None:
    try:
        return shelf.catalog.find(name)
    except NotFound:
        return None


def _new_entry(name: str, facts: BaseFacts, inspection: Inspection) -> BaseCheckpoint:
    language, voice = split_id(name)
    fields = {
        **{key: value for key, value in asdict(facts).items() if value},
        "name": facts.name or voice,
        "quality": str(inspection.quality),
        "speakers": inspection.num_speakers,
    }
    entry, faults = entry_of(language, voice, fields)
    if entry is None:
        raise InvalidOption(f"{name} cannot be imported: {'; '.join(faults)}.")
    return entry


def _refuse_other_file(file: Path, listed: BaseCheckpoint | None) -> None:
    if listed is not None and listed.sha256 and sha256_of(file) != listed.sha256:
        raise InvalidOption(
            f"{file.name} is not the published {listed.id}: its sha256 is another.",
            remedy="Choose an id of your own for it, such as en-US.mine.",
        )


def _take_in(cache: Cache, key: str, file: Path, inspection: Inspection, progress: Progress) -> None:
    target = cache.path(key)
    if inspection.is_voice:
        from coaxial.engine.conversion import convert

        for sentence in convert(file, target, progress=progress):
            progress.say(sentence)
        return
    progress.stage("Copying", file.stat().st_size / 1e6, "MB")
    part = target.with_name(f".{key}.import")
    with storage_errors(target):
        try:
            shutil.copyfile(file, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    progress.advance(file.stat().st_size / 1e6)


def _write_configuration(cache: Cache, entry: BaseCheckpoint, file: Path, inspection: Inspection) -> None:
    """The one that lies beside the file, where it is one; else one made from what the network tells."""
    for beside in (file.with_name(f"{file.name}.json"), file.with_name("config.json")):
        try:
            if beside.is_file():
                check_configuration(beside)
                write_text(cache.config(key_of(entry)), beside.read_text(encoding="utf-8"))
                return
        except CoaxialError:
            continue
    made = json.dumps(made_configuration(entry, inspection), ensure_ascii=False, indent=2)
    write_text(cache.config(key_of(entry)), made + "\n")
