"""Base checkpoints on this machine: which are here, where they came from, when they were used.

    checkpoints/
        manifest.json                   the user's own entries
        pins.json                       sha256 of everything that was ever fetched, by URL
        en-US_amy.ckpt
        en-US_amy_config.json           Piper's configuration of the voice
        en-US_amy_metadata.json         source, sha256, size, when
        metadata/en-US_amy_metadata.json   what inspection found
        .en-US_amy.ckpt.part            what has come of a download that goes on

Anybody may delete any of these files at any time: what is left of a set is noticed when it is looked at.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from coaxial.checkpoints.inspection import Inspection
from coaxial.checkpoints.part import Part
from coaxial.checkpoints.provenance import Provenance, as_findings, now, provenance, sha256_of
from coaxial.domain.errors import NotFound
from coaxial.domain.files import file_status, storage_errors, write_text
from coaxial.domain.progress import Progress

_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Cached:
    """A checkpoint that is here, whole or in part."""

    key: str
    path: Path
    """Of the `.ckpt`; it does not exist while only a part of it has come."""
    size: int
    """Bytes on the disk: of the file, or of the part of it that has come."""
    whole: bool
    provenance: Provenance | None
    """None where only a part is here."""


class Cache:
    """The folder of base checkpoints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the checkpoint of a key (en-US_amy) lies or would lie."""
        return self.folder / f"{key}.ckpt"

    def config(self, key: str) -> Path:
        """Likewise its configuration."""
        return self.folder / f"{key}_config.json"

    @contextmanager
    def held(self, key: str, progress: Progress) -> Iterator[None]:
        """One process or thread at a time for a checkpoint; who comes second waits and sees how far the first is."""
        lock = FileLock(self.lock_file(key))
        part, seen, waiting = Part(self.path(key)), 0, False
        while True:
            try:
                lock.acquire(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except Timeout:
                if not waiting:
                    progress.stage(f"Waiting for another download of {key.replace('_', '.', 1)}", unit="MB")
                    waiting = True
                length = part.length
                progress.advance((length - seen) / 1e6)
                seen = length
        try:
            yield
        finally:
            lock.release()

    def lock_file(self, key: str) -> Path:
        """What is locked while a checkpoint is fetched or deleted. Raises: StorageFailure."""
        folder = self.folder / ".locks"
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{key}.lock"

    def provenance(self, key: str) -> Provenance | None:
        """What is written down of a checkpoint that is here whole; None where it is not, or is another file by now."""
        try:
            written = Provenance(**json.loads(self._provenance(key).read_text(encoding="utf-8")))
            size = self.path(key).stat().st_size
        except (OSError, ValueError, TypeError):
            return None
        return written if written.size == size else None

    def has(self, key: str) -> bool:
        """Whether the checkpoint is here whole, also one that was put here by hand."""
        return self.path(key).is_file() and (self.provenance(key) is not None or not self.is_written_down(key))

    def write_provenance(self, key: str, written: Provenance) -> None:
        """Write down where a checkpoint came from. Raises: StorageFailure."""
        write_text(self._provenance(key), json.dumps(asdict(written), ensure_ascii=False, indent=2) + "\n")

    def adopt(self, key: str, source: str = "", **more: str) -> Provenance:
        """Write down a file that lies in its place and of which nothing is known; more: licence, lineage.

        Raises: NotFound, StorageFailure.
        """
        path = self.path(key)
        if not path.is_file():
            raise NotFound(f"There is no {path}.")
        written = provenance(key, source, sha256_of(path), path.stat().st_size, **more)
        self.write_provenance(key, written)
        return written

    def mark(self, key: str, **changes: Any) -> None:
        """Change what is written down of a checkpoint that is here: used, config_source. Raises: StorageFailure."""
        written = self.provenance(key)
        if written is not None:
            self.write_provenance(key, replace(written, **changes))

    def is_written_down(self, key: str) -> bool:
        """Whether there is any metadata, also of a file that is gone or another by now."""
        return self._provenance(key).exists()

    def repair(self, key: str) -> list[str]:
        """Bring what is left of a set in order again; answers what was found, in sentences.

        A checkpoint without its metadata is kept and written down; metadata without a checkpoint goes. A file that is
        not the one that was written down is set aside: perhaps somebody wants it.
        """
        path, found = self.path(key), []
        if not path.exists():
            left = [file for file in (self._provenance(key), self._findings(key)) if file.exists()]
            if left:
                found.append(f"{path.name} was deleted; what was written down of it goes too.")
                self._unlink(*left)
        elif not self.is_written_down(key):
            self.adopt(key)
            found.append(f"{path.name} was put here by hand; it is taken in.")
        elif self.provenance(key) is None:
            aside = path.with_name(f"{path.name}.damaged")
            with storage_errors(path):
                path.replace(aside)
            self._unlink(self._provenance(key), self._findings(key))
            found.append(f"{path.name} is not the file that was fetched; it was set aside as {aside.name}.")
        return found

    def link_twin(self, key: str, source: str) -> Provenance | None:
        """Give a checkpoint from the same source that is here under another key this key too.

        Returns: the other's provenance; None where there is no such checkpoint. Raises: StorageFailure.
        """
        for other in self.all():
            if other.key != key and other.whole and other.provenance and source and other.provenance.source == source:
                with storage_errors(self.path(key)):
                    try:
                        os.link(other.path, self.path(key))
                    except OSError:
                        copy = self.path(key).with_name(f".{key}.copy")
                        shutil.copyfile(other.path, copy)
                        copy.replace(self.path(key))
                return other.provenance
        return None

    def all(self) -> list[Cached]:
        """Everything that is here, whole or in part, by key."""
        if not self.folder.is_dir():
            return []
        keys = {path.name.removesuffix(".ckpt") for path in self.folder.glob("*.ckpt") if path.is_file()}
        keys |= {path.name[1:].removesuffix(".ckpt.part") for path in self.folder.glob(".*.ckpt.part")}
        return [self.cached(key) for key in sorted(key for key in keys if "_" in key)]

    def cached(self, key: str) -> Cached:
        """What is here of a key; size 0 where nothing is."""
        path = self.path(key)
        status = file_status(path)
        if status is not None:
            return Cached(key, path, status.st_size, self.has(key), self.provenance(key))
        return Cached(key, path, Part(path).length, False, None)

    def total_size(self) -> int:
        """Bytes of everything in the folder; a file of several names counts once."""
        found = map(file_status, self.folder.rglob("*")) if self.folder.is_dir() else ()
        return sum({status.st_ino: status.st_size for status in found if status}.values())

    def remove(self, key: str) -> None:
        """Delete a checkpoint, with its configuration, what was written down of it, and any part of a download."""
        path = self.path(key)
        self._unlink(path, self.config(key), self._provenance(key), self._findings(key))
        self._unlink(path.with_name(f"{path.name}.damaged"))
        Part(path).discard()

    def findings(self, key: str) -> dict[str, Any] | None:
        """What inspection found of the very file that is here; None where it was not inspected since it came."""
        try:
            written: dict[str, Any] = json.loads(self._findings(key).read_text(encoding="utf-8"))
            status = self.path(key).stat()
        except (OSError, ValueError):
            return None
        same = (written.get("modified"), written.get("size")) == (status.st_mtime_ns, status.st_size)
        return written if same else None

    def write_findings(self, key: str, inspection: Inspection) -> dict[str, Any]:
        """Write down what inspection found. Raises: StorageFailure; NotFound where the file is gone meanwhile."""
        status = file_status(self.path(key))
        if status is None:
            raise NotFound(f"There is no {self.path(key)}.")
        found = {**as_findings(inspection), "size": status.st_size, "modified": status.st_mtime_ns, "inspected": now()}
        write_text(self._findings(key), json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return found

    def pinned(self, url: str) -> str:
        """The sha256 of what a URL brought when it was first fetched; empty where it never was."""
        return str(self._pins().get(url, ""))

    def pin(self, url: str, sha256: str) -> None:
        """Remember what a URL brought. Raises: StorageFailure."""
        with FileLock(self.lock_file("pins")):
            pins = {**self._pins(), url: sha256}
            write_text(self.folder / "pins.json", json.dumps(pins, indent=2) + "\n")

    def _pins(self) -> Mapping[str, Any]:
        try:
            pins = json.loads((self.folder / "pins.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return pins if isinstance(pins, dict) else {}

    def _provenance(self, key: str) -> Path:
        return self.folder / f"{key}_metadata.json"

    def _findings(self, key: str) -> Path:
        return self.folder / "metadata" / f"{key}_metadata.json"

    def _unlink(self, *files: Path) -> None:
        for file in files:
            with storage_errors(file):
                file.unlink(missing_ok=True)
