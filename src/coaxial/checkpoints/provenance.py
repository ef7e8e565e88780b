"""Where a checkpoint on this machine came from, and what inspection found of it: what is written beside the file."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from coaxial.checkpoints.inspection import Inspection
from coaxial.domain.files import storage_errors

_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Provenance:
    """What `_metadata.json` beside a checkpoint says."""

    id: str
    language_code: str
    voice_id: str
    source: str
    """URL, or path of the file that was imported; empty for a file that somebody put here by hand."""
    sha256: str
    size: int
    """In bytes."""
    downloaded: str
    """When it came here: ISO 8601, UTC."""
    used: str = ""
    """When a run last started from it; empty for never."""
    config_source: str = ""
    """URL of its configuration; empty where none was published and it was made from what the network tells."""
    licence: str = ""
    lineage: str = ""


def provenance(key: str, source: str, sha256: str, size: int, **more: str) -> Provenance:
    """Of a checkpoint that came now; key: such as en-US_amy."""
    language, _, voice = key.partition("_")
    return Provenance(f"{language}.{voice}", language, voice, source, sha256, size, now(), **more)


def now() -> str:
    """This moment as it is written down."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def sha256_of(path: Path) -> str:
    """Raises: StorageFailure."""
    digest = hashlib.sha256()
    with storage_errors(path), path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def as_findings(inspection: Inspection) -> dict[str, Any]:
    """What inspection found, as JSON can hold it; without the path, which a data directory that moves would belie."""
    found = {**asdict(inspection), "num_symbols": inspection.num_symbols, "num_speakers": inspection.num_speakers}
    for name in ("path", "shape", "byte_count"):
        del found[name]
    return {key: str(value) if hasattr(value, "value") else value for key, value in found.items()}
