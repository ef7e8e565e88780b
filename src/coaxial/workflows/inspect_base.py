"""What a checkpoint is, whether it is whole, and whether a dataset can start from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coaxial.checkpoints.cache import Cache
from coaxial.checkpoints.inspection import Inspection, fits, inspect_checkpoint
from coaxial.checkpoints.provenance import sha256_of
from coaxial.domain.errors import CoaxialError, NotFound
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.quality import NUM_SYMBOLS, Quality
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.base_shelf import Shelf, key_of


@dataclass(frozen=True)
class Verdict:
    """What validation found."""

    path: Path
    problems: tuple[str, ...]
    """In sentences; empty for a checkpoint that training can start from."""
    inspection: Inspection | None
    """None where the file cannot be read, or must not be."""

    @property
    def valid(self) -> bool:
        return not self.problems


def validate_base(settings: Settings, name: str, dataset: str | None = None) -> Verdict:
    """Look at every byte of a base checkpoint: an id (en-US.amy), or the path of a `.ckpt` or `.onnx`.

    dataset: whether this one can start from it, too. Raises: NotFound (no such id or file, not downloaded; dataset).
    """
    file = Path(name).expanduser()
    if file.suffix in (".ckpt", ".onnx") or file.is_file():
        if not file.is_file():
            raise NotFound(f"There is no checkpoint file {file}.")
        return _verdict(settings, file, [], dataset)
    return validate_listed(settings, name, dataset=dataset)


def validate_listed(settings: Settings, name: str, voice: str | None = None, *, dataset: str | None = None) -> Verdict:
    """As validate_base, of an id, or a language and a voice; never of a file that has such a name.

    Raises: NotFound (no such id, not downloaded; dataset).
    """
    shelf = Shelf.of(settings)
    entry = shelf.catalog.find(name, voice)
    key = key_of(entry)
    path = shelf.cache.path(key)
    if not path.is_file():
        raise NotFound(
            f"{entry.id} is not on this machine.", remedy=f"Fetch it with: coaxial checkpoints download {entry.id}"
        )
    written = shelf.cache.provenance(key)
    damage = []
    if written is None and shelf.cache.is_written_down(key):
        damage.append(f"{path.name} has another length than the file that was fetched.")
    elif written is not None and sha256_of(path) != written.sha256:
        damage.append(f"{path.name} is not the file that was fetched: its sha256 is another.")
    verdict = _verdict(settings, path, damage, dataset)
    if verdict.inspection is not None and not damage:
        shelf.cache.write_findings(key, verdict.inspection)
    return verdict


def findings_of(cache: Cache, key: str) -> dict[str, Any]:
    """What inspection found of a checkpoint that is here, now or the last time.

    Raises: UnreadableCheckpoint, UnsafeCheckpoint, StorageFailure.
    """
    return cache.findings(key) or cache.write_findings(key, inspect_checkpoint(cache.path(key)))


def _verdict(settings: Settings, path: Path, damage: list[str], dataset: str | None) -> Verdict:
    try:
        inspection = inspect_checkpoint(path)
    except CoaxialError as error:
        return Verdict(path, (*damage, error.message), None)
    # With no dataset to fit, the checkpoint only has to fit its own tier.
    quality = inspection.quality or Quality.MEDIUM
    speakers, symbols = inspection.num_speakers or 1, inspection.num_symbols or NUM_SYMBOLS
    if dataset is not None:
        with open_store(settings) as store:
            prepared = PreparedDataset.load(store.dataset(dataset).folder)
        quality, speakers, symbols = prepared.quality, max(1, len(prepared.speakers)), NUM_SYMBOLS
    return Verdict(path, (*damage, *fits(inspection, quality, speakers, symbols)), inspection)
