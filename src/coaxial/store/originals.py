"""Original recordings on disk: one file per content, `ab/abcdef….wav`, written once and never changed."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from coaxial.domain.errors import UnreadableAudio
from coaxial.domain.files import atomic_write, flush_folder, storage_errors

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes. Raises: UnreadableAudio where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise UnreadableAudio(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def original_path(recordings: Path, source: Path, sha256: str) -> Path:
    """Where the original with these bytes lies; the suffix only tells a person what it is."""
    suffix = source.suffix.lower() if source.suffix[1:].isalnum() and len(source.suffix) <= 8 else ""
    return recordings / sha256[:2] / f"{sha256}{suffix}"


def store_original(recordings: Path, source: Path, sha256: str) -> Path:
    """Copy a file into the store, whole or not at all; one that is there already is left alone.

    It is flushed to the disk with whatever else is written: flush before a row names it (os.sync).

    Raises: StorageFailure, UnreadableAudio (it can no longer be read, or changed since it was hashed).
    """
    target = original_path(recordings, source, sha256)
    if _is_whole(target, source):
        return target
    digest = hashlib.sha256()
    try:
        file = source.open("rb")
    except OSError as error:
        raise UnreadableAudio(f"{source.name} cannot be read: {error.strerror or error}.") from error
    with file, atomic_write(target, durable=False) as copy:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        if digest.hexdigest() != sha256:
            raise UnreadableAudio(f"{source.name} changed while it was imported.", remedy="Import it again.")
    return target


def keep_original(recordings: Path, brought: Path, sha256: str) -> Path:
    """Move a file into the store, flushed to the disk: after a power cut it is there, or where it was before.

    One that is there already is left alone. Raises: StorageFailure.
    """
    target = original_path(recordings, brought, sha256)
    if _is_whole(target, brought):
        return target
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with brought.open("rb+") as file:
            os.fsync(file.fileno())
        brought.replace(target)
        target.chmod(0o644)
        for folder in (target.parent, recordings):
            flush_folder(folder)
    return target


def _is_whole(target: Path, source: Path) -> bool:
    # A power cut before the flush can leave an empty file under the right name.
    try:
        return target.stat().st_size == source.stat().st_size
    except OSError:
        return False


def remove_original(recordings: Path, file: Path) -> None:
    """Delete an original, and its folder if nothing else lies there; one that is gone already is no error.

    Raises: StorageFailure.
    """
    if not file.is_relative_to(recordings):
        return
    with storage_errors(file):
        file.unlink(missing_ok=True)
    with suppress(OSError):  # not empty: others lie there
        file.parent.rmdir()
